/* A mapping: how a nest is executed. Per loop, the tiling factors of the four
 * levels are trip counts; the loops of the DRAM and SPM levels have an order.
 *
 * A loop of bound B is cut into SPM tiles of T = ceil(B / DRAM), those into
 * tiles of the PE array of G = ceil(T / SPM), those into tiles of a PE's
 * register file of F = ceil(G / SPATIAL) = RF. Where every division is exact,
 * the tiling is perfect: the factors multiply to the bound. Otherwise the last
 * tile of a level reaches beyond the one around it, and its iterations there
 * are padding (docs/cost-model.md). */
#ifndef MAPPER_MAPPING_H
#define MAPPER_MAPPING_H

#include "ir/nest.h"

enum level { LEVEL_DRAM, LEVEL_SPM, LEVEL_RF, LEVEL_SPATIAL, LEVEL_COUNT };

struct tiling {
	int64_t factor[LEVEL_COUNT][LOOP_COUNT];
};

/* Which tilings a search looks at: perfect ones, or all. */
enum tile_sizes { TILES_PERFECT, TILES_PADDED, TILES_COUNT };
const char *tiles_name(enum tile_sizes tiles); /* "perfect", "padded" */

enum { ORDERED_LEVELS = LEVEL_SPM + 1 };

struct mapping {
	struct tiling tiling;
	/* Loops outermost first; [LEVEL_DRAM] and [LEVEL_SPM]. */
	uint8_t order[ORDERED_LEVELS][LOOP_COUNT];
};

/* "DRAM", "SPM", "RF", "SPATIAL" */
const char *level_name(enum level level);

/* Product of a level's factors. */
int64_t tiling_product(const struct tiling *tiling, enum level level);
/* Loop extents of the boxes of COST_MODEL 3: F of one PE's register file, G of
 * the PE array, T in the SPM, the whole nest. Each depends on the factors of
 * the levels around it alone, F on that of RF. */
enum box { BOX_RF, BOX_PE, BOX_SPM, BOX_DRAM, BOX_COUNT };
void tiling_box(const struct nest *nest, const struct tiling *tiling,
	enum box box, int64_t extent[LOOP_COUNT]);
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

/* Total order: tilings by level, then loop, then the orders; < 0, 0, > 0. */
int mapping_compare(const struct mapping *a, const struct mapping *b);

/* Which operand a level reuses, and over which of its loops. At most one
 * operand is reused at a level (COST_MODEL 4). */
struct reuse {
	int64_t factor[OPND_COUNT];
};

/* The reuse factors that an order of a level gives. */
struct reuse reuse_of_order(const struct nest *nest,
	const struct tiling *tiling, enum level level,
	const uint8_t order[LOOP_COUNT]);

/* All distinct reuse vectors of a level, COST_MODEL 4's closed form, with an
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
	enum level level, struct ordering out[REUSE_MAX]);
/* Those that contain the minimum of every objective: (1,1,1) where it is one of
 * them, and per operand with free live loops the one that reuses it most.
 * (Reusing O delays the end of its last RF pass: where the work of a pass takes
 * long, no reuse can be faster.) Returns their number, at least 1. */
enum { ORDERINGS_BEST_MAX = OPND_COUNT + 1 };
int orderings_best(const struct nest *nest, const struct tiling *tiling,
	enum level level, struct ordering out[ORDERINGS_BEST_MAX]);

#endif
