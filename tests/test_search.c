/* The searches: the exact one against the exhaustive one on random nests and
 * machines, winners to the last byte; known optima; misfits; threads. */
#include "mapper/search.h"

#include "oracle/search_brute.h"
#include "tests/cmocka.h"
#include "tests/search_case.h"
#include "tests/seed_tiling.h"
#include "tests/times.h"

static void expect_equal_winners(uint64_t seed, const struct nest *nest,
	const struct arch *arch, const struct search_options *options,
	int *feasible)
{
	struct ctx ctx;
	ctx_init(&ctx, stderr, NULL);
	const struct loc loc = {0};
	assert_true(nest_verify(&ctx, &loc, nest));
	assert_true(cost_check(
		&ctx, &loc, nest, arch, options->rule, options->tiles));
	struct search_result exact, brute;
	assert_true(search_exact(&ctx, nest, arch, options, &exact));
	assert_true(search_brute(&ctx, nest, arch, options, &brute));
	assert_int_equal(exact.feasible, brute.feasible);
	*feasible += exact.feasible;
	assert_int_equal(exact.front_count, brute.front_count);
	assert_int_equal(exact.front_count > 0, exact.feasible);
	for (size_t i = 0; i < exact.front_count; i++)
		assert_int_equal(candidate_compare(OBJ_ENERGY, &exact.front[i],
					 &brute.front[i]),
			0);
	for (int o = 0; o < OBJ_COUNT && exact.feasible; o++) {
		const struct candidate *a = &exact.best[o].winner,
				       *b = &brute.best[o].winner;
		assert_true(mapping_fits_dataflow(arch, nest, &a->mapping));
		if (candidate_compare((enum objective)o, a, b) == 0)
			continue;
		fail_msg("case %llu, %s: %s: exact %.17g in %lld cycles, "
			 "brute %.17g in %lld",
			(unsigned long long)seed, nest_text(&ctx, nest),
			objective_name((enum objective)o),
			objective_value((enum objective)o, &a->estimate),
			(long long)a->estimate.cycles,
			objective_value((enum objective)o, &b->estimate),
			(long long)b->estimate.cycles);
	}
	assert_int_equal(exact.tiles, brute.tiles);
	assert_int_equal(exact.perfect_feasible, brute.perfect_feasible);
	for (int o = 0; o < OBJ_COUNT && exact.perfect_feasible; o++)
		assert_int_equal(candidate_compare((enum objective)o,
					 &exact.perfect[o], &brute.perfect[o]),
			0);
	ctx_release(&ctx);
}

/* Caps about the least that the nest takes without. */
static void random_caps(struct random *r, const struct nest *nest,
	const struct arch *arch, struct search_options *options)
{
	struct ctx ctx;
	ctx_init(&ctx, stderr, NULL);
	struct search_result out;
	assert_true(search_exact(&ctx, nest, arch, options, &out));
	ctx_release(&ctx);
	if (!out.feasible)
		return;
	const struct estimate *fast = &out.best[OBJ_CYCLES].winner.estimate;
	const struct estimate *frugal = &out.best[OBJ_ENERGY].winner.estimate;
	/* one below the least, the least, halfway, all */
	if (random_below(r, 3))
		options->limits.max_cycles = fast->cycles +
			PICK(r, -1, 0, (frugal->cycles - fast->cycles) / 2,
				frugal->cycles - fast->cycles);
	double range = fast->energy_pj - frugal->energy_pj;
	if (random_below(r, 3))
		options->limits.max_energy_pj = frugal->energy_pj +
			(double)PICK(
				r, -1, 0, (int64_t)range / 2, (int64_t)range);
}

/* Cases of one seed each: without limits, within random ones, with caps beside
 * them, within random factors and orders. Most random machines hold their nest,
 * and the limits leave one in so many. */
