/* A configuration blob while it is made: its sections as growing tables. */
#ifndef CODEGEN_CONFIG_TABLES_H
#define CODEGEN_CONFIG_TABLES_H

#include "base/index.h"
#include "codegen/config_fields.h"

struct config_table {
	uint32_t count;
	size_t bytes, capacity;
	uint8_t *records; /* as in the file */
};

struct config_tables {
	struct ctx *ctx;
	struct config_table table[CONFIG_RECORD_COUNT];
	struct hash_index strings; /* where known texts start */
	bool full; /* a table passed its limit: config_finish reports it */
};

void config_tables_init(struct config_tables *tables, struct ctx *ctx);
/* Adds a record from its struct; returns its index. */
uint32_t config_add(struct config_tables *tables, enum config_record_id id,
	const void *record);
/* The same from its bytes in the file. */
uint32_t config_add_bytes(struct config_tables *tables,
	enum config_record_id id, const uint8_t *record);
/* The offset of a text in STRINGS, each kept once; NULL reads as "". */
uint32_t config_add_string(struct config_tables *tables, const char *text);

/* The blob: header, section table, sections in the order of the definition;
 * allocated in the arena. False with a diagnostic when a section has 2^32 - 1
 * records or more. */
bool config_finish(struct config_tables *tables, uint64_t fingerprint,
	uint8_t **bytes, size_t *length);
/* Puts an identity of 32 hex digits into a blob of config_finish's. */
void config_set_fill(uint8_t *blob, const char *identity);

#endif
