/* What the machine counted beside what is charged, and each difference that is
 * explained. */
#include "sim/account.h"

#include "oracle/estimate.h"

#include <stdio.h>
#include <string.h>

const struct tally_text tally_texts[TALLY_COUNT] = {
	[TALLY_SPM_PASSES] = {"SPM passes",         "passes",   ""   },
	[TALLY_RF_PASSES] = {"RF passes",          "passes",   ""   },
	[TALLY_MACS] = {"MACs",               "MACs",     ""   },
	[TALLY_TRANSFERS] = {"DMA transfers",      "tiles",    "OIW"},
	[TALLY_BURSTS_IN] = {"DMA bursts in",      "bursts",   "OIW"},
	[TALLY_BURSTS_OUT] = {"DMA bursts out",     "bursts",   "O"  },
	[TALLY_DRAM_READS] = {"DRAM reads",         "elements", "OIW"},
	[TALLY_DRAM_WRITES] = {"DRAM writes",        "elements", "O"  },
	[TALLY_SPM_NETWORK] = {"SPM by network",     "words",    "OIW"},
	[TALLY_SPM_DMA] = {"SPM by DMA",         "words",    "OIW"},
	[TALLY_NETWORK_WORDS] = {"network words",      "words",    "OIW"},
	[TALLY_DELIVERIES] = {"network deliveries", "words",    "OIW"},
	[TALLY_REDUCTIONS] = {"reductions",         "words",    ""   },
	[TALLY_REDUCTION_CYCLES] = {"reduction cycles",   "cycles",   ""   },
	[TALLY_RF_ACCESSES] = {"RF by PEs",          "words",    ""   },
	[TALLY_RF_FILLS] = {"RF by network",      "words",    ""   },
};

bool tally_has(enum tally tally, int o)
{
	const char *operands = tally_texts[tally].operands;
	return *operands ? strchr(operands, "OIW"[o]) != NULL : o == 0;
}

/* Differences run modulo 2^64 until they are summed up: numbers of a blob may
 * be anything. */
static void enter(struct account *account, enum tally tally, int o,
	uint64_t charged, uint64_t measured)
{
	struct entry *e = &account->entry[tally][o];
	e->charged += charged;
	e->measured += measured;
	e->rest = (int64_t)((uint64_t)e->rest + (charged - measured));
}

/* Explains part of the last difference: charged beyond measured, by amount. */
static void explain(struct account *account, enum tally tally, int o,
	enum quirk quirk, uint64_t amount)
{
	struct entry *e = &account->entry[tally][o];
	e->by_quirk[quirk] = (int64_t)((uint64_t)e->by_quirk[quirk] + amount);
	e->rest = (int64_t)((uint64_t)e->rest - amount);
}

/* What one placement's account is made from. */
struct source {
	struct nwcfg_arch arch;
	struct nwcfg_placement placement;
	struct nwcfg_program program;
	struct nwcfg_expectation e;
	struct nwcfg_operand operand[OPERANDS];
	struct nwcfg_descriptor descriptor[OPERANDS];
	const struct machine_counts *n;
	uint64_t tiles[OPERANDS]; /* charged: one per reuse */
	bool held;                /* O */
	bool compat;              /* the estimate's way of counting */
};

#define LOAD(kind, SECTION, cfg, index, out) \
	nwcfg_load_##kind(nwcfg_record(cfg, NWCFG_##SECTION, index), out)

static bool source_load(
	struct source *s, const struct nwcfg *cfg, uint32_t placement)
{
	LOAD(arch, ARCH, cfg, 0, &s->arch);
	LOAD(placement, PLACEMENT, cfg, placement, &s->placement);
	LOAD(program, PROGRAM, cfg, s->placement.program, &s->program);
	for (uint32_t o = 0; o < OPERANDS; o++) {
		LOAD(operand, OPERAND, cfg, s->program.operands + o,
			&s->operand[o]);
		LOAD(descriptor, DESCRIPTOR, cfg, s->placement.descriptors + o,
			&s->descriptor[o]);
		s->tiles[o] = s->program.spm_passes / s->operand[o].dram_reuse *
			s->placement.runs;
	}
	s->held = s->operand[NWCFG_O].flags & NWCFG_OPERAND_FLAG_HELD;
	if (s->program.expectation == NWCFG_NONE)
		return false;
	LOAD(expectation, EXPECTATION, cfg, s->program.expectation, &s->e);
	s->compat = s->e.flags & NWCFG_EXPECTATION_FLAG_COMPAT;
	return true;
}

