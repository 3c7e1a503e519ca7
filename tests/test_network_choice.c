/* Network choices against all choices, on random fronts and on real ones. */
#include "schedule/network_choice.h"

#include "tests/search_case.h"

#include "tests/cmocka.h"

#include <stdlib.h>
#include <string.h>

enum { NESTS = 4, POINTS = 6, FORMS = 3 };

struct network_case {
	struct distinct_nest nests[NESTS];
	struct nest_form forms[NESTS][FORMS];
	struct task tasks[NESTS];
	struct candidate front[NESTS][POINTS];
	struct search_result results[NESTS];
	struct network network;
};

/* Each nest a task of its own. */
static void tasks_alone(struct network_case *c)
{
	c->network.tasks = c->tasks;
	c->network.task_count = c->network.count;
	for (size_t n = 0; n < c->network.count; n++) {
		c->forms[n][0] = (struct nest_form){n, 1, false};
		c->tasks[n] = (struct task){.form_count = 1,
			.forms = c->forms[n],
			.runs = c->nests[n].instances};
	}
}

/* Up to three forms of any of the nests; one that fits no mapping at times. */
static void tasks_draw(struct random *r, struct network_case *c)
{
	tasks_alone(c);
	for (size_t t = 0; t < c->network.task_count; t++) {
		struct task *task = &c->tasks[t];
		size_t forms = (size_t)(1 + random_below(r, FORMS));
		for (; task->form_count < forms; task->form_count++)
			task->forms[task->form_count] = (struct nest_form){
				.nest = (size_t)random_below(
					r, (int64_t)c->network.count),
				.instances = PICK(r, 1, 1, 2, 3)};
	}
	if (c->network.count > 1 && c->tasks[0].form_count > 1 &&
		c->tasks[0].forms[1].nest > 0) {
		size_t n = c->tasks[0].forms[1].nest;
		for (size_t t = 0; t < c->network.task_count; t++)
			if (t == n && c->tasks[t].form_count == 1)
				return;
		bool spared = true;
		for (size_t t = 0; t < c->network.task_count; t++) {
			bool other = false;
			for (size_t f = 0; f < c->tasks[t].form_count; f++)
				other |= c->tasks[t].forms[f].nest != n;
			spared &= other;
		}
		if (spared) {
			c->results[n].feasible = false;
			c->results[n].front_count = 0;
		}
	}
}

/* Fronts of 1 to POINTS points; steps of few sizes, so that ties occur. */
static void case_draw(struct random *r, struct network_case *c)
{
	memset(c, 0, sizeof *c);
	c->network =
		(struct network){.count = (size_t)(1 + random_below(r, NESTS)),
			.nests = c->nests};
	for (size_t n = 0; n < c->network.count; n++) {
		int64_t pj = 1 + random_below(r, 40);
		int64_t cycles = 200 + random_below(r, 100);
		size_t points = (size_t)(1 + random_below(r, POINTS));
		/* 0: its costs are not the network's. */
		c->nests[n].instances = PICK(r, 0, 1, 1, 2, 5);
		c->results[n].feasible = true;
		c->results[n].front = c->front[n];
		c->results[n].front_count = points;
		c->results[n].front_proof.proven = true;
		for (size_t i = 0; i < points; i++) {
			c->front[n][i].estimate.energy_pj = (double)pj;
			c->front[n][i].estimate.cycles = cycles;
			pj += PICK(r, 1, 2, 4, 9, 30);
			cycles -= PICK(r, 1, 2, 4, 9, 30);
		}
	}
	tasks_draw(r, c);
}

static const enum network_aim aims[] = {AIM_EDP, AIM_ENERGY, AIM_CYCLES};

/* A choice's sums. */
struct total {
	int64_t pj, cycles;
	bool any;
};

static int64_t total_score(const struct total *t, enum network_aim aim)
{
	return aim == AIM_EDP       ? t->pj * t->cycles
		: aim == AIM_ENERGY ? t->pj
				    : t->cycles;
}

static bool total_within(const struct total *t, const struct network_goal *goal)
{
	return !goal->cap ||
		(goal->aim == AIM_CYCLES ? t->pj : t->cycles) <= goal->cap;
}

