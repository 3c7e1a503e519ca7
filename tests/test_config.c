/* The blob against the layers that it was made of: executed literally, its
 * multiplications are theirs. */
#include "codegen/config.h"

#include "schedule/arena_plan.h"
#include "tests/blob_walk.h"
#include "tests/cmocka.h"
#include "tests/config_case.h"

#include <string.h>

/* All placements of the blob against all nests of the layers, in order. */
static void assert_blob(struct config_case *c, const char *what)
{
	struct nwcfg cfg;
	if (!config_open(&c->ctx, "case", c->bytes, c->length, &cfg))
		fail_msg("%s: %s", what, case_printed(c));
	assert_true(config_check_arch(&c->ctx, "case", &cfg, &c->arch));
	uint32_t placement = 0;
	for (size_t l = 0; l < c->layers.count; l++)
		for (size_t n = 0; n < c->layers.layers[l].nest_count; n++) {
			struct products got = {0}, want = {0};
			int64_t macs = 0, nest_macs = 0;
			blob_walk(&c->ctx, &cfg, placement++, &got, &macs);
			nest_walk(&c->ctx, &c->layers.layers[l].nests[n], &want,
				&nest_macs);
			assert_int_equal(macs, nest_macs);
			products_sort(&got);
			products_sort(&want);
			int64_t k = products_differ(&got, &want);
			if (k >= 0)
				fail_msg("%s: %zu products, wanted %zu, differ "
					 "at %lld",
					what, got.count, want.count,
					(long long)k);
		}
	assert_int_equal(placement, nwcfg_count(&cfg, NWCFG_PLACEMENT));
}

static const struct {
	const char *op, *x, *w, *y, *attrs;
} operators[] = {
	{"MatMul",		    "x float 6x4",       "w float 4x10",      "y float 6x10",      ""                             },
	{"MatMul",		    "x float 2x3x6x4",   "w float 3x4x5",     "y float 2x3x6x5",   ""                             },
	{"MatMul",		    "x int8 6x4",        "w int8 4x10",       "y float 6x10",      ""                             },
	{"Gemm",		      "x float 4x6",       "w float 10x4",      "y float 6x10",
         "transA=1 transB=1"													},
	{"Conv",		      "x float 2x3x7x8",   "w float 4x3x3x2",   "y float 2x4x5x7",   ""                             },
	{"Conv",		      "x float 1x2x9x8",   "w float 6x2x3x3",   "y float 1x6x9x8",
         "pads=1,1,1,1"													     },
	{"Conv",		      "x float 1x2x9x8",   "w float 4x2x3x3",   "y float 1x4x4x3",
         "strides=2,3 pads=0,1,1,0"												 },
	{"Conv",		      "x float16 1x4x9x8", "w float16 6x2x3x2", "y float16 1x6x5x8",
         "group=2 dilations=2,1 pads=0,1,0,0"										       },
	{"Conv",		      "x float 1x4x6x6",   "w float 8x1x3x3",   "y float 1x8x6x6",
         "group=4 pads=1,1,1,1"												     },
	{"Conv",		      "x float 1x4x10x9",  "w float 6x4x1x1",   "y float 1x6x4x3",
         "strides=3,4"													      },
	{"Conv",		      "x float 1x3x12",    "w float 4x3x4",     "y float 1x4x6",
         "strides=2 pads=1,1"												       },
	{"Conv",		      "x float 1x2x4x5x6", "w float 4x2x3x3x2", "y float 1x4x4x5x5",
         "pads=1,1,0,1,1,0"													 },
	{"Conv",		      "x float 1x2x5x4x4", "w float 4x2x3x2x2", "y float 1x4x3x3x3",
         "strides=2,1,1 pads=1,0,0,1,0,0"											   },
	{"Conv",		      "x float 1x1x5x4x4", "w float 4x1x3x2x2", "y float 1x4x5x3x3",
         "pads=1,0,0,1,0,0"													 },
	{"Conv",		      "x float 1x4x6x4x4", "w float 4x2x1x2x2", "y float 1x4x8x3x3",
         "group=2 pads=1,0,0,1,0,0"												 },
	{"ConvTranspose",             "x float 1x4x4x3",   "w float 4x6x3x3",
         "y float 1x6x7x5",									  "strides=2,2 pads=1,1,1,1"     },
	{"ConvTranspose",             "x float 1x4x3x3",   "w float 4x2x2x2",
         "y float 1x4x8x8",									  "strides=3,3 group=2"          },
 /* B packed, two elements a byte and one */
	{"com.microsoft.MatMulNBits", "x float 3x40",      "w uint8 5x3x8",
         "y float 3x5",									      "K=40 N=5 bits=4 block_size=16"},
	{"com.microsoft.MatMulNBits", "x float 3x40",      "w uint8 5x3x16",
         "y float 3x5",									      "K=40 N=5 bits=8 block_size=16"},
};

