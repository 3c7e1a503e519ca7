/* Operators that sample images. */
#include "passes/shape_rule.h"

#include "passes/value_rule.h"

#include <math.h>
#include <string.h>

/* Scales or sizes of a Resize along its axes. */
struct resize {
	const struct tensor *sizes;
	const double *scale; /* NULL: sizes count, or nothing is known */
	int64_t count;
};

/* Upsample has scales as input 1 or an attribute, Resize of opset 10 as input
 * 1, later ones as input 2 or sizes as input 3. An empty one is not there. */
static bool resize_read(
	struct infer *inf, const struct node *node, struct resize *out)
{
	*out = (struct resize){0};
	const struct attr *attr = node_attr(node, "scales");
	if (attr && attr->kind == ATTR_FLOATS) {
		out->scale = attr->as.floats;
		out->count = (int64_t)attr->count;
		return true;
	}
	bool early = node_is(node, OP_ONNX_Upsample) || node->input_count <= 2;
	out->scale = in_floats(inf, node, early ? 1 : 2, &out->count);
	if (out->scale && out->count)
		return true;
	out->scale = NULL;
	if (early)
		return true;
	out->sizes = in_tensor(inf, node, 3);
	if (out->sizes && !out->sizes->ints)
		return node_refuse(inf, node, "its sizes are no integers");
	if (out->sizes)
		out->count = out->sizes->count;
	return true;
}

/* Sizes as upper or lower bounds of an image that keeps its proportions. */
static void keep_aspect(bool larger, const struct shape *in, const int *axis,
	int count, int64_t *dims)
{
	double scale = larger ? 0 : INFINITY;
	for (int i = 0; i < count; i++) {
		int64_t from = in->dim[axis[i]], to = dims[axis[i]];
		if (from < 1 || to < 0) {
			for (int k = 0; k < count; k++)
				dims[axis[k]] = DIM_UNKNOWN;
			return;
		}
		double ratio = (double)to / (double)from;
		if (larger ? ratio > scale : ratio < scale)
			scale = ratio;
	}
	for (int i = 0; i < count; i++) {
		double to = floor(scale * (double)in->dim[axis[i]] + 0.5);
		dims[axis[i]] = to < 0x1p53 ? (int64_t)to : DIM_UNKNOWN;
	}
}

/* The axes that keep proportions, resolved in axis; how many. ONNX Runtime
 * leaves out those that are counted from the end. */
static int runtime_axes(struct infer *inf, const struct shape *in,
	const struct axes *axes, int *axis, int64_t *dims)
{
	int kept = 0;
	for (int i = 0; i < axes->count; i++) {
		if (runtime_reading(inf, axes->axis[i] < 0,
			    "keep_aspect_ratio_policy with negative axes"))
			dims[axis[i]] = in->dim[axis[i]];
		else
			axis[kept++] = axis[i];
	}
	return kept;
}

bool shape_resize(struct infer *inf, struct node *node)
{
	const struct shape *in = in_shape(node, 0);
	struct resize resize;
	struct axes axes;
	const char *policy;
	int64_t dims[RANK_MAX];
	int axis[RANK_MAX];
	uint64_t set;
	if (!axes_read(inf, node, SIZE_MAX, "axes", &axes) ||
		!node_attr_string(inf->ctx, node, "keep_aspect_ratio_policy",
			"stretch", &policy) ||
		!resize_read(inf, node, &resize))
		return false;
	if (in->rank == RANK_UNKNOWN)
		return true;
	if (!axes_resolve(inf, node, &axes, in->rank, &set))
		return false;
	int count = axes.given ? (int)axes.count : in->rank;
	bool known = resize.scale || resize.sizes;
	if (known && resize.count != count)
		return node_refuse(inf, node,
			"it has %lld scales or sizes for %d axes of its input "
			"%s",
			(long long)resize.count, count,
			shape_text(inf->ctx, in));
	dims_copy(dims, in->dim, in->rank);
	for (int i = 0; i < count; i++) {
		axis[i] = i;
		if (axes.given &&
			!axis_resolve(
				inf, node, axes.axis[i], in->rank, &axis[i]))
			return false;
		int64_t *dim = &dims[axis[i]];
		if (resize.sizes) {
			*dim = resize.sizes->ints[i];
			if (tensor_known(resize.sizes, i) && *dim < 1)
				return node_refuse(inf, node,
					"its size %d is %lld", i,
					(long long)*dim);
		} else if (resize.scale) {
			/* In single precision, as everyone computes it. */
			float scale = (float)resize.scale[i];
			if (!(scale > 0))
				return node_refuse(inf, node,
					"its scale %d is %g", i, (double)scale);
			if (scale == 1.0f)
				continue;
			float scaled = dim_known(*dim)
				? floorf((float)*dim * scale)
				: -1;
			*dim = scaled >= 0 && scaled < 0x1p53f ? (int64_t)scaled
							       : DIM_UNKNOWN;
		} else {
			*dim = DIM_UNKNOWN;
		}
	}
	if (resize.sizes && strcmp(policy, "stretch") != 0) {
		if (axes.given)
			count = runtime_axes(inf, in, &axes, axis, dims);
		keep_aspect(strcmp(policy, "not_smaller") == 0, in, axis, count,
			dims);
	}
	return out_shape(inf, node, 0, in->rank, dims);
}

