/* Objects by address: places in the order they were made, under an index. */
#include "base/places.h"

#include "base/hash.h"

struct place {
	const void *object;
	void *item;
};

static bool same_object(const void *items, size_t item, const void *key)
{
	return ((const struct place *)items)[item].object == key;
}

static size_t index_of(const struct places *places, const void *object)
{
	return index_find(&places->index, hash_address(object), same_object,
		places->place, object);
}

void **place_of(struct arena *arena, struct places *places, const void *object)
{
	size_t i = index_of(places, object);
	if (i == ITEM_NONE) {
		i = places->index.count;
		places->place = arena_grow(arena, places->place, i,
			&places->capacity, i + 1, sizeof *places->place);
		places->place[i] = (struct place){.object = object};
		index_add(arena, &places->index, hash_address(object), i);
	}
	return &places->place[i].item;
}

void *place_find(const struct places *places, const void *object)
{
	size_t i = index_of(places, object);
	return i == ITEM_NONE ? NULL : places->place[i].item;
}
