/* The cost model link by link, in one place: what each event takes of energy,
 * what distributions, moves, passes and steps take of time. The cost function
 * and its breakdown (cost.c), the bounds of the search (walk_tiles.c,
 * walk_arrays.c) and of design spaces (dse/bound.c) put in what they know: the
 * numbers of one mapping, or the least of many. Section numbers are
 * COST_MODEL's. */
#ifndef MAPPER_MODEL_H
#define MAPPER_MODEL_H

#include "base/checked.h"

#include "mapper/cost.h"

/* O comes and goes. */
static inline int ways_of(int operand)
{
	return operand == OPND_O ? 2 : 1;
}

/* --- energy (section 9) ----------------------------------------------------
 */

/* pJ of events. */
struct prices {
	double mac;                   /* a multiplication itself */
	double registers[OPND_COUNT]; /* its accesses of the operand */
	/* A word of the operand: over the network from or to a PE, in the
	 * scratchpad, from or to DRAM. */
	double noc[OPND_COUNT], spm[OPND_COUNT], dram[OPND_COUNT];
	/* An element of O added up across PEs, and an access of the register
	 * files for it. */
	double add, add_rf;
};
struct prices prices_of(const struct arch *arch);
/* Of a link of words, in the place of the seed's network. */
struct prices prices_at(const struct machine *machine, int link);
/* The same as if all that may skip a memory did, which bounds from below. */
struct prices prices_least(const struct arch *arch);
/* A multiplication and its accesses of the register files. */
double multiplication_pj(const struct prices *prices);

/* An operand between scratchpad and PEs: words in the scratchpad, words that
 * its network delivers, both so many ways, and elements added up. */
struct sent {
	int operand;
	double ways, words, delivered, added;
};

static inline double sent_pj(const struct prices *p, const struct sent *s)
{
	double way = p->noc[s->operand] * s->delivered +
		p->spm[s->operand] * s->words;
	return s->ways * way + p->add * s->added;
}

/* The same over a link, k times and by component; adds up to it but for
 * rounding. */
void sent_parts(const struct machine *machine, int link,
	const struct sent *sent, double k, double pj[COMPONENT_COUNT]);

/* Cycles of the operand's network for a distribution of so many words. */
static inline int64_t word_cycles(
	const struct link *link, int operand, int64_t words)
{
	return ceil_div(words, link->words[operand]);
}

/* Moving tiles and computing with others take turns. */
static inline bool moves_apart(const struct link *link)
{
	return link->overlap == OVERLAP_TURNS;
}

/* --- counts and times (sections 4, 6 and 8)
 * -----------------------------------------------
 */

#define NUMBER int64_t
#define NAMED(name) name##_whole
#include "mapper/model_links.h"

#define NUMBER double
#define NAMED(name) name##_real
#include "mapper/model_links.h"

#endif
