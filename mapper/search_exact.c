/* The exact search: perfect tiles first, then all sizes; each objective, and
 * the front, by the walks of walk.h. docs/search.md has the method and the
 * proofs of its cuts. */
#include "mapper/walk.h"

#include <math.h>
#include <string.h>

/* --- what is found ----------------------------------------------------------
 */

bool part_found(const struct part *x)
{
	return x->front ? x->front->count > 0 : x->best.made;
}

bool part_stopped(struct part *x)
{
	const struct search_stop *stop = x->space->options->stop;
	x->stopped = x->stopped ||
		(part_found(x) ? search_stopped(stop) : search_expired(stop));
	return x->stopped;
}

bool part_poll(struct part *x)
{
	return x->stopped || (++x->polls % 256 == 0 && part_stopped(x));
}

struct part part_none(const struct space *s, enum objective objective)
{
	const struct limits *limits = &s->options->limits;
	return (struct part){
		.space = s,
		.best.objective = objective,
		.value_above = INFINITY,
		.pj_above = INFINITY,
		.pj_equal = INFINITY,
		.cycles_above = INFINITY,
		.cycles_equal = INFINITY,
		.threshold = INFINITY,
		.pj_cap = limits->max_energy_pj > 0
			? pj_above(limits->max_energy_pj)
			: INFINITY,
		.cycles_cap = limits->max_cycles
			? cycles_above((double)limits->max_cycles)
			: INFINITY,
	};
}

static void best_take(struct part *x, const struct candidate *candidate)
{
	choice_take(&x->best, candidate);
	const struct estimate *e = &x->best.winner.estimate;
	double value = objective_value(x->best.objective, e);
	x->value_above = value * (1 + 4 * SLACK);
	x->pj_above = pj_above(e->energy_pj);
	x->pj_equal = pj_equal(e->energy_pj);
	x->cycles_above = cycles_above((double)e->cycles);
	x->cycles_equal = cycles_equal((double)e->cycles);
}

void part_take(void *arg, const struct candidate *candidate)
{
	struct part *x = arg;
	if (x->front)
		front_take(x->front, candidate);
	else
		best_take(x, candidate);
}

/* The smallest mapping among those of a tiling with a candidate's costs. */
static void smallest_take(void *arg, const struct candidate *candidate)
{
	struct candidate *best = arg;
	if (candidate->estimate.energy_pj == best->estimate.energy_pj &&
		candidate->estimate.cycles == best->estimate.cycles &&
		mapping_compare(&candidate->mapping, &best->mapping) < 0)
		*best = *candidate;
}

/* The walk has looked at few orders of a tiling; others may cost the same. */
static void orders_settle(const struct space *s, struct candidate *candidate)
{
	const struct tiling tiling = candidate->mapping.tiling;
	candidates_each(s->nest, s->arch, s->options, orderings_all, &tiling,
		smallest_take, candidate);
}

/* --- parts ------------------------------------------------------------------
 */

/* One objective, or the front; in memory of its own, for the parts of a nest
 * may run on several threads. */
struct exact_part {
	struct ctx ctx;
	bool out_of_memory;
	struct part part;
	struct front front;
	struct best *best;
	const struct candidate *first; /* found before */
	size_t first_count;
};

static void objective_search(struct part *x, struct best *best)
{
	tiles_walk(x);
	best->proof.proven = part_found(x) && !x->stopped;
	if (!part_found(x))
		return;
	orders_settle(x->space, &x->best.winner);
	best->winner = x->best.winner;
	double value =
		objective_value(x->best.objective, &best->winner.estimate);
	if (!x->stopped || best->proof.bound > value)
		best->proof.bound = value;
}

static void front_search(struct part *x)
{
	tiles_walk(x);
	for (size_t i = 0; i < x->front->count; i++)
		orders_settle(x->space, &x->front->at[i]);
	x->proof->proven = part_found(x) && !x->stopped;
	x->proof->bound = 0;
}

static int parts_list(const struct space *s, const struct search_result *first,
	struct search_result *out, struct exact_part part[SEARCH_PARTS_MAX])
{
	unsigned objectives = s->options->objectives;
	int parts = 0;
	for (int o = 0; o < OBJ_COUNT; o++) {
		if (objectives && !(objectives & 1u << o))
			continue;
		struct exact_part *p = &part[parts++];
		*p = (struct exact_part){0};
		p->part = part_none(s, (enum objective)o);
		p->best = &out->best[o];
		p->part.proof = &p->best->proof;
		if (first)
			p->first = &first->best[o].winner;
		p->first_count = first != NULL;
	}
	if (s->options->front) {
		struct exact_part *p = &part[parts++];
		*p = (struct exact_part){0};
		p->part = part_none(s, OBJ_EDP);
		p->front.arena = &p->ctx.arena;
		p->part.front = &p->front;
		if (first)
			p->first = first->front;
		p->first_count = first ? first->front_count : 0;
		p->part.proof = &out->front_proof;
	}
	return parts;
}

