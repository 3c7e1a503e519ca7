/* LSTM, GRU and RNN: the products of X, then those of the states, before each
 * run of which the host makes the state (docs/config-blob.md, 'interleaved').
 */
#include "sim/run_parts.h"

#include "sim/cell.h"
#include "sim/machine.h"

/* The two products; the second one's operands. */
enum { INPUTS, STATES, PRODUCTS };

struct cell_run {
	const struct running *run;
	struct cell cell;
	struct image gates, states, weight;
	double *x_sums, *h_sums; /* what the products gave, row by row */
	double *operand;         /* [batch][hidden] */
	/* Where the runs of the second placement begin in its gates. */
	int64_t base, elem_bytes;
	uint32_t loops;
	const int64_t *step; /* [loops], bytes */
};

static int64_t gates_of(const struct cell *cell)
{
	return cell->gates * cell->hidden;
}

/* Takes on what the machine has given for a step. */
static void sums_take(struct cell_run *c, int64_t direction, int64_t step)
{
	int64_t gates = gates_of(&c->cell);
	for (int64_t b = 0; b < c->cell.batch; b++) {
		int64_t first = cell_row(&c->cell, direction, step, b) * gates;
		for (int64_t g = first; g < first + gates; g++)
			c->h_sums[g] = image_get(&c->gates, (uint64_t)g);
	}
}

/* Makes the state after a step. */
static void step_finish(struct cell_run *c, int64_t direction, int64_t step)
{
	sums_take(c, direction, step);
	cell_step(&c->cell, direction, step, c->x_sums, c->h_sums);
}

/* Makes what a run multiplies: the state before the step whose gates it makes.
 */
static void state_make(void *arg, const uint64_t *trip)
{
	struct cell_run *c = arg;
	struct cell *cell = &c->cell;
	int64_t byte = c->base;
	for (uint32_t l = 0; l < c->loops; l++)
		byte += (int64_t)trip[l] * c->step[l];
	int64_t element = byte / c->elem_bytes;
	int64_t gate = element % gates_of(cell) / cell->hidden;
	int64_t row = element / gates_of(cell);
	int64_t direction = row / (cell->steps * cell->batch);
	row %= cell->steps * cell->batch;
	int64_t step =
		cell->batch_first ? row % cell->steps : row / cell->batch;
	if (byte < 0 || direction >= cell->directions)
		return; /* no row of the gates: the machine refuses it */
	if (gate == 0 && step > 0)
		step_finish(c, direction, step - 1);
	sums_take(c, direction, step);
	cell_operand(
		cell, direction, step, gate, c->x_sums, c->h_sums, c->operand);
	for (int64_t b = 0; b < cell->batch; b++) {
		int64_t first =
			cell_row(cell, direction, step, b) * cell->hidden;
		for (int64_t k = 0; k < cell->hidden; k++)
			image_put(&c->states, (uint64_t)(first + k),
				c->operand[b * cell->hidden + k], false);
	}
}

static bool placement_run(struct running *run, const struct layer_run *layer,
	struct machine_job *job)
{
	struct machine_counts counts = {0};
	struct machine_fault fault;
	job->cfg = run->cfg;
	job->sample = 1;
	return machine_run(run->ctx, job, &counts, &fault) ||
		diag_error(run->ctx, &layer->loc,
			"placement %u: the machine stopped: %s",
			(unsigned)(job->placement - layer->step.placements),
			fault.text);
}

static bool inputs_run(
	struct running *run, struct layer_run *layer, struct cell_run *c)
{
	uint32_t placement = layer->step.placements + INPUTS;
	struct image x, w;
	if (!run_image_take(run, layer, placement, NWCFG_I, &x) ||
		!run_image_take(run, layer, placement, NWCFG_W, &w))
		return false;
	struct image out =
		run_image(run, run_operand(run, placement, NWCFG_O), true);
	struct machine_job job = {
		.placement = placement, .image = {&out, &x, &w}
        };
	if (!placement_run(run, layer, &job))
		return false;
	c->x_sums = arena_array(
		&run->ctx->arena, (size_t)out.elems, sizeof *c->x_sums);
	for (uint64_t i = 0; i < out.elems; i++)
		c->x_sums[i] = image_get(&out, i);
	return true;
}

/* Reads where the runs of the placement begin. */
static void runs_read(
	struct running *run, uint32_t placement, struct cell_run *c)
{
	struct nwcfg_placement record;
	struct nwcfg_descriptor descriptor;
	nwcfg_load_placement(
		nwcfg_record(run->cfg, NWCFG_PLACEMENT, placement), &record);
	nwcfg_load_descriptor(nwcfg_record(run->cfg, NWCFG_DESCRIPTOR,
				      record.descriptors + NWCFG_O),
		&descriptor);
	int64_t *step = arena_array(
		&run->ctx->arena, record.instance_count, sizeof *step);
	for (uint32_t l = 0; l < record.instance_count; l++) {
		struct nwcfg_instance instance;
		nwcfg_load_instance(nwcfg_record(run->cfg, NWCFG_INSTANCE,
					    record.instances + l),
			&instance);
		step[l] = instance.step[NWCFG_O];
	}
	c->base = descriptor.base;
	c->elem_bytes = descriptor.elem_bytes;
	c->loops = record.instance_count;
	c->step = step;
}

static bool states_run(
	struct running *run, struct layer_run *layer, struct cell_run *c)
{
	uint32_t placement = layer->step.placements + STATES;
	if (!run_image_take(run, layer, placement, NWCFG_W, &c->weight))
		return false;
	c->gates = run_image(run, run_operand(run, placement, NWCFG_O), true);
	c->states = run_image(run, run_operand(run, placement, NWCFG_I), false);
	c->h_sums = arena_array(
		&run->ctx->arena, (size_t)c->gates.elems, sizeof *c->h_sums);
	c->operand = arena_array(&run->ctx->arena,
		(size_t)(c->cell.batch * c->cell.hidden), sizeof *c->operand);
	runs_read(run, placement, c);
	struct machine_job job = {
		.placement = placement,
		.image = {&c->gates, &c->states, &c->weight},
		.before_run = state_make,
		.arg = c
        };
	if (!placement_run(run, layer, &job))
		return false;
	for (int64_t d = 0; d < c->cell.directions; d++)
		step_finish(c, d, c->cell.steps - 1);
	return true;
}

bool run_cell(struct running *run, struct layer_run *layer)
{
	enum { RESULTS = 3 };
	const struct node *node = layer->node;
	struct cell_run c = {.run = run};
	struct tensor *out =
		arena_array(&run->ctx->arena, RESULTS, sizeof *out);
	if (layer->products.count != PRODUCTS ||
		layer->step.placement_count != PRODUCTS)
		return run_mismatch(run, "a cell has two placements");
	for (uint32_t p = 0; p < PRODUCTS; p++)
		if (!run_operands_fit(run, &layer->products.product[p],
			    layer->step.placements + p))
			return false;
	if (!cell_open(run->ctx, node, layer->inputs, &c.cell) ||
		!inputs_run(run, layer, &c) || !states_run(run, layer, &c))
		return false;
	cell_results(&c.cell, out);
	for (uint32_t o = 0; o < RESULTS && o < node->output_count; o++)
		if (node->output[o] && !run_hold(run, layer, o, &out[o]))
			return false;
	return true;
}
