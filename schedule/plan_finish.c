/* All sums of a plan, made once: nests add up to layers, layers to the network
 * and to the branches that it does not take. */
#include "schedule/plan.h"

#include "base/checked.h"
#include "ir/fork.h"
#include "mapper/poor_fit.h"
#include "schedule/sum.h"

/* *sum += value * times */
static bool add_times(int64_t *sum, int64_t value, int64_t times)
{
	return mul_ok(value, times, &value) && add_ok(*sum, value, sum);
}

static bool too_large(struct ctx *ctx, const struct plan *plan,
	const struct layer *layer, const char *what)
{
	const struct loc loc = {.file = plan->layers->model,
		.node = layer ? layer->name : NULL,
		.op = layer ? layer->op : NULL};
	return diag_error(ctx, &loc,
		"the sum of %s does not fit in 64 bits: compile fewer layers "
		"or a smaller batch",
		what);
}

/* --- nests ---------------------------------------------------------------- */

static const struct nest_parts *nests_finish(
	struct ctx *ctx, const struct plan *plan)
{
	size_t count = plan->network->run;
	struct nest_parts *all = arena_array(&ctx->arena, count, sizeof *all);
	for (size_t i = 0; i < count; i++) {
		const struct nest *nest = &plan->network->nests[i].nest;
		const struct mapping *mapping =
			&plan_winner(plan, i)->winner.mapping;
		if (!plan->results[i].feasible)
			continue;
		cost_breakdown(nest, plan->arch, mapping, plan->rule,
			&all[i].breakdown);
		all[i].poor_fit = poor_fit(
			ctx, plan->arch, nest, plan->results[i].tiles, mapping);
	}
	return all;
}

/* --- layers --------------------------------------------------------------- */

/* A layer's sums on the way, and what the network's need of them. */
struct layer_sum {
	const struct plan *plan;
	struct layer_totals *out;
	struct sum sum;
	struct nest_claim claim;
	double longest; /* cycles of all runs of a nest */
	bool perfect;   /* known of every nest */
};

static void claim_add(
	struct nest_claim *sum, const struct nest_claim *claim, double times)
{
	sum->value += claim->value * times;
	sum->bound += claim->bound * times;
	sum->proven = sum->proven && claim->proven;
}

static void perfect_add(
	struct layer_sum *s, const struct layer_nest *nest, double runs)
{
	const struct estimate *e =
		plan_perfect(s->plan, network_nest(s->plan->network, nest));
	s->perfect = s->perfect && e;
	if (!e)
		return;
	s->out->perfect_energy_pj += e->energy_pj * runs;
	s->out->perfect_cycles += (double)e->cycles * runs;
}

/* Adds one nest that runs 'runs' times. False when a sum leaves int64_t. */
static bool nest_add(
	struct layer_sum *s, const struct layer_nest *nest, int64_t runs)
{
	const struct estimate *e = &plan_best(s->plan, nest)->winner.estimate;
	const struct breakdown *b = &plan_nest_parts(s->plan, nest)->breakdown;
	struct layer_totals *t = s->out;
	int64_t reads = 0, writes = 0;
	double times = (double)runs;
	sum_add(&s->sum, e, runs, 1);
	for (int k = 0; k < COMPONENT_COUNT; k++)
		t->component_pj[k] += e->component_pj[k] * times;
	for (int o = 0; o < OPND_COUNT; o++)
		if (!add_ok(reads, b->flow[0][o].down, &reads) ||
			!add_ok(writes, b->flow[0][o].up, &writes))
			return false;
	for (int k = 0; k < BOUND_COUNT; k++)
		if (!add_times(&t->cause_cycles[k], b->cause_cycles[k], runs))
			return false;
	double cycles = (double)e->cycles * times;
	t->pe_use += b->pe_use * cycles;
	t->rf_use += b->rf_use * cycles;
	t->spm_use += b->spm_use * cycles;
	if (cycles > s->longest) {
		t->bound = b->bound;
		s->longest = cycles;
	}
	perfect_add(s, nest, times);
	return !s->sum.overflows && add_ok(t->runs, runs, &t->runs) &&
		add_times(&t->dram_reads, reads, runs) &&
		add_times(&t->dram_writes, writes, runs);
}

static bool layer_feasible(const struct plan *plan, const struct layer *layer)
{
	for (size_t i = 0; i < layer->nest_count; i++)
		if (!plan->results[network_nest(
					   plan->network, &layer->nests[i])]
				.feasible)
			return false;
	return true;
}

/* The sums over its nests; *whole goes on with those of the layers before. */
static bool layer_finish(struct ctx *ctx, const struct plan *plan,
	const struct layer *layer, struct nest_claim *whole,
	struct layer_totals *out)
{
	struct layer_sum s = {.plan = plan,
		.out = out,
		.claim.proven = true,
		.longest = -1,
		.perfect = true};
	*out = (struct layer_totals){.feasible = layer_feasible(plan, layer)};
	if (!out->feasible)
		return true;
	for (size_t i = 0; i < layer->nest_count; i++) {
		const struct layer_nest *nest = &layer->nests[i];
		const struct nest_claim claim = plan_claim(plan, nest);
		int64_t runs;
		if (!mul_ok(nest->instances, layer->executions, &runs) ||
			!nest_add(&s, nest, runs))
			return too_large(ctx, plan, layer, "cycles or traffic");
		claim_add(&s.claim, &claim, (double)runs);
		if (!layer->aside)
			claim_add(whole, &claim, (double)runs);
	}
	out->energy_pj = s.sum.energy_pj;
	out->cycles = s.sum.whole_cycles;
	out->edp = sum_edp(&s.sum);
	out->proven = s.claim.proven;
	out->gap = claim_gap(&s.claim);
	if (!s.perfect)
		out->perfect_energy_pj = out->perfect_cycles = 0;
	out->perfect_edp = out->perfect_energy_pj * out->perfect_cycles;
	if (out->cycles) {
		out->pe_use /= (double)out->cycles;
		out->rf_use /= (double)out->cycles;
		out->spm_use /= (double)out->cycles;
	}
	return true;
}

