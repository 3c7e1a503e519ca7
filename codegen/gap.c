#include "codegen/gap.h"

#include <math.h>

/* Of all that is added to it. */
struct sum {
	double value, bound;
	bool proven;
};

static void sum_add(struct sum *sum, enum objective objective,
	const struct best *best, double runs)
{
	double value = objective_value(objective, &best->winner.estimate);
	sum->value += value * runs;
	sum->bound += runs * (best->proof.proven ? value : best->proof.bound);
	sum->proven = sum->proven && best->proof.proven;
}

static double sum_gap(const struct sum *sum)
{
	if (sum->proven)
		return 1;
	return sum->bound > 0 ? sum->value / sum->bound : INFINITY;
}

double best_gap(enum objective objective, const struct best *best)
{
	struct sum sum = {.proven = true};
	sum_add(&sum, objective, best, 1);
	return sum_gap(&sum);
}

static void layer_add(
	struct sum *sum, const struct plan *plan, const struct layer *layer)
{
	for (size_t i = 0; i < layer->nest_count; i++) {
		const struct layer_nest *nest = &layer->nests[i];
		sum_add(sum, plan->objective, plan_best(plan, nest),
			(double)nest->instances * (double)layer->executions);
	}
}

double layer_gap(const struct plan *plan, const struct layer *layer)
{
	struct sum sum = {.proven = true};
	layer_add(&sum, plan, layer);
	return sum_gap(&sum);
}

double plan_gap(const struct plan *plan)
{
	struct sum sum = {.proven = true};
	for (size_t i = 0; i < plan->layers->count; i++)
		if (!plan->layers->layers[i].aside)
			layer_add(&sum, plan, &plan->layers->layers[i]);
	return sum_gap(&sum);
}

cJSON *json_gap(double gap)
{
	return isinf(gap) ? cJSON_CreateNull() : cJSON_CreateNumber(gap);
}

const char *gap_text(struct ctx *ctx, double gap)
{
	if (isinf(gap))
		return "no bound is known";
	return arena_printf(&ctx->arena, "at most %.3g %% above the least",
		100 * (gap - 1));
}
