#include "passes/lower.h"

#include "base/checked.h"

#include <string.h>

/* Open addressing over indices of what is kept once, +1; 0: free. At most half
 * full, so that probes end soon. */
struct index_table {
	size_t slots; /* power of two */
	size_t *slot;
};

static void table_init(struct ctx *ctx, struct index_table *table, size_t most)
{
	table->slots = 16;
	while (table->slots < 2 * most)
		table->slots *= 2;
	table->slot =
		arena_array(&ctx->arena, table->slots, sizeof *table->slot);
}

struct dedup {
	struct ctx *ctx;
	struct network *network;
	struct index_table nests, tasks;
	struct nest_form *forms; /* scratch for the longest list */
};

/* --- nests ---------------------------------------------------------------- */

/* The index of the equal nest, which is added where there is none. */
static size_t nest_index(
	struct dedup *d, const struct layer *layer, const struct nest *nest)
{
	struct network *n = d->network;
	const struct index_table *table = &d->nests;
	size_t i = (size_t)nest_hash(nest) & (table->slots - 1);
	while (table->slot[i] &&
		!nest_equal(&n->nests[table->slot[i] - 1].nest, nest))
		i = (i + 1) & (table->slots - 1);
	if (!table->slot[i]) {
		n->nests[n->count] = (struct distinct_nest){
			.nest = *nest, .example = layer->name};
		table->slot[i] = ++n->count;
	}
	return table->slot[i] - 1;
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
		d->forms[i] = (struct nest_form){.nest = forms[i].distinct,
			.instances = forms[i].instances,
			.reserve = forms[i].reserve};
		factor = common_factor(forms[i].instances, factor);
	}
	for (size_t i = 0; i < count; i++)
		d->forms[i].instances /= factor ? factor : 1;
	return factor;
}

static bool forms_equal(
	const struct task *task, const struct nest_form *forms, size_t count)
{
	if (task->form_count != count)
		return false;
	for (size_t i = 0; i < count; i++)
		if (task->forms[i].nest != forms[i].nest ||
			task->forms[i].instances != forms[i].instances ||
			task->forms[i].reserve != forms[i].reserve)
			return false;
	return true;
}

static size_t forms_hash(const struct nest_form *forms, size_t count)
{
	size_t hash = count;
	for (size_t i = 0; i < count; i++)
		hash = (hash ^ forms[i].nest) * 0x9e3779b1u +
			(size_t)forms[i].instances;
	return hash ^ hash >> 16;
}

static bool task_add(
	struct dedup *d, const struct layer *layer, struct layer_nest *ln)
{
	struct network *n = d->network;
	const struct index_table *table = &d->tasks;
	size_t count = ln->form_count ? ln->form_count : 1;
	int64_t factor = forms_fill(d, ln);
	size_t i = forms_hash(d->forms, count) & (table->slots - 1);
	while (table->slot[i] &&
		!forms_equal(&n->tasks[table->slot[i] - 1], d->forms, count))
		i = (i + 1) & (table->slots - 1);
	if (!table->slot[i]) {
		struct task *task = &n->tasks[n->task_count];
		*task = (struct task){.form_count = count,
			.forms = arena_array(
				&d->ctx->arena, count, sizeof *task->forms)};
		memcpy(task->forms, d->forms, count * sizeof *d->forms);
		table->slot[i] = ++n->task_count;
	}
	ln->task = table->slot[i] - 1;
	return runs_add(d->ctx, layer, factor, &n->tasks[ln->task].runs);
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

static bool visit_nest(
	struct dedup *d, const struct layer *layer, struct layer_nest *ln)
{
	ln->distinct = nest_index(d, layer, &ln->nest);
	return runs_add(d->ctx, layer, ln->instances,
		&d->network->nests[ln->distinct].instances);
}

static bool visit_forms(
	struct dedup *d, const struct layer *layer, struct layer_nest *ln)
{
	for (size_t f = 0; f < ln->form_count; f++)
		ln->forms[f].distinct =
			nest_index(d, layer, &ln->forms[f].nest);
	return task_add(d, layer, ln);
}

bool dedup_layers(
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
		.tasks = arena_array(a, nests, sizeof *out->tasks)};
	table_init(ctx, &d.nests, nests + forms);
	table_init(ctx, &d.tasks, nests);
	if (!nests_each(&d, list, visit_nest))
		return false;
	out->run = out->count;
	return nests_each(&d, list, visit_forms);
}
