/* The columns of the table of designs, and what each cell says. */
#include "dse/report.h"

#include "base/json_doc.h"
#include "base/text.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>
#include <time.h>

static const char *const column_names[COLUMN_COUNT] = {
#define DESIGN(id, name, unit, whose, cell, meaning) [COLUMN_##id] = #name,
#include "dse/columns.def"
};

/* --- the table ------------------------------------------------------------ */

static void key_add(struct report *r, slot *keys, slot key)
{
	for (size_t i = 0; i < r->key_count; i++)
		if (keys[i] == key)
			return;
	keys[r->key_count++] = key;
}

void report_init(struct ctx *ctx, const struct explore *explore,
	const struct findings *findings, bool times, struct report *out)
{
	const struct space *space = explore->space;
	slot *keys =
		arena_array(&ctx->arena, space->slot_count + 1, sizeof *keys);
	*out = (struct report){.explore = explore,
		.findings = findings,
		.times = times,
		.keys = keys};
	for (size_t i = 0; i < space->axis_count; i++)
		key_add(out, keys, space->axes[i].slot);
	for (size_t i = 0; i < space->tie_count; i++)
		for (size_t c = 1; c < space->ties[i].columns; c++)
			key_add(out, keys, space->ties[i].slot[c]);
	for (size_t i = 0; i < space->setting_count; i++)
		key_add(out, keys, space->settings[i].slot);
}

size_t report_columns(const struct report *r)
{
	return 1 + r->key_count + COLUMN_COUNT;
}

const char *report_column(const struct report *r, size_t column)
{
	if (column == 0)
		return "design";
	if (column <= r->key_count)
		return r->explore->space->names[r->keys[column - 1]];
	return column_names[column - 1 - r->key_count];
}

static struct cell time_cell(struct ctx *ctx, double seconds)
{
	time_t whole = (time_t)seconds;
	struct tm tm;
	char text[32];
	if (!gmtime_r(&whole, &tm))
		return text_cell(NULL);
	strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &tm);
	return text_cell(arena_printf(&ctx->arena, "%s.%06d", text,
		(int)((seconds - (double)whole) * 1e6)));
}

static const char *misfit_text(
	struct ctx *ctx, const struct report *r, size_t design)
{
	const struct explore *e = r->explore;
	size_t index = e->outcomes[design].misfit;
	struct arch arch = design_arch(ctx, e->space, e->designs, design);
	const struct work_task *w = &e->work->tasks[index];
	struct misfit m =
		nest_misfit(&e->work->nests[w->task.forms[0].nest].nest, &arch);
	if (!m.memory)
		return arena_printf(&ctx->arena,
			"layer %s has no mapping that the dataflow allows",
			diag_quote(ctx, w->name));
	return arena_printf(&ctx->arena,
		"layer %s does not fit: the smallest tile needs %" PRId64
		" bytes of the %s",
		diag_quote(ctx, w->name), m.needs_bytes, m.memory);
}

struct cell report_result(struct ctx *ctx, const struct report *r,
	size_t design, enum column column)
{
	const struct explore *e = r->explore;
	const struct findings *f = r->findings;
	const struct outcome *o = &e->outcomes[design];
	bool known = o->kind == OUTCOME_SEARCHED;
	bool settled = o->kind == OUTCOME_SETTLED;
	double metric[METRIC_COUNT];
	explore_metrics(e, design, metric);
	switch (column) {
#define DESIGN(id, name, unit, whose, cell, meaning) \
	case COLUMN_##id:                            \
		return cell;
#include "dse/columns.def"
	case COLUMN_COUNT:
		break;
	}
	return text_cell(NULL);
}

struct cell report_cell(
	struct ctx *ctx, const struct report *r, size_t design, size_t column)
{
	const struct design *d = &r->explore->designs->designs[design];
	if (column == 0)
		return number_cell((double)design);
	if (column <= r->key_count)
		return number_cell(d->values[r->keys[column - 1]]);
	return report_result(
		ctx, r, design, (enum column)(column - 1 - r->key_count));
}

bool report_is_seeds(const struct report *r, size_t column)
{
	static const bool seeds[COLUMN_COUNT] = {
#define WHOSE_OURS false
#define WHOSE_SEEDS true
#define DESIGN(id, name, unit, whose, cell, meaning) WHOSE_##whose,
#include "dse/columns.def"
	};
	return column > r->key_count && seeds[column - 1 - r->key_count];
}

