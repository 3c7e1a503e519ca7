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

#include "mapper/search_lattice.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { IDS_MAX = 1 << 24, ANY = -1 };

/* What an operand's tile takes, by vector of the operand's own loops. */
struct tile_size {
	int64_t elems;
	double bytes, banks;
};

struct space {
	const struct nest *nest;
	const struct arch *arch;
	const struct limits *limits;
	double rf_elems, spm_bytes; /* capacities */
	struct lattice lattice;
	/* The exponent that a level's factor must have, or ANY; whether the
	 * level has one. */
	int want[LEVEL_COUNT][COORDINATES_MAX];
	bool wants[LEVEL_COUNT];
	bool asks[LEVEL_COUNT]; /* dataflow_asks */
	struct {
		struct tile_size *tile;
		int32_t step[COORDINATES_MAX]; /* for one exponent more */
	} operand[OPND_COUNT];

	/* Vectors of equal size |x| are a class: a step for each exponent, and
	 * the classes by rising size. */
	int32_t classes, class_step[COORDINATES_MAX];
	int32_t *sorted;  /* [classes] */
	double *size;     /* [classes] */
	int32_t *members; /* [ids], of class k from start[k] to start[k + 1] */
	int32_t *start;   /* [classes + 1] */
	int32_t *class_of;

	int64_t splits; /* number of F that fit */
	bool *is_split; /* [ids] */
	int64_t *tiles; /* [ids], first 1 where T fits, then as G */
	int64_t *sum;   /* [ids] */
	int first_part; /* coordinates in it */
};

/* --- what fits ------------------------------------------------------------ */

/* False where the limits leave no tiling. */
static bool wants_set(struct space *s)
{
	int64_t factor[LEVEL_COUNT][LOOP_COUNT];
	if (!limits_factors(s->arch, s->nest, s->limits, TILES_PERFECT, factor))
		return false;
	for (int v = 0; v < LEVEL_COUNT; v++)
		for (int c = 0; c < s->lattice.count; c++) {
			const struct coordinate *at = &s->lattice.at[c];
			int64_t rest = factor[v][at->loop];
			s->want[v][c] = rest ? 0 : ANY;
			s->wants[v] |= rest != 0;
			for (; rest && rest % at->prime == 0; rest /= at->prime)
				s->want[v][c]++;
		}
	return true;
}

static void operand_init(struct ctx *ctx, struct space *s, enum operand o)
{
	struct lattice own;
	lattice_init(ctx, s->nest, s->nest->indexes[o], TILES_PERFECT, IDS_MAX,
		&own);
	for (int c = 0; c < s->lattice.count; c++) {
		s->operand[o].step[c] = 0;
		for (int i = 0; i < own.count; i++)
			if (own.at[i].loop == s->lattice.at[c].loop &&
				own.at[i].prime == s->lattice.at[c].prime)
				s->operand[o].step[c] = own.at[i].step;
	}
	struct tile_size *tile =
		arena_array(&ctx->arena, (size_t)own.ids, sizeof *tile);
	for (int32_t id = 0; id < own.ids; id++) {
		int64_t extent[LOOP_COUNT];
		lattice_extents(&own, id, extent);
		tile[id].elems = nest_footprint(s->nest, o, extent);
		tile[id].bytes =
			(double)tile[id].elems * (double)s->arch->elem_bytes;
		tile[id].banks =
			ceil(tile[id].bytes / (double)s->arch->bank_bytes);
	}
	s->operand[o].tile = tile;
}

/* Whether the exponents are those that the level's factor must have; at DRAM,
 * what they leave of the bounds. */
static bool wanted(const struct space *s, enum level level,
	const int exponent[COORDINATES_MAX])
{
	for (int c = 0; c < s->lattice.count && s->wants[level]; c++) {
		int want = s->want[level][c];
		if (level == LEVEL_DRAM && want != ANY)
			want = s->lattice.at[c].most - want;
		if (want != ANY && want != exponent[c])
			return false;
	}
	if (!s->asks[level])
		return true;
	int64_t factor[LOOP_COUNT] = {1, 1, 1, 1, 1, 1, 1};
	for (int c = 0; c < s->lattice.count; c++) {
		const struct coordinate *at = &s->lattice.at[c];
		int e = level == LEVEL_DRAM ? at->most - exponent[c]
					    : exponent[c];
		for (; e > 0; e--)
			factor[at->loop] *= at->prime;
	}
	return dataflow_allows(s->arch, s->nest, level, factor);
}

