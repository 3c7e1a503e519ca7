/* Whole files in the arena. */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include "base/arena.h"

#include <stdio.h>

struct file_bytes {
	unsigned char *bytes; /* [length + 1], a 0 behind them */
	size_t length;
};

/* FILE_LARGE: more than the most bytes, one of which is read. */
enum file_state { FILE_GOOD, FILE_UNOPENED, FILE_UNREAD, FILE_LARGE };

/* Reads a file from end to end. Where it cannot be opened or read, errno says
 * why: EISDIR, too. */
enum file_state file_read(struct arena *arena, const char *path, size_t most,
	struct file_bytes *out);
/* The same from where a stream stands. */
enum file_state file_read_stream(
	struct arena *arena, FILE *file, size_t most, struct file_bytes *out);

#endif
