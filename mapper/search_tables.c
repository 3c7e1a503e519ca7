#include "mapper/search_tables.h"

#include "ir/checked.h"

#include <math.h>

static double max2(double a, double b)
{
	return a > b ? a : b;
}

static double min2(double a, double b)
{
	return a < b ? a : b;
}

static bool operand_init(
	struct ctx *ctx, struct tables *t, enum operand o, int64_t max_ids)
{
	const struct arch *arch = t->arch;
	struct lattice *lattice = &t->operand[o].lattice;
	if (!lattice_init(ctx, t->nest, t->nest->indexes[o], max_ids, lattice))
		return false;
	size_t ids = (size_t)lattice->ids;
	struct operand_row *row = t->operand[o].row =
		arena_array(&ctx->arena, ids, sizeof *row);
	double *ratio = arena_array(&ctx->arena, ids, sizeof *ratio);
	for (size_t id = 0; id < ids; id++) {
		int64_t extent[LOOP_COUNT], span = 1;
		lattice_extents(lattice, (int64_t)id, extent);
		for (int l = 0; l < LOOP_COUNT; l++)
			span *= extent[l];
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
		};
		ratio[id] = (double)elems / (double)span;
	}
	lattice_least(lattice, 1, ratio);
	for (size_t id = 0; id < ids; id++)
		row[id].least_ratio = ratio[id];
	return true;
}

/* What holds for one vector as F and as T. */
static void box_fill(
	struct tables *t, int64_t id, const int32_t sub[OPND_COUNT])
{
	const struct arch *arch = t->arch;
	const struct limits *limits = &t->options->limits;
	struct box_row *box = &t->box[id];
	double elems = 0, banks = 0, bytes = 0;
	for (int o = 0; o < OPND_COUNT; o++) {
		const struct operand_row *row = &t->operand[o].row[sub[o]];
		box->sub[o] = sub[o];
		box->elems[o] = row->elems;
		box->free[o] = box->size / row->span;
		elems += row->elems;
		banks += row->banks;
		bytes += row->bytes;
	}
	box->inverse = 1 / box->size;
	double words = arch_rf_elems(arch);
	double spm_bytes = (double)arch->spm_banks * (double)arch->bank_bytes;
	box->fits_rf = elems <= words && elems / words >= limits->min_rf_use;
	box->fits_spm = banks <= (double)arch->spm_banks &&
		bytes <= spm_bytes && bytes / spm_bytes >= limits->min_spm_use;
}

/* All vectors, walked like an odometer. */
static void boxes_fill(struct tables *t)
{
	const struct lattice *lattice = &t->lattice;
	int32_t digit[LOOP_COUNT] = {0}, step[LOOP_COUNT][OPND_COUNT] = {{0}};
	double size[LOOP_COUNT + 1];
	int32_t sub[LOOP_COUNT + 1][OPND_COUNT] = {{0}};
	for (int o = 0; o < OPND_COUNT; o++) {
		const struct lattice *s = &t->operand[o].lattice;
		for (int i = 0; i < s->loops; i++)
			for (int l = 0; l < lattice->loops; l++)
				if (lattice->loop[l] == s->loop[i])
					step[l][o] = s->step[i];
	}
	/* size[l], sub[l]: of the digits before loop l. */
	int l = 0, last = lattice->loops;
	size[0] = 1;
	for (int64_t id = 0; id < lattice->ids; id++) {
		for (; l < last; l++) {
			size[l + 1] =
				size[l] * (double)lattice->divisor[l][digit[l]];
			for (int o = 0; o < OPND_COUNT; o++)
				sub[l + 1][o] =
					sub[l][o] + digit[l] * step[l][o];
		}
		t->box[id].size = size[last];
		box_fill(t, id, sub[last]);
		for (l = last - 1; l >= 0; l--) {
			if (++digit[l] < lattice->divisors[l])
				break;
			digit[l] = 0;
		}
		if (l < 0)
			break;
	}
}

/* Whether all factors of the vector belong to loops of the set. */
static bool vector_within(
	const struct lattice *lattice, int64_t id, unsigned loops)
{
	for (int l = 0; l < lattice->loops; l++) {
		if (id >= lattice->step[l] &&
			!(loops & LOOP_BIT(lattice->loop[l])))
			return false;
		id %= lattice->step[l];
	}
	return true;
}

static void rf_fill(struct tables *t)
{
	unsigned all = (1u << LOOP_COUNT) - 1;
	for (int64_t id = 0; id < t->lattice.ids; id++) {
		const struct box_row *box = &t->box[id];
		struct rf_least *rf = &t->rf[id];
		double pj[OPND_COUNT];
		for (int o = 0; o < OPND_COUNT; o++)
			pj[o] = box->elems[o] * box->inverse *
				(o == OPND_O ? t->reduction_pj : t->noc_pj);
		for (int o = 0; o < OPND_COUNT; o++)
			rf->others_pj[o] = box->fits_rf
				? pj[(o + 1) % OPND_COUNT] +
					pj[(o + 2) % OPND_COUNT]
				: INFINITY;
		bool spatial = box->size <= t->pes &&
			(t->spatial_loops == all ||
				vector_within(
					&t->lattice, id, t->spatial_loops));
		rf->minus_pes = spatial ? -box->size : 0;
	}
	lattice_least(&t->lattice, (int)(sizeof *t->rf / sizeof(double)),
		(double *)t->rf);
}

