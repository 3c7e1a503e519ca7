/* What a stage leaves, for people and for comparing: a line a thing, in the
 * order of the model, the same on every run. */
#include "lib/compilation.h"

#include "codegen/layers_json.h"
#include "mapper/seed_levels.h"

#include <inttypes.h>

/* --- graph ---------------------------------------------------------------- */

static const char *name_text(struct ctx *ctx, const char *name)
{
	return name && *name ? diag_quote(ctx, name) : "-";
}

static const char *value_name(struct ctx *ctx, const struct value *value)
{
	return value ? name_text(ctx, value->name) : "-";
}

static void values_add(struct text *text, const char *before,
	struct value *const *values, size_t count)
{
	for (size_t i = 0; i < count; i++)
		text_add(text, "%s%s", i ? ", " : before,
			value_name(text->ctx, values[i]));
}

/* A line a node, what stands in it below and further right:
 *   %name = Op input, input
 */
static void graph_add(struct text *text, const struct graph *graph, int depth)
{
	for (size_t i = 0; i < graph->node_count; i++) {
		const struct node *node = graph->nodes[i];
		text_pad(text, ' ', 2 * depth);
		values_add(text, "", node->output, node->output_count);
		text_add(text, " = %s%s%s", node->domain,
			*node->domain ? "." : "", node->op_type);
		values_add(text, " ", node->input, node->input_count);
		text_add(text, "\n");
		for (size_t a = 0; a < node->attr_count; a++) {
			const struct attr *attr = &node->attr[a];
			if (attr->kind != ATTR_GRAPH || !attr->as.graph)
				continue;
			text_pad(text, ' ', 2 * depth + 2);
			text_add(text, "%s:\n", attr->name);
			graph_add(text, attr->as.graph, depth + 2);
		}
	}
	text_pad(text, ' ', 2 * depth);
	text_add(text, "return");
	values_add(text, " ", graph->outputs, graph->output_count);
	text_add(text, "\n");
}

static void value_add(struct text *text, const struct value *value)
{
	struct ctx *ctx = text->ctx;
	text_add(text, "%s %s %s%s", value_name(ctx, value),
		dtype_name(value->type),
		value->is_sequence ? "sequence of " : "",
		value->shape.rank == RANK_UNKNOWN
			? "?"
			: shape_text(ctx, &value->shape));
}

void dump_graph(struct text *text, const struct compilation *c)
{
	const struct graph *graph = c->model->graph;
	for (size_t i = 0; i < graph->input_count; i++) {
		text_add(text, "input ");
		value_add(text, graph->inputs[i]);
		text_add(text, "\n");
	}
	graph_add(text, graph, 0);
}

/* --- shapes --------------------------------------------------------------- */

/* Elements of a constant that is printed whole. */
enum { DATA_SHOWN = 8 };

static void data_add(struct text *text, const struct tensor *data)
{
	if (data->count > DATA_SHOWN || (!data->ints && !data->floats))
		return;
	text_add(text, " =");
	for (int64_t i = 0; i < data->count; i++)
		if (data->unknown && data->unknown[i])
			text_add(text, " ?");
		else if (data->ints)
			text_add(text, " %" PRId64, data->ints[i]);
		else
			text_add(text, " %.9g", data->floats[i]);
}

/* A line a value: name, type, shape, what is known of it. */
void dump_shapes(struct text *text, const struct compilation *c)
{
	const struct graph *graph = c->model->graph;
	for (size_t i = 0; i < graph->value_count; i++) {
		const struct value *value = graph->values[i];
		value_add(text, value);
		if (value->init)
			text_add(text, " initializer");
		if (value->producer && value->producer->folded)
			text_add(text, " folded");
		if (value->data)
			data_add(text, value->data);
		text_add(text, "\n");
	}
}

/* --- layers and nests ----------------------------------------------------- */

void dump_layers(struct text *text, const struct compilation *c)
{
	text_add(text, "%s", layers_text(text->ctx, &c->layers));
}

