/* dMazeRunner's model specifications: what they become, what is refused, and
 * that equal layers merge. */
#include "import/spec_json.h"

#include "base/json_doc.h"
#include "codegen/layers_json.h"
#include "mapper/network.h"
#include "tests/cmocka.h"

#include <stdlib.h>
#include <string.h>

struct fixture {
	struct ctx ctx;
	char *printed;
	size_t printed_bytes;
	struct layer_list list;
};

static bool spec_open(struct fixture *f, const char *text)
{
	struct json_doc doc;
	memset(f, 0, sizeof *f);
	FILE *sink = open_memstream(&f->printed, &f->printed_bytes);
	ctx_init(&f->ctx, sink, NULL);
	bool good = json_parse(&f->ctx, "dir/m.json", text, strlen(text), &doc);
	if (good) {
		good = spec_parse(&f->ctx, &doc, &f->list);
		json_release(&doc);
	}
	fflush(sink);
	return good;
}

static void spec_close(struct fixture *f)
{
	fclose(f->ctx.messages);
	ctx_release(&f->ctx);
	free(f->printed);
}

/* clang-format off */
static const char sample[] =
	"{\"DW_CONV\": [{\"name\": \"d\", \"size_tensor_A\": [2, 6, 9, 12],\n"
	"   \"size_tensor_B\": [77, 88, 3, 5], \"strides\": [2, 3]}],\n"
	" \"GEMM\": [{\"name\": \"g\", \"size_tensor_A\": [4, 7],\n"
	"   \"size_tensor_B\": [7, 5], \"instances\": 3}],\n"
	" \"CONV\": [{\"name\": \"c\", \"size_tensor_A\": [1, 3, 20, 10],\n"
	"   \"size_tensor_B\": [8, 3, 1, 7], \"strides\": [3, 2]},\n"
	"  {\"name\": \"again\", \"size_tensor_A\": [1, 3, 20, 10],\n"
	"   \"size_tensor_B\": [8, 3, 1, 7], \"strides\": [3, 2],\n"
	"   \"instances\": 4}]}";
/* clang-format on */

static void layers_come_in_the_seeds_order(void **state)
{
	(void)state;
	struct fixture f;
	assert_true(spec_open(&f, sample));
	/* rows (20-1)/3 + 1 = 7, columns (10-7)/2 + 1 = 2; depthwise rows
	 * (9-3)/2 + 1 = 4, columns (12-5)/3 + 1 = 3 */
	/* clang-format off */
	static const struct {
		const char *name, *op, *output;
		int64_t executions, macs, bound[LOOP_COUNT];
	} want[] = {
		{"c",           "CONV",    "1x8x7x2", 1, 8 * 3 * 7 * 2 * 7,  {1, 8, 3, 7, 2, 1, 7}},
		{"again",       "CONV",    "1x8x7x2", 4, 8 * 3 * 7 * 2 * 7,  {1, 8, 3, 7, 2, 1, 7}},
		{"g",           "GEMM",    "4x5",     3, 4 * 7 * 5,          {4, 5, 7, 1, 1, 1, 1}},
		{"d_depthwise", "DW_CONV", "2x6x4x3", 1, 2 * 6 * 4 * 3 * 15, {2, 1, 6, 4, 3, 3, 5}},
	};
	/* clang-format on */
	assert_int_equal(f.list.count, sizeof want / sizeof *want);
	assert_string_equal(f.list.model, "m.json");
	int64_t total = 0;
	for (size_t i = 0; i < f.list.count; i++) {
		const struct layer *layer = &f.list.layers[i];
		assert_string_equal(layer->name, want[i].name);
		assert_string_equal(layer->op, want[i].op);
		assert_string_equal(shape_text(&f.ctx, &layer->output_shape),
			want[i].output);
		assert_int_equal(layer->executions, want[i].executions);
		assert_int_equal(layer->macs, want[i].macs);
		assert_memory_equal(layer->nests[0].nest.bound, want[i].bound,
			sizeof want[i].bound);
		total += layer->macs * layer->executions;
	}
	assert_int_equal(f.list.total_macs, total);
	spec_close(&f);
}

