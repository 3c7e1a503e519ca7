/* dMazeRunner's model specification (COST_MODEL 13): lists CONV, GEMM, DW_CONV,
 * read in this order. Sizes and strides are taken as written, square or not;
 * the input is padded already. Entries stay layers of their own, equal or not;
 * their "instances" are the layer's executions. */
#ifndef IMPORT_SPEC_JSON_H
#define IMPORT_SPEC_JSON_H

#include "ir/layer.h"

/* False with diagnostics by line and column: unknown keys, wrong kinds, sizes
 * below 1, a filter larger than its input, channels or inner sizes that
 * disagree, no layer at all. All bad entries are reported. */
bool spec_read(struct ctx *ctx, const char *path, struct layer_list *out);

/* The same from a parsed text. */
struct json_doc;
bool spec_parse(
	struct ctx *ctx, const struct json_doc *doc, struct layer_list *out);

#endif
