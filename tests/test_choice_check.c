/* Checking network choices against all choices of random tasks. */
#include "oracle/choice_check.h"

#include "tests/cmocka.h"
#include "tests/search_case.h"

#include <stdlib.h>
#include <string.h>

enum { TASKS = 5, POINTS = 5 };

struct choice_case {
	size_t count;
	struct choice_task tasks[TASKS];
	struct choice_point points[TASKS][POINTS];
	struct network_goal goal;
};

static void case_draw(struct random *r, struct choice_case *c)
{
	memset(c, 0, sizeof *c);
	c->count = (size_t)(1 + random_below(r, TASKS));
	int64_t scale = PICK(r, 1, 1, 1000003, (int64_t)1 << 40);
	for (size_t t = 0; t < c->count; t++) {
		size_t count = (size_t)(1 + random_below(r, POINTS));
		c->tasks[t] = (struct choice_task){count, c->points[t]};
		for (size_t i = 0; i < count; i++)
			c->points[t][i] = (struct choice_point){
				scale * (1 + random_below(r, 60)),
				1 + random_below(r, 60)};
	}
	c->goal.aim = (enum network_aim)random_below(r, 3);
	if (random_below(r, 4)) {
		c->goal.cap = 1 + random_below(r, 60 * (int64_t)c->count);
		if (c->goal.aim == AIM_CYCLES)
			c->goal.cap *= scale;
	}
}

static bool is_within(const struct choice_case *c, struct choice_point p)
{
	int64_t weight = c->goal.aim == AIM_CYCLES ? p.energy_pj : p.cycles;
	return !c->goal.cap || weight <= c->goal.cap;
}

static double value_of(const struct choice_case *c, struct choice_point p)
{
	return c->goal.aim == AIM_EDP ? (double)p.energy_pj * (double)p.cycles
		: c->goal.aim == AIM_ENERGY ? (double)p.energy_pj
					    : (double)p.cycles;
}

/* The best and the worst of all choices within the cap; false: there is none.
 */
static bool choices_all(const struct choice_case *c, struct choice_point *best,
	struct choice_point *worst)
{
	size_t total = 1;
	bool any = false;
	for (size_t t = 0; t < c->count; t++)
		total *= c->tasks[t].count;
	for (size_t n = 0; n < total; n++) {
		struct choice_point sum = {0, 0};
		size_t rest = n;
		for (size_t t = 0; t < c->count; t++) {
			const struct choice_point *p =
				&c->points[t][rest % c->tasks[t].count];
			rest /= c->tasks[t].count;
			sum.energy_pj += p->energy_pj;
			sum.cycles += p->cycles;
		}
		if (!is_within(c, sum))
			continue;
		if (!any || value_of(c, sum) < value_of(c, *best))
			*best = sum;
		if (!any || value_of(c, sum) > value_of(c, *worst))
			*worst = sum;
		any = true;
	}
	return any;
}

static void best_is_confirmed_and_all_else_refuted(void **state)
{
	(void)state;
	enum { CASES = 20000 };
	size_t feasible = 0, refuted = 0;
	for (uint64_t seed = 1; seed <= CASES; seed++) {
		struct random random = {seed * 0x2545f4914f6cdd1du};
		struct choice_case c;
		struct choice_point best = {0}, worst = {0}, better;
		struct ctx ctx;
		case_draw(&random, &c);
		if (!choices_all(&c, &best, &worst))
			continue;
		ctx_init(&ctx, stderr, NULL);
		feasible++;
		if (choice_check(&ctx, &c.goal, c.count, c.tasks, &best, NULL,
			    &better) != VERDICT_BOUNDS)
			fail_msg("case %llu: the best is not confirmed",
				(unsigned long long)seed);
		if (value_of(&c, worst) > value_of(&c, best)) {
			refuted++;
			if (choice_check(&ctx, &c.goal, c.count, c.tasks,
				    &worst, NULL, &better) != VERDICT_REFUTED)
				fail_msg("case %llu: the worst is not refuted",
					(unsigned long long)seed);
			assert_true(is_within(&c, better));
			assert_true(value_of(&c, better) < value_of(&c, worst));
		}
		/* One unit more than the best. */
		struct choice_point more = best;
		if (c.goal.aim == AIM_CYCLES)
			more.cycles++;
		else
			more.energy_pj++;
		assert_int_equal(choice_check(&ctx, &c.goal, c.count, c.tasks,
					 &more, NULL, &better),
			VERDICT_REFUTED);
		ctx_release(&ctx);
	}
	assert_true(feasible > CASES / 2 && refuted > CASES / 3);
}

