/* Tilings are chains of tiles F <= G <= T, each of a size that the next is cut
 * into, and its trips are rounded up (docs/cost-model.md). What fits is
 *
 *     sum over F that fit  of  sum over G cut into F, within the PEs
 *                          of  the number of T that fit, cut into G
 *
 * The innermost number comes for all G at once, coordinate by coordinate. Then
 * F is chosen coordinate by coordinate. With its first ones chosen, what
 * matters of the same ones of G is how many PEs they leave: pes / trips rounded
 * down, which takes few values. For each of these there is a slab: the sum over
 * all first coordinates of G that leave so many, by the coordinates to come. */
#include "mapper/mapspace_padded.h"

#include "mapper/mapspace.h"

/* Beyond these it is not counted: PEs, sizes of a loop of all tilings and of
 * those that fit, additions. */
enum {
	PES_MAX = 1 << 20,
	SIZES_MAX = 1 << 18,
	FIT_SIZES_MAX = 1 << 14,
	ADDITIONS_MAX = 1 << 28
};

/* A larger tile that one is cut from. */
struct origin {
	int32_t outer; /* exponent */
	int64_t trips;
};

/* By exponent of the tile inside, outer ones ascending. */
struct cuts {
	int32_t count;
	struct origin *at;
};

struct slab {
	int64_t pes;   /* that are left */
	int64_t *sums; /* by vector of the coordinates to come */
};

/* With F chosen in the coordinates before. */
struct stage {
	int count, room;
	struct slab *slab;
	int32_t *of_pes; /* by quotient_number: slab + 1; 0: there is none */
};

struct counter {
	const struct fit *fit;
	struct arena *arena;
	int64_t pes, root; /* available; the largest n with n * n <= pes */
	int32_t quotients;
	struct cuts *arrays[COORDINATES_MAX]; /* G that F is cut from */
	struct stage stage[COORDINATES_MAX + 1];
	int64_t additions, asked, total; /* asked: additions by then */
};

/* Whether it is too much, or time is over. */
static bool is_over(struct counter *k)
{
	int64_t more = k->additions - k->asked;
	k->asked = k->additions;
	return k->additions > ADDITIONS_MAX ||
		countdown_ended(k->fit->end, more + 1);
}

/* Whether a level may have so many trips of a loop, whatever those of others.
 */
static bool trips_allowed(
	const struct fit *fit, int slot, enum loop loop, int64_t trips)
{
	int64_t wanted = fit->factor[slot][loop];
	int64_t most = fit->arch->dataflow.slot[slot].most[loop];
	if ((wanted && trips != wanted) || (most && trips > most))
		return false;
	/* On a grid it must lie on an axis. */
	int64_t spatial[LOOP_COUNT] = {1, 1, 1, 1, 1, 1, 1};
	enum grid_axis axis[LOOP_COUNT];
	spatial[loop] = trips;
	return slot != SLOT_SPATIAL || !fit->arch->dataflow.grid ||
		dataflow_place(fit->arch, fit->nest, spatial, axis);
}

/* The tiles that one of each exponent may be cut from with a level between
 * them. */
static struct cuts *cuts_list(
	struct counter *k, const struct coordinate *at, int slot)
{
	struct arena *arena = k->arena;
	size_t sizes = (size_t)at->most + 1;
	struct cuts *cuts = arena_array(arena, sizes, sizeof *cuts);
	size_t *room = arena_array(arena, sizes, sizeof *room);
	for (int32_t outer = 0; outer <= at->most; outer++) {
		double size = at->size[outer];
		int32_t e = outer;
		if (countdown_ended(k->fit->end, 256))
			break;
		for (bool more = true; more;) {
			struct cuts *c = &cuts[e];
			const struct origin cut = {
				outer, (int64_t)tiles_in(size, at->size[e])};
			if (trips_allowed(k->fit, slot, at->loop, cut.trips)) {
				size_t count = (size_t)c->count++;
				c->at = arena_grow(arena, c->at, count,
					&room[e], count + 1, sizeof *c->at);
				c->at[count] = cut;
			}
			more = e > 0;
			if (more)
				e = exponent_below(at, size, e);
		}
	}
	return cuts;
}

/* --- all ------------------------------------------------------------------ */

/* Chains of three tiles of a loop: those of two, by the largest, from those of
 * one, and so on. */
static int64_t chains_of(
	struct ctx *ctx, const struct coordinate *at, struct countdown *end)
{
	enum { TILES = 3 };
	size_t sizes = (size_t)at->most + 1;
	int64_t *chains = arena_array(&ctx->arena, sizes, sizeof *chains);
	for (size_t e = 0; e < sizes; e++)
		chains[e] = 1;
	for (int tile = 0; tile < TILES; tile++)
		/* Smaller sizes are still those of a tile less. */
		for (int32_t outer = at->most; outer >= 0; outer--) {
			double size = at->size[outer];
			if (countdown_ended(end, 256))
				return 0;
			for (int32_t e = outer; e > 0;) {
				e = exponent_below(at, size, e);
				chains[outer] += chains[e];
			}
		}
	return chains[at->most];
}

