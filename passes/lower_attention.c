/* Attention: scores = Q K^T and result = scores V, per head; com.microsoft's
 * Attention makes Q, K and V itself first, by one product. */
#include "passes/lower_heads.h"

#include "base/checked.h"
#include "passes/attention.h"
#include "passes/shape_rule.h"

static const int64_t elems_max = (int64_t)1 << 53;

struct heads heads_outside(
	const struct value *value, int64_t heads, int64_t rows, int64_t size)
{
	return (struct heads){.value = value,
		.batch = heads * rows * size,
		.head = rows * size,
		.row = size};
}

struct heads heads_inside(const struct value *value, int64_t rows, int64_t size,
	int64_t width, int64_t base)
{
	return (struct heads){.value = value,
		.base = base,
		.batch = rows * width,
		.head = size,
		.row = width};
}

void heads_take(struct heads *heads, const struct value *value)
{
	heads->value = value;
	heads->type = value->type;
	heads->moved = lower_moved_value(value);
	heads->moved_type = lower_moved_type(value);
}

void heads_own(struct heads *heads, enum dtype type)
{
	heads->value = heads->moved = NULL;
	heads->type = heads->moved_type = type;
}

/* O of I and W; one quantised operand alone is computed with as floats. */
static void nest_operands(struct lowering *lo, struct product *product,
	const struct heads *o, const struct heads *i, const struct heads *w)
{
	const struct heads *heads[OPND_COUNT] = {o, i, w};
	bool quantised = dtype_is_integer(i->moved_type) &&
		dtype_is_integer(w->moved_type);
	for (int k = 0; k < OPND_COUNT; k++) {
		bool moved = quantised && k != OPND_O;
		lo->operand[k] = moved ? heads[k]->moved : heads[k]->value;
		lo->type[k] = moved ? heads[k]->moved_type : heads[k]->type;
		product->base[k] = heads[k]->base;
	}
	lo->type[OPND_O] = lower_sum_type(
		lo->type[OPND_I], lo->type[OPND_W], o->type);
}

/* Puts batch and heads; queries of all heads that share a K stay together. */
static void put_heads(struct product *product, const struct attention *a,
	const struct heads *o, const struct heads *i, const struct heads *w)
{
	int64_t share = a->heads / a->kv_heads;
	product_put(product, a->batch, o->batch, i->batch, w->batch);
	product_put(product, a->kv_heads, share * o->head, share * i->head,
		w->head);
	product_put(product, share, o->head, i->head, 0);
	product_put(product, a->queries, o->row, i->row, 0);
}

/* The elements of a head, summed over. */
static void put_size(struct product *product, int64_t size,
	const struct heads *q, const struct heads *k)
{
	(void)q; /* never in blocks */
	if (k->block) {
		product_put(
			product, size / k->block, 0, k->block, k->block_pitch);
		size = k->block;
	}
	product_put(product, size, 0, 1, 1);
}

enum outcome attention_lower(struct lowering *lo, const struct attention *a)
{
	int64_t elems;
	if (a->heads % a->kv_heads)
		return lower_refuse(lo,
			"%lld heads of Q share %lld heads of K, expected a "
			"multiple",
			(long long)a->heads, (long long)a->kv_heads);
	if (!mul_ok(a->batch, a->heads, &elems) ||
		!mul_ok(elems, a->queries, &elems) ||
		!mul_ok(elems, a->keys, &elems) || elems > elems_max)
		return lower_refuse(lo, "more than 2^53 attention scores");
	struct heads scores =
		heads_outside(NULL, a->heads, a->queries, a->keys);
	heads_own(&scores, a->y.type);

	struct product product = {0};
	nest_operands(lo, &product, &scores, &a->q, &a->k);
	put_heads(&product, a, &scores, &a->q, &a->k);
	product_put(&product, a->keys, 1, 0, a->k.row);
	put_size(&product, a->size, &a->q, &a->k);
	enum outcome outcome = product_lower(lo, &product);
	if (outcome != OUTCOME_LAYER)
		return outcome;

