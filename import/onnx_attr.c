/* AttributeProto -> attr. Tensors and graphs are walked where they lie; the
 * other kinds are small and go through protobuf-c. */
#include "import/onnx_import.h"
#include "proto/onnx.pb-c.h"

#include <string.h>

struct attr_spans {
	struct span name, ref, tensor, sparse, graph;
	bool has_type, has_other;
	uint64_t type;
};

static bool attr_spans_read(
	struct import *im, struct span span, struct attr_spans *out)
{
	struct wire wire = wire_walk(span);
	struct wire_field field;
	bool ok = true;
	*out = (struct attr_spans){.has_type = false};
	while (import_next(im, &wire, &field, &ok)) {
		switch (field.key) {
		case FIELD_attribute_name:
			out->name = field.span;
			break;
		case FIELD_attribute_ref_attr_name:
			out->ref = field.span;
			break;
		case FIELD_attribute_type:
			out->type = field.number;
			out->has_type = field.number != 0;
			break;
		case FIELD_attribute_t:
			out->tensor = field.span;
			break;
		case FIELD_attribute_sparse_tensor:
			out->sparse = field.span;
			break;
		case FIELD_attribute_g:
			out->graph = field.span;
			break;
		case FIELD_attribute_tensors:
		case FIELD_attribute_graphs:
		case FIELD_attribute_tp:
		case FIELD_attribute_type_protos:
		case FIELD_attribute_sparse_tensors:
			out->has_other = true;
			break;
		}
	}
	return ok;
}

/* --- small kinds -----------------------------------------------------------
 */

/* Old exporters leave the type out: it is that of the field that is there. */
static Onnx__AttributeProto__AttributeType attr_type(
	const Onnx__AttributeProto *a)
{
	return a->type         ? a->type
		: a->has_f     ? ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__FLOAT
		: a->has_i     ? ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INT
		: a->has_s     ? ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__STRING
		: a->n_floats  ? ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__FLOATS
		: a->n_strings ? ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__STRINGS
			       : ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INTS;
}

static void attr_floats(
	struct import *im, const float *floats, size_t count, struct attr *out)
{
	double *copy = arena_array(&im->ctx->arena, count, sizeof *copy);
	for (size_t i = 0; i < count; i++)
		copy[i] = (double)floats[i];
	out->count = count;
	out->as.floats = copy;
}

static void attr_ints(
	struct import *im, const int64_t *ints, size_t count, struct attr *out)
{
	int64_t *copy = arena_array(&im->ctx->arena, count, sizeof *copy);
	if (count)
		memcpy(copy, ints, count * sizeof *copy);
	out->count = count;
	out->as.ints = copy;
}

static void attr_strings(struct import *im, const ProtobufCBinaryData *strings,
	size_t count, struct attr *out)
{
	const char **copy = arena_array(&im->ctx->arena, count, sizeof *copy);
	for (size_t i = 0; i < count; i++)
		copy[i] = strings[i].len
			? arena_strndup(&im->ctx->arena,
				  (const char *)strings[i].data, strings[i].len)
			: "";
	out->count = count;
	out->as.strings = copy;
}

static bool attr_small(struct import *im, struct span span, struct attr *out)
{
	const Onnx__AttributeProto *a =
		import_unpack(im, &onnx__attribute_proto__descriptor, span);
	if (!a)
		return false;
	switch (attr_type(a)) {
	case ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__FLOAT:
		out->kind = ATTR_FLOAT;
		attr_floats(im, &a->f, 1, out);
		break;
	case ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INT:
		out->kind = ATTR_INT;
		attr_ints(im, &a->i, 1, out);
		break;
	case ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__STRING:
		out->kind = ATTR_STRING;
		attr_strings(im, &a->s, 1, out);
		break;
	case ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__FLOATS:
		out->kind = ATTR_FLOATS;
		attr_floats(im, a->floats, a->n_floats, out);
		break;
	case ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INTS:
		out->kind = ATTR_INTS;
		attr_ints(im, a->ints, a->n_ints, out);
		break;
	case ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__STRINGS:
		out->kind = ATTR_STRINGS;
		attr_strings(im, a->strings, a->n_strings, out);
		break;
	default:
		out->kind = ATTR_OTHER;
		break;
	}
	return true;
}