static void operators_execute(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof operators / sizeof *operators; i++)
		for (uint64_t seed = 0; seed < 12; seed++) {
			struct config_case c;
			case_open(&c);
			case_node(&c, operators[i].op, operators[i].x,
				operators[i].w, operators[i].y,
				operators[i].attrs);
			/* Small memories: more passes. */
			if (seed % 3 == 2) {
				c.arch.rf_bytes = 48;
				c.arch.bank_bytes = 64;
			}
			case_build(&c, seed);
			char what[200];
			snprintf(what, sizeof what, "%s %s %s, seed %d",
				operators[i].op, operators[i].x, operators[i].w,
				(int)seed);
			assert_blob(&c, what);
			case_close(&c);
		}
}

/* Products whose rows or columns no one loop can run over, in all forms. */
/* clang-format off */
static const struct {
	const char *op, *x, *w, *y, *attrs;
	size_t forms; /* at least */
} products_of_forms[] = {
	{"Einsum", "x float 2x3x4x5", "w float 2x5x6", "y float 4x2x3x6",
		"equation=kgst,ktd->skgd", 4},
	{"Einsum", "x float 2x5x6", "w float 2x3x4x5", "y float 4x2x3x6",
		"equation=ktd,kgst->skgd", 4},
	{"Einsum", "x float 3x2x4x5", "w float 2x6x5", "y float 3x2x4x6",
		"equation=bhwc,hkc->bhwk", 4},
	{"MatMul", "x float 2x1x4x5", "w float 1x3x5x6",
		"y float 2x3x4x6", "", 16},
};
/* clang-format on */

static void forms_execute(void **state)
{
	(void)state;
	for (size_t i = 0;
		i < sizeof products_of_forms / sizeof *products_of_forms; i++) {
		size_t forms = 1;
		for (size_t form = 0; form < forms; form++)
			for (uint64_t seed = 1; seed <= 3; seed++) {
				struct config_case c;
				char what[200];
				case_open(&c);
				c.form = form;
				c.arch.rf_bytes = 48;
				c.arch.bank_bytes = 64;
				case_node(&c, products_of_forms[i].op,
					products_of_forms[i].x,
					products_of_forms[i].w,
					products_of_forms[i].y,
					products_of_forms[i].attrs);
				case_build(&c, seed);
				snprintf(what, sizeof what,
					"%s %s, form %zu, seed %d",
					products_of_forms[i].op,
					products_of_forms[i].attrs, form,
					(int)seed);
				assert_blob(&c, what);
				forms = c.forms;
				case_close(&c);
			}
		assert_true(forms >= products_of_forms[i].forms);
	}
}

static void network_executes(void **state)
{
	(void)state;
	struct config_case c;
	case_network(&c);
	assert_blob(&c, "network");
	struct nwcfg cfg;
	assert_true(config_open(&c.ctx, "case", c.bytes, c.length, &cfg));
	static const char *const steps[] = {
		"Conv", "Relu", "Conv", "Add", "ConvTranspose"};
	static const uint32_t kinds[] = {1, 0, 1, 0, 1};
	/* A transposed convolution with bias: the host finishes it. */
	static const uint32_t flags[] = {0, 0, 0, 0, NWCFG_STEP_FLAG_FINISH};
	assert_int_equal(nwcfg_count(&cfg, NWCFG_STEP), 5);
	for (uint32_t s = 0; s < 5; s++) {
		struct nwcfg_step step = {0};
		assert_int_equal(nwcfg_get_step(&cfg, s, &step), NWCFG_OK);
		assert_string_equal(nwcfg_string(&cfg, step.op), steps[s]);
		assert_int_equal(step.kind, kinds[s]);
		assert_int_equal(step.flags, flags[s]);
	}
	case_close(&c);
}

