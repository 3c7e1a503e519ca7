/* Names in the order they were added, under an index. */
#include "base/names.h"

#include "base/hash.h"

#include <string.h>

struct named {
	const char *name;
	size_t length;
	void *item;
};

static bool same_name(const void *items, size_t item, const void *key)
{
	const struct named *have = (const struct named *)items + item;
	const struct named *want = key;
	return have->length == want->length &&
		!memcmp(have->name, want->name, want->length);
}

static size_t index_of(
	const struct names *names, uint64_t hash, const struct named *key)
{
	return index_find(&names->index, hash, same_name, names->named, key);
}

bool names_add(struct arena *arena, struct names *names, const char *name,
	size_t length, void *item)
{
	const struct named key = {name, length, item};
	uint64_t hash = hash_quick(name, length);
	if (index_of(names, hash, &key) != ITEM_NONE)
		return false;
	size_t i = names->index.count;
	names->named = arena_grow(arena, names->named, i, &names->capacity,
		i + 1, sizeof *names->named);
	names->named[i] = key;
	index_add(arena, &names->index, hash, i);
	return true;
}

void **names_find(const struct names *names, const char *name, size_t length)
{
	if (!names->index.count)
		return NULL;
	const struct named key = {name, length, NULL};
	size_t i = index_of(names, hash_quick(name, length), &key);
	return i == ITEM_NONE ? NULL : &names->named[i].item;
}
