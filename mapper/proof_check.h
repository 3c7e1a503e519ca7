/* Checks what a search claims of a nest, by other means than the exact search:
 * the exhaustive one where that fits the time, otherwise bounds of its own
 * (docs/search.md, certificates). */
#ifndef MAPPER_PROOF_CHECK_H
#define MAPPER_PROOF_CHECK_H

#include "mapper/mapspace.h"
#include "mapper/search.h"

enum verdict {
	VERDICT_BRUTE,   /* confirmed by looking at every tiling */
	VERDICT_BOUNDS,  /* confirmed: all others are bounded from below */
	VERDICT_REFUTED, /* there is a better mapping */
	VERDICT_OPEN,    /* not decided in time, or too many tiles */
	VERDICT_COUNT
};
/* "confirmed by brute force", ... */
const char *verdict_name(enum verdict verdict);

/* No mapping within the limits is below this value of the objective. */
struct proof_claim {
	double least;
	/* Who is said to be the best, ties included; NULL: nobody. The
	 * exhaustive search checks ties, too; the bounds, values alone. */
	const struct candidate *winner;
};

struct proof_verdict {
	enum verdict verdict;
	struct candidate better; /* VERDICT_REFUTED */
	/* What was looked at: tilings costed (brute force: all); with bounds,
	 * also scratchpad tiles and array tiles that the bounds left. */
	int64_t tilings, tiles, arrays;
};

/* Checks the claims of the objectives in options->objectives (0: all), with
 * options' rule, limits and stop. By exhaustive search where space->tilings_fit
 * is at most brute_most. Allocates from ctx's arena; false with a diagnostic
 * only. */
bool proof_check(struct ctx *ctx, const struct nest *nest,
	const struct arch *arch, const struct search_options *options,
	const struct mapspace *space, int64_t brute_most,
	const struct proof_claim claim[OBJ_COUNT],
	struct proof_verdict out[OBJ_COUNT]);

#endif
