/* Tilings are chains of tiles, each dividing the next: F in the register file,
 * G of the PE array, T in the scratchpad (docs/search.md). What fits is
 *
 *     sum over F that fit  of  sum over G = F.P, P fitting the PEs
 *                          of  the number of T = G.L that fit
 *
 * The innermost number comes for all G at once from sums along the coordinates
 * of the lattice. The sum over G has two conditions, that F divides G and that
 * |P| = |G| / |F| is in a range. For the second, F are taken by rising size,
 * and the G of the range are kept in a table, each put in and taken out once.
 * For the first, the table's entry at x holds the sum of the G that x divides
 * in the coordinates of a first part, and equals in the rest: putting in G
 * changes an entry for each of its divisors in the first part, reading at F
 * adds one for each of its multiples in the rest.
 *
 * Where the machine's dataflow has a say in the spatial factors, the P that it
 * allows are listed instead, and each is added to every F. */
#include "mapper/mapspace.h"

#include "mapper/mapspace_padded.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { IDS_MAX = 1 << 24, ANY = -1 };

/* A count of perfect mappings under way. */
struct census {
	struct fit fit;
	/* The exponent that the factors of SPM and SPATIAL must have, or ANY.
	 */
	int want[SEED_SLOTS][COORDINATES_MAX];

	/* Vectors of equal size |x| are a class: a step for each exponent, and
	 * the classes by rising size. */
	int32_t classes, class_step[COORDINATES_MAX];
	int32_t *sorted;  /* [classes] */
	double *size;     /* [classes] */
	int32_t *members; /* [ids], of class k from start[k] to start[k + 1] */
	int32_t *start;   /* [classes + 1] */
	int32_t *class_of;

	int64_t splits; /* number of F that fit */
	int64_t *tiles; /* [ids], first 1 where T fits, then as G */
	int64_t *sum;   /* [ids] */
	int first_part; /* coordinates in it */
};

/* --- what fits ------------------------------------------------------------ */

static void wants_set(struct census *s)
{
	for (int v = 0; v < SEED_SLOTS; v++)
		for (int c = 0; c < s->fit.lattice.count; c++) {
			const struct coordinate *at = &s->fit.lattice.at[c];
			int64_t factor = s->fit.factor[v][at->loop];
			s->want[v][c] =
				factor ? exponent_of(factor, at->prime) : ANY;
		}
}

/* Adds to tiles the 'from' at L's exponents above, from coordinate c on, of the
 * factors of one loop in L that are at most so many. */
static void loop_add(const struct census *s, enum loop loop, int c,
	int64_t most, int32_t offset, int32_t exponent[COORDINATES_MAX],
	const int64_t *from)
{
	while (c < s->fit.lattice.count && s->fit.lattice.at[c].loop != loop)
		c++;
	if (countdown_ended(s->fit.end, 1))
		return;
	if (c == s->fit.lattice.count) {
		if (countdown_ended(s->fit.end, 4 * s->fit.lattice.ids))
			return;
		for (int32_t id = 0; id < s->fit.lattice.ids - offset; id++) {
			bool inside = true;
			for (int k = 0; k < c && inside; k++) {
				const struct coordinate *at =
					&s->fit.lattice.at[k];
				inside = at->loop != loop ||
					id / at->step % (at->most + 1) +
							exponent[k] <=
						at->most;
			}
			s->tiles[id] += inside ? from[id + offset] : 0;
		}
		return;
	}
	const struct coordinate *at = &s->fit.lattice.at[c];
	int want = s->want[SLOT_SPM][c];
	for (int e = 0; e <= at->most && most > 0; e++, most /= at->prime)
		if (want == ANY || want == e) {
			exponent[c] = e;
			loop_add(s, loop, c + 1, most, offset + e * at->step,
				exponent, from);
		}
}

/* tiles[G] := the T = G.L that fit, L as the machine's dataflow wants it. */
static void tiles_sum_within(struct ctx *ctx, struct census *s)
{
	size_t bytes = (size_t)s->fit.lattice.ids * sizeof *s->tiles;
	for (int l = 0; l < LOOP_COUNT && !s->fit.end->expired; l++) {
		int32_t exponent[COORDINATES_MAX] = {0};
		int64_t most = s->fit.arch->dataflow.slot[SLOT_SPM].most[l];
		int64_t *from = arena_memdup(&ctx->arena, s->tiles, bytes);
		memset(s->tiles, 0, bytes);
		loop_add(s, (enum loop)l, 0, most ? most : INT64_MAX, 0,
			exponent, from);
	}
}

