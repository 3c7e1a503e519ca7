/* Whole operators against results worked out by hand: sums, and what the host
 * makes of them. */
#include "sim/op_finish.h"

#include "tests/cmocka.h"
#include "tests/small_graph.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { INPUTS = 9, ELEMS = 16 };

struct finish_case {
	const char *op, *attrs;
	/* "NAME TYPE SHAPE: NUMBERS", "-" for one that is left out */
	const char *input[INPUTS];
	const char *type;   /* of the result */
	const char *wanted; /* its elements */
};

/* clang-format off */
static const struct finish_case cases[] = {
	/* 1*10 + 2*20 + 5, 2*10 + 3*20 + 5 */
	{"Conv", "", {"x float 1x1x3: 1 2 3", "w float 1x1x2: 10 20",
		"b float 1: 5"}, "float", "55 85"},
	{"ConvTranspose", "strides=2", {"x float 1x1x2: 1 2",
		"w float 1x2x1: 10 20", "b float 2: 1 -1"}, "float",
		"11 1 21 19 -1 39"},
	/* 10 and 20 with bias -15 and a residual of 1, then Relu */
	{"com.microsoft.FusedConv", "activation=Relu", {"x float 1x1x2: 1 2",
		"w float 1x1x1: 10", "b float 1: -15", "z float 1x1x2: 1 1"},
		"float", "0 6"},
	{"com.microsoft.FusedConv",
		"activation=Clip activation_params=0.5,1.5",
		{"x float 1x1x3: 0 1 2", "w float 1x1x1: 1"}, "float",
		"0.5 1 1.5"},
	/* (x - 1)(w - 2) over a padding that stands for 1 */
	{"ConvInteger", "pads=1,0", {"x uint8 1x1x2: 3 4",
		"w uint8 1x1x2: 5 6", "a uint8 []: 1", "b uint8 []: 2"},
		"int32", "8 18"},
	/* zero points of channels: (3-1)(5-2), (3-1)(6-3) */
	{"ConvInteger", "", {"x uint8 1x1x1: 3", "w uint8 2x1x1: 5 6",
		"a uint8 []: 1", "b uint8 2: 2 3"}, "int32", "6 6"},
	/* ((3-1)*5 + 7) * 0.5 * 2 / 4 + 10 = 14.25; (10*5..) saturates */
	{"QLinearConv", "", {"x uint8 1x1x2: 3 255", "xs float []: 0.5",
		"xz uint8 []: 1", "w int8 1x1x1: 5", "ws float []: 2",
		"wz int8 []: 0", "ys float []: 4", "yz uint8 []: 10",
		"b int32 1: 7"}, "uint8", "14 255"},
	/* halves go to even: 2.5 and 3.5; scales of channels */
	{"QLinearConv", "", {"x int8 1x1x1: 1", "xs float []: 1",
		"xz int8 []: 0", "w int8 2x1x1: 5 7", "ws float 2: 0.5 0.5",
		"wz int8 2: 0 0", "ys float []: 1", "yz int8 []: 0"}, "int8",
		"2 4"},
	/* 2*(1*3 + 2*4) + 0.5*10 */
	{"Gemm", "alpha=2.0 beta=0.5", {"a float 1x2: 1 2", "b float 2x1: 3 4",
		"c float 1: 10"}, "float", "27"},
	/* C by rows, by columns, by both */
	{"Gemm", "", {"a float 2x1: 1 2", "b float 1x2: 1 10",
		"c float 2x1: 100 200"}, "float", "101 110 202 220"},
	{"Gemm", "", {"a float 2x1: 1 2", "b float 1x2: 1 10",
		"c float 2: 100 200"}, "float", "101 210 102 220"},
	{"com.microsoft.FusedGemm",
		"activation=LeakyRelu activation_alpha=0.5",
		{"a float 2x1: 1 -2", "b float 1x1: 3"}, "float", "3 -3"},
	{"com.microsoft.GemmFastGelu", "", {"a float 1x1: 0", "b float 1x1: 3",
		"c float 1: 0"}, "float", "0"},
	{"com.microsoft.FusedMatMul", "alpha=0.5", {"a float 1x1: 3",
		"b float 1x1: 5"}, "float", "7.5"},
	{"MatMul", "", {"a int32 1x1: 70000", "b int32 1x1: 70000"}, "int32",
		/* 4900000000 - 2^32 */ "605032704"},
	/* rows of A and columns of B have zero points of their own */
	{"MatMulInteger", "", {"a uint8 2x1: 5 6", "b uint8 1x2: 7 8",
		"x uint8 2: 1 2", "y uint8 2: 3 4"}, "int32", "16 16 16 16"},
	{"com.microsoft.MatMulIntegerToFloat", "", {"a uint8 1x1: 5",
		"b uint8 1x1: 7", "s float []: 0.5", "t float []: 0.25",
		"x uint8 []: 1", "y uint8 []: 3", "c float 1: 10"}, "float",
		/* 4*4 / 8 + 10 */ "12"},
	{"QLinearMatMul", "", {"a uint8 1x1: 5", "as float []: 1",
		"az uint8 []: 1", "b uint8 1x1: 7", "bs float []: 1",
		"bz uint8 []: 3", "ys float []: 2", "yz uint8 []: 1"}, "uint8",
		"9"},
	/* 2*(4*4 + 4) with scales of 1; quantised by 8, without y it is float */
	{"com.microsoft.QGemm", "alpha=2.0", {"a uint8 1x1: 5",
		"as float []: 1", "az uint8 []: 1", "b uint8 1x1: 7",
		"bs float []: 1", "bz uint8 []: 3", "c int32 1: 4",
		"ys float []: 8", "yz uint8 []: 1"}, "uint8", "6"},
	{"com.microsoft.QGemm", "alpha=2.0", {"a uint8 1x1: 5",
		"as float []: 1", "az uint8 []: 1", "b uint8 1x1: 7",
		"bs float []: 1", "bz uint8 []: 3"}, "float", "32"},
	/* rounded to the result's type: 2049 is no float16 */
	{"MatMul", "", {"a float16 1x1: 2049", "b float16 1x1: 1"}, "float16",
		"2048"},
	{"Einsum", "equation=i,i->", {"a float 2: 1 2", "b float 2: 3 4"},
		"float", "11"},
};
/* clang-format on */

