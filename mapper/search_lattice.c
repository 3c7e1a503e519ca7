#include "mapper/search_lattice.h"

#include <assert.h>
#include <stdlib.h>

static int coordinate_compare(const void *a, const void *b)
{
	const struct coordinate *x = a, *y = b;
	if (x->most != y->most)
		return x->most < y->most ? -1 : 1;
	if (x->loop != y->loop)
		return x->loop < y->loop ? -1 : 1;
	return x->prime < y->prime ? -1 : 1;
}

static void coordinate_add(
	struct lattice *lattice, enum loop loop, int64_t prime, int32_t most)
{
	assert(lattice->count < COORDINATES_MAX);
	lattice->at[lattice->count++] =
		(struct coordinate){.loop = loop, .most = most, .prime = prime};
}

bool lattice_init(const struct nest *nest, unsigned loops, int32_t max_ids,
	struct lattice *lattice)
{
	lattice->count = 0;
	for (int l = 0; l < LOOP_COUNT; l++) {
		if (!(loops & LOOP_BIT(l)))
			continue;
		int64_t rest = nest->bound[l];
		for (int64_t p = 2; p <= rest / p; p++) {
			int32_t most = 0;
			for (; rest % p == 0; rest /= p)
				most++;
			if (most)
				coordinate_add(lattice, (enum loop)l, p, most);
		}
		if (rest > 1)
			coordinate_add(lattice, (enum loop)l, rest, 1);
	}
	/* The longest last: walks spend their time there. */
	qsort(lattice->at, (size_t)lattice->count, sizeof *lattice->at,
		coordinate_compare);
	int64_t ids = 1;
	for (int c = lattice->count - 1; c >= 0; c--) {
		lattice->at[c].step = (int32_t)ids;
		ids *= lattice->at[c].most + 1;
		if (ids > max_ids)
			return false;
	}
	lattice->ids = (int32_t)ids;
	return true;
}

void lattice_extents(
	const struct lattice *lattice, int32_t id, int64_t extent[LOOP_COUNT])
{
	for (int l = 0; l < LOOP_COUNT; l++)
		extent[l] = 1;
	for (int c = 0; c < lattice->count; c++) {
		const struct coordinate *at = &lattice->at[c];
		for (int32_t e = id / at->step; e > 0; e--)
			extent[at->loop] *= at->prime;
		id %= at->step;
	}
}

void lattice_least(const struct lattice *lattice, double *table)
{
	/* Along each coordinate in turn, the running minimum. */
	for (int c = 0; c < lattice->count; c++) {
		int64_t step = lattice->at[c].step;
		int64_t block = step * (lattice->at[c].most + 1);
		for (int64_t b = 0; b < lattice->ids; b += block)
			for (int64_t id = b + step; id < b + block; id++)
				if (table[id - step] < table[id])
					table[id] = table[id - step];
	}
}
