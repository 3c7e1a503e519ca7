/* The walks inside a T: over tiles G of the PE array, and over the register
 * files' F in each of them. */
#include "mapper/walk.h"

#include <assert.h>
#include <math.h>
#include <string.h>

/* A way of reuse under one T and G: at SPM, and the operand reused at DRAM. */
struct way {
	struct reused_real spm;
	int dram;
	/* Energy of a split: constant + what its elements multiply. */
	double constant, times[OPND_COUNT];
	double least_cycles;
};
enum { WAYS_MAX = (OPND_COUNT + 1) * FAR_COUNT };

/* A G in a T, and what is the same for all F in it. */
struct array {
	const struct tile *tile;
	double size[LOOP_COUNT], trips[LOOP_COUNT];
	double macs_in;            /* multiplications of G */
	struct sends_real sends;   /* of an SPM pass */
	double factor[OPND_COUNT]; /* of reuse over all free loops */
	double elems[OPND_COUNT];
	double per_mac[OPND_COUNT]; /* elems / macs_in */
	double macs, macs_pj; /* of the nest, padding of T and G included */
	int ways;
	struct way way[WAYS_MAX];
};

/* --- ways of reuse ----------------------------------------------------------
 */

/* The ways that are no worse than any other: per slot, all reuse of one
 * operand, or none where that may be (docs/search.md); or what the order that
 * the limits name gives. */
static void ways_list(const struct space *s, struct array *a)
{
	const struct tile *tile = a->tile;
	bool none;
	unsigned stationary = s->arch->dataflow.stationary[SLOT_SPM];
	double free = stationary ? a->factor[stationary - 1] : 1;
	if (limits_order(s->arch, &s->options->limits, SLOT_SPM))
		none = !order_factors(s, SLOT_SPM, a->trips, a->factor);
	else
		none = may_reuse_none(s, a->trips);
	a->ways = 0;
	for (int d = 0; d < FAR_COUNT; d++) {
		if (!tile->use[d])
			continue;
		/* With one RF pass in an SPM pass, what is reused at DRAM is
		 * held: it then stands for the reuse at SPM. */
		bool all_held = a->sends.passes == 1 && d != FAR_NONE;
		for (int r = 0; r < OPND_COUNT; r++) {
			double factor = a->factor[r];
			bool held = r == d && factor == a->sends.passes;
			if ((factor > 1 || held) &&
				may_reuse(s, SLOT_SPM, r, factor, free))
				a->way[a->ways++] = (struct way){
					.spm = {r, held, factor},
					.dram = d,
				};
		}
		if (none && !all_held &&
			may_reuse(s, SLOT_SPM, OPND_COUNT, 1, free))
			a->way[a->ways++] = (struct way){
				.spm = {.operand = OPND_W, .factor = 1},
				.dram = d,
			};
	}
}

/* Cycles of the nest (sections 6 and 8); added: up across PEs in an RF pass. */
static double way_cycles(const struct space *s, const struct array *a,
	const struct way *way, double work, double added)
{
	const struct far *far = &a->tile->far[way->dram];
	double ports = 0;
	if (s->ports > 0)
		ports = port_words_real(&a->sends, &way->spm, s->through) /
			s->ports;
	const struct pass_real pass =
		pass_of_real(&a->sends, &way->spm, work, added, ports);
	double step = step_of_real(s->apart, far->moves.each, pass.total);
	double cycles = step * far->passes;
	if (way->dram == FAR_NONE)
		return cycles;
	double p1 = pass.total, p2 = pass.total;
	if (way->spm.held) {
		p2 = pass_sending_real(&pass, &a->sends, way->dram);
		if (way->dram == OPND_O)
			p1 += added + work;
	}
	return cycles +
		late_real(s->apart, &far->moves, step, p1, p2) *
		(far->passes / far->factor);
}

/* Energy of the nest (section 9), as a function of the split's elements per
 * multiplication. */
