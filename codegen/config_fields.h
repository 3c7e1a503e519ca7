/* The records of the configuration blob, expanded from config_fields.def: as
 * structs for the writer, as a table for everything that treats them alike. */
#ifndef CODEGEN_CONFIG_FIELDS_H
#define CODEGEN_CONFIG_FIELDS_H

#include "base/ctx.h"

#include <stddef.h>
#include <stdint.h>

enum {
	CONFIG_MAJOR = 2,
	CONFIG_MINOR = 1,
	CONFIG_MAGIC_LOW = 0x4643574e,  /* "NWCF" */
	CONFIG_MAGIC_HIGH = 0x1a0a0d47, /* "G\r\n\x1a" */
};
#define CONFIG_NONE UINT32_MAX
#define CONFIG_NONE64 UINT64_MAX

enum config_record_id {
#define RECORD(id, name, tag, doc) CONFIG_##id,
#include "codegen/config_fields.def"
	CONFIG_RECORD_COUNT,
	CONFIG_FIRST_SECTION = CONFIG_ARCH,
	CONFIG_SECTION_COUNT = CONFIG_RECORD_COUNT - CONFIG_FIRST_SECTION
};

/* CONFIG_INDEX_ROLE_WEIGHT is the position of a name, CONFIG_ROLE_WEIGHT what a
 * field holds: of bits, 1 << position. */
enum {
#define NAMES(id, name, doc) CONFIG_ARE_BITS_##id = 0,
#define BITS(id, name, doc) CONFIG_ARE_BITS_##id = 1,
#include "codegen/config_fields.def"
};
#define NAMES(id, name, doc) enum {
#define BITS(id, name, doc) enum {
#define NAME(id, member, text, doc) CONFIG_INDEX_##id##_##member,
#define END_NAMES(id) \
	}             \
	;
#include "codegen/config_fields.def"
enum {
#define NAME(id, member, text, doc)                   \
	CONFIG_##id##_##member = CONFIG_ARE_BITS_##id \
		? 1 << CONFIG_INDEX_##id##_##member   \
		: CONFIG_INDEX_##id##_##member,
#include "codegen/config_fields.def"
};

enum config_names_id {
#define NAMES(id, name, doc) CONFIG_NAMES_##id,
#define BITS(id, name, doc) CONFIG_NAMES_##id,
#include "codegen/config_fields.def"
	CONFIG_NAMES_COUNT
};

/* Kinds of fields: C type, bytes in the file, spelling in the documentation. */
#define CONFIG_KINDS(KIND)                      \
	KIND(TAG, uint32_t, 4, "tag")           \
	KIND(U8, uint8_t, 1, "u8")              \
	KIND(U16, uint16_t, 2, "u16")           \
	KIND(U32, uint32_t, 4, "u32")           \
	KIND(U64, uint64_t, 8, "u64")           \
	KIND(I64, int64_t, 8, "i64")            \
	KIND(F64, double, 8, "f64")             \
	KIND(ZERO, uint32_t, 4, "u32")          \
	KIND(STR, uint32_t, 4, "string")        \
	KIND(REF, uint32_t, 4, "index")         \
	KIND(OPT, uint32_t, 4, "index?")        \
	KIND(FIRST, uint32_t, 4, "first")       \
	KIND(COUNT, uint32_t, 4, "count")       \
	KIND(TRIPLE, uint32_t, 4, "first of 3") \
	KIND(ENUM, uint32_t, 4, "enum")         \
	KIND(FLAGS, uint32_t, 4, "flags")

enum config_kind {
#define KIND(id, type, bytes, text) CONFIG_KIND_##id,
	CONFIG_KINDS(KIND)
#undef KIND
};

#define KIND(id, type, bytes, text) typedef type config_##id;
CONFIG_KINDS(KIND)
#undef KIND

/* struct config_tensor and so on, field by field. */
#define RECORD(id, name, tag, doc) struct config_##name {
#define F(id, name, kind, target, unit, doc) config_##kind name;
#define A(id, name, count, kind, target, unit, doc) config_##kind name[count];
#define END(id) \
	}       \
	;
#include "codegen/config_fields.def"

struct config_names {
	const char *id, *name, *doc;
	bool bits;
	int count;
	const struct config_name {
		const char *id, *text, *doc;
	} * names;
};

struct config_field {
	const char *name, *unit, *doc;
	enum config_kind kind;
	int target;      /* record or names by kind; -1: neither */
	uint32_t count;  /* elements of an array; else 1 */
	uint32_t offset; /* in the record of the file */
	size_t memory;   /* in the struct */
};

struct config_record {
	const char *id, *name, *tag, *doc;
	int field_count;
	const struct config_field *fields;
	uint32_t bytes; /* in the file */
	size_t memory;  /* sizeof the struct */
};

const struct config_names *config_names(enum config_names_id id);
const struct config_record *config_record(enum config_record_id id);
uint32_t config_kind_bytes(enum config_kind kind);
/* As the documentation spells it: "u32", "index", ... */
const char *config_kind_text(enum config_kind kind);
/* The section with these four letters; CONFIG_RECORD_COUNT for none. */
enum config_record_id config_by_tag(uint32_t tag);
uint32_t config_tag(enum config_record_id id);

/* Element k of a field as its bits: of the struct at memory, and in the file at
 * bytes. An I64 is its two's complement, an F64 its IEEE bits. _put is the
 * other way of _get. */
uint64_t config_field_get(
	const struct config_field *field, uint32_t k, const void *memory);
uint64_t config_field_load(
	const struct config_field *field, uint32_t k, const uint8_t *bytes);
void config_field_put(const struct config_field *field, uint32_t k,
	uint64_t value, void *memory);
void config_field_store(const struct config_field *field, uint32_t k,
	uint64_t value, uint8_t *bytes);
/* struct -> file. */
void config_record_store(
	const struct config_record *record, const void *memory, uint8_t *bytes);

/* What nwcfg.h and docs/config-blob.md hold between their marks; in the arena.
 */
const char *config_header_text(struct ctx *ctx);
const char *config_docs_text(struct ctx *ctx);

#endif
