/* The walk over scratchpad tiles T, in rounds: those of the least bounds first.
 */
#include "mapper/walk.h"

#include "base/checked.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* --- the bound of all ways of reuse -----------------------------------------
 */

/* Cycles of the nest, given those of its RF passes in all, and what the passes
 * take in which d is also loaded, and stored. */
static double far_cycles(const struct space *s, const struct far *far,
	double near, double loading, double storing)
{
	const struct moves_real all = {
		.each = far->moves.each * far->passes,
		.load = far->moves.load * far->passes,
		.store = far->moves.store * far->passes,
	};
	double step = step_of_real(s->apart, all.each, near);
	if (far->factor == 1)
		return step;
	return step +
		late_real(s->apart, &all, step, loading, storing) / far->factor;
}

/* What the ports take for what is not reused, and for r. */
static double ports_least(
	const struct space *s, const struct near *n, int reused, double sent)
{
	double words = 0;
	if (s->ports == 0)
		return 0;
	for (int o = 0; o < OPND_COUNT; o++)
		if (s->through & 1u << o)
			words += (o == reused ? sent : n->macs * n->ratio[o]) *
				ways_of(o);
	return words / s->ports;
}

/* One operand reused at the SPM level: its least energy and cycles, without
 * DRAM. */
struct way_least {
	double pj, near, loading, storing;
};

static double sent_least_pj(
	const struct space *s, int o, double ways, double words, double touched)
{
	const struct sent sent = {o, ways, words, touched, 0};
	return sent_pj(&s->least_prices, &sent);
}

static struct way_least reused_least(const struct space *s,
	const struct near *n, int r, const double array_pj[OPND_COUNT],
	double all_pj)
{
	int a = (r + 1) % OPND_COUNT, b = (r + 2) % OPND_COUNT;
	double others = n->macs *
		max2(n->ratio[a] / s->operand[a].words,
			n->ratio[b] / s->operand[b].words);
	double own = n->sent[r] / s->operand[r].words;
	double kept = 1 - 1 / n->reuse[r], near;
	double least = n->macs * s->array_least_cycles[r];
	if (r == OPND_O) {
		double hidden = max2(max2(n->work, others), least);
		near = max2(
			hidden, hidden * kept + own + n->sent[OPND_O] / s->pes);
	} else {
		others = max2(others, least - n->work);
		near = n->work + max2(others, others * kept + own);
	}
	near = max2(near, ports_least(s, n, r, n->sent[r]));
	double pj = n->macs * max2(all_pj - array_pj[r], s->array_least_pj[r]) +
		n->rf_macs * s->others_pj[r] +
		sent_least_pj(s, r, ways_of(r), n->sent[r], n->touched[r]);
	return (struct way_least){pj, near, near, near};
}

/* Held over SPM passes: sent in those alone in which DRAM has it moved. */
static struct way_least held_least(const struct space *s, const struct near *n,
	int r, const double array_pj[OPND_COUNT], double all_pj, double factor)
{
	int a = (r + 1) % OPND_COUNT, b = (r + 2) % OPND_COUNT;
	double others = n->macs *
		max2(n->ratio[a] / s->operand[a].words,
			n->ratio[b] / s->operand[b].words);
	double near = r == OPND_O ? max2(n->work, others) : n->work + others;
	near = max2(near, n->macs * s->array_least_cycles[r]);
	near = max2(near, ports_least(s, n, r, 0));
	double loading = near;
	if (r == OPND_O)
		loading += n->held_sent[r] / s->pes;
	double storing = max2(near, n->held_sent[r] / s->operand[r].words);
	if (factor == 1) /* how often is open: of all such passes */
		near = loading = storing;
	double pj = n->macs * max2(all_pj - array_pj[r], s->array_least_pj[r]) +
		n->rf_macs * s->others_pj[r] +
		sent_least_pj(s, r, 1, n->held_sent[r], n->held_touched[r]) /
			factor;
	return (struct way_least){pj, near, loading, storing};
}

