/* A method's JSON, written and read back; what it says is checked anew. */
#include "codegen/method.h"

#include "codegen/gap.h"
#include "codegen/layers_json.h"
#include "codegen/method_parts.h"
#include "codegen/set.h"

#include <string.h>

static const char format_name[] = "nestwright-method";
enum { FORMAT_VERSION = 1 };

/* --- writing --------------------------------------------------------------
 */

static cJSON *json_nest(const struct plan *plan, const struct layer_nest *nest)
{
	const struct best *best = plan_best(plan, nest);
	const struct mapping *mapping = &best->winner.mapping;
	cJSON *n = cJSON_CreateObject();
	cJSON_AddItemToObject(n, "instances", json_whole(nest->instances));
	json_add_nest(n, &nest->nest);
	json_add_mapping(n, mapping);
	cJSON_AddBoolToObject(n, "proven", plan_claim(plan, nest).proven);
	cJSON_AddItemToObject(n, "gap", json_gap(nest_gap(plan, nest)));
	cJSON *estimate = cJSON_AddObjectToObject(n, "estimate");
	json_add_estimate(
		estimate, &nest->nest, plan->arch, mapping, plan->rule);
	return n;
}

const char *method_json(
	struct ctx *ctx, const struct plan *plan, const struct layer *layer)
{
	cJSON *root = cJSON_CreateObject();
	cJSON_AddStringToObject(root, "format", format_name);
	cJSON_AddItemToObject(root, "version", json_whole(FORMAT_VERSION));
	cJSON_AddStringToObject(root, "set", SET_EMPTY);
	cJSON_AddStringToObject(root, "model", plan->layers->model);
	cJSON *head = layer_tree(layer);
	cJSON_DeleteItemFromObjectCaseSensitive(head, "nests");
	cJSON_AddItemToObject(root, "layer", head);
	cJSON_AddItemToObject(root, "machine", json_machine(ctx, plan->arch));
	cJSON_AddStringToObject(root, "search", plan->search);
	cJSON_AddStringToObject(root, "objective", plan_goal(plan));
	cJSON_AddStringToObject(root, "bursts", burst_rule_name(plan->rule));
	cJSON *nests = cJSON_AddArrayToObject(root, "nests");
	for (size_t i = 0; i < layer->nest_count; i++)
		cJSON_AddItemToArray(nests, json_nest(plan, &layer->nests[i]));
	return json_text(ctx, root);
}

/* --- reading --------------------------------------------------------------
 */

static bool format_check(struct ctx *ctx, const struct json_doc *doc)
{
	static const char *const known[] = {"format", "version", "set", "model",
		"layer", "machine", "search", "objective", "bursts", "nests",
		NULL};
	struct loc loc = {.file = doc->path};
	const cJSON *format = json_member(doc->root, "format");
	if (!cJSON_IsString(format) ||
		strcmp(format->valuestring, format_name) != 0)
		return diag_error(ctx, &loc,
			"this is no execution method: \"format\": \"%s\" is "
			"missing",
			format_name);
	int64_t version;
	if (!json_int(ctx, doc, json_need(ctx, doc, doc->root, "version"), 1,
		    1 << 30, &version))
		return false;
	if (version != FORMAT_VERSION)
		return diag_error(ctx, &loc,
			"execution method of format version %lld, this program "
			"reads version %d",
			(long long)version, FORMAT_VERSION);
	return json_keys(ctx, doc, doc->root, known);
}

static bool head_from_json(
	struct ctx *ctx, const struct json_doc *doc, struct method *out)
{
	const char *bursts;
	const cJSON *layer = json_member(doc->root, "layer");
	if (!text_from_json(ctx, doc, doc->root, "set", &out->set) ||
		!text_from_json(ctx, doc, doc->root, "model", &out->model) ||
		!text_from_json(ctx, doc, doc->root, "bursts", &bursts))
		return false;
	out->layer = out->op = "";
	if (layer &&
		(!text_from_json(ctx, doc, layer, "name", &out->layer) ||
			!text_from_json(ctx, doc, layer, "op", &out->op)))
		return false;
	out->rule = BURST_TRUE;
	if (strcmp(bursts, burst_rule_name(BURST_COMPAT)) == 0) {
		out->rule = BURST_COMPAT;
	} else if (*bursts && strcmp(bursts, burst_rule_name(BURST_TRUE))) {
		struct loc loc =
			json_loc(doc, json_member(doc->root, "bursts"));
		return diag_error(ctx, &loc,
			"bursts are '%s', expected 'true' or 'compat'",
			diag_quote(ctx, bursts));
	}
	return true;
}

/* The leaves of an estimate, depth first; their names are the keys on the way,
 * joined by dots. */
struct figure_list {
	size_t count, capacity;
	struct figure *figures;
};

