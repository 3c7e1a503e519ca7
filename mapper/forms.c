/* Admission of nests to the search, and the choice among a task's forms. */
#include "mapper/forms.h"

#include <math.h>

/* --- admission ------------------------------------------------------------ */

/* Of one nest of a layer, in place. */
static void nest_admit(
	struct layer_nest *ln, const struct arch *arch, enum burst_rule rule)
{
	struct layer_nest *forms = ln->forms;
	size_t kept = 0;
	bool proper = false; /* one that is no reserve */
	for (size_t i = 0; i < ln->form_count; i++)
		proper |= !forms[i].reserve &&
			cost_counts(&forms[i].nest, arch, rule, TILES_PERFECT);
	for (size_t i = 0; i < ln->form_count; i++)
		if (forms[i].reserve != proper &&
			cost_counts(&forms[i].nest, arch, rule, TILES_PERFECT))
			forms[kept++] = forms[i];
	if (kept)
		*ln = forms[0];
	ln->form_count = kept > 1 ? kept : 0;
	ln->forms = kept > 1 ? forms : NULL;
}

void forms_admit(
	struct layer_list *list, const struct arch *arch, enum burst_rule rule)
{
	for (size_t i = 0; i < list->count; i++)
		for (size_t k = 0; k < list->layers[i].nest_count; k++)
			if (list->layers[i].nests[k].form_count)
				nest_admit(
					&list->layers[i].nests[k], arch, rule);
}

bool task_admit(const struct task *task, const bool *counts, bool *wanted)
{
	bool proper = false, any = false;
	for (size_t i = 0; i < task->form_count; i++)
		proper |=
			!task->forms[i].reserve && counts[task->forms[i].nest];
	for (size_t i = 0; i < task->form_count; i++) {
		const struct nest_form *form = &task->forms[i];
		if (counts[form->nest] && form->reserve != proper)
			wanted[form->nest] = any = true;
	}
	return any;
}

/* --- choice --------------------------------------------------------------- */

double instances_value(
	enum objective objective, double value, int64_t instances)
{
	return objective_times(objective, value, (double)instances);
}

bool form_is_better(const struct task *task, size_t f, double value,
	size_t best, double least)
{
	if (value == INFINITY || best == task->form_count)
		return value < INFINITY;
	return value < least ||
		(value == least &&
			task->forms[f].instances < task->forms[best].instances);
}

size_t task_choose(
	const struct task *task, enum objective objective, const double *value)
{
	size_t best = task->form_count;
	double least = INFINITY;
	for (size_t i = 0; i < task->form_count; i++) {
		const struct nest_form *form = &task->forms[i];
		double own = instances_value(
			objective, value[form->nest], form->instances);
		if (form_is_better(task, i, own, best, least)) {
			least = own;
			best = i;
		}
	}
	return best;
}

double *result_values(struct ctx *ctx, enum objective objective,
	const struct search_result *results, size_t count)
{
	double *value = arena_array(&ctx->arena, count, sizeof *value);
	for (size_t i = 0; i < count; i++)
		value[i] = results[i].feasible
			? objective_value(objective,
				  &results[i].best[objective].winner.estimate)
			: INFINITY;
	return value;
}
