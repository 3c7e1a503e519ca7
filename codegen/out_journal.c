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
 *     open
 *
 *   The last line becomes, in place, 'done', after which the set is the new one,
 *   or 'back', after which it is the old one. While it is neither, whoever comes
 *   next goes on to 'done' if all new files are there, else back. */
#include "codegen/out_parts.h"

#include "base/diag.h"
#include "base/digest.h"
#include "base/text.h"

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
/* Of one length: one takes the other's place on a disk that is full, too. */
static const char open_word[] = "open\n", done_word[] = "done\n",
		  back_word[] = "back\n";
enum { WORD_BYTES = sizeof open_word - 1, JOURNAL_LIMIT = 1 << 28 };

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

/* Also where the link that was in its folder's place is back. */
static bool is_absent(int why)
{
	return why == ENOENT || why == ENOTDIR || why == ELOOP;
}

static bool op_undo(const struct out_switch *change, const struct out_op *op)
{
	int there;
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
		there = at_there(change->home, op->new);
		return there > 0 ||
			(there == 0 &&
				(at_unlink(change->dir, op->name) ||
					is_absent(errno)));
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

/* Opened before the first operation, so that none is done that could not be
 * taken back for want of descriptors. */
static bool journal_open(struct out_switch *change)
{
	change->journal = openat(
		change->home, journal_name, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
	return change->journal >= 0;
}

/* The journal's last word. */
static bool journal_say(const struct out_switch *change, const char *word)
{
	off_t end = lseek(change->journal, 0, SEEK_END);
	return end >= WORD_BYTES &&
		pwrite(change->journal, word, WORD_BYTES, end - WORD_BYTES) ==
		WORD_BYTES &&
		at_flush(change->journal);
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
static void home_empty(struct out_switch *change)
{
	static const char *const all[] = {
		new_folder, old_folder, journal_temp, journal_name};
	if (change->journal >= 0)
		close(change->journal);
	change->journal = -1;
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		at_remove(change->home, all[i]);
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

struct sweeping {
	struct out_set *set;
	const struct out_sweep *sweep;
};

static bool sweep_take(void *arg, const char *name)
{
	const struct sweeping *s = arg;
	const char *path = arena_printf(
		&s->set->ctx->arena, "%s/%s", s->sweep->folder, name);
	if (s->sweep->ours(name) && !out_has(s->set, path))
		drop_add(s->set, path);
	return true;
}

/* Files of the set that an earlier command left and this one has not. False
 * with errno and where, as below. */
static bool drops_find(struct out_set *set, const char **what)
{
	struct out_switch *change = set->change;
	for (size_t i = 0; i < set->removals; i++) {
		const char *name = *what = set->removal[i];
		enum out_stands stands = out_stands(set, change->dir, name);
		if (stands == OUT_UNKNOWN)
			return false;
		if (!out_has(set, name) &&
			(stands == OUT_FILE || stands == OUT_LINK))
			drop_add(set, name);
	}
	*what = ".";
	if (!out_stale_links(set, change->dir, drop_add, set))
		return false;
	for (size_t i = 0; i < set->sweeps; i++) {
		struct sweeping s = {set, &set->sweep[i]};
		*what = s.sweep->folder;
		/* ENOTDIR, ELOOP: a link or file, not a folder of ours. */
		if (!at_each(change->dir, *what, sweep_take, &s) &&
			errno != ENOENT && errno != ENOTDIR && errno != ELOOP)
			return false;
	}
	return true;
}

/* False with errno and what could not be looked at. */
static bool ops_plan(struct out_set *set, const char **what)
{
	struct out_switch *change = set->change;
	struct ctx *ctx = set->ctx;
	if (!drops_find(set, what))
		return false;
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
		int there = at_there(change->dir, *what = file->name);
		if (there < 0)
			return false;
		struct out_op *op = op_add(
			ctx, change, there ? OP_PUT : OP_ADD, file->name);
		op->length = file->length;
		digest_of(file->bytes, file->length, op->hex);
	}
	return true;
}

/* Second names for all that goes. */
static bool old_keep(struct out_set *set)
{
	const struct out_switch *change = set->change;
	struct ctx *ctx = set->ctx;
	/* One that a command without a journal left. */
	int old = at_remove(change->home, old_folder)
		? at_folder_make(change->home, old_folder)
		: -1;
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
	const char *what;
	if (!ops_plan(set, &what))
		return refuse(set->ctx, set->dir, what, "cannot be read: %s",
			strerror(errno));
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
	text_add(&text, "end\n%s", open_word);
	unlinkat(change->home, journal_temp, 0);
	return (at_put(change->home, journal_temp, text.bytes, text.length) &&
		       renameat(change->home, journal_temp, change->home,
			       journal_name) == 0 &&
		       at_flush(change->home) && journal_open(change)) ||
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
static void change_end(struct out_switch *change)
{
	at_remove(change->home, "now");
	at_remove(change->home, "0");
	at_remove(change->home, "1");
	home_empty(change);
}

static void plain_finish(struct out_set *set)
{
	change_end(set->change);
}

static void plain_abandon(struct out_set *set)
{
	home_empty(set->change);
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

/* The journal's text, in the arena, "" for what is none; NULL: there is no
 * journal. False with errno where it cannot be read. */
static bool journal_text(struct ctx *ctx, int home, char **text)
{
	struct stat st;
	int fd = openat(home, journal_name,
		O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	size_t size = 0, n = 0;
	ssize_t got = 0;
	*text = NULL;
	if (fd < 0)
		return errno == ENOENT;
	bool ok = fstat(fd, &st) == 0;
	if (ok && S_ISREG(st.st_mode) && st.st_size < JOURNAL_LIMIT)
		n = (size_t)st.st_size;
	*text = arena_alloc(&ctx->arena, n + 1);
	while (ok && size < n && (got = read(fd, *text + size, n - size)) > 0)
		size += (size_t)got;
	int why = errno;
	close(fd);
	if (strlen(*text) != size)
		**text = '\0';
	errno = why;
	return ok && got >= 0;
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
	struct out_switch change = {.dir = dir, .journal = -1};
	const char *home_name = arena_printf(&ctx->arena, OUT_HOME "/%s", name);
	change.home = at_folder(dir, home_name);
	if (change.home < 0)
		return errno == ENOENT || errno == ENOTDIR || errno == ELOOP ||
			refuse(ctx, path, home_name, "cannot be read: %s",
				strerror(errno));
	char *text;
	bool ok = journal_text(ctx, change.home, &text);
	if (!ok) {
		refuse(ctx, path, home_name, "cannot be read: %s",
			strerror(errno));
	} else if (text && !journal_parse_ops(ctx, text, &change, &rest)) {
		ok = refuse(ctx, path, home_name, "%s",
			"the journal of an interrupted command cannot be read: "
			"remove this folder and compile again");
	} else if (text) {
		bool done = strcmp(rest, done_word) == 0;
		bool back = strcmp(rest, back_word) == 0;
		ok = done || journal_open(&change);
		if (ok && !done && !back)
			done = can_go_on(&change) && ops_do(&change, &what);
		ok = ok && (done || ops_undo(&change));
		if (ok && done)
			change_end(&change);
		else if (ok)
			home_empty(&change);
		else
			refuse(ctx, path, home_name, "%s",
				"an interrupted command left a mixture that "
				"cannot be brought back here: compile again "
				"where files can be written");
	}
	if (change.journal >= 0)
		close(change.journal);
	close(change.home);
	return ok;
}
