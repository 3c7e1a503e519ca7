/* Tilings, orders, and the closed form of the reuse vectors, against all
 * permutations of the loops walked literally. */
#include "mapper/mapping.h"

#include "tests/cmocka.h"
#include "tests/seed_tiling.h"

#include <string.h>

static const int64_t one[2] = {1, 1};

/* How often the operand's tile changes while the loops run in the order,
 * counting the first: by walking every iteration and comparing the coordinates
 * of the loops that index it. */
static int64_t tile_changes(const struct nest *nest,
	const int64_t trips[LOOP_COUNT], const uint8_t order[LOOP_COUNT], int o)
{
	int64_t at[LOOP_COUNT] = {0}, last[LOOP_COUNT], changes = 0;
	for (;;) {
		bool same = changes > 0;
		for (int l = 0; l < LOOP_COUNT; l++)
			if (nest->indexes[o] & LOOP_BIT(l))
				same = same && at[l] == last[l];
		memcpy(last, at, sizeof last);
		changes += !same;
		int i = LOOP_COUNT - 1;
		while (i >= 0 && ++at[order[i]] == trips[order[i]])
			at[order[i--]] = 0;
		if (i < 0)
			return changes;
	}
}

/* The next permutation in lexicographic order; false after the last. */
static bool next_order(uint8_t order[LOOP_COUNT])
{
	int i = LOOP_COUNT - 2, j = LOOP_COUNT - 1;
	while (i >= 0 && order[i] > order[i + 1])
		i--;
	if (i < 0)
		return false;
	while (order[j] < order[i])
		j--;
	uint8_t t = order[i];
	order[i] = order[j];
	order[j] = t;
	for (int a = i + 1, b = LOOP_COUNT - 1; a < b; a++, b--) {
		t = order[a];
		order[a] = order[b];
		order[b] = t;
	}
	return true;
}

static bool reuse_equal(const struct reuse *a, const struct reuse *b)
{
	return memcmp(a->factor, b->factor, sizeof a->factor) == 0;
}

/* The bounds are what the nest has, the trips what the level has of them. */
static const struct {
	const char *name;
	bool depthwise;
	int64_t bound[LOOP_COUNT], trips[LOOP_COUNT];
	int vectors; /* distinct ones, counted by hand; 0: not */
} levels[] = {
	{"nothing live",         false, {2, 2, 2, 2, 2, 2, 2}, {1, 1, 1, 1, 1, 1, 1},
         1									     },
 /* O: C, Fx, Fy each 2: products 2 4 8; M; W: N Ox Oy 2 4 8 */
	{"all live, equal",      false, {2, 2, 2, 2, 2, 2, 2}, {2, 2, 2, 2, 2, 2, 2},
         7									     },
	{"all live, different",  false, {2, 3, 5, 2, 3, 2, 3},
         {2, 3, 5, 2, 3, 2, 3},						       0},
	{"only free loops of O", false, {2, 3, 5, 2, 3, 2, 3},
         {1, 1, 5, 1, 1, 2, 1},						       1},
	{"bound 1 is no index",  false, {1, 3, 5, 1, 1, 2, 2},
         {1, 3, 5, 1, 1, 1, 2},						       0},
	{"gemm",		 false, {4, 3, 5, 1, 1, 1, 1}, {4, 3, 5, 1, 1, 1, 1}, 3},
 /* C indexes all three: (1,1,1) too; Fx Fy: 2 3 6; N Ox Oy: 2 2 3 4 6 12
  */
	{"depthwise",            true,  {2, 1, 5, 2, 3, 2, 3}, {2, 1, 5, 2, 3, 2, 3},
         1 + 3 + 5								     },
	{"depthwise, one C",     true,  {2, 1, 1, 2, 3, 2, 3}, {2, 1, 1, 2, 3, 2, 3},
         0									     },
	{"multiplier",           true,  {2, 3, 2, 2, 1, 2, 1}, {2, 3, 2, 2, 1, 2, 1}, 0},
	{"only C of depthwise",  true,  {2, 1, 5, 2, 3, 2, 3},
         {1, 1, 5, 1, 1, 1, 1},						       1},
};

static struct nest nest_of(size_t i)
{
	const int64_t *b = levels[i].bound;
	const int64_t image[2] = {
		b[LOOP_OX] + b[LOOP_FX] - 1, b[LOOP_OY] + b[LOOP_FY] - 1};
	const int64_t filter[2] = {b[LOOP_FX], b[LOOP_FY]};
	return levels[i].depthwise ? nest_depthwise(b[LOOP_N], b[LOOP_M],
					     b[LOOP_C], image, filter, one, one)
				   : nest_conv(b[LOOP_N], b[LOOP_M], b[LOOP_C],
					     image, filter, one, one);
}

