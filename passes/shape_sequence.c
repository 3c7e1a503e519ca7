/* Sequences and optionals. Of a sequence whose length is known, the shape of
 * every element is followed, and the value of small whole numbers, which may
 * become sizes. A value's own shape is what all its elements have in common. An
 * optional is what it holds. */
#include "passes/value_rule.h"

#include <string.h>

/* --- what the rules share ------------------------------------------------ */

struct shape shape_common(
	struct infer *inf, const struct shape *a, const struct shape *b)
{
	int64_t dims[RANK_MAX];
	if (a->rank == RANK_UNKNOWN || a->rank != b->rank)
		return shape_unknown();
	for (int i = 0; i < a->rank; i++)
		dims[i] = a->dim[i] == b->dim[i] ? a->dim[i] : DIM_UNKNOWN;
	return shape_make(inf->ctx, a->rank, dims);
}

const struct sequence *in_sequence(const struct node *node, size_t k)
{
	const struct value *value = node_input(node, k);
	return value ? value->sequence : NULL;
}

struct sequence *sequence_make(struct infer *inf, int64_t length)
{
	if (length > CONST_ELEMS_MAX || !budget_take(inf, length))
		return NULL;
	struct sequence *s = arena_alloc(&inf->ctx->arena, sizeof *s);
	s->length = length;
	s->element = arena_array(
		&inf->ctx->arena, (size_t)length, sizeof *s->element);
	for (int64_t i = 0; i < length; i++)
		s->element[i].shape = shape_unknown();
	return s;
}

static bool shape_equal(const struct shape *a, const struct shape *b)
{
	return a->rank == b->rank &&
		(a->rank <= 0 || a->dim == b->dim ||
			memcmp(a->dim, b->dim,
				(size_t)a->rank * sizeof *a->dim) == 0);
}

struct shape sequence_shape(struct infer *inf, const struct sequence *s)
{
	struct shape shape = s->length ? s->element[0].shape : shape_unknown();
	for (int64_t i = 1; i < s->length; i++)
		if (!shape_equal(&shape, &s->element[i].shape))
			shape = shape_common(
				inf, &shape, &s->element[i].shape);
	return shape;
}

static bool element_equal(const struct element *a, const struct element *b)
{
	return a->data == b->data && shape_equal(&a->shape, &b->shape);
}

const struct sequence *sequence_common(struct infer *inf,
	const struct sequence *a, const struct sequence *b)
{
	if (!a || !b || a->length != b->length || a == b)
		return a == b ? a : NULL;
	struct sequence *s = sequence_make(inf, a->length);
	for (int64_t i = 0; s && i < s->length; i++) {
		const struct element *e = &a->element[i], *f = &b->element[i];
		s->element[i] = *e;
		if (!element_equal(e, f))
			s->element[i] = (struct element){
				.shape = shape_common(
					inf, &e->shape, &f->shape)};
	}
	return s;
}

bool sequence_same(const struct sequence *a, const struct sequence *b)
{
	if (!a || !b || a->length != b->length)
		return a == b;
	for (int64_t i = 0; i < a->length; i++)
		if (!element_equal(&a->element[i], &b->element[i]))
			return false;
	return true;
}

/* A tensor as an element. Large ones and floats are no sizes. */
static struct element element_of(
	struct infer *inf, const struct node *node, size_t k)
{
	enum { ELEMS_MAX = 64 };
	struct value *value = node_input(node, k);
	struct element e = {.shape = *in_shape(node, k)};
	int64_t elems;
	if (value && dtype_is_integer(value->type) &&
		shape_elems(&value->shape, &elems) && elems <= ELEMS_MAX &&
		value_tensor(inf, value))
		e.data = value->data;
	return e;
}

bool out_sequence(struct infer *inf, const struct node *node, size_t k,
	const struct sequence *s, const struct shape *otherwise)
{
	struct value *out = node_output(node, k);
	if (!out)
		return true;
	out->is_sequence = true;
	out->sequence = s;
	out->shape = s ? sequence_shape(inf, s) : *otherwise;
	return true;
}

/* --- making -------------------------------------------------------------- */

bool shape_sequence_construct(struct infer *inf, struct node *node)
{
	struct shape shape = *in_shape(node, 0);
	struct sequence *s = sequence_make(inf, (int64_t)node->input_count);
	for (size_t k = 0; k < node->input_count; k++) {
		shape = shape_common(inf, &shape, in_shape(node, k));
		if (s)
			s->element[k] = element_of(inf, node, k);
	}
	return out_sequence(inf, node, 0, s, &shape);
}

