/* Lines of tests/shape_cases*.txt as models of one node. */
#ifndef TESTS_SHAPE_CASE_H
#define TESTS_SHAPE_CASE_H

#include "ir/graph.h"

enum { CASE_IO = 24, CASE_ATTRS = 12 };

struct shape_case {
	struct model model;
	struct graph graph;
	struct node node, *nodes[1];
	struct value in[CASE_IO], out[CASE_IO];
	struct value *inputs[CASE_IO], *outputs[CASE_IO];
	struct attr attrs[CASE_ATTRS];
	const char *want[CASE_IO]; /* of each output, as in the file */
	size_t want_count;
};

/* Aborts the test at a line that is none of this form. The line is copied;
 * everything lives in the arena. */
void shape_case_read(struct ctx *ctx, const char *line, struct shape_case *out);
/* "2x?3x5", "[]", "*" */
struct shape shape_case_dims(struct ctx *ctx, const char *text);

#endif
