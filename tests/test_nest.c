/* The nest's builders, footprints and invariants. Every extent has a number of
 * its own, so that swapped axes show. */
#include "ir/nest.h"

#include "tests/cmocka.h"

static void conv_bounds_follow_rows_and_columns(void **state)
{
	(void)state;
	/* 1x7 kernel on a 20x10 image padded to 22x16, strides 3 and 2,
	 * dilations 5 and 2. Rows (22 - 1) / 3 + 1, columns (16 - 13) / 2 + 1.
	 */
	struct nest n = nest_conv(2, 8, 3, (int64_t[]){22, 16},
		(int64_t[]){1, 7}, (int64_t[]){3, 2}, (int64_t[]){5, 2});
	const int64_t want[LOOP_COUNT] = {2, 8, 3, 8, 2, 1, 7};
	assert_memory_equal(n.bound, want, sizeof want);
	assert_int_equal(nest_footprint(&n, OPND_O, n.bound), 2 * 8 * 8 * 2);
	/* rows 7*3 + 0*5 + 1 = 22, columns 1*2 + 6*2 + 1 = 15 of 16 */
	assert_int_equal(nest_footprint(&n, OPND_I, n.bound), 2 * 3 * 22 * 15);
	assert_int_equal(nest_footprint(&n, OPND_W, n.bound), 8 * 3 * 1 * 7);
}

/* Loops that index each operand, as a sum of bits: N1 M2 C4 Ox8 Oy16 Fx32
 * Fy64; loops of bound 1 do not count. */
static void loops_index_operands(void **state)
{
	(void)state;
	const int64_t image[2] = {9, 8}, filter[2] = {3, 2}, one[2] = {1, 1};
	/* clang-format off */
	const struct {
		struct nest nest;
		unsigned want[OPND_COUNT];
	} cases[] = {
		{nest_conv(2, 3, 4, image, filter, one, one),
			{1 + 2 + 8 + 16, 1 + 4 + 8 + 16 + 32 + 64,
				2 + 4 + 32 + 64}},
		{nest_depthwise(2, 1, 4, image, filter, one, one),
			{1 + 4 + 8 + 16, 1 + 4 + 8 + 16 + 32 + 64, 4 + 32 + 64}},
		{nest_depthwise(1, 3, 4, image, filter, one, one),
			{2 + 4 + 8 + 16, 4 + 8 + 16 + 32 + 64, 2 + 4 + 32 + 64}},
		{nest_gemm(5, 6, 7, false,false), {1 + 2, 1 + 4, 2 + 4}},
		{nest_gemm(5, 1,7,true, true), {1, 1 + 4, 4}},
	};
	/* clang-format on */
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		assert_memory_equal(cases[i].nest.indexes, cases[i].want,
			sizeof cases[i].want);
}

static void broken_nests_are_refused(void **state)
{
	(void)state;
	struct ctx ctx;
	FILE *sink = fopen("/dev/null", "w");
	ctx_init(&ctx, sink, NULL);
	const struct loc loc = {.file = "m.onnx", .node = "n"};
	const struct nest good = nest_gemm(5, 6, 7, false, false);
	assert_true(nest_verify(&ctx, &loc, &good));

	struct nest bad = good;
	bad.bound[LOOP_C] = 0;
	assert_false(nest_verify(&ctx, &loc, &bad));
	bad = good;
	bad.bound[LOOP_FX] = 3; /* indexes nothing */
	assert_false(nest_verify(&ctx, &loc, &bad));
	bad = good;
	bad.tensor[OPND_I].dim[1].size = 6; /* C reads 7 */
	assert_false(nest_verify(&ctx, &loc, &bad));
	bad = nest_gemm((int64_t)1 << 40, (int64_t)1 << 20, 7, false, false);
	assert_false(nest_verify(&ctx, &loc, &bad));
	assert_int_equal(ctx.errors, 4);
	ctx_release(&ctx);
	fclose(sink);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(conv_bounds_follow_rows_and_columns),
		cmocka_unit_test(loops_index_operands),
		cmocka_unit_test(broken_nests_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