/* Less of the aim, then fewer cycles, then less energy. */
static bool total_better(
	const struct total *a, const struct total *b, enum network_aim aim)
{
	int64_t x = total_score(a, aim), y = total_score(b, aim);
	if (!b->any || x != y)
		return !b->any || x < y;
	return a->cycles != b->cycles ? a->cycles < b->cycles : a->pj < b->pj;
}

/* The best of all choices for tasks n and more. */
static void all_choices(const struct network_case *c, size_t n,
	struct total sum, const struct network_goal *goal, struct total *best)
{
	if (n == c->network.task_count) {
		sum.any = true;
		if (total_within(&sum, goal) &&
			total_better(&sum, best, goal->aim))
			*best = sum;
		return;
	}
	const struct task *task = &c->tasks[n];
	for (size_t f = 0; f < task->form_count; f++) {
		const struct search_result *r =
			&c->results[task->forms[f].nest];
		int64_t runs = task->runs * task->forms[f].instances;
		for (size_t i = 0; i < r->front_count; i++) {
			const struct estimate *e = &r->front[i].estimate;
			struct total with = {
				sum.pj + runs * (int64_t)e->energy_pj,
				sum.cycles + runs * e->cycles, false};
			all_choices(c, n + 1, with, goal, best);
		}
	}
}

/* The sums are those of the points. */
static void expect_choice(const struct network_case *c,
	const struct network_choice *choice, const struct total *best)
{
	int64_t pj = 0, cycles = 0;
	for (size_t n = 0; n < c->network.task_count; n++) {
		const struct network_pick *pick = &choice->pick[n];
		const struct task *task = &c->tasks[n];
		assert_true(pick->form < task->form_count);
		const struct search_result *r =
			&c->results[task->forms[pick->form].nest];
		assert_true(pick->point < r->front_count);
		const struct estimate *e = &r->front[pick->point].estimate;
		int64_t runs = task->runs * task->forms[pick->form].instances;
		pj += runs * (int64_t)e->energy_pj;
		cycles += runs * e->cycles;
	}
	assert_int_equal(choice->energy_pj, pj);
	assert_int_equal(choice->cycles, cycles);
	assert_int_equal(pj, best->pj);
	assert_int_equal(cycles, best->cycles);
	assert_true(choice->proven);
	assert_true(
		choice->bound == (double)total_score(best, choice->goal.aim));
}

static const struct loc loc = {.file = "model.onnx"};

static void choices_are_the_best_of_all(void **state)
{
	(void)state;
	struct random random = {0x9e3779b97f4a7c15u};
	static struct network_case c;
	int refused = 0;
	for (int i = 0; i < 6000; i++) {
		FILE *sink = fopen("/dev/null", "w");
		struct ctx ctx;
		ctx_init(&ctx, sink, NULL);
		case_draw(&random, &c);
		struct network_choice choice;
		struct network_goal goal = {.aim = aims[i % 3]};
		struct total best = {0}, within = {0};
		all_choices(&c, 0, (struct total){0}, &goal, &best);
		assert_true(network_choose(
			&ctx, &loc, &c.network, c.results, &goal, &choice));
		expect_choice(&c, &choice, &best);

		goal.cap = (goal.aim == AIM_CYCLES ? best.pj : best.cycles) -
			random_below(&random, 200) + 20;
		goal.cap = goal.cap < 1 ? 1 : goal.cap;
		all_choices(&c, 0, (struct total){0}, &goal, &within);
		bool found = network_choose(
			&ctx, &loc, &c.network, c.results, &goal, &choice);
		assert_int_equal(found, within.any);
		refused += !found;
		if (found)
			expect_choice(&c, &choice, &within);
		ctx_release(&ctx);
		fclose(sink);
	}
	assert_in_range(refused, 10, 4000);
}

enum { MANY = 40, MANY_POINTS = 8, MANY_CYCLES = 4000 };

