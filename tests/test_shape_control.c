/* Shape inference over whole graphs: branches, loops, open dimensions, what the
 * file stores, and what is folded. */
#include "import/onnx_graph.h"
#include "passes/infer.h"
#include "passes/lower.h"

#include "tests/cmocka.h"
#include "tests/onnx_nodes.h"

#include <stdlib.h>
#include <string.h>

/* The models' text is laid out by hand, a node a line. */
/* clang-format off */
/* Exporters write 'if dimension 1 is 1: squeeze it'. */
#define SQUEEZE_IF(dims) ONNX_GRAPH( \
	X(dims) NUMBER("one", "1") \
	NODE("Shape", IN("x"), OUT("s"), "") \
	NODE("Gather", IN("s") IN("one"), OUT("d"), "") \
	NODE("Equal", IN("d") IN("one"), OUT("c"), "") \
	NODE("If", IN("c"), OUT("y"), \
		BODY("then_branch", NUMBERS("a", "1", "1") \
			NODE("Squeeze", IN("x") IN("a"), OUT("t"), "") \
			YIELD("t")) \
		BODY("else_branch", \
			NODE("Identity", IN("x"), OUT("e"), "") \
			YIELD("e"))) \
	YIELD("y"))

/* A condition that hangs on the input's values. */
#define OPEN_IF ONNX_GRAPH( \
	X(ONNX_DIM(2) ONNX_DIM(6)) \
	NODE("NonZero", IN("x"), OUT("z"), "") \
	NODE("Size", IN("z"), OUT("n"), "") \
	NODE("Cast", IN("n"), OUT("c"), INT("to", "9")) \
	NODE("If", IN("c"), OUT("y"), \
		BODY("then_branch", NUMBERS("p", "2", "4,3") \
			NODE("Reshape", IN("x") IN("p"), OUT("t"), "") \
			YIELD("t")) \
		BODY("else_branch", NUMBERS("q", "2", "4,-1") \
			NODE("Concat", IN("x") IN("x") IN("x"), OUT("w"), \
				INT("axis", "1")) \
			NODE("Reshape", IN("w") IN("q"), OUT("e"), "") \
			YIELD("e"))) \
	YIELD("y"))

/* The condition hangs on values; then cuts x into rows of 4, else of 5. */
#define CUT_IF(dims, rows) ONNX_GRAPH( \
	X(dims) ONNX_VALUE("input", "f", "") \
	NUMBERS("four", "2", "4,-1") NUMBERS("five", "2", rows) \
	NODE("Cast", IN("f"), OUT("c"), INT("to", "9")) \
	NODE("If", IN("c"), OUT("y"), "name: 'cut' " \
		BODY("then_branch", \
			NODE("Reshape", IN("x") IN("four"), OUT("t"), \
				"name: 'fours' ") \
			YIELD("t")) \
		BODY("else_branch", \
			NODE("Reshape", IN("x") IN("five"), OUT("e"), \
				"name: 'fives' ") \
			YIELD("e"))) \
	YIELD("y"))

/* Two open Ifs, one in the then-branch of the other; both branches of the inner
 * one need x in rows of 7 and of 8. */
#define NESTED_IF(dims) ONNX_GRAPH( \
	X(dims) ONNX_VALUE("input", "f", "") \
	NUMBERS("three", "2", "3,-1") NUMBERS("seven", "2", "7,-1") \
	NUMBERS("eight", "2", "8,-1") \
	NODE("Cast", IN("f"), OUT("c"), INT("to", "9")) \
	NODE("If", IN("c"), OUT("y"), "name: 'outer' " \
		BODY("then_branch", \
			NODE("If", IN("c"), OUT("t"), "name: 'inner' " \
				BODY("then_branch", \
					NODE("Reshape", IN("x") IN("seven"), \
						OUT("a"), "name: 'sevens' ") \
					YIELD("a")) \
				BODY("else_branch", \
					NODE("Reshape", IN("x") IN("eight"), \
						OUT("b"), "name: 'eights' ") \
					YIELD("b"))) \
			YIELD("t")) \
		BODY("else_branch", \
			NODE("Reshape", IN("x") IN("three"), OUT("e"), "") \
			YIELD("e"))) \
	YIELD("y"))

/* A loop of m steps: a state that keeps its size, one that grows, and what each
 * step yields. */
