#include "passes/lower_cause.h"

#include <string.h>

/* Open addressing by the value's address; at most half full. */
struct cause_slot {
	const struct value *value;
	struct cause cause;
};

struct causes {
	struct ctx *ctx;
	const struct model *model;
	size_t count, slots; /* slots: power of two */
	struct cause_slot *slot;
};

enum { GRAPH_DEPTH = 64 }; /* import refuses deeper nesting */

static struct cause_slot *slot_find(
	const struct causes *causes, const struct value *value)
{
	uint64_t hash = (uint64_t)(uintptr_t)value * 0x9e3779b97f4a7c15u;
	size_t i = (size_t)(hash >> 32) & (causes->slots - 1);
	while (causes->slot[i].value && causes->slot[i].value != value)
		i = (i + 1) & (causes->slots - 1);
	return &causes->slot[i];
}

static void table_alloc(struct causes *causes, size_t slots)
{
	causes->slots = slots;
	causes->slot =
		arena_array(&causes->ctx->arena, slots, sizeof *causes->slot);
}

static void cause_put(struct causes *causes, const struct value *value,
	const struct cause *cause)
{
	if (2 * (causes->count + 1) > causes->slots) {
		const struct causes old = *causes;
		table_alloc(causes, 2 * old.slots);
		for (size_t i = 0; i < old.slots; i++)
			if (old.slot[i].value)
				*slot_find(causes, old.slot[i].value) =
					old.slot[i];
	}
	struct cause_slot *slot = slot_find(causes, value);
	causes->count += slot->value == NULL;
	*slot = (struct cause_slot){value, *cause};
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
	const struct cause_slot *slot = slot_find(causes, value);
	return slot->value ? slot->cause : (struct cause){0};
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
	table_alloc(causes, 64);
	graph_follow(causes, model->graph, 0);
	return causes;
}
