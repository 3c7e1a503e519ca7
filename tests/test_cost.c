/* The cost model: against a literal walk of small nests (every tile change
 * counted, every address listed), against numbers of dMazeRunner, and its
 * limits. */
#include "mapper/cost.h"
#include "mapper/limits.h"
#include "mapper/quirks.h"

#include "tests/cmocka.h"
#include "tests/seed_cost.h"
#include "tests/seed_tiling.h"
#include "tests/times.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- random nests, machines and mappings ------------------------------------
 */

static uint64_t seed;

/* 0 to n-1; splitmix64 */
static int64_t draw(int64_t n)
{
	uint64_t z = seed += 0x9e3779b97f4a7c15u;
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return (int64_t)((z ^ z >> 31) % (uint64_t)n);
}

/* The operand's coordinate along a dimension, written out anew. */
static int64_t coordinate(
	const struct nest *n, enum index index, const int64_t at[LOOP_COUNT])
{
	if (index == INDEX_ROWS)
		return at[LOOP_OX] * n->stride[0] +
			at[LOOP_FX] * n->dilation[0];
	if (index == INDEX_COLUMNS)
		return at[LOOP_OY] * n->stride[1] +
			at[LOOP_FY] * n->dilation[1];
	return at[index];
}

static struct nest draw_nest(void)
{
	int64_t b[LOOP_COUNT], image[2], filter[2], stride[2], dilation[2];
	for (int l = 0; l < LOOP_COUNT; l++)
		b[l] = (const int64_t[]){1, 1, 2, 3, 4, 5, 6, 7}[draw(8)];
	for (int a = 0; a < 2; a++) {
		int64_t f = b[LOOP_FX + a];
		stride[a] = 1 + draw(3);
		dilation[a] = 1 + draw(2);
		filter[a] = f;
		/* up to 2 rows that nothing reads, as behind a stride */
		image[a] = (b[LOOP_OX + a] - 1) * stride[a] +
			(f - 1) * dilation[a] + 1 + draw(stride[a]);
	}
	switch (draw(3)) {
	case 0:
		return nest_gemm(b[0], b[1], b[2], draw(2), draw(2));
	case 1:
		return nest_depthwise(
			b[0], b[1], b[2], image, filter, stride, dilation);
	default:
		return nest_conv(
			b[0], b[1], b[2], image, filter, stride, dilation);
	}
}

/* The operand's dimensions in another order, densely packed: NHWC and others.
 */
static void shuffle_layout(struct nest *nest)
{
	for (int o = 0; o < OPND_COUNT; o++) {
		struct nest_tensor *t = &nest->tensor[o];
		for (int d = t->dims - 1; d > 0; d--) {
			int j = (int)draw(d + 1);
			struct nest_dim dim = t->dim[d];
			t->dim[d] = t->dim[j];
			t->dim[j] = dim;
		}
		nest_tensor_pack(t);
	}
	nest_finish(nest);
}

static struct arch draw_arch(void)
{
	struct arch a = arch_default();
	a.dma_elem_bytes = 1 + draw(4);
	a.dma_init_cycles = (double)draw(300);
	a.dma_cycles_per_byte = (double)draw(100) / 16;
	a.dma_mhz = (double)(1 + draw(3000));
	a.accel_mhz = (double)(1 + draw(1000));
	a.rf_pj = (double)draw(100) / 7;
	a.noc_pj = (double)draw(100) / 7;
	a.spm_pj = (double)draw(100) / 7;
	a.dram_pj = (double)draw(1000) / 7;
	a.mac_pj = (double)draw(100) / 7;
	a.mac_gating = draw(2);
	a.reduction_tree = draw(2);
	for (int o = 0; o < OPND_COUNT; o++) {
		a.noc_words[o] = draw(3) ? 1 : 1 + draw(20);
		a.bits[o] = draw(3) ? 0 : 1 + draw(40);
	}
	a.spm_buffers = 1 + draw(2);
	a.spm_ports = draw(3);
	a.port_words = 1 + draw(3);
	a.dma_parallel = draw(2);
	a.spm_banks = 3 + draw(60);
	a.bank_bytes = 1 + draw(100);
	bool own = draw(2); /* banks of all, or of none */
	for (int o = 0; o < OPND_COUNT; o++) {
		a.operand_banks[o] = own ? 1 + draw(a.spm_banks / 3) : 0;
		a.spm_bypass[o] = draw(2);
		a.rf_bypass[o] = draw(2);
	}
	return a;
}

/* Parts of a tile, one of which may be smaller, none empty. */
static int64_t draw_parts(int64_t *size)
{
	int64_t part = 1 + draw(*size);
	int64_t parts = (*size + part - 1) / part;
	*size = (*size + parts - 1) / parts;
	return parts;
}

static struct mapping draw_mapping(const struct nest *nest)
{
	struct mapping m = mapping_none;
	bool padded = draw(2);
	for (int l = 0; l < LOOP_COUNT; l++) {
		int64_t left = nest->bound[l];
		for (int s = 0; padded && s < SLOT_RF; s++)
			m.tiling.factor[s][l] = draw_parts(&left);
		if (padded) {
			m.tiling.factor[SLOT_RF][l] = left;
			continue;
		}
		/* primes, each to some level */
		for (int64_t p = 2; left > 1; p++)
			for (; left % p == 0; left /= p)
				m.tiling.factor[draw(SEED_SLOTS)][l] *= p;
	}
	for (int v = 0; v < SEED_ORDERED; v++)
		for (int i = 0; i < LOOP_COUNT; i++) {
			int j = (int)draw(i + 1);
			m.order[v][i] = m.order[v][j];
			m.order[v][j] = (uint8_t)i;
		}
	return m;
}

/* --- the oracle -------------------------------------------------------------
 */

/* Advances the counters of a level, the innermost loop first; false when all
 * have come round. */
static bool advance(int64_t at[LOOP_COUNT], const int64_t trips[LOOP_COUNT],
	const uint8_t order[LOOP_COUNT])
{
	for (int i = LOOP_COUNT - 1; i >= 0; i--) {
		if (++at[order[i]] < trips[order[i]])
			return true;
		at[order[i]] = 0;
	}
	return false;
}

/* Elements of the bounding box of what the points of a box of loops touch. */
static int64_t span(const struct nest *nest, int o, const int64_t *extent)
{
	static const uint8_t order[LOOP_COUNT] = {0, 1, 2, 3, 4, 5, 6};
	const struct nest_tensor *t = &nest->tensor[o];
	int64_t at[LOOP_COUNT] = {0}, most[NEST_DIMS] = {0}, elems = 1;
	do {
		for (int d = 0; d < t->dims; d++) {
			int64_t x = coordinate(nest, t->dim[d].index, at);
			if (x > most[d])
				most[d] = x;
		}
	} while (advance(at, extent, order));
	for (int d = 0; d < t->dims; d++)
		elems *= most[d] + 1;
	return elems;
}