#define LOOP(m, cond) ONNX_GRAPH( \
	X(ONNX_DIM(2) ONNX_DIM(3)) m \
	NODE("Loop", IN("m") cond IN("x") IN("x"), OUT("a") OUT("b") OUT("c"), \
		BODY("body", TAKE("i") TAKE("k") TAKE("p") TAKE("q") \
			NODE("Identity", IN("k"), OUT("k2"), "") \
			NODE("Relu", IN("p"), OUT("p2"), "") \
			NODE("Concat", IN("q") IN("x"), OUT("q2"), \
				INT("axis", "0")) \
			NODE("Transpose", IN("p"), OUT("r"), "") \
			YIELD("k2") YIELD("p2") YIELD("q2") YIELD("r"))) \
	YIELD("a") YIELD("b") YIELD("c"))
#define FALSE_CONSTANT \
	"initializer { name: 'f' data_type: 9 int32_data: [0] } "
#define OPEN_COUNT \
	"input { name: 'm' type { tensor_type { elem_type: 7 shape { } } } } "

/* x is taken apart along axis 1; the result stacks on axis 1. */
#define SCAN ONNX_GRAPH( \
	X(ONNX_DIM(2) ONNX_DIM(5) ONNX_DIM(3)) NUMBERS("z", "2", "2,3") \
	NODE("ConstantOfShape", IN("z"), OUT("h"), "") \
	NODE("Scan", IN("h") IN("x"), OUT("a") OUT("b"), \
		INT("num_scan_inputs", "1") \
		INTS("scan_input_axes", "1") INTS("scan_output_axes", "1") \
		BODY("body", TAKE("s") TAKE("e") \
			NODE("Add", IN("s") IN("e"), OUT("t"), "") \
			YIELD("t") YIELD("t"))) \
	YIELD("a") YIELD("b"))

/* reshape(x, [shape(x)[0], -1]) */
#define RESHAPE_OPEN ONNX_GRAPH( \
	X(NAMED("batch") ONNX_DIM(3) ONNX_DIM(4)) \
	NUMBERS("zero", "1", "0") NUMBERS("free", "1", "-1") \
	NODE("Shape", IN("x"), OUT("s"), "") \
	NODE("Gather", IN("s") IN("zero"), OUT("d"), "") \
	NODE("Concat", IN("d") IN("free"), OUT("t"), INT("axis", "0")) \
	NODE("Reshape", IN("x") IN("t"), OUT("y"), "") \
	YIELD("y"))

#define STORED ONNX_GRAPH( \
	X(ONNX_DIM(2) ONNX_DIM(3)) \
	NODE("Odd", IN("x"), OUT("u"), "domain: 'my.own' ") \
	NODE("Relu", IN("x"), OUT("r"), "") \
	ONNX_VALUE("value_info", "u", ONNX_DIM(4) ONNX_DIM(5)) \
	ONNX_VALUE("value_info", "r", ONNX_DIM(2) ONNX_DIM(7)) \
	YIELD("r") YIELD("u"))

#define CONSTANTS ONNX_GRAPH( \
	X(ONNX_DIM(2) ONNX_DIM(3)) NUMBERS("p", "2", "3,4") \
	NODE("Shape", IN("x"), OUT("s"), "") \
	NODE("ConstantOfShape", IN("p"), OUT("w"), "") \
	NODE("Relu", IN("w"), OUT("v"), "") \
	NODE("MatMul", IN("x") IN("v"), OUT("y"), "") \
	NODE("MatMul", IN("w") IN("w"), OUT("bad"), "") \
	YIELD("y"))
#define NINE "1,2,3,4,5,6,7,8,9"

/* Products of initializers, of what is folded, and of those with x. */
#define PRODUCTS ONNX_GRAPH( \
	X(ONNX_DIM(3) ONNX_DIM(3)) \
	FLOATS("w", "3,3", NINE) FLOATS("k", "1,1,3,3", NINE) \
	NODE("MatMul", IN("w") IN("w"), OUT("p"), "") \
	NODE("Gemm", IN("p") IN("w"), OUT("g"), "") \
	NODE("Transpose", IN("g"), OUT("t"), "") \
	NODE("Einsum", IN("t") IN("w"), OUT("e"), \
		"attribute { name: 'equation' type: STRING s: 'ij,jk->ik' } ") \
	NODE("Conv", IN("k") IN("k"), OUT("c"), "") \
	NODE("ConvTranspose", IN("k") IN("k"), OUT("d"), "") \
	NODE("MatMulInteger", IN("w") IN("w"), OUT("i"), "") \
	NODE("STFT", IN("k") IN("w"), OUT("f"), "") \
	NODE("MatMul", IN("x") IN("e"), OUT("y"), "") \
	NODE("MatMul", IN("y") IN("w"), OUT("z"), "") \
	YIELD("z"))
