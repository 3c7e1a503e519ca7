/* Reads a method of a user's and costs it under each reuse vector. */
#include "codegen/analysis.h"

#include "base/checked.h"
#include "codegen/eval_layer.h"
#include "codegen/method_parts.h"

#include <string.h>

static const int64_t factor_max = (int64_t)1 << 52;

/* The loops that the file may name, and how. */
struct named_loops {
	int count;
	enum loop loop[LOOP_COUNT];
	const char *name[LOOP_COUNT];
};

static struct named_loops names_of(const struct eval_kind *kind)
{
	struct named_loops names = {.count = kind ? kind->loops : LOOP_COUNT};
	for (int i = 0; i < names.count; i++) {
		names.loop[i] = kind ? kind->loop[i] : (enum loop)i;
		names.name[i] =
			kind ? kind->loop_name[i] : loop_name((enum loop)i);
	}
	return names;
}

static const char *names_text(struct ctx *ctx, const struct named_loops *names)
{
	const char *text = "";
	for (int i = 0; i < names->count; i++)
		text = arena_printf(&ctx->arena, "%s%s%s", text, i ? ", " : "",
			names->name[i]);
	return text;
}

bool analysis_is(const struct json_doc *doc)
{
	return cJSON_IsObject(doc->root) && json_member(doc->root, "tiling") &&
		!json_member(doc->root, "cases");
}

/* --- reading --------------------------------------------------------------
 */

static bool nest_read(struct ctx *ctx, const struct json_doc *doc,
	struct nest *nest, struct named_loops *names)
{
	static const char *const known[] = {
		"bounds", "stride", "dilation", "tensors", NULL};
	const cJSON *layer = json_member(doc->root, "layer");
	const cJSON *item = json_member(doc->root, "nest");
	struct loc loc = json_loc(doc, item ? item : doc->root);
	if (!layer == !item)
		return diag_error(ctx, &loc,
			"expected 'layer' (a kind and its sizes) or 'nest' (as "
			"compile writes it), found %s",
			layer ? "both" : "neither");
	const struct eval_kind *kind = NULL;
	if (layer) {
		layer = json_object(ctx, doc, doc->root, "layer");
		kind = layer ? eval_layer_read(ctx, doc, layer, nest) : NULL;
	} else {
		item = json_object(ctx, doc, doc->root, "nest");
	}
	*names = names_of(kind);
	return kind ||
		(item && json_keys(ctx, doc, item, known) &&
			nest_from_json(ctx, doc, item, nest));
}

static bool loop_read(struct ctx *ctx, const struct json_doc *doc,
	const cJSON *tiling, const char *name, enum loop l, struct analysis *a)
{
	const cJSON *list = json_member(tiling, name);
	int64_t listed[SEED_SLOTS] = {1, 1, 1, 1}, factor[SEED_SLOTS];
	if (list &&
		!json_ints(ctx, doc, list, SEED_SLOTS, 1, factor_max, listed))
		return false;
	for (int v = 0; v < SEED_SLOTS; v++)
		factor[seed_slot[v]] = a->tiling.factor[seed_slot[v]][l] =
			listed[v];
	const char *expected = factors_expected(ctx, a->nest.bound[l], factor);
	if (!expected)
		return true;
	struct loc loc = json_loc(doc, list ? list : tiling);
	if (!list)
		return diag_error(ctx, &loc,
			"key 'tiling': loop %s is missing, expected four "
			"factors (DRAM, SPM, RF, SPATIAL) with a product of "
			"%lld",
			name, (long long)a->nest.bound[l]);
	return diag_error(ctx, &loc,
		"the factors of loop %s are " FACTORS_FORMAT ", expected %s",
		name, FACTORS_ARGS(factor), expected);
}

static bool tiling_read(struct ctx *ctx, const struct json_doc *doc,
	const struct named_loops *names, struct analysis *a)
{
	const char *known[LOOP_COUNT + 1] = {NULL};
	const cJSON *tiling = json_object(ctx, doc, doc->root, "tiling");
	memcpy(known, names->name, (size_t)names->count * sizeof *known);
	bool ok = tiling && json_keys(ctx, doc, tiling, known);
	a->tiling = tiling_none;
	for (int i = 0; ok && i < names->count; i++)
		ok = loop_read(
			ctx, doc, tiling, names->name[i], names->loop[i], a);
	return ok;
}

