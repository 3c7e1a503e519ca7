/* Where tensors lie in DRAM: those that are alive at different times share
 * places. */
#ifndef SCHEDULE_ARENA_PLAN_H
#define SCHEDULE_ARENA_PLAN_H

#include "base/ctx.h"

#include <stdint.h>

struct arena_item {
	int64_t bytes;        /* 0 or more */
	uint32_t first, last; /* steps in which it is alive, both included */
	int64_t offset;       /* set by arena_plan; a multiple of alignment */
};

struct arena_plan {
	int64_t bytes; /* of the whole arena: the peak */
	int64_t least; /* bytes alive in the fullest step, each item rounded up
			* to the alignment: no plan needs less */
};

/* With more items, only one of the orders is tried. */
enum { ARENA_PLAN_ALL = 8192 };

/* Places the items. Deterministic; best of three orders (the largest, the
 * longest alive, the first to begin) of placing each item at the lowest offset
 * that is free as long as it lives. alignment: a power of two. False (no diagnostic) when a sum leaves int64_t. */
bool arena_plan(struct ctx *ctx, size_t count, struct arena_item *items,
	int64_t alignment, struct arena_plan *out);

#endif
