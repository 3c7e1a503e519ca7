/* The graph that the importer makes of models written as text. */
#include "import/onnx_graph.h"
#include "tests/onnx_text.h"

#include "tests/cmocka.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct reading {
	struct ctx ctx;
	struct model *model;
	char *messages;
	size_t message_bytes;
	FILE *file;
};

/* Reads a model that must be accepted. */
static struct reading *reading_new(const char *text)
{
	size_t length;
	struct reading *r = calloc(1, sizeof *r);
	r->file = open_memstream(&r->messages, &r->message_bytes);
	ctx_init(&r->ctx, r->file, NULL);
	uint8_t *bytes = onnx_text(&r->ctx.arena, text, &length);
	bool ok = onnx_read_bytes(
		&r->ctx, "dir/m.onnx", bytes, length, &r->model);
	fflush(r->file);
	if (!ok)
		fail_msg("%s", r->messages);
	return r;
}

static void reading_free(struct reading *r)
{
	fclose(r->file);
	ctx_release(&r->ctx);
	free(r->messages);
	free(r);
}

/* A graph on one line: "Relu a(x)->(y); ...", subgraphs in braces. */
static const char *graph_text(struct ctx *ctx, const struct graph *graph)
{
	const char *text = "";
	for (size_t i = 0; i < graph->node_count; i++) {
		const struct node *n = graph->nodes[i];
		assert_int_equal(n->order, i);
		text = arena_printf(&ctx->arena, "%s%s%s %s(", text,
			i ? "; " : "", n->op_type, n->name);
		for (size_t k = 0; k < n->input_count; k++)
			text = arena_printf(&ctx->arena, "%s%s%s", text,
				k ? " " : "",
				n->input[k] ? n->input[k]->name : "-");
		text = arena_printf(&ctx->arena, "%s)->(", text);
		for (size_t k = 0; k < n->output_count; k++) {
			if (n->output[k])
				assert_ptr_equal(n->output[k]->producer, n);
			text = arena_printf(&ctx->arena, "%s%s%s", text,
				k ? " " : "",
				n->output[k] ? n->output[k]->name : "-");
		}
		text = arena_printf(&ctx->arena, "%s)", text);
		for (size_t k = 0; k < n->attr_count; k++) {
			const struct attr *a = &n->attr[k];
			if (a->kind == ATTR_GRAPH)
				text = arena_printf(&ctx->arena, "%s{%s}", text,
					graph_text(ctx, a->as.graph));
			else if (a->kind == ATTR_INT)
				text = arena_printf(&ctx->arena, "%s %s=%lld",
					text, a->name,
					(long long)a->as.ints[0]);
		}
	}
	return text;
}

#define X ONNX_VALUE("input", "x", ONNX_DIM(2))
#define Y "output { name: 'y' } "
#define OP(op, in, out) \
	"node { op_type: '" op "' input: [" in "] output: [" out "] } "
#define MODEL "ir_version: 8 opset_import { version: 13 } "
#define FMODEL MODEL "opset_import { domain: 'f' version: 1 } "
#define CALL(name, fields) \
	"node { op_type: 'F' domain: 'f' name: '" name "' " fields " } "
#define FUNCTION(fields)                                                \
	"functions { domain: 'f' name: 'F' opset_import { version: 14 " \
	"} " fields " } "
#define INT(name, value) \
	"attribute { name: '" name "' type: INT i: " value " } "
#define REF(name, of) \
	"attribute { name: '" name "' type: INT ref_attr_name: '" of "' } "
#define BRANCH(fields) \
	"attribute { name: 'then_branch' type: GRAPH g { " fields " } } "

