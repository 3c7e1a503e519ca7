/* GraphProto -> graph, in two rounds over the nodes: the first defines the
 * outputs of all, the second builds the nodes and looks their inputs up. So a
 * node may stand before one it needs, and a subgraph may use what the graph
 * around it defines behind it; onnx_order.c then sorts what has to be. */
#include "import/onnx_import.h"

#include <string.h>

/* --- values and names ------------------------------------------------------
 */

/* Enters a value into the graph's list. */
static void scope_own(
	struct import *im, struct scope *scope, struct value *value)
{
	struct graph *graph = scope->base->graph;
	graph->values = arena_grow(&im->ctx->arena, graph->values,
		graph->value_count, &scope->base->value_capacity,
		graph->value_count + 1, sizeof(struct value *));
	graph->values[graph->value_count++] = value;
}

struct value *scope_value(struct import *im, struct scope *scope)
{
	struct value *value = arena_alloc(&im->ctx->arena, sizeof *value);
	value->shape = value->stored = shape_unknown();
	scope_own(im, scope, value);
	return value;
}

/* key: the value's name as the nodes of the scope write it. */
static bool define(struct import *im, struct scope *scope, const char *key,
	struct value *value)
{
	return names_add(&im->temp, &scope->names, key, strlen(key), value) ||
		diag_error(im->ctx, &im->loc,
			"value '%s' is defined twice in graph '%s'",
			diag_quote(im->ctx, key),
			diag_quote(im->ctx, scope->base->graph->name));
}

bool scope_define(struct import *im, struct scope *scope, struct value *value)
{
	return define(im, scope, value->name, value);
}

/* Some node further on defines it. */
static bool value_is_ahead(const struct value *value)
{
	return value && !value->producer && !value->is_input && !value->init;
}

struct value *scope_find(struct scope *scope, struct span name, bool *found)
{
	struct scope *ahead = NULL;
	struct value *value = NULL;
	*found = true;
	for (; scope; scope = scope->outer) {
		void **slot = names_find(
			&scope->names, (const char *)name.bytes, name.length);
		if (slot && !value_is_ahead(*slot))
			return *slot;
		/* A name that is not there yet may hide one that is. */
		if (slot && !ahead) {
			ahead = scope;
			value = *slot;
		}
	}
	if (ahead)
		ahead->base->unsorted = true;
	*found = ahead != NULL;
	return value;
}

/* For messages about a name that is not defined. */
static const char *quote_span(struct import *im, struct span span)
{
	return diag_quote(im->ctx,
		span.bytes ? arena_strndup(&im->ctx->arena,
				     (const char *)span.bytes, span.length)
			   : "");
}

/* --- nodes -----------------------------------------------------------------
 */

bool node_spans_read(
	struct import *im, struct span span, struct node_spans *out)
{
	struct wire wire = wire_walk(span);
	struct wire_field field;
	bool ok = true;
	out->name = out->op_type = out->domain = out->overload =
		(struct span){NULL, 0};
	out->inputs.count = out->outputs.count = out->attrs.count = 0;
	while (import_next(im, &wire, &field, &ok)) {
		switch (field.key) {
		case FIELD_node_name:
			out->name = field.span;
			break;
		case FIELD_node_op_type:
			out->op_type = field.span;
			break;
		case FIELD_node_domain:
			out->domain = field.span;
			break;
		case FIELD_node_overload:
			out->overload = field.span;
			break;
		case FIELD_node_input:
			import_push(im, &out->inputs, field.span);
			break;
		case FIELD_node_output:
			import_push(im, &out->outputs, field.span);
			break;
		case FIELD_node_attribute:
			import_push(im, &out->attrs, field.span);
			break;
		}
	}
	return ok;
}

/* Name of a value or node of an inlined function: the call's name in front. */
static const char *scope_name(
	struct import *im, const struct scope *scope, const char *name)
{
	if (!scope->call || !*name)
		return name;
	return arena_printf(
		&im->ctx->arena, "%s/%s", scope->call->prefix, name);
}

