/* LSTM, GRU, RNN: the products of all steps' inputs as one, the recurrence once
 * per step, or once per gate where a gate changes what the next one multiplies.
 * Both add to the gates, which the operator makes for itself. */
#include "passes/lower_rules.h"

#include "passes/shape_rule.h"

struct recurrence {
	int64_t directions, steps, batch, inputs, hidden, rows;
	int64_t gates;    /* rows is gates x hidden */
	bool batch_first; /* layout 1 */
	/* The reset gate of a GRU works on the state before the last gate's
	 * product (linear_before_reset 0). */
	bool early_reset;
};

static bool sizes_read(struct lowering *lo, struct recurrence *r)
{
	const struct shape *x = &lo->layer.input_shape;
	const struct shape *w = &lo->layer.weight_shape;
	const struct shape *rec = &node_input(lo->node, 2)->shape;
	int64_t layout, late, gates = rnn_gates(lo->node);
	if (!node_attr_int(lo->ctx, lo->node, "layout", 0, &layout) ||
		!node_attr_int(
			lo->ctx, lo->node, "linear_before_reset", 0, &late))
		return false;
	if (x->rank != 3 || w->rank != 3 || rec->rank != 3)
		return diag_error(lo->ctx, &lo->loc,
			"X is %s, W is %s, R is %s, expected 3 dimensions each",
			shape_text(lo->ctx, x), shape_text(lo->ctx, w),
			shape_text(lo->ctx, rec));
	*r = (struct recurrence){.directions = w->dim[0],
		.steps = x->dim[layout == 1],
		.batch = x->dim[layout != 1],
		.inputs = x->dim[2],
		.hidden = rec->dim[2],
		.rows = w->dim[1],
		.gates = gates,
		.batch_first = layout == 1,
		.early_reset = node_is(lo->node, OP_ONNX_GRU) && !late};
	/* Division: the product might not fit. */
	if (w->dim[2] == r->inputs && rec->dim[0] == r->directions &&
		rec->dim[1] == r->rows && r->rows % gates == 0 &&
		r->rows / gates == r->hidden)
		return true;
	return diag_error(lo->ctx, &lo->loc,
		"X is %s, W is %s, R is %s: expected W of directions x "
		"%lld*hidden x %lld and R of directions x %lld*hidden x hidden",
		shape_text(lo->ctx, x), shape_text(lo->ctx, w),
		shape_text(lo->ctx, rec), (long long)gates,
		(long long)r->inputs, (long long)gates);
}

/* Gates are directions, then the order of X's rows, then gates x hidden;
 * states likewise. */
static enum outcome products_lower(
	struct lowering *lo, const struct recurrence *r)
{
	int64_t step = r->batch_first ? 1 : r->batch;  /* in rows of X */
	int64_t batch = r->batch_first ? r->steps : 1; /* likewise */
	int64_t all = r->steps * r->batch;
	struct product inputs = {0}, recurrent = {0};
	product_put(
		&inputs, r->directions, all * r->rows, 0, r->rows * r->inputs);
	product_put(&inputs, all, r->rows, r->inputs, 0);
	product_put(&inputs, r->rows, 1, 0, r->inputs);
	product_put(&inputs, r->inputs, 0, 1, 1);
	lo->operand[OPND_O] = NULL;
	enum outcome outcome = product_lower(lo, &inputs);
	if (outcome != OUTCOME_LAYER)
		return outcome;

	product_put(&recurrent, r->directions, all * r->rows, all * r->hidden,
		r->rows * r->hidden);
	product_put_apart(
		&recurrent, r->steps, step * r->rows, step * r->hidden, 0);
	product_put(
		&recurrent, r->batch, batch * r->rows, batch * r->hidden, 0);
	if (r->early_reset) {
		product_put_apart(&recurrent, r->gates, r->hidden, 0,
			r->hidden * r->hidden);
		product_put(&recurrent, r->hidden, 1, 0, r->hidden);
	} else {
		product_put(&recurrent, r->rows, 1, 0, r->hidden);
	}
	product_put(&recurrent, r->hidden, 0, 1, 1);
	const struct value *weight = node_input(lo->node, 2);
	lo->operand[OPND_I] = NULL;
	lo->operand[OPND_W] = lower_moved_value(weight);
	lo->type[OPND_I] = lower_result(lo->node)->type;
	lo->type[OPND_W] = lower_moved_type(weight);
	lo->type[OPND_O] = lower_result(lo->node)->type;
	return product_lower(lo, &recurrent);
}

enum outcome lower_rnn(struct lowering *lo)
{
	struct recurrence r;
	enum outcome outcome = lower_take_operands(lo, 0, 1);
	if (outcome == OUTCOME_LAYER)
		outcome = lower_take(lo, node_input(lo->node, 2), "R");
	if (outcome != OUTCOME_LAYER)
		return outcome;
	if (!sizes_read(lo, &r))
		return OUTCOME_ERROR;
	/* Gates and states of all steps are tensors, too. */
	int64_t elems = (int64_t)1 << 53;
	if (r.rows > elems / r.directions / r.steps / r.batch)
		return lower_refuse(lo, "more than 2^53 gates");
	return products_lower(lo, &r);
}
