/* The gates of a cell, element by element, in the order of ONNX. */
#include "sim/cell.h"

#include "ir/element.h"
#include "sim/activation.h"

#include <math.h>
#include <string.h>

enum { GATES_MAX = 4, ACTIVATIONS_MAX = 3, DIRECTIONS_MAX = 2 };

/* One element of a step: gate sums of X and of the state with their biases,
 * the state and cell before, both after. */
struct cell_element {
	double x[GATES_MAX], h[GATES_MAX];
	double state, memory;
	double peephole[ACTIVATIONS_MAX]; /* of LSTM: i, o, f */
};

struct cell_function {
	const struct activation *activation;
	double params[ACTIVATION_PARAMS];
};

struct cell_numbers {
	double clip; /* infinity: none */
	bool input_forget, early_reset;
	struct cell_function function[DIRECTIONS_MAX][ACTIVATIONS_MAX];
	const struct tensor *bias, *lengths, *peephole; /* NULL: none */
	bool reversed[DIRECTIONS_MAX];
};

typedef void cell_update(
	const struct cell_numbers *n, int direction, struct cell_element *e);

/* --- the cells ------------------------------------------------------------ */

static double apply(
	const struct cell_numbers *n, int direction, int which, double x)
{
	const struct cell_function *f = &n->function[direction][which];
	x = fmax(-n->clip, fmin(n->clip, x));
	return f->activation->apply(x, f->params);
}

static void update_rnn(
	const struct cell_numbers *n, int d, struct cell_element *e)
{
	e->state = apply(n, d, 0, e->x[0] + e->h[0]);
}

/* Gates z r h. Where the reset gate works on the state, that has been
 * multiplied in the place of the state; otherwise it works on the sum. */
static void update_gru(
	const struct cell_numbers *n, int d, struct cell_element *e)
{
	double z = apply(n, d, 0, e->x[0] + e->h[0]);
	double r = apply(n, d, 0, e->x[1] + e->h[1]);
	double h = apply(n, d, 1, e->x[2] + (n->early_reset ? 1 : r) * e->h[2]);
	e->state = (1 - z) * h + z * e->state;
}

/* Gates i o f c. */
static void update_lstm(
	const struct cell_numbers *n, int d, struct cell_element *e)
{
	const double *p = e->peephole;
	double i = apply(n, d, 0, e->x[0] + e->h[0] + p[0] * e->memory);
	double f = apply(n, d, 0, e->x[2] + e->h[2] + p[2] * e->memory);
	if (n->input_forget)
		f = 1 - i;
	double c = apply(n, d, 1, e->x[3] + e->h[3]);
	e->memory = f * e->memory + i * c;
	double o = apply(n, d, 0, e->x[1] + e->h[1] + p[1] * e->memory);
	e->state = o * apply(n, d, 2, e->memory);
}

static const struct cell_kind {
	enum op_id op;
	int64_t gates;
	cell_update *update;
	int activations;
	const char
		*absent[ACTIVATIONS_MAX]; /* activations that are not given */
} kinds[] = {
	{OP_ONNX_RNN,  1, update_rnn,  1, {"Tanh"}                   },
	{OP_ONNX_GRU,  3, update_gru,  2, {"Sigmoid", "Tanh"}        },
	{OP_ONNX_LSTM, 4, update_lstm, 3, {"Sigmoid", "Tanh", "Tanh"}},
};

static const struct cell_kind *kind_of(const struct node *node)
{
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (node_is(node, kinds[i].op))
			return &kinds[i];
	return NULL;
}

bool cell_finishes(const struct node *node)
{
	return kind_of(node) != NULL;
}

int64_t cell_gates(const struct node *node)
{
	return kind_of(node)->gates;
}

/* --- attributes and inputs ------------------------------------------------ */

struct reading {
	struct cell *cell;
	struct loc loc;
	const struct tensor *const *inputs;
};