static void way_linear(
	const struct space *s, const struct array *a, struct way *way)
{
	double pj = 0;
	for (int o = 0; o < OPND_COUNT; o++) {
		/* Share of its distributions that remains. */
		double share = 1, ways = ways_of(o), factor = 1;
		if (o == way->spm.operand) {
			factor = way->spm.factor;
			share = 1 / factor;
			if (way->spm.held) {
				share /= a->tile->far[way->dram].factor;
				ways = 1;
			}
		}
		const struct prices *p = factor == a->sends.passes
			? &s->least_prices
			: &s->prices;
		pj += array_pj(p, o, ways) * a->per_mac[o] * share;
		way->times[o] = a->macs * share * split_pj(&s->prices, o);
	}
	way->constant = a->macs_pj + a->tile->far[way->dram].pj + a->macs * pj;
}

/* --- F ----------------------------------------------------------------------
 */

/* A walk over the F in a G. */
struct splits {
	struct part *part;
	const struct space *space;
	const struct array *array;
	double low[LOOP_COUNT], high[LOOP_COUNT], trips[LOOP_COUNT];
};

/* Costs a tiling by the reference, and keeps it if it wins. */
static void split_evaluate(struct splits *w)
{
	const struct space *s = w->space;
	const struct array *a = w->array;
	struct tiling tiling = tiling_none;
	const struct limits *limits = &s->options->limits;
	for (int l = 0; l < LOOP_COUNT; l++) {
		tiling.factor[SLOT_DRAM][l] = (int64_t)a->tile->trips[l];
		tiling.factor[SLOT_SPM][l] = (int64_t)a->trips[l];
		tiling.factor[SLOT_SPATIAL][l] = (int64_t)w->trips[l];
		tiling.factor[SLOT_RF][l] = (int64_t)w->low[l];
	}
	if (!tiling_fits_rf(s->nest, s->arch, &tiling, limits) ||
		!tiling_fits_spatial(s->nest, s->arch, &tiling, limits) ||
		!tiling_fits_spm(s->nest, s->arch, &tiling, limits) ||
		!tiling_fits_dram(s->nest, &tiling, limits) ||
		!tiling_fits_factors(s->nest, &tiling, limits) ||
		!tiling_fits_dataflow(s->arch, s->nest, &tiling))
		return;
	w->part->proof->splits_visited++;
	w->part->proof->pairs_evaluated += candidates_each(s->nest, s->arch,
		s->options, orderings_best, &tiling, part_take, w->part);
}

/* One F, under the ways that are open. */
static void split_visit(
	struct splits *w, double pes, double padding, unsigned ways)
{
	const struct space *s = w->space;
	const struct array *a = w->array;
	double size = space_size(s, w->low), per_mac[OPND_COUNT], groups = 1;
	double macs = s->gated ? s->macs : a->macs * padding;
	double more_pj = s->gated ? 0 : a->macs_pj * (padding - 1);
	int64_t rf[LOOP_COUNT];
	if (pes < s->least_pes)
		return;
	for (int l = 0; l < LOOP_COUNT; l++) {
		rf[l] = (int64_t)w->low[l];
		if (s->operand[OPND_O].indexes & LOOP_BIT(l))
			groups *= w->trips[l];
	}
	for (int o = 0; o < OPND_COUNT; o++) {
		per_mac[o] = space_elems(s, o, w->low) / size;
		if (s->operand[o].rf_skip_pj > 0 &&
			!words_used_once(s->nest, (enum operand)o, rf))
			more_pj += s->operand[o].rf_skip_pj * macs;
	}
	double reduction = s->arch->reduction_tree
		? 0
		: per_mac[OPND_O] * size * (pes - groups);
	for (; ways; ways &= ways - 1) {
		const struct way *way = &a->way[__builtin_ctz(ways)];
		/* I and W go to every PE. (O does not, and what the array
		 * takes of it has been charged as if it were free of padding.)
		 */
		double pj = way->constant + more_pj +
			way->times[OPND_O] * per_mac[OPND_O] +
			padding *
				(way->times[OPND_I] * per_mac[OPND_I] +
					way->times[OPND_W] * per_mac[OPND_W]);
		if (part_beaten(w->part, pj, way->least_cycles))
			continue;
		if (!part_beaten(w->part, pj,
			    way_cycles(s, a, way, size, reduction))) {
			split_evaluate(w);
			return;
		}
	}
}

