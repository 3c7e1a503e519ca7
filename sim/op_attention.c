/* Attention: scores = Q K^T and Y = scores V for each head, scaling and softmax
 * left out; com.microsoft's Attention makes Q, K and V by one product. Keys
 * that the model says nothing attends to are not multiplied with. */
#include "sim/op_heads.h"

#include "base/checked.h"

#include <math.h>

/* --- what inputs say ------------------------------------------------------ */

/* A constant of one whole number; absent without one. */
static int64_t number(const struct op_work *work, int k, int64_t absent)
{
	const struct tensor *t = op_constant(work, k);
	return t && t->ints && t->count == 1 ? t->ints[0] : absent;
}

static bool flag(struct op_work *work, const char *name)
{
	int64_t value = 0;
	return node_attr(work->node, name) &&
		node_attr_int(work->ctx, work->node, name, 0, &value) && value;
}

/* clang-format off */
/* What differs: attributes that count the heads; inputs: past of K and V, which
 * may be one tensor; length of the past in use; length in use with the new
 * rows, of all and of each sequence (less one in GroupQueryAttention); mask. */
static const struct kin {
	enum op_id op;
	const char *heads, *kv_heads;
	int past, past_v, past_length, total, lengths, mask;
} kins[] = {
	{OP_ONNX_Attention,                     "q_num_heads", "kv_num_heads", 4, 5, -1, -1,  6,  3},
	{OP_MS_MultiHeadAttention,              "num_heads",   "num_heads",    6, 7,  8, -1, -1,  4},
	{OP_MS_DecoderMaskedMultiHeadAttention, "num_heads",   "num_heads",    5, 6,  7, -1, -1,  3},
	{OP_MS_GroupQueryAttention,             "num_heads",   "kv_num_heads", 3, 4, -1,  6,  5, -1},
	{OP_MS_SparseAttention,                 "num_heads",   "kv_num_heads", 3, 4, -1,  7,  8, -1},
	{OP_MS_Attention,                       "num_heads",   "num_heads",    4, 4,  6, -1, -1,  3},
	{OP_MS_QAttention,                      "num_heads",   "num_heads",    8, 8, -1, -1, -1,  5},
	{OP_MS_DecoderMaskedSelfAttention,      "num_heads",   "num_heads",    4, 4,  6, -1, -1,  3},
};
/* clang-format on */

static bool is_decoder(const struct kin *kin)
{
	return kin->op == OP_MS_DecoderMaskedMultiHeadAttention ||
		kin->op == OP_MS_DecoderMaskedSelfAttention;
}

/* Rows first to end - 1 of K are attended to. */
struct span {
	int64_t first, end;
};

/* The longest of [batch] lengths; with [2 * batch], where the first starts. */
static struct span span_of_lengths(
	const struct tensor *t, int64_t batch, int64_t more)
{
	struct span span = {0, 0};
	for (int64_t b = 0; b < batch; b++)
		if (t->ints[b] + more > span.end)
			span.end = t->ints[b] + more;
	if (t->count == 2 * batch) {
		span.first = span.end;
		for (int64_t b = batch; b < 2 * batch; b++)
			if (t->ints[b] < span.first)
				span.first = t->ints[b];
		if (span.first < 0)
			span.first = 0;
	}
	return span;
}

/* What is left between the columns that a mask blanks out at both ends. */
static struct span span_of_mask(const struct tensor *t, struct span all)
{
	int64_t columns = t->shape.dim[t->shape.rank - 1];
	struct span span = {columns, 0};
	for (int64_t i = 0; i < t->count; i++) {
		if (t->ints ? !t->ints[i] : isinf(t->floats[i]))
			continue;
		int64_t c = i % columns;
		span.first = c < span.first ? c : span.first;
		span.end = c >= span.end ? c + 1 : span.end;
	}
	return span.first < span.end ? span : all;
}

