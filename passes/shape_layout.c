/* Operators that arrange the elements of their input anew. */
#include "passes/shape_rule.h"

#include "passes/value_rule.h"

#include <string.h>

/* A size that a shape tensor asks for: known, or unknown with the symbol it
 * stands for. */
static int64_t target_dim(const struct tensor *target, int64_t i)
{
	int64_t dim = target->ints[i];
	return tensor_known(target, i) || dim < 0 ? dim : DIM_UNKNOWN;
}

/* The constant shape tensor of input k, or of the attribute shape that older
 * opsets have. False: refused. *rank is RANK_UNKNOWN when nothing is known;
 * sizes that are not known are negative, with *open set. */
static bool target_read(struct infer *inf, const struct node *node, size_t k,
	int *rank, int64_t dims[RANK_MAX], bool open[RANK_MAX])
{
	size_t count;
	const int64_t *attr;
	*rank = RANK_UNKNOWN;
	if (!node_attr_ints(inf->ctx, node, "shape", &count, &attr))
		return false;
	if (attr) {
		if (!out_rank_ok(inf, node, (int64_t)count))
			return false;
		*rank = (int)count;
		for (int i = 0; i < *rank; i++) {
			dims[i] = attr[i];
			open[i] = false;
		}
		return true;
	}
	if (!in_rank_is(inf, node, k, 1))
		return false;
	const struct tensor *target = in_tensor(inf, node, k);
	int64_t n = in_dim(node, k, 0);
	if (target && (!target->ints || target->shape.rank != 1))
		return node_refuse(
			inf, node, "input %zu is no list of sizes", k);
	if (target)
		n = target->count;
	if (!dim_known(n))
		return true;
	if (!out_rank_ok(inf, node, n))
		return false;
	*rank = (int)n;
	for (int i = 0; i < *rank; i++) {
		dims[i] = target ? target_dim(target, i) : DIM_UNKNOWN;
		open[i] = !target || !tensor_known(target, i);
	}
	return true;
}

/* Input and output of a Reshape hold the same number of elements. Equal open
 * sizes on both sides cancel; when one size of the output is then left, the
 * known ones give it. */
struct reshape {
	const struct shape *in;
	int rank;
	int64_t dims[RANK_MAX];
	bool open[RANK_MAX];
	int from[RANK_MAX]; /* axis that a 0 copies, or -1 */
	int free;           /* axis that -1 asks for, or -1 */
};

static bool reshape_solve(
	struct infer *inf, const struct node *node, struct reshape *r)
{
	bool cancelled[RANK_MAX] = {false};
	int64_t in_known = 1, out_known = 1;
	int in_open = 0, out_open = 0, in_left = -1, out_left = -1;
	for (int i = 0; i < r->rank; i++) {
		if (i == r->free) {
			out_open++;
			out_left = i;
			continue;
		}
		if (dim_known(r->dims[i])) {
			if (!mul_ok(out_known, r->dims[i], &out_known))
				return node_overflow(inf, node);
			continue;
		}
		int match = r->from[i];
		for (int k = 0; match < 0 && k < r->in->rank; k++)
			if (r->dims[i] != DIM_UNKNOWN && !cancelled[k] &&
				r->in->dim[k] == r->dims[i])
				match = k;
		if (match >= 0 && !cancelled[match]) {
			cancelled[match] = true;
			continue;
		}
		out_open++;
		out_left = i;
	}
	for (int k = 0; k < r->in->rank; k++) {
		if (cancelled[k])
			continue;
		if (!dim_known(r->in->dim[k])) {
			in_open++;
			in_left = k;
		} else if (!mul_ok(in_known, r->in->dim[k], &in_known)) {
			return node_overflow(inf, node);
		}
	}
	if (in_open == 0 && out_open == 0 && in_known != out_known)
		return node_refuse(inf, node,
			"cannot reshape %s (%lld elements) to %s (%lld)",
			shape_text(inf->ctx, r->in), (long long)in_known,
			dims_text(inf, r->rank, r->dims), (long long)out_known);
	if (out_open != 1)
		return true;
	if (in_open == 0) {
		if (out_known == 0) {
			if (in_known)
				return node_refuse(inf, node,
					"cannot reshape %s (%lld elements) to "
					"no elements",
					shape_text(inf->ctx, r->in),
					(long long)in_known);
			return true;
		}
		if (in_known % out_known)
			return node_refuse(inf, node,
				"cannot reshape %s (%lld elements) to %s: the "
				"known sizes hold %lld",
				shape_text(inf->ctx, r->in),
				(long long)in_known,
				dims_text(inf, r->rank, r->dims),
				(long long)out_known);
		r->dims[out_left] = in_known / out_known;
	} else if (in_open == 1 && in_known == out_known) {
		r->dims[out_left] = r->in->dim[in_left];
	}
	return true;
}

