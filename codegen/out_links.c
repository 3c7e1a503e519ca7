/* Sets with links: DIR/NAME.json -> .nestwright/NAME/now/NAME.json, and
 * .nestwright/NAME/now -> 0 or 1, the link whose renaming changes the set. */
#include "codegen/out_parts.h"

#include "ir/diag.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char now[] = "now", next[] = "next", before[] = "before";
static const char *const slots[] = {"0", "1"};

static bool refuse(struct out_set *set, const char *name, const char *format,
	const char *reason)
{
	const struct loc loc = {.file = arena_printf(&set->ctx->arena, "%s/%s",
					set->dir, name)};
	return diag_error(set->ctx, &loc, format, reason);
}

const char *out_link_target(const struct out_set *set, const char *top)
{
	return arena_printf(
		&set->ctx->arena, OUT_HOME "/%s/%s/%s", set->name, now, top);
}

enum out_stands out_stands(const struct out_set *set, int dir, const char *top)
{
	struct stat st;
	const char *base;
	int fd = at_parent(dir, top, &base);
	bool there =
		fd >= 0 && fstatat(fd, base, &st, AT_SYMLINK_NOFOLLOW) == 0;
	if (fd >= 0)
		close(fd);
	if (!there)
		return OUT_NOTHING;
	if (S_ISDIR(st.st_mode))
		return OUT_FOLDER;
	if (!S_ISLNK(st.st_mode))
		return OUT_FILE;
	return out_is_link(set, dir, top) ? OUT_OUR_LINK : OUT_LINK;
}

bool out_is_link(const struct out_set *set, int dir, const char *top)
{
	const char *want = out_link_target(set, top);
	size_t length = strlen(want);
	char *got = arena_alloc(&set->ctx->arena, length + 2);
	return readlinkat(dir, top, got, length + 2) == (ssize_t)length &&
		memcmp(got, want, length) == 0;
}

const char *out_folder_of(struct ctx *ctx, const char *name)
{
	const char *slash = strchr(name, '/');
	return slash ? arena_strndup(&ctx->arena, name, (size_t)(slash - name))
		     : NULL;
}

static bool is_top(const struct out_switch *change, const char *name)
{
	for (size_t i = 0; i < change->tops; i++)
		if (strcmp(change->top[i], name) == 0)
			return true;
	return false;
}

void out_stale_links(const struct out_set *set, int at,
	void (*gone)(void *arg, const char *top), void *arg)
{
	int fd = at_folder(at, ".");
	DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
	if (!dir && fd >= 0)
		close(fd);
	for (struct dirent *d; dir && (d = readdir(dir));)
		if (!is_top(set->change, d->d_name) &&
			out_is_link(set, at, d->d_name))
			gone(arg, arena_strdup(&set->ctx->arena, d->d_name));
	if (dir)
		closedir(dir);
}

static const char *links_stage_name(const struct out_switch *change)
{
	return slots[change->slot];
}

/* What others have put into a folder of the set goes with it. */
static bool foreign_keep(
	struct out_set *set, const struct out_sweep *sweep, int old, int new)
{
	int from = at_folder(old, sweep->folder);
	int to = from >= 0 ? at_folder_make(new, sweep->folder) : -1;
	DIR *dir = to >= 0 ? fdopendir(from) : NULL;
	bool ok = true;
	for (struct dirent *d; ok && dir && (d = readdir(dir));) {
		const char *name = d->d_name;
		if (!strcmp(name, ".") || !strcmp(name, "..") ||
			sweep->ours(name) ||
			out_has(set,
				arena_printf(&set->ctx->arena, "%s/%s",
					sweep->folder, name)))
			continue;
		if (!at_keep(from, name, to, name))
			ok = refuse(set,
				arena_printf(&set->ctx->arena, "%s/%s",
					sweep->folder, name),
				"cannot keep what is no output: %s; move it "
				"out of the folder",
				strerror(errno));
	}
	if (ok && to >= 0 && !at_flush(to))
		ok = refuse(set, sweep->folder, "cannot write: %s",
			strerror(errno));
	if (dir)
		closedir(dir);
	else if (from >= 0)
		close(from);
	if (to >= 0)
		close(to);
	return ok;
}

static bool foreign_keep_all(struct out_set *set)
{
	struct out_switch *change = set->change;
	if (!change->had)
		return true;
	int old = at_folder(change->home, slots[1 - change->slot]);
	int new = at_folder(change->home, slots[change->slot]);
	bool ok = true;
	for (size_t i = 0; ok && old >= 0 && new >= 0 && i < set->sweeps; i++)
		ok = foreign_keep(set, &set->sweep[i], old, new);
	if (old >= 0)
		close(old);
	if (new >= 0)
		close(new);
	return ok;
}

/* The plain names that are missing: they lead to nothing until the change. */
static bool names_make(struct out_set *set)
{
	struct out_switch *change = set->change;
	change->made_name = arena_array(
		&set->ctx->arena, change->tops, sizeof *change->made_name);
	for (size_t i = 0; i < change->tops; i++) {
		const char *top = change->top[i];
		if (out_is_link(set, change->dir, top))
			continue;
		if (symlinkat(out_link_target(set, top), change->dir, top) != 0)
			return refuse(
				set, top, "cannot write: %s", strerror(errno));
		change->made_name[change->made++] = top;
	}
	return true;
}

static bool links_prepare(struct out_set *set)
{
	struct out_switch *change = set->change;
	unlinkat(change->home, next, 0);
	unlinkat(change->home, before, 0);
	if (!foreign_keep_all(set) || !names_make(set))
		return false;
	/* Both ways are paved: going back needs no new entry either. */
	if (symlinkat(slots[change->slot], change->home, next) != 0 ||
		(change->had &&
			symlinkat(slots[1 - change->slot], change->home,
				before) != 0) ||
		!at_flush(change->home) || !at_flush(change->dir))
		return refuse(
			set, OUT_HOME, "cannot write: %s", strerror(errno));
	return true;
}

static bool links_undo(struct out_set *set)
{
	const struct out_switch *change = set->change;
	bool ok = change->had
		? renameat(change->home, before, change->home, now) == 0
		: unlinkat(change->home, now, 0) == 0 || errno == ENOENT;
	at_flush(change->home);
	return ok;
}

static bool links_change(struct out_set *set, const char **what)
{
	const struct out_switch *change = set->change;
	*what = OUT_HOME;
	return renameat(change->home, next, change->home, now) == 0 &&
		at_flush(change->home);
}

static void name_drop(void *arg, const char *top)
{
	const struct out_switch *change = arg;
	unlinkat(change->dir, top, 0);
}

static void links_finish(struct out_set *set)
{
	struct out_switch *change = set->change;
	unlinkat(change->home, before, 0);
	out_stale_links(set, change->dir, name_drop, change);
	at_flush(change->dir);
}

static void links_abandon(struct out_set *set)
{
	const struct out_switch *change = set->change;
	for (size_t i = 0; i < change->made; i++)
		unlinkat(change->dir, change->made_name[i], 0);
	unlinkat(change->home, next, 0);
	unlinkat(change->home, before, 0);
	at_remove(change->home, slots[change->slot]);
}

const struct out_way out_way_links = {
	.stage_name = links_stage_name,
	.prepare = links_prepare,
	.change = links_change,
	.undo = links_undo,
	.finish = links_finish,
	.abandon = links_abandon,
};
