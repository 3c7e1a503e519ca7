/* Attention: scores = Q K^T and Y = scores V for each head, scaling and softmax
 * left out; com.microsoft's Attention makes Q, K and V by one product. */
#include "sim/op_rules.h"

#include "ir/checked.h"

#include <string.h>

/* Element x of row r of head h of batch b lies at base + b*batch + h*head +
 * r*row + x. */
struct heads {
	int64_t count, rows, size; /* size: elements x of a row */
	int64_t base, batch, head, row;
};

struct heads_rule {
	struct heads in, weight;
	int64_t share;   /* heads of in to one of weight */
	bool transposed; /* the rows of weight are the columns of out */
	bool inside;     /* out is [batch][row][head * size], else
			  * [batch][head][row][size] */
	int64_t columns; /* of out, in a head */
};

static void heads_terms(const struct op_product *product, const int64_t *at,
	struct op_terms *terms)
{
	const struct heads_rule *r = product->rule;
	const struct heads *in = &r->in, *w = &r->weight;
	int64_t head = r->inside ? at[2] / r->columns : at[1];
	int64_t row = r->inside ? at[1] : at[2];
	int64_t column = r->inside ? at[2] % r->columns : at[3];
	terms->in =
		in->base + at[0] * in->batch + head * in->head + row * in->row;
	terms->weight = w->base + at[0] * w->batch + head / r->share * w->head +
		column * (r->transposed ? w->row : 1);
	op_put_dim(terms, in->size, 1, r->transposed ? 1 : w->row);
}

/* [batch][heads][rows][size], or [batch][rows][heads * size] with the number of
 * heads given. False when it is neither. */
static bool heads_of(
	const struct shape *shape, int64_t given, struct heads *out)
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

/* The two products behind Q, K and V, whose operands are given. */
struct attention {
	struct op_operand q, k, v;
	struct heads qh, kh, vh;
	int64_t batch;
	bool inside; /* of the result */
};

static bool attention_add(struct op_work *work, const struct attention *a)
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
	bool ok = a->inside
		? op_result(work, 3, (int64_t[]){a->batch, q->rows, width},
			  &product.out)
		: op_result(work, 4,
			  (int64_t[]){a->batch, q->count, q->rows, v->size},
			  &product.out);
	if (!ok)
		return false;
	heads_of(&product.in.shape, 0, &r.in);
	r.weight = *v;
	r.transposed = false;
	r.inside = a->inside;
	r.columns = v->size;
	op_add(work, &product, &r, sizeof r);
	return true;
}

/* --- Q, K and V as inputs ------------------------------------------------- */

#define MS "com.microsoft"

/* clang-format off */
/* What differs: attributes that count the heads, and where the past of K (V
 * follows) comes in, and goes out with the present. */
static const struct kin {
	const char *domain, *op, *heads, *kv_heads;
	size_t past, present;
} kins[] = {
	{"", "Attention",           "q_num_heads", "kv_num_heads", 4, 1},
	{MS, "MultiHeadAttention",  "num_heads",   "num_heads",    6, 1},
	{MS, "GroupQueryAttention", "num_heads",   "kv_num_heads", 3, 1},
};
/* clang-format on */

/* K or V with its past in front: an output, or a tensor of the operator's own.
 */
static bool past_join(struct op_work *work, size_t past, size_t present,
	const char *what, struct op_operand *operand, struct heads *heads)
{
	struct op_operand before;
	if (!node_input(work->node, past))
		return true;
	if (!op_take(work, past, &before))
		return false;
	const struct value *joined = node_output(work->node, present);
	int64_t dims[4] = {operand->shape.dim[0], heads->count, 0, heads->size};
	int64_t elems;
	if (before.shape.rank != 4 ||
		!add_ok(heads->rows, before.shape.dim[2], &dims[2]))
		return op_refuse(work, "past of %s is %s", what,
			shape_text(work->ctx, &before.shape));
	/* Past and present may share one buffer. */
	if (joined && joined->shape.rank == 4 && joined->shape.dim[2] > 0)
		dims[2] = joined->shape.dim[2];
	*operand = op_own(work, what, 4, dims);
	if (!shape_elems(&operand->shape, &elems))
		return op_refuse(work, "%s passes 2^63 elements", what);
	if (joined) {
		operand->value = joined;
		operand->own = NULL;
	}
	return heads_of(&operand->shape, 0, heads);
}

