/* Bounds and what they settle, on random spaces of small machines: against the
 * optimum of every design by the search that tries every mapping, and against
 * the front and the ranking of all of them. */
#include "dse/explore.h"

#include "tests/cmocka.h"
#include "tests/search_case.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SPACES = 60, NESTS_MAX = 2, TILINGS_MAX = 20000 };

/* --- which machine is at least as good ------------------------------------ */

static void one_key_changed(void **state)
{
	(void)state;
	/* What more of a key does: 1 better, -1 worse, 0 neither. */
	static const struct {
		const char *name;
		int more;
	} known[] = {
		{"CGRA_SIZE",            1 },
		{"RF_SIZE",              1 },
		{"TOTAL_BANKS_IN_SPM",   1 },
		{"SPM_BUFFERS",          1 },
		{"SPM_PORT_WORDS",       1 },
		{"NOC_WORDS_O",          1 },
		{"NOC_WORDS_I",          1 },
		{"NOC_WORDS_W",          1 },
		{"DMA_PARALLEL",         1 },
		{"MAC_GATING",           1 },
		{"SPM_BYPASS_O",         1 },
		{"SPM_BYPASS_I",         1 },
		{"SPM_BYPASS_W",         1 },
		{"RF_BYPASS_O",          1 },
		{"RF_BYPASS_I",          1 },
		{"RF_BYPASS_W",          1 },
		{"rf_energy",            -1},
		{"communication_energy", -1},
		{"spm_energy",           -1},
		{"dram_energy",          -1},
		{"mac_energy",           -1},
		{"dma_init_cycles",      -1},
		{"dma_cycles_per_byte",  -1},
	};
	const struct arch arch = arch_default();
	for (size_t i = 0; i < arch_key_count; i++) {
		const struct arch_key *key = &arch_keys[i];
		struct arch more = arch;
		int effect = 0;
		bool search = key->role == ARCH_SEARCH;
		if (key->kind == ARCH_TRUE)
			continue;
		for (size_t k = 0; k < sizeof known / sizeof *known; k++)
			if (!strcmp(known[k].name, key->name))
				effect = known[k].more;
		arch_set(&more, key, arch_get(&arch, key) + 1);
		assert_int_equal(
			arch_at_least(&more, &arch), search || effect > 0);
		assert_int_equal(
			arch_at_least(&arch, &more), search || effect < 0);
	}
	assert_true(arch_at_least(&arch, &arch));
}

/* --- random spaces -------------------------------------------------------- */

struct trial {
	struct ctx ctx;
	char path[40];
	struct space space;
	struct design_list designs;
	struct work_nest nests[NESTS_MAX];
	struct nest_form forms[NESTS_MAX][2];
	struct work_task tasks[NESTS_MAX];
	struct work work;
	/* Of each design: energy and cycles at the objective's optimum, and the
	 * least of each; infinite where a nest does not fit. */
	double *energy, *cycles, *least_energy, *least_cycles;
};

static void space_make(struct trial *t, struct random *r)
{
	struct arch arch = random_arch(r);
	random_ports(r, &arch);
	arch.mac_pj += 0.5;
	struct arch constrained = arch;
	random_dataflow(r, &constrained);
	arch.pe_rows = PICK(r, 1, 2, 4);
	arch.pes = 16; /* a multiple of the rows; the key ranges */
	strcpy(t->path, "/tmp/nestwright-bound.XXXXXX");
	int file = mkstemp(t->path);
	assert_true(file >= 0);
	FILE *f = fdopen(file, "w");
	fprintf(f,
		"{\"base\": %s, \"keys\": {\"CGRA_SIZE\": [1, %d, 16],"
		"\"RF_SIZE\": [%d, %d], \"TOTAL_BANKS_IN_SPM\": [3, %d, 12],"
		"\"%s\": [0.5, %d]},"
		"\"rules\": [\"CGRA_SIZE %% PE_ROWS == 0\"], \"area\": "
		"\"CGRA_SIZE * RF_SIZE + "
		"%d * TOTAL_BANKS_IN_SPM\"}",
		arch_to_json(&t->ctx, &arch), (int)PICK(r, 2, 4, 6),
		(int)arch.elem_bytes * 4, (int)arch.elem_bytes * 40,
		(int)PICK(r, 4, 6),
		(const char *const[]){"rf_energy", "spm_energy",
			"dma_cycles_per_byte"}[random_below(r, 3)],
		(int)PICK(r, 1, 4), (int)PICK(r, 0, 1, 5));
	assert_int_equal(fclose(f), 0);
	assert_true(space_read(&t->ctx, t->path, &t->space));
	/* Some that no file could say contradict themselves: they will do. */
	if (random_below(r, 2))
		t->space.base.dataflow = constrained.dataflow;
	assert_true(space_designs(&t->ctx, &t->space, &t->designs));
}