bool shape_reshape(struct infer *inf, struct node *node)
{
	struct reshape r = {.in = in_shape(node, 0), .free = -1};
	int64_t allow_zero;
	if (!node_attr_int(inf->ctx, node, "allowzero", 0, &allow_zero) ||
		!target_read(inf, node, 1, &r.rank, r.dims, r.open))
		return false;
	if (r.rank == RANK_UNKNOWN)
		return true;
	bool in_ranked = r.in->rank != RANK_UNKNOWN;
	for (int i = 0; i < r.rank; i++) {
		r.from[i] = -1;
		if (r.open[i])
			continue;
		if (r.dims[i] == 0 && !allow_zero) {
			if (in_ranked && i >= r.in->rank)
				return node_refuse(inf, node,
					"size %d of its shape is 0, to be "
					"copied from an input %s",
					i, shape_text(inf->ctx, r.in));
			r.dims[i] = in_ranked ? r.in->dim[i] : DIM_UNKNOWN;
			r.from[i] = i;
		} else if (r.dims[i] == -1) {
			if (r.free >= 0)
				return node_refuse(inf, node,
					"its shape has -1 at %d and at %d; one "
					"can be inferred",
					r.free, i);
			r.free = i;
		} else if (r.dims[i] < 0) {
			return node_refuse(inf, node,
				"its shape has the size %lld at %d",
				(long long)r.dims[i], i);
		}
	}
	if (in_ranked && !reshape_solve(inf, node, &r))
		return false;
	return out_shape(inf, node, 0, r.rank, r.dims);
}

bool shape_flatten(struct infer *inf, struct node *node)
{
	const struct shape *in = in_shape(node, 0);
	int64_t axis, dims[2];
	if (!node_attr_int(inf->ctx, node, "axis", 1, &axis))
		return false;
	if (in->rank == RANK_UNKNOWN)
		return out_shape(
			inf, node, 0, 2, (int64_t[]){DIM_UNKNOWN, DIM_UNKNOWN});
	if (axis < -in->rank || axis > in->rank)
		return node_refuse(inf, node,
			"axis %lld is out of range for rank %d",
			(long long)axis, in->rank);
	int split = (int)(axis < 0 ? axis + in->rank : axis);
	/* A scalar has no dims to point into. */
	const int64_t *rest = in->rank ? in->dim + split : in->dim;
	if (!dims_product(in->dim, split, &dims[0]) ||
		!dims_product(rest, in->rank - split, &dims[1]))
		return node_overflow(inf, node);
	return out_shape(inf, node, 0, 2, dims);
}

bool shape_squeeze(struct infer *inf, struct node *node)
{
	const struct shape *in = in_shape(node, 0);
	struct axes axes;
	int64_t dims[RANK_MAX];
	uint64_t set = 0;
	int rank = 0;
	if (!axes_read(inf, node, 1, "axes", &axes))
		return false;
	if (in->rank == RANK_UNKNOWN || (axes.given && !axes.known))
		return true;
	if (runtime_reading(
		    inf, axes.given && !axes.count, "an empty list of axes"))
		axes.given = false;
	if (axes.given && !axes_resolve(inf, node, &axes, in->rank, &set))
		return false;
	for (int i = 0; i < in->rank; i++) {
		bool named = set >> i & 1;
		if (named && dim_known(in->dim[i]) && in->dim[i] != 1)
			return node_refuse(inf, node,
				"axis %d of its input %s has size %lld, "
				"expected 1",
				i, shape_text(inf->ctx, in),
				(long long)in->dim[i]);
		if (!axes.given && !dim_known(in->dim[i]))
			return true; /* may be 1 or not */
		if (!named && (axes.given || in->dim[i] != 1))
			dims[rank++] = in->dim[i];
	}
	return out_shape(inf, node, 0, rank, dims);
}

