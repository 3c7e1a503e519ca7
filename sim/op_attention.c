/* Attention: scores = Q K^T and Y = scores V for each head, scaling and softmax
 * left out; com.microsoft's Attention makes Q, K and V by one product. Keys
 * that the model says nothing attends to are not multiplied with. */
#include "sim/op_rules.h"

#include "ir/checked.h"

#include <math.h>
#include <string.h>

/* Element x of row r of head h of batch b lies at base + b*batch + h*head +
 * r*row + x; in blocks, at ... + x / block * (rows between) + x % block. */
struct heads {
	int64_t count, rows, size; /* size: elements x of a row */
	int64_t base, batch, head, row;
	int64_t block, block_step; /* block 0: none */
};

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
	/* Not 0: the result is [tokens][head * size], of which this is the part
	 * from token first on. */
	int64_t tokens, first;
};

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
	if (!result_of(work, a, width, &product))
		return false;
	heads_of(&product.in.shape, 0, &r.in);
	r.weight = *v;
	r.transposed = false;
	r.inside = a->inside;
	r.columns = v->size;
	r.tokens = a->tokens ? q->rows : 0;
	r.token = a->first;
	op_add(work, &product, &r, sizeof r);
	return true;
}

/* --- what inputs say -------------------------------------------------------
 */

/* An input's elements where they are constant and whole numbers or not. */
static const struct tensor *constant(const struct op_work *work, int k)
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

/* A constant of one whole number; absent without one. */
static int64_t number(const struct op_work *work, int k, int64_t absent)
{
	const struct tensor *t = constant(work, k);
	return t && t->ints && t->count == 1 ? t->ints[0] : absent;
}

static bool flag(struct op_work *work, const char *name)
{
	int64_t value = 0;
	return node_attr(work->node, name) &&
		node_attr_int(work->ctx, work->node, name, 0, &value) && value;
}

#define MS "com.microsoft"

/* clang-format off */
/* What differs: attributes that count the heads; inputs: past of K and V, which
 * may be one tensor; length of the past in use; length in use with the new
 * rows, of all and of each sequence (less one in GroupQueryAttention); mask. */
static const struct kin {
	const char *domain, *op, *heads, *kv_heads;
	int past, past_v, past_length, total, lengths, mask;
} kins[] = {
	{"", "Attention",                       "q_num_heads", "kv_num_heads", 4, 5, -1, -1,  6,  3},
	{MS, "MultiHeadAttention",              "num_heads",   "num_heads",    6, 7,  8, -1, -1,  4},
	{MS, "DecoderMaskedMultiHeadAttention", "num_heads",   "num_heads",    5, 6,  7, -1, -1,  3},
	{MS, "GroupQueryAttention",             "num_heads",   "kv_num_heads", 3, 4, -1,  6,  5, -1},
	{MS, "SparseAttention",                 "num_heads",   "kv_num_heads", 3, 4, -1,  7,  8, -1},
	{MS, "Attention",                       "num_heads",   "num_heads",    4, 4,  6, -1, -1,  3},
	{MS, "QAttention",                      "num_heads",   "num_heads",    8, 8, -1, -1, -1,  5},
	{MS, "DecoderMaskedSelfAttention",      "num_heads",   "num_heads",    4, 4,  6, -1, -1,  3},
};
/* clang-format on */

static bool is_decoder(const struct kin *kin)
{
	return !strncmp(kin->op, "DecoderMasked", 13);
}

/* Rows first to end - 1 of K are attended to. */
struct span {
	int64_t first, end;
};

/* The longest of [batch] lengths; with [2 * batch], where the first starts. */
static struct span span_of_lengths(
	const struct tensor *t, int64_t batch, int64_t more)
{
	struct span span = {0, 0};
	for (int64_t b = 0; b < batch; b++)
		if (t->ints[b] + more > span.end)
			span.end = t->ints[b] + more;
	if (t->count == 2 * batch) {
		span.first = span.end;
		for (int64_t b = batch; b < 2 * batch; b++)
			if (t->ints[b] < span.first)
				span.first = t->ints[b];
		if (span.first < 0)
			span.first = 0;
	}
	return span;
}

/* What is left between the columns that a mask blanks out at both ends. */
static struct span span_of_mask(const struct tensor *t, struct span all)
{
	int64_t columns = t->shape.dim[t->shape.rank - 1];
	struct span span = {columns, 0};
	for (int64_t i = 0; i < t->count; i++) {
		if (t->ints ? !t->ints[i] : isinf(t->floats[i]))
			continue;
		int64_t c = i % columns;
		span.first = c < span.first ? c : span.first;
		span.end = c >= span.end ? c + 1 : span.end;
	}
	return span.first < span.end ? span : all;
}

