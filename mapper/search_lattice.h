/* The divisor lattice of a nest: every vector of one divisor per loop has a
 * number, its id. A vector stands for an SPM tile, a PE-array tile or a
 * register-file tile; all that the exact search knows of vectors is tables over
 * their ids.
 *
 * A coordinate is a loop and a prime of its bound, its value an exponent. So a
 * vector divides another if none of its coordinates is larger, and the id of
 * their quotient is the difference of their ids. */
#ifndef MAPPER_SEARCH_LATTICE_H
#define MAPPER_SEARCH_LATTICE_H

#include "ir/nest.h"

/* A product of bounds below 2^50 has no more: seven times 2, 3 and 5, and five
 * times 7, come to 2^48.4. */
enum { COORDINATES_MAX = 26 };

struct coordinate {
	enum loop loop;
	int32_t most; /* exponent in the bound */
	int32_t step; /* of the id, per exponent */
	int64_t prime;
};

struct lattice {
	int count; /* of coordinates; the last one has step 1 */
	struct coordinate at[COORDINATES_MAX];
	int32_t ids; /* 0 to ids - 1, the whole nest */
};

/* The vectors over a set of the nest's loops. False where there are more than
 * max_ids. */
bool lattice_init(const struct nest *nest, unsigned loops, int32_t max_ids,
	struct lattice *lattice);

/* Loop extents of a vector; 1 for loops outside the set. */
void lattice_extents(
	const struct lattice *lattice, int32_t id, int64_t extent[LOOP_COUNT]);

/* table[id] := the least over all vectors that divide id. */
void lattice_least(const struct lattice *lattice, double *table);

#endif
