/* Recurrent networks, attention, and what transformer optimisers fuse. */
#include "passes/attention.h"
#include "passes/shape_rule.h"

#include <string.h>

/* dim / parts where both are known and it goes even. */
static int64_t share(int64_t dim, int64_t parts)
{
	return dim_known(dim) && parts > 0 && dim % parts == 0 ? dim / parts
							       : DIM_UNKNOWN;
}

/* --- recurrent ----------------------------------------------------------- */

/* Y and the last states of a recurrent layer. */
static bool rnn_outputs(struct infer *inf, struct node *node,
	int64_t directions, int64_t hidden, bool batch_first)
{
	int64_t steps = in_dim(node, 0, batch_first ? 1 : 0);
	int64_t batch = in_dim(node, 0, batch_first ? 0 : 1);
	int64_t all[2][4] = {
		{steps, directions, batch,      hidden},
		{batch, steps,      directions, hidden}
        };
	int64_t last[2][3] = {
		{directions, batch,      hidden},
		{batch,      directions, hidden},
	};
	out_type(node, 1, in_type(node, 0));
	out_type(node, 2, in_type(node, 0));
	return out_shape(inf, node, 0, 4, all[batch_first]) &&
		out_shape(inf, node, 1, 3, last[batch_first]) &&
		out_shape(inf, node, 2, 3, last[batch_first]);
}

/* The attributes direction, layout and hidden_size. */
static bool rnn_attrs(struct infer *inf, struct node *node, int64_t *directions,
	int64_t *hidden, bool *batch_first)
{
	const char *direction;
	int64_t layout;
	if (!node_attr_string(
		    inf->ctx, node, "direction", "forward", &direction) ||
		!node_attr_int(inf->ctx, node, "layout", 0, &layout) ||
		!node_attr_int(
			inf->ctx, node, "hidden_size", DIM_UNKNOWN, hidden))
		return false;
	bool both = strcmp(direction, "bidirectional") == 0;
	if (!both && strcmp(direction, "forward") != 0 &&
		strcmp(direction, "reverse") != 0)
		return node_refuse(inf, node,
			"attribute 'direction' is '%s', expected forward, "
			"reverse or bidirectional",
			diag_quote(inf->ctx, direction));
	if (*hidden < 1 && node_attr(node, "hidden_size"))
		return node_refuse(inf, node, "attribute 'hidden_size' is %lld",
			(long long)*hidden);
	*directions = both ? 2 : 1;
	*batch_first = layout;
	return true;
}

int64_t rnn_gates(const struct node *node)
{
	return node_is(node, OP_ONNX_LSTM)   ? 4
		: node_is(node, OP_ONNX_GRU) ? 3
					     : 1;
}

/* X [steps][batch][inputs], W [directions][gates * hidden][inputs],
 * R [directions][gates * hidden][hidden] */
bool shape_rnn(struct infer *inf, struct node *node)
{
	int64_t gates = rnn_gates(node);
	int64_t directions, hidden, rows, same;
	bool batch_first;
	if (!rnn_attrs(inf, node, &directions, &hidden, &batch_first) ||
		!in_rank_is(inf, node, 0, 3) || !in_rank_is(inf, node, 1, 3) ||
		!in_rank_is(inf, node, 2, 3))
		return false;
	const struct shape *w = in_shape(node, 1), *r = in_shape(node, 2);
	if (hidden == DIM_UNKNOWN)
		hidden = in_dim(node, 2, 2);
	if (hidden == DIM_UNKNOWN)
		hidden = share(in_dim(node, 1, 1), gates);
	if (!dim_mul(gates, hidden, &rows))
		return node_overflow(inf, node);
	if (!dim_merge(in_dim(node, 2, 2), hidden, &same) ||
		!dim_merge(in_dim(node, 2, 1), rows, &same) ||
		!dim_merge(in_dim(node, 2, 0), directions, &same))
		return node_refuse(inf, node,
			"recurrence weight is %s; expected %lld directions of "
			"%lld x %lld",
			shape_text(inf->ctx, r), (long long)directions,
			(long long)rows, (long long)hidden);
	if (!dim_merge(in_dim(node, 1, 0), directions, &same) ||
		!dim_merge(in_dim(node, 1, 1), rows, &same) ||
		!dim_merge(in_dim(node, 1, 2), in_dim(node, 0, 2), &same))
		return node_refuse(inf, node,
			"weight is %s; expected %lld directions of %lld rows "
			"for its input %s",
			shape_text(inf->ctx, w), (long long)directions,
			(long long)rows,
			shape_text(inf->ctx, in_shape(node, 0)));
	return rnn_outputs(inf, node, directions, hidden, batch_first);
}

