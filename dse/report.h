/* What an exploration found: the table of designs and what is said of it. Texts
 * are made in the arena. */
#ifndef DSE_REPORT_H
#define DSE_REPORT_H

#include "dse/explore.h"

#include <math.h>

struct report {
	const struct explore *explore;
	const struct findings *findings;
	bool times; /* say when each design was searched */
	/* Keys that the space gives values: axes, then tables, then
	 * expressions; [key_count]. */
	size_t key_count;
	const slot *keys;
};

void report_init(struct ctx *ctx, const struct explore *explore,
	const struct findings *findings, bool times, struct report *out);

/* The table of designs, shared by the CSV file and the workbook. */
enum cell_kind { CELL_EMPTY, CELL_NUMBER, CELL_TEXT };
struct cell {
	enum cell_kind kind;
	double number;
	const char *text;
};
static inline struct cell number_cell(double value) /* empty: not finite */
{
	return (struct cell){.kind = isfinite(value) ? CELL_NUMBER : CELL_EMPTY,
		.number = value};
}
static inline struct cell text_cell(const char *text) /* NULL: empty */
{
	return (struct cell){
		.kind = text ? CELL_TEXT : CELL_EMPTY, .text = text};
}

/* Columns behind "design" and the keys. */
enum column {
#define DESIGN(id, name, unit, whose, cell, meaning) COLUMN_##id,
#include "dse/columns.def"
	COLUMN_COUNT
};
struct cell report_result(struct ctx *ctx, const struct report *report,
	size_t design, enum column column);

size_t report_columns(const struct report *report);
const char *report_column(const struct report *report, size_t column);
struct cell report_cell(struct ctx *ctx, const struct report *report,
	size_t design, size_t column);
/* Whether dMazeRunner's spreadsheets have it, too. */
bool report_is_seeds(const struct report *report, size_t column);
/* Whether any of the designs has a value there. */
bool report_filled(struct ctx *ctx, const struct report *report,
	const size_t *designs, size_t count, size_t column);

/* The table of columns of columns.def in Markdown, as it stands in docs/dse.md;
 * in the arena. */
enum column_list { COLUMNS_DESIGN, COLUMNS_SEED, COLUMNS_TASK };
const char *report_columns_markdown(struct ctx *ctx, enum column_list list);

/* The winner against the designs that differ from it in one key. */
struct variation {
	size_t axis, design;
};
struct variation *report_variations(
	struct ctx *ctx, const struct report *report, size_t *count);

const char *designs_csv(struct ctx *ctx, const struct report *report);
const char *variations_csv(struct ctx *ctx, const struct report *report);
/* The best designs and the winner's sensitivity, for people, in the arena. */
const char *report_text(struct ctx *ctx, const struct report *report);

#endif
