/* Why a shape is not known: which open dimension, data or unknown operator it
 * hangs on. */
#ifndef PASSES_LOWER_CAUSE_H
#define PASSES_LOWER_CAUSE_H

#include "ir/graph.h"

struct cause {
	/* One of the two is set; neither: a graph input without a shape. */
	const struct symbol *symbol; /* an open dimension */
	const struct node *node;     /* its result's size hangs on data, or its
				      * operator is not known */
	const struct value *input;   /* an input without a shape */
};

struct causes;

/* Follows sizes through the whole model; linear in its nodes. */
struct causes *causes_find(struct ctx *ctx, const struct model *model);
/* The cause for a value whose shape is not fully known. An open dimension
 * comes before anything else, as it can be closed by an option. */
struct cause causes_of(const struct causes *causes, const struct value *value);

#endif
