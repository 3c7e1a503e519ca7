/* What the walks of the exact search stand on: sizes into which tiles are cut,
 * tiles that fit, and bounds that no tiling is below. */
#include "mapper/walk.h"

#include "tests/cmocka.h"
#include "tests/search_case.h"

#include <math.h>

static struct nest drawn_nest(struct random *r, enum tile_sizes tiles)
{
	return tiles == TILES_PADDED ? random_odd_nest(r) : random_nest(r);
}

/* Whether outer is cut into tiles of the size: the smallest with their trips,
 * and of perfect tiles a divisor. */
static bool is_cut(int64_t outer, int64_t size, enum tile_sizes tiles)
{
	int64_t trips = (outer + size - 1) / size;
	if (tiles == TILES_PERFECT)
		return outer % size == 0;
	return (outer + trips - 1) / trips == size;
}

/* All sizes of an extent, the largest first, with their trips. */
static void sizes_are_all(void **state)
{
	(void)state;
	enum { BOUND = 180 };
	for (int tiles = 0; tiles < TILES_COUNT; tiles++) {
		struct ctx ctx;
		struct space s;
		struct nest nest = nest_gemm(BOUND, 1, 1, false, false);
		struct arch arch = arch_default();
		const struct search_options options = {
			.tiles = (enum tile_sizes)tiles};
		ctx_init(&ctx, stderr, NULL);
		space_init(&ctx, &nest, &arch, &options, NULL, &s);
		for (int64_t outer = 1; outer <= BOUND; outer++) {
			/* Of tiles, only sizes of the bound are cut. */
			if (!is_cut(BOUND, outer, options.tiles))
				continue;
			struct cut cut = cut_first(&s, LOOP_N, (double)outer);
			int64_t count = 0;
			for (int64_t size = outer; size > 0; size--) {
				if (!is_cut(outer, size, options.tiles))
					continue;
				assert_int_equal((int64_t)cut.size, size);
				assert_int_equal((int64_t)cut.trips,
					(outer + size - 1) / size);
				struct cut below = cut_below(&s, LOOP_N,
					(double)outer, (double)size);
				assert_int_equal((int64_t)below.size, size);
				assert_int_equal((int64_t)below.trips,
					(int64_t)cut.trips);
				count++;
				bool more = cut_next(
					&s, LOOP_N, (double)outer, &cut);
				assert_int_equal(more, size > 1);
			}
			assert_int_equal(
				cuts_count(&s, LOOP_N, (double)outer), count);
		}
		ctx_release(&ctx);
	}
}

/* All boxes of sizes of the bounds that fit the scratchpad, by listing them. */
static int64_t tiles_listed(const struct nest *nest, const struct arch *arch,
	enum tile_sizes tiles, int loop, int64_t extent[LOOP_COUNT])
{
	int64_t count = 0;
	if (loop == LOOP_COUNT) {
		int64_t bytes[OPND_COUNT], banks, all = 0;
		for (int o = 0; o < OPND_COUNT; o++) {
			bytes[o] = arch_bytes(arch, (enum operand)o,
				nest_footprint(nest, (enum operand)o, extent));
			all += bytes[o];
		}
		return arch_has_banks(arch, bytes, &banks) &&
			all <= arch->spm_banks * arch->bank_bytes;
	}
	for (int64_t size = 1; size <= nest->bound[loop]; size++)
		if (is_cut(nest->bound[loop], size, tiles)) {
			extent[loop] = size;
			count += tiles_listed(
				nest, arch, tiles, loop + 1, extent);
		}
	return count;
}

static void tiles_are_counted(void **state)
{
	(void)state;
	enum { CASES = 400 };
	for (uint64_t seed = 1; seed <= CASES; seed++) {
		struct random random = {seed * 0x9e3779b97f4a7c15u};
		const struct search_options options = {
			.tiles = seed % 2 ? TILES_PADDED : TILES_PERFECT};
		struct nest nest = drawn_nest(&random, options.tiles);
		struct arch arch = random_arch(&random);
		if (seed % 3 == 0)
			random_ports(&random, &arch);
		struct ctx ctx;
		struct space s;
		int64_t extent[LOOP_COUNT];
		ctx_init(&ctx, stderr, NULL);
		space_init(&ctx, &nest, &arch, &options, NULL, &s);
		if (!nest_misfit(&nest, &arch).memory)
			assert_int_equal(tiles_count(&s),
				tiles_listed(&nest, &arch, options.tiles, 0,
					extent));
		ctx_release(&ctx);
	}
}