/* tiles[G] := the T = G.L that fit, L as the limits want it. */
static void tiles_sum(struct census *s)
{
	for (int c = 0; c < s->fit.lattice.count; c++) {
		const struct coordinate *at = &s->fit.lattice.at[c];
		int64_t step = at->step, block = step * (at->most + 1);
		int want = s->want[SLOT_SPM][c];
		for (int64_t b = 0; b < s->fit.lattice.ids; b += block) {
			if (countdown_ended(s->fit.end, block))
				return;
			int64_t *tiles = s->tiles + b;
			if (want == ANY)
				for (int64_t i = block - step - 1; i >= 0; i--)
					tiles[i] += tiles[i + step];
			else
				for (int64_t i = 0; i < block; i++)
					tiles[i] = i + want * step < block
						? tiles[i + want * step]
						: 0;
		}
	}
}

/* --- classes of equal size ------------------------------------------------ */

struct sized {
	double size;
	int32_t class;
};

static int sized_compare(const void *a, const void *b)
{
	const struct sized *x = a, *y = b;
	return (x->size > y->size) - (x->size < y->size);
}

/* A class is a vector of exponents of the distinct primes. */
static void classes_init(struct ctx *ctx, struct census *s)
{
	const struct lattice *lattice = &s->fit.lattice;
	int64_t prime[COORDINATES_MAX];
	int32_t step[COORDINATES_MAX], most[COORDINATES_MAX] = {0};
	int primes = 0, which[COORDINATES_MAX];
	for (int c = 0; c < lattice->count; c++) {
		int p = 0;
		while (p < primes && prime[p] != lattice->at[c].prime)
			p++;
		prime[p] = lattice->at[c].prime;
		primes += p == primes;
		most[p] += lattice->at[c].most;
		which[c] = p;
	}
	/* No more of them than vectors. */
	s->classes = 1;
	for (int p = 0; p < primes; p++) {
		step[p] = s->classes;
		s->classes *= most[p] + 1;
	}
	for (int c = 0; c < lattice->count; c++)
		s->class_step[c] = step[which[c]];

	size_t classes = (size_t)s->classes;
	struct sized *sized = arena_array(&ctx->arena, classes, sizeof *sized);
	s->size = arena_array(&ctx->arena, classes, sizeof *s->size);
	s->sorted = arena_array(&ctx->arena, classes, sizeof *s->sorted);
	s->start = arena_array(&ctx->arena, classes + 1, sizeof *s->start);
	for (int32_t k = 0; k < s->classes; k++) {
		s->size[k] = 1;
		for (int p = 0; p < primes; p++)
			for (int e = k / step[p] % (most[p] + 1); e > 0; e--)
				s->size[k] *= (double)prime[p];
		sized[k] = (struct sized){s->size[k], k};
	}
	qsort(sized, classes, sizeof *sized, sized_compare);
	for (int32_t k = 0; k < s->classes; k++)
		s->sorted[k] = sized[k].class;
}

/* The class of every vector: each coordinate in turn repeats those of the ones
 * behind it. */
static void classes_fill(struct census *s)
{
	for (int c = s->fit.lattice.count - 1; c >= 0; c--) {
		const struct coordinate *at = &s->fit.lattice.at[c];
		for (int32_t e = 1; e <= at->most; e++)
			for (int32_t i = 0; i < at->step; i++)
				s->class_of[e * at->step + i] =
					s->class_of[i] + e * s->class_step[c];
	}
}

static void members_list(struct ctx *ctx, struct census *s)
{
	size_t ids = (size_t)s->fit.lattice.ids;
	s->members = arena_array(&ctx->arena, ids, sizeof *s->members);
	s->class_of = arena_array(&ctx->arena, ids, sizeof *s->class_of);
	classes_fill(s);
	for (size_t id = 0; id < ids; id++)
		s->start[s->class_of[id] + 1]++;
	for (int32_t k = 0; k < s->classes; k++)
		s->start[k + 1] += s->start[k];
	int32_t *next = arena_memdup(
		&ctx->arena, s->start, (size_t)s->classes * sizeof *next);
	for (int32_t id = 0; id < s->fit.lattice.ids; id++)
		s->members[next[s->class_of[id]]++] = id;
}

/* --- the sum -------------------------------------------------------------- */

/* The first part that makes least work. A G has about half of all exponents
 * below it, an F, being small, nearly all above it. */
static int first_part_choose(const struct census *s)
{
	int best = 0;
	double least = INFINITY;
	for (int part = 0; part <= s->fit.lattice.count; part++) {
		double put = (double)s->fit.lattice.ids;
		double read = (double)s->splits;
		for (int c = 0; c < s->fit.lattice.count; c++) {
			int most = s->fit.lattice.at[c].most;
			if (s->want[SLOT_SPATIAL][c] != ANY)
				continue;
			if (c < part)
				put *= 1 + most / 2.0;
			else
				read *= 1 + most;
		}
		if (put + read < least) {
			least = put + read;
			best = part;
		}
	}
	return best;
}

