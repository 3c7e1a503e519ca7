/* Attention over sequences that lie behind each other without padding: a
 * product of scores and one of the result for each run of equally long ones.
 */
#include "passes/lower_heads.h"

#include "base/checked.h"
#include "passes/attention.h"
#include "passes/shape_rule.h"

/* All sequences together: batch 1 of as many rows as there are tokens; y is
 * [tokens][heads * v_size]. gathers: K and V of a run come out of blocks, so
 * that each run has its own. */
struct tokens {
	int64_t count;
	struct attention all;
	bool gathers;
};

/* Heads of a run in a tensor of all tokens. */
static struct heads run_heads(
	const struct heads *all, const struct sequence_run *run)
{
	struct heads heads = *all;
	heads.base += run->first * all->row;
	heads.batch = run->rows * all->row;
	return heads;
}

/* K or V of a run out of blocks, dense. */
static struct heads run_gathered(const struct heads *all,
	const struct tokens *tokens, const struct sequence_run *run,
	int64_t size)
{
	struct heads heads =
		heads_outside(NULL, tokens->all.kv_heads, run->keys, size);
	heads_own(&heads, all->type);
	return heads;
}

static bool gathered_ok(struct lowering *lo, const struct tokens *tokens,
	const struct sequence_run *run)
{
	int64_t wide = tokens->all.size > tokens->all.v_size
		? tokens->all.size
		: tokens->all.v_size;
	int64_t elems;
	return (mul_ok(run->count, run->keys, &elems) &&
		       mul_ok(elems, tokens->all.kv_heads, &elems) &&
		       mul_ok(elems, wide, &elems) &&
		       elems <= (int64_t)1 << 53) ||
		diag_error(lo->ctx, &lo->loc,
			"K of %lld sequences of %lld rows has more than 2^53 "
			"elements",
			(long long)run->count, (long long)run->keys);
}

static enum outcome runs_lower(struct lowering *lo, const struct tokens *tokens)
{
	struct sequence_run *runs;
	size_t count;
	if (!sequences_of(lo->ctx, lo->node, sequence_op_of(lo->node),
		    tokens->count, &runs, &count, &lo->open))
		return OUTCOME_ERROR;
	if (lo->open)
		return lower_leave(lo, true, "");
	if (!count)
		return lower_leave(
			lo, false, "no multiplications: no sequence has rows");
	for (size_t k = 0; k < count; k++) {
		const struct sequence_run *run = &runs[k];
		struct attention a = tokens->all;
		a.batch = run->count;
		a.queries = run->rows;
		a.keys = run->keys;
		a.q = run_heads(&tokens->all.q, run);
		a.y = run_heads(&tokens->all.y, run);
		if (!tokens->gathers) {
			a.k = run_heads(&tokens->all.k, run);
			a.v = run_heads(&tokens->all.v, run);
		} else if (gathered_ok(lo, tokens, run)) {
			a.k = run_gathered(&tokens->all.k, tokens, run, a.size);
			a.v = run_gathered(
				&tokens->all.v, tokens, run, a.v_size);
		} else {
			return OUTCOME_ERROR;
		}
		enum outcome outcome = attention_lower(lo, &a);
		if (outcome != OUTCOME_LAYER)
			return outcome;
	}
	return OUTCOME_LAYER;
}

static enum outcome result_set(struct lowering *lo, struct tokens *tokens)
{
	const struct value *y = lower_result(lo->node);
	struct attention *a = &tokens->all;
	int64_t width;
	if (!mul_ok(a->heads, a->v_size, &width))
		return lower_refuse(lo, "output has more than 2^53 elements");
	a->y = heads_inside(y, tokens->count, a->v_size, width, 0);
	heads_take(&a->y, y);
	enum outcome outcome =
		lower_set_output(lo, 2, (int64_t[]){tokens->count, width});
	return outcome == OUTCOME_LAYER ? runs_lower(lo, tokens) : outcome;
}

/* --- PackedAttention ------------------------------------------------------ */

static enum outcome projecting_lower(struct lowering *lo)
{
	struct tokens tokens = {0};
	struct attention *a = &tokens.all;
	int64_t heads, width, v_width;
	enum outcome outcome = lower_take_operands(lo, 0, 1);
	if (outcome != OUTCOME_LAYER)
		return outcome;
	const struct shape *x = &lo->layer.input_shape;
	const struct shape *w = &lo->layer.weight_shape;
	if (x->rank != 2 || w->rank != 2 || w->dim[0] != x->dim[1])
		return lower_refuse(lo,
			"input is %s and weight %s, expected tokens x width "
			"and width x Q, K and V",
			shape_text(lo->ctx, x), shape_text(lo->ctx, w));
	if (!node_attr_int(lo->ctx, lo->node, "num_heads", 0, &heads))
		return OUTCOME_ERROR;
	outcome = project_widths(lo, heads, &width, &v_width);
	if (outcome == OUTCOME_LAYER)
		outcome = project_lower(lo, x->dim[0], x->dim[1], w->dim[1]);
	if (outcome != OUTCOME_LAYER)
		return outcome;
	int64_t all = w->dim[1];
	tokens.count = x->dim[0];
	*a = (struct attention){.heads = heads,
		.kv_heads = heads,
		.size = width / heads,
		.v_size = v_width / heads};
	a->q = heads_inside(NULL, tokens.count, a->size, all, 0);
	a->k = heads_inside(NULL, tokens.count, a->size, all, width);
	a->v = heads_inside(NULL, tokens.count, a->v_size, all, 2 * width);
	heads_own(&a->q, lower_result(lo->node)->type);
	heads_own(&a->k, a->q.type);
	heads_own(&a->v, a->q.type);
	return result_set(lo, &tokens);
}

