/* The reference machine: executes a placement of a configuration blob from
 * nothing but its records (docs/verify.md). DRAM holds images; the scratchpad
 * has two buffers of banks; the PEs hold what networks brought them. Every
 * transfer is made and counted. */
#ifndef SIM_MACHINE_H
#define SIM_MACHINE_H

#include "codegen/nwcfg.h"
#include "mapper/search.h"
#include "sim/image.h"

enum { OPERANDS = 3 }; /* NWCFG_O, NWCFG_I, NWCFG_W */

/* What moved. Arrays are O, I, W. */
struct machine_counts {
	uint64_t spm_passes, rf_passes;
	uint64_t macs; /* of zeros beyond edges, too, where PEs do not gate */
	/* DMA: tiles, bursts and elements, and what zeros at the borders save:
	 * elements filled in, bursts that would have moved nothing else. A
	 * tile without any data is in zero_tiles, not in zero_bursts. */
	uint64_t tiles_in[OPERANDS], tiles_out[OPERANDS];
	uint64_t bursts_in[OPERANDS], bursts_out[OPERANDS];
	uint64_t elems_in[OPERANDS], elems_out[OPERANDS];
	uint64_t zero_elems[OPERANDS], zero_bursts[OPERANDS];
	uint64_t zero_tiles[OPERANDS];
	/* What edges cut off the tiles that are not in zero_tiles: bursts; and
	 * off all tiles: elements. */
	uint64_t edge_bursts_in[OPERANDS], edge_bursts_out[OPERANDS];
	uint64_t edge_elems_in[OPERANDS], edge_elems_out[OPERANDS];
	/* Words between SPM and DRAM. */
	uint64_t spm_filled[OPERANDS], spm_stored[OPERANDS];
	/* Words between SPM and network; those that are within the box of the
	 * array, but that no PE takes; those that edges cut off the box. */
	uint64_t spm_reads[OPERANDS], spm_writes[OPERANDS];
	uint64_t gap_words[OPERANDS];
	uint64_t edge_reads[OPERANDS], edge_writes[OPERANDS];
	/* Distributions to the PEs, returns from them, and words delivered,
	 * every PE that takes part counted. */
	uint64_t sends[OPERANDS], returns[OPERANDS];
	uint64_t delivered[OPERANDS], returned[OPERANDS];
	/* Of O: sums that edges cut off the PEs' boxes. */
	uint64_t edge_delivered, edge_returned, edge_reductions;
	/* A cycle each, unless a tree adds them up. */
	uint64_t reduction_cycles, edge_reduction_cycles;
	/* Tiles and distributions of O without sums from before: zeros. */
	uint64_t first_tiles, first_sends;
	uint64_t reductions;  /* words added up across PEs */
	uint64_t rf_accesses; /* of multiplications and reductions */
	uint64_t rf_fills;    /* words that the networks wrote and read */
};

struct machine_job {
	const struct nwcfg *cfg; /* open */
	uint32_t placement;
	struct image *image[OPERANDS];
	/* Of all distributions of O, only one in 'sample' is computed (1:
	 * all); everything moves all the same. */
	uint64_t sample, seed;
	/* Called before each run of the program with the trips of the instance
	 * loops: the host makes I of what is there. NULL: not called. */
	void (*before_run)(void *arg, const uint64_t *trip);
	void *arg;
	/* When it is time, machine_run returns false without a fault; NULL:
	 * never. */
	const struct search_stop *stop;
};

/* Where and why the machine stopped: an unfilled location was read, an address
 * left its memory. */
struct machine_fault {
	char text[400]; /* "" without one: one line */
};

/* Runs the placement and adds to counts. Memory comes from ctx's arena. False
 * with a fault. */
bool machine_run(struct ctx *ctx, const struct machine_job *job,
	struct machine_counts *counts, struct machine_fault *fault);

#endif
