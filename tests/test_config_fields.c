/* nwcfg.h and docs/config-blob.md hold what config_fields.def says. With
 * --write as an argument the two are brought up to date instead. */
#include "codegen/config_fields.h"

#include "tests/cmocka.h"
#include "tests/doc_marks.h"

#include <string.h>

/* clang-format off */
static const struct doc_mark marks[] = {
	{"codegen/nwcfg.h",
		"/* --- generated from config_fields.def: begin --- */\n",
		"/* --- generated from config_fields.def: end --- */\n",
		config_header_text},
	{"docs/config-blob.md",
		"<!-- generated from config_fields.def: begin -->\n",
		"<!-- generated from config_fields.def: end -->\n",
		config_docs_text},
};
/* clang-format on */
enum { MARKS = sizeof marks / sizeof *marks };

static void files_follow_the_table(void **state)
{
	(void)state;
	doc_marks_check(marks, MARKS, "test_config_fields");
}

/* Every field on a multiple of its size, every record a multiple of 8. */
static void records_are_aligned(void **state)
{
	(void)state;
	for (int id = 0; id < CONFIG_RECORD_COUNT; id++) {
		const struct config_record *record =
			config_record((enum config_record_id)id);
		uint32_t at = 0;
		for (int f = 0; f < record->field_count; f++) {
			const struct config_field *field = &record->fields[f];
			uint32_t bytes = config_kind_bytes(field->kind);
			assert_int_equal(field->offset, at);
			if (at % bytes)
				fail_msg("%s.%s lies at %u", record->name,
					field->name, (unsigned)at);
			at += field->count * bytes;
			if (field->kind == CONFIG_KIND_FIRST)
				assert_int_equal(
					field[1].kind, CONFIG_KIND_COUNT);
		}
		assert_int_equal(record->bytes, at);
		if (id != CONFIG_STRING && at % 8)
			fail_msg("%s has %u bytes", record->name, (unsigned)at);
	}
}

int main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "--write") == 0) {
		doc_marks_write(marks, MARKS);
		return 0;
	}
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(records_are_aligned),
		cmocka_unit_test(files_follow_the_table),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
