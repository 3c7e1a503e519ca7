/* A text that grows in the arena, and tables in it. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include "base/ctx.h"

#include <stdint.h>

/* {.ctx = ctx}: empty. */
struct text {
	struct ctx *ctx;
	char *bytes; /* NUL-terminated; NULL while nothing was added */
	size_t length, capacity;
};

void text_add(struct text *text, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void text_pad(struct text *text, char c, int count);

/* How many bytes at s are a control character, which a terminal may act on: 1,
 * 2 for one of U+0080 to U+009f in UTF-8, 0: none. */
size_t text_control(const char *s);
/* s with control characters escaped as \x1b; s itself where it has none. */
const char *text_printable(struct ctx *ctx, const char *s);
/* The same for a cell of a spreadsheet, which would take a text that begins
 * like a formula for one: a ' stands before = + - @ (and their fullwidth forms)
 * and before a ' there. Spaces do not hide them. */
const char *text_neutral(struct ctx *ctx, const char *s);

/* Cells in rows, columns aligned, two spaces between them and none at the end
 * of a line; empty cells are "" or NULL; control characters in them are escaped.
 * align: per column 'l' or 'r'. */
void text_table(struct text *text, const char *align, int rows,
	const char *const *cells);

/* The same for tables of any length, whose cells need not all be there at once:
 * fill writes the rows of item k into cells, ROWS_OF_ITEM at most, and returns
 * how many. It is called twice for each item from 0 on and has to do the same
 * both times; what it takes from the arena is taken back. */
enum { ROWS_OF_ITEM = 8 };
typedef int table_fill(void *arg, int k, const char **cells);
void text_table_filled(struct text *text, const char *align, int items,
	table_fill *fill, void *arg);

/* The decimal digits of a number, with a sign where it is negative, at *at;
 * returns where they end, which is NUL. */
enum { DIGITS_MAX = 21 }; /* of an int64_t, its sign and the NUL */
char *digits_put(char *at, int64_t value);

/* 1234567 -> "1,234,567", in the arena. */
const char *text_count(struct ctx *ctx, int64_t value);
/* The same for a double, rounded to a whole number. */
const char *text_whole(struct ctx *ctx, double value);

#endif
