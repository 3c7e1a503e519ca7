/* Ifs whose condition stays open: which branch sums count, and what the other
 * one has in its place. */
#include "import/onnx_graph.h"
#include "ir/fork.h"
#include "ir/left_out.h"
#include "passes/infer.h"
#include "passes/lower.h"

#include "tests/cmocka.h"
#include "tests/onnx_text.h"

#include <string.h>

/* x (1x4) times w1 (4x1), w2 (4x2), ... : 4, 8, ... multiplications. The
 * condition c hangs on a value of f. */
/* clang-format off */
#define MODEL(nodes) ONNX_GRAPH( \
	ONNX_VALUE("input", "x", ONNX_DIM(1) ONNX_DIM(4)) \
	ONNX_VALUE("input", "w1", ONNX_DIM(4) ONNX_DIM(1)) \
	ONNX_VALUE("input", "w2", ONNX_DIM(4) ONNX_DIM(2)) \
	ONNX_VALUE("input", "w3", ONNX_DIM(4) ONNX_DIM(3)) \
	ONNX_VALUE("input", "w4", ONNX_DIM(4) ONNX_DIM(4)) \
	ONNX_VALUE("input", "f", "") \
	"initializer { name: 'm' data_type: 7 int64_data: [3] } " \
	"node { op_type: 'Cast' input: 'f' output: 'c' attribute { " \
	"name: 'to' type: INT i: 9 } } " \
	nodes "output { name: 'y' } ")
#define PRODUCT(w, out) \
	"node { op_type: 'MatMul' input: 'x' input: '" w "' output: '" out \
	"' name: '" out "' } "
#define COPY(out) \
	"node { op_type: 'Identity' input: 'x' output: '" out "' } "
#define BODY(name, out, nodes) \
	"attribute { name: '" name "' type: GRAPH g { name: '" name "' " nodes \
	"output { name: '" out "' } } } "
#define IF(out, then_out, then_nodes, else_out, else_nodes) \
	"node { op_type: 'If' name: '" out "' input: 'c' output: '" out "' " \
	BODY("then_branch", then_out, then_nodes) \
	BODY("else_branch", else_out, else_nodes) "} "
/* Three times */
#define LOOP(out, step, nodes) \
	"node { op_type: 'Loop' name: '" out "' input: 'm' input: '' " \
	"output: '" out "' attribute { name: 'body' type: GRAPH g { " \
	"name: 'body' input { name: 'i' } input { name: 'k' } " \
	"node { op_type: 'Identity' input: 'k' output: 'k2' } " nodes \
	"output { name: 'k2' } output { name: '" step "' } } } } "
/* clang-format on */

/* "12; y then 10; t else 8; aside b e": the sum; each fork, its branch that
 * counts and what the other has; layers that do not count. */
static const char *list_text(struct ctx *ctx, const struct layer_list *list)
{
	const char *text =
		arena_printf(&ctx->arena, "%lld", (long long)list->total_macs);
	for (size_t k = 0; k < list->fork_count; k++) {
		const struct fork *fork = &list->forks[k];
		int64_t other = 0;
		for (size_t i = 0; i < list->count; i++)
			if (fork_other_has(list, k, &list->layers[i]))
				other += list->layers[i].macs *
					list->layers[i].executions;
		assert_int_equal(other, fork->macs[!fork->then]);
		text = arena_printf(&ctx->arena, "%s; %s %s %lld", text,
			fork->node, fork->then ? "then" : "else",
			(long long)other);
	}
	const char *before = "; aside";
	for (size_t i = 0; i < list->count; i++)
		if (list->layers[i].aside) {
			text = arena_printf(&ctx->arena, "%s%s %s", text,
				before, list->layers[i].name);
			before = "";
		}
	return text;
}

static void lower_text(
	struct ctx *ctx, const char *text, struct layer_list *list)
{
	struct model *model;
	size_t length;
	const uint8_t *bytes = onnx_text(&ctx->arena, text, &length);
	assert_true(onnx_read_bytes(ctx, "m.onnx", bytes, length, &model));
	assert_true(shapes_infer(ctx, model));
	assert_true(lower_model(ctx, model, list));
	onnx_close(model);
}

