/* A slower, plainer proof than the exact search's, and none of its code. Tiles
 * F, G, T as in docs/search.md: of the register file, the PE array, the
 * scratchpad. Every T that fits is taken in the order of the lattice's numbers;
 * under it the G that it is cut into; under a G the F. What a lower bound of
 * energy and cycles puts at the claimed value or above is left out; all else is
 * costed by the reference.
 *
 * With padded tiles trips are rounded up, so that they are at least the ratios
 * of the sizes; bounds over many tiles take those. */
#include "oracle/proof_check.h"

#include "base/checked.h"

#include "oracle/literal_cost.h"
#include "oracle/literal_space.h"
#include "oracle/search_brute.h"
#include "oracle/vectors.h"

#include <assert.h>
#include <math.h>
#include <time.h>

enum { IDS_MAX = 1 << 22, NONE = OPND_COUNT };

/* Bounds are computed by other arithmetic than the reference's: real
 * differences are below this part of them. */
#define SLACK 1e-12

/* Tables over all vectors. The first ones are minima over the F (or P) that
 * divide the vector, the last ones over the G that divide it. */
enum {
	/* pJ of network and reduction a multiplication, of all operands but O,
	 * I, W */
	F_OTHERS,
	F_ELEMS = F_OTHERS + OPND_COUNT, /* of the operand, a multiplication */
	F_MINUS_PES = F_ELEMS + OPND_COUNT, /* -(most PEs) */
	F_MINUS_SIZE,                       /* -(largest |F|) */
	/* pJ a multiplication, of all operands but O, I, W; of all */
	G_OTHERS,
	/* pJ of distributing O, I, W, over the trips of the loops that index
	 * it; and the same of O, one way */
	G_OWN = G_OTHERS + OPND_COUNT + 1,
	G_ONCE = G_OWN + OPND_COUNT,
	/* elements of it, over the same trips */
	G_COVER = G_ONCE + 1,
	/* cycles of an RF pass over its multiplications when O, I, W, or none
	 * is reused: without what is; the same of the ports alone */
	G_CYCLES = G_COVER + OPND_COUNT,
	G_PORTS = G_CYCLES + OPND_COUNT + 1,
	COLUMNS = G_PORTS + OPND_COUNT + 1
};

/* A way of reuse at a level: all of an operand's that an order can give, or
 * NONE. */
struct reuse_way {
	int operand;
	double passes; /* of the level, divided by the reuse factor */
};
enum { WAYS_MAX = OPND_COUNT + 1 };

/* What an RF pass takes at least. */
struct pass_facts {
	double others[OPND_COUNT + 1]; /* pJ of all operands but one, of all */
	double own[OPND_COUNT];        /* pJ of one, O both ways */
	double once[OPND_COUNT];       /* O one way */
	double elems[OPND_COUNT];      /* of G */
	double noc[OPND_COUNT];        /* cycles of their distribution */
	double words[OPND_COUNT];      /* and words that pass the ports then */
	double work, reduction;        /* cycles */
	double macs;                   /* of all PEs, padding included */
};

/* A T. */
struct tile_facts {
	int64_t extent[LOOP_COUNT];
	double size, passes;     /* |T|; SPM passes */
	double macs;             /* of them all, padding of T included */
	double span[OPND_COUNT]; /* trips of the loops that index the operand */
	double noc[OPND_COUNT];  /* cycles in which all of it is distributed */
	int ways;
	struct far_way {
		struct reuse_way reuse;
		double pj;                /* DRAM energy of the nest */
		double each, load, store; /* DMA cycles of an SPM pass */
	} way[WAYS_MAX];
};

struct checker {
	const struct nest *nest;
	const struct arch *arch;
	const struct search_options *options;
	struct vectors lattice;
	struct literal_orders orders;
	double macs, mac_pj, red_pj; /* of the nest; of one, of an element */
	double noc_pj[OPND_COUNT], spm_pj[OPND_COUNT]; /* of an element */
	double *column[COLUMNS];                       /* [ids] */
	double (*elems)[OPND_COUNT];                   /* [ids], footprints */

	/* The largest exponents that any F, any G has. */
	int32_t split_cap[VECTOR_COORDINATES], array_cap[VECTOR_COORDINATES];

	/* Claims are sets of bits 1 << claim. least: falls to what is found
	 * below it. */
	struct proof_claim claim[CLAIM_COUNT];
	struct proof_verdict *out; /* [CLAIM_COUNT] */
	unsigned open;             /* those whose verdict is not clear */
	/* Claims of a walk to come, and the T that it has to visit. */
	unsigned later;
	int32_t *kept; /* [kept_room] */
	size_t kept_count, kept_room;
	struct arena *arena;
	bool stopped;              /* out of time */
	unsigned polls;
	int32_t exponent[VECTOR_COORDINATES]; /* of T */
	struct tile_facts tile;              /* under way */
	int32_t inside[VECTOR_COORDINATES];  /* of the walk over G */
	int32_t array_id;                    /* G */
	int64_t array[LOOP_COUNT];           /* its extents */
	double array_size, rf_passes;
	int ways;
	struct reuse_way way[WAYS_MAX];
	int32_t split_most[VECTOR_COORDINATES]; /* of G */
	int64_t trips[LOOP_COUNT];           /* of the walk over F: PEs */
};

const char *verdict_name(enum verdict verdict)
{
	static const char *const names[] = {
		[VERDICT_BRUTE] = "confirmed by brute force",
		[VERDICT_BOUNDS] = "confirmed by bounds",
		[VERDICT_REFUTED] = "refuted",
		[VERDICT_OPEN] = "not decided in time",
		[VERDICT_LARGE] = "not decided, too many tiles",
	};
	static_assert(
		sizeof names / sizeof *names == VERDICT_COUNT, "one each");
	assert(verdict < VERDICT_COUNT);
	return names[verdict];
}

const char *claim_name(int claim)
{
	return claim == CLAIM_FRONT ? "front"
				    : objective_name((enum objective)claim);
}

static bool time_is_over(struct checker *k)
{
	k->stopped = k->stopped || search_stopped(k->options->stop);
	return k->stopped;
}

/* The clock is asked now and then. */
static bool is_stopped(struct checker *k)
{
	k->stopped = k->stopped || search_poll(k->options->stop, &k->polls);
	return k->stopped;
}

