/* Limits as objects by level, written and read back. */
#include "codegen/limits_json.h"

#include "codegen/method_parts.h"

#include <string.h>

/* {"C": 4, "Fx": "all"}; NULL where the level has none. */
static cJSON *level_factors(const int64_t factor[LOOP_COUNT])
{
	cJSON *factors = NULL;
	for (int l = 0; l < LOOP_COUNT; l++) {
		if (!factor[l])
			continue;
		if (!factors)
			factors = cJSON_CreateObject();
		cJSON_AddItemToObject(factors, loop_name((enum loop)l),
			factor[l] == FACTOR_WHOLE ? cJSON_CreateString("all")
						  : json_whole(factor[l]));
	}
	return factors;
}

void json_add_limits(cJSON *to, const struct limits *l)
{
	cJSON_AddNumberToObject(to, "min_pe_use", l->min_pe_use);
	cJSON_AddNumberToObject(to, "min_rf_use", l->min_rf_use);
	cJSON_AddNumberToObject(to, "min_spm_use", l->min_spm_use);
	cJSON_AddBoolToObject(
		to, "no_spatial_reduction", l->no_spatial_reduction);
	cJSON_AddBoolToObject(to, "no_feature_dram", l->no_feature_dram);
	cJSON *levels = cJSON_CreateObject(), *orders = cJSON_CreateObject();
	for (int v = 0; v < SEED_SLOTS; v++) {
		int slot = seed_slot[v];
		const char *name = slot_name(slot);
		cJSON *factors = level_factors(l->factor[slot]);
		if (factors)
			cJSON_AddItemToObject(levels, name, factors);
		if (l->ordered[slot])
			cJSON_AddItemToObject(
				orders, name, json_order(l->order[slot]));
	}
	/* Without members they are not added. */
	cJSON *const parts[] = {levels, orders};
	static const char *const names[] = {"factor", "order"};
	for (int i = 0; i < 2; i++) {
		if (parts[i]->child)
			cJSON_AddItemToObject(to, names[i], parts[i]);
		else
			cJSON_Delete(parts[i]);
	}
	if (l->max_cycles)
		cJSON_AddItemToObject(
			to, "max_cycles", json_whole(l->max_cycles));
	if (l->max_energy_pj > 0)
		cJSON_AddNumberToObject(to, "max_energy_pj", l->max_energy_pj);
}

/* --- reading -------------------------------------------------------------- */

static const int64_t whole_most = ((int64_t)1 << 53) - 1;

static bool factors_read(struct ctx *ctx, const struct json_doc *doc,
	const cJSON *factors, int64_t factor[LOOP_COUNT])
{
	const char *known[LOOP_COUNT + 1] = {0};
	for (int l = 0; l < LOOP_COUNT; l++)
		known[l] = loop_name((enum loop)l);
	if (!json_keys(ctx, doc, factors, known))
		return false;
	for (int l = 0; l < LOOP_COUNT; l++) {
		const cJSON *item = json_member(factors, known[l]);
		if (!item)
			continue;
		if (cJSON_IsString(item) && !strcmp(item->valuestring, "all"))
			factor[l] = FACTOR_WHOLE;
		else if (!json_int(ctx, doc, item, 1, whole_most, &factor[l]))
			return false;
	}
	return true;
}

static bool levels_read(struct ctx *ctx, const struct json_doc *doc,
	const cJSON *object, struct limits *out)
{
	static const char *const known[] = {
		"DRAM", "SPM", "RF", "SPATIAL", NULL};
	if (!json_member(object, "factor"))
		return true;
	const cJSON *levels = json_object(ctx, doc, object, "factor");
	if (!levels || !json_keys(ctx, doc, levels, known))
		return false;
	for (int v = 0; v < SEED_SLOTS; v++) {
		int slot = seed_slot[v];
		const char *name = slot_name(slot);
		const cJSON *factors;
		if (!json_member(levels, name))
			continue;
		factors = json_object(ctx, doc, levels, name);
		if (!factors ||
			!factors_read(ctx, doc, factors, out->factor[slot]))
			return false;
	}
	return true;
}

static bool orders_read(struct ctx *ctx, const struct json_doc *doc,
	const cJSON *object, struct limits *out)
{
	static const char *const known[] = {"DRAM", "SPM", NULL};
	if (!json_member(object, "order"))
		return true;
	const cJSON *orders = json_object(ctx, doc, object, "order");
	if (!orders || !json_keys(ctx, doc, orders, known))
		return false;
	for (int v = 0; v < SEED_ORDERED; v++) {
		int slot = seed_slot[v];
		out->ordered[slot] =
			json_member(orders, slot_name(slot)) != NULL;
		if (out->ordered[slot] &&
			!order_from_json(
				ctx, doc, orders, slot, out->order[slot]))
			return false;
	}
	return true;
}

bool limits_from_json(struct ctx *ctx, const struct json_doc *doc,
	const cJSON *object, struct limits *out)
{
	*out = (struct limits){0};
	const cJSON *cycles = json_member(object, "max_cycles");
	const cJSON *energy = json_member(object, "max_energy_pj");
	return json_number(ctx, doc, json_need(ctx, doc, object, "min_pe_use"),
		       0, 1, &out->min_pe_use) &&
		json_number(ctx, doc, json_need(ctx, doc, object, "min_rf_use"),
			0, 1, &out->min_rf_use) &&
		json_number(ctx, doc,
			json_need(ctx, doc, object, "min_spm_use"), 0, 1,
			&out->min_spm_use) &&
		json_bool(ctx, doc,
			json_need(ctx, doc, object, "no_spatial_reduction"),
			&out->no_spatial_reduction) &&
		json_bool(ctx, doc,
			json_need(ctx, doc, object, "no_feature_dram"),
			&out->no_feature_dram) &&
		levels_read(ctx, doc, object, out) &&
		orders_read(ctx, doc, object, out) &&
		(!cycles ||
			json_int(ctx, doc, cycles, 1, whole_most,
				&out->max_cycles)) &&
		(!energy ||
			json_number(ctx, doc, energy, 0, 1e300,
				&out->max_energy_pj));
}