	product = (struct product){0};
	nest_operands(lo, &product, &a->y, &scores, &a->v);
	put_heads(&product, a, &a->y, &scores, &a->v);
	product_put(&product, a->v_size, 1, 0, 1);
	product_put(&product, a->keys, 0, 1, a->v.row);
	return product_lower(lo, &product);
}

/* --- the past ------------------------------------------------------------- */

/* The past of K (part 0) or V (part 1): [batch][heads][rows][size], or both in
 * one tensor, [2][...]. Its rows together with the new ones that a has. */
static enum outcome past_rows(struct lowering *lo,
	const struct attention_op *op, int part, const struct attention *a,
	int64_t *rows)
{
	int64_t size = part ? a->v_size : a->size;
	bool both = op->past_k == op->past_v;
	const struct value *before =
		node_input(lo->node, (size_t)(part ? op->past_v : op->past_k));
	int64_t bits;
	if (!before)
		return lower_refuse(lo,
			"it has a past of %s and none of %s, expected both",
			part ? "K" : "V", part ? "V" : "K");
	/* An empty past is a past. */
	if (!shape_known(&before->shape)) {
		lo->open = before;
		return lower_leave(lo, true, "");
	}
	const struct shape *s = &before->shape;
	const int64_t *dim = s->dim + both;
	if (!node_attr_int(lo->ctx, lo->node, "kv_cache_bit_width", 8, &bits))
		return OUTCOME_ERROR;
	int64_t stored = bits == 4 ? size / 2 + size % 2 : size;
	if (s->rank != 4 + both || (both && s->dim[0] != 2) ||
		dim[0] != a->batch || dim[1] != a->kv_heads || dim[3] != stored)
		return lower_refuse(lo,
			"past of %s is %s, expected %s%lld x %lld x past x "
			"%lld",
			part ? "V" : "K", shape_text(lo->ctx, s),
			both ? "2 x " : "", (long long)a->batch,
			(long long)a->kv_heads, (long long)stored);
	if (!attention_rows(lo->ctx, lo->node, op, a->keys, rows))
		return lower_refuse(lo, "more than 2^63 rows of K");
	if (*rows < 0) {
		lo->open = before;
		return lower_leave(lo, true, "");
	}
	return OUTCOME_LAYER;
}

/* The output that holds K or V with its past, if it is one and holds each
 * element as it is. */
static const struct value *present_of(const struct lowering *lo,
	const struct attention_op *op, int part, const struct attention *a,
	int64_t rows, int64_t size)
{
	bool both = op->past_k == op->past_v;
	const struct value *present =
		node_output(lo->node, (size_t)(1 + (both ? 0 : part)));
	if (!present || present->shape.rank != 4 + both)
		return NULL;
	const int64_t *dim = present->shape.dim + both;
	return dim[0] == a->batch && dim[1] == a->kv_heads && dim[2] == rows &&
			dim[3] == size
		? present
		: NULL;
}

/* x elements of 16 bytes lie together in a K that is reordered. */
static int64_t block_of(const struct attention_op *op, enum dtype type,
	int64_t size, bool shared)
{
	int bits = dtype_bits(type);
	int64_t block = bits ? 128 / bits : 1;
	return op->reorders && shared && size % block == 0 ? block : 0;
}

/* K and V are what the operator joins to their past. span: the rows in use. */
static enum outcome past_join(struct lowering *lo,
	const struct attention_op *op, struct attention *a, int64_t rows,
	const struct key_span *span)
{
	bool both = op->past_k == op->past_v;
	struct heads *heads[] = {&a->k, &a->v};
	const int64_t sizes[] = {a->size, a->v_size};
	for (int part = 0; part < 2; part++) {
		enum dtype type = heads[part]->type;
		const struct value *present =
			present_of(lo, op, part, a, rows, sizes[part]);
		/* One that is no output holds what is in use alone. */
		int64_t held = present ? rows : span->count, elems;
		if (!mul_ok(a->batch * a->kv_heads, held, &elems) ||
			!mul_ok(elems, sizes[part], &elems) ||
			elems > elems_max)
			return lower_refuse(lo,
				"%s and its past have more than 2^53 elements",
				part ? "V" : "K");
		*heads[part] =
			heads_outside(present, a->kv_heads, held, sizes[part]);
		heads_own(heads[part], type);
		heads[part]->value = heads[part]->moved = present;
		if (present && both && part)
			heads[part]->base = elems;
		int64_t block = part || !present
			? 0
			: block_of(op, present->type, sizes[part],
				  attention_shares(lo->ctx, lo->node, op));
		if (block) {
			heads[part]->row = heads[part]->block = block;
			heads[part]->block_pitch = held * block;
		}
		if (present)
			heads[part]->base += span->first * heads[part]->row;
	}
	return OUTCOME_LAYER;
}

