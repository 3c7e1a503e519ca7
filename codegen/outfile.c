#include "codegen/outfile.h"

#include "ir/diag.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>

struct out_entry {
	const char *name;       /* within the folder, as the caller gave it */
	const char *temp, *end; /* paths */
	bool seal, renamed;
};

struct out_sweep {
	const char *folder;
	bool (*ours)(const char *name);
};

static bool path_error(struct ctx *ctx, const char *path, const char *format,
	const char *reason)
{
	const struct loc loc = {.file = path};
	return diag_error(ctx, &loc, format, reason);
}

static const char *path_join(struct ctx *ctx, const char *dir, const char *name)
{
	size_t n = strlen(dir);
	const char *slash = n && dir[n - 1] == '/' ? "" : "/";
	return arena_printf(&ctx->arena, "%s%s%s", dir, slash, name);
}

/* Makes one folder; true when it is there in the end. */
static bool folder_make(struct ctx *ctx, struct out_set *out, const char *path)
{
	struct stat st;
	if (mkdir(path, 0777) == 0) {
		out->made_dir = arena_grow(&ctx->arena, (void *)out->made_dir,
			out->made_dirs, &out->made_capacity, out->made_dirs + 1,
			sizeof *out->made_dir);
		out->made_dir[out->made_dirs++] =
			arena_strdup(&ctx->arena, path);
		return true;
	}
	int why = errno;
	if (stat(path, &st) == 0) {
		if (S_ISDIR(st.st_mode))
			return true;
		return path_error(ctx, path, "%s",
			"a file stands where the output folder should be");
	}
	return path_error(
		ctx, path, "cannot make the output folder: %s", strerror(why));
}

static bool folders_make(struct ctx *ctx, struct out_set *out, const char *dir)
{
	char *path = arena_strdup(&ctx->arena, dir);
	for (char *p = path + 1; *p; p++) {
		if (*p != '/' || p[-1] == '/')
			continue;
		*p = '\0';
		bool made = folder_make(ctx, out, path);
		*p = '/';
		if (!made)
			return false;
	}
	return folder_make(ctx, out, path);
}

