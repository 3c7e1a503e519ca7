/* Points by rising energy; one that is dominated goes when a better one comes.
 */
#include "mapper/front.h"

#include "mapper/search_slack.h"

#include <string.h>

/* Points before the first one of at least the energy. */
static size_t points_below(const struct front *front, double pj)
{
	size_t from = 0, to = front->count;
	while (from < to) {
		size_t middle = from + (to - from) / 2;
		if (front->cost[middle].energy_pj < pj)
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}

void front_take(void *arg, const struct candidate *candidate)
{
	struct front *front = arg;
	const struct estimate *e = &candidate->estimate;
	size_t i = points_below(front, e->energy_pj);
	/* The point below has the fewest cycles of those with less energy. */
	if (i > 0 && front->cost[i - 1].cycles <= e->cycles)
		return;
	const struct candidate *next = i < front->count ? &front->at[i] : NULL;
	if (next && next->estimate.energy_pj == e->energy_pj &&
		(next->estimate.cycles < e->cycles ||
			(next->estimate.cycles == e->cycles &&
				mapping_compare(&next->mapping,
					&candidate->mapping) <= 0)))
		return;
	size_t worse = 0;
	while (i + worse < front->count &&
		front->cost[i + worse].cycles >= e->cycles)
		worse++;
	if (!worse) {
		front->at = arena_grow(front->arena, front->at, front->count,
			&front->capacity, front->count + 1, sizeof *front->at);
		front->cost = arena_grow(front->arena, front->cost,
			front->count, &front->cost_capacity, front->count + 1,
			sizeof *front->cost);
	}
	struct candidate *at = front->at + i;
	struct front_cost *cost = front->cost + i;
	size_t behind = front->count - i - worse;
	memmove(at + 1, at + worse, behind * sizeof *at);
	memmove(cost + 1, cost + worse, behind * sizeof *cost);
	*at = *candidate;
	*cost = (struct front_cost){e->energy_pj, e->cycles};
	front->count = front->count + 1 - worse;
}

bool front_beats(const struct front *front, double pj, double cycles)
{
	/* Points whose energy is surely not above pj; the last one has the
	 * fewest cycles. */
	size_t from = 0, to = front->count;
	while (from < to) {
		size_t middle = from + (to - from) / 2;
		if (pj > pj_equal(front->cost[middle].energy_pj))
			from = middle + 1;
		else
			to = middle;
	}
	if (!from)
		return false;
	const struct front_cost *last = &front->cost[from - 1];
	if (cycles > cycles_above((double)last->cycles))
		return true;
	/* Surely less energy: the last one, or the one before it. */
	if (pj <= pj_above(last->energy_pj)) {
		if (from == 1)
			return false;
		last = &front->cost[from - 2];
	}
	return cycles > cycles_equal((double)last->cycles);
}
