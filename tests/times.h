/* How much a test tries. ./check leaves the counts as they are; tests/long.sh
 * asks for NESTWRIGHT_TIMES in the environment as many. */
#ifndef TESTS_TIMES_H
#define TESTS_TIMES_H

#include <stdint.h>
#include <stdlib.h>

/* At least 1. */
static inline unsigned times_wanted(void)
{
	const char *wanted = getenv("NESTWRIGHT_TIMES");
	unsigned long times = wanted ? strtoul(wanted, NULL, 10) : 1;
	return times ? (unsigned)times : 1;
}

/* The step through ways to do the same of which ./check tries one in 'most':
 * down to 1, all of them, with the times wanted. */
static inline unsigned times_step(unsigned most)
{
	unsigned times = times_wanted();
	return times < most ? (most + times - 1) / times : 1;
}

#endif
