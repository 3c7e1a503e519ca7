#include "mapper/search_tables.h"

#include "base/checked.h"

#include <math.h>
#include <string.h>

#define ALL_LOOPS (LOOP_BIT(LOOP_COUNT) - 1)

static double max2(double a, double b)
{
	return a > b ? a : b;
}

static double min2(double a, double b)
{
	return a < b ? a : b;
}

/* --- all vectors in turn ---------------------------------------------------
 */

/* An odometer over a lattice. */
struct cursor {
	struct vertex vertex;
	double passes;                 /* tiles of that size in the nest */
	int32_t back[COORDINATES_MAX]; /* step; 0 where the exponent is 0 */
	int32_t exponent[COORDINATES_MAX];
	/* Of the coordinates up to each one. */
	double size_to[COORDINATES_MAX], passes_to[COORDINATES_MAX];
};

/* Size and passes anew from coordinate c on. */
static inline void cursor_sizes(
	const struct tables *t, struct cursor *cursor, int c)
{
	double size = c ? cursor->size_to[c - 1] : 1;
	double passes = c ? cursor->passes_to[c - 1] : 1;
	for (; c < t->lattice.count; c++) {
		const struct coordinate *at = &t->lattice.at[c];
		size *= at->size[cursor->exponent[c]];
		passes *= at->tiles[cursor->exponent[c]];
		cursor->size_to[c] = size;
		cursor->passes_to[c] = passes;
	}
	cursor->vertex.size = size;
	cursor->passes = passes;
}

static void cursor_init(const struct tables *t, struct cursor *cursor)
{
	*cursor = (struct cursor){.vertex.size = 1};
	cursor_sizes(t, cursor, 0);
}

static inline void cursor_next(const struct tables *t, struct cursor *cursor)
{
	const struct lattice *lattice = &t->lattice;
	struct vertex *vertex = &cursor->vertex;
	vertex->id++;
	for (int c = lattice->count - 1; c >= 0; c--) {
		const struct coordinate *at = &lattice->at[c];
		if (cursor->exponent[c] < at->most) {
			cursor->exponent[c]++;
			cursor->back[c] = at->step;
			for (int o = 0; o < OPND_COUNT; o++)
				vertex->row[o] += t->operand[o].step[c];
			cursor_sizes(t, cursor, c);
			return;
		}
		cursor->exponent[c] = 0;
		cursor->back[c] = 0;
		for (int o = 0; o < OPND_COUNT; o++)
			vertex->row[o] -= at->most * t->operand[o].step[c];
	}
}

struct vertex tables_vertex(
	const struct tables *t, int32_t id, int32_t exponent[COORDINATES_MAX])
{
	struct vertex vertex = {.id = id, .size = 1};
	for (int c = 0; c < t->lattice.count; c++) {
		const struct coordinate *at = &t->lattice.at[c];
		exponent[c] = id / at->step;
		id %= at->step;
		vertex.size *= at->size[exponent[c]];
		for (int o = 0; o < OPND_COUNT; o++)
			vertex.row[o] += exponent[c] * t->operand[o].step[c];
	}
	return vertex;
}

/* --- operands ---------------------------------------------------------------
 */

/* pJ of moving all tiles of the operand once, whole ones or (BURST_TRUE) what
 * of them lies within the bounds. */
static double sweep_pj(const struct tables *t, enum operand o,
	const struct dma *dma, const int64_t tiles[LOOP_COUNT], double count)
{
	if (!t->padded || t->options->rule == BURST_COMPAT)
		return dma->energy_pj * count;
	return (double)nest_swept(t->nest, o, tiles) * t->prices.dram[o];
}

/* Asked for each vector; the clock, once for many. */
static bool expired(struct tables *t, int32_t id)
{
	if (!t->cut && (id & 1023) == 0)
		t->cut = search_expired(t->options->stop);
	return t->cut;
}

