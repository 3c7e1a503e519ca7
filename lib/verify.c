/* What every stage relies on of the stages before it. A fault is one of this
 * program: inputs that are wrong were refused by the stage itself. All of it
 * is linear in what is verified. */
#include "lib/compilation.h"

#include "base/checked.h"
#include "mapper/mapping.h"
#include "passes/lower.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#define FAULT(...) arena_printf(&ctx->arena, __VA_ARGS__)

/* --- graph ---------------------------------------------------------------- */

static const char *node_name(struct ctx *ctx, const struct node *node)
{
	return FAULT("node '%s' (%s)",
		diag_quote(ctx, node->name ? node->name : ""),
		diag_quote(ctx, node->op_type));
}

/* Whether the graph is the other one, or one around it. */
static bool graph_sees(const struct graph *graph, const struct graph *other)
{
	for (; graph; graph = graph->parent)
		if (graph == other)
			return true;
	return false;
}

/* A value that the node uses is defined where the node stands, and before it.
 */
static const char *use_fault(
	struct ctx *ctx, const struct node *node, const struct value *value)
{
	const struct node *producer = value->producer;
	if (!producer)
		return value->is_input || value->init
			? NULL
			: FAULT("%s uses '%s', which nothing defines",
				  node_name(ctx, node),
				  diag_quote(ctx, value->name));
	if (!graph_sees(node->graph, producer->graph))
		return FAULT("%s uses '%s' of a graph that it does not see",
			node_name(ctx, node), diag_quote(ctx, value->name));
	if (producer->graph == node->graph && producer->order >= node->order)
		return FAULT("%s uses '%s', which %s makes behind it",
			node_name(ctx, node), diag_quote(ctx, value->name),
			node_name(ctx, producer));
	return NULL;
}

static const char *graph_fault(struct ctx *ctx, const struct graph *graph);

static const char *node_fault(struct ctx *ctx, const struct node *node)
{
	const char *fault = NULL;
	for (size_t i = 0; !fault && i < node->input_count; i++)
		if (node->input[i])
			fault = use_fault(ctx, node, node->input[i]);
	for (size_t i = 0; !fault && i < node->output_count; i++)
		if (node->output[i] && node->output[i]->producer != node)
			fault = FAULT("%s is not what makes its output '%s'",
				node_name(ctx, node),
				diag_quote(ctx, node->output[i]->name));
	for (size_t a = 0; !fault && a < node->attr_count; a++)
		if (node->attr[a].kind == ATTR_GRAPH && node->attr[a].as.graph)
			fault = graph_fault(ctx, node->attr[a].as.graph);
	return fault;
}

static const char *graph_fault(struct ctx *ctx, const struct graph *graph)
{
	const char *fault = NULL;
	for (size_t i = 0; !fault && i < graph->node_count; i++) {
		const struct node *node = graph->nodes[i];
		if (node->graph != graph || node->order != i)
			return FAULT("%s is not node %zu of its graph",
				node_name(ctx, node), i);
		fault = node_fault(ctx, node);
	}
	for (size_t i = 0; !fault && i < graph->output_count; i++) {
		const struct value *value = graph->outputs[i];
		if (!value->producer && !value->is_input && !value->init)
			fault = FAULT("nothing defines the output '%s'",
				diag_quote(ctx, value->name));
	}
	return fault;
}

const char *verify_graph(struct ctx *ctx, const struct compilation *c)
{
	return c->model ? graph_fault(ctx, c->model->graph) : NULL;
}

/* --- shapes --------------------------------------------------------------- */

static const char *value_fault(
	struct ctx *ctx, const struct model *model, const struct value *value)
{
	const struct shape *shape = &value->shape;
	const struct tensor *data = value->data;
	int64_t elems;
	if (shape->rank < RANK_UNKNOWN || shape->rank > RANK_MAX)
		return FAULT("'%s' has rank %d", diag_quote(ctx, value->name),
			shape->rank);
	for (int d = 0; d < shape->rank; d++)
		if (shape->dim[d] < DIM_UNKNOWN - (int64_t)model->symbol_count)
			return FAULT("dimension %d of '%s' is %lld", d,
				diag_quote(ctx, value->name),
				(long long)shape->dim[d]);
	if (data &&
		(!shape_elems(&data->shape, &elems) || elems != data->count))
		return FAULT("'%s' is of %s and has %lld elements",
			diag_quote(ctx, value->name),
			shape_text(ctx, &data->shape), (long long)data->count);
	if (data && shape_elems(shape, &elems) && elems != data->count)
		return FAULT("'%s' is %s and has the elements of %s",
			diag_quote(ctx, value->name), shape_text(ctx, shape),
			shape_text(ctx, &data->shape));
	return NULL;
}

