/* Network choices against all choices, on random fronts and on real ones. */
#include "mapper/network_choice.h"

#include "tests/search_case.h"

#include "tests/cmocka.h"

#include <stdlib.h>
#include <string.h>

enum { NESTS = 4, POINTS = 6 };

struct network_case {
	struct distinct_nest nests[NESTS];
	struct candidate front[NESTS][POINTS];
	struct search_result results[NESTS];
	struct network network;
};

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
		c->nests[n].instances = PICK(r, 1, 1, 2, 5);
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
}

/* The best of all choices: least value, then fewest cycles, then least energy.
 * max_cycles 0: of the product; else: of the energy within. */
struct total {
	int64_t pj, cycles;
	bool any;
};

static bool total_better(
	const struct total *a, const struct total *b, int64_t max_cycles)
{
	int64_t x = max_cycles ? a->pj : a->pj * a->cycles;
	int64_t y = max_cycles ? b->pj : b->pj * b->cycles;
	if (!b->any || x != y)
		return !b->any || x < y;
	return a->cycles < b->cycles;
}

static void all_choices(const struct network_case *c, size_t n,
	struct total sum, int64_t max_cycles, struct total *best)
{
	if (n == c->network.count) {
		sum.any = true;
		if ((!max_cycles || sum.cycles <= max_cycles) &&
			total_better(&sum, best, max_cycles))
			*best = sum;
		return;
	}
	int64_t runs = c->nests[n].instances;
	for (size_t i = 0; i < c->results[n].front_count; i++) {
		const struct estimate *e = &c->results[n].front[i].estimate;
		struct total with = {sum.pj + runs * (int64_t)e->energy_pj,
			sum.cycles + runs * e->cycles, false};
		all_choices(c, n + 1, with, max_cycles, best);
	}
}

/* The sums are those of the points. */
static void expect_choice(const struct network_case *c,
	const struct network_choice *choice, const struct total *best)
{
	int64_t pj = 0, cycles = 0;
	for (size_t n = 0; n < c->network.count; n++) {
		assert_true(choice->point[n] < c->results[n].front_count);
		const struct estimate *e =
			&c->results[n].front[choice->point[n]].estimate;
		pj += c->nests[n].instances * (int64_t)e->energy_pj;
		cycles += c->nests[n].instances * e->cycles;
	}
	assert_int_equal(choice->energy_pj, pj);
	assert_int_equal(choice->cycles, cycles);
	assert_int_equal(pj, best->pj);
	assert_int_equal(cycles, best->cycles);
	assert_true(choice->proven);
}

static void choices_are_the_best_of_all(void **state)
{
	(void)state;
	struct random random = {0x9e3779b97f4a7c15u};
	static struct network_case c;
	int refused = 0;
	for (int i = 0; i < 3000; i++) {
		FILE *sink = fopen("/dev/null", "w");
		struct ctx ctx;
		ctx_init(&ctx, sink, NULL);
		case_draw(&random, &c);
		struct network_choice choice;
		struct total best = {0}, within = {0};
		all_choices(&c, 0, (struct total){0}, 0, &best);
		assert_true(choose_network_edp(
			&ctx, &c.network, c.results, &choice));
		expect_choice(&c, &choice, &best);

		int64_t max_cycles =
			best.cycles + random_below(&random, 200) - 100;
		max_cycles = max_cycles < 1 ? 1 : max_cycles;
		all_choices(&c, 0, (struct total){0}, max_cycles, &within);
		bool found = choose_within_cycles(
			&ctx, &c.network, c.results, max_cycles, &choice);
		assert_int_equal(found, within.any);
		refused += !found;
		if (found) {
			expect_choice(&c, &choice, &within);
			assert_int_equal(choice.bound_pj, within.pj);
		}
		ctx_release(&ctx);
		fclose(sink);
	}
	assert_in_range(refused, 10, 2000);
}

/* An optimum that no hull vertex is: within 150 cycles the middle point, above
 * the line between its neighbours, is the cheapest. */
static void optimum_between_the_vertices(void **state)
{
	(void)state;
	static struct network_case c;
	static const int64_t points[3][2] = {
		{100, 200},
                {180, 150},
                {200, 100}
        };
	c.network = (struct network){.count = 1, .nests = c.nests};
	c.nests[0].instances = 1;
	c.results[0].front = c.front[0];
	c.results[0].front_count = 3;
	c.results[0].front_proof.proven = true;
	for (int i = 0; i < 3; i++) {
		c.front[0][i].estimate.energy_pj = (double)points[i][0];
		c.front[0][i].estimate.cycles = points[i][1];
	}
	struct ctx ctx;
	ctx_init(&ctx, stderr, NULL);
	struct network_choice choice;
	assert_true(choose_within_cycles(
		&ctx, &c.network, c.results, 150, &choice));
	assert_int_equal(choice.point[0], 1);
	assert_int_equal(choice.energy_pj, 180);
	assert_true(choose_network_edp(&ctx, &c.network, c.results, &choice));
	/* 100 x 200 and 200 x 100: of equals the faster. */
	assert_int_equal(choice.point[0], 2);
	ctx_release(&ctx);
}

static void sums_that_do_not_fit_are_refused(void **state)
{
	(void)state;
	static struct network_case c;
	c.network = (struct network){.count = 1, .nests = c.nests};
	c.nests[0].instances = (int64_t)1 << 40;
	c.results[0].front = c.front[0];
	c.results[0].front_count = 1;
	c.front[0][0].estimate.energy_pj = 1e15;
	c.front[0][0].estimate.cycles = 1;
	FILE *sink = fopen("/dev/null", "w");
	struct ctx ctx;
	ctx_init(&ctx, sink, NULL);
	struct network_choice choice;
	assert_false(choose_network_edp(&ctx, &c.network, c.results, &choice));
	assert_int_equal(ctx.errors, 1);
	ctx_release(&ctx);
	fclose(sink);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(choices_are_the_best_of_all),
		cmocka_unit_test(optimum_between_the_vertices),
		cmocka_unit_test(sums_that_do_not_fit_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
