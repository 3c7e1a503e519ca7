/* shapes_json < LIST > LINES: what the passes make of many models.
 *
 * Each line of LIST is the path of an ONNX file and then, behind tabs, sizes
 * that replace those of its inputs: 'x=2x0x3', 'x=' for a scalar. Each gives
 * one line of JSON, in the same order:
 *
 *   {"refused": "text"}          the import, inference or lowering said no
 *   {"values": {"y": {"type": "float", "shape": [2, null],
 *                     "data": ["1", null]}}}
 *
 * with every value that a node of the main graph makes; shape is left out where
 * the rank is not known, null stands for a size or an element that is not
 * known, and data is there where the value is tracked. */
#include "import/onnx_graph.h"
#include "passes/infer.h"
#include "passes/lower.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

static bool sizes_set(struct ctx *ctx, struct model *model, char *text)
{
	char *equals = strrchr(text, '=');
	if (!equals)
		return false;
	*equals = '\0';
	int64_t dims[RANK_MAX];
	int rank = 0;
	for (char *s = equals + 1; *s && rank < RANK_MAX; s += *s == 'x')
		dims[rank++] = strtoll(s, &s, 10);
	for (size_t i = 0; i < model->graph->input_count; i++) {
		struct value *in = model->graph->inputs[i];
		if (strcmp(in->name, text) != 0)
			continue;
		in->shape = shape_make(ctx, rank, dims);
		return true;
	}
	return false;
}

static cJSON *data_json(struct ctx *ctx, const struct tensor *tensor)
{
	cJSON *list = cJSON_CreateArray();
	for (int64_t i = 0; i < tensor->count; i++)
		cJSON_AddItemToArray(list,
			tensor->unknown && tensor->unknown[i]
				? cJSON_CreateNull()
				: cJSON_CreateString(tensor->ints
						  ? arena_printf(&ctx->arena,
							    "%lld",
							    (long long)tensor
								    ->ints[i])
						  : arena_printf(&ctx->arena,
							    "%.17g",
							    tensor->floats
								    [i])));
	return list;
}

static cJSON *value_json(struct ctx *ctx, const struct value *value)
{
	cJSON *json = cJSON_CreateObject();
	cJSON_AddStringToObject(json, "type", dtype_name(value->type));
	if (value->shape.rank != RANK_UNKNOWN) {
		cJSON *shape = cJSON_AddArrayToObject(json, "shape");
		for (int i = 0; i < value->shape.rank; i++)
			cJSON_AddItemToArray(shape,
				value->shape.dim[i] < 0
					? cJSON_CreateNull()
					: cJSON_CreateNumber(
						  (double)value->shape.dim[i]));
	}
	if (value->data)
		cJSON_AddItemToObject(
			json, "data", data_json(ctx, value->data));
	return json;
}

/* The line of one model. */
static cJSON *model_json(struct ctx *ctx, char *line)
{
	cJSON *json = cJSON_CreateObject();
	struct model *model = NULL;
	struct layer_list layers;
	char *sizes = strchr(line, '\t');
	if (sizes)
		*sizes++ = '\0';
	bool read = onnx_read(ctx, line, &model), ok = read;
	while (ok && sizes) {
		char *next = strchr(sizes, '\t');
		if (next)
			*next++ = '\0';
		ok = sizes_set(ctx, model, sizes);
		sizes = next;
	}
	if (ok && shapes_infer(ctx, model)) {
		cJSON *values = cJSON_AddObjectToObject(json, "values");
		for (size_t i = 0; i < model->graph->value_count; i++) {
			const struct value *value = model->graph->values[i];
			if (value->producer)
				cJSON_AddItemToObject(values, value->name,
					value_json(ctx, value));
		}
		/* Layers of open sizes are refused, and rightly so. */
		bool open = false;
		for (size_t i = 0; i < model->graph->input_count; i++)
			open |= !shape_known(&model->graph->inputs[i]->shape);
		if (!open)
			lower_model(ctx, model, &layers);
	}
	if (read)
		onnx_close(model);
	return json;
}

int main(void)
{
	static char line[1 << 16];
	while (fgets(line, sizeof line, stdin)) {
		line[strcspn(line, "\n")] = '\0';
		struct ctx ctx;
		char *messages = NULL;
		size_t length = 0;
		FILE *sink = open_memstream(&messages, &length);
		if (!sink)
			return 1;
		ctx_init(&ctx, sink, NULL);
		ctx.quiet = true;
		cJSON *json = model_json(&ctx, line);
		int errors = ctx.errors;
		ctx_release(&ctx);
		fclose(sink);
		if (errors)
			cJSON_AddStringToObject(json, "refused", messages);
		char *text = cJSON_PrintUnformatted(json);
		cJSON_Delete(json);
		puts(text ? text : "{}");
		free(text);
		free(messages);
	}
	return 0;
}
