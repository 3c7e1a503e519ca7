/* How far from the least what was found may be: its value over the proven
 * bound. 1: it is the least; INFINITY: there is no bound. */
#ifndef CODEGEN_GAP_H
#define CODEGEN_GAP_H

#include "base/json_doc.h"
#include "codegen/plan.h"

double best_gap(enum objective objective, const struct best *best);
/* Of a layer's nest, whatever its form. */
double nest_gap(const struct plan *plan, const struct layer_nest *nest);
/* The sum of the objective's values over the sum of their bounds, of all runs
 * of the nests of a layer, and of all layers that are not aside. */
double layer_gap(const struct plan *plan, const struct layer *layer);
double plan_gap(const struct plan *plan);

/* The number; null where there is no bound. */
cJSON *json_gap(double gap);
/* "at most 12.3 % above the least possible", "no bound is known"; in the arena.
 */
const char *gap_text(struct ctx *ctx, double gap);

#endif
