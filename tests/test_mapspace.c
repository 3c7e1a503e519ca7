/* Sizes of mapspaces, against listing every tiling. */
#include "mapper/mapspace.h"

#include "oracle/search_brute.h"
#include "tests/cmocka.h"
#include "tests/search_case.h"

/* The tilings with the factors of loops before l, of all and of those that
 * fit. */
static void list_tilings(const struct nest *nest, const struct arch *arch,
	const struct limits *limits, int l, struct tiling *t, int64_t count[2])
{
	if (l == LOOP_COUNT) {
		count[0]++;
		count[1] += tiling_fits_spatial(nest, arch, t, limits) &&
			tiling_fits_rf(nest, arch, t, limits) &&
			tiling_fits_spm(nest, arch, t, limits) &&
			tiling_fits_dram(nest, t, limits) &&
			tiling_fits_factors(nest, t, limits) &&
			tiling_fits_dataflow(arch, nest, t);
		return;
	}
	int64_t bound = nest->bound[l];
	for (int64_t a = 1; a <= bound; a++)
		for (int64_t b = 1; bound % a == 0 && a * b <= bound; b++)
			for (int64_t c = 1;
				bound % (a * b) == 0 && a * b * c <= bound;
				c++) {
				if (bound % (a * b * c))
					continue;
				t->factor[SLOT_DRAM][l] = a;
				t->factor[SLOT_SPM][l] = b;
				t->factor[SLOT_RF][l] = c;
				t->factor[SLOT_SPATIAL][l] = bound / a / b / c;
				list_tilings(
					nest, arch, limits, l + 1, t, count);
			}
}

static void counts_equal_listing(void **state)
{
	(void)state;
	enum { CASES = 800, TILINGS = 20000 };
	int some = 0;
	for (uint64_t seed = 1; seed <= CASES; seed++) {
		struct random random = {seed * 0x9e3779b97f4a7c15u};
		struct nest nest = random_nest(&random);
		while (tilings_of(&nest) > TILINGS)
			nest = random_nest(&random);
		struct arch arch = random_arch(&random);
		struct limits limits = {0};
		if (seed % 3)
			limits = random_limits(&random);
		if (seed % 4 > 1)
			random_constraints(&random, &nest, &limits);
		if (seed > CASES / 2) {
			random_dataflow(&random, &arch);
			for (int v = 0; v < SEED_ORDERED; v++)
				limits.ordered[v] = false;
		}

		struct ctx ctx;
		struct mapspace space;
		struct tiling tiling = tiling_none;
		int64_t count[2] = {0, 0};
		ctx_init(&ctx, stderr, NULL);
		list_tilings(&nest, &arch, &limits, 0, &tiling, count);
		assert_true(mapspace_count(
			&ctx, &nest, &arch, &limits, TILES_PERFECT, &space));
		if (space.tilings != count[0] || space.tilings_fit != count[1])
			fail_msg("case %llu, %s: counted %lld of %lld, listed "
				 "%lld of %lld",
				(unsigned long long)seed,
				nest_text(&ctx, &nest),
				(long long)space.tilings_fit,
				(long long)space.tilings, (long long)count[1],
				(long long)count[0]);
		some += count[1] > 0;
		ctx_release(&ctx);
	}
	assert_true(some > CASES / 4);
}

/* The exhaustive search costs what is counted. */
static void counts_equal_brute(void **state)
{
	(void)state;
	enum { CASES = 100, TILINGS = 50000 };
	for (uint64_t seed = 1; seed <= CASES; seed++) {
		struct random random = {seed * 0xd1342543de82ef95u};
		struct nest nest = random_nest(&random);
		while (tilings_of(&nest) > TILINGS)
			nest = random_nest(&random);
		struct arch arch = random_arch(&random);
		struct search_options options = {0};
		if (seed % 2)
			options.limits = random_limits(&random);
		if (seed % 3 == 0)
			random_dataflow(&random, &arch);
		if (seed % 5 == 0)
			random_ports(&random, &arch);

		struct ctx ctx;
		struct mapspace space;
		struct search_result result;
		ctx_init(&ctx, stderr, NULL);
		assert_true(
			search_brute(&ctx, &nest, &arch, &options, &result));
		assert_true(mapspace_count(&ctx, &nest, &arch, &options.limits,
			TILES_PERFECT, &space));
		assert_int_equal(space.tilings_fit, result.evaluated);
		ctx_release(&ctx);
	}
}

