/* Sets of plain files: what is to be done stands in a journal before it is
 * done, and what is replaced has a second name until the end.
 *
 *   .nestwright/NAME/new/     the new files
 *   .nestwright/NAME/old/     hard links of all that stood under their names
 *   .nestwright/NAME/journal  a line an operation, in order:
 *
 *     nestwright-journal 1
 *     drop NAME                       a file or link of the old set goes
 *     folder NAME                     is made where it is missing
 *     add BYTES SHA-256 NAME          new/NAME comes, where nothing stood
 *     put BYTES SHA-256 NAME          new/NAME comes in place of old/NAME
 *     end
 *
 *   and behind it 'done', after which the set is the new one, or 'back', after
 *   which it is the old one. With neither, whoever comes next goes on to 'done'
 *   if all new files are there, else back. */
#include "codegen/out_parts.h"

#include "ir/diag.h"
#include "ir/digest.h"
#include "ir/text.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum op_kind { OP_DROP, OP_FOLDER, OP_ADD, OP_PUT, OP_COUNT };

struct out_op {
	enum op_kind kind;
	const char *name;      /* a plain name, or FOLDER/NAME */
	const char *new, *old; /* new/NAME, old/NAME */
	size_t length;         /* of ADD and PUT */
	char hex[DIGEST_HEX + 1];
};

static const char *const op_words[OP_COUNT] = {
	[OP_DROP] = "drop",
	[OP_FOLDER] = "folder",
	[OP_ADD] = "add",
	[OP_PUT] = "put",
};
static const char first_line[] = "nestwright-journal 1\n";
static const char journal_name[] = "journal", journal_temp[] = "journal.tmp";
static const char new_folder[] = "new", old_folder[] = "old";
static const char done_word[] = "done\n", back_word[] = "back\n";
enum { JOURNAL_LIMIT = 1 << 28 };

static bool refuse(struct ctx *ctx, const char *dir, const char *name,
	const char *format, const char *reason)
{
	const struct loc loc = {
		.file = arena_printf(&ctx->arena, "%s/%s", dir, name)};
	return diag_error(ctx, &loc, format, reason);
}

static struct out_op *op_add(struct ctx *ctx, struct out_switch *change,
	enum op_kind kind, const char *name)
{
	change->op = arena_grow(&ctx->arena, change->op, change->ops,
		&change->op_capacity, change->ops + 1, sizeof *change->op);
	struct out_op *op = &change->op[change->ops++];
	*op = (struct out_op){
		.kind = kind,
		.name = arena_strdup(&ctx->arena, name),
		.new = arena_printf(&ctx->arena, "%s/%s", new_folder, name),
		.old = arena_printf(&ctx->arena, "%s/%s", old_folder, name),
	};
	return op;
}

/* --- doing, and taking back ------------------------------------------------
 */

