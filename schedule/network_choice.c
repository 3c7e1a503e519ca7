/* All rests on the lower convex hulls of the tasks' fronts. Following them
 * together from least value to least weight, cheapest step first, visits the
 * vertices of the lower hull of all sums; docs/search.md has why the least
 * product lies on one of them, and how the least value within a cap is found
 * between them. */
#include "schedule/network_choice.h"

#include "base/checked.h"
#include "mapper/forms.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

__extension__ typedef __int128 wide;

/* A point of a front of a task, over all instances. The value is what is to be
 * small, the weight what the cap is on: energy and cycles, or cycles and energy
 * where the aim is AIM_CYCLES. */
struct cost {
	int64_t value, weight;
};

/* The front of a task, over all its forms, by rising value. */
struct costs {
	size_t task; /* of the network */
	size_t points;
	struct cost *at;           /* [points] */
	struct network_pick *from; /* [points] */
};

/* From one vertex of a task's hull to the next: more value, less weight. */
struct step {
	size_t task, to; /* of the problem's tasks, and point of it */
	int64_t value, weight;
};

struct problem {
	struct ctx *ctx;
	const struct loc *loc;
	struct network_goal goal;
	int64_t most_weight; /* the cap; INT64_MAX: none */
	bool proven;         /* all fronts are */
	/* Of the network, and of its tasks that run. */
	size_t all, tasks;
	struct network_pick *alone; /* [all], best by itself */
	/* [tasks], by falling span of weights: what the last ones can save is
	 * then nearly what the hulls say, and bounds are close. */
	struct costs *costs;
	size_t steps;
	struct step *step; /* of all tasks, least value per weight first */
};

/* A choice under way. */
struct pick {
	size_t *point; /* [tasks], of the problem's */
	int64_t value, weight;
};

static const struct {
	const char *name;
	enum objective objective;
} aims[] = {
	[AIM_EDP] = {"network-edp",    OBJ_EDP   },
	[AIM_ENERGY] = {"network-energy", OBJ_ENERGY},
	[AIM_CYCLES] = {"network-cycles", OBJ_CYCLES},
};
static_assert(sizeof aims / sizeof *aims == AIM_COUNT, "one each");

const char *network_aim_name(enum network_aim aim)
{
	return aims[aim].name;
}

enum objective network_aim_objective(enum network_aim aim)
{
	return aims[aim].objective;
}

enum network_aim network_aim_of(enum objective objective)
{
	int aim = 0;
	while (aims[aim].objective != objective) {
		aim++;
		assert(aim < AIM_COUNT);
	}
	return (enum network_aim)aim;
}

