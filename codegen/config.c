#include "codegen/config.h"

#include "base/checked.h"
#include "codegen/config_arch.h"
#include "codegen/config_program.h"
#include "codegen/config_tensors.h"

#include <math.h>
#include <string.h>

struct build {
	struct ctx *ctx;
	const struct plan *plan;
	struct config_tables tables;
	struct config_source *steps;
	uint32_t step_count;
	struct tensor_set tensors;
	uint32_t *program; /* of each distinct nest; NONE: not made yet */
	uint32_t operand[OPND_COUNT]; /* tensors of the nest added last */
	struct config_model model;
};

/* --- steps ---------------------------------------------------------------- */

/* Layers and host steps as one list, in graph order. */
static void steps_list(struct build *b)
{
	const struct layer_list *list = b->plan->layers;
	b->steps = arena_array(&b->ctx->arena,
		list->count + list->unmapped_count, sizeof *b->steps);
	size_t u = 0;
	for (size_t l = 0; l <= list->count; l++) {
		for (; u < list->unmapped_count &&
			(l == list->count ||
				list->unmapped[u].before_layer <= l);
			u++)
			b->steps[b->step_count++] = (struct config_source){
				.unmapped = &list->unmapped[u],
				.node = list->unmapped[u].node};
		if (l < list->count)
			b->steps[b->step_count++] = (struct config_source){
				.layer = &list->layers[l],
				.node = list->layers[l].node};
	}
}

/* Do the placements leave something of the layer to the host? Nothing of one
 * that a specification gives. */
static bool needs_finish(const struct layer *layer)
{
	if (!layer->node)
		return false;
	if (!node_does(layer->node, OP_DOES_SUMS))
		return true;
	const struct attr *alpha = node_attr(layer->node, "alpha");
	if (alpha && alpha->kind == ATTR_FLOAT && alpha->as.floats[0] != 1.0)
		return true;
	for (size_t i = 2; i < layer->node->input_count; i++)
		if (layer->node->input[i])
			return true;
	return false;
}

static uint32_t add_ref(struct build *b, uint32_t tensor)
{
	struct config_ref ref = {.tensor = tensor};
	return config_add(&b->tables, CONFIG_REF, &ref);
}

static uint32_t add_refs(struct build *b, struct value *const *values,
	size_t count, uint32_t step)
{
	uint32_t first = b->tables.table[CONFIG_REF].count;
	for (size_t i = 0; i < count; i++)
		add_ref(b, tensors_use(&b->tensors, values[i], step));
	return first;
}

/* --- operands of a layer's nests ------------------------------------------ */

/* A tensor of its own for an operand that is no value of the model, or one of
 * another type than the accelerator works with. */
static bool add_scratch(struct build *b, const struct layer *layer, size_t n,
	enum operand operand, uint32_t step, uint32_t *tensor)
{
	const struct layer_nest *nest = &layer->nests[n];
	static const uint32_t spec_roles[OPND_COUNT] = {
		CONFIG_ROLE_OUTPUT, CONFIG_ROLE_INPUT, CONFIG_ROLE_WEIGHT};
	const struct shape *spec_shapes[OPND_COUNT] = {&layer->output_shape,
		&layer->input_shape, &layer->weight_shape};
	const struct value *value = nest->place[operand].value;
	struct loc loc = {.node = layer->name, .op = layer->op};
	int64_t elems, of_shape;
	if (!config_operand_elems(nest, operand, &elems))
		return diag_error(b->ctx, &loc,
			"operand %s has more than 2^63 elements",
			operand_name(operand));
	struct tensor_life life = {
		.name = arena_printf(&b->ctx->arena, "%s:%zu:%s", layer->name,
			n, operand_name(operand)),
		.type = nest->nest.tensor[operand].type,
		.roles = CONFIG_ROLE_SCRATCH,
		.shape = shape_make(b->ctx, 1, &elems),
		.first = step,
		.last = step,
	};
	/* A value's own shape, unless its elements are packed. */
	if (value && shape_elems(&value->shape, &of_shape) && of_shape >= elems)
		life.shape = value->shape;
	if (!layer->node) {
		/* A model specification: all its layers' operands are there at
		 * the same time. */
		life.name = arena_printf(&b->ctx->arena, "%s:%s", layer->name,
			operand_name(operand));
		life.roles = spec_roles[operand];
		life.first = 0;
		life.last = b->step_count - 1;
		if (shape_elems(spec_shapes[operand], &of_shape) &&
			of_shape >= elems)
			life.shape = *spec_shapes[operand];
	}
	*tensor = tensors_add(&b->tensors, &life);
	return true;
}

