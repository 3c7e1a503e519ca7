/* The cost of a mapping as its definition says it, section by section
 * (docs/cost-model.md): what the oracles cost by. Written apart from the
 * mapper, of which it has the types alone; in the same order of double
 * arithmetic, so that both agree to the last digit. */
#ifndef ORACLE_LITERAL_COST_H
#define ORACLE_LITERAL_COST_H

#include "mapper/cost.h"

/* Bits of a word of the operand, and as a part of an element. */
int64_t literal_bits(const struct arch *arch, int operand);
double literal_word(const struct arch *arch, int operand);

/* A burst, and a tile moved by so many (sections 7 and 15). */
struct literal_dma {
	int64_t bursts, burst_elems, cycles;
	double pj;
};
struct literal_dma literal_dma(const struct nest *nest, const struct arch *arch,
	int operand, const int64_t tile[LOOP_COUNT], enum burst_rule rule);

/* Elements of all the operand's scratchpad tiles, each clipped at the bounds,
 * tile by tile. */
int64_t literal_swept(
	const struct nest *nest, int operand, const int64_t tile[LOOP_COUNT]);

/* Whether no two turns of the RF loops take the same word of the operand. */
bool literal_used_once(
	const struct nest *nest, int operand, const int64_t rf[LOOP_COUNT]);

/* What a tiling's pairs of reuse vectors share. */
struct literal_tile {
	int64_t macs; /* charged */
	int64_t work, rf_passes, spm_passes, pes;
	int64_t rf[OPND_COUNT], pe[OPND_COUNT], spm[OPND_COUNT]; /* elements */
	int64_t noc[OPND_COUNT];
	int64_t group, groups, red, red_cycles;
	bool used_once[OPND_COUNT];
	struct literal_dma dma[OPND_COUNT];
	int64_t tiles[OPND_COUNT];  /* different ones */
	int64_t absent[OPND_COUNT]; /* of their elements, those in padding */
};
void literal_tile(const struct nest *nest, const struct arch *arch,
	const struct tiling *tiling, enum burst_rule rule,
	struct literal_tile *out);

void literal_cost(const struct arch *arch, const struct literal_tile *tile,
	const struct reuse *spm, const struct reuse *dram,
	struct estimate *out);

#endif
