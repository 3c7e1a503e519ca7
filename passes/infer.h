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

/* Where ONNX Runtime leaves the standard (docs/onnxruntime.md): what it reads
 * otherwise in a node, as in "auto_pad SAME of a dilated window", and the shape
 * that its output k then has; NULL where it does not. After shapes_infer, which
 * may have refused the node. */
const char *runtime_read(struct ctx *ctx, struct model *model,
	struct node *node, size_t k, struct shape *out);

#endif