/* --- bounds --------------------------------------------------------------- */

/* Whether no point of the claimed front has as little of both. */
static bool front_lacks(const struct checker *k, double pj, double cycles)
{
	const struct proof_claim *claim = &k->claim[CLAIM_FRONT];
	/* The last point of no more energy has the fewest cycles. */
	const struct candidate *front = claim->front;
	size_t low = 0, high = claim->front_count;
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		if (front[mid].estimate.energy_pj <= pj)
			low = mid + 1;
		else
			high = mid;
	}
	return low == 0 || (double)front[low - 1].estimate.cycles > cycles;
}

/* Of the claims, those that a mapping of at least this energy and these cycles
 * may refute. Both are whole numbers, energy rounded. */
static unsigned may_be_below(
	const struct checker *k, unsigned claims, double pj, double cycles)
{
	const struct limits *limits = &k->options->limits;
	unsigned below = 0;
	pj = ceil(pj * (1 - SLACK) - 0.5);
	cycles = ceil(cycles * (1 - SLACK));
	if ((limits->max_cycles && cycles > (double)limits->max_cycles) ||
		(limits->max_energy_pj > 0 && pj > limits->max_energy_pj))
		return 0;
	for (int o = 0; o < OBJ_COUNT; o++)
		if (literal_value_of((enum objective)o, pj, cycles) <
			k->claim[o].least)
			below |= 1u << o;
	if (claims & 1u << CLAIM_FRONT && front_lacks(k, pj, cycles))
		below |= 1u << CLAIM_FRONT;
	return claims & below;
}

/* What an SPM pass takes at least: any; and one that also receives a held
 * operand's tile, or sends it. */
struct pass_times {
	double any, load, store;
};

/* COST_MODEL 8: a step is DMA or computing, whichever takes longer; of the
 * passes, one each reuse also loads and stores. Does not fall as passes grow:
 * load and store happen in half of the passes at most. */
static double layer_cycles(const struct checker *k, const struct far_way *way,
	const struct pass_times *pass)
{
	/* With one buffer, moving and computing follow each other. */
	bool apart = k->arch->spm_buffers == 1;
	double step =
		apart ? way->each + pass->any : fmax(way->each, pass->any);
	double cycles = step * k->tile.passes;
	if (way->reuse.operand == NONE)
		return cycles;
	double load = apart ? way->load + pass->load
			    : fmax(way->load, pass->load);
	double store = apart ? way->store + pass->store
			     : fmax(way->store, pass->store);
	return cycles +
		way->reuse.passes *
		(fmax(load - step, 0) + fmax(store - step, 0));
}

/* Words that pass the scratchpad's ports in an SPM pass at least. */
static double port_words(const struct pass_facts *f, double rf_passes,
	const struct reuse_way *reuse, bool held)
{
	double words = 0;
	for (int o = 0; o < OPND_COUNT; o++)
		if (o != reuse->operand)
			words += f->words[o] * rf_passes;
		else if (!held)
			words += f->words[o] * reuse->passes;
	return words;
}

static double port_cycles(const struct checker *k, const struct pass_facts *f,
	double rf_passes, const struct reuse_way *reuse, bool held, double more)
{
	if (!k->arch->spm_ports)
		return 0;
	return (port_words(f, rf_passes, reuse, held) + more) /
		(double)(k->arch->spm_ports * k->arch->port_words);
}

/* The longest distribution of operands that are not reused: in cycles, and in
 * words. */
static double others_noc(const struct pass_facts *f, int reused)
{
	double others = 0;
	for (int o = 0; o < OPND_COUNT; o++)
		if (o != reused)
			others = fmax(others, f->noc[o]);
	return others;
}

static double others_elems(const struct pass_facts *f, int reused)
{
	double others = 0;
	for (int o = 0; o < OPND_COUNT; o++)
		if (o != reused)
			others = fmax(others, f->elems[o]);
	return others;
}

/* COST_MODEL 6 for an SPM pass of the given RF passes; ports aside. */
static double networks_cycles(const struct pass_facts *f, double rf_passes,
	const struct reuse_way *reuse, bool held)
{
	double others = others_noc(f, reuse->operand);
	/* What the reused operand adds each time that it is distributed. */
	double own = 0, all;
	if (reuse->operand == OPND_O) {
		all = fmax(f->work, others);
		own = fmax(f->noc[OPND_O] - all, 0) + f->work + f->reduction;
	} else {
		all = others + f->work + f->reduction;
		if (reuse->operand != NONE)
			own = fmax(f->noc[reuse->operand] - others, 0);
	}
	return all * rf_passes + (held ? 0 : own * reuse->passes);
}

/* The same with ports, and of the passes that also move a held operand. words:
 * more that pass the ports than the facts say. */
static struct pass_times pass_cycles(const struct checker *k,
	const struct pass_facts *f, double rf_passes,
	const struct reuse_way *reuse, bool held, double words)
{
	int r = reuse->operand;
	double networks = networks_cycles(f, rf_passes, reuse, held);
	double ports = port_cycles(k, f, rf_passes, reuse, held, words);
	double any = fmax(networks, ports);
	struct pass_times times = {any, any, any};
	if (!held)
		return times;
	double elems = others_elems(f, r);
	double hidden = others_noc(f, r);
	if (r == OPND_O) {
		times.load += f->work + f->reduction;
		hidden = fmax(hidden, fmin(f->work, elems));
	}
	times.store = fmax(any,
		fmax(networks + fmax(f->noc[r] - hidden, 0),
			ports + fmax(f->noc[r] - elems, 0)));
	return times;
}

/* Energy of so many multiplications. Where the PEs gate padding, it is the
 * nest's. */
static double macs_pj(const struct checker *k, double macs)
{
	return (k->arch->mac_gating ? k->macs : macs) * k->mac_pj;
}

/* Of operands that may skip the scratchpad, and do not under this reuse, each of
 * their tiles being distributed several times: pJ of it in an SPM pass, which
 * the facts leave out, and words that pass the ports. */