static struct way_least none_least(
	const struct space *s, const struct near *n, double all_pj)
{
	double most = 0;
	for (int o = 0; o < OPND_COUNT; o++)
		most = max2(most, n->ratio[o] / s->operand[o].words);
	double near = max2(n->work + n->macs * most,
		n->macs * s->array_least_cycles[OPND_COUNT]);
	near = max2(near, ports_least(s, n, OPND_COUNT, 0));
	double pj = n->macs * max2(all_pj, s->array_least_pj[OPND_COUNT]) +
		n->rf_macs * s->others_pj[OPND_COUNT];
	return (struct way_least){pj, near, near, near};
}

double near_least(const struct part *part, const struct near *n,
	const struct far far[FAR_COUNT], const bool use[FAR_COUNT], bool any)
{
	const struct space *s = part->space;
	double array_pj[OPND_COUNT], all_pj = 0, least = INFINITY;
	for (int o = 0; o < OPND_COUNT; o++) {
		array_pj[o] = s->operand[o].array_pj * n->ratio[o];
		all_pj += array_pj[o];
	}
	struct way_least way[OPND_COUNT + 1 + OPND_COUNT];
	/* By which DRAM reuse each may go with: OPND_COUNT + 1: any. */
	int of[OPND_COUNT + 1 + OPND_COUNT], ways = 0;
	for (int r = 0; r < OPND_COUNT; r++)
		if (n->can[r]) {
			of[ways] = FAR_COUNT;
			way[ways++] = reused_least(s, n, r, array_pj, all_pj);
		}
	if (n->can_none) {
		of[ways] = FAR_COUNT;
		way[ways++] = none_least(s, n, all_pj);
	}
	for (int r = 0; r < OPND_COUNT; r++)
		if (n->can_hold[r] && use[r]) {
			of[ways] = r;
			way[ways++] = held_least(
				s, n, r, array_pj, all_pj, far[r].factor);
		}
	for (int d = 0; d < FAR_COUNT; d++) {
		if (!use[d])
			continue;
		for (int k = 0; k < ways; k++) {
			if (of[k] != FAR_COUNT && of[k] != d)
				continue;
			/* Summed up otherwise than the reference does. */
			double pj = (n->base_pj + far[d].pj + way[k].pj) *
				(1 - SLACK);
			double cycles =
				far_cycles(s, &far[d], way[k].near,
					way[k].loading, way[k].storing) *
				(1 - SLACK);
			if (part_beaten(part, pj, cycles))
				continue;
			least = min2(least, part_value(part, pj, cycles));
			if (any)
				return least;
		}
	}
	return least;
}

/* --- a whole T --------------------------------------------------------------
 */

/* The reuse factors of the order that the limits name for a level of these
 * trips. Returns whether something is reused. */
bool order_factors(const struct space *s, int slot,
	const double trips[LOOP_COUNT], double factor[OPND_COUNT])
{
	struct tiling tiling = tiling_none;
	for (int l = 0; l < LOOP_COUNT; l++)
		tiling.factor[slot][l] = (int64_t)trips[l];
	struct reuse reuse = reuse_of_order(s->nest, &tiling, slot,
		limits_order(s->arch, &s->options->limits, slot));
	bool some = false;
	for (int o = 0; o < OPND_COUNT; o++) {
		factor[o] = (double)reuse.factor[o];
		some |= reuse.factor[o] > 1;
	}
	return some;
}

/* Whether a level of these trips may reuse nothing: nothing moves, or the
 * innermost loop may be one that indexes all three operands. */
bool may_reuse_none(const struct space *s, const double trips[LOOP_COUNT])
{
	unsigned common = s->operand[OPND_O].indexes &
		s->operand[OPND_I].indexes & s->operand[OPND_W].indexes;
	bool moves = false;
	for (int l = 0; l < LOOP_COUNT; l++) {
		if (trips[l] > 1 && common & LOOP_BIT(l))
			return true;
		moves |= trips[l] > 1;
	}
	return !moves;
}

/* Whether the machine's dataflow lets a level reuse an operand so often, none
 * of them where it is OPND_COUNT. free: trips of the loops that do not index
 * the operand that has to be stationary. */
bool may_reuse(const struct space *s, int slot, int operand, double factor,
	double free)
{
	unsigned stationary = s->arch->dataflow.stationary[slot];
	return !stationary || free == 1 ||
		(operand == (int)stationary - 1 && factor >= free);
}

