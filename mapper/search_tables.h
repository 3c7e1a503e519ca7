/* What the exact search knows of every divisor vector of a nest, as a
 * register-file tile F, a PE-array tile G or a scratchpad tile T, and lower
 * bounds over all smaller tiles (docs/search.md). Independent of the objective.
 *
 * Numbers are doubles: counts below 2^53 are exact in them. Energies are kept
 * per multiplication of the nest: times `macs` they are pJ of the whole nest.
 */
#ifndef MAPPER_SEARCH_TABLES_H
#define MAPPER_SEARCH_TABLES_H

#include "mapper/search.h"
#include "mapper/search_lattice.h"

/* What depends on one operand's index loops alone. */
struct operand_row {
	double elems; /* footprint */
	double span;  /* product of the index loops' extents */
	double banks, bytes;
	double dma_cycles, dma_pj; /* moving the tile once */
	/* Least elems / span of the tiles that divide this one. */
	double least_ratio;
};

/* One divisor vector. */
struct box_row {
	double size, inverse;     /* product of its factors */
	double elems[OPND_COUNT]; /* footprints */
	double free[OPND_COUNT];  /* product of the factors of free loops */
	int32_t sub[OPND_COUNT];  /* row in operand[o].row */
	bool fits_rf, fits_spm;   /* capacity, and the limits on it */
};

/* Least values over all register-file tiles F that divide a vector. */
struct rf_least {
	/* pJ of the network and of reduction when the operand's distribution is
	 * hidden by reuse: the terms of the other two (reuse of O: I + W; of I:
	 * W + reduction; of W: I + reduction). */
	double others_pj[OPND_COUNT];
	double minus_pes; /* -(most PEs that can share the vector) */
};

/* Least values over all PE-array tiles G that divide a vector. */
struct array_least {
	double others_pj[OPND_COUNT];    /* network, reduction and SPM */
	double reusing_o, reusing_other; /* cycles of an RF pass */
};

struct tables {
	const struct nest *nest;
	const struct arch *arch;
	const struct search_options *options;
	double macs;
	double macs_pj; /* MACs and their register file accesses */
	double noc_pj, spm_pj, reduction_pj; /* per element */
	double pes, least_pes;               /* that may and must be used */
	unsigned spatial_loops;              /* that may be spatial */

	struct lattice lattice;
	struct {
		struct lattice lattice; /* of its index loops */
		struct operand_row *row;
	} operand[OPND_COUNT];
	struct box_row *box;
	struct rf_least *rf;
	struct array_least *array;
	/* Of each vector as T: no mapping with it is below. Infinite where it
	 * is no tile of any mapping. */
	double *tile_pj, *tile_cycles;
	int64_t tiles; /* feasible ones */
};

/* False where the nest has more than max_ids vectors. */
bool tables_init(struct ctx *ctx, const struct nest *nest,
	const struct arch *arch, const struct search_options *options,
	int64_t max_ids, struct tables *tables);

/* A tile T under one choice of the operand that DRAM's order reuses. */
struct far {
	double factor;            /* trips of the free loops at DRAM */
	double pj;                /* DRAM energy of the nest */
	double each, load, store; /* DMA cycles of an SPM pass (section 8) */
	double passes;            /* SPM passes */
};
void tables_far(const struct tables *tables, const struct box_row *tile,
	enum operand reused, struct far *far);

/* Cycles of the nest from those of an SPM pass; late_load, late_store: what a
 * held operand adds to the pass in which it changes (else 0). */
static inline double far_cycles(const struct far *far, double pass_cycles,
	double late_load, double late_store)
{
	double step = far->each > pass_cycles ? far->each : pass_cycles;
	double cycles = step * far->passes;
	if (far->factor > 1) {
		double load = pass_cycles + late_load;
		double store = pass_cycles + late_store;
		if (load < far->load)
			load = far->load;
		if (store < far->store)
			store = far->store;
		double late = (load > step ? load - step : 0) +
			(store > step ? store - step : 0);
		cycles += late * (far->passes / far->factor);
	}
	return cycles;
}

#endif
