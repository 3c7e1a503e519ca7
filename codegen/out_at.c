/* Files below descriptors of folders. Names may have one folder in them that
 * the caller has made. */
#define _GNU_SOURCE /* syncfs */
#include "codegen/out_parts.h"

#include "base/digest.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { REMOVE_DEPTH = 8, COPY_BYTES = 1 << 16 };

int at_folder(int at, const char *name)
{
	return openat(
		at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

int at_folder_make(int at, const char *name)
{
	if (mkdirat(at, name, 0777) != 0 && errno != EEXIST)
		return -1;
	return at_folder(at, name);
}

int at_parent(int at, const char *name, const char **base)
{
	char folder[NAME_MAX + 1];
	const char *slash = strchr(name, '/');
	*base = slash ? slash + 1 : name;
	if (!slash)
		return fcntl(at, F_DUPFD_CLOEXEC, 0);
	size_t length = (size_t)(slash - name);
	if (length > NAME_MAX) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(folder, name, length);
	folder[length] = '\0';
	return at_folder(at, folder);
}

/* Closes a descriptor of at_parent's and leaves errno as it is. */
static bool parent_close(int fd, bool ok)
{
	int why = errno;
	close(fd);
	errno = why;
	return ok;
}

bool at_unlink(int at, const char *name)
{
	const char *base;
	int fd = at_parent(at, name, &base);
	return fd >= 0 && parent_close(fd, unlinkat(fd, base, 0) == 0);
}

bool at_rename(int from, const char *name, int to, const char *end)
{
	const char *base;
	int fd = at_parent(to, end, &base);
	return fd >= 0 && parent_close(fd, renameat(from, name, fd, base) == 0);
}

static bool bytes_write(int fd, const char *bytes, size_t length)
{
	while (length) {
		ssize_t n = write(fd, bytes, length);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		bytes += n;
		length -= (size_t)n;
	}
	return true;
}

bool at_flush_all(int fd)
{
	return syncfs(fd) == 0 || errno == EINVAL || errno == ENOSYS ||
		errno == EROFS;
}

/* Some file systems notice here only that they are full; some devices have
 * nothing to flush. */
bool at_flush(int fd)
{
	return fsync(fd) == 0 || errno == EINVAL || errno == ENOTSUP ||
		errno == EROFS;
}

/* Closes a file that was written; false with errno, and no file. */
static bool put_end(int at, const char *name, int fd, bool good, bool flush)
{
	int why = errno;
	if (good && flush && !at_flush(fd)) {
		good = false;
		why = errno;
	}
	if (close(fd) != 0 && good) {
		good = false;
		why = errno;
	}
	if (good)
		return true;
	unlinkat(at, name, 0);
	errno = why;
	return false;
}

static int put_begin(int at, const char *name)
{
	return openat(at, name,
		O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
}

static bool put(int at, const char *name, const void *bytes, size_t length,
	bool flush)
{
	int fd = put_begin(at, name);
	if (fd < 0)
		return false;
	return put_end(at, name, fd, bytes_write(fd, bytes, length), flush);
}

bool at_stage(int at, const char *name, const void *bytes, size_t length)
{
	return put(at, name, bytes, length, false);
}

bool at_put(int at, const char *name, const void *bytes, size_t length)
{
	return put(at, name, bytes, length, true);
}

static bool copy(int from, const char *name, int to, const char *end)
{
	char bytes[COPY_BYTES];
	int in = openat(from, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (in < 0)
		return false;
	int out = put_begin(to, end);
	ssize_t n = -1;
	while (out >= 0 && (n = read(in, bytes, sizeof bytes)) > 0)
		if (!bytes_write(out, bytes, (size_t)n)) {
			n = -1;
			break;
		}
	int why = errno;
	close(in);
	errno = why;
	return out >= 0 && put_end(to, end, out, n == 0, true);
}

static bool keep(int from, const char *name, int to, const char *end)
{
	char target[PATH_MAX];
	if (linkat(from, name, to, end, 0) == 0)
		return true;
	if (errno == ENOENT || errno == EEXIST || errno == ENOSPC)
		return false;
	ssize_t n = readlinkat(from, name, target, sizeof target - 1);
	if (n < 0)
		return errno == EINVAL && copy(from, name, to, end);
	target[n] = '\0';
	return symlinkat(target, to, end) == 0;
}

bool at_keep(int from, const char *name, int to, const char *end)
{
	const char *base;
	int fd = at_parent(from, name, &base);
	return fd >= 0 && parent_close(fd, keep(fd, base, to, end));
}

bool at_each(int at, const char *name, bool (*take)(void *arg, const char *name),
	void *arg)
{
	int fd = at_folder(at, name);
	DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
	bool ok = dir != NULL;
	if (!dir)
		return fd >= 0 && parent_close(fd, false);
	while (ok) {
		errno = 0;
		struct dirent *d = readdir(dir);
		if (!d) {
			ok = errno == 0;
			break;
		}
		ok = !strcmp(d->d_name, ".") || !strcmp(d->d_name, "..") ||
			take(arg, d->d_name);
	}
	int why = errno;
	closedir(dir);
	errno = why;
	return ok;
}

/* A folder that is emptied; how much deeper it may go. */
struct remove {
	int at;
	int depth;
};

static bool remove_below(void *arg, const char *name)
{
	const struct remove *outer = arg;
	if (unlinkat(outer->at, name, 0) == 0 || errno == ENOENT)
		return true;
	int why = errno;
	struct remove inner = {.at = at_folder(outer->at, name),
		.depth = outer->depth - 1};
	if (inner.at < 0) {
		errno = why;
		return false;
	}
	/* What cannot be removed keeps its folder: that is told then. */
	if (inner.depth)
		at_each(inner.at, ".", remove_below, &inner);
	close(inner.at);
	return unlinkat(outer->at, name, AT_REMOVEDIR) == 0 || errno == ENOENT;
}

bool at_remove(int at, const char *name)
{
	return remove_below(
		&(struct remove){.at = at, .depth = REMOVE_DEPTH}, name);
}

int at_there(int at, const char *name)
{
	struct stat st;
	const char *base;
	int fd = at_parent(at, name, &base);
	bool there = fd >= 0 &&
		parent_close(
			fd, fstatat(fd, base, &st, AT_SYMLINK_NOFOLLOW) == 0);
	return there ? 1
		: errno == ENOENT || errno == ENOTDIR || errno == ELOOP ? 0
									 : -1;
}

bool at_is(int at, const char *name, size_t length, const char *hex)
{
	char bytes[COPY_BYTES], got[DIGEST_HEX + 1];
	struct digest digest;
	const char *base;
	int parent = at_parent(at, name, &base);
	int fd = parent < 0
		? -1
		: openat(parent, base,
			  O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	ssize_t n = -1;
	size_t sum = 0;
	if (parent >= 0)
		close(parent);
	if (fd < 0)
		return false;
	digest_begin(&digest);
	while (sum <= length && (n = read(fd, bytes, sizeof bytes)) > 0) {
		digest_add(&digest, bytes, (size_t)n);
		sum += (size_t)n;
	}
	close(fd);
	digest_end(&digest, got);
	return n == 0 && sum == length && strcmp(got, hex) == 0;
}
