/* Follows which channels of a blocked tensor are real through the operators
 * that keep the blocks. */
#include "passes/blocked.h"

#include "base/checked.h"
#include "base/names.h"

#include <string.h>

enum { GRAPH_DEPTH = 64 }; /* import refuses deeper nesting */
enum { BLOCK_LEAST = 8, BLOCK_MOST = 16 };

/* --- operators ------------------------------------------------------------ */

static bool is_blocked_op(const struct node *node, enum op_id id)
{
	return node->op && node->op->id == id;
}

/* In the domain, and its result is in blocks. */
static bool makes_blocks(const struct node *node)
{
	return node->op && !strcmp(node->op->domain, "com.microsoft.nchwc") &&
		!is_blocked_op(node, OP_NCHWC_ReorderOutput);
}

/* --- tensors -------------------------------------------------------------- */

/* A blocked tensor. Those whose channels are the same ones form a tree, whose
 * root knows of all. */
struct tensor_channels {
	const struct value *value; /* its address is the key */
	struct tensor_channels *same;
	int64_t stored;
	int64_t exact;     /* -1: not known */
	int64_t by_filter; /* likewise */
};

struct blocked {
	struct ctx *ctx;
	const struct model *model;
	struct names tensors; /* struct tensor_channels by value */
	size_t concat_count, concat_capacity;
	const struct node **concats;
};

static struct tensor_channels *tensor_find(
	const struct blocked *blocked, const struct value *value)
{
	void **item = value ? names_find(&blocked->tensors,
				      (const char *)&value, sizeof value)
			    : NULL;
	return item ? *item : NULL;
}

static struct tensor_channels *tensor_root(struct tensor_channels *t)
{
	while (t->same != t) {
		t->same = t->same->same;
		t = t->same;
	}
	return t;
}

static int64_t stored_channels(const struct value *value)
{
	return value->shape.rank >= 2 ? value->shape.dim[1] : DIM_UNKNOWN;
}

/* NULL for a value that is left out. */
static struct tensor_channels *tensor_add(
	struct blocked *blocked, const struct value *value)
{
	struct arena *arena = &blocked->ctx->arena;
	if (!value)
		return NULL;
	struct tensor_channels *t = tensor_find(blocked, value);
	if (t)
		return t;
	t = arena_alloc(arena, sizeof *t);
	*t = (struct tensor_channels){.value = value,
		.same = t,
		.stored = stored_channels(value),
		.exact = -1,
		.by_filter = -1};
	names_add(arena, &blocked->tensors, (const char *)&t->value,
		sizeof t->value, t);
	return t;
}

/* Fewer than a block are filled up: other numbers contradict. */
static bool channels_possible(int64_t stored, int64_t useful)
{
	return stored > 0 && useful > 0 && useful <= stored &&
		stored - useful < BLOCK_MOST;
}

/* One of several that are known: the least. */
static void channels_note(int64_t *known, int64_t found)
{
	if (*known < 0 || found < *known)
		*known = found;
}

static void exact_note(struct tensor_channels *t, int64_t channels)
{
	if (t && channels_possible(t->stored, channels))
		channels_note(&tensor_root(t)->exact, channels);
}

static void tensors_join(struct tensor_channels *a, struct tensor_channels *b)
{
	if (!a || !b || a->stored != b->stored)
		return;
	a = tensor_root(a);
	b = tensor_root(b);
	if (a == b)
		return;
	b->same = a;
	if (b->exact >= 0)
		channels_note(&a->exact, b->exact);
	if (b->by_filter >= 0)
		channels_note(&a->by_filter, b->by_filter);
}

/* --- what the operators tell ---------------------------------------------- */

/* Of the last block of a filter [M / block][..][block] and its bias [M], the
 * channels at the end that are zero. */
static int filters_zero(
	struct blocked *blocked, const struct node *node, int block)
{
	const struct model *model = blocked->model;
	const struct value *w = node_input(node, 1),
			   *bias = node_input(node, 2);
	int64_t m = w->shape.dim[0], elems, bias_elems;
	if (m < block || m % block || !shape_elems(&w->shape, &elems))
		return 0;
	int zero = model->zero_columns(
		blocked->ctx, model, w, elems - elems / m * block, block);
	if (zero && bias && shape_elems(&bias->shape, &bias_elems) &&
		bias_elems == m) {
		int more = model->zero_columns(
			blocked->ctx, model, bias, m - block, block);
		zero = more < zero ? more : zero;
	}
	return zero < block ? zero : 0; /* no block is padding alone */
}