static void work_make(struct trial *t, struct random *r)
{
	t->work = (struct work){.nests = t->nests,
		.count = 1 + (size_t)random_below(r, NESTS_MAX),
		.tasks = t->tasks};
	t->work.task_count = t->work.count;
	for (size_t i = 0; i < t->work.count; i++) {
		struct work_nest *n = &t->nests[i];
		t->tasks[i] = (struct work_task){
			.task = {1, t->forms[i], 1},
			.name = "nest",
			.runs = (double)PICK(r, 1, 2, 5) / 2
                };
		t->forms[i][0] = (struct nest_form){i, PICK(r, 1, 1, 3), false};
		/* Another nest may do in its place. */
		t->forms[i][1] = (struct nest_form){
			t->work.count - 1 - i, PICK(r, 1, 2, 4), false};
		t->tasks[i].task.form_count +=
			t->work.count > 1 && random_below(r, 2);
		do
			n->nest = random_nest(r);
		while (tilings_of(&n->nest) > TILINGS_MAX);
	}
}

/* Adds a task's best form by the objective, and the least of all forms. */
static void truth_add(struct trial *t, size_t design, const struct work_task *w,
	enum objective objective, const struct search_result *results)
{
	double least = INFINITY, pj = INFINITY, cycles = INFINITY;
	double least_pj = INFINITY, least_cycles = INFINITY;
	int64_t fewest = 0;
	for (size_t f = 0; f < w->task.form_count; f++) {
		const struct search_result *r = &results[w->task.forms[f].nest];
		int64_t instances = w->task.forms[f].instances;
		double n = (double)instances;
		if (!r->feasible)
			continue;
		const struct estimate *e = &r->best[objective].winner.estimate;
		double value = objective == OBJ_EDP ? n * n * e->edp
			: objective == OBJ_ENERGY   ? n * e->energy_pj
						    : n * (double)e->cycles;
		if (value < least || (value == least && instances < fewest)) {
			least = value;
			fewest = instances;
			pj = n * e->energy_pj;
			cycles = n * (double)e->cycles;
		}
		least_pj = fmin(least_pj,
			n * r->best[OBJ_ENERGY].winner.estimate.energy_pj);
		least_cycles = fmin(least_cycles,
			n * (double)r->best[OBJ_CYCLES].winner.estimate.cycles);
	}
	t->energy[design] += w->runs * pj;
	t->cycles[design] += w->runs * cycles;
	t->least_energy[design] += w->runs * least_pj;
	t->least_cycles[design] += w->runs * least_cycles;
}

static void truth_make(struct trial *t, enum objective objective)
{
	const struct search_options options = {.rule = BURST_TRUE};
	struct arena *a = &t->ctx.arena;
	size_t count = t->designs.count;
	t->energy = arena_array(a, count, sizeof(double));
	t->cycles = arena_array(a, count, sizeof(double));
	t->least_energy = arena_array(a, count, sizeof(double));
	t->least_cycles = arena_array(a, count, sizeof(double));
	for (size_t d = 0; d < count; d++) {
		struct arch arch =
			design_arch(&t->ctx, &t->space, &t->designs, d);
		struct search_result results[NESTS_MAX];
		for (size_t i = 0; i < t->work.count; i++)
			assert_true(search_brute(&t->ctx, &t->nests[i].nest,
				&arch, &options, &results[i]));
		for (size_t i = 0; i < t->work.task_count; i++)
			truth_add(t, d, &t->tasks[i], objective, results);
	}
}

static double metric_of(const struct trial *t, size_t design, enum metric m)
{
	double e = t->energy[design], c = t->cycles[design];
	return m == METRIC_ENERGY    ? e
		: m == METRIC_CYCLES ? c
		: m == METRIC_EDP    ? e * c
				     : t->designs.designs[design].area;
}

