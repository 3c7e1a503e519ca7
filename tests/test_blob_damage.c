/* A small blob damaged in every way that leaves most of it alone, as 'inspect'
 * and 'verify' meet it: cut at every length, each byte changed, each byte
 * changed under checksums that are right again. It is refused in one line, or
 * can be printed and verified like any other. */
#include "sim/verify.h"

#include "codegen/nwcfg.h"
#include "tests/blob_seal.h"
#include "tests/cmocka.h"
#include "tests/config_case.h"
#include "tests/times.h"

#include <stdlib.h>
#include <string.h>

/* Every bit on its own, and all at once; of a byte one of them in turn. */
static const uint8_t flips[] = {1, 2, 4, 8, 16, 32, 64, 128, 255};
enum { FLIPS = sizeof flips / sizeof *flips };

enum outcome { REFUSED, WRONG, RIGHT, OUTCOMES };

/* Prints the blob and verifies it against the model's operators; against its
 * own nests where model is NULL. */
static enum outcome use(struct ctx *ctx, const struct nwcfg *cfg,
	const struct layer_list *model)
{
	struct verified verified;
	struct verify_options options = {.threads = 1, .model = model};
	assert_non_null(config_to_text(ctx, cfg));
	if (!verify_run(ctx, "blob", cfg, &options, &verified))
		return WRONG;
	assert_non_null(verified_text(ctx, &verified, true));
	return verified.wrong ? WRONG : RIGHT;
}

/* Opens the first length of bytes, in a block of that size so that the
 * sanitizer sees a byte too far. Whoever refuses says so in one line. */
static enum outcome try(const uint8_t *bytes, size_t length, bool seal,
	const struct layer_list *model)
{
	char *said;
	size_t size;
	struct ctx ctx;
	struct nwcfg cfg;
	FILE *sink = open_memstream(&said, &size);
	uint8_t *copy = malloc(length ? length : 1);
	assert_true(sink && copy);
	memcpy(copy, bytes, length);
	if (seal)
		blob_reseal(copy, length);
	ctx_init(&ctx, sink, NULL);
	enum outcome outcome = config_open(&ctx, "blob", copy, length, &cfg)
		? use(&ctx, &cfg, model)
		: REFUSED;
	fflush(sink);
	if (outcome == REFUSED || ctx.errors) {
		assert_int_equal(ctx.errors, 1);
		assert_ptr_equal(strchr(said, '\n'), said + size - 1);
		assert_memory_equal(said, "blob: error: ", 13);
	}
	ctx_release(&ctx);
	fclose(sink);
	free(said);
	free(copy);
	return outcome;
}

static void cut_blobs_are_refused(void **state)
{
	(void)state;
	struct config_case c;
	case_example(&c);
	for (size_t length = 0; length < c.length; length++) {
		assert_int_equal(try(c.bytes, length, false, NULL), REFUSED);
		assert_int_equal(try(c.bytes, length, true, NULL), REFUSED);
	}
	assert_int_equal(try(c.bytes, c.length, false, &c.layers), RIGHT);
	case_close(&c);
}

static void grown_blobs_are_refused(void **state)
{
	(void)state;
	struct config_case c;
	case_example(&c);
	uint8_t *grown = calloc(2, c.length);
	assert_non_null(grown);
	memcpy(grown, c.bytes, c.length);
	for (size_t length = c.length + 1; length <= 2 * c.length;
		length += 1 + (length - c.length) / 16) {
		assert_int_equal(try(grown, length, false, NULL), REFUSED);
		assert_int_equal(try(grown, length, true, NULL), REFUSED);
	}
	free(grown);
	case_close(&c);
}

/* Calls try for each byte; counts what comes out, and returns how many. */
static unsigned long flip_all(
	const struct config_case *c, bool seal, unsigned long counts[OUTCOMES])
{
	const unsigned step = times_step(FLIPS);
	unsigned long tried = 0;
	uint8_t *bytes = malloc(c->length);
	assert_non_null(bytes);
	memcpy(bytes, c->bytes, c->length);
	for (size_t at = 0; at < c->length; at++)
		for (size_t f = at % step; f < FLIPS; f += step) {
			bytes[at] ^= flips[f];
			counts[try(bytes, c->length, seal, &c->layers)]++;
			bytes[at] ^= flips[f];
			tried++;
		}
	free(bytes);
	return tried;
}

static void flipped_bytes_are_refused(void **state)
{
	(void)state;
	struct config_case c;
	unsigned long counts[OUTCOMES] = {0};
	case_example(&c);
	unsigned long tried = flip_all(&c, false, counts);
	assert_true(tried >= c.length);
	assert_int_equal(counts[REFUSED], tried);
	case_close(&c);
}

/* What configures the machine is found: tests/test_verify_mutation.c proves it
 * field by field. What is left is text, and numbers that are for the reader. */
static void sealed_flips_are_harmless(void **state)
{
	(void)state;
	struct config_case c;
	unsigned long counts[OUTCOMES] = {0};
	case_example(&c);
	flip_all(&c, true, counts);
	case_close(&c);
	case_edges(&c);
	flip_all(&c, true, counts);
	print_message("%lu refused, %lu verified as wrong, %lu as right\n",
		counts[REFUSED], counts[WRONG], counts[RIGHT]);
	assert_true(counts[REFUSED] > 2 * (counts[WRONG] + counts[RIGHT]));
	assert_true(counts[WRONG] > 100);
	case_close(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cut_blobs_are_refused),
		cmocka_unit_test(grown_blobs_are_refused),
		cmocka_unit_test(flipped_bytes_are_refused),
		cmocka_unit_test(sealed_flips_are_harmless),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
