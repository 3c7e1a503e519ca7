/* A text that grows in the arena, and tables in it. */
#ifndef IR_TEXT_H
#define IR_TEXT_H

#include "ir/ctx.h"

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

/* Cells in rows, columns aligned, two spaces between them and none at the end
 * of a line; empty cells are "" or NULL. align: per column 'l' or 'r'. */
void text_table(struct text *text, const char *align, int rows,
	const char *const *cells);

/* 1234567 -> "1,234,567", in the arena. */
const char *text_count(struct ctx *ctx, int64_t value);
/* The same for a double, rounded to a whole number. */
const char *text_whole(struct ctx *ctx, double value);

#endif
