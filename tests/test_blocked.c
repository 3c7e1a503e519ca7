/* Models with blocked channels, as ONNX Runtime's optimiser writes them: stored
 * and useful channels, and what they make of layers. */
#include "passes/blocked.h"

#include "import/onnx_graph.h"
#include "passes/infer.h"
#include "passes/lower.h"
#include "tests/cmocka.h"
#include "tests/onnx_text.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* --- models ----------------------------------------------------------------
 */

enum form { RAW, TYPED, UNPACKED, HALF, EXTERNAL, STRIPPED };

/* A filter whose outputs from used on are zeros, and a bias likewise; channels:
 * of the input, as the filter has them. used 0: there is none. */
struct filter {
	const char *name;
	int m, channels, taps, used, block;
	enum form form;
	int bias_used; /* 0: there is no bias */
};

struct layer_want {
	int64_t macs, padding;
	const char *stands_for;
};

enum { FILTERS = 4, LAYERS = 4 };

struct row {
	const char *what, *input, *nodes;
	struct filter filter[FILTERS];
	struct layer_want want[LAYERS];
	int block;
};

#define NODE(op, domain, in, out, attrs)                                     \
	"node { op_type: '" op "' domain: '" domain "' " in " output: '" out \
	"' " attrs " } "
#define NCHWC "com.microsoft.nchwc"
#define IN1(a) "input: '" a "'"
#define IN2(a, b) "input: ['" a "', '" b "']"
#define IN3(a, b, c) "input: ['" a "', '" b "', '" c "']"
#define IN4(a, b, c, d) "input: ['" a "', '" b "', '" c "', '" d "']"
#define INT(name, i) "attribute { name: '" name "' type: 2 i: " #i " } "
#define INTS(name, list) \
	"attribute { name: '" name "' type: 7 ints: " list " } "
#define ENTER(in, out) NODE("ReorderInput", NCHWC, IN1(in), out, "")
#define LEAVE(in, out, c) \
	NODE("ReorderOutput", NCHWC, IN1(in), out, INT("channels", c))
#define CONV(in, out) NODE("Conv", NCHWC, in, out, "")

#define FILTER(...)                                   \
	{                                             \
		FILTER_FIELDS(__VA_ARGS__, .taps = 1) \
	}
#define FILTER_FIELDS(n, outputs, inputs, u, b, ...)                        \
	.name = n, .m = outputs, .channels = inputs, .used = u, .block = b, \
	__VA_ARGS__
#define LAYER(useful, more, ...)                             \
	{                                                    \
		.macs = useful, .padding = more, __VA_ARGS__ \
	}

