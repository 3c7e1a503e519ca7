#include "codegen/sensitivity.h"

#include "base/checked.h"
#include "codegen/plan_choice.h"

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
	const struct search_options *whole;
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
		.whole = options, .total = RESOURCE_COUNT * network->count};
	one.objectives = 1u << plan->objective;
	one.front = plan->choice != NULL;
	one.progress = options->progress ? share_report : NULL;
	one.progress_arg = &share;
	one.found = NULL;
	for (int r = 0; r < RESOURCE_COUNT; r++) {
		struct search_result *results = arena_array(
			&ctx->arena, network->count, sizeof *results);
		arch[r] = arch_twice(plan->arch, (enum resource)r);
		twice[r] = *plan;
		twice[r].arch = &arch[r];
		twice[r].searched.results = results;
		if (!search_network(ctx, network, &arch[r], search, &one,
			    threads, results) ||
			!choose_again(ctx, plan, &twice[r], results))
			return false;
		share.before += network->count;
	}
	plan->sensitivity = twice;
	return true;
}

/* --- sums -----------------------------------------------------------------
 */

static bool layer_feasible(const struct plan *plan, const struct layer *layer)
{
	for (size_t i = 0; i < layer->nest_count; i++)
		if (!plan->results[layer->nests[i].distinct].feasible)
			return false;
	return true;
}

/* Adds a layer's totals. */
static bool sum_add(struct ctx *ctx, const struct plan *plan,
	const struct layer *layer, struct gain *sum)
{
	struct layer_totals t;
	if (!layer_feasible(plan, layer)) {
		sum->feasible = false;
		return true;
	}
	if (!layer_totals(ctx, plan, layer, &t))
		return false;
	sum->energy_pj += t.energy_pj;
	sum->proven = sum->proven && t.proven;
	if (!add_ok(sum->cycles, t.cycles, &sum->cycles))
		return diag_error(ctx,
			&(struct loc){.file = plan->layers->model},
			"the sum of cycles does not fit in 64 bits");
	return true;
}

static bool sum_find(struct ctx *ctx, const struct plan *plan,
	const struct layer *layer, struct gain *sum)
{
	*sum = (struct gain){.feasible = true, .proven = true};
	bool ok = !layer || sum_add(ctx, plan, layer, sum);
	for (size_t i = 0; ok && !layer && i < plan->layers->count; i++)
		if (!plan->layers->layers[i].aside)
			ok = sum_add(ctx, plan, &plan->layers->layers[i], sum);
	sum->edp = sum->energy_pj * (double)sum->cycles;
	return ok;
}

static double sum_value(enum objective objective, const struct gain *sum)
{
	const struct estimate estimate = {.energy_pj = sum->energy_pj,
		.cycles = sum->cycles,
		.edp = sum->edp};
	return objective_value(objective, &estimate);
}

bool gain_find(struct ctx *ctx, const struct plan *plan,
	const struct layer *layer, enum resource resource, struct gain *out)
{
	const struct plan *twice = &plan->sensitivity[resource];
	const struct layer *other = NULL; /* in its form on that machine */
	struct gain now;
	if (layer)
		other = &twice->layers->layers[layer - plan->layers->layers];
	if (!sum_find(ctx, plan, layer, &now) ||
		!sum_find(ctx, twice, other, out))
		return false;
	double before = sum_value(plan->objective, &now);
	double after = sum_value(plan->objective, out);
	out->factor = after > 0 ? before / after : 1;
	out->proven = out->proven && now.proven;
	return true;
}

/* --- reports --------------------------------------------------------------
 */

cJSON *json_gains(
	struct ctx *ctx, const struct plan *plan, const struct layer *layer)
{
	cJSON *gains = cJSON_CreateObject();
	for (int r = 0; r < RESOURCE_COUNT; r++) {
		struct gain gain;
		cJSON *item = cJSON_AddObjectToObject(
			gains, resource_name((enum resource)r));
		if (!gain_find(ctx, plan, layer, (enum resource)r, &gain)) {
			cJSON_Delete(gains);
			return NULL;
		}
		if (!gain.feasible) {
			cJSON_ReplaceItemInObjectCaseSensitive(gains,
				resource_name((enum resource)r),
				cJSON_CreateNull());
			continue;
		}
		cJSON_AddNumberToObject(item, "energy_pj", gain.energy_pj);
		cJSON_AddNumberToObject(item, "cycles", (double)gain.cycles);
		cJSON_AddNumberToObject(item, "edp", gain.edp);
		cJSON_AddNumberToObject(item, "gain", gain.factor);
		cJSON_AddBoolToObject(item, "proven", gain.proven);
	}
	return gains;
}

cJSON *json_resources(const struct arch *arch)
{
	cJSON *all = cJSON_CreateObject();
	for (int r = 0; r < RESOURCE_COUNT; r++) {
		const struct arch_key *key = resource_key((enum resource)r);
		const struct arch twice = arch_twice(arch, (enum resource)r);
		cJSON_AddNumberToObject(
			cJSON_AddObjectToObject(
				all, resource_name((enum resource)r)),
			key->name, arch_get(&twice, key));
	}
	return all;
}

bool gains_text(
	struct text *text, const struct plan *plan, const struct layer *layer)
{
	enum { COLUMNS = 5 };
	struct ctx *ctx = text->ctx;
	const char *cells[(RESOURCE_COUNT + 1) * COLUMNS] = {"twice the",
		arena_printf(&ctx->arena, "gain of %s", plan_goal(plan)),
		"energy / pJ", "cycles", "EDP"};
	for (int r = 0; r < RESOURCE_COUNT; r++) {
		const char **row = &cells[(r + 1) * COLUMNS];
		struct gain gain;
		if (!gain_find(ctx, plan, layer, (enum resource)r, &gain))
			return false;
		row[0] = resources[r].label;
		row[1] = "nothing fits";
		if (!gain.feasible)
			continue;
		row[1] = arena_printf(&ctx->arena, "%.3f x%s", gain.factor,
			gain.proven ? "" : ", not proven");
		row[2] = text_whole(ctx, gain.energy_pj);
		row[3] = text_count(ctx, gain.cycles);
		row[4] = arena_printf(&ctx->arena, "%.6g", gain.edp);
	}
	text_table(text, "lrrrr", RESOURCE_COUNT + 1, cells);
	return true;
}
