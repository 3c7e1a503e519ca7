/* Mixtures of experts: what each expert's matrices sum up over the rows that
 * are sent to it, which are shared out evenly: the first experts get one more
 * where they do not go even. */
#include "sim/op_rules.h"

#include "base/checked.h"

#include <string.h>

struct moe_sizes {
	int64_t experts, rows; /* of all experts */
	bool sum_first;        /* weights [experts][sum][columns] */
	int64_t packed; /* weights in an element; 0: the type is theirs */
	int64_t *each;  /* [experts], rows */
};

/* Experts first to first + count - 1, of as many rows each. */
struct run {
	int64_t first, count;
};

/* rows[expert][row][column] of a run of experts. */
static bool run_add(struct op_work *work, const struct moe_sizes *m,
	const struct op_operand *weight, struct run run, int64_t columns,
	int64_t sum)
{
	int64_t first = run.first, count = run.count, rows = m->each[first];
	if (count == 0 || rows == 0)
		return true;
	int64_t out[] = {count, rows, columns}, in[] = {count, rows, sum};
	const struct op_operand o = op_own(work, "rows by matrices", 3, out);
	const struct op_operand i = op_own(work, "rows of experts", 3, in);
	struct op_operand w = *weight;
	int64_t used, elems;
	if (!mul_ok(columns, sum, &used) || !shape_elems(&o.shape, &elems) ||
		!shape_elems(&i.shape, &elems) ||
		!mul_ok(used, first + count, &used))
		return op_refuse(work, "more than 2^63 rows of experts");
	if (m->packed > 1)
		w = op_own(work, "matrices, unpacked", 1, &used);
	int64_t matrix = columns * sum;
	const struct op_strided r = {
		.weight = first * matrix,
		.dim = {{rows * sum, matrix},        {sum, 0},
			{0, m->sum_first ? 1 : sum}},
		.sums = 1,
		.sum = {{sum, 1, m->sum_first ? columns : 1}}
        };
	op_add_strided(work, &o, &i, &w, &r);
	return true;
}

static bool matrices_add(struct op_work *work, const struct moe_sizes *m,
	const struct op_operand *weight, int64_t columns, int64_t sum)
{
	for (int64_t e = 0, run; e < m->experts; e += run) {
		for (run = 1;
			e + run < m->experts && m->each[e + run] == m->each[e];
			run++)
			;
		if (!run_add(work, m, weight, (struct run){e, run}, columns,
			    sum))
			return false;
	}
	return true;
}

/* Rows of each expert: as --dim gives them, or an even share of what is left.
 */
static bool rows_read(struct op_work *work, struct moe_sizes *m)
{
	enum { EXPERTS = 1 << 20 };
	const struct model *model = work->node->graph->model;
	int64_t left = m->rows, others = m->experts, k = 0;
	if (m->experts > EXPERTS)
		return op_refuse(work, "more than %d experts", EXPERTS);
	m->each = arena_array(
		&work->ctx->arena, (size_t)m->experts, sizeof *m->each);
	for (int64_t e = 0; e < m->experts; e++)
		m->each[e] = -1;
	for (size_t i = 0; model && i < model->given_count; i++) {
		const struct given_size *given = &model->given[i];
		if (given->node != work->node || given->at >= m->experts)
			continue;
		m->each[given->at] = given->size;
		left -= given->size;
		others--;
	}
	for (int64_t e = 0; e < m->experts; e++)
		if (m->each[e] < 0) {
			m->each[e] = left / others + (k < left % others);
			k++;
		}
	return true;
}

/* Weights in a byte. */
static bool packed_read(struct op_work *work, int64_t *packed)
{
	const char *kind;
	int64_t bits;
	if (!node_attr_string(
		    work->ctx, work->node, "quant_type", "int", &kind) ||
		!node_attr_int(
			work->ctx, work->node, "expert_weight_bits", 4, &bits))
		return false;
	if (strstr(kind, "fp4"))
		bits = 4;
	else if (!strcmp(kind, "fp8"))
		bits = 8;
	*packed = bits > 0 && bits <= 8 && 8 % bits == 0 ? 8 / bits : 0;
	return *packed > 0 ||
		op_refuse(work, "weights of %lld bits", (long long)bits);
}

bool op_moe(struct op_work *work)
{
	bool quantised = node_is(work->node, OP_MS_QMoE);
	size_t second = quantised ? 5 : 4, third = quantised ? 8 : 6;
	struct op_operand x, fc1, fc2, fc3 = {0};
	struct moe_sizes m = {.packed = 1};
	int64_t top, elems;
	if (!op_take(work, 0, &x) || !op_take(work, 2, &fc1) ||
		!op_take(work, second, &fc2) ||
		(quantised && !packed_read(work, &m.packed)) ||
		!node_attr_int(work->ctx, work->node, "k", 1, &top))
		return false;
	bool has_third = node_input(work->node, third);
	if (has_third && !op_take(work, third, &fc3))
		return false;
	int64_t hidden = x.shape.rank > 0 ? x.shape.dim[x.shape.rank - 1] : 0;
	if (hidden < 1 || fc1.shape.rank != 3 || fc2.shape.rank != 3)
		return op_refuse(work, "input is %s, fc1 %s, fc2 %s",
			shape_text(work->ctx, &x.shape),
			shape_text(work->ctx, &fc1.shape),
			shape_text(work->ctx, &fc2.shape));
	/* Where fc1 and fc2 end with the columns, they are of the old layout.
	 */
	m.experts = fc1.shape.dim[0];
	m.sum_first = fc1.shape.dim[2] * m.packed != hidden ||
		fc2.shape.dim[1] != hidden;
	int64_t columns =
		m.sum_first ? fc1.shape.dim[2] * m.packed : fc1.shape.dim[1];
	int64_t inter =
		m.sum_first ? fc2.shape.dim[1] : fc2.shape.dim[2] * m.packed;
	if (m.experts < 1 || !shape_elems(&x.shape, &elems) ||
		!mul_ok(elems / hidden, top, &m.rows))
		return op_refuse(work, "more than 2^63 rows of experts");
	if (!rows_read(work, &m))
		return false;
	return matrices_add(work, &m, &fc1, columns, hidden) &&
		(!has_third || matrices_add(work, &m, &fc3, inter, hidden)) &&
		matrices_add(work, &m, &fc2, hidden, inter);
}
