/* Counters, operands, axes and descriptors of a nest from the mapping's
 * factors and orders. */
#include "codegen/config_program.h"

#include "base/checked.h"

#include <assert.h>

/* Steps along a dimension's index for a step of one of its loops. */
static int64_t index_scale(
	const struct nest *nest, enum index index, enum loop loop)
{
	if (index < INDEX_ROWS)
		return 1;
	int axis = (int)index - INDEX_ROWS;
	return loop == LOOP_OX || loop == LOOP_OY ? nest->stride[axis]
						  : nest->dilation[axis];
}

/* Number of the operand's dimension that a loop runs along, -1 for none. Nests
 * have no diagonals: a loop is in one dimension at most. */
static int loop_dim(const struct nest *nest, int operand, int loop)
{
	const struct nest_tensor *tensor = &nest->tensor[operand];
	int found = -1;
	for (int d = 0; d < tensor->dims; d++)
		if (index_loops(tensor->dim[d].index) & LOOP_BIT(loop)) {
			assert(found < 0);
			found = d;
		}
	return found;
}

struct tiles {
	int64_t extent[SEED_BOXES][LOOP_COUNT]; /* iterations of the loops */
	struct config_axis axis[OPND_COUNT][NEST_DIMS];
	uint64_t spm_words[OPND_COUNT], rf_words[OPND_COUNT],
		array_words[OPND_COUNT];
};

static void tiles_of(
	const struct nest *nest, const struct tiling *tiling, struct tiles *out)
{
	for (int b = 0; b < SEED_BOXES; b++)
		tiling_box(nest, tiling, b, out->extent[b]);
	for (int o = 0; o < OPND_COUNT; o++) {
		const struct nest_tensor *tensor = &nest->tensor[o];
		uint64_t spm = 1, rf = 1, array = 1;
		for (int d = tensor->dims - 1; d >= 0; d--) {
			enum index index = tensor->dim[d].index;
			struct config_axis *axis = &out->axis[o][d];
			*axis = (struct config_axis){
				.index = (uint32_t)index,
				.tile = (uint64_t)index_extent(
					nest, index, out->extent[BOX_SPM]),
				.array = (uint64_t)index_extent(
					nest, index, out->extent[BOX_PE]),
				.rf = (uint64_t)index_extent(
					nest, index, out->extent[BOX_RF]),
				.spm_stride = spm,
				.rf_stride = rf,
			};
			spm *= axis->tile;
			rf *= axis->rf;
			array *= axis->array;
		}
		out->spm_words[o] = spm;
		out->rf_words[o] = rf;
		out->array_words[o] = array;
	}
}

/* Adds the counter of a loop of a slot: the blob's levels stand in nest order.
 */
static void add_counter(struct config_tables *tables, const struct nest *nest,
	const struct tiling *tiling, const struct tiles *tiles, int slot,
	int loop, int64_t pe_step)
{
	/* Iterations of the loop in the tile inside the slot. */
	int64_t extent = slot == SLOT_RF ? 1 : tiles->extent[slot + 1][loop];
	struct config_counter counter = {
		.level = (uint32_t)slot,
		.loop = (uint32_t)loop,
		.trips = (uint64_t)tiling->factor[slot][loop],
		.extent = (uint64_t)extent,
		.pe_step = (uint32_t)pe_step,
	};
	for (int o = 0; o < OPND_COUNT; o++) {
		int d = loop_dim(nest, o, loop);
		counter.axis[o] = CONFIG_NONE;
		if (d < 0)
			continue;
		const struct config_axis *axis = &tiles->axis[o][d];
		counter.axis[o] = (uint32_t)d;
		counter.step[o] = (uint64_t)(extent *
			index_scale(nest, nest->tensor[o].dim[d].index,
				(enum loop)loop));
		if (slot == SLOT_RF)
			counter.step[o] *= axis->rf_stride;
		else if (slot != SLOT_DRAM)
			counter.step[o] *= axis->spm_stride;
	}
	config_add(tables, CONFIG_COUNTER, &counter);
}