static bool direction_read(const struct reading *r)
{
	const char *text;
	struct cell *cell = r->cell;
	if (!node_attr_string(
		    cell->ctx, cell->node, "direction", "forward", &text))
		return false;
	bool both = !strcmp(text, "bidirectional");
	bool reversed = !strcmp(text, "reverse");
	cell->numbers->reversed[0] = reversed;
	cell->numbers->reversed[1] = both;
	if (!both && !reversed && strcmp(text, "forward") != 0)
		return diag_error(cell->ctx, &r->loc,
			"direction is '%s', expected forward, reverse or "
			"bidirectional",
			diag_quote(cell->ctx, text));
	return cell->directions == 1 + both ||
		diag_error(cell->ctx, &r->loc,
			"direction is %s, W has %lld directions", text,
			(long long)cell->directions);
}

/* The parameters of the activations stand in two lists, each with those that
 * use one, in order. */
static bool activations_read(const struct reading *r)
{
	static const char *const lists[ACTIVATION_PARAMS] = {
		"activation_alpha", "activation_beta"};
	struct cell *cell = r->cell;
	const struct cell_kind *kind = cell->kind;
	const struct attr *names = node_attr(cell->node, "activations");
	size_t used[ACTIVATION_PARAMS] = {0};
	size_t count = (size_t)(kind->activations * cell->directions);
	if (names && (names->kind != ATTR_STRINGS || names->count != count))
		return diag_error(
			cell->ctx, &r->loc, "expected %zu activations", count);
	for (size_t k = 0; k < count; k++) {
		size_t which = k % (size_t)kind->activations;
		struct cell_function *f = &cell->numbers->function[k /
			(size_t)kind->activations][which];
		const char *name =
			names ? names->as.strings[k] : kind->absent[which];
		f->activation = activation_find(name);
		if (!f->activation)
			return diag_error(cell->ctx, &r->loc,
				"activation '%s' is not known",
				diag_quote(cell->ctx, name));
		for (int p = 0; p < ACTIVATION_PARAMS; p++) {
			const struct attr *list =
				node_attr(cell->node, lists[p]);
			f->params[p] = f->activation->absent[p];
			if (p < f->activation->params && list &&
				list->kind == ATTR_FLOATS &&
				used[p] < list->count)
				f->params[p] = list->as.floats[used[p]++];
		}
	}
	return true;
}

/* Input k: NULL where it is left out. False when it has another number of
 * elements than count. */
static bool input_take(const struct reading *r, size_t k, int64_t count,
	const struct tensor **out)
{
	*out = k < r->cell->node->input_count ? r->inputs[k] : NULL;
	return !*out || (*out)->count == count ||
		diag_error(r->cell->ctx, &r->loc,
			"input %zu has %lld elements, expected %lld", k,
			(long long)(*out)->count, (long long)count);
}

static double *state_at(const struct cell *cell, double *states,
	int64_t direction, int64_t step)
{
	return states +
		(direction * (cell->steps + 1) + step) * cell->batch *
		cell->hidden;
}

/* The state before the first step: zeros, or input k. */
static bool state_read(const struct reading *r, size_t k, double **states)
{
	const struct cell *cell = r->cell;
	int64_t size = cell->batch * cell->hidden;
	const struct tensor *initial;
	*states = arena_array(&cell->ctx->arena,
		(size_t)(cell->directions * (cell->steps + 1) * size),
		sizeof **states);
	if (!input_take(r, k, cell->directions * size, &initial))
		return false;
	for (int64_t i = 0; initial && i < initial->count; i++) {
		int64_t row = i / cell->hidden;
		int64_t d = cell->batch_first ? row % cell->directions
					      : row / cell->batch;
		int64_t b = cell->batch_first ? row / cell->directions
					      : row % cell->batch;
		state_at(cell, *states, d,
			0)[b * cell->hidden + i % cell->hidden] =
			tensor_number(initial, i);
	}
	return true;
}

static bool lengths_verify(const struct reading *r)
{
	const struct tensor *lengths = r->cell->numbers->lengths;
	for (int64_t b = 0; lengths && b < lengths->count; b++)
		if (!lengths->ints || lengths->ints[b] < 0 ||
			lengths->ints[b] > r->cell->steps)
			return diag_error(r->cell->ctx, &r->loc,
				"a sequence length is not in 0 to %lld",
				(long long)r->cell->steps);
	return true;
}

