/* Graph -> layers of nests (DESIGN 3). */
#ifndef PASSES_LOWER_H
#define PASSES_LOWER_H

#include "ir/layer.h"

/* Every node of the model (subgraphs where their node stands) becomes a layer,
 * is folded, or is listed as unmapped with a reason. Nests are verified. False
 * with diagnostics: a layer whose sizes hang on a symbolic dimension left open
 * or on an input without a shape (each named once, with the flag to give), or
 * that contradicts itself. Warns of loops whose iterations are not known. */
bool lower_model(
	struct ctx *ctx, const struct model *model, struct layer_list *out);

/* What of a layer's operands lies outside of its tensors, in the arena; NULL:
 * nothing. Lowering asks it of every layer. */
const char *layer_fault(struct ctx *ctx, const struct layer *layer);

/* What the options let pass. */
struct admission {
	bool unresolved; /* layers whose sizes cannot be known are left out */
	bool strict;     /* every node that multiplies has to be a layer, and
			  * every layer's executions to be known */
};
/* False with a diagnostic for each node that is not let pass. path: of the
 * model, for diagnostics. */
bool layers_admit(struct ctx *ctx, const char *path,
	const struct layer_list *list, const struct admission *admission);

/* Says on one line what multiplies and is no layer: how many nodes, of which
 * operators, and what share of the model's multiplications they have where that
 * is known. Nothing where all is mapped. Not silenced by --quiet. */
void layers_tell_left_out(
	struct ctx *ctx, const char *path, const struct layer_list *list);
/* A warning for each node that --allow-unresolved lets pass; not silenced
 * either. */
void layers_tell_unresolved(
	struct ctx *ctx, const char *path, const struct layer_list *list);

#endif
