/* What the counts of a proof by the exact search may add up to: of the tiles
 * that it visits, how many smaller ones there are inside (docs/search.md,
 * certificates). */
#ifndef ORACLE_PROOF_COUNTS_H
#define ORACLE_PROOF_COUNTS_H

#include "mapper/search.h"

/* Scratchpad tiles that fit the machine and have the same number of sizes
 * inside, padded or perfect ones: array tiles that they may be cut into. */
struct tile_kind {
	int64_t arrays, tiles;
};

struct proof_counts {
	size_t count;           /* 0: not counted */
	struct tile_kind *kind; /* [count], rising arrays */
};

/* Lists the tiles that fit, whatever the limits; in ctx's arena. None where
 * they are too many, or stop says so. */
void proof_counts_list(struct ctx *ctx, const struct nest *nest,
	const struct arch *arch, enum tile_sizes tiles,
	const struct search_stop *stop, struct proof_counts *out);

/* Whether the counts may be those of a search that was not ended early; why
 * receives a few words where not. tilings_fit: NOT_COUNTED, or how many. */
bool proof_counts_hold(const struct proof_counts *counts,
	const struct proof *proof, int64_t tilings_fit, const char **why);

#endif