/* com.microsoft DynamicQuantizeLSTM: weights transposed. */
bool shape_quantized_lstm(struct infer *inf, struct node *node)
{
	int64_t directions, hidden;
	bool batch_first;
	if (!rnn_attrs(inf, node, &directions, &hidden, &batch_first) ||
		!in_rank_is(inf, node, 0, 3))
		return false;
	if (hidden == DIM_UNKNOWN)
		hidden = in_dim(node, 2, 1);
	return rnn_outputs(inf, node, directions, hidden, batch_first);
}

/* com.microsoft AttnLSTM: the rows of W go over the input and the attention.
 * Inputs 8 to 13: query and memory layer, attention vector, memory, its
 * lengths, attention layer. */
bool shape_attn_lstm(struct infer *inf, struct node *node)
{
	enum { GATES = 4 };
	int64_t directions, hidden, rows, same;
	bool batch_first;
	if (!rnn_attrs(inf, node, &directions, &hidden, &batch_first) ||
		!in_rank_is(inf, node, 0, 3) || !in_rank_is(inf, node, 1, 3) ||
		!in_rank_is(inf, node, 2, 3))
		return false;
	if (hidden == DIM_UNKNOWN)
		hidden = in_dim(node, 2, 2);
	if (!dim_mul(GATES, hidden, &rows))
		return node_overflow(inf, node);
	for (size_t k = 1; k < 3; k++)
		if (!dim_merge(in_dim(node, k, 0), directions, &same) ||
			!dim_merge(in_dim(node, k, 1), rows, &same))
			return node_refuse(inf, node,
				"input %zu is %s; expected %lld directions of "
				"%lld rows",
				k, shape_text(inf->ctx, in_shape(node, k)),
				(long long)directions, (long long)rows);
	return rnn_outputs(inf, node, directions, hidden, false);
}

/* --- attention ----------------------------------------------------------- */

static bool heads_attr(struct infer *inf, const struct node *node,
	const char *name, int64_t *out)
{
	if (!node_attr_int(inf->ctx, node, name, DIM_UNKNOWN, out))
		return false;
	if (*out < 0 && node_attr(node, name))
		return node_refuse(inf, node, "attribute '%s' is %lld", name,
			(long long)*out);
	if (*out == 0)
		*out = DIM_UNKNOWN; /* not given */
	return true;
}

/* Heads, sequence and head size of a 4-D [batch][heads][sequence][size] or 3-D
 * [batch][sequence][heads * size] operand. */
struct heads {
	int64_t count, sequence, size;
};

static struct heads heads_read(const struct node *node, size_t k, int64_t count)
{
	if (in_rank(node, k) == 4)
		return (struct heads){in_dim(node, k, 1), in_dim(node, k, 2),
			in_dim(node, k, 3)};
	return (struct heads){
		count, in_dim(node, k, 1), share(in_dim(node, k, 2), count)};
}

/* Keys or values together with those of earlier steps, whose elements may be
 * stored otherwise: output is [batch][heads][rows][size]. */
static bool present(struct infer *inf, struct node *node, size_t output,
	size_t past, int64_t batch, struct heads h)
{
	const struct attention_op *op = attention_op_of(node);
	int64_t dims[] = {batch, h.count, DIM_UNKNOWN, h.size};
	if (!attention_rows(inf->ctx, node, op, h.sequence, &dims[2]))
		return node_overflow(inf, node);
	if (node_input(node, past)) {
		out_type(node, output, in_type(node, past));
		if (dim_known(in_dim(node, past, 3)))
			dims[3] = in_dim(node, past, 3);
	}
	return out_shape(inf, node, output, 4, dims);
}

