/* nestwright spec: a model as a dMazeRunner model specification. */
#include "cli/cli.h"

#include "cli/model.h"
#include "codegen/spec_text.h"

#include <stdio.h>

struct spec_options {
	struct model_options model;
	bool allow_unresolved, quiet;
};

static bool spec_print(struct ctx *ctx, const char *path,
	const struct spec_options *options, struct compilation *c)
{
	const struct layer_list *list = compile_layers(c);
	const struct loc loc = {.file = path};
	const struct admission admission = {
		.unresolved = options->allow_unresolved};
	struct spec_loss loss;
	if (!compile_until(ctx, c, STAGE_LOWER) ||
		!layers_admit(ctx, path, list, &admission))
		return false;
	layers_tell_unresolved(ctx, path, list);
	if (!list->count)
		return diag_error(ctx, &loc,
			"the model has no convolution or matrix product to "
			"write");
	const char *text = spec_text(ctx, list, &loss);
	if (!text)
		return false;
	fputs(text, stdout);
	if (loss.aside)
		diag_warning(ctx, &loc,
			"%zu layer%s left out: in branches that do not run "
			"when the others do ('nestwright layers' has them; "
			"--value of an input may decide)",
			loss.aside, loss.aside == 1 ? " is" : "s are");
	if (loss.layouts)
		diag_warning(ctx, &loc,
			"%zu %s (the first of '%s') in DRAM otherwise than a "
			"specification says: DMA bursts will be others",
			loss.layouts,
			loss.layouts == 1 ? "entry lies" : "entries lie",
			diag_quote(ctx, loss.example));
	return true;
}

static enum status spec_run(struct ctx *ctx, const struct arguments *arguments)
{
	const struct spec_options *options = arguments->options;
	const char *path = arguments->operands[0];
	const struct compile_request request = model_request(&options->model);
	struct compilation *c = compile_open(ctx, path, NULL, &request);
	ctx->quiet = options->quiet;
	bool good = spec_print(ctx, path, options, c);
	compile_close(c);
	return good ? STATUS_DONE : STATUS_REFUSED;
}

static const struct option spec_rows[] = {
	MODEL_OPTIONS(offsetof(struct spec_options, model)),
	{.name = "allow-unresolved",
						.help = "leave out convolutions and matrix products whose "
			"sizes "
			"cannot be known", .take = take_flag,
						.field = offsetof(struct spec_options, allow_unresolved)},
	{.name = "quiet",
						.letter = 'q',
						.help = "print errors only",
						.take = take_flag,
						.field = offsetof(struct spec_options, quiet)},
	{0        },
};

const struct command command_spec = {
	.name = "spec",
	.operands = "MODEL",
	.least = 1,
	.most = 1,
	.summary = "write a model as a dMazeRunner model specification",
	.text = "Prints the loop nests of an ONNX model's convolutions and "
		"matrix products as the lists CONV, GEMM and DW_CONV that "
		"dMazeRunner and 'nestwright compile' read. Dilations and "
		"channel multipliers, which dMazeRunner does not know, take "
		"keys of their own; docs/model-spec.md has the format.",
	.options = spec_rows,
	.options_bytes = sizeof(struct spec_options),
	.run = spec_run,
};
