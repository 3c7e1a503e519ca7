/* NAME_summary.csv, NAME_per-layer.csv and NAME_sensitivity.csv (RFC 4180).
 * Columns and units: docs/output-files.md. */
#ifndef CODEGEN_TABLES_CSV_H
#define CODEGEN_TABLES_CSV_H

#include "codegen/outfile.h"
#include "schedule/plan.h"

/* Of a finished plan, in the arena. A header and one row, whose columns never
 * vary: sweeps concatenate. */
const char *summary_csv(struct ctx *ctx, const struct plan *plan);
/* A header and one row a layer. */
const char *layers_csv(struct ctx *ctx, const struct plan *plan);
/* A header, rows of the layers, one a resource, and those of the model.
 */
const char *sensitivity_csv(struct ctx *ctx, const struct plan *plan);
/* Stages them, the last where the plan has it. */
bool tables_write(
	struct ctx *ctx, const struct plan *plan, struct out_set *out);

#endif
