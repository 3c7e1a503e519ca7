/* The elements of a tensor, for the few whose values shapes depend on. */
#include "base/checked.h"
#include "import/onnx_external.h"
#include "import/onnx_import.h"
#include "ir/element.h"

#include <string.h>

/* --- bit patterns of the elements ----------------------------------------- */

/* Elements below 8 bits lie in a byte from its low end. */
static uint64_t bits_of(uint64_t word, int bits, int k)
{
	return bits == 64 ? word : word >> k * bits & ((1ull << bits) - 1);
}

static bool raw_bits(
	struct span span, int bits, int64_t count, uint64_t *pattern)
{
	int64_t total;
	if (!mul_ok(count, bits, &total) ||
		(uint64_t)ceil_div(total, 8) > span.length)
		return false;
	struct wire wire = wire_walk(span);
	int size = bits < 8 ? 1 : bits / 8, per_word = bits < 8 ? 8 / bits : 1;
	uint64_t word = 0;
	for (int64_t i = 0; i < count; i++) {
		if (i % per_word == 0 && !wire_fixed(&wire, size, &word))
			return false;
		pattern[i] = bits_of(word, bits, (int)(i % per_word));
	}
	return true;
}

/* The field that holds the elements of a type when raw_data does not. */
static enum onnx_field typed_field(enum dtype type)
{
	switch (type) {
	case DTYPE_FLOAT:
		return FIELD_tensor_float_data;
	case DTYPE_DOUBLE:
		return FIELD_tensor_double_data;
	case DTYPE_INT64:
		return FIELD_tensor_int64_data;
	case DTYPE_UINT32:
	case DTYPE_UINT64:
		return FIELD_tensor_uint64_data;
	default:
		return FIELD_tensor_int32_data;
	}
}

struct pattern_list {
	int bits;
	int64_t count, filled;
	uint64_t *at;
};

static bool pattern_add(struct pattern_list *list, uint64_t word)
{
	int per_word = list->bits < 8 ? 8 / list->bits : 1;
	if (list->filled == list->count)
		return false;
	for (int k = 0; k < per_word && list->filled < list->count; k++)
		list->at[list->filled++] = bits_of(word, list->bits, k);
	return true;
}

/* A packed list, of one of perhaps several. */
static bool packed_bits(
	struct span span, uint32_t wire_type, struct pattern_list *list)
{
	struct wire wire = wire_walk(span);
	uint64_t word;
	while (wire_type == WIRE_VARINT
			? wire_varint(&wire, &word)
			: wire_fixed(&wire, wire_type == WIRE_FIXED32 ? 4 : 8,
				  &word))
		if (!pattern_add(list, word))
			return false;
	return !wire.broken;
}

static bool typed_bits(
	struct span message, enum dtype type, struct pattern_list *list)
{
	uint32_t key = typed_field(type);
	uint32_t packed = WIRE_KEY(key >> 3, WIRE_BYTES);
	struct wire wire = wire_walk(message);
	struct wire_field field;
	while (wire_next(&wire, &field)) {
		if (field.key == key && !pattern_add(list, field.number))
			return false;
		if (field.key == packed &&
			!packed_bits(field.span, key & 7, list))
			return false;
	}
	return !wire.broken && list->filled == list->count;
}

/* --- what they mean --------------------------------------------------------
 */

/* The elements in place of their patterns. */
static bool tensor_fill(
	struct ctx *ctx, struct tensor *tensor, const uint64_t *pattern)
{
	size_t count = (size_t)tensor->count;
	if (dtype_is_float(tensor->type)) {
		tensor->floats =
			arena_array(&ctx->arena, count, sizeof(double));
		for (size_t i = 0; i < count; i++)
			tensor->floats[i] =
				element_float(tensor->type, pattern[i]);
		return true;
	}
	tensor->ints = arena_array(&ctx->arena, count, sizeof(int64_t));
	for (size_t i = 0; i < count; i++)
		if (!element_int(tensor->type, pattern[i], &tensor->ints[i]))
			return false;
	return true;
}

/* --- where they lie --------------------------------------------------------
 */

/* The part of the external file that the initializer names. */
static bool external_range(struct span file, const struct initializer *init,
	int64_t needed, struct span *out)
{
	uint64_t offset = (uint64_t)init->external_offset;
	if (offset > file.length || file.length - offset < (uint64_t)needed)
		return false;
	*out = (struct span){file.bytes + offset, (size_t)needed};
	return true;
}

/* Maps the file of an external initializer; the span: its bytes. False, with a
 * warning unless ctx is NULL, when they are not there. */
static bool external_map(struct ctx *ctx, struct arena *arena,
	const struct model *model, const struct value *value, int64_t needed,
	struct onnx_file *file, struct span *out)
{
	const struct initializer *init = value->init;
	struct loc loc = {.file = model->file};
	const char *why;
	if (!external_file_map(arena, model->file, init->external_path,
		    model->external_links, file, &why)) {
		if (ctx)
			diag_warning(ctx, &loc,
				"external data of '%s': '%s': %s",
				diag_quote(ctx, value->name),
				diag_quote(ctx, file->path), why);
		return false;
	}
	if (external_range(file->span, init, needed, out))
		return true;
	if (ctx)
		diag_warning(ctx, &loc,
			"external data of '%s': '%s' has %zu bytes, expected "
			"%lld at offset %lld",
			diag_quote(ctx, value->name),
			diag_quote(ctx, file->path),
			file->span.length, (long long)needed,
			(long long)init->external_offset);
	onnx_file_unmap(file);
	return false;
}

