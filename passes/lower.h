/* Graph -> layers of nests (DESIGN 3), and layers -> distinct nests. */
#ifndef PASSES_LOWER_H
#define PASSES_LOWER_H

#include "ir/layer.h"

/* Every node of the model (subgraphs where their node stands) becomes a layer,
 * is folded, or is listed as unmapped with a reason. Nests are verified. False
 * with diagnostics: a layer whose sizes hang on a symbolic dimension left open
 * (naming the dimension and the flag to give), or that cannot be lowered. */
bool lower_model(
	struct ctx *ctx, const struct model *model, struct layer_list *out);

/* Merges equal nests; sets layer_nest.distinct. False when instances overflow.
 */
bool dedup_layers(
	struct ctx *ctx, const struct layer_list *list, struct network *out);

#endif
