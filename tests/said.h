/* A context whose diagnostics a test reads back. */
#ifndef TESTS_SAID_H
#define TESTS_SAID_H

#include "base/ctx.h"

#include <stdio.h>
#include <stdlib.h>

struct fixture {
	struct ctx ctx;
	char *said; /* the diagnostics so far, once ctx.messages is flushed */
	size_t size;
};

static inline void fixture_open(struct fixture *f)
{
	f->said = NULL;
	ctx_init(&f->ctx, open_memstream(&f->said, &f->size), NULL);
}

static inline void fixture_close(struct fixture *f)
{
	fclose(f->ctx.messages);
	ctx_release(&f->ctx);
	free(f->said);
}

#endif