/* Trips of the loops that do not index an operand. */
double free_trips(const struct space *s, int o, const double trips[LOOP_COUNT])
{
	double free = 1;
	for (int i = 0; i < s->operand[o].frees; i++)
		free *= trips[s->operand[o].free[i]];
	return free;
}

static void far_fill(const struct space *s, struct tile *t)
{
	int64_t extent[LOOP_COUNT], tiles[LOOP_COUNT];
	bool parallel = s->arch->dma_parallel;
	double pj = 0, cycles[OPND_COUNT], sweep[OPND_COUNT], free[OPND_COUNT],
	       factor[OPND_COUNT];
	const struct limits *limits = &s->options->limits;
	bool none;
	for (int l = 0; l < LOOP_COUNT; l++) {
		extent[l] = (int64_t)t->size[l];
		tiles[l] = (int64_t)t->trips[l];
	}
	for (int o = 0; o < OPND_COUNT; o++) {
		struct dma dma = dma_of_tile(s->nest, s->arch, (enum operand)o,
			extent, s->options->rule);
		factor[o] = free[o] = free_trips(s, o, t->trips);
		cycles[o] = (double)dma.cycles;
		if (s->padded && s->options->rule == BURST_TRUE)
			sweep[o] = s->prices.dram[o] *
				(double)nest_swept(
					s->nest, (enum operand)o, tiles);
		else
			sweep[o] = dma.energy_pj * (t->passes / free[o]);
		/* Written, and read where partial sums exist. */
		pj += sweep[o] * (free[o] + partial_sums_real(o, free[o], 1));
	}
	if (limits_order(s->arch, limits, SLOT_DRAM))
		none = !order_factors(s, SLOT_DRAM, t->trips, factor);
	else
		none = may_reuse_none(s, t->trips);
	unsigned stationary = s->arch->dataflow.stationary[SLOT_DRAM];
	double fixed = stationary ? free[stationary - 1] : 1;
	t->far[FAR_NONE] = (struct far){
		.factor = 1,
		.pj = pj,
		.moves = moves_of_real(parallel, cycles, OPND_COUNT),
		.passes = t->passes,
	};
	t->use[FAR_NONE] =
		none && may_reuse(s, SLOT_DRAM, OPND_COUNT, 1, fixed);
	for (int d = 0; d < OPND_COUNT; d++) {
		bool reused = factor[d] > 1;
		t->far[d] = (struct far){
			.factor = factor[d],
			.pj = pj -
				ways_of(d) * sweep[d] *
					(free[d] - free[d] / factor[d]),
			.moves = moves_of_real(
				parallel, cycles, reused ? d : OPND_COUNT),
			.passes = t->passes,
		};
		t->use[d] =
			reused && may_reuse(s, SLOT_DRAM, d, factor[d], fixed);
	}
}

void tile_fill(const struct space *s, struct tile *t)
{
	t->macs_in = space_size(s, t->size);
	t->passes = space_size(s, t->trips);
	for (int o = 0; o < OPND_COUNT; o++) {
		t->elems[o] = space_elems(s, o, t->size);
		t->touched[o] = t->macs_in * space_ratio(s, o, t->size, 0);
	}
	far_fill(s, t);
}

double tile_least(const struct part *part, const struct tile *t)
{
	const struct space *s = part->space;
	struct near n = near_of(s, t->macs_in * t->passes);
	n.work = n.macs / space_pes(s, t->size);
	for (int o = 0; o < OPND_COUNT; o++) {
		n.ratio[o] = t->touched[o] / t->macs_in;
		n.sent[o] = n.touched[o] = t->passes * t->touched[o];
		n.held_sent[o] = t->passes * t->elems[o];
		n.held_touched[o] = n.touched[o];
		n.reuse[o] = 2;
		n.can[o] = free_trips(s, o, t->size) > 1;
		n.can_hold[o] = true;
	}
	return near_least(part, &n, t->far, t->use, false);
}

/* --- the walk ---------------------------------------------------------------
 */

struct ranked {
	double bound;
	double size[LOOP_COUNT];
};

