/* A search takes about as long as there are ways to split the bounds of its
 * nest. */
#include "cli/search_work.h"

#include <math.h>

/* Ways to split a number into so many factors: a prime to the power of e is
 * split in (e + factors - 1 over e) ways. */
static double splits_of(int64_t number, int factors)
{
	double splits = 1;
	for (int64_t p = 2; number > 1; p++) {
		if (p > number / p)
			p = number; /* what is left is a prime */
		for (int e = 1; number % p == 0; e++) {
			splits *= (double)(e + factors - 1) / e;
			number /= p;
		}
	}
	return splits;
}

/* About the different quotients of a number. */
static double padded_sizes(int64_t number)
{
	return 2 * sqrt((double)number) - 1;
}

const double *search_work(struct ctx *ctx, const struct network *network,
	search_fn *search, enum tile_sizes tiles)
{
	double *work = arena_array(&ctx->arena, network->count, sizeof *work);
	int factors = search == search_exact ? 2 : SEED_SLOTS;
	for (size_t i = 0; i < network->count; i++) {
		work[i] = 1;
		for (int l = 0; l < LOOP_COUNT; l++)
			work[i] *= tiles == TILES_PADDED
				? padded_sizes(network->nests[i].nest.bound[l])
				: splits_of(network->nests[i].nest.bound[l],
					  factors);
	}
	return work;
}
