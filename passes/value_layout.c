/* Constants whose elements are arranged anew. */
#include "passes/value_rule.h"

#include <math.h>
#include <string.h>

/* out[index] = in[base + sum of index * pitch] */
static void copy_pitched(struct infer *inf, struct tensor *out,
	const struct tensor *in, int64_t base, const int64_t *pitch)
{
	int64_t index[RANK_MAX] = {0};
	int rank = out->shape.rank;
	for (int64_t i = 0; i < out->count; i++) {
		tensor_copy(inf, out, i, in,
			base + index_offset(index, rank, pitch));
		index_step(index, rank, out->shape.dim);
	}
}

void value_identity(struct infer *inf, struct node *node)
{
	struct value *out = node_output(node, 0);
	if (out && !out->is_sequence && in_tensor(inf, node, 0))
		out->data = node_input(node, 0)->data;
}

/* The same elements under other dimensions. */
void value_relabel(struct infer *inf, struct node *node)
{
	const struct tensor *in = in_tensor(inf, node, 0);
	struct value *out = node_output(node, 0);
	int64_t count;
	if (!in || !out || !shape_tracked(&out->shape, &count) ||
		count != in->count)
		return;
	struct tensor *same = arena_memdup(&inf->ctx->arena, in, sizeof *in);
	same->shape = out->shape;
	out->data = same;
}

void value_transpose(struct infer *inf, struct node *node)
{
	const struct tensor *in = in_tensor(inf, node, 0);
	struct tensor *out = tensor_new(inf, node, 0);
	int64_t dense[RANK_MAX], pitch[RANK_MAX];
	size_t count;
	const int64_t *perm;
	if (!in || !out || out->count != in->count ||
		!node_attr_ints(inf->ctx, node, "perm", &count, &perm))
		return;
	shape_pitches(&in->shape, dense);
	int rank = in->shape.rank;
	for (int i = 0; i < rank; i++) {
		/* The shape rule has checked the permutation. */
		int64_t axis = perm ? perm[i] : rank - 1 - i;
		pitch[i] = dense[axis < 0 ? axis + rank : axis];
	}
	copy_pitched(inf, out, in, 0, pitch);
	out_tensor(node, 0, out);
}

void value_expand(struct infer *inf, struct node *node)
{
	const struct tensor *in = in_tensor(inf, node, 0);
	struct tensor *out = tensor_new(inf, node, 0);
	int64_t pitch[RANK_MAX];
	if (!in || !out || in->shape.rank > out->shape.rank)
		return;
	shape_broadcast_pitches(&in->shape, out->shape.rank, pitch);
	copy_pitched(inf, out, in, 0, pitch);
	out_tensor(node, 0, out);
}

void value_slice(struct infer *inf, struct node *node)
{
	const struct tensor *in = in_tensor(inf, node, 0);
	struct tensor *out = tensor_new(inf, node, 0);
	struct slice slice;
	int64_t pitch[RANK_MAX], base = 0;
	if (!in || !out || out->count == 0) {
		if (in && out)
			out_tensor(node, 0, out);
		return;
	}
	if (!slice_read(inf, node, in->shape.rank, &slice) || !slice.axes_known)
		return;
	shape_pitches(&in->shape, pitch);
	for (int i = 0; i < in->shape.rank; i++) {
		struct slice_axis s = slice.axis[i];
		if (!s.sliced)
			continue;
		if (!s.known)
			return;
		slice_size(in->shape.dim[i], &s.start, s.end, s.step);
		base += s.start * pitch[i];
		/* A step beyond the axis takes one element. */
		pitch[i] = out->shape.dim[i] > 1 ? pitch[i] * s.step : 0;
	}
	copy_pitched(inf, out, in, base, pitch);
	out_tensor(node, 0, out);
}

/* The axis attribute of a node whose shape rule has checked it. */
static int axis_of(
	struct infer *inf, const struct node *node, int64_t absent, int rank)
{
	int64_t axis;
	if (!node_attr_int(inf->ctx, node, "axis", absent, &axis))
		return 0;
	return (int)(axis < 0 ? axis + rank : axis);
}

