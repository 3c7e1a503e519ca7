#include "mapper/cost.h"

#include "base/checked.h"
#include "mapper/model.h"

#include <math.h>

const char *component_name(enum component component)
{
	static const char *const names[COMPONENT_COUNT] = {
		[COMPONENT_MAC] = "MAC",
		[COMPONENT_RF] = "RF",
		[COMPONENT_NOC] = "NoC",
		[COMPONENT_SPM] = "SPM",
		[COMPONENT_DRAM] = "DRAM",
	};
	return names[component];
}

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

void tile_cost(const struct nest *nest, const struct arch *arch,
	const struct tiling *tiling, enum burst_rule rule,
	struct tile_cost *out)
{
	int64_t extent[SEED_BOXES][LOOP_COUNT];
	out->macs = arch->mac_gating ? nest_macs(nest) : tiling_macs(tiling);
	out->work = tiling_product(tiling, SLOT_RF);
	out->rf_passes = tiling_product(tiling, SLOT_SPM);
	out->spm_passes = tiling_product(tiling, SLOT_DRAM);
	out->pes = tiling_product(tiling, SLOT_SPATIAL);
	for (int b = 0; b < SEED_BOXES; b++) {
		tiling_box(nest, tiling, b, extent[b]);
		for (int o = 0; o < OPND_COUNT; o++)
			out->elems[b][o] = nest_footprint(
				nest, (enum operand)o, extent[b]);
	}

	out->reduction_group = out->reduction_groups = 1;
	for (int l = 0; l < LOOP_COUNT; l++) {
		int64_t factor = tiling->factor[SLOT_SPATIAL][l];
		if (nest->indexes[OPND_O] & LOOP_BIT(l))
			out->reduction_groups *= factor;
		else
			out->reduction_group *= factor;
	}
	out->reduction_elems = out->elems[BOX_RF][OPND_O] *
		(out->reduction_group - 1) * out->reduction_groups;
	out->reduction_cycles = arch->reduction_tree ? 0 : out->reduction_elems;

	for (int o = 0; o < OPND_COUNT; o++) {
		out->noc_cycles[o] = noc_cycles(arch, o, out->elems[BOX_PE][o]);
		out->dma[o] = dma_of_tile(
			nest, arch, (enum operand)o, extent[BOX_SPM], rule);
		out->rf_once[o] = rf_uses_once(
			nest, (enum operand)o, tiling->factor[SLOT_RF]);
		out->tiles[o] = 1;
		for (int l = 0; l < LOOP_COUNT; l++)
			if (nest->indexes[o] & LOOP_BIT(l))
				out->tiles[o] *= tiling->factor[SLOT_DRAM][l];
		out->absent[o] = 0;
		if (rule == BURST_TRUE)
			out->absent[o] =
				out->tiles[o] * out->elems[BOX_SPM][o] -
				nest_swept(nest, (enum operand)o,
					tiling->factor[SLOT_DRAM]);
	}
}

bool rf_uses_once(const struct nest *nest, enum operand operand,
	const int64_t rf[LOOP_COUNT])
{
	const struct nest_tensor *tensor = &nest->tensor[operand];
	unsigned live = 0;
	for (int l = 0; l < LOOP_COUNT; l++)
		live |= rf[l] > 1 ? LOOP_BIT(l) : 0;
	for (int d = 0; d < tensor->dims; d++) {
		unsigned along = live & index_loops(tensor->dim[d].index);
		if (along & (along - 1))
			return false;
	}
	return !(live & ~nest->indexes[operand]);
}

bool skips_rf(const struct arch *arch, const struct tile_cost *tile, int o)
{
	return arch->rf_bypass[o] && tile->rf_once[o];
}

bool skips_spm(const struct arch *arch, const struct tile_cost *tile,
	const struct reuse *spm, int o)
{
	return arch->spm_bypass[o] && spm->factor[o] == tile->rf_passes;
}

/* --- a pair of reuse vectors ------------------------------------------------
 */