static double kept_in_spm(const struct checker *k, const struct pass_facts *f,
	const struct reuse_way *reuse, double *words)
{
	double pj = 0;
	*words = 0;
	for (int o = 0; o < OPND_COUNT && k->rf_passes > 1; o++) {
		double times =
			o == reuse->operand ? reuse->passes : k->rf_passes;
		if (!k->arch->spm_bypass[o] || times == 1)
			continue;
		double moved = f->elems[o] * times * (o == OPND_O ? 2 : 1);
		pj += moved * literal_word(k->arch, o) *
			k->arch->spm_pj;
		*words += moved;
	}
	return pj;
}

/* Of the claims, those that mappings of the tile may refute whose RF passes take
 * at least this much, in some way of reuse at both levels. */
static unsigned passes_may_be_below(
	const struct checker *k, unsigned claims, const struct pass_facts *f)
{
	const struct tile_facts *t = &k->tile;
	double rf_passes = k->rf_passes;
	double all = macs_pj(k, f->macs * rf_passes * t->passes);
	unsigned below = 0;
	for (int d = 0; d < t->ways; d++)
		for (int s = 0; s < k->ways && below != claims; s++) {
			const struct far_way *far = &t->way[d];
			struct reuse_way reuse = k->way[s];
			/* With one RF pass in an SPM pass, what is reused at
			 * DRAM stays in the register files. */
			if (rf_passes == 1)
				reuse.operand = far->reuse.operand;
			int r = reuse.operand;
			bool held = r != NONE && r == far->reuse.operand &&
				reuse.passes == 1;
			double words;
			double kept = kept_in_spm(k, f, &reuse, &words);
			double pj = all + far->pj +
				(f->others[r] * rf_passes + kept) * t->passes;
			if (held)
				pj += f->once[r] * far->reuse.passes;
			else if (r != NONE)
				pj += f->own[r] * reuse.passes * t->passes;
			const struct pass_times times =
				pass_cycles(k, f, rf_passes, &reuse, held,
					words);
			below |= may_be_below(k, claims & ~below, pj,
				layer_cycles(k, far, &times));
		}
	return below;
}

/* The operand that the level has to reuse where it can; NONE: any. */
static int stationary_at(const struct checker *k, int slot)
{
	unsigned operand = k->arch->dataflow.stationary[slot];
	return operand ? (int)operand - 1 : NONE;
}

/* What the sizes of a vector say of the G that divide it, in the T under way. */
struct below_facts {
	/* The operand that they have to reuse, since they leave trips to reuse
	 * it over; NONE: any. */
	int must;
	/* Whether some may hold the operand in the register files over SPM
	 * passes: no loop of the SPM level indexes it. */
	bool may_hold[OPND_COUNT];
};

static struct below_facts below_facts(const struct checker *k, int32_t id)
{
	struct below_facts below = {.must = NONE};
	int still = stationary_at(k, SLOT_SPM);
	int64_t extent[LOOP_COUNT];
	unsigned smaller = 0;
	vector_extents(&k->lattice, id, extent);
	for (int l = 0; l < LOOP_COUNT; l++)
		if (extent[l] < k->tile.extent[l])
			smaller |= LOOP_BIT(l);
	for (int o = 0; o < OPND_COUNT; o++)
		below.may_hold[o] = !(smaller & k->nest->indexes[o]);
	if (still != NONE && smaller & ~k->nest->indexes[still])
		below.must = still;
	return below;
}

/* What an SPM pass takes at least that reuses r, or NONE, over the G that divide
 * a vector. held: r stays in the register files over SPM passes.
 *
 * Of L RF passes each takes x, the longest distribution of the others, and its
 * work; n = L / s <= L / 2 of them distribute r, too: n max(0, own - x) is at
 * least n own - L x / 2, and n own covers T. (With O reused, x is what computing
 * does not hide of it.) */
static double arrays_cycles(
	const struct checker *k, int32_t id, int r, bool held)
{
	const struct tile_facts *t = &k->tile;
	double pass = k->column[G_CYCLES + r][id] * t->size;
	double words = k->arch->spm_ports ? k->column[G_PORTS + r][id] : 0;
	words *= t->size;
	if (r != NONE && !held) {
		double own = k->column[G_COVER + r][id] * t->span[r];
		pass = fmax(pass,
			pass / 2 + own / (double)k->arch->noc_words[r]);
		if (!k->arch->spm_bypass[r])
			words += r == OPND_O ? 2 * own : own;
	}
	if (!k->arch->spm_ports)
		return pass;
	return fmax(pass,
		words / (double)(k->arch->spm_ports * k->arch->port_words));
}

/* Whether mappings of the tile with some G that divides a vector may refute one
 * of the claims, with r, or NONE, reused at SPM; returns which. held: it stays
 * in the register files over the SPM passes of the far way, which reuses it.
 * The reused operand is distributed at least once in each trip of the loops that
 * index it. */
static unsigned reuse_may_be_below(const struct checker *k, unsigned claims,
	int32_t id, int r, const struct far_way *far, bool held)
{
	const struct tile_facts *t = &k->tile;
	double pass = arrays_cycles(k, id, r, held), own = 0;
	struct pass_times times = {pass, pass, pass};
	if (held) {
		/* All of T's at once. */
		times.store = fmax(pass, t->noc[r]);
		own = k->column[r == OPND_O ? (int)G_ONCE : G_OWN + r][id] *
			far->reuse.passes * t->span[r];
	} else if (r != NONE) {
		own = k->column[G_OWN + r][id] * t->passes * t->span[r];
	}
	double pj = macs_pj(k, t->macs) + far->pj +
		k->column[G_OTHERS + r][id] * t->macs + own;
	return may_be_below(k, claims, pj, layer_cycles(k, far, &times));
}

/* The same in all ways of reuse. */
static unsigned arrays_may_be_below(
	const struct checker *k, unsigned claims, int32_t id)
{
	const struct below_facts facts = below_facts(k, id);
	unsigned below = 0;
	for (int d = 0; d < k->tile.ways; d++)
		for (int r = 0; r <= NONE; r++) {
			const struct far_way *far = &k->tile.way[d];
			bool may_hold = r != NONE && r == far->reuse.operand &&
				facts.may_hold[r];
			if (facts.must != NONE && r != facts.must)
				continue;
			for (int held = 0; held <= may_hold; held++)
				below |= reuse_may_be_below(
					k, claims & ~below, id, r, far, held);
			if (below == claims)
				return below;
		}
	return below;
}

