/* Counting the tilings with padded tiles. */
#ifndef MAPPER_MAPSPACE_PADDED_H
#define MAPPER_MAPSPACE_PADDED_H

#include "mapper/mapspace_fit.h"

/* Of larger lattices (of at most 2^24 vectors) it is not counted what fits. */
enum { PADDED_IDS_MAX = 1 << 22 };

/* All chains of sizes, of all loops together. With n sizes a loop has at most
 * (n + 2 over 3) of them, and of many sizes at most 7.2 n^1.75: where all n
 * multiply to 2^24 or less, these multiply to less than 2^60. 0 where a loop
 * has more than 2^18 sizes. */
int64_t padded_tilings(struct ctx *ctx, const struct lattice *lattice,
	struct countdown *end);

/* Those that fit; NOT_COUNTED where that takes more than 2^28 additions, a loop
 * has more than 2^14 sizes, or the array more than 2^20 PEs. */
int64_t padded_tilings_fit(struct ctx *ctx, const struct fit *fit);

#endif