static bool same_tile(
	const struct nest *nest, int o, const int64_t *a, const int64_t *b)
{
	for (int l = 0; l < LOOP_COUNT; l++)
		if (nest->indexes[o] & LOOP_BIT(l) && a[l] != b[l])
			return false;
	return true;
}

/* What one walk of the DRAM and SPM loops sees. */
struct walk {
	int64_t cycles, passes;    /* RF passes */
	int64_t loads[OPND_COUNT]; /* SPM tiles that come in, or go out */
	int64_t partial_sums;      /* of those of O, not the tile's first */
	/* Of all of them, elements within the bounds. */
	int64_t elems[OPND_COUNT], partial_elems;
	int64_t distributions[OPND_COUNT]; /* RF tiles */
	bool held[OPND_COUNT];             /* an RF tile outlives an SPM pass */
	bool direct[OPND_COUNT];           /* skips the scratchpad */
	long double pj;
};

/* Cycles to send words, so many at once. */
static int64_t sending(int64_t words, int64_t at_once)
{
	int64_t cycles = 0;
	for (; words > 0; words -= at_once)
		cycles++;
	return cycles;
}

/* Of the energy of an element, what a word of the operand takes. */
static long double share(const struct arch *arch, int o)
{
	int64_t bits = 8 * arch->elem_bytes;
	return (long double)(arch->bits[o] ? arch->bits[o] : bits) /
		(long double)bits;
}

/* Does the loop move the operand along the dimension? */
static bool moves_along(const struct nest *nest, int o, int dim, int loop)
{
	int64_t at[LOOP_COUNT] = {0};
	at[loop] = 1;
	return coordinate(nest, nest->tensor[o].dim[dim].index, at) > 0;
}

/* A PE uses each word of its tile once: each loop in it moves to other words,
 * and no two of them along the same dimension. */
static bool used_once(const struct nest *nest, int o, const int64_t *trips)
{
	int along[NEST_DIMS] = {0};
	for (int l = 0; l < LOOP_COUNT; l++) {
		bool moves = trips[l] == 1;
		for (int d = 0; trips[l] > 1 && d < nest->tensor[o].dims; d++)
			if (moves_along(nest, o, d, l))
				moves = ++along[d] == 1;
		if (!moves)
			return false;
	}
	return true;
}

/* Has the scratchpad banks for the tiles, the operands' own where they have
 * some? */
static bool banks_suffice(
	const struct nest *nest, const struct arch *arch, const int64_t *extent)
{
	int64_t all = 0;
	bool fit = true;
	for (int o = 0; o < OPND_COUNT; o++) {
		int64_t elems = span(nest, o, extent), banks = 0;
		int64_t bytes = arch->bits[o] ? (elems * arch->bits[o] + 7) / 8
					      : elems * arch->elem_bytes;
		for (; bytes > 0; bytes -= arch->bank_bytes)
			banks++;
		fit = fit &&
			(!arch->operand_banks[o] ||
				banks <= arch->operand_banks[o]);
		all += banks;
	}
	return fit && all <= arch->spm_banks;
}

/* The RF passes of one SPM pass; fresh: all tiles are new in the first. */
static int64_t walk_pass(const struct nest *nest, const struct arch *arch,
	const struct mapping *m, const struct tile_cost *t, struct walk *w,
	int64_t *ports)
{
	const int64_t *trips = m->tiling.factor[SLOT_SPM];
	int64_t at[LOOP_COUNT] = {0}, last[LOOP_COUNT], cycles = 0;
	int64_t words = 0; /* through the ports */
	bool first = true;
	do {
		int64_t network = 0;
		bool out_changes = false;
		w->passes++;
		for (int o = 0; o < OPND_COUNT; o++) {
			if (w->held[o] ||
				(!first && same_tile(nest, o, at, last)))
				continue;
			int64_t sent = sending(
				t->elems[BOX_PE][o], arch->noc_words[o]);
			w->distributions[o]++;
			if (!w->direct[o])
				words += t->elems[BOX_PE][o] *
					(o == OPND_O ? 2 : 1);
			if (sent > network)
				network = sent;
			out_changes = out_changes || o == OPND_O;
		}
		first = false;
		memcpy(last, at, sizeof last);
		/* Outputs that change in each pass leave nothing to overlap;
		 * outputs that stay for several make one pass in so many wait
		 * for the computing once more. */
		bool every = out_changes &&
			reuse_of_order(
				nest, &m->tiling, SLOT_SPM, m->order[SLOT_SPM])
					.factor[OPND_O] == 1;
		if (every)
			cycles += network + t->trips[SLOT_RF] +
				t->link[LINK_NOC].added_cycles;
		else
			cycles += (network > t->trips[SLOT_RF]
						  ? network
						  : t->trips[SLOT_RF]) +
				(out_changes ? t->trips[SLOT_RF] +
							t->link[LINK_NOC]
								.added_cycles
					     : 0);
	} while (advance(at, trips, m->order[SLOT_SPM]));
	*ports = arch->spm_ports
		? sending(words, arch->spm_ports * arch->port_words)
		: 0;
	return cycles;
}

/* Elements of the operand's SPM tile at the DRAM trips, within the bounds. */
static int64_t real_span(const struct nest *nest, int o,
	const struct tiling *tiling, const int64_t at[LOOP_COUNT])
{
	int64_t extent[LOOP_COUNT];
	for (int l = 0; l < LOOP_COUNT; l++) {
		int64_t trips = tiling->factor[SLOT_DRAM][l];
		int64_t tile = (nest->bound[l] + trips - 1) / trips;
		int64_t left = nest->bound[l] - at[l] * tile;
		extent[l] = left < tile ? left : tile;
	}
	return span(nest, o, extent);
}

