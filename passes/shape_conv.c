/* Operators that move a window over the spatial axes of their input:
 * convolutions and poolings. */
#include "passes/shape_rule.h"

#include <string.h>

enum auto_pad { PAD_EXPLICIT, PAD_SAME, PAD_VALID };

/* Attributes of a window of known number of axes. */
struct window {
	int axes;
	int64_t kernel[RANK_MAX]; /* negative: not known */
	int64_t stride[RANK_MAX], dilation[RANK_MAX];
	int64_t begin[RANK_MAX], end[RANK_MAX]; /* pads; 0 unless explicit */
	enum auto_pad auto_pad;
};

/* A list of exactly count numbers >= least, or all absent. */
static bool list_attr(struct infer *inf, const struct node *node,
	const char *name, int count, int64_t least, int64_t absent,
	int64_t *out)
{
	size_t found;
	const int64_t *list;
	if (!node_attr_ints(inf->ctx, node, name, &found, &list))
		return false;
	if (found && found != (size_t)count)
		return node_refuse(inf, node,
			"attribute '%s' has %zu numbers, expected %d", name,
			found, count);
	for (int i = 0; i < count; i++) {
		out[i] = found ? list[i] : absent;
		if (found && out[i] < least)
			return node_refuse(inf, node,
				"attribute '%s' has %lld, expected at least "
				"%lld",
				name, (long long)out[i], (long long)least);
	}
	return true;
}

static bool auto_pad_attr(
	struct infer *inf, const struct node *node, enum auto_pad *out)
{
	static const struct {
		const char *name;
		enum auto_pad value;
	} forms[] = {
		{"NOTSET",     PAD_EXPLICIT},
		{"",           PAD_EXPLICIT},
		{"SAME_UPPER", PAD_SAME    },
		{"SAME_LOWER", PAD_SAME    },
		{"VALID",      PAD_VALID   },
	};
	const char *name;
	if (!node_attr_string(inf->ctx, node, "auto_pad", "NOTSET", &name))
		return false;
	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
		if (strcmp(name, forms[i].name) == 0) {
			*out = forms[i].value;
			return true;
		}
	return node_refuse(inf, node,
		"attribute 'auto_pad' is '%s', expected NOTSET, SAME_UPPER, "
		"SAME_LOWER or VALID",
		diag_quote(inf->ctx, name));
}

/* weight: sizes of the filter's axes as its tensor has them, or NULL. */
static bool window_read(struct infer *inf, const struct node *node, int axes,
	const int64_t *weight, struct window *out)
{
	int64_t pads[2 * RANK_MAX];
	out->axes = axes;
	if (!list_attr(inf, node, "kernel_shape", axes, 1, DIM_UNKNOWN,
		    out->kernel) ||
		!list_attr(inf, node, "strides", axes, 1, 1, out->stride) ||
		!list_attr(inf, node, "dilations", axes, 1, 1, out->dilation) ||
		!list_attr(inf, node, "pads", 2 * axes, 0, 0, pads) ||
		!auto_pad_attr(inf, node, &out->auto_pad))
		return false;
	for (int i = 0; i < axes; i++) {
		bool explicit = out->auto_pad == PAD_EXPLICIT;
		out->begin[i] = explicit ? pads[i] : 0;
		out->end[i] = explicit ? pads[axes + i] : 0;
		if (weight &&
			!dim_merge(out->kernel[i], weight[i], &out->kernel[i]))
			return node_refuse(inf, node,
				"filter is %s, kernel_shape says %s",
				dims_text(inf, axes, weight),
				dims_text(inf, axes, out->kernel));
	}
	return true;
}

/* Elements from the window's first tap to its last. */
static bool window_span(const struct window *w, int i, int64_t *out)
{
	int64_t span;
	return mul_ok(w->kernel[i] - 1, w->dilation[i], &span) &&
		add_ok(span, 1, out);
}

/* Positions of the window along axis i of an input of size dim. ceil: the last
 * window, which may be the only one, may reach beyond the end, but not begin
 * there. */