/* The exponents of P that G, or F, leaves open in a coordinate of which P can
 * have 'most': from *from to *to. */
static void range_of(
	const struct census *s, int c, int most, int *from, int *to)
{
	int want = s->want[SLOT_SPATIAL][c];
	*from = want == ANY ? 0 : want;
	*to = want == ANY || want > most ? most : want;
}

/* Adds value to the entries for G, from coordinate c on. */
static void array_put(const struct census *s, int c, int32_t id, int64_t value)
{
	if (c == s->first_part) {
		s->sum[id] += value;
		return;
	}
	const struct coordinate *at = &s->fit.lattice.at[c];
	int from, to;
	range_of(s, c, id / at->step % (at->most + 1), &from, &to);
	for (int e = from; e <= to; e++)
		array_put(s, c + 1, id - e * at->step, value);
}

/* The sum over all G that F divides, from coordinate c on. */
static int64_t arrays_read(const struct census *s, int c, int32_t id)
{
	if (c == s->fit.lattice.count)
		return s->sum[id];
	const struct coordinate *at = &s->fit.lattice.at[c];
	int64_t sum = 0;
	int from, to;
	range_of(s, c, at->most - id / at->step % (at->most + 1), &from, &to);
	for (int e = from; e <= to; e++)
		sum += arrays_read(s, c + 1, id + e * at->step);
	return sum;
}

static void class_put(const struct census *s, int32_t class, int64_t sign)
{
	for (int32_t i = s->start[class]; i < s->start[class + 1]; i++) {
		int32_t id = s->members[i];
		if (countdown_ended(s->fit.end, 64))
			return;
		if (s->tiles[id])
			array_put(s, 0, id, sign * s->tiles[id]);
	}
}

static int64_t fits_sum(struct census *s)
{
	double pes = (double)s->fit.most_pes;
	double least = (double)s->fit.least_pes;
	int32_t put = 0, taken = 0; /* of sorted */
	int64_t sum = 0;
	for (int32_t k = 0; k < s->classes; k++) {
		int32_t class = s->sorted[k];
		double size = s->size[class];
		bool moved = false;
		for (int32_t i = s->start[class]; i < s->start[class + 1];
			i++) {
			int32_t id = s->members[i];
			if (!(s->fit.is[id] & FIT_RF))
				continue;
			if (countdown_ended(s->fit.end, 64))
				return 0;
			for (; !moved && put < s->classes &&
				s->size[s->sorted[put]] <= size * pes;
				put++)
				class_put(s, s->sorted[put], 1);
			for (; !moved && taken < put &&
				s->size[s->sorted[taken]] < size * least;
				taken++)
				class_put(s, s->sorted[taken], -1);
			moved = true;
			sum += arrays_read(s, s->first_part, id);
		}
	}
	return sum;
}

static void exponents_of(
	const struct census *s, int32_t id, int32_t exponent[COORDINATES_MAX])
{
	for (int c = 0; c < s->fit.lattice.count; c++) {
		exponent[c] = id / s->fit.lattice.at[c].step;
		id %= s->fit.lattice.at[c].step;
	}
}

/* The vectors that are P and F, each in the arena. */
static int32_t *pes_list(struct ctx *ctx, const struct census *s, size_t *count)
{
	double most = (double)s->fit.most_pes;
	double least = (double)s->fit.least_pes;
	int32_t *list = NULL;
	size_t room = 0;
	*count = 0;
	for (int32_t id = 0; id < s->fit.lattice.ids; id++) {
		int32_t exponent[COORDINATES_MAX];
		double size = s->size[s->class_of[id]];
		if (size < least || size > most)
			continue;
		if (countdown_ended(s->fit.end, 32))
			break;
		exponents_of(s, id, exponent);
		if (!fit_allows(&s->fit, SLOT_SPATIAL, exponent))
			continue;
		list = arena_grow(&ctx->arena, list, *count, &room, *count + 1,
			sizeof *list);
		list[(*count)++] = id;
	}
	return list;
}

/* The most pairs of F and P that are looked at: seconds. */
static const double pairs_max = 1e9;