bool shape_unsqueeze(struct infer *inf, struct node *node)
{
	const struct shape *in = in_shape(node, 0);
	struct axes axes;
	int64_t dims[RANK_MAX];
	uint64_t set;
	if (!axes_read(inf, node, 1, "axes", &axes))
		return false;
	if (in->rank == RANK_UNKNOWN || !axes.known)
		return true;
	if (axes.count > RANK_MAX - in->rank)
		return node_refuse(inf, node,
			"it adds %lld axes to rank %d; at most rank %d is "
			"supported",
			(long long)axes.count, in->rank, RANK_MAX);
	int rank = in->rank + (int)axes.count;
	if (!axes_resolve(inf, node, &axes, rank, &set))
		return false;
	for (int i = 0, k = 0; i < rank; i++)
		dims[i] = set >> i & 1 ? 1 : in->dim[k++];
	return out_shape(inf, node, 0, rank, dims);
}

bool shape_transpose(struct infer *inf, struct node *node)
{
	const struct shape *in = in_shape(node, 0);
	int64_t dims[RANK_MAX];
	size_t count;
	const int64_t *perm;
	uint64_t seen = 0;
	if (!node_attr_ints(inf->ctx, node, "perm", &count, &perm))
		return false;
	if (in->rank == RANK_UNKNOWN)
		return true;
	if (perm && count != (size_t)in->rank)
		return node_refuse(inf, node,
			"attribute 'perm' has %zu axes, its input %s has %d",
			count, shape_text(inf->ctx, in), in->rank);
	for (int i = 0; i < in->rank; i++) {
		int axis = in->rank - 1 - i;
		if (perm && !axis_resolve(inf, node, perm[i], in->rank, &axis))
			return false;
		if (seen >> axis & 1)
			return node_refuse(inf, node,
				"attribute 'perm' names axis %d twice", axis);
		seen |= (uint64_t)1 << axis;
		dims[i] = in->dim[axis];
	}
	return out_shape(inf, node, 0, in->rank, dims);
}

/* Joins inputs first, first + step, ... along the attribute axis. */
static bool concat(
	struct infer *inf, struct node *node, size_t first, size_t step)
{
	int64_t dims[RANK_MAX], sum = 0;
	int rank = RANK_UNKNOWN, axis = 0;
	size_t base = 0;
	bool whole = true; /* every input's rank is known */
	for (size_t k = first; k < node->input_count; k += step) {
		const struct shape *in = in_shape(node, k);
		if (in->rank == RANK_UNKNOWN) {
			whole = false;
			continue;
		}
		if (rank == RANK_UNKNOWN) {
			rank = in->rank;
			base = k;
			if (!axis_attr(inf, node, "axis", 1, rank, &axis))
				return false;
			dims_copy(dims, in->dim, rank);
		}
		if (in->rank != rank)
			return node_refuse(inf, node,
				"input %zu is %s and input %zu is %s: their "
				"ranks differ",
				base,
				shape_text(inf->ctx, in_shape(node, base)), k,
				shape_text(inf->ctx, in));
		for (int i = 0; i < rank; i++)
			if (i != axis &&
				!dim_merge(dims[i], in->dim[i], &dims[i]))
				return node_refuse(inf, node,
					"input %zu is %s and input %zu is %s: "
					"they differ on axis %d, joined is "
					"axis %d",
					base,
					shape_text(
						inf->ctx, in_shape(node, base)),
					k, shape_text(inf->ctx, in), i, axis);
		if (!dim_add(sum, in->dim[axis], &sum))
			return node_overflow(inf, node);
	}
	if (rank == RANK_UNKNOWN)
		return true;
	dims[axis] = whole ? sum : DIM_UNKNOWN;
	return out_shape(inf, node, 0, rank, dims);
}

bool shape_concat(struct infer *inf, struct node *node)
{
	return concat(inf, node, 0, 1);
}

/* Output scale, output zero point, then tensor, scale, zero point each. */
bool shape_qlinear_concat(struct infer *inf, struct node *node)
{
	out_type(node, 0, in_type(node, 1));
	return concat(inf, node, 2, 3);
}

