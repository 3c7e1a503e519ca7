/* What a mapping costs: the part that its tiling decides, and then, for each
 * pair of orders, what these make of it. */
#include "mapper/cost.h"

#include "base/checked.h"
#include "mapper/model.h"

#include <math.h>
#include <string.h>

/* --- the tiling's part (sections 3, 5, 7) -----------------------------------
 */

/* Whether the dimension continues a run of consecutive addresses that is run
 * elements long: its next index, and where it is split its next part too, lies
 * right behind the run. */
static bool dim_continues(const struct nest_dim *dim, int64_t run)
{
	return dim->pitch == run &&
		(!dim->split || dim->split_pitch == run * dim->split);
}

/* The tile's true extents x: a dimension extends the burst if it continues the
 * run of those within it.
 *
 * On a dense tensor this is the seed's rule 'a burst runs over the inner
 * dimensions that are complete and the next one': there pitch is the product
 * of the declared sizes D within. If all those are complete (x = D), the burst
 * so far is that product, and the dimension extends it. If one is not, the
 * burst is at most the product of x within, less than that of D, and it does
 * not. A dimension with x = 1 changes neither number. */
static struct dma bursts_true(const struct nest *nest,
	const struct nest_tensor *tensor, const int64_t tile[LOOP_COUNT])
{
	struct dma dma = {.bursts = 1, .burst_elems = 1};
	for (int d = tensor->dims - 1; d >= 0; d--) {
		const struct nest_dim *dim = &tensor->dim[d];
		int64_t x = index_extent(nest, dim->index, tile);
		if (dim_continues(dim, dma.burst_elems))
			dma.burst_elems *= x;
		else
			dma.bursts *= x;
	}
	return dma;
}

/* The seed's, with its quirk 1: the address of the tile's last element counts
 * only the elements that are read (R of section 7); it is taken apart by the
 * declared sizes (H). */
static struct dma bursts_compat(const struct nest *nest,
	const struct nest_tensor *tensor, const int64_t tile[LOOP_COUNT])
{
	struct dma dma = {.bursts = 1, .burst_elems = 1};
	int64_t address = 0;
	bool whole = true;
	for (int d = 0; d < tensor->dims; d++) {
		enum index index = tensor->dim[d].index;
		address = address * index_extent(nest, index, nest->bound) +
			index_extent(nest, index, tile) - 1;
	}
	for (int d = tensor->dims - 1; d >= 0; d--) {
		int64_t size = tensor->dim[d].size;
		int64_t x = address % size + 1;
		address /= size;
		if (whole)
			dma.burst_elems *= x;
		else
			dma.bursts *= x;
		whole = whole && x == size;
	}
	return dma;
}

struct dma bursts_of_tile(const struct nest *nest, enum operand operand,
	const int64_t tile[LOOP_COUNT], enum burst_rule rule)
{
	const struct nest_tensor *tensor = &nest->tensor[operand];
	return rule == BURST_COMPAT ? bursts_compat(nest, tensor, tile)
				    : bursts_true(nest, tensor, tile);
}

struct dma dma_of_tile(const struct nest *nest, const struct arch *arch,
	enum operand operand, const int64_t tile[LOOP_COUNT],
	enum burst_rule rule)
{
	struct dma dma = bursts_of_tile(nest, operand, tile, rule);
	dma.cycles =
		dma.bursts * arch_burst_cycles(arch, operand, dma.burst_elems);
	dma.energy_pj = (double)(dma.bursts * dma.burst_elems) *
		(arch->dram_pj * arch_word(arch, operand));
	return dma;
}

/* Elements of an operand's tiles that lie beyond the bounds: bursts do not move
 * them. */
static int64_t absent_of(const struct nest *nest, const struct tiling *tiling,
	int slots, enum operand operand, int64_t elems)
{
	int64_t trips[LOOP_COUNT];
	for (int l = 0; l < LOOP_COUNT; l++) {
		trips[l] = 1;
		for (int s = 0; s < slots; s++)
			trips[l] *= tiling->factor[s][l];
	}
	return elems - nest_swept(nest, operand, trips);
}

