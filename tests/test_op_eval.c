/* Sums of products of operators against sums worked out by hand. Elements of
 * operands are small and all different, so that each product shows. */
#include "sim/op_eval.h"

#include "tests/cmocka.h"
#include "tests/small_graph.h"

#include <stdlib.h>
#include <string.h>

enum { CASE_INPUTS = 6, ELEMS_MAX = 64 };

struct fixture {
	struct ctx ctx;
	FILE *sink;
	struct small_graph small;
	struct op_products products;
};

static void fixture_open(struct fixture *f)
{
	f->sink = tmpfile();
	assert_non_null(f->sink);
	ctx_init(&f->ctx, f->sink, NULL);
	small_init(&f->ctx, &f->small);
}

static void fixture_close(struct fixture *f)
{
	ctx_release(&f->ctx);
	fclose(f->sink);
}

/* A node of the operator, which has texts for its inputs ("-": left out). */
static bool products_of(struct fixture *f, const char *op,
	const char *const *inputs, const char *attrs)
{
	struct value *in[CASE_INPUTS + 1] = {NULL};
	for (int i = 0; i < CASE_INPUTS && inputs[i]; i++)
		in[i] = *inputs[i] == '-' ? &small_none
					  : small_value(&f->small, inputs[i]);
	struct value *out[] = {small_value(&f->small, "y"), NULL};
	struct node *node = small_node(&f->small, op, in, out);
	small_attrs(&f->small, node, attrs);
	return op_products(&f->ctx, node, &f->products);
}

/* "1 2 3" or, for 1 to n, "1-n". */
static int numbers_read(const char *text, double *out)
{
	int count = 0;
	char *end;
	for (; *text; text = end) {
		double x = strtod(text, &end);
		assert_ptr_not_equal(text, end);
		if (*end == '-')
			for (double last = strtod(end + 1, &end); x < last;)
				out[count++] = x++;
		out[count++] = x;
		assert_true(count <= ELEMS_MAX);
	}
	return count;
}

static int64_t elems_of(const struct shape *shape)
{
	int64_t elems = 0;
	assert_true(shape_elems(shape, &elems));
	return elems;
}

struct sums_case {
	const char *op, *input[CASE_INPUTS], *attrs;
	size_t product; /* which one, of how many */
	size_t count;
	const char *in, *weight;    /* their elements */
	const char *shape, *wanted; /* of the output */
};