int64_t padded_tilings(
	struct ctx *ctx, const struct lattice *lattice, struct countdown *end)
{
	int64_t tilings = 1;
	for (int c = 0; c < lattice->count; c++) {
		if (lattice->at[c].most >= SIZES_MAX)
			return 0;
		tilings *= chains_of(ctx, &lattice->at[c], end);
	}
	return tilings;
}

/* --- those that fit ------------------------------------------------------- */

static void sums_add(
	int64_t *restrict to, const int64_t *restrict from, int32_t count)
{
	for (int32_t i = 0; i < count; i++)
		to[i] += from[i];
}

/* tiles[G] := the T that fit and are cut into G. */
static void tiles_sum(struct counter *k, int64_t *tiles)
{
	const struct lattice *lattice = &k->fit->lattice;
	for (int c = 0; c < lattice->count && !is_over(k); c++) {
		const struct coordinate *at = &lattice->at[c];
		int32_t step = at->step, block = step * (at->most + 1);
		const struct cuts *cuts = cuts_list(k, at, SLOT_SPM);
		for (int32_t b = 0; b < lattice->ids; b += block)
			for (int32_t e = 0; e <= at->most; e++) {
				/* Those of larger exponents are still of T. */
				int64_t *to = tiles + b + e * step;
				const struct cuts *from = &cuts[e];
				int32_t i = 0;
				k->additions += (int64_t)from->count * step;
				if (is_over(k))
					return;
				if (from->count && from->at[0].outer == e)
					i++;
				else
					for (int32_t j = 0; j < step; j++)
						to[j] = 0;
				for (; i < from->count; i++)
					sums_add(to,
						tiles + b +
							from->at[i].outer *
								step,
						step);
			}
	}
}

/* Numbers the quotients of the PEs: those up to the root occur all, larger ones
 * once for each divisor. */
static int32_t quotient_number(const struct counter *k, int64_t quotient)
{
	if (quotient <= k->root)
		return (int32_t)quotient - 1;
	return k->quotients - (int32_t)(k->pes / quotient);
}

/* The slab of a stage for so many PEs; sums: in it. */
static int64_t *slab_of(
	struct counter *k, struct stage *stage, int64_t pes, int32_t sums)
{
	int32_t *of_pes = &stage->of_pes[quotient_number(k, pes)];
	if (!*of_pes) {
		if (stage->count == stage->room) {
			size_t room = (size_t)stage->room;
			stage->slab = arena_grow(k->arena, stage->slab, room,
				&room, room + 1, sizeof *stage->slab);
			for (; stage->room < (int)room; stage->room++)
				stage->slab[stage->room].sums = NULL;
		}
		struct slab *slab = &stage->slab[stage->count++];
		if (!slab->sums)
			slab->sums = arena_array(
				k->arena, (size_t)sums, sizeof *slab->sums);
		for (int32_t i = 0; i < sums; i++)
			slab->sums[i] = 0;
		slab->pes = pes;
		*of_pes = stage->count;
	}
	return stage->slab[*of_pes - 1].sums;
}

static void stage_clear(const struct counter *k, struct stage *stage)
{
	for (int s = 0; s < stage->count; s++)
		stage->of_pes[quotient_number(k, stage->slab[s].pes)] = 0;
	stage->count = 0;
}

/* Goes on from a coordinate's stage to the next with F's exponent. */
static void stage_next(struct counter *k, int c, int32_t exponent)
{
	const struct coordinate *at = &k->fit->lattice.at[c];
	const struct cuts *arrays = &k->arrays[c][exponent];
	stage_clear(k, &k->stage[c + 1]);
	for (int s = 0; s < k->stage[c].count; s++) {
		const struct slab *slab = &k->stage[c].slab[s];
		for (int32_t i = 0; i < arrays->count; i++) {
			const struct origin *cut = &arrays->at[i];
			if (cut->trips > slab->pes)
				break;
			sums_add(slab_of(k, &k->stage[c + 1],
					 slab->pes / cut->trips, at->step),
				slab->sums + cut->outer * at->step, at->step);
			k->additions += at->step;
		}
	}
}

/* Adds up the G of a last stage that F is cut from. */
static void split_add(
	struct counter *k, const struct stage *stage, const struct cuts *arrays)
{
	for (int s = 0; s < stage->count; s++) {
		const struct slab *slab = &stage->slab[s];
		for (int32_t i = 0;
			i < arrays->count && arrays->at[i].trips <= slab->pes;
			i++)
			k->total += slab->sums[arrays->at[i].outer];
		k->additions += arrays->count;
	}
}

/* All F that have the exponents of id before coordinate c, and none in it and
 * behind. */