static void bursts_cost(const struct nest *nest, const struct machine *machine,
	const struct tiling *tiling, enum burst_rule rule, int k,
	struct tile_cost *out)
{
	int inside = machine->link[k].inside;
	struct tile_link *link = &out->link[k];
	int64_t extent[LOOP_COUNT];
	tiling_box(nest, tiling, inside, extent);
	for (int o = 0; o < OPND_COUNT; o++) {
		enum operand operand = (enum operand)o;
		link->dma[o] =
			dma_of_tile(nest, machine->arch, operand, extent, rule);
		link->cycles[o] = link->dma[o].cycles;
		link->tiles[o] = 1;
		for (int s = 0; s < inside; s++)
			for (int l = 0; l < LOOP_COUNT; l++)
				if (nest->indexes[o] & LOOP_BIT(l))
					link->tiles[o] *= tiling->factor[s][l];
		link->absent[o] = rule == BURST_TRUE
			? absent_of(nest, tiling, inside, operand,
				  link->tiles[o] * out->elems[inside][o])
			: 0;
	}
}

static void words_cost(const struct nest *nest, const struct machine *machine,
	const struct tiling *tiling, int k, struct tile_cost *out)
{
	const struct link *way = &machine->link[k];
	struct tile_link *link = &out->link[k];
	link->group = link->groups = 1;
	for (int s = way->around; s < way->inside; s++)
		for (int l = 0; l < LOOP_COUNT; l++) {
			int64_t factor = tiling->factor[s][l];
			if (nest->indexes[OPND_O] & LOOP_BIT(l))
				link->groups *= factor;
			else
				link->group *= factor;
		}
	link->copies = link->group * link->groups;
	link->added = out->elems[way->inside][OPND_O] * (link->group - 1) *
		link->groups;
	link->added_cycles = way->adds_free ? 0 : link->added;
	for (int o = 0; o < OPND_COUNT; o++)
		link->cycles[o] =
			word_cycles(way, o, out->elems[way->around][o]);
}

void tile_cost(const struct nest *nest, const struct machine *machine,
	const struct tiling *tiling, enum burst_rule rule,
	struct tile_cost *out)
{
	int innermost = machine->slots - 1;
	out->macs = machine->gated ? nest_macs(nest) : tiling_macs(tiling);
	for (int s = 0; s < machine->slots; s++) {
		int64_t extent[LOOP_COUNT];
		out->trips[s] = tiling_product(tiling, s);
		tiling_box(nest, tiling, s, extent);
		for (int o = 0; o < OPND_COUNT; o++)
			out->elems[s][o] =
				nest_footprint(nest, (enum operand)o, extent);
	}
	for (int k = 0; k < machine->stores - 1; k++)
		if (machine->link[k].kind == LINK_BURSTS)
			bursts_cost(nest, machine, tiling, rule, k, out);
		else
			words_cost(nest, machine, tiling, k, out);
	for (int o = 0; o < OPND_COUNT; o++)
		out->used_once[o] = words_used_once(
			nest, (enum operand)o, tiling->factor[innermost]);
}

bool words_used_once(const struct nest *nest, enum operand operand,
	const int64_t trips[LOOP_COUNT])
{
	const struct nest_tensor *tensor = &nest->tensor[operand];
	unsigned live = 0;
	for (int l = 0; l < LOOP_COUNT; l++)
		live |= trips[l] > 1 ? LOOP_BIT(l) : 0;
	for (int d = 0; d < tensor->dims; d++) {
		unsigned along = live & index_loops(tensor->dim[d].index);
		if (along & (along - 1))
			return false;
	}
	return !(live & ~nest->indexes[operand]);
}

/* --- transfers under an order of each slot (section 4) ----------------------
 */

/* Whether no loop of the slot changes the operand's tile. */
static bool keeps_tile(const struct tile_cost *tile,
	const struct reuses *reuses, int slot, int o)
{
	return reuses->slot[slot]->factor[o] == tile->trips[slot];
}

int64_t link_transfers(const struct machine *machine,
	const struct tile_cost *tile, const struct reuses *reuses, int link,
	int o)
{
	int64_t count = 1;
	bool changes = false;
	for (int s = link_slot(&machine->link[link]); s >= 0; s--) {
		if (machine->fans_out[s])
			continue;
		count *= changes ? tile->trips[s]
				 : tile->trips[s] / reuses->slot[s]->factor[o];
		changes = changes || !keeps_tile(tile, reuses, s, o);
	}
	return count;
}

