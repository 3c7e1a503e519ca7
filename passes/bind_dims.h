/* What the user says of the graph's inputs: sizes of open dimensions, shapes,
 * and values. */
#ifndef PASSES_BIND_DIMS_H
#define PASSES_BIND_DIMS_H

#include "ir/graph.h"

/* --dim NAME=V, --dim INPUT:AXIS=V, --batch-size N, --input NAME=1x3x224x224,
 * --value NAME=V,V, as the command line gives them. */
struct dim_options {
	size_t dim_count;
	const struct dim_value {
		/* "batch", or "INPUT:2"; of sizes that hang on data
		 * "VALUE:2", of any node's result, and "NODE:expert3", rows of
		 * an expert of MoE */
		const char *name;
		int64_t value;    /* >= 0: a tensor may be empty */
	} * dims;
	int64_t batch_size; /* 0: not given */
	size_t input_count;
	const struct input_shape {
		const char *name;
		struct shape shape; /* sizes from 0; rank 0: a scalar */
	} * inputs;
	size_t value_count;
	const struct input_value {
		const char *name;
		const char *list; /* "1,0,2" */
	} * values;
};

/* Replaces open dimensions of model->graph's inputs; --batch-size sets the
 * first dimension of every input where it is open (and refuses to change a
 * fixed one). A value makes its input a constant (value->data), and tells the
 * size of a dimension that is still open where that is the only one. False with
 * a diagnostic for a name, axis or input that the model does not have (listing
 * those it has), a size below 0 (a batch below 1), values that the input cannot
 * have (passes/bind_values.h), and what contradicts the file. */
bool dims_bind(struct ctx *ctx, struct model *model,
	const struct dim_options *options);

#endif