bool shape_sequence_empty(struct infer *inf, struct node *node)
{
	const struct shape unknown = shape_unknown();
	return type_attr(inf, node, "dtype", DTYPE_FLOAT) &&
		out_sequence(inf, node, 0, sequence_make(inf, 0), &unknown);
}

/* Sizes of the parts of an axis of whole elements: in *list those that input 1
 * names one by one, or else *each, the last one smaller. */
struct parts {
	bool known;
	int64_t count, each;
	const int64_t *list; /* [count], or NULL */
};

static bool parts_read(struct infer *inf, const struct node *node,
	int64_t whole, struct parts *out)
{
	const struct tensor *split = in_tensor(inf, node, 1);
	int64_t sum = 0;
	*out = (struct parts){.each = 1};
	if (node_input(node, 1)) {
		if (!split || !split->ints || !tensor_complete(split))
			return true;
		if (split->shape.rank > 0) {
			out->known = true;
			out->count = split->count;
			out->list = split->ints;
			for (int64_t i = 0; i < split->count; i++)
				if (split->ints[i] < 0 ||
					!add_ok(sum, split->ints[i], &sum))
					return node_refuse(inf, node,
						"part of %lld elements",
						(long long)split->ints[i]);
			return !dim_known(whole) || sum == whole ||
				node_refuse(inf, node,
					"its parts add up to %lld of %lld "
					"elements",
					(long long)sum, (long long)whole);
		}
		out->each = split->ints[0];
		if (out->each < 1)
			return node_refuse(inf, node, "parts of %lld elements",
				(long long)out->each);
	}
	out->known = dim_known(whole);
	out->count = out->known ? ceil_div(whole, out->each) : 0;
	return true;
}

static int64_t part_size(const struct parts *parts, int64_t whole, int64_t i)
{
	if (parts->list)
		return parts->list[i];
	int64_t rest = whole - i * parts->each; /* i < whole / each */
	return rest < parts->each ? rest : parts->each;
}

/* The numbers of a vector, dealt out to the parts. */
static void vector_split(
	struct infer *inf, struct sequence *s, const struct tensor *vector)
{
	int64_t at = 0;
	for (int64_t i = 0; i < s->length; i++) {
		struct element *e = &s->element[i];
		e->data = tensor_make(inf, vector->type, &e->shape);
		for (int64_t k = 0; e->data && k < e->data->count; k++)
			tensor_copy(inf, e->data, k, vector, at + k);
		at += e->shape.rank ? e->shape.dim[0] : 1;
	}
}

bool shape_split_to_sequence(struct infer *inf, struct node *node)
{
	const struct shape *in = in_shape(node, 0);
	struct shape shape = shape_unknown();
	int64_t dims[RANK_MAX], keep;
	int axis;
	if (!node_attr_int(inf->ctx, node, "keepdims", 1, &keep))
		return false;
	if (in->rank == RANK_UNKNOWN)
		return out_sequence(inf, node, 0, NULL, &shape);
	struct parts parts;
	if (!axis_attr(inf, node, "axis", 0, in->rank, &axis) ||
		!parts_read(inf, node, in->dim[axis], &parts))
		return false;
	/* Parts of one element without the axis; with an input of sizes that
	 * attribute is ignored. */
	bool drop = !keep && !node_input(node, 1);
	int64_t whole = in->dim[axis];
	struct sequence *s =
		parts.known ? sequence_make(inf, parts.count) : NULL;
	int rank = in->rank - drop;
	dims_copy(dims, in->dim, axis);
	dims_copy(dims + axis + !drop, in->dim + axis + 1, in->rank - axis - 1);
	if (!drop)
		dims[axis] = node_input(node, 1) ? DIM_UNKNOWN : 1;
	shape = shape_make(inf->ctx, rank, dims);
	for (int64_t i = 0; s && i < s->length; i++) {
		int64_t size = part_size(&parts, whole, i);
		if (i > 0 && (drop || size == dims[axis])) {
			s->element[i].shape = s->element[i - 1].shape;
			continue;
		}
		if (!drop)
			dims[axis] = size;
		s->element[i].shape = shape_make(inf->ctx, rank, dims);
	}
	const struct tensor *data = element_of(inf, node, 0).data;
	if (s && data && in->rank == 1)
		vector_split(inf, s, data);
	return out_sequence(inf, node, 0, s, &shape);
}

/* --- changing ------------------------------------------------------------ */

/* A position among count elements, at most most; a negative one counts from the
 * end. at: where the input is left out, then what it is; known false: it is not
 * a constant. */
