/* A network on any number of threads: the same results, byte for byte. Built
 * under ThreadSanitizer, too. */
#include "mapper/search.h"

#include "oracle/search_brute.h"
#include "tests/cmocka.h"

#include <string.h>

enum { NESTS = 12 };

static void network_fill(struct distinct_nest nests[NESTS])
{
	static const int64_t one[2] = {1, 1};
	for (int i = 0; i < NESTS; i++) {
		int64_t image[2] = {4 + i / 2, 9 - i % 3},
			filter[2] = {3, 1 + i % 2};
		nests[i] = (struct distinct_nest){
			.nest = i % 3 == 0
				? nest_gemm(i + 4, i + 6, 10, false, false)
				: i % 3 == 1 ? nest_conv(1, 4, i / 2 + 2, image,
						       filter, one, one)
					     : nest_depthwise(2, 1, 2 * i,
						       image, filter, one, one),
			.instances = 1,
			.example = "layer",
		};
	}
}

struct calls {
	size_t count, last;
	bool rising;
};

static void calls_count(void *arg, size_t done, size_t total)
{
	struct calls *calls = arg;
	assert_int_equal(total, NESTS);
	calls->rising &= done == calls->last + 1;
	calls->last = done;
	calls->count++;
}

static void expect_same(
	const struct search_result *a, const struct search_result *b)
{
	for (int o = 0; o < OBJ_COUNT; o++) {
		const struct proof *p = &a->best[o].proof;
		const struct proof *q = &b->best[o].proof;
		assert_int_equal(
			candidate_compare((enum objective)o, &a->best[o].winner,
				&b->best[o].winner),
			0);
		assert_int_equal(p->proven, q->proven);
		assert_true(p->bound == q->bound);
		assert_int_equal(p->tiles_visited, q->tiles_visited);
		assert_int_equal(p->tiles_cut, q->tiles_cut);
		assert_int_equal(p->arrays_visited, q->arrays_visited);
		assert_int_equal(p->arrays_cut, q->arrays_cut);
		assert_int_equal(p->splits_visited, q->splits_visited);
		assert_int_equal(p->splits_cut, q->splits_cut);
		assert_int_equal(p->pairs_evaluated, q->pairs_evaluated);
	}
	assert_int_equal(a->evaluated, b->evaluated);
	assert_int_equal(a->front_count, b->front_count);
	for (size_t i = 0; i < a->front_count; i++)
		assert_int_equal(candidate_compare(OBJ_ENERGY, &a->front[i],
					 &b->front[i]),
			0);
}

static void same_on_any_number_of_threads(void **state)
{
	(void)state;
	struct distinct_nest nests[NESTS];
	network_fill(nests);
	const struct network network = {.count = NESTS, .nests = nests};
	const struct arch arch = arch_default();
	search_fn *const searches[] = {search_exact, search_brute};
	/* The exact search, with padded tiles too, and the exhaustive one. */
	for (int s = 0; s < 3; s++) {
		static struct search_result first[NESTS], again[NESTS];
		struct ctx ctx;
		ctx_init(&ctx, stderr, NULL);
		for (int threads = 1; threads <= 16; threads += 5) {
			struct calls calls = {.rising = true};
			struct search_options options = {
				.front = true,
				.tiles = s == 2 ? TILES_PADDED : TILES_PERFECT,
				.network = {.progress = calls_count,
					.progress_arg = &calls},
			};
			memset(again, 0, sizeof again);
			assert_true(search_network(&ctx, &network, &arch,
				searches[s % 2], &options, threads, again));
			assert_int_equal(calls.count, NESTS);
			assert_true(calls.rising);
			if (threads == 1)
				memcpy(first, again, sizeof first);
			for (int i = 0; i < NESTS; i++) {
				assert_true(again[i].feasible);
				expect_same(&first[i], &again[i]);
			}
		}
		ctx_release(&ctx);
	}
}

/* Asks for the end when the first nest is done. */
static volatile sig_atomic_t enough;

static void first_done(void *arg, size_t done, size_t total)
{
	(void)arg, (void)total;
	enough = done > 0;
}

/* However early it is ended after that, no nest is worse than with perfect
 * tiles, which come first for all of them. */
static void never_worse_than_perfect(void **state)
{
	(void)state;
	struct distinct_nest nests[NESTS];
	network_fill(nests);
	const struct network network = {.count = NESTS, .nests = nests};
	const struct arch arch = arch_default();
	const struct search_stop stop = {.requested = &enough};
	static struct search_result perfect[NESTS], early[NESTS];
	struct search_options options = {.front = true};
	struct ctx ctx;
	bool cut = false;
	ctx_init(&ctx, stderr, NULL);
	enough = 0;
	assert_true(search_network(&ctx, &network, &arch, search_exact,
		&options, 1, perfect));
	options.tiles = TILES_PADDED;
	options.stop = &stop;
	options.network.progress = first_done;
	assert_true(search_network(&ctx, &network, &arch, search_exact,
		&options, 1, early));
	for (int i = 0; i < NESTS; i++) {
		assert_true(early[i].feasible);
		assert_true(early[i].perfect_feasible);
		cut |= early[i].cut;
		for (int o = 0; o < OBJ_COUNT; o++)
			assert_true(candidate_compare((enum objective)o,
					    &early[i].best[o].winner,
					    &perfect[i].best[o].winner) <=
				0);
	}
	assert_true(cut);
	ctx_release(&ctx);
}

/* Nothing is searched when a nest cannot be costed; each such nest is named. */
static void nests_are_checked_first(void **state)
{
	(void)state;
	struct distinct_nest nests[NESTS];
	network_fill(nests);
	nests[3].nest = nest_gemm(1 << 17, 1 << 16, 1 << 16, false, false);
	nests[7].nest = nests[3].nest;
	const struct network network = {.count = NESTS, .nests = nests};
	const struct arch arch = arch_default();
	const struct search_options options = {0};
	struct search_result results[NESTS];
	struct ctx ctx;
	FILE *sink = fopen("/dev/null", "w");
	ctx_init(&ctx, sink, NULL);
	assert_false(search_network(
		&ctx, &network, &arch, search_exact, &options, 2, results));
	assert_int_equal(ctx.errors, 2);
	ctx_release(&ctx);
	fclose(sink);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(same_on_any_number_of_threads),
		cmocka_unit_test(never_worse_than_perfect),
		cmocka_unit_test(nests_are_checked_first),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
