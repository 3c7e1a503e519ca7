/* Costs by the seed's words: of a tiling on the machine of an architecture
 * file, and of a reuse vector for SPM and one for DRAM. */
#ifndef TESTS_SEED_COST_H
#define TESTS_SEED_COST_H

#include "mapper/cost.h"

static inline void seed_tile_cost(const struct nest *nest,
	const struct arch *arch, const struct tiling *tiling,
	enum burst_rule rule, struct tile_cost *out)
{
	const struct machine machine = machine_of_arch(arch);
	tile_cost(nest, &machine, tiling, rule, out);
}

static inline void seed_cost(const struct arch *arch,
	const struct tile_cost *tile, const struct reuse *spm,
	const struct reuse *dram, struct estimate *out)
{
	const struct machine machine = machine_of_arch(arch);
	const struct reuses reuses = {
		.slot[SLOT_DRAM] = dram,
		.slot[SLOT_SPM] = spm,
	};
	cost_orders(&machine, tile, &reuses, out);
}

#endif
