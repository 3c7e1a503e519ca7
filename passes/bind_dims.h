/* The user's values for the symbolic dimensions of the graph inputs. */
#ifndef PASSES_BIND_DIMS_H
#define PASSES_BIND_DIMS_H

#include "ir/graph.h"

/* --dim NAME=V, --dim INPUT:AXIS=V, --batch-size N, --input NAME=1x3x224x224,
 * as the command line gives them. */
struct dim_options {
	size_t dim_count;
	const struct dim_value {
		const char *name; /* "batch", or "INPUT:2" */
		int64_t value;    /* >= 1 */
	} * dims;
	int64_t batch_size; /* 0: not given */
	size_t input_count;
	const struct input_shape {
		const char *name;
		struct shape shape;
	} * inputs;
};

/* Replaces open dimensions of model->graph's inputs; --batch-size sets the
 * first dimension of every input where it is open (and refuses to change a
 * fixed one). False with a diagnostic for a name, axis or input that the model
 * does not have (listing those it has), a value below 1, or one that
 * contradicts the file. */
bool dims_bind(struct ctx *ctx, struct model *model,
	const struct dim_options *options);

#endif
