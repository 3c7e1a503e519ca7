/* Finds the two lines and puts the text between them. */
#include "tests/doc_marks.h"

#include "tests/cmocka.h"

#include <stdio.h>
#include <string.h>

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
static const char *wanted(
	struct ctx *ctx, const struct doc_mark *mark, const char *now)
{
	const char *begin = strstr(now, mark->begin);
	assert_non_null(begin);
	begin += strlen(mark->begin);
	const char *end = strstr(begin, mark->end);
	assert_non_null(end);
	return arena_printf(&ctx->arena, "%.*s%s%s", (int)(begin - now), now,
		mark->text(ctx), end);
}

void doc_marks_check(
	const struct doc_mark *marks, size_t count, const char *program)
{
	for (size_t i = 0; i < count; i++) {
		struct ctx ctx;
		ctx_init(&ctx, stderr, NULL);
		const char *now = file_text(&ctx, marks[i].path);
		if (strcmp(now, wanted(&ctx, &marks[i], now)) != 0)
			fail_msg("%s, %.*s: run build/checked/%s --write",
				marks[i].path,
				(int)strcspn(marks[i].begin, "\n"),
				marks[i].begin, program);
		ctx_release(&ctx);
	}
}

void doc_marks_write(const struct doc_mark *marks, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct ctx ctx;
		ctx_init(&ctx, stderr, NULL);
		const char *text = wanted(&ctx, &marks[i],
			file_text(&ctx, marks[i].path));
		FILE *file = fopen(marks[i].path, "wb");
		assert_non_null(file);
		fputs(text, file);
		fclose(file);
		ctx_release(&ctx);
	}
}
