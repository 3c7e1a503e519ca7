/* Energy and time of an EXPECTATION out of its own counts and the machine's
 * prices. */
#include "oracle/estimate.h"

#include <math.h>
#include <stdbool.h>

enum { OPERANDS = 3, COMPONENTS = 5 };

struct estimate_of {
	const struct nwcfg_arch *arch;
	const struct nwcfg_program *program;
	const struct nwcfg_operand *operand;
	const struct nwcfg_expectation *e;
};

static bool near(double a, double b)
{
	return fabs(a - b) <= 1e-9 * fabs(b) + 1e-9;
}

/* A word of the operand, in elements for which energies are given. */
static double word_of(const struct estimate_of *s, int o)
{
	return (double)s->arch->word_bits[o] /
		(8 * (double)s->arch->elem_bytes);
}

static bool is_held(const struct estimate_of *s, int o)
{
	return s->operand[o].flags & NWCFG_OPERAND_FLAG_HELD;
}

static double larger(double a, double b)
{
	return a > b ? a : b;
}

/* --- energy (COST_MODEL 9) ------------------------------------------------ */

static const char *energy_contradiction(const struct estimate_of *s)
{
	static const char *const names[COMPONENTS] = {"MAC energy", "RF energy",
		"network energy", "SPM energy", "DRAM energy"};
	const struct nwcfg_expectation *e = s->e;
	const struct nwcfg_arch *arch = s->arch;
	bool compat = e->flags & NWCFG_EXPECTATION_FLAG_COMPAT;
	double red = (double)e->reductions, macs = (double)e->macs, sum = 0;
	double word = word_of(s, NWCFG_O);
	double count[COMPONENTS] = {
		macs + red, 3 * red * word, red * word, 0, 0};
	const double pj[COMPONENTS] = {nwcfg_double(arch->mac_pj),
		nwcfg_double(arch->rf_pj), nwcfg_double(arch->noc_pj),
		nwcfg_double(arch->spm_pj), nwcfg_double(arch->dram_pj)};
	for (int o = 0; o < OPERANDS; o++) {
		double tiles = (double)(s->program->spm_passes /
			s->operand[o].dram_reuse);
		if (o == NWCFG_O)
			tiles += (double)e->partial_sum_fetches;
		else if (e->dram_writes[o])
			return "DRAM writes";
		word = word_of(s, o);
		if (!(s->operand[o].flags & NWCFG_OPERAND_FLAG_STREAM))
			count[1] += macs * word * (o == NWCFG_O ? 2 : 1);
		count[2] += (double)e->deliveries[o] * word;
		count[3] += (double)e->spm_accesses[o] * word;
		/* The seed's bursts of I need not make up a tile (15.1). */
		if (!(compat && o == NWCFG_I) &&
			e->bursts[o] * e->burst_elems[o] !=
				s->operand[o].spm_words)
			return "bursts";
		double moved =
			(double)e->dram_reads[o] + (double)e->dram_writes[o];
		if (compat)
			moved = (double)e->bursts[o] *
				(double)e->burst_elems[o] * tiles;
		count[4] += moved * word;
	}
	for (int k = 0; k < COMPONENTS; k++) {
		double charged = nwcfg_double(e->component_pj[k]);
		sum += charged;
		if (!near(charged, count[k] * pj[k]))
			return names[k];
	}
	/* Rounded to a whole number. */
	double energy = nwcfg_double(e->energy_pj);
	return fabs(energy - sum) <= 1 + 1e-9 * sum ? NULL : "energy";
}

/* --- time (COST_MODEL 6, 7, 8) -------------------------------------------- */

/* Cycles to move a tile. */
static double dma_cycles(const struct estimate_of *s, int o)
{
	double bytes = ceil((double)s->e->burst_elems[o] *
		(double)s->arch->dram_bits[o] / 8);
	double rate = nwcfg_double(s->arch->accel_mhz) /
		nwcfg_double(s->arch->dma_mhz);
	double burst = nwcfg_double(s->arch->dma_init_cycles) +
		nwcfg_double(s->arch->dma_cycles_per_byte) * bytes;
	return (double)s->e->bursts[o] * ceil(burst * rate);
}

/* The longest distribution among the operands not held that come every RF
 * pass; only those that are reused where 'reused'. */
static double communication(const struct estimate_of *s, bool reused)
{
	double most = 0;
	for (int o = 0; o < OPERANDS; o++)
		if (!is_held(s, o) && (s->operand[o].spm_reuse > 1) == reused)
			most = larger(most, (double)s->e->noc_cycles[o]);
	return most;
}

/* Words of an SPM pass through the scratchpad's ports; what is held comes in
 * no pass's time. */
static double port_cycles(const struct estimate_of *s, double ports)
{
	double words = 0;
	for (int o = 0; o < OPERANDS; o++)
		if (!is_held(s, o) &&
			!(s->operand[o].flags & NWCFG_OPERAND_FLAG_DIRECT))
			words += (double)s->operand[o].array_words *
				(double)s->program->rf_passes /
				(double)s->operand[o].spm_reuse *
				(o == NWCFG_O ? 2 : 1);
	return ceil(words / ports);
}

