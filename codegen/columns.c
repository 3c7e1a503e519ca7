/* What columns.def says of the columns but how they are filled. */
#include "codegen/columns.h"

struct column {
	const char *name, *unit, *meaning;
	bool json; /* an entry of NAME.json, too */
	bool forks;
};

#define ROWS_ANY false
#define ROWS_MAPPED false
#define ROWS_FEASIBLE false
#define ROWS_FORKS true
#define ENTRY_CSV false
#define ENTRY_SEED false
#define ENTRY_JSON true

static const struct column summary[] = {
#define SUMMARY(name, unit, kind, json, source, meaning) \
	{#name, unit, meaning, ENTRY_##json, false},
#include "codegen/columns.def"
};
static const struct column layer[] = {
#define LAYER(name, unit, kind, rows, json, source, meaning) \
	{#name, unit, meaning, ENTRY_##json, ROWS_##rows},
#include "codegen/columns.def"
};
static const struct column gain[] = {
#define GAIN(name, unit, kind, rows, json, source, meaning) \
	{#name, unit, meaning, ENTRY_##json, ROWS_##rows},
#include "codegen/columns.def"
};
static const struct column point[] = {
#define POINT(name, unit, kind, source, meaning) \
	{#name, unit, meaning, false, false},
#include "codegen/columns.def"
};
static const struct column vertex[] = {
#define VERTEX(name, unit, kind, source, meaning) \
	{#name, unit, meaning, false, false},
#include "codegen/columns.def"
};

#define TABLE(columns) {columns, sizeof(columns) / sizeof *(columns)}
static const struct {
	const struct column *columns;
	size_t count;
} tables[COLUMN_TABLE_COUNT] = {
	[COLUMNS_SUMMARY] = TABLE(summary),
	[COLUMNS_LAYER] = TABLE(layer),
	[COLUMNS_GAIN] = TABLE(gain),
	[COLUMNS_POINT] = TABLE(point),
	[COLUMNS_VERTEX] = TABLE(vertex),
};

void columns_header(struct csv *csv, enum column_table table, bool forks)
{
	for (size_t i = 0; i < tables[table].count; i++)
		if (forks || !tables[table].columns[i].forks)
			csv_own(csv, tables[table].columns[i].name);
	csv_row_end(csv);
}

static void row_add(struct text *text, const struct column *column)
{
	text_add(text, "| `%s` | %s | %s |\n", column->name, column->unit,
		column->meaning);
}

const char *columns_markdown(struct ctx *ctx, enum column_table table)
{
	struct text text = {.ctx = ctx};
	text_add(&text, "| column | unit | meaning |\n|---|---|---|\n");
	for (size_t i = 0; i < tables[table].count; i++)
		row_add(&text, &tables[table].columns[i]);
	return text.bytes;
}

const char *columns_json_markdown(struct ctx *ctx, enum column_table table)
{
	struct text text = {.ctx = ctx};
	text_add(&text, "| field | unit | meaning |\n|---|---|---|\n");
	for (size_t i = 0; i < tables[table].count; i++)
		if (tables[table].columns[i].json)
			row_add(&text, &tables[table].columns[i]);
	return text.bytes;
}

const char *columns_estimate_markdown(struct ctx *ctx)
{
	struct text text = {.ctx = ctx};
	text_add(&text, "| field | unit | meaning |\n|---|---|---|\n");
#define ENTRY(path, name, unit, meaning) \
	text_add(&text, "| `" path "%s` | %s | %s |\n", #name, unit, meaning);
#define USE(name, unit, kind, source, meaning) \
	ENTRY("use.", name, unit, meaning)
#define PASSES(name, unit, kind, source, meaning) \
	ENTRY("passes.", name, unit, meaning)
#define TILES_OF(name, unit, kind, source, meaning) \
	ENTRY("operands.X.", name, unit, meaning)
#define DMA_OF(name, unit, kind, source, meaning) \
	ENTRY("operands.X.dma.", name, unit, meaning)
#define MOVES_OF(name, unit, kind, source, meaning) \
	ENTRY("operands.X.", name, unit, meaning)
#include "codegen/columns.def"
	return text.bytes;
}