/* --- tables --------------------------------------------------------------- */

static double product_of(const int64_t extent[LOOP_COUNT], unsigned loops)
{
	double product = 1;
	for (int l = 0; l < LOOP_COUNT; l++)
		if (loops & LOOP_BIT(l))
			product *= (double)extent[l];
	return product;
}

static const unsigned all_loops = LOOP_BIT(LOOP_COUNT) - 1;

/* Whether the extents are factors that the level may have. */
static bool level_may(
	const struct checker *k, int slot, const int64_t extent[LOOP_COUNT])
{
	return literal_allows(
		k->nest, k->arch, &k->options->limits, slot, extent);
}

static bool rf_holds(const struct checker *k, int32_t id)
{
	double bits = 0, elems = 0;
	double room = (double)k->arch->rf_bytes / (double)k->arch->elem_bytes;
	for (int o = 0; o < OPND_COUNT; o++) {
		bits += k->elems[id][o] * (double)literal_bits(k->arch, o);
		elems += k->elems[id][o] * literal_word(k->arch, o);
	}
	return bits <= 8 * (double)k->arch->rf_bytes &&
		elems / room >= k->options->limits.min_rf_use;
}

/* pJ of a multiplication's accesses of the operand: read, O written, too. */
static double registers_pj(const struct arch *arch, int o)
{
	return (o == OPND_O ? 2 : 1) * literal_word(arch, o) * arch->rf_pj;
}

/* pJ of register files, a multiplication, that mac_pj takes as skipped and are
 * not with this F. Of padding that is gated there is none: it is left out where
 * there may be some. */
static double kept_pj(const struct checker *k, const int64_t rf[LOOP_COUNT])
{
	double pj = 0;
	for (int o = 0; o < OPND_COUNT; o++)
		if (k->arch->rf_bypass[o] && !literal_used_once(k->nest, o, rf))
			pj += registers_pj(k->arch, o);
	bool gated = k->arch->mac_gating && k->options->tiles == TILES_PADDED;
	return gated ? 0 : pj;
}

/* A vector as F and as P. most: the largest extents of both, which rise. */
static void split_columns(
	struct checker *k, int32_t id, int64_t most[SEED_SLOTS][LOOP_COUNT])
{
	int64_t extent[LOOP_COUNT];
	vector_extents(&k->lattice, id, extent);
	double size = product_of(extent, all_loops);
	for (int o = 0; o < OPND_COUNT; o++)
		k->elems[id][o] = (double)nest_footprint(
			k->nest, (enum operand)o, extent);
	bool fits = rf_holds(k, id) && level_may(k, SLOT_RF, extent);
	for (int r = 0; r < OPND_COUNT; r++) {
		double others = 0;
		for (int o = 0; o < OPND_COUNT; o++)
			if (o != r)
				others += k->elems[id][o] / size *
					(o == OPND_O ? k->red_pj
						     : k->noc_pj[o]);
		k->column[F_OTHERS + r][id] =
			fits ? others + kept_pj(k, extent) : INFINITY;
		k->column[F_ELEMS + r][id] =
			fits ? k->elems[id][r] / size : INFINITY;
	}
	bool pes = size <= (double)k->arch->pes &&
		level_may(k, SLOT_SPATIAL, extent);
	k->column[F_MINUS_PES][id] = pes ? -size : 0;
	k->column[F_MINUS_SIZE][id] = fits ? -size : 0;
	for (int l = 0; l < LOOP_COUNT; l++) {
		if (fits && extent[l] > most[SLOT_RF][l])
			most[SLOT_RF][l] = extent[l];
		if (pes && extent[l] > most[SLOT_SPATIAL][l])
			most[SLOT_SPATIAL][l] = extent[l];
	}
}

/* Adds up what is known of the operands of an RF pass: red, the pJ of network
 * (of O: of reduction) of each, and others, its sum without one. */
static void pass_energies(const struct checker *k, int32_t array, double size,
	const double others[OPND_COUNT], const double per_mac[OPND_COUNT],
	struct pass_facts *f)
{
	double fixed[OPND_COUNT], all = 0;
	for (int o = 0; o < OPND_COUNT; o++) {
		double elems = k->elems[array][o];
		double way = (k->noc_pj[o] + k->spm_pj[o]) * elems;
		f->elems[o] = elems;
		f->noc[o] = ceil(elems / (double)k->arch->noc_words[o]);
		/* O goes both ways; what may go by the scratchpad has none. */
		f->words[o] = k->arch->spm_bypass[o] ? 0
			: o == OPND_O		     ? 2 * elems
						     : elems;
		double moved = per_mac[o] * size;
		if (o == OPND_O) {
			/* A reduction adds up elements of all PEs but one. */
			fixed[o] = 2 * way - k->red_pj * elems;
			f->own[o] = fixed[o] + k->red_pj * moved;
			f->once[o] = f->own[o] - way;
		} else {
			fixed[o] = k->spm_pj[o] * elems;
			f->own[o] = f->once[o] =
				fixed[o] + k->noc_pj[o] * moved;
		}
		all += fixed[o];
	}
	f->others[NONE] = 0;
	for (int o = 0; o < OPND_COUNT; o++) {
		f->others[o] = all - fixed[o] + others[o] * size;
		f->others[NONE] =
			fmax(f->others[NONE], f->others[o] + f->own[o]);
	}
}

/* Whether there are PEs and register files enough for it. */
static bool is_array(const struct checker *k, int32_t id, double size)
{
	double pes = -k->column[F_MINUS_PES][id];
	return pes * -k->column[F_MINUS_SIZE][id] >= size &&
		pes / (double)k->arch->pes >= k->options->limits.min_pe_use;
}

/* Of a G whatever its F is. */
static void array_facts(
	const struct checker *k, int32_t id, double size, struct pass_facts *f)
{
	double others[OPND_COUNT], per_mac[OPND_COUNT];
	for (int o = 0; o < OPND_COUNT; o++) {
		others[o] = k->column[F_OTHERS + o][id];
		per_mac[o] = k->column[F_ELEMS + o][id];
	}
	pass_energies(k, id, size, others, per_mac, f);
	f->work = size / -k->column[F_MINUS_PES][id];
	f->reduction = 0;
	f->macs = size;
}