/* How often things happen in the whole nest under the pair. */
struct counts {
	bool held[OPND_COUNT];
	bool direct[OPND_COUNT]; /* skips the scratchpad */
	/* Distributions of an SPM pass; of a held operand, of the nest. */
	int64_t sends[OPND_COUNT];
	int64_t fetches[OPND_COUNT]; /* SPM tiles, one per reuse: D / d */
	int64_t again[OPND_COUNT];   /* partial_sums */
	/* Of the elements of all these tiles, those that are padding. */
	int64_t absent[OPND_COUNT], absent_again[OPND_COUNT];
};

static struct counts counts_of(const struct arch *arch,
	const struct tile_cost *tile, const struct reuse *spm,
	const struct reuse *dram)
{
	struct counts n;
	for (int o = 0; o < OPND_COUNT; o++) {
		int64_t fetches = tile->spm_passes / dram->factor[o];
		n.held[o] = spm->factor[o] == tile->rf_passes &&
			dram->factor[o] > 1;
		n.direct[o] = skips_spm(arch, tile, spm, o);
		n.sends[o] =
			n.held[o] ? fetches : tile->rf_passes / spm->factor[o];
		n.fetches[o] = fetches;
		n.again[o] = partial_sums_whole(o, fetches, tile->tiles[o]);
		n.absent[o] = fetches / tile->tiles[o] * tile->absent[o];
		n.absent_again[o] =
			partial_sums_whole(o, n.absent[o], tile->absent[o]);
	}
	return n;
}

/* --- cycles (sections 6, 8) -------------------------------------------------
 */

/* An SPM pass, by cause. */
struct pass_cycles {
	struct sends_whole sends;
	struct pass_whole all;
	int64_t compute, noc, reduction;
};

/* At most one operand is reused at a level, or held. */
static struct pass_cycles pass_cycles(const struct arch *arch,
	const struct tile_cost *tile, const struct reuse *spm,
	const struct counts *n)
{
	struct pass_cycles pass = {.sends.passes = tile->rf_passes};
	struct reused_whole reused = {.operand = OPND_W, .factor = 1};
	int64_t ports = 0;
	unsigned through = 0;
	for (int o = 0; o < OPND_COUNT; o++) {
		pass.sends.noc[o] = tile->noc_cycles[o];
		pass.sends.words[o] = tile->elems[BOX_PE][o];
		through |= n->direct[o] ? 0 : 1u << o;
		if (spm->factor[o] > 1 || n->held[o])
			reused = (struct reused_whole){
				o, n->held[o], spm->factor[o]};
	}
	if (arch->spm_ports)
		ports = ceil_div(
			port_words_whole(&pass.sends, &reused, through),
			arch->spm_ports * arch->port_words);
	pass.all = pass_of_whole(&pass.sends, &reused, tile->work,
		tile->reduction_cycles, ports);
	pass.compute = tile->work * tile->rf_passes;
	if (!n->held[OPND_O]) {
		int64_t drains = n->sends[OPND_O];
		pass.reduction = tile->reduction_cycles * drains;
		/* Where O is reused, the RF pass that ends before it leaves. */
		if (spm->factor[OPND_O] > 1)
			pass.reduction += tile->work * drains;
	}
	pass.noc = pass.all.total - pass.compute - pass.reduction;
	return pass;
}

/* The layer's time is the sum over its SPM passes of the longer of computing
 * and moving. With an operand reused d times at DRAM, one of every d passes
 * also loads it and one stores it:
 *     total = D steps of 'step', plus D / d times what load and store take
 *             longer than a step */
struct layer_cycles {
	struct pass_cycles pass;
	struct moves_whole moves;
	int64_t step;   /* max(each, pass); their sum with one buffer */
	int64_t reuses; /* D / d; 0 where no operand is reused */
	int64_t p1, p2; /* of passes that also load, store */
	int64_t total;
};

