/* NAME_summary.csv and NAME_per-layer.csv (RFC 4180). Columns and units:
 * docs/output-files.md. */
#ifndef CODEGEN_TABLES_CSV_H
#define CODEGEN_TABLES_CSV_H

#include "codegen/outfile.h"
#include "codegen/plan.h"

/* A header and one row, whose columns never vary: sweeps concatenate. In the
 * arena; NULL with a diagnostic when a total overflows. */
const char *summary_csv(struct ctx *ctx, const struct plan *plan);
/* A header and one row a layer; likewise. */
const char *layers_csv(struct ctx *ctx, const struct plan *plan);
/* Stages both. */
bool tables_write(
	struct ctx *ctx, const struct plan *plan, struct out_set *out);

#endif
