/* A thread of its own redraws the line, so that it moves while a search does
 * not report. */
#include "cli/progress.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

/* Seconds until the end, after so many; below 0: not known. */
static double seconds_left(const struct progress *p, double seconds)
{
	double done = 0, all = 0, left = -1;
	for (size_t i = 0; i < p->total; i++) {
		double work = p->work ? p->work[i] : 1;
		all += work;
		if (i < p->done)
			done += work;
	}
	if (done > 0)
		left = seconds * (all - done) / done;
	struct timespec now;
	if (p->deadline > 0 && clock_gettime(CLOCK_MONOTONIC, &now) == 0) {
		double limit = p->deadline - (double)now.tv_sec -
			1e-9 * (double)now.tv_nsec;
		limit = limit > 0 ? limit : 0;
		left = left < 0 || limit < left ? limit : left;
	}
	return left;
}

/* Of the sums over all that was begun; below 1: not known. */
static double gap_now(const struct progress *p)
{
	double value = 0, bound = 0;
	for (size_t i = 0; i < p->gaps; i++)
		if (p->bound[i] > 0) {
			value += p->value[i];
			bound += p->bound[i];
		}
	return bound > 0 ? value / bound : 0;
}

static void line_print(const struct progress *p, double seconds)
{
	double left = seconds_left(p, seconds), gap = gap_now(p);
	fprintf(stderr, "\r\033[K%s: ", p->what);
	if (p->total)
		fprintf(stderr, "%zu of %zu %s, ", p->done, p->total, p->of);
	fprintf(stderr, "%.0f s", seconds);
	if (p->done && seconds > 0)
		fprintf(stderr, ", %.3g %s/s", (double)p->done / seconds,
			p->of);
	if (gap >= 1)
		fprintf(stderr, ", gap %.3g %%", 100 * (gap - 1));
	/* It may be less and yet last: estimates are wrong, and what is ended
	 * has to come to an end. */
	if (left >= 1)
		fprintf(stderr, ", about %.0f s left", left);
	fflush(stderr);
}

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
		line_print(p, (double)(now.tv_sec - start.tv_sec));
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

void progress_expect(
	struct progress *p, size_t total, const double *work, double deadline)
{
	if (!p->shown)
		return;
	pthread_mutex_lock(&p->mutex);
	p->total = total;
	p->work = work;
	p->deadline = deadline;
	pthread_mutex_unlock(&p->mutex);
}

void progress_expect_gaps(
	struct progress *p, size_t gaps, double *value, double *bound)
{
	if (!p->shown)
		return;
	pthread_mutex_lock(&p->mutex);
	p->gaps = gaps;
	p->value = value;
	p->bound = bound;
	pthread_mutex_unlock(&p->mutex);
}

void progress_found(
	struct progress *p, size_t step, double value, double bound)
{
	if (!p->shown)
		return;
	pthread_mutex_lock(&p->mutex);
	if (step < p->gaps) {
		p->value[step] = value;
		p->bound[step] = bound;
	}
	pthread_mutex_unlock(&p->mutex);
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
