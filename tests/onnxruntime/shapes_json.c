/* shapes_json < LIST > LINES: what the passes make of many models.
 *
 * Each line of LIST is the path of an ONNX file and then, behind tabs, sizes
 * that replace those of its inputs: 'x=2x0x3', 'x=' for a scalar. Each gives
 * one line of JSON, in the same order:
 *
 *   {"values": {"y": {"type": "float", "shape": [2, null],
 *                     "data": ["1", null],
 *                     "runtime": {"what": "text", "shape": [2, 3]}}},
 *    "refused": "text"}
 *
 * with every value that a node of the main graph makes; shape is left out where
 * the rank is not known, null stands for a size or an element that is not
 * known, data is there where the value is tracked, runtime where ONNX Runtime
 * reads the node otherwise, and refused where the import, inference or lowering
 * said no. */
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

/* An element's text, or null where it is not known. */
static cJSON *element_json(
	struct ctx *ctx, const struct tensor *tensor, int64_t i)
{
	if (tensor->unknown && tensor->unknown[i])
		return cJSON_CreateNull();
	return cJSON_CreateString(tensor->ints
			? arena_printf(&ctx->arena, "%lld",
				  (long long)tensor->ints[i])
			: arena_printf(
				  &ctx->arena, "%.17g", tensor->floats[i]));
}

static void shape_add(cJSON *object, const struct shape *shape)
{
	if (shape->rank == RANK_UNKNOWN)
		return;
	cJSON *list = cJSON_AddArrayToObject(object, "shape");
	for (int i = 0; i < shape->rank; i++)
		cJSON_AddItemToArray(list,
			shape->dim[i] < 0
				? cJSON_CreateNull()
				: cJSON_CreateNumber((double)shape->dim[i]));
}

static cJSON *output_json(
	struct ctx *ctx, struct model *model, struct node *node, size_t k)
{
	const struct value *value = node->output[k];
	cJSON *json = cJSON_CreateObject();
	cJSON_AddStringToObject(json, "type", dtype_name(value->type));
	shape_add(json, &value->shape);
	const struct tensor *tensor = value->data;
	cJSON *data = tensor ? cJSON_AddArrayToObject(json, "data") : NULL;
	for (int64_t i = 0; tensor && i < tensor->count; i++)
		cJSON_AddItemToArray(data, element_json(ctx, tensor, i));
	struct shape there;
	const char *what = runtime_read(ctx, model, node, k, &there);
	if (what) {
		cJSON *runtime = cJSON_AddObjectToObject(json, "runtime");
		cJSON_AddStringToObject(runtime, "what", what);
		shape_add(runtime, &there);
	}
	return json;
}

static void outputs_add(struct ctx *ctx, struct model *model, cJSON *json)
{
	const struct graph *graph = model->graph;
	cJSON *values = cJSON_AddObjectToObject(json, "values");
	for (size_t i = 0; i < graph->node_count; i++) {
		struct node *node = graph->nodes[i];
		for (size_t k = 0; k < node->output_count; k++)
			if (node->output[k])
				cJSON_AddItemToObject(values,
					node->output[k]->name,
					output_json(ctx, model, node, k));
	}
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
	if (!onnx_read(ctx, line, &model))
		return json;
	bool given = true;
	while (given && sizes) {
		char *next = strchr(sizes, '\t');
		if (next)
			*next++ = '\0';
		given = sizes_set(ctx, model, sizes);
		sizes = next;
	}
	/* Layers of open sizes are refused, and rightly so. */
	bool open = false, good = given && shapes_infer(ctx, model);
	for (size_t i = 0; i < model->graph->input_count; i++)
		open |= !shape_known(&model->graph->inputs[i]->shape);
	outputs_add(ctx, model, json);
	if (good && !open)
		lower_model(ctx, model, &layers);
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