void value_split(struct infer *inf, struct node *node)
{
	const struct tensor *in = in_tensor(inf, node, 0);
	int64_t pitch[RANK_MAX], begin = 0;
	if (!in)
		return;
	int axis = axis_of(inf, node, 0, in->shape.rank);
	shape_pitches(&in->shape, pitch);
	for (size_t k = 0; k < node->output_count; k++) {
		struct tensor *out = tensor_new(inf, node, k);
		if (!out)
			return; /* where the next part begins is not known */
		copy_pitched(inf, out, in, begin * pitch[axis], pitch);
		out_tensor(node, k, out);
		begin += out->shape.dim[axis];
	}
}

void value_concat(struct infer *inf, struct node *node)
{
	struct tensor *out = tensor_new(inf, node, 0);
	if (!out)
		return;
	int rank = out->shape.rank;
	int axis = axis_of(inf, node, 1, rank);
	int64_t inner = 1, outer = 1, row = 0, begin = 0;
	for (int i = 0; i < rank; i++)
		if (i < axis)
			outer *= out->shape.dim[i];
		else if (i > axis)
			inner *= out->shape.dim[i];
	if (rank == 0 || out->count == 0)
		return;
	row = out->shape.dim[axis] * inner;
	for (size_t k = 0; k < node->input_count; k++) {
		const struct tensor *in = in_tensor(inf, node, k);
		if (!in || in->shape.rank != rank)
			return;
		int64_t part = in->shape.dim[axis] * inner;
		for (int64_t o = 0; o < outer; o++)
			for (int64_t i = 0; i < part; i++)
				tensor_copy(inf, out, o * row + begin + i, in,
					o * part + i);
		begin += part;
	}
	out_tensor(node, 0, out);
}

void value_tile(struct infer *inf, struct node *node)
{
	const struct tensor *in = in_tensor(inf, node, 0);
	struct tensor *out = tensor_new(inf, node, 0);
	int64_t pitch[RANK_MAX], index[RANK_MAX] = {0};
	if (!in || !out)
		return;
	int rank = in->shape.rank;
	shape_pitches(&in->shape, pitch);
	for (int64_t i = 0; i < out->count; i++) {
		int64_t from = 0;
		for (int k = 0; k < rank; k++)
			from += index[k] % in->shape.dim[k] * pitch[k];
		tensor_copy(inf, out, i, in, from);
		index_step(index, rank, out->shape.dim);
	}
	out_tensor(node, 0, out);
}

/* --- Pad ----------------------------------------------------------------- */

/* An axis of dim elements that is cropped where a pad is negative, then padded
 * where one is positive. */
struct pad_axis {
	int64_t begin;
	int64_t low, kept; /* what cropping leaves: low .. low + kept - 1 */
};

static struct pad_axis pad_axis(int64_t dim, int64_t begin, int64_t end)
{
	struct pad_axis a = {.begin = begin};
	a.low = begin >= 0 ? 0 : begin > -dim ? -begin : dim;
	int64_t high = end >= 0 ? dim : end > -dim ? dim + end : 0;
	a.kept = high > a.low ? high - a.low : 0;
	return a;
}

/* Where element index of the result comes from; -1: from the constant, -2:
 * nobody knows. */
static int64_t pad_source(
	const char *mode, const struct pad_axis *a, int64_t index)
{
	int64_t at;
	if (!sub_ok(index, a->begin, &at) || !sub_ok(at, a->low, &at))
		return -2;
	int64_t last = a->kept - 1;
	if (at < 0 || at > last) {
		if (strcmp(mode, "constant") == 0)
			return -1;
		if (last < 0)
			return -2;
		if (strcmp(mode, "edge") == 0)
			at = at < 0 ? 0 : last;
		else if (strcmp(mode, "reflect") == 0)
			at = at < 0 ? -at : 2 * last - at;
		else if (strcmp(mode, "wrap") == 0)
			at = (at % a->kept + a->kept) % a->kept;
	}
	return at >= 0 && at <= last ? a->low + at : -2;
}

