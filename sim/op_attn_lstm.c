/* com.microsoft AttnLSTM: what its gates sum up, of the input, of what was
 * attended to, and of the states; then keys, queries, alignments, contexts and
 * the attention layer. Each result is [direction][step][batch][..]. */
#include "sim/op_rules.h"

#include "base/checked.h"

struct sizes {
	int64_t directions, steps, batch;
};

struct matrix {
	int64_t rows, columns, sum;
};

/* The weight's elements: from base on, by direction, row, column and sum. */
struct layout {
	int64_t base, pitch[4];
};

/* [direction][step][row][column] of [direction][step][row][sum] by a weight.
 * in: what all directions share, of one step; NULL: the states' own. */
static bool add(struct op_work *work, const struct sizes *s,
	const struct op_operand *in, const struct op_operand *weight,
	struct matrix m, struct layout layout)
{
	const int64_t *pitch = layout.pitch, rows = m.rows, sum = m.sum;
	int64_t out[] = {s->directions, in ? 1 : s->steps, rows, m.columns};
	int64_t own[] = {out[0], out[1], rows, sum};
	struct op_operand o = op_own(work, "a step's sums", 4, out);
	struct op_operand i = op_own(work, "a step's rows", 4, own);
	int64_t elems;
	if (!shape_elems(&o.shape, &elems) || !shape_elems(&i.shape, &elems))
		return op_refuse(work, "more than 2^63 gates");
	const struct op_strided r = {
		.weight = layout.base,
		.dim = {{in ? 0 : out[1] * rows * sum, pitch[0]},
			{in ? 0 : rows * sum, 0}, {sum, pitch[1]},
			{0, pitch[2]}},
		.sums = 1,
		.sum = {{sum, 1, pitch[3]}                        }
        };
	op_add_strided(work, &o, in ? in : &i, weight, &r);
	return true;
}

static bool take_matrix(
	struct op_work *work, size_t k, int rank, struct op_operand *out)
{
	return op_take(work, k, out) &&
		(out->shape.rank == rank ||
			op_refuse(work, "input %zu is %s, expected rank %d", k,
				shape_text(work->ctx, &out->shape), rank));
}

bool op_attn_lstm(struct op_work *work)
{
	struct op_operand x, w, r, query, memory, v, m, layer;
	if (!take_matrix(work, 0, 3, &x) || !take_matrix(work, 1, 3, &w) ||
		!take_matrix(work, 2, 3, &r))
		return false;
	const int64_t *wd = w.shape.dim, *xd = x.shape.dim;
	const struct sizes s = {wd[0], xd[0], xd[1]};
	int64_t gates = wd[1], row = wd[2], hidden = r.shape.dim[2];
	int64_t in = xd[2], attended = row - in;
	/* All steps' inputs at once: rows are steps x batch. */
	if (attended < 0 ||
		!add(work, &s, &x, &w,
			(struct matrix){s.steps * s.batch, gates, in},
			(struct layout){0, {gates * row, 0, row, 1}}) ||
		(attended &&
			!add(work, &s, NULL, &w,
				(struct matrix){s.batch, gates, attended},
				(struct layout){
					in, {gates * row, 0, row, 1}})) ||
		!add(work, &s, NULL, &r,
			(struct matrix){s.batch, gates, hidden},
			(struct layout){0, {gates * hidden, 0, hidden, 1}}))
		return false;
	if (!attended)
		return true;
	if (!take_matrix(work, 8, 3, &query) ||
		!take_matrix(work, 9, 3, &memory) ||
		!take_matrix(work, 10, 2, &v) || !take_matrix(work, 11, 3, &m))
		return false;
	int64_t depth = memory.shape.dim[1], width = memory.shape.dim[2];
	int64_t slots = m.shape.dim[1];
	/* Contexts read the memory's values, without what is masked. */
	struct op_operand values = m;
	if (node_input(work->node, 12))
		values = op_own(work, "memory, masked", 3, m.shape.dim);
	if (!add(work, &s, &m, &memory,
			(struct matrix){s.batch * slots, width, depth},
			(struct layout){0, {depth * width, 0, 1, width}}) ||
		!add(work, &s, NULL, &query,
			(struct matrix){s.batch, width, hidden},
			(struct layout){0, {hidden * width, 0, 1, width}}) ||
		!add(work, &s, NULL, &v,
			(struct matrix){s.batch * slots, 1, width},
			(struct layout){0, {width, 0, 0, 1}}) ||
		!add(work, &s, NULL, &values,
			(struct matrix){s.batch, depth, slots},
			(struct layout){0, {0, slots * depth, 1, depth}}))
		return false;
	if (!node_input(work->node, 13))
		return true;
	int64_t both = depth + hidden;
	return take_matrix(work, 13, 3, &layer) &&
		add(work, &s, NULL, &layer,
			(struct matrix){s.batch, attended, both},
			(struct layout){0, {both * attended, 0, 1, attended}});
}