/* All images are 2x3. */
/* clang-format off */
static const struct row rows[] = {
	{"input filled up", "dim { dim_value: 12 }",
	 ENTER("x", "a") CONV(IN2("a", "w"), "b") LEAVE("b", "y", 24),
	 {FILTER("w", 24, 16, 24, 8)},
	 {LAYER(12 * 24 * 6, 4 * 24 * 6)}, 8},
	{"blocks of 16", "dim { dim_value: 24 }",
	 ENTER("x", "a") CONV(IN2("a", "w"), "b") LEAVE("b", "y", 32),
	 {FILTER("w", 32, 32, 32, 16)},
	 {LAYER(24 * 32 * 6, 8 * 32 * 6)}, 16},
	{"output filled up", "dim { dim_value: 8 }",
	 ENTER("x", "a") CONV(IN2("a", "w"), "b") LEAVE("b", "y", 5),
	 {FILTER("w", 8, 8, 8, 8)},
	 {LAYER(8 * 5 * 6, 8 * 3 * 6)}, 8},
	{"an input below a block stays as it is", "dim { dim_value: 8 }",
	 CONV(IN2("x", "w"), "b") LEAVE("b", "y", 16),
	 {FILTER("w", 16, 8, 16, 16)},
	 {LAYER(8 * 16 * 6, 0)}, 16},
	{"zeros in raw filters", "dim { dim_value: 3 }",
	 CONV(IN2("x", "w"), "a") CONV(IN2("a", "v"), "b") LEAVE("b", "y", 8),
	 {FILTER("w", 16, 3, 13, 8), FILTER("v", 8, 16, 8, 8)},
	 {LAYER(3 * 13 * 6, 3 * 3 * 6), LAYER(13 * 8 * 6, 3 * 8 * 6)}, 8},
	{"zeros in typed filters", "dim { dim_value: 3 }",
	 CONV(IN2("x", "w"), "a") CONV(IN2("a", "v"), "b") LEAVE("b", "y", 8),
	 {FILTER("w", 16, 3, 13, 8, .form = TYPED),
	  FILTER("v", 8, 16, 8, 8, .form = TYPED)},
	 {LAYER(3 * 13 * 6, 3 * 3 * 6), LAYER(13 * 8 * 6, 3 * 8 * 6)}, 8},
	{"zeros in a list of single numbers", "dim { dim_value: 3 }",
	 CONV(IN2("x", "w"), "a") CONV(IN2("a", "v"), "b") LEAVE("b", "y", 8),
	 {FILTER("w", 16, 3, 13, 8, .form = UNPACKED),
	  FILTER("v", 8, 16, 8, 8)},
	 {LAYER(3 * 13 * 6, 3 * 3 * 6), LAYER(13 * 8 * 6, 3 * 8 * 6)}, 8},
	{"zeros in a file beside", "dim { dim_value: 3 }",
	 CONV(IN2("x", "w"), "a") CONV(IN2("a", "v"), "b") LEAVE("b", "y", 8),
	 {FILTER("w", 16, 3, 13, 8, .form = EXTERNAL),
	  FILTER("v", 8, 16, 8, 8)},
	 {LAYER(3 * 13 * 6, 3 * 3 * 6), LAYER(13 * 8 * 6, 3 * 8 * 6)}, 8},
	{"weights that are not there", "dim { dim_value: 3 }",
	 CONV(IN2("x", "w"), "a") CONV(IN2("a", "v"), "b") LEAVE("b", "y", 8),
	 {FILTER("w", 16, 3, 13, 8, .form = STRIPPED),
	  FILTER("v", 8, 16, 8, 8)},
	 {LAYER(3 * 16 * 6, 0), LAYER(16 * 8 * 6, 0)}, 8},
	{"a bias is none of padding", "dim { dim_value: 3 }",
	 CONV(IN3("x", "w", "w_bias"), "a") CONV(IN2("a", "v"), "b")
	 LEAVE("b", "y", 8),
	 {FILTER("w", 16, 3, 12, 8, .bias_used = 14), FILTER("v", 8, 16, 8, 8)},
	 {LAYER(3 * 14 * 6, 3 * 2 * 6), LAYER(14 * 8 * 6, 2 * 8 * 6)}, 8},
	{"a filter of zeros throughout", "dim { dim_value: 3 }",
	 CONV(IN2("x", "w"), "a") CONV(IN2("a", "v"), "b") LEAVE("b", "y", 8),
	 {FILTER("w", 8, 3, -1, 8), FILTER("v", 8, 8, 8, 8)},
	 {LAYER(3 * 8 * 6, 0), LAYER(8 * 8 * 6, 0)}, 8},
	/* What leaves says more than the filters: channel 7 is one of zeros. */
	{"through elementwise operators", "dim { dim_value: 3 }",
	 CONV(IN2("x", "w"), "a") NODE("Relu", "", IN1("a"), "b", "")
	 NODE("Add", "", IN2("b", "a"), "c", "")
	 NODE("MaxPool", NCHWC, IN1("c"), "d", INTS("kernel_shape", "[1, 1]"))
	 LEAVE("d", "y", 7),
	 {FILTER("w", 8, 3, 6, 8)},
	 {LAYER(3 * 7 * 6, 3 * 6)}, 8},
	{"depthwise", "dim { dim_value: 3 }",
	 CONV(IN2("x", "w"), "a")
	 NODE("Conv", NCHWC, IN2("a", "v"), "b", INT("group", 16) INTS("kernel_shape", "[1, 1]"))
	 CONV(IN2("b", "u"), "c") LEAVE("c", "y", 8),
	 {FILTER("w", 16, 3, 11, 8, .form = STRIPPED),
	  FILTER("v", 16, 1, 11, 8), FILTER("u", 8, 16, 8, 8)},
	 {LAYER(3 * 11 * 6, 3 * 5 * 6), LAYER(11 * 6, 5 * 6),
	  LAYER(11 * 8 * 6, 5 * 8 * 6)}, 8},
	{"a sum that is fused", "dim { dim_value: 12 }",
	 ENTER("x", "a") CONV(IN4("a", "w", "", "a"), "b")
	 CONV(IN2("b", "v"), "c") LEAVE("c", "y", 8),
	 {FILTER("w", 16, 16, 16, 8, .form = STRIPPED),
	  FILTER("v", 8, 16, 8, 8)},
	 {LAYER(12 * 12 * 6, (16 * 16 - 12 * 12) * 6),
	  LAYER(12 * 8 * 6, 4 * 8 * 6)}, 8},
	{"a concatenation of what is filled up", "dim { dim_value: 3 }",
	 CONV(IN2("x", "w"), "a") CONV(IN2("x", "v"), "b")
	 NODE("Concat", "", IN2("a", "b"), "c", INT("axis", 1))
	 NODE("Relu", "", IN1("c"), "d", "") CONV(IN2("d", "u"), "e")
	 LEAVE("e", "y", 8),
	 {FILTER("w", 16, 3, 12, 8), FILTER("v", 8, 3, 5, 8),
	  FILTER("u", 8, 24, 8, 8)},
	 {LAYER(3 * 12 * 6, 3 * 4 * 6), LAYER(3 * 5 * 6, 3 * 3 * 6),
	  LAYER(17 * 8 * 6, 7 * 8 * 6)}, 8},
	/* 2 groups of 8 inputs and 8 outputs: the second multiplies 4 by 3. */
	{"groups", "dim { dim_value: 12 }",
	 ENTER("x", "a")
	 NODE("Conv", NCHWC, IN2("a", "w"), "b", INT("group", 2))
	 LEAVE("b", "y", 11) CONV(IN2("x8", "v"), "z"),
	 {FILTER("w", 16, 8, 16, 8), FILTER("v", 8, 3, 8, 8)},
	 {LAYER((64 + 12) * 6, (64 - 12) * 6), LAYER(3 * 8 * 6, 0)}, 8},
	{"a batch normalisation", "dim { dim_value: 12 }",
	 ENTER("x", "a")
	 NODE("Conv", NCHWC, IN3("a", "w", "w_bias"), "b", INT("group", 16))
	 CONV(IN2("b", "v"), "c") LEAVE("c", "y", 8),
	 {FILTER("w", 16, 1, 12, 8, .bias_used = 12), FILTER("v", 8, 16, 8, 8)},
	 {LAYER(12 * 6, 4 * 6, .stands_for = "BatchNormalization"),
	  LAYER(12 * 8 * 6, 4 * 8 * 6)}, 8},
	{"half floats", "dim { dim_value: 3 }",
	 CONV(IN2("x", "w"), "a") CONV(IN2("a", "v"), "b") LEAVE("b", "y", 8),
	 {FILTER("w", 16, 3, 13, 8, .form = HALF), FILTER("v", 8, 16, 8, 8)},
	 {LAYER(3 * 13 * 6, 3 * 3 * 6), LAYER(13 * 8 * 6, 3 * 8 * 6)}, 8},
	/* The second filter has an odd number of eights. */
	{"blocks of 16 beside others", "dim { dim_value: 24 }",
	 ENTER("x", "a") CONV(IN2("a", "w"), "b") LEAVE("b", "y", 32)
	 CONV(IN2("x8", "v"), "z"),
	 {FILTER("w", 32, 32, 32, 16), FILTER("v", 8, 3, 8, 8)},
	 {LAYER(24 * 32 * 6, 8 * 32 * 6), LAYER(3 * 8 * 6, 0)}, 8},
	/* All stored channels are multiples of 16, but the zeros are in eights. */
	{"blocks of 8 that only zeros show", "dim { dim_value: 3 }",
	 CONV(IN2("x", "w"), "a") CONV(IN2("a", "v"), "b") LEAVE("b", "y", 16),
	 {FILTER("w", 16, 3, 12, 8), FILTER("v", 16, 16, 16, 8)},
	 {LAYER(3 * 12 * 6, 3 * 4 * 6), LAYER(12 * 16 * 6, 4 * 16 * 6)}, 16},
	/* More than a block is left out: it says nothing of padding. */
	{"channels that contradict", "dim { dim_value: 3 }",
	 CONV(IN2("x", "w"), "a") LEAVE("a", "y", 3),
	 {FILTER("w", 24, 3, 24, 8)},
	 {LAYER(3 * 24 * 6, 0)}, 8},
};
/* clang-format on */

