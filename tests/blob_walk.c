/* Every counter turns and every descriptor is followed; addresses are checked
 * one by one. */
#include "tests/blob_walk.h"

#include "tests/cmocka.h"

#include <string.h>

enum { AXES = 8, COUNTERS = 32, OPERANDS = 3 };

/* What a word holds: an element of its operand's tensor, or one of these. */
enum { BEYOND = -3, UNFILLED = -2, ZERO = -1 };

struct side {
	struct nwcfg_operand operand;
	struct nwcfg_descriptor descriptor;
	struct nwcfg_axis axis[AXES];
	struct nwcfg_extent extent[AXES];
	int64_t *spm; /* [spm_words] */
	int64_t *rf;  /* [pes][rf_words] */
	uint64_t fetches;
};

struct walk {
	struct ctx *ctx;
	const struct nwcfg *cfg;
	struct nwcfg_arch arch;
	struct nwcfg_placement placement;
	struct nwcfg_program program;
	struct nwcfg_counter counter[COUNTERS];
	uint64_t at[COUNTERS]; /* value of each counter */
	struct nwcfg_instance instance[AXES];
	uint64_t trip[AXES];
	struct side side[OPERANDS];
	struct products *out;
	int64_t *macs;
};

#define LOAD(get, ...) assert_int_equal(nwcfg_get_##get(__VA_ARGS__), NWCFG_OK)

/* False: more axes or loops than a test has. */
static bool walk_load(struct walk *w, uint32_t placement)
{
	const struct nwcfg *cfg = w->cfg;
	LOAD(arch, cfg, 0, &w->arch);
	LOAD(placement, cfg, placement, &w->placement);
	LOAD(program, cfg, w->placement.program, &w->program);
	if (w->program.counter_count > COUNTERS ||
		w->placement.instance_count > AXES)
		return false;
	for (uint32_t k = 0; k < w->program.counter_count; k++)
		LOAD(counter, cfg, w->program.counters + k, &w->counter[k]);
	for (uint32_t k = 0; k < w->placement.instance_count; k++)
		LOAD(instance, cfg, w->placement.instances + k,
			&w->instance[k]);
	for (uint32_t o = 0; o < OPERANDS; o++) {
		struct side *s = &w->side[o];
		LOAD(operand, cfg, w->program.operands + o, &s->operand);
		LOAD(descriptor, cfg, w->placement.descriptors + o,
			&s->descriptor);
		if (s->operand.axis_count > AXES)
			return false;
		for (uint32_t d = 0; d < s->operand.axis_count; d++) {
			LOAD(axis, cfg, s->operand.axes + d, &s->axis[d]);
			LOAD(extent, cfg, s->descriptor.extents + d,
				&s->extent[d]);
		}
	}
	return true;
}

static void walk_memories(struct walk *w)
{
	for (int o = 0; o < OPERANDS; o++) {
		struct side *s = &w->side[o];
		s->spm = arena_array(&w->ctx->arena,
			(size_t)s->operand.spm_words, sizeof *s->spm);
		s->rf = arena_array(&w->ctx->arena,
			(size_t)(w->program.pes * s->operand.rf_words),
			sizeof *s->rf);
	}
}

/* Next value of the counters first .. first+count-1; 0 after the last. */
static int turn(struct walk *w, uint32_t first, uint32_t count)
{
	for (uint32_t k = first + count; k-- > first;) {
		if (++w->at[k] < w->counter[k].trips)
			return 1;
		w->at[k] = 0;
	}
	return 0;
}

/* --- edges ---------------------------------------------------------------- */

/* Iterations of each loop that are left within counters 0 .. end-1. */
static void sizes_within(const struct walk *w, uint32_t end, int64_t size[7])
{
	for (int l = 0; l < 7; l++)
		size[l] = (int64_t)w->program.bound[l];
	for (uint32_t k = 0; k < end; k++) {
		int64_t extent = (int64_t)w->counter[k].extent;
		int64_t *left = &size[w->counter[k].loop];
		*left -= (int64_t)w->at[k] * extent;
		*left = *left < 0 ? 0 : *left > extent ? extent : *left;
	}
}

/* Indices of the operand's axes that these are. */
static void box_within(
	const struct walk *w, int o, uint32_t end, uint64_t box[AXES])
{
	const struct nwcfg_program *p = &w->program;
	int64_t size[7];
	sizes_within(w, end, size);
	for (uint32_t d = 0; d < w->side[o].operand.axis_count; d++) {
		uint32_t index = w->side[o].axis[d].index;
		uint32_t a = index - NWCFG_INDEX_ROWS;
		if (index < NWCFG_INDEX_ROWS)
			box[d] = (uint64_t)size[index];
		else if (!size[NWCFG_LOOP_OX + a] || !size[NWCFG_LOOP_FX + a])
			box[d] = 0;
		else
			box[d] = (uint64_t)(size[NWCFG_LOOP_OX + a] - 1) *
					p->stride[a] +
				(uint64_t)(size[NWCFG_LOOP_FX + a] - 1) *
					p->dilation[a] +
				1;
	}
}

