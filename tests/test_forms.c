/* Forms of products: which there are, which is the best, and that equivalent
 * models have equal ones. */
#include "mapper/forms.h"

#include "schedule/plan.h"
#include "passes/lower.h"
#include "tests/cmocka.h"
#include "tests/small_graph.h"

#include <math.h>
#include <string.h>

/* A model of one node on a machine, searched. */
struct trial {
	struct ctx ctx;
	struct small_graph small;
	struct layer_list layers;
	struct network network;
	struct arch arch;
	struct search_result *results;
};

static void trial_open(struct trial *t)
{
	ctx_init(&t->ctx, stderr, NULL);
	small_init(&t->ctx, &t->small);
	t->arch = arch_default();
	t->arch.pes = 16;
	t->arch.rf_bytes = 128;
	t->arch.spm_banks = 16;
	t->arch.bank_bytes = 256;
}

struct node_text {
	/* in: "float 2x3"; "-": left out */
	const char *op, *in[7], *out, *attrs;
};

static void trial_lower(struct trial *t, const struct node_text *n)
{
	struct arena *a = &t->ctx.arena;
	static const char none[] = "-";
	struct value *in[8] = {0};
	for (int i = 0; i < 7 && n->in[i]; i++)
		in[i] = strcmp(n->in[i], none) == 0
			? &small_none
			: small_value(&t->small,
				  arena_printf(a, "in%d %s", i, n->in[i]));
	struct value *out[] = {
		small_value(&t->small, arena_printf(a, "y %s", n->out)), NULL};
	small_attrs(&t->small, small_node(&t->small, n->op, in, out), n->attrs);
	assert_true(lower_model(&t->ctx, &t->small.model, &t->layers));
	assert_int_equal(t->layers.count, 1);
}

static void trial_search(struct trial *t)
{
	const struct search_options options = {
		.rule = BURST_TRUE, .tiles = TILES_PERFECT};
	assert_true(network_make(&t->ctx, &t->layers, &t->network));
	t->results = arena_array(
		&t->ctx.arena, t->network.count, sizeof *t->results);
	assert_true(search_network(&t->ctx, &t->network, &t->arch, search_exact,
		&options, 1, t->results));
}

/* What a nest of the layer takes in its best form, and the form. */
struct taken {
	double value;
	const struct layer_nest *form;
};

static struct taken nest_take(
	struct trial *t, size_t nest, enum objective objective)
{
	const struct layer_nest *ln = &t->layers.layers[0].nests[nest];
	const struct task *task = 
		&t->network.tasks[t->network.task_of[ln->id]];
	const double *value =
		result_values(&t->ctx, objective, t->results, t->network.count);
	size_t f = task_choose(task, objective, value);
	const struct layer_nest *form = ln->form_count ? &ln->forms[f] : ln;
	assert_true(f < task->form_count);
	return (struct taken){instances_value(objective, 
				      value[network_nest(&t->network, form)],
				      form->instances),
		form};
}

/* --- one attention in several operators ------------------------------------
 */

/* Batch 2, 4 heads of 8 that share 2, 8 queries, 16 keys. 'nest' of the layer
 * is scores x V. */
/* clang-format off */
static const struct {
	struct node_text node;
	size_t nest;
	bool same; /* as the first: rows of heads side by side */
} attentions[] = {
	{{"Attention",
			{"float 2x8x32", "float 2x16x16", "float 2x16x16"},
			"float 2x8x32", "q_num_heads=4 kv_num_heads=2"}, 1,
		true},
	{{"Einsum", {"float 2x2x2x8x16", "float 2x16x2x8"},
			"float 2x8x2x2x8", "equation=bkgst,btkd->bskgd"}, 0,
		true},
	{{"Attention",
			{"float 2x4x8x8", "float 2x2x16x8", "float 2x2x16x8"},
			"float 2x4x8x8", ""}, 1, false},
	{{"Einsum", {"float 2x2x2x8x16", "float 2x2x16x8"},
			"float 2x2x2x8x8", "equation=bkgst,bktd->bkgsd"}, 0,
		false},
};
/* clang-format on */

static void equivalent_attentions_cost_the_same(void **state)
{
	(void)state;
	double first[OBJ_COUNT] = {0};
	for (size_t i = 0; i < sizeof attentions / sizeof *attentions; i++) {
		static struct trial t;
		trial_open(&t);
		trial_lower(&t, &attentions[i].node);
		trial_search(&t);
		size_t n = attentions[i].nest;
		const struct layer_nest *ln = &t.layers.layers[0].nests[n];
		/* The same nest and count, whatever the operator. */
		assert_int_equal(ln->instances, 4);
		assert_int_equal(ln->nest.bound[LOOP_N], 16);
		for (int o = 0; o < OBJ_COUNT; o++) {
			double value =
				nest_take(&t, n, (enum objective)o).value;
			if (i == 0)
				first[o] = value;
			/* Heads outside: bursts are no shorter. */
			assert_true(attentions[i].same ? value == first[o]
						       : value <= first[o]);
		}
		ctx_release(&t.ctx);
	}
}

