/* The cost model: a pure function of nest, machine and mapping. COST_MODEL.md
 * to the last digit; section numbers below are its. */
#ifndef MAPPER_COST_H
#define MAPPER_COST_H

#include "mapper/arch.h"
#include "mapper/mapping.h"

/* To be raised when the model gives other numbers for the same nest, machine
 * and mapping: results that are kept as numbers alone belong to one of these.
 */
enum { COST_MODEL_VERSION = 3 };

/* How addresses of a padded input are taken apart (section 15, quirk 1). */
enum burst_rule {
	BURST_TRUE,  /* the tile's true extents */
	BURST_COMPAT /* the seed's: pitch of the rows that are read, taken apart
		      * by the declared shape */
};

enum component {
	COMPONENT_MAC,
	COMPONENT_RF,
	COMPONENT_NOC,
	COMPONENT_SPM,
	COMPONENT_DRAM,
	COMPONENT_COUNT
};
const char *component_name(enum component component);

/* What moving one SPM tile of an operand takes (section 7). */
struct dma {
	int64_t bursts, burst_elems;
	int64_t cycles;
	double energy_pj;
};

/* What depends on the tiling but not on the orders. */
struct tile_cost {
	/* Charged: of the nest, and of its padding where the PEs do not gate
	 * it. */
	int64_t macs;
	int64_t work;       /* MACs of one PE in an RF pass = its cycles */
	int64_t rf_passes;  /* in one SPM pass */
	int64_t spm_passes; /* of the nest */
	int64_t pes;        /* in use */
	int64_t elems[SEED_BOXES][OPND_COUNT]; /* footprints (section 3) */
	int64_t noc_cycles[OPND_COUNT];       /* per distribution (section 5) */
	bool rf_once[OPND_COUNT];             /* rf_uses_once */
	int64_t reduction_elems;              /* of O, added up per RF pass */
	int64_t reduction_cycles;             /* for them */
	int64_t reduction_group, reduction_groups;
	struct dma dma[OPND_COUNT];
	/* DRAM: different tiles of each operand, and their elements that are
	 * padding, which the DMA does not move. */
	int64_t tiles[OPND_COUNT], absent[OPND_COUNT];
};
/* Whether a PE uses each word of the operand's RF tile once: every RF loop
 * indexes it, and no two of them along one dimension. */
bool rf_uses_once(const struct nest *nest, enum operand operand,
	const int64_t rf[LOOP_COUNT]);
/* Whether the operand skips the register files: the machine lets it, and a PE
 * uses each of its words once. */
bool skips_rf(const struct arch *arch, const struct tile_cost *tile, int o);
/* Whether it skips the scratchpad: the machine lets it, and each of its tiles
 * is distributed once under these reuse factors of the SPM level. */
bool skips_spm(const struct arch *arch, const struct tile_cost *tile,
	const struct reuse *spm, int o);
/* Register files' energy of all multiplications (section 9, E_rf). */
double register_pj(const struct arch *arch, const struct tile_cost *tile);

/* The dma of a tile of the given loop extents (BOX_SPM's); depends on neither
 * the levels inside nor the orders. bursts_of_tile leaves cycles and energy 0.
 */
struct dma bursts_of_tile(const struct nest *nest, enum operand operand,
	const int64_t tile[LOOP_COUNT], enum burst_rule rule);
struct dma dma_of_tile(const struct nest *nest, const struct arch *arch,
	enum operand operand, const int64_t tile[LOOP_COUNT],
	enum burst_rule rule);
void tile_cost(const struct nest *nest, const struct arch *arch,
	const struct tiling *tiling, enum burst_rule rule,
	struct tile_cost *out);

