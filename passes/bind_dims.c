/* Sizes given by the user put into shapes of inputs, each found once or
 * refused. */
#include "passes/bind_dims.h"

#include "base/checked.h"
#include "passes/bind_values.h"

#include <stdlib.h>
#include <string.h>

struct binding {
	struct ctx *ctx;
	struct model *model;
	struct loc loc;
	int64_t *value; /* [model->symbol_count]; negative: open */
};

/* "batch", or for a dimension without a name "x:0". */
static const char *symbol_text(struct binding *b, const struct symbol *symbol)
{
	if (symbol->name)
		return diag_quote(b->ctx, symbol->name);
	return arena_printf(&b->ctx->arena, "%s:%d",
		diag_quote(b->ctx, symbol->input), symbol->axis);
}

/* Names joined by commas. */
static const char *list_symbols(struct binding *b)
{
	const char *list = "none";
	for (size_t k = 0; k < b->model->symbol_count && k < 16; k++)
		list = arena_printf(&b->ctx->arena, "%s%s%s", k ? list : "",
			k ? ", " : "", symbol_text(b, &b->model->symbols[k]));
	return list;
}

static const char *list_inputs(struct binding *b)
{
	const char *list = "none";
	const struct graph *graph = b->model->graph;
	for (size_t i = 0; i < graph->input_count && i < 16; i++)
		list = arena_printf(&b->ctx->arena, "%s%s%s", i ? list : "",
			i ? ", " : "",
			diag_quote(b->ctx, graph->inputs[i]->name));
	return list;
}

static struct value *find_input(
	struct binding *b, const char *name, size_t length)
{
	const struct graph *graph = b->model->graph;
	for (size_t i = 0; i < graph->input_count; i++)
		if (strlen(graph->inputs[i]->name) == length &&
			memcmp(graph->inputs[i]->name, name, length) == 0)
			return graph->inputs[i];
	return NULL;
}

/* Gives symbol k its value; false when it has another. */
static bool bind_symbol(struct binding *b, size_t k, int64_t value)
{
	if (b->value[k] >= 0 && b->value[k] != value)
		return diag_error(b->ctx, &b->loc,
			"dimension '%s' is given as %lld and as %lld",
			symbol_text(b, &b->model->symbols[k]),
			(long long)b->value[k], (long long)value);
	b->value[k] = value;
	return true;
}

/* Whether a dimension is a symbol's, and which. */
static bool is_symbol(const struct binding *b, int64_t dim, size_t *k)
{
	*k = (size_t)(-2 - dim);
	return dim < DIM_UNKNOWN && *k < b->model->symbol_count;
}

/* Gives one axis of an input its size. */
static bool bind_axis(
	struct binding *b, struct value *in, int axis, int64_t value)
{
	int64_t *dim = &in->shape.dim[axis];
	size_t k;
	if (is_symbol(b, *dim, &k))
		return bind_symbol(b, k, value);
	if (*dim >= 0 && *dim != value)
		return diag_error(b->ctx, &b->loc,
			"input '%s' is %s: dimension %d is %lld in the file "
			"and cannot become %lld",
			diag_quote(b->ctx, in->name),
			shape_text(b->ctx, &in->shape), axis, (long long)*dim,
			(long long)value);
	*dim = value;
	return true;
}

static bool bind_input(struct binding *b, const struct input_shape *given)
{
	struct value *in = find_input(b, given->name, strlen(given->name));
	if (!in)
		return diag_error(b->ctx, &b->loc,
			"--input %s: the model has no such input; it has: %s",
			diag_quote(b->ctx, given->name), list_inputs(b));
	for (int i = 0; i < given->shape.rank; i++)
		if (given->shape.dim[i] < 0)
			return diag_error(b->ctx, &b->loc,
				"--input %s: size %lld of dimension %d; "
				"expected at least 0",
				diag_quote(b->ctx, given->name),
				(long long)given->shape.dim[i], i);
	if (in->shape.rank == RANK_UNKNOWN) {
		in->shape =
			shape_make(b->ctx, given->shape.rank, given->shape.dim);
		return true;
	}
	if (in->shape.rank != given->shape.rank)
		return diag_error(b->ctx, &b->loc,
			"--input %s: %s has %d dimensions, the input is %s "
			"with %d",
			diag_quote(b->ctx, given->name),
			shape_text(b->ctx, &given->shape), given->shape.rank,
			shape_text(b->ctx, &in->shape), in->shape.rank);
	bool ok = true;
	for (int i = 0; i < in->shape.rank; i++)
		if (!bind_axis(b, in, i, given->shape.dim[i]))
			ok = false;
	return ok;
}

static bool name_is(const char *name, const char *text, size_t length)
{
	return name && strlen(name) == length && !memcmp(name, text, length);
}

