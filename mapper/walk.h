/* The exact search's walks: three nested ones, over scratchpad tiles T, over
 * tiles G of the PE array in a T, over register-file tiles F in a G, each one
 * loop at a time. A loop that is not chosen yet stands in bounds for all the
 * sizes that it may get. docs/search.md has every bound with its proof.
 *
 * Counts are doubles, whole below 2^53. Vectors of tile sizes are
 * double[LOOP_COUNT]; loops of bound 1 are 1. */
#ifndef MAPPER_WALK_H
#define MAPPER_WALK_H

#include "mapper/front.h"
#include "mapper/model.h"
#include "mapper/search.h"
#include "mapper/search_lattice.h"
#include "mapper/search_slack.h"
#include "mapper/seed_levels.h"

/* Where the sizes of an operand's tile come from. */
struct walk_operand {
	int plains; /* dimensions that one loop indexes */
	enum loop plain[NEST_DIMS];
	bool window[AXIS_COUNT];
	/* The same without loops that are in a window, or there already: what
	 * is surely different. */
	int onces;
	enum loop once[NEST_DIMS];
	unsigned indexes; /* nest.indexes */
	/* Loops that a_o = elements / multiplications falls with: those that do
	 * not index it. Of a loop in several dimensions, only one counts. */
	int frees;
	enum loop free[LOOP_COUNT];
	double full;       /* elements of the nest */
	bool ordered;      /* dimensions lie in DRAM one within the other */
	double bits;       /* of a word */
	double words;      /* a cycle of its network */
	double rf_skip_pj; /* of a multiplication, if it can skip its file */
	/* Coefficients of elements of G and of F per multiplication, none of
	 * them negative, for bounds; what may skip a memory does. */
	double array_pj, split_pj;
	double most_banks; /* of its own; INFINITY: of all */
	double dma_elem;   /* cycles of an element in a burst, at least */
};

/* How many PEs a loop may be spread over, and where. */
enum { SPREAD_ROWS = 1, SPREAD_COLUMNS = 2 };
struct walk_loop {
	double bound;
	int divisors; /* perfect tiles: of the bound, rising */
	double *divisor;
	double spread;   /* most PEs along the loop */
	unsigned places; /* SPREAD_ */
	/* The factor that a slot must have, 0: any; the most it may have. */
	double factor[SEED_SLOTS], most[SEED_SLOTS];
};

/* A nest on a machine: what all walks share. Read only once made. */
struct space {
	const struct nest *nest;
	const struct arch *arch;
	const struct search_options *options;
	bool padded;
	int loops;     /* of a bound above 1 */
	unsigned ones; /* the others */
	/* They, in the order in which each walk chooses them. */
	enum loop tile_order[LOOP_COUNT], array_order[LOOP_COUNT],
		split_order[LOOP_COUNT];
	struct walk_loop loop[LOOP_COUNT];
	struct walk_operand operand[OPND_COUNT];
	double stride[AXIS_COUNT], dilation[AXIS_COUNT];

	double macs; /* of the nest */
	/* As they are, and as if all that may skip a memory did: of a
	 * multiplication; whether padding takes none. */
	struct prices prices, least_prices;
	double mac_pj;
	bool gated;
	double pes, least_pes, rows, columns;
	double rf_bits, spm_bytes, bank_bytes, banks;
	double ports;     /* words a cycle of all; 0: as many as wanted */
	unsigned through; /* operands whose words always pass them */
	double dma_ratio; /* cycles of the accelerator in one of the DMA */
	bool apart;       /* moving and computing take turns */

	/* Over all F that a register file holds: least pJ a multiplication of
	 * the network and of reduction, and of accesses of what cannot skip
	 * the files, without operand o's, and of all three; and most
	 * multiplications. */
	double others_pj[OPND_COUNT + 1], split_most;
	/* Over all G of which the register files of all PEs hold the parts:
	 * least array_pj terms without operand o's, of all; least cycles of an
	 * RF pass a multiplication when o is reused, when none is. */
	double array_least_pj[OPND_COUNT + 1];
	double array_least_cycles[OPND_COUNT + 1];
	double array_bits; /* of what G's three tiles touch together, at most */
	double array_most; /* multiplications of G, at most */
	bool none;         /* no tiling keeps to the limits */
};

