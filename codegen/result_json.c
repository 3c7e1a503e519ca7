/* NAME.json from the finished plan: one function an object. */
#include "codegen/result_json.h"

#include "codegen/columns.h"
#include "codegen/gains.h"
#include "codegen/layers_json.h"
#include "codegen/limits_json.h"
#include "codegen/method.h"
#include "codegen/method_parts.h"
#include "codegen/pareto.h"

#include <string.h>

static void put(cJSON *object, const char *key, cJSON *item)
{
	cJSON_AddItemToObject(object, key, item);
}

static cJSON *json_options(const struct plan *plan)
{
	cJSON *options = cJSON_CreateObject();
	put(options, "search", cJSON_CreateString(plan->search));
	put(options, "objective", cJSON_CreateString(plan_goal(plan)));
	put(options, "compat", cJSON_CreateBool(plan->rule == BURST_COMPAT));
	put(options, "tiles", cJSON_CreateString(tiles_name(plan->tiles)));
	json_add_limits(options, &plan->limits);
	return options;
}

/* An entry where columns.def has one; of SEED, without "seed_". */
#define ENTRY_CSV(to, seed, name, item)
#define ENTRY_JSON(to, seed, name, item) put(to, name, item);
#define ENTRY_SEED(to, seed, name, item) put(seed, &(name)[5], item);

cJSON *json_totals(const struct plan_totals *t)
{
	cJSON *totals = cJSON_CreateObject(), *seed = cJSON_CreateObject();
#define SUMMARY(name, unit, kind, json, source, meaning) \
	ENTRY_##json(totals, seed, #name, JSON_##kind(source))
#include "codegen/columns.def"
	put(totals, "seed_sums", seed);
	return totals;
}

static void add_layer_totals(cJSON *to, const struct layer_totals *t){
#define LAYER(name, unit, kind, rows, json, source, meaning) \
	ENTRY_##json(to, NULL, #name, JSON_##kind(source))
#include "codegen/columns.def"
}

cJSON *json_layer_totals(const struct layer_totals *totals)
{
	cJSON *object = cJSON_CreateObject();
	add_layer_totals(object, totals);
	return object;
}

cJSON *json_fork(const struct plan *plan, size_t fork)
{
	const struct fork_totals *t = &plan->fork_totals[fork];
	cJSON *entry = fork_tree(&plan->layers->forks[fork]);
	cJSON *other = cJSON_GetObjectItemCaseSensitive(entry, "other");
	put(other, "energy_pj", cJSON_CreateNumber(t->energy_pj));
	put(other, "cycles", json_whole(t->cycles));
	put(other, "edp", cJSON_CreateNumber(t->edp));
	return entry;
}

/* All that were searched, the one that is taken among them. */
static cJSON *json_forms(
	const struct network *network, const struct layer_nest *ln)
{
	cJSON *list = cJSON_CreateArray();
	for (size_t f = 0; f < ln->form_count; f++) {
		cJSON *form = cJSON_CreateObject();
		put(form, "nest", json_whole((int64_t)network_nest(
				network, &ln->forms[f])));
		put(form, "instances", json_whole(ln->forms[f].instances));
		cJSON_AddItemToArray(list, form);
	}
	return list;
}

/* Adds to a layer of 'layers --json' what it costs, where its method is, and to
 * its nests which distinct one they are. */
static void layer_extend(struct ctx *ctx, const struct plan *plan,
	const struct layer *layer, cJSON *to)
{
	cJSON *item = cJSON_GetObjectItemCaseSensitive(to, "nests")->child;
	for (size_t i = 0; i < layer->nest_count; i++, item = item->next) {
		const struct layer_nest *ln = &layer->nests[i];
		put(item, "nest", json_whole((int64_t)network_nest(
					   plan->network, ln)));
		if (ln->form_count)
			put(item, "forms", json_forms(plan->network, ln));
	}
	add_layer_totals(to, plan_layer_totals(plan, layer));
	if (plan->sensitivity)
		put(to, "sensitivity", json_gains(plan, layer));
	put(to, "method",
		cJSON_CreateString(
			arena_printf(&ctx->arena, "%s_methods/%s.json",
				plan->name, method_name(ctx, plan, layer))));
}

static cJSON *json_best(const struct plan *plan, const struct nest *nest,
	enum objective objective, const struct best *best)
{
	const struct candidate *winner = &best->winner;
	cJSON *b = cJSON_CreateObject();
	put(b, "value",
		cJSON_CreateNumber(
			objective_value(objective, &winner->estimate)));
	put(b, "proven", cJSON_CreateBool(best->proof.proven));
	put(b, "gap", json_gap(best_gap(objective, best)));
	put(b, "proof", json_proof(&best->proof));
	json_add_mapping(b, &winner->mapping);
	json_add_estimate(b, nest, plan->arch, &winner->mapping, plan->rule);
	return b;
}