/* Of the top graph: bodies that do not run are not inferred. */
const char *verify_shapes(struct ctx *ctx, const struct compilation *c)
{
	const char *fault = verify_graph(ctx, c);
	const struct graph *graph = c->model ? c->model->graph : NULL;
	for (size_t i = 0; graph && !fault && i < graph->value_count; i++)
		fault = value_fault(ctx, c->model, graph->values[i]);
	for (size_t i = 0; graph && !fault && i < graph->node_count; i++) {
		const struct node *node = graph->nodes[i];
		for (int k = 0; node->op && k < node->op->in; k++)
			if (!node_input(node, (size_t)k))
				return FAULT("%s has no input %d",
					node_name(ctx, node), k);
	}
	return fault;
}

/* --- layers --------------------------------------------------------------- */

static const char *instances_fault(
	struct ctx *ctx, const struct layer *layer, const struct layer_nest *ln)
{
	int64_t product = 1;
	for (int l = 0; l < ln->instance_loops; l++)
		if (!mul_ok(product, ln->instance_loop[l].trips, &product))
			product = -1;
	return product == ln->instances
		? NULL
		: FAULT("layer '%s': its instance loops make %lld of %lld "
			"instances",
			  diag_quote(ctx, layer->name), (long long)product,
			  (long long)ln->instances);
}

const char *verify_layers(struct ctx *ctx, const struct compilation *c)
{
	const struct layer_list *list = &c->layers;
	size_t before = 0;
	for (size_t i = 0; i < list->count; i++) {
		const struct layer *layer = &list->layers[i];
		const char *fault = layer_fault(ctx, layer);
		for (size_t k = 0; !fault && k < layer->nest_count; k++) {
			const struct layer_nest *ln = &layer->nests[k];
			fault = instances_fault(ctx, layer, ln);
			for (size_t f = 0; !fault && f < ln->form_count; f++)
				fault = instances_fault(
					ctx, layer, &ln->forms[f]);
		}
		if (fault)
			return fault;
		if (i && layer->index <= list->layers[i - 1].index)
			return FAULT("layer %zu stands behind layer %zu",
				layer->index, list->layers[i - 1].index);
	}
	for (size_t i = 0; i < list->unmapped_count; i++) {
		const struct unmapped *u = &list->unmapped[i];
		if (u->before_layer < before || u->before_layer > list->count)
			return FAULT("node '%s' stands before layer %zu of %zu",
				diag_quote(ctx, u->name), u->before_layer,
				list->count);
		before = u->before_layer;
	}
	return NULL;
}

/* --- nests ---------------------------------------------------------------- */

static const char *distinct_fault(struct ctx *ctx,
	const struct network *network, const struct layer *layer,
	const struct layer_nest *ln)
{
	if (ln->id >= network->ids)
		return FAULT("layer '%s' has nest %zu of %zu",
			diag_quote(ctx, layer->name), ln->id, network->ids);
	size_t i = network->nest_of[ln->id];
	if (i >= network->count ||
		network->task_of[ln->id] >= network->task_count ||
		!nest_equal(&network->nests[i].nest, &ln->nest))
		return FAULT("layer '%s' has a nest that is not number %zu of "
			     "the %zu distinct ones",
			diag_quote(ctx, layer->name), i, network->count);
	return NULL;
}

/* Layers have the distinct nests that they name, and run them as often as the
 * network says. */
static const char *network_fault(struct ctx *ctx, const struct layer_list *list,
	const struct network *network)
{
	int64_t *runs = arena_array(&ctx->arena, network->count, sizeof *runs);
	const char *fault = NULL;
	for (size_t i = 0; i < list->count; i++) {
		const struct layer *layer = &list->layers[i];
		for (size_t k = 0; !fault && k < layer->nest_count; k++) {
			const struct layer_nest *ln = &layer->nests[k];
			fault = distinct_fault(ctx, network, layer, ln);
			if (!fault && !layer->aside)
				runs[network_nest(network, ln)] +=
					ln->instances * layer->executions;
		}
	}
	for (size_t i = 0; !fault && i < network->count; i++) {
		const struct distinct_nest *d = &network->nests[i];
		fault = nest_fault(ctx, &d->nest);
		if (!fault && runs[i] != d->instances)
			fault = FAULT("nest %zu runs %lld times, the layers "
				      "run it %lld times",
				i, (long long)d->instances, (long long)runs[i]);
	}
	return fault;
}

