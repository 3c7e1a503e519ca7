/* Signal handlers that set a flag, and the clock that a time limit reads. */
#include "cli/stop.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const int numbers[STOP_SIGNALS] = {SIGINT, SIGTERM, SIGHUP};
static const char *const names[STOP_SIGNALS] = {"SIGINT", "SIGTERM", "SIGHUP"};

/* Seconds from a signal, or the limit, in which a nest without a mapping may
 * still find one. With what writing takes, half a second is the most that a
 * program should take to end. */
static const double grace_seconds = 0.1;

/* Signals that came, or 0; since when, in ns; what the program ends with; on a
 * terminal, what is said: a handler can reach nothing else. */
static volatile sig_atomic_t while_searching, while_writing, written_status;
static _Atomic int64_t asked_ns;
static volatile sig_atomic_t on_terminal;

static int64_t now_ns(void)
{
	struct timespec now;
	if (clock_gettime(CLOCK_MONOTONIC, &now) != 0)
		return 0;
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static const char *name_of(int number)
{
	for (int i = 0; i < STOP_SIGNALS; i++)
		if (numbers[i] == number)
			return names[i];
	return "";
}

static void say(const char *text)
{
	if (write(STDERR_FILENO, text, strlen(text)) < 0)
		return; /* the terminal is gone */
}

/* Clears the line of progress first. */
static void acknowledge(int number)
{
	if (!on_terminal)
		return;
	say("\r\033[K");
	say(name_of(number));
	say(": ending; once more ends at once, without outputs\n");
}

static void note_searching(int number)
{
	int error = errno;
	if (while_searching) {
		/* Takes effect when this handler returns. */
		signal(number, SIG_DFL);
		raise(number);
	} else {
		atomic_store(&asked_ns, now_ns());
		while_searching = number;
		acknowledge(number);
	}
	errno = error;
}

static void note_writing(int number)
{
	while_writing = number;
}

static void note_written(int number)
{
	(void)number;
	_exit((int)written_status);
}

void stop_init(struct stop *stop, double limit_seconds)
{
	*stop = (struct stop){.search = {.requested = &while_searching,
				      .requested_ns = &asked_ns,
				      .grace = grace_seconds}};
	if (limit_seconds > 0)
		stop->search.deadline =
			1e-9 * (double)now_ns() + limit_seconds;
	on_terminal = isatty(STDERR_FILENO);
}

static void handle(struct stop *stop, void (*handler)(int))
{
	for (int i = 0; i < STOP_SIGNALS && !stop->handled; i++)
		sigaction(numbers[i], NULL, &stop->before[i]);
	stop->handled = true;
	for (int i = 0; i < STOP_SIGNALS; i++) {
		struct sigaction action = {
			.sa_handler = handler, .sa_flags = SA_RESTART};
		if (stop->before[i].sa_handler != SIG_IGN)
			sigaction(numbers[i], &action, NULL);
	}
}

void stop_when_searching(struct stop *stop)
{
	handle(stop, note_searching);
}

void stop_when_writing(struct stop *stop)
{
	handle(stop, note_writing);
}

void stop_when_written(struct stop *stop, enum status status)
{
	written_status = (sig_atomic_t)status;
	handle(stop, note_written);
	stop->handled = false;
	/* What came while files were renamed came too late. */
	while_writing = 0;
}

void stop_release(struct stop *stop)
{
	for (int i = 0; i < STOP_SIGNALS && stop->handled; i++)
		sigaction(numbers[i], &stop->before[i], NULL);
	stop->handled = false;
	if (while_writing)
		raise(while_writing);
}

void stop_raise(const struct stop *stop)
{
	(void)stop;
	if (while_searching)
		raise(while_searching);
}

const volatile sig_atomic_t *stop_interrupted(void)
{
	return &while_writing;
}

const char *stop_cause(const struct stop *stop)
{
	if (while_searching)
		return name_of(while_searching);
	return search_stopped(&stop->search) ? "the time limit" : NULL;
}
