/* The steps of a run, the tensors that they use, and the tensors' places. */
#include "schedule/schedule.h"

#include "base/checked.h"
#include "schedule/arena_plan.h"
#include "schedule/liveness.h"

#include <assert.h>

uint32_t dram_elem_bytes(enum dtype type)
{
	return (uint32_t)(dtype_bits(type) + 7) / 8;
}

/* --- steps ---------------------------------------------------------------- */

/* Layers and host steps as one list, in graph order. */
static void steps_list(
	struct ctx *ctx, const struct layer_list *list, struct schedule *out)
{
	size_t u = 0, operands = 0;
	out->steps = arena_array(&ctx->arena,
		list->count + list->unmapped_count, sizeof *out->steps);
	for (size_t l = 0; l <= list->count; l++) {
		for (; u < list->unmapped_count &&
			(l == list->count ||
				list->unmapped[u].before_layer <= l);
			u++)
			out->steps[out->step_count++] = (struct schedule_step){
				.unmapped = &list->unmapped[u],
				.node = list->unmapped[u].node};
		if (l == list->count)
			break;
		out->steps[out->step_count++] =
			(struct schedule_step){.layer = &list->layers[l],
				.node = list->layers[l].node,
				.operands = operands};
		operands += list->layers[l].nest_count * OPND_COUNT;
	}
	out->operands =
		arena_array(&ctx->arena, operands, sizeof *out->operands);
}

const struct schedule_operand *schedule_operand(const struct schedule *schedule,
	uint32_t step, size_t nest, enum operand operand)
{
	const struct schedule_step *s = &schedule->steps[step];
	assert(s->layer && nest < s->layer->nest_count);
	return &schedule->operands[s->operands + nest * OPND_COUNT + operand];
}

/* --- operands of a layer's nests ------------------------------------------ */

/* Adds pitch * last to *end if that leads up. */
static bool reach(int64_t pitch, int64_t last, int64_t *end)
{
	int64_t far;
	return mul_ok(pitch, last, &far) &&
		(far <= 0 || add_ok(*end, far, end));
}

/* Elements from a tensor's first that the operand may touch: farthest index in
 * a placement, plus 1. False when that leaves int64_t. */
static bool operand_elems(
	const struct layer_nest *nest, enum operand operand, int64_t *elems)
{
	const struct nest_tensor *tensor = &nest->nest.tensor[operand];
	const struct placement *place = &nest->place[operand];
	int64_t end = place->base;
	for (int d = 0; d < tensor->dims; d++) {
		int64_t last = index_extent(&nest->nest, tensor->dim[d].index,
				       nest->nest.bound) -
			1;
		int64_t split = tensor->dim[d].split;
		if (!split || last < split) {
			if (!reach(place->pitch[d], last, &end))
				return false;
		} else if (!reach(place->pitch[d], split - 1, &end) ||
			!reach(place->split_pitch[d], last / split, &end)) {
			return false;
		}
	}
	for (int l = 0; l < nest->instance_loops; l++)
		if (!reach(nest->instance_loop[l].pitch[operand],
			    nest->instance_loop[l].trips - 1, &end))
			return false;
	*elems = end > 0 ? end + 1 : 1;
	return true;
}

/* A tensor of its own for an operand that is no value of the model, or one of
 * another type than the accelerator works with. */
static bool add_scratch(struct tensor_set *set, const struct layer *layer,
	size_t n, enum operand operand, uint32_t step, uint32_t *tensor)
{
	const struct layer_nest *nest = &layer->nests[n];
	const struct value *value = nest->place[operand].value;
	struct loc loc = {.node = layer->name, .op = layer->op};
	int64_t elems, of_shape;
	if (!operand_elems(nest, operand, &elems))
		return diag_error(set->ctx, &loc,
			"operand %s has more than 2^63 elements",
			operand_name(operand));
	struct schedule_tensor scratch = {
		.name = arena_printf(&set->ctx->arena, "%s:%zu:%s", layer->name,
			n, operand_name(operand)),
		.type = nest->nest.tensor[operand].type,
		.roles = TENSOR_SCRATCH,
		.shape = shape_make(set->ctx, 1, &elems),
	};
	/* A value's own shape, unless its elements are packed. */
	if (value && shape_elems(&value->shape, &of_shape) && of_shape >= elems)
		scratch.shape = value->shape;
	*tensor = tensors_add(set, &scratch, step, step);
	return true;
}

/* Of a model specification: all its layers' operands are there at the same
 * time. */
