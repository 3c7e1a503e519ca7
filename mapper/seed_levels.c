/* The seed's order of levels, and their names. */
#include "mapper/seed_levels.h"

#include <assert.h>

const uint8_t seed_slot[SEED_SLOTS] = {
	SLOT_DRAM, SLOT_SPM, SLOT_RF, SLOT_SPATIAL};
const uint8_t seed_place[SEED_SLOTS] = {
	[SLOT_DRAM] = 0, [SLOT_SPM] = 1, [SLOT_RF] = 2, [SLOT_SPATIAL] = 3};

const char *slot_name(int slot)
{
	static const char *const names[] = {
		[SLOT_DRAM] = "DRAM",
		[SLOT_SPM] = "SPM",
		[SLOT_SPATIAL] = "SPATIAL",
		[SLOT_RF] = "RF",
	};
	static_assert(sizeof names / sizeof *names == SEED_SLOTS, "one each");
	assert(slot >= 0 && slot < SEED_SLOTS);
	return names[slot];
}
