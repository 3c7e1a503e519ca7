/* A product of two tensors over named indices -> a nest. */
#include "passes/lower_rules.h"

#include "base/checked.h"

#include <stdlib.h>
#include <string.h>

void product_put(
	struct product *product, int64_t size, int64_t o, int64_t i, int64_t w)
{
	assert(product->axes < PRODUCT_AXES);
	if (size != 1)
		product->axis[product->axes++] = (struct product_axis){
			.size = size, .pitch = {o, i, w}
                };
}

void product_put_apart(
	struct product *product, int64_t size, int64_t o, int64_t i, int64_t w)
{
	int before = product->axes;
	product_put(product, size, o, i, w);
	for (int a = before; a < product->axes; a++)
		product->axis[a].apart = true;
}

/* The indices of one kind, outermost first, merged where one loop can run over
 * two of them in every operand. */
struct axis_group {
	int count;
	struct product_axis axis[PRODUCT_AXES];
};

enum kind { KIND_BATCH, KIND_ROWS, KIND_COLUMNS, KIND_SUM, KIND_COUNT };

/* The operand by whose pitch a kind's indices are sorted. */
static const enum operand kind_sorts_by[KIND_COUNT] = {
	OPND_O, OPND_O, OPND_O, OPND_I};

/* KIND_COUNT for an index of one operand alone. */
static enum kind axis_kind(const struct product_axis *axis)
{
	bool o = axis->pitch[OPND_O] != 0, i = axis->pitch[OPND_I] != 0;
	bool w = axis->pitch[OPND_W] != 0;
	if (axis->apart || (o && i && w))
		return KIND_BATCH;
	if (o && i)
		return KIND_ROWS;
	if (o && w)
		return KIND_COLUMNS;
	return i && w ? KIND_SUM : KIND_COUNT;
}

static bool axes_merge(
	struct product_axis *outer, const struct product_axis *inner)
{
	if (outer->apart || inner->apart)
		return false;
	for (int o = 0; o < OPND_COUNT; o++)
		if (outer->pitch[o] != inner->size * inner->pitch[o])
			return false;
	outer->size *= inner->size;
	for (int o = 0; o < OPND_COUNT; o++)
		outer->pitch[o] = inner->pitch[o];
	return true;
}

static void group_add(struct axis_group *group, enum operand by,
	const struct product_axis *axis)
{
	int at = group->count++;
	for (; at > 0 && group->axis[at - 1].pitch[by] < axis->pitch[by]; at--)
		group->axis[at] = group->axis[at - 1];
	group->axis[at] = *axis;
}

static void group_merge(struct axis_group *group)
{
	int kept = 0;
	for (int a = 1; a < group->count; a++)
		if (!axes_merge(&group->axis[kept], &group->axis[a]))
			group->axis[++kept] = group->axis[a];
	if (group->count > 0)
		group->count = kept + 1;
}

/* --- forms ---------------------------------------------------------------- */

/* What a loop of the nest runs over: one index, or two. */
struct joined_axis {
	struct product_axis outer, inner;
};

/* How the indices of one kind are run: by one loop of the nest or two, the
 * others by instance loops. */
struct layout {
	struct joined_axis loop;
	struct product_axis second;
	struct axis_group rest;
};

/* Indices that stand in the nest, in one layout or another: of more, the
 * largest. Two are laid out in five ways, three in twelve. */
enum { ROWS_MAX = 3, COLUMNS_MAX = 2, LAYOUTS_MAX = 12 };

struct layouts {
	int count;
	struct layout list[LAYOUTS_MAX];
};

static const struct product_axis one = {.size = 1};

/* Adds the layout without the two indices in its rest; where they are one, b is
 * that, too. */
static struct layout *layout_add(
	struct layouts *layouts, const struct axis_group *group, int a, int b)
{
	assert(layouts->count < LAYOUTS_MAX);
	struct layout *layout = &layouts->list[layouts->count++];
	*layout = (struct layout){
		.loop = {one, one},
                  .second = one
        };
	for (int k = 0; k < group->count; k++)
		if (k != a && k != b)
			layout->rest.axis[layout->rest.count++] =
				group->axis[k];
	return layout;
}

static void layout_join(struct layouts *layouts, const struct axis_group *group,
	int outer, int inner)
{
	struct layout *layout = layout_add(layouts, group, outer, inner);
	layout->loop.outer = group->axis[outer];
	layout->loop.inner = group->axis[inner];
}

