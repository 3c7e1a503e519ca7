/* Matrix products. */
#include "passes/shape_rule.h"

#include <string.h>

/* An operand of a batched product, turned as its attributes say. */
struct matrix {
	int rank;
	int64_t dim[RANK_MAX];
	bool vector; /* a vector, seen as a matrix of one row or column */
};

/* Last two axes swapped; with batch, the first axis first goes behind the
 * batch axes. Vectors stay. */
static void matrix_read(
	const struct shape *in, bool trans, bool batch, struct matrix *out)
{
	*out = (struct matrix){.rank = in->rank, .vector = in->rank == 1};
	dims_copy(out->dim, in->dim, in->rank);
	if (in->rank < 2)
		return;
	if (batch) {
		int64_t first = out->dim[0];
		memmove(out->dim, out->dim + 1,
			(size_t)(in->rank - 2) * sizeof out->dim[0]);
		out->dim[in->rank - 2] = first;
	}
	if (trans) {
		int64_t last = out->dim[in->rank - 1];
		out->dim[in->rank - 1] = out->dim[in->rank - 2];
		out->dim[in->rank - 2] = last;
	}
}

static bool flag(
	struct infer *inf, const struct node *node, const char *name, bool *out)
{
	int64_t number;
	if (!node_attr_int(inf->ctx, node, name, 0, &number))
		return false;
	*out = number;
	return true;
}

/* numpy.matmul of inputs a and b. */
static bool matmul(
	struct infer *inf, struct node *node, size_t a_input, size_t b_input)
{
	const struct shape *a_shape = in_shape(node, a_input);
	const struct shape *b_shape = in_shape(node, b_input);
	bool trans_a, trans_b, batch_a, batch_b;
	struct matrix a, b;
	if (!flag(inf, node, "transA", &trans_a) ||
		!flag(inf, node, "transB", &trans_b) ||
		!flag(inf, node, "transBatchA", &batch_a) ||
		!flag(inf, node, "transBatchB", &batch_b) ||
		!in_rank_least(inf, node, a_input, 1) ||
		!in_rank_least(inf, node, b_input, 1))
		return false;
	if (a_shape->rank == RANK_UNKNOWN || b_shape->rank == RANK_UNKNOWN)
		return true;
	matrix_read(a_shape, trans_a, batch_a, &a);
	matrix_read(b_shape, trans_b, batch_b, &b);
	int64_t depth, dims[RANK_MAX];
	if (!dim_merge(a.dim[a.rank - 1], b.dim[b.vector ? 0 : b.rank - 2],
		    &depth))
		return node_refuse(inf, node,
			"inputs %s and %s: inner sizes %lld and %lld differ",
			shape_text(inf->ctx, a_shape),
			shape_text(inf->ctx, b_shape),
			(long long)a.dim[a.rank - 1],
			(long long)b.dim[b.vector ? 0 : b.rank - 2]);
	int rank = a.vector ? 0 : a.rank - 2;
	dims_copy(dims, a.dim, rank);
	if (!dims_broadcast(dims, &rank, b.dim, b.vector ? 0 : b.rank - 2))
		return node_refuse(inf, node,
			"inputs %s and %s: batch sizes do not broadcast",
			shape_text(inf->ctx, a_shape),
			shape_text(inf->ctx, b_shape));
	if (!a.vector)
		dims[rank++] = a.dim[a.rank - 2];
	if (!b.vector)
		dims[rank++] = b.dim[b.rank - 1];
	return out_shape(inf, node, 0, rank, dims);
}

bool shape_matmul(struct infer *inf, struct node *node)
{
	return matmul(inf, node, 0, 1);
}

/* a, scale, zero point, b, ... */
bool shape_qlinear_matmul(struct infer *inf, struct node *node)
{
	return matmul(inf, node, 0, 3);
}

/* a, scale, b, ... */
bool shape_qordered_matmul(struct infer *inf, struct node *node)
{
	return matmul(inf, node, 0, 2);
}

/* A [..][depth] by count weights of so many columns each. */
static bool products_by(struct infer *inf, struct node *node, int64_t depth,
	size_t count, const int64_t *cols)
{
	const struct shape *a = in_shape(node, 0);
	int64_t same, dims[RANK_MAX];
	if (!in_rank_least(inf, node, 0, 1))
		return false;
	for (size_t k = 0; k < count; k++)
		out_type(node, k, in_type(node, 0));
	if (a->rank == RANK_UNKNOWN)
		return true;
	if (!dim_merge(a->dim[a->rank - 1], depth, &same))
		return node_refuse(inf, node,
			"input is %s, its weight is for rows of %lld",
			shape_text(inf->ctx, a), (long long)depth);
	dims_copy(dims, a->dim, a->rank);
	for (size_t k = 0; k < count; k++) {
		dims[a->rank - 1] = cols[k];
		if (!out_shape(inf, node, k, a->rank, dims))
			return false;
	}
	return true;
}

