/* The options that constrain a search: factors, orders and caps. */
#ifndef CLI_LIMIT_OPTIONS_H
#define CLI_LIMIT_OPTIONS_H

#include "cli/cli.h"
#include "mapper/limits.h"

option_take take_factor; /* struct limits: LEVEL:LOOP=N */
option_take take_forbid; /* struct limits: LEVEL:LOOPS */
option_take take_order;  /* struct limits: LEVEL:LOOPS */
option_take take_energy; /* double, above 0 */

/* Their rows, for a command whose options hold a struct limits at offset. */
/* clang-format off */
#define LIMIT_OPTIONS(offset) \
	{.name = "fix", .values = "LEVEL:LOOP=N", .take = take_factor, \
	 .help = "search only mappings with factor N of a loop at DRAM, SPM, " \
		 "RF or SPATIAL, as in SPATIAL:M=16; N may be 'all', the " \
		 "loop's bound; several with commas, or by repeating it", \
	 .field = (offset)}, \
	{.name = "forbid", .values = "LEVEL:LOOPS", .take = take_forbid, \
	 .help = "search only mappings that keep the loops out of the level, " \
		 "as in SPATIAL:C,Fx,Fy", \
	 .field = (offset)}, \
	{.name = "order", .values = "LEVEL:LOOPS", .take = take_order, \
	 .help = "search only mappings with this order of the loops of DRAM " \
		 "or SPM, outermost first; loops left out come before those " \
		 "named", \
	 .field = (offset)}, \
	{.name = "max-cycles", .values = "N", .take = take_positive, \
	 .help = "search only mappings that take at most N cycles, each nest " \
		 "run once", \
	 .field = (offset) + offsetof(struct limits, max_cycles)}, \
	{.name = "max-energy", .values = "PJ", .take = take_energy, \
	 .help = "search only mappings that take at most PJ pJ, each nest run " \
		 "once", \
	 .field = (offset) + offsetof(struct limits, max_energy_pj)}
/* clang-format on */

#endif
