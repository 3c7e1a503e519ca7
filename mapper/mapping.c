/* Mappings: which are ones of a nest, how they compare, and the orders of a
 * slot that differ in what they reuse. */
#include "mapper/mapping.h"

#include "base/checked.h"
#include "mapper/seed_levels.h"

#include <string.h>

/* clang-format off */
#define ONES {1, 1, 1, 1, 1, 1, 1}
#define NO_FACTORS {{ONES, ONES, ONES, ONES, ONES, ONES, ONES, ONES}}
#define IN_ORDER {0, 1, 2, 3, 4, 5, 6}
static_assert(SLOTS_MAX == 8 && LOOP_COUNT == 7, "a row for each slot");

const struct tiling tiling_none = NO_FACTORS;
const struct mapping mapping_none = {
	NO_FACTORS,
	{IN_ORDER, IN_ORDER, IN_ORDER, IN_ORDER,
	 IN_ORDER, IN_ORDER, IN_ORDER, IN_ORDER},
};
/* clang-format on */

int64_t tiling_product(const struct tiling *tiling, int slot)
{
	int64_t product = 1;
	for (int l = 0; l < LOOP_COUNT; l++)
		product *= tiling->factor[slot][l];
	return product;
}

void tiling_box(const struct nest *nest, const struct tiling *tiling, int slots,
	int64_t extent[LOOP_COUNT])
{
	for (int l = 0; l < LOOP_COUNT; l++) {
		extent[l] = nest->bound[l];
		for (int s = 0; s < slots; s++)
			extent[l] = ceil_div(extent[l], tiling->factor[s][l]);
	}
}

int64_t tiling_macs(const struct tiling *tiling)
{
	int64_t macs = 1;
	for (int s = 0; s < SLOTS_MAX; s++)
		macs *= tiling_product(tiling, s);
	return macs;
}

const char *tiles_name(enum tile_sizes tiles)
{
	static const char *const names[] = {
		[TILES_PERFECT] = "perfect",
		[TILES_PADDED] = "padded",
	};
	static_assert(sizeof names / sizeof *names == TILES_COUNT, "one each");
	assert(tiles < TILES_COUNT);
	return names[tiles];
}

bool tile_cut(int64_t *size, int64_t parts)
{
	if (parts < 1 || parts > *size)
		return false;
	int64_t part = ceil_div(*size, parts);
	if (ceil_div(*size, part) != parts)
		return false;
	*size = part;
	return true;
}

bool tiling_valid(const struct nest *nest, const struct tiling *tiling)
{
	for (int l = 0; l < LOOP_COUNT; l++) {
		int64_t size = nest->bound[l];
		for (int s = 0; s < SLOTS_MAX; s++)
			if (!tile_cut(&size, tiling->factor[s][l]))
				return false;
		if (size != 1)
			return false;
	}
	return true;
}

bool tiling_perfect(const struct nest *nest, const struct tiling *tiling)
{
	for (int l = 0; l < LOOP_COUNT; l++) {
		int64_t product = 1;
		for (int s = 0; s < SLOTS_MAX; s++)
			if (tiling->factor[s][l] < 1 ||
				!mul_ok(product, tiling->factor[s][l],
					&product))
				return false;
		if (product != nest->bound[l])
			return false;
	}
	return true;
}

bool mapping_valid(const struct nest *nest, const struct mapping *mapping)
{
	for (int s = 0; s < SLOTS_MAX; s++) {
		unsigned seen = 0;
		for (int i = 0; i < LOOP_COUNT; i++)
			if (mapping->order[s][i] < LOOP_COUNT)
				seen |= LOOP_BIT(mapping->order[s][i]);
		if (seen != LOOP_BIT(LOOP_COUNT) - 1)
			return false;
	}
	return tiling_valid(nest, &mapping->tiling);
}

int mapping_compare(const struct mapping *a, const struct mapping *b)
{
	for (int i = 0; i < SLOTS_MAX; i++) {
		int s = i < SEED_SLOTS ? seed_slot[i] : i;
		for (int l = 0; l < LOOP_COUNT; l++) {
			int64_t x = a->tiling.factor[s][l];
			int64_t y = b->tiling.factor[s][l];
			if (x != y)
				return x < y ? -1 : 1;
		}
	}
	int order = memcmp(a->order, b->order, sizeof a->order);
	return (order > 0) - (order < 0);
}

