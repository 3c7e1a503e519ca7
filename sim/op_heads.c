/* Terms of one element of a product over heads. */
#include "sim/op_heads.h"

#include "base/checked.h"

struct heads_rule {
	struct heads in, weight;
	int64_t share;   /* heads of in to one of weight */
	bool transposed; /* the rows of weight are the columns of out */
	bool inside;     /* out is [batch][row][head * size], else
			  * [batch][head][row][size] */
	int64_t columns; /* of out, in a head */
	/* Of out as [token][head * size]: tokens of a batch, and the first. */
	int64_t tokens, token;
};

static void heads_terms(const struct op_product *product, const int64_t *at,
	struct op_terms *terms)
{
	const struct heads_rule *r = product->rule;
	const struct heads *in = &r->in, *w = &r->weight;
	int64_t batch = at[0], head, row, column;
	if (r->tokens) {
		batch = (at[0] - r->token) / r->tokens;
		row = (at[0] - r->token) % r->tokens;
		head = at[1] / r->columns;
		column = at[1] % r->columns;
	} else {
		head = r->inside ? at[2] / r->columns : at[1];
		row = r->inside ? at[1] : at[2];
		column = r->inside ? at[2] % r->columns : at[3];
	}
	terms->in =
		in->base + batch * in->batch + head * in->head + row * in->row;
	terms->weight = w->base + batch * w->batch + head / r->share * w->head +
		column * (r->transposed ? w->row : 1);
	if (!r->transposed) {
		op_put_dim(terms, in->size, 1, w->row);
		return;
	}
	if (w->block)
		op_put_dim(terms, in->size / w->block, w->block, w->block_step);
	op_put_dim(terms, w->block ? w->block : in->size, 1, 1);
}

bool op_heads(const struct shape *shape, int64_t given, struct heads *out)
{
	const int64_t *d = shape->dim;
	if (shape->rank == 4) {
		*out = (struct heads){.count = d[1],
			.rows = d[2],
			.size = d[3],
			.batch = d[1] * d[2] * d[3],
			.head = d[2] * d[3],
			.row = d[3]};
		return true;
	}
	if (shape->rank != 3 || given < 1 || d[2] % given)
		return false;
	*out = (struct heads){.count = given,
		.rows = d[1],
		.size = d[2] / given,
		.batch = d[1] * d[2],
		.head = d[2] / given,
		.row = d[2]};
	return true;
}

static const char scores_text[] = "scores: batch, heads, queries, keys";

static bool result_of(struct op_work *work, const struct attention *a,
	int64_t width, struct op_product *product)
{
	int64_t rows = a->qh.rows;
	if (!a->tokens && !a->inside)
		return op_result(work, 4,
			(int64_t[]){a->batch, a->qh.count, rows, a->vh.size},
			&product->out);
	if (!a->tokens)
		return op_result(work, 3, (int64_t[]){a->batch, rows, width},
			&product->out);
	product->first = a->first * width;
	product->end = (a->first + a->batch * rows) * width;
	return op_result(work, 2, (int64_t[]){a->tokens, width}, &product->out);
}

bool op_attention_add(struct op_work *work, const struct attention *a)
{
	const struct heads *q = &a->qh, *k = &a->kh, *v = &a->vh;
	int64_t scores[] = {a->batch, q->count, q->rows, k->rows}, elems = 1;
	for (int d = 0; d < 4; d++)
		if (!mul_ok(elems, scores[d], &elems))
			return op_refuse(
				work, "more than 2^63 attention scores");
	if (k->count < 1 || q->count % k->count || k->count != v->count ||
		k->rows != v->rows || q->size != k->size)
		return op_refuse(work,
			"Q is %s, K is %s and V is %s: their heads do not "
			"agree",
			shape_text(work->ctx, &a->q.shape),
			shape_text(work->ctx, &a->k.shape),
			shape_text(work->ctx, &a->v.shape));
	struct op_product product = {.terms = heads_terms,
		.in = a->q,
		.weight = a->k,
		.out = op_own(work, scores_text, 4, scores)};
	struct heads_rule r = {.in = *q,
		.weight = *k,
		.share = q->count / k->count,
		.transposed = true,
		.columns = k->rows};
	op_add(work, &product, &r, sizeof r);

	product.in = product.out;
	product.weight = a->v;
	int64_t width;
	if (!mul_ok(q->count, v->size, &width))
		return op_refuse(work, "the result passes 2^63 elements");
	if (!result_of(work, a, width, &product))
		return false;
	op_heads(&product.in.shape, 0, &r.in);
	r.weight = *v;
	r.transposed = false;
	r.inside = a->inside;
	r.columns = v->size;
	r.tokens = a->tokens ? q->rows : 0;
	r.token = a->first;
	op_add(work, &product, &r, sizeof r);
	return true;
}

/* Part k of [batch][rows][heads][parts][size]. */
bool op_heads_part(struct op_work *work, const struct op_operand *operand,
	int k, int parts, struct heads *out)
{
	const struct shape *s = &operand->shape;
	if (s->rank != 5 || s->dim[3] != parts)
		return op_refuse(work, "K and V in one tensor are %s",
			shape_text(work->ctx, s));
	int64_t size = s->dim[4], row = s->dim[2] * parts * size;
	*out = (struct heads){.count = s->dim[2],
		.rows = s->dim[1],
		.size = size,
		.base = k * size,
		.batch = s->dim[1] * row,
		.head = parts * size,
		.row = row};
	return true;
}

