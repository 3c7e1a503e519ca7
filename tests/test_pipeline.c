/* The stages of a compilation, and what the verifiers between them see: each
 * case is what a stage leaves with one thing wrong in it. */
#include "lib/compilation.h"

#include "codegen/outfile.h"
#include "tests/cmocka.h"

#include <stdlib.h>
#include <string.h>

static const char model[] = "tests/models/mixed.onnx";

struct fixture {
	struct ctx ctx;
	FILE *messages;
	char *printed;
	size_t length;
	struct arch arch;
	struct compile_request request;
	struct compilation *c;
};

static void begin(struct fixture *f)
{
	*f = (struct fixture){.arch = arch_default()};
	f->messages = open_memstream(&f->printed, &f->length);
	ctx_init(&f->ctx, f->messages, NULL);
	f->request = (struct compile_request){
		.arch = &f->arch, .tiles = TILES_PERFECT, .threads = 1};
	f->c = compile_open(&f->ctx, model, "mixed", &f->request);
}

static void end(struct fixture *f)
{
	compile_close(f->c);
	ctx_release(&f->ctx);
	fclose(f->messages);
	free(f->printed);
}

static const char *said(struct fixture *f)
{
	fflush(f->messages);
	return f->printed;
}

/* --- what is wrong -------------------------------------------------------- */

/* a = Conv x, w0; b = Relu a; c = Conv b, w1; d = Conv c, w2; ... */
static struct node *node_of(struct compilation *c, size_t i)
{
	return c->model->graph->nodes[i];
}

static bool undefined_value(struct ctx *ctx, struct compilation *c)
{
	(void)ctx;
	node_of(c, 0)->input[1]->init = NULL;
	return true;
}

static bool value_of_another_node(struct ctx *ctx, struct compilation *c)
{
	(void)ctx;
	node_of(c, 0)->output[0]->producer = node_of(c, 1);
	return true;
}

static bool cycle(struct ctx *ctx, struct compilation *c)
{
	(void)ctx;
	node_of(c, 0)->input[0] = node_of(c, 3)->output[0];
	return true;
}

static bool nodes_out_of_order(struct ctx *ctx, struct compilation *c)
{
	(void)ctx;
	struct node **nodes = c->model->graph->nodes, *first = nodes[0];
	nodes[0] = nodes[1];
	nodes[1] = first;
	return true;
}

static bool undefined_output(struct ctx *ctx, struct compilation *c)
{
	static struct value nothing = {.name = "z"};
	(void)ctx;
	c->model->graph->outputs[0] = &nothing;
	return true;
}

static bool too_many_dimensions(struct ctx *ctx, struct compilation *c)
{
	(void)ctx;
	node_of(c, 0)->output[0]->shape.rank = RANK_MAX + 1;
	return true;
}

static bool unknown_symbol(struct ctx *ctx, struct compilation *c)
{
	(void)ctx;
	node_of(c, 0)->input[1]->shape.dim[2] = -9;
	return true;
}

static bool missing_input(struct ctx *ctx, struct compilation *c)
{
	(void)ctx;
	node_of(c, 2)->input[1] = NULL;
	return true;
}

static bool other_elements(struct ctx *ctx, struct compilation *c)
{
	struct value *value = node_of(c, 0)->output[0];
	value->data = arena_alloc(&ctx->arena, sizeof *value->data);
	*value->data = (struct tensor){.type = value->type,
		.shape = shape_make(ctx, 1, (int64_t[]){3}),
		.count = 3};
	return true;
}

static bool box_outside(struct ctx *ctx, struct compilation *c)
{
	(void)ctx;
	c->layers.layers[1].nests[0].place[OPND_W].base += 1;
	return true;
}

static bool instance_too_many(struct ctx *ctx, struct compilation *c)
{
	(void)ctx;
	c->layers.layers[2].nests[0].instances++;
	return true;
}

static bool layers_turned(struct ctx *ctx, struct compilation *c)
{
	(void)ctx;
	c->layers.layers[1].index = 3;
	return true;
}

