/* The cost model on machines of two to five memories: transfers over each link
 * against a literal walk, energy as a sum over them, and a memory that changes
 * nothing. */
#include "mapper/cost.h"

#include "tests/cmocka.h"
#include "tests/search_case.h"
#include "tests/seed_cost.h"

#include <math.h>
#include <string.h>

/* A machine, a mapping on it, and what the cost function says. */
struct drawn {
	struct arch arch;
	struct machine machine;
	struct nest nest;
	struct mapping mapping;
	struct tile_cost tile;
	struct reuse reuse[SLOTS_MAX];
	struct reuses reuses;
	struct estimate estimate;
};

/* Memories on the chip, of which the last ones are in each PE. */
static void machine_draw(struct random *r, struct drawn *d)
{
	static const enum component components[] = {
		COMPONENT_SPM, COMPONENT_RF};
	struct machine *m = &d->machine;
	int inner = 1 + (int)random_below(r, 4);
	d->arch = random_arch(r);
	*m = (struct machine){.arch = &d->arch, .mac_pj = d->arch.mac_pj};
	for (int o = 0; o < OPND_COUNT; o++)
		m->word[o] = arch_word(&d->arch, (enum operand)o);
	machine_add_store(m, COMPONENT_DRAM, d->arch.dram_pj, NULL);
	for (int i = 0; i < inner; i++) {
		bool last = i == inner - 1;
		/* No more than three fan-outs have room. */
		bool copies = i && (last || (i < 3 && random_below(r, 2)));
		double pj = (double)(1 + random_below(r, 40));
		struct link *link = machine_add_link(
			m, i ? LINK_WORDS : LINK_BURSTS, copies);
		link->overlap = last && i ? OVERLAP_STALL : OVERLAP_DOUBLE;
		link->cause = i ? BOUND_NOC : BOUND_DMA;
		link->component = i ? COMPONENT_NOC : COMPONENT_DRAM;
		link->word_pj = i ? (double)random_below(r, 8) : 0;
		for (int o = 0; o < OPND_COUNT; o++)
			link->words[o] = 1 + random_below(r, 4);
		link->parallel = random_below(r, 2);
		machine_add_store(m, components[last], pj, NULL);
	}
}

static void mapping_draw(struct random *r, struct drawn *d)
{
	const struct machine *m = &d->machine;
	d->mapping = mapping_none;
	for (int l = 0; l < LOOP_COUNT; l++) {
		int64_t rest = d->nest.bound[l];
		for (int64_t p = 2; p <= rest; p++)
			for (; rest % p == 0; rest /= p) {
				int64_t slot = random_below(r, m->slots);
				d->mapping.tiling.factor[slot][l] *= p;
			}
	}
	for (int k = 0; k < m->stores - 1; k++) {
		uint8_t *order = d->mapping.order[link_slot(&m->link[k])];
		for (int i = 0; i < LOOP_COUNT; i++) {
			int64_t at = random_below(r, i + 1);
			order[i] = order[at];
			order[at] = (uint8_t)i;
		}
	}
}

static void cost_drawn(struct drawn *d)
{
	const struct machine *m = &d->machine;
	tile_cost(&d->nest, m, &d->mapping.tiling, BURST_TRUE, &d->tile);
	for (int k = 0; k < m->stores - 1; k++) {
		int s = link_slot(&m->link[k]);
		d->reuse[s] = reuse_of_order(
			&d->nest, &d->mapping.tiling, s, d->mapping.order[s]);
		d->reuses.slot[s] = &d->reuse[s];
	}
	cost_orders(m, &d->tile, &d->reuses, &d->estimate);
}

/* The next step of the ordered loops in the slots before 'end'; false after the
 * last one. */
static bool advance(
	const struct drawn *d, int end, int64_t at[SLOTS_MAX][LOOP_COUNT])
{
	for (int s = end - 1; s >= 0; s--)
		for (int i = LOOP_COUNT - 1; i >= 0; i--) {
			int l = d->mapping.order[s][i];
			if (d->machine.fans_out[s])
				continue;
			if (++at[s][l] < d->mapping.tiling.factor[s][l])
				return true;
			at[s][l] = 0;
		}
	return false;
}

/* How often the tile of an operand changes over a link. */
static int64_t walk(const struct drawn *d, int k, int o)
{
	int end = d->machine.link[k].around;
	int64_t at[SLOTS_MAX][LOOP_COUNT] = {{0}}, last[SLOTS_MAX][LOOP_COUNT];
	int64_t count = 1;
	memcpy(last, at, sizeof at);
	while (advance(d, end, at)) {
		bool same = true;
		for (int s = 0; s < end; s++)
			for (int l = 0; l < LOOP_COUNT; l++)
				if (d->nest.indexes[o] & LOOP_BIT(l))
					same &= at[s][l] == last[s][l];
		count += !same;
		memcpy(last, at, sizeof at);
	}
	return count;
}

/* Of all transfers over a link; turns: of the loops next to it. */
static double link_energy(
	const struct drawn *d, int k, int o, double count, double turns)
{
	const struct machine *m = &d->machine;
	const struct link *link = &m->link[k];
	const struct tile_link *t = &d->tile.link[k];
	double outer = (double)d->tile.elems[link->around][o] * m->word[o];
	double inner = (double)d->tile.elems[link->inside][o] * m->word[o];
	bool out = o == OPND_O;
	if (link->kind == LINK_BURSTS) {
		double tiles = (double)t->tiles[o];
		return (out ? 2 * count - tiles : count) * outer *
			m->store[k].access_pj;
	}
	double receivers = (double)(out ? t->groups : t->copies);
	/* Held over turns, O is charged one way (quirk held-sum). */
	double ways = out && count >= turns ? 2 : 1;
	double send = inner * receivers * link->word_pj +
		outer * m->store[k].access_pj;
	double added = out ? (double)t->added : 0;
	double add = m->word[OPND_O] *
			(3 * m->store[k + 1].access_pj + link->word_pj) +
		m->mac_pj;
	return count * (ways * send + added * add);
}

