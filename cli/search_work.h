/* How long the searches of a network's nests take, one against the other: for
 * the time left that is shown meanwhile. */
#ifndef CLI_SEARCH_WORK_H
#define CLI_SEARCH_WORK_H

#include "mapper/search.h"

/* [network->count], in the arena: of the exact search the number of tiles,
 * which it makes a table of; of one that enumerates the number of tilings. */
const double *search_work(
	struct ctx *ctx, const struct network *network, search_fn *search,
	enum tile_sizes tiles);

#endif
