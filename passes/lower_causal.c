/* Causal convolutions: depthwise over tokens, each of which sees itself and
 * those before it; what was before the first one is zero, or a state that the
 * host puts in front of the input. */
#include "passes/lower_rules.h"

#include "base/checked.h"

#include <string.h>

/* A convolution of count sequences of so many tokens. */
struct causal {
	int64_t sequences, tokens, channels, taps, dilation;
	bool channels_last;
	bool state; /* in front of each sequence, in a tensor of the operator */
};

static bool causal_window(
	struct lowering *lo, const struct causal *c, struct window *w)
{
	int64_t reach, all;
	if (!mul_ok(c->taps - 1, c->dilation, &reach) ||
		!add_ok(c->tokens, reach, &all))
		return diag_error(lo->ctx, &lo->loc,
			"a size with what the filter reaches back passes 2^63");
	*w = window_absent();
	w->in_size = c->state ? all : c->tokens;
	w->in_first = c->state ? 0 : -reach;
	w->in_span = all;
	w->outs = w->out_size = c->tokens;
	w->filter_size = w->taps = c->taps;
	w->dilation = c->taps > 1 ? c->dilation : 1;
	return true;
}

static enum outcome causal_lower(struct lowering *lo, const struct causal *c)
{
	const struct channels channels = {.batch = c->sequences,
		.groups = c->channels,
		.in = 1,
		.out = 1,
		.channels_last = c->channels_last};
	const int64_t sizes[] = {c->sequences, c->tokens, c->channels, c->taps};
	struct window window[SPACE_COUNT];
	for (int s = 0; s < SPACE_COUNT; s++)
		window[s] = window_absent();
	if (!causal_window(lo, c, &window[SPACE_COLUMNS]) ||
		!windows_lower(lo, &channels, window) ||
		!lower_add_macs(lo, sizes, 4))
		return OUTCOME_ERROR;
	return OUTCOME_LAYER;
}

/* Several axes, of which only the last is causal: their padding is nowhere
 * defined. */
static enum outcome axes_leave(struct lowering *lo)
{
	const struct shape *x = &lo->layer.input_shape;
	const struct shape *w = &lo->layer.weight_shape;
	int64_t sizes[2 * RANK_MAX];
	int count = 0;
	lower_leave(lo, true, "a causal convolution of more than one axis");
	for (int d = 0; d < x->rank; d++)
		sizes[count++] = x->dim[d];
	for (int d = 2; d < w->rank; d++)
		sizes[count++] = w->dim[d];
	return lower_tell_macs(lo, sizes, count) ? OUTCOME_UNMAPPED
						 : OUTCOME_ERROR;
}

static bool weight_agrees(struct lowering *lo, const struct causal *c)
{
	const struct shape *w = &lo->layer.weight_shape;
	if (c->dilation < 1)
		return diag_error(lo->ctx, &lo->loc,
			"dilation is %lld, expected 1 or more",
			(long long)c->dilation);
	return (w->rank == 3 && w->dim[0] == c->channels && w->dim[1] == 1) ||
		diag_error(lo->ctx, &lo->loc,
			"weight is %s, expected %lld x 1 x taps",
			shape_text(lo->ctx, w), (long long)c->channels);
}

/* X [batch][channels][tokens], or with channels_last [batch][tokens] and axes
 * that are the channels together. */
enum outcome lower_causal_conv(struct lowering *lo)
{
	enum { STATE = 3 };
	enum outcome outcome = lower_take_operands(lo, 0, 1);
	if (outcome != OUTCOME_LAYER)
		return outcome;
	const struct shape *x = &lo->layer.input_shape;
	const struct shape *w = &lo->layer.weight_shape;
	int64_t last, axes, elems;
	struct causal c = {.state = node_input(lo->node, STATE)};
	if (!node_attr_int(lo->ctx, lo->node, "ndim", 1, &axes) ||
		!node_attr_int(lo->ctx, lo->node, "channels_last", 0, &last) ||
		!node_attr_int(lo->ctx, lo->node, "dilation", 1, &c.dilation))
		return OUTCOME_ERROR;
	if (axes > 1)
		return axes_leave(lo);
	if (x->rank < 3 || (!last && x->rank != 3) || w->rank != 3)
		return lower_refuse(lo, "input is %s, weight is %s",
			shape_text(lo->ctx, x), shape_text(lo->ctx, w));
	shape_elems(x, &elems);
	c.channels_last = last;
	c.sequences = x->dim[0];
	c.tokens = x->dim[last ? 1 : 2];
	c.channels = elems / c.sequences / c.tokens;
	c.taps = w->dim[2];
	if (!weight_agrees(lo, &c))
		return OUTCOME_ERROR;
	if (c.state)
		lo->operand[OPND_I] = NULL;
	outcome = causal_lower(lo, &c);
	return outcome == OUTCOME_LAYER ? lower_set_output(lo, x->rank, x->dim)
					: outcome;
}