/* The least energy of exactly c cycles, for all c, a nest after the other. */
static int64_t least_within(
	const struct candidate front[MANY][MANY_POINTS], int64_t cap)
{
	static int64_t least[MANY + 1][MANY_CYCLES];
	for (int n = 0; n <= MANY; n++)
		for (int c = 0; c < MANY_CYCLES; c++)
			least[n][c] = n || c ? INT64_MAX : 0;
	for (int n = 0; n < MANY; n++)
		for (int c = 0; c < MANY_CYCLES; c++)
			for (int i = 0; i < MANY_POINTS; i++) {
				const struct estimate *e =
					&front[n][i].estimate;
				int64_t now = c + e->cycles;
				if (least[n][c] == INT64_MAX ||
					now >= MANY_CYCLES)
					continue;
				int64_t pj =
					least[n][c] + (int64_t)e->energy_pj;
				if (pj < least[n + 1][now])
					least[n + 1][now] = pj;
			}
	int64_t best = INT64_MAX;
	for (int c = 0; c <= cap; c++)
		best = least[MANY][c] < best ? least[MANY][c] : best;
	return best;
}

/* Too many nests to try all choices, and about equally good ones by the
 * thousand. */
static void many_nests_within_cycles(void **state)
{
	(void)state;
	static struct candidate front[MANY][MANY_POINTS];
	static struct distinct_nest nests[MANY];
	static struct search_result results[MANY];
	static struct nest_form forms[MANY];
	static struct task tasks[MANY];
	const struct network network = {.count = MANY,
		.nests = nests,
		.task_count = MANY,
		.tasks = tasks};
	struct random random = {0x2545f4914f6cdd1du};
	for (int k = 0; k < 20; k++) {
		int64_t most = 0, fewest = 0;
		for (int n = 0; n < MANY; n++) {
			int64_t pj = 1000 + random_below(&random, 1000);
			int64_t cycles = 70 + random_below(&random, 20);
			most += cycles;
			for (int i = 0; i < MANY_POINTS; i++) {
				front[n][i].estimate.energy_pj = (double)pj;
				front[n][i].estimate.cycles = cycles;
				pj += 1 + random_below(&random, 1000);
				cycles -= 1 + random_below(&random, 9);
			}
			fewest += front[n][MANY_POINTS - 1].estimate.cycles;
			nests[n].instances = 1;
			forms[n] = (struct nest_form){(size_t)n, 1, false};
			tasks[n] = (struct task){1, &forms[n], 1};
			results[n] = (struct search_result){.feasible = true,
				.front = front[n],
				.front_count = MANY_POINTS,
				.front_proof.proven = true};
		}
		const struct network_goal goal = {.aim = AIM_ENERGY,
			.cap = fewest + random_below(&random, most - fewest)};
		struct ctx ctx;
		ctx_init(&ctx, stderr, NULL);
		struct network_choice choice;
		assert_true(network_choose(
			&ctx, &loc, &network, results, &goal, &choice));
		assert_true(choice.proven);
		assert_true(choice.cycles <= goal.cap);
		assert_int_equal(
			choice.energy_pj, least_within(front, goal.cap));
		ctx_release(&ctx);
	}
}

/* One nest of instances and points of {pJ, cycles}. */
static void case_one(struct network_case *c, int64_t instances, int points,
	const int64_t (*point)[2])
{
	memset(c, 0, sizeof *c);
	c->network = (struct network){.count = 1, .nests = c->nests};
	c->nests[0].instances = instances;
	tasks_alone(c);
	c->results[0].feasible = true;
	c->results[0].front = c->front[0];
	c->results[0].front_count = (size_t)points;
	c->results[0].front_proof.proven = true;
	for (int i = 0; i < points; i++) {
		c->front[0][i].estimate.energy_pj = (double)point[i][0];
		c->front[0][i].estimate.cycles = point[i][1];
	}
}

/* An optimum that no hull vertex is: within 150 cycles the middle point, above
 * the line between its neighbours, is the cheapest, and within 180 pJ the
 * fastest. */
