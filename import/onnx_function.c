/* Functions that the file itself defines: their bodies take the place of the
 * nodes that call them, so that nothing behind import knows of functions. */
#include "import/onnx_import.h"

#include <string.h>

struct function {
	const char *domain, *name;
	struct span overload;
	struct spans inputs, outputs, nodes, defaults, infos;
	struct opsets opsets;
	bool active; /* being inlined: a call of it would not end */
};

/* Domain, name and overload behind one another, a zero byte between them. */
static struct span function_key(struct arena *arena, const char *domain,
	const char *name, struct span overload)
{
	size_t domain_bytes = strlen(domain) + 1;
	size_t name_bytes = strlen(name) + 1;
	size_t length = domain_bytes + name_bytes + overload.length;
	char *key = arena_alloc(arena, length);
	memcpy(key, domain, domain_bytes);
	memcpy(key + domain_bytes, name, name_bytes);
	if (overload.length)
		memcpy(key + domain_bytes + name_bytes, overload.bytes,
			overload.length);
	return (struct span){(uint8_t *)key, length};
}

static bool function_field(
	struct import *im, const struct wire_field *field, struct function *out)
{
	switch (field->key) {
	case FIELD_function_name:
		return import_word(im, field->span, &out->name);
	case FIELD_function_domain:
		return import_word(im, field->span, &out->domain);
	case FIELD_function_overload:
		out->overload = field->span;
		return true;
	case FIELD_function_opset_import:
		return opsets_add(im, &out->opsets, field->span);
	case FIELD_function_input:
		import_push(im, &out->inputs, field->span);
		return true;
	case FIELD_function_output:
		import_push(im, &out->outputs, field->span);
		return true;
	case FIELD_function_node:
		import_push(im, &out->nodes, field->span);
		return true;
	case FIELD_function_attribute_proto:
		import_push(im, &out->defaults, field->span);
		return true;
	case FIELD_function_value_info:
		import_push(im, &out->infos, field->span);
		return true;
	}
	return true;
}

bool function_add(struct import *im, struct span span)
{
	struct function *f = arena_alloc(&im->ctx->arena, sizeof *f);
	struct wire wire = wire_walk(span);
	struct wire_field field;
	bool ok = true;
	f->name = f->domain = "";
	while (ok && import_next(im, &wire, &field, &ok))
		ok = function_field(im, &field, f);
	if (!ok)
		return false;
	if (!*f->name)
		return diag_error(im->ctx, &im->loc,
			"the function at byte %lld has no name",
			import_byte(im, span.bytes));
	if (!strcmp(f->domain, "ai.onnx"))
		f->domain = "";
	struct span key =
		function_key(&im->ctx->arena, f->domain, f->name, f->overload);
	if (!names_add(&im->ctx->arena, &im->functions, (const char *)key.bytes,
		    key.length, f))
		return diag_error(im->ctx, &im->loc,
			"function '%s' of domain '%s' is defined twice",
			diag_quote(im->ctx, f->name),
			diag_quote(im->ctx, f->domain));
	return true;
}

struct function *function_find(struct import *im, const char *domain,
	const char *name, struct span overload)
{
	if (!im->functions.index.count)
		return NULL;
	arena_reset(&im->scratch);
	struct span key = function_key(&im->scratch, domain, name, overload);
	void **slot =
		names_find(&im->functions, (const char *)key.bytes, key.length);
	return slot ? *slot : NULL;
}

bool function_attr(struct import *im, const struct function *function,
	const char *name, struct span *out)
{
	for (size_t i = 0; i < function->defaults.count; i++) {
		struct wire wire = wire_walk(function->defaults.at[i]);
		struct wire_field field;
		bool ok = true, matches = false, refers = false;
		while (import_next(im, &wire, &field, &ok)) {
			if (field.key == FIELD_attribute_name)
				matches = field.span.length == strlen(name) &&
					!memcmp(field.span.bytes, name,
						field.span.length);
			refers |= field.key == FIELD_attribute_ref_attr_name &&
				field.span.length;
		}
		if (!ok)
			return false;
		if (!matches)
			continue;
		if (refers)
			return diag_error(im->ctx, &im->loc,
				"function '%s': the default of attribute '%s' "
				"refers to another attribute, expected a value",
				diag_quote(im->ctx, function->name),
				diag_quote(im->ctx, name));
		*out = function->defaults.at[i];
		return true;
	}
	return true;
}

/* --- a call ----------------------------------------------------------------
 */

/* Name of the calling node, or of its first output, cut so that deep nesting
 * cannot make names without end. */
static const char *call_prefix(struct import *im, const struct node *node)
{
	enum { PREFIX_BYTES = 256 };
	const char *name = node->name;
	for (size_t i = 0; !*name && i < node->output_count; i++)
		if (node->output[i])
			name = node->output[i]->name;
	if (!*name)
		name = node->op_type;
	size_t n = strnlen(name, PREFIX_BYTES + 1);
	if (n > PREFIX_BYTES)
		for (n = PREFIX_BYTES;
			n && ((unsigned char)name[n] & 0xc0) == 0x80;)
			n--;
	return arena_strndup(&im->ctx->arena, name, n);
}

/* Inputs of the function are the values that the call gives; NULL where it
 * leaves one out. */
