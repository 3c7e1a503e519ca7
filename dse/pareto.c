#include "dse/pareto.h"

#include <stdlib.h>
#include <string.h>

const char *metric_name(enum metric metric)
{
	static const char *const names[METRIC_COUNT] = {
		[METRIC_ENERGY] = "energy",
		[METRIC_CYCLES] = "cycles",
		[METRIC_EDP] = "edp",
		[METRIC_AREA] = "area",
		[METRIC_POWER] = "power",
	};
	return names[metric];
}

const char *metric_unit(enum metric metric)
{
	static const char *const units[METRIC_COUNT] = {
		[METRIC_ENERGY] = "pJ",
		[METRIC_CYCLES] = "",
		[METRIC_EDP] = "pJ x cycles",
		[METRIC_AREA] = "",
		[METRIC_POWER] = "",
	};
	return units[metric];
}

bool metrics_dominate(unsigned set, const double a[METRIC_COUNT],
	const double b[METRIC_COUNT])
{
	bool below = false;
	for (int m = 0; m < METRIC_COUNT; m++) {
		if (!(set & 1u << m))
			continue;
		if (!(a[m] <= b[m]))
			return false;
		below |= a[m] < b[m];
	}
	return below;
}

bool pareto_dominates(
	const struct pareto *pareto, const double metric[METRIC_COUNT])
{
	for (size_t i = 0; i < pareto->count; i++)
		if (metrics_dominate(
			    pareto->metrics, pareto->points[i].metric, metric))
			return true;
	return false;
}

void pareto_add(
	struct pareto *pareto, size_t design, const double metric[METRIC_COUNT])
{
	if (pareto_dominates(pareto, metric))
		return;
	size_t kept = 0;
	for (size_t i = 0; i < pareto->count; i++)
		if (!metrics_dominate(
			    pareto->metrics, metric, pareto->points[i].metric))
			pareto->points[kept++] = pareto->points[i];
	pareto->points[kept].design = design;
	memcpy(pareto->points[kept].metric, metric,
		METRIC_COUNT * sizeof *metric);
	pareto->count = kept + 1;
}

static int by_design(const void *a, const void *b)
{
	const struct pareto_point *x = a, *y = b;
	return (x->design > y->design) - (x->design < y->design);
}

void pareto_sort(struct pareto *pareto)
{
	if (pareto->count)
		qsort(pareto->points, pareto->count, sizeof *pareto->points,
			by_design);
}
