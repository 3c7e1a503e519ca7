/* The Pareto set that points make one by one, against its definition: the
 * points that no other one dominates, each against each. */
#include "dse/pareto.h"

#include "tests/cmocka.h"
#include "tests/search_case.h"

#include <string.h>

enum { POINTS_MAX = 60, ROUNDS = 400 };

/* At most all along, below somewhere: written out for one pair. */
static bool is_worse(unsigned set, const double *a, const double *b)
{
	int above = 0, below = 0;
	for (int m = 0; m < METRIC_COUNT; m++)
		if (set >> m & 1) {
			above += a[m] > b[m];
			below += a[m] < b[m];
		}
	return above > 0 && below == 0;
}

static void domination_of_two(void **state)
{
	(void)state;
	enum { E = 1 << METRIC_ENERGY, C = 1 << METRIC_CYCLES };
	static const struct {
		unsigned set;
		double a[2], b[2]; /* energy, cycles */
		bool dominates;
	} rows[] = {
		{E | C, {1, 1}, {2, 2}, true },
		{E | C, {1, 2}, {2, 2}, true },
		{E | C, {2, 2}, {2, 2}, false},
		{E | C, {1, 3}, {2, 2}, false},
		{E | C, {2, 2}, {1, 1}, false},
		{E,     {1, 3}, {2, 2}, true },
		{C,     {1, 3}, {2, 2}, false},
		{0,     {1, 1}, {2, 2}, false},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		double a[METRIC_COUNT] = {0}, b[METRIC_COUNT] = {0};
		a[METRIC_ENERGY] = rows[i].a[0];
		a[METRIC_CYCLES] = rows[i].a[1];
		b[METRIC_ENERGY] = rows[i].b[0];
		b[METRIC_CYCLES] = rows[i].b[1];
		if (metrics_dominate(rows[i].set, a, b) != rows[i].dominates)
			fail_msg("row %zu", i);
	}
}

/* Few distinct values make ties of every kind; a set of one metric, of all of
 * them, and of any in between. */
static void random_points(void **state)
{
	(void)state;
	struct random r = {.state = 20};
	for (int round = 0; round < ROUNDS; round++) {
		static double points[POINTS_MAX][METRIC_COUNT];
		struct pareto_point kept[POINTS_MAX];
		size_t count = 1 + (size_t)random_below(&r, POINTS_MAX);
		int64_t values = PICK(&r, 1, 2, 4, 1000);
		struct pareto front = {.metrics = 1 +
				(unsigned)random_below(
					&r, (1 << METRIC_COUNT) - 1),
			.points = kept};
		for (size_t i = 0; i < count; i++)
			for (int m = 0; m < METRIC_COUNT; m++)
				points[i][m] = (double)random_below(&r, values);
		/* Designs come in any order: here from the last to the first,
		 * or the other way. */
		bool backward = random_below(&r, 2);
		for (size_t i = 0; i < count; i++) {
			size_t at = backward ? count - 1 - i : i;
			pareto_add(&front, at, points[at]);
		}
		pareto_sort(&front);

		size_t wanted = 0;
		for (size_t i = 0; i < count; i++) {
			bool dominated = false;
			for (size_t k = 0; k < count; k++)
				dominated |= is_worse(
					front.metrics, points[i], points[k]);
			assert_int_equal(
				pareto_dominates(&front, points[i]), dominated);
			if (dominated)
				continue;
			assert_true(wanted < front.count);
			assert_int_equal(front.points[wanted].design, i);
			assert_memory_equal(front.points[wanted].metric,
				points[i], sizeof points[i]);
			wanted++;
		}
		assert_int_equal(front.count, wanted);
	}
}

/* A metric that a design does not have (NaN) puts nothing off the front. */
static void a_metric_without_value(void **state)
{
	(void)state;
	const double with[METRIC_COUNT] = {1, 1, 1, 1, 1};
	double without[METRIC_COUNT] = {2, 2, 2, 2, 2};
	without[METRIC_POWER] = 0.0 / 0.0;
	assert_true(metrics_dominate(1u << METRIC_ENERGY, with, without));
	assert_false(metrics_dominate((1u << METRIC_COUNT) - 1, with, without));
	assert_false(metrics_dominate((1u << METRIC_COUNT) - 1, without, with));
}

static void names_and_units(void **state)
{
	(void)state;
	assert_string_equal(metric_name(METRIC_EDP), "edp");
	assert_string_equal(metric_unit(METRIC_CYCLES), "");
	for (int m = 0; m < METRIC_COUNT; m++) {
		assert_non_null(metric_unit((enum metric)m));
		for (int k = 0; k < m; k++)
			assert_string_not_equal(metric_name((enum metric)m),
				metric_name((enum metric)k));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(domination_of_two),
		cmocka_unit_test(random_points),
		cmocka_unit_test(a_metric_without_value),
		cmocka_unit_test(names_and_units),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
