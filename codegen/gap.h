/* Gaps (schedule/plan.h) in files. */
#ifndef CODEGEN_GAP_H
#define CODEGEN_GAP_H

#include "base/json_doc.h"

/* The number; null where there is no bound. */
cJSON *json_gap(double gap);
/* "at most 12.3 % above the least possible", "no bound is known"; in the arena.
 */
const char *gap_text(struct ctx *ctx, double gap);

#endif
