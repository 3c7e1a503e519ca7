#include "codegen/config_tensors.h"

#include "base/checked.h"
#include "base/diag.h"
#include "base/names.h"
#include "codegen/config_program.h"
#include "schedule/arena_plan.h"

/* --- values --------------------------------------------------------------- */

static struct tensor_slot *value_slot(
	const struct tensor_set *set, const struct value *value)
{
	size_t mask = set->slots - 1;
	uint64_t hash = (uint64_t)(uintptr_t)value * 0x9e3779b97f4a7c15u;
	size_t i = (size_t)(hash >> 32) & mask;
	while (set->slot[i].value && set->slot[i].value != value)
		i = (i + 1) & mask;
	return &set->slot[i];
}

static void slots_grow(struct tensor_set *set)
{
	const struct tensor_slot *old = set->slot;
	size_t slots = set->slots;
	set->slots = slots ? slots * 2 : 256;
	set->slot =
		arena_array(&set->ctx->arena, set->slots, sizeof *set->slot);
	for (size_t i = 0; i < slots; i++)
		if (old[i].value)
			*value_slot(set, old[i].value) = old[i];
}

static bool is_constant(const struct value *value)
{
	return value->init || (value->producer && value->producer->folded) ||
		(!value->producer && value->data);
}

uint32_t tensors_add(struct tensor_set *set, const struct tensor_life *life)
{
	set->tensors = arena_grow(&set->ctx->arena, set->tensors, set->count,
		&set->capacity, set->count + 1, sizeof *set->tensors);
	set->tensors[set->count] = *life;
	return (uint32_t)set->count++;
}

static uint32_t last_step(const struct tensor_set *set)
{
	return set->steps ? set->steps - 1 : 0;
}

/* The tensor of a value, made where there is none yet. */
static uint32_t tensor_of(
	struct tensor_set *set, const struct value *value, uint32_t step)
{
	if (set->known * 2 >= set->slots)
		slots_grow(set);
	struct tensor_slot *slot = value_slot(set, value);
	if (slot->value)
		return slot->tensor;
	struct tensor_life life = {
		.name = value->name,
		.type = value->type,
		.roles = is_constant(value) ? CONFIG_ROLE_WEIGHT
					    : CONFIG_ROLE_INTERMEDIATE,
		.shape = value->is_sequence ? shape_unknown() : value->shape,
		.first = step,
		.last = step,
	};
	if (life.roles == CONFIG_ROLE_WEIGHT) {
		life.first = 0;
		life.last = last_step(set);
	}
	*slot = (struct tensor_slot){value, tensors_add(set, &life)};
	set->known++;
	return slot->tensor;
}

uint32_t tensors_use(
	struct tensor_set *set, const struct value *value, uint32_t step)
{
	if (!value)
		return CONFIG_NONE;
	uint32_t tensor = tensor_of(set, value, step);
	struct tensor_life *life = &set->tensors[tensor];
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

/* By their owners' addresses. */
struct ranges {
	struct names by_owner;
};

static struct range *range_of(
	const struct ranges *ranges, const struct node *owner)
{
	void **slot = names_find(&ranges->by_owner, (const char *)&owner,
		sizeof owner);
	return slot ? *slot : NULL;
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
		names_add(&ctx->arena, &ranges->by_owner,
			(const char *)&range->owner, sizeof range->owner,
			range);
	}
	range->first = step < range->first ? step : range->first;
	range->last = step > range->last ? step : range->last;
}

static void ranges_find(struct ctx *ctx, const struct config_source *steps,
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
	const struct config_source *step, uint32_t s, const struct value *value)
{
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
	const struct config_source *steps, uint32_t count)
{
	for (uint32_t s = 0; s < count; s++)
		if (steps[s].node && steps[s].node->graph)
			return steps[s].node->graph->model->graph;
	return NULL;
}

void tensors_collect(struct ctx *ctx, const struct config_source *steps,
	uint32_t count, struct tensor_set *out)
{
	*out = (struct tensor_set){.ctx = ctx, .steps = count};
	struct ranges ranges = {0};
	ranges_find(ctx, steps, count, &ranges);
	const struct graph *graph = top_graph(steps, count);
	for (size_t i = 0; graph && i < graph->input_count; i++) {
		uint32_t tensor = tensors_use(out, graph->inputs[i], 0);
		out->tensors[tensor].roles = CONFIG_ROLE_INPUT;
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
		uint32_t *roles = &out->tensors[tensor].roles;
		*roles = (*roles & ~(uint32_t)CONFIG_ROLE_INTERMEDIATE) |
			CONFIG_ROLE_OUTPUT;
	}
}