static bool output_define(struct import *im, struct scope *scope,
	struct span span, const struct names *targets)
{
	const char *name;
	if (!span.length)
		return true;
	if (!import_name(im, span, &name))
		return false;
	void **target =
		targets ? names_find(targets, name, strlen(name)) : NULL;
	if (target)
		return define(im, scope, name, *target);
	struct value *value = scope_value(im, scope);
	value->name = scope_name(im, scope, name);
	return define(im, scope, name, value);
}

/* First round over a node. */
static bool node_define(struct import *im, struct scope *scope,
	struct span span, const struct names *targets)
{
	struct wire wire = wire_walk(span);
	struct wire_field field;
	bool ok = true;
	while (ok && import_next(im, &wire, &field, &ok))
		if (field.key == FIELD_node_output)
			ok = output_define(im, scope, field.span, targets);
	return ok;
}

/* Names, operator and version; its graph, for diagnostics. */
static bool node_begin(struct import *im, struct scope *scope,
	const struct node_spans *spans, size_t index, struct node *node)
{
	const char *name;
	node->graph = scope->base->graph;
	node->index = index;
	if (!import_name(im, spans->name, &name) ||
		!import_word(im, spans->op_type, &node->op_type) ||
		!import_word(im, spans->domain, &node->domain))
		return false;
	node->name = scope_name(im, scope, name);
	if (!strcmp(node->domain, "ai.onnx"))
		node->domain = "";
	node->opset = opsets_version(scope->opsets, node->domain);
	if (!node->opset)
		node->opset = opsets_version(&im->opsets, node->domain);
	return true;
}

/* The outputs were defined in the first round. */
static void node_outputs(struct import *im, struct scope *scope,
	const struct node_spans *spans, struct node *node)
{
	node->output_count = spans->outputs.count;
	node->output = arena_array(
		&im->ctx->arena, node->output_count, sizeof(struct value *));
	for (size_t i = 0; i < node->output_count; i++)
		if (spans->outputs.at[i].length)
			node->output[i] = *names_find(&scope->names,
				(const char *)spans->outputs.at[i].bytes,
				spans->outputs.at[i].length);
}

static bool node_inputs(struct import *im, struct scope *scope,
	const struct node_spans *spans, struct node *node)
{
	bool ok = true, found;
	node->input_count = spans->inputs.count;
	node->input = arena_array(
		&im->ctx->arena, node->input_count, sizeof(struct value *));
	for (size_t i = 0; i < node->input_count; i++) {
		struct span name = spans->inputs.at[i];
		if (!name.length)
			continue;
		node->input[i] = scope_find(scope, name, &found);
		if (node->input[i])
			node->input[i]->uses++;
		if (found)
			continue;
		struct loc loc = node_loc(node);
		ok = diag_error(im->ctx, &loc,
			"nothing defines input %zu, '%s'", i,
			quote_span(im, name));
	}
	return ok;
}

static bool node_attrs(struct import *im, struct scope *scope,
	const struct node_spans *spans, struct node *node)
{
	struct loc loc = node_loc(node);
	if (spans->attrs.count > ATTRS_MAX)
		return diag_error(im->ctx, &loc,
			"it has %zu attributes, expected %d at most",
			spans->attrs.count, ATTRS_MAX);
	node->attr = arena_array(
		&im->ctx->arena, spans->attrs.count, sizeof(struct attr));
	for (size_t i = 0; i < spans->attrs.count; i++) {
		struct attr *attr = &node->attr[node->attr_count];
		bool present;
		if (!attr_read(im, scope, node, spans->attrs.at[i], attr,
			    &present))
			return false;
		if (present && node_attr(node, attr->name))
			return diag_error(im->ctx, &loc,
				"attribute '%s' is there twice",
				diag_quote(im->ctx, attr->name));
		node->attr_count += present;
	}
	return true;
}

