/* Paths in their parts, and whole files in the arena. */
#include "base/file.h"
#include "base/path.h"

#include "tests/cmocka.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void paths_have_parts(void **state)
{
	(void)state;
	static const struct {
		const char *path, *folder, *base, *stem;
	} rows[] = {
		{"a.json",      ".",    "a.json", "a"    },
		{"/a",          "/",    "a",      "a"    },
		{"a/b",         "a",    "b",      "b"    },
		{"/a/b/c.json", "/a/b", "c.json", "c"    },
		{"a/",          "a",    "",       ""     },
		{"a/.json",     "a",    ".json",  ".json"},
		{"/",           "/",    "",       ""     },
		{"",            ".",    "",       ""     },
	};
	struct arena arena = {0};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const char *path = rows[i].path;
		assert_string_equal(path_folder(&arena, path), rows[i].folder);
		assert_string_equal(path_base(path), rows[i].base);
		assert_string_equal(
			path_stem(&arena, path, ".json"), rows[i].stem);
	}
	arena_release(&arena);
}

static void paths_are_joined(void **state)
{
	(void)state;
	struct arena arena = {0};
	assert_string_equal(path_join(&arena, "a", "b"), "a/b");
	assert_string_equal(path_join(&arena, "a/", "b"), "a/b");
	assert_string_equal(path_join(&arena, "", "b"), "/b");
	assert_string_equal(path_beside(&arena, "a/b", "c"), "a/c");
	assert_string_equal(path_beside(&arena, "/b", "c"), "/c");
	assert_string_equal(path_beside(&arena, "b", "c/d"), "c/d");
	assert_string_equal(path_beside(&arena, "a/b", "/c"), "/c");
	arena_release(&arena);
}

/* Of every length about that of the first block. */
static void files_are_read_whole(void **state)
{
	(void)state;
	enum { MOST = 9000 };
	static char text[MOST];
	char path[] = "/tmp/nestwright-file-XXXXXX";
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	for (size_t n = 0; n < MOST; n += n < 3 ? 1 : 1499) {
		struct arena arena = {0};
		struct file_bytes file;
		memset(text, 'x', n);
		assert_int_equal(pwrite(fd, text, n, 0), (ssize_t)n);
		assert_int_equal(
			file_read(&arena, path, MOST, &file), FILE_GOOD);
		assert_int_equal(file.length, n);
		assert_memory_equal(file.bytes, text, n);
		assert_int_equal(file.bytes[n], 0);
		assert_int_equal(file_read(&arena, path, n, &file), FILE_GOOD);
		assert_true(!n ||
			file_read(&arena, path, n - 1, &file) == FILE_LARGE);
		arena_release(&arena);
	}
	close(fd);
	unlink(path);
}

static void what_is_no_file_is_told(void **state)
{
	(void)state;
	struct arena arena = {0};
	struct file_bytes file;
	assert_int_equal(file_read(&arena, "/none", 9, &file), FILE_UNOPENED);
	assert_int_equal(errno, ENOENT);
	assert_int_equal(file_read(&arena, "/tmp", 9, &file), FILE_UNREAD);
	assert_int_equal(errno, EISDIR);
	/* It has no end. */
	assert_int_equal(
		file_read(&arena, "/dev/zero", 5000, &file), FILE_LARGE);
	FILE *pipe = popen("echo 12; echo 34", "r");
	assert_non_null(pipe);
	assert_int_equal(file_read_stream(&arena, pipe, 99, &file), FILE_GOOD);
	assert_string_equal((const char *)file.bytes, "12\n34\n");
	pclose(pipe);
	arena_release(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(paths_have_parts),
		cmocka_unit_test(paths_are_joined),
		cmocka_unit_test(files_are_read_whole),
		cmocka_unit_test(what_is_no_file_is_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
