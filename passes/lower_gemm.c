/* Matrix products: Gemm, MatMul, and their fused and integer forms. */
#include "passes/lower_rules.h"

#include "base/checked.h"

#include <string.h>

/* Inputs of the operators that do not have A and B first, or that multiply
 * other elements than those of A: made ones (undefined: A's). */
static const struct product_inputs {
	enum op_id op;
	size_t a, b;
	enum dtype made;
} product_inputs[] = {
	{OP_MS_DynamicQuantizeMatMul, 0, 1, DTYPE_UINT8    },
	{OP_MS_QGemm,                 0, 3, DTYPE_UNDEFINED},
	{OP_ONNX_QLinearMatMul,       0, 3, DTYPE_UNDEFINED},
};

static enum outcome take_product(struct lowering *lo)
{
	struct product_inputs from = {.a = 0, .b = 1, .made = DTYPE_UNDEFINED};
	for (size_t i = 0; i < sizeof product_inputs / sizeof *product_inputs;
		i++)
		if (node_is(lo->node, product_inputs[i].op))
			from = product_inputs[i];
	enum outcome outcome = lower_take_operands(lo, from.a, from.b);
	if (from.made != DTYPE_UNDEFINED) {
		lo->type[OPND_I] = from.made;
		lo->type[OPND_O] = lower_sum_type(lo->type[OPND_I],
			lo->type[OPND_W], lo->type[OPND_O]);
	}
	return outcome;
}

static bool flag_read(struct lowering *lo, const char *name, bool *out)
{
	int64_t value;
	if (!node_attr_int(lo->ctx, lo->node, name, 0, &value))
		return false;
	*out = value != 0;
	return true;
}

static enum outcome sizes_differ(
	struct lowering *lo, int64_t a, int64_t b, bool trans_a, bool trans_b)
{
	return lower_refuse(lo,
		"A is %s%s and B is %s%s: the sum runs over %lld of A and %lld "
		"of B",
		shape_text(lo->ctx, &lo->layer.input_shape),
		trans_a ? " transposed" : "",
		shape_text(lo->ctx, &lo->layer.weight_shape),
		trans_b ? " transposed" : "", (long long)a, (long long)b);
}

enum outcome lower_gemm(struct lowering *lo)
{
	bool ta, tb;
	enum outcome outcome = take_product(lo);
	if (outcome != OUTCOME_LAYER)
		return outcome;
	const struct shape *a = &lo->layer.input_shape;
	const struct shape *b = &lo->layer.weight_shape;
	if (a->rank != 2 || b->rank != 2)
		return lower_refuse(lo,
			"A is %s and B is %s, expected matrices",
			shape_text(lo->ctx, a), shape_text(lo->ctx, b));
	if (!flag_read(lo, "transA", &ta) || !flag_read(lo, "transB", &tb))
		return OUTCOME_ERROR;
	int64_t rows = a->dim[ta], sum = a->dim[!ta], columns = b->dim[!tb];
	if (b->dim[tb] != sum)
		return sizes_differ(lo, sum, b->dim[tb], ta, tb);
	struct product product = {0};
	product_put(&product, rows, columns, ta ? 1 : sum, 0);
	product_put(&product, columns, 1, 0, tb ? sum : 1);
	product_put(&product, sum, 0, ta ? rows : 1, tb ? 1 : columns);
	outcome = product_lower(lo, &product);
	if (outcome != OUTCOME_LAYER)
		return outcome;
	return lower_set_output(lo, 2, (int64_t[]){rows, columns});
}

/* --- MatMul -------------------------------------------------------------- */

/* An operand as batch dimensions, rows and columns, whatever its rank and
 * transposition. */
struct matrices {
	int batch; /* dimensions */
	int64_t size[RANK_MAX], pitch[RANK_MAX];
	int64_t rows, row_pitch, columns, column_pitch;
};

/* Pitches of a dense tensor: the operands have fewer than 2^53 elements. */
static void dense_pitches(const struct shape *shape, int64_t *pitch)
{
	int64_t elems = 1;
	for (int d = shape->rank - 1; d >= 0; d--) {
		pitch[d] = elems;
		elems *= shape->dim[d];
	}
}

