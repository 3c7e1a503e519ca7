/* Every tiling, and for each every pair of reuse vectors, costed by a short form
 * of the cost model; those that may win, by the literal one. It shares types
 * with the mapper and nothing else. */
#include "oracle/search_brute.h"

#include "oracle/literal_cost.h"
#include "oracle/literal_space.h"

#include <stdlib.h>

/* Which operand a level reuses and how often; OPND_COUNT: none. */
struct vector {
	int operand;
	int64_t factor;
};

struct vectors {
	int count;
	struct vector at[REUSE_MAX];
};

struct brute {
	const struct nest *nest;
	const struct arch *arch;
	const struct search_options *options;
	/* Sizes that tiles may have along a loop, ascending. */
	int sizes[LOOP_COUNT];
	int64_t *size[LOOP_COUNT];
	struct tiling tiling;     /* under way */
	int64_t tile[LOOP_COUNT]; /* in the SPM; RF's are factors */
	int64_t evaluated;
	bool stopped; /* ended early */
	unsigned asked;

	/* of the tiling's DRAM factors */
	int64_t spm_passes, index_passes; /* D; its part that indexes O */
	struct literal_dma dma[OPND_COUNT];
	/* pJ of moving all different tiles once, and how many they are. */
	double sweep_pj[OPND_COUNT], tiles[OPND_COUNT];
	struct vectors dram;
	/* of its RF factors */
	int64_t work, rf_elems[OPND_COUNT];

	struct literal_orders orders;
	struct choice choice[OBJ_COUNT];
	/* The energy-cycles front, in no order. */
	struct arena *arena;
	struct candidate *front;
	size_t front_count, front_room;
	struct search_result *out;
};

/* COST_MODEL 4, closed form. */
static void vectors_list(const struct nest *nest,
	const int64_t factor[LOOP_COUNT], struct vectors *out)
{
	unsigned live = 0, all = ~0u;
	for (int l = 0; l < LOOP_COUNT; l++)
		if (factor[l] > 1)
			live |= LOOP_BIT(l);
	for (int o = 0; o < OPND_COUNT; o++)
		all &= nest->indexes[o];
	out->count = 0;
	if (!live || (live & all))
		out->at[out->count++] = (struct vector){OPND_COUNT, 1};
	for (int o = 0; o < OPND_COUNT; o++) {
		unsigned free = live & ~nest->indexes[o];
		int first = out->count;
		for (unsigned set = free; set; set = (set - 1) & free) {
			if (free == live && set != free)
				break;
			int64_t product = 1;
			for (int l = 0; l < LOOP_COUNT; l++)
				if (set & LOOP_BIT(l))
					product *= factor[l];
			int i = first;
			while (i < out->count && out->at[i].factor != product)
				i++;
			if (i == out->count)
				out->at[out->count++] =
					(struct vector){o, product};
		}
	}
}