bool cell_open(struct ctx *ctx, const struct node *node,
	const struct tensor *const *inputs, struct cell *out)
{
	enum { W = 1, R, BIAS, LENGTHS, INITIAL_H, INITIAL_C, PEEPHOLE };
	const struct shape *x = &node_input(node, 0)->shape;
	const struct shape *rec = &node_input(node, R)->shape;
	struct reading r = {
		.cell = out, .loc = node_loc(node), .inputs = inputs};
	int64_t layout, forget, late;
	if (!node_attr_int(ctx, node, "layout", 0, &layout) ||
		!node_attr_int(ctx, node, "input_forget", 0, &forget) ||
		!node_attr_int(ctx, node, "linear_before_reset", 0, &late))
		return false;
	*out = (struct cell){.ctx = ctx,
		.node = node,
		.kind = kind_of(node),
		.directions = rec->dim[0],
		.steps = x->dim[layout == 1],
		.batch = x->dim[layout != 1],
		.hidden = rec->dim[2],
		.batch_first = layout == 1,
		.numbers = arena_alloc(&ctx->arena, sizeof *out->numbers)};
	out->gates = out->kind->gates;
	struct cell_numbers *n = out->numbers;
	n->input_forget = forget != 0;
	n->early_reset = out->kind->update == update_gru && !late;
	int64_t d = out->directions, rows = out->gates * out->hidden;
	return direction_read(&r) && activations_read(&r) &&
		node_attr_float(ctx, node, "clip", INFINITY, &n->clip) &&
		input_take(&r, BIAS, d * 2 * rows, &n->bias) &&
		input_take(&r, LENGTHS, out->batch, &n->lengths) &&
		lengths_verify(&r) && state_read(&r, INITIAL_H, &out->h) &&
		state_read(&r, INITIAL_C, &out->c) &&
		input_take(&r, PEEPHOLE, d * 3 * out->hidden, &n->peephole);
}

/* --- steps ---------------------------------------------------------------- */

static int64_t length_of(const struct cell *cell, int64_t b)
{
	const struct tensor *lengths = cell->numbers->lengths;
	return lengths ? lengths->ints[b] : cell->steps;
}

/* Position in the sequence of a step. */
static int64_t time_of(
	const struct cell *cell, int64_t direction, int64_t step, int64_t b)
{
	return cell->numbers->reversed[direction]
		? length_of(cell, b) - 1 - step
		: step;
}

int64_t cell_row(
	const struct cell *cell, int64_t direction, int64_t step, int64_t b)
{
	int64_t row = cell->batch_first ? b * cell->steps + step
					: step * cell->batch + b;
	return direction * cell->steps * cell->batch + row;
}

static double optional(const struct tensor *tensor, int64_t k)
{
	return tensor ? tensor_number(tensor, k) : 0;
}

static struct cell_element element_take(const struct cell *cell,
	int64_t direction, const double *x, const double *h, int64_t k)
{
	const struct cell_numbers *n = cell->numbers;
	int64_t rows = cell->gates * cell->hidden;
	struct cell_element e = {.state = 0};
	for (int64_t g = 0; g < cell->gates; g++) {
		int64_t at = g * cell->hidden + k;
		int64_t bias = direction * 2 * rows + at;
		e.x[g] = x[at] + optional(n->bias, bias);
		e.h[g] = h[at] + optional(n->bias, bias + rows);
	}
	for (int64_t p = 0; p < ACTIVATIONS_MAX; p++)
		e.peephole[p] = optional(n->peephole,
			(direction * ACTIVATIONS_MAX + p) * cell->hidden + k);
	return e;
}

void cell_operand(const struct cell *cell, int64_t direction, int64_t step,
	int64_t gate, const double *x_sums, const double *h_sums, double *out)
{
	enum { RESET = 1, LAST };
	const double *h = state_at(cell, cell->h, direction, step);
	int64_t rows = cell->gates * cell->hidden;
	memcpy(out, h, (size_t)(cell->batch * cell->hidden) * sizeof *out);
	if (!cell->numbers->early_reset || gate != LAST)
		return;
	for (int64_t b = 0; b < cell->batch; b++) {
		if (step >= length_of(cell, b))
			continue;
		int64_t time = time_of(cell, direction, step, b);
		const double *x =
			x_sums + cell_row(cell, direction, time, b) * rows;
		const double *rec =
			h_sums + cell_row(cell, direction, step, b) * rows;
		for (int64_t k = 0; k < cell->hidden; k++) {
			struct cell_element e =
				element_take(cell, direction, x, rec, k);
			out[b * cell->hidden + k] *= apply(cell->numbers,
				(int)direction, 0, e.x[RESET] + e.h[RESET]);
		}
	}
}

