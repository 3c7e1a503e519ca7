/* The searches: nest x machine -> best mappings. */
#ifndef MAPPER_SEARCH_H
#define MAPPER_SEARCH_H

#include "mapper/limits.h"
#include "mapper/network.h"
#include "mapper/objective.h"

#include <signal.h>

/* Smaller is better by the objective; ties: fewer cycles, then less energy,
 * then the smaller mapping (mapping_compare). < 0 when a is better. */
struct candidate {
	struct mapping mapping;
	struct estimate estimate;
};
int candidate_compare(enum objective objective, const struct candidate *a,
	const struct candidate *b);

/* What the search for one objective looked at. Cut is what a bound, or a memory
 * that it does not fit, spared looking at. */
struct proof {
	bool proven;
	/* No mapping is below this; equals the value when proven. */
	double bound;
	int64_t tiles_visited, tiles_cut; /* SPM tiles T that fit */
	/* PE-array tiles G that divide a visited T. */
	int64_t arrays_visited, arrays_cut;
	/* (RF, spatial) splits of a visited G. */
	int64_t splits_visited, splits_cut;
	int64_t pairs_evaluated; /* by the cost function: tiling x orders */
};

struct best {
	struct candidate winner;
	struct proof proof;
};

/* Why a nest fits no mapping at all: the smallest tile (every factor inside the
 * memory 1) against the memory. NULL memory: it fits. */
struct misfit {
	const char *memory; /* "register file", "scratchpad" */
	int64_t needs_bytes, has_bytes;
	int64_t needs_banks, has_banks; /* scratchpad only */
};

struct search_result {
	bool feasible;
	/* options.stop ended the search: not all is proven, and there may be
	 * mappings although none was found. */
	bool cut;
	struct misfit misfit;        /* when not feasible */
	/* What was searched: perfect tiles also where padded ones are too large
	 * for the cost model's numbers. */
	enum tile_sizes tiles;
	struct best best[OBJ_COUNT]; /* of the objectives searched */
	/* Where tiles may be padded: the best with perfect ones, if there are
	 * any and all of them were searched. */
	bool perfect_feasible;
	struct candidate perfect[OBJ_COUNT];
	/* With options.front: the energy-cycles front, all pairs of energy and
	 * cycles of mappings that no other mapping is at most equal to in both;
	 * rising energy, falling cycles, of equals the smallest mapping. In the
	 * arena that the caller gave. */
	size_t front_count;
	struct candidate *front;
	struct proof front_proof; /* bound: 0 */
	/* Enumerating searches: tilings costed, rounds of relaxation. -1: the
	 * search does not count them. */
	int64_t evaluated, relaxations;
};

/* Asks searches to end: an exact or brute search that has a mapping returns it
 * with what it proved by then. Threads only read it while searching. */
struct search_stop {
	const volatile sig_atomic_t *requested; /* not 0: end; NULL: never */
	/* CLOCK_MONOTONIC, seconds; 0: none. */
	double deadline;
	/* A search that has no mapping yet goes on for so many seconds; 0: until
	 * it has one. */
	double grace;
	/* CLOCK_MONOTONIC, ns, of the request; NULL: before all. */
	_Atomic int64_t *requested_ns;
};

/* Whether it is time to end; stop may be NULL. */
bool search_stopped(const struct search_stop *stop);
/* The same for inner loops, which ask too often for the clock: of 256 times, it
 * is asked once. */
bool search_poll(const struct search_stop *stop, unsigned *polls);
/* Whether it is, even without a mapping. */
bool search_expired(const struct search_stop *stop);

/* The exact search's: called when it knows more of the nest of that number, from
 * any of its threads: what it has found by an objective, and what nothing is
 * below; found NULL: not called. */
struct search_watch {
	void (*found)(void *arg, size_t nest, enum objective objective,
		double value, double bound);
	void *found_arg;
	size_t nest; /* search_network sets it */
};

struct search_options;

/* The pruned search's: what looks at all of its space; whether the limits are
 * relaxed until that holds enough tilings, and how many are enough. */
