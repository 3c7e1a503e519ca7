/* Sequences that go through whole graphs: lists that scripts fill in loops,
 * make shapes of and hand through branches, maps and optionals. Single nodes:
 * tests/shape_cases_sequence.txt. */
#include "import/onnx_graph.h"
#include "passes/infer.h"
#include "passes/lower.h"

#include "tests/cmocka.h"
#include "tests/onnx_nodes.h"

#include <stdlib.h>
#include <string.h>

/* The models' text is laid out by hand, a node a line. */
/* clang-format off */
#define M(value) NUMBER("m", value)
#define X3(a, b) X(ONNX_DIM(a) ONNX_DIM(b))
#define EMPTY NODE("SequenceEmpty", "", OUT("e"), "")
#define PAIR(out, a, b) NODE("SequenceConstruct", IN(a) IN(b), OUT(out), "")
#define AT(out, from, k) \
	NUMBER(out "_k", k) NODE("SequenceAt", IN(from) IN(out "_k"), OUT(out), "")

/* A list that gets x in each of m steps. */
#define APPEND(m) ONNX_GRAPH(X3(2, 3) m EMPTY \
	NODE("Loop", IN("m") IN("") IN("e"), OUT("s"), \
		BODY("body", TAKE("i") TAKE("c") TAKE("t") \
			NODE("Identity", IN("c"), OUT("c2"), "") \
			NODE("SequenceInsert", IN("t") IN("x"), OUT("t2"), "") \
			YIELD("c2") YIELD("t2"))) \
	NODE("ConcatFromSequence", IN("s"), OUT("y"), \
		INT("axis", "1") INT("new_axis", "1")) \
	NODE("SequenceLength", IN("s"), OUT("n"), "") \
	NUMBERS("zero", "1", "0") FLOATS("f", "1", "1") \
	NODE("Unsqueeze", IN("n") IN("zero"), OUT("n1"), "") \
	NODE("Expand", IN("f") IN("n1"), OUT("z"), "") \
	YIELD("y") YIELD("z"))

/* A list of what grows by x in each step. */
#define APPEND_GROWING ONNX_GRAPH(X3(2, 3) M("4") EMPTY \
	NODE("Loop", IN("m") IN("") IN("e") IN("x"), OUT("s") OUT("w"), \
		BODY("body", TAKE("i") TAKE("c") TAKE("t") TAKE("g") \
			NODE("Identity", IN("c"), OUT("c2"), "") \
			NODE("SequenceInsert", IN("t") IN("g"), OUT("t2"), "") \
			NODE("Concat", IN("g") IN("x"), OUT("g2"), \
				INT("axis", "0")) \
			YIELD("c2") YIELD("t2") YIELD("g2"))) \
	NODE("ConcatFromSequence", IN("s"), OUT("y"), INT("axis", "0")) \
	AT("last", "s", "-1") AT("first", "s", "0") \
	YIELD("y") YIELD("w"))

/* Elements are taken away from the front, as long as steps last. */
#define ERASE ONNX_GRAPH(X3(5, 3) M("3") NUMBER("zero", "0") \
	NODE("SplitToSequence", IN("x"), OUT("s"), INT("keepdims", "0")) \
	NODE("Loop", IN("m") IN("") IN("s"), OUT("r"), \
		BODY("body", TAKE("i") TAKE("c") TAKE("t") \
			NODE("Identity", IN("c"), OUT("c2"), "") \
			NODE("SequenceErase", IN("t") IN("zero"), OUT("t2"), "") \
			YIELD("c2") YIELD("t2"))) \
	NODE("ConcatFromSequence", IN("r"), OUT("y"), \
		INT("axis", "0") INT("new_axis", "1")) \
	YIELD("y"))