/* clang-format off */
static const struct {
	const char *text, *graph, *messages;
} graphs[] = {
	{ONNX_GRAPH(X OP("Clip", "'x', '', 'x'", "'y', ''") Y),
		"Clip (x - x)->(y -)", ""},
	/* unsorted nodes are sorted, each no further ahead than it must */
	{ONNX_GRAPH(X OP("A", "'x'", "'a'") OP("D", "'b', 'c'", "'y'") OP("B", "'a'", "'b'") OP("E", "'x'", "'e'") OP("C", "'b'", "'c'") Y),
		"A (x)->(a); B (a)->(b); C (b)->(c); D (b c)->(y); E (x)->(e)",
		"dir/m.onnx: node 'y' (D): warning: it stands before node 'b', which it needs: nodes are sorted\n"},
	/* a subgraph uses what stands behind its node */
	{ONNX_GRAPH(X "node { op_type: 'If' input: 'x' output: 'y' " BRANCH(OP("B", "'a'", "'t'") "output { name: 't' }") "} " OP("A", "'x'", "'a'") Y),
		"A (x)->(a); If (x)->(y){B (a)->(t)}",
		"dir/m.onnx: node 'y' (If): warning: it stands before node 'a', which it needs: nodes are sorted\n"},
	/* captures through two levels, and a name of its own that hides one */
	{ONNX_GRAPH(X OP("A", "'x'", "'a'") "node { op_type: 'If' input: 'x' output: 'y' " BRANCH(
			"node { op_type: 'If' input: 'a' output: 'b' " BRANCH(OP("B", "'x', 'a'", "'a'") "output { name: 'a' }") "} output { name: 'b' }") "} " Y),
		"A (x)->(a); If (x)->(y){If (a)->(b){B (x a)->(a)}}", ""},
	/* a branch without nodes that hands a value on */
	{ONNX_GRAPH(X "node { op_type: 'If' input: 'x' output: 'y' " BRANCH("output { name: 'x' }") "} " Y),
		"If (x)->(y){}", ""},
	/* functions: names, the place of the call, versions */
	{FMODEL FUNCTION("input: 'a' output: 'c' " OP("A", "'a'", "'b'") OP("B", "'b'", "'c'")) "graph { " X OP("P", "'x'", "'p'") CALL("call", "input: 'p' output: 'q'") CALL("", "input: 'q' output: 'y'") Y "}",
		"P (x)->(p); A (p)->(call/b); B (call/b)->(q); A (q)->(y/b); B (y/b)->(y)", ""},
	/* left-out inputs and outputs */
	{FMODEL FUNCTION("input: ['a', 'b', 'c'] output: ['d', 'e'] " OP("A", "'a', 'b', 'c'", "'d', 'e'")) "graph { " X CALL("call", "input: ['x', ''] output: ['', 'y']") Y "}",
		"A (x - -)->(call/d y)", ""},
	/* an input handed on, and one value as two outputs */
	{FMODEL FUNCTION("input: 'a' output: ['a', 'b', 'b'] " OP("A", "'a'", "'b'")) "graph { " X CALL("call", "input: 'x' output: ['p', 'q', 'y']") Y "}",
		"A (x)->(q); Identity (x)->(p); Identity (q)->(y)", ""},
	/* attributes of the call, defaults, and one that is left out */
	{FMODEL FUNCTION("input: 'a' output: 'b' attribute_proto { name: 'd' type: INT i: 7 } attribute_proto { name: 'e' type: INT i: 8 } "
			"node { op_type: 'A' input: 'a' output: 'b' " REF("p", "c") REF("q", "d") REF("r", "e") REF("s", "none") INT("t", "9") "} ")
		"graph { " X CALL("call", "input: 'x' output: 'y' " INT("c", "5") INT("d", "6")) Y "}",
		"A (x)->(y) p=5 q=6 r=8 t=9", ""},
	/* a reference through two calls; a function in a function */
	{FMODEL FUNCTION("input: 'a' output: 'b' node { op_type: 'G' domain: 'f' name: 'g' input: 'a' output: 'b' " REF("k", "c") "} ")
		"functions { domain: 'f' name: 'G' opset_import { version: 14 } input: 'u' output: 'v' " OP("A", "'u'", "'w'") "node { op_type: 'B' input: 'w' output: 'v' " REF("l", "k") "} } "
		"graph { " X CALL("call", "input: 'x' output: 'y' " INT("c", "5")) Y "}",
		"A (x)->(call/g/w); B (call/g/w)->(y) l=5", ""},
	/* a subgraph in a function: captures of the body, references */
	{FMODEL FUNCTION("input: 'a' output: 'b' " OP("A", "'a'", "'h'") "node { op_type: 'If' input: 'a' output: 'b' " BRANCH("node { op_type: 'B' input: 'h' output: 't' " REF("l", "c") "} output { name: 't' }") "} ")
		"graph { " X CALL("call", "input: 'x' output: 'y' " INT("c", "5")) Y "}",
		"A (x)->(call/h); If (x)->(y){B (call/h)->(call/t) l=5}", ""},
	/* the name of a graph is given to a function: it is read where it stands */
	{FMODEL FUNCTION("input: 'a' output: 'b' " OP("A", "'a'", "'x'") "node { op_type: 'If' input: 'x' output: 'b' attribute { name: 'then_branch' type: GRAPH ref_attr_name: 'g' } } ")
		"graph { " X CALL("call", "input: 'x' output: 'y' attribute { name: 'g' type: GRAPH g { " OP("B", "'x'", "'t'") " output { name: 't' } } } ") Y "}",
		"A (x)->(call/x); If (call/x)->(y){B (x)->(t)}", ""},
	/* which of two functions: the overload says */
	{FMODEL FUNCTION("overload: '1' input: 'a' output: 'b' " OP("A", "'a'", "'b'")) FUNCTION("overload: '2' input: 'a' output: 'b' " OP("B", "'a'", "'b'"))
		"graph { " X CALL("call", "overload: '2' input: 'x' output: 'y'") Y "}",
		"B (x)->(y)", ""},
	/* a function goes before an operator of the same name */
	{MODEL "functions { domain: 'ai.onnx' name: 'Relu' input: 'a' output: 'b' " OP("A", "'a'", "'b'") "} graph { " X OP("Relu", "'x'", "'y'") Y "}",
		"A (x)->(y)", ""},
	/* versions */
	{"ir_version: 14 opset_import { version: 28 } graph { " X OP("A", "'x'", "'y'") Y "}",
		"A (x)->(y)",
		"dir/m.onnx: warning: its IR version is 14, newer than 13, the newest known\n"
		"dir/m.onnx: warning: its opset is 28, newer than 27, the newest known\n"},
	{"ir_version: 3 opset_import { version: 6 } graph { " X OP("A", "'x'", "'y'") Y "}",
		"A (x)->(y)", ""},
};
/* clang-format on */