/* What is in use of K and V, whose new rows a has, and where it lies. */
static enum outcome keys_find(
	struct lowering *lo, const struct attention_op *op, struct attention *a)
{
	const struct value *past = node_input(lo->node, (size_t)op->past_k);
	if (!past && op->past_v != op->past_k)
		past = node_input(lo->node, (size_t)op->past_v);
	int64_t rows = a->keys;
	struct key_span span;
	if (past) {
		enum outcome outcome = past_rows(lo, op, 0, a, &rows);
		if (outcome == OUTCOME_LAYER)
			outcome = past_rows(lo, op, 1, a, &rows);
		if (outcome != OUTCOME_LAYER)
			return outcome;
	}
	if (!attention_span(lo->ctx, lo->node, op, rows, a->keys, &span))
		return OUTCOME_ERROR;
	if (!span.count)
		return lower_leave(
			lo, false, "no multiplications: no row of K is in use");
	a->keys = span.count;
	if (past)
		return past_join(lo, op, a, rows, &span);
	a->k.base += span.first * a->k.row;
	a->v.base += span.first * a->v.row;
	return OUTCOME_LAYER;
}

/* --- Q, K and V as inputs ------------------------------------------------ */

/* Q, K or V as an input: its sizes, and where its heads lie. */
struct part {
	int64_t batch, heads, rows, size;
	struct heads at;
};

/* Of [batch][heads][rows][size], or [batch][rows][heads * size] with the given
 * number of heads. */
static bool heads_read(struct lowering *lo, const struct value *value,
	const char *role, int64_t given, struct part *out)
{
	const struct shape *s = &value->shape;
	out->batch = s->dim[0];
	if (s->rank == 4) {
		out->heads = s->dim[1];
		out->rows = s->dim[2];
		out->size = s->dim[3];
		out->at = heads_outside(
			value, out->heads, out->rows, out->size);
	} else {
		if (given < 1 || s->dim[2] % given)
			return diag_error(lo->ctx, &lo->loc,
				"%s is %s, expected its width to be a multiple "
				"of %lld heads",
				role, shape_text(lo->ctx, s), (long long)given);
		out->heads = given;
		out->rows = s->dim[1];
		out->size = s->dim[2] / given;
		out->at = heads_inside(
			value, out->rows, out->size, s->dim[2], 0);
	}
	heads_take(&out->at, value);
	return true;
}

/* A tensor [batch][rows][heads][parts][size] of several of Q, K and V: part k.
 */
static bool part_read(struct lowering *lo, const struct value *value, int k,
	int64_t heads, int64_t parts, struct heads *out)
{
	const struct shape *s = &value->shape;
	if (s->rank != 5 || s->dim[2] != heads || s->dim[3] != parts)
		return diag_error(lo->ctx, &lo->loc,
			"%s in one tensor are %s, expected batch x rows x "
			"%lld x %lld x size",
			parts == 2 ? "K and V" : "Q, K and V",
			shape_text(lo->ctx, s), (long long)heads,
			(long long)parts);
	int64_t size = s->dim[4], width = heads * parts * size;
	*out = heads_inside(value, s->dim[1], size, width, k * size);
	out->head = parts * size;
	heads_take(out, value);
	return true;
}