/* Of a verified nest; in ctx's arena. perfect: the same of perfect tiles, which
 * padded ones are at least as good as, to begin with; NULL: not known. */
void space_init(struct ctx *ctx, const struct nest *nest,
	const struct arch *arch, const struct search_options *options,
	const struct space *perfect, struct space *space);

static inline double max2(double a, double b)
{
	return a > b ? a : b;
}

static inline double min2(double a, double b)
{
	return a < b ? a : b;
}

/* Elements along a window of so many outputs and taps. */
static inline double window_extent(
	const struct space *s, int axis, double outs, double taps)
{
	return (outs - 1) * s->stride[axis] + (taps - 1) * s->dilation[axis] +
		1;
}

/* At most those of them that a window touches: where the stride is larger than
 * the filter, it skips some. Per output and tap they do not rise with either.
 */
static inline double window_touched(
	const struct space *s, int axis, double outs, double taps)
{
	if (s->dilation[axis] == 1)
		return taps >= s->stride[axis]
			? (outs - 1) * s->stride[axis] + taps
			: outs * taps;
	return max2(outs, taps);
}

static const enum loop window_out[AXIS_COUNT] = {LOOP_OX, LOOP_OY},
		       window_tap[AXIS_COUNT] = {LOOP_FX, LOOP_FY};

/* The footprint. */
static inline double space_elems(
	const struct space *s, int o, const double x[LOOP_COUNT])
{
	const struct walk_operand *operand = &s->operand[o];
	double elems = 1;
	for (int i = 0; i < operand->plains; i++)
		elems *= x[operand->plain[i]];
	for (int a = 0; a < AXIS_COUNT; a++)
		if (operand->window[a])
			elems *= window_extent(
				s, a, x[window_out[a]], x[window_tap[a]]);
	return elems;
}

/* Elements a multiplication that no box of at most these sizes is below;
 * windows whose two loops are among the chosen ones count their extents. */
static inline double space_ratio(const struct space *s, int o,
	const double x[LOOP_COUNT], unsigned chosen)
{
	const struct walk_operand *operand = &s->operand[o];
	double below = 1, above = 1;
	for (int i = 0; i < operand->frees; i++)
		below *= x[operand->free[i]];
	for (int a = 0; a < AXIS_COUNT; a++) {
		if (!operand->window[a])
			continue;
		enum loop out = window_out[a], tap = window_tap[a];
		bool both = chosen & LOOP_BIT(out) && chosen & LOOP_BIT(tap);
		below *= x[out] * x[tap];
		above *= both ? window_extent(s, a, x[out], x[tap])
			      : window_touched(s, a, x[out], x[tap]);
	}
	return above / below;
}

/* Multiplications of a tile. */
static inline double space_size(
	const struct space *s, const double x[LOOP_COUNT])
{
	double size = 1;
	for (int i = 0; i < s->loops; i++)
		size *= x[s->tile_order[i]];
	return size;
}

/* The most PEs that an array can take of a tile of at most these sizes. */
double space_pes(const struct space *space, const double x[LOOP_COUNT]);

/* The bits of the three tiles of at least these sizes. */
static inline double space_bits(const struct space *s,
	const double x[LOOP_COUNT], double elems[OPND_COUNT])
{
	double bits = 0;
	for (int o = 0; o < OPND_COUNT; o++) {
		elems[o] = space_elems(s, o, x);
		bits += s->operand[o].bits * elems[o];
	}
	return bits;
}

/* What loops that are not chosen may still add where 'bits' are left in all for
 * the tiles: at least these elements a multiplication, for a tile inside
 * 'high', of at least 'low' (elems of it); chosen loops are the same in both.
 */