static bool external_bits(struct ctx *ctx, const struct model *model,
	const struct value *value, struct pattern_list *list)
{
	struct onnx_file file;
	struct span span;
	int64_t needed = ceil_div(list->count * list->bits, 8);
	if (!external_map(ctx, &ctx->arena, model, value, needed, &file, &span))
		return false;
	bool ok = raw_bits(span, list->bits, list->count, list->at);
	onnx_file_unmap(&file);
	return ok;
}

bool tensor_load(struct ctx *ctx, struct model *model, struct value *value,
	int64_t limit)
{
	const struct initializer *init = value->init;
	int64_t count, total;
	int bits = dtype_bits(value->type);
	if (value->data)
		return value->data->count <= limit;
	if (!init || !shape_elems(&value->shape, &count) || count > limit ||
		!mul_ok(count, bits, &total) ||
		!(dtype_is_integer(value->type) || dtype_is_float(value->type)))
		return false;
	struct pattern_list list = {.bits = bits, .count = count};
	list.at = arena_array(&ctx->arena, (size_t)count, sizeof *list.at);
	struct span span = {init->bytes, (size_t)init->length};
	bool ok = count == 0          ? true
		: init->external_path ? external_bits(ctx, model, value, &list)
		: init->typed         ? typed_bits(span, value->type, &list)
		: init->bytes         ? raw_bits(span, bits, count, list.at)
				      : false;
	if (!ok)
		return false;
	struct tensor *tensor = arena_alloc(&ctx->arena, sizeof *tensor);
	*tensor = (struct tensor){
		.type = value->type, .shape = value->shape, .count = count};
	if (!tensor_fill(ctx, tensor, list.at))
		return false;
	value->data = tensor;
	return true;
}

/* --- columns of zeros -------------------------------------------------------
 */

enum { COLUMNS_MAX = 64 };

/* Elements of the matrix, from its first one on. */
struct columns {
	int columns, zero; /* zero: of the last ones, so far */
	int64_t rows, filled;
	uint64_t magnitude; /* bits of an element but the sign of a float */
};

/* The next element; false when no column can be one of zeros any more, or the
 * matrix is full. */
static bool columns_add(struct columns *c, uint64_t pattern)
{
	int column = (int)(c->filled++ % c->columns);
	if (pattern & c->magnitude && c->zero > c->columns - 1 - column)
		c->zero = c->columns - 1 - column;
	return c->zero > 0 && c->filled < c->rows * c->columns;
}

static void raw_columns(struct span span, int size, struct columns *c)
{
	struct wire wire = wire_walk(span);
	uint64_t word;
	while (wire_fixed(&wire, size, &word) && columns_add(c, word))
		;
}

/* Lists of elements wider than 4 bits, one word each. */
static void typed_columns(
	struct span message, enum dtype type, int64_t first, struct columns *c)
{
	uint32_t key = typed_field(type);
	struct wire wire = wire_walk(message), list;
	struct wire_field field;
	bool more = true;
	while (more && wire_next(&wire, &field)) {
		if (field.key == key && first-- <= 0)
			more = columns_add(c, field.number);
		if (field.key != WIRE_KEY(key >> 3, WIRE_BYTES))
			continue;
		uint64_t word;
		list = wire_walk(field.span);
		while (more &&
			((key & 7) == WIRE_VARINT
					? wire_varint(&list, &word)
					: wire_fixed(&list,
						  (key & 7) == WIRE_FIXED32 ? 4
									    : 8,
						  &word)))
			if (first-- <= 0)
				more = columns_add(c, word);
	}
}

int tensor_zero_columns(struct ctx *ctx, const struct model *model,
	const struct value *value, int64_t first, int columns)
{
	const struct initializer *init = value->init;
	int bits = dtype_bits(value->type);
	bool floats = dtype_is_float(value->type);
	int64_t count, total;
	if (!init || columns < 1 || columns > COLUMNS_MAX || bits < 8 ||
		!(floats || dtype_is_integer(value->type)) ||
		!shape_elems(&value->shape, &count) || first < 0 ||
		count - first < columns || !mul_ok(count, bits / 8, &total))
		return 0;
	struct columns c = {.columns = columns,
		.zero = columns,
		.rows = (count - first) / columns,
		.magnitude = ~UINT64_C(0) >> (64 - bits) >> floats};
	size_t skipped = (size_t)(first * (bits / 8));
	struct span span = {init->bytes, (size_t)init->length};
	struct onnx_file file;
	if (init->external_path) {
		struct arena scratch;
		arena_init(&scratch, ctx->arena.guard);
		bool there = external_map(
			NULL, &scratch, model, value, total, &file, &span);
		arena_release(&scratch);
		if (!there)
			return 0;
	}
	if (!init->external_path && init->typed)
		typed_columns(span, value->type, first, &c);
	else if (span.bytes && span.length > skipped)
		raw_columns((struct span){span.bytes + skipped,
				    span.length - skipped},
			bits / 8, &c);
	if (init->external_path)
		onnx_file_unmap(&file);
	return c.zero && c.filled < c.rows * c.columns ? 0 : c.zero;
}