/* Q, K and V side by side in rows of one tensor; v_size 0: as wide as K's. */
static bool rows_read(struct lowering *lo, const struct value *value,
	int64_t v_size, struct attention *a)
{
	const struct shape *s = &value->shape;
	int64_t row = s->rank == 3 ? s->dim[2] : 0, all = 1, apart = 0;
	bool ok = a->heads <= row && a->kv_heads <= row &&
		mul_ok(a->kv_heads, v_size, &apart) && apart < row;
	if (ok)
		all = a->heads + (v_size ? 1 : 2) * a->kv_heads;
	int64_t width = row - apart;
	if (!ok || width % all)
		return diag_error(lo->ctx, &lo->loc,
			"Q, K and V in one tensor are %s, expected batch x "
			"rows x heads x size of %lld, %lld and %lld heads",
			shape_text(lo->ctx, s), (long long)a->heads,
			(long long)a->kv_heads, (long long)a->kv_heads);
	a->size = width / all;
	a->v_size = v_size ? v_size : a->size;
	int64_t q = a->heads * a->size, k = a->kv_heads * a->size;
	a->q = heads_inside(value, s->dim[1], a->size, s->dim[2], 0);
	a->k = heads_inside(value, s->dim[1], a->size, s->dim[2], q);
	a->v = heads_inside(value, s->dim[1], a->v_size, s->dim[2], q + k);
	heads_take(&a->q, value);
	heads_take(&a->k, value);
	heads_take(&a->v, value);
	return true;
}

/* Width of a head of V, where the past tells. */
static int64_t past_v_size(
	const struct lowering *lo, const struct attention_op *op)
{
	const struct value *past = node_input(lo->node, (size_t)op->past_v);
	bool tells = op->id == OP_MS_DecoderMaskedMultiHeadAttention && past &&
		past->shape.rank == 4 && past->shape.dim[3] > 0;
	return tells ? past->shape.dim[3] : 0;
}

/* Everything in Q's tensor. */
static enum outcome packed_read(struct lowering *lo,
	const struct attention_op *op, const struct value *value,
	struct attention *a)
{
	const struct shape *s = &value->shape;
	if (a->heads < 1 || a->kv_heads < 1)
		return lower_refuse(lo, "%lld heads of Q and %lld of K",
			(long long)a->heads, (long long)a->kv_heads);
	if (s->rank == 5) {
		if (!part_read(lo, value, 0, a->heads, 3, &a->q) ||
			!part_read(lo, value, 1, a->heads, 3, &a->k) ||
			!part_read(lo, value, 2, a->heads, 3, &a->v))
			return OUTCOME_ERROR;
		a->size = a->v_size = s->dim[4];
	} else if (!rows_read(lo, value, past_v_size(lo, op), a)) {
		return OUTCOME_ERROR;
	}
	a->batch = s->dim[0];
	a->queries = a->keys = s->dim[1];
	return OUTCOME_LAYER;
}

/* Q, K and V in two tensors or three. */
static enum outcome apart_read(struct lowering *lo,
	const struct value *const value[3], struct attention *a)
{
	struct part q, k, v;
	bool pair = value[1]->shape.rank == 5;
	if (!heads_read(lo, value[0], "Q", a->heads, &q))
		return OUTCOME_ERROR;
	if (pair) {
		const int64_t *dim = value[1]->shape.dim;
		k = v = (struct part){dim[0], a->kv_heads, dim[1], dim[4],
			{0}};
		if (!part_read(lo, value[1], 0, a->heads, 2, &k.at) ||
			!part_read(lo, value[1], 1, a->heads, 2, &v.at))
			return OUTCOME_ERROR;
	} else if (!heads_read(lo, value[1], "K", a->kv_heads, &k) ||
		!heads_read(lo, value[2], "V", k.heads, &v)) {
		return OUTCOME_ERROR;
	}
	if (k.batch != q.batch || v.batch != q.batch || k.size != q.size ||
		v.heads != k.heads || v.rows != k.rows)
		return lower_refuse(lo,
			"Q is %s, K is %s, V is %s: batch, heads, rows or head "
			"sizes do not agree",
			shape_text(lo->ctx, &value[0]->shape),
			shape_text(lo->ctx, &value[1]->shape),
			shape_text(lo->ctx, &value[pair ? 1 : 2]->shape));
	a->batch = q.batch;
	a->heads = q.heads;
	a->kv_heads = k.heads;
	a->queries = q.rows;
	a->keys = k.rows;
	a->size = q.size;
	a->v_size = v.size;
	a->q = q.at;
	a->k = k.at;
	a->v = v.at;
	return OUTCOME_LAYER;
}

