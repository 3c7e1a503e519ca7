/* How files of the formats begin. */
#include "import/formats.h"

#include "tests/cmocka.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void files_are_known_by_their_heads(void **state)
{
	(void)state;
	static const struct {
		const char *head;
		bool open_dims; /* ONNX */
	} rows[] = {
		{"{\"CONV\": []}", false},
		{" \n\t[1]",       false},
		{"\xef\xbb\xbf{}", false},
		{"",               true },
		{"\x08\x07\x12{",  true },
		{"x{",             true },
		{"\xef\xbb{",      true },
	};
	char path[] = "/tmp/nestwright-format-XXXXXX";
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		size_t n = strlen(rows[i].head);
		assert_int_equal(ftruncate(fd, 0), 0);
		assert_int_equal(pwrite(fd, rows[i].head, n, 0), (ssize_t)n);
		const struct import_format *format = import_format_of(path);
		assert_int_equal(format->open_dims, rows[i].open_dims);
		assert_string_equal(format->name,
			rows[i].open_dims ? "an ONNX model"
					  : "a model specification");
	}
	close(fd);
	unlink(path);
	assert_true(import_format_of(path)->open_dims);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_are_known_by_their_heads),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