/* transposed swaps rows and columns; batch_inside (FusedMatMul's transBatch)
 * says that the rows stand before the batch dimensions. A vector is a row, or
 * with as_column a column, and stays one whatever is transposed. */
static struct matrices matrices_of(const struct shape *shape, bool transposed,
	bool batch_inside, bool as_column)
{
	struct matrices m = {.rows = 1, .columns = 1};
	int64_t pitch[RANK_MAX];
	dense_pitches(shape, pitch);
	int last = shape->rank - 1;
	if (shape->rank == 1) {
		*(as_column ? &m.rows : &m.columns) = shape->dim[0];
		*(as_column ? &m.row_pitch : &m.column_pitch) = 1;
		return m;
	}
	int row = batch_inside ? 0 : last - 1;
	m.batch = shape->rank - 2;
	for (int d = 0; d < m.batch; d++) {
		m.size[d] = shape->dim[d + batch_inside];
		m.pitch[d] = pitch[d + batch_inside];
	}
	m.rows = shape->dim[transposed ? last : row];
	m.row_pitch = pitch[transposed ? last : row];
	m.columns = shape->dim[transposed ? row : last];
	m.column_pitch = pitch[transposed ? row : last];
	return m;
}

/* Size and pitch of batch dimension d of count, aligned at the last. */
static int64_t batch_size(const struct matrices *m, int d, int count)
{
	int own = d - (count - m->batch);
	return own < 0 ? 1 : m->size[own];
}

static int64_t batch_pitch(const struct matrices *m, int d, int count)
{
	int own = d - (count - m->batch);
	return own < 0 || m->size[own] == 1 ? 0 : m->pitch[own];
}

enum outcome lower_matmul(struct lowering *lo)
{
	bool ta, tb, batch_a, batch_b;
	enum outcome outcome = take_product(lo);
	if (outcome != OUTCOME_LAYER)
		return outcome;
	const struct shape *a = &lo->layer.input_shape;
	const struct shape *b = &lo->layer.weight_shape;
	if (a->rank == 0 || b->rank == 0)
		return lower_refuse(lo,
			"A is %s and B is %s, expected at least one dimension",
			shape_text(lo->ctx, a), shape_text(lo->ctx, b));
	if (!flag_read(lo, "transA", &ta) || !flag_read(lo, "transB", &tb) ||
		!flag_read(lo, "transBatchA", &batch_a) ||
		!flag_read(lo, "transBatchB", &batch_b))
		return OUTCOME_ERROR;
	struct matrices x = matrices_of(a, ta, batch_a, false);
	struct matrices y = matrices_of(b, tb, batch_b, true);
	if (x.columns != y.rows)
		return sizes_differ(lo, x.columns, y.rows, ta, tb);

	int count = x.batch > y.batch ? x.batch : y.batch, rank = 0;
	int64_t out[RANK_MAX + 2], pitch[RANK_MAX];
	for (int d = 0; d < count; d++) {
		int64_t p = batch_size(&x, d, count);
		int64_t q = batch_size(&y, d, count);
		if (p != q && p != 1 && q != 1)
			return lower_refuse(lo,
				"A is %s and B is %s: batch sizes %lld and "
				"%lld do not agree",
				shape_text(lo->ctx, a), shape_text(lo->ctx, b),
				(long long)p, (long long)q);
		out[rank++] = p > q ? p : q;
	}
	if (a->rank > 1)
		out[rank++] = x.rows;
	if (b->rank > 1)
		out[rank++] = y.columns;
	outcome = lower_set_output(lo, rank, out);
	if (outcome != OUTCOME_LAYER)
		return outcome;
	dense_pitches(&lo->layer.output_shape, pitch);

	struct product product = {0};
	for (int d = 0; d < count; d++)
		product_put(&product, out[d], pitch[d],
			batch_pitch(&x, d, count), batch_pitch(&y, d, count));
	product_put(&product, x.rows, y.columns, x.row_pitch, 0);
	product_put(&product, y.columns, 1, 0, y.column_pitch);
	product_put(&product, x.columns, 0, x.column_pitch, y.row_pitch);
	return product_lower(lo, &product);
}