/* Weights are packed; attributes say what they hold: K rows, and columns of one
 * name for each output. Behind these, the sum of the input and what is skipped.
 */
static bool packed(struct infer *inf, struct node *node, size_t count,
	const char *const *columns)
{
	enum { OUTPUTS = 3 };
	int64_t depth, cols[OUTPUTS];
	if (!node_attr_int(inf->ctx, node, "K", 0, &depth))
		return false;
	for (size_t k = 0; k < count; k++) {
		if (!node_attr_int(inf->ctx, node, columns[k], 0, &cols[k]))
			return false;
		if (depth < 1 || cols[k] < 1)
			return node_refuse(inf, node,
				"attributes K and %s are %lld and %lld",
				columns[k], (long long)depth,
				(long long)cols[k]);
	}
	out_type(node, count, in_type(node, 0));
	out_like(node, count, in_shape(node, 0));
	return products_by(inf, node, depth, count, cols);
}

/* com.microsoft MatMulNBits, MatMulNBitsMlp, MatMulBnb4 */
bool shape_matmul_packed(struct infer *inf, struct node *node)
{
	return packed(inf, node, 1, (const char *const[]){"N"});
}

bool shape_matmul_qkv_packed(struct infer *inf, struct node *node)
{
	return packed(inf, node, 3, (const char *const[]){"Nq", "Nkv", "Nkv"});
}

/* B [columns][depth], two elements a byte where it has 4 bits an element. */
bool shape_matmul_blocks(struct infer *inf, struct node *node)
{
	bool halved = node_is(node, OP_MS_MatMulBlockQuantizedFp4Weight);
	int64_t depth, cols = in_dim(node, 1, 0);
	if (!in_rank_is(inf, node, 1, 2))
		return false;
	if (!dim_mul(in_dim(node, 1, 1), halved ? 2 : 1, &depth))
		return node_overflow(inf, node);
	return products_by(inf, node, depth, 1, &cols);
}

/* [rows][cols] of matrices a and b, and the optional addend c. */
static bool gemm(
	struct infer *inf, struct node *node, size_t a, size_t b, size_t c)
{
	bool trans_a, trans_b;
	int64_t depth;
	if (!flag(inf, node, "transA", &trans_a) ||
		!flag(inf, node, "transB", &trans_b) ||
		!in_rank_is(inf, node, a, 2) || !in_rank_is(inf, node, b, 2))
		return false;
	int64_t a_depth = in_dim(node, a, !trans_a);
	int64_t b_depth = in_dim(node, b, trans_b);
	if (!dim_merge(a_depth, b_depth, &depth))
		return node_refuse(inf, node,
			"inputs %s%s and %s%s: inner sizes %lld and %lld "
			"differ",
			shape_text(inf->ctx, in_shape(node, a)),
			trans_a ? " transposed" : "",
			shape_text(inf->ctx, in_shape(node, b)),
			trans_b ? " transposed" : "", (long long)a_depth,
			(long long)b_depth);
	int64_t dims[] = {in_dim(node, a, trans_a), in_dim(node, b, !trans_b)};
	const struct shape *added = in_shape(node, c);
	int64_t sum[2] = {dims[0], dims[1]};
	int rank = 2;
	bool fits = added->rank <= 2 &&
		(added->rank < 1 ||
			dims_broadcast(sum, &rank, added->dim, added->rank));
	for (int i = 0; i < 2; i++) /* it must not grow the product */
		fits = fits &&
			(!dim_known(dims[i]) || !dim_known(sum[i]) ||
				sum[i] == dims[i]);
	if (!fits)
		return node_refuse(inf, node,
			"input %zu is %s, which does not broadcast to %s", c,
			shape_text(inf->ctx, added), dims_text(inf, 2, dims));
	return out_shape(inf, node, 0, 2, dims);
}

bool shape_gemm(struct infer *inf, struct node *node)
{
	return gemm(inf, node, 0, 1, 2);
}

bool shape_gemm_float8(struct infer *inf, struct node *node)
{
	return type_attr(inf, node, "dtype", DTYPE_FLOAT) &&
		gemm(inf, node, 0, 1, 2);
}

/* A, scale, zero point, B, scale, zero point, C, y scale, y zero point; without
 * the latter the result is float. */
bool shape_qgemm(struct infer *inf, struct node *node)
{
	out_type(node, 0, node_input(node, 8) ? in_type(node, 8) : DTYPE_FLOAT);
	return gemm(inf, node, 0, 3, 6);
}

/* Determinants of square matrices. */
bool shape_det(struct infer *inf, struct node *node)
{
	int rank = in_rank(node, 0);
	if (rank == RANK_UNKNOWN)
		return true;
	return in_rank_least(inf, node, 0, 2) &&
		out_shape(inf, node, 0, rank - 2, in_shape(node, 0)->dim);
}

