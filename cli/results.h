/* What compile tells at its end. */
#ifndef CLI_RESULTS_H
#define CLI_RESULTS_H

#include "base/text.h"
#include "codegen/outfile.h"
#include "schedule/plan.h"

/* A table of the models' totals. Texts are made before anything is written, and
 * printed behind: what fails here must not fail then. */
void results_text(
	struct text *text, size_t count, const struct plan *const *plans);
/* Whether something that was asked for is missing because it was ended early;
 * if so, a warning about what of the plan is not proven, also where the program
 * is quiet. uncounted: nests whose mapspaces are not; cause: by what it was
 * ended, or NULL. */
bool unproven_warn(struct ctx *ctx, const char *model, const struct plan *plan,
	size_t uncounted, const char *cause);
/* False with a diagnostic where not all of a plan is proven, whatever the
 * reason. */
bool proof_require(struct ctx *ctx, const char *model, const struct plan *plan);
/* A warning for each nest whose padded tiles are too large to search them. */
void tiles_warn(struct ctx *ctx, const char *model, const struct plan *plan);
/* A warning about layers that leave most PEs idle on a machine that cannot run
 * every mapping; results_text tells of them on others. */
void poor_fits_warn(
	struct ctx *ctx, const char *model, const struct plan *plan);
/* The files of all sets, those of a folder on one line. */
void files_text(struct text *text, const struct outputs *out);

#endif