bool shape_split(struct infer *inf, struct node *node)
{
	const struct shape *in = in_shape(node, 0);
	struct axes sizes;
	int64_t dims[RANK_MAX], parts, sum = 0;
	int axis;
	for (size_t k = 1; k < node->output_count; k++)
		out_type(node, k, in_type(node, 0));
	if (!axes_read(inf, node, 1, "split", &sizes) ||
		!node_attr_int(inf->ctx, node, "num_outputs",
			(int64_t)node->output_count, &parts))
		return false;
	if (in->rank == RANK_UNKNOWN)
		return true;
	if (!axis_attr(inf, node, "axis", 0, in->rank, &axis))
		return false;
	int64_t whole = in->dim[axis];
	if (parts < 1)
		return node_refuse(inf, node, "it splits into %lld outputs",
			(long long)parts);
	if (!sizes.given && parts != (int64_t)node->output_count)
		return node_refuse(inf, node,
			"it has %zu outputs, attribute 'num_outputs' says %lld",
			node->output_count, (long long)parts);
	if (sizes.known && sizes.count != (int64_t)node->output_count)
		return node_refuse(inf, node,
			"it has %lld sizes for %zu outputs",
			(long long)sizes.count, node->output_count);
	for (int64_t i = 0; sizes.known && i < sizes.count; i++)
		if (sizes.axis[i] < 0 || !add_ok(sum, sizes.axis[i], &sum))
			return node_refuse(inf, node, "size %lld of its parts",
				(long long)sizes.axis[i]);
	if (sizes.known && dim_known(whole) && sum != whole)
		return node_refuse(inf, node,
			"its sizes add up to %lld, axis %d of its input %s has "
			"%lld",
			(long long)sum, axis, shape_text(inf->ctx, in),
			(long long)whole);
	/* Unequal parts of an equal split exist since num_outputs does. */
	if (!sizes.given && dim_known(whole) && whole % parts &&
		!node_attr(node, "num_outputs"))
		return node_refuse(inf, node,
			"axis %d of its input %s has %lld elements, not a "
			"multiple of %lld outputs",
			axis, shape_text(inf->ctx, in), (long long)whole,
			(long long)parts);
	/* Equal parts, the last one what is left. */
	int64_t chunk = DIM_UNKNOWN, last = DIM_UNKNOWN;
	if (!sizes.given && parts == 1)
		last = whole;
	else if (!sizes.given && dim_known(whole)) {
		int64_t before;
		chunk = ceil_div(whole, parts);
		if (!mul_ok(parts - 1, chunk, &before) || before > whole)
			return node_refuse(inf, node,
				"axis %d of its input %s has %lld elements: "
				"%lld parts of %lld leave less than nothing "
				"for the last one",
				axis, shape_text(inf->ctx, in),
				(long long)whole, (long long)(parts - 1),
				(long long)chunk);
		last = whole - before;
	}
	dims_copy(dims, in->dim, in->rank);
	for (size_t k = 0; k < node->output_count; k++) {
		bool is_last = (int64_t)k + 1 == parts;
		dims[axis] = sizes.known ? sizes.axis[k]
			: is_last        ? last
					 : chunk;
		if (!out_shape(inf, node, k, in->rank, dims))
			return false;
	}
	return true;
}

/* One axis of a Slice; start and end as the node has them. */
int64_t slice_size(int64_t dim, int64_t *start, int64_t end, int64_t step)
{
	int64_t low = step > 0 ? 0 : -1, high = step > 0 ? dim : dim - 1;
	if (dim == 0) { /* there is no element to begin with */
		*start = 0;
		return 0;
	}
	int64_t from = *start < 0 ? *start + dim : *start;
	int64_t to = end < 0 ? end + dim : end;
	/* A start before the first element is the first in either direction. */
	from = from < 0 ? 0 : from > high ? high : from;
	to = to < low ? low : to > high ? high : to;
	*start = from;
	if (step > 0)
		return from >= to ? 0 : (to - from - 1) / step + 1;
	if (from <= to)
		return 0;
	return step == INT64_MIN ? 1 : (from - to - 1) / -step + 1;
}