static bool is_within(const uint64_t *in, const uint64_t *box, uint32_t axes)
{
	for (uint32_t d = 0; d < axes; d++)
		if (in[d] >= box[d])
			return false;
	return true;
}

/* --- DRAM -> SPM ---------------------------------------------------------- */

/* Byte of the tensor at indices of all axes; ZERO in the padding. */
static int64_t dram_byte(
	const struct walk *w, int o, const uint64_t index[AXES])
{
	const struct side *s = &w->side[o];
	int64_t byte = s->descriptor.base;
	for (uint32_t d = 0; d < s->operand.axis_count; d++) {
		const struct nwcfg_extent *e = &s->extent[d];
		int64_t i = (int64_t)index[d];
		if (index[d] < e->low || index[d] >= e->high)
			return ZERO;
		if (e->split)
			byte += i / (int64_t)e->split * e->split_stride +
				i % (int64_t)e->split * e->stride;
		else
			byte += i * e->stride;
		if (d == s->descriptor.window_axis) {
			int64_t z = s->descriptor.window_start +
				(int64_t)w->trip[s->descriptor.window_loop] *
					s->descriptor.window_stride +
				i % (int64_t)e->split *
					s->descriptor.window_dilation;
			if (z < 0 || z >= (int64_t)s->descriptor.window_size)
				return ZERO;
		}
	}
	for (uint32_t k = 0; k < w->placement.instance_count; k++)
		byte += (int64_t)w->trip[k] * w->instance[k].step[o];
	return byte;
}

/* Moves the tile at the DRAM counters, burst by burst: within a burst, data
 * lies behind data. */
static void transfer(struct walk *w, int o)
{
	struct side *s = &w->side[o];
	uint64_t origin[AXES] = {0}, in[AXES] = {0}, box[AXES], bursts = 0;
	uint32_t axes = s->operand.axis_count;
	box_within(w, o, w->program.level_counters[0], box);
	uint32_t outer = axes - s->descriptor.burst_axes;
	int64_t elem = s->descriptor.elem_bytes, before = ZERO;
	for (uint32_t k = 0; k < w->program.level_counters[0]; k++)
		if (w->counter[k].axis[o] != NWCFG_NONE)
			origin[w->counter[k].axis[o]] +=
				w->at[k] * w->counter[k].step[o];
	for (uint64_t word = 0; word < s->operand.spm_words; word++) {
		uint64_t index[AXES], address = 0;
		int starts = 1;
		for (uint32_t d = 0; d < axes; d++) {
			index[d] = origin[d] + in[d];
			address += in[d] * s->axis[d].spm_stride;
			if (d >= outer && in[d])
				starts = 0;
		}
		bursts += (uint64_t)starts;
		if (starts)
			before = ZERO;
		int64_t byte = BEYOND;
		if (is_within(in, box, axes)) {
			for (uint32_t d = 0; d < axes; d++)
				assert_true(index[d] < s->extent[d].size);
			byte = dram_byte(w, o, index);
		}
		if (byte >= 0) {
			if (before != ZERO)
				assert_int_equal(byte, before + elem);
			before = byte;
			assert_int_equal(byte % elem, 0);
		}
		s->spm[address] = byte < 0 ? byte : byte / elem;
		for (uint32_t d = axes; d-- > 0;) {
			if (++in[d] < s->axis[d].tile)
				break;
			in[d] = 0;
		}
	}
	assert_int_equal(bursts, s->descriptor.bursts);
	assert_int_equal(s->descriptor.bursts * s->descriptor.burst_bytes,
		s->operand.spm_words * (uint64_t)elem);
	s->fetches++;
}

/* --- SPM -> register files ------------------------------------------------ */

