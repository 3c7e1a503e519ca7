/* How far a long step is, on a terminal: one line on standard error that
 * rewrites itself, from the second second on, and goes when the step ends.
 * Nothing where standard error is no terminal.
 *
 *   resnet50: searching: 12 of 24 nests, 8 s, 1.5 nests/s, gap 2.1 %, about 5 s
 *   left
 *
 * The gap is how much what was found may be above the least, over all that was
 * begun. The time left is not told where it is less than a second. */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

struct progress {
	bool shown; /* there is a thread that shows the line */
	pthread_t thread;
	pthread_mutex_t mutex; /* of all below */
	pthread_cond_t stopping;
	const char *what, *of;
	size_t done, total;
	const double *work; /* of each step, in any unit; NULL: alike */
	double deadline;    /* CLOCK_MONOTONIC, seconds; 0: none */
	/* Of each step that was begun, what was found and what nothing is
	 * below; 0: nothing yet. gaps: their number; 0: not asked. */
	size_t gaps;
	double *value, *bound;
	bool stop;
};

/* what: "searching", which the line begins with; of: "nests", what is counted;
 * both borrowed. The struct stays where it is until progress_stop. */
void progress_start(struct progress *progress, bool quiet, const char *what,
	const char *of);
/* What the time left is estimated from: the work of each of total steps, which
 * are done in this order by and large, and when all ends in any case. work:
 * [total], borrowed, or NULL; deadline: CLOCK_MONOTONIC, or 0. */
void progress_expect(struct progress *progress, size_t total,
	const double *work, double deadline);
/* Shows the gap of so many steps; value and bound: [gaps], zeroes, borrowed, by
 * progress_found. */
void progress_expect_gaps(struct progress *progress, size_t gaps,
	double *value, double *bound);
/* From any thread. */
void progress_found(struct progress *progress, size_t step, double value,
	double bound);
/* In the form of network_options.progress; from any thread. */
void progress_report(void *progress, size_t done, size_t total);
void progress_stop(struct progress *progress);

#endif
