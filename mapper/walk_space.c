/* A nest on a machine as the walks see it: its constants, the sizes of tiles,
 * and what no register file, and no array of them, can be better than. */
#include "mapper/walk.h"

#include "base/checked.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* --- sizes ------------------------------------------------------------------
 */

static bool divisor_next(
	const struct walk_loop *loop, double outer, struct cut *cut)
{
	while (--cut->at >= 0) {
		double size = loop->divisor[cut->at];
		double trips = outer / size;
		if (trips == floor(trips)) {
			cut->size = size;
			cut->trips = trips;
			return true;
		}
	}
	return false;
}

struct cut cut_first(const struct space *s, enum loop l, double outer)
{
	struct cut cut = {.size = outer, .trips = 1};
	const struct walk_loop *loop = &s->loop[l];
	if (!s->padded) {
		int from = 0, to = loop->divisors - 1;
		while (from < to) {
			int middle = from + (to - from + 1) / 2;
			if (loop->divisor[middle] <= outer)
				from = middle;
			else
				to = middle - 1;
		}
		cut.at = from;
	}
	return cut;
}

bool cut_next(const struct space *s, enum loop l, double outer, struct cut *cut)
{
	if (cut->size <= 1)
		return false;
	if (!s->padded)
		return divisor_next(&s->loop[l], outer, cut);
	/* The fewest trips of a smaller tile, and the smallest with them. */
	cut->trips = tiles_in(outer, cut->size - 1);
	cut->size = tiles_in(outer, cut->trips);
	return true;
}

struct cut cut_below(
	const struct space *s, enum loop l, double outer, double most)
{
	if (most >= outer)
		return cut_first(s, l, outer);
	if (s->padded) {
		double trips = tiles_in(outer, most);
		return (struct cut){tiles_in(outer, trips), trips, 0};
	}
	struct cut cut = cut_first(s, l, most);
	cut.at++;
	divisor_next(&s->loop[l], outer, &cut);
	return cut;
}

int64_t cuts_count(const struct space *s, enum loop l, double outer)
{
	int64_t count = 0;
	if (s->padded)
		return sizes_count((int64_t)outer);
	const struct walk_loop *loop = &s->loop[l];
	for (int i = 0; i < loop->divisors; i++)
		count += fmod(outer, loop->divisor[i]) == 0;
	return count;
}

/* A factor that a level must have: whether the size around it is cut so. */
static bool factor_cuts(
	const struct space *s, double outer, double factor, double *inner)
{
	*inner = tiles_in(outer, factor);
	return tiles_in(outer, *inner) == factor &&
		(s->padded || *inner * factor == outer);
}

/* Whether the levels inside one can make up a tile of the size, as far as the
 * loop alone tells. */
static bool size_allowed(
	const struct space *s, int slot, enum loop l, double size)
{
	const struct walk_loop *loop = &s->loop[l];
	double inner;
	switch (slot) {
	case SLOT_SPATIAL: /* of F */
		return (loop->factor[SLOT_RF] == 0 ||
			       size == loop->factor[SLOT_RF]) &&
			(loop->most[SLOT_RF] == 0 ||
				size <= loop->most[SLOT_RF]);
	case SLOT_SPM: /* of G */
		if (loop->factor[SLOT_SPATIAL] > 0)
			return factor_cuts(s, size, loop->factor[SLOT_SPATIAL],
				       &inner) &&
				size_allowed(s, SLOT_SPATIAL, l, inner);
		if (loop->factor[SLOT_RF] > 0)
			return factor_cuts(s, size, loop->factor[SLOT_RF],
				       &inner) &&
				inner <= loop->spread;
		return true;
	case SLOT_DRAM: /* of T */
		if (loop->factor[SLOT_SPM] > 0)
			return factor_cuts(s, size, loop->factor[SLOT_SPM],
				       &inner) &&
				size_allowed(s, SLOT_SPM, l, inner);
		if (!s->padded)
			return fmod(size,
				       max2(1, loop->factor[SLOT_SPATIAL]) *
					       max2(1,
						       loop->factor
							       [SLOT_RF])) == 0;
		return true;
	default:
		break;
	}
	return true;
}