/* --- their bytes ------------------------------------------------------------
 */

static char folder[] = "/tmp/test_blocked.XXXXXX";

struct builder {
	struct arena *arena;
	const char *text;
};

__attribute__((format(printf, 2, 3))) static void put(
	struct builder *b, const char *format, ...)
{
	char piece[256];
	va_list list;
	va_start(list, format);
	vsnprintf(piece, sizeof piece, format, list);
	va_end(list);
	b->text = arena_printf(b->arena, "%s%s", b->text, piece);
}

/* Element k of a filter [m / block][..][block]. Its sign tells -0 from 0. */
static bool is_zero(const struct filter *f, int k, int elems)
{
	int last = f->m - f->block, within = k - elems / f->m * last;
	return f->used < 0 ||
		(within >= 0 && last + within % f->block >= f->used);
}

/* Little-endian: 1.5, and 0 or -0 by turns. */
static void element_bytes(uint8_t *to, bool half, bool zero, int k)
{
	memset(to, 0, 4);
	uint8_t *top = to + (half ? 1 : 3);
	if (zero)
		*top = (uint8_t)(k % 2 ? 0x80 : 0);
	else
		*top = (uint8_t)(half ? 0x3e : 0x3f);
}

static void external_write(const char *name, const uint8_t *bytes, size_t count)
{
	char path[128];
	snprintf(path, sizeof path, "%s/%s.bin", folder, name);
	FILE *f = fopen(path, "wb");
	assert_non_null(f);
	assert_int_equal(fwrite("1234", 1, 4, f), 4);
	assert_int_equal(fwrite(bytes, 1, count, f), count);
	fclose(f);
}

