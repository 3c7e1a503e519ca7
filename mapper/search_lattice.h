/* The divisor lattice of a nest: every vector of one divisor per loop has a
 * number. A vector stands for an SPM tile, a PE-array tile or a register-file
 * tile; all that the search knows of vectors is tables over their numbers. */
#ifndef MAPPER_SEARCH_LATTICE_H
#define MAPPER_SEARCH_LATTICE_H

#include "ir/nest.h"

/* Ids are mixed-radix numbers, the first loop most significant, divisors
 * ascending: ids of the vectors of one set compare like the vectors. Loops of
 * bound 1 are left out. */
struct lattice {
	int loops;
	enum loop loop[LOOP_COUNT];   /* of the nest, in its order */
	int32_t divisors[LOOP_COUNT]; /* of the bound */
	int64_t *divisor[LOOP_COUNT]; /* [divisors], ascending */
	int32_t step[LOOP_COUNT];     /* of the id, for the next divisor */
	/* Digits that divide a digit: below[l][first[l][d]] up to, without,
	 * below[l][first[l][d + 1]], ascending. */
	int32_t *first[LOOP_COUNT], *below[LOOP_COUNT];
	/* The digits q with divisor q == divisor d / divisor below. */
	int32_t *quotient[LOOP_COUNT]; /* beside below */
	/* Covering pairs (lower, upper), upper / lower a prime, so ordered that
	 * a prefix minimum may follow them. */
	int32_t (*cover[LOOP_COUNT])[2];
	int32_t covers[LOOP_COUNT];
	int64_t ids;
};

/* False where the lattice has more than max_ids vectors; nothing but the loops
 * and their divisors is valid then. */
bool lattice_init(struct ctx *ctx, const struct nest *nest, unsigned loops,
	int64_t max_ids, struct lattice *lattice);

/* Loop extents of a vector; 1 for the loops left out. */
void lattice_extents(
	const struct lattice *lattice, int64_t id, int64_t extent[LOOP_COUNT]);

/* The vectors that divide a vector, ascending; returns their number. */
int64_t lattice_below(
	const struct lattice *lattice, int64_t id, int32_t *below);

/* The vector whole / part; part divides whole. */
int64_t lattice_quotient(
	const struct lattice *lattice, int64_t whole, int64_t part);

/* table[id][width] := the least table[x][.] of all x that divide id. */
void lattice_least(const struct lattice *lattice, int width, double *table);

#endif