static bool window_positions(struct infer *inf, const struct node *node,
	const struct window *w, int i, int64_t dim, bool ceil, int64_t *out)
{
	int64_t span, padded, positions;
	*out = DIM_UNKNOWN;
	if (w->auto_pad == PAD_SAME) {
		/* Stride 1 copies an open size, too. */
		*out = dim_known(dim)       ? ceil_div(dim, w->stride[i])
			: w->stride[i] == 1 ? dim
					    : DIM_UNKNOWN;
		return dim != 0 ||
			node_refuse(inf, node,
				"axis %d of its input has no elements", i + 2);
	}
	if (!dim_known(w->kernel[i]))
		return true;
	if (!window_span(w, i, &span) ||
		!add_ok(w->begin[i], w->end[i], &padded))
		return node_overflow(inf, node);
	if (!dim_known(dim)) {
		if (w->stride[i] == 1 && padded == span - 1)
			*out = dim;
		return true;
	}
	if (!add_ok(dim, padded, &padded))
		return node_overflow(inf, node);
	/* The text's formula for VALID leaves out windows that are not whole,
	 * whatever ceil_mode says. */
	ceil = ceil && w->auto_pad == PAD_EXPLICIT;
	int64_t rest = padded - span; /* behind the first window */
	positions = (ceil ? ceil_div(rest, w->stride[i])
			  : floor_div(rest, w->stride[i])) +
		1;
	if (positions < 1)
		return node_refuse(inf, node,
			"its window spans %lld along spatial axis %d (%lld "
			"taps, dilation %lld), its padded input has %lld",
			(long long)span, i, (long long)w->kernel[i],
			(long long)w->dilation[i], (long long)padded);
	if (ceil) {
		int64_t begins; /* of the last window */
		if (!mul_ok(positions - 1, w->stride[i], &begins))
			return node_overflow(inf, node);
		if (positions > 1 && begins - w->begin[i] >= dim)
			positions--;
	}
	*out = positions;
	return true;
}

/* --- convolutions -------------------------------------------------------- */

/* Where a convolution keeps its operands. */
struct conv_form {
	size_t x, w, bias; /* inputs; bias SIZE_MAX: not looked at */
	bool x_last;       /* channels of the input and output are last */
	bool w_last;       /* and those of the weight */
};

/* W is [M][C / group][kernel]. */
static bool conv_shape(
	struct infer *inf, struct node *node, const struct conv_form *form)
{
	const struct shape *x = in_shape(node, form->x);
	const struct shape *w = in_shape(node, form->w);
	struct window window;
	int64_t group, dims[RANK_MAX];
	if (!node_attr_int(inf->ctx, node, "group", 1, &group))
		return false;
	if (group < 1)
		return node_refuse(inf, node, "attribute 'group' is %lld",
			(long long)group);
	int rank = w->rank != RANK_UNKNOWN ? w->rank : x->rank;
	if (rank == RANK_UNKNOWN)
		return true;
	if (rank < 3)
		return node_refuse(inf, node,
			"%s is %s; expected at least rank 3",
			w->rank != RANK_UNKNOWN ? "weight" : "input",
			shape_text(inf->ctx, w->rank != RANK_UNKNOWN ? w : x));
	if (x->rank != RANK_UNKNOWN && x->rank != rank)
		return node_refuse(inf, node, "weight is %s, input is %s",
			shape_text(inf->ctx, w), shape_text(inf->ctx, x));
	int axes = rank - 2, first = form->x_last ? 1 : 2;
	bool weighed = w->rank != RANK_UNKNOWN;
	if (!window_read(inf, node, axes,
		    !weighed ? NULL : w->dim + (form->w_last ? 1 : 2), &window))
		return false;
	int64_t m = weighed ? w->dim[0] : DIM_UNKNOWN;
	int64_t c = weighed ? w->dim[form->w_last ? rank - 1 : 1] : DIM_UNKNOWN;
	int64_t channels = in_dim(node, form->x, form->x_last ? rank - 1 : 1);
	int64_t want;
	if (!dim_mul(c, group, &want))
		return node_overflow(inf, node);
	if (dim_known(channels) && dim_known(want) && channels != want)
		return node_refuse(inf, node,
			"weight %s with group %lld is for %lld input channels, "
			"its input %s has %lld",
			shape_text(inf->ctx, w), (long long)group,
			(long long)want, shape_text(inf->ctx, x),
			(long long)channels);
	if (dim_known(m) && m % group)
		return node_refuse(inf, node,
			"weight %s has %lld output channels, not a multiple of "
			"group %lld",
			shape_text(inf->ctx, w), (long long)m,
			(long long)group);
	int64_t bias = in_dim(node, form->bias, 0);
	if (dim_known(bias) && dim_known(m) && bias != m)
		return node_refuse(inf, node,
			"bias has %lld elements, weight %s has %lld output "
			"channels",
			(long long)bias, shape_text(inf->ctx, w), (long long)m);
	dims[0] = in_dim(node, form->x, 0);
	dims[form->x_last ? rank - 1 : 1] = m;
	for (int i = 0; i < axes; i++)
		if (!window_positions(inf, node, &window, i,
			    in_dim(node, form->x, first + i), false,
			    &dims[first + i]))
			return false;
	return out_shape(inf, node, 0, rank, dims);
}

