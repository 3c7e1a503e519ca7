/* TensorProto -> value: everything but the elements. */
#include "base/checked.h"
#include "import/onnx_external.h"
#include "import/onnx_import.h"
#include "proto/onnx.pb-c.h"

#include <string.h>

/* A TensorProto as it stands in the file. */
struct tensor_spans {
	const uint8_t *at;
	struct span name, raw;
	struct spans external;
	bool has_typed, has_segment, is_external;
	uint64_t type;
	int rank;
	int64_t dim[RANK_MAX];
};

static bool dim_add(struct import *im, struct tensor_spans *t, uint64_t dim)
{
	if (t->rank == RANK_MAX)
		return diag_error(im->ctx, &im->loc,
			"the tensor at byte %lld has more than %d dimensions",
			import_byte(im, t->at), RANK_MAX);
	t->dim[t->rank++] = (int64_t)dim;
	return true;
}

/* dims as a packed list. */
static bool dims_add(
	struct import *im, struct tensor_spans *t, struct span span)
{
	struct wire wire = wire_walk(span);
	uint64_t dim;
	while (wire_varint(&wire, &dim))
		if (!dim_add(im, t, dim))
			return false;
	return !wire.broken ||
		diag_error(im->ctx, &im->loc,
			"damaged at byte %lld: expected a list of dimensions",
			import_byte(im, wire.broken));
}

static bool tensor_field(struct import *im, struct tensor_spans *t,
	const struct wire_field *field)
{
	switch (field->key) {
	case FIELD_tensor_dims:
		return dim_add(im, t, field->number);
	case WIRE_KEY(FIELD_tensor_dims >> 3, WIRE_BYTES):
		return dims_add(im, t, field->span);
	case FIELD_tensor_data_type:
		t->type = field->number;
		return true;
	case FIELD_tensor_name:
		t->name = field->span;
		return true;
	case FIELD_tensor_raw_data:
		t->raw = field->span;
		return true;
	case FIELD_tensor_external_data:
		import_push(im, &t->external, field->span);
		return true;
	case FIELD_tensor_data_location:
		t->is_external = field->number ==
			ONNX__TENSOR_PROTO__DATA_LOCATION__EXTERNAL;
		return true;
	case FIELD_tensor_segment:
		t->has_segment = true;
		return true;
	}
	/* The fields between float_data and uint64_data, packed or not. */
	uint32_t number = field->key >> 3;
	if (number >= FIELD_tensor_float_data >> 3 &&
		number <= FIELD_tensor_uint64_data >> 3)
		t->has_typed = true;
	return true;
}

static bool tensor_spans_read(
	struct import *im, struct span span, struct tensor_spans *out)
{
	*out = (struct tensor_spans){.at = span.bytes};
	struct wire wire = wire_walk(span);
	struct wire_field field;
	bool ok = true;
	while (ok && import_next(im, &wire, &field, &ok))
		ok = tensor_field(im, out, &field);
	return ok;
}

/* --- external data -------------------------------------------------------- */

static bool number_read(const char *text, int64_t *out)
{
	int64_t value = 0;
	if (!*text)
		return false;
	for (; *text; text++)
		if (*text < '0' || *text > '9' || !mul_ok(value, 10, &value) ||
			!add_ok(value, *text - '0', &value))
			return false;
	*out = value;
	return true;
}

/* One key and its value. */
static bool external_entry(struct import *im, struct span span,
	const char *tensor, struct initializer *init)
{
	Onnx__StringStringEntryProto *entry = import_unpack(
		im, &onnx__string_string_entry_proto__descriptor, span);
	if (!entry)
		return false;
	const char *key = entry->key ? entry->key : "";
	const char *text = entry->value ? entry->value : "";
	if (!strcmp(key, "location")) {
		const char *fault = external_location_fault(text);
		if (fault)
			return diag_error(im->ctx, &im->loc,
				"external data of '%s': location '%s' %s, "
				"expected a file in the model's folder",
				diag_quote(im->ctx, tensor),
				diag_quote(im->ctx, text), fault);
		/* Tensors by the thousand lie in one file. */
		return import_word(im,
			(struct span){(const uint8_t *)text, strlen(text)},
			&init->external_path);
	}
	int64_t *number = !strcmp(key, "offset") ? &init->external_offset
		: !strcmp(key, "length")         ? &init->external_length
						 : NULL;
	if (number && !number_read(text, number))
		return diag_error(im->ctx, &im->loc,
			"external data of '%s': %s is '%s', expected a whole "
			"number",
			diag_quote(im->ctx, tensor), key,
			diag_quote(im->ctx, text));
	return true;
}

/* location: of import_word, which gives equal ones one address. */
static bool external_links_admit(
	struct import *im, const char *tensor, const char *location)
{
	if (im->model->external_links || location == im->location_admitted)
		return true;
	struct arena_mark mark = arena_mark(&im->temp);
	bool escapes = external_escapes(&im->temp, im->model->file, location);
	arena_rewind(&im->temp, mark);
	if (escapes)
		return diag_error(im->ctx, &im->loc,
			"external data of '%s': location '%s' is a link that "
			"leaves the model's folder, expected a file in it: "
			"copy the file there, or add --allow-external-links "
			"if the link is to be trusted",
			diag_quote(im->ctx, tensor),
			diag_quote(im->ctx, location));
	im->location_admitted = location;
	return true;
}

