/* Executes a blob literally, from nothing but its own records: every burst of
 * every DMA transfer, every word that a PE is sent, every turn of every
 * counter. The multiplications that come out are those of the layers, if the
 * blob is right; nest_walk says which those are. */
#ifndef TESTS_BLOB_WALK_H
#define TESTS_BLOB_WALK_H

#include "codegen/nwcfg.h"
#include "tests/nest_walk.h"

/* Adds the multiplications of all runs of a placement that read no padding, as
 * elements of the operands' tensors; *macs is increased by all but those beyond
 * the edges of tiles. Asserts
 * (cmocka) that bursts are whole in DRAM, that a PE reads only what it was
 * sent, and that counts are those of the program's expectation. */
void blob_walk(struct ctx *ctx, const struct nwcfg *cfg, uint32_t placement,
	struct products *out, int64_t *macs);

/* Of a blob that may be wrong in any way but opens: does every DMA address of
 * the placement lie in its tensor? Nothing else is asserted. Placements of more
 * than a hundred thousand addresses pass unseen. */
bool blob_addresses_hold(
	struct ctx *ctx, const struct nwcfg *cfg, uint32_t placement);

#endif
