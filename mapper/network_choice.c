/* Both choices rest on the lower convex hulls of the fronts. Following all
 * hulls together from least energy to fewest cycles, cheapest step first,
 * visits the vertices of the lower hull of all sums; docs/search.md has why the
 * least product lies on one of them, and how the least energy within a number
 * of cycles is found between them. */
#include "mapper/network_choice.h"

#include "ir/checked.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

__extension__ typedef __int128 wide;

/* A point of a nest's front, over all instances of the nest. */
struct cost {
	int64_t pj, cycles;
};

/* From one vertex of a nest's hull to the next: more energy, fewer cycles. */
struct step {
	size_t nest, to;    /* point of its front */
	int64_t pj, cycles; /* more; fewer */
};

struct problem {
	struct ctx *ctx;
	size_t nests;
	size_t *points;     /* [nests] */
	struct cost **cost; /* [nests][points of it] */
	size_t steps;
	struct step *step; /* of all nests, least energy per cycle first */
};

static int step_compare(const void *a, const void *b)
{
	const struct step *x = a, *y = b;
	wide p = (wide)x->pj * y->cycles, q = (wide)y->pj * x->cycles;
	if (p != q)
		return p < q ? -1 : 1;
	return (x->nest > y->nest) - (x->nest < y->nest);
}

/* Whether b lies on or above the line from a to c. */
static bool is_above(
	const struct cost *a, const struct cost *b, const struct cost *c)
{
	return (wide)(b->pj - a->pj) * (a->cycles - c->cycles) >=
		(wide)(c->pj - a->pj) * (a->cycles - b->cycles);
}

/* The vertices of a front's lower hull, in its order; returns their number. */
static size_t hull_find(const struct cost *cost, size_t points, size_t *vertex)
{
	size_t count = 0;
	for (size_t i = 0; i < points; i++) {
		while (count >= 2 &&
			is_above(&cost[vertex[count - 2]],
				&cost[vertex[count - 1]], &cost[i]))
			count--;
		vertex[count++] = i;
	}
	return count;
}

static bool too_large(struct ctx *ctx)
{
	return diag_error(ctx, &(struct loc){0},
		"the model's energy or cycles do not fit in 64 bits: compile "
		"fewer layers or a smaller batch");
}

/* False where the sums of the largest do not fit. */
static bool problem_init(struct ctx *ctx, const struct network *network,
	const struct search_result *results, struct problem *p)
{
	struct arena *arena = &ctx->arena;
	size_t all = 0;
	int64_t pj = 0, cycles = 0;
	*p = (struct problem){.ctx = ctx, .nests = network->count};
	p->points = arena_array(arena, p->nests, sizeof *p->points);
	p->cost = arena_array(arena, p->nests, sizeof *p->cost);
	for (size_t n = 0; n < p->nests; n++) {
		const struct search_result *r = &results[n];
		assert(r->front_count > 0);
		p->points[n] = r->front_count;
		p->cost[n] =
			arena_array(arena, r->front_count, sizeof *p->cost[n]);
		all += r->front_count;
		for (size_t i = 0; i < r->front_count; i++) {
			const struct estimate *e = &r->front[i].estimate;
			int64_t runs = network->nests[n].instances;
			struct cost *cost = &p->cost[n][i];
			/* cost_check keeps a run's energy below 2^53. */
			if (!mul_ok((int64_t)e->energy_pj, runs, &cost->pj) ||
				!mul_ok(e->cycles, runs, &cost->cycles))
				return too_large(ctx);
		}
		if (!add_ok(pj, p->cost[n][r->front_count - 1].pj, &pj) ||
			!add_ok(cycles, p->cost[n][0].cycles, &cycles))
			return too_large(ctx);
	}
	p->step = arena_array(arena, all, sizeof *p->step);
	size_t *vertex = arena_array(arena, all, sizeof *vertex);
	for (size_t n = 0; n < p->nests; n++) {
		const struct cost *cost = p->cost[n];
		size_t count = hull_find(cost, p->points[n], vertex);
		for (size_t i = 1; i < count; i++) {
			const struct cost *a = &cost[vertex[i - 1]];
			const struct cost *b = &cost[vertex[i]];
			p->step[p->steps++] = (struct step){
				.nest = n,
				.to = vertex[i],
				.pj = b->pj - a->pj,
				.cycles = a->cycles - b->cycles,
			};
		}
	}
	if (p->steps)
		qsort(p->step, p->steps, sizeof *p->step, step_compare);
	return true;
}