/* The tensor of an operand, and whether it is scratch. */
static bool operand_tensor(struct build *b, const struct layer *layer, size_t n,
	enum operand operand, uint32_t step, uint32_t *tensor, bool *scratch)
{
	const struct layer_nest *nest = &layer->nests[n];
	const struct value *value = nest->place[operand].value;
	enum dtype type = nest->nest.tensor[operand].type;
	*scratch = !value ||
		(value->type != type && value->type != DTYPE_UNDEFINED);
	if (*scratch)
		return add_scratch(b, layer, n, operand, step, tensor);
	*tensor = tensors_use(&b->tensors, value, step);
	if (b->tensors.tensors[*tensor].type == DTYPE_UNDEFINED)
		b->tensors.tensors[*tensor].type = type;
	return true;
}

/* --- layers --------------------------------------------------------------- */

static const struct candidate *winner_of(
	const struct build *b, const struct layer_nest *nest)
{
	return &plan_best(b->plan, nest)->winner;
}

static bool add_nest(struct build *b, const struct layer *layer, size_t n,
	uint32_t step, uint32_t *flags)
{
	const struct layer_nest *nest = &layer->nests[n];
	const struct candidate *winner = winner_of(b, nest);
	uint32_t tensor[OPND_COUNT], elem_bytes[OPND_COUNT];
	struct loc loc = {.node = layer->name, .op = layer->op};
	if (!b->plan->results[nest->distinct].feasible)
		return diag_error(b->ctx, &loc,
			"fits no mapping on the machine, so there is nothing "
			"to configure");
	for (int o = 0; o < OPND_COUNT; o++) {
		bool scratch;
		if (!operand_tensor(b, layer, n, (enum operand)o, step,
			    &tensor[o], &scratch))
			return false;
		b->operand[o] = tensor[o];
		elem_bytes[o] =
			config_elem_bytes(b->tensors.tensors[tensor[o]].type);
		if (!elem_bytes[o])
			return diag_error(b->ctx, &loc,
				"operand %s, '%s', has no element type: "
				"expected the model to give it one of numbers",
				operand_name((enum operand)o),
				diag_quote(b->ctx,
					b->tensors.tensors[tensor[o]].name));
		if (scratch && layer->node)
			*flags |= o == OPND_O ? CONFIG_STEP_FLAG_FINISH
					      : CONFIG_STEP_FLAG_INTERLEAVED;
	}
	uint32_t *program = &b->program[nest->distinct];
	if (*program == CONFIG_NONE)
		*program = config_add_program(&b->tables, layer->name,
			&nest->nest, b->plan->arch, winner, b->plan->rule);
	config_add_placement(&b->tables, nest, &winner->mapping, *program,
		tensor, elem_bytes);
	return true;
}

/* Do the nests leave elements of the output alone? Each writes others. */
static bool leaves_gaps(const struct layer *layer)
{
	int64_t written = 0, elems;
	for (size_t n = 0; n < layer->nest_count; n++) {
		const struct nest *nest = &layer->nests[n].nest;
		written += layer->nests[n].instances *
			nest_footprint(nest, OPND_O, nest->bound);
	}
	return shape_elems(&layer->output_shape, &elems) && written < elems;
}

