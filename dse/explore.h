/* The exploration: which designs to search, in which order, and what is known
 * of them. A design that a bound keeps off the front, out of the first --top
 * and away from the winner is settled without a search.
 *
 * Which designs count as settled does not depend on the order of searching, on
 * threads, shards or machines: explore_finish decides it anew from the final
 * front and from bounds that follow from the space alone. Whatever was skipped
 * on the way is among them, for the final front is at least as good. */
#ifndef DSE_EXPLORE_H
#define DSE_EXPLORE_H

#include "base/crew.h"
#include "dse/bound.h"
#include "dse/journal.h"
#include "dse/pareto.h"

#include <pthread.h>

struct explore_options {
	enum objective objective;
	enum tile_sizes tiles; /* that are searched */
	unsigned front;        /* metrics, bits 1 << METRIC_x */
	size_t top; /* so many best designs are asked for, 1 or more */
	bool all;   /* settle none */
	int64_t shard, shards; /* search the designs of shard 0 .. shards-1 */
	const struct search_stop *stop; /* when to end; NULL: in the end */
	void (*progress)(void *arg, size_t done, size_t total);
	void *progress_arg;
};

struct explore {
	struct ctx *ctx; /* the main thread's */
	const struct space *space;
	const struct design_list *designs;
	const struct work *work;
	struct explore_options options;
	uint64_t identity;        /* of space, work and what is searched */
	struct bound *bounds;     /* [designs->count] */
	struct outcome *outcomes; /* [designs->count] */
	bool settles;             /* bounds may settle designs */
	struct journal journal;

	pthread_mutex_t lock;             /* of what follows, and of outcomes */
	size_t *order, order_count, next; /* designs to search */
	size_t done;
	struct pareto front;
	double *best;      /* [top + 1] least values of the objective so far */
	size_t best_count; /* at most top */
	bool failed, out_of_memory;
};

/* Prepares; false with a diagnostic where a design's numbers could leave what
 * the cost model computes exactly. Designs without a mapping for some nest are
 * known from here on. */
bool explore_init(struct ctx *ctx, const struct space *space,
	const struct design_list *designs, const struct work *work,
	const struct explore_options *options, struct explore *out);
void explore_release(struct explore *explore);

/* Takes up what a journal of this exploration holds. */
struct journal_reader explore_reader(struct explore *explore);

/* Puts the designs of the shard that are not known yet in order. */
void explore_begin(struct explore *explore);

/* Whether options.stop has ended the exploration. */
bool explore_ended(const struct explore *explore);
/* The next design to search, SIZE_MAX when there is none; what a bound settles
 * by now is passed over. Thread-safe. */
size_t explore_next(struct explore *explore);
/* Searches a design, in ctx's memory: a line for the journal, or NULL: with a
 * diagnostic, or when it was interrupted. Reads explore only. */
const char *explore_search(
	const struct explore *explore, struct ctx *ctx, size_t design);
/* Takes a line of explore_search, and journals it; ctx is the calling thread's.
 * A failure ends the run. Thread-safe. */
void explore_take(struct explore *explore, struct ctx *ctx, const char *line);
/* Threads that search all of the order; the crew is the caller's. */
void explore_start(struct explore *explore, int threads, struct crew *crew);
void explore_join(struct explore *explore, struct crew *crew);
/* All of the order, on so many threads; false with a diagnostic. */
bool explore_run(struct explore *explore, int threads);

/* What came out. */
struct findings {
	bool complete; /* no design is open */
	size_t open, searched, settled, misfits;
	bool *on_front; /* [designs->count] */
	size_t front_count;
	size_t *ranking, ranked; /* searched designs, best first */
	size_t *rank;            /* [designs->count] from 1; 0: not searched */
	size_t winner;           /* SIZE_MAX: none */
};
/* Searches the designs that differ from the winner in one key, if they are not
 * known, and decides what is settled. False with a diagnostic. */
bool explore_finish(struct explore *explore, int threads, struct findings *out);

/* A design's metrics; of a settled one, its bounds. */
void explore_metrics(const struct explore *explore, size_t design,
	double metric[METRIC_COUNT]);
enum metric objective_metric(enum objective objective);

#endif