/* What opset 6 has in another way than opset 7; everything else means the same
 * in both. With broadcast an axis aligned the second input there, Upsample had
 * a scale for each side. */
static const struct {
	const char *op; /* NULL: any */
	const char *attr, *with;
} legacy[] = {
	{NULL,       "axis",         "broadcast"  },
	{"Upsample", "height_scale", "width_scale"},
};

/* Refuses a node of opset 6 that opset 7 would read otherwise. */
static bool legacy_verify(struct import *im, const struct node *node)
{
	struct loc loc = node_loc(node);
	if (*node->domain || node->opset > 6)
		return true;
	for (size_t i = 0; i < sizeof legacy / sizeof *legacy; i++)
		if ((!legacy[i].op || !strcmp(legacy[i].op, node->op_type)) &&
			node_attr(node, legacy[i].attr) &&
			node_attr(node, legacy[i].with))
			return diag_error(im->ctx, &loc,
				"attribute '%s' with '%s' is of opset 6, "
				"expected opset 7 or newer: convert the model "
				"with onnx.version_converter",
				legacy[i].attr, legacy[i].with);
	return true;
}

static bool node_verify(struct import *im, const struct node *node)
{
	struct loc loc = node_loc(node);
	if (!*node->op_type)
		return diag_error(im->ctx, &loc,
			"node %zu of graph '%s' has no op_type", node->index,
			diag_quote(im->ctx, node->graph->name));
	if (!*node->domain && !node->opset)
		return diag_error(im->ctx, &loc,
			"the file names no opset for domain 'ai.onnx', which "
			"this node is of");
	return legacy_verify(im, node);
}

void scope_append(struct import *im, struct scope *scope, struct node *node)
{
	struct graph *graph = scope->base->graph;
	graph->nodes = arena_grow(&im->ctx->arena, graph->nodes,
		graph->node_count, &scope->base->node_capacity,
		graph->node_count + 1, sizeof(struct node *));
	node->order = graph->node_count;
	graph->nodes[graph->node_count++] = node;
	for (size_t i = 0; i < node->output_count; i++)
		if (node->output[i])
			node->output[i]->producer = node;
}

/* The operator's row. Its name and domain are import_word's: equal ones lie at
 * one address. */
static const struct op *op_of(struct import *im, const struct node *node)
{
	uintptr_t hash = (uintptr_t)node->op_type ^ (uintptr_t)node->domain;
	struct op_seen *seen = &im->seen[hash / 8 % OPS_SEEN];
	if (seen->type != node->op_type || seen->domain != node->domain)
		*seen = (struct op_seen){node->op_type, node->domain,
			op_find(node->domain, node->op_type)};
	return seen->op;
}

/* Second round over a node. spans: memory that is used for each. */
static bool node_build(struct import *im, struct scope *scope, struct span span,
	size_t index, struct node_spans *spans)
{
	struct node *node = arena_alloc(&im->ctx->arena, sizeof *node);
	if (!node_spans_read(im, span, spans) ||
		!node_begin(im, scope, spans, index, node))
		return false;
	node_outputs(im, scope, spans, node);
	struct function *function =
		function_find(im, node->domain, node->op_type, spans->overload);
	if (function)
		return function_inline(im, scope, function, spans, node);
	node->op = op_of(im, node);
	/* Appended even when it is bad, so that those that use it are not
	 * reported as well. */
	bool ok = node_inputs(im, scope, spans, node);
	ok = node_attrs(im, scope, spans, node) && ok;
	scope_append(im, scope, node);
	return node_verify(im, node) && ok;
}

/* Counts a node made by inlining; reports once that there are too many. */
static bool node_counts(struct import *im)
{
	if (im->expanded++ == EXPANDED_MAX)
		diag_error(im->ctx, &im->loc,
			"its functions expand to more than %d nodes",
			EXPANDED_MAX);
	return im->expanded <= EXPANDED_MAX;
}

