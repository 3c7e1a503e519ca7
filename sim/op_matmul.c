/* Gemm, MatMul, and their fused, integer and packed forms. */
#include "sim/op_rules.h"

#include "base/checked.h"

#include <string.h>

/* An operand as matrices: batch dimensions as they align with those of the
 * result, rows and columns of one of them. */
struct matrices {
	int64_t batch[RANK_MAX], row, column; /* pitches */
	int64_t batch_size[RANK_MAX], rows, columns;
};

struct matmul_rule {
	struct matrices a, b;
	int batches;        /* dimensions of the result before its rows */
	bool rows, columns; /* dimensions of the result: absent for vectors */
};

static void matmul_terms(const struct op_product *product, const int64_t *at,
	struct op_terms *terms)
{
	const struct matmul_rule *r = product->rule;
	int d = 0;
	terms->in = terms->weight = 0;
	for (; d < r->batches; d++) {
		terms->in += at[d] * r->a.batch[d];
		terms->weight += at[d] * r->b.batch[d];
	}
	if (r->rows)
		terms->in += at[d++] * r->a.row;
	if (r->columns)
		terms->weight += at[d] * r->b.column;
	op_put_dim(terms, r->a.columns, r->a.column, r->b.row);
}

static bool flag_read(struct op_work *work, const char *name, bool *out)
{
	int64_t value;
	if (!node_attr_int(work->ctx, work->node, name, 0, &value))
		return false;
	*out = value != 0;
	return true;
}

/* A and B: inputs 0 and 1, or 0 and 3 with scales and zero points between. */
static bool operands_take(struct op_work *work, struct op_product *product)
{
	bool quantised = node_is(work->node, OP_ONNX_QLinearMatMul) ||
		node_is(work->node, OP_MS_QGemm);
	return op_take(work, 0, &product->in) &&
		op_take(work, quantised ? 3 : 1, &product->weight);
}

static bool sizes_refuse(struct op_work *work, const struct op_product *product)
{
	return op_refuse(work, "A is %s and B is %s: their sizes do not agree",
		shape_text(work->ctx, &product->in.shape),
		shape_text(work->ctx, &product->weight.shape));
}

/* The last two of order[rank] are rows and columns, the others the batch, which
 * ends at dimension 'batches' of the result. */
static struct matrices matrices_of(
	const struct shape *shape, const int *order, int batches)
{
	struct matrices m = {.row = 0};
	int64_t pitch[RANK_MAX];
	op_pitches(shape, pitch);
	int own = shape->rank - 2;
	for (int d = 0; d < batches; d++) {
		int from = d - (batches - own);
		int64_t size = from < 0 ? 1 : shape->dim[order[from]];
		m.batch_size[d] = size;
		m.batch[d] = size == 1 ? 0 : pitch[order[from]];
	}
	m.rows = shape->dim[order[own]];
	m.row = pitch[order[own]];
	m.columns = shape->dim[order[own + 1]];
	m.column = pitch[order[own + 1]];
	return m;
}

bool op_gemm(struct op_work *work)
{
	struct op_product product = {.terms = matmul_terms};
	bool ta, tb;
	if (!operands_take(work, &product) || !flag_read(work, "transA", &ta) ||
		!flag_read(work, "transB", &tb))
		return false;
	const struct shape *a = &product.in.shape, *b = &product.weight.shape;
	if (a->rank != 2 || b->rank != 2)
		return sizes_refuse(work, &product);
	struct matmul_rule r = {.rows = true, .columns = true};
	r.a = matrices_of(a, (int[]){ta, !ta}, 0);
	r.b = matrices_of(b, (int[]){tb, !tb}, 0);
	if (r.a.columns != r.b.rows)
		return sizes_refuse(work, &product);
	if (!op_result(
		    work, 2, (int64_t[]){r.a.rows, r.b.columns}, &product.out))
		return false;
	op_add(work, &product, &r, sizeof r);
	return true;
}

/* --- MatMul --------------------------------------------------------------- */

/* transBatch (of FusedMatMul): the rows stand before the batch dimensions. */
static void order_of(int rank, bool transposed, bool batch, int *order)
{
	int rows = rank - 2;
	for (int d = 0; d < rank; d++)
		order[d] = d;
	if (batch) {
		for (int d = 0; d < rows; d++)
			order[d] = d + 1;
		order[rows] = 0;
	}
	if (transposed) {
		int row = order[rows];
		order[rows] = order[rows + 1];
		order[rows + 1] = row;
	}
}

