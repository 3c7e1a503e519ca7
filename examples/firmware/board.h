/* A simulated board: DRAM, scratchpad, and an array of PEs whose registers hold
 * only what the network brought them. Words are doubles, exact for the whole
 * numbers of the integer types. */
#ifndef BOARD_H
#define BOARD_H

#include "runtime.h"

enum {
	BOARD_DRAM_BYTES = 1 << 20,
	BOARD_SPM_BYTES = 1 << 18,
	BOARD_WORDS = 1 << 17, /* registers of all PEs */
	BOARD_PES = 1024
};

struct board {
	unsigned char arena[BOARD_DRAM_BYTES], constants[BOARD_DRAM_BYTES];
	double spm[BOARD_SPM_BYTES]; /* by byte; only words' first are used */
	double rf[BOARD_WORDS];
	/* Words that were read before anything was moved there, and accesses
	 * beyond the memories: the blob, or the runtime, is wrong. */
	unsigned long faults;
	unsigned long moves, passes, macs;
	int (*host)(void *self, const struct nwcfg *cfg,
		const struct nwcfg_step *step, int after);
};

/* Empties all memories but DRAM. */
void board_reset(struct board *board);
/* The hooks for runtime_run(). */
struct runtime_board board_hooks(struct board *board);

/* An element of DRAM as a number, and back. */
double board_get(const unsigned char *at, uint32_t type);
void board_put(unsigned char *at, uint32_t type, double value);

#endif
