/* The layers of a model and the nodes that became none, as `nestwright layers`
 * prints them. */
#ifndef CODEGEN_LAYERS_JSON_H
#define CODEGEN_LAYERS_JSON_H

#include "ir/layer.h"

/* {"model", "total_macs", "layers": [...], "not_mapped": [...]}, in graph
 * order; docs/output-files.md has the fields. In the arena. */
const char *layers_json(struct ctx *ctx, const struct layer_list *list);

/* The same as trees, which the caller owns. */
struct cJSON;
struct cJSON *layers_tree(const struct layer_list *list);
struct cJSON *layer_tree(const struct layer *layer);

/* A table of the layers, one of the unmapped operators by reason, and a summary
 * line with the share of the multiplications that is mapped. In the arena. */
const char *layers_text(struct ctx *ctx, const struct layer_list *list);

#endif
