/* What compile tells at its end. */
#ifndef CLI_RESULTS_H
#define CLI_RESULTS_H

#include "codegen/outfile.h"
#include "codegen/plan.h"

/* A table of the models' totals on standard output. False with a diagnostic
 * when a total leaves int64_t. */
bool results_print(
	struct ctx *ctx, size_t count, const struct plan *const *plans);
/* The files of a committed set, those of a folder on one line. */
void files_print(const struct out_set *out);

#endif