/* --- kinds that hold messages ----------------------------------------------
 */

static bool attr_tensor(struct import *im, const struct attr_spans *spans,
	const struct node *node, struct attr *out)
{
	struct value *value;
	struct loc loc = node_loc(node);
	out->kind = ATTR_TENSOR;
	out->count = 1;
	if (!spans->tensor.bytes && !spans->sparse.bytes)
		return diag_error(im->ctx, &loc,
			"attribute '%s' is a tensor, but holds none",
			diag_quote(im->ctx, out->name));
	if (!(spans->tensor.bytes
			    ? tensor_read(im, spans->tensor, &value)
			    : sparse_tensor_read(im, spans->sparse, &value)))
		return false;
	out->as.tensor = value;
	return true;
}

static bool attr_graph(struct import *im, struct scope *scope,
	const struct attr_spans *spans, struct node *node, struct attr *out)
{
	struct loc loc = node_loc(node);
	out->kind = ATTR_GRAPH;
	out->count = 1;
	if (!spans->graph.bytes)
		return diag_error(im->ctx, &loc,
			"attribute '%s' is a graph, but holds none",
			diag_quote(im->ctx, out->name));
	return graph_read(
		im, spans->graph, scope, scope->call, node, &out->as.graph);
}

static bool attr_value(struct import *im, struct scope *scope,
	struct node *node, struct span span, const struct attr_spans *spans,
	struct attr *out)
{
	bool typed = spans->has_type;
	if (typed ? spans->type == ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__TENSOR ||
				spans->type ==
					ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__SPARSE_TENSOR
		  : spans->tensor.bytes || spans->sparse.bytes)
		return attr_tensor(im, spans, node, out);
	if (typed ? spans->type == ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__GRAPH
		  : spans->graph.bytes != NULL)
		return attr_graph(im, scope, spans, node, out);
	if (spans->has_other || spans->tensor.bytes || spans->sparse.bytes ||
		spans->graph.bytes) {
		out->kind = ATTR_OTHER;
		return true;
	}
	return attr_small(im, span, out);
}

/* The attribute of the call that the body of a function refers to. */
static bool attr_refer(struct import *im, struct scope *scope,
	struct node *node, struct span ref, struct attr *out, bool *present)
{
	const struct call *call = scope->call;
	const char *name;
	struct loc loc = node_loc(node);
	struct span found = {NULL, 0};
	if (!import_name(im, ref, &name))
		return false;
	if (!call)
		return diag_error(im->ctx, &loc,
			"attribute '%s' refers to attribute '%s' of a "
			"function, but the node is in none",
			diag_quote(im->ctx, out->name),
			diag_quote(im->ctx, name));
	for (size_t i = 0; i < call->attrs.count; i++) {
		struct attr_spans given;
		if (!attr_spans_read(im, call->attrs.at[i], &given))
			return false;
		if (given.name.length == ref.length &&
			!memcmp(given.name.bytes, ref.bytes, ref.length))
			found = call->attrs.at[i];
	}
	/* What the call gives was written in the scope of the call. */
	if (found.bytes)
		scope = call->scope;
	else if (!function_attr(im, call->function, name, &found))
		return false;
	*present = found.bytes != NULL;
	const char *own = out->name;
	bool ok = !*present || attr_read(im, scope, node, found, out, present);
	out->name = own;
	return ok;
}

bool attr_read(struct import *im, struct scope *scope, struct node *node,
	struct span span, struct attr *out, bool *present)
{
	struct attr_spans spans;
	*present = true;
	*out = (struct attr){.name = ""};
	if (!attr_spans_read(im, span, &spans) ||
		!import_word(im, spans.name, &out->name))
		return false;
	if (!*out->name) {
		struct loc loc = node_loc(node);
		return diag_error(im->ctx, &loc,
			"the attribute at byte %lld has no name",
			import_byte(im, span.bytes));
	}
	if (spans.ref.length)
		return attr_refer(im, scope, node, spans.ref, out, present);
	return attr_value(im, scope, node, span, &spans, out);
}
