/* How much the objective would gain from twice of one resource of the machine:
 * every nest searched again on that machine, under the same limits. */
#ifndef CODEGEN_SENSITIVITY_H
#define CODEGEN_SENSITIVITY_H

#include "base/json_doc.h"
#include "base/text.h"
#include "codegen/plan.h"

enum resource {
	RESOURCE_PES,
	RESOURCE_RF,
	RESOURCE_SPM, /* banks, of both buffers */
	RESOURCE_DMA, /* bytes in a time; what starts a burst stays */
	RESOURCE_COUNT
};
/* "pes", "register_file", "scratchpad", "dma_bandwidth" */
const char *resource_name(enum resource resource);
/* The key of an architecture file that is doubled; of the DMA bandwidth, the
 * key that is halved: dma_cycles_per_byte. */
const struct arch_key *resource_key(enum resource resource);
struct arch arch_twice(const struct arch *arch, enum resource resource);

/* Searches plan->network on each of these machines and sets plan->sensitivity;
 * options as those of the plan's own results. False with a diagnostic. */
bool sensitivity_search(struct ctx *ctx, struct plan *plan, search_fn *search,
	const struct search_options *options, int threads);

/* Of a layer or model, in the sums of layer_totals. */
struct gain {
	bool feasible; /* else nothing below is set */
	double energy_pj, edp;
	int64_t cycles;
	/* The objective's value over the one with twice the resource. */
	double factor;
	bool proven; /* both values are the least possible */
};
/* layer NULL: the model. False with a diagnostic when a sum leaves int64_t. */
bool gain_find(struct ctx *ctx, const struct plan *plan,
	const struct layer *layer, enum resource resource, struct gain *out);

/* {"pes": {"energy_pj", "cycles", "edp", "gain", "proven"}, ...}, null where
 * nothing fits; likewise layer and failure (NULL). */
cJSON *json_gains(
	struct ctx *ctx, const struct plan *plan, const struct layer *layer);
/* {"pes": {"CGRA_SIZE": 512}, ...} */
cJSON *json_resources(const struct arch *arch);
/* A table for people, a row a resource. False as gain_find. */
bool gains_text(
	struct text *text, const struct plan *plan, const struct layer *layer);

#endif
