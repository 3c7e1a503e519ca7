/* Executes a layer's nests literally, one multiplication at a time, from
 * nothing but the numbers of ir/layer.h: the oracle for lowering. */
#ifndef TESTS_NEST_WALK_H
#define TESTS_NEST_WALK_H

#include "ir/layer.h"

/* One multiplication: the elements of the model's tensors that it joins. */
struct product3 {
	int64_t o, i, w;
};

struct products {
	size_t count, capacity;
	struct product3 *list;
};

void products_add(struct ctx *ctx, struct products *products, int64_t o,
	int64_t i, int64_t w);
/* In the order of o, i, w. */
void products_sort(struct products *products);
/* Index of the first that differs in two sorted lists; -1: equal. */
int64_t products_differ(const struct products *a, const struct products *b);

/* Adds the multiplications of all iterations of the nest that read no padding.
 * *macs is increased by all iterations. Asserts (cmocka), for each instance,
 * that no two indices share an element of the nest's own tensors, padding
 * included, and that an element of its I stands for one of the model's, and the
 * reverse.
 */
void nest_walk(struct ctx *ctx, const struct layer_nest *ln,
	struct products *out, int64_t *macs);

#endif
