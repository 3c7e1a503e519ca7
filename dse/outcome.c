#include "dse/outcome.h"

#include <math.h>

const char *outcome_name(enum outcome_kind kind)
{
	static const char *const names[] = {
		[OUTCOME_OPEN] = "open",
		[OUTCOME_SEARCHED] = "searched",
		[OUTCOME_MISFIT] = "infeasible",
		[OUTCOME_SETTLED] = "settled",
	};
	return names[kind];
}

void outcome_sum(const struct work *work, struct outcome *outcome)
{
	outcome->energy_pj = outcome->cycles = outcome->evaluated = 0;
	for (size_t i = 0; i < work->count; i++) {
		const struct nest_cost *cost = &outcome->nests[i];
		if (isnan(cost->energy_pj)) {
			outcome->kind = OUTCOME_MISFIT;
			outcome->misfit = i;
			return;
		}
		double runs = work->nests[i].runs;
		outcome->energy_pj += cost->energy_pj * runs;
		outcome->cycles += (double)cost->cycles * runs;
		outcome->evaluated += (double)cost->evaluated;
	}
	outcome->edp = outcome->energy_pj * outcome->cycles;
}