/* No two tensors of a region that are alive together share a byte. */
static void tensors_lie_apart(void **state)
{
	(void)state;
	struct config_case c;
	struct nwcfg cfg;
	case_network(&c);
	assert_true(config_open(&c.ctx, "case", c.bytes, c.length, &cfg));
	uint32_t count = nwcfg_count(&cfg, NWCFG_TENSOR), placed = 0;
	for (uint32_t i = 0; i < count; i++)
		for (uint32_t j = 0; j < i; j++) {
			struct nwcfg_tensor a = {0}, b = {0};
			nwcfg_get_tensor(&cfg, i, &a);
			nwcfg_get_tensor(&cfg, j, &b);
			if (a.region != b.region ||
				a.first_step > b.last_step ||
				b.first_step > a.last_step)
				continue;
			placed++;
			assert_true(a.offset + a.bytes <= b.offset ||
				b.offset + b.bytes <= a.offset);
		}
	assert_true(placed > 5);
	struct nwcfg_model model = {0};
	nwcfg_get_model(&cfg, 0, &model);
	/* Fullest: Add reads r1 and y2 and makes sum, 3 x 512; the last step
	 * reads sum and makes 1x2x12x10 floats: 512 + 960. First: x of 1188
	 * bytes rounded up to 1216, y1 512. */
	assert_int_equal(model.arena_least_bytes, 1216 + 512);
	assert_int_equal(model.arena_bytes, 1216 + 512);
	case_close(&c);
}

static void arenas_are_tight(void **state)
{
	(void)state;
	static const struct {
		int count;
		struct arena_item items[6];
		int64_t bytes, least;
	} cases[] = {
		{0, {{0, 0, 0, 0}},                                0,   0  },
		{1, {{100, 0, 0, 0}},                              128, 128},
 /* a chain of three: two at a time */
		{3, {{64, 0, 1, 0}, {64, 1, 2, 0}, {64, 2, 3, 0}}, 128, 128},
 /* a hole in the middle is used */
		{4,
                 {{256, 0, 1, 0}, {64, 0, 9, 0}, {128, 2, 3, 0},
				{128, 2, 3, 0}},
                 320,						   320},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct ctx ctx;
		struct arena_item items[6];
		struct arena_plan plan;
		ctx_init(&ctx, stderr, NULL);
		memcpy(items, cases[i].items, sizeof items);
		assert_true(arena_plan(
			&ctx, (size_t)cases[i].count, items, 64, &plan));
		assert_int_equal(plan.bytes, cases[i].bytes);
		assert_int_equal(plan.least, cases[i].least);
		ctx_release(&ctx);
	}
}

/* More items than all orders are tried on: nothing alive overlaps, and each
 * lies as low as those before it, the first to begin first, leave it. */
static void arenas_of_many_tensors(void **state)
{
	(void)state;
	enum { MANY = ARENA_PLAN_ALL + 100, STEPS = 3000 };
	struct ctx ctx;
	struct arena_plan plan;
	uint64_t random = 1;
	ctx_init(&ctx, stderr, NULL);
	struct arena_item *items = arena_array(&ctx.arena, MANY, sizeof *items);
	for (size_t i = 0; i < MANY; i++) {
		random = random * 6364136223846793005u + 1442695040888963407u;
		uint32_t life = (uint32_t)(random >> 60);
		items[i].first = (uint32_t)(i * STEPS / MANY);
		items[i].last = items[i].first + life;
		/* The larger of a step comes first; sizes of 0, too. */
		items[i].bytes = (int64_t)(64 * (2 - i * STEPS % MANY / (MANY / 3)));
	}
	assert_true(arena_plan(&ctx, MANY, items, 64, &plan));
	int64_t peak = 0;
	for (size_t i = 0; i < MANY; i++) {
		const struct arena_item *e = &items[i];
		bool low = e->offset == 0;
		if (!e->bytes)
			continue;
		peak = e->offset + e->bytes > peak ? e->offset + e->bytes : peak;
		for (size_t k = 0; k < MANY; k++) {
			const struct arena_item *o = &items[k];
			if (k == i || !o->bytes || o->first > e->last ||
				e->first > o->last)
				continue;
			if (o->offset < e->offset + e->bytes &&
				e->offset < o->offset + o->bytes)
				fail_msg("items %zu and %zu overlap", i, k);
			low |= o->offset + o->bytes == e->offset;
		}
		if (!low)
			fail_msg("item %zu has room below", i);
	}
	assert_int_equal(plan.bytes, peak);
	assert_true(plan.bytes >= plan.least);
	ctx_release(&ctx);
}

