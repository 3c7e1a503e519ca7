/* The seed's four levels: what they are called, and the order in which its
 * files, and ours after them, list them: DRAM, SPM, RF, SPATIAL. All that reads
 * or writes such a list, and the order of mappings that cost the same, takes it
 * from here; all else counts slots in nest order (mapper/mapping.h). */
#ifndef MAPPER_SEED_LEVELS_H
#define MAPPER_SEED_LEVELS_H

#include "mapper/mapping.h"

/* The slots of the seed's machine, in nest order; its stores and links; and its
 * boxes, what is inside so many slots. */
enum { SLOT_DRAM, SLOT_SPM, SLOT_SPATIAL, SLOT_RF, SEED_SLOTS };
enum { STORE_DRAM, STORE_SPM, STORE_RF };
enum { LINK_DMA, LINK_NOC };
enum { BOX_DRAM, BOX_SPM, BOX_PE, BOX_RF, SEED_BOXES };

/* The slot of the level that a list has at a place, and the place of a slot. */
extern const uint8_t seed_slot[SEED_SLOTS], seed_place[SEED_SLOTS];
/* The first so many have an order of their loops: DRAM and SPM. */
enum { SEED_ORDERED = 2 };

/* "DRAM", "SPM", "SPATIAL", "RF" of a slot. */
const char *slot_name(int slot);

#endif
