/* Files with one tensor: read in every form, written and read again, refused
 * where they are damaged. */
#include "import/onnx_tensor_file.h"

#include "tests/cmocka.h"
#include "tests/onnx_text.h"

#include <stdlib.h>
#include <string.h>

struct reading {
	struct ctx ctx;
	struct value *value;
	bool ok;
	char *messages;
	size_t message_bytes;
	FILE *sink;
};

static void reading_open(struct reading *r)
{
	r->sink = open_memstream(&r->messages, &r->message_bytes);
	assert_non_null(r->sink);
	ctx_init(&r->ctx, r->sink, NULL);
}

static void reading_close(struct reading *r)
{
	ctx_release(&r->ctx);
	fclose(r->sink);
	free(r->messages);
}

static void read_text(struct reading *r, const char *text)
{
	size_t length;
	uint8_t *bytes = onnx_tensor_text(&r->ctx.arena, text, &length);
	r->ok = tensor_bytes_read(&r->ctx, "t.pb", bytes, length, &r->value);
	fflush(r->sink);
}

static void test_forms(void **state)
{
	(void)state;
	/* clang-format off */
	static const struct {
		const char *text, *name, *shape;
		double first, last;
	} cases[] = {
		{"dims: [2, 3] data_type: 1 name: 'x' "
			"float_data: [1.5, 2, 3, 4, 5, -6]", "x", "2x3", 1.5,
			-6},
		{"data_type: 6 int32_data: -7", "", "[]", -7, -7},
		{"dims: 3 data_type: 3 raw_data: '\xff\x01\x80'", "", "3", -1,
			-128},
		{"dims: 2 data_type: 10 int32_data: [15360, 49408]", "", "2",
			1, -2.5},
		{"dims: 3 data_type: 22 raw_data: '\x8f\x07'", "", "3", -1, 7},
		{"dims: 1 data_type: 7 int64_data: -5000000000", "", "1", -5e9,
			-5e9},
		{"dims: 2 data_type: 11 double_data: [0.25, 8]", "", "2", 0.25,
			8},
	};
	/* clang-format on */
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct reading r;
		reading_open(&r);
		read_text(&r, cases[i].text);
		assert_string_equal(r.messages ? r.messages : "", "");
		assert_true(r.ok);
		assert_string_equal(r.value->name, cases[i].name);
		assert_string_equal(
			shape_text(&r.ctx, &r.value->shape), cases[i].shape);
		const struct tensor *t = r.value->data;
		size_t last = (size_t)t->count - 1;
		double first = t->floats ? t->floats[0] : (double)t->ints[0];
		double end =
			t->floats ? t->floats[last] : (double)t->ints[last];
		assert_true(first == cases[i].first);
		assert_true(end == cases[i].last);
		reading_close(&r);
	}
}

/* 2 x 3 elements of every type there and back. */
static void test_round_trip(void **state)
{
	(void)state;
	for (int t = 1; t < DTYPE_COUNT; t++) {
		enum dtype type = (enum dtype)t;
		struct reading r;
		bool floats = dtype_is_float(type);
		if (!floats && !dtype_is_integer(type))
			continue;
		reading_open(&r);
		int64_t ints[] = {0, 1, 1, 0, 1, 0};
		double reals[] = {0.5, 1, 2, 4, 0.5, 2};
		struct tensor tensor = {.type = type,
			.shape = shape_make(&r.ctx, 2, (int64_t[]){2, 3}),
			.count = 6,
			.ints = floats ? NULL : ints,
			.floats = floats ? reals : NULL};
		uint8_t *bytes;
		size_t length;
		tensor_file_bytes(&r.ctx, "name", &tensor, &bytes, &length);
		assert_true(tensor_bytes_read(
			&r.ctx, "t.pb", bytes, length, &r.value));
		assert_string_equal(r.value->name, "name");
		assert_int_equal(r.value->type, type);
		assert_string_equal(shape_text(&r.ctx, &r.value->shape), "2x3");
		const struct tensor *got = r.value->data;
		assert_int_equal(got->count, 6);
		for (int i = 0; i < 6; i++)
			assert_true(floats ? got->floats[i] == reals[i]
					   : got->ints[i] == ints[i]);
		/* Every shorter file is refused, or has fewer fields. */
		for (size_t cut = 0; cut < length; cut++)
			(void)tensor_bytes_read(
				&r.ctx, "t.pb", bytes, cut, &r.value);
		reading_close(&r);
	}
}

static void test_refusals(void **state)
{
	(void)state;
	/* clang-format off */
	static const struct {
		const char *text, *message;
	} cases[] = {
		{"", "element type 0, expected 1 to 26"},
		{"dims: 2 data_type: 8 string_data: ['a', 'b']",
			"its elements are of type string, expected numbers"},
		{"dims: 3 data_type: 1 float_data: [1, 2]",
			"its elements cannot be read: expected 3 of float"},
		{"dims: [2, 3] data_type: 1",
			"its elements cannot be read: expected 2x3 of float"},
		{"dims: 3 data_type: 1 raw_data: '\\x00\\x00'",
			"which needs 12 bytes; its raw_data has 2"},
		{"dims: [1000000, 1000000] data_type: 1 float_data: 1",
			"its elements cannot be read: expected 1000000x1000000 "
				"of float"},
		{"dims: 3 data_type: 1 data_location: 1 "
				"external_data { key: 'location' value: '../x' }",
			"location '../x' leaves the model's folder"},
	};
	/* clang-format on */
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct reading r;
		reading_open(&r);
		read_text(&r, cases[i].text);
		assert_false(r.ok);
		if (!strstr(r.messages, cases[i].message))
			fail_msg("'%s' is not in: %s", cases[i].message,
				r.messages);
		reading_close(&r);
	}
	struct reading r;
	reading_open(&r);
	assert_false(tensor_file_read(&r.ctx, "none.pb", &r.value));
	fflush(r.sink);
	assert_string_equal(
		r.messages, "none.pb: error: No such file or directory\n");
	reading_close(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_forms),
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_refusals),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