bool cut_allowed(
	const struct space *s, int slot, enum loop l, const struct cut *cut)
{
	const struct walk_loop *loop = &s->loop[l];
	return (loop->factor[slot] == 0 || cut->trips == loop->factor[slot]) &&
		(loop->most[slot] == 0 || cut->trips <= loop->most[slot]) &&
		size_allowed(s, slot, l, cut->size);
}

/* --- bounds of footprints ---------------------------------------------------
 */

double space_pes(const struct space *s, const double x[LOOP_COUNT])
{
	double all = 1, rows = 1, columns = 1;
	for (int i = 0; i < s->loops; i++) {
		enum loop l = s->tile_order[i];
		const struct walk_loop *loop = &s->loop[l];
		double pes = min2(x[l], loop->spread);
		all *= pes;
		if (loop->places & SPREAD_ROWS)
			rows *= pes;
		if (loop->places & SPREAD_COLUMNS)
			columns *= pes;
	}
	all = min2(all, s->pes);
	if (!s->arch->dataflow.grid)
		return all;
	return min2(all, min2(rows, s->rows) * min2(columns, s->columns));
}

/* At least this times the product of the open loops of a set that do not index
 * operand o has operand q of elements; 0: nothing is known. */
static double growth_base(const struct space *s, int q, unsigned open,
	const double low[LOOP_COUNT], const double high[LOOP_COUNT],
	bool touched)
{
	const struct walk_operand *operand = &s->operand[q];
	double base = 1;
	for (int i = 0; i < operand->plains; i++)
		base *= low[operand->plain[i]];
	for (int a = 0; a < AXIS_COUNT; a++) {
		if (!operand->window[a])
			continue;
		enum loop out = window_out[a], tap = window_tap[a];
		bool outs = open & LOOP_BIT(out), taps = open & LOOP_BIT(tap);
		if (outs && taps)
			return 0;
		if (touched) { /* of each loop's, not rising */
			double x = outs ? high[out] : low[out];
			double y = taps ? high[tap] : low[tap];
			base *= window_touched(s, a, x, y) / (outs ? x : 1) /
				(taps ? y : 1);
			continue;
		}
		/* Linear over its loop: the quotient is least at an end. */
		if (outs)
			base *= min2(window_extent(s, a, 1, low[tap]),
				window_extent(s, a, high[out], low[tap]) /
					high[out]);
		else if (taps)
			base *= min2(window_extent(s, a, low[out], 1),
				window_extent(s, a, low[out], high[tap]) /
					high[tap]);
		else
			base *= window_extent(s, a, low[out], low[tap]);
	}
	return base;
}

void space_ratios(const struct space *s, const double low[LOOP_COUNT],
	const double elems[OPND_COUNT], double bits,
	const double high[LOOP_COUNT], unsigned chosen, bool touched,
	double most, double ratio[OPND_COUNT])
{
	double sum = 0, size = isinf(most) ? 0 : space_size(s, low);
	for (int o = 0; o < OPND_COUNT; o++)
		sum += s->operand[o].bits * elems[o];
	for (int o = 0; o < OPND_COUNT; o++) {
		unsigned open = 0;
		double wish = 1, gain;
		ratio[o] = space_ratio(s, o, high, chosen);
		for (int i = 0; i < s->operand[o].frees; i++) {
			enum loop l = s->operand[o].free[i];
			if (!(chosen & LOOP_BIT(l))) {
				open |= LOOP_BIT(l);
				wish *= high[l];
			}
		}
		if (wish == 1)
			continue;
		gain = max2(1, wish * size / most);
		/* What is free for one operand indexes the two others. */
		for (int q = 0; q < OPND_COUNT; q++) {
			if (q == o)
				continue;
			double word = s->operand[q].bits;
			double room = bits - sum + word * elems[q];
			double base =
				growth_base(s, q, open, low, high, touched);
			gain = max2(gain, wish * base * word / room);
		}
		ratio[o] *= gain;
	}
}