/* Heads of size elements each from element base of a row on. */
struct heads op_heads_beside(
	const struct shape *s, int64_t base, int64_t count, int64_t size)
{
	int64_t row = s->dim[s->rank - 1], rows = s->dim[s->rank - 2];
	return (struct heads){.count = count,
		.rows = rows,
		.size = size,
		.base = base,
		.batch = rows * row,
		.head = size,
		.row = row};
}

/* Q's heads and K's and V's, side by side in a row of Q's tensor; v_size 0: V's
 * are as wide. */
bool op_heads_packed(struct op_work *work, int64_t heads, int64_t kv_heads,
	int64_t v_size, struct attention *a)
{
	const struct shape *s = &a->q.shape;
	int64_t row = s->rank >= 2 ? s->dim[s->rank - 1] : 0;
	bool ok = heads >= 1 && kv_heads >= 1 && heads <= row &&
		kv_heads <= row && v_size < row / kv_heads;
	int64_t left = ok ? row - kv_heads * v_size : 0;
	int64_t all = ok ? heads + (v_size ? 1 : 2) * kv_heads : 1;
	if (!ok || left % all)
		return op_refuse(work,
			"Q is %s: no heads of Q, K and V side by side",
			shape_text(work->ctx, s));
	int64_t size = left / all;
	a->k = a->v = a->q;
	a->qh = op_heads_beside(s, 0, heads, size);
	a->kh = op_heads_beside(s, heads * size, kv_heads, size);
	a->vh = op_heads_beside(
		s, (heads + kv_heads) * size, kv_heads, v_size ? v_size : size);
	return true;
}

/* --- the projections ------------------------------------------------------ */

struct projection_rule {
	int64_t rows, columns, sum; /* rows: of one batch */
};

static void projection_terms(const struct op_product *product,
	const int64_t *at, struct op_terms *terms)
{
	const struct projection_rule *r = product->rule;
	terms->in = (at[0] * r->rows + at[1]) * r->sum;
	terms->weight = at[2];
	op_put_dim(terms, r->sum, 1, r->columns);
}

/* Q, K and V lie side by side in each row of the first product: the one whose
 * heads are given. */
struct op_operand op_project_part(
	struct op_work *work, int64_t batch, const struct heads *h)
{
	/* The last element of the last row of the last batch, and one. */
	int64_t used = h->base + (batch - 1) * h->batch +
		(h->rows - 1) * h->row + (h->count - 1) * h->head + h->size;
	return op_own(work, "Q, K and V side by side", 1, &used);
}

/* x W = Q, K and V of heads: adds the product; x is [batch][rows][sum]. */
bool op_project(struct op_work *work, int64_t batch, int64_t rows,
	int64_t heads, struct attention *a)
{
	struct op_product product = {.terms = projection_terms};
	int64_t elems;
	size_t given;
	const int64_t *width;
	if (!op_take(work, 0, &product.in) ||
		!op_take(work, 1, &product.weight) ||
		!node_attr_ints(work->ctx, work->node, "qkv_hidden_sizes",
			&given, &width))
		return false;
	const struct shape *x = &product.in.shape, *w = &product.weight.shape;
	int64_t sum = x->dim[x->rank - 1];
	bool ok = w->rank == 2 && w->dim[0] == sum && heads >= 1 &&
		mul_ok(batch, rows, &elems) &&
		mul_ok(elems, w->dim[1], &elems) && elems > 0;
	int64_t all = ok ? w->dim[1] : 0;
	int64_t q = given == 3 ? width[0] : all / 3;
	int64_t v = given == 3 ? width[2] : all / 3;
	ok = ok && q >= heads && v >= heads && q <= all && v <= all &&
		all - q - v == q && q % heads == 0 && v % heads == 0;
	if (!ok)
		return op_refuse(work,
			"X is %s and W is %s, expected W to give Q, K and V of "
			"%lld heads",
			shape_text(work->ctx, x), shape_text(work->ctx, w),
			(long long)heads);
	struct projection_rule r = {rows, all, sum};
	int64_t dims[] = {batch, rows, all};
	product.out = op_own(work, "Q, K and V: batch, rows, widths", 3, dims);
	op_add(work, &product, &r, sizeof r);
	const struct shape made = {.rank = 3, .dim = dims};
	a->qh = op_heads_beside(&made, 0, heads, q / heads);
	a->kh = op_heads_beside(&made, q, heads, q / heads);
	a->vh = op_heads_beside(&made, 2 * q, heads, v / heads);
	return true;
}

/* An input's elements where they are constant and whole numbers or not. */
const struct tensor *op_constant(const struct op_work *work, int k)
{
	enum { ELEMS_MAX = 65536 };
	struct value *value = k < 0 ? NULL : node_input(work->node, (size_t)k);
	int64_t elems;
	if (!value || !shape_elems(&value->shape, &elems) || elems > ELEMS_MAX)
		return NULL;
	struct graph *graph = work->node->graph;
	if (!value->data && value->init && graph && graph->model->load &&
		!graph->model->load(work->ctx, graph->model, value, ELEMS_MAX))
		return NULL;
	const struct tensor *data = value->data;
	if (!data || data->count != elems)
		return NULL;
	for (int64_t i = 0; data->unknown && i < elems; i++)
		if (data->unknown[i])
			return NULL;
	return data;
}
