#include "passes/bind_dims.h"

#include <stdlib.h>
#include <string.h>

struct binding {
	struct ctx *ctx;
	struct model *model;
	struct loc loc;
	int64_t *value; /* [model->symbol_count]; 0: open */
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
	if (b->value[k] && b->value[k] != value)
		return diag_error(b->ctx, &b->loc,
			"dimension '%s' is given as %lld and as %lld",
			symbol_text(b, &b->model->symbols[k]),
			(long long)b->value[k], (long long)value);
	b->value[k] = value;
	return true;
}

/* Gives one axis of an input its size. */
static bool bind_axis(
	struct binding *b, struct value *in, int axis, int64_t value)
{
	int64_t *dim = &in->shape.dim[axis];
	if (*dim < DIM_UNKNOWN && (size_t)(-2 - *dim) < b->model->symbol_count)
		return bind_symbol(b, (size_t)(-2 - *dim), value);
	if (*dim > 0 && *dim != value)
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
		if (given->shape.dim[i] < 1)
			return diag_error(b->ctx, &b->loc,
				"--input %s: size %lld of dimension %d; "
				"expected at least 1",
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

static bool bind_dim(struct binding *b, const struct dim_value *given)
{
	const char *name = diag_quote(b->ctx, given->name);
	if (given->value < 1)
		return diag_error(b->ctx, &b->loc,
			"--dim %s=%lld: expected a size of at least 1", name,
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
		bool open = dim < DIM_UNKNOWN &&
			(size_t)(-2 - dim) < b->model->symbol_count;
		if (dim > 0) {
			found = found || dim == size;
			fixed = fixed ? fixed : in;
			continue;
		}
		found = true;
		/* Another option has the last word. */
		if (open && b->value[-2 - dim])
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

/* Puts the symbols' values into a shape. */
static void shape_replace(struct binding *b, struct shape *shape)
{
	for (int i = 0; i < shape->rank; i++) {
		int64_t dim = shape->dim[i];
		if (dim < DIM_UNKNOWN &&
			(size_t)(-2 - dim) < b->model->symbol_count &&
			b->value[-2 - dim])
			shape->dim[i] = b->value[-2 - dim];
	}
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

/* What is left open is no error until a layer depends on it; a size of 0 is
 * what some exporters write for one that they did not know. */
static bool inputs_verify(struct binding *b)
{
	const struct graph *graph = b->model->graph;
	bool ok = true;
	for (size_t i = 0; i < graph->input_count; i++) {
		struct value *in = graph->inputs[i];
		const char *name = diag_quote(b->ctx, in->name);
		shape_replace(b, &in->shape);
		for (int k = 0; k < in->shape.rank; k++)
			if (in->shape.dim[k] == 0)
				ok = diag_error(b->ctx, &b->loc,
					"input '%s' is %s: dimension %d is 0; "
					"give its size with --dim %s:%d=N",
					name, shape_text(b->ctx, &in->shape), k,
					name, k);
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
	for (size_t i = 0; i < options->input_count; i++)
		if (!bind_input(&b, &options->inputs[i]))
			ok = false;
	for (size_t i = 0; i < options->dim_count; i++)
		if (!bind_dim(&b, &options->dims[i]))
			ok = false;
	if (ok && options->batch_size && !bind_batch(&b, options->batch_size))
		ok = false;
	if (!ok)
		return false;
	graph_replace(&b, model->graph);
	return inputs_verify(&b);
}