/* Q, K and V, as far as they are there: known, of ranks that they may have. */
static enum outcome inputs_take(struct lowering *lo,
	const struct attention_op *op, const struct value *value[3])
{
	static const char *const roles[] = {"Q", "K", "V"};
	bool outside = op->id == OP_ONNX_Attention;
	for (size_t k = 0; k < 3; k++) {
		value[k] = node_input(lo->node, k);
		if (!value[k])
			continue;
		enum outcome outcome = lower_take(lo, value[k], roles[k]);
		if (outcome != OUTCOME_LAYER)
			return outcome;
		int rank = value[k]->shape.rank;
		if (rank != 3 && (rank != 4 || (!k && !outside)) &&
			(rank != 5 || outside || k == 2))
			return lower_refuse(lo,
				"%s is %s, expected %s dimensions", roles[k],
				shape_text(lo->ctx, &value[k]->shape),
				outside     ? "3 or 4"
					: k ? "3 to 5"
					    : "3 or 5");
	}
	bool pair = value[1] && value[1]->shape.rank == 5;
	if ((value[1] || value[2]) && (!value[1] || pair == !!value[2]))
		return lower_refuse(lo,
			"%s is missing, or one too many: expected K and V, "
			"both in the tensor of K, or both in that of Q",
			value[1] ? "V" : "K");
	if (value[1] && value[0]->shape.rank == 5)
		return lower_refuse(lo,
			"Q is %s, which holds K and V, too, and there is K",
			shape_text(lo->ctx, &value[0]->shape));
	return OUTCOME_LAYER;
}

static enum outcome separate_lower(
	struct lowering *lo, const struct attention_op *op)
{
	const struct value *value[3];
	struct attention a = {0};
	enum outcome outcome = inputs_take(lo, op, value);
	if (outcome != OUTCOME_LAYER)
		return outcome;
	if (!node_attr_int(lo->ctx, lo->node, op->heads, 0, &a.heads))
		return OUTCOME_ERROR;
	a.kv_heads = a.heads;
	if (op->kv_heads &&
		!node_attr_int(lo->ctx, lo->node, op->kv_heads, 0, &a.kv_heads))
		return OUTCOME_ERROR;
	outcome = value[1] ? apart_read(lo, value, &a)
			   : packed_read(lo, op, value[0], &a);
	if (outcome == OUTCOME_LAYER)
		outcome = keys_find(lo, op, &a);
	if (outcome != OUTCOME_LAYER)
		return outcome;

	const struct value *y = lower_result(lo->node);
	bool outside = op->id == OP_ONNX_Attention && value[0]->shape.rank == 4;
	int64_t width;
	if (!mul_ok(a.heads, a.v_size, &width))
		return lower_refuse(lo, "output has more than 2^53 elements");
	outcome = outside
		? lower_set_output(lo, 4,
			  (int64_t[]){a.batch, a.heads, a.queries, a.v_size})
		: lower_set_output(
			  lo, 3, (int64_t[]){a.batch, a.queries, width});
	if (outcome != OUTCOME_LAYER)
		return outcome;
	a.y = outside ? heads_outside(y, a.heads, a.queries, a.v_size)
		      : heads_inside(y, a.queries, a.v_size, width, 0);
	heads_take(&a.y, y);
	lo->layer.input_shape = value[0]->shape;
	lo->layer.weight_shape = value[value[1] ? 1 : 0]->shape;
	return attention_lower(lo, &a);
}

/* --- with the projections ------------------------------------------------- */

