/* The steps from sums to outputs, in the order in which the host takes them. */
#include "sim/op_finish.h"

#include "ir/element.h"
#include "sim/activation.h"
#include "sim/op_rules.h"

#include <math.h>
#include <string.h>

enum { NONE = -1 };

/* clang-format off */
/* Which inputs and attributes an operator finishes with; NONE: has none.
 * ops.def's column 'finish' names the row. */
struct finish {
	int zero_in, zero_weight;   /* subtracted from the operands */
	int scale_in, scale_weight; /* multiply the sum */
	int scale_out, zero_out;    /* of a quantised result */
	int bias;
	enum bias {
		BIAS_CHANNEL, /* one a channel */
		BIAS_SPREAD,  /* broadcast, times beta */
		BIAS_AFTER    /* likewise, added after the scales */
	} kind;
	int residual; /* a tensor like the result, added before activation */
	bool alpha, activation;
	const char *always; /* activation that is no attribute */
};

#define FINISH(name, ...) static const struct finish finish_##name = {__VA_ARGS__}
/*                            zero        scale       out         bias                residual alpha activation */
FINISH( conv,              NONE, NONE, NONE, NONE, NONE, NONE, 2,    BIAS_CHANNEL, NONE,    false, false,     NULL );
FINISH( conv_integer,      2,    3,    NONE, NONE, NONE, NONE, NONE, BIAS_CHANNEL, NONE,    false, false,     NULL );
FINISH( product,           NONE, NONE, NONE, NONE, NONE, NONE, NONE, BIAS_SPREAD,  NONE,    false, false,     NULL );
FINISH( gemm,              NONE, NONE, NONE, NONE, NONE, NONE, 2,    BIAS_SPREAD,  NONE,    true,  false,     NULL );
FINISH( matmul_integer,    2,    3,    NONE, NONE, NONE, NONE, NONE, BIAS_SPREAD,  NONE,    false, false,     NULL );
FINISH( qlinear_conv,      2,    5,    1,    4,    6,    7,    8,    BIAS_CHANNEL, NONE,    false, false,     NULL );
FINISH( qlinear_matmul,    2,    5,    1,    4,    6,    7,    NONE, BIAS_SPREAD,  NONE,    false, false,     NULL );
FINISH( fused_conv,        NONE, NONE, NONE, NONE, NONE, NONE, 2,    BIAS_CHANNEL, 3,       false, true,      NULL );
FINISH( fused_gemm,        NONE, NONE, NONE, NONE, NONE, NONE, 2,    BIAS_SPREAD,  NONE,    true,  true,      NULL );
FINISH( scaled,            NONE, NONE, NONE, NONE, NONE, NONE, NONE, BIAS_SPREAD,  NONE,    true,  false,     NULL );
FINISH( scaled_activation, NONE, NONE, NONE, NONE, NONE, NONE, NONE, BIAS_SPREAD,  NONE,    true,  true,      NULL );
FINISH( fast_gelu,         NONE, NONE, NONE, NONE, NONE, NONE, 2,    BIAS_SPREAD,  NONE,    false, false,     "FastGelu" );
FINISH( matmul_to_float,   4,    5,    2,    3,    NONE, NONE, 6,    BIAS_AFTER,   NONE,    false, false,     NULL );
FINISH( qgemm,             2,    5,    1,    4,    7,    8,    6,    BIAS_SPREAD,  NONE,    true,  false,     NULL );
FINISH( none,              NONE, NONE, NONE, NONE, NONE, NONE, NONE, BIAS_CHANNEL, NONE,    false, false,     NULL );
#undef FINISH
/* clang-format on */

static const struct finish *const finishes[OP_COUNT] = {
#define OP(domain, name, since, in, type, shape, value, lower, direct, finish, \
	does)                                                                  \
	[OP_##domain##_##name] = &finish_##finish,
#include "ir/ops.def"
#undef OP
};

/* NULL: the reference machine does not do it. */
static const struct finish *finish_of(const struct node *node)
{
	const struct finish *finish =
		node->op ? finishes[node->op->id] : &finish_none;
	return finish == &finish_none ? NULL : finish;
}

