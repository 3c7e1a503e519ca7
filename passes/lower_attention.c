/* Attention: scores = Q K^T and result = scores V, per head; com.microsoft's
 * Attention makes Q, K and V itself first, by one product. */
#include "passes/lower_rules.h"

#include "ir/checked.h"

#include <string.h>

/* Where the heads of Q, K, V or the result lie: element x of row r of head h of
 * batch b at base + b*batch + h*head + r*row + x. */
struct heads {
	const struct value *value; /* NULL: made by the operator */
	enum dtype type;
	int64_t base, batch, head, row;
};

struct attention {
	int64_t batch, heads, kv_heads; /* heads is a multiple of kv_heads */
	int64_t queries, keys;          /* rows */
	int64_t size, v_size;           /* of a head */
	struct heads q, k, v, y;
};

/* [batch][heads][rows][size] */
static struct heads heads_outside(
	const struct value *value, int64_t heads, int64_t rows, int64_t size)
{
	return (struct heads){.value = value,
		.batch = heads * rows * size,
		.head = rows * size,
		.row = size};
}

/* [batch][rows][heads][size], with width elements a row. */
static struct heads heads_inside(const struct value *value, int64_t rows,
	int64_t size, int64_t width, int64_t base)
{
	return (struct heads){.value = value,
		.base = base,
		.batch = rows * width,
		.head = size,
		.row = width};
}

static void nest_operand(struct lowering *lo, struct product *product,
	enum operand operand, const struct heads *heads)
{
	lo->operand[operand] = heads->value;
	lo->type[operand] = heads->type;
	product->base[operand] = heads->base;
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

static enum outcome attention_lower(
	struct lowering *lo, const struct attention *a)
{
	static const int64_t most = (int64_t)1 << 53;
	int64_t elems;
	if (a->heads % a->kv_heads)
		return lower_refuse(lo,
			"%lld heads of Q share %lld heads of K, expected a "
			"multiple",
			(long long)a->heads, (long long)a->kv_heads);
	if (!mul_ok(a->batch, a->heads, &elems) ||
		!mul_ok(elems, a->queries, &elems) ||
		!mul_ok(elems, a->keys, &elems) || elems > most)
		return lower_refuse(lo, "more than 2^53 attention scores");
	struct heads scores =
		heads_outside(NULL, a->heads, a->queries, a->keys);
	scores.type = a->y.type;

	struct product product = {0};
	nest_operand(lo, &product, OPND_O, &scores);
	nest_operand(lo, &product, OPND_I, &a->q);
	nest_operand(lo, &product, OPND_W, &a->k);
	put_heads(&product, a, &scores, &a->q, &a->k);
	product_put(&product, a->keys, 1, 0, a->k.row);
	product_put(&product, a->size, 0, 1, 1);
	enum outcome outcome = product_lower(lo, &product);
	if (outcome != OUTCOME_LAYER)
		return outcome;

