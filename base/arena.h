/* Memory grouped by lifetime: everything of one compile is allocated from one
 * arena and released at once. malloc appears in arena.c alone. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <setjmp.h>
#include <stddef.h>

struct arena_block;

struct arena {
	struct arena_block *head; /* newest block, the one allocated from */
	jmp_buf *guard;           /* where running out of memory jumps to */
	size_t used_bytes;        /* handed out in total */
};

/* An empty arena. guard: a jmp_buf that the caller has setjmp'ed, or NULL, in
 * which case running out of memory aborts the program. */
void arena_init(struct arena *arena, jmp_buf *guard);
void arena_release(struct arena *arena);
/* Takes back all that was handed out but keeps a block for the next use: for
 * scratch that is filled and emptied many times. */
void arena_reset(struct arena *arena);

/* size bytes of zeroed memory, aligned for any object; never NULL: running out
 * jumps to the guard. size 0 gives a valid pointer. */
void *arena_alloc(struct arena *arena, size_t size);

/* The same for count objects of size bytes; a product that leaves size_t counts
 * as running out of memory. */
void *arena_array(struct arena *arena, size_t count, size_t size);

/* Like arena_alloc, but NULL instead of the jump: for libraries that have an
 * error path of their own. */
void *arena_try_alloc(struct arena *arena, size_t size);

/* Memory of malloc's, to be given back with free; never NULL: running out jumps
 * to the guard. For libraries that free what they take and check nothing. */
void *arena_lend(struct arena *arena, size_t size);

/* Grows an array that lives in the arena: returns memory for at least want
 * elements holding the first count of old; *capacity, which is what old was
 * made with (0: NULL), is updated. The array may move, and old is gone then. */
void *arena_grow(struct arena *arena, void *old, size_t count, size_t *capacity,
	size_t want, size_t size);

/* Takes back what was handed out since a mark was set, and from then on later
 * marks; arrays that are older must not have grown since. For what a function
 * needs only while it runs. */
struct arena_mark {
	struct arena_block *head, *next;
	size_t used;
};
struct arena_mark arena_mark(const struct arena *arena);
void arena_rewind(struct arena *arena, struct arena_mark mark);

/* A larger object has a block of its own. */
enum { ARENA_LARGE_BYTES = 16 * 1024 };

/* Takes back an object of size bytes where that is possible: a large one, or
 * what was handed out last. So the end of such an object can be taken back,
 * too, unless it is large itself. */
void arena_drop(struct arena *arena, void *p, size_t size);

/* Copies that live as long as the arena. */
char *arena_strdup(struct arena *arena, const char *s);
char *arena_strndup(struct arena *arena, const char *s, size_t n);
void *arena_memdup(struct arena *arena, const void *p, size_t n);
char *arena_printf(struct arena *arena, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
