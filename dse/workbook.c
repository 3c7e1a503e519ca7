#include "dse/report.h"

#include "base/text.h"
#include "dse/workbook_check.h"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <xlsxwriter.h>

/* The columns of dMazeRunner's spreadsheets, in its words and units. */
static const char *const seed_columns[] = {"spm_size", "rf_size", "n_PE", "edp",
	"total_evaluated", "start_time", "end_time"};
enum { SEED_COLUMNS = sizeof seed_columns / sizeof *seed_columns };

struct book {
	struct ctx *ctx;
	const struct report *report;
	lxw_workbook *file;
	lxw_format *head, *text; /* text keeps off the number beside it */
	lxw_error error;         /* the first one of writing a cell */
};

static void note(struct book *b, lxw_error error)
{
	if (b->error == LXW_NO_ERROR)
		b->error = error;
}

/* What the library made; it makes nothing where it has no memory. */
static bool made(struct book *b, const void *p)
{
	if (!p)
		note(b, LXW_ERROR_MEMORY_MALLOC_FAILED);
	return p != NULL;
}

/* A text as it is in the CSV files, cut at what a cell may hold. */
static const char *cell_string(struct ctx *ctx, const char *text)
{
	enum { MOST_BYTES = 32000 }; /* of 32767 characters */
	text = text_neutral(ctx, text);
	size_t length = strlen(text);
	if (length <= MOST_BYTES)
		return text;
	for (length = MOST_BYTES; ((unsigned char)text[length] & 0xc0) == 0x80;)
		length--;
	return arena_strndup(&ctx->arena, text, length);
}

static void put(struct book *b, lxw_worksheet *sheet, size_t row, size_t column,
	const struct cell *cell)
{
	lxw_row_t r = (lxw_row_t)row;
	lxw_col_t c = (lxw_col_t)column;
	if (cell->kind == CELL_NUMBER)
		note(b,
			worksheet_write_number(
				sheet, r, c, cell->number, NULL));
	else if (cell->kind == CELL_TEXT)
		note(b,
			worksheet_write_string(sheet, r, c,
				cell_string(b->ctx, cell->text), b->text));
}

static void put_number(struct book *b, lxw_worksheet *sheet, size_t row,
	size_t column, double value)
{
	struct cell cell = {.kind = isfinite(value) ? CELL_NUMBER : CELL_EMPTY,
		.number = value};
	put(b, sheet, row, column, &cell);
}

static void head(
	struct book *b, lxw_worksheet *sheet, size_t column, const char *name)
{
	note(b,
		worksheet_write_string(
			sheet, 0, (lxw_col_t)column, name, b->head));
	note(b,
		worksheet_set_column(sheet, (lxw_col_t)column,
			(lxw_col_t)column,
			(double)strlen(name) + 4 > 12
				? (double)strlen(name) + 4
				: 12,
			NULL));
}

/* The seven of a design: the scratchpad in kB with both buffers, -1 where there
 * is no mapping, times under --times. */
static void seed_row(struct book *b, lxw_worksheet *sheet, size_t row,
	size_t design, double edp, double evaluated)
{
	const struct explore *e = b->report->explore;
	const struct outcome *o = &e->outcomes[design];
	struct arch arch = design_arch(b->ctx, e->space, e->designs, design);
	put_number(b, sheet, row, 0,
		(double)(2 * arch.spm_banks * arch.bank_bytes) / 1024);
	put_number(b, sheet, row, 1, (double)arch.rf_bytes);
	put_number(b, sheet, row, 2, (double)arch.pes);
	put_number(b, sheet, row, 3, o->kind == OUTCOME_MISFIT ? -1 : edp);
	put_number(b, sheet, row, 4, o->kind == OUTCOME_MISFIT ? 0 : evaluated);
	for (size_t c = 0; c < report_columns(b->report); c++) {
		const char *name = report_column(b->report, c);
		struct cell cell = report_cell(b->ctx, b->report, design, c);
		for (size_t k = 5; k < SEED_COLUMNS; k++)
			if (!strcmp(name, seed_columns[k]))
				put(b, sheet, row, k, &cell);
	}
}

