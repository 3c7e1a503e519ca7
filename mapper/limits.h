/* What a mapping must satisfy: it fits the machine (COST_MODEL 10), and what
 * the user asks for beyond that. */
#ifndef MAPPER_LIMITS_H
#define MAPPER_LIMITS_H

#include "mapper/arch.h"
#include "mapper/mapping.h"

/* What a mapping must satisfy beyond fitting the machine: section 10's least
 * fractions of PEs, register file and SPM and its prunes, and constraints of
 * the user's. All zero: nothing. */
struct limits {
	double min_pe_use, min_rf_use, min_spm_use;
	bool no_spatial_reduction; /* free loops of O stay out of SPATIAL */
	bool no_feature_dram;      /* Fx, Fy stay out of DRAM */
	/* The factor that a loop must have at a level; 0: any, 1: the loop is
	 * kept out of the level. */
	int64_t factor[SLOTS_MAX][LOOP_COUNT];
	/* Slots whose loops must be in this order, outermost first. */
	bool ordered[SLOTS_MAX];
	uint8_t order[SLOTS_MAX][LOOP_COUNT];
	/* Of one run of the nest; 0: any. */
	int64_t max_cycles;
	double max_energy_pj;
};
bool limits_equal(const struct limits *a, const struct limits *b);

bool tiling_fits_spatial(const struct nest *nest, const struct arch *arch,
	const struct tiling *tiling, const struct limits *limits);
bool tiling_fits_rf(const struct nest *nest, const struct arch *arch,
	const struct tiling *tiling, const struct limits *limits);
bool tiling_fits_spm(const struct nest *nest, const struct arch *arch,
	const struct tiling *tiling, const struct limits *limits);
bool tiling_fits_dram(const struct nest *nest, const struct tiling *tiling,
	const struct limits *limits);
/* Loops that a prune keeps out of the level. */
unsigned limits_pruned(
	const struct nest *nest, const struct limits *limits, int slot);
/* The same, or the machine's dataflow. */
unsigned limits_barred(const struct arch *arch, const struct nest *nest,
	const struct limits *limits, int slot);
/* The order that the limits or the machine's dataflow name for a level; NULL:
 * any. The limits', where both do; no mapping has both, if they differ. */
const uint8_t *limits_order(
	const struct arch *arch, const struct limits *limits, int slot);
/* The factors that the limits name. */
bool tiling_fits_factors(const struct nest *nest, const struct tiling *tiling,
	const struct limits *limits);

bool limits_orders_differ(const struct arch *arch, const struct limits *limits);

/* The factors that the limits and the machine's dataflow leave one value,
 * prunes included, and of perfect tiles what follows for a loop's last level;
 * 0: several. False where no mapping has them: a factor that does not divide
 * what the others leave of the bound, or that is larger than the bound; two
 * factors of a loop, or two orders, of a level. */
bool limits_factors(const struct arch *arch, const struct nest *nest,
	const struct limits *limits, enum tile_sizes tiles,
	int64_t factor[SLOTS_MAX][LOOP_COUNT]);

#endif
