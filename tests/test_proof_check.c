/* Checking claims: what the exact search finds is confirmed, what is not the
 * best is refuted with the best, by both methods. */
#include "oracle/proof_check.h"

#include "oracle/proof_counts.h"

#include "tests/cmocka.h"
#include "tests/search_case.h"
#include "tests/times.h"

#include <math.h>
#include <time.h>

enum { BOUNDS = -1, BRUTE = 1 << 30 }; /* brute_most */

struct fixture {
	struct ctx ctx;
	struct nest nest;
	struct arch arch;
	struct search_options options;
	struct mapspace space;
	struct search_result result;
	struct proof_claim claim[CLAIM_COUNT];
	struct proof_verdict verdict[CLAIM_COUNT];
};

/* The search's counts add up, and others do not. */
static void expect_counts(struct fixture *f)
{
	struct proof_counts counts;
	const char *why;
	proof_counts_list(&f->ctx, &f->nest, &f->arch, f->result.tiles, NULL,
		&counts);
	assert_true(counts.count > 0);
	for (int o = 0; o < OBJ_COUNT; o++) {
		struct proof proof = f->result.best[o].proof;
		int64_t fit = f->space.tilings_fit;
		if (!proof_counts_hold(&counts, &proof, fit, &why))
			fail_msg("%s, %s: %s", nest_text(&f->ctx, &f->nest),
				claim_name(o), why);
		proof.splits_visited = fit + 1;
		assert_false(proof_counts_hold(&counts, &proof, fit, &why));
		proof = f->result.best[o].proof;
		proof.pairs_evaluated = 17 * proof.splits_visited + 1;
		assert_false(proof_counts_hold(&counts, &proof, fit, &why));
		proof = f->result.best[o].proof;
		proof.arrays_cut += (int64_t)1 << 50;
		assert_false(proof_counts_hold(&counts, &proof, fit, &why));
		proof = f->result.best[o].proof;
		proof.splits_cut += (int64_t)1 << 50;
		assert_false(proof_counts_hold(&counts, &proof, fit, &why));
	}
}

/* Searches, and claims what is found. */
static void start(struct fixture *f)
{
	ctx_init(&f->ctx, stderr, NULL);
	f->options.front = true;
	assert_true(search_exact(
		&f->ctx, &f->nest, &f->arch, &f->options, &f->result));
	assert_true(mapspace_count(&f->ctx, &f->nest, &f->arch,
		&f->options.limits, f->options.tiles, &f->space));
	for (int o = 0; o < OBJ_COUNT; o++) {
		const struct candidate *winner = &f->result.best[o].winner;
		f->claim[o] = (struct proof_claim){
			.least = objective_value(
				(enum objective)o, &winner->estimate),
			.winner = winner,
		};
	}
	if (f->result.feasible)
		expect_counts(f);
	f->claim[CLAIM_FRONT] = (struct proof_claim){
		.front = f->result.front,
		.front_count = f->result.front_count,
	};
}

static void check(struct fixture *f, int64_t brute_most)
{
	assert_true(proof_check(&f->ctx, &f->nest, &f->arch, &f->options,
		&f->space, brute_most, f->claim, f->verdict));
}

/* Verdicts of both methods on the claims. */
static void expect(struct fixture *f, uint64_t seed, bool confirmed)
{
	for (int brute = 0; brute < 2; brute++) {
		check(f, brute ? BRUTE : BOUNDS);
		enum verdict want = !confirmed ? VERDICT_REFUTED
			: brute                ? VERDICT_BRUTE
					       : VERDICT_BOUNDS;
		for (int o = 0; o < CLAIM_COUNT; o++) {
			const struct proof_verdict *v = &f->verdict[o];
			enum objective objective = (enum objective)o;
			if (v->verdict != want)
				fail_msg("case %llu, %s, %s, claim %.17g: %s",
					(unsigned long long)seed,
					nest_text(&f->ctx, &f->nest),
					claim_name(o), f->claim[o].least,
					verdict_name(v->verdict));
			if (confirmed)
				continue;
			assert_true(
				mapping_valid(&f->nest, &v->better.mapping));
			if (o == CLAIM_FRONT)
				continue;
			/* The best itself is found. */
			assert_true(objective_value(
					    objective, &v->better.estimate) ==
				objective_value(objective,
					&f->result.best[o].winner.estimate));
		}
	}
}

/* A little above the optimum: the next double, or a part of it more (of 0: the
 * next double). A front without one of its points. */
static void claim_more(struct fixture *f, double part, size_t lacks)
{
	struct proof_claim *front = &f->claim[CLAIM_FRONT];
	struct candidate *points = arena_memdup(&f->ctx.arena, front->front,
		front->front_count * sizeof *points);
	lacks %= front->front_count--;
	for (size_t i = lacks; i < front->front_count; i++)
		points[i] = points[i + 1];
	front->front = points;
	for (int o = 0; o < OBJ_COUNT; o++) {
		f->claim[o].least = part > 0 && f->claim[o].least > 0
			? f->claim[o].least * (1 + part)
			: nextafter(f->claim[o].least, INFINITY);
		f->claim[o].winner = NULL;
	}
}

