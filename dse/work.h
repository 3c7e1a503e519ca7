/* What the designs are to compute: the tasks of all workloads, and their
 * distinct nests, each searched once a design however many models have it. */
#ifndef DSE_WORK_H
#define DSE_WORK_H

#include "base/names.h"
#include "mapper/search.h"

struct work_nest {
	struct nest nest;
};

/* What is run in the best of its forms; its own runs are not used. */
struct work_task {
	struct task task; /* forms: indices of the work's nests */
	double runs;      /* over all workloads, times their weights */
	const char *name; /* of the first layer that has it */
};

struct work {
	enum objective objective; /* by which forms are chosen */
	size_t count, capacity;
	struct work_nest *nests;
	size_t task_count, task_capacity;
	struct work_task *tasks;
	/* Nests by their hashes, tasks by the numbers of their forms. */
	struct names by_hash, by_forms;
};

/* Adds a model's tasks; names are kept. */
void work_add(struct ctx *ctx, struct work *work, const struct network *network,
	double weight);

#endif