bool op_finishes(const struct node *node)
{
	return finish_of(node) != NULL;
}

/* --- the numbers of one node ---------------------------------------------- */

/* An input that is spread over the result: its element at coordinates at[] is
 * that at the sum of at[d] * pitch[d]. */
struct spread {
	const struct tensor *tensor; /* NULL: it is left out */
	int64_t pitch[RANK_MAX];
};

struct finishing {
	const struct op_product *product;
	struct spread zero_in, zero_weight, scale_in, scale_weight;
	struct spread scale_out, zero_out, bias, residual;
	double alpha, beta;
	enum bias kind;
	const struct activation *activation; /* NULL: none */
	double params[ACTIVATION_PARAMS];
	struct op_elems in, weight; /* with zero points: as 64-bit integers */
	struct op_elems ones_in, ones_weight;
};

static double spread_at(
	const struct spread *spread, const int64_t *at, int rank, double absent)
{
	int64_t k = 0;
	if (!spread->tensor)
		return absent;
	for (int d = 0; d < rank; d++)
		k += at[d] * spread->pitch[d];
	return tensor_number(spread->tensor, k);
}

struct finisher {
	struct ctx *ctx;
	const struct node *node;
	struct loc loc;
	const struct tensor *const *inputs;
	struct shape shape; /* of the result */
};

/* Takes input k, of one element, or one for each index of dimension along (if
 * that is not NONE), or broadcast. */
static bool spread_take(
	const struct finisher *f, int k, int along, struct spread *out)
{
	*out = (struct spread){.tensor = NULL};
	if (k < 0 || (size_t)k >= f->node->input_count || !f->inputs[k])
		return true;
	const struct tensor *t = f->inputs[k];
	int64_t pitch[RANK_MAX];
	int rank = f->shape.rank, shift = rank - t->shape.rank;
	out->tensor = t;
	if (t->count == 1)
		return true;
	op_pitches(&t->shape, pitch);
	bool fits = shift >= 0;
	if (along >= 0 && t->shape.rank == 1) {
		fits = t->count == f->shape.dim[along];
		out->pitch[along] = 1;
	} else {
		for (int d = 0; fits && d < t->shape.rank; d++) {
			int64_t size = t->shape.dim[d];
			fits = size == 1 || size == f->shape.dim[d + shift];
			out->pitch[d + shift] = size == 1 ? 0 : pitch[d];
		}
	}
	return fits ||
		diag_error(f->ctx, &f->loc,
			"input %d is %s, which does not spread over the result "
			"%s",
			k, shape_text(f->ctx, &t->shape),
			shape_text(f->ctx, &f->shape));
}

/* Parameters stand in one list, or in attributes of their own. */
static bool activation_read(
	const struct finisher *f, const char *name, struct finishing *out)
{
	static const char *const own[] = {
		"activation_alpha", "activation_beta"};
	const struct attr *list = node_attr(f->node, "activation_params");
	if (!*name)
		return true;
	out->activation = activation_find(name);
	if (!out->activation)
		return diag_error(f->ctx, &f->loc,
			"activation '%s' is not known",
			diag_quote(f->ctx, name));
	for (size_t p = 0; p < ACTIVATION_PARAMS; p++) {
		out->params[p] = out->activation->absent[p];
		if (list && list->kind == ATTR_FLOATS && p < list->count)
			out->params[p] = list->as.floats[p];
		if (!node_attr_float(f->ctx, f->node, own[p], out->params[p],
			    &out->params[p]))
			return false;
	}
	return true;
}

static struct op_elems ones(struct ctx *ctx, const struct shape *shape)
{
	int64_t count = 0;
	shape_elems(shape, &count);
	int8_t *at = arena_array(&ctx->arena, (size_t)count, 1);
	memset(at, 1, (size_t)count);
	return (struct op_elems){DTYPE_INT8, at};
}

