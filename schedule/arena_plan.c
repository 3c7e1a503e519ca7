/* Tensors are placed one by one into gaps that are free in their lives, in
 * several orders: by size, life and start. */
#include "schedule/arena_plan.h"

#include "base/checked.h"

#include <stdlib.h>
#include <string.h>

/* An item as it is sorted: its number stays with it. */
struct entry {
	const struct arena_item *item;
	size_t index;
	int64_t bytes; /* rounded up */
};

static int by_index(const struct entry *a, const struct entry *b)
{
	return (a->index > b->index) - (a->index < b->index);
}

static int64_t life(const struct entry *e)
{
	return (int64_t)e->item->last - e->item->first;
}

static int by_size(const void *p, const void *q)
{
	const struct entry *a = p, *b = q;
	if (a->bytes != b->bytes)
		return a->bytes > b->bytes ? -1 : 1;
	return by_index(a, b);
}

static int by_life(const void *p, const void *q)
{
	const struct entry *a = p, *b = q;
	if (life(a) != life(b))
		return life(a) > life(b) ? -1 : 1;
	return by_size(p, q);
}

static int by_start(const void *p, const void *q)
{
	const struct entry *a = p, *b = q;
	if (a->item->first != b->item->first)
		return a->item->first < b->item->first ? -1 : 1;
	return by_size(p, q);
}

static bool alive_together(
	const struct arena_item *a, const struct arena_item *b)
{
	return a->first <= b->last && b->first <= a->last;
}

/* Places the entries in their order; offsets go to place[index]. Returns the
 * peak, -1 when it leaves int64_t. */
static int64_t place_in_order(struct ctx *ctx, size_t count,
	const struct entry *entries, int64_t *place)
{
	/* Entries placed so far, by offset. */
	const struct entry **placed =
		arena_array(&ctx->arena, count, sizeof *placed);
	int64_t peak = 0;
	for (size_t i = 0; i < count; i++) {
		const struct entry *e = &entries[i];
		int64_t offset = 0, end;
		for (size_t p = 0; p < i; p++) {
			const struct entry *other = placed[p];
			if (!alive_together(e->item, other->item))
				continue;
			if (place[other->index] - offset >= e->bytes)
				break;
			end = place[other->index] + other->bytes;
			offset = end > offset ? end : offset;
		}
		if (!add_ok(offset, e->bytes, &end))
			return -1;
		place[e->index] = offset;
		peak = end > peak ? end : peak;
		size_t at = i;
		while (at > 0 && place[placed[at - 1]->index] > offset) {
			placed[at] = placed[at - 1];
			at--;
		}
		placed[at] = e;
	}
	return peak;
}

/* A run of bytes that nothing alive takes. */
struct gap {
	int64_t offset, end;
};

/* Gaps by offset, none beside another; the last has no end. */
struct gaps {
	size_t count;
	struct gap *gap; /* [items + 1] */
};

/* Takes bytes at the least offset where they fit; -1 when none is left. */
static int64_t gaps_take(struct gaps *gaps, int64_t bytes)
{
	size_t i = 0;
	while (i < gaps->count &&
		gaps->gap[i].end - gaps->gap[i].offset < bytes)
		i++;
	if (i == gaps->count)
		return -1;
	int64_t offset = gaps->gap[i].offset;
	gaps->gap[i].offset += bytes;
	if (gaps->gap[i].offset < gaps->gap[i].end)
		return offset;
	gaps->count--;
	memmove(&gaps->gap[i], &gaps->gap[i + 1],
		(gaps->count - i) * sizeof *gaps->gap);
	return offset;
}

/* Gives bytes back, and joins what lies beside them. */
static void gaps_give(struct gaps *gaps, int64_t offset, int64_t end)
{
	size_t low = 0, high = gaps->count; /* first gap behind offset */
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (gaps->gap[middle].offset < offset)
			low = middle + 1;
		else
			high = middle;
	}
	bool before = low > 0 && gaps->gap[low - 1].end == offset;
	bool behind = low < gaps->count && gaps->gap[low].offset == end;
	if (before && behind) {
		gaps->gap[low - 1].end = gaps->gap[low].end;
		gaps->count--;
		memmove(&gaps->gap[low], &gaps->gap[low + 1],
			(gaps->count - low) * sizeof *gaps->gap);
	} else if (before) {
		gaps->gap[low - 1].end = end;
	} else if (behind) {
		gaps->gap[low].offset = offset;
	} else {
		memmove(&gaps->gap[low + 1], &gaps->gap[low],
			(gaps->count - low) * sizeof *gaps->gap);
		gaps->gap[low] = (struct gap){offset, end};
		gaps->count++;
	}
}

