/* Judges all vectors of tile sizes in turn, from what each operand's tile
 * takes. */
#include "mapper/mapspace_fit.h"

#include <math.h>

/* What an operand's tile takes, by vector of the operand's own loops. */
struct tile_size {
	double rf_bits, rf_elems; /* in a register file; of elem_bytes */
	double bytes, banks;
};

struct judge {
	const struct nest *nest;
	const struct arch *arch;
	const struct limits *limits;
	double rf_elems, spm_bytes; /* capacities */
	struct {
		struct tile_size *tile;
		int32_t step[COORDINATES_MAX]; /* for one exponent more */
	} operand[OPND_COUNT];
	bool asks[SEED_SLOTS]; /* not all factors of a level may be */
	struct fit *fit;
};

int exponent_of(int64_t number, int64_t prime)
{
	int exponent = 0;
	for (; number % prime == 0; number /= prime)
		exponent++;
	return exponent;
}

static void operand_init(
	struct ctx *ctx, struct judge *j, enum operand o, enum tile_sizes tiles)
{
	const struct lattice *lattice = &j->fit->lattice;
	struct lattice own;
	lattice_init(
		ctx, j->nest, j->nest->indexes[o], tiles, lattice->ids, &own);
	for (int c = 0; c < lattice->count; c++) {
		j->operand[o].step[c] = 0;
		for (int i = 0; i < own.count; i++)
			if (own.at[i].loop == lattice->at[c].loop &&
				own.at[i].prime == lattice->at[c].prime)
				j->operand[o].step[c] = own.at[i].step;
	}
	struct tile_size *tile =
		arena_array(&ctx->arena, (size_t)own.ids, sizeof *tile);
	for (int32_t id = 0; id < own.ids; id++) {
		if (countdown_ended(j->fit->end, 128))
			break;
		int64_t extent[LOOP_COUNT];
		lattice_extents(&own, id, extent);
		int64_t words = nest_footprint(j->nest, o, extent);
		tile[id].rf_bits =
			(double)words * (double)arch_word_bits(j->arch, o);
		tile[id].rf_elems = (double)words * arch_word(j->arch, o);
		tile[id].bytes = (double)arch_bytes(j->arch, o, words);
		tile[id].banks =
			ceil(tile[id].bytes / (double)j->arch->bank_bytes);
	}
	j->operand[o].tile = tile;
}

bool fit_allows(const struct fit *fit, int slot,
	const int32_t exponent[COORDINATES_MAX])
{
	int64_t factor[LOOP_COUNT] = {1, 1, 1, 1, 1, 1, 1};
	for (int c = 0; c < fit->lattice.count; c++) {
		const struct coordinate *at = &fit->lattice.at[c];
		const double *has = slot == SLOT_DRAM ? at->tiles : at->size;
		factor[at->loop] *= (int64_t)has[exponent[c]];
	}
	for (int l = 0; l < LOOP_COUNT; l++)
		if (fit->factor[slot][l] && fit->factor[slot][l] != factor[l])
			return false;
	return dataflow_allows(fit->arch, fit->nest, slot, factor);
}

static bool allowed(const struct judge *j, int slot,
	const int32_t exponent[COORDINATES_MAX])
{
	return !j->asks[slot] || fit_allows(j->fit, slot, exponent);
}

static uint8_t vector_judge(const struct judge *j,
	const int32_t exponent[COORDINATES_MAX], const int32_t row[OPND_COUNT])
{
	double bits = 0, elems = 0, bytes = 0, banks = 0;
	bool own = true; /* banks, where operands have some */
	uint8_t is = 0;
	for (int o = 0; o < OPND_COUNT; o++) {
		const struct tile_size *tile = &j->operand[o].tile[row[o]];
		bits += tile->rf_bits;
		elems += tile->rf_elems;
		own &= !j->arch->operand_banks[o] ||
			tile->banks <= (double)j->arch->operand_banks[o];
		bytes += tile->bytes;
		banks += tile->banks;
	}
	if (bits <= 8 * (double)j->arch->rf_bytes) {
		is |= FIT_HOLDS;
		if (elems / j->rf_elems >= j->limits->min_rf_use &&
			allowed(j, SLOT_RF, exponent))
			is |= FIT_RF;
	}
	if (own && banks <= (double)j->arch->spm_banks &&
		bytes <= j->spm_bytes &&
		bytes / j->spm_bytes >= j->limits->min_spm_use &&
		allowed(j, SLOT_DRAM, exponent))
		is |= FIT_SPM;
	return is;
}

/* All vectors in turn. */
static void vectors_judge(struct judge *j)
{
	const struct lattice *lattice = &j->fit->lattice;
	int32_t exponent[COORDINATES_MAX] = {0}, row[OPND_COUNT] = {0};
	for (int32_t id = 0; id < lattice->ids; id++) {
		if (countdown_ended(j->fit->end, 64))
			return;
		j->fit->is[id] = vector_judge(j, exponent, row);
		j->fit->tiles += (j->fit->is[id] & FIT_SPM) != 0;
		int c = lattice->count - 1;
		while (c >= 0 && exponent[c] == lattice->at[c].most) {
			for (int o = 0; o < OPND_COUNT; o++)
				row[o] -= exponent[c] * j->operand[o].step[c];
			exponent[c--] = 0;
		}
		if (c < 0)
			return;
		exponent[c]++;
		for (int o = 0; o < OPND_COUNT; o++)
			row[o] += j->operand[o].step[c];
	}
}

/* The fewest PEs whose share reaches the least use. */
static int64_t pes_least(const struct arch *arch, const struct limits *limits)
{
	double all = (double)arch->pes, use = limits->min_pe_use;
	double pes = fmax(1, floor(use * all) - 1);
	while (pes / all < use)
		pes++;
	return (int64_t)pes;
}

bool fit_init(struct ctx *ctx, const struct nest *nest, const struct arch *arch,
	const struct limits *limits, enum tile_sizes tiles,
	const struct lattice *lattice, struct countdown *end, struct fit *fit)
{
	struct judge j = {
		.nest = nest,
		.arch = arch,
		.limits = limits,
		.rf_elems = arch_rf_elems(arch),
		.spm_bytes = (double)arch->spm_banks * (double)arch->bank_bytes,
		.fit = fit,
	};
	*fit = (struct fit){
		.nest = nest,
		.arch = arch,
		.lattice = *lattice,
		.end = end,
		.most_pes = arch->pes,
		.least_pes = pes_least(arch, limits),
	};
	if (!limits_factors(arch, nest, limits, tiles, fit->factor))
		return false;
	for (int v = 0; v < SEED_SLOTS; v++) {
		j.asks[v] = dataflow_asks(&arch->dataflow, v);
		for (int c = 0; c < lattice->count; c++)
			j.asks[v] |= fit->factor[v][lattice->at[c].loop] != 0;
	}
	for (int o = 0; o < OPND_COUNT; o++)
		operand_init(ctx, &j, (enum operand)o, tiles);
	fit->is =
		arena_array(&ctx->arena, (size_t)lattice->ids, sizeof *fit->is);
	vectors_judge(&j);
	return true;
}
