/* nwcfg.h and docs/config-blob.md hold what config_fields.def says. With
 * --write as an argument the two are brought up to date instead. */
#include "codegen/config_fields.h"

#include "tests/cmocka.h"

#include <string.h>

static const struct {
	const char *path, *begin, *end;
	const char *(*text)(struct ctx *ctx);
} files[] = {
	{"codegen/nwcfg.h",
         "/* --- generated from config_fields.def: begin --- */\n", "/* --- generated from config_fields.def: end --- */\n",
         config_header_text},
	{"docs/config-blob.md",
         "<!-- generated from config_fields.def: begin -->\n",      "<!-- generated from config_fields.def: end -->\n",
         config_docs_text  },
};
enum { FILE_COUNT = sizeof files / sizeof *files };

static char *file_text(struct ctx *ctx, const char *path)
{
	FILE *file = fopen(path, "rb");
	assert_non_null(file);
	fseek(file, 0, SEEK_END);
	size_t size = (size_t)ftell(file);
	rewind(file);
	char *text = arena_alloc(&ctx->arena, size + 1);
	assert_int_equal(fread(text, 1, size, file), size);
	fclose(file);
	return text;
}

/* The file as it must be. */
static const char *wanted(struct ctx *ctx, int i, const char *now)
{
	const char *begin = strstr(now, files[i].begin);
	const char *end = strstr(now, files[i].end);
	assert_non_null(begin);
	assert_non_null(end);
	begin += strlen(files[i].begin);
	return arena_printf(&ctx->arena, "%.*s%s%s", (int)(begin - now), now,
		files[i].text(ctx), end);
}

static void files_follow_the_table(void **state)
{
	(void)state;
	struct ctx ctx;
	ctx_init(&ctx, stderr, NULL);
	for (int i = 0; i < FILE_COUNT; i++) {
		const char *now = file_text(&ctx, files[i].path);
		if (strcmp(now, wanted(&ctx, i, now)) != 0)
			fail_msg("%s: run build/checked/test_config_fields "
				 "--write",
				files[i].path);
	}
	ctx_release(&ctx);
}

static void write_files(void)
{
	struct ctx ctx;
	ctx_init(&ctx, stderr, NULL);
	for (int i = 0; i < FILE_COUNT; i++) {
		const char *text =
			wanted(&ctx, i, file_text(&ctx, files[i].path));
		FILE *file = fopen(files[i].path, "wb");
		assert_non_null(file);
		fputs(text, file);
		fclose(file);
	}
	ctx_release(&ctx);
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
		write_files();
		return 0;
	}
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(records_are_aligned),
		cmocka_unit_test(files_follow_the_table),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