bool scope_nodes(struct import *im, struct scope *scope,
	const struct spans *nodes, const struct names *targets)
{
	bool ok = true;
	for (size_t i = 0; i < nodes->count && !import_gives_up(im); i++)
		ok = node_define(im, scope, nodes->at[i], targets) && ok;
	if (!ok)
		return false;
	struct node_spans spans = {
		.name = {NULL, 0}
        };
	for (size_t i = 0; i < nodes->count && !import_gives_up(im); i++) {
		size_t index = scope->call ? scope->call->index : i;
		if (im->calls && !node_counts(im))
			return false;
		ok = node_build(im, scope, nodes->at[i], index, &spans) && ok;
	}
	return ok;
}

/* --- the graph -------------------------------------------------------------
 */

struct graph_spans {
	struct span name;
	struct spans nodes, initializers, sparse, inputs, outputs, infos;
};

static bool graph_spans_read(
	struct import *im, struct span span, struct graph_spans *out)
{
	struct wire wire = wire_walk(span);
	struct wire_field field;
	bool ok = true;
	*out = (struct graph_spans){
		.name = {NULL, 0}
        };
	while (import_next(im, &wire, &field, &ok)) {
		switch (field.key) {
		case FIELD_graph_name:
			out->name = field.span;
			break;
		case FIELD_graph_node:
			import_push(im, &out->nodes, field.span);
			break;
		case FIELD_graph_initializer:
			import_push(im, &out->initializers, field.span);
			break;
		case FIELD_graph_sparse_initializer:
			import_push(im, &out->sparse, field.span);
			break;
		case FIELD_graph_input:
			import_push(im, &out->inputs, field.span);
			break;
		case FIELD_graph_output:
			import_push(im, &out->outputs, field.span);
			break;
		case FIELD_graph_value_info:
			import_push(im, &out->infos, field.span);
			break;
		}
	}
	return ok;
}

static bool initializer_add(
	struct import *im, struct scope *scope, struct span span, bool sparse)
{
	struct value *value;
	if (!(sparse ? sparse_tensor_read : tensor_read)(im, span, &value))
		return false;
	if (!*value->name)
		return diag_error(im->ctx, &im->loc,
			"the initializer at byte %lld has no name",
			import_byte(im, span.bytes));
	scope_own(im, scope, value);
	return scope_define(im, scope, value);
}

/* Until IR 3 every initializer was also an input: such a one is an input that
 * has a default, and counts as constant. */
static bool input_add(struct import *im, struct scope *scope, struct span span)
{
	struct graph *graph = scope->graph;
	struct type_info info;
	const char *name;
	if (!type_info_read(im, span, &info) ||
		!import_name(im, info.name, &name))
		return false;
	if (!*name)
		return diag_error(im->ctx, &im->loc,
			"input %zu of graph '%s' has no name",
			graph->input_count, diag_quote(im->ctx, graph->name));
	void **slot = names_find(&scope->names, name, strlen(name));
	struct value *value = slot ? *slot : NULL;
	if (value && value->init && value->stored.rank == RANK_UNKNOWN) {
		value->stored = type_info_shape(im, &info);
		return true;
	}
	value = scope_value(im, scope);
	value->name = name;
	value->type = info.type;
	value->is_input = true;
	value->is_sequence = info.is_sequence;
	if (scope->outer)
		value->stored = type_info_shape(im, &info);
	else
		value->shape = type_info_open(im, &info, name);
	graph->inputs[graph->input_count++] = value;
	return scope_define(im, scope, value);
}

/* What the file says of a value that the graph defines. */
static void value_describe(
	struct import *im, const struct type_info *info, struct value *value)
{
	if (value->is_input || value->init)
		return;
	value->stored = type_info_shape(im, info);
	value->is_sequence = info->is_sequence;
	if (value->type == DTYPE_UNDEFINED)
		value->type = info->type;
}

