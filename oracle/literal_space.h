/* Which mappings there are, by definition: what fits the machine and the limits
 * (COST_MODEL 10, docs/machines.md), which orders a level may have, and in
 * which order candidates win. Written apart from the mapper, of which it has
 * the types alone. */
#ifndef ORACLE_LITERAL_SPACE_H
#define ORACLE_LITERAL_SPACE_H

#include "mapper/search.h"

/* Tiles of one size in another. */
int64_t literal_trips(int64_t outer, int64_t inner);
int64_t literal_product(const int64_t factor[LOOP_COUNT]);
/* Bytes of so many words on the chip. */
int64_t literal_bytes(const struct arch *arch, int operand, int64_t words);

/* What of a tiling fits, level by level; each looks at the factors that its
 * name says, those of the scratchpad's tile are DRAM's. */
bool literal_fits_rf(const struct nest *nest, const struct arch *arch,
	const struct limits *limits, const int64_t rf[LOOP_COUNT]);
bool literal_fits_spm(const struct nest *nest, const struct arch *arch,
	const struct limits *limits, const int64_t tile[LOOP_COUNT]);
/* PEs, and what the limits and the machine's dataflow let a level have. */
bool literal_fits_pes(const struct arch *arch, const struct limits *limits,
	const int64_t spatial[LOOP_COUNT]);
bool literal_allows(const struct nest *nest, const struct arch *arch,
	const struct limits *limits, int slot,
	const int64_t factor[LOOP_COUNT]);
/* The same of the machine's dataflow alone, for these factors or larger ones of
 * SPATIAL. */
bool literal_spatial_open(const struct nest *nest, const struct arch *arch,
	const int64_t factor[LOOP_COUNT]);
/* All of it. */
bool literal_fits(const struct nest *nest, const struct arch *arch,
	const struct limits *limits, const struct tiling *tiling);
/* Loops that have one trip at a level. */
unsigned literal_barred(const struct nest *nest, const struct arch *arch,
	const struct limits *limits, int slot);
/* The smallest tile against the memories. */
struct misfit literal_misfit(const struct arch *arch);

/* The order that a level must have; NULL: any. */
const uint8_t *literal_order(
	const struct arch *arch, const struct limits *limits, int slot);
/* What it reuses, loop by loop from the innermost (section 4). */
struct reuse literal_reuse(const struct nest *nest,
	const int64_t factor[LOOP_COUNT], const uint8_t order[LOOP_COUNT]);

/* The orders that differ in what they reuse, by set of the loops that have
 * several trips at a level; found when first asked for. */
struct literal_orders {
	struct arena *arena;
	const struct nest *nest;
	struct order_list *list[1 << LOOP_COUNT];
};

/* Costs a tiling under every pair of reuse vectors, each with the smallest
 * orders that give it, or of the orders that must be; calls take for those
 * within the limits' caps. Returns the number of pairs. */
int64_t literal_candidates(struct literal_orders *orders,
	const struct arch *arch, const struct search_options *options,
	const struct tiling *tiling, candidate_fn *take, void *arg);

/* By the objective; then cycles, energy, the mapping. */
double literal_value_of(enum objective objective, double pj, double cycles);
double literal_value(enum objective objective, const struct estimate *estimate);
int literal_compare(enum objective objective, const struct candidate *a,
	const struct candidate *b);
/* Tilings by slot, then loop; then the orders. */
int literal_mapping_compare(const struct mapping *a, const struct mapping *b);

#endif
