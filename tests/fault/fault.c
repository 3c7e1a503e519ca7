/* A library for LD_PRELOAD that lets the n-th libc call of a kind fail, or kills
 * the program there. The environment chooses:
 *
 *   FAULT_KIND  a row of 'kinds'; 'disk' for all that touch files
 *   FAULT_AT    n, from 1
 *   FAULT_DO    'kill', 'short' (a write of half its bytes), or an errno
 *   FAULT_LAST  where set, all calls from the n-th on
 *   FAULT_MARK  a file that is made when it happens
 *
 * Calls that libc makes within itself (the write of a printf) pass by, but for
 * those for memory. */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum kind {
	OPEN,
	READ,
	WRITE,
	RENAME,
	LINK,
	UNLINK,
	MKDIR,
	FSYNC,
	CLOSE,
	LOOK,
	LIST,
	LOCK,
	DISK, /* any of those above */
	ALLOC,
	THREAD,
	KIND_COUNT
};
static const char *const kinds[KIND_COUNT] = {
	[OPEN] = "open",
	[READ] = "read",
	[WRITE] = "write",
	[RENAME] = "rename",
	[LINK] = "link",
	[UNLINK] = "unlink",
	[MKDIR] = "mkdir",
	[FSYNC] = "fsync",
	[CLOSE] = "close",
	[LOOK] = "look",
	[LIST] = "list",
	[LOCK] = "lock",
	[DISK] = "disk",
	[ALLOC] = "alloc",
	[THREAD] = "thread",
};

static enum kind chosen = KIND_COUNT;
static long at;
static int code; /* an errno */
static bool kills, shortens, lasts;
static const char *mark;
static atomic_long calls;

__attribute__((constructor)) static void begin(void)
{
	const char *kind = getenv("FAULT_KIND"), *n = getenv("FAULT_AT");
	const char *what = getenv("FAULT_DO");
	mark = getenv("FAULT_MARK");
	lasts = getenv("FAULT_LAST") != NULL;
	if (!kind || !n || !what)
		return;
	at = atol(n);
	kills = !strcmp(what, "kill");
	shortens = !strcmp(what, "short");
	code = atoi(what);
	for (int k = 0; k < KIND_COUNT; k++)
		if (!strcmp(kind, kinds[k]))
			chosen = (enum kind)k;
}