/* The indices of a group that may stand in the nest: at most 'most', the
 * largest, of equals the outermost. */
static void indices_mark(
	const struct axis_group *group, int most, bool marked[PRODUCT_AXES])
{
	memset(marked, 0, PRODUCT_AXES * sizeof *marked);
	for (int n = 0; n < most && n < group->count; n++) {
		int largest = -1;
		for (int k = 0; k < group->count; k++)
			if (!marked[k] &&
				(largest < 0 ||
					group->axis[k].size >
						group->axis[largest].size))
				largest = k;
		marked[largest] = true;
	}
}

/* Every index alone in the nest. */
static void layouts_alone(struct layouts *layouts,
	const struct axis_group *group, const bool marked[PRODUCT_AXES])
{
	for (int a = 0; a < group->count; a++)
		if (marked[a])
			layout_add(layouts, group, a, a)->loop.inner =
				group->axis[a];
	if (!group->count)
		layout_add(layouts, group, -1, -1);
}

/* Two at a time: joined, either way round; and on loops of their own, the
 * larger one on N or M. */
static void layouts_paired(struct layouts *layouts,
	const struct axis_group *group, const bool marked[PRODUCT_AXES])
{
	for (int a = 0; a < group->count; a++)
		for (int b = a + 1; b < group->count; b++) {
			if (!marked[a] || !marked[b])
				continue;
			layout_join(layouts, group, a, b);
			layout_join(layouts, group, b, a);
			struct layout *two = layout_add(layouts, group, a, b);
			bool outer = group->axis[a].size >= group->axis[b].size;
			two->loop.inner = group->axis[outer ? a : b];
			two->second = group->axis[outer ? b : a];
		}
}

static void layouts_list(struct layouts *layouts,
	const struct axis_group *group, enum kind kind, bool paired)
{
	bool marked[PRODUCT_AXES];
	indices_mark(group, kind == KIND_ROWS ? ROWS_MAX : COLUMNS_MAX, marked);
	layouts->count = 0;
	if (paired)
		layouts_paired(layouts, group, marked);
	layouts_alone(layouts, group, marked);
}

/* --- a nest --------------------------------------------------------------- */

/* A dimension of an operand. */
struct put {
	enum loop loop;
	enum index index;
	const struct joined_axis *axis;
};

static int64_t reach(const struct joined_axis *axis, enum operand operand)
{
	int64_t outer = axis->outer.size > 1 ? axis->outer.pitch[operand] : 0;
	int64_t inner = axis->inner.size > 1 ? axis->inner.pitch[operand] : 0;
	return outer > inner ? outer : inner;
}

/* Puts them with those that reach further outside; as listed where they tie,
 * and around one of size 1. */
static void put_all(
	struct layer_nest *ln, enum operand operand, struct put *put, int count)
{
	for (int k = 1; k < count; k++)
		for (int at = k; at > 0; at--) {
			int64_t outer = reach(put[at - 1].axis, operand);
			if (!outer || reach(put[at].axis, operand) <= outer)
				break;
			struct put swap = put[at];
			put[at] = put[at - 1];
			put[at - 1] = swap;
		}
	for (int k = 0; k < count; k++) {
		const struct joined_axis *axis = put[k].axis;
		struct two size = {axis->outer.size, axis->inner.size};
		struct two pitch = {
			axis->outer.pitch[operand], axis->inner.pitch[operand]};
		nest_put_joined(ln, operand, put[k].index, size, pitch, pitch);
		ln->nest.bound[put[k].loop] = size.outer * size.inner;
	}
}

/* Rows run on N and Ox, columns on M and Oy, the sum on C. */
static void put_operands(struct layer_nest *ln, const struct layout *rows,
	const struct layout *columns, const struct joined_axis *sum)
{
	const struct joined_axis row = {one, rows->second};
	const struct joined_axis column = {one, columns->second};
	const struct put n = {LOOP_N, INDEX_N, &rows->loop};
	const struct put m = {LOOP_M, INDEX_M, &columns->loop};
	const struct put c = {LOOP_C, INDEX_C, sum};
	const struct put oy = {LOOP_OY, INDEX_OY, &column};
	bool has_row = row.inner.size > 1, has_column = column.inner.size > 1;
	struct put o[4] = {n}, i[3] = {n}, w[3] = {c, m};
	int os = 1, is = 1, ws = 2;
	if (has_row) {
		o[os++] = (struct put){LOOP_OX, INDEX_OX, &row};
		i[is++] = (struct put){LOOP_OX, INDEX_ROWS, &row};
	}
	o[os++] = m;
	i[is++] = c;
	if (has_column)
		o[os++] = w[ws++] = oy;
	put_all(ln, OPND_O, o, os);
	put_all(ln, OPND_I, i, is);
	put_all(ln, OPND_W, w, ws);
}