enum outcome project_widths(
	struct lowering *lo, int64_t heads, int64_t *qk, int64_t *v)
{
	const struct shape *w = &lo->layer.weight_shape;
	int64_t width[3];
	size_t count;
	const int64_t *given;
	if (!node_attr_ints(
		    lo->ctx, lo->node, "qkv_hidden_sizes", &count, &given))
		return OUTCOME_ERROR;
	for (int k = 0; k < 3; k++)
		width[k] = count == 3 ? given[k] : w->dim[1] / 3;
	if (heads < 1 || width[0] < 1 || width[1] != width[0] || width[2] < 1 ||
		width[0] > w->dim[1] || width[2] > w->dim[1] ||
		width[0] + width[1] + width[2] != w->dim[1] ||
		width[0] % heads || width[2] % heads)
		return lower_refuse(lo,
			"weight is %s, expected Q, K and V of %lld heads side "
			"by side",
			shape_text(lo->ctx, w), (long long)heads);
	*qk = width[0];
	*v = width[2];
	return OUTCOME_LAYER;
}

enum outcome project_lower(
	struct lowering *lo, int64_t rows, int64_t sum, int64_t all)
{
	if (rows > elems_max / all)
		return lower_refuse(
			lo, "Q, K and V have more than 2^53 elements");
	struct product product = {0};
	product_put(&product, rows, all, sum, 0);
	product_put(&product, all, 1, 0, 1);
	product_put(&product, sum, 0, 1, all);
	lo->operand[OPND_O] = NULL;
	return product_lower(lo, &product);
}

static enum outcome projecting_lower(
	struct lowering *lo, const struct attention_op *op)
{
	enum outcome outcome = lower_take_operands(lo, 0, 1);
	if (outcome != OUTCOME_LAYER)
		return outcome;
	const struct shape *x = &lo->layer.input_shape;
	const struct shape *w = &lo->layer.weight_shape;
	int64_t heads, width, v_width;
	if (x->rank != 3 || w->rank != 2 || w->dim[0] != x->dim[2])
		return lower_refuse(lo,
			"input is %s and weight %s, expected batch x rows x "
			"width and width x Q, K and V",
			shape_text(lo->ctx, x), shape_text(lo->ctx, w));
	if (!node_attr_int(lo->ctx, lo->node, op->heads, 0, &heads))
		return OUTCOME_ERROR;
	outcome = project_widths(lo, heads, &width, &v_width);
	if (outcome == OUTCOME_LAYER)
		outcome = project_lower(
			lo, x->dim[0] * x->dim[1], x->dim[2], w->dim[1]);
	if (outcome != OUTCOME_LAYER)
		return outcome;

	const struct value *y = lower_result(lo->node);
	int64_t all = w->dim[1];
	struct attention a = {.batch = x->dim[0],
		.heads = heads,
		.kv_heads = heads,
		.queries = x->dim[1],
		.keys = x->dim[1],
		.size = width / heads,
		.v_size = v_width / heads};
	a.q = heads_inside(NULL, a.queries, a.size, all, 0);
	a.k = heads_inside(NULL, a.keys, a.size, all, width);
	a.v = heads_inside(NULL, a.keys, a.v_size, all, 2 * width);
	a.y = heads_inside(y, a.queries, a.v_size, v_width, 0);
	heads_own(&a.q, y->type);
	heads_own(&a.k, y->type);
	heads_own(&a.v, y->type);
	heads_take(&a.y, y);
	outcome = keys_find(lo, op, &a);
	if (outcome == OUTCOME_LAYER)
		outcome = lower_set_output(
			lo, 3, (int64_t[]){a.batch, a.queries, v_width});
	return outcome == OUTCOME_LAYER ? attention_lower(lo, &a) : outcome;
}

enum outcome lower_attention(struct lowering *lo)
{
	const struct attention_op *op = attention_op_of(lo->node);
	if (!op)
		return lower_leave(lo, true, "no lowering for this operator");
	return op->projects ? projecting_lower(lo, op) : separate_lower(lo, op);
}
