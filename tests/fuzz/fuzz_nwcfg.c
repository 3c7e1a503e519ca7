/* libFuzzer target: any bytes as a configuration blob, once as they are and
 * once under right checksums. They are refused, or every record can be read,
 * printed and followed: no DMA address leaves its tensor, and the JSON gives
 * a blob. See tests/fuzz/run. */
#include "codegen/config.h"

#include "codegen/nwcfg.h"
#include "tests/blob_seal.h"
#include "tests/blob_walk.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void check(bool holds)
{
	if (!holds)
		abort();
}

static void print(struct ctx *ctx, const struct nwcfg *cfg)
{
	check(config_to_text(ctx, cfg) != NULL);
	check(config_to_hex(ctx, cfg) != NULL);
	const char *json = config_to_json(ctx, cfg);
	uint8_t *again;
	size_t length;
	struct nwcfg other;
	/* Not the same bytes where references point into strings. */
	if (config_from_json(
		    ctx, "a.json", json, strlen(json), &again, &length))
		check(config_open(ctx, "again.nwcfg", again, length, &other));
}

/* In a block of its own size, so that the sanitizer sees a byte too far. */
static void use(const uint8_t *bytes, size_t length, bool sealed)
{
	static FILE *nowhere;
	struct ctx ctx;
	struct nwcfg cfg;
	if (!nowhere)
		nowhere = fopen("/dev/null", "w");
	uint8_t *copy = malloc(length ? length : 1);
	check(copy != NULL);
	if (length)
		memcpy(copy, bytes, length);
	if (sealed)
		blob_reseal(copy, length);
	ctx_init(&ctx, nowhere, NULL);
	if (config_open(&ctx, "a.nwcfg", copy, length, &cfg)) {
		for (uint32_t i = 0; i < nwcfg_count(&cfg, NWCFG_PLACEMENT);
			i++)
			check(blob_addresses_hold(&ctx, &cfg, i));
		/* Printing is slow: of one blob in sixteen. */
		if (crc32(0, copy, (uInt)length) % 16 == 0)
			print(&ctx, &cfg);
	} else {
		check(ctx.errors == 1);
	}
	ctx_release(&ctx);
	free(copy);
}
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	use(bytes, length, false);
	use(bytes, length, true);
	return 0;
}