/* clang-format off */
static const struct sums_case sums[] = {
	/* 1*10 + 2*20, 2*10 + 3*20, 3*10 + 4*20 */
	{"Conv", {"x int8 1x1x4", "w int8 1x1x2"}, "", 0, 1, "1-4", "10 20",
		"1x1x3", "50 80 110"},
	/* padding 1 before: 1*20; stride 2: 2*10 + 3*20 */
	{"Conv", {"x int8 1x1x4", "w int8 1x1x2"}, "pads=1,0 strides=2", 0, 1,
		"1-4", "10 20", "1x1x2", "20 80"},
	/* dilation 2: 1*10 + 3*20, 2*10 + 4*20 */
	{"Conv", {"x int8 1x1x4", "w int8 1x1x2"}, "dilations=2", 0, 1, "1-4",
		"10 20", "1x1x2", "70 100"},
	/* the odd zero of SAME_UPPER is behind, of SAME_LOWER in front */
	{"Conv", {"x int8 1x1x3", "w int8 1x1x2"}, "auto_pad=SAME_UPPER", 0, 1,
		"1-3", "10 20", "1x1x3", "50 80 30"},
	{"Conv", {"x int8 1x1x3", "w int8 1x1x2"}, "auto_pad=SAME_LOWER", 0, 1,
		"1-3", "10 20", "1x1x3", "20 50 80"},
	/* a padding of -1 cuts the image to 2 3 4 */
	{"Conv", {"x int8 1x1x4", "w int8 1x1x2"}, "pads=-1,0", 0, 1, "1-4",
		"10 20", "1x1x2", "80 110"},
	/* outputs that lie in the padding with all taps */
	{"Conv", {"x int8 1x1x2", "w int8 1x1x2"}, "pads=3,0", 0, 1, "1-2",
		"10 20", "1x1x4", "0 0 20 50"},
	/* 1 2 / 3 4 / 5 6 under 1 2 / 3 4: 1+4+9+16, 3+8+15+24 */
	{"Conv", {"x int8 1x1x3x2", "w int8 1x1x2x2"}, "", 0, 1, "1-6", "1-4",
		"1x1x2x1", "30 50"},
	/* two channels, two outputs: 1*1 + 3*2, 2*1 + 4*2; 1*3 + 3*4, ... */
	{"Conv", {"x int8 1x2x2", "w int8 2x2x1"}, "", 0, 1, "1-4", "1-4",
		"1x2x2", "7 10 15 22"},
	/* groups: channel 0 with filter 0, channel 1 with filter 1 */
	{"Conv", {"x int8 1x2x2", "w int8 2x1x1"}, "group=2", 0, 1, "1-4",
		"10 20", "1x2x2", "10 20 60 80"},
	/* depthwise with a multiplier: two filters a channel */
	{"Conv", {"x int8 1x2x1", "w int8 4x1x1"}, "group=2", 0, 1, "3 5",
		"1-4", "1x4x1", "3 6 15 20"},
	/* depth: 1 2 in the first slice, 3 4 in the second */
	{"Conv", {"x int8 1x1x2x1x2", "w int8 1x1x2x1x1"}, "", 0, 1, "1-4",
		"10 20", "1x1x1x1x2", "70 100"},
	{"com.microsoft.FusedConv", {"x int8 1x1x2", "w int8 1x1x1"}, "", 0, 1,
		"1-2", "5", "1x1x2", "5 10"},
	/* channels last: pixels (1 2) (3 4) under (1 2): 1+4, 3+8 */
	{"com.microsoft.QLinearConv", {"x int8 1x1x2x2", "-", "-",
		"w int8 1x2x1x1"}, "channels_last=1", 0, 1, "1-4", "1-2",
		"1x1x2x1", "5 11"},
	{"QLinearConv", {"x uint8 1x1x2", "-", "-", "w int8 1x1x1"}, "", 0, 1,
		"200 255", "-2", "1x1x2", "-400 -510"},
	/* each input spreads the filter, two apart: 10 20 30+20*... */
	{"ConvTranspose", {"x int8 1x1x2", "w int8 1x1x3"}, "strides=2", 0, 1,
		"1 2", "10 20 30", "1x1x5", "10 20 50 40 60"},
	/* dilation 2, stride 1: 10 20 . at 0, 2, 4 and 1, 3, 5 */
	{"ConvTranspose", {"x int8 1x1x2", "w int8 1x1x3"}, "dilations=2", 0,
		1, "1 2", "10 20 30", "1x1x6", "10 20 20 40 30 60"},
	/* stride 2 and dilation 3: 10@0 20@3 30@6, doubled from 2 on */
	{"ConvTranspose", {"x int8 1x1x2", "w int8 1x1x3"},
		"strides=2 dilations=3", 0, 1, "1 2", "10 20 30", "1x1x9",
		"10 0 20 20 0 40 30 0 60"},
	{"ConvTranspose", {"x int8 1x1x2", "w int8 1x1x3"},
		"strides=2 pads=1,1", 0, 1, "1 2", "10 20 30", "1x1x3",
		"20 50 40"},
	{"ConvTranspose", {"x int8 1x1x2", "w int8 1x1x3"},
		"strides=2 output_padding=1", 0, 1, "1 2", "10 20 30", "1x1x6",
		"10 20 50 40 60 0"},
	/* 5 outputs cut to 4: the odd one in front, or behind */
	{"ConvTranspose", {"x int8 1x1x2", "w int8 1x1x3"},
		"strides=2 output_shape=4", 0, 1, "1 2", "10 20 30", "1x1x4",
		"20 50 40 60"},
	{"ConvTranspose", {"x int8 1x1x2", "w int8 1x1x3"},
		"strides=2 auto_pad=SAME_UPPER", 0, 1, "1 2", "10 20 30",
		"1x1x4", "10 20 50 40"},
	/* W is [in][out of a group]: channel 0 with 1 2, channel 1 with 3 4 */
	{"ConvTranspose", {"x int8 1x2x1", "w int8 2x2x1"}, "group=2", 0, 1,
		"10 20", "1-4", "1x4x1", "10 20 60 80"},
	{"ConvTranspose", {"x int8 1x2x1", "w int8 2x2x1"}, "", 0, 1, "10 20",
		"1-4", "1x2x1", "70 100"},
	/* 1 2 / 3 4 times 5 6 / 7 8 */
	{"MatMul", {"a int8 2x2", "b int8 2x2"}, "", 0, 1, "1-4", "5-8", "2x2",
		"19 22 43 50"},
	{"Gemm", {"a int8 2x2", "b int8 2x2"}, "transA=1", 0, 1, "1-4", "5-8",
		"2x2", "26 30 38 44"},
	{"Gemm", {"a int8 1x2", "b int8 3x2"}, "transB=1", 0, 1, "1-2", "1-6",
		"1x3", "5 11 17"},
	{"QLinearMatMul", {"a uint8 1x2", "-", "-", "b int8 2x1"}, "", 0, 1,
		"200 100", "-1 3", "1x1", "100"},
	/* vectors */
	{"MatMul", {"a int8 2", "b int8 2"}, "", 0, 1, "1-2", "3-4", "[]",
		"11"},
	{"MatMul", {"a int8 2", "b int8 2x2x1"}, "", 0, 1, "1-2", "1-4", "2x1",
		"5 11"},
	{"MatMul", {"a int8 2x1x2", "b int8 2"}, "", 0, 1, "1-4", "1-2", "2x1",
		"5 11"},
	/* batches spread: A of [2][1], B of [3] */
	{"MatMul", {"a int8 2x1x1x1", "b int8 3x1x1"}, "", 0, 1, "1 10", "1-3",
		"2x3x1x1", "1 2 3 10 20 30"},
	/* transBatchA: rows outside of the batch: rows 1 3, 2 4 */
	{"com.microsoft.FusedMatMul", {"a int8 2x2x1", "b int8 1x1"},
		"transBatchA=1", 0, 1, "1-4", "10", "2x2x1", "10 30 20 40"},
	{"com.microsoft.FusedMatMul", {"a int8 1x2", "b int8 3x2"}, "transB=1",
		0, 1, "1-2", "1-6", "1x3", "5 11 17"},
	/* rows of B padded to blocks of 4 */
	{"com.microsoft.MatMulNBits", {"a int8 1x3", "b uint8 2x1x2"},
		"K=3 N=2 block_size=4", 0, 1, "1-3", "1 1 1 9 2 2 2", "1x2",
		"6 12"},
	/* of 8 bits: as they are */
	{"com.microsoft.MatMulNBits", {"a int8 1x3", "b uint8 2x1x4"},
		"K=3 N=2 block_size=4 bits=8", 0, 1, "1-3", "1 1 1 9 2 2 2 9",
		"1x2", "6 12"},
	/* and dense rows */
	{"com.microsoft.MatMulBnb4", {"a int8 1x3", "b uint8 3"},
		"K=3 N=2 block_size=4", 0, 1, "1-3", "1 1 1 2 2 2", "1x2",
		"6 12"},
	{"Einsum", {"a int8 2x2", "b int8 2x2"}, "equation=ij,jk->ik", 0, 1,
		"1-4", "5-8", "2x2", "19 22 43 50"},
	/* transposed result; implied result */
	{"Einsum", {"a int8 2x2", "b int8 2x2"}, "equation=ij,jk->ki", 0, 1,
		"1-4", "5-8", "2x2", "19 43 22 50"},
	{"Einsum", {"a int8 2x2", "b int8 2x2"}, "equation=ij,jk", 0, 1, "1-4",
		"5-8", "2x2", "19 22 43 50"},
	/* b comes before c: the result is [b][c] */
	{"Einsum", {"a int8 1x2", "b int8 1x1"}, "equation=ac,ab", 0, 1, "1-2",
		"3", "1x2", "3 6"},
	/* a diagonal: 1*5 + 4*6 */
	{"Einsum", {"a int8 2x2", "b int8 2"}, "equation=ii,i->", 0, 1, "1-4",
		"5-6", "[]", "29"},
	/* ellipses of 1 and 0 dimensions */
	{"Einsum", {"a int8 2x1x2", "b int8 2x1"}, "equation=...ij,jk->...ik",
		0, 1, "1-4", "1-2", "2x1x1", "5 11"},
	/* an index of one operand alone: (1+2)*5, (3+4)*6 */
	{"Einsum", {"a int8 2x2", "b int8 2"}, "equation=ij,i->i", 0, 1, "1-4",
		"5-6", "2", "15 42"},
	/* X is [step][batch][2]; RNN has one row a state */
	{"RNN", {"x int8 2x1x2", "w int8 1x1x2", "r int8 1x1x1"}, "", 0, 2,
		"1-4", "1 10", "1x2x1x1", "21 43"},
	{"RNN", {"x int8 2x1x2", "w int8 2x1x2", "r int8 2x1x1"}, "", 1, 2,
		"1-4", "1 10", "2x2x1x1", "1 2 30 40"},
	{"GRU", {"x int8 1x1x1", "w int8 1x3x1", "r int8 1x3x1"}, "", 0, 2,
		"2", "1-3", "1x1x1x3", "2 4 6"},
	/* two heads, one query, two keys of size 1: Q [1][1][2] */
	{"Attention", {"q int8 1x1x2", "k int8 1x2x2", "v int8 1x2x2"},
		"q_num_heads=2 kv_num_heads=2", 0, 2, "10 20", "1-4",
		"1x2x1x2", "10 30 40 80"},
	{"Attention", {"q int8 1x1x2", "k int8 1x2x2", "v int8 1x2x2"},
		"q_num_heads=2 kv_num_heads=2", 1, 2, "1 10 1 100", "1-4",
		"1x1x2", "31 402"},
	/* heads outside; both queries' heads share one of K */
	{"Attention", {"q int8 1x2x1x1", "k int8 1x1x2x1", "v int8 1x1x2x1"},
		"", 0, 2, "1 10", "5 6", "1x2x1x2", "5 6 50 60"},
	/* one head of size 1: weight gives Q K V side by side */
	{"com.microsoft.Attention", {"x int8 1x2x1", "w int8 1x3"},
		"num_heads=1", 0, 3, "1 10", "2 3 4", "1x2x3",
		"2 3 4 20 30 40"},
	{"com.microsoft.Attention", {"x int8 1x2x1", "w int8 1x3"},
		"num_heads=1", 1, 3, "2 3 4 20", "2 3 4 20 30",
		"1x1x2x2", "6 60 60 600"},
	{"com.microsoft.Attention", {"x int8 1x2x1", "w int8 1x3"},
		"num_heads=1", 2, 3, "1 2 3 4", "2 3 4 20 30 40", "1x2x1",
		"84 172"},
};
/* clang-format on */

