/* Sorts the nodes of a graph behind those they need. Only called for a file
 * whose nodes are not in order, which the standard asks for. */
#include "import/onnx_import.h"

/* Nodes that each node needs, as their places in graph->nodes: those of node i
 * are at[first[i]] up to at[first[i + 1]]. */
struct needs {
	size_t *first;
	size_t count, capacity, *at;
};

static void need_value(struct ctx *ctx, const struct graph *graph,
	const struct value *value, struct needs *needs)
{
	if (!value || !value->producer || value->producer->graph != graph)
		return;
	needs->at = arena_grow(&ctx->arena, needs->at, needs->count,
		&needs->capacity, needs->count + 1, sizeof *needs->at);
	needs->at[needs->count++] = value->producer->order;
}

/* What a node of the graph, or one in a subgraph of its, uses of the graph. */
static void need_node(struct ctx *ctx, const struct graph *graph,
	const struct node *node, struct needs *needs)
{
	for (size_t i = 0; i < node->input_count; i++)
		need_value(ctx, graph, node->input[i], needs);
	for (size_t i = 0; i < node->attr_count; i++) {
		if (node->attr[i].kind != ATTR_GRAPH)
			continue;
		const struct graph *inner = node->attr[i].as.graph;
		for (size_t k = 0; k < inner->node_count; k++)
			need_node(ctx, graph, inner->nodes[k], needs);
		for (size_t k = 0; k < inner->output_count; k++)
			need_value(ctx, graph, inner->outputs[k], needs);
	}
}

static bool cycle(
	struct ctx *ctx, const struct node *node, const struct node *needed)
{
	struct loc loc = node_loc(node), other = node_loc(needed);
	if (node == needed)
		return diag_error(ctx, &loc,
			"it needs its own output: the graph has a cycle");
	return diag_error(ctx, &loc,
		"it needs node '%s', which needs this node: the graph has a "
		"cycle",
		diag_quote(ctx, other.node ? other.node : other.op));
}

struct sort {
	struct ctx *ctx;
	struct graph *graph;
	struct needs needs;
	enum { UNSEEN, OPEN, DONE } * state;
	struct visit {
		size_t node, next; /* next: in needs.at */
	} * stack;
	struct node **sorted;
	size_t count; /* of sorted */
};

/* Depth first, with a stack of its own: a chain may be as long as the graph. */
static bool sort_visit(struct sort *s, size_t root)
{
	size_t depth = 0;
	s->state[root] = OPEN;
	s->stack[depth++] = (struct visit){root, s->needs.first[root]};
	while (depth) {
		struct visit *top = &s->stack[depth - 1];
		if (top->next == s->needs.first[top->node + 1]) {
			s->state[top->node] = DONE;
			s->sorted[s->count++] = s->graph->nodes[top->node];
			depth--;
			continue;
		}
		size_t needed = s->needs.at[top->next++];
		if (s->state[needed] == OPEN)
			return cycle(s->ctx, s->graph->nodes[top->node],
				s->graph->nodes[needed]);
		if (s->state[needed] == DONE)
			continue;
		s->state[needed] = OPEN;
		s->stack[depth++] =
			(struct visit){needed, s->needs.first[needed]};
	}
	return true;
}

static void sort_warn(struct sort *s)
{
	for (size_t i = 0; i < s->graph->node_count; i++)
		for (size_t k = s->needs.first[i]; k < s->needs.first[i + 1];
			k++) {
			if (s->needs.at[k] <= i)
				continue;
			struct loc loc = node_loc(s->graph->nodes[i]);
			struct loc other =
				node_loc(s->graph->nodes[s->needs.at[k]]);
			diag_warning(s->ctx, &loc,
				"it stands before node '%s', which it needs: "
				"nodes are sorted",
				diag_quote(s->ctx,
					other.node ? other.node : other.op));
			return;
		}
}

bool graph_sort(struct ctx *ctx, struct graph *graph)
{
	size_t n = graph->node_count;
	struct sort s = {.ctx = ctx, .graph = graph};
	s.needs.first = arena_array(&ctx->arena, n + 1, sizeof *s.needs.first);
	s.state = arena_array(&ctx->arena, n, sizeof *s.state);
	s.stack = arena_array(&ctx->arena, n, sizeof *s.stack);
	s.sorted = arena_array(&ctx->arena, n, sizeof *s.sorted);
	for (size_t i = 0; i < n; i++) {
		need_node(ctx, graph, graph->nodes[i], &s.needs);
		s.needs.first[i + 1] = s.needs.count;
	}
	for (size_t i = 0; i < n; i++)
		if (s.state[i] == UNSEEN && !sort_visit(&s, i))
			return false;
	sort_warn(&s);
	graph->nodes = s.sorted;
	for (size_t i = 0; i < n; i++)
		graph->nodes[i]->order = i;
	return true;
}
