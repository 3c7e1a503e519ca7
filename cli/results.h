/* What compile tells at its end. */
#ifndef CLI_RESULTS_H
#define CLI_RESULTS_H

#include "codegen/outfile.h"
#include "codegen/plan.h"

/* A table of the models' totals on standard output. False with a diagnostic
 * when a total leaves int64_t. */
bool results_print(
	struct ctx *ctx, size_t count, const struct plan *const *plans);
/* A warning about what of a plan is not proven because the search was ended
 * early; cause: by what, or NULL where it was not. */
void unproven_warn(struct ctx *ctx, const char *model, const struct plan *plan,
	const char *cause);
/* A warning for each nest that has too many padded tiles to search them. */
void tiles_warn(struct ctx *ctx, const char *model, const struct plan *plan);
/* A warning about layers that leave most PEs idle on a machine that cannot run
 * every mapping; results_print tells of them on others. */
void poor_fits_warn(
	struct ctx *ctx, const char *model, const struct plan *plan);
/* The files of a committed set, those of a folder on one line. */
void files_print(const struct outputs *out);

#endif