bool report_filled(struct ctx *ctx, const struct report *r,
	const size_t *designs, size_t count, size_t column)
{
	for (size_t i = 0; i < count; i++)
		if (report_cell(ctx, r, designs[i], column).kind != CELL_EMPTY)
			return true;
	return false;
}

/* --- CSV ------------------------------------------------------------------ */

static void csv_cell(
	struct ctx *ctx, struct text *text, const struct cell *cell)
{
	if (cell->kind == CELL_NUMBER)
		text_add(text, "%s", json_double(ctx, cell->number));
	if (cell->kind != CELL_TEXT)
		return;
	const char *s = text_neutral(ctx, cell->text);
	if (!strpbrk(s, ",\"\r\n")) {
		text_add(text, "%s", s);
		return;
	}
	text_add(text, "\"");
	for (; *s; s++)
		text_add(text, *s == '"' ? "\"\"" : "%c", *s);
	text_add(text, "\"");
}

static void csv_row(struct ctx *ctx, struct text *text, const struct report *r,
	size_t design)
{
	for (size_t c = 0; c < report_columns(r); c++) {
		struct cell cell = report_cell(ctx, r, design, c);
		text_add(text, "%s", c ? "," : "");
		csv_cell(ctx, text, &cell);
	}
	text_add(text, "\n");
}

static void csv_names(struct text *text, const struct report *r)
{
	for (size_t c = 0; c < report_columns(r); c++)
		text_add(text, "%s%s", c ? "," : "", report_column(r, c));
	text_add(text, "\n");
}

const char *designs_csv(struct ctx *ctx, const struct report *r)
{
	struct text text = {.ctx = ctx};
	csv_names(&text, r);
	for (size_t i = 0; i < r->explore->designs->count; i++)
		csv_row(ctx, &text, r, i);
	return text.bytes;
}

/* --- documentation -------------------------------------------------------- */

