/* Operators that pick elements by index, order them or reduce them. */
#include "passes/shape_rule.h"

#include "passes/value_rule.h"

#include <string.h>

/* Appends count dims; false with a refusal beyond RANK_MAX. */
static bool dims_append(struct infer *inf, const struct node *node,
	int64_t *dims, int *rank, const int64_t *more, int count)
{
	if (!out_rank_ok(inf, node, (int64_t)*rank + count))
		return false;
	dims_copy(dims + *rank, more, count);
	*rank += count;
	return true;
}

/* data[.. axis), indices, data(axis ..] */
bool shape_gather(struct infer *inf, struct node *node)
{
	const struct shape *data = in_shape(node, 0), *at = in_shape(node, 1);
	int64_t dims[RANK_MAX];
	int axis, rank = 0;
	if (data->rank == RANK_UNKNOWN)
		return true;
	if (!axis_attr(inf, node, "axis", 0, data->rank, &axis))
		return false;
	if (at->rank == RANK_UNKNOWN)
		return true;
	return dims_append(inf, node, dims, &rank, data->dim, axis) &&
		dims_append(inf, node, dims, &rank, at->dim, at->rank) &&
		dims_append(inf, node, dims, &rank, data->dim + axis + 1,
			data->rank - axis - 1) &&
		out_shape(inf, node, 0, rank, dims);
}

/* Packed rows are unpacked: the last axis (or quantize_axis) of 4-bit data
 * stored in bytes is twice as long. */
bool shape_gather_block_quantized(struct infer *inf, struct node *node)
{
	const struct shape *data = in_shape(node, 0), *at = in_shape(node, 1);
	int64_t dims[RANK_MAX], wide[RANK_MAX], bits;
	int axis, packed, rank = 0;
	if (data->rank == RANK_UNKNOWN || at->rank == RANK_UNKNOWN)
		return true;
	if (!axis_attr(inf, node, "gather_axis", 0, data->rank, &axis) ||
		!axis_attr(inf, node, "quantize_axis", data->rank - 1,
			data->rank, &packed) ||
		!node_attr_int(inf->ctx, node, "bits", 4, &bits))
		return false;
	dims_copy(wide, data->dim, data->rank);
	if (in_type(node, 0) == DTYPE_UINT8 && bits > 0 && bits < 8 &&
		!dim_mul(wide[packed], 8 / bits, &wide[packed]))
		return node_overflow(inf, node);
	return dims_append(inf, node, dims, &rank, wide, axis) &&
		dims_append(inf, node, dims, &rank, at->dim, at->rank) &&
		dims_append(inf, node, dims, &rank, wide + axis + 1,
			data->rank - axis - 1) &&
		out_shape(inf, node, 0, rank, dims);
}

bool shape_torch_embedding(struct infer *inf, struct node *node)
{
	const struct shape *at = in_shape(node, 1);
	int64_t dims[RANK_MAX];
	int rank = 0;
	if (at->rank == RANK_UNKNOWN || !in_rank_is(inf, node, 0, 2))
		return at->rank == RANK_UNKNOWN;
	return dims_append(inf, node, dims, &rank, at->dim, at->rank) &&
		dims_append(inf, node, dims, &rank,
			(int64_t[]){in_dim(node, 0, 1)}, 1) &&
		out_shape(inf, node, 0, rank, dims);
}

bool shape_gather_elements(struct infer *inf, struct node *node)
{
	const struct shape *data = in_shape(node, 0), *at = in_shape(node, 1);
	int axis;
	if (data->rank != RANK_UNKNOWN) {
		if (!axis_attr(inf, node, "axis", 0, data->rank, &axis) ||
			!in_rank_is(inf, node, 1, data->rank))
			return false;
	}
	return out_like(node, 0, at);
}

/* indices without its last axis, which says how many axes of data it indexes */
bool shape_gather_nd(struct infer *inf, struct node *node)
{
	const struct shape *data = in_shape(node, 0), *at = in_shape(node, 1);
	int64_t dims[RANK_MAX], batch;
	int rank = 0;
	if (!node_attr_int(inf->ctx, node, "batch_dims", 0, &batch))
		return false;
	if (data->rank == RANK_UNKNOWN || at->rank == RANK_UNKNOWN)
		return true;
	if (!in_rank_least(inf, node, 0, 1) || !in_rank_least(inf, node, 1, 1))
		return false;
	if (batch < 0 || batch >= at->rank || batch >= data->rank)
		return node_refuse(inf, node,
			"attribute 'batch_dims' is %lld for data %s and "
			"indices %s",
			(long long)batch, shape_text(inf->ctx, data),
			shape_text(inf->ctx, at));
	int64_t depth = at->dim[at->rank - 1];
	if (!dim_known(depth))
		return true;
	if (depth < 1 || depth > data->rank - batch)
		return node_refuse(inf, node,
			"its indices %s name %lld axes of data %s",
			shape_text(inf->ctx, at), (long long)depth,
			shape_text(inf->ctx, data));
	int skip = (int)(batch + depth);
	return dims_append(inf, node, dims, &rank, at->dim, at->rank - 1) &&
		dims_append(inf, node, dims, &rank, data->dim + skip,
			data->rank - skip) &&
		out_shape(inf, node, 0, rank, dims);
}