/* What is left becomes instance loops, outermost first as in the result. */
static const char *put_instances(struct lowering *lo, struct layer_nest *ln,
	const struct axis_group *batch, const struct axis_group *rows,
	const struct axis_group *columns)
{
	const struct axis_group *const groups[] = {batch, rows, columns};
	const char *fault = NULL;
	struct axis_group all = {0};
	for (size_t k = 0; k < sizeof groups / sizeof *groups; k++)
		for (int a = 0; a < groups[k]->count; a++)
			group_add(&all, OPND_O, &groups[k]->axis[a]);
	for (int a = 0; a < all.count && !fault; a++) {
		const int64_t *pitch = all.axis[a].pitch;
		fault = layer_nest_put_instances(lo, ln, all.axis[a].size,
			pitch[OPND_O], pitch[OPND_I], pitch[OPND_W]);
	}
	return fault;
}

/* --- products ------------------------------------------------------------- */

/* A product on its way to its forms. */
struct lowered {
	struct lowering *lo;
	const int64_t *base;
	const struct axis_group *batch;
	struct joined_axis sum;
	size_t count, capacity;
	struct layer_nest *forms;
	const char *fault; /* of a form that is no nest */
};

static bool joined_fits(const struct joined_axis *axis)
{
	int64_t size;
	return mul_ok(axis->outer.size, axis->inner.size, &size);
}

static void form_add(struct lowered *p, const struct layout *rows,
	const struct layout *columns, bool reserve)
{
	struct layer_nest form;
	const char *fault;
	if (!joined_fits(&rows->loop) || !joined_fits(&columns->loop) ||
		!joined_fits(&p->sum)) {
		p->fault = "more than 2^63 steps of one loop";
		return;
	}
	layer_nest_init(p->lo, &form);
	form.reserve = reserve;
	put_operands(&form, rows, columns, &p->sum);
	for (int o = 0; o < OPND_COUNT; o++)
		form.place[o].base = p->base[o];
	if ((fault = put_instances(p->lo, &form, p->batch, &rows->rest,
		     &columns->rest)) != NULL ||
		(fault = layer_nest_close(p->lo, &form)) != NULL) {
		p->fault = fault;
		return;
	}
	p->forms = arena_grow(&p->lo->ctx->arena, p->forms, p->count,
		&p->capacity, p->count + 1, sizeof *p->forms);
	p->forms[p->count++] = form;
}

static void forms_add(struct lowered *p, const struct axis_group *rows,
	const struct axis_group *columns, bool reserve)
{
	struct layouts by_rows, by_columns;
	layouts_list(&by_rows, rows, KIND_ROWS, !reserve);
	layouts_list(&by_columns, columns, KIND_COLUMNS, !reserve);
	for (int r = 0; r < by_rows.count; r++)
		for (int c = 0; c < by_columns.count; c++)
			form_add(p, &by_rows.list[r], &by_columns.list[c],
				reserve);
}

/* Whether a is no worse than b under any mapping: both run the same loops over
 * the same dimensions, and whatever extends a burst of b does so in a. A
 * dimension that is split never does: nest_put_joined leaves no split where one
 * pitch serves both parts. */
static bool form_covers(const struct layer_nest *a, const struct layer_nest *b)
{
	const struct nest *x = &a->nest, *y = &b->nest;
	if (memcmp(x->bound, y->bound, sizeof x->bound) != 0 ||
		a->instances != b->instances || a->reserve != b->reserve)
		return false;
	for (int o = 0; o < OPND_COUNT; o++) {
		const struct nest_tensor *s = &x->tensor[o], *t = &y->tensor[o];
		if (s->dims != t->dims)
			return false;
		for (int d = 0; d < s->dims; d++) {
			const struct nest_dim *p = &s->dim[d], *q = &t->dim[d];
			if (p->index != q->index || p->size != q->size ||
				(!q->split &&
					(p->split || p->pitch != q->pitch)))
				return false;
		}
	}
	return true;
}

