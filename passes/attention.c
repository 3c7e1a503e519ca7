/* The operators with their inputs as a table, and the constants that they are
 * given. */
#include "passes/attention.h"

#include "base/checked.h"
#include "passes/value_rule.h"

#include <math.h>

/* clang-format off */
static const struct attention_op attention_ops[] = {
	/*                                         heads          kv_heads        projects buffer         reorders */
	{OP_ONNX_Attention,                       "q_num_heads", "kv_num_heads", false,   BUFFER_JOINED, false,
		.past_k = 4, .past_v = 5, .past_length = -1, .total = -1, .lengths = 6, .mask = 3,
		.presents = 0x76 /* 1 2 4 5 6 */},
	{OP_MS_MultiHeadAttention,                "num_heads",   NULL,           false,   BUFFER_TOLD,   false,
		.past_k = 6, .past_v = 7, .past_length = 8,  .total = -1, .lengths = -1, .mask = 4,
		.presents = 0x3ce /* 1 2 3, 6 to 9 */},
	{OP_MS_DecoderMaskedMultiHeadAttention,   "num_heads",   NULL,           false,   BUFFER_ASKED,  true,
		.past_k = 5, .past_v = 6, .past_length = 7,  .total = -1, .lengths = -1, .mask = 3,
		.presents = 0x7e6 /* 1 2, 5 to 10 */},
	{OP_MS_GroupQueryAttention,               "num_heads",   "kv_num_heads", false,   BUFFER_GREW,   false,
		.past_k = 3, .past_v = 4, .past_length = -1, .total = 6,  .lengths = 5,
		.length_offset = 1, .mask = -1,
		.presents = 0x33fe /* 1 to 9, 12 13 */},
	{OP_MS_SparseAttention,                   "num_heads",   "kv_num_heads", false,   BUFFER_SHARED, false,
		.past_k = 3, .past_v = 4, .past_length = -1, .total = 7,  .lengths = 8, .mask = -1},
	{OP_MS_Attention,                         "num_heads",   NULL,           true,    BUFFER_ASKED,  false,
		.past_k = 4, .past_v = 4, .past_length = 6,  .total = -1, .lengths = -1, .mask = 3},
	{OP_MS_QAttention,                        "num_heads",   NULL,           true,    BUFFER_ASKED,  false,
		.past_k = 8, .past_v = 8, .past_length = -1, .total = -1, .lengths = -1, .mask = 5},
	{OP_MS_DecoderMaskedSelfAttention,        "num_heads",   NULL,           true,    BUFFER_ASKED,  true,
		.past_k = 4, .past_v = 4, .past_length = 6,  .total = -1, .lengths = -1, .mask = 3},
};

static const struct sequence_op sequence_ops[] = {
	{OP_MS_PackedAttention,          .ends = 4, .table = 3, .past = -1},
	{OP_MS_PackedMultiHeadAttention, .ends = 5, .table = 4, .past = -1},
	{OP_MS_PagedAttention,           .ends = 5, .table = 7, .past = 6},
};
/* clang-format on */

const struct attention_op *attention_op_of(const struct node *node)
{
	for (size_t i = 0; i < sizeof attention_ops / sizeof *attention_ops;
		i++)
		if (node_is(node, attention_ops[i].id))
			return &attention_ops[i];
	return NULL;
}

const struct sequence_op *sequence_op_of(const struct node *node)
{
	for (size_t i = 0; i < sizeof sequence_ops / sizeof *sequence_ops; i++)
		if (node_is(node, sequence_ops[i].id))
			return &sequence_ops[i];
	return NULL;
}

/* --- constants ------------------------------------------------------------ */

const struct tensor *attention_tensor(
	struct ctx *ctx, const struct node *node, int k)
{
	struct value *value = k < 0 ? NULL : node_input(node, (size_t)k);
	struct model *model = node->graph ? node->graph->model : NULL;
	int64_t elems;
	if (!value || value->is_sequence)
		return NULL;
	if (!value->data && value->init && model && model->load &&
		shape_tracked(&value->shape, &elems) &&
		(!model->load(ctx, model, value, CONST_ELEMS_MAX) ||
			(value->data && value->data->count != elems)))
		value->data = NULL;
	return value->data && tensor_complete(value->data) ? value->data : NULL;
}

bool attention_number(
	struct ctx *ctx, const struct node *node, int k, int64_t *out)
{
	const struct tensor *tensor = attention_tensor(ctx, node, k);
	if (!tensor || !tensor->ints || tensor->count != 1)
		return false;
	*out = tensor->ints[0];
	return true;
}

/* --- rows ----------------------------------------------------------------- */

bool attention_shares(
	struct ctx *ctx, const struct node *node, const struct attention_op *op)
{
	int64_t asked = 0;
	switch (op->buffer) {
	case BUFFER_SHARED:
		return true;
	case BUFFER_ASKED:
		return node_attr(node, "past_present_share_buffer") &&
			node_attr_int(ctx, node, "past_present_share_buffer", 0,
				&asked) &&
			asked;
	case BUFFER_TOLD:
		return node_input(node, (size_t)op->past_length) != NULL;
	default:
		return false;
	}
}

