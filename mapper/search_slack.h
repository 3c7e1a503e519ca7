/* How the exact search compares bounds with numbers of the reference cost
 * function. Bounds are computed by other arithmetic: real differences are below
 * SLACK of them. Energies are rounded to whole numbers. A bound above *_above
 * is worse than the number, one above *_equal no better. */
#ifndef MAPPER_SEARCH_SLACK_H
#define MAPPER_SEARCH_SLACK_H

#define SLACK 1e-12

static inline double pj_above(double pj)
{
	return (pj + 0.5) * (1 + 2 * SLACK);
}

static inline double pj_equal(double pj)
{
	return (pj - 0.5) * (1 + 2 * SLACK);
}

static inline double cycles_above(double cycles)
{
	return (cycles + 0.5) * (1 + SLACK);
}

static inline double cycles_equal(double cycles)
{
	return (cycles - 0.5) * (1 + SLACK);
}

#endif