void space_ratios(const struct space *space, const double low[LOOP_COUNT],
	const double elems[OPND_COUNT], double bits,
	const double high[LOOP_COUNT], unsigned chosen, bool touched,
	double most, double ratio[OPND_COUNT]);
/* The same as space_bits of the elements that windows touch. */
double space_touched_bits(const struct space *space, const double x[LOOP_COUNT],
	double elems[OPND_COUNT]);

bool space_fits_spm(const struct space *space, const double x[LOOP_COUNT]);
/* Whether it is as much of it as the limits ask for. */
bool space_uses_spm(const struct space *space, const double x[LOOP_COUNT]);

/* A size of a loop into which a larger one is cut, with its trips. */
struct cut {
	double size, trips;
	int at; /* of perfect tiles, of the divisor */
};
/* The largest one, and the next smaller; false where there is none. */
struct cut cut_first(const struct space *space, enum loop loop, double outer);
bool cut_next(const struct space *space, enum loop loop, double outer,
	struct cut *cut);
/* The largest one not above a number that is 1 or more. */
struct cut cut_below(
	const struct space *space, enum loop loop, double outer, double most);
/* How many there are. */
int64_t cuts_count(const struct space *space, enum loop loop, double outer);

/* Whether what limits and dataflow say of single loops leaves a slot these
 * trips, and the slots inside it something that makes up the size. */
bool cut_allowed(const struct space *space, int slot, enum loop loop,
	const struct cut *cut);

/* --- DRAM -------------------------------------------------------------------
 */

/* A T and one choice of the operand that DRAM's order reuses; FAR_NONE: of
 * none. */
enum { FAR_NONE = OPND_COUNT, FAR_COUNT };
struct far {
	double factor;           /* of reuse */
	double pj;               /* DRAM energy of the nest */
	struct moves_real moves; /* DMA cycles of an SPM pass */
	double passes;           /* SPM passes */
};

/* Coefficients of energy per element of an operand: of its tile in G, where it
 * is sent so many ways, and of its tile in F, all multiplications of G taken
 * together. All PEs get their own I and W. Of O, what G has comes and goes, and
 * what the PEs have more than it is added up. */
static inline double array_pj(const struct prices *p, int operand, double ways)
{
	bool out = operand == OPND_O;
	const struct sent sent = {operand, ways, 1, out, out ? -1 : 0};
	return sent_pj(p, &sent);
}

static inline double split_pj(const struct prices *p, int operand)
{
	bool out = operand == OPND_O;
	const struct sent sent = {operand, 1, 0, !out, out};
	return sent_pj(p, &sent);
}

/* The reuse factors of the order that the limits name for a slot of these
 * trips. Returns whether something is reused. */
bool order_factors(const struct space *space, int slot,
	const double trips[LOOP_COUNT], double factor[OPND_COUNT]);
/* Whether a slot of these trips may reuse nothing: nothing moves, or the
 * innermost loop may be one that indexes all three operands. */
bool may_reuse_none(const struct space *space, const double trips[LOOP_COUNT]);
/* Whether the machine's dataflow lets a slot reuse an operand so often, none
 * of them where it is OPND_COUNT. free: trips of the loops that do not index
 * the operand that has to be stationary. */
bool may_reuse(const struct space *space, int slot, int operand, double factor,
	double free);
/* Trips of the loops that do not index an operand. */
double free_trips(
	const struct space *space, int o, const double trips[LOOP_COUNT]);

/* --- what is searched -------------------------------------------------------
 */

/* One objective, or the front; with the incumbents so far. */
struct part {
	const struct space *space;
	struct proof *proof;
	struct choice best;
	struct front *front; /* or NULL; then best is of EDP, to rank by */
	struct arena *arena;
	bool stopped;
	unsigned polls;
	/* What the winner's costs make of the cuts. */
	double value_above, pj_above, pj_equal, cycles_above, cycles_equal;
	double pj_cap, cycles_cap; /* above which nothing is taken */
	double threshold; /* of this round: what is above comes later */
};

/* No mapping of at least this energy and these cycles wins or ties, or it is
 * left to a later round. */