/* A value of any graph that a node makes. */
static const struct value *find_value(
	const struct graph *graph, const char *name, size_t length)
{
	const struct value *found = NULL;
	for (size_t n = 0; !found && n < graph->node_count; n++) {
		const struct node *node = graph->nodes[n];
		for (size_t o = 0; o < node->output_count; o++)
			if (node->output[o] &&
				name_is(node->output[o]->name, name, length))
				found = node->output[o];
		for (size_t a = 0; !found && a < node->attr_count; a++)
			if (node->attr[a].kind == ATTR_GRAPH)
				found = find_value(
					node->attr[a].as.graph, name, length);
	}
	return found;
}

/* A mixture of experts by its name, or its result's. */
static const struct node *find_experts(
	const struct graph *graph, const char *name, size_t length)
{
	const struct node *found = NULL;
	for (size_t n = 0; !found && n < graph->node_count; n++) {
		const struct node *node = graph->nodes[n];
		const struct value *result = node_output(node, 0);
		if (node->op && !strcmp(node->op->lowering, "moe") &&
			(name_is(node->name, name, length) ||
				(result &&
					name_is(result->name, name, length))))
			found = node;
		for (size_t a = 0; !found && a < node->attr_count; a++)
			if (node->attr[a].kind == ATTR_GRAPH)
				found = find_experts(
					node->attr[a].as.graph, name, length);
	}
	return found;
}

/* VALUE:AXIS of what a node makes, NODE:expertK of a mixture of experts: of
 * sizes that hang on data. False where there is no such. */
static bool bind_given(struct binding *b, const struct dim_value *given)
{
	static const char expert[] = "expert";
	struct model *model = b->model;
	const char *colon = strrchr(given->name, ':');
	if (!colon)
		return false;
	size_t length = (size_t)(colon - given->name);
	bool rows = !strncmp(colon + 1, expert, sizeof expert - 1);
	const char *digits = colon + 1 + (rows ? sizeof expert - 1 : 0);
	char *end;
	struct given_size size = {
		.size = given->value, .at = strtoll(digits, &end, 10)};
	if (*digits < '0' || *digits > '9' || *end)
		return false;
	if (rows)
		size.node = find_experts(model->graph, given->name, length);
	else
		size.value = find_value(model->graph, given->name, length);
	if (!size.node && !size.value)
		return false;
	struct given_size *all = arena_array(
		&b->ctx->arena, model->given_count + 1, sizeof *all);
	if (model->given_count)
		memcpy(all, model->given, model->given_count * sizeof *all);
	all[model->given_count++] = size;
	model->given = all;
	return true;
}

static bool bind_dim(struct binding *b, const struct dim_value *given)
{
	const char *name = diag_quote(b->ctx, given->name);
	if (given->value < 0)
		return diag_error(b->ctx, &b->loc,
			"--dim %s=%lld: expected a size of at least 0", name,
			(long long)given->value);
	for (size_t k = 0; k < b->model->symbol_count; k++) {
		const char *symbol = b->model->symbols[k].name;
		if (symbol && strcmp(symbol, given->name) == 0)
			return bind_symbol(b, k, given->value);
	}
	const char *colon = strrchr(given->name, ':');
	struct value *in = colon
		? find_input(b, given->name, (size_t)(colon - given->name))
		: NULL;
	if (!in && bind_given(b, given))
		return true;
	if (!in)
		return diag_error(b->ctx, &b->loc,
			"--dim %s=%lld: the model has no such dimension; open "
			"are: %s",
			name, (long long)given->value, list_symbols(b));
	char *end;
	long axis = strtol(colon + 1, &end, 10);
	if (!colon[1] || *end || axis < 0 || axis >= in->shape.rank)
		return diag_error(b->ctx, &b->loc,
			"--dim %s=%lld: input '%s' is %s and has no such axis",
			name, (long long)given->value,
			diag_quote(b->ctx, in->name),
			shape_text(b->ctx, &in->shape));
	return bind_axis(b, in, (int)axis, given->value);
}

/* The first dimension of every input where it is still open; when none is, one
 * that is fixed must be the size asked for. */
static bool bind_batch(struct binding *b, int64_t size)
{
	const struct graph *graph = b->model->graph;
	struct value *fixed = NULL;
	bool found = false;
	if (size < 1)
		return diag_error(b->ctx, &b->loc,
			"--batch-size %lld: expected at least 1",
			(long long)size);
	for (size_t i = 0; i < graph->input_count; i++) {
		struct value *in = graph->inputs[i];
		if (in->shape.rank < 1)
			continue;
		int64_t dim = in->shape.dim[0];
		size_t k;
		if (dim >= 0) {
			found = found || dim == size;
			fixed = fixed ? fixed : in;
			continue;
		}
		found = true;
		/* Another option has the last word. */
		if (is_symbol(b, dim, &k) && b->value[k] >= 0)
			continue;
		if (!bind_axis(b, in, 0, size))
			return false;
	}
	if (found || !fixed)
		return true;
	return diag_error(b->ctx, &b->loc,
		"--batch-size %lld: input '%s' is %s, its first dimension is "
		"fixed in the file",
		(long long)size, diag_quote(b->ctx, fixed->name),
		shape_text(b->ctx, &fixed->shape));
}