static bool operand_init(
	struct ctx *ctx, struct tables *t, enum operand o, int32_t max_ids)
{
	const struct arch *arch = t->arch;
	const struct link *noc = &t->machine.link[LINK_NOC];
	unsigned all = t->nest->indexes[OPND_O] & t->nest->indexes[OPND_I] &
		t->nest->indexes[OPND_W];
	struct lattice lattice;
	if (!lattice_init(ctx, t->nest, t->nest->indexes[o], t->options->tiles,
		    max_ids, &lattice))
		return false;
	/* The operand's coordinates are among the nest's. */
	for (int c = 0; c < t->lattice.count; c++)
		for (int i = 0; i < lattice.count; i++)
			if (t->lattice.at[c].loop == lattice.at[i].loop &&
				t->lattice.at[c].prime == lattice.at[i].prime)
				t->operand[o].step[c] = lattice.at[i].step;

	if (expired(t, 0))
		return true;
	size_t ids = (size_t)lattice.ids;
	t->operand[o].rows = lattice.ids;
	struct operand_row *row = t->operand[o].row =
		arena_array(&ctx->arena, ids, sizeof *row);
	double *ratio = arena_array(&ctx->arena, ids, sizeof *ratio);
	for (int32_t id = 0; id < lattice.ids && !expired(t, id); id++) {
		int64_t extent[LOOP_COUNT], tiles[LOOP_COUNT];
		int64_t span = 1, common = 1, passes = 1;
		lattice_extents(&lattice, id, extent);
		for (int l = 0; l < LOOP_COUNT; l++) {
			span *= extent[l];
			if (all & LOOP_BIT(l))
				common *= extent[l];
			tiles[l] = 1;
			if (t->nest->indexes[o] & LOOP_BIT(l))
				tiles[l] =
					ceil_div(t->nest->bound[l], extent[l]);
			passes *= tiles[l];
		}
		int64_t elems = nest_footprint(t->nest, o, extent);
		int64_t bytes = arch_bytes(arch, o, elems);
		struct dma dma =
			dma_of_tile(t->nest, arch, o, extent, t->options->rule);
		row[id] = (struct operand_row){
			.elems = (double)elems,
			.rf_bits =
				(double)elems * (double)arch_word_bits(arch, o),
			.rf_elems = (double)elems * arch_word(arch, o),
			.once = words_used_once(t->nest, o, extent),
			.noc_cycles = (double)word_cycles(noc, (int)o, elems),
			.span = (double)span,
			.common = (double)common,
			.bytes = (double)bytes,
			.banks = (double)ceil_div(bytes, arch->bank_bytes),
			.dma_cycles = (double)dma.cycles,
			.dma_pj = sweep_pj(t, o, &dma, tiles, (double)passes) /
				(double)passes,
			.index_passes = (double)passes,
		};
		ratio[id] = (double)elems / (double)span;
	}
	if (t->cut)
		return true;
	lattice_least(&lattice, ratio);
	const struct sent one = {(int)o, 1, 1, 1, 0};
	double elem_pj = sent_pj(&t->least_prices, &one);
	for (size_t id = 0; id < ids; id++)
		row[id].once_pj = elem_pj * ratio[id] * row[id].span;
	return true;
}

static const struct operand_row *row_of(
	const struct tables *t, const struct vertex *vertex, int o)
{
	return &t->operand[o].row[vertex->row[o]];
}

/* --- as F --------------------------------------------------------------------
 */

bool tables_fit_rf(const struct tables *t, const struct vertex *vertex)
{
	double bits = 0, elems = 0;
	for (int o = 0; o < OPND_COUNT; o++) {
		bits += row_of(t, vertex, o)->rf_bits;
		elems += row_of(t, vertex, o)->rf_elems;
	}
	double least = t->options->limits.min_rf_use;
	return bits <= t->rf_bits &&
		(least <= 0 || elems / t->rf_elems >= least);
}