/* V x scores instead: columns have the forms that rows have. */
static void operands_cost_the_same_in_either_order(void **state)
{
	(void)state;
	/* clang-format off */
	static const struct node_text nodes[] = {
		{"Einsum", {"float 2x4x8x16", "float 2x16x12"},
			"float 8x2x4x12", "equation=kgst,ktd->skgd"},
		{"Einsum", {"float 2x16x12", "float 2x4x8x16"},
			"float 8x2x4x12", "equation=ktd,kgst->skgd"},
	};
	/* clang-format on */
	double first[OBJ_COUNT] = {0};
	for (size_t i = 0; i < sizeof nodes / sizeof *nodes; i++) {
		static struct trial t;
		trial_open(&t);
		trial_lower(&t, &nodes[i]);
		trial_search(&t);
		for (int o = 0; o < OBJ_COUNT; o++) {
			const struct taken taken =
				nest_take(&t, 0, (enum objective)o);
			if (i == 0)
				first[o] = taken.value;
			assert_true(taken.value == first[o]);
		}
		ctx_release(&t.ctx);
	}
}

/* Of a prefill without a past; scores x V once more. */
static void grouped_queries_cost_what_attention_does(void **state)
{
	(void)state;
	/* clang-format off */
	static const struct node_text nodes[] = {
		{"Attention",
			{"float 2x8x32", "float 2x8x16", "float 2x8x16"},
			"float 2x8x32", "q_num_heads=4 kv_num_heads=2"},
		{"com.microsoft.GroupQueryAttention",
			{"float 2x8x32", "float 2x8x16", "float 2x8x16", "-",
				"-", "int32 2", "int32 1"}, "float 2x8x32",
			"num_heads=4 kv_num_heads=2"},
	};
	/* clang-format on */
	double first[2] = {0};
	for (size_t i = 0; i < sizeof nodes / sizeof *nodes; i++) {
		static struct trial t;
		trial_open(&t);
		trial_lower(&t, &nodes[i]);
		trial_search(&t);
		for (size_t n = 0; n < 2; n++) {
			const struct taken taken = nest_take(&t, n, OBJ_EDP);
			if (i == 0)
				first[n] = taken.value;
			assert_true(taken.value == first[n]);
		}
		ctx_release(&t.ctx);
	}
}

/* As many heads of K: nothing to join, in any operator. */
static void heads_of_their_own(void **state)
{
	(void)state;
	/* clang-format off */
	static const struct node_text nodes[] = {
		{"Attention",
			{"float 2x8x16", "float 2x12x16", "float 2x12x16"},
			"float 2x8x16", "q_num_heads=2 kv_num_heads=2"},
		{"com.microsoft.MultiHeadAttention",
			{"float 2x8x16", "float 2x12x16", "float 2x12x16"},
			"float 2x8x16", "num_heads=2"},
	};
	/* clang-format on */
	double first[2] = {0};
	for (size_t i = 0; i < sizeof nodes / sizeof *nodes; i++) {
		static struct trial t;
		trial_open(&t);
		trial_lower(&t, &nodes[i]);
		trial_search(&t);
		for (size_t n = 0; n < 2; n++) {
			const struct taken taken = nest_take(&t, n, OBJ_EDP);
			assert_int_equal(taken.form->form_count, 0);
			if (i == 0)
				first[n] = taken.value;
			assert_true(taken.value == first[n]);
		}
		ctx_release(&t.ctx);
	}
}

/* --- the choice ------------------------------------------------------------
 */

/* No form is better than the one that is taken, the innermost index alone among
 * them, which was all there was once. */
