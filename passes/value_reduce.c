/* Constants that are reduced, ordered or searched. */
#include "passes/value_rule.h"

#include <math.h>
#include <string.h>

/* --- reductions ---------------------------------------------------------- */

static bool int_max(int64_t a, int64_t b, int64_t *out)
{
	*out = a > b ? a : b;
	return true;
}

static bool int_min(int64_t a, int64_t b, int64_t *out)
{
	*out = a < b ? a : b;
	return true;
}

static bool int_add_abs(int64_t a, int64_t b, int64_t *out)
{
	return b < 0 ? sub_ok(a, b, out) : add_ok(a, b, out);
}

static bool int_add_square(int64_t a, int64_t b, int64_t *out)
{
	int64_t square;
	return mul_ok(b, b, &square) && add_ok(a, square, out);
}

static double float_max(double a, double b)
{
	return isnan(a) || a > b ? a : b;
}

static double float_min(double a, double b)
{
	return isnan(a) || a < b ? a : b;
}

static double float_add(double a, double b)
{
	return a + b;
}

static double float_mul(double a, double b)
{
	return a * b;
}

static double float_add_abs(double a, double b)
{
	return a + fabs(b);
}

static double float_add_square(double a, double b)
{
	return a + b * b;
}

static double float_add_exp(double a, double b)
{
	return a + exp(b);
}

/* How one element joins the result so far, and what begins it. */
struct reduction {
	enum op_id id;
	bool (*ints)(int64_t a, int64_t b, int64_t *out);
	double (*floats)(double a, double b);
	int64_t begin;
	bool first;   /* begins with the first element instead */
	bool average; /* divided by the count of elements */
	double (*last)(double sum); /* made of it at the end, or NULL */
};

