/* The lattice of a nest's tiles: every vector of one tile size per loop has a
 * number, its id. A vector stands for an SPM tile, a PE-array tile or a
 * register-file tile; counts go by their ids.
 *
 * A coordinate is a factor of a loop's size; its value, the exponent, numbers
 * the factors by rising size.
 *   perfect tiles: one coordinate per prime of a loop's bound. A vector divides
 *     another if none of its exponents is larger.
 *   padded tiles: one coordinate per loop, over the sizes ceil(bound / k). They
 *     are all that matter at any level: ceil(ceil(B / j) / k) = ceil(B / jk).
 *     A vector fits into another if none of its exponents is larger. */
#ifndef MAPPER_SEARCH_LATTICE_H
#define MAPPER_SEARCH_LATTICE_H

#include "mapper/mapping.h"

/* A product of bounds below 2^50 has no more primes: seven times 2, 3 and 5,
 * and five times 7, come to 2^48.4. */
enum { COORDINATES_MAX = 26 };

struct coordinate {
	enum loop loop;
	int32_t most;  /* exponent of the bound */
	int32_t step;  /* of the id, per exponent */
	int64_t prime; /* 0: all sizes of a loop */
	int64_t bound; /* the size of the largest exponent */
	double *size;  /* [most + 1] */
	double *tiles; /* [most + 1], of that size in the bound */
};

struct lattice {
	int count; /* of coordinates; the last one has step 1 */
	struct coordinate at[COORDINATES_MAX];
	int32_t ids; /* 0 to ids - 1, the whole nest */
};

/* The vectors over a set of the nest's loops; sizes in the arena. False where
 * there are more than max_ids. */
bool lattice_init(struct ctx *ctx, const struct nest *nest, unsigned loops,
	enum tile_sizes tiles, int32_t max_ids, struct lattice *lattice);

/* Loop extents of a vector; 1 for loops outside the set. */
void lattice_extents(
	const struct lattice *lattice, int32_t id, int64_t extent[LOOP_COUNT]);

/* Tiles of size inner in one of size outer, both positive and whole. */
static inline double tiles_in(double outer, double inner)
{
	/* A quotient that is not whole is further from it than rounding. */
	return __builtin_ceil(outer / inner);
}

/* Whether inner is a size into which outer is cut: the smallest that makes so
 * many tiles. */
static inline bool size_cuts(double outer, double inner)
{
	return tiles_in(outer, tiles_in(outer, inner)) == inner;
}

/* Of a coordinate with all sizes: the exponent of one of them. */
int32_t size_exponent(const struct coordinate *at, double size);

/* The largest exponent below one, which is not 0, of a size that a loop's
 * extent is cut into. */
static inline int32_t exponent_below(
	const struct coordinate *at, double extent, int32_t exponent)
{
	if (at->prime || exponent == 1)
		return exponent - 1;
	double size = at->size[exponent - 1];
	if (!size_cuts(extent, size))
		size = tiles_in(extent, tiles_in(extent, size));
	return size == at->size[exponent - 1] ? exponent - 1
					      : size_exponent(at, size);
}

/* Sizes into which an extent is cut. */
int64_t sizes_count(int64_t extent);

#endif
