/* Layers with a state that is carried from token to token: linear attention,
 * and the causal convolutions in front of it. */
#include "passes/shape_rule.h"

/* Attribute 'state_window': states of so many tokens are kept, outermost, or of
 * the last one alone where it is 0. */
static bool window_read(
	struct infer *inf, const struct node *node, int64_t *window)
{
	return node_attr_int(inf->ctx, node, "state_window", 0, window) &&
		(*window >= 0 ||
			node_refuse(inf, node,
				"attribute 'state_window' is %lld",
				(long long)*window));
}

/* dims[0] is left for the window. */
static bool out_state(struct infer *inf, const struct node *node, size_t k,
	int64_t window, int rank, int64_t *dims)
{
	dims[0] = window;
	return window ? out_shape(inf, node, k, rank, dims)
		      : out_shape(inf, node, k, rank - 1, dims + 1);
}

static bool count_attr(struct infer *inf, const struct node *node,
	const char *name, int64_t least, int64_t absent, int64_t *out)
{
	return node_attr_int(inf->ctx, node, name, absent, out) &&
		(*out >= least ||
			node_refuse(inf, node,
				"attribute '%s' is %lld, expected at least "
				"%lld",
				name, (long long)*out, (long long)least));
}

/* --- linear attention ---------------------------------------------------- */

/* The size of a head in a row of count heads. */
static bool head_size(struct infer *inf, const struct node *node, size_t k,
	int64_t count, int64_t *out)
{
	int64_t width = in_dim(node, k, 2);
	*out = dim_known(width) ? width / count : DIM_UNKNOWN;
	return !dim_known(width) || width % count == 0 ||
		node_refuse(inf, node,
			"input %zu is %s, expected its width to be a multiple "
			"of %lld heads",
			k, shape_text(inf->ctx, in_shape(node, k)),
			(long long)count);
}

/* Q, K, V [batch][tokens][heads * size], past state, ...: a result for each
 * head of Q, or of K where those are more; state [batch][kv heads][key
 * size][value size]. */
bool shape_linear_attention(struct infer *inf, struct node *node)
{
	int64_t q_heads, kv_heads, window, q, key, value, cols, same;
	if (!count_attr(inf, node, "q_num_heads", 1, 0, &q_heads) ||
		!count_attr(inf, node, "kv_num_heads", 1, 0, &kv_heads) ||
		!window_read(inf, node, &window) ||
		!in_rank_is(inf, node, 0, 3) || !in_rank_is(inf, node, 1, 3) ||
		!in_rank_is(inf, node, 2, 3) ||
		!head_size(inf, node, 0, q_heads, &q) ||
		!head_size(inf, node, 1, kv_heads, &key) ||
		!head_size(inf, node, 2, kv_heads, &value))
		return false;
	if (!dim_merge(q, key, &key) ||
		!dim_merge(in_dim(node, 0, 1), in_dim(node, 1, 1), &same))
		return node_refuse(inf, node,
			"Q is %s and K %s with %lld and %lld heads: tokens or "
			"sizes of a head do not agree",
			shape_text(inf->ctx, in_shape(node, 0)),
			shape_text(inf->ctx, in_shape(node, 1)),
			(long long)q_heads, (long long)kv_heads);
	if (!dim_mul(q_heads > kv_heads ? q_heads : kv_heads, value, &cols))
		return node_overflow(inf, node);
	int64_t out[] = {in_dim(node, 0, 0), in_dim(node, 0, 1), cols};
	int64_t state[] = {0, out[0], kv_heads, key, value};
	out_type(node, 1, in_type(node, node_input(node, 3) ? 3 : 0));
	return out_shape(inf, node, 0, 3, out) &&
		out_state(inf, node, 1, window, 5, state);
}

/* Q, K [tokens][heads][key size], V [tokens][v heads][value size]; tokens may
 * be [batch][tokens]. cu_seqlens (input 3) ends each sequence; state (6)
 * [batch][v heads][value size][key size]. */
