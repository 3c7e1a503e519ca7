/* The tensors of a schedule while they are collected: each value once, with its
 * life over the steps. */
#ifndef SCHEDULE_LIVENESS_H
#define SCHEDULE_LIVENESS_H

#include "schedule/schedule.h"

struct tensor_set {
	struct ctx *ctx;
	uint32_t steps, count;
	size_t capacity, lives;
	struct schedule_tensor *tensors; /* [count] */
	struct residence *residences;    /* [count]; first and last are set */
	struct hash_index by_value;
};

/* Collects inputs and outputs of the model and of every step, in order of first
 * use, with their lives: values of a subgraph live as long as it may run. */
void tensors_collect(struct ctx *ctx, const struct schedule_step *steps,
	uint32_t count, struct tensor_set *out);
/* The tensor of a value, made alive in a step. */
uint32_t tensors_use(
	struct tensor_set *set, const struct value *value, uint32_t step);
/* A tensor that is no value of the model, alive from first to last. */
uint32_t tensors_add(struct tensor_set *set,
	const struct schedule_tensor *tensor, uint32_t first, uint32_t last);

#endif