static void graphs_are_built(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof graphs / sizeof *graphs; i++) {
		struct reading *r = reading_new(graphs[i].text);
		assert_string_equal(
			graph_text(&r->ctx, r->model->graph), graphs[i].graph);
		assert_string_equal(r->messages, graphs[i].messages);
		reading_free(r);
	}
}

/* --- values ------------------------------------------------------------------
 */

static const struct value *value_named(
	const struct graph *graph, const char *name)
{
	for (size_t i = 0; i < graph->value_count; i++)
		if (!strcmp(graph->values[i]->name, name))
			return graph->values[i];
	fail_msg("there is no value '%s'", name);
	return NULL;
}

static void expect_dims(
	const struct shape *shape, int rank, const int64_t *dims)
{
	assert_int_equal(shape->rank, rank);
	for (int i = 0; i < rank; i++)
		assert_int_equal(shape->dim[i], dims[i]);
}

static void open_dimensions_become_symbols(void **state)
{
	(void)state;
	struct reading *r = reading_new(ONNX_GRAPH(
		/* N, no name, negative, zero, N again */
		ONNX_VALUE("input", "x",
			"dim { dim_param: 'N' } dim { } dim { dim_value: -1 } "
			"dim { dim_value: 0 } dim { dim_param: 'N' } "
			"dim { dim_param: '' }") ONNX_VALUE("input", "z",
			"dim { dim_param: 'M' } dim { dim_param: 'N' "
			"} " ONNX_DIM(7))
		/* known names stay, others are unknown */
		ONNX_VALUE("value_info", "h",
			"dim { dim_param: 'M' } dim { dim_param: 'K' } "
			"dim { } dim { dim_value: 0 } dim { dim_value: -5 }")
			OP("A", "'x', 'z'", "'h'") OP("B", "'h'", "'y'") Y));
	const struct model *m = r->model;
	const struct graph *g = m->graph;
	expect_dims(
		&g->inputs[0]->shape, 6, (int64_t[]){-2, -3, -4, -5, -2, -6});
	expect_dims(&g->inputs[1]->shape, 3, (int64_t[]){-7, -2, 7});
	assert_int_equal(g->inputs[0]->stored.rank, RANK_UNKNOWN);
	expect_dims(&value_named(g, "h")->stored, 5,
		(int64_t[]){-7, DIM_UNKNOWN, DIM_UNKNOWN, DIM_UNKNOWN,
			DIM_UNKNOWN});
	assert_int_equal(value_named(g, "h")->shape.rank, RANK_UNKNOWN);
	static const struct symbol want[] = {
		{"N",  "x", 0},
		{NULL, "x", 1},
		{NULL, "x", 2},
		{NULL, "x", 3},
		{NULL, "x", 5},
		{"M",  "z", 0},
	};
	assert_int_equal(m->symbol_count, 6);
	for (size_t i = 0; i < 6; i++) {
		assert_int_equal(m->symbols[i].axis, want[i].axis);
		assert_string_equal(m->symbols[i].input, want[i].input);
		assert_int_equal(!m->symbols[i].name, !want[i].name);
		if (want[i].name)
			assert_string_equal(m->symbols[i].name, want[i].name);
	}
	reading_free(r);
}