bool shape_gated_delta_net(struct infer *inf, struct node *node)
{
	enum { ENDS = 3, STATE = 6 };
	int rank = in_rank(node, 0);
	int64_t capacity, dims[4], parts[3], update;
	if (!count_attr(inf, node, "state_update_capacity", 0, 0, &capacity))
		return false;
	if (rank == RANK_UNKNOWN)
		return true;
	if (rank != 3 && rank != 4)
		return node_refuse(inf, node,
			"query is %s; expected rank 3 or 4",
			shape_text(inf->ctx, in_shape(node, 0)));
	if (!in_rank_is(inf, node, 1, rank) || !in_rank_is(inf, node, 2, rank))
		return false;
	int64_t q_heads = in_dim(node, 0, rank - 2);
	int64_t heads = in_dim(node, 2, rank - 2);
	int64_t key = in_dim(node, 1, rank - 1);
	int64_t value = in_dim(node, 2, rank - 1);
	if (!dim_merge(in_dim(node, 0, rank - 1), key, &key) ||
		!dim_merge(in_dim(node, 1, rank - 2), q_heads, &q_heads))
		return node_refuse(inf, node, "query is %s, key is %s",
			shape_text(inf->ctx, in_shape(node, 0)),
			shape_text(inf->ctx, in_shape(node, 1)));
	for (int d = 0; d < rank - 2; d++)
		dims[d] = in_dim(node, 0, d);
	dims[rank - 2] = q_heads == 0 || heads == 0        ? 0
		: !dim_known(q_heads) || !dim_known(heads) ? DIM_UNKNOWN
		: q_heads > heads                          ? q_heads
							   : heads;
	dims[rank - 1] = value;
	int64_t batch = rank == 4 ? dims[0] : in_dim(node, STATE, 0);
	int64_t ends = in_dim(node, ENDS, 0);
	if (!dim_known(batch) && dim_known(ends) && ends > 0)
		batch = ends - 1;
	int64_t state[] = {batch, heads, value, key};
	/* Decays, keys and deltas of the tokens that are kept. */
	if (!dim_mul(q_heads, key, &parts[0]) ||
		!dim_mul(heads, value, &parts[1]) ||
		!dim_add(parts[0], parts[1], &update) ||
		!dim_add(update, heads, &update) ||
		!dim_mul(update, capacity, &update))
		return node_overflow(inf, node);
	int64_t updates[] = {batch, update};
	enum dtype type = in_type(node, STATE);
	for (size_t k = 1; k < 3; k++)
		out_type(node, k, type ? type : DTYPE_FLOAT);
	return out_shape(inf, node, 0, rank, dims) &&
		out_shape(inf, node, 1, 4, state) &&
		out_shape(inf, node, 2, 2, updates);
}

/* a, bias, scale, b -> decay as a, beta as b */
bool shape_linear_attention_gate(struct infer *inf, struct node *node)
{
	(void)inf;
	size_t b = node_input(node, 3) ? 3 : 0;
	out_type(node, 1, in_type(node, b));
	return out_like(node, 0, in_shape(node, 0)) &&
		out_like(node, 1, in_shape(node, b));
}

/* --- causal convolutions ------------------------------------------------- */

/* Positions that the filter reaches back. */
static bool taps_reach(struct infer *inf, const struct node *node, int64_t taps,
	int64_t dilation, int64_t *out)
{
	*out = DIM_UNKNOWN;
	if (!dim_known(taps))
		return true;
	if (taps < 1)
		return node_refuse(inf, node, "its filter has no taps");
	return dim_mul(taps - 1, dilation, out) || node_overflow(inf, node);
}

/* Channels of the input, or those that the weight is for. */
static bool channels_merge(
	struct infer *inf, const struct node *node, int64_t *channels)
{
	int64_t found = *channels;
	return dim_merge(found, in_dim(node, 1, 0), channels) ||
		node_refuse(inf, node,
			"weight %s is for %lld channels, its input %s has %lld",
			shape_text(inf->ctx, in_shape(node, 1)),
			(long long)in_dim(node, 1, 0),
			shape_text(inf->ctx, in_shape(node, 0)),
			(long long)found);
}

