/* A crew of any size does each piece and each part once, one thread at a time
 * where that is said, and stops at what fails. Built under ThreadSanitizer,
 * too. */
#include "base/crew.h"

#include "tests/cmocka.h"

#include <string.h>

enum { PIECES = 40, PARTS = 7 };

struct heap {
	struct ctx ctx;
	struct crew *crew; /* NULL: parts in order */
	size_t count, next, kept;
	size_t wait_at; /* a piece that waits for all before it; 0: none */
	size_t bad;     /* the piece that fails, or runs out of memory */
	bool memory;
	int ran[PIECES], part_sum[PIECES];
	const char *text[PIECES];
};

static size_t heap_next(void *arg)
{
	struct heap *h = arg;
	if (h->next == h->count)
		return CREW_END;
	if (h->wait_at && h->next == h->wait_at && h->kept < h->wait_at)
		return CREW_WAIT;
	return h->next++;
}

struct sums {
	int square[PARTS];
};

static void part_square(void *data, int part)
{
	((struct sums *)data)->square[part] = part * part;
}

static bool heap_run(void *arg, struct ctx *ctx, size_t piece)
{
	struct heap *h = arg;
	struct sums sums = {{0}};
	if (h->wait_at && piece >= h->wait_at)
		assert_int_equal(h->ran[h->wait_at - 1], 1);
	if (piece == h->bad && h->memory)
		arena_array(&ctx->arena, SIZE_MAX, SIZE_MAX);
	crew_parts(h->crew, part_square, &sums, PARTS);
	for (int i = 0; i < PARTS; i++)
		h->part_sum[piece] += sums.square[i];
	h->text[piece] = arena_printf(&ctx->arena, "%zu", piece);
	h->ran[piece]++;
	return piece != h->bad;
}

static bool heap_keep(void *arg, struct ctx *ctx, size_t piece, bool ok)
{
	(void)ctx;
	struct heap *h = arg;
	h->kept++;
	if (ok)
		h->text[piece] = arena_strdup(&h->ctx.arena, h->text[piece]);
	return true;
}

static bool heap_do(struct heap *h, jmp_buf *guard, int threads)
{
	struct crew crew;
	const struct crew_job job = {h, heap_next, heap_run, heap_keep};
	ctx_init(&h->ctx, stderr, guard);
	crew_init(&h->ctx, &job, &crew);
	h->crew = threads > 1 ? &crew : NULL;
	crew_start(&crew, threads - 1);
	crew_work(&crew);
	return crew_join(&crew);
}

static void all_is_done_once(void **state)
{
	(void)state;
	for (int threads = 1; threads <= 9; threads += 4)
		for (size_t wait_at = 0; wait_at <= 20; wait_at += 20) {
			struct heap h = {.count = PIECES,
				.wait_at = wait_at,
				.bad = SIZE_MAX};
			assert_true(heap_do(&h, NULL, threads));
			assert_int_equal(h.kept, PIECES);
			for (size_t i = 0; i < PIECES; i++) {
				char want[8];
				snprintf(want, sizeof want, "%zu", i);
				assert_int_equal(h.ran[i], 1);
				/* 1 + 4 + 9 + 16 + 25 + 36 */
				assert_int_equal(h.part_sum[i], 91);
				assert_string_equal(h.text[i], want);
			}
			ctx_release(&h.ctx);
		}
}

static void nothing_is_done(void **state)
{
	(void)state;
	struct heap h = {.count = 0};
	assert_true(heap_do(&h, NULL, 4));
	assert_int_equal(h.kept, 0);
	ctx_release(&h.ctx);
}

static void a_failure_ends_it(void **state)
{
	(void)state;
	for (int threads = 1; threads <= 5; threads += 4) {
		struct heap h = {.count = PIECES, .bad = 3};
		assert_false(heap_do(&h, NULL, threads));
		/* How far others come meanwhile is the scheduler's. */
		assert_true(h.kept > 0 && h.kept <= (threads == 1 ? 4 : PIECES));
		ctx_release(&h.ctx);
	}
}

/* Of memory the caller's thread runs out, whichever it was. */
static void running_out_of_memory_jumps(void **state)
{
	(void)state;
	for (volatile int threads = 1; threads <= 5; threads += 4) {
		static struct heap h;
		jmp_buf guard;
		volatile bool jumped = true;
		h = (struct heap){.count = PIECES, .bad = 3, .memory = true};
		if (!setjmp(guard)) {
			heap_do(&h, &guard, threads);
			jumped = false;
		}
		assert_true(jumped);
		ctx_release(&h.ctx);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_is_done_once),
		cmocka_unit_test(nothing_is_done),
		cmocka_unit_test(a_failure_ends_it),
		cmocka_unit_test(running_out_of_memory_jumps),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
