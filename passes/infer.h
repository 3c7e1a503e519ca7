/* Shape inference and constant propagation over the whole model: one rule per
 * row of ir/ops.def. */
#ifndef PASSES_INFER_H
#define PASSES_INFER_H

#include "ir/graph.h"

/* Fills type, shape and, for constants that shapes may need, data of every
 * value; marks nodes whose outputs are all constants as folded. An operator we
 * do not know keeps the shape that the file stores for it. False with a
 * diagnostic for every node whose inputs contradict its operator (all bad nodes
 * are reported). A size that cannot be known is no error here. */
bool shapes_infer(struct ctx *ctx, struct model *model);

#endif
