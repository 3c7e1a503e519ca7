/* Operators whose output has the size of an input or of several, broadcast. */
#include "passes/shape_rule.h"

#include <string.h>

bool shape_same(struct infer *inf, struct node *node)
{
	(void)inf;
	return out_like(node, 0, in_shape(node, 0));
}

/* As the second input. */
bool shape_second(struct infer *inf, struct node *node)
{
	(void)inf;
	return out_like(node, 0, in_shape(node, 1));
}

/* As the input, with an attribute axis that must lie in it. Opsets below 13
 * default to 1, later ones to -1; a vector has both only from 13 on, so an
 * absent one is not checked. */
bool shape_same_axis(struct infer *inf, struct node *node)
{
	int axis, rank = in_rank(node, 0);
	if (rank > 0 && node_attr(node, "axis") &&
		!axis_attr(inf, node, "axis", -1, rank, &axis))
		return false;
	return shape_same(inf, node);
}

bool shape_scalar(struct infer *inf, struct node *node)
{
	return out_shape(inf, node, 0, 0, NULL);
}

/* Sizes that no rule can tell: the shape stored in the file serves. */
bool shape_opaque(struct infer *inf, struct node *node)
{
	(void)inf;
	(void)node;
	return true;
}

/* Output 0 is the broadcast of the inputs first, first + step, ... (count of
 * them). */
static bool broadcast(struct infer *inf, struct node *node, size_t first,
	size_t step, size_t count)
{
	int64_t dims[RANK_MAX];
	int rank = 0;
	for (size_t i = 0; i < count; i++)
		if (in_rank(node, first + i * step) == RANK_UNKNOWN)
			return true;
	for (size_t i = 0; i < count; i++) {
		const struct shape *shape = in_shape(node, first + i * step);
		int before_rank = rank;
		int64_t before[RANK_MAX];
		dims_copy(before, dims, rank);
		if (!dims_broadcast(dims, &rank, shape->dim, shape->rank))
			return node_refuse(inf, node,
				"input %zu is %s, which does not broadcast "
				"with %s",
				first + i * step, shape_text(inf->ctx, shape),
				dims_text(inf, before_rank, before));
	}
	return out_shape(inf, node, 0, rank, dims);
}

/* Element-wise operators of any number of inputs, numpy broadcasting. Below
 * opset 7 an attribute says that the second input is spread over the first. */
bool shape_broadcast(struct infer *inf, struct node *node)
{
	int64_t spread;
	if (!node_attr_int(inf->ctx, node, "broadcast", 0, &spread))
		return false;
	if (spread)
		return shape_same(inf, node);
	return broadcast(inf, node, 0, 1, node->input_count);
}

/* A, scale, zero point, B, scale, zero point, ... */
bool shape_qlinear_binary(struct infer *inf, struct node *node)
{
	return broadcast(inf, node, 0, 3, 2);
}

/* condition, X, scale, zero point, Y, ... */
bool shape_qlinear_where(struct infer *inf, struct node *node)
{
	int64_t dims[RANK_MAX];
	const struct shape *part[] = {
		in_shape(node, 0), in_shape(node, 1), in_shape(node, 4)};
	int rank = 0;
	for (int i = 0; i < 3; i++) {
		if (part[i]->rank == RANK_UNKNOWN)
			return true;
		if (!dims_broadcast(dims, &rank, part[i]->dim, part[i]->rank))
			return node_refuse(inf, node,
				"condition %s, X %s and Y %s do not broadcast",
				shape_text(inf->ctx, part[0]),
				shape_text(inf->ctx, part[1]),
				shape_text(inf->ctx, part[2]));
	}
	return out_shape(inf, node, 0, rank, dims);
}

/* A, A's zero point, B, B's zero point */
bool shape_mul_integer(struct infer *inf, struct node *node)
{
	return broadcast(inf, node, 0, 2, 2);
}

/* Whatever the slope's shape, it is spread over X. */
bool shape_prelu(struct infer *inf, struct node *node)
{
	return shape_same(inf, node);
}

bool shape_cast(struct infer *inf, struct node *node)
{
	return type_attr(inf, node, "to", DTYPE_UNDEFINED) &&
		shape_same(inf, node);
}

bool shape_bit_cast(struct infer *inf, struct node *node)
{
	return shape_cast(inf, node);
}

/* Tensors, sequences and optionals pass as they are. */
bool shape_identity(struct infer *inf, struct node *node)
{
	const struct value *in = node_input(node, 0);
	struct value *out = node_output(node, 0);
	if (in && out) {
		out->is_sequence = in->is_sequence;
		out->sequence = in->sequence;
	}
	return shape_same(inf, node);
}

/* The mask was of the data's type before opset 10. */
bool shape_dropout(struct infer *inf, struct node *node)
{
	bool old = node_is(node, OP_ONNX_Dropout) && node->opset < 10;
	if (!node_is(node, OP_MS_BitmaskDropout) &&
		!node_is(node, OP_MS_BitmaskBiasDropout)) {
		out_type(node, 1, old ? in_type(node, 0) : DTYPE_BOOL);
		out_like(node, 1, in_shape(node, 0));
	}
	return shape_same(inf, node);
}

/* Y, and in training the running mean and variance. */
bool shape_batch_norm(struct infer *inf, struct node *node)
{
	static const char *const role[] = {
		[1] = "scale", [2] = "bias", [3] = "mean", [4] = "variance"};
	int64_t channels = in_dim(node, 0, 1);
	for (size_t k = 1; k <= 4; k++) {
		int64_t found = in_dim(node, k, 0);
		if (dim_known(channels) && dim_known(found) &&
			found != channels)
			return node_refuse(inf, node,
				"%s has %lld elements, its input %s has %lld "
				"channels",
				role[k], (long long)found,
				shape_text(inf->ctx, in_shape(node, 0)),
				(long long)channels);
		out_type(node, k, in_type(node, 3));
		out_like(node, k, in_shape(node, 3));
	}
	return shape_same(inf, node);
}

