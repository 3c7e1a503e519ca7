/* The table of layers and the totals on standard output; warnings of what fits
 * poorly. */
#include "cli/results.h"

#include "base/diag.h"
#include "codegen/gains.h"
#include "codegen/gap.h"
#include "ir/fork.h"
#include "ir/left_out.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { CELL_BYTES = 48 };

enum column {
	COLUMN_MODEL,
	COLUMN_LAYERS,
	COLUMN_NESTS,
	COLUMN_MACS,
	COLUMN_SHARE,
	COLUMN_ENERGY,
	COLUMN_CYCLES,
	COLUMN_EDP,
	COLUMN_SEED_EDP,
	COLUMN_PROVEN,
	COLUMN_COUNT
};

static const char *const headings[COLUMN_COUNT] = {
	[COLUMN_MODEL] = "model",
	[COLUMN_LAYERS] = "layers",
	[COLUMN_NESTS] = "distinct",
	[COLUMN_MACS] = "MACs",
	[COLUMN_SHARE] = "of model",
	[COLUMN_ENERGY] = "energy/pJ",
	[COLUMN_CYCLES] = "cycles",
	[COLUMN_EDP] = "EDP/pJ*cycles",
	[COLUMN_SEED_EDP] = "sum of EDPs",
	[COLUMN_PROVEN] = "proven",
};

/* What share of the model's multiplications the compiled layers are; not known
 * where it is not known how much the nodes that are left out multiply. */
static void share_print(char *cell, const struct layer_list *list, int64_t macs)
{
	double share = share_of_model(list, (double)macs);
	if (share >= 0)
		snprintf(cell, CELL_BYTES, "%.3g%%", 100 * share);
	else
		strcpy(cell, "not all");
}

struct row {
	char cell[COLUMN_COUNT][CELL_BYTES];
};

static void row_make(const struct plan *plan, struct row *row)
{
	const struct plan_totals *t = plan->totals;
	char(*cell)[CELL_BYTES] = row->cell;
	size_t fits = strnlen(plan->name, CELL_BYTES - 1);
	memcpy(cell[COLUMN_MODEL], plan->name, fits);
	snprintf(cell[COLUMN_LAYERS], CELL_BYTES, "%" PRId64, t->layers);
	snprintf(cell[COLUMN_NESTS], CELL_BYTES, "%" PRId64, t->distinct_nests);
	snprintf(cell[COLUMN_MACS], CELL_BYTES, "%" PRId64, t->mapped_macs);
	share_print(cell[COLUMN_SHARE], plan->layers, t->macs);
	snprintf(cell[COLUMN_ENERGY], CELL_BYTES, "%.0f", t->energy_pj);
	snprintf(cell[COLUMN_CYCLES], CELL_BYTES, "%" PRId64, t->cycles);
	snprintf(cell[COLUMN_EDP], CELL_BYTES, "%.6g", t->edp);
	snprintf(cell[COLUMN_SEED_EDP], CELL_BYTES, "%.6g", t->seed_edp);
	if (!t->proven && !isinf(t->gap))
		snprintf(cell[COLUMN_PROVEN], CELL_BYTES, "within %.3g%%",
			100 * (t->gap - 1));
	else
		strcpy(cell[COLUMN_PROVEN], t->proven ? "yes" : "no");
}

/* The model's name to the left, numbers to the right. */
static void row_text(struct text *text, const struct row *row,
	const int width[COLUMN_COUNT])
{
	text_add(text, "%-*s", width[COLUMN_MODEL], row->cell[COLUMN_MODEL]);
	for (int c = COLUMN_MODEL + 1; c < COLUMN_COUNT; c++)
		text_add(text, "  %*s", width[c], row->cell[c]);
	text_add(text, "\n");
}

/* What padded tiles gain; nothing where perfect ones alone were searched. */
static void perfect_text(struct text *text, const struct plan *plan)
{
	const struct plan_totals *t = plan->totals;
	if (t->perfect_edp > 0)
		text_add(text, "%s: EDP of perfect tiles %.6g, %.4g times as much\n",
			plan->name, t->perfect_edp, t->perfect_edp / t->edp);
}

/* How many layers leave most PEs idle, and the one that takes the most cycles
 * of them; NULL: there are none. */
static const char *poor_fits(struct ctx *ctx, const struct plan *plan)
{
	size_t poor = 0;
	double most = -1;
	const char *name = NULL, *cause = NULL;
	for (size_t i = 0; i < plan->layers->count; i++) {
		const struct layer *layer = &plan->layers->layers[i];
		bool counted = false;
		for (size_t k = 0; k < layer->nest_count; k++) {
			const struct layer_nest *nest = &layer->nests[k];
			const char *why =
				plan_nest_parts(plan, nest)->poor_fit;
			double cycles = (double)plan_best(plan, nest)
						->winner.estimate.cycles *
				(double)nest->instances *
				(double)layer->executions;
			poor += why && !counted;
			counted |= why != NULL;
			if (why && cycles > most) {
				most = cycles;
				name = layer->name;
				cause = why;
			}
		}
	}
	return cause ? arena_printf(&ctx->arena,
			       "%zu of %zu layers use less than half of the "
			       "PEs (poor_fit in the tables), '%s' only %s",
			       poor, plan->layers->count, diag_quote(ctx, name),
			       cause)
		     : NULL;
}