/* Which branch runs is not known: elements agree where both have them. */
#define BRANCHES ONNX_GRAPH(X3(2, 6) \
	"input { name: 'p' type { tensor_type { elem_type: 9 shape { } } } } " \
	NODE("Transpose", IN("x"), OUT("xt"), "") \
	NODE("If", IN("p"), OUT("s"), \
		BODY("then_branch", PAIR("a", "x", "x") YIELD("a")) \
		BODY("else_branch", PAIR("b", "x", "xt") YIELD("b"))) \
	AT("y", "s", "0") AT("z", "s", "1") \
	NODE("SequenceLength", IN("s"), OUT("n"), "") \
	NUMBERS("zero", "1", "0") \
	NODE("Unsqueeze", IN("n") IN("zero"), OUT("n1"), "") \
	NODE("ConstantOfShape", IN("n1"), OUT("w"), "") \
	YIELD("y") YIELD("z") YIELD("w"))

/* Each of 4, 4 and 1 rows is turned. */
#define MAP ONNX_GRAPH(X3(9, 3) NUMBER("four", "4") \
	NODE("SplitToSequence", IN("x") IN("four"), OUT("s"), "") \
	NODE("SequenceMap", IN("s"), OUT("t"), \
		BODY("body", TAKE("e") \
			NODE("Transpose", IN("e"), OUT("u"), "") YIELD("u"))) \
	AT("y", "t", "-1") \
	NODE("ConcatFromSequence", IN("t"), OUT("z"), INT("axis", "1")) \
	YIELD("y") YIELD("z"))

/* A product of each of three elements. */
#define MAP_PRODUCT ONNX_GRAPH(X3(6, 5) NUMBER("two", "2") \
	FLOATS("w", "5,1", "1,2,3,4,5") \
	NODE("SplitToSequence", IN("x") IN("two"), OUT("s"), "") \
	NODE("SequenceMap", IN("s") IN("w"), OUT("t"), \
		BODY("body", TAKE("e") TAKE("v") \
			NODE("MatMul", IN("e") IN("v"), OUT("u"), "") YIELD("u"))) \
	NODE("ConcatFromSequence", IN("t"), OUT("y"), INT("axis", "0")) \
	YIELD("y"))

/* Scripts keep sizes in lists and make shapes of them. */
#define SIZES ONNX_GRAPH(X(ONNX_DIM(4) NAMED("n") ONNX_DIM(6)) \
	NODE("Shape", IN("x"), OUT("d"), "") \
	NODE("SplitToSequence", IN("d"), OUT("s"), INT("keepdims", "0")) \
	AT("first", "s", "0") AT("middle", "s", "1") AT("last", "s", "2") \
	NODE("Mul", IN("first") IN("last"), OUT("rows"), "") \
	PAIR("list", "rows", "middle") \
	NODE("ConcatFromSequence", IN("list"), OUT("to"), \
		INT("axis", "0") INT("new_axis", "1")) \
	NODE("Reshape", IN("x") IN("to"), OUT("y"), "") \
	YIELD("y"))

#define OPTIONAL ONNX_GRAPH(X3(2, 3) \
	NODE("Transpose", IN("x"), OUT("xt"), "") PAIR("s", "x", "xt") \
	NODE("Optional", IN("s"), OUT("o"), "") \
	NODE("Identity", IN("o"), OUT("o2"), "") \
	NODE("OptionalHasElement", IN("o2"), OUT("has"), "") \
	NODE("OptionalGetElement", IN("o2"), OUT("g"), "") \
	AT("a", "g", "1") \
	NODE("If", IN("has"), OUT("y"), \
		BODY("then_branch", \
			NODE("Relu", IN("a"), OUT("t"), "") YIELD("t")) \
		BODY("else_branch", \
			NODE("Relu", IN("x"), OUT("u"), "") YIELD("u"))) \
	YIELD("y"))
/* clang-format on */

static const struct value *find(const struct graph *graph, const char *name)
{
	for (size_t i = 0; i < graph->value_count; i++)
		if (strcmp(graph->values[i]->name, name) == 0)
			return graph->values[i];
	fail_msg("no value '%s'", name);
	return NULL;
}

