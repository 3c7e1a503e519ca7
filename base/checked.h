/* Arithmetic on sizes that come from strangers: each returns false, and leaves
 * *out alone, when the result leaves int64_t. */
#ifndef BASE_CHECKED_H
#define BASE_CHECKED_H

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>

static inline bool mul_ok(int64_t a, int64_t b, int64_t *out)
{
	int64_t r;
	if (__builtin_mul_overflow(a, b, &r))
		return false;
	*out = r;
	return true;
}

static inline bool add_ok(int64_t a, int64_t b, int64_t *out)
{
	int64_t r;
	if (__builtin_add_overflow(a, b, &r))
		return false;
	*out = r;
	return true;
}

static inline bool sub_ok(int64_t a, int64_t b, int64_t *out)
{
	int64_t r;
	if (__builtin_sub_overflow(a, b, &r))
		return false;
	*out = r;
	return true;
}

/* a / b towards plus and minus infinity; b > 0. */
static inline int64_t ceil_div(int64_t a, int64_t b)
{
	assert(b > 0);
	return a / b + (a % b > 0);
}

static inline int64_t floor_div(int64_t a, int64_t b)
{
	assert(b > 0);
	return a / b - (a % b < 0);
}

#endif
