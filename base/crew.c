/* Threads, one lock and one condition; parts go before pieces. */
#include "base/crew.h"

/* Parts of a piece under way, on its worker's stack. */
struct crew_batch {
	crew_part_fn *run;
	void *data;
	int count, next, done; /* parts; begun; finished */
	struct crew_batch *others;
};

/* --- parts ---------------------------------------------------------------- */

static bool part_begin(struct crew_batch *batch, int *part)
{
	*part = batch->next;
	batch->next += batch->next < batch->count;
	return *part < batch->count;
}

/* Runs a part, the lock released meanwhile. */
static void part_run(struct crew *crew, struct crew_batch *batch, int part)
{
	pthread_mutex_unlock(&crew->lock);
	batch->run(batch->data, part);
	pthread_mutex_lock(&crew->lock);
	if (++batch->done == batch->count)
		pthread_cond_broadcast(&crew->change);
}

/* Runs a part of any batch; false where none is left to begin. */
static bool any_part_run(struct crew *crew)
{
	for (struct crew_batch *batch = crew->batches; batch;
		batch = batch->others) {
		int part;
		if (part_begin(batch, &part)) {
			part_run(crew, batch, part);
			return true;
		}
	}
	return false;
}

static void batch_remove(struct crew *crew, const struct crew_batch *batch)
{
	struct crew_batch **at = &crew->batches;
	while (*at != batch)
		at = &(*at)->others;
	*at = batch->others;
}

void crew_parts(struct crew *crew, crew_part_fn *run, void *data, int count)
{
	if (!crew) {
		for (int i = 0; i < count; i++)
			run(data, i);
		return;
	}
	struct crew_batch batch = {.run = run, .data = data, .count = count};
	pthread_mutex_lock(&crew->lock);
	batch.others = crew->batches;
	crew->batches = &batch;
	pthread_cond_broadcast(&crew->change);
	int part;
	while (part_begin(&batch, &part))
		part_run(crew, &batch, part);
	while (batch.done < count)
		if (!any_part_run(crew))
			pthread_cond_wait(&crew->change, &crew->lock);
	batch_remove(crew, &batch);
	pthread_mutex_unlock(&crew->lock);
}

/* --- pieces --------------------------------------------------------------- */

/* Runs out of memory by returning false with *memory set. */
static bool guarded_run(
	struct crew *crew, struct ctx *ctx, size_t piece, bool *memory)
{
	jmp_buf guard;
	ctx_init(ctx, crew->ctx->messages, &guard);
	*memory = setjmp(guard) != 0;
	return !*memory && crew->job.run(crew->job.arg, ctx, piece);
}

/* One piece, the lock released while it runs. */
static void piece_run(struct crew *crew, size_t piece)
{
	struct ctx ctx;
	bool memory;
	pthread_mutex_unlock(&crew->lock);
	bool ok = guarded_run(crew, &ctx, piece, &memory);
	pthread_mutex_lock(&crew->lock);
	if (crew->job.keep)
		memory |= !crew->job.keep(crew->job.arg, &ctx, piece, ok);
	ctx_release(&ctx);
	crew->failed |= !ok || memory;
	crew->out_of_memory |= memory;
}

void crew_work(struct crew *crew)
{
	pthread_mutex_lock(&crew->lock);
	for (;;) {
		if (any_part_run(crew))
			continue;
		size_t piece =
			crew->failed ? CREW_END : crew->job.next(crew->job.arg);
		if (piece < CREW_WAIT) {
			crew->busy++;
			piece_run(crew, piece);
			crew->busy--;
			pthread_cond_broadcast(&crew->change);
		} else if (crew->busy) {
			pthread_cond_wait(&crew->change, &crew->lock);
		} else {
			break;
		}
	}
	pthread_mutex_unlock(&crew->lock);
}

/* --- threads -------------------------------------------------------------- */

static void *helper_work(void *arg)
{
	crew_work(arg);
	return NULL;
}

void crew_init(struct ctx *ctx, const struct crew_job *job, struct crew *out)
{
	*out = (struct crew){.ctx = ctx,
		.job = *job,
		.lock = PTHREAD_MUTEX_INITIALIZER,
		.change = PTHREAD_COND_INITIALIZER};
}

void crew_start(struct crew *crew, int helpers)
{
	crew->helper = arena_array(&crew->ctx->arena,
		helpers > 0 ? (size_t)helpers : 0, sizeof *crew->helper);
	while (crew->helpers < helpers &&
		pthread_create(&crew->helper[crew->helpers], NULL, helper_work,
			crew) == 0)
		crew->helpers++;
}

bool crew_join(struct crew *crew)
{
	for (int i = 0; i < crew->helpers; i++)
		pthread_join(crew->helper[i], NULL);
	pthread_cond_destroy(&crew->change);
	pthread_mutex_destroy(&crew->lock);
	if (crew->out_of_memory)
		arena_array(&crew->ctx->arena, SIZE_MAX, SIZE_MAX);
	return !crew->failed;
}

bool crew_run(struct ctx *ctx, const struct crew_job *job, int threads)
{
	struct crew crew;
	crew_init(ctx, job, &crew);
	crew_start(&crew, threads - 1);
	crew_work(&crew);
	return crew_join(&crew);
}