static struct tensor *tensor_read(
	struct ctx *ctx, const struct value *value, const char *numbers)
{
	struct tensor *t = arena_alloc(&ctx->arena, sizeof *t);
	*t = (struct tensor){.type = value->type, .shape = value->shape};
	assert_true(shape_elems(&value->shape, &t->count));
	t->floats = arena_array(&ctx->arena, ELEMS, sizeof *t->floats);
	char *end;
	for (int64_t i = 0; i < t->count; i++, numbers = end) {
		t->floats[i] = strtod(numbers, &end);
		assert_ptr_not_equal(numbers, end);
	}
	if (!dtype_is_integer(value->type))
		return t;
	t->ints = arena_array(&ctx->arena, ELEMS, sizeof *t->ints);
	for (int64_t i = 0; i < t->count; i++)
		t->ints[i] = (int64_t)t->floats[i];
	t->floats = NULL;
	return t;
}

struct fixture {
	struct ctx ctx;
	FILE *sink;
	struct small_graph small;
	struct node *node;
	const struct tensor *input[INPUTS];
};

static void node_open(struct fixture *f, const struct finish_case *c)
{
	f->sink = tmpfile();
	assert_non_null(f->sink);
	ctx_init(&f->ctx, f->sink, NULL);
	small_init(&f->ctx, &f->small);
	struct value *in[INPUTS + 1] = {NULL};
	for (int k = 0; k < INPUTS; k++)
		f->input[k] = NULL;
	for (int k = 0; k < INPUTS && c->input[k]; k++) {
		const char *colon = strchr(c->input[k], ':');
		in[k] = &small_none;
		if (!colon)
			continue;
		in[k] = small_value(&f->small,
			arena_strndup(&f->ctx.arena, c->input[k],
				(size_t)(colon - c->input[k])));
		f->input[k] = tensor_read(&f->ctx, in[k], colon + 1);
	}
	struct value *out[] = {
		small_value(&f->small,
			arena_printf(&f->ctx.arena, "y %s", c->type)),
		NULL};
	f->node = small_node(&f->small, c->op, in, out);
	small_attrs(&f->small, f->node, c->attrs);
}

static void node_close(struct fixture *f)
{
	ctx_release(&f->ctx);
	fclose(f->sink);
}

