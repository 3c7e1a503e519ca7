#include "mapper/search_tables.h"

#include "ir/checked.h"

#include <math.h>
#include <string.h>

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

/* An odometer over the lattice. */
struct cursor {
	struct vertex vertex;
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

static void cursor_next(const struct tables *t, struct cursor *cursor)
{
	const struct lattice *lattice = &t->lattice;
	struct vertex *vertex = &cursor->vertex;
	vertex->id++;
	for (int c = lattice->count - 1; c >= 0; c--) {
		const struct coordinate *at = &lattice->at[c];
		if (cursor->exponent[c] < at->most) {
			cursor->exponent[c]++;
			vertex->size *= (double)at->prime;
			for (int o = 0; o < OPND_COUNT; o++)
				vertex->row[o] += t->operand[o].step[c];
			return;
		}
		cursor->exponent[c] = 0;
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
	struct operand_row *row = t->operand[o].row =
		arena_array(&ctx->arena, ids, sizeof *row);
	float(*ratio)[4] = arena_array(&ctx->arena, ids, sizeof *ratio);
	for (int32_t id = 0; id < lattice.ids; id++) {
		int64_t extent[LOOP_COUNT], span = 1, passes = 1;
		lattice_extents(&lattice, id, extent);
		for (int l = 0; l < LOOP_COUNT; l++) {
			span *= extent[l];
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
			.bytes = (double)bytes,
			.banks = (double)ceil_div(bytes, arch->bank_bytes),
			.dma_cycles = (double)dma.cycles,
			.dma_pj = dma.energy_pj,
			.index_passes = (double)passes,
		};
		ratio[id][0] = float_below((double)elems / (double)span);
	}
	lattice_least4(&lattice, ratio);
	for (size_t id = 0; id < ids; id++)
		row[id].least_elems = ratio[id][0] * row[id].span;
	return true;
}

static const struct operand_row *row_of(
	const struct tables *t, const struct vertex *vertex, int o)
{
	return &t->operand[o].row[vertex->row[o]];
}

/* --- as F --------------------------------------------------------------------
 */

static uint8_t fits_of(const struct tables *t, const struct vertex *vertex)
{
	const struct limits *limits = &t->options->limits;
	double elems = 0, banks = 0, bytes = 0;
	for (int o = 0; o < OPND_COUNT; o++) {
		const struct operand_row *row = row_of(t, vertex, o);
		elems += row->elems;
		banks += row->banks;
		bytes += row->bytes;
	}
	double words = arch_rf_elems(t->arch);
	double spm = (double)t->arch->spm_banks * (double)t->arch->bank_bytes;
	bool rf = elems <= words &&
		(limits->min_rf_use <= 0 ||
			elems / words >= limits->min_rf_use);
	bool tile = banks <= (double)t->arch->spm_banks && bytes <= spm &&
		(limits->min_spm_use <= 0 ||
			bytes / spm >= limits->min_spm_use);
	return (uint8_t)((rf ? FITS_RF : 0) | (tile ? FITS_SPM : 0));
}

/* Whether all factors of the vector belong to loops of the set. */
static bool vector_within(const struct lattice *lattice,
	const int8_t exponent[COORDINATES_MAX], unsigned loops)
{
	for (int c = 0; c < lattice->count; c++)
		if (exponent[c] > 0 && !(loops & LOOP_BIT(lattice->at[c].loop)))
			return false;
	return true;
}

static void rf_fill(struct tables *t)
{
	struct cursor cursor;
	const struct vertex *vertex = &cursor.vertex;
	cursor_init(t, &cursor);
	for (int32_t id = 0; id < t->lattice.ids; id++) {
		float *rf = t->rf[id];
		t->fits[id] = fits_of(t, vertex);
		if (t->fits[id] & FITS_RF) {
			double each = t->noc_pj / vertex->size;
			double o = t->reduction_pj / vertex->size *
				row_of(t, vertex, OPND_O)->elems;
			double i = each * row_of(t, vertex, OPND_I)->elems;
			double w = each * row_of(t, vertex, OPND_W)->elems;
			rf[RF_OTHERS_PJ + OPND_O] = float_below(i + w);
			rf[RF_OTHERS_PJ + OPND_I] = float_below(o + w);
			rf[RF_OTHERS_PJ + OPND_W] = float_below(o + i);
		} else {
			for (int o = 0; o < OPND_COUNT; o++)
				rf[RF_OTHERS_PJ + o] = INFINITY;
		}
		bool spatial = vertex->size <= t->pes &&
			vector_within(
				&t->lattice, cursor.exponent, t->spatial_loops);
		rf[RF_MINUS_PES] = spatial ? float_below(-vertex->size) : 0;
		cursor_next(t, &cursor);
	}
	lattice_least4(&t->lattice, t->rf);
}

/* --- as G --------------------------------------------------------------------
 */

static void array_fill(struct tables *t)
{
	struct cursor cursor;
	const struct vertex *vertex = &cursor.vertex;
	cursor_init(t, &cursor);
	double own = 2 * (t->noc_pj + t->spm_pj) - t->reduction_pj;
	for (int32_t id = 0; id < t->lattice.ids; id++) {
		const float *rf = t->rf[id];
		float *a = t->array[id];
		double pes = -(double)rf[RF_MINUS_PES];
		if (isinf(rf[RF_OTHERS_PJ]) || pes < t->least_pes) {
			for (int i = 0; i < ARRAY_COLUMNS; i++)
				a[i] = INFINITY;
			cursor_next(t, &cursor);
			continue;
		}
		double o = row_of(t, vertex, OPND_O)->elems / vertex->size,
		       i = row_of(t, vertex, OPND_I)->elems / vertex->size,
		       w = row_of(t, vertex, OPND_W)->elems / vertex->size;
		double work = 1 / pes;
		a[ARRAY_OTHERS_PJ + OPND_O] = float_below(t->spm_pj * (i + w) +
			(double)rf[RF_OTHERS_PJ + OPND_O]);
		a[ARRAY_OTHERS_PJ + OPND_I] = float_below(own * o +
			t->spm_pj * w + (double)rf[RF_OTHERS_PJ + OPND_I]);
		a[ARRAY_OTHERS_PJ + OPND_W] = float_below(own * o +
			t->spm_pj * i + (double)rf[RF_OTHERS_PJ + OPND_W]);
		a[ARRAY_CYCLES] = float_below(max2(work, max2(i, w)));
		a[ARRAY_CYCLES + 1] = float_below(work + max2(o, min2(i, w)));
		cursor_next(t, &cursor);
	}
	lattice_least8(&t->lattice, t->array);
}

/* --- as T --------------------------------------------------------------------
 */

void tables_far(const struct tables *t, const struct vertex *tile,
	struct far far[OPND_COUNT])
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
	for (int d = 0; d < OPND_COUNT; d++) {
		const struct operand_row *row = row_of(t, tile, d);
		double ways = d == OPND_O ? 2 : 1;
		bool reused = row->index_passes < passes;
		far[d].factor = passes / row->index_passes;
		far[d].pj =
			pj - ways * row->dma_pj * (passes - row->index_passes);
		far[d].each = reused ? each - ways * row->dma_cycles : each;
		far[d].load = far[d].each + row->dma_cycles;
		far[d].store = far[d].each + (ways - 1) * row->dma_cycles;
		far[d].passes = passes;
	}
}

double tables_once_pj(const struct tables *t, const struct vertex *tile,
	const struct far *far, int r, int d)
{
	const struct operand_row *row = row_of(t, tile, r);
	double once = (t->noc_pj + t->spm_pj) * row->least_elems;
	/* Held over SPM passes it moves once per reuse, and one way; else in
	 * every pass, O both ways. */
	if (r == d && far->factor > 1)
		return once * row->index_passes;
	return once * far->passes * (r == OPND_O ? 2 : 1);
}

static void tile_bound(struct tables *t, const struct vertex *vertex)
{
	const float *a = t->array[vertex->id];
	float *tile = t->tile[vertex->id];
	struct far far[OPND_COUNT];
	tables_far(t, vertex, far);
	double least[OBJ_COUNT] = {INFINITY, INFINITY, INFINITY};
	for (int d = 0; d < OPND_COUNT; d++) {
		double dma = far[d].each * far[d].passes;
		for (int r = 0; r < OPND_COUNT; r++) {
			double pj = t->macs_pj + far[d].pj +
				tables_once_pj(t, vertex, &far[d], r, d) +
				t->macs * (double)a[ARRAY_OTHERS_PJ + r];
			double cycles = max2(dma,
				t->macs *
					(double)a[ARRAY_CYCLES +
						(r != OPND_O)]);
			least[OBJ_ENERGY] = min2(least[OBJ_ENERGY], pj);
			least[OBJ_CYCLES] = min2(least[OBJ_CYCLES], cycles);
			least[OBJ_EDP] = min2(
				least[OBJ_EDP], max2(0, pj - 0.5) * cycles);
		}
	}
	for (int o = 0; o < OBJ_COUNT; o++)
		tile[o] = float_below(least[o] * (1 - 1e-12));
}

static void tiles_fill(struct tables *t)
{
	/* Loops whose factor at DRAM must be 1. */
	unsigned inside = t->options->limits.no_feature_dram
		? LOOP_BIT(LOOP_FX) | LOOP_BIT(LOOP_FY)
		: 0;
	struct cursor cursor;
	cursor_init(t, &cursor);
	for (int32_t id = 0; id < t->lattice.ids; id++) {
		bool possible = t->fits[id] & FITS_SPM &&
			!isinf(t->array[id][ARRAY_CYCLES]);
		for (int c = 0; c < t->lattice.count && inside; c++)
			if (inside & LOOP_BIT(t->lattice.at[c].loop))
				possible &= cursor.exponent[c] ==
					t->lattice.at[c].most;
		if (possible)
			tile_bound(t, &cursor.vertex);
		else
			for (int o = 0; o < OBJ_COUNT; o++)
				t->tile[id][o] = INFINITY;
		t->tiles += possible;
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
	unsigned all = LOOP_BIT(LOOP_COUNT) - 1;
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
		.pes = (double)arch->pes,
		.least_pes = least_pes(arch, options->limits.min_pe_use),
		.spatial_loops = options->limits.no_spatial_reduction
			? nest->indexes[OPND_O]
			: all,
	};
	if (!lattice_init(nest, all, max_ids, &t->lattice))
		return false;
	for (int o = 0; o < OPND_COUNT; o++)
		if (!operand_init(ctx, t, (enum operand)o, max_ids))
			return false;
	size_t ids = (size_t)t->lattice.ids;
	t->fits = arena_array(&ctx->arena, ids, sizeof *t->fits);
	t->rf = arena_array(&ctx->arena, ids, sizeof *t->rf);
	t->array = arena_array(&ctx->arena, ids, sizeof *t->array);
	t->tile = arena_array(&ctx->arena, ids, sizeof *t->tile);
	rf_fill(t);
	array_fill(t);
	tiles_fill(t);
	return true;
}