/* PEs from one coordinate of each spatial loop to the next: within the row or
 * the column on which a machine with a grid has the loop, in the order of the
 * loops where it has none. */
static void pe_steps(const struct nest *nest, const struct arch *arch,
	const struct tiling *tiling, int64_t step[LOOP_COUNT])
{
	const int64_t *factor = tiling->factor[SLOT_SPATIAL];
	enum grid_axis axis[LOOP_COUNT] = {GRID_ROWS};
	int64_t next[GRID_AXES] = {
		[GRID_ROWS] = 1,
		[GRID_COLUMNS] = 1,
	};
	if (arch->dataflow.grid) {
		bool placed = dataflow_place(arch, nest, factor, axis);
		assert(placed);
		(void)placed;
		next[GRID_ROWS] = arch->pes / arch->pe_rows;
	}
	for (int l = LOOP_COUNT - 1; l >= 0; l--) {
		step[l] = next[axis[l]];
		next[axis[l]] *= factor[l];
	}
}

/* Adds all counters; moved_by[o] gets a bit for each that moves operand o. */
static void add_counters(struct config_tables *tables, const struct nest *nest,
	const struct arch *arch, const struct mapping *mapping,
	const struct tiles *tiles, struct config_program *program,
	uint32_t moved_by[OPND_COUNT])
{
	const struct tiling *tiling = &mapping->tiling;
	int64_t pe_step[LOOP_COUNT];
	pe_steps(nest, arch, tiling, pe_step);
	program->counters = tables->table[CONFIG_COUNTER].count;
	for (int slot = 0; slot < SEED_SLOTS; slot++) {
		for (int i = 0; i < LOOP_COUNT; i++) {
			int loop = mapping->order[slot][i];
			int64_t trips = tiling->factor[slot][loop];
			if (trips == 1)
				continue;
			add_counter(tables, nest, tiling, tiles, slot, loop,
				slot == SLOT_SPATIAL ? pe_step[loop] : 0);
			for (int o = 0; o < OPND_COUNT; o++)
				if (loop_dim(nest, o, loop) >= 0)
					moved_by[o] |= 1u
						<< program->counter_count;
			program->counter_count++;
			program->level_counters[slot]++;
		}
	}
}

/* PEs that hold the same words of the operand. */
static int64_t group_of(
	const struct nest *nest, const struct tiling *tiling, int operand)
{
	int64_t group = 1;
	for (int l = 0; l < LOOP_COUNT; l++)
		if (!(nest->indexes[operand] & LOOP_BIT(l)))
			group *= tiling->factor[SLOT_SPATIAL][l];
	return group;
}

static void add_operands(struct config_tables *tables, const struct nest *nest,
	const struct arch *arch, const struct candidate *candidate,
	const struct tiles *tiles, const uint32_t moved_by[OPND_COUNT])
{
	const struct mapping *mapping = &candidate->mapping;
	struct reuse dram = reuse_of_order(
		nest, &mapping->tiling, SLOT_DRAM, mapping->order[SLOT_DRAM]);
	struct reuse spm = reuse_of_order(
		nest, &mapping->tiling, SLOT_SPM, mapping->order[SLOT_SPM]);
	int64_t pes = tiling_product(&mapping->tiling, SLOT_SPATIAL);
	uint32_t bank = 0;
	uint64_t rf = 0;
	struct tile_cost cost;
	const struct machine machine = machine_of_arch(arch);
	const struct reuses reuses = {
		.slot[SLOT_DRAM] = &dram,
		.slot[SLOT_SPM] = &spm,
	};
	tile_cost(nest, &machine, &mapping->tiling, BURST_TRUE, &cost);
	for (int o = 0; o < OPND_COUNT; o++) {
		uint64_t bytes = (uint64_t)arch_bytes(
			arch, (enum operand)o, (int64_t)tiles->spm_words[o]);
		uint64_t bank_bytes = (uint64_t)arch->bank_bytes;
		int64_t group = group_of(nest, &mapping->tiling, o);
		struct config_operand operand = {
			.axes = tables->table[CONFIG_AXIS].count,
			.axis_count = (uint32_t)nest->tensor[o].dims,
			.flags = (o == OPND_O ? CONFIG_OPERAND_FLAG_WRITTEN
					      : 0) |
				(candidate->estimate.held[o]
						? CONFIG_OPERAND_FLAG_HELD
						: 0) |
				(skips_store(
					 &machine, &cost, &reuses, STORE_SPM, o)
						? CONFIG_OPERAND_FLAG_DIRECT
						: 0) |
				(skips_store(
					 &machine, &cost, &reuses, STORE_RF, o)
						? CONFIG_OPERAND_FLAG_STREAM
						: 0),
			.moved_by = moved_by[o],
			.bank_first = bank,
			.bank_count = (uint32_t)((bytes + bank_bytes - 1) /
				bank_bytes),
			.spm_words = tiles->spm_words[o],
			.rf_offset = rf,
			.rf_words = tiles->rf_words[o],
			.array_words = tiles->array_words[o],
			.dram_reuse = (uint64_t)dram.factor[o],
			.spm_reuse = (uint64_t)spm.factor[o],
			.group_pes = (uint64_t)group,
			.groups = (uint64_t)(pes / group),
		};
		bank += arch->operand_banks[o]
			? (uint32_t)arch->operand_banks[o]
			: operand.bank_count;
		rf += operand.rf_words;
		for (int d = 0; d < nest->tensor[o].dims; d++)
			config_add(tables, CONFIG_AXIS, &tiles->axis[o][d]);
		config_add(tables, CONFIG_OPERAND, &operand);
	}
}

