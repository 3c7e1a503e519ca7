/* The result for people. */
#include "base/diag.h"
#include "base/text.h"
#include "sim/verify.h"

#include <inttypes.h>

static const char *count(struct ctx *ctx, uint64_t value)
{
	return value <= INT64_MAX ? text_count(ctx, (int64_t)value) : "?";
}

static void layers_table(struct text *text, const struct verified *verified)
{
	enum { COLUMNS = 9 };
	static const char *const titles[COLUMNS] = {"#", "layer", "op", "MACs",
		"outputs", "compared", "different", "unexplained", "referee"};
	struct ctx *ctx = text->ctx;
	const char **cell = arena_array(
		&ctx->arena, verified->count + 1, COLUMNS * sizeof *cell);
	for (int k = 0; k < COLUMNS; k++)
		cell[k] = titles[k];
	for (size_t i = 0; i < verified->count; i++) {
		const struct verified_layer *l = &verified->layer[i];
		const char **row = &cell[(i + 1) * COLUMNS];
		uint64_t unexplained = l->account.estimate[0] != 0;
		for (int t = 0; t < TALLY_COUNT; t++)
			for (int o = 0; o < OPERANDS; o++)
				unexplained += l->account.entry[t][o].rest != 0;
		row[0] = count(ctx, l->index);
		row[1] = l->name;
		row[2] = l->op;
		row[3] = count(ctx, l->macs);
		row[8] = l->by_model ? "model" : "nest";
		if (l->fault) {
			row[4] = row[5] = row[6] = row[7] = "-";
			continue;
		}
		row[4] = count(ctx, l->outputs);
		row[5] = count(ctx, l->compared);
		row[6] = count(ctx, l->different);
		row[7] = unexplained
			? arena_printf(&ctx->arena, "%" PRIu64 " counts",
				  unexplained)
			: "0";
	}
	text_table(text, "rllrrrrrl", (int)verified->count + 1, cell);
}

static void layer_faults(struct text *text, const struct verified_layer *l)
{
	const char *name = diag_quote(text->ctx, l->name);
	if (l->fault)
		text_add(text, "layer %zu '%s' stopped: %s\n", l->index, name,
			l->fault);
	if (l->first)
		text_add(
			text, "layer %zu '%s': %s\n", l->index, name, l->first);
	if (l->account.estimate[0])
		text_add(text, "layer %zu '%s': %s\n", l->index, name,
			l->account.estimate);
	for (int t = 0; t < TALLY_COUNT && !l->fault; t++)
		for (int o = 0; o < OPERANDS; o++) {
			const struct entry *e = &l->account.entry[t][o];
			if (!e->rest)
				continue;
			/* Not %.1s of a letter of "OIW": gcc 12.2 now and then
			 * crashes over the length of that. */
			const char *of = *tally_texts[t].operands
				? arena_printf(
					  &text->ctx->arena, " of %c", "OIW"[o])
				: "";
			text_add(text,
				"layer %zu '%s': %s%s: charged %s, "
				"measured %s, %s of it unexplained\n",
				l->index, name, tally_texts[t].name, of,
				count(text->ctx, e->charged),
				count(text->ctx, e->measured),
				text_count(text->ctx, e->rest));
		}
}

/* One count, added up over layers. */
static struct entry entry_sum(const struct verified_layer *layers,
	size_t layer_count, int tally, int o)
{
	struct entry sum = {0};
	for (size_t i = 0; i < layer_count; i++) {
		const struct entry *e = &layers[i].account.entry[tally][o];
		sum.charged += e->charged;
		sum.measured += e->measured;
		for (int r = 0; r < QUIRK_COUNT; r++)
			sum.by_quirk[r] += e->by_quirk[r];
	}
	return sum;
}

enum { COUNT_COLUMNS = 7 };