/* --- Q, K and V as inputs ------------------------------------------------- */

/* [tokens][heads * size] */
static enum outcome rows_read(struct lowering *lo, const struct value *value,
	const char *role, const struct tokens *tokens, int64_t heads,
	int64_t *size, struct heads *out)
{
	enum outcome outcome = lower_take(lo, value, role);
	if (outcome != OUTCOME_LAYER)
		return outcome;
	const struct shape *s = &value->shape;
	if (s->rank != 2 || s->dim[0] != tokens->count || heads < 1 ||
		s->dim[1] % heads)
		return lower_refuse(lo,
			"%s is %s, expected %lld tokens x a multiple of %lld "
			"heads",
			role, shape_text(lo->ctx, s), (long long)tokens->count,
			(long long)heads);
	*size = s->dim[1] / heads;
	*out = heads_inside(value, s->dim[0], *size, s->dim[1], 0);
	heads_take(out, value);
	return OUTCOME_LAYER;
}

/* Q, K and V of [tokens][heads][3][size], or side by side in each row. */
static enum outcome packed_read(
	struct lowering *lo, const struct value *value, struct tokens *tokens)
{
	const struct shape *s = &value->shape;
	struct attention *a = &tokens->all;
	bool apart = s->rank == 4;
	int64_t row = apart ? s->dim[2] * s->dim[3] : s->dim[1];
	bool ok = a->heads >= 1 && a->kv_heads >= 1 &&
		(!apart ||
			(s->dim[1] == a->heads && s->dim[2] == 3 &&
				a->kv_heads == a->heads));
	int64_t all = 3;
	if (ok && !apart) {
		ok = a->heads <= row && a->kv_heads <= row;
		all = ok ? a->heads + 2 * a->kv_heads : 1;
	}
	if (!ok || row % all)
		return lower_refuse(lo,
			"Q, K and V in one tensor are %s, expected tokens x "
			"size of %lld, %lld and %lld heads",
			shape_text(lo->ctx, s), (long long)a->heads,
			(long long)a->kv_heads, (long long)a->kv_heads);
	int64_t size = a->size = a->v_size = row / all;
	int64_t k = apart ? size : a->heads * size;
	int64_t v = apart ? 2 * size : k + a->kv_heads * size;
	int64_t width = apart ? a->heads * row : row;
	a->q = heads_inside(value, s->dim[0], size, width, 0);
	a->k = heads_inside(value, s->dim[0], size, width, k);
	a->v = heads_inside(value, s->dim[0], size, width, v);
	if (apart)
		a->q.head = a->k.head = a->v.head = 3 * size;
	heads_take(&a->q, value);
	heads_take(&a->k, value);
	heads_take(&a->v, value);
	return OUTCOME_LAYER;
}

static enum outcome separate_lower(struct lowering *lo)
{
	bool paged = node_is(lo->node, OP_MS_PagedAttention);
	const struct value *q = node_input(lo->node, 0);
	const struct value *k = node_input(lo->node, 1);
	const struct value *v = node_input(lo->node, 2);
	struct tokens tokens = {.gathers = paged};
	struct attention *a = &tokens.all;
	int64_t k_size, v_size, latent;
	enum outcome outcome = lower_take(lo, q, "Q");
	if (outcome != OUTCOME_LAYER)
		return outcome;
	if (!node_attr_int(lo->ctx, lo->node, "num_heads", 0, &a->heads) ||
		!node_attr_int(lo->ctx, lo->node,
			paged ? "kv_num_heads" : "num_heads", 0,
			&a->kv_heads) ||
		!node_attr_int(lo->ctx, lo->node, "v_head_size", 0, &latent))
		return OUTCOME_ERROR;
	if (q->shape.rank != 2 && (paged || q->shape.rank != 4))
		return lower_refuse(lo, "Q is %s, expected %s dimensions",
			shape_text(lo->ctx, &q->shape), paged ? "2" : "2 or 4");
	tokens.count = q->shape.dim[0];
	lo->layer.input_shape = q->shape;
	lo->layer.weight_shape = k ? k->shape : q->shape;
	if (!k) {
		outcome = packed_read(lo, q, &tokens);
		return outcome == OUTCOME_LAYER ? result_set(lo, &tokens)
						: outcome;
	}
	outcome = rows_read(lo, q, "Q", &tokens, a->heads, &a->size, &a->q);
	if (outcome == OUTCOME_LAYER)
		outcome = rows_read(
			lo, k, "K", &tokens, a->kv_heads, &k_size, &a->k);
	/* Without V, its heads are the beginnings of those of K. */
	bool begins = paged && !v && latent > 0;
	if (outcome == OUTCOME_LAYER && !begins)
		outcome = rows_read(
			lo, v, "V", &tokens, a->kv_heads, &v_size, &a->v);
	if (outcome != OUTCOME_LAYER)
		return outcome;
	if (begins) {
		a->v = a->k;
		v_size = latent;
	}
	a->v_size = v_size;
	if (k_size != a->size || (begins && latent > k_size))
		return lower_refuse(lo,
			"heads of Q have %lld elements, of K %lld, of V %lld",
			(long long)a->size, (long long)k_size,
			(long long)v_size);
	return result_set(lo, &tokens);
}

enum outcome lower_attention_packed(struct lowering *lo)
{
	return node_is(lo->node, OP_MS_PackedAttention) ? projecting_lower(lo)
							: separate_lower(lo);
}