/* Sets is_split and tiles of a vector. */
static void vector_judge(struct space *s, int32_t id,
	const int exponent[COORDINATES_MAX], const int32_t row[OPND_COUNT])
{
	double elems = 0, bytes = 0, banks = 0;
	for (int o = 0; o < OPND_COUNT; o++) {
		const struct tile_size *tile = &s->operand[o].tile[row[o]];
		elems += (double)tile->elems;
		bytes += tile->bytes;
		banks += tile->banks;
	}
	s->is_split[id] = elems <= s->rf_elems &&
		elems / s->rf_elems >= s->limits->min_rf_use &&
		wanted(s, LEVEL_RF, exponent);
	s->splits += s->is_split[id];
	s->tiles[id] = banks <= (double)s->arch->spm_banks &&
		bytes <= s->spm_bytes &&
		bytes / s->spm_bytes >= s->limits->min_spm_use &&
		wanted(s, LEVEL_DRAM, exponent);
}

/* All vectors in turn, and their classes. */
static void vectors_judge(struct space *s)
{
	int exponent[COORDINATES_MAX] = {0};
	int32_t row[OPND_COUNT] = {0}, class = 0;
	for (int32_t id = 0; id < s->lattice.ids; id++) {
		vector_judge(s, id, exponent, row);
		s->class_of[id] = class;
		s->start[class + 1]++;
		int c = s->lattice.count - 1;
		while (c >= 0 && exponent[c] == s->lattice.at[c].most) {
			for (int o = 0; o < OPND_COUNT; o++)
				row[o] -= exponent[c] * s->operand[o].step[c];
			class -= exponent[c] * s->class_step[c];
			exponent[c--] = 0;
		}
		if (c < 0)
			return;
		exponent[c]++;
		class += s->class_step[c];
		for (int o = 0; o < OPND_COUNT; o++)
			row[o] += s->operand[o].step[c];
	}
}

/* Adds to tiles the 'from' at L's exponents above, from coordinate c on, of the
 * factors of one loop in L that are at most so many. */
static void loop_add(const struct space *s, enum loop loop, int c, int64_t most,
	int32_t offset, int exponent[COORDINATES_MAX], const int64_t *from)
{
	while (c < s->lattice.count && s->lattice.at[c].loop != loop)
		c++;
	if (c == s->lattice.count) {
		for (int32_t id = 0; id < s->lattice.ids - offset; id++) {
			bool inside = true;
			for (int k = 0; k < c && inside; k++) {
				const struct coordinate *at = &s->lattice.at[k];
				inside = at->loop != loop ||
					id / at->step % (at->most + 1) +
							exponent[k] <=
						at->most;
			}
			s->tiles[id] += inside ? from[id + offset] : 0;
		}
		return;
	}
	const struct coordinate *at = &s->lattice.at[c];
	int want = s->want[LEVEL_SPM][c];
	for (int e = 0; e <= at->most && most > 0; e++, most /= at->prime)
		if (want == ANY || want == e) {
			exponent[c] = e;
			loop_add(s, loop, c + 1, most, offset + e * at->step,
				exponent, from);
		}
}

/* tiles[G] := the T = G.L that fit, L as the machine's dataflow wants it. */
static void tiles_sum_within(struct ctx *ctx, struct space *s)
{
	size_t bytes = (size_t)s->lattice.ids * sizeof *s->tiles;
	for (int l = 0; l < LOOP_COUNT; l++) {
		int exponent[COORDINATES_MAX] = {0};
		int64_t most = s->arch->dataflow.level[LEVEL_SPM].most[l];
		int64_t *from = arena_memdup(&ctx->arena, s->tiles, bytes);
		memset(s->tiles, 0, bytes);
		loop_add(s, (enum loop)l, 0, most ? most : INT64_MAX, 0,
			exponent, from);
	}
}

