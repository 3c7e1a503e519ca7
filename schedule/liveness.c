/* Which tensors there are, and in which steps each is alive. */
#include "schedule/liveness.h"

#include "base/hash.h"
#include "base/places.h"

/* --- values --------------------------------------------------------------- */

static bool same_value(const void *items, size_t item, const void *key)
{
	return ((const struct schedule_tensor *)items)[item].value == key;
}

static uint32_t tensor_find(const struct hash_index *by_value,
	const struct schedule_tensor *tensors, const struct value *value)
{
	size_t i = index_find(
		by_value, hash_address(value), same_value, tensors, value);
	return i == ITEM_NONE ? TENSOR_NONE : (uint32_t)i;
}

uint32_t schedule_tensor_of(
	const struct schedule *schedule, const struct value *value)
{
	return value
		? tensor_find(&schedule->by_value, schedule->tensors, value)
		: TENSOR_NONE;
}

static bool is_constant(const struct value *value)
{
	return value->init || (value->producer && value->producer->folded) ||
		(!value->producer && value->data);
}

uint32_t tensors_add(struct tensor_set *set,
	const struct schedule_tensor *tensor, uint32_t first, uint32_t last)
{
	struct arena *arena = &set->ctx->arena;
	set->tensors = arena_grow(arena, set->tensors, set->count,
		&set->capacity, set->count + 1, sizeof *set->tensors);
	set->residences = arena_grow(arena, set->residences, set->count,
		&set->lives, set->count + 1, sizeof *set->residences);
	set->tensors[set->count] = *tensor;
	set->residences[set->count] = (struct residence){
		.tensor = set->count, .first = first, .last = last};
	return set->count++;
}

static uint32_t last_step(const struct tensor_set *set)
{
	return set->steps ? set->steps - 1 : 0;
}

/* The tensor of a value, made where there is none yet. */
static uint32_t tensor_of(
	struct tensor_set *set, const struct value *value, uint32_t step)
{
	uint32_t known = tensor_find(&set->by_value, set->tensors, value);
	if (known != TENSOR_NONE)
		return known;
	bool constant = is_constant(value);
	const struct schedule_tensor tensor = {
		.value = value,
		.name = value->name,
		.type = value->type,
		.roles = constant ? TENSOR_WEIGHT : TENSOR_INTERMEDIATE,
		.shape = value->is_sequence ? shape_unknown() : value->shape,
	};
	uint32_t added = tensors_add(set, &tensor, constant ? 0 : step,
		constant ? last_step(set) : step);
	index_add(&set->ctx->arena, &set->by_value, hash_address(value), added);
	return added;
}

uint32_t tensors_use(
	struct tensor_set *set, const struct value *value, uint32_t step)
{
	uint32_t tensor = tensor_of(set, value, step);
	struct residence *life = &set->residences[tensor];
	life->first = step < life->first ? step : life->first;
	life->last = step > life->last ? step : life->last;
	return tensor;
}

/* --- lives ---------------------------------------------------------------- */

/* The steps in which a subgraph may run, the node that holds it included. */
struct range {
	const struct node *owner;
	uint32_t first, last;
};

/* By their owners. */
struct ranges {
	struct places by_owner;
};

static struct range *range_of(
	const struct ranges *ranges, const struct node *owner)
{
	return place_find(&ranges->by_owner, owner);
}

static const struct node *owner_of(const struct node *node)
{
	return node && node->graph ? node->graph->owner : NULL;
}

static void range_extend(struct ctx *ctx, struct ranges *ranges,
	const struct node *owner, uint32_t step)
{
	struct range *range = range_of(ranges, owner);
	if (!range) {
		range = arena_alloc(&ctx->arena, sizeof *range);
		*range = (struct range){owner, step, step};
		*place_of(&ctx->arena, &ranges->by_owner, owner) = range;
	}
	range->first = step < range->first ? step : range->first;
	range->last = step > range->last ? step : range->last;
}

static void ranges_find(struct ctx *ctx, const struct schedule_step *steps,
	uint32_t count, struct ranges *out)
{
	for (uint32_t s = 0; s < count; s++)
		for (const struct node *owner = owner_of(steps[s].node); owner;
			owner = owner_of(owner))
			range_extend(ctx, out, owner, s);
	for (uint32_t s = 0; s < count; s++)
		if (steps[s].node && range_of(out, steps[s].node))
			range_extend(ctx, out, steps[s].node, s);
}

/* A value that a step reads or writes: alive then, and in every turn of the
 * loops around. */
static void use_around(struct tensor_set *set, const struct ranges *ranges,
	const struct schedule_step *step, uint32_t s, const struct value *value)
{
	if (!value)
		return;
	tensors_use(set, value, s);
	const struct node *owner = step->node;
	if (!range_of(ranges, owner))
		owner = owner_of(owner);
	for (; owner; owner = owner_of(owner)) {
		const struct range *range = range_of(ranges, owner);
		tensors_use(set, value, range->first);
		tensors_use(set, value, range->last);
	}
}

static const struct graph *top_graph(
	const struct schedule_step *steps, uint32_t count)
{
	for (uint32_t s = 0; s < count; s++)
		if (steps[s].node && steps[s].node->graph)
			return steps[s].node->graph->model->graph;
	return NULL;
}

void tensors_collect(struct ctx *ctx, const struct schedule_step *steps,
	uint32_t count, struct tensor_set *out)
{
	*out = (struct tensor_set){.ctx = ctx, .steps = count};
	struct ranges ranges = {0};
	ranges_find(ctx, steps, count, &ranges);
	const struct graph *graph = top_graph(steps, count);
	for (size_t i = 0; graph && i < graph->input_count; i++) {
		uint32_t tensor = tensors_use(out, graph->inputs[i], 0);
		out->tensors[tensor].roles = TENSOR_INPUT;
	}
	for (uint32_t s = 0; s < count; s++) {
		const struct node *node = steps[s].node;
		for (size_t i = 0; node && i < node->input_count; i++)
			use_around(out, &ranges, &steps[s], s, node->input[i]);
		for (size_t i = 0; node && i < node->output_count; i++)
			use_around(out, &ranges, &steps[s], s, node->output[i]);
	}
	for (size_t i = 0; graph && i < graph->output_count; i++) {
		uint32_t tensor =
			tensors_use(out, graph->outputs[i], last_step(out));
		unsigned *roles = &out->tensors[tensor].roles;
		*roles = (*roles & ~(unsigned)TENSOR_INTERMEDIATE) |
			TENSOR_OUTPUT;
	}
}