/* starts, ends, axes, steps: inputs, or attributes below opset 10. */
bool slice_read(
	struct infer *inf, const struct node *node, int rank, struct slice *out)
{
	struct axes list[4]; /* starts, ends, axes, steps */
	static const char *const name[] = {"starts", "ends", "axes", "steps"};
	for (int i = 0; i < 4; i++)
		if (!axes_read(inf, node, (size_t)i + 1, name[i], &list[i]))
			return false;
	/* Partly known lists (a start that hangs on an open size) count too. */
	const struct tensor *part[4] = {NULL};
	int64_t count = -1;
	for (int i = 0; i < 4; i++) {
		if (list[i].given && !list[i].known)
			part[i] = in_tensor(inf, node, (size_t)i + 1);
		if (part[i] && (!part[i]->ints || part[i]->shape.rank > 1))
			return node_refuse(inf, node,
				"its %s are no list of "
				"integers",
				name[i]);
		if (part[i])
			list[i].count = part[i]->count;
		if (!list[i].known && !part[i])
			continue;
		if (count >= 0 && list[i].count != count)
			return node_refuse(inf, node,
				"it has %lld %s, expected %lld",
				(long long)list[i].count, name[i],
				(long long)count);
		count = list[i].count;
	}
	if (!list[0].given || !list[1].given)
		return node_refuse(inf, node, "it has no starts or no ends");
	*out = (struct slice){.axes_known = !list[2].given || list[2].known};
	if (count < 0 || !out->axes_known) {
		out->axes_known = false;
		return true;
	}
	if (count > rank)
		return node_refuse(inf, node, "it slices %lld axes of rank %d",
			(long long)count, rank);
	uint64_t seen = 0;
	for (int64_t i = 0; i < count; i++) {
		int axis = (int)i;
		if (list[2].given &&
			!axis_resolve(inf, node, list[2].axis[i], rank, &axis))
			return false;
		if (seen >> axis & 1)
			return node_refuse(
				inf, node, "it slices axis %d twice", axis);
		seen |= (uint64_t)1 << axis;
		int64_t number[4] = {0, 0, 0, 1};
		bool known[4] = {true, true, true, true};
		for (int j = 0; j < 4; j++) {
			if (list[j].known)
				number[j] = list[j].axis[i];
			else if (part[j] && tensor_known(part[j], i))
				number[j] = part[j]->ints[i];
			else if (list[j].given)
				known[j] = false;
		}
		struct slice_axis *s = &out->axis[axis];
		s->sliced = true;
		s->start = number[0];
		s->end = number[1];
		s->step = number[3];
		s->known = known[0] && known[1] && known[3];
		if (known[3] && s->step == 0)
			return node_refuse(
				inf, node, "its step along axis %d is 0", axis);
	}
	return true;
}

bool shape_slice(struct infer *inf, struct node *node)
{
	const struct shape *in = in_shape(node, 0);
	struct slice slice;
	int64_t dims[RANK_MAX];
	if (in->rank == RANK_UNKNOWN)
		return true;
	if (!slice_read(inf, node, in->rank, &slice))
		return false;
	for (int i = 0; i < in->rank; i++) {
		struct slice_axis s = slice.axis[i];
		int64_t dim = in->dim[i];
		if (runtime_reading(inf,
			    s.known && s.step < 0 &&
				    (s.end == INT32_MAX || s.end == INT64_MAX),
			    "a slice backwards to INT_MAX"))
			s.end = INT64_MIN;
		if (!slice.axes_known)
			dims[i] = DIM_UNKNOWN;
		else if (!s.sliced)
			dims[i] = dim;
		else if (s.known && dim_known(dim))
			dims[i] = slice_size(dim, &s.start, s.end, s.step);
		else if (s.known && s.start == 0 && s.step == 1 &&
			s.end >= INT32_MAX)
			dims[i] = dim; /* all of an open size */
		else
			dims[i] = DIM_UNKNOWN;
	}
	return out_shape(inf, node, 0, in->rank, dims);
}

bool pads_read(struct infer *inf, const struct node *node, int rank,
	struct axes *pads, uint64_t *set)
{
	struct axes axes = {0};
	bool old = node_attr(node, "paddings");
	*set = rank == 64 ? 0 : ((uint64_t)1 << rank) - 1;
	if (!axes_read(inf, node, 1, old ? "paddings" : "pads", pads) ||
		!axes_read(inf, node, 3, "axes", &axes))
		return false;
	if (!pads->given)
		return node_refuse(inf, node, "it has no pads");
	if (node_is(node, OP_MS_Pad) && in_rank(node, 1) == 2) {
		/* As one row, too. */
		const struct tensor *row = in_tensor(inf, node, 1);
		pads->known = row && row->ints && tensor_complete(row);
		pads->axis = pads->known ? row->ints : NULL;
		pads->count = pads->known ? row->count : 0;
	}
	if (axes.given && !axes.known)
		pads->known = false;
	if (!pads->known)
		return true;
	int64_t count = rank;
	if (axes.given) {
		count = axes.count;
		if (!axes_resolve(inf, node, &axes, rank, set))
			return false;
	}
	if (pads->count != 2 * count)
		return node_refuse(inf, node,
			"it has %lld pads for %lld axes, expected %lld",
			(long long)pads->count, (long long)count,
			(long long)(2 * count));
	if (!axes.given)
		return true;
	/* Spread over all axes. */
	int64_t *full =
		arena_array(&inf->ctx->arena, 2 * (size_t)rank, sizeof *full);
	for (int64_t i = 0; i < count; i++) {
		int axis;
		if (!axis_resolve(inf, node, axes.axis[i], rank, &axis))
			return false;
		full[axis] = pads->axis[i];
		full[rank + axis] = pads->axis[count + i];
	}
	pads->axis = full;
	pads->count = 2 * rank;
	return true;
}

