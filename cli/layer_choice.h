/* Which layers of a model compile maps: those that --layer-index names. */
#ifndef CLI_LAYER_CHOICE_H
#define CLI_LAYER_CHOICE_H

#include "cli/cli.h"
#include "ir/layer.h"

/* Keeps the layers that are named: by index as 'nestwright layers' numbers
 * them, or by name (several may have one; a DW_CONV of a model specification
 * also by its name in the file, without "_depthwise"). None named: all. False
 * with a diagnostic for each that is not there. path: for diagnostics. */
bool layers_select(struct ctx *ctx, const struct text_list *named,
	const char *path, struct layer_list *list);

#endif
