#include "codegen/tables_csv.h"

#include "base/csv.h"
#include "codegen/method.h"
#include "schedule/sensitivity.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

/* Empty where there is no bound. */
static void field_gap(struct csv *csv, double gap)
{
	if (isinf(gap))
		csv_field(csv, "");
	else
		csv_number(csv, gap);
}

/* EDP of perfect tiles, where others were searched, and how many times the
 * best it is. */
static void field_perfect(struct csv *csv, double perfect, double best)
{
	if (perfect > 0) {
		csv_number(csv, perfect);
		csv_number(csv, perfect / best);
	} else {
		csv_field(csv, "");
		csv_field(csv, "");
	}
}

static const char *const summary_columns[] = {"model", "machine",
	"machine_fingerprint", "search", "objective", "bursts", "pes",
	"rf_bytes", "spm_banks", "spm_bank_bytes", "layers", "nests",
	"distinct_nests", "macs", "mapped_macs", "not_mapped", "energy_pj",
	"cycles", "edp", "proven", "gap", "seed_edp", "seed_energy_pj",
	"seed_cycles", "tiles", "perfect_edp", "perfect_ratio", "skipped"};

const char *summary_csv(struct ctx *ctx, const struct plan *plan)
{
	const struct plan_totals *t = plan->totals;
	struct csv csv = {.text.ctx = ctx};
	const struct arch *arch = plan->arch;
	csv_header(&csv, summary_columns,
		sizeof summary_columns / sizeof *summary_columns);
	csv_field(&csv, plan->layers->model);
	csv_field(&csv, arch->name);
	csv_field(&csv,
		arena_printf(
			&ctx->arena, "%016" PRIx64, arch_fingerprint(arch)));
	csv_field(&csv, plan->search);
	csv_field(&csv, plan_goal(plan));
	csv_field(&csv, plan->rule == BURST_COMPAT ? "compat" : "true");
	csv_whole(&csv, arch->pes);
	csv_whole(&csv, arch->rf_bytes);
	csv_whole(&csv, arch->spm_banks);
	csv_whole(&csv, arch->bank_bytes);
	csv_whole(&csv, t->layers);
	csv_whole(&csv, t->nests);
	csv_whole(&csv, t->distinct_nests);
	csv_whole(&csv, t->macs);
	csv_whole(&csv, t->mapped_macs);
	csv_whole(&csv, (int64_t)plan->layers->unmapped_count);
	csv_number(&csv, t->energy_pj);
	csv_whole(&csv, t->cycles);
	csv_number(&csv, t->edp);
	csv_bool(&csv, t->proven);
	field_gap(&csv, t->gap);
	csv_number(&csv, t->seed_edp);
	csv_number(&csv, t->seed_energy_pj);
	csv_number(&csv, t->seed_cycles);
	csv_field(&csv, tiles_name(plan->tiles));
	field_perfect(&csv, t->perfect_edp, t->edp);
	csv_whole(&csv, t->skipped);
	csv_row_end(&csv);
	return csv.text.bytes;
}

static const char *const layer_columns[] = {"index", "name", "op", "output",
	"input_shape", "weight_shape", "output_shape", "executions", "macs",
	"nests", "instances", "bounds", "energy_pj", "cycles", "edp", "mac_pj",
	"rf_pj", "noc_pj", "spm_pj", "dram_pj", "compute_cycles", "noc_cycles",
	"reduction_cycles", "dma_cycles", "bound_by", "pe_use", "rf_use",
	"spm_use", "dram_reads", "dram_writes", "dram_tiling", "spm_tiling",
	"rf_tiling", "spatial_tiling", "dram_order", "spm_order", "proven",
	"gap", "perfect_edp", "perfect_ratio", "poor_fit", "method", "skipped",
	/* where there are forks: */ "in_totals"};

/* The nests of a layer in one field: "; " between them. */
typedef void nest_part(struct text *text, const struct plan *plan,
	const struct layer_nest *nest, int slot);

static void field_nests(struct csv *csv, const struct plan *plan,
	const struct layer *layer, int slot, nest_part *part)
{
	struct text text = {.ctx = csv->text.ctx};
	for (size_t i = 0; i < layer->nest_count; i++) {
		text_add(&text, "%s", i ? "; " : "");
		part(&text, plan, &layer->nests[i], slot);
	}
	csv_field(csv, text.bytes ? text.bytes : "");
}

