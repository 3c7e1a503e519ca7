/* What twice of a resource would gain, as JSON and a table for people. */
#include "codegen/gains.h"

cJSON *json_gains(const struct plan *plan, const struct layer *layer)
{
	cJSON *gains = cJSON_CreateObject();
	for (int r = 0; r < RESOURCE_COUNT; r++) {
		const struct gain *gain =
			plan_gain(plan, layer, (enum resource)r);
		cJSON *item = cJSON_AddObjectToObject(
			gains, resource_name((enum resource)r));
		if (!gain->feasible) {
			cJSON_ReplaceItemInObjectCaseSensitive(gains,
				resource_name((enum resource)r),
				cJSON_CreateNull());
			continue;
		}
		cJSON_AddNumberToObject(item, "energy_pj", gain->energy_pj);
		cJSON_AddNumberToObject(item, "cycles", (double)gain->cycles);
		cJSON_AddNumberToObject(item, "edp", gain->edp);
		cJSON_AddNumberToObject(item, "gain", gain->factor);
		cJSON_AddBoolToObject(item, "proven", gain->proven);
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

void gains_text(
	struct text *text, const struct plan *plan, const struct layer *layer)
{
	enum { COLUMNS = 5 };
	struct ctx *ctx = text->ctx;
	const char *cells[(RESOURCE_COUNT + 1) * COLUMNS] = {"twice the",
		arena_printf(&ctx->arena, "gain of %s", plan_goal(plan)),
		"energy / pJ", "cycles", "EDP"};
	for (int r = 0; r < RESOURCE_COUNT; r++) {
		const char **row = &cells[(r + 1) * COLUMNS];
		const struct gain *gain =
			plan_gain(plan, layer, (enum resource)r);
		row[0] = resource_label((enum resource)r);
		row[1] = "nothing fits";
		if (!gain->feasible)
			continue;
		row[1] = arena_printf(&ctx->arena, "%.3f x%s", gain->factor,
			gain->proven ? "" : ", not proven");
		row[2] = text_whole(ctx, gain->energy_pj);
		row[3] = text_count(ctx, gain->cycles);
		row[4] = arena_printf(&ctx->arena, "%.6g", gain->edp);
	}
	text_table(text, "lrrrr", RESOURCE_COUNT + 1, cells);
}