static bool output_add(struct import *im, struct scope *scope, struct span span)
{
	struct graph *graph = scope->graph;
	struct type_info info;
	bool found;
	if (!type_info_read(im, span, &info))
		return false;
	struct value *value = scope_find(scope, info.name, &found);
	if (!value)
		return diag_error(im->ctx, &im->loc,
			"nothing defines output '%s' of graph '%s'",
			quote_span(im, info.name),
			diag_quote(im->ctx, graph->name));
	graph->outputs[graph->output_count++] = value;
	void **own = names_find(
		&scope->names, (const char *)info.name.bytes, info.name.length);
	if (!own) { /* a subgraph that hands on a value from outside */
		value->uses++;
		return true;
	}
	value->is_output = true;
	value_describe(im, &info, value);
	return true;
}

static bool info_add(struct import *im, struct scope *scope, struct span span)
{
	struct arena_mark mark = arena_mark(&im->temp);
	struct type_info info;
	if (!type_info_read(im, span, &info))
		return false;
	void **slot = names_find(
		&scope->names, (const char *)info.name.bytes, info.name.length);
	if (slot && *slot)
		value_describe(im, &info, *slot);
	arena_rewind(&im->temp, mark);
	return true;
}

static bool graph_fill(
	struct import *im, struct scope *scope, const struct graph_spans *spans)
{
	struct graph *graph = scope->graph;
	bool ok = true;
	graph->inputs = arena_array(
		&im->ctx->arena, spans->inputs.count, sizeof(struct value *));
	graph->outputs = arena_array(
		&im->ctx->arena, spans->outputs.count, sizeof(struct value *));
	for (size_t i = 0; i < spans->initializers.count; i++)
		if (!import_gives_up(im))
			ok = initializer_add(im, scope,
				     spans->initializers.at[i], false) &&
				ok;
	for (size_t i = 0; i < spans->sparse.count; i++)
		if (!import_gives_up(im))
			ok = initializer_add(
				     im, scope, spans->sparse.at[i], true) &&
				ok;
	for (size_t i = 0; i < spans->inputs.count; i++)
		if (!import_gives_up(im))
			ok = input_add(im, scope, spans->inputs.at[i]) && ok;
	if (!ok || !scope_nodes(im, scope, &spans->nodes, NULL))
		return false;
	for (size_t i = 0; i < spans->outputs.count; i++)
		if (!import_gives_up(im))
			ok = output_add(im, scope, spans->outputs.at[i]) && ok;
	for (size_t i = 0; ok && i < spans->infos.count; i++)
		ok = info_add(im, scope, spans->infos.at[i]);
	return ok && (!scope->unsorted || graph_sort(im->ctx, graph));
}

bool graph_read(struct import *im, struct span span, struct scope *outer,
	const struct call *call, struct node *owner, struct graph **out)
{
	struct graph_spans spans;
	struct graph *graph = arena_alloc(&im->ctx->arena, sizeof *graph);
	struct scope scope = {.outer = outer,
		.graph = graph,
		.base = &scope,
		.call = call,
		.opsets = outer ? outer->opsets : &im->opsets};
	*out = graph;
	graph->file = im->model->file;
	graph->model = im->model;
	graph->owner = owner;
	graph->parent = owner ? owner->graph : NULL;
	graph->name = "";
	if (im->depth == DEPTH_MAX)
		return diag_error(im->ctx, &im->loc,
			"subgraphs and functions nest deeper than %d levels, "
			"at byte %lld",
			DEPTH_MAX, import_byte(im, span.bytes));
	struct arena_mark mark = arena_mark(&im->temp);
	if (!graph_spans_read(im, span, &spans) ||
		!import_name(im, spans.name, &graph->name))
		return false;
	if (!owner && !spans.nodes.count)
		return diag_error(im->ctx, &im->loc,
			"graph '%s' is empty: expected a model with nodes",
			diag_quote(im->ctx, graph->name));
	im->depth++;
	bool ok = graph_fill(im, &scope, &spans);
	im->depth--;
	arena_rewind(&im->temp, mark);
	return ok;
}
