/* COST_MODEL 3 to 9 with what docs/cost-model.md adds, in the order of the
 * text. */
#include "oracle/literal_cost.h"

#include <math.h>

__extension__ typedef __int128 wide;

static int64_t larger(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static int64_t smaller(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t rounded_up(int64_t a, int64_t b)
{
	return a / b + (a % b != 0);
}

int64_t literal_bits(const struct arch *arch, int operand)
{
	return arch->bits[operand] ? arch->bits[operand] : 8 * arch->elem_bytes;
}

double literal_word(const struct arch *arch, int operand)
{
	return (double)literal_bits(arch, operand) /
		(double)(8 * arch->elem_bytes);
}

/* --- 7: DMA --------------------------------------------------------------- */

/* What follows on from addresses that are one behind the other goes into one
 * burst. */
static struct literal_dma bursts_by_pitch(const struct nest *nest,
	const struct nest_tensor *tensor, const int64_t tile[LOOP_COUNT])
{
	struct literal_dma dma = {.bursts = 1, .burst_elems = 1};
	for (int d = tensor->dims; d-- > 0;) {
		const struct nest_dim *dim = &tensor->dim[d];
		int64_t extent = index_extent(nest, dim->index, tile);
		/* An index further, a part further: right behind the run? */
		bool behind = dim->pitch == dma.burst_elems;
		if (dim->split)
			behind = behind &&
				dim->split_pitch == dim->split * dim->pitch;
		*(behind ? &dma.burst_elems : &dma.bursts) *= extent;
	}
	return dma;
}

/* The original's: the address of the tile's last element, by what is read, is
 * taken apart by what is declared. */
static struct literal_dma bursts_by_address(const struct nest *nest,
	const struct nest_tensor *tensor, const int64_t tile[LOOP_COUNT])
{
	struct literal_dma dma = {.bursts = 1, .burst_elems = 1};
	int64_t address = 0;
	for (int d = 0; d < tensor->dims; d++) {
		enum index index = tensor->dim[d].index;
		address *= index_extent(nest, index, nest->bound);
		address += index_extent(nest, index, tile) - 1;
	}
	bool whole = true;
	for (int d = tensor->dims; d-- > 0;) {
		int64_t size = tensor->dim[d].size, x = address % size + 1;
		address /= size;
		*(whole ? &dma.burst_elems : &dma.bursts) *= x;
		if (x != size)
			whole = false;
	}
	return dma;
}

struct literal_dma literal_dma(const struct nest *nest, const struct arch *arch,
	int operand, const int64_t tile[LOOP_COUNT], enum burst_rule rule)
{
	const struct nest_tensor *tensor = &nest->tensor[operand];
	struct literal_dma dma = rule == BURST_COMPAT
		? bursts_by_address(nest, tensor, tile)
		: bursts_by_pitch(nest, tensor, tile);
	int64_t bytes = dma.burst_elems * arch->dma_elem_bytes;
	if (arch->bits[operand])
		bytes = rounded_up(dma.burst_elems * arch->bits[operand], 8);
	double burst = arch->dma_init_cycles +
		arch->dma_cycles_per_byte * (double)bytes;
	burst *= arch->accel_mhz / arch->dma_mhz;
	dma.cycles = dma.bursts * (int64_t)ceil(burst);
	dma.pj = (double)(dma.bursts * dma.burst_elems) *
		(arch->dram_pj * literal_word(arch, operand));
	return dma;
}

/* The extent of the operand's tiles along a loop, of the one that begins at a
 * place. */
static int64_t clipped(const struct nest *nest, const int64_t tile[LOOP_COUNT],
	int loop, int64_t begin)
{
	return smaller(tile[loop], nest->bound[loop] - begin);
}

int64_t literal_swept(
	const struct nest *nest, int operand, const int64_t tile[LOOP_COUNT])
{
	const struct nest_tensor *tensor = &nest->tensor[operand];
	int64_t elems = 1;
	for (int d = 0; d < tensor->dims; d++) {
		enum index index = tensor->dim[d].index;
		unsigned loops = index_loops(index);
		int a = __builtin_ctz(loops);
		int64_t sum = 0, extent[LOOP_COUNT] = {0};
		if (loops == LOOP_BIT(a)) {
			elems *= nest->bound[a]; /* side by side */
			continue;
		}
		/* A window: tiles of its one loop by tiles of the other. */
		int b = __builtin_ctz(loops & ~LOOP_BIT(a));
		for (int64_t i = 0; i < nest->bound[a]; i += tile[a])
			for (int64_t j = 0; j < nest->bound[b]; j += tile[b]) {
				extent[a] = clipped(nest, tile, a, i);
				extent[b] = clipped(nest, tile, b, j);
				sum += index_extent(nest, index, extent);
			}
		elems *= sum;
	}
	return elems;
}

/* --- 3 and 5: the tiling's part ------------------------------------------- */

bool literal_used_once(
	const struct nest *nest, int operand, const int64_t rf[LOOP_COUNT])
{
	/* A loop that does not move it takes the same word again; so do two
	 * along one dimension. */
	for (int l = 0; l < LOOP_COUNT; l++)
		if (rf[l] > 1 && !(nest->indexes[operand] & LOOP_BIT(l)))
			return false;
	return operand != OPND_I ||
		!((rf[LOOP_OX] > 1 && rf[LOOP_FX] > 1) ||
			(rf[LOOP_OY] > 1 && rf[LOOP_FY] > 1));
}

static int64_t trips(const struct tiling *tiling, int slot, unsigned loops)
{
	int64_t product = 1;
	for (int l = 0; l < LOOP_COUNT; l++)
		if (loops & LOOP_BIT(l))
			product *= tiling->factor[slot][l];
	return product;
}

void literal_tile(const struct nest *nest, const struct arch *arch,
	const struct tiling *tiling, enum burst_rule rule,
	struct literal_tile *out)
{
	const unsigned all = LOOP_BIT(LOOP_COUNT) - 1;
	const unsigned outputs = nest->indexes[OPND_O];
	int64_t spm[LOOP_COUNT], pe[LOOP_COUNT];
	int64_t macs = nest_macs(nest), padded = 1;
	for (int l = 0; l < LOOP_COUNT; l++) {
		spm[l] = rounded_up(
			nest->bound[l], tiling->factor[SLOT_DRAM][l]);
		pe[l] = rounded_up(spm[l], tiling->factor[SLOT_SPM][l]);
	}
	out->work = trips(tiling, SLOT_RF, all);
	out->pes = trips(tiling, SLOT_SPATIAL, all);
	out->rf_passes = trips(tiling, SLOT_SPM, all);
	out->spm_passes = trips(tiling, SLOT_DRAM, all);
	padded = out->work * out->pes * out->rf_passes * out->spm_passes;
	out->macs = arch->mac_gating ? macs : padded;
	for (int o = 0; o < OPND_COUNT; o++) {
		enum operand operand = (enum operand)o;
		out->rf[o] =
			nest_footprint(nest, operand, tiling->factor[SLOT_RF]);
		out->pe[o] = nest_footprint(nest, operand, pe);
		out->spm[o] = nest_footprint(nest, operand, spm);
		out->noc[o] = rounded_up(out->pe[o], arch->noc_words[o]);
		out->used_once[o] =
			literal_used_once(nest, o, tiling->factor[SLOT_RF]);
		out->dma[o] = literal_dma(nest, arch, o, spm, rule);
		out->tiles[o] = trips(tiling, SLOT_DRAM, nest->indexes[o]);
		out->absent[o] = rule == BURST_COMPAT
			? 0
			: out->tiles[o] * out->spm[o] -
				literal_swept(nest, o, spm);
	}
	out->group = trips(tiling, SLOT_SPATIAL, all & ~outputs);
	out->groups = trips(tiling, SLOT_SPATIAL, outputs);
	out->red = out->rf[OPND_O] * (out->group - 1) * out->groups;
	out->red_cycles = arch->reduction_tree ? 0 : out->red;
}

/* --- a pair of reuse vectors ---------------------------------------------- */

struct pair {
	const struct arch *arch;
	const struct literal_tile *t;
	int64_t s[OPND_COUNT], d[OPND_COUNT];
	bool held[OPND_COUNT];
	bool direct[OPND_COUNT]; /* from DMA to network, and back */
};

/* --- 6: an SPM pass ------------------------------------------------------- */

/* comm[i], of distributions as long as that. */
static int64_t longest(
	const struct pair *p, const int64_t length[OPND_COUNT], int64_t i)
{
	int64_t comm = 0;
	for (int o = 0; o < OPND_COUNT; o++)
		if (!p->held[o] && p->s[o] == i)
			comm = larger(comm, length[o]);
	return comm;
}

static int64_t stall(const struct pair *p, int64_t i)
{
	bool stalls = !p->held[OPND_O] && p->s[OPND_O] == i;
	return stalls ? p->t->work + p->t->red_cycles : 0;
}

static int64_t network_cycles(const struct pair *p)
{
	int64_t passes = p->t->rf_passes, hidden = p->t->work;
	int64_t cycles = hidden * passes, more = 1;
	for (int o = 0; o < OPND_COUNT; o++)
		if (!p->held[o])
			more = larger(more, p->s[o]);
	if (stall(p, 1) > 0)
		hidden = cycles = 0;
	/* i ascending: 1, and the one operand's that is reused. */
	for (int64_t i = 1;; i = more) {
		int64_t comm = longest(p, p->t->noc, i);
		if (comm > hidden) {
			cycles += (comm - hidden) * passes / i;
			hidden = comm;
		}
		cycles += stall(p, i) * passes / i;
		if (i == more)
			return cycles;
	}
}

static int64_t port_cycles(const struct pair *p)
{
	int64_t words = 0;
	if (!p->arch->spm_ports)
		return 0;
	for (int o = 0; o < OPND_COUNT; o++)
		if (!p->held[o] && !p->direct[o])
			words += (o == OPND_O ? 2 : 1) * p->t->pe[o] *
				(p->t->rf_passes / p->s[o]);
	return rounded_up(words, p->arch->spm_ports * p->arch->port_words);
}

/* p2 of section 8, of a held operand (docs/cost-model.md). */
static int64_t sending_cycles(const struct pair *p, int o)
{
	int64_t h = p->t->noc[o];
	int64_t c = longest(p, p->t->noc, 1), c1 = longest(p, p->t->pe, 1);
	int64_t w = stall(p, 1) > 0 ? 0 : p->t->work;
	int64_t networks =
		network_cycles(p) + larger(0, h - larger(c, smaller(w, c1)));
	return larger(networks, port_cycles(p) + larger(0, h - c1));
}

/* --- 8: the layer --------------------------------------------------------- */

static int64_t together(const struct pair *p, int64_t a, int64_t b)
{
	return p->arch->dma_parallel ? larger(a, b) : a + b;
}

static int64_t step_cycles(const struct pair *p, int64_t dma, int64_t pass)
{
	return p->arch->spm_buffers == 1 ? dma + pass : larger(dma, pass);
}

static int64_t layer_cycles(const struct pair *p)
{
	int64_t pass = larger(network_cycles(p), port_cycles(p)), each = 0;
	for (int o = 0; o < OPND_COUNT; o++)
		if (p->d[o] == 1)
			each = together(p, each,
				p->t->dma[o].cycles * (o == OPND_O ? 2 : 1));
	int64_t step = step_cycles(p, each, pass);
	int64_t total = step * p->t->spm_passes;
	for (int o = 0; o < OPND_COUNT; o++) {
		int64_t load = together(p, each, p->t->dma[o].cycles);
		int64_t store = o == OPND_O ? load : each;
		int64_t p1 = pass, p2 = pass;
		if (p->d[o] == 1)
			continue;
		if (p->held[o])
			p2 = sending_cycles(p, o);
		if (p->held[o] && o == OPND_O)
			p1 += p->t->red_cycles + p->t->work;
		load = step_cycles(p, load, p1);
		store = step_cycles(p, store, p2);
		total += (larger(load, step) - step + larger(store, step) -
				 step) *
			(p->t->spm_passes / p->d[o]);
	}
	return total;
}

/* --- 9: energy ------------------------------------------------------------ */

/* Of all multiplications: of each three reads, one of each operand, and O is
 * written; but for operands that go by the register files. */
static double registers_pj(const struct pair *p)
{
	const double e_rf = p->arch->rf_pj, macs = (double)p->t->macs;
	double reads = 0, writes = 0;
	for (int o = 0; o < OPND_COUNT; o++) {
		if (p->arch->rf_bypass[o] && p->t->used_once[o])
			continue;
		reads += literal_word(p->arch, o);
		if (o == OPND_O)
			writes = literal_word(p->arch, o);
	}
	return macs * reads * e_rf + macs * writes * e_rf;
}

/* Tiles of an operand that come, O's that go; and O's that come back. */
static void fetches_of(
	const struct pair *p, int o, int64_t *fetches, int64_t *extra)
{
	*fetches = p->t->spm_passes / p->d[o];
	*extra = o == OPND_O ? *fetches - p->t->tiles[o] : 0;
}

/* v of the far part, before the held term; in whole sweeps over the tiles,
 * each without its padding. */
static double dram_pj(const struct pair *p, int o)
{
	const struct literal_tile *t = p->t;
	double e_dram = p->arch->dram_pj * literal_word(p->arch, o);
	int64_t fetches, extra;
	fetches_of(p, o, &fetches, &extra);
	double v = t->dma[o].pj * (double)fetches;
	if (o == OPND_O)
		v += t->dma[o].pj * (double)extra;
	int64_t sweeps = fetches / t->tiles[o];
	int64_t absent = sweeps * t->absent[o];
	if (o == OPND_O)
		absent += (sweeps - 1) * t->absent[o];
	return v - (double)absent * e_dram;
}

static void energies(const struct pair *p, struct estimate *out)
{
	const struct literal_tile *t = p->t;
	const double d_all = (double)t->spm_passes;
	const double e_mac = (double)t->macs * p->arch->mac_pj;
	const double e_rf = registers_pj(p);
	double pass_part[COMPONENT_COUNT] = {0},
	       far_part[COMPONENT_COUNT] = {0};
	double e_pass = 0, e_far = 0;
	for (int o = 0; o < OPND_COUNT; o++) {
		bool rw = o == OPND_O;
		double word = literal_word(p->arch, o);
		double rf = p->arch->rf_pj * word, noc = p->arch->noc_pj * word;
		double red = rw ? (double)t->red : 0;
		double net =
			(double)(t->rf[o] * (rw ? t->groups : t->pes)) * noc;
		double pad = p->direct[o]
			? 0
			: (double)t->pe[o] * (p->arch->spm_pj * word);
		double e_red = red * ((3 * rf + noc) + p->arch->mac_pj);
		double times = (double)(t->spm_passes / p->d[o]);
		double ways = 1, v = dram_pj(p, o);
		double *part = far_part;
		far_part[COMPONENT_DRAM] += v;
		if (p->held[o]) {
			v += ((net + pad) + e_red) * times;
		} else {
			ways = rw ? 2 : 1;
			times = (double)(t->rf_passes / p->s[o]);
			e_pass += (ways * (net + pad) + e_red) * times;
			part = pass_part;
		}
		e_far += v;
		part[COMPONENT_NOC] += (net * ways + red * noc) * times;
		part[COMPONENT_SPM] += pad * ways * times;
		part[COMPONENT_RF] += red * 3 * rf * times;
		part[COMPONENT_MAC] += red * p->arch->mac_pj * times;
	}
	out->pass_pj = e_pass;
	out->far_pj = e_far;
	out->energy_pj = nearbyint(((e_mac + e_rf) + e_pass * d_all) + e_far);
	const double own[COMPONENT_COUNT] = {
		[COMPONENT_MAC] = e_mac,
		[COMPONENT_RF] = e_rf,
	};
	for (int k = 0; k < COMPONENT_COUNT; k++)
		out->component_pj[k] =
			own[k] + pass_part[k] * d_all + far_part[k];
}

void literal_cost(const struct arch *arch, const struct literal_tile *tile,
	const struct reuse *spm, const struct reuse *dram, struct estimate *out)
{
	struct pair p = {.arch = arch, .t = tile};
	bool reused = false; /* at DRAM */
	int64_t fetches;
	for (int o = 0; o < OPND_COUNT; o++) {
		p.s[o] = spm->factor[o];
		p.d[o] = dram->factor[o];
		bool once = p.s[o] == tile->rf_passes;
		out->held[o] = p.held[o] = once && p.d[o] > 1;
		p.direct[o] = once && arch->spm_bypass[o];
		reused = reused || p.d[o] > 1;
	}
	energies(&p, out);
	fetches_of(&p, OPND_O, &fetches, &out->partial_sum_fetches);
	out->pass_cycles = larger(network_cycles(&p), port_cycles(&p));
	out->cycles = layer_cycles(&p);
	/* 14 */
	out->edp = reused ? out->energy_pj * (double)out->cycles
			  : (double)((wide)out->energy_pj * out->cycles);
}
