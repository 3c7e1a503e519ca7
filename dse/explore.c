/* Settling a space's designs: bounds first, then searches of what they leave,
 * in an order that makes them few. */
#include "dse/explore.h"

#include "base/hash.h"
#include "mapper/forms.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum metric objective_metric(enum objective objective)
{
	static const enum metric metrics[] = {
		[OBJ_EDP] = METRIC_EDP,
		[OBJ_ENERGY] = METRIC_ENERGY,
		[OBJ_CYCLES] = METRIC_CYCLES,
	};
	static_assert(
		sizeof metrics / sizeof *metrics == OBJ_COUNT, "one each");
	return metrics[objective];
}

/* --- metrics and bounds --------------------------------------------------- */

static void metrics_fill(const struct explore *e, size_t design,
	double energy_pj, double cycles, double metric[METRIC_COUNT])
{
	const struct design *d = &e->designs->designs[design];
	metric[METRIC_ENERGY] = energy_pj;
	metric[METRIC_CYCLES] = cycles;
	metric[METRIC_EDP] = energy_pj * cycles;
	metric[METRIC_AREA] = d->area;
	metric[METRIC_POWER] = design_power(e->space, d, energy_pj, cycles);
}

void explore_metrics(
	const struct explore *e, size_t design, double metric[METRIC_COUNT])
{
	const struct outcome *o = &e->outcomes[design];
	if (o->kind == OUTCOME_SEARCHED) {
		metrics_fill(e, design, o->energy_pj, o->cycles, metric);
		return;
	}
	const struct bound *own = &e->bounds[design];
	struct bound b = bound_raise(*own, &e->outcomes[own->anchor]);
	metrics_fill(e, design, b.energy_pj, b.cycles, metric);
}

/* Whether the bounds say that the design is neither on the front nor among the
 * best, as far as these are known. */
static bool is_settled(const struct explore *e, size_t design)
{
	double metric[METRIC_COUNT];
	enum metric by = objective_metric(e->options.objective);
	const struct bound *own = &e->bounds[design];
	if (!e->settles || own->anchors)
		return false;
	struct bound b = bound_raise(*own, &e->outcomes[own->anchor]);
	metrics_fill(e, design, b.energy_pj, b.cycles, metric);
	return e->best_count == e->options.top &&
		e->best[e->best_count - 1] < metric[by] &&
		pareto_dominates(&e->front, metric);
}

/* --- preparing ------------------------------------------------------------ */

/* Two explorations with the same give the same outcomes for equal indices. */
static uint64_t identity_of(const struct explore *e)
{
	uint64_t hash = HASH_START;
	int version = COST_MODEL_VERSION;
	int objective = (int)e->options.objective;
	int tiles = (int)e->options.tiles;
	hash = hash_bytes(hash, &version, sizeof version);
	hash = hash_bytes(hash, &objective, sizeof objective);
	hash = hash_bytes(hash, &tiles, sizeof tiles);
	for (size_t i = 0; i < e->designs->count; i++)
		hash = hash_bytes(hash, e->designs->designs[i].values,
			e->space->slot_count * sizeof(double));
	/* What designs share and no key says, such as a dataflow. */
	uint64_t base = arch_fingerprint(&e->space->base);
	hash = hash_bytes(hash, &base, sizeof base);
	for (size_t t = 0; t < e->work->task_count; t++) {
		const struct work_task *w = &e->work->tasks[t];
		for (size_t f = 0; f < w->task.form_count; f++) {
			const struct nest_form *form = &w->task.forms[f];
			const int64_t whole[] = {form->instances, form->reserve,
				(int64_t)nest_hash(
					&e->work->nests[form->nest].nest)};
			hash = hash_bytes(hash, whole, sizeof whole);
		}
		hash = hash_bytes(hash, &w->runs, sizeof w->runs);
	}
	return hash;
}

/* The order of searching: anchors first, for their outcomes bound others; then
 * by the least that the objective can be, for good designs settle bad ones. */
struct rank {
	bool anchors;
	double least;
	size_t design;
};

static int rank_compare(const void *a, const void *b)
{
	const struct rank *x = a, *y = b;
	if (x->anchors != y->anchors)
		return x->anchors ? -1 : 1;
	if (x->least != y->least)
		return x->least < y->least ? -1 : 1;
	return (x->design > y->design) - (x->design < y->design);
}

