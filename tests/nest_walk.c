/* One index at a time, with bounds asked of each. */
#include "tests/nest_walk.h"

#include "tests/cmocka.h"

#include <stdlib.h>

void products_add(struct ctx *ctx, struct products *products, int64_t o,
	int64_t i, int64_t w)
{
	products->list = arena_grow(&ctx->arena, products->list,
		products->count, &products->capacity, products->count + 1,
		sizeof *products->list);
	products->list[products->count++] = (struct product3){o, i, w};
}

static int product_compare(const void *a, const void *b)
{
	const struct product3 *p = a, *q = b;
	if (p->o != q->o)
		return p->o < q->o ? -1 : 1;
	if (p->i != q->i)
		return p->i < q->i ? -1 : 1;
	return (p->w > q->w) - (p->w < q->w);
}

void products_sort(struct products *products)
{
	if (products->count > 0)
		qsort(products->list, products->count, sizeof *products->list,
			product_compare);
}

int64_t products_differ(const struct products *a, const struct products *b)
{
	for (size_t k = 0; k < a->count || k < b->count; k++)
		if (k >= a->count || k >= b->count ||
			product_compare(&a->list[k], &b->list[k]) != 0)
			return (int64_t)k;
	return -1;
}

/* Value of an index at an iteration. */
static int64_t index_value(
	const struct nest *nest, enum index index, const int64_t at[LOOP_COUNT])
{
	if (index == INDEX_ROWS)
		return at[LOOP_OX] * nest->stride[0] +
			at[LOOP_FX] * nest->dilation[0];
	if (index == INDEX_COLUMNS)
		return at[LOOP_OY] * nest->stride[1] +
			at[LOOP_FY] * nest->dilation[1];
	return at[index];
}

static int64_t offset(
	int64_t value, int64_t split, int64_t pitch, int64_t split_pitch)
{
	return split ? value / split * split_pitch + value % split * pitch
		     : value * pitch;
}

/* Element of an operand in the model's tensor. */
static int64_t element(const struct layer_nest *ln, enum operand operand,
	const int64_t at[LOOP_COUNT], const int64_t *trip)
{
	const struct nest_tensor *t = &ln->nest.tensor[operand];
	const struct placement *place = &ln->place[operand];
	int64_t e = place->base;
	for (int d = 0; d < t->dims; d++) {
		const struct nest_dim *dim = &t->dim[d];
		int64_t v = index_value(&ln->nest, dim->index, at);
		assert_in_range(v, 0, dim->size - 1);
		e += offset(
			v, dim->split, place->pitch[d], place->split_pitch[d]);
	}
	for (int l = 0; l < ln->instance_loops; l++)
		e += trip[l] * ln->instance_loop[l].pitch[operand];
	return e;
}

/* Element in the nest's own tensor; *place: a number for the indices that it
 * has there, padding included. */
static int64_t own_element(const struct layer_nest *ln, enum operand operand,
	const int64_t at[LOOP_COUNT], int64_t *place)
{
	const struct nest_tensor *t = &ln->nest.tensor[operand];
	int64_t e = 0;
	*place = 0;
	for (int d = 0; d < t->dims; d++) {
		const struct nest_dim *dim = &t->dim[d];
		int64_t v = index_value(&ln->nest, dim->index, at);
		e += offset(v, dim->split, dim->pitch, dim->split_pitch);
		*place = *place * dim->size + v;
	}
	return e;
}

static bool in_padding(const struct layer_nest *ln,
	const int64_t at[LOOP_COUNT], const int64_t *trip)
{
	const struct nest_tensor *t = &ln->nest.tensor[OPND_I];
	for (int d = 0; d < t->dims; d++) {
		if (t->dim[d].index < INDEX_ROWS)
			continue;
		int axis = (int)t->dim[d].index - INDEX_ROWS;
		int64_t v = index_value(&ln->nest, t->dim[d].index, at);
		if (v < ln->pad_before[axis] ||
			v >= t->dim[d].size - ln->pad_after[axis])
			return true;
	}
	if (ln->depth.loop < 0)
		return false;
	int64_t z = trip[ln->depth.loop] * ln->depth.stride +
		at[LOOP_C] % ln->depth.taps * ln->depth.dilation -
		ln->depth.pad_before;
	return z < 0 || z >= ln->depth.size;
}

/* Next value of a mixed-radix counter, last digit fastest; false after the
 * last. */
static bool count_on(int64_t *digit, const int64_t *radix, int digits)
{
	for (int d = digits - 1; d >= 0; d--) {
		if (++digit[d] < radix[d])
			return true;
		digit[d] = 0;
	}
	return false;
}

/* Of pairs (.o, .i), one is never with two of the other. */
static void one_to_one(struct products *pairs)
{
	for (int turn = 0; turn < 2; turn++) {
		products_sort(pairs);
		for (size_t k = 1; k < pairs->count; k++)
			if (pairs->list[k].o == pairs->list[k - 1].o)
				assert_int_equal(
					pairs->list[k].i, pairs->list[k - 1].i);
		for (size_t k = 0; k < pairs->count; k++) {
			int64_t swap = pairs->list[k].o;
			pairs->list[k].o = pairs->list[k].i;
			pairs->list[k].i = swap;
		}
	}
}

void nest_walk(struct ctx *ctx, const struct layer_nest *ln,
	struct products *out, int64_t *macs)
{
	int64_t trip[INSTANCE_LOOPS] = {0}, trips[INSTANCE_LOOPS];
	int64_t instances = 1;
	for (int l = 0; l < ln->instance_loops; l++)
		instances *= trips[l] = ln->instance_loop[l].trips;
	assert_int_equal(instances, ln->instances);
	do {
		int64_t at[LOOP_COUNT] = {0}, place;
		struct products stored = {0}, own[OPND_COUNT] = {{0}};
		do {
			(*macs)++;
			for (int k = 0; k < OPND_COUNT; k++) {
				int64_t e = own_element(
					ln, (enum operand)k, at, &place);
				products_add(ctx, &own[k], place, e, 0);
				if (k == OPND_I && !in_padding(ln, at, trip))
					products_add(ctx, &stored,
						element(ln, OPND_I, at, trip),
						e, 0);
			}
			if (!in_padding(ln, at, trip))
				products_add(ctx, out,
					element(ln, OPND_O, at, trip),
					element(ln, OPND_I, at, trip),
					element(ln, OPND_W, at, trip));
		} while (count_on(at, ln->nest.bound, LOOP_COUNT));
		one_to_one(&stored);
		for (int k = 0; k < OPND_COUNT; k++)
			one_to_one(&own[k]);
	} while (count_on(trip, trips, ln->instance_loops));
}