struct tiles {
	struct part *part;
	const struct space *space;
	double low[LOOP_COUNT], high[LOOP_COUNT], trips[LOOP_COUNT];
	/* T with bounds below this have been settled by earlier rounds. */
	double settled;
	struct ranked *list;
	size_t count, room, limit;
	double threshold; /* above: left to the next round; INFINITY: nothing */
};

static int ranked_compare(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;
	if (x->bound != y->bound)
		return x->bound < y->bound ? -1 : 1;
	return memcmp(x->size, y->size, sizeof x->size);
}

/* Keeps the T of the least bounds: a list that is full loses half of them, and
 * whatever is as bad as the best lost. */
static void tiles_keep(struct tiles *w, double bound)
{
	struct part *part = w->part;
	if (w->count == w->room)
		w->list = arena_grow(part->arena, w->list, w->count, &w->room,
			w->count + 1, sizeof *w->list);
	struct ranked *at = &w->list[w->count++];
	at->bound = bound;
	memcpy(at->size, w->low, sizeof at->size);
	if (w->count < 2 * w->limit)
		return;
	qsort(w->list, w->count, sizeof *w->list, ranked_compare);
	double threshold = w->list[w->limit].bound;
	size_t count = w->limit;
	while (count && w->list[count - 1].bound >= threshold)
		count--;
	if (count) {
		w->count = count;
		w->threshold = threshold;
		if (!part->front)
			part->threshold = threshold;
	} else { /* so many of one bound: they are kept */
		w->limit *= 2;
	}
}

/* Elements swept at least while the loops that are not chosen may have any
 * number of tiles; of a window linear in each. moved: those of whole tiles,
 * along single loops, as the DMA's time counts them. */
static double swept_least(
	const struct tiles *w, int o, unsigned chosen, double *moved)
{
	const struct space *s = w->space;
	const struct walk_operand *operand = &s->operand[o];
	double elems = 1, padding = 1;
	*moved = 0;
	if (s->options->rule == BURST_COMPAT)
		return 0; /* counts in a way of its own */
	for (int i = 0; i < operand->plains; i++) {
		enum loop l = operand->plain[i];
		elems *= s->loop[l].bound;
		if (chosen & LOOP_BIT(l))
			padding *= w->low[l] * w->trips[l] / s->loop[l].bound;
	}
	for (int a = 0; a < AXIS_COUNT; a++) {
		if (!operand->window[a])
			continue;
		enum loop out = window_out[a], tap = window_tap[a];
		double outs = s->loop[out].bound, taps = s->loop[tap].bound;
		double least = INFINITY;
		for (int i = 0; i < 2; i++) {
			double x = chosen & LOOP_BIT(out) ? w->trips[out]
				: i                       ? outs
							  : 1;
			for (int j = 0; j < 2; j++) {
				double y = chosen & LOOP_BIT(tap)
					? w->trips[tap]
					: j ? taps
					    : 1;
				least = min2(least,
					(outs - x) * s->stride[a] * y +
						(taps - y) * s->dilation[a] *
							x +
						x * y);
			}
		}
		elems *= least;
	}
	*moved = elems * padding;
	return elems;
}

/* DMA cycles of an element, at least: of bursts as long as they can be. */
static double elem_cycles(const struct tiles *w, int o)
{
	const struct space *s = w->space;
	const struct walk_operand *operand = &s->operand[o];
	const struct nest_tensor *tensor = &s->nest->tensor[o];
	double run = 1;
	if (s->options->rule == BURST_COMPAT)
		return 0;
	if (operand->ordered) {
		for (int d = tensor->dims - 1; d >= 0; d--) {
			const struct nest_dim *dim = &tensor->dim[d];
			double x;
			if (dim->index >= INDEX_ROWS) {
				int a = (int)dim->index - INDEX_ROWS;
				x = window_extent(s, a, w->high[window_out[a]],
					w->high[window_tap[a]]);
			} else {
				x = w->high[dim->index];
			}
			if ((double)dim->pitch == run)
				run *= x;
			else if (x > 1)
				break;
		}
	} else {
		run = space_elems(s, o, w->high);
	}
	return operand->dma_elem +
		s->arch->dma_init_cycles * s->dma_ratio / run;
}

/* Whether all T that go on from the loops chosen are; padding: multiplications
 * charged for one of the nest. last: a loop that is chosen, but counts as one
 * that may get smaller sizes, too; LOOP_COUNT: none. */