static void seed_heads(struct book *b, lxw_worksheet *sheet)
{
	for (size_t c = 0; c < SEED_COLUMNS; c++)
		head(b, sheet, c, seed_columns[c]);
	worksheet_freeze_panes(sheet, 1, 0);
}

/* Of ours: whether the seed's have it. */
static bool is_seed_column(const char *name)
{
	for (size_t k = 3; k < SEED_COLUMNS; k++)
		if (!strcmp(name, seed_columns[k]))
			return true;
	return !strcmp(name, "evaluated");
}

/* Columns of ours from first on, a row a design of the list: those that have a
 * value for one of them and, where skip says so, are not among the seed's. */
static void columns_put(struct book *b, lxw_worksheet *sheet, size_t first,
	const size_t *designs, size_t count, bool skip)
{
	const struct report *r = b->report;
	for (size_t c = 0; c < report_columns(r); c++) {
		if (!report_filled(b->ctx, r, designs, count, c) ||
			(skip && is_seed_column(report_column(r, c))))
			continue;
		head(b, sheet, first, report_column(r, c));
		for (size_t i = 0; i < count; i++) {
			struct cell cell =
				report_cell(b->ctx, r, designs[i], c);
			put(b, sheet, i + 1, first, &cell);
		}
		first++;
	}
}

static void designs_sheet(struct book *b, lxw_worksheet *sheet)
{
	const struct explore *e = b->report->explore;
	size_t count = e->designs->count;
	size_t *all = arena_array(&b->ctx->arena, count, sizeof *all);
	seed_heads(b, sheet);
	for (size_t i = 0; i < count; i++) {
		const struct outcome *o = &e->outcomes[i];
		bool known = o->kind == OUTCOME_SEARCHED;
		seed_row(b, sheet, i + 1, i, known ? o->edp : NAN,
			known ? o->evaluated : NAN);
		all[i] = i;
	}
	columns_put(b, sheet, SEED_COLUMNS, all, count, true);
}

/* A sheet's name: its number and what may stand in one of the layer's name. */
static const char *sheet_name(struct ctx *ctx, size_t number, const char *layer)
{
	char *name = arena_printf(&ctx->arena, "%zu %.60s", number, layer);
	for (char *s = name; *s; s++)
		if (strchr("[]:*?/\\'", *s) || (unsigned char)*s < 32 ||
			(unsigned char)*s >= 127)
			*s = '_';
	if (strlen(name) > 31)
		name[31] = '\0';
	return name;
}

/* "8 x N2048 M128 C2048 Ox4" */
static void form_put(struct book *b, lxw_worksheet *sheet, size_t row,
	size_t column, const struct nest_form *form)
{
	const struct work *work = b->report->explore->work;
	const char *nest = nest_text(b->ctx, &work->nests[form->nest].nest);
	struct cell cell = {.kind = CELL_TEXT,
		.text = form->instances == 1
			? nest
			: arena_printf(&b->ctx->arena, "%lld x %s",
				  (long long)form->instances, nest)};
	put(b, sheet, row, column, &cell);
}

