/* A graph once more, with everything in it, under other names. */
#include "ir/graph.h"

#include "base/places.h"

#include <string.h>

/* The copies of the values of the graph that is copied and of those in it. */
struct clones {
	struct ctx *ctx;
	const char *suffix;
	struct places copies;
};

static const char *name_clone(const struct clones *clones, const char *name)
{
	return name && *name ? arena_printf(&clones->ctx->arena, "%s%s", name,
				       clones->suffix)
			     : name;
}

/* Outer values stand for themselves. */
static struct value *value_of(const struct clones *clones, struct value *value)
{
	struct value *copy = value ? place_find(&clones->copies, value) : NULL;
	return copy ? copy : value;
}

static struct value **values_of(
	const struct clones *clones, struct value *const *values, size_t count)
{
	struct value **copy =
		arena_array(&clones->ctx->arena, count, sizeof(struct value *));
	for (size_t i = 0; i < count; i++)
		copy[i] = value_of(clones, values[i]);
	return copy;
}

static struct graph *graph_copy(struct clones *clones,
	const struct graph *graph, struct graph *parent, struct node *owner);

static struct node *node_copy(
	struct clones *clones, const struct node *node, struct graph *graph)
{
	struct arena *arena = &clones->ctx->arena;
	struct node *copy = arena_memdup(arena, node, sizeof *node);
	copy->name = name_clone(clones, node->name);
	copy->graph = graph;
	copy->input = values_of(clones, node->input, node->input_count);
	copy->output = values_of(clones, node->output, node->output_count);
	copy->steps = NULL;
	for (size_t o = 0; o < copy->output_count; o++)
		if (copy->output[o])
			copy->output[o]->producer = copy;
	bool own = false; /* attributes without graphs are shared */
	for (size_t a = 0; a < node->attr_count; a++) {
		if (node->attr[a].kind != ATTR_GRAPH || !node->attr[a].as.graph)
			continue;
		if (!own)
			copy->attr = arena_memdup(arena, node->attr,
				node->attr_count * sizeof *node->attr);
		own = true;
		copy->attr[a].as.graph =
			graph_copy(clones, node->attr[a].as.graph, graph, copy);
	}
	return copy;
}

static struct graph *graph_copy(struct clones *clones,
	const struct graph *graph, struct graph *parent, struct node *owner)
{
	struct arena *arena = &clones->ctx->arena;
	struct graph *copy = arena_memdup(arena, graph, sizeof *graph);
	copy->parent = parent;
	copy->owner = owner;
	copy->values =
		arena_array(arena, graph->value_count, sizeof(struct value *));
	for (size_t i = 0; i < graph->value_count; i++) {
		struct value *value =
			arena_memdup(arena, graph->values[i], sizeof *value);
		value->name = name_clone(clones, value->name);
		*place_of(arena, &clones->copies, graph->values[i]) = value;
		copy->values[i] = value;
	}
	copy->inputs = values_of(clones, graph->inputs, graph->input_count);
	copy->nodes =
		arena_array(arena, graph->node_count, sizeof(struct node *));
	for (size_t n = 0; n < graph->node_count; n++)
		copy->nodes[n] = node_copy(clones, graph->nodes[n], copy);
	copy->outputs = values_of(clones, graph->outputs, graph->output_count);
	return copy;
}

struct graph *graph_clone(
	struct ctx *ctx, const struct graph *graph, const char *suffix)
{
	struct clones clones = {.ctx = ctx, .suffix = suffix};
	return graph_copy(&clones, graph, graph->parent, graph->owner);
}
