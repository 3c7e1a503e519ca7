/* Coordinates of vectors: exponents of primes for perfect tiles, sizes for
 * padded ones. */
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

static struct coordinate *coordinate_add(
	struct lattice *lattice, enum loop loop, int64_t prime, int64_t most)
{
	assert(lattice->count < COORDINATES_MAX);
	struct coordinate *at = &lattice->at[lattice->count++];
	*at = (struct coordinate){
		.loop = loop, .most = (int32_t)most, .prime = prime};
	return at;
}

static void primes_add(struct lattice *lattice, enum loop loop, int64_t bound)
{
	int64_t rest = bound;
	for (int64_t p = 2; p <= rest / p; p++) {
		int32_t most = 0;
		for (; rest % p == 0; rest /= p)
			most++;
		if (most)
			coordinate_add(lattice, loop, p, most);
	}
	if (rest > 1)
		coordinate_add(lattice, loop, rest, 1);
}

/* ceil(bound / k) = (bound - 1) / k + 1: as many sizes as quotients. */
static int64_t next_quotient(int64_t n, int64_t quotient)
{
	return n / (n / quotient + 1);
}

int64_t sizes_count(int64_t extent)
{
	int64_t count = 1, n = extent - 1;
	for (int64_t q = n; q > 0; q = next_quotient(n, q))
		count++;
	return count;
}

int32_t size_exponent(const struct coordinate *at, double size)
{
	int64_t n = at->bound - 1, q = (int64_t)size - 1;
	/* All quotients up to the root occur, and from the top down one for
	 * each divisor. */
	if (q == 0 || q <= n / q)
		return (int32_t)q;
	return at->most + 1 - (int32_t)(n / q);
}

/* The sizes of a coordinate and how many tiles each makes. */
static void sizes_fill(struct ctx *ctx, struct coordinate *at)
{
	size_t count = (size_t)at->most + 1;
	at->size = arena_array(&ctx->arena, count, sizeof *at->size);
	at->tiles = arena_array(&ctx->arena, count, sizeof *at->tiles);
	if (at->prime) {
		at->size[0] = 1;
		for (int32_t e = 0; e < at->most; e++)
			at->size[e + 1] = at->size[e] * (double)at->prime;
	} else {
		int64_t n = at->bound - 1, q = n;
		for (int32_t e = at->most; e > 0; e--) {
			at->size[e] = (double)(q + 1);
			q = next_quotient(n, q);
		}
		at->size[0] = 1;
	}
	at->bound = (int64_t)at->size[at->most];
	for (size_t e = 0; e < count; e++)
		at->tiles[e] = tiles_in((double)at->bound, at->size[e]);
}

bool lattice_init(struct ctx *ctx, const struct nest *nest, unsigned loops,
	enum tile_sizes tiles, int32_t max_ids, struct lattice *lattice)
{
	lattice->count = 0;
	for (int l = 0; l < LOOP_COUNT; l++) {
		int64_t bound = nest->bound[l];
		if (!(loops & LOOP_BIT(l)) || bound == 1)
			continue;
		if (tiles == TILES_PERFECT) {
			primes_add(lattice, (enum loop)l, bound);
			continue;
		}
		/* It has at least as many sizes as its root. */
		if (bound / max_ids > max_ids)
			return false;
		coordinate_add(lattice, (enum loop)l, 0, sizes_count(bound) - 1)
			->bound = bound;
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
	for (int c = 0; c < lattice->count; c++)
		sizes_fill(ctx, &lattice->at[c]);
	return true;
}

void lattice_extents(
	const struct lattice *lattice, int32_t id, int64_t extent[LOOP_COUNT])
{
	for (int l = 0; l < LOOP_COUNT; l++)
		extent[l] = 1;
	for (int c = 0; c < lattice->count; c++) {
		const struct coordinate *at = &lattice->at[c];
		extent[at->loop] *= (int64_t)at->size[id / at->step];
		id %= at->step;
	}
}
