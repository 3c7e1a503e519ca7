/* Mixtures of experts: each token goes to the k experts that its router names,
 * and through two or three matrices of theirs. Which tokens these are is known
 * only when it runs; their number is k times the tokens, shared out evenly.
 * The host gathers the rows of each expert, and adds up what comes back. */
#include "passes/lower_rules.h"

#include "base/checked.h"

#include <string.h>

/* Inputs of the two operators: QMoE has scales beside its weights. */
struct moe_inputs {
	const char *op;
	size_t fc1, fc2, fc3;
};
static const struct moe_inputs moe_inputs[] = {
	{"MoE",  2, 4, 6},
	{"QMoE", 2, 5, 8},
};

/* Experts that follow each other and have the same number of rows. */
struct expert_run {
	int64_t first, count, rows;
};

enum { TOLD_EXPERTS = 65536 };

struct moe {
	int64_t tokens, hidden, inter;
	int64_t fc1_columns; /* inter, or twice that: gate and value */
	int64_t experts;
	int64_t packed; /* weights in an element of their tensors */
	/* The old layout: [experts][sum][columns], otherwise the other way. */
	bool sum_first;
	enum dtype weight_type; /* undefined: as the tensors */
	int64_t runs;
	struct expert_run *run; /* [runs] */
};

/* Element type of QMoE's weights, and how many of them a byte holds. */
static bool quantised_read(struct lowering *lo, struct moe *m)
{
	static const struct {
		const char *name;
		enum dtype type; /* undefined: attribute expert_weight_bits */
	} kinds[] = {
		{"int",      DTYPE_UNDEFINED   },
		{"fp4",      DTYPE_FLOAT4E2M1  },
		{"nvfp4",    DTYPE_FLOAT4E2M1  },
		{"wfp4afp8", DTYPE_FLOAT4E2M1  },
		{"fp8",      DTYPE_FLOAT8E4M3FN},
	};
	const char *kind;
	int64_t bits;
	if (!node_attr_string(lo->ctx, lo->node, "quant_type", "int", &kind) ||
		!node_attr_int(
			lo->ctx, lo->node, "expert_weight_bits", 4, &bits))
		return false;
	size_t k = 0, count = sizeof kinds / sizeof *kinds;
	while (k < count && strcmp(kinds[k].name, kind) != 0)
		k++;
	if (k == count)
		return diag_error(lo->ctx, &lo->loc,
			"quant_type is '%s', expected int, fp4, nvfp4, fp8 or "
			"wfp4afp8",
			diag_quote(lo->ctx, kind));
	m->weight_type =
		kinds[k].type ? kinds[k].type : lower_packed_type(bits);
	if (m->weight_type == DTYPE_UNDEFINED)
		return diag_error(lo->ctx, &lo->loc,
			"expert_weight_bits is %lld, expected 2, 4 or 8",
			(long long)bits);
	m->packed = 8 / dtype_bits(m->weight_type);
	return true;
}

/* Is the tensor of the experts' matrices of so many columns and sums? */
static bool is_weight(const struct shape *w, const struct moe *m,
	int64_t columns, int64_t sum)
{
	int64_t outer = m->sum_first ? sum : columns;
	int64_t inner = m->sum_first ? columns : sum;
	return w->dim[0] == m->experts && w->dim[1] == outer &&
		inner % m->packed == 0 && w->dim[2] == inner / m->packed;
}

/* The sizes that fc1 [experts][columns][hidden] and fc2 [experts][hidden]
 * [inter] say, or, in the old layout, the other way round. */
static bool weights_agree(const struct shape *fc1, const struct shape *fc2,
	const struct shape *fc3, struct moe *m)
{
	for (int old = 0; old < 2; old++) {
		m->sum_first = old;
		if (!mul_ok(old ? fc1->dim[2] : fc1->dim[1],
			    old ? m->packed : 1, &m->fc1_columns) ||
			!mul_ok(old ? fc2->dim[1] : fc2->dim[2],
				old ? 1 : m->packed, &m->inter))
			continue;
		if (is_weight(fc1, m, m->fc1_columns, m->hidden) &&
			is_weight(fc2, m, m->hidden, m->inter) &&
			(!fc3 || is_weight(fc3, m, m->inter, m->hidden)) &&
			(m->fc1_columns == m->inter ||
				(!fc3 && m->fc1_columns / 2 == m->inter &&
					m->fc1_columns % 2 == 0)))
			return true;
	}
	return false;
}