double space_touched_bits(const struct space *s, const double x[LOOP_COUNT],
	double elems[OPND_COUNT])
{
	double bits = 0;
	for (int o = 0; o < OPND_COUNT; o++) {
		const struct walk_operand *operand = &s->operand[o];
		elems[o] = 1;
		for (int i = 0; i < operand->onces; i++)
			elems[o] *= x[operand->once[i]];
		for (int a = 0; a < AXIS_COUNT; a++)
			if (operand->window[a])
				elems[o] *= window_touched(s, a,
					x[window_out[a]], x[window_tap[a]]);
		bits += operand->bits * elems[o];
	}
	return bits;
}

bool space_fits_spm(const struct space *s, const double x[LOOP_COUNT])
{
	double banks = 0, all = 0;
	for (int o = 0; o < OPND_COUNT; o++) {
		const struct walk_operand *operand = &s->operand[o];
		double bytes = ceil(space_elems(s, o, x) * operand->bits / 8);
		double own = ceil(bytes / s->bank_bytes);
		if (own > operand->most_banks)
			return false;
		banks += own;
		all += bytes;
	}
	return banks <= s->banks && all <= s->spm_bytes;
}

bool space_uses_spm(const struct space *s, const double x[LOOP_COUNT])
{
	double bytes = 0;
	for (int o = 0; o < OPND_COUNT; o++)
		bytes += ceil(space_elems(s, o, x) * s->operand[o].bits / 8);
	return bytes / s->spm_bytes >= s->options->limits.min_spm_use;
}

/* --- least values of F and G ------------------------------------------------
 */

/* A walk over all tiles that something holds, for least values. */
struct minima {
	struct space *space;
	double low[LOOP_COUNT], high[LOOP_COUNT];
	double bits;
};

/* The largest size of a loop with which what is chosen still fits. */
static struct cut minima_first(struct minima *m, enum loop l)
{
	const struct space *s = m->space;
	double most = s->loop[l].bound, least = 1, elems[OPND_COUNT];
	m->low[l] = most;
	if (space_bits(s, m->low, elems) > m->bits) {
		while (most - least > 1) {
			double middle = floor((least + most) / 2);
			m->low[l] = middle;
			if (space_bits(s, m->low, elems) > m->bits)
				most = middle;
			else
				least = middle;
		}
		most = least;
	}
	return cut_below(s, l, s->loop[l].bound, most);
}

/* pJ a multiplication for the accesses of the register files that operands may
 * skip and with this F do not. */
static double kept_pj(const struct space *s, const double x[LOOP_COUNT])
{
	double pj = 0;
	int64_t rf[LOOP_COUNT];
	for (int l = 0; l < LOOP_COUNT; l++)
		rf[l] = (int64_t)x[l];
	for (int o = 0; o < OPND_COUNT; o++)
		if (s->operand[o].rf_skip_pj > 0 &&
			!words_used_once(s->nest, (enum operand)o, rf))
			pj += s->operand[o].rf_skip_pj;
	return pj;
}

/* As the reference compares it, or a little less. */
static bool uses_rf(const struct space *s, const double elems[OPND_COUNT])
{
	double use = 0;
	for (int o = 0; o < OPND_COUNT; o++)
		use += elems[o] * arch_word(s->arch, (enum operand)o);
	return use >= s->options->limits.min_rf_use * (1 - 1e-9) *
		arch_rf_elems(s->arch);
}

static void splits_minima(struct minima *m, int at, unsigned chosen)
{
	struct space *s = m->space;
	double elems[OPND_COUNT], ratio[OPND_COUNT], sum = 0;
	if (space_bits(s, m->low, elems) > m->bits)
		return;
	if (at == s->loops) {
		double size = space_size(s, m->low);
		if (!uses_rf(s, elems))
			return;
		s->none = false;
		double kept = kept_pj(s, m->low);
		for (int o = 0; o < OPND_COUNT; o++) {
			ratio[o] = s->operand[o].split_pj * elems[o] / size;
			sum += ratio[o];
		}
		for (int r = 0; r <= OPND_COUNT; r++) {
			double others = sum - (r < OPND_COUNT ? ratio[r] : 0);
			s->others_pj[r] = min2(s->others_pj[r],
				max2(0, others * (1 - SLACK) + kept));
		}
		return;
	}
	space_ratios(s, m->low, elems, m->bits, m->high, chosen, false,
		INFINITY, ratio);
	bool open = s->none;
	for (int r = 0; r <= OPND_COUNT; r++) {
		double pj = 0;
		for (int o = 0; o < OPND_COUNT; o++)
			if (o != r)
				pj += s->operand[o].split_pj * ratio[o];
		open |= pj * (1 - 1e-9) < s->others_pj[r];
	}
	if (!open)
		return;
	enum loop l = s->split_order[at];
	double outer = s->loop[l].bound, high = m->high[l];
	struct cut cut = minima_first(m, l);
	do {
		if (!size_allowed(s, SLOT_SPATIAL, l, cut.size))
			continue;
		m->low[l] = m->high[l] = cut.size;
		splits_minima(m, at + 1, chosen | LOOP_BIT(l));
	} while (cut_next(s, l, outer, &cut));
	m->low[l] = 1;
	m->high[l] = high;
}