static bool separate(struct op_work *work, const struct kin *kin)
{
	struct attention a;
	int64_t heads, kv_heads;
	if (!node_input(work->node, 1) || !node_input(work->node, 2) ||
		node_input(work->node, 1)->shape.rank == 5)
		return op_leave(work, "Q, K and V in one tensor");
	if (!node_attr_int(work->ctx, work->node, kin->heads, 0, &heads) ||
		!node_attr_int(
			work->ctx, work->node, kin->kv_heads, 0, &kv_heads) ||
		!op_take(work, 0, &a.q) || !op_take(work, 1, &a.k) ||
		!op_take(work, 2, &a.v))
		return false;
	if (!heads_of(&a.q.shape, heads, &a.qh) ||
		!heads_of(&a.k.shape, kv_heads, &a.kh) ||
		!heads_of(&a.v.shape, kv_heads, &a.vh))
		return op_refuse(work,
			"Q is %s, K is %s and V is %s, expected heads of 3 or "
			"4 dimensions",
			shape_text(work->ctx, &a.q.shape),
			shape_text(work->ctx, &a.k.shape),
			shape_text(work->ctx, &a.v.shape));
	a.batch = a.q.shape.dim[0];
	if (a.k.shape.dim[0] != a.batch || a.v.shape.dim[0] != a.batch)
		return op_refuse(work, "Q, K and V are of different batches");
	a.inside = *kin->domain || a.q.shape.rank == 3;
	return past_join(work, kin->past, kin->present, "K with its past", &a.k,
		       &a.kh) &&
		past_join(work, kin->past + 1, kin->present + 1,
			"V with its past", &a.v, &a.vh) &&
		attention_add(work, &a);
}

/* --- com.microsoft Attention ---------------------------------------------- */

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

/* Q, K and V lie side by side in each row of the first product: the one from
 * column base on. */
static void part(struct op_work *work, const struct projection_rule *r,
	int64_t batch, int64_t heads, int64_t base, int64_t width,
	struct op_operand *operand, struct heads *out)
{
	int64_t used = (batch * r->rows - 1) * r->columns + base + width;
	*operand = op_own(work, "Q, K and V side by side", 1, &used);
	*out = (struct heads){.count = heads,
		.rows = r->rows,
		.size = width / heads,
		.base = base,
		.batch = r->rows * r->columns,
		.head = width / heads,
		.row = r->columns};
}

static bool projecting(struct op_work *work)
{
	struct op_product product = {.terms = projection_terms};
	int64_t heads, elems;
	size_t given;
	const int64_t *width;
	if (node_input(work->node, 4) &&
		!strcmp(work->node->op_type, "Attention"))
		return op_leave(work, "a past of K and V in one tensor");
	if (!op_take(work, 0, &product.in) ||
		!op_take(work, 1, &product.weight) ||
		!node_attr_int(work->ctx, work->node, "num_heads", 0, &heads) ||
		!node_attr_ints(work->ctx, work->node, "qkv_hidden_sizes",
			&given, &width))
		return false;
	const struct shape *x = &product.in.shape, *w = &product.weight.shape;
	bool ok = x->rank == 3 && w->rank == 2 && w->dim[0] == x->dim[2] &&
		heads >= 1 && mul_ok(x->dim[0], x->dim[1], &elems) &&
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
	struct projection_rule r = {x->dim[1], all, x->dim[2]};
	product.out = op_own(work, "Q, K and V: batch, rows, widths", 3,
		(int64_t[]){x->dim[0], x->dim[1], all});
	op_add(work, &product, &r, sizeof r);
	struct attention a = {.batch = x->dim[0], .inside = true};
	part(work, &r, a.batch, heads, 0, q, &a.q, &a.qh);
	part(work, &r, a.batch, heads, q, q, &a.k, &a.kh);
	part(work, &r, a.batch, heads, 2 * q, v, &a.v, &a.vh);
	return attention_add(work, &a);
}

bool op_attention(struct op_work *work)
{
	const struct node *node = work->node;
	const char *domain = node->domain ? node->domain : "";
	for (size_t i = 0; i < sizeof kins / sizeof *kins; i++)
		if (!strcmp(kins[i].domain, domain) &&
			!strcmp(kins[i].op, node->op_type))
			return separate(work, &kins[i]);
	return projecting(work);
}
