/* Inside the machine: its state, and the units that machine.c drives. */
#ifndef SIM_MACHINE_PARTS_H
#define SIM_MACHINE_PARTS_H

#include "sim/machine.h"

enum { LOOPS = 7, COUNTERS_MAX = 31 /* the loader's limit */ };

/* What edges leave of an operand's boxes in an RF pass; found anew where the
 * loops that move the operand have other numbers of real iterations. */
struct edges {
	unsigned loops; /* that move the operand: a bit for each */
	bool known;
	uint64_t size[LOOPS]; /* iterations around the array that it is for */
	uint32_t **real;      /* [axis_count][pes] indices of each PE's box */
	bool whole;           /* nothing is cut off any of them */
	/* Indices along each axis that some PE takes, and the words of the SPM
	 * tile that these are; from where the array's box starts. */
	uint64_t **taken, *taken_count; /* [axis_count][array], [axis_count] */
	uint64_t *read, read_count;
	uint64_t box_words; /* of the array's box, taken or not */
	uint64_t sums;      /* of O: words in all groups */
	uint8_t *seen;      /* while finding what is taken */
};

/* One operand: its records, and where it is now. */
struct unit {
	struct nwcfg_operand operand;
	struct nwcfg_descriptor descriptor;
	struct nwcfg_axis *axis;     /* [operand.axis_count] */
	struct nwcfg_extent *extent; /* [operand.axis_count] */
	struct image *image;

	/* DMA: real indices of the tile along each axis; elements from the
	 * run's base to each of them, or OUTSIDE; indices of all but the last
	 * axis. */
	uint64_t *tile;   /* [axis_count] */
	int64_t **offset; /* [axis_count][tile] */
	uint64_t *in;     /* [axis_count] */
	int64_t run_base; /* bytes; of this run */

	/* SPM: first word of the tile in either buffer, and what the words of
	 * the tile there are marked with. */
	uint64_t place[2];
	uint32_t mark[2];

	/* Network: word of the tile for each PE, and index along each axis; SPM
	 * and RF word for each word of the box, and index along each axis;
	 * group of each PE, and its first PE. */
	uint32_t *pe_from;           /* [pes] */
	uint32_t **start;            /* [axis_count][pes] */
	uint32_t *box_from, *box_to; /* [rf_words] */
	uint32_t **box_at;           /* [axis_count][rf_words] */
	uint32_t *group_of;          /* [pes]; of O */
	uint32_t *leader;            /* [groups]; of O */
	double *sum;                 /* [groups]; of O */
	struct edges edge;
	/* What was sent last, and whether the PEs have it yet: words are copied
	 * when a pass computes with them. */
	bool sent, waiting;
	uint64_t sent_word; /* in the scratchpad */
	uint64_t back_word; /* of O: where the sums go */
};

struct reference {
	struct ctx *ctx;
	const struct machine_job *job;
	struct machine_counts *counts;
	struct machine_fault *fault;
	struct nwcfg_arch arch;
	struct nwcfg_placement placement;
	struct nwcfg_program program;
	struct nwcfg_counter counter[COUNTERS_MAX];
	uint32_t spm_first, pe_first, rf_first; /* counters of these levels */
	uint64_t at[COUNTERS_MAX];              /* value of each counter */
	uint64_t size[LOOPS]; /* real iterations of the array in the RF pass */
	uint64_t ahead[COUNTERS_MAX]; /* DRAM: of the pass that DMA fills */
	uint64_t *trip;               /* [placement.instance_count] */
	struct nwcfg_instance *instance;
	struct unit unit[OPERANDS];
	double *spm;    /* both buffers, word by word */
	uint32_t *mark; /* of each word: the filling it belongs to; 0: none */
	uint32_t marks; /* given out */
	double *rf;     /* [words of a register file][pes] */
	bool computing; /* this distribution of O is one of the sample */
};

/* Next value of the counters first .. last-1; false after the last. */
bool machine_turn(
	const struct reference *m, uint64_t *at, uint32_t first, uint32_t last);

/* Ends the run: "run 3, DRAM Ox=1 C=2, SPM Fy=1: " and the text; false. */
bool machine_stop(struct reference *m, const uint64_t *dram, const char *format,
	...) __attribute__((format(printf, 3, 4)));

/* Reads the placement's records and takes memory; false with a fault. */
bool machine_load(struct reference *m);

/* Finds u->tile of operand o at the DRAM counters. */
void edge_of_tile(struct reference *m, int o, const uint64_t *dram);
/* Finds m->size at m->at. */
void edge_of_pass(struct reference *m);
/* Finds operand o's edges in the RF pass of m->size. */
void edge_of_box(struct reference *m, int o);
/* Is word n of the box real in the PE? */
bool edge_has(const struct unit *u, uint64_t n, uint64_t pe);

/* Moves the tile of operand o at the DRAM counters 'at' to or from a buffer. */
bool dma_load(struct reference *m, int o, const uint64_t *at, int buffer);
bool dma_store(struct reference *m, const uint64_t *at, int buffer);

/* Sends each PE its words of the operand's tile in a buffer. For O, fresh: the
 * sums start at zero. */
bool network_send(struct reference *m, int o, int buffer, bool fresh);
/* Adds O up over its groups of PEs and returns the sums to where they came
 * from. */
bool network_return(struct reference *m, int buffer);

/* One RF pass of all PEs. */
bool pes_compute(struct reference *m);

#endif