bool shape_pad(struct infer *inf, struct node *node)
{
	const struct shape *in = in_shape(node, 0);
	struct axes pads;
	uint64_t set;
	int64_t dims[RANK_MAX];
	if (in->rank == RANK_UNKNOWN)
		return true;
	if (!pads_read(inf, node, in->rank, &pads, &set))
		return false;
	for (int i = 0; i < in->rank; i++) {
		dims[i] = set >> i & 1 ? DIM_UNKNOWN : in->dim[i];
		if (!pads.known)
			continue;
		int64_t both;
		if (!add_ok(pads.axis[i], pads.axis[in->rank + i], &both))
			return node_overflow(inf, node);
		if (dim_shift(in->dim[i], both, &dims[i]))
			continue;
		if (both > 0)
			return node_overflow(inf, node);
		return node_refuse(inf, node,
			"pads %lld and %lld leave less than nothing of axis %d "
			"of its input %s",
			(long long)pads.axis[i],
			(long long)pads.axis[in->rank + i], i,
			shape_text(inf->ctx, in));
	}
	return out_shape(inf, node, 0, in->rank, dims);
}

bool shape_expand(struct infer *inf, struct node *node)
{
	const struct shape *in = in_shape(node, 0);
	int64_t dims[RANK_MAX];
	bool open[RANK_MAX];
	int rank;
	if (!target_read(inf, node, 1, &rank, dims, open))
		return false;
	if (in->rank == RANK_UNKNOWN || rank == RANK_UNKNOWN)
		return true;
	for (int i = 0; i < rank; i++)
		if (!open[i] && dims[i] < 0)
			return node_refuse(inf, node,
				"its shape has the size %lld at %d",
				(long long)dims[i], i);
	int64_t asked[RANK_MAX];
	int asked_rank = rank;
	dims_copy(asked, dims, rank);
	if (!dims_broadcast(dims, &rank, in->dim, in->rank))
		return node_refuse(inf, node, "cannot expand %s to %s",
			shape_text(inf->ctx, in),
			dims_text(inf, asked_rank, asked));
	return out_shape(inf, node, 0, rank, dims);
}

bool shape_tile(struct infer *inf, struct node *node)
{
	const struct shape *in = in_shape(node, 0);
	const struct tensor *repeats = in_tensor(inf, node, 1);
	int64_t dims[RANK_MAX];
	if (in->rank == RANK_UNKNOWN)
		return true;
	if (repeats && (!repeats->ints || repeats->count != in->rank))
		return node_refuse(inf, node,
			"it has %lld repeats for its input %s",
			(long long)repeats->count, shape_text(inf->ctx, in));
	for (int i = 0; i < in->rank; i++) {
		int64_t times = repeats ? target_dim(repeats, i) : DIM_UNKNOWN;
		if (repeats && tensor_known(repeats, i) && times < 0)
			return node_refuse(inf, node,
				"axis %d is repeated %lld times", i,
				(long long)times);
		if (!dim_mul(in->dim[i], times, &dims[i]))
			return node_overflow(inf, node);
	}
	return out_shape(inf, node, 0, in->rank, dims);
}

/* N, C, H, W with blocks moved between C and H, W. */
static bool block_shape(struct infer *inf, struct node *node, bool to_depth)
{
	int64_t block, squared;
	if (!node_attr_int(inf->ctx, node, "blocksize", 0, &block) ||
		!in_rank_is(inf, node, 0, 4))
		return false;
	if (block < 1 || !mul_ok(block, block, &squared))
		return node_refuse(inf, node, "attribute 'blocksize' is %lld",
			(long long)block);
	if (in_rank(node, 0) == RANK_UNKNOWN)
		return true;
	int64_t dims[4];
	memcpy(dims, in_shape(node, 0)->dim, sizeof dims);
	for (int i = 1; i < 4; i++) {
		int64_t factor = i == 1 ? squared : block;
		bool grows = (i == 1) == to_depth;
		if (grows) {
			if (!dim_mul(dims[i], factor, &dims[i]))
				return node_overflow(inf, node);
		} else if (factor != 1 && dim_known(dims[i])) {
			if (dims[i] % factor)
				return node_refuse(inf, node,
					"axis %d of its input %s is no "
					"multiple of %lld",
					i,
					shape_text(inf->ctx, in_shape(node, 0)),
					(long long)factor);
			dims[i] /= factor;
		} else if (factor != 1) {
			dims[i] = DIM_UNKNOWN;
		}
	}
	return out_shape(inf, node, 0, 4, dims);
}