static void part_run(void *data, int index)
{
	struct exact_part *part = (struct exact_part *)data + index;
	jmp_buf guard;
	ctx_init(&part->ctx, NULL, &guard);
	part->part.arena = &part->ctx.arena;
	if (setjmp(guard)) {
		part->out_of_memory = true;
		return;
	}
	for (size_t i = 0; i < part->first_count; i++)
		part_take(&part->part, &part->first[i]);
	if (part->best)
		objective_search(&part->part, part->best);
	else
		front_search(&part->part);
}

/* Takes what the parts found and releases them. False where the limits leave no
 * mapping. */
static bool parts_collect(struct ctx *ctx, struct exact_part *part, int parts,
	int64_t tiles, struct search_result *out)
{
	bool all = true, out_of_memory = false;
	for (int i = 0; i < parts; i++) {
		out_of_memory |= part[i].out_of_memory;
		out->cut |= part[i].part.stopped;
		all = all && part_found(&part[i].part);
		struct proof *proof = part[i].part.proof;
		proof->tiles_cut = tiles > proof->tiles_visited
			? tiles - proof->tiles_visited
			: 0;
		const struct front *front = &part[i].front;
		size_t bytes = front->count * sizeof *front->at;
		if (bytes && !part[i].out_of_memory) {
			out->front = arena_try_alloc(&ctx->arena, bytes);
			out->front_count = out->front ? front->count : 0;
			out_of_memory |= !out->front;
			if (out->front)
				memcpy(out->front, front->at, bytes);
		}
		ctx_release(&part[i].ctx);
	}
	if (out_of_memory) /* as if it had been this thread */
		arena_array(&ctx->arena, SIZE_MAX, SIZE_MAX);
	return all;
}

/* What multiplying alone takes, at least, without anything that moves: the
 * bounds of a nest for which there was no time to find others. */
static void bounds_simple(const struct nest *nest, const struct arch *arch,
	struct search_result *out)
{
	const struct prices least = prices_least(arch);
	double macs = (double)nest_macs(nest), pj = multiplication_pj(&least);
	/* Energy is rounded, and summed up in another order. */
	pj = fmax(0, pj * macs * (1 - 1e-9) - 1);
	double cycles = ceil(macs / (double)arch->pes * (1 - 1e-9));
	for (int o = 0; o < OBJ_COUNT; o++)
		out->best[o].proof.bound = fmax(out->best[o].proof.bound,
			objective_of((enum objective)o, pj, cycles));
}

/* first: winners to be beaten, or NULL. */
static void tiles_search(struct ctx *ctx, const struct space *space,
	const struct search_result *first, struct search_result *out)
{
	const struct nest *nest = space->nest;
	const struct arch *arch = space->arch;
	const struct search_options *options = space->options;
	if (space->none)
		return; /* the limits leave nothing */
	struct exact_part part[SEARCH_PARTS_MAX];
	int parts = parts_list(space, first, out, part);
	search_parts(options, part_run, part, parts);
	out->feasible =
		parts_collect(ctx, part, parts, tiles_count(space), out);
	if (out->cut)
		bounds_simple(nest, arch, out);
}

static void nest_search(struct ctx *ctx, const struct nest *nest,
	const struct arch *arch, const struct search_options *options,
	struct search_result *out)
{
	const struct search_result none = {.evaluated = -1, .relaxations = -1};
	struct search_result perfect = none;
	struct search_options first = *options;
	struct space space, padded;
	first.tiles = TILES_PERFECT;
	if (options->tiles == TILES_PADDED)
		first.watch.found = NULL;
	*out = none;
	out->tiles = options->tiles;
	out->misfit = nest_misfit(nest, arch);
	if (out->misfit.memory)
		return;
	if (options->tiles == TILES_PADDED &&
		!cost_counts(nest, arch, options->rule, TILES_PADDED))
		out->tiles = TILES_PERFECT;
	if (out->tiles == TILES_PERFECT && options->perfect) {
		*out = *options->perfect;
		return;
	}
	space_init(ctx, nest, arch, &first, NULL, &space);
	if (out->tiles == TILES_PERFECT) {
		tiles_search(ctx, &space, NULL, out);
		return;
	}
	/* Perfect tiles are found fast, and what they reach cuts the others. */
	if (options->perfect)
		perfect = *options->perfect;
	else
		tiles_search(ctx, &space, NULL, &perfect);
	space_init(ctx, nest, arch, options, &space, &padded);
	tiles_search(ctx, &padded, perfect.feasible ? &perfect : NULL, out);
	search_keep_perfect(&perfect, options, out);
	out->cut |= perfect.cut;
}

bool search_exact(struct ctx *ctx, const struct nest *nest,
	const struct arch *arch, const struct search_options *options,
	struct search_result *out)
{
	nest_search(ctx, nest, arch, options, out);
	if (!out->feasible && out->cut &&
		search_smallest(ctx, nest, arch, options, out))
		bounds_simple(nest, arch, out);
	return true;
}