bool shape_scatter(struct infer *inf, struct node *node)
{
	const struct shape *data = in_shape(node, 0);
	int axis;
	if (data->rank != RANK_UNKNOWN &&
		(!axis_attr(inf, node, "axis", 0, data->rank, &axis) ||
			!in_rank_is(inf, node, 1, data->rank)))
		return false;
	return out_like(node, 0, data);
}

bool shape_scatter_nd(struct infer *inf, struct node *node)
{
	return in_rank_least(inf, node, 0, 1) &&
		in_rank_least(inf, node, 1, 1) &&
		out_like(node, 0, in_shape(node, 0));
}

/* indices with an axis of depth more */
bool shape_one_hot(struct infer *inf, struct node *node)
{
	const struct shape *at = in_shape(node, 0);
	int64_t dims[RANK_MAX], depth = DIM_UNKNOWN;
	int axis, rank = 0;
	if (at->rank == RANK_UNKNOWN)
		return true;
	const struct tensor *t = in_tensor(inf, node, 1);
	if (t && t->count == 1 && tensor_complete(t)) {
		double number = tensor_double(t, 0);
		/* NaN fails, too. */
		if (!(number >= 0))
			return node_refuse(
				inf, node, "its depth is %g", number);
		if (t->ints)
			depth = t->ints[0];
		else if (number < 0x1p53)
			depth = (int64_t)number;
	}
	return axis_attr(inf, node, "axis", -1, at->rank + 1, &axis) &&
		dims_append(inf, node, dims, &rank, at->dim, axis) &&
		dims_append(inf, node, dims, &rank, &depth, 1) &&
		dims_append(inf, node, dims, &rank, at->dim + axis,
			at->rank - axis) &&
		out_shape(inf, node, 0, rank, dims);
}

/* --- sizes that hang on values ------------------------------------------- */

/* [rank, found]; the value rule knows how many of a constant. */
bool shape_non_zero(struct infer *inf, struct node *node)
{
	int rank = in_rank(node, 0);
	if (runtime_reading(inf, rank == 0, "NonZero of a scalar"))
		rank = 1;
	return out_shape(inf, node, 0, 2,
		(int64_t[]){rank < 0 ? DIM_UNKNOWN : rank, DIM_UNKNOWN});
}

bool shape_non_max_suppression(struct infer *inf, struct node *node)
{
	return in_rank_is(inf, node, 0, 3) && in_rank_is(inf, node, 1, 3) &&
		out_shape(inf, node, 0, 2, (int64_t[]){DIM_UNKNOWN, 3});
}

/* Y, first indices, inverse indices, counts */
bool shape_unique(struct infer *inf, struct node *node)
{
	const struct shape *in = in_shape(node, 0);
	int64_t open = DIM_UNKNOWN, all = DIM_UNKNOWN;
	int64_t dims[RANK_MAX];
	int axis;
	for (size_t k = 1; k <= 3; k++)
		out_type(node, k, DTYPE_INT64);
	out_shape(inf, node, 1, 1, &open);
	out_shape(inf, node, 3, 1, &open);
	if (in->rank == RANK_UNKNOWN)
		return out_shape(inf, node, 2, 1, &open);
	if (!node_attr(node, "axis")) {
		if (!dims_product(in->dim, in->rank, &all))
			return node_overflow(inf, node);
		return out_shape(inf, node, 2, 1, &all) &&
			out_shape(inf, node, 0, 1, &open);
	}
	if (!axis_attr(inf, node, "axis", 0, in->rank, &axis))
		return false;
	dims_copy(dims, in->dim, in->rank);
	dims[axis] = DIM_UNKNOWN;
	return out_shape(inf, node, 2, 1, &in->dim[axis]) &&
		out_shape(inf, node, 0, in->rank, dims);
}

/* com.microsoft: Y, inverse indices, counts of a vector */
bool shape_ms_unique(struct infer *inf, struct node *node)
{
	int64_t open = DIM_UNKNOWN;
	out_type(node, 1, DTYPE_INT64);
	out_type(node, 2, DTYPE_INT64);
	out_like(node, 1, in_shape(node, 0));
	return out_shape(inf, node, 0, 1, &open) &&
		out_shape(inf, node, 2, 1, &open);
}

/* The slices (without axis: elements) whose condition holds. */
bool shape_compress(struct infer *inf, struct node *node)
{
	const struct shape *in = in_shape(node, 0);
	const struct tensor *keep = in_tensor(inf, node, 1);
	int64_t dims[RANK_MAX], count = 0;
	int axis = 0, rank = 1;
	if (keep && keep->ints && tensor_complete(keep))
		for (int64_t i = 0; i < keep->count; i++)
			count += keep->ints[i] != 0;
	else
		count = DIM_UNKNOWN;
	if (node_attr(node, "axis")) {
		if (in->rank == RANK_UNKNOWN)
			return true;
		if (!axis_attr(inf, node, "axis", 0, in->rank, &axis))
			return false;
		rank = in->rank;
		dims_copy(dims, in->dim, rank);
	}
	dims[axis] = count;
	return out_shape(inf, node, 0, rank, dims);
}