static void enter_passes(struct account *a, const struct source *s)
{
	const struct machine_counts *n = s->n;
	uint64_t runs = s->placement.runs;
	uint64_t passes = s->program.spm_passes * runs;
	enter(a, TALLY_SPM_PASSES, 0, passes, n->spm_passes);
	enter(a, TALLY_RF_PASSES, 0, passes * s->program.rf_passes,
		n->rf_passes);
	enter(a, TALLY_MACS, 0, s->e.macs * runs, n->macs);
}

/* What edges cut off an operand's tiles in DRAM. */
static void explain_edges(struct account *a, const struct source *s, int o)
{
	const struct machine_counts *n = s->n;
	explain(a, TALLY_BURSTS_IN, o, QUIRK_EDGE_BURST, n->edge_bursts_in[o]);
	if (o == NWCFG_O)
		explain(a, TALLY_BURSTS_OUT, o, QUIRK_EDGE_BURST,
			n->edge_bursts_out[o]);
	if (!s->compat)
		return;
	explain(a, TALLY_DRAM_READS, o, QUIRK_SEED_TILES, n->edge_elems_in[o]);
	if (o == NWCFG_O)
		explain(a, TALLY_DRAM_WRITES, o, QUIRK_SEED_TILES,
			n->edge_elems_out[o]);
}

static void enter_dma(struct account *a, const struct source *s, int o)
{
	const struct machine_counts *n = s->n;
	const struct nwcfg_expectation *e = &s->e;
	uint64_t runs = s->placement.runs, bursts = e->bursts[o];
	uint64_t actual = s->descriptor[o].bursts;
	/* What is charged as coming in: sums only where they come back. */
	uint64_t in =
		o == NWCFG_O ? e->partial_sum_fetches * runs : s->tiles[o];
	enter(a, TALLY_TRANSFERS, o, s->tiles[o] * (o == NWCFG_O ? 2 : 1),
		n->tiles_in[o] + n->tiles_out[o]);
	enter(a, TALLY_BURSTS_IN, o, bursts * in, n->bursts_in[o]);
	enter(a, TALLY_DRAM_READS, o, e->dram_reads[o] * runs, n->elems_in[o]);
	if (o == NWCFG_O) {
		explain(a, TALLY_TRANSFERS, o, QUIRK_FIRST_LOAD,
			n->first_tiles);
		enter(a, TALLY_BURSTS_OUT, o, bursts * s->tiles[o],
			n->bursts_out[o]);
		enter(a, TALLY_DRAM_WRITES, o, e->dram_writes[o] * runs,
			n->elems_out[o]);
	}
	explain_edges(a, s, o);
	explain(a, TALLY_DRAM_READS, o, QUIRK_ZERO_FILL, n->zero_elems[o]);
	explain(a, TALLY_BURSTS_IN, o, QUIRK_ZERO_BURST,
		n->zero_bursts[o] + bursts * n->zero_tiles[o]);
	/* Where the estimate counts other bursts than the descriptor has. */
	uint64_t beyond = (bursts - actual) * (in - n->zero_tiles[o]);
	if (s->compat && o == NWCFG_O)
		explain(a, TALLY_BURSTS_OUT, o, QUIRK_SEED_BURSTS,
			(bursts - actual) * s->tiles[o]);
	if (s->compat)
		explain(a, TALLY_BURSTS_IN, o, QUIRK_SEED_BURSTS, beyond);
	else if (o == NWCFG_I && s->placement.instance_count)
		explain(a, TALLY_BURSTS_IN, o, QUIRK_DEPTH_BURST, beyond);
}

