/* The searches by their names. */
#include "lib/nestwright.h"

#include "oracle/search_brute.h"

const char *const search_names[] = {
	[SEARCH_EXACT] = "exact",
	[SEARCH_BRUTE] = "brute",
	[SEARCH_PRUNED] = "pruned",
	NULL,
};

search_fn *search_of(enum search_method method)
{
	static search_fn *const searches[] = {
		[SEARCH_EXACT] = search_exact,
		[SEARCH_BRUTE] = search_brute,
		[SEARCH_PRUNED] = search_pruned,
	};
	return searches[method];
}