void tables_extents(const struct tables *t,
	const int32_t exponent[COORDINATES_MAX], double extent[LOOP_COUNT])
{
	for (int l = 0; l < LOOP_COUNT; l++)
		extent[l] = 1;
	for (int c = 0; c < t->lattice.count; c++)
		extent[t->lattice.at[c].loop] *=
			t->lattice.at[c].size[exponent[c]];
}

/* Whether the machine's dataflow allows the tiles of one size in the other. */
static bool level_allowed(const struct tables *t, int slot,
	const double outer[LOOP_COUNT], const double inner[LOOP_COUNT])
{
	int64_t factor[LOOP_COUNT];
	if (!t->asks[slot])
		return true;
	for (int l = 0; l < LOOP_COUNT; l++)
		factor[l] = (int64_t)tiles_in(outer[l], inner[l]);
	return dataflow_allows(t->arch, t->nest, slot, factor);
}

bool tables_is_factor(const struct tables *t, int slot,
	const int32_t outer[COORDINATES_MAX],
	const int32_t inner[COORDINATES_MAX])
{
	if (!t->fixes[slot])
		return true;
	double o[LOOP_COUNT], i[LOOP_COUNT];
	tables_extents(t, outer, o);
	tables_extents(t, inner, i);
	for (int l = 0; l < LOOP_COUNT; l++)
		if (t->factor[slot][l] &&
			tiles_in(o[l], i[l]) != (double)t->factor[slot][l])
			return false;
	return level_allowed(t, slot, o, i);
}

const int32_t no_exponent[COORDINATES_MAX];

/* Exponent of the factor that a level must have of the coordinate. */
static int32_t factor_exponent(
	const struct tables *t, int slot, const struct coordinate *at)
{
	int32_t exponent = 0;
	for (int64_t f = t->factor[slot][at->loop]; f % at->prime == 0;
		f /= at->prime)
		exponent++;
	return exponent;
}

void tables_least_inside(const struct tables *t, int between,
	const int32_t tile[COORDINATES_MAX], int32_t least[COORDINATES_MAX])
{
	for (int c = 0; c < t->lattice.count; c++) {
		const struct coordinate *at = &t->lattice.at[c];
		int64_t factor = t->factor[between][at->loop];
		least[c] = 0;
		if (!factor)
			continue;
		if (at->prime) {
			int32_t e = factor_exponent(t, between, at);
			least[c] = e > tile[c] ? 0 : tile[c] - e;
		} else {
			least[c] = size_exponent(at,
				tiles_in(at->size[tile[c]], (double)factor));
		}
	}
}

/* A float no smaller than a size; exact below 2^24. */
static float size_above(double size)
{
	return (float)(size < 1 << 24 ? size : size * (1 + 1.2e-7));
}

/* pJ a multiplication for the accesses of the register files that operands may
 * skip and with this F do not. */
static double kept_pj(const struct tables *t, const struct vertex *vertex)
{
	double pj = 0;
	for (int o = 0; o < OPND_COUNT; o++) {
		const struct operand_row *row = row_of(t, vertex, o);
		if (!row->once || row->span != vertex->size)
			pj += t->rf_skip_pj[o];
	}
	return pj;
}

static void rf_bound(
	const struct tables *t, const struct cursor *cursor, float *least)
{
	const struct vertex *vertex = &cursor->vertex;
	for (int o = 0; o < OPND_COUNT; o++)
		least[RF_OTHERS_PJ + o] = INFINITY;
	least[RF_MINUS_SIZE] = least[RF_MINUS_PES] = 0;
	if (tables_fit_rf(t, vertex) &&
		tables_is_factor(t, SLOT_RF, cursor->exponent, no_exponent)) {
		double inverse = 1 / vertex->size;
		double o = t->split_pj[OPND_O] * inverse *
			row_of(t, vertex, OPND_O)->elems;
		double i = t->split_pj[OPND_I] * inverse *
			row_of(t, vertex, OPND_I)->elems;
		double w = t->split_pj[OPND_W] * inverse *
			row_of(t, vertex, OPND_W)->elems;
		double kept = kept_pj(t, vertex);
		least[RF_OTHERS_PJ + OPND_O] = float_below(i + w + kept);
		least[RF_OTHERS_PJ + OPND_I] = float_below(o + w + kept);
		least[RF_OTHERS_PJ + OPND_W] = float_below(o + i + kept);
		least[RF_MINUS_SIZE] = -size_above(vertex->size);
	}
	if (vertex->size <= t->pes &&
		tables_is_factor(
			t, SLOT_SPATIAL, cursor->exponent, no_exponent))
		least[RF_MINUS_PES] = -size_above(vertex->size);
}