/* Depthwise over the last of 'ndim' axes, padded in front: the output is as
 * long as the input; the state keeps the inputs that the filter reaches back
 * to. X [batch][channels][axes], or with channels_last [batch][length] and any
 * number of axes that are the channels together; W [channels][1][axes]. */
bool shape_causal_conv(struct infer *inf, struct node *node)
{
	int64_t axes, dilation, window, last, reach, channels;
	int64_t state[RANK_MAX + 1];
	const struct shape *x = in_shape(node, 0);
	if (!count_attr(inf, node, "ndim", 1, 1, &axes) ||
		!count_attr(inf, node, "dilation", 1, 1, &dilation) ||
		!window_read(inf, node, &window) ||
		!node_attr_int(inf->ctx, node, "channels_last", 0, &last))
		return false;
	if (axes > 3 || (last && axes > 1))
		return node_refuse(inf, node,
			"attribute 'ndim' is %lld, expected 1%s",
			(long long)axes,
			last ? " with channels_last" : " to 3");
	if (!in_rank_is(inf, node, 1, 2 + (int)axes) ||
		(last ? !in_rank_least(inf, node, 0, 3)
		      : !in_rank_is(inf, node, 0, 2 + (int)axes)) ||
		!taps_reach(inf, node, in_dim(node, 1, 1 + (int)axes), dilation,
			&reach))
		return false;
	if (x->rank == RANK_UNKNOWN)
		return true;
	if (!last)
		channels = x->dim[1];
	else if (!dims_product(x->dim + 2, x->rank - 2, &channels))
		return node_overflow(inf, node);
	if (!channels_merge(inf, node, &channels))
		return false;
	dims_copy(state + 1, x->dim, x->rank);
	state[1 + (last ? 1 : x->rank - 1)] = reach;
	out_type(node, 1, in_type(node, 0));
	return out_rank_ok(inf, node, x->rank + 1) &&
		out_state(inf, node, 1, window, x->rank + 1, state) &&
		out_like(node, 0, x);
}

/* X [tokens of all sequences][channels], W [channels][1][taps], ends of the
 * sequences [batch + 1], bias, state [batch][channels][reach] */
bool shape_varlen_causal_conv(struct infer *inf, struct node *node)
{
	enum { ENDS = 2, STATE = 4 };
	int64_t capacity, dilation, reach, batch = in_dim(node, STATE, 0);
	int64_t ends = in_dim(node, ENDS, 0), channels = in_dim(node, 0, 1);
	if (!count_attr(inf, node, "state_update_capacity", 0, 0, &capacity) ||
		!count_attr(inf, node, "dilation", 1, 1, &dilation) ||
		!in_rank_is(inf, node, 0, 2) || !in_rank_is(inf, node, 1, 3) ||
		!in_rank_is(inf, node, ENDS, 1) ||
		!taps_reach(inf, node, in_dim(node, 1, 2), dilation, &reach) ||
		!channels_merge(inf, node, &channels))
		return false;
	if (dim_known(ends) && ends < 1)
		return node_refuse(inf, node,
			"input %d is empty, expected the begin of the first "
			"sequence and the end of each",
			ENDS);
	if (!dim_merge(batch, dim_known(ends) ? ends - 1 : DIM_UNKNOWN, &batch))
		return node_refuse(inf, node,
			"state is %s, there are ends of %lld sequences",
			shape_text(inf->ctx, in_shape(node, STATE)),
			(long long)(ends - 1));
	int64_t state[] = {batch, channels, reach};
	int64_t updates[] = {batch, capacity, channels};
	out_type(node, 1, in_type(node, 0));
	out_type(node, 2, in_type(node, 0));
	in_tensor(inf, node, ENDS); /* lowering reads them */
	return out_like(node, 0, in_shape(node, 0)) &&
		out_shape(inf, node, 1, 3, state) &&
		out_shape(inf, node, 2, 3, updates);
}
