/* designs.html: one file, drawn as SVG, that follows the reader's choice of
 * light or dark. */
#include "dse/page.h"

#include "base/json_doc.h"
#include "base/text.h"

#include <math.h>
#include <string.h>

enum {
	WIDTH = 960,
	HEIGHT = 560,
	LEFT = 90,
	RIGHT = 20,
	TOP = 20,
	BOTTOM = 60
};

static const char style[] =
	":root{color-scheme:light dark;--paper:#fff;--ink:#1d2733;"
	"--soft:#5d6b7a;--line:#d9dfe6;--dot:#6d8bb0;--front:#c2410c}\n"
	"@media(prefers-color-scheme:dark){:root{--paper:#14181d;"
	"--ink:#e3e8ee;--soft:#98a5b3;--line:#313a44;--dot:#7d9cc4;"
	"--front:#fb923c}}\n"
	"body{font:15px/1.5 system-ui,sans-serif;background:var(--paper);"
	"color:var(--ink);max-width:1100px;margin:2em auto;padding:0 1em}\n"
	"h1{font-size:1.4em}h2{font-size:1.1em;margin-top:2em}\n"
	"svg{width:100%;height:auto}\n"
	"svg text{font:13px system-ui,sans-serif;fill:var(--soft)}\n"
	".grid{stroke:var(--line)}.dot{fill:var(--dot);fill-opacity:.6}\n"
	".front{fill:var(--front)}"
	".winner{stroke:var(--ink);stroke-width:2.5}\n"
	".step{fill:none;stroke:var(--front);stroke-opacity:.6}\n"
	"circle:hover{stroke:var(--ink);stroke-width:2}\n"
	"#about{min-height:3em;color:var(--soft);white-space:pre-line}\n"
	".wide{overflow-x:auto}\n"
	"table{border-collapse:collapse;font-variant-numeric:tabular-nums;"
	"font-size:13px}\n"
	"td,th{padding:.2em .6em;text-align:right;"
	"border-bottom:1px solid var(--line);white-space:nowrap}\n"
	"th{white-space:normal;vertical-align:bottom}\n";

/* Shows at once what the browser's own tooltip shows after a while. */
static const char script[] =
	"const about=document.getElementById('about');"
	"document.querySelectorAll('circle').forEach(c=>"
	"c.addEventListener('mouseenter',()=>"
	"{about.textContent=c.querySelector('title').textContent}));";

struct plot {
	const struct report *report;
	enum metric x, y;
	double low[2], high[2]; /* of x, y; logarithms when log */
	bool log[2];
};

static void escaped(struct text *t, const char *s)
{
	for (; *s; s++) {
		if (*s == '<')
			text_add(t, "&lt;");
		else if (*s == '>')
			text_add(t, "&gt;");
		else if (*s == '&')
			text_add(t, "&amp;");
		else if (*s == '"')
			text_add(t, "&quot;");
		else
			text_add(t, "%c", *s);
	}
}

/* --- axes ----------------------------------------------------------------- */

/* The front's second metric to the right, its first one up. */
static void plot_metrics(struct plot *p)
{
	unsigned set = p->report->explore->options.front;
	enum metric found[2] = {METRIC_ENERGY, METRIC_CYCLES};
	int count = 0;
	for (int m = 0; m < METRIC_COUNT && count < 2; m++)
		if (set & 1u << m)
			found[count++] = (enum metric)m;
	if (count == 1 && found[0] == METRIC_CYCLES)
		found[1] = METRIC_ENERGY;
	p->y = found[0];
	p->x = found[1];
}

static double scaled(const struct plot *p, int axis, double value)
{
	return p->log[axis] ? log10(value) : value;
}

static void plot_range(struct plot *p)
{
	const struct findings *f = p->report->findings;
	const enum metric of[2] = {p->x, p->y};
	for (int k = 0; k < 2; k++) {
		double low = INFINITY, high = -INFINITY;
		for (size_t i = 0; i < f->ranked; i++) {
			double metric[METRIC_COUNT];
			explore_metrics(
				p->report->explore, f->ranking[i], metric);
			low = fmin(low, metric[of[k]]);
			high = fmax(high, metric[of[k]]);
		}
		p->log[k] = low > 0 && high / low > 4;
		low = scaled(p, k, low);
		high = scaled(p, k, high);
		double room = high > low ? 0.04 * (high - low)
					 : fabs(high) * 0.1 + 1e-3;
		p->low[k] = low - room;
		p->high[k] = high + room;
	}
}

static double place(const struct plot *p, int axis, double value)
{
	double at = (scaled(p, axis, value) - p->low[axis]) /
		(p->high[axis] - p->low[axis]);
	return axis == 0 ? LEFT + at * (WIDTH - LEFT - RIGHT)
			 : HEIGHT - BOTTOM - at * (HEIGHT - TOP - BOTTOM);
}