static int step_compare(const void *a, const void *b)
{
	const struct step *x = a, *y = b;
	wide p = (wide)x->value * y->weight, q = (wide)y->value * x->weight;
	if (p != q)
		return p < q ? -1 : 1;
	return (x->task > y->task) - (x->task < y->task);
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

/* A point of one of a task's fronts. */
struct option {
	struct cost cost;
	struct network_pick from;
	int64_t instances;
};

/* By rising value, then weight; of equals, fewest instances, then the first. */
static int option_compare(const void *a, const void *b)
{
	const struct option *x = a, *y = b;
	if (x->cost.value != y->cost.value)
		return x->cost.value < y->cost.value ? -1 : 1;
	if (x->cost.weight != y->cost.weight)
		return x->cost.weight < y->cost.weight ? -1 : 1;
	if (x->instances != y->instances)
		return x->instances < y->instances ? -1 : 1;
	if (x->from.form != y->from.form)
		return x->from.form < y->from.form ? -1 : 1;
	return (x->from.point > y->from.point) -
		(x->from.point < y->from.point);
}

/* One form's points, over all runs of the task. */
static bool options_add(const struct problem *p, const struct task *task,
	size_t form, const struct search_result *r, struct option *list)
{
	int64_t runs, instances = task->forms[form].instances;
	if (!mul_ok(instances, task->runs, &runs))
		return false;
	for (size_t i = 0; i < r->front_count; i++) {
		const struct estimate *e = &r->front[i].estimate;
		int64_t pj, cycles;
		/* cost_check keeps a run's energy below 2^53. */
		if (!mul_ok((int64_t)e->energy_pj, runs, &pj) ||
			!mul_ok(e->cycles, runs, &cycles))
			return false;
		list[i] = (struct option){
			.cost = p->goal.aim == AIM_CYCLES
				? (struct cost){.value = cycles, .weight = pj    }
				: (struct cost){.value = pj,     .weight = cycles},
			.from = {form,            i               },
			.instances = instances
                };
	}
	return true;
}

/* The front over all forms that have a mapping. */
static bool costs_find(struct problem *p, const struct task *task,
	const struct search_result *results, struct costs *costs)
{
	size_t count = 0, all = 0;
	for (size_t f = 0; f < task->form_count; f++)
		all += results[task->forms[f].nest].front_count;
	struct option *list = arena_array(&p->ctx->arena, all, sizeof *list);
	for (size_t f = 0; f < task->form_count; f++) {
		const struct search_result *r = &results[task->forms[f].nest];
		if (!r->feasible)
			continue;
		if (!options_add(p, task, f, r, &list[count]))
			return false;
		count += r->front_count;
		p->proven &= r->front_proof.proven;
	}
	assert(count > 0);
	qsort(list, count, sizeof *list, option_compare);
	costs->at = arena_array(&p->ctx->arena, count, sizeof *costs->at);
	costs->from = arena_array(&p->ctx->arena, count, sizeof *costs->from);
	costs->points = 0;
	for (size_t i = 0; i < count; i++) {
		size_t n = costs->points;
		if (n && list[i].cost.weight >= costs->at[n - 1].weight)
			continue;
		costs->at[n] = list[i].cost;
		costs->from[n] = list[i].from;
		costs->points++;
	}
	return true;
}

static int span_compare(const void *a, const void *b)
{
	const struct costs *x = a, *y = b;
	int64_t p = x->at[0].weight - x->at[x->points - 1].weight;
	int64_t q = y->at[0].weight - y->at[y->points - 1].weight;
	if (p != q)
		return p > q ? -1 : 1;
	return (x->task > y->task) - (x->task < y->task);
}

static void steps_find(struct problem *p, size_t all)
{
	p->step = arena_array(&p->ctx->arena, all, sizeof *p->step);
	size_t *vertex = arena_array(&p->ctx->arena, all, sizeof *vertex);
	for (size_t n = 0; n < p->tasks; n++) {
		const struct cost *cost = p->costs[n].at;
		size_t count = hull_find(cost, p->costs[n].points, vertex);
		for (size_t i = 1; i < count; i++) {
			const struct cost *a = &cost[vertex[i - 1]];
			const struct cost *b = &cost[vertex[i]];
			p->step[p->steps++] = (struct step){
				.task = n,
				.to = vertex[i],
				.value = b->value - a->value,
				.weight = a->weight - b->weight,
			};
		}
	}
	if (p->steps)
		qsort(p->step, p->steps, sizeof *p->step, step_compare);
}

/* The form and point that are best by themselves, of equals the one of fewest
 * instances, then the first. */
static struct network_pick pick_alone(const struct task *task,
	const struct search_result *results, enum network_aim aim)
{
	enum objective own = network_aim_objective(aim);
	struct network_pick best = {.form = task->form_count};
	double least = INFINITY;
	for (size_t f = 0; f < task->form_count; f++) {
		const struct nest_form *form = &task->forms[f];
		const struct search_result *r = &results[form->nest];
		for (size_t i = 0; i < r->front_count; i++) {
			double value = instances_value(own,
				objective_value(own, &r->front[i].estimate),
				form->instances);
			if (!form_is_better(task, f, value, best.form, least))
				continue;
			best = (struct network_pick){f, i};
			least = value;
		}
	}
	return best;
}

/* False with a diagnostic where the sums of the largest do not fit. */
static bool problem_init(struct problem *p, const struct network *network,
	const struct search_result *results)
{
	size_t all = 0;
	int64_t value = 0, weight = 0;
	p->most_weight = p->goal.cap ? p->goal.cap : INT64_MAX;
	p->proven = true;
	p->costs = arena_array(
		&p->ctx->arena, network->task_count, sizeof *p->costs);
	p->all = network->task_count;
	p->alone = arena_array(&p->ctx->arena, p->all, sizeof *p->alone);
	for (size_t n = 0; n < p->all; n++) {
		const struct task *task = &network->tasks[n];
		p->alone[n] = pick_alone(task, results, p->goal.aim);
		if (!task->runs)
			continue;
		struct costs *costs = &p->costs[p->tasks++];
		costs->task = n;
		if (!costs_find(p, task, results, costs) ||
			!add_ok(value, costs->at[costs->points - 1].value,
				&value) ||
			!add_ok(weight, costs->at[0].weight, &weight))
			return diag_error(p->ctx, p->loc,
				"the model's energy or cycles do not fit in 64 "
				"bits: compile fewer layers or a smaller "
				"batch");
		all += costs->points;
	}
	if (p->tasks)
		qsort(p->costs, p->tasks, sizeof *p->costs, span_compare);
	steps_find(p, all);
	return true;
}

/* Every task at its least value. */
static struct pick pick_first(const struct problem *p)
{
	struct pick pick = {.point = arena_array(&p->ctx->arena, p->tasks,
				    sizeof *pick.point)};
	for (size_t n = 0; n < p->tasks; n++) {
		pick.value += p->costs[n].at[0].value;
		pick.weight += p->costs[n].at[0].weight;
	}
	return pick;
}

static void pick_step(struct pick *pick, const struct step *step)
{
	pick->point[step->task] = step->to;
	pick->value += step->value;
	pick->weight -= step->weight;
}

/* The points by the network's tasks, as forms and indices in their fronts. */
static struct network_pick *pick_points(
	const struct problem *p, const struct pick *pick)
{
	struct network_pick *from =
		arena_array(&p->ctx->arena, p->all, sizeof *from);
	if (p->all)
		memcpy(from, p->alone, p->all * sizeof *from);
	for (size_t n = 0; n < p->tasks; n++)
		from[p->costs[n].task] = p->costs[n].from[pick->point[n]];
	return from;
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
		if (turns)
			(*out)[(*count)++] = (struct network_vertex){
				.energy_pj = now.value,
				.cycles = now.weight,
				.pick = pick_points(&p, &now),
			};
		if (s == p.steps)
			return true;
		pick_step(&now, &p.step[s]);
	}
}

