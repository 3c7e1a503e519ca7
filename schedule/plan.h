/* The plan: everything that a compile decided and found out, and all that is
 * written from. Searched, settled (forms, mappings), then finished: every sum
 * in it is made by plan_finish, once; who writes only prints. Borrowed from the
 * arena; nothing here is owned. */
#ifndef SCHEDULE_PLAN_H
#define SCHEDULE_PLAN_H

#include "mapper/mapspace.h"
#include "mapper/search.h"
#include "schedule/network_choice.h"
#include "schedule/schedule.h"

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
	/* [RESOURCE_COUNT], of schedule/sensitivity.h: the same on machines
	 * with twice of a resource, the objective searched alone; NULL: not
	 * asked */
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

	const struct schedule *schedule; /* of plan_place */

	/* Of plan_finish. */
	const struct plan_totals *totals;
	const struct layer_totals *layer_totals; /* [layers->count] */
	const struct fork_totals *fork_totals;   /* [layers->fork_count] */
	const struct nest_parts *nest_parts;     /* [network->run] */
	/* Of gains_find, with sensitivity: [layers->count + 1][RESOURCE_COUNT],
	 * of each layer, and last of the network. */
	const struct gain *gains;
};

/* --- deciding ------------------------------------------------------------- */

/* Gives every layer of plan->searched the forms that are best by the objective:
 * sets layers, network and results. False with a diagnostic where instances
 * leave int64_t. */
bool plan_settle(struct ctx *ctx, struct plan *plan);
/* The same with these forms of searched.network's tasks; where pick's points
 * are to tell equal nests apart, they are in *point, [network->run]. */
bool plan_take_forms(struct ctx *ctx, struct plan *plan,
	const struct network_pick *pick, size_t **point);
/* Takes the forms, and makes the plan's winners those points of the nests'
 * fronts, that the goal wants, of all that was searched.
 * False with a diagnostic at loc: no choice keeps to the goal's cap, or a sum
 * leaves int64_t. */
bool plan_choose(struct ctx *ctx, const struct loc *loc, struct plan *plan,
	const struct network_goal *goal);
/* Finds the trade-offs of the network, for what is written from plan->pareto.
 * False with a diagnostic at loc where a sum leaves int64_t. */
bool plan_add_hull(struct ctx *ctx, const struct loc *loc, struct plan *plan);
/* Decides where in DRAM the tensors of its layers lie. False with a diagnostic:
 * sizes beyond int64_t. */
bool plan_place(struct ctx *ctx, struct plan *plan);
/* Counts the mapspace of every nest of the plan's network, on so many threads.
 * Those under way and to come when stop, which may be NULL, expires are not
 * counted: returns how many. */
size_t plan_count_mapspaces(struct ctx *ctx, struct plan *plan,
	const struct search_stop *stop, int threads);

/* --- asking --------------------------------------------------------------- */

/* What is known of the objective of a layer's nest, an instance: what a form of
 * more or fewer takes is brought to as many. No form of it is below the bound,
 * and the winner is there when it is proven. */
struct nest_claim {
	double value, bound;
	bool proven;
};
struct nest_claim plan_claim(
	const struct plan *plan, const struct layer_nest *nest);

/* How far from the least what was found may be: its value over the proven
 * bound. 1: it is the least; INFINITY: there is no bound. */
double claim_gap(const struct nest_claim *claim);
double nest_gap(const struct plan *plan, const struct layer_nest *nest);
double best_gap(enum objective objective, const struct best *best);

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
/* Whether the limits leave any mapping out. */
bool plan_limited(const struct plan *plan);

/* --- sums ----------------------------------------------------------------- */

/* The winner of a distinct nest that layers run, in one run; all zeros where it
 * fits no mapping. */
struct nest_parts {
	struct breakdown breakdown;
	/* Why it leaves most PEs idle (mapper/poor_fit.h); NULL: it does not.
	 */
	const char *poor_fit;
};

/* One layer: sums over its nests, instances and executions. */
struct layer_totals {
	bool feasible; /* every nest has a mapping; else all sums are 0 */
	int64_t runs;  /* of nests */
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
	/* The sum of the objective's values over the sum of their bounds, of
	 * all runs; as claim_gap. */
	double gap;
	/* The same with perfect tiles, where others were searched, too; 0 where
	 * that is not known of every nest. */
	double perfect_energy_pj, perfect_cycles, perfect_edp;
};

/* Sums over layers and instances of the objective's winners. Counts and proofs
 * are of all layers; sums leave out those that are aside (ir/fork.h). */
struct plan_totals {
	bool feasible; /* as of a layer, of those in the sums */
	int64_t layers, nests, distinct_nests;
	int64_t skipped; /* layers without a mapping, left to the host */
	/* Useful multiplications of all layers; those of the layers' nests,
	 * which differ where a nest multiplies by padding of its own; and of
	 * them, those that fill up blocks of channels with zeros. */
	int64_t macs, mapped_macs, padding_macs;
	double energy_pj;
	int64_t cycles;
	double edp; /* energy_pj x cycles */
	/* The seed's: sums over distinct layers that run of each metric's own
	 * minimum, instances not counted. */
	double seed_edp, seed_energy_pj, seed_cycles;
	bool proven;        /* every winner is */
	bool sums_proven;   /* every winner in the sums is */
	double gap;         /* as of a layer */
	double perfect_edp; /* as of a layer */
};

/* Sums of the branch of a fork that totals do not count. */
struct fork_totals {
	int64_t macs;
	double energy_pj;
	int64_t cycles;
	double edp; /* energy_pj x cycles */
};

/* Makes all of these; to be called when the last decision is made. False with
 * a diagnostic when a total leaves int64_t. */
bool plan_finish(struct ctx *ctx, struct plan *plan);

/* Of one of the plan's layers, and of a nest of one. */
const struct layer_totals *plan_layer_totals(
	const struct plan *plan, const struct layer *layer);
const struct nest_parts *plan_nest_parts(
	const struct plan *plan, const struct layer_nest *nest);

#endif
