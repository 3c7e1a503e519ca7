/* The machine's counters held against the counts behind the estimate. */
#ifndef SIM_ACCOUNT_H
#define SIM_ACCOUNT_H

#include "mapper/quirks.h"
#include "sim/machine.h"

/* What is counted, each per operand where it has operands. */
enum tally {
	TALLY_SPM_PASSES,
	TALLY_RF_PASSES,
	TALLY_MACS,
	TALLY_TRANSFERS,
	TALLY_BURSTS_IN,
	TALLY_BURSTS_OUT,
	TALLY_DRAM_READS,
	TALLY_DRAM_WRITES,
	TALLY_SPM_NETWORK,
	TALLY_SPM_DMA,
	TALLY_NETWORK_WORDS,
	TALLY_DELIVERIES,
	TALLY_REDUCTIONS,
	TALLY_REDUCTION_CYCLES,
	TALLY_RF_ACCESSES,
	TALLY_RF_FILLS,
	TALLY_COUNT
};

struct tally_text {
	const char *name, *unit;
	const char *operands; /* letters of those it is counted for, or "" */
};
extern const struct tally_text tally_texts[TALLY_COUNT];
/* Is it counted for operand o? What has no operands has one entry, 0. */
bool tally_has(enum tally tally, int o);

/* One count: charged - measured = sum of by_quirk + rest. */
struct entry {
	uint64_t charged, measured;
	int64_t by_quirk[QUIRK_COUNT];
	int64_t rest; /* not explained: 0 if the estimate is right */
};

struct account {
	struct entry entry[TALLY_COUNT][OPERANDS];
	/* What in the EXPECTATION contradicts its own counts; "" without. */
	char estimate[120];
};

/* Adds a placement's: counts are the machine's, of all its runs. */
void account_add(struct account *account, const struct nwcfg *cfg,
	uint32_t placement, const struct machine_counts *counts);

/* Is nothing left unexplained? */
bool account_holds(const struct account *account);

#endif