static void expect_equal_cases(uint64_t cases, enum tile_sizes tiles,
	struct nest (*nest_of)(struct random *),
	double (*tilings)(const struct nest *), double most, uint64_t one_in)
{
	int plain = 0, limited = 0, constrained = 0, capped = 0;
	for (uint64_t seed = 1; seed <= cases; seed++) {
		struct random random = {seed * 0x9e3779b97f4a7c15u};
		struct nest nest = nest_of(&random);
		while (tilings(&nest) > most)
			nest = nest_of(&random);
		struct arch arch = random_arch(&random);
		arch.mac_gating = random_below(&random, 2);
		struct search_options options = {.front = true,
			.tiles = tiles,
			.rule = random_below(&random, 4) ? BURST_TRUE
							 : BURST_COMPAT};
		expect_equal_winners(seed, &nest, &arch, &options, &plain);
		options.limits = random_limits(&random);
		expect_equal_winners(seed, &nest, &arch, &options, &limited);
		random_caps(&random, &nest, &arch, &options);
		expect_equal_winners(seed, &nest, &arch, &options, &capped);
		options.limits = (struct limits){0};
		random_constraints(&random, &nest, &options.limits);
		expect_equal_winners(
			seed, &nest, &arch, &options, &constrained);
	}
	assert_true((uint64_t)plain > cases / 2);
	assert_true((uint64_t)limited > cases / one_in);
	assert_true((uint64_t)capped > cases / 20);
	assert_true((uint64_t)constrained > cases / one_in);
}

static void exact_equals_brute(void **state)
{
	(void)state;
	expect_equal_cases(150 * times_wanted(), TILES_PERFECT, random_nest,
		tilings_of, 100000, 10);
}

/* The same with tiles that need not divide. */
static void exact_equals_brute_with_padding(void **state)
{
	(void)state;
	expect_equal_cases(60 * times_wanted(), TILES_PADDED, random_odd_nest,
		padded_tilings_of, 60000, 20);
}

/* The same on machines that can run a part of the mapspace alone, also within
 * limits of the user's. */
static void exact_equals_brute_on_dataflows(void **state)
{
	(void)state;
	enum { CASES = 200, TILINGS = 60000 };
	uint64_t cases = CASES * times_wanted();
	int plain = 0, constrained = 0;
	for (uint64_t seed = 1; seed <= cases; seed++) {
		struct random random = {seed * 0x9e3779b97f4a7c15u};
		bool padded = seed % 3 == 0;
		struct nest nest = random_odd_nest(&random);
		while ((padded ? padded_tilings_of : tilings_of)(&nest) >
			TILINGS)
			nest = random_odd_nest(&random);
		struct arch arch = random_arch(&random);
		if (random_below(&random, 4))
			random_dataflow(&random, &arch);
		if (random_below(&random, 4))
			random_ports(&random, &arch);
		arch.mac_gating = random_below(&random, 2);
		struct search_options options = {.front = true,
			.tiles = padded ? TILES_PADDED : TILES_PERFECT};
		expect_equal_winners(seed, &nest, &arch, &options, &plain);
		random_constraints(&random, &nest, &options.limits);
		expect_equal_winners(
			seed, &nest, &arch, &options, &constrained);
	}
	assert_true((uint64_t)plain > cases / 4);
	assert_true((uint64_t)constrained > cases / 40);
}

/* Asked to end at once, with time to find a mapping or without, a search gives
 * some mapping and a bound that holds. */