	product = (struct product){0};
	nest_operand(lo, &product, OPND_O, &a->y);
	nest_operand(lo, &product, OPND_I, &scores);
	nest_operand(lo, &product, OPND_W, &a->v);
	put_heads(&product, a, &a->y, &scores, &a->v);
	product_put(&product, a->v_size, 1, 0, 1);
	product_put(&product, a->keys, 0, 1, a->v.row);
	return product_lower(lo, &product);
}

/* --- Q, K and V as inputs ------------------------------------------------ */

/* The operators with separate Q, K, V: attributes that count heads, inputs of
 * the past and outputs of past and present together. */
struct attention_op {
	const char *domain, *op;
	const char *heads, *kv_heads; /* kv_heads NULL: as many */
	size_t past;                  /* of K; V follows */
	size_t past_v, present;       /* likewise */
};

static const struct attention_op attention_ops[] = {
	{"",	      "Attention",           "q_num_heads", "kv_num_heads", 4, 5, 1},
	{"com.microsoft", "MultiHeadAttention",  "num_heads",   NULL,           6, 7, 1},
	{"com.microsoft", "GroupQueryAttention", "num_heads",   "kv_num_heads", 3,
         4,									   1},
};

static const struct attention_op *op_of(const struct node *node)
{
	const char *domain = node->domain ? node->domain : "";
	for (size_t i = 0; i < sizeof attention_ops / sizeof *attention_ops;
		i++)
		if (!strcmp(attention_ops[i].domain, domain) &&
			!strcmp(attention_ops[i].op, node->op_type))
			return &attention_ops[i];
	return NULL;
}

/* Q, K or V of [batch][heads][rows][size], or [batch][rows][heads * size] with
 * the given number of heads. */
static bool heads_read(struct lowering *lo, const struct value *value,
	const char *role, int64_t given, int64_t *batch, int64_t *heads,
	int64_t *rows, int64_t *size, struct heads *out)
{
	const struct shape *s = &value->shape;
	*batch = s->dim[0];
	if (s->rank == 4) {
		*heads = s->dim[1];
		*rows = s->dim[2];
		*size = s->dim[3];
		*out = heads_outside(value, *heads, *rows, *size);
	} else {
		if (given < 1 || s->dim[2] % given)
			return diag_error(lo->ctx, &lo->loc,
				"%s is %s, expected its width to be a multiple "
				"of %lld heads",
				role, shape_text(lo->ctx, s), (long long)given);
		*heads = given;
		*rows = s->dim[1];
		*size = s->dim[2] / given;
		*out = heads_inside(value, *rows, *size, s->dim[2], 0);
	}
	out->type = lower_moved_type(value);
	out->value = lower_moved_value(value);
	return true;
}

/* With a past, K (or V) is what the operator joins: [batch][heads][rows][size],
 * which leaves it as an output, if one is asked for. */
static enum outcome past_join(struct lowering *lo, size_t past, size_t present,
	const char *role, const struct attention *a, int64_t size,
	int64_t *rows, struct heads *heads)
{
	const struct value *before = node_input(lo->node, past);
	if (!before)
		return OUTCOME_LAYER;
	/* An empty past is a past. */
	if (!shape_known(&before->shape)) {
		lo->open = before;
		return lower_leave(lo, true, "");
	}
	if (before->shape.rank != 4 || before->shape.dim[0] != a->batch ||
		before->shape.dim[1] != a->kv_heads ||
		before->shape.dim[3] != size)
		return lower_refuse(lo,
			"past of %s is %s, expected %lld x %lld x past x %lld",
			role, shape_text(lo->ctx, &before->shape),
			(long long)a->batch, (long long)a->kv_heads,
			(long long)size);
	const struct value *joined = node_output(lo->node, present);
	int64_t total;
	if (!add_ok(*rows, before->shape.dim[2], &total))
		return lower_refuse(lo, "more than 2^63 rows of %s", role);
	/* A buffer shared by past and present holds both. */
	if (joined && joined->shape.rank == 4 && joined->shape.dim[2] > 0)
		total = joined->shape.dim[2];
	int64_t elems = heads->head;
	if (!mul_ok(a->batch * a->kv_heads, total, &elems) ||
		!mul_ok(elems, size, &elems) || elems > (int64_t)1 << 53)
		return lower_refuse(lo,
			"%s and its past have more than 2^53 elements", role);
	enum dtype type = heads->type;
	*rows = total;
	*heads = heads_outside(joined, a->kv_heads, total, size);
	heads->type = type;
	return OUTCOME_LAYER;
}

static enum outcome separate_lower(
	struct lowering *lo, const struct attention_op *op)
{
	static const char *const roles[] = {"Q", "K", "V"};
	const struct value *value[3];
	enum outcome outcome;
	for (size_t k = 0; k < 3; k++) {
		value[k] = node_input(lo->node, k);
		if (k && !value[k])
			return lower_leave(
				lo, true, "Q, K and V in one tensor");
		outcome = lower_take(lo, value[k], roles[k]);
		if (outcome != OUTCOME_LAYER)
			return outcome;
		if (value[k]->shape.rank == 5)
			return lower_leave(
				lo, true, "Q, K and V in one tensor");
		if (value[k]->shape.rank != 3 && value[k]->shape.rank != 4)
			return lower_refuse(lo,
				"%s is %s, expected 3 or 4 dimensions",
				roles[k],
				shape_text(lo->ctx, &value[k]->shape));
	}
	int64_t heads, kv_heads;
	if (!node_attr_int(lo->ctx, lo->node, op->heads, 0, &heads))
		return OUTCOME_ERROR;
	kv_heads = heads;
	if (op->kv_heads &&
		!node_attr_int(lo->ctx, lo->node, op->kv_heads, 0, &kv_heads))
		return OUTCOME_ERROR;