static struct value *find_initializer(struct binding *b, const char *name)
{
	const struct graph *graph = b->model->graph;
	for (size_t i = 0; i < graph->value_count; i++)
		if (graph->values[i]->init &&
			strcmp(graph->values[i]->name, name) == 0)
			return graph->values[i];
	return NULL;
}

/* The one dimension of an input that is still open, from the number of values
 * that are given. Where several are, the shape has to be. */
static bool bind_values_axis(
	struct binding *b, struct value *in, const struct input_value *given)
{
	int64_t count = values_count(given->list), others = 1;
	int open = -1, opens = in->shape.rank == RANK_UNKNOWN;
	const char *name = diag_quote(b->ctx, given->name);
	for (int i = 0; i < in->shape.rank; i++) {
		int64_t dim = in->shape.dim[i];
		size_t k;
		if (is_symbol(b, dim, &k))
			dim = b->value[k];
		if (dim < 0) {
			open = i;
			opens++;
		} else if (!mul_ok(others, dim, &others)) {
			return true; /* the count will not match */
		}
	}
	if (!opens)
		return true;
	if (opens > 1 || open < 0)
		return diag_error(b->ctx, &b->loc,
			"--value %s: input '%s' has the shape %s: give --input "
			"%s=SHAPE, too (nothing behind '=' for a scalar)",
			name, name, shape_text(b->ctx, &in->shape), name);
	if (!others || count % others)
		return diag_error(b->ctx, &b->loc,
			"--value %s: %lld value%s, input '%s' is %s", name,
			(long long)count, count == 1 ? "" : "s", name,
			shape_text(b->ctx, &in->shape));
	return bind_axis(b, in, open, count / others);
}

/* Finds the input of a value, and gives it the size that follows. */
static bool bind_value(
	struct binding *b, const struct dim_options *options, size_t index)
{
	const struct input_value *given = &options->values[index];
	const char *name = diag_quote(b->ctx, given->name);
	struct value *in = find_input(b, given->name, strlen(given->name));
	for (size_t i = 0; i < index; i++)
		if (strcmp(options->values[i].name, given->name) == 0)
			return diag_error(b->ctx, &b->loc,
				"--value %s: its value is given twice", name);
	if (!in && find_initializer(b, given->name))
		return diag_error(b->ctx, &b->loc,
			"--value %s: it is an initializer, its value is that "
			"in the file",
			name);
	if (!in)
		return diag_error(b->ctx, &b->loc,
			"--value %s: the model has no such input; it has: %s",
			name, list_inputs(b));
	return bind_values_axis(b, in, given);
}

/* Puts the symbols' values into a shape. */
static void shape_replace(struct binding *b, struct shape *shape)
{
	size_t k;
	for (int i = 0; i < shape->rank; i++)
		if (is_symbol(b, shape->dim[i], &k) && b->value[k] >= 0)
			shape->dim[i] = b->value[k];
}

static void graph_replace(struct binding *b, struct graph *graph)
{
	for (size_t i = 0; i < graph->value_count; i++) {
		shape_replace(b, &graph->values[i]->shape);
		shape_replace(b, &graph->values[i]->stored);
	}
	for (size_t i = 0; i < graph->node_count; i++)
		for (size_t k = 0; k < graph->nodes[i]->attr_count; k++) {
			const struct attr *attr = &graph->nodes[i]->attr[k];
			if (attr->kind == ATTR_GRAPH && attr->as.graph)
				graph_replace(b, attr->as.graph);
		}
}

/* All shapes are as they stay. */
static bool values_set(struct binding *b, const struct dim_options *options)
{
	bool ok = true;
	for (size_t i = 0; i < options->value_count; i++) {
		const struct input_value *given = &options->values[i];
		struct value *in =
			find_input(b, given->name, strlen(given->name));
		ok &= values_bind(b->ctx, &b->loc, in, given->list);
	}
	return ok;
}

bool dims_bind(
	struct ctx *ctx, struct model *model, const struct dim_options *options)
{
	struct binding b = {.ctx = ctx,
		.model = model,
		.loc = {.file = model->file},
		.value = arena_array(
			&ctx->arena, model->symbol_count, sizeof *b.value)};
	bool ok = true;
	for (size_t k = 0; k < model->symbol_count; k++)
		b.value[k] = DIM_UNKNOWN;
	for (size_t i = 0; i < options->input_count; i++)
		if (!bind_input(&b, &options->inputs[i]))
			ok = false;
	for (size_t i = 0; i < options->dim_count; i++)
		if (!bind_dim(&b, &options->dims[i]))
			ok = false;
	for (size_t i = 0; ok && i < options->value_count; i++)
		ok = bind_value(&b, options, i);
	if (ok && options->batch_size && !bind_batch(&b, options->batch_size))
		ok = false;
	if (!ok)
		return false;
	/* What is left open is no error until a layer depends on it. */
	graph_replace(&b, model->graph);
	return values_set(&b, options);
}
