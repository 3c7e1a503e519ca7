/* Each table is a function that expands the rows of columns.def: a field each,
 * in their order. */
#include "codegen/tables_csv.h"

#include "codegen/columns.h"
#include "codegen/method.h"
#include "mapper/seed_levels.h"
#include "schedule/sensitivity.h"

#include <inttypes.h>
#include <string.h>

/* --- the model ------------------------------------------------------------ */

static const char *fingerprint_text(struct ctx *ctx, const struct arch *arch)
{
	return arena_printf(&ctx->arena, "%016" PRIx64, arch_fingerprint(arch));
}

const char *summary_csv(struct ctx *ctx, const struct plan *p)
{
	const struct plan_totals *t = p->totals;
	const struct arch *a = p->arch;
	struct csv csv = {.text.ctx = ctx};
	columns_header(&csv, COLUMNS_SUMMARY, false);
#define SUMMARY(name, unit, kind, json, source, meaning) \
	CSV_##kind(&csv, source);
#include "codegen/columns.def"
	csv_row_end(&csv);
	return csv.text.bytes;
}

/* --- layers --------------------------------------------------------------- */

/* The nests of a layer in one field: "; " between them. */
typedef void nest_part(struct text *text, const struct plan *plan,
	const struct layer_nest *nest, int slot);

static const char *nests_text(struct ctx *ctx, const struct plan *plan,
	const struct layer *layer, nest_part *part, int slot)
{
	struct text text = {.ctx = ctx};
	for (size_t i = 0; i < layer->nest_count; i++) {
		text_add(&text, "%s", i ? "; " : "");
		part(&text, plan, &layer->nests[i], slot);
	}
	return text.bytes ? text.bytes : "";
}

static void part_index(struct text *text, const struct plan *plan,
	const struct layer_nest *nest, int slot)
{
	(void)plan;
	(void)slot;
	text_add(text, "%zu", network_nest(plan->network, nest));
}

static void part_instances(struct text *text, const struct plan *plan,
	const struct layer_nest *nest, int slot)
{
	(void)plan;
	(void)slot;
	text_add(text, "%" PRId64, nest->instances);
}

static void seven(struct text *text, const int64_t values[LOOP_COUNT])
{
	for (int l = 0; l < LOOP_COUNT; l++)
		text_add(text, "%s%" PRId64, l ? " " : "", values[l]);
}

static void part_bounds(struct text *text, const struct plan *plan,
	const struct layer_nest *nest, int slot)
{
	(void)plan;
	(void)slot;
	seven(text, nest->nest.bound);
}

static void part_tiling(struct text *text, const struct plan *plan,
	const struct layer_nest *nest, int slot)
{
	const struct best *best = plan_best(plan, nest);
	seven(text, best->winner.mapping.tiling.factor[slot]);
}

/* Those of the nests that have one. */
static const char *poor_fits_text(
	struct ctx *ctx, const struct plan *plan, const struct layer *layer)
{
	struct text text = {.ctx = ctx};
	for (size_t i = 0; i < layer->nest_count; i++) {
		const char *poor =
			plan_nest_parts(plan, &layer->nests[i])->poor_fit;
		if (poor)
			text_add(&text, "%s%s", text.bytes ? "; " : "", poor);
	}
	return text.bytes ? text.bytes : "";
}

static void part_order(struct text *text, const struct plan *plan,
	const struct layer_nest *nest, int slot)
{
	const uint8_t *order =
		plan_best(plan, nest)->winner.mapping.order[slot];
	for (int i = 0; i < LOOP_COUNT; i++)
		text_add(text, "%s%s", i ? " " : "",
			loop_name((enum loop)order[i]));
}

static const char *shape_field(struct ctx *ctx, const struct shape *shape)
{
	return shape->rank == RANK_UNKNOWN ? "" : shape_text(ctx, shape);
}

static const char *method_path(
	struct ctx *ctx, const struct plan *plan, const struct layer *layer)
{
	return arena_printf(&ctx->arena, "%s_methods/%s", plan->name,
		method_name(ctx, plan, layer));
}