void value_pad(struct infer *inf, struct node *node)
{
	const struct tensor *in = in_tensor(inf, node, 0);
	const struct tensor *fill = in_tensor(inf, node, 2);
	struct tensor *out = tensor_new(inf, node, 0);
	struct axes pads;
	uint64_t set;
	const char *mode;
	double value;
	struct pad_axis axis[RANK_MAX];
	int64_t pitch[RANK_MAX], index[RANK_MAX] = {0};
	if (!in || !out ||
		!node_attr_string(inf->ctx, node, "mode", "constant", &mode) ||
		!node_attr_float(inf->ctx, node, "value", 0, &value) ||
		!pads_read(inf, node, in->shape.rank, &pads, &set) ||
		!pads.known || (node_input(node, 2) && !fill) ||
		(fill && fill->count != 1))
		return;
	int rank = in->shape.rank;
	shape_pitches(&in->shape, pitch);
	for (int k = 0; k < rank; k++)
		axis[k] = pad_axis(in->shape.dim[k], pads.axis[k],
			pads.axis[rank + k]);
	for (int64_t i = 0; i < out->count; i++) {
		int64_t from = 0, worst = 0;
		for (int k = 0; k < rank; k++) {
			int64_t at = pad_source(mode, &axis[k], index[k]);
			worst = at < worst ? at : worst;
			from += at * pitch[k];
		}
		if (worst == 0)
			tensor_copy(inf, out, i, in, from);
		else if (worst == -2)
			tensor_forget(inf, out, i, DIM_UNKNOWN);
		else if (fill)
			tensor_copy(inf, out, i, fill, 0);
		else if (out->floats)
			tensor_set_float(out, i, value);
		else if (value != 0)
			tensor_forget(inf, out, i, DIM_UNKNOWN);
		index_step(index, rank, out->shape.dim);
	}
	out_tensor(node, 0, out);
}

/* Keeps the lower or upper triangle of each matrix. */
void value_trilu(struct infer *inf, struct node *node)
{
	const struct tensor *in = in_tensor(inf, node, 0);
	struct tensor *out = tensor_new(inf, node, 0);
	int64_t upper, shift = 0;
	if (!in || !out || in->shape.rank < 2 ||
		!node_attr_int(inf->ctx, node, "upper", 1, &upper) ||
		(node_input(node, 1) && !in_scalar(inf, node, 1, &shift)))
		return;
	int64_t rows = in->shape.dim[in->shape.rank - 2];
	int64_t cols = in->shape.dim[in->shape.rank - 1];
	/* Beyond the matrix every shift is alike. */
	shift = shift > cols ? cols : shift < -rows ? -rows : shift;
	for (int64_t i = 0; i < out->count; i++) {
		int64_t col = i % cols, row = i / cols % rows;
		if (upper ? col - row >= shift : col - row <= shift)
			tensor_copy(inf, out, i, in, i);
	}
	out_tensor(node, 0, out);
}

/* --- by index ------------------------------------------------------------ */

/* Element i of a tensor of indices into an axis of dim elements; false when it
 * is unknown or outside. */
static bool index_at(
	const struct tensor *at, int64_t i, int64_t dim, int64_t *out)
{
	if (!tensor_known(at, i))
		return false;
	int64_t index = at->ints[i];
	if (index < -dim || index >= dim)
		return false;
	*out = index < 0 ? index + dim : index;
	return true;
}

void value_gather(struct infer *inf, struct node *node)
{
	const struct tensor *in = in_tensor(inf, node, 0);
	const struct tensor *at = in_tensor(inf, node, 1);
	struct tensor *out = tensor_new(inf, node, 0);
	if (!in || !at || !out || !at->ints || in->shape.rank == 0)
		return;
	int axis = axis_of(inf, node, 0, in->shape.rank);
	int64_t inner = 1, dim = in->shape.dim[axis];
	for (int i = axis + 1; i < in->shape.rank; i++)
		inner *= in->shape.dim[i];
	for (int64_t i = 0; i < out->count; i++) {
		int64_t index, row = i / inner;
		if (index_at(at, row % at->count, dim, &index))
			tensor_copy(inf, out, i, in,
				(row / at->count * dim + index) * inner +
					i % inner);
		else
			tensor_forget(inf, out, i, DIM_UNKNOWN);
	}
	out_tensor(node, 0, out);
}

