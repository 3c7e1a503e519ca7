#include "ir/text.h"

#include <stdarg.h>
#include <string.h>

void text_add(struct text *text, const char *format, ...)
{
	va_list ap;
	va_start(ap, format);
	int n = vsnprintf(NULL, 0, format, ap);
	va_end(ap);
	if (n < 0)
		return;
	text->bytes = arena_grow(&text->ctx->arena, text->bytes, text->length,
		&text->capacity, text->length + (size_t)n + 1, 1);
	va_start(ap, format);
	vsnprintf(text->bytes + text->length, (size_t)n + 1, format, ap);
	va_end(ap);
	text->length += (size_t)n;
}

void text_pad(struct text *text, char c, int count)
{
	if (count <= 0)
		return;
	size_t n = (size_t)count;
	text->bytes = arena_grow(&text->ctx->arena, text->bytes, text->length,
		&text->capacity, text->length + n + 1, 1);
	memset(text->bytes + text->length, c, n);
	text->length += n;
	text->bytes[text->length] = '\0';
}

/* Columns that a terminal shows: UTF-8 sequences count once. */
static int width_of(const char *s)
{
	int width = 0;
	for (; s && *s; s++)
		width += ((unsigned char)*s & 0xc0) != 0x80;
	return width;
}

void text_table(struct text *text, const char *align, int rows,
	const char *const *cells)
{
	int columns = (int)strlen(align);
	int *widest =
		arena_array(&text->ctx->arena, (size_t)columns, sizeof *widest);
	for (int k = 0; k < rows * columns; k++) {
		int w = width_of(cells[k]);
		if (w > widest[k % columns])
			widest[k % columns] = w;
	}
	for (int r = 0; r < rows; r++) {
		int gap = 0; /* owed before the next cell that is not empty */
		for (int c = 0; c < columns; c++) {
			const char *cell = cells[r * columns + c];
			int width = width_of(cell), rest = widest[c] - width;
			if (width == 0) {
				gap += widest[c] + 2;
				continue;
			}
			text_pad(text, ' ', gap + (align[c] == 'r' ? rest : 0));
			text_add(text, "%s", cell);
			gap = 2 + (align[c] == 'r' ? 0 : rest);
		}
		text_add(text, "\n");
	}
}

/* digits: an optional sign and decimal digits. */
static const char *grouped(struct ctx *ctx, const char *digits)
{
	size_t n = strlen(digits), k = 0;
	char *out = arena_alloc(&ctx->arena, n + n / 3 + 1);
	for (size_t i = 0; i < n; i++) {
		out[k++] = digits[i];
		if (digits[i] != '-' && i + 1 < n && (n - i - 1) % 3 == 0)
			out[k++] = ',';
	}
	out[k] = '\0';
	return out;
}

const char *text_count(struct ctx *ctx, int64_t value)
{
	char digits[24];
	snprintf(digits, sizeof digits, "%lld", (long long)value);
	return grouped(ctx, digits);
}

const char *text_whole(struct ctx *ctx, double value)
{
	char digits[320]; /* DBL_MAX has 309 */
	snprintf(digits, sizeof digits, "%.0f", value);
	return grouped(ctx, digits);
}