static void counts_and_energy_are_a_walks(void **state)
{
	(void)state;
	struct random r = {11};
	int depth[STORES_MAX + 1] = {0}, held = 0;
	for (int c = 0; c < 1500; c++) {
		struct drawn d = {.nest = random_nest(&r)};
		machine_draw(&r, &d);
		mapping_draw(&r, &d);
		if (nest_macs(&d.nest) > 4000 || d.machine.stores < 3)
			continue;
		cost_drawn(&d);
		depth[d.machine.stores]++;
		double turns = 1,
		       pj = (double)nest_macs(&d.nest) * d.machine.mac_pj;
		pj += register_pj(&d.machine, &d.tile);
		for (int k = 0; k < d.machine.stores - 1; k++) {
			for (int o = 0; o < OPND_COUNT; o++) {
				int64_t count = walk(&d, k, o);
				assert_int_equal(
					link_transfers(&d.machine, &d.tile,
						&d.reuses, k, o),
					count);
				held += (double)count < turns;
				pj += link_energy(
					&d, k, o, (double)count, turns);
			}
			turns *= (double)d.tile
					 .trips[link_slot(&d.machine.link[k])];
		}
		if (fabs(pj - d.estimate.energy_pj) > 1 + 1e-9 * pj)
			fail_msg("case %d: %.17g pJ, walked %.17g", c,
				d.estimate.energy_pj, pj);
		double sum = 0;
		for (int p = 0; p < COMPONENT_COUNT; p++)
			sum += d.estimate.component_pj[p];
		assert_true(fabs(pj - sum) <= 1e-9 * pj);
		assert_true(
			d.estimate.cycles >= d.tile.trips[d.machine.slots - 1]);
	}
	for (int s = 3; s <= 5; s++)
		assert_true(depth[s] > 50);
	assert_true(held > 100);
}

/* A memory between DRAM and scratchpad that has no loops of its own, takes no
 * energy and moves a tile in a cycle: a step is as long as its pass, if that
 * takes the two cycles of O. */
static void a_memory_without_loops_changes_nothing(void **state)
{
	(void)state;
	struct random r = {5};
	int same = 0, held = 0;
	for (int c = 0; c < 1500; c++) {
		const struct nest nest = random_nest(&r);
		const struct arch arch = random_arch(&r);
		struct mapping mapping = mapping_none;
		mapping.tiling = random_padded_tiling(&r, &nest);
		for (int s = 0; s < SEED_ORDERED; s++)
			for (int i = 0; i < LOOP_COUNT; i++) {
				int64_t at = random_below(&r, i + 1);
				mapping.order[s][i] = mapping.order[s][at];
				mapping.order[s][at] = (uint8_t)i;
			}
		struct estimate e;
		cost_mapping(&nest, &arch, &mapping, BURST_TRUE, &e);
		if (e.pass_cycles < 2)
			continue;

		const struct machine seed = machine_of_arch(&arch);
		struct drawn d = {.arch = arch, .nest = nest};
		struct machine *m = &d.machine;
		*m = (struct machine){.arch = &d.arch,
			.mac_pj = seed.mac_pj,
			.gated = seed.gated};
		memcpy(m->word, seed.word, sizeof m->word);
		for (int k = 0; k < seed.stores; k++) {
			const struct store *store = &seed.store[k];
			const struct link *link = &seed.link[k];
			machine_add_store(m, store->component, store->access_pj,
				store->may_skip);
			if (k == STORE_RF)
				break;
			struct link copy = *link,
				    *to = machine_add_link(m, link->kind,
					    link->kind == LINK_WORDS);
			copy.around = to->around;
			copy.inside = to->inside;
			*to = copy;
			if (k != STORE_DRAM)
				continue;
			machine_add_store(m, COMPONENT_SPM, 0, NULL);
			to = machine_add_link(m, LINK_WORDS, false);
			to->parallel = true;
			to->cause = BOUND_NOC;
			to->component = COMPONENT_NOC;
			for (int o = 0; o < OPND_COUNT; o++)
				to->words[o] = INT64_MAX / 2;
		}
		d.mapping = mapping_none;
		for (int s = 0; s < SEED_SLOTS; s++) {
			int to = s + (s > SLOT_DRAM);
			memcpy(d.mapping.tiling.factor[to],
				mapping.tiling.factor[s],
				sizeof mapping.tiling.factor[s]);
			memcpy(d.mapping.order[to], mapping.order[s],
				sizeof mapping.order[s]);
		}
		cost_drawn(&d);
		assert_true(d.estimate.energy_pj == e.energy_pj);
		assert_int_equal(d.estimate.cycles, e.cycles);
		assert_true(d.estimate.edp == e.edp);
		for (int o = 0; o < OPND_COUNT; o++) {
			assert_int_equal(d.estimate.held[o], e.held[o]);
			held += e.held[o];
		}
		same++;
	}
	assert_true(same > 1000 && held > 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_and_energy_are_a_walks),
		cmocka_unit_test(a_memory_without_loops_changes_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
