/* Bounds and what they settle, on random spaces of small machines: against the
 * optimum of every design by the search that tries every mapping, and against
 * the front and the ranking of all of them. */
#include "dse/explore.h"

#include "oracle/search_brute.h"
#include "tests/cmocka.h"
#include "tests/search_case.h"
#include "tests/times.h"

#include <assert.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

enum { SPACES = 60, NESTS_MAX = 2, TILINGS_MAX = 20000 };

/* --- which machine is at least as good ------------------------------------ */

/* Keys that a bound hangs on. */
enum { KEYS_MAX = 64 };
static const struct arch_key *keys[KEYS_MAX];
static size_t key_count;

static void keys_find(void)
{
	for (size_t i = 0; i < arch_key_count; i++)
		if (arch_keys[i].kind != ARCH_TRUE &&
			arch_keys[i].role != ARCH_SEARCH)
			keys[key_count++] = &arch_keys[i];
	assert(key_count <= KEYS_MAX);
}

static void one_key_changed(void **state)
{
	(void)state;
	const struct arch arch = arch_default();
	for (size_t i = 0; i < arch_key_count; i++) {
		const struct arch_key *key = &arch_keys[i];
		struct arch less = arch, more = arch, zero = arch;
		if (key->kind == ARCH_TRUE)
			continue;
		bool search = key->role == ARCH_SEARCH;
		arch_set(&less, key, arch_get(&arch, key) + 1);
		arch_set(&more, key, arch_get(&arch, key) + 2);
		arch_set(&zero, key, 0);
		bool better = key->better == BETTER_MORE ||
			key->better == BETTER_MORE_OR_0;
		assert_int_equal(arch_at_least(&more, &less), search || better);
		assert_int_equal(arch_at_least(&less, &more),
			search || key->better == BETTER_LESS);
		assert_true(arch_at_least(&less, &less));
		if (key->better != BETTER_MORE_OR_0)
			continue;
		assert_true(arch_at_least(&zero, &more));
		assert_false(arch_at_least(&more, &zero));
	}
}

static const char *const better_texts[] = {[BETTER_EQUAL] = " | equal |",
	[BETTER_MORE] = " | more |",
	[BETTER_MORE_OR_0] = " | more, and 0 most |",
	[BETTER_LESS] = " | less |"};

/* docs/dse.md has a row for each key, or for several of a name, that says which
 * value is better. */
static void documentation_has_each_key(void **state)
{
	(void)state;
	struct ctx ctx;
	ctx_init(&ctx, stderr, NULL);
	FILE *file = fopen("docs/dse.md", "r");
	assert_non_null(file);
	char *text = arena_alloc(&ctx.arena, 1 << 16);
	assert_true(fread(text, 1, (1 << 16) - 1, file) > 0);
	fclose(file);
	char *from = strstr(text, "## Which machine is at least as good");
	assert_non_null(from);
	for (size_t i = 0; i < arch_key_count; i++) {
		const struct arch_key *key = &arch_keys[i];
		if (key->role == ARCH_SEARCH || key->kind == ARCH_TRUE)
			continue;
		char *quoted = arena_printf(&ctx.arena, "`%s`", key->name);
		const char *row = strstr(from, quoted);
		const char *cell = row ? strstr(row, " | ") : NULL;
		if (!cell)
			fail_msg("docs/dse.md has no row for %s", quoted);
		assert(cell);
		bool on_off = key->kind == ARCH_INT && key->max == 1;
		const char *wanted = on_off && key->better == BETTER_MORE
			? " | 1 |"
			: better_texts[key->better];
		if (strncmp(cell, wanted, strlen(wanted)) != 0)
			fail_msg("docs/dse.md, %s: expected '%s'", quoted,
				wanted);
	}
	ctx_release(&ctx);
}

/* --- what a mapping costs on a better machine ----------------------------- */

/* Another value of the key, as one of its range that matters to small nests. */
static double value_draw(struct random *r, const struct arch_key *key)
{
	static const int64_t wholes[] = {0, 1, 2, 3, 4, 5, 7, 8, 12, 16, 24, 40,
		64, 100, 256, 2048};
	double value;
	if (key->kind == ARCH_NUMBER)
		value = (double)PICK(r, 0, 1, 3, 25, 96, 291, 500, 3333) /
			(double)PICK(r, 1, 1, 3, 100);
	else
		value = (double)wholes[random_below(
			r, sizeof wholes / sizeof *wholes)];
	return fmin(fmax(value, key->min), key->max);
}