/* --- as G --------------------------------------------------------------------
 */

bool tables_is_array(const struct tables *t, const struct vertex *vertex)
{
	/* Neither a part for the register files nor one for the PEs can be
	 * larger: 0 where there is none. */
	const float *least = t->least[vertex->id];
	double size = -(double)least[RF_MINUS_SIZE];
	double pes = -(double)least[RF_MINUS_PES];
	return size * pes >= vertex->size && pes >= t->least_pes;
}

/* Puts the vector's own values as G where they are smaller. Its values over
 * all F are there already. */
static void array_bound(
	const struct tables *t, const struct vertex *vertex, float *least)
{
	if (!tables_is_array(t, vertex))
		return;
	double inverse = 1 / vertex->size;
	double pj[OPND_COUNT], cycles[OPND_COUNT];
	for (int o = 0; o < OPND_COUNT; o++) {
		const struct operand_row *row = row_of(t, vertex, o);
		pj[o] = t->array_pj[o] * row->elems * inverse;
		cycles[o] = row->noc_cycles * inverse;
	}
	double work = 1 / -(double)least[RF_MINUS_PES];
	double own[] = {
		pj[OPND_I] + pj[OPND_W] + (double)least[RF_OTHERS_PJ + OPND_O],
		pj[OPND_O] + pj[OPND_W] + (double)least[RF_OTHERS_PJ + OPND_I],
		pj[OPND_O] + pj[OPND_I] + (double)least[RF_OTHERS_PJ + OPND_W],
		max2(work, max2(cycles[OPND_I], cycles[OPND_W])),
		work +
			max2(cycles[OPND_O],
				min2(cycles[OPND_I], cycles[OPND_W])),
	};
	for (int k = 0; k < LEAST_USED - ARRAY_OTHERS_PJ; k++) {
		float below = float_below(own[k]);
		if (below < least[ARRAY_OTHERS_PJ + k])
			least[ARRAY_OTHERS_PJ + k] = below;
	}
}

/* Floats that are compared at once, by GCC's and Clang's vector extension. */
enum { LANES = 4 };
typedef float lanes __attribute__((vector_size(LANES * sizeof(float))));
typedef int32_t lanes_mask __attribute__((vector_size(LANES * sizeof(float))));

static inline lanes lanes_least(lanes a, lanes b)
{
	lanes_mask less = a < b;
	return (lanes)(((lanes_mask)a & less) | ((lanes_mask)b & ~less));
}

/* The vector's row: its own values and those of the vectors one exponent below,
 * which came before it. */
static void least_fill(const struct tables *t, const struct cursor *cursor)
{
	int32_t id = cursor->vertex.id;
	float *row = t->least[id];
	for (int i = 0; i < LEAST_COLUMNS; i++)
		row[i] = INFINITY;
	rf_bound(t, cursor, row);
	/* Four columns at a time. Where an exponent is 0, the vector below is
	 * itself. */
	for (int i = 0; i < LEAST_COLUMNS; i += LANES) {
		lanes least, below;
		memcpy(&least, row + i, sizeof least);
		for (int c = 0; c < t->lattice.count; c++) {
			memcpy(&below, t->least[id - cursor->back[c]] + i,
				sizeof below);
			least = lanes_least(below, least);
		}
		memcpy(row + i, &least, sizeof least);
	}
	array_bound(t, &cursor->vertex, t->least[id]);
}