static struct walk walk_nest(const struct nest *nest, const struct arch *arch,
	const struct mapping *m, const struct tile_cost *t)
{
	const int64_t *trips = m->tiling.factor[SLOT_DRAM];
	const int64_t *inner = m->tiling.factor[SLOT_SPM];
	struct walk w = {0};
	int64_t at[LOOP_COUNT] = {0}, last[LOOP_COUNT] = {0}, next[LOOP_COUNT];
	int64_t tiles = 1; /* of O */
	bool more = true;
	/* An RF tile outlives a pass if no SPM loop changes it, and some step
	 * of the DRAM loops does not change the SPM tile. */
	for (int o = 0; o < OPND_COUNT; o++) {
		bool changes = false;
		for (int l = 0; l < LOOP_COUNT; l++)
			changes = changes ||
				(nest->indexes[o] & LOOP_BIT(l) &&
					inner[l] > 1);
		/* A tile that the DMA brings is distributed once. */
		w.direct[o] = arch->spm_bypass[o] && !changes;
		memcpy(last, at, sizeof at);
		while (!changes && advance(at, trips, m->order[SLOT_DRAM])) {
			w.held[o] = w.held[o] || same_tile(nest, o, at, last);
			memcpy(last, at, sizeof at);
		}
		memset(at, 0, sizeof at);
	}
	for (int l = 0; l < LOOP_COUNT; l++)
		if (nest->indexes[OPND_O] & LOOP_BIT(l))
			tiles *= trips[l];

	for (bool first = true; more; first = false) {
		int64_t dma = 0, pass, ports, sent[OPND_COUNT];
		int64_t least = 0, one_word = 0;
		bool load[OPND_COUNT], leave[OPND_COUNT];
		memcpy(next, at, sizeof next);
		more = advance(next, trips, m->order[SLOT_DRAM]);
		for (int o = 0; o < OPND_COUNT; o++) {
			load[o] = first || !same_tile(nest, o, at, last);
			leave[o] = !more || !same_tile(nest, o, at, next);
			w.loads[o] += load[o];
			if (load[o])
				w.elems[o] +=
					real_span(nest, o, &m->tiling, at);
			int64_t moves = load[o] + (o == OPND_O && leave[o]);
			int64_t moving =
				moves * t->link[LINK_DMA].dma[o].cycles;
			if (!arch->dma_parallel)
				dma += moving;
			else if (moving > dma)
				dma = moving;
			sent[o] = sending(
				t->elems[BOX_PE][o], arch->noc_words[o]);
		}
		pass = walk_pass(nest, arch, m, t, &w, &ports);
		/* What hides a held tile on its way: that the others are sent,
		 * for as long as that takes a word a cycle at most computing
		 * or the ports, too. */
		struct reuse spm = reuse_of_order(
			nest, &m->tiling, SLOT_SPM, m->order[SLOT_SPM]);
		for (int o = 0; o < OPND_COUNT; o++) {
			if (w.held[o] || spm.factor[o] > 1)
				continue;
			if (sent[o] > least)
				least = sent[o];
			if (t->elems[BOX_PE][o] > one_word)
				one_word = t->elems[BOX_PE][o];
		}
		if (w.held[OPND_O] && t->trips[SLOT_RF] > least)
			least = t->trips[SLOT_RF] < one_word ? t->trips[SLOT_RF]
							     : one_word;
		int64_t drain = 0;
		for (int o = 0; o < OPND_COUNT; o++) {
			if (!w.held[o])
				continue;
			w.distributions[o] += load[o];
			if (o == OPND_O && load[o])
				drain = t->trips[SLOT_RF] +
					t->link[LINK_NOC].added_cycles;
			if (leave[o] && sent[o] > least)
				pass += sent[o] - least;
			if (leave[o] && sent[o] > one_word)
				ports += sent[o] - one_word;
		}
		pass = (pass > ports ? pass : ports) + drain;
		if (arch->spm_buffers == 1)
			w.cycles += dma + pass;
		else
			w.cycles += dma > pass ? dma : pass;
		memcpy(last, at, sizeof last);
		memcpy(at, next, sizeof at);
	}
	w.partial_sums = w.loads[OPND_O] - tiles;
	w.partial_elems = w.elems[OPND_O] - span(nest, OPND_O, nest->bound);

	int64_t macs = nest_macs(nest);
	if (!arch->mac_gating)
		macs = w.passes * t->trips[SLOT_RF] * t->trips[SLOT_SPATIAL];
	w.pj = (long double)macs * (long double)arch->mac_pj;
	for (int o = 0; o < OPND_COUNT; o++)
		if (!arch->rf_bypass[o] ||
			!used_once(nest, o, m->tiling.factor[SLOT_RF]))
			w.pj += (long double)macs * (o == OPND_O ? 2 : 1) *
				share(arch, o) * (long double)arch->rf_pj;
	for (int o = 0; o < OPND_COUNT; o++) {
		int64_t receivers = o == OPND_O ? t->link[LINK_NOC].groups
						: t->trips[SLOT_SPATIAL];
		int64_t ways = o == OPND_O && !w.held[o] ? 2 : 1;
		long double once =
			(long double)(t->elems[BOX_RF][o] * receivers) *
				arch->noc_pj +
			(w.direct[o] ? 0
				     : (long double)t->elems[BOX_PE][o] *
						arch->spm_pj);
		long double red = o == OPND_O
			? (long double)t->link[LINK_NOC].added *
				(share(arch, o) *
						(3 * (long double)arch->rf_pj +
							arch->noc_pj) +
					arch->mac_pj)
			: 0;
		w.pj += (long double)w.distributions[o] *
			((long double)ways * once * share(arch, o) + red);
		w.pj += (long double)arch->dram_pj * share(arch, o) *
			(long double)(w.elems[o] +
				(o == OPND_O ? w.partial_elems : 0));
	}
	return w;
}

static void assert_near(double got, long double want)
{
	long double error = fabsl((long double)got - want);
	assert_true(error <= 1e-11L * fabsl(want) + 1e-9L);
}

