/* The journal: a line a design that was searched, so that a run that ends early
 * loses none of them. Lines are only ever appended, each whole by one write and
 * with a checksum; one that is damaged, or cut off, counts as not there. */
#ifndef DSE_JOURNAL_H
#define DSE_JOURNAL_H

#include "dse/outcome.h"

#include <stdint.h>

struct journal {
	const char *path;
	int file; /* descriptor, locked; -1: closed */
};

/* Called for each design that a journal holds; outcome's nests are in the
 * arena. */
typedef void journal_fn(
	void *arg, size_t design, const struct outcome *outcome);

/* The exploration that a journal must be of, and who takes its designs. */
struct journal_reader {
	uint64_t whose; /* explore_identity */
	size_t count;   /* designs are below it */
	const struct work *work;
	journal_fn *take;
	void *arg;
};

/* Opens or begins the journal at path and reads what it holds. False with a
 * diagnostic: another exploration's, or in use by another run. */
bool journal_open(struct ctx *ctx, const char *path,
	const struct journal_reader *reader, struct journal *out);
/* Reads another journal without changing it. */
bool journal_read(struct ctx *ctx, const char *path,
	const struct journal_reader *reader);
/* Appends a line of journal_line. False with a diagnostic when the disk is
 * full. */
bool journal_append(
	struct ctx *ctx, const struct journal *journal, const char *line);
/* Safe on one that is closed. */
void journal_close(struct journal *journal);

/* A searched design as a line with its newline; in the arena. */
const char *journal_line(struct ctx *ctx, size_t design,
	const struct work *work, const struct outcome *outcome);
/* Reads a line of length bytes, newline included. False when it is damaged. */
bool journal_parse(struct ctx *ctx, const struct journal_reader *reader,
	const char *line, size_t length, size_t *design,
	struct outcome *outcome);

#endif