bool skips_store(const struct machine *machine, const struct tile_cost *tile,
	const struct reuses *reuses, int store, int o)
{
	return machine->store[store].may_skip[o] &&
		(store == machine->stores - 1
				? tile->used_once[o]
				: keeps_tile(tile, reuses,
					  machine->store[store].inside, o));
}

/* What an operand does at a link. */
struct crossing {
	int64_t transfers; /* of the nest */
	/* The link whose loops they are charged by, and their number in one
	 * turn of its slot: this one, or where the operand is held over whole
	 * turns, one further out. */
	int level;
	bool held;
	int64_t sends;
	bool skips; /* the store around the link */
	/* Of LINK_BURSTS: partial_sums; of the elements of all these tiles,
	 * those that are padding. */
	int64_t again, absent, absent_again;
};

struct crossings {
	struct crossing at[LINKS_MAX][OPND_COUNT];
};

static void crossings_find(const struct machine *machine,
	const struct tile_cost *tile, const struct reuses *reuses,
	struct crossings *out)
{
	int64_t turns = 1; /* of the slot next to the link */
	for (int k = 0; k < machine->stores - 1; k++) {
		const struct tile_link *link = &tile->link[k];
		int slot = link_slot(&machine->link[k]);
		for (int o = 0; o < OPND_COUNT; o++) {
			struct crossing *c = &out->at[k][o];
			int64_t count =
				link_transfers(machine, tile, reuses, k, o);
			*c = (struct crossing){
				.transfers = count,
				.held = count < turns,
				.skips = skips_store(
					machine, tile, reuses, k, o),
			};
			c->level = c->held ? out->at[k - 1][o].level : k;
			c->sends = c->held ? out->at[k - 1][o].sends
					   : count / turns;
			if (machine->link[k].kind != LINK_BURSTS)
				continue;
			c->again = partial_sums_whole(o, count, link->tiles[o]);
			c->absent = count / link->tiles[o] * link->absent[o];
			c->absent_again = partial_sums_whole(
				o, c->absent, link->absent[o]);
		}
		turns *= tile->trips[slot];
	}
}

/* --- cycles (sections 6, 8) -------------------------------------------------
 */

/* Cycles, by cause. */
struct span {
	int64_t cycles, by[BOUND_COUNT];
};

static void span_lengthen(
	struct span *span, int64_t cycles, enum bound_by cause)
{
	span->cycles += cycles;
	span->by[cause] += cycles;
}

static void span_add(struct span *span, const struct span *other, int64_t times)
{
	span->cycles += other->cycles * times;
	for (int b = 0; b < BOUND_COUNT; b++)
		span->by[b] += other->by[b] * times;
}

/* A turn of the loops around a link, with all that happens within; and one in
 * which an operand that is held over several turns comes in, or O goes out: the
 * step that loads its tile over the link around waits for the old one, the step
 * that stores it sends the new one. */
struct turn {
	struct span plain, loading, storing;
};

/* Section 6: over a link whose operands wait for each other where O moves
 * (quirk stall). At most one operand is reused in a slot, or held. */
static void turn_stalling(const struct machine *machine,
	const struct tile_cost *tile, const struct crossing at[OPND_COUNT],
	int k, struct turn *turn)
{
	const struct link *way = &machine->link[k];
	const struct tile_link *link = &tile->link[k];
	int64_t passes = tile->trips[link_slot(way)], ports = 0;
	int64_t work = turn->plain.cycles;
	struct sends_whole sends = {.passes = passes};
	struct reused_whole reused = {.operand = OPND_W, .factor = 1};
	unsigned through = 0;
	for (int o = 0; o < OPND_COUNT; o++) {
		sends.noc[o] = link->cycles[o];
		sends.words[o] = tile->elems[way->around][o];
		through |= at[o].skips ? 0 : 1u << o;
		if (at[o].held)
			reused = (struct reused_whole){o, true, passes};
		else if (at[o].sends < passes)
			reused = (struct reused_whole){
				o, false, passes / at[o].sends};
	}
	if (way->port_words)
		ports = ceil_div(port_words_whole(&sends, &reused, through),
			way->port_words);
	struct pass_whole pass =
		pass_of_whole(&sends, &reused, work, link->added_cycles, ports);

	struct span span = {0};
	span_add(&span, &turn->plain, passes);
	if (!at[OPND_O].held) {
		int64_t drains = at[OPND_O].sends;
		span_lengthen(
			&span, link->added_cycles * drains, BOUND_REDUCTION);
		/* Where O is reused, the RF pass that ends before it leaves. */
		if (drains < passes)
			span_lengthen(&span, work * drains, BOUND_REDUCTION);
	}
	span_lengthen(&span, pass.total - span.cycles, way->cause);
	*turn = (struct turn){span, span, span};
	if (!reused.held)
		return;
	span_lengthen(&turn->storing,
		pass_sending_whole(&pass, &sends, reused.operand) - pass.total,
		way->cause);
	if (reused.operand == OPND_O)
		span_lengthen(&turn->loading, link->added_cycles + work,
			BOUND_REDUCTION);
}

