/* Mappings chosen for a network as a whole (mapper/network_choice), and the
 * fronts that they are chosen from, in plans and in files. */
#ifndef CODEGEN_PLAN_CHOICE_H
#define CODEGEN_PLAN_CHOICE_H

#include "base/json_doc.h"
#include "codegen/outfile.h"
#include "codegen/plan.h"

/* Takes the forms, and makes the plan's winners those points of the nests'
 * fronts, that the goal wants, of all that was searched.
 * False with a diagnostic at loc: no choice keeps to the goal's cap, or a sum
 * leaves int64_t. */
bool plan_choose(struct ctx *ctx, const struct loc *loc, struct plan *plan,
	const struct network_goal *goal);

/* Finds the trade-offs of the network, for what is written from plan->pareto.
 * False with a diagnostic at loc where a sum leaves int64_t. */
bool plan_add_hull(struct ctx *ctx, const struct loc *loc, struct plan *plan);

/* "network-edp", "network-energy", "network-cycles" */
const char *network_aim_name(enum network_aim aim);

/* {"aim", "cap", "energy_pj", "cycles", "edp", "bound", "proven"} */
cJSON *json_network_choice(const struct network_choice *choice);
/* [{"energy_pj", "cycles", "edp", "tiling", "order"}, ...] */
cJSON *json_front(const struct search_result *result);
/* [{"energy_pj", "cycles", "edp", "points": [...]}, ...]; points is null where
 * no layer takes the nest, which is one of other forms, in that trade-off. */
cJSON *json_hull(struct ctx *ctx, const struct plan *plan);

/* NAME_pareto.csv, a row for each point of each distinct nest's front; and
 * NAME_network-pareto.csv, a row for each trade-off of the network. Texts in
 * the arena. pareto_write stages both, or the removal of those that an earlier
 * run left where the plan has no fronts. */
const char *pareto_csv(struct ctx *ctx, const struct plan *plan);
const char *network_pareto_csv(struct ctx *ctx, const struct plan *plan);
bool pareto_write(
	struct ctx *ctx, const struct plan *plan, struct out_set *out);

#endif