/* A blocked convolution's filter says how many channels ReorderInput stores,
 * whatever the other blocks of the model (passes/blocked.h). */
static void stored_channels_take(struct infer *inf, const struct node *node)
{
	enum { BLOCK_MOST = 16 };
	struct value *x = node_input(node, 0);
	const struct attr *group = node_attr(node, "group");
	int64_t groups = group && group->kind == ATTR_INT ? *group->as.ints : 1;
	int64_t dims[RANK_MAX], c = in_dim(node, 1, 1), last;
	if (!node_is(node, OP_NCHWC_Conv) || !x || !x->producer ||
		!node_is(x->producer, OP_NCHWC_ReorderInput) ||
		x->shape.rank != 4 || !dim_known(c) || groups < 1 ||
		!mul_ok(c, groups, &c) || c == x->shape.dim[1] ||
		!node_attr_int(
			inf->ctx, x->producer, "channels_last", 0, &last))
		return;
	int64_t given = in_dim(x->producer, 0, last ? 3 : 1);
	if (dim_known(given) && (c < given || c - given >= BLOCK_MOST))
		return; /* is refused */
	dims_copy(dims, x->shape.dim, x->shape.rank);
	dims[1] = c;
	x->shape = shape_make(inf->ctx, x->shape.rank, dims);
}

/* X, W, B; ConvInteger has zero points where others have the bias. */
bool shape_conv(struct infer *inf, struct node *node)
{
	stored_channels_take(inf, node);
	const struct conv_form form = {.x = 0,
		.w = 1,
		.bias = node_is(node, OP_ONNX_ConvInteger) ? SIZE_MAX : 2};
	return conv_shape(inf, node, &form);
}

/* x, scale, zero point, w, scale, zero point, y scale, y zero point, bias */
bool shape_qlinear_conv(struct infer *inf, struct node *node)
{
	int64_t last;
	if (!node_attr_int(inf->ctx, node, "channels_last", 0, &last))
		return false;
	const struct conv_form form = {
		.x = 0, .w = 3, .bias = 8, .x_last = last};
	return conv_shape(inf, node, &form);
}

/* ONNX Runtime's shape inference takes W as Conv has it. Files for GPUs have
 * [M][kernel][C / group], which shows where the channels are those alone. */
bool shape_nhwc_conv(struct infer *inf, struct node *node)
{
	struct conv_form form = {.x = 0, .w = 1, .bias = 2, .x_last = true};
	int rank = in_rank(node, 1);
	int64_t group, c = in_dim(node, 0, rank - 1);
	if (!node_attr_int(inf->ctx, node, "group", 1, &group))
		return false;
	if (rank >= 3 && in_rank(node, 0) == rank && dim_known(c) && group > 0)
		form.w_last = in_dim(node, 1, 1) != c / group &&
			in_dim(node, 1, rank - 1) == c / group;
	return conv_shape(inf, node, &form);
}

/* X, W, offset; the window as in Conv. The offset's sizes must agree with the
 * output's. */
bool shape_deform_conv(struct infer *inf, struct node *node)
{
	const struct conv_form form = {.x = 0, .w = 1, .bias = 3};
	if (!conv_shape(inf, node, &form))
		return false;
	const struct value *out = node_output(node, 0);
	const struct shape *offset = in_shape(node, 2);
	if (!out || out->shape.rank == RANK_UNKNOWN ||
		offset->rank != out->shape.rank)
		return true;
	for (int i = 2; i < offset->rank; i++) {
		int64_t same;
		if (!dim_merge(offset->dim[i], out->shape.dim[i], &same))
			return node_refuse(inf, node,
				"offset is %s, its output is %s",
				shape_text(inf->ctx, offset),
				shape_text(inf->ctx, &out->shape));
	}
	return true;
}

