/* How much the objective would gain from twice of one resource of the machine:
 * every nest searched again on that machine, under the same limits. */
#ifndef SCHEDULE_SENSITIVITY_H
#define SCHEDULE_SENSITIVITY_H

#include "schedule/plan.h"

enum resource {
	RESOURCE_PES,
	RESOURCE_RF,
	RESOURCE_SPM, /* banks, of both buffers */
	RESOURCE_DMA, /* bytes in a time; what starts a burst stays */
	RESOURCE_COUNT
};
/* "pes", "register_file", "scratchpad", "dma_bandwidth" */
const char *resource_name(enum resource resource);
/* "PEs", "register file", "scratchpad", "DMA bandwidth" */
const char *resource_label(enum resource resource);
/* The key of an architecture file that is doubled; of the DMA bandwidth, the
 * key that is halved: dma_cycles_per_byte. */
const struct arch_key *resource_key(enum resource resource);
struct arch arch_twice(const struct arch *arch, enum resource resource);

/* Searches plan->network on each of these machines and sets plan->sensitivity,
 * finished plans; options as those of the plan's own results. Not set where their
 * stop ended these searches, or had ended those. False with a diagnostic. */
bool sensitivity_search(struct ctx *ctx, struct plan *plan, search_fn *search,
	const struct search_options *options, int threads);

/* Of a layer or model, in the sums of its totals. */
struct gain {
	bool feasible; /* else nothing below is set */
	double energy_pj, edp;
	int64_t cycles;
	/* The objective's value over the one with twice the resource. */
	double factor;
	bool proven; /* both values are the least possible */
};
/* Sets plan->gains, where the plan, which is finished, has sensitivity. */
void gains_find(struct ctx *ctx, struct plan *plan);
/* One of them; layer NULL: the model's. */
const struct gain *plan_gain(const struct plan *plan,
	const struct layer *layer, enum resource resource);

#endif
