#include "ir/arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct arena_block {
	struct arena_block *next;
	size_t size, used; /* bytes of data, and handed out of them */
	alignas(max_align_t) unsigned char data[];
};

enum { BLOCK_BYTES = 64 * 1024 };

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
	head->next = NULL;
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

void *arena_try_alloc(struct arena *arena, size_t size)
{
	size_t align = alignof(max_align_t);
	if (size > SIZE_MAX - align)
		return NULL;
	size = (size + align - 1) / align * align;
	struct arena_block *head = arena->head;
	if (!head || head->size - head->used < size) {
		struct arena_block *block =
			block_new(size > BLOCK_BYTES / 4 ? size : BLOCK_BYTES);
		if (!block)
			return NULL;
		/* A large object gets a block of its own behind the head, so
		 * that the head's free room is not wasted. */
		if (head && size > BLOCK_BYTES / 4) {
			block->next = head->next;
			head->next = block;
		} else {
			block->next = head;
			arena->head = block;
		}
		head = block;
	}
	void *p = head->data + head->used;
	head->used += size;
	arena->used_bytes += size;
	return p;
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

void *arena_grow(struct arena *arena, void *old, size_t count, size_t *capacity,
	size_t want, size_t size)
{
	if (want <= *capacity)
		return old;
	size_t grown = *capacity > SIZE_MAX / 2 ? want : *capacity * 2;
	if (grown < want)
		grown = want;
	if (grown < 8)
		grown = 8;
	void *p = arena_array(arena, grown, size);
	if (count)
		memcpy(p, old, count * size);
	*capacity = grown;
	return p;
}

void *arena_memdup(struct arena *arena, const void *p, size_t n)
{
	void *copy = arena_alloc(arena, n);
	if (n)
		memcpy(copy, p, n);
	return copy;
}

char *arena_strndup(struct arena *arena, const char *s, size_t n)
{
	char *copy = arena_alloc(arena, n + 1);
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
	char *s = arena_alloc(arena, n < 0 ? 1 : (size_t)n + 1);
	if (n >= 0)
		vsnprintf(s, (size_t)n + 1, format, again);
	va_end(again);
	return s;
}
