/* The border of the cost model: behind it, products need no checks.
 *
 * Let A = MACs x max(stride, dilation) of the rows x the same of the columns.
 * A box of loop extents holds at most (their product) x (the two maxima)
 * elements of any operand: (ox-1)s + (fx-1)d + 1 <= max(s,d) ox fx. As the
 * factors of all levels multiply to MACs (with padded tiles, to less than twice
 * as much a loop, by which A is then larger), whatever the mapping
 *   - elements of an operand's SPM tile x SPM passes,
 *   - elements on the PE array x RF passes, deliveries to register files,
 *   - reduction cycles x RF passes, and work x RF passes
 * are each at most A. Hence, for the whole nest:
 *
 *   energy <= A (2 e_mac + 7 e_rf + 5 e_net + 4 e_spm + 4 e_dram): one e_mac
 *     and four e_rf for a MAC, e_mac, three e_rf and one e_net for a reduction;
 *     O twice over the network and from SPM, I and W once; from DRAM, O once
 *     with its partial sums, I and W once.
 *     (each times the widest word, if words differ from an element);
 *   cycles <= 12 A (1 + b), with b what an element costs that is a burst of its
 *     own: a burst of n elements takes no longer than n of those. The passes
 *     take 5 A at most (computing twice, two networks, a reduction), moving
 *     every tile 4 A b; steps that load or store are at most D / 2 each, and
 *     each at most a pass, its drain or distribution, and 6 A b / D longer.
 *
 * Under BURST_COMPAT, quirk 1 can make up to (declared elements of the inner
 * dimensions) out of one element of I. Such numbers are no truth to a last
 * digit; they must only stay in int64_t. */
#include "mapper/cost.h"

#include <math.h>

enum { EXACT_BITS = 53, INT_BITS = 62 };

static double window_steps(const struct nest *nest)
{
	static const enum loop loops[AXIS_COUNT][2] = {
		{LOOP_OX, LOOP_FX},
		{LOOP_OY, LOOP_FY},
	};
	double steps = 1;
	for (int a = 0; a < AXIS_COUNT; a++) {
		int64_t s = nest->bound[loops[a][0]] > 1 ? nest->stride[a] : 1;
		int64_t d =
			nest->bound[loops[a][1]] > 1 ? nest->dilation[a] : 1;
		steps *= (double)(s > d ? s : d);
	}
	return steps;
}

/* What BURST_COMPAT can make of an element of the operand. */
static double quirk_elems(const struct nest *nest, enum operand operand)
{
	const struct nest_tensor *t = &nest->tensor[operand];
	double elems = 1;
	bool quirk = false;
	for (int d = 0; d < t->dims; d++) {
		quirk = quirk ||
			t->dim[d].size !=
				index_extent(
					nest, t->dim[d].index, nest->bound);
		if (d > 0)
			elems *= (double)t->dim[d].size;
	}
	return quirk ? elems : 1;
}

/* How much longer padding can make a loop: less than twice; two trips, or four,
 * are cut without any, three become four. */
static double padding(int64_t bound)
{
	return bound == 3 ? 4.0 / 3 : bound < 5 ? 1 : 2;
}

/* The most that any mapping could take. */
struct most {
	double cycles, pj, element; /* cycles of a burst of one element */
	int bits;                   /* the model counts to 2^bits */
};

/* Of an element on its way through all memories, at most. */
static double element_pj(const struct arch *arch, double most)
{
	const struct machine m = machine_of_arch(arch);
	double pj = 0;
	for (int s = m.stores - 1; s >= 0; s--) {
		const struct link *out = s ? &m.link[s - 1] : NULL;
		bool adds = out && out->inside > out->around;
		double times = (adds ? 7 : 4) * (s ? 1 : most);
		pj += times * m.store[s].access_pj;
		if (out)
			pj += 5 * out->word_pj;
	}
	return pj;
}

static struct most most_of(const struct nest *nest, const struct arch *arch,
	enum burst_rule rule, enum tile_sizes tiles)
{
	double moved = (double)nest_macs(nest) * window_steps(nest);
	for (int l = 0; l < LOOP_COUNT && tiles == TILES_PADDED; l++)
		moved *= padding(nest->bound[l]);
	double most = 1;
	if (rule == BURST_COMPAT)
		for (int o = 0; o < OPND_COUNT; o++)
			most = fmax(most, quirk_elems(nest, (enum operand)o));
	double element = 0, word = 0;
	for (int o = 0; o < OPND_COUNT; o++) {
		enum operand operand = (enum operand)o;
		element = fmax(
			element, (double)arch_burst_cycles(arch, operand, 1));
		word = fmax(word, arch_word(arch, operand));
	}
	double pj = moved * (2 * arch->mac_pj + word * element_pj(arch, most));
	return (struct most){
		.cycles = 12 * moved * most * (1 + element),
		.pj = pj,
		.element = element,
		.bits = most > 1 ? INT_BITS : EXACT_BITS,
	};
}

