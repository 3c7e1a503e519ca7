/* The seed's search: its own results on its own spaces (rows are runs of the
 * original program on the default machine), and where it gives up. */
#include "mapper/search.h"

#include "oracle/search_brute.h"
#include "tests/cmocka.h"

struct row {
	const char *name;
	struct nest nest;
	bool relax;
	int64_t evaluated, relaxations;
	double edp, pj, cycles;
};

static struct nest conv(
	int64_t m, int64_t c, int64_t in, int64_t filter, int64_t stride)
{
	return nest_conv(1, m, c, (int64_t[]){in, in},
		(int64_t[]){filter, filter}, (int64_t[]){stride, stride},
		(int64_t[]){1, 1});
}

static struct search_options automatic(void)
{
	return (struct search_options){.rule = BURST_COMPAT,
		.limits = limits_auto(),
		.pruned = {.exhaustive = search_brute,
			.relax = true,
			.least = AUTO_LEAST}};
}

static void the_seeds_results(void **state)
{
	(void)state;
	const struct row rows[] = {
  /* enough at once */
		{"conv4",   conv(256,    256,  16,   3,     1),     true,  1078, 0,
                 436676274446592.0,    640257372,  638848  },
 /* one step; quirk 1 (16 is not 1 more than a multiple of 2) */
		{"conv5_1", conv(512,    256,  16,   3,     2),     true,  191,  1,
                 629265407409728.0,    516282414,  1190336 },
		{"conv5_2", conv(512,    512,  9,    3,     1),     true,  192,  1,
                 2436225405852800.0,   996518236,  2365184 },
 /* the prunes go at the sixth step */
		{"fc6",     nest_gemm(1, 4096, 4096, false, false), true,  923,  6,
                 6.179834451062688e16, 3683454321, 16777248},
 /* without relaxing */
		{"limits",  conv(512,    512,  9,    3,     1),     false, 57,   0,
                 2436225405852800.0,   -1,         -1      },
	};
	const struct arch arch = arch_default();
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct ctx ctx;
		struct search_result r;
		struct search_options options = automatic();
		ctx_init(&ctx, stderr, NULL);
		if (!rows[i].relax) {
			options.pruned.relax = false;
			options.pruned.least = 0;
		}
		assert_true(search_pruned(
			&ctx, &rows[i].nest, &arch, &options, &r));
		assert_true(r.feasible);
		assert_int_equal(r.evaluated, rows[i].evaluated);
		assert_int_equal(r.relaxations, rows[i].relaxations);
		const struct best *b = r.best;
		assert_true(b[OBJ_EDP].winner.estimate.edp == rows[i].edp);
		if (rows[i].pj >= 0) {
			assert_true(b[OBJ_ENERGY].winner.estimate.energy_pj ==
				rows[i].pj);
			assert_true(
				(double)b[OBJ_CYCLES].winner.estimate.cycles ==
				rows[i].cycles);
		}
		for (int o = 0; o < OBJ_COUNT; o++)
			assert_false(b[o].proof.proven);
		ctx_release(&ctx);
	}
}

static void it_gives_up(void **state)
{
	(void)state;
	struct ctx ctx;
	struct search_result r;
	const struct arch arch = arch_default();
	const struct nest nest = conv(512, 512, 9, 3, 1);
	struct search_options options = automatic();
	ctx_init(&ctx, stderr, NULL);

	/* The space holds 57. */
	options.pruned.relax = false;
	options.pruned.least = 58;
	assert_true(search_pruned(&ctx, &nest, &arch, &options, &r));
	assert_false(r.feasible);
	assert_int_equal(r.evaluated, 57);
	options.pruned.least = 57;
	assert_true(search_pruned(&ctx, &nest, &arch, &options, &r));
	assert_true(r.feasible);

	/* One multiplication uses one PE: eight steps, the last one fails. */
	const struct nest one = nest_gemm(1, 1, 1, false, false);
	options = automatic();
	assert_true(search_pruned(&ctx, &one, &arch, &options, &r));
	assert_false(r.feasible);
	assert_int_equal(r.relaxations, 7);
	ctx_release(&ctx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_seeds_results),
		cmocka_unit_test(it_gives_up),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