bool shape_depth_to_space(struct infer *inf, struct node *node)
{
	return block_shape(inf, node, false);
}

bool shape_space_to_depth(struct infer *inf, struct node *node)
{
	return block_shape(inf, node, true);
}

/* Crops or pads the named axes to the sizes given. */
bool shape_center_crop_pad(struct infer *inf, struct node *node)
{
	const struct shape *in = in_shape(node, 0);
	const struct tensor *sizes = in_tensor(inf, node, 1);
	struct axes axes;
	int64_t dims[RANK_MAX];
	uint64_t set;
	/* No input can hold the axes. */
	if (!axes_read(inf, node, SIZE_MAX, "axes", &axes))
		return false;
	if (in->rank == RANK_UNKNOWN)
		return true;
	if (!axes_resolve(inf, node, &axes, in->rank, &set))
		return false;
	int64_t count = axes.given ? axes.count : in->rank;
	if (sizes && (!sizes->ints || sizes->count != count))
		return node_refuse(inf, node, "it has %lld sizes for %lld axes",
			(long long)sizes->count, (long long)count);
	dims_copy(dims, in->dim, in->rank);
	for (int64_t i = 0; i < count; i++) {
		int axis = (int)i;
		if (axes.given &&
			!axis_resolve(inf, node, axes.axis[i], in->rank, &axis))
			return false;
		dims[axis] = sizes ? target_dim(sizes, i) : DIM_UNKNOWN;
		if (sizes && tensor_known(sizes, i) && dims[axis] < 0)
			return node_refuse(inf, node, "size %lld of axis %d",
				(long long)dims[axis], axis);
	}
	return out_shape(inf, node, 0, in->rank, dims);
}

/* Caffe's Crop: a border of left, top, right, bottom goes. */
bool shape_crop(struct infer *inf, struct node *node)
{
	size_t count, scale_count;
	const int64_t *border, *scale;
	if (!in_rank_is(inf, node, 0, 4) ||
		!node_attr_ints(inf->ctx, node, "border", &count, &border) ||
		!node_attr_ints(inf->ctx, node, "scale", &scale_count, &scale))
		return false;
	if (in_rank(node, 0) != 4)
		return true;
	if (count != 4)
		return node_refuse(inf, node,
			"attribute 'border' has %zu numbers, expected 4",
			count);
	for (size_t i = 0; i < count; i++)
		if (border[i] < 0)
			return node_refuse(inf, node,
				"attribute 'border' has %lld, expected at "
				"least 0",
				(long long)border[i]);
	int64_t dims[4];
	memcpy(dims, in_shape(node, 0)->dim, sizeof dims);
	for (int i = 0; i < 2; i++) {
		/* With a scale the border is where it begins. */
		bool sized = scale_count == 2;
		int64_t from = border[1 - i];
		int64_t rest = sized ? scale[i] : border[3 - i], all;
		int64_t *dim = &dims[2 + i], whole = *dim;
		if (!add_ok(from, rest, &all))
			return node_overflow(inf, node);
		if ((dim_known(whole) && all > whole) || rest < 0)
			return node_refuse(inf, node,
				"axis %d of its input %s has fewer than the "
				"%lld elements to be cut",
				2 + i,
				shape_text(inf->ctx, in_shape(node, 0)),
				(long long)all);
		*dim = sized                ? rest
			: dim_known(whole) ? whole - all
			: all              ? DIM_UNKNOWN
					   : whole;
	}
	return out_shape(inf, node, 0, 4, dims);
}

/* --- sources ------------------------------------------------------------- */