/* Values of some keys that bounds use, at random; the rules between keys hold
 * afterwards as before. */
static struct arch arch_change(
	struct random *r, const struct arch *arch, int changes, size_t *last)
{
	for (;;) {
		struct arch other = *arch;
		for (int c = 0; c < changes; c++) {
			*last = (size_t)random_below(r, (int64_t)key_count);
			arch_set(&other, keys[*last],
				value_draw(r, keys[*last]));
		}
		if (!arch_rule_broken(&other, NULL))
			return other;
	}
}

static bool runs(const struct nest *nest, const struct arch *arch,
	const struct mapping *mapping)
{
	const struct limits any = {0};
	const struct tiling *tiling = &mapping->tiling;
	return tiling_fits_rf(nest, arch, tiling, &any) &&
		tiling_fits_spatial(nest, arch, tiling, &any) &&
		tiling_fits_spm(nest, arch, tiling, &any) &&
		mapping_fits_dataflow(arch, nest, mapping);
}

static struct mapping mapping_draw(struct random *r, const struct nest *nest)
{
	struct mapping m = mapping_none;
	m.tiling = random_below(r, 2) ? random_tiling(r, nest)
				      : random_padded_tiling(r, nest);
	for (int v = 0; v < SEED_ORDERED; v++)
		for (int i = 0; i < LOOP_COUNT; i++) {
			int64_t at = random_below(r, i + 1);
			m.order[v][i] = m.order[v][at];
			m.order[v][at] = (uint8_t)i;
		}
	return m;
}

/* A machine with room for most mappings, or for few. */
static struct arch machine_draw(struct random *r)
{
	struct arch arch = random_arch(r);
	random_ports(r, &arch);
	arch.mac_gating = random_below(r, 2);
	if (random_below(r, 4)) {
		arch.rf_bytes = 1 << 20;
		arch.bank_bytes = 1 << 20;
		arch.pes = 1 << 12;
		for (int o = 0; o < OPND_COUNT; o++)
			arch.noc_words[o] = 1 + random_below(r, 40);
	}
	if (random_below(r, 3) == 0)
		random_dataflow(r, &arch);
	return arch;
}

/* Every single mapping: what the proof of each key says. */
static void mappings_cost_no_more(void **state)
{
	(void)state;
	enum { CASES = 40000 };
	struct random r = {.state = 11};
	int compared[KEYS_MAX] = {0}, cheaper = 0, faster = 0, more_run = 0;
	for (int i = 0; i < CASES * (int)times_wanted(); i++) {
		struct nest nest = random_below(&r, 2) ? random_nest(&r)
						       : random_odd_nest(&r);
		struct arch b = machine_draw(&r);
		size_t last;
		int changes = (int)PICK(&r, 1, 1, 1, 2, 3);
		struct arch a = arch_change(&r, &b, changes, &last);
		bool ahead = arch_at_least(&a, &b);
		if (!ahead && !arch_at_least(&b, &a))
			continue;
		const struct arch *good = ahead ? &a : &b;
		const struct arch *bad = ahead ? &b : &a;
		struct mapping m = mapping_draw(&r, &nest);
		more_run += runs(&nest, good, &m) && !runs(&nest, bad, &m);
		if (!runs(&nest, bad, &m))
			continue;
		struct estimate e, f;
		assert_true(runs(&nest, good, &m));
		cost_mapping(&nest, good, &m, BURST_TRUE, &e);
		cost_mapping(&nest, bad, &m, BURST_TRUE, &f);
		if (e.energy_pj > f.energy_pj || e.cycles > f.cycles ||
			e.edp > f.edp)
			fail_msg("case %d, %s and %d more: %.0f pJ, %lld "
				 "cycles, not %.0f, %lld",
				i, keys[last]->name, changes - 1, e.energy_pj,
				(long long)e.cycles, f.energy_pj,
				(long long)f.cycles);
		compared[last] += changes == 1;
		cheaper += e.energy_pj < f.energy_pj;
		faster += e.cycles < f.cycles;
	}
	for (size_t k = 0; k < key_count; k++)
		if (keys[k]->better != BETTER_EQUAL &&
			compared[k] < CASES / 1000)
			fail_msg("%s: %d comparisons", keys[k]->name,
				compared[k]);
	assert_true(cheaper > CASES / 50 && faster > CASES / 50);
	assert_true(more_run > CASES / 100);
}

/* --- the optimum of a better machine -------------------------------------- */

