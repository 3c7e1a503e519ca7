/* A mapping: how a nest is executed. Its loops are cut by *slots*, which stand
 * in nest order: the loops of a memory, in an order of their own, or a fan-out
 * to several of what lies within, whose loops run at the same time. Per slot
 * and loop the tiling factor is a trip count; a slot that a machine lacks has
 * factors of 1, as a loop that a nest lacks has a bound of 1.
 *
 * The first slot cuts a loop of bound B into tiles of T = ceil(B / factor), the
 * next one those into tiles of G = ceil(T / factor), and so on; within the last
 * one is one iteration. Where every division is exact, the tiling is perfect:
 * the factors multiply to the bound. Otherwise the last tile of a slot reaches
 * beyond the one around it, and its iterations there are padding
 * (docs/cost-model.md). */
#ifndef MAPPER_MAPPING_H
#define MAPPER_MAPPING_H

#include "ir/nest.h"

enum { SLOTS_MAX = 8 };

struct tiling {
	int64_t factor[SLOTS_MAX][LOOP_COUNT];
};
/* No loops in any slot: all factors 1. */
extern const struct tiling tiling_none;

/* Which tilings a search looks at: perfect ones, or all. */
enum tile_sizes { TILES_PERFECT, TILES_PADDED, TILES_COUNT };
const char *tiles_name(enum tile_sizes tiles); /* "perfect", "padded" */

struct mapping {
	struct tiling tiling;
	/* Loops outermost first; in a slot whose order says nothing (a fan-out,
	 * the innermost memory) N to Fy. */
	uint8_t order[SLOTS_MAX][LOOP_COUNT];
};
/* That, and every order N to Fy. */
extern const struct mapping mapping_none;

/* Product of a slot's factors. */
int64_t tiling_product(const struct tiling *tiling, int slot);
/* Loop extents of the tile that lies inside so many slots: 0 is the whole nest.
 * It depends on their factors alone. */
void tiling_box(const struct nest *nest, const struct tiling *tiling, int slots,
	int64_t extent[LOOP_COUNT]);
/* Multiplications that the PEs have time for, padding included: the product of
 * all factors. At most 2^57 of a verified nest. */
int64_t tiling_macs(const struct tiling *tiling);

/* Cuts a tile in so many parts, and makes it their size; false, and *size left
 * alone, where some of the parts would be padding alone. */
bool tile_cut(int64_t *size, int64_t parts);

/* Every factor is the number of tiles that the sizes above come to: 1 or more,
 * and none of the tiles is padding alone. */
bool tiling_valid(const struct nest *nest, const struct tiling *tiling);
/* The factors multiply to the bounds: nothing is padded. */
bool tiling_perfect(const struct nest *nest, const struct tiling *tiling);
/* The same, and the orders are permutations. */
bool mapping_valid(const struct nest *nest, const struct mapping *mapping);

/* Total order: tilings by slot, as the seed lists them (mapper/seed_levels.h),
 * then loop, then the orders; < 0, 0, > 0. */
int mapping_compare(const struct mapping *a, const struct mapping *b);

/* Which operand a slot reuses, and over which of its loops. At most one
 * operand is reused at a slot (COST_MODEL 4). */
struct reuse {
	int64_t factor[OPND_COUNT];
};

/* The reuse factors that an order of a slot gives. */
struct reuse reuse_of_order(const struct nest *nest,
	const struct tiling *tiling, int slot, const uint8_t order[LOOP_COUNT]);

/* All distinct reuse vectors of a slot, COST_MODEL 4's closed form, with an
 * order for each: the lexicographically smallest permutation that gives it.
 * First (1,1,1), where it is one of them: nothing is live, or some live loop
 * indexes all three operands (C of a depthwise nest, an instance-like loop);
 * then operand by operand. Returns their number, at most REUSE_MAX. */
enum { REUSE_MAX = 3 * (1 << LOOP_COUNT) + 1 };
struct ordering {
	uint8_t order[LOOP_COUNT];
	struct reuse reuse;
};
int orderings_all(const struct nest *nest, const struct tiling *tiling,
	int slot, struct ordering out[REUSE_MAX]);
/* Those that contain the minimum of every objective: (1,1,1) where it is one of
 * them, and per operand with free live loops the one that reuses it most.
 * (Reusing O delays the end of its last RF pass: where the work of a pass takes
 * long, no reuse can be faster.) Returns their number, at least 1. */
enum { ORDERINGS_BEST_MAX = OPND_COUNT + 1 };
int orderings_best(const struct nest *nest, const struct tiling *tiling,
	int slot, struct ordering out[ORDERINGS_BEST_MAX]);

#endif