/* The keys that dMazeRunner does not know. */
static void dilations_and_multipliers(void **state)
{
	(void)state;
	struct fixture f;
	assert_true(spec_open(&f,
		"{\"DW_CONV\": [{\"name\": \"d\", "
		"\"size_tensor_A\": [2, 6, 9, 12], "
		"\"size_tensor_B\": [1, 1, 3, 4], \"strides\": [1, 2], "
		"\"dilations\": [2, 3], \"multiplier\": 4}]}"));
	/* rows 9 - 2*2 = 5, columns (12 - 3*3 - 1)/2 + 1 = 2 */
	static const int64_t bound[LOOP_COUNT] = {2, 4, 6, 5, 2, 3, 4};
	const struct layer *layer = &f.list.layers[0];
	assert_memory_equal(layer->nests[0].nest.bound, bound, sizeof bound);
	assert_string_equal(
		shape_text(&f.ctx, &layer->output_shape), "2x24x5x2");
	assert_string_equal(
		shape_text(&f.ctx, &layer->weight_shape), "24x1x3x4");
	spec_close(&f);
}

/* Keys of its files that dMazeRunner reads nothing of, whatever they hold. */
static void comments_say_nothing(void **state)
{
	(void)state;
	struct fixture f;
	assert_true(spec_open(&f,
		"{\"comment\": [1], \"GEMM\": [{\"name\": \"g\", "
		"\"size_tensor_A\": [4, 7], \"comment\": \"rows\", "
		"\"size_tensor_B\": [7, 5], \"instances\": 3, "
		"\"names_repeated_layers\": [\"h\", \"i\"]}], "
		"\"CONV\": [{\"name\": \"c\", \"names_repeated_layers\": null, "
		"\"size_tensor_A\": [1, 3, 8, 8], \"comment\": {}, "
		"\"size_tensor_B\": [4, 3, 3, 3], \"strides\": [1, 1]}], "
		"\"DW_CONV\": [{\"name\": \"d\", \"comment\": 7, "
		"\"size_tensor_A\": [1, 3, 8, 8], "
		"\"names_repeated_layers\": [], "
		"\"size_tensor_B\": [4, 3, 3, 3], \"strides\": [1, 1]}]}"));
	assert_int_equal(f.list.count, 3);
	assert_int_equal(f.list.layers[1].executions, 3);
	spec_close(&f);
}

static void equal_nests_merge(void **state)
{
	(void)state;
	struct fixture f;
	struct network network;
	assert_true(spec_open(&f, sample));
	assert_true(network_make(&f.ctx, &f.list, &network));
	static const int64_t instances[] = {5, 3, 1};
	static const size_t distinct[] = {0, 0, 1, 2};
	assert_int_equal(network.count, 3);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(network.nests[i].instances, instances[i]);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(
			network_nest(&network, f.list.layers[i].nests),
			distinct[i]);
	assert_string_equal(network.nests[0].example, "c");

	/* More than 2^63 runs. */
	f.list.layers[0].executions = INT64_MAX - 1;
	assert_false(network_make(&f.ctx, &f.list, &network));
	spec_close(&f);
}

static void layers_print(void **state)
{
	(void)state;
	struct fixture f;
	assert_true(spec_open(&f,
		"{\"GEMM\": [{\"name\": \"g\", \"size_tensor_A\": [4, 7], "
		"\"size_tensor_B\": [7, 5], \"instances\": 3}]}"));
	struct json_doc doc;
	const char *text = layers_json(&f.ctx, &f.list);
	assert_true(json_parse(&f.ctx, "out", text, strlen(text), &doc));
	const cJSON *layer =
		cJSON_GetArrayItem(json_member(doc.root, "layers"), 0);
	int64_t macs, dims[2];
	assert_true(json_int(
		&f.ctx, &doc, json_member(layer, "macs"), 0, 1000, &macs));
	assert_int_equal(macs, 140);
	assert_true(json_ints(&f.ctx, &doc, json_member(layer, "weight_shape"),
		2, 0, 100, dims));
	assert_int_equal(dims[0], 7);
	json_release(&doc);
	assert_string_equal(layers_text(&f.ctx, &f.list),
		"#  layer  op    input  weight  output     MACs  nest\n"
		"0  g      GEMM  4x7    7x5     4x5     3 x 140  N4 M5 C7\n"
		"\n"
		"m.json: 1 layer, 420 MACs, 100% of the model's; 0 nodes not "
		"mapped, 0 folded\n");
	spec_close(&f);
}