/* What Paddle writes for sizes that are not known: not one size. */
static void names_that_name_nothing(void **state)
{
	(void)state;
	struct reading *r = reading_new(ONNX_GRAPH(
		ONNX_VALUE("input", "x",
			"dim { dim_param: '?' } dim { dim_param: '?' } "
			"dim { dim_param: '-1' } dim { dim_param: '-1' } "
			"dim { dim_param: 's0 + 1' } dim { dim_param: '_' }")
			OP("A", "'x'", "'y'") Y));
	const struct model *m = r->model;
	expect_dims(&m->graph->inputs[0]->shape, 6,
		(int64_t[]){-2, -3, -4, -5, -6, -7});
	for (size_t i = 0; i < 4; i++)
		assert_null(m->symbols[i].name);
	assert_string_equal(m->symbols[4].name, "s0 + 1");
	reading_free(r);
}

static void values_know_what_they_are(void **state)
{
	(void)state;
	struct reading *r = reading_new(MODEL
		"producer_name: 'pytorch' producer_version: '1.13' graph { " X
			/* IR 3: an initializer that is an input too */
			ONNX_VALUE("input", "w",
				ONNX_DIM(
					3) "dim { }") "initializer { name: 'w' "
						      "data_type: 10 dims: [3, "
						      "5] } "
						      "sparse_initializer { "
						      "values { name: 's' "
						      "data_type: 1 dims: 2 "
						      "} indices { name: 'i' } "
						      "dims: [7, 9] } "
						      "input { name: 'q' type "
						      "{ sequence_type { "
						      "elem_type { "
						      "tensor_type { "
						      "elem_type: 7 shape { "
						      "dim { dim_value: 4 } } "
						      "} } "
						      "} } } "
						      "input { name: 'o' type "
						      "{ optional_type { "
						      "elem_type { "
						      "sequence_type { "
						      "elem_type { tensor_type "
						      "{ elem_type: 6 } } } "
						      "} } } } "
						      "input { name: 'm' type "
						      "{ map_type { key_type: "
						      "7 } } } "
						      "input { name: 'u' } "
						      "node { op_type: 'Loop' "
						      "input: ['x', 'w', 'w'] "
						      "output: 'y' "
						      "attribute { name: "
						      "'body' type: GRAPH g "
						      "{ " ONNX_VALUE("input",
							      "i", "") OP("A",
							      "'i', 'x'",
							      "'t'") ONNX_VALUE("output",
							      "t",
							      ONNX_DIM(
								      6)) "} } "
									  "} " Y
									  "}");
	const struct model *m = r->model;
	const struct graph *g = m->graph;
	assert_string_equal(m->producer, "pytorch 1.13");
	assert_int_equal(m->ir_version, 8);
	assert_int_equal(m->opset, 13);
	/* inputs: x q o m u */
	assert_int_equal(g->input_count, 5);
	const struct value *w = value_named(g, "w"), *s = value_named(g, "s");
	assert_false(w->is_input);
	assert_non_null(w->init);
	assert_int_equal(w->type, DTYPE_FLOAT16);
	assert_int_equal(w->uses, 2);
	expect_dims(&w->shape, 2, (int64_t[]){3, 5});
	expect_dims(&w->stored, 2, (int64_t[]){3, DIM_UNKNOWN});
	assert_non_null(s->init);
	expect_dims(&s->shape, 2, (int64_t[]){7, 9});
	for (size_t i = 1; i < 5; i++) {
		assert_int_equal(g->inputs[i]->shape.rank, RANK_UNKNOWN);
		assert_int_equal(g->inputs[i]->is_sequence, i < 4);
	}
	assert_int_equal(g->inputs[1]->type, DTYPE_INT64);
	assert_int_equal(g->inputs[2]->type, DTYPE_INT32);
	const struct value *x = value_named(g, "x"), *y = value_named(g, "y");
	assert_int_equal(x->uses, 2);
	assert_true(y->is_output);
	/* the loop's body */
	const struct attr *body = node_attr(g->nodes[0], "body");
	const struct graph *b = body->as.graph;
	assert_ptr_equal(b->parent, g);
	assert_ptr_equal(b->owner, g->nodes[0]);
	assert_true(b->inputs[0]->is_input);
	assert_int_equal(b->inputs[0]->shape.rank, RANK_UNKNOWN);
	assert_int_equal(b->inputs[0]->stored.rank, 0);
	assert_ptr_equal(b->nodes[0]->input[1], x);
	expect_dims(&b->outputs[0]->stored, 1, (int64_t[]){6});
	reading_free(r);
}

