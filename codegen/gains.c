/* What twice of a resource would gain, as JSON and a table for people. */
#include "codegen/gains.h"

#include "codegen/columns.h"

cJSON *json_gains(const struct plan *plan, const struct layer *layer)
{
	cJSON *gains = cJSON_CreateObject();
	for (int r = 0; r < RESOURCE_COUNT; r++) {
		const struct gain *g = plan_gain(plan, layer, (enum resource)r);
		cJSON *entry =
			g->feasible ? cJSON_CreateObject() : cJSON_CreateNull();
		cJSON_AddItemToObject(
			gains, resource_name((enum resource)r), entry);
		if (!g->feasible)
			continue;
#define ENTRY_CSV(name, item)
#define ENTRY_JSON(name, item) cJSON_AddItemToObject(entry, name, item);
#define GAIN(name, unit, kind, rows, json, source, meaning) \
	ENTRY_##json(#name, JSON_##kind(source))
#include "codegen/columns.def"
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
