/* Metrics of a design, and which designs are best by several at once. */
#ifndef DSE_PARETO_H
#define DSE_PARETO_H

#include <stdbool.h>
#include <stddef.h>

enum metric {
	METRIC_ENERGY,
	METRIC_CYCLES,
	METRIC_EDP,
	METRIC_AREA,
	METRIC_POWER,
	METRIC_COUNT
};
const char *metric_name(enum metric metric);
/* "" where it has none, or none that is known. */
const char *metric_unit(enum metric metric);

/* Of the metrics of the set (bits 1 << METRIC_x), smaller is better: a is at
 * most b in all and below it in one. */
bool metrics_dominate(unsigned set, const double a[METRIC_COUNT],
	const double b[METRIC_COUNT]);

/* The Pareto set of points that come one by one: those that no other one
 * dominates, equal ones all. */
struct pareto {
	unsigned metrics;
	size_t count, distinct;
	struct pareto_point {
		size_t design;
		double metric[METRIC_COUNT];
		/* Of pareto.c: equal to another one of the set, where it is;
		 * of the first 'distinct' points, where the distinct are. */
		bool again;
		size_t first;
	} * points; /* as many as there are designs */
};

/* Adds a point, which may drop others. */
void pareto_add(struct pareto *pareto, size_t design,
	const double metric[METRIC_COUNT]);
/* Whether one of the points dominates the metrics. */
bool pareto_dominates(
	const struct pareto *pareto, const double metric[METRIC_COUNT]);
/* In the order of designs. */
void pareto_sort(struct pareto *pareto);

#endif