static void estimates_are_what_a_walk_counts(void **state)
{
	(void)state;
	struct ctx ctx;
	const struct loc loc = {.file = "random"};
	ctx_init(&ctx, stderr, NULL);
	seed = 1;
	unsigned count = 1000 * times_wanted(), directs = 0, all_fit = 0;
	for (unsigned i = 0; i < count; i++) {
		struct nest nest = draw_nest();
		struct arch arch = draw_arch();
		struct mapping m = draw_mapping(&nest);
		struct tile_cost t;
		struct estimate e;
		struct breakdown b;
		assert_true(nest_verify(&ctx, &loc, &nest));
		assert_true(cost_check(
			&ctx, &loc, &nest, &arch, BURST_TRUE, TILES_PERFECT));
		assert_true(mapping_valid(&nest, &m));
		assert_true(cost_check_tiling(
			&ctx, &loc, &nest, &arch, &m.tiling, BURST_COMPAT));
		seed_tile_cost(&nest, &arch, &m.tiling, BURST_TRUE, &t);
		for (int x = 0; x < SEED_BOXES; x++) {
			int64_t extent[LOOP_COUNT];
			tiling_box(&nest, &m.tiling, x, extent);
			for (int o = 0; o < OPND_COUNT; o++)
				assert_int_equal(
					t.elems[x][o], span(&nest, o, extent));
		}

		int64_t spm_tile[LOOP_COUNT];
		const struct limits any = {0};
		tiling_box(&nest, &m.tiling, BOX_SPM, spm_tile);
		bool fits = banks_suffice(&nest, &arch, spm_tile);
		assert_int_equal(
			tiling_fits_spm(&nest, &arch, &m.tiling, &any), fits);

		struct walk w = walk_nest(&nest, &arch, &m, &t);
		for (int o = 0; o < OPND_COUNT; o++)
			directs += w.direct[o];
		all_fit += fits;
		cost_mapping(&nest, &arch, &m, BURST_TRUE, &e);
		assert_int_equal(e.cycles, w.cycles);
		assert_int_equal(e.partial_sum_fetches, w.partial_sums);
		for (int o = 0; o < OPND_COUNT; o++)
			assert_int_equal(e.held[o], w.held[o]);
		assert_true(fabsl((long double)e.energy_pj - w.pj) <=
			0.5L + 1e-11L * w.pj);
		assert_near(e.edp,
			(long double)e.energy_pj * (long double)e.cycles);

		/* The bound of cost_check.c. */
		double window = 1;
		for (int a = 0; a < AXIS_COUNT; a++)
			window *= (double)(nest.stride[a] > nest.dilation[a]
					? nest.stride[a]
					: nest.dilation[a]);
		double moved = (double)tiling_macs(&m.tiling) * window;
		double wide = 1, burst = 0;
		for (int o = 0; o < OPND_COUNT; o++) {
			wide = fmax(wide, (double)share(&arch, o));
			burst = fmax(burst,
				(double)arch_burst_cycles(
					&arch, (enum operand)o, 1));
		}
		assert_true((double)e.cycles <= 12 * moved * (1 + burst));
		assert_true(e.energy_pj <= 1 +
				moved *
					(2 * arch.mac_pj +
						wide *
							(7 * arch.rf_pj +
								5 * arch.noc_pj +
								4 * arch.spm_pj +
								4 * arch.dram_pj)));

		/* The breakdown adds up to the estimate. */
		cost_breakdown(&nest, &arch, &m, BURST_TRUE, &b);
		int64_t causes = 0;
		for (int k = 0; k < BOUND_COUNT; k++) {
			assert_true(b.cause_cycles[k] >= 0);
			causes += b.cause_cycles[k];
		}
		assert_int_equal(causes, e.cycles);
		assert_int_equal(b.cause_cycles[BOUND_COMPUTE],
			t.trips[SLOT_RF] * t.trips[SLOT_SPM] *
				t.trips[SLOT_DRAM]);
		long double whole = 0;
		for (int k = 0; k < COMPONENT_COUNT; k++) {
			long double sum = 0;
			for (int o = 0; o <= OPND_COUNT; o++)
				sum += b.pj[k][o];
			assert_near(e.component_pj[k], sum);
			whole += sum;
		}
		assert_true(fabsl(whole - w.pj) <= 1e-11L * w.pj + 1e-9L);
		for (int o = 0; o < OPND_COUNT; o++) {
			bool out = o == OPND_O;
			int64_t times = w.distributions[o] *
				(out && !w.held[o] ? 2 : 1);
			const struct flow *far = &b.flow[LINK_DMA][o];
			const struct flow *near = &b.flow[LINK_NOC][o];
			assert_int_equal(
				far->down, out ? w.partial_elems : w.elems[o]);
			assert_int_equal(far->up, out ? w.elems[o] : 0);
			assert_int_equal(near->down + near->up,
				w.direct[o] ? 0 : times * t.elems[BOX_PE][o]);
			assert_int_equal(near->transfers, w.distributions[o]);
			assert_int_equal(near->delivered,
				times * t.elems[BOX_RF][o] *
					(out ? t.link[LINK_NOC].groups
					     : t.trips[SLOT_SPATIAL]));
		}
	}
	/* Each kind is there. */
	assert_true(directs > count / 10);
	assert_true(all_fit > count / 10 && all_fit < count * 9 / 10);
	ctx_release(&ctx);
}

/* --- bursts -----------------------------------------------------------------
 */

enum { ADDRESSES = 1 << 19 };
static unsigned char touched[ADDRESSES];

static int64_t address_of(
	const struct nest *nest, int o, const int64_t coordinates[NEST_DIMS])
{
	int64_t address = 0;
	for (int d = 0; d < nest->tensor[o].dims; d++) {
		const struct nest_dim *dim = &nest->tensor[o].dim[d];
		int64_t x = coordinates[d];
		address += dim->split ? x / dim->split * dim->split_pitch +
				x % dim->split * dim->pitch
				      : x * dim->pitch;
	}
	return address;
}

/* Marks the elements of the first tile, and counts the runs of consecutive
 * addresses and the longest of them. */
static void list_runs(const struct nest *nest, int o, const int64_t *tile,
	int64_t *runs, int64_t *longest)
{
	const struct nest_tensor *t = &nest->tensor[o];
	int64_t x[NEST_DIMS] = {0}, size[NEST_DIMS], last[LOOP_COUNT];
	for (int l = 0; l < LOOP_COUNT; l++)
		last[l] = tile[l] - 1;
	for (int d = 0; d < t->dims; d++)
		size[d] = coordinate(nest, t->dim[d].index, last) + 1;
	memset(touched, 0, sizeof touched);
	for (int d = 0; d >= 0;) {
		int64_t a = address_of(nest, o, x);
		assert_in_range(a, 0, ADDRESSES - 2);
		touched[a] = 1;
		for (d = t->dims - 1; d >= 0 && ++x[d] == size[d]; d--)
			x[d] = 0;
	}
	*runs = *longest = 0;
	for (int a = 0, run = 0; a < ADDRESSES; a++) {
		run = touched[a] ? run + 1 : 0;
		*runs += run == 1;
		*longest = run > *longest ? run : *longest;
	}
}

static void bursts_are_the_runs_of_addresses(void **state)
{
	(void)state;
	struct arch arch = arch_default();
	seed = 2;
	for (unsigned i = 0; i < 100 * times_wanted(); i++) {
		struct nest nest = draw_nest();
		if (draw(2))
			shuffle_layout(&nest);
		struct mapping m = draw_mapping(&nest);
		struct tile_cost t;
		int64_t tile[LOOP_COUNT];
		seed_tile_cost(&nest, &arch, &m.tiling, BURST_TRUE, &t);
		tiling_box(&nest, &m.tiling, BOX_SPM, tile);
		for (int o = 0; o < OPND_COUNT; o++) {
			int64_t runs, longest;
			list_runs(&nest, o, tile, &runs, &longest);
			assert_int_equal(t.link[LINK_DMA].dma[o].bursts, runs);
			assert_int_equal(
				t.link[LINK_DMA].dma[o].burst_elems, longest);
		}
	}
}

/* 12 values of C in a tensor of 3 channels x 4 depths of 10 elements, of which
 * the filter reads all 4, or 3 of 4 channels: channel pitch 40, depth pitch 10.
 */
