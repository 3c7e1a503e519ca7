#include "codegen/tables_csv.h"

#include "codegen/gap.h"
#include "codegen/method.h"
#include "codegen/sensitivity.h"
#include "ir/json_doc.h"
#include "ir/text.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

/* A row is written field by field: a header's of names, others of values. */
struct row {
	struct text *text;
	bool begun;
};

static void field(struct row *row, const char *s)
{
	struct text *t = row->text;
	text_add(t, "%s", row->begun ? "," : "");
	row->begun = true;
	if (!strpbrk(s, ",\"\r\n")) {
		text_add(t, "%s", s);
		return;
	}
	text_add(t, "\"");
	for (; *s; s++)
		text_add(t, *s == '"' ? "\"\"" : "%c", *s);
	text_add(t, "\"");
}

static void field_whole(struct row *row, int64_t value)
{
	char digits[24];
	snprintf(digits, sizeof digits, "%" PRId64, value);
	field(row, digits);
}

static void field_number(struct row *row, double value)
{
	field(row, json_double(row->text->ctx, value));
}

static void field_bool(struct row *row, bool value)
{
	field(row, value ? "true" : "false");
}

/* Empty where there is no bound. */
static void field_gap(struct row *row, double gap)
{
	if (isinf(gap))
		field(row, "");
	else
		field_number(row, gap);
}

static void row_end(struct row *row)
{
	text_add(row->text, "\n");
	row->begun = false;
}

static void header(struct row *row, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		field(row, names[i]);
	row_end(row);
}

static const char *const summary_columns[] = {"model", "machine",
	"machine_fingerprint", "search", "objective", "bursts", "pes",
	"rf_bytes", "spm_banks", "spm_bank_bytes", "layers", "nests",
	"distinct_nests", "macs", "mapped_macs", "not_mapped", "energy_pj",
	"cycles", "edp", "proven", "gap", "seed_edp", "seed_energy_pj",
	"seed_cycles"};

const char *summary_csv(struct ctx *ctx, const struct plan *plan)
{
	struct plan_totals t;
	struct text text = {.ctx = ctx};
	struct row row = {.text = &text};
	const struct arch *arch = plan->arch;
	if (!plan_totals(ctx, plan, &t))
		return NULL;
	header(&row, summary_columns,
		sizeof summary_columns / sizeof *summary_columns);
	field(&row, plan->layers->model);
	field(&row, arch->name);
	field(&row,
		arena_printf(
			&ctx->arena, "%016" PRIx64, arch_fingerprint(arch)));
	field(&row, plan->search);
	field(&row, objective_name(plan->objective));
	field(&row, plan->rule == BURST_COMPAT ? "compat" : "true");
	field_whole(&row, arch->pes);
	field_whole(&row, arch->rf_bytes);
	field_whole(&row, arch->spm_banks);
	field_whole(&row, arch->bank_bytes);
	field_whole(&row, t.layers);
	field_whole(&row, t.nests);
	field_whole(&row, t.distinct_nests);
	field_whole(&row, t.macs);
	field_whole(&row, t.mapped_macs);
	field_whole(&row, (int64_t)plan->layers->unmapped_count);
	field_number(&row, t.energy_pj);
	field_whole(&row, t.cycles);
	field_number(&row, t.edp);
	field_bool(&row, t.proven);
	field_gap(&row, plan_gap(plan));
	field_number(&row, t.seed_edp);
	field_number(&row, t.seed_energy_pj);
	field_number(&row, t.seed_cycles);
	row_end(&row);
	return text.bytes;
}

static const char *const layer_columns[] = {"index", "name", "op", "output",
	"input_shape", "weight_shape", "output_shape", "executions", "macs",
	"nests", "instances", "bounds", "energy_pj", "cycles", "edp", "mac_pj",
	"rf_pj", "noc_pj", "spm_pj", "dram_pj", "compute_cycles", "noc_cycles",
	"reduction_cycles", "dma_cycles", "bound_by", "pe_use", "rf_use",
	"spm_use", "dram_reads", "dram_writes", "dram_tiling", "spm_tiling",
	"rf_tiling", "spatial_tiling", "dram_order", "spm_order", "proven",
	"gap", "method"};

/* The nests of a layer in one field: "; " between them. */
typedef void nest_part(struct text *text, const struct plan *plan,
	const struct layer_nest *nest, enum level level);

static void field_nests(struct row *row, const struct plan *plan,
	const struct layer *layer, enum level level, nest_part *part)
{
	struct text text = {.ctx = row->text->ctx};
	for (size_t i = 0; i < layer->nest_count; i++) {
		text_add(&text, "%s", i ? "; " : "");
		part(&text, plan, &layer->nests[i], level);
	}
	field(row, text.bytes ? text.bytes : "");
}

static void part_index(struct text *text, const struct plan *plan,
	const struct layer_nest *nest, enum level level)
{
	(void)plan;
	(void)level;
	text_add(text, "%zu", nest->distinct);
}

static void part_instances(struct text *text, const struct plan *plan,
	const struct layer_nest *nest, enum level level)
{
	(void)plan;
	(void)level;
	text_add(text, "%" PRId64, nest->instances);
}

static void seven(struct text *text, const int64_t values[LOOP_COUNT])
{
	for (int l = 0; l < LOOP_COUNT; l++)
		text_add(text, "%s%" PRId64, l ? " " : "", values[l]);
}

static void part_bounds(struct text *text, const struct plan *plan,
	const struct layer_nest *nest, enum level level)
{
	(void)plan;
	(void)level;
	seven(text, nest->nest.bound);
}

