/* Reads files whose length may be anybody's guess: pipes, too, and devices that
 * never end. */
#include "base/file.h"

#include <errno.h>
#include <stdint.h>
#include <sys/stat.h>

enum file_state file_read_stream(
	struct arena *arena, FILE *file, size_t most, struct file_bytes *out)
{
	struct stat st;
	size_t capacity = 0, want = 4096;
	*out = (struct file_bytes){0};
	if (fstat(fileno(file), &st) != 0)
		return FILE_UNREAD;
	if (S_ISDIR(st.st_mode)) {
		errno = EISDIR;
		return FILE_UNREAD;
	}
	/* Room to see the end. */
	if (S_ISREG(st.st_mode) && (uintmax_t)st.st_size <= most)
		want = (size_t)st.st_size + 2;
	for (;;) {
		out->bytes = arena_grow(
			arena, out->bytes, out->length, &capacity, want, 1);
		out->length += fread(out->bytes + out->length, 1,
			capacity - 1 - out->length, file);
		if (feof(file) || ferror(file) || out->length > most)
			break;
		want = capacity + 1;
	}
	out->bytes[out->length] = '\0';
	return ferror(file)          ? FILE_UNREAD
		: out->length > most ? FILE_LARGE
				     : FILE_GOOD;
}

enum file_state file_read(struct arena *arena, const char *path, size_t most,
	struct file_bytes *out)
{
	FILE *file = fopen(path, "rb");
	if (!file)
		return FILE_UNOPENED;
	enum file_state state = file_read_stream(arena, file, most, out);
	int why = errno;
	fclose(file);
	errno = why;
	return state;
}