static void split_dimensions_join_when_both_pitches_go_on(void **state)
{
	(void)state;
	struct arch arch = arch_default();
	struct nest nest = nest_gemm(10, 1, 12, true, false);
	struct nest_dim *c = &nest.tensor[OPND_I].dim[0];
	const int64_t tile[LOOP_COUNT] = {10, 1, 12, 1, 1, 1, 1};
	int64_t runs, longest;
	assert_int_equal(c->index, INDEX_C);
	c->split = 4;
	c->split_pitch = 40;
	struct dma dma = dma_of_tile(&nest, &arch, OPND_I, tile, BURST_TRUE);
	list_runs(&nest, OPND_I, tile, &runs, &longest);
	assert_int_equal(dma.bursts, 1);
	assert_int_equal(dma.burst_elems, 120);
	assert_int_equal(runs, 1);
	c->split_pitch = 50; /* the last depth is not read */
	dma = dma_of_tile(&nest, &arch, OPND_I, tile, BURST_TRUE);
	assert_int_equal(dma.bursts, 12);
	assert_int_equal(dma.burst_elems, 10);
}

static void dma_takes_init_and_bytes(void **state)
{
	(void)state;
	struct arch arch = arch_default();
	/* ceil((291 + 0.24 * (n * 2)) * 500/3200) */
	const struct {
		int64_t elems, cycles;
	} rows[] = {
		{1,    46 }, /* ceil(45.54) */
		{57,   50 }, /* ceil(49.74) */
		{3136, 281}, /* ceil(280.668) */
		{7744, 627}, /* ceil(626.268) */
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		assert_int_equal(
			arch_burst_cycles(&arch, OPND_I, rows[i].elems),
			rows[i].cycles);
}

/* COST_MODEL 15, quirk 1: 64 channels, 3x3, stride 2, in = 58, a tile of 8
 * whole channels. */
static void quirk_1_takes_padded_inputs_apart(void **state)
{
	(void)state;
	struct arch arch = arch_default();
	const int64_t filter[2] = {3, 3}, stride[2] = {2, 2}, one[2] = {1, 1};
	const int64_t tile[LOOP_COUNT] = {1, 1, 8, 28, 28, 3, 3};
	for (int side = 57; side <= 58; side++) {
		const int64_t image[2] = {side, side};
		struct nest n =
			nest_conv(1, 64, 64, image, filter, stride, one);
		struct dma compat =
			dma_of_tile(&n, &arch, OPND_I, tile, BURST_COMPAT);
		struct dma exact =
			dma_of_tile(&n, &arch, OPND_I, tile, BURST_TRUE);
		assert_int_equal(compat.bursts, side == 57 ? 1 : 344);
		assert_int_equal(compat.burst_elems, side == 57 ? 25992 : 8);
		/* 8 channels x 57 rows of 57 when the tensor has 58 */
		assert_int_equal(exact.bursts, side == 57 ? 1 : 8 * 57);
		assert_int_equal(exact.burst_elems, side == 57 ? 25992 : 57);
	}
}

/* --- numbers of dMazeRunner -------------------------------------------------
 */

/* Energy and cycles that dMazeRunner computes for tilings of each kind of layer
 * on three machines, with and without operands held in the register files, with
 * and without its quirk 1; two pairs of reuse vectors of each. */
enum kind { CONV, DEPTHWISE, GEMM };

/* clang-format off */
static const struct {
	const char *name;
	enum kind kind;
	int arch;        /* below */
	int64_t size[7]; /* N M C in kernel padding stride; M N K of a GEMM */
	int64_t tiling[SEED_SLOTS][LOOP_COUNT]; /* as the seed lists them */
	struct {
		struct reuse spm, dram;
		double energy_pj;
		int64_t cycles;
	} pair[2];
} numbers[] = {
	{"tests/unittest/test_common", CONV, 0, {4, 256, 256, 14, 3, 1, 1}, {{4, 16, 8, 1, 1, 1, 1}, {1, 1, 16, 1, 1, 1, 1}, {1, 8, 1, 2, 2, 3, 3}, {1, 2, 2, 7, 7, 1, 1}}, {{{{16, 1, 1}}, {{8, 1, 1}}, 3536413225, 4581376}, {{{16, 1, 1}}, {{1, 16, 1}}, 3365577523, 7290880}}},
	{"tests/verification/convolution/test_1d_mechanisms/test_1d_c_1", CONV, 0, {8, 16, 16, 11, 3, 0, 2}, {{2, 4, 1, 1, 1, 1, 1}, {2, 2, 2, 1, 5, 1, 1}, {2, 2, 1, 5, 1, 3, 3}, {1, 1, 8, 1, 1, 1, 1}}, {{{{2, 1, 1}}, {{1, 1, 2}}, 18838544, 220160}, {{{1, 1, 10}}, {{1, 4, 1}}, 9573920, 271360}}},
	{"tests/verification/gemm/test_gemm_config_1", GEMM, 0, {1000, 1000, 1000, 0, 0, 0, 0}, {{250, 2, 20, 1, 1, 1, 1}, {2, 1, 1, 1, 1, 1, 1}, {1, 4, 50, 1, 1, 1, 1}, {2, 125, 1, 1, 1, 1, 1}}, {{{{1, 1, 2}}, {{20, 1, 1}}, 60037000000, 264000000}, {{{1, 1, 2}}, {{1, 2, 1}}, 67437000000, 264000000}}},
	{"examples/dwconv", DEPTHWISE, 0, {4, 1, 960, 7, 3, 1, 1}, {{4, 1, 8, 1, 1, 1, 1}, {1, 1, 4, 1, 1, 1, 1}, {1, 1, 6, 1, 1, 3, 3}, {1, 1, 5, 7, 7, 1, 1}}, {{{{1, 1, 1}}, {{1, 1, 4}}, 125470138, 317952}, {{{1, 1, 1}}, {{1, 1, 1}}, 130654138, 317952}}},
	{"filled 0", CONV, 0, {1, 64, 3, 224, 7, 3, 2}, {{1, 1, 1, 2, 28, 1, 1}, {1, 8, 1, 4, 2, 1, 7}, {1, 4, 3, 14, 1, 1, 1}, {1, 2, 1, 1, 2, 7, 1}}, {{{{1, 8, 1}}, {{1, 1, 56}}, 1551764740, 43781696}, {{{1, 1, 2}}, {{1, 1, 56}}, 1702476196, 45384192}}},
	{"lean 1", CONV, 1, {4, 64, 3, 224, 7, 3, 2}, {{4, 32, 3, 56, 112, 7, 1}, {1, 1, 1, 1, 1, 1, 1}, {1, 1, 1, 1, 1, 1, 1}, {1, 2, 1, 2, 1, 1, 7}}, {{{{1, 1, 1}}, {{3, 1, 1}}, 91547701576, 7052738560}, {{{1, 1, 1}}, {{1, 1, 25088}}, 67679117583, 9930106368}}},
	{"any 2", CONV, 2, {1, 64, 3, 229, 7, 0, 2}, {{1, 8, 1, 28, 14, 7, 1}, {1, 8, 3, 4, 8, 1, 7}, {1, 1, 1, 1, 1, 1, 1}, {1, 1, 1, 1, 1, 1, 1}}, {{{{3, 1, 1}}, {{1, 8, 1}}, 11663499299, 157351936}, {{{1, 1, 32}}, {{1, 1, 392}}, 14147934029, 236027904}}},
	{"lean 5", CONV, 2, {4, 512, 256, 14, 3, 1, 2}, {{4, 256, 256, 7, 7, 3, 3}, {1, 1, 1, 1, 1, 1, 1}, {1, 1, 1, 1, 1, 1, 1}, {1, 2, 1, 1, 1, 1, 1}}, {{{{1, 1, 1}}, {{256, 1, 1}}, 123499253976, 15688028160}, {{{1, 1, 1}}, {{1, 1, 196}}, 205126279835, 26064322560}}},
	{"lean 7", CONV, 1, {1, 256, 256, 14, 3, 1, 1}, {{1, 16, 128, 14, 14, 3, 3}, {1, 1, 1, 1, 1, 1, 1}, {1, 16, 2, 1, 1, 1, 1}, {1, 1, 1, 1, 1, 1, 1}}, {{{{1, 1, 1}}, {{128, 1, 1}}, 20978376366, 6557902848}, {{{1, 1, 1}}, {{1, 1, 196}}, 20929312686, 6541295616}}},
	{"filled 10", CONV, 1, {4, 128, 512, 28, 1, 0, 1}, {{2, 1, 16, 14, 7, 1, 1}, {1, 8, 4, 1, 4, 1, 1}, {2, 16, 2, 2, 1, 1, 1}, {1, 1, 4, 1, 1, 1, 1}}, {{{{4, 1, 1}}, {{16, 1, 1}}, 3447356129, 90216448}, {{{1, 1, 4}}, {{1, 1, 98}}, 3515597455, 198971392}}},
	{"any 11", CONV, 2, {1, 96, 3, 227, 11, 0, 4}, {{1, 8, 1, 11, 55, 11, 11}, {1, 1, 3, 1, 1, 1, 1}, {1, 2, 1, 5, 1, 1, 1}, {1, 6, 1, 1, 1, 1, 1}}, {{{{3, 1, 1}}, {{1, 8, 1}}, 34209283764, 4279198275}, {{{3, 1, 1}}, {{1, 1, 605}}, 35904445231, 4508067960}}},
	{"filled 16", CONV, 1, {1, 10, 6, 12, 3, 0, 2}, {{1, 1, 1, 1, 1, 1, 1}, {1, 10, 6, 1, 5, 3, 1}, {1, 1, 1, 1, 1, 1, 3}, {1, 1, 1, 5, 1, 1, 1}}, {{{{6, 1, 1}}, {{1, 1, 1}}, 380305, 24750}, {{{1, 1, 5}}, {{1, 1, 1}}, 408730, 27000}}},
	{"filled 17", DEPTHWISE, 2, {4, 1, 960, 7, 3, 1, 1}, {{1, 1, 5, 1, 1, 1, 3}, {2, 1, 2, 1, 7, 1, 1}, {1, 1, 24, 1, 1, 1, 1}, {2, 1, 4, 7, 1, 3, 1}}, {{{{1, 1, 2}}, {{1, 1, 1}}, 600279863, 5121960}, {{{1, 1, 14}}, {{3, 1, 1}}, 348106660, 5076920}}},
	{"scattered 19", DEPTHWISE, 1, {1, 1, 96, 113, 3, 0, 2}, {{1, 1, 16, 28, 4, 3, 3}, {1, 1, 2, 2, 1, 1, 1}, {1, 1, 1, 1, 1, 1, 1}, {1, 1, 3, 1, 14, 1, 1}}, {{{{1, 1, 1}}, {{3, 1, 1}}, 1599908782, 31610880}, {{{1, 1, 2}}, {{1, 1, 112}}, 2159954734, 41752800}}},
	{"lean 20", DEPTHWISE, 2, {4, 1, 144, 56, 3, 1, 2}, {{4, 1, 18, 28, 28, 1, 3}, {1, 1, 1, 1, 1, 1, 1}, {1, 1, 1, 1, 1, 1, 1}, {1, 1, 8, 1, 1, 3, 1}}, {{{{1, 1, 1}}, {{1, 1, 4}}, 112673362992, 2674788480}, {{{1, 1, 1}}, {{1, 1, 3136}}, 112314216301, 2629123920}}},
	{"lean 21", DEPTHWISE, 0, {1, 1, 40, 30, 7, 0, 1}, {{1, 1, 8, 12, 12, 7, 1}, {1, 1, 1, 1, 1, 1, 1}, {1, 1, 5, 2, 1, 1, 7}, {1, 1, 1, 1, 2, 1, 1}}, {{{{1, 1, 1}}, {{7, 1, 1}}, 210763238, 6704640}, {{{1, 1, 1}}, {{1, 1, 144}}, 209740898, 11221840}}},
	{"any 22", DEPTHWISE, 1, {1, 1, 1, 16, 3, 1, 1}, {{1, 1, 1, 2, 4, 3, 3}, {1, 1, 1, 1, 1, 1, 1}, {1, 1, 1, 2, 1, 1, 1}, {1, 1, 1, 4, 4, 1, 1}}, {{{{1, 1, 1}}, {{9, 1, 1}}, 447792, 42536}, {{{1, 1, 1}}, {{1, 1, 4}}, 1126607, 95994}}},
	{"any 23", GEMM, 2, {1000, 1000, 1000, 0, 0, 0, 0}, {{20, 2, 10, 1, 1, 1, 1}, {1, 5, 1, 1, 1, 1, 1}, {1, 4, 1, 1, 1, 1, 1}, {50, 25, 100, 1, 1, 1, 1}}, {{{{1, 5, 1}}, {{10, 1, 1}}, 10226639000, 1010008000}, {{{1, 5, 1}}, {{1, 2, 1}}, 15863239000, 1010008000}}},
	{"filled 25", GEMM, 1, {1, 4096, 9216, 0, 0, 0, 0}, {{1, 64, 96, 1, 1, 1, 1}, {1, 16, 8, 1, 1, 1, 1}, {1, 2, 2, 1, 1, 1, 1}, {1, 2, 6, 1, 1, 1, 1}}, {{{{8, 1, 1}}, {{96, 1, 1}}, 6602995794, 48369792}, {{{1, 16, 1}}, {{1, 64, 1}}, 6637280952, 56623104}}},
	{"filled 27", GEMM, 0, {107, 768, 768, 0, 0, 0, 0}, {{107, 2, 16, 1, 1, 1, 1}, {1, 6, 2, 1, 1, 1, 1}, {1, 8, 8, 1, 1, 1, 1}, {1, 8, 3, 1, 1, 1, 1}}, {{{{2, 1, 1}}, {{16, 1, 1}}, 13979721953, 67055616}, {{{1, 6, 1}}, {{1, 2, 1}}, 14485889956, 71000064}}},
	{"lean 28", GEMM, 1, {64, 64, 64, 0, 0, 0, 0}, {{2, 8, 8, 1, 1, 1, 1}, {1, 1, 1, 1, 1, 1, 1}, {16, 4, 2, 1, 1, 1, 1}, {2, 2, 4, 1, 1, 1, 1}}, {{{{1, 1, 1}}, {{8, 1, 1}}, 8186470, 344064}, {{{1, 1, 1}}, {{1, 8, 1}}, 13246423, 544768}}},
	{"scattered 31", CONV, 2, {1, 64, 3, 224, 7, 3, 2}, {{1, 4, 3, 1, 1, 1, 1}, {1, 8, 1, 14, 4, 7, 7}, {1, 1, 1, 2, 2, 1, 1}, {1, 2, 1, 4, 14, 1, 1}}, {{{{1, 8, 1}}, {{3, 1, 1}}, 5785762017, 131481504}, {{{1, 1, 56}}, {{1, 4, 1}}, 10770879448, 218378496}}},
	{"lean 35", CONV, 0, {1, 128, 64, 58, 3, 0, 2}, {{1, 8, 8, 14, 28, 3, 3}, {1, 1, 2, 1, 1, 1, 1}, {1, 2, 1, 2, 1, 1, 1}, {1, 8, 4, 1, 1, 1, 1}}, {{{{2, 1, 1}}, {{8, 1, 1}}, 96125708134, 4829690880}, {{{2, 1, 1}}, {{1, 1, 392}}, 93193014641, 4085259264}}},
	{"lean 49", DEPTHWISE, 2, {1, 1, 32, 114, 3, 0, 1}, {{1, 1, 4, 4, 8, 3, 3}, {1, 1, 1, 1, 1, 1, 1}, {1, 1, 1, 4, 2, 1, 1}, {1, 1, 8, 7, 7, 1, 1}}, {{{{1, 1, 1}}, {{3, 1, 1}}, 1977736561, 19768320}, {{{1, 1, 1}}, {{1, 1, 32}}, 3704045134, 34849440}}},
	{"filled 51", DEPTHWISE, 1, {4, 1, 144, 56, 3, 1, 2}, {{4, 1, 6, 2, 7, 3, 1}, {1, 1, 3, 1, 1, 1, 1}, {1, 1, 4, 2, 1, 1, 3}, {1, 1, 2, 7, 4, 1, 1}}, {{{{1, 1, 1}}, {{3, 1, 1}}, 1030470981, 64358784}, {{{1, 1, 1}}, {{1, 1, 56}}, 1308079941, 87912864}}},
	{"scattered 55", GEMM, 2, {1, 1000, 512, 0, 0, 0, 0}, {{1, 20, 8, 1, 1, 1, 1}, {1, 2, 2, 1, 1, 1, 1}, {1, 1, 2, 1, 1, 1, 1}, {1, 25, 16, 1, 1, 1, 1}}, {{{{2, 1, 1}}, {{8, 1, 1}}, 186256227, 632640}, {{{1, 2, 1}}, {{1, 20, 1}}, 187802257, 753280}}},
	{"filled 82", DEPTHWISE, 0, {4, 1, 144, 56, 3, 1, 2}, {{2, 1, 3, 1, 14, 1, 3}, {1, 1, 4, 14, 2, 1, 1}, {2, 1, 6, 1, 1, 3, 1}, {1, 1, 2, 2, 1, 1, 1}}, {{{{1, 1, 1}}, {{1, 1, 2}}, 2913234186, 88554816}, {{{1, 1, 28}}, {{1, 1, 28}}, 2892718506, 87779808}}},
	{"scattered 113", DEPTHWISE, 2, {4, 1, 144, 56, 3, 1, 2}, {{1, 1, 1, 4, 14, 1, 3}, {2, 1, 12, 7, 2, 3, 1}, {2, 1, 2, 1, 1, 1, 1}, {1, 1, 6, 1, 1, 1, 1}}, {{{{3, 1, 1}}, {{1, 1, 56}}, 40596914538, 194180304}, {{{1, 1, 28}}, {{1, 1, 14}}, 40669544391, 194355264}}},
	{"lean 268", DEPTHWISE, 0, {4, 1, 144, 56, 3, 1, 2}, {{4, 1, 72, 14, 28, 3, 1}, {1, 1, 1, 1, 1, 1, 1}, {1, 1, 1, 1, 1, 1, 1}, {1, 1, 2, 2, 1, 1, 3}}, {{{{1, 1, 1}}, {{3, 1, 1}}, 921071048, 103864320}, {{{1, 1, 1}}, {{1, 1, 1568}}, 884580443, 155816352}}},
};
/* clang-format on */

static struct arch machine(int which)
{
	struct arch a = arch_default();
	if (which == 0)
		return a;
	bool big = which == 2;
	a.dma_elem_bytes = big ? 1 : 2;
	a.dma_init_cycles = big ? 100 : 120;
	a.dma_cycles_per_byte = big ? 0.125 : 0.5;
	a.dma_mhz = big ? 2133 : 1600;
	a.accel_mhz = big ? 940 : 700;
	a.rf_pj = big ? 0.12 : 0.48;
	a.noc_pj = big ? 0.37 : 1.5;
	a.spm_pj = big ? 20.25 : 6.25;
	a.dram_pj = big ? 333.3 : 160;
	a.mac_pj = big ? 0.0561 : 0.1;
	return a;
}

static void dmazerunner_has_the_same_numbers(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
		const int64_t *s = numbers[i].size, one[2] = {1, 1};
		const int64_t image[2] = {s[3] + 2 * s[5], s[3] + 2 * s[5]};
		const int64_t filter[2] = {s[4], s[4]},
			      stride[2] = {s[6], s[6]};
		struct nest nest = numbers[i].kind == GEMM
			? nest_gemm(s[0], s[1], s[2], false, false)
			: numbers[i].kind == CONV
			? nest_conv(
				  s[0], s[1], s[2], image, filter, stride, one)
			: nest_depthwise(
				  s[0], s[1], s[2], image, filter, stride, one);
		struct arch arch = machine(numbers[i].arch);
		struct tile_cost t;
		struct tiling tiling = seed_tiling(numbers[i].tiling);
		assert_true(tiling_valid(&nest, &tiling));
		seed_tile_cost(&nest, &arch, &tiling, BURST_COMPAT, &t);
		for (int p = 0; p < 2; p++) {
			struct estimate e;
			seed_cost(&arch, &t, &numbers[i].pair[p].spm,
				&numbers[i].pair[p].dram, &e);
			assert_true(
				e.energy_pj == numbers[i].pair[p].energy_pj);
			assert_int_equal(e.cycles, numbers[i].pair[p].cycles);
		}
	}
}