/* The most multiplications of an F that is at least low. */
static void splits_most(struct minima *m, int at)
{
	struct space *s = m->space;
	double elems[OPND_COUNT], room[OPND_COUNT];
	double bits = space_bits(s, m->low, elems);
	if (bits > m->bits)
		return;
	double size = space_size(s, m->low), left = 1;
	s->split_most = max2(s->split_most, size);
	if (at == s->loops)
		return;
	for (int i = at; i < s->loops; i++)
		left *= s->loop[s->split_order[i]].bound;
	for (int o = 0; o < OPND_COUNT; o++) {
		/* Of windows, an element each that is open. */
		double base = 1, word = s->operand[o].bits;
		for (int i = 0; i < s->operand[o].plains; i++)
			base *= m->low[s->operand[o].plain[i]];
		room[o] = (m->bits - bits + word * elems[o]) / (word * base);
	}
	/* Every loop indexes two operands: of three sets, by which. */
	double most = min2(room[0] * min2(room[1], room[2]),
		min2(room[1] * room[2], left));
	if (size * most * (1 + 1e-9) <= s->split_most)
		return;
	enum loop l = s->split_order[at];
	struct cut cut = minima_first(m, l);
	do {
		m->low[l] = cut.size;
		splits_most(m, at + 1);
	} while (cut_next(s, l, s->loop[l].bound, &cut));
	m->low[l] = 1;
}

/* As many multiplications a word as a window has, at most, of those whose
 * extent a register file holds. */
static double window_density(const struct space *s, int axis)
{
	double outs = s->loop[window_out[axis]].bound;
	double taps = s->loop[window_tap[axis]].bound, most = 1;
	/* For each of the two at an end, the other is best at one. */
	const double end[2][2] = {
		{1, outs},
                {1, taps}
        };
	for (int i = 0; i < 2; i++)
		for (int j = 0; j < 2; j++)
			most = max2(most,
				end[0][i] * end[1][j] /
					window_extent(
						s, axis, end[0][i], end[1][j]));
	return most;
}

/* |F|^2 is at most the product of the three tiles' elements and of the windows'
 * densities, and that of the elements largest where each has a third of the
 * bits. */
static void split_most_init(struct space *s)
{
	double product = 1;
	for (int o = 0; o < OPND_COUNT; o++) {
		product *= s->rf_bits / 3 / s->operand[o].bits;
		for (int a = 0; a < AXIS_COUNT; a++)
			if (s->operand[o].window[a])
				product *= window_density(s, a);
	}
	s->split_most = sqrt(product) * (1 + 1e-9);
	double spm_bits = 8 * s->spm_bytes;
	if (s->pes * s->rf_bits < spm_bits) {
		struct minima m = {.space = s, .bits = s->rf_bits};
		double bound = s->split_most;
		for (int l = 0; l < LOOP_COUNT; l++)
			m.low[l] = 1;
		s->split_most = 1;
		splits_most(&m, 0);
		s->split_most = min2(bound, s->split_most);
	}
}

