/* What every stage of one compile shares: its memory and its diagnostics. */
#ifndef BASE_CTX_H
#define BASE_CTX_H

#include "base/arena.h"

#include <stdbool.h>
#include <stdio.h>

struct ctx {
	struct arena arena;
	FILE *messages; /* where diagnostics go; stderr in the program */
	int errors;     /* printed so far */
	int warnings;
	bool quiet; /* suppress warnings and notes */
	/* Where diagnostics are kept back (base/diag.h); NULL: printed. */
	struct diag_hold *hold;
};

/* guard: as in arena_init. ctx_release frees all that was allocated. */
void ctx_init(struct ctx *ctx, FILE *messages, jmp_buf *guard);
void ctx_release(struct ctx *ctx);

#endif