/* --- between the vertices ------------------------------------------------- */

/* A choice for the first tasks of a list. */
struct state {
	wide least; /* no choice that begins so scores less */
	int64_t value, weight;
	size_t before, point; /* state of one task fewer, and what was added */
};

/* The steps of the tasks from some one on, summed up from their least value:
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
	for (size_t n = from; n < p->tasks; n++) {
		rest->least_value += p->costs[n].at[0].value;
		rest->most_weight += p->costs[n].at[0].weight;
	}
	for (size_t s = 0; s < p->steps; s++) {
		if (p->step[s].task < from)
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

static int least_compare(const void *a, const void *b)
{
	const struct state *x = a, *y = b;
	if (x->least != y->least)
		return x->least < y->least ? -1 : 1;
	return state_compare(a, b);
}

/* A walk over the tasks that keeps only so many states of each. */
struct beam {
	const struct rest *rest; /* [tasks + 1]: of the tasks from n on */
	wide most;               /* what states may still score */
	size_t width;            /* states kept of a task */
	bool cut;                /* any were left out: */
	wide cut_least;          /* none of them leads to less */
	struct state *list;      /* scratch */
	size_t room;
};
enum { STATES_MAX = 1 << 20 };

/* Keeps those that no other is at most equal to in both, and of them as many as
 * the walk does, those of the least bounds. Returns their number. */
static size_t states_reduce(struct beam *walk, size_t count)
{
	struct state *list = walk->list;
	size_t kept = 0;
	if (!count)
		return 0;
	qsort(list, count, sizeof *list, state_compare);
	for (size_t i = 0; i < count; i++)
		if (!kept || list[i].weight < list[kept - 1].weight)
			list[kept++] = list[i];
	if (kept <= walk->width)
		return kept;
	qsort(list, kept, sizeof *list, least_compare);
	const wide least = list[walk->width].least;
	walk->cut_least =
		walk->cut && walk->cut_least < least ? walk->cut_least : least;
	walk->cut = true;
	return walk->width;
}