static void part_index(struct text *text, const struct plan *plan,
	const struct layer_nest *nest, int slot)
{
	(void)plan;
	(void)slot;
	text_add(text, "%zu", nest->distinct);
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
static void field_poor_fits(
	struct csv *csv, const struct plan *plan, const struct layer *layer)
{
	struct text text = {.ctx = csv->text.ctx};
	for (size_t i = 0; i < layer->nest_count; i++) {
		const char *poor =
			plan_nest_parts(plan, &layer->nests[i])->poor_fit;
		if (poor)
			text_add(&text, "%s%s", text.bytes ? "; " : "", poor);
	}
	csv_field(csv, text.bytes ? text.bytes : "");
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

/* The columns up to macs. */
enum { LAYER_FIELDS = 9 };

static void layer_fields(
	struct ctx *ctx, struct csv *csv, const struct layer *layer)
{
	csv_whole(csv, (int64_t)layer->index);
	csv_field(csv, layer->name);
	csv_field(csv, layer->op);
	csv_field(csv, layer->output_name);
	csv_field(csv, shape_field(ctx, &layer->input_shape));
	csv_field(csv, shape_field(ctx, &layer->weight_shape));
	csv_field(csv, shape_field(ctx, &layer->output_shape));
	csv_whole(csv, layer->executions);
	csv_whole(csv, layer->macs);
}

/* A layer without a mapping: nothing of one, and the reason. */
static void skipped_row(struct ctx *ctx, struct csv *csv,
	const struct layer_list *list, const struct unmapped *unmapped)
{
	/* Two come behind. */
	size_t columns = sizeof layer_columns / sizeof *layer_columns - 2;
	layer_fields(ctx, csv, unmapped->skipped);
	for (size_t i = LAYER_FIELDS; i < columns; i++)
		csv_field(csv, "");
	csv_field(csv, unmapped->reason);
	if (list->fork_count)
		csv_bool(csv, false);
	csv_row_end(csv);
}

static void layer_row(struct ctx *ctx, struct csv *csv, const struct plan *plan,
	const struct layer *layer)
{
	const struct layer_totals *t = plan_layer_totals(plan, layer);
	layer_fields(ctx, csv, layer);
	field_nests(csv, plan, layer, 0, part_index);
	field_nests(csv, plan, layer, 0, part_instances);
	field_nests(csv, plan, layer, 0, part_bounds);
	csv_number(csv, t->energy_pj);
	csv_whole(csv, t->cycles);
	csv_number(csv, t->edp);
	for (int k = 0; k < COMPONENT_COUNT; k++)
		csv_number(csv, t->component_pj[k]);
	for (int k = 0; k < BOUND_COUNT; k++)
		csv_whole(csv, t->cause_cycles[k]);
	csv_field(csv, layer->nest_count ? bound_by_name(t->bound) : "");
	csv_number(csv, t->pe_use);
	csv_number(csv, t->rf_use);
	csv_number(csv, t->spm_use);
	csv_whole(csv, t->dram_reads);
	csv_whole(csv, t->dram_writes);
	for (int v = 0; v < SEED_SLOTS; v++)
		field_nests(csv, plan, layer, seed_slot[v], part_tiling);
	for (int v = 0; v < SEED_ORDERED; v++)
		field_nests(csv, plan, layer, seed_slot[v], part_order);
	csv_bool(csv, t->proven);
	field_gap(csv, t->gap);
	field_perfect(csv, t->perfect_edp, t->edp);
	field_poor_fits(csv, plan, layer);
	csv_field(csv,
		arena_printf(&ctx->arena, "%s_methods/%s", plan->name,
			method_name(ctx, plan, layer)));
	csv_field(csv, "");
	if (plan->layers->fork_count)
		csv_bool(csv, !layer->aside);
	csv_row_end(csv);
}

/* Skipped layers that stand before layer i; *node: the next node. */
static void skipped_rows(struct ctx *ctx, struct csv *csv,
	const struct layer_list *list, size_t i, size_t *node)
{
	for (; *node < list->unmapped_count &&
		list->unmapped[*node].before_layer <= i;
		++*node)
		if (list->unmapped[*node].skipped)
			skipped_row(ctx, csv, list, &list->unmapped[*node]);
}

const char *layers_csv(struct ctx *ctx, const struct plan *plan)
{
	struct csv csv = {.text.ctx = ctx};
	csv_header(&csv, layer_columns,
		sizeof layer_columns / sizeof *layer_columns -
			!plan->layers->fork_count);
	size_t node = 0;
	for (size_t i = 0; i < plan->layers->count; i++) {
		const struct layer *layer = &plan->layers->layers[i];
		skipped_rows(ctx, &csv, plan->layers, i, &node);
		layer_row(ctx, &csv, plan, layer);
	}
	skipped_rows(ctx, &csv, plan->layers, plan->layers->count, &node);
	return csv.text.bytes;
}

static const char *const gain_columns[] = {"index", "name", "resource", "key",
	"value", "energy_pj", "cycles", "edp", "gain", "proven"};

static void gain_row(struct csv *csv, const struct plan *plan,
	const struct layer *layer, enum resource resource)
{
	const struct arch_key *key = resource_key(resource);
	const struct arch twice = arch_twice(plan->arch, resource);
	const struct gain *gain = plan_gain(plan, layer, resource);
	if (layer)
		csv_whole(csv, (int64_t)layer->index);
	else
		csv_field(csv, "");
	csv_field(csv, layer ? layer->name : plan->layers->model);
	csv_field(csv, resource_name(resource));
	csv_field(csv, key->name);
	csv_number(csv, arch_get(&twice, key));
	if (gain->feasible) {
		csv_number(csv, gain->energy_pj);
		csv_whole(csv, gain->cycles);
		csv_number(csv, gain->edp);
		csv_number(csv, gain->factor);
		csv_bool(csv, gain->proven);
	} else {
		for (int i = 0; i < 5; i++)
			csv_field(csv, "");
	}
	csv_row_end(csv);
}

const char *sensitivity_csv(struct ctx *ctx, const struct plan *plan)
{
	struct csv csv = {.text.ctx = ctx};
	csv_header(
		&csv, gain_columns, sizeof gain_columns / sizeof *gain_columns);
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