/* com.microsoft ConvTransposeWithDynamicPads: its third input has the pads, all
 * begins, then all ends. *open: they are not known. */
static bool dynamic_pads_read(struct infer *inf, const struct node *node,
	struct window *window, bool *open)
{
	enum { PADS = 2 };
	int64_t count;
	*open = node_is(node, OP_MS_ConvTransposeWithDynamicPads) &&
		node_input(node, PADS);
	const int64_t *pads = *open ? in_ints(inf, node, PADS, &count) : NULL;
	if (!pads)
		return true;
	if (count != 2 * window->axes)
		return node_refuse(inf, node,
			"input %d has %lld pads, expected %d", PADS,
			(long long)count, 2 * window->axes);
	*open = false;
	if (window->auto_pad != PAD_EXPLICIT)
		return true;
	dims_copy(window->begin, pads, window->axes);
	dims_copy(window->end, pads + window->axes, window->axes);
	return true;
}

/* W is [C][M / group][kernel]. */
bool shape_conv_transpose(struct infer *inf, struct node *node)
{
	const struct shape *x = in_shape(node, 0), *w = in_shape(node, 1);
	struct window window;
	int64_t group, dims[RANK_MAX], extra[RANK_MAX];
	size_t asked_count;
	const int64_t *asked;
	if (!node_attr_int(inf->ctx, node, "group", 1, &group) ||
		!node_attr_ints(
			inf->ctx, node, "output_shape", &asked_count, &asked))
		return false;
	if (group < 1)
		return node_refuse(inf, node, "attribute 'group' is %lld",
			(long long)group);
	if (w->rank == RANK_UNKNOWN)
		return true;
	int rank = w->rank, axes = rank - 2;
	if (rank < 3)
		return node_refuse(inf, node,
			"weight is %s; expected at least rank 3",
			shape_text(inf->ctx, w));
	if (x->rank != RANK_UNKNOWN && x->rank != rank)
		return node_refuse(inf, node, "weight is %s, input is %s",
			shape_text(inf->ctx, w), shape_text(inf->ctx, x));
	if (!window_read(inf, node, axes, w->dim + 2, &window) ||
		!list_attr(inf, node, "output_padding", axes, 0, 0, extra))
		return false;
	int64_t channels;
	if (!dim_merge(w->dim[0], in_dim(node, 0, 1), &channels))
		return node_refuse(inf, node,
			"weight %s is for %lld input channels, its input %s "
			"has %lld",
			shape_text(inf->ctx, w), (long long)w->dim[0],
			shape_text(inf->ctx, x), (long long)in_dim(node, 0, 1));
	if (dim_known(channels) && channels % group)
		return node_refuse(inf, node,
			"weight %s has %lld input channels, not a multiple of "
			"group %lld",
			shape_text(inf->ctx, w), (long long)channels,
			(long long)group);
	/* Caffe-like files give all axes, others the spatial ones. */
	if (asked_count && asked_count != (size_t)axes &&
		asked_count != (size_t)rank)
		return node_refuse(inf, node,
			"attribute 'output_shape' has %zu numbers, expected %d",
			asked_count, axes);
	if (asked_count == (size_t)rank)
		asked += 2;
	bool dynamic;
	if (!dynamic_pads_read(inf, node, &window, &dynamic))
		return false;
	dims[0] = in_dim(node, 0, 0);
	if (!dim_mul(w->dim[1], group, &dims[1]))
		return node_overflow(inf, node);
	for (int i = 0; i < axes; i++) {
		int64_t *out = &dims[2 + i], in = in_dim(node, 0, 2 + i), span;
		*out = DIM_UNKNOWN;
		if (asked_count) {
			*out = asked[i];
		} else if (!dim_known(in) || dynamic) {
			continue;
		} else if (window.auto_pad == PAD_SAME) {
			if (!mul_ok(in, window.stride[i], out))
				return node_overflow(inf, node);
			/* There no pad is negative: what no tap reaches is not
			 * added. */
			int64_t full;
			if (dim_known(window.kernel[i]) &&
				window_span(&window, i, &span) &&
				mul_ok(in - 1, window.stride[i], &full) &&
				add_ok(full, span, &full) &&
				add_ok(full, extra[i], &full) &&
				runtime_reading(inf, full < *out,
					"auto_pad SAME with strides beyond the "
					"window"))
				*out = full;
		} else if (dim_known(window.kernel[i])) {
			if (!window_span(&window, i, &span) ||
				!mul_ok(in - 1, window.stride[i], out) ||
				!add_ok(*out, span, out) ||
				!add_ok(*out, extra[i], out) ||
				!sub_ok(*out, window.begin[i], out) ||
				!sub_ok(*out, window.end[i], out))
				return node_overflow(inf, node);
		} else {
			continue;
		}
		if (*out < 1)
			return node_refuse(inf, node,
				"its output would have %lld elements along "
				"spatial axis %d",
				(long long)*out, i);
	}
	return out_shape(inf, node, 0, rank, dims);
}

