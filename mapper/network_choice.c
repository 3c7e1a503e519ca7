/* All rests on the lower convex hulls of the fronts. Following them together
 * from least value to least weight, cheapest step first, visits the vertices of
 * the lower hull of all sums; docs/search.md has why the least product lies on
 * one of them, and how the least value within a cap is found between them. */
#include "mapper/network_choice.h"

#include "ir/checked.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

__extension__ typedef __int128 wide;

/* A point of a nest's front, over all instances of the nest. The value is what
 * is to be small, the weight what the cap is on: energy and cycles, or cycles
 * and energy where the aim is AIM_CYCLES. */
struct cost {
	int64_t value, weight;
};

/* From one vertex of a nest's hull to the next: more value, less weight. */
struct step {
	size_t nest, to; /* point of the nest */
	int64_t value, weight;
};

struct problem {
	struct ctx *ctx;
	const struct loc *loc;
	struct network_goal goal;
	int64_t most_weight; /* the cap; INT64_MAX: none */
	bool proven;         /* all fronts are */
	size_t nests;
	size_t *points;     /* [nests] */
	struct cost **cost; /* [nests][points of it], rising value */
	size_t steps;
	struct step *step; /* of all nests, least value per weight first */
};

/* A choice under way. */
struct pick {
	size_t *point; /* [nests] */
	int64_t value, weight;
};

static int step_compare(const void *a, const void *b)
{
	const struct step *x = a, *y = b;
	wide p = (wide)x->value * y->weight, q = (wide)y->value * x->weight;
	if (p != q)
		return p < q ? -1 : 1;
	return (x->nest > y->nest) - (x->nest < y->nest);
}