static struct layer_cycles layer_cycles(const struct arch *arch,
	const struct tile_cost *tile, const struct reuse *spm,
	const struct reuse *dram, const struct counts *n)
{
	struct layer_cycles c = {.pass = pass_cycles(arch, tile, spm, n)};
	bool apart = buffers_apart(arch);
	int reused = OPND_COUNT;
	int64_t dma[OPND_COUNT], pass = c.pass.all.total;
	for (int o = 0; o < OPND_COUNT; o++) {
		dma[o] = tile->dma[o].cycles;
		if (dram->factor[o] > 1)
			reused = o;
	}
	c.moves = moves_of_whole(arch->dma_parallel, dma, reused);
	c.step = step_of_whole(apart, c.moves.each, pass);
	c.total = c.step * tile->spm_passes;
	c.p1 = c.p2 = pass;
	if (reused == OPND_COUNT)
		return c;

	if (n->held[reused]) {
		c.p2 = pass_sending_whole(&c.pass.all, &c.pass.sends, reused);
		if (reused == OPND_O)
			c.p1 += tile->reduction_cycles + tile->work;
	}
	c.reuses = n->fetches[reused];
	c.total += late_whole(apart, &c.moves, c.step, c.p1, c.p2) * c.reuses;
	return c;
}

/* --- energy (section 9) -----------------------------------------------------
 */

/* Energy by operand and component; [OPND_COUNT] is what belongs to none. 'pass'
 * sums over one SPM pass and counts D times, 'far' once. */
struct shares {
	double pass[OPND_COUNT + 1][COMPONENT_COUNT];
	double far[OPND_COUNT + 1][COMPONENT_COUNT];
};

/* Of moving an operand's tiles: whole ones, less their padding. */
static double dram_pj(const struct prices *p, const struct tile_cost *tile,
	const struct counts *n, int o)
{
	double pj = tile->dma[o].energy_pj * (double)n->fetches[o];
	pj += tile->dma[o].energy_pj * (double)n->again[o];
	return pj - (double)(n->absent[o] + n->absent_again[o]) * p->dram[o];
}

/* Each multiplication reads all operands and writes O. */
double register_pj(const struct arch *arch, const struct tile_cost *tile)
{
	double reads = 0, writes = 0, macs = (double)tile->macs;
	for (int o = 0; o < OPND_COUNT; o++)
		if (!skips_rf(arch, tile, o))
			reads += arch_word(arch, (enum operand)o);
	if (!skips_rf(arch, tile, OPND_O))
		writes = arch_word(arch, OPND_O);
	return macs * reads * arch->rf_pj + macs * writes * arch->rf_pj;
}

/* A distribution. O is sent once to each group of PEs that add up to it, the
 * others to each PE; held, it comes at one end of its stay and goes at the
 * other. */
static struct sent sent_of(
	const struct tile_cost *tile, const struct counts *n, int o)
{
	int64_t receivers = o == OPND_O ? tile->reduction_groups : tile->pes;
	return (struct sent){
		.operand = o,
		.ways = n->held[o] ? 1 : ways_of(o),
		.words = n->direct[o] ? 0 : (double)tile->elems[BOX_PE][o],
		.delivered = (double)(tile->elems[BOX_RF][o] * receivers),
		.added = o == OPND_O ? (double)tile->reduction_elems : 0,
	};
}

static void shares_of(const struct arch *arch, const struct tile_cost *tile,
	const struct counts *n, struct shares *out)
{
	const struct prices p = prices_of(arch);
	*out = (struct shares){0};
	out->far[OPND_COUNT][COMPONENT_MAC] = (double)tile->macs * p.mac;
	out->far[OPND_COUNT][COMPONENT_RF] = register_pj(arch, tile);
	for (int o = 0; o < OPND_COUNT; o++) {
		const struct sent sent = sent_of(tile, n, o);
		sent_parts(&p, &sent, (double)n->sends[o],
			n->held[o] ? out->far[o] : out->pass[o]);
		out->far[o][COMPONENT_DRAM] = dram_pj(&p, tile, n, o);
	}
}

static void energy(const struct arch *arch, const struct tile_cost *tile,
	const struct counts *n, struct estimate *out)
{
	const struct prices p = prices_of(arch);
	double mac = (double)tile->macs * p.mac;
	double rf = register_pj(arch, tile);
	double passes = (double)tile->spm_passes;
	out->pass_pj = out->far_pj = 0;
	for (int o = 0; o < OPND_COUNT; o++) {
		const struct sent sent = sent_of(tile, n, o);
		double pj = sent_pj(&p, &sent) * (double)n->sends[o];
		double far = dram_pj(&p, tile, n, o);
		if (n->held[o])
			far += pj;
		else
			out->pass_pj += pj;
		out->far_pj += far;
	}
	/* nearbyint: halves to even, in the default rounding mode */
	out->energy_pj =
		nearbyint(((mac + rf) + out->pass_pj * passes) + out->far_pj);
}