static bool tiles_beaten(const struct tiles *w, unsigned chosen, double padding,
	enum loop last, const double elems[OPND_COUNT])
{
	const struct space *s = w->space;
	struct near n = near_of(s, s->macs * padding);
	struct far far[FAR_COUNT];
	bool use[FAR_COUNT] = {true, true, true, true};
	double ratio[OPND_COUNT], free[OPND_COUNT], swept[OPND_COUNT],
		cycles[OPND_COUNT], pj = 0;
	n.work = n.macs / space_pes(s, w->high);
	space_ratios(s, w->low, elems, 8 * s->spm_bytes, w->high, chosen, false,
		INFINITY, ratio);
	for (int o = 0; o < OPND_COUNT; o++) {
		/* As many times as ratio has been raised, it is fetched. */
		double plain = space_ratio(s, o, w->high, chosen);
		double touched = space_ratio(s, o, w->high, 0);
		free[o] = ratio[o] / plain;
		n.can[o] = false;
		for (int i = 0; i < s->operand[o].frees; i++) {
			enum loop l = s->operand[o].free[i];
			if (chosen & LOOP_BIT(l))
				free[o] *= w->trips[l];
			n.can[o] |= w->high[l] > 1;
		}
		n.ratio[o] = touched * (ratio[o] / plain);
		n.sent[o] = n.touched[o] = n.macs * n.ratio[o];
		n.reuse[o] = 2;
		n.can_hold[o] = true;
		double moved;
		swept[o] = swept_least(w, o,
			last < LOOP_COUNT ? chosen & ~LOOP_BIT(last) : chosen,
			&moved);
		n.held_sent[o] = n.held_touched[o] =
			s->operand[o].window[0] || s->operand[o].window[1]
			? 0
			: s->operand[o].full;
		cycles[o] = moved * free[o] * elem_cycles(w, o);
		pj += swept[o] * s->prices.dram[o] *
			(free[o] + partial_sums_real(o, free[o], 1));
	}
	for (int d = 0; d < OPND_COUNT; d++) {
		bool can = false;
		for (int i = 0; i < s->operand[d].frees; i++) {
			enum loop l = s->operand[d].free[i];
			can |= !(chosen & LOOP_BIT(l)) || l == last ||
				w->trips[l] > 1;
		}
		/* Reused, it is loaded and stored once for each of its tiles:
		 * in steps that take no less than their DMA. */
		double once[OPND_COUNT];
		for (int o = 0; o < OPND_COUNT; o++)
			once[o] =
				o == d && can ? cycles[o] / free[o] : cycles[o];
		struct moves_real moves =
			moves_of_real(s->arch->dma_parallel, once, OPND_COUNT);
		far[d] = (struct far){
			.factor = 1,
			.pj = pj -
				swept[d] * s->prices.dram[d] * (free[d] - 1) *
					ways_of(d),
			.moves = moves,
			.passes = 1,
		};
		n.can_hold[d] = can;
	}
	use[FAR_NONE] = false; /* no less than with any of them */
	double least = near_least(w->part, &n, far, use, !w->part->front);
	return w->part->front ? least >= w->threshold : isinf(least);
}

static void tiles_leaf(struct tiles *w)
{
	const struct space *s = w->space;
	struct tile t;
	int64_t factor[LOOP_COUNT];
	memcpy(t.size, w->low, sizeof t.size);
	memcpy(t.trips, w->trips, sizeof t.trips);
	if (dataflow_asks(&s->arch->dataflow, SLOT_DRAM)) {
		for (int l = 0; l < LOOP_COUNT; l++)
			factor[l] = (int64_t)t.trips[l];
		if (!dataflow_allows(s->arch, s->nest, SLOT_DRAM, factor))
			return;
	}
	if (!space_uses_spm(s, t.size))
		return;
	tile_fill(s, &t);
	double bound = tile_least(w->part, &t);
	if (bound >= w->threshold || bound < w->settled)
		return;
	tiles_keep(w, bound);
}

