/* Linear attention: each token changes the state that the next one reads. That
 * is no product of whole tensors; it stays with the host, told with its
 * multiplications. */
#include "passes/lower_rules.h"

#include "base/checked.h"

/* Tokens, heads of the result, and the sizes of a head's key and value. */
struct recurrence {
	int64_t tokens, heads, key, value;
};

/* Q, K, V [batch][tokens][heads * size] */
static bool sizes_flat(struct lowering *lo, struct recurrence *r)
{
	const struct shape *k = &node_input(lo->node, 1)->shape;
	const struct shape *v = &node_input(lo->node, 2)->shape;
	int64_t q_heads, heads;
	if (!node_attr_int(lo->ctx, lo->node, "q_num_heads", 0, &q_heads) ||
		!node_attr_int(lo->ctx, lo->node, "kv_num_heads", 0, &heads))
		return false;
	if (k->rank != 3 || v->rank != 3 || heads < 1)
		return diag_error(lo->ctx, &lo->loc,
			"K is %s and V %s with %lld heads",
			shape_text(lo->ctx, k), shape_text(lo->ctx, v),
			(long long)heads);
	r->key = k->dim[2] / heads;
	r->value = v->dim[2] / heads;
	r->heads = q_heads > heads ? q_heads : heads;
	return mul_ok(k->dim[0], k->dim[1], &r->tokens);
}

/* Q, K, V [tokens][heads][size]; tokens may be [batch][tokens]. */
static bool sizes_packed(struct lowering *lo, struct recurrence *r)
{
	const struct shape *q = &node_input(lo->node, 0)->shape;
	const struct shape *k = &node_input(lo->node, 1)->shape;
	const struct shape *v = &node_input(lo->node, 2)->shape;
	if (q->rank < 3 || k->rank != q->rank || v->rank != q->rank)
		return diag_error(lo->ctx, &lo->loc,
			"Q is %s, K is %s, V is %s", shape_text(lo->ctx, q),
			shape_text(lo->ctx, k), shape_text(lo->ctx, v));
	int64_t heads = q->dim[q->rank - 2];
	r->heads = v->dim[v->rank - 2];
	r->heads = heads > r->heads ? heads : r->heads;
	r->key = k->dim[k->rank - 1];
	r->value = v->dim[v->rank - 1];
	r->tokens = 1;
	for (int d = 0; d < q->rank - 2; d++)
		if (!mul_ok(r->tokens, q->dim[d], &r->tokens))
			return false;
	return true;
}

enum outcome lower_recurrence(struct lowering *lo)
{
	static const char *const roles[] = {"Q", "K", "V"};
	static const char reason[] =
		"a recurrence over tokens, which stays with the host";
	struct recurrence r = {0};
	for (size_t k = 0; k < 3; k++) {
		const struct value *value = node_input(lo->node, k);
		if (value && !shape_known(&value->shape))
			return lower_leave(lo, true, reason);
		enum outcome outcome = lower_take(lo, value, roles[k]);
		if (outcome != OUTCOME_LAYER)
			return outcome;
	}
	bool flat = node_is(lo->node, OP_ONNX_LinearAttention) ||
		node_is(lo->node, OP_MS_LinearAttention);
	if (!(flat ? sizes_flat(lo, &r) : sizes_packed(lo, &r)))
		return OUTCOME_ERROR;
	/* The state takes in key x value, and gives query x state. */
	const int64_t sizes[] = {2, r.tokens, r.heads, r.key, r.value};
	lower_leave(lo, true, reason);
	if (!lower_tell_macs(lo, sizes, 5))
		return OUTCOME_ERROR;
	lo->reason = arena_printf(&lo->ctx->arena, "%s: %lld multiplications",
		reason, (long long)lo->host_macs);
	return OUTCOME_UNMAPPED;
}
