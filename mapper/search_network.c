/* A network on several threads. There are two kinds of work: nests, and the
 * parts into which the search of one nest falls. Whoever has nothing to do
 * takes a part of a nest under way, or else the next nest.
 *
 * The exact search is given the nests twice: perfect tiles of all come first,
 * which take milliseconds, so that every nest has a mapping, and a good one,
 * before the padded ones of the first are begun. */
#include "mapper/search.h"
#include "mapper/search_cache.h"

#include <pthread.h>
#include <stdint.h>
#include <string.h>

/* Parts of a nest under way, on its searcher's stack. */
struct batch {
	search_part_fn *run;
	void *data;
	int count, next, done; /* parts; begun; finished */
	struct batch *others;
};

/* Shared by the workers; the lock guards what follows it. */
struct search_crew {
	struct ctx *ctx; /* the caller's */
	const struct network *network;
	const struct arch *arch;
	search_fn *search;
	struct search_options options; /* the caller's, and this crew */
	struct search_result *results;
	struct search_result *perfect; /* [network->count]; NULL: one round */
	bool *cached; /* [network->count], whose results the cache had */
	pthread_mutex_t lock;
	pthread_cond_t change; /* new parts; a part or nest finished */
	struct batch *batches; /* with parts that are not begun */
	/* Nests begun, over all rounds; under way; finished in the first of two
	 * rounds, and in the last. */
	size_t next, busy, known, done;
	bool failed, out_of_memory;
};

static bool part_begin(struct batch *batch, int *part)
{
	*part = batch->next;
	batch->next += batch->next < batch->count;
	return *part < batch->count;
}

/* Runs a part, the lock released meanwhile. */
static void part_run(struct search_crew *crew, struct batch *batch, int part)
{
	pthread_mutex_unlock(&crew->lock);
	batch->run(batch->data, part);
	pthread_mutex_lock(&crew->lock);
	if (++batch->done == batch->count)
		pthread_cond_broadcast(&crew->change);
}

/* Runs a part of any batch; false where none is left to begin. */
static bool any_part_run(struct search_crew *crew)
{
	for (struct batch *batch = crew->batches; batch;
		batch = batch->others) {
		int part;
		if (part_begin(batch, &part)) {
			part_run(crew, batch, part);
			return true;
		}
	}
	return false;
}

static void batch_remove(struct search_crew *crew, const struct batch *batch)
{
	struct batch **at = &crew->batches;
	while (*at != batch)
		at = &(*at)->others;
	*at = batch->others;
}

