/* Layers and unmapped nodes as tables for people. */
#include "codegen/layers_json.h"

#include "base/checked.h"
#include "base/text.h"
#include "ir/fork.h"
#include "ir/left_out.h"

#include <stdlib.h>
#include <string.h>

/* --- layers -------------------------------------------------------------- */

enum { COLUMNS = 8 };

static const char *nest_cell(
	struct ctx *ctx, const struct nest *nest, int64_t instances)
{
	const char *text = nest_text(ctx, nest);
	if (instances == 1)
		return text;
	return arena_printf(
		&ctx->arena, "%s x %s", text_count(ctx, instances), text);
}

/* Nests of a layer that are equal and follow each other are one row: the number
 * of them from k on; *instances: of all. */
static size_t nests_alike(
	const struct layer *layer, size_t k, int64_t *instances)
{
	size_t count = 0;
	for (*instances = 0; k + count < layer->nest_count; count++) {
		const struct layer_nest *ln = &layer->nests[k + count];
		if (!nest_equal(&ln->nest, &layer->nests[k].nest) ||
			!add_ok(*instances, ln->instances, instances))
			break;
	}
	return count;
}

static const char *shape_cell(struct ctx *ctx, const struct shape *shape)
{
	return shape->rank < 0 ? "-" : shape_text(ctx, shape);
}

/* Phases of a transposed convolution may be many; the JSON has them all. */
enum { NEST_ROWS = 6 };
_Static_assert((int)NEST_ROWS <= (int)ROWS_OF_ITEM, "rows of a layer");

/* The layer's nests into the last column of count rows at most; how many. */
static size_t nests_add(
	struct ctx *ctx, const struct layer *layer, const char **row)
{
	size_t rows = 0;
	for (size_t k = 0, alike; k < layer->nest_count; k += alike, rows++) {
		int64_t instances;
		alike = nests_alike(layer, k, &instances);
		const char **cell = &row[rows * COLUMNS + COLUMNS - 1];
		if (rows == NEST_ROWS - 1 && k + alike < layer->nest_count) {
			*cell = arena_printf(&ctx->arena, "and %zu more",
				layer->nest_count - k);
			return NEST_ROWS;
		}
		*cell = nest_cell(ctx, &layer->nests[k].nest, instances);
	}
	return rows ? rows : 1;
}

static const char *macs_cell(struct ctx *ctx, const struct layer *layer)
{
	const char *text = text_count(ctx, layer->macs);
	if (layer->padding_macs)
		text = arena_printf(&ctx->arena, "%s + %s of padding", text,
			text_count(ctx, layer->padding_macs));
	if (layer->executions_known && layer->executions == 1)
		return text;
	return arena_printf(&ctx->arena, "%s%s x %s",
		layer->executions_known ? "" : "? ",
		text_count(ctx, layer->executions), text);
}

struct layer_rows {
	struct ctx *ctx;
	const struct layer_list *list;
};

/* The heads, then the layers. */
static int layer_fill(void *arg, int k, const char **row)
{
	static const char *const heads[COLUMNS] = {"#", "layer", "op", "input",
		"weight", "output", "MACs", "nest"};
	const struct layer_rows *rows = arg;
	struct ctx *ctx = rows->ctx;
	if (k == 0) {
		memcpy(row, heads, sizeof heads);
		return 1;
	}
	const struct layer *layer = &rows->list->layers[k - 1];
	memset(row, 0, NEST_ROWS * COLUMNS * sizeof *row);
	row[0] = text_count(ctx, (int64_t)layer->index);
	row[1] = diag_quote(ctx, layer->name);
	row[2] = layer->op;
	row[3] = shape_cell(ctx, &layer->input_shape);
	row[4] = shape_cell(ctx, &layer->weight_shape);
	row[5] = shape_cell(ctx, &layer->output_shape);
	row[6] = macs_cell(ctx, layer);
	return (int)nests_add(ctx, layer, row);
}

static void layers_add(struct text *text, const struct layer_list *list)
{
	struct layer_rows rows = {text->ctx, list};
	text_table_filled(
		text, "rlllllrl", (int)list->count + 1, layer_fill, &rows);
}

/* Layers that stand in branches, with the branch. */
static void conditions_add(struct text *text, const struct layer_list *list)
{
	for (size_t i = 0, next; i < list->count; i = next) {
		const char *condition = list->layers[i].condition;
		for (next = i + 1; next < list->count; next++) {
			const char *other = list->layers[next].condition;
			if (!condition || !other || strcmp(condition, other))
				break;
		}
		if (!condition)
			continue;
		const char *where = diag_quote(text->ctx, condition);
		if (next == i + 1)
			text_add(text, "layer %zu: only in %s\n", i, where);
		else
			text_add(text, "layers %zu to %zu: only in %s\n", i,
				next - 1, where);
	}
}

/* Layers that were another operator before they were optimised. */
static void origins_add(struct text *text, const struct layer_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->layers[i].stands_for)
			text_add(text,
				"layer %zu: a %s, as a depthwise 1x1 %s\n", i,
				list->layers[i].stands_for, list->layers[i].op);
}

