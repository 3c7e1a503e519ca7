/* Costs a mapping by walking its loops: what a level's order reuses is counted
 * step by step, not derived from the factors. For checking the reference cost
 * function, of which it has nothing; footprints and bursts are those of
 * oracle/literal_cost.h. */
#ifndef ORACLE_LOOP_WALK_H
#define ORACLE_LOOP_WALK_H

#include "mapper/cost.h"

struct loop_walk {
	double energy_pj; /* not rounded */
	double cycles;    /* whole */
};

/* False where a level has more than WALK_MOST steps. Of a mapping for which
 * cost_check holds. Allocates from ctx's arena. */
enum { WALK_MOST = 10000000 };
bool loop_walk(struct ctx *ctx, const struct nest *nest,
	const struct arch *arch, const struct mapping *mapping,
	enum burst_rule rule, struct loop_walk *out);

/* Whether the estimate is what the walk gives: cycles to the last, energy but
 * for rounding. */
bool loop_walk_agrees(
	const struct loop_walk *walk, const struct estimate *estimate);

#endif