bool cost_counts(const struct nest *nest, const struct arch *arch,
	enum burst_rule rule, enum tile_sizes tiles)
{
	const struct most most = most_of(nest, arch, rule, tiles);
	return most.cycles < ldexp(1, most.bits) &&
		most.pj < ldexp(1, most.bits);
}

bool cost_check(struct ctx *ctx, const struct loc *loc, const struct nest *nest,
	const struct arch *arch, enum burst_rule rule, enum tile_sizes tiles)
{
	const struct most most = most_of(nest, arch, rule, tiles);
	if (most.cycles >= ldexp(1, most.bits))
		return diag_error(ctx, loc,
			"%lld multiplications could take %.3g cycles on this "
			"machine (%.0f for a burst of one element), the cost "
			"model counts to 2^%d; split the layer",
			(long long)nest_macs(nest), most.cycles, most.element,
			most.bits);
	if (most.pj >= ldexp(1, most.bits))
		return diag_error(ctx, loc,
			"%lld multiplications could take %.3g pJ on this "
			"machine, the cost model counts to 2^%d; give energies "
			"in a larger unit or split the layer",
			(long long)nest_macs(nest), most.pj, most.bits);
	return true;
}

/* As above with this tiling's numbers: of D steps, at most half load and half
 * store, each at most a pass with a drain or distribution and all its tiles
 * longer; both are counted whole, three times. */
bool cost_check_tiling(struct ctx *ctx, const struct loc *loc,
	const struct nest *nest, const struct arch *arch,
	const struct tiling *tiling, enum burst_rule rule)
{
	int64_t rf[LOOP_COUNT], pe[LOOP_COUNT], tile[LOOP_COUNT];
	tiling_box(nest, tiling, BOX_RF, rf);
	tiling_box(nest, tiling, BOX_PE, pe);
	tiling_box(nest, tiling, BOX_SPM, tile);
	double steps = (double)tiling_product(tiling, SLOT_DRAM);
	double passes = (double)tiling_product(tiling, SLOT_SPM);
	double pes = (double)tiling_product(tiling, SLOT_SPATIAL);
	double red = (double)nest_footprint(nest, OPND_O, rf) * pes;
	double pass = 2 * (double)tiling_product(tiling, SLOT_RF) + red;
	double word = arch_word(arch, OPND_O), accesses = word;
	double pass_pj =
		red * (word * (3 * arch->rf_pj + arch->noc_pj) + arch->mac_pj);
	double move = 0, move_pj = 0;
	for (int o = 0; o < OPND_COUNT; o++) {
		enum operand operand = (enum operand)o;
		struct dma dma = bursts_of_tile(nest, operand, tile, rule);
		double elems = (double)dma.bursts * (double)dma.burst_elems;
		double array = (double)nest_footprint(nest, operand, pe);
		double each = (double)nest_footprint(nest, operand, rf) * pes;
		double ratio = arch->accel_mhz / arch->dma_mhz;
		double bytes = (double)arch_burst_bytes(
			arch, operand, dma.burst_elems);
		word = arch_word(arch, operand);
		accesses += word;
		/* Over its network, and through the ports. */
		pass += 3 * array;
		pass_pj +=
			2 * word * (each * arch->noc_pj + array * arch->spm_pj);
		move += 2 * (double)dma.bursts *
				(arch->dma_init_cycles * ratio + 1) +
			2 * (double)dma.bursts * bytes *
				arch->dma_cycles_per_byte * ratio;
		move_pj += 2 * elems * word * arch->dram_pj;
	}
	double cycles = 3 * steps * (passes * pass + move);
	double pj = (double)tiling_macs(tiling) *
			(arch->mac_pj + accesses * arch->rf_pj) +
		steps * (passes * pass_pj + move_pj);
	if (cycles >= ldexp(1, INT_BITS) || pj >= ldexp(1, INT_BITS))
		return diag_error(ctx, loc,
			"this tiling could take %.3g cycles and %.3g pJ on "
			"this machine, the cost model counts to 2^%d",
			cycles, pj, INT_BITS);
	return true;
}
