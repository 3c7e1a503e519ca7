/* Why a shape is not known: which open dimension, data or unknown operator it
 * hangs on. */
#ifndef PASSES_LOWER_CAUSE_H
#define PASSES_LOWER_CAUSE_H

#include "ir/graph.h"

struct cause {
	/* The open dimensions, as a set of bits: k of model->symbols. Those
	 * beyond the set's size are counted as its last. */
	uint64_t symbols;
	/* Without any, one of these: */
	const struct node *node;   /* its result's size hangs on data, or its
				    * operator is not known */
	const struct value *input; /* a graph input that has no shape, or whose
				    * value makes sizes */
};

enum { CAUSE_SYMBOLS = 64 };

struct causes;

/* Follows sizes through the whole model; linear in its nodes. */
struct causes *causes_find(struct ctx *ctx, const struct model *model);
/* The cause for a value whose shape is not fully known. Open dimensions come
 * before anything else, as they can be closed by an option. */
struct cause causes_of(const struct causes *causes, const struct value *value);

#endif
