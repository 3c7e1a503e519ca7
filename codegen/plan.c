#include "codegen/plan.h"

#include "base/checked.h"
#include "codegen/method.h"
#include "codegen/plan_choice.h"
#include "codegen/result_json.h"
#include "codegen/tables_csv.h"
#include "ir/fork.h"
#include "mapper/poor_fit.h"

const char *plan_goal(const struct plan *plan)
{
	return plan->choice ? network_aim_name(plan->choice->goal.aim)
			    : objective_name(plan->objective);
}

const struct best *plan_winner(const struct plan *plan, size_t distinct)
{
	assert(distinct < plan->network->count);
	return plan->chosen && distinct < plan->network->run
		? &plan->chosen[distinct]
		: &plan->results[distinct].best[plan->objective];
}

const struct best *plan_best(
	const struct plan *plan, const struct layer_nest *nest)
{
	return plan_winner(plan, nest->distinct);
}

const struct estimate *plan_perfect(const struct plan *plan, size_t distinct)
{
	const struct search_result *r = &plan->results[distinct];
	return r->perfect_feasible && !plan->chosen
		? &r->perfect[plan->objective].estimate
		: NULL;
}

const char *plan_poor_fit(
	struct ctx *ctx, const struct plan *plan, size_t distinct)
{
	return poor_fit(ctx, plan->arch, &plan->network->nests[distinct].nest,
		plan->results[distinct].tiles,
		&plan_winner(plan, distinct)->winner.mapping);
}

size_t plan_count_mapspaces(
	struct ctx *ctx, struct plan *plan, const struct search_stop *stop)
{
	size_t left = 0;
	struct mapspace *spaces =
		arena_array(&ctx->arena, plan->network->count, sizeof *spaces);
	for (size_t i = 0; i < plan->network->count; i++) {
		struct ctx scratch;
		ctx_init(&scratch, ctx->messages, ctx->arena.guard);
		/* Zeros where it cannot be counted. */
		mapspace_count_until(&scratch, &plan->network->nests[i].nest,
			plan->arch, &plan->limits, plan->results[i].tiles, stop,
			&spaces[i]);
		left += search_expired(stop);
		ctx_release(&scratch);
	}
	plan->mapspaces = spaces;
	return left;
}

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

/* Adds one nest that runs 'runs' times. False when a sum leaves int64_t. */
static bool nest_add(const struct plan *plan, const struct layer_nest *nest,
	int64_t runs, struct layer_totals *t)
{
	const struct best *best = plan_best(plan, nest);
	const struct estimate *e = &best->winner.estimate;
	struct breakdown b;
	int64_t reads = 0, writes = 0;
	double times = (double)runs;
	cost_breakdown(
		&nest->nest, plan->arch, &best->winner.mapping, plan->rule, &b);
	const int64_t causes[BOUND_COUNT] = {
		[BOUND_COMPUTE] = b.compute_cycles,
		[BOUND_NOC] = b.noc_cycles,
		[BOUND_REDUCTION] = b.reduction_cycles,
		[BOUND_DMA] = b.dma_cycles,
	};
	t->energy_pj += e->energy_pj * times;
	for (int k = 0; k < COMPONENT_COUNT; k++)
		t->component_pj[k] += e->component_pj[k] * times;
	for (int o = 0; o < OPND_COUNT; o++)
		if (!add_ok(reads, b.dram_reads[o], &reads) ||
			!add_ok(writes, b.dram_writes[o], &writes))
			return false;
	for (int k = 0; k < BOUND_COUNT; k++)
		if (!add_times(&t->cause_cycles[k], causes[k], runs))
			return false;
	double cycles = (double)e->cycles * times;
	t->pe_use += b.pe_use * cycles;
	t->rf_use += b.rf_use * cycles;
	t->spm_use += b.spm_use * cycles;
	t->proven = t->proven && plan_claim(plan, nest).proven;
	return add_ok(t->runs, runs, &t->runs) &&
		add_times(&t->cycles, e->cycles, runs) &&
		add_times(&t->dram_reads, reads, runs) &&
		add_times(&t->dram_writes, writes, runs);
}

static bool runs_of(
	const struct layer *layer, const struct layer_nest *nest, int64_t *runs)
{
	return mul_ok(nest->instances, layer->executions, runs);
}