/* --- as T --------------------------------------------------------------------
 */

/* fetches: of an operand that is reused, its tiles or more. */
static inline void far_fill(const struct tables *t, const struct vertex *tile,
	double passes, const double fetches[OPND_COUNT],
	struct far far[FAR_COUNT])
{
	double pj = 0, dma[OPND_COUNT], inverse = 1 / passes;
	for (int o = 0; o < OPND_COUNT; o++) {
		const struct operand_row *row = row_of(t, tile, o);
		double again = partial_sums_real(o, passes, row->index_passes);
		pj += row->dma_pj * (passes + again);
		dma[o] = row->dma_cycles;
	}
	for (int d = 0; d < FAR_COUNT; d++) {
		far[d] = (struct far){
			.passes = passes,
			.fetches = passes,
			.share = 1,
			.pj = pj,
			.apart = moves_apart(&t->machine.link[LINK_DMA]),
		};
		int reused = OPND_COUNT;
		if (d != FAR_NONE && fetches[d] < passes) {
			reused = d;
			far[d].fetches = fetches[d];
			far[d].share = fetches[d] * inverse;
			far[d].pj -= ways_of(d) * row_of(t, tile, d)->dma_pj *
				(passes - fetches[d]);
		}
		far[d].moves =
			moves_of_real(t->arch->dma_parallel, dma, reused);
	}
}

void tables_far(const struct tables *t, const struct vertex *tile,
	double passes, const double factor[OPND_COUNT],
	struct far far[FAR_COUNT])
{
	double fetches[OPND_COUNT];
	for (int o = 0; o < OPND_COUNT; o++)
		fetches[o] = factor ? passes / factor[o]
				    : row_of(t, tile, o)->index_passes;
	far_fill(t, tile, passes, fetches, far);
	for (int d = 0; d < FAR_COUNT; d++)
		far[d].factor = passes / far[d].fetches;
}

int tables_must_reuse(
	const struct tables *t, const int32_t exponent[COORDINATES_MAX])
{
	unsigned stationary = t->arch->dataflow.stationary[SLOT_SPM];
	if (!stationary)
		return OPND_COUNT;
	int operand = (int)stationary - 1;
	unsigned over = t->outside & ~t->nest->indexes[operand];
	for (int c = 0; c < t->lattice.count; c++)
		if (exponent[c] && over & LOOP_BIT(t->lattice.at[c].loop))
			return operand;
	return OPND_COUNT;
}

