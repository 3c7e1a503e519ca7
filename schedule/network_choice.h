/* One form and mapping for every task of a network, so that the network as a
 * whole is best: points of the energy-cycles fronts of the forms' nests. Equal
 * layers are one task and share their mapping; its energy and cycles count once
 * per instance. A task that does not run costs nothing; its mapping is the one
 * best by itself. Fronts are those of results[network->count]; every task has a
 * form that is feasible. */
#ifndef SCHEDULE_NETWORK_CHOICE_H
#define SCHEDULE_NETWORK_CHOICE_H

#include "mapper/search.h"

/* What is to be least of all choices within the cap; of equals fewer cycles,
 * then less energy. */
enum network_aim {
	AIM_EDP,    /* sum of energy x sum of cycles; the cap is on cycles */
	AIM_ENERGY, /* energy; the cap is on cycles */
	AIM_CYCLES, /* cycles; the cap is on energy */
	AIM_COUNT
};

/* "network-edp", "network-energy", "network-cycles" */
const char *network_aim_name(enum network_aim aim);
/* What a nest alone would be searched for, and the aim of that objective. */
enum objective network_aim_objective(enum network_aim aim);
enum network_aim network_aim_of(enum objective objective);

struct network_goal {
	enum network_aim aim;
	int64_t cap; /* cycles or pJ of the network; 0: none */
};

/* A form of a task, and a point of the front of its nest. */
struct network_pick {
	size_t form, point;
};

struct network_choice {
	struct network_goal goal;
	struct network_pick *pick; /* [network->task_count] */
	int64_t energy_pj, cycles; /* of the network */
	/* No choice is better; where the fronts are not proven, of theirs. */
	bool proven;
	/* No choice has less of what the goal makes least. */
	double bound;
};

/* In the arena. False with a diagnostic at loc where a sum leaves int64_t, or
 * where no choice keeps to the cap; it names the least cap that one does. */
bool network_choose(struct ctx *ctx, const struct loc *loc,
	const struct network *network, const struct search_result *results,
	const struct network_goal *goal, struct network_choice *out);

/* A trade-off of the network that no weighted sum of energy and cycles
 * improves: a vertex of the lower convex hull of all choices. */
struct network_vertex {
	int64_t energy_pj, cycles;
	const struct network_pick *pick; /* as above */
};

/* All vertices, rising energy and falling cycles; in the arena. False with a
 * diagnostic where a sum leaves int64_t. */
bool network_hull(struct ctx *ctx, const struct loc *loc,
	const struct network *network, const struct search_result *results,
	struct network_vertex **out, size_t *count);

#endif
