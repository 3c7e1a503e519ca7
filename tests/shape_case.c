/* Fields of a line: operator, attributes, inputs, and the outputs wanted. */
#include "tests/shape_case.h"

#include "passes/shape_rule.h"

#include "tests/cmocka.h"

#include <stdlib.h>
#include <string.h>

/* The part of text up to a separator, without blanks around it; *text is moved
 * behind the separator, to NULL at the end. */
static char *cut(char **text, char separator)
{
	char *part = *text, *end = strchr(part, separator);
	*text = end ? end + 1 : NULL;
	if (!end)
		end = part + strlen(part);
	while (end > part && end[-1] == ' ')
		end--;
	while (part < end && *part == ' ')
		part++;
	*end = '\0';
	return part;
}

struct shape shape_case_dims(struct ctx *ctx, const char *text)
{
	int64_t dims[RANK_MAX];
	int rank = 0;
	if (strcmp(text, "*") == 0)
		return shape_unknown();
	if (strcmp(text, "[]") == 0)
		return shape_make(ctx, 0, NULL);
	for (char *end;; text = end + 1) {
		bool open = *text == '?';
		const char *digits = text + open;
		dims[rank] = strtoll(digits, &end, 10);
		if (open)
			dims[rank] =
				end == digits ? DIM_UNKNOWN : -2 - dims[rank];
		rank++;
		if (*end != 'x')
			return shape_make(ctx, rank, dims);
		assert_true(rank < RANK_MAX);
	}
}

static enum dtype type_by_name(const char *name)
{
	for (int t = 0; t < DTYPE_COUNT; t++)
		if (strcmp(dtype_name((enum dtype)t), name) == 0)
			return (enum dtype)t;
	fail_msg("no type '%s'", name);
	return DTYPE_UNDEFINED;
}

static struct tensor *constant(
	struct ctx *ctx, const struct value *value, char *numbers)
{
	struct tensor *tensor = arena_alloc(&ctx->arena, sizeof *tensor);
	tensor->type = value->type;
	tensor->shape = value->shape;
	assert_true(shape_elems(&value->shape, &tensor->count));
	size_t n = (size_t)tensor->count;
	if (dtype_is_float(value->type))
		tensor->floats =
			arena_array(&ctx->arena, n, sizeof *tensor->floats);
	else
		tensor->ints =
			arena_array(&ctx->arena, n, sizeof *tensor->ints);
	for (size_t i = 0; i < n; i++) {
		assert_non_null(numbers);
		char *number = cut(&numbers, ',');
		if (tensor->ints)
			tensor->ints[i] = strtoll(number, NULL, 10);
		else
			tensor->floats[i] = (double)strtof(number, NULL);
	}
	assert_null(numbers);
	return tensor;
}

/* (2x3+4x3), of unknown length (..2x?) */
static void sequence_read(struct ctx *ctx, char *text, struct value *value)
{
	struct sequence *s = arena_alloc(&ctx->arena, sizeof *s);
	size_t n = strlen(text);
	assert_int_equal(text[n - 1], ')');
	text[n - 1] = '\0';
	value->is_sequence = true;
	if (text[1] == '.') {
		value->shape = shape_case_dims(ctx, text + 3);
		return;
	}
	s->element = arena_array(&ctx->arena, n, sizeof *s->element);
	value->shape = shape_unknown();
	for (text = text[1] ? text + 1 : NULL; text;)
		s->element[s->length++].shape =
			shape_case_dims(ctx, cut(&text, '+'));
	if (s->length) {
		struct infer inf = {.ctx = ctx};
		value->shape = sequence_shape(&inf, s);
	}
	value->sequence = s;
}

static void input_read(
	struct ctx *ctx, char *text, struct value *value, const char *name)
{
	char *rest = text;
	char *head = cut(&rest, '=');
	char *type = cut(&head, ' ');
	assert_non_null(head);
	*value = (struct value){.name = name,
		.type = type_by_name(type),
		.stored = shape_unknown()};
	char *shape = cut(&head, ' ');
	if (*shape == '(')
		sequence_read(ctx, shape, value);
	else
		value->shape = shape_case_dims(ctx, shape);
	if (rest)
		value->data = constant(ctx, value, rest);
}