bool out_open(struct ctx *ctx, const char *dir, struct out_set *out)
{
	*out = (struct out_set){.dir = dir, .lock = -1};
	if (!*dir)
		return path_error(
			ctx, NULL, "%s", "the output folder's name is empty");
	if (!folders_make(ctx, out, dir))
		return false;
	/* access() asks with the real user's rights and trusts the mode bits;
	 * a file that was made is proof. */
	const char *probe = path_join(ctx, dir, ".nestwright.tmp");
	unlink(probe);
	int fd = open(probe, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (fd < 0)
		return path_error(ctx, dir,
			"cannot write into the output folder: %s",
			strerror(errno));
	close(fd);
	unlink(probe);
	return true;
}

static bool interrupted(struct ctx *ctx, const struct out_set *out)
{
	return out->interrupted && *out->interrupted &&
		!path_error(ctx, out->dir, "%s",
			"interrupted, nothing was written");
}

enum { LOCK_TRIES = 1500, LOCK_PAUSE_NS = 20000000 };

/* Waits for other runs that write into the folder; a limit, since two runs
 * could wait for each other's second folder. A file system without locks does
 * without. */
static bool folder_lock(struct ctx *ctx, struct out_set *out)
{
	const struct timespec pause = {.tv_nsec = LOCK_PAUSE_NS};
	if (out->lock >= 0)
		return true;
	out->lock = open(out->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (out->lock < 0)
		return path_error(ctx, out->dir,
			"cannot open the output folder: %s", strerror(errno));
	for (int i = 0; i < LOCK_TRIES; i++) {
		if (flock(out->lock, LOCK_EX | LOCK_NB) == 0 ||
			errno != EWOULDBLOCK)
			return true;
		if (interrupted(ctx, out))
			return false;
		nanosleep(&pause, NULL);
	}
	return path_error(ctx, out->dir, "%s",
		"another run is writing into the output folder");
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
	/* Some file systems notice here only that they are full; some devices
	 * have nothing to flush. */
	return fsync(fd) == 0 || errno == EINVAL || errno == ENOTSUP;
}

static bool stage(struct ctx *ctx, struct out_set *out, const char *name,
	const void *bytes, size_t length, bool seal)
{
	if (interrupted(ctx, out))
		return false;
	for (size_t i = 0; i < out->count; i++)
		if (strcmp(out->entries[i].name, name) == 0)
			return path_error(ctx, path_join(ctx, out->dir, name),
				"%s", "two results would go into this file");
	if (!folder_lock(ctx, out))
		return false;
	const char *slash = strrchr(name, '/'),
		   *base = slash ? slash + 1 : name;
	const char *folder = out->dir;
	if (slash) {
		folder = path_join(ctx, out->dir,
			arena_strndup(
				&ctx->arena, name, (size_t)(slash - name)));
		if (!folder_make(ctx, out, folder))
			return false;
	}
	const char *temp = arena_printf(&ctx->arena, ".%s.tmp", base);
	struct out_entry entry = {
		.name = arena_strdup(&ctx->arena, name),
		.temp = path_join(ctx, folder, temp),
		.end = path_join(ctx, folder, base),
		.seal = seal,
	};
	struct stat st;
	if (lstat(entry.end, &st) == 0 && S_ISDIR(st.st_mode))
		return path_error(ctx, entry.end, "%s",
			"a folder stands where the output file should be");
	unlink(entry.temp);
	int fd =
		open(entry.temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (fd < 0)
		return path_error(
			ctx, entry.end, "cannot write: %s", strerror(errno));
	out->entries = arena_grow(&ctx->arena, out->entries, out->count,
		&out->capacity, out->count + 1, sizeof *out->entries);
	out->entries[out->count++] = entry;
	bool written = bytes_write(fd, bytes, length);
	int why = errno;
	if (close(fd) != 0 && written) {
		written = false;
		why = errno;
	}
	return written ||
		path_error(ctx, entry.end, "cannot write: %s", strerror(why));
}

bool out_write(struct ctx *ctx, struct out_set *out, const char *name,
	const void *bytes, size_t length)
{
	return stage(ctx, out, name, bytes, length, false);
}

bool out_seal(struct ctx *ctx, struct out_set *out, const char *name,
	const void *bytes, size_t length)
{
	return stage(ctx, out, name, bytes, length, true);
}

void out_sweep(struct ctx *ctx, struct out_set *out, const char *folder,
	bool (*ours)(const char *name))
{
	out->sweep = arena_grow(&ctx->arena, out->sweep, out->sweeps,
		&out->sweep_capacity, out->sweeps + 1, sizeof *out->sweep);
	out->sweep[out->sweeps++] = (struct out_sweep){
		.folder = arena_strdup(&ctx->arena, folder), .ours = ours};
}

void out_remove(struct ctx *ctx, struct out_set *out, const char *name)
{
	out->removal = arena_grow(&ctx->arena, out->removal, out->removals,
		&out->removal_capacity, out->removals + 1,
		sizeof *out->removal);
	out->removal[out->removals++] = arena_strdup(&ctx->arena, name);
}

static bool is_staged(
	const struct out_set *out, const char *folder, const char *base)
{
	size_t n = strlen(folder);
	for (size_t i = 0; i < out->count; i++) {
		const char *name = out->entries[i].name;
		if (strncmp(name, folder, n) == 0 && name[n] == '/' &&
			strcmp(name + n + 1, base) == 0)
			return true;
	}
	return false;
}

/* '.NAME.tmp' -> 'NAME'; NULL for any other name. */
static const char *temp_of(struct ctx *ctx, const char *base)
{
	size_t n = strlen(base);
	if (n < 6 || base[0] != '.' || strcmp(base + n - 4, ".tmp") != 0)
		return NULL;
	return arena_strndup(&ctx->arena, base + 1, n - 5);
}

/* What cannot be removed stays: the new files are complete without. */
static void sweep(struct ctx *ctx, const struct out_set *out,
	const struct out_sweep *what)
{
	DIR *dir = opendir(path_join(ctx, out->dir, what->folder));
	if (!dir)
		return;
	for (struct dirent *d; (d = readdir(dir));) {
		const char *temp = temp_of(ctx, d->d_name);
		if (temp ? what->ours(temp)
			 : what->ours(d->d_name) &&
					!is_staged(
						out, what->folder, d->d_name))
			unlinkat(dirfd(dir), d->d_name, 0);
	}
	closedir(dir);
}

static void removals_do(struct ctx *ctx, const struct out_set *out)
{
	for (size_t i = 0; i < out->removals; i++) {
		bool staged = false;
		for (size_t k = 0; k < out->count; k++)
			staged |=
				!strcmp(out->entries[k].name, out->removal[i]);
		if (!staged)
			unlink(path_join(ctx, out->dir, out->removal[i]));
	}
}

static bool rename_all(struct ctx *ctx, struct out_set *out, bool seals)
{
	for (size_t i = 0; i < out->count; i++) {
		struct out_entry *e = &out->entries[i];
		if (e->seal != seals)
			continue;
		if (rename(e->temp, e->end) != 0)
			return path_error(ctx, e->end, "cannot write: %s",
				strerror(errno));
		e->renamed = true;
	}
	return true;
}

static bool commit(struct ctx *ctx, struct out_set *out)
{
	for (size_t i = 0; i < out->count; i++) {
		const struct out_entry *e = &out->entries[i];
		if (e->seal && unlink(e->end) != 0 && errno != ENOENT)
			return path_error(ctx, e->end,
				"cannot replace the file: %s", strerror(errno));
	}
	if (!rename_all(ctx, out, false))
		return false;
	for (size_t i = 0; i < out->sweeps; i++)
		sweep(ctx, out, &out->sweep[i]);
	removals_do(ctx, out);
	return rename_all(ctx, out, true);
}

bool out_commit(struct ctx *ctx, struct out_set *out)
{
	if (interrupted(ctx, out))
		return false;
	sigset_t wait, old;
	sigemptyset(&wait);
	sigaddset(&wait, SIGINT);
	sigaddset(&wait, SIGTERM);
	sigaddset(&wait, SIGHUP);
	pthread_sigmask(SIG_BLOCK, &wait, &old);
	out->committed = commit(ctx, out);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return out->committed;
}

void out_discard(struct out_set *out)
{
	for (size_t i = 0; i < out->count; i++)
		if (!out->entries[i].renamed)
			unlink(out->entries[i].temp);
	/* Innermost first; one that has files in it by now stays. */
	if (!out->committed)
		for (size_t i = out->made_dirs; i-- > 0;)
			rmdir(out->made_dir[i]);
	if (out->lock >= 0)
		close(out->lock);
	out->count = out->made_dirs = out->sweeps = out->removals = 0;
	out->lock = -1;
}

size_t out_count(const struct out_set *out)
{
	return out->count;
}

const char *out_name(const struct out_set *out, size_t index)
{
	return out->entries[index].name;
}

bool out_same_folder(const struct out_set *out, const char *dir)
{
	struct stat a, b;
	return stat(out->dir, &a) == 0 && stat(dir, &b) == 0 &&
		a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

static bool is_plain(unsigned char c)
{
	/* Not isalnum(): the same name in every locale. */
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		(c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
}

enum { NAME_BYTES = 80, MARK_BYTES = 9 };

const char *out_safe_name(struct ctx *ctx, const char *name)
{
	size_t length = strlen(name), n = 0;
	char *safe = arena_alloc(&ctx->arena, length + MARK_BYTES + 1);
	bool gap = false;
	for (size_t i = 0; i < length; i++) {
		if (!is_plain((unsigned char)name[i])) {
			gap = n > 0;
			continue;
		}
		if (n == 0 && (name[i] == '.' || name[i] == '-'))
			continue;
		if (gap && safe[n - 1] != '_' && name[i] != '_')
			safe[n++] = '_';
		gap = false;
		safe[n++] = name[i];
	}
	if (n > 0 && n <= NAME_BYTES) {
		safe[n] = '\0';
		return safe;
	}
	if (n > NAME_BYTES - MARK_BYTES)
		n = NAME_BYTES - MARK_BYTES;
	uLong crc = crc32(0, (const Bytef *)name, (uInt)length);
	sprintf(safe + n, "~%08lx", crc & 0xffffffffUL);
	return safe;
}