static bool fronts_proven(
	const struct network *network, const struct search_result *results)
{
	for (size_t n = 0; n < network->count; n++)
		if (!results[n].front_proof.proven)
			return false;
	return true;
}

/* Every nest at its least energy. */
static void choice_frugal(const struct problem *p, struct network_choice *out)
{
	*out = (struct network_choice){.point = arena_array(&p->ctx->arena,
					       p->nests, sizeof *out->point)};
	for (size_t n = 0; n < p->nests; n++) {
		out->energy_pj += p->cost[n][0].pj;
		out->cycles += p->cost[n][0].cycles;
	}
}

static void choice_step(struct network_choice *choice, const struct step *step)
{
	choice->point[step->nest] = step->to;
	choice->energy_pj += step->pj;
	choice->cycles -= step->cycles;
}

/* --- least product -------------------------------------------------------- */

bool choose_network_edp(struct ctx *ctx, const struct network *network,
	const struct search_result *results, struct network_choice *out)
{
	struct problem p;
	if (!problem_init(ctx, network, results, &p))
		return false;
	struct network_choice now;
	choice_frugal(&p, &now);
	wide least = (wide)now.energy_pj * now.cycles;
	size_t taken = 0;
	for (size_t s = 0; s < p.steps; s++) {
		choice_step(&now, &p.step[s]);
		wide value = (wide)now.energy_pj * now.cycles;
		if (value <= least) {
			least = value;
			taken = s + 1;
		}
	}
	choice_frugal(&p, out);
	for (size_t s = 0; s < taken; s++)
		choice_step(out, &p.step[s]);
	out->proven = fronts_proven(network, results);
	return true;
}

/* --- least energy within cycles ------------------------------------------- */

/* A choice for the first nests of a list. */
struct state {
	int64_t pj, cycles;
	size_t before, point; /* state of one nest fewer, and what was added */
};

/* The steps of the nests from some one on, summed up from their least energy:
 * what saving cycles costs them at least. */
struct rest {
	int64_t least_pj, most_cycles, fewest_cycles;
	size_t steps;
	struct cost *at; /* [steps + 1]: energy added, cycles saved */
};

static void rest_init(const struct problem *p, size_t from, struct rest *rest)
{
	*rest = (struct rest){.at = arena_array(&p->ctx->arena, p->steps + 1,
				      sizeof *rest->at)};
	for (size_t n = from; n < p->nests; n++) {
		rest->least_pj += p->cost[n][0].pj;
		rest->most_cycles += p->cost[n][0].cycles;
	}
	for (size_t s = 0; s < p->steps; s++) {
		if (p->step[s].nest < from)
			continue;
		struct cost sum = rest->at[rest->steps++];
		sum.pj += p->step[s].pj;
		sum.cycles += p->step[s].cycles;
		rest->at[rest->steps] = sum;
	}
	rest->fewest_cycles = rest->most_cycles - rest->at[rest->steps].cycles;
}

/* No choice for the rest within the cycles, which are enough for some, takes
 * less energy. Rounded down by more than its arithmetic's error. */
static int64_t rest_least_pj(const struct rest *rest, int64_t cycles)
{
	int64_t save = rest->most_cycles - cycles;
	if (save <= 0)
		return rest->least_pj;
	size_t low = 0, high = rest->steps; /* at[low] saves less */
	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;
		if (rest->at[middle].cycles < save)
			low = middle;
		else
			high = middle;
	}
	const struct cost *a = &rest->at[low], *b = &rest->at[high];
	wide more = (wide)(save - a->cycles) * (b->pj - a->pj);
	return rest->least_pj + a->pj +
		(int64_t)(more / (b->cycles - a->cycles));
}

static int state_compare(const void *a, const void *b)
{
	const struct state *x = a, *y = b;
	if (x->pj != y->pj)
		return x->pj < y->pj ? -1 : 1;
	if (x->cycles != y->cycles)
		return x->cycles < y->cycles ? -1 : 1;
	if (x->before != y->before)
		return x->before < y->before ? -1 : 1;
	return (x->point > y->point) - (x->point < y->point);
}

