/* Constants are tracked up to a size always, beyond it out of one budget. */
#include "passes/value_rule.h"

#include "ir/element.h"

#include <math.h>
#include <string.h>

/* A constant up to this size is always tracked; the larger ones of a model
 * share a budget (infer.c). */
enum { SMALL_ELEMS = 1024 };

void value_none(struct infer *inf, struct node *node)
{
	(void)inf;
	(void)node;
}

/* A row of its own, so that the driver can tell it from none. */
void value_never(struct infer *inf, struct node *node)
{
	value_none(inf, node);
}

bool budget_take(struct infer *inf, int64_t elems)
{
	if (elems <= SMALL_ELEMS)
		return true;
	if (elems > inf->budget)
		return false;
	inf->budget -= elems;
	return true;
}

bool tensor_complete(const struct tensor *tensor)
{
	for (int64_t i = 0; tensor->unknown && i < tensor->count; i++)
		if (tensor->unknown[i])
			return false;
	return true;
}

bool shape_tracked(const struct shape *shape, int64_t *count)
{
	int64_t box = 1; /* elements, were no dimension 0 */
	if (!shape_known(shape) || !shape_elems(shape, count))
		return false;
	for (int i = 0; i < shape->rank; i++)
		if (shape->dim[i] > 1 &&
			(!mul_ok(box, shape->dim[i], &box) ||
				box > CONST_ELEMS_MAX))
			return false;
	return true;
}

struct tensor *tensor_make(
	struct infer *inf, enum dtype type, const struct shape *shape)
{
	int64_t count;
	bool integer = dtype_is_integer(type);
	if ((!integer && !dtype_is_float(type)) ||
		!shape_tracked(shape, &count) || !budget_take(inf, count))
		return NULL;
	struct arena *arena = &inf->ctx->arena;
	struct tensor *tensor = arena_alloc(arena, sizeof *tensor);
	tensor->type = type;
	tensor->shape = *shape;
	tensor->count = count;
	if (integer)
		tensor->ints =
			arena_array(arena, (size_t)count, sizeof *tensor->ints);
	else
		tensor->floats = arena_array(
			arena, (size_t)count, sizeof *tensor->floats);
	return tensor;
}

struct tensor *tensor_new(struct infer *inf, const struct node *node, size_t k)
{
	const struct value *out = node_output(node, k);
	return out ? tensor_make(inf, out->type, &out->shape) : NULL;
}

void out_tensor(const struct node *node, size_t k, struct tensor *tensor)
{
	struct value *out = node_output(node, k);
	if (out)
		out->data = tensor;
}

void tensor_forget(
	struct infer *inf, struct tensor *tensor, int64_t i, int64_t dim)
{
	if (!tensor->unknown)
		tensor->unknown =
			arena_alloc(&inf->ctx->arena, (size_t)tensor->count);
	tensor->unknown[i] = 1;
	if (tensor->ints)
		tensor->ints[i] = dim < 0 ? dim : DIM_UNKNOWN;
}

void tensor_copy(struct infer *inf, struct tensor *to, int64_t i,
	const struct tensor *from, int64_t j)
{
	if (!tensor_known(from, j))
		tensor_forget(
			inf, to, i, from->ints ? from->ints[j] : DIM_UNKNOWN);
	else if (to->ints && from->ints)
		to->ints[i] = from->ints[j];
	else if (to->floats && from->floats)
		to->floats[i] = from->floats[j];
	else
		tensor_forget(inf, to, i, DIM_UNKNOWN);
}

void tensor_set_float(struct tensor *tensor, int64_t i, double v)
{
	enum dtype type = tensor->type;
	tensor->floats[i] = type == DTYPE_DOUBLE
		? v
		: element_float(type, element_of_float(type, v));
}