static void tick(const struct plot *p, struct text *t, int axis, double value)
{
	double at = place(p, axis, value);
	if (axis == 0)
		text_add(t,
			"<path class='grid' d='M%.1f %dV%d'/>"
			"<text x='%.1f' y='%d' text-anchor='middle'>%.4g"
			"</text>\n",
			at, TOP, HEIGHT - BOTTOM, at, HEIGHT - BOTTOM + 20,
			value);
	else
		text_add(t,
			"<path class='grid' d='M%d %.1fH%d'/>"
			"<text x='%d' y='%.1f' text-anchor='end'>%.4g"
			"</text>\n",
			LEFT, at, WIDTH - RIGHT, LEFT - 8, at + 4, value);
}

/* The least of 1, 2 and 5 times a power of ten that is at least value. */
static double round_up(double value)
{
	double decade = pow(10, floor(log10(value)));
	return value <= decade        ? decade
		: value <= 2 * decade ? 2 * decade
		: value <= 5 * decade ? 5 * decade
				      : 10 * decade;
}

/* Round numbers, six at most. */
static void ticks_even(const struct plot *p, struct text *t, int axis)
{
	double step = round_up((p->high[axis] - p->low[axis]) / 6);
	double first = ceil(p->low[axis] / step);
	for (int i = 0; (first + i) * step < p->high[axis]; i++)
		tick(p, t, axis, (first + i) * step);
}

/* 1, 2 and 5 of each decade, or 1 where there are many. */
static void ticks(const struct plot *p, struct text *t, int axis)
{
	static const double steps[] = {1, 2, 5};
	if (!p->log[axis]) {
		ticks_even(p, t, axis);
		return;
	}
	bool wide = p->high[axis] - p->low[axis] > 4;
	for (int d = (int)floor(p->low[axis]); d <= (int)p->high[axis] + 1; d++)
		for (int s = 0; s < (wide ? 1 : 3); s++) {
			double value = steps[s] * pow(10, d);
			if (log10(value) > p->low[axis] &&
				log10(value) < p->high[axis])
				tick(p, t, axis, value);
		}
}

static void axis_name(struct text *t, enum metric metric, const char *where)
{
	const char *unit = metric_unit(metric);
	text_add(t, "<text %s text-anchor='middle'>%s%s%s</text>\n", where,
		metric_name(metric), *unit ? " / " : "", unit);
}

/* --- points --------------------------------------------------------------- */

static void point(
	struct ctx *ctx, const struct plot *p, struct text *t, size_t design)
{
	const struct report *r = p->report;
	const struct explore *e = r->explore;
	bool front = r->findings->on_front[design];
	double metric[METRIC_COUNT];
	explore_metrics(e, design, metric);
	text_add(t, "<circle class='%s%s' cx='%.1f' cy='%.1f' r='%s'><title>",
		front ? "front" : "dot",
		design == r->findings->winner ? " winner" : "",
		place(p, 0, metric[p->x]), place(p, 1, metric[p->y]),
		front ? "5" : "3.5");
	text_add(t, "design %zu: ", design);
	escaped(t, design_text(ctx, e->space, &e->designs->designs[design]));
	for (int m = 0; m < METRIC_COUNT; m++)
		if (!isnan(metric[m]))
			text_add(t, "%s%s %.6g", m ? ", " : "\n",
				metric_name((enum metric)m), metric[m]);
	text_add(t, "</title></circle>\n");
}

static int by_x(const struct plot *p, size_t a, size_t b)
{
	double x[METRIC_COUNT], y[METRIC_COUNT];
	explore_metrics(p->report->explore, a, x);
	explore_metrics(p->report->explore, b, y);
	return (x[p->x] > y[p->x]) - (x[p->x] < y[p->x]);
}

/* The front's edge, where two metrics make it. */
static void front_line(struct ctx *ctx, const struct plot *p, struct text *t)
{
	const struct explore *e = p->report->explore;
	const struct pareto *front = &e->front;
	if (front->metrics != (1u << p->x | 1u << p->y) || !front->count)
		return;
	size_t *sorted = arena_array(&ctx->arena, front->count, sizeof *sorted);
	for (size_t i = 0; i < front->count; i++) {
		size_t at = i;
		for (; at &&
			by_x(p, sorted[at - 1], front->points[i].design) > 0;
			at--)
			sorted[at] = sorted[at - 1];
		sorted[at] = front->points[i].design;
	}
	text_add(t, "<path class='step' d='");
	for (size_t i = 0; i < front->count; i++) {
		double metric[METRIC_COUNT];
		explore_metrics(e, sorted[i], metric);
		text_add(t, i ? "H%.1fV%.1f" : "M%.1f %.1f",
			place(p, 0, metric[p->x]), place(p, 1, metric[p->y]));
	}
	text_add(t, "'/>\n");
}

