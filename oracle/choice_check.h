/* Checks that no choice of points for a network is better than a claimed one,
 * by other means than network_choice.c: all trade-offs that a weighted sum can
 * find, by cutting chords, and under a cap the choices that the duality bound
 * of the edge at the cap leaves, one by one. */
#ifndef ORACLE_CHOICE_CHECK_H
#define ORACLE_CHOICE_CHECK_H

#include "oracle/proof_check.h"
#include "schedule/network_choice.h"

/* A point that a task may take, over all its runs. */
struct choice_point {
	int64_t energy_pj, cycles;
};

struct choice_task {
	size_t count; /* at least 1 */
	const struct choice_point *points;
};

/* claim: of the network, at the claimed choice. VERDICT_BOUNDS: no choice
 * within the cap has less of what the goal makes least. VERDICT_REFUTED:
 * *better has, or the claim itself breaks the cap or is below all.
 * VERDICT_OPEN: not decided before stop, or sums leave 61 bits. */
enum verdict choice_check(struct ctx *ctx, const struct network_goal *goal,
	size_t count, const struct choice_task *tasks,
	const struct choice_point *claim, const struct search_stop *stop,
	struct choice_point *better);

/* Whether the points, of rising energy, are the lower hull of all choices' sums:
 * its ends, and on its edges, which no choice is below. False also where sums
 * leave 61 bits. */
bool hull_check(struct ctx *ctx, size_t count, const struct choice_task *tasks,
	size_t vertices, const struct choice_point *vertex);

#endif