void cell_step(struct cell *cell, int64_t direction, int64_t step,
	const double *x_sums, const double *h_sums)
{
	const double *h = state_at(cell, cell->h, direction, step);
	const double *c = state_at(cell, cell->c, direction, step);
	double *h_after = state_at(cell, cell->h, direction, step + 1);
	double *c_after = state_at(cell, cell->c, direction, step + 1);
	int64_t rows = cell->gates * cell->hidden;
	for (int64_t b = 0; b < cell->batch; b++) {
		bool over = step >= length_of(cell, b);
		int64_t time = over ? 0 : time_of(cell, direction, step, b);
		const double *x =
			x_sums + cell_row(cell, direction, time, b) * rows;
		const double *rec =
			h_sums + cell_row(cell, direction, step, b) * rows;
		for (int64_t k = 0; k < cell->hidden; k++) {
			int64_t at = b * cell->hidden + k;
			struct cell_element e =
				element_take(cell, direction, x, rec, k);
			e.state = h[at];
			e.memory = c[at];
			/* Behind its end a sequence keeps its state. */
			if (!over)
				cell->kind->update(
					cell->numbers, (int)direction, &e);
			h_after[at] = e.state;
			c_after[at] = e.memory;
		}
	}
}

/* --- results -------------------------------------------------------------- */

static void put(struct tensor *out, int64_t k, double x)
{
	out->floats[k] =
		element_float(out->type, element_of_float(out->type, x));
}

static struct tensor result_make(
	const struct cell *cell, const struct value *value, int64_t count)
{
	struct tensor t = {
		.type = value->type, .shape = value->shape, .count = count};
	t.floats =
		arena_array(&cell->ctx->arena, (size_t)count, sizeof *t.floats);
	return t;
}

/* Y: [step][direction][batch][hidden], with the batch first [batch][step]
 * [direction][hidden]; zero behind the end of a sequence. */
static void put_all(const struct cell *cell, struct tensor *out)
{
	for (int64_t d = 0; d < cell->directions; d++)
		for (int64_t s = 0; s < cell->steps; s++)
			for (int64_t b = 0; b < cell->batch; b++) {
				if (s >= length_of(cell, b))
					continue;
				int64_t t = time_of(cell, d, s, b);
				int64_t row = cell->batch_first
					? (b * cell->steps + t) *
							cell->directions +
						d
					: (t * cell->directions + d) *
							cell->batch +
						b;
				const double *h =
					state_at(cell, cell->h, d, s + 1) +
					b * cell->hidden;
				for (int64_t k = 0; k < cell->hidden; k++)
					put(out, row * cell->hidden + k, h[k]);
			}
}

/* Y_h and Y_c: [direction][batch][hidden], or the batch first. */
static void put_last(
	const struct cell *cell, double *states, struct tensor *out)
{
	for (int64_t d = 0; d < cell->directions; d++)
		for (int64_t b = 0; b < cell->batch; b++) {
			int64_t row = cell->batch_first
				? b * cell->directions + d
				: d * cell->batch + b;
			const double *last =
				state_at(cell, states, d, cell->steps) +
				b * cell->hidden;
			for (int64_t k = 0; k < cell->hidden; k++)
				put(out, row * cell->hidden + k, last[k]);
		}
}

void cell_results(const struct cell *cell, struct tensor *out)
{
	enum { Y, Y_H, Y_C, RESULTS };
	int64_t last = cell->directions * cell->batch * cell->hidden;
	for (size_t o = 0; o < RESULTS; o++) {
		const struct value *value = node_output(cell->node, o);
		if (!value)
			continue;
		out[o] = result_make(
			cell, value, o == Y ? last * cell->steps : last);
		if (o == Y)
			put_all(cell, &out[o]);
		else
			put_last(cell, o == Y_H ? cell->h : cell->c, &out[o]);
	}
}
