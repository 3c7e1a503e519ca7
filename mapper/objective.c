/* Each function is a column of objectives.def. */
#include "mapper/objective.h"

#include <assert.h>

const char *const objective_names[OBJ_COUNT + 1] = {
#define OBJECTIVE(id, name, unit, exact, value, least, power) name,
#include "mapper/objectives.def"
#undef OBJECTIVE
	NULL,
};

const char *objective_name(enum objective objective)
{
	assert(objective < OBJ_COUNT);
	return objective_names[objective];
}

const char *objective_unit(enum objective objective)
{
	static const char *const units[] = {
#define OBJECTIVE(id, name, unit, exact, value, least, power) unit,
#include "mapper/objectives.def"
#undef OBJECTIVE
	};
	return units[objective];
}

double objective_value(enum objective objective, const struct estimate *e)
{
	const double values[] = {
#define OBJECTIVE(id, name, unit, exact, value, least, power) exact,
#include "mapper/objectives.def"
#undef OBJECTIVE
	};
	return values[objective];
}

double objective_times(enum objective objective, double value, double runs)
{
	static const int powers[] = {
#define OBJECTIVE(id, name, unit, exact, value, least, power) power,
#include "mapper/objectives.def"
#undef OBJECTIVE
	};
	double times = 1;
	for (int i = 0; i < powers[objective]; i++)
		times *= runs;
	return times * value;
}
