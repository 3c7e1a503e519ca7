/* The forms that a plan's layers take. */
#include "schedule/plan.h"

#include "base/checked.h"
#include "mapper/forms.h"

#include <string.h>

/* --- taking them ---------------------------------------------------------- */

/* A plan's layers and nests on the way from what was searched. */
struct settle {
	struct ctx *ctx;
	const struct searched *from;
	const struct network_pick *pick;
	struct network network;
	struct search_result *results;
	/* [network.count]: index in from->network, and point of the front. */
	size_t *old, *point;
	size_t *first; /* [from->network->count]: new index, or SIZE_MAX */
};

/* The new index of an old nest, at a point of its front. Two tasks may want one
 * nest at different points: it is there twice then. */
static size_t nest_place(struct settle *s, size_t old, size_t point)
{
	size_t *first = &s->first[old], i = *first;
	if (i != SIZE_MAX)
		for (; i < s->network.count; i++)
			if (s->old[i] == old && s->point[i] == point)
				return i;
	i = s->network.count++;
	s->network.nests[i] = s->from->network->nests[old];
	s->network.nests[i].instances = 0;
	s->results[i] = s->from->results[old];
	s->old[i] = old;
	s->point[i] = point;
	if (*first == SIZE_MAX)
		*first = i;
	return i;
}

static bool nest_settle(
	struct settle *s, const struct layer *layer, struct layer_nest *ln)
{
	const struct network *from = s->from->network;
	size_t task = from->task_of[ln->id];
	const struct network_pick *pick = &s->pick[task];
	const struct loc loc = {.file = s->from->layers->model,
		.node = layer->name,
		.op = layer->op};
	int64_t runs, *sum;
	if (ln->form_count) {
		const struct layer_nest whole = *ln;
		*ln = whole.forms[pick->form];
		ln->form_count = whole.form_count;
		ln->forms = whole.forms;
	}
	size_t nest = nest_place(s, network_nest(from, ln), pick->point);
	s->network.nest_of[ln->id] = nest;
	s->network.task_of[ln->id] = task;
	sum = &s->network.nests[nest].instances;
	return layer->aside ||
		(mul_ok(ln->instances, layer->executions, &runs) &&
			add_ok(*sum, runs, sum)) ||
		diag_error(s->ctx, &loc, "its nest runs more than 2^63 times");
}

/* The old index's new one, for a form that is not taken. */
static size_t nest_find(struct settle *s, size_t old)
{
	return s->first[old] != SIZE_MAX ? s->first[old]
					 : nest_place(s, old, 0);
}

/* The other forms of a nest, those that fit some mapping. */
static void forms_settle(struct settle *s, struct layer_nest *ln)
{
	struct layer_nest *forms =
		arena_array(&s->ctx->arena, ln->form_count, sizeof *forms);
	size_t kept = 0, own = network_nest(&s->network, ln);
	for (size_t f = 0; f < ln->form_count; f++) {
		const struct layer_nest *form = &ln->forms[f];
		size_t old = network_nest(s->from->network, form);
		if (!s->from->results[old].feasible)
			continue;
		forms[kept++] = *form;
		/* The one that is taken may be there at its own point. */
		s->network.nest_of[form->id] =
			s->old[own] == old ? own : nest_find(s, old);
		s->network.task_of[form->id] = s->network.task_of[ln->id];
	}
	ln->form_count = kept > 1 ? kept : 0;
	ln->forms = kept > 1 ? forms : NULL;
}

static void tasks_settle(struct settle *s)
{
	const struct network *from = s->from->network;
	struct arena *arena = &s->ctx->arena;
	struct task *tasks =
		arena_array(arena, from->task_count, sizeof *tasks);
	for (size_t t = 0; t < from->task_count; t++) {
		const struct task *old = &from->tasks[t];
		struct task *task = &tasks[t];
		*task = (struct task){.runs = old->runs,
			.forms = arena_array(
				arena, old->form_count, sizeof *task->forms)};
		for (size_t f = 0; f < old->form_count; f++) {
			struct nest_form form = old->forms[f];
			if (old->form_count > 1 &&
				!s->from->results[form.nest].feasible)
				continue;
			form.nest = nest_find(s, form.nest);
			task->forms[task->form_count++] = form;
		}
	}
	s->network.task_count = from->task_count;
	s->network.tasks = tasks;
}

static struct layer_list *layers_copy(
	struct ctx *ctx, const struct layer_list *from)
{
	struct layer_list *to = arena_alloc(&ctx->arena, sizeof *to);
	*to = *from;
	to->layers = arena_array(&ctx->arena, from->count, sizeof *to->layers);
	for (size_t i = 0; i < from->count; i++) {
		struct layer *layer = &to->layers[i];
		*layer = from->layers[i];
		layer->nests = arena_array(
			&ctx->arena, layer->nest_count, sizeof *layer->nests);
		if (layer->nest_count)
			memcpy(layer->nests, from->layers[i].nests,
				layer->nest_count * sizeof *layer->nests);
	}
	return to;
}

static bool layers_settle(struct settle *s, struct layer_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		for (size_t k = 0; k < list->layers[i].nest_count; k++)
			if (!nest_settle(s, &list->layers[i],
				    &list->layers[i].nests[k]))
				return false;
	s->network.run = s->network.count;
	for (size_t i = 0; i < list->count; i++)
		for (size_t k = 0; k < list->layers[i].nest_count; k++)
			if (list->layers[i].nests[k].form_count)
				forms_settle(s, &list->layers[i].nests[k]);
	return true;
}

bool plan_take_forms(struct ctx *ctx, struct plan *plan,
	const struct network_pick *pick, size_t **point)
{
	const struct network *from = plan->searched.network;
	struct arena *a = &ctx->arena;
	size_t most = from->count + from->task_count;
	struct settle s = {.ctx = ctx,
		.from = &plan->searched,
		.pick = pick,
		.results = arena_array(a, most, sizeof *s.results),
		.old = arena_array(a, most, sizeof *s.old),
		.point = arena_array(a, most, sizeof *s.point),
		.first = arena_array(a, from->count, sizeof *s.first)};
	s.network.nests = arena_array(a, most, sizeof *s.network.nests);
	s.network.ids = from->ids;
	s.network.nest_of = arena_array(a, from->ids, sizeof(size_t));
	s.network.task_of = arena_array(a, from->ids, sizeof(size_t));
	for (size_t i = 0; i < from->count; i++)
		s.first[i] = SIZE_MAX;
	struct layer_list *list = layers_copy(ctx, plan->searched.layers);
	if (!layers_settle(&s, list))
		return false;
	tasks_settle(&s);
	struct network *network = arena_alloc(a, sizeof *network);
	*network = s.network;
	plan->layers = list;
	plan->network = network;
	plan->results = s.results;
	*point = s.point;
	return true;
}

bool plan_settle(struct ctx *ctx, struct plan *plan)
{
	const struct searched *from = &plan->searched;
	size_t tasks = from->network->task_count, *point;
	const double *value = result_values(
		ctx, plan->objective, from->results, from->network->count);
	struct network_pick *pick =
		arena_array(&ctx->arena, tasks, sizeof *pick);
	for (size_t t = 0; t < tasks; t++) {
		const struct task *task = &from->network->tasks[t];
		size_t best = task_choose(task, plan->objective, value);
		pick[t].form = best < task->form_count ? best : 0;
	}
	return plan_take_forms(ctx, plan, pick, &point);
}