void explore_begin(struct explore *e)
{
	size_t count = e->designs->count;
	struct rank *ranks = arena_array(&e->ctx->arena, count, sizeof *ranks);
	size_t ranked = 0;
	for (size_t i = 0; i < count; i++) {
		double metric[METRIC_COUNT];
		if (e->outcomes[i].kind != OUTCOME_OPEN ||
			(int64_t)i % e->options.shards != e->options.shard)
			continue;
		explore_metrics(e, i, metric);
		ranks[ranked++] = (struct rank){
			.anchors = e->bounds[i].anchors,
			.least = metric[objective_metric(e->options.objective)],
			.design = i,
		};
	}
	if (ranked)
		qsort(ranks, ranked, sizeof *ranks, rank_compare);
	for (size_t i = 0; i < ranked; i++)
		e->order[i] = ranks[i].design;
	e->order_count = ranked;
}

/* Which nests are to be searched on a machine, [work->count] in the arena;
 * *missing: the first task that has none, task_count where there is no such. */
static bool *nests_wanted(struct ctx *ctx, const struct work *work,
	const struct arch *arch, enum tile_sizes tiles, size_t *missing)
{
	bool *counts = arena_array(&ctx->arena, work->count, sizeof *counts);
	bool *wanted = arena_array(&ctx->arena, work->count, sizeof *wanted);
	for (size_t i = 0; i < work->count; i++)
		counts[i] = cost_counts(
			&work->nests[i].nest, arch, BURST_TRUE, tiles);
	*missing = work->task_count;
	for (size_t t = 0; t < work->task_count; t++)
		if (!task_admit(&work->tasks[t].task, counts, wanted) &&
			*missing == work->task_count)
			*missing = t;
	return wanted;
}

/* Whether no form of the task that is wanted has a tile that fits. */
static bool task_misfit(const struct work *work, const struct task *task,
	const struct arch *arch, const bool *wanted)
{
	for (size_t f = 0; f < task->form_count; f++) {
		size_t nest = task->forms[f].nest;
		if (wanted[nest] &&
			!nest_misfit(&work->nests[nest].nest, arch).memory)
			return false;
	}
	return true;
}

/* The model's numbers are exact for every task on the design's machine, and
 * whether it has a mapping at all. */
static bool design_check(struct explore *e, size_t design)
{
	const struct work *work = e->work;
	struct arch arch = design_arch(e->ctx, e->space, e->designs, design);
	struct outcome *o = &e->outcomes[design];
	struct ctx scratch;
	size_t missing;
	ctx_init(&scratch, e->ctx->messages, e->ctx->arena.guard);
	const bool *wanted =
		nests_wanted(&scratch, work, &arch, e->options.tiles, &missing);
	for (size_t t = 0; t < missing && o->kind == OUTCOME_OPEN; t++)
		if (task_misfit(work, &work->tasks[t].task, &arch, wanted)) {
			o->kind = OUTCOME_MISFIT;
			o->misfit = t;
		}
	ctx_release(&scratch);
	if (missing == work->task_count)
		return true;
	const struct work_task *w = &work->tasks[missing];
	const struct loc loc = {.file = e->space->path, .node = w->name};
	cost_check(e->ctx, &loc, &work->nests[w->task.forms[0].nest].nest,
		&arch, BURST_TRUE, e->options.tiles);
	diag_note(e->ctx, &loc, "the design is %s",
		design_text(e->ctx, e->space, &e->designs->designs[design]));
	return false;
}

bool explore_init(struct ctx *ctx, const struct space *space,
	const struct design_list *designs, const struct work *work,
	const struct explore_options *options, struct explore *out)
{
	struct arena *a = &ctx->arena;
	size_t count = designs->count;
	assert(work->objective == options->objective);
	*out = (struct explore){.ctx = ctx,
		.space = space,
		.designs = designs,
		.work = work,
		.options = *options,
		.journal = {.file = -1},
		.front = {.metrics = options->front},
		.lock = PTHREAD_MUTEX_INITIALIZER};
	/* A power that falls with energy bounds nothing. */
	out->settles = !options->all &&
		!(options->front & 1u << METRIC_POWER &&
			space->power_of_results);
	out->outcomes = arena_array(a, count, sizeof *out->outcomes);
	out->order = arena_array(a, count, sizeof *out->order);
	out->front.points = arena_array(a, count, sizeof *out->front.points);
	out->best = arena_array(a, options->top + 1, sizeof *out->best);
	for (size_t i = 0; i < count; i++)
		if (!design_check(out, i))
			return false;
	out->bounds = bounds_make(ctx, space, designs, work, options->tiles);
	out->identity = identity_of(out);
	return true;
}

