/* A plan's mappings chosen for the network as a whole, and its trade-offs. */
#include "schedule/plan.h"

bool plan_choose(struct ctx *ctx, const struct loc *loc, struct plan *plan,
	const struct network_goal *goal)
{
	const struct searched *all = &plan->searched;
	struct network_choice *choice =
		arena_alloc(&ctx->arena, sizeof *choice);
	size_t *point;
	plan->objective = network_aim_objective(goal->aim);
	if (!network_choose(
		    ctx, loc, all->network, all->results, goal, choice) ||
		!plan_take_forms(ctx, plan, choice->pick, &point))
		return false;
	size_t run = plan->network->run;
	struct best *chosen = arena_array(&ctx->arena, run, sizeof *chosen);
	for (size_t i = 0; i < run; i++) {
		const struct search_result *r = &plan->results[i];
		chosen[i].winner = r->front[point[i]];
		chosen[i].proof = r->front_proof;
		chosen[i].proof.proven = choice->proven;
		chosen[i].proof.bound = choice->proven
			? objective_value(
				  plan->objective, &chosen[i].winner.estimate)
			: 0;
	}
	plan->choice = choice;
	plan->chosen = chosen;
	plan->point = point;
	return true;
}

bool plan_add_hull(struct ctx *ctx, const struct loc *loc, struct plan *plan)
{
	struct network_vertex *hull;
	if (!network_hull(ctx, loc, plan->network, plan->results, &hull,
		    &plan->hull_count))
		return false;
	plan->hull = hull;
	return true;
}