/* Attributes of exporters that leave out the type, or a value of zero. */
static void attributes_have_their_kind(void **state)
{
	(void)state;
	struct reading *r = reading_new(ONNX_GRAPH(
		"node { op_type: 'A' name: 'n' output: 'y' "
		"attribute { name: 'i' i: 5 } "
		"attribute { name: 'f' f: 0.5 } "
		"attribute { name: 's' s: 'text' } "
		"attribute { name: 'is' ints: [3, -1] } "
		"attribute { name: 'fs' floats: [1, 2] } "
		"attribute { name: 'ss' strings: ['a', ''] } "
		"attribute { name: 'none' } "
		"attribute { name: 't' t { data_type: 7 int64_data: 9 } } "
		"attribute { name: 'zero' type: INT } "
		"attribute { name: 'empty' type: STRING } "
		"attribute { name: 'sparse' type: SPARSE_TENSOR sparse_tensor "
		"{ values { data_type: 1 } dims: [4, 6] } } "
		"attribute { name: 'type' type: TYPE_PROTO tp { } } } " Y));
	const struct node *n = r->model->graph->nodes[0];
	int64_t i;
	double f;
	const char *s;
	size_t count;
	const int64_t *ints;
	assert_true(node_attr_int(&r->ctx, n, "i", 1, &i));
	assert_int_equal(i, 5);
	assert_true(node_attr_int(&r->ctx, n, "absent", 8, &i));
	assert_int_equal(i, 8);
	assert_true(node_attr_int(&r->ctx, n, "zero", 8, &i));
	assert_int_equal(i, 0);
	assert_true(node_attr_float(&r->ctx, n, "f", 1, &f));
	assert_true(f == 0.5);
	assert_true(node_attr_string(&r->ctx, n, "s", "", &s));
	assert_string_equal(s, "text");
	assert_true(node_attr_string(&r->ctx, n, "empty", "no", &s));
	assert_string_equal(s, "");
	assert_true(node_attr_ints(&r->ctx, n, "is", &count, &ints));
	assert_int_equal(count, 2);
	assert_int_equal(ints[1], -1);
	assert_true(node_attr_ints(&r->ctx, n, "none", &count, &ints));
	assert_int_equal(count, 0);
	assert_null(ints);
	assert_int_equal(node_attr(n, "fs")->kind, ATTR_FLOATS);
	assert_int_equal(node_attr(n, "ss")->count, 2);
	assert_int_equal(node_attr(n, "t")->kind, ATTR_TENSOR);
	assert_int_equal(node_attr(n, "type")->kind, ATTR_OTHER);
	expect_dims(&node_attr(n, "sparse")->as.tensor->shape, 2,
		(int64_t[]){4, 6});
	assert_false(node_attr_int(&r->ctx, n, "s", 1, &i));
	fflush(r->file);
	assert_string_equal(r->messages,
		"dir/m.onnx: node 'n' (A): error: attribute 's' is a string, "
		"expected an integer\n");
	reading_free(r);
}