/* The elements as int16 in one operand and int32 in the other, so that mixed
 * types are met, or as doubles. */
static void test_sums(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof sums / sizeof *sums; i++) {
		const struct sums_case *c = &sums[i];
		struct fixture f;
		fixture_open(&f);
		assert_true(products_of(&f, c->op, c->input, c->attrs));
		assert_null(f.products.reason);
		assert_int_equal(f.products.count, c->count);
		const struct op_product *p = &f.products.product[c->product];
		assert_string_equal(
			shape_text(&f.ctx, &p->out.shape), c->shape);
		double in[ELEMS_MAX], weight[ELEMS_MAX], wanted[ELEMS_MAX];
		int16_t in16[ELEMS_MAX];
		int32_t weight32[ELEMS_MAX];
		int ins = numbers_read(c->in, in);
		int weights = numbers_read(c->weight, weight);
		assert_int_equal(ins, elems_of(&p->in.shape));
		assert_int_equal(weights, elems_of(&p->weight.shape));
		for (int k = 0; k < ins; k++)
			in16[k] = (int16_t)in[k];
		for (int k = 0; k < weights; k++)
			weight32[k] = (int32_t)weight[k];
		const struct op_elems a = {DTYPE_INT16, in16};
		const struct op_elems b = {DTYPE_INT32, weight32};
		const struct op_elems x = {DTYPE_DOUBLE, in};
		const struct op_elems y = {DTYPE_DOUBLE, weight};
		int count = numbers_read(c->wanted, wanted);
		assert_int_equal(count, elems_of(&p->out.shape));
		for (int k = 0; k < count; k++) {
			int64_t sum = op_sum_int(p, k, &a, &b);
			if (sum != (int64_t)wanted[k])
				fail_msg("case %zu, %s %s: output %d is %lld, "
					 "expected %g",
					i, c->op, c->attrs, k, (long long)sum,
					wanted[k]);
			assert_true(
				op_sum_float(p, k, &x, &y).sum == (double)sum);
		}
		fixture_close(&f);
	}
}

