/* Hashes and the tables on them: known values, many keys, keys whose hashes are
 * equal, what is not there. */
#include "base/hash.h"
#include "base/names.h"
#include "base/places.h"

#include "tests/cmocka.h"

#include <stdio.h>
#include <string.h>

/* Published values of FNV-1a with 64 bits. */
static void fnv_is_fnv(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		uint64_t hash;
	} rows[] = {
		{"",       0xcbf29ce484222325u},
		{"a",      0xaf63dc4c8601ec8cu},
		{"foobar", 0x85944171f73967e8u},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const char *text = rows[i].text;
		assert_true(hash_text(HASH_START, text) == rows[i].hash);
		assert_true(hash_bytes(HASH_START, text, strlen(text)) ==
			rows[i].hash);
	}
	static const unsigned char word[8] = {8, 7, 6, 5, 4, 3, 2, 1};
	assert_true(hash_word(HASH_START, 0x0102030405060708u) ==
		hash_bytes(HASH_START, word, sizeof word));
}

static void quick_hashes_differ(void **state)
{
	(void)state;
	static const char bytes[] = "abcdefghijklmnop";
	for (size_t a = 0; a < sizeof bytes; a++)
		for (size_t b = 0; b < a; b++)
			assert_true(
				hash_quick(bytes, a) != hash_quick(bytes, b));
	assert_true(hash_address(bytes) != hash_address(bytes + 1));
}

enum { MANY = 3000 };

static bool same_number(const void *items, size_t item, const void *key)
{
	return ((const int *)items)[item] == *(const int *)key;
}

/* However hashes meet: each on its own, eight to a hash, all of them one. */
static void items_are_found(void **state)
{
	(void)state;
	static int number[MANY];
	for (int way = 0; way < 3; way++) {
		struct arena arena = {0};
		struct hash_index index = {0};
		int count = way == 2 ? 100 : MANY;
		for (int i = 0; i < count; i++) {
			int key = 7 * i + 1;
			uint64_t hash = way == 0
				? hash_word(HASH_START, (uint64_t)i)
				: way == 1 ? (uint64_t)i / 8
					   : UINT64_MAX;
			number[i] = key;
			assert_true(index_find(&index, hash, same_number,
					    number, &key) == ITEM_NONE);
			index_add(&arena, &index, hash, (size_t)i);
			assert_true(index_find(&index, hash, same_number,
					    number, &key) == (size_t)i);
		}
		assert_int_equal(index.count, count);
		/* Under another's hash a key is not found. */
		assert_true(index_find(&index, 12345678, same_number, number,
				    &number[0]) == ITEM_NONE);
		arena_release(&arena);
	}
}

static void names_hold_one_item_each(void **state)
{
	(void)state;
	static char name[MANY][8];
	static int item[MANY];
	struct arena arena = {0};
	struct names names = {.capacity = 0};
	assert_null(names_find(&names, "0", 1));
	for (int i = 0; i < MANY; i++) {
		size_t length = (size_t)snprintf(name[i], 8, "%d", i);
		assert_true(
			names_add(&arena, &names, name[i], length, &item[i]));
		assert_false(names_add(&arena, &names, name[i], length, NULL));
	}
	for (int i = 0; i < MANY; i++) {
		void **found = names_find(&names, name[i], strlen(name[i]));
		assert_true(found && *found == &item[i]);
	}
	assert_null(names_find(&names, "", 0));
	assert_true(names_add(&arena, &names, "", 0, NULL));
	assert_non_null(names_find(&names, "", 0));
	assert_null(names_find(&names, "12345", 5));
	arena_release(&arena);
}

static void places_belong_to_objects(void **state)
{
	(void)state;
	static int object[MANY], item[MANY];
	struct arena arena = {0};
	struct places places = {.capacity = 0};
	assert_null(place_find(&places, object));
	for (int i = 0; i < MANY; i++) {
		assert_null(*place_of(&arena, &places, &object[i]));
		*place_of(&arena, &places, &object[i]) = &item[i];
	}
	for (int i = 0; i < MANY; i++)
		assert_ptr_equal(place_find(&places, &object[i]), &item[i]);
	assert_null(place_find(&places, &item[0]));
	arena_release(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fnv_is_fnv),
		cmocka_unit_test(quick_hashes_differ),
		cmocka_unit_test(items_are_found),
		cmocka_unit_test(names_hold_one_item_each),
		cmocka_unit_test(places_belong_to_objects),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