/* --- elements
 * ------------------------------------------------------------------ */

#define TENSOR(fields)                                                         \
	ONNX_GRAPH(X OP("A", "'x'", "'y'") Y "initializer { name: 'w' " fields \
					     " }")

/* clang-format off */
static const struct {
	const char *text;
	int count; /* -1: cannot be read */
	double want[6];
} tensors[] = {
	/* integers: raw */
	{TENSOR("data_type: 7 dims: 2 raw_data: '\\x05\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xff'"), 2, {5, -1}},
	{TENSOR("data_type: 6 dims: [1, 2] raw_data: '\\x05\\x01\\x00\\x00\\xfe\\xff\\xff\\xff'"), 2, {261, -2}},
	{TENSOR("data_type: 12 raw_data: '\\xfe\\xff\\xff\\xff'"), 1, {4294967294.}},
	{TENSOR("data_type: 13 raw_data: '\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\x7f'"), 1, {9223372036854775807.}},
	{TENSOR("data_type: 13 raw_data: '\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x80'"), -1, {0}},
	{TENSOR("data_type: 3 dims: 2 raw_data: '\\x80\\x7f'"), 2, {-128, 127}},
	{TENSOR("data_type: 2 dims: 2 raw_data: '\\x80\\x7f'"), 2, {128, 127}},
	{TENSOR("data_type: 5 dims: 2 raw_data: '\\x00\\x80\\x02\\x01'"), 2, {-32768, 258}},
	{TENSOR("data_type: 4 dims: 2 raw_data: '\\x00\\x80\\x02\\x01'"), 2, {32768, 258}},
	{TENSOR("data_type: 9 dims: 3 raw_data: '\\x00\\x01\\x02'"), 3, {0, 1, 1}},
	/* 4 and 2 bits: from the low end of each byte */
	{TENSOR("data_type: 22 dims: 3 raw_data: '\\x81\\xf7'"), 3, {1, -8, 7}},
	{TENSOR("data_type: 21 dims: 3 raw_data: '\\x81\\xf7'"), 3, {1, 8, 7}},
	{TENSOR("data_type: 26 dims: 5 raw_data: '\\xe4\\x02'"), 5, {0, 1, -2, -1, -2}},
	{TENSOR("data_type: 25 dims: 5 raw_data: '\\xe4\\x02'"), 5, {0, 1, 2, 3, 2}},
	/* integers: fields, packed, not packed, in several parts */
	{TENSOR("data_type: 7 dims: 3 int64_data: [5, -1, 1099511627776]"), 3, {5, -1, 1099511627776.}},
	{TENSOR("data_type: 7 dims: 3 int64_data: 5 int64_data: -1 int64_data: 7"), 3, {5, -1, 7}},
	{TENSOR("data_type: 7 dims: 3 int64_data: [5, -1] int64_data: 7"), 3, {5, -1, 7}},
	{TENSOR("data_type: 6 dims: 2 int32_data: [5, -1]"), 2, {5, -1}},
	{TENSOR("data_type: 3 dims: 2 int32_data: [5, -1]"), 2, {5, -1}},
	{TENSOR("data_type: 2 dims: 2 int32_data: [5, 255]"), 2, {5, 255}},
	{TENSOR("data_type: 9 dims: 2 int32_data: [0, 1]"), 2, {0, 1}},
	{TENSOR("data_type: 22 dims: 3 int32_data: [0x81, 0xf7]"), 3, {1, -8, 7}},
	{TENSOR("data_type: 12 dims: 1 uint64_data: 4294967295"), 1, {4294967295.}},
	/* floats */
	{TENSOR("data_type: 1 dims: 2 raw_data: '\\x00\\x00\\xc0\\x3f\\x00\\x00\\x00\\x80'"), 2, {1.5, -0.0}},
	{TENSOR("data_type: 1 dims: 2 float_data: [1.5, -3]"), 2, {1.5, -3}},
	{TENSOR("data_type: 1 dims: 2 float_data: 1.5 float_data: -3"), 2, {1.5, -3}},
	{TENSOR("data_type: 11 dims: 2 double_data: [0.1, -3e300]"), 2, {0.1, -3e300}},
	{TENSOR("data_type: 10 dims: 5 raw_data: '\\x00\\x3e\\xff\\x7b\\x01\\x00\\x00\\xfc\\x00\\x7e'"), 5, {1.5, 65504, 0x1p-24, -INFINITY, NAN}},
	{TENSOR("data_type: 10 dims: 1 int32_data: 0x3e00"), 1, {1.5}},
	{TENSOR("data_type: 16 dims: 2 raw_data: '\\xc0\\x3f\\x80\\xff'"), 2, {1.5, -INFINITY}},
	/* the largest, the smallest, one, not a number */
	{TENSOR("data_type: 17 dims: 4 raw_data: '\\x7e\\x01\\xb8\\xff'"), 4, {448, 0x1p-9, -1, NAN}},
	{TENSOR("data_type: 18 dims: 4 raw_data: '\\x7f\\x01\\xc0\\x80'"), 4, {240, 0x1p-10, -1, NAN}},
	{TENSOR("data_type: 19 dims: 5 raw_data: '\\x7b\\x01\\xbc\\x7d\\xfc'"), 5, {57344, 0x1p-16, -1, NAN, -INFINITY}},
	{TENSOR("data_type: 20 dims: 4 raw_data: '\\x7f\\x01\\xc0\\x80'"), 4, {57344, 0x1p-17, -1, NAN}},
	{TENSOR("data_type: 23 dims: 4 raw_data: '\\x71\\xa0'"), 4, {0.5, 6, 0, -1}},
	{TENSOR("data_type: 24 dims: 3 raw_data: '\\x00\\x80\\xff'"), 3, {0x1p-127, 2, NAN}},
	/* none at all */
	{TENSOR("data_type: 7 dims: 0"), 0, {0}},
	/* what cannot be read: no bytes, too few, too many, other types */
	{TENSOR("data_type: 7 dims: 2"), -1, {0}},
	{TENSOR("data_type: 7 dims: 2 int64_data: 1"), -1, {0}},
	{TENSOR("data_type: 7 dims: 2 int64_data: [1, 2, 3]"), -1, {0}},
	{TENSOR("data_type: 7 dims: 2 int32_data: [1, 2]"), -1, {0}},
	{TENSOR("data_type: 8 dims: 1 string_data: 'a'"), -1, {0}},
	{TENSOR("data_type: 14 dims: 1 float_data: [1, 2]"), -1, {0}},
	{TENSOR("data_type: 7 dims: 7 raw_data: '01234567012345670123456701234567012345670123456701234567'"), -1, {0}},
};
/* clang-format on */