/* The operands' elements, for zero points. */
static bool operand_take(const struct finisher *f,
	const struct op_operand *operand, struct op_elems *out)
{
	for (size_t k = 0; k < f->node->input_count; k++)
		if (f->node->input[k] == operand->value && f->inputs[k] &&
			f->inputs[k]->ints) {
			*out = (struct op_elems){
				DTYPE_INT64, f->inputs[k]->ints};
			return true;
		}
	return diag_error(f->ctx, &f->loc,
		"it has zero points, expected integer operands");
}

/* Dimensions of the result that channels, rows and columns run along. */
static int channel_dim(const struct finisher *f)
{
	const struct attr *last = node_attr(f->node, "channels_last");
	return last && last->kind == ATTR_INT && last->as.ints[0]
		? f->shape.rank - 1
		: 1;
}

static bool finishing_read(
	const struct finisher *f, const struct finish *row, struct finishing *n)
{
	int rank = f->shape.rank;
	bool conv = row->kind == BIAS_CHANNEL;
	int channel = conv ? channel_dim(f) : rank - 1;
	int rows = conv || rank < 2 ? NONE : rank - 2;
	if (!spread_take(f, row->zero_in, rows, &n->zero_in) ||
		!spread_take(f, row->zero_weight, channel, &n->zero_weight) ||
		!spread_take(f, row->scale_in, rows, &n->scale_in) ||
		!spread_take(f, row->scale_weight, channel, &n->scale_weight) ||
		!spread_take(f, row->scale_out, rows, &n->scale_out) ||
		!spread_take(f, row->zero_out, rows, &n->zero_out) ||
		!spread_take(f, row->bias, conv ? channel : NONE, &n->bias) ||
		!spread_take(f, row->residual, NONE, &n->residual))
		return false;
	n->kind = row->kind;
	n->alpha = n->beta = 1;
	if (row->alpha &&
		(!node_attr_float(f->ctx, f->node, "alpha", 1, &n->alpha) ||
			!node_attr_float(f->ctx, f->node, "beta", 1, &n->beta)))
		return false;
	const char *name = row->always ? row->always : "";
	if (row->activation &&
		!node_attr_string(f->ctx, f->node, "activation", "", &name))
		return false;
	if (!activation_read(f, name, n))
		return false;
	if (!n->zero_in.tensor && !n->zero_weight.tensor)
		return true;
	n->ones_in = ones(f->ctx, &n->product->in.shape);
	n->ones_weight = ones(f->ctx, &n->product->weight.shape);
	return operand_take(f, &n->product->in, &n->in) &&
		operand_take(f, &n->product->weight, &n->weight);
}

/* --- one element ---------------------------------------------------------- */

/* What zero points change: the sum of (x - a)(w - b) is that of xw, less a
 * times the sum of w, less b times that of x, and ab for each term. Terms in
 * the padding are none, so padding stands for a. */
static double zeroed(const struct finishing *n, int64_t index,
	const int64_t *at, int rank, double sum)
{
	double a = spread_at(&n->zero_in, at, rank, 0);
	double b = spread_at(&n->zero_weight, at, rank, 0);
	const struct op_product *p = n->product;
	if (a != 0)
		sum -= a *
			(double)op_sum_int(p, index, &n->ones_in, &n->weight);
	if (b != 0)
		sum -= b *
			(double)op_sum_int(p, index, &n->in, &n->ones_weight);
	if (a != 0 && b != 0)
		sum += a * b *
			(double)op_sum_int(
				p, index, &n->ones_in, &n->ones_weight);
	return sum;
}

static double finished(const struct finishing *n, int64_t index,
	const int64_t *at, int rank, double sum)
{
	double bias = n->beta * spread_at(&n->bias, at, rank, 0);
	double x = zeroed(n, index, at, rank, sum);
	/* An integer bias has the scale of the sum; alpha is part of it. */
	bool integer =
		n->bias.tensor && n->bias.tensor->ints && n->scale_in.tensor;
	if (integer && n->kind != BIAS_AFTER)
		x = n->alpha * (x + bias);
	else
		x = n->alpha * x;
	x *= spread_at(&n->scale_in, at, rank, 1) *
		spread_at(&n->scale_weight, at, rank, 1);
	if (!integer || n->kind == BIAS_AFTER)
		x += bias;
	x += spread_at(&n->residual, at, rank, 0);
	if (n->activation)
		x = n->activation->apply(x, n->params);
	if (n->scale_out.tensor)
		x = rint(x / spread_at(&n->scale_out, at, rank, 1)) +
			spread_at(&n->zero_out, at, rank, 0);
	return x;
}