/* Y, and mean and deviation with the normalised axes of size 1. */
bool shape_layer_norm(struct infer *inf, struct node *node)
{
	int axis, rank = in_rank(node, 0);
	if (rank > 0) {
		int64_t dims[RANK_MAX];
		if (!axis_attr(inf, node, "axis", -1, rank, &axis))
			return false;
		for (int i = 0; i < rank; i++)
			dims[i] = i < axis ? in_dim(node, 0, i) : 1;
		for (size_t k = 1; k <= 2; k++) {
			out_type(node, k, DTYPE_FLOAT);
			out_shape(inf, node, k, rank, dims);
		}
	}
	return shape_same(inf, node);
}

/* Y, mean, deviation, and the sum of input, skip and bias; SkipGroupNorm has
 * that sum as its second output. */
bool shape_skip_norm(struct infer *inf, struct node *node)
{
	size_t sum = node_is(node, OP_MS_SkipGroupNorm) ? 1 : 3;
	if (sum == 3 && !shape_layer_norm(inf, node))
		return false;
	out_type(node, sum, in_type(node, 0));
	out_like(node, sum, in_shape(node, 0));
	return shape_same(inf, node);
}

/* The zero point's type; without one an attribute's, else uint8. */
bool shape_quantize(struct infer *inf, struct node *node)
{
	if (node_input(node, 2))
		out_type(node, 0, in_type(node, 2));
	else if (!type_attr(inf, node, "output_dtype", DTYPE_UNDEFINED))
		return false;
	struct value *out = node_output(node, 0);
	if (out && out->type == DTYPE_UNDEFINED)
		out->type = DTYPE_UINT8;
	return shape_same(inf, node);
}

/* The scale's type, or an attribute's. */
bool shape_dequantize(struct infer *inf, struct node *node)
{
	out_type(node, 0, in_type(node, 1));
	return type_attr(inf, node, "output_dtype", DTYPE_UNDEFINED) &&
		shape_same(inf, node);
}

bool shape_dequantize_order(struct infer *inf, struct node *node)
{
	return type_attr(inf, node, "to", DTYPE_FLOAT) && shape_same(inf, node);
}

/* Y, scale, zero point */
bool shape_dynamic_quantize(struct infer *inf, struct node *node)
{
	out_type(node, 1, DTYPE_FLOAT);
	out_type(node, 2, DTYPE_UINT8);
	out_shape(inf, node, 1, 0, NULL);
	out_shape(inf, node, 2, 0, NULL);
	return shape_same(inf, node);
}

bool shape_random_like(struct infer *inf, struct node *node)
{
	out_type(node, 0, in_type(node, 0));
	return type_attr(inf, node, "dtype", DTYPE_UNDEFINED) &&
		shape_same(inf, node);
}

bool shape_random(struct infer *inf, struct node *node)
{
	size_t count;
	const int64_t *dims;
	if (!type_attr(inf, node, "dtype", DTYPE_FLOAT) ||
		!node_attr_ints(inf->ctx, node, "shape", &count, &dims))
		return false;
	for (size_t i = 0; i < count; i++)
		if (dims[i] < 0)
			return node_refuse(inf, node,
				"attribute 'shape' has the size %lld",
				(long long)dims[i]);
	return out_shape(inf, node, 0,
		count > RANK_MAX ? RANK_MAX + 1 : (int)count, dims);
}

bool shape_multinomial(struct infer *inf, struct node *node)
{
	int64_t samples;
	if (!type_attr(inf, node, "dtype", DTYPE_INT32) ||
		!in_rank_is(inf, node, 0, 2) ||
		!node_attr_int(inf->ctx, node, "sample_size", 1, &samples))
		return false;
	if (samples < 0)
		return node_refuse(inf, node, "attribute 'sample_size' is %lld",
			(long long)samples);
	int64_t dims[] = {in_dim(node, 0, 0), samples};
	return out_shape(inf, node, 0, 2, dims);
}

/* A window function of as many points as the input says. */
bool shape_window(struct infer *inf, struct node *node)
{
	int64_t points;
	if (!type_attr(inf, node, "output_datatype", DTYPE_FLOAT))
		return false;
	if (!in_scalar(inf, node, 0, &points))
		points = DIM_UNKNOWN;
	else if (points < 0)
		return node_refuse(
			inf, node, "its size is %lld", (long long)points);
	return out_shape(inf, node, 0, 1, &points);
}

/* Without reduction as the target (no class axis), else one number; the
 * optional second output has the scores' shape. */
bool shape_loss(struct infer *inf, struct node *node)
{
	const char *reduction;
	if (!node_attr_string(inf->ctx, node, "reduction", "mean", &reduction))
		return false;
	out_type(node, 1, in_type(node, 0));
	out_like(node, 1, in_shape(node, 0));
	if (strcmp(reduction, "none") == 0)
		return out_like(node, 0, in_shape(node, 1));
	return out_shape(inf, node, 0, 0, NULL);
}

/* The last axis holds a value and a gate. */
bool shape_bias_split_gelu(struct infer *inf, struct node *node)
{
	int rank = in_rank(node, 0);
	if (rank < 1)
		return true;
	int64_t dims[RANK_MAX];
	dims_copy(dims, in_shape(node, 0)->dim, rank);
	if (dim_known(dims[rank - 1]))
		dims[rank - 1] /= 2;
	else
		dims[rank - 1] = DIM_UNKNOWN;
	return out_shape(inf, node, 0, rank, dims);
}
