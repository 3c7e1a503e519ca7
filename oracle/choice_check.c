/* Walks the lower hull of the sums of all choices, in whole numbers. */
#include "oracle/choice_check.h"

#include "base/checked.h"

#include <string.h>

__extension__ typedef __int128 wide;

/* Sums below it: products of two, and sums of two such, fit in wide. */
static const int64_t sum_most = (int64_t)1 << 61;

/* What is to be small, and what the cap is on. */
struct pair {
	int64_t value, weight;
};

struct check {
	size_t count;
	size_t *points;           /* [count] */
	const struct pair **pair; /* [count][points] */
	bool product;             /* value x weight is to be small */
	int64_t cap;              /* INT64_MAX: none */
	struct pair claim;
	const struct search_stop *stop;
	unsigned polls;
	bool refuted, stopped;
	struct pair better;
	/* The edge of the lower hull at the cap, in integers: of all choices
	 * rise * weight + run * value is at least rest[0]. */
	int64_t rise, run, low; /* low: weight of its end within the cap */
	wide *rest;             /* [count + 1]: of the tasks from i on */
};

static struct pair pair_of(
	const struct network_goal *goal, const struct choice_point *point)
{
	return goal->aim == AIM_CYCLES
		? (struct pair){point->cycles, point->energy_pj}
		: (struct pair){point->energy_pj, point->cycles};
}

/* Whether a choice refutes the claim. */
static bool is_better(const struct check *k, struct pair p)
{
	if (p.weight > k->cap)
		return false;
	return k->product ? (wide)p.value * p.weight <
			(wide)k->claim.value * k->claim.weight
			  : p.value < k->claim.value;
}

static void choice_judge(struct check *k, struct pair sum)
{
	if (k->refuted || !is_better(k, sum))
		return;
	k->refuted = true;
	k->better = sum;
}

/* The choice with the least rise * weight + run * value, by *first of value or
 * of weight among equals. */
static struct pair choice_least(
	const struct check *k, int64_t rise, int64_t run, bool light)
{
	struct pair sum = {0, 0};
	for (size_t t = 0; t < k->count; t++) {
		struct pair least = k->pair[t][0];
		for (size_t i = 1; i < k->points[t]; i++) {
			struct pair p = k->pair[t][i];
			wide a = (wide)rise * p.weight + (wide)run * p.value;
			wide b = (wide)rise * least.weight +
				(wide)run * least.value;
			bool first = light ? p.weight < least.weight
					   : p.value < least.value;
			if (a < b || (a == b && first))
				least = p;
		}
		sum.value += least.value;
		sum.weight += least.weight;
	}
	return sum;
}

/* Two ends of a part of the hull, a the one of less value. */
struct chord {
	struct pair a, b;
};

/* Visits all vertices of the lower hull of the sums, and finds the edge at the
 * cap. */
static void hull_walk(struct ctx *ctx, struct check *k)
{
	size_t room = 0, count = 0;
	struct chord *stack = NULL;
	const struct chord all = {
		choice_least(k, 0, 1, true), choice_least(k, 1, 0, false)};
	choice_judge(k, all.a);
	choice_judge(k, all.b);
	stack = arena_grow(&ctx->arena, stack, 0, &room, 1, sizeof *stack);
	stack[count++] = all;
	while (count && !k->refuted && !k->stopped) {
		struct chord c = stack[--count];
		int64_t rise = c.b.value - c.a.value;
		int64_t run = c.a.weight - c.b.weight;
		if (rise <= 0 || run <= 0)
			continue;
		struct pair mid = choice_least(k, rise, run, true);
		k->stopped = search_stopped(k->stop);
		if ((wide)rise * mid.weight + (wide)run * mid.value <
			(wide)rise * c.a.weight + (wide)run * c.a.value) {
			choice_judge(k, mid);
			stack = arena_grow(&ctx->arena, stack, count, &room,
				count + 2, sizeof *stack);
			stack[count++] = (struct chord){c.a, mid};
			stack[count++] = (struct chord){mid, c.b};
		} else if (c.b.weight <= k->cap && k->cap < c.a.weight) {
			k->rise = rise;
			k->run = run;
			k->low = c.b.weight;
		}
	}
}

static bool same(struct pair a, struct pair b)
{
	return a.value == b.value && a.weight == b.weight;
}

/* Whether the vertices are a lower hull, from end to end. */
static bool hull_holds(
	const struct check *k, size_t count, const struct pair *vertex)
{
	if (!count || !same(vertex[0], choice_least(k, 0, 1, true)) ||
		!same(vertex[count - 1], choice_least(k, 1, 0, false)))
		return false;
	for (size_t i = 1; i < count; i++) {
		struct pair a = vertex[i - 1], b = vertex[i];
		int64_t rise = b.value - a.value, run = a.weight - b.weight;
		if (rise <= 0 || run <= 0)
			return false;
		struct pair least = choice_least(k, rise, run, true);
		if ((wide)rise * least.weight + (wide)run * least.value !=
			(wide)rise * a.weight + (wide)run * a.value)
			return false;
	}
	return true;
}

/* --- between vertices, at the cap ----------------------------------------- */

/* Whether choices with at least this much of the edge's sum, of weights between
 * its end and the cap, may be below the claim. */