const char *fork_text(struct ctx *ctx, const struct fork *fork)
{
	return arena_printf(&ctx->arena,
		"If '%s' counts with its %s, %s MACs; the %s in its place has "
		"%s\n",
		diag_quote(ctx, fork->node), fork_branch_name(fork->then),
		text_count(ctx, fork->macs[fork->then]),
		fork_branch_name(!fork->then),
		text_count(ctx, fork->macs[!fork->then]));
}

static void notes_add(struct text *text, const struct layer_list *list)
{
	struct ctx *ctx = text->ctx;
	for (size_t i = 0; i < list->count; i++)
		if (list->layers[i].note)
			text_add(text, "layer %zu: %s\n", i,
				text_printable(ctx, list->layers[i].note));
	for (size_t i = 0; i < list->unmapped_count; i++)
		if (list->unmapped[i].note)
			text_add(text, "node '%s' (%s): %s\n",
				diag_quote(ctx, list->unmapped[i].name),
				diag_quote(ctx, list->unmapped[i].op),
				text_printable(ctx, list->unmapped[i].note));
}

/* --- nodes that are no layer --------------------------------------------- */

static int row_compare(const void *a, const void *b)
{
	const struct unmapped *x = *(const struct unmapped *const *)a;
	const struct unmapped *y = *(const struct unmapped *const *)b;
	/* What would multiply comes first. */
	if (x->compute != y->compute)
		return x->compute ? -1 : 1;
	int order = strcmp(x->op, y->op);
	if (order == 0)
		order = strcmp(x->reason, y->reason);
	return order;
}

/* In the order of the file within equal ones. */
static int row_stable(const void *a, const void *b)
{
	const struct unmapped *x = *(const struct unmapped *const *)a;
	const struct unmapped *y = *(const struct unmapped *const *)b;
	int order = row_compare(a, b);
	return order ? order : (x > y) - (x < y); /* of one array */
}

static void unmapped_add(struct text *text, const struct layer_list *list)
{
	enum { WIDTH = 3 };
	struct ctx *ctx = text->ctx;
	size_t total = list->unmapped_count, room = 0;
	int rows = 1;
	if (total == 0)
		return;
	const struct unmapped **sorted =
		arena_array(&ctx->arena, total, sizeof *sorted);
	for (size_t i = 0; i < total; i++)
		sorted[i] = &list->unmapped[i];
	qsort(sorted, total, sizeof *sorted, row_stable);
	const char **cells =
		arena_grow(&ctx->arena, NULL, 0, &room, WIDTH, sizeof *cells);
	cells[0] = "nodes";
	cells[1] = "op";
	cells[2] = "not mapped because";
	for (size_t i = 0, next; i < total; i = next, rows++) {
		size_t at = (size_t)rows * WIDTH;
		for (next = i + 1; next < total; next++)
			if (row_compare(&sorted[i], &sorted[next]) != 0)
				break;
		cells = arena_grow(&ctx->arena, cells, at, &room, at + WIDTH,
			sizeof *cells);
		cells[at] = text_count(ctx, (int64_t)(next - i));
		cells[at + 1] = diag_quote(ctx, sorted[i]->op);
		cells[at + 2] = diag_quote(ctx, sorted[i]->reason);
	}
	text_add(text, "\n");
	text_table(text, "rll", rows, cells);
}

static void summary_add(struct text *text, const struct layer_list *list)
{
	struct ctx *ctx = text->ctx;
	const struct left_out left = left_out_of(list);
	double share = share_of_model(list, (double)list->total_macs);
	text_add(text, "\n%s: %s layer%s, %s MACs",
		diag_quote(ctx, list->model),
		text_count(ctx, (int64_t)list->count),
		list->count == 1 ? "" : "s", text_count(ctx, list->total_macs));
	if (left.nodes == 0)
		text_add(text, ", 100%% of the model's; ");
	else if (share >= 0)
		text_add(text,
			", %.3g%% of the model's, without the %s of %s node%s "
			"left to the host; ",
			100 * share, text_count(ctx, left.macs),
			text_count(ctx, (int64_t)left.nodes),
			left.nodes == 1 ? "" : "s");
	else
		text_add(text,
			", without those of %s nodes that could not be "
			"mapped; ",
			text_count(ctx, (int64_t)left.nodes));
	text_add(text, "%s nodes not mapped, %s folded",
		text_count(ctx, (int64_t)list->unmapped_count),
		text_count(ctx, (int64_t)list->folded));
	if (list->folded_products > 0)
		text_add(text, " (products of constants: %s)",
			text_count(ctx, (int64_t)list->folded_products));
	text_add(text, "\n");
	if (list->padding_macs)
		text_add(text,
			"%s: left out: %s MACs of the nests with zeros that "
			"fill up blocks of channels\n",
			diag_quote(ctx, list->model),
			text_count(ctx, list->padding_macs));
}

const char *layers_text(struct ctx *ctx, const struct layer_list *list)
{
	struct text text = {.ctx = ctx};
	layers_add(&text, list);
	conditions_add(&text, list);
	origins_add(&text, list);
	for (size_t k = 0; k < list->fork_count; k++)
		text_add(&text, "%s", fork_text(ctx, &list->forks[k]));
	notes_add(&text, list);
	unmapped_add(&text, list);
	summary_add(&text, list);
	return text.bytes;
}