/* Keys and values are initializers, the query is not. */
#define PRESENTS ONNX_GRAPH( \
	X(ONNX_DIM(1) ONNX_DIM(2) ONNX_DIM(4)) \
	FLOATS("k", "1,2,4", "1,2,3,4,5,6,7,8") \
	NODE("MultiHeadAttention", IN("x") IN("k") IN("k"), \
		OUT("y") OUT("pk") OUT("pv"), \
		"domain: 'com.microsoft' " INT("num_heads", "2")) \
	NODE("Transpose", IN("pk"), OUT("a"), INTS("perm", "0,1,3,2")) \
	NODE("MatMul", IN("a") IN("pv"), OUT("b"), "") \
	NODE("Relu", IN("y"), OUT("c"), "") \
	YIELD("b") YIELD("c"))
/* clang-format on */

struct run {
	struct ctx ctx;
	struct model *model;
	char *messages;
	size_t length;
	bool ok;
};

static void run_begin(struct run *run, const char *text)
{
	size_t length;
	FILE *sink = open_memstream(&run->messages, &run->length);
	ctx_init(&run->ctx, sink, NULL);
	const uint8_t *bytes = onnx_text(&run->ctx.arena, text, &length);
	run->ok = onnx_read_bytes(
		&run->ctx, "m.onnx", bytes, length, &run->model);
	fflush(sink);
	if (!run->ok)
		fail_msg("import: %s", run->messages);
	run->ok = shapes_infer(&run->ctx, run->model);
	fflush(sink);
}

static void run_end(struct run *run)
{
	onnx_close(run->model);
	fclose(run->ctx.messages);
	ctx_release(&run->ctx);
	free(run->messages);
}

static const struct value *find(const struct graph *graph, const char *name)
{
	const struct value *found = NULL;
	for (size_t i = 0; i < graph->value_count; i++)
		if (strcmp(graph->values[i]->name, name) == 0)
			return graph->values[i];
	for (size_t i = 0; !found && i < graph->node_count; i++)
		for (size_t k = 0; !found && k < graph->nodes[i]->attr_count;
			k++)
			if (graph->nodes[i]->attr[k].kind == ATTR_GRAPH)
				found = find(graph->nodes[i]->attr[k].as.graph,
					name);
	return found;
}

/* Shapes after inference, one text form for every case: a dimension that is
 * not known is '?', an unknown rank too. */
struct want {
	const char *name, *shape;
};

static void check(const char *label, const char *text, const struct want *want,
	size_t count)
{
	struct run run;
	run_begin(&run, text);
	if (!run.ok)
		fail_msg("%s: %s", label, run.messages);
	for (size_t i = 0; i < count; i++) {
		const struct value *value =
			find(run.model->graph, want[i].name);
		if (!value)
			fail_msg("%s: no value '%s'", label, want[i].name);
		const char *found = shape_text(&run.ctx, &value->shape);
		if (strcmp(found, want[i].shape) != 0)
			fail_msg("%s: '%s' is %s, expected %s", label,
				want[i].name, found, want[i].shape);
	}
	run_end(&run);
}

#define CHECK(label, text, ...)                              \
	check(label, text, (const struct want[])__VA_ARGS__, \
		sizeof((const struct want[])__VA_ARGS__) /   \
			sizeof(struct want))

static void a_constant_condition_takes_its_branch(void **state)
{
	(void)state;
	CHECK("taken", SQUEEZE_IF(ONNX_DIM(2) ONNX_DIM(1) ONNX_DIM(5)),
		{
			{"y", "2x5"  },
                        {"t", "2x5"  },
                        {"e", "2x1x5"}
        });
	/* The Squeeze contradicts its input, but is never run. */
	CHECK("dead", SQUEEZE_IF(ONNX_DIM(2) ONNX_DIM(3) ONNX_DIM(5)),
		{
			{"y", "2x3x5"},
                        {"t", "?"    }
        });
}

