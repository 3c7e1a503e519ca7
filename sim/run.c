/* Steps of a blob in order, each on the machine and then by the host's part. */
#include "sim/run_parts.h"

#include "sim/cell.h"
#include "sim/op_finish.h"

#include <string.h>

/* --- tensors of the blob ---------------------------------------------------
 */

struct nwcfg_tensor run_tensor(const struct running *run, uint32_t index)
{
	struct nwcfg_tensor out;
	nwcfg_load_tensor(nwcfg_record(run->cfg, NWCFG_TENSOR, index), &out);
	return out;
}

static const char *tensor_name(const struct running *run, uint32_t index)
{
	return diag_quote(
		run->ctx, nwcfg_string(run->cfg, run_tensor(run, index).name));
}

uint32_t run_operand(const struct running *run, uint32_t placement, uint32_t o)
{
	struct nwcfg_placement record;
	struct nwcfg_descriptor descriptor;
	nwcfg_load_placement(
		nwcfg_record(run->cfg, NWCFG_PLACEMENT, placement), &record);
	nwcfg_load_descriptor(nwcfg_record(run->cfg, NWCFG_DESCRIPTOR,
				      record.descriptors + o),
		&descriptor);
	return descriptor.tensor;
}

/* The tensor of a step's input or output, NWCFG_NONE where it is left out. */
static uint32_t ref_tensor(
	const struct running *run, uint32_t first, uint32_t k)
{
	struct nwcfg_ref ref;
	nwcfg_load_ref(nwcfg_record(run->cfg, NWCFG_REF, first + k), &ref);
	return ref.tensor;
}

/* --- the model's values --------------------------------------------------- */

/* The blob's tensor of that name which is no scratch, or NWCFG_NONE. */
static uint32_t tensor_find(const struct running *run, const char *name)
{
	for (uint32_t t = 0; t < nwcfg_count(run->cfg, NWCFG_TENSOR); t++) {
		struct nwcfg_tensor tensor = run_tensor(run, t);
		if (!(tensor.roles & NWCFG_ROLE_SCRATCH) &&
			!strcmp(nwcfg_string(run->cfg, tensor.name), name))
			return t;
	}
	return NWCFG_NONE;
}

bool run_mismatch(const struct running *run, const char *what)
{
	struct loc loc = {.file = run->job->path};
	return diag_error(run->ctx, &loc, "not made from %s: %s",
		diag_quote(run->ctx, run->job->model->file), what);
}

/* Is the blob's tensor of the size and type of what it is to hold? */
static bool tensor_fits(const struct running *run, uint32_t index,
	enum dtype type, int64_t count)
{
	struct nwcfg_tensor tensor = run_tensor(run, index);
	if (tensor.type == (uint32_t)type && tensor.elems == (uint64_t)count)
		return true;
	return run_mismatch(run,
		arena_printf(&run->ctx->arena,
			"tensor '%s' has %llu elements of %s there, %lld of %s "
			"here",
			tensor_name(run, index),
			(unsigned long long)tensor.elems,
			dtype_name((enum dtype)tensor.type), (long long)count,
			dtype_name(type)));
}

static bool inputs_hold(struct running *run)
{
	const struct graph *graph = run->job->model->graph;
	for (size_t i = 0; i < graph->input_count; i++) {
		const struct tensor *given = run->job->inputs[i];
		uint32_t index = tensor_find(run, graph->inputs[i]->name);
		if (index == NWCFG_NONE)
			continue; /* nothing uses it */
		if (!tensor_fits(run, index, given->type, given->count))
			return false;
		run->held[index] = given;
	}
	return true;
}

static bool all_known(const struct tensor *tensor)
{
	for (int64_t i = 0; tensor->unknown && i < tensor->count; i++)
		if (tensor->unknown[i])
			return false;
	return true;
}

/* The elements of a constant of the model. */
static bool constant_hold(struct running *run, const struct loc *loc,
	uint32_t index, struct value *value)
{
	struct model *model = run->job->model;
	if (!value->data && value->init)
		model->load(run->ctx, model, value, INT64_MAX);
	if (!value->data || !all_known(value->data))
		return diag_error(run->ctx, loc,
			"the elements of constant '%s' are not known",
			diag_quote(run->ctx, value->name));
	if (!tensor_fits(run, index, value->data->type, value->data->count))
		return false;
	run->held[index] = value->data;
	return true;
}

/* --- steps and nodes ------------------------------------------------------ */

