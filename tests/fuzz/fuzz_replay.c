/* libFuzzer target: any bytes as an execution method. It is read or refused
 * with a message; what is read is costed again, compared and printed. See
 * tests/fuzz/run. */
#include "codegen/replay.h"

#include <stdlib.h>

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
	struct replay replay;
	if (!nowhere)
		nowhere = fopen("/dev/null", "w");
	for (int machine = 0; machine < 2; machine++) {
		const struct arch arch = arch_default();
		ctx_init(&ctx, nowhere, NULL);
		if (replay_parse(&ctx, "m.json", (const char *)bytes, length,
			    machine ? &arch : NULL, &replay)) {
			check(ctx.errors == 0);
			check(*replay_text(&ctx, 1, &replay) != '\0');
			check(*replay_json(&ctx, 1, &replay) != '\0');
			check(replay_report(&ctx, &replay) ==
				(replay.different == 0));
			check((ctx.errors > 0) == (replay.different > 0));
		} else {
			check(ctx.errors > 0);
		}
		ctx_release(&ctx);
	}
	return 0;
}