static const struct {
	const char *label, *text;
	const char *y, *other, *is; /* shapes of 'y' and of another value */
} cases[] = {
	{"seven steps",   APPEND(M("7")),  "2x7x3", "z",      "7"  },
	{"one step",      APPEND(M("1")),  "2x1x3", "z",      "1"  },
	{"many steps",    APPEND(M("900")), "2x900x3", "z",   "900"},
	{"growing",       APPEND_GROWING,  "20x3",  "last",   "8x3"},
	{"growing",       APPEND_GROWING,  "20x3",  "first",  "2x3"},
	{"the other",     APPEND_GROWING,  "20x3",  "w",      "10x3"},
	{"erased",        ERASE,           "2x3",   "y",      "2x3"},
	{"first agrees",  BRANCHES,        "2x6",   "z",      "?x?"},
	{"as many",       BRANCHES,        "2x6",   "w",      "2"  },
	{"map",           MAP,             "3x1",   "z",      "3x9"},
	{"map, product",  MAP_PRODUCT,     "6x1",   "y",      "6x1"},
	{"sizes",         SIZES,           "24x?",  "to",     "2"  },
	{"optional",      OPTIONAL,        "3x2",   "a",      "3x2"},
};

static void elements_are_followed(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct ctx ctx;
		struct model *model;
		size_t length;
		ctx_init(&ctx, stderr, NULL);
		const uint8_t *bytes =
			onnx_text(&ctx.arena, cases[i].text, &length);
		if (!onnx_read_bytes(&ctx, "m.onnx", bytes, length, &model) ||
			!shapes_infer(&ctx, model))
			fail_msg("%s: refused", cases[i].label);
		const char *name[] = {"y", cases[i].other};
		const char *want[] = {cases[i].y, cases[i].is};
		for (int k = 0; k < 2; k++) {
			const char *found = shape_text(
				&ctx, &find(model->graph, name[k])->shape);
			if (strcmp(found, want[k]) != 0)
				fail_msg("%s: '%s' is %s, expected %s",
					cases[i].label, name[k], found,
					want[k]);
		}
		onnx_close(model);
		ctx_release(&ctx);
	}
}

/* No step, or fewer: the list stays as it came, and nothing can be joined. */
static void loops_of_no_steps_leave_the_list(void **state)
{
	(void)state;
	static const char *const texts[] = {APPEND(M("0")), APPEND(M("-3"))};
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		struct ctx ctx;
		struct model *model;
		char *messages = NULL;
		size_t length, said;
		FILE *sink = open_memstream(&messages, &said);
		ctx_init(&ctx, sink, NULL);
		const uint8_t *bytes = onnx_text(&ctx.arena, texts[i], &length);
		assert_true(onnx_read_bytes(
			&ctx, "m.onnx", bytes, length, &model));
		assert_false(shapes_infer(&ctx, model));
		fflush(sink);
		assert_non_null(strstr(messages, "its sequence is empty"));
		onnx_close(model);
		ctx_release(&ctx);
		fclose(sink);
		free(messages);
	}
}

/* A product in a map runs once an element. */
static void maps_run_once_an_element(void **state)
{
	(void)state;
	struct ctx ctx;
	struct model *model;
	struct layer_list list;
	size_t length;
	ctx_init(&ctx, stderr, NULL);
	const uint8_t *bytes = onnx_text(&ctx.arena, MAP_PRODUCT, &length);
	assert_true(onnx_read_bytes(&ctx, "m.onnx", bytes, length, &model));
	assert_true(shapes_infer(&ctx, model));
	assert_true(lower_model(&ctx, model, &list));
	assert_int_equal(list.count, 1);
	assert_int_equal(list.layers[0].executions, 3);
	assert_true(list.layers[0].executions_known);
	assert_int_equal(list.layers[0].macs, 2 * 5);
	onnx_close(model);
	ctx_release(&ctx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(elements_are_followed),
		cmocka_unit_test(loops_of_no_steps_leave_the_list),
		cmocka_unit_test(maps_run_once_an_element),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
