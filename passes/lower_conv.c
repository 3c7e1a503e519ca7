/* Conv and its fused, integer and deformable forms; ConvTranspose, whose output
 * falls into phases: outputs a stride apart sum the same taps. */
#include "passes/lower_rules.h"

#include "base/checked.h"

#include <stdlib.h>
#include <string.h>

/* The attributes of a convolution, one number an axis of the image. */
struct conv_attrs {
	int axes; /* 1, 2 or 3 */
	const int64_t *stride, *dilation, *output_padding;
	const int64_t *pads;         /* [2 * axes], begins then ends */
	const int64_t *output_shape; /* of ConvTranspose; NULL: none */
	enum pads { PADS_GIVEN, PADS_VALID, PADS_UPPER, PADS_LOWER } pad;
	int64_t group;
};

static const int64_t ones[2 * SPACE_COUNT] = {1, 1, 1, 1, 1, 1};
static const int64_t zeros[2 * SPACE_COUNT] = {0};

/* A list of count numbers of at least min, or the one given where the node has
 * none. */
static bool list_read(struct lowering *lo, const char *name, int count,
	int64_t min, const int64_t *absent, const int64_t **out)
{
	size_t length;
	const int64_t *list;
	if (!node_attr_ints(lo->ctx, lo->node, name, &length, &list))
		return false;
	if (length == 0) {
		*out = absent;
		return true;
	}
	if (length != (size_t)count)
		return diag_error(lo->ctx, &lo->loc,
			"%s has %zu numbers, expected %d", name, length, count);
	for (int i = 0; i < count; i++)
		if (list[i] < min)
			return diag_error(lo->ctx, &lo->loc,
				"%s has %lld, expected %lld or more", name,
				(long long)list[i], (long long)min);
	*out = list;
	return true;
}

static bool auto_pad_read(struct lowering *lo, struct conv_attrs *attrs)
{
	static const char *const names[] = {
		[PADS_GIVEN] = "NOTSET",
		[PADS_VALID] = "VALID",
		[PADS_UPPER] = "SAME_UPPER",
		[PADS_LOWER] = "SAME_LOWER",
	};
	const char *text;
	if (!node_attr_string(lo->ctx, lo->node, "auto_pad", "NOTSET", &text))
		return false;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (!strcmp(names[i], text)) {
			attrs->pad = (enum pads)i;
			return true;
		}
	return diag_error(lo->ctx, &lo->loc,
		"auto_pad is '%s', expected NOTSET, VALID, SAME_UPPER or "
		"SAME_LOWER",
		diag_quote(lo->ctx, text));
}

static bool kernel_shape_check(struct lowering *lo, int axes)
{
	const int64_t *kernel = lo->layer.weight_shape.dim + 2, *said;
	if (!list_read(lo, "kernel_shape", axes, 1, kernel, &said))
		return false;
	if (!memcmp(said, kernel, (size_t)axes * sizeof *said))
		return true;
	struct shape shape = shape_make(lo->ctx, axes, said);
	return diag_error(lo->ctx, &lo->loc,
		"weight is %s, kernel_shape says %s",
		shape_text(lo->ctx, &lo->layer.weight_shape),
		shape_text(lo->ctx, &shape));
}

/* Some exporters write batch and channels in front. */
static bool output_shape_read(struct lowering *lo, struct conv_attrs *attrs)
{
	size_t length;
	const int64_t *list;
	if (!node_attr_ints(lo->ctx, lo->node, "output_shape", &length, &list))
		return false;
	int count = attrs->axes + (length == (size_t)attrs->axes + 2 ? 2 : 0);
	if (!list_read(
		    lo, "output_shape", count, 1, NULL, &attrs->output_shape))
		return false;
	if (attrs->output_shape)
		attrs->output_shape += count - attrs->axes;
	return true;
}