	struct attention a;
	int64_t batch[3], v_heads, v_rows, k_size;
	if (!heads_read(lo, value[0], "Q", heads, &batch[0], &a.heads,
		    &a.queries, &a.size, &a.q) ||
		!heads_read(lo, value[1], "K", kv_heads, &batch[1], &a.kv_heads,
			&a.keys, &k_size, &a.k) ||
		!heads_read(lo, value[2], "V", kv_heads, &batch[2], &v_heads,
			&v_rows, &a.v_size, &a.v))
		return OUTCOME_ERROR;
	if (batch[1] != batch[0] || batch[2] != batch[0] || k_size != a.size ||
		v_heads != a.kv_heads || v_rows != a.keys)
		return lower_refuse(lo,
			"Q is %s, K is %s, V is %s: batch, heads, rows or head "
			"sizes do not agree",
			shape_text(lo->ctx, &value[0]->shape),
			shape_text(lo->ctx, &value[1]->shape),
			shape_text(lo->ctx, &value[2]->shape));
	a.batch = batch[0];
	outcome = past_join(
		lo, op->past, op->present, "K", &a, a.size, &a.keys, &a.k);
	if (outcome == OUTCOME_LAYER)
		outcome = past_join(lo, op->past_v, op->present + 1, "V", &a,
			a.v_size, &v_rows, &a.v);
	if (outcome != OUTCOME_LAYER)
		return outcome;
	if (v_rows != a.keys)
		return lower_refuse(lo, "K has %lld rows with its past, V %lld",
			(long long)a.keys, (long long)v_rows);

	const struct value *y = lower_result(lo->node);
	bool outside = op->domain[0] == 0 && value[0]->shape.rank == 4;
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
	a.y.type = y->type;
	lo->layer.input_shape = value[0]->shape;
	lo->layer.weight_shape = value[1]->shape;
	return attention_lower(lo, &a);
}

/* --- com.microsoft Attention --------------------------------------------- */

static enum outcome projecting_lower(struct lowering *lo)
{
	enum { PAST = 4 };
	enum outcome outcome = lower_take_operands(lo, 0, 1);
	if (outcome != OUTCOME_LAYER)
		return outcome;
	const struct shape *x = &lo->layer.input_shape;
	const struct shape *w = &lo->layer.weight_shape;
	int64_t heads, width[3];
	size_t count;
	const int64_t *given;
	if (x->rank != 3 || w->rank != 2 || w->dim[0] != x->dim[2])
		return lower_refuse(lo,
			"input is %s and weight %s, expected batch x rows x "
			"width and width x Q, K and V",
			shape_text(lo->ctx, x), shape_text(lo->ctx, w));
	if (!node_attr_int(lo->ctx, lo->node, "num_heads", 0, &heads) ||
		!node_attr_ints(
			lo->ctx, lo->node, "qkv_hidden_sizes", &count, &given))
		return OUTCOME_ERROR;
	if (node_input(lo->node, PAST))
		return lower_leave(lo, true, "a past in one tensor");
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

	int64_t rows = x->dim[0] * x->dim[1], all = w->dim[1];
	if (rows > ((int64_t)1 << 53) / all)
		return lower_refuse(
			lo, "Q, K and V have more than 2^53 elements");
	const struct value *y = lower_result(lo->node);
	struct product product = {0};
	product_put(&product, rows, all, x->dim[2], 0);
	product_put(&product, all, 1, 0, 1);
	product_put(&product, x->dim[2], 0, 1, all);
	lo->operand[OPND_O] = NULL;
	outcome = product_lower(lo, &product);
	if (outcome != OUTCOME_LAYER)
		return outcome;

	struct attention a = {.batch = x->dim[0],
		.heads = heads,
		.kv_heads = heads,
		.queries = x->dim[1],
		.keys = x->dim[1],
		.size = width[0] / heads,
		.v_size = width[2] / heads};
	a.q = heads_inside(NULL, a.queries, a.size, all, 0);
	a.k = heads_inside(NULL, a.keys, a.size, all, width[0]);
	a.v = heads_inside(NULL, a.keys, a.v_size, all, 2 * width[0]);
	a.y = heads_inside(y, a.queries, a.v_size, width[2], 0);
	a.q.type = a.k.type = a.v.type = a.y.type = y->type;
	outcome = lower_set_output(
		lo, 3, (int64_t[]){a.batch, a.queries, width[2]});
	return outcome == OUTCOME_LAYER ? attention_lower(lo, &a) : outcome;
}

enum outcome lower_attention(struct lowering *lo)
{
	const struct attention_op *op = op_of(lo->node);
	if (op)
		return separate_lower(lo, op);
	if (!strcmp(lo->node->op_type, "Attention") ||
		!strcmp(lo->node->op_type, "QAttention"))
		return projecting_lower(lo);
	return lower_leave(lo, true, "no lowering for this operator");
}
