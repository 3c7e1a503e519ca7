/* Inside op_eval: what the operators' rules share. A rule fills in the products
 * of one operator; ops.def's column 'direct' names it. */
#ifndef SIM_OP_RULES_H
#define SIM_OP_RULES_H

#include "sim/op_eval.h"

/* The terms of one sum: for every k within the counts,
 *     in[in + sum of k_d * dim[d].in] * weight[weight + sum of k_d * ...] */
enum { OP_SUM_DIMS = 2 * RANK_MAX };

struct op_terms {
	int64_t in, weight; /* element numbers */
	int dims;
	struct op_term_dim {
		int64_t count, in, weight;
	} dim[OP_SUM_DIMS]; /* innermost last */
};

void op_put_dim(
	struct op_terms *terms, int64_t count, int64_t in, int64_t weight);

/* A node while its rule is at work. */
struct op_work {
	struct ctx *ctx;
	const struct node *node;
	struct loc loc;
	struct op_products *out;
	size_t capacity; /* of out->product */
};

/* False after a diagnostic. */
typedef bool op_rule(struct op_work *work);
#define OP(domain, name, since, in, type, shape, value, lower, direct, ...) \
	op_rule op_##direct;
#include "ir/ops.def"
#undef OP

/* Says that the operator, as it is used here, has no definition. Always true.
 */
bool op_leave(struct op_work *work, const char *reason);
#define op_refuse(work, ...) diag_error((work)->ctx, &(work)->loc, __VA_ARGS__)

/* Input k as an operand; false with a diagnostic when it is missing or of a
 * shape that is not known. */
bool op_take(struct op_work *work, size_t k, struct op_operand *out);
/* A tensor of the operator's own. */
struct op_operand op_own(
	struct op_work *work, const char *what, int rank, const int64_t *dims);
/* Output 0 (the first that is not left out) with the shape that the operator
 * gives it; false with a diagnostic when it is known to have another. */
bool op_result(struct op_work *work, int rank, const int64_t *dims,
	struct op_operand *out);
/* Adds a product; rule is copied. */
void op_add(struct op_work *work, const struct op_product *product,
	const void *rule, size_t rule_bytes);

/* A product whose operands lie regularly: element at[] of out sums
 *     in[in + sum of at_d * dim[d].in + sum of k_s * sum[s].in] * weight[...]
 * over all k. */
enum { OP_STRIDED_SUMS = 2 };
struct op_strided {
	int64_t in, weight; /* element numbers */
	struct op_step {
		int64_t in, weight;
	} dim[RANK_MAX]; /* of out */
	int sums;
	struct op_term_dim sum[OP_STRIDED_SUMS]; /* innermost last */
};
void op_add_strided(struct op_work *work, const struct op_operand *out,
	const struct op_operand *in, const struct op_operand *weight,
	const struct op_strided *rule);

/* Elements from one index to the next along each dimension of a dense tensor;
 * [shape->rank]. */
void op_pitches(const struct shape *shape, int64_t *pitch);

#endif