static void stopped_early(void **state)
{
	(void)state;
	enum { CASES = 200 };
	const volatile sig_atomic_t requested = 1;
	const struct search_stop stops[] = {
		{.requested = &requested}, {.deadline = 1e-9},
		{.requested = &requested, .grace = 1e-9},
		{.deadline = 1e-9, .grace = 1e-9}};
	int unproven = 0;
	for (uint64_t seed = 1; seed <= CASES; seed++) {
		struct random random = {seed * 0x9e3779b97f4a7c15u};
		struct nest nest = random_nest(&random);
		struct arch arch = random_arch(&random);
		struct search_options options = {.front = true,
			.tiles = seed / 4 % 2 ? TILES_PADDED : TILES_PERFECT};
		struct search_result whole, early;
		struct ctx ctx;
		ctx_init(&ctx, stderr, NULL);
		assert_true(search_exact(&ctx, &nest, &arch, &options, &whole));
		options.stop = &stops[seed % 4];
		assert_true(search_exact(&ctx, &nest, &arch, &options, &early));
		assert_int_equal(early.feasible, whole.feasible);
		for (int o = 0; o < OBJ_COUNT && whole.feasible; o++) {
			const struct best *best = &early.best[o];
			double least = objective_value((enum objective)o,
				&whole.best[o].winner.estimate);
			double value = objective_value(
				(enum objective)o, &best->winner.estimate);
			assert_true(
				mapping_valid(&nest, &best->winner.mapping));
			assert_true(best->proof.bound <= least);
			assert_true(value >= least);
			if (best->proof.proven)
				assert_true(value == least);
			unproven += !best->proof.proven;
			assert_true(best->proof.proven || early.cut);
		}
		assert_false(whole.cut);
		assert_true(!early.feasible || early.front_count > 0);
		ctx_release(&ctx);
	}
	assert_true(unproven > CASES);
}

/* The exhaustive search that is ended early is no worse with padded tiles than
 * with perfect ones alone. */
static void stopped_brute(void **state)
{
	(void)state;
	enum { CASES = 200 };
	const volatile sig_atomic_t requested = 1;
	const struct search_stop stop = {.requested = &requested};
	int feasible = 0;
	for (uint64_t seed = 1; seed <= CASES; seed++) {
		struct random random = {seed * 0x9e3779b97f4a7c15u};
		struct nest nest = random_nest(&random);
		struct arch arch = random_arch(&random);
		struct search_options options = {
			.stop = &stop, .tiles = TILES_PERFECT};
		struct search_result perfect, padded;
		struct ctx ctx;
		ctx_init(&ctx, stderr, NULL);
		assert_true(search_brute(
			&ctx, &nest, &arch, &options, &perfect));
		options.tiles = TILES_PADDED;
		assert_true(search_brute(
			&ctx, &nest, &arch, &options, &padded));
		assert_int_equal(padded.feasible, perfect.feasible);
		for (int o = 0; o < OBJ_COUNT && padded.feasible; o++)
			assert_true(candidate_compare((enum objective)o,
					    &padded.best[o].winner,
					    &perfect.best[o].winner) <= 0);
		feasible += padded.feasible;
		ctx_release(&ctx);
	}
	assert_true(feasible > CASES / 2);
}

/* The few orders that the exact search looks at are enough, tiling by tiling:
 * for each objective the least of them costs what the least of all does. */
static struct candidate best_order(const struct nest *nest,
	const struct arch *arch, enum objective objective,
	orderings_fn *orderings, const struct tiling *tiling)
{
	const struct search_options options = {0};
	struct choice choice = {.objective = objective};
	candidates_each(
		nest, arch, &options, orderings, tiling, choice_take, &choice);
	assert_true(choice.made);
	return choice.winner;
}

static void best_orderings_hold_the_best(void **state)
{
	(void)state;
	enum { TILINGS = 5000 };
	struct random random = {0x9e3779b97f4a7c15u};
	for (unsigned i = 0; i < TILINGS * times_wanted(); i++) {
		struct nest nest = random_nest(&random);
		struct arch arch = random_arch(&random);
		struct tiling tiling = random_tiling(&random, &nest);
		if (i % 2)
			random_ports(&random, &arch);
		for (int o = 0; o < OBJ_COUNT; o++) {
			struct candidate all = best_order(&nest, &arch,
				(enum objective)o, orderings_all, &tiling);
			struct candidate best = best_order(&nest, &arch,
				(enum objective)o, orderings_best, &tiling);
			if (all.estimate.energy_pj != best.estimate.energy_pj ||
				all.estimate.cycles != best.estimate.cycles)
				fail_msg("tiling %u, %s: %.17g in %lld "
					 "cycles, best orderings %.17g in "
					 "%lld",
					i, objective_name((enum objective)o),
					all.estimate.energy_pj,
					(long long)all.estimate.cycles,
					best.estimate.energy_pj,
					(long long)best.estimate.cycles);
		}
	}
}

