/* The numbers of vectors, and minima over them. */
#include "oracle/vectors.h"

#include "oracle/literal_space.h"

#include <stdlib.h>

/* The next larger size that tiles of a bound may have: of at least one less. */
static int64_t next_size(int64_t bound, int64_t size)
{
	return literal_trips(bound, literal_trips(bound, size) - 1);
}

/* The sizes that tiles of a bound may have, rising: ceil(bound / tiles). */
static size_t sizes_list(
	struct ctx *ctx, int64_t bound, int32_t most, int64_t **size)
{
	size_t count = 0, room = 0;
	*size = NULL;
	for (int64_t now = 1; count <= (size_t)most;
		now = next_size(bound, now)) {
		*size = arena_grow(&ctx->arena, *size, count, &room, count + 1,
			sizeof **size);
		(*size)[count++] = now;
		if (now == bound)
			break;
	}
	return count;
}

/* Powers of a prime. */
static void powers_list(
	struct ctx *ctx, struct vector_coordinate *at, int64_t prime)
{
	at->divides = true;
	at->size = arena_array(
		&ctx->arena, (size_t)at->most + 1, sizeof *at->size);
	at->size[0] = 1;
	for (int32_t e = 0; e < at->most; e++)
		at->size[e + 1] = at->size[e] * prime;
}

static void primes_list(
	struct ctx *ctx, struct vectors *out, int loop, int64_t bound)
{
	for (int64_t p = 2; bound > 1; p++) {
		int32_t most = 0;
		if (p > bound / p)
			p = bound; /* what is left is prime */
		for (; bound % p == 0; bound /= p)
			most++;
		if (!most)
			continue;
		struct vector_coordinate *at = &out->at[out->count++];
		*at = (struct vector_coordinate){.loop = loop, .most = most};
		powers_list(ctx, at, p);
	}
}

/* Short coordinates first: walks spend their time in the last ones. */
static int coordinate_compare(const void *a, const void *b)
{
	const struct vector_coordinate *x = a, *y = b;
	if (x->most != y->most)
		return x->most < y->most ? -1 : 1;
	if (x->loop != y->loop)
		return x->loop < y->loop ? -1 : 1;
	return (x->size[x->most] > y->size[y->most]) -
		(x->size[x->most] < y->size[y->most]);
}

bool vectors_init(struct ctx *ctx, const struct nest *nest,
	enum tile_sizes tiles, int32_t most, struct vectors *out)
{
	int64_t ids = 1;
	out->count = 0;
	for (int l = 0; l < LOOP_COUNT; l++) {
		int64_t bound = nest->bound[l];
		if (bound == 1)
			continue;
		if (tiles == TILES_PERFECT) {
			primes_list(ctx, out, l, bound);
			continue;
		}
		struct vector_coordinate *at = &out->at[out->count++];
		*at = (struct vector_coordinate){.loop = l};
		at->most = (int32_t)sizes_list(ctx, bound, most, &at->size) - 1;
		if (at->size[at->most] != bound)
			return false;
	}
	qsort(out->at, (size_t)out->count, sizeof *out->at, coordinate_compare);
	for (int c = out->count; c-- > 0;) {
		out->at[c].step = (int32_t)ids;
		ids *= out->at[c].most + 1;
		if (ids > most)
			return false;
	}
	out->ids = (int32_t)ids;
	return true;
}

void vector_extents(
	const struct vectors *vectors, int32_t id, int64_t extent[LOOP_COUNT])
{
	for (int l = 0; l < LOOP_COUNT; l++)
		extent[l] = 1;
	for (int c = 0; c < vectors->count; c++) {
		const struct vector_coordinate *at = &vectors->at[c];
		extent[at->loop] *= at->size[id / at->step];
		id %= at->step;
	}
}

void vectors_least(const struct vectors *vectors, double *table)
{
	/* Coordinate by coordinate: of all exponents up to the vector's own. */
	for (int c = 0; c < vectors->count; c++) {
		int32_t step = vectors->at[c].step;
		int32_t block = step * (vectors->at[c].most + 1);
		for (int32_t first = 0; first < vectors->ids; first += block)
			for (int32_t id = first + step; id < first + block;
				id++)
				if (table[id - step] < table[id])
					table[id] = table[id - step];
	}
}

bool vector_cuts(
	const struct vector_coordinate *at, int64_t outer, int32_t exponent)
{
	int64_t size = at->size[exponent];
	return at->divides ||
		literal_trips(outer, literal_trips(outer, size)) == size;
}

int64_t vector_sizes_inside(
	const struct vector_coordinate *at, int32_t exponent)
{
	int64_t count = 1, size = at->size[exponent];
	if (at->divides)
		return exponent + 1;
	for (int64_t now = 1; now < size; now = next_size(size, now))
		count++;
	return count;
}
