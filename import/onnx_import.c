/* Stepping through a file's messages, with scratch memory and names that are
 * kept once. */
#include "import/onnx_import.h"

#include "proto/onnx.pb-c.h"

#include <string.h>

long long import_byte(const struct import *im, const uint8_t *at)
{
	return (long long)(at - im->file.span.bytes);
}

bool import_gives_up(const struct import *im)
{
	return im->ctx->errors - im->first_error >= ERRORS_MAX;
}

bool import_next(struct import *im, struct wire *wire, struct wire_field *field,
	bool *ok)
{
	const uint8_t *start = wire->at;
	if (wire_next(wire, field)) {
		im->walked += (size_t)(wire->at - start);
		if (im->walked >= FORGET_BYTES) {
			onnx_file_forget(&im->file);
			im->walked = 0;
		}
		return true;
	}
	if (!wire->broken)
		return false;
	const struct span *file = &im->file.span;
	if (wire->missing && wire->end == file->bytes + file->length)
		*ok = diag_error(im->ctx, &im->loc,
			"truncated: the file ends at byte %zu, the field at "
			"byte %lld needs %llu more bytes",
			file->length, import_byte(im, wire->broken),
			(unsigned long long)wire->missing);
	else
		*ok = diag_error(im->ctx, &im->loc,
			"damaged at byte %lld: expected a field of an ONNX "
			"message",
			import_byte(im, wire->broken));
	return false;
}

static void *scratch_alloc(void *arena, size_t size)
{
	return arena_try_alloc(arena, size);
}

static void scratch_free(void *arena, void *p)
{
	(void)arena;
	(void)p;
}

void *import_unpack(struct import *im, const ProtobufCMessageDescriptor *type,
	struct span span)
{
	arena_reset(&im->scratch);
	ProtobufCAllocator allocator = {
		scratch_alloc, scratch_free, &im->scratch};
	void *message = protobuf_c_message_unpack(
		type, &allocator, span.length, span.bytes);
	if (!message)
		diag_error(im->ctx, &im->loc,
			"damaged at byte %lld: expected a message of type %s",
			import_byte(im, span.bytes), type->short_name);
	return message;
}

static bool name_verify(struct import *im, struct span span)
{
	if (span.length > NAME_MAX_BYTES)
		return diag_error(im->ctx, &im->loc,
			"the name at byte %lld has %zu bytes, expected %d at "
			"most",
			import_byte(im, span.bytes), span.length,
			NAME_MAX_BYTES);
	if (memchr(span.bytes, 0, span.length))
		return diag_error(im->ctx, &im->loc,
			"the name at byte %lld contains a zero byte",
			import_byte(im, span.bytes));
	return true;
}

bool import_name(struct import *im, struct span span, const char **out)
{
	*out = "";
	if (!span.length)
		return true;
	if (!name_verify(im, span))
		return false;
	*out = arena_strndup(
		&im->ctx->arena, (const char *)span.bytes, span.length);
	return true;
}

bool import_word(struct import *im, struct span span, const char **out)
{
	*out = "";
	if (!span.length)
		return true;
	void **known = names_find(
		&im->words, (const char *)span.bytes, span.length);
	if (known) {
		*out = *known;
		return true;
	}
	if (!import_name(im, span, out))
		return false;
	return names_add(&im->ctx->arena, &im->words, *out, span.length,
		(void *)(uintptr_t)*out);
}

void import_push(struct import *im, struct spans *spans, struct span span)
{
	spans->at = arena_grow(&im->temp, spans->at, spans->count,
		&spans->capacity, spans->count + 1, sizeof *spans->at);
	spans->at[spans->count++] = span;
}

static const char *domain_text(const char *domain)
{
	return *domain ? domain : "ai.onnx";
}

bool opsets_add(struct import *im, struct opsets *opsets, struct span span)
{
	Onnx__OperatorSetIdProto *id = import_unpack(
		im, &onnx__operator_set_id_proto__descriptor, span);
	if (!id)
		return false;
	const char *domain = id->domain ? id->domain : "";
	if (!strcmp(domain, "ai.onnx"))
		domain = "";
	for (size_t i = 0; i < opsets->count; i++) {
		if (strcmp(opsets->at[i].domain, domain))
			continue;
		if (opsets->at[i].version == id->version)
			return true;
		return diag_error(im->ctx, &im->loc,
			"opset_import names domain '%s' twice, with versions "
			"%lld and %lld",
			diag_quote(im->ctx, domain_text(domain)),
			(long long)opsets->at[i].version,
			(long long)id->version);
	}
	opsets->at = arena_grow(&im->ctx->arena, opsets->at, opsets->count,
		&opsets->capacity, opsets->count + 1, sizeof *opsets->at);
	opsets->at[opsets->count++] = (struct opset){
		arena_strdup(&im->ctx->arena, domain), id->version};
	return true;
}

int64_t opsets_version(const struct opsets *opsets, const char *domain)
{
	for (size_t i = 0; i < opsets->count; i++)
		if (!strcmp(opsets->at[i].domain, domain))
			return opsets->at[i].version;
	return 0;
}
