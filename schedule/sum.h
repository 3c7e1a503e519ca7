/* What runs of nests take together. Every total goes through here: of a layer,
 * a branch, a network, and of all workloads of an exploration. */
#ifndef SCHEDULE_SUM_H
#define SCHEDULE_SUM_H

#include "mapper/cost.h"

struct sum {
	double energy_pj, cycles;
	int64_t whole_cycles; /* the same, exact, without weights */
	bool overflows;       /* whole_cycles would leave int64_t */
};

/* Adds so many runs of a nest, as often as weight says. */
void sum_add(struct sum *sum, const struct estimate *estimate, int64_t runs,
	double weight);
/* Adds another sum. */
void sum_join(struct sum *sum, const struct sum *more);
/* energy x cycles of the whole: no sum of EDPs. */
double sum_edp(const struct sum *sum);

#endif
