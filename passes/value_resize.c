/* Resize and Upsample of constants: each axis is sampled on its own. */
#include "passes/value_rule.h"

#include <math.h>
#include <string.h>

enum { TAPS = 4 };

/* What one output position of an axis is made of. */
struct sample {
	int taps; /* 0: outside, where a fill value stands */
	int64_t from[TAPS];
	double weight[TAPS];
};

struct sampling {
	const char *mode, *coordinates, *nearest;
	double cubic, fill;
	bool inside; /* taps outside are left out, not repeated */
};

static bool sampling_read(
	struct infer *inf, const struct node *node, struct sampling *out)
{
	bool upsample = node_is(node, OP_ONNX_Upsample);
	/* Before opset 11 there is one way. */
	bool early = upsample || node->opset < 11;
	int64_t inside, antialias;
	if (!node_attr_string(
		    inf->ctx, node, "mode", "nearest", &out->mode) ||
		!node_attr_string(inf->ctx, node,
			"coordinate_transformation_mode", "half_pixel",
			&out->coordinates) ||
		!node_attr_string(inf->ctx, node, "nearest_mode",
			"round_prefer_floor", &out->nearest) ||
		!node_attr_float(inf->ctx, node, "cubic_coeff_a", -0.75,
			&out->cubic) ||
		!node_attr_float(inf->ctx, node, "extrapolation_value", 0,
			&out->fill) ||
		!node_attr_int(
			inf->ctx, node, "exclude_outside", 0, &inside) ||
		!node_attr_int(inf->ctx, node, "antialias", 0, &antialias))
		return false;
	out->inside = inside;
	if (early) {
		out->coordinates = "asymmetric";
		out->nearest = "floor";
	}
	/* "bilinear" is what Upsample of opset 1 calls linear. */
	if (strcmp(out->mode, "bilinear") == 0)
		out->mode = "linear";
	return !antialias;
}

/* An axis: sizes, and its part of the region of interest. */
struct stretch {
	int64_t in, out;
	float scale, begin, end;
};

/* Where position i lies in the input; in single precision, as everyone computes
 * it. False for a mode that is not known. */
static bool coordinate(
	const char *mode, const struct stretch *s, int64_t i, float *out)
{
	float x = (float)i, in = (float)s->in, length = (float)s->out;
	if (strcmp(mode, "asymmetric") == 0)
		*out = x / s->scale;
	else if (strcmp(mode, "half_pixel") == 0)
		*out = (x + 0.5f) / s->scale - 0.5f;
	else if (strcmp(mode, "pytorch_half_pixel") == 0)
		*out = s->out > 1 ? (x + 0.5f) / s->scale - 0.5f : 0;
	else if (strcmp(mode, "tf_half_pixel_for_nn") == 0)
		*out = (x + 0.5f) / s->scale;
	else if (strcmp(mode, "align_corners") == 0)
		*out = s->out > 1 ? x * (in - 1) / (length - 1) : 0;
	else if (strcmp(mode, "half_pixel_symmetric") == 0)
		*out = in / 2 * (1 - length / (s->scale * in)) +
			(x + 0.5f) / s->scale - 0.5f;
	else if (strcmp(mode, "tf_crop_and_resize") == 0)
		*out = s->out > 1
			? s->begin * (in - 1) +
				x * (s->end - s->begin) * (in - 1) /
					(length - 1)
			: 0.5f * (s->begin + s->end) * (in - 1);
	else
		return false;
	return isfinite(*out) && fabsf(*out) < 0x1p30f;
}

static bool nearest(const char *mode, float x, int64_t *out)
{
	if (strcmp(mode, "round_prefer_floor") == 0)
		*out = (int64_t)ceilf(x - 0.5f);
	else if (strcmp(mode, "round_prefer_ceil") == 0)
		*out = (int64_t)floorf(x + 0.5f);
	else if (strcmp(mode, "floor") == 0)
		*out = (int64_t)floorf(x);
	else if (strcmp(mode, "ceil") == 0)
		*out = (int64_t)ceilf(x);
	else
		return false;
	return true;
}

/* Weights of the four points around one at distance t behind the second
 * (Keys, 1981). */
static void cubic_weights(double t, double a, double weight[TAPS])
{
	for (int k = 0; k < TAPS; k++) {
		double d = fabs(t + 1 - k);
		weight[k] = d <= 1 ? ((a + 2) * d - (a + 3)) * d * d + 1
				   : ((d - 5) * d + 8) * a * d - 4 * a;
	}
}