/* --- poolings ------------------------------------------------------------ */

/* Positions of a pooling's window as ONNX Runtime computes them: pads of SAME
 * do without the dilation and may be negative, ceil_mode counts for VALID, too,
 * and the quotient is rounded towards zero, so that a window beyond its input
 * has a position. */
static bool runtime_positions(struct infer *inf, const struct window *w, int i,
	int64_t dim, bool ceil, int64_t *out)
{
	int64_t span, rest, pad = 0;
	if (!inf->runtime || !dim_known(dim) || !dim_known(w->kernel[i]) ||
		!window_span(w, i, &span))
		return false;
	if (w->auto_pad == PAD_SAME) {
		pad = (ceil_div(dim, w->stride[i]) - 1) * w->stride[i];
		if (!add_ok(pad - dim, w->kernel[i], &pad))
			return false;
	} else if (!add_ok(w->begin[i], w->end[i], &pad)) {
		return false;
	}
	if (!add_ok(dim - span, pad, &rest))
		return false;
	int64_t last =
		ceil ? ceil_div(rest, w->stride[i]) : rest / w->stride[i];
	int64_t begins, end; /* of the last window, of the input */
	if (!add_ok(last, 1, out) || !mul_ok(last, w->stride[i], &begins) ||
		!add_ok(dim, w->begin[i], &end))
		return false;
	if (ceil && *out > 1 && begins >= end)
		--*out;
	return true;
}

/* Those of the standard, or of ONNX Runtime where they differ. */
static bool pool_positions(struct infer *inf, const struct node *node,
	const struct window *w, int i, int64_t dim, bool ceil, int64_t *out)
{
	int64_t there;
	bool known = runtime_positions(inf, w, i, dim, ceil, &there);
	bool fits = window_positions(inf, node, w, i, dim, ceil, out);
	const char *what = w->auto_pad == PAD_SAME
		? "auto_pad SAME of a dilated window"
		: w->auto_pad == PAD_VALID && fits
		? "ceil_mode beside auto_pad VALID"
		: "a window larger than its padded input";
	if (known && runtime_reading(inf, !fits || there != *out, what)) {
		*out = there;
		return true;
	}
	return fits;
}

static bool pool_shape(struct infer *inf, struct node *node, bool last)
{
	const struct shape *x = in_shape(node, 0);
	struct window window;
	int64_t ceil, dims[RANK_MAX];
	out_type(node, 1, DTYPE_INT64);
	if (!node_attr_int(inf->ctx, node, "ceil_mode", 0, &ceil))
		return false;
	if (x->rank == RANK_UNKNOWN)
		return true;
	if (x->rank < 3)
		return node_refuse(inf, node,
			"input is %s; expected at least rank 3",
			shape_text(inf->ctx, x));
	if (!node_attr(node, "kernel_shape"))
		return node_refuse(
			inf, node, "it has no attribute 'kernel_shape'");
	int axes = x->rank - 2, first = last ? 1 : 2;
	if (!window_read(inf, node, axes, NULL, &window))
		return false;
	dims_copy(dims, x->dim, x->rank);
	for (int i = 0; i < axes; i++)
		if (!pool_positions(inf, node, &window, i, x->dim[first + i],
			    ceil, &dims[first + i]))
			return false;
	return out_shape(inf, node, 0, x->rank, dims) &&
		out_shape(inf, node, 1, x->rank, dims);
}

