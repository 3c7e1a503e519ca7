/* The referee without a model: evaluates the nest of a placement as its formula
 * stands,
 *     O[n][m][ox][oy] += I[n][c][ox*sx + fx*dx][oy*sy + fy*dy]
 *                      * W[m][c][fx][fy]
 * from bounds, strides and dilations of the PROGRAM and from where the operands
 * lie in DRAM: no tiles, counters, buffers or PEs. */
#ifndef SIM_REFEREE_H
#define SIM_REFEREE_H

#include "codegen/nwcfg.h"
#include "mapper/search.h"
#include "sim/image.h"

/* Evaluates all elements of O that the placement makes, and stores them in
 * image[NWCFG_O] (with states). got, the machine's O: elements that it skipped
 * are marked as skipped and not evaluated. False: the nest leaves
 * the operands' extents or tensors, or stop, which may be NULL, says that it is
 * time to end. */
bool referee_run(struct ctx *ctx, const struct nwcfg *cfg, uint32_t placement,
	struct image *const image[3], const struct image *got,
	const struct search_stop *stop);

/* Products that an element of O sums up. */
uint64_t referee_depth(const struct nwcfg *cfg, uint32_t placement);

#endif
