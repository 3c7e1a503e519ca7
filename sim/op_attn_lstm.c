/* com.microsoft AttnLSTM: what its gates sum up, of the input, of what was
 * attended to, and of the states; then keys, queries, alignments, contexts and
 * the attention layer. Each result is [direction][step][batch][..]. */
#include "sim/op_rules.h"

#include "base/checked.h"

struct sizes {
	int64_t directions, steps, batch;
};

/* [direction][step][row][column] of [direction][step][row][sum] by a weight
 * with the pitches given. shared: in has no directions and steps. */
static bool add(struct op_work *work, const struct sizes *s, int64_t rows,
	int64_t columns, int64_t sum, const struct op_operand *in,
	const struct op_operand *weight, int64_t base, const int64_t pitch[4],
	bool steps)
{
	int64_t out[] = {s->directions, steps ? s->steps : 1, rows, columns};
	int64_t own[] = {out[0], out[1], rows, sum};
	struct op_operand o = op_own(work, "a step's sums", 4, out);
	struct op_operand i = op_own(work, "a step's rows", 4, own);
	int64_t elems;
	if (!shape_elems(&o.shape, &elems) || !shape_elems(&i.shape, &elems))
		return op_refuse(work, "more than 2^63 gates");
	const struct op_strided r = {
		.weight = base,
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
		!add(work, &s, s.steps * s.batch, gates, in, &x, &w, 0,
			(int64_t[]){gates * row, 0, row, 1}, false) ||
		(attended &&
			!add(work, &s, s.batch, gates, attended, NULL, &w, in,
				(int64_t[]){gates * row, 0, row, 1}, true)) ||
		!add(work, &s, s.batch, gates, hidden, NULL, &r, 0,
			(int64_t[]){gates * hidden, 0, hidden, 1}, true))
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
	if (!add(work, &s, s.batch * slots, width, depth, &m, &memory, 0,
		    (int64_t[]){depth * width, 0, 1, width}, false) ||
		!add(work, &s, s.batch, width, hidden, NULL, &query, 0,
			(int64_t[]){hidden * width, 0, 1, width}, true) ||
		!add(work, &s, s.batch * slots, 1, width, NULL, &v, 0,
			(int64_t[]){width, 0, 0, 1}, true) ||
		!add(work, &s, s.batch, depth, slots, NULL, &values, 0,
			(int64_t[]){0, slots * depth, 1, depth}, true))
		return false;
	if (!node_input(work->node, 13))
		return true;
	int64_t both = depth + hidden;
	return take_matrix(work, 13, 3, &layer) &&
		add(work, &s, s.batch, attended, both, NULL, &layer, 0,
			(int64_t[]){both * attended, 0, 1, attended}, true);
}