/* The least of all ways of reuse. */
static void tile_bound(struct tables *t, const struct cursor *cursor)
{
	const struct vertex *vertex = &cursor->vertex;
	const float *a = t->least[vertex->id];
	/* Every tile takes the time of a whole one. */
	double passes = cursor->passes, macs = vertex->size * passes;
	double near_pj[OPND_COUNT], near_cycles[2], fetches[OPND_COUNT];
	int must = tables_must_reuse(t, cursor->exponent);
	for (int o = 0; o < OPND_COUNT; o++) {
		fetches[o] = row_of(t, vertex, o)->index_passes;
		near_pj[o] = macs_pj(t, macs) +
			energy_macs(t, macs) * (double)a[ARRAY_OTHERS_PJ + o];
	}
	for (int i = 0; i < 2; i++)
		near_cycles[i] = macs * (double)a[ARRAY_CYCLES + i];
	struct far far[FAR_COUNT];
	far_fill(t, vertex, passes, fetches, far);

	double least[OBJ_COUNT];
	for (int o = 0; o < OBJ_COUNT; o++)
		least[o] = INFINITY;
	for (int d = 0; d < OPND_COUNT; d++) {
		/* Least of O reused at SPM, and of another. */
		double class_pj[2] = {INFINITY, INFINITY};
		for (int r = 0; r < OPND_COUNT; r++) {
			if (must < OPND_COUNT && r != must)
				continue;
			bool held = r == d && far[d].fetches < passes;
			int class = r != OPND_O;
			class_pj[class] = min2(class_pj[class],
				near_pj[r] +
					far_once_pj(&far[d], r, held,
						row_of(t, vertex, r)->once_pj));
		}
		for (int i = 0; i < 2; i++) {
			if (isinf(class_pj[i]))
				continue;
			double pj = far[d].pj + class_pj[i];
			double cycles =
				far_cycles_least(&far[d], near_cycles[i]);
#define OBJECTIVE(id, name, unit, exact, value, below, power) \
	least[OBJ_##id] = min2(least[OBJ_##id], below);
#include "mapper/objectives.def"
#undef OBJECTIVE
		}
	}
	for (int o = 0; o < OBJ_COUNT; o++) {
		float bound = float_below(least[o] * (1 - 1e-12));
		t->tile[o][vertex->id] = bound;
		if (bound < t->tile[o][t->first[o]])
			t->first[o] = vertex->id;
	}
}

/* Whether the fixed factors leave room for a T of the size: of DRAM they are
 * the tiles of the bound, the others are parts of it; and the dataflow. */
static bool tile_has_fixed(
	const struct tables *t, const int32_t exponent[COORDINATES_MAX])
{
	double extent[LOOP_COUNT], whole[LOOP_COUNT];
	tables_extents(t, exponent, extent);
	for (int l = 0; l < LOOP_COUNT; l++) {
		double inside = 1, bound = whole[l] = (double)t->nest->bound[l];
		bool open = false;
		for (int s = SLOT_SPM; s < SLOTS_MAX; s++) {
			if (t->factor[s][l])
				inside *= (double)t->factor[s][l];
			else
				open = true;
		}
		/* Each padded slot may be up to twice as long. */
		if (!t->padded &&
			(fmod(extent[l], inside) != 0 ||
				(!open && extent[l] != inside)))
			return false;
		if (t->factor[SLOT_DRAM][l] &&
			tiles_in(bound, extent[l]) !=
				(double)t->factor[SLOT_DRAM][l])
			return false;
	}
	return level_allowed(t, SLOT_DRAM, whole, extent);
}

/* Whether the vector fits the scratchpad, and of which share of its bytes. */
static bool fits_spm(
	const struct tables *t, const struct vertex *vertex, double *use)
{
	double banks = 0, bytes = 0;
	bool own = true;
	for (int o = 0; o < OPND_COUNT; o++) {
		const struct operand_row *row = row_of(t, vertex, o);
		banks += row->banks;
		bytes += row->bytes;
		own &= !t->arch->operand_banks[o] ||
			row->banks <= (double)t->arch->operand_banks[o];
	}
	*use = bytes / t->spm_bytes;
	return own && banks <= (double)t->arch->spm_banks &&
		bytes <= t->spm_bytes;
}

/* The fixed factors; false where there can be none. */
static bool fixed_init(struct tables *t)
{
	if (!limits_factors(t->arch, t->nest, &t->options->limits,
		    t->options->tiles, t->factor))
		return false;
	for (int s = 0; s < SEED_SLOTS; s++) {
		t->asks[s] = dataflow_asks(&t->arch->dataflow, s);
		t->fixes[s] = t->asks[s];
		for (int c = 0; c < t->lattice.count; c++)
			t->fixes[s] |= t->factor[s][t->lattice.at[c].loop] != 0;
	}
	/* Where other loops have to be at SPATIAL, one alone is no question. */
	bool alone = true;
	for (int l = 0; l < LOOP_COUNT; l++)
		alone = alone && t->factor[SLOT_SPATIAL][l] <= 1;
	for (int l = 0; l < LOOP_COUNT && alone; l++) {
		int64_t two[LOOP_COUNT] = {1, 1, 1, 1, 1, 1, 1};
		two[l] = 2;
		if (t->factor[SLOT_RF][l] == 1 &&
			!dataflow_allows(t->arch, t->nest, SLOT_SPATIAL, two))
			t->outside |= LOOP_BIT(l);
	}
	return true;
}

static void vectors_fill(struct tables *t)
{
	bool fixes = false;
	for (int s = 0; s < SEED_SLOTS; s++)
		fixes |= t->fixes[s];
	struct cursor cursor;
	cursor_init(t, &cursor);
	for (int32_t id = 0; id < t->lattice.ids && !expired(t, id); id++) {
		/* Nothing is inside a vector that does not fit the scratchpad
		 * but what is inside others, too: it needs no row. */
		double use;
		bool is_tile = fits_spm(t, &cursor.vertex, &use);
		if (is_tile) {
			least_fill(t, &cursor);
			is_tile = use >= t->options->limits.min_spm_use &&
				!isinf(t->least[id][ARRAY_CYCLES]) &&
				(!fixes || tile_has_fixed(t, cursor.exponent));
		}
		if (is_tile) {
			t->tiles++;
			tile_bound(t, &cursor);
		} else {
			for (int o = 0; o < OBJ_COUNT; o++)
				t->tile[o][id] = INFINITY;
		}
		cursor_next(t, &cursor);
	}
}

/* The fewest PEs whose share reaches the least use, as the reference compares
 * them. */
static double least_pes(const struct arch *arch, double use)
{
	double pes = 1;
	if (use > 0) {
		pes = max2(1, floor(use * (double)arch->pes) - 1);
		while (pes / (double)arch->pes < use)
			pes++;
	}
	return pes;
}

bool tables_init(struct ctx *ctx, const struct nest *nest,
	const struct arch *arch, const struct search_options *options,
	int32_t max_ids, struct tables *t)
{
	*t = (struct tables){
		.nest = nest,
		.arch = arch,
		.options = options,
		.padded = options->tiles == TILES_PADDED,
		.macs = (double)nest_macs(nest),
		.gated = arch->mac_gating,
		.machine = machine_of_arch(arch),
		.prices = prices_of(arch),
		.least_prices = prices_least(arch),
		.rf_elems = arch_rf_elems(arch),
		.rf_bits = 8 * (double)arch->rf_bytes,
		.spm_bytes = (double)arch->spm_banks * (double)arch->bank_bytes,
		.pes = (double)arch->pes,
		.ports = (double)(arch->spm_ports * arch->port_words),
		.least_pes = least_pes(arch, options->limits.min_pe_use),
	};
	t->mac_pj = multiplication_pj(&t->least_prices);
	for (int o = 0; o < OPND_COUNT; o++) {
		t->array_pj[o] = array_pj(&t->least_prices, o, ways_of(o));
		t->split_pj[o] = split_pj(&t->least_prices, o);
		t->rf_skip_pj[o] =
			t->prices.registers[o] - t->least_prices.registers[o];
		t->through |= arch->spm_bypass[o] ? 0 : 1u << o;
		t->kept_gated |= arch->rf_bypass[o] && t->gated && t->padded;
	}
	if (!lattice_init(
		    ctx, nest, ALL_LOOPS, options->tiles, max_ids, &t->lattice))
		return false;
	if (!fixed_init(t))
		return true;
	for (int o = 0; o < OPND_COUNT; o++)
		if (!operand_init(ctx, t, (enum operand)o, max_ids))
			return false;
	/* Before memory is cleared for them, too. */
	if (expired(t, 0))
		return true;
	int32_t exponent[COORDINATES_MAX];
	t->whole = tables_vertex(t, t->lattice.ids - 1, exponent);
	size_t ids = (size_t)t->lattice.ids;
	t->least = arena_array(&ctx->arena, ids, sizeof *t->least);
	for (int o = 0; o < OBJ_COUNT; o++)
		t->tile[o] = arena_array(&ctx->arena, ids, sizeof *t->tile[o]);
	vectors_fill(t);
	return true;
}
