#include "ir/diag.h"

#include <stdarg.h>
#include <string.h>

enum { QUOTE_BYTES = 200 };

void ctx_init(struct ctx *ctx, FILE *messages, jmp_buf *guard)
{
	*ctx = (struct ctx){.messages = messages};
	arena_init(&ctx->arena, guard);
}

void ctx_release(struct ctx *ctx)
{
	arena_release(&ctx->arena);
}

const char *diag_quote(struct ctx *ctx, const char *s)
{
	if (!s)
		return "";
	size_t n = strnlen(s, QUOTE_BYTES + 1), out = 0;
	bool cut = n > QUOTE_BYTES;
	if (cut) {
		/* Do not cut inside a UTF-8 sequence. */
		n = QUOTE_BYTES;
		while (n && ((unsigned char)s[n] & 0xc0) == 0x80)
			n--;
	}
	char *quoted = arena_alloc(&ctx->arena, 4 * n + 4);
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)s[i];
		if (c < 0x20 || c == 0x7f)
			out += (size_t)sprintf(quoted + out, "\\x%02x", c);
		else
			quoted[out++] = (char)c;
	}
	strcpy(quoted + out, cut ? "..." : "");
	return quoted;
}

__attribute__((format(printf, 4, 0))) static void print(struct ctx *ctx,
	const struct loc *loc, const char *kind, const char *format, va_list ap)
{
	FILE *f = ctx->messages;
	if (loc && loc->file) {
		fputs(diag_quote(ctx, loc->file), f);
		if (loc->line)
			fprintf(f, ":%d", loc->line);
		if (loc->line && loc->column)
			fprintf(f, ":%d", loc->column);
		fputs(": ", f);
	} else {
		fputs("nestwright: ", f);
	}
	if (loc && loc->node)
		fprintf(f, "node '%s'", diag_quote(ctx, loc->node));
	if (loc && loc->op)
		fprintf(f, "%s(%s)", loc->node ? " " : "",
			diag_quote(ctx, loc->op));
	if (loc && (loc->node || loc->op))
		fputs(": ", f);
	fprintf(f, "%s: ", kind);
	vfprintf(f, format, ap);
	fputc('\n', f);
}

bool diag_error(struct ctx *ctx, const struct loc *loc, const char *format, ...)
{
	va_list ap;
	ctx->errors++;
	va_start(ap, format);
	print(ctx, loc, "error", format, ap);
	va_end(ap);
	return false;
}

void diag_warning(
	struct ctx *ctx, const struct loc *loc, const char *format, ...)
{
	va_list ap;
	if (ctx->quiet)
		return;
	ctx->warnings++;
	va_start(ap, format);
	print(ctx, loc, "warning", format, ap);
	va_end(ap);
}

void diag_note(struct ctx *ctx, const struct loc *loc, const char *format, ...)
{
	va_list ap;
	if (ctx->quiet)
		return;
	va_start(ap, format);
	print(ctx, loc, "note", format, ap);
	va_end(ap);
}