#define CONV(a, b, s)                                         \
	"{\"CONV\": [{\"name\": \"x\", \"size_tensor_A\": " a \
	", \"size_tensor_B\": " b ", \"strides\": " s "}]}"
#define GEMM(a, b)                                            \
	"{\"GEMM\": [{\"name\": \"x\", \"size_tensor_A\": " a \
	", \"size_tensor_B\": " b "}]}"

static void bad_specifications_are_refused(void **state)
{
	(void)state;
	/* clang-format off */
	static const struct {
		const char *text, *message; /* a part of it */
	} cases[] = {
		{"[]", "m.json:1:1: error: expected a model specification"},
		{"{}", "no layers"},
		{"{\"CONV\": []}", "no layers"},
		{"{\"CONVS\": []}", "unknown key 'CONVS', did you mean 'CONV'?"},
		{"{\"CONV\": {}}", "expected an array"},
		{"{\"CONV\": [{\"name\": \"x\", \"comments\": 1}]}", "unknown key 'comments', did you mean 'comment'?"},
		{"{\"CONV\": [7]}", "m.json:1:11: error: expected a layer, found a number"},
		{"{\"CONV\": [{\"name\": \"x\"}]}", "size_tensor_A"},
		{"{\"CONV\": [{\"name\": 3, \"size_tensor_A\": [1,1,1,1]}]}", "expected a string"},
		{"{\"GEMM\": [{\"name\": \"x\", \"size_tensor_A\": [1,1],\n \"strides\": [1,1]}]}",
		 "m.json:2:2: error: unknown key 'strides'"},
		{CONV("[1,3,8]", "[4,3,3,3]", "[1,1]"), "size_tensor_A"},
		{CONV("[1,3,8,0]", "[4,3,3,3]", "[1,1]"), "0"},
		{CONV("[1,3,8,-1]", "[4,3,3,3]", "[1,1]"), "-1"},
		{CONV("[1,3,8,1.5]", "[4,3,3,3]", "[1,1]"), "1.5"},
		{CONV("[1,3,8,8]", "[4,3,3,3]", "[1,0]"), "0"},
		{CONV("[1,3,8,8]", "[4,2,3,3]", "[1,1]"),
		 "size_tensor_B has 2 input channels, size_tensor_A has 3"},
		{CONV("[1,3,8,8]", "[4,3,9,3]", "[1,1]"),
		 "filter has 9 rows, the padded input has 8"},
		{CONV("[1,3,8,8]", "[4,3,3,3]", "[1,1], \"dilations\": [1,4]"),
		 "filter has 3 columns before dilation, the padded input has 8"},
		{CONV("[1,3,8,8]", "[4,3,3,3]", "[1,1], \"dilations\": [1]"), "dilations"},
		{CONV("[1,3,8,8]", "[4,3,3,3]", "[1,1], \"multiplier\": 2"), "multiplier"},
		{CONV("[1,3,8,8]", "[4,3,3,9]", "[1,1]"),
		 "filter has 9 columns, the padded input has 8"},
		{CONV("[9999999,9999999,9,9]", "[4,9999999,3,3]", "[1,1]"),
		 "more than 2^50 multiplications"},
		{GEMM("[4,7]", "[6,5]"), "size_tensor_B has 6 rows, size_tensor_A has 7 columns"},
		{GEMM("[4,1e300]", "[6,5]"), "expected"},
		{GEMM("[4,7]", "[7,5"), "error"},
	};
	/* clang-format on */
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct fixture f;
		assert_false(spec_open(&f, cases[i].text));
		if (!strstr(f.printed, cases[i].message))
			fail_msg("'%s' printed '%s', wanted '%s'",
				cases[i].text, f.printed, cases[i].message);
		assert_true(f.ctx.errors > 0);
		spec_close(&f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(layers_come_in_the_seeds_order),
		cmocka_unit_test(dilations_and_multipliers),
		cmocka_unit_test(comments_say_nothing),
		cmocka_unit_test(equal_nests_merge),
		cmocka_unit_test(layers_print),
		cmocka_unit_test(bad_specifications_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