static void test_elements(void **state)
{
	(void)state;
	struct fixture f;
	fixture_open(&f);
	const char *const inputs[CASE_INPUTS] = {"a float 1x2", "b float 2x1"};
	assert_true(products_of(&f, "MatMul", inputs, ""));
	const struct op_product *p = f.products.product;
	/* Each type's own reading of the same bytes: ff ff .. */
	static const struct {
		enum dtype type;
		int64_t wanted; /* twice the square */
	} types[] = {
		{DTYPE_INT8,   2                         },
		{DTYPE_UINT8,  2 * 255 * 255             },
		{DTYPE_INT16,  2                         },
		{DTYPE_UINT16, 2 * (int64_t)65535 * 65535},
		{DTYPE_INT32,  2                         },
		{DTYPE_INT64,  2                         },
		{DTYPE_INT4,   2                         },
	};
	uint8_t bytes[16];
	memset(bytes, 0xff, sizeof bytes);
	for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
		const struct op_elems e = {types[i].type, bytes};
		assert_int_equal(op_sum_int(p, 0, &e, &e), types[i].wanted);
	}
	/* 3 * 2 - 4 * 5: terms of 6 and 20 */
	const float a[] = {3, 4};
	const double b[] = {2, -5};
	const struct op_elems x = {DTYPE_FLOAT, a}, y = {DTYPE_DOUBLE, b};
	struct op_float_sum sum = op_sum_float(p, 0, &x, &y);
	assert_true(sum.sum == -14);
	assert_true(sum.magnitude == 26);
	assert_int_equal(sum.terms, 2);
	fixture_close(&f);
}

