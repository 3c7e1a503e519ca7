/* dMazeRunner's model specification (COST_MODEL 13): lists CONV, GEMM, DW_CONV,
 * read in this order. Sizes and strides are taken as written, square or not. */
#ifndef IMPORT_SPEC_JSON_H
#define IMPORT_SPEC_JSON_H

#include "ir/layer.h"

bool spec_read(struct ctx *ctx, const char *path, struct layer_list *out);

#endif