static void perfect_totals(const struct plan *plan, const struct layer *layer,
	struct layer_totals *out)
{
	double pj = 0, cycles = 0;
	for (size_t i = 0; i < layer->nest_count; i++) {
		const struct layer_nest *nest = &layer->nests[i];
		const struct estimate *e = plan_perfect(plan, nest->distinct);
		double runs =
			(double)nest->instances * (double)layer->executions;
		if (!e)
			return;
		pj += e->energy_pj * runs;
		cycles += (double)e->cycles * runs;
	}
	out->perfect_energy_pj = pj;
	out->perfect_cycles = cycles;
	out->perfect_edp = pj * cycles;
}

bool layer_totals(struct ctx *ctx, const struct plan *plan,
	const struct layer *layer, struct layer_totals *out)
{
	*out = (struct layer_totals){.proven = true};
	double longest = -1;
	for (size_t i = 0; i < layer->nest_count; i++) {
		const struct layer_nest *nest = &layer->nests[i];
		const struct best *best = plan_best(plan, nest);
		int64_t runs;
		if (!runs_of(layer, nest, &runs) ||
			!nest_add(plan, nest, runs, out))
			return too_large(ctx, plan, layer, "cycles or traffic");
		double cycles =
			(double)best->winner.estimate.cycles * (double)runs;
		if (cycles > longest) {
			struct breakdown b;
			cost_breakdown(&nest->nest, plan->arch,
				&best->winner.mapping, plan->rule, &b);
			out->bound = b.bound;
			longest = cycles;
		}
	}
	out->edp = out->energy_pj * (double)out->cycles;
	perfect_totals(plan, layer, out);
	if (out->cycles) {
		out->pe_use /= (double)out->cycles;
		out->rf_use /= (double)out->cycles;
		out->spm_use /= (double)out->cycles;
	}
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

bool plan_limited(const struct plan *plan)
{
	const struct limits none = {0};
	return !limits_equal(&plan->limits, &none);
}

bool plan_totals(
	struct ctx *ctx, const struct plan *plan, struct plan_totals *out)
{
	const struct layer_list *list = plan->layers;
	double perfect_pj = 0, perfect_cycles = 0;
	bool perfect = true;
	*out = (struct plan_totals){.proven = true,
		.layers = (int64_t)list->count,
		.distinct_nests = (int64_t)plan->network->run};
	for (size_t i = 0; i < list->count; i++) {
		const struct layer *layer = &list->layers[i];
		struct layer_totals t;
		if (!layer_totals(ctx, plan, layer, &t))
			return false;
		out->nests += (int64_t)layer->nest_count;
		out->proven = out->proven && t.proven;
		if (layer->aside)
			continue;
		if (!add_times(&out->macs, layer->macs, layer->executions) ||
			!add_ok(out->cycles, t.cycles, &out->cycles))
			return too_large(ctx, plan, NULL,
				"multiplications or cycles of all layers");
		for (size_t k = 0; k < layer->nest_count; k++) {
			const struct layer_nest *nest = &layer->nests[k];
			int64_t runs;
			if (!runs_of(layer, nest, &runs) ||
				!add_times(&out->mapped_macs,
					nest_macs(&nest->nest), runs))
				return too_large(
					ctx, plan, layer, "multiplications");
		}
		out->energy_pj += t.energy_pj;
		perfect_pj += t.perfect_energy_pj;
		perfect_cycles += t.perfect_cycles;
		perfect = perfect && (t.perfect_edp > 0 || !layer->nest_count);
	}
	out->edp = out->energy_pj * (double)out->cycles;
	out->perfect_edp = perfect ? perfect_pj * perfect_cycles : 0;
	seed_totals(plan, out);
	return true;
}

bool fork_totals(struct ctx *ctx, const struct plan *plan, size_t fork,
	struct fork_totals *out)
{
	const struct layer_list *list = plan->layers;
	*out = (struct fork_totals){0};
	for (size_t i = 0; i < list->count; i++) {
		const struct layer *layer = &list->layers[i];
		struct layer_totals t;
		if (!fork_other_has(list, fork, layer))
			continue;
		if (!layer_totals(ctx, plan, layer, &t))
			return false;
		if (!add_times(&out->macs, layer->macs, layer->executions) ||
			!add_ok(out->cycles, t.cycles, &out->cycles))
			return too_large(ctx, plan, NULL,
				"multiplications or cycles of a branch");
		out->energy_pj += t.energy_pj;
	}
	out->edp = out->energy_pj * (double)out->cycles;
	return true;
}
