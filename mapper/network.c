/* Equal nests merged, and nests of layers with equal forms. */
#include "mapper/network.h"

#include "base/checked.h"
#include "base/hash.h"
#include "base/index.h"

struct dedup {
	struct ctx *ctx;
	struct network *network;
	struct hash_index nests, tasks; /* of the network */
	struct nest_form *forms;        /* scratch for the longest list */
};

/* --- nests ---------------------------------------------------------------- */

static bool same_nest(const void *items, size_t item, const void *key)
{
	return nest_equal(
		&((const struct distinct_nest *)items)[item].nest, key);
}

/* The index of the equal nest, which is added where there is none. */
static size_t nest_index(
	struct dedup *d, const struct layer *layer, const struct nest *nest)
{
	struct network *n = d->network;
	uint64_t hash = nest_hash(nest);
	size_t index = index_find(&d->nests, hash, same_nest, n->nests, nest);
	if (index != ITEM_NONE)
		return index;
	n->nests[n->count] =
		(struct distinct_nest){.nest = *nest, .example = layer->name};
	index_add(&d->ctx->arena, &d->nests, hash, n->count);
	return n->count++;
}

static bool runs_add(struct ctx *ctx, const struct layer *layer,
	int64_t instances, int64_t *sum)
{
	int64_t more;
	if (layer->aside)
		return true;
	if (mul_ok(instances, layer->executions, &more) &&
		add_ok(*sum, more, sum))
		return true;
	struct loc loc = {.node = layer->name, .op = layer->op};
	return diag_error(ctx, &loc, "its nest runs more than 2^63 times");
}

/* --- tasks ---------------------------------------------------------------- */

static int64_t common_factor(int64_t a, int64_t b)
{
	while (b) {
		int64_t rest = a % b;
		a = b;
		b = rest;
	}
	return a;
}

/* The nest's forms into d->forms, without a common factor of their instances,
 * which is returned. */
static int64_t forms_fill(struct dedup *d, const struct layer_nest *ln)
{
	size_t count = ln->form_count ? ln->form_count : 1;
	const struct layer_nest *forms = ln->form_count ? ln->forms : ln;
	int64_t factor = 0;
	for (size_t i = 0; i < count; i++) {
		d->forms[i] = (struct nest_form){
			.nest = network_nest(d->network, &forms[i]),
			.instances = forms[i].instances,
			.reserve = forms[i].reserve};
		factor = common_factor(forms[i].instances, factor);
	}
	for (size_t i = 0; i < count; i++)
		d->forms[i].instances /= factor ? factor : 1;
	return factor;
}

static bool same_task(const void *items, size_t item, const void *key)
{
	const struct task *a = (const struct task *)items + item, *b = key;
	if (a->form_count != b->form_count)
		return false;
	for (size_t i = 0; i < a->form_count; i++)
		if (a->forms[i].nest != b->forms[i].nest ||
			a->forms[i].instances != b->forms[i].instances ||
			a->forms[i].reserve != b->forms[i].reserve)
			return false;
	return true;
}

static uint64_t task_hash(const struct task *task)
{
	uint64_t hash = HASH_START;
	for (size_t i = 0; i < task->form_count; i++) {
		hash = hash_word(hash, task->forms[i].nest);
		hash = hash_word(hash, (uint64_t)task->forms[i].instances);
	}
	return hash;
}

static bool task_add(
	struct dedup *d, const struct layer *layer, struct layer_nest *ln)
{
	struct network *n = d->network;
	int64_t factor = forms_fill(d, ln);
	const struct task task = {.forms = d->forms,
		.form_count = ln->form_count ? ln->form_count : 1};
	uint64_t hash = task_hash(&task);
	size_t t = index_find(&d->tasks, hash, same_task, n->tasks, &task);
	if (t == ITEM_NONE) {
		t = n->task_count++;
		n->tasks[t] = task;
		n->tasks[t].forms = arena_memdup(&d->ctx->arena, task.forms,
			task.form_count * sizeof *task.forms);
		index_add(&d->ctx->arena, &d->tasks, hash, t);
	}
	n->task_of[ln->id] = t;
	return runs_add(d->ctx, layer, factor, &n->tasks[t].runs);
}

/* --- all ------------------------------------------------------------------ */

typedef bool nest_visitor(
	struct dedup *d, const struct layer *layer, struct layer_nest *ln);

static bool nests_each(
	struct dedup *d, const struct layer_list *list, nest_visitor *visit)
{
	for (size_t i = 0; i < list->count; i++)
		for (size_t k = 0; k < list->layers[i].nest_count; k++)
			if (!visit(d, &list->layers[i],
				    &list->layers[i].nests[k]))
				return false;
	return true;
}

/* Gives it the next number, and finds its equal. */
static size_t number(
	struct dedup *d, const struct layer *layer, struct layer_nest *ln)
{
	struct network *n = d->network;
	ln->id = n->ids++;
	return n->nest_of[ln->id] = nest_index(d, layer, &ln->nest);
}

static bool visit_nest(
	struct dedup *d, const struct layer *layer, struct layer_nest *ln)
{
	size_t nest = number(d, layer, ln);
	return runs_add(d->ctx, layer, ln->instances,
		&d->network->nests[nest].instances);
}

static bool visit_forms(
	struct dedup *d, const struct layer *layer, struct layer_nest *ln)
{
	for (size_t f = 0; f < ln->form_count; f++)
		number(d, layer, &ln->forms[f]);
	return task_add(d, layer, ln);
}

bool network_make(
	struct ctx *ctx, const struct layer_list *list, struct network *out)
{
	struct arena *a = &ctx->arena;
	size_t nests = 0, forms = 0, most = 1;
	for (size_t i = 0; i < list->count; i++) {
		const struct layer *layer = &list->layers[i];
		nests += layer->nest_count;
		for (size_t k = 0; k < layer->nest_count; k++) {
			size_t count = layer->nests[k].form_count;
			forms += count;
			most = count > most ? count : most;
		}
	}
	struct dedup d = {.ctx = ctx,
		.network = out,
		.forms = arena_array(a, most, sizeof *d.forms)};
	*out = (struct network){
		.nests = arena_array(a, nests + forms, sizeof *out->nests),
		.tasks = arena_array(a, nests, sizeof *out->tasks),
		.nest_of = arena_array(a, nests + forms, sizeof(size_t)),
		.task_of = arena_array(a, nests + forms, sizeof(size_t))};
	if (!nests_each(&d, list, visit_nest))
		return false;
	out->run = out->count;
	return nests_each(&d, list, visit_forms);
}
