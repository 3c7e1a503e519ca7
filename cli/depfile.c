#include "cli/depfile.h"

#include <string.h>

/* A file name in a depfile. Backslashes stand for themselves but before a
 * space or '#', where each is doubled. */
static char *escape(struct ctx *ctx, const char *name)
{
	char *text = arena_alloc(&ctx->arena, 3 * strlen(name) + 1);
	size_t n = 0, slashes = 0;
	for (; *name; name++) {
		if (*name == ' ' || *name == '#') {
			for (; slashes; slashes--)
				text[n++] = '\\';
			text[n++] = '\\';
		} else if (*name == '$') {
			text[n++] = '$';
		}
		slashes = *name == '\\' ? slashes + 1 : 0;
		text[n++] = *name;
	}
	return text;
}

const char *depfile_text(
	struct ctx *ctx, size_t count, const struct dependency *dependencies)
{
	const char *text = "";
	for (size_t i = 0; i < count; i++) {
		const struct dependency *d = &dependencies[i];
		text = arena_printf(
			&ctx->arena, "%s%s:", text, escape(ctx, d->target));
		for (size_t k = 0; k < d->count; k++)
			text = arena_printf(&ctx->arena, "%s \\\n  %s", text,
				escape(ctx, d->sources[k]));
		text = arena_printf(&ctx->arena, "%s\n", text);
	}
	return text;
}
