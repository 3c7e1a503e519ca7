/* What became of a design. */
#ifndef DSE_OUTCOME_H
#define DSE_OUTCOME_H

#include "dse/work.h"

enum outcome_kind {
	OUTCOME_OPEN,     /* not known yet */
	OUTCOME_SEARCHED, /* its optimum is known */
	OUTCOME_MISFIT,   /* some nest fits no mapping */
	OUTCOME_SETTLED   /* not searched: a bound keeps it off the results */
};
const char *outcome_name(enum outcome_kind kind);

/* The winner of one nest, run once; energy NaN: there is none, or it was not
 * searched. */
struct nest_cost {
	double energy_pj;
	int64_t cycles;
	double edp;
	int64_t evaluated; /* mappings that the cost model looked at */
};

/* Sums over tasks in their best forms, times their runs. Energy, cycles and EDP
 * as compile sums them: EDP is energy x cycles of the whole. */
struct outcome {
	enum outcome_kind kind;
	double energy_pj, cycles, edp;
	double evaluated;
	/* No mappings need less: each task's least energy and least cycles. NaN
	 * where they were not asked for. */
	double least_energy_pj, least_cycles;
	double began_s, ended_s; /* seconds since 1970 */
	size_t misfit;           /* the first task that fits no mapping */
	/* [work->count]; NULL where there was no search. A misfit may be known
	 * without one. */
	struct nest_cost *nests;
};

/* The form of a task that is best by the work's objective on the design, and
 * what it takes, all its instances; form_count where none fits a mapping. */
size_t outcome_form(const struct work *work, const struct outcome *outcome,
	size_t task, struct nest_cost *cost);

/* The sums of outcome->nests; a misfit where a task has no mapping. */
void outcome_sum(const struct work *work, struct outcome *outcome);

#endif
