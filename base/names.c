#include "base/names.h"

#include <string.h>

/* Open addressing with linear probing, at most two thirds full. */
struct name_slot {
	const char *name; /* NULL: empty */
	void *item;
	uint32_t hash, length; /* low bits of both */
};

/* Eight bytes at a time, the high bits of each product folded into the low
 * ones: those choose the slot. */
static uint32_t name_hash(const char *name, size_t length)
{
	uint64_t hash = length, word;
	for (size_t n; length; name += n, length -= n) {
		n = length < sizeof word ? length : sizeof word;
		word = 0;
		memcpy(&word, name, n);
		hash = (hash ^ word) * 0x9e3779b97f4a7c15u;
		hash ^= hash >> 32;
	}
	return (uint32_t)hash;
}

/* The slot that holds the name, or the empty one where it belongs. */
static struct name_slot *slot_of(const struct names *names, uint32_t hash,
	const char *name, size_t length)
{
	for (size_t i = hash;; i++) {
		struct name_slot *slot =
			&names->slots[i & (names->capacity - 1)];
		if (!slot->name ||
			(slot->hash == hash &&
				slot->length == (uint32_t)length &&
				!memcmp(slot->name, name, length)))
			return slot;
	}
}

static void names_double(struct arena *arena, struct names *names)
{
	struct names old = *names;
	names->capacity = old.capacity ? 2 * old.capacity : 16;
	names->slots =
		arena_array(arena, names->capacity, sizeof *names->slots);
	for (size_t i = 0; i < old.capacity; i++) {
		const struct name_slot *slot = &old.slots[i];
		if (slot->name)
			*slot_of(names, slot->hash, slot->name, slot->length) =
				*slot;
	}
	arena_drop(arena, old.slots, old.capacity * sizeof *old.slots);
}

bool names_add(struct arena *arena, struct names *names, const char *name,
	size_t length, void *item)
{
	if (3 * (names->count + 1) > 2 * names->capacity)
		names_double(arena, names);
	uint32_t hash = name_hash(name, length);
	struct name_slot *slot = slot_of(names, hash, name, length);
	if (slot->name)
		return false;
	*slot = (struct name_slot){
		name, item, hash, (uint32_t)length};
	names->count++;
	return true;
}

void **names_find(const struct names *names, const char *name, size_t length)
{
	if (!names->count)
		return NULL;
	struct name_slot *slot =
		slot_of(names, name_hash(name, length), name, length);
	return slot->name ? &slot->item : NULL;
}