/* tiles[G] := the T = G.L that fit, L as the limits want it. */
static void tiles_sum(struct space *s)
{
	for (int c = 0; c < s->lattice.count; c++) {
		const struct coordinate *at = &s->lattice.at[c];
		int64_t step = at->step, block = step * (at->most + 1);
		int want = s->want[LEVEL_SPM][c];
		for (int64_t b = 0; b < s->lattice.ids; b += block) {
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
static void classes_init(struct ctx *ctx, struct space *s)
{
	const struct lattice *lattice = &s->lattice;
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

static void members_list(struct ctx *ctx, struct space *s)
{
	for (int32_t k = 0; k < s->classes; k++)
		s->start[k + 1] += s->start[k];
	int32_t *next = arena_memdup(
		&ctx->arena, s->start, (size_t)s->classes * sizeof *next);
	for (int32_t id = 0; id < s->lattice.ids; id++)
		s->members[next[s->class_of[id]]++] = id;
}

/* --- the sum -------------------------------------------------------------- */

/* The first part that makes least work. A G has about half of all exponents
 * below it, an F, being small, nearly all above it. */
static int first_part_choose(const struct space *s)
{
	int best = 0;
	double least = INFINITY;
	for (int part = 0; part <= s->lattice.count; part++) {
		double put = (double)s->lattice.ids;
		double read = (double)s->splits;
		for (int c = 0; c < s->lattice.count; c++) {
			int most = s->lattice.at[c].most;
			if (s->want[LEVEL_SPATIAL][c] != ANY)
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
static void range_of(const struct space *s, int c, int most, int *from, int *to)
{
	int want = s->want[LEVEL_SPATIAL][c];
	*from = want == ANY ? 0 : want;
	*to = want == ANY || want > most ? most : want;
}

/* Adds value to the entries for G, from coordinate c on. */
static void array_put(const struct space *s, int c, int32_t id, int64_t value)
{
	if (c == s->first_part) {
		s->sum[id] += value;
		return;
	}
	const struct coordinate *at = &s->lattice.at[c];
	int from, to;
	range_of(s, c, id / at->step % (at->most + 1), &from, &to);
	for (int e = from; e <= to; e++)
		array_put(s, c + 1, id - e * at->step, value);
}

/* The sum over all G that F divides, from coordinate c on. */
static int64_t arrays_read(const struct space *s, int c, int32_t id)
{
	if (c == s->lattice.count)
		return s->sum[id];
	const struct coordinate *at = &s->lattice.at[c];
	int64_t sum = 0;
	int from, to;
	range_of(s, c, at->most - id / at->step % (at->most + 1), &from, &to);
	for (int e = from; e <= to; e++)
		sum += arrays_read(s, c + 1, id + e * at->step);
	return sum;
}

static void class_put(const struct space *s, int32_t class, int64_t sign)
{
	for (int32_t i = s->start[class]; i < s->start[class + 1]; i++) {
		int32_t id = s->members[i];
		if (s->tiles[id])
			array_put(s, 0, id, sign * s->tiles[id]);
	}
}

/* The fewest PEs whose share reaches the least use. */
static double pes_least(const struct space *s)
{
	double all = (double)s->arch->pes, use = s->limits->min_pe_use;
	double pes = fmax(1, floor(use * all) - 1);
	while (pes / all < use)
		pes++;
	return pes;
}

static int64_t fits_sum(struct space *s)
{
	double pes = (double)s->arch->pes, least = pes_least(s);
	int32_t put = 0, taken = 0; /* of sorted */
	int64_t sum = 0;
	for (int32_t k = 0; k < s->classes; k++) {
		int32_t class = s->sorted[k];
		double size = s->size[class];
		bool moved = false;
		for (int32_t i = s->start[class]; i < s->start[class + 1];
			i++) {
			int32_t id = s->members[i];
			if (!s->is_split[id])
				continue;
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
	const struct space *s, int32_t id, int exponent[COORDINATES_MAX])
{
	for (int c = 0; c < s->lattice.count; c++) {
		exponent[c] = id / s->lattice.at[c].step;
		id %= s->lattice.at[c].step;
	}
}

/* The vectors that are P and F, each in the arena. */
static int32_t *pes_list(struct ctx *ctx, const struct space *s, size_t *count)
{
	double most = (double)s->arch->pes, least = pes_least(s);
	int32_t *list = NULL;
	size_t room = 0;
	*count = 0;
	for (int32_t id = 0; id < s->lattice.ids; id++) {
		int exponent[COORDINATES_MAX];
		double size = s->size[s->class_of[id]];
		if (size < least || size > most)
			continue;
		exponents_of(s, id, exponent);
		if (!wanted(s, LEVEL_SPATIAL, exponent))
			continue;
		list = arena_grow(&ctx->arena, list, *count, &room, *count + 1,
			sizeof *list);
		list[(*count)++] = id;
	}
	return list;
}

/* The most pairs of F and P that are looked at: seconds. */
static const double pairs_max = 1e9;

/* False where there are too many pairs. */
static bool pairs_sum(struct ctx *ctx, const struct space *s, int64_t *sum)
{
	size_t count;
	const int32_t *pes = pes_list(ctx, s, &count);
	*sum = 0;
	if ((double)count * (double)s->splits > pairs_max)
		return false;
	for (int32_t f = 0; f < s->lattice.ids; f++) {
		int split[COORDINATES_MAX], p[COORDINATES_MAX];
		if (!s->is_split[f])
			continue;
		exponents_of(s, f, split);
		for (size_t i = 0; i < count; i++) {
			bool inside = pes[i] < s->lattice.ids - f;
			if (!inside || !s->tiles[f + pes[i]])
				continue;
			exponents_of(s, pes[i], p);
			for (int c = 0; c < s->lattice.count && inside; c++)
				inside = split[c] + p[c] <=
					s->lattice.at[c].most;
			*sum += inside ? s->tiles[f + pes[i]] : 0;
		}
	}
	return true;
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

bool mapspace_count(struct ctx *ctx, const struct nest *nest,
	const struct arch *arch, const struct limits *limits,
	struct mapspace *out)
{
	struct space s = {
		.nest = nest,
		.arch = arch,
		.limits = limits,
		.rf_elems = arch_rf_elems(arch),
		.spm_bytes = (double)arch->spm_banks * (double)arch->bank_bytes,
	};
	if (!lattice_init(ctx, nest, LOOP_BIT(LOOP_COUNT) - 1, TILES_PERFECT,
		    IDS_MAX, &s.lattice))
		return false;
	*out = (struct mapspace){
		.tilings = tilings_all(&s.lattice),
		.orders = ORDERS_ALL,
	};
	for (int v = 0; v < ORDERED_LEVELS; v++)
		if (limits_order(arch, limits, (enum level)v))
			out->orders /= 5040;
	if (!wants_set(&s))
		return true;
	for (int v = 0; v < LEVEL_COUNT; v++)
		s.asks[v] = dataflow_asks(&arch->dataflow, (enum level)v);

	size_t ids = (size_t)s.lattice.ids;
	s.members = arena_array(&ctx->arena, ids, sizeof *s.members);
	s.class_of = arena_array(&ctx->arena, ids, sizeof *s.class_of);
	s.is_split = arena_array(&ctx->arena, ids, sizeof *s.is_split);
	s.tiles = arena_array(&ctx->arena, ids, sizeof *s.tiles);
	s.sum = arena_array(&ctx->arena, ids, sizeof *s.sum);
	for (int o = 0; o < OPND_COUNT; o++)
		operand_init(ctx, &s, (enum operand)o);
	classes_init(ctx, &s);
	vectors_judge(&s);
	members_list(ctx, &s);
	for (size_t id = 0; id < ids; id++)
		out->tiles_fit += s.tiles[id];
	if (s.asks[LEVEL_SPM])
		tiles_sum_within(ctx, &s);
	else
		tiles_sum(&s);
	if (s.asks[LEVEL_SPATIAL]) {
		bool counted = pairs_sum(ctx, &s, &out->tilings_fit);
		if (!counted)
			*out = (struct mapspace){0};
		return counted;
	}
	s.first_part = first_part_choose(&s);
	out->tilings_fit = fits_sum(&s);
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