void poor_fits_warn(struct ctx *ctx, const char *model, const struct plan *plan)
{
	const struct loc loc = {.file = model};
	const char *text = dataflow_any(&plan->arch->dataflow)
		? poor_fits(ctx, plan)
		: NULL;
	if (text)
		diag_warning(ctx, &loc, "%s", text);
}

/* What the branches would cost that the sums do not count. */
static void forks_text(struct text *text, const struct plan *plan)
{
	struct ctx *ctx = text->ctx;
	const struct layer_list *list = plan->layers;
	for (size_t k = 0; k < list->fork_count; k++) {
		const struct fork *fork = &list->forks[k];
		const struct fork_totals *t = &plan->fork_totals[k];
		text_add(text, "%s: If '%s' counts with its %s; the %s in its place "
		       "has %s MACs, %.0f pJ, %s cycles, EDP %.6g\n",
			plan->name, diag_quote(ctx, fork->node),
			fork_branch_name(fork->then),
			fork_branch_name(!fork->then), text_count(ctx, t->macs),
			t->energy_pj, text_count(ctx, t->cycles), t->edp);
	}
}

enum { SKIPPED_NAMES = 3 };

/* Layers that the pruned search has no mapping for: the first names. */
static void skipped_text(struct text *text, const struct plan *plan)
{
	struct ctx *ctx = text->ctx;
	const struct layer_list *list = plan->layers;
	struct text names = {.ctx = ctx};
	size_t skipped = 0;
	for (size_t i = 0; i < list->unmapped_count; i++)
		if (list->unmapped[i].skipped && skipped++ < SKIPPED_NAMES)
			text_add(&names, "%s'%s'", skipped > 1 ? ", " : "",
				diag_quote(ctx, list->unmapped[i].name));
	if (!skipped)
		return;
	text_add(text, "%s: %zu of %zu layers skipped, without a mapping: %s",
		plan->name, skipped, list->count + skipped, names.bytes);
	if (skipped > SKIPPED_NAMES)
		text_add(text, " and %zu more", skipped - SKIPPED_NAMES);
	text_add(text, "\n");
}

/* The zeros that fill up blocks of channels, among the nests' MACs. */
static void padding_text(struct text *text, const struct plan *plan)
{
	if (plan->totals->padding_macs)
		text_add(text, "%s: %" PRId64 " of these MACs multiply zeros that fill "
		       "up blocks of channels\n",
			plan->name, plan->totals->padding_macs);
}

void results_text(
	struct text *text, size_t count, const struct plan *const *plans)
{
	struct ctx *ctx = text->ctx;
	struct row *rows = arena_array(&ctx->arena, count + 1, sizeof *rows);
	int width[COLUMN_COUNT] = {0};
	for (int c = 0; c < COLUMN_COUNT; c++)
		strcpy(rows[0].cell[c], headings[c]);
	for (size_t i = 0; i < count; i++)
		row_make(plans[i], &rows[i + 1]);
	for (size_t i = 0; i <= count; i++) {
		for (int c = 0; c < COLUMN_COUNT; c++) {
			int length = (int)strlen(rows[i].cell[c]);
			if (length > width[c])
				width[c] = length;
		}
	}
	for (size_t i = 0; i <= count; i++)
		row_text(text, &rows[i], width);
	for (size_t i = 0; i < count; i++) {
		perfect_text(text, plans[i]);
		forks_text(text, plans[i]);
	}
	for (size_t i = 0; i < count; i++)
		skipped_text(text, plans[i]);
	for (size_t i = 0; i < count; i++)
		padding_text(text, plans[i]);
	for (size_t i = 0; i < count; i++) {
		const char *poor = dataflow_any(&plans[i]->arch->dataflow)
			? NULL /* warned of */
			: poor_fits(ctx, plans[i]);
		if (poor)
			text_add(text, "%s: %s\n", plans[i]->name, poor);
	}
	for (size_t i = 0; i < count; i++) {
		if (!plans[i]->sensitivity)
			continue;
		text_add(text, "\n%s:\n", plans[i]->name);
		gains_text(text, plans[i], NULL);
	}
}

void tiles_warn(struct ctx *ctx, const char *model, const struct plan *plan)
{
	for (size_t i = 0; i < plan->network->count; i++) {
		const struct distinct_nest *d = &plan->network->nests[i];
		const struct loc loc = {.file = model, .node = d->example};
		if (plan->results[i].tiles != plan->tiles)
			diag_warning(ctx, &loc,
				"nest %s has padded tiles beyond the cost "
				"model's exact numbers: only its %s ones are "
				"searched",
				nest_text(ctx, &d->nest),
				tiles_name(plan->results[i].tiles));
	}
}

