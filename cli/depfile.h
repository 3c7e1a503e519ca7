/* Dependencies for Make and Ninja: what an output was made from. */
#ifndef CLI_DEPFILE_H
#define CLI_DEPFILE_H

#include "ir/ctx.h"

#include <stddef.h>

/* One rule a target: 'TARGET: SOURCE...'. */
struct dependency {
	const char *target;
	size_t count;
	const char *const *sources;
};

/* The text of a depfile, in the arena: spaces, '#' and '$' escaped as both
 * programs read them. */
const char *depfile_text(
	struct ctx *ctx, size_t count, const struct dependency *dependencies);

#endif