static bool is_whole(const char *text)
{
	char *end;
	strtoll(text, &end, 10);
	return end != text && !*end;
}

static bool is_number(const char *text)
{
	char *end;
	strtod(text, &end);
	return end != text && !*end;
}

static void attr_read(struct ctx *ctx, char *text, struct attr *attr)
{
	enum { LIST = 16 };
	char *value = text;
	attr->name = cut(&value, '=');
	attr->count = 1;
	size_t n = strlen(value);
	int64_t *ints = arena_array(&ctx->arena, LIST, sizeof *ints);
	if (n > 1 && value[n - 1] == ',') {
		value[n - 1] = '\0';
		attr->kind = ATTR_INTS;
		attr->as.ints = ints;
		for (attr->count = 0; value; attr->count++) {
			assert_true(attr->count < LIST);
			ints[attr->count] = strtoll(cut(&value, ','), NULL, 10);
		}
	} else if (is_whole(value)) {
		attr->kind = ATTR_INT;
		attr->as.ints = ints;
		ints[0] = strtoll(value, NULL, 10);
	} else if (is_number(value)) {
		double *number = arena_alloc(&ctx->arena, sizeof *number);
		*number = strtod(value, NULL);
		attr->kind = ATTR_FLOAT;
		attr->as.floats = number;
	} else {
		const char **string = arena_alloc(&ctx->arena, sizeof *string);
		*string = value;
		attr->kind = ATTR_STRING;
		attr->as.strings = string;
	}
}

void shape_case_read(struct ctx *ctx, const char *line, struct shape_case *c)
{
	static const char *const domains[][2] = {
		{"ms:",    "com.microsoft"      },
		{"ml:",    "ai.onnx.ml"         },
		{"nchwc:", "com.microsoft.nchwc"},
	};
	*c = (struct shape_case){.graph = {.file = "case.onnx"}};
	char *rest = arena_strdup(&ctx->arena, line);
	char *head = cut(&rest, '|'), *inputs = cut(&rest, '|');
	char *attrs = cut(&rest, '|'), *outputs = cut(&rest, '\n');
	char *name = cut(&head, ' ');
	struct node *node = &c->node;
	node->domain = "";
	node->name = "node";
	node->opset = strtoll(head, NULL, 10);
	for (size_t i = 0; i < sizeof domains / sizeof *domains; i++) {
		size_t length = strlen(domains[i][0]);
		if (strncmp(name, domains[i][0], length) == 0) {
			node->domain = domains[i][1];
			name += length;
		}
	}
	node->op_type = name;
	node->op = op_find(node->domain, name);
	node->input = c->inputs;
	node->output = c->outputs;
	node->attr = c->attrs;
	node->graph = &c->graph;
	c->nodes[0] = node;
	c->graph.nodes = c->nodes;
	c->graph.node_count = 1;
	c->graph.model = &c->model;
	c->model.graph = &c->graph;
	c->model.file = c->graph.file;
	for (inputs = *inputs ? inputs : NULL; inputs; node->input_count++) {
		size_t k = node->input_count;
		char *text = cut(&inputs, ';');
		assert_true(k < CASE_IO);
		if (strcmp(text, "-") == 0)
			continue;
		input_read(ctx, text, &c->in[k],
			arena_printf(&ctx->arena, "i%zu", k));
		c->inputs[k] = &c->in[k];
	}
	for (attrs = *attrs ? attrs : NULL; attrs; node->attr_count++) {
		assert_true(node->attr_count < CASE_ATTRS);
		attr_read(ctx, cut(&attrs, ' '), &c->attrs[node->attr_count]);
	}
	while (outputs) {
		size_t k = node->output_count++;
		assert_true(k < CASE_IO);
		/* A refusal is text: it may hold separators. */
		c->want[c->want_count++] = cut(&outputs, ';');
		c->out[k] = (struct value){
			.name = arena_printf(&ctx->arena, "o%zu", k),
			.shape = shape_unknown(),
			.stored = shape_unknown(),
			.producer = node};
		c->outputs[k] = &c->out[k];
	}
}