static void branches_agree_on_what_they_share(void **state)
{
	(void)state;
	CHECK("open", OPEN_IF,
		{
			{"t", "4x3"},
                        {"e", "4x9"},
                        {"y", "4x?"}
        });
}

/* The first If of a graph. */
static const struct node *if_of(const struct graph *graph)
{
	for (size_t i = 0; i < graph->node_count; i++)
		if (!strcmp(graph->nodes[i]->op_type, "If"))
			return graph->nodes[i];
	return NULL;
}

static void a_branch_that_cannot_take_the_sizes_is_left_out(void **state)
{
	(void)state;
	const struct {
		const char *text;
		int branch;      /* -1: open */
		const char *why; /* NULL: nothing is left out */
		const char *y;   /* shape of the result */
	} cases[] = {
		{CUT_IF(ONNX_DIM(20), "5,-1"), -1,                NULL,               "?x?"},
		{CUT_IF(ONNX_DIM(8),                   "5,-1"),         1,
                 "Reshape 'fives': cannot reshape 8 (8 elements) to "
			"5x?",          "4x2"},
		{CUT_IF(ONNX_DIM(15),              "5,-1"),                     0,
                 "Reshape 'fours': cannot reshape 15 (15 elements) to "
			"4x?",         "5x3"},
 /* An attribute that cannot be is no less a reason. */
		{CUT_IF(ONNX_DIM(8),        "-1,-1"),          1,                           "Reshape 'fives': ",                    "4x2"},
		{NESTED_IF(ONNX_DIM(24)),                  -1,NULL,"?x?"},
		{NESTED_IF(ONNX_DIM(9)),0,
                 "If 'inner': neither branch can take its inputs: "
			"then_branch: Reshape 'sevens': cannot reshape 9 (9 "
			"elements) to 7x?: the known sizes hold 7; "
			"else_branch: Reshape 'eights': cannot reshape 9 (9 "
			"elements) to 8x?",				     "3x3"									 },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct run run;
		run_begin(&run, cases[i].text);
		if (!run.ok || run.ctx.errors || *run.messages)
			fail_msg("case %zu: %s", i, run.messages);
		const struct node *node = if_of(run.model->graph);
		assert_int_equal(node->branch, cases[i].branch);
		if (!cases[i].why != !node->left_out ||
			(node->left_out &&
				!strstr(node->left_out, cases[i].why)))
			fail_msg("case %zu: left out: %s", i, node->left_out);
		assert_string_equal(
			shape_text(
				&run.ctx, &find(run.model->graph, "y")->shape),
			cases[i].y);
		run_end(&run);
	}
}

static void an_if_without_a_branch_to_take_is_refused(void **state)
{
	(void)state;
	/* clang-format off */
	const struct {
		const char *text, *error;
	} cases[] = {
		{CUT_IF(ONNX_DIM(7), "5,-1"),
			"m.onnx: node 'cut' (If): error: neither branch can "
				"take its inputs: then_branch: Reshape 'fours': cannot "
				"reshape 7 (7 elements) to 4x?: the known sizes hold "
				"4; else_branch: Reshape 'fives': cannot reshape 7 (7 "
				"elements) to 5x?: the known sizes hold 5\n"},
		{NESTED_IF(ONNX_DIM(10)),
			"m.onnx: node 'outer' (If): error: neither branch can "
				"take its inputs: then_branch: If 'inner': neither "},
	};
	/* clang-format on */
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct run run;
		run_begin(&run, cases[i].text);
		assert_false(run.ok);
		assert_int_equal(run.ctx.errors, 1);
		if (strncmp(run.messages, cases[i].error,
			    strlen(cases[i].error)) != 0 ||
			strchr(run.messages, '\n') !=
				strrchr(run.messages, '\n'))
			fail_msg("case %zu: %s", i, run.messages);
		run_end(&run);
	}
}

static void loops_stack_what_steps_yield(void **state)
{
	(void)state;
	CHECK("seven steps", LOOP(NUMBER("m", "7"), IN("")),
		{
			{"a",  "2x3"  },
                        {"b",  "16x3" },
                        {"c",  "7x3x2"},
			{"q2", "?x3"  }
        });
	CHECK("no steps", LOOP(NUMBER("m", "0"), IN("")),
		{
			{"a", "2x3"  },
                        {"c", "0x3x2"}
        });
}

