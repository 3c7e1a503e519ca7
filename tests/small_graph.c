/* Nodes from texts such as "x float 1x4x1". */
#include "tests/small_graph.h"

#include <assert.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

struct value small_none;

void small_init(struct ctx *ctx, struct small_graph *small)
{
	*small = (struct small_graph){.ctx = ctx};
	small->graph = (struct graph){.file = "small.onnx",
		.name = "small",
		.nodes = small->nodes,
		.model = &small->model};
	small->model = (struct model){
		.file = "small.onnx", .opset = 20, .graph = &small->graph};
}

static enum dtype type_by_name(const char *name)
{
	int t = 0;
	while (t < DTYPE_COUNT && strcmp(dtype_name((enum dtype)t), name) != 0)
		t++;
	assert(t < DTYPE_COUNT);
	return (enum dtype)t;
}

static struct shape shape_read(struct ctx *ctx, const char *text)
{
	int64_t dims[RANK_MAX];
	int rank = 0;
	if (!*text)
		return shape_unknown();
	if (!strcmp(text, "[]"))
		return shape_make(ctx, 0, NULL);
	for (char *end;; text = end + 1) {
		bool open = *text == '?';
		dims[rank] = strtoll(text + open, &end, 10);
		if (open)
			dims[rank] =
				end == text + 1 ? DIM_UNKNOWN : -2 - dims[rank];
		rank++;
		if (*end != 'x')
			return shape_make(ctx, rank, dims);
	}
}

struct value *small_value(struct small_graph *small, const char *text)
{
	char name[40] = "", type[20] = "float", shape[80] = "";
	sscanf(text, "%39s %19s %79s", name, type, shape);
	struct arena *arena = &small->ctx->arena;
	struct value *value = arena_alloc(arena, sizeof *value);
	*value = (struct value){.name = arena_strdup(arena, name),
		.type = type_by_name(type),
		.shape = shape_read(small->ctx, shape),
		.stored = shape_unknown()};
	return value;
}

static struct value **values_copy(
	struct small_graph *small, struct value *const *values, size_t *count)
{
	struct value **copy = arena_array(
		&small->ctx->arena, SMALL_IO, sizeof(struct value *));
	for (*count = 0; values[*count]; (*count)++)
		copy[*count] =
			values[*count] == &small_none ? NULL : values[*count];
	return copy;
}

struct node *small_node(struct small_graph *small, const char *op,
	struct value *const *inputs, struct value *const *outputs)
{
	struct arena *arena = &small->ctx->arena;
	struct node *node = arena_alloc(arena, sizeof *node);
	const char *dot = strrchr(op, '.');
	*node = (struct node){
		.name = arena_printf(arena, "n%zu", small->graph.node_count),
		.op_type = dot ? dot + 1 : op,
		.domain =
			dot ? arena_strndup(arena, op, (size_t)(dot - op)) : "",
		.opset = 20,
		.graph = &small->graph,
		.index = small->graph.node_count,
		.trips = -1,
		.branch = -1};
	node->op = op_find(node->domain, node->op_type);
	node->input = values_copy(small, inputs, &node->input_count);
	node->output = values_copy(small, outputs, &node->output_count);
	for (size_t o = 0; o < node->output_count; o++)
		if (node->output[o])
			node->output[o]->producer = node;
	node->attr = arena_array(arena, SMALL_ATTRS, sizeof *node->attr);
	assert(small->graph.node_count < SMALL_NODES);
	small->nodes[small->graph.node_count++] = node;
	return node;
}

static bool takes_one(const char *name)
{
	static const char *const names[] = {"group", "transA", "transB",
		"transBatchA", "transBatchB", "layout", "num_heads",
		"q_num_heads", "kv_num_heads", "hidden_size", "channels_last",
		"K", "N", "bits", "block_size", "linear_before_reset"};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (!strcmp(names[i], name))
			return true;
	return false;
}

static void attr_read(struct arena *arena, const char *value, struct attr *attr)
{
	if (!isdigit((unsigned char)*value) && *value != '-') {
		const char **text = arena_alloc(arena, sizeof *text);
		*text = value;
		attr->kind = ATTR_STRING;
		attr->count = 1;
		attr->as.strings = text;
		return;
	}
	if (strchr(value, '.')) {
		double *floats = arena_array(arena, SMALL_IO, sizeof *floats);
		attr->kind = strchr(value, ',') ? ATTR_FLOATS : ATTR_FLOAT;
		for (char *end;; value = end + 1) {
			floats[attr->count++] = strtod(value, &end);
			if (*end != ',')
				break;
		}
		attr->as.floats = floats;
		return;
	}
	int64_t *ints = arena_array(arena, SMALL_IO, sizeof *ints);
	attr->kind = takes_one(attr->name) ? ATTR_INT : ATTR_INTS;
	for (char *end;; value = end + 1) {
		ints[attr->count++] = strtoll(value, &end, 10);
		if (*end != ',')
			break;
	}
	attr->as.ints = ints;
}

void small_attrs(struct small_graph *small, struct node *node, const char *text)
{
	struct arena *arena = &small->ctx->arena;
	char *copy = arena_strdup(arena, text), *rest = copy;
	for (char *item; (item = strtok_r(rest, " ", &rest));) {
		struct attr *attr = &node->attr[node->attr_count++];
		char *equals = strchr(item, '=');
		assert(equals && node->attr_count <= SMALL_ATTRS);
		*equals = 0;
		*attr = (struct attr){.name = item};
		attr_read(arena, equals + 1, attr);
	}
}
