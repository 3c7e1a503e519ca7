/* Replaying an execution method: its estimate, computed anew, beside the one in
 * the file. */
#ifndef CODEGEN_REPLAY_H
#define CODEGEN_REPLAY_H

#include "codegen/method.h"

/* A figure of the file that is not what the cost model gives. */
struct difference {
	struct figure stored;
	const struct figure *now; /* NULL: an estimate has no such figure */
};

struct nest_replay {
	struct estimate estimate;
	size_t compared; /* figures of the file */
	size_t count;    /* of those, differences */
	struct difference *differences;
};

struct replay {
	struct method method;
	struct nest_replay *nests;  /* [method.count] */
	size_t compared, different; /* sums */
};

/* Reads a method file and evaluates it, on machine instead of the file's own
 * unless that is NULL. False with diagnostics when it cannot be read;
 * differences are a result. */
bool replay_read(struct ctx *ctx, const char *path, const struct arch *machine,
	struct replay *out);
/* The same from memory; nothing is beside it. */
bool replay_parse(struct ctx *ctx, const char *path, const char *text,
	size_t length, const struct arch *machine, struct replay *out);
/* A line for each difference of a method, at most ten a nest; false when there
 * is one. */
bool replay_report(struct ctx *ctx, const struct replay *replay);

/* A table, a row a nest; and everything, for programs (docs/output-files.md).
 * In the arena. */
const char *replay_text(
	struct ctx *ctx, size_t count, const struct replay *replays);
const char *replay_json(
	struct ctx *ctx, size_t count, const struct replay *replays);

#endif