/* NOT_COUNTED where there are too many pairs. */
static int64_t pairs_sum(struct ctx *ctx, const struct census *s)
{
	int64_t sum = 0;
	size_t count;
	const int32_t *pes = pes_list(ctx, s, &count);
	if ((double)count * (double)s->splits > pairs_max)
		return NOT_COUNTED;
	for (int32_t f = 0; f < s->fit.lattice.ids; f++) {
		if (countdown_ended(s->fit.end, (int64_t)count))
			break;
		int32_t split[COORDINATES_MAX], p[COORDINATES_MAX];
		if (!(s->fit.is[f] & FIT_RF))
			continue;
		exponents_of(s, f, split);
		for (size_t i = 0; i < count; i++) {
			bool inside = pes[i] < s->fit.lattice.ids - f;
			if (!inside || !s->tiles[f + pes[i]])
				continue;
			exponents_of(s, pes[i], p);
			for (int c = 0; c < s->fit.lattice.count && inside; c++)
				inside = split[c] + p[c] <=
					s->fit.lattice.at[c].most;
			sum += inside ? s->tiles[f + pes[i]] : 0;
		}
	}
	return sum;
}

static int64_t tilings_all(const struct lattice *lattice)
{
	/* An exponent e splits over four levels in (e + 3 over 3) ways. */
	int64_t tilings = 1;
	for (int c = 0; c < lattice->count; c++) {
		int64_t e = lattice->at[c].most;
		tilings *= (e + 1) * (e + 2) * (e + 3) / 6;
	}
	return tilings;
}

/* Of perfect tiles. */
static int64_t tilings_fit(struct ctx *ctx, const struct fit *fit)
{
	struct census s = {.fit = *fit};
	size_t ids = (size_t)fit->lattice.ids;
	s.tiles = arena_array(&ctx->arena, ids, sizeof *s.tiles);
	for (size_t id = 0; id < ids; id++) {
		s.tiles[id] = (fit->is[id] & FIT_SPM) != 0;
		s.splits += (fit->is[id] & FIT_RF) != 0;
	}
	wants_set(&s);
	classes_init(ctx, &s);
	members_list(ctx, &s);
	if (dataflow_asks(&fit->arch->dataflow, SLOT_SPM))
		tiles_sum_within(ctx, &s);
	else
		tiles_sum(&s);
	if (dataflow_asks(&fit->arch->dataflow, SLOT_SPATIAL))
		return pairs_sum(ctx, &s);
	s.sum = arena_array(&ctx->arena, ids, sizeof *s.sum);
	s.first_part = first_part_choose(&s);
	return fits_sum(&s);
}

bool mapspace_count(struct ctx *ctx, const struct nest *nest,
	const struct arch *arch, const struct limits *limits,
	enum tile_sizes tiles, struct mapspace *out)
{
	return mapspace_count_until(
		ctx, nest, arch, limits, tiles, NULL, out);
}

bool mapspace_count_until(struct ctx *ctx, const struct nest *nest,
	const struct arch *arch, const struct limits *limits,
	enum tile_sizes tiles, const struct search_stop *stop,
	struct mapspace *out)
{
	struct countdown end = {.stop = stop};
	struct lattice lattice;
	struct fit fit;
	bool padded = tiles == TILES_PADDED;
	*out = (struct mapspace){.orders = ORDERS_ALL};
	if (!lattice_init(ctx, nest, LOOP_BIT(LOOP_COUNT) - 1, tiles, IDS_MAX,
		    &lattice))
		return false;
	out->tilings =
		padded ? padded_tilings(ctx, &lattice, &end)
		       : tilings_all(&lattice);
	if (!out->tilings)
		return false;
	for (int v = 0; v < SLOTS_MAX; v++)
		if (limits_order(arch, limits, v))
			out->orders /= 5040;
	if (padded && lattice.ids > PADDED_IDS_MAX) {
		out->tilings_fit = out->tiles_fit = NOT_COUNTED;
		return true;
	}
	if (!fit_init(ctx, nest, arch, limits, tiles, &lattice, &end, &fit))
		return true;
	out->tilings_fit = out->tiles_fit = NOT_COUNTED;
	if (end.expired)
		return true;
	out->tiles_fit = fit.tiles;
	int64_t count =
		padded ? padded_tilings_fit(ctx, &fit) : tilings_fit(ctx, &fit);
	if (!end.expired)
		out->tilings_fit = count;
	return true;
}

const char *mapspace_mappings(struct ctx *ctx, int64_t tilings, int64_t orders)
{
	unsigned __int128 product =
		(unsigned __int128)tilings * (unsigned __int128)orders;
	char digits[40];
	int at = sizeof digits;
	digits[--at] = '\0';
	do {
		digits[--at] = (char)('0' + (int)(product % 10));
		product /= 10;
	} while (product);
	return arena_strdup(&ctx->arena, digits + at);
}