/* A step: what happens within, and moves for as long as they take longer. The
 * model lets no step be shorter than the plain one. */
static struct span step_span(const struct link *way, const struct span *within,
	int64_t moves, int64_t plain)
{
	struct span step = *within;
	int64_t cycles = step_of_whole(moves_apart(way), moves, within->cycles);
	span_lengthen(
		&step, most_whole(cycles, plain) - within->cycles, way->cause);
	return step;
}

/* What decides the length of so many steps, by cycles. */
static void steps_decide(int64_t decided[BOUND_COUNT], const struct span *step,
	const struct span *within, bool moves, enum bound_by cause,
	int64_t count)
{
	enum bound_by winner = BOUND_COMPUTE;
	for (int b = 0; b < BOUND_COUNT; b++)
		if (within->by[b] > within->by[winner])
			winner = (enum bound_by)b;
	decided[moves ? cause : winner] += step->cycles * count;
}

/* Section 8: moving and what happens within overlap, or take turns (quirks
 * no-ramp, whole-step; of O, first-load). Of the slot's steps, D / d of an
 * operand that is reused d times also load it, and as many store it. */
static void turn_overlapping(const struct machine *machine,
	const struct tile_cost *tile, const struct crossing at[OPND_COUNT],
	int k, struct turn *turn, int64_t decided[BOUND_COUNT])
{
	const struct link *way = &machine->link[k];
	const struct turn within = *turn;
	int64_t steps = tile->trips[link_slot(way)], reuses = 0;
	int reused = OPND_COUNT;
	bool held = false;
	for (int o = 0; o < OPND_COUNT; o++)
		if (at[o].held || at[o].sends < steps) {
			reused = o;
			held = at[o].held;
			reuses = held ? 0 : at[o].sends;
		}
	struct moves_whole moves =
		moves_of_whole(way->parallel, tile->link[k].cycles, reused);
	struct span plain = step_span(way, &within.plain, moves.each, 0);
	struct span load =
		step_span(way, &within.loading, moves.load, plain.cycles);
	struct span store =
		step_span(way, &within.storing, moves.store, plain.cycles);
	struct span span = {0};
	span_add(&span, &plain, steps - 2 * reuses);
	span_add(&span, &load, reuses);
	span_add(&span, &store, reuses);
	*turn = (struct turn){span, span, span};
	if (held) {
		span_add(&turn->loading, &plain, -1);
		span_add(&turn->loading, &load, 1);
		span_add(&turn->storing, &plain, -1);
		span_add(&turn->storing, &store, 1);
	}

	bool slow = moves.each > within.plain.cycles;
	memset(decided, 0, BOUND_COUNT * sizeof *decided);
	steps_decide(decided, &plain, &within.plain, slow, way->cause,
		steps - 2 * reuses);
	steps_decide(decided, &load, &within.loading,
		slow || moves.load > within.loading.cycles, way->cause, reuses);
	steps_decide(decided, &store, &within.storing,
		slow || moves.store > within.storing.cycles, way->cause,
		reuses);
}

/* The nest, and a pass of it. */
struct nest_cycles {
	struct span nest, pass;
	int64_t decided[BOUND_COUNT]; /* cycles of the outermost steps */
};