void tensor_set_int(
	struct infer *inf, struct tensor *tensor, int64_t i, int64_t v)
{
	enum dtype type = tensor->type;
	int bits = dtype_bits(type);
	bool is_unsigned = type == DTYPE_UINT8 || type == DTYPE_UINT16 ||
		type == DTYPE_UINT32 || type == DTYPE_UINT4 ||
		type == DTYPE_UINT2;
	if (type == DTYPE_BOOL) {
		v = v != 0;
	} else if (type == DTYPE_UINT64) {
		if (v < 0) { /* or beyond int64_t, which is not tracked */
			tensor_forget(inf, tensor, i, DIM_UNKNOWN);
			return;
		}
	} else if (bits > 0 && bits < 64) {
		uint64_t mask = ((uint64_t)1 << bits) - 1;
		uint64_t low = (uint64_t)v & mask;
		bool negative = !is_unsigned && low >> (bits - 1);
		v = negative ? (int64_t)low - (int64_t)mask - 1 : (int64_t)low;
	}
	tensor->ints[i] = v;
}

double tensor_double(const struct tensor *tensor, int64_t i)
{
	return tensor->ints ? (double)tensor->ints[i] : tensor->floats[i];
}

/* Whether each Cast rounds v to this number of a type: what does not fit a
 * narrow type hangs on 'saturate' (twice as much is the same number then), and
 * a scale on 'round_mode'. */
static bool rounding_certain(enum dtype type, double v, double rounded)
{
	if (dtype_bits(type) > 8)
		return true;
	if (rounded == v || !isfinite(v))
		return isfinite(v);
	return type != DTYPE_FLOAT8E8M0 &&
		(rounded == 0 ||
			element_of_float(type, 2 * v) !=
				element_of_float(type, v));
}

void tensor_convert(struct infer *inf, struct tensor *to, int64_t i,
	const struct tensor *from, int64_t j)
{
	if (!tensor_known(from, j)) {
		tensor_forget(
			inf, to, i, from->ints ? from->ints[j] : DIM_UNKNOWN);
	} else if (to->floats) {
		double v = tensor_double(from, j);
		tensor_set_float(to, i, v);
		if (!rounding_certain(to->type, v, to->floats[i]))
			tensor_forget(inf, to, i, DIM_UNKNOWN);
	} else if (from->ints) {
		tensor_set_int(inf, to, i, from->ints[j]);
	} else if (to->type == DTYPE_BOOL) {
		to->ints[i] = from->floats[j] != 0;
	} else {
		/* The types of 4 and 2 bits round, the others cut off. */
		double v = dtype_bits(to->type) < 8 ? rint(from->floats[j])
						    : trunc(from->floats[j]);
		/* NaN fails, too. What lies outside is anybody's guess. */
		if (v >= -0x1p63 && v < 0x1p63) {
			tensor_set_int(inf, to, i, (int64_t)v);
			if (tensor_known(to, i) && (double)to->ints[i] != v)
				tensor_forget(inf, to, i, DIM_UNKNOWN);
		} else {
			tensor_forget(inf, to, i, DIM_UNKNOWN);
		}
	}
}

void shape_pitches(const struct shape *shape, int64_t pitch[RANK_MAX])
{
	/* The shape is tracked: the product stays small. */
	int64_t step = 1;
	for (int i = shape->rank - 1; i >= 0; i--) {
		pitch[i] = step;
		step *= shape->dim[i] ? shape->dim[i] : 1;
	}
}

void shape_broadcast_pitches(
	const struct shape *shape, int rank, int64_t pitch[RANK_MAX])
{
	int64_t dense[RANK_MAX];
	int shift = rank - shape->rank;
	shape_pitches(shape, dense);
	for (int i = 0; i < rank; i++)
		pitch[i] = i < shift || shape->dim[i - shift] == 1
			? 0
			: dense[i - shift];
}

void index_step(int64_t *index, int rank, const int64_t *dims)
{
	for (int i = rank - 1; i >= 0; i--) {
		if (++index[i] < dims[i])
			return;
		index[i] = 0;
	}
}

int64_t index_offset(const int64_t *index, int rank, const int64_t *pitch)
{
	int64_t offset = 0;
	for (int i = 0; i < rank; i++)
		offset += index[i] * pitch[i];
	return offset;
}