static bool add_spec_operand(struct tensor_set *set, const struct layer *layer,
	size_t n, enum operand operand, uint32_t *tensor)
{
	static const unsigned roles[OPND_COUNT] = {
		TENSOR_OUTPUT, TENSOR_INPUT, TENSOR_WEIGHT};
	const struct shape *shapes[OPND_COUNT] = {&layer->output_shape,
		&layer->input_shape, &layer->weight_shape};
	int64_t elems, of_shape;
	if (!add_scratch(set, layer, n, operand, 0, tensor))
		return false;
	struct schedule_tensor *own = &set->tensors[*tensor];
	own->name = arena_printf(
		&set->ctx->arena, "%s:%s", layer->name, operand_name(operand));
	own->roles = roles[operand];
	if (operand_elems(&layer->nests[n], operand, &elems) &&
		shape_elems(shapes[operand], &of_shape) && of_shape >= elems)
		own->shape = *shapes[operand];
	set->residences[*tensor].last = set->steps - 1;
	return true;
}

static bool operand_find(struct tensor_set *set, const struct layer *layer,
	size_t n, enum operand operand, uint32_t step,
	struct schedule_operand *out)
{
	const struct layer_nest *nest = &layer->nests[n];
	const struct value *value = nest->place[operand].value;
	enum dtype type = nest->nest.tensor[operand].type;
	out->scratch = !value ||
		(value->type != type && value->type != DTYPE_UNDEFINED);
	if (out->scratch)
		return layer->node ? add_scratch(set, layer, n, operand, step,
					     &out->tensor)
				   : add_spec_operand(set, layer, n, operand,
					     &out->tensor);
	out->tensor = tensors_use(set, value, step);
	if (set->tensors[out->tensor].type == DTYPE_UNDEFINED)
		set->tensors[out->tensor].type = type;
	return true;
}

static bool operands_find(struct tensor_set *set, struct schedule *schedule)
{
	struct schedule_operand *out = schedule->operands;
	for (uint32_t s = 0; s < schedule->step_count; s++) {
		const struct layer *layer = schedule->steps[s].layer;
		for (size_t n = 0; layer && n < layer->nest_count; n++)
			for (int o = 0; o < OPND_COUNT; o++)
				if (!operand_find(set, layer, n,
					    (enum operand)o, s, out++))
					return false;
	}
	return true;
}

/* --- places --------------------------------------------------------------- */

/* Its size, where it is known, and the region that it is for. */
static bool tensor_size(struct ctx *ctx, struct schedule_tensor *tensor,
	struct residence *residence)
{
	const struct loc loc = {0};
	tensor->elem_bytes = dram_elem_bytes(tensor->type);
	if (!shape_known(&tensor->shape) || !tensor->elem_bytes)
		return true;
	if (!shape_elems(&tensor->shape, &tensor->elems) ||
		!mul_ok(tensor->elems, tensor->elem_bytes, &residence->bytes))
		return diag_error(ctx, &loc,
			"tensor '%s' has more than 2^63 bytes",
			diag_quote(ctx, tensor->name));
	residence->region =
		tensor->roles & TENSOR_WEIGHT ? REGION_CONSTANTS : REGION_ARENA;
	return true;
}

/* Sets the offsets of what is in one region. */
static bool region_place(
	struct ctx *ctx, struct schedule *schedule, enum region region)
{
	struct arena *arena = &ctx->arena;
	struct arena_plan plan;
	struct arena_item *items =
		arena_array(arena, schedule->count, sizeof *items);
	struct residence **at =
		arena_array(arena, schedule->count, sizeof(struct residence *));
	size_t count = 0;
	for (uint32_t t = 0; t < schedule->count; t++) {
		struct residence *r = &schedule->residences[t];
		if (r->region != region)
			continue;
		items[count] = (struct arena_item){
			.bytes = r->bytes, .first = r->first, .last = r->last};
		at[count++] = r;
	}
	if (!arena_plan(ctx, count, items, schedule->alignment, &plan)) {
		const struct loc loc = {0};
		return diag_error(ctx, &loc,
			"the tensors have more than 2^63 bytes together");
	}
	for (size_t i = 0; i < count; i++)
		at[i]->offset = items[i].offset;
	schedule->bytes[region] = plan.bytes;
	schedule->least[region] = plan.least;
	return true;
}

bool schedule_make(struct ctx *ctx, const struct layer_list *list,
	int64_t alignment, struct schedule *out)
{
	struct tensor_set set;
	*out = (struct schedule){.alignment = alignment};
	steps_list(ctx, list, out);
	tensors_collect(ctx, out->steps, out->step_count, &set);
	if (!operands_find(&set, out))
		return false;
	out->count = set.count;
	out->tensors = set.tensors;
	out->residences = set.residences;
	out->by_value = set.by_value;
	for (uint32_t t = 0; t < out->count; t++)
		if (!tensor_size(ctx, &out->tensors[t], &out->residences[t]))
			return false;
	return region_place(ctx, out, REGION_ARENA) &&
		region_place(ctx, out, REGION_CONSTANTS);
}
