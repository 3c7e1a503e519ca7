/* What LSTM, GRU and RNN do beside their products: the host's part of a cell.
 * The products of X are there for all steps at once, those of the states a step
 * at a time, as each state comes from the gates of the step before.
 *
 * Steps are counted in the order in which a direction takes them: step k of a
 * reversed one is the k-th from the end of the sequence. */
#ifndef SIM_CELL_H
#define SIM_CELL_H

#include "ir/graph.h"

struct cell {
	struct ctx *ctx;
	const struct node *node;
	int64_t directions, steps, batch, hidden, gates;
	bool batch_first; /* X and Y are [batch][step].. */
	const struct cell_kind *kind;
	struct cell_numbers *numbers;
	/* [direction][step 0 .. steps][batch][hidden]: before each step, and
	 * after the last one. */
	double *h, *c;
};

/* Does the host do this operator's part? */
bool cell_finishes(const struct node *node);
/* Rows of W and R for one element of such a one's state. */
int64_t cell_gates(const struct node *node);

/* inputs: the node's, [input_count], NULL where one is left out. False with a
 * diagnostic: an input or attribute that does not fit. */
bool cell_open(struct ctx *ctx, const struct node *node,
	const struct tensor *const *inputs, struct cell *out);

/* Number of a row of the gates' and the states' tensors. */
int64_t cell_row(
	const struct cell *cell, int64_t direction, int64_t step, int64_t b);

/* What the product of a gate multiplies in a step, [batch][hidden]: the state;
 * for the last gate of a GRU that resets before it multiplies (linear_before_
 * reset 0), the state times the reset gate, whose sums have to be there. */
void cell_operand(const struct cell *cell, int64_t direction, int64_t step,
	int64_t gate, const double *x_sums, const double *h_sums, double *out);

/* Makes the state after a step of what the two products gave, each as
 * op_products has it: [direction][two dimensions of X][gates * hidden]. The
 * states' row of a step stands where X has the step's input in a direction that
 * is not reversed. */
void cell_step(struct cell *cell, int64_t direction, int64_t step,
	const double *x_sums, const double *h_sums);

/* Y, Y_h and Y_c, when all steps are made; out[k] is of the node's output k and
 * left alone where that is left out. */
void cell_results(const struct cell *cell, struct tensor *out);

#endif
