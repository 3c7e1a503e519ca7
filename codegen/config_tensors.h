/* The tensors of a plan while the blob is made: each value once, with its life
 * over the steps. */
#ifndef CODEGEN_CONFIG_TENSORS_H
#define CODEGEN_CONFIG_TENSORS_H

#include "codegen/config_tables.h"
#include "ir/layer.h"

/* A step: a layer or a node that was not mapped. */
struct config_source {
	const struct layer *layer;       /* or NULL */
	const struct unmapped *unmapped; /* or NULL */
	const struct node *node;         /* of either; NULL in a model spec */
};

struct tensor_life {
	const char *name;
	enum dtype type;
	uint32_t roles; /* bits of ROLE */
	struct shape shape;
	uint32_t first, last; /* steps */
};

struct tensor_set {
	struct ctx *ctx;
	uint32_t steps;
	size_t count, capacity;
	struct tensor_life *tensors;
	/* [slots], open addressing: the tensor of a value. */
	size_t slots, known;
	struct tensor_slot {
		const struct value *value;
		uint32_t tensor;
	} * slot;
};

/* Collects inputs and outputs of the model and of every step, in order of first
 * use, with their lives: values of a subgraph live as long as it may run. */
void tensors_collect(struct ctx *ctx, const struct config_source *steps,
	uint32_t count, struct tensor_set *out);
/* The tensor of a value, made alive in a step; NULL gives NONE. */
uint32_t tensors_use(
	struct tensor_set *set, const struct value *value, uint32_t step);
/* A tensor that is no value of the model. */
uint32_t tensors_add(struct tensor_set *set, const struct tensor_life *life);

/* Plans the two regions, every tensor at a multiple of alignment bytes (a power
 * of two), adds the TENSOR and DIM records, and fills in the
 * regions' numbers of the model. False with a diagnostic: sizes beyond int64_t.
 */
bool tensors_place(struct tensor_set *set, int64_t alignment,
	struct config_tables *tables, struct config_model *model);

#endif