/* The same with padded tiles, and all of them against walking the factors. */
static void padded_counts_equal_brute(void **state)
{
	(void)state;
	enum { CASES = 400, TILINGS = 50000 };
	int some = 0;
	for (uint64_t seed = 1; seed <= CASES; seed++) {
		struct random random = {seed * 0xd1342543de82ef95u};
		struct nest nest = random_odd_nest(&random);
		while (padded_tilings_of(&nest) > TILINGS)
			nest = random_odd_nest(&random);
		struct arch arch = random_arch(&random);
		struct search_options options = {.tiles = TILES_PADDED};
		if (seed % 3)
			options.limits = random_limits(&random);
		if (seed % 4 > 1)
			random_constraints(&random, &nest, &options.limits);
		if (seed % 5 > 2) {
			random_dataflow(&random, &arch);
			for (int v = 0; v < SEED_ORDERED; v++)
				options.limits.ordered[v] = false;
		}

		struct ctx ctx;
		struct mapspace space;
		struct search_result result;
		ctx_init(&ctx, stderr, NULL);
		assert_true(
			search_brute(&ctx, &nest, &arch, &options, &result));
		assert_true(mapspace_count(&ctx, &nest, &arch, &options.limits,
			TILES_PADDED, &space));
		assert_true((double)space.tilings == padded_tilings_of(&nest));
		if (space.tilings_fit != result.evaluated)
			fail_msg("case %llu, %s: counted %lld, costed %lld",
				(unsigned long long)seed,
				nest_text(&ctx, &nest),
				(long long)space.tilings_fit,
				(long long)result.evaluated);
		some += result.evaluated > 0;
		ctx_release(&ctx);
	}
	assert_true(some > CASES / 4);
}

static const int64_t one[2] = {1, 1};

/* ResNet's conv5_2, batch 4:
 *     N 4: 10, M and C 512 = 2^9: 220 each, Ox, Oy 7 and Fx, Fy 3: 4 each
 *     10 * 220^2 * 4^4 = 123,904,000 tilings
 * times 7!^2 orders. */
static void known_sizes(void **state)
{
	(void)state;
	const struct nest nest = nest_conv(
		4, 512, 512, (int64_t[]){9, 9}, (int64_t[]){3, 3}, one, one);
	const struct arch arch = arch_default();
	struct limits limits = {0};
	struct mapspace space;
	struct ctx ctx;
	ctx_init(&ctx, stderr, NULL);
	assert_true(mapspace_count(
		&ctx, &nest, &arch, &limits, TILES_PERFECT, &space));
	assert_int_equal(space.tilings, 123904000);
	assert_int_equal(space.orders, 25401600);
	assert_true(space.tiles_fit > 0 && space.tiles_fit < 4800);
	assert_string_equal(
		mapspace_mappings(&ctx, space.tilings, space.orders),
		"3147359846400000");
	limits.ordered[SLOT_SPM] = true;
	assert_true(mapspace_count(
		&ctx, &nest, &arch, &limits, TILES_PERFECT, &space));
	assert_int_equal(space.orders, 5040);
	limits.ordered[SLOT_DRAM] = true;
	assert_true(mapspace_count(
		&ctx, &nest, &arch, &limits, TILES_PERFECT, &space));
	assert_int_equal(space.orders, 1);
	assert_string_equal(mapspace_mappings(&ctx, 0, 1), "0");
	/* (2^53 - 1) * 25,401,600 */
	assert_string_equal(
		mapspace_mappings(&ctx, ((int64_t)1 << 53) - 1, ORDERS_ALL),
		"228797272589228756985600");
	ctx_release(&ctx);
}

/* 12 divisors in each of seven loops: more vectors than the tables hold. */
static void too_many_vectors_are_not_counted(void **state)
{
	(void)state;
	static const int64_t image[2] = {119, 119}, filter[2] = {60, 60};
	const struct nest nest = nest_conv(60, 60, 60, image, filter, one, one);
	const struct arch arch = arch_default();
	const struct limits limits = {0};
	struct mapspace space;
	struct ctx ctx;
	ctx_init(&ctx, stderr, NULL);
	assert_false(mapspace_count(
		&ctx, &nest, &arch, &limits, TILES_PERFECT, &space));
	ctx_release(&ctx);
}

/* N 4, M and C 64, Ox and Oy 224, Fx and Fy 3 have 3, 15, 15, 29, 29, 3 and 3
 * sizes, together 5,109,075 vectors: all chains are counted, those that fit are
 * not. */
static void what_fits_may_not_be_counted(void **state)
{
	(void)state;
	static const int64_t image[2] = {226, 226}, filter[2] = {3, 3};
	const struct nest nest = nest_conv(4, 64, 64, image, filter, one, one);
	const struct arch arch = arch_default();
	const struct limits limits = {0};
	struct mapspace space;
	struct ctx ctx;
	ctx_init(&ctx, stderr, NULL);
	assert_true(mapspace_count(
		&ctx, &nest, &arch, &limits, TILES_PADDED, &space));
	assert_true((double)space.tilings == padded_tilings_of(&nest));
	assert_int_equal(space.tilings_fit, NOT_COUNTED);
	assert_int_equal(space.tiles_fit, NOT_COUNTED);
	ctx_release(&ctx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_equal_listing),
		cmocka_unit_test(counts_equal_brute),
		cmocka_unit_test(padded_counts_equal_brute),
		cmocka_unit_test(known_sizes),
		cmocka_unit_test(too_many_vectors_are_not_counted),
		cmocka_unit_test(what_fits_may_not_be_counted),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