/* The layer's nests that are not proven in any form: adds those that are not
 * seen yet, and takes the layer as the worst where one is further off. */
static void unproven_add(const struct plan *plan, const struct layer *layer,
	bool *seen, size_t *unproven, const struct layer **worst, double *most)
{
	for (size_t k = 0; k < layer->nest_count; k++) {
		const struct layer_nest *nest = &layer->nests[k];
		double gap = nest_gap(plan, nest);
		if (plan_claim(plan, nest).proven)
			continue;
		size_t distinct = network_nest(plan->network, nest);
		*unproven += !seen[distinct];
		seen[distinct] = true;
		if (!*worst || gap > *most) {
			*most = gap;
			*worst = layer;
		}
	}
}

/* Distinct nests whose winner is not proven; *worst: the layer of the one that
 * may be furthest from the least, NULL where there is none. */
static size_t unproven_count(struct ctx *ctx, const struct plan *plan,
	const struct layer **worst, double *most)
{
	size_t unproven = 0;
	bool *seen = arena_array(&ctx->arena, plan->network->run, sizeof *seen);
	*worst = NULL;
	*most = 0;
	for (size_t i = 0; i < plan->layers->count; i++)
		unproven_add(plan, &plan->layers->layers[i], seen, &unproven,
			worst, most);
	return unproven;
}

/* Whether a search, or one of sensitivity's, was ended early. */
static bool any_cut(const struct plan *plan)
{
	const struct searched *s = &plan->searched;
	bool cut = false;
	for (size_t i = 0; i < s->network->count; i++)
		cut |= s->results[i].cut;
	return cut;
}

bool unproven_warn(struct ctx *ctx, const char *model, const struct plan *plan,
	size_t uncounted, const char *cause)
{
	const struct loc loc = {.file = model};
	const struct layer *worst;
	double most, gap = plan->totals->gap;
	size_t unproven = unproven_count(ctx, plan, &worst, &most);
	if (!cause || (!any_cut(plan) && !uncounted))
		return false;
	if (!any_cut(plan)) {
		diag_alert(ctx, &loc,
			"%s ended the work: all is proven, but the mapspaces "
			"of %zu distinct nests are not counted",
			cause, uncounted);
		return true;
	}
	if (!worst) {
		diag_alert(ctx, &loc,
			"%s ended the search: the execution methods are "
			"proven, but not all that was to be searched beside "
			"them was",
			cause);
		return true;
	}
	diag_alert(ctx, &loc,
		"%s ended the search: %zu of %zu distinct nests not proven; %s",
		cause, unproven, plan->network->run,
		isinf(gap) ? "no bound is known"
			   : arena_printf(&ctx->arena,
				     "the sum of all %s is %s, of layer '%s' "
				     "%s",
				     plan_goal(plan), gap_text(ctx, gap),
				     diag_quote(ctx, worst->name),
				     gap_text(ctx, most)));
	return true;
}

bool proof_require(struct ctx *ctx, const char *model, const struct plan *plan)
{
	const struct loc loc = {.file = model};
	const struct layer *worst;
	size_t narrow = 0, fronts = 0;
	double most;
	size_t unproven = unproven_count(ctx, plan, &worst, &most);
	for (size_t i = 0; i < plan->network->count; i++) {
		narrow += plan->results[i].tiles != plan->tiles;
		fronts += plan->pareto && !plan->results[i].front_proof.proven;
	}
	if (unproven || any_cut(plan))
		return diag_error(ctx, &loc,
			"%zu of %zu distinct nests are not proven: nothing is "
			"written (--require-proof)",
			unproven, plan->network->count);
	if (narrow)
		return diag_error(ctx, &loc,
			"%zu of %zu distinct nests are proven among perfect "
			"tiles alone: nothing is written (--require-proof)",
			narrow, plan->network->count);
	if (fronts)
		return diag_error(ctx, &loc,
			"the fronts of %zu of %zu distinct nests are not "
			"proven: nothing is written (--require-proof)",
			fronts, plan->network->count);
	return true;
}

void files_text(struct text *text, const struct outputs *out)
{
	const char *slash = out->dir[strlen(out->dir) - 1] == '/' ? "" : "/";
	const char *dir = text_printable(text->ctx, out->dir);
	text_add(text, "\nwritten:\n");
	for (size_t k = 0; k < out->count; k++) {
		const struct out_set *set = out->sets[k];
		for (size_t i = 0; i < set->count;) {
			const char *name = set->files[i].name;
			const char *end = strchr(name, '/');
			size_t folder = end ? (size_t)(end - name) + 1 : 0;
			size_t same = 1;
			while (folder && i + same < set->count &&
				!strncmp(set->files[i + same].name, name,
					folder))
				same++;
			if (folder)
				text_add(text, "  %s%s%.*s (%zu files)\n", dir,
					slash, (int)folder, name, same);
			else
				text_add(text, "  %s%s%s\n", dir, slash, name);
			i += same;
		}
	}
}