static inline bool part_beaten(const struct part *x, double pj, double cycles)
{
	if (pj > x->pj_cap || cycles > x->cycles_cap)
		return true;
	if (x->front)
		return front_beats(x->front, pj, cycles);
	switch (x->best.objective) {
	case OBJ_EDP: {
		double value = (pj - 0.5) * cycles;
		return value > x->threshold || value > x->value_above ||
			(pj > x->pj_equal && cycles > x->cycles_above);
	}
	case OBJ_ENERGY:
		return pj - 0.5 > x->threshold || pj > x->pj_above ||
			(pj > x->pj_equal && cycles > x->cycles_above);
	case OBJ_CYCLES:
	case OBJ_COUNT:
		break;
	}
	return cycles > x->threshold || cycles > x->cycles_above ||
		(cycles > x->cycles_equal && pj > x->pj_above);
}

static inline double part_value(const struct part *x, double pj, double cycles)
{
	switch (x->best.objective) {
	case OBJ_EDP:
		return max2(0, pj - 0.5) * cycles;
	case OBJ_ENERGY:
		return pj - 0.5;
	case OBJ_CYCLES:
	case OBJ_COUNT:
		break;
	}
	return cycles;
}

/* Nothing found yet, within the limits' caps. */
struct part part_none(const struct space *space, enum objective objective);
/* A candidate_fn of a struct part: of the objective, or the front. */
void part_take(void *part, const struct candidate *candidate);
bool part_found(const struct part *part);
/* Asked to end, and there is something to end with or no time left; the second
 * one asks the clock now and then. */
bool part_stopped(struct part *part);
bool part_poll(struct part *part);

/* What is known of an SPM pass's computing and distributing, over the whole
 * nest, for all arrays that come into question. */
struct near {
	double macs;              /* multiplications that take time, at least */
	double rf_macs;           /* for others_pj */
	double base_pj;           /* multiplications with their accesses */
	double work;              /* cycles of all RF passes' work, at least */
	double ratio[OPND_COUNT]; /* elements of G a multiplication */
	/* By operand that is reused: its elements distributed at least, those
	 * of them that a window touches; at least so often; possible at all. */
	double sent[OPND_COUNT], touched[OPND_COUNT], reuse[OPND_COUNT];
	bool can[OPND_COUNT];
	/* The same where it is held over SPM passes, for one of them each. */
	double held_sent[OPND_COUNT], held_touched[OPND_COUNT];
	bool can_hold[OPND_COUNT];
	bool can_none;
};

/* Of so many multiplications that take time. */
static inline struct near near_of(const struct space *s, double macs)
{
	return (struct near){
		.macs = macs,
		.rf_macs = s->gated && s->padded ? s->macs : macs,
		.base_pj = s->mac_pj * (s->gated ? s->macs : macs),
		.can_none = true,
	};
}

/* The least of the objective over all ways of reuse that are not beaten;
 * INFINITY: all are. any: any such value will do. */
double near_least(const struct part *part, const struct near *near,
	const struct far far[FAR_COUNT], const bool use[FAR_COUNT], bool any);

/* --- T ----------------------------------------------------------------------
 */

/* A T, and what is the same for all G in it. */
struct tile {
	double size[LOOP_COUNT], trips[LOOP_COUNT];
	double macs_in, passes; /* multiplications of T; SPM passes */
	double touched[OPND_COUNT], elems[OPND_COUNT];
	struct far far[FAR_COUNT]; /* by operand reused at DRAM */
	bool use[FAR_COUNT];       /* which of them are choices */
};

/* Fills it from sizes and trips. */
void tile_fill(const struct space *space, struct tile *tile);
/* A bound over all that is in it. */
double tile_least(const struct part *part, const struct tile *tile);
/* Looks at all in it that is not beaten. */
void tile_visit(struct part *part, const struct tile *tile);

/* Looks at all T; proof's bound is what nothing is below so far. */
void tiles_walk(struct part *part);
/* T that fit. At least so many where they are more than 2^24 steps. */
int64_t tiles_count(const struct space *space);

#endif
