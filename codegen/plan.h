/* The plan: everything that a compile found out, and all that codegen writes
 * from. Borrowed from the arena; nothing here is owned. */
#ifndef CODEGEN_PLAN_H
#define CODEGEN_PLAN_H

#include "mapper/search.h"

struct plan {
	const char *name; /* of the outputs: NAME of NAME.onnx */
	const struct layer_list *layers;
	const struct network *network;
	const struct arch *arch;
	const struct search_result *results; /* [network->count] */
	enum objective objective; /* whose winners become methods and blob */
	const char *search;       /* "exact", "brute", "pruned" */
	enum burst_rule rule;
};

/* Sums over layers and instances of the objective's winners. */
struct plan_totals {
	int64_t layers, nests, distinct_nests;
	int64_t macs, mapped_macs;
	double energy_pj;
	int64_t cycles;
	double edp; /* energy_pj x cycles */
	/* The seed's: sums over distinct layers of each metric's own minimum,
	 * instances not counted. */
	double seed_edp, seed_energy_pj, seed_cycles;
	bool proven; /* every winner is */
};
/* False with a diagnostic when a total leaves int64_t. */
bool plan_totals(
	struct ctx *ctx, const struct plan *plan, struct plan_totals *out);

#endif