/* Q, K, V, mask, past key, past value */
bool shape_attention(struct infer *inf, struct node *node)
{
	int64_t q_heads, kv_heads, rows, total;
	if (!heads_attr(inf, node, "q_num_heads", &q_heads) ||
		!heads_attr(inf, node, "kv_num_heads", &kv_heads))
		return false;
	int rank = in_rank(node, 0);
	for (size_t k = 0; k < 3; k++) {
		if (in_rank(node, k) == RANK_UNKNOWN)
			return true;
		if (rank != 3 && rank != 4)
			return node_refuse(inf, node,
				"Q is %s; expected rank 3 or 4",
				shape_text(inf->ctx, in_shape(node, 0)));
		if (!in_rank_is(inf, node, k, rank))
			return false;
	}
	struct heads q = heads_read(node, 0, q_heads);
	struct heads key = heads_read(node, 1, kv_heads);
	struct heads v = heads_read(node, 2, kv_heads);
	int64_t same, batch = in_dim(node, 0, 0);
	if (!dim_merge(q.size, key.size, &same))
		return node_refuse(inf, node,
			"heads of Q %s have size %lld, those of K %s %lld",
			shape_text(inf->ctx, in_shape(node, 0)),
			(long long)q.size,
			shape_text(inf->ctx, in_shape(node, 1)),
			(long long)key.size);
	if (!dim_merge(key.sequence, v.sequence, &same))
		return node_refuse(inf, node, "K is %s, V is %s",
			shape_text(inf->ctx, in_shape(node, 1)),
			shape_text(inf->ctx, in_shape(node, 2)));
	if (!dim_mul(q.count, v.size, &rows) ||
		!dim_add(node_input(node, 4) ? in_dim(node, 4, 2) : 0,
			key.sequence, &total))
		return node_overflow(inf, node);
	int64_t flat[] = {batch, q.sequence, rows};
	int64_t split[] = {batch, q.count, q.sequence, v.size};
	int64_t scores[] = {batch, q.count, q.sequence, total};
	out_type(node, 1, in_type(node, 1));
	out_type(node, 2, in_type(node, 2));
	out_type(node, 3, in_type(node, 0));
	return present(inf, node, 1, 4, batch, key) &&
		present(inf, node, 2, 5, batch, v) &&
		out_shape(inf, node, 3, 4, scores) &&
		out_shape(inf, node, 0, rank, rank == 3 ? flat : split);
}

/* Hidden size of V in a weight that holds the projections to Q, K and V. */
static bool v_hidden(struct infer *inf, const struct node *node, int64_t *out)
{
	size_t count;
	const int64_t *sizes;
	if (!node_attr_ints(inf->ctx, node, "qkv_hidden_sizes", &count, &sizes))
		return false;
	if (count && count != 3)
		return node_refuse(inf, node,
			"attribute 'qkv_hidden_sizes' has %zu numbers, "
			"expected 3",
			count);
	*out = count ? sizes[2] : share(in_dim(node, 1, 1), 3);
	if (*out < 1 && count)
		return node_refuse(inf, node,
			"attribute 'qkv_hidden_sizes' has %lld",
			(long long)*out);
	return true;
}

/* com.microsoft: input [batch][sequence][hidden] (packed: [tokens][hidden]),
 * weight [hidden][q + k + v] */
static bool projected_attention(
	struct infer *inf, struct node *node, int rank, int64_t *hidden)
{
	int64_t same, dims[3];
	if (!in_rank_is(inf, node, 0, rank) || !in_rank_is(inf, node, 1, 2) ||
		!v_hidden(inf, node, hidden))
		return false;
	if (!dim_merge(in_dim(node, 0, rank - 1), in_dim(node, 1, 0), &same))
		return node_refuse(inf, node, "weight is %s, its input %s",
			shape_text(inf->ctx, in_shape(node, 1)),
			shape_text(inf->ctx, in_shape(node, 0)));
	for (int i = 0; i < rank - 1; i++)
		dims[i] = in_dim(node, 0, i);
	dims[rank - 1] = *hidden;
	return out_shape(inf, node, 0, rank, dims);
}