/* A vector counts as a row of A, or a column of B, whatever is transposed. */
static struct shape as_matrix(
	struct op_work *work, const struct shape *shape, bool column)
{
	if (shape->rank != 1)
		return *shape;
	int64_t n = shape->dim[0];
	return shape_make(
		work->ctx, 2, (int64_t[]){column ? n : 1, column ? 1 : n});
}

/* Reads trans and transBatch of one operand. */
static bool operand_read(struct op_work *work, const struct op_operand *operand,
	char letter, int batches, struct matrices *out)
{
	struct ctx *ctx = work->ctx;
	bool transposed, batch, vector = operand->shape.rank == 1;
	if (!flag_read(work, arena_printf(&ctx->arena, "trans%c", letter),
		    &transposed) ||
		!flag_read(work,
			arena_printf(&ctx->arena, "transBatch%c", letter),
			&batch))
		return false;
	struct shape shape = as_matrix(work, &operand->shape, letter == 'B');
	int order[RANK_MAX];
	order_of(shape.rank, transposed && !vector, batch && !vector, order);
	*out = matrices_of(&shape, order, batches);
	return true;
}

bool op_matmul(struct op_work *work)
{
	struct op_product product = {.terms = matmul_terms};
	struct matmul_rule r = {.batches = 0};
	if (!operands_take(work, &product))
		return false;
	int a = product.in.shape.rank, b = product.weight.shape.rank;
	if (a < 1 || b < 1)
		return sizes_refuse(work, &product);
	r.batches = (a > b ? a : b) - 2;
	if (r.batches < 0)
		r.batches = 0;
	r.rows = a > 1;
	r.columns = b > 1;
	if (!operand_read(work, &product.in, 'A', r.batches, &r.a) ||
		!operand_read(work, &product.weight, 'B', r.batches, &r.b))
		return false;
	int64_t out[RANK_MAX];
	int rank = 0;
	for (; rank < r.batches; rank++) {
		int64_t p = r.a.batch_size[rank], q = r.b.batch_size[rank];
		if (p != q && p != 1 && q != 1)
			return sizes_refuse(work, &product);
		out[rank] = p == 1 ? q : p;
	}
	if (r.a.columns != r.b.rows)
		return sizes_refuse(work, &product);
	if (r.rows)
		out[rank++] = r.a.rows;
	if (r.columns)
		out[rank++] = r.b.columns;
	if (!op_result(work, rank, out, &product.out))
		return false;
	op_add(work, &product, &r, sizeof r);
	return true;
}

/* --- MatMulNBits, MatMulBnb4 ---------------------------------------------- */

/* B is unpacked to columns x sum; MatMulNBits pads its rows to whole blocks,
 * but for the last one. */
bool op_matmul_packed(struct op_work *work)
{
	struct op_product product = {.terms = matmul_terms};
	int64_t sum, columns, block, bits;
	if (!op_take(work, 0, &product.in) ||
		!node_attr_int(work->ctx, work->node, "K", 0, &sum) ||
		!node_attr_int(work->ctx, work->node, "N", 0, &columns) ||
		!node_attr_int(
			work->ctx, work->node, "block_size", 1, &block) ||
		!node_attr_int(work->ctx, work->node, "bits", 4, &bits))
		return false;
	if (!node_is(work->node, OP_MS_MatMulNBits))
		block = 1;
	const struct shape *a = &product.in.shape;
	int64_t elems, padded;
	if (sum < 1 || columns < 1 || block < 1 || a->rank < 1 ||
		a->dim[a->rank - 1] != sum ||
		!mul_ok(ceil_div(sum, block), block, &padded) ||
		!mul_ok(padded, columns, &elems))
		return op_refuse(work,
			"A is %s, K %lld, N %lld, block_size %lld: they do not "
			"agree",
			shape_text(work->ctx, a), (long long)sum,
			(long long)columns, (long long)block);
	int64_t used = (columns - 1) * padded + sum;
	product.weight =
		op_own(work, "B, unpacked: columns x padded rows", 1, &used);
	if (bits == 8 && !op_take(work, 1, &product.weight)) /* as it is */
		return false;
	if (!shape_elems(&product.weight.shape, &elems) || elems < used)
		return op_refuse(work, "B is %s, expected %lld elements",
			shape_text(work->ctx, &product.weight.shape),
			(long long)used);
	struct matmul_rule r = {.batches = a->rank - 1, .columns = true};
	op_pitches(a, r.a.batch);
	r.a.columns = sum;
	r.a.column = r.b.row = 1;
	r.b.column = padded;
	int64_t out[RANK_MAX];
	memcpy(out, a->dim, (size_t)a->rank * sizeof *out);
	out[a->rank - 1] = columns;
	if (!op_result(work, a->rank, out, &product.out))
		return false;
	op_add(work, &product, &r, sizeof r);
	return true;
}