bool shape_pool(struct infer *inf, struct node *node)
{
	return pool_shape(inf, node, false);
}

bool shape_nhwc_pool(struct infer *inf, struct node *node)
{
	return pool_shape(inf, node, true);
}

bool shape_qlinear_pool(struct infer *inf, struct node *node)
{
	int64_t last;
	return node_attr_int(inf->ctx, node, "channels_last", 0, &last) &&
		pool_shape(inf, node, last);
}

static bool global_pool_shape(struct infer *inf, struct node *node, bool last)
{
	int rank = in_rank(node, 0);
	int64_t dims[RANK_MAX];
	if (rank == RANK_UNKNOWN)
		return true;
	if (!in_rank_least(inf, node, 0, 2))
		return false;
	for (int i = 0; i < rank; i++) {
		bool kept = i == 0 || i == (last ? rank - 1 : 1);
		dims[i] = kept ? in_dim(node, 0, i) : 1;
	}
	return out_shape(inf, node, 0, rank, dims);
}

bool shape_global_pool(struct infer *inf, struct node *node)
{
	return global_pool_shape(inf, node, false);
}

bool shape_qlinear_global_pool(struct infer *inf, struct node *node)
{
	int64_t last;
	return node_attr_int(inf->ctx, node, "channels_last", 0, &last) &&
		global_pool_shape(inf, node, last);
}

/* Undoes a MaxPool of the same attributes, or gives the size asked for. */
bool shape_max_unpool(struct infer *inf, struct node *node)
{
	const struct shape *x = in_shape(node, 0);
	struct window window;
	int64_t dims[RANK_MAX], count = 0;
	if (x->rank == RANK_UNKNOWN)
		return true;
	if (!in_rank_least(inf, node, 0, 3) ||
		!window_read(inf, node, x->rank - 2, NULL, &window))
		return false;
	dims_copy(dims, x->dim, x->rank);
	const int64_t *asked = in_ints(inf, node, 2, &count);
	if (asked && count != x->rank)
		return node_refuse(inf, node,
			"its output shape has %lld sizes, its input is %s",
			(long long)count, shape_text(inf->ctx, x));
	for (int i = 0; i < x->rank; i++) {
		int64_t *out = &dims[i];
		bool found = asked; /* *out is a size, not unknown */
		if (node_input(node, 2)) {
			*out = asked ? asked[i] : DIM_UNKNOWN;
		} else if (i >= 2) {
			int64_t in = x->dim[i];
			const int a = i - 2;
			*out = DIM_UNKNOWN;
			if (!dim_known(in) || !dim_known(window.kernel[a]))
				continue;
			if (!mul_ok(in - 1, window.stride[a], out) ||
				!add_ok(*out, window.kernel[a], out) ||
				!sub_ok(*out, window.begin[a], out) ||
				!sub_ok(*out, window.end[a], out))
				return node_overflow(inf, node);
			found = true;
		} else {
			continue;
		}
		if (found && *out < 0)
			return node_refuse(inf, node,
				"its output would have %lld elements along "
				"axis %d",
				(long long)*out, i);
	}
	return out_shape(inf, node, 0, x->rank, dims);
}

/* Columns back to an image: [N][C * block][positions]. */
bool shape_col2im(struct infer *inf, struct node *node)
{
	int64_t image_axes = 0, block_axes = 0, block = 1, dims[RANK_MAX];
	if (!in_rank_is(inf, node, 0, 3))
		return false;
	const int64_t *image = in_ints(inf, node, 1, &image_axes);
	const int64_t *filter = in_ints(inf, node, 2, &block_axes);
	if (!image)
		return true;
	if (!out_rank_ok(inf, node, image_axes + 2))
		return false;
	for (int64_t i = 0; filter && i < block_axes; i++)
		if (filter[i] < 1 || !mul_ok(block, filter[i], &block))
			return node_refuse(inf, node, "its block has size %lld",
				(long long)filter[i]);
	int64_t columns = in_dim(node, 0, 1);
	dims[0] = in_dim(node, 0, 0);
	dims[1] = DIM_UNKNOWN;
	if (filter && dim_known(columns)) {
		if (columns % block)
			return node_refuse(inf, node,
				"its input %s has %lld rows, no multiple of "
				"the block's %lld elements",
				shape_text(inf->ctx, in_shape(node, 0)),
				(long long)columns, (long long)block);
		dims[1] = columns / block;
	}
	for (int64_t i = 0; i < image_axes; i++) {
		if (image[i] < 0)
			return node_refuse(inf, node, "its image has size %lld",
				(long long)image[i]);
		dims[2 + i] = image[i];
	}
	return out_shape(inf, node, 0, (int)image_axes + 2, dims);
}