/* The elements and accesses behind the estimate's energy. */
static void add_charged_counts(const struct nest *nest, const struct arch *arch,
	const struct candidate *candidate, enum burst_rule rule,
	const struct tile_cost *cost, struct config_expectation *out)
{
	struct breakdown b;
	cost_breakdown(nest, arch, &candidate->mapping, rule, &b);
	for (int o = 0; o < OPND_COUNT; o++) {
		const struct flow *far = &b.flow[LINK_DMA][o];
		const struct flow *near = &b.flow[LINK_NOC][o];
		out->dram_reads[o] = (uint64_t)far->down;
		out->dram_writes[o] = (uint64_t)far->up;
		out->spm_accesses[o] = (uint64_t)(near->down + near->up);
		out->deliveries[o] = (uint64_t)near->delivered;
	}
	/* One reduction where sums return from the PEs, where they also came
	 * from before, unless O is held. */
	uint64_t ways = candidate->estimate.held[OPND_O] ? 1 : 2;
	uint64_t words = (uint64_t)(cost->elems[BOX_RF][OPND_O] *
		cost->link[LINK_NOC].groups);
	uint64_t returns = out->deliveries[OPND_O] / ways / words;
	out->reductions = (uint64_t)cost->link[LINK_NOC].added * returns;
}

static uint32_t add_expectation(struct config_tables *tables,
	const struct nest *nest, const struct arch *arch,
	const struct candidate *candidate, enum burst_rule rule)
{
	const struct estimate *estimate = &candidate->estimate;
	struct tile_cost cost;
	const struct machine machine = machine_of_arch(arch);
	tile_cost(nest, &machine, &candidate->mapping.tiling, rule, &cost);
	struct config_expectation expectation = {
		.flags = rule == BURST_COMPAT ? CONFIG_EXPECTATION_FLAG_COMPAT
					      : 0,
		.macs = (uint64_t)cost.macs,
		.cycles = (uint64_t)estimate->cycles,
		.pass_cycles = (uint64_t)estimate->pass_cycles,
		.reduction_cycles = (uint64_t)cost.link[LINK_NOC].added_cycles,
		.partial_sum_fetches = (uint64_t)estimate->partial_sum_fetches,
		.energy_pj = estimate->energy_pj,
		.edp = estimate->edp,
	};
	for (int o = 0; o < OPND_COUNT; o++) {
		expectation.noc_cycles[o] =
			(uint64_t)cost.link[LINK_NOC].cycles[o];
		expectation.dma_cycles[o] =
			(uint64_t)cost.link[LINK_DMA].dma[o].cycles;
		expectation.bursts[o] =
			(uint64_t)cost.link[LINK_DMA].dma[o].bursts;
		expectation.burst_elems[o] =
			(uint64_t)cost.link[LINK_DMA].dma[o].burst_elems;
	}
	static_assert(sizeof expectation.component_pj /
				sizeof *expectation.component_pj ==
			COMPONENT_COUNT,
		"one each");
	for (int c = 0; c < COMPONENT_COUNT; c++)
		expectation.component_pj[c] = estimate->component_pj[c];
	add_charged_counts(nest, arch, candidate, rule, &cost, &expectation);
	return config_add(tables, CONFIG_EXPECTATION, &expectation);
}