/* Of rows rows, of which fresh are new. */
static struct span span_of(const struct op_work *work, const struct kin *kin,
	bool past, int64_t batch, int64_t rows, int64_t fresh)
{
	struct span all = {0, rows};
	const struct tensor *lengths = constant(work, kin->lengths);
	bool grouped = !strcmp(kin->op, "GroupQueryAttention");
	if (lengths && lengths->ints && lengths->count >= batch) {
		struct span span = span_of_lengths(lengths, batch, grouped);
		span.end = span.end < rows ? span.end : rows;
		return span;
	}
	all.end = number(work, kin->total, rows);
	int64_t before = past ? number(work, kin->past_length, -1) : -1;
	if (before >= 0 && before <= rows)
		all.end = before + fresh;
	if (all.end > rows)
		all.end = rows;
	const struct value *mask = kin->mask < 0
		? NULL
		: node_input(work->node, (size_t)kin->mask);
	const struct tensor *kept = constant(work, kin->mask);
	if (!mask || mask->shape.rank < 1)
		return all;
	int rank = mask->shape.rank;
	int64_t columns = mask->shape.dim[rank - 1];
	if (*kin->domain && rank == 1)
		return kept && kept->ints && kept->count >= batch
			? span_of_lengths(kept, batch, 0)
			: all;
	if (!*kin->domain && work->node->opset >= 24 && columns > 1 &&
		columns < rows)
		all.end = columns;
	else if (columns != rows || rank > (*kin->domain ? 3 : 4))
		return all;
	return kept ? span_of_mask(kept, all) : all;
}

/* --- the past --------------------------------------------------------------
 */

/* Rows that K has once the new ones have joined the past. */
static bool rows_joined(struct op_work *work, const struct kin *kin,
	int64_t past, int64_t fresh, int64_t *rows)
{
	const struct value *present = node_output(work->node, 1);
	int axis = kin->past == kin->past_v ? 3 : 2;
	bool shared = flag(work, "past_present_share_buffer") ||
		!strcmp(kin->op, "SparseAttention") ||
		(!strcmp(kin->op, "MultiHeadAttention") &&
			node_input(work->node, (size_t)kin->past_length));
	if (present && present->shape.rank == axis + 2 &&
		present->shape.dim[axis] > 0) {
		*rows = present->shape.dim[axis];
		return true;
	}
	if (shared) {
		*rows = past;
		return true;
	}
	if (!add_ok(past, fresh, rows))
		return op_refuse(work, "K passes 2^63 rows");
	if (kin->total >= 0)
		*rows = number(work, kin->total, *rows);
	if (kin->total >= 0 && *rows < past)
		*rows = past;
	return true;
}

/* K (part 0) or V with its past in front: an output, or a tensor of the
 * operator's own that holds the rows in use. */
static bool past_join(struct op_work *work, const struct kin *kin, int part,
	int64_t batch, int64_t rows, const struct span *span,
	struct op_operand *operand, struct heads *heads)
{
	bool both = kin->past == kin->past_v;
	const struct value *present =
		node_output(work->node, (size_t)(both ? 1 : 1 + part));
	int64_t elems, dims[] = {2, batch, heads->count, rows, heads->size};
	bool fits = present && present->shape.rank == 4 + both;
	for (int d = both ? 0 : 1; fits && d < 5; d++)
		fits = present->shape.dim[both ? d : d - 1] == dims[d];
	if (!fits)
		dims[3] = span->end - span->first;
	*operand = op_own(work, part ? "V with its past" : "K with its past", 4,
		dims + 1);
	if (!shape_elems(&operand->shape, &elems) ||
		!heads_of(&operand->shape, 0, heads))
		return op_refuse(work, "K or V passes 2^63 elements");
	heads->rows = span->end - span->first;
	if (!fits)
		return true;
	*operand =
		(struct op_operand){.value = present, .shape = present->shape};
	int bits = dtype_bits(present->type);
	int64_t block = bits ? 128 / bits : 1;
	if (is_decoder(kin) && !part && heads->size % block == 0 &&
		flag(work, "past_present_share_buffer")) {
		heads->row = heads->block = block;
		heads->block_step = rows * block;
	}
	heads->base = (both && part ? elems : 0) + span->first * heads->row;
	return true;
}