static bool attrs_read(struct lowering *lo, struct conv_attrs *attrs)
{
	int axes = attrs->axes;
	if (!list_read(lo, "strides", axes, 1, ones, &attrs->stride) ||
		!list_read(lo, "dilations", axes, 1, ones, &attrs->dilation) ||
		!list_read(lo, "output_padding", axes, 0, zeros,
			&attrs->output_padding) ||
		!output_shape_read(lo, attrs) ||
		!list_read(
			lo, "pads", 2 * axes, INT64_MIN, zeros, &attrs->pads) ||
		!auto_pad_read(lo, attrs) || !kernel_shape_check(lo, axes) ||
		!node_attr_int(lo->ctx, lo->node, "group", 1, &attrs->group))
		return false;
	if (attrs->group < 1)
		return diag_error(lo->ctx, &lo->loc,
			"group is %lld, expected 1 or more",
			(long long)attrs->group);
	return true;
}

/* NhwcConv and NhwcFusedConv: X and Y have their channels last. */
static bool is_nhwc(const struct node *node)
{
	return node_is(node, OP_MS_NhwcConv) ||
		node_is(node, OP_MS_NhwcFusedConv);
}

/* Whether W of such a one has them last, too (shape_nhwc_conv). */
static bool filter_is_nhwc(const struct lowering *lo, int64_t group)
{
	const struct shape *x = &lo->layer.input_shape;
	const struct shape *w = &lo->layer.weight_shape;
	int64_t c = x->dim[x->rank - 1] / group;
	return is_nhwc(lo->node) && w->dim[1] != c && w->dim[w->rank - 1] == c;
}

/* Takes the operands and reads the attributes; images have 1 to 3 axes. */
static enum outcome conv_start(struct lowering *lo, struct conv_attrs *attrs)
{
	bool quantised = node_is(lo->node, OP_ONNX_QLinearConv) ||
		node_is(lo->node, OP_MS_QLinearConv);
	enum outcome outcome = lower_take_operands(lo, 0, quantised ? 3 : 1);
	if (outcome != OUTCOME_LAYER)
		return outcome;
	const struct shape *x = &lo->layer.input_shape;
	const struct shape *w = &lo->layer.weight_shape;
	if (x->rank < 3 || x->rank > 2 + SPACE_COUNT)
		return lower_refuse(lo,
			"input is %s, expected batch, channels and 1 to 3 axes",
			shape_text(lo->ctx, x));
	if (w->rank != x->rank)
		return lower_refuse(lo,
			"weight is %s, expected %d dimensions as of the input "
			"%s",
			shape_text(lo->ctx, w), x->rank,
			shape_text(lo->ctx, x));
	attrs->axes = x->rank - 2;
	int64_t group;
	if (!node_attr_int(lo->ctx, lo->node, "group", 1, &group))
		return OUTCOME_ERROR;
	if (group >= 1 && filter_is_nhwc(lo, group))
		return lower_leave(lo, true, "a filter with its channels last");
	return attrs_read(lo, attrs) ? OUTCOME_LAYER : OUTCOME_ERROR;
}

/* The extent of a dilated filter; false beyond int64_t. */
static bool filter_extent(int64_t filter, int64_t dilation, int64_t *extent)
{
	return mul_ok(filter - 1, dilation, extent) &&
		add_ok(*extent, 1, extent);
}

static bool axis_overflow(struct lowering *lo)
{
	return diag_error(lo->ctx, &lo->loc,
		"a size with its padding, stride and dilation passes 2^63");
}

/* --- Conv ---------------------------------------------------------------- */

/* Padding before and behind axis a of a Conv. */
static bool conv_pads(const struct conv_attrs *attrs, int a, int64_t in,
	int64_t extent, int64_t *before, int64_t *after)
{
	switch (attrs->pad) {
	case PADS_GIVEN:
		*before = attrs->pads[a];
		*after = attrs->pads[attrs->axes + a];
		return true;
	case PADS_VALID:
		*before = *after = 0;
		return true;
	default:
		break;
	}
	int64_t total;
	if (!mul_ok(ceil_div(in, attrs->stride[a]) - 1, attrs->stride[a],
		    &total) ||
		!add_ok(total, extent, &total))
		return false;
	total = total > in ? total - in : 0;
	*before = attrs->pad == PADS_UPPER ? total / 2 : total - total / 2;
	*after = total - *before;
	return true;
}

