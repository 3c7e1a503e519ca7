/* The file has no mappings of perfect tiles, so that there is nothing to cost
 * again. A claim of a little more than the value is refuted instead, and by a
 * mapping of exactly this value, if it is the least. */
#include "codegen/proof_perfect.h"

#include "oracle/proof_check.h"

#include <math.h>

static double number_of(const cJSON *object, const char *key)
{
	const cJSON *member = json_member(object, key);
	return cJSON_IsNumber(member) ? member->valuedouble : NAN;
}

/* Its value; NAN where figures do not agree. */
static double figures_check(struct ctx *ctx, const struct result *r,
	size_t index, enum objective objective, const cJSON *item)
{
	const struct loc loc = json_loc(&r->doc, item);
	const struct estimate *best =
		&r->results[index].best[objective].winner.estimate;
	double pj = number_of(item, "energy_pj");
	double cycles = number_of(item, "cycles");
	double value = objective_of(objective, pj, cycles);
	double stored = number_of(item, "value");
	double ratio = stored / objective_value(objective, best);
	/* An EDP may have been rounded once, of larger whole numbers. */
	bool equal = fabs(stored - value) <=
		(objective == OBJ_EDP ? 1e-15 * value : 0);
	if (equal && number_of(item, "ratio") == ratio && ratio >= 1)
		return stored;
	diag_error(ctx, &loc,
		"nests[%zu].perfect.%s: value, energy, cycles and ratio do "
		"not agree",
		index, objective_name(objective));
	return NAN;
}

bool perfect_check(struct ctx *ctx, const struct result *r, size_t index,
	const struct search_stop *stop, bool *consistent,
	struct perfect_proof *out)
{
	const struct search_result *result = &r->results[index];
	const cJSON *perfect = json_member(r->nests[index], "perfect");
	const struct mapspace not_counted = {.tilings_fit = NOT_COUNTED};
	struct search_options options = {.rule = r->plan.rule,
		.tiles = TILES_PERFECT,
		.limits = r->plan.limits,
		.stop = stop};
	struct proof_claim claim[CLAIM_COUNT] = {0};
	struct proof_verdict verdict[CLAIM_COUNT];
	double value[OBJ_COUNT];
	if (!perfect || result->tiles != TILES_PADDED)
		return true;
	for (int o = 0; o < OBJ_COUNT; o++) {
		const cJSON *item = json_member(
			perfect, objective_name((enum objective)o));
		value[o] = figures_check(
			ctx, r, index, (enum objective)o, item);
		out->values++;
		if (isnan(value[o])) {
			*consistent = false;
			continue;
		}
		options.objectives |= 1u << o;
		claim[o].least = nextafter(value[o], INFINITY);
	}
	if (!options.objectives)
		return true;
	struct ctx scratch;
	ctx_init(&scratch, ctx->messages, ctx->arena.guard);
	bool ok = proof_check(&scratch, &r->network.nests[index].nest, &r->arch,
		&options, &not_counted, -1, claim, verdict);
	ctx_release(&scratch);
	for (int o = 0; o < OBJ_COUNT && ok; o++) {
		const struct loc loc = json_loc(&r->doc, perfect);
		enum objective objective = (enum objective)o;
		if (!(options.objectives & 1u << o))
			continue;
		bool found = verdict[o].verdict == VERDICT_REFUTED;
		double least = found
			? objective_value(
				  objective, &verdict[o].better.estimate)
			: INFINITY;
		if (verdict[o].verdict == VERDICT_OPEN ||
			(search_stopped(stop) && least >= value[o]))
			out->open++;
		else if (least == value[o])
			out->confirmed++;
		else
			*consistent = diag_error(ctx, &loc,
				"nests[%zu].perfect.%s is %.17g, perfect tiles "
				"reach %.17g",
				index, objective_name(objective), value[o],
				least);
	}
	return ok;
}