/* [N][C] of X, the rest but the last axis of the grid. */
bool shape_grid_sample(struct infer *inf, struct node *node)
{
	int64_t dims[RANK_MAX];
	int rank = in_rank(node, 0);
	if (rank == RANK_UNKNOWN)
		return true;
	if (!in_rank_least(inf, node, 0, 3) || !in_rank_is(inf, node, 1, rank))
		return false;
	dims[0] = in_dim(node, 0, 0);
	dims[1] = in_dim(node, 0, 1);
	for (int i = 2; i < rank; i++)
		dims[i] = in_dim(node, 1, i - 1);
	return out_shape(inf, node, 0, rank, dims);
}

/* size is N, C, (D,) H, W; the grid N, (D,) H, W, axes */
bool shape_affine_grid(struct infer *inf, struct node *node)
{
	int64_t count = 0, dims[5];
	const int64_t *size = in_ints(inf, node, 1, &count);
	if (!size)
		count = in_dim(node, 1, 0);
	if (!dim_known(count))
		return true;
	if (count != 4 && count != 5)
		return node_refuse(inf, node,
			"its size has %lld numbers, expected 4 or 5",
			(long long)count);
	for (int i = 0; i < count - 1; i++) {
		dims[i] = size ? size[i ? i + 1 : 0] : DIM_UNKNOWN;
		if (size && dims[i] < 0)
			return node_refuse(inf, node, "its size %d is %lld", i,
				(long long)dims[i]);
	}
	dims[count - 1] = count - 2;
	return out_shape(inf, node, 0, (int)count, dims);
}

/* One image of height x width per region: regions are axis 0 of input 1. */
static bool regions(
	struct infer *inf, struct node *node, int64_t height, int64_t width)
{
	if (!in_rank_is(inf, node, 0, 4) || !in_rank_is(inf, node, 1, 2))
		return false;
	if (height == 0 || width == 0)
		return node_refuse(inf, node, "its regions are %lldx%lld",
			(long long)height, (long long)width);
	int64_t dims[] = {
		in_dim(node, 1, 0), in_dim(node, 0, 1), height, width};
	return out_shape(inf, node, 0, 4, dims);
}

bool shape_roi_align(struct infer *inf, struct node *node)
{
	int64_t height, width;
	if (!node_attr_int(inf->ctx, node, "output_height", 1, &height) ||
		!node_attr_int(inf->ctx, node, "output_width", 1, &width))
		return false;
	if (height < 1 || width < 1)
		return node_refuse(inf, node, "its output is %lldx%lld",
			(long long)height, (long long)width);
	return regions(inf, node, height, width);
}

bool shape_max_roi_pool(struct infer *inf, struct node *node)
{
	size_t count;
	const int64_t *pooled;
	if (!node_attr_ints(inf->ctx, node, "pooled_shape", &count, &pooled))
		return false;
	if (count != 2 || pooled[0] < 1 || pooled[1] < 1)
		return node_refuse(inf, node,
			"attribute 'pooled_shape' is no height and width");
	return regions(inf, node, pooled[0], pooled[1]);
}

bool shape_crop_and_resize(struct infer *inf, struct node *node)
{
	int64_t count = 0;
	const int64_t *size = in_ints(inf, node, 3, &count);
	if (size && (count != 2 || size[0] < 1 || size[1] < 1))
		return node_refuse(
			inf, node, "its crop size is no height and width");
	return regions(inf, node, size ? size[0] : DIM_UNKNOWN,
		size ? size[1] : DIM_UNKNOWN);
}

bool shape_image_decoder(struct infer *inf, struct node *node)
{
	const char *format;
	if (!node_attr_string(inf->ctx, node, "pixel_format", "RGB", &format))
		return false;
	int64_t dims[] = {DIM_UNKNOWN, DIM_UNKNOWN,
		strcmp(format, "Grayscale") == 0 ? 1 : 3};
	return out_shape(inf, node, 0, 3, dims);
}

/* TensorRT's plugin: boxes [batch][boxes][4] -> the number of those kept, and
 * kept boxes, scores and classes, max_output_boxes of each. */
bool shape_efficient_nms(struct infer *inf, struct node *node)
{
	int64_t most;
	if (!node_attr_int(
		    inf->ctx, node, "max_output_boxes", DIM_UNKNOWN, &most))
		return false;
	int64_t batch = in_dim(node, 0, 0);
	int64_t count[] = {batch, 1};
	int64_t boxes[] = {batch, most < 0 ? DIM_UNKNOWN : most, 4};
	out_type(node, 1, in_type(node, 0));
	out_type(node, 2, in_type(node, 1));
	out_type(node, 3, DTYPE_INT32);
	return out_shape(inf, node, 0, 2, count) &&
		out_shape(inf, node, 1, 3, boxes) &&
		out_shape(inf, node, 2, 2, boxes) &&
		out_shape(inf, node, 3, 2, boxes);
}
