/* A table from names to objects. Cost is constant per name; nothing can be
 * taken out. */
#ifndef BASE_NAMES_H
#define BASE_NAMES_H

#include "base/arena.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct name_slot;

/* Zeroed: an empty table. */
struct names {
	size_t count, capacity;
	struct name_slot *slots;
};

/* Adds an item under the length bytes (below 4 GiB) at name, which must live as
 * long as the table; false, and nothing changed, when the name is there already. */
bool names_add(struct arena *arena, struct names *names, const char *name,
	size_t length, void *item);
/* The place that holds the item of a name, or NULL without one. Good until the
 * next names_add. */
void **names_find(const struct names *names, const char *name, size_t length);

#endif