bool shape_packed_attention(struct infer *inf, struct node *node)
{
	int64_t hidden;
	return projected_attention(inf, node, 2, &hidden);
}

bool shape_ms_attention(struct infer *inf, struct node *node)
{
	const struct attention_op *op = attention_op_of(node);
	int64_t hidden, heads, rows;
	if (!heads_attr(inf, node, "num_heads", &heads) ||
		!projected_attention(inf, node, 3, &hidden))
		return false;
	if (!attention_rows(inf->ctx, node, op, in_dim(node, 0, 1), &rows))
		return node_overflow(inf, node);
	int64_t state[] = {
		2, in_dim(node, 0, 0), heads, rows, share(hidden, heads)};
	out_type(node, 1,
		in_type(node,
			node_input(node, (size_t)op->past_k)
				? (size_t)op->past_k
				: node_is(node, OP_MS_QAttention) ? 3
								  : 0));
	return out_shape(inf, node, 1, 5, state);
}

/* com.microsoft: query [tokens][heads * size], or everything packed as
 * [tokens][heads][3][size] */
bool shape_packed_multi_head_attention(struct infer *inf, struct node *node)
{
	int64_t hidden = in_dim(node, 0, 1);
	int rank = in_rank(node, 0);
	if (rank == RANK_UNKNOWN)
		return true;
	if (rank != 2 && rank != 4)
		return node_refuse(inf, node,
			"query is %s; expected rank 2 or 4",
			shape_text(inf->ctx, in_shape(node, 0)));
	if (rank == 4 && !dim_mul(hidden, in_dim(node, 0, 3), &hidden))
		return node_overflow(inf, node);
	if (node_input(node, 2))
		hidden = in_dim(node, 2, 1);
	int64_t dims[] = {in_dim(node, 0, 0), hidden};
	return out_shape(inf, node, 0, 2, dims);
}

/* com.microsoft: query [tokens][heads * size], alone when it holds keys and
 * values too; caches [blocks][rows][kv heads][size] go through. */
bool shape_paged_attention(struct infer *inf, struct node *node)
{
	int64_t heads, kv_heads, all, v_size, hidden;
	if (!heads_attr(inf, node, "num_heads", &heads) ||
		!heads_attr(inf, node, "kv_num_heads", &kv_heads) ||
		!heads_attr(inf, node, "v_head_size", &v_size) ||
		!in_rank_is(inf, node, 0, 2))
		return false;
	if (!dim_add(kv_heads, kv_heads, &all) || !dim_add(all, heads, &all))
		return node_overflow(inf, node);
	int64_t size =
		share(in_dim(node, 0, 1), node_input(node, 1) ? heads : all);
	if (!dim_mul(heads, v_size > 0 ? v_size : size, &hidden))
		return node_overflow(inf, node);
	int64_t dims[] = {in_dim(node, 0, 0), hidden};
	for (size_t k = 1; k <= 2; k++) {
		out_type(node, k, in_type(node, k + 2));
		out_like(node, k, in_shape(node, k + 2));
	}
	return out_shape(inf, node, 0, 2, dims);
}

/* Q K^T where it is an output: [batch][heads][sequence][keys] */
static bool scores(struct infer *inf, struct node *node, int64_t batch,
	int64_t heads, int64_t sequence, int64_t new_rows)
{
	const struct attention_op *op = attention_op_of(node);
	int64_t rows;
	if (!attention_number(inf->ctx, node, op->total, &rows) &&
		!attention_rows(inf->ctx, node, op, new_rows, &rows))
		return node_overflow(inf, node);
	int64_t dims[] = {
		batch, heads, sequence, rows >= 0 ? rows : DIM_UNKNOWN};
	out_type(node, 3, in_type(node, 0));
	return out_shape(inf, node, 3, 4, dims);
}

/* com.microsoft: query [batch][sequence][hidden], or everything packed as
 * [batch][sequence][heads][3][size] (by the decoder's form, side by side in a
 * row); key and value likewise, packed by two, or
 * [batch][heads][sequence][size] */
