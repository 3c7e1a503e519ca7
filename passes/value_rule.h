/* What the value rules share: elements of constants, and new constants. */
#ifndef PASSES_VALUE_RULE_H
#define PASSES_VALUE_RULE_H

#include "passes/shape_rule.h"

#define OP(domain, name, since, in, type, shape, value, ...) \
	value_rule value_##value;
#include "ir/ops.def"
#undef OP

/* Takes elems from the budget for constants; false when it is used up. Small
 * ones are always granted. */
bool budget_take(struct infer *inf, int64_t elems);

/* Whether constants of this shape are tracked: its elements, and a walk along
 * any of its dimensions when another is 0, stay within CONST_ELEMS_MAX. All
 * tensors that rules see are. */
bool shape_tracked(const struct shape *shape, int64_t *count);
bool tensor_complete(const struct tensor *tensor); /* every element known */
static inline bool tensor_known(const struct tensor *tensor, int64_t i)
{
	return !tensor->unknown || !tensor->unknown[i];
}

/* A constant for output k with the shape that its shape rule found, all
 * elements zero and known; NULL when the shape is not known, the type cannot be
 * tracked, or it would be too large. The rule fills it and then hangs it into
 * the output with out_tensor. */
struct tensor *tensor_new(struct infer *inf, const struct node *node, size_t k);
struct tensor *tensor_make(
	struct infer *inf, enum dtype type, const struct shape *shape);
void out_tensor(const struct node *node, size_t k, struct tensor *tensor);

/* Marks an element as unknown; dim: DIM_UNKNOWN, or the symbolic dimension that
 * it is. */
void tensor_forget(
	struct infer *inf, struct tensor *tensor, int64_t i, int64_t dim);
/* to[i] = from[j], unknown or not. Types must be of one kind (integer, float);
 * false and unknown otherwise. */
void tensor_copy(struct infer *inf, struct tensor *to, int64_t i,
	const struct tensor *from, int64_t j);
/* Stores a result in the tensor's type: integers wrap as the type is wide,
 * floats round. */
void tensor_set_int(
	struct infer *inf, struct tensor *tensor, int64_t i, int64_t v);
void tensor_set_float(struct tensor *tensor, int64_t i, double v);
/* Converts as Cast does. */
void tensor_convert(struct infer *inf, struct tensor *to, int64_t i,
	const struct tensor *from, int64_t j);
double tensor_double(const struct tensor *tensor, int64_t i);

/* Elements between neighbours along each axis of a dense tensor of known
 * shape. */
void shape_pitches(const struct shape *shape, int64_t pitch[RANK_MAX]);
/* Pitches of a tensor that is broadcast to rank dimensions: 0 along axes that
 * it repeats over. */
void shape_broadcast_pitches(
	const struct shape *shape, int rank, int64_t pitch[RANK_MAX]);
/* Steps a multi-index through dims in row-major order; the caller counts. */
void index_step(int64_t *index, int rank, const int64_t *dims);
/* Sum of index * pitch. */
int64_t index_offset(const int64_t *index, int rank, const int64_t *pitch);

#endif