/* What the result's type keeps of a number. Integer types saturate where the
 * result is quantised, otherwise their sums wrap. */
static void element_put(
	struct tensor *out, int64_t index, double x, bool saturates)
{
	static const double limit = 0x1p62;
	if (out->floats) {
		out->floats[index] = element_float(
			out->type, element_of_float(out->type, x));
		return;
	}
	int64_t whole = (int64_t)fmax(-limit, fmin(limit, x));
	if (saturates)
		whole = element_saturate(out->type, whole);
	else
		element_int(
			out->type, element_of_int(out->type, whole), &whole);
	out->ints[index] = whole;
}

static struct tensor tensor_make(
	struct ctx *ctx, enum dtype type, const struct shape *shape)
{
	struct tensor t = {.type = type, .shape = *shape};
	shape_elems(shape, &t.count);
	if (dtype_is_integer(type))
		t.ints = arena_array(
			&ctx->arena, (size_t)t.count, sizeof *t.ints);
	else
		t.floats = arena_array(
			&ctx->arena, (size_t)t.count, sizeof *t.floats);
	return t;
}

/* The result is the sums. */
static bool is_plain(const struct finishing *n)
{
	return !n->zero_in.tensor && !n->zero_weight.tensor &&
		!n->scale_in.tensor && !n->scale_weight.tensor &&
		!n->scale_out.tensor && !n->bias.tensor &&
		!n->residual.tensor && !n->activation && n->alpha == 1;
}

bool op_finish(struct ctx *ctx, const struct node *node,
	const struct op_product *product, const struct tensor *const *inputs,
	const struct tensor *sums, struct tensor *out)
{
	const struct finish *row = finish_of(node);
	struct finisher f = {.ctx = ctx,
		.node = node,
		.loc = node_loc(node),
		.inputs = inputs,
		.shape = product->out.shape};
	struct finishing n = {.product = product};
	if (!row)
		return diag_error(ctx, &f.loc, "%s is not finished by the host",
			node->op_type);
	if (!finishing_read(&f, row, &n))
		return false;
	*out = tensor_make(ctx, product->out.value->type, &f.shape);
	/* Integers beyond 2^53 stay what they are. */
	if (is_plain(&n) && out->ints && sums->ints) {
		for (int64_t i = 0; i < out->count; i++)
			element_int(out->type,
				element_of_int(out->type, sums->ints[i]),
				&out->ints[i]);
		return true;
	}
	int64_t at[RANK_MAX] = {0};
	for (int64_t i = 0; i < out->count; i++) {
		double x = finished(
			&n, i, at, f.shape.rank, tensor_number(sums, i));
		element_put(out, i, x, n.scale_out.tensor != NULL);
		for (int d = f.shape.rank - 1; d >= 0; d--) {
			if (++at[d] < f.shape.dim[d])
				break;
			at[d] = 0;
		}
	}
	return true;
}

/* --- all sums --------------------------------------------------------------
 */

static struct op_elems elems_of(const struct tensor *tensor)
{
	return tensor->ints ? (struct op_elems){DTYPE_INT64, tensor->ints}
			    : (struct op_elems){DTYPE_DOUBLE, tensor->floats};
}

struct tensor op_sums(struct ctx *ctx, const struct op_product *product,
	const struct tensor *in, const struct tensor *weight)
{
	struct op_elems i = elems_of(in), w = elems_of(weight);
	bool ints = in->ints && weight->ints;
	struct tensor sums = tensor_make(
		ctx, ints ? DTYPE_INT64 : DTYPE_DOUBLE, &product->out.shape);
	for (int64_t k = 0; k < sums.count; k++)
		if (ints)
			sums.ints[k] = op_sum_int(product, k, &i, &w);
		else
			sums.floats[k] = op_sum_float(product, k, &i, &w).sum;
	return sums;
}
