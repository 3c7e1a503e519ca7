/* libFuzzer target: any bytes as what 'inspect --json' prints. They are refused
 * with a message, or give a blob; one that loads is printed and built again,
 * byte for byte. See tests/fuzz/run. */
#include "codegen/config.h"

#include "codegen/nwcfg.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void check(bool holds)
{
	if (!holds)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	static FILE *nowhere;
	struct ctx ctx;
	struct nwcfg cfg;
	uint8_t *blob, *again;
	size_t blob_length, again_length;
	if (!nowhere)
		nowhere = fopen("/dev/null", "w");
	ctx_init(&ctx, nowhere, NULL);
	if (!config_from_json(&ctx, "b.json", (const char *)bytes, length,
		    &blob, &blob_length)) {
		check(ctx.errors > 0);
	} else if (!config_fault(&ctx, blob, blob_length)) {
		check(ctx.errors == 0);
		check(config_open(&ctx, "b.nwcfg", blob, blob_length, &cfg));
		const char *json = config_to_json(&ctx, &cfg);
		check(config_from_json(&ctx, "c.json", json, strlen(json),
			&again, &again_length));
		check(again_length == blob_length &&
			memcmp(again, blob, blob_length) == 0);
	}
	ctx_release(&ctx);
	return 0;
}