/* Depthwise, SPM loops C and Fx: reusing O over Fx costs 4 x 1,500 cycles of
 * work and 2 x 1,500 of waiting for its end, reusing nothing 4 x (1,500 + 168
 * elements of I). */
static void no_reuse_may_be_fastest(void **state)
{
	(void)state;
	static const int64_t one[2] = {1, 1};
	const struct nest nest = nest_depthwise(
		1, 1, 2, (int64_t[]){15, 14}, (int64_t[]){6, 5}, one, one);
	struct arch arch = arch_default();
	arch.dma_init_cycles = arch.dma_cycles_per_byte = 0;
	static const int64_t factor[SEED_SLOTS][LOOP_COUNT] = {
		{1, 1, 1, 1,  1,  1, 1},
		{1, 1, 2, 1,  1,  2, 1},
		{1, 1, 1, 10, 10, 3, 5},
		{1, 1, 1, 1,  1,  1, 1},
	};
	const struct tiling tiling = seed_tiling(factor);
	orderings_fn *const orderings[] = {orderings_all, orderings_best};
	for (int i = 0; i < 2; i++) {
		struct candidate best = best_order(
			&nest, &arch, OBJ_CYCLES, orderings[i], &tiling);
		assert_int_equal(best.estimate.cycles, 4 * (1500 + 168));
	}
}

/* --- known optima --------------------------------------------------------- */

enum kind { CONV, DEPTHWISE, GEMM };

/* Machines that differ from the default one; the last two numbers are the clock
 * rates. */
enum machine_kind { DEFAULT, EYERISS_LIKE, WIDE_DATA, FEW_PES, MACHINES };

static struct arch machine_arch(enum machine_kind machine)
{
	struct arch a = arch_default();
	switch (machine) {
	case EYERISS_LIKE:
		a.pes = 168, a.rf_bytes = 1024;
		a.spm_banks = 48, a.bank_bytes = 1024;
		a.dma_init_cycles = 100, a.dma_cycles_per_byte = 0.5;
		a.rf_pj = 0.12, a.noc_pj = 1, a.dram_pj = 100;
		break;
	case WIDE_DATA:
		a.pes = 192, a.rf_bytes = 64, a.elem_bytes = 4;
		a.dma_elem_bytes = 4, a.spm_banks = 48, a.bank_bytes = 4096;
		a.dma_init_cycles = 100, a.dma_cycles_per_byte = 0.06;
		a.accel_mhz = 200;
		a.rf_pj = 0.12, a.noc_pj = 0.5, a.spm_pj = 9;
		a.dram_pj = 100, a.mac_pj = 1;
		break;
	case FEW_PES:
		a.pes = 16, a.rf_bytes = 448;
		a.spm_banks = 48, a.bank_bytes = 1024;
		a.dma_init_cycles = 100, a.dma_mhz = 1600, a.accel_mhz = 200;
		a.noc_pj = 0.5, a.spm_pj = 30.375, a.dram_pj = 333.3;
		a.mac_pj = 0.2;
		break;
	default:
		break;
	}
	return a;
}

/* Optima that two independent solvers agree on. Convolutions: batch, out and in
 * channels, padded image, filter, stride; matrix products: rows, columns,
 * depth. */
