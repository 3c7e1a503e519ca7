/* From the hash of a key to the number of an item, which lies elsewhere: in an
 * array or a pool of texts of the caller's, who compares keys. Cost is constant
 * per item; nothing can be taken out. */
#ifndef BASE_INDEX_H
#define BASE_INDEX_H

#include "base/arena.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ITEM_NONE SIZE_MAX

struct index_slot;

/* Zeroed: an empty table. */
struct hash_index {
	size_t count, slots; /* slots: power of two */
	struct index_slot *slot;
};

/* Whether the item's key is the one that is looked for. */
typedef bool index_same_fn(const void *items, size_t item, const void *key);

/* The item with the key and its hash, or ITEM_NONE. */
size_t index_find(const struct hash_index *index, uint64_t hash, index_same_fn *same,
	const void *items, const void *key);
/* Adds an item whose key is not there yet. */
void index_add(
	struct arena *arena, struct hash_index *index, uint64_t hash, size_t item);

#endif