/* K's rows in the file's shape of the present, where they may be those of past
 * and new ones together. */
static int64_t rows_stored(
	const struct node *node, int64_t past, int64_t joined)
{
	const struct value *present = node_output(node, 1);
	if (!present || present->stored.rank != 4)
		return DIM_UNKNOWN;
	int64_t rows = present->stored.dim[2];
	return rows >= 1 && rows >= past && (rows <= joined || joined < 0)
		? rows
		: DIM_UNKNOWN;
}

bool attention_rows(struct ctx *ctx, const struct node *node,
	const struct attention_op *op, int64_t new_rows, int64_t *out)
{
	const struct value *before = node_input(node, (size_t)op->past_k);
	int axis = op->past_k == op->past_v ? 3 : 2;
	int64_t total,
		past = !before ? 0
		: in_rank(node, (size_t)op->past_k) == axis + 2
		? before->shape.dim[axis]
		: DIM_UNKNOWN;
	if (before && attention_shares(ctx, node, op)) {
		*out = past;
		return true;
	}
	if (!dim_add(past, new_rows, out))
		return false;
	if (op->buffer != BUFFER_GREW)
		return true;
	if (attention_number(ctx, node, op->total, &total) && total >= 0) {
		*out = !dim_known(past) ? DIM_UNKNOWN
			: total > past  ? total
					: past;
		return true;
	}
	int64_t stored = rows_stored(node, past, *out);
	if (before && dim_known(stored))
		*out = stored;
	return true;
}

/* The columns of a mask that keep something in one of its rows: the last
 * dimension of [...][keys]. */
static void span_of_mask(const struct tensor *mask, struct key_span *span)
{
	int64_t keys = mask->shape.dim[mask->shape.rank - 1];
	int64_t first = keys, end = 0;
	for (int64_t i = 0; i < mask->count; i++) {
		bool keeps = mask->ints ? mask->ints[i] != 0
					: !isinf(mask->floats[i]);
		if (!keeps)
			continue;
		first = i % keys < first ? i % keys : first;
		end = i % keys + 1 > end ? i % keys + 1 : end;
	}
	/* Where all is masked out, all weigh the same. */
	if (first < end)
		*span = (struct key_span){first, end - first};
}

/* [batch]: lengths; [2 * batch]: ends, then starts; [3 * batch + 2]: lengths,
 * then sums of lengths. */
static bool span_of_lengths(struct ctx *ctx, const struct node *node,
	const struct tensor *lengths, int64_t batch, int64_t offset,
	int64_t rows, struct key_span *span)
{
	const struct loc loc = node_loc(node);
	int64_t first = 0, end = 0;
	if (batch < 1 || lengths->count < batch)
		return true;
	for (int64_t b = 0; b < batch; b++) {
		int64_t length;
		if (!add_ok(lengths->ints[b], offset, &length) || length < 0 ||
			length > rows)
			return diag_error(ctx, &loc,
				"sequence %lld has %lld keys, expected 0 to "
				"%lld, as K has rows",
				(long long)b, (long long)lengths->ints[b],
				(long long)(rows - offset));
		end = length > end ? length : end;
	}
	if (lengths->count == 2 * batch) {
		first = rows;
		for (int64_t b = 0; b < batch; b++)
			if (lengths->ints[batch + b] < first)
				first = lengths->ints[batch + b];
		first = first < 0 ? 0 : first > end ? end : first;
	}
	*span = (struct key_span){first, end - first};
	return true;
}

static bool span_by_mask(struct ctx *ctx, const struct node *node,
	const struct attention_op *op, int64_t rows, struct key_span *span)
{
	const struct value *value =
		op->mask < 0 ? NULL : node_input(node, (size_t)op->mask);
	if (!value || value->shape.rank < 1)
		return true;
	int rank = value->shape.rank;
	int64_t keys = value->shape.dim[rank - 1];
	const struct tensor *mask = attention_tensor(ctx, node, op->mask);
	bool of_rows = op->id == OP_ONNX_Attention;
	if (rank == 1 && !of_rows)
		return !mask || !mask->ints ||
			span_of_lengths(ctx, node, mask, in_dim(node, 0, 0), 0,
				rows, span);
	/* From opset 24 on, -infinity stands behind a shorter mask. */
	if (of_rows && node->opset >= 24 && keys > 1 && keys < rows)
		*span = (struct key_span){0, keys};
	else if (keys != rows || rank > (of_rows ? 4 : 3))
		return true;
	if (mask)
		span_of_mask(mask, span);
	return true;
}

