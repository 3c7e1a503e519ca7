/* Layers without a mapping: why, and compiling without them. */
#include "lib/compilation.h"

#include "base/checked.h"
#include "ir/fork.h"
#include "lib/limits_explain.h"
#include "passes/lower.h"

#include <string.h>

/* --- why ------------------------------------------------------------------ */

/* Why nest i has no mapping. */
static const char *misfit_text(struct ctx *ctx, const struct compilation *c,
	size_t i, const struct search_options *search)
{
	const struct search_result *r = &c->results[i];
	const struct nest *nest = &c->network.nests[i].nest;
	const struct arch *arch = c->request->arch;
	const struct misfit *m = &r->misfit;
	struct arena *arena = &ctx->arena;
	struct search_options searched = *search;
	searched.tiles = r->tiles;
	if (!m->memory && c->request->search == SEARCH_PRUNED)
		return arena_printf(arena,
			"the pruned search gives up: %lld tilings in the space "
			"searched last (nest %s); lower its limits, or take "
			"--search exact",
			(long long)r->evaluated, nest_text(ctx, nest));
	if (!m->memory)
		return arena_printf(arena,
			"no mapping satisfies the limits%s (nest %s): %s",
			dataflow_any(&arch->dataflow)
				? " and the machine's dataflow"
				: "",
			nest_text(ctx, nest),
			limits_explain(ctx, nest, arch,
				search_of(c->request->search), &searched));
	if (m->needs_banks > m->has_banks)
		return arena_printf(arena,
			"does not fit accelerator '%s': the smallest tile "
			"needs %lld banks of the %s (%lld bytes), there are "
			"%lld (%lld bytes)",
			arch->name, (long long)m->needs_banks, m->memory,
			(long long)m->needs_bytes, (long long)m->has_banks,
			(long long)m->has_bytes);
	return arena_printf(arena,
		"does not fit accelerator '%s': the smallest tile needs %lld "
		"bytes of the %s, there are %lld",
		arch->name, (long long)m->needs_bytes, m->memory,
		(long long)m->has_bytes);
}

/* Why a task has no mapping, its first form standing for all; NULL: it has. */
static const char *task_misfit(struct ctx *ctx, const struct compilation *c,
	const struct task *task, const struct search_options *search)
{
	for (size_t f = 0; f < task->form_count; f++)
		if (c->results[task->forms[f].nest].feasible)
			return NULL;
	return misfit_text(ctx, c, task->forms[0].nest, search);
}

/* --- without them --------------------------------------------------------- */

/* Why the layer has no mapping, or NULL. */
static const char *layer_reason(const struct network *network,
	const struct layer *layer, const char *const *reason)
{
	for (size_t k = 0; k < layer->nest_count; k++)
		if (reason[network->task_of[layer->nests[k].id]])
			return reason[network->task_of[layer->nests[k].id]];
	return NULL;
}

/* How many layers have one, and in *mapped how many others with a nest there
 * are. */
static size_t layers_misfit(
	const struct compilation *c, const char *const *reason, size_t *mapped)
{
	const struct layer_list *list = &c->layers;
	size_t misfit = 0;
	*mapped = 0;
	for (size_t i = 0; i < list->count; i++)
		if (layer_reason(&c->network, &list->layers[i], reason))
			misfit++;
		else if (list->layers[i].nest_count)
			++*mapped;
	return misfit;
}

/* As a node that multiplies and is the host's. */
static struct unmapped skipped_make(
	struct ctx *ctx, const struct layer *layer, const char *why)
{
	struct layer *skipped = arena_memdup(&ctx->arena, layer, sizeof *layer);
	int64_t macs = -1;
	skipped->side = (struct fork_side){0}; /* forks are numbered anew */
	if (!layer->executions_known ||
		!mul_ok(layer->macs, layer->executions, &macs))
		macs = -1;
	return (struct unmapped){.name = layer->name,
		.op = layer->op,
		.output_name = layer->output_name,
		.reason = why,
		.compute = true,
		.macs = macs,
		.node = layer->node,
		.skipped = skipped};
}