/* Distances of the rows of two matrices. */
bool shape_cdist(struct infer *inf, struct node *node)
{
	int64_t dims[] = {in_dim(node, 0, 0), in_dim(node, 1, 0)};
	return in_rank_is(inf, node, 0, 2) && in_rank_is(inf, node, 1, 2) &&
		out_shape(inf, node, 0, 2, dims);
}

/* --- Einsum -------------------------------------------------------------- */

enum { LETTERS = 52 };

struct einsum {
	int64_t size[LETTERS];  /* of each letter */
	int times[LETTERS];     /* that it occurs in the terms */
	int64_t dots[RANK_MAX]; /* sizes that '...' stands for */
	int dots_rank;
};

static int letter_index(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	return c >= 'a' && c <= 'z' ? c - 'a' + 26 : -1;
}

/* One term of the equation as indices of letters, LETTERS for '...'; *text is
 * moved behind it. -1: not a term. */
static int term_read(const char **text, int out[RANK_MAX + 1])
{
	int count = 0;
	bool dots = false;
	for (;; (*text)++) {
		int index = letter_index(**text);
		if (**text == ' ')
			continue;
		if (strncmp(*text, "...", 3) == 0 && !dots) {
			dots = true;
			index = LETTERS;
			*text += 2;
		} else if (index < 0) {
			return **text == '.' ? -1 : count;
		}
		if (count > RANK_MAX)
			return -1;
		out[count++] = index;
	}
}

static bool einsum_input(struct infer *inf, const struct node *node, size_t k,
	const int *term, int letters, struct einsum *e)
{
	const struct shape *in = in_shape(node, k);
	int dots = 0;
	for (int i = 0; i < letters; i++)
		dots += term[i] == LETTERS;
	int spare = in->rank - (letters - dots); /* axes of '...' */
	if (spare < 0 || (spare > 0 && !dots))
		return node_refuse(inf, node,
			"input %zu is %s, the equation has %d letters for it",
			k, shape_text(inf->ctx, in), letters - dots);
	for (int i = 0, axis = 0; i < letters; i++) {
		if (term[i] == LETTERS) {
			if (!dims_broadcast(e->dots, &e->dots_rank,
				    in->dim + axis, spare))
				return node_refuse(inf, node,
					"input %zu is %s: what '...' stands "
					"for does not broadcast",
					k, shape_text(inf->ctx, in));
			axis += spare;
			continue;
		}
		int64_t *size = &e->size[term[i]];
		int64_t before = e->times[term[i]]++ ? *size : 1;
		if (!dim_broadcast(before, in->dim[axis], size))
			return node_refuse(inf, node,
				"input %zu is %s: size %lld of axis %d differs "
				"from %lld of the same letter",
				k, shape_text(inf->ctx, in),
				(long long)in->dim[axis], axis,
				(long long)before);
		axis++;
	}
	return true;
}

bool shape_einsum(struct infer *inf, struct node *node)
{
	const char *text;
	struct einsum e = {.dots_rank = 0};
	int term[RANK_MAX + 1], letters = 0;
	if (!node_attr_string(inf->ctx, node, "equation", "", &text))
		return false;
	const char *whole = diag_quote(inf->ctx, text);
	for (size_t k = 0; k < node->input_count; k++)
		if (in_rank(node, k) == RANK_UNKNOWN)
			return true;
	for (size_t k = 0; k < node->input_count; k++) {
		letters = term_read(&text, term);
		bool last = k + 1 == node->input_count;
		if (letters < 0 || (!last && *text != ','))
			return node_refuse(inf, node,
				"equation '%s' has no term for input %zu of "
				"%zu",
				whole, k, node->input_count);
		if (!einsum_input(inf, node, k, term, letters, &e))
			return false;
		if (!last)
			text++;
	}
	if (strncmp(text, "->", 2) == 0) {
		text += 2;
		letters = term_read(&text, term);
	} else {
		/* Without one: '...', then letters that occur once. */
		letters = 0;
		term[letters++] = LETTERS;
		for (int i = 0; i < LETTERS && letters <= RANK_MAX; i++)
			if (e.times[i] == 1)
				term[letters++] = i;
	}
	if (letters < 0 || *text)
		return node_refuse(inf, node,
			"equation '%s' cannot be read at '%s'", whole,
			diag_quote(inf->ctx, text));
	int64_t dims[2 * RANK_MAX + 1];
	int rank = 0;
	for (int i = 0; i < letters; i++) {
		if (term[i] == LETTERS) {
			dims_copy(dims + rank, e.dots, e.dots_rank);
			rank += e.dots_rank;
		} else if (!e.times[term[i]]) {
			return node_refuse(inf, node,
				"equation '%s' has a letter in its output that "
				"no input has",
				whole);
		} else {
			dims[rank++] = e.size[term[i]];
		}
	}
	return out_shape(inf, node, 0, rank, dims);
}