void search_parts(const struct search_options *options, search_part_fn *run,
	void *data, int count)
{
	struct search_crew *crew = options->crew;
	if (!crew) {
		for (int i = 0; i < count; i++)
			run(data, i);
		return;
	}
	struct batch batch = {.run = run, .data = data, .count = count};
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

/* Runs out of memory by returning false with *memory set. */
static bool guarded_search(struct search_crew *crew, struct ctx *ctx,
	size_t index, bool first, bool *memory)
{
	jmp_buf guard;
	const struct nest *nest = &crew->network->nests[index].nest;
	struct search_options options = crew->options;
	options.nest = index;
	ctx_init(ctx, crew->ctx->messages, &guard);
	*memory = setjmp(guard) != 0;
	if (*memory)
		return false;
	if (first && search_cache_find(ctx, nest, crew->arch, &options,
			     crew->search, &crew->results[index])) {
		crew->cached[index] = true;
		return true;
	}
	if (first) {
		options.tiles = TILES_PERFECT;
		options.found = NULL; /* its bounds are not all tiles' */
		return crew->search(ctx, nest, crew->arch, &options,
			&crew->perfect[index]);
	}
	options.perfect = crew->perfect ? &crew->perfect[index] : NULL;
	return search_cached(ctx, nest, crew->arch, &options, crew->search,
		&crew->results[index]);
}

/* Moves the front to the caller's memory. */
static bool front_keep(struct search_crew *crew, struct search_result *result)
{
	size_t bytes = result->front_count * sizeof *result->front;
	if (!bytes)
		return true;
	struct candidate *front = arena_try_alloc(&crew->ctx->arena, bytes);
	if (front)
		memcpy(front, result->front, bytes);
	result->front = front;
	return front != NULL;
}

/* One nest, in memory of its own; the lock released meanwhile. turn: counts
 * nests over the rounds. */
static void nest_search(struct search_crew *crew, size_t turn)
{
	struct ctx ctx;
	bool memory;
	bool first = crew->perfect && turn < crew->network->count;
	size_t index = turn % crew->network->count;
	if (first || !crew->perfect || !crew->cached[index]) {
		pthread_mutex_unlock(&crew->lock);
		bool ok = guarded_search(crew, &ctx, index, first, &memory);
		pthread_mutex_lock(&crew->lock);
		memory |= ok &&
			!front_keep(crew,
				first && !crew->cached[index]
					? &crew->perfect[index]
					: &crew->results[index]);
		ctx_release(&ctx);
		crew->failed |= !ok || memory;
		crew->out_of_memory |= memory;
	}
	if (first) {
		crew->known++;
		return;
	}
	crew->done++;
	if (crew->options.progress)
		crew->options.progress(crew->options.progress_arg, crew->done,
			crew->network->count);
}

/* Whether the next nest can be begun: the second round is when all of the first
 * is done. */
static bool next_ready(const struct search_crew *crew)
{
	size_t count = crew->network->count;
	if (crew->failed || crew->next >= (crew->perfect ? 2 : 1) * count)
		return false;
	return !crew->perfect || crew->next < count || crew->known == count;
}

static void *crew_work(void *arg)
{
	struct search_crew *crew = arg;
	pthread_mutex_lock(&crew->lock);
	for (;;) {
		if (any_part_run(crew))
			continue;
		if (next_ready(crew)) {
			crew->busy++;
			nest_search(crew, crew->next++);
			crew->busy--;
			pthread_cond_broadcast(&crew->change);
		} else if (crew->busy) {
			pthread_cond_wait(&crew->change, &crew->lock);
		} else {
			break;
		}
	}
	pthread_mutex_unlock(&crew->lock);
	return NULL;
}

bool search_network(struct ctx *ctx, const struct network *network,
	const struct arch *arch, search_fn *search,
	const struct search_options *options, int threads,
	struct search_result *results)
{
	/* What can be wrong with a nest is said here, in order. */
	bool ok = true;
	for (size_t i = 0; i < network->count; i++) {
		const struct loc loc = {.node = network->nests[i].example};
		ok &= cost_check(ctx, &loc, &network->nests[i].nest, arch,
			options->rule, TILES_PERFECT);
	}
	if (!ok)
		return false;

	struct search_crew crew = {
		.ctx = ctx,
		.network = network,
		.arch = arch,
		.search = search,
		.options = *options,
		.results = results,
		.lock = PTHREAD_MUTEX_INITIALIZER,
		.change = PTHREAD_COND_INITIALIZER,
	};
	crew.options.crew = threads > 1 ? &crew : NULL;
	if (search == search_exact && options->tiles == TILES_PADDED) {
		crew.perfect = arena_array(
			&ctx->arena, network->count, sizeof *crew.perfect);
		crew.cached = arena_array(
			&ctx->arena, network->count, sizeof *crew.cached);
	}
	/* The caller is the first worker; where the system gives fewer threads
	 * than asked for, the others do the work. */
	size_t most = network->count * SEARCH_PARTS_MAX;
	int helpers = 0;
	pthread_t *helper = arena_array(&ctx->arena,
		threads > 1 ? (size_t)threads - 1 : 1, sizeof *helper);
	while (helpers < threads - 1 && (size_t)helpers + 1 < most &&
		pthread_create(&helper[helpers], NULL, crew_work, &crew) == 0)
		helpers++;
	crew_work(&crew);
	for (int i = 0; i < helpers; i++)
		pthread_join(helper[i], NULL);
	pthread_cond_destroy(&crew.change);
	pthread_mutex_destroy(&crew.lock);
	if (crew.out_of_memory) /* as if it had been this thread */
		arena_array(&ctx->arena, SIZE_MAX, SIZE_MAX);
	return !crew.failed;
}
