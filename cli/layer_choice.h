/* Which layers of a model compile maps: those that --layer-index names, and
 * without those that the pruned search has no mapping for. */
#ifndef CLI_LAYER_CHOICE_H
#define CLI_LAYER_CHOICE_H

#include "cli/cli.h"
#include "ir/layer.h"
#include "mapper/search.h"

/* Keeps the layers that are named: by index as 'nestwright layers' numbers
 * them, or by name (several may have one; a DW_CONV of a model specification
 * also by its name in the file, without "_depthwise"). None named: all. False
 * with a diagnostic for each that is not there. path: for diagnostics. */
bool layers_select(struct ctx *ctx, const struct text_list *named,
	const char *path, struct layer_list *list);

/* Layers of the list of which a nest has a reason[task] that is not NULL:
 * how many, and in *mapped how many others with a nest there are. */
size_t layers_misfit(const struct layer_list *list, const char *const *reason,
	size_t *mapped);

/* Takes those layers out: they become nodes that are not mapped, for the host,
 * with the reason. network and results are those of the layers that are left.
 * False with a diagnostic. */
bool layers_skip(struct ctx *ctx, struct layer_list *list,
	const char *const *reason, struct network *network,
	struct search_result **results);

#endif