/* The largest size of a loop with which what is chosen fits the scratchpad. */
static struct cut tiles_first(
	const struct space *s, double low[LOOP_COUNT], enum loop l)
{
	double bound = s->loop[l].bound, one[OPND_COUNT], two[OPND_COUNT];
	low[l] = 1;
	double bits = space_bits(s, low, one);
	low[l] = 2;
	double step = space_bits(s, low, two) - bits;
	/* As if the three tiles were one, without banks: linear. */
	double most = 1 + (8 * s->spm_bytes - bits) / step;
	struct cut cut = cut_below(s, l, bound, max2(1, floor(most)));
	low[l] = cut.size;
	while (!space_fits_spm(s, low) && cut_next(s, l, bound, &cut))
		low[l] = cut.size;
	return cut;
}

static void tiles_choose(
	struct tiles *w, int at, unsigned chosen, double padding)
{
	const struct space *s = w->space;
	if (at == s->loops) {
		tiles_leaf(w);
		return;
	}
	enum loop l = s->tile_order[at];
	double bound = s->loop[l].bound, elems[OPND_COUNT];
	bool last = at == s->loops - 1;
	struct cut cut = tiles_first(s, w->low, l);
	chosen |= LOOP_BIT(l);
	do {
		if (part_poll(w->part))
			break;
		if (!cut_allowed(s, SLOT_DRAM, l, &cut))
			continue;
		w->low[l] = w->high[l] = cut.size;
		w->trips[l] = cut.trips;
		double padded = padding * (cut.size * cut.trips / bound);
		space_bits(s, w->low, elems);
		if (tiles_beaten(w, chosen, padded, LOOP_COUNT, elems)) {
			/* Smaller sizes only add to it, but for padding. */
			if (last && tiles_beaten(w, chosen, padding, l, elems))
				break;
			continue;
		}
		tiles_choose(w, at + 1, chosen, padded);
	} while (cut_next(s, l, bound, &cut));
	w->low[l] = w->trips[l] = 1;
	w->high[l] = bound;
}

/* How far it is. */
static void tell(const struct part *x)
{
	const struct search_watch *watch = &x->space->options->watch;
	if (watch->found && x->best.made)
		watch->found(watch->found_arg, watch->nest, x->best.objective,
			objective_value(
				x->best.objective, &x->best.winner.estimate),
			x->proof->bound);
}

static void tiles_visit(struct tiles *w)
{
	struct part *part = w->part;
	if (w->count)
		qsort(w->list, w->count, sizeof *w->list, ranked_compare);
	for (size_t i = 0; i < w->count && !part_stopped(part); i++) {
		struct tile t;
		part->proof->bound = max2(part->proof->bound, w->list[i].bound);
		tell(part);
		memcpy(t.size, w->list[i].size, sizeof t.size);
		for (int l = 0; l < LOOP_COUNT; l++)
			t.trips[l] =
				tiles_in(part->space->loop[l].bound, t.size[l]);
		tile_fill(part->space, &t);
		if (isinf(tile_least(part, &t)))
			continue;
		part->proof->tiles_visited++;
		tile_visit(part, &t);
	}
}

/* What has been let go cannot win or tie. */
static bool tiles_won(const struct tiles *w)
{
	const struct choice *best = &w->part->best;
	return !w->part->front && best->made &&
		objective_value(best->objective, &best->winner.estimate) <=
		w->threshold * (1 - 4 * SLACK);
}

void tiles_walk(struct part *part)
{
	const struct space *s = part->space;
	enum { FIRST = 16 };
	struct tiles w = {.part = part, .space = s, .settled = -INFINITY};
	part->proof->bound = 0;
	for (int l = 0; l < LOOP_COUNT; l++) {
		w.low[l] = w.trips[l] = 1;
		w.high[l] = s->loop[l].bound;
	}
	for (size_t limit = FIRST; !part_stopped(part); limit *= FIRST) {
		/* In the first round its threshold stands for what is not found
		 * yet; what is visited later is settled for good. */
		bool first = limit == FIRST && !part->front;
		w.count = 0;
		w.limit = limit;
		w.threshold = INFINITY;
		part->threshold = INFINITY;
		tiles_choose(&w, 0, s->ones, 1);
		if (part->stopped)
			break;
		part->threshold = first ? w.threshold : INFINITY;
		tiles_visit(&w);
		if (part->stopped || isinf(w.threshold) || tiles_won(&w))
			break;
		part->proof->bound = max2(part->proof->bound, w.threshold);
		if (first)
			*part->proof =
				(struct proof){.bound = part->proof->bound};
		else
			w.settled = w.threshold;
	}
}