/* new/NAME and old/NAME, NAME as in at_parent. */
static bool home_has(const struct out_switch *change, const char *name)
{
	struct stat st;
	return fstatat(change->home, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

static bool op_do(const struct out_switch *change, const struct out_op *op)
{
	switch (op->kind) {
	case OP_DROP:
		/* EISDIR: a folder has already taken the link's place. */
		return at_unlink(change->dir, op->name) || errno == ENOENT ||
			errno == EISDIR;
	case OP_FOLDER:
		return mkdirat(change->dir, op->name, 0777) == 0 ||
			errno == EEXIST;
	case OP_ADD:
	case OP_PUT:
		return at_rename(
			       change->home, op->new, change->dir, op->name) ||
			(errno == ENOENT &&
				at_is(change->dir, op->name, op->length,
					op->hex));
	case OP_COUNT:
		break;
	}
	return false;
}

static bool op_undo(const struct out_switch *change, const struct out_op *op)
{
	switch (op->kind) {
	case OP_DROP:
	case OP_PUT:
		return at_rename(
			       change->home, op->old, change->dir, op->name) ||
			errno == ENOENT;
	case OP_FOLDER:
		/* One that was there, or that others use by now, stays. */
		unlinkat(change->dir, op->name, AT_REMOVEDIR);
		return true;
	case OP_ADD:
		/* Not yet there: what may stand under the name is another's. */
		return home_has(change, op->new) ||
			at_unlink(change->dir, op->name) || errno == ENOENT;
	case OP_COUNT:
		break;
	}
	return false;
}

/* The folders whose entries were changed, to disk. */
static bool folders_flush(const struct out_switch *change)
{
	bool ok = at_flush(change->dir);
	for (size_t i = 0; ok && i < change->ops; i++) {
		if (change->op[i].kind != OP_FOLDER)
			continue;
		int fd = at_folder(change->dir, change->op[i].name);
		if (fd < 0)
			continue;
		ok = at_flush(fd);
		close(fd);
	}
	return ok;
}

/* Appends a word to the journal. */
static bool journal_say(const struct out_switch *change, const char *word)
{
	int fd = openat(change->home, journal_name,
		O_WRONLY | O_APPEND | O_NOFOLLOW | O_CLOEXEC);
	size_t length = strlen(word);
	if (fd < 0)
		return false;
	bool ok = write(fd, word, length) == (ssize_t)length && at_flush(fd);
	int why = errno;
	close(fd);
	errno = why;
	return ok;
}

static bool ops_do(const struct out_switch *change, const char **what)
{
	for (size_t i = 0; i < change->ops; i++)
		if (!op_do(change, &change->op[i])) {
			*what = change->op[i].name;
			return false;
		}
	*what = OUT_HOME;
	return folders_flush(change) && journal_say(change, done_word);
}

static bool ops_undo(const struct out_switch *change)
{
	bool ok = true;
	journal_say(change, back_word); /* else whoever comes next decides */
	for (size_t i = change->ops; i-- > 0;)
		ok &= op_undo(change, &change->op[i]);
	return ok && folders_flush(change);
}

/* The journal last: with it the rest can be removed again. */
static void home_empty(int home)
{
	static const char *const all[] = {
		new_folder, old_folder, journal_temp, journal_name};
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		at_remove(home, all[i]);
}

/* --- the plan of a change ---------------------------------------------------
 */

static const char *plain_stage_name(const struct out_switch *change)
{
	(void)change;
	return new_folder;
}

static void drop_add(void *arg, const char *name)
{
	struct out_set *set = arg;
	op_add(set->ctx, set->change, OP_DROP, name);
}

/* Files of the set that an earlier command left and this one has not. */
static void drops_find(struct out_set *set)
{
	struct out_switch *change = set->change;
	struct ctx *ctx = set->ctx;
	for (size_t i = 0; i < set->removals; i++) {
		const char *name = set->removal[i];
		enum out_stands stands = out_stands(set, change->dir, name);
		if (!out_has(set, name) &&
			(stands == OUT_FILE || stands == OUT_LINK))
			drop_add(set, name);
	}
	out_stale_links(set, change->dir, drop_add, set);
	for (size_t i = 0; i < set->sweeps; i++) {
		const struct out_sweep *sweep = &set->sweep[i];
		int fd = at_folder(change->dir, sweep->folder);
		DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
		if (!dir && fd >= 0)
			close(fd);
		for (struct dirent *d; dir && (d = readdir(dir));) {
			const char *name = arena_printf(
				&ctx->arena, "%s/%s", sweep->folder, d->d_name);
			if (sweep->ours(d->d_name) && !out_has(set, name))
				drop_add(set, name);
		}
		if (dir)
			closedir(dir);
	}
}

static void ops_plan(struct out_set *set)
{
	struct out_switch *change = set->change;
	struct ctx *ctx = set->ctx;
	drops_find(set);
	for (size_t i = 0; i < change->tops; i++) {
		const char *top = change->top[i];
		bool folder = !out_has(set, top);
		if (folder && out_is_link(set, change->dir, top))
			drop_add(set, top);
		if (folder)
			op_add(ctx, change, OP_FOLDER, top);
	}
	for (size_t i = 0; i < set->count; i++) {
		const struct out_file *file = &set->files[i];
		const char *folder = out_folder_of(ctx, file->name);
		bool there = at_there(change->dir, file->name) &&
			!(folder && out_is_link(set, change->dir, folder));
		struct out_op *op = op_add(
			ctx, change, there ? OP_PUT : OP_ADD, file->name);
		op->length = file->length;
		digest_of(file->bytes, file->length, op->hex);
	}
}

/* Second names for all that goes. */
static bool old_keep(struct out_set *set)
{
	const struct out_switch *change = set->change;
	struct ctx *ctx = set->ctx;
	int old = at_folder_make(change->home, old_folder);
	if (old < 0)
		return refuse(ctx, set->dir, OUT_HOME, "cannot write: %s",
			strerror(errno));
	bool ok = true;
	for (size_t i = 0; ok && i < change->ops; i++) {
		const struct out_op *op = &change->op[i];
		const char *folder = out_folder_of(ctx, op->name);
		if (op->kind == OP_ADD || op->kind == OP_FOLDER)
			continue;
		ok = (!folder || mkdirat(old, folder, 0777) == 0 ||
			     errno == EEXIST) &&
			at_keep(change->dir, op->name, old, op->name);
		if (!ok)
			refuse(ctx, set->dir, op->name,
				"cannot replace the file: %s", strerror(errno));
	}
	if (ok && !at_flush(old))
		ok = refuse(ctx, set->dir, OUT_HOME, "cannot write: %s",
			strerror(errno));
	close(old);
	return ok;
}

static bool plain_prepare(struct out_set *set)
{
	struct out_switch *change = set->change;
	struct text text = {.ctx = set->ctx};
	ops_plan(set);
	if (!old_keep(set))
		return false;
	text_add(&text, "%s", first_line);
	for (size_t i = 0; i < change->ops; i++) {
		const struct out_op *op = &change->op[i];
		if (op->kind == OP_ADD || op->kind == OP_PUT)
			text_add(&text, "%s %zu %s %s\n", op_words[op->kind],
				op->length, op->hex, op->name);
		else
			text_add(
				&text, "%s %s\n", op_words[op->kind], op->name);
	}
	text_add(&text, "end\n");
	unlinkat(change->home, journal_temp, 0);
	return (at_put(change->home, journal_temp, text.bytes, text.length) &&
		       renameat(change->home, journal_temp, change->home,
			       journal_name) == 0 &&
		       at_flush(change->home)) ||
		refuse(set->ctx, set->dir, OUT_HOME, "cannot write: %s",
			strerror(errno));
}

static bool plain_change(struct out_set *set, const char **what)
{
	return ops_do(set->change, what);
}

static bool plain_undo(struct out_set *set)
{
	return ops_undo(set->change);
}

/* Links of an earlier command lead to nothing any more. */
static void plain_finish(struct out_set *set)
{
	at_remove(set->change->home, "now");
	at_remove(set->change->home, "0");
	at_remove(set->change->home, "1");
	home_empty(set->change->home);
}

static void plain_abandon(struct out_set *set)
{
	home_empty(set->change->home);
}

const struct out_way out_way_plain = {
	.stage_name = plain_stage_name,
	.prepare = plain_prepare,
	.change = plain_change,
	.undo = plain_undo,
	.finish = plain_finish,
	.abandon = plain_abandon,
};

/* --- after a kill -----------------------------------------------------------
 */

/* The journal's text, in the arena; NULL: there is none, or it is none. */
static char *journal_text(struct ctx *ctx, int home)
{
	struct stat st;
	int fd = openat(home, journal_name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	char *text = NULL;
	size_t size = 0;
	if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
		st.st_size < JOURNAL_LIMIT) {
		size_t n = (size_t)st.st_size;
		text = arena_alloc(&ctx->arena, n + 1);
		for (ssize_t got; size < n &&
			(got = read(fd, text + size, n - size)) > 0;)
			size += (size_t)got;
	}
	if (fd >= 0)
		close(fd);
	return text && strlen(text) == size ? text : NULL;
}

/* NAME or FOLDER/NAME, hidden ones of ours apart. */
static bool name_is_safe(const char *name)
{
	const char *slash = strchr(name, '/'), *base = slash ? slash + 1 : name;
	return *name && *base && *name != '.' && *base != '.' &&
		!strchr(base, '/');
}

/* 'put BYTES HEX NAME' behind the word. */
static bool content_parse(char *line, struct out_op *op, char **name)
{
	char *end;
	errno = 0;
	unsigned long long length = strtoull(line, &end, 10);
	if (errno || end == line || *end != ' ' || length > SIZE_MAX)
		return false;
	char *hex = end + 1;
	if (strspn(hex, "0123456789abcdef") != DIGEST_HEX ||
		hex[DIGEST_HEX] != ' ')
		return false;
	op->length = (size_t)length;
	memcpy(op->hex, hex, DIGEST_HEX);
	*name = hex + DIGEST_HEX + 1;
	return true;
}

static bool line_parse(struct ctx *ctx, struct out_switch *change, char *line)
{
	struct out_op parsed = {.kind = OP_COUNT};
	char *space = strchr(line, ' '), *name = space ? space + 1 : NULL;
	if (!space)
		return false;
	*space = '\0';
	for (int k = 0; k < OP_COUNT; k++)
		if (strcmp(line, op_words[k]) == 0)
			parsed.kind = (enum op_kind)k;
	if (parsed.kind == OP_COUNT ||
		((parsed.kind == OP_ADD || parsed.kind == OP_PUT) &&
			!content_parse(space + 1, &parsed, &name)) ||
		!name_is_safe(name))
		return false;
	struct out_op *op = op_add(ctx, change, parsed.kind, name);
	op->length = parsed.length;
	memcpy(op->hex, parsed.hex, sizeof op->hex);
	return true;
}

/* Lines up to 'end'; *rest is what stands behind. */
static bool journal_parse_ops(struct ctx *ctx, char *text,
	struct out_switch *change, const char **rest)
{
	if (strncmp(text, first_line, sizeof first_line - 1) != 0)
		return false;
	for (char *line = text + sizeof first_line - 1, *end;
		(end = strchr(line, '\n')); line = end + 1) {
		*end = '\0';
		*rest = end + 1;
		if (strcmp(line, "end") == 0)
			return true;
		if (!line_parse(ctx, change, line))
			return false;
	}
	return false;
}

static bool new_is(const struct out_switch *change, const struct out_op *op)
{
	int fd = at_folder(change->home, new_folder);
	bool same = fd >= 0 && at_is(fd, op->name, op->length, op->hex);
	if (fd >= 0)
		close(fd);
	return same;
}

static bool can_go_on(const struct out_switch *change)
{
	for (size_t i = 0; i < change->ops; i++) {
		const struct out_op *op = &change->op[i];
		if ((op->kind == OP_ADD || op->kind == OP_PUT) &&
			!new_is(change, op) &&
			!at_is(change->dir, op->name, op->length, op->hex))
			return false;
	}
	return true;
}

bool out_journal_settle(
	struct ctx *ctx, const char *path, int dir, const char *name)
{
	const char *rest = "", *what;
	struct out_switch change = {.dir = dir};
	const char *home_name = arena_printf(&ctx->arena, OUT_HOME "/%s", name);
	change.home = at_folder(dir, home_name);
	if (change.home < 0)
		return true;
	char *text = journal_text(ctx, change.home);
	bool ok = true;
	if (text && !journal_parse_ops(ctx, text, &change, &rest)) {
		ok = refuse(ctx, path, home_name, "%s",
			"the journal of an interrupted command cannot be read: "
			"remove this folder and compile again");
	} else if (text) {
		bool done = strncmp(rest, done_word, strlen(done_word)) == 0;
		bool back = !done && strstr(rest, back_word);
		if (!done && !back)
			done = can_go_on(&change) && ops_do(&change, &what);
		ok = done || ops_undo(&change);
		if (ok)
			home_empty(change.home);
		else
			refuse(ctx, path, home_name, "%s",
				"an interrupted command left a mixture that "
				"cannot be brought back here: compile again "
				"where files can be written");
		if (ok && done) {
			/* A change from links to plain files. */
			at_remove(change.home, "now");
			at_remove(change.home, "0");
			at_remove(change.home, "1");
		}
	}
	close(change.home);
	return ok;
}
