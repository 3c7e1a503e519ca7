/* libFuzzer target: any bytes as an architecture file. It is read or refused
 * with a message; what is read lies within the ranges of arch_keys, and prints
 * as a file that reads back equal. See tests/fuzz/run. */
#include "base/json_doc.h"
#include "mapper/arch.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void check(bool holds)
{
	if (!holds)
		abort();
}

static bool read_bytes(
	struct ctx *ctx, const char *bytes, size_t length, struct arch *arch)
{
	struct json_doc doc;
	if (!json_parse(ctx, "a.json", bytes, length, &doc))
		return false;
	bool ok = arch_from_json(ctx, &doc, doc.root, "a.json", arch);
	json_release(&doc);
	return ok;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	static FILE *nowhere;
	struct ctx ctx;
	struct arch arch, again;
	if (!nowhere)
		nowhere = fopen("/dev/null", "w");
	ctx_init(&ctx, nowhere, NULL);
	if (read_bytes(&ctx, (const char *)bytes, length, &arch)) {
		const char *text = arch_to_json(&ctx, &arch);
		check(ctx.errors == 0);
		check(read_bytes(&ctx, text, strlen(text), &again));
		for (size_t i = 0; i < arch_key_count; i++) {
			double value = arch_get(&arch, &arch_keys[i]);
			check(value >= arch_keys[i].min &&
				value <= arch_keys[i].max);
			check(arch_get(&again, &arch_keys[i]) == value);
		}
		check(arch_fingerprint(&arch) == arch_fingerprint(&again));
		check(arch_burst_cycles(&arch, OPND_I, 1) >= 0);
		check(*arch_text(&ctx, &arch) != '\0');
	} else {
		check(ctx.errors > 0);
	}
	ctx_release(&ctx);
	return 0;
}
