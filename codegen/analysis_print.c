/* What an analysis found, for people and for programs. */
#include "codegen/analysis.h"

#include "base/text.h"
#include "codegen/method.h"
#include "codegen/method_parts.h"

#include <string.h>

static const struct {
	const char *name, *key;
} need_names[NEED_COUNT] = {
	[NEED_PES] = {"PEs",               "pes"      },
	[NEED_RF] = {"register file / B", "rf_bytes" },
	[NEED_SPM_BYTES] = {"scratchpad / B",    "spm_bytes"},
	[NEED_SPM_BANKS] = {"scratchpad banks",  "spm_banks"},
};

/* --- for people -----------------------------------------------------------
 */

enum { NEED_COLUMNS = 5 };

static void needs_table(struct text *text, const struct analysis *a)
{
	static const char *const titles[NEED_COLUMNS] = {
		"constraint", "needs", "has", "use", "fits"};
	const char *cell[(NEED_COUNT + 1) * NEED_COLUMNS];
	memcpy(cell, titles, sizeof titles);
	const char **row = cell + NEED_COLUMNS;
	for (int n = 0; n < NEED_COUNT; n++, row += NEED_COLUMNS) {
		row[0] = need_names[n].name;
		row[1] = text_count(text->ctx, a->needs[n]);
		row[2] = text_count(text->ctx, a->has[n]);
		row[3] = arena_printf(&text->ctx->arena, "%.1f %%",
			100 * (double)a->needs[n] / (double)a->has[n]);
		row[4] = a->fits[n] ? "yes" : "NO";
	}
	text_table(text, "lrrrl", NEED_COUNT + 1, cell);
	text_add(text, "adds up across PEs: %s; filter loops at DRAM: %s\n",
		a->no_spatial_reduction ? "no" : "yes",
		a->no_feature_dram ? "no" : "yes");
}

enum { BEST_COLUMNS = 6 };

static const char *order_text(struct ctx *ctx, const uint8_t order[LOOP_COUNT])
{
	const char *s = "";
	for (int i = 0; i < LOOP_COUNT; i++)
		s = arena_printf(&ctx->arena, "%s%s%s", s, i ? " " : "",
			loop_name((enum loop)order[i]));
	return s;
}

static void best_table(struct text *text, const struct analysis *a)
{
	static const char *const titles[BEST_COLUMNS] = {"", "energy / pJ",
		"cycles", "EDP / pJ x cycles", "DRAM order", "SPM order"};
	const bool *ordered = a->options.limits.ordered;
	bool given = ordered[SLOT_DRAM] && ordered[SLOT_SPM];
	int rows = given ? 2 : OBJ_COUNT + 1;
	const char *cell[(OBJ_COUNT + 1) * BEST_COLUMNS];
	memcpy(cell, titles, sizeof titles);
	const char **row = cell + BEST_COLUMNS;
	for (int o = 0; o < rows - 1; o++, row += BEST_COLUMNS) {
		const struct candidate *c = &a->best[o].winner;
		row[0] = given ? "given orders"
			       : arena_printf(&text->ctx->arena, "least %s",
					 objective_name((enum objective)o));
		row[1] = text_whole(text->ctx, c->estimate.energy_pj);
		row[2] = text_count(text->ctx, c->estimate.cycles);
		row[3] = arena_printf(
			&text->ctx->arena, "%.10g", c->estimate.edp);
		row[4] = order_text(text->ctx, c->mapping.order[SLOT_DRAM]);
		row[5] = order_text(text->ctx, c->mapping.order[SLOT_SPM]);
	}
	text_table(text, "lrrrll", rows, cell);
}

const char *analysis_text(
	struct ctx *ctx, const struct analysis *a, enum objective objective)
{
	struct text text = {.ctx = ctx};
	const char *title = diag_quote(ctx, *a->name ? a->name : a->file);
	text_add(&text, "%s\n", title);
	text_pad(&text, '=', (int)strlen(title));
	text_add(&text, "\n%s on machine '%s'\n\n", nest_text(ctx, &a->nest),
		diag_quote(ctx, a->arch.name));
	needs_table(&text, a);
	text_add(&text, "\n");
	best_table(&text, a);
	text_add(&text, "\n");
	mapping_text(&text, &a->arch, a->options.rule, &a->nest,
		&a->best[objective].winner.mapping);
	return text.bytes;
}

/* --- for programs ---------------------------------------------------------
 */

const char *analysis_json(struct ctx *ctx, const struct analysis *a)
{
	cJSON *root = cJSON_CreateObject();
	cJSON_AddStringToObject(root, "name", a->name);
	cJSON_AddItemToObject(root, "machine", json_machine(ctx, &a->arch));
	cJSON_AddStringToObject(
		root, "bursts", burst_rule_name(a->options.rule));
	json_add_nest(root, &a->nest);
	cJSON *constraints = cJSON_AddObjectToObject(root, "constraints");
	for (int n = 0; n < NEED_COUNT; n++) {
		cJSON *c =
			cJSON_AddObjectToObject(constraints, need_names[n].key);
		cJSON_AddItemToObject(c, "needs", json_whole(a->needs[n]));
		cJSON_AddItemToObject(c, "has", json_whole(a->has[n]));
		cJSON_AddBoolToObject(c, "fits", a->fits[n]);
	}
	cJSON_AddBoolToObject(
		root, "no_spatial_reduction", a->no_spatial_reduction);
	cJSON_AddBoolToObject(root, "no_feature_dram", a->no_feature_dram);
	cJSON_AddItemToObject(root, "pairs", json_whole(a->pairs));
	cJSON *best = cJSON_AddObjectToObject(root, "best");
	for (int o = 0; o < OBJ_COUNT; o++) {
		const struct mapping *mapping = &a->best[o].winner.mapping;
		cJSON *b = cJSON_AddObjectToObject(
			best, objective_name((enum objective)o));
		json_add_mapping(b, mapping);
		cJSON *estimate = cJSON_AddObjectToObject(b, "estimate");
		json_add_estimate(
			estimate, &a->nest, &a->arch, mapping, a->options.rule);
	}
	return json_text(ctx, root);
}
