/* Diagnostics: one line each, the only way to report a problem.
 *
 *   resnet.onnx: node 'Conv_12' (Conv): error: weight is 64x3x5x5, ...
 *   arch.json:7:14: error: key 'RF_SIZE': expected a number, found a string
 */
#ifndef IR_DIAG_H
#define IR_DIAG_H

#include "ir/ctx.h"

/* Where: any part may be NULL or 0 and is left out then. Borrowed. Strings that
 * come from a model are printed with control characters escaped and cut at 200
 * bytes, so that a message stays one line. */
struct loc {
	const char *file;
	int line, column; /* from 1; of a text file */
	const char *node, *op;
};

/* Prints 'LOC: error: ...' and counts it. Always false, so that a function can
 * end with 'return diag_error(...)'. */
bool diag_error(struct ctx *ctx, const struct loc *loc, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* The same for what does not stop the compile; silent when ctx->quiet. */
void diag_warning(struct ctx *ctx, const struct loc *loc, const char *format,
	...) __attribute__((format(printf, 3, 4)));
void diag_note(struct ctx *ctx, const struct loc *loc, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* s with control characters escaped and cut at 200 bytes, for use in a message;
 * allocated in the arena. NULL reads as "". */
const char *diag_quote(struct ctx *ctx, const char *s);

/* The name of the NULL-terminated list that a misspelt one probably means, case
 * aside: at most a third of its letters added, left out or changed. NULL where
 * none is near. */
const char *diag_nearest(const char *name, const char *const *known);

#endif
