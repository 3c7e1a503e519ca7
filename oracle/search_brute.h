/* The exhaustive search: a search_fn that looks at every tiling and every reuse
 * vector, for checking. Where a nest's padded tiles are more than the cost
 * model counts, it looks at perfect ones. */
#ifndef ORACLE_SEARCH_BRUTE_H
#define ORACLE_SEARCH_BRUTE_H

#include "mapper/search.h"

search_fn search_brute;

#endif