static void distribute(struct walk *w, int o)
{
	struct side *s = &w->side[o];
	uint32_t first = w->program.level_counters[0];
	uint32_t spatial = first + w->program.level_counters[1];
	uint32_t rf = spatial + w->program.level_counters[2];
	uint64_t sent = 0, all = 1, box[AXES];
	box_within(w, o, spatial, box);
	for (uint32_t d = 0; d < s->operand.axis_count; d++)
		all *= box[d];
	unsigned char *seen =
		arena_alloc(&w->ctx->arena, (size_t)s->operand.spm_words);
	/* PEs in the order of their coordinates, each at a place of its own. */
	unsigned char *taken = arena_alloc(&w->ctx->arena, (size_t)w->arch.pes);
	uint64_t pe = 0;
	do {
		uint64_t from = 0, place = 0, in[AXES] = {0};
		for (uint32_t k = first; k < rf; k++) {
			from += w->at[k] * w->counter[k].step[o];
			place += w->at[k] * w->counter[k].pe_step;
		}
		assert_true(place < w->arch.pes && !taken[place]);
		taken[place] = 1;
		box_within(w, o, rf, box);
		for (uint64_t n = 0; n < s->operand.rf_words; n++) {
			uint64_t source = from, target = 0;
			for (uint32_t d = 0; d < s->operand.axis_count; d++) {
				source += in[d] * s->axis[d].spm_stride;
				target += in[d] * s->axis[d].rf_stride;
			}
			int64_t *word =
				&s->rf[pe * s->operand.rf_words + target];
			*word = BEYOND;
			if (is_within(in, box, s->operand.axis_count)) {
				assert_true(source < s->operand.spm_words);
				assert_int_not_equal(s->spm[source], UNFILLED);
				assert_int_not_equal(s->spm[source], BEYOND);
				*word = s->spm[source];
				sent += !seen[source];
				seen[source] = 1;
			}
			for (uint32_t d = s->operand.axis_count; d-- > 0;) {
				if (++in[d] < s->axis[d].rf)
					break;
				in[d] = 0;
			}
		}
		pe++;
	} while (turn(w, spatial, rf - spatial));
	/* With a stride wider than the windows, words between are not sent. */
	assert_true(sent <= all && all <= s->operand.array_words);
	if (o != NWCFG_I)
		assert_int_equal(sent, all);
}

/* --- in the PEs ----------------------------------------------------------- */

static void compute(struct walk *w)
{
	uint32_t rf = w->program.counter_count - w->program.level_counters[3];
	for (uint64_t pe = 0; pe < w->program.pes; pe++)
		do {
			int64_t held[OPERANDS];
			for (int o = 0; o < OPERANDS; o++) {
				const struct side *s = &w->side[o];
				uint64_t word = 0;
				for (uint32_t k = rf;
					k < w->program.counter_count; k++)
					word += w->at[k] *
						w->counter[k].step[o];
				assert_true(word < s->operand.rf_words);
				held[o] =
					s->rf[pe * s->operand.rf_words + word];
				assert_int_not_equal(held[o], UNFILLED);
			}
			/* Padding: adds zero, or to what is no sum. */
			if (held[NWCFG_O] == BEYOND || held[NWCFG_W] == BEYOND)
				continue;
			(*w->macs)++;
			assert_int_not_equal(held[NWCFG_I], BEYOND);
			assert_true(held[NWCFG_O] >= 0);
			assert_true(held[NWCFG_W] >= 0);
			if (held[NWCFG_I] != ZERO)
				products_add(w->ctx, w->out, held[NWCFG_O],
					held[NWCFG_I], held[NWCFG_W]);
		} while (turn(w, rf, w->program.level_counters[3]));
}

/* --- the passes ----------------------------------------------------------- */

/* Is O's tile one that was stored before? Some counter that does not move it
 * has turned. */
static int touched(const struct walk *w)
{
	for (uint32_t k = 0; k < w->program.level_counters[0]; k++)
		if (w->at[k] && w->counter[k].axis[NWCFG_O] == NWCFG_NONE)
			return 1;
	return 0;
}

static void run(struct walk *w)
{
	uint32_t dram = w->program.level_counters[0];
	uint32_t spm = w->program.level_counters[1];
	uint64_t pass = 0, rf_pass, partial = 0;
	do {
		for (int o = 0; o < OPERANDS; o++) {
			struct side *s = &w->side[o];
			if (pass % s->operand.dram_reuse)
				continue;
			if (o == NWCFG_O)
				partial += (uint64_t)touched(w);
			for (uint64_t n = 0; n < s->operand.spm_words; n++)
				s->spm[n] = UNFILLED;
			transfer(w, o);
		}
		rf_pass = 0;
		do {
			for (int o = 0; o < OPERANDS; o++) {
				const struct side *s = &w->side[o];
				int held = (s->operand.flags &
						   NWCFG_OPERAND_FLAG_HELD) &&
					pass % s->operand.dram_reuse;
				if (!held &&
					rf_pass % s->operand.spm_reuse == 0)
					distribute(w, o);
			}
			compute(w);
			rf_pass++;
		} while (turn(w, dram, spm));
		assert_int_equal(rf_pass, w->program.rf_passes);
		pass++;
	} while (turn(w, 0, dram));
	assert_int_equal(pass, w->program.spm_passes);

	struct nwcfg_expectation e;
	struct nwcfg_arch arch;
	LOAD(expectation, w->cfg, w->program.expectation, &e);
	LOAD(arch, w->cfg, 0, &arch);
	assert_int_equal(partial, e.partial_sum_fetches);
	assert_int_equal(
		e.macs, pass * rf_pass * w->program.pes * w->program.work);
	for (int o = 0; o < OPERANDS; o++) {
		const struct side *s = &w->side[o];
		uint64_t words = arch.noc_words[o];
		assert_int_equal(e.noc_cycles[o],
			(s->operand.array_words + words - 1) / words);
		/* A window cuts what the estimate takes for one burst. */
		if (s->descriptor.window_axis != NWCFG_NONE)
			continue;
		assert_int_equal(e.bursts[o], s->descriptor.bursts);
		assert_int_equal(e.burst_elems[o] * s->descriptor.elem_bytes,
			s->descriptor.burst_bytes);
	}
}

