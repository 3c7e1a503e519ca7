/* Convolutions and transposed convolutions of one to three axes. */
#include "sim/op_rules.h"

#include "base/checked.h"

#include <string.h>

enum { AXES_MAX = 3 };

/* An axis of the image. Output o, tap k and input i meet where
 *     convolution             i = o * stride + k * dilation - pad
 *     transposed convolution  o = i * stride + k * dilation - pad */
struct conv_axis {
	int64_t in, out, filter;
	int64_t stride, dilation, pad;
};

struct conv_rule {
	int axes;
	struct conv_axis axis[AXES_MAX];
	int64_t outs, ins; /* channels of a group */
	int channel;       /* dimension of X and Y that has the channels */
	int image;         /* dimension of X and Y that has the first axis */
	int64_t in[RANK_MAX], weight[RANK_MAX]; /* pitches */
};

/* --- attributes ----------------------------------------------------------- */

struct conv_attrs {
	int64_t stride[AXES_MAX], dilation[AXES_MAX];
	int64_t output_padding[AXES_MAX], output_shape[AXES_MAX];
	int64_t pads[2 * AXES_MAX];
	bool has_output_shape;
	int64_t group;
	const char *auto_pad;
};

/* count numbers of at least min, each 'absent' where there is no list. */
static bool list_read(struct op_work *work, const char *name, int count,
	int64_t min, int64_t absent, int64_t *out)
{
	size_t length;
	const int64_t *list;
	if (!node_attr_ints(work->ctx, work->node, name, &length, &list))
		return false;
	if (length && length != (size_t)count)
		return op_refuse(work, "%s has %zu numbers, expected %d", name,
			length, count);
	for (int i = 0; i < count; i++) {
		out[i] = length ? list[i] : absent;
		if (out[i] < min)
			return op_refuse(work,
				"%s has %lld, expected %lld or more", name,
				(long long)out[i], (long long)min);
	}
	return true;
}

/* output_shape may have batch and channels in front. */
static bool output_shape_read(
	struct op_work *work, int axes, struct conv_attrs *attrs)
{
	size_t length;
	const int64_t *list;
	int64_t all[2 + AXES_MAX];
	if (!node_attr_ints(
		    work->ctx, work->node, "output_shape", &length, &list))
		return false;
	attrs->has_output_shape = length > 0;
	int front = length == (size_t)axes + 2 ? 2 : 0;
	if (!list_read(work, "output_shape", front + axes, 1, 1, all))
		return false;
	memcpy(attrs->output_shape, all + front, (size_t)axes * sizeof *all);
	return true;
}

static bool attrs_read(struct op_work *work, int axes, struct conv_attrs *attrs)
{
	struct ctx *ctx = work->ctx;
	if (!list_read(work, "strides", axes, 1, 1, attrs->stride) ||
		!list_read(work, "dilations", axes, 1, 1, attrs->dilation) ||
		!list_read(work, "pads", 2 * axes, INT64_MIN, 0, attrs->pads) ||
		!list_read(work, "output_padding", axes, 0, 0,
			attrs->output_padding) ||
		!output_shape_read(work, axes, attrs) ||
		!node_attr_int(ctx, work->node, "group", 1, &attrs->group) ||
		!node_attr_string(ctx, work->node, "auto_pad", "NOTSET",
			&attrs->auto_pad))
		return false;
	return attrs->group >= 1 ||
		op_refuse(work, "group is %lld, expected 1 or more",
			(long long)attrs->group);
}

static bool is_same(const struct conv_attrs *attrs)
{
	return !strncmp(attrs->auto_pad, "SAME_", 5);
}

/* The part of a padding that stands before the image: the smaller half where
 * the end has the odd one. */
static int64_t pad_before(const struct conv_attrs *attrs, int64_t total)
{
	if (total < 0)
		total = 0;
	return strcmp(attrs->auto_pad, "SAME_UPPER") ? total - total / 2
						     : total / 2;
}

static bool overflow(struct op_work *work)
{
	return op_refuse(work,
		"a size with its padding, stride and dilation passes 2^63");
}

/* Filter with the gaps of its dilation. */
static bool extent_ok(const struct conv_axis *a, int64_t *extent)
{
	return mul_ok(a->filter - 1, a->dilation, extent) &&
		add_ok(*extent, 1, extent);
}

/* --- Conv ----------------------------------------------------------------- */

static bool conv_axis_size(struct op_work *work, const struct conv_attrs *attrs,
	int axes, int k, struct conv_axis *a)
{
	int64_t extent, span, after = 0;
	if (!extent_ok(a, &extent))
		return overflow(work);
	if (is_same(attrs)) {
		a->out = ceil_div(a->in, a->stride);
		if (!mul_ok(a->out - 1, a->stride, &span) ||
			!add_ok(span, extent, &span))
			return overflow(work);
		a->pad = pad_before(attrs, span - a->in);
		return true;
	}
	if (strcmp(attrs->auto_pad, "VALID") != 0) {
		a->pad = attrs->pads[k];
		after = attrs->pads[axes + k];
	}
	if (!add_ok(a->in, a->pad, &span) || !add_ok(span, after, &span) ||
		!sub_ok(span, extent, &span))
		return overflow(work);
	a->out = span < 0 ? 0 : span / a->stride + 1;
	return a->out > 0 ||
		op_refuse(work,
			"the filter is larger than the image on axis %d", k);
}

