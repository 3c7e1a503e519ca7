/* A set is staged under temporary names and takes its place by renaming, after
 * what stands there is known to be ours. */
#include "codegen/outfile.h"

#include "base/diag.h"
#include "base/path.h"
#include "codegen/out_parts.h"

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

static bool path_error(struct ctx *ctx, const char *path, const char *format,
	const char *reason)
{
	const struct loc loc = {.file = path};
	return diag_error(ctx, &loc, format, reason);
}

/* --- the folder ------------------------------------------------------------
 */

/* Makes one folder; true when it is there in the end. */
static bool folder_make(struct ctx *ctx, struct outputs *out, const char *path)
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

static bool folders_make(struct ctx *ctx, struct outputs *out)
{
	char *path = arena_strdup(&ctx->arena, out->dir);
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

/* A name that no other running command takes, and by which what a killed one
 * left is known. */
static const char *temporary_name(struct ctx *ctx, int number)
{
	return arena_printf(&ctx->arena, OUT_HOME "-%ld-%d.tmp", (long)getpid(),
		number);
}

/* Whether a file can be made in the folder. access() asks with the real user's
 * rights and trusts the mode bits; a file that was made is proof. */
static bool folder_probe(struct ctx *ctx, const struct outputs *out)
{
	enum { TRIES = 100 };
	for (int i = 0; i < TRIES; i++) {
		const char *probe =
			path_join(&ctx->arena, out->dir, temporary_name(ctx, i));
		int fd = open(probe,
			O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
			0666);
		if (fd < 0 && errno == EEXIST)
			continue;
		if (fd < 0)
			return path_error(ctx, out->dir,
				"cannot write into the output folder: %s",
				strerror(errno));
		close(fd);
		unlink(probe);
		break;
	}
	return true;
}

bool outputs_open(struct ctx *ctx, const char *dir, struct outputs *out)
{
	*out = (struct outputs){.dir = dir, .lock = -1};
	if (!*dir)
		return path_error(
			ctx, NULL, "%s", "the output folder's name is empty");
	return folders_make(ctx, out) && folder_probe(ctx, out);
}

static bool interrupted(struct ctx *ctx, const struct outputs *out)
{
	return out->interrupted && *out->interrupted &&
		!path_error(ctx, out->dir, "%s",
			"interrupted, nothing was written");
}

enum { LOCK_TRIES = 1500, LOCK_PAUSE_NS = 20000000 };

/* Whether path is still the folder that fd is: another command may have removed
 * it, having made it for nothing. */
static bool is_still(const char *path, int fd)
{
	struct stat a, b;
	return stat(path, &a) == 0 && fstat(fd, &b) == 0 &&
		a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

/* Waits for other commands that write into the folder; a limit, since two could
 * wait for each other's second folder. A file system without locks does
 * without. *fd: -1 in the beginning, and when it fails. */
static bool folder_lock(
	struct ctx *ctx, const char *dir, const struct outputs *out, int *fd)
{
	const struct timespec pause = {.tv_nsec = LOCK_PAUSE_NS};
	for (int i = 0; i < LOCK_TRIES; i++) {
		if (*fd < 0)
			*fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (*fd < 0)
			return path_error(ctx, dir,
				"cannot open the output folder: %s",
				strerror(errno));
		if (flock(*fd, LOCK_EX | LOCK_NB) == 0 ||
			errno != EWOULDBLOCK) {
			if (is_still(dir, *fd))
				return true;
			close(*fd);
			*fd = -1;
			continue;
		}
		if (out && interrupted(ctx, out))
			return false;
		nanosleep(&pause, NULL);
	}
	return path_error(ctx, dir, "%s",
		"another command is writing into the output folder");
}

/* --- sets -------------------------------------------------------------------
 */

struct out_set *outputs_set(
	struct ctx *ctx, struct outputs *out, const char *name)
{
	struct out_set *set = arena_alloc(&ctx->arena, sizeof *set);
	*set = (struct out_set){.ctx = ctx, .dir = out->dir, .name = name};
	out->sets = arena_grow(&ctx->arena, out->sets, out->count,
		&out->capacity, out->count + 1, sizeof *out->sets);
	out->sets[out->count++] = set;
	return set;
}

bool out_write(struct ctx *ctx, struct out_set *out, const char *name,
	const void *bytes, size_t length)
{
	const char *copy = arena_strdup(&ctx->arena, name);
	if (!names_add(&ctx->arena, &out->index, copy, strlen(copy), out))
		return path_error(ctx, path_join(&ctx->arena, out->dir, name), "%s",
			"two results would go into this file");
	out->files = arena_grow(&ctx->arena, out->files, out->count,
		&out->capacity, out->count + 1, sizeof *out->files);
	out->files[out->count++] = (struct out_file){
		.name = copy, .bytes = bytes, .length = length};
	return true;
}

bool out_has(const struct out_set *out, const char *name)
{
	return names_find(&out->index, name, strlen(name)) != NULL;
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
	out->removal = arena_grow(&ctx->arena, (void *)out->removal,
		out->removals, &out->removal_capacity, out->removals + 1,
		sizeof *out->removal);
	out->removal[out->removals++] = arena_strdup(&ctx->arena, name);
}

/* --- the commit --------------------------------------------------------------
 */

/* The set's plain names: files' and folders', each once. */
static void tops_find(struct out_set *set)
{
	struct out_switch *change = set->change;
	struct ctx *ctx = set->ctx;
	struct names seen = {0};
	change->top = arena_array(&ctx->arena, set->count, sizeof *change->top);
	for (size_t i = 0; i < set->count; i++) {
		const char *name = set->files[i].name;
		const char *folder = out_folder_of(ctx, name);
		const char *top = folder ? folder : name;
		if (names_add(&ctx->arena, &seen, top, strlen(top), set))
			change->top[change->tops++] = top;
	}
}

/* Looks at what stands under the plain names: *plain where that is no link of
 * ours. False with a diagnostic for what must not be replaced. */
static bool stands_check(struct out_set *set, bool *plain)
{
	const struct out_switch *change = set->change;
	for (size_t i = 0; i < change->tops; i++) {
		const char *top = change->top[i];
		bool folder = !out_has(set, top);
		enum out_stands stands = out_stands(set, change->dir, top);
		const char *wrong = NULL;
		if (stands == OUT_FOLDER && !folder)
			wrong = "a folder stands where the output file should "
				"be";
		else if (stands == OUT_FILE && folder)
			wrong = "a file stands where the output folder should "
				"be";
		else if (stands == OUT_LINK && folder)
			wrong = "a link stands where the output folder should "
				"be: outputs do not follow it; remove it";
		else if (stands == OUT_UNKNOWN)
			wrong = strerror(errno);
		if (wrong)
			return path_error(set->ctx,
				path_join(&set->ctx->arena, set->dir, top), "%s",
				wrong);
		*plain |= stands != OUT_NOTHING && stands != OUT_OUR_LINK;
	}
	for (size_t i = 0; i < set->removals; i++) {
		enum out_stands stands =
			out_stands(set, change->dir, set->removal[i]);
		if (stands == OUT_UNKNOWN)
			return path_error(set->ctx,
				path_join(&set->ctx->arena, set->dir,
					set->removal[i]),
				"%s", strerror(errno));
		*plain |= stands == OUT_FILE || stands == OUT_LINK;
	}
	return true;
}

/* Which slot is free. False with errno where that is not known. */
static bool slot_choose(struct out_switch *change)
{
	char slot[2] = "";
	ssize_t n = readlinkat(change->home, "now", slot, sizeof slot);
	change->had = n == 1 && (slot[0] == '0' || slot[0] == '1');
	change->slot = change->had && slot[0] == '0' ? 1 : 0;
	return n >= 0 || errno == ENOENT;
}

/* Whether links can be made there. */
static bool links_work(const struct out_switch *change)
{
	if (change->had)
		return true;
	unlinkat(change->home, "next", 0);
	if (symlinkat("0", change->home, "next") == 0) {
		unlinkat(change->home, "next", 0);
		return true;
	}
	return errno != EPERM && errno != EOPNOTSUPP && errno != ENOSYS &&
		errno != EINVAL;
}

/* Opens the set's folder and chooses the way. */
static bool change_begin(struct outputs *out, struct out_set *set)
{
	struct ctx *ctx = set->ctx;
	struct out_switch *change = set->change;
	const char *home = path_join(&ctx->arena, set->dir, OUT_HOME);
	bool plain = out->plain;
	tops_find(set);
	if (!stands_check(set, &plain))
		return false;
	int all = at_folder_make(out->lock, OUT_HOME);
	if (all < 0)
		return path_error(ctx, home,
			errno == ELOOP || errno == ENOTDIR
				? "a file or link stands where the folder of "
				  "output sets should be: remove it"
				: "cannot write: %s",
			strerror(errno));
	change->home = at_folder_make(all, set->name);
	int why = errno;
	close(all);
	if (change->home < 0)
		return path_error(ctx, path_join(&ctx->arena, home, set->name),
			"cannot write: %s", strerror(why));
	if (!slot_choose(change))
		return path_error(ctx, path_join(&ctx->arena, home, set->name),
			"cannot be read: %s", strerror(errno));
	plain |= !links_work(change);
	change->way = plain ? &out_way_plain : &out_way_links;
	return true;
}

/* All files of a set to disk, below its own folder. */
static bool stage(struct outputs *out, struct out_set *set)
{
	struct ctx *ctx = set->ctx;
	const struct out_switch *change = set->change;
	const char *name = change->way->stage_name(change), *wrong = name;
	/* What an earlier command left there must not become this set's. */
	int fd = at_remove(change->home, name)
		? at_folder_make(change->home, name)
		: -1;
	bool ok = fd >= 0;
	for (size_t i = 0; ok && i < set->count; i++) {
		const struct out_file *file = &set->files[i];
		const char *folder = out_folder_of(ctx, file->name);
		wrong = file->name;
		if (interrupted(ctx, out)) {
			close(fd);
			return false;
		}
		ok = (!folder || mkdirat(fd, folder, 0777) == 0 ||
			     errno == EEXIST) &&
			at_stage(fd, file->name, file->bytes, file->length);
	}
	ok = ok && at_flush_all(fd);
	int why = errno;
	if (fd >= 0)
		close(fd);
	return ok ||
		path_error(ctx, path_join(&ctx->arena, set->dir, wrong),
			"cannot write: %s", strerror(why));
}

struct settling {
	struct ctx *ctx;
	const char *dir;
	int fd;
	bool ok;
};

static bool settle(void *arg, const char *name)
{
	struct settling *s = arg;
	if (*name != '.')
		s->ok &= out_journal_settle(s->ctx, s->dir, s->fd, name);
	return true;
}

/* Whether a folder is not there because of this errno, or is none of ours: no
 * set of ours lies in what the user may not search. */
static bool is_no_folder(int why)
{
	return why == ENOENT || why == ENOTDIR || why == ELOOP ||
		why == EACCES;
}

/* Sets that an earlier command was killed in. */
static bool settle_all(struct ctx *ctx, const char *dir, int fd)
{
	struct settling s = {ctx, dir, fd, true};
	if (!at_each(fd, OUT_HOME, settle, &s) && !is_no_folder(errno))
		return path_error(ctx, path_join(&ctx->arena, dir, OUT_HOME),
			"cannot be read: %s", strerror(errno));
	return s.ok;
}

/* Files that killed commands left, those of file_check and file_write. */
static bool temporary_sweep(void *arg, const char *name)
{
	static const char begin[] = OUT_HOME "-";
	const int *dir = arg;
	size_t n = sizeof begin - 1;
	if (strncmp(name, begin, n) != 0)
		return true;
	n += strspn(name + n, "0123456789-");
	if (!strcmp(name + n, ".tmp"))
		unlinkat(*dir, name, 0);
	return true;
}

/* Changes all sets, or none; what failed is told once all is as it was. */
static bool change_all(struct ctx *ctx, struct outputs *out)
{
	const char *what = NULL;
	size_t done = 0;
	int why = 0;
	bool ok = true;
	for (; ok && done < out->count; done++) {
		struct out_set *set = out->sets[done];
		ok = set->change->way->change(set, &what);
		why = errno;
	}
	for (size_t i = done; !ok && i-- > 0;) {
		struct out_set *set = out->sets[i];
		if (set->change->way->undo(set))
			continue;
		close(set->change->home);
		set->change->home = -1; /* left to out_recover */
	}
	return ok ||
		path_error(ctx, path_join(&ctx->arena, out->dir, what),
			"cannot write: %s", strerror(why));
}

/* Folders that are empty by now go. */
static void homes_close(struct outputs *out)
{
	for (size_t i = 0; i < out->count; i++) {
		struct out_switch *change = out->sets[i]->change;
		if (!change || change->home < 0)
			continue;
		close(change->home);
		change->home = -1;
		int all = at_folder(out->lock, OUT_HOME);
		unlinkat(all, out->sets[i]->name, AT_REMOVEDIR);
		close(all);
	}
	unlinkat(out->lock, OUT_HOME, AT_REMOVEDIR);
}

/* Takes back what is prepared and has not become the set. */
static void abandon_all(struct outputs *out)
{
	for (size_t i = 0; i < out->count; i++) {
		struct out_set *set = out->sets[i];
		if (set->change && set->change->home >= 0 && set->change->way)
			set->change->way->abandon(set);
	}
}

/* The sets change, and what is only of the old ones goes. Signals wait. */
static bool change_and_finish(struct ctx *ctx, struct outputs *out)
{
	sigset_t wait, old;
	sigemptyset(&wait);
	sigaddset(&wait, SIGINT);
	sigaddset(&wait, SIGTERM);
	sigaddset(&wait, SIGHUP);
	pthread_sigmask(SIG_BLOCK, &wait, &old);
	/* From here on running out of memory, which jumps, takes nothing back.
	 */
	out->committed = change_all(ctx, out);
	for (size_t i = 0; out->committed && i < out->count; i++)
		out->sets[i]->change->way->finish(out->sets[i]);
	if (out->committed)
		homes_close(out);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return out->committed;
}

bool outputs_commit(struct ctx *ctx, struct outputs *out)
{
	if (interrupted(ctx, out) || !folders_make(ctx, out) ||
		!folder_lock(ctx, out->dir, out, &out->lock) ||
		!settle_all(ctx, out->dir, out->lock))
		return false;
	bool ok = true;
	at_each(out->lock, ".", temporary_sweep, &out->lock);
	for (size_t i = 0; ok && i < out->count; i++) {
		struct out_set *set = out->sets[i];
		set->change = arena_alloc(&ctx->arena, sizeof *set->change);
		*set->change = (struct out_switch){
			.dir = out->lock, .home = -1, .journal = -1};
		ok = change_begin(out, set) && stage(out, set);
	}
	for (size_t i = 0; ok && i < out->count; i++)
		ok = out->sets[i]->change->way->prepare(out->sets[i]);
	if (!ok || interrupted(ctx, out) || !change_and_finish(ctx, out))
		return false;
	close(out->lock);
	out->lock = -1;
	return true;
}

void outputs_discard(struct outputs *out)
{
	if (out->lock >= 0 && !out->committed) {
		abandon_all(out);
		homes_close(out);
	}
	/* Innermost first; one that has files in it by now stays. */
	if (!out->committed)
		for (size_t i = out->made_dirs; i-- > 0;)
			rmdir(out->made_dir[i]);
	if (out->lock >= 0)
		close(out->lock);
	out->made_dirs = 0;
	out->lock = -1;
}

/* --- reading -----------------------------------------------------------------
 */

struct looking {
	struct ctx *ctx;
	int all;
	int found; /* as of at_there */
};

static bool journal_look(void *arg, const char *name)
{
	struct looking *l = arg;
	if (*name != '.' && !l->found)
		l->found = at_there(l->all,
			arena_printf(&l->ctx->arena, "%s/journal", name));
	return l->found >= 0;
}

/* 1: a set of the folder has a journal; 0: none; -1: with errno. */
static int has_journal(struct ctx *ctx, const char *dir)
{
	struct looking l = {.ctx = ctx,
		.all = at_folder(AT_FDCWD, path_join(&ctx->arena, dir, OUT_HOME))};
	if (l.all < 0)
		return is_no_folder(errno) ? 0 : -1;
	bool ok = at_each(l.all, ".", journal_look, &l);
	int why = errno;
	close(l.all);
	errno = why;
	return ok || is_no_folder(why) ? l.found > 0 : -1;
}

static bool folder_recover(struct ctx *ctx, const char *dir)
{
	int fd = -1, found = has_journal(ctx, dir);
	if (found < 0)
		return path_error(ctx, path_join(&ctx->arena, dir, OUT_HOME),
			"cannot be read: %s", strerror(errno));
	if (!found)
		return true;
	/* A command that is at it holds the lock until it is done. */
	bool ok = folder_lock(ctx, dir, NULL, &fd) && settle_all(ctx, dir, fd);
	if (fd >= 0)
		close(fd);
	return ok;
}

bool out_recover(struct ctx *ctx, const char *path)
{
	const char *dir = path_folder(&ctx->arena, path);
	return folder_recover(ctx, dir) &&
		folder_recover(ctx, path_join(&ctx->arena, dir, ".."));
}

/* --- a file that is no set's
 * -------------------------------------------------- */

bool file_check(struct ctx *ctx, const char *path)
{
	struct outputs out;
	struct stat st;
	bool ok = outputs_open(ctx, path_folder(&ctx->arena, path), &out) &&
		(lstat(path, &st) != 0 || !S_ISDIR(st.st_mode) ||
			path_error(ctx, path, "%s",
				"a folder stands where the output file should "
				"be"));
	outputs_discard(&out);
	return ok;
}

bool file_write(
	struct ctx *ctx, const char *path, const void *bytes, size_t length)
{
	const char *dir = path_folder(&ctx->arena, path);
	const char *name = path_base(path);
	const char *temp = temporary_name(ctx, 0);
	struct outputs out = {.lock = -1};
	bool ok = file_check(ctx, path) && outputs_open(ctx, dir, &out) &&
		folder_lock(ctx, dir, &out, &out.lock);
	if (ok) {
		at_each(out.lock, ".", temporary_sweep, &out.lock);
		out.committed = at_put(out.lock, temp, bytes, length) &&
			renameat(out.lock, temp, out.lock, name) == 0;
		ok = out.committed ||
			path_error(
				ctx, path, "cannot write: %s", strerror(errno));
		if (!ok)
			unlinkat(out.lock, temp, 0);
		else
			at_flush(out.lock);
	}
	outputs_discard(&out);
	return ok;
}

/* --- names
 * -------------------------------------------------------------------- */

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
