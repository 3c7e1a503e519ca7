/* Which vectors of tile sizes fit the machine and the limits, for counting
 * mapspaces: as a register-file tile F and as a scratchpad tile T. */
#ifndef MAPPER_MAPSPACE_FIT_H
#define MAPPER_MAPSPACE_FIT_H

#include "mapper/limits.h"
#include "mapper/search.h"
#include "mapper/search_lattice.h"

/* What a vector is, by id. */
enum {
	FIT_HOLDS = 1, /* a register file holds it, and all that fits into it */
	FIT_RF = 2,    /* it may be F: the limits allow it, too */
	FIT_SPM = 4    /* it may be T */
};

/* When to end counting; the clock is asked once in many steps. */
struct countdown {
	const struct search_stop *stop; /* NULL: never */
	int64_t steps;                  /* since the clock was asked */
	bool expired;
};

/* Before so many more steps, about a nanosecond each: whether to end. */
static inline bool countdown_ended(struct countdown *end, int64_t steps)
{
	enum { STEPS = 1 << 18 };
	end->steps += steps;
	if (end->steps >= STEPS && !end->expired) {
		end->steps = 0;
		end->expired = search_expired(end->stop);
	}
	return end->expired;
}

struct fit {
	const struct nest *nest;
	const struct arch *arch;
	struct lattice lattice;
	/* The factors that the limits leave one value; 0: several. */
	int64_t factor[SLOTS_MAX][LOOP_COUNT];
	/* PEs that may and must be used. */
	int64_t most_pes, least_pes;
	uint8_t *is;   /* [ids], FIT_ bits */
	int64_t tiles; /* with FIT_SPM */
	struct countdown *end; /* once expired, nothing counts */
};

/* Exponent of a prime in a number that is not 0. */
int exponent_of(int64_t number, int64_t prime);

/* Whether a level may have the factors that are the sizes of a vector; at DRAM,
 * the numbers of tiles of these sizes in the bounds. */
bool fit_allows(const struct fit *fit, int slot,
	const int32_t exponent[COORDINATES_MAX]);

/* Of a lattice over all loops of the nest, with the tile sizes that it is made
 * of; in ctx's arena. False where the limits leave no tiling. */
bool fit_init(struct ctx *ctx, const struct nest *nest, const struct arch *arch,
	const struct limits *limits, enum tile_sizes tiles,
	const struct lattice *lattice, struct countdown *end, struct fit *fit);

#endif