bool attention_span(struct ctx *ctx, const struct node *node,
	const struct attention_op *op, int64_t rows, int64_t new_rows,
	struct key_span *out)
{
	const struct loc loc = node_loc(node);
	const struct value *before = node_input(node, (size_t)op->past_k);
	const struct tensor *lengths = attention_tensor(ctx, node, op->lengths);
	int64_t total = rows, past, batch = in_dim(node, 0, 0);
	if (lengths && (!lengths->ints || lengths->count < batch))
		lengths = NULL;
	*out = (struct key_span){0, rows};
	/* Without a past, there are the new rows and no others. */
	if (attention_number(ctx, node, op->total, &total) && !before &&
		total > rows)
		total = rows;
	if (before && attention_number(ctx, node, op->past_length, &past) &&
		!add_ok(past, new_rows, &total))
		total = -1;
	if (lengths && before)
		return span_of_lengths(ctx, node, lengths, batch,
			op->length_offset, rows, out);
	if (total < 0 || total > rows)
		return diag_error(ctx, &loc,
			"%lld rows of K are in use, expected 0 to %lld, as it "
			"has",
			(long long)total, (long long)rows);
	out->count = total;
	if (lengths) {
		struct key_span found = *out;
		if (!span_of_lengths(ctx, node, lengths, batch,
			    op->length_offset, INT64_MAX, &found))
			return false;
		out->count = found.count < rows ? found.count : rows;
		return true;
	}
	return span_by_mask(ctx, node, op, rows, out);
}

/* --- sequences behind each other ------------------------------------------ */

/* Appends a sequence, to the last run where it is of that kind. */
static void run_add(struct sequence_run *runs, size_t *count,
	const struct sequence_run *next)
{
	struct sequence_run *last = *count ? &runs[*count - 1] : NULL;
	if (!next->count || !next->rows || !next->keys)
		return;
	if (last && last->rows == next->rows && last->keys == next->keys &&
		last->first + last->count * last->rows == next->first)
		last->count += next->count;
	else
		runs[(*count)++] = *next;
}

static bool batch_of(const struct node *node, const struct sequence_op *op,
	int64_t *batch, const struct value **open)
{
	const struct value *ends = node_input(node, (size_t)op->ends);
	*batch = in_dim(node, (size_t)op->table, 0);
	if (!dim_known(*batch) && dim_known(in_dim(node, (size_t)op->ends, 0)))
		*batch = in_dim(node, (size_t)op->ends, 0) - 1;
	if (dim_known(*batch))
		return true;
	*open = ends ? ends : node_input(node, 0);
	return false;
}

/* The keys of a sequence whose past is not known: as many as its blocks hold.
 */
static int64_t keys_of_blocks(
	const struct node *node, const struct sequence_op *op)
{
	int64_t keys;
	return dim_mul(in_dim(node, (size_t)op->table, 1), in_dim(node, 3, 1),
		       &keys)
		? keys
		: DIM_UNKNOWN;
}

bool sequences_of(struct ctx *ctx, const struct node *node,
	const struct sequence_op *op, int64_t tokens, struct sequence_run **out,
	size_t *count, const struct value **open)
{
	const struct loc loc = node_loc(node);
	const struct tensor *ends = attention_tensor(ctx, node, op->ends);
	const struct tensor *past = attention_tensor(ctx, node, op->past);
	int64_t batch, blocks = DIM_UNKNOWN;
	*count = 0;
	if (!batch_of(node, op, &batch, open))
		return true;
	if (batch < 1)
		return diag_error(ctx, &loc,
			"%lld sequences, expected 1 or "
			"more",
			(long long)batch);
	ends = ends && ends->ints && ends->count == batch + 1 ? ends : NULL;
	past = past && past->ints && past->count == batch ? past : NULL;
	if (op->past >= 0 && !past) {
		blocks = keys_of_blocks(node, op);
		if (!dim_known(blocks)) {
			*open = node_input(node, (size_t)op->table);
			return true;
		}
	}
	/* Not one by one where that many are the same. */
	int64_t one = ends || past ? 1 : batch;
	*out = arena_array(
		&ctx->arena, one == 1 ? (size_t)batch : 2, sizeof **out);
	int64_t at = 0, longer = tokens % batch;
	for (int64_t b = 0; b < batch;) {
		int64_t times = one == 1 ? 1
			: b < longer     ? longer
					 : batch - longer;
		int64_t rows = tokens / batch + (b < longer);
		if (ends) /* at is not negative */
			rows = ends->ints[b] != at || ends->ints[b + 1] < at
				? -1
				: ends->ints[b + 1] - at;
		if (rows < 0 || rows > tokens - at)
			return diag_error(ctx, &loc,
				"sequence %lld of %lld ends behind token %lld, "
				"expected rising ends from 0 to %lld",
				(long long)b, (long long)batch,
				(long long)ends->ints[b + 1],
				(long long)tokens);
		int64_t keys = rows;
		if (past &&
			(past->ints[b] < 0 ||
				!add_ok(rows, past->ints[b], &keys)))
			return diag_error(ctx, &loc,
				"the past of sequence %lld has %lld rows",
				(long long)b, (long long)past->ints[b]);
		if (op->past >= 0 && !past)
			keys = blocks > rows ? blocks : rows;
		const struct sequence_run next = {times, at, rows, keys};
		run_add(*out, count, &next);
		at += times * rows;
		b += times;
	}
	return true;
}