/* One run of one task on every design, in its best form there. */
static void layer_sheet(struct book *b, lxw_worksheet *sheet, size_t task)
{
	const struct explore *e = b->report->explore;
	static const char *const more[] = {
		"design", "status", "energy_pj", "cycles", "layer", "runs"};
	const struct work_task *w = &e->work->tasks[task];
	bool forms = w->task.form_count > 1;
	seed_heads(b, sheet);
	for (size_t c = 0; c < sizeof more / sizeof *more; c++)
		head(b, sheet, SEED_COLUMNS + c, more[c]);
	if (forms)
		head(b, sheet, SEED_COLUMNS + 6, "form");
	struct cell name = {.kind = CELL_TEXT, .text = w->name};
	put(b, sheet, 1, SEED_COLUMNS + 4, &name);
	put_number(b, sheet, 1, SEED_COLUMNS + 5, w->runs);
	for (size_t i = 0; i < e->designs->count; i++) {
		const struct outcome *o = &e->outcomes[i];
		struct nest_cost own, *cost = NULL;
		size_t form = w->task.form_count;
		if (o->kind == OUTCOME_SEARCHED) {
			form = outcome_form(e->work, o, task, &own);
			cost = &own;
		}
		struct cell status = {
			.kind = CELL_TEXT, .text = outcome_name(o->kind)};
		seed_row(b, sheet, i + 1, i, cost ? cost->edp : NAN,
			cost ? (double)cost->evaluated : NAN);
		put_number(b, sheet, i + 1, SEED_COLUMNS, (double)i);
		put(b, sheet, i + 1, SEED_COLUMNS + 1, &status);
		put_number(b, sheet, i + 1, SEED_COLUMNS + 2,
			cost ? cost->energy_pj : NAN);
		put_number(b, sheet, i + 1, SEED_COLUMNS + 3,
			cost ? (double)cost->cycles : NAN);
		if (forms && form < w->task.form_count)
			form_put(b, sheet, i + 1, SEED_COLUMNS + 6,
				&w->task.forms[form]);
	}
}

/* Cycles and energy of the front's designs, or of all others, in two columns of
 * the sheet, and a series of the chart from them. */
static void chart_series(struct book *b, lxw_chart *chart, lxw_worksheet *sheet,
	size_t column, const char *name, bool front)
{
	const struct explore *e = b->report->explore;
	size_t row = 1;
	head(b, sheet, column,
		arena_printf(&b->ctx->arena, "%s: cycles", name));
	head(b, sheet, column + 1,
		arena_printf(&b->ctx->arena, "%s: energy_pj", name));
	for (size_t i = 0; i < b->report->findings->ranked; i++) {
		size_t d = b->report->findings->ranking[i];
		if (b->report->findings->on_front[d] != front)
			continue;
		put_number(b, sheet, row, column, e->outcomes[d].cycles);
		put_number(
			b, sheet, row++, column + 1, e->outcomes[d].energy_pj);
	}
	if (row == 1)
		return;
	lxw_chart_series *series = chart_add_series(chart, NULL, NULL);
	if (!made(b, series))
		return;
	chart_series_set_categories(series, "chart", 1, (lxw_col_t)column,
		(lxw_row_t)row - 1, (lxw_col_t)column);
	chart_series_set_values(series, "chart", 1, (lxw_col_t)column + 1,
		(lxw_row_t)row - 1, (lxw_col_t)column + 1);
	chart_series_set_name(series, name);
	lxw_chart_fill fill = {.color = front ? 0xC2410C : 0x6D8BB0};
	lxw_chart_line edge = {.color = fill.color};
	uint8_t marker =
		front ? LXW_CHART_MARKER_DIAMOND : LXW_CHART_MARKER_CIRCLE;
	chart_series_set_marker_type(series, marker);
	chart_series_set_marker_size(series, front ? 8 : 4);
	chart_series_set_marker_fill(series, &fill);
	chart_series_set_marker_line(series, &edge);
}

/* An axis of the values of all searched designs: where they span much it
 * doubles from mark to mark, from the decade's part that is below them. */
static void chart_axis(
	struct book *b, lxw_chart_axis *axis, const char *name, enum metric of)
{
	enum { MUCH = 4 };
	const struct findings *f = b->report->findings;
	double low = INFINITY, high = 0;
	for (size_t i = 0; i < f->ranked; i++) {
		double metric[METRIC_COUNT];
		explore_metrics(b->report->explore, f->ranking[i], metric);
		low = fmin(low, metric[of]);
		high = fmax(high, metric[of]);
	}
	chart_axis_set_name(axis, name);
	chart_axis_set_num_format(axis, "0.0E+00");
	if (!(low > 0 && high / low > MUCH))
		return;
	double part = pow(10, floor(log10(low)));
	low = floor(low / part) * part;
	chart_axis_set_log_base(axis, 2);
	chart_axis_set_min(axis, low);
	chart_axis_set_max(axis, ceil(high / part) * part);
	chart_axis_set_major_unit(axis, 2);
	/* Where the other axis crosses: by default at 1. */
	chart_axis_set_crossing(axis, low);
}