/* --- order and reduction ------------------------------------------------- */

/* Values and indices; k is an input, below opset 10 an attribute. */
bool shape_top_k(struct infer *inf, struct node *node)
{
	const struct shape *in = in_shape(node, 0);
	int64_t dims[RANK_MAX], k = DIM_UNKNOWN;
	int axis;
	out_type(node, 1, DTYPE_INT64);
	if (in->rank == RANK_UNKNOWN)
		return true;
	if (!axis_attr(inf, node, "axis", -1, in->rank, &axis))
		return false;
	bool given = node_attr(node, "k");
	if (given && !node_attr_int(inf->ctx, node, "k", 1, &k))
		return false;
	if (!given)
		given = in_scalar(inf, node, 1, &k);
	if (given && (k < 0 || (dim_known(in->dim[axis]) && k > in->dim[axis])))
		return node_refuse(inf, node,
			"it wants %lld elements of axis %d of its input %s",
			(long long)k, axis, shape_text(inf->ctx, in));
	dims_copy(dims, in->dim, in->rank);
	dims[axis] = given ? k : DIM_UNKNOWN;
	return out_shape(inf, node, 0, in->rank, dims) &&
		out_shape(inf, node, 1, in->rank, dims);
}

static bool no_elements(const struct shape *shape)
{
	int64_t elems;
	return shape_elems(shape, &elems) && elems == 0;
}

bool reduce_read(struct infer *inf, const struct node *node, int rank,
	uint64_t *set, bool *known, bool *keep)
{
	struct axes axes;
	int64_t keep_dims, noop;
	/* QLinearReduceMean has a scale where others have axes. */
	size_t input = node_is(node, OP_MS_QLinearReduceMean) ? SIZE_MAX : 1;
	if (!node_attr_int(inf->ctx, node, "keepdims", 1, &keep_dims) ||
		!node_attr_int(
			inf->ctx, node, "noop_with_empty_axes", 0, &noop) ||
		!axes_read(inf, node, input, "axes", &axes))
		return false;
	*keep = keep_dims;
	*known = !axes.given || axes.known;
	*set = 0;
	if (!*known)
		return true;
	if (axes.count && !axes_resolve(inf, node, &axes, rank, set))
		return false;
	for (int64_t i = 0; i < axes.count; i++)
		if (runtime_reading(inf,
			    axes.axis[i] < 0 && no_elements(in_shape(node, 0)),
			    "negative axes of a reduction of no elements"))
			*set &= ~((uint64_t)1 << (axes.axis[i] + rank));
	if (!axes.count && !noop)
		*set = ((uint64_t)1 << rank) - 1;
	return true;
}

bool shape_reduce(struct infer *inf, struct node *node)
{
	const struct shape *in = in_shape(node, 0);
	int64_t dims[RANK_MAX];
	uint64_t set;
	bool known, keep;
	int rank = 0;
	if (in->rank == RANK_UNKNOWN)
		return true;
	if (!reduce_read(inf, node, in->rank, &set, &known, &keep))
		return false;
	if (!known && !keep) {
		int64_t count = in_dim(node, 1, 0);
		if (!dim_known(count) || count > in->rank)
			return true;
		for (; rank < in->rank - count; rank++)
			dims[rank] = DIM_UNKNOWN;
		return out_shape(inf, node, 0, rank, dims);
	}
	for (int i = 0; i < in->rank; i++) {
		bool folded = set >> i & 1;
		if (!folded || keep)
			dims[rank++] = !known ? DIM_UNKNOWN
				: folded      ? 1
					      : in->dim[i];
	}
	return out_shape(inf, node, 0, rank, dims);
}

bool shape_arg_reduce(struct infer *inf, struct node *node)
{
	const struct shape *in = in_shape(node, 0);
	int64_t dims[RANK_MAX], keep;
	int axis, rank = 0;
	if (!node_attr_int(inf->ctx, node, "keepdims", 1, &keep))
		return false;
	if (in->rank == RANK_UNKNOWN)
		return true;
	int64_t given;
	if (!axis_attr(inf, node, "axis", 0, in->rank, &axis) ||
		!node_attr_int(inf->ctx, node, "axis", 0, &given))
		return false;
	if (runtime_reading(inf, given < 0 && no_elements(in),
		    "negative axes of a reduction of no elements"))
		return out_like(node, 0, in);
	for (int i = 0; i < in->rank; i++)
		if (i != axis || keep)
			dims[rank++] = i == axis ? 1 : in->dim[i];
	return out_shape(inf, node, 0, rank, dims);
}
