/* Ending a command early, by signals or by a time limit. What SIGINT, SIGTERM
 * and SIGHUP do depends on how far it is:
 *
 *   reading    they end the program: nothing is written
 *   searching  they end the search, as the limit does: what was found by then
 *              is written. A second one ends the program
 *   writing    they end the program once what is staged has gone
 *   written    they end the program at once, with the status that it would
 *              have in the end: what is written is whole
 *
 * On a terminal the first one is acknowledged at once. Signals that the caller
 * of the program has ignored stay ignored. */
#ifndef CLI_STOP_H
#define CLI_STOP_H

#include "cli/cli.h"
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
/* Until the program ends, whatever stop_release is told then. */
void stop_when_written(struct stop *stop, enum status status);
/* Back to what signals did before; a signal that came while writing ends the
 * program then. Safe at any time, and twice. */
void stop_release(struct stop *stop);
/* Ends the program by the signal that ended the search, if there was one, as if
 * it had not been handled: nothing is written. After stop_release. */
void stop_raise(const struct stop *stop);

/* The signal that came while writing; 0: none. */
const volatile sig_atomic_t *stop_interrupted(void);
/* "the time limit", "SIGINT"; NULL where there was no reason to end. */
const char *stop_cause(const struct stop *stop);

#endif