static bool conv_window(struct lowering *lo, const struct conv_attrs *attrs,
	int a, int64_t in, int64_t filter, struct window *w)
{
	int64_t extent, before, after, padded;
	if (!filter_extent(filter, attrs->dilation[a], &extent) ||
		!conv_pads(attrs, a, in, extent, &before, &after) ||
		!add_ok(in, before, &padded) ||
		!add_ok(padded, after, &padded) || before < -INT64_MAX)
		return axis_overflow(lo);
	if (extent > padded)
		return diag_error(lo->ctx, &lo->loc,
			"filter spans %lld on axis %d, the padded input has "
			"%lld",
			(long long)extent, a, (long long)padded);
	*w = window_absent();
	w->in_size = in;
	w->filter_size = w->taps = filter;
	w->stride = attrs->stride[a];
	w->dilation = attrs->dilation[a];
	w->in_first = -before;
	w->in_span = padded;
	w->outs = w->out_size = (padded - extent) / w->stride + 1;
	return true;
}

static enum outcome conv_channels(struct lowering *lo,
	const struct conv_attrs *attrs, struct channels *ch)
{
	const struct shape *x = &lo->layer.input_shape;
	const struct shape *w = &lo->layer.weight_shape;
	int64_t channels = x->dim[ch->channels_last ? x->rank - 1 : 1];
	ch->batch = x->dim[0];
	ch->groups = attrs->group;
	ch->in = w->dim[1];
	ch->out = w->dim[0] / attrs->group;
	ch->has_depth = attrs->axes == SPACE_COUNT;
	if (channels % attrs->group)
		return lower_refuse(lo,
			"input is %s, its %lld channels are no multiple of "
			"group %lld",
			shape_text(lo->ctx, x), (long long)channels,
			(long long)attrs->group);
	if (ch->in != channels / attrs->group)
		return lower_refuse(lo,
			"weight is %s with %lld input channels, expected %lld: "
			"input %s, group %lld",
			shape_text(lo->ctx, w), (long long)ch->in,
			(long long)(channels / attrs->group),
			shape_text(lo->ctx, x), (long long)attrs->group);
	if (w->dim[0] % attrs->group)
		return lower_refuse(lo,
			"weight is %s, its %lld output channels are no "
			"multiple of group %lld",
			shape_text(lo->ctx, w), (long long)w->dim[0],
			(long long)attrs->group);
	return OUTCOME_LAYER;
}

/* Pairs of an input and an output channel that one filter tap multiplies: all,
 * or of the first in_useful and out_useful channels of a tensor alone. */
static bool channel_pairs(const struct channels *ch, int64_t in_useful,
	int64_t out_useful, int64_t *out)
{
	/* Groups whose channels are all useful, and what the next one has. */
	int64_t in_groups = in_useful / ch->in, in_rest = in_useful % ch->in;
	int64_t out_groups = out_useful / ch->out;
	int64_t out_rest = out_useful % ch->out;
	int64_t whole = in_groups < out_groups ? in_groups : out_groups;
	int64_t i = in_groups > whole ? ch->in : in_rest;
	int64_t o = out_groups > whole ? ch->out : out_rest;
	int64_t rest;
	return mul_ok(ch->in, ch->out, out) && mul_ok(*out, whole, out) &&
		mul_ok(i, o, &rest) && add_ok(*out, rest, out);
}

/* The convolutions of com.microsoft.nchwc: the multiplications that fill up
 * blocks of channels are taken out of the layer's. sizes: those without
 * channels. */
static enum outcome blocked_conv_macs(struct lowering *lo,
	const struct channels *ch, const int64_t *sizes, int count)
{
	const struct value *x = node_input(lo->node, 0);
	int64_t in = blocked_useful(lo->blocked, x);
	int64_t out = blocked_useful(lo->blocked, lower_result(lo->node));
	int64_t all = lo->layer.macs, stored = ch->in * ch->groups, pairs;
	if (in < 0)
		in = stored;
	if (out < 0)
		out = ch->out * ch->groups;
	if (!channel_pairs(ch, in, out, &pairs))
		return OUTCOME_LAYER; /* cannot be: less than all */
	lo->layer.macs = 0;
	int64_t useful[2 + 2 * SPACE_COUNT];
	memcpy(useful, sizes, (size_t)count * sizeof *sizes);
	useful[count] = pairs;
	if (!lower_add_macs(lo, useful, count + 1))
		return OUTCOME_ERROR;
	lo->layer.padding_macs = all - lo->layer.macs;
	return OUTCOME_LAYER;
}