/* com.microsoft UnfoldTensor: windows along one axis become the last axis. */
bool shape_unfold(struct infer *inf, struct node *node)
{
	int rank = in_rank(node, 0), axis;
	int64_t size, step, dims[RANK_MAX + 1];
	if (!node_attr_int(inf->ctx, node, "size", 1, &size) ||
		!node_attr_int(inf->ctx, node, "step", 1, &step))
		return false;
	if (size < 1 || step < 1)
		return node_refuse(inf, node, "size %lld and step %lld",
			(long long)size, (long long)step);
	if (rank == RANK_UNKNOWN)
		return true;
	if (!axis_attr(inf, node, "dim", -1, rank, &axis))
		return false;
	dims_copy(dims, in_shape(node, 0)->dim, rank);
	dims[rank] = size;
	if (!dim_known(dims[axis]))
		dims[axis] = DIM_UNKNOWN;
	else if (dims[axis] < size)
		return node_refuse(inf, node,
			"its window of %lld is larger than axis %d of its "
			"input %s",
			(long long)size, axis,
			shape_text(inf->ctx, in_shape(node, 0)));
	else
		dims[axis] = (dims[axis] - size) / step + 1;
	return out_shape(inf, node, 0, rank + 1, dims);
}

/* --- blocked channels of ONNX Runtime's optimiser ------------------------ */

/* Channels are rounded up to whole blocks, whose size (8 or 16) hangs on the
 * machine that wrote the file: see passes/blocked.h. */
bool shape_reorder_input(struct infer *inf, struct node *node)
{
	const int64_t block = inf->model->channel_block;
	int64_t last, dims[4];
	if (!node_attr_int(inf->ctx, node, "channels_last", 0, &last) ||
		!in_rank_is(inf, node, 0, 4))
		return false;
	dims[0] = in_dim(node, 0, 0);
	dims[1] = in_dim(node, 0, last ? 3 : 1);
	if (!dim_known(dims[1]) || (!block && dims[1] % 16))
		dims[1] = DIM_UNKNOWN;
	else if (block && !mul_ok(ceil_div(dims[1], block), block, &dims[1]))
		return node_overflow(inf, node);
	dims[2] = in_dim(node, 0, last ? 1 : 2);
	dims[3] = in_dim(node, 0, last ? 2 : 3);
	return out_shape(inf, node, 0, 4, dims);
}

bool shape_reorder_output(struct infer *inf, struct node *node)
{
	int64_t last, channels, dims[4];
	if (!node_attr_int(inf->ctx, node, "channels_last", 0, &last) ||
		!node_attr_int(
			inf->ctx, node, "channels", DIM_UNKNOWN, &channels) ||
		!in_rank_is(inf, node, 0, 4))
		return false;
	if (channels < 1 && node_attr(node, "channels"))
		return node_refuse(inf, node, "attribute 'channels' is %lld",
			(long long)channels);
	dims[0] = in_dim(node, 0, 0);
	dims[last ? 3 : 1] = channels;
	dims[last ? 1 : 2] = in_dim(node, 0, 2);
	dims[last ? 2 : 3] = in_dim(node, 0, 3);
	return out_shape(inf, node, 0, 4, dims);
}

bool shape_nchwc_upsample(struct infer *inf, struct node *node)
{
	int64_t scale[4], dims[4];
	if (!in_rank_is(inf, node, 0, 4) ||
		!list_attr(inf, node, "scales", 4, 1, 1, scale))
		return false;
	for (int i = 0; i < 4; i++)
		if (!dim_mul(in_dim(node, 0, i), scale[i], &dims[i]))
			return node_overflow(inf, node);
	return out_shape(inf, node, 0, 4, dims);
}
