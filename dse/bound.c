/* Bounds of a design from its numbers alone, and from outcomes of designs that
 * are no worse. */
#include "dse/bound.h"

#include "mapper/model.h"

#include <math.h>

/* Less by more than rounding: DRAM's energy is a product less what of it is
 * padding, and would otherwise not fall for certain. */
static bool is_less(double x, double y)
{
	return x < y * (1 - 1e-9);
}

static bool value_at_least(enum arch_better better, double a, double b)
{
	if (a == b)
		return true;
	switch (better) {
	case BETTER_MORE:
		return a > b;
	case BETTER_MORE_OR_0:
		return a == 0 || (b != 0 && a > b);
	case BETTER_LESS:
		return is_less(a, b);
	case BETTER_EQUAL:
		break;
	}
	return false;
}

bool arch_at_least(const struct arch *a, const struct arch *b)
{
	for (size_t i = 0; i < arch_key_count; i++) {
		const struct arch_key *key = &arch_keys[i];
		if (key->role != ARCH_SEARCH &&
			!value_at_least(key->better, arch_get(a, key),
				arch_get(b, key)))
			return false;
	}
	return true;
}

/* The trips of the loop, where it indexes the operand. */
static double trips(
	const struct nest *nest, enum operand operand, enum loop loop)
{
	return nest->indexes[operand] & LOOP_BIT(loop)
		? (double)nest->bound[loop]
		: 1;
}

/* Distinct elements of an operand that a nest touches, at least. Both loops of
 * a window step to new elements, so the longer one counts; windows are I's. */
static double elems_least(const struct nest *nest, enum operand operand)
{
	static const enum loop windows[][2] = {
		{LOOP_OX, LOOP_FX},
		{LOOP_OY, LOOP_FY},
	};
	double elems = trips(nest, operand, LOOP_N) *
		trips(nest, operand, LOOP_M) * trips(nest, operand, LOOP_C);
	for (int w = 0; w < 2; w++) {
		double out = trips(nest, operand, windows[w][0]);
		double filter = trips(nest, operand, windows[w][1]);
		elems *= operand != OPND_I ? out * filter
			: out > filter     ? out
					   : filter;
	}
	return elems;
}

/* Each element of an operand crosses DRAM, scratchpad and network once or more;
 * a PE does one multiplication a cycle. As if what may skip a memory did.
 * Rounding cannot reach SLACK. */
static void nest_bound(
	const struct nest *nest, const struct arch *arch, struct nest_cost *out)
{
	static const double SLACK = 1 - 1e-9;
	double macs = (double)nest_macs(nest);
	const struct prices p = prices_least(arch);
	double pj = macs * multiplication_pj(&p);
	for (int o = 0; o < OPND_COUNT; o++)
		pj += elems_least(nest, (enum operand)o) *
			(p.dram[o] + p.spm[o] + p.noc[o]);
	out->energy_pj = floor(pj * SLACK);
	out->cycles = (int64_t)floor(macs / (double)arch->pes * SLACK);
}

/* The least of all forms, of energy and of cycles. */
static void task_bound(const struct work *work, size_t task,
	const struct arch *arch, double *pj, double *cycles)
{
	const struct task *t = &work->tasks[task].task;
	*pj = *cycles = INFINITY;
	for (size_t f = 0; f < t->form_count; f++) {
		const struct nest_form *form = &t->forms[f];
		double instances = (double)form->instances;
		struct nest_cost least;
		nest_bound(&work->nests[form->nest].nest, arch, &least);
		*pj = fmin(*pj, least.energy_pj * instances);
		*cycles = fmin(*cycles, (double)least.cycles * instances);
	}
}

/* Forms that a machine can count are counted by every better one: a task is on
 * its reserves on fewer machines, and on the same ones where as many are. There
 * it can take less than in a form that none of the worse can count. */
static size_t tasks_on_reserves(
	const struct work *work, const struct arch *arch, enum tile_sizes tiles)
{
	size_t count = 0;
	for (size_t t = 0; t < work->task_count; t++) {
		const struct task *task = &work->tasks[t].task;
		bool reserves = false, proper = false;
		for (size_t f = 0; f < task->form_count; f++)
			reserves |= task->forms[f].reserve;
		for (size_t f = 0; reserves && f < task->form_count; f++) {
			const struct nest_form *form = &task->forms[f];
			proper |= !form->reserve &&
				cost_counts(&work->nests[form->nest].nest, arch,
					BURST_TRUE, tiles);
		}
		count += reserves && !proper;
	}
	return count;
}

/* Whether designs bound each other: by the keys in which any two differ, for
 * there may be many designs. */
struct comparison {
	const struct design_list *list;
	size_t keys;
	slot *key;           /* [keys] */
	enum arch_better *better; /* [keys] */
	size_t *on_reserves; /* [list->count] tasks */
};

