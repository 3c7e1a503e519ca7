/* A crew of threads that share out the pieces of one job, and the parts into
 * which a piece may fall. Whoever has nothing to do takes a part of a piece
 * under way, or else begins the next piece. The thread that runs the crew is
 * its first worker: with one thread, or where the system gives none, all is
 * done by it. */
#ifndef BASE_CREW_H
#define BASE_CREW_H

#include "base/ctx.h"

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

/* In place of a piece: wait, a piece under way has to end first; no more. */
#define CREW_WAIT (SIZE_MAX - 1)
#define CREW_END SIZE_MAX

/* What is to be done; 'next' and 'keep' are called by one thread at a time. */
struct crew_job {
	void *arg;
	/* The next piece to be done. */
	size_t (*next)(void *arg);
	/* Does a piece, in memory of its own. False ends the crew's work. */
	bool (*run)(void *arg, struct ctx *ctx, size_t piece);
	/* What is to stay of a piece, ok or not, while its memory lasts; false:
	 * out of memory. NULL: nothing stays. */
	bool (*keep)(void *arg, struct ctx *ctx, size_t piece, bool ok);
};

struct crew {
	struct ctx *ctx; /* the caller's */
	struct crew_job job;
	int helpers; /* threads beside the caller's */
	pthread_t *helper;
	pthread_mutex_t lock;       /* of what follows */
	pthread_cond_t change;      /* new parts; a part or a piece finished */
	struct crew_batch *batches; /* with parts that are not begun */
	size_t busy;                /* pieces under way */
	bool failed, out_of_memory;
};

void crew_init(struct ctx *ctx, const struct crew_job *job, struct crew *out);
/* Starts so many threads at most. */
void crew_start(struct crew *crew, int helpers);
/* Works until nothing is left to begin. */
void crew_work(struct crew *crew);
/* Waits for the threads; false when a piece failed, or memory ran out in
 * keeping it. Running out of memory anywhere jumps, as if it had been this
 * thread. The crew is gone. */
bool crew_join(struct crew *crew);
/* All four, on so many threads in all. */
bool crew_run(struct ctx *ctx, const struct crew_job *job, int threads);

/* Calls run(data, part) for each part below count, from within a piece; returns
 * when all are done. NULL: there is no crew, in order. A part must not jump. */
typedef void crew_part_fn(void *data, int part);
void crew_parts(struct crew *crew, crew_part_fn *run, void *data, int count);

#endif
