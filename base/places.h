/* A table from the addresses of objects to others. Cost is constant per object;
 * nothing can be taken out. */
#ifndef BASE_PLACES_H
#define BASE_PLACES_H

#include "base/index.h"

struct place;

/* Zeroed: an empty table. */
struct places {
	struct hash_index index;
	size_t capacity;
	struct place *place; /* [index.count] */
};

/* The place that holds what belongs to the object, made with NULL where there
 * is none yet. Good until the next place_of. */
void **place_of(struct arena *arena, struct places *places, const void *object);
/* What belongs to the object; NULL without a place. */
void *place_find(const struct places *places, const void *object);

#endif
