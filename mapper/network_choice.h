/* One mapping for every nest of a network, so that the network as a whole is
 * best: points of the nests' energy-cycles fronts. Equal layers are one nest
 * and share their mapping; its energy and cycles count once per instance. */
#ifndef MAPPER_NETWORK_CHOICE_H
#define MAPPER_NETWORK_CHOICE_H

#include "mapper/search.h"

struct network_choice {
	size_t *point; /* [network->count], index in the nest's front */
	int64_t energy_pj, cycles; /* of the network */
	/* No choice is better; where the fronts are not proven, of theirs. */
	bool proven;
	int64_t bound_pj; /* of choose_within: no choice needs less energy */
};

/* The choice of least (sum of energy) x (sum of cycles); of equals, the one of
 * fewest cycles. In the arena; false with a diagnostic where a sum leaves
 * int64_t. results: feasible, with fronts. */
bool choose_network_edp(struct ctx *ctx, const struct network *network,
	const struct search_result *results, struct network_choice *out);

/* The choice of least energy that takes at most max_cycles; of equals, the one
 * of fewest cycles. False with a diagnostic where a sum leaves int64_t, or
 * where no choice takes so few; it names the fewest. */
bool choose_within_cycles(struct ctx *ctx, const struct network *network,
	const struct search_result *results, int64_t max_cycles,
	struct network_choice *out);

#endif
