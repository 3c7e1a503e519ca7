/* Inside the lowering of attention: where Q, K, V and the result lie. */
#ifndef PASSES_LOWER_HEADS_H
#define PASSES_LOWER_HEADS_H

#include "passes/lower_rules.h"

/* Element x of row r of head h of batch b lies at
 *     base + b*batch + h*head + r*row + x
 * or, where block is not 0, at ... + x / block * block_pitch + x % block. */
struct heads {
	/* NULL: made by the operator */
	const struct value *value;
	enum dtype type;
	/* The quantised tensor that value is made from, or value; and the type
	 * that the accelerator moves where both operands are quantised. */
	const struct value *moved;
	enum dtype moved_type;
	int64_t base, batch, head, row;
	int64_t block, block_pitch;
};

struct attention {
	int64_t batch, heads, kv_heads; /* heads is a multiple of kv_heads */
	int64_t queries, keys;          /* rows */
	int64_t size, v_size;           /* of a head */
	struct heads q, k, v, y;
};

/* [batch][heads][rows][size] */
struct heads heads_outside(
	const struct value *value, int64_t heads, int64_t rows, int64_t size);
/* [batch][rows][heads][size], with width elements a row. */
struct heads heads_inside(const struct value *value, int64_t rows,
	int64_t size, int64_t width, int64_t base);
/* Sets tensors and types; one that the operator makes has a type alone. */
void heads_take(struct heads *heads, const struct value *value);
void heads_own(struct heads *heads, enum dtype type);

/* The product that makes Q, K and V, of rows of x, as a tensor of the
 * operator's own, [rows][all]. */
enum outcome project_lower(
	struct lowering *lo, int64_t rows, int64_t sum, int64_t all);
/* How wide Q (as K) and V are in a weight that makes all three. */
enum outcome project_widths(
	struct lowering *lo, int64_t heads, int64_t *qk, int64_t *v);

/* Adds the nests scores = Q K^T and y = scores V. */
enum outcome attention_lower(struct lowering *lo, const struct attention *a);

#endif
