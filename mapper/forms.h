/* The forms of tasks: which of them can be searched, and which is the best. */
#ifndef MAPPER_FORMS_H
#define MAPPER_FORMS_H

#include "mapper/search.h"

/* Leaves of every nest's forms those whose numbers the cost model can count on
 * this machine (cost_counts), the reserves only where it can count no other;
 * where it can count none, the first, for search_network to refuse. To be
 * called before network_make. */
void forms_admit(
	struct layer_list *list, const struct arch *arch, enum burst_rule rule);

/* The same of a task, given which nests can be counted: sets wanted[nest] for
 * each form that is to be searched. False where none is. */
bool task_admit(const struct task *task, const bool *counts, bool *wanted);

/* What so many instances that run one after the other have of the objective. */
double instances_value(
	enum objective objective, double value, int64_t instances);

/* Whether form f of that value comes before form best of the value least: it
 * has less, or as much in fewer instances; best is form_count: before none. */
bool form_is_better(const struct task *task, size_t f, double value,
	size_t best, double least);

/* The form with the least of the objective, value[nest] being that of one
 * instance; of equals the one of fewest instances, then the first. INFINITY: it
 * fits no mapping; form_count where that is so of all. */
size_t task_choose(
	const struct task *task, enum objective objective, const double *value);

/* value[count] of a search's results, in the arena. */
double *result_values(struct ctx *ctx, enum objective objective,
	const struct search_result *results, size_t count);

#endif
