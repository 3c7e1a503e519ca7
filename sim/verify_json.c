/* The result for programs. */
#include "base/json_doc.h"
#include "sim/verify.h"

static void put(cJSON *object, const char *key, cJSON *item)
{
	cJSON_AddItemToObject(object, key, item);
}

static cJSON *text_or_null(const char *text)
{
	return text && *text ? cJSON_CreateString(text) : cJSON_CreateNull();
}

static cJSON *whole(uint64_t value)
{
	return json_whole((int64_t)value);
}

static cJSON *count_json(int tally, int operand, const struct entry *e)
{
	cJSON *object = cJSON_CreateObject(), *rules = cJSON_CreateObject();
	char letter[2] = {"OIW"[operand], 0};
	put(object, "count", cJSON_CreateString(tally_texts[tally].name));
	put(object, "operand",
		text_or_null(*tally_texts[tally].operands ? letter : ""));
	put(object, "unit", cJSON_CreateString(tally_texts[tally].unit));
	put(object, "charged", whole(e->charged));
	put(object, "measured", whole(e->measured));
	for (int r = 0; r < QUIRK_COUNT; r++)
		if (e->by_quirk[r])
			put(rules, quirk_texts[r].name,
				json_whole(e->by_quirk[r]));
	put(object, "explained", rules);
	put(object, "unexplained", json_whole(e->rest));
	return object;
}

static cJSON *layer_json(const struct verified_layer *l)
{
	cJSON *object = cJSON_CreateObject(), *counts = cJSON_CreateArray();
	put(object, "index", whole(l->index));
	put(object, "name", cJSON_CreateString(l->name));
	put(object, "op", cJSON_CreateString(l->op));
	put(object, "holds", cJSON_CreateBool(verified_layer_holds(l)));
	put(object, "referee",
		cJSON_CreateString(l->by_model ? "model" : "nest"));
	put(object, "note", text_or_null(l->note));
	put(object, "macs", whole(l->macs));
	put(object, "sample", whole(l->sample));
	put(object, "outputs", whole(l->outputs));
	put(object, "compared", whole(l->compared));
	put(object, "different", whole(l->different));
	put(object, "first_difference", text_or_null(l->first));
	put(object, "fault", text_or_null(l->fault));
	put(object, "estimate", text_or_null(l->account.estimate));
	for (int t = 0; t < TALLY_COUNT; t++)
		for (int o = 0; o < OPERANDS; o++)
			if (tally_has((enum tally)t, o))
				cJSON_AddItemToArray(counts,
					count_json(
						t, o, &l->account.entry[t][o]));
	put(object, "counts", counts);
	return object;
}

const char *verified_json(struct ctx *ctx, const struct verified *verified)
{
	cJSON *root = cJSON_CreateObject(), *layers = cJSON_CreateArray();
	put(root, "holds", cJSON_CreateBool(verified->wrong == 0));
	for (size_t i = 0; i < verified->count; i++)
		cJSON_AddItemToArray(layers, layer_json(&verified->layer[i]));
	put(root, "layers", layers);
	return json_text(ctx, root);
}
