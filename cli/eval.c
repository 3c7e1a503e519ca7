/* nestwright eval: the cost of given tilings, as the seed has it. */
#include "cli/cli.h"

#include "codegen/eval_json.h"

#include <stdio.h>

struct eval_options {
	bool json;
};

static enum status eval_run(struct ctx *ctx, const struct arguments *arguments)
{
	const struct eval_options *options = arguments->options;
	struct eval eval;
	bool ok = eval_read(ctx, arguments->operands[0], &eval);
	if (ok && options->json)
		eval_print_json(ctx, &eval, stdout);
	else if (ok)
		eval_print_text(ctx, &eval, stdout);
	eval_release(&eval);
	return ok ? STATUS_DONE : STATUS_REFUSED;
}

static const struct option eval_rows[] = {
	{.name = "json",
         .help = "print the file with the results in each case",
         .take = take_flag,
         .field = offsetof(struct eval_options, json)},
	{0},
};

const struct command command_eval = {
	.name = "eval",
	.operands = "CASES.json",
	.least = 1,
	.most = 1,
	.summary = "cost given tilings under every reuse of their data",
	.text = "Reads machines and cases, each with the name of its machine, "
		"a layer and its tiling factors, and costs the tiling under "
		"every loop order that reuses data differently, to the last "
		"digit as dMazeRunner does (addresses of padded inputs "
		"included). Prints a line a case, or with --json the file "
		"itself with all results.",
	.options = eval_rows,
	.options_bytes = sizeof(struct eval_options),
	.run = eval_run,
};