static struct comparison comparison_make(
	struct ctx *ctx, const struct design_list *list)
{
	struct arena *a = &ctx->arena;
	struct comparison c = {
		.list = list,
		.key = arena_array(a, arch_key_count, sizeof *c.key),
		.better = arena_array(a, arch_key_count, sizeof *c.better),
		.on_reserves = arena_array(
			a, list->count, sizeof *c.on_reserves),
	};
	for (slot k = 0; k < arch_key_count; k++) {
		double first = list->designs[0].values[k];
		size_t i = 1;
		while (i < list->count && list->designs[i].values[k] == first)
			i++;
		if (i == list->count || arch_keys[k].role == ARCH_SEARCH)
			continue;
		c.key[c.keys] = k;
		c.better[c.keys++] = arch_keys[k].better;
	}
	return c;
}

static bool is_at_least(const struct comparison *c, size_t a, size_t b)
{
	const double *x = c->list->designs[a].values;
	const double *y = c->list->designs[b].values;
	for (size_t k = 0; k < c->keys; k++)
		if (!value_at_least(
			    c->better[k], x[c->key[k]], y[c->key[k]]))
			return false;
	return c->on_reserves[a] == c->on_reserves[b];
}

/* Designs of a line of an axis, all else equal, to which none on it is better;
 * of equals the first. Not all of very many: none has to be known. */
struct tops {
	size_t count;
	int32_t design[16];
};

static size_t top_of(
	const struct comparison *c, const struct tops *tops, size_t design)
{
	for (size_t t = 0; t < tops->count; t++) {
		size_t top = (size_t)tops->design[t];
		if (top == design || is_at_least(c, top, design))
			return top;
	}
	return design;
}

static void top_add(
	const struct comparison *c, struct tops *tops, int32_t design)
{
	size_t kept = 0;
	if (top_of(c, tops, (size_t)design) != (size_t)design)
		return;
	for (size_t t = 0; t < tops->count; t++)
		if (!is_at_least(c, (size_t)design, (size_t)tops->design[t]))
			tops->design[kept++] = tops->design[t];
	if (kept < sizeof tops->design / sizeof *tops->design)
		tops->design[kept++] = design;
	tops->count = kept;
}

/* The combination of a place on the line that begins at first. */
static int32_t design_on(const struct design_list *list, int64_t first,
	size_t place, int64_t step)
{
	return list->of_combination[first + (int64_t)place * step];
}

/* better[i]: the design on design i's line of the axis that bounds it, or i. */
static void better_on_axis(const struct space *space,
	const struct comparison *c, size_t axis, size_t *better)
{
	const struct design_list *list = c->list;
	int64_t step, count = (int64_t)space->axes[axis].count;
	design_place(space, &list->designs[0], axis, &step);
	for (int64_t first = 0; first < space->combinations;
		first += first % step == step - 1 ? step * (count - 1) + 1
						  : 1) {
		struct tops tops = {0};
		for (size_t p = 0; p < (size_t)count; p++) {
			int32_t i = design_on(list, first, p, step);
			if (i >= 0)
				top_add(c, &tops, i);
		}
		for (size_t p = 0; p < (size_t)count; p++) {
			int32_t i = design_on(list, first, p, step);
			if (i >= 0)
				better[i] = top_of(c, &tops, (size_t)i);
		}
	}
}

/* From a design to a better one until there is none: the relation is an order,
 * of equals the first, so this ends. */
static void anchors_find(struct ctx *ctx, const struct space *space,
	const struct comparison *c, struct bound *bounds)
{
	size_t count = c->list->count;
	size_t *better = arena_array(&ctx->arena, count, sizeof *better);
	bool moved;
	for (size_t i = 0; i < count; i++)
		bounds[i].anchor = i;
	do {
		moved = false;
		for (size_t x = 0; x < space->axis_count; x++) {
			better_on_axis(space, c, x, better);
			for (size_t i = 0; i < count; i++) {
				size_t now = bounds[i].anchor;
				moved |= better[now] != now;
				bounds[i].anchor = better[now];
			}
		}
	} while (moved);
	for (size_t i = 0; i < count; i++)
		bounds[bounds[i].anchor].anchors |= bounds[i].anchor != i;
}

struct bound *bounds_make(struct ctx *ctx, const struct space *space,
	const struct design_list *list, const struct work *work,
	enum tile_sizes tiles)
{
	struct bound *bounds =
		arena_array(&ctx->arena, list->count, sizeof *bounds);
	struct comparison c = comparison_make(ctx, list);
	for (size_t i = 0; i < list->count; i++) {
		const struct arch arch = design_arch(ctx, space, list, i);
		c.on_reserves[i] = tasks_on_reserves(work, &arch, tiles);
		for (size_t t = 0; t < work->task_count; t++) {
			double pj, cycles;
			task_bound(work, t, &arch, &pj, &cycles);
			bounds[i].energy_pj += pj * work->tasks[t].runs;
			bounds[i].cycles += cycles * work->tasks[t].runs;
		}
	}
	anchors_find(ctx, space, &c, bounds);
	return bounds;
}

struct bound bound_raise(struct bound bound, const struct outcome *anchor)
{
	if (anchor->kind != OUTCOME_SEARCHED)
		return bound;
	if (anchor->least_energy_pj > bound.energy_pj)
		bound.energy_pj = anchor->least_energy_pj;
	if (anchor->least_cycles > bound.cycles)
		bound.cycles = anchor->least_cycles;
	return bound;
}