/* Machines that differ in a few keys, all of them, each with each. */
static void optima_follow(void **state)
{
	(void)state;
	enum { GROUPS = 40, MACHINES = 8, TILINGS = 4000 };
	const struct search_options options = {.rule = BURST_TRUE};
	struct random r = {.state = 13};
	int compared = 0, better = 0;
	for (int g = 0; g < GROUPS * (int)times_wanted(); g++) {
		struct ctx ctx;
		struct nest nest;
		struct arch arch[MACHINES];
		double least[MACHINES][OBJ_COUNT];
		size_t last;
		ctx_init(&ctx, stderr, NULL);
		do
			nest = random_nest(&r);
		while (tilings_of(&nest) > TILINGS);
		arch[0] = machine_draw(&r);
		/* 2, 4, 8: the machines so far, and with one key changed. */
		for (int n = 1; n < MACHINES; n *= 2) {
			const struct arch now =
				arch_change(&r, &arch[0], 1, &last);
			const struct arch_key *key = keys[last];
			for (int i = 0; i < n; i++) {
				arch[n + i] = arch[i];
				arch_set(&arch[n + i], key,
					arch_get(&now, key));
				if (arch_rule_broken(&arch[n + i], NULL))
					arch[n + i] = arch[i];
			}
		}
		for (int i = 0; i < MACHINES; i++) {
			struct search_result result;
			assert_true(search_brute(
				&ctx, &nest, &arch[i], &options, &result));
			for (int k = 0; k < OBJ_COUNT; k++)
				least[i][k] = result.feasible
					? objective_value((enum objective)k,
						  &result.best[k]
							   .winner.estimate)
					: INFINITY;
		}
		for (int i = 0; i < MACHINES; i++)
			for (int k = 0; k < MACHINES; k++) {
				if (!arch_at_least(&arch[i], &arch[k]))
					continue;
				compared++;
				for (int by = 0; by < OBJ_COUNT; by++) {
					assert_true(least[i][by] <=
						least[k][by]);
					better += least[i][by] < least[k][by];
				}
			}
		ctx_release(&ctx);
	}
	assert_true(compared > GROUPS * 16);
	assert_true(better > GROUPS * 2);
}

/* A network for I of 36 words a cycle took 2,688 cycles longer than one of 21:
 * what computing hid of an O on its way, the model added to the pass once more,
 * the less others' distributions took. */
