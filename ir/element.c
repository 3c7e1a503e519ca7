/* Floats of any width of exponent and fraction, then integers. */
#include "ir/element.h"

#include <math.h>

/* --- floats --------------------------------------------------------------- */

/* Sign, exponent and fraction from the highest bit down. */
static const struct float_format {
	int exponent_bits, fraction_bits, bias;
	enum {
		SPECIAL_IEEE, /* highest exponent: infinities and NaNs */
		SPECIAL_FN,   /* all ones: NaN */
		SPECIAL_FNUZ, /* sign alone: NaN */
		SPECIAL_NONE,
		SPECIAL_SCALE, /* no sign, no zero; all ones: NaN */
	} special;
} float_formats[DTYPE_COUNT] = {
	[DTYPE_FLOAT] = {8,  23, 127,  SPECIAL_IEEE },
	[DTYPE_DOUBLE] = {11, 52, 1023, SPECIAL_IEEE },
	[DTYPE_FLOAT16] = {5,  10, 15,   SPECIAL_IEEE },
	[DTYPE_BFLOAT16] = {8,  7,  127,  SPECIAL_IEEE },
	[DTYPE_FLOAT8E4M3FN] = {4,  3,  7,    SPECIAL_FN   },
	[DTYPE_FLOAT8E4M3FNUZ] = {4,  3,  8,    SPECIAL_FNUZ },
	[DTYPE_FLOAT8E5M2] = {5,  2,  15,   SPECIAL_IEEE },
	[DTYPE_FLOAT8E5M2FNUZ] = {5,  2,  16,   SPECIAL_FNUZ },
	[DTYPE_FLOAT4E2M1] = {2,  1,  1,    SPECIAL_NONE },
	[DTYPE_FLOAT8E8M0] = {8,  0,  127,  SPECIAL_SCALE},
};

double element_float(enum dtype type, uint64_t pattern)
{
	const struct float_format *format = &float_formats[type];
	int f = format->fraction_bits, e = format->exponent_bits;
	uint64_t fraction = pattern & ((1ull << f) - 1);
	uint64_t exponent_max = (1ull << e) - 1;
	uint64_t exponent = pattern >> f & exponent_max;
	bool negative = format->special != SPECIAL_SCALE && pattern >> (e + f);
	if (format->special == SPECIAL_SCALE)
		return exponent == exponent_max
			? NAN
			: ldexp(1, (int)exponent - format->bias);
	if (format->special == SPECIAL_FNUZ && negative && !exponent &&
		!fraction)
		return NAN;
	if (exponent == exponent_max && format->special == SPECIAL_FN &&
		fraction == (1ull << f) - 1)
		return NAN;
	double size;
	if (exponent == exponent_max && format->special == SPECIAL_IEEE)
		size = fraction ? (double)NAN : (double)INFINITY;
	else if (exponent)
		size = ldexp((double)(fraction | 1ull << f),
			(int)exponent - format->bias - f);
	else
		size = ldexp((double)fraction, 1 - format->bias - f);
	return negative ? -size : size;
}

static uint64_t nan_pattern(const struct float_format *format)
{
	int f = format->fraction_bits, sign = format->exponent_bits + f;
	switch (format->special) {
	case SPECIAL_IEEE: /* the highest bit of the fraction: quiet */
		return (1ull << sign) - (1ull << (f - 1));
	case SPECIAL_FNUZ:
		return 1ull << sign;
	case SPECIAL_NONE:
		return 0;
	default:
		return (1ull << sign) - 1;
	}
}

/* Largest finite number. */
static uint64_t largest_pattern(const struct float_format *format)
{
	int f = format->fraction_bits, sign = format->exponent_bits + f;
	switch (format->special) {
	case SPECIAL_IEEE:
		return (1ull << sign) - (1ull << f) - 1;
	case SPECIAL_FNUZ:
	case SPECIAL_NONE:
		return (1ull << sign) - 1;
	default:
		return (1ull << sign) - 2;
	}
}

uint64_t element_of_float(enum dtype type, double number)
{
	const struct float_format *format = &float_formats[type];
	int f = format->fraction_bits, bias = format->bias;
	bool scale = format->special == SPECIAL_SCALE;
	if (isnan(number))
		return nan_pattern(format);
	uint64_t largest = largest_pattern(format), pattern;
	int exponent, least = scale ? -bias : 1 - bias;
	double size = fabs(number);
	frexp(size, &exponent);
	exponent = size == 0 || exponent - 1 < least ? least : exponent - 1;
	if (isinf(size) || exponent > bias + 1) {
		pattern = largest + 1;
	} else {
		/* The leading 1 of the fraction adds 1 to the exponent. */
		double fraction = rint(ldexp(size, f - exponent));
		pattern = ((uint64_t)(exponent + bias) << f) +
			(uint64_t)fraction - (1ull << f);
		if (scale && fraction < 1)
			pattern = 0;
	}
	if (pattern > largest)
		pattern = largest + (format->special == SPECIAL_IEEE);
	if (!signbit(number) || scale ||
		(format->special == SPECIAL_FNUZ && !pattern))
		return pattern;
	return pattern | 1ull << (format->exponent_bits + f);
}

/* --- integers ------------------------------------------------------------- */

static bool is_signed(enum dtype type)
{
	static const bool table[DTYPE_COUNT] = {
		[DTYPE_INT8] = true,
		[DTYPE_INT16] = true,
		[DTYPE_INT32] = true,
		[DTYPE_INT64] = true,
		[DTYPE_INT4] = true,
		[DTYPE_INT2] = true,
	};
	return table[type];
}

bool element_int(enum dtype type, uint64_t pattern, int64_t *out)
{
	if (type == DTYPE_BOOL)
		pattern = pattern != 0;
	else if (is_signed(type)) {
		uint64_t sign = 1ull << (dtype_bits(type) - 1);
		pattern = (pattern ^ sign) - sign;
	} else if (pattern > INT64_MAX)
		return false;
	*out = (int64_t)pattern;
	return true;
}

uint64_t element_of_int(enum dtype type, int64_t number)
{
	int bits = dtype_bits(type);
	if (type == DTYPE_BOOL)
		return number != 0;
	return bits == 64 ? (uint64_t)number
			  : (uint64_t)number & ((1ull << bits) - 1);
}

int64_t element_saturate(enum dtype type, int64_t number)
{
	int bits = type == DTYPE_BOOL ? 1 : dtype_bits(type);
	bool negative = is_signed(type);
	int64_t most = INT64_MAX;
	if (bits < 64)
		most = (int64_t)((1ull << (bits - negative)) - 1);
	int64_t least = negative ? -most - 1 : 0;
	return number < least ? least : number > most ? most : number;
}
