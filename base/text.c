/* A growing text, digits put by hand where printf would be slow, and tables
 * with columns as wide as their cells. */
#include "base/text.h"

#include <stdarg.h>
#include <stdbool.h>
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

size_t text_control(const char *s)
{
	unsigned char c = (unsigned char)s[0];
	if (c && (c < 0x20 || c == 0x7f))
		return 1;
	unsigned char next = c == 0xc2 ? (unsigned char)s[1] : 0;
	return next >= 0x80 && next < 0xa0 ? 2 : 0;
}

const char *text_printable(struct ctx *ctx, const char *s)
{
	size_t controls = 0;
	for (const char *at = s; *at; at++)
		controls += text_control(at);
	if (!controls)
		return s;
	char *printable = arena_alloc(&ctx->arena, strlen(s) + 3 * controls + 1);
	char *end = printable;
	while (*s) {
		size_t bytes = text_control(s);
		if (!bytes)
			*end++ = *s++;
		for (; bytes; bytes--)
			end += sprintf(end, "\\x%02x", (unsigned char)*s++);
	}
	*end = '\0';
	return printable;
}

const char *text_neutral(struct ctx *ctx, const char *s)
{
	static const char *const starts[] = {"=", "+", "-", "@", "'",
		"\xef\xbc\x9d", "\xef\xbc\x8b", "\xef\xbc\x8d", "\xef\xbc\xa0"};
	const char *first = s + strspn(s, " ");
	s = text_printable(ctx, s);
	for (size_t i = 0; i < sizeof starts / sizeof *starts; i++)
		if (!strncmp(first, starts[i], strlen(starts[i])))
			return arena_printf(&ctx->arena, "'%s", s);
	return s;
}

/* Columns that a terminal shows: UTF-8 sequences count once. */
static int width_of(const char *s)
{
	int width = 0;
	for (; *s; s++)
		width += ((unsigned char)*s & 0xc0) != 0x80;
	return width;
}

struct table {
	const char *align;
	int columns;
	int *widest;  /* [columns] */
	size_t bytes; /* of all rows, at most */
};

static struct table table_of(struct ctx *ctx, const char *align)
{
	int columns = (int)strlen(align);
	return (struct table){.align = align,
		.columns = columns,
		.widest = arena_array(
			&ctx->arena, (size_t)columns, sizeof(int))};
}

static const char *cell_text(struct ctx *ctx, const char *cell)
{
	return cell ? text_printable(ctx, cell) : "";
}

/* First round over a row. */
static void row_measure(
	struct ctx *ctx, struct table *table, const char *const *cells)
{
	for (int c = 0; c < table->columns; c++) {
		const char *cell = cell_text(ctx, cells[c]);
		int w = width_of(cell);
		if (w > table->widest[c])
			table->widest[c] = w;
		table->bytes += strlen(cell);
	}
}

static void text_take(struct text *text, const char *s)
{
	size_t n = strlen(s);
	text->bytes = arena_grow(&text->ctx->arena, text->bytes, text->length,
		&text->capacity, text->length + n + 1, 1);
	memcpy(text->bytes + text->length, s, n + 1);
	text->length += n;
}

static void row_add(struct text *text, const struct table *table,
	const char *const *cells)
{
	int gap = 0; /* owed before the next cell that is not empty */
	for (int c = 0; c < table->columns; c++) {
		bool right = table->align[c] == 'r';
		const char *cell = cell_text(text->ctx, cells[c]);
		int width = width_of(cell);
		int rest = table->widest[c] - width;
		if (width == 0) {
			gap += table->widest[c] + 2;
			continue;
		}
		text_pad(text, ' ', gap + (right ? rest : 0));
		text_take(text, cell);
		gap = 2 + (right ? 0 : rest);
	}
	text_take(text, "\n");
}

void text_table(struct text *text, const char *align, int rows,
	const char *const *cells)
{
	struct table table = table_of(text->ctx, align);
	for (int r = 0; r < rows; r++)
		row_measure(text->ctx, &table, cells + (size_t)r * (size_t)table.columns);
	for (int r = 0; r < rows; r++)
		row_add(text, &table,
			cells + (size_t)r * (size_t)table.columns);
}

void text_table_filled(struct text *text, const char *align, int items,
	table_fill *fill, void *arg)
{
	struct arena *arena = &text->ctx->arena;
	struct table table = table_of(text->ctx, align);
	size_t columns = (size_t)table.columns, rows = 0;
	const char **cells =
		arena_array(arena, columns * ROWS_OF_ITEM, sizeof *cells);
	for (int k = 0; k < items; k++) {
		struct arena_mark mark = arena_mark(arena);
		int filled = fill(arg, k, cells);
		for (int r = 0; r < filled; r++)
			row_measure(text->ctx, &table, cells + (size_t)r * columns);
		rows += (size_t)filled;
		arena_rewind(arena, mark);
	}
	/* Rows are no longer than this: the text does not grow while the arena
	 * is wound back. */
	size_t widths = 2 * columns + 1;
	for (size_t c = 0; c < columns; c++)
		widths += (size_t)table.widest[c];
	text->bytes = arena_grow(arena, text->bytes, text->length,
		&text->capacity,
		text->length + table.bytes + rows * widths + 1, 1);
	for (int k = 0; k < items; k++) {
		struct arena_mark mark = arena_mark(arena);
		int filled = fill(arg, k, cells);
		for (int r = 0; r < filled; r++)
			row_add(text, &table, cells + (size_t)r * columns);
		arena_rewind(arena, mark);
	}
}

char *digits_put(char *at, int64_t value)
{
	char reversed[DIGITS_MAX];
	int count = 0;
	uint64_t rest = value < 0 ? -(uint64_t)value : (uint64_t)value;
	do
		reversed[count++] = (char)('0' + rest % 10);
	while (rest /= 10);
	if (value < 0)
		*at++ = '-';
	while (count)
		*at++ = reversed[--count];
	*at = '\0';
	return at;
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
	char digits[DIGITS_MAX];
	digits_put(digits, value);
	return grouped(ctx, digits);
}

const char *text_whole(struct ctx *ctx, double value)
{
	char digits[320]; /* DBL_MAX has 309 */
	snprintf(digits, sizeof digits, "%.0f", value);
	return grouped(ctx, digits);
}