static bool figures_add(struct ctx *ctx, const cJSON *object,
	const char *prefix, struct figure_list *list)
{
	for (const cJSON *c = object->child; c; c = c->next) {
		const char *name =
			arena_printf(&ctx->arena, "%s%s", prefix, c->string);
		if (cJSON_IsObject(c)) {
			if (!figures_add(ctx, c,
				    arena_printf(&ctx->arena, "%s.", name),
				    list))
				return false;
			continue;
		}
		struct figure figure = {.name = name};
		if (cJSON_IsNumber(c))
			figure.value = c->valuedouble;
		else if (cJSON_IsString(c))
			figure.word = arena_strdup(&ctx->arena, c->valuestring);
		else if (cJSON_IsBool(c))
			figure.word = cJSON_IsTrue(c) ? "true" : "false";
		else
			return false;
		list->figures = arena_grow(&ctx->arena, list->figures,
			list->count, &list->capacity, list->count + 1,
			sizeof *list->figures);
		list->figures[list->count++] = figure;
	}
	return true;
}

static bool figures_from_json(struct ctx *ctx, const struct json_doc *doc,
	const cJSON *object, struct method_nest *out)
{
	struct figure_list list = {0};
	if (!json_member(object, "estimate"))
		return true;
	const cJSON *estimate = json_object(ctx, doc, object, "estimate");
	if (!estimate)
		return false;
	if (!figures_add(ctx, estimate, "", &list)) {
		struct loc loc = json_loc(doc, estimate);
		return diag_error(ctx, &loc,
			"the estimate holds a list or null, expected numbers, "
			"words and objects of them");
	}
	out->figures = list.figures;
	out->figure_count = list.count;
	return true;
}

static bool nest_read(struct ctx *ctx, const struct json_doc *doc,
	const cJSON *object, const struct arch *arch, enum burst_rule rule,
	struct method_nest *out)
{
	static const char *const known[] = {"instances", "bounds", "stride",
		"dilation", "tensors", "tiling", "order", "proven", "gap",
		"estimate", NULL};
	*out = (struct method_nest){.instances = 1};
	if (!json_keys(ctx, doc, object, known))
		return false;
	const cJSON *instances = json_member(object, "instances");
	if (instances &&
		!json_int(ctx, doc, instances, 1, (int64_t)1 << 52,
			&out->instances))
		return false;
	struct loc loc = json_loc(doc, object);
	if (!nest_from_json(ctx, doc, object, &out->nest) ||
		!mapping_from_json(ctx, doc, object, &out->nest, &out->mapping))
		return false;
	enum tile_sizes tiles = tiling_perfect(&out->nest, &out->mapping.tiling)
		? TILES_PERFECT
		: TILES_PADDED;
	return cost_check(ctx, &loc, &out->nest, arch, rule, tiles) &&
		mapping_fits(ctx, &loc, arch, &out->nest, &out->mapping) &&
		figures_from_json(ctx, doc, object, out);
}

static bool method_from_json(struct ctx *ctx, const struct json_doc *doc,
	const struct arch *machine, struct method *out)
{
	*out = (struct method){.file = doc->path};
	if (!format_check(ctx, doc) || !head_from_json(ctx, doc, out))
		return false;
	if (machine)
		out->arch = *machine;
	else if (!machine_from_json(ctx, doc, doc->root, &out->arch))
		return false;
	const cJSON *nests = json_array(ctx, doc, doc->root, "nests");
	if (!nests)
		return false;
	out->nests = arena_array(&ctx->arena, (size_t)cJSON_GetArraySize(nests),
		sizeof *out->nests);
	for (const cJSON *n = nests->child; n; n = n->next)
		if (!nest_read(ctx, doc, n, &out->arch, out->rule,
			    &out->nests[out->count++]))
			return false;
	return true;
}

bool method_read(struct ctx *ctx, const char *path, const struct arch *machine,
	struct method *out)
{
	struct json_doc doc;
	bool ok = json_read(ctx, path, &doc) &&
		method_from_json(ctx, &doc, machine, out);
	json_release(&doc);
	return ok;
}

bool method_parse(struct ctx *ctx, const char *path, const char *text,
	size_t length, const struct arch *machine, struct method *out)
{
	struct json_doc doc;
	bool ok = json_parse(ctx, path, text, length, &doc) &&
		method_from_json(ctx, &doc, machine, out);
	json_release(&doc);
	return ok;
}

size_t method_figures(struct ctx *ctx, const struct method *method,
	const struct method_nest *nest, struct figure **out)
{
	/* Through the text, so that both sides name and round alike. */
	struct json_doc doc;
	struct figure_list list = {0};
	cJSON *estimate = cJSON_CreateObject();
	json_add_estimate(estimate, &nest->nest, &method->arch, &nest->mapping,
		method->rule);
	const char *text = json_text(ctx, estimate);
	if (json_parse(ctx, method->file, text, strlen(text), &doc))
		figures_add(ctx, doc.root, "", &list);
	json_release(&doc);
	*out = list.figures;
	return list.count;
}