/* Distinct nests, then what is to be run in one of its forms. */
void dump_nests(struct text *text, const struct compilation *c)
{
	const struct network *network = &c->network;
	for (size_t i = 0; i < network->count; i++) {
		const struct distinct_nest *d = &network->nests[i];
		text_add(text,
			"nest %zu: %s, runs %" PRId64 " times, as in '%s'\n", i,
			nest_text(text->ctx, &d->nest), d->instances,
			diag_quote(text->ctx, d->example));
	}
	for (size_t t = 0; t < network->task_count; t++) {
		const struct task *task = &network->tasks[t];
		text_add(text, "task %zu: %" PRId64 " times", t, task->runs);
		for (size_t f = 0; f < task->form_count; f++)
			text_add(text, "%s nest %zu x %" PRId64 "%s",
				f ? ", or" : "", task->forms[f].nest,
				task->forms[f].instances,
				task->forms[f].reserve ? " (reserve)" : "");
		text_add(text, "\n");
	}
}

/* --- plan ----------------------------------------------------------------- */

static void mapping_add(struct text *text, const struct mapping *mapping)
{
	for (int s = 0; s < SEED_SLOTS; s++) {
		text_add(text, "%s %s", s ? "," : "", slot_name(s));
		for (int l = 0; l < LOOP_COUNT; l++) {
			int loop = mapping->order[s][l];
			int64_t factor = mapping->tiling.factor[s][loop];
			if (factor > 1)
				text_add(text, " %s%" PRId64,
					loop_name((enum loop)loop), factor);
		}
	}
}

static void schedule_add(struct text *text, const struct schedule *schedule)
{
	static const char *const regions[REGION_COUNT] = {
		[REGION_NONE] = "no place",
		[REGION_ARENA] = "arena",
		[REGION_CONSTANTS] = "constants",
	};
	for (uint32_t t = 0; t < schedule->count; t++) {
		const struct residence *r = &schedule->residences[t];
		text_add(text, "tensor %u '%s': steps %u to %u, %s", t,
			diag_quote(text->ctx, schedule->tensors[t].name),
			r->first, r->last, regions[r->region]);
		if (r->region != REGION_NONE)
			text_add(text, " at %" PRId64 ", %" PRId64 " bytes",
				r->offset, r->bytes);
		text_add(text, "\n");
	}
	for (int s = REGION_ARENA; s < REGION_COUNT; s++)
		text_add(text, "%s: %" PRId64 " bytes\n", regions[s],
			schedule->bytes[s]);
}

/* A layer with its sums, and a line a nest with its mapping: the loops of each
 * slot, outermost first; then the tensors' places. */
void dump_plan(struct text *text, const struct compilation *c)
{
	const struct plan *plan = &c->plan;
	const struct plan_totals *t = plan->totals;
	for (size_t i = 0; i < plan->layers->count; i++) {
		const struct layer *layer = &plan->layers->layers[i];
		const struct layer_totals *own = &plan->layer_totals[i];
		text_add(text,
			"layer %zu '%s': %.17g pJ, %" PRId64 " cycles%s%s\n",
			layer->index, diag_quote(text->ctx, layer->name),
			own->energy_pj, own->cycles,
			own->proven ? ", proven" : "",
			layer->aside ? ", not in the totals" : "");
		for (size_t k = 0; k < layer->nest_count; k++) {
			const struct layer_nest *ln = &layer->nests[k];
			text_add(text,
				"  nest %zu x %" PRId64 " x %" PRId64 ":",
				network_nest(plan->network, ln), ln->instances,
				layer->executions);
			mapping_add(text, &plan_best(plan, ln)->winner.mapping);
			text_add(text, "\n");
		}
	}
	text_add(text,
		"totals by %s: %.17g pJ, %" PRId64 " cycles, EDP %.17g%s\n",
		plan_goal(plan), t->energy_pj, t->cycles, t->edp,
		t->proven ? ", proven" : "");
	schedule_add(text, plan->schedule);
}
