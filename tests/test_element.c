/* Bit patterns of elements: known ones, and all of the narrow types there and
 * back. */
#include "ir/element.h"

#include "tests/cmocka.h"

#include <math.h>
#include <string.h>

/* numbers, and the pattern of what the type keeps of them */
static void test_of_float(void **state)
{
	(void)state;
	/* clang-format off */
	static const struct {
		enum dtype type;
		double number;
		uint64_t pattern;
	} cases[] = {
		{DTYPE_FLOAT16, 1, 0x3c00},
		{DTYPE_FLOAT16, -2.5, 0xc100},
		{DTYPE_FLOAT16, 65504, 0x7bff},
		{DTYPE_FLOAT16, 65519, 0x7bff},
		{DTYPE_FLOAT16, 65520, 0x7c00}, /* infinity */
		{DTYPE_FLOAT16, 1e300, 0x7c00},
		{DTYPE_FLOAT16, -INFINITY, 0xfc00},
		{DTYPE_FLOAT16, 0x1p-24, 0x0001},
		{DTYPE_FLOAT16, 0x1p-25, 0x0000}, /* tie: even */
		{DTYPE_FLOAT16, 0x1.8p-24, 0x0002}, /* tie: even */
		{DTYPE_FLOAT16, -0.0, 0x8000},
		{DTYPE_FLOAT16, 1 + 0x1p-11, 0x3c00}, /* tie: even */
		{DTYPE_FLOAT16, 1 + 0x3p-11, 0x3c02},
		{DTYPE_FLOAT16, 2 - 0x1p-12, 0x4000}, /* carries */
		{DTYPE_BFLOAT16, 1, 0x3f80},
		{DTYPE_FLOAT, 0.1, 0x3dcccccd},
		{DTYPE_DOUBLE, 0.1, 0x3fb999999999999a},
		{DTYPE_FLOAT8E4M3FN, 448, 0x7e},
		{DTYPE_FLOAT8E4M3FN, 1000, 0x7e}, /* no infinity */
		{DTYPE_FLOAT8E4M3FN, NAN, 0x7f},
		{DTYPE_FLOAT8E5M2FNUZ, NAN, 0x80},
		{DTYPE_FLOAT8E5M2FNUZ, -0.0, 0x00},
		{DTYPE_FLOAT4E2M1, 6, 0x7},
		{DTYPE_FLOAT4E2M1, -7, 0xf},
		{DTYPE_FLOAT8E8M0, 1, 127},
		{DTYPE_FLOAT8E8M0, 0, 0},
	};
	/* clang-format on */
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		uint64_t found =
			element_of_float(cases[i].type, cases[i].number);
		if (found != cases[i].pattern)
			fail_msg("%s of %g is %llx, expected %llx",
				dtype_name(cases[i].type), cases[i].number,
				(unsigned long long)found,
				(unsigned long long)cases[i].pattern);
	}
}

/* What the compiler makes of floats and doubles is what we make of them. */
static void test_float_like_the_compiler(void **state)
{
	(void)state;
	uint32_t random = 1;
	for (int i = 0; i < 100000; i++) {
		random = random * 1664525 + 1013904223;
		float single;
		uint32_t pattern;
		memcpy(&single, &random, sizeof single);
		if (isnan(single))
			continue;
		assert_true(
			element_float(DTYPE_FLOAT, random) == (double)single);
		assert_int_equal(
			element_of_float(DTYPE_FLOAT, (double)single), random);
		double wide = (double)single * (1 + 0x1.8p-25);
		single = (float)wide;
		memcpy(&pattern, &single, sizeof pattern);
		assert_int_equal(element_of_float(DTYPE_FLOAT, wide), pattern);
	}
}

static void test_there_and_back(void **state)
{
	(void)state;
	for (int t = 1; t < DTYPE_COUNT; t++) {
		enum dtype type = (enum dtype)t;
		int bits = dtype_bits(type);
		if (bits > 16 || type == DTYPE_BOOL)
			continue;
		for (uint64_t p = 0; bits && p < 1ull << bits; p++) {
			int64_t number;
			if (dtype_is_integer(type)) {
				assert_true(element_int(type, p, &number));
				assert_int_equal(
					element_of_int(type, number), p);
				assert_int_equal(
					element_saturate(type, number), number);
			} else if (!isnan(element_float(type, p))) {
				assert_int_equal(
					element_of_float(
						type, element_float(type, p)),
					p);
			}
		}
	}
}

static void test_integers(void **state)
{
	(void)state;
	static const struct {
		enum dtype type;
		int64_t number, saturated, low; /* low: bits, read again */
	} cases[] = {
		{DTYPE_INT8,   200,       127,        -56         },
		{DTYPE_INT8,   -129,      -128,       127         },
		{DTYPE_UINT8,  -1,        0,          255         },
		{DTYPE_UINT8,  256,       255,        0           },
		{DTYPE_INT4,   9,         7,          -7          },
		{DTYPE_UINT4,  17,        15,         1           },
		{DTYPE_INT32,  1ll << 31, 2147483647, -(1ll << 31)},
		{DTYPE_UINT32, -1,        0,          4294967295  },
		{DTYPE_INT64,  INT64_MIN, INT64_MIN,  INT64_MIN   },
		{DTYPE_BOOL,   2,         1,          1           },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		int64_t low;
		assert_int_equal(
			element_saturate(cases[i].type, cases[i].number),
			cases[i].saturated);
		assert_true(element_int(cases[i].type,
			element_of_int(cases[i].type, cases[i].number), &low));
		assert_int_equal(low, cases[i].low);
	}
	int64_t number;
	assert_false(element_int(DTYPE_UINT64, UINT64_MAX, &number));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_of_float),
		cmocka_unit_test(test_float_like_the_compiler),
		cmocka_unit_test(test_there_and_back),
		cmocka_unit_test(test_integers),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