/* Its rows: the first with the count, one for each rule. Returns how many. */
static int entry_rows(struct ctx *ctx, int tally, int o, const struct entry *e,
	const char **row)
{
	int rows = 1;
	bool has_operands = *tally_texts[tally].operands != '\0';
	row[0] = tally_texts[tally].name;
	row[1] = has_operands ? arena_printf(&ctx->arena, "%c", "OIW"[o]) : "";
	row[2] = tally_texts[tally].unit;
	row[3] = count(ctx, e->charged);
	row[4] = count(ctx, e->measured);
	for (int r = 0; r < QUIRK_COUNT; r++) {
		if (!e->by_quirk[r])
			continue;
		if (row[6]) {
			row += COUNT_COLUMNS;
			rows++;
		}
		row[5] = text_count(ctx, e->by_quirk[r]);
		row[6] = quirk_texts[r].name;
	}
	return rows;
}

/* All counts of the layers together, with the rules that explain a difference.
 */
static void counts_table(struct text *text, const struct verified_layer *layers,
	size_t layer_count)
{
	static const char *const titles[COUNT_COLUMNS] = {
		"counts", "", "unit", "charged", "measured", "explained", "by"};
	const char **cell = arena_array(&text->ctx->arena,
		TALLY_COUNT * OPERANDS * QUIRK_COUNT + 1,
		COUNT_COLUMNS * sizeof *cell);
	int rows = 1;
	for (int k = 0; k < COUNT_COLUMNS; k++)
		cell[k] = titles[k];
	for (int t = 0; t < TALLY_COUNT; t++)
		for (int o = 0; o < OPERANDS; o++) {
			struct entry e = entry_sum(layers, layer_count, t, o);
			if (tally_has((enum tally)t, o))
				rows += entry_rows(text->ctx, t, o, &e,
					&cell[rows * COUNT_COLUMNS]);
		}
	text_table(text, "lllrrrl", rows, cell);
	text_add(text, "\n");
}

static void sampling(struct text *text, const struct verified *verified)
{
	for (size_t i = 0; i < verified->count; i++) {
		const struct verified_layer *l = &verified->layer[i];
		if (l->sample > 1 && l->compared < l->outputs && !l->fault)
			text_add(text,
				"layer %zu '%s': a sample of %s of %s outputs "
				"computed, all moved and counted (--full "
				"computes all)\n",
				l->index, l->name,
				count(text->ctx, l->compared),
				count(text->ctx, l->outputs));
		if (l->note)
			text_add(text,
				"layer %zu '%s' is not compared with its "
				"operator: %s\n",
				l->index, l->name, l->note);
	}
}

static void verdict(struct text *text, const struct verified *verified)
{
	bool sampled = false;
	for (size_t i = 0; i < verified->count; i++)
		sampled |= verified->layer[i].compared <
			verified->layer[i].outputs;
	if (verified->ended)
		text_add(text, "%zu layer%s not verified: ended early\n",
			verified->ended, verified->ended == 1 ? "" : "s");
	if (verified->wrong)
		text_add(text, "%zu of %zu layers differ\n", verified->wrong,
			verified->count);
	else
		text_add(text,
			"%zu layer%s verified: every %soutput equal, every "
			"count explained\n",
			verified->count, verified->count == 1 ? "" : "s",
			sampled ? "compared " : "");
}

const char *verified_text(
	struct ctx *ctx, const struct verified *verified, bool details)
{
	struct text text = {.ctx = ctx};
	layers_table(&text, verified);
	text_add(&text, "\n");
	for (size_t i = 0; details && i < verified->count; i++) {
		text_add(&text, "layer %zu '%s'\n", verified->layer[i].index,
			verified->layer[i].name);
		counts_table(&text, &verified->layer[i], 1);
	}
	if (!details)
		counts_table(&text, verified->layer, verified->count);
	sampling(&text, verified);
	for (size_t i = 0; i < verified->count; i++)
		layer_faults(&text, &verified->layer[i]);
	verdict(&text, verified);
	return text.bytes;
}