/* Of rows rows, of which fresh are new. */
static struct span span_of(const struct op_work *work, const struct kin *kin,
	bool past, int64_t batch, int64_t rows, int64_t fresh)
{
	struct span all = {0, rows};
	const struct tensor *lengths = op_constant(work, kin->lengths);
	bool grouped = kin->op == OP_MS_GroupQueryAttention;
	if (lengths && lengths->ints && lengths->count >= batch) {
		struct span span = span_of_lengths(lengths, batch, grouped);
		span.end = span.end < rows ? span.end : rows;
		return span;
	}
	all.end = number(work, kin->total, rows);
	int64_t before = past ? number(work, kin->past_length, -1) : -1;
	if (before >= 0 && before <= rows)
		all.end = before + fresh;
	if (all.end > rows)
		all.end = rows;
	const struct value *mask = kin->mask < 0
		? NULL
		: node_input(work->node, (size_t)kin->mask);
	const struct tensor *kept = op_constant(work, kin->mask);
	if (!mask || mask->shape.rank < 1)
		return all;
	bool standard = kin->op == OP_ONNX_Attention;
	int rank = mask->shape.rank;
	int64_t columns = mask->shape.dim[rank - 1];
	if (!standard && rank == 1)
		return kept && kept->ints && kept->count >= batch
			? span_of_lengths(kept, batch, 0)
			: all;
	if (standard && work->node->opset >= 24 && columns > 1 &&
		columns < rows)
		all.end = columns;
	else if (columns != rows || rank > (standard ? 4 : 3))
		return all;
	return kept ? span_of_mask(kept, all) : all;
}

/* --- the past --------------------------------------------------------------
 */

/* Rows that K has once the new ones have joined the past. */
static bool rows_joined(struct op_work *work, const struct kin *kin,
	int64_t past, int64_t fresh, int64_t *rows)
{
	const struct value *present = node_output(work->node, 1);
	int axis = kin->past == kin->past_v ? 3 : 2;
	bool shared = flag(work, "past_present_share_buffer") ||
		kin->op == OP_MS_SparseAttention ||
		(kin->op == OP_MS_MultiHeadAttention &&
			node_input(work->node, (size_t)kin->past_length));
	if (present && present->shape.rank == axis + 2 &&
		present->shape.dim[axis] > 0) {
		*rows = present->shape.dim[axis];
		return true;
	}
	if (shared) {
		*rows = past;
		return true;
	}
	if (!add_ok(past, fresh, rows))
		return op_refuse(work, "K passes 2^63 rows");
	if (kin->total >= 0)
		*rows = number(work, kin->total, *rows);
	if (kin->total >= 0 && *rows < past)
		*rows = past;
	return true;
}

/* K (part 0) or V with its past in front: an output, or a tensor of the
 * operator's own that holds the rows in use. */
static bool past_join(struct op_work *work, const struct kin *kin, int part,
	int64_t rows, const struct span *span, struct attention *a)
{
	struct op_operand *operand = part ? &a->v : &a->k;
	struct heads *heads = part ? &a->vh : &a->kh;
	bool both = kin->past == kin->past_v;
	const struct value *present =
		node_output(work->node, (size_t)(both ? 1 : 1 + part));
	int64_t elems, dims[] = {2, a->batch, heads->count, rows, heads->size};
	bool fits = present && present->shape.rank == 4 + both;
	for (int d = both ? 0 : 1; fits && d < 5; d++)
		fits = present->shape.dim[both ? d : d - 1] == dims[d];
	if (!fits)
		dims[3] = span->end - span->first;
	*operand = op_own(work, part ? "V with its past" : "K with its past", 4,
		dims + 1);
	if (!shape_elems(&operand->shape, &elems) ||
		!op_heads(&operand->shape, 0, heads))
		return op_refuse(work, "K or V passes 2^63 elements");
	heads->rows = span->end - span->first;
	if (!fits)
		return true;
	*operand =
		(struct op_operand){.value = present, .shape = present->shape};
	int bits = dtype_bits(present->type);
	int64_t block = bits ? 128 / bits : 1;
	if (is_decoder(kin) && !part && heads->size % block == 0 &&
		flag(work, "past_present_share_buffer")) {
		heads->row = heads->block = block;
		heads->block_step = rows * block;
	}
	heads->base = (both && part ? elems : 0) + span->first * heads->row;
	return true;
}

/* Puts the rows of K and V in use in place of the new ones. */
static bool keys_find(
	struct op_work *work, const struct kin *kin, struct attention *a)
{
	struct op_operand before, before_v;
	int64_t fresh = a->kh.rows, rows = fresh;
	bool both = kin->past == kin->past_v;
	bool past = node_input(work->node, (size_t)kin->past) != NULL;
	if (a->vh.rows != fresh)
		return op_refuse(work, "K has %lld rows, V %lld",
			(long long)fresh, (long long)a->vh.rows);
	if (past) {
		if (!op_take(work, (size_t)kin->past, &before) ||
			!op_take(work, (size_t)kin->past_v, &before_v))
			return false;
		if (before.shape.rank != 4 + both ||
			before_v.shape.rank != 4 + both)
			return op_refuse(work, "past of K is %s, of V %s",
				shape_text(work->ctx, &before.shape),
				shape_text(work->ctx, &before_v.shape));
		if (!rows_joined(work, kin, before.shape.dim[2 + both], fresh,
			    &rows))
			return false;
	}
	struct span span = span_of(work, kin, past, a->batch, rows, fresh);
	if (span.first < 0 || span.end > rows || span.first >= span.end)
		return op_refuse(work, "no rows of K, or more than %lld",
			(long long)rows);
	if (past)
		return past_join(work, kin, 0, rows, &span, a) &&
			past_join(work, kin, 1, rows, &span, a);
	a->kh.rows = a->vh.rows = span.end - span.first;
	a->kh.base += span.first * a->kh.row;
	a->vh.base += span.first * a->vh.row;
	return true;
}

