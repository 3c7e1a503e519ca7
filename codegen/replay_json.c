/* What replay found, as JSON. */
#include "codegen/replay.h"

#include "codegen/method_parts.h"

static cJSON *json_figure(const struct figure *figure)
{
	if (!figure)
		return cJSON_CreateNull();
	return figure->word ? cJSON_CreateString(figure->word)
			    : cJSON_CreateNumber(figure->value);
}

static cJSON *json_nest(const struct method *method,
	const struct method_nest *nest, const struct nest_replay *replay)
{
	cJSON *n = cJSON_CreateObject();
	cJSON_AddItemToObject(n, "instances", json_whole(nest->instances));
	cJSON_AddItemToObject(n, "bounds", json_bounds(&nest->nest));
	cJSON_AddItemToObject(n, "stride", json_axes(nest->nest.stride));
	cJSON_AddItemToObject(n, "dilation", json_axes(nest->nest.dilation));
	json_add_mapping(n, &nest->mapping);
	cJSON *estimate = cJSON_AddObjectToObject(n, "estimate");
	json_add_estimate(estimate, &nest->nest, &method->arch, &nest->mapping,
		method->rule);
	cJSON_AddItemToObject(
		n, "compared", json_whole((int64_t)replay->compared));
	cJSON *list = cJSON_AddArrayToObject(n, "differences");
	for (size_t i = 0; i < replay->count; i++) {
		const struct difference *d = &replay->differences[i];
		cJSON *item = cJSON_CreateObject();
		cJSON_AddStringToObject(item, "figure", d->stored.name);
		cJSON_AddItemToObject(item, "file", json_figure(&d->stored));
		cJSON_AddItemToObject(item, "now", json_figure(d->now));
		cJSON_AddItemToArray(list, item);
	}
	return n;
}

const char *replay_json(
	struct ctx *ctx, size_t count, const struct replay *replays)
{
	cJSON *root = cJSON_CreateObject();
	cJSON *methods = cJSON_AddArrayToObject(root, "methods");
	for (size_t i = 0; i < count; i++) {
		const struct method *m = &replays[i].method;
		cJSON *method = cJSON_CreateObject();
		cJSON_AddStringToObject(method, "model", m->model);
		cJSON_AddStringToObject(method, "layer", m->layer);
		cJSON_AddStringToObject(method, "op", m->op);
		cJSON_AddItemToObject(
			method, "machine", json_machine(ctx, &m->arch));
		cJSON_AddStringToObject(
			method, "bursts", burst_rule_name(m->rule));
		cJSON *nests = cJSON_AddArrayToObject(method, "nests");
		for (size_t k = 0; k < m->count; k++)
			cJSON_AddItemToArray(nests,
				json_nest(
					m, &m->nests[k], &replays[i].nests[k]));
		cJSON_AddItemToArray(methods, method);
	}
	return json_text(ctx, root);
}
