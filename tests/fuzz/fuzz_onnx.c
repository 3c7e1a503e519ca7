/* libFuzzer target: any bytes as an ONNX file. A file is read or refused with a
 * message; what is read keeps the promises of ir/graph.h. See tests/fuzz/run.
 */
#include "import/onnx_graph.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void check(bool holds)
{
	if (!holds)
		abort();
}

static void check_value(struct ctx *ctx, struct model *model, struct value *v)
{
	int64_t elems;
	if (!v)
		return;
	check(v->name != NULL && v->type < DTYPE_COUNT);
	check(v->shape.rank <= RANK_MAX && v->stored.rank <= RANK_MAX);
	if (v->init)
		check(shape_elems(&v->shape, &elems) && !v->producer);
	if (v->init && model->load(ctx, model, v, 100))
		check(v->data->count == elems);
	shape_text(ctx, &v->shape);
}

static void check_graph(
	struct ctx *ctx, struct model *model, const struct graph *graph)
{
	for (size_t i = 0; i < graph->value_count; i++)
		check_value(ctx, model, graph->values[i]);
	for (size_t i = 0; i < graph->output_count; i++)
		check(graph->outputs[i] != NULL);
	for (size_t i = 0; i < graph->node_count; i++) {
		const struct node *n = graph->nodes[i];
		check(n->order == i && n->graph == graph && *n->op_type);
		node_loc(n);
		for (size_t k = 0; k < n->input_count; k++) {
			const struct value *v = n->input[k];
			if (v && v->producer && v->producer->graph == graph)
				check(v->producer->order < i);
		}
		for (size_t k = 0; k < n->output_count; k++)
			check(!n->output[k] || n->output[k]->producer == n);
		for (size_t k = 0; k < n->attr_count; k++) {
			const struct attr *a = &n->attr[k];
			if (a->kind == ATTR_TENSOR)
				check_value(ctx, model, a->as.tensor);
			else if (a->kind == ATTR_GRAPH)
				check_graph(ctx, model, a->as.graph);
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	static FILE *nowhere;
	struct ctx ctx;
	struct model *model;
	if (!nowhere)
		nowhere = fopen("/dev/null", "w");
	ctx_init(&ctx, nowhere, NULL);
	/* The folder does not exist: external data is not found. */
	if (onnx_read_bytes(&ctx, "none/m.onnx", bytes, length, &model))
		check_graph(&ctx, model, model->graph);
	else
		check(ctx.errors > 0);
	ctx_release(&ctx);
	return 0;
}
