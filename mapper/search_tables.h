/* What the exact search knows of every vector of tile sizes of a nest, as a
 * register-file tile F, a PE-array tile G or a scratchpad tile T: lower bounds
 * over all the tiles inside it (docs/search.md). Independent of the objective.
 *
 * Counts are doubles, exact below 2^53. Tables are floats, rounded down. In
 * them energy and cycles are per multiplication of the nest: times `macs` they
 * are those of the whole nest. */
#ifndef MAPPER_SEARCH_TABLES_H
#define MAPPER_SEARCH_TABLES_H

#include "mapper/model.h"
#include "mapper/search.h"
#include "mapper/search_lattice.h"

/* What depends on one operand's index loops alone. */
struct operand_row {
	double elems;             /* footprint */
	double rf_bits, rf_elems; /* in a register file; of elem_bytes */
	double noc_cycles;        /* of a distribution */
	bool once; /* words_used_once, but for loops that do not index it */
	double span; /* product of the index loops' extents */
	double bytes, banks;
	/* Moving the tile once; energy is the mean of all such tiles, of which
	 * the last ones are smaller. */
	double dma_cycles, dma_pj;
	/* What distributing all of the tile by smaller ones takes at least. Not
	 * its elements times something: where windows skip elements, smaller
	 * tiles have fewer. */
	double once_pj;
	double common; /* of them, the product of loops that index all three */
	double index_passes; /* tiles of the operand at DRAM */
};

/* Columns of the table of least values: over all the register-file tiles F that
 * divide a vector, and over all such PE-array tiles G. */
enum {
	/* pJ of the network and of reduction when reuse hides the distribution
	 * of O, I, W: what the two others need; and of the register files, what
	 * mac_pj leaves out. */
	RF_OTHERS_PJ,
	RF_MINUS_SIZE = RF_OTHERS_PJ + OPND_COUNT, /* -(size of the largest) */
	RF_MINUS_PES,                              /* -(most PEs to share it) */
	ARRAY_OTHERS_PJ,                           /* as of F, with SPM */
	/* of an RF pass: when O is reused, and when it is not */
	ARRAY_CYCLES = ARRAY_OTHERS_PJ + OPND_COUNT,
	LEAST_USED = ARRAY_CYCLES + 2,
	LEAST_COLUMNS = 12 /* whole vector registers */
};

/* A vector on a walk: its id, the operands' rows, its size. */
struct vertex {
	int32_t id, row[OPND_COUNT];
	double size;
};

struct tables {
	const struct nest *nest;
	const struct arch *arch;
	struct machine machine; /* of arch */
	const struct search_options *options;
	bool padded; /* tiles of all sizes */
	/* Of the nest; energy of one by prices_least; whether padding takes
	 * none. */
	double macs, mac_pj;
	bool gated;
	struct prices prices, least_prices;
	/* Of the register files for a multiplication: what mac_pj leaves out */
	double rf_skip_pj[OPND_COUNT];
	bool kept_gated; /* columns have some of it, which padding does not take
			  */
	/* array_pj, all ways, and split_pj by least_prices. */
	double array_pj[OPND_COUNT], split_pj[OPND_COUNT];
	double rf_elems, rf_bits, spm_bytes; /* capacities */
	double pes, least_pes;               /* that may and must be used */
	double ports; /* words a cycle of all; 0: as many as wanted */
	unsigned through; /* operands whose words always pass them */

	struct lattice lattice;
	/* The factors that the limits leave one value; 0: several. */
	int64_t factor[SLOTS_MAX][LOOP_COUNT];
	bool asks[SEED_SLOTS];   /* dataflow_asks */
	unsigned outside;        /* loops that G can have no part of */
	bool fixes[SEED_SLOTS];  /* that, or the slot has one */
	struct {
		struct operand_row *row; /* by vector of its index loops */
		int32_t rows;
		/* of the row for a step of each coordinate of lattice */
		int32_t step[COORDINATES_MAX];
	} operand[OPND_COUNT];
	struct vertex whole; /* the nest */
	float (*least)[LEAST_COLUMNS];
	/* By objective: no mapping with the vector as T is below. Infinite
	 * where it is in no mapping. */
	float *tile[OBJ_COUNT];
	int32_t first[OBJ_COUNT]; /* the T of the least bound */
	int64_t tiles;            /* finite ones */
	bool cut; /* options' stop has expired: of no use */
};

/* Whether the vector fits the register file, and uses enough of it. */
bool tables_fit_rf(const struct tables *tables, const struct vertex *vertex);

/* Loop extents of a vector. */
void tables_extents(const struct tables *tables,
	const int32_t exponent[COORDINATES_MAX], double extent[LOOP_COUNT]);

/* Whether the numbers of tiles into which one vector cuts another are the
 * fixed factors of a level, and such that the machine's dataflow allows. */
bool tables_is_factor(const struct tables *tables, int slot,
	const int32_t outer[COORDINATES_MAX],
	const int32_t inner[COORDINATES_MAX]);