void cost_pair(const struct arch *arch, const struct tile_cost *tile,
	const struct reuse *spm, const struct reuse *dram, struct estimate *out)
{
	struct counts n = counts_of(arch, tile, spm, dram);
	struct layer_cycles c = layer_cycles(arch, tile, spm, dram, &n);
	struct shares shares;
	energy(arch, tile, &n, out);
	shares_of(arch, tile, &n, &shares);
	for (int k = 0; k < COMPONENT_COUNT; k++) {
		double pass = 0, far = 0;
		for (int o = 0; o < OPND_COUNT; o++) {
			pass += shares.pass[o][k];
			far += shares.far[o][k];
		}
		out->component_pj[k] = shares.far[OPND_COUNT][k] +
			pass * (double)tile->spm_passes + far;
	}
	for (int o = 0; o < OPND_COUNT; o++)
		out->held[o] = n.held[o];
	out->partial_sum_fetches = n.again[OPND_O];
	out->pass_cycles = c.pass.all.total;
	out->cycles = c.total;
	/* Section 14. Both factors are whole and below 2^62 (cost_check). */
	if (c.reuses)
		out->edp = out->energy_pj * (double)c.total;
	else
		out->edp = (double)((__int128)out->energy_pj * c.total);
}

void cost_mapping(const struct nest *nest, const struct arch *arch,
	const struct mapping *mapping, enum burst_rule rule,
	struct estimate *out)
{
	struct tile_cost tile;
	struct reuse spm = reuse_of_order(
		nest, &mapping->tiling, SLOT_SPM, mapping->order[SLOT_SPM]);
	struct reuse dram = reuse_of_order(
		nest, &mapping->tiling, SLOT_DRAM, mapping->order[SLOT_DRAM]);
	tile_cost(nest, arch, &mapping->tiling, rule, &tile);
	cost_pair(arch, &tile, &spm, &dram, out);
}

/* --- where it goes ----------------------------------------------------------
 */

const char *bound_by_name(enum bound_by bound)
{
	static const char *const names[BOUND_COUNT] = {
		[BOUND_COMPUTE] = "compute",
		[BOUND_NOC] = "network",
		[BOUND_REDUCTION] = "reduction",
		[BOUND_DMA] = "DMA",
	};
	return names[bound];
}

static void energy_breakdown(const struct arch *arch,
	const struct tile_cost *tile, const struct counts *n,
	struct breakdown *out)
{
	struct shares shares;
	shares_of(arch, tile, n, &shares);
	for (int k = 0; k < COMPONENT_COUNT; k++)
		for (int o = 0; o <= OPND_COUNT; o++)
			out->pj[k][o] =
				shares.pass[o][k] * (double)tile->spm_passes +
				shares.far[o][k];
}

/* A step of the DRAM loops is its pass (by cause), and DMA for as long as that
 * takes longer. */
struct step_cycles {
	int64_t count;
	int64_t noc, reduction; /* beyond the plain pass */
	int64_t dma;            /* of the step, all of it */
};

