#include "dse/work.h"

#include <string.h>

/* The index of the equal nest, which is added where there is none. */
static size_t nest_index(
	struct ctx *ctx, struct work *work, const struct nest *nest)
{
	for (size_t i = 0; i < work->count; i++)
		if (nest_equal(&work->nests[i].nest, nest))
			return i;
	work->nests = arena_grow(&ctx->arena, work->nests, work->count,
		&work->capacity, work->count + 1, sizeof *work->nests);
	work->nests[work->count].nest = *nest;
	return work->count++;
}

static bool forms_equal(const struct task *a, const struct task *b)
{
	if (a->form_count != b->form_count)
		return false;
	for (size_t f = 0; f < a->form_count; f++)
		if (a->forms[f].nest != b->forms[f].nest ||
			a->forms[f].instances != b->forms[f].instances ||
			a->forms[f].reserve != b->forms[f].reserve)
			return false;
	return true;
}

static struct work_task *task_find(struct work *work, const struct task *task)
{
	for (size_t t = 0; t < work->task_count; t++)
		if (forms_equal(&work->tasks[t].task, task))
			return &work->tasks[t];
	return NULL;
}

void work_add(struct ctx *ctx, struct work *work, const struct network *network,
	double weight)
{
	for (size_t t = 0; t < network->task_count; t++) {
		struct task task = network->tasks[t];
		const char *name = network->nests[task.forms[0].nest].example;
		struct nest_form *forms = arena_array(
			&ctx->arena, task.form_count, sizeof *forms);
		for (size_t f = 0; f < task.form_count; f++) {
			const struct nest_form *form = &task.forms[f];
			forms[f] = *form;
			forms[f].nest = nest_index(
				ctx, work, &network->nests[form->nest].nest);
		}
		task.forms = forms;
		struct work_task *found = task_find(work, &task);
		if (!found) {
			work->tasks = arena_grow(&ctx->arena, work->tasks,
				work->task_count, &work->task_capacity,
				work->task_count + 1, sizeof *work->tasks);
			found = &work->tasks[work->task_count++];
			*found = (struct work_task){.task = task, .name = name};
		}
		found->runs += (double)task.runs * weight;
	}
}
