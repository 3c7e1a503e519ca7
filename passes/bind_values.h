/* The values of inputs that a user gives: --value NAME=V[,V...]. */
#ifndef PASSES_BIND_VALUES_H
#define PASSES_BIND_VALUES_H

#include "ir/graph.h"

/* How many elements a list names: "1,0,2" has 3, "" none. */
int64_t values_count(const char *list);

/* Makes an input of known shape a constant: in->data, in the order of its
 * elements. Whole numbers for integer types, true, false, 1 or 0 for bool,
 * decimal numbers, inf and nan for floats. False with a diagnostic at loc for
 * another number of elements than the shape has (or more than are tracked), a
 * literal that is none of the type, or one that the type cannot hold. */
bool values_bind(struct ctx *ctx, const struct loc *loc, struct value *in,
	const char *list);

#endif