/* PEs that are left for the loops that are not chosen. */
struct room {
	double pes, rows, columns; /* taken so far; on one axis alone */
	double padding;            /* multiplications for one of G */
};

static bool room_take(const struct space *s, const struct splits *w,
	enum loop l, const struct cut *cut, const struct room *room,
	struct room *out)
{
	const struct walk_loop *loop = &s->loop[l];
	*out = *room;
	if (cut->trips > loop->spread && cut->trips > 1)
		return false;
	out->pes *= cut->trips;
	if (loop->places == SPREAD_ROWS)
		out->rows *= cut->trips;
	else if (loop->places == SPREAD_COLUMNS)
		out->columns *= cut->trips;
	out->padding *= cut->trips * cut->size / w->array->size[l];
	return out->pes <= s->pes &&
		(!s->arch->dataflow.grid ||
			(out->rows <= s->rows && out->columns <= s->columns));
}

/* Whether the machine can spread what is chosen over its PEs. */
static bool room_placeable(const struct splits *w, unsigned chosen)
{
	const struct space *s = w->space;
	int64_t factor[LOOP_COUNT];
	if (!dataflow_asks(&s->arch->dataflow, SLOT_SPATIAL))
		return true;
	for (int l = 0; l < LOOP_COUNT; l++)
		factor[l] = chosen & LOOP_BIT(l) ? (int64_t)w->trips[l] : 1;
	return dataflow_spatial_open(s->arch, s->nest, factor);
}

/* The ways that are not beaten for all F that go on from what is chosen. */
static unsigned splits_open(const struct splits *w, unsigned chosen,
	const struct room *room, const double elems[OPND_COUNT], unsigned ways)
{
	const struct space *s = w->space;
	const struct array *a = w->array;
	double ratio[OPND_COUNT], shared = 1, open_trips[LOOP_COUNT];
	unsigned open = 0;
	space_ratios(s, w->low, elems, s->rf_bits, w->high, chosen, false,
		INFINITY, ratio);
	for (int l = 0; l < LOOP_COUNT; l++)
		open_trips[l] = chosen & LOOP_BIT(l) ? 1 : a->size[l];
	/* The work of what is open, on the PEs that are left. */
	double pes = min2(space_pes(s, open_trips), s->pes / room->pes);
	double work = max2(1, space_size(s, w->high) / pes);
	for (int i = 0; i < s->operand[OPND_O].frees; i++) {
		enum loop l = s->operand[OPND_O].free[i];
		if (chosen & LOOP_BIT(l))
			shared *= a->size[l] / w->low[l];
	}
	double reduction =
		s->arch->reduction_tree ? 0 : a->elems[OPND_O] * (shared - 1);
	double more_pj = s->gated ? 0 : a->macs_pj * (room->padding - 1);
	double of_o = max2(a->per_mac[OPND_O], ratio[OPND_O]);
	for (; ways; ways &= ways - 1) {
		int k = __builtin_ctz(ways);
		const struct way *way = &a->way[k];
		double pj =
			(way->constant + more_pj + way->times[OPND_O] * of_o +
				room->padding *
					(way->times[OPND_I] * ratio[OPND_I] +
						way->times[OPND_W] *
							ratio[OPND_W])) *
			(1 - SLACK);
		if (part_beaten(w->part, pj, way->least_cycles))
			continue;
		double cycles =
			way_cycles(s, a, way, work, reduction) * (1 - SLACK);
		if (!part_beaten(w->part, pj, cycles))
			open |= 1u << k;
	}
	return open;
}