static bool call_inputs(struct import *im, struct scope *inner,
	const struct function *f, const struct node_spans *spans,
	const struct node *node)
{
	struct loc loc = node_loc(node);
	for (size_t i = 0; i < f->inputs.count; i++) {
		struct value *value = NULL;
		const char *name;
		bool found = true;
		if (i < spans->inputs.count && spans->inputs.at[i].length)
			value = scope_find(inner->call->scope,
				spans->inputs.at[i], &found);
		if (!found) {
			import_name(im, spans->inputs.at[i], &name);
			return diag_error(im->ctx, &loc,
				"nothing defines input %zu, '%s'", i,
				diag_quote(im->ctx, name));
		}
		if (!import_name(im, f->inputs.at[i], &name))
			return false;
		if (!names_add(&im->temp, &inner->names, name,
			    strlen(name), value))
			return diag_error(im->ctx, &loc,
				"function '%s' has two inputs '%s'",
				diag_quote(im->ctx, f->name),
				diag_quote(im->ctx, name));
	}
	return true;
}

/* Which of the function's values are the outputs of the call. */
static bool call_targets(struct import *im, const struct function *f,
	const struct node *node, struct names *targets)
{
	for (size_t i = 0; i < f->outputs.count; i++) {
		const char *name;
		struct value *value = node_output(node, i);
		if (!import_name(im, f->outputs.at[i], &name))
			return false;
		if (value)
			names_add(&im->temp, targets, name, strlen(name),
				value);
	}
	return true;
}

static void append_identity(struct import *im, struct scope *scope,
	const struct call *call, struct value *from, struct value *to)
{
	struct node *node = arena_alloc(&im->ctx->arena, sizeof *node);
	*node = (struct node){.name = "",
		.op_type = "Identity",
		.domain = "",
		.op = op_find("", "Identity"),
		.opset = im->model->opset,
		.input_count = 1,
		.output_count = 1,
		.graph = scope->base->graph,
		.index = call->index};
	node->input = arena_memdup(&im->ctx->arena, &from, sizeof from);
	node->output = arena_memdup(&im->ctx->arena, &to, sizeof to);
	from->uses++;
	scope_append(im, scope, node);
}

/* Outputs that no node of the body writes: the function hands an input on, or
 * one value twice. */
static bool call_outputs(struct import *im, struct scope *inner,
	const struct function *f, const struct node *node)
{
	for (size_t i = 0; i < f->outputs.count; i++) {
		struct value *to = node_output(node, i);
		bool found;
		if (!to || to->producer)
			continue;
		struct value *from =
			scope_find(inner, f->outputs.at[i], &found);
		if (!from || from == to) {
			struct loc loc = node_loc(node);
			return diag_error(im->ctx, &loc,
				"function '%s' does not define its output %zu",
				diag_quote(im->ctx, f->name), i);
		}
		append_identity(im, inner, inner->call, from, to);
	}
	return true;
}

/* Shapes that the file stores for values of the body. */
static bool call_infos(
	struct import *im, struct scope *inner, const struct function *f)
{
	for (size_t i = 0; i < f->infos.count; i++) {
		struct type_info info;
		if (!type_info_read(im, f->infos.at[i], &info))
			return false;
		void **slot = names_find(&inner->names,
			(const char *)info.name.bytes, info.name.length);
		struct value *value = slot ? *slot : NULL;
		if (!value || value->is_input || value->init ||
			value->stored.rank != RANK_UNKNOWN)
			continue;
		value->stored = type_info_shape(im, &info);
		value->is_sequence = info.is_sequence;
		if (value->type == DTYPE_UNDEFINED)
			value->type = info.type;
	}
	return true;
}

static bool call_verify(struct import *im, const struct function *f,
	const struct node_spans *spans, const struct node *node)
{
	struct loc loc = node_loc(node);
	if (f->active)
		return diag_error(im->ctx, &loc,
			"function '%s' calls itself, which ONNX does not allow",
			diag_quote(im->ctx, f->name));
	if (spans->inputs.count > f->inputs.count ||
		spans->outputs.count > f->outputs.count)
		return diag_error(im->ctx, &loc,
			"function '%s' has %zu inputs and %zu outputs, the "
			"call gives %zu and %zu",
			diag_quote(im->ctx, f->name), f->inputs.count,
			f->outputs.count, spans->inputs.count,
			spans->outputs.count);
	if (im->depth == DEPTH_MAX)
		return diag_error(im->ctx, &loc,
			"subgraphs and functions nest deeper than %d levels",
			DEPTH_MAX);
	return true;
}

bool function_inline(struct import *im, struct scope *scope,
	struct function *function, const struct node_spans *spans,
	const struct node *node)
{
	if (!call_verify(im, function, spans, node))
		return false;
	struct arena_mark mark = arena_mark(&im->temp);
	struct call call = {.function = function,
		.scope = scope,
		.attrs = spans->attrs,
		.prefix = call_prefix(im, node),
		.index = node->index};
	struct scope inner = {.graph = scope->graph,
		.base = scope->base,
		.opsets = &function->opsets,
		.call = &call};
	struct names targets = {.capacity = 0};
	function->active = true;
	im->depth++;
	im->calls++;
	bool ok = call_inputs(im, &inner, function, spans, node) &&
		call_targets(im, function, node, &targets) &&
		scope_nodes(im, &inner, &function->nodes, &targets) &&
		call_outputs(im, &inner, function, node) &&
		call_infos(im, &inner, function);
	im->calls--;
	im->depth--;
	function->active = false;
	arena_rewind(&im->temp, mark);
	return ok;
}