static bool may_be_below(const struct check *k, wide sum)
{
	if (!k->product)
		return sum <= (wide)k->run * (k->claim.value - 1) +
			(wide)k->rise * k->cap;
	/* At weight w the value is at least (sum - rise * w) / run: a product
	 * that is concave in w, and so least at an end. Rounding errors are
	 * below the slack. */
	const long double slack = 1e-15L;
	const int64_t ends[] = {k->low, k->cap};
	long double claim =
		(long double)k->claim.value * (long double)k->claim.weight;
	for (int i = 0; i < 2; i++) {
		wide left = sum - (wide)k->rise * ends[i];
		long double least = (long double)ends[i] * (long double)left /
			(long double)k->run;
		if (least * (1 - slack) < claim)
			return true;
	}
	return false;
}

/* All choices that the bound leaves: depth by depth, without recursion. */
static void choices_walk(struct ctx *ctx, struct check *k)
{
	size_t depth = 0;
	size_t *next = arena_array(&ctx->arena, k->count + 1, sizeof *next);
	struct pair *sum = arena_array(&ctx->arena, k->count + 1, sizeof *sum);
	k->rest = arena_array(&ctx->arena, k->count + 1, sizeof *k->rest);
	for (size_t t = k->count; t-- > 0;) {
		wide least = 0;
		for (size_t i = 0; i < k->points[t]; i++) {
			struct pair p = k->pair[t][i];
			wide a = (wide)k->rise * p.weight +
				(wide)k->run * p.value;
			least = i == 0 || a < least ? a : least;
		}
		k->rest[t] = k->rest[t + 1] + least;
	}
	for (;;) {
		if (depth == k->count)
			choice_judge(k, sum[depth]);
		k->stopped |= search_poll(k->stop, &k->polls);
		if (k->refuted || k->stopped)
			return;
		if (depth == k->count || next[depth] == k->points[depth]) {
			if (depth == 0)
				return;
			depth--;
			continue;
		}
		struct pair p = k->pair[depth][next[depth]++];
		struct pair to = {sum[depth].value + p.value,
			sum[depth].weight + p.weight};
		wide bound = (wide)k->rise * to.weight +
			(wide)k->run * to.value + k->rest[depth + 1];
		if (to.weight > k->cap || !may_be_below(k, bound))
			continue;
		sum[++depth] = to;
		next[depth] = 0;
	}
}

/* --------------------------------------------------------------------------
 */

/* False where the sums may leave sum_most. */
static bool check_fill(struct ctx *ctx, struct check *k,
	const struct network_goal *goal, const struct choice_task *tasks)
{
	int64_t value = 0, weight = 0;
	k->points = arena_array(&ctx->arena, k->count, sizeof *k->points);
	k->pair = arena_array(&ctx->arena, k->count, sizeof *k->pair);
	for (size_t t = 0; t < k->count; t++) {
		struct pair most = {0, 0};
		struct pair *pair =
			arena_array(&ctx->arena, tasks[t].count, sizeof *pair);
		for (size_t i = 0; i < tasks[t].count; i++) {
			pair[i] = pair_of(goal, &tasks[t].points[i]);
			if (pair[i].value > most.value)
				most.value = pair[i].value;
			if (pair[i].weight > most.weight)
				most.weight = pair[i].weight;
		}
		k->points[t] = tasks[t].count;
		k->pair[t] = pair;
		if (!add_ok(value, most.value, &value) ||
			!add_ok(weight, most.weight, &weight) ||
			value > sum_most || weight > sum_most)
			return false;
	}
	return true;
}

enum verdict choice_check(struct ctx *ctx, const struct network_goal *goal,
	size_t count, const struct choice_task *tasks,
	const struct choice_point *claim, const struct search_stop *stop,
	struct choice_point *better)
{
	struct check k = {.count = count,
		.product = goal->aim == AIM_EDP,
		.cap = goal->cap ? goal->cap : INT64_MAX,
		.claim = pair_of(goal, claim),
		.stop = stop};
	if (!check_fill(ctx, &k, goal, tasks) || k.claim.value > sum_most ||
		k.claim.weight > sum_most)
		return VERDICT_OPEN;
	*better = *claim;
	if (k.claim.weight > k.cap)
		return VERDICT_REFUTED;
	hull_walk(ctx, &k);
	if (!k.refuted && !k.stopped && k.run)
		choices_walk(ctx, &k);
	if (!k.refuted)
		return k.stopped ? VERDICT_OPEN : VERDICT_BOUNDS;
	*better = goal->aim == AIM_CYCLES
		? (struct choice_point){k.better.weight, k.better.value}
		: (struct choice_point){k.better.value, k.better.weight};
	return VERDICT_REFUTED;
}

bool hull_check(struct ctx *ctx, size_t count, const struct choice_task *tasks,
	size_t vertices, const struct choice_point *vertex)
{
	const struct network_goal goal = {.aim = AIM_EDP};
	struct check k = {.count = count};
	struct pair *pair = arena_array(&ctx->arena, vertices, sizeof *pair);
	for (size_t i = 0; i < vertices; i++) {
		pair[i] = pair_of(&goal, &vertex[i]);
		if (pair[i].value > sum_most || pair[i].weight > sum_most)
			return false;
	}
	return check_fill(ctx, &k, &goal, tasks) &&
		hull_holds(&k, vertices, pair);
}