/* The bound of a scratchpad tile is at most what any tiling with it costs, in
 * any order. */
static void take_least(void *arg, const struct candidate *candidate)
{
	double *least = arg;
	for (int o = 0; o < OBJ_COUNT; o++)
		least[o] = fmin(least[o],
			objective_value(
				(enum objective)o, &candidate->estimate));
}

/* The largest F, then the most PEs, then the largest T that fit, at random: a
 * tiling of sizes that are cut. */
static bool tiling_drawn(struct random *r, const struct nest *nest,
	const struct arch *arch, enum tile_sizes tiles, struct tiling *out)
{
	const struct limits none = {0};
	*out = tiling_none;
	for (int l = 0; l < LOOP_COUNT; l++) {
		int64_t outer = nest->bound[l];
		for (int s = 0; s < SEED_SLOTS - 1; s++) {
			int64_t size;
			do
				size = 1 + random_below(r, outer);
			while (!is_cut(outer, size, tiles));
			out->factor[s][l] = (outer + size - 1) / size;
			outer = size;
		}
		out->factor[SLOT_RF][l] = outer;
	}
	return tiling_valid(nest, out) &&
		tiling_fits_rf(nest, arch, out, &none) &&
		tiling_fits_spatial(nest, arch, out, &none) &&
		tiling_fits_spm(nest, arch, out, &none);
}

static void bounds_hold(void **state)
{
	(void)state;
	enum { CASES = 600, DRAWS = 60 };
	int drawn = 0;
	for (uint64_t seed = 1; seed <= CASES; seed++) {
		struct random random = {seed * 0x9e3779b97f4a7c15u};
		const struct search_options options = {
			.tiles = seed % 2 ? TILES_PADDED : TILES_PERFECT,
			.rule = seed % 5 ? BURST_TRUE : BURST_COMPAT};
		struct nest nest = drawn_nest(&random, options.tiles);
		struct arch arch = random_arch(&random);
		arch.mac_gating = random_below(&random, 2);
		arch.reduction_tree = random_below(&random, 2);
		if (seed % 3 == 0)
			random_ports(&random, &arch);
		struct ctx ctx;
		struct space s;
		ctx_init(&ctx, stderr, NULL);
		space_init(&ctx, &nest, &arch, &options, NULL, &s);
		for (int i = 0; i < DRAWS; i++) {
			double least[OBJ_COUNT] = {
				INFINITY, INFINITY, INFINITY};
			struct tiling tiling;
			struct tile tile;
			if (!tiling_drawn(&random, &nest, &arch, options.tiles,
				    &tiling))
				continue;
			drawn++;
			candidates_each(&nest, &arch, &options, orderings_all,
				&tiling, take_least, least);
			for (int l = 0; l < LOOP_COUNT; l++) {
				int64_t trips = tiling.factor[SLOT_DRAM][l];
				tile.trips[l] = (double)trips;
				tile.size[l] = ceil(
					(double)nest.bound[l] / (double)trips);
			}
			tile_fill(&s, &tile);
			for (int o = 0; o < OBJ_COUNT; o++) {
				const struct part part =
					part_none(&s, (enum objective)o);
				double bound = tile_least(&part, &tile);
				if (bound > least[o] * (1 + 4 * SLACK))
					fail_msg("seed %llu, %s: %s %.17g "
						 "below the bound %.17g",
						(unsigned long long)seed,
						nest_text(&ctx, &nest),
						objective_name(
							(enum objective)o),
						least[o], bound);
			}
		}
		ctx_release(&ctx);
	}
	assert_true(drawn > 2000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes_are_all),
		cmocka_unit_test(tiles_are_counted),
		cmocka_unit_test(bounds_hold),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