static bool node_behind_all(struct ctx *ctx, struct compilation *c)
{
	(void)ctx;
	c->layers.unmapped[1].before_layer = 9;
	return true;
}

static bool another_nest(struct ctx *ctx, struct compilation *c)
{
	(void)ctx;
	c->network.nest_of[c->layers.layers[3].nests[0].id] = 0;
	return true;
}

static bool nest_runs_more(struct ctx *ctx, struct compilation *c)
{
	(void)ctx;
	c->network.nests[0].instances++;
	return true;
}

static bool task_of_no_nest(struct ctx *ctx, struct compilation *c)
{
	(void)ctx;
	c->network.tasks[1].forms[0].nest = 7;
	return true;
}

static bool factor_too_many(struct ctx *ctx, struct compilation *c)
{
	(void)ctx;
	c->results[0].best[OBJ_EDP].winner.mapping.tiling.factor[0][LOOP_M] = 2;
	return true;
}

static bool cycle_too_few(struct ctx *ctx, struct compilation *c)
{
	(void)ctx;
	c->results[2].best[OBJ_CYCLES].winner.estimate.cycles--;
	return true;
}

static bool place_beyond_the_arena(struct ctx *ctx, struct compilation *c)
{
	(void)ctx;
	c->plan.schedule->residences[0].offset = 1 << 20;
	return true;
}

static bool place_taken(struct ctx *ctx, struct compilation *c)
{
	struct residence *r = c->plan.schedule->residences;
	(void)ctx;
	r[2].offset = r[0].offset;
	return true;
}

static bool life_without_end(struct ctx *ctx, struct compilation *c)
{
	(void)ctx;
	c->plan.schedule->residences[3].last = 99;
	return true;
}

static bool total_too_large(struct ctx *ctx, struct compilation *c)
{
	struct plan_totals *t =
		arena_memdup(&ctx->arena, c->plan.totals, sizeof *t);
	t->cycles++;
	c->plan.totals = t;
	return true;
}

static bool cause_left_out(struct ctx *ctx, struct compilation *c)
{
	struct layer_totals *t = arena_memdup(&ctx->arena, c->plan.layer_totals,
		c->plan.layers->count * sizeof *t);
	t[3].cause_cycles[BOUND_COMPUTE] = 0;
	c->plan.layer_totals = t;
	return true;
}

/* clang-format off */
static const struct fault {
	enum stage after;
	stage_verifier *verify;
	bool (*spoil)(struct ctx *ctx, struct compilation *c);
	const char *wanted;
} faults[] = {
	{STAGE_IMPORT, verify_graph, undefined_value,
	 "node 'first' (Conv) uses 'w0', which nothing defines"},
	{STAGE_IMPORT, verify_graph, value_of_another_node,
	 "node 'first' (Conv) is not what makes its output 'a'"},
	{STAGE_IMPORT, verify_graph, cycle,
	 "node 'first' (Conv) uses 'd', which node 'grouped' (Conv) makes "
	 "behind it"},
	{STAGE_IMPORT, verify_graph, nodes_out_of_order,
	 "node 'relu' (Relu) is not node 0 of its graph"},
	{STAGE_IMPORT, verify_graph, undefined_output,
	 "nothing defines the output 'z'"},
	{STAGE_INFER, verify_shapes, too_many_dimensions, "'a' has rank 33"},
	{STAGE_INFER, verify_shapes, unknown_symbol, "dimension 2 of 'w0' is -9"},
	{STAGE_INFER, verify_shapes, missing_input,
	 "node 'second' (Conv) has no input 1"},
	{STAGE_INFER, verify_shapes, other_elements,
	 "'a' is 1x4x6x8 and has the elements of 3"},
	{STAGE_LOWER, verify_layers, box_outside,
	 "operand W of nest 0 (N1 M4 C4 Ox6 Oy8 Fx3 Fy3) lies at elements 1 to "
	 "144 of 'w1', which is 4x4x3x3"},
	{STAGE_LOWER, verify_layers, instance_too_many,
	 "layer 'grouped': its instance loops make 2 of 3 instances"},
	{STAGE_SELECT, verify_layers, layers_turned,
	 "layer 2 stands behind layer 3"},
	{STAGE_SELECT, verify_layers, node_behind_all,
	 "node 'flat' stands before layer 9 of 4"},
	{STAGE_MERGE, verify_nests, another_nest,
	 "layer 'head' has a nest that is not number 0 of the 3 distinct ones"},
	{STAGE_MERGE, verify_nests, nest_runs_more,
	 "nest 0 runs 3 times, the layers run it 2 times"},
	{STAGE_MERGE, verify_nests, task_of_no_nest, "task 1 takes nest 7 of 3"},
	{STAGE_MAP, verify_mappings, factor_too_many,
	 "the mapping of nest N1 M4 C4 Ox6 Oy8 Fx3 Fy3 is none, or does not "
	 "fit"},
	{STAGE_MAP, verify_mappings, cycle_too_few,
	 "the mapping of nest N1 M10 C192 takes "},
	{STAGE_PLACE, verify_schedule, place_beyond_the_arena,
	 "'x' has 768 bytes at 1048576 of "},
	{STAGE_PLACE, verify_schedule, place_taken,
	 "'x' and 'a' lie in one place at the same time"},
	{STAGE_PLACE, verify_schedule, life_without_end,
	 "'b' lives in steps 1 to 99 of 6"},
	{STAGE_PLAN, verify_plan, total_too_large,
	 "the nests take 959940 pJ, 3049 cycles and 16896 multiplications, the "
	 "totals are 959940, 3050 and 16896"},
	{STAGE_PLAN, verify_plan, cause_left_out,
	 "the causes of layer 'head' add up to "},
};
/* clang-format on */

