/* Gaps as JSON and for people. */
#include "codegen/gap.h"

#include <math.h>

cJSON *json_gap(double gap)
{
	return isinf(gap) ? cJSON_CreateNull() : cJSON_CreateNumber(gap);
}

const char *gap_text(struct ctx *ctx, double gap)
{
	if (isinf(gap))
		return "no bound is known";
	return arena_printf(&ctx->arena, "at most %.3g %% above the least",
		100 * (gap - 1));
}
