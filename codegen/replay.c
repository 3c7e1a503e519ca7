/* Computes a method's estimate anew, figure by figure. */
#include "codegen/replay.h"

#include "base/json_doc.h"
#include "base/text.h"
#include "codegen/outfile.h"
#include "codegen/set.h"

#include <string.h>

static const struct figure *figure_find(
	const struct figure *figures, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(figures[i].name, name) == 0)
			return &figures[i];
	return NULL;
}

static bool figure_equal(const struct figure *a, const struct figure *b)
{
	if (a->word || b->word)
		return a->word && b->word && strcmp(a->word, b->word) == 0;
	return a->value == b->value;
}

static void nest_replay(struct ctx *ctx, const struct method *method,
	const struct method_nest *nest, struct nest_replay *out)
{
	struct figure *now;
	size_t count = method_figures(ctx, method, nest, &now);
	cost_mapping(&nest->nest, &method->arch, &nest->mapping, method->rule,
		&out->estimate);
	out->compared = nest->figure_count;
	out->differences = arena_array(
		&ctx->arena, nest->figure_count, sizeof *out->differences);
	for (size_t i = 0; i < nest->figure_count; i++) {
		const struct figure *stored = &nest->figures[i];
		const struct figure *same =
			figure_find(now, count, stored->name);
		if (!same || !figure_equal(stored, same))
			out->differences[out->count++] =
				(struct difference){*stored, same};
	}
}

static void nests_replay(struct ctx *ctx, struct replay *out)
{
	out->nests =
		arena_array(&ctx->arena, out->method.count, sizeof *out->nests);
	for (size_t i = 0; i < out->method.count; i++) {
		nest_replay(ctx, &out->method, &out->method.nests[i],
			&out->nests[i]);
		out->compared += out->nests[i].compared;
		out->different += out->nests[i].count;
	}
}

bool replay_read(struct ctx *ctx, const char *path, const struct arch *machine,
	struct replay *out)
{
	*out = (struct replay){0};
	if (!out_recover(ctx, path) ||
		!method_read(ctx, path, machine, &out->method) ||
		!set_check(ctx, path, out->method.set))
		return false;
	nests_replay(ctx, out);
	return true;
}

bool replay_parse(struct ctx *ctx, const char *path, const char *text,
	size_t length, const struct arch *machine, struct replay *out)
{
	*out = (struct replay){0};
	if (!method_parse(ctx, path, text, length, machine, &out->method))
		return false;
	nests_replay(ctx, out);
	return true;
}

static const char *figure_text(struct ctx *ctx, const struct figure *figure)
{
	return figure->word ? diag_quote(ctx, figure->word)
			    : json_double(ctx, figure->value);
}

enum { REPORTED = 10 };

bool replay_report(struct ctx *ctx, const struct replay *replay)
{
	const struct loc loc = {.file = replay->method.file};
	for (size_t i = 0; i < replay->method.count; i++) {
		const struct nest_replay *nest = &replay->nests[i];
		for (size_t k = 0; k < nest->count && k < REPORTED; k++) {
			const struct difference *d = &nest->differences[k];
			const char *name = diag_quote(ctx, d->stored.name);
			const char *stored = figure_text(ctx, &d->stored);
			if (d->now)
				diag_error(ctx, &loc,
					"nest %zu: %s is %s in the file, %s on "
					"machine '%s'",
					i, name, stored,
					figure_text(ctx, d->now),
					replay->method.arch.name);
			else
				diag_error(ctx, &loc,
					"nest %zu: unknown figure %s (%s)", i,
					name, stored);
		}
		if (nest->count > REPORTED)
			diag_error(ctx, &loc,
				"nest %zu: %zu more of %zu figures differ", i,
				nest->count - REPORTED, nest->compared);
	}
	return replay->different == 0;
}

enum { COLUMNS = 8 };

const char *replay_text(
	struct ctx *ctx, size_t count, const struct replay *replays)
{
	static const char *const headings[COLUMNS] = {"layer", "op", "nest",
		"machine", "energy / pJ", "cycles", "EDP / pJ x cycles",
		"in the file"};
	size_t rows = 1;
	for (size_t i = 0; i < count; i++)
		rows += replays[i].method.count;
	const char **cell =
		arena_array(&ctx->arena, rows * COLUMNS, sizeof *cell);
	memcpy(cell, headings, sizeof headings);
	const char **row = cell + COLUMNS;
	for (size_t i = 0; i < count; i++) {
		const struct method *m = &replays[i].method;
		for (size_t k = 0; k < m->count; k++, row += COLUMNS) {
			const struct nest_replay *n = &replays[i].nests[k];
			const char *state = "nothing to compare";
			if (n->count)
				state = arena_printf(&ctx->arena,
					"%zu of %zu figures differ", n->count,
					n->compared);
			else if (n->compared)
				state = arena_printf(&ctx->arena,
					"%zu figures, all equal", n->compared);
			row[0] = diag_quote(ctx, m->layer);
			row[1] = diag_quote(ctx, m->op);
			row[2] = nest_text(ctx, &m->nests[k].nest);
			row[3] = m->arch.name;
			row[4] = text_whole(ctx, n->estimate.energy_pj);
			row[5] = text_count(ctx, n->estimate.cycles);
			row[6] = arena_printf(
				&ctx->arena, "%.10g", n->estimate.edp);
			row[7] = state;
		}
	}
	struct text text = {.ctx = ctx};
	text_table(&text, "llllrrrl", (int)rows, cell);
	return text.bytes;
}
