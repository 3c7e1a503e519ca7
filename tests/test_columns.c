/* The tables of columns and keys in docs/ are what the code has. With --write
 * as an argument they are brought up to date instead. */
#include "codegen/columns.h"
#include "dse/report.h"
#include "mapper/arch.h"

#include "tests/cmocka.h"
#include "tests/doc_marks.h"

#include <string.h>

#define COLUMNS_OF(table)                                            \
	static const char *text_##table(struct ctx *ctx)             \
	{                                                            \
		return columns_markdown(ctx, COLUMNS_##table);       \
	}
COLUMNS_OF(SUMMARY)
COLUMNS_OF(LAYER)
COLUMNS_OF(GAIN)
COLUMNS_OF(POINT)
COLUMNS_OF(VERTEX)

static const char *text_totals(struct ctx *ctx)
{
	return columns_json_markdown(ctx, COLUMNS_SUMMARY);
}

#define DSE_COLUMNS_OF(list)                                         \
	static const char *text_##list(struct ctx *ctx)              \
	{                                                            \
		return report_columns_markdown(ctx, COLUMNS_##list); \
	}
DSE_COLUMNS_OF(DESIGN)
DSE_COLUMNS_OF(SEED)
DSE_COLUMNS_OF(TASK)

#define MARK(path, what, text)                                               \
	{                                                                    \
		path, "<!-- " what ": begin -->\n", "<!-- " what ": end -->\n", \
			text                                                 \
	}
#define OUTPUT "docs/output-files.md"
static const struct doc_mark marks[] = {
	MARK(OUTPUT, "totals of columns.def", text_totals),
	MARK(OUTPUT, "estimate of columns.def", columns_estimate_markdown),
	MARK(OUTPUT, "columns of SUMMARY", text_SUMMARY),
	MARK(OUTPUT, "columns of LAYER", text_LAYER),
	MARK(OUTPUT, "columns of GAIN", text_GAIN),
	MARK(OUTPUT, "columns of POINT", text_POINT),
	MARK(OUTPUT, "columns of VERTEX", text_VERTEX),
	MARK("docs/architecture.md", "keys of arch_keys.def",
		arch_keys_markdown),
	MARK("docs/dse.md", "columns of DESIGN", text_DESIGN),
	MARK("docs/dse.md", "columns of SEED", text_SEED),
	MARK("docs/dse.md", "columns of TASK", text_TASK),
};
enum { MARKS = sizeof marks / sizeof *marks };

static void documentation_follows_the_tables(void **state)
{
	(void)state;
	doc_marks_check(marks, MARKS, "test_columns");
}

int main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "--write") == 0) {
		doc_marks_write(marks, MARKS);
		return 0;
	}
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(documentation_follows_the_tables),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