static void sums_are_those_of_one_run(void **state)
{
	(void)state;
	static const struct {
		const char *nodes, *want;
	} cases[] = {
  /* nothing is open */
		{MODEL(PRODUCT("w3",                   "y")),                     "12"                       },
 /* the larger one; of equals the then-branch */
		{										    MODEL(IF("y",						     "t",																													    PRODUCT("w2",																																																										"t"),																																																																																																										      "e",
                 PRODUCT("w3",																																																																																																																																																																																																																																																																																																																																																																																																																																																																																																																																																																																																																																																																																																																																																																																																																																						     "e"))),
                 "12; y else 8; aside t"},
		{														     MODEL(IF("y",						    "t",																															     PRODUCT("w2",																																																											 "t"),																																																																																																																																																																																																																																		"e",
                 PRODUCT("w2",																																																																																																																																																																																																																																																																																																																																																																																																																																																																																																																																																																																																																																																																																																																																																																																																																																					   "e"))),
                 "8; y then 8; aside e"},
 /* what stands outside counts besides */
		{								      MODEL(PRODUCT("w4",							    "p") IF("y",																																	    "t",																																																																																																																						     PRODUCT("w2",																																																																																																																																																																																																																																	"t"),																																																																																																																																																																																																																																																																																																																																																																																																																																										     "e",
                 PRODUCT("w3", "e"))),
                 "28; y else 8; aside t"},
 /* a branch without layers; and none in both */
		{ MODEL(IF("y",							   "t",																																																										      COPY("t"),																																																																																																																						 "e",																																																																																																																																																																																																													     PRODUCT("w3",																																																																																																																																																																																																																																																																																																																																																																																																																				       "e"))),
                 "12; y else 0"},
		{																		  MODEL(IF("y",                  "t", COPY("t"), "e", COPY("e"))), "0"},
 /* one after the other */
		{																				      MODEL(IF("u",																											       "t",																																																								PRODUCT("w2",																																																																																																																			   "t"),																																																																																																																																																																																																								   "e",																																																																																																																																																																																																																																																																																																																																																																																					      PRODUCT("w3",																																																																																																																																																																																																																																																																																																																																																																																																																																																																																																																																																																																																																																																																																																																																																																																																																																							   "e"))
				 IF("y", "t2", PRODUCT("w4", "t2"), "e2",
                 PRODUCT("w1", "e2"))),
                 "28; u else 8; y then 4; aside t e2"},
 /* from inside out: 12 of the inner one against 8, and 16 */
		{																				      MODEL(IF("y",																												 "t",
                 IF("t",																																																																																																																						"a",																																																																																																																																																																																																																																   PRODUCT("w1",																																																																																																																																																																																																																																																																																																																																																																																																																																									 "a"),																																																																																																																																																																																																																																																																																																																																																																																																																																																																																																																																																																																																																																																																																																																																																																																																																																			    "b",
                 PRODUCT("w3", "b")),
                 "e", PRODUCT("w2", "e"))),
                 "12; y then 8; t else 4; aside a e"},
		{														MODEL(IF("y",																					    "t",
                 IF("t",																																																																																																																						     "a",																																																																																																																																																																																																																																	 PRODUCT("w1",																																																																																																																																																																																																																																																																																																																																																																																																																																													 "a"),																																																																																																																																																																																																																																																																																																																																																																																																																																																																																																																																																																																																																																																																																																																																																																																																																																						"b",
                 PRODUCT("w3", "b")),
                 "e", PRODUCT("w4", "e"))),
                 "16; y else 12; t else 4; aside a b"},
 /* not 8 + 12: the inner one takes one of them */
		{											  MODEL(IF("y", "t",																								    PRODUCT("w4",																																																																	    "t"),																																																																																																																																																																																																																																		      "e",
                 IF("e",																																																																																																																																																																																																																																																																																																																																																																																																																																																																																																																																																																																																																																																																																																																																																																																																																																					"a", PRODUCT("w2", "a"), "b",
                 PRODUCT("w3", "b")))),
                 "16; y then 12; e else 8; aside a b"},
 /* a loop around, and one inside */
		{																	      MODEL(LOOP("y",																									      "s",
                 IF("s",																																																																					    "t",																																																																																																																																																																																																																																		      PRODUCT("w2",																																																																																																																																																																																																																																																																																																																																																																						      "t"),																																																																																																																																																																																																																																																																																																																																																																																																																																																																																																																													"e",
                 PRODUCT("w3", "e")))),
                 "36; s else 24; aside t"},
		{																			  MODEL(IF("y",																											  "t",																																				   LOOP("t",																																																																				  "s",																																																																																																																																										 PRODUCT("w2",																																																																																																																																																																																																																																																																															   "s")),																																																																																																																																																																																																																																																																																																																																																																																																																																																																																																																														  "e",
                 PRODUCT("w4", "e"))),
                 "24; y then 16; aside e"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct ctx ctx;
		struct layer_list list;
		ctx_init(&ctx, stderr, NULL);
		lower_text(&ctx, cases[i].nodes, &list);
		const char *found = list_text(&ctx, &list);
		if (strcmp(found, cases[i].want) != 0)
			fail_msg("case %zu: %s, expected %s", i, found,
				cases[i].want);
		ctx_release(&ctx);
	}
}

/* Layers taken away decide anew. */
static void what_is_left_counts(void **state)
{
	(void)state;
	static const char model[] = MODEL(IF("y", "t",
		IF("t", "a", PRODUCT("w1", "a"), "b", PRODUCT("w3", "b")), "e",
		PRODUCT("w4", "e")));
	static const char *const want[] = {/* a, b or e alone */
		"16; y then 0; t then 0", "16; y then 0; t else 0",
		"16; y else 0"};
	for (size_t keep = 0; keep < 3; keep++) {
		struct ctx ctx;
		struct layer_list list;
		ctx_init(&ctx, stderr, NULL);
		lower_text(&ctx, model, &list);
		assert_int_equal(list.count, 3);
		/* By name: which branch comes first is the file's affair. */
		for (size_t i = 0; i < 3; i++)
			if (list.layers[i].name[0] == "abe"[keep])
				list.layers[0] = list.layers[i];
		list.count = 1;
		assert_true(forks_settle(&ctx, &list));
		assert_string_equal(list_text(&ctx, &list), want[keep]);
		ctx_release(&ctx);
	}
}

#define ODD(out) \
	"node { op_type: 'Odd' domain: 'my' input: 'x' output: '" out "' } "

/* Nodes that multiply and are no layer count as left out where their branch
 * counts. */
static void what_is_left_out_counts_likewise(void **state)
{
	(void)state;
	static const struct {
		const char *nodes;
		size_t nodes_left_out;
	} cases[] = {
		{MODEL(ODD("u") PRODUCT("w3", "y")), 1},
		{MODEL(IF("y", "t", ODD("t") PRODUCT("w1", "v"), "e",
			 PRODUCT("w3", "e"))),
			0},
		{MODEL(IF("y", "t", ODD("t") PRODUCT("w4", "v"), "e",
			 PRODUCT("w3", "e"))),
			1},
		/* an inner If without layers is no fork */
		{MODEL(IF("y", "t", PRODUCT("w4", "t"), "e",
			 PRODUCT("w1", "v") IF("e", "a", ODD("a"), "b",
				 COPY("b")))),
			0},
		{MODEL(IF("y", "t", ODD("t"), "e", COPY("e"))), 1},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct ctx ctx;
		struct layer_list list;
		ctx_init(&ctx, stderr, NULL);
		lower_text(&ctx, cases[i].nodes, &list);
		if (left_out_of(&list).nodes != cases[i].nodes_left_out)
			fail_msg("case %zu: %zu left out", i,
				left_out_of(&list).nodes);
		ctx_release(&ctx);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sums_are_those_of_one_run),
		cmocka_unit_test(what_is_left_counts),
		cmocka_unit_test(what_is_left_out_counts_likewise),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