bool shape_multi_head_attention(struct infer *inf, struct node *node)
{
	const struct attention_op *op = attention_op_of(node);
	int64_t heads, hidden;
	if (!heads_attr(inf, node, "num_heads", &heads))
		return false;
	int rank = in_rank(node, 0), v_rank = in_rank(node, 2);
	if (rank == RANK_UNKNOWN)
		return true;
	if (rank != 3 && rank != 5)
		return node_refuse(inf, node,
			"query is %s; expected rank 3 or 5",
			shape_text(inf->ctx, in_shape(node, 0)));
	struct heads key = heads_read(node, 1, heads);
	struct heads v = heads_read(node, 2, heads);
	if (rank == 5) {
		key = v = (struct heads){
			heads, in_dim(node, 0, 1), in_dim(node, 0, 4)};
	} else if (in_rank(node, 1) == 5) {
		key = v = (struct heads){
			heads, in_dim(node, 1, 1), in_dim(node, 1, 4)};
	} else if (!node_input(node, 1)) {
		int64_t size = share(share(in_dim(node, 0, 2), 3), heads);
		key = v = (struct heads){heads, in_dim(node, 0, 1), size};
		/* V's rows may be wider: what the past says. */
		if (dim_known(in_dim(node, (size_t)op->past_v, 3)))
			v.size = in_dim(node, (size_t)op->past_v, 3);
		if (dim_known(in_dim(node, (size_t)op->past_k, 3)))
			key.size = in_dim(node, (size_t)op->past_k, 3);
	}
	if (rank == 3 && v_rank == 3)
		hidden = in_dim(node, 2, 2);
	else if (!dim_mul(heads, v.size, &hidden))
		return node_overflow(inf, node);
	int64_t dims[] = {in_dim(node, 0, 0), in_dim(node, 0, 1), hidden};
	out_type(node, 1, in_type(node, 0));
	out_type(node, 2, in_type(node, 0));
	return present(inf, node, 1, (size_t)op->past_k, dims[0], key) &&
		present(inf, node, 2, (size_t)op->past_v, dims[0], v) &&
		scores(inf, node, dims[0], heads, dims[1], key.sequence) &&
		out_shape(inf, node, 0, 3, dims);
}

/* com.microsoft: query [batch][sequence][heads * size], alone when it holds
 * keys and values too */
bool shape_group_query_attention(struct infer *inf, struct node *node)
{
	int64_t heads, kv_heads, all, hidden;
	if (!heads_attr(inf, node, "num_heads", &heads) ||
		!heads_attr(inf, node, "kv_num_heads", &kv_heads) ||
		!in_rank_is(inf, node, 0, 3))
		return false;
	if (!dim_add(kv_heads, kv_heads, &all) || !dim_add(all, heads, &all))
		return node_overflow(inf, node);
	bool packed = !node_input(node, 1);
	int64_t size = share(in_dim(node, 0, 2), packed ? all : heads);
	if (!dim_mul(heads, size, &hidden))
		return node_overflow(inf, node);
	int64_t dims[] = {in_dim(node, 0, 0), in_dim(node, 0, 1), hidden};
	struct heads key = {kv_heads, in_dim(node, packed ? 0 : 1, 1), size};
	out_type(node, 1, in_type(node, 0));
	out_type(node, 2, in_type(node, 0));
	return present(inf, node, 1, 3, dims[0], key) &&
		present(inf, node, 2, 4, dims[0], key) &&
		scores(inf, node, dims[0], heads, dims[1], key.sequence) &&
		out_shape(inf, node, 0, 3, dims);
}

/* Rows of a cache that DecoderAttention leaves behind: those of the query (self
 * attention) or of the key, behind or in place of the cache that it has. */