/* The taps of output o that lie in the image. */
static void conv_taps(const struct conv_axis *a, int64_t o, int64_t in_pitch,
	int64_t weight_pitch, struct op_terms *terms)
{
	int64_t origin = o * a->stride - a->pad;
	int64_t first = origin < 0 ? ceil_div(-origin, a->dilation) : 0;
	int64_t last = floor_div(a->in - 1 - origin, a->dilation);
	if (last > a->filter - 1)
		last = a->filter - 1;
	if (first > last) { /* in the padding with all its taps */
		op_put_dim(terms, 0, 0, 0);
		return;
	}
	terms->in += (origin + first * a->dilation) * in_pitch;
	terms->weight += first * weight_pitch;
	op_put_dim(
		terms, last - first + 1, a->dilation * in_pitch, weight_pitch);
}

static void conv_terms(const struct op_product *product, const int64_t *at,
	struct op_terms *terms)
{
	const struct conv_rule *r = product->rule;
	int64_t m = at[r->channel], group = m / r->outs;
	terms->in = at[0] * r->in[0] + group * r->ins * r->in[r->channel];
	terms->weight = m * r->weight[0];
	op_put_dim(terms, r->ins, r->in[r->channel], r->weight[1]);
	for (int k = 0; k < r->axes; k++)
		conv_taps(&r->axis[k], at[r->image + k], r->in[r->image + k],
			r->weight[2 + k], terms);
}

/* --- ConvTranspose -------------------------------------------------------- */

static bool transposed_axis_size(struct op_work *work,
	const struct conv_attrs *attrs, int axes, int k, struct conv_axis *a)
{
	int64_t extent, full, after;
	if (!extent_ok(a, &extent) || !mul_ok(a->in - 1, a->stride, &full) ||
		!add_ok(full, extent, &full) ||
		!add_ok(full, attrs->output_padding[k], &full))
		return overflow(work);
	if (attrs->has_output_shape || is_same(attrs)) {
		if (attrs->has_output_shape)
			a->out = attrs->output_shape[k];
		else if (!mul_ok(a->in, a->stride, &a->out))
			return overflow(work);
		a->pad = pad_before(attrs, full - a->out);
		return true;
	}
	bool valid = !strcmp(attrs->auto_pad, "VALID");
	a->pad = valid ? 0 : attrs->pads[k];
	after = valid ? 0 : attrs->pads[axes + k];
	if (!sub_ok(full, a->pad, &a->out) || !sub_ok(a->out, after, &a->out))
		return overflow(work);
	return a->out > 0 ||
		op_refuse(work, "padding leaves nothing of axis %d", k);
}

/* The taps that some input brings to output o: those congruent modulo the
 * stride. With the tap rising by step, the input falls by fall. */
static void transposed_taps(const struct conv_axis *a, int64_t o,
	int64_t in_pitch, int64_t weight_pitch, struct op_terms *terms)
{
	int64_t count = 0, first = 0, input = 0, step = 0, fall = 0;
	for (int64_t k = 0; k < a->filter; k++) {
		int64_t reach = o + a->pad - k * a->dilation;
		if (reach < 0)
			break;
		if (reach % a->stride || reach / a->stride >= a->in)
			continue;
		if (count == 0) {
			first = k;
			input = reach / a->stride;
		} else if (count == 1) {
			step = k - first;
			fall = input - reach / a->stride;
		}
		count++;
	}
	terms->in += input * in_pitch;
	terms->weight += first * weight_pitch;
	op_put_dim(terms, count, -fall * in_pitch, step * weight_pitch);
}

static void transposed_terms(const struct op_product *product,
	const int64_t *at, struct op_terms *terms)
{
	const struct conv_rule *r = product->rule;
	int64_t group = at[1] / r->outs, m = at[1] % r->outs;
	terms->in = at[0] * r->in[0] + group * r->ins * r->in[1];
	terms->weight = group * r->ins * r->weight[0] + m * r->weight[1];
	op_put_dim(terms, r->ins, r->in[1], r->weight[0]);
	for (int k = 0; k < r->axes; k++)
		transposed_taps(&r->axis[k], at[2 + k], r->in[2 + k],
			r->weight[2 + k], terms);
}

/* --- both ----------------------------------------------------------------- */

