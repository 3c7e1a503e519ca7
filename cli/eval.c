/* nestwright eval: what given mappings cost. Two kinds of files: an execution
 * method that someone wrote by hand, and cases for comparing with the seed. */
#include "cli/cli.h"

#include "codegen/analysis.h"
#include "codegen/eval_json.h"

#include <stdio.h>

struct eval_options {
	const char *arch; /* NULL: the default machine */
	int objective;    /* -1: not given */
	bool compat, json;
};

static enum status method_eval(struct ctx *ctx,
	const struct eval_options *options, const struct json_doc *doc)
{
	struct analysis analysis;
	struct arch arch = arch_default();
	if ((options->arch && !arch_read(ctx, options->arch, &arch)) ||
		!analysis_read(ctx, doc, &arch,
			options->compat ? BURST_COMPAT : BURST_TRUE, &analysis))
		return STATUS_REFUSED;
	int objective = options->objective < 0 ? OBJ_EDP : options->objective;
	fputs(options->json ? analysis_json(ctx, &analysis)
			    : analysis_text(ctx, &analysis,
				      (enum objective)objective),
		stdout);
	return STATUS_DONE;
}

static enum status cases_eval(
	struct ctx *ctx, const struct arguments *arguments)
{
	const struct eval_options *options = arguments->options;
	struct eval eval;
	if (options->arch || options->compat || options->objective >= 0) {
		usage_error(ctx, arguments->command,
			"--%s is for an execution method: a file of cases has "
			"machines of its own and is costed as dMazeRunner "
			"does",
			options->arch             ? "arch-spec"
				: options->compat ? "compat"
						  : "objective");
		return STATUS_USAGE;
	}
	bool ok = eval_read(ctx, arguments->operands[0], &eval);
	if (ok && options->json)
		eval_print_json(ctx, &eval, stdout);
	else if (ok)
		eval_print_text(ctx, &eval, stdout);
	eval_release(&eval);
	return ok ? STATUS_DONE : STATUS_REFUSED;
}

static enum status eval_run(struct ctx *ctx, const struct arguments *arguments)
{
	const struct eval_options *options = arguments->options;
	struct json_doc doc;
	enum status status;
	if (options->json && options->objective >= 0) {
		usage_error(ctx, arguments->command,
			"--objective chooses what is printed for people: "
			"--json prints all of them");
		return STATUS_USAGE;
	}
	if (!json_read(ctx, arguments->operands[0], &doc))
		return STATUS_REFUSED;
	bool method = analysis_is(&doc);
	if (method)
		status = method_eval(ctx, options, &doc);
	json_release(&doc);
	return method ? status : cases_eval(ctx, arguments);
}

/* clang-format off */
#define FIELD(name) offsetof(struct eval_options, name)
static const struct option eval_rows[] = {
	{.name = "arch-spec", .letter = 'a', .values = "FILE",
	 .help = "the accelerator of an execution method; by default the one "
		 "of examples/arch/default.json",
	 .take = take_text, .field = FIELD(arch)},
	{.name = "objective", .values = "OBJECTIVE",
	 .help = "whose best orders are broken down: edp (the default), energy "
		 "or cycles",
	 .take = take_choice, .choices = objective_names,
	 .field = FIELD(objective)},
	{.name = "compat",
	 .help = "cost padded inputs as dMazeRunner does, for comparing with "
		 "it",
	 .take = take_flag, .field = FIELD(compat)},
	{.name = "json",
	 .help = "print everything, for programs",
	 .take = take_flag, .field = FIELD(json)},
	{0},
};
/* clang-format on */

static const struct eval_options eval_defaults = {.objective = -1};

const struct command command_eval = {
	.name = "eval",
	.operands = "FILE.json",
	.least = 1,
	.most = 1,
	.summary = "cost given mappings, such as one written by hand",
	.text = "Of an execution method (a layer, its tiling factors and, if "
		"wanted, its loop orders; docs/method.schema.json) prints "
		"what it needs of the accelerator and whether that is there, "
		"and its energy, cycles and EDP under the given orders or the "
		"best ones, with all that they consist of.\n"
		"Of a file of cases, each with the name of its machine, a "
		"layer and its tiling factors, costs every tiling under every "
		"loop order that reuses data differently, to the last digit "
		"as dMazeRunner does (addresses of padded inputs included), "
		"and prints a line a case, or with --json the file itself "
		"with all results.",
	.options = eval_rows,
	.options_bytes = sizeof(struct eval_options),
	.defaults = &eval_defaults,
	.run = eval_run,
};
