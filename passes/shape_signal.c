/* Fourier transforms. A real signal's last axis has 1 element, a complex one's
 * 2. */
#include "passes/shape_rule.h"

#include <string.h>

/* Bins of a transform of length points. */
static int64_t bins(int64_t length, bool onesided)
{
	if (!dim_known(length))
		return onesided ? DIM_UNKNOWN : length;
	return onesided ? length / 2 + 1 : length;
}

/* signal, length, axis (an attribute below opset 20) */
bool shape_dft(struct infer *inf, struct node *node)
{
	const struct shape *in = in_shape(node, 0);
	int64_t onesided, inverse, number, length, dims[RANK_MAX];
	int axis;
	bool attr = node_attr(node, "axis");
	if (!node_attr_int(inf->ctx, node, "onesided", 0, &onesided) ||
		!node_attr_int(inf->ctx, node, "inverse", 0, &inverse) ||
		!node_attr_int(inf->ctx, node, "axis",
			node->opset < 20 ? 1 : -2, &number))
		return false;
	if (in->rank == RANK_UNKNOWN)
		return true;
	if (!in_rank_least(inf, node, 0, 2))
		return false;
	if (!attr && node_input(node, 2) && !in_scalar(inf, node, 2, &number))
		return true;
	if (!axis_resolve(inf, node, number, in->rank, &axis))
		return false;
	dims_copy(dims, in->dim, in->rank);
	length = in->dim[axis];
	if (node_input(node, 1) && !in_scalar(inf, node, 1, &length))
		length = DIM_UNKNOWN;
	else if (node_input(node, 1) && length < 1)
		return node_refuse(
			inf, node, "its length is %lld", (long long)length);
	dims[in->rank - 1] = onesided && inverse ? 1 : 2;
	dims[axis] = bins(length, onesided && !inverse);
	return out_shape(inf, node, 0, in->rank, dims);
}

/* signal [batch][length][1 or 2], step, window, frame length */
bool shape_stft(struct infer *inf, struct node *node)
{
	int64_t onesided, step, frame;
	if (!node_attr_int(inf->ctx, node, "onesided", 1, &onesided))
		return false;
	if (!in_scalar(inf, node, 1, &step))
		step = DIM_UNKNOWN;
	else if (step < 1)
		return node_refuse(
			inf, node, "its frame step is %lld", (long long)step);
	if (!in_scalar(inf, node, 3, &frame))
		frame = node_input(node, 3) ? DIM_UNKNOWN : in_dim(node, 2, 0);
	else if (frame < 1)
		return node_refuse(inf, node, "its frame length is %lld",
			(long long)frame);
	int64_t length = in_dim(node, 0, 1);
	int64_t dims[] = {
		in_dim(node, 0, 0), DIM_UNKNOWN, bins(frame, onesided), 2};
	if (dim_known(length) && step > 0 && frame > 0) {
		if (frame > length)
			return node_refuse(inf, node,
				"its frames of %lld are longer than its signal "
				"%s",
				(long long)frame,
				shape_text(inf->ctx, in_shape(node, 0)));
		dims[1] = (length - frame) / step + 1;
	}
	return out_shape(inf, node, 0, 4, dims);
}

/* com.microsoft: real axes to complex pairs */
bool shape_rfft(struct infer *inf, struct node *node)
{
	const struct shape *in = in_shape(node, 0);
	int64_t onesided, dims[RANK_MAX + 1];
	if (!node_attr_int(inf->ctx, node, "onesided", 1, &onesided))
		return false;
	if (in->rank == RANK_UNKNOWN)
		return true;
	if (!in_rank_least(inf, node, 0, 1))
		return false;
	dims_copy(dims, in->dim, in->rank);
	dims[in->rank - 1] = bins(in->dim[in->rank - 1], onesided);
	dims[in->rank] = 2;
	return out_shape(inf, node, 0, in->rank + 1, dims);
}

bool shape_irfft(struct infer *inf, struct node *node)
{
	const struct shape *in = in_shape(node, 0);
	int64_t onesided, dims[RANK_MAX];
	if (!node_attr_int(inf->ctx, node, "onesided", 1, &onesided))
		return false;
	if (in->rank == RANK_UNKNOWN)
		return true;
	if (!in_rank_least(inf, node, 0, 2))
		return false;
	int rank = in->rank - 1;
	dims_copy(dims, in->dim, rank);
	int64_t *last = &dims[rank - 1];
	if (onesided && dim_known(*last) && *last > 0) {
		if (!mul_ok(*last - 1, 2, last))
			return node_overflow(inf, node);
	} else if (onesided) {
		*last = DIM_UNKNOWN;
	}
	return out_shape(inf, node, 0, rank, dims);
}

/* bins of the mel scale, transform length, ...: [length / 2 + 1][bins] */
bool shape_mel_weights(struct infer *inf, struct node *node)
{
	int64_t mel, length, dims[] = {DIM_UNKNOWN, DIM_UNKNOWN};
	if (in_scalar(inf, node, 0, &mel) && mel >= 0)
		dims[1] = mel;
	if (in_scalar(inf, node, 1, &length) && length >= 0)
		dims[0] = bins(length, true);
	return type_attr(inf, node, "output_datatype", DTYPE_FLOAT) &&
		out_shape(inf, node, 0, 2, dims);
}