/* --- what fits, what is refused ---------------------------------------------
 */

/* 2 x 3 outputs of a product of depth 5 in the RF: 6 + 10 + 15 = 31 elements,
 * 62 bytes; 4 PEs; the SPM tile is 8 x 3 deep 5: 24 + 40 + 15 elements, 48 + 80
 * + 30 = 158 bytes, 2 + 3 + 1 banks of 32 bytes. */
static void capacities_are_checked_to_the_element(void **state)
{
	(void)state;
	struct nest nest = nest_gemm(16, 3, 10, false, false);
	static const int64_t factor[SEED_SLOTS][LOOP_COUNT] = {
		{2, 1, 2, 1, 1, 1, 1},
		{1, 1, 1, 1, 1, 1, 1},
		{2, 3, 5, 1, 1, 1, 1},
		{4, 1, 1, 1, 1, 1, 1},
	};
	const struct tiling t = seed_tiling(factor);
	static const struct {
		int64_t pes, rf_bytes, banks, bank_bytes, elem_bytes;
		double use[3]; /* least: PEs, register file, scratchpad */
		bool spatial, rf, spm;
	} rows[] = {
		{4, 62, 6, 32, 2, {0, 0, 0},       true,  true,  true },
		{3, 61, 5, 32, 2, {0, 0, 0},       false, false, false},
		{4, 62, 7, 32, 2, {1, 1, 0.7},     true,  true,  true },
 /* 4/5, 31/31.5, 158/192 are too little */
		{5, 63, 6, 32, 2, {0.81, 1, 0.83}, false, false, false},
 /* one bank fewer, though 158 <= 160 bytes */
		{4, 62, 5, 32, 2, {0, 0, 0},       true,  true,  false},
 /* 20.67 elements of 3 bytes; 237 bytes in 3 + 4 + 2 banks */
		{4, 62, 9, 32, 3, {0, 0, 0},       true,  false, true },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct arch a = arch_default();
		a.pes = rows[i].pes;
		a.rf_bytes = rows[i].rf_bytes;
		a.spm_banks = rows[i].banks;
		a.bank_bytes = rows[i].bank_bytes;
		a.elem_bytes = rows[i].elem_bytes;
		const struct limits l = {.min_pe_use = rows[i].use[0],
			.min_rf_use = rows[i].use[1],
			.min_spm_use = rows[i].use[2]};
		assert_int_equal(tiling_fits_spatial(&nest, &a, &t, &l),
			rows[i].spatial);
		assert_int_equal(tiling_fits_rf(&nest, &a, &t, &l), rows[i].rf);
		assert_int_equal(
			tiling_fits_spm(&nest, &a, &t, &l), rows[i].spm);
	}
}

