/* The layers of a model and the nodes that became none, as `nestwright layers`
 * prints them. */
#ifndef CODEGEN_LAYERS_JSON_H
#define CODEGEN_LAYERS_JSON_H

#include "ir/layer.h"

/* {"model", "total_macs", "layers": [...], "branches": [...] where there are
 * forks, "not_mapped": [...]}, in graph order; docs/output-files.md has the
 * fields. In the arena. */
const char *layers_json(struct ctx *ctx, const struct layer_list *list);

/* The same as trees, which the caller owns. */
struct cJSON;
struct cJSON *layers_tree(const struct layer_list *list);
struct cJSON *layer_tree(const struct layer *layer);
struct cJSON *fork_tree(const struct fork *fork);

/* "If 'rate' counts with its else_branch, 992 MACs; the then_branch in its
 * place has 960": a line. In the arena. */
const char *fork_text(struct ctx *ctx, const struct fork *fork);

/* A table of the layers, one of the unmapped operators by reason, and a summary
 * line with the share of the multiplications that is mapped. In the arena. */
const char *layers_text(struct ctx *ctx, const struct layer_list *list);

#endif