/* Whether this call is the one. */
static bool hit(enum kind kind)
{
	if (chosen != kind && !(chosen == DISK && kind < DISK))
		return false;
	long n = atomic_fetch_add(&calls, 1) + 1;
	if (lasts ? n < at : n != at)
		return false;
	if (mark)
		syscall(SYS_close,
			(int)syscall(SYS_openat, AT_FDCWD, mark,
				O_CREAT | O_WRONLY, 0666));
	if (kills)
		syscall(SYS_kill, (pid_t)syscall(SYS_getpid), SIGKILL);
	return !shortens;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
#define FAILS(kind, value) \
	do { \
		if (hit(kind)) { \
			errno = code; \
			return value; \
		} \
	} while (0)

/* --- files ------------------------------------------------------------------
 */

static mode_t mode_of(int flags, va_list ap)
{
	return flags & (O_CREAT | __O_TMPFILE) ? va_arg(ap, mode_t) : 0;
}

#define OPENS(name, arguments, ...) \
	int name arguments \
	{ \
		va_list ap; \
		va_start(ap, flags); \
		mode_t mode = mode_of(flags, ap); \
		va_end(ap); \
		FAILS(OPEN, -1); \
		return REAL(name)(__VA_ARGS__, mode); \
	}
OPENS(open, (const char *path, int flags, ...), path, flags)
OPENS(open64, (const char *path, int flags, ...), path, flags)
OPENS(openat, (int fd, const char *path, int flags, ...), fd, path, flags)
OPENS(openat64, (int fd, const char *path, int flags, ...), fd, path, flags)

#define CALL(kind, type, failure, name, parameters, ...) \
	type name parameters \
	{ \
		FAILS(kind, failure); \
		return REAL(name)(__VA_ARGS__); \
	}
CALL(OPEN, FILE *, NULL, fopen, (const char *path, const char *mode), path,
	mode)
CALL(OPEN, FILE *, NULL, tmpfile, (void), )
CALL(READ, ssize_t, -1, read, (int fd, void *to, size_t n), fd, to, n)
CALL(READ, ssize_t, -1, pread, (int fd, void *to, size_t n, off_t from), fd, to,
	n, from)
CALL(RENAME, int, -1, rename, (const char *old, const char *new), old, new)
CALL(RENAME, int, -1, renameat,
	(int from, const char *old, int to, const char *new), from, old, to,
	new)
CALL(LINK, int, -1, linkat,
	(int from, const char *old, int to, const char *new, int flags), from,
	old, to, new, flags)
CALL(LINK, int, -1, symlinkat, (const char *to, int fd, const char *name), to,
	fd, name)
CALL(UNLINK, int, -1, unlink, (const char *path), path)
CALL(UNLINK, int, -1, unlinkat, (int fd, const char *path, int flags), fd,
	path, flags)
CALL(UNLINK, int, -1, rmdir, (const char *path), path)
CALL(MKDIR, int, -1, mkdir, (const char *path, mode_t mode), path, mode)
CALL(MKDIR, int, -1, mkdirat, (int fd, const char *path, mode_t mode), fd,
	path, mode)
CALL(FSYNC, int, -1, fsync, (int fd), fd)
CALL(FSYNC, int, -1, syncfs, (int fd), fd)
CALL(WRITE, ssize_t, -1, pwrite,
	(int fd, const void *from, size_t n, off_t to), fd, from, n, to)
CALL(LOOK, int, -1, stat, (const char *path, struct stat *to), path, to)
CALL(LOOK, int, -1, lstat, (const char *path, struct stat *to), path, to)
CALL(LOOK, int, -1, fstat, (int fd, struct stat *to), fd, to)
CALL(LOOK, int, -1, fstatat,
	(int fd, const char *path, struct stat *to, int flags), fd, path, to,
	flags)
CALL(LOOK, ssize_t, -1, readlinkat,
	(int fd, const char *path, char *to, size_t n), fd, path, to, n)
CALL(LIST, DIR *, NULL, opendir, (const char *path), path)
CALL(LIST, DIR *, NULL, fdopendir, (int fd), fd)
CALL(LIST, struct dirent *, NULL, readdir, (DIR *dir), dir)
CALL(LOCK, int, -1, flock, (int fd, int how), fd, how)
CALL(WRITE, int, -1, ftruncate, (int fd, off_t length), fd, length)

ssize_t write(int fd, const void *bytes, size_t n)
{
	long before = atomic_load(&calls);
	FAILS(WRITE, -1);
	/* The call was counted and is the one: half of it. */
	bool half = shortens && n > 1 && before + 1 == at &&
		atomic_load(&calls) == at;
	return REAL(write)(fd, bytes, half ? n / 2 : n);
}

/* The descriptor is gone in any case. */
int close(int fd)
{
	bool fails = hit(CLOSE);
	int result = REAL(close)(fd);
	if (!fails)
		return result;
	errno = code;
	return -1;
}

/* --- memory and threads ----------------------------------------------------
 * By glibc's own names: dlsym may need memory itself. */

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);

#define MEMORY(name, parameters, ...) \
	void *name parameters \
	{ \
		FAILS(ALLOC, NULL); \
		return __libc_##name(__VA_ARGS__); \
	}
MEMORY(malloc, (size_t size), size)
MEMORY(calloc, (size_t count, size_t size), count, size)
MEMORY(realloc, (void *old, size_t size), old, size)

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
	void *(*run)(void *), void *arg)
{
	if (hit(THREAD))
		return code;
	return REAL(pthread_create)(thread, attributes, run, arg);
}