/* Over all G whose parts the register files of all PEs hold together. */
static void arrays_minima(struct minima *m, int at, unsigned chosen)
{
	struct space *s = m->space;
	double elems[OPND_COUNT], ratio[OPND_COUNT], pj[OPND_COUNT],
		send[OPND_COUNT], all_pj = 0;
	const double below = 1 - 1e-9;
	if (space_touched_bits(s, m->low, elems) > m->bits ||
		space_size(s, m->low) > s->array_most)
		return;
	space_ratios(s, m->low, elems, m->bits, m->high, chosen, true,
		s->array_most, ratio);
	for (int o = 0; o < OPND_COUNT; o++) {
		pj[o] = s->operand[o].array_pj * ratio[o];
		send[o] = ratio[o] / s->operand[o].words;
		all_pj += pj[o];
	}
	double work = 1 / space_pes(s, m->high);
	double least_pj[OPND_COUNT + 1], least_cycles[OPND_COUNT + 1];
	bool open = false;
	for (int r = 0; r <= OPND_COUNT; r++) {
		double others = 0;
		for (int o = 0; o < OPND_COUNT; o++)
			if (o != r)
				others = max2(others, send[o]);
		least_pj[r] = all_pj - (r < OPND_COUNT ? pj[r] : 0);
		least_cycles[r] =
			r == OPND_O ? max2(work, others) : work + others;
		open |= least_pj[r] * below < s->array_least_pj[r] ||
			least_cycles[r] * below < s->array_least_cycles[r];
	}
	if (!open)
		return;
	if (at == s->loops) {
		for (int r = 0; r <= OPND_COUNT; r++) {
			s->array_least_pj[r] =
				min2(s->array_least_pj[r], least_pj[r] * below);
			s->array_least_cycles[r] =
				min2(s->array_least_cycles[r],
					least_cycles[r] * below);
		}
		return;
	}
	enum loop l = s->array_order[at];
	double outer = s->loop[l].bound, high = m->high[l];
	struct cut cut = cut_first(s, l, outer);
	do {
		if (!size_allowed(s, SLOT_SPM, l, cut.size))
			continue;
		m->low[l] = m->high[l] = cut.size;
		arrays_minima(m, at + 1, chosen | LOOP_BIT(l));
	} while (cut_next(s, l, outer, &cut));
	m->low[l] = 1;
	m->high[l] = high;
}

static void arrays_init(struct space *s)
{
	struct minima m = {.space = s, .bits = s->array_bits};
	if (s->array_bits >= 8 * s->spm_bytes)
		return; /* the scratchpad says more */
	for (int r = 0; r <= OPND_COUNT; r++)
		s->array_least_pj[r] = s->array_least_cycles[r] = INFINITY;
	for (int l = 0; l < LOOP_COUNT; l++) {
		m.low[l] = 1;
		m.high[l] = s->loop[l].bound;
	}
	arrays_minima(&m, 0, s->ones);
}

static void splits_init(struct space *s)
{
	struct minima m = {.space = s, .bits = s->rf_bits};
	for (int l = 0; l < LOOP_COUNT; l++) {
		m.low[l] = 1;
		m.high[l] = s->loop[l].bound;
	}
	splits_minima(&m, 0, s->ones);
}

/* --- the machine ------------------------------------------------------------
 */

static int double_compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

static void divisors_init(struct ctx *ctx, struct walk_loop *loop)
{
	int64_t bound = (int64_t)loop->bound;
	int count = 0;
	for (int64_t q = 1; q * q <= bound; q++)
		if (bound % q == 0)
			count += q * q == bound ? 1 : 2;
	loop->divisor = arena_array(&ctx->arena, (size_t)count, sizeof(double));
	for (int64_t q = 1; q * q <= bound; q++) {
		if (bound % q)
			continue;
		loop->divisor[loop->divisors++] = (double)q;
		if (q * q != bound)
			loop->divisor[loop->divisors++] = (double)(bound / q);
	}
	qsort(loop->divisor, (size_t)count, sizeof(double), double_compare);
}