struct position {
	int64_t count, most, at;
	bool known;
};

/* The position that input k names. False: refused. */
static bool position_read(struct infer *inf, const struct node *node, size_t k,
	struct position *p)
{
	int64_t at = p->at, count = p->count;
	p->known = !node_input(node, k) || in_scalar(inf, node, k, &at);
	if (p->known && (at < -count || at > p->most))
		return node_refuse(inf, node,
			"position %lld is out of range for %lld elements",
			(long long)at, (long long)count);
	p->at = at < 0 ? at + count : at;
	return true;
}

/* As many elements as s has and more, all like what any of them may be. */
static struct sequence *alike(
	struct infer *inf, int64_t length, const struct shape *shape)
{
	struct sequence *s = sequence_make(inf, length);
	for (int64_t i = 0; s && i < length; i++)
		s->element[i].shape = *shape;
	return s;
}

/* Sequence, tensor, position: before the element there, or behind the last. */
bool shape_sequence_insert(struct infer *inf, struct node *node)
{
	const struct sequence *in = in_sequence(node, 0);
	struct shape both =
		shape_common(inf, in_shape(node, 0), in_shape(node, 1));
	if (!in)
		return out_sequence(inf, node, 0, NULL, &both);
	if (in->length == 0)
		both = *in_shape(node, 1);
	struct position p = {
		.count = in->length, .most = in->length, .at = in->length};
	if (!position_read(inf, node, 2, &p))
		return false;
	if (!p.known)
		return out_sequence(inf, node, 0,
			alike(inf, in->length + 1, &both), &both);
	struct sequence *s = sequence_make(inf, in->length + 1);
	for (int64_t i = 0; s && i < s->length; i++)
		s->element[i] = i == p.at ? element_of(inf, node, 1)
					  : in->element[i > p.at ? i - 1 : i];
	return out_sequence(inf, node, 0, s, &both);
}

bool shape_sequence_erase(struct infer *inf, struct node *node)
{
	const struct sequence *in = in_sequence(node, 0);
	if (!in)
		return out_sequence(inf, node, 0, NULL, in_shape(node, 0));
	struct position p = {
		.count = in->length, .most = in->length - 1, .at = -1};
	if (!position_read(inf, node, 1, &p))
		return false;
	if (!p.known)
		return out_sequence(inf, node, 0,
			in->length ? alike(inf, in->length - 1,
					     in_shape(node, 0))
				   : NULL,
			in_shape(node, 0));
	struct sequence *s = sequence_make(inf, in->length - 1);
	for (int64_t i = 0; s && i < s->length; i++)
		s->element[i] = in->element[i < p.at ? i : i + 1];
	return out_sequence(inf, node, 0, s, in_shape(node, 0));
}

/* --- reading ------------------------------------------------------------- */

bool shape_sequence_at(struct infer *inf, struct node *node)
{
	const struct sequence *in = in_sequence(node, 0);
	if (!in)
		return out_like(node, 0, in_shape(node, 0));
	struct position p = {
		.count = in->length, .most = in->length - 1, .at = 0};
	if (!position_read(inf, node, 1, &p))
		return false;
	return out_like(node, 0,
		p.known ? &in->element[p.at].shape : in_shape(node, 0));
}

void value_sequence_at(struct infer *inf, struct node *node)
{
	const struct sequence *in = in_sequence(node, 0);
	int64_t at;
	/* The shape rule has checked the position. */
	if (in && in_scalar(inf, node, 1, &at))
		out_tensor(node, 0,
			in->element[at < 0 ? at + in->length : at].data);
}

void value_sequence_length(struct infer *inf, struct node *node)
{
	const struct sequence *in = in_sequence(node, 0);
	struct tensor *out = in ? tensor_new(inf, node, 0) : NULL;
	if (!out)
		return;
	out->ints[0] = in->length;
	out_tensor(node, 0, out);
}

/* What elements become: joined along axis, where the sizes add up, or with
 * stack on a new one, where all must agree. */
struct joined {
	int axis;
	bool stack;
	int64_t dims[RANK_MAX + 1];
};

/* Element i joins those before it. */
static bool element_join(struct infer *inf, const struct node *node,
	const struct sequence *in, int64_t i, struct joined *out)
{
	int axis = out->axis;
	bool stack = out->stack;
	const struct shape *e = &in->element[i].shape;
	const struct shape *first = &in->element[0].shape;
	for (int d = 0; d < e->rank; d++) {
		int64_t *dim = &out->dims[d + (stack && d >= axis)];
		if (d == axis && !stack) {
			if (!dim_add(i ? *dim : 0, e->dim[d], dim))
				return node_overflow(inf, node);
		} else if (!dim_merge(i ? *dim : e->dim[d], e->dim[d], dim)) {
			return node_refuse(inf, node,
				"element 0 is %s and element %lld is %s: they "
				"differ on axis %d",
				shape_text(inf->ctx, first), (long long)i,
				shape_text(inf->ctx, e), d);
		}
	}
	return true;
}