/* The exponents that the fixed factors of a level leave at least to the tile
 * inside it, of the one around it: of G in T with SLOT_SPM, of F in G with
 * SLOT_SPATIAL. */
void tables_least_inside(const struct tables *tables, int between,
	const int32_t tile[COORDINATES_MAX], int32_t least[COORDINATES_MAX]);

/* The exponents of the vector that fits into every one. */
extern const int32_t no_exponent[COORDINATES_MAX];

/* Whether the vector may be a G: false where no F splits it. */
bool tables_is_array(const struct tables *tables, const struct vertex *vertex);

/* False where the nest has more than max_ids vectors. There are no tiles where
 * the limits fix factors that cannot be. */
bool tables_init(struct ctx *ctx, const struct nest *nest,
	const struct arch *arch, const struct search_options *options,
	int32_t max_ids, struct tables *tables);

/* The operand that the SPM level must reuse in a T: the machine's dataflow has
 * it stationary, and there are trips to reuse it over that no G can take;
 * OPND_COUNT: any. */
int tables_must_reuse(
	const struct tables *tables, const int32_t exponent[COORDINATES_MAX]);

/* The vertex of the vector, and its exponents. */
struct vertex tables_vertex(const struct tables *tables, int32_t id,
	int32_t exponent[COORDINATES_MAX]);

/* One exponent made smaller. */
static inline struct vertex vertex_down(const struct tables *tables,
	const struct vertex *vertex, int c, int32_t from, int32_t to)
{
	const struct coordinate *at = &tables->lattice.at[c];
	int32_t down = from - to;
	return (struct vertex){
		.id = vertex->id - down * at->step,
		.row = {vertex->row[0] - down * tables->operand[0].step[c],
			vertex->row[1] - down * tables->operand[1].step[c],
			vertex->row[2] - down * tables->operand[2].step[c]},
		.size = vertex->size / at->size[from] * at->size[to],
	};
}

/* pJ of distributing an operand in an RF pass, as a sum of what an element of
 * its tile in G takes and an element of its tile in F, all multiplications of G
 * taken together. All PEs get their own I and W. Of O, what G has comes and
 * goes, and what the PEs have more than it is added up (docs/search.md). */
static inline double array_pj(const struct prices *p, int operand, double ways)
{
	bool out = operand == OPND_O;
	const struct sent sent = {operand, ways, 1, out, out ? -1 : 0};
	return sent_pj(p, &sent);
}

static inline double split_pj(const struct prices *p, int operand)
{
	bool out = operand == OPND_O;
	const struct sent sent = {operand, 1, 0, !out, out};
	return sent_pj(p, &sent);
}

/* Least energy of so many multiplications, padding included. */
static inline double macs_pj(const struct tables *t, double macs)
{
	return t->mac_pj * (t->gated ? t->macs : macs);
}

/* Multiplications by which the columns of energy are to be taken: those of all
 * tiles, or of the nest alone where the columns have energy that padding does
 * not take. */
static inline double energy_macs(const struct tables *t, double macs)
{
	return t->kept_gated ? t->macs : macs;
}

/* A tile T and one choice of the operand that DRAM's order reuses; FAR_NONE: of
 * none. */
enum { FAR_NONE = OPND_COUNT, FAR_COUNT };
struct far {
	double factor;  /* of reuse */
	double passes;  /* SPM passes */
	double fetches; /* of the reused operand: passes / factor */
	double share;   /* and of the passes, those with one */
	double pj;      /* DRAM energy of the nest */
	struct moves_real moves;
	bool apart; /* moving and computing take turns */
};
/* passes: SPM passes; factor: of an operand's reuse; NULL: over all its free
 * loops. */
void tables_far(const struct tables *tables, const struct vertex *tile,
	double passes, const double factor[OPND_COUNT],
	struct far far[FAR_COUNT]);

/* Least cycles of the nest, given those of its RF passes. */
static inline double far_cycles_least(const struct far *far, double near)
{
	const struct moves_real moves = {
		far->moves.each * far->passes,
		far->moves.load * far->passes,
		far->moves.store * far->passes,
	};
	double step = step_of_real(far->apart, moves.each, near);
	/* Where an SPM pass takes longer than a step, it is for DMA, too. */
	return step +
		late_real(far->apart, &moves, step, near, near) * far->share;
}

/* Least energy of the nest that goes to distributing an operand, once_pj each
 * time, when all its SPM passes reuse it: held over SPM passes it moves once a
 * reuse, and one way; else in every pass, O both ways. */
static inline double far_once_pj(
	const struct far *far, int operand, bool held, double once_pj)
{
	if (held)
		return once_pj * far->fetches;
	return once_pj * far->passes * ways_of(operand);
}

/* A float that is no larger than x >= 0: taken down by more than rounding, at
 * most 2^-24 of it, can take it up. Unconditional, for branches here would
 * follow no pattern. */
static inline float float_below(double x)
{
	return (float)(x * (1 - 1.2e-7));
}

#endif