/* clang-format off */
static const struct {
	enum kind kind;
	enum machine_kind machine;
	int64_t n, m, c, image[2], filter[2], stride;
	double edp, energy, cycles;
} optima[] = {
	{CONV, DEFAULT, 4, 64, 3, {230, 230}, {7, 7}, 2, 1.92821286e16,
		2882547669, 6121472},
	{CONV, DEFAULT, 4, 64, 64, {58, 58}, {3, 3}, 1, 7.04121079e15,
		2502735729, 2727424},
	{CONV, DEFAULT, 4, 128, 128, {30, 30}, {3, 3}, 1, 5.60031105e15,
		2441194865, 2244320},
	{CONV, DEFAULT, 4, 256, 256, {16, 16}, {3, 3}, 1, 4.90783763e15,
		2421110129, 2017056},
	{CONV, DEFAULT, 4, 512, 256, {16, 16}, {3, 3}, 2, 7.90799552e15,
		1469657784, 4198784},
	{CONV, DEFAULT, 4, 512, 512, {9, 9}, {3, 3}, 1, 6.84495727e15,
		2581195121, 2457488},
	{GEMM, FEW_PES, 2, 1000, 128, {0}, {0}, 0, 6235842556800,
		48539129, 128250},
	{GEMM, EYERISS_LIKE, 197, 100, 512, {0}, {0}, 0, 8602629474040,
		35250466, 227692},
	{GEMM, DEFAULT, 100, 768, 1152, {0}, {0}, 0, 680025857434000,
		654355200, 987720},
	{CONV, WIDE_DATA, 2, 16, 3, {16, 12}, {7, 3}, 1, 8414768960,
		1044016, 8060},
	{CONV, EYERISS_LIKE, 4, 32, 48, {8, 12}, {1, 5}, 2, 80986093600,
		2423680, 26080},
	{CONV, FEW_PES, 2, 256, 96, {19, 19}, {7, 7}, 1,
		8.17253077186e16, 2804443515, 25525760},
	{DEPTHWISE, DEFAULT, 1, 1, 96, {59, 59}, {5, 5}, 2,
		33627161498100, 97751136, 342576},
	{DEPTHWISE, WIDE_DATA, 4, 1, 32, {32, 32}, {5, 5}, 1,
		20506746839000, 32682203, 577920},
	{DEPTHWISE, FEW_PES, 1, 1, 3, {14, 11}, {3, 1}, 2, 53322030,
		132469, 270},
};
/* clang-format on */

static struct nest optimum_nest(size_t i)
{
	static const int64_t one[2] = {1, 1};
	int64_t stride[2] = {optima[i].stride, optima[i].stride};
	if (optima[i].kind == GEMM)
		return nest_gemm(
			optima[i].n, optima[i].m, optima[i].c, false, false);
	return (optima[i].kind == CONV ? nest_conv : nest_depthwise)(
		optima[i].n, optima[i].m, optima[i].c, optima[i].image,
		optima[i].filter, stride, one);
}

static void optima_are_known(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof optima / sizeof *optima; i++) {
		struct arch arch = machine_arch(optima[i].machine);
		struct nest nest = optimum_nest(i);
		struct ctx ctx;
		ctx_init(&ctx, stderr, NULL);
		struct search_options options = {0};
		struct search_result result;
		assert_true(
			search_exact(&ctx, &nest, &arch, &options, &result));
		assert_true(result.feasible);
		const double want[OBJ_COUNT] = {
			optima[i].edp, optima[i].energy, optima[i].cycles};
		for (int o = 0; o < OBJ_COUNT; o++) {
			const struct best *best = &result.best[o];
			double value = objective_value(
				(enum objective)o, &best->winner.estimate);
			/* Nine digits of EDP are known, all of the others. */
			double slack = o == OBJ_EDP ? 1e-8 : 0;
			if (value < want[o] * (1 - slack) ||
				value > want[o] * (1 + slack))
				fail_msg("%s: %s %.17g, optimum %.17g",
					nest_text(&ctx, &nest),
					objective_name((enum objective)o),
					value, want[o]);
			assert_true(best->proof.proven);
			assert_true(best->proof.bound == value);
			assert_true(
				mapping_valid(&nest, &best->winner.mapping));
			/* The orders give what the estimate says. */
			struct estimate again;
			cost_mapping(&nest, &arch, &best->winner.mapping,
				options.rule, &again);
			assert_true(again.energy_pj ==
				best->winner.estimate.energy_pj);
			assert_int_equal(
				again.cycles, best->winner.estimate.cycles);
		}
		ctx_release(&ctx);
	}
}

