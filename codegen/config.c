/* The plan as records, section by section, in the order of the blob. */
#include "codegen/config.h"

#include "base/checked.h"
#include "codegen/config_arch.h"
#include "codegen/config_program.h"

#include <assert.h>
#include <math.h>
#include <string.h>

struct build {
	struct ctx *ctx;
	const struct plan *plan;
	const struct schedule *schedule;
	struct config_tables tables;
	uint32_t *program; /* of each distinct nest; NONE: not made yet */
	uint32_t operand[OPND_COUNT]; /* tensors of the nest added last */
	struct config_model model;
};

/* --- steps ---------------------------------------------------------------- */

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

static uint32_t add_refs(
	struct build *b, struct value *const *values, size_t count)
{
	uint32_t first = b->tables.table[CONFIG_REF].count;
	for (size_t i = 0; i < count; i++)
		add_ref(b, schedule_tensor_of(b->schedule, values[i]));
	return first;
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
	uint32_t elem_bytes[OPND_COUNT];
	struct loc loc = {.node = layer->name, .op = layer->op};
	size_t distinct = network_nest(b->plan->network, nest);
	if (!b->plan->results[distinct].feasible)
		return diag_error(b->ctx, &loc,
			"fits no mapping on the machine, so there is nothing "
			"to configure");
	for (int o = 0; o < OPND_COUNT; o++) {
		const struct schedule_operand *operand =
			schedule_operand(b->schedule, step, n, (enum operand)o);
		const struct schedule_tensor *tensor =
			&b->schedule->tensors[operand->tensor];
		b->operand[o] = operand->tensor;
		elem_bytes[o] = tensor->elem_bytes;
		if (!elem_bytes[o])
			return diag_error(b->ctx, &loc,
				"operand %s, '%s', has no element type: "
				"expected the model to give it one of numbers",
				operand_name((enum operand)o),
				diag_quote(b->ctx, tensor->name));
		if (operand->scratch && layer->node)
			*flags |= o == OPND_O ? CONFIG_STEP_FLAG_FINISH
					      : CONFIG_STEP_FLAG_INTERLEAVED;
	}
	uint32_t *program = &b->program[distinct];
	if (*program == CONFIG_NONE)
		*program = config_add_program(&b->tables, layer->name,
			&nest->nest, b->plan->arch, winner, b->plan->rule);
	config_add_placement(&b->tables, nest, &winner->mapping, *program,
		b->operand, elem_bytes);
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
	const struct layer *layer = b->schedule->steps[s].layer;
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
	const struct unmapped *unmapped = b->schedule->steps[s].unmapped;
	step->name = config_add_string(&b->tables, unmapped->name);
	step->op = config_add_string(&b->tables, unmapped->op);
	step->reason = config_add_string(&b->tables, unmapped->reason);
	step->kind = CONFIG_STEP_HOST;
	step->placements = b->tables.table[CONFIG_PLACEMENT].count;
	step->executions = 1;
}

static bool add_step(struct build *b, uint32_t s)
{
	const struct node *node = b->schedule->steps[s].node;
	struct config_step step = {0};
	if (b->schedule->steps[s].layer) {
		if (!add_layer(b, s, &step))
			return false;
	} else {
		add_host(b, s, &step);
	}
	if (node) {
		step.inputs = add_refs(b, node->input, node->input_count);
		step.input_count = (uint32_t)node->input_count;
		step.outputs = add_refs(b, node->output, node->output_count);
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
	for (uint32_t s = 0; s < b->schedule->step_count; s++)
		if (!add_step(b, s))
			return false;
	return true;
}

/* --- tensors -------------------------------------------------------------- */

static_assert((int)TENSOR_INPUT == CONFIG_ROLE_INPUT &&
		(int)TENSOR_OUTPUT == CONFIG_ROLE_OUTPUT &&
		(int)TENSOR_WEIGHT == CONFIG_ROLE_WEIGHT &&
		(int)TENSOR_INTERMEDIATE == CONFIG_ROLE_INTERMEDIATE &&
		(int)TENSOR_SCRATCH == CONFIG_ROLE_SCRATCH,
	"a schedule's roles are the blob's");
static_assert((int)REGION_ARENA == CONFIG_REGION_ARENA &&
		(int)REGION_CONSTANTS == CONFIG_REGION_CONSTANTS,
	"a schedule's stores are the blob's regions");

static void add_dims(struct build *b, const struct shape *shape)
{
	for (int d = 0; d < shape->rank; d++) {
		struct config_dim dim = {shape->dim[d] < 0
				? CONFIG_NONE64
				: (uint64_t)shape->dim[d]};
		config_add(&b->tables, CONFIG_DIM, &dim);
	}
}

static void add_tensor(struct build *b, uint32_t t)
{
	const struct schedule_tensor *tensor = &b->schedule->tensors[t];
	const struct residence *r = &b->schedule->residences[t];
	int rank = tensor->shape.rank;
	const struct config_tensor record = {
		.name = config_add_string(&b->tables, tensor->name),
		.type = tensor->type < DTYPE_COUNT ? tensor->type : 0,
		.roles = tensor->roles,
		.region = r->region,
		.dims = b->tables.table[CONFIG_DIM].count,
		.rank = rank > 0 ? (uint32_t)rank : 0,
		.first_step = r->first,
		.last_step = r->last,
		.elem_bytes = tensor->elem_bytes,
		.elems = (uint64_t)tensor->elems,
		.bytes = (uint64_t)r->bytes,
		.offset = (uint64_t)r->offset,
	};
	add_dims(b, &tensor->shape);
	config_add(&b->tables, CONFIG_TENSOR, &record);
}

static void add_tensors(struct build *b)
{
	const struct schedule *s = b->schedule;
	for (uint32_t t = 0; t < s->count; t++)
		add_tensor(b, t);
	b->model.alignment = (uint64_t)s->alignment;
	b->model.arena_bytes = (uint64_t)s->bytes[REGION_ARENA];
	b->model.arena_least_bytes = (uint64_t)s->least[REGION_ARENA];
	b->model.constant_bytes = (uint64_t)s->bytes[REGION_CONSTANTS];
}

bool config_build(struct ctx *ctx, const struct plan *plan, uint8_t **bytes,
	size_t *length)
{
	struct build b = {.ctx = ctx, .plan = plan, .schedule = plan->schedule};
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
	if (!add_steps(&b))
		return false;
	add_tensors(&b);
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