static bool rows_refuse(struct lowering *lo, int64_t rows)
{
	return diag_error(lo->ctx, &lo->loc,
		"rows of its experts as --dim gives them do not add up to "
		"%lld, with as many as there are tokens for each at most",
		(long long)rows);
}

/* Rows of each expert where --dim gives those of some: the others share what
 * is left. *told NULL: it gives none. */
static bool rows_told(
	struct lowering *lo, const struct moe *m, int64_t rows, int64_t **told)
{
	const struct model *model = lo->node->graph->model;
	int64_t left = rows, others = m->experts, *each = NULL;
	*told = NULL;
	for (size_t i = 0; model && i < model->given_count; i++) {
		const struct given_size *given = &model->given[i];
		if (given->node != lo->node)
			continue;
		if (given->at >= m->experts || m->experts > TOLD_EXPERTS)
			return diag_error(lo->ctx, &lo->loc,
				"--dim names expert %lld of %lld",
				(long long)given->at, (long long)m->experts);
		if (!each) {
			each = arena_array(&lo->ctx->arena, (size_t)m->experts,
				sizeof *each);
			for (int64_t e = 0; e < m->experts; e++)
				each[e] = -1;
		}
		if (each[given->at] >= 0 || given->size > m->tokens ||
			given->size > left)
			return rows_refuse(lo, rows);
		each[given->at] = given->size;
		left -= given->size;
		others--;
	}
	if (!each)
		return true;
	if (others ? ceil_div(left, others) > m->tokens : left > 0)
		return rows_refuse(lo, rows);
	for (int64_t e = 0, k = 0; e < m->experts; e++)
		if (each[e] < 0) {
			each[e] = left / others + (k < left % others);
			k++;
		}
	*told = each;
	return true;
}

static void run_add(struct moe *m, int64_t first, int64_t count, int64_t rows)
{
	if (count > 0 && rows > 0)
		m->run[m->runs++] = (struct expert_run){first, count, rows};
}

/* The rows of all experts together, as evenly as they go: the first ones get
 * one more. */
static bool rows_share(struct lowering *lo, struct moe *m)
{
	enum { EVEN_RUNS = 2 };
	int64_t top, rows, *told;
	if (!node_attr_int(lo->ctx, lo->node, "k", 1, &top))
		return false;
	if (top < 1 || top > m->experts)
		return diag_error(lo->ctx, &lo->loc,
			"k is %lld, expected 1 to its %lld experts",
			(long long)top, (long long)m->experts);
	if (!mul_ok(top, m->tokens, &rows))
		return diag_error(
			lo->ctx, &lo->loc, "more than 2^63 rows of experts");
	if (!rows_told(lo, m, rows, &told))
		return false;
	m->runs = 0;
	m->run = arena_array(&lo->ctx->arena,
		told ? (size_t)m->experts : EVEN_RUNS, sizeof *m->run);
	int64_t each = rows / m->experts, more = rows % m->experts;
	if (!told) {
		run_add(m, 0, more, each + 1);
		run_add(m, more, m->experts - more, each);
		return true;
	}
	for (int64_t e = 0, count; e < m->experts; e += count) {
		for (count = 1;
			e + count < m->experts && told[e + count] == told[e];
			count++)
			;
		run_add(m, e, count, told[e]);
	}
	return true;
}