/* Leaves out what another form covers; of two that cover each other, the later
 * one. */
static void forms_thin(struct lowered *p)
{
	size_t kept = 0;
	bool *covered =
		arena_array(&p->lo->ctx->arena, p->count, sizeof *covered);
	for (size_t k = 0; k < p->count; k++) {
		const struct layer_nest *form = &p->forms[k];
		for (size_t i = 0; i < p->count && !covered[k]; i++)
			covered[k] = i != k &&
				form_covers(&p->forms[i], form) &&
				(i < k || !form_covers(form, &p->forms[i]));
	}
	for (size_t k = 0; k < p->count; k++)
		if (!covered[k])
			p->forms[kept++] = p->forms[k];
	p->count = kept;
}

/* Most rows first, then most columns, then fewest instances; reserves last. */
static bool form_before(const struct layer_nest *a, const struct layer_nest *b)
{
	const int64_t *x = a->nest.bound, *y = b->nest.bound;
	if (a->reserve != b->reserve)
		return b->reserve;
	if (x[LOOP_N] != y[LOOP_N])
		return x[LOOP_N] > y[LOOP_N];
	if (x[LOOP_M] != y[LOOP_M])
		return x[LOOP_M] > y[LOOP_M];
	return a->instances < b->instances;
}

static void forms_sort(struct layer_nest *forms, size_t count)
{
	for (size_t k = 1; k < count; k++) {
		struct layer_nest form = forms[k];
		size_t at = k;
		for (; at > 0 && form_before(&form, &forms[at - 1]); at--)
			forms[at] = forms[at - 1];
		forms[at] = form;
	}
}

/* Multiplications of one nest from which on some machine may not be able to
 * count them (mapper/cost_check.c). */
static const int64_t counted_anywhere = (int64_t)1 << 30;

/* Whether a form with merged indices may be too large where one without is not.
 */
static bool wants_reserves(const struct lowered *p,
	const struct axis_group part[KIND_COUNT],
	const struct axis_group group[KIND_COUNT])
{
	if (part[KIND_ROWS].count == group[KIND_ROWS].count &&
		part[KIND_COLUMNS].count == group[KIND_COLUMNS].count)
		return false;
	return !p->count || nest_macs(&p->forms[0].nest) > counted_anywhere;
}

enum outcome product_lower(struct lowering *lo, const struct product *product)
{
	struct axis_group part[KIND_COUNT] = {0}, group[KIND_COUNT];
	for (int a = 0; a < product->axes; a++) {
		const struct product_axis *axis = &product->axis[a];
		enum kind kind = axis_kind(axis);
		if (kind == KIND_COUNT)
			return lower_leave(lo, true,
				"sums over an index of one operand alone");
		group_add(&part[kind], kind_sorts_by[kind], axis);
	}
	memcpy(group, part, sizeof group);
	for (int k = 0; k < KIND_COUNT; k++)
		group_merge(&group[k]);
	const struct axis_group *sum = &group[KIND_SUM];
	if (sum->count > 2)
		return lower_leave(
			lo, true, "sums over more than two separate indices");

	struct lowered p = {
		.lo = lo,
		.base = product->base,
		.batch = &group[KIND_BATCH],
		.sum = {one, one}
        };
	if (sum->count == 2)
		p.sum.outer = sum->axis[0];
	if (sum->count > 0)
		p.sum.inner = sum->axis[sum->count - 1];
	forms_add(&p, &group[KIND_ROWS], &group[KIND_COLUMNS], false);
	if (wants_reserves(&p, part, group))
		forms_add(&p, &part[KIND_ROWS], &part[KIND_COLUMNS], true);
	if (!p.count)
		return lower_refuse(lo, "%s", p.fault);
	forms_thin(&p);
	forms_sort(p.forms, p.count);
	struct layer_nest *ln = lower_add_nest(lo);
	*ln = p.forms[0];
	if (p.count > 1) {
		ln->form_count = p.count;
		ln->forms = p.forms;
	}

	int64_t sizes[PRODUCT_AXES];
	for (int a = 0; a < product->axes; a++)
		sizes[a] = product->axis[a].size;
	return lower_add_macs(lo, sizes, product->axes) ? OUTCOME_LAYER
							: OUTCOME_ERROR;
}