/* The branch that an If takes, where that is known; else NULL. */
static const struct graph *branch_of(const struct node *node)
{
	const struct attr *attr = !node_is(node, OP_ONNX_If) || node->branch < 0
		? NULL
		: node_attr(node, node->branch ? "then_branch" : "else_branch");
	return attr && attr->kind == ATTR_GRAPH ? attr->as.graph : NULL;
}

/* What an If whose branch is known hands on, in place of its own output. */
static struct value *value_inside(struct value *value)
{
	const struct graph *branch;
	while (value->producer && (branch = branch_of(value->producer))) {
		size_t k = 0;
		while (value->producer->output[k] != value)
			k++;
		if (k >= branch->output_count)
			break;
		value = branch->outputs[k];
	}
	return value;
}

/* The tensor that holds a value: that of index, or of what is behind it. */
static const struct tensor *value_held(
	const struct running *run, uint32_t index, struct value *value)
{
	struct value *inside = value_inside(value);
	if (run->held[index] || inside == value)
		return run->held[index];
	uint32_t other = tensor_find(run, inside->name);
	return other == NWCFG_NONE ? NULL : run->held[other];
}

/* The node that makes a tensor of that name, among those of the whole graph and
 * of branches that are taken. */
static const struct node *node_find(
	const struct graph *graph, const char *output)
{
	for (size_t n = 0; n < graph->node_count; n++) {
		const struct graph *branch = branch_of(graph->nodes[n]);
		const struct node *found =
			branch ? node_find(branch, output) : NULL;
		if (found)
			return found;
	}
	for (size_t n = 0; n < graph->node_count; n++)
		for (size_t o = 0; o < graph->nodes[n]->output_count; o++)
			if (graph->nodes[n]->output[o] &&
				!strcmp(graph->nodes[n]->output[o]->name,
					output))
				return graph->nodes[n];
	return NULL;
}

/* What stands in the way of running a step, or NULL. */
static const char *step_fault(const struct nwcfg *cfg,
	const struct nwcfg_step *step, const struct node *node)
{
	if (step->kind != NWCFG_STEP_LAYER)
		return "this step is the host's alone, which is not run here";
	if (*nwcfg_string(cfg, step->condition))
		return "a step within control flow is not run here";
	if (!step->placement_count)
		return "a step that multiplies nothing is not run here";
	if (!op_finishes(node) && !cell_finishes(node))
		return "the host has to work on its operands, which is not "
		       "done here";
	return NULL;
}

static bool layer_find(
	struct running *run, uint32_t index, struct layer_run *layer)
{
	const struct nwcfg *cfg = run->cfg;
	struct nwcfg_step *step = &layer->step;
	nwcfg_load_step(nwcfg_record(cfg, NWCFG_STEP, index), step);
	const char *name = nwcfg_string(cfg, step->name);
	const char *op = nwcfg_string(cfg, step->op);
	layer->loc =
		(struct loc){.file = run->job->path, .node = name, .op = op};
	uint32_t result = NWCFG_NONE;
	for (uint32_t o = 0; o < step->output_count && result == NWCFG_NONE;
		o++)
		result = ref_tensor(run, step->outputs, o);
	layer->node = result == NWCFG_NONE
		? NULL
		: node_find(run->job->model->graph,
			  nwcfg_string(cfg, run_tensor(run, result).name));
	if (!layer->node || strcmp(layer->node->op_type, op) != 0 ||
		layer->node->input_count != step->input_count ||
		layer->node->output_count != step->output_count)
		return run_mismatch(run,
			arena_printf(&run->ctx->arena,
				"it has no node like step '%s' (%s)",
				diag_quote(run->ctx, name),
				diag_quote(run->ctx, op)));
	const char *fault = step_fault(cfg, step, layer->node);
	return !fault || diag_error(run->ctx, &layer->loc, "%s", fault);
}

/* The node's inputs: results of earlier steps, inputs of the model, constants.
 */
static bool inputs_take(struct running *run, struct layer_run *layer)
{
	const struct node *node = layer->node;
	layer->inputs = arena_array(&run->ctx->arena, node->input_count,
		sizeof(const struct tensor *));
	for (size_t k = 0; k < node->input_count; k++) {
		struct value *value = node->input[k];
		uint32_t index =
			ref_tensor(run, layer->step.inputs, (uint32_t)k);
		if (!value != (index == NWCFG_NONE))
			return run_mismatch(run,
				"an input of a node is left out in one of "
				"them");
		if (!value)
			continue;
		run->held[index] = value_held(run, index, value);
		if (!run->held[index] &&
			!constant_hold(
				run, &layer->loc, index, value_inside(value)))
			return false;
		layer->inputs[k] = run->held[index];
	}
	return true;
}

