/* NAME.json: everything that a compile found out, for programs. Fields and
 * units: docs/output-files.md. */
#ifndef CODEGEN_RESULT_JSON_H
#define CODEGEN_RESULT_JSON_H

#include "codegen/outfile.h"
#include "codegen/plan.h"

/* The text, in the arena; NULL with a diagnostic when a total overflows. */
const char *result_text(struct ctx *ctx, const struct plan *plan);
/* Stages NAME.json as the seal of out. */
bool result_write(
	struct ctx *ctx, const struct plan *plan, struct out_set *out);

#endif