static bool decoder_rows(struct infer *inf, struct node *node, int64_t *rows)
{
	enum { STATIC_KV = 8, USE_PAST, HAS_STATE };
	int64_t of_key, past, state;
	*rows = DIM_UNKNOWN;
	if (!in_scalar(inf, node, STATIC_KV, &of_key) ||
		!in_scalar(inf, node, USE_PAST, &past) ||
		!in_scalar(inf, node, HAS_STATE, &state))
		return true;
	int64_t new_rows = in_dim(node, of_key ? 1 : 0, 0);
	int64_t cached = in_dim(node, 6, 2);
	if (past && state && !of_key)
		return dim_add(cached, new_rows, rows);
	*rows = past && state ? cached : new_rows;
	return true;
}

/* com.microsoft: query [sequence][batch][heads * size], key likewise; caches
 * [batch][heads][rows][size] */
bool shape_decoder_attention(struct infer *inf, struct node *node)
{
	int64_t heads, rows;
	if (!heads_attr(inf, node, "num_heads", &heads) ||
		!in_rank_is(inf, node, 0, 3) || !in_rank_is(inf, node, 1, 3))
		return false;
	if (!decoder_rows(inf, node, &rows))
		return node_overflow(inf, node);
	int64_t cache[] = {in_dim(node, 0, 1), heads, rows,
		share(in_dim(node, 0, 2), heads)};
	for (size_t k = 1; k <= 2; k++) {
		out_type(node, k, in_type(node, 0));
		out_shape(inf, node, k, 4, cache);
	}
	return out_like(node, 0, in_shape(node, 0));
}

/* com.microsoft: input [batch][sequence][hidden]; weights of Q, K and V apart,
 * V's is input 7 */
bool shape_qordered_attention(struct infer *inf, struct node *node)
{
	int64_t dims[] = {
		in_dim(node, 0, 0), in_dim(node, 0, 1), in_dim(node, 7, 1)};
	return in_rank_is(inf, node, 0, 3) && in_rank_is(inf, node, 7, 2) &&
		out_shape(inf, node, 0, 3, dims);
}

/* com.microsoft: query [batch][sequence][heads * size], or [tokens][...] with
 * the tokens' offsets [batch][sequence] as input 6; relative positions
 * [1][heads][sequence][sequence] */
bool shape_gated_position_bias(struct infer *inf, struct node *node)
{
	int64_t heads, batch = DIM_UNKNOWN;
	if (!heads_attr(inf, node, "num_heads", &heads) ||
		!in_rank_is(inf, node, 2, 4))
		return false;
	if (in_rank(node, 0) == 3)
		batch = in_dim(node, 0, 0);
	else if (in_rank(node, 0) == 2)
		batch = in_dim(node, 6, 0);
	int64_t dims[] = {batch, heads, in_dim(node, 2, 2), in_dim(node, 2, 3)};
	return out_shape(inf, node, 0, 4, dims);
}

/* ids [batch][sequence], segment ids, word embedding [words][hidden], ... */
bool shape_embed_layer_norm(struct infer *inf, struct node *node)
{
	int64_t dims[] = {
		in_dim(node, 0, 0), in_dim(node, 0, 1), in_dim(node, 2, 1)};
	out_type(node, 1, DTYPE_INT32);
	out_type(node, 2, in_type(node, 2));
	return in_rank_is(inf, node, 0, 2) && in_rank_is(inf, node, 2, 2) &&
		out_shape(inf, node, 0, 3, dims) &&
		out_shape(inf, node, 1, 1, dims) &&
		out_shape(inf, node, 2, 3, dims);
}

/* table [buckets][heads], query length, key length */
bool shape_relative_position_bias(struct infer *inf, struct node *node)
{
	int64_t dims[] = {1, in_dim(node, 0, 1), DIM_UNKNOWN, DIM_UNKNOWN};
	for (int i = 0; i < 2; i++) {
		int64_t length;
		if (in_scalar(inf, node, (size_t)i + 1, &length) && length >= 0)
			dims[2 + i] = length;
	}
	return out_shape(inf, node, 0, 4, dims);
}

/* embedding, q, q rotated, k, k rotated */
bool shape_gemma_rotary(struct infer *inf, struct node *node)
{
	(void)inf;
	out_type(node, 1, in_type(node, 3));
	return out_like(node, 0, in_shape(node, 1)) &&
		out_like(node, 1, in_shape(node, 3));
}