static const struct tensor *input_of(
	const struct fixture *f, const struct op_operand *operand)
{
	for (size_t k = 0; k < f->node->input_count; k++)
		if (f->node->input[k] == operand->value)
			return f->input[k];
	fail();
	return NULL;
}

static bool evaluate(struct fixture *f, struct tensor *out)
{
	struct op_products products;
	assert_true(op_products(&f->ctx, f->node, &products));
	assert_int_equal(products.count, 1);
	assert_true(op_finishes(f->node));
	const struct op_product *p = products.product;
	struct tensor sums = op_sums(
		&f->ctx, p, input_of(f, &p->in), input_of(f, &p->weight));
	return op_finish(&f->ctx, f->node, p, f->input, &sums, out);
}

static void test_results(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const struct finish_case *c = &cases[i];
		struct fixture f;
		struct tensor out;
		node_open(&f, c);
		assert_true(evaluate(&f, &out));
		const struct value like = {
			.type = out.type, .shape = out.shape};
		const struct tensor *wanted =
			tensor_read(&f.ctx, &like, c->wanted);
		for (int64_t k = 0; k < out.count; k++) {
			double found =
				out.ints ? (double)out.ints[k] : out.floats[k];
			double want = wanted->ints ? (double)wanted->ints[k]
						   : wanted->floats[k];
			if (found != want)
				fail_msg("case %zu, %s %s: output %d is %g, "
					 "expected %g",
					i, c->op, c->attrs, (int)k, found,
					want);
		}
		node_close(&f);
	}
}

/* Each activation at -2 and 1, against its formula. */
static void test_activations(void **state)
{
	(void)state;
	const double e = exp(-2);
	/* clang-format off */
	const struct {
		const char *attrs;
		double low, high;
	} rows[] = {
		{"activation=Relu", 0, 1},
		{"activation=LeakyRelu", -0.02, 1},
		{"activation=ThresholdedRelu activation_alpha=0.5", 0, 1},
		{"activation=Elu", e - 1, 1},
		{"activation=Sigmoid", 1 / (1 + 1 / e), 1 / (1 + exp(-1))},
		{"activation=HardSigmoid", 0.1, 0.7},
		{"activation=Tanh", tanh(-2), tanh(1)},
		{"activation=Softplus", log(1 + e), log(1 + exp(1))},
		{"activation=Softsign", -2.0 / 3, 0.5},
	};
	/* clang-format on */
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct finish_case c = {
			"com.microsoft.FusedGemm", rows[i].attrs,
			{"a double 2x1: -2 1", "b double 1x1: 1"},
                         "double",
			""
                };
		struct fixture f;
		struct tensor out;
		node_open(&f, &c);
		assert_true(evaluate(&f, &out));
		if (fabs(out.floats[0] - rows[i].low) > 1e-15 ||
			fabs(out.floats[1] - rows[i].high) > 1e-15)
			fail_msg("%s: %g %g, expected %g %g", rows[i].attrs,
				out.floats[0], out.floats[1], rows[i].low,
				rows[i].high);
		node_close(&f);
	}
}

static void test_refusals(void **state)
{
	(void)state;
	/* clang-format off */
	static const struct {
		struct finish_case c;
		const char *message;
	} rows[] = {
		{{"Conv", "", {"x float 1x1x1: 1", "w float 2x1x1: 1 2",
			"b float 3: 1 2 3"}, "float", ""},
			"input 2 is 3, which does not spread over the result "
			"1x2x1"},
		{{"com.microsoft.FusedGemm", "activation=Swish",
			{"a float 1x1: 1", "b float 1x1: 1"}, "float", ""},
			"activation 'Swish' is not known"},
		{{"MatMulInteger", "", {"a float 1x1: 1", "b float 1x1: 1",
			"x uint8 []: 1"}, "int32", ""},
			"it has zero points, expected integer operands"},
	};
	/* clang-format on */
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct fixture f;
		struct tensor out;
		char text[400] = "";
		node_open(&f, &rows[i].c);
		assert_false(evaluate(&f, &out));
		rewind(f.sink);
		text[fread(text, 1, sizeof text - 1, f.sink)] = '\0';
		if (!strstr(text, rows[i].message))
			fail_msg("'%s' is not in: %s", rows[i].message, text);
		node_close(&f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_results),
		cmocka_unit_test(test_activations),
		cmocka_unit_test(test_refusals),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
