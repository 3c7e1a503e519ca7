#include "mapper/search_tables.h"

#include "ir/checked.h"

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
	int32_t back[COORDINATES_MAX]; /* step; 0 where the exponent is 0 */
	int8_t exponent[COORDINATES_MAX];
	double whole[COORDINATES_MAX]; /* prime to the most */
};

static void cursor_init(const struct tables *t, struct cursor *cursor)
{
	*cursor = (struct cursor){.vertex.size = 1};
	for (int c = 0; c < t->lattice.count; c++) {
		cursor->whole[c] = 1;
		for (int e = 0; e < t->lattice.at[c].most; e++)
			cursor->whole[c] *= (double)t->lattice.at[c].prime;
	}
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
			vertex->size *= (double)at->prime;
			for (int o = 0; o < OPND_COUNT; o++)
				vertex->row[o] += t->operand[o].step[c];
			return;
		}
		cursor->exponent[c] = 0;
		cursor->back[c] = 0;
		vertex->size /= cursor->whole[c];
		for (int o = 0; o < OPND_COUNT; o++)
			vertex->row[o] -= at->most * t->operand[o].step[c];
	}
}

struct vertex tables_vertex(
	const struct tables *t, int32_t id, int8_t exponent[COORDINATES_MAX])
{
	struct vertex vertex = {.id = id, .size = 1};
	for (int c = 0; c < t->lattice.count; c++) {
		const struct coordinate *at = &t->lattice.at[c];
		exponent[c] = (int8_t)(id / at->step);
		id %= at->step;
		for (int e = 0; e < exponent[c]; e++)
			vertex.size *= (double)at->prime;
		for (int o = 0; o < OPND_COUNT; o++)
			vertex.row[o] += exponent[c] * t->operand[o].step[c];
	}
	return vertex;
}

/* --- operands ---------------------------------------------------------------
 */

static bool operand_init(
	struct ctx *ctx, struct tables *t, enum operand o, int32_t max_ids)
{
	const struct arch *arch = t->arch;
	unsigned all = t->nest->indexes[OPND_O] & t->nest->indexes[OPND_I] &
		t->nest->indexes[OPND_W];
	struct lattice lattice;
	if (!lattice_init(t->nest, t->nest->indexes[o], max_ids, &lattice))
		return false;
	/* The operand's coordinates are among the nest's. */
	for (int c = 0; c < t->lattice.count; c++)
		for (int i = 0; i < lattice.count; i++)
			if (t->lattice.at[c].loop == lattice.at[i].loop &&
				t->lattice.at[c].prime == lattice.at[i].prime)
				t->operand[o].step[c] = lattice.at[i].step;

	size_t ids = (size_t)lattice.ids;
	t->operand[o].rows = lattice.ids;
	struct operand_row *row = t->operand[o].row =
		arena_array(&ctx->arena, ids, sizeof *row);
	double *ratio = arena_array(&ctx->arena, ids, sizeof *ratio);
	for (int32_t id = 0; id < lattice.ids; id++) {
		int64_t extent[LOOP_COUNT], span = 1, common = 1, passes = 1;
		lattice_extents(&lattice, id, extent);
		for (int l = 0; l < LOOP_COUNT; l++) {
			span *= extent[l];
			if (all & LOOP_BIT(l))
				common *= extent[l];
			if (t->nest->indexes[o] & LOOP_BIT(l))
				passes *= t->nest->bound[l] / extent[l];
		}
		int64_t elems = nest_footprint(t->nest, o, extent);
		int64_t bytes = elems * arch->elem_bytes;
		struct dma dma =
			dma_of_tile(t->nest, arch, o, extent, t->options->rule);
		row[id] = (struct operand_row){
			.elems = (double)elems,
			.span = (double)span,
			.common = (double)common,
			.bytes = (double)bytes,
			.banks = (double)ceil_div(bytes, arch->bank_bytes),
			.dma_cycles = (double)dma.cycles,
			.dma_pj = dma.energy_pj,
			.index_passes = (double)passes,
		};
		ratio[id] = (double)elems / (double)span;
	}
	lattice_least(&lattice, ratio);
	for (size_t id = 0; id < ids; id++)
		row[id].once_pj =
			(t->noc_pj + t->spm_pj) * ratio[id] * row[id].span;
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
	double elems = 0;
	for (int o = 0; o < OPND_COUNT; o++)
		elems += row_of(t, vertex, o)->elems;
	double least = t->options->limits.min_rf_use;
	return elems <= t->rf_elems &&
		(least <= 0 || elems / t->rf_elems >= least);
}