/* Joined along axis, or stacked on a new one. */
bool shape_concat_from_sequence(struct infer *inf, struct node *node)
{
	const struct shape *in = in_shape(node, 0);
	const struct sequence *s = in_sequence(node, 0);
	struct joined out;
	int64_t *dims = out.dims, stack;
	int axis, known = RANK_UNKNOWN;
	if (!node_attr_int(inf->ctx, node, "new_axis", 0, &stack))
		return false;
	if (s && s->length == 0)
		return node_refuse(
			inf, node, "its sequence is empty: nothing to join");
	/* The ranks of all elements are alike. */
	for (int64_t i = 0; s && i < s->length; i++) {
		int rank = s->element[i].shape.rank;
		if (rank == RANK_UNKNOWN)
			continue;
		if (known != RANK_UNKNOWN && rank != known)
			return node_refuse(inf, node,
				"element %lld is %s: its rank differs from "
				"that of others, %d",
				(long long)i,
				shape_text(inf->ctx, &s->element[i].shape),
				known);
		known = rank;
	}
	if (!s)
		known = in->rank;
	if (known == RANK_UNKNOWN)
		return true;
	int rank = known + (stack ? 1 : 0);
	if (!out_rank_ok(inf, node, rank) ||
		!axis_attr(inf, node, "axis", 0, rank, &axis))
		return false;
	for (int d = 0; d < rank; d++)
		dims[d] = DIM_UNKNOWN;
	if (!s && stack) {
		for (int d = 0; d < known; d++)
			dims[d + (d >= axis)] = in->dim[d];
	} else if (!s) {
		dims_copy(dims, in->dim, rank);
		dims[axis] = DIM_UNKNOWN;
	}
	out.axis = axis;
	out.stack = stack != 0;
	bool whole = true; /* every element's rank is known */
	for (int64_t i = 0; s && i < s->length; i++) {
		whole = whole && s->element[i].shape.rank != RANK_UNKNOWN;
		if (!element_join(inf, node, s, i, &out))
			return false;
	}
	if (s && stack)
		dims[axis] = s->length;
	else if (!whole)
		dims[axis] = DIM_UNKNOWN;
	return out_shape(inf, node, 0, rank, dims);
}

/* Vectors of sizes, one number after the other. */
void value_sequence_concat(struct infer *inf, struct node *node)
{
	const struct sequence *s = in_sequence(node, 0);
	struct tensor *out = tensor_new(inf, node, 0);
	if (!s || !out || out->shape.rank != 1)
		return;
	int64_t at = 0;
	for (int64_t i = 0; i < s->length; i++) {
		const struct tensor *part = s->element[i].data;
		if (!part || part->count > out->count - at)
			return;
		for (int64_t k = 0; k < part->count; k++)
			tensor_copy(inf, out, at++, part, k);
	}
	if (at == out->count)
		out_tensor(node, 0, out);
}

/* --- optionals ----------------------------------------------------------- */

bool shape_optional(struct infer *inf, struct node *node)
{
	out_type(node, 0, in_type(node, 0));
	return shape_identity(inf, node);
}

/* Whether an optional holds something: 1, 0, or -1 when it is not known. */
static int holds_element(const struct value *value)
{
	enum { STEPS = 64 };
	for (int i = 0; value && i < STEPS; i++) {
		const struct node *node = value->producer;
		if (!node || !node->op)
			break;
		switch (node->op->id) {
		case OP_ONNX_Optional:
			return node_input(node, 0) != NULL;
		case OP_ONNX_Identity:
			value = node_input(node, 0);
			break;
		case OP_ONNX_If:
		case OP_ONNX_Loop:
		case OP_ONNX_Scan:
			return -1;
		default: /* a tensor or a sequence */
			return 1;
		}
	}
	if (!value)
		return 0;
	return value->producer || value->is_sequence || !value->init ? -1 : 1;
}

void value_has_element(struct infer *inf, struct node *node)
{
	int holds = holds_element(node_input(node, 0));
	struct tensor *out = holds >= 0 ? tensor_new(inf, node, 0) : NULL;
	if (!out)
		return;
	out->ints[0] = holds;
	out_tensor(node, 0, out);
}
