/* The size of a nest's mapspace, counted exactly without listing it. */
#ifndef MAPPER_MAPSPACE_H
#define MAPPER_MAPSPACE_H

#include "mapper/limits.h"

struct mapspace {
	/* All ways to split every bound into factors of the four levels. Below
	 * 2^54, as are those that fit. */
	int64_t tilings;
	/* Of those, the ones that fit the machine and the limits; least cycles
	 * and energy are no matter of the tiling and leave out none. */
	int64_t tilings_fit;
	/* Orders of the DRAM and SPM loops that the limits leave to a tiling:
	 * 7! x 7!, less where a level's order is given. Of a machine whose
	 * dataflow names a stationary operand, tilings have that many at most:
	 * they differ. */
	int64_t orders;
	/* Scratchpad tiles T that fit, at least one tiling each unless the
	 * limits constrain the levels inside. */
	int64_t tiles_fit;
};

/* Orders of a tiling's DRAM and SPM loops without limits: 7! x 7!. */
enum { ORDERS_ALL = 5040 * 5040 };

/* False, with zeros, where the nest has more than 2^24 vectors of divisors: too
 * many for the tables (of 28 bytes a vector, in ctx's arena), and for the
 * searches; or where the machine's grid leaves too many spatial factors to go
 * through them. */
bool mapspace_count(struct ctx *ctx, const struct nest *nest,
	const struct arch *arch, const struct limits *limits,
	struct mapspace *out);

/* tilings x orders in decimal digits, which may be more than 64 bits hold; in
 * the arena. */
const char *mapspace_mappings(struct ctx *ctx, int64_t tilings, int64_t orders);

#endif
