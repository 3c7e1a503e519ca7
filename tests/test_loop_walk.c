/* The walk over a mapping's loops against the reference cost function. */
#include "oracle/loop_walk.h"

#include "tests/cmocka.h"
#include "tests/search_case.h"

#include <string.h>

static void random_order(struct random *r, uint8_t order[LOOP_COUNT])
{
	for (int i = 0; i < LOOP_COUNT; i++) {
		int64_t at = random_below(r, i + 1);
		order[i] = order[at];
		order[at] = (uint8_t)i;
	}
}

static void walks_agree_with_the_reference(void **state)
{
	(void)state;
	enum { CASES = 20000 };
	struct random random = {0x9e3779b97f4a7c15u};
	int held = 0, padded = 0;
	for (int i = 0; i < CASES; i++) {
		struct nest nest = random_nest(&random);
		struct arch arch = random_arch(&random);
		enum burst_rule rule =
			random_below(&random, 4) ? BURST_TRUE : BURST_COMPAT;
		struct mapping mapping = mapping_none;
		mapping.tiling = random_below(&random, 2)
			? random_tiling(&random, &nest)
			: random_padded_tiling(&random, &nest);
		arch.mac_gating = random_below(&random, 2);
		if (random_below(&random, 2))
			random_ports(&random, &arch);
		for (int v = 0; v < SEED_ORDERED; v++)
			random_order(&random, mapping.order[v]);
		struct ctx ctx;
		struct loop_walk walk;
		struct estimate estimate;
		ctx_init(&ctx, stderr, NULL);
		cost_mapping(&nest, &arch, &mapping, rule, &estimate);
		assert_true(
			loop_walk(&ctx, &nest, &arch, &mapping, rule, &walk));
		if (!loop_walk_agrees(&walk, &estimate))
			fail_msg("case %d, %s: %.17g pJ in %lld cycles, the "
				 "walk %.17g in %.17g",
				i, nest_text(&ctx, &nest), estimate.energy_pj,
				(long long)estimate.cycles, walk.energy_pj,
				walk.cycles);
		padded += !tiling_perfect(&nest, &mapping.tiling);
		for (int o = 0; o < OPND_COUNT; o++)
			held += estimate.held[o];
		estimate.cycles++;
		assert_false(loop_walk_agrees(&walk, &estimate));
		estimate.cycles--;
		estimate.energy_pj += 2 + estimate.energy_pj * 1e-9;
		assert_false(loop_walk_agrees(&walk, &estimate));
		ctx_release(&ctx);
	}
	assert_true(held > CASES / 10);
	assert_true(padded > CASES / 10);
}

static void long_walks_are_refused(void **state)
{
	(void)state;
	const struct nest nest = nest_gemm(4000, 3000, 2000, false, false);
	const struct arch arch = arch_default();
	struct mapping mapping = mapping_none;
	memcpy(mapping.tiling.factor[0], nest.bound, sizeof nest.bound);
	struct ctx ctx;
	struct loop_walk walk;
	ctx_init(&ctx, stderr, NULL);
	assert_false(
		loop_walk(&ctx, &nest, &arch, &mapping, BURST_TRUE, &walk));
	ctx_release(&ctx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(walks_agree_with_the_reference),
		cmocka_unit_test(long_walks_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