/* --- sequences of different lengths --------------------------------------- */

/* Lengths of the sequences one after another: as their ends say, or, where
 * these are not known, all tokens shared out evenly. */
struct lengths {
	int64_t sequences, tokens;
	const int64_t *ends; /* [sequences + 1], from 0; or NULL */
};

static int64_t length_of(const struct lengths *l, int64_t k)
{
	if (l->ends)
		return l->ends[k + 1] - l->ends[k];
	return l->tokens / l->sequences + (k < l->tokens % l->sequences);
}

/* Sequences from k on that are as long as it. */
static int64_t run_of(const struct lengths *l, int64_t k)
{
	int64_t more = l->tokens % l->sequences;
	if (!l->ends)
		return k < more ? more - k : l->sequences - k;
	int64_t count = 1;
	while (k + count < l->sequences &&
		length_of(l, k + count) == length_of(l, k))
		count++;
	return count;
}

static bool lengths_read(struct lowering *lo, struct lengths *l)
{
	enum { ENDS = 2 };
	const struct value *value = node_input(lo->node, ENDS);
	if (value->shape.rank != 1 || value->shape.dim[0] < 2)
		return diag_error(lo->ctx, &lo->loc,
			"ends of the sequences are %s, expected a list of 2 or "
			"more",
			shape_text(lo->ctx, &value->shape));
	l->sequences = value->shape.dim[0] - 1;
	if (!value->data || !value->data->ints || value->data->unknown)
		return true;
	const int64_t *ends = value->data->ints;
	bool good = ends[0] == 0 && ends[l->sequences] == l->tokens;
	for (int64_t k = 0; k < l->sequences; k++)
		good = good && ends[k] <= ends[k + 1];
	if (!good)
		return diag_error(lo->ctx, &lo->loc,
			"ends of the sequences do not rise from 0 to its %lld "
			"tokens",
			(long long)l->tokens);
	l->ends = ends;
	return true;
}

enum outcome lower_varlen_causal_conv(struct lowering *lo)
{
	enum outcome outcome = lower_take_operands(lo, 0, 1);
	if (outcome == OUTCOME_LAYER)
		outcome = lower_take(
			lo, node_input(lo->node, 2), "ends of the sequences");
	if (outcome != OUTCOME_LAYER)
		return outcome;
	const struct shape *x = &lo->layer.input_shape;
	const struct shape *w = &lo->layer.weight_shape;
	struct causal c = {.channels_last = true, .state = true};
	struct lengths l = {.sequences = 0};
	if (x->rank != 2 || w->rank != 3)
		return lower_refuse(lo, "input is %s, weight is %s",
			shape_text(lo->ctx, x), shape_text(lo->ctx, w));
	l.tokens = x->dim[0];
	c.channels = x->dim[1];
	c.taps = w->dim[2];
	if (!node_attr_int(lo->ctx, lo->node, "dilation", 1, &c.dilation) ||
		!lengths_read(lo, &l) || !weight_agrees(lo, &c))
		return OUTCOME_ERROR;
	/* States stand between the sequences; results of unequal ones are put
	 * together by the host, too. */
	lo->operand[OPND_I] = NULL;
	if (run_of(&l, 0) < l.sequences)
		lo->operand[OPND_O] = NULL;
	for (int64_t k = 0; k < l.sequences; k += c.sequences) {
		c.sequences = run_of(&l, k);
		c.tokens = length_of(&l, k);
		if (c.tokens == 0)
			continue;
		outcome = causal_lower(lo, &c);
		if (outcome != OUTCOME_LAYER)
			return outcome;
	}
	return lower_set_output(lo, 2, x->dim);
}
