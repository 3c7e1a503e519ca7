/* The constraints of a dataflow one by one, for saying which of them it is that
 * leaves nothing. */
#ifndef MAPPER_DATAFLOW_PARTS_H
#define MAPPER_DATAFLOW_PARTS_H

#include "mapper/dataflow.h"

struct dataflow_part {
	const char *name;        /* "dataflow.rows.loops leaving out M" */
	struct dataflow without; /* the others */
};

/* Smallest first: single loops, factors and axes (*single of them), then keys
 * with all that they say, at last the whole. In the arena; returns how many. */
size_t dataflow_parts(struct ctx *ctx, const struct dataflow *dataflow,
	struct dataflow_part **out, size_t *single);

/* The smallest part without which the machine could run the mapping, which it
 * cannot; in the arena. */
const char *dataflow_obstacle(struct ctx *ctx, const struct arch *arch,
	const struct nest *nest, const struct mapping *mapping);

#endif
