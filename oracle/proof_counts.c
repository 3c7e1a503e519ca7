/* A search counts what it visits and cuts one level after the other: the array
 * tiles are all of those that the visited scratchpad tiles may be cut into, the
 * splits all of the visited array tiles. Which ones it visited, only it knows;
 * but so many of them cannot have fewer sizes inside than the smallest of all,
 * nor more than the largest. */
#include "oracle/proof_counts.h"

#include "mapper/mapspace.h"
#include "oracle/literal_space.h"
#include "oracle/vectors.h"

#include <stdlib.h>

enum { TILES_MAX = 1 << 22 };

/* --- listing -------------------------------------------------------------- */

struct lister {
	const struct nest *nest;
	const struct arch *arch;
	const struct search_stop *stop;
	struct vectors lattice;
	int64_t *inside[VECTOR_COORDINATES]; /* sizes in that of the exponent */
	int64_t extent[LOOP_COUNT];
	unsigned polls;
	bool stopped;
	struct tile_kind *kind; /* [room], open addressing; arrays 0: free */
	size_t count, room;     /* room: a power of 2 */
	struct arena *arena;
};

static struct tile_kind *kind_of(
	struct tile_kind *kind, size_t room, int64_t arrays)
{
	size_t at = (size_t)((uint64_t)arrays * 0x9e3779b97f4a7c15u >> 32);
	while (kind[at &= room - 1].arrays && kind[at].arrays != arrays)
		at++;
	return &kind[at];
}

static void tile_add(struct lister *k, int64_t arrays)
{
	if (2 * k->count >= k->room) {
		size_t room = k->room ? 2 * k->room : 1 << 10;
		struct tile_kind *to = arena_array(k->arena, room, sizeof *to);
		for (size_t i = 0; i < k->room; i++)
			if (k->kind[i].arrays)
				*kind_of(to, room, k->kind[i].arrays) =
					k->kind[i];
		k->kind = to;
		k->room = room;
	}
	struct tile_kind *kind = kind_of(k->kind, k->room, arrays);
	k->count += kind->arrays == 0;
	kind->arrays = arrays;
	kind->tiles++;
}

static bool tile_fits(const struct lister *k)
{
	static const struct limits none;
	return literal_fits_spm(k->nest, k->arch, &none, k->extent);
}

/* All tiles with the sizes so far of the coordinates before c. Larger ones hold
 * more. */
static void tiles_list(struct lister *k, int c, int64_t arrays)
{
	k->stopped = k->stopped || search_poll(k->stop, &k->polls);
	if (k->stopped)
		return;
	if (c == k->lattice.count) {
		tile_add(k, arrays);
		return;
	}
	const struct vector_coordinate *at = &k->lattice.at[c];
	int64_t before = k->extent[at->loop];
	for (int32_t e = 0; e <= at->most; e++) {
		k->extent[at->loop] = before * at->size[e];
		if (!tile_fits(k))
			break;
		tiles_list(k, c + 1, arrays * k->inside[c][e]);
	}
	k->extent[at->loop] = before;
}

static int kind_compare(const void *a, const void *b)
{
	const struct tile_kind *x = a, *y = b;
	return x->arrays < y->arrays ? -1 : x->arrays > y->arrays;
}

void proof_counts_list(struct ctx *ctx, const struct nest *nest,
	const struct arch *arch, enum tile_sizes tiles,
	const struct search_stop *stop, struct proof_counts *out)
{
	struct lister k = {
		.nest = nest, .arch = arch, .stop = stop, .arena = &ctx->arena};
	*out = (struct proof_counts){0};
	if (!vectors_init(ctx, nest, tiles, TILES_MAX, &k.lattice))
		return;
	for (int l = 0; l < LOOP_COUNT; l++)
		k.extent[l] = 1;
	for (int c = 0; c < k.lattice.count; c++) {
		const struct vector_coordinate *at = &k.lattice.at[c];
		k.inside[c] = arena_array(
			&ctx->arena, (size_t)at->most + 1, sizeof *k.inside[c]);
		for (int32_t e = 0; e <= at->most; e++)
			k.inside[c][e] = vector_sizes_inside(at, e);
	}
	if (tile_fits(&k))
		tiles_list(&k, 0, 1);
	if (k.stopped || !k.count)
		return;
	out->kind = arena_array(&ctx->arena, k.count, sizeof *out->kind);
	for (size_t i = 0; i < k.room; i++)
		if (k.kind[i].arrays)
			out->kind[out->count++] = k.kind[i];
	qsort(out->kind, out->count, sizeof *out->kind, kind_compare);
}

/* --- holding counts against it -------------------------------------------- */

/* The array tiles inside so many scratchpad tiles, of those with the fewest or
 * the most. */
static double arrays_inside(
	const struct proof_counts *counts, int64_t tiles, bool most)
{
	double sum = 0;
	for (size_t i = 0; i < counts->count && tiles > 0; i++) {
		const struct tile_kind *kind =
			&counts->kind[most ? counts->count - 1 - i : i];
		int64_t some = kind->tiles < tiles ? kind->tiles : tiles;
		sum += (double)some * (double)kind->arrays;
		tiles -= some;
	}
	return sum;
}

bool proof_counts_hold(const struct proof_counts *counts, const struct proof *p,
	int64_t tilings_fit, const char **why)
{
	enum { PAIRS_MAX = ORDERINGS_BEST_MAX * ORDERINGS_BEST_MAX };
	double arrays = (double)p->arrays_visited + (double)p->arrays_cut;
	double splits = (double)p->splits_visited + (double)p->splits_cut;
	*why = NULL;
	/* Sizes of an array tile are no more than those of the tile around. */
	if (counts->count &&
		(arrays < arrays_inside(counts, p->tiles_visited, false) ||
			arrays > arrays_inside(counts, p->tiles_visited, true)))
		*why = "array tiles are not those of so many scratchpad tiles";
	else if (counts->count &&
		(splits < (double)p->arrays_visited ||
			splits > (double)p->arrays_visited *
					arrays_inside(counts, 1, true)))
		*why = "splits are not those of so many array tiles";
	else if (tilings_fit != NOT_COUNTED && p->splits_visited > tilings_fit)
		*why = "more splits were visited than tilings fit";
	else if ((double)p->pairs_evaluated >
		(double)p->splits_visited * PAIRS_MAX)
		*why = "there are more pairs than orders of the splits";
	return !*why;
}
