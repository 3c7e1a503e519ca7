/* The columns of the tables that compile writes, expanded from columns.def. */
#ifndef CODEGEN_COLUMNS_H
#define CODEGEN_COLUMNS_H

#include "base/csv.h"
#include "codegen/gap.h"

enum column_table {
	COLUMNS_SUMMARY,
	COLUMNS_LAYER,
	COLUMNS_GAIN,
	COLUMNS_POINT,
	COLUMNS_VERTEX,
	COLUMN_TABLE_COUNT
};

/* Their names as the table's first row; forks: those for models with an If that
 * is not decided, too. */
void columns_header(struct csv *csv, enum column_table table, bool forks);

/* The table of columns in Markdown, and that of the entries of NAME.json among
 * them, as they stand in docs/output-files.md; in the arena. */
const char *columns_markdown(struct ctx *ctx, enum column_table table);
const char *columns_json_markdown(struct ctx *ctx, enum column_table table);

/* The entries of an estimate. */
const char *columns_estimate_markdown(struct ctx *ctx);

/* What writes a field of a kind, and an entry. */
#define CSV_TEXT csv_field
#define CSV_OWN csv_own
#define CSV_WHOLE csv_whole
#define CSV_NUMBER csv_number
#define CSV_BOOL csv_bool
#define CSV_GAP csv_finite
#define CSV_SOME csv_positive
#define JSON_WHOLE json_whole
#define JSON_NUMBER cJSON_CreateNumber
#define JSON_BOOL cJSON_CreateBool
#define JSON_GAP json_gap

#endif
