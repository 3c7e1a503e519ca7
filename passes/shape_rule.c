/* What rules ask of a node: shapes, types and constants of its inputs. */
#include "passes/shape_rule.h"

#include "passes/value_rule.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct shape no_shape = {.rank = RANK_UNKNOWN};

bool node_refuse(
	struct infer *inf, const struct node *node, const char *format, ...)
{
	char text[1024];
	va_list ap;
	va_start(ap, format);
	vsnprintf(text, sizeof text, format, ap);
	va_end(ap);
	const struct loc loc = node_loc(node);
	return diag_error(inf->ctx, &loc, "%s", text);
}

bool node_overflow(struct infer *inf, const struct node *node)
{
	return node_refuse(inf, node, "a size of its output leaves 64 bits");
}

const struct shape *in_shape(const struct node *node, size_t k)
{
	const struct value *value = node_input(node, k);
	return value ? &value->shape : &no_shape;
}

int in_rank(const struct node *node, size_t k)
{
	return in_shape(node, k)->rank;
}

int64_t in_dim(const struct node *node, size_t k, int axis)
{
	const struct shape *shape = in_shape(node, k);
	return axis >= 0 && axis < shape->rank ? shape->dim[axis] : DIM_UNKNOWN;
}

enum dtype in_type(const struct node *node, size_t k)
{
	const struct value *value = node_input(node, k);
	return value ? value->type : DTYPE_UNDEFINED;
}

const struct tensor *value_tensor(struct infer *inf, struct value *value)
{
	int64_t elems;
	if (!value)
		return NULL;
	if (value->data || value->is_sequence)
		return value->data;
	/* Of no elements all are known. */
	if (shape_elems(&value->shape, &elems) && elems == 0)
		return tensor_make(inf, value->type, &value->shape);
	if (!value->init)
		return NULL;
	if (!shape_tracked(&value->shape, &elems) || !budget_take(inf, elems) ||
		!inf->model->load ||
		!inf->model->load(inf->ctx, inf->model, value, CONST_ELEMS_MAX))
		return NULL;
	/* What a loader hands over must have the size that the shape says. */
	if (value->data &&
		(value->data->count != elems ||
			value->data->shape.rank != value->shape.rank))
		value->data = NULL;
	return value->data;
}

const struct tensor *in_tensor(
	struct infer *inf, const struct node *node, size_t k)
{
	return value_tensor(inf, node_input(node, k));
}

const int64_t *in_ints(
	struct infer *inf, const struct node *node, size_t k, int64_t *count)
{
	const struct tensor *tensor = in_tensor(inf, node, k);
	if (!tensor || !tensor->ints || tensor->shape.rank > 1 ||
		!tensor_complete(tensor))
		return NULL;
	*count = tensor->count;
	return tensor->ints;
}

const double *in_floats(
	struct infer *inf, const struct node *node, size_t k, int64_t *count)
{
	const struct tensor *tensor = in_tensor(inf, node, k);
	if (!tensor || tensor->shape.rank > 1 || !tensor_complete(tensor))
		return NULL;
	*count = tensor->count;
	if (tensor->floats)
		return tensor->floats;
	double *copy = arena_array(
		&inf->ctx->arena, (size_t)tensor->count, sizeof *copy);
	for (int64_t i = 0; i < tensor->count; i++)
		copy[i] = (double)tensor->ints[i];
	return copy;
}

bool in_scalar(
	struct infer *inf, const struct node *node, size_t k, int64_t *out)
{
	const struct tensor *tensor = in_tensor(inf, node, k);
	if (!tensor || !tensor->ints || tensor->count != 1 ||
		!tensor_complete(tensor))
		return false;
	*out = tensor->ints[0];
	return true;
}

bool in_rank_is(struct infer *inf, const struct node *node, size_t k, int rank)
{
	int found = in_rank(node, k);
	return found == RANK_UNKNOWN || found == rank ||
		node_refuse(inf, node,
			"input %zu is %s, of rank %d; expected rank %d", k,
			shape_text(inf->ctx, in_shape(node, k)), found, rank);
}

bool in_rank_least(
	struct infer *inf, const struct node *node, size_t k, int rank)
{
	int found = in_rank(node, k);
	return found == RANK_UNKNOWN || found >= rank ||
		node_refuse(inf, node,
			"input %zu is %s, of rank %d; expected at least rank "
			"%d",
			k, shape_text(inf->ctx, in_shape(node, k)), found,
			rank);
}

void out_type(const struct node *node, size_t k, enum dtype type)
{
	struct value *value = node_output(node, k);
	if (value && type != DTYPE_UNDEFINED)
		value->type = type;
}

/* So many shapes are another one over again that it pays to look. */
static bool shape_is(const struct shape *shape, int rank, const int64_t *dims)
{
	return shape->rank == rank &&
		(rank == 0 ||
			memcmp(shape->dim, dims,
				(size_t)rank * sizeof *dims) == 0);
}

bool out_shape(struct infer *inf, const struct node *node, size_t k, int rank,
	const int64_t *dims)
{
	struct value *value = node_output(node, k);
	if (!value)
		return true;
	if (rank > RANK_MAX)
		return node_refuse(inf, node,
			"output %zu would have rank %d; at most %d are "
			"supported",
			k, rank, RANK_MAX);
	if (rank == RANK_UNKNOWN)
		value->shape = shape_unknown();
	else if (shape_is(&value->stored, rank, dims))
		value->shape = value->stored;
	else if (shape_is(in_shape(node, 0), rank, dims))
		value->shape = *in_shape(node, 0);
	else
		value->shape = shape_make(inf->ctx, rank, dims);
	return true;
}

