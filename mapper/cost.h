/* The cost model: a pure function of nest, machine and mapping. COST_MODEL.md
 * to the last digit; section numbers below are its. */
#ifndef MAPPER_COST_H
#define MAPPER_COST_H

#include "mapper/machine.h"

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

/* What moving a tile by bursts takes (section 7). */
struct dma {
	int64_t bursts, burst_elems;
	int64_t cycles;
	double energy_pj;
};

/* What of a link depends on the tiling but not on the orders. */
struct tile_link {
	int64_t cycles[OPND_COUNT]; /* of moving a tile, one way */
	/* Of LINK_BURSTS: how, different tiles of each operand, and their
	 * elements that are padding, which do not move. */
	struct dma dma[OPND_COUNT];
	int64_t tiles[OPND_COUNT], absent[OPND_COUNT];
	/* Of LINK_WORDS: copies of what lies within; of them, those whose O is
	 * added up, and groups of such. Elements of O that are added up when
	 * its tiles leave, and the cycles for them. */
	int64_t copies, group, groups;
	int64_t added, added_cycles;
};

/* The same of a machine. */
struct tile_cost {
	/* Multiplications that are charged: of the nest, and of its padding
	 * where the PEs do not gate it. */
	int64_t macs;
	int64_t trips[SLOTS_MAX]; /* of a slot's loops */
	/* Footprints of the tiles inside so many slots (section 3). */
	int64_t elems[SLOTS_MAX][OPND_COUNT];
	struct tile_link link[LINKS_MAX];
	bool used_once[OPND_COUNT]; /* words_used_once, in the innermost store
				     */
};
/* Whether each word of the operand's tile is used once in loops of so many
 * trips: all that have any index it, and no two of them along one dimension. */
bool words_used_once(const struct nest *nest, enum operand operand,
	const int64_t trips[LOOP_COUNT]);

/* The reuse of each slot that has an order, by slot. */
struct reuses {
	const struct reuse *slot[SLOTS_MAX];
};
/* Whether the operand skips a store: the machine lets it, and each of its tiles
 * is used once. (Of the innermost store reuses may be NULL.) */
bool skips_store(const struct machine *machine, const struct tile_cost *tile,
	const struct reuses *reuses, int store, int o);
/* The innermost store's energy of all multiplications (section 9, E_rf). */
double register_pj(const struct machine *machine, const struct tile_cost *tile);

/* The dma of a tile of the given loop extents; depends on neither what is
 * inside it nor the orders. bursts_of_tile leaves cycles and energy 0.
 */
struct dma bursts_of_tile(const struct nest *nest, enum operand operand,
	const int64_t tile[LOOP_COUNT], enum burst_rule rule);
struct dma dma_of_tile(const struct nest *nest, const struct arch *arch,
	enum operand operand, const int64_t tile[LOOP_COUNT],
	enum burst_rule rule);
void tile_cost(const struct nest *nest, const struct machine *machine,
	const struct tiling *tiling, enum burst_rule rule,
	struct tile_cost *out);

/* Transfers of an operand over a link in the whole nest: trips of all ordered
 * loops around it, less the innermost run that does not index the operand. */
int64_t link_transfers(const struct machine *machine,
	const struct tile_cost *tile, const struct reuses *reuses, int link,
	int o);

/* The estimate of one reuse vector a slot (sections 6, 8, 9). A pass is what
 * happens within the outermost link: in the seed's words, an SPM pass. */
struct estimate {
	double energy_pj; /* whole, rounded half to even */
	int64_t cycles;
	/* energy x cycles, rounded once to double from the exact product where
	 * no operand is reused at DRAM; else double(energy) x cycles. */
	double edp;
	double component_pj[COMPONENT_COUNT]; /* not rounded (section 9) */
	int64_t pass_cycles;
	double pass_pj;
	double far_pj; /* beyond all passes, multiplications left out */
	/* Stays in the innermost store over several passes. */
	bool held[OPND_COUNT];
	/* Fetches of O's tiles over the outermost link beyond one a tile
	 * (section 4, extra). */
	int64_t partial_sum_fetches;
};
void cost_orders(const struct machine *machine, const struct tile_cost *tile,
	const struct reuses *reuses, struct estimate *out);
/* The same from a mapping's orders. */
void cost_mapping(const struct nest *nest, const struct arch *arch,
	const struct mapping *mapping, enum burst_rule rule,
	struct estimate *out);

/* Where a mapping's energy and cycles go, for reports: what goes over a
 * link of an operand, in the whole nest as the model charges it, ... */
struct flow {
	int64_t tile_elems; /* of a tile at the link's outer end */
	int64_t transfers;
	int64_t tiles;  /* different ones; of LINK_BURSTS */
	int64_t cycles; /* of a transfer, one way */
	double pj;
	/* Elements that the outer store gives and takes, and words that arrive
	 * at the inner stores or leave them, every copy counted. */
	int64_t down, up, delivered;
};

/* ... and all that it comes to. */
struct breakdown {
	/* pJ by component and operand; MAC and RF of the multiplications
	 * themselves belong to no operand: [.][OPND_COUNT]. What reduction
	 * across PEs takes is O's. Sums over operands equal
	 * estimate.component_pj up to rounding of double. */
	double pj[COMPONENT_COUNT][OPND_COUNT + 1];

	/* Cycles by cause, for the whole nest; they add up to estimate.cycles.
	 *   compute    the PEs' MACs: work x RF passes
	 *   network    waiting for operands on their way to the register files
	 *              beyond what computing hides
	 *   reduction  adding up O across PEs; where O stays in the register
	 *              files over several RF passes, also the pass that must
	 *              end before it leaves them
	 *   DMA        passes waiting for DRAM: what moving tiles takes beyond
	 *              the three above */
	int64_t cause_cycles[BOUND_COUNT];
	/* What decides the length of the steps of the outermost loops, by
	 * cycles: of a step in which moving takes longer than the pass, that;
	 * of any other, the largest cause of the pass. */
	enum bound_by bound;

	double pe_use, rf_use, spm_use; /* fractions of the resource */
	int64_t spm_bytes, spm_banks_used;

	struct flow flow[LINKS_MAX][OPND_COUNT];
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