/* Operators without a definition, and nodes that contradict themselves. */
static void test_without(void **state)
{
	(void)state;
	/* clang-format off */
	static const struct {
		const char *op, *input[CASE_INPUTS], *attrs;
		const char *reason; /* NULL: refused */
		const char *message;
	} cases[] = {
		{"Softmax", {"x float 2x2"}, "",
			"no direct evaluation of Softmax", NULL},
		{"com.microsoft.CDist", {"x float 2x2", "b uint8 2"}, "",
			"no direct evaluation of com.microsoft.CDist", NULL},
		{"Einsum", {"a float 2", "b float 2", "c float 2"},
			"equation=i,i,i->", "Einsum of more than two operands",
			NULL},
		{"Conv", {"x float 1x3x5", "w float 4x2x3"}, "", NULL,
			"channels do not agree with 1 groups"},
		{"Conv", {"x float 1x3x5", "w float 4x3x7"}, "", NULL,
			"the filter is larger than the image on axis 0"},
		{"Conv", {"x float 1x3x5", "w float 4x3x3"}, "strides=1,2",
			NULL, "strides has 2 numbers, expected 1"},
		{"Conv", {"x float 1x3x?", "w float 4x3x3"}, "", NULL,
			"input 0 is 1x3x?, expected known sizes"},
		{"MatMul", {"a float 2x3", "b float 2x3"}, "", NULL,
			"A is 2x3 and B is 2x3: their sizes do not agree"},
		{"Einsum", {"a float 2x3", "b float 2x3"},
			"equation=ij,jk->ik", NULL,
			"equation 'ij,jk->ik' does not fit operands of 2x3 and "
			"2x3"},
		{"Gemm", {"a float 2x3"}, "", NULL, "input 1 is missing"},
	};
	/* clang-format on */
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct fixture f;
		fixture_open(&f);
		bool ok = products_of(
			&f, cases[i].op, cases[i].input, cases[i].attrs);
		assert_int_equal(ok, cases[i].reason != NULL);
		assert_int_equal(f.products.count, 0);
		char text[400] = "";
		rewind(f.sink);
		text[fread(text, 1, sizeof text - 1, f.sink)] = '\0';
		if (ok)
			assert_string_equal(f.products.reason, cases[i].reason);
		else if (!strstr(text, cases[i].message))
			fail_msg("'%s' is not in: %s", cases[i].message, text);
		fixture_close(&f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sums),
		cmocka_unit_test(test_elements),
		cmocka_unit_test(test_without),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