/* The estimate of one pair of reuse vectors (sections 6, 8, 9). */
struct estimate {
	double energy_pj; /* whole, rounded half to even */
	int64_t cycles;
	/* energy x cycles, rounded once to double from the exact product where
	 * no operand is reused at DRAM; else double(energy) x cycles. */
	double edp;
	double component_pj[COMPONENT_COUNT]; /* not rounded (section 9) */
	int64_t pass_cycles;                  /* of one SPM pass */
	double pass_pj;                       /* of one SPM pass */
	double far_pj; /* DRAM and held operands, whole nest */
	bool held[OPND_COUNT];
	/* Fetches of O's SPM tile beyond one per tile (section 4, extra). */
	int64_t partial_sum_fetches;
};
void cost_pair(const struct arch *arch, const struct tile_cost *tile,
	const struct reuse *spm, const struct reuse *dram,
	struct estimate *out);
/* The same from a mapping's orders. */
void cost_mapping(const struct nest *nest, const struct arch *arch,
	const struct mapping *mapping, enum burst_rule rule,
	struct estimate *out);

/* Where a mapping's energy and cycles go, for reports. */
enum bound_by {
	BOUND_COMPUTE,
	BOUND_NOC,
	BOUND_REDUCTION,
	BOUND_DMA,
	BOUND_COUNT
};
const char *bound_by_name(enum bound_by bound);
struct breakdown {
	/* pJ by component and operand; MAC and RF of the multiplications
	 * themselves belong to no operand: [.][OPND_COUNT]. What reduction
	 * across PEs takes is O's. Sums over operands equal
	 * estimate.component_pj up to rounding of double. */
	double pj[COMPONENT_COUNT][OPND_COUNT + 1];

	/* Cycles by cause, for the whole nest; they add up to estimate.cycles.
	 *   compute    the PEs' MACs: work x RF passes
	 *   noc        waiting for operands on their way to the register files
	 *              beyond what computing hides
	 *   reduction  adding up O across PEs; where O stays in the register
	 *              files over several RF passes, also the pass that must
	 *              end before it leaves them
	 *   dma        SPM passes waiting for DRAM: what moving tiles takes
	 *              beyond the three above */
	int64_t compute_cycles, noc_cycles, reduction_cycles, dma_cycles;
	/* What decides the length of the steps of the DRAM loops, by cycles: of
	 * a step in which moving takes longer than the SPM pass, DMA; of any
	 * other, the largest of the pass's three parts. */
	enum bound_by bound;

	double pe_use, rf_use, spm_use; /* fractions of the resource */
	int64_t spm_bytes, spm_banks_used;

	/* Elements over the whole nest and per operand, as the model charges
	 * them: DRAM reads (of O: partial sums that come back) and writes; SPM
	 * accesses from the network's side (of O, reads and writes); deliveries
	 * to and from register files, every receiving PE counted. */
	int64_t dram_reads[OPND_COUNT], dram_writes[OPND_COUNT];
	int64_t spm_accesses[OPND_COUNT], noc_deliveries[OPND_COUNT];
};
void cost_breakdown(const struct nest *nest, const struct arch *arch,
	const struct mapping *mapping, enum burst_rule rule,
	struct breakdown *out);

/* No mapping of the nest on the machine can leave int64_t in cycles, or the
 * whole numbers of double (2^53) in cycles and energy, so that every number of
 * an estimate is exact; with a diagnostic at loc if one could (the bound is
 * derived in cost_check.c; the default machine takes 1.5e13 multiplications a
 * nest). To be called once per verified nest before any of the above. Where
 * quirk 1 applies, under BURST_COMPAT, only int64_t is guaranteed. */
bool cost_check(struct ctx *ctx, const struct loc *loc, const struct nest *nest,
	const struct arch *arch, enum burst_rule rule, enum tile_sizes tiles);
/* The same without a diagnostic. */
bool cost_counts(const struct nest *nest, const struct arch *arch,
	enum burst_rule rule, enum tile_sizes tiles);

/* The same for one tiling, which may be taken where not every mapping can: it
 * stays in int64_t under all orders. Of a valid tiling of a verified nest. */
bool cost_check_tiling(struct ctx *ctx, const struct loc *loc,
	const struct nest *nest, const struct arch *arch,
	const struct tiling *tiling, enum burst_rule rule);

#endif
