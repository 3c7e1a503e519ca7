/* Sets with links: DIR/NAME.json -> .nestwright/NAME/now/NAME.json, and
 * .nestwright/NAME/now -> 0 or 1, the link whose renaming changes the set. */
#include "codegen/out_parts.h"

#include "base/diag.h"

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

static enum out_stands link_look(
	const struct out_set *set, int dir, const char *top)
{
	const char *want = out_link_target(set, top);
	size_t length = strlen(want);
	char *got = arena_alloc(&set->ctx->arena, length + 2);
	ssize_t n = readlinkat(dir, top, got, length + 2);
	if (n < 0)
		return OUT_UNKNOWN;
	return n == (ssize_t)length && memcmp(got, want, length) == 0
		? OUT_OUR_LINK
		: OUT_LINK;
}

enum out_stands out_stands(const struct out_set *set, int dir, const char *top)
{
	struct stat st;
	const char *base;
	int fd = at_parent(dir, top, &base);
	bool there =
		fd >= 0 && fstatat(fd, base, &st, AT_SYMLINK_NOFOLLOW) == 0;
	int why = errno;
	if (fd >= 0)
		close(fd);
	errno = why;
	if (!there)
		return why == ENOENT || why == ENOTDIR || why == ELOOP
			? OUT_NOTHING
			: OUT_UNKNOWN;
	if (S_ISDIR(st.st_mode))
		return OUT_FOLDER;
	if (!S_ISLNK(st.st_mode))
		return OUT_FILE;
	return link_look(set, dir, top);
}

bool out_is_link(const struct out_set *set, int dir, const char *top)
{
	return link_look(set, dir, top) == OUT_OUR_LINK;
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

struct stale {
	const struct out_set *set;
	int at;
	void (*gone)(void *arg, const char *top);
	void *arg;
};

static bool stale_look(void *arg, const char *name)
{
	const struct stale *stale = arg;
	if (!is_top(stale->set->change, name) &&
		out_is_link(stale->set, stale->at, name))
		stale->gone(stale->arg, name);
	return true;
}

bool out_stale_links(const struct out_set *set, int at,
	void (*gone)(void *arg, const char *top), void *arg)
{
	struct stale stale = {set, at, gone, arg};
	return at_each(at, ".", stale_look, &stale);
}

static const char *links_stage_name(const struct out_switch *change)
{
	return slots[change->slot];
}

struct foreign {
	struct out_set *set;
	const struct out_sweep *sweep;
	int from, to; /* the folder in the old slot, and in the new one */
	bool told;
};

static bool foreign_take(void *arg, const char *name)
{
	struct foreign *f = arg;
	const char *path = arena_printf(
		&f->set->ctx->arena, "%s/%s", f->sweep->folder, name);
	if (f->sweep->ours(name) || out_has(f->set, path) ||
		at_keep(f->from, name, f->to, name))
		return true;
	f->told = true;
	return refuse(f->set, path,
		"cannot keep what is no output: %s; move it out of the folder",
		strerror(errno));
}

/* What others have put into a folder of the set goes with it. */
static bool foreign_keep(
	struct out_set *set, const struct out_sweep *sweep, int old, int new)
{
	struct foreign f = {.set = set, .sweep = sweep};
	f.from = at_folder(old, sweep->folder);
	if (f.from < 0 && errno == ENOENT)
		return true;
	f.to = f.from < 0 ? -1 : at_folder_make(new, sweep->folder);
	bool ok = f.to >= 0 && at_each(f.from, ".", foreign_take, &f) &&
		at_flush(f.to);
	int why = errno;
	if (f.from >= 0)
		close(f.from);
	if (f.to >= 0)
		close(f.to);
	return ok ||
		(!f.told &&
			refuse(set, sweep->folder, "cannot write: %s",
				strerror(why)));
}

static bool foreign_keep_all(struct out_set *set)
{
	struct out_switch *change = set->change;
	if (!change->had)
		return true;
	int old = at_folder(change->home, slots[1 - change->slot]);
	bool gone = old < 0 && errno == ENOENT;
	int new = old < 0 ? -1 : at_folder(change->home, slots[change->slot]);
	bool ok = gone || new >= 0 ||
		refuse(set, OUT_HOME, "cannot be read: %s", strerror(errno));
	for (size_t i = 0; ok && new >= 0 && i < set->sweeps; i++)
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
