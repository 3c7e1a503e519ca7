/* What a machine's wiring leaves of the mapspace: the key "dataflow" of an
 * architecture file (docs/architecture.md). It says which mappings the machine
 * can run, and changes the cost of none. All zero: it can run every one. */
#ifndef MAPPER_DATAFLOW_H
#define MAPPER_DATAFLOW_H

#include "base/ctx.h"
#include "mapper/seed_levels.h"

struct arch;

enum { FACTOR_WHOLE = -1 }; /* the loop's bound: all of it at this level */

/* The PE array as a grid: PE = row * columns + column. */
enum grid_axis { GRID_ROWS, GRID_COLUMNS, GRID_AXES };
/* "rows", "columns" */
const char *grid_axis_name(enum grid_axis axis);

struct dataflow {
	struct {
		unsigned barred; /* loops whose factor must be 1 */
		/* The factor that a loop must have, or the most that it may
		 * have; 0: any. fix may be FACTOR_WHOLE. */
		int64_t fix[LOOP_COUNT], most[LOOP_COUNT];
	} slot[SLOTS_MAX];
	/* The only order of a level, outermost first; or the operand that its
	 * order reuses over all trips of the loops that do not index it, where
	 * they make any: 1 + its number, 0: none. */
	bool ordered[SLOTS_MAX];
	uint8_t order[SLOTS_MAX][LOOP_COUNT];
	unsigned stationary[SLOTS_MAX];

	/* Whether a spatial loop lies on one axis of the grid as a whole, whose
	 * PEs the factors of its loops share; without, the PEs are a row, and
	 * nothing below says anything. */
	bool grid;
	struct {
		unsigned barred;    /* loops that may not lie on it */
		int64_t most_loops; /* 0: any number */
	} axis[GRID_AXES];
	/* Bits of the axes on which a loop may not lie that does not index the
	 * operand (it cannot be sent to several PEs along it, O not be added
	 * up), or that does (all PEs along it have the same). */
	unsigned not_shared[OPND_COUNT], not_distinct[OPND_COUNT];
};

/* All its numbers, for hashes and comparisons. */
enum {
	DATAFLOW_VALUES = SEED_SLOTS * (1 + 2 * LOOP_COUNT) +
		SEED_ORDERED * (2 + LOOP_COUNT) + 1 + 2 * GRID_AXES +
		2 * OPND_COUNT
};
void dataflow_values(
	const struct dataflow *dataflow, int64_t out[DATAFLOW_VALUES]);
/* Whether it leaves out anything. */
bool dataflow_any(const struct dataflow *dataflow);

/* Whether the level may have these factors. */
bool dataflow_allows(const struct arch *arch, const struct nest *nest, int slot,
	const int64_t factor[LOOP_COUNT]);
/* Whether the SPATIAL level may have these factors or any larger ones: what a
 * loop's factor, or its place on the grid, forbids is forbidden of larger ones.
 */
bool dataflow_spatial_open(const struct arch *arch, const struct nest *nest,
	const int64_t factor[LOOP_COUNT]);
/* Whether the machine's dataflow has a say in the factors of a level beyond
 * those that are barred or fixed. */
bool dataflow_asks(const struct dataflow *dataflow, int slot);

/* The axis of every spatial loop; of the assignments that are allowed, the
 * first, with rows before columns, from N on. Loops of factor 1 lie on rows.
 * False where there is none; only for machines with a grid. */
bool dataflow_place(const struct arch *arch, const struct nest *nest,
	const int64_t spatial[LOOP_COUNT], enum grid_axis axis[LOOP_COUNT]);

/* Whether the level may have this reuse. */
bool dataflow_reuses(const struct arch *arch, const struct nest *nest,
	const struct tiling *tiling, int slot, const struct reuse *reuse);

/* Whether the machine can run the tiling in some order, and the mapping. */
bool tiling_fits_dataflow(const struct arch *arch, const struct nest *nest,
	const struct tiling *tiling);
bool mapping_fits_dataflow(const struct arch *arch, const struct nest *nest,
	const struct mapping *mapping);

#endif