uint32_t config_add_program(struct config_tables *tables, const char *name,
	const struct nest *nest, const struct arch *arch,
	const struct candidate *candidate, enum burst_rule rule)
{
	const struct tiling *tiling = &candidate->mapping.tiling;
	uint32_t moved_by[OPND_COUNT] = {0};
	struct tiles tiles;
	tiles_of(nest, tiling, &tiles);
	struct config_program program = {
		.name = config_add_string(tables, name),
		.nest = config_add_string(tables, nest_text(tables->ctx, nest)),
		.operands = tables->table[CONFIG_OPERAND].count,
		.spm_passes = (uint64_t)tiling_product(tiling, SLOT_DRAM),
		.rf_passes = (uint64_t)tiling_product(tiling, SLOT_SPM),
		.pes = (uint64_t)tiling_product(tiling, SLOT_SPATIAL),
		.work = (uint64_t)tiling_product(tiling, SLOT_RF),
	};
	for (int l = 0; l < LOOP_COUNT; l++)
		program.bound[l] = (uint64_t)nest->bound[l];
	for (int a = 0; a < AXIS_COUNT; a++) {
		program.stride[a] = (uint64_t)nest->stride[a];
		program.dilation[a] = (uint64_t)nest->dilation[a];
	}
	add_counters(tables, nest, arch, &candidate->mapping, &tiles, &program,
		moved_by);
	add_operands(tables, nest, arch, candidate, &tiles, moved_by);
	program.expectation =
		add_expectation(tables, nest, arch, candidate, rule);
	return config_add(tables, CONFIG_PROGRAM, &program);
}

/* --- in DRAM -------------------------------------------------------------- */

/* The axes of an operand as the blob has them. */
static void extents_of(const struct layer_nest *nest, enum operand operand,
	uint32_t elem_bytes, struct config_extent out[NEST_DIMS])
{
	const struct nest_tensor *tensor = &nest->nest.tensor[operand];
	const struct placement *place = &nest->place[operand];
	for (int d = 0; d < tensor->dims; d++) {
		const struct nest_dim *dim = &tensor->dim[d];
		struct config_extent *extent = &out[d];
		*extent = (struct config_extent){
			.size = (uint64_t)dim->size,
			.high = (uint64_t)dim->size,
			.stride = place->pitch[d] * elem_bytes,
		};
		if (dim->split) {
			extent->split = (uint64_t)dim->split;
			extent->split_stride =
				place->split_pitch[d] * elem_bytes;
		}
		if (operand == OPND_I && dim->index >= INDEX_ROWS) {
			int axis = (int)dim->index - INDEX_ROWS;
			int64_t low = nest->pad_before[axis];
			int64_t high = dim->size - nest->pad_after[axis];
			low = low < dim->size ? low : dim->size;
			extent->low = (uint64_t)low;
			extent->high = (uint64_t)(high > low ? high : low);
		}
	}
}

/* The burst of a tile: over the innermost axes as long as the next byte of the
 * real tensor comes behind the last one, zeros at the borders left out. An axis
 * of one index neither breaks nor extends it. */