static void scatter(struct ctx *ctx, const struct report *r, struct text *t)
{
	const struct findings *f = r->findings;
	struct plot p = {.report = r};
	plot_metrics(&p);
	plot_range(&p);
	text_add(t, "<svg viewBox='0 0 %d %d' role='img'>\n", WIDTH, HEIGHT);
	ticks(&p, t, 0);
	ticks(&p, t, 1);
	axis_name(t, p.x, "x='500' y='545'");
	axis_name(t, p.y, "transform='translate(16 260) rotate(-90)'");
	front_line(ctx, &p, t);
	for (int front = 0; front < 2; front++)
		for (size_t i = f->ranked; i-- > 0;)
			if (f->on_front[f->ranking[i]] == front)
				point(ctx, &p, t, f->ranking[i]);
	text_add(t,
		"</svg>\n<p id='about'>Point at a design to read what it "
		"is. The ringed one is the best by %s; orange ones are the "
		"front.</p>\n",
		objective_name(r->explore->options.objective));
}

/* --- tables --------------------------------------------------------------- */

static void cell_put(struct text *t, const struct cell *cell)
{
	text_add(t, "<td>");
	if (cell->kind == CELL_TEXT)
		escaped(t, cell->text);
	else if (cell->kind == CELL_NUMBER &&
		cell->number == rint(cell->number) && fabs(cell->number) < 1e15)
		text_add(t, "%.0f", cell->number);
	else if (cell->kind == CELL_NUMBER)
		text_add(t, "%.6g", cell->number);
	text_add(t, "</td>");
}

/* The name of a column, which may be broken behind its underscores. */
static void head_put(struct text *t, const char *name)
{
	text_add(t, "<th>");
	for (const char *s = name; *s; s++)
		text_add(t, *s == '_' ? "_<wbr>" : "%c", *s);
	text_add(t, "</th>");
}

/* A row a design, the columns that some of them have a value for; in front the
 * key of each where keys are given. */
static void table(struct ctx *ctx, const struct report *r, struct text *t,
	const size_t *designs, size_t count, const char *const *keys)
{
	bool *shown =
		arena_array(&ctx->arena, report_columns(r), sizeof *shown);
	text_add(t, "<div class='wide'><table><tr>%s",
		keys ? "<th>key</th>" : "");
	for (size_t c = 0; c < report_columns(r); c++) {
		shown[c] = report_filled(ctx, r, designs, count, c);
		if (shown[c])
			head_put(t, report_column(r, c));
	}
	for (size_t i = 0; i < count; i++) {
		text_add(t, "</tr>\n<tr>");
		if (keys)
			text_add(t, "<td>%s</td>", keys[i]);
		for (size_t c = 0; c < report_columns(r); c++) {
			struct cell cell = report_cell(ctx, r, designs[i], c);
			if (shown[c])
				cell_put(t, &cell);
		}
	}
	text_add(t, "</tr>\n</table></div>\n");
}

static void tables(struct ctx *ctx, const struct report *r, struct text *t)
{
	const struct explore *e = r->explore;
	const struct findings *f = r->findings;
	struct arena *a = &ctx->arena;
	size_t count;
	const struct variation *list = report_variations(ctx, r, &count);
	size_t *designs =
		arena_array(a, count + e->front.count + 1, sizeof *designs);
	const char **keys = arena_array(a, count + 1, sizeof *keys);

	text_add(t, "<h2>The best by %s</h2>\n",
		objective_name(e->options.objective));
	table(ctx, r, t, f->ranking,
		f->ranked < e->options.top ? f->ranked : e->options.top, NULL);

	for (size_t i = 0; i < e->front.count; i++)
		designs[i] = e->front.points[i].design;
	text_add(t, "<h2>The front</h2>\n");
	table(ctx, r, t, designs, e->front.count, NULL);

	for (size_t i = 0; i < count; i++) {
		designs[i] = list[i].design;
		keys[i] = e->space->names[e->space->axes[list[i].axis].slot];
	}
	text_add(t, "<h2>One key of the winner changed</h2>\n");
	table(ctx, r, t, designs, count, keys);
}

const char *designs_html(struct ctx *ctx, const struct report *r)
{
	struct text text = {.ctx = ctx}, *t = &text;
	const struct findings *f = r->findings;
	text_add(t,
		"<!DOCTYPE html>\n<html lang='en'>\n<meta charset='utf-8'>\n"
		"<meta name='viewport' content='width=device-width'>\n"
		"<title>");
	escaped(t, r->explore->space->name);
	text_add(t, "</title>\n<style>\n%s</style>\n<h1>Designs of ", style);
	escaped(t, r->explore->space->name);
	text_add(t,
		"</h1>\n<p>%zu designs: %zu searched to their proven "
		"optimum, %zu settled by bounds, %zu infeasible%s. %zu are "
		"on the front.</p>\n",
		r->explore->designs->count, f->searched, f->settled, f->misfits,
		f->open ? arena_printf(&ctx->arena,
				  ", <b>%zu not searched yet</b>", f->open)
			: "",
		f->front_count);
	if (f->ranked) {
		scatter(ctx, r, t);
		tables(ctx, r, t);
	}
	text_add(t, "<script>%s</script>\n</html>\n", script);
	return text.bytes;
}
