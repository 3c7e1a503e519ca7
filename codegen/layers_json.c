/* Layers and unmapped nodes as JSON. */
#include "codegen/layers_json.h"

#include "base/json_doc.h"
#include "ir/fork.h"
#include "ir/left_out.h"

static void put(cJSON *object, const char *key, cJSON *item)
{
	cJSON_AddItemToObject(object, key, item);
}

/* null for a tensor that there is not. */
static cJSON *shape_json(const struct shape *shape)
{
	if (shape->rank < 0)
		return cJSON_CreateNull();
	cJSON *dims = cJSON_CreateArray();
	for (int d = 0; d < shape->rank; d++)
		cJSON_AddItemToArray(dims,
			shape->dim[d] < 0 ? cJSON_CreateNull()
					  : json_whole(shape->dim[d]));
	return dims;
}

static cJSON *pair_json(const int64_t pair[AXIS_COUNT])
{
	cJSON *array = cJSON_CreateArray();
	for (int a = 0; a < AXIS_COUNT; a++)
		cJSON_AddItemToArray(array, json_whole(pair[a]));
	return array;
}

static cJSON *nest_json(const struct layer_nest *ln)
{
	cJSON *nest = cJSON_CreateObject(), *bounds = cJSON_CreateObject();
	cJSON *types = cJSON_CreateObject();
	for (int l = 0; l < LOOP_COUNT; l++)
		put(bounds, loop_name((enum loop)l),
			json_whole(ln->nest.bound[l]));
	for (int o = 0; o < OPND_COUNT; o++)
		put(types, operand_name((enum operand)o),
			cJSON_CreateString(
				dtype_name(ln->nest.tensor[o].type)));
	put(nest, "bounds", bounds);
	put(nest, "stride", pair_json(ln->nest.stride));
	put(nest, "dilation", pair_json(ln->nest.dilation));
	put(nest, "instances", json_whole(ln->instances));
	put(nest, "types", types);
	return nest;
}

/* Which branch of which entry of "branches" something stands in. */
static void add_side(cJSON *to, const struct fork_side *side)
{
	if (!side->fork)
		return;
	cJSON *inside = cJSON_CreateObject();
	put(inside, "entry", json_whole(side->fork - 1));
	put(inside, "branch", cJSON_CreateString(fork_branch_name(side->then)));
	put(to, "inside", inside);
}

cJSON *fork_tree(const struct fork *fork)
{
	cJSON *entry = cJSON_CreateObject(), *other = cJSON_CreateObject();
	put(entry, "node", cJSON_CreateString(fork->node));
	add_side(entry, &fork->side);
	put(entry, "taken", cJSON_CreateString(fork_branch_name(fork->then)));
	put(other, "macs", json_whole(fork->macs[!fork->then]));
	put(entry, "other", other);
	return entry;
}

cJSON *layer_tree(const struct layer *layer)
{
	cJSON *object = cJSON_CreateObject(), *nests = cJSON_CreateArray();
	put(object, "index", json_whole((int64_t)layer->index));
	put(object, "name", cJSON_CreateString(layer->name));
	put(object, "op", cJSON_CreateString(layer->op));
	put(object, "output", cJSON_CreateString(layer->output_name));
	put(object, "input_shape", shape_json(&layer->input_shape));
	put(object, "weight_shape", shape_json(&layer->weight_shape));
	put(object, "output_shape", shape_json(&layer->output_shape));
	if (layer->condition)
		put(object, "condition", cJSON_CreateString(layer->condition));
	add_side(object, &layer->side);
	if (layer->aside)
		put(object, "in_totals", cJSON_CreateFalse());
	if (layer->note)
		put(object, "note", cJSON_CreateString(layer->note));
	put(object, "executions", json_whole(layer->executions));
	if (!layer->executions_known)
		put(object, "executions_known", cJSON_CreateFalse());
	put(object, "macs", json_whole(layer->macs));
	if (layer->padding_macs)
		put(object, "padding_macs", json_whole(layer->padding_macs));
	if (layer->stands_for)
		put(object, "stands_for",
			cJSON_CreateString(layer->stands_for));
	for (size_t k = 0; k < layer->nest_count; k++)
		cJSON_AddItemToArray(nests, nest_json(&layer->nests[k]));
	put(object, "nests", nests);
	return object;
}

static cJSON *unmapped_json(const struct unmapped *unmapped)
{
	cJSON *object = cJSON_CreateObject();
	put(object, "name", cJSON_CreateString(unmapped->name));
	put(object, "op", cJSON_CreateString(unmapped->op));
	put(object, "reason", cJSON_CreateString(unmapped->reason));
	if (unmapped->note)
		put(object, "note", cJSON_CreateString(unmapped->note));
	put(object, "compute", cJSON_CreateBool(unmapped->compute));
	put(object, "unresolved", cJSON_CreateBool(unmapped->unresolved));
	if (is_left_out(unmapped))
		put(object, "macs",
			unmapped->macs < 0 ? cJSON_CreateNull()
					   : json_whole(unmapped->macs));
	if (unmapped->skipped)
		put(object, "skipped", cJSON_CreateTrue());
	return object;
}

/* Nodes that multiply and are no layers. */
static cJSON *json_left_out(const struct layer_list *list)
{
	const struct left_out left = left_out_of(list);
	cJSON *object = cJSON_CreateObject();
	put(object, "nodes", json_whole((int64_t)left.nodes));
	put(object, "macs",
		left.open ? cJSON_CreateNull() : json_whole(left.macs));
	return object;
}

/* Layers that the search has no mapping for; NULL: there are none. */
static cJSON *skipped_json(const struct layer_list *list)
{
	cJSON *skipped = NULL;
	for (size_t i = 0; i < list->unmapped_count; i++) {
		const struct unmapped *unmapped = &list->unmapped[i];
		if (!unmapped->skipped)
			continue;
		cJSON *object = layer_tree(unmapped->skipped);
		put(object, "reason", cJSON_CreateString(unmapped->reason));
		skipped = skipped ? skipped : cJSON_CreateArray();
		cJSON_AddItemToArray(skipped, object);
	}
	return skipped;
}

cJSON *layers_tree(const struct layer_list *list)
{
	cJSON *root = cJSON_CreateObject();
	cJSON *layers = cJSON_CreateArray(), *unmapped = cJSON_CreateArray();
	put(root, "model", cJSON_CreateString(list->model));
	put(root, "total_macs", json_whole(list->total_macs));
	if (list->padding_macs)
		put(root, "padding_macs", json_whole(list->padding_macs));
	for (size_t i = 0; i < list->count; i++)
		cJSON_AddItemToArray(layers, layer_tree(&list->layers[i]));
	put(root, "layers", layers);
	cJSON *branches = cJSON_CreateArray();
	for (size_t k = 0; k < list->fork_count; k++)
		cJSON_AddItemToArray(branches, fork_tree(&list->forks[k]));
	if (list->fork_count)
		put(root, "branches", branches);
	else
		cJSON_Delete(branches);
	for (size_t i = 0; i < list->unmapped_count; i++)
		cJSON_AddItemToArray(
			unmapped, unmapped_json(&list->unmapped[i]));
	put(root, "not_mapped", unmapped);
	put(root, "left_out", json_left_out(list));
	cJSON *skipped = skipped_json(list);
	if (skipped)
		put(root, "skipped", skipped);
	put(root, "folded", json_whole((int64_t)list->folded));
	put(root, "folded_products",
		json_whole((int64_t)list->folded_products));
	return root;
}

const char *layers_json(struct ctx *ctx, const struct layer_list *list)
{
	return json_text(ctx, layers_tree(list));
}