static void array_fill(struct tables *t)
{
	for (int64_t id = 0; id < t->lattice.ids; id++) {
		const struct box_row *box = &t->box[id];
		const struct rf_least *rf = &t->rf[id];
		struct array_least *a = &t->array[id];
		double pes = -rf->minus_pes;
		double o = box->elems[OPND_O] * box->inverse,
		       i = box->elems[OPND_I] * box->inverse,
		       w = box->elems[OPND_W] * box->inverse;
		if (isinf(rf->others_pj[OPND_O]) || pes < t->least_pes) {
			*a = (struct array_least){
				{INFINITY, INFINITY, INFINITY},
                                INFINITY,
				INFINITY
                        };
			continue;
		}
		double own = 2 * (t->noc_pj + t->spm_pj) - t->reduction_pj;
		a->others_pj[OPND_O] =
			t->spm_pj * (i + w) + rf->others_pj[OPND_O];
		a->others_pj[OPND_I] =
			own * o + t->spm_pj * w + rf->others_pj[OPND_I];
		a->others_pj[OPND_W] =
			own * o + t->spm_pj * i + rf->others_pj[OPND_W];
		a->reusing_o = max2(1 / pes, max2(i, w));
		a->reusing_other = 1 / pes + max2(o, min2(i, w));
	}
	lattice_least(&t->lattice, (int)(sizeof *t->array / sizeof(double)),
		(double *)t->array);
}

void tables_far(const struct tables *t, const struct box_row *tile,
	enum operand reused, struct far *far)
{
	const struct operand_row *row[OPND_COUNT];
	const struct box_row *whole = &t->box[t->lattice.ids - 1];
	for (int o = 0; o < OPND_COUNT; o++)
		row[o] = &t->operand[o].row[tile->sub[o]];
	double passes = t->macs / tile->size;
	far->passes = passes;
	far->factor = whole->free[reused] / tile->free[reused];
	double each = 0, pj = 0;
	for (int o = 0; o < OPND_COUNT; o++) {
		double fetches = passes;
		if (o == (int)reused)
			fetches /= far->factor;
		if (o != (int)reused || far->factor == 1)
			each += o == OPND_O ? 2 * row[o]->dma_cycles
					    : row[o]->dma_cycles;
		if (o == OPND_O) /* and partial sums again */
			fetches += fetches -
				passes * tile->free[o] / whole->free[o];
		pj += row[o]->dma_pj * fetches;
	}
	far->pj = pj;
	far->each = each;
	far->load = each + row[reused]->dma_cycles;
	far->store = each + (reused == OPND_O ? row[reused]->dma_cycles : 0);
}

/* Lower bounds of all mappings with the vector as T. */
static void tile_fill(struct tables *t, int64_t id)
{
	const struct box_row *tile = &t->box[id];
	const struct array_least *a = &t->array[id];
	double pj = INFINITY, each = INFINITY;
	for (int d = 0; d < OPND_COUNT; d++) {
		struct far far;
		tables_far(t, tile, (enum operand)d, &far);
		for (int r = 0; r < OPND_COUNT; r++) {
			/* The reused operand is distributed at least once per
			 * SPM pass, or per DRAM reuse when it is held. */
			double once = (t->noc_pj + t->spm_pj) *
				t->operand[r].row[tile->sub[r]].least_ratio /
				tile->free[r];
			if (r == d && far.factor > 1)
				once /= far.factor;
			else if (r == OPND_O)
				once *= 2;
			pj = min2(pj,
				far.pj + t->macs * (a->others_pj[r] + once));
		}
		each = min2(each, far.each);
	}
	t->tile_pj[id] = t->macs_pj + pj;
	t->tile_cycles[id] =
		max2(t->macs * min2(a->reusing_o, a->reusing_other),
			t->macs / tile->size * each);
}

static void tiles_fill(struct tables *t)
{
	/* Loops whose factor at DRAM must be 1. */
	unsigned inside = t->options->limits.no_feature_dram
		? LOOP_BIT(LOOP_FX) | LOOP_BIT(LOOP_FY)
		: 0;
	const struct lattice *lattice = &t->lattice;
	for (int64_t id = 0; id < lattice->ids; id++) {
		bool fits = t->box[id].fits_spm &&
			!isinf(t->array[id].reusing_o) &&
			(!inside ||
				vector_within(lattice, lattice->ids - 1 - id,
					~inside));
		t->tile_pj[id] = t->tile_cycles[id] = INFINITY;
		if (fits)
			tile_fill(t, id);
		t->tiles += fits;
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
	int64_t max_ids, struct tables *t)
{
	unsigned all = (1u << LOOP_COUNT) - 1;
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
	if (!lattice_init(ctx, nest, all, max_ids, &t->lattice))
		return false;
	for (int o = 0; o < OPND_COUNT; o++)
		if (!operand_init(ctx, t, (enum operand)o, max_ids))
			return false;
	size_t ids = (size_t)t->lattice.ids;
	t->box = arena_array(&ctx->arena, ids, sizeof *t->box);
	t->rf = arena_array(&ctx->arena, ids, sizeof *t->rf);
	t->array = arena_array(&ctx->arena, ids, sizeof *t->array);
	t->tile_pj = arena_array(&ctx->arena, ids, sizeof *t->tile_pj);
	t->tile_cycles = arena_array(&ctx->arena, ids, sizeof *t->tile_cycles);
	boxes_fill(t);
	rf_fill(t);
	array_fill(t);
	tiles_fill(t);
	return true;
}
