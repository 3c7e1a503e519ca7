/* libFuzzer target: any bytes as a result of compile, for check-proof. It is
 * read or refused with a message; claims about small nests are checked and
 * printed. See tests/fuzz/run. */
#include "codegen/proof_report.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void check(bool holds)
{
	if (!holds)
		abort();
}

/* Whether the mapspaces can be counted and the claims looked at in no time. */
static bool is_small(const struct result *result)
{
	enum { MACS_MOST = 1 << 14 };
	double macs = 0;
	for (size_t i = 0; i < result->network.count; i++)
		macs += (double)nest_macs(&result->network.nests[i].nest);
	return macs <= MACS_MOST;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	static FILE *nowhere;
	struct ctx ctx;
	struct result result;
	struct proof_report report;
	const struct proof_report_options options = {
		.brute_most = 200, .seconds = 0.01};
	if (!nowhere)
		nowhere = fopen("/dev/null", "w");
	ctx_init(&ctx, nowhere, NULL);
	if (result_parse(
		    &ctx, "r.json", (const char *)bytes, length, &result)) {
		check(ctx.errors == 0);
		if (is_small(&result)) {
			if (proof_report_make(
				    &ctx, &result, &options, &report)) {
				check(*proof_report_text(&ctx, &report));
				check(*proof_report_json(&ctx, &report));
				check(report.consistent == (ctx.errors == 0));
			} else {
				check(ctx.errors > 0);
			}
		}
	} else {
		check(ctx.errors > 0);
	}
	result_release(&result);
	ctx_release(&ctx);
	return 0;
}