/* The point of the front that the network's choice took. */
static cJSON *json_chosen(const struct candidate *chosen, size_t point)
{
	cJSON *object = cJSON_CreateObject();
	put(object, "point", json_whole((int64_t)point));
	put(object, "energy_pj",
		cJSON_CreateNumber(chosen->estimate.energy_pj));
	put(object, "cycles", json_whole(chosen->estimate.cycles));
	json_add_mapping(object, &chosen->mapping);
	return object;
}

/* What perfect tiles reach, and by how much the best are better. */
static cJSON *json_perfect(const struct search_result *result)
{
	cJSON *object = cJSON_CreateObject();
	for (int o = 0; o < OBJ_COUNT; o++) {
		enum objective objective = (enum objective)o;
		const struct estimate *e = &result->perfect[o].estimate;
		const struct estimate *best = &result->best[o].winner.estimate;
		double value = objective_value(objective, e);
		cJSON *item = cJSON_CreateObject();
		put(item, "value", cJSON_CreateNumber(value));
		put(item, "energy_pj", cJSON_CreateNumber(e->energy_pj));
		put(item, "cycles", json_whole(e->cycles));
		put(item, "ratio",
			cJSON_CreateNumber(
				value / objective_value(objective, best)));
		put(object, objective_name(objective), item);
	}
	return object;
}

static cJSON *json_distinct(
	struct ctx *ctx, const struct plan *plan, size_t index)
{
	const struct distinct_nest *d = &plan->network->nests[index];
	const struct search_result *r = &plan->results[index];
	cJSON *nest = cJSON_CreateObject(), *best = cJSON_CreateObject();
	put(nest, "example", cJSON_CreateString(d->example));
	put(nest, "instances", json_whole(d->instances));
	json_add_nest(nest, &d->nest);
	put(nest, "tiles", cJSON_CreateString(tiles_name(r->tiles)));
	if (plan->mapspaces && plan->mapspaces[index].tilings)
		put(nest, "mapspace",
			json_mapspace(ctx, &plan->mapspaces[index]));
	if (r->evaluated >= 0)
		put(nest, "evaluated", json_whole(r->evaluated));
	if (r->relaxations >= 0)
		put(nest, "relaxations", json_whole(r->relaxations));
	for (int i = 0; i < OBJ_COUNT; i++)
		put(best, objective_name((enum objective)i),
			json_best(plan, &d->nest, (enum objective)i,
				&r->best[i]));
	put(nest, "best", best);
	const char *poor = index < plan->network->run
		? plan->nest_parts[index].poor_fit
		: NULL;
	if (poor)
		put(nest, "poor_fit", cJSON_CreateString(poor));
	if (r->perfect_feasible)
		put(nest, "perfect", json_perfect(r));
	if (plan->pareto || plan->choice) {
		put(nest, "front", json_front(r));
		put(nest, "front_proven",
			cJSON_CreateBool(r->front_proof.proven));
	}
	if (plan->choice && index < plan->network->run)
		put(nest, "chosen",
			json_chosen(&plan->chosen[index].winner,
				plan->point[index]));
	return nest;
}

const char *result_text(struct ctx *ctx, const struct plan *plan,
	const char *identity, cJSON *files)
{
	cJSON *root = cJSON_CreateObject();
	cJSON *list = layers_tree(plan->layers);
	put(root, "format", cJSON_CreateString(RESULT_FORMAT));
	put(root, "version", json_whole(RESULT_VERSION));
	put(root, "set", cJSON_CreateString(identity));
	put(root, "model",
		cJSON_DetachItemFromObjectCaseSensitive(list, "model"));
	put(root, "machine", json_machine(ctx, plan->arch));
	put(root, "options", json_options(plan));
	cJSON *sums = json_totals(plan->totals);
	put(root, "totals", sums);
	if (plan->choice)
		put(root, "network_choice", json_network_choice(plan->choice));
	if (plan->pareto)
		put(root, "network_front", json_hull(ctx, plan));
	if (plan->sensitivity) {
		put(sums, "sensitivity", json_gains(plan, NULL));
		put(root, "sensitivity", json_resources(plan->arch));
	}
	cJSON *layer = cJSON_GetObjectItemCaseSensitive(list, "layers")->child;
	for (size_t i = 0; i < plan->layers->count; i++, layer = layer->next)
		layer_extend(ctx, plan, &plan->layers->layers[i], layer);
	for (size_t k = 0; k < plan->layers->fork_count; k++)
		cJSON_ReplaceItemInArray(
			cJSON_GetObjectItemCaseSensitive(list, "branches"),
			(int)k, json_fork(plan, k));
	cJSON *nests = cJSON_CreateArray();
	for (size_t i = 0; i < plan->network->count; i++)
		cJSON_AddItemToArray(nests, json_distinct(ctx, plan, i));
	/* total_macs, layers, branches, not_mapped, folded, folded_products */
	while (list->child) {
		cJSON *item = cJSON_DetachItemViaPointer(list, list->child);
		if (strcmp(item->string, "not_mapped") == 0)
			put(root, "nests", nests);
		put(root, item->string, item);
	}
	cJSON_Delete(list);
	put(root, "files", files ? files : cJSON_CreateArray());
	return json_text(ctx, root);
}