static void burst_of(const struct config_extent *extent,
	const struct config_axis *axis, int axes, uint32_t window_axis,
	struct config_descriptor *out)
{
	int64_t run = out->elem_bytes;
	bool whole = true, broken = false;
	uint64_t elems = 1;
	out->bursts = 1;
	for (int d = axes - 1; d >= 0; d--) {
		const struct config_extent *e = &extent[d];
		uint64_t tile = axis[d].tile;
		if (tile > 1 &&
			(!whole || e->split || e->stride != run ||
				(uint32_t)d == window_axis))
			broken = true;
		if (broken) {
			out->bursts *= tile;
			continue;
		}
		out->burst_axes++;
		elems *= tile;
		if (tile > 1)
			run *= (int64_t)(e->high - e->low);
		whole = whole && tile == e->size;
	}
	out->burst_bytes = elems * out->elem_bytes;
}

/* Is the index of the window's axis always inside? Then there is no need of
 * it. */
static bool window_always_holds(
	const struct depth_window *window, int64_t trips)
{
	int64_t last = (trips - 1) * window->stride +
		(window->taps - 1) * window->dilation - window->pad_before;
	return window->pad_before <= 0 && last < window->size;
}

static int operand_axis(const struct nest *nest, int operand, enum index index)
{
	int d = 0;
	while (d < nest->tensor[operand].dims &&
		nest->tensor[operand].dim[d].index != index)
		d++;
	return d;
}

static void add_window(const struct layer_nest *nest,
	struct config_extent extent[NEST_DIMS], struct config_descriptor *out)
{
	const struct depth_window *window = &nest->depth;
	if (window->loop < 0 ||
		window_always_holds(
			window, nest->instance_loop[window->loop].trips))
		return;
	int d = operand_axis(&nest->nest, OPND_I, INDEX_C);
	assert(d < nest->nest.tensor[OPND_I].dims);
	out->window_axis = (uint32_t)d;
	out->window_loop = (uint32_t)window->loop;
	out->window_stride = window->stride;
	out->window_dilation = window->dilation;
	out->window_start = -window->pad_before;
	out->window_size = (uint64_t)window->size;
	if (!extent[d].split) {
		extent[d].split = (uint64_t)window->taps;
		extent[d].split_stride = extent[d].stride * window->taps;
	}
}

uint32_t config_add_placement(struct config_tables *tables,
	const struct layer_nest *nest, const struct mapping *mapping,
	uint32_t program, const uint32_t tensor[OPND_COUNT],
	const uint32_t elem_bytes[OPND_COUNT])
{
	struct tiles tiles;
	tiles_of(&nest->nest, &mapping->tiling, &tiles);
	struct config_placement placement = {
		.program = program,
		.descriptors = tables->table[CONFIG_DESCRIPTOR].count,
		.instances = tables->table[CONFIG_INSTANCE].count,
		.instance_count = (uint32_t)nest->instance_loops,
		.runs = (uint64_t)nest->instances,
	};
	for (int o = 0; o < OPND_COUNT; o++) {
		struct config_extent extent[NEST_DIMS];
		struct config_descriptor descriptor = {
			.tensor = tensor[o],
			.elem_bytes = elem_bytes[o],
			.extents = tables->table[CONFIG_EXTENT].count,
			.axis_count = (uint32_t)nest->nest.tensor[o].dims,
			.base = nest->place[o].base * elem_bytes[o],
			.window_axis = CONFIG_NONE,
			.window_loop = CONFIG_NONE,
		};
		extents_of(nest, (enum operand)o, elem_bytes[o], extent);
		if (o == OPND_I)
			add_window(nest, extent, &descriptor);
		burst_of(extent, tiles.axis[o], nest->nest.tensor[o].dims,
			descriptor.window_axis, &descriptor);
		for (int d = 0; d < nest->nest.tensor[o].dims; d++)
			config_add(tables, CONFIG_EXTENT, &extent[d]);
		config_add(tables, CONFIG_DESCRIPTOR, &descriptor);
	}
	for (int l = 0; l < nest->instance_loops; l++) {
		struct config_instance instance = {
			.trips = (uint64_t)nest->instance_loop[l].trips};
		for (int o = 0; o < OPND_COUNT; o++)
			instance.step[o] =
				nest->instance_loop[l].pitch[o] * elem_bytes[o];
		config_add(tables, CONFIG_INSTANCE, &instance);
	}
	return config_add(tables, CONFIG_PLACEMENT, &placement);
}
