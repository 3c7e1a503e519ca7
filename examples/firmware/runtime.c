/* The runtime's loop over steps: places, descriptors, counters, in the
 * loader's terms. */
#include "runtime.h"

/* An operand of the placement that runs. */
struct side {
	struct nwcfg_operand operand;
	struct nwcfg_descriptor descriptor;
	struct nwcfg_tensor tensor;
	struct nwcfg_axis axis[RUNTIME_AXES];
	struct nwcfg_extent extent[RUNTIME_AXES];
};

struct run {
	const struct nwcfg *cfg;
	const struct runtime_board *board;
	struct nwcfg_arch arch;
	struct nwcfg_placement placement;
	struct nwcfg_program program;
	struct nwcfg_counter counter[RUNTIME_COUNTERS]; /* of the DRAM level */
	uint64_t at[RUNTIME_COUNTERS];
	struct nwcfg_instance instance[RUNTIME_INSTANCES];
	uint64_t trip[RUNTIME_INSTANCES];
	struct side side[3];
};

static int load_side(struct run *run, uint32_t o)
{
	const struct nwcfg *cfg = run->cfg;
	struct side *s = &run->side[o];
	uint32_t d;
	if (nwcfg_get_operand(cfg, run->program.operands + o, &s->operand) ||
		nwcfg_get_descriptor(
			cfg, run->placement.descriptors + o, &s->descriptor) ||
		nwcfg_get_tensor(cfg, s->descriptor.tensor, &s->tensor))
		return RUNTIME_BAD_INDEX;
	if (s->operand.axis_count > RUNTIME_AXES)
		return RUNTIME_TOO_LARGE;
	for (d = 0; d < s->operand.axis_count; d++)
		if (nwcfg_get_axis(cfg, s->operand.axes + d, &s->axis[d]) ||
			nwcfg_get_extent(
				cfg, s->descriptor.extents + d, &s->extent[d]))
			return RUNTIME_BAD_INDEX;
	return RUNTIME_OK;
}

static int load(struct run *run, uint32_t placement)
{
	const struct nwcfg *cfg = run->cfg;
	uint32_t k;
	int result = RUNTIME_OK;
	if (nwcfg_get_arch(cfg, 0, &run->arch) ||
		nwcfg_get_placement(cfg, placement, &run->placement) ||
		nwcfg_get_program(cfg, run->placement.program, &run->program))
		return RUNTIME_BAD_INDEX;
	if (run->program.level_counters[NWCFG_LEVEL_DRAM] > RUNTIME_COUNTERS ||
		run->placement.instance_count > RUNTIME_INSTANCES)
		return RUNTIME_TOO_LARGE;
	for (k = 0; k < 3; k++)
		if (run->arch.word_bits[k] != 8 * run->arch.elem_bytes)
			return RUNTIME_WORDS;
	for (k = 0; k < run->program.level_counters[NWCFG_LEVEL_DRAM]; k++) {
		run->at[k] = 0;
		if (nwcfg_get_counter(
			    cfg, run->program.counters + k, &run->counter[k]))
			return RUNTIME_BAD_INDEX;
	}
	for (k = 0; k < run->placement.instance_count; k++) {
		run->trip[k] = 0;
		if (nwcfg_get_instance(cfg, run->placement.instances + k,
			    &run->instance[k]))
			return RUNTIME_BAD_INDEX;
	}
	for (k = 0; k < 3 && result == RUNTIME_OK; k++)
		result = load_side(run, k);
	return result;
}

/* --- DMA ------------------------------------------------------------------ */

/* Is index i of axis d in the tensor? Adds its bytes to the address. */
static int place(const struct run *run, const struct side *s, uint32_t d,
	uint64_t i, int64_t *address)
{
	const struct nwcfg_extent *e = &s->extent[d];
	const struct nwcfg_descriptor *descriptor = &s->descriptor;
	int64_t z;
	if (i < e->low || i >= e->high)
		return 0;
	*address += nwcfg_axis_bytes(e, i);
	if (d != descriptor->window_axis)
		return 1;
	z = descriptor->window_start +
		(int64_t)run->trip[descriptor->window_loop] *
			descriptor->window_stride +
		(int64_t)(i % e->split) * descriptor->window_dilation;
	return z >= 0 && (uint64_t)z < descriptor->window_size;
}

/* Elements from index first on along the innermost axis that are alike: all in
 * the tensor, one step apart, or all outside. At most 'most'. */
static uint64_t straight(const struct side *s, uint64_t first, uint64_t most)
{
	uint32_t d = s->operand.axis_count - 1;
	const struct nwcfg_extent *e = &s->extent[d];
	uint64_t end = first + most;
	if (e->split || d == s->descriptor.window_axis)
		return 1;
	if (first < e->low)
		return (e->low < end ? e->low : end) - first;
	if (first < e->high)
		return (e->high < end ? e->high : end) - first;
	return end - first;
}

/* Real iterations of the loops in the SPM tiles at the DRAM counters. */
static void tile_size(const struct run *run, uint64_t size[7])
{
	uint32_t l;
	for (l = 0; l < 7; l++)
		size[l] = run->program.bound[l];
	nwcfg_clip_tile(run->counter, run->at,
		run->program.level_counters[NWCFG_LEVEL_DRAM], size);
}

/* Moves the tile of operand o at the DRAM counters; what lies beyond an edge of
 * the nest is zero, and is not stored. */