void explore_release(struct explore *e)
{
	journal_close(&e->journal);
}

/* --- one design ----------------------------------------------------------- */

bool explore_ended(const struct explore *e)
{
	return search_stopped(e->options.stop);
}

static double now_s(void)
{
	struct timespec t;
	clock_gettime(CLOCK_REALTIME, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* The least energy and the least cycles of a nest, run once. */
struct nest_least {
	double energy_pj, cycles;
};

/* A design while it is searched; by nest: which are wanted and were not
 * searched before, and what was found. */
struct trial {
	const struct explore *explore;
	struct arch arch;
	struct search_options options;
	bool *wanted;
	struct nest_cost *costs;
	struct nest_least *leasts;
};

/* One nest of a design; false when it was interrupted, or with a diagnostic.
 * Without a mapping, its cost's energy stays as it is. */
static bool nest_explore(struct ctx *ctx, const struct trial *t, size_t i)
{
	const struct explore *e = t->explore;
	const struct nest *nest = &e->work->nests[i].nest;
	struct nest_cost *cost = &t->costs[i];
	struct nest_least *least = &t->leasts[i];
	struct search_result r;
	if (!search_exact(ctx, nest, &t->arch, &t->options, &r) ||
		explore_ended(e))
		return false;
	*least = (struct nest_least){INFINITY, INFINITY};
	if (!r.feasible) /* by the dataflow: design_check let it in */
		return true;
	const struct best *best = &r.best[e->options.objective];
	assert(best->proof.proven);
	*cost = (struct nest_cost){
		.energy_pj = best->winner.estimate.energy_pj,
		.cycles = best->winner.estimate.cycles,
		.edp = best->winner.estimate.edp,
		.evaluated = best->proof.pairs_evaluated,
	};
	least->energy_pj = r.best[OBJ_ENERGY].winner.estimate.energy_pj;
	least->cycles = (double)r.best[OBJ_CYCLES].winner.estimate.cycles;
	return true;
}

/* All forms of a task that are wanted; *fits: some has a mapping. */
static bool task_explore(struct ctx *ctx, const struct trial *t,
	const struct task *task, bool *fits)
{
	*fits = false;
	for (size_t f = 0; f < task->form_count; f++) {
		size_t i = task->forms[f].nest;
		if (t->wanted[i] && !nest_explore(ctx, t, i))
			return false;
		t->wanted[i] = false;
		*fits |= !isnan(t->costs[i].energy_pj);
	}
	return true;
}

/* Adds the least of the forms. */
static void least_add(
	const struct trial *t, const struct work_task *w, struct outcome *o)
{
	double pj = INFINITY, cycles = INFINITY;
	for (size_t f = 0; f < w->task.form_count; f++) {
		const struct nest_form *form = &w->task.forms[f];
		if (isnan(t->costs[form->nest].energy_pj))
			continue;
		const struct nest_least *least = &t->leasts[form->nest];
		pj = fmin(pj, least->energy_pj * (double)form->instances);
		cycles = fmin(cycles, least->cycles * (double)form->instances);
	}
	o->least_energy_pj += w->runs * pj;
	o->least_cycles += w->runs * cycles;
}

const char *explore_search(
	const struct explore *e, struct ctx *ctx, size_t design)
{
	const struct work *work = e->work;
	/* What is found by then is of no use. */
	struct search_stop stop = {0};
	if (e->options.stop)
		stop = *e->options.stop;
	stop.requested_ns = NULL;
	stop.grace = 1e-9;
	bool anchors = e->bounds[design].anchors;
	struct trial trial = {
		.explore = e,
		.arch = design_arch(ctx, e->space, e->designs, design),
		.options = {
			.rule = BURST_TRUE,
			.tiles = e->options.tiles,
			.objectives = 1u << e->options.objective |
				(anchors ? 1u << OBJ_ENERGY | 1u << OBJ_CYCLES
					 : 0),
			.stop = &stop,
		},
	};
	struct outcome o = {.kind = OUTCOME_SEARCHED,
		.began_s = now_s(),
		.least_energy_pj = anchors ? 0 : NAN,
		.least_cycles = anchors ? 0 : NAN};
	size_t missing;
	trial.wanted = nests_wanted(
		ctx, work, &trial.arch, e->options.tiles, &missing);
	trial.leasts =
		arena_array(&ctx->arena, work->count, sizeof *trial.leasts);
	o.nests = arena_array(&ctx->arena, work->count + 1, sizeof *o.nests);
	trial.costs = o.nests;
	for (size_t i = 0; i < work->count; i++)
		o.nests[i].energy_pj = NAN;
	bool fits = true;
	for (size_t t = 0; t < work->task_count && fits; t++) {
		const struct work_task *w = &work->tasks[t];
		if (!task_explore(ctx, &trial, &w->task, &fits))
			return NULL;
		if (fits && anchors)
			least_add(&trial, w, &o);
	}
	o.ended_s = now_s();
	return journal_line(ctx, design, work, &o);
}

/* Keeps an outcome, with memory of the exploration's own. */
static void outcome_keep(
	struct explore *e, size_t design, const struct outcome *outcome)
{
	struct outcome *o = &e->outcomes[design];
	double metric[METRIC_COUNT];
	size_t bytes = e->work->count * sizeof *o->nests;
	if (o->kind != OUTCOME_OPEN)
		return;
	/* Not arena_alloc: its jump would leave another thread's stack. */
	struct nest_cost *nests = arena_try_alloc(&e->ctx->arena, bytes);
	if (!nests) {
		e->failed = e->out_of_memory = true;
		return;
	}
	memcpy(nests, outcome->nests, bytes);
	*o = *outcome;
	o->nests = nests;
	if (o->kind != OUTCOME_SEARCHED)
		return;
	explore_metrics(e, design, metric);
	pareto_add(&e->front, design, metric);
	double value = metric[objective_metric(e->options.objective)];
	size_t at = e->best_count;
	while (at && e->best[at - 1] > value) {
		e->best[at] = e->best[at - 1];
		at--;
	}
	e->best[at] = value;
	if (e->best_count < e->options.top)
		e->best_count++;
}

static void recall(void *explore, size_t design, const struct outcome *outcome)
{
	outcome_keep(explore, design, outcome);
}

struct journal_reader explore_reader(struct explore *e)
{
	return (struct journal_reader){.whose = e->identity,
		.count = e->designs->count,
		.work = e->work,
		.take = recall,
		.arg = e};
}

void explore_take(struct explore *e, struct ctx *ctx, const char *line)
{
	struct outcome outcome;
	size_t design;
	const struct journal_reader reader = explore_reader(e);
	bool ok = journal_parse(
		ctx, &reader, line, strlen(line), &design, &outcome);
	pthread_mutex_lock(&e->lock);
	if (ok) {
		outcome_keep(e, design, &outcome);
		e->done++;
	}
	if (e->journal.file >= 0 && !journal_append(ctx, &e->journal, line))
		ok = false;
	e->failed |= !ok;
	if (e->options.progress)
		e->options.progress(
			e->options.progress_arg, e->done, e->order_count);
	pthread_mutex_unlock(&e->lock);
}

/* --- all designs ---------------------------------------------------------- */

size_t explore_next(struct explore *e)
{
	size_t design = SIZE_MAX;
	pthread_mutex_lock(&e->lock);
	while (design == SIZE_MAX && e->next < e->order_count && !e->failed &&
		!explore_ended(e)) {
		size_t at = e->order[e->next++];
		if (e->outcomes[at].kind == OUTCOME_OPEN && !is_settled(e, at))
			design = at;
		else
			e->done++;
	}
	pthread_mutex_unlock(&e->lock);
	return design;
}

static size_t design_next(void *arg)
{
	return explore_next(arg);
}

static bool design_run(void *arg, struct ctx *ctx, size_t design)
{
	struct explore *e = arg;
	const char *line = explore_search(e, ctx, design);
	if (line)
		explore_take(e, ctx, line);
	return line || explore_ended(e);
}

/* Of a failure all who ask for designs are to know. */
static bool design_keep(void *arg, struct ctx *ctx, size_t design, bool ok)
{
	(void)ctx, (void)design;
	struct explore *e = arg;
	pthread_mutex_lock(&e->lock);
	e->failed |= !ok;
	pthread_mutex_unlock(&e->lock);
	return true;
}

void explore_start(struct explore *e, int threads, struct crew *crew)
{
	const struct crew_job job = {e, design_next, design_run, design_keep};
	crew_init(e->ctx, &job, crew);
	crew_start(crew, (size_t)threads < e->order_count
			? threads
			: (int)e->order_count);
}

void explore_join(struct explore *e, struct crew *crew)
{
	e->failed |= !crew_join(crew);
	if (e->out_of_memory) /* as if it had been this thread */
		arena_array(&e->ctx->arena, SIZE_MAX, SIZE_MAX);
}

bool explore_run(struct explore *e, int threads)
{
	struct crew crew;
	explore_start(e, threads - 1, &crew);
	crew_work(&crew);
	explore_join(e, &crew);
	return !e->failed;
}

/* --- findings ------------------------------------------------------------- */

static void rank_searched(struct explore *e, struct findings *f)
{
	size_t count = e->designs->count;
	struct rank *ranks = arena_array(&e->ctx->arena, count, sizeof *ranks);
	f->ranked = 0;
	for (size_t i = 0; i < count; i++) {
		double metric[METRIC_COUNT];
		if (e->outcomes[i].kind != OUTCOME_SEARCHED)
			continue;
		explore_metrics(e, i, metric);
		ranks[f->ranked++] = (struct rank){
			.least = metric[objective_metric(e->options.objective)],
			.design = i,
		};
	}
	if (f->ranked)
		qsort(ranks, f->ranked, sizeof *ranks, rank_compare);
	f->ranking =
		arena_array(&e->ctx->arena, f->ranked + 1, sizeof *f->ranking);
	f->rank = arena_array(&e->ctx->arena, count, sizeof *f->rank);
	for (size_t i = 0; i < f->ranked; i++) {
		f->ranking[i] = ranks[i].design;
		f->rank[ranks[i].design] = i + 1;
	}
	f->winner = f->ranked ? f->ranking[0] : SIZE_MAX;
}

/* Marks the designs that differ from the winner in one key. */
static void mark_neighbours(
	const struct explore *e, size_t winner, bool *marked)
{
	const struct space *space = e->space;
	const struct design *design = &e->designs->designs[winner];
	for (size_t a = 0; a < space->axis_count; a++) {
		int64_t step;
		size_t place = design_place(space, design, a, &step);
		for (size_t p = 0; p < space->axes[a].count; p++) {
			int64_t c = design->combination +
				((int64_t)p - (int64_t)place) * step;
			int32_t other = e->designs->of_combination[c];
			if (other >= 0)
				marked[other] = true;
		}
	}
}

/* Searches the marked designs that are not known. */
static bool search_marked(struct explore *e, const bool *marked, int threads)
{
	bool settles = e->settles;
	e->settles = false;
	e->order_count = e->next = e->done = 0;
	for (size_t i = 0; i < e->designs->count; i++)
		if (marked[i] && e->outcomes[i].kind == OUTCOME_OPEN)
			e->order[e->order_count++] = i;
	bool ok = explore_run(e, threads);
	e->settles = settles;
	return ok;
}

bool explore_finish(struct explore *e, int threads, struct findings *f)
{
	size_t count = e->designs->count;
	bool *kept = arena_array(&e->ctx->arena, count, sizeof *kept);
	*f = (struct findings){.complete = true};
	rank_searched(e, f);
	if (f->winner != SIZE_MAX) {
		mark_neighbours(e, f->winner, kept);
		if (!search_marked(e, kept, threads))
			return false;
	}
	for (size_t i = 0; i < count; i++) {
		struct outcome *o = &e->outcomes[i];
		/* Whether it was searched must not show. */
		if (!kept[i] && (o->kind == OUTCOME_OPEN || o->nests) &&
			is_settled(e, i))
			o->kind = OUTCOME_SETTLED;
		f->open += o->kind == OUTCOME_OPEN;
		f->searched += o->kind == OUTCOME_SEARCHED;
		f->settled += o->kind == OUTCOME_SETTLED;
		f->misfits += o->kind == OUTCOME_MISFIT;
	}
	f->complete = f->open == 0;
	rank_searched(e, f);
	pareto_sort(&e->front);
	f->front_count = e->front.count;
	f->on_front = arena_array(&e->ctx->arena, count, sizeof *f->on_front);
	for (size_t i = 0; i < e->front.count; i++)
		f->on_front[e->front.points[i].design] = true;
	return true;
}