static void part_tiling(struct text *text, const struct plan *plan,
	const struct layer_nest *nest, enum level level)
{
	const struct best *best = plan_best(plan, nest);
	seven(text, best->winner.mapping.tiling.factor[level]);
}

static void part_order(struct text *text, const struct plan *plan,
	const struct layer_nest *nest, enum level level)
{
	const uint8_t *order =
		plan_best(plan, nest)->winner.mapping.order[level];
	for (int i = 0; i < LOOP_COUNT; i++)
		text_add(text, "%s%s", i ? " " : "",
			loop_name((enum loop)order[i]));
}

static const char *shape_field(struct ctx *ctx, const struct shape *shape)
{
	return shape->rank == RANK_UNKNOWN ? "" : shape_text(ctx, shape);
}

static void layer_row(struct ctx *ctx, struct row *row, const struct plan *plan,
	const struct layer *layer, const struct layer_totals *t)
{
	field_whole(row, (int64_t)layer->index);
	field(row, layer->name);
	field(row, layer->op);
	field(row, layer->output_name);
	field(row, shape_field(ctx, &layer->input_shape));
	field(row, shape_field(ctx, &layer->weight_shape));
	field(row, shape_field(ctx, &layer->output_shape));
	field_whole(row, layer->executions);
	field_whole(row, layer->macs);
	field_nests(row, plan, layer, LEVEL_DRAM, part_index);
	field_nests(row, plan, layer, LEVEL_DRAM, part_instances);
	field_nests(row, plan, layer, LEVEL_DRAM, part_bounds);
	field_number(row, t->energy_pj);
	field_whole(row, t->cycles);
	field_number(row, t->edp);
	for (int k = 0; k < COMPONENT_COUNT; k++)
		field_number(row, t->component_pj[k]);
	for (int k = 0; k < BOUND_COUNT; k++)
		field_whole(row, t->cause_cycles[k]);
	field(row, layer->nest_count ? bound_by_name(t->bound) : "");
	field_number(row, t->pe_use);
	field_number(row, t->rf_use);
	field_number(row, t->spm_use);
	field_whole(row, t->dram_reads);
	field_whole(row, t->dram_writes);
	for (int v = 0; v < LEVEL_COUNT; v++)
		field_nests(row, plan, layer, (enum level)v, part_tiling);
	field_nests(row, plan, layer, LEVEL_DRAM, part_order);
	field_nests(row, plan, layer, LEVEL_SPM, part_order);
	field_bool(row, t->proven);
	field_gap(row, layer_gap(plan, layer));
	field(row,
		arena_printf(&ctx->arena, "%s_methods/%s", plan->name,
			method_name(ctx, plan, layer)));
	row_end(row);
}

const char *layers_csv(struct ctx *ctx, const struct plan *plan)
{
	struct text text = {.ctx = ctx};
	struct row row = {.text = &text};
	header(&row, layer_columns,
		sizeof layer_columns / sizeof *layer_columns);
	for (size_t i = 0; i < plan->layers->count; i++) {
		const struct layer *layer = &plan->layers->layers[i];
		struct layer_totals t;
		if (!layer_totals(ctx, plan, layer, &t))
			return NULL;
		layer_row(ctx, &row, plan, layer, &t);
	}
	return text.bytes;
}

static const char *const gain_columns[] = {"index", "name", "resource", "key",
	"value", "energy_pj", "cycles", "edp", "gain", "proven"};

static bool gain_row(struct ctx *ctx, struct row *row, const struct plan *plan,
	const struct layer *layer, enum resource resource)
{
	const struct arch_key *key = resource_key(resource);
	const struct arch twice = arch_twice(plan->arch, resource);
	struct gain gain;
	if (!gain_find(ctx, plan, layer, resource, &gain))
		return false;
	if (layer)
		field_whole(row, (int64_t)layer->index);
	else
		field(row, "");
	field(row, layer ? layer->name : plan->layers->model);
	field(row, resource_name(resource));
	field(row, key->name);
	field_number(row, arch_get(&twice, key));
	if (gain.feasible) {
		field_number(row, gain.energy_pj);
		field_whole(row, gain.cycles);
		field_number(row, gain.edp);
		field_number(row, gain.factor);
		field_bool(row, gain.proven);
	} else {
		for (int i = 0; i < 5; i++)
			field(row, "");
	}
	row_end(row);
	return true;
}

const char *sensitivity_csv(struct ctx *ctx, const struct plan *plan)
{
	struct text text = {.ctx = ctx};
	struct row row = {.text = &text};
	header(&row, gain_columns, sizeof gain_columns / sizeof *gain_columns);
	for (size_t i = 0; i <= plan->layers->count; i++) {
		const struct layer *layer = i < plan->layers->count
			? &plan->layers->layers[i]
			: NULL;
		for (int r = 0; r < RESOURCE_COUNT; r++)
			if (!gain_row(ctx, &row, plan, layer, (enum resource)r))
				return NULL;
	}
	return text.bytes;
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
	return text && out_write(ctx, out, name, text, strlen(text));
}

bool tables_write(struct ctx *ctx, const struct plan *plan, struct out_set *out)
{
	const char *summary = summary_csv(ctx, plan);
	const char *layers = summary ? layers_csv(ctx, plan) : NULL;
	return layers &&
		out_write(ctx, out,
			arena_printf(&ctx->arena, "%s_summary.csv", plan->name),
			summary, strlen(summary)) &&
		out_write(ctx, out,
			arena_printf(
				&ctx->arena, "%s_per-layer.csv", plan->name),
			layers, strlen(layers)) &&
		sensitivity_write(ctx, plan, out);
}