/* --- machines too small ----------------------------------------------------
 */

static void misfits_are_explained(void **state)
{
	(void)state;
	const struct {
		int64_t elem_bytes, rf_bytes, spm_banks, bank_bytes;
		const char *memory;
		int64_t needs_bytes, has_bytes, needs_banks, has_banks;
	} cases[] = {
		{2, 6,   3,  2,    NULL,            0,  0,    0, 0},
		{2, 5,   32, 2048, "register file", 6,  5,    0, 0},
		{2, 512, 2,  2048, "scratchpad",    6,  4096, 3, 2},
 /* an element spans two banks */
		{4, 512, 5,  2,    "scratchpad",    12, 10,   6, 5},
	};
	struct nest nest = nest_gemm(4, 6, 10, false, false);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct arch arch = arch_default();
		arch.elem_bytes = cases[i].elem_bytes;
		arch.rf_bytes = cases[i].rf_bytes;
		arch.spm_banks = cases[i].spm_banks;
		arch.bank_bytes = cases[i].bank_bytes;
		search_fn *const searches[] = {search_exact, search_brute};
		for (int s = 0; s < 2; s++) {
			struct ctx ctx;
			ctx_init(&ctx, stderr, NULL);
			struct search_options options = {0};
			struct search_result r;
			assert_true(
				searches[s](&ctx, &nest, &arch, &options, &r));
			assert_int_equal(r.feasible, !cases[i].memory);
			if (cases[i].memory)
				assert_string_equal(
					r.misfit.memory, cases[i].memory);
			else
				assert_null(r.misfit.memory);
			assert_int_equal(
				r.misfit.needs_bytes, cases[i].needs_bytes);
			assert_int_equal(
				r.misfit.has_bytes, cases[i].has_bytes);
			assert_int_equal(
				r.misfit.needs_banks, cases[i].needs_banks);
			assert_int_equal(
				r.misfit.has_banks, cases[i].has_banks);
			ctx_release(&ctx);
		}
	}
}

/* Limits that no mapping meets leave nothing, and no misfit. */
static void limits_may_leave_nothing(void **state)
{
	(void)state;
	struct nest nest = nest_gemm(3, 5, 7, false, false);
	struct arch arch = arch_default();
	struct search_options options = {.limits.min_pe_use = 0.9};
	struct ctx ctx;
	ctx_init(&ctx, stderr, NULL);
	struct search_result r;
	assert_true(search_exact(&ctx, &nest, &arch, &options, &r));
	assert_false(r.feasible);
	assert_null(r.misfit.memory);
	assert_true(search_brute(&ctx, &nest, &arch, &options, &r));
	assert_false(r.feasible);
	assert_int_equal(r.evaluated, 0);
	ctx_release(&ctx);
}

/* A 2x3x1 product has 4 x 4 tilings; three PEs leave out the 6 = 2x3 at SPATIAL
 * alone. */
static void brute_counts_tilings(void **state)
{
	(void)state;
	struct nest nest = nest_gemm(2, 3, 1, false, false);
	struct arch arch = arch_default();
	struct search_options options = {0};
	struct ctx ctx;
	ctx_init(&ctx, stderr, NULL);
	struct search_result r;
	assert_true(search_brute(&ctx, &nest, &arch, &options, &r));
	assert_int_equal(r.evaluated, 16);
	arch.pes = 3;
	assert_true(search_brute(&ctx, &nest, &arch, &options, &r));
	assert_int_equal(r.evaluated, 15);
	ctx_release(&ctx);
}

/* With too many vectors of tile sizes for a table of them: seven loops of twelve
 * divisors each, and of padded tiles. */