/* Loops that the kind has not stand outermost. */
static bool level_order_read(struct ctx *ctx, const struct json_doc *doc,
	const cJSON *orders, const struct named_loops *names, int slot,
	struct limits *limits)
{
	const char *key = slot_name(slot);
	if (!json_member(orders, key))
		return true;
	const cJSON *list = json_array(ctx, doc, orders, key);
	if (!list)
		return false;
	uint8_t *order = limits->order[slot];
	int at = LOOP_COUNT - names->count, first = 0;
	unsigned seen = 0, all = 0;
	for (int i = 0; i < names->count; i++)
		all |= LOOP_BIT(names->loop[i]);
	for (const cJSON *c = list->child; c && at < LOOP_COUNT; c = c->next)
		for (int i = 0; i < names->count; i++)
			if (cJSON_IsString(c) &&
				!strcmp(c->valuestring, names->name[i])) {
				order[at++] = (uint8_t)names->loop[i];
				seen |= LOOP_BIT(names->loop[i]);
			}
	if (seen != all || cJSON_GetArraySize(list) != names->count) {
		struct loc loc = json_loc(doc, list);
		return diag_error(ctx, &loc,
			"the order of the %s loops: expected each of %s once, "
			"outermost first",
			key, names_text(ctx, names));
	}
	for (int l = 0; l < LOOP_COUNT; l++)
		if (!(all & LOOP_BIT(l)))
			order[first++] = (uint8_t)l;
	return limits->ordered[slot] = true;
}

static bool orders_read(struct ctx *ctx, const struct json_doc *doc,
	const struct named_loops *names, struct limits *limits)
{
	static const char *const known[] = {"DRAM", "SPM", NULL};
	if (!json_member(doc->root, "order"))
		return true;
	const cJSON *orders = json_object(ctx, doc, doc->root, "order");
	bool ok = orders && json_keys(ctx, doc, orders, known);
	for (int v = 0; ok && v < SEED_ORDERED; v++)
		ok = level_order_read(
			ctx, doc, orders, names, seed_slot[v], limits);
	return ok;
}

/* --- evaluating -----------------------------------------------------------
 */

/* Whether a loop that the seed's prunes keep out of the level runs there. */
static bool prune_cuts(const struct analysis *a, int slot)
{
	static const struct limits prunes = {
		.no_spatial_reduction = true, .no_feature_dram = true};
	unsigned pruned = limits_pruned(&a->nest, &prunes, slot);
	for (int l = 0; l < LOOP_COUNT; l++)
		if ((pruned & LOOP_BIT(l)) && a->tiling.factor[slot][l] > 1)
			return true;
	return false;
}

static void needs_find(struct analysis *a)
{
	const struct arch *arch = &a->arch;
	struct tile_cost tile;
	const struct machine machine = machine_of_arch(arch);
	tile_cost(&a->nest, &machine, &a->tiling, a->options.rule, &tile);
	a->needs[NEED_PES] = tile.trips[SLOT_SPATIAL];
	int64_t bits = 0, bytes[OPND_COUNT];
	for (int o = 0; o < OPND_COUNT; o++) {
		enum operand operand = (enum operand)o;
		bytes[o] = arch_bytes(arch, operand, tile.elems[BOX_SPM][o]);
		bits += tile.elems[BOX_RF][o] * arch_word_bits(arch, operand);
		a->needs[NEED_SPM_BYTES] += bytes[o];
	}
	a->needs[NEED_RF] = ceil_div(bits, 8);
	bool banks = arch_has_banks(arch, bytes, &a->needs[NEED_SPM_BANKS]);
	a->has[NEED_PES] = arch->pes;
	a->has[NEED_RF] = arch->rf_bytes;
	a->has[NEED_SPM_BYTES] = arch->spm_banks * arch->bank_bytes;
	a->has[NEED_SPM_BANKS] = arch->spm_banks;
	for (int n = 0; n < NEED_COUNT; n++)
		a->fits[n] = a->needs[n] <= a->has[n];
	a->fits[NEED_SPM_BANKS] = banks;
	a->no_spatial_reduction = !prune_cuts(a, SLOT_SPATIAL);
	a->no_feature_dram = !prune_cuts(a, SLOT_DRAM);
}

static void take_all(void *arg, const struct candidate *candidate)
{
	struct analysis *a = arg;
	for (int o = 0; o < OBJ_COUNT; o++)
		choice_take(&a->best[o], candidate);
}

bool analysis_read(struct ctx *ctx, const struct json_doc *doc,
	const struct arch *arch, enum burst_rule rule, struct analysis *a)
{
	static const char *const known[] = {
		"$schema", "name", "layer", "nest", "tiling", "order", NULL};
	struct named_loops names = {0};
	struct loc loc = json_loc(doc, json_member(doc->root, "tiling"));
	*a = (struct analysis){
		.file = doc->path, .arch = *arch, .options.rule = rule};
	if (!json_keys(ctx, doc, doc->root, known) ||
		!text_from_json(ctx, doc, doc->root, "name", &a->name) ||
		!nest_read(ctx, doc, &a->nest, &names) ||
		!tiling_read(ctx, doc, &names, a) ||
		!orders_read(ctx, doc, &names, &a->options.limits) ||
		!cost_check_tiling(ctx, &loc, &a->nest, arch, &a->tiling, rule))
		return false;
	needs_find(a);
	for (int o = 0; o < OBJ_COUNT; o++)
		a->best[o].objective = (enum objective)o;
	a->pairs = candidates_each(&a->nest, arch, &a->options, orderings_all,
		&a->tiling, take_all, a);
	return true;
}
