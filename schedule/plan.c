/* What a plan holds, and its mapspaces. */
#include "schedule/plan.h"

#include "base/crew.h"
#include "mapper/forms.h"

#include <assert.h>
#include <math.h>

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
	return plan_winner(plan, network_nest(plan->network, nest));
}

const struct estimate *plan_perfect(const struct plan *plan, size_t distinct)
{
	const struct search_result *r = &plan->results[distinct];
	return r->perfect_feasible && !plan->chosen
		? &r->perfect[plan->objective].estimate
		: NULL;
}

bool plan_limited(const struct plan *plan)
{
	const struct limits none = {0};
	return !limits_equal(&plan->limits, &none);
}

/* --- what is proven ------------------------------------------------------- */

static double form_bound(const struct plan *plan, const struct layer_nest *form)
{
	enum objective objective = plan->objective;
	const struct best *best =
		&plan->results[network_nest(plan->network, form)]
			 .best[objective];
	double value = best->proof.proven
		? objective_value(objective, &best->winner.estimate)
		: best->proof.bound;
	return instances_value(objective, value, form->instances);
}

struct nest_claim plan_claim(
	const struct plan *plan, const struct layer_nest *nest)
{
	enum objective objective = plan->objective;
	size_t distinct = network_nest(plan->network, nest);
	const struct best *best = plan_winner(plan, distinct);
	double value = objective_value(objective, &best->winner.estimate);
	double own = instances_value(objective, value, nest->instances);
	struct nest_claim claim = {.value = value,
		.bound = best->proof.bound,
		.proven = best->proof.proven};
	/* What is chosen for the network is so of all forms. */
	for (size_t f = 0; f < nest->form_count && !plan->chosen; f++) {
		const struct layer_nest *form = &nest->forms[f];
		double bound = form_bound(plan, form);
		if (network_nest(plan->network, form) == distinct ||
			bound >= own)
			continue;
		claim.proven = false;
		claim.bound = fmin(claim.bound, value * (bound / own));
	}
	if (claim.proven)
		claim.bound = value;
	return claim;
}

double claim_gap(const struct nest_claim *claim)
{
	if (claim->proven)
		return 1;
	return claim->bound > 0 ? claim->value / claim->bound : INFINITY;
}

double nest_gap(const struct plan *plan, const struct layer_nest *nest)
{
	const struct nest_claim claim = plan_claim(plan, nest);
	return claim_gap(&claim);
}

double best_gap(enum objective objective, const struct best *best)
{
	const struct nest_claim claim = {
		.value = objective_value(objective, &best->winner.estimate),
		.bound = best->proof.bound,
		.proven = best->proof.proven};
	return claim_gap(&claim);
}

const struct layer_totals *plan_layer_totals(
	const struct plan *plan, const struct layer *layer)
{
	size_t i = (size_t)(layer - plan->layers->layers);
	assert(plan->layer_totals && i < plan->layers->count);
	return &plan->layer_totals[i];
}

const struct nest_parts *plan_nest_parts(
	const struct plan *plan, const struct layer_nest *nest)
{
	size_t i = network_nest(plan->network, nest);
	assert(plan->nest_parts && i < plan->network->run);
	return &plan->nest_parts[i];
}

bool plan_place(struct ctx *ctx, struct plan *plan)
{
	struct schedule *schedule = arena_alloc(&ctx->arena, sizeof *schedule);
	plan->schedule = schedule;
	return schedule_make(
		ctx, plan->layers, plan->arch->dram_alignment, schedule);
}

/* Counting the mapspaces of a plan, nest by nest. */
struct counting {
	const struct plan *plan;
	const struct search_stop *stop;
	struct mapspace *spaces;
	size_t next, left;
};

static size_t counting_next(void *arg)
{
	struct counting *c = arg;
	return c->next < c->plan->network->count ? c->next++ : CREW_END;
}

static bool counting_run(void *arg, struct ctx *ctx, size_t i)
{
	const struct counting *c = arg;
	const struct plan *plan = c->plan;
	/* Zeros where it cannot be counted. */
	mapspace_count_until(ctx, &plan->network->nests[i].nest, plan->arch,
		&plan->limits, plan->results[i].tiles, c->stop, &c->spaces[i]);
	return true;
}

static bool counting_keep(void *arg, struct ctx *ctx, size_t piece, bool ok)
{
	struct counting *c = arg;
	(void)ctx;
	(void)piece;
	(void)ok;
	c->left += search_expired(c->stop);
	return true;
}

size_t plan_count_mapspaces(struct ctx *ctx, struct plan *plan,
	const struct search_stop *stop, int threads)
{
	struct counting c = {.plan = plan, .stop = stop};
	const struct crew_job job = {
		&c, counting_next, counting_run, counting_keep};
	c.spaces = arena_array(
		&ctx->arena, plan->network->count, sizeof *c.spaces);
	size_t most = plan->network->count + 1;
	crew_run(ctx, &job, (size_t)threads < most ? threads : (int)most);
	plan->mapspaces = c.spaces;
	return c.left;
}