bool run_hold(struct running *run, const struct layer_run *layer, uint32_t o,
	const struct tensor *tensor)
{
	uint32_t index = ref_tensor(run, layer->step.outputs, o);
	if (index == NWCFG_NONE)
		return true;
	run->held[index] = tensor;
	return tensor_fits(run, index, tensor->type, tensor->count);
}

/* --- images ----------------------------------------------------------------
 */

struct image run_image(const struct running *run, uint32_t index, bool states)
{
	struct nwcfg_tensor tensor = run_tensor(run, index);
	struct image image;
	image_init(run->ctx, &image, tensor.type, tensor.elem_bytes,
		tensor.elems, states);
	return image;
}

bool run_image_take(const struct running *run, const struct layer_run *layer,
	uint32_t placement, uint32_t o, struct image *image)
{
	uint32_t index = run_operand(run, placement, o);
	const struct tensor *held = run->held[index];
	if (!held)
		return diag_error(run->ctx, &layer->loc,
			"operand '%s' is made by the host, which is not done "
			"here",
			tensor_name(run, index));
	*image = run_image(run, index, false);
	for (int64_t i = 0; i < held->count; i++)
		image_put(image, (uint64_t)i, tensor_number(held, i), false);
	return true;
}

bool run_operands_fit(const struct running *run,
	const struct op_product *product, uint32_t placement)
{
	const struct op_operand *operand[] = {
		&product->out, &product->in, &product->weight};
	for (uint32_t o = 0; o < sizeof operand / sizeof *operand; o++) {
		int64_t elems;
		uint32_t index = run_operand(run, placement, o);
		if (!shape_elems(&operand[o]->shape, &elems) ||
			run_tensor(run, index).elems != (uint64_t)elems)
			return run_mismatch(run,
				arena_printf(&run->ctx->arena,
					"tensor '%s' has %llu elements there, "
					"%lld here",
					tensor_name(run, index),
					(unsigned long long)run_tensor(
						run, index)
						.elems,
					(long long)elems));
	}
	return true;
}

/* --- all --------------------------------------------------------------------
 */

/* Whether a step is an If whose branch is known: nothing to do by itself. */
static bool is_decided(const struct running *run, uint32_t index)
{
	struct nwcfg_step step;
	nwcfg_load_step(nwcfg_record(run->cfg, NWCFG_STEP, index), &step);
	for (uint32_t o = 0; o < step.output_count; o++) {
		uint32_t result = ref_tensor(run, step.outputs, o);
		const struct node *node = result == NWCFG_NONE
			? NULL
			: node_find(run->job->model->graph,
				  nwcfg_string(run->cfg,
					  run_tensor(run, result).name));
		if (node)
			return step.kind == NWCFG_STEP_HOST && branch_of(node);
	}
	return false;
}

static bool layer_run(struct running *run, uint32_t step)
{
	struct layer_run layer = {.node = NULL};
	if (is_decided(run, step))
		return true;
	if (!layer_find(run, step, &layer) || !inputs_take(run, &layer) ||
		!op_products(run->ctx, layer.node, &layer.products))
		return false;
	if (!layer.products.count)
		return diag_error(run->ctx, &layer.loc, "%s",
			layer.products.reason ? layer.products.reason
					      : "it multiplies nothing");
	return op_finishes(layer.node) ? run_sums(run, &layer)
				       : run_cell(run, &layer);
}

bool run_blob(struct ctx *ctx, const struct run_job *job,
	const struct tensor **outputs)
{
	const struct graph *graph = job->model->graph;
	struct running run = {.ctx = ctx, .job = job, .cfg = job->cfg};
	run.held = arena_array(&ctx->arena, nwcfg_count(job->cfg, NWCFG_TENSOR),
		sizeof(const struct tensor *));
	if (!inputs_hold(&run))
		return false;
	for (uint32_t s = 0; s < nwcfg_count(job->cfg, NWCFG_STEP); s++)
		if (!layer_run(&run, s))
			return false;
	for (size_t o = 0; o < graph->output_count; o++) {
		uint32_t index = tensor_find(&run, graph->outputs[o]->name);
		outputs[o] = index == NWCFG_NONE
			? NULL
			: value_held(&run, index, graph->outputs[o]);
		if (!outputs[o])
			return run_mismatch(&run,
				arena_printf(&ctx->arena,
					"no step makes output '%s'",
					diag_quote(
						ctx, graph->outputs[o]->name)));
	}
	return true;
}
