/* Blocks of memory, newest first; a large object has a block of its own, which
 * can be given back. */
#include "base/arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct arena_block {
	struct arena_block *next, *before; /* older and newer */
	size_t size, used; /* bytes of data, and handed out of them */
	alignas(max_align_t) unsigned char data[];
};

enum { BLOCK_BYTES = 64 * 1024, LARGE_BYTES = ARENA_LARGE_BYTES };

void arena_init(struct arena *arena, jmp_buf *guard)
{
	arena->head = NULL;
	arena->guard = guard;
	arena->used_bytes = 0;
}

void arena_release(struct arena *arena)
{
	while (arena->head) {
		struct arena_block *next = arena->head->next;
		free(arena->head);
		arena->head = next;
	}
	arena->used_bytes = 0;
}

void arena_reset(struct arena *arena)
{
	struct arena_block *head = arena->head;
	if (!head)
		return;
	/* Only the first object of all can make a large block the head. */
	if (head->size > BLOCK_BYTES) {
		arena_release(arena);
		return;
	}
	arena->head = head->next;
	arena_release(arena);
	head->next = head->before = NULL;
	memset(head->data, 0, head->used);
	head->used = 0;
	arena->head = head;
}

static struct arena_block *block_new(size_t size)
{
	if (size > SIZE_MAX - sizeof(struct arena_block))
		return NULL;
	struct arena_block *block =
		calloc(1, sizeof(struct arena_block) + size);
	if (block)
		block->size = size;
	return block;
}

/* Behind another block, or as the head. */
static void block_link(struct arena *arena, struct arena_block *block,
	struct arena_block *before)
{
	struct arena_block **link = before ? &before->next : &arena->head;
	block->before = before;
	block->next = *link;
	if (block->next)
		block->next->before = block;
	*link = block;
}

static void block_free(struct arena *arena, struct arena_block *block)
{
	*(block->before ? &block->before->next : &arena->head) = block->next;
	if (block->next)
		block->next->before = block->before;
	arena->used_bytes -= block->used;
	free(block);
}

/* An object's size is a multiple of its alignment. */
static size_t alignment_of(size_t size)
{
	return size % alignof(max_align_t) ? alignof(void *)
					   : alignof(max_align_t);
}

/* Where an object of that size would begin in a block; false when it does not
 * fit. A large one has a block of its own. */
static bool block_has_room(
	const struct arena_block *block, size_t align, size_t size, size_t *at)
{
	if (!block || size > LARGE_BYTES)
		return false;
	*at = (block->used + align - 1) / align * align;
	return *at <= block->size && block->size - *at >= size;
}

static void *try_alloc(struct arena *arena, size_t align, size_t size)
{
	size_t at;
	struct arena_block *head = arena->head;
	if (!block_has_room(head, align, size, &at)) {
		bool large = size > LARGE_BYTES;
		struct arena_block *block =
			block_new(large ? size : BLOCK_BYTES);
		if (!block)
			return NULL;
		/* Behind the head, so that the head's free room is not
		 * wasted. */
		block_link(arena, block, large ? head : NULL);
		head = block;
		at = 0;
	}
	arena->used_bytes += at + size - head->used;
	head->used = at + size;
	return head->data + at;
}

void *arena_try_alloc(struct arena *arena, size_t size)
{
	return try_alloc(arena, alignment_of(size), size);
}

static void *out_of_memory(struct arena *arena)
{
	if (arena->guard)
		longjmp(*arena->guard, 1);
	fputs("nestwright: error: out of memory\n", stderr);
	abort();
}

void *arena_alloc(struct arena *arena, size_t size)
{
	void *p = arena_try_alloc(arena, size);
	return p ? p : out_of_memory(arena);
}

void *arena_array(struct arena *arena, size_t count, size_t size)
{
	if (size && count > SIZE_MAX / size)
		return out_of_memory(arena);
	return arena_alloc(arena, count * size);
}

