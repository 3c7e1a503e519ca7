#include "codegen/gap.h"

#include <math.h>

/* Of all that is added to it. */
struct sum {
	double value, bound;
	bool proven;
};

static void sum_add(
	struct sum *sum, const struct nest_claim *claim, double times)
{
	sum->value += claim->value * times;
	sum->bound += claim->bound * times;
	sum->proven = sum->proven && claim->proven;
}

static double sum_gap(const struct sum *sum)
{
	if (sum->proven)
		return 1;
	return sum->bound > 0 ? sum->value / sum->bound : INFINITY;
}

double best_gap(enum objective objective, const struct best *best)
{
	double value = objective_value(objective, &best->winner.estimate);
	const struct sum sum = {.value = value,
		.bound = best->proof.bound,
		.proven = best->proof.proven};
	return sum_gap(&sum);
}

double nest_gap(const struct plan *plan, const struct layer_nest *nest)
{
	const struct nest_claim claim = plan_claim(plan, nest);
	struct sum sum = {.proven = true};
	sum_add(&sum, &claim, 1);
	return sum_gap(&sum);
}

static void layer_add(
	struct sum *sum, const struct plan *plan, const struct layer *layer)
{
	for (size_t i = 0; i < layer->nest_count; i++) {
		const struct nest_claim claim =
			plan_claim(plan, &layer->nests[i]);
		sum_add(sum, &claim,
			(double)layer->nests[i].instances *
				(double)layer->executions);
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