static bool external_read(struct import *im, const struct spans *entries,
	const char *tensor, struct initializer *init)
{
	init->external_length = -1;
	for (size_t i = 0; i < entries->count; i++)
		if (!external_entry(im, entries->at[i], tensor, init))
			return false;
	if (!init->external_path)
		return diag_error(im->ctx, &im->loc,
			"external data of '%s': there is no location",
			diag_quote(im->ctx, tensor));
	return external_links_admit(im, tensor, init->external_path);
}

/* --- the value ------------------------------------------------------------ */

/* The bytes of all elements, or -1 for a type without a fixed size. */
static bool tensor_bytes(struct import *im, const struct value *value,
	const char *name, int64_t *out)
{
	int64_t elems, bits;
	int size = dtype_bits(value->type);
	if (!shape_elems(&value->shape, &elems) ||
		!mul_ok(elems, size ? size : 8, &bits))
		return diag_error(im->ctx, &im->loc,
			"tensor '%s' of %s: its size leaves 64 bits",
			diag_quote(im->ctx, name),
			shape_text(im->ctx, &value->shape));
	*out = size ? ceil_div(bits, 8) : -1;
	return true;
}

/* A length that the file gives against what shape and type need. */
static bool tensor_fits(struct import *im, const struct value *value,
	const char *name, const char *field, int64_t found, int64_t needed)
{
	return found == needed ||
		diag_error(im->ctx, &im->loc,
			"tensor '%s' is %s %s, which needs %lld bytes; its %s "
			"has %lld",
			diag_quote(im->ctx, name),
			shape_text(im->ctx, &value->shape),
			dtype_name(value->type), (long long)needed, field,
			(long long)found);
}

static bool tensor_place(struct import *im, struct span span,
	const struct tensor_spans *t, struct value *value, const char *name)
{
	struct initializer *init = arena_alloc(&im->ctx->arena, sizeof *init);
	value->init = init;
	int64_t bytes;
	if (!tensor_bytes(im, value, name, &bytes))
		return false;
	if (t->is_external)
		return external_read(im, &t->external, name, init) &&
			(init->external_length < 0 || bytes < 0 ||
				tensor_fits(im, value, name, "external data",
					init->external_length, bytes));
	if (t->raw.length) {
		init->bytes = t->raw.bytes;
		init->length = (int64_t)t->raw.length;
		return bytes < 0 ||
			tensor_fits(im, value, name, "raw_data", init->length,
				bytes);
	}
	if (t->has_typed) {
		init->bytes = span.bytes;
		init->length = (int64_t)span.length;
		init->typed = true;
	}
	return true;
}

/* name: of the tensor, or of what holds it. */
static bool tensor_value(struct import *im, const struct tensor_spans *t,
	const char *name, struct value **out)
{
	for (int i = 0; i < t->rank; i++)
		if (t->dim[i] < 0)
			return diag_error(im->ctx, &im->loc,
				"dimension %d of tensor '%s' is %lld, expected "
				"0 or more",
				i, diag_quote(im->ctx, name),
				(long long)t->dim[i]);
	if (t->type == DTYPE_UNDEFINED || t->type >= DTYPE_COUNT)
		return diag_error(im->ctx, &im->loc,
			"tensor '%s' has element type %llu, expected 1 to %d",
			diag_quote(im->ctx, name), (unsigned long long)t->type,
			DTYPE_COUNT - 1);
	if (t->has_segment)
		return diag_error(im->ctx, &im->loc,
			"tensor '%s' is a segment of a larger one, which is "
			"not supported",
			diag_quote(im->ctx, name));
	struct value *value = arena_alloc(&im->ctx->arena, sizeof *value);
	value->name = name;
	value->type = (enum dtype)t->type;
	value->shape = shape_make(im->ctx, t->rank, t->dim);
	value->stored = shape_unknown();
	*out = value;
	return true;
}

bool tensor_read(struct import *im, struct span span, struct value **out)
{
	struct arena_mark mark = arena_mark(&im->temp);
	struct tensor_spans t;
	const char *name;
	bool ok = tensor_spans_read(im, span, &t) &&
		import_name(im, t.name, &name) &&
		tensor_value(im, &t, name, out) &&
		tensor_place(im, span, &t, *out, name);
	arena_rewind(&im->temp, mark);
	return ok;
}

bool sparse_tensor_read(struct import *im, struct span span, struct value **out)
{
	struct tensor_spans values = {.at = span.bytes}, dense = values;
	struct wire wire = wire_walk(span);
	struct wire_field field;
	bool ok = true;
	while (ok && import_next(im, &wire, &field, &ok)) {
		if (field.key == FIELD_sparse_tensor_values)
			ok = tensor_spans_read(im, field.span, &values);
		else if (field.key == FIELD_sparse_tensor_dims)
			ok = dim_add(im, &dense, field.number);
		else if (field.key ==
			WIRE_KEY(FIELD_sparse_tensor_dims >> 3, WIRE_BYTES))
			ok = dims_add(im, &dense, field.span);
	}
	const char *name;
	int64_t bytes;
	dense.type = values.type;
	if (!ok || !import_name(im, values.name, &name) ||
		!tensor_value(im, &dense, name, out) ||
		!tensor_bytes(im, *out, name, &bytes))
		return false;
	(*out)->init = arena_alloc(&im->ctx->arena, sizeof *(*out)->init);
	return true;
}