static void splits_walk(struct splits *w, int at, unsigned chosen,
	const struct room *room, unsigned ways)
{
	const struct space *s = w->space;
	if (part_poll(w->part))
		return;
	if (at == s->loops) {
		split_visit(w, room->pes, room->padding, ways);
		return;
	}
	enum loop l = s->split_order[at];
	double outer = w->array->size[l];
	struct cut cut = cut_first(s, l, outer);
	chosen |= LOOP_BIT(l);
	do {
		struct room left;
		double elems[OPND_COUNT];
		w->low[l] = w->high[l] = cut.size;
		w->trips[l] = cut.trips;
		if (!room_take(s, w, l, &cut, room, &left))
			break;
		if (space_bits(s, w->low, elems) > s->rf_bits ||
			!cut_allowed(s, SLOT_SPATIAL, l, &cut) ||
			!room_placeable(w, chosen))
			continue;
		unsigned open = splits_open(w, chosen, &left, elems, ways);
		if (open)
			splits_walk(w, at + 1, chosen, &left, open);
	} while (cut_next(s, l, outer, &cut));
	w->low[l] = w->trips[l] = 1;
	w->high[l] = outer;
}

/* --- G ----------------------------------------------------------------------
 */

/* A walk over the G in a T. */
struct arrays {
	struct part *part;
	const struct space *space;
	const struct tile *tile;
	/* Chosen loops at G's size, the others at T's. */
	double size[LOOP_COUNT], low[LOOP_COUNT], trips[LOOP_COUNT];
};

static int64_t inside_count(const struct space *s, const double x[LOOP_COUNT])
{
	int64_t count = 1;
	for (int i = 0; i < s->loops; i++)
		count *= cuts_count(s, s->tile_order[i], x[s->tile_order[i]]);
	return count;
}

/* All F of the G that has been chosen. */
static void array_visit(struct arrays *w)
{
	const struct space *s = w->space;
	struct part *part = w->part;
	struct array a = {.tile = w->tile};
	memcpy(a.size, w->size, sizeof a.size);
	memcpy(a.trips, w->trips, sizeof a.trips);
	a.macs_in = space_size(s, a.size);
	a.sends.passes = space_size(s, a.trips);
	a.macs = a.macs_in * a.sends.passes * a.tile->passes;
	a.macs_pj = s->mac_pj * (s->gated ? s->macs : a.macs);
	for (int o = 0; o < OPND_COUNT; o++) {
		a.factor[o] = free_trips(s, o, a.trips);
		a.elems[o] = space_elems(s, o, a.size);
		a.sends.words[o] = a.elems[o];
		a.sends.noc[o] = ceil(a.elems[o] / s->operand[o].words);
		a.per_mac[o] = a.elems[o] / a.macs_in;
	}
	ways_list(s, &a);
	/* What takes the least time, and what the least energy of others. */
	double least_work = max2(1, a.macs_in / space_pes(s, a.size));
	unsigned open = 0;
	for (int k = 0; k < a.ways; k++) {
		struct way *way = &a.way[k];
		way_linear(s, &a, way);
		way->least_cycles =
			way_cycles(s, &a, way, least_work, 0) * (1 - SLACK);
		double rf_macs = s->gated && s->padded ? s->macs : a.macs;
		int r = way->spm.operand;
		double pj = way->constant + rf_macs * s->others_pj[r];
		if (r == OPND_O)
			pj += way->times[OPND_O] * a.per_mac[OPND_O];
		if (!part_beaten(part, pj * (1 - SLACK), way->least_cycles))
			open |= 1u << k;
	}
	if (!open)
		return;
	struct splits f = {.part = part, .space = s, .array = &a};
	for (int l = 0; l < LOOP_COUNT; l++) {
		f.low[l] = f.trips[l] = 1;
		f.high[l] = a.size[l];
	}
	int64_t visited = part->proof->splits_visited;
	const struct room room = {1, 1, 1, 1};
	splits_walk(&f, 0, s->ones, &room, open);
	part->proof->arrays_visited++;
	part->proof->splits_cut += inside_count(s, a.size) -
		(part->proof->splits_visited - visited);
}