static void another_machine_is_named(void **state)
{
	(void)state;
	struct config_case c;
	struct nwcfg cfg;
	case_smallest(&c);
	assert_true(
		config_open(&c.ctx, "small.nwcfg", c.bytes, c.length, &cfg));
	struct arch other = c.arch;
	other.name = "other.json";
	other.spm_banks = 17;
	assert_false(config_check_arch(&c.ctx, "small.nwcfg", &cfg, &other));
	const char *said = case_printed(&c);
	assert_non_null(strstr(said, "SPM banks are 32 in the blob, 17"));
	assert_non_null(strstr(said, "'other.json'"));
	assert_int_equal(nwcfg_open_for(&cfg, c.bytes, c.length,
				 arch_fingerprint(&other)),
		NWCFG_OTHER_MACHINE);
	assert_int_equal(nwcfg_open_for(&cfg, c.bytes, c.length,
				 arch_fingerprint(&c.arch)),
		NWCFG_OK);
	case_close(&c);
}

/* Whichever number it is in which two machines differ. */
static void every_number_is_named(void **state)
{
	(void)state;
	struct config_case c;
	struct nwcfg cfg;
	case_smallest(&c);
	assert_true(
		config_open(&c.ctx, "small.nwcfg", c.bytes, c.length, &cfg));
	for (size_t i = 0; i < arch_key_count; i++) {
		struct arch other = c.arch;
		const struct arch_key *key = &arch_keys[i];
		bool same = key->role == ARCH_SEARCH || key->kind == ARCH_TRUE;
		arch_set(&other, key, 2 * arch_get(&c.arch, key) + 2);
		int errors = c.ctx.errors;
		assert_int_equal(
			config_check_arch(&c.ctx, "small.nwcfg", &cfg, &other),
			same);
		assert_int_equal(c.ctx.errors - errors, !same);
	}
	assert_null(strstr(case_printed(&c), "they differ"));
	case_close(&c);
}

/* The result read as a part of a smaller tensor: a blob that no loader takes is
 * not written. */
static void a_blob_is_read_before_it_is_written(void **state)
{
	(void)state;
	struct config_case c;
	struct outputs out;
	case_smallest(&c);
	assert_null(config_fault(&c.ctx, c.bytes, c.length));
	assert_true(outputs_open(&c.ctx, "build/checked_blob", &out));
	struct out_set *set = outputs_set(&c.ctx, &out, "m");
	struct placement *place = c.layers.layers[0].nests[0].place;
	for (int o = 0; o < OPND_COUNT; o++) {
		int errors = c.ctx.errors;
		place[o].base += 1 << 20;
		assert_false(config_write(&c.ctx, &c.plan, set));
		place[o].base -= 1 << 20;
		assert_int_equal(c.ctx.errors, errors + 1);
		assert_int_equal(set->count, 0);
	}
	assert_non_null(strstr(case_printed(&c),
		"small.nwcfg: error: a fault of this program"));
	assert_non_null(strstr(case_printed(&c), "beyond its tensor"));
	assert_true(config_write(&c.ctx, &c.plan, set));
	assert_int_equal(set->count, 1);
	outputs_discard(&out);
	case_close(&c);
}

/* As a file may leave it out. */
static void a_tensor_without_a_type_is_told(void **state)
{
	(void)state;
	struct config_case c;
	struct outputs out;
	case_smallest(&c);
	struct layer_nest *ln = &c.layers.layers[0].nests[0];
	struct value untyped = *ln->place[OPND_W].value;
	untyped.type = DTYPE_UNDEFINED;
	ln->place[OPND_W].value = &untyped;
	ln->nest.tensor[OPND_W].type = DTYPE_UNDEFINED;
	assert_true(plan_place(&c.ctx, &c.plan));
	assert_true(outputs_open(&c.ctx, "build/checked_blob", &out));
	struct out_set *set = outputs_set(&c.ctx, &out, "m");
	assert_false(config_write(&c.ctx, &c.plan, set));
	assert_non_null(strstr(
		case_printed(&c), "operand W, 'b', has no element type"));
	outputs_discard(&out);
	case_close(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(operators_execute),
		cmocka_unit_test(forms_execute),
		cmocka_unit_test(network_executes),
		cmocka_unit_test(tensors_lie_apart),
		cmocka_unit_test(arenas_are_tight),
		cmocka_unit_test(arenas_of_many_tensors),
		cmocka_unit_test(a_blob_is_read_before_it_is_written),
		cmocka_unit_test(a_tensor_without_a_type_is_told),
		cmocka_unit_test(another_machine_is_named),
		cmocka_unit_test(every_number_is_named),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
