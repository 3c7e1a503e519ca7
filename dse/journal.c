/* Lines are read word by word, and taken only when they are whole. */
#include "dse/journal.h"

#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

/* --- lines ---------------------------------------------------------------- */

static void add_number(struct text *text, double value)
{
	text_add(text, " %.17g", value);
}

const char *journal_line(struct ctx *ctx, size_t design,
	const struct work *work, const struct outcome *outcome)
{
	struct text text = {.ctx = ctx};
	text_add(&text, "%zu", design);
	add_number(&text, outcome->began_s);
	add_number(&text, outcome->ended_s);
	add_number(&text, outcome->least_energy_pj);
	add_number(&text, outcome->least_cycles);
	for (size_t i = 0; i < work->count; i++) {
		const struct nest_cost *c = &outcome->nests[i];
		add_number(&text, c->energy_pj);
		text_add(&text, " %" PRId64, c->cycles);
		add_number(&text, c->edp);
		text_add(&text, " %" PRId64, c->evaluated);
	}
	uLong sum = crc32(0, (const Bytef *)text.bytes, (uInt)text.length);
	text_add(&text, " #%08lx\n", sum);
	return text.bytes;
}

/* A line is read word by word; what is missing makes ok false. */
struct words {
	const char *at;
	bool ok;
};

static double next_number(struct words *w)
{
	char *end;
	double value = strtod(w->at, &end);
	w->ok = w->ok && end != w->at;
	w->at = end;
	return value;
}

static int64_t next_whole(struct words *w)
{
	char *end;
	int64_t value = strtoll(w->at, &end, 10);
	w->ok = w->ok && end != w->at;
	w->at = end;
	return value;
}

bool journal_parse(struct ctx *ctx, const struct journal_reader *reader,
	const char *line, size_t length, size_t *design,
	struct outcome *outcome)
{
	const struct work *work = reader->work;
	enum { TAIL = 11 }; /* " #12345678\n" */
	if (length < TAIL || line[length - 1] != '\n' ||
		memchr(line, 0, length))
		return false;
	size_t body = length - TAIL;
	char want[TAIL + 1];
	snprintf(want, sizeof want, " #%08lx\n",
		crc32(0, (const Bytef *)line, (uInt)body));
	if (memcmp(line + body, want, TAIL) != 0)
		return false;
	struct words w = {
		.at = arena_strndup(&ctx->arena, line, body), .ok = true};
	int64_t index = next_whole(&w);
	*outcome = (struct outcome){.kind = OUTCOME_SEARCHED};
	outcome->began_s = next_number(&w);
	outcome->ended_s = next_number(&w);
	outcome->least_energy_pj = next_number(&w);
	outcome->least_cycles = next_number(&w);
	outcome->nests = arena_array(
		&ctx->arena, work->count + 1, sizeof *outcome->nests);
	for (size_t i = 0; i < work->count; i++) {
		struct nest_cost *c = &outcome->nests[i];
		c->energy_pj = next_number(&w);
		c->cycles = next_whole(&w);
		c->edp = next_number(&w);
		c->evaluated = next_whole(&w);
	}
	outcome_sum(work, outcome);
	*design = (size_t)index;
	return w.ok && !*w.at && index >= 0 && (size_t)index < reader->count;
}

/* --- files ---------------------------------------------------------------- */

static bool refuse(struct ctx *ctx, const char *path, const char *what)
{
	const struct loc loc = {.file = path};
	return diag_error(ctx, &loc, "%s: %s", what, strerror(errno));
}

static const char *head_line(struct ctx *ctx, uint64_t whose)
{
	return arena_printf(&ctx->arena,
		"nestwright dse journal 1, exploration %016" PRIx64 "\n",
		whose);
}

/* All of an open file; NULL with a diagnostic. */
static char *slurp(struct ctx *ctx, const char *path, int file, size_t *length)
{
	struct stat st;
	if (fstat(file, &st) != 0 || !S_ISREG(st.st_mode)) {
		refuse(ctx, path, "cannot read the journal");
		return NULL;
	}
	char *bytes = arena_alloc(&ctx->arena, (size_t)st.st_size + 1);
	for (*length = 0; *length < (size_t)st.st_size;) {
		ssize_t n = pread(file, bytes + *length,
			(size_t)st.st_size - *length, (off_t)*length);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			refuse(ctx, path, "cannot read the journal");
			return NULL;
		}
		if (n == 0)
			break;
		*length += (size_t)n;
	}
	return bytes;
}

/* Hands over the whole lines that are sound; *end: where the last whole line
 * ends. An empty file is a journal that was only begun. */
static bool lines_take(struct ctx *ctx, const char *path,
	const struct journal_reader *reader, const char *bytes, size_t length,
	size_t *end)
{
	const char *head = head_line(ctx, reader->whose);
	const struct loc loc = {.file = path};
	const char *at = bytes, *newline;
	*end = 0;
	if (!memchr(bytes, '\n', length) &&
		!strncmp(head, bytes,
			length < strlen(head) ? length : strlen(head)))
		return true;
	if (length < strlen(head) || memcmp(bytes, head, strlen(head)) != 0)
		return diag_error(ctx, &loc,
			"the journal is of another exploration (another space, "
			"models, objective or version): remove it, or choose "
			"another folder (-o)");
	for (at += strlen(head);
		(newline = memchr(at, '\n', length - (size_t)(at - bytes))) !=
		NULL;
		at = newline + 1) {
		struct outcome outcome;
		size_t design, n = (size_t)(newline - at) + 1;
		if (journal_parse(ctx, reader, at, n, &design, &outcome))
			reader->take(reader->arg, design, &outcome);
	}
	*end = (size_t)(at - bytes);
	return true;
}

static bool write_all(int file, const char *bytes, size_t length)
{
	while (length) {
		ssize_t n = write(file, bytes, length);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		bytes += n;
		length -= (size_t)n;
	}
	return true;
}

bool journal_open(struct ctx *ctx, const char *path,
	const struct journal_reader *reader, struct journal *out)
{
	size_t length, end;
	const struct loc loc = {.file = path};
	*out = (struct journal){.path = path};
	out->file = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
	if (out->file < 0)
		return refuse(ctx, path, "cannot write the journal");
	if (flock(out->file, LOCK_EX | LOCK_NB) != 0)
		return diag_error(ctx, &loc,
			"another run writes this journal: wait for it, or "
			"choose another folder (-o)");
	const char *bytes = slurp(ctx, path, out->file, &length);
	if (!bytes ||
		!lines_take(ctx, path, reader, bytes, length, &end))
		return false;
	/* A line that was cut off must not run into the next one. */
	if (end < length && ftruncate(out->file, (off_t)end) != 0)
		return refuse(ctx, path, "cannot write the journal");
	return end || journal_append(ctx, out, head_line(ctx, reader->whose));
}

bool journal_read(struct ctx *ctx, const char *path,
	const struct journal_reader *reader)
{
	size_t length, end;
	int file = open(path, O_RDONLY | O_CLOEXEC);
	if (file < 0)
		return refuse(ctx, path, "cannot read the journal");
	const char *bytes = slurp(ctx, path, file, &length);
	close(file);
	return bytes && lines_take(ctx, path, reader, bytes, length, &end);
}

bool journal_append(
	struct ctx *ctx, const struct journal *journal, const char *line)
{
	return write_all(journal->file, line, strlen(line)) ||
		refuse(ctx, journal->path, "cannot write the journal");
}

void journal_close(struct journal *journal)
{
	if (journal->file >= 0)
		close(journal->file);
	journal->file = -1;
}
