/* Texts of strangers, made fit for a terminal and for a spreadsheet's cell. */
#include "base/diag.h"
#include "base/text.h"

#include "tests/cmocka.h"

#include <stdlib.h>
#include <string.h>

/* clang-format off */
static const struct {
	const char *text, *printable, *neutral;
} rows[] = {
	{"",                         "",                         ""},
	{"conv1",                    "conv1",                    "conv1"},
	{"/a/b:0 (x)",               "/a/b:0 (x)",               "/a/b:0 (x)"},
	{"=1+1",                     "=1+1",                     "'=1+1"},
	{"+1",                       "+1",                       "'+1"},
	{"-1",                       "-1",                       "'-1"},
	{"@SUM(A1)",                 "@SUM(A1)",                 "'@SUM(A1)"},
	{"'=1",                      "'=1",                      "''=1"},
	{"  =1",                     "  =1",                     "'  =1"},
	{"a=b",                      "a=b",                      "a=b"},
	{"\xef\xbc\x9d" "1",         "\xef\xbc\x9d" "1",         "'\xef\xbc\x9d" "1"},
	{"\t=1",                     "\\x09=1",                  "\\x09=1"},
	{"=a\nb",                    "=a\\x0ab",                 "'=a\\x0ab"},
	{"\x1b[31mred\x7f",          "\\x1b[31mred\\x7f",        "\\x1b[31mred\\x7f"},
	{"\xc2\x9b" "31m",           "\\xc2\\x9b31m",            "\\xc2\\x9b31m"},
	{"\xc2\xa0\xc3\x84\xc3\x9b", "\xc2\xa0\xc3\x84\xc3\x9b", "\xc2\xa0\xc3\x84\xc3\x9b"},
	{"\xc2",                     "\xc2",                     "\xc2"},
};
/* clang-format on */

static void texts_are_made_fit(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct ctx ctx;
		ctx_init(&ctx, stderr, NULL);
		assert_string_equal(
			text_printable(&ctx, rows[i].text), rows[i].printable);
		assert_string_equal(
			diag_quote(&ctx, rows[i].text), rows[i].printable);
		assert_string_equal(
			text_neutral(&ctx, rows[i].text), rows[i].neutral);
		ctx_release(&ctx);
	}
}

/* A table's columns are as wide as what is printed. */
static void tables_escape(void **state)
{
	(void)state;
	struct ctx ctx;
	ctx_init(&ctx, stderr, NULL);
	struct text text = {.ctx = &ctx};
	const char *const cells[] = {"a\nb", "1", NULL, "2"};
	text_table(&text, "lr", 2, cells);
	assert_string_equal(text.bytes, "a\\x0ab  1\n        2\n");
	ctx_release(&ctx);
}

/* A message is one line, however long and whatever was put into it. */
static void messages_are_one_line(void **state)
{
	(void)state;
	static const size_t lengths[] = {3, 1022, 1023, 1024, 5000};
	for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
		char name[5001], *said = NULL;
		size_t size = 0;
		memset(name, '\n', lengths[i]);
		name[lengths[i]] = '\0';
		FILE *f = open_memstream(&said, &size);
		struct ctx ctx;
		ctx_init(&ctx, f, NULL);
		diag_error(&ctx, NULL, "%s", name);
		ctx_release(&ctx);
		fclose(f);
		assert_int_equal(
			size, strlen("nestwright: error: \n") + 4 * lengths[i]);
		assert_ptr_equal(strchr(said, '\n'), said + size - 1);
		free(said);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_are_made_fit),
		cmocka_unit_test(tables_escape),
		cmocka_unit_test(messages_are_one_line),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