/* As many at a word a cycle on every network. */
static double first_words(const struct estimate_of *s)
{
	double most = 0;
	for (int o = 0; o < OPERANDS; o++)
		if (!is_held(s, o) && s->operand[o].spm_reuse == 1)
			most = larger(most, (double)s->operand[o].array_words);
	return most;
}

/* An SPM pass, but for its ports. At most one operand is reused at a level. */
static double network_cycles(const struct estimate_of *s)
{
	const struct nwcfg_operand *out = &s->operand[NWCFG_O];
	double passes = (double)s->program->rf_passes;
	double work = (double)s->program->work, hidden = work;
	double drain = work + (double)s->e->reduction_cycles;
	bool stalls = !is_held(s, NWCFG_O);
	double cycles = work * passes;
	if (stalls && out->spm_reuse == 1)
		hidden = cycles = 0;
	cycles += larger(communication(s, false) - hidden, 0) * passes;
	hidden = larger(communication(s, false), hidden);
	if (stalls && out->spm_reuse == 1)
		cycles += drain * passes;
	for (int o = 0; o < OPERANDS; o++) {
		double reuse = (double)s->operand[o].spm_reuse;
		if (is_held(s, o) || reuse == 1)
			continue;
		cycles += larger((double)s->e->noc_cycles[o] - hidden, 0) *
			passes / reuse;
		if (o == NWCFG_O)
			cycles += drain * passes / reuse;
	}
	return cycles;
}

static double wait_for_ports(const struct estimate_of *s)
{
	double ports = (double)s->arch->spm_ports * (double)s->arch->port_words;
	return ports > 0 ? port_cycles(s, ports) : 0;
}

/* An SPM pass in which a held operand is sent: beyond what hides it where all
 * networks move a word a cycle (docs/cost-model.md). */
static double sending_cycles(const struct estimate_of *s, int o)
{
	bool computes =
		is_held(s, NWCFG_O) || s->operand[NWCFG_O].spm_reuse > 1;
	double noc = (double)s->e->noc_cycles[o], words = first_words(s);
	double hidden = communication(s, false);
	double work = computes ? (double)s->program->work : 0;
	hidden = larger(hidden, work < words ? work : words);
	return larger(network_cycles(s) + larger(noc - hidden, 0),
		wait_for_ports(s) + larger(noc - words, 0));
}

/* Two moves by DMA. */
static double together(const struct estimate_of *s, double a, double b)
{
	return s->arch->flags & NWCFG_ARCH_FLAG_PARALLEL ? larger(a, b) : a + b;
}

/* Moving and computing. */
static double step_of(const struct estimate_of *s, double dma, double pass)
{
	return s->arch->spm_buffers == 1 ? dma + pass : larger(dma, pass);
}

/* All SPM passes; pass is the length of one. */
static double layer_cycles(const struct estimate_of *s, double pass)
{
	double each = 0, passes = (double)s->program->spm_passes;
	const struct nwcfg_expectation *e = s->e;
	for (int o = 0; o < OPERANDS; o++)
		if (s->operand[o].dram_reuse == 1)
			each = together(s, each,
				(double)e->dma_cycles[o] *
					(o == NWCFG_O ? 2 : 1));
	double step = step_of(s, each, pass), total = step * passes;
	for (int o = 0; o < OPERANDS; o++) {
		double reuse = (double)s->operand[o].dram_reuse;
		double dma = (double)e->dma_cycles[o], p1 = pass, p2 = pass;
		if (reuse == 1)
			continue;
		if (is_held(s, o))
			p2 = sending_cycles(s, o);
		if (is_held(s, o) && o == NWCFG_O)
			p1 += (double)e->reduction_cycles +
				(double)s->program->work;
		double load = together(s, each, dma);
		double store = o == NWCFG_O ? load : each;
		double late = larger(step_of(s, load, p1), step) - step +
			larger(step_of(s, store, p2), step) - step;
		total += late * passes / reuse;
	}
	return total;
}

static const char *time_contradiction(const struct estimate_of *s)
{
	const struct nwcfg_expectation *e = s->e;
	for (int o = 0; o < OPERANDS; o++) {
		if ((double)e->dma_cycles[o] != dma_cycles(s, o))
			return "DMA cycles";
		if ((double)e->noc_cycles[o] !=
			ceil((double)s->operand[o].array_words /
				(double)s->arch->noc_words[o]))
			return "network cycles";
	}
	double pass = larger(network_cycles(s), wait_for_ports(s));
	if ((double)e->pass_cycles != pass)
		return "cycles of an SPM pass";
	if ((double)e->cycles != layer_cycles(s, pass))
		return "cycles";
	return NULL;
}

const char *estimate_contradiction(const struct nwcfg_arch *arch,
	const struct nwcfg_program *program,
	const struct nwcfg_operand operand[3],
	const struct nwcfg_expectation *e)
{
	const struct estimate_of s = {arch, program, operand, e};
	const char *wrong = energy_contradiction(&s);
	if (!wrong)
		wrong = time_contradiction(&s);
	if (!wrong &&
		!near(nwcfg_double(e->edp),
			nwcfg_double(e->energy_pj) * (double)e->cycles))
		wrong = "EDP";
	return wrong;
}
