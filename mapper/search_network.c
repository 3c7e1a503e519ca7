/* A network on several threads: its nests are the pieces of a crew's job, and
 * the parts of the search of one nest are shared out, too.
 *
 * The exact search is given the nests twice: perfect tiles of all come first,
 * which take milliseconds, so that every nest has a mapping, and a good one,
 * before the padded ones of the first are begun. */
#include "mapper/search.h"

#include "base/crew.h"
#include "mapper/search_cache.h"

#include <string.h>

/* What is under the crew's lock: counts of nests. */
struct rounds {
	const struct network *network;
	const struct arch *arch;
	search_fn *search;
	struct search_options options; /* the caller's, and this crew */
	struct search_result *results;
	struct search_result *perfect; /* [network->count]; NULL: one round */
	bool *cached; /* [network->count], whose results the cache had */
	/* Begun, over all rounds; finished in the first of two rounds, and in
	 * the last. */
	size_t next, known, done;
	struct ctx *ctx; /* the caller's */
};

void search_parts(const struct search_options *options, search_part_fn *run,
	void *data, int count)
{
	crew_parts(options->network.crew, run, data, count);
}

/* A turn counts nests over the rounds. */
static bool is_first(const struct rounds *r, size_t turn)
{
	return r->perfect && turn < r->network->count;
}

/* The second round begins when all of the first is done. */
static size_t turn_next(void *arg)
{
	struct rounds *r = arg;
	size_t count = r->network->count;
	if (r->next >= (r->perfect ? 2 : 1) * count)
		return CREW_END;
	if (r->perfect && r->next >= count && r->known < count)
		return CREW_WAIT;
	return r->next++;
}

static bool turn_run(void *arg, struct ctx *ctx, size_t turn)
{
	struct rounds *r = arg;
	size_t index = turn % r->network->count;
	const struct nest *nest = &r->network->nests[index].nest;
	struct search_options options = r->options;
	options.watch.nest = index;
	if (is_first(r, turn)) {
		if (search_cache_find(ctx, nest, r->arch, &options, r->search,
			    &r->results[index])) {
			r->cached[index] = true;
			return true;
		}
		options.tiles = TILES_PERFECT;
		/* Its bounds are not all tiles'. */
		options.watch.found = NULL;
		return r->search(
			ctx, nest, r->arch, &options, &r->perfect[index]);
	}
	if (r->perfect && r->cached[index])
		return true;
	options.perfect = r->perfect ? &r->perfect[index] : NULL;
	return search_cached(
		ctx, nest, r->arch, &options, r->search, &r->results[index]);
}

/* Moves the front to the caller's memory. */
static bool front_keep(struct rounds *r, struct search_result *result)
{
	size_t bytes = result->front_count * sizeof *result->front;
	if (!bytes)
		return true;
	struct candidate *front = arena_try_alloc(&r->ctx->arena, bytes);
	if (front)
		memcpy(front, result->front, bytes);
	result->front = front;
	return front != NULL;
}

static bool turn_keep(void *arg, struct ctx *ctx, size_t turn, bool ok)
{
	(void)ctx;
	struct rounds *r = arg;
	size_t index = turn % r->network->count;
	bool first = is_first(r, turn);
	bool cached = r->perfect && r->cached[index];
	if (ok && (first || !cached))
		ok = front_keep(r,
			first && !cached ? &r->perfect[index]
					 : &r->results[index]);
	else
		ok = true;
	if (first) {
		r->known++;
		return ok;
	}
	r->done++;
	const struct network_options *o = &r->options.network;
	if (o->progress)
		o->progress(o->progress_arg, r->done, r->network->count);
	return ok;
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

	struct crew crew;
	struct rounds rounds = {
		.ctx = ctx,
		.network = network,
		.arch = arch,
		.search = search,
		.options = *options,
		.results = results,
	};
	const struct crew_job job = {&rounds, turn_next, turn_run, turn_keep};
	rounds.options.network.crew = threads > 1 ? &crew : NULL;
	if (search == search_exact && options->tiles == TILES_PADDED) {
		rounds.perfect = arena_array(
			&ctx->arena, network->count, sizeof *rounds.perfect);
		rounds.cached = arena_array(
			&ctx->arena, network->count, sizeof *rounds.cached);
	}
	crew_init(ctx, &job, &crew);
	size_t most = network->count * SEARCH_PARTS_MAX;
	crew_start(&crew, ((size_t)threads < most ? threads : (int)most) - 1);
	crew_work(&crew);
	return crew_join(&crew);
}