/* The axes of the grid that may take the loop. */
static unsigned loop_places(
	const struct nest *nest, const struct arch *arch, enum loop l)
{
	const struct dataflow *d = &arch->dataflow;
	unsigned places = 0;
	for (int a = 0; a < GRID_AXES; a++) {
		bool takes = !(d->axis[a].barred & LOOP_BIT(l));
		for (int o = 0; o < OPND_COUNT; o++) {
			bool indexes = nest->indexes[o] & LOOP_BIT(l);
			takes &= !(
				(indexes ? d->not_distinct : d->not_shared)[o] &
				1u << a);
		}
		if (takes)
			places |= a == GRID_ROWS ? SPREAD_ROWS : SPREAD_COLUMNS;
	}
	return places;
}

static void loops_init(
	struct ctx *ctx, struct space *s, int64_t factor[SLOTS_MAX][LOOP_COUNT])
{
	/* Best early: what cuts most is known soon (docs/search.md). */
	static const enum loop tile_order[LOOP_COUNT] = {
		LOOP_FX, LOOP_FY, LOOP_M, LOOP_C, LOOP_N, LOOP_OX, LOOP_OY};
	static const enum loop array_order[LOOP_COUNT] = {
		LOOP_FX, LOOP_OX, LOOP_FY, LOOP_OY, LOOP_N, LOOP_M, LOOP_C};
	static const enum loop split_order[LOOP_COUNT] = {
		LOOP_C, LOOP_FX, LOOP_FY, LOOP_OX, LOOP_OY, LOOP_N, LOOP_M};
	int tiles = 0, arrays = 0, splits = 0;
	for (int i = 0; i < LOOP_COUNT; i++) {
		if (s->nest->bound[tile_order[i]] > 1)
			s->tile_order[tiles++] = tile_order[i];
		if (s->nest->bound[array_order[i]] > 1)
			s->array_order[arrays++] = array_order[i];
		if (s->nest->bound[split_order[i]] > 1)
			s->split_order[splits++] = split_order[i];
	}
	s->loops = tiles;
	for (int l = 0; l < LOOP_COUNT; l++) {
		struct walk_loop *loop = &s->loop[l];
		const struct dataflow *d = &s->arch->dataflow;
		loop->bound = (double)s->nest->bound[l];
		if (s->nest->bound[l] == 1)
			s->ones |= LOOP_BIT(l);
		loop->spread = s->pes;
		if (d->grid) {
			loop->places =
				loop_places(s->nest, s->arch, (enum loop)l);
			loop->spread = max2(1,
				max2(loop->places & SPREAD_ROWS ? s->rows : 1,
					loop->places & SPREAD_COLUMNS
						? s->columns
						: 1));
		}
		for (int v = 0; v < SEED_SLOTS; v++) {
			loop->factor[v] = (double)factor[v][l];
			loop->most[v] = (double)d->slot[v].most[l];
		}
		if (loop->factor[SLOT_SPATIAL] > 0)
			loop->spread =
				min2(loop->spread, loop->factor[SLOT_SPATIAL]);
		if (loop->most[SLOT_SPATIAL] > 0)
			loop->spread =
				min2(loop->spread, loop->most[SLOT_SPATIAL]);
		if (!s->padded)
			divisors_init(ctx, loop);
	}
}

/* Whether no dimension can continue a burst but behind complete ones: each is
 * at least as far apart as those within it reach. */
static bool tensor_ordered(const struct nest_tensor *tensor)
{
	int64_t reach = 1;
	for (int d = tensor->dims - 1; d >= 0; d--) {
		const struct nest_dim *dim = &tensor->dim[d];
		if (dim->size == 1)
			continue;
		if (dim->split || dim->pitch < reach ||
			!mul_ok(dim->pitch, dim->size, &reach))
			return false;
	}
	return true;
}