static struct nest_cycles cycles_of(const struct machine *machine,
	const struct tile_cost *tile, const struct crossings *n)
{
	struct nest_cycles c = {.decided = {0}};
	struct turn turn;
	int links = machine->stores - 1;
	int64_t work = 1; /* of a PE, a cycle each */
	for (int s = machine->link[links - 1].inside; s < machine->slots; s++)
		work *= tile->trips[s];
	turn.plain = (struct span){work, {[BOUND_COMPUTE] = work}};
	turn.loading = turn.storing = turn.plain;
	for (int k = links - 1; k >= 0; k--) {
		c.pass = turn.plain;
		if (machine->link[k].overlap == OVERLAP_STALL)
			turn_stalling(machine, tile, n->at[k], k, &turn);
		else
			turn_overlapping(
				machine, tile, n->at[k], k, &turn, c.decided);
	}
	c.nest = turn.plain;
	return c;
}

/* --- energy (section 9) -----------------------------------------------------
 */

/* Each multiplication reads all operands and writes O (quirk rf-fill). */
double register_pj(const struct machine *machine, const struct tile_cost *tile)
{
	int innermost = machine->stores - 1;
	double pj = machine->store[innermost].access_pj;
	double reads = 0, writes = 0, macs = (double)tile->macs;
	for (int o = 0; o < OPND_COUNT; o++)
		if (!skips_store(machine, tile, NULL, innermost, o))
			reads += machine->word[o];
	if (!skips_store(machine, tile, NULL, innermost, OPND_O))
		writes = machine->word[OPND_O];
	return macs * reads * pj + macs * writes * pj;
}

/* Of moving an operand's tiles by bursts: whole ones, less their padding
 * (quirks zero-fill, dma-side). */
static double bursts_pj(const struct machine *machine,
	const struct tile_cost *tile, const struct crossing *c, int k, int o)
{
	double tile_pj = tile->link[k].dma[o].energy_pj;
	double pj = tile_pj * (double)c->sends;
	pj += tile_pj * (double)c->again;
	return pj -
		(double)(c->absent + c->absent_again) *
		(machine->store[k].access_pj * machine->word[o]);
}

/* A transfer over a link of words. O is sent once to each group of copies that
 * add up to it, the others to each copy; held, it comes at one end of its stay
 * and goes at the other (quirks first-sum, held-sum). */
static struct sent sent_of(const struct machine *machine,
	const struct tile_cost *tile, const struct crossing *c, int k, int o)
{
	const struct link *way = &machine->link[k];
	const struct tile_link *link = &tile->link[k];
	int64_t receivers = o == OPND_O ? link->groups : link->copies;
	return (struct sent){
		.operand = o,
		.ways = c->held ? 1 : ways_of(o),
		.words = c->skips ? 0 : (double)tile->elems[way->around][o],
		.delivered = (double)(tile->elems[way->inside][o] * receivers),
		.added = o == OPND_O ? (double)link->added : 0,
	};
}

/* Energy by level and operand: what is charged by the turns of each link's
 * slot. */
struct level_pj {
	double pj[OPND_COUNT], by[OPND_COUNT][COMPONENT_COUNT];
};

/* Of so many transfers over a link: of all, and by component. */
static double link_pj(const struct machine *machine,
	const struct tile_cost *tile, const struct crossing *c, int k, int o,
	double by[COMPONENT_COUNT])
{
	const struct link *way = &machine->link[k];
	if (way->kind == LINK_BURSTS) {
		double pj = bursts_pj(machine, tile, c, k, o);
		by[way->component] += pj;
		return pj;
	}
	const struct prices p = prices_at(machine, k);
	const struct sent sent = sent_of(machine, tile, c, k, o);
	sent_parts(machine, k, &sent, (double)c->sends, by);
	return sent_pj(&p, &sent) * (double)c->sends;
}

static void levels_find(const struct machine *machine,
	const struct tile_cost *tile, const struct crossings *n,
	struct level_pj level[LINKS_MAX])
{
	memset(level, 0, LINKS_MAX * sizeof *level);
	for (int k = 0; k < machine->stores - 1; k++)
		for (int o = 0; o < OPND_COUNT; o++) {
			const struct crossing *c = &n->at[k][o];
			struct level_pj *to = &level[c->level];
			to->pj[o] += link_pj(machine, tile, c, k, o, to->by[o]);
		}
}

/* From the innermost level outwards: a turn of a slot is its trips times what
 * is within, and its own. Stops before the outermost. */
