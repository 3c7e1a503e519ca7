/* LSTM, GRU and RNN: what their gates sum up. */
#include "sim/op_rules.h"

#include "base/checked.h"
#include "sim/cell.h"

/* gates[direction][r][s][row] sums over in[direction or none][r][s][k] *
 * weight[direction][row][k], r and s being the first two dimensions of X. */
struct cell_rule {
	int64_t first, second, rows, sum;
	bool per_direction; /* in is there for each direction */
};

static void cell_terms(const struct op_product *product, const int64_t *at,
	struct op_terms *terms)
{
	const struct cell_rule *r = product->rule;
	int64_t row = at[1] * r->second + at[2];
	if (r->per_direction)
		row += at[0] * r->first * r->second;
	terms->in = row * r->sum;
	terms->weight = (at[0] * r->rows + at[3]) * r->sum;
	op_put_dim(terms, r->sum, 1, 1);
}

/* X is [..][..][inputs], W [directions][gates * hidden][inputs], R
 * [directions][gates * hidden][hidden]. */
static bool sizes_agree(const struct op_work *work, const struct shape *x,
	const struct shape *w, const struct shape *r)
{
	int64_t rows, elems;
	return x->rank == 3 && w->rank == 3 && r->rank == 3 &&
		mul_ok(r->dim[2], cell_gates(work->node), &rows) &&
		w->dim[1] == rows && r->dim[1] == rows &&
		w->dim[0] == r->dim[0] && w->dim[2] == x->dim[2] &&
		mul_ok(x->dim[0], x->dim[1], &elems) &&
		mul_ok(elems, w->dim[0], &elems) && mul_ok(elems, rows, &elems);
}

bool op_cell(struct op_work *work)
{
	struct op_product inputs = {.terms = cell_terms};
	struct op_product states = {.terms = cell_terms};
	if (!op_take(work, 0, &inputs.in) ||
		!op_take(work, 1, &inputs.weight) ||
		!op_take(work, 2, &states.weight))
		return false;
	const struct shape *x = &inputs.in.shape, *w = &inputs.weight.shape;
	const struct shape *rec = &states.weight.shape;
	if (!sizes_agree(work, x, w, rec))
		return op_refuse(work,
			"X is %s, W is %s and R is %s: their sizes do not "
			"agree",
			shape_text(work->ctx, x), shape_text(work->ctx, w),
			shape_text(work->ctx, rec));
	int64_t rows = w->dim[1];
	struct cell_rule r = {.first = x->dim[0],
		.second = x->dim[1],
		.rows = rows,
		.sum = x->dim[2]};
	int64_t gates[] = {w->dim[0], x->dim[0], x->dim[1], rows};
	inputs.out = op_own(work,
		"what X gives the gates: directions, rows of X, gates", 4,
		gates);
	op_add(work, &inputs, &r, sizeof r);

	states.out = op_own(work,
		"what the states give the gates: directions, rows of X, gates",
		4, gates);
	gates[3] = rec->dim[2];
	states.in =
		op_own(work, "states: directions, rows of X, hidden", 4, gates);
	r.sum = rec->dim[2];
	r.per_direction = true;
	op_add(work, &states, &r, sizeof r);
	return true;
}
