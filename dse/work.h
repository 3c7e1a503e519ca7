/* What the designs are to compute: the distinct nests of all workloads, each
 * searched once a design however many models have it. */
#ifndef DSE_WORK_H
#define DSE_WORK_H

#include "ir/layer.h"

struct work_nest {
	struct nest nest;
	double runs; /* instances over all workloads, times their weights */
	const char *name; /* of the first layer that has it */
};

struct work {
	size_t count, capacity;
	struct work_nest *nests;
};

/* Adds a model's nests; names are kept. */
void work_add(struct ctx *ctx, struct work *work, const struct network *network,
	double weight);

#endif
