/* Energy is whole and below 2^53 (cost_check), so that doubles hold the sums of
 * any order; cycles are added as whole numbers besides, and checked. */
#include "schedule/sum.h"

#include "base/checked.h"

void sum_add(struct sum *sum, const struct estimate *estimate, int64_t runs,
	double weight)
{
	int64_t cycles;
	sum->energy_pj += estimate->energy_pj * (double)runs * weight;
	if (!mul_ok(estimate->cycles, runs, &cycles)) {
		sum->cycles += (double)estimate->cycles * (double)runs * weight;
		sum->overflows = true;
		return;
	}
	sum->cycles += (double)cycles * weight;
	sum->overflows |=
		!add_ok(sum->whole_cycles, cycles, &sum->whole_cycles);
}

void sum_join(struct sum *sum, const struct sum *more)
{
	sum->energy_pj += more->energy_pj;
	sum->cycles += more->cycles;
	sum->overflows |= more->overflows ||
		!add_ok(sum->whole_cycles, more->whole_cycles,
			&sum->whole_cycles);
}

double sum_edp(const struct sum *sum)
{
	return sum->energy_pj * sum->cycles;
}
