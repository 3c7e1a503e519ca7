/* Inside the definition of attention: heads of Q, K and V, the two products
 * that they go into, and the one that makes them. */
#ifndef SIM_OP_HEADS_H
#define SIM_OP_HEADS_H

#include "sim/op_rules.h"

/* Element x of row r of head h of batch b lies at base + b*batch + h*head +
 * r*row + x; in blocks, at ... + x / block * (rows between) + x % block. */
struct heads {
	int64_t count, rows, size; /* size: elements x of a row */
	int64_t base, batch, head, row;
	int64_t block, block_step; /* block 0: none */
};

/* [batch][heads][rows][size], or [batch][rows][heads * size] with the number of
 * heads given. False when it is neither. */
bool op_heads(const struct shape *shape, int64_t given, struct heads *out);
/* Part k of [batch][rows][heads][parts][size]; false with a diagnostic. */
bool op_heads_part(struct op_work *work, const struct op_operand *operand,
	int k, int parts, struct heads *out);
/* Heads of size elements each from element base of a row on. */
struct heads op_heads_beside(
	const struct shape *s, int64_t base, int64_t count, int64_t size);

/* The two products behind Q, K and V, whose operands are given. */
struct attention {
	struct op_operand q, k, v;
	struct heads qh, kh, vh;
	int64_t batch;
	bool inside; /* of the result */
	/* Not 0: the result is [tokens][head * size], of which this is the part
	 * from token first on. */
	int64_t tokens, first;
};

/* Q's heads and K's and V's, side by side in a row of Q's tensor; v_size 0: V's
 * are as wide. False with a diagnostic. */
bool op_heads_packed(struct op_work *work, int64_t heads, int64_t kv_heads,
	int64_t v_size, struct attention *a);
/* Adds scores = Q K^T and Y = scores V. False with a diagnostic. */
bool op_attention_add(struct op_work *work, const struct attention *a);

/* x W = Q, K and V of heads: adds the product; x is [batch][rows][sum]. */
bool op_project(struct op_work *work, int64_t batch, int64_t rows,
	int64_t heads, struct attention *a);
/* What it makes, up to the last element of these heads. */
struct op_operand op_project_part(
	struct op_work *work, int64_t batch, const struct heads *h);

/* An input's elements, all of them constant; NULL: they are not. */
const struct tensor *op_constant(const struct op_work *work, int k);

#endif
