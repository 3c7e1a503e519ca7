/* Causes follow values through the graph, forwards. */
#include "passes/lower_cause.h"

#include "base/places.h"

#include <string.h>

struct causes {
	struct ctx *ctx;
	const struct model *model;
	struct places by_value; /* struct cause */
};

enum { GRAPH_DEPTH = 64 }; /* import refuses deeper nesting */

static void cause_put(struct causes *causes, const struct value *value,
	const struct cause *cause)
{
	struct arena *arena = &causes->ctx->arena;
	void **place = place_of(arena, &causes->by_value, value);
	if (*place)
		*(struct cause *)*place = *cause;
	else
		*place = arena_memdup(arena, cause, sizeof *cause);
}

static bool cause_present(const struct cause *cause)
{
	return cause->symbols || cause->node || cause->input;
}

/* All open dimensions count; of anything else, the first. */
static void cause_add(struct cause *cause, const struct cause *more)
{
	if (!cause->node && !cause->input) {
		cause->node = more->node;
		cause->input = more->input;
	}
	cause->symbols |= more->symbols;
}

struct cause causes_of(const struct causes *causes, const struct value *value)
{
	const struct cause *cause = place_find(&causes->by_value, value);
	return cause ? *cause : (struct cause){0};
}

/* The open dimensions that stand in a shape itself. */
static uint64_t shape_symbols(const struct shape *shape)
{
	uint64_t symbols = 0;
	for (int d = 0; d < shape->rank; d++) {
		int64_t k = -2 - shape->dim[d];
		if (k >= CAUSE_SYMBOLS)
			k = CAUSE_SYMBOLS - 1;
		if (k >= 0)
			symbols |= (uint64_t)1 << k;
	}
	return symbols;
}

/* Every size is known or an open dimension's. */
static bool sizes_named(const struct shape *shape)
{
	for (int d = 0; d < shape->rank; d++)
		if (shape->dim[d] == DIM_UNKNOWN)
			return false;
	return shape->rank >= 0;
}

/* A small whole-number tensor may become a shape: its value counts. */
static bool may_be_shape(const struct value *value)
{
	return dtype_is_integer(value->type) && value->shape.rank <= 1 &&
		!value->data && !value->init;
}

static void value_follow(struct causes *causes, const struct value *value,
	const struct cause *before, const struct node *node)
{
	struct cause cause = {.symbols = shape_symbols(&value->shape)};
	if (!sizes_named(&value->shape) ||
		(!cause.symbols && may_be_shape(value))) {
		cause_add(&cause, before);
		if (!node)
			cause.input = value;
		else if (!cause_present(&cause) && !shape_known(&value->shape))
			cause.node = node;
	}
	if (cause_present(&cause))
		cause_put(causes, value, &cause);
}

static void graph_follow(
	struct causes *causes, const struct graph *graph, int depth)
{
	const struct cause none = {0};
	if (depth > GRAPH_DEPTH)
		return;
	for (size_t i = 0; !graph->owner && i < graph->input_count; i++)
		value_follow(causes, graph->inputs[i], &none, NULL);
	for (size_t n = 0; n < graph->node_count; n++) {
		const struct node *node = graph->nodes[n];
		struct cause cause = none;
		for (size_t i = 0; i < node->input_count; i++)
			if (node->input[i]) {
				struct cause more =
					causes_of(causes, node->input[i]);
				cause_add(&cause, &more);
			}
		for (size_t a = 0; a < node->attr_count; a++) {
			if (node->attr[a].kind != ATTR_GRAPH)
				continue;
			const struct graph *sub = node->attr[a].as.graph;
			/* Inputs of a body are the node's: any of them. */
			for (size_t i = 0; i < sub->input_count; i++)
				value_follow(
					causes, sub->inputs[i], &cause, node);
			graph_follow(causes, sub, depth + 1);
			for (int64_t i = 0; node->steps && i < node->trips; i++)
				graph_follow(causes, node->steps[i], depth + 1);
			for (size_t i = 0; i < sub->output_count; i++) {
				struct cause more =
					causes_of(causes, sub->outputs[i]);
				cause_add(&cause, &more);
			}
		}
		for (size_t o = 0; o < node->output_count; o++)
			if (node->output[o])
				value_follow(
					causes, node->output[o], &cause, node);
	}
}

struct causes *causes_find(struct ctx *ctx, const struct model *model)
{
	struct causes *causes = arena_alloc(&ctx->arena, sizeof *causes);
	*causes = (struct causes){.ctx = ctx, .model = model};
	graph_follow(causes, model->graph, 0);
	return causes;
}
