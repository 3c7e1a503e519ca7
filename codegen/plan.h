/* The plan: everything that a compile found out, and all that codegen writes
 * from. Borrowed from the arena; nothing here is owned. */
#ifndef CODEGEN_PLAN_H
#define CODEGEN_PLAN_H

#include "mapper/mapspace.h"
#include "mapper/search.h"
#include "schedule/network_choice.h"

/* What was searched: all forms of all layers, those that fit no mapping, too.
 */
struct searched {
	const struct layer_list *layers;
	const struct network *network;
	const struct search_result *results; /* [network->count] */
};

struct plan {
	const char *name; /* of the outputs: NAME of NAME.onnx */
	/* Every nest in the form that was chosen; set by plan_settle or
	 * plan_choose. Forms that fit no mapping are left out. */
	const struct layer_list *layers;
	const struct network *network;
	const struct arch *arch;
	const struct search_result *results; /* [network->count] */
	struct searched searched;
	enum objective objective; /* whose winners become methods and blob */
	const char *search;       /* "exact", "brute", "pruned" */
	enum burst_rule rule;
	enum tile_sizes tiles; /* asked for; searched: results' */
	struct limits limits;  /* the winners are the best within them */
	/* What the winners are the best of; NULL: not counted. [network->count]
	 */
	const struct mapspace *mapspaces;
	/* [RESOURCE_COUNT], of codegen/sensitivity.h: the same on machines with
	 * twice of a resource, the objective searched alone; NULL: not asked */
	const struct plan *sensitivity;
	/* Winners chosen for the network as a whole, [network->run], which
	 * points of the fronts they are, and what they are chosen for; NULL:
	 * each nest's own by the objective. */
	const struct best *chosen;
	const size_t *point;
	const struct network_choice *choice;
	/* Whether fronts are written, and the network's trade-offs. */
	bool pareto;
	size_t hull_count;
	const struct network_vertex *hull;
};
/* Gives every layer of plan->searched the forms that are best by the objective:
 * sets layers, network and results. False with a diagnostic where instances
 * leave int64_t. */
bool plan_settle(struct ctx *ctx, struct plan *plan);
/* The same with these forms of searched.network's tasks; where pick's points
 * are to tell equal nests apart, they are in *point, [network->run]. */
bool plan_take_forms(struct ctx *ctx, struct plan *plan,
	const struct network_pick *pick, size_t **point);

/* What is known of the objective of a layer's nest, an instance: what a form of
 * more or fewer takes is brought to as many. No form of it is below the bound,
 * and the winner is there when it is proven. */
struct nest_claim {
	double value, bound;
	bool proven;
};
struct nest_claim plan_claim(
	const struct plan *plan, const struct layer_nest *nest);

/* What the winners are the best by: an objective's name, or a network aim's. */
const char *plan_goal(const struct plan *plan);
/* The winner of a distinct nest; of a nest of a layer. */
const struct best *plan_winner(const struct plan *plan, size_t distinct);
const struct best *plan_best(
	const struct plan *plan, const struct layer_nest *nest);
/* The best of a distinct nest by the objective with perfect tiles, where others
 * were searched, too; NULL where there is none, or the winner was chosen for
 * the network. */
const struct estimate *plan_perfect(const struct plan *plan, size_t distinct);
/* Why the winner of a distinct nest leaves most PEs idle (mapper/poor_fit.h);
 * NULL: it does not. */
const char *plan_poor_fit(
	struct ctx *ctx, const struct plan *plan, size_t distinct);
/* Counts the mapspace of every nest of the plan's network. Those under way and
 * to come when stop, which may be NULL, expires are not counted: returns how
 * many. */
size_t plan_count_mapspaces(struct ctx *ctx, struct plan *plan,
	const struct search_stop *stop);
/* Whether the limits leave any mapping out. */
bool plan_limited(const struct plan *plan);

/* Sums over layers and instances of the objective's winners. Counts and proofs
 * are of all layers; sums leave out those that are aside (ir/fork.h). */
struct plan_totals {
	int64_t layers, nests, distinct_nests;
	int64_t macs, mapped_macs;
	double energy_pj;
	int64_t cycles;
	double edp; /* energy_pj x cycles */
	/* The seed's: sums over distinct layers that run of each metric's own
	 * minimum, instances not counted. */
	double seed_edp, seed_energy_pj, seed_cycles;
	bool proven;        /* every winner is */
	double perfect_edp; /* as of a layer */
};
/* macs counts useful multiplications of all layers, mapped_macs those of the
 * layers' nests: equal unless a nest multiplies by padding of its own. False
 * with a diagnostic when a total leaves int64_t. */
bool plan_totals(
	struct ctx *ctx, const struct plan *plan, struct plan_totals *out);

/* Sums of the branch of a fork that totals do not count. */
struct fork_totals {
	int64_t macs;
	double energy_pj;
	int64_t cycles;
	double edp; /* energy_pj x cycles */
};
bool fork_totals(struct ctx *ctx, const struct plan *plan, size_t fork,
	struct fork_totals *out);

/* One layer: sums over its nests, instances and executions. */
struct layer_totals {
	int64_t runs; /* of nests */
	double energy_pj;
	int64_t cycles;
	double edp; /* energy_pj x cycles */
	double component_pj[COMPONENT_COUNT];
	int64_t cause_cycles[BOUND_COUNT];
	enum bound_by bound;            /* of the nest that takes longest */
	double pe_use, rf_use, spm_use; /* averages over the cycles */
	/* Elements that cross the DRAM interface, all operands. */
	int64_t dram_reads, dram_writes;
	bool proven;
	/* The same with perfect tiles, where others were searched, too; 0 where
	 * that is not known of every nest. */
	double perfect_energy_pj, perfect_cycles, perfect_edp;
};
bool layer_totals(struct ctx *ctx, const struct plan *plan,
	const struct layer *layer, struct layer_totals *out);

#endif
