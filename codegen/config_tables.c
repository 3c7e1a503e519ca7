/* Records appended to sections, strings kept once, and the file with its
 * checksums at the end. */
#include "codegen/config_tables.h"

#include "base/diag.h"
#include "base/hash.h"

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

static const char *text_at(const struct config_tables *tables, uint32_t offset)
{
	return (const char *)tables->table[CONFIG_STRING].records + offset;
}

static bool same_text(const void *items, size_t item, const void *key)
{
	return strcmp(text_at(items, (uint32_t)item), key) == 0;
}

uint32_t config_add_string(struct config_tables *tables, const char *text)
{
	if (!text)
		text = "";
	if (tables->full)
		return 0;
	uint64_t hash = hash_text(HASH_START, text);
	size_t known =
		index_find(&tables->strings, hash, same_text, tables, text);
	if (known != ITEM_NONE)
		return (uint32_t)known;
	uint32_t offset = tables->table[CONFIG_STRING].count;
	size_t size = strlen(text) + 1;
	memcpy(table_grow(tables, CONFIG_STRING, size), text, size);
	if (tables->full)
		return 0;
	index_add(&tables->ctx->arena, &tables->strings, hash, offset);
	return offset;
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
