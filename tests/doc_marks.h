/* Parts of files that are printed from tables of the code, each between two
 * lines: tests hold them against the code, and write them with --write. */
#ifndef TESTS_DOC_MARKS_H
#define TESTS_DOC_MARKS_H

#include "base/ctx.h"

#include <stddef.h>

struct doc_mark {
	const char *path, *begin, *end; /* lines */
	const char *(*text)(struct ctx *ctx);
};

/* Fails a test where a file has another text between the lines; program: the
 * test's name. */
void doc_marks_check(
	const struct doc_mark *marks, size_t count, const char *program);
void doc_marks_write(const struct doc_mark *marks, size_t count);

#endif
