/* Everything that follows from config_fields.def alone: sizes, loads, stores
 * and names of fields. */
#include "codegen/config_fields.h"

#include <assert.h>
#include <string.h>

/* --- names ---------------------------------------------------------------- */

#define NAMES(id, name, doc) static const struct config_name names_##id[] = {
#define BITS(id, name, doc) NAMES(id, name, doc)
#define NAME(id, member, text, doc) {#member, text, doc},
#define END_NAMES(id) \
	}             \
	;
#include "codegen/config_fields.def"

#define COUNT_OF(array) ((int)(sizeof(array) / sizeof *(array)))

static const struct config_names names[CONFIG_NAMES_COUNT] = {
#define ROW(id, name, doc, bits) \
	[CONFIG_NAMES_##id] = {  \
		#id, #name, doc, bits, COUNT_OF(names_##id), names_##id},
#define NAMES(id, name, doc) ROW(id, name, doc, false)
#define BITS(id, name, doc) ROW(id, name, doc, true)
#include "codegen/config_fields.def"
#undef ROW
};

const struct config_names *config_names(enum config_names_id id)
{
	assert(id < CONFIG_NAMES_COUNT);
	return &names[id];
}

/* --- kinds ---------------------------------------------------------------- */

static const struct {
	uint32_t bytes;
	const char *text;
} kinds[] = {
#define KIND(id, type, bytes, text) [CONFIG_KIND_##id] = {bytes, text},
	CONFIG_KINDS(KIND)
#undef KIND
};

uint32_t config_kind_bytes(enum config_kind kind)
{
	return kinds[kind].bytes;
}

const char *config_kind_text(enum config_kind kind)
{
	return kinds[kind].text;
}

/* --- records -------------------------------------------------------------- */

/* A record as it lies in the file: arrays of bytes leave no holes. */
enum {
#define KIND(id, type, bytes, text) BYTES_##id = bytes,
	CONFIG_KINDS(KIND)
#undef KIND
};
#define RECORD(id, name, tag, doc) struct file_##id {
#define F(id, name, kind, target, unit, doc) uint8_t name[BYTES_##kind];
#define A(id, name, count, kind, target, unit, doc) \
	uint8_t name[(count)*BYTES_##kind];
#define END(id) \
	}       \
	;
#include "codegen/config_fields.def"

/* The struct of config_fields.h under the record's id. */
#define RECORD(id, name, tag, doc) typedef struct config_##name memory_##id;
#include "codegen/config_fields.def"

/* The column 'target' means what the kind makes of it. */
#define TARGET_TAG(target) -1
#define TARGET_U8(target) -1
#define TARGET_U16(target) -1
#define TARGET_U32(target) -1
#define TARGET_U64(target) -1
#define TARGET_I64(target) -1
#define TARGET_F64(target) -1
#define TARGET_ZERO(target) -1
#define TARGET_STR(target) CONFIG_STRING
#define TARGET_REF(target) CONFIG_##target
#define TARGET_OPT(target) CONFIG_##target
#define TARGET_FIRST(target) CONFIG_##target
#define TARGET_COUNT(target) CONFIG_##target
#define TARGET_TRIPLE(target) CONFIG_##target
#define TARGET_ENUM(target) CONFIG_NAMES_##target
#define TARGET_FLAGS(target) CONFIG_NAMES_##target

#define RECORD(id, name, tag, doc) \
	static const struct config_field fields_##id[] = {
#define F(id, name, kind, target, unit, doc) \
	A(id, name, 1, kind, target, unit, doc)
#define A(id, field, count, kind, target, unit, doc)                          \
	{#field, unit, doc, CONFIG_KIND_##kind, TARGET_##kind(target), count, \
		offsetof(struct file_##id, field),                            \
		offsetof(memory_##id, field)},
#define END(id) \
	}       \
	;
#include "codegen/config_fields.def"

static const struct config_record records[CONFIG_RECORD_COUNT] = {
#define RECORD(id, name, tag, doc)                                    \
	[CONFIG_##id] = {#id, #name, tag, doc, COUNT_OF(fields_##id), \
		fields_##id, sizeof(struct file_##id), sizeof(memory_##id)},
#include "codegen/config_fields.def"
};

const struct config_record *config_record(enum config_record_id id)
{
	assert(id < CONFIG_RECORD_COUNT);
	return &records[id];
}

uint32_t config_tag(enum config_record_id id)
{
	uint32_t tag = 0;
	for (int i = 3; i >= 0; i--)
		tag = tag << 8 | (uint8_t)records[id].tag[i];
	return tag;
}

enum config_record_id config_by_tag(uint32_t tag)
{
	int id = CONFIG_FIRST_SECTION;
	while (id < CONFIG_RECORD_COUNT &&
		config_tag((enum config_record_id)id) != tag)
		id++;
	return (enum config_record_id)id;
}

/* --- values --------------------------------------------------------------- */

uint64_t config_field_get(
	const struct config_field *field, uint32_t k, const void *memory)
{
	const uint8_t *at = (const uint8_t *)memory + field->memory +
		(size_t)k * config_kind_bytes(field->kind);
	uint8_t u8;
	uint16_t u16;
	uint32_t u32;
	uint64_t u64;
	switch (config_kind_bytes(field->kind)) {
	case 1:
		memcpy(&u8, at, sizeof u8);
		return u8;
	case 2:
		memcpy(&u16, at, sizeof u16);
		return u16;
	case 4:
		memcpy(&u32, at, sizeof u32);
		return u32;
	default:
		memcpy(&u64, at, sizeof u64);
		return u64;
	}
}

void config_field_put(const struct config_field *field, uint32_t k,
	uint64_t value, void *memory)
{
	uint8_t *at = (uint8_t *)memory + field->memory +
		(size_t)k * config_kind_bytes(field->kind);
	uint8_t u8 = (uint8_t)value;
	uint16_t u16 = (uint16_t)value;
	uint32_t u32 = (uint32_t)value;
	switch (config_kind_bytes(field->kind)) {
	case 1:
		memcpy(at, &u8, sizeof u8);
		break;
	case 2:
		memcpy(at, &u16, sizeof u16);
		break;
	case 4:
		memcpy(at, &u32, sizeof u32);
		break;
	default:
		memcpy(at, &value, sizeof value);
	}
}

uint64_t config_field_load(
	const struct config_field *field, uint32_t k, const uint8_t *bytes)
{
	uint32_t size = config_kind_bytes(field->kind);
	const uint8_t *at = bytes + field->offset + (size_t)k * size;
	uint64_t value = 0;
	for (uint32_t i = size; i > 0; i--)
		value = value << 8 | at[i - 1];
	return value;
}

void config_field_store(const struct config_field *field, uint32_t k,
	uint64_t value, uint8_t *bytes)
{
	uint32_t size = config_kind_bytes(field->kind);
	uint8_t *at = bytes + field->offset + (size_t)k * size;
	for (uint32_t i = 0; i < size; i++)
		at[i] = (uint8_t)(value >> (8 * i));
}

void config_record_store(
	const struct config_record *record, const void *memory, uint8_t *bytes)
{
	for (int f = 0; f < record->field_count; f++) {
		const struct config_field *field = &record->fields[f];
		for (uint32_t k = 0; k < field->count; k++)
			config_field_store(field, k,
				config_field_get(field, k, memory), bytes);
	}
}
