#include "codegen/config_tables.h"

#include "base/diag.h"

#include <assert.h>
#include <string.h>
#include <zlib.h>

/* An index of a table, and NONE, fit 32 bits. */
#define TABLE_LIMIT (UINT32_MAX - 1)

void config_tables_init(struct config_tables *tables, struct ctx *ctx)
{
	*tables = (struct config_tables){.ctx = ctx};
	config_add_string(tables, "");
}

static uint8_t *table_grow(
	struct config_tables *tables, enum config_record_id id, size_t bytes)
{
	struct config_table *table = &tables->table[id];
	size_t records = bytes / config_record(id)->bytes;
	if (table->count >= TABLE_LIMIT - records) {
		/* What follows is thrown away; keep it in bounds. */
		tables->full = true;
		table->count = 0;
		table->bytes = 0;
	}
	table->records = arena_grow(&tables->ctx->arena, table->records,
		table->bytes, &table->capacity, table->bytes + bytes, 1);
	uint8_t *at = table->records + table->bytes;
	table->bytes += bytes;
	table->count += (uint32_t)records;
	return at;
}

uint32_t config_add(struct config_tables *tables, enum config_record_id id,
	const void *record)
{
	const struct config_record *kind = config_record(id);
	config_record_store(kind, record, table_grow(tables, id, kind->bytes));
	return tables->table[id].count - 1;
}

uint32_t config_add_bytes(struct config_tables *tables,
	enum config_record_id id, const uint8_t *record)
{
	size_t bytes = config_record(id)->bytes;
	memcpy(table_grow(tables, id, bytes), record, bytes);
	return tables->table[id].count - 1;
}

/* --- strings -------------------------------------------------------------- */

static size_t text_hash(const char *text)
{
	uint64_t hash = 0xcbf29ce484222325u;
	for (; *text; text++)
		hash = (hash ^ (uint8_t)*text) * 0x100000001b3u;
	return (size_t)(hash ^ hash >> 32);
}

static const char *text_at(const struct config_tables *tables, uint32_t offset)
{
	return (const char *)tables->table[CONFIG_STRING].records + offset;
}

/* The slot of a text, or the free one where it belongs. Slots hold offsets plus
 * one; 0 is free. */
static uint32_t *string_slot(
	const struct config_tables *tables, const char *text)
{
	size_t mask = tables->string_slots - 1;
	for (size_t i = text_hash(text) & mask;; i = (i + 1) & mask) {
		uint32_t *slot = &tables->string_at[i];
		if (!*slot || strcmp(text_at(tables, *slot - 1), text) == 0)
			return slot;
	}
}

static void strings_rehash(struct config_tables *tables)
{
	const uint32_t *old = tables->string_at;
	size_t slots = tables->string_slots;
	tables->string_slots = slots ? slots * 2 : 64;
	tables->string_at = arena_array(&tables->ctx->arena,
		tables->string_slots, sizeof *tables->string_at);
	for (size_t i = 0; i < slots; i++)
		if (old[i])
			*string_slot(tables, text_at(tables, old[i] - 1)) =
				old[i];
}

uint32_t config_add_string(struct config_tables *tables, const char *text)
{
	if (!text)
		text = "";
	if (tables->full)
		return 0;
	if (tables->string_count * 2 >= tables->string_slots)
		strings_rehash(tables);
	uint32_t *slot = string_slot(tables, text);
	if (!*slot) {
		uint32_t offset = tables->table[CONFIG_STRING].count;
		size_t size = strlen(text) + 1;
		memcpy(table_grow(tables, CONFIG_STRING, size), text, size);
		if (tables->full)
			return 0;
		*slot = offset + 1;
		tables->string_count++;
	}
	return *slot - 1;
}

/* --- the file ------------------------------------------------------------- */

static size_t padded(size_t bytes)
{
	return (bytes + 7) & ~(size_t)7;
}

static uint32_t crc_of(const uint8_t *bytes, size_t length)
{
	return (uint32_t)crc32_z(0, bytes, length);
}