/* --- counting ---------------------------------------------------------------
 */

struct counting {
	const struct space *space;
	int loops;
	enum loop order[LOOP_COUNT]; /* the one of most sizes last */
	int64_t sizes[LOOP_COUNT];
	double low[LOOP_COUNT];
	int64_t tiles, steps;
};

enum { COUNT_STEPS = 1 << 22 };

static bool counts_all(const struct space *s, enum loop l)
{
	const struct walk_loop *loop = &s->loop[l];
	for (int v = 0; v < SEED_SLOTS; v++)
		if (loop->factor[v] > 0 || loop->most[v] > 0)
			return false;
	return s->options->limits.min_spm_use <= 0;
}

/* The sizes of a loop that are at most one of them. */
static int64_t sizes_below(
	const struct counting *c, enum loop l, const struct cut *cut)
{
	const struct space *s = c->space;
	if (!s->padded)
		return cut->at + 1;
	/* Those of fewer trips are all different, up to the root of the bound;
	 * below it, every number is a size. */
	double fewer = cut->trips - 1;
	return fewer * (fewer - 1) <= s->loop[l].bound
		? c->sizes[l] - (int64_t)fewer
		: (int64_t)cut->size;
}

static void tiles_add(struct counting *c, int at);

/* All T of what is chosen but for the last loop, whose sizes fit up to the one
 * that 'most' was at for larger tiles. */
static void tiles_add_last(struct counting *c, struct cut *most)
{
	const struct space *s = c->space;
	enum loop l = c->order[c->loops - 1];
	double bound = s->loop[l].bound;
	while (most->size < bound) {
		/* The smallest of fewer trips. */
		struct cut next = {.at = most->at + 1};
		next.size = s->padded ? tiles_in(bound, most->trips - 1)
				      : s->loop[l].divisor[next.at];
		next.trips = tiles_in(bound, next.size);
		c->low[l] = next.size;
		c->steps++;
		if (!space_fits_spm(s, c->low))
			break;
		*most = next;
	}
	c->low[l] = 1;
	c->tiles += sizes_below(c, l, most);
}

static void tiles_add(struct counting *c, int at)
{
	const struct space *s = c->space;
	enum loop l = c->order[at];
	double bound = s->loop[l].bound;
	struct cut cut = tiles_first(s, c->low, l);
	bool before_last =
		at == c->loops - 2 && counts_all(s, c->order[at + 1]);
	struct cut most = {1, 0, 0};
	if (at == c->loops - 1 && counts_all(s, l)) {
		c->tiles += sizes_below(c, l, &cut);
		c->low[l] = 1;
		return;
	}
	if (before_last) {
		c->low[l] = cut.size;
		most = tiles_first(s, c->low, c->order[at + 1]);
		c->low[c->order[at + 1]] = 1;
	}
	do {
		if (++c->steps > COUNT_STEPS)
			break;
		if (!cut_allowed(s, SLOT_DRAM, l, &cut))
			continue;
		c->low[l] = cut.size;
		if (before_last)
			tiles_add_last(c, &most);
		else if (at + 1 < c->loops)
			tiles_add(c, at + 1);
		else
			c->tiles += space_uses_spm(s, c->low);
	} while (cut_next(s, l, bound, &cut));
	c->low[l] = 1;
}

int64_t tiles_count(const struct space *s)
{
	struct counting c = {.space = s, .loops = s->loops};
	for (int l = 0; l < LOOP_COUNT; l++) {
		c.low[l] = 1;
		c.sizes[l] = cuts_count(s, (enum loop)l, s->loop[l].bound);
	}
	for (int i = 0; i < s->loops; i++) {
		int at = i;
		enum loop l = s->tile_order[i];
		for (; at > 0 && c.sizes[c.order[at - 1]] > c.sizes[l]; at--)
			c.order[at] = c.order[at - 1];
		c.order[at] = l;
	}
	if (!s->loops)
		return 1;
	tiles_add(&c, 0);
	return c.tiles;
}
