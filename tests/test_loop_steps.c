/* Loops of known trips whose tensors grow: every step has its own layers. */
#include "import/onnx_graph.h"
#include "passes/infer.h"
#include "passes/lower.h"

#include "tests/cmocka.h"
#include "tests/onnx_text.h"

#include <string.h>

/* clang-format off */
/* x is 1x4, w 4x2; none is 0x4. */
#define MODEL(nodes) ONNX_GRAPH( \
	ONNX_VALUE("input", "x", ONNX_DIM(1) ONNX_DIM(4)) \
	ONNX_VALUE("input", "w", ONNX_DIM(4) ONNX_DIM(2)) \
	ONNX_VALUE("input", "f", "") \
	"initializer { name: 'empty' data_type: 7 dims: [2] " \
	"int64_data: [0, 4] } " \
	"initializer { name: 'n600' data_type: 7 int64_data: [600] } " \
	"initializer { name: 'n0' data_type: 7 int64_data: [0] } " \
	"initializer { name: 'n1' data_type: 7 int64_data: [1] } " \
	"initializer { name: 'n2' data_type: 7 int64_data: [2] } " \
	"initializer { name: 'n3' data_type: 7 int64_data: [3] } " \
	"initializer { name: 'one' data_type: 7 dims: [1] int64_data: [1] } " \
	NODE("ConstantOfShape", IN("empty"), OUT("none"), "") \
	NODE("Cast", IN("f"), OUT("open"), \
		"attribute { name: 'to' type: INT i: 9 } ") \
	nodes "output { name: 'y' } ")
#define IN(name) "input: '" name "' "
#define OUT(name) "output: '" name "' "
#define NODE(op, in, out, more) "node { op_type: '" op "' " in out more "} "
#define ROWS "attribute { name: 'axis' type: INT i: 0 } "
#define GRAPH(name, fields) \
	"attribute { name: '" name "' type: GRAPH g { name: '" name "' " \
	fields "} } "
#define TAKE(name) "input { name: '" name "' } "
#define YIELD(name) "output { name: '" name "' } "
/* h grows by a row a step; its product is 8 multiplications a row. */
#define GROW(trips, begin, out) \
	NODE("Loop", IN(trips) IN("") IN(begin), OUT(out), "name: '" out "' " \
		GRAPH("body", TAKE("i") TAKE("k") TAKE("h") \
			NODE("Identity", IN("k"), OUT("k2"), "") \
			NODE("Concat", IN("h") IN("x"), OUT("h2"), ROWS) \
			NODE("MatMul", IN("h2") IN("w"), OUT("p"), \
				"name: 'p' ") \
			YIELD("k2") YIELD("h2")))
#define AFTER(in) \
	NODE("MatMul", IN(in) IN("w"), OUT("y"), "name: 'after' ")
/* Rows 0 .. i of what began, by the number of the step; the state shrinks. */
#define CUT \
	NODE("Concat", IN("x") IN("x") IN("x") IN("x"), OUT("four"), ROWS) \
	NODE("Loop", IN("n3") IN("") IN("four"), OUT("s"), \
		GRAPH("body", TAKE("i") TAKE("k") TAKE("h") \
			NODE("Identity", IN("k"), OUT("k2"), "") \
			NODE("Unsqueeze", IN("i") IN("zero"), OUT("i1"), "") \
			NODE("Add", IN("i1") IN("one"), OUT("end"), "") \
			NODE("Slice", IN("h") IN("zero") IN("end") IN("zero"), \
				OUT("h2"), "") \
			NODE("MatMul", IN("h2") IN("w"), OUT("p"), \
				"name: 'p' ") \
			YIELD("k2") YIELD("four"))) \
	"initializer { name: 'zero' data_type: 7 dims: [1] int64_data: [0] } " \
	AFTER("s")
/* while (n < 3) n = n + 1: a condition that is computed. */
#define WHILE(begin, grows) \
	NODE("Less", IN(begin) IN("n3"), OUT("first"), "") \
	NODE("Loop", IN("") IN("first") IN(begin) IN("x"), \
		OUT("last") OUT("s"), \
		GRAPH("body", TAKE("i") TAKE("k") TAKE("n") TAKE("h") \
			NODE("Add", IN("n") IN("n1"), OUT("m"), "") \
			NODE("Less", IN("m") IN("n3"), OUT("go"), "") \
			grows \
			NODE("MatMul", IN("h2") IN("w"), OUT("p"), \
				"name: 'p' ") \
			YIELD("go") YIELD("m") YIELD("h2"))) \
	AFTER("s")
#define CONCAT NODE("Concat", IN("h") IN("x"), OUT("h2"), ROWS)
#define SAME NODE("Identity", IN("h"), OUT("h2"), "")
/* A loop of two steps around one that grows anew in each. */
#define TWICE \
	NODE("Loop", IN("n2") IN(""), OUT("all"), \
		GRAPH("body", TAKE("oi") TAKE("ok") \
			NODE("Identity", IN("ok"), OUT("ok2"), "") \
			GROW("n3", "x", "s") \
			YIELD("ok2") YIELD("s"))) \
	NODE("Reshape", IN("all") IN("flat"), OUT("r"), "") \
	"initializer { name: 'flat' data_type: 7 dims: [2] " \
	"int64_data: [-1, 4] } " AFTER("r")
