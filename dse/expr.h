/* Arithmetic over named numbers, as spaces write it in rules, areas and powers:
 * numbers, names, + - * / %, comparisons, ! && || (0 and 1), parentheses, and
 * the functions of expr.c's table. */
#ifndef DSE_EXPR_H
#define DSE_EXPR_H

#include "base/ctx.h"
#include "base/diag.h"

#include <stddef.h>

struct expr_op;

/* Operations in postfix order; in the arena. */
struct expr {
	const char *text; /* as written; borrowed */
	size_t count, capacity;
	struct expr_op *ops;
};

/* Parses text, in which names[i] (NULL-terminated) stands for value i; used[i]
 * is set for each that occurs. False with a diagnostic at loc that gives the
 * column within the text. */
bool expr_parse(struct ctx *ctx, const struct loc *loc, const char *text,
	const char *const *names, bool *used, struct expr *out);
/* Its value; NaN or infinite where a division or function is undefined. */
double expr_value(const struct expr *expr, const double *values);

#endif