/* The states of one nest more: all that may still lead to at most most_pj
 * within the cycles, none at most equal to in both by another. False where
 * there are too many. */
static bool states_extend(const struct problem *p, size_t nest,
	const struct rest *rest, int64_t max_cycles, int64_t most_pj,
	const struct state *old, size_t olds, struct state **out, size_t *count)
{
	enum { STATES_MAX = 1 << 22 };
	struct state *list = NULL;
	size_t listed = 0, room = 0;
	for (size_t s = 0; s < olds; s++)
		for (size_t i = 0; i < p->points[nest]; i++) {
			const struct state now = {
				.pj = old[s].pj + p->cost[nest][i].pj,
				.cycles =
					old[s].cycles + p->cost[nest][i].cycles,
				.before = s,
				.point = i,
			};
			int64_t left = max_cycles - now.cycles;
			if (left < rest->fewest_cycles ||
				now.pj + rest_least_pj(rest, left) > most_pj)
				continue;
			if (listed == STATES_MAX)
				return false;
			list = arena_grow(&p->ctx->arena, list, listed, &room,
				listed + 1, sizeof *list);
			list[listed++] = now;
		}
	if (listed)
		qsort(list, listed, sizeof *list, state_compare);
	size_t kept = 0;
	for (size_t i = 0; i < listed; i++)
		if (!kept || list[i].cycles < list[kept - 1].cycles)
			list[kept++] = list[i];
	*out = list;
	*count = kept;
	return true;
}

/* A choice within the cycles by the hulls alone: steps until it fits, then back
 * over those that it does without. */
static void choice_greedy(
	const struct problem *p, int64_t max_cycles, struct network_choice *out)
{
	choice_frugal(p, out);
	for (size_t s = 0; s < p->steps && out->cycles > max_cycles; s++)
		choice_step(out, &p->step[s]);
	for (size_t n = 0; n < p->nests; n++) {
		const struct cost *cost = p->cost[n];
		const struct cost at = cost[out->point[n]];
		size_t i = 0;
		while (out->cycles - at.cycles + cost[i].cycles > max_cycles)
			i++;
		out->point[n] = i;
		out->energy_pj += cost[i].pj - at.pj;
		out->cycles += cost[i].cycles - at.cycles;
	}
}

/* The exact choice, better than or equal to the one in out; false where it has
 * too many candidates. */
static bool choice_improve(const struct problem *p, const struct rest *rest,
	int64_t max_cycles, struct network_choice *out)
{
	struct arena *arena = &p->ctx->arena;
	struct state **list = arena_array(arena, p->nests + 1, sizeof *list);
	size_t count = 1;
	list[0] = arena_alloc(arena, sizeof **list);
	for (size_t n = 0; n < p->nests; n++)
		if (!states_extend(p, n, &rest[n + 1], max_cycles,
			    out->energy_pj, list[n], count, &list[n + 1],
			    &count))
			return false;
	/* The first one of the last list: least energy, then fewest cycles. The
	 * choice that out was is among those it was taken from. */
	const struct state *best = &list[p->nests][0];
	out->energy_pj = best->pj;
	out->cycles = best->cycles;
	for (size_t n = p->nests; n > 0; n--) {
		out->point[n - 1] = best->point;
		best = &list[n - 1][best->before];
	}
	return true;
}

bool choose_within_cycles(struct ctx *ctx, const struct network *network,
	const struct search_result *results, int64_t max_cycles,
	struct network_choice *out)
{
	struct problem p;
	if (!problem_init(ctx, network, results, &p))
		return false;
	struct rest *rest = arena_array(&ctx->arena, p.nests + 1, sizeof *rest);
	for (size_t n = 0; n <= p.nests; n++)
		rest_init(&p, n, &rest[n]);
	if (rest[0].fewest_cycles > max_cycles)
		return diag_error(ctx, &(struct loc){0},
			"the model takes at least %lld cycles, more than "
			"%lld",
			(long long)rest[0].fewest_cycles,
			(long long)max_cycles);
	choice_greedy(&p, max_cycles, out);
	out->bound_pj = rest_least_pj(&rest[0], max_cycles);
	bool exact = choice_improve(&p, rest, max_cycles, out);
	out->proven = exact && fronts_proven(network, results);
	if (exact)
		out->bound_pj = out->energy_pj;
	return true;
}