/* Those of the ports are last. */
static int columns(const struct checker *k)
{
	return k->arch->spm_ports ? COLUMNS : G_PORTS;
}

/* A vector as G. */
static void array_columns(struct checker *k, int32_t id)
{
	for (int c = G_OTHERS; c < columns(k); c++)
		k->column[c][id] = INFINITY;
	int64_t extent[LOOP_COUNT];
	vector_extents(&k->lattice, id, extent);
	double size = product_of(extent, all_loops);
	if (!is_array(k, id, size))
		return;
	struct pass_facts f;
	array_facts(k, id, size, &f);
	for (int r = 0; r <= NONE; r++) {
		const struct reuse_way reuse = {.operand = r};
		k->column[G_OTHERS + r][id] = f.others[r] / size;
		k->column[G_CYCLES + r][id] =
			networks_cycles(&f, 1, &reuse, true) / size;
		if (k->arch->spm_ports)
			k->column[G_PORTS + r][id] =
				port_words(&f, 1, &reuse, true) / size;
	}
	for (int r = 0; r < OPND_COUNT; r++) {
		double span = product_of(extent, k->nest->indexes[r]);
		k->column[G_OWN + r][id] = f.own[r] / span;
		k->column[G_COVER + r][id] = k->elems[id][r] / span;
		if (r == OPND_O)
			k->column[G_ONCE][id] = f.once[r] / span;
	}
}

/* Of a coordinate, the largest exponent of a size up to one. */
static int32_t exponent_up_to(const struct vector_coordinate *at, double size)
{
	int32_t e = at->most;
	while (e > 0 && (double)at->size[e] > size)
		e--;
	return e;
}

static void tables_fill(struct ctx *ctx, struct checker *k)
{
	size_t ids = (size_t)k->lattice.ids;
	int64_t most[SEED_SLOTS][LOOP_COUNT] = {{0}};
	k->elems = arena_array(&ctx->arena, ids, sizeof *k->elems);
	for (int c = 0; c < columns(k) && !time_is_over(k); c++)
		k->column[c] =
			arena_array(&ctx->arena, ids, sizeof *k->column[c]);
	for (int32_t id = 0; id < k->lattice.ids && !is_stopped(k); id++)
		split_columns(k, id, most);
	for (int c = 0; c < k->lattice.count; c++) {
		const struct vector_coordinate *at = &k->lattice.at[c];
		double split = (double)most[SLOT_RF][at->loop];
		double pes = (double)most[SLOT_SPATIAL][at->loop];
		k->split_cap[c] = exponent_up_to(at, split);
		k->array_cap[c] = exponent_up_to(at, split * pes);
	}
	for (int c = 0; c < G_OTHERS && !time_is_over(k); c++)
		vectors_least(&k->lattice, k->column[c]);
	for (int32_t id = 0; id < k->lattice.ids && !is_stopped(k); id++)
		array_columns(k, id);
	for (int c = G_OTHERS; c < columns(k) && !time_is_over(k); c++)
		vectors_least(&k->lattice, k->column[c]);
}

/* --- reuse ---------------------------------------------------------------- */

/* The ways of reuse that orders of these factors give, the most of each
 * operand. Returns their number. */
static int reuse_ways(const struct checker *k, int slot,
	const int64_t factor[LOOP_COUNT], struct reuse_way out[WAYS_MAX])
{
	const uint8_t *order =
		literal_order(k->arch, &k->options->limits, slot);
	double passes = product_of(factor, all_loops);
	int count = 0;
	if (order) {
		const struct reuse reuse =
			literal_reuse(k->nest, factor, order);
		out[count] = (struct reuse_way){NONE, passes};
		for (int o = 0; o < OPND_COUNT && passes > 1; o++)
			if (reuse.factor[o] > 1)
				out[count] = (struct reuse_way){
					o, passes / (double)reuse.factor[o]};
		return 1;
	}
	/* A stationary operand is reused over all that it can be. */
	int still = stationary_at(k, slot);
	double free = still == NONE
		? 1
		: product_of(factor, ~k->nest->indexes[still]);
	if (free > 1) {
		out[0] = (struct reuse_way){still, passes / free};
		return 1;
	}
	bool none = passes == 1; /* or a loop indexes all three */
	for (int l = 0; l < LOOP_COUNT; l++)
		none |= factor[l] > 1 &&
			(k->nest->indexes[OPND_O] & k->nest->indexes[OPND_I] &
				k->nest->indexes[OPND_W] & LOOP_BIT(l));
	if (none)
		out[count++] = (struct reuse_way){NONE, passes};
	for (int o = 0; o < OPND_COUNT; o++) {
		double most = product_of(factor, ~k->nest->indexes[o]);
		if (most > 1)
			out[count++] = (struct reuse_way){o, passes / most};
	}
	return count;
}

/* --- the walks ------------------------------------------------------------ */

static void mapping_judge(void *arg, const struct candidate *candidate)
{
	struct checker *k = arg;
	const struct estimate *e = &candidate->estimate;
	unsigned refuted = 0;
	for (int o = 0; o < OBJ_COUNT; o++) {
		double value = literal_value((enum objective)o, e);
		if (!(k->open & 1u << o) || value >= k->claim[o].least)
			continue;
		k->claim[o].least = value; /* on to the best of all */
		refuted |= 1u << o;
	}
	if (k->open & 1u << CLAIM_FRONT &&
		front_lacks(k, e->energy_pj, (double)e->cycles)) {
		refuted |= 1u << CLAIM_FRONT;
		k->open &= ~(1u << CLAIM_FRONT);
	}
	for (int c = 0; c < CLAIM_COUNT; c++)
		if (refuted & 1u << c) {
			k->out[c].better = *candidate;
			k->out[c].verdict = VERDICT_REFUTED;
		}
}

/* The tiles of one size in another, loop by loop. */
static void trips_of(const int64_t outer[LOOP_COUNT],
	const int64_t inner[LOOP_COUNT], int64_t trips[LOOP_COUNT])
{
	for (int l = 0; l < LOOP_COUNT; l++)
		trips[l] = literal_trips(outer[l], inner[l]);
}

/* What an RF pass of the G under way takes with an F in its PEs: all but that
 * O on its way is charged without the padding of F. */