/* --- places --------------------------------------------------------------- */

static bool tensor_bytes(struct tensor_set *set, const struct tensor_life *life,
	struct config_tensor *out)
{
	int64_t elems, bytes;
	const struct loc loc = {0};
	out->elem_bytes = config_elem_bytes(life->type);
	if (!shape_known(&life->shape) || !out->elem_bytes)
		return true;
	if (!shape_elems(&life->shape, &elems) ||
		!mul_ok(elems, out->elem_bytes, &bytes))
		return diag_error(set->ctx, &loc,
			"tensor '%s' has more than 2^63 bytes",
			diag_quote(set->ctx, life->name));
	out->elems = (uint64_t)elems;
	out->bytes = (uint64_t)bytes;
	out->region = life->roles & CONFIG_ROLE_WEIGHT ? CONFIG_REGION_CONSTANTS
						       : CONFIG_REGION_ARENA;
	return true;
}

/* Plans one region; sets offsets of its tensors. */
static bool region_plan(struct tensor_set *set, struct config_tensor *tensors,
	uint32_t region, int64_t alignment, struct arena_plan *plan)
{
	struct arena_item *items =
		arena_array(&set->ctx->arena, set->count, sizeof *items);
	uint32_t *tensor =
		arena_array(&set->ctx->arena, set->count, sizeof *tensor);
	size_t count = 0;
	for (size_t t = 0; t < set->count; t++)
		if (tensors[t].region == region) {
			items[count] = (struct arena_item){
				.bytes = (int64_t)tensors[t].bytes,
				.first = tensors[t].first_step,
				.last = tensors[t].last_step};
			tensor[count++] = (uint32_t)t;
		}
	if (!arena_plan(set->ctx, count, items, alignment, plan)) {
		const struct loc loc = {0};
		return diag_error(set->ctx, &loc,
			"the tensors have more than 2^63 bytes together");
	}
	for (size_t i = 0; i < count; i++)
		tensors[tensor[i]].offset = (uint64_t)items[i].offset;
	return true;
}

static void dims_add(struct config_tables *tables, const struct shape *shape)
{
	for (int d = 0; d < shape->rank; d++) {
		struct config_dim dim = {shape->dim[d] < 0
				? CONFIG_NONE64
				: (uint64_t)shape->dim[d]};
		config_add(tables, CONFIG_DIM, &dim);
	}
}

bool tensors_place(struct tensor_set *set, int64_t alignment,
	struct config_tables *tables, struct config_model *model)
{
	struct config_tensor *tensors =
		arena_array(&set->ctx->arena, set->count, sizeof *tensors);
	struct arena_plan arena, constants;
	for (size_t t = 0; t < set->count; t++) {
		const struct tensor_life *life = &set->tensors[t];
		int rank = life->shape.rank;
		tensors[t] = (struct config_tensor){
			.name = config_add_string(tables, life->name),
			.type = life->type < DTYPE_COUNT ? life->type : 0,
			.roles = life->roles,
			.dims = tables->table[CONFIG_DIM].count,
			.rank = rank > 0 ? (uint32_t)rank : 0,
			.first_step = life->first,
			.last_step = life->last,
		};
		dims_add(tables, &life->shape);
		if (!tensor_bytes(set, life, &tensors[t]))
			return false;
	}
	if (!region_plan(
		    set, tensors, CONFIG_REGION_ARENA, alignment, &arena) ||
		!region_plan(set, tensors, CONFIG_REGION_CONSTANTS, alignment,
			&constants))
		return false;
	for (size_t t = 0; t < set->count; t++)
		config_add(tables, CONFIG_TENSOR, &tensors[t]);
	model->alignment = (uint64_t)alignment;
	model->arena_bytes = (uint64_t)arena.bytes;
	model->arena_least_bytes = (uint64_t)arena.least;
	model->constant_bytes = (uint64_t)constants.bytes;
	return true;
}