/* Puts the rows of K and V in use in place of the new ones. */
static bool keys_find(
	struct op_work *work, const struct kin *kin, struct attention *a)
{
	struct op_operand before, before_v;
	int64_t fresh = a->kh.rows, rows = fresh;
	bool both = kin->past == kin->past_v;
	bool past = node_input(work->node, (size_t)kin->past) != NULL;
	if (a->vh.rows != fresh)
		return op_refuse(work, "K has %lld rows, V %lld",
			(long long)fresh, (long long)a->vh.rows);
	if (past) {
		if (!op_take(work, (size_t)kin->past, &before) ||
			!op_take(work, (size_t)kin->past_v, &before_v))
			return false;
		if (before.shape.rank != 4 + both ||
			before_v.shape.rank != 4 + both)
			return op_refuse(work, "past of K is %s, of V %s",
				shape_text(work->ctx, &before.shape),
				shape_text(work->ctx, &before_v.shape));
		if (!rows_joined(work, kin, before.shape.dim[2 + both], fresh,
			    &rows))
			return false;
	}
	struct span span = span_of(work, kin, past, a->batch, rows, fresh);
	if (span.first < 0 || span.end > rows || span.first >= span.end)
		return op_refuse(work, "no rows of K, or more than %lld",
			(long long)rows);
	if (past)
		return past_join(work, kin, 0, a->batch, rows, &span, &a->k,
			       &a->kh) &&
			past_join(work, kin, 1, a->batch, rows, &span, &a->v,
				&a->vh);
	a->kh.rows = a->vh.rows = span.end - span.first;
	a->kh.base += span.first * a->kh.row;
	a->vh.base += span.first * a->vh.row;
	return true;
}

/* --- Q, K and V as inputs ------------------------------------------------- */