/* The layers that are left, and all nodes that are none, in graph order. */
static void layers_divide(
	struct ctx *ctx, struct compilation *c, const char *const *reason)
{
	struct layer_list *list = &c->layers;
	size_t mapped, kept = 0, node = 0, count = 0;
	size_t total = list->unmapped_count + layers_misfit(c, reason, &mapped);
	struct unmapped *nodes = arena_array(&ctx->arena, total, sizeof *nodes);
	for (size_t i = 0; i <= list->count; i++) {
		size_t first = node;
		layers_keep_order(list, &node, i, kept);
		if (node > first)
			memcpy(&nodes[count], &list->unmapped[first],
				(node - first) * sizeof *nodes);
		count += node - first;
		if (i == list->count)
			break;
		const struct layer *layer = &list->layers[i];
		const char *why = layer_reason(&c->network, layer, reason);
		if (!why) {
			list->layers[kept++] = *layer;
			continue;
		}
		nodes[count] = skipped_make(ctx, layer, why);
		nodes[count++].before_layer = kept;
	}
	list->count = kept;
	list->unmapped = nodes;
	list->unmapped_count = count;
}

/* Calls visit for every nest of the list and every form of one. */
typedef void nest_visitor(void *arg, const struct layer_nest *nest);

static void nests_each(
	const struct layer_list *list, nest_visitor *visit, void *arg)
{
	for (size_t i = 0; i < list->count; i++)
		for (size_t k = 0; k < list->layers[i].nest_count; k++) {
			const struct layer_nest *ln = &list->layers[i].nests[k];
			visit(arg, ln);
			for (size_t f = 0; f < ln->form_count; f++)
				visit(arg, &ln->forms[f]);
		}
}

/* Which nest each was, and its result: network_make numbers them anew. */
struct renumbering {
	const struct network *network; /* before, then after */
	size_t count, *was;
	const struct search_result *old;
	struct search_result *results;
};

static void visit_count(void *arg, const struct layer_nest *nest)
{
	struct renumbering *r = arg;
	(void)nest;
	r->count++;
}

static void visit_note(void *arg, const struct layer_nest *nest)
{
	struct renumbering *r = arg;
	r->was[r->count++] = network_nest(r->network, nest);
}

static void visit_result(void *arg, const struct layer_nest *nest)
{
	struct renumbering *r = arg;
	r->results[network_nest(r->network, nest)] = r->old[r->was[r->count++]];
}

/* Takes those layers out: they become nodes that are not mapped, for the host,
 * with the reason. Network and results are those of the layers that are left.
 */
static bool layers_skip(
	struct ctx *ctx, struct compilation *c, const char *const *reason)
{
	struct layer_list *list = &c->layers;
	struct renumbering r = {.network = &c->network, .old = c->results};
	layers_divide(ctx, c, reason);
	nests_each(list, visit_count, &r);
	r.was = arena_array(&ctx->arena, r.count, sizeof *r.was);
	r.count = 0;
	nests_each(list, visit_note, &r);
	if (!forks_settle(ctx, list) || !network_make(ctx, list, &c->network))
		return false;
	r.results =
		arena_array(&ctx->arena, c->network.count, sizeof *r.results);
	r.count = 0;
	nests_each(list, visit_result, &r);
	c->results = r.results;
	return true;
}

bool misfits_settle(struct ctx *ctx, struct compilation *c,
	const struct search_options *search)
{
	const struct network *network = &c->network;
	const char **reason =
		arena_array(&ctx->arena, network->task_count, sizeof *reason);
	for (size_t t = 0; t < network->task_count; t++)
		reason[t] = task_misfit(ctx, c, &network->tasks[t], search);
	size_t mapped, misfit = layers_misfit(c, reason, &mapped);
	bool skip = c->request->search == SEARCH_PRUNED &&
		!c->request->admission.strict && mapped;
	for (size_t t = 0; t < network->task_count; t++) {
		size_t first = network->tasks[t].forms[0].nest;
		const struct loc loc = {
			.file = c->path, .node = network->nests[first].example};
		if (reason[t] && skip)
			diag_warning(ctx, &loc, "skipped: %s", reason[t]);
		else if (reason[t])
			diag_error(ctx, &loc, "%s", reason[t]);
	}
	return !misfit || (skip && layers_skip(ctx, c, reason));
}