static void enter_network(struct account *a, const struct source *s, int o)
{
	const struct machine_counts *n = s->n;
	uint64_t runs = s->placement.runs;
	uint64_t array = s->operand[o].array_words;
	uint64_t boxes = s->operand[o].rf_words * s->operand[o].groups;
	uint64_t dma = n->spm_filled[o] + n->spm_stored[o];
	/* What only passes the buffer is no access of the scratchpad. */
	bool direct = s->operand[o].flags & NWCFG_OPERAND_FLAG_DIRECT;
	enter(a, TALLY_SPM_NETWORK, o, s->e.spm_accesses[o] * runs,
		direct ? 0 : n->spm_reads[o] + n->spm_writes[o]);
	enter(a, TALLY_DELIVERIES, o, s->e.deliveries[o] * runs,
		n->delivered[o] + n->returned[o]);
	enter(a, TALLY_SPM_DMA, o, 0, dma);
	explain(a, TALLY_SPM_DMA, o, QUIRK_DMA_SIDE, 0 - dma);
	if (!direct)
		explain(a, TALLY_SPM_NETWORK, o, QUIRK_EDGE_WORD,
			n->edge_writes[o] +
				(s->held && o == NWCFG_O ? 0
							 : n->edge_reads[o]));
	if (o != NWCFG_O) {
		enter(a, TALLY_NETWORK_WORDS, o,
			s->operand[o].array_words * n->sends[o],
			n->spm_reads[o]);
		explain(a, TALLY_NETWORK_WORDS, o, QUIRK_WINDOW_GAP,
			n->gap_words[o]);
		explain(a, TALLY_NETWORK_WORDS, o, QUIRK_EDGE_WORD,
			n->edge_reads[o]);
		if (!direct)
			explain(a, TALLY_SPM_NETWORK, o, QUIRK_WINDOW_GAP,
				n->gap_words[o]);
		return;
	}
	enter(a, TALLY_NETWORK_WORDS, o,
		s->operand[o].array_words * n->returns[o], n->spm_writes[o]);
	explain(a, TALLY_NETWORK_WORDS, o, QUIRK_EDGE_WORD, n->edge_writes[o]);
	explain(a, TALLY_DELIVERIES, o, QUIRK_EDGE_WORD,
		n->edge_returned + (s->held ? 0 : n->edge_delivered));
	if (s->held) {
		if (!direct)
			explain(a, TALLY_SPM_NETWORK, o, QUIRK_HELD_SUM,
				0 - n->spm_reads[o]);
		explain(a, TALLY_DELIVERIES, o, QUIRK_HELD_SUM,
			0 - n->delivered[o]);
	} else {
		if (!direct)
			explain(a, TALLY_SPM_NETWORK, o, QUIRK_FIRST_SUM,
				n->first_sends * array);
		explain(a, TALLY_DELIVERIES, o, QUIRK_FIRST_SUM,
			n->first_sends * boxes);
	}
}

static void enter_pes(struct account *a, const struct source *s)
{
	const struct machine_counts *n = s->n;
	const struct nwcfg_expectation *e = &s->e;
	uint64_t runs = s->placement.runs;
	enter(a, TALLY_REDUCTIONS, 0, e->reductions * runs, n->reductions);
	enter(a, TALLY_REDUCTION_CYCLES, 0,
		e->reduction_cycles * n->returns[NWCFG_O], n->reduction_cycles);
	explain(a, TALLY_REDUCTIONS, 0, QUIRK_EDGE_WORD, n->edge_reductions);
	explain(a, TALLY_REDUCTION_CYCLES, 0, QUIRK_EDGE_WORD,
		n->edge_reduction_cycles);
	uint64_t accesses = 0; /* of a multiplication: O is written, too */
	for (int o = 0; o < OPERANDS; o++)
		if (!(s->operand[o].flags & NWCFG_OPERAND_FLAG_STREAM))
			accesses += o == NWCFG_O ? 2 : 1;
	enter(a, TALLY_RF_ACCESSES, 0,
		(accesses * e->macs + 3 * e->reductions) * runs,
		n->rf_accesses);
	explain(a, TALLY_RF_ACCESSES, 0, QUIRK_EDGE_WORD,
		3 * n->edge_reductions);
	enter(a, TALLY_RF_FILLS, 0, 0, n->rf_fills);
	explain(a, TALLY_RF_FILLS, 0, QUIRK_RF_FILL, 0 - n->rf_fills);
}

void account_add(struct account *account, const struct nwcfg *cfg,
	uint32_t placement, const struct machine_counts *counts)
{
	struct source s = {.n = counts};
	const char *wrong = "it is missing";
	if (source_load(&s, cfg, placement)) {
		enter_passes(account, &s);
		for (int o = 0; o < OPERANDS; o++) {
			enter_dma(account, &s, o);
			enter_network(account, &s, o);
		}
		enter_pes(account, &s);
		wrong = estimate_contradiction(
			&s.arch, &s.program, s.operand, &s.e);
	}
	if (wrong && !account->estimate[0])
		snprintf(account->estimate, sizeof account->estimate,
			"the estimate contradicts its counts: %s", wrong);
}

bool account_holds(const struct account *account)
{
	for (int t = 0; t < TALLY_COUNT; t++)
		for (int o = 0; o < OPERANDS; o++)
			if (account->entry[t][o].rest)
				return false;
	return !account->estimate[0];
}