/* Blocks of 16 may be of 8 where nothing else shows it; those of 8 at whose end
 * there are zeros have none at the end of 16. -1: no padding is seen. */
static int64_t filters_used(struct blocked *blocked, const struct node *node)
{
	const struct model *model = blocked->model;
	int zero = 0;
	for (int block = model->channel_block;
		model->zero_columns && !zero && block >= BLOCK_LEAST;
		block /= 2)
		zero = filters_zero(blocked, node, block);
	return zero ? node_input(node, 1)->shape.dim[0] - zero : -1;
}

static void conv_follow(struct blocked *blocked, const struct node *node)
{
	struct tensor_channels *in = tensor_find(blocked, node_input(node, 0));
	struct tensor_channels *out = tensor_add(blocked, node_output(node, 0));
	const struct value *w = node_input(node, 1);
	int64_t group;
	if (!out || !w || w->shape.rank < 3 || !shape_known(&w->shape) ||
		!node_attr_int(blocked->ctx, node, "group", 1, &group))
		return;
	tensors_join(out, tensor_find(blocked, node_input(node, 3)));
	if (w->shape.dim[1] == 1 && w->shape.dim[0] == group)
		tensors_join(out, in);
	int64_t used = filters_used(blocked, node);
	if (channels_possible(out->stored, used))
		channels_note(&tensor_root(out)->by_filter, used);
}

static void reorder_output_follow(
	struct blocked *blocked, const struct node *node)
{
	int64_t channels;
	if (node_attr_int(blocked->ctx, node, "channels", -1, &channels))
		exact_note(tensor_find(blocked, node_input(node, 0)), channels);
}

static void reorder_input_follow(
	struct blocked *blocked, const struct node *node)
{
	const struct value *in = node_input(node, 0);
	struct tensor_channels *out = tensor_add(blocked, node_output(node, 0));
	int64_t last;
	if (in && in->shape.rank == 4 &&
		node_attr_int(blocked->ctx, node, "channels_last", 0, &last))
		exact_note(out, in->shape.dim[last ? 3 : 1]);
}

/* Added up once all else is known. */
static bool is_concat(const struct node *node)
{
	int64_t axis;
	const struct attr *attr = node_attr(node, "axis");
	if (!is_blocked_op(node, OP_ONNX_Concat) || !attr ||
		attr->kind != ATTR_INT || !node_output(node, 0))
		return false;
	axis = attr->as.ints[0];
	return axis == 1 || axis == 1 - node_output(node, 0)->shape.rank;
}

static void concat_follow(struct blocked *blocked, const struct node *node)
{
	tensor_add(blocked, node_output(node, 0));
	blocked->concats = arena_grow(&blocked->ctx->arena, blocked->concats,
		blocked->concat_count, &blocked->concat_capacity,
		blocked->concat_count + 1, sizeof *blocked->concats);
	blocked->concats[blocked->concat_count++] = node;
}

/* Results with as many channels as a blocked input have the same ones. */
static void same_follow(struct blocked *blocked, const struct node *node)
{
	struct tensor_channels *first = NULL;
	for (size_t i = 0; i < node->input_count; i++) {
		struct tensor_channels *in =
			tensor_find(blocked, node->input[i]);
		if (!in || in->stored < 0)
			continue;
		first = first ? first : in;
		tensors_join(first, in);
	}
	for (size_t o = 0; first && o < node->output_count; o++)
		if (node->output[o] &&
			stored_channels(node->output[o]) == first->stored)
			tensors_join(
				first, tensor_add(blocked, node->output[o]));
}

static bool any_blocked(const struct blocked *blocked, const struct node *node)
{
	for (size_t i = 0; i < node->input_count; i++)
		if (tensor_find(blocked, node->input[i]))
			return true;
	return false;
}

static void node_follow(struct blocked *blocked, const struct node *node)
{
	if (is_blocked_op(node, OP_NCHWC_Conv))
		conv_follow(blocked, node);
	else if (is_blocked_op(node, OP_NCHWC_ReorderInput))
		reorder_input_follow(blocked, node);
	else if (is_blocked_op(node, OP_NCHWC_ReorderOutput))
		reorder_output_follow(blocked, node);
	else if (any_blocked(blocked, node) && is_concat(node))
		concat_follow(blocked, node);
	else
		same_follow(blocked, node);
}

typedef void node_visit(void *arg, const struct node *node);

/* All nodes, those of subgraphs after the one that holds them. */
static void graph_visit(
	const struct graph *graph, node_visit *visit, void *arg, int depth)
{
	for (size_t n = 0; n < graph->node_count; n++) {
		const struct node *node = graph->nodes[n];
		visit(arg, node);
		for (size_t a = 0; depth < GRAPH_DEPTH && a < node->attr_count;
			a++)
			if (node->attr[a].kind == ATTR_GRAPH)
				graph_visit(node->attr[a].as.graph, visit, arg,
					depth + 1);
	}
}