static void faults_are_told(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
		const struct fault *fault = &faults[i];
		struct stage_row rows[STAGES] = {0};
		rows[fault->after] =
			(struct stage_row){.name = stage_name(fault->after),
				.run = fault->spoil,
				.verify = fault->verify};
		struct fixture f;
		begin(&f);
		assert_true(compile_until(&f.ctx, f.c, fault->after));
		/* As if the stage had left it so. */
		f.c->next = fault->after;
		assert_false(stages_run(&f.ctx, rows, f.c, fault->after));
		assert_int_equal(f.ctx.errors, 1);
		const char *wanted = arena_printf(&f.ctx.arena,
			"tests/models/mixed.onnx: error: internal error: after "
			"%s: %s",
			stage_name(fault->after), fault->wanted);
		if (!strstr(said(&f), wanted))
			fail_msg("wanted: %s\nfound: %s", wanted, said(&f));
		end(&f);
	}
}

/* Every stage from every other on, once. */
static void stages_run_once(void **state)
{
	(void)state;
	struct fixture f;
	begin(&f);
	for (int s = 0; s < STAGE_WRITE; s++) {
		assert_true(compile_until(&f.ctx, f.c, (enum stage)s));
		assert_int_equal(f.c->next, s + 1);
		assert_true(compile_until(&f.ctx, f.c, STAGE_IMPORT));
	}
	struct outputs out;
	assert_true(outputs_open(&f.ctx, "build/checked_pipeline", &out));
	struct out_set *set = outputs_set(&f.ctx, &out, "mixed");
	compile_into(f.c, set);
	assert_true(compile_until(&f.ctx, f.c, STAGE_WRITE));
	assert_true(set->count > 0);
	outputs_discard(&out);
	end(&f);
}

/* All that can be printed is what some stage leaves, in their order. */
static void dumps_have_stages(void **state)
{
	(void)state;
	struct fixture f;
	begin(&f);
	enum stage before = STAGE_IMPORT;
	for (size_t i = 0; dump_names[i]; i++) {
		assert_non_null(compile_dump(&f.ctx, f.c, dump_names[i]));
		assert_true(!i || f.c->next > before);
		before = f.c->next;
	}
	end(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(faults_are_told),
		cmocka_unit_test(stages_run_once),
		cmocka_unit_test(dumps_have_stages),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