/* One that grows in a branch of an open If. */
#define BRANCH \
	NODE("If", IN("open"), OUT("y"), \
		GRAPH("then_branch", GROW("n3", "x", "s") YIELD("s")) \
		GRAPH("else_branch", \
			NODE("Identity", IN("x"), OUT("e"), "") YIELD("e")))
/* Elements of 2, 2 and 1 rows; each has its product. */
#define MAP \
	NODE("Concat", IN("x") IN("x") IN("x") IN("x") IN("x"), OUT("five"), \
		ROWS) \
	NODE("SplitToSequence", IN("five") IN("n2"), OUT("seq"), ROWS) \
	NODE("SequenceMap", IN("seq") IN("w"), OUT("made"), \
		GRAPH("body", TAKE("e") TAKE("v") \
			NODE("MatMul", IN("e") IN("v"), OUT("p"), \
				"name: 'p' ") \
			YIELD("p"))) \
	NODE("ConcatFromSequence", IN("made"), OUT("rows"), ROWS) \
	NODE("Transpose", IN("w"), OUT("wt"), "") \
	NODE("MatMul", IN("rows") IN("wt"), OUT("y"), "name: 'after' ")
/* clang-format on */

/* "120: p[0] 16 p[1] 24 ... after 48"; " x 3" behind a layer that is executed
 * three times; '?' in place of those whose sizes are not known. */
static const char *list_text(struct ctx *ctx, const struct layer_list *list)
{
	const char *text = arena_printf(
		&ctx->arena, "%lld:", (long long)list->total_macs);
	for (size_t i = 0; i < list->count; i++) {
		const struct layer *l = &list->layers[i];
		text = arena_printf(&ctx->arena, "%s %s %lld", text, l->name,
			(long long)l->macs);
		if (l->executions != 1)
			text = arena_printf(&ctx->arena, "%s x %lld", text,
				(long long)l->executions);
	}
	for (size_t i = 0; i < list->unmapped_count; i++)
		if (list->unmapped[i].unresolved)
			text = arena_printf(&ctx->arena, "%s ?", text);
	return text;
}

static void steps_have_their_own_layers(void **state)
{
	(void)state;
	static const struct {
		const char *text, *want;
	} cases[] = {
		/* rows 2, 3, 4 in the steps, 4 in the end */
		{MODEL(GROW("n3", "x", "s") AFTER("s")),
			"104: p[0] 16 p[1] 24 p[2] 32 after 32"},
		/* from nothing */
		{MODEL(GROW("n3", "none", "s") AFTER("s")),
			"72: p[0] 8 p[1] 16 p[2] 24 after 24"},
		{MODEL(GROW("n1", "none", "s") AFTER("s")),
			"16: p[0] 8 after 8"},
		{MODEL(GROW("n0", "x", "s") AFTER("s")), "8: after 8"},
		/* sizes that hang on the number of the step */
		{MODEL(CUT), "80: p[0] 8 p[1] 16 p[2] 24 after 32"},
		/* conditions that are computed */
		{MODEL(WHILE("n0", CONCAT)),
			"104: p[0] 16 p[1] 24 p[2] 32 after 32"},
		{MODEL(WHILE("n2", CONCAT)), "32: p[0] 16 after 16"},
		{MODEL(WHILE("n0", SAME)), "32: p 8 x 3 after 8"},
		/* within other control flow */
		{MODEL(TWICE),
			"208: p[0] 16 x 2 p[1] 24 x 2 p[2] 32 x 2 after 64"},
		{MODEL(BRANCH), "72: p[0] 16 p[1] 24 p[2] 32"},
		/* elements of a sequence */
		{MODEL(MAP), "80: p[0] 16 p[1] 16 p[2] 8 after 40"},
		/* too many steps, and no number */
		{MODEL(GROW("n600", "x", "s") AFTER("s")), "4808: after 4808 ?"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct ctx ctx;
		struct layer_list list;
		struct model *model;
		size_t length;
		ctx_init(&ctx, stderr, NULL);
		ctx.quiet = true;
		const uint8_t *bytes =
			onnx_text(&ctx.arena, cases[i].text, &length);
		assert_true(onnx_read_bytes(
			&ctx, "m.onnx", bytes, length, &model));
		if (!shapes_infer(&ctx, model) ||
			!lower_model(&ctx, model, &list))
			fail_msg("case %zu", i);
		const char *found = list_text(&ctx, &list);
		if (strcmp(found, cases[i].want) != 0)
			fail_msg("case %zu: %s, expected %s", i, found,
				cases[i].want);
		onnx_close(model);
		ctx_release(&ctx);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(steps_have_their_own_layers),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