static bool sample_find(const struct sampling *how, const struct stretch *s,
	int64_t i, struct sample *out)
{
	float x;
	*out = (struct sample){.taps = 0};
	if (s->in == s->out && s->scale == 1 &&
		strcmp(how->coordinates, "tf_crop_and_resize") != 0) {
		*out = (struct sample){.taps = 1, .from = {i}, .weight = {1}};
		return true;
	}
	if (!coordinate(how->coordinates, s, i, &x))
		return false;
	if (strcmp(how->coordinates, "tf_crop_and_resize") == 0 &&
		(x < 0 || x > (float)(s->in - 1)))
		return true;
	if (strcmp(how->mode, "nearest") == 0) {
		out->taps = 1;
		out->weight[0] = 1;
		if (!nearest(how->nearest, x, &out->from[0]))
			return false;
	} else if (strcmp(how->mode, "linear") == 0) {
		double t = (double)x - floor((double)x);
		out->taps = 2;
		out->from[0] = (int64_t)floorf(x);
		out->weight[0] = 1 - t;
		out->weight[1] = t;
	} else if (strcmp(how->mode, "cubic") == 0) {
		out->taps = TAPS;
		out->from[0] = (int64_t)floorf(x) - 1;
		cubic_weights((double)x - floor((double)x), how->cubic,
			out->weight);
	} else {
		return false;
	}
	double sum = 0;
	for (int k = 0; k < out->taps; k++) {
		int64_t from = out->from[0] + k;
		bool outside = from < 0 || from >= s->in;
		if (how->inside && outside && out->taps == TAPS)
			out->weight[k] = 0;
		sum += out->weight[k];
	}
	for (int k = out->taps - 1; k >= 0; k--) {
		int64_t from = out->from[0] + k;
		out->from[k] = from < 0 ? 0 : from < s->in ? from : s->in - 1;
		if (how->inside && sum != 0)
			out->weight[k] /= sum;
	}
	return true;
}

/* Samples axis of in, whose elements stand in outer x length x inner; false
 * where it cannot be told. */
static bool axis_sample(struct infer *inf, const struct sampling *how,
	const struct stretch *s, const struct tensor *in, struct tensor *out,
	int64_t inner)
{
	bool whole = strcmp(how->mode, "nearest") == 0;
	for (int64_t i = 0; i < out->count; i++) {
		struct sample sample;
		int64_t base = i / inner / s->out * s->in;
		double sum = 0;
		/* Cheap beside everything else: not kept for all lanes. */
		if (!sample_find(how, s, i / inner % s->out, &sample))
			return false;
		for (int k = 0; k < sample.taps; k++) {
			int64_t from =
				(base + sample.from[k]) * inner + i % inner;
			if (whole)
				tensor_copy(inf, out, i, in, from);
			else if (!tensor_known(in, from) || !in->floats)
				return false;
			else
				sum += sample.weight[k] * in->floats[from];
		}
		if (sample.taps == 0 && out->ints)
			tensor_set_int(inf, out, i, (int64_t)how->fill);
		else if (sample.taps == 0)
			tensor_set_float(out, i, how->fill);
		else if (!whole)
			out->floats[i] = sum; /* rounded at the end */
	}
	return true;
}

/* The scale that the node names for an axis, or that its sizes make. */
static bool stretch_find(struct infer *inf, const struct node *node, int axis,
	int64_t in, int64_t out, struct stretch *s)
{
	const struct shape *shape = in_shape(node, 0);
	bool early = node_is(node, OP_ONNX_Upsample) || node->input_count <= 2;
	const struct attr *attr = node_attr(node, "scales");
	const struct attr *axes = node_attr(node, "axes");
	int64_t count = 0, regions = 0, at = axis;
	const double *scale = attr && attr->kind == ATTR_FLOATS
		? attr->as.floats
		: in_floats(inf, node, early ? 1 : 2, &count);
	const double *region = early ? NULL : in_floats(inf, node, 1, &regions);
	int64_t given = shape->rank;
	if (attr)
		count = (int64_t)attr->count;
	if (axes) {
		given = (int64_t)axes->count;
		for (at = 0; at < given; at++)
			if (axes->as.ints[at] == axis ||
				axes->as.ints[at] + shape->rank == axis)
				break;
	}
	*s = (struct stretch){.in = in,
		.out = out,
		.scale = (float)((double)out / (double)in),
		.end = 1};
	if (at < given && scale && count == given)
		s->scale = (float)scale[at];
	if (at < given && region && regions == 2 * given) {
		s->begin = (float)region[at];
		s->end = (float)region[given + at];
	}
	return s->scale > 0;
}

void value_resize(struct infer *inf, struct node *node)
{
	const struct tensor *in = in_tensor(inf, node, 0);
	struct tensor *out = tensor_new(inf, node, 0);
	struct sampling how;
	const char *policy;
	if (!in || !out || in->count == 0 || out->count == 0 ||
		!in->ints != !out->ints ||
		!node_attr_string(inf->ctx, node, "keep_aspect_ratio_policy",
			"stretch", &policy) ||
		strcmp(policy, "stretch") != 0 ||
		!sampling_read(inf, node, &how))
		return;
	/* Axis after axis, the last one first: then what is sampled next has
	 * become as small or as large as it will be behind it. */
	int64_t dims[RANK_MAX], inner = 1;
	int rank = in->shape.rank;
	dims_copy(dims, in->shape.dim, rank);
	for (int axis = rank - 1; axis >= 0; axis--) {
		struct stretch s;
		int64_t from = dims[axis], to = out->shape.dim[axis];
		if (!stretch_find(inf, node, axis, from, to, &s))
			return;
		dims[axis] = to;
		struct shape shape = shape_make(inf->ctx, rank, dims);
		struct tensor *next = tensor_make(inf, out->type, &shape);
		if (!next || !axis_sample(inf, &how, &s, in, next, inner))
			return;
		in = next;
		inner *= to;
	}
	for (int64_t i = 0; i < out->count; i++)
		if (in->floats && tensor_known(in, i))
			tensor_set_float(out, i, in->floats[i]);
		else
			tensor_copy(inf, out, i, in, i);
	out_tensor(node, 0, out);
}
