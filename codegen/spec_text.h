/* A model as dMazeRunner's specification (docs/model-spec.md): the other
 * direction of import/spec_json. */
#ifndef CODEGEN_SPEC_TEXT_H
#define CODEGEN_SPEC_TEXT_H

#include "ir/layer.h"

/* What the specification does not say. */
struct spec_loss {
	size_t aside; /* layers left out: in branches that sums do not count */
	/* Nests whose tensors lie in DRAM otherwise than it takes them to:
	 * groups, transposed operands, phases, strides between rows. */
	size_t layouts;
	const char *example; /* name of the first layer with such a nest */
};

/* "CONV", "GEMM" or "DW_CONV": the list that a nest belongs into. */
const char *spec_kind(const struct nest *nest);

/* An entry for each nest of each layer, in their order; "instances" are all
 * runs of the nest. In the arena. NULL with a diagnostic where their number
 * does not fit. */
const char *spec_text(
	struct ctx *ctx, const struct layer_list *list, struct spec_loss *loss);

#endif
