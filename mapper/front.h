/* An energy-cycles front under way: the mappings taken so far that no other is
 * at most equal to in both, by rising energy and falling cycles; of equals the
 * smallest mapping (mapping_compare). */
#ifndef MAPPER_FRONT_H
#define MAPPER_FRONT_H

#include "mapper/search.h"

struct front {
	struct arena *arena; /* the points are in it */
	size_t count, capacity, cost_capacity;
	struct candidate *at;
	/* Costs of the points, once more: the search asks for little else, and
	 * very often. */
	struct front_cost {
		double energy_pj;
		int64_t cycles;
	} *cost;
};

/* Puts the candidate in if it belongs there, and takes out what it makes
 * worse. A candidate_fn of a struct front. */
void front_take(void *front, const struct candidate *candidate);

/* Whether every mapping of at least this energy and these cycles is worse than
 * a point: more of one, and no less of the other. Numbers are compared as the
 * exact search does (search_slack.h): bounds of equal ones are not worse. */
bool front_beats(const struct front *front, double pj, double cycles);

#endif
