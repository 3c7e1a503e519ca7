/* Checks what a search claims of a nest, by other means than the exact search:
 * the exhaustive one where that fits the time, otherwise bounds of its own
 * (docs/search.md, certificates). */
#ifndef ORACLE_PROOF_CHECK_H
#define ORACLE_PROOF_CHECK_H

#include "mapper/mapspace.h"
#include "mapper/search.h"

enum verdict {
	VERDICT_BRUTE,   /* confirmed by looking at every tiling */
	VERDICT_BOUNDS,  /* confirmed: all others are bounded from below */
	VERDICT_REFUTED, /* there is a better mapping */
	VERDICT_OPEN,    /* not decided in time */
	VERDICT_LARGE,   /* not decided: too many tiles for tables of bounds */
	VERDICT_COUNT
};
/* "confirmed by brute force", ... */
const char *verdict_name(enum verdict verdict);

/* What can be claimed of a nest: the best of each objective, and the front. */
enum { CLAIM_FRONT = OBJ_COUNT, CLAIM_COUNT };
/* "edp", "energy", "cycles", "front" */
const char *claim_name(int claim);

struct proof_claim {
	/* No mapping within the limits is below this value of the objective. */
	double least;
	/* Who is said to be the best, ties included; NULL: nobody. The
	 * exhaustive search checks ties, too; the bounds, values alone. */
	const struct candidate *winner;
	/* Of CLAIM_FRONT instead: to every mapping within the limits there is
	 * one of these with no more energy and no more cycles. Energies rise,
	 * cycles fall. */
	const struct candidate *front;
	size_t front_count;
};

struct proof_verdict {
	enum verdict verdict;
	/* VERDICT_REFUTED: the best, or some mapping that the front lacks. */
	struct candidate better;
	/* What was looked at: tilings costed (brute force: all); with bounds,
	 * also scratchpad tiles and array tiles that the bounds left. */
	int64_t tilings, tiles, arrays;
};

/* Checks the claims of the objectives in options->objectives (0: all), and of
 * the front with options->front, with options' rule, limits and stop. By
 * exhaustive search where space->tilings_fit is at most brute_most. Allocates
 * from ctx's arena; false with a diagnostic only. */
bool proof_check(struct ctx *ctx, const struct nest *nest,
	const struct arch *arch, const struct search_options *options,
	const struct mapspace *space, int64_t brute_most,
	const struct proof_claim claim[CLAIM_COUNT],
	struct proof_verdict out[CLAIM_COUNT]);

#endif
