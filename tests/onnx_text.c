/* The bytes of a message, written while its text is read. */
#include "tests/onnx_text.h"

#include "proto/onnx.pb-c.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct bytes {
	size_t count, capacity;
	uint8_t *at;
};

struct writer {
	struct arena *arena;
	const char *text, *at;
};

static _Noreturn void mistake(const struct writer *w, const char *what)
{
	fprintf(stderr, "onnx_text: expected %s before '%.40s'\n", what, w->at);
	abort();
}

/* --- bytes -------------------------------------------------------------------
 */

static void put(struct writer *w, struct bytes *out, const void *p, size_t n)
{
	out->at = arena_grow(w->arena, out->at, out->count, &out->capacity,
		out->count + n, 1);
	if (n)
		memcpy(out->at + out->count, p, n);
	out->count += n;
}

static void put_varint(struct writer *w, struct bytes *out, uint64_t value)
{
	do {
		uint8_t byte = (uint8_t)(value & 0x7f) |
			(uint8_t)(value > 0x7f ? 0x80 : 0);
		put(w, out, &byte, 1);
		value >>= 7;
	} while (value);
}

static void put_key(struct writer *w, struct bytes *out,
	const ProtobufCFieldDescriptor *field, unsigned wire_type)
{
	put_varint(w, out, (uint64_t)field->id << 3 | wire_type);
}

static void put_span(struct writer *w, struct bytes *out,
	const ProtobufCFieldDescriptor *field, const struct bytes *span)
{
	put_key(w, out, field, 2);
	put_varint(w, out, span->count);
	put(w, out, span->at, span->count);
}

static void put_fixed(
	struct writer *w, struct bytes *out, uint64_t value, int size)
{
	for (int i = 0; i < size; i++) {
		uint8_t byte = (uint8_t)(value >> 8 * i);
		put(w, out, &byte, 1);
	}
}

/* --- text --------------------------------------------------------------------
 */

/* The next character that is not white space. */
static char peek(struct writer *w)
{
	while (isspace((unsigned char)*w->at))
		w->at++;
	return *w->at;
}

static bool take(struct writer *w, char c)
{
	if (peek(w) != c)
		return false;
	w->at++;
	return true;
}

static void word(struct writer *w, char out[static 100])
{
	size_t n = 0;
	peek(w);
	while (isalnum((unsigned char)*w->at) || *w->at == '_') {
		if (n == 99)
			mistake(w, "a shorter word");
		out[n++] = *w->at++;
	}
	if (!n)
		mistake(w, "a word");
	out[n] = '\0';
}

static uint8_t escaped(struct writer *w)
{
	char digits[3] = {0};
	switch (*w->at++) {
	case 'n':
		return '\n';
	case 'x':
		digits[0] = *w->at++;
		digits[1] = *w->at++;
		return (uint8_t)strtoul(digits, NULL, 16);
	default:
		return (uint8_t)w->at[-1];
	}
}

static struct bytes string(struct writer *w)
{
	struct bytes out = {.count = 0};
	char quote = peek(w);
	if (quote != '"' && quote != '\'')
		mistake(w, "a string");
	w->at++;
	while (*w->at && *w->at != quote) {
		uint8_t c = (uint8_t)*w->at++;
		if (c == '\\')
			c = escaped(w);
		put(w, &out, &c, 1);
	}
	if (!*w->at++)
		mistake(w, "the end of a string");
	return out;
}

static double number(struct writer *w)
{
	char *end;
	peek(w);
	double value = strtod(w->at, &end);
	if (end == w->at)
		mistake(w, "a number");
	w->at = end;
	return value;
}

static uint64_t whole(struct writer *w)
{
	char *end;
	bool negative = peek(w) == '-';
	uint64_t value = negative ? (uint64_t)strtoll(w->at, &end, 0)
				  : strtoull(w->at, &end, 0);
	if (end == w->at)
		mistake(w, "a whole number");
	w->at = end;
	return value;
}