/* What holds for all G that go on from what is chosen. */
static bool arrays_beaten(
	const struct arrays *w, unsigned chosen, double padding)
{
	const struct space *s = w->space;
	const struct tile *t = w->tile;
	struct near n = near_of(s, t->macs_in * t->passes * padding);
	bool ordered = limits_order(s->arch, &s->options->limits, SLOT_SPM);
	n.work = n.macs / space_pes(s, w->size);
	if (s->array_bits < 8 * s->spm_bytes) {
		double elems[OPND_COUNT];
		space_touched_bits(s, w->low, elems);
		space_ratios(s, w->low, elems, s->array_bits, w->size, chosen,
			true, s->array_most, n.ratio);
	} else {
		for (int o = 0; o < OPND_COUNT; o++)
			n.ratio[o] = space_ratio(s, o, w->size, chosen);
	}
	for (int o = 0; o < OPND_COUNT; o++) {
		const struct walk_operand *operand = &s->operand[o];
		double elems = t->passes, touched;
		for (int i = 0; i < operand->onces; i++) {
			enum loop l = operand->once[i];
			elems *= w->size[l] * w->trips[l];
		}
		touched = elems;
		for (int a = 0; a < AXIS_COUNT; a++) {
			if (!operand->window[a])
				continue;
			enum loop out = window_out[a], tap = window_tap[a];
			double least = window_touched(
				s, a, t->size[out], t->size[tap]);
			double real = least;
			if (chosen & LOOP_BIT(out) && chosen & LOOP_BIT(tap)) {
				double x = w->size[out], y = w->size[tap];
				double trips = w->trips[out] * w->trips[tap];
				least = max2(least,
					trips * window_touched(s, a, x, y));
				real = max2(real,
					trips * window_extent(s, a, x, y));
			}
			elems *= real;
			touched *= least;
		}
		n.sent[o] = elems;
		n.touched[o] = touched;
		n.held_sent[o] = t->passes * t->elems[o];
		n.held_touched[o] = t->passes * t->touched[o];
		n.reuse[o] = 1;
		n.can[o] = false;
		n.can_hold[o] = true;
		for (int i = 0; i < s->loops; i++) {
			enum loop l = s->tile_order[i];
			bool indexes = operand->indexes & LOOP_BIT(l);
			if (indexes) {
				n.can_hold[o] &= w->trips[l] == 1;
				continue;
			}
			n.reuse[o] *= w->trips[l];
			n.can[o] |= w->trips[l] > 1 ||
				(!(chosen & LOOP_BIT(l)) && t->size[l] > 1);
		}
		n.reuse[o] = ordered ? 2 : max2(2, n.reuse[o]);
	}
	return isinf(near_least(w->part, &n, t->far, t->use, true));
}

static void arrays_walk(
	struct arrays *w, int at, unsigned chosen, double padding, double size)
{
	const struct space *s = w->space;
	if (part_poll(w->part))
		return;
	if (at == s->loops) {
		array_visit(w);
		return;
	}
	enum loop l = s->array_order[at];
	double outer = w->tile->size[l];
	struct cut cut = cut_first(s, l, outer);
	do {
		double elems[OPND_COUNT];
		w->size[l] = w->low[l] = cut.size;
		w->trips[l] = cut.trips;
		if (size * cut.size > s->array_most ||
			space_touched_bits(s, w->low, elems) > s->array_bits ||
			!cut_allowed(s, SLOT_SPM, l, &cut))
			continue;
		double padded = padding * (cut.size * cut.trips / outer);
		if (arrays_beaten(w, chosen | LOOP_BIT(l), padded)) {
			/* Smaller ones only add to it, but for padding: as if
			 * the loop were not chosen, of at most this size. */
			w->trips[l] = 1;
			w->low[l] = 1;
			bool all = arrays_beaten(w, chosen, padding);
			if (all)
				break;
			continue;
		}
		arrays_walk(w, at + 1, chosen | LOOP_BIT(l), padded,
			size * cut.size);
	} while (cut_next(s, l, outer, &cut));
	w->size[l] = outer;
	w->low[l] = w->trips[l] = 1;
}

void tile_visit(struct part *part, const struct tile *tile)
{
	const struct space *s = part->space;
	struct arrays w = {.part = part, .space = s, .tile = tile};
	int64_t visited = part->proof->arrays_visited;
	memcpy(w.size, tile->size, sizeof w.size);
	for (int l = 0; l < LOOP_COUNT; l++)
		w.low[l] = w.trips[l] = 1;
	arrays_walk(&w, 0, s->ones, 1, 1);
	part->proof->arrays_cut += inside_count(s, tile->size) -
		(part->proof->arrays_visited - visited);
}
