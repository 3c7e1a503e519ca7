/* Open addressing with linear probing, at most two thirds full. */
#include "base/index.h"

struct index_slot {
	uint64_t hash;
	size_t after; /* the item's number plus one; 0: free */
};

size_t index_find(const struct hash_index *index, uint64_t hash, index_same_fn *same,
	const void *items, const void *key)
{
	if (!index->count)
		return ITEM_NONE;
	for (size_t i = (size_t)hash;; i++) {
		const struct index_slot *slot =
			&index->slot[i & (index->slots - 1)];
		if (!slot->after)
			return ITEM_NONE;
		if (slot->hash == hash && same(items, slot->after - 1, key))
			return slot->after - 1;
	}
}

static void slot_fill(struct hash_index *index, struct index_slot slot)
{
	size_t i = (size_t)slot.hash & (index->slots - 1);
	while (index->slot[i].after)
		i = (i + 1) & (index->slots - 1);
	index->slot[i] = slot;
}

static void index_double(struct arena *arena, struct hash_index *index)
{
	const struct hash_index old = *index;
	index->slots = old.slots ? 2 * old.slots : 16;
	index->slot = arena_array(arena, index->slots, sizeof *index->slot);
	for (size_t i = 0; i < old.slots; i++)
		if (old.slot[i].after)
			slot_fill(index, old.slot[i]);
	arena_drop(arena, old.slot, old.slots * sizeof *old.slot);
}

void index_add(
	struct arena *arena, struct hash_index *index, uint64_t hash, size_t item)
{
	if (3 * (index->count + 1) > 2 * index->slots)
		index_double(arena, index);
	slot_fill(index, (struct index_slot){hash, item + 1});
	index->count++;
}