/* Part k of [batch][rows][heads][parts][size]. */
static bool part_of(struct op_work *work, const struct op_operand *operand,
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
static struct heads beside(
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
static bool all_beside(struct op_work *work, int64_t heads, int64_t kv_heads,
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
	a->qh = beside(s, 0, heads, size);
	a->kh = beside(s, heads * size, kv_heads, size);
	a->vh = beside(
		s, (heads + kv_heads) * size, kv_heads, v_size ? v_size : size);
	return true;
}

/* Of DecoderMaskedMultiHeadAttention, V's rows may be wider. */
static int64_t past_width(const struct op_work *work, const struct kin *kin)
{
	const struct value *past = node_input(work->node, (size_t)kin->past_v);
	return is_decoder(kin) && past && past->shape.rank == 4
		? past->shape.dim[3]
		: 0;
}

static bool separate(struct op_work *work, const struct kin *kin)
{
	struct attention a = {.inside = true};
	int64_t heads, kv_heads;
	bool ok;
	if (!node_attr_int(work->ctx, work->node, kin->heads, 0, &heads) ||
		!node_attr_int(
			work->ctx, work->node, kin->kv_heads, 0, &kv_heads) ||
		!op_take(work, 0, &a.q))
		return false;
	const struct value *k = node_input(work->node, 1);
	if (!k && a.q.shape.rank == 5) {
		a.k = a.v = a.q;
		ok = part_of(work, &a.q, 0, 3, &a.qh) &&
			part_of(work, &a.q, 1, 3, &a.kh) &&
			part_of(work, &a.q, 2, 3, &a.vh);
	} else if (!k) {
		ok = a.q.shape.rank == 3 &&
			all_beside(work, heads, kv_heads, past_width(work, kin),
				&a);
	} else if (k->shape.rank == 5) {
		ok = op_take(work, 1, &a.k) &&
			heads_of(&a.q.shape, heads, &a.qh) &&
			part_of(work, &a.k, 0, 2, &a.kh) &&
			part_of(work, &a.k, 1, 2, &a.vh);
		a.v = a.k;
	} else {
		ok = op_take(work, 1, &a.k) && op_take(work, 2, &a.v) &&
			heads_of(&a.q.shape, heads, &a.qh) &&
			heads_of(&a.k.shape, kv_heads, &a.kh) &&
			heads_of(&a.v.shape, kv_heads, &a.vh);
	}
	if (!ok)
		return op_refuse(work,
			"Q, K and V are not heads of 3 or 4 dimensions, nor "
			"packed");
	a.batch = a.q.shape.dim[0];
	if (a.k.shape.dim[0] != a.batch || a.v.shape.dim[0] != a.batch)
		return op_refuse(work, "Q, K and V are of different batches");
	a.inside = *kin->domain || a.q.shape.rank == 3;
	return keys_find(work, kin, &a) && attention_add(work, &a);
}

/* --- with the projections --------------------------------------------------
 */

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
static struct op_operand part(
	struct op_work *work, int64_t batch, const struct heads *h)
{
	/* The last element of the last row of the last batch, and one. */
	int64_t used = h->base + (batch - 1) * h->batch +
		(h->rows - 1) * h->row + (h->count - 1) * h->head + h->size;
	return op_own(work, "Q, K and V side by side", 1, &used);
}

/* x W = Q, K and V of heads: adds the product; x is [batch][rows][sum]. */
static bool project(struct op_work *work, int64_t batch, int64_t rows,
	int64_t heads, struct projection_rule *r, struct attention *a)
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
	*r = (struct projection_rule){rows, all, sum};
	int64_t dims[] = {batch, rows, all};
	product.out = op_own(work, "Q, K and V: batch, rows, widths", 3, dims);
	op_add(work, &product, r, sizeof *r);
	const struct shape made = {.rank = 3, .dim = dims};
	a->qh = beside(&made, 0, heads, q / heads);
	a->kh = beside(&made, q, heads, q / heads);
	a->vh = beside(&made, 2 * q, heads, v / heads);
	return true;
}

static bool projecting(struct op_work *work, const struct kin *kin)
{
	struct attention a = {.inside = true};
	struct projection_rule r;
	struct op_operand x;
	int64_t heads;
	if (!op_take(work, 0, &x) ||
		!node_attr_int(work->ctx, work->node, kin->heads, 0, &heads))
		return false;
	if (x.shape.rank != 3)
		return op_refuse(work, "X is %s, expected 3 dimensions",
			shape_text(work->ctx, &x.shape));
	a.batch = x.shape.dim[0];
	if (!project(work, a.batch, x.shape.dim[1], heads, &r, &a) ||
		!keys_find(work, kin, &a))
		return false;
	a.q = part(work, a.batch, &a.qh);
	if (!node_input(work->node, (size_t)kin->past)) {
		a.k = part(work, a.batch, &a.kh);
		a.v = part(work, a.batch, &a.vh);
	}
	return attention_add(work, &a);
}

/* --- sequences behind each other -------------------------------------------
 */

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
		a.q = part(work, s->count, &a.qh);
		a.k = part(work, s->count, &a.kh);
		a.v = part(work, s->count, &a.vh);
	}
	if (packed->gathers) {
		a.k = op_own(work, "K out of its blocks", 4,
			(int64_t[]){s->count, a.kh.count, s->keys, a.kh.size});
		a.v = op_own(work, "V out of its blocks", 4,
			(int64_t[]){s->count, a.vh.count, s->keys, a.vh.size});
		heads_of(&a.k.shape, 0, &a.kh);
		heads_of(&a.v.shape, 0, &a.vh);
	}
	return attention_add(work, &a);
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
	const struct tensor *ends = constant(work, ends_input);
	const struct tensor *past = packed->gathers ? constant(work, 6) : NULL;
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
	*out = beside(s, 0, heads, s->dim[1] / heads);
	return true;
}

static bool packed(struct op_work *work)
{
	struct packed p = {
		.gathers = !strcmp(work->node->op_type, "PagedAttention"),
		.own = !strcmp(work->node->op_type, "PackedAttention")};
	struct attention *a = &p.all;
	struct projection_rule r;
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
		return project(work, 1, p.tokens, heads, &r, a) &&
			all_sequences(work, &p);
	if (!node_input(work->node, 1)) {
		int64_t one[5] = {1, s->dim[0]};
		struct op_operand five = {
			.shape = {5, one}
                };
		a->k = a->v = a->q;
		if (s->rank == 2 && !all_beside(work, heads, kv_heads, 0, a))
			return false;
		for (int d = 1; s->rank == 4 && d < 4; d++)
			one[d + 1] = s->dim[d];
		if (s->rank == 4 &&
			(!part_of(work, &five, 0, 3, &a->qh) ||
				!part_of(work, &five, 1, 3, &a->kh) ||
				!part_of(work, &five, 2, 3, &a->vh)))
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

bool op_attention(struct op_work *work)
{
	const struct node *node = work->node;
	const char *domain = node->domain ? node->domain : "";
	for (size_t i = 0; i < sizeof kins / sizeof *kins; i++)
		if (!strcmp(kins[i].domain, domain) &&
			!strcmp(kins[i].op, node->op_type))
			return kins[i].past != kins[i].past_v
				? separate(work, &kins[i])
				: projecting(work, &kins[i]);
	return packed(work);
}