/* ONNX Runtime makes a scale and a bias for each channel of a
 * BatchNormalization that it cannot fold: a depthwise convolution with nothing
 * but group set. A Conv of the model keeps its kernel_shape. */
static bool was_batch_norm(
	const struct lowering *lo, const struct conv_attrs *attrs)
{
	const struct shape *w = &lo->layer.weight_shape;
	bool plain = attrs->pad != PADS_UPPER && attrs->pad != PADS_LOWER;
	for (int a = 0; a < attrs->axes; a++)
		plain = plain && w->dim[2 + a] == 1 && attrs->stride[a] == 1 &&
			attrs->pads[a] == 0 &&
			attrs->pads[attrs->axes + a] == 0;
	return plain && w->dim[0] == attrs->group && w->dim[1] == 1 &&
		!node_attr(lo->node, "kernel_shape");
}

enum outcome lower_conv(struct lowering *lo)
{
	struct conv_attrs attrs = {0};
	struct channels ch = {0};
	int64_t last;
	enum outcome outcome = conv_start(lo, &attrs);
	if (outcome != OUTCOME_LAYER)
		return outcome;
	if (!node_attr_int(lo->ctx, lo->node, "channels_last",
		    is_nhwc(lo->node), &last))
		return OUTCOME_ERROR;
	ch.channels_last = last != 0;
	outcome = conv_channels(lo, &attrs, &ch);
	if (outcome != OUTCOME_LAYER)
		return outcome;

	struct window window[SPACE_COUNT];
	const struct shape *x = &lo->layer.input_shape;
	const struct shape *w = &lo->layer.weight_shape;
	int64_t out[2 + SPACE_COUNT];
	int first = ch.channels_last ? 1 : 2; /* axis of the images */
	memcpy(out, x->dim, (size_t)x->rank * sizeof *out);
	out[ch.channels_last ? x->rank - 1 : 1] = w->dim[0];
	for (int s = 0; s < SPACE_COUNT; s++) {
		/* One axis is columns, two are rows and columns. */
		int a = s - (SPACE_COUNT - attrs.axes);
		window[s] = window_absent();
		if (a < 0)
			continue;
		if (!conv_window(lo, &attrs, a, x->dim[first + a],
			    w->dim[2 + a], &window[s]))
			return OUTCOME_ERROR;
		out[first + a] = window[s].outs;
	}
	if (!windows_lower(lo, &ch, window))
		return OUTCOME_ERROR;
	int64_t sizes[2 + 2 * SPACE_COUNT + 2] = {
		ch.batch, ch.groups, ch.out, ch.in};
	for (int s = 0; s < SPACE_COUNT; s++) {
		sizes[4 + 2 * s] = window[s].outs;
		sizes[5 + 2 * s] = window[s].taps;
	}
	if (!lower_add_macs(lo, sizes, 4 + 2 * SPACE_COUNT))
		return OUTCOME_ERROR;
	if (lo->node->op->id == OP_NCHWC_Conv) {
		sizes[3] = ch.batch; /* behind the channels */
		outcome = blocked_conv_macs(
			lo, &ch, &sizes[3], 1 + 2 * SPACE_COUNT);
		if (outcome != OUTCOME_LAYER)
			return outcome;
		if (was_batch_norm(lo, &attrs))
			lo->layer.stands_for = "BatchNormalization";
	}
	return lower_set_output(lo, x->rank, out);
}

/* Its offsets move the pixels that the taps read, which the machine gathers
 * beforehand: the products are those of the convolution. */
enum outcome lower_deform_conv(struct lowering *lo)
{
	return lower_conv(lo);
}

/* --- ConvTranspose ------------------------------------------------------- */

