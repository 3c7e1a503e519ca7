/* The oracles' own cost, orders and fits against the mapper's: the same to the
 * last digit, on random nests, machines, limits and tilings. */
#include "oracle/literal_space.h"

#include "tests/cmocka.h"
#include "tests/search_case.h"

#include <stdlib.h>
#include <string.h>

struct list {
	struct ctx *ctx;
	struct candidate *at;
	size_t count, room;
};

static void list_add(void *arg, const struct candidate *candidate)
{
	struct list *list = arg;
	list->at = arena_grow(&list->ctx->arena, list->at, list->count,
		&list->room, list->count + 1, sizeof *list->at);
	list->at[list->count++] = *candidate;
}

static int candidates_sort(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;
	return mapping_compare(&x->mapping, &y->mapping);
}

static void list_sort(struct list *list)
{
	if (list->count)
		qsort(list->at, list->count, sizeof *list->at, candidates_sort);
}

static bool estimates_equal(const struct estimate *a, const struct estimate *b)
{
	return a->energy_pj == b->energy_pj && a->cycles == b->cycles &&
		a->edp == b->edp && a->pass_cycles == b->pass_cycles &&
		a->pass_pj == b->pass_pj && a->far_pj == b->far_pj &&
		a->partial_sum_fetches == b->partial_sum_fetches &&
		memcmp(a->component_pj, b->component_pj,
			sizeof a->component_pj) == 0 &&
		memcmp(a->held, b->held, sizeof a->held) == 0;
}

/* Keys that random_ports leaves alone. */
static void random_skips(struct random *r, struct arch *arch)
{
	arch->mac_gating = random_below(r, 2);
	arch->reduction_tree = random_below(r, 2);
	for (int o = 0; o < OPND_COUNT; o++) {
		arch->spm_bypass[o] = random_below(r, 2);
		arch->rf_bypass[o] = random_below(r, 2);
	}
}

static bool fits(const struct nest *nest, const struct arch *arch,
	const struct limits *limits, const struct tiling *tiling)
{
	return tiling_fits_rf(nest, arch, tiling, limits) &&
		tiling_fits_spatial(nest, arch, tiling, limits) &&
		tiling_fits_spm(nest, arch, tiling, limits) &&
		tiling_fits_dram(nest, tiling, limits) &&
		tiling_fits_factors(nest, tiling, limits) &&
		tiling_fits_dataflow(arch, nest, tiling);
}

static void the_same_to_the_last_digit(void **state)
{
	(void)state;
	enum { CASES = 4000 };
	struct random random = {0x51a7e11u};
	int fitting = 0, pairs = 0;
	for (int i = 0; i < CASES; i++) {
		struct ctx ctx;
		ctx_init(&ctx, stderr, NULL);
		const struct nest nest = random_nest(&random);
		struct arch arch = random_arch(&random);
		struct search_options options = {.rule = BURST_TRUE};
		if (random_below(&random, 4) == 0)
			options.rule = BURST_COMPAT;
		if (random_below(&random, 2))
			random_ports(&random, &arch);
		if (random_below(&random, 2))
			random_skips(&random, &arch);
		if (random_below(&random, 4) == 0)
			random_dataflow(&random, &arch);
		if (random_below(&random, 2))
			options.limits = random_limits(&random);
		if (random_below(&random, 4) == 0)
			random_constraints(&random, &nest, &options.limits);
		const struct tiling tiling = random_below(&random, 2)
			? random_tiling(&random, &nest)
			: random_padded_tiling(&random, &nest);
		bool fit = fits(&nest, &arch, &options.limits, &tiling);
		assert_int_equal(
			literal_fits(&nest, &arch, &options.limits, &tiling),
			fit);
		fitting += fit;

		const struct misfit a = nest_misfit(&nest, &arch);
		const struct misfit b = literal_misfit(&arch);
		assert_int_equal(a.needs_bytes, b.needs_bytes);
		assert_int_equal(a.needs_banks, b.needs_banks);
		assert_int_equal(a.has_bytes, b.has_bytes);
		assert_int_equal(!a.memory, !b.memory);

		struct list model = {.ctx = &ctx}, literal = {.ctx = &ctx};
		struct literal_orders orders = {
			.arena = &ctx.arena, .nest = &nest};
		assert_int_equal(
			candidates_each(&nest, &arch, &options, orderings_all,
				&tiling, list_add, &model),
			literal_candidates(&orders, &arch, &options, &tiling,
				list_add, &literal));
		assert_int_equal(model.count, literal.count);
		list_sort(&model);
		list_sort(&literal);
		for (size_t k = 0; k < model.count; k++) {
			const struct candidate *x = &model.at[k];
			const struct candidate *y = &literal.at[k];
			assert_int_equal(literal_mapping_compare(
						 &x->mapping, &y->mapping),
				0);
			if (!estimates_equal(&x->estimate, &y->estimate))
				fail_msg("case %d, pair %zu, %s", i, k,
					nest_text(&ctx, &nest));
			for (int o = 0; o < OBJ_COUNT; o++)
				assert_int_equal(
					candidate_compare((enum objective)o,
						&model.at[0], x) < 0,
					literal_compare((enum objective)o,
						&model.at[0], x) < 0);
		}
		pairs += (int)model.count;
		ctx_release(&ctx);
	}
	assert_true(fitting > CASES / 10);
	assert_true(pairs > 2 * CASES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_same_to_the_last_digit),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
