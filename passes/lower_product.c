/* A product of two tensors over named indices -> a nest. */
#include "passes/lower_rules.h"

#include "ir/checked.h"

#include <stdlib.h>

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

/* Takes the innermost index out of a group: the loop whose bursts are longest.
 */
static struct product_axis group_take(struct axis_group *group)
{
	if (group->count == 0)
		return (struct product_axis){.size = 1};
	return group->axis[--group->count];
}

/* What a loop of the nest runs over: one index, or two. */
struct joined_axis {
	struct product_axis outer, inner;
};

static int64_t reach(const struct joined_axis *axis, enum operand operand)
{
	int64_t outer = axis->outer.size > 1 ? axis->outer.pitch[operand] : 0;
	int64_t inner = axis->inner.size > 1 ? axis->inner.pitch[operand] : 0;
	return outer > inner ? outer : inner;
}

static void put_axis(struct layer_nest *ln, enum operand operand,
	enum index index, const struct joined_axis *axis)
{
	struct two size = {axis->outer.size, axis->inner.size};
	struct two pitch = {
		axis->outer.pitch[operand], axis->inner.pitch[operand]};
	ln->nest.bound[index] = size.outer * size.inner;
	nest_put_joined(ln, operand, index, size, pitch, pitch);
}

/* Two dimensions of an operand, the one that reaches further outside; first
 * where they tie. */
static void put_pair(struct layer_nest *ln, enum operand operand,
	enum index first, const struct joined_axis *a, enum index second,
	const struct joined_axis *b)
{
	bool swap = reach(a, operand) && reach(b, operand) > reach(a, operand);
	put_axis(ln, operand, swap ? second : first, swap ? b : a);
	put_axis(ln, operand, swap ? first : second, swap ? a : b);
}

static bool put_instances(struct lowering *lo, struct layer_nest *ln,
	const struct axis_group group[KIND_COUNT])
{
	/* Outermost first, as in the result. */
	struct axis_group all = {0};
	for (int k = 0; k < KIND_SUM; k++)
		for (int a = 0; a < group[k].count; a++)
			group_add(&all, OPND_O, &group[k].axis[a]);
	for (int a = 0; a < all.count; a++) {
		const int64_t *pitch = all.axis[a].pitch;
		if (!nest_put_instances(lo, ln, all.axis[a].size, pitch[OPND_O],
			    pitch[OPND_I], pitch[OPND_W]))
			return false;
	}
	return true;
}

enum outcome product_lower(struct lowering *lo, const struct product *product)
{
	struct axis_group group[KIND_COUNT] = {0};
	for (int a = 0; a < product->axes; a++) {
		const struct product_axis *axis = &product->axis[a];
		enum kind kind = axis_kind(axis);
		if (kind == KIND_COUNT)
			return lower_leave(lo, true,
				"sums over an index of one operand alone");
		group_add(&group[kind], kind_sorts_by[kind], axis);
	}
	for (int k = 0; k < KIND_COUNT; k++)
		group_merge(&group[k]);
	if (group[KIND_SUM].count > 2)
		return lower_leave(
			lo, true, "sums over more than two separate indices");

	const struct product_axis one = {.size = 1};
	struct joined_axis rows = {one, group_take(&group[KIND_ROWS])};
	struct joined_axis columns = {one, group_take(&group[KIND_COLUMNS])};
	struct joined_axis sum = {one, one};
	if (group[KIND_SUM].count == 2)
		sum.outer = group[KIND_SUM].axis[0];
	if (group[KIND_SUM].count > 0)
		sum.inner = group[KIND_SUM].axis[group[KIND_SUM].count - 1];

	struct layer_nest *ln = lower_add_nest(lo);
	put_pair(ln, OPND_O, INDEX_N, &rows, INDEX_M, &columns);
	put_pair(ln, OPND_I, INDEX_N, &rows, INDEX_C, &sum);
	put_pair(ln, OPND_W, INDEX_C, &sum, INDEX_M, &columns);
	for (int o = 0; o < OPND_COUNT; o++)
		ln->place[o].base = product->base[o];
	if (!put_instances(lo, ln, group) || !lower_close_nest(lo, ln))
		return OUTCOME_ERROR;
	int64_t sizes[PRODUCT_AXES];
	for (int a = 0; a < product->axes; a++)
		sizes[a] = product->axis[a].size;
	return lower_add_macs(lo, sizes, product->axes) ? OUTCOME_LAYER
							: OUTCOME_ERROR;
}
