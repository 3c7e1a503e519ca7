/* designs.xlsx: the table of designs, and a sheet for each layer. */
#include "dse/workbook.h"

#include "base/file.h"
#include "base/text.h"
#include "dse/workbook_check.h"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <xlsxwriter.h>

static const char *const seed_columns[] = {
#define SEED(name, unit, cell, meaning) #name,
#include "dse/columns.def"
};
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
	struct cell cell = number_cell(value);
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

/* Those of a design that are dMazeRunner's. */
static void seed_row(struct book *b, lxw_worksheet *sheet, size_t row,
	size_t design, double edp, double evaluated)
{
	struct ctx *ctx = b->ctx;
	const struct report *r = b->report;
	const struct explore *e = r->explore;
	bool misfit = e->outcomes[design].kind == OUTCOME_MISFIT;
	struct arch arch = design_arch(ctx, e->space, e->designs, design);
	const struct cell cells[] = {
#define SEED(name, unit, cell, meaning) cell,
#include "dse/columns.def"
	};
	for (size_t c = 0; c < SEED_COLUMNS; c++)
		put(b, sheet, row, c, &cells[c]);
}

static void seed_heads(struct book *b, lxw_worksheet *sheet)
{
	for (size_t c = 0; c < SEED_COLUMNS; c++)
		head(b, sheet, c, seed_columns[c]);
	worksheet_freeze_panes(sheet, 1, 0);
}

/* Columns of ours from first on, a row a design of the list: those that have a
 * value for one of them and, where skip says so, are not among the seed's. */
static void columns_put(struct book *b, lxw_worksheet *sheet, size_t first,
	const size_t *designs, size_t count, bool skip)
{
	const struct report *r = b->report;
	for (size_t c = 0; c < report_columns(r); c++) {
		if (!report_filled(b->ctx, r, designs, count, c) ||
			(skip && report_is_seeds(r, c)))
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
static struct cell form_cell(
	struct ctx *ctx, const struct work *work, const struct nest_form *form)
{
	const char *nest = nest_text(ctx, &work->nests[form->nest].nest);
	return text_cell(form->instances == 1
			? nest
			: arena_printf(&ctx->arena, "%lld x %s",
				  (long long)form->instances, nest));
}

enum task_rows { ROWS_EACH, ROWS_ONCE, ROWS_FORMS };
static const struct {
	const char *name;
	enum task_rows rows;
} task_columns[] = {
#define TASK(name, unit, rows, cell, meaning) {#name, ROWS_##rows},
#include "dse/columns.def"
};
enum { TASK_COLUMNS = sizeof task_columns / sizeof *task_columns };

/* A design's row in the sheet of a task; once: what stands there once. */
static void task_row(struct book *b, lxw_worksheet *sheet, size_t task,
	size_t design, bool once)
{
	struct ctx *ctx = b->ctx;
	const struct explore *e = b->report->explore;
	const struct work_task *w = &e->work->tasks[task];
	const struct outcome *o = &e->outcomes[design];
	struct nest_cost own, *cost = NULL; /* NULL: it was not searched */
	const struct nest_form *form = NULL;
	if (o->kind == OUTCOME_SEARCHED) {
		size_t best = outcome_form(e->work, o, task, &own);
		cost = &own;
		if (w->task.form_count > 1 && best < w->task.form_count)
			form = &w->task.forms[best];
	}
	if (!once)
		seed_row(b, sheet, design + 1, design, cost ? cost->edp : NAN,
			cost ? (double)cost->evaluated : NAN);
	const struct cell cells[] = {
#define TASK(name, unit, rows, cell, meaning) cell,
#include "dse/columns.def"
	};
	for (size_t c = 0; c < TASK_COLUMNS; c++)
		if ((task_columns[c].rows == ROWS_ONCE) == once)
			put(b, sheet, design + 1, SEED_COLUMNS + c, &cells[c]);
}

/* One run of one task on every design, in its best form there. */
static void layer_sheet(struct book *b, lxw_worksheet *sheet, size_t task)
{
	const struct explore *e = b->report->explore;
	bool forms = e->work->tasks[task].task.form_count > 1;
	seed_heads(b, sheet);
	for (size_t c = 0; c < TASK_COLUMNS; c++)
		if (forms || task_columns[c].rows != ROWS_FORMS)
			head(b, sheet, SEED_COLUMNS + c, task_columns[c].name);
	task_row(b, sheet, task, 0, true);
	for (size_t i = 0; i < e->designs->count; i++)
		task_row(b, sheet, task, i, false);
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
	const struct loc loc = {.file = "designs.xlsx"};
	struct file_bytes file;
	if (file_read_stream(&ctx->arena, f, SIZE_MAX, &file) != FILE_GOOD) {
		diag_error(ctx, &loc, "cannot be read: %s", strerror(errno));
		return NULL;
	}
	*size = file.length;
	return (char *)file.bytes;
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