/* The sums of all choices. */
static size_t sums_all(const struct choice_case *c, struct choice_point *sum)
{
	size_t count = 1;
	sum[0] = (struct choice_point){0, 0};
	for (size_t t = 0; t < c->count; t++) {
		size_t before = count;
		for (size_t i = 1; i < c->tasks[t].count; i++)
			for (size_t n = 0; n < before; n++, count++)
				sum[count] = (struct choice_point){
					sum[n].energy_pj +
						c->points[t][i].energy_pj,
					sum[n].cycles + c->points[t][i].cycles};
		for (size_t n = 0; n < before; n++) {
			sum[n].energy_pj += c->points[t][0].energy_pj;
			sum[n].cycles += c->points[t][0].cycles;
		}
	}
	return count;
}

static int by_energy(const void *a, const void *b)
{
	const struct choice_point *x = a, *y = b;
	if (x->energy_pj != y->energy_pj)
		return x->energy_pj < y->energy_pj ? -1 : 1;
	return (x->cycles > y->cycles) - (x->cycles < y->cycles);
}

/* Corners of the lower left hull of points of rising energy, in place. */
static size_t hull_of(struct choice_point *p, size_t count)
{
	size_t kept = 0;
	for (size_t i = 0; i < count; i++) {
		if (kept && p[i].cycles >= p[kept - 1].cycles)
			continue;
		for (; kept > 1; kept--) {
			const struct choice_point *a = &p[kept - 2];
			const struct choice_point *b = &p[kept - 1];
			double fall = (double)(a->cycles - b->cycles) *
				(double)(p[i].energy_pj - a->energy_pj);
			double all = (double)(a->cycles - p[i].cycles) *
				(double)(b->energy_pj - a->energy_pj);
			if (fall > all)
				break;
		}
		p[kept++] = p[i];
	}
	return kept;
}

static void hulls_are_told_from_others(void **state)
{
	(void)state;
	enum { CASES = 5000, SUMS = 3125 };
	static struct choice_point sum[SUMS];
	size_t inner = 0;
	for (uint64_t seed = 1; seed <= CASES; seed++) {
		struct random random = {seed * 0x2545f4914f6cdd1du};
		struct choice_case c;
		struct ctx ctx;
		case_draw(&random, &c);
		size_t count = sums_all(&c, sum);
		qsort(sum, count, sizeof *sum, by_energy);
		count = hull_of(sum, count);
		ctx_init(&ctx, stderr, NULL);
		if (!hull_check(&ctx, c.count, c.tasks, count, sum))
			fail_msg("case %llu: a hull is none",
				(unsigned long long)seed);
		sum[count - 1].cycles--;
		assert_false(hull_check(&ctx, c.count, c.tasks, count, sum));
		sum[count - 1].cycles++;
		assert_false(
			hull_check(&ctx, c.count, c.tasks, count - 1, sum));
		if (count > 2) {
			inner++;
			memmove(&sum[1], &sum[2], (count - 2) * sizeof *sum);
			assert_false(hull_check(
				&ctx, c.count, c.tasks, count - 1, sum));
		}
		ctx_release(&ctx);
	}
	assert_true(inner > CASES / 4);
}

/* A choice beyond the cap, sums that leave 61 bits, and no time. */
static void others_are_not_confirmed(void **state)
{
	(void)state;
	static const volatile sig_atomic_t now = 1;
	static const struct search_stop stop = {.requested = &now};
	const struct choice_point points[] = {
		{10, 20},
		{20, 10},
	};
	/* clang-format off */
	const struct choice_point large[] = {
		{INT64_MAX, 1},
		{1,         INT64_MAX},
	};
	/* clang-format on */
	const struct choice_task tasks[] = {
		{2, points},
		{2, points},
	};
	const struct choice_task huge[] = {
		{2, large},
		{2, large},
	};
	const struct network_goal goal = {AIM_ENERGY, 30};
	const struct choice_point beyond = {20, 40}, best = {30, 30};
	struct choice_point better;
	struct ctx ctx;
	ctx_init(&ctx, stderr, NULL);
	assert_int_equal(
		choice_check(&ctx, &goal, 2, tasks, &beyond, NULL, &better),
		VERDICT_REFUTED);
	assert_int_equal(
		choice_check(&ctx, &goal, 2, huge, &best, NULL, &better),
		VERDICT_OPEN);
	assert_int_equal(
		choice_check(&ctx, &goal, 2, tasks, &best, &stop, &better),
		VERDICT_OPEN);
	assert_int_equal(
		choice_check(&ctx, &goal, 2, tasks, &best, NULL, &better),
		VERDICT_BOUNDS);
	ctx_release(&ctx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(best_is_confirmed_and_all_else_refuted),
		cmocka_unit_test(hulls_are_told_from_others),
		cmocka_unit_test(others_are_not_confirmed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