/* Operands, and the numbers of both kinds but for sizes that are made. */
static bool operands_take(struct op_work *work, struct op_product *product,
	struct conv_attrs *attrs, struct conv_rule *r)
{
	bool quantised = node_is(work->node, OP_ONNX_QLinearConv) ||
		node_is(work->node, OP_MS_QLinearConv);
	if (!op_take(work, 0, &product->in) ||
		!op_take(work, quantised ? 3 : 1, &product->weight))
		return false;
	const struct shape *x = &product->in.shape, *w = &product->weight.shape;
	if (x->rank < 3 || x->rank > 2 + AXES_MAX || w->rank != x->rank)
		return op_refuse(work,
			"X is %s and W is %s, expected both of batch or "
			"outputs, channels and 1 to 3 axes",
			shape_text(work->ctx, x), shape_text(work->ctx, w));
	int64_t last;
	bool nhwc = node_is(work->node, OP_MS_NhwcConv) ||
		node_is(work->node, OP_MS_NhwcFusedConv);
	*r = (struct conv_rule){.axes = x->rank - 2};
	if (!attrs_read(work, r->axes, attrs) ||
		!node_attr_int(work->ctx, work->node, "channels_last", nhwc,
			&last))
		return false;
	r->channel = last ? x->rank - 1 : 1;
	r->image = last ? 1 : 2;
	op_pitches(x, r->in);
	op_pitches(w, r->weight);
	for (int k = 0; k < r->axes; k++)
		r->axis[k] = (struct conv_axis){.in = x->dim[r->image + k],
			.filter = w->dim[2 + k],
			.stride = attrs->stride[k],
			.dilation = attrs->dilation[k]};
	return true;
}

static bool channels_refuse(struct op_work *work,
	const struct op_product *product, const struct conv_attrs *attrs)
{
	return op_refuse(work,
		"X is %s and W is %s: channels do not agree with %lld groups",
		shape_text(work->ctx, &product->in.shape),
		shape_text(work->ctx, &product->weight.shape),
		(long long)attrs->group);
}

bool op_conv(struct op_work *work)
{
	struct op_product product = {.terms = conv_terms};
	struct conv_attrs attrs;
	struct conv_rule r;
	if (!operands_take(work, &product, &attrs, &r))
		return false;
	const struct shape *x = &product.in.shape, *w = &product.weight.shape;
	r.ins = w->dim[1];
	r.outs = w->dim[0] / attrs.group;
	if (w->dim[0] % attrs.group || x->dim[r.channel] % attrs.group ||
		x->dim[r.channel] / attrs.group != r.ins)
		return channels_refuse(work, &product, &attrs);
	int64_t out[2 + AXES_MAX];
	out[0] = x->dim[0];
	out[r.channel] = w->dim[0];
	for (int k = 0; k < r.axes; k++) {
		if (!conv_axis_size(work, &attrs, r.axes, k, &r.axis[k]))
			return false;
		out[r.image + k] = r.axis[k].out;
	}
	if (!op_result(work, x->rank, out, &product.out))
		return false;
	op_add(work, &product, &r, sizeof r);
	return true;
}

/* ConvTransposeWithDynamicPads has its pads in input 2. */
static bool dynamic_pads_read(
	struct op_work *work, int axes, struct conv_attrs *attrs, bool *known)
{
	const struct value *pads =
		node_is(work->node, OP_MS_ConvTransposeWithDynamicPads)
		? node_input(work->node, 2)
		: NULL;
	*known = !pads ||
		(pads->data && pads->data->ints && !pads->data->unknown);
	if (!pads || !*known)
		return true;
	if (pads->data->count != 2 * axes)
		return op_refuse(work, "it has %lld pads, expected %d",
			(long long)pads->data->count, 2 * axes);
	memcpy(attrs->pads, pads->data->ints,
		(size_t)(2 * axes) * sizeof *attrs->pads);
	return true;
}

bool op_conv_transpose(struct op_work *work)
{
	struct op_product product = {.terms = transposed_terms};
	struct conv_attrs attrs;
	struct conv_rule r;
	bool known;
	if (!operands_take(work, &product, &attrs, &r))
		return false;
	if (!dynamic_pads_read(work, r.axes, &attrs, &known))
		return false;
	if (!known)
		return op_leave(work, "padding that is not known");
	const struct shape *x = &product.in.shape, *w = &product.weight.shape;
	r.ins = w->dim[0] / attrs.group;
	r.outs = w->dim[1];
	int64_t out[2 + AXES_MAX];
	out[0] = x->dim[0];
	if (w->dim[0] % attrs.group || x->dim[1] != w->dim[0] ||
		!mul_ok(w->dim[1], attrs.group, &out[1]))
		return channels_refuse(work, &product, &attrs);
	for (int k = 0; k < r.axes; k++) {
		if (!transposed_axis_size(work, &attrs, r.axes, k, &r.axis[k]))
			return false;
		out[2 + k] = r.axis[k].out;
	}
	if (!op_result(work, x->rank, out, &product.out))
		return false;
	op_add(work, &product, &r, sizeof r);
	return true;
}