bool tables_is_factor(const struct tables *t, enum level level,
	const int8_t outer[COORDINATES_MAX],
	const int8_t inner[COORDINATES_MAX])
{
	const int8_t *fixed = t->fixed[level];
	for (int c = 0; c < t->lattice.count && t->fixes[level]; c++)
		if (fixed[c] != ANY_EXPONENT && outer[c] - inner[c] != fixed[c])
			return false;
	return true;
}

const int8_t no_factor[COORDINATES_MAX];

void tables_least_inside(const struct tables *t, enum level between,
	const int8_t tile[COORDINATES_MAX], int8_t least[COORDINATES_MAX])
{
	const int8_t *fixed = t->fixed[between];
	for (int c = 0; c < t->lattice.count; c++)
		least[c] =
			fixed[c] > tile[c] ? 0 : (int8_t)(tile[c] - fixed[c]);
}

/* A float no smaller than a size; exact below 2^24. */
static float size_above(double size)
{
	return (float)(size < 1 << 24 ? size : size * (1 + 1.2e-7));
}

static void rf_bound(
	const struct tables *t, const struct cursor *cursor, float *least)
{
	const struct vertex *vertex = &cursor->vertex;
	for (int o = 0; o < OPND_COUNT; o++)
		least[RF_OTHERS_PJ + o] = INFINITY;
	least[RF_MINUS_SIZE] = least[RF_MINUS_PES] = 0;
	if (tables_fit_rf(t, vertex) &&
		tables_is_factor(t, LEVEL_RF, cursor->exponent, no_factor)) {
		double inverse = 1 / vertex->size;
		double o = t->reduction_pj * inverse *
			row_of(t, vertex, OPND_O)->elems;
		double i =
			t->noc_pj * inverse * row_of(t, vertex, OPND_I)->elems;
		double w =
			t->noc_pj * inverse * row_of(t, vertex, OPND_W)->elems;
		least[RF_OTHERS_PJ + OPND_O] = float_below(i + w);
		least[RF_OTHERS_PJ + OPND_I] = float_below(o + w);
		least[RF_OTHERS_PJ + OPND_W] = float_below(o + i);
		least[RF_MINUS_SIZE] = -size_above(vertex->size);
	}
	if (vertex->size <= t->pes &&
		tables_is_factor(t, LEVEL_SPATIAL, cursor->exponent, no_factor))
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
	double o = row_of(t, vertex, OPND_O)->elems * inverse,
	       i = row_of(t, vertex, OPND_I)->elems * inverse,
	       w = row_of(t, vertex, OPND_W)->elems * inverse;
	double work = 1 / -(double)least[RF_MINUS_PES];
	double out = (2 * (t->noc_pj + t->spm_pj) - t->reduction_pj) * o;
	double own[] = {
		t->spm_pj * (i + w) + (double)least[RF_OTHERS_PJ + OPND_O],
		out + t->spm_pj * w + (double)least[RF_OTHERS_PJ + OPND_I],
		out + t->spm_pj * i + (double)least[RF_OTHERS_PJ + OPND_W],
		max2(work, max2(i, w)),
		work + max2(o, min2(i, w)),
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

void tables_far(const struct tables *t, const struct vertex *tile,
	const double factor[OPND_COUNT], struct far far[FAR_COUNT])
{
	double passes = t->macs / tile->size, each = 0, pj = 0;
	for (int o = 0; o < OPND_COUNT; o++) {
		const struct operand_row *row = row_of(t, tile, o);
		double fetches = passes;
		if (o ==
			OPND_O) /* written, and read where partial sums exist */
			fetches += passes - row->index_passes;
		pj += row->dma_pj * fetches;
		each += row->dma_cycles * (o == OPND_O ? 2 : 1);
	}
	far[FAR_NONE] = (struct far){
		.factor = 1,
		.pj = pj,
		.each = each,
		.load = each,
		.store = each,
		.passes = passes,
	};
	for (int d = 0; d < OPND_COUNT; d++) {
		const struct operand_row *row = row_of(t, tile, d);
		double ways = d == OPND_O ? 2 : 1;
		double most = passes / row->index_passes;
		far[d].factor = factor ? factor[d] : most;
		bool reused = far[d].factor > 1;
		far[d].pj = pj -
			ways * row->dma_pj * (passes - passes / far[d].factor);
		far[d].each = reused ? each - ways * row->dma_cycles : each;
		far[d].load = far[d].each + row->dma_cycles;
		far[d].store = far[d].each + (ways - 1) * row->dma_cycles;
		far[d].passes = passes;
	}
}

double tables_once_pj(const struct tables *t, const struct vertex *tile,
	const struct far *far, int r, int d)
{
	/* Held over SPM passes it moves once per reuse, and one way; else in
	 * every pass, O both ways. */
	const struct operand_row *row = row_of(t, tile, r);
	if (r == d && far->factor > 1)
		return row->once_pj * (far->passes / far->factor);
	return row->once_pj * far->passes * (r == OPND_O ? 2 : 1);
}

/* The least of all ways of reuse; the numbers of tables_far, tables_once_pj and
 * far_cycles_least without their divisions. */
static void tile_bound(struct tables *t, const struct vertex *vertex)
{
	const float *a = t->least[vertex->id];
	double passes = t->macs / vertex->size, share = vertex->size / t->macs;
	double pj = t->macs_pj, dma = 0;
	double near_pj[OPND_COUNT], near_cycles[2];
	for (int o = 0; o < OPND_COUNT; o++) {
		const struct operand_row *row = row_of(t, vertex, o);
		double ways = o == OPND_O ? 2 : 1;
		pj += row->dma_pj *
			(ways * passes - (ways - 1) * row->index_passes);
		dma += row->dma_cycles * ways * passes;
		near_pj[o] = t->macs * (double)a[ARRAY_OTHERS_PJ + o];
	}
	for (int i = 0; i < 2; i++)
		near_cycles[i] = t->macs * (double)a[ARRAY_CYCLES + i];

	double least[OBJ_COUNT] = {INFINITY, INFINITY, INFINITY};
	for (int d = 0; d < OPND_COUNT; d++) {
		const struct operand_row *row = row_of(t, vertex, d);
		double ways = d == OPND_O ? 2 : 1;
		double saved = passes - row->index_passes;
		double far_pj = pj - ways * row->dma_pj * saved;
		double moved = row->dma_cycles * passes;
		double each = saved > 0 ? dma - ways * moved : dma;
		double late = saved > 0 ? each + moved : each;
		double late_share = ways * row->index_passes * share;
		/* Least of O reused at SPM, and of another. */
		double class_pj[2] = {INFINITY, INFINITY};
		for (int r = 0; r < OPND_COUNT; r++) {
			double once = row_of(t, vertex, r)->once_pj;
			if (r == d && saved > 0)
				once *= row->index_passes;
			else
				once *= r == OPND_O ? 2 * passes : passes;
			int class = r != OPND_O;
			class_pj[class] =
				min2(class_pj[class], near_pj[r] + once);
		}
		for (int i = 0; i < 2; i++) {
			double energy = far_pj + class_pj[i];
			double step = max2(each, near_cycles[i]);
			double cycles =
				step + late_share * max2(0, late - step);
			least[OBJ_ENERGY] = min2(least[OBJ_ENERGY], energy);
			least[OBJ_CYCLES] = min2(least[OBJ_CYCLES], cycles);
			least[OBJ_EDP] = min2(
				least[OBJ_EDP], max2(0, energy - 0.5) * cycles);
		}
	}
	for (int o = 0; o < OBJ_COUNT; o++) {
		float bound = float_below(least[o] * (1 - 1e-12));
		t->tile[o][vertex->id] = bound;
		if (bound < t->tile[o][t->first[o]])
			t->first[o] = vertex->id;
	}
}

/* Whether the fixed factors leave room for a T: of DRAM they are what is left
 * of the bounds, the others divide it. */
static bool tile_has_fixed(
	const struct tables *t, const int8_t exponent[COORDINATES_MAX])
{
	for (int c = 0; c < t->lattice.count; c++) {
		int inside = 0, open = 0;
		for (int v = LEVEL_SPM; v < LEVEL_COUNT; v++) {
			if (t->fixed[v][c] == ANY_EXPONENT)
				open++;
			else
				inside += t->fixed[v][c];
		}
		int far = t->lattice.at[c].most - exponent[c];
		if (exponent[c] < inside || (!open && exponent[c] > inside) ||
			(t->fixed[LEVEL_DRAM][c] != ANY_EXPONENT &&
				far != t->fixed[LEVEL_DRAM][c]))
			return false;
	}
	return true;
}

/* Whether the vector fits the scratchpad, and of which share of its bytes. */
static bool fits_spm(
	const struct tables *t, const struct vertex *vertex, double *use)
{
	double banks = 0, bytes = 0;
	for (int o = 0; o < OPND_COUNT; o++) {
		const struct operand_row *row = row_of(t, vertex, o);
		banks += row->banks;
		bytes += row->bytes;
	}
	*use = bytes / t->spm_bytes;
	return banks <= (double)t->arch->spm_banks && bytes <= t->spm_bytes;
}

/* The exponents of the fixed factors; false where there can be none. */
static bool fixed_init(struct tables *t)
{
	int64_t factor[LEVEL_COUNT][LOOP_COUNT];
	if (!limits_factors(t->nest, &t->options->limits, factor))
		return false;
	for (int v = 0; v < LEVEL_COUNT; v++)
		for (int c = 0; c < t->lattice.count; c++) {
			const struct coordinate *at = &t->lattice.at[c];
			int64_t rest = factor[v][at->loop];
			t->fixed[v][c] = rest ? 0 : ANY_EXPONENT;
			t->fixes[v] |= rest != 0;
			for (; rest && rest % at->prime == 0; rest /= at->prime)
				t->fixed[v][c]++;
		}
	return true;
}

static void vectors_fill(struct tables *t)
{
	struct cursor cursor;
	cursor_init(t, &cursor);
	for (int32_t id = 0; id < t->lattice.ids; id++) {
		/* Nothing is inside a vector that does not fit the scratchpad
		 * but what is inside others, too: it needs no row. */
		double use;
		bool is_tile = fits_spm(t, &cursor.vertex, &use);
		if (is_tile) {
			least_fill(t, &cursor);
			is_tile = use >= t->options->limits.min_spm_use &&
				!isinf(t->least[id][ARRAY_CYCLES]) &&
				tile_has_fixed(t, cursor.exponent);
		}
		if (is_tile) {
			t->tiles++;
			tile_bound(t, &cursor.vertex);
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
	double macs = (double)nest_macs(nest);
	*t = (struct tables){
		.nest = nest,
		.arch = arch,
		.options = options,
		.macs = macs,
		.macs_pj = macs * arch->mac_pj + 4 * macs * arch->rf_pj,
		.noc_pj = arch->noc_pj,
		.spm_pj = arch->spm_pj,
		.reduction_pj = 3 * arch->rf_pj + arch->noc_pj + arch->mac_pj,
		.rf_elems = arch_rf_elems(arch),
		.spm_bytes = (double)arch->spm_banks * (double)arch->bank_bytes,
		.pes = (double)arch->pes,
		.least_pes = least_pes(arch, options->limits.min_pe_use),
	};
	if (!lattice_init(nest, ALL_LOOPS, max_ids, &t->lattice))
		return false;
	if (!fixed_init(t))
		return true;
	for (int o = 0; o < OPND_COUNT; o++)
		if (!operand_init(ctx, t, (enum operand)o, max_ids))
			return false;
	int8_t exponent[COORDINATES_MAX];
	t->whole = tables_vertex(t, t->lattice.ids - 1, exponent);
	size_t ids = (size_t)t->lattice.ids;
	t->least = arena_array(&ctx->arena, ids, sizeof *t->least);
	for (int o = 0; o < OBJ_COUNT; o++)
		t->tile[o] = arena_array(&ctx->arena, ids, sizeof *t->tile[o]);
	vectors_fill(t);
	return true;
}