static int64_t larger(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* DMA cycles of moves that share DRAM, or do not. */
static int64_t together(const struct arch *arch, int64_t a, int64_t b)
{
	return arch->dma_parallel ? larger(a, b) : a + b;
}

/* What a tiling's pairs share. */
struct parts {
	int64_t rf_passes;         /* of an SPM pass */
	int64_t words[OPND_COUNT]; /* of a distribution */
	int64_t noc[OPND_COUNT];   /* its cycles */
	int64_t reduction;         /* cycles */
	/* pJ of network and SPM per distribution; once: where each tile has
	 * one. */
	double send[OPND_COUNT], send_once[OPND_COUNT];
	double reduction_pj;
};

/* Sections 6, 8 and 9. */
static void pair_cost(const struct brute *b, const struct parts *p,
	const struct vector *spm, const struct vector *dram, int64_t *cycles,
	double *pj)
{
	int64_t s[OPND_COUNT] = {1, 1, 1}, d[OPND_COUNT] = {1, 1, 1};
	bool held[OPND_COUNT];
	if (spm->operand < OPND_COUNT)
		s[spm->operand] = spm->factor;
	if (dram->operand < OPND_COUNT)
		d[dram->operand] = dram->factor;

	int64_t comm_first = 0, word_first = 0, each = 0, words = 0;
	double passes = (double)b->spm_passes, near = 0, far = 0;
	for (int o = 0; o < OPND_COUNT; o++) {
		int64_t ways = o == OPND_O ? 2 : 1;
		held[o] = s[o] == p->rf_passes && d[o] > 1;
		if (!held[o] && s[o] == 1) {
			comm_first = larger(comm_first, p->noc[o]);
			word_first = larger(word_first, p->words[o]);
		}
		if (d[o] == 1)
			each = together(b->arch, each, ways * b->dma[o].cycles);
		bool once = s[o] == p->rf_passes;
		double send = once ? p->send_once[o] : p->send[o];
		if (!held[o] && !(once && b->arch->spm_bypass[o]))
			words += ways * p->words[o] * (p->rf_passes / s[o]);
		double reduction = o == OPND_O ? p->reduction_pj : 0;
		double fetches = passes / (double)d[o];
		if (held[o])
			far += (send + reduction) * fetches;
		else
			near += ((double)ways * send + reduction) *
				(double)(p->rf_passes / s[o]);
		if (o == OPND_O)
			fetches += fetches - (double)b->index_passes;
		far += b->sweep_pj[o] * (fetches / b->tiles[o]);
	}
	*pj = near * passes + far;

	/* Section 6: i = 1, then the one other reuse factor. */
	bool stalls = !held[OPND_O] && s[OPND_O] == 1;
	int64_t hidden = stalls ? 0 : b->work, computing = hidden;
	int64_t pass = hidden * p->rf_passes;
	if (comm_first > hidden) {
		pass += (comm_first - hidden) * p->rf_passes;
		hidden = comm_first;
	}
	if (stalls)
		pass += (b->work + p->reduction) * p->rf_passes;
	for (int o = 0; o < OPND_COUNT; o++) {
		if (held[o] || s[o] == 1)
			continue;
		int64_t times = p->rf_passes / s[o];
		if (p->noc[o] > hidden)
			pass += (p->noc[o] - hidden) * times;
		if (o == OPND_O)
			pass += (b->work + p->reduction) * times;
	}

	int64_t ports = b->arch->spm_ports * b->arch->port_words;
	int64_t networks = pass, wait = ports ? literal_trips(words, ports) : 0;
	pass = larger(pass, wait);

	/* Section 8. */
	bool apart = b->arch->spm_buffers == 1;
	int64_t step = apart ? each + pass : larger(each, pass);
	*cycles = step * b->spm_passes;
	for (int o = 0; o < OPND_COUNT; o++) {
		if (d[o] == 1)
			continue;
		int64_t load = together(b->arch, each, b->dma[o].cycles);
		int64_t store = o == OPND_O ? load : each;
		int64_t p1 = pass, p2 = pass;
		if (held[o]) {
			/* Words that would hide it at one a cycle give it as
			 * long a time, in which it computes. */
			int64_t behind =
				computing < word_first ? computing : word_first;
			behind = larger(comm_first, behind);
			p2 = larger(networks + larger(p->noc[o] - behind, 0),
				wait + larger(p->noc[o] - word_first, 0));
			if (o == OPND_O)
				p1 += p->reduction + b->work;
		}
		load = apart ? load + p1 : larger(load, p1);
		store = apart ? store + p2 : larger(store, p2);
		int64_t late =
			larger(load, step) - step + larger(store, step) - step;
		*cycles += late * (b->spm_passes / d[o]);
	}
}

/* Whether a pair may win or tie. The energy comes from other arithmetic than
 * the reference's: allow for more than the difference, and for its rounding. */
static bool may_win(const struct choice *best, int64_t cycles, double pj)
{
	const struct estimate *e = &best->winner.estimate;
	double low = pj * (1 - 1e-9) - 1;
	double value = literal_value(best->objective, e);
	double least = literal_value_of(best->objective, low, (double)cycles);
	if (least != value)
		return least < value;
	return cycles < e->cycles ||
		(cycles == e->cycles && low <= e->energy_pj);
}

static void choice_add(void *arg, const struct candidate *candidate)
{
	struct choice *choice = arg;
	if (choice->made &&
		literal_compare(choice->objective, candidate,
			&choice->winner) >= 0)
		return;
	choice->made = true;
	choice->winner = *candidate;
}

static bool no_worse(const struct estimate *a, const struct estimate *b)
{
	return a->energy_pj <= b->energy_pj && a->cycles <= b->cycles;
}

/* Keeps what nothing else is at most equal to; of equals, the smallest mapping.
 */
static void front_add(void *arg, const struct candidate *now)
{
	struct brute *b = arg;
	size_t kept = 0;
	for (size_t i = 0; i < b->front_count; i++) {
		const struct candidate *old = &b->front[i];
		bool worse = no_worse(&now->estimate, &old->estimate);
		bool better = no_worse(&old->estimate, &now->estimate);
		if (better &&
			(!worse ||
				literal_mapping_compare(
					&old->mapping, &now->mapping) <= 0))
			return;
		/* Nothing has been taken out: 'now' stays in. */
		if (!worse)
			b->front[kept++] = *old;
	}
	b->front_count = kept;
	b->front = arena_grow(b->arena, b->front, kept, &b->front_room,
		kept + 1, sizeof *b->front);
	b->front[b->front_count++] = *now;
}

/* Whether the pair may belong to the front. */
static bool may_join(const struct brute *b, int64_t cycles, double pj)
{
	for (size_t i = 0; i < b->front_count; i++) {
		const struct estimate *e = &b->front[i].estimate;
		if (e->energy_pj < pj * (1 - 1e-9) - 1 && e->cycles <= cycles)
			return false;
	}
	return true;
}

static void tiling_visit(struct brute *b)
{
	const struct nest *nest = b->nest;
	const struct arch *arch = b->arch;
	struct tiling *t = &b->tiling;
	struct parts p = {.rf_passes = literal_product(t->factor[SLOT_SPM])};
	int64_t box[LOOP_COUNT], group = 1, groups = 1;
	for (int l = 0; l < LOOP_COUNT; l++) {
		int64_t pes = t->factor[SLOT_SPATIAL][l];
		int64_t s = t->factor[SLOT_SPM][l];
		box[l] = (b->tile[l] + s - 1) / s;
		if (nest->indexes[OPND_O] & LOOP_BIT(l))
			groups *= pes;
		else
			group *= pes;
	}
	for (int o = 0; o < OPND_COUNT; o++) {
		double word = literal_word(arch, o);
		p.words[o] = nest_footprint(nest, (enum operand)o, box);
		p.noc[o] = literal_trips(p.words[o], arch->noc_words[o]);
		p.send[o] = word *
			((double)(b->rf_elems[o] *
				 (o == OPND_O ? groups : group * groups)) *
					arch->noc_pj +
				(double)p.words[o] * arch->spm_pj);
		p.send_once[o] = p.send[o];
		if (arch->spm_bypass[o])
			p.send_once[o] -=
				word * (double)p.words[o] * arch->spm_pj;
	}
	double word_o = literal_word(arch, OPND_O);
	p.reduction = b->rf_elems[OPND_O] * (group - 1) * groups;
	p.reduction_pj = (double)p.reduction *
		(word_o * (3 * arch->rf_pj + arch->noc_pj) + arch->mac_pj);
	if (arch->reduction_tree)
		p.reduction = 0;
	double macs = 1;
	for (int l = 0; l < LOOP_COUNT; l++) {
		double trips = (double)nest->bound[l];
		if (!arch->mac_gating) {
			trips = 1;
			for (int v = 0; v < SEED_SLOTS; v++)
				trips *= (double)t->factor[v][l];
		}
		macs *= trips;
	}
	/* Three reads, and O written. */
	double accesses = word_o;
	for (int o = 0; o < OPND_COUNT; o++)
		accesses += literal_word(arch, o);
	/* Of what the PEs take from the networks word by word, none. */
	for (int o = 0; o < OPND_COUNT; o++)
		if (arch->rf_bypass[o] &&
			literal_used_once(nest, o, t->factor[SLOT_RF]))
			accesses -=
				(o == OPND_O ? 2 : 1) * literal_word(arch, o);
	double macs_pj = macs * (arch->mac_pj + accesses * arch->rf_pj);

	struct vectors spm;
	vectors_list(nest, t->factor[SLOT_SPM], &spm);
	unsigned may = 0; /* objectives this tiling may win */
	bool joins = false;
	for (int i = 0; i < spm.count; i++)
		for (int j = 0; j < b->dram.count; j++) {
			int64_t cycles;
			double pj;
			pair_cost(b, &p, &spm.at[i], &b->dram.at[j], &cycles,
				&pj);
			pj += macs_pj;
			for (int o = 0; o < OBJ_COUNT; o++)
				if (may_win(&b->choice[o], cycles, pj))
					may |= 1u << o;
			joins = joins ||
				(b->options->front && may_join(b, cycles, pj));
		}
	for (int o = 0; o < OBJ_COUNT; o++)
		if (!b->choice[o].made || may & 1u << o)
			b->out->best[o].proof.pairs_evaluated +=
				literal_candidates(&b->orders, arch, b->options,
					t, choice_add, &b->choice[o]);
	if (joins)
		b->out->front_proof.pairs_evaluated += literal_candidates(
			&b->orders, arch, b->options, t, front_add, b);
	b->evaluated++;
}

/* Asked at every step of the walk, the clock less often. */
static bool is_stopped(struct brute *b)
{
	if (!b->stopped && ++b->asked % 256 == 0)
		b->stopped = b->choice[OBJ_EDP].made
			? search_stopped(b->options->stop)
			: search_expired(b->options->stop);
	return b->stopped;
}

/* Whether a tile may be cut into tiles of another size: it divides, or no
 * smaller one makes as few of them. */
static bool may_cut(const struct brute *b, int64_t outer, int64_t inner)
{
	if (b->options->tiles == TILES_PERFECT)
		return outer % inner == 0;
	return inner == 1 ||
		literal_trips(outer, inner - 1) > literal_trips(outer, inner);
}

static bool is_pruned(const struct brute *b, int slot, int loop)
{
	return literal_barred(b->nest, b->arch, &b->options->limits, slot) &
		LOOP_BIT(loop);
}

/* Whether a level may have the factors that it has. */
static bool is_allowed(const struct brute *b, int slot)
{
	return literal_allows(b->nest, b->arch, &b->options->limits, slot,
		b->tiling.factor[slot]);
}

/* Each of the next three gives a loop all its factors at one level and goes on
 * to the next loop, after the last to the next level. Those of SPM are given
 * with those of SPATIAL. */

/* more: the most PEs that the loops to come can use. */
static void spatial_choose(struct brute *b, int loop, int64_t pes, int64_t more)
{
	struct tiling *t = &b->tiling;
	const struct limits *limits = &b->options->limits;
	if (is_stopped(b) ||
		(double)(pes * more) / (double)b->arch->pes <
			limits->min_pe_use)
		return;
	if (loop == LOOP_COUNT) {
		if (literal_fits_pes(
			    b->arch, limits, t->factor[SLOT_SPATIAL]) &&
			is_allowed(b, SLOT_SPATIAL) && is_allowed(b, SLOT_SPM))
			tiling_visit(b);
		return;
	}
	int64_t tile = b->tile[loop], split = t->factor[SLOT_RF][loop];
	bool pruned = is_pruned(b, SLOT_SPATIAL, loop);
	int64_t later = pruned ? more : more / literal_trips(tile, split);
	for (int i = 0; i < b->sizes[loop]; i++) {
		int64_t array = b->size[loop][i];
		int64_t factor = literal_trips(array, split);
		if (array < split)
			continue;
		if (array > tile || pes * factor > b->arch->pes ||
			(factor > 1 && pruned))
			break;
		if (!may_cut(b, tile, array) || !may_cut(b, array, split))
			continue;
		t->factor[SLOT_SPM][loop] = literal_trips(tile, array);
		t->factor[SLOT_SPATIAL][loop] = factor;
		spatial_choose(b, loop + 1, pes * factor, later);
	}
}

static void rf_choose(struct brute *b, int loop)
{
	struct tiling *t = &b->tiling;
	if (is_stopped(b))
		return;
	double bits = 0;
	for (int o = 0; o < OPND_COUNT; o++) {
		b->rf_elems[o] = nest_footprint(
			b->nest, (enum operand)o, t->factor[SLOT_RF]);
		bits += (double)b->rf_elems[o] *
			(double)literal_bits(b->arch, o);
	}
	/* The loops to come only add to it. */
	if (bits > 8 * (double)b->arch->rf_bytes)
		return;
	if (loop == LOOP_COUNT) {
		int64_t more = 1;
		for (int l = 0; l < LOOP_COUNT; l++)
			if (!is_pruned(b, SLOT_SPATIAL, l))
				more *= literal_trips(
					b->tile[l], t->factor[SLOT_RF][l]);
		b->work = literal_product(t->factor[SLOT_RF]);
		if (literal_fits_rf(b->nest, b->arch, &b->options->limits,
			    t->factor[SLOT_RF]) &&
			is_allowed(b, SLOT_RF))
			spatial_choose(b, 0, 1, more);
		return;
	}
	for (int i = 0; i < b->sizes[loop]; i++) {
		int64_t split = b->size[loop][i];
		if (split > b->tile[loop])
			break;
		if (!may_cut(b, b->tile[loop], split))
			continue;
		t->factor[SLOT_RF][loop] = split;
		rf_choose(b, loop + 1);
	}
	t->factor[SLOT_RF][loop] = 1;
}

static void dram_choose(struct brute *b, int loop)
{
	struct tiling *t = &b->tiling;
	if (is_stopped(b))
		return;
	if (loop < LOOP_COUNT) {
		int64_t bound = b->nest->bound[loop];
		for (int i = b->sizes[loop] - 1; i >= 0; i--) {
			b->tile[loop] = b->size[loop][i];
			t->factor[SLOT_DRAM][loop] =
				literal_trips(bound, b->tile[loop]);
			if (t->factor[SLOT_DRAM][loop] > 1 &&
				is_pruned(b, SLOT_DRAM, loop))
				break;
			dram_choose(b, loop + 1);
		}
		return;
	}
	b->index_passes = 1;
	for (int l = 0; l < LOOP_COUNT; l++)
		if (b->nest->indexes[OPND_O] & LOOP_BIT(l))
			b->index_passes *= t->factor[SLOT_DRAM][l];
	if (!literal_fits_spm(b->nest, b->arch, &b->options->limits, b->tile) ||
		!is_allowed(b, SLOT_DRAM))
		return;
	b->spm_passes = literal_product(t->factor[SLOT_DRAM]);
	for (int o = 0; o < OPND_COUNT; o++) {
		b->dma[o] = literal_dma(
			b->nest, b->arch, o, b->tile, b->options->rule);
		b->tiles[o] = 1;
		for (int l = 0; l < LOOP_COUNT; l++)
			if (b->nest->indexes[o] & LOOP_BIT(l))
				b->tiles[o] *= (double)t->factor[SLOT_DRAM][l];
		b->sweep_pj[o] = b->options->rule == BURST_COMPAT
			? b->dma[o].pj * b->tiles[o]
			: (double)literal_swept(b->nest, o, b->tile) *
				b->arch->dram_pj * literal_word(b->arch, o);
	}
	vectors_list(b->nest, t->factor[SLOT_DRAM], &b->dram);
	rf_choose(b, 0);
}

static void size_add(struct ctx *ctx, struct brute *b, int loop,
	size_t *capacity, int64_t size)
{
	size_t count = (size_t)b->sizes[loop];
	b->size[loop] = arena_grow(&ctx->arena, b->size[loop], count, capacity,
		count + 1, sizeof *b->size[loop]);
	b->size[loop][b->sizes[loop]++] = size;
}

/* Divisors of the bound, or its quotients rounded up: in both cases up to the
 * root the numbers are easily known, and the rest follow from them. */
static void sizes_find(struct ctx *ctx, struct brute *b, int loop)
{
	int64_t bound = b->nest->bound[loop], root = 1;
	bool perfect = b->options->tiles == TILES_PERFECT;
	size_t capacity = 0;
	while ((root + 1) <= bound / (root + 1))
		root++;
	for (int64_t n = 1; n <= root; n++)
		if (perfect ? bound % n == 0
			    : literal_trips(bound, literal_trips(bound, n)) == n)
			size_add(ctx, b, loop, &capacity, n);
	for (int64_t n = root + 1; n >= 1; n--) {
		int64_t size = literal_trips(bound, n);
		int64_t last = b->size[loop][b->sizes[loop] - 1];
		if (size > last && (!perfect || bound % n == 0))
			size_add(ctx, b, loop, &capacity, size);
	}
}

static int energy_compare(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;
	return (x->estimate.energy_pj > y->estimate.energy_pj) -
		(x->estimate.energy_pj < y->estimate.energy_pj);
}

static void tilings_search(struct ctx *ctx, const struct nest *nest,
	const struct arch *arch, const struct search_options *options,
	struct search_result *out)
{
	struct brute b = {
		.nest = nest,
		.arch = arch,
		.options = options,
		.arena = &ctx->arena,
		.orders = {.arena = &ctx->arena, .nest = nest},
		.out = out,
	};
	*out = (struct search_result){
		.tiles = options->tiles, .relaxations = -1};
	out->misfit = literal_misfit(arch);
	b.tiling = tiling_none;
	for (int l = 0; l < LOOP_COUNT; l++)
		sizes_find(ctx, &b, l);
	for (int o = 0; o < OBJ_COUNT; o++)
		b.choice[o].objective = (enum objective)o;
	dram_choose(&b, 0);
	out->evaluated = b.evaluated;
	if (b.front_count)
		qsort(b.front, b.front_count, sizeof *b.front, energy_compare);
	out->front = b.front;
	out->front_count = b.front_count;
	out->front_proof.proven = options->front && !b.stopped;
	out->feasible = b.choice[OBJ_EDP].made;
	out->cut = b.stopped;
	for (int o = 0; o < OBJ_COUNT; o++) {
		struct best *best = &out->best[o];
		best->winner = b.choice[o].winner;
		best->proof.proven = out->feasible && !b.stopped;
		best->proof.bound = b.stopped
			? 0
			: literal_value(
				  (enum objective)o, &best->winner.estimate);
	}
}

/* What perfect tiles alone reach. */
static void perfect_keep(const struct search_result *perfect,
	const struct search_options *options, struct search_result *out)
{
	out->perfect_feasible = perfect->feasible;
	for (int o = 0; o < OBJ_COUNT; o++) {
		if (options->objectives && !(options->objectives & 1u << o))
			continue;
		out->perfect[o] = perfect->best[o].winner;
		if (!perfect->best[o].proof.proven)
			out->perfect_feasible = false;
	}
}

/* Perfect tiles are among those of a search that did not come to its end. */
static void winners_join(
	const struct search_result *perfect, struct search_result *out)
{
	for (int o = 0; perfect->feasible && o < OBJ_COUNT; o++) {
		const struct candidate *winner = &perfect->best[o].winner;
		struct candidate *best = &out->best[o].winner;
		if (!out->feasible ||
			literal_compare((enum objective)o, winner, best) < 0)
			*best = *winner;
	}
	out->feasible |= perfect->feasible;
}

bool search_brute(struct ctx *ctx, const struct nest *nest,
	const struct arch *arch, const struct search_options *options,
	struct search_result *out)
{
	struct search_result perfect;
	struct search_options now = *options;
	if (!cost_counts(nest, arch, options->rule, options->tiles))
		now.tiles = TILES_PERFECT;
	if (now.tiles == TILES_PERFECT) {
		tilings_search(ctx, nest, arch, &now, out);
		return true;
	}
	/* There are fewer of them: found before a stop that the others do not
	 * live to see. */
	now.tiles = TILES_PERFECT;
	now.front = false;
	tilings_search(ctx, nest, arch, &now, &perfect);
	tilings_search(ctx, nest, arch, options, out);
	if (out->cut)
		winners_join(&perfect, out);
	perfect_keep(&perfect, options, out);
	out->cut |= perfect.cut;
	return true;
}
