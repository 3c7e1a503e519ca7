#include "cli/layer_choice.h"

#include "base/checked.h"
#include "ir/fork.h"
#include "passes/lower.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Hands over the nodes that stand before layer i, in the order of the list:
 * kept layers are before them now. *node: the first that is left. */
static void nodes_before(
	struct layer_list *list, size_t *node, size_t i, size_t kept)
{
	for (; *node < list->unmapped_count &&
		list->unmapped[*node].before_layer <= i;
		++*node)
		list->unmapped[*node].before_layer = kept;
}

/* --- --layer-index ---------------------------------------------------------
 */

static bool is_index(const char *text)
{
	return !text[strspn(text, "0123456789")];
}

/* A name in a model specification, which 'layers' shows with an ending. */
static bool names_depthwise(const struct layer *layer, const char *text)
{
	static const char ending[] = "_depthwise";
	size_t length = strlen(text);
	return !layer->node && !strncmp(layer->name, text, length) &&
		!strcmp(layer->name + length, ending);
}

/* Marks the layers that text names; false when there is none. */
static bool named_mark(
	const struct layer_list *list, const char *text, bool *wanted)
{
	bool found = false;
	if (is_index(text)) {
		errno = 0;
		unsigned long long i = strtoull(text, NULL, 10);
		if (!errno && i < list->count)
			found = wanted[i] = true;
		return found;
	}
	for (size_t i = 0; i < list->count; i++)
		if (!strcmp(list->layers[i].name, text) ||
			names_depthwise(&list->layers[i], text))
			found = wanted[i] = true;
	return found;
}

bool layers_select(struct ctx *ctx, const struct text_list *named,
	const char *path, struct layer_list *list)
{
	const struct loc loc = {.file = path};
	bool *wanted = arena_array(&ctx->arena, list->count, sizeof *wanted);
	bool ok = true;
	if (!named->count)
		return true;
	for (size_t i = 0; i < named->count; i++) {
		const char *text = named->texts[i];
		if (named_mark(list, text, wanted))
			continue;
		if (is_index(text))
			ok = diag_error(ctx, &loc,
				"--layer-index %s is out of range: the model "
				"has %zu layer%s, 0 to %zu",
				text, list->count, list->count == 1 ? "" : "s",
				list->count - 1);
		else
			ok = diag_error(ctx, &loc,
				"--layer-index '%s': no layer has that name; "
				"'nestwright layers' lists them",
				diag_quote(ctx, text));
	}
	size_t kept = 0, node = 0;
	for (size_t i = 0; ok && i < list->count; i++) {
		nodes_before(list, &node, i, kept);
		if (wanted[i])
			list->layers[kept++] = list->layers[i];
	}
	if (!ok)
		return false;
	nodes_before(list, &node, list->count, kept);
	list->count = kept;
	return true;
}

/* --- layers without a mapping ----------------------------------------------
 */

/* Why the layer has no mapping, or NULL. */
static const char *layer_reason(
	const struct layer *layer, const char *const *reason)
{
	for (size_t k = 0; k < layer->nest_count; k++)
		if (reason[layer->nests[k].task])
			return reason[layer->nests[k].task];
	return NULL;
}

size_t layers_misfit(const struct layer_list *list, const char *const *reason,
	size_t *mapped)
{
	size_t misfit = 0;
	*mapped = 0;
	for (size_t i = 0; i < list->count; i++)
		if (layer_reason(&list->layers[i], reason))
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
	struct ctx *ctx, struct layer_list *list, const char *const *reason)
{
	size_t mapped, kept = 0, node = 0, count = 0;
	size_t total =
		list->unmapped_count + layers_misfit(list, reason, &mapped);
	struct unmapped *nodes = arena_array(&ctx->arena, total, sizeof *nodes);
	for (size_t i = 0; i <= list->count; i++) {
		size_t first = node;
		nodes_before(list, &node, i, kept);
		if (node > first)
			memcpy(&nodes[count], &list->unmapped[first],
				(node - first) * sizeof *nodes);
		count += node - first;
		if (i == list->count)
			break;
		const struct layer *layer = &list->layers[i];
		const char *why = layer_reason(layer, reason);
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

/* Which nest each was, and its result: dedup numbers them anew. */
struct renumbering {
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
	r->was[r->count++] = nest->distinct;
}

static void visit_result(void *arg, const struct layer_nest *nest)
{
	struct renumbering *r = arg;
	r->results[nest->distinct] = r->old[r->was[r->count++]];
}

bool layers_skip(struct ctx *ctx, struct layer_list *list,
	const char *const *reason, struct network *network,
	struct search_result **results)
{
	struct renumbering r = {.old = *results};
	layers_divide(ctx, list, reason);
	nests_each(list, visit_count, &r);
	r.was = arena_array(&ctx->arena, r.count, sizeof *r.was);
	r.count = 0;
	nests_each(list, visit_note, &r);
	if (!forks_settle(ctx, list) || !dedup_layers(ctx, list, network))
		return false;
	r.results = arena_array(&ctx->arena, network->count, sizeof *r.results);
	r.count = 0;
	nests_each(list, visit_result, &r);
	*results = r.results;
	return true;
}