static void chart_sheet(struct book *b, lxw_worksheet *sheet)
{
	if (!b->report->findings->ranked)
		return;
	lxw_chart *chart = workbook_add_chart(b->file, LXW_CHART_SCATTER);
	if (!made(b, chart))
		return;
	chart_series(b, chart, sheet, 0, "others", false);
	chart_series(b, chart, sheet, 2, "front", true);
	chart_title_set_name(chart, "Designs by cycles and energy");
	chart_axis(b, chart->x_axis, "cycles", METRIC_CYCLES);
	chart_axis(b, chart->y_axis, "energy / pJ", METRIC_ENERGY);
	chart_legend_set_position(chart, LXW_CHART_LEGEND_BOTTOM);
	lxw_chart_options size = {.x_scale = 2, .y_scale = 2.2};
	note(b, worksheet_insert_chart_opt(sheet, 1, 5, chart, &size));
}

static void sensitivity_sheet(struct book *b, lxw_worksheet *sheet)
{
	const struct report *r = b->report;
	const struct space *space = r->explore->space;
	size_t count;
	const struct variation *list = report_variations(b->ctx, r, &count);
	size_t *designs =
		arena_array(&b->ctx->arena, count + 1, sizeof *designs);
	head(b, sheet, 0, "key");
	for (size_t i = 0; i < count; i++) {
		struct cell key = {.kind = CELL_TEXT,
			.text = space->names[space->axes[list[i].axis].slot]};
		put(b, sheet, i + 1, 0, &key);
		designs[i] = list[i].design;
	}
	columns_put(b, sheet, 1, designs, count, false);
}

/* A sheet that prints as wide as its columns, with their names on each page;
 * NULL where there is no memory. */
static lxw_worksheet *sheet_add(struct book *b, const char *name)
{
	lxw_worksheet *sheet = workbook_add_worksheet(b->file, name);
	if (!made(b, sheet))
		return NULL;
	worksheet_set_landscape(sheet);
	worksheet_fit_to_pages(sheet, 1, 0);
	note(b, worksheet_repeat_rows(sheet, 0, 0));
	return sheet;
}

static void book_fill(struct book *b)
{
	static const struct {
		const char *name;
		void (*fill)(struct book *b, lxw_worksheet *sheet);
	} sheets[] = {
		{"designs",     designs_sheet    },
		{"chart",       chart_sheet      },
		{"sensitivity", sensitivity_sheet},
	};
	const struct work *work = b->report->explore->work;
	b->head = workbook_add_format(b->file);
	b->text = workbook_add_format(b->file);
	if (!made(b, b->head) || !made(b, b->text))
		return;
	format_set_bold(b->head);
	format_set_align(b->head, LXW_ALIGN_RIGHT);
	format_set_indent(b->text, 1);
	for (size_t i = 0; i < sizeof sheets / sizeof *sheets; i++) {
		lxw_worksheet *sheet = sheet_add(b, sheets[i].name);
		if (sheet)
			sheets[i].fill(b, sheet);
	}
	for (size_t i = 0; i < work->task_count; i++) {
		lxw_worksheet *sheet = sheet_add(
			b, sheet_name(b->ctx, i, work->tasks[i].name));
		if (sheet)
			layer_sheet(b, sheet, i);
	}
}

/* Has the library write into an open file; its name goes on being that of the
 * descriptor, for the file has none. */
