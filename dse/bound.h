/* What no mapping of the work on a design can be below, known without a search
 * of the design:
 *   - what its multiplications, and moving every element once, take;
 *   - what its anchor needs: a design that has at least as much of everything
 *     and pays at most as much, so that it can do whatever this one can. */
#ifndef DSE_BOUND_H
#define DSE_BOUND_H

#include "dse/outcome.h"
#include "dse/space.h"

struct bound {
	double energy_pj, cycles;
	size_t anchor; /* index of a design; itself where it has none */
	bool anchors;  /* it is the anchor of another one */
};

/* Bounds of all designs by the first rule, and their anchors; [count] in the
 * arena. */
struct bound *bounds_make(struct ctx *ctx, const struct space *space,
	const struct design_list *list, const struct work *work,
	enum tile_sizes tiles);

/* Raises a bound to what its anchor's outcome needs. */
struct bound bound_raise(struct bound bound, const struct outcome *anchor);

/* Whether machine a can run every mapping that b can, at no more energy and in
 * no more cycles; both have the same dataflow. An order: docs/dse.md. */
bool arch_at_least(const struct arch *a, const struct arch *b);

#endif
