/* The network searched again on four machines, each with twice of something. */
#include "schedule/sensitivity.h"

#include <assert.h>
#include <string.h>

static const struct {
	const char *name, *label, *key;
	double times; /* what the key's value is multiplied by */
} resources[RESOURCE_COUNT] = {
	[RESOURCE_PES] = {"pes",           "PEs",           "CGRA_SIZE",          2  },
	[RESOURCE_RF] = {"register_file", "register file", "RF_SIZE",            2  },
	[RESOURCE_SPM] = {"scratchpad",    "scratchpad",    "TOTAL_BANKS_IN_SPM", 2  },
	[RESOURCE_DMA] = {"dma_bandwidth", "DMA bandwidth",
			  "dma_cycles_per_byte",                                  0.5},
};

const char *resource_name(enum resource resource)
{
	return resources[resource].name;
}

const char *resource_label(enum resource resource)
{
	return resources[resource].label;
}

const struct arch_key *resource_key(enum resource resource)
{
	size_t i = 0;
	while (strcmp(arch_keys[i].name, resources[resource].key) != 0)
		i++;
	return &arch_keys[i];
}

struct arch arch_twice(const struct arch *arch, enum resource resource)
{
	const struct arch_key *key = resource_key(resource);
	struct arch twice = *arch;
	arch_set(&twice, key, arch_get(arch, key) * resources[resource].times);
	return twice;
}

/* The progress of one search of several. */
struct share {
	const struct network_options *whole;
	size_t before, total; /* nests of the searches before; of all */
};

static void share_report(void *arg, size_t done, size_t total)
{
	const struct share *share = arg;
	(void)total;
	share->whole->progress(
		share->whole->progress_arg, share->before + done, share->total);
}

/* Whether every task has a form that fits some mapping. */
static bool tasks_feasible(
	const struct network *network, const struct search_result *results)
{
	for (size_t t = 0; t < network->task_count; t++) {
		const struct task *task = &network->tasks[t];
		bool feasible = false;
		for (size_t f = 0; f < task->form_count; f++)
			feasible |= results[task->forms[f].nest].feasible;
		if (!feasible)
			return false;
	}
	return true;
}

/* Chooses forms again, and mappings for the network as a whole where that was
 * the goal; where a layer fits no mapping there is no such choice, and nothing
 * counts as feasible. */
static bool choose_again(struct ctx *ctx, const struct plan *plan,
	struct plan *twice, struct search_result *results)
{
	const struct loc loc = {.file = plan->layers->model};
	const struct network *network = twice->searched.network;
	twice->chosen = NULL;
	twice->choice = NULL;
	if (plan->choice && tasks_feasible(network, results))
		return plan_choose(ctx, &loc, twice, &plan->choice->goal);
	for (size_t i = 0; plan->choice && i < network->count; i++)
		results[i].feasible = false;
	return plan_settle(ctx, twice);
}

/* Whether some nest's search was ended early. */
static bool is_cut(
	const struct network *network, const struct search_result *results)
{
	for (size_t i = 0; i < network->count; i++)
		if (results[i].cut)
			return true;
	return false;
}

bool sensitivity_search(struct ctx *ctx, struct plan *plan, search_fn *search,
	const struct search_options *options, int threads)
{
	struct plan *twice =
		arena_array(&ctx->arena, RESOURCE_COUNT, sizeof *twice);
	struct arch *arch =
		arena_array(&ctx->arena, RESOURCE_COUNT, sizeof *arch);
	const struct network *network = plan->searched.network;
	struct search_options one = *options;
	struct share share = {
		.whole = &options->network,
		.total = RESOURCE_COUNT * network->count};
	one.objectives = 1u << plan->objective;
	one.front = plan->choice != NULL;
	one.network.progress = options->network.progress ? share_report : NULL;
	one.network.progress_arg = &share;
	one.watch.found = NULL;
	/* Gains of a search that did not come to its end would be made up. */
	if (is_cut(network, plan->searched.results))
		return true;
	for (int r = 0; r < RESOURCE_COUNT; r++) {
		struct search_result *results = arena_array(
			&ctx->arena, network->count, sizeof *results);
		arch[r] = arch_twice(plan->arch, (enum resource)r);
		twice[r] = *plan;
		twice[r].arch = &arch[r];
		twice[r].searched.results = results;
		if (!search_network(ctx, network, &arch[r], search, &one,
			    threads, results))
			return false;
		if (is_cut(network, results))
			return true;
		if (!choose_again(ctx, plan, &twice[r], results) ||
			!plan_finish(ctx, &twice[r]))
			return false;
		share.before += network->count;
	}
	plan->sensitivity = twice;
	return true;
}

/* --- gains ---------------------------------------------------------------- */

static double value_of(
	enum objective objective, double energy_pj, int64_t cycles, double edp)
{
	const struct estimate estimate = {
		.energy_pj = energy_pj, .cycles = cycles, .edp = edp};
	return objective_value(objective, &estimate);
}

static void factor_find(
	struct gain *gain, enum objective objective, double before, bool proven)
{
	double after =
		value_of(objective, gain->energy_pj, gain->cycles, gain->edp);
	gain->factor = after > 0 ? before / after : 1;
	gain->proven = gain->proven && proven;
}

/* The layer may be in another form on that machine. */
static void layer_gain(const struct plan *plan, const struct plan *twice,
	size_t layer, struct gain *out)
{
	const struct layer_totals *now = &plan->layer_totals[layer];
	const struct layer_totals *then = &twice->layer_totals[layer];
	*out = (struct gain){.feasible = then->feasible,
		.energy_pj = then->energy_pj,
		.cycles = then->cycles,
		.edp = then->edp,
		.proven = then->proven};
	factor_find(out, plan->objective,
		value_of(
			plan->objective, now->energy_pj, now->cycles, now->edp),
		now->proven);
}

static void network_gain(
	const struct plan *plan, const struct plan *twice, struct gain *out)
{
	const struct plan_totals *now = plan->totals, *then = twice->totals;
	*out = (struct gain){.feasible = then->feasible,
		.energy_pj = then->energy_pj,
		.cycles = then->cycles,
		.edp = then->edp,
		.proven = then->sums_proven};
	factor_find(out, plan->objective,
		value_of(
			plan->objective, now->energy_pj, now->cycles, now->edp),
		now->sums_proven);
}

void gains_find(struct ctx *ctx, struct plan *plan)
{
	size_t layers = plan->layers->count;
	if (!plan->sensitivity)
		return;
	struct gain *all = arena_array(
		&ctx->arena, (layers + 1) * RESOURCE_COUNT, sizeof *all);
	struct gain *gain = all;
	for (size_t i = 0; i <= layers; i++)
		for (int r = 0; r < RESOURCE_COUNT; r++, gain++)
			if (i < layers)
				layer_gain(
					plan, &plan->sensitivity[r], i, gain);
			else
				network_gain(plan, &plan->sensitivity[r], gain);
	plan->gains = all;
}

const struct gain *plan_gain(const struct plan *plan, const struct layer *layer,
	enum resource resource)
{
	size_t i = layer ? (size_t)(layer - plan->layers->layers)
			 : plan->layers->count;
	assert(plan->gains && i <= plan->layers->count);
	return &plan->gains[i * RESOURCE_COUNT + resource];
}