/* --- several packed B, and B of few bits a float ---------------------------
 */

/* A [..][sum] by B [columns][sum], whose rows are 'padded' elements apart. */
static void add_rows_product(struct op_work *work, const struct op_operand *a,
	const struct op_operand *b, const struct op_operand *out, int64_t sum,
	int64_t padded)
{
	int last = out->shape.rank - 1;
	struct op_strided r = {.sums = 1, .sum = {{sum, 1, 1}}};
	int64_t pitch[RANK_MAX];
	op_pitches(&a->shape, pitch);
	for (int d = 0; d < last; d++)
		r.dim[d].in = pitch[d];
	r.dim[last].weight = padded;
	op_add_strided(work, out, a, b, &r);
}

static bool rows_refuse(struct op_work *work, const struct op_operand *a,
	int64_t columns, int64_t sum)
{
	return op_refuse(work, "A is %s, B is for %lld columns of %lld",
		shape_text(work->ctx, &a->shape), (long long)columns,
		(long long)sum);
}

bool op_matmul_blocks(struct op_work *work)
{
	bool halved = node_is(work->node, OP_MS_MatMulBlockQuantizedFp4Weight);
	struct op_operand a, b, out;
	int64_t dims[RANK_MAX], sum;
	if (!op_take(work, 0, &a) || !op_take(work, 1, &b))
		return false;
	if (b.shape.rank != 2 || a.shape.rank < 1 ||
		!mul_ok(b.shape.dim[1], halved ? 2 : 1, &sum) ||
		a.shape.dim[a.shape.rank - 1] != sum)
		return rows_refuse(work, &a, 0, 0);
	int64_t columns = b.shape.dim[0], elems;
	if (!mul_ok(columns, sum, &elems))
		return rows_refuse(work, &a, columns, sum);
	if (halved)
		b = op_own(work, "B, unpacked: columns x rows", 1, &elems);
	memcpy(dims, a.shape.dim, (size_t)a.shape.rank * sizeof *dims);
	dims[a.shape.rank - 1] = columns;
	if (!op_result(work, a.shape.rank, dims, &out))
		return false;
	add_rows_product(work, &a, &b, &out, sum, sum);
	return true;
}

/* One of the products of MatMulNBitsMlp and MatMulNBitsQkv, by B in input k;
 * its result is output 'o', or the operator's own where that is -1. */
static bool add_packed(struct op_work *work, const struct op_operand *a,
	size_t k, const char *columns_name, int o)
{
	struct op_operand b, out;
	const struct node *node = work->node;
	int64_t sum, columns, block, bits, padded, elems, dims[RANK_MAX];
	if (!op_take(work, k, &b) ||
		!node_attr_int(work->ctx, node, "K", 0, &sum) ||
		!node_attr_int(work->ctx, node, columns_name, 0, &columns) ||
		!node_attr_int(work->ctx, node, "block_size", 1, &block) ||
		!node_attr_int(work->ctx, node, "bits", 4, &bits))
		return false;
	int last = a->shape.rank - 1;
	if (last < 0 || sum < 1 || columns < 1 || block < 1 ||
		a->shape.dim[last] != sum ||
		!mul_ok(ceil_div(sum, block), block, &padded) ||
		!mul_ok(padded, columns, &elems))
		return rows_refuse(work, a, columns, sum);
	elems += sum - padded;
	if (bits != 8)
		b = op_own(
			work, "B, unpacked: columns x padded rows", 1, &elems);
	memcpy(dims, a->shape.dim, (size_t)a->shape.rank * sizeof *dims);
	dims[last] = columns;
	out = op_own(work, "A by B", last + 1, dims);
	if (o >= 0 && node_output(node, (size_t)o)) {
		out.value = node_output(node, (size_t)o);
		out.own = NULL;
	}
	add_rows_product(work, a, &b, &out, sum, padded);
	return true;
}

bool op_matmuls_packed(struct op_work *work)
{
	enum { NORM_SCALE = 2 };
	struct op_operand a;
	if (!op_take(work, 0, &a))
		return false;
	if (node_input(work->node, NORM_SCALE))
		a = op_own(work, "A, normalised", a.shape.rank, a.shape.dim);
	if (node_is(work->node, OP_MS_MatMulNBitsMlp))
		return add_packed(work, &a, 3, "N", -1) &&
			add_packed(work, &a, 6, "N", -1);
	return add_packed(work, &a, 3, "Nq", 0) &&
		add_packed(work, &a, 6, "Nkv", 1) &&
		add_packed(work, &a, 9, "Nkv", 2);
}