/* The states of one task more, in the walk's list: those that may still lead to
 * at most 'most' within the cap. Returns their number. */
static size_t states_extend(const struct problem *p, struct beam *walk,
	size_t task, const struct state *old, size_t olds)
{
	const struct rest *rest = &walk->rest[task + 1];
	const struct costs *costs = &p->costs[task];
	size_t listed = 0;
	for (size_t s = 0; s < olds; s++)
		for (size_t i = 0; i < costs->points; i++) {
			const struct cost *cost = &costs->at[i];
			struct state now = {
				.value = old[s].value + cost->value,
				.weight = old[s].weight + cost->weight,
				.before = s,
				.point = i,
			};
			if (p->most_weight - now.weight < rest->least_weight)
				continue;
			now.least = rest_least(p, rest, now.value, now.weight);
			if (now.least > walk->most)
				continue;
			if (listed == STATES_MAX)
				listed = states_reduce(walk, listed);
			walk->list = arena_grow(&p->ctx->arena, walk->list,
				listed, &walk->room, listed + 1,
				sizeof *walk->list);
			walk->list[listed++] = now;
		}
	return states_reduce(walk, listed);
}

/* A choice within the cap by the hulls alone: steps until it fits, then back
 * over what it does without. */
static void greedy_choose(const struct problem *p, struct pick *out)
{
	*out = pick_first(p);
	for (size_t s = 0; s < p->steps && out->weight > p->most_weight; s++)
		pick_step(out, &p->step[s]);
	for (size_t n = 0; n < p->tasks; n++) {
		const struct cost *cost = p->costs[n].at;
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

/* The best of the choices that the walk comes to; false where there is none. */
static bool walk_choose(
	const struct problem *p, struct beam *walk, struct pick *out)
{
	struct arena *arena = &p->ctx->arena;
	struct state **list = arena_array(arena, p->tasks + 1, sizeof *list);
	size_t count = 1;
	list[0] = arena_alloc(arena, sizeof **list);
	for (size_t n = 0; n < p->tasks; n++) {
		count = states_extend(p, walk, n, list[n], count);
		list[n + 1] = arena_array(arena, count, sizeof **list);
		if (count)
			memcpy(list[n + 1], walk->list, count * sizeof **list);
	}
	if (!count)
		return false;
	const struct state *best = list[p->tasks];
	for (size_t i = 1; i < count; i++) {
		const struct state *now = &list[p->tasks][i];
		wide x = score(p, now->value, now->weight);
		wide y = score(p, best->value, best->weight);
		if (x < y || (x == y && now->weight < best->weight))
			best = now;
	}
	out->value = best->value;
	out->weight = best->weight;
	for (size_t n = p->tasks; n > 0; n--) {
		out->point[n - 1] = best->point;
		best = &list[n - 1][best->before];
	}
	return true;
}

/* Walks of growing width, each with what the one before it found, until nothing
 * better can have been left out. */
static void walks_choose(const struct problem *p, const struct rest *rest,
	struct pick *pick, struct network_choice *out)
{
	static const size_t widths[] = {1 << 7, 1 << 11, 1 << 15};
	struct beam walk = {.rest = rest};
	out->proven = false;
	for (size_t i = 0; i < sizeof widths / sizeof *widths && !out->proven;
		i++) {
		walk.most = pick_score(p, pick);
		walk.width = widths[i];
		walk.cut = false;
		walk_choose(p, &walk, pick);
		out->proven = !walk.cut || walk.cut_least > pick_score(p, pick);
	}
	/* Below it by more than a double's rounding. */
	if (!out->proven)
		out->bound = (double)walk.cut_least * (1 - 1e-15);
}

/* The best within a cap that the best vertex breaks. */
static bool within_choose(
	const struct problem *p, struct pick *pick, struct network_choice *out)
{
	struct rest *rest =
		arena_array(&p->ctx->arena, p->tasks + 1, sizeof *rest);
	for (size_t n = 0; n <= p->tasks; n++)
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
	walks_choose(p, rest, pick, out);
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
	out->pick = pick_points(&p, &pick);
	bool turned = goal->aim == AIM_CYCLES;
	out->energy_pj = turned ? pick.weight : pick.value;
	out->cycles = turned ? pick.value : pick.weight;
	return true;
}
