/* A message is made one line, whatever went into it, and then printed or kept
 * back. */
#include "base/diag.h"

#include "base/text.h"

#include <ctype.h>
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
	size_t room = 4 * n + 4;
	char *quoted = arena_alloc(&ctx->arena, room);
	for (size_t i = 0; i < n;) {
		size_t bytes = text_control(s + i);
		if (!bytes)
			quoted[out++] = s[i++];
		for (; bytes && i < n; bytes--)
			out += (size_t)sprintf(
				quoted + out, "\\x%02x", (unsigned char)s[i++]);
	}
	strcpy(quoted + out, cut ? "..." : "");
	out += strlen(quoted + out) + 1;
	arena_drop(&ctx->arena, quoted + out, room - out);
	return quoted;
}

__attribute__((format(printf, 2, 0))) static const char *text_of(
	struct ctx *ctx, const char *format, va_list ap)
{
	va_list again;
	va_copy(again, ap);
	int length = vsnprintf(NULL, 0, format, again);
	va_end(again);
	size_t size = length < 0 ? 1 : (size_t)length + 1;
	char *text = arena_alloc(&ctx->arena, size);
	vsnprintf(text, size, format, ap);
	return text;
}

/* A message, which is one line whatever went into it. */
__attribute__((format(printf, 3, 0))) static void message_put(
	struct ctx *ctx, FILE *f, const char *format, va_list ap)
{
	char room[1024]; /* most need nothing of the arena */
	va_list again;
	va_copy(again, ap);
	int length = vsnprintf(room, sizeof room, format, again);
	va_end(again);
	const char *s = length >= 0 && (size_t)length < sizeof room
		? room
		: text_of(ctx, format, ap);
	while (*s) {
		size_t bytes = text_control(s);
		if (!bytes)
			fputc(*s++, f);
		for (; bytes; bytes--)
			fprintf(f, "\\x%02x", (unsigned char)*s++);
	}
}

__attribute__((format(printf, 4, 0))) static void print(struct ctx *ctx,
	const struct loc *loc, const char *kind, const char *format, va_list ap)
{
	FILE *f = ctx->messages;
	if (ctx->hold) {
		struct diag_line *line = arena_alloc(&ctx->arena, sizeof *line);
		*line = (struct diag_line){
			.kind = kind, .text = text_of(ctx, format, ap)};
		if (loc)
			line->loc = *loc;
		*ctx->hold->end = line;
		ctx->hold->end = &line->next;
		return;
	}
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
	message_put(ctx, f, format, ap);
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

void diag_alert(struct ctx *ctx, const struct loc *loc, const char *format, ...)
{
	va_list ap;
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

void diag_hold(struct ctx *ctx, struct diag_hold *hold)
{
	*hold = (struct diag_hold){.outer = ctx->hold,
		.end = &hold->first,
		.errors = ctx->errors,
		.warnings = ctx->warnings};
	ctx->hold = hold;
}

__attribute__((format(printf, 4, 5))) static void print_line(struct ctx *ctx,
	const struct loc *loc, const char *kind, const char *format, ...)
{
	va_list ap;
	va_start(ap, format);
	print(ctx, loc, kind, format, ap);
	va_end(ap);
}

void diag_unhold(struct ctx *ctx, struct diag_hold *hold)
{
	const int errors = ctx->errors, warnings = ctx->warnings;
	ctx->hold = hold->outer;
	ctx->errors = hold->errors;
	ctx->warnings = hold->warnings;
	hold->errors = errors - hold->errors;
	hold->warnings = warnings - hold->warnings;
}

void diag_say(struct ctx *ctx, const struct diag_hold *hold)
{
	for (const struct diag_line *l = hold->first; l; l = l->next)
		print_line(ctx, &l->loc, l->kind, "%s", l->text);
	ctx->errors += hold->errors;
	ctx->warnings += hold->warnings;
}

const char *diag_held_error(struct ctx *ctx, const struct diag_hold *hold)
{
	const struct diag_line *l = hold->first;
	while (l && strcmp(l->kind, "error") != 0)
		l = l->next;
	if (!l)
		return NULL;
	return arena_printf(&ctx->arena, "%s%s%s%s%s%s",
		l->loc.op ? diag_quote(ctx, l->loc.op) : "",
		l->loc.op && l->loc.node ? " " : "", l->loc.node ? "'" : "",
		l->loc.node ? diag_quote(ctx, l->loc.node) : "",
		l->loc.node         ? "': "
			: l->loc.op ? ": "
				    : "",
		l->text);
}

enum { NEAR_CHARS = 64 };

/* Letters to add, leave out or change on the way from a to b, case aside;
 * NEAR_CHARS where one is longer than that. */
static size_t edit_distance(const char *a, const char *b)
{
	size_t n = strlen(a), m = strlen(b), row[NEAR_CHARS + 1];
	if (n > NEAR_CHARS || m > NEAR_CHARS)
		return NEAR_CHARS;
	for (size_t j = 0; j <= m; j++)
		row[j] = j;
	for (size_t i = 1; i <= n; i++) {
		size_t diagonal = row[0];
		row[0] = i;
		for (size_t j = 1; j <= m; j++) {
			size_t change = diagonal +
				(tolower((unsigned char)a[i - 1]) !=
					tolower((unsigned char)b[j - 1]));
			size_t skip =
				(row[j] < row[j - 1] ? row[j] : row[j - 1]) + 1;
			diagonal = row[j];
			row[j] = change < skip ? change : skip;
		}
	}
	return row[m];
}

const char *diag_nearest(const char *name, const char *const *known)
{
	const char *best = NULL;
	size_t least = NEAR_CHARS;
	for (; *known; known++) {
		size_t d = edit_distance(name, *known);
		if (d < least && d <= strlen(*known) / 3) {
			least = d;
			best = *known;
		}
	}
	return best;
}