static void split_facts(const struct checker *k, int32_t id, double array_size,
	const struct tiling *tiling, struct pass_facts *f)
{
	const int64_t *spatial = tiling->factor[SLOT_SPATIAL];
	const unsigned outputs = k->nest->indexes[OPND_O];
	double size = product_of(tiling->factor[SLOT_RF], all_loops);
	double pes = product_of(spatial, all_loops);
	double reduction = k->elems[id][OPND_O] * product_of(spatial, outputs) *
		(product_of(spatial, ~outputs) - 1);
	double others[OPND_COUNT], per_mac[OPND_COUNT], all = 0;
	for (int o = 0; o < OPND_COUNT; o++) {
		double moved = k->elems[id][o] * pes;
		if (o == OPND_O)
			moved = reduction + k->elems[k->array_id][OPND_O];
		per_mac[o] = moved / array_size;
		others[o] =
			per_mac[o] * (o == OPND_O ? k->red_pj : k->noc_pj[o]);
		all += others[o];
	}
	all += kept_pj(k, tiling->factor[SLOT_RF]);
	for (int o = 0; o < OPND_COUNT; o++)
		others[o] = all - others[o];
	pass_energies(k, k->array_id, array_size, others, per_mac, f);
	f->work = size;
	f->reduction = k->arch->reduction_tree ? 0 : reduction;
	f->macs = size * pes;
}

/* F of the G under way: nearly exact, then by the reference. */
static void split_visit(struct checker *k, unsigned claims, int32_t id)
{
	struct tiling tiling = tiling_none;
	int64_t *split = tiling.factor[SLOT_RF];
	vector_extents(&k->lattice, id, split);
	trips_of(k->array, split, tiling.factor[SLOT_SPATIAL]);
	struct pass_facts f;
	split_facts(k, id, k->array_size, &tiling, &f);
	claims = passes_may_be_below(k, claims, &f);
	if (!claims)
		return;
	trips_of(k->nest->bound, k->tile.extent, tiling.factor[SLOT_DRAM]);
	trips_of(k->tile.extent, k->array, tiling.factor[SLOT_SPM]);
	if (!literal_fits(k->nest, k->arch, &k->options->limits, &tiling))
		return;
	for (int c = 0; c < CLAIM_COUNT; c++)
		k->out[c].tilings += claims >> c & 1;
	literal_candidates(
		&k->orders, k->arch, k->options, &tiling, mapping_judge, k);
}

static bool rf_may_hold(const struct checker *k, int32_t id)
{
	double bits = 0;
	for (int o = 0; o < OPND_COUNT; o++)
		bits += k->elems[id][o] * (double)literal_bits(k->arch, o);
	return bits <= 8 * (double)k->arch->rf_bytes;
}

/* All F that G is cut into whose exponents are id's in the coordinates before
 * 'c', which leave so many PEs; id has no others. */
static void splits_walk(
	struct checker *k, unsigned claims, int32_t id, int c, int64_t pes)
{
	if (is_stopped(k))
		return;
	if (c == k->lattice.count) {
		split_visit(k, claims, id);
		return;
	}
	const struct vector_coordinate *at = &k->lattice.at[c];
	int64_t before = k->trips[at->loop];
	int32_t most = k->split_most[c], e = most;
	if (e > k->split_cap[c])
		e = k->split_cap[c];
	for (; e >= 0; e--) {
		if (!vector_cuts(at, k->array[at->loop], e))
			continue;
		/* Smaller F take more PEs, larger ones more words. */
		int64_t trips = literal_trips(at->size[most], at->size[e]);
		k->trips[at->loop] = before * trips;
		if (trips > pes ||
			(trips > 1 &&
				!literal_spatial_open(
					k->nest, k->arch, k->trips)))
			break;
		int32_t next = id + e * at->step;
		if (rf_may_hold(k, next))
			splits_walk(k, claims, next, c + 1, pes / trips);
	}
	k->trips[at->loop] = before;
}

static void array_visit(struct checker *k, unsigned claims, int32_t id)
{
	int64_t spm[LOOP_COUNT];
	vector_extents(&k->lattice, id, k->array);
	trips_of(k->tile.extent, k->array, spm);
	k->array_size = product_of(k->array, all_loops);
	if (!is_array(k, id, k->array_size) || !level_may(k, SLOT_SPM, spm))
		return;
	k->rf_passes = product_of(spm, all_loops);
	k->ways = reuse_ways(k, SLOT_SPM, spm, k->way);
	struct pass_facts f;
	array_facts(k, id, k->array_size, &f);
	claims = passes_may_be_below(k, claims, &f);
	if (!claims)
		return;
	for (int c = 0; c < CLAIM_COUNT; c++)
		k->out[c].arrays += claims >> c & 1;
	k->array_id = id;
	for (int c = 0; c < k->lattice.count; c++)
		k->split_most[c] = k->inside[c];
	for (int l = 0; l < LOOP_COUNT; l++)
		k->trips[l] = 1;
	splits_walk(k, claims, 0, 0, k->arch->pes);
}

/* All G that the T under way is cut into and that fit into a vector, without
 * lowering the coordinates before 'from'. */
static void arrays_walk(
	struct checker *k, unsigned claims, int32_t id, int from)
{
	claims = arrays_may_be_below(k, claims & k->open, id);
	if (!claims || is_stopped(k))
		return;
	array_visit(k, claims, id);
	for (int c = from; c < k->lattice.count; c++) {
		const struct vector_coordinate *at = &k->lattice.at[c];
		int32_t now = k->inside[c], next = now - 1;
		while (next > 0 &&
			!vector_cuts(at, k->tile.extent[at->loop], next))
			next--;
		if (now == 0)
			continue;
		k->inside[c] = next;
		arrays_walk(k, claims, id - (now - next) * at->step, c);
		k->inside[c] = now;
	}
}

/* pJ of moving all different tiles of an operand once, without their padding.
 */
static double swept_pj(const struct checker *k, int operand)
{
	return (double)literal_swept(k->nest, operand, k->tile.extent) *
		k->arch->dram_pj * literal_word(k->arch, operand);
}

/* DMA cycles of moves that share DRAM, or do not. */
static double moves(const struct checker *k, double a, double b)
{
	return k->arch->dma_parallel ? fmax(a, b) : a + b;
}