/* Whether there is any mapping. */
static bool case_run(uint64_t seed, struct random *random, struct fixture *f)
{
	f->options.rule = random_below(random, 4) ? BURST_TRUE : BURST_COMPAT;
	if (seed % 4 == 1)
		f->options.limits = random_limits(random);
	if (seed % 4 >= 2)
		random_constraints(random, &f->nest, &f->options.limits);
	start(f);
	if (f->result.feasible && seed % 4 == 3) {
		/* Caps between the optima of energy and cycles. */
		const struct best *best = f->result.best;
		f->options.limits.max_cycles =
			best[OBJ_EDP].winner.estimate.cycles;
		f->options.limits.max_energy_pj =
			best[OBJ_CYCLES].winner.estimate.energy_pj;
		ctx_release(&f->ctx);
		start(f);
	}
	if (f->result.feasible) {
		expect(f, seed, true);
		claim_more(f, seed % 3 ? 0 : 0.3, seed);
		expect(f, seed, false);
	} else {
		/* Nothing is below anything. */
		for (int o = 0; o < OBJ_COUNT; o++)
			f->claim[o] = (struct proof_claim){.least = INFINITY};
		expect(f, seed, true);
	}
	ctx_release(&f->ctx);
	return f->result.feasible;
}

static void optima_are_confirmed_and_others_refuted(void **state)
{
	(void)state;
	enum { CASES = 120, TILINGS = 30000 };
	uint64_t feasible = 0, cases = CASES * times_wanted();
	for (uint64_t seed = 1; seed <= cases; seed++) {
		struct random random = {seed * 0x2545f4914f6cdd1du};
		struct fixture f = {.nest = random_nest(&random)};
		while (tilings_of(&f.nest) > TILINGS)
			f.nest = random_nest(&random);
		f.arch = random_arch(&random);
		if (seed % 3 == 0)
			random_dataflow(&random, &f.arch);
		if (seed % 2)
			random_ports(&random, &f.arch);
		feasible += case_run(seed, &random, &f);
	}
	assert_true(feasible > cases / 3);
}

/* The same with tiles that need not divide, gated or not. */
static void padded_optima_are_confirmed_and_others_refuted(void **state)
{
	(void)state;
	enum { CASES = 120, TILINGS = 30000 };
	uint64_t feasible = 0, cases = CASES * times_wanted();
	for (uint64_t seed = 1; seed <= cases; seed++) {
		struct random random = {seed * 0x2545f4914f6cdd1du};
		struct fixture f = {
			.nest = random_odd_nest(&random),
			.options.tiles = TILES_PADDED,
		};
		while (padded_tilings_of(&f.nest) > TILINGS)
			f.nest = random_odd_nest(&random);
		f.arch = random_arch(&random);
		f.arch.mac_gating = random_below(&random, 2);
		f.arch.reduction_tree = random_below(&random, 2);
		if (seed % 2)
			random_ports(&random, &f.arch);
		if (seed % 3 == 0)
			random_dataflow(&random, &f.arch);
		feasible += case_run(seed, &random, &f);
	}
	assert_true(feasible > cases / 3);
}

/* Brute force also knows which of equals is the smallest. */
static void ties_are_checked_by_brute_force(void **state)
{
	(void)state;
	struct fixture f = {
		.nest = nest_gemm(4, 6, 10, false, false),
		.arch = arch_default(),
	};
	start(&f);
	struct candidate other = f.result.best[OBJ_EDP].winner;
	uint8_t *order = other.mapping.order[SLOT_SPM];
	uint8_t first = order[0];
	order[0] = order[1];
	order[1] = first;
	f.claim[OBJ_EDP].winner = &other;
	check(&f, BRUTE);
	assert_int_equal(f.verdict[OBJ_EDP].verdict, VERDICT_REFUTED);
	assert_int_equal(f.verdict[OBJ_ENERGY].verdict, VERDICT_BRUTE);
	assert_int_equal(f.verdict[OBJ_EDP].tilings, f.space.tilings_fit);
	check(&f, BOUNDS);
	assert_int_equal(f.verdict[OBJ_EDP].verdict, VERDICT_BOUNDS);
	ctx_release(&f.ctx);
}

/* A check that is asked to stop leaves claims open, and refutes none. */
static void stopped_checks_are_open(void **state)
{
	(void)state;
	static const int64_t one[2] = {1, 1};
	static const volatile sig_atomic_t now = 1;
	static const struct search_stop stop = {.requested = &now};
	struct fixture f = {
		.nest = nest_conv(2, 24, 36, (int64_t[]){14, 14},
			(int64_t[]){3, 3}, one, one),
		.arch = arch_default(),
	};
	start(&f);
	f.options.stop = &stop;
	check(&f, BOUNDS);
	for (int k = 0; k < CLAIM_COUNT; k++)
		assert_int_equal(f.verdict[k].verdict, VERDICT_OPEN);
	ctx_release(&f.ctx);
}

/* An exhaustive check that ends at any moment refutes nothing that is true. */
static void ended_checks_refute_nothing(void **state)
{
	(void)state;
	static const int64_t one[2] = {1, 1};
	enum { MOMENTS = 40 };
	struct fixture f = {
		.nest = nest_conv(1, 8, 12, (int64_t[]){8, 8},
			(int64_t[]){3, 3}, one, one),
		.arch = arch_default(),
	};
	start(&f);
	for (int i = 0; i < MOMENTS; i++) {
		struct timespec now;
		clock_gettime(CLOCK_MONOTONIC, &now);
		const struct search_stop stop = {
			.deadline = (double)now.tv_sec +
				1e-9 * (double)now.tv_nsec + 2e-4 * i * i,
			.grace = 1e-9,
		};
		f.options.stop = &stop;
		check(&f, BRUTE);
		for (int k = 0; k < CLAIM_COUNT; k++)
			assert_int_not_equal(
				f.verdict[k].verdict, VERDICT_REFUTED);
	}
	ctx_release(&f.ctx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(optima_are_confirmed_and_others_refuted),
		cmocka_unit_test(
			padded_optima_are_confirmed_and_others_refuted),
		cmocka_unit_test(ties_are_checked_by_brute_force),
		cmocka_unit_test(stopped_checks_are_open),
		cmocka_unit_test(ended_checks_refute_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
