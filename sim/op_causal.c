/* Causal convolutions: y[t] sums x[t - (taps - 1 - k) * dilation] * w[k], per
 * channel; before the first token are zeros, or a state. */
#include "sim/op_rules.h"

#include "base/checked.h"

struct causal_rule {
	int64_t batch, token, channel; /* pitches in the input */
	int token_dim;                 /* of out: [batch][token][channel] or */
	int64_t taps, dilation;        /* [batch][channel][token] */
	int64_t before;                /* tokens in front of the first */
};

static void causal_terms(const struct op_product *product, const int64_t *at,
	struct op_terms *terms)
{
	const struct causal_rule *r = product->rule;
	int64_t token = at[r->token_dim], channel = at[3 - r->token_dim];
	int64_t reach = (r->taps - 1) * r->dilation;
	int64_t missing = reach - r->before - token; /* zeros that it meets */
	int64_t first = missing > 0 ? ceil_div(missing, r->dilation) : 0;
	terms->in = at[0] * r->batch + channel * r->channel +
		(token + r->before - reach + first * r->dilation) * r->token;
	terms->weight = channel * r->taps + first;
	op_put_dim(terms, r->taps - first, r->dilation * r->token, 1);
}

/* Sequences, tokens of each, and channels. */
struct causal_sizes {
	int64_t batch, tokens, channels, taps, dilation;
	bool last, state;
};

/* y: the result where it is one tensor, otherwise NULL. */
static bool causal_add(struct op_work *work, const struct causal_sizes *s,
	const struct op_operand *x, const struct op_operand *w,
	const struct op_operand *y)
{
	int64_t reach, all, elems;
	if (!mul_ok(s->taps - 1, s->dilation, &reach) ||
		!add_ok(s->tokens, reach, &all))
		return op_refuse(work, "its filter reaches back too far");
	int64_t in = s->state ? all : s->tokens;
	int64_t out[] = {s->batch, s->last ? s->tokens : s->channels,
		s->last ? s->channels : s->tokens};
	int64_t dims[] = {s->batch, s->last ? in : s->channels,
		s->last ? s->channels : in};
	struct op_product product = {.terms = causal_terms,
		.weight = *w,
		.in = op_own(work, "states and inputs", 3, dims),
		.out = op_own(work, "results", 3, out)};
	if (!s->state)
		product.in.value = x->value;
	if (y)
		product.out.value = y->value;
	if (!shape_elems(&product.in.shape, &elems) ||
		!shape_elems(&product.out.shape, &elems))
		return op_refuse(work, "more than 2^63 elements");
	const struct causal_rule r = {.batch = in * s->channels,
		.token = s->last ? s->channels : 1,
		.channel = s->last ? 1 : in,
		.token_dim = s->last ? 1 : 2,
		.taps = s->taps,
		.dilation = s->dilation,
		.before = s->state ? reach : 0};
	op_add(work, &product, &r, sizeof r);
	return true;
}

bool op_causal_conv(struct op_work *work)
{
	struct op_operand x, w, y;
	int64_t last, axes, elems;
	struct causal_sizes s = {.state = node_input(work->node, 3)};
	if (!op_take(work, 0, &x) || !op_take(work, 1, &w) ||
		!node_attr_int(work->ctx, work->node, "ndim", 1, &axes) ||
		!node_attr_int(
			work->ctx, work->node, "channels_last", 0, &last) ||
		!node_attr_int(
			work->ctx, work->node, "dilation", 1, &s.dilation))
		return false;
	if (axes != 1)
		return op_leave(work, "a causal convolution of several axes");
	if (x.shape.rank < 3 || w.shape.rank != 3 || s.dilation < 1 ||
		!shape_elems(&x.shape, &elems) || elems < 1)
		return op_refuse(work, "X is %s and W is %s",
			shape_text(work->ctx, &x.shape),
			shape_text(work->ctx, &w.shape));
	s.last = last;
	s.batch = x.shape.dim[0];
	s.tokens = x.shape.dim[last ? 1 : 2];
	s.channels = elems / s.batch / s.tokens;
	s.taps = w.shape.dim[2];
	return op_result(work, x.shape.rank, x.shape.dim, &y) &&
		causal_add(work, &s, &x, &w, &y);
}

/* Sequences of one length follow each other where it is so; their ends are
 * known, or the tokens are shared out evenly, the first ones having one more.
 */
bool op_varlen_causal_conv(struct op_work *work)
{
	struct op_operand x, w, ends, y;
	struct causal_sizes s = {.last = true, .state = true};
	if (!op_take(work, 0, &x) || !op_take(work, 1, &w) ||
		!op_take(work, 2, &ends) ||
		!node_attr_int(
			work->ctx, work->node, "dilation", 1, &s.dilation))
		return false;
	if (x.shape.rank != 2 || w.shape.rank != 3 || ends.shape.rank != 1 ||
		ends.shape.dim[0] < 2 || s.dilation < 1)
		return op_refuse(work, "X is %s and W is %s",
			shape_text(work->ctx, &x.shape),
			shape_text(work->ctx, &w.shape));
	const struct tensor *data = ends.value->data;
	const int64_t *end =
		data && data->ints && !data->unknown ? data->ints : NULL;
	int64_t count = ends.shape.dim[0] - 1, tokens = x.shape.dim[0];
	int64_t each = tokens / count, more = tokens % count;
	s.channels = x.shape.dim[1];
	s.taps = w.shape.dim[2];
	bool even = end ? true : more == 0;
	for (int64_t k = 1; end && k < count; k++)
		even = even && end[k + 1] - end[k] == end[1] - end[0];
	if (!op_result(work, 2, x.shape.dim, &y))
		return false;
	for (int64_t k = 0, run; k < count; k += run) {
		run = 1;
		s.tokens = end ? end[k + 1] - end[k] : each + (k < more);
		if (!end)
			run = k < more ? more - k : count - k;
		while (end && k + run < count &&
			end[k + run + 1] - end[k + run] == s.tokens)
			run++;
		s.batch = run;
		if (s.tokens > 0 &&
			!causal_add(work, &s, &x, &w, even ? &y : NULL))
			return false;
	}
	return true;
}
