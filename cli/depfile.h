/* Dependencies for Make and Ninja: what an output was made from. */
#ifndef CLI_DEPFILE_H
#define CLI_DEPFILE_H

#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>

/* One rule a target: 'TARGET: SOURCE...'. */
struct dependency {
	const char *target;
	size_t count;
	const char *const *sources;
};

/* Says of every name that Make and Ninja cannot both read, however it is
 * escaped, what is wrong with it. path: of the depfile, for the message. */
bool depfile_check(struct ctx *ctx, const char *path, size_t count,
	const struct dependency *dependencies);

/* The text of a depfile, in the arena: spaces, '#', ':' and '$' escaped as both
 * programs read them. The names are checked. */
const char *depfile_text(
	struct ctx *ctx, size_t count, const struct dependency *dependencies);

#endif
