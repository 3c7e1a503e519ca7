/* libFuzzer target: any bytes as a configuration blob under right checksums. It
 * is refused, or executed on the reference machine: what it computes may
 * differ, but the machine stops with a reason where it is told what it cannot
 * do. See tests/fuzz/run. */
#include "codegen/config.h"
#include "codegen/nwcfg.h"
#include "sim/verify.h"
#include "tests/blob_seal.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void check(bool holds)
{
	if (!holds)
		abort();
}

static void use(struct ctx *ctx, const uint8_t *blob, size_t length)
{
	struct nwcfg cfg;
	struct verified verified;
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	const struct search_stop stop = {
		.deadline =
			(double)now.tv_sec + 1e-9 * (double)now.tv_nsec + 0.1,
	};
	const struct verify_options options = {
		.seed = 1, .threads = 1, .stop = &stop};
	if (!config_open(ctx, "b.nwcfg", blob, length, &cfg)) {
		check(ctx->errors == 1);
		return;
	}
	if (!verify_run(ctx, "b.nwcfg", &cfg, &options, &verified)) {
		check(ctx->errors > 0);
		return;
	}
	check(*verified_text(ctx, &verified, true) != '\0');
	check(*verified_json(ctx, &verified) != '\0');
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	static FILE *nowhere;
	struct ctx ctx;
	if (!nowhere)
		nowhere = fopen("/dev/null", "w");
	/* In a block of its own size, so that the sanitizer sees a byte too
	 * far. */
	uint8_t *copy = malloc(length ? length : 1);
	check(copy != NULL);
	if (length)
		memcpy(copy, bytes, length);
	blob_reseal(copy, length);
	ctx_init(&ctx, nowhere, NULL);
	use(&ctx, copy, length);
	ctx_release(&ctx);
	free(copy);
	return 0;
}
