/* Attention over sequences that lie behind each other without padding. */
#include "sim/op_heads.h"

#include "base/checked.h"

/* Sequences of equal length from token first on. */
struct sequences {
	int64_t count, first, rows, keys;
};

/* Heads of all tokens -> those of the sequences. */
static struct heads heads_from(
	const struct heads *all, const struct sequences *s)
{
	struct heads heads = *all;
	heads.rows = s->rows;
	heads.base += s->first * all->row;
	heads.batch = s->rows * all->row;
	return heads;
}

/* All tokens' Q, K and V; own: they are no values but the projection's. */
struct packed {
	struct attention all;
	int64_t tokens;
	bool own, gathers;
};

static bool sequences_add(struct op_work *work, const struct packed *packed,
	const struct sequences *s)
{
	struct attention a = packed->all;
	if (!s->count || !s->rows || !s->keys)
		return true;
	a.batch = s->count;
	a.tokens = packed->tokens;
	a.first = s->first;
	a.qh = heads_from(&packed->all.qh, s);
	a.kh = heads_from(&packed->all.kh, s);
	a.vh = heads_from(&packed->all.vh, s);
	if (packed->own) {
		a.q = op_project_part(work, s->count, &a.qh);
		a.k = op_project_part(work, s->count, &a.kh);
		a.v = op_project_part(work, s->count, &a.vh);
	}
	if (packed->gathers) {
		a.k = op_own(work, "K out of its blocks", 4,
			(int64_t[]){s->count, a.kh.count, s->keys, a.kh.size});
		a.v = op_own(work, "V out of its blocks", 4,
			(int64_t[]){s->count, a.vh.count, s->keys, a.vh.size});
		op_heads(&a.k.shape, 0, &a.kh);
		op_heads(&a.v.shape, 0, &a.vh);
	}
	return op_attention_add(work, &a);
}

/* The keys of a paged sequence whose past is unknown. */
static int64_t block_rows(const struct op_work *work)
{
	const struct value *table = node_input(work->node, 7);
	const struct value *cache = node_input(work->node, 3);
	int64_t rows = 0;
	return table && cache && table->shape.rank == 2 &&
			cache->shape.rank == 4 &&
			mul_ok(table->shape.dim[1], cache->shape.dim[1], &rows)
		? rows
		: 0;
}

/* Joins sequences of one length that follow each other, and adds them. */
static bool all_sequences(struct op_work *work, const struct packed *packed)
{
	bool projects = packed->own;
	int ends_input = projects ? 4 : 5;
	int table_input = packed->gathers ? 7 : projects ? 3 : 4;
	const struct value *table = node_input(work->node, (size_t)table_input);
	const struct value *sums = node_input(work->node, (size_t)ends_input);
	const struct tensor *ends = op_constant(work, ends_input);
	const struct tensor *past =
		packed->gathers ? op_constant(work, 6) : NULL;
	int64_t batch = table && table->shape.rank > 0 ? table->shape.dim[0]
		: sums && sums->shape.rank > 0         ? sums->shape.dim[0] - 1
						       : 0;
	if (batch < 1)
		return op_refuse(work, "the number of sequences is not known");
	bool told = ends && ends->ints && ends->count == batch + 1;
	bool past_told = past && past->ints && past->count == batch;
	struct sequences run = {0};
	for (int64_t b = 0, token = 0; b < batch;) {
		int64_t long_ones = packed->tokens % batch, many = 1;
		int64_t rows = packed->tokens / batch + (b < long_ones);
		if (told)
			rows = ends->ints[b + 1] - ends->ints[b];
		else if (!past_told)
			many = b < long_ones ? long_ones : batch - long_ones;
		if (!rows) {
			b += many;
			continue;
		}
		int64_t keys = rows + (past_told ? past->ints[b] : 0);
		if (packed->gathers && !past_told && block_rows(work) > rows)
			keys = block_rows(work);
		if (run.rows == rows && run.keys == keys) {
			run.count += many;
		} else {
			if (!sequences_add(work, packed, &run))
				return false;
			run = (struct sequences){many, token, rows, keys};
		}
		token += many * rows;
		b += many;
	}
	return sequences_add(work, packed, &run);
}

/* [tokens][heads * size] */
static bool tokens_take(struct op_work *work, size_t k, int64_t heads,
	struct op_operand *operand, struct heads *out)
{
	if (!op_take(work, k, operand))
		return false;
	const struct shape *s = &operand->shape;
	if (s->rank != 2 || heads < 1 || s->dim[1] % heads)
		return op_refuse(
			work, "input %zu is %s", k, shape_text(work->ctx, s));
	*out = op_heads_beside(s, 0, heads, s->dim[1] / heads);
	return true;
}

bool op_attention_packed(struct op_work *work)
{
	struct packed p = {.gathers = node_is(work->node, OP_MS_PagedAttention),
		.own = node_is(work->node, OP_MS_PackedAttention)};
	struct attention *a = &p.all;
	int64_t heads, kv_heads, latent;
	if (!node_attr_int(work->ctx, work->node, "num_heads", 0, &heads) ||
		!node_attr_int(work->ctx, work->node,
			p.gathers ? "kv_num_heads" : "num_heads", 0,
			&kv_heads) ||
		!node_attr_int(
			work->ctx, work->node, "v_head_size", 0, &latent) ||
		!op_take(work, 0, &a->q))
		return false;
	const struct shape *s = &a->q.shape;
	if (s->rank != 2 && s->rank != 4)
		return op_refuse(
			work, "input 0 is %s", shape_text(work->ctx, s));
	p.tokens = s->dim[0];
	if (p.own)
		return op_project(work, 1, p.tokens, heads, a) &&
			all_sequences(work, &p);
	if (!node_input(work->node, 1)) {
		int64_t one[5] = {1, s->dim[0]};
		struct op_operand five = {
			.shape = {5, one}
                };
		a->k = a->v = a->q;
		if (s->rank == 2 &&
			!op_heads_packed(work, heads, kv_heads, 0, a))
			return false;
		for (int d = 1; s->rank == 4 && d < 4; d++)
			one[d + 1] = s->dim[d];
		if (s->rank == 4 &&
			(!op_heads_part(work, &five, 0, 3, &a->qh) ||
				!op_heads_part(work, &five, 1, 3, &a->kh) ||
				!op_heads_part(work, &five, 2, 3, &a->vh)))
			return false;
		return all_sequences(work, &p);
	}
	if (!tokens_take(work, 0, heads, &a->q, &a->qh) ||
		!tokens_take(work, 1, kv_heads, &a->k, &a->kh))
		return false;
	if (p.gathers && !node_input(work->node, 2) && latent > 0) {
		a->v = a->k;
		a->vh = a->kh;
		a->vh.size = latent;
	} else if (!tokens_take(work, 2, kv_heads, &a->v, &a->vh)) {
		return false;
	}
	return all_sequences(work, &p);
}