static void cycle_breakdown(const struct arch *arch,
	const struct layer_cycles *c, int64_t steps, struct breakdown *out)
{
	const struct pass_cycles *pass = &c->pass;
	const struct moves_whole *moves = &c->moves;
	int64_t plain = pass->all.total;
	const struct step_cycles kinds[] = {
		{steps - 2 * c->reuses, 0,             0,             moves->each },
 /* O, held: its drain; an operand, held: its distribution */
		{c->reuses,             0,             c->p1 - plain, moves->load },
		{c->reuses,             c->p2 - plain, 0,             moves->store},
	};
	int64_t decided[BOUND_COUNT] = {0};
	int64_t spent[BOUND_COUNT] = {0};
	size_t count = c->reuses ? sizeof kinds / sizeof *kinds : 1;
	for (size_t i = 0; i < count; i++) {
		int64_t part[BOUND_COUNT] = {
			[BOUND_COMPUTE] = pass->compute,
			[BOUND_NOC] = pass->noc + kinds[i].noc,
			[BOUND_REDUCTION] =
				pass->reduction + kinds[i].reduction,
		};
		int64_t length = part[BOUND_COMPUTE] + part[BOUND_NOC] +
			part[BOUND_REDUCTION];
		/* The model lets no step be shorter than the plain one. */
		int64_t whole = most_whole(step_of_whole(buffers_apart(arch),
						   kinds[i].dma, length),
			c->step);
		enum bound_by winner = BOUND_DMA;
		if (moves->each <= plain && kinds[i].dma <= length) {
			winner = BOUND_COMPUTE;
			for (int b = BOUND_NOC; b < BOUND_DMA; b++)
				if (part[b] > part[winner])
					winner = (enum bound_by)b;
		}
		part[BOUND_DMA] = whole - length;
		for (int b = 0; b < BOUND_COUNT; b++)
			spent[b] += part[b] * kinds[i].count;
		decided[winner] += whole * kinds[i].count;
	}
	out->compute_cycles = spent[BOUND_COMPUTE];
	out->noc_cycles = spent[BOUND_NOC];
	out->reduction_cycles = spent[BOUND_REDUCTION];
	out->dma_cycles = spent[BOUND_DMA];
	out->bound = BOUND_COMPUTE;
	for (int b = BOUND_NOC; b < BOUND_COUNT; b++)
		if (decided[b] > decided[out->bound])
			out->bound = (enum bound_by)b;
}

void cost_breakdown(const struct nest *nest, const struct arch *arch,
	const struct mapping *mapping, enum burst_rule rule,
	struct breakdown *out)
{
	struct tile_cost tile;
	const struct tiling *tiling = &mapping->tiling;
	struct reuse spm = reuse_of_order(
		nest, tiling, SLOT_SPM, mapping->order[SLOT_SPM]);
	struct reuse dram = reuse_of_order(
		nest, tiling, SLOT_DRAM, mapping->order[SLOT_DRAM]);
	tile_cost(nest, arch, tiling, rule, &tile);
	struct counts n = counts_of(arch, &tile, &spm, &dram);
	struct layer_cycles c = layer_cycles(arch, &tile, &spm, &dram, &n);
	*out = (struct breakdown){0};
	energy_breakdown(arch, &tile, &n, out);
	cycle_breakdown(arch, &c, tile.spm_passes, out);

	double rf_elems = 0; /* of elem_bytes */
	int64_t bytes[OPND_COUNT];
	for (int o = 0; o < OPND_COUNT; o++) {
		int64_t elems = tile.elems[BOX_SPM][o];
		rf_elems += (double)tile.elems[BOX_RF][o] *
			arch_word(arch, (enum operand)o);
		bytes[o] = arch_bytes(arch, (enum operand)o, elems);
		out->spm_bytes += bytes[o];

		/* What the model charges: O is written once per reuse, and read
		 * where partial sums come back. */
		int64_t moved = elems * n.fetches[o] - n.absent[o];
		int64_t again = elems * n.again[o] - n.absent_again[o];
		out->dram_reads[o] = o == OPND_O ? again : moved;
		out->dram_writes[o] = o == OPND_O ? moved : 0;

		const struct sent sent = sent_of(&tile, &n, o);
		int64_t times = n.sends[o] * (int64_t)sent.ways;
		if (!n.held[o])
			times *= tile.spm_passes;
		out->spm_accesses[o] = (int64_t)sent.words * times;
		out->noc_deliveries[o] = (int64_t)sent.delivered * times;
	}
	arch_has_banks(arch, bytes, &out->spm_banks_used);
	out->pe_use = (double)tile.pes / (double)arch->pes;
	out->rf_use = rf_elems / arch_rf_elems(arch);
	out->spm_use = (double)out->spm_bytes /
		((double)arch->spm_banks * (double)arch->bank_bytes);
}