static uint64_t enumerator(
	struct writer *w, const ProtobufCFieldDescriptor *field)
{
	char name[100];
	if (isdigit((unsigned char)peek(w)))
		return whole(w);
	word(w, name);
	const ProtobufCEnumValue *value =
		protobuf_c_enum_descriptor_get_value_by_name(
			field->descriptor, name);
	if (!value)
		mistake(w, "the name of an enumerator");
	return (uint64_t)(int64_t)value->value;
}

/* --- messages ----------------------------------------------------------------
 */

/* A number without its key. */
static unsigned scalar(struct writer *w, const ProtobufCFieldDescriptor *field,
	struct bytes *out)
{
	union {
		float f;
		double d;
		uint32_t u32;
		uint64_t u64;
	} u;
	switch (field->type) {
	case PROTOBUF_C_TYPE_FLOAT:
		u.f = (float)number(w);
		put_fixed(w, out, u.u32, 4);
		return 5;
	case PROTOBUF_C_TYPE_DOUBLE:
		u.d = number(w);
		put_fixed(w, out, u.u64, 8);
		return 1;
	case PROTOBUF_C_TYPE_ENUM:
		put_varint(w, out, enumerator(w, field));
		return 0;
	default:
		put_varint(w, out, whole(w));
		return 0;
	}
}

static void message(struct writer *w, const ProtobufCMessageDescriptor *type,
	char end, struct bytes *out);

/* One value with its key. */
static void element(struct writer *w, const ProtobufCFieldDescriptor *field,
	struct bytes *out)
{
	struct bytes content = {.count = 0};
	switch (field->type) {
	case PROTOBUF_C_TYPE_MESSAGE:
		if (!take(w, '{'))
			mistake(w, "'{'");
		message(w, field->descriptor, '}', &content);
		put_span(w, out, field, &content);
		return;
	case PROTOBUF_C_TYPE_STRING:
	case PROTOBUF_C_TYPE_BYTES:
		content = string(w);
		put_span(w, out, field, &content);
		return;
	default: {
		unsigned wire_type = scalar(w, field, &content);
		put_key(w, out, field, wire_type);
		put(w, out, content.at, content.count);
	}
	}
}

/* [1, 2]: packed where the schema says so. */
static void list(struct writer *w, const ProtobufCFieldDescriptor *field,
	struct bytes *out)
{
	struct bytes content = {.count = 0};
	bool packed = field->flags & PROTOBUF_C_FIELD_FLAG_PACKED;
	while (!take(w, ']')) {
		if (packed)
			scalar(w, field, &content);
		else
			element(w, field, out);
		take(w, ',');
	}
	if (packed)
		put_span(w, out, field, &content);
}

/* Fields up to the end character. */
static void message(struct writer *w, const ProtobufCMessageDescriptor *type,
	char end, struct bytes *out)
{
	char name[100];
	while (peek(w) != end) {
		word(w, name);
		const ProtobufCFieldDescriptor *field =
			protobuf_c_message_descriptor_get_field_by_name(
				type, name);
		if (!field) {
			fprintf(stderr, "onnx_text: %s has no field '%s'\n",
				type->short_name, name);
			abort();
		}
		take(w, ':');
		if (take(w, '['))
			list(w, field, out);
		else
			element(w, field, out);
	}
	w->at += end != '\0';
}

static uint8_t *message_text(struct arena *arena,
	const ProtobufCMessageDescriptor *type, const char *text,
	size_t *length)
{
	struct writer w = {arena, text, text};
	struct bytes out = {.count = 0};
	message(&w, type, '\0', &out);
	*length = out.count;
	return out.at ? out.at : arena_alloc(arena, 0);
}

uint8_t *onnx_text(struct arena *arena, const char *text, size_t *length)
{
	return message_text(
		arena, &onnx__model_proto__descriptor, text, length);
}

uint8_t *onnx_tensor_text(struct arena *arena, const char *text, size_t *length)
{
	return message_text(
		arena, &onnx__tensor_proto__descriptor, text, length);
}