void *arena_lend(struct arena *arena, size_t size)
{
	void *p = malloc(size ? size : 1);
	return p ? p : out_of_memory(arena);
}

/* Elements of an array that has to hold want of them: twice as many as before,
 * and no fewer than fill a cache line. */
static size_t grown_capacity(size_t capacity, size_t want, size_t size)
{
	enum { LEAST_BYTES = 64 };
	size_t grown = capacity > SIZE_MAX / 2 ? want : capacity * 2;
	size_t least = size ? LEAST_BYTES / size : 1;
	if (grown < want)
		grown = want;
	return grown < least ? least : grown;
}

/* Whether the object that ends the head block could be longer in place. */
static bool grow_in_place(
	struct arena *arena, const unsigned char *old, size_t from, size_t to)
{
	struct arena_block *head = arena->head;
	if (!head || !from || to > LARGE_BYTES ||
		old + from != head->data + head->used ||
		head->size - head->used < to - from)
		return false;
	head->used += to - from;
	arena->used_bytes += to - from;
	return true;
}

void arena_drop(struct arena *arena, void *p, size_t size)
{
	struct arena_block *head = arena->head;
	unsigned char *at = p;
	if (size > LARGE_BYTES) {
		block_free(arena,
			(struct arena_block *)(at -
				offsetof(struct arena_block, data)));
	} else if (size && at + size == head->data + head->used) {
		memset(p, 0, size);
		head->used -= size;
		arena->used_bytes -= size;
	}
}

struct arena_mark arena_mark(const struct arena *arena)
{
	struct arena_block *head = arena->head;
	return (struct arena_mark){
		head, head ? head->next : NULL, head ? head->used : 0};
}

void arena_rewind(struct arena *arena, struct arena_mark mark)
{
	while (arena->head != mark.head)
		block_free(arena, arena->head);
	struct arena_block *head = mark.head;
	if (!head)
		return;
	while (head->next != mark.next)
		block_free(arena, head->next);
	memset(head->data + mark.used, 0, head->used - mark.used);
	arena->used_bytes -= head->used - mark.used;
	head->used = mark.used;
}

void *arena_grow(struct arena *arena, void *old, size_t count, size_t *capacity,
	size_t want, size_t size)
{
	if (want <= *capacity)
		return old;
	size_t from = *capacity * size;
	size_t grown = grown_capacity(*capacity, want, size);
	*capacity = grown;
	if (grown <= LARGE_BYTES && size <= LARGE_BYTES &&
		grow_in_place(arena, old, from, grown * size))
		return old;
	void *p = arena_array(arena, grown, size);
	if (count)
		memcpy(p, old, count * size);
	if (from > LARGE_BYTES)
		arena_drop(arena, old, from);
	return p;
}

void *arena_memdup(struct arena *arena, const void *p, size_t n)
{
	void *copy = arena_alloc(arena, n);
	if (n)
		memcpy(copy, p, n);
	return copy;
}

/* Texts stand close to each other. */
static char *text_alloc(struct arena *arena, size_t size)
{
	char *p = try_alloc(arena, 1, size);
	return p ? p : out_of_memory(arena);
}

char *arena_strndup(struct arena *arena, const char *s, size_t n)
{
	char *copy = text_alloc(arena, n + 1);
	memcpy(copy, s, n);
	copy[n] = '\0';
	return copy;
}

char *arena_strdup(struct arena *arena, const char *s)
{
	return arena_strndup(arena, s, strlen(s));
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
	va_list ap, again;
	va_start(ap, format);
	va_copy(again, ap);
	int n = vsnprintf(NULL, 0, format, ap);
	va_end(ap);
	char *s = text_alloc(arena, n < 0 ? 1 : (size_t)n + 1);
	if (n >= 0)
		vsnprintf(s, (size_t)n + 1, format, again);
	va_end(again);
	return s;
}
