/* Section 10 of the cost model: what fits the machine; fractions in double
 * precision, as the seed computes them. */
#include "mapper/limits.h"

#include <string.h>

bool limits_equal(const struct limits *a, const struct limits *b)
{
	for (int s = 0; s < SLOTS_MAX; s++)
		if (a->ordered[s] != b->ordered[s] ||
			(a->ordered[s] &&
				memcmp(a->order[s], b->order[s],
					sizeof a->order[s]) != 0))
			return false;
	return a->min_pe_use == b->min_pe_use &&
		a->min_rf_use == b->min_rf_use &&
		a->min_spm_use == b->min_spm_use &&
		a->no_spatial_reduction == b->no_spatial_reduction &&
		a->no_feature_dram == b->no_feature_dram &&
		memcmp(a->factor, b->factor, sizeof a->factor) == 0 &&
		a->max_cycles == b->max_cycles &&
		a->max_energy_pj == b->max_energy_pj;
}

/* Whether the level iterates over one of the loops. */
static bool level_has(const struct tiling *tiling, int slot, unsigned loops)
{
	for (int l = 0; l < LOOP_COUNT; l++)
		if (loops & LOOP_BIT(l) && tiling->factor[slot][l] > 1)
			return true;
	return false;
}

bool tiling_fits_spatial(const struct nest *nest, const struct arch *arch,
	const struct tiling *tiling, const struct limits *limits)
{
	int64_t pes = tiling_product(tiling, SLOT_SPATIAL);
	if (limits->no_spatial_reduction &&
		level_has(tiling, SLOT_SPATIAL, ~nest->indexes[OPND_O]))
		return false;
	return pes <= arch->pes &&
		(double)pes / (double)arch->pes >= limits->min_pe_use;
}

bool tiling_fits_rf(const struct nest *nest, const struct arch *arch,
	const struct tiling *tiling, const struct limits *limits)
{
	double bits = 0;
	double room = arch_rf_elems(arch), elems = 0; /* of elem_bytes */
	for (int o = 0; o < OPND_COUNT; o++) {
		enum operand operand = (enum operand)o;
		double words = (double)nest_footprint(
			nest, operand, tiling->factor[SLOT_RF]);
		bits += words * (double)arch_word_bits(arch, operand);
		elems += words * arch_word(arch, operand);
	}
	return bits <= 8 * (double)arch->rf_bytes &&
		elems / room >= limits->min_rf_use;
}

bool tiling_fits_spm(const struct nest *nest, const struct arch *arch,
	const struct tiling *tiling, const struct limits *limits)
{
	int64_t extent[LOOP_COUNT], bytes[OPND_COUNT], banks;
	double all = 0;
	double room = (double)arch->spm_banks * (double)arch->bank_bytes;
	tiling_box(nest, tiling, BOX_SPM, extent);
	for (int o = 0; o < OPND_COUNT; o++) {
		enum operand operand = (enum operand)o;
		bytes[o] = arch_bytes(
			arch, operand, nest_footprint(nest, operand, extent));
		all += (double)bytes[o];
	}
	return arch_has_banks(arch, bytes, &banks) && all <= room &&
		all / room >= limits->min_spm_use;
}

bool tiling_fits_dram(const struct nest *nest, const struct tiling *tiling,
	const struct limits *limits)
{
	(void)nest;
	return !limits->no_feature_dram ||
		!level_has(tiling, SLOT_DRAM,
			LOOP_BIT(LOOP_FX) | LOOP_BIT(LOOP_FY));
}

/* A factor of a loop that is named; 0: none. */
static int64_t factor_named(const struct nest *nest, int64_t factor, int loop)
{
	return factor == FACTOR_WHOLE ? nest->bound[loop] : factor;
}

bool tiling_fits_factors(const struct nest *nest, const struct tiling *tiling,
	const struct limits *limits)
{
	for (int s = 0; s < SLOTS_MAX; s++)
		for (int l = 0; l < LOOP_COUNT; l++) {
			int64_t named =
				factor_named(nest, limits->factor[s][l], l);
			if (named && tiling->factor[s][l] != named)
				return false;
		}
	return true;
}

unsigned limits_pruned(
	const struct nest *nest, const struct limits *limits, int slot)
{
	if (slot == SLOT_SPATIAL && limits->no_spatial_reduction)
		return ~nest->indexes[OPND_O];
	if (slot == SLOT_DRAM && limits->no_feature_dram)
		return LOOP_BIT(LOOP_FX) | LOOP_BIT(LOOP_FY);
	return 0;
}

unsigned limits_barred(const struct arch *arch, const struct nest *nest,
	const struct limits *limits, int slot)
{
	return limits_pruned(nest, limits, slot) |
		arch->dataflow.slot[slot].barred;
}

const uint8_t *limits_order(
	const struct arch *arch, const struct limits *limits, int slot)
{
	const struct dataflow *d = &arch->dataflow;
	if (limits->ordered[slot])
		return limits->order[slot];
	return d->ordered[slot] ? d->order[slot] : NULL;
}

bool limits_orders_differ(const struct arch *arch, const struct limits *limits)
{
	const struct dataflow *d = &arch->dataflow;
	for (int s = 0; s < SLOTS_MAX; s++)
		if (limits->ordered[s] && d->ordered[s] &&
			memcmp(limits->order[s], d->order[s],
				sizeof d->order[s]) != 0)
			return true;
	return false;
}

/* The factor that the limits or the dataflow name; false where two of them, or
 * a loop that is barred, contradict each other. */
static bool factor_agreed(const struct arch *arch, const struct nest *nest,
	const struct limits *limits, int slot, int loop, int64_t *factor)
{
	int64_t fix =
		factor_named(nest, arch->dataflow.slot[slot].fix[loop], loop);
	*factor = factor_named(nest, limits->factor[slot][loop], loop);
	if (*factor && fix && *factor != fix)
		return false;
	*factor = *factor ? *factor : fix;
	bool barred = limits_barred(arch, nest, limits, slot) & LOOP_BIT(loop);
	if (*factor > nest->bound[loop] || (barred && *factor > 1))
		return false;
	if (barred || nest->bound[loop] == 1)
		*factor = 1;
	return true;
}

bool limits_factors(const struct arch *arch, const struct nest *nest,
	const struct limits *limits, enum tile_sizes tiles,
	int64_t factor[SLOTS_MAX][LOOP_COUNT])
{
	if (limits_orders_differ(arch, limits))
		return false;
	for (int s = 0; s < SLOTS_MAX; s++)
		for (int l = 0; l < LOOP_COUNT; l++)
			if (s >= SEED_SLOTS)
				factor[s][l] = 1;
			else if (!factor_agreed(arch, nest, limits, s, l,
					 &factor[s][l]))
				return false;
	for (int l = 0; l < LOOP_COUNT && tiles == TILES_PERFECT; l++) {
		int64_t rest = nest->bound[l];
		int open = 0, last = 0;
		for (int s = 0; s < SLOTS_MAX; s++) {
			int64_t named = factor[s][l];
			if (!named) {
				open++;
				last = s;
			} else if (rest % named) {
				return false;
			} else {
				rest /= named;
			}
		}
		if (open == 0 && rest != 1)
			return false;
		if (open == 1)
			factor[last][l] = rest;
		for (int s = 0; s < SLOTS_MAX && rest == 1; s++)
			factor[s][l] = factor[s][l] ? factor[s][l] : 1;
	}
	return true;
}