static void the_best_form_is_taken(void **state)
{
	(void)state;
	static const struct node_text nodes[] = {
  /* grouped heads; relative positions of windows */
		{"Einsum", {"float 2x4x32x16", "float 2x16x8"},
                 "float 32x2x4x8",					       "equation=kgst,ktd->skgd"},
		{"Einsum", {"float 12x4x4x16", "float 4x4x16"},
                 "float 12x4x4x4",					       "equation=bhwc,hkc->bhwk"},
		{"MatMul", {"float 2x1x4x8", "float 1x3x8x6"},  "float 2x3x4x6",
                 ""										       },
	};
	for (size_t i = 0; i < sizeof nodes / sizeof *nodes; i++) {
		static struct trial t;
		trial_open(&t);
		trial_lower(&t, &nodes[i]);
		trial_search(&t);
		const struct layer_nest *ln = &t.layers.layers[0].nests[0];
		assert_true(ln->form_count >= 4);
		for (int o = 0; o < OBJ_COUNT; o++) {
			const struct taken taken =
				nest_take(&t, 0, (enum objective)o);
			const double *value = result_values(&t.ctx,
				(enum objective)o, t.results, t.network.count);
			for (size_t f = 0; f < ln->form_count; f++) {
				const struct layer_nest *form = &ln->forms[f];
				double other = instances_value(
					(enum objective)o,
					value[network_nest(&t.network, form)],
					form->instances);
				assert_true(taken.value <= other);
				if (taken.value == other)
					assert_true(taken.form->instances <=
						form->instances);
			}
		}
		ctx_release(&t.ctx);
	}
}

static void ties_go_to_fewest_instances(void **state)
{
	(void)state;
	struct nest_form forms[] = {
		{0, 4, false},
		{1, 2, false},
		{2, 2, false},
		{3, 1, false},
	};
	const struct task task = {.form_count = 4, .forms = forms, .runs = 1};
	const double tie[] = {2, 4, 4, INFINITY}, least[] = {1, 4, 4, 9};
	const double none[] = {INFINITY, INFINITY, INFINITY, INFINITY};
	assert_int_equal(task_choose(&task, OBJ_ENERGY, tie), 1);
	assert_int_equal(task_choose(&task, OBJ_ENERGY, least), 0);
	assert_int_equal(task_choose(&task, OBJ_ENERGY, none), 4);
	/* Four runs of an EDP of 2: 32; two of 4: 16; one of 9. */
	const double edp[] = {2, 4, 4, 9};
	assert_int_equal(task_choose(&task, OBJ_EDP, edp), 3);
}

/* --- what is too large to be merged ----------------------------------------
 */

static void reserves_are_for_what_cannot_be_counted(void **state)
{
	(void)state;
	/* 4 heads share one of K; rows of all are dense, and merge. */
	static const struct {
		struct node_text node;
		int64_t rows; /* of the first form */
		/* What the machine counts: of the first form; how many. */
		int64_t admitted, instances;
		size_t forms;
	} cases[] = {
		{{"Einsum", {"float 4x2048x64", "float 2048x64"},
			 "float 4x2048x2048", "equation=gsd,td->gst"},
                 8192,    8192,   1,       0},
 /* 3.5e13 multiplications: more than the machine counts */
		{{"Einsum", {"float 4x262144x128", "float 262144x128"},
			 "float 4x262144x262144", "equation=gsd,td->gst"},
                 1048576, 262144, 4,       2},
 /* 2^51: more than a nest may have; nor counts the machine 2^49
  */
		{{"Einsum", {"float 4x2097152x128", "float 2097152x128"},
			 "float 4x2097152x2097152", "equation=gsd,td->gst"},
                 2097152, 4,      2097152, 0},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		static struct trial t;
		trial_open(&t);
		t.arch = arch_default();
		trial_lower(&t, &cases[i].node);
		struct layer_nest *ln = &t.layers.layers[0].nests[0];
		assert_int_equal(ln->nest.bound[LOOP_N], cases[i].rows);
		forms_admit(&t.layers, &t.arch, BURST_TRUE);
		assert_int_equal(ln->nest.bound[LOOP_N], cases[i].admitted);
		assert_int_equal(ln->instances, cases[i].instances);
		assert_int_equal(ln->form_count, cases[i].forms);
		ctx_release(&t.ctx);
	}
}

/* --- tasks -----------------------------------------------------------------
 */

/* Layers whose forms are the same, but for how often they run, are one task. */
static void equal_forms_are_one_task(void **state)
{
	(void)state;
	static struct trial t;
	trial_open(&t);
	struct small_graph *s = &t.small;
	for (int i = 0; i < 3; i++) {
		/* 2, 4 and 2 groups; the third has rows of its own */
		static const char *const x[] = {"x float 2x4x8x16",
			"x float 4x4x8x16", "x float 2x4x6x16"};
		static const char *const w[] = {
			"w float 2x16x8", "w float 4x16x8", "w float 2x16x8"};
		static const char *const y[] = {"y float 2x8x4x8",
			"y float 4x8x4x8", "y float 2x6x4x8"};
		struct value *in[] = {
			small_value(s, x[i]), small_value(s, w[i]), NULL};
		struct value *out[] = {small_value(s, y[i]), NULL};
		small_attrs(s, small_node(s, "Einsum", in, out),
			"equation=kgst,ktd->ksgd");
	}
	assert_true(lower_model(&t.ctx, &s->model, &t.layers));
	assert_true(network_make(&t.ctx, &t.layers, &t.network));
	assert_int_equal(t.layers.count, 3);
	assert_int_equal(t.network.task_count, 2);
	assert_int_equal(t.network.tasks[0].runs, 2 + 4);
	assert_int_equal(t.network.tasks[1].runs, 2);
	/* Nests that layers run come first; others have no instances. */
	assert_int_equal(t.network.run, 2);
	for (size_t n = 0; n < t.network.count; n++)
		assert_int_equal(
			t.network.nests[n].instances > 0, n < t.network.run);
	for (size_t k = 0; k < t.network.task_count; k++)
		assert_true(t.network.tasks[k].form_count >= 4);
	ctx_release(&t.ctx);
}

