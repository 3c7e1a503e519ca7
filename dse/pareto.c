/* A front of points of which none dominates another; designs that are equal
 * share one. */
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

/* Many designs are often equal: those that differ are few, and listed apart. */
static const struct pareto_point *distinct_point(
	const struct pareto *pareto, size_t i)
{
	return &pareto->points[pareto->points[i].first];
}

static void distinct_list(struct pareto *pareto)
{
	pareto->distinct = 0;
	for (size_t i = 0; i < pareto->count; i++)
		if (!pareto->points[i].again)
			pareto->points[pareto->distinct++].first = i;
}

bool pareto_dominates(
	const struct pareto *pareto, const double metric[METRIC_COUNT])
{
	for (size_t i = 0; i < pareto->distinct; i++)
		if (metrics_dominate(pareto->metrics,
			    distinct_point(pareto, i)->metric, metric))
			return true;
	return false;
}

static bool metrics_equal(unsigned set, const double a[METRIC_COUNT],
	const double b[METRIC_COUNT])
{
	for (int m = 0; m < METRIC_COUNT; m++)
		if (set & 1u << m && a[m] != b[m])
			return false;
	return true;
}

void pareto_add(
	struct pareto *pareto, size_t design, const double metric[METRIC_COUNT])
{
	struct pareto_point *points = pareto->points;
	struct pareto_point added = {.design = design};
	bool drops = false;
	if (pareto_dominates(pareto, metric))
		return;
	for (size_t i = 0; i < pareto->distinct; i++) {
		const double *other = distinct_point(pareto, i)->metric;
		added.again |= metrics_equal(pareto->metrics, metric, other);
		drops |= metrics_dominate(pareto->metrics, metric, other);
	}
	if (drops) {
		size_t kept = 0;
		for (size_t i = 0; i < pareto->count; i++)
			if (!metrics_dominate(pareto->metrics, metric,
				    points[i].metric))
				points[kept++] = points[i];
		pareto->count = kept;
		distinct_list(pareto);
	}
	memcpy(added.metric, metric, sizeof added.metric);
	points[pareto->count] = added;
	if (!added.again)
		points[pareto->distinct++].first = pareto->count;
	pareto->count++;
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
	distinct_list(pareto);
}