static bool add_layer(struct build *b, uint32_t s, struct config_step *step)
{
	const struct layer *layer = b->steps[s].layer;
	step->name = config_add_string(&b->tables, layer->name);
	step->op = config_add_string(&b->tables, layer->op);
	step->condition = config_add_string(&b->tables, layer->condition);
	step->kind = CONFIG_STEP_LAYER;
	step->executions = layer->aside ? 0 : (uint64_t)layer->executions;
	step->macs = (uint64_t)layer->macs;
	step->placements = b->tables.table[CONFIG_PLACEMENT].count;
	step->placement_count = (uint32_t)layer->nest_count;
	if (needs_finish(layer))
		step->flags |= CONFIG_STEP_FLAG_FINISH;
	if (leaves_gaps(layer))
		step->flags |= CONFIG_STEP_FLAG_CLEAR;
	for (size_t n = 0; n < layer->nest_count; n++)
		if (!add_nest(b, layer, n, s, &step->flags))
			return false;
	return true;
}

static void add_host(struct build *b, uint32_t s, struct config_step *step)
{
	const struct unmapped *unmapped = b->steps[s].unmapped;
	step->name = config_add_string(&b->tables, unmapped->name);
	step->op = config_add_string(&b->tables, unmapped->op);
	step->reason = config_add_string(&b->tables, unmapped->reason);
	step->kind = CONFIG_STEP_HOST;
	step->placements = b->tables.table[CONFIG_PLACEMENT].count;
	step->executions = 1;
}

static bool add_step(struct build *b, uint32_t s)
{
	const struct node *node = b->steps[s].node;
	struct config_step step = {0};
	if (b->steps[s].layer) {
		if (!add_layer(b, s, &step))
			return false;
	} else {
		add_host(b, s, &step);
	}
	if (node) {
		step.inputs = add_refs(b, node->input, node->input_count, s);
		step.input_count = (uint32_t)node->input_count;
		step.outputs = add_refs(b, node->output, node->output_count, s);
		step.output_count = (uint32_t)node->output_count;
	} else if (step.placement_count) {
		/* Of a model specification: one nest, no values. */
		step.inputs = add_ref(b, b->operand[OPND_I]);
		add_ref(b, b->operand[OPND_W]);
		step.input_count = 2;
		step.outputs = add_ref(b, b->operand[OPND_O]);
		step.output_count = 1;
	}
	config_add(&b->tables, CONFIG_STEP, &step);
	return true;
}

static bool add_steps(struct build *b)
{
	for (uint32_t s = 0; s < b->step_count; s++)
		if (!add_step(b, s))
			return false;
	return true;
}

bool config_build(struct ctx *ctx, const struct plan *plan, uint8_t **bytes,
	size_t *length)
{
	struct build b = {.ctx = ctx, .plan = plan};
	config_tables_init(&b.tables, ctx);
	config_add_arch(&b.tables, plan->arch);
	b.program = arena_array(
		&ctx->arena, plan->network->count, sizeof *b.program);
	for (size_t n = 0; n < plan->network->count; n++)
		b.program[n] = CONFIG_NONE;
	b.model.name = config_add_string(&b.tables, plan->name);
	b.model.objective = config_add_string(&b.tables, plan_goal(plan));
	b.model.layers = (uint32_t)plan->totals->layers;
	b.model.macs = (uint64_t)plan->totals->macs;
	b.model.cycles = (uint64_t)plan->totals->cycles;
	b.model.energy_pj = plan->totals->energy_pj;
	b.model.search = config_add_string(&b.tables, plan->search);
	steps_list(&b);
	tensors_collect(ctx, b.steps, b.step_count, &b.tensors);
	if (!add_steps(&b) ||
		!tensors_place(&b.tensors, plan->arch->dram_alignment,
			&b.tables, &b.model))
		return false;
	config_add(&b.tables, CONFIG_MODEL, &b.model);
	return config_finish(
		&b.tables, arch_fingerprint(plan->arch), bytes, length);
}

bool config_write(struct ctx *ctx, const struct plan *plan, struct out_set *out)
{
	const char *name = arena_printf(&ctx->arena, "%s.nwcfg", plan->name);
	const struct loc loc = {.file = name};
	uint8_t *bytes;
	size_t length;
	if (!config_build(ctx, plan, &bytes, &length))
		return false;
	const char *fault = config_fault(ctx, bytes, length);
	return fault
		? diag_error(ctx, &loc,
			  "a fault of this program, please report it: what "
			  "would be written is no valid blob: %s; nothing is "
			  "written",
			  fault)
		: out_write(ctx, out, name, bytes, length);
}