const char *verify_nests(struct ctx *ctx, const struct compilation *c)
{
	const struct network *network = &c->network;
	for (size_t t = 0; t < network->task_count; t++) {
		const struct task *task = &network->tasks[t];
		if (!task->form_count)
			return FAULT("task %zu has no form", t);
		for (size_t f = 0; f < task->form_count; f++)
			if (task->forms[f].nest >= network->count)
				return FAULT("task %zu takes nest %zu of %zu",
					t, task->forms[f].nest, network->count);
	}
	return network_fault(ctx, &c->layers, network);
}

/* --- mappings ------------------------------------------------------------- */

static bool mapping_holds(const struct nest *nest, const struct arch *arch,
	const struct mapping *m)
{
	static const struct limits none;
	return mapping_valid(nest, m) &&
		tiling_fits_spatial(nest, arch, &m->tiling, &none) &&
		tiling_fits_rf(nest, arch, &m->tiling, &none) &&
		tiling_fits_spm(nest, arch, &m->tiling, &none);
}

/* The mapping is one, fits the machine, and costs what it is said to. */
static const char *candidate_fault(struct ctx *ctx,
	const struct compile_request *request, const struct nest *nest,
	const struct candidate *candidate)
{
	struct estimate e;
	if (!mapping_holds(nest, request->arch, &candidate->mapping))
		return FAULT("the mapping of nest %s is none, or does not fit",
			nest_text(ctx, nest));
	cost_mapping(
		nest, request->arch, &candidate->mapping, request->rule, &e);
	if (e.energy_pj != candidate->estimate.energy_pj ||
		e.cycles != candidate->estimate.cycles)
		return FAULT("the mapping of nest %s takes %.17g pJ and %lld "
			     "cycles, not %.17g and %lld",
			nest_text(ctx, nest), e.energy_pj, (long long)e.cycles,
			candidate->estimate.energy_pj,
			(long long)candidate->estimate.cycles);
	return NULL;
}

const char *verify_mappings(struct ctx *ctx, const struct compilation *c)
{
	const char *fault = NULL;
	for (size_t i = 0; !fault && i < c->network.count; i++) {
		const struct search_result *r = &c->results[i];
		const struct nest *nest = &c->network.nests[i].nest;
		for (int o = 0; !fault && r->feasible && o < OBJ_COUNT; o++)
			fault = candidate_fault(
				ctx, c->request, nest, &r->best[o].winner);
	}
	return fault;
}

/* --- places --------------------------------------------------------------- */

static const char *residence_fault(struct ctx *ctx,
	const struct schedule *schedule, const struct residence *r)
{
	const char *name = diag_quote(ctx, schedule->tensors[r->tensor].name);
	if (r->first > r->last || r->last >= schedule->step_count)
		return FAULT("'%s' lives in steps %u to %u of %u", name,
			r->first, r->last, schedule->step_count);
	if (r->region != REGION_NONE &&
		(r->offset < 0 || r->offset % schedule->alignment ||
			r->bytes > schedule->bytes[r->region] - r->offset))
		return FAULT("'%s' has %lld bytes at %lld of %lld", name,
			(long long)r->bytes, (long long)r->offset,
			(long long)schedule->bytes[r->region]);
	return NULL;
}

static int by_place(const void *a, const void *b)
{
	const struct residence *const *x = a, *const *y = b;
	if ((*x)->region != (*y)->region)
		return (*x)->region < (*y)->region ? -1 : 1;
	if ((*x)->offset != (*y)->offset)
		return (*x)->offset < (*y)->offset ? -1 : 1;
	return ((*x)->tensor > (*y)->tensor) - ((*x)->tensor < (*y)->tensor);
}

