/* What an operator makes of its sums of products, the host's part of
 * docs/config-blob.md: zero points, scales, alpha and beta, bias, activation,
 * and rounding to the type of the result.
 *
 *   Conv ConvTranspose FusedConv ConvInteger QLinearConv
 *   Gemm FusedGemm QGemm GemmFastGelu
 *   MatMul FusedMatMul FusedMatMulActivation TransposeMatMul
 *   MatMulInteger MatMulInteger16 MatMulIntegerToFloat QLinearMatMul
 *   Einsum
 *
 * Not: operators that work on their operands before they multiply (DeformConv,
 * attention, packed weights) or between products (attention; cells: cell.h). */
#ifndef SIM_OP_FINISH_H
#define SIM_OP_FINISH_H

#include "sim/op_eval.h"

bool op_finishes(const struct node *node);

/* The node's result from the sums of its one product, as they would come from
 * op_sum_int or op_sum_float. inputs are the node's, [input_count], NULL where
 * one is left out. False with a diagnostic: an input or attribute that does not
 * fit. */
bool op_finish(struct ctx *ctx, const struct node *node,
	const struct op_product *product, const struct tensor *const *inputs,
	const struct tensor *sums, struct tensor *out);

/* All sums of a product: integers where both operands are. */
struct tensor op_sums(struct ctx *ctx, const struct op_product *product,
	const struct tensor *in, const struct tensor *weight);

#endif