static void prunes_follow_the_output(void **state)
{
	(void)state;
	const int64_t image[2] = {4, 4}, filter[2] = {2, 2}, one[2] = {1, 1};
	const struct arch arch = arch_default();
	const struct limits prunes = {
		.no_spatial_reduction = true, .no_feature_dram = true};
	const struct nest nests[] = {
		nest_conv(2, 2, 2, image, filter, one, one),
		nest_depthwise(2, 2, 2, image, filter, one, one),
	};
	for (int dw = 0; dw < 2; dw++)
		for (int l = 0; l < LOOP_COUNT; l++) {
			struct tiling t = tiling_none;
			t.factor[SLOT_SPATIAL][l] = t.factor[SLOT_DRAM][l] = 2;
			/* C of a depthwise nest indexes O */
			bool sums = l == LOOP_FX || l == LOOP_FY ||
				(l == LOOP_C && !dw);
			assert_int_equal(tiling_fits_spatial(&nests[dw], &arch,
						 &t, &prunes),
				!sums);
			assert_int_equal(
				tiling_fits_dram(&nests[dw], &t, &prunes),
				l != LOOP_FX && l != LOOP_FY);
		}
}

static void numbers_beyond_double_are_refused(void **state)
{
	(void)state;
	struct ctx ctx;
	char *said = NULL;
	size_t size;
	FILE *f = open_memstream(&said, &size);
	const struct loc loc = {.file = "m.onnx", .node = "fc"};
	ctx_init(&ctx, f, NULL);
	struct arch arch = arch_default();
	/* A (2^42 MACs) x 12 x (1 + 46) is below 2^53 = 9.007e15, twice A not
	 */
	struct nest nest =
		nest_gemm(1 << 14, 1 << 14, (int64_t)1 << 14, false, false);
	assert_true(cost_check(
		&ctx, &loc, &nest, &arch, BURST_TRUE, TILES_PERFECT));
	nest = nest_gemm(1 << 15, 1 << 14, (int64_t)1 << 15, false, false);
	assert_false(cost_check(
		&ctx, &loc, &nest, &arch, BURST_TRUE, TILES_PERFECT));
	arch.dram_pj = 1e9;
	nest = nest_gemm(1 << 14, 1 << 14, 1 << 8, false, false);
	assert_false(cost_check(
		&ctx, &loc, &nest, &arch, BURST_TRUE, TILES_PERFECT));
	fclose(f);
	assert_string_equal(said,
		"m.onnx: node 'fc': error: 17592186044416 multiplications "
		"could take 9.92e+15 cycles on this machine (46 for a burst of "
		"one element), the cost model counts to 2^53; split the "
		"layer\n"
		"m.onnx: node 'fc': error: 68719476736 multiplications could "
		"take 2.75e+20 pJ on this machine, the cost model counts to "
		"2^53; give energies in a larger unit or split the layer\n");
	free(said);
	ctx_release(&ctx);
}

/* docs/cost-model.md holds the quirks' table as the code prints it. */
static void documentation_has_the_quirks(void **state)
{
	(void)state;
	struct ctx ctx;
	static char text[1 << 16];
	FILE *file = fopen("docs/cost-model.md", "r");
	assert_non_null(file);
	assert_true(fread(text, 1, sizeof text - 1, file) > 0);
	fclose(file);
	ctx_init(&ctx, stderr, NULL);
	assert_non_null(strstr(text, quirks_markdown(&ctx)));
	ctx_release(&ctx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(estimates_are_what_a_walk_counts),
		cmocka_unit_test(bursts_are_the_runs_of_addresses),
		cmocka_unit_test(split_dimensions_join_when_both_pitches_go_on),
		cmocka_unit_test(dma_takes_init_and_bytes),
		cmocka_unit_test(quirk_1_takes_padded_inputs_apart),
		cmocka_unit_test(documentation_has_the_quirks),
		cmocka_unit_test(dmazerunner_has_the_same_numbers),
		cmocka_unit_test(capacities_are_checked_to_the_element),
		cmocka_unit_test(prunes_follow_the_output),
		cmocka_unit_test(numbers_beyond_double_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
