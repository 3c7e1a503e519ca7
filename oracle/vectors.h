/* Tile sizes of all loops at once, numbered: what proof_check.c walks and keeps
 * tables over. Written apart from the search's lattice.
 *
 * A vector has an exponent in each coordinate. With perfect tiles a coordinate
 * is a prime of a loop's bound, whose power it is; one vector divides another
 * if none of its exponents is larger. With padded ones it is a loop, and the
 * exponent counts the sizes that some number of tiles of the bound have; one
 * vector fits into another likewise. */
#ifndef ORACLE_VECTORS_H
#define ORACLE_VECTORS_H

#include "mapper/mapping.h"

/* A product of bounds below 2^50 has no more primes. */
enum { VECTOR_COORDINATES = 26 };

struct vectors {
	int count; /* of coordinates */
	struct vector_coordinate {
		int loop;
		int32_t most;  /* exponent of the whole bound */
		int32_t step;  /* of the number, per exponent */
		bool divides;  /* perfect tiles */
		int64_t *size; /* [most + 1], rising from 1 */
	} at[VECTOR_COORDINATES];
	int32_t ids; /* numbers are 0 to ids - 1, the whole nest */
};

/* In ctx's arena. False where there are more than most vectors. */
bool vectors_init(struct ctx *ctx, const struct nest *nest,
	enum tile_sizes tiles, int32_t most, struct vectors *out);

/* Loop extents of a vector. */
void vector_extents(
	const struct vectors *vectors, int32_t id, int64_t extent[LOOP_COUNT]);

/* table[id] := the least over all vectors that divide it, or fit into it. */
void vectors_least(const struct vectors *vectors, double *table);

/* Whether a tile may be cut into tiles of a coordinate's size: no smaller one
 * makes as few of them. */
bool vector_cuts(
	const struct vector_coordinate *at, int64_t outer, int32_t exponent);

/* Sizes that the tiles have into which one of a coordinate's sizes is cut. */
int64_t vector_sizes_inside(
	const struct vector_coordinate *at, int32_t exponent);

#endif
