/* A runtime for Nestwright's configuration blobs, as firmware could have it:
 * freestanding C99, no allocation, nothing but the loader and the hooks of a
 * board. It drives the DMA and starts the PE array once per SPM pass; the
 * array's sequencer does the rest of the loops (board.c simulates one). */
#ifndef RUNTIME_H
#define RUNTIME_H

#include "codegen/nwcfg.h"

enum { RUNTIME_AXES = 8, RUNTIME_COUNTERS = 31, RUNTIME_INSTANCES = 8 };

/* One straight move between DRAM and scratchpad. */
struct runtime_move {
	int store; /* 1: scratchpad -> DRAM */
	int zero;  /* 1: fill zeros into the scratchpad, no DRAM */
	uint32_t type, elem_bytes; /* of the elements in DRAM */
	uint32_t region;           /* NWCFG_REGION_... */
	uint64_t dram;             /* byte in the region */
	int64_t dram_step;         /* bytes to the next element */
	uint64_t spm;              /* byte in the scratchpad */
	uint64_t word_bytes;       /* to the next word there */
	uint64_t elems;
};

/* One SPM pass: what the sequencer of the PE array is told. */
struct runtime_pass {
	const struct nwcfg *cfg;
	const struct nwcfg_program *program;
	uint64_t size[7]; /* real iterations of the loops in the SPM tile */
	uint64_t spm[3];  /* byte in the scratchpad where the tile starts */
	int fresh[3];     /* the tile came (or began) with this pass */
	int last[3];      /* it leaves after this pass */
	int touched;      /* O was worked on in an earlier SPM pass */
};

struct runtime_board {
	void *self;
	void (*move)(void *self, const struct runtime_move *move);
	void (*pass)(void *self, const struct runtime_pass *pass);
	/* The host's part: a host step, or what a layer's flags ask for before
	 * (after == 0) and after its placements. Not 0: stop with this. */
	int (*host)(void *self, const struct nwcfg *cfg,
		const struct nwcfg_step *step, int after);
};

enum runtime_result {
	RUNTIME_OK,
	RUNTIME_TOO_LARGE, /* more axes or loops than the constants above */
	RUNTIME_WORDS,     /* of another size than elem_bytes: not built in */
	RUNTIME_BAD_INDEX, /* asked for a record that is not there */
	RUNTIME_STOPPED    /* the host did */
};

/* All steps of an open blob. */
enum runtime_result runtime_run(
	const struct nwcfg *cfg, const struct runtime_board *board);
/* One placement. */
enum runtime_result runtime_place(const struct nwcfg *cfg,
	const struct runtime_board *board, uint32_t placement);

#endif
