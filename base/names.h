/* A table from names to objects. Cost is constant per name; nothing can be
 * taken out. */
#ifndef BASE_NAMES_H
#define BASE_NAMES_H

#include "base/index.h"

struct named;

/* Zeroed: an empty table. */
struct names {
	struct hash_index index;
	size_t capacity;
	struct named *named; /* [index.count] */
};

/* Adds an item under the length bytes at name, which must live as long as the
 * table; false, and nothing changed, when the name is there already. */
bool names_add(struct arena *arena, struct names *names, const char *name,
	size_t length, void *item);
/* The place that holds the item of a name, or NULL without one. Good until the
 * next names_add. */
void **names_find(const struct names *names, const char *name, size_t length);

#endif