static void filter_put(struct builder *b, const struct filter *f)
{
	const int elems = f->m * f->channels * f->taps * f->taps;
	const int size = f->form == HALF ? 2 : 4;
	put(b, "initializer { name: '%s' data_type: %d dims: [%d, %d, %d, %d] ",
		f->name, f->form == HALF ? 10 : 1, f->m, f->channels, f->taps,
		f->taps);
	uint8_t *bytes = arena_alloc(b->arena, (size_t)elems * 4);
	for (int k = 0; k < elems; k++)
		element_bytes(bytes + k * size, f->form == HALF,
			is_zero(f, k, elems), k);
	switch (f->form) {
	case RAW:
	case HALF:
		put(b, "raw_data: '");
		for (int k = 0; k < elems * size; k++)
			put(b, "\\x%02x", bytes[k]);
		put(b, "'");
		break;
	case TYPED:
		put(b, "float_data: [");
		for (int k = 0; k < elems; k++)
			put(b, "%s%s", k ? ", " : "",
				is_zero(f, k, elems) ? "0.0" : "1.5");
		put(b, "]");
		break;
	case UNPACKED:
		for (int k = 0; k < elems; k++)
			put(b, "float_data: %s ",
				is_zero(f, k, elems) ? "0.0" : "1.5");
		break;
	case EXTERNAL:
		external_write(f->name, bytes, (size_t)elems * 4);
		put(b,
			"data_location: 1 external_data { key: 'location' "
			"value: '%s.bin' } external_data { key: 'offset' "
			"value: '4' }",
			f->name);
		break;
	case STRIPPED:
		break;
	}
	put(b, " } ");
	if (!f->bias_used)
		return;
	put(b,
		"initializer { name: '%s_bias' data_type: 1 dims: %d "
		"float_data: [",
		f->name, f->m);
	for (int k = 0; k < f->m; k++)
		put(b, "%s%s", k ? ", " : "", k < f->bias_used ? "1.5" : "0.0");
	put(b, "] } ");
}