struct pruned_options {
	bool (*exhaustive)(struct ctx *ctx, const struct nest *nest,
		const struct arch *arch, const struct search_options *options,
		struct search_result *out);
	bool relax;
	int64_t least;
};

/* search_network's. */
struct network_options {
	/* Where results are kept (mapper/search_cache.h); NULL: nowhere. */
	struct search_cache *cache;
	/* Called when a nest is done, from any thread but by one at a time;
	 * NULL: not called. */
	void (*progress)(void *arg, size_t done, size_t total);
	void *progress_arg;
	/* search_network sets it; NULL: one thread. */
	struct crew *crew;
};

struct search_options {
	enum burst_rule rule;
	enum tile_sizes tiles; /* of the pruned search: perfect */
	struct limits limits;
	unsigned objectives; /* bits 1 << OBJ_x; 0: all */
	bool front;          /* search the energy-cycles front, too */
	const struct search_stop *stop; /* NULL: search to the end */
	/* The exact search's: what it has found of the nest with perfect tiles,
	 * to be beaten by others; NULL: nothing yet. */
	const struct search_result *perfect;
	struct search_watch watch;
	struct pruned_options pruned;
	struct network_options network;
};

/* Runs run(data, 0) to run(data, count - 1) on the threads of the crew, and
 * returns when all have ended. Parts share nothing that one of them writes, and
 * allocate from memory of their own. */
enum { SEARCH_PARTS_MAX = OBJ_COUNT + 1 };
typedef void search_part_fn(void *data, int part);
void search_parts(const struct search_options *options, search_part_fn *run,
	void *data, int count);

/* orderings_all or orderings_best */
typedef int orderings_fn(const struct nest *nest, const struct tiling *tiling,
	int slot, struct ordering *out);
/* Costs a tiling under every pair of the orderings, or of the orders that the
 * limits name, and calls take for those within the limits' caps. Returns the
 * number of pairs. */
typedef void candidate_fn(void *arg, const struct candidate *candidate);
int candidates_each(const struct nest *nest, const struct arch *arch,
	const struct search_options *options, orderings_fn *orderings,
	const struct tiling *tiling, candidate_fn *take, void *arg);

/* The best of the candidates given to choice_take, a candidate_fn. */
struct choice {
	enum objective objective;
	bool made;
	struct candidate winner;
};
void choice_take(void *arg, const struct candidate *candidate);

/* One nest, of which cost_check holds with perfect tiles; where it does not with
 * padded ones, perfect ones are searched. Allocates from ctx's arena (of the
 * calling thread); false only with a diagnostic: an infeasible nest is a
 * result. Another is oracle/search_brute.h's, for checking.
 *   exact   the algorithm of docs/search.md, with proof
 *   pruned  options.pruned.exhaustive over the seed's spaces, relaxed step by step
 *           (COST_MODEL 12), without proof; infeasible where the seed gives up
 */
typedef bool search_fn(struct ctx *ctx, const struct nest *nest,
	const struct arch *arch, const struct search_options *options,
	struct search_result *out);
search_fn search_exact, search_pruned;

/* The smallest tile of all, where the limits let it be the mapping: what is
 * there for nests whose search was ended before it found any. False where they
 * do not. */
bool search_smallest(struct ctx *ctx, const struct nest *nest,
	const struct arch *arch, const struct search_options *options,
	struct search_result *out);

/* Fills out->perfect from a search of perfect tiles alone. */
void search_keep_perfect(const struct search_result *perfect,
	const struct search_options *options, struct search_result *out);

/* What the seed's --auto-optimize begins with; enough are AUTO_LEAST. */
enum { AUTO_LEAST = 100 };
struct limits limits_auto(void);

/* All nests of a network on the given number of threads;
 * results[network->count] in the order of the nests, the same whatever the
 * number of threads. */
bool search_network(struct ctx *ctx, const struct network *network,
	const struct arch *arch, search_fn *search,
	const struct search_options *options, int threads,
	struct search_result *results);

/* The smallest tile against the memories; memory NULL when it fits. */
struct misfit nest_misfit(const struct nest *nest, const struct arch *arch);

#endif