void blob_walk(struct ctx *ctx, const struct nwcfg *cfg, uint32_t placement,
	struct products *out, int64_t *macs)
{
	struct walk *w = arena_alloc(&ctx->arena, sizeof *w);
	*w = (struct walk){.ctx = ctx, .cfg = cfg, .out = out, .macs = macs};
	assert_true(walk_load(w, placement));
	walk_memories(w);
	int64_t runs = 0;
	for (int more = 1; more;) {
		run(w);
		runs++;
		more = 0;
		for (uint32_t k = w->placement.instance_count; k-- > 0;) {
			if (++w->trip[k] < w->instance[k].trips) {
				more = 1;
				break;
			}
			w->trip[k] = 0;
		}
	}
	assert_int_equal(runs, w->placement.runs);
}

/* --- addresses alone ------------------------------------------------------ */

static uint64_t address_count(const struct walk *w)
{
	uint64_t all = 0;
	for (int o = 0; o < OPERANDS; o++) {
		uint64_t n = nwcfg_mul(
			w->side[o].operand.spm_words, w->program.spm_passes);
		all = nwcfg_add(all, nwcfg_mul(n, w->placement.runs));
	}
	return all;
}

static bool tile_holds(const struct walk *w, int o, uint64_t tensor_bytes)
{
	const struct side *s = &w->side[o];
	uint64_t origin[AXES] = {0}, in[AXES] = {0}, box[AXES];
	for (uint32_t k = 0; k < w->program.level_counters[0]; k++)
		if (w->counter[k].axis[o] != NWCFG_NONE)
			origin[w->counter[k].axis[o]] +=
				w->at[k] * w->counter[k].step[o];
	box_within(w, o, w->program.level_counters[0], box);
	for (uint64_t word = 0; word < s->operand.spm_words; word++) {
		uint64_t index[AXES];
		for (uint32_t d = 0; d < s->operand.axis_count; d++)
			index[d] = origin[d] + in[d];
		int64_t byte = is_within(in, box, s->operand.axis_count)
			? dram_byte(w, o, index)
			: ZERO;
		if (byte < ZERO ||
			(byte >= 0 &&
				(uint64_t)byte + s->descriptor.elem_bytes >
					tensor_bytes))
			return false;
		for (uint32_t d = s->operand.axis_count; d-- > 0;) {
			if (++in[d] < s->axis[d].tile)
				break;
			in[d] = 0;
		}
	}
	return true;
}

static bool runs_hold(struct walk *w, const uint64_t bytes[OPERANDS])
{
	for (int more = 1; more;) {
		do {
			for (int o = 0; o < OPERANDS; o++)
				if (!tile_holds(w, o, bytes[o]))
					return false;
		} while (turn(w, 0, w->program.level_counters[0]));
		more = 0;
		for (uint32_t k = w->placement.instance_count; k-- > 0;) {
			if (++w->trip[k] < w->instance[k].trips) {
				more = 1;
				break;
			}
			w->trip[k] = 0;
		}
	}
	return true;
}

bool blob_addresses_hold(
	struct ctx *ctx, const struct nwcfg *cfg, uint32_t placement)
{
	enum { ADDRESSES_MAX = 100000 };
	struct walk *w = arena_alloc(&ctx->arena, sizeof *w);
	uint64_t bytes[OPERANDS];
	*w = (struct walk){.ctx = ctx, .cfg = cfg};
	if (!walk_load(w, placement) || address_count(w) > ADDRESSES_MAX)
		return true;
	for (int o = 0; o < OPERANDS; o++) {
		struct nwcfg_tensor tensor = {0};
		LOAD(tensor, cfg, w->side[o].descriptor.tensor, &tensor);
		bytes[o] = tensor.bytes;
	}
	return runs_hold(w, bytes);
}