static struct tiling tiling_of(size_t i)
{
	struct tiling t = tiling_none;
	for (int l = 0; l < LOOP_COUNT; l++) {
		t.factor[SLOT_DRAM][l] = levels[i].trips[l];
		t.factor[SLOT_SPM][l] = levels[i].bound[l] / levels[i].trips[l];
	}
	return t;
}

static void closed_form_is_all_permutations(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof levels / sizeof *levels; i++) {
		struct nest nest = nest_of(i);
		struct tiling tiling = tiling_of(i);
		struct ordering got[REUSE_MAX], want[REUSE_MAX];
		int n = orderings_all(&nest, &tiling, SLOT_DRAM, got);
		int m = 0;
		uint8_t order[LOOP_COUNT] = {0, 1, 2, 3, 4, 5, 6};
		do {
			struct reuse r = reuse_of_order(
				&nest, &tiling, SLOT_DRAM, order);
			int k = 0;
			while (k < m && !reuse_equal(&want[k].reuse, &r))
				k++;
			if (k == m) {
				memcpy(want[m].order, order, sizeof order);
				want[m++].reuse = r;
			}
		} while (next_order(order));
		assert_int_equal(n, m);
		if (levels[i].vectors)
			assert_int_equal(n, levels[i].vectors);
		/* each once, with the first of its permutations */
		for (int k = 0; k < m; k++) {
			int found = 0;
			for (int g = 0; g < n; g++) {
				if (!reuse_equal(&want[k].reuse, &got[g].reuse))
					continue;
				found++;
				assert_memory_equal(got[g].order, want[k].order,
					LOOP_COUNT);
			}
			assert_int_equal(found, 1);
		}
	}
}

static void reuse_is_what_a_walk_counts(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof levels / sizeof *levels; i++) {
		struct nest nest = nest_of(i);
		struct tiling tiling = tiling_of(i);
		const int64_t *trips = levels[i].trips;
		int64_t passes = tiling_product(&tiling, SLOT_DRAM);
		uint8_t order[LOOP_COUNT] = {0, 1, 2, 3, 4, 5, 6};
		int skip = 0;
		do {
			/* every 37th permutation is walked */
			if (skip++ % 37)
				continue;
			struct reuse r = reuse_of_order(
				&nest, &tiling, SLOT_DRAM, order);
			for (int o = 0; o < OPND_COUNT; o++)
				assert_int_equal(passes / r.factor[o],
					tile_changes(&nest, trips, order, o));
		} while (next_order(order));
	}
}

static void best_orders_are_the_most_reuse_of_each(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof levels / sizeof *levels; i++) {
		struct nest nest = nest_of(i);
		struct tiling tiling = tiling_of(i);
		struct ordering all[REUSE_MAX], best[ORDERINGS_BEST_MAX];
		int n = orderings_all(&nest, &tiling, SLOT_DRAM, all);
		int m = orderings_best(&nest, &tiling, SLOT_DRAM, best);
		assert_in_range(m, 1, ORDERINGS_BEST_MAX);
		for (int a = 0; a < n; a++) {
			bool covered = false;
			for (int b = 0; b < m; b++) {
				bool within = true;
				for (int o = 0; o < OPND_COUNT; o++)
					within = within &&
						all[a].reuse.factor[o] <=
							best[b].reuse.factor[o];
				covered = covered || within;
			}
			assert_true(covered);
		}
	}
}

static void boxes_shrink_slot_by_slot(void **state)
{
	(void)state;
	const struct nest nest = {
		.bound = {30, 2, 3, 4, 1, 1, 7}
        };
	static const int64_t factor[SEED_SLOTS][LOOP_COUNT] = {
		{2, 1, 1, 1, 1, 1, 7},
		{3, 2, 1, 1, 1, 1, 1},
		{5, 1, 3, 1, 1, 1, 1},
		{1, 1, 1, 4, 1, 1, 1},
	};
	const struct tiling t = seed_tiling(factor);
	static const int64_t want[SEED_BOXES + 1][LOOP_COUNT] = {
		[BOX_DRAM] = {30, 2, 3, 4, 1, 1, 7},
		[BOX_SPM] = {15, 2, 3, 4, 1, 1, 1},
		[BOX_PE] = {5,  1, 3, 4, 1, 1, 1},
		[BOX_RF] = {5,  1, 3, 1, 1, 1, 1},
		[SEED_SLOTS] = {1,  1, 1, 1, 1, 1, 1},
	};
	for (int b = 0; b <= SEED_SLOTS; b++) {
		int64_t extent[LOOP_COUNT];
		tiling_box(&nest, &t, b, extent);
		assert_memory_equal(extent, want[b], sizeof extent);
	}
	assert_int_equal(tiling_product(&t, SLOT_DRAM), 14);
	assert_int_equal(tiling_product(&t, SLOT_SPATIAL), 4);
}