/* reason: of a layer that has no mapping, and then no totals t. */
static void layer_row(struct csv *csv, const struct plan *p,
	const struct layer *l, const struct layer_totals *t, const char *reason)
{
	struct ctx *ctx = csv->text.ctx;
#define IF_ANY(field) field;
#define IF_MAPPED(field) \
	if (t)           \
		field;   \
	else             \
		csv_own(csv, "");
#define IF_FORKS(field)            \
	if (p->layers->fork_count) \
		field;
#define LAYER(name, unit, kind, rows, json, source, meaning) \
	IF_##rows(CSV_##kind(csv, source))
#include "codegen/columns.def"
#undef IF_ANY
#undef IF_MAPPED
#undef IF_FORKS
	csv_row_end(csv);
}

/* Skipped layers that stand before layer i; *node: the next node. */
static void skipped_rows(
	struct csv *csv, const struct plan *plan, size_t i, size_t *node)
{
	const struct layer_list *list = plan->layers;
	for (; *node < list->unmapped_count &&
		list->unmapped[*node].before_layer <= i;
		++*node) {
		const struct unmapped *unmapped = &list->unmapped[*node];
		if (unmapped->skipped)
			layer_row(csv, plan, unmapped->skipped, NULL,
				unmapped->reason);
	}
}

const char *layers_csv(struct ctx *ctx, const struct plan *plan)
{
	struct csv csv = {.text.ctx = ctx};
	columns_header(&csv, COLUMNS_LAYER, plan->layers->fork_count > 0);
	size_t node = 0;
	for (size_t i = 0; i < plan->layers->count; i++) {
		const struct layer *layer = &plan->layers->layers[i];
		skipped_rows(&csv, plan, i, &node);
		layer_row(
			&csv, plan, layer, plan_layer_totals(plan, layer), "");
	}
	skipped_rows(&csv, plan, plan->layers->count, &node);
	return csv.text.bytes;
}

/* --- sensitivity ---------------------------------------------------------- */

/* l NULL: of the model */
static void gain_row(struct csv *csv, const struct plan *p,
	const struct layer *l, enum resource resource)
{
	struct ctx *ctx = csv->text.ctx;
	const struct arch_key *key = resource_key(resource);
	const struct arch twice = arch_twice(p->arch, resource);
	const struct gain *g = plan_gain(p, l, resource);
#define IF_ANY(field) field;
#define IF_FEASIBLE(field) \
	if (g->feasible)   \
		field;     \
	else               \
		csv_own(csv, "");
#define GAIN(name, unit, kind, rows, json, source, meaning) \
	IF_##rows(CSV_##kind(csv, source))
#include "codegen/columns.def"
#undef IF_ANY
#undef IF_FEASIBLE
	csv_row_end(csv);
}

const char *sensitivity_csv(struct ctx *ctx, const struct plan *plan)
{
	struct csv csv = {.text.ctx = ctx};
	columns_header(&csv, COLUMNS_GAIN, false);
	for (size_t i = 0; i <= plan->layers->count; i++) {
		const struct layer *layer = i < plan->layers->count
			? &plan->layers->layers[i]
			: NULL;
		for (int r = 0; r < RESOURCE_COUNT; r++)
			gain_row(&csv, plan, layer, (enum resource)r);
	}
	return csv.text.bytes;
}

static bool sensitivity_write(
	struct ctx *ctx, const struct plan *plan, struct out_set *out)
{
	const char *name =
		arena_printf(&ctx->arena, "%s_sensitivity.csv", plan->name);
	if (!plan->sensitivity) {
		out_remove(ctx, out, name);
		return true;
	}
	const char *text = sensitivity_csv(ctx, plan);
	return out_write(ctx, out, name, text, strlen(text));
}

bool tables_write(struct ctx *ctx, const struct plan *plan, struct out_set *out)
{
	const char *summary = summary_csv(ctx, plan);
	const char *layers = layers_csv(ctx, plan);
	return out_write(ctx, out,
			arena_printf(&ctx->arena, "%s_summary.csv", plan->name),
			summary, strlen(summary)) &&
		out_write(ctx, out,
			arena_printf(
				&ctx->arena, "%s_per-layer.csv", plan->name),
			layers, strlen(layers)) &&
		sensitivity_write(ctx, plan, out);
}
