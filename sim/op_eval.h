/* ONNX operators by their definition: what results of the accelerator are
 * compared with. Everything follows from the node's attributes and the shapes
 * of its inputs; nothing here knows of nests, mappings or blobs.
 *
 * An operator multiplies in products, each a tensor of sums:
 *
 *   Conv ConvInteger FusedConv QLinearConv    1: X, W -> Y
 *   ConvTranspose                             1: X, W -> Y
 *   DeformConv                                1: X, W -> Y, offsets taken as 0
 *   Gemm FusedGemm QGemm GemmFloat8           1: A, B -> Y
 *   MatMul and its fused and integer forms    1: A, B -> Y
 *   MatMulNBits MatMulBnb4                    1: A, B unpacked -> Y
 *   Einsum of two operands                    1
 *   LSTM GRU RNN                              2: X, W -> gates
 *                                                states, R -> gates
 *   Attention and its kin                     2: Q, K -> scores
 *                                                scores, V -> Y
 *   com.microsoft Attention, QAttention,      3: X, W -> QKV, then the two
 *   DecoderMaskedSelfAttention
 *   PackedMultiHeadAttention, PagedAttention  2 for each run of sequences of
 *                                                one length
 *   PackedAttention                           1: X, W -> QKV, then those
 *
 * Product k of a node is what placement k of its layer makes; where there is
 * one product, all placements make it together.
 *
 * A sum is of the elements as they are stored: zero points, scales, alpha, bias
 * and activation are not in it. */
#ifndef SIM_OP_EVAL_H
#define SIM_OP_EVAL_H

#include "ir/graph.h"

/* An operand of a product: dense, in row-major order. */
struct op_operand {
	/* Input or output of the node; NULL for a tensor of the operator's
	 * own, of which 'own' says what it is. Where the product uses the
	 * beginning of such a one only, shape is the number of elements up to
	 * the last that it uses. */
	const struct value *value;
	const char *own;
	struct shape shape;
};

struct op_terms;

struct op_product {
	struct op_operand out, in, weight;
	/* Elements of out that it makes; end 0: all. */
	int64_t first, end;
	/* Which products make up the sum at out's coordinates at[]. */
	void (*terms)(const struct op_product *product, const int64_t *at,
		struct op_terms *terms);
	const void *rule; /* the operator's numbers, for terms() */
};

struct op_products {
	size_t count; /* 0 with a reason, and for one that multiplies nothing */
	struct op_product *product;
	/* Why the operator has no such definition here; NULL: it has. */
	const char *reason;
};

/* The products of a node whose shapes are known, in the arena. False with a
 * diagnostic: attributes and shapes contradict each other. */
bool op_products(
	struct ctx *ctx, const struct node *node, struct op_products *out);

/* Elements in the host's byte order, one behind the other; types below 8 bits
 * take a byte each. */
struct op_elems {
	enum dtype type;
	const void *at;
};

/* The sum at element number index of the output. in and weight hold integers,
 * of 64 bits at most; sums are exact modulo 2^64. Like all of these, reads only
 * what it is given: threads may share a product. */
int64_t op_sum_int(const struct op_product *product, int64_t index,
	const struct op_elems *in, const struct op_elems *weight);

/* The same of floats, summed up in double. A sum of the same terms in another
 * order, or in a type whose rounding error is at most eps, differs by no more
 * than about terms * eps * magnitude. */
struct op_float_sum {
	double sum, magnitude; /* magnitude: sum of the terms' sizes */
	int64_t terms;
};
struct op_float_sum op_sum_float(const struct op_product *product,
	int64_t index, const struct op_elems *in,
	const struct op_elems *weight);

#endif
