/* Which form of a task is best on a design, and sums over the work. */
#include "dse/outcome.h"

#include "mapper/forms.h"
#include "schedule/sum.h"

#include <math.h>

const char *outcome_name(enum outcome_kind kind)
{
	static const char *const names[] = {
		[OUTCOME_OPEN] = "open",
		[OUTCOME_SEARCHED] = "searched",
		[OUTCOME_MISFIT] = "infeasible",
		[OUTCOME_SETTLED] = "settled",
	};
	return names[kind];
}

static double cost_value(enum objective objective, const struct nest_cost *cost)
{
	const struct estimate estimate = {.energy_pj = cost->energy_pj,
		.cycles = cost->cycles,
		.edp = cost->edp};
	return isnan(cost->energy_pj) ? INFINITY
				      : objective_value(objective, &estimate);
}

size_t outcome_form(const struct work *work, const struct outcome *outcome,
	size_t task, struct nest_cost *cost)
{
	const struct task *t = &work->tasks[task].task;
	size_t best = t->form_count;
	double least = INFINITY;
	*cost = (struct nest_cost){.energy_pj = NAN};
	for (size_t f = 0; f < t->form_count; f++) {
		const struct nest_form *form = &t->forms[f];
		const struct nest_cost *own = &outcome->nests[form->nest];
		double value = instances_value(work->objective,
			cost_value(work->objective, own), form->instances);
		if (form_is_better(t, f, value, best, least)) {
			best = f;
			least = value;
		}
		cost->evaluated += own->evaluated;
	}
	if (best == t->form_count)
		return best;
	const struct nest_cost *own = &outcome->nests[t->forms[best].nest];
	int64_t instances = t->forms[best].instances;
	cost->energy_pj = own->energy_pj * (double)instances;
	cost->cycles = own->cycles * instances;
	cost->edp = instances_value(OBJ_EDP, own->edp, instances);
	return best;
}

void outcome_sum(const struct work *work, struct outcome *outcome)
{
	struct sum sum = {0};
	outcome->evaluated = 0;
	for (size_t t = 0; t < work->task_count; t++) {
		const struct work_task *task = &work->tasks[t];
		struct nest_cost cost;
		if (outcome_form(work, outcome, t, &cost) ==
			task->task.form_count) {
			outcome->kind = OUTCOME_MISFIT;
			outcome->misfit = t;
			return;
		}
		const struct estimate estimate = {
			.energy_pj = cost.energy_pj, .cycles = cost.cycles};
		sum_add(&sum, &estimate, 1, task->runs);
	}
	for (size_t i = 0; i < work->count; i++)
		outcome->evaluated += (double)outcome->nests[i].evaluated;
	outcome->energy_pj = sum.energy_pj;
	outcome->cycles = sum.cycles;
	outcome->edp = sum_edp(&sum);
}