static void trips_are_kept_for_lowering(void **state)
{
	(void)state;
	const struct {
		const char *text;
		int64_t trips;
	} cases[] = {
		{LOOP(NUMBER("m", "7"), IN("")),                       7},
		{LOOP(NUMBER("m",               "7") FALSE_CONSTANT,     IN("f")), 0},
		{LOOP(OPEN_COUNT,              IN("")),                  -1                                },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct run run;
		run_begin(&run, cases[i].text);
		assert_true(run.ok);
		assert_int_equal(
			run.model->graph->nodes[0]->trips, cases[i].trips);
		run_end(&run);
	}
}

static void scans_take_inputs_apart(void **state)
{
	(void)state;
	CHECK("scan", SCAN,
		{
			{"e", "2x3"  },
                        {"t", "2x3"  },
                        {"a", "2x3"  },
			{"b", "2x5x3"}
        });
}

static void open_dimensions_survive_shape_arithmetic(void **state)
{
	(void)state;
	struct run run;
	run_begin(&run, RESHAPE_OPEN);
	assert_true(run.ok);
	const struct value *y = find(run.model->graph, "y");
	assert_int_equal(y->shape.rank, 2);
	assert_int_equal(y->shape.dim[0], -2); /* symbol 0: batch */
	assert_int_equal(y->shape.dim[1], 12);
	run_end(&run);
}

static void stored_shapes_fill_and_lose(void **state)
{
	(void)state;
	CHECK("stored", STORED,
		{
			{"u", "4x5"},
                        {"r", "2x3"}
        });
	struct run run;
	run_begin(&run, STORED);
	assert_non_null(strstr(run.messages,
		"the file says that 'r' is 2x7, it follows from its inputs "
		"that it is 2x3"));
	run_end(&run);
}

static void constants_fold_and_contradictions_do_not(void **state)
{
	(void)state;
	struct run run;
	run_begin(&run, CONSTANTS);
	/* 3x4 times 3x4: reported, and everything else is inferred. */
	assert_false(run.ok);
	assert_non_null(strstr(run.messages,
		"m.onnx: node 'bad' (MatMul): error: inputs 3x4 and 3x4: inner "
		"sizes 4 and 3 differ"));
	const bool want[] = {true, true, true, false, false};
	for (size_t i = 0; i < run.model->graph->node_count; i++)
		assert_int_equal(run.model->graph->nodes[i]->folded, want[i]);
	run_end(&run);
}

/* The listing says so of them; the last two are layers. */
static void products_of_constants_fold(void **state)
{
	(void)state;
	struct run run;
	struct layer_list list;
	run_begin(&run, PRODUCTS);
	assert_true(run.ok);
	const struct graph *graph = run.model->graph;
	for (size_t i = 0; i < graph->node_count; i++)
		assert_int_equal(graph->nodes[i]->folded,
			i + 2 < graph->node_count);
	assert_true(lower_model(&run.ctx, run.model, &list));
	assert_int_equal(list.count, 2);
	assert_int_equal(list.unmapped_count, 0);
	assert_int_equal(list.total_macs, 2 * 3 * 3 * 3);
	assert_int_equal(list.folded, 8);
	assert_int_equal(list.folded_products, 7); /* but the Transpose */
	run_end(&run);
}

static void presents_are_constant_where_keys_are(void **state)
{
	(void)state;
	static const bool want[] = {false, true, true, false};
	struct run run;
	run_begin(&run, PRESENTS);
	assert_true(run.ok);
	assert_int_equal(run.model->graph->node_count, 4);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(run.model->graph->nodes[i]->folded, want[i]);
	run_end(&run);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(presents_are_constant_where_keys_are),
		cmocka_unit_test(products_of_constants_fold),
		cmocka_unit_test(a_constant_condition_takes_its_branch),
		cmocka_unit_test(branches_agree_on_what_they_share),
		cmocka_unit_test(
			a_branch_that_cannot_take_the_sizes_is_left_out),
		cmocka_unit_test(an_if_without_a_branch_to_take_is_refused),
		cmocka_unit_test(loops_stack_what_steps_yield),
		cmocka_unit_test(trips_are_kept_for_lowering),
		cmocka_unit_test(scans_take_inputs_apart),
		cmocka_unit_test(open_dimensions_survive_shape_arithmetic),
		cmocka_unit_test(stored_shapes_fill_and_lose),
		cmocka_unit_test(constants_fold_and_contradictions_do_not),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