static int by_end(const void *p, const void *q)
{
	const struct entry *const *a = p, *const *b = q;
	if ((*a)->item->last != (*b)->item->last)
		return (*a)->item->last < (*b)->item->last ? -1 : 1;
	return by_index(*a, *b);
}

/* What place_in_order does of entries that begin one after the other, where
 * those placed are alive together with the next or have ended before: without
 * looking at all of them each time. */
static int64_t place_as_they_begin(struct ctx *ctx, size_t count,
	const struct entry *entries, int64_t *place)
{
	const struct entry **ends =
		arena_array(&ctx->arena, count, sizeof *ends);
	struct gaps gaps = {
		1, arena_array(&ctx->arena, count + 1, sizeof *gaps.gap)};
	int64_t peak = 0;
	size_t ended = 0;
	gaps.gap[0] = (struct gap){0, INT64_MAX};
	for (size_t i = 0; i < count; i++)
		ends[i] = &entries[i];
	qsort(ends, count, sizeof *ends, by_end);
	for (size_t i = 0; i < count; i++) {
		const struct entry *e = &entries[i];
		for (; ended < count &&
			ends[ended]->item->last < e->item->first;
			ended++) {
			int64_t at = place[ends[ended]->index];
			if (ends[ended]->bytes)
				gaps_give(&gaps, at, at + ends[ended]->bytes);
		}
		int64_t offset = e->bytes ? gaps_take(&gaps, e->bytes) : 0;
		if (offset < 0)
			return -1;
		place[e->index] = offset;
		if (offset + e->bytes > peak)
			peak = offset + e->bytes;
	}
	return peak;
}

/* Bytes alive in the fullest step; -1 when they leave int64_t. */
static int64_t fullest(
	struct ctx *ctx, size_t count, const struct entry *entries)
{
	uint32_t steps = 0;
	for (size_t i = 0; i < count; i++)
		if (entries[i].item->last >= steps)
			steps = entries[i].item->last + 1;
	/* What begins in a step less what ended in the one before. All sums
	 * stay within that of all sizes. */
	int64_t total = 0, alive = 0, most = 0;
	int64_t *change =
		arena_array(&ctx->arena, (size_t)steps + 1, sizeof *change);
	for (size_t i = 0; i < count; i++) {
		if (!add_ok(total, entries[i].bytes, &total))
			return -1;
		change[entries[i].item->first] += entries[i].bytes;
		change[(size_t)entries[i].item->last + 1] -= entries[i].bytes;
	}
	for (uint32_t s = 0; s < steps; s++) {
		alive += change[s];
		most = alive > most ? alive : most;
	}
	return most;
}

/* The orders that are tried; the first two take a time that grows with the
 * square of the items. */
static const struct {
	int (*compare)(const void *, const void *);
	int64_t (*place)(struct ctx *ctx, size_t count,
		const struct entry *entries, int64_t *place);
	size_t most; /* items */
} orders[] = {
	{by_size,  place_in_order,      ARENA_PLAN_ALL},
	{by_life,  place_in_order,      ARENA_PLAN_ALL},
	{by_start, place_as_they_begin, SIZE_MAX      },
};

bool arena_plan(struct ctx *ctx, size_t count, struct arena_item *items,
	int64_t alignment, struct arena_plan *out)
{
	struct entry *entries =
		arena_array(&ctx->arena, count, sizeof *entries);
	int64_t *place = arena_array(&ctx->arena, count, sizeof *place);
	for (size_t i = 0; i < count; i++) {
		int64_t bytes;
		if (!add_ok(items[i].bytes, alignment - 1, &bytes))
			return false;
		entries[i] =
			(struct entry){&items[i], i, bytes & ~(alignment - 1)};
	}
	out->least = fullest(ctx, count, entries);
	if (out->least < 0)
		return false;
	out->bytes = -1;
	for (size_t o = 0; o < sizeof orders / sizeof *orders; o++) {
		if (count > orders[o].most)
			continue;
		qsort(entries, count, sizeof *entries, orders[o].compare);
		int64_t peak = orders[o].place(ctx, count, entries, place);
		if (peak < 0)
			return false;
		if (out->bytes >= 0 && peak >= out->bytes)
			continue;
		out->bytes = peak;
		for (size_t i = 0; i < count; i++)
			items[i].offset = place[i];
	}
	return true;
}