/* One axis: its output size, and the padding cut off its start. */
struct transposed_axis {
	int64_t in, out, filter, stride, dilation, before;
};

static bool transposed_sizes(struct lowering *lo,
	const struct conv_attrs *attrs, int a, struct transposed_axis *t)
{
	int64_t extent, full, total;
	if (!filter_extent(t->filter, t->dilation, &extent) ||
		!mul_ok(t->in - 1, t->stride, &full) ||
		!add_ok(full, extent, &full) ||
		!add_ok(full, attrs->output_padding[a], &full))
		return axis_overflow(lo);
	bool same = attrs->pad == PADS_UPPER || attrs->pad == PADS_LOWER;
	if (attrs->output_shape || same) {
		/* in * stride <= full + stride */
		t->out = attrs->output_shape
			? attrs->output_shape[a]
			: full - extent - attrs->output_padding[a] + t->stride;
		total = full > t->out ? full - t->out : 0;
		t->before = attrs->pad == PADS_UPPER ? total / 2
						     : total - total / 2;
		return true;
	}
	t->before = attrs->pad == PADS_VALID ? 0 : attrs->pads[a];
	int64_t after =
		attrs->pad == PADS_VALID ? 0 : attrs->pads[attrs->axes + a];
	if (!sub_ok(full, t->before, &t->out) ||
		!sub_ok(t->out, after, &t->out))
		return axis_overflow(lo);
	if (t->out < 1)
		return diag_error(lo->ctx, &lo->loc,
			"padding leaves %lld outputs on axis %d",
			(long long)t->out, a);
	return true;
}

static int64_t common_divisor(int64_t a, int64_t b)
{
	while (b) {
		int64_t rest = a % b;
		a = b;
		b = rest;
	}
	return a;
}

/* The phase of an axis whose taps are first, first + step, ... in the filter;
 * false when it has no output. Output o and tap k meet at input
 * (o + before - k * dilation) / stride where that is whole: as o grows with
 * the input and k against it, the taps are walked from the last one. */
static bool phase_window(const struct transposed_axis *t, int64_t first,
	int64_t step, struct window *w)
{
	int64_t shift = first * t->dilation - t->before;
	int64_t out_first = shift - floor_div(shift, t->stride) * t->stride;
	if (out_first >= t->out)
		return false;
	*w = window_absent();
	w->in_size = t->in;
	w->out_size = t->out;
	w->filter_size = t->filter;
	w->outs = (t->out - 1 - out_first) / t->stride + 1;
	w->out_first = out_first;
	w->taps = (t->filter - 1 - first) / step + 1;
	w->tap_first = first + (w->taps - 1) * step;
	w->dilation = t->dilation / common_divisor(t->stride, t->dilation);
	w->in_first =
		(out_first - shift) / t->stride - (w->taps - 1) * w->dilation;
	int64_t end = w->in_first + w->outs + (w->taps - 1) * w->dilation;
	w->in_span = (end > t->in ? end : t->in) - w->in_first;
	if (w->outs > 1)
		w->out_step = t->stride;
	if (w->taps > 1)
		w->tap_step = -step;
	else
		w->dilation = 1;
	return true;
}

static int phase_compare(const void *a, const void *b)
{
	int64_t x = ((const struct window *)a)->out_first;
	int64_t y = ((const struct window *)b)->out_first;
	return (x > y) - (x < y);
}

/* The phases of each axis in order of their first output. */
struct phases {
	size_t count[SPACE_COUNT];
	struct window *window[SPACE_COUNT];
};

enum { PHASES_MAX = 4096 };

/* False when there are more than a nest each is sensible for. */
static bool phases_find(struct ctx *ctx,
	const struct transposed_axis axis[SPACE_COUNT], struct phases *phases)
{
	size_t total = 1;
	for (int s = 0; s < SPACE_COUNT; s++) {
		const struct transposed_axis *t = &axis[s];
		int64_t step =
			t->stride / common_divisor(t->stride, t->dilation);
		int64_t most = step < t->filter ? step : t->filter;
		if (most > PHASES_MAX)
			return false;
		phases->window[s] = arena_array(
			&ctx->arena, (size_t)most, sizeof *phases->window[s]);
		phases->count[s] = 0;
		for (int64_t k = 0; k < most; k++)
			phases->count[s] += phase_window(t, k, step,
				&phases->window[s][phases->count[s]]);
		qsort(phases->window[s], phases->count[s],
			sizeof *phases->window[s], phase_compare);
		total *= phases->count[s];
		if (total > PHASES_MAX)
			return false;
	}
	return true;
}