static void optimum_between_the_vertices(void **state)
{
	(void)state;
	static struct network_case c;
	static const int64_t points[3][2] = {
		{100, 200},
		{180, 150},
		{200, 100},
	};
	static const struct {
		struct network_goal goal;
		size_t point;
	} cases[] = {
		{{AIM_ENERGY, 150}, 1},
		{{AIM_ENERGY, 149}, 2},
		{{AIM_ENERGY, 200}, 0},
		{{AIM_CYCLES, 180}, 1},
		{{AIM_CYCLES, 179}, 0},
 /* 100 x 200 and 200 x 100: of equals the faster. */
		{{AIM_EDP, 0},      2},
	};
	case_one(&c, 1, 3, points);
	struct ctx ctx;
	ctx_init(&ctx, stderr, NULL);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct network_choice choice;
		assert_true(network_choose(&ctx, &loc, &c.network, c.results,
			&cases[i].goal, &choice));
		assert_int_equal(choice.pick[0].point, cases[i].point);
	}
	ctx_release(&ctx);
}

/* Two nests of two points each; the second one's step is as steep as the
 * first's, so that the two make one edge. */
static void the_hull_has_no_points_inside_edges(void **state)
{
	(void)state;
	static struct network_case c;
	static const int64_t points[2][2] = {
		{10, 90},
		{20, 70},
	};
	case_one(&c, 1, 2, points);
	c.network.count = 2;
	c.nests[1].instances = 3;
	c.results[1] = c.results[0];
	tasks_alone(&c);
	struct ctx ctx;
	ctx_init(&ctx, stderr, NULL);
	struct network_vertex *vertex;
	size_t count;
	assert_true(network_hull(
		&ctx, &loc, &c.network, c.results, &vertex, &count));
	assert_int_equal(count, 2);
	assert_int_equal(vertex[0].energy_pj, 10 + 3 * 10);
	assert_int_equal(vertex[0].cycles, 90 + 3 * 90);
	assert_int_equal(vertex[1].energy_pj, 20 + 3 * 20);
	assert_int_equal(vertex[1].cycles, 70 + 3 * 70);
	assert_int_equal(vertex[0].pick[1].point, 0);
	assert_int_equal(vertex[1].pick[1].point, 1);
	ctx_release(&ctx);
}

/* What is said names the least that is attainable. */
static void caps_below_the_least_are_refused(void **state)
{
	(void)state;
	static struct network_case c;
	static const int64_t points[2][2] = {
		{10, 90},
		{20, 70},
	};
	static const struct {
		struct network_goal goal;
		const char *says;
	} cases[] = {
		{{AIM_ENERGY, 139}, "at least 140 cycles, more than the 139"},
		{{AIM_EDP, 1},      "at least 140 cycles, more than the 1 " },
		{{AIM_CYCLES, 19},  "at least 20 pJ, more than the 19 "     },
	};
	case_one(&c, 2, 2, points);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char *text;
		size_t length;
		FILE *messages = open_memstream(&text, &length);
		struct ctx ctx;
		ctx_init(&ctx, messages, NULL);
		struct network_choice choice;
		assert_false(network_choose(&ctx, &loc, &c.network, c.results,
			&cases[i].goal, &choice));
		fclose(messages);
		if (!strstr(text, cases[i].says) ||
			strncmp(text, "model.onnx: error: ", 19) != 0)
			fail_msg("'%s' in '%s'", cases[i].says, text);
		free(text);
		ctx_release(&ctx);
	}
}

static void sums_that_do_not_fit_are_refused(void **state)
{
	(void)state;
	static struct network_case c;
	static const int64_t points[1][2] = {
		{1000000000000000, 1}
        };
	case_one(&c, (int64_t)1 << 40, 1, points);
	FILE *sink = fopen("/dev/null", "w");
	struct ctx ctx;
	ctx_init(&ctx, sink, NULL);
	struct network_choice choice;
	const struct network_goal goal = {.aim = AIM_EDP};
	assert_false(network_choose(
		&ctx, &loc, &c.network, c.results, &goal, &choice));
	assert_int_equal(ctx.errors, 1);
	ctx_release(&ctx);
	fclose(sink);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(choices_are_the_best_of_all),
		cmocka_unit_test(many_nests_within_cycles),
		cmocka_unit_test(optimum_between_the_vertices),
		cmocka_unit_test(the_hull_has_no_points_inside_edges),
		cmocka_unit_test(caps_below_the_least_are_refused),
		cmocka_unit_test(sums_that_do_not_fit_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