/* COST_MODEL 7 to 9: DRAM energy and DMA time of the T under way, for each way
 * of reuse at DRAM. */
static void far_ways(struct checker *k, const int64_t dram[LOOP_COUNT])
{
	struct tile_facts *t = &k->tile;
	struct reuse_way reuse[WAYS_MAX];
	t->ways = reuse_ways(k, SLOT_DRAM, dram, reuse);
	struct literal_dma dmas[OPND_COUNT];
	double tile_pj[OPND_COUNT];
	for (int o = 0; o < OPND_COUNT; o++) {
		dmas[o] = literal_dma(
			k->nest, k->arch, o, t->extent, k->options->rule);
		tile_pj[o] = k->options->rule == BURST_COMPAT ? dmas[o].pj
							      : swept_pj(k, o) /
				product_of(dram, k->nest->indexes[o]);
	}
	for (int d = 0; d < t->ways; d++) {
		struct far_way *way = &t->way[d];
		*way = (struct far_way){.reuse = reuse[d]};
		double own = 0;
		for (int o = 0; o < OPND_COUNT; o++) {
			const struct literal_dma dma = dmas[o];
			double fetches = t->passes;
			if (o == reuse[d].operand) {
				fetches = reuse[d].passes;
				own = (double)dma.cycles;
			} else {
				way->each = moves(k, way->each,
					(double)dma.cycles *
						(o == OPND_O ? 2 : 1));
			}
			/* O goes out, and comes in where it was begun. */
			if (o == OPND_O)
				fetches += fetches -
					product_of(
						dram, k->nest->indexes[OPND_O]);
			way->pj += tile_pj[o] * fetches;
		}
		way->load = moves(k, way->each, own);
		way->store = reuse[d].operand == OPND_O ? way->load : way->each;
	}
}

/* Sets the T under way; false when none can have the vector. */
static bool tile_begin(struct checker *k, int32_t id)
{
	struct tile_facts *t = &k->tile;
	int64_t dram[LOOP_COUNT];
	vector_extents(&k->lattice, id, t->extent);
	trips_of(k->nest->bound, t->extent, dram);
	if (!level_may(k, SLOT_DRAM, dram) ||
		!literal_fits_spm(
			k->nest, k->arch, &k->options->limits, t->extent))
		return false;
	t->size = product_of(t->extent, all_loops);
	t->passes = product_of(dram, all_loops);
	t->macs = t->size * t->passes;
	for (int o = 0; o < OPND_COUNT; o++) {
		t->span[o] = product_of(t->extent, k->nest->indexes[o]);
		t->noc[o] = ceil(k->elems[id][o] /
			(double)k->arch->noc_words[o]);
	}
	far_ways(k, dram);
	return true;
}

static void tile_visit(struct checker *k, int32_t id)
{
	if (!tile_begin(k, id))
		return;
	/* The largest sizes that some G may have. */
	int32_t largest = 0;
	for (int c = 0; c < k->lattice.count; c++) {
		const struct vector_coordinate *at = &k->lattice.at[c];
		int32_t e = k->exponent[c];
		if (e > k->array_cap[c])
			e = k->array_cap[c];
		while (!vector_cuts(at, k->tile.extent[at->loop], e))
			e--;
		k->inside[c] = e;
		largest += e * at->step;
	}
	unsigned claims =
		arrays_may_be_below(k, k->open | k->later, largest);
	if (claims & k->later) {
		k->kept = arena_grow(k->arena, k->kept, k->kept_count,
			&k->kept_room, k->kept_count + 1, sizeof *k->kept);
		k->kept[k->kept_count++] = id;
	}
	claims &= k->open;
	for (int c = 0; c < CLAIM_COUNT; c++)
		k->out[c].tiles += claims >> c & 1;
	arrays_walk(k, claims, largest, 0);
}

/* All T that may fit whose exponents are id's in the coordinates before 'c'; id
 * has no others. Larger ones hold more. */
static void tiles_walk(struct checker *k, int32_t id, int c)
{
	if (is_stopped(k) || !k->open)
		return;
	double bytes = 0;
	for (int o = 0; o < OPND_COUNT; o++)
		bytes += (double)literal_bytes(
			k->arch, o, (int64_t)k->elems[id][o]);
	if (bytes > (double)k->arch->spm_banks * (double)k->arch->bank_bytes)
		return;
	if (c == k->lattice.count) {
		tile_visit(k, id);
		return;
	}
	for (int32_t e = 0; e <= k->lattice.at[c].most; e++) {
		k->exponent[c] = e;
		tiles_walk(k, id + e * k->lattice.at[c].step, c + 1);
	}
}

/* The T that were kept for later. */
static void kept_walk(struct checker *k)
{
	for (size_t i = 0; i < k->kept_count && k->open && !is_stopped(k);
		i++) {
		int32_t id = k->kept[i];
		for (int c = 0; c < k->lattice.count; c++)
			k->exponent[c] = id / k->lattice.at[c].step %
				(k->lattice.at[c].most + 1);
		tile_visit(k, id);
	}
}

/* The claims in one walk. kept: another one has kept their T. */
static void claims_check(struct checker *k, unsigned claims, bool kept)
{
	k->open = claims;
	for (int c = 0; c < CLAIM_COUNT; c++)
		if (claims >> c & 1)
			k->out[c].verdict = VERDICT_BOUNDS;
	if (kept)
		kept_walk(k);
	else
		tiles_walk(k, 0, 0);
	for (int c = 0; c < CLAIM_COUNT; c++)
		if (claims >> c & 1 && k->stopped &&
			k->out[c].verdict == VERDICT_BOUNDS)
			k->out[c].verdict = VERDICT_OPEN;
}

/* --- all claims ----------------------------------------------------------- */

static bool claim_wanted(const struct search_options *options, int kind)
{
	if (kind == CLAIM_FRONT)
		return options->front;
	return !options->objectives || options->objectives & 1u << kind;
}

/* A point of the true front that the claimed one lacks; NULL: there is none.
 * With better mappings among equals. */
static const struct candidate *front_missing(
	const struct search_result *result, const struct proof_claim *claim)
{
	for (size_t i = 0; i < result->front_count; i++)
		if (i >= claim->front_count ||
			literal_compare(OBJ_ENERGY, &result->front[i],
				&claim->front[i]) != 0)
			return &result->front[i];
	return NULL;
}

