#include "cli/progress.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

/* Shows the line until told to stop. A thread of its own, because a single
 * step may take minutes. */
static void *show(void *argument)
{
	struct progress *p = argument;
	bool shown = false;
	struct timespec start, next;
	clock_gettime(CLOCK_REALTIME, &start);
	next = start;
	next.tv_sec++;
	pthread_mutex_lock(&p->mutex);
	while (!p->stop) {
		struct timespec now;
		pthread_cond_timedwait(&p->stopping, &p->mutex, &next);
		clock_gettime(CLOCK_REALTIME, &now);
		if (p->stop || now.tv_sec < next.tv_sec)
			continue;
		fprintf(stderr, "\r\033[K%s: %zu of %zu %s, %lld s", p->what,
			p->done, p->total, p->of,
			(long long)(now.tv_sec - start.tv_sec));
		fflush(stderr);
		shown = true;
		next.tv_sec = now.tv_sec + 1;
	}
	pthread_mutex_unlock(&p->mutex);
	if (shown) {
		fputs("\r\033[K", stderr);
		fflush(stderr);
	}
	return NULL;
}

void progress_start(
	struct progress *p, bool quiet, const char *what, const char *of)
{
	*p = (struct progress){.what = what, .of = of};
	if (quiet || !isatty(STDERR_FILENO))
		return;
	pthread_mutex_init(&p->mutex, NULL);
	pthread_cond_init(&p->stopping, NULL);
	p->shown = pthread_create(&p->thread, NULL, show, p) == 0;
}

void progress_report(void *progress, size_t done, size_t total)
{
	struct progress *p = progress;
	if (!p->shown)
		return;
	pthread_mutex_lock(&p->mutex);
	p->done = done;
	p->total = total;
	pthread_mutex_unlock(&p->mutex);
}

void progress_stop(struct progress *p)
{
	if (!p->shown)
		return;
	pthread_mutex_lock(&p->mutex);
	p->stop = true;
	pthread_cond_signal(&p->stopping);
	pthread_mutex_unlock(&p->mutex);
	pthread_join(p->thread, NULL);
	pthread_cond_destroy(&p->stopping);
	pthread_mutex_destroy(&p->mutex);
	p->shown = false;
}