/* Offset in a tensor of shape of a multi-index whose axis is replaced. */
static int64_t replaced(
	const struct shape *shape, const int64_t *index, int axis, int64_t by)
{
	int64_t pitch[RANK_MAX];
	shape_pitches(shape, pitch);
	return index_offset(index, shape->rank, pitch) +
		(by - index[axis]) * pitch[axis];
}

/* A multi-index of one tensor that lies within another, but for one axis. */
static bool within(
	const struct shape *shape, const struct shape *other, int axis)
{
	if (shape->rank != other->rank)
		return false;
	for (int i = 0; i < shape->rank; i++)
		if (i != axis && shape->dim[i] > other->dim[i])
			return false;
	return true;
}

void value_gather_elements(struct infer *inf, struct node *node)
{
	const struct tensor *in = in_tensor(inf, node, 0);
	const struct tensor *at = in_tensor(inf, node, 1);
	struct tensor *out = tensor_new(inf, node, 0);
	int64_t index[RANK_MAX] = {0}, by;
	if (!in || !at || !out || !at->ints || in->shape.rank == 0)
		return;
	int axis = axis_of(inf, node, 0, in->shape.rank);
	if (!within(&at->shape, &in->shape, axis))
		return;
	for (int64_t i = 0; i < out->count; i++) {
		if (index_at(at, i, in->shape.dim[axis], &by))
			tensor_copy(inf, out, i, in,
				replaced(&in->shape, index, axis, by));
		else
			tensor_forget(inf, out, i, DIM_UNKNOWN);
		index_step(index, out->shape.rank, out->shape.dim);
	}
	out_tensor(node, 0, out);
}

/* How an update joins what stands there. */
struct joining {
	const char *name;
	bool (*ints)(int64_t a, int64_t b, int64_t *out);
	double (*floats)(double a, double b);
};

static bool int_largest(int64_t a, int64_t b, int64_t *out)
{
	*out = a > b ? a : b;
	return true;
}

static bool int_smallest(int64_t a, int64_t b, int64_t *out)
{
	*out = a < b ? a : b;
	return true;
}

static double float_sum(double a, double b)
{
	return a + b;
}

static double float_product(double a, double b)
{
	return a * b;
}

static const struct joining joinings[] = {
	{"none", NULL,         NULL         },
	{"add",  add_ok,       float_sum    },
	{"mul",  mul_ok,       float_product},
	{"max",  int_largest,  fmax         },
	{"min",  int_smallest, fmin         },
};

/* Updates go into a copy of the data. */
static bool scatter_begin(struct infer *inf, struct node *node,
	const struct tensor *in[3], struct tensor **out,
	const struct joining **joining)
{
	const char *reduction;
	*joining = NULL;
	*out = tensor_new(inf, node, 0);
	for (size_t k = 0; k < 3; k++)
		in[k] = in_tensor(inf, node, k);
	if (!in[0] || !in[1] || !in[2] || !*out || !in[1]->ints ||
		(*out)->count != in[0]->count || in[0]->shape.rank == 0 ||
		!tensor_complete(in[1]) ||
		!node_attr_string(
			inf->ctx, node, "reduction", "none", &reduction))
		return false;
	for (size_t i = 0; i < sizeof joinings / sizeof *joinings; i++)
		if (strcmp(joinings[i].name, reduction) == 0)
			*joining = &joinings[i];
	if (!*joining)
		return false;
	for (int64_t i = 0; i < in[0]->count; i++)
		tensor_copy(inf, *out, i, in[0], i);
	return true;
}

/* Overwrites an element, unknown or not, or joins it. */
static void scatter(struct infer *inf, const struct joining *joining,
	struct tensor *out, int64_t i, const struct tensor *in, int64_t j)
{
	int64_t v;
	if (!joining->ints) {
		if (out->unknown)
			out->unknown[i] = 0;
		tensor_copy(inf, out, i, in, j);
	} else if (!tensor_known(out, i) || !tensor_known(in, j) ||
		!out->ints != !in->ints) {
		tensor_forget(inf, out, i, DIM_UNKNOWN);
	} else if (out->floats) {
		tensor_set_float(out, i,
			joining->floats(out->floats[i], in->floats[j]));
	} else if (joining->ints(out->ints[i], in->ints[j], &v)) {
		tensor_set_int(inf, out, i, v);
	} else {
		tensor_forget(inf, out, i, DIM_UNKNOWN);
	}
}