static void operand_init(struct space *s, enum operand o)
{
	struct walk_operand *operand = &s->operand[o];
	const struct arch *arch = s->arch;
	const struct nest_tensor *tensor = &s->nest->tensor[o];
	*operand = (struct walk_operand){
		.indexes = s->nest->indexes[o],
		.full = (double)nest_footprint(s->nest, o, s->nest->bound),
		.ordered = tensor_ordered(tensor),
		.bits = (double)arch_word_bits(arch, o),
		.words = (double)arch->noc_words[o],
		.rf_skip_pj =
			s->prices.registers[o] - s->least_prices.registers[o],
		.array_pj = array_pj(&s->least_prices, (int)o, ways_of((int)o)),
		.split_pj = split_pj(&s->least_prices, (int)o),
		.most_banks = arch->operand_banks[o]
			? (double)arch->operand_banks[o]
			: INFINITY,
	};
	operand->dma_elem = arch->dma_cycles_per_byte *
		(double)arch_burst_bytes(arch, o, 8) / 8 * s->dma_ratio;
	for (int d = 0; d < tensor->dims; d++) {
		enum index index = tensor->dim[d].index;
		if (index >= INDEX_ROWS)
			operand->window[index - INDEX_ROWS] = true;
		else
			operand->plain[operand->plains++] = (enum loop)index;
	}
	unsigned seen = 0;
	for (int a = 0; a < AXIS_COUNT; a++)
		if (operand->window[a])
			seen |= LOOP_BIT(window_out[a]) |
				LOOP_BIT(window_tap[a]);
	for (int i = 0; i < operand->plains; i++) {
		unsigned loop = LOOP_BIT(operand->plain[i]);
		if (!(seen & loop))
			operand->once[operand->onces++] = operand->plain[i];
		seen |= loop;
	}
	for (int i = 0; i < s->loops; i++)
		if (!(operand->indexes & LOOP_BIT(s->tile_order[i])))
			operand->free[operand->frees++] = s->tile_order[i];
	/* O has no fewer elements a multiplication in F than in G. */
	if (operand->array_pj < 0) {
		operand->split_pj =
			max2(0, operand->split_pj + operand->array_pj);
		operand->array_pj = 0;
	}
}

/* The fewest PEs whose share reaches the least use, as the reference compares
 * them. */
static double least_pes(const struct arch *arch, double use)
{
	double pes = 1;
	if (use > 0) {
		pes = max2(1, floor(use * (double)arch->pes) - 1);
		while (pes / (double)arch->pes < use)
			pes++;
	}
	return pes;
}

void space_init(struct ctx *ctx, const struct nest *nest,
	const struct arch *arch, const struct search_options *options,
	const struct space *perfect, struct space *s)
{
	int64_t factor[SLOTS_MAX][LOOP_COUNT];
	const struct machine machine = machine_of_arch(arch);
	*s = (struct space){
		.nest = nest,
		.arch = arch,
		.options = options,
		.padded = options->tiles == TILES_PADDED,
		.macs = (double)nest_macs(nest),
		.prices = prices_of(arch),
		.least_prices = prices_least(arch),
		.gated = arch->mac_gating,
		.pes = (double)arch->pes,
		.least_pes = least_pes(arch, options->limits.min_pe_use),
		.rows = (double)arch->pe_rows,
		.columns = (double)(arch->pes / arch->pe_rows),
		.rf_bits = 8 * (double)arch->rf_bytes,
		.spm_bytes = (double)arch->spm_banks * (double)arch->bank_bytes,
		.bank_bytes = (double)arch->bank_bytes,
		.banks = (double)arch->spm_banks,
		.ports = (double)(arch->spm_ports * arch->port_words),
		.dma_ratio = arch->accel_mhz / arch->dma_mhz,
		.apart = moves_apart(&machine.link[LINK_DMA]),
	};
	s->mac_pj = multiplication_pj(&s->least_prices);
	for (int o = 0; o < OPND_COUNT; o++)
		if (!arch->spm_bypass[o])
			s->through |= 1u << o;
	for (int a = 0; a < AXIS_COUNT; a++) {
		s->stride[a] = (double)nest->stride[a];
		s->dilation[a] = (double)nest->dilation[a];
	}
	if (!limits_factors(
		    arch, nest, &options->limits, options->tiles, factor)) {
		s->none = true;
		return;
	}
	loops_init(ctx, s, factor);
	for (int o = 0; o < OPND_COUNT; o++)
		operand_init(s, (enum operand)o);
	s->none = !perfect || perfect->none;
	for (int r = 0; r <= OPND_COUNT; r++)
		s->others_pj[r] = s->none ? INFINITY : perfect->others_pj[r];
	splits_init(s);
	split_most_init(s);
	s->array_most = s->pes * s->split_most;
	s->array_bits = s->pes * s->rf_bits;
	arrays_init(s);
}