static lxw_error book_put(struct ctx *ctx, const struct report *report, FILE *f)
{
	struct book b = {.ctx = ctx,
		.report = report,
		.file = workbook_new(
			arena_printf(&ctx->arena, "/dev/fd/%d", fileno(f)))};
	/* Equal explorations give equal bytes: no clock in the properties. */
	lxw_doc_properties properties = {
		.title = (char *)"Design-space exploration",
		.created = 946684800}; /* 2000-01-01 */
	if (!b.file)
		return LXW_ERROR_MEMORY_MALLOC_FAILED;
	note(&b, workbook_set_properties(b.file, &properties));
	if (b.error == LXW_NO_ERROR)
		book_fill(&b);
	if (b.error == LXW_NO_ERROR)
		note(&b, workbook_close(b.file));
	return b.error;
}

/* Two of them in a process of its own, which leaves nothing but the files: the
 * library takes a memory that ran out badly. Some of 1.1.4 follows pointers that
 * it has not got, and some leaves out what it has no memory for and says
 * nothing, but hardly twice the same. */
static bool books_put(
	struct ctx *ctx, const struct report *report, FILE *const files[2])
{
	const struct loc loc = {.file = "designs.xlsx"};
	int status = 0;
	pid_t child = fork(), ended;
	if (child == 0) {
		jmp_buf guard;
		ctx->arena.guard = &guard;
		if (setjmp(guard) || !freopen("/dev/null", "w", stderr))
			_exit(LXW_ERROR_MEMORY_MALLOC_FAILED);
		lxw_error error = book_put(ctx, report, files[0]);
		_exit((int)(error ? error : book_put(ctx, report, files[1])));
	}
	do
		ended = child < 0 ? child : waitpid(child, &status, 0);
	while (ended < 0 && child > 0 && errno == EINTR);
	const char *why = NULL;
	if (ended < 0)
		why = strerror(errno);
	else if (!WIFEXITED(status))
		why = "out of memory";
	else if (WEXITSTATUS(status))
		why = lxw_strerror((lxw_error)WEXITSTATUS(status));
	return !why || diag_error(ctx, &loc, "cannot be written: %s", why);
}

/* What is in a file; NULL with a diagnostic. */
static char *book_read(struct ctx *ctx, FILE *f, size_t *size)
{
	struct stat st;
	const struct loc loc = {.file = "designs.xlsx"};
	char *bytes = NULL;
	bool ok = fstat(fileno(f), &st) == 0;
	if (ok) {
		*size = (size_t)st.st_size;
		bytes = arena_alloc(&ctx->arena, *size + 1);
		ok = fread(bytes, 1, *size, f) == *size;
	}
	if (!ok)
		diag_error(ctx, &loc, "cannot be read: %s", strerror(errno));
	return ok ? bytes : NULL;
}

/* Stages what the library wrote. */
static bool book_stage(
	struct ctx *ctx, FILE *const files[2], struct out_set *out)
{
	const struct loc loc = {.file = "designs.xlsx"};
	size_t size, again_size;
	const char *bytes = book_read(ctx, files[0], &size);
	const char *again =
		bytes ? book_read(ctx, files[1], &again_size) : NULL;
	if (!again)
		return false;
	if (!workbook_is_whole(ctx, (const unsigned char *)bytes, size))
		return diag_error(ctx, &loc,
			"cannot be written: no room for temporary files");
	if (size != again_size || memcmp(bytes, again, size) != 0)
		return diag_error(
			ctx, &loc, "cannot be written: out of memory");
	return out_write(ctx, out, "designs.xlsx", bytes, size);
}

bool workbook_write(
	struct ctx *ctx, const struct report *report, struct out_set *out)
{
	const struct loc loc = {.file = "designs.xlsx"};
	FILE *files[2] = {tmpfile(), tmpfile()};
	bool ok = files[0] && files[1];
	if (!ok)
		diag_error(ctx, &loc, "no temporary file can be made: %s",
			strerror(errno));
	ok = ok && books_put(ctx, report, files) &&
		book_stage(ctx, files, out);
	for (int i = 0; i < 2; i++)
		if (files[i])
			fclose(files[i]);
	return ok;
}