void value_scatter_elements(struct infer *inf, struct node *node)
{
	const struct tensor *in[3];
	const struct joining *joining;
	struct tensor *out;
	int64_t index[RANK_MAX] = {0}, by;
	if (!scatter_begin(inf, node, in, &out, &joining) ||
		in[2]->count != in[1]->count)
		return;
	int axis = axis_of(inf, node, 0, out->shape.rank);
	if (!within(&in[1]->shape, &out->shape, axis))
		return;
	for (int64_t i = 0; i < in[1]->count; i++) {
		if (!index_at(in[1], i, out->shape.dim[axis], &by))
			return;
		scatter(inf, joining, out,
			replaced(&out->shape, index, axis, by), in[2], i);
		index_step(index, in[1]->shape.rank, in[1]->shape.dim);
	}
	out_tensor(node, 0, out);
}

/* Offset of the block that row of the indices names, behind batch axes. */
static bool block_at(const struct tensor *at, int64_t row, int64_t depth,
	const struct shape *shape, int skip, int64_t *out)
{
	int64_t pitch[RANK_MAX], offset = 0;
	shape_pitches(shape, pitch);
	for (int64_t k = 0; k < depth; k++) {
		int64_t by;
		if (!index_at(at, row * depth + k, shape->dim[skip + k], &by))
			return false;
		offset += by * pitch[skip + k];
	}
	*out = offset;
	return true;
}

static int64_t elems_behind(const struct shape *shape, int64_t axis)
{
	int64_t elems = 1;
	for (int64_t i = axis; i < shape->rank; i++)
		elems *= shape->dim[i];
	return elems;
}

void value_gather_nd(struct infer *inf, struct node *node)
{
	const struct tensor *in = in_tensor(inf, node, 0);
	const struct tensor *at = in_tensor(inf, node, 1);
	struct tensor *out = tensor_new(inf, node, 0);
	int64_t batch;
	if (!in || !at || !out || !at->ints || at->shape.rank == 0 ||
		out->count == 0 ||
		!node_attr_int(inf->ctx, node, "batch_dims", 0, &batch))
		return;
	/* The shape rule has checked that batch and depth fit. */
	int64_t depth = at->shape.dim[at->shape.rank - 1];
	int64_t block = elems_behind(&in->shape, batch + depth);
	int64_t rows = out->count / block;
	int64_t batches = 1;
	for (int64_t i = 0; i < batch; i++) {
		if (at->shape.dim[i] != in->shape.dim[i])
			return;
		batches *= at->shape.dim[i];
	}
	for (int64_t row = 0; row < rows; row++) {
		int64_t from = 0;
		bool known =
			block_at(at, row, depth, &in->shape, (int)batch, &from);
		from += row / (rows / batches) *
			elems_behind(&in->shape, batch);
		for (int64_t i = 0; i < block; i++)
			if (known)
				tensor_copy(inf, out, row * block + i, in,
					from + i);
			else
				tensor_forget(
					inf, out, row * block + i, DIM_UNKNOWN);
	}
	out_tensor(node, 0, out);
}

void value_scatter_nd(struct infer *inf, struct node *node)
{
	const struct tensor *in[3];
	const struct joining *joining;
	struct tensor *out;
	if (!scatter_begin(inf, node, in, &out, &joining) ||
		in[1]->shape.rank == 0)
		return;
	int64_t depth = in[1]->shape.dim[in[1]->shape.rank - 1];
	if (depth < 1 || depth > out->shape.rank)
		return;
	int64_t block = elems_behind(&out->shape, depth);
	int64_t rows = in[1]->count / depth;
	if (in[2]->count != rows * block)
		return;
	for (int64_t row = 0; row < rows; row++) {
		int64_t to;
		if (!block_at(in[1], row, depth, &out->shape, 0, &to))
			return;
		for (int64_t i = 0; i < block; i++)
			scatter(inf, joining, out, to + i, in[2],
				row * block + i);
	}
	out_tensor(node, 0, out);
}