/* Of all four factors, valid are those of a chain of tiles in which every
 * tile is as small as the trips allow and none lies in the padding alone; no
 * chain takes twice the loop's time. */
static void padded_factors_are_those_of_chains_of_tiles(void **state)
{
	(void)state;
	for (int64_t bound = 1; bound <= 40; bound++) {
		struct nest nest = nest_gemm(bound, 1, 1, false, false);
		bool valid[41][41][41] = {0};
		int chains = 0, found = 0;
		for (int64_t t = 1; t <= bound; t++)
			for (int64_t g = 1; g <= t; g++)
				for (int64_t f = 1; f <= g; f++) {
					int64_t d = (bound + t - 1) / t,
						s = (t + g - 1) / g,
						p = (g + f - 1) / f;
					if ((bound + d - 1) / d != t ||
						(t + s - 1) / s != g ||
						(g + p - 1) / p != f)
						continue;
					valid[d][s][p] = true;
					chains++;
					assert_true(d * s * p * f < 2 * bound);
				}
		for (int64_t d = 1; d <= bound; d++)
			for (int64_t s = 1; s <= bound; s++)
				for (int64_t p = 1; p <= bound; p++) {
					struct tiling tiling = tiling_none;
					int64_t box[LOOP_COUNT];
					tiling.factor[SLOT_DRAM][0] = d;
					tiling.factor[SLOT_SPM][0] = s;
					tiling.factor[SLOT_SPATIAL][0] = p;
					tiling_box(&nest, &tiling, BOX_PE, box);
					box[0] = (box[0] + p - 1) / p;
					tiling.factor[SLOT_RF][0] = box[0];
					bool is = tiling_valid(&nest, &tiling);
					assert_int_equal(is, valid[d][s][p]);
					found += is;
					assert_int_equal(
						tiling_perfect(&nest, &tiling),
						d * s * p * box[0] == bound);
					tiling.factor[SLOT_RF][0]++;
					assert_false(
						tiling_valid(&nest, &tiling));
				}
		assert_int_equal(found, chains);
	}
}

static void mappings_are_checked_and_ordered(void **state)
{
	(void)state;
	struct nest nest = nest_gemm(4, 6, 10, false, false);
	/* clang-format off */
	static const struct seed_mapping listed = {
		.factor = {
			{2, 1, 5, 1, 1, 1, 1},
			{1, 3, 1, 1, 1, 1, 1},
			{2, 1, 2, 1, 1, 1, 1},
			{1, 2, 1, 1, 1, 1, 1},
		},
		.order = {{0, 1, 2, 3, 4, 5, 6}, {6, 5, 4, 3, 2, 1, 0}},
	};
	/* clang-format on */
	const struct mapping good = seed_mapping(&listed);
	struct mapping other = good;
	assert_true(mapping_valid(&nest, &good));
	assert_int_equal(mapping_compare(&good, &other), 0);
	other.order[SLOT_SPM][0] = 5;
	assert_false(mapping_valid(&nest, &other)); /* 5 twice */
	assert_int_equal(mapping_compare(&good, &other), 1);
	other.order[SLOT_SPM][0] = 200;
	assert_false(mapping_valid(&nest, &other));
	other = good;
	other.tiling.factor[SLOT_RF][LOOP_C] = 4; /* 20, not 10 */
	assert_false(mapping_valid(&nest, &other));
	assert_int_equal(mapping_compare(&good, &other), -1);
	other.tiling.factor[SLOT_RF][LOOP_C] = INT64_MAX;
	assert_false(mapping_valid(&nest, &other));
	other.tiling.factor[SLOT_RF][LOOP_C] = -2;
	other.tiling.factor[SLOT_SPATIAL][LOOP_C] = -1;
	assert_false(mapping_valid(&nest, &other));
	/* The seed's list has RF before SPATIAL. */
	other = good;
	other.tiling.factor[SLOT_RF][LOOP_M] = 2;
	other.tiling.factor[SLOT_SPATIAL][LOOP_M] = 1;
	assert_true(mapping_valid(&nest, &other));
	assert_int_equal(mapping_compare(&good, &other), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(closed_form_is_all_permutations),
		cmocka_unit_test(reuse_is_what_a_walk_counts),
		cmocka_unit_test(best_orders_are_the_most_reuse_of_each),
		cmocka_unit_test(boxes_shrink_slot_by_slot),
		cmocka_unit_test(padded_factors_are_those_of_chains_of_tiles),
		cmocka_unit_test(mappings_are_checked_and_ordered),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
