/* Mappings chosen for a network as a whole (schedule/network_choice), and the
 * fronts that they are chosen from, in files. */
#ifndef CODEGEN_PARETO_H
#define CODEGEN_PARETO_H

#include "base/json_doc.h"
#include "codegen/outfile.h"
#include "schedule/plan.h"

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
