/* The arena: zeroed and aligned memory, arrays that grow and give the old one
 * back, large objects. */
#include "base/arena.h"

#include "tests/cmocka.h"

#include <stdalign.h>
#include <stdint.h>
#include <string.h>

/* Every object is zeroed, aligned for its size, and apart from the others. */
static void objects(void **state)
{
	(void)state;
	struct arena arena;
	arena_init(&arena, NULL);
	enum { COUNT = 3000 };
	unsigned char *at[COUNT];
	size_t total = 0;
	for (size_t i = 0; i < COUNT; i++) {
		size_t size = i % 7 == 6 ? 20 * i : i % 100;
		at[i] = arena_alloc(&arena, size);
		size_t align = size % 16 ? 8 : 16;
		assert_int_equal((uintptr_t)at[i] % align, 0);
		for (size_t k = 0; k < size; k++)
			assert_int_equal(at[i][k], 0);
		memset(at[i], (int)(i % 251 + 1), size);
		total += size;
	}
	assert_true(arena.used_bytes >= total);
	for (size_t i = 0; i < COUNT; i++) {
		size_t size = i % 7 == 6 ? 20 * i : i % 100;
		for (size_t k = 0; k < size; k++)
			assert_int_equal(at[i][k], i % 251 + 1);
	}
	arena_release(&arena);
	assert_int_equal(arena.used_bytes, 0);
}

static void texts_stand_close(void **state)
{
	(void)state;
	struct arena arena;
	arena_init(&arena, NULL);
	char *a = arena_strdup(&arena, "odd");
	char *b = arena_printf(&arena, "%d", 12);
	assert_ptr_equal(b, a + 4);
	assert_string_equal(a, "odd");
	assert_string_equal(b, "12");
	assert_int_equal((uintptr_t)arena_alloc(&arena, sizeof(void *)) %
			alignof(void *),
		0);
	arena_release(&arena);
}

/* Two arrays that grow by turns, so that neither always ends the block; what is
 * handed out in the end is little more than what they hold. */
static void arrays_grow(void **state)
{
	(void)state;
	static const size_t counts[] = {1, 9, 100, 2049, 5000, 40000};
	for (size_t c = 0; c < sizeof counts / sizeof *counts; c++) {
		struct arena arena;
		uint64_t *a = NULL;
		uint16_t *b = NULL;
		size_t a_room = 0, b_room = 0, count = counts[c];
		arena_init(&arena, NULL);
		for (size_t i = 0; i < count; i++) {
			a = arena_grow(
				&arena, a, i, &a_room, i + 1, sizeof *a);
			a[i] = i * i;
			if (i % 3)
				continue;
			b = arena_grow(&arena, b, i / 3, &b_room, i / 3 + 1,
				sizeof *b);
			b[i / 3] = (uint16_t)i;
		}
		for (size_t i = 0; i < count; i++) {
			assert_int_equal(a[i], i * i);
			assert_int_equal(b[i / 3], (uint16_t)(i - i % 3));
		}
		/* Memory behind the last element is zeroed, too. */
		for (size_t i = count; i < a_room; i++)
			assert_int_equal(a[i], 0);
		assert_true(arena.used_bytes <=
			a_room * sizeof *a + b_room * sizeof *b + 64 * 1024);
		arena_release(&arena);
	}
}

/* An array of large elements begins with one. */
static void large_elements(void **state)
{
	(void)state;
	struct {
		char bytes[1000];
	} *list = NULL;
	struct arena arena;
	size_t room = 0;
	arena_init(&arena, NULL);
	list = arena_grow(&arena, list, 0, &room, 1, sizeof *list);
	assert_int_equal(room, 1);
	list[0].bytes[999] = 7;
	list = arena_grow(&arena, list, 1, &room, 2, sizeof *list);
	assert_int_equal(list[0].bytes[999], 7);
	arena_release(&arena);
}

static void used_again(void **state)
{
	(void)state;
	struct arena arena;
	arena_init(&arena, NULL);
	for (int round = 0; round < 5; round++) {
		size_t room = 0;
		char *text = NULL;
		for (size_t i = 0; i < 50000; i += 100) {
			char *other = arena_alloc(&arena, 40);
			text = arena_grow(&arena, text, i, &room, i + 100, 1);
			memset(text + i, 'x', 100);
			assert_int_equal(other[0] | other[39], 0);
			memset(other, 'y', 40);
		}
		arena_reset(&arena);
	}
	arena_release(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(objects),
		cmocka_unit_test(texts_stand_close),
		cmocka_unit_test(arrays_grow),
		cmocka_unit_test(large_elements),
		cmocka_unit_test(used_again),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