/* --- MatMul with a packed B ---------------------------------------------- */

enum dtype lower_packed_type(int64_t bits)
{
	switch (bits) {
	case 2:
		return DTYPE_UINT2;
	case 4:
		return DTYPE_UINT4;
	case 8:
		return DTYPE_UINT8;
	default:
		return DTYPE_UNDEFINED;
	}
}

/* A product with a packed B: B is [columns][sum] of few bits an element, in
 * bytes. Products are of A's floats: B is unpacked on its way to the register
 * files. */
struct packed {
	const struct value *a, *b, *y; /* a, y NULL: made by the operator */
	int64_t rows, sum, columns;
	int64_t pitch; /* of a row of B, in elements */
	enum dtype type;
};

/* The numbers that MatMulNBits and its kin have as attributes. */
static enum outcome packed_read(
	struct lowering *lo, const char *columns, struct packed *p)
{
	int64_t bits, block, held, needed;
	const struct shape *b = &p->b->shape;
	if (!node_attr_int(lo->ctx, lo->node, "K", 0, &p->sum) ||
		!node_attr_int(lo->ctx, lo->node, columns, 0, &p->columns) ||
		!node_attr_int(lo->ctx, lo->node, "bits", 4, &bits) ||
		!node_attr_int(lo->ctx, lo->node, "block_size", 1, &block))
		return OUTCOME_ERROR;
	p->type = lower_packed_type(bits);
	if (p->type == DTYPE_UNDEFINED)
		return lower_refuse(lo, "bits is %lld, expected 2, 4 or 8",
			(long long)bits);
	/* MatMulNBits pads B's rows to whole blocks. */
	p->pitch = p->sum;
	if (b->rank == 3 && b->dim[0] == p->columns &&
		!mul_ok(b->dim[1], block, &p->pitch))
		p->pitch = 0;
	shape_elems(b, &held); /* bytes */
	if (p->columns < 1 || p->pitch < p->sum ||
		!mul_ok(p->pitch, p->columns, &needed) ||
		needed > held * (8 / bits))
		return lower_refuse(lo,
			"B is %s bytes, expected %lld x %lld elements of %lld "
			"bits",
			shape_text(lo->ctx, b), (long long)p->columns,
			(long long)p->sum, (long long)bits);
	return OUTCOME_LAYER;
}

static enum outcome packed_lower(struct lowering *lo, const struct packed *p)
{
	struct product product = {0};
	lo->operand[OPND_I] = p->a;
	lo->operand[OPND_W] = p->b;
	lo->operand[OPND_O] = p->y;
	lo->type[OPND_I] = node_input(lo->node, 0)->type;
	lo->type[OPND_W] = p->type;
	lo->type[OPND_O] = lower_result(lo->node)->type;
	product_put(&product, p->rows, p->columns, p->sum, 0);
	product_put(&product, p->columns, 1, 0, p->pitch);
	product_put(&product, p->sum, 0, 1, 1);
	return product_lower(lo, &product);
}

/* The result has A's dimensions, with so many columns. */
static enum outcome packed_output(struct lowering *lo, int64_t columns)
{
	const struct shape *a = &lo->layer.input_shape;
	int64_t out[RANK_MAX];
	memcpy(out, a->dim, (size_t)a->rank * sizeof *out);
	out[a->rank - 1] = columns;
	return lower_set_output(lo, a->rank, out);
}

/* Rows of A, whose last dimension has to be 'sum'. */
static enum outcome packed_rows(struct lowering *lo, int64_t sum, int64_t *rows)
{
	const struct shape *a = &lo->layer.input_shape;
	if (a->rank < 1 || a->dim[a->rank - 1] != sum)
		return lower_refuse(lo,
			"A is %s, expected its last dimension to be K, %lld",
			shape_text(lo->ctx, a), (long long)sum);
	shape_elems(a, rows);
	*rows /= sum;
	return OUTCOME_LAYER;
}