static void wider_networks_are_no_slower(void **state)
{
	(void)state;
	static const int64_t image[] = {30, 30}, filter[] = {3, 3},
			     one[] = {1, 1};
	static const int64_t words[] = {1, 2, 3, 5, 8, 13, 21, 36, 64};
	const struct search_options options = {.rule = BURST_TRUE,
		.objectives = 1u << OBJ_CYCLES};
	struct nest nest = nest_conv(4, 128, 128, image, filter, one, one);
	int64_t before = INT64_MAX;
	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		struct arch arch = arch_default();
		struct search_result result;
		struct ctx ctx;
		ctx_init(&ctx, stderr, NULL);
		arch.pes = 512;
		arch.spm_banks = 4;
		arch.noc_words[OPND_W] = 3;
		arch.noc_words[OPND_I] = words[i];
		arch.dma_cycles_per_byte = 0.005;
		arch.dma_init_cycles = 20;
		assert_true(
			search_exact(&ctx, &nest, &arch, &options, &result));
		const struct best *best = &result.best[OBJ_CYCLES];
		assert_true(best->proof.proven);
		int64_t cycles = best->winner.estimate.cycles;
		assert_true(cycles <= before);
		if (words[i] == 21 || words[i] == 36)
			assert_int_equal(cycles, 1433600);
		before = cycles;
		ctx_release(&ctx);
	}
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
	static const char *const ranged[] = {"rf_energy", "spm_energy",
		"dram_energy", "dma_cycles_per_byte", "NOC_WORDS_O",
		"NOC_WORDS_I", "NOC_WORDS_W", "SPM_PORTS", "SPM_PORT_WORDS",
		"data_type_size_in_bytes"};
	struct arch arch = random_arch(r);
	random_ports(r, &arch);
	for (int o = 0; o < OPND_COUNT; o++)
		if (arch.operand_banks[o] > 4) /* of 12 at most */
			arch.operand_banks[o] = 4;
	arch.mac_pj += 0.5;
	struct arch constrained = arch;
	random_dataflow(r, &constrained);
	arch.pe_rows = PICK(r, 1, 2, 4);
	arch.pes = 16; /* a multiple of the rows; the key ranges */
	/* One after the other: the order of arguments is the compiler's. */
	int pes = (int)PICK(r, 2, 4, 6), banks = (int)PICK(r, 4, 6);
	const char *key =
		ranged[random_below(r, sizeof ranged / sizeof *ranged)];
	int more = (int)PICK(r, 1, 4), area = (int)PICK(r, 0, 1, 5);
	strcpy(t->path, "/tmp/nestwright-bound.XXXXXX");
	int file = mkstemp(t->path);
	assert_true(file >= 0);
	FILE *f = fdopen(file, "w");
	fprintf(f,
		"{\"base\": %s, \"keys\": {\"CGRA_SIZE\": [1, %d, 16],"
		"\"RF_SIZE\": [%d, %d], \"TOTAL_BANKS_IN_SPM\": [3, %d, 12],"
		"\"%s\": [%d, %d]},"
		"\"rules\": [\"CGRA_SIZE %% PE_ROWS == 0\", "
		"\"SPM_BANKS_O + SPM_BANKS_I + SPM_BANKS_W <= "
		"TOTAL_BANKS_IN_SPM\"], \"area\": "
		"\"CGRA_SIZE * RF_SIZE + "
		"%d * TOTAL_BANKS_IN_SPM\"}",
		arch_to_json(&t->ctx, &arch), pes, (int)arch.elem_bytes * 4,
		(int)arch.elem_bytes * 40, banks, key, 2, more, area);
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
	struct random r = {.state = 5};
	size_t settled = 0, misfits = 0;
	for (int i = 0; i < SPACES * (int)times_wanted(); i++) {
		struct trial t = {0};
		struct explore e;
		struct findings f;
		ctx_init(&t.ctx, stderr, NULL);
		space_make(&t, &r);
		work_make(&t, &r);
		struct explore_options options = {.shards = 1};
		options.objective = (enum objective)random_below(&r, OBJ_COUNT);
		options.front = 1 +
			(unsigned)random_below(&r, (1 << METRIC_POWER) - 1);
		options.top = 1 + (size_t)random_below(&r, 3);
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

/* On the worse machine the model cannot count the task's proper form, so that
 * it runs in its reserve, here a small one: the better one bounds nothing. */
static void reserves_bound_nothing(void **state)
{
	(void)state;
	struct trial t = {0};
	struct explore e;
	ctx_init(&t.ctx, stderr, NULL);
	strcpy(t.path, "/tmp/nestwright-bound.XXXXXX");
	FILE *f = fdopen(mkstemp(t.path), "w");
	fputs("{\"keys\": {\"dram_energy\": [200, 1e9]}}", f);
	assert_int_equal(fclose(f), 0);
	assert_true(space_read(&t.ctx, t.path, &t.space));
	assert_true(space_designs(&t.ctx, &t.space, &t.designs));
	t.nests[0].nest = nest_gemm(256, 128, 128, false, false);
	t.nests[1].nest = nest_gemm(1, 2, 3, false, false);
	t.forms[0][0] = (struct nest_form){0, 1, false};
	t.forms[0][1] = (struct nest_form){1, 1, true};
	t.tasks[0] = (struct work_task){
		.task = {2, t.forms[0], 1}, .name = "product", .runs = 1};
	t.work = (struct work){.objective = OBJ_CYCLES,
		.nests = t.nests,
		.count = 2,
		.tasks = t.tasks,
		.task_count = 1};
	const struct explore_options options = {.objective = OBJ_CYCLES,
		.front = 1u << METRIC_CYCLES,
		.top = 1,
		.shards = 1};
	struct findings found;
	assert_true(explore_init(
		&t.ctx, &t.space, &t.designs, &t.work, &options, &e));
	assert_int_equal(e.bounds[0].anchor, 0);
	assert_int_equal(e.bounds[1].anchor, 1);
	explore_begin(&e);
	assert_true(explore_run(&e, 1) && explore_finish(&e, 1, &found));
	assert_int_equal(found.winner, 1);
	explore_release(&e);
	unlink(t.path);
	ctx_release(&t.ctx);
}

int main(void)
{
	keys_find();
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_key_changed),
		cmocka_unit_test(documentation_has_each_key),
		cmocka_unit_test(mappings_cost_no_more),
		cmocka_unit_test(optima_follow),
		cmocka_unit_test(wider_networks_are_no_slower),
		cmocka_unit_test(reserves_bound_nothing),
		cmocka_unit_test(random_spaces),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
