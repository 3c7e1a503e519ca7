/* What a mapping may be best by: the rows of objectives.def. */
#ifndef MAPPER_OBJECTIVE_H
#define MAPPER_OBJECTIVE_H

#include "mapper/cost.h"

enum objective {
#define OBJECTIVE(id, name, unit, exact, value, least, power) OBJ_##id,
#include "mapper/objectives.def"
#undef OBJECTIVE
	OBJ_COUNT
};

/* "edp", "energy", "cycles"; and all, with NULL behind the last. */
const char *objective_name(enum objective objective);
extern const char *const objective_names[OBJ_COUNT + 1];
/* "pJ x cycles" */
const char *objective_unit(enum objective objective);

double objective_value(
	enum objective objective, const struct estimate *estimate);
/* Of energy and cycles that no estimate has. */
static inline double objective_of(
	enum objective objective, double pj, double cycles)
{
	switch (objective) {
#define OBJECTIVE(id, name, unit, exact, value, least, power) \
	case OBJ_##id:                                        \
		return value;
#include "mapper/objectives.def"
#undef OBJECTIVE
	case OBJ_COUNT:
		break;
	}
	return 0;
}
/* Of so many runs, where one has the value. */
double objective_times(enum objective objective, double value, double runs);

#endif
