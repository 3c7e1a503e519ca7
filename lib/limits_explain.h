/* Why limits leave a nest no mapping. */
#ifndef LIB_LIMITS_EXPLAIN_H
#define LIB_LIMITS_EXPLAIN_H

#include "base/diag.h"
#include "mapper/search.h"

/* The reason, in words, for a nest that fits the machine but has no mapping
 * within options->limits: factors that contradict the bounds, tiles that they
 * make too large, caps below the least, or the limits each of which alone has
 * to go for a mapping to be left (searched again without it). In the arena. */
const char *limits_explain(struct ctx *ctx, const struct nest *nest,
	const struct arch *arch, search_fn *search,
	const struct search_options *options);

#endif