enum outcome lower_matmul_packed(struct lowering *lo)
{
	enum outcome outcome = lower_take_operands(lo, 0, 1);
	if (outcome != OUTCOME_LAYER)
		return outcome;
	struct packed p = {.a = node_input(lo->node, 0),
		.b = node_input(lo->node, 1),
		.y = lower_result(lo->node)};
	outcome = packed_read(lo, "N", &p);
	if (outcome == OUTCOME_LAYER)
		outcome = packed_rows(lo, p.sum, &p.rows);
	if (outcome == OUTCOME_LAYER)
		outcome = packed_output(lo, p.columns);
	return outcome == OUTCOME_LAYER ? packed_lower(lo, &p) : outcome;
}

/* com.microsoft MatMulBlockQuantizedFp4Weight, ...Fp8Weight: B [columns][sum]
 * of floats of 4 bits, two a byte, or of 8. */
enum outcome lower_matmul_blocks(struct lowering *lo)
{
	bool halved = node_is(lo->node, OP_MS_MatMulBlockQuantizedFp4Weight);
	enum outcome outcome = lower_take_operands(lo, 0, 1);
	if (outcome != OUTCOME_LAYER)
		return outcome;
	const struct shape *b = &lo->layer.weight_shape;
	if (b->rank != 2)
		return lower_refuse(lo, "B is %s, expected a matrix",
			shape_text(lo->ctx, b));
	/* 2^53 bytes at most */
	struct packed p = {.a = node_input(lo->node, 0),
		.b = node_input(lo->node, 1),
		.y = lower_result(lo->node),
		.sum = b->dim[1] * (halved ? 2 : 1),
		.columns = b->dim[0],
		.type = halved ? DTYPE_FLOAT4E2M1 : DTYPE_FLOAT8E4M3FN};
	p.pitch = p.sum;
	outcome = packed_rows(lo, p.sum, &p.rows);
	if (outcome == OUTCOME_LAYER)
		outcome = packed_output(lo, p.columns);
	return outcome == OUTCOME_LAYER ? packed_lower(lo, &p) : outcome;
}

/* Operators of several packed weights and one A, which they normalise first
 * where they have a scale for that. Weights and columns of each; the results of
 * MatMulNBitsMlp are multiplied with each other by the host. */
enum { NORM_SCALE = 2, WEIGHTS_MOST = 3 };
struct packed_kin {
	int count;
	bool outputs; /* each result is one */
	size_t weight[WEIGHTS_MOST];
	const char *role[WEIGHTS_MOST], *columns[WEIGHTS_MOST];
};

/* clang-format off */
static const struct packed_kin
	packed_mlp = {2, false, {3, 6},    {"gate_B", "up_B"},    {"N", "N"}},
	packed_qkv = {3, true,  {3, 6, 9}, {"q_B", "k_B", "v_B"}, {"Nq", "Nkv", "Nkv"}};
/* clang-format on */

enum outcome lower_matmuls_packed(struct lowering *lo)
{
	const struct packed_kin *kin = node_is(lo->node, OP_MS_MatMulNBitsMlp)
		? &packed_mlp
		: &packed_qkv;
	const struct node *node = lo->node;
	const struct value *a = node_input(node, 0);
	enum outcome outcome = lower_take_operands(lo, 0, kin->weight[0]);
	for (int k = 0; outcome == OUTCOME_LAYER && k < kin->count; k++) {
		struct packed p = {.a = node_input(node, NORM_SCALE) ? NULL : a,
			.b = node_input(node, kin->weight[k])};
		outcome = lower_take(lo, p.b, kin->role[k]);
		if (outcome == OUTCOME_LAYER)
			outcome = packed_read(lo, kin->columns[k], &p);
		if (outcome == OUTCOME_LAYER)
			outcome = packed_rows(lo, p.sum, &p.rows);
		if (kin->outputs)
			p.y = node_output(node, (size_t)k);
		bool first = kin->outputs ? p.y && p.y == lower_result(node)
					  : k == 0;
		if (outcome == OUTCOME_LAYER && first)
			outcome = packed_output(lo, p.columns);
		if (outcome == OUTCOME_LAYER)
			outcome = packed_lower(lo, &p);
	}
	return outcome;
}