static void elements_are_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof tensors / sizeof *tensors; i++) {
		struct reading *r = reading_new(tensors[i].text);
		struct model *m = r->model;
		struct value *w = m->graph->values[0];
		bool ok = m->load(&r->ctx, m, w, 6);
		if (ok != (tensors[i].count >= 0))
			fail_msg("tensor %zu", i);
		assert_int_equal(w->data != NULL, ok);
		for (int k = 0; k < tensors[i].count; k++) {
			double found = w->data->floats
				? w->data->floats[k]
				: (double)w->data->ints[k];
			double want = tensors[i].want[k];
			if (isnan(want) ? !isnan(found)
					: found != want ||
						signbit(found) != signbit(want))
				fail_msg("element %d of tensor %zu is %g, "
					 "expected %g",
					k, i, found, want);
		}
		if (ok)
			assert_int_equal(w->data->count, tensors[i].count);
		reading_free(r);
	}
}

#define EXTERNAL(file, offset)                                     \
	TENSOR("data_type: 6 dims: 2 data_location: EXTERNAL "     \
	       "external_data { key: 'location' value: '" file     \
	       "' } external_data { key: 'offset' value: '" offset \
	       "' } external_data { key: 'checksum' value: 'f' }")

/* Read as beside dir/m.onnx. */
static void external_elements_are_read(void **state)
{
	(void)state;
	/* clang-format off */
	static const struct {
		const char *text;
		bool ok;
		const char *warning;
	} cases[] = {
		{EXTERNAL("w.bin", "3"), true, ""},
		{EXTERNAL("./x/../w.bin", "3"), true, ""},
		{EXTERNAL("w.bin", "4"), false,
			"build/external/m.onnx: warning: external data of "
				"'w': 'build/external/w.bin' has 11 bytes, expected 8 "
				"at offset 4\n"},
		{EXTERNAL("w.bin", "9223372036854775807"), false,
			"build/external/m.onnx: warning: external data of "
				"'w': 'build/external/w.bin' has 11 bytes, expected 8 "
				"at offset 9223372036854775807\n"},
		{EXTERNAL("none.bin", "0"), false,
			"build/external/m.onnx: warning: external data of "
				"'w': 'build/external/none.bin': No such file or "
				"directory\n"},
		{EXTERNAL("x", "0"), false,
			"build/external/m.onnx: warning: external data of "
				"'w': 'build/external/x': is a directory, expected a "
				"file\n"},
	};
	/* clang-format on */
	assert_int_equal(system("mkdir -p build/external/x && printf "
				"'abc\\001\\0\\0\\0\\376\\377\\377\\377' > "
				"build/external/w.bin"),
		0);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct reading *r = reading_new(cases[i].text);
		struct model *m = r->model;
		struct value *w = m->graph->values[0];
		m->file = "build/external/m.onnx";
		assert_int_equal(m->load(&r->ctx, m, w, 2), cases[i].ok);
		fflush(r->file);
		assert_string_equal(r->messages, cases[i].warning);
		if (cases[i].ok) {
			assert_int_equal(w->data->ints[0], 1);
			assert_int_equal(w->data->ints[1], -2);
		}
		reading_free(r);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(graphs_are_built),
		cmocka_unit_test(open_dimensions_become_symbols),
		cmocka_unit_test(names_that_name_nothing),
		cmocka_unit_test(values_know_what_they_are),
		cmocka_unit_test(attributes_have_their_kind),
		cmocka_unit_test(elements_are_read),
		cmocka_unit_test(external_elements_are_read),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
