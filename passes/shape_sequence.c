/* Sequences and optionals. A sequence's shape is what all its elements have in
 * common; an optional is what it holds. */
#include "passes/shape_rule.h"

#include "passes/value_rule.h"

#include <string.h>

/* What two tensors have in common. */
struct shape shape_common(
	struct infer *inf, const struct shape *a, const struct shape *b)
{
	int64_t dims[RANK_MAX];
	if (a->rank == RANK_UNKNOWN || a->rank != b->rank)
		return shape_unknown();
	for (int i = 0; i < a->rank; i++)
		dims[i] = a->dim[i] == b->dim[i] ? a->dim[i] : DIM_UNKNOWN;
	return shape_make(inf->ctx, a->rank, dims);
}

static bool out_sequence(const struct node *node, const struct shape *shape)
{
	struct value *out = node_output(node, 0);
	if (out)
		out->is_sequence = true;
	return out_like(node, 0, shape);
}

/* Common shape of inputs first .. */
static struct shape common_inputs(
	struct infer *inf, const struct node *node, size_t first)
{
	struct shape shape = *in_shape(node, first);
	for (size_t k = first + 1; k < node->input_count; k++)
		shape = shape_common(inf, &shape, in_shape(node, k));
	return shape;
}

/* The node that made input 0, if it is op; through Identity it is not
 * followed. */
static const struct node *made_by(const struct node *node, enum op_id op)
{
	const struct value *in = node_input(node, 0);
	return in && in->producer && op_is(in->producer, op) ? in->producer
							     : NULL;
}

bool shape_sequence(struct infer *inf, struct node *node)
{
	(void)inf;
	return out_sequence(node, in_shape(node, 0));
}

bool shape_sequence_construct(struct infer *inf, struct node *node)
{
	struct shape shape = common_inputs(inf, node, 0);
	return out_sequence(node, &shape);
}

bool shape_sequence_empty(struct infer *inf, struct node *node)
{
	struct shape shape = shape_unknown();
	return type_attr(inf, node, "dtype", DTYPE_FLOAT) &&
		out_sequence(node, &shape);
}

bool shape_sequence_insert(struct infer *inf, struct node *node)
{
	if (made_by(node, OP_ONNX_SequenceEmpty))
		return out_sequence(node, in_shape(node, 1));
	struct shape shape =
		shape_common(inf, in_shape(node, 0), in_shape(node, 1));
	return out_sequence(node, &shape);
}

bool shape_sequence_at(struct infer *inf, struct node *node)
{
	const struct node *maker = made_by(node, OP_ONNX_SequenceConstruct);
	int64_t at;
	if (maker && in_scalar(inf, node, 1, &at)) {
		int64_t count = (int64_t)maker->input_count;
		if (at < -count || at >= count)
			return node_refuse(inf, node,
				"position %lld is out of range for %lld "
				"elements",
				(long long)at, (long long)count);
		size_t k = (size_t)(at < 0 ? at + count : at);
		return out_like(node, 0, in_shape(maker, k));
	}
	return out_like(node, 0, in_shape(node, 0));
}

bool shape_split_to_sequence(struct infer *inf, struct node *node)
{
	const struct shape *in = in_shape(node, 0);
	const struct tensor *split = in_tensor(inf, node, 1);
	int64_t dims[RANK_MAX], keep;
	int axis;
	if (!node_attr_int(inf->ctx, node, "keepdims", 1, &keep))
		return false;
	struct shape shape = shape_unknown();
	if (in->rank == RANK_UNKNOWN)
		return out_sequence(node, &shape);
	if (!axis_attr(inf, node, "axis", 0, in->rank, &axis))
		return false;
	dims_copy(dims, in->dim, in->rank);
	int rank = in->rank;
	if (!node_input(node, 1)) {
		dims[axis] = 1;
		if (!keep) {
			rank--;
			memmove(dims + axis, dims + axis + 1,
				(size_t)(rank - axis) * sizeof dims[0]);
		}
	} else {
		int64_t whole = in->dim[axis], part = DIM_UNKNOWN;
		if (split && split->ints && tensor_complete(split) &&
			split->count) {
			part = split->ints[0];
			for (int64_t i = 0; i < split->count; i++) {
				if (split->ints[i] < 0)
					return node_refuse(inf, node,
						"part of %lld elements",
						(long long)split->ints[i]);
				if (split->ints[i] != part)
					part = DIM_UNKNOWN;
			}
			/* One number: parts of that size and a rest. */
			if (split->shape.rank == 0 &&
				(!dim_known(whole) || part < 1 || whole % part))
				part = DIM_UNKNOWN;
		}
		dims[axis] = part;
	}
	shape = shape_make(inf->ctx, rank, dims);
	return out_sequence(node, &shape);
}

/* Joined along axis, or stacked on a new one. */
bool shape_concat_from_sequence(struct infer *inf, struct node *node)
{
	const struct shape *in = in_shape(node, 0);
	const struct node *maker = made_by(node, OP_ONNX_SequenceConstruct);
	int64_t dims[RANK_MAX + 1], stack;
	int axis;
	if (!node_attr_int(inf->ctx, node, "new_axis", 0, &stack))
		return false;
	if (in->rank == RANK_UNKNOWN)
		return true;
	int rank = in->rank + (stack ? 1 : 0);
	if (!axis_attr(inf, node, "axis", 0, rank, &axis))
		return false;
	int64_t sum = DIM_UNKNOWN;
	if (maker && stack)
		sum = (int64_t)maker->input_count;
	else if (maker) {
		sum = 0;
		for (size_t k = 0; k < maker->input_count; k++)
			if (!dim_add(sum, in_dim(maker, k, axis), &sum))
				return node_overflow(inf, node);
	}
	for (int i = 0, k = 0; i < rank; i++) {
		dims[i] = i == axis ? sum : in->dim[k];
		k += i != axis || !stack;
	}
	return out_shape(inf, node, 0, rank, dims);
}

bool shape_optional(struct infer *inf, struct node *node)
{
	out_type(node, 0, in_type(node, 0));
	return shape_identity(inf, node);
}