/* Whether b lies on or above the line from a to c. */
static bool is_above(
	const struct cost *a, const struct cost *b, const struct cost *c)
{
	return (wide)(b->value - a->value) * (a->weight - c->weight) >=
		(wide)(c->value - a->value) * (a->weight - b->weight);
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

/* Fronts rise in energy; with AIM_CYCLES points go the other way. */
static size_t front_index(const struct problem *p, size_t nest, size_t point)
{
	return p->goal.aim == AIM_CYCLES ? p->points[nest] - 1 - point : point;
}

static bool costs_find(struct problem *p, size_t nest,
	const struct distinct_nest *distinct, const struct search_result *r)
{
	assert(r->front_count > 0);
	p->points[nest] = r->front_count;
	p->cost[nest] = arena_array(
		&p->ctx->arena, r->front_count, sizeof *p->cost[nest]);
	for (size_t i = 0; i < r->front_count; i++) {
		const struct estimate *e =
			&r->front[front_index(p, nest, i)].estimate;
		struct cost *cost = &p->cost[nest][i];
		int64_t pj, cycles;
		/* cost_check keeps a run's energy below 2^53. */
		if (!mul_ok((int64_t)e->energy_pj, distinct->instances, &pj) ||
			!mul_ok(e->cycles, distinct->instances, &cycles))
			return false;
		*cost = p->goal.aim == AIM_CYCLES
			? (struct cost){.value = cycles, .weight = pj}
			: (struct cost){.value = pj, .weight = cycles};
	}
	return true;
}

static void steps_find(struct problem *p, size_t all)
{
	p->step = arena_array(&p->ctx->arena, all, sizeof *p->step);
	size_t *vertex = arena_array(&p->ctx->arena, all, sizeof *vertex);
	for (size_t n = 0; n < p->nests; n++) {
		const struct cost *cost = p->cost[n];
		size_t count = hull_find(cost, p->points[n], vertex);
		for (size_t i = 1; i < count; i++) {
			const struct cost *a = &cost[vertex[i - 1]];
			const struct cost *b = &cost[vertex[i]];
			p->step[p->steps++] = (struct step){
				.nest = n,
				.to = vertex[i],
				.value = b->value - a->value,
				.weight = a->weight - b->weight,
			};
		}
	}
	if (p->steps)
		qsort(p->step, p->steps, sizeof *p->step, step_compare);
}

/* False with a diagnostic where the sums of the largest do not fit. */
static bool problem_init(struct problem *p, const struct network *network,
	const struct search_result *results)
{
	size_t all = 0;
	int64_t value = 0, weight = 0;
	p->most_weight = p->goal.cap ? p->goal.cap : INT64_MAX;
	p->proven = true;
	p->nests = network->count;
	p->points = arena_array(&p->ctx->arena, p->nests, sizeof *p->points);
	p->cost = arena_array(&p->ctx->arena, p->nests, sizeof *p->cost);
	for (size_t n = 0; n < p->nests; n++) {
		const struct search_result *r = &results[n];
		p->proven &= r->front_proof.proven;
		all += r->front_count;
		if (!costs_find(p, n, &network->nests[n], r) ||
			!add_ok(value, p->cost[n][r->front_count - 1].value,
				&value) ||
			!add_ok(weight, p->cost[n][0].weight, &weight))
			return diag_error(p->ctx, p->loc,
				"the model's energy or cycles do not fit in 64 "
				"bits: compile fewer layers or a smaller "
				"batch");
	}
	steps_find(p, all);
	return true;
}

/* Every nest at its least value. */
static struct pick pick_first(const struct problem *p)
{
	struct pick pick = {.point = arena_array(&p->ctx->arena, p->nests,
				    sizeof *pick.point)};
	for (size_t n = 0; n < p->nests; n++) {
		pick.value += p->cost[n][0].value;
		pick.weight += p->cost[n][0].weight;
	}
	return pick;
}

static void pick_step(struct pick *pick, const struct step *step)
{
	pick->point[step->nest] = step->to;
	pick->value += step->value;
	pick->weight -= step->weight;
}

/* What is to be least. */
static wide score(const struct problem *p, int64_t value, int64_t weight)
{
	return p->goal.aim == AIM_EDP ? (wide)value * weight : (wide)value;
}

static wide pick_score(const struct problem *p, const struct pick *pick)
{
	return score(p, pick->value, pick->weight);
}

/* --- vertices ------------------------------------------------------------- */

/* The best vertex of at most most_weight, of equals the one of least weight;
 * false where none is. */
static bool vertex_choose(
	const struct problem *p, int64_t most_weight, struct pick *out)
{
	struct pick now = pick_first(p);
	size_t taken = SIZE_MAX;
	wide least = 0;
	for (size_t s = 0;; s++) {
		wide value = pick_score(p, &now);
		if (now.weight <= most_weight &&
			(taken == SIZE_MAX || value <= least)) {
			least = value;
			taken = s;
		}
		if (s == p->steps)
			break;
		pick_step(&now, &p->step[s]);
	}
	*out = pick_first(p);
	for (size_t s = 0; taken != SIZE_MAX && s < taken; s++)
		pick_step(out, &p->step[s]);
	return taken != SIZE_MAX;
}

bool network_hull(struct ctx *ctx, const struct loc *loc,
	const struct network *network, const struct search_result *results,
	struct network_vertex **out, size_t *count)
{
	struct problem p = {
		.ctx = ctx, .loc = loc, .goal = {AIM_ENERGY, 0}
        };
	if (!problem_init(&p, network, results))
		return false;
	struct pick now = pick_first(&p);
	*out = arena_array(&ctx->arena, p.steps + 1, sizeof **out);
	*count = 0;
	for (size_t s = 0;; s++) {
		/* Steps of one slope are one edge. */
		bool turns = s == 0 || s == p.steps ||
			(wide)p.step[s - 1].value * p.step[s].weight !=
				(wide)p.step[s].value * p.step[s - 1].weight;
		if (turns) {
			size_t *point = arena_array(
				&ctx->arena, p.nests, sizeof *point);
			memcpy(point, now.point, p.nests * sizeof *point);
			(*out)[(*count)++] = (struct network_vertex){
				.energy_pj = now.value,
				.cycles = now.weight,
				.point = point,
			};
		}
		if (s == p.steps)
			return true;
		pick_step(&now, &p.step[s]);
	}
}

/* --- between the vertices ------------------------------------------------- */

/* A choice for the first nests of a list. */
struct state {
	int64_t value, weight;
	size_t before, point; /* state of one nest fewer, and what was added */
};

/* The steps of the nests from some one on, summed up from their least value:
 * what saving weight costs them at least. */
struct rest {
	int64_t least_value, most_weight, least_weight;
	size_t steps;
	struct cost *at; /* [steps + 1]: value added, weight saved */
};

static void rest_init(const struct problem *p, size_t from, struct rest *rest)
{
	*rest = (struct rest){.at = arena_array(&p->ctx->arena, p->steps + 1,
				      sizeof *rest->at)};
	for (size_t n = from; n < p->nests; n++) {
		rest->least_value += p->cost[n][0].value;
		rest->most_weight += p->cost[n][0].weight;
	}
	for (size_t s = 0; s < p->steps; s++) {
		if (p->step[s].nest < from)
			continue;
		struct cost sum = rest->at[rest->steps++];
		sum.value += p->step[s].value;
		sum.weight += p->step[s].weight;
		rest->at[rest->steps] = sum;
	}
	rest->least_weight = rest->most_weight - rest->at[rest->steps].weight;
}

/* What no choice for the rest is below if it weighs at most 'weight', which is
 * enough for one. The state's value and weight are added. */
static wide rest_least(const struct problem *p, const struct rest *rest,
	int64_t value, int64_t weight)
{
	int64_t save = rest->most_weight - (p->most_weight - weight);
	size_t low = 0, high = save > 0 ? rest->steps : 0;
	while (high - low > 1) { /* at[low] saves too little */
		size_t middle = low + (high - low) / 2;
		if (rest->at[middle].weight < save)
			low = middle;
		else
			high = middle;
	}
	/* Where the hull meets the cap; rounded down. */
	const struct cost *a = &rest->at[low], *b = &rest->at[high];
	value += rest->least_value;
	weight += rest->most_weight;
	int64_t edge = value + a->value;
	if (save > 0)
		edge += (int64_t)((wide)(save - a->weight) *
			(b->value - a->value) / (b->weight - a->weight));
	wide least = score(p, edge, weight - (save > 0 ? save : 0));
	if (p->goal.aim == AIM_EDP)
		for (size_t i = high; i <= rest->steps; i++) {
			wide at = score(p, value + rest->at[i].value,
				weight - rest->at[i].weight);
			least = at < least ? at : least;
		}
	return least;
}

static int state_compare(const void *a, const void *b)
{
	const struct state *x = a, *y = b;
	if (x->value != y->value)
		return x->value < y->value ? -1 : 1;
	if (x->weight != y->weight)
		return x->weight < y->weight ? -1 : 1;
	if (x->before != y->before)
		return x->before < y->before ? -1 : 1;
	return (x->point > y->point) - (x->point < y->point);
}

/* Scratch, used for one nest after the other. */
struct states {
	struct state *list;
	size_t room;
};
enum { STATES_MAX = 1 << 20 };

/* Sorts, and keeps those that no other is at most equal to in both. */
static size_t states_reduce(struct state *list, size_t count)
{
	size_t kept = 0;
	if (count)
		qsort(list, count, sizeof *list, state_compare);
	for (size_t i = 0; i < count; i++)
		if (!kept || list[i].weight < list[kept - 1].weight)
			list[kept++] = list[i];
	return kept;
}

/* The states of one nest more, in 'out': all that may still lead to at most
 * 'most' within the cap. Their number; SIZE_MAX: too many. */
static size_t states_extend(const struct problem *p, size_t nest,
	const struct rest *rest, wide most, const struct state *old,
	size_t olds, struct states *out)
{
	size_t listed = 0;
	for (size_t s = 0; s < olds; s++)
		for (size_t i = 0; i < p->points[nest]; i++) {
			const struct cost *cost = &p->cost[nest][i];
			const struct state now = {
				.value = old[s].value + cost->value,
				.weight = old[s].weight + cost->weight,
				.before = s,
				.point = i,
			};
			if (p->most_weight - now.weight < rest->least_weight ||
				rest_least(p, rest, now.value, now.weight) >
					most)
				continue;
			if (listed == STATES_MAX)
				listed = states_reduce(out->list, listed);
			if (listed == STATES_MAX)
				return SIZE_MAX;
			out->list = arena_grow(&p->ctx->arena, out->list,
				listed, &out->room, listed + 1,
				sizeof *out->list);
			out->list[listed++] = now;
		}
	return states_reduce(out->list, listed);
}

/* A choice within the cap by the hulls alone: steps until it fits, then back
 * over what it does without. */
static void greedy_choose(const struct problem *p, struct pick *out)
{
	*out = pick_first(p);
	for (size_t s = 0; s < p->steps && out->weight > p->most_weight; s++)
		pick_step(out, &p->step[s]);
	for (size_t n = 0; n < p->nests; n++) {
		const struct cost *cost = p->cost[n];
		const struct cost at = cost[out->point[n]];
		size_t i = 0;
		while (out->weight - at.weight + cost[i].weight >
			p->most_weight)
			i++;
		out->point[n] = i;
		out->value += cost[i].value - at.value;
		out->weight += cost[i].weight - at.weight;
	}
}

/* The exact choice, better than or equal to the one in out; false where it has
 * too many candidates. */
static bool pick_improve(
	const struct problem *p, const struct rest *rest, struct pick *out)
{
	struct arena *arena = &p->ctx->arena;
	struct state **list = arena_array(arena, p->nests + 1, sizeof *list);
	struct states next = {0};
	wide most = pick_score(p, out);
	size_t count = 1, all = 1;
	list[0] = arena_alloc(arena, sizeof **list);
	for (size_t n = 0; n < p->nests; n++) {
		count = states_extend(
			p, n, &rest[n + 1], most, list[n], count, &next);
		if (count == SIZE_MAX || (all += count) > STATES_MAX)
			return false;
		list[n + 1] = arena_array(arena, count, sizeof **list);
		memcpy(list[n + 1], next.list, count * sizeof **list);
	}
	/* There is one: out is among those that it was taken from. States fall
	 * in weight: of equals, the last. */
	const struct state *best = list[p->nests];
	for (size_t i = 1; i < count; i++) {
		const struct state *now = &list[p->nests][i];
		if (score(p, now->value, now->weight) <=
			score(p, best->value, best->weight))
			best = now;
	}
	out->value = best->value;
	out->weight = best->weight;
	for (size_t n = p->nests; n > 0; n--) {
		out->point[n - 1] = best->point;
		best = &list[n - 1][best->before];
	}
	return true;
}

/* The best within a cap that the best vertex breaks. */
static bool within_choose(
	const struct problem *p, struct pick *pick, struct network_choice *out)
{
	struct rest *rest =
		arena_array(&p->ctx->arena, p->nests + 1, sizeof *rest);
	for (size_t n = 0; n <= p->nests; n++)
		rest_init(p, n, &rest[n]);
	if (rest[0].least_weight > p->most_weight)
		return diag_error(p->ctx, p->loc,
			"the model takes at least %lld %s, more than the %lld "
			"allowed",
			(long long)rest[0].least_weight,
			p->goal.aim == AIM_CYCLES ? "pJ" : "cycles",
			(long long)p->most_weight);
	struct pick vertex;
	greedy_choose(p, pick);
	if (vertex_choose(p, p->most_weight, &vertex) &&
		pick_score(p, &vertex) < pick_score(p, pick))
		*pick = vertex;
	/* Below it by more than a double's rounding. */
	out->bound = (double)rest_least(p, &rest[0], 0, 0) * (1 - 1e-15);
	out->proven = pick_improve(p, rest, pick);
	return true;
}

bool network_choose(struct ctx *ctx, const struct loc *loc,
	const struct network *network, const struct search_result *results,
	const struct network_goal *goal, struct network_choice *out)
{
	struct problem p = {.ctx = ctx, .loc = loc, .goal = *goal};
	struct pick pick;
	if (!problem_init(&p, network, results))
		return false;
	*out = (struct network_choice){.goal = *goal, .proven = true};
	vertex_choose(&p, INT64_MAX, &pick);
	if (pick.weight > p.most_weight && !within_choose(&p, &pick, out))
		return false;
	if (out->proven)
		out->bound = (double)pick_score(&p, &pick);
	out->proven = out->proven && p.proven;
	for (size_t n = 0; n < p.nests; n++)
		pick.point[n] = front_index(&p, n, pick.point[n]);
	out->point = pick.point;
	bool turned = goal->aim == AIM_CYCLES;
	out->energy_pj = turned ? pick.weight : pick.value;
	out->cycles = turned ? pick.value : pick.weight;
	return true;
}