static void node_visit_follow(void *arg, const struct node *node)
{
	node_follow(arg, node);
}

int64_t blocked_useful(const struct blocked *blocked, const struct value *value)
{
	struct tensor_channels *t =
		blocked ? tensor_find(blocked, value) : NULL;
	if (!t || t->stored < 0)
		return -1;
	struct tensor_channels *root = tensor_root(t);
	return root->exact >= 0        ? root->exact
		: root->by_filter >= 0 ? root->by_filter
				       : t->stored;
}

static void concat_add_up(struct blocked *blocked, const struct node *node)
{
	struct tensor_channels *out =
		tensor_find(blocked, node_output(node, 0));
	int64_t sum = 0;
	for (size_t i = 0; i < node->input_count; i++) {
		int64_t useful = blocked_useful(blocked, node->input[i]);
		if (useful < 0 || !add_ok(sum, useful, &sum))
			return;
	}
	/* Every input may have a block that is not full. */
	struct tensor_channels *root = tensor_root(out);
	if (root->exact < 0 && sum > 0 && sum <= root->stored)
		root->exact = sum;
}

struct blocked *blocked_find(struct ctx *ctx, const struct model *model)
{
	if (!model->channel_block)
		return NULL;
	struct blocked *blocked = arena_alloc(&ctx->arena, sizeof *blocked);
	*blocked = (struct blocked){.ctx = ctx, .model = model};
	graph_visit(model->graph, node_visit_follow, blocked, 0);
	for (size_t i = 0; i < blocked->concat_count; i++)
		concat_add_up(blocked, blocked->concats[i]);
	return blocked;
}

/* --- the size of a block -------------------------------------------------- */

/* Tensors in blocks, before their shapes are known. */
struct block_scan {
	struct ctx *ctx;
	struct names blocked; /* by value */
	int block;
};

static bool scan_has(const struct block_scan *scan, const struct value *value)
{
	return value &&
		names_find(&scan->blocked, (const char *)&value, sizeof value);
}

static void scan_add(struct block_scan *scan, const struct node *node)
{
	for (size_t o = 0; o < node->output_count; o++) {
		const struct value **key =
			arena_alloc(&scan->ctx->arena, sizeof *key);
		*key = node->output[o];
		if (*key)
			names_add(&scan->ctx->arena, &scan->blocked,
				(const char *)key, sizeof *key, key);
	}
}

/* The shape of a filter: an initializer's, or a Constant's. */
static struct shape filter_shape(const struct value *value)
{
	const struct attr *attr = value && value->producer
		? node_attr(value->producer, "value")
		: NULL;
	if (attr && attr->kind == ATTR_TENSOR && attr->as.tensor)
		return attr->as.tensor->shape;
	return value ? value->shape : shape_unknown();
}

static void stored_note(struct block_scan *scan, int64_t channels)
{
	if (channels > 0 && channels % BLOCK_LEAST == 0 &&
		channels % BLOCK_MOST != 0)
		scan->block = BLOCK_LEAST;
}

static void node_scan(void *arg, const struct node *node)
{
	struct block_scan *scan = arg;
	bool takes = false;
	for (size_t i = 0;
		scan->blocked.index.count && i < node->input_count; i++)
		takes = takes || scan_has(scan, node->input[i]);
	if (makes_blocks(node) ||
		(takes && !is_blocked_op(node, OP_NCHWC_ReorderOutput)))
		scan_add(scan, node);
	if (!is_blocked_op(node, OP_NCHWC_Conv))
		return;
	if (!scan->block)
		scan->block = BLOCK_MOST;
	struct shape w = filter_shape(node_input(node, 1));
	int64_t group, channels;
	if (!shape_known(&w) || w.rank < 3)
		return;
	stored_note(scan, w.dim[0]);
	const struct attr *attr = node_attr(node, "group");
	group = attr && attr->kind == ATTR_INT ? attr->as.ints[0] : 1;
	/* An input of fewer channels than a block is none of blocks. */
	if (scan_has(scan, node_input(node, 0)) && group > 0 &&
		mul_ok(w.dim[1], group, &channels))
		stored_note(scan, channels);
}

int blocked_channels(struct ctx *ctx, const struct model *model)
{
	struct block_scan scan = {.ctx = ctx};
	graph_visit(model->graph, node_scan, &scan, 0);
	return scan.block;
}