/* Tensors that are alive in one step do not share a byte. */
static const char *overlap_fault(
	struct ctx *ctx, const struct schedule *schedule)
{
	const struct residence **at = arena_array(
		&ctx->arena, schedule->count, sizeof(struct residence *));
	size_t count = 0;
	for (uint32_t t = 0; t < schedule->count; t++)
		if (schedule->residences[t].bytes)
			at[count++] = &schedule->residences[t];
	if (count)
		qsort(at, count, sizeof(struct residence *), by_place);
	for (size_t i = 0; i < count; i++)
		for (size_t k = i + 1;
			k < count && at[k]->region == at[i]->region &&
			at[k]->offset < at[i]->offset + at[i]->bytes;
			k++)
			if (at[i]->first <= at[k]->last &&
				at[k]->first <= at[i]->last)
				return FAULT("'%s' and '%s' lie in one place "
					     "at the same time",
					diag_quote(ctx,
						schedule->tensors[at[i]->tensor]
							.name),
					diag_quote(ctx,
						schedule->tensors[at[k]->tensor]
							.name));
	return NULL;
}

const char *verify_schedule(struct ctx *ctx, const struct compilation *c)
{
	const struct schedule *s = c->plan.schedule;
	const char *fault = NULL;
	for (uint32_t t = 0; !fault && t < s->count; t++)
		fault = residence_fault(ctx, s, &s->residences[t]);
	return fault ? fault : overlap_fault(ctx, s);
}

/* --- plan ----------------------------------------------------------------- */

/* Doubles hold these sums exactly below 2^53; above, up to rounding. */
static bool sums_equal(double a, double b)
{
	return fabs(a - b) <= 1e-12 * fabs(a);
}

/* The totals again, over distinct nests instead of layers. */
static const char *totals_fault(struct ctx *ctx, const struct plan *plan)
{
	const struct plan_totals *t = plan->totals;
	int64_t cycles = 0, macs = 0;
	double pj = 0;
	for (size_t i = 0; i < plan->network->run; i++) {
		const struct distinct_nest *d = &plan->network->nests[i];
		const struct estimate *e =
			&plan_winner(plan, i)->winner.estimate;
		/* None of them is more than a total that plan_finish checked.
		 */
		cycles += e->cycles * d->instances;
		macs += nest_macs(&d->nest) * d->instances;
		pj += e->energy_pj * (double)d->instances;
	}
	if (cycles != t->cycles || macs != t->mapped_macs ||
		!sums_equal(pj, t->energy_pj))
		return FAULT("the nests take %.17g pJ, %lld cycles and %lld "
			     "multiplications, the totals are %.17g, %lld and "
			     "%lld",
			pj, (long long)cycles, (long long)macs, t->energy_pj,
			(long long)t->cycles, (long long)t->mapped_macs);
	if (plan->choice &&
		(plan->choice->cycles != t->cycles ||
			!sums_equal(
				(double)plan->choice->energy_pj, t->energy_pj)))
		return FAULT("%lld pJ and %lld cycles were chosen, the totals "
			     "are %.17g and %lld",
			(long long)plan->choice->energy_pj,
			(long long)plan->choice->cycles, t->energy_pj,
			(long long)t->cycles);
	return NULL;
}

static const char *layer_totals_fault(
	struct ctx *ctx, const struct plan *plan, const struct layer *layer)
{
	const struct layer_totals *t = plan_layer_totals(plan, layer);
	int64_t cycles = 0;
	for (int k = 0; k < BOUND_COUNT; k++)
		cycles += t->cause_cycles[k];
	return cycles == t->cycles
		? NULL
		: FAULT("the causes of layer '%s' add up to %lld of %lld "
			"cycles",
			  diag_quote(ctx, layer->name), (long long)cycles,
			  (long long)t->cycles);
}

const char *verify_plan(struct ctx *ctx, const struct compilation *c)
{
	const struct plan *plan = &c->plan;
	const char *fault = network_fault(ctx, plan->layers, plan->network);
	for (size_t i = 0; !fault && i < plan->network->run; i++)
		fault = plan->results[i].feasible
			? candidate_fault(ctx, c->request,
				  &plan->network->nests[i].nest,
				  &plan_winner(plan, i)->winner)
			: FAULT("nest %zu of a layer has no mapping", i);
	for (size_t i = 0; !fault && i < plan->layers->count; i++)
		fault = layer_totals_fault(ctx, plan, &plan->layers->layers[i]);
	return fault ? fault : totals_fault(ctx, plan);
}