/* A point found by a search that was ended early, and which no point of the
 * claimed front is as good as; NULL: there is none. Others stand for what the
 * search had not found yet. */
static const struct candidate *front_beyond(
	const struct search_result *result, const struct proof_claim *claim)
{
	for (size_t i = 0; i < result->front_count; i++) {
		const struct estimate *found = &result->front[i].estimate;
		bool covered = false;
		for (size_t c = 0; c < claim->front_count && !covered; c++) {
			const struct estimate *e = &claim->front[c].estimate;
			covered = e->energy_pj <= found->energy_pj &&
				e->cycles <= found->cycles;
		}
		if (!covered)
			return &result->front[i];
	}
	return NULL;
}

/* What is better than the claim; NULL: nothing. all: the search came to its
 * end. */
static const struct candidate *brute_better(const struct search_result *result,
	bool all, int kind, const struct proof_claim *claim)
{
	if (kind == CLAIM_FRONT)
		return all ? front_missing(result, claim)
			   : front_beyond(result, claim);
	enum objective objective = (enum objective)kind;
	const struct candidate *best = &result->best[kind].winner;
	if (!result->feasible)
		return NULL;
	bool better =
		literal_value(objective, &best->estimate) < claim->least ||
		(claim->winner &&
			literal_compare(objective, best, claim->winner) < 0);
	return better ? best : NULL;
}

static bool brute_check(struct ctx *ctx, const struct nest *nest,
	const struct arch *arch, const struct search_options *options,
	const struct proof_claim claim[CLAIM_COUNT],
	struct proof_verdict out[CLAIM_COUNT])
{
	struct search_result result;
	if (!search_brute(ctx, nest, arch, options, &result))
		return false;
	/* It tells by the proofs of the objectives whether it was stopped. */
	bool all = !result.feasible || result.best[OBJ_EDP].proof.proven;
	for (int k = 0; k < CLAIM_COUNT; k++) {
		if (!claim_wanted(options, k))
			continue;
		const struct candidate *better =
			brute_better(&result, all, k, &claim[k]);
		out[k].tilings = result.evaluated;
		out[k].verdict = all ? VERDICT_BRUTE : VERDICT_OPEN;
		if (better) {
			out[k].verdict = VERDICT_REFUTED;
			out[k].better = *better;
		}
	}
	return true;
}

static void bounds_check(struct ctx *ctx, const struct nest *nest,
	const struct arch *arch, const struct search_options *options,
	const struct proof_claim claim[CLAIM_COUNT],
	struct proof_verdict out[CLAIM_COUNT])
{
	double macs = (double)nest_macs(nest),
	       word = literal_word(arch, OPND_O);
	struct checker k = {
		.nest = nest,
		.arch = arch,
		.options = options,
		.orders = {.arena = &ctx->arena, .nest = nest},
		.macs = macs,
		.mac_pj = arch->mac_pj,
		.out = out,
		.arena = &ctx->arena,
		.red_pj =
			word * (3 * arch->rf_pj + arch->noc_pj) + arch->mac_pj,
	};
	for (int o = 0; o < OPND_COUNT; o++) {
		word = literal_word(arch, o);
		/* As if all that may skip a memory did. */
		if (!arch->rf_bypass[o])
			k.mac_pj += registers_pj(arch, o);
		k.noc_pj[o] = word * arch->noc_pj;
		k.spm_pj[o] = arch->spm_bypass[o] ? 0 : word * arch->spm_pj;
	}
	bool fits =
		vectors_init(ctx, nest, options->tiles, IDS_MAX, &k.lattice);
	if (fits && !time_is_over(&k))
		tables_fill(ctx, &k);
	unsigned claims = 0;
	for (int c = 0; c < CLAIM_COUNT; c++)
		if (claim_wanted(options, c)) {
			claims |= 1u << c;
			k.claim[c] = claim[c];
			out[c].verdict = fits ? VERDICT_OPEN : VERDICT_LARGE;
		}
	const unsigned front = claims & 1u << CLAIM_FRONT;
	if (!fits)
		return;
	/* On its own, behind the others: it takes longer. */
	if (claims != front) {
		k.later = front;
		claims_check(&k, claims & ~front, false);
		k.later = 0;
	}
	if (front)
		claims_check(&k, front, claims != front);
}

/* The same stop in half of the time that is left; NULL without one. */
static const struct search_stop *half_of(
	const struct search_stop *stop, struct search_stop *half)
{
	struct timespec now;
	if (!stop || stop->deadline <= 0)
		return stop;
	clock_gettime(CLOCK_MONOTONIC, &now);
	*half = *stop;
	half->deadline = (stop->deadline + (double)now.tv_sec +
				 1e-9 * (double)now.tv_nsec) /
		2;
	return half;
}

bool proof_check(struct ctx *ctx, const struct nest *nest,
	const struct arch *arch, const struct search_options *options,
	const struct mapspace *space, int64_t brute_most,
	const struct proof_claim claim[CLAIM_COUNT],
	struct proof_verdict out[CLAIM_COUNT])
{
	for (int k = 0; k < CLAIM_COUNT; k++)
		out[k] = (struct proof_verdict){.verdict = VERDICT_OPEN};
	if (space->tilings_fit == NOT_COUNTED ||
		space->tilings_fit > brute_most) {
		bounds_check(ctx, nest, arch, options, claim, out);
		return true;
	}
	/* On a slow machine it does not come to its end: half of the time is
	 * for the bounds then. */
	struct search_stop half;
	struct search_options first = *options;
	first.stop = half_of(options->stop, &half);
	if (!brute_check(ctx, nest, arch, &first, claim, out))
		return false;
	bool open = false;
	for (int k = 0; k < CLAIM_COUNT; k++)
		open |= claim_wanted(options, k) &&
			out[k].verdict == VERDICT_OPEN;
	struct proof_verdict again[CLAIM_COUNT] = {0};
	if (open)
		bounds_check(ctx, nest, arch, options, claim, again);
	for (int k = 0; k < CLAIM_COUNT; k++)
		if (claim_wanted(options, k) && out[k].verdict == VERDICT_OPEN)
			out[k] = again[k];
	return true;
}