struct reuse reuse_of_order(const struct nest *nest,
	const struct tiling *tiling, int slot, const uint8_t order[LOOP_COUNT])
{
	struct reuse reuse;
	for (int o = 0; o < OPND_COUNT; o++) {
		reuse.factor[o] = 1;
		for (int i = LOOP_COUNT - 1; i >= 0; i--) {
			/* A loop of one trip changes no tile. */
			int64_t trips = tiling->factor[slot][order[i]];
			if (trips > 1 && nest->indexes[o] & LOOP_BIT(order[i]))
				break;
			reuse.factor[o] *= trips;
		}
	}
	return reuse;
}

/* Loops of more than one trip in the slot. */
static unsigned live_loops(const struct tiling *tiling, int slot)
{
	unsigned live = 0;
	for (int l = 0; l < LOOP_COUNT; l++)
		if (tiling->factor[slot][l] > 1)
			live |= LOOP_BIT(l);
	return live;
}

/* The lexicographically smallest order in which the loops of 'inner' lie
 * within all other live ones, and the innermost of those is one of 'stop' (when
 * there are any). Greedy: always the smallest loop that leaves a way to go on;
 * loops that are not live may stand anywhere. */
static void order_smallest(
	unsigned live, unsigned inner, unsigned stop, uint8_t order[LOOP_COUNT])
{
	unsigned left = LOOP_BIT(LOOP_COUNT) - 1; /* not placed yet */
	for (int i = 0; i < LOOP_COUNT; i++) {
		unsigned outer = left & live & ~inner, stops = outer & stop;
		bool spare_stop = (stops & (stops - 1)) != 0; /* two or more */
		unsigned may = left & ~live;
		if (!outer)
			may |= left & inner;
		else if (spare_stop || outer == stops)
			may |= outer;
		else /* the last of stop waits for all others */
			may |= outer & ~stop;
		order[i] = (uint8_t)__builtin_ctz(may);
		left &= ~LOOP_BIT(order[i]);
	}
}

static int64_t trips_of(const struct tiling *tiling, int slot, unsigned loops)
{
	int64_t trips = 1;
	for (int l = 0; l < LOOP_COUNT; l++)
		if (loops & LOOP_BIT(l))
			trips *= tiling->factor[slot][l];
	return trips;
}

/* The order that reuses operand o over the loops of 'inner' and no other. */
static struct ordering ordering_over(const struct nest *nest,
	const struct tiling *tiling, int slot, int o, unsigned inner)
{
	struct ordering ordering = {.reuse = {{1, 1, 1}}};
	unsigned live = live_loops(tiling, slot);
	ordering.reuse.factor[o] = trips_of(tiling, slot, inner);
	order_smallest(live, inner, nest->indexes[o], ordering.order);
	return ordering;
}

/* The order that reuses nothing, where there is one: nothing moves, or the
 * innermost live loop changes all three tiles. Returns 1 or 0. */
static int orderings_none(
	const struct nest *nest, unsigned live, struct ordering *out)
{
	unsigned all = nest->indexes[OPND_O] & nest->indexes[OPND_I] &
		nest->indexes[OPND_W];
	if (live && !(live & all))
		return 0;
	for (int o = 0; o < OPND_COUNT; o++)
		out->reuse.factor[o] = 1;
	order_smallest(live, 0, all, out->order);
	return 1;
}

int orderings_all(const struct nest *nest, const struct tiling *tiling,
	int slot, struct ordering out[REUSE_MAX])
{
	unsigned live = live_loops(tiling, slot);
	int count = orderings_none(nest, live, out);
	for (int o = 0; o < OPND_COUNT; o++) {
		unsigned free = live & ~nest->indexes[o];
		int first = count;
		/* All non-empty subsets of free; only the whole where no live
		 * loop can stand in front of a smaller one. */
		for (unsigned s = free; s; s = (s - 1) & free) {
			struct ordering next =
				ordering_over(nest, tiling, slot, o, s);
			int i = first;
			while (i < count &&
				out[i].reuse.factor[o] != next.reuse.factor[o])
				i++;
			if (i == count ||
				memcmp(next.order, out[i].order,
					sizeof next.order) < 0)
				out[i] = next;
			count += i == count;
			if (free == live)
				break;
		}
	}
	return count;
}

int orderings_best(const struct nest *nest, const struct tiling *tiling,
	int slot, struct ordering out[ORDERINGS_BEST_MAX])
{
	unsigned live = live_loops(tiling, slot);
	int count = orderings_none(nest, live, out);
	for (int o = 0; o < OPND_COUNT; o++) {
		unsigned free = live & ~nest->indexes[o];
		if (free)
			out[count++] =
				ordering_over(nest, tiling, slot, o, free);
	}
	return count;
}