static double turns_within(const struct machine *machine,
	const struct tile_cost *tile, const double own[LINKS_MAX])
{
	double turn = 0;
	for (int k = machine->stores - 2; k > 0; k--) {
		int slot = link_slot(&machine->link[k]);
		turn = turn * (double)tile->trips[slot] + own[k];
	}
	return turn;
}

static void energy(const struct machine *machine, const struct tile_cost *tile,
	const struct level_pj level[LINKS_MAX], struct estimate *out)
{
	const struct store *inner = &machine->store[machine->stores - 1];
	double mac = (double)tile->macs * machine->mac_pj;
	double rf = register_pj(machine, tile);
	double passes = (double)tile->trips[link_slot(&machine->link[0])];
	double own[LINKS_MAX] = {0}, by[COMPONENT_COUNT][LINKS_MAX] = {{0}};
	for (int k = 0; k < machine->stores - 1; k++)
		for (int o = 0; o < OPND_COUNT; o++) {
			own[k] += level[k].pj[o];
			for (int c = 0; c < COMPONENT_COUNT; c++)
				by[c][k] += level[k].by[o][c];
		}
	for (int c = 0; c < COMPONENT_COUNT; c++) {
		double base = c == (int)inner->component ? rf : 0;
		base = c == COMPONENT_MAC ? mac : base;
		out->component_pj[c] = base +
			turns_within(machine, tile, by[c]) * passes + by[c][0];
	}
	out->pass_pj = turns_within(machine, tile, own);
	out->far_pj = own[0];
	/* nearbyint: halves to even, in the default rounding mode */
	out->energy_pj =
		nearbyint(((mac + rf) + out->pass_pj * passes) + out->far_pj);
}

void cost_orders(const struct machine *machine, const struct tile_cost *tile,
	const struct reuses *reuses, struct estimate *out)
{
	struct crossings n;
	struct level_pj level[LINKS_MAX];
	int last = machine->stores - 2;
	bool reused = false;
	crossings_find(machine, tile, reuses, &n);
	struct nest_cycles c = cycles_of(machine, tile, &n);
	levels_find(machine, tile, &n, level);
	energy(machine, tile, level, out);
	for (int o = 0; o < OPND_COUNT; o++) {
		out->held[o] = n.at[last][o].held;
		reused |=
			reuses->slot[link_slot(&machine->link[0])]->factor[o] >
			1;
	}
	out->partial_sum_fetches = n.at[0][OPND_O].again;
	out->pass_cycles = c.pass.cycles;
	out->cycles = c.nest.cycles;
	/* Section 14. Both factors are whole and below 2^62 (cost_check). */
	if (reused)
		out->edp = out->energy_pj * (double)out->cycles;
	else
		out->edp = (double)((__int128)out->energy_pj * out->cycles);
}

/* The reuse of a mapping's orders, by slot. */
static void reuses_of(const struct nest *nest, const struct machine *machine,
	const struct mapping *mapping, struct reuse reuse[SLOTS_MAX],
	struct reuses *out)
{
	*out = (struct reuses){{NULL}};
	for (int k = 0; k < machine->stores - 1; k++) {
		int s = link_slot(&machine->link[k]);
		reuse[s] = reuse_of_order(
			nest, &mapping->tiling, s, mapping->order[s]);
		out->slot[s] = &reuse[s];
	}
}

void cost_mapping(const struct nest *nest, const struct arch *arch,
	const struct mapping *mapping, enum burst_rule rule,
	struct estimate *out)
{
	const struct machine machine = machine_of_arch(arch);
	struct reuse reuse[SLOTS_MAX];
	struct reuses reuses;
	struct tile_cost tile;
	reuses_of(nest, &machine, mapping, reuse, &reuses);
	tile_cost(nest, &machine, &mapping->tiling, rule, &tile);
	cost_orders(&machine, &tile, &reuses, out);
}

/* --- where it goes ----------------------------------------------------------
 */