/* The products of one matrix of each expert. */
static enum outcome matrices_lower(struct lowering *lo, const struct moe *m,
	const struct value *weight, int64_t columns, int64_t sum)
{
	int64_t matrix = columns * sum; /* within the tensor's 2^53 x 4 */
	lo->operand[OPND_O] = lo->operand[OPND_I] = NULL;
	lo->operand[OPND_W] = weight;
	lo->type[OPND_W] = m->weight_type ? m->weight_type : weight->type;
	for (int64_t r = 0; r < m->runs; r++) {
		const struct expert_run *run = &m->run[r];
		struct product product = {
			.base = {[OPND_W] = run->first * matrix}};
		int64_t rows, elems;
		if (!mul_ok(run->count, run->rows, &rows) ||
			!mul_ok(rows, columns > sum ? columns : sum, &elems) ||
			elems > (int64_t)1 << 53)
			return lower_refuse(lo,
				"rows of its experts have more than 2^53 "
				"elements");
		product_put(&product, run->count, run->rows * columns,
			run->rows * sum, matrix);
		product_put(&product, run->rows, columns, sum, 0);
		product_put(&product, columns, 1, 0, m->sum_first ? 1 : sum);
		product_put(&product, sum, 0, 1, m->sum_first ? columns : 1);
		enum outcome outcome = product_lower(lo, &product);
		if (outcome != OUTCOME_LAYER)
			return outcome;
	}
	return OUTCOME_LAYER;
}

static bool sizes_read(struct lowering *lo, const struct value *fc2,
	const struct value *fc3, struct moe *m)
{
	const struct shape *x = &lo->layer.input_shape;
	const struct shape *fc1 = &lo->layer.weight_shape;
	int64_t elems;
	if ((x->rank != 2 && x->rank != 3) || fc1->rank != 3 ||
		fc2->shape.rank != 3 || (fc3 && fc3->shape.rank != 3))
		return diag_error(lo->ctx, &lo->loc,
			"input is %s, fc1 %s, fc2 %s: expected rows and "
			"matrices of each expert",
			shape_text(lo->ctx, x), shape_text(lo->ctx, fc1),
			shape_text(lo->ctx, &fc2->shape));
	m->hidden = x->dim[x->rank - 1];
	m->experts = fc1->dim[0];
	shape_elems(x, &elems);
	m->tokens = elems / m->hidden;
	return weights_agree(fc1, &fc2->shape, fc3 ? &fc3->shape : NULL, m) ||
		diag_error(lo->ctx, &lo->loc,
			"fc1 is %s, fc2 %s%s%s: expected experts x columns x "
			"%lld and experts x %lld x columns",
			shape_text(lo->ctx, fc1),
			shape_text(lo->ctx, &fc2->shape), fc3 ? ", fc3 " : "",
			fc3 ? shape_text(lo->ctx, &fc3->shape) : "",
			(long long)m->hidden, (long long)m->hidden);
}

enum outcome lower_moe(struct lowering *lo)
{
	const struct node *node = lo->node;
	bool quantised = node_is(node, OP_MS_QMoE);
	const struct moe_inputs *inputs = &moe_inputs[quantised];
	const struct value *fc1 = node_input(node, inputs->fc1);
	const struct value *fc2 = node_input(node, inputs->fc2);
	const struct value *fc3 = node_input(node, inputs->fc3);
	struct moe m = {.packed = 1};
	enum outcome outcome = lower_take_operands(lo, 0, inputs->fc1);
	if (outcome == OUTCOME_LAYER)
		outcome = lower_take(lo, fc2, "fc2");
	if (outcome == OUTCOME_LAYER && fc3)
		outcome = lower_take(lo, fc3, "fc3");
	if (outcome != OUTCOME_LAYER)
		return outcome;
	if ((quantised && !quantised_read(lo, &m)) ||
		!sizes_read(lo, fc2, fc3, &m) || !rows_share(lo, &m))
		return OUTCOME_ERROR;
	lo->type[OPND_I] = node_input(node, 0)->type;
	lo->type[OPND_O] = lower_result(node)->type;
	outcome = lower_set_output(
		lo, lo->layer.input_shape.rank, lo->layer.input_shape.dim);
	if (outcome == OUTCOME_LAYER)
		outcome = matrices_lower(lo, &m, fc1, m.fc1_columns, m.hidden);
	if (outcome == OUTCOME_LAYER && fc3)
		outcome = matrices_lower(lo, &m, fc3, m.inter, m.hidden);
	if (outcome == OUTCOME_LAYER)
		outcome = matrices_lower(lo, &m, fc2, m.hidden, m.inter);
	return outcome;
}
