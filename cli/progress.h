/* How far a long step is, on a terminal: one line on standard error that
 * rewrites itself, from the second second on, and goes when the step ends.
 * Nothing where standard error is no terminal. */
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
	bool stop;
};

/* what: "searching", which the line begins with; of: "nests", what is counted;
 * both borrowed. The struct stays where it is until progress_stop. */
void progress_start(struct progress *progress, bool quiet, const char *what,
	const char *of);
/* In the form of search_options.progress; from any thread. */
void progress_report(void *progress, size_t done, size_t total);
void progress_stop(struct progress *progress);

#endif
