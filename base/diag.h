/* Diagnostics: one line each, the only way to report a problem.
 *
 *   resnet.onnx: node 'Conv_12' (Conv): error: weight is 64x3x5x5, ...
 *   arch.json:7:14: error: key 'RF_SIZE': expected a number, found a string
 */
#ifndef BASE_DIAG_H
#define BASE_DIAG_H

#include "base/ctx.h"

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
/* A warning that is printed even then. */
void diag_alert(struct ctx *ctx, const struct loc *loc, const char *format,
	...) __attribute__((format(printf, 3, 4)));
void diag_note(struct ctx *ctx, const struct loc *loc, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* A diagnostic that is kept back. */
struct diag_line {
	struct diag_line *next;
	struct loc loc;
	const char *kind; /* "error", "warning", "note" */
	const char *text;
};

struct diag_hold {
	struct diag_hold *outer;
	struct diag_line *first, **end;
	int errors, warnings; /* before it; then, kept back in it */
};

/* Keeps back what is said from now on, for what may fail and be done without;
 * holds nest. The caller's struct; lines are in the arena. */
void diag_hold(struct ctx *ctx, struct diag_hold *hold);
/* Ends the innermost hold; what it kept back does not count as said. */
void diag_unhold(struct ctx *ctx, struct diag_hold *hold);
/* Says now what an ended hold kept back. */
void diag_say(struct ctx *ctx, const struct diag_hold *hold);
/* The first error of a hold as part of a sentence: "Reshape 'rs': cannot ...";
 * NULL: there is none. In the arena. */
const char *diag_held_error(struct ctx *ctx, const struct diag_hold *hold);

/* s with control characters escaped and cut at 200 bytes, for use in a message;
 * allocated in the arena. NULL reads as "". */
const char *diag_quote(struct ctx *ctx, const char *s);

/* The name of the NULL-terminated list that a misspelt one probably means, case
 * aside: at most a third of its letters added, left out or changed. NULL where
 * none is near. */
const char *diag_nearest(const char *name, const char *const *known);

#endif