static void energy_breakdown(const struct machine *machine,
	const struct tile_cost *tile, const struct level_pj level[LINKS_MAX],
	struct breakdown *out)
{
	const struct store *inner = &machine->store[machine->stores - 1];
	double passes = (double)tile->trips[link_slot(&machine->link[0])];
	for (int c = 0; c < COMPONENT_COUNT; c++) {
		for (int o = 0; o < OPND_COUNT; o++) {
			double own[LINKS_MAX];
			for (int k = 0; k < machine->stores - 1; k++)
				own[k] = level[k].by[o][c];
			out->pj[c][o] =
				turns_within(machine, tile, own) * passes +
				own[0];
		}
		out->pj[c][OPND_COUNT] = 0;
	}
	out->pj[COMPONENT_MAC][OPND_COUNT] =
		(double)tile->macs * machine->mac_pj;
	out->pj[inner->component][OPND_COUNT] = register_pj(machine, tile);
}

/* O goes back and forth; of bursts, only where partial sums exist, and held,
 * its way back in is not charged. */
static struct flow flow_of(const struct machine *machine,
	const struct tile_cost *tile, const struct crossing *c, int k, int o)
{
	const struct link *way = &machine->link[k];
	const struct tile_link *link = &tile->link[k];
	int64_t elems = tile->elems[way->around][o];
	double by[COMPONENT_COUNT] = {0};
	struct flow flow = {
		.tile_elems = elems,
		.transfers = c->transfers,
		.cycles = link->cycles[o],
		.pj = link_pj(machine, tile, c, k, o, by) *
			((double)c->transfers / (double)c->sends),
	};
	if (way->kind == LINK_BURSTS) {
		int64_t once = elems * c->transfers - c->absent;
		int64_t again = elems * c->again - c->absent_again;
		flow.tiles = link->tiles[o];
		flow.down = o == OPND_O ? again : once;
		flow.up = o == OPND_O ? once : 0;
		flow.delivered = flow.down + flow.up;
	} else {
		const struct sent sent = sent_of(machine, tile, c, k, o);
		int64_t words = (int64_t)sent.words * c->transfers;
		flow.down = o == OPND_O && c->held ? 0 : words;
		flow.up = o == OPND_O ? words : 0;
		flow.delivered = (int64_t)sent.delivered * c->transfers *
			(int64_t)sent.ways;
	}
	return flow;
}

/* Of the scratchpad and the register files. */
static void use_breakdown(const struct arch *arch, const struct tile_cost *tile,
	struct breakdown *out)
{
	double rf_elems = 0; /* of elem_bytes */
	int64_t bytes[OPND_COUNT];
	for (int o = 0; o < OPND_COUNT; o++) {
		rf_elems += (double)tile->elems[BOX_RF][o] *
			arch_word(arch, (enum operand)o);
		bytes[o] = arch_bytes(
			arch, (enum operand)o, tile->elems[BOX_SPM][o]);
		out->spm_bytes += bytes[o];
	}
	arch_has_banks(arch, bytes, &out->spm_banks_used);
	out->pe_use = (double)tile->trips[SLOT_SPATIAL] / (double)arch->pes;
	out->rf_use = rf_elems / arch_rf_elems(arch);
	out->spm_use = (double)out->spm_bytes /
		((double)arch->spm_banks * (double)arch->bank_bytes);
}

void cost_breakdown(const struct nest *nest, const struct arch *arch,
	const struct mapping *mapping, enum burst_rule rule,
	struct breakdown *out)
{
	const struct machine machine = machine_of_arch(arch);
	struct reuse reuse[SLOTS_MAX];
	struct reuses reuses;
	struct tile_cost tile;
	struct crossings n;
	struct level_pj level[LINKS_MAX];
	reuses_of(nest, &machine, mapping, reuse, &reuses);
	tile_cost(nest, &machine, &mapping->tiling, rule, &tile);
	crossings_find(&machine, &tile, &reuses, &n);
	levels_find(&machine, &tile, &n, level);
	struct nest_cycles c = cycles_of(&machine, &tile, &n);

	*out = (struct breakdown){.bound = BOUND_COMPUTE};
	energy_breakdown(&machine, &tile, level, out);
	for (int b = 0; b < BOUND_COUNT; b++) {
		out->cause_cycles[b] = c.nest.by[b];
		if (c.decided[b] > c.decided[out->bound])
			out->bound = (enum bound_by)b;
	}
	for (int k = 0; k < machine.stores - 1; k++)
		for (int o = 0; o < OPND_COUNT; o++)
			out->flow[k][o] =
				flow_of(&machine, &tile, &n.at[k][o], k, o);
	use_breakdown(arch, &tile, out);
}
