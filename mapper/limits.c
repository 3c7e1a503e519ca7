/* Section 10 of the cost model: what fits the machine, in double precision as
 * the seed computes it. */
#include "mapper/limits.h"

#include <math.h>

/* Whether the level iterates over one of the loops. */
static bool level_has(
	const struct tiling *tiling, enum level level, unsigned loops)
{
	for (int l = 0; l < LOOP_COUNT; l++)
		if (loops & LOOP_BIT(l) && tiling->factor[level][l] > 1)
			return true;
	return false;
}

bool tiling_fits_spatial(const struct nest *nest, const struct arch *arch,
	const struct tiling *tiling, const struct limits *limits)
{
	int64_t pes = tiling_product(tiling, LEVEL_SPATIAL);
	if (limits->no_spatial_reduction &&
		level_has(tiling, LEVEL_SPATIAL, ~nest->indexes[OPND_O]))
		return false;
	return pes <= arch->pes &&
		(double)pes / (double)arch->pes >= limits->min_pe_use;
}

bool tiling_fits_rf(const struct nest *nest, const struct arch *arch,
	const struct tiling *tiling, const struct limits *limits)
{
	int64_t extent[LOOP_COUNT], elems = 0;
	double room = arch_rf_elems(arch);
	tiling_box(tiling, BOX_RF, extent);
	for (int o = 0; o < OPND_COUNT; o++)
		elems += nest_footprint(nest, (enum operand)o, extent);
	return (double)elems <= room &&
		(double)elems / room >= limits->min_rf_use;
}

bool tiling_fits_spm(const struct nest *nest, const struct arch *arch,
	const struct tiling *tiling, const struct limits *limits)
{
	int64_t extent[LOOP_COUNT];
	double bytes = 0, banks = 0;
	double room = (double)arch->spm_banks * (double)arch->bank_bytes;
	tiling_box(tiling, BOX_SPM, extent);
	for (int o = 0; o < OPND_COUNT; o++) {
		double b =
			(double)nest_footprint(nest, (enum operand)o, extent) *
			(double)arch->elem_bytes;
		bytes += b;
		banks += ceil(b / (double)arch->bank_bytes);
	}
	return banks <= (double)arch->spm_banks && bytes <= room &&
		bytes / room >= limits->min_spm_use;
}

bool tiling_fits_dram(const struct nest *nest, const struct tiling *tiling,
	const struct limits *limits)
{
	(void)nest;
	return !limits->no_feature_dram ||
		!level_has(tiling, LEVEL_DRAM,
			LOOP_BIT(LOOP_FX) | LOOP_BIT(LOOP_FY));
}
