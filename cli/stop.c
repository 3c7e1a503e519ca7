#include "cli/stop.h"

#include <string.h>
#include <time.h>

static const int numbers[STOP_SIGNALS] = {SIGINT, SIGTERM, SIGHUP};
enum { ENDS_SEARCH = 2 }; /* how many of them, from the first */

/* Signals that came, or 0: a handler can reach nothing else. */
static volatile sig_atomic_t while_searching, while_writing;

static void note_searching(int number)
{
	if (while_searching) {
		/* Takes effect when this handler returns. */
		signal(number, SIG_DFL);
		raise(number);
	}
	while_searching = number;
}

static void note_writing(int number)
{
	while_writing = number;
}

void stop_init(struct stop *stop, double limit_seconds)
{
	struct timespec now;
	*stop = (struct stop){.search.requested = &while_searching};
	if (limit_seconds > 0 && clock_gettime(CLOCK_MONOTONIC, &now) == 0)
		stop->search.deadline = (double)now.tv_sec +
			1e-9 * (double)now.tv_nsec + limit_seconds;
}

static void handle(struct stop *stop, void (*handler)(int), int count)
{
	for (int i = 0; i < STOP_SIGNALS && !stop->handled; i++)
		sigaction(numbers[i], NULL, &stop->before[i]);
	stop->handled = true;
	for (int i = 0; i < count; i++) {
		struct sigaction action = {
			.sa_handler = handler, .sa_flags = SA_RESTART};
		if (stop->before[i].sa_handler != SIG_IGN)
			sigaction(numbers[i], &action, NULL);
	}
}

void stop_when_searching(struct stop *stop)
{
	handle(stop, note_searching, ENDS_SEARCH);
}

void stop_when_writing(struct stop *stop)
{
	handle(stop, note_writing, STOP_SIGNALS);
}

void stop_release(struct stop *stop)
{
	for (int i = 0; i < STOP_SIGNALS && stop->handled; i++)
		sigaction(numbers[i], &stop->before[i], NULL);
	stop->handled = false;
	if (while_writing)
		raise(while_writing);
}

const volatile sig_atomic_t *stop_interrupted(void)
{
	return &while_writing;
}

const char *stop_cause(const struct stop *stop)
{
	if (while_searching)
		return while_searching == SIGINT ? "SIGINT" : "SIGTERM";
	return search_stopped(&stop->search) ? "the time limit" : NULL;
}