/* --- the network ---------------------------------------------------------- */

/* The multiplications of a layer, added to the network's. */
static bool macs_add(struct ctx *ctx, const struct plan *plan,
	const struct layer *layer, struct plan_totals *out)
{
	if (!add_times(&out->macs, layer->macs, layer->executions))
		return too_large(ctx, plan, NULL,
			"multiplications or cycles of all layers");
	for (size_t k = 0; k < layer->nest_count; k++) {
		const struct layer_nest *nest = &layer->nests[k];
		int64_t runs;
		if (!mul_ok(nest->instances, layer->executions, &runs) ||
			!add_times(&out->mapped_macs, nest_macs(&nest->nest),
				runs))
			return too_large(ctx, plan, layer, "multiplications");
	}
	/* Part of what was just added. */
	out->padding_macs += layer->padding_macs * layer->executions;
	return true;
}

static void seed_totals(const struct plan *plan, struct plan_totals *out)
{
	for (size_t i = 0; i < plan->network->run; i++) {
		const struct best *best = plan->results[i].best;
		if (!plan->network->nests[i].instances)
			continue;
		out->seed_edp += best[OBJ_EDP].winner.estimate.edp;
		out->seed_energy_pj +=
			best[OBJ_ENERGY].winner.estimate.energy_pj;
		out->seed_cycles +=
			(double)best[OBJ_CYCLES].winner.estimate.cycles;
	}
}

static void sum_layer(struct sum *sum, const struct layer_totals *t)
{
	const struct sum layer = {.energy_pj = t->energy_pj,
		.cycles = (double)t->cycles,
		.whole_cycles = t->cycles};
	sum_join(sum, &layer);
}

/* The sums of all layers that count, and of each of them. */
static bool network_finish(struct ctx *ctx, const struct plan *plan,
	struct layer_totals *layers, struct plan_totals *out)
{
	const struct layer_list *list = plan->layers;
	double perfect_pj = 0, perfect_cycles = 0;
	bool perfect = true;
	struct sum sum = {0};
	struct nest_claim claim = {.proven = true};
	*out = (struct plan_totals){.feasible = true,
		.proven = true,
		.layers = (int64_t)list->count,
		.distinct_nests = (int64_t)plan->network->run};
	for (size_t i = 0; i < list->count; i++) {
		const struct layer *layer = &list->layers[i];
		struct layer_totals *t = &layers[i];
		if (!layer_finish(ctx, plan, layer, &claim, t))
			return false;
		out->nests += (int64_t)layer->nest_count;
		out->proven = out->proven && t->proven;
		if (layer->aside)
			continue;
		out->feasible = out->feasible && t->feasible;
		sum_layer(&sum, t);
		if (sum.overflows)
			return too_large(ctx, plan, NULL,
				"multiplications or cycles of all layers");
		if (!macs_add(ctx, plan, layer, out))
			return false;
		perfect_pj += t->perfect_energy_pj;
		perfect_cycles += t->perfect_cycles;
		perfect = perfect && (t->perfect_edp > 0 || !layer->nest_count);
	}
	for (size_t i = 0; i < list->unmapped_count; i++)
		out->skipped += list->unmapped[i].skipped != NULL;
	out->energy_pj = sum.energy_pj;
	out->cycles = sum.whole_cycles;
	out->edp = sum_edp(&sum);
	out->sums_proven = claim.proven;
	out->gap = claim_gap(&claim);
	out->perfect_edp = perfect ? perfect_pj * perfect_cycles : 0;
	seed_totals(plan, out);
	return true;
}

static bool fork_finish(struct ctx *ctx, const struct plan *plan, size_t fork,
	const struct layer_totals *layers, struct fork_totals *out)
{
	const struct layer_list *list = plan->layers;
	struct sum sum = {0};
	*out = (struct fork_totals){0};
	for (size_t i = 0; i < list->count; i++) {
		const struct layer *layer = &list->layers[i];
		if (!fork_other_has(list, fork, layer))
			continue;
		sum_layer(&sum, &layers[i]);
		if (!add_times(&out->macs, layer->macs, layer->executions) ||
			sum.overflows)
			return too_large(ctx, plan, NULL,
				"multiplications or cycles of a branch");
	}
	out->energy_pj = sum.energy_pj;
	out->cycles = sum.whole_cycles;
	out->edp = sum_edp(&sum);
	return true;
}

bool plan_finish(struct ctx *ctx, struct plan *plan)
{
	struct arena *a = &ctx->arena;
	const struct layer_list *list = plan->layers;
	struct plan_totals *totals = arena_alloc(a, sizeof *totals);
	struct layer_totals *layers =
		arena_array(a, list->count, sizeof *layers);
	struct fork_totals *forks =
		arena_array(a, list->fork_count, sizeof *forks);
	plan->nest_parts = nests_finish(ctx, plan);
	if (!network_finish(ctx, plan, layers, totals))
		return false;
	for (size_t k = 0; k < list->fork_count; k++)
		if (!fork_finish(ctx, plan, k, layers, &forks[k]))
			return false;
	plan->totals = totals;
	plan->layer_totals = layers;
	plan->fork_totals = forks;
	return true;
}