/* --- Q, K and V as inputs ------------------------------------------------- */

/* Of DecoderMaskedMultiHeadAttention, V's rows may be wider. */
static int64_t past_width(const struct op_work *work, const struct kin *kin)
{
	const struct value *past = node_input(work->node, (size_t)kin->past_v);
	return is_decoder(kin) && past && past->shape.rank == 4
		? past->shape.dim[3]
		: 0;
}

static bool separate(struct op_work *work, const struct kin *kin)
{
	struct attention a = {.inside = true};
	int64_t heads, kv_heads;
	bool ok;
	if (!node_attr_int(work->ctx, work->node, kin->heads, 0, &heads) ||
		!node_attr_int(
			work->ctx, work->node, kin->kv_heads, 0, &kv_heads) ||
		!op_take(work, 0, &a.q))
		return false;
	const struct value *k = node_input(work->node, 1);
	if (!k && a.q.shape.rank == 5) {
		a.k = a.v = a.q;
		ok = op_heads_part(work, &a.q, 0, 3, &a.qh) &&
			op_heads_part(work, &a.q, 1, 3, &a.kh) &&
			op_heads_part(work, &a.q, 2, 3, &a.vh);
	} else if (!k) {
		ok = a.q.shape.rank == 3 &&
			op_heads_packed(work, heads, kv_heads,
				past_width(work, kin), &a);
	} else if (k->shape.rank == 5) {
		ok = op_take(work, 1, &a.k) &&
			op_heads(&a.q.shape, heads, &a.qh) &&
			op_heads_part(work, &a.k, 0, 2, &a.kh) &&
			op_heads_part(work, &a.k, 1, 2, &a.vh);
		a.v = a.k;
	} else {
		ok = op_take(work, 1, &a.k) && op_take(work, 2, &a.v) &&
			op_heads(&a.q.shape, heads, &a.qh) &&
			op_heads(&a.k.shape, kv_heads, &a.kh) &&
			op_heads(&a.v.shape, kv_heads, &a.vh);
	}
	if (!ok)
		return op_refuse(work,
			"Q, K and V are not heads of 3 or 4 dimensions, nor "
			"packed");
	a.batch = a.q.shape.dim[0];
	if (a.k.shape.dim[0] != a.batch || a.v.shape.dim[0] != a.batch)
		return op_refuse(work, "Q, K and V are of different batches");
	a.inside = kin->op != OP_ONNX_Attention || a.q.shape.rank == 3;
	return keys_find(work, kin, &a) && op_attention_add(work, &a);
}

/* --- with the projections ------------------------------------------------- */

static bool projecting(struct op_work *work, const struct kin *kin)
{
	struct attention a = {.inside = true};
	struct op_operand x;
	int64_t heads;
	if (!op_take(work, 0, &x) ||
		!node_attr_int(work->ctx, work->node, kin->heads, 0, &heads))
		return false;
	if (x.shape.rank != 3)
		return op_refuse(work, "X is %s, expected 3 dimensions",
			shape_text(work->ctx, &x.shape));
	a.batch = x.shape.dim[0];
	if (!op_project(work, a.batch, x.shape.dim[1], heads, &a) ||
		!keys_find(work, kin, &a))
		return false;
	a.q = op_project_part(work, a.batch, &a.qh);
	if (!node_input(work->node, (size_t)kin->past)) {
		a.k = op_project_part(work, a.batch, &a.kh);
		a.v = op_project_part(work, a.batch, &a.vh);
	}
	return op_attention_add(work, &a);
}

bool op_attention(struct op_work *work)
{
	const struct node *node = work->node;
	for (size_t i = 0; i < sizeof kins / sizeof *kins; i++)
		if (node_is(node, kins[i].op))
			return kins[i].past != kins[i].past_v
				? separate(work, &kins[i])
				: projecting(work, &kins[i]);
	return op_leave(work, "no such attention");
}
