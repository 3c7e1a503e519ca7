/* The size of a nest's mapspace, counted exactly without listing it. */
#ifndef MAPPER_MAPSPACE_H
#define MAPPER_MAPSPACE_H

#include "mapper/search.h"

struct mapspace {
	/* All ways to split every bound into factors of the four levels. Below
	 * 2^54, with padded tiles 2^60, as are those that fit. */
	int64_t tilings;
	/* Of those, the ones that fit the machine and the limits; least cycles
	 * and energy are no matter of the tiling and leave out none.
	 * NOT_COUNTED where that would take too long. */
	int64_t tilings_fit;
	/* Orders of the DRAM and SPM loops that the limits leave to a tiling:
	 * 7! x 7!, less where a level's order is given. Of a machine whose
	 * dataflow names a stationary operand, tilings have that many at most:
	 * they differ. */
	int64_t orders;
	/* Scratchpad tiles T that fit, at least one tiling each unless the
	 * limits constrain the levels inside. NOT_COUNTED of a lattice of more
	 * than 2^22 padded vectors. */
	int64_t tiles_fit;
};

/* Orders of a tiling's DRAM and SPM loops without limits: 7! x 7!. */
enum { ORDERS_ALL = 5040 * 5040, NOT_COUNTED = -1 };

/* False, and zeros, where the nest has more than 2^24 vectors of tile sizes:
 * too many for the tables (of 29 bytes a vector, in ctx's arena). */
bool mapspace_count(struct ctx *ctx, const struct nest *nest,
	const struct arch *arch, const struct limits *limits,
	enum tile_sizes tiles, struct mapspace *out);

/* The same; what is not counted when stop expires is NOT_COUNTED. */
bool mapspace_count_until(struct ctx *ctx, const struct nest *nest,
	const struct arch *arch, const struct limits *limits,
	enum tile_sizes tiles, const struct search_stop *stop,
	struct mapspace *out);

/* tilings x orders in decimal digits, which may be more than 64 bits hold; in
 * the arena. */
const char *mapspace_mappings(struct ctx *ctx, int64_t tilings, int64_t orders);

#endif