bool config_finish(struct config_tables *tables, uint64_t fingerprint,
	uint8_t **bytes, size_t *length)
{
	const struct config_record *of_header = config_record(CONFIG_HEADER);
	const struct config_record *of_section = config_record(CONFIG_SECTION);
	size_t table_end = of_header->bytes +
		(size_t)CONFIG_SECTION_COUNT * of_section->bytes;
	size_t size = table_end;
	if (tables->full)
		return diag_error(tables->ctx, NULL,
			"the configuration has more than 2^32 records in a "
			"section");
	for (int id = CONFIG_FIRST_SECTION; id < CONFIG_RECORD_COUNT; id++)
		size += padded(tables->table[id].bytes);

	uint8_t *file = arena_alloc(&tables->ctx->arena, size);
	size_t at = table_end;
	for (int id = CONFIG_FIRST_SECTION; id < CONFIG_RECORD_COUNT; id++) {
		const struct config_table *table = &tables->table[id];
		if (table->bytes)
			memcpy(file + at, table->records, table->bytes);
		struct config_section section = {
			.tag = config_tag((enum config_record_id)id),
			.record_bytes =
				config_record((enum config_record_id)id)->bytes,
			.offset = at,
			.bytes = padded(table->bytes),
			.count = table->count,
			.crc = crc_of(file + at, padded(table->bytes)),
		};
		config_record_store(of_section, &section,
			file + of_header->bytes +
				(size_t)(id - CONFIG_FIRST_SECTION) *
					of_section->bytes);
		at += padded(table->bytes);
	}
	assert(at == size);

	struct config_header header = {
		.magic_low = CONFIG_MAGIC_LOW,
		.magic_high = CONFIG_MAGIC_HIGH,
		.major = CONFIG_MAJOR,
		.minor = CONFIG_MINOR,
		.header_bytes = of_header->bytes,
		.file_bytes = size,
		.fingerprint = fingerprint,
		.section_count = CONFIG_SECTION_COUNT,
		.section_bytes = of_section->bytes,
	};
	config_record_store(of_header, &header, file);
	header.header_crc = crc_of(file, table_end);
	config_record_store(of_header, &header, file);
	*bytes = file;
	*length = size;
	return true;
}

/* The number of 16 hex digits. */
static uint64_t hex_value(const char *digits)
{
	uint64_t value = 0;
	for (int i = 0; i < 16; i++)
		value = value << 4 |
			(uint64_t)(digits[i] <= '9' ? digits[i] - '0'
						    : digits[i] - 'a' + 10);
	return value;
}

static const struct config_field *field_of(
	enum config_record_id id, const char *name)
{
	const struct config_record *record = config_record(id);
	for (int i = 0; i < record->field_count; i++)
		if (strcmp(record->fields[i].name, name) == 0)
			return &record->fields[i];
	return NULL;
}

void config_set_fill(uint8_t *blob, const char *identity)
{
	const size_t header_bytes = config_record(CONFIG_HEADER)->bytes;
	const size_t entry_bytes = config_record(CONFIG_SECTION)->bytes;
	const struct config_field *set = field_of(CONFIG_MODEL, "set");
	const struct config_field *header_crc =
		field_of(CONFIG_HEADER, "header_crc");
	uint8_t *entry = blob + header_bytes +
		(CONFIG_MODEL - CONFIG_FIRST_SECTION) * entry_bytes;
	uint8_t *model = blob +
		config_field_load(
			field_of(CONFIG_SECTION, "offset"), 0, entry);
	size_t bytes = (size_t)config_field_load(
		field_of(CONFIG_SECTION, "bytes"), 0, entry);
	for (uint32_t i = 0; i < set->count; i++)
		config_field_store(
			set, i, hex_value(identity + 16 * i), model);
	config_field_store(field_of(CONFIG_SECTION, "crc"), 0,
		crc_of(model, bytes), entry);
	config_field_store(header_crc, 0, 0, blob);
	config_field_store(header_crc, 0,
		crc_of(blob,
			header_bytes + CONFIG_SECTION_COUNT * entry_bytes),
		blob);
}
