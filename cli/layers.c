/* nestwright layers: what of a model is mapped, and what is not. */
#include "cli/cli.h"

#include "cli/model.h"
#include "codegen/layers_json.h"

#include <stdio.h>

struct layers_options {
	struct model_options model;
	bool json, strict;
};

static enum status layers_run(
	struct ctx *ctx, const struct arguments *arguments)
{
	const struct layers_options *options = arguments->options;
	const char *path = arguments->operands[0];
	const struct admission admission = {
		.unresolved = !options->strict, .strict = options->strict};
	const struct compile_request request = model_request(&options->model);
	struct compilation *c = compile_open(ctx, path, NULL, &request);
	const struct layer_list *list = compile_layers(c);
	bool good = compile_until(ctx, c, STAGE_LOWER) &&
		layers_admit(ctx, path, list, &admission);
	if (good)
		layers_tell_left_out(ctx, path, list);
	if (good)
		fputs(options->json ? layers_json(ctx, list)
				    : layers_text(ctx, list),
			stdout);
	compile_close(c);
	return good ? STATUS_DONE : STATUS_REFUSED;
}

static const struct option layers_rows[] = {
	{.name = "json",
         .help = "print JSON",
         .take = take_flag,
         .field = offsetof(struct layers_options, json)},
	{.name = "strict",
         .help = "refuse a model with a node that multiplies and is not "
			"mapped", .take = take_flag,
         .field = offsetof(struct layers_options, strict)},
	MODEL_OPTIONS(offsetof(struct layers_options, model)),
	{0	   },
};

const struct command command_layers = {
	.name = "layers",
	.operands = "MODEL",
	.least = 1,
	.most = 1,
	.summary = "list the layers of a model, and the nodes that are none",
	.text = "Reads an ONNX model or a dMazeRunner model specification and "
		"lists every convolution and matrix product with its shapes, "
		"its useful multiplications, and the loop nests that it "
		"becomes (N M C Ox Oy Fx Fy; x is rows, y is columns). Every "
		"other node is listed with the reason why it is not mapped.",
	.options = layers_rows,
	.options_bytes = sizeof(struct layers_options),
	.run = layers_run,
};