static void splits_walk(struct counter *k, int c, int32_t id)
{
	const struct coordinate *at = &k->fit->lattice.at[c];
	bool last = c == k->fit->lattice.count - 1;
	for (int32_t e = 0; e <= at->most && !is_over(k); e++) {
		int32_t next = id + e * at->step;
		if (!(k->fit->is[next] & FIT_HOLDS))
			break;
		if (!last) {
			stage_next(k, c, e);
			splits_walk(k, c + 1, next);
		} else if (k->fit->is[next] & FIT_RF) {
			split_add(k, &k->stage[c], &k->arrays[c][e]);
		}
	}
}

/* Those that fit with at most so many PEs. */
static int64_t fits_within(struct counter *k, int64_t pes, const int64_t *tiles)
{
	const struct lattice *lattice = &k->fit->lattice;
	k->total = 0;
	k->pes = pes;
	k->root = 0;
	while ((k->root + 1) * (k->root + 1) <= pes)
		k->root++;
	k->quotients = (int32_t)(k->root + pes / (k->root + 1));
	for (int c = 0; c <= lattice->count; c++)
		k->stage[c] = (struct stage){
			.of_pes = arena_array(k->arena, (size_t)k->quotients,
				sizeof *k->stage[c].of_pes)};
	sums_add(slab_of(k, &k->stage[0], pes, lattice->ids), tiles,
		lattice->ids);
	if (lattice->count)
		splits_walk(k, 0, 0);
	else if (k->fit->is[0] & FIT_RF)
		k->total = tiles[0];
	return k->total;
}

/* --- on a grid ------------------------------------------------------------ */

/* A pair takes longer than an addition, about this many times. */
enum { PAIR_ADDITIONS = 32 };

/* All G that an F is cut from; from coordinate c on. */
static void arrays_walk(struct counter *k, const int32_t split[COORDINATES_MAX],
	int c, int32_t id, int64_t pes, int64_t spatial[LOOP_COUNT],
	const int64_t *tiles)
{
	const struct fit *fit = k->fit;
	if (c == fit->lattice.count) {
		k->additions += PAIR_ADDITIONS;
		if (tiles[id] && pes >= fit->least_pes &&
			dataflow_allows(
				fit->arch, fit->nest, SLOT_SPATIAL, spatial))
			k->total += tiles[id];
		return;
	}
	const struct coordinate *at = &fit->lattice.at[c];
	const struct cuts *arrays = &k->arrays[c][split[c]];
	for (int32_t i = 0; i < arrays->count && !is_over(k); i++) {
		const struct origin *cut = &arrays->at[i];
		if (cut->trips > fit->most_pes / pes)
			break;
		spatial[at->loop] = cut->trips;
		arrays_walk(k, split, c + 1, id + cut->outer * at->step,
			pes * cut->trips, spatial, tiles);
	}
	spatial[at->loop] = 1;
}

/* Which loops lie on which axis is a matter of all spatial factors together:
 * F and G pair by pair. */
static int64_t pairs_sum(struct counter *k, const int64_t *tiles)
{
	const struct lattice *lattice = &k->fit->lattice;
	for (int32_t id = 0; id < lattice->ids; id++) {
		int64_t spatial[LOOP_COUNT] = {1, 1, 1, 1, 1, 1, 1};
		int32_t split[COORDINATES_MAX], rest = id;
		for (int c = 0; c < lattice->count; c++) {
			split[c] = rest / lattice->at[c].step;
			rest %= lattice->at[c].step;
		}
		if (k->fit->is[id] & FIT_RF)
			arrays_walk(k, split, 0, 0, 1, spatial, tiles);
	}
	return k->total;
}

int64_t padded_tilings_fit(struct ctx *ctx, const struct fit *fit)
{
	const struct lattice *lattice = &fit->lattice;
	struct counter k = {.fit = fit, .arena = &ctx->arena};
	for (int c = 0; c < lattice->count; c++)
		if (lattice->at[c].most >= FIT_SIZES_MAX)
			return NOT_COUNTED;
	if (fit->most_pes > PES_MAX)
		return NOT_COUNTED;
	int64_t *tiles =
		arena_array(&ctx->arena, (size_t)lattice->ids, sizeof *tiles);
	for (int32_t id = 0; id < lattice->ids; id++)
		tiles[id] = (fit->is[id] & FIT_SPM) != 0;
	tiles_sum(&k, tiles);
	for (int c = 0; c < lattice->count; c++)
		k.arrays[c] = cuts_list(&k, &lattice->at[c], SLOT_SPATIAL);
	int64_t sum;
	if (fit->arch->dataflow.grid) {
		sum = pairs_sum(&k, tiles);
	} else {
		sum = fits_within(&k, fit->most_pes, tiles);
		if (fit->least_pes > 1)
			sum -= fits_within(&k, fit->least_pes - 1, tiles);
	}
	return k.additions > ADDITIONS_MAX ? NOT_COUNTED : sum;
}
