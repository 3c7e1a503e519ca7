/* Ending a compile early, by signals or by a time limit. What they do depends
 * on how far it is:
 *
 *   reading    a signal ends the program
 *   searching  the limit, SIGINT or SIGTERM end the search: what was found by
 *              then is written. A second signal ends the program
 *   writing    SIGINT, SIGTERM and SIGHUP end the program once what is staged
 *              has gone
 *
 * Signals that the caller of the program has ignored stay ignored. */
#ifndef CLI_STOP_H
#define CLI_STOP_H

#include "mapper/search.h"

enum { STOP_SIGNALS = 3 };

struct stop {
	struct search_stop search; /* for search_options */
	struct sigaction before[STOP_SIGNALS];
	bool handled; /* before is what stop_release restores */
};

/* limit_seconds: from now; 0: none. */
void stop_init(struct stop *stop, double limit_seconds);
void stop_when_searching(struct stop *stop);
void stop_when_writing(struct stop *stop);
/* Back to what signals did before; a signal that came while writing ends the
 * program then. Safe at any time, and twice. */
void stop_release(struct stop *stop);

/* The signal that came while writing; 0: none. */
const volatile sig_atomic_t *stop_interrupted(void);
/* "the time limit", "SIGINT"; NULL where the search was not ended early. */
const char *stop_cause(const struct stop *stop);

#endif