bool out_like(const struct node *node, size_t k, const struct shape *shape)
{
	struct value *value = node_output(node, k);
	if (value)
		value->shape = *shape;
	return true;
}

bool out_rank_ok(struct infer *inf, const struct node *node, int64_t rank)
{
	return rank <= RANK_MAX ||
		node_refuse(inf, node,
			"its output would have rank %lld; at most %d are "
			"supported",
			(long long)rank, RANK_MAX);
}

bool dim_merge(int64_t a, int64_t b, int64_t *out)
{
	if (dim_known(a) && dim_known(b) && a != b)
		return false;
	*out = dim_known(b) || a == DIM_UNKNOWN ? b : a;
	return true;
}

bool dim_broadcast(int64_t a, int64_t b, int64_t *out)
{
	if (a == b || b == 1)
		*out = a;
	else if (a == 1)
		*out = b;
	else if (dim_known(a) && dim_known(b))
		return false;
	else /* an unknown one must be 1 or equal to the known one */
		*out = dim_known(a) ? a : dim_known(b) ? b : DIM_UNKNOWN;
	return true;
}

bool dim_add(int64_t a, int64_t b, int64_t *out)
{
	if (a == 0 || b == 0) {
		*out = a == 0 ? b : a;
		return true;
	}
	if (dim_known(a) && dim_known(b))
		return add_ok(a, b, out);
	*out = DIM_UNKNOWN;
	return true;
}

bool dim_mul(int64_t a, int64_t b, int64_t *out)
{
	if (a == 1 || b == 1) {
		*out = a == 1 ? b : a;
		return true;
	}
	if (a == 0 || b == 0) {
		*out = 0;
		return true;
	}
	if (dim_known(a) && dim_known(b))
		return mul_ok(a, b, out);
	*out = DIM_UNKNOWN;
	return true;
}

bool dim_shift(int64_t dim, int64_t amount, int64_t *out)
{
	if (amount == 0 || !dim_known(dim)) {
		*out = amount ? DIM_UNKNOWN : dim;
		return true;
	}
	return add_ok(dim, amount, &dim) && dim >= 0 && add_ok(dim, 0, out);
}

void dims_copy(int64_t *to, const int64_t *from, int count)
{
	if (count > 0)
		memcpy(to, from, (size_t)count * sizeof *to);
}

bool dims_product(const int64_t *dims, int count, int64_t *out)
{
	int64_t product = 1;
	for (int i = 0; i < count; i++)
		if (!dim_mul(product, dims[i], &product))
			return false;
	*out = product;
	return true;
}

bool dims_broadcast(int64_t *dims, int *rank, const int64_t *b, int b_rank)
{
	if (b_rank > *rank) {
		int shift = b_rank - *rank;
		memmove(dims + shift, dims, (size_t)*rank * sizeof *dims);
		for (int i = 0; i < shift; i++)
			dims[i] = 1;
		*rank = b_rank;
	}
	for (int i = 0; i < b_rank; i++) {
		int64_t *dim = &dims[*rank - b_rank + i];
		if (!dim_broadcast(*dim, b[i], dim))
			return false;
	}
	return true;
}

bool axis_resolve(struct infer *inf, const struct node *node, int64_t axis,
	int rank, int *out)
{
	if (axis < -rank || axis >= rank)
		return node_refuse(inf, node,
			"axis %lld is out of range for rank %d",
			(long long)axis, rank);
	*out = (int)(axis < 0 ? axis + rank : axis);
	return true;
}

bool axis_attr(struct infer *inf, const struct node *node, const char *name,
	int64_t absent, int rank, int *out)
{
	int64_t axis;
	return node_attr_int(inf->ctx, node, name, absent, &axis) &&
		axis_resolve(inf, node, axis, rank, out);
}

bool axes_read(struct infer *inf, const struct node *node, size_t input,
	const char *attr, struct axes *out)
{
	*out = (struct axes){0};
	size_t count;
	if (!node_attr_ints(inf->ctx, node, attr, &count, &out->axis))
		return false;
	if (node_attr(node, attr)) {
		out->given = out->known = true;
		out->count = (int64_t)count;
		return true;
	}
	if (!node_input(node, input))
		return true;
	out->given = true;
	out->axis = in_ints(inf, node, input, &out->count);
	out->known = out->axis;
	return true;
}

bool axes_resolve(struct infer *inf, const struct node *node,
	const struct axes *axes, int rank, uint64_t *out)
{
	uint64_t set = 0;
	for (int64_t i = 0; i < axes->count; i++) {
		int axis = 0;
		if (!axis_resolve(inf, node, axes->axis[i], rank, &axis))
			return false;
		uint64_t bit = (uint64_t)1 << axis;
		if (set & bit)
			return node_refuse(inf, node,
				"axis %d is named twice in its axes", axis);
		set |= bit;
	}
	*out = set;
	return true;
}

const char *dims_text(struct infer *inf, int rank, const int64_t *dims)
{
	struct shape shape = shape_make(inf->ctx, rank, dims);
	return shape_text(inf->ctx, &shape);
}

bool type_attr(struct infer *inf, const struct node *node, const char *name,
	enum dtype absent)
{
	int64_t type;
	if (!node_attr_int(inf->ctx, node, name, absent, &type))
		return false;
	if (type != (int64_t)absent &&
		(type <= DTYPE_UNDEFINED || type >= DTYPE_COUNT))
		return node_refuse(inf, node,
			"attribute '%s' is %lld, which is no element type",
			name, (long long)type);
	out_type(node, 0, (enum dtype)type);
	return true;
}