const char *report_columns_markdown(struct ctx *ctx, enum column_list list)
{
	static const struct {
		enum column_list list;
		const char *name, *unit, *meaning;
	} rows[] = {
#define DESIGN(id, name, unit, whose, cell, meaning) \
	{COLUMNS_DESIGN, #name, unit, meaning},
#define SEED(name, unit, cell, meaning) {COLUMNS_SEED, #name, unit, meaning},
#define TASK(name, unit, rows, cell, meaning) \
	{COLUMNS_TASK, #name, unit, meaning},
#include "dse/columns.def"
	};
	struct text text = {.ctx = ctx};
	text_add(&text, "| column | unit | meaning |\n|---|---|---|\n");
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (rows[i].list == list)
			text_add(&text, "| `%s` | %s | %s |\n", rows[i].name,
				rows[i].unit, rows[i].meaning);
	return text.bytes;
}

/* --- sensitivity ---------------------------------------------------------- */

struct variation *report_variations(
	struct ctx *ctx, const struct report *r, size_t *count)
{
	const struct explore *e = r->explore;
	const struct space *space = e->space;
	size_t most = 1;
	*count = 0;
	for (size_t a = 0; a < space->axis_count; a++)
		most += space->axes[a].count;
	struct variation *list = arena_array(&ctx->arena, most, sizeof *list);
	if (r->findings->winner == SIZE_MAX)
		return list;
	const struct design *winner = &e->designs->designs[r->findings->winner];
	for (size_t a = 0; a < space->axis_count; a++) {
		int64_t step;
		size_t place = design_place(space, winner, a, &step);
		for (size_t p = 0; p < space->axes[a].count; p++) {
			int64_t c = winner->combination +
				((int64_t)p - (int64_t)place) * step;
			int32_t other = e->designs->of_combination[c];
			if (other >= 0)
				list[(*count)++] =
					(struct variation){a, (size_t)other};
		}
	}
	return list;
}

const char *variations_csv(struct ctx *ctx, const struct report *r)
{
	struct text text = {.ctx = ctx};
	size_t count;
	const struct variation *list = report_variations(ctx, r, &count);
	text_add(&text, "key,");
	csv_names(&text, r);
	for (size_t i = 0; i < count; i++) {
		const struct range *axis =
			&r->explore->space->axes[list[i].axis];
		text_add(&text, "%s,", r->explore->space->names[axis->slot]);
		csv_row(ctx, &text, r, list[i].design);
	}
	return text.bytes;
}

/* --- for people ----------------------------------------------------------- */

/* "12.3 %" more or less than the winner's; "" where it is the winner. */
static const char *against(struct ctx *ctx, double value, double winner)
{
	return value == winner || !(winner > 0)
		? ""
		: arena_printf(
			  &ctx->arena, "%+.1f %%", 100 * (value / winner - 1));
}

static void best_table(
	struct ctx *ctx, struct text *text, const struct report *r)
{
	enum { COLUMNS = 7 };
	const struct explore *e = r->explore;
	size_t rows = e->options.top < r->findings->ranked
		? e->options.top
		: r->findings->ranked;
	const char **cells =
		arena_array(&ctx->arena, (rows + 1) * COLUMNS, sizeof *cells);
	static const char *const head[COLUMNS] = {"rank", "design", "keys",
		"energy/pJ", "cycles", "EDP/pJ*cycles", "front"};
	memcpy(cells, head, sizeof head);
	for (size_t i = 0; i < rows; i++) {
		size_t d = r->findings->ranking[i];
		const struct outcome *o = &e->outcomes[d];
		const char **row = cells + (i + 1) * COLUMNS;
		row[0] = arena_printf(&ctx->arena, "%zu", i + 1);
		row[1] = arena_printf(&ctx->arena, "%zu", d);
		row[2] = design_text(ctx, e->space, &e->designs->designs[d]);
		row[3] = arena_printf(&ctx->arena, "%.0f", o->energy_pj);
		row[4] = arena_printf(&ctx->arena, "%.0f", o->cycles);
		row[5] = arena_printf(&ctx->arena, "%.6g", o->edp);
		row[6] = r->findings->on_front[d] ? "yes" : "";
	}
	text_table(text, "rrlrrrl", (int)rows + 1, cells);
}

static void variation_table(
	struct ctx *ctx, struct text *text, const struct report *r)
{
	enum { COLUMNS = 5 };
	const struct explore *e = r->explore;
	size_t count;
	const struct variation *list = report_variations(ctx, r, &count);
	const char **cells =
		arena_array(&ctx->arena, (count + 1) * COLUMNS, sizeof *cells);
	static const char *const head[COLUMNS] = {
		"key", "value", "energy", "cycles", "EDP"};
	double winner[METRIC_COUNT];
	memcpy(cells, head, sizeof head);
	explore_metrics(e, r->findings->winner, winner);
	for (size_t i = 0; i < count; i++) {
		const struct range *axis = &e->space->axes[list[i].axis];
		size_t d = list[i].design;
		const char **row = cells + (i + 1) * COLUMNS;
		double metric[METRIC_COUNT];
		explore_metrics(e, d, metric);
		row[0] = i && list[i - 1].axis == list[i].axis
			? ""
			: e->space->names[axis->slot];
		row[1] = json_double(
			ctx, e->designs->designs[d].values[axis->slot]);
		if (e->outcomes[d].kind != OUTCOME_SEARCHED) {
			row[2] = outcome_name(e->outcomes[d].kind);
			continue;
		}
		for (int m = 0; m < 3; m++)
			row[2 + m] = d == r->findings->winner
				? (m ? "" : "the winner")
				: against(ctx, metric[m], winner[m]);
	}
	text_table(text, "lrrrr", (int)count + 1, cells);
}

const char *report_text(struct ctx *ctx, const struct report *r)
{
	struct text text = {.ctx = ctx};
	const struct findings *f = r->findings;
	const struct explore *e = r->explore;
	text_add(&text, "%zu designs: %zu searched", e->designs->count,
		f->searched);
	if (f->settled)
		text_add(&text, ", %zu settled by bounds", f->settled);
	if (f->misfits)
		text_add(&text, ", %zu infeasible", f->misfits);
	if (f->open)
		text_add(&text, ", %zu not searched yet", f->open);
	text_add(&text, "; %zu on the front of", f->front_count);
	const char *comma = " ";
	for (int m = 0; m < METRIC_COUNT; m++)
		if (e->options.front & 1u << m) {
			text_add(&text, "%s%s", comma,
				metric_name((enum metric)m));
			comma = ", ";
		}
	text_add(&text, "\n");
	if (f->winner == SIZE_MAX)
		return text.bytes;
	text_add(&text, "\nleast %s%s\n", objective_name(e->options.objective),
		f->complete ? "" : " so far");
	best_table(ctx, &text, r);
	text_add(&text, "\none key of the winner changed\n");
	variation_table(ctx, &text, r);
	return text.bytes;
}