static void transfer(struct run *run, uint32_t o, uint64_t spm, int store)
{
	const struct side *s = &run->side[o];
	uint32_t axes = s->operand.axis_count, last = axes - 1, d, k;
	uint64_t origin[RUNTIME_AXES], in[RUNTIME_AXES], real[RUNTIME_AXES];
	uint64_t size[7], word = 0;
	int64_t base = s->descriptor.base;
	tile_size(run, size);
	for (d = 0; d < axes; d++) {
		origin[d] = in[d] = 0;
		real[d] = nwcfg_axis_indices(
			&run->program, s->axis[d].index, size);
	}
	for (k = 0; k < run->program.level_counters[NWCFG_LEVEL_DRAM]; k++)
		if (run->counter[k].axis[o] != NWCFG_NONE)
			origin[run->counter[k].axis[o]] +=
				run->at[k] * run->counter[k].step[o];
	for (k = 0; k < run->placement.instance_count; k++)
		base += (int64_t)run->trip[k] * run->instance[k].step[o];
	/* The tile is dense in the scratchpad: words in the axes' order. */
	while (word < s->operand.spm_words) {
		struct runtime_move move;
		int64_t address = base;
		uint64_t left = s->axis[last].tile - in[last];
		int inside = 1;
		for (d = 0; d < axes; d++)
			inside &= in[d] < real[d] &&
				place(run, s, d, origin[d] + in[d], &address);
		if (in[last] < real[last])
			left = straight(s, origin[last] + in[last],
				real[last] - in[last]);
		move.store = store;
		move.zero = !inside;
		move.type = s->tensor.type;
		move.elem_bytes = s->descriptor.elem_bytes;
		move.region = s->tensor.region;
		move.dram = inside ? s->tensor.offset + (uint64_t)address : 0;
		move.dram_step = s->extent[last].stride;
		move.spm = spm + word * run->arch.elem_bytes;
		move.word_bytes = run->arch.elem_bytes;
		move.elems = left;
		if (inside || !store)
			run->board->move(run->board->self, &move);
		word += move.elems;
		in[last] += move.elems;
		for (d = axes; d-- > 1 && in[d] == s->axis[d].tile;) {
			in[d] = 0;
			in[d - 1]++;
		}
	}
}

/* --- loops ---------------------------------------------------------------- */

/* Was O's tile worked on before? A counter that does not move it has turned. */
static int touched(const struct run *run)
{
	uint32_t k;
	for (k = 0; k < run->program.level_counters[NWCFG_LEVEL_DRAM]; k++)
		if (run->at[k] && run->counter[k].axis[NWCFG_O] == NWCFG_NONE)
			return 1;
	return 0;
}

static void run_program(struct run *run)
{
	uint32_t o, k;
	uint64_t pass;
	for (pass = 0; pass < run->program.spm_passes; pass++) {
		struct runtime_pass p;
		p.cfg = run->cfg;
		p.program = &run->program;
		p.touched = touched(run);
		tile_size(run, p.size);
		for (o = 0; o < 3; o++) {
			const struct nwcfg_operand *operand =
				&run->side[o].operand;
			uint64_t reuse = operand->dram_reuse;
			uint64_t buffer = pass / reuse % run->arch.spm_buffers;
			p.spm[o] = (buffer * run->arch.spm_banks +
					   operand->bank_first) *
				run->arch.bank_bytes;
			p.fresh[o] = pass % reuse == 0;
			p.last[o] = (pass + 1) % reuse == 0;
			if (p.fresh[o] && (o != NWCFG_O || p.touched))
				transfer(run, o, p.spm[o], 0);
		}
		run->board->pass(run->board->self, &p);
		if (p.last[NWCFG_O])
			transfer(run, NWCFG_O, p.spm[NWCFG_O], 1);
		for (k = run->program.level_counters[NWCFG_LEVEL_DRAM];
			k-- > 0;) {
			if (++run->at[k] < run->counter[k].trips)
				break;
			run->at[k] = 0;
		}
	}
}

enum runtime_result runtime_place(const struct nwcfg *cfg,
	const struct runtime_board *board, uint32_t placement)
{
	struct run run;
	uint64_t n;
	uint32_t k;
	int result;
	run.cfg = cfg;
	run.board = board;
	result = load(&run, placement);
	if (result != RUNTIME_OK)
		return (enum runtime_result)result;
	for (n = 0; n < run.placement.runs; n++) {
		run_program(&run);
		for (k = run.placement.instance_count; k-- > 0;) {
			if (++run.trip[k] < run.instance[k].trips)
				break;
			run.trip[k] = 0;
		}
	}
	return RUNTIME_OK;
}

enum runtime_result runtime_run(
	const struct nwcfg *cfg, const struct runtime_board *board)
{
	uint32_t s, i;
	for (s = 0; s < nwcfg_count(cfg, NWCFG_STEP); s++) {
		struct nwcfg_step step;
		if (nwcfg_get_step(cfg, s, &step))
			return RUNTIME_BAD_INDEX;
		if (board->host(board->self, cfg, &step, 0))
			return RUNTIME_STOPPED;
		for (i = 0; i < step.placement_count; i++) {
			enum runtime_result result =
				runtime_place(cfg, board, step.placements + i);
			if (result != RUNTIME_OK)
				return result;
		}
		if (step.placement_count &&
			board->host(board->self, cfg, &step, 1))
			return RUNTIME_STOPPED;
	}
	return RUNTIME_OK;
}
