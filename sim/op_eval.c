/* Each operator in loops as its definition has them; nothing is fast. */
#include "sim/op_rules.h"

#include "base/checked.h"

#include <assert.h>
#include <math.h>
#include <string.h>

/* --- which rule ----------------------------------------------------------- */

static op_rule *const rules[OP_COUNT] = {
#define OP(domain, name, since, in, type, shape, value, lower, direct, ...) \
	[OP_##domain##_##name] = op_##direct,
#include "ir/ops.def"
#undef OP
};

bool op_none(struct op_work *work)
{
	const struct node *node = work->node;
	const char *domain = node->domain ? node->domain : "";
	return op_leave(work,
		arena_printf(&work->ctx->arena,
			"no direct evaluation of %s%s%s", domain,
			*domain ? "." : "", node->op_type));
}

bool op_products(
	struct ctx *ctx, const struct node *node, struct op_products *out)
{
	*out = (struct op_products){.count = 0};
	struct op_work work = {
		.ctx = ctx, .node = node, .loc = node_loc(node), .out = out};
	return node->op ? rules[node->op->id](&work) : op_none(&work);
}

/* --- what the rules share ------------------------------------------------- */

bool op_leave(struct op_work *work, const char *reason)
{
	work->out->count = 0;
	work->out->reason = reason;
	return true;
}

bool op_take(struct op_work *work, size_t k, struct op_operand *out)
{
	const struct value *value = node_input(work->node, k);
	int64_t elems;
	if (!value)
		return op_refuse(work, "input %zu is missing", k);
	if (!shape_elems(&value->shape, &elems))
		return op_refuse(work, "input %zu is %s, expected known sizes",
			k, shape_text(work->ctx, &value->shape));
	*out = (struct op_operand){.value = value, .shape = value->shape};
	return true;
}

struct op_operand op_own(
	struct op_work *work, const char *what, int rank, const int64_t *dims)
{
	return (struct op_operand){
		.own = what, .shape = shape_make(work->ctx, rank, dims)};
}

static bool shape_agrees(const struct shape *known, const struct shape *found)
{
	if (known->rank >= 0 && known->rank != found->rank)
		return false;
	for (int d = 0; d < known->rank; d++)
		if (known->dim[d] >= 0 && known->dim[d] != found->dim[d])
			return false;
	return true;
}

bool op_result(struct op_work *work, int rank, const int64_t *dims,
	struct op_operand *out)
{
	const struct node *node = work->node;
	size_t o = 0;
	while (o < node->output_count && !node->output[o])
		o++;
	if (o == node->output_count)
		return op_refuse(work, "it has no result");
	*out = (struct op_operand){.value = node->output[o],
		.shape = shape_make(work->ctx, rank, dims)};
	int64_t elems;
	if (!shape_agrees(&out->value->shape, &out->shape))
		return op_refuse(work, "output is %s, the operator gives %s",
			shape_text(work->ctx, &out->value->shape),
			shape_text(work->ctx, &out->shape));
	return shape_elems(&out->shape, &elems) ||
		op_refuse(work, "output %s has more than 2^63 elements",
			shape_text(work->ctx, &out->shape));
}

void op_add(struct op_work *work, const struct op_product *product,
	const void *rule, size_t rule_bytes)
{
	struct op_products *out = work->out;
	out->product = arena_grow(&work->ctx->arena, out->product, out->count,
		&work->capacity, out->count + 1, sizeof *out->product);
	struct op_product *added = &out->product[out->count++];
	*added = *product;
	added->rule = arena_memdup(&work->ctx->arena, rule, rule_bytes);
}

static void strided_terms(const struct op_product *product, const int64_t *at,
	struct op_terms *terms)
{
	const struct op_strided *r = product->rule;
	terms->in = r->in;
	terms->weight = r->weight;
	for (int d = 0; d < product->out.shape.rank; d++) {
		terms->in += at[d] * r->dim[d].in;
		terms->weight += at[d] * r->dim[d].weight;
	}
	for (int s = 0; s < r->sums; s++)
		op_put_dim(terms, r->sum[s].count, r->sum[s].in,
			r->sum[s].weight);
}

void op_add_strided(struct op_work *work, const struct op_operand *out,
	const struct op_operand *in, const struct op_operand *weight,
	const struct op_strided *rule)
{
	const struct op_product product = {.out = *out,
		.in = *in,
		.weight = *weight,
		.terms = strided_terms};
	op_add(work, &product, rule, sizeof *rule);
}

void op_pitches(const struct shape *shape, int64_t *pitch)
{
	int64_t elems = 1;
	for (int d = shape->rank - 1; d >= 0; d--) {
		pitch[d] = elems;
		elems *= shape->dim[d];
	}
}

void op_put_dim(
	struct op_terms *terms, int64_t count, int64_t in, int64_t weight)
{
	assert(terms->dims < OP_SUM_DIMS);
	terms->dim[terms->dims++] = (struct op_term_dim){count, in, weight};
}

/* --- sums ----------------------------------------------------------------- */

static void terms_of(
	const struct op_product *product, int64_t index, struct op_terms *terms)
{
	const struct shape *out = &product->out.shape;
	int64_t at[RANK_MAX];
	for (int d = out->rank - 1; d >= 0; d--) {
		at[d] = index % out->dim[d];
		index /= out->dim[d];
	}
	terms->dims = 0;
	product->terms(product, at, terms);
}

/* What is added up over the innermost dimension: a run of terms that lie a
 * fixed step apart. */
struct run {
	const struct op_elems *in, *weight;
	int64_t count, in_first, in_step, weight_first, weight_step;
};

struct total {
	uint64_t ints; /* unsigned: it may wrap */
	struct op_float_sum floats;
};

typedef void run_add(const struct run *run, struct total *total);

/* Calls add for every run of the terms. */
static void terms_walk(const struct op_terms *terms, const struct op_elems *in,
	const struct op_elems *weight, run_add *add, struct total *total)
{
	int64_t k[OP_SUM_DIMS] = {0};
	int inner = terms->dims - 1;
	for (int d = 0; d < terms->dims; d++)
		if (terms->dim[d].count <= 0)
			return;
	struct run run = {.in = in,
		.weight = weight,
		.count = inner < 0 ? 1 : terms->dim[inner].count,
		.in_first = terms->in,
		.in_step = inner < 0 ? 0 : terms->dim[inner].in,
		.weight_first = terms->weight,
		.weight_step = inner < 0 ? 0 : terms->dim[inner].weight};
	for (int d = inner - 1;;) {
		add(&run, total);
		for (d = inner - 1; d >= 0; d--) {
			run.in_first += terms->dim[d].in;
			run.weight_first += terms->dim[d].weight;
			if (++k[d] < terms->dim[d].count)
				break;
			run.in_first -= k[d] * terms->dim[d].in;
			run.weight_first -= k[d] * terms->dim[d].weight;
			k[d] = 0;
		}
		if (d < 0)
			return;
	}
}

/* A run of two operands of one C type each. */
#define RUN_INTS(name, type)                                                \
	static void name(const struct run *run, struct total *total)        \
	{                                                                   \
		const type *in = (const type *)run->in->at + run->in_first; \
		const type *weight =                                        \
			(const type *)run->weight->at + run->weight_first;  \
		uint64_t sum = 0;                                           \
		for (int64_t k = 0; k < run->count; k++)                    \
			sum += (uint64_t)(int64_t)in[k * run->in_step] *    \
				(uint64_t)(int64_t)                         \
					weight[k * run->weight_step];       \
		total->ints += sum;                                         \
	}
RUN_INTS(run_int8, int8_t)
RUN_INTS(run_int16, int16_t)
RUN_INTS(run_int32, int32_t)
RUN_INTS(run_int64, int64_t)

static int64_t int_at(const struct op_elems *elems, int64_t k)
{
	switch (elems->type) {
	case DTYPE_INT8:
	case DTYPE_INT4:
	case DTYPE_INT2:
		return ((const int8_t *)elems->at)[k];
	case DTYPE_UINT16:
		return ((const uint16_t *)elems->at)[k];
	case DTYPE_INT16:
		return ((const int16_t *)elems->at)[k];
	case DTYPE_UINT32:
		return ((const uint32_t *)elems->at)[k];
	case DTYPE_INT32:
		return ((const int32_t *)elems->at)[k];
	case DTYPE_UINT64:
	case DTYPE_INT64:
		return ((const int64_t *)elems->at)[k];
	default:
		return ((const uint8_t *)elems->at)[k];
	}
}

static void run_ints(const struct run *run, struct total *total)
{
	for (int64_t k = 0; k < run->count; k++)
		total->ints += (uint64_t)int_at(run->in,
				       run->in_first + k * run->in_step) *
			(uint64_t)int_at(run->weight,
				run->weight_first + k * run->weight_step);
}

static run_add *run_of(enum dtype in, enum dtype weight)
{
	if (in != weight)
		return run_ints;
	switch (in) {
	case DTYPE_INT8:
		return run_int8;
	case DTYPE_INT16:
		return run_int16;
	case DTYPE_INT32:
		return run_int32;
	case DTYPE_INT64:
		return run_int64;
	default:
		return run_ints;
	}
}

int64_t op_sum_int(const struct op_product *product, int64_t index,
	const struct op_elems *in, const struct op_elems *weight)
{
	struct op_terms terms;
	struct total total = {0};
	terms_of(product, index, &terms);
	terms_walk(&terms, in, weight, run_of(in->type, weight->type), &total);
	return (int64_t)total.ints;
}

static double float_at(const struct op_elems *elems, int64_t k)
{
	switch (elems->type) {
	case DTYPE_FLOAT:
		return (double)((const float *)elems->at)[k];
	case DTYPE_DOUBLE:
		return ((const double *)elems->at)[k];
	default:
		return (double)int_at(elems, k);
	}
}

static void run_floats(const struct run *run, struct total *total)
{
	struct op_float_sum *sum = &total->floats;
	for (int64_t k = 0; k < run->count; k++) {
		double term =
			float_at(run->in, run->in_first + k * run->in_step) *
			float_at(run->weight,
				run->weight_first + k * run->weight_step);
		sum->sum += term;
		sum->magnitude += fabs(term);
	}
	sum->terms += run->count;
}

struct op_float_sum op_sum_float(const struct op_product *product,
	int64_t index, const struct op_elems *in, const struct op_elems *weight)
{
	struct op_terms terms;
	struct total total = {0};
	terms_of(product, index, &terms);
	terms_walk(&terms, in, weight, run_floats, &total);
	return total.floats;
}
