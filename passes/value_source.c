/* Constants out of shapes and attributes. */
#include "passes/value_rule.h"

#include <string.h>

/* Sizes of the input, open ones as the symbols that they are. */
void value_shape(struct infer *inf, struct node *node)
{
	const struct shape *in = in_shape(node, 0);
	struct tensor *out = tensor_new(inf, node, 0);
	int from, to;
	if (!out || in->rank == RANK_UNKNOWN ||
		!shape_bounds(inf, node, in->rank, &from, &to))
		return;
	for (int i = from; i < to; i++)
		if (dim_known(in->dim[i]))
			out->ints[i - from] = in->dim[i];
		else
			tensor_forget(inf, out, i - from, in->dim[i]);
	out_tensor(node, 0, out);
}

void value_size(struct infer *inf, struct node *node)
{
	int64_t elems;
	if (!shape_elems(in_shape(node, 0), &elems))
		return;
	struct tensor *out = tensor_new(inf, node, 0);
	if (!out)
		return;
	out->ints[0] = elems;
	out_tensor(node, 0, out);
}

void value_constant(struct infer *inf, struct node *node)
{
	const struct attr *value = node_attr(node, "value");
	struct value *out = node_output(node, 0);
	if (!out)
		return;
	if (value && value->kind == ATTR_TENSOR && value->as.tensor) {
		/* Read when somebody asks for it, as an initializer is. */
		out->init = value->as.tensor->init;
		out->data = value->as.tensor->data;
		return;
	}
	static const char *const ints[] = {"value_int", "value_ints"};
	static const char *const floats[] = {"value_float", "value_floats"};
	for (int i = 0; i < 2; i++) {
		const struct attr *a = node_attr(node, ints[i]);
		const struct attr *b = node_attr(node, floats[i]);
		struct tensor *tensor =
			a || b ? tensor_new(inf, node, 0) : NULL;
		if (!tensor)
			continue;
		if (a && tensor->ints)
			memcpy(tensor->ints, a->as.ints,
				(size_t)tensor->count * sizeof *tensor->ints);
		else if (b && tensor->floats)
			memcpy(tensor->floats, b->as.floats,
				(size_t)tensor->count * sizeof *tensor->floats);
		out->data = tensor;
	}
}

void value_constant_of_shape(struct infer *inf, struct node *node)
{
	const struct attr *attr = node_attr(node, "value");
	const struct tensor *fill = NULL;
	if (attr) {
		if (attr->kind != ATTR_TENSOR)
			return;
		fill = value_tensor(inf, attr->as.tensor);
		if (!fill || fill->count != 1)
			return;
	}
	struct tensor *out = tensor_new(inf, node, 0);
	if (!out)
		return;
	for (int64_t i = 0; fill && i < out->count; i++)
		tensor_copy(inf, out, i, fill, 0);
	out_tensor(node, 0, out);
}

void value_range(struct infer *inf, struct node *node)
{
	const struct tensor *start = in_tensor(inf, node, 0);
	const struct tensor *delta = in_tensor(inf, node, 2);
	struct tensor *out = tensor_new(inf, node, 0);
	/* Its size is known, so its inputs are. */
	if (!start || !out || (node_input(node, 2) && !delta))
		return;
	for (int64_t i = 0; i < out->count; i++) {
		int64_t step = delta && delta->ints ? delta->ints[0] : 1, v;
		if (out->floats)
			tensor_set_float(out, i,
				tensor_double(start, 0) +
					(double)i *
						(delta ? tensor_double(delta, 0)
						       : 1));
		else if (start->ints && mul_ok(i, step, &v) &&
			add_ok(start->ints[0], v, &v))
			tensor_set_int(inf, out, i, v);
		else
			tensor_forget(inf, out, i, DIM_UNKNOWN);
	}
	out_tensor(node, 0, out);
}

void value_eye_like(struct infer *inf, struct node *node)
{
	int64_t shift, col;
	struct tensor *out = tensor_new(inf, node, 0);
	if (!out || out->shape.rank != 2 ||
		!node_attr_int(inf->ctx, node, "k", 0, &shift))
		return;
	int64_t cols = out->shape.dim[1];
	for (int64_t row = 0; row < out->shape.dim[0]; row++) {
		if (!add_ok(row, shift, &col) || col < 0 || col >= cols)
			continue;
		if (out->ints)
			out->ints[row * cols + col] = 1;
		else
			out->floats[row * cols + col] = 1;
	}
	out_tensor(node, 0, out);
}

/* indices, depth, [off, on] */
void value_one_hot(struct infer *inf, struct node *node)
{
	const struct tensor *at = in_tensor(inf, node, 0);
	const struct tensor *values = in_tensor(inf, node, 2);
	struct tensor *out = tensor_new(inf, node, 0);
	int64_t axis;
	if (!at || !at->ints || !values || values->count != 2 || !out ||
		!node_attr_int(inf->ctx, node, "axis", -1, &axis))
		return;
	int rank = out->shape.rank;
	int64_t depth = out->shape.dim[axis < 0 ? axis + rank : axis];
	int64_t inner = 1;
	for (int64_t i = (axis < 0 ? axis + rank : axis) + 1; i < rank; i++)
		inner *= out->shape.dim[i];
	for (int64_t i = 0; i < out->count; i++) {
		int64_t hot = i / inner % depth;
		int64_t from = i / (inner * depth) * inner + i % inner;
		if (!tensor_known(at, from)) {
			tensor_forget(inf, out, i, DIM_UNKNOWN);
			continue;
		}
		int64_t want = at->ints[from];
		tensor_copy(inf, out, i, values,
			want == hot || (want < 0 && want + depth == hot));
	}
	out_tensor(node, 0, out);
}
