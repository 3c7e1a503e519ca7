/* Tilings and mappings as the seed lists them: factors of DRAM, SPM, RF,
 * SPATIAL, orders of DRAM and SPM. */
#ifndef TESTS_SEED_TILING_H
#define TESTS_SEED_TILING_H

#include "mapper/seed_levels.h"

#include <string.h>

static inline struct tiling seed_tiling(
	const int64_t factor[SEED_SLOTS][LOOP_COUNT])
{
	struct tiling tiling = tiling_none;
	for (int v = 0; v < SEED_SLOTS; v++)
		memcpy(tiling.factor[seed_slot[v]], factor[v],
			sizeof tiling.factor[0]);
	return tiling;
}

struct seed_mapping {
	int64_t factor[SEED_SLOTS][LOOP_COUNT];
	uint8_t order[SEED_ORDERED][LOOP_COUNT];
};
static inline struct mapping seed_mapping(const struct seed_mapping *listed)
{
	struct mapping mapping = mapping_none;
	mapping.tiling = seed_tiling(listed->factor);
	for (int v = 0; v < SEED_ORDERED; v++)
		memcpy(mapping.order[seed_slot[v]], listed->order[v],
			sizeof mapping.order[0]);
	return mapping;
}

#endif