bool shape_constant(struct infer *inf, struct node *node)
{
	static const struct {
		const char *name;
		enum attr_kind kind;
		enum dtype type;
		int rank;
	} forms[] = {
		{"value_int",     ATTR_INT,     DTYPE_INT64,  0},
		{"value_ints",    ATTR_INTS,    DTYPE_INT64,  1},
		{"value_float",   ATTR_FLOAT,   DTYPE_FLOAT,  0},
		{"value_floats",  ATTR_FLOATS,  DTYPE_FLOAT,  1},
		{"value_string",  ATTR_STRING,  DTYPE_STRING, 0},
		{"value_strings", ATTR_STRINGS, DTYPE_STRING, 1},
	};
	const struct attr *value = node_attr(node, "value");
	if (value && value->kind == ATTR_TENSOR && value->as.tensor) {
		out_type(node, 0, value->as.tensor->type);
		return out_like(node, 0, &value->as.tensor->shape);
	}
	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
		const struct attr *attr = node_attr(node, forms[i].name);
		if (!attr || attr->kind != forms[i].kind)
			continue;
		int64_t count = (int64_t)attr->count;
		out_type(node, 0, forms[i].type);
		return out_shape(inf, node, 0, forms[i].rank, &count);
	}
	if (node_attr(node, "sparse_value"))
		return true;
	return node_refuse(inf, node,
		"it has no value: expected an attribute 'value', 'value_int', "
		"'value_ints', 'value_float' or 'value_floats'");
}

bool shape_constant_of_shape(struct infer *inf, struct node *node)
{
	const struct attr *value = node_attr(node, "value");
	int64_t dims[RANK_MAX];
	bool open[RANK_MAX];
	int rank;
	bool typed = value && value->kind == ATTR_TENSOR && value->as.tensor;
	out_type(node, 0, typed ? value->as.tensor->type : DTYPE_FLOAT);
	if (!target_read(inf, node, 0, &rank, dims, open))
		return false;
	for (int i = 0; i < rank; i++)
		if (!open[i] && dims[i] < 0)
			return node_refuse(inf, node,
				"its shape has the size %lld at %d",
				(long long)dims[i], i);
	return out_shape(inf, node, 0, rank, dims);
}

bool shape_eye_like(struct infer *inf, struct node *node)
{
	return in_rank_is(inf, node, 0, 2) && shape_random_like(inf, node);
}

/* start, limit, delta (com.microsoft: delta may be left out) */
bool shape_range(struct infer *inf, struct node *node)
{
	int64_t count = DIM_UNKNOWN;
	const struct tensor *part[3];
	bool known = true;
	for (size_t k = 0; k < 3; k++) {
		part[k] = in_tensor(inf, node, k);
		if (k == 2 && !node_input(node, k))
			continue;
		known = known && part[k] && part[k]->count == 1 &&
			tensor_complete(part[k]);
	}
	if (known && part[0]->ints) {
		int64_t span, start = part[0]->ints[0];
		int64_t delta = part[2] && part[2]->ints ? part[2]->ints[0] : 1;
		if (delta == 0)
			return node_refuse(inf, node, "its delta is 0");
		if (!part[1]->ints || !sub_ok(part[1]->ints[0], start, &span) ||
			span == INT64_MIN || delta == INT64_MIN)
			count = DIM_UNKNOWN;
		else if ((span < 0) != (delta < 0) || span == 0)
			count = 0;
		else
			count = delta > 0 ? ceil_div(span, delta)
					  : ceil_div(-span, -delta);
	} else if (known && part[0]->floats && part[1]->floats) {
		double delta = part[2] ? tensor_double(part[2], 0) : 1;
		if (delta == 0)
			return node_refuse(inf, node, "its delta is 0");
		double n = (part[1]->floats[0] - part[0]->floats[0]) / delta;
		/* NaN fails both comparisons. */
		if (n <= 0)
			count = 0;
		else if (n < 0x1p53) {
			count = (int64_t)n;
			count += (double)count < n;
		}
	}
	return out_shape(inf, node, 0, 1, &count);
}

/* Sizes start .. end of the input's shape. */
bool shape_shape(struct infer *inf, struct node *node)
{
	int rank = in_rank(node, 0), from, to;
	if (rank == RANK_UNKNOWN)
		return out_shape(inf, node, 0, 1, (int64_t[]){DIM_UNKNOWN});
	if (!shape_bounds(inf, node, rank, &from, &to))
		return false;
	return out_shape(
		inf, node, 0, 1, (int64_t[]){to > from ? to - from : 0});
}

bool shape_bounds(struct infer *inf, const struct node *node, int rank,
	int *from, int *to)
{
	int64_t bound[2];
	if (!node_attr_int(inf->ctx, node, "start", 0, &bound[0]) ||
		!node_attr_int(inf->ctx, node, "end", rank, &bound[1]))
		return false;
	for (int i = 0; i < 2; i++) {
		if (bound[i] < 0)
			bound[i] += rank;
		bound[i] = bound[i] < 0 ? 0 : bound[i] > rank ? rank : bound[i];
	}
	*from = (int)bound[0];
	*to = (int)bound[1];
	return true;
}