/* Two tasks want one nest at different points of its front: it is there twice
 * then, each layer with its own; at one point, once. The form without a mapping
 * is left out. */
static void a_nest_at_two_points_is_two(void **state)
{
	(void)state;
	struct distinct_nest nests[] = {
		{.nest = nest_gemm(2, 3, 4, false, false), .example = "a"},
		{.nest = nest_gemm(1, 3, 4, false, false), .example = "a"},
		{.nest = nest_gemm(6, 1, 4, false, false), .example = "a"},
	};
	struct nest_form both[] = {
		{0, 1, false},
		{1, 2, false},
		{2, 1, false},
	};
	struct nest_form one[] = {
		{0, 1, false}
        };
	struct task tasks[] = {
		{3, both, 1},
		{1, one,  5},
	};
	/* Three forms of the first layer's nest, then the second's. */
	static size_t nest_of[] = {0, 1, 2, 0}, task_of[] = {0, 0, 0, 1};
	const struct network network = {.count = 3,
		.run = 1,
		.nests = nests,
		.ids = 4,
		.nest_of = nest_of,
		.task_of = task_of,
		.task_count = 2,
		.tasks = tasks};
	struct search_result results[3] = {
		{.feasible = true}, {.feasible = true}, {.feasible = false}};
	struct layer_nest forms[3] = {0};
	for (size_t f = 0; f < 3; f++) {
		forms[f].nest = nests[f].nest;
		forms[f].instances = both[f].instances;
		forms[f].id = f;
	}
	struct layer_nest first = forms[0], second = forms[0];
	first.form_count = 3;
	first.forms = forms;
	second.instances = 5;
	second.id = 3;
	/* clang-format off */
	struct layer layers[] = {
		{.name = "a",
			.executions = 1,
			.nest_count = 1,
			.nests = &first},
		{.name = "b",
			.executions = 1,
			.nest_count = 1,
			.nests = &second},
	};
	/* clang-format on */
	const struct layer_list list = {
		.model = "m", .count = 2, .layers = layers};
	static const struct {
		struct network_pick pick[2];
		size_t run, count;
		int64_t instances[2]; /* of the nests that layers run */
	} cases[] = {
		{{{0, 3}, {0, 3}}, 1, 2, {6}   },
		{{{0, 3}, {0, 1}}, 2, 3, {1, 5}},
		{{{1, 3}, {0, 3}}, 2, 2, {2, 5}},
	};
	struct ctx ctx;
	ctx_init(&ctx, stderr, NULL);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct plan plan = {
			.searched = {&list, &network, results}
                };
		size_t *point;
		assert_true(
			plan_take_forms(&ctx, &plan, cases[i].pick, &point));
		assert_int_equal(plan.network->run, cases[i].run);
		assert_int_equal(plan.network->count, cases[i].count);
		const struct layer *a = &plan.layers->layers[0];
		const struct layer *b = &plan.layers->layers[1];
		assert_int_equal(a->nests->form_count, 2);
		for (size_t k = 0; k < 2; k++) {
			const struct layer *layer = k ? b : a;
			size_t n = network_nest(plan.network, layer->nests);
			assert_true(n < plan.network->run);
			assert_int_equal(point[n], cases[i].pick[k].point);
			assert_int_equal(plan.network->nests[n].instances,
				cases[i].instances[n]);
			assert_true(nest_equal(&plan.network->nests[n].nest,
				&layer->nests->nest));
		}
	}
	ctx_release(&ctx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equivalent_attentions_cost_the_same),
		cmocka_unit_test(operands_cost_the_same_in_either_order),
		cmocka_unit_test(grouped_queries_cost_what_attention_does),
		cmocka_unit_test(heads_of_their_own),
		cmocka_unit_test(the_best_form_is_taken),
		cmocka_unit_test(ties_go_to_fewest_instances),
		cmocka_unit_test(reserves_are_for_what_cannot_be_counted),
		cmocka_unit_test(equal_forms_are_one_task),
		cmocka_unit_test(a_nest_at_two_points_is_two),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