static bool phases_lower(struct lowering *lo, const struct channels *ch,
	const struct phases *phases)
{
	const size_t *count = phases->count;
	size_t total = count[0] * count[1] * count[2];
	for (size_t i = 0; i < total; i++) {
		const struct window window[SPACE_COUNT] = {
			phases->window[SPACE_DEPTH][i / count[2] / count[1]],
			phases->window[SPACE_ROWS][i / count[2] % count[1]],
			phases->window[SPACE_COLUMNS][i % count[2]]};
		if (!windows_lower(lo, ch, window))
			return false;
	}
	return true;
}

enum outcome lower_conv_transpose(struct lowering *lo)
{
	struct conv_attrs attrs = {0};
	enum outcome outcome = conv_start(lo, &attrs);
	if (outcome != OUTCOME_LAYER)
		return outcome;
	const struct value *pads =
		node_is(lo->node, OP_MS_ConvTransposeWithDynamicPads)
		? node_input(lo->node, 2)
		: NULL;
	if (pads) {
		/* Shape inference has checked their number. */
		if (!pads->data || !pads->data->ints || pads->data->unknown ||
			pads->data->count != 2 * attrs.axes)
			return lower_leave(lo, true,
				"padding that an input gives whose value is "
				"not known");
		attrs.pads = pads->data->ints;
	}
	const struct shape *x = &lo->layer.input_shape;
	const struct shape *w = &lo->layer.weight_shape;
	if (w->dim[0] != x->dim[1] || w->dim[0] % attrs.group)
		return lower_refuse(lo,
			"weight is %s with group %lld, expected the %lld input "
			"channels of %s first, a multiple of group",
			shape_text(lo->ctx, w), (long long)attrs.group,
			(long long)x->dim[1], shape_text(lo->ctx, x));
	struct channels ch = {.batch = x->dim[0],
		.groups = attrs.group,
		.in = w->dim[0] / attrs.group,
		.out = w->dim[1],
		.filter_in_first = true,
		.has_depth = attrs.axes == SPACE_COUNT};
	int64_t out[2 + SPACE_COUNT] = {x->dim[0]};
	if (!mul_ok(ch.out, ch.groups, &out[1]))
		return lower_refuse(lo, "more than 2^63 output channels");

	struct transposed_axis axis[SPACE_COUNT];
	int64_t sizes[4 + 2 * SPACE_COUNT] = {
		ch.batch, ch.groups, ch.in, ch.out};
	for (int s = 0; s < SPACE_COUNT; s++) {
		int a = s - (SPACE_COUNT - attrs.axes);
		axis[s] = (struct transposed_axis){1, 1, 1, 1, 1, 0};
		if (a >= 0) {
			axis[s] = (struct transposed_axis){.in = x->dim[2 + a],
				.filter = w->dim[2 + a],
				.stride = attrs.stride[a],
				.dilation = attrs.dilation[a]};
			if (!transposed_sizes(lo, &attrs, a, &axis[s]))
				return OUTCOME_ERROR;
			out[2 + a] = axis[s].out;
		}
		sizes[4 + 2 * s] = axis[s].in;
		sizes[5 + 2 * s] = axis[s].filter;
	}
	struct phases phases;
	if (!phases_find(lo->ctx, axis, &phases))
		return lower_leave(lo, true,
			arena_printf(&lo->ctx->arena,
				"more than %d output phases", PHASES_MAX));
	if (!phases_lower(lo, &ch, &phases) ||
		!lower_add_macs(lo, sizes, 4 + 2 * SPACE_COUNT))
		return OUTCOME_ERROR;
	return lower_set_output(lo, x->rank, out);
}