static bool is_on_front(const struct trial *t, unsigned set, size_t design)
{
	for (size_t k = 0; k < t->designs.count; k++) {
		bool worse = false, better = false;
		for (int m = 0; m < METRIC_COUNT; m++) {
			if (!(set >> m & 1))
				continue;
			double own = metric_of(t, design, (enum metric)m);
			double other = metric_of(t, k, (enum metric)m);
			worse |= other < own;
			better |= other > own;
		}
		if (worse && !better && isfinite(t->energy[k]))
			return false;
	}
	return isfinite(t->energy[design]);
}

/* Bounds that follow from the space alone, and from the anchors' outcomes. */
static void bounds_hold(const struct trial *t, const struct explore *e)
{
	for (size_t d = 0; d < t->designs.count; d++) {
		const struct bound *own = &e->bounds[d];
		size_t anchor = own->anchor;
		if (!isfinite(t->energy[d]))
			continue;
		assert_true(own->energy_pj <= t->least_energy[d]);
		assert_true(own->cycles <= t->least_cycles[d]);
		assert_true(own->energy_pj > 0);
		assert_true(t->least_energy[anchor] <= t->least_energy[d]);
		assert_true(t->least_cycles[anchor] <= t->least_cycles[d]);
		struct bound b = bound_raise(*own, &e->outcomes[anchor]);
		assert_true(b.energy_pj <= t->least_energy[d]);
		assert_true(b.cycles <= t->least_cycles[d]);
		assert_true(anchor == d || e->bounds[anchor].anchors);
	}
}

/* How many designs are better by the objective. */
static size_t better_count(const struct trial *t, enum metric by, size_t design)
{
	size_t better = 0;
	for (size_t k = 0; k < t->designs.count; k++)
		better += metric_of(t, k, by) < metric_of(t, design, by);
	return better;
}

static void findings_hold(const struct trial *t, const struct explore *e,
	const struct findings *f)
{
	enum metric by = objective_metric(e->options.objective);
	assert_true(f->complete);
	for (size_t d = 0; d < t->designs.count; d++) {
		const struct outcome *o = &e->outcomes[d];
		bool fits = isfinite(t->energy[d]);
		bool front = is_on_front(t, e->options.front, d);
		/* One that only a search would have found may be settled. */
		assert_true(o->kind != OUTCOME_MISFIT || !fits);
		assert_true(o->kind != OUTCOME_SEARCHED || fits);
		assert_int_equal(f->on_front[d], front);
		if (o->kind == OUTCOME_SEARCHED) {
			assert_true(o->energy_pj == t->energy[d]);
			assert_true(o->cycles == t->cycles[d]);
		}
		if (o->kind != OUTCOME_SETTLED)
			continue;
		assert_false(front);
		assert_true(better_count(t, by, d) >= e->options.top);
	}
	for (size_t i = 0; i < e->options.top && i < f->ranked; i++)
		assert_true(better_count(t, by, f->ranking[i]) <= i);
}

static void random_spaces(void **state)
{
	(void)state;
	struct random r = {.state = 7};
	size_t settled = 0, misfits = 0;
	for (int i = 0; i < SPACES; i++) {
		struct trial t = {0};
		struct explore e;
		struct findings f;
		ctx_init(&t.ctx, stderr, NULL);
		space_make(&t, &r);
		work_make(&t, &r);
		const struct explore_options options = {
			.objective =
				(enum objective)random_below(&r, OBJ_COUNT),
			.front = 1 +
				(unsigned)random_below(
					&r, (1 << METRIC_POWER) - 1),
			.top = 1 + (size_t)random_below(&r, 3),
			.shards = 1,
		};
		t.work.objective = options.objective;
		truth_make(&t, options.objective);
		assert_true(explore_init(
			&t.ctx, &t.space, &t.designs, &t.work, &options, &e));
		bounds_hold(&t, &e);
		explore_begin(&e);
		assert_true(explore_run(&e, 1));
		bounds_hold(&t, &e);
		assert_true(explore_finish(&e, 1, &f));
		findings_hold(&t, &e, &f);
		settled += f.settled;
		misfits += f.misfits;
		explore_release(&e);
		unlink(t.path);
		ctx_release(&t.ctx);
	}
	/* The test would be none if nothing were settled. */
	assert_true(settled > SPACES / 4);
	assert_true(misfits > SPACES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_key_changed),
		cmocka_unit_test(random_spaces),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
