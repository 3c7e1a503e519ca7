/* An EXPECTATION against itself: its energy and its time follow from its
 * counts.
 */
#ifndef ORACLE_ESTIMATE_H
#define ORACLE_ESTIMATE_H

#include "codegen/nwcfg.h"

/* The name of a number that does not follow from the counts by the cost model;
 * NULL: all do. operand: O, I, W of the program. */
const char *estimate_contradiction(const struct nwcfg_arch *arch,
	const struct nwcfg_program *program,
	const struct nwcfg_operand operand[3],
	const struct nwcfg_expectation *e);

#endif