static void nests_of_any_size_are_searched(void **state)
{
	(void)state;
	static const int64_t one[2] = {1, 1}, image[2] = {119, 119},
			     filter[2] = {60, 60}, large[2] = {114, 114},
			     small[2] = {3, 3};
	const struct row {
		struct nest nest;
		enum tile_sizes tiles;
	} rows[] = {
		{nest_conv(60, 60, 60, image, filter, one, one), TILES_PERFECT},
		{nest_conv(4, 512, 512, large, small, one, one), TILES_PADDED},
		{nest_gemm(512, 128256, 4096, false, false),     TILES_PADDED },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct arch arch = arch_default();
		const struct search_options options = {
			.tiles = rows[i].tiles, .objectives = 1u << OBJ_ENERGY};
		struct search_result r;
		struct ctx ctx;
		ctx_init(&ctx, stderr, NULL);
		assert_true(search_exact(
			&ctx, &rows[i].nest, &arch, &options, &r));
		assert_true(r.feasible);
		assert_int_equal(r.tiles, rows[i].tiles);
		assert_true(r.best[OBJ_ENERGY].proof.proven);
		ctx_release(&ctx);
	}
}

/* Perfect tiles, where padded ones are too much for the cost model's numbers.
 */
static void too_large_padded_tiles_leave_perfect_ones(void **state)
{
	(void)state;
	static const int64_t one[2] = {1, 1}, filter[2] = {3, 3},
			     image[2] = {6, 6};
	struct row {
		struct nest nest;
		double dram_pj;
		search_fn *search;
		enum tile_sizes tiles;
	} rows[] = {
		{nest_conv(1, 5,   2,   image, filter, one, one), 200,  search_exact,
                 TILES_PADDED								      },
 /* 1440 multiplications and 4 times as many words of DRAM are
  * 0.64 x 2^53 pJ, padded 6.8 times as much. */
		{nest_conv(1, 5,   2,   image, filter, one, one), 1e12,
                 search_exact,							TILES_PERFECT},
		{nest_conv(1, 5,   2,   image, filter, one, one), 1e12,
                 search_brute,							TILES_PERFECT},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct arch arch = arch_default();
		struct search_options perfect = {0},
				      padded = {.tiles = TILES_PADDED};
		struct search_result a, b;
		struct ctx ctx;
		const struct loc loc = {0};
		ctx_init(&ctx, stderr, NULL);
		arch.dram_pj = rows[i].dram_pj;
		assert_true(cost_check(&ctx, &loc, &rows[i].nest, &arch,
			BURST_TRUE, TILES_PERFECT));
		assert_true(rows[i].search(
			&ctx, &rows[i].nest, &arch, &perfect, &a));
		assert_true(rows[i].search(
			&ctx, &rows[i].nest, &arch, &padded, &b));
		assert_int_equal(b.tiles, rows[i].tiles);
		assert_int_equal(
			b.perfect_feasible, rows[i].tiles == TILES_PADDED);
		for (int o = 0; o < OBJ_COUNT; o++) {
			const struct candidate *of_b =
				rows[i].tiles == TILES_PADDED
				? &b.perfect[o]
				: &b.best[o].winner;
			assert_int_equal(candidate_compare((enum objective)o,
						 &a.best[o].winner, of_b),
				0);
		}
		ctx_release(&ctx);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(exact_equals_brute),
		cmocka_unit_test(exact_equals_brute_with_padding),
		cmocka_unit_test(exact_equals_brute_on_dataflows),
		cmocka_unit_test(stopped_early),
		cmocka_unit_test(stopped_brute),
		cmocka_unit_test(best_orderings_hold_the_best),
		cmocka_unit_test(no_reuse_may_be_fastest),
		cmocka_unit_test(optima_are_known),
		cmocka_unit_test(misfits_are_explained),
		cmocka_unit_test(limits_may_leave_nothing),
		cmocka_unit_test(brute_counts_tilings),
		cmocka_unit_test(nests_of_any_size_are_searched),
		cmocka_unit_test(too_large_padded_tiles_leave_perfect_ones),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
