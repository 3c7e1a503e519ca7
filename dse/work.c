/* Equal tasks of several workloads found by what they are made of. */
#include "dse/work.h"

/* A nest under its hash; next: another one with the same. */
struct hashed_nest {
	uint64_t hash;
	size_t nest;
	struct hashed_nest *next;
};

/* The index of the equal nest, which is added where there is none. */
static size_t nest_index(
	struct ctx *ctx, struct work *work, const struct nest *nest)
{
	struct arena *a = &ctx->arena;
	uint64_t hash = nest_hash(nest);
	void **slot = names_find(
		&work->by_hash, (const char *)&hash, sizeof hash);
	struct hashed_nest *first = slot ? *slot : NULL;
	for (struct hashed_nest *h = first; h; h = h->next)
		if (nest_equal(&work->nests[h->nest].nest, nest))
			return h->nest;
	struct hashed_nest *own = arena_alloc(a, sizeof *own);
	*own = (struct hashed_nest){hash, work->count, first};
	if (slot)
		*slot = own;
	else
		names_add(a, &work->by_hash, (const char *)&own->hash,
			sizeof own->hash, own);
	work->nests = arena_grow(a, work->nests, work->count, &work->capacity,
		work->count + 1, sizeof *work->nests);
	work->nests[work->count].nest = *nest;
	return work->count++;
}

/* What tasks with equal forms share, and others do not. */
struct task_key {
	size_t task;      /* its index */
	size_t length;    /* of numbers, in bytes */
	int64_t *numbers; /* three a form */
};

static struct task_key *task_key(struct ctx *ctx, const struct task *task)
{
	struct task_key *key = arena_alloc(&ctx->arena, sizeof *key);
	int64_t *n = arena_array(
		&ctx->arena, 3 * task->form_count, sizeof *key->numbers);
	*key = (struct task_key){
		.length = 3 * task->form_count * sizeof *n, .numbers = n};
	for (size_t f = 0; f < task->form_count; f++) {
		*n++ = (int64_t)task->forms[f].nest;
		*n++ = task->forms[f].instances;
		*n++ = task->forms[f].reserve;
	}
	return key;
}

/* The task with these forms, which is added where there is none. */
static struct work_task *task_find(struct ctx *ctx, struct work *work,
	const struct task *task, const char *name)
{
	struct task_key *key = task_key(ctx, task);
	const char *bytes = (const char *)key->numbers;
	void **slot = names_find(&work->by_forms, bytes, key->length);
	if (slot)
		return &work->tasks[((struct task_key *)*slot)->task];
	key->task = work->task_count;
	names_add(&ctx->arena, &work->by_forms, bytes, key->length, key);
	work->tasks = arena_grow(&ctx->arena, work->tasks, work->task_count,
		&work->task_capacity, work->task_count + 1,
		sizeof *work->tasks);
	work->tasks[key->task] =
		(struct work_task){.task = *task, .name = name};
	work->task_count++;
	return &work->tasks[key->task];
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
		struct work_task *found = task_find(ctx, work, &task, name);
		found->runs += (double)task.runs * weight;
	}
}