static const struct reduction *reduction_find(enum op_id id)
{
	static const struct reduction rows[] = {
		/* clang-format off */
		{.id = OP_ONNX_ReduceL1,
			.ints = int_add_abs, .floats = float_add_abs},
		{.id = OP_ONNX_ReduceL2,
			.ints = int_add_square, .floats = float_add_square,
			.last = sqrt},
		{.id = OP_ONNX_ReduceLogSum,
			.ints = add_ok, .floats = float_add, .last = log},
		{.id = OP_ONNX_ReduceLogSumExp,
			.floats = float_add_exp, .last = log},
		{.id = OP_ONNX_ReduceMax,
			.ints = int_max, .floats = float_max, .first = true},
		{.id = OP_ONNX_ReduceMean,
			.ints = add_ok, .floats = float_add, .average = true},
		{.id = OP_ONNX_ReduceMin,
			.ints = int_min, .floats = float_min, .first = true},
		{.id = OP_ONNX_ReduceProd,
			.ints = mul_ok, .floats = float_mul, .begin = 1},
		{.id = OP_ONNX_ReduceSum,
			.ints = add_ok, .floats = float_add},
		{.id = OP_ONNX_ReduceSumSquare,
			.ints = int_add_square, .floats = float_add_square},
		/* clang-format on */
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (rows[i].id == id)
			return &rows[i];
	return NULL;
}

/* Pitches from the input's axes into the output: 0 along folded ones. */
static void folded_pitches(
	const struct shape *in, uint64_t set, int64_t pitch[RANK_MAX])
{
	int64_t step = 1;
	for (int i = in->rank - 1; i >= 0; i--) {
		bool folded = set >> i & 1;
		pitch[i] = folded ? 0 : step;
		if (!folded)
			step *= in->dim[i] ? in->dim[i] : 1;
	}
}

static void reduce_element(struct infer *inf, const struct reduction *op,
	struct tensor *out, int64_t to, bool begun, const struct tensor *in,
	int64_t from)
{
	if (!tensor_known(out, to))
		return;
	if (!tensor_known(in, from)) {
		tensor_forget(inf, out, to, DIM_UNKNOWN);
	} else if (op->first && !begun) {
		tensor_copy(inf, out, to, in, from);
	} else if (in->ints) {
		int64_t v;
		if (op->ints(out->ints[to], in->ints[from], &v))
			out->ints[to] = v;
		else
			tensor_forget(inf, out, to, DIM_UNKNOWN);
	} else {
		/* In double; rounded once at the end. */
		out->floats[to] = op->floats(out->floats[to], in->floats[from]);
	}
}

void value_reduce(struct infer *inf, struct node *node)
{
	const struct reduction *op = reduction_find(node->op->id);
	const struct tensor *in = in_tensor(inf, node, 0);
	struct tensor *out = tensor_new(inf, node, 0);
	int64_t pitch[RANK_MAX], index[RANK_MAX] = {0};
	uint64_t set;
	bool known, keep;
	if (!op || !in || !out || out->count == 0 ||
		(in->ints ? !op->ints || !out->ints : !out->floats) ||
		!reduce_read(inf, node, in->shape.rank, &set, &known, &keep) ||
		!known)
		return;
	int64_t each = in->count / out->count; /* elements of one result */
	if (each == 0 && (op->first || op->average))
		return;
	uint8_t *begun = arena_alloc(&inf->ctx->arena, (size_t)out->count);
	for (int64_t i = 0; i < out->count; i++) {
		if (out->ints)
			out->ints[i] = op->begin;
		else
			out->floats[i] = (double)op->begin;
	}
	folded_pitches(&in->shape, set, pitch);
	for (int64_t i = 0; i < in->count; i++) {
		int64_t to = index_offset(index, in->shape.rank, pitch);
		reduce_element(inf, op, out, to, begun[to], in, i);
		begun[to] = 1;
		index_step(index, in->shape.rank, in->shape.dim);
	}
	for (int64_t i = 0; i < out->count; i++) {
		if (!tensor_known(out, i))
			continue;
		if (out->ints) {
			int64_t sum = op->average ? out->ints[i] / each
						  : out->ints[i];
			double v = op->last ? op->last((double)sum) : 0;
			if (op->last && !(fabs(v) < 0x1p53))
				tensor_forget(inf, out, i, DIM_UNKNOWN);
			else
				tensor_set_int(inf, out, i,
					op->last ? (int64_t)v : sum);
			continue;
		}
		double v = out->floats[i];
		if (op->average)
			v /= (double)each;
		tensor_set_float(out, i, op->last ? op->last(v) : v);
	}
	out_tensor(node, 0, out);
}

/* Elements before, along and behind an axis. */
struct lanes {
	int64_t outer, dim, inner;
};

static struct lanes lanes_of(const struct shape *shape, int axis)
{
	struct lanes l = {1, shape->dim[axis], 1};
	for (int i = 0; i < axis; i++)
		l.outer *= shape->dim[i];
	for (int i = axis + 1; i < shape->rank; i++)
		l.inner *= shape->dim[i];
	return l;
}

static bool axis_read(struct infer *inf, const struct node *node,
	int64_t absent, int rank, int *out)
{
	int64_t axis;
	if (!node_attr_int(inf->ctx, node, "axis", absent, &axis))
		return false;
	*out = (int)(axis < 0 ? axis + rank : axis);
	return *out >= 0 && *out < rank;
}

/* a before b; of equals neither. */
static bool precedes(
	const struct tensor *in, int64_t a, int64_t b, bool largest)
{
	if (in->ints)
		return largest ? in->ints[a] > in->ints[b]
			       : in->ints[a] < in->ints[b];
	return largest ? in->floats[a] > in->floats[b]
		       : in->floats[a] < in->floats[b];
}

void value_arg_reduce(struct infer *inf, struct node *node)
{
	const struct tensor *in = in_tensor(inf, node, 0);
	struct tensor *out = tensor_new(inf, node, 0);
	int64_t last;
	int axis;
	bool largest = node_is(node, OP_ONNX_ArgMax);
	if (!in || !out || !tensor_complete(in) || in->count == 0 ||
		!axis_read(inf, node, 0, in->shape.rank, &axis) ||
		!node_attr_int(inf->ctx, node, "select_last_index", 0, &last))
		return;
	struct lanes l = lanes_of(&in->shape, axis);
	for (int64_t i = 0; i < out->count; i++) {
		int64_t base = i / l.inner * l.dim * l.inner + i % l.inner;
		int64_t best = 0;
		for (int64_t k = 1; k < l.dim; k++) {
			int64_t a = base + k * l.inner;
			int64_t b = base + best * l.inner;
			if (precedes(in, a, b, largest) ||
				(last && !precedes(in, b, a, largest)))
				best = k;
		}
		out->ints[i] = best;
	}
	out_tensor(node, 0, out);
}

/* CumSum, CumProd: data, axis */
void value_cumulate(struct infer *inf, struct node *node)
{
	const struct tensor *in = in_tensor(inf, node, 0);
	struct tensor *out = tensor_new(inf, node, 0);
	int64_t axis, exclusive, reverse;
	bool product = node_is(node, OP_ONNX_CumProd);
	if (!in || !out || out->count != in->count || in->shape.rank == 0 ||
		!tensor_complete(in) || !in_scalar(inf, node, 1, &axis) ||
		!node_attr_int(inf->ctx, node, "exclusive", 0, &exclusive) ||
		!node_attr_int(inf->ctx, node, "reverse", 0, &reverse) ||
		axis < -in->shape.rank || axis >= in->shape.rank)
		return;
	struct lanes l = lanes_of(
		&in->shape, (int)(axis < 0 ? axis + in->shape.rank : axis));
	for (int64_t lane = 0; lane < l.outer * l.inner; lane++) {
		int64_t base =
			lane / l.inner * l.dim * l.inner + lane % l.inner;
		int64_t sum = product;
		double total = (double)product;
		for (int64_t step = 0; step < l.dim; step++) {
			int64_t k = reverse ? l.dim - 1 - step : step;
			int64_t i = base + k * l.inner;
			int64_t before = sum;
			double before_total = total;
			if (in->ints &&
				!(product ? mul_ok(sum, in->ints[i], &sum)
					  : add_ok(sum, in->ints[i], &sum)))
				return;
			if (in->floats)
				total = product ? total * in->floats[i]
						: total + in->floats[i];
			if (in->ints)
				tensor_set_int(
					inf, out, i, exclusive ? before : sum);
			else
				tensor_set_float(out, i,
					exclusive ? before_total : total);
		}
	}
	out_tensor(node, 0, out);
}

/* Ties go to the smaller index. */
void value_top_k(struct infer *inf, struct node *node)
{
	/* Selection takes k * dim steps a lane. */
	enum { STEPS_MAX = 1 << 22 };
	const struct tensor *in = in_tensor(inf, node, 0);
	struct tensor *out[2] = {
		tensor_new(inf, node, 0), tensor_new(inf, node, 1)};
	int64_t largest;
	int axis;
	if (!in || (!out[0] && !out[1]) || !tensor_complete(in) ||
		in->count == 0 ||
		!axis_read(inf, node, -1, in->shape.rank, &axis) ||
		!node_attr_int(inf->ctx, node, "largest", 1, &largest))
		return;
	struct lanes l = lanes_of(&in->shape, axis);
	int64_t k = (out[0] ? out[0] : out[1])->shape.dim[axis];
	if (k * in->count > STEPS_MAX || k > l.dim)
		return;
	uint8_t *taken = arena_alloc(&inf->ctx->arena, (size_t)in->count);
	for (int64_t lane = 0; lane < l.outer * l.inner; lane++) {
		int64_t first = lane / l.inner, rest = lane % l.inner;
		int64_t base = first * l.dim * l.inner + rest;
		for (int64_t n = 0; n < k; n++) {
			int64_t best = -1;
			for (int64_t i = 0; i < l.dim; i++)
				if (!taken[base + i * l.inner] &&
					(best < 0 ||
						precedes(in, base + i * l.inner,
							base + best * l.inner,
							largest)))
					best = i;
			taken[base + best * l.inner] = 1;
			int64_t to = (first * k + n) * l.inner + rest;
			if (out[0])
				tensor_copy(inf, out[0], to, in,
					base + best * l.inner);
			if (out[1])
				out[1]->ints[to] = best;
		}
	}
	out_tensor(node, 0, out[0]);
	out_tensor(node, 1, out[1]);
}

/* --- sizes that hang on values ------------------------------------------- */

/* Gives output k a shape that only the values told, and its tensor. */
static struct tensor *found(struct infer *inf, struct node *node, size_t k,
	int rank, const int64_t *dims)
{
	if (!out_shape(inf, node, k, rank, dims))
		return NULL;
	struct tensor *out = tensor_new(inf, node, k);
	out_tensor(node, k, out);
	return out;
}

void value_non_zero(struct infer *inf, struct node *node)
{
	const struct tensor *in = in_tensor(inf, node, 0);
	int64_t index[RANK_MAX] = {0}, count = 0, n = 0;
	if (!in || !tensor_complete(in))
		return;
	for (int64_t i = 0; i < in->count; i++)
		count += tensor_double(in, i) != 0;
	int rank = in->shape.rank;
	struct tensor *out = found(inf, node, 0, 2, (int64_t[]){rank, count});
	for (int64_t i = 0; out && i < in->count; i++) {
		if (tensor_double(in, i) != 0) {
			for (int k = 0; k < rank; k++)
				out->ints[k * count + n] = index[k];
			n++;
		}
		index_step(index, rank, in->shape.dim);
	}
}

/* Elements (or with axis, slices) whose condition holds. */
void value_compress(struct infer *inf, struct node *node)
{
	const struct tensor *in = in_tensor(inf, node, 0);
	const struct tensor *keep = in_tensor(inf, node, 1);
	struct tensor *out = tensor_new(inf, node, 0);
	if (!in || !keep || !keep->ints || !tensor_complete(keep) || !out)
		return;
	struct lanes l = {1, in->count, 1};
	int axis;
	if (node_attr(node, "axis")) {
		if (!axis_read(inf, node, 0, in->shape.rank, &axis))
			return;
		l = lanes_of(&in->shape, axis);
	}
	int64_t to = 0;
	for (int64_t o = 0; o < l.outer; o++)
		for (int64_t k = 0; k < l.dim && k < keep->count; k++)
			for (int64_t i = 0; keep->ints[k] && i < l.inner; i++)
				if (to < out->count)
					tensor_copy(inf, out, to++, in,
						(o * l.dim + k) * l.inner + i);
	if (to == out->count)
		out_tensor(node, 0, out);
}

/* Without axis: distinct elements, first indices, inverse, counts. Quadratic,
 * so for small ones. */
void value_unique(struct infer *inf, struct node *node)
{
	enum { UNIQUE_MAX = 1024 };
	const struct tensor *in = in_tensor(inf, node, 0);
	int64_t sorted, count = 0;
	if (!in || !tensor_complete(in) || in->count > UNIQUE_MAX ||
		node_attr(node, "axis") ||
		!node_attr_int(inf->ctx, node, "sorted", 1, &sorted))
		return;
	int64_t first[UNIQUE_MAX]; /* index of each distinct element */
	for (int64_t i = 0; i < in->count; i++) {
		int64_t k = 0;
		while (k < count &&
			tensor_double(in, first[k]) != tensor_double(in, i))
			k++;
		if (k < count)
			continue;
		while (sorted && k > 0 && precedes(in, i, first[k - 1], false))
			k--;
		memmove(first + k + 1, first + k,
			(size_t)(count - k) * sizeof first[0]);
		first[k] = i;
		count++;
	}
	struct tensor *out[4];
	out[0] = found(inf, node, 0, 1, &count);
	out[1] = found(inf, node, 1, 1, &count);
	out[2] = found(inf, node, 2, 1, &in->count);
	out[3] = found(inf, node, 3, 1, &count);
	for (int64_t k = 0; k < count; k++) {
		if (out[0])
			tensor_copy(inf, out[0], k, in, first[k]);
		if (out[1])
			out[1]->ints[k] = first[k];
		for (int64_t i = 0; i < in->count; i++) {
			if (tensor_double(in, i) != tensor_double(in, first[k]))
				continue;
			if (out[2])
				out[2]->ints[i] = k;
			if (out[3])
				out[3]->ints[k]++;
		}
	}
}