static void model_make(
	struct ctx *ctx, const struct row *row, struct model **out)
{
	struct builder b = {.arena = &ctx->arena,
		.text = "ir_version: 8 opset_import { version: 13 } "
			"opset_import { domain: 'com.microsoft.nchwc' version: "
			"1 } graph { name: 'g' "};
	size_t length;
	char path[128];
	put(&b,
		"input { name: 'x8' type { tensor_type { elem_type: 1 shape { "
		"dim { dim_value: 1 } dim { dim_value: 3 } ");
	put(&b, "dim { dim_value: 2 } dim { dim_value: 3 } } } } } ");
	put(&b,
		"input { name: 'x' type { tensor_type { elem_type: 1 shape { "
		"dim { dim_value: 1 } %s ",
		row->input);
	put(&b, "dim { dim_value: 2 } dim { dim_value: 3 } } } } } ");
	b.text = arena_printf(b.arena, "%s%s", b.text, row->nodes);
	for (int i = 0; i < FILTERS && row->filter[i].name; i++)
		filter_put(&b, &row->filter[i]);
	put(&b, "}");
	snprintf(path, sizeof path, "%s/m.onnx", folder);
	uint8_t *bytes = onnx_text(&ctx->arena, b.text, &length);
	assert_true(onnx_read_bytes(ctx, path, bytes, length, out));
}

/* --- the table --------------------------------------------------------------
 */

static void row_check(const struct row *row)
{
	struct ctx ctx;
	struct model *model;
	struct layer_list list;
	ctx_init(&ctx, stderr, NULL);
	model_make(&ctx, row, &model);
	assert_true(shapes_infer(&ctx, model));
	assert_true(lower_model(&ctx, model, &list));
	if (model->channel_block != row->block)
		fail_msg("%s: blocks of %d, expected %d", row->what,
			model->channel_block, row->block);
	size_t wanted = 0;
	for (; wanted < LAYERS && row->want[wanted].macs; wanted++) {
		const struct layer_want *want = &row->want[wanted];
		assert_true(wanted < list.count);
		const struct layer *layer = &list.layers[wanted];
		int64_t nests = nest_macs(&layer->nests[0].nest) *
			layer->nests[0].instances;
		if (layer->macs != want->macs ||
			layer->padding_macs != want->padding ||
			nests != want->macs + want->padding)
			fail_msg("%s, layer %zu: %lld MACs + %lld of padding, "
				 "expected %lld + %lld; nests %lld",
				row->what, wanted, (long long)layer->macs,
				(long long)layer->padding_macs,
				(long long)want->macs, (long long)want->padding,
				(long long)nests);
		const char *origin = layer->stands_for;
		assert_string_equal(origin ? origin : "",
			want->stands_for ? want->stands_for : "");
	}
	if (list.count != wanted)
		fail_msg("%s: %zu layers", row->what, list.count);
	ctx_release(&ctx);
}

static void useful_channels_are_counted(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		row_check(&rows[i]);
}

/* Nothing is blocked in a model without the domain. */
static void others_have_no_blocks(void **state)
{
	(void)state;
	struct ctx ctx;
	struct model *model;
	size_t length;
	ctx_init(&ctx, stderr, NULL);
	uint8_t *bytes = onnx_text(&ctx.arena,
		ONNX_GRAPH(ONNX_VALUE(
			"input", "x", ONNX_DIM(3)) "node { op_type: 'Relu' "
						   "input: 'x' output: 'y' "
						   "}"),
		&length);
	assert_true(onnx_read_bytes(&ctx, "m.onnx", bytes, length, &model));
	assert_true(shapes_infer(&ctx, model));
	assert_int_equal(model->channel_block, 0);
	assert_null(blocked_find(&ctx, model));
	assert_int_equal(blocked_useful(NULL, model->graph->inputs[0]), -1);
	ctx_release(&ctx);
}

static int folder_make(void **state)
{
	(void)state;
	return mkdtemp(folder) ? 0 : -1;
}

static int folder_remove(void **state)
{
	(void)state;
	char path[128];
	snprintf(path, sizeof path, "%s/w.bin", folder);
	unlink(path);
	return rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(useful_channels_are_counted),
		cmocka_unit_test(others_have_no_blocks),
	};
	return cmocka_run_group_tests(tests, folder_make, folder_remove);
}
