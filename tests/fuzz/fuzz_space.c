/* libFuzzer target: any bytes as a design space, and as an expression of one.
 * They are read or refused with a message; of what is read every design's
 * machine lies within the ranges of arch_keys. See tests/fuzz/run. */
#include "dse/space.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static FILE *nowhere;

static void check(bool holds)
{
	if (!holds)
		abort();
}

static void check_designs(struct ctx *ctx, const struct space *space)
{
	enum { MOST = 2000 };
	struct design_list list;
	if (space->combinations > MOST)
		return;
	if (!space_designs(ctx, space, &list)) {
		check(ctx->errors > 0);
		return;
	}
	for (size_t i = 0; i < list.count; i++) {
		struct arch arch = design_arch(ctx, space, &list, i);
		for (size_t k = 0; k < arch_key_count; k++) {
			double value = arch_get(&arch, &arch_keys[k]);
			check(value >= arch_keys[k].min &&
				value <= arch_keys[k].max);
		}
		check(*design_text(ctx, space, &list.designs[i]) != '\0' ||
			!space->axis_count);
		design_power(space, &list.designs[i], 1e9, 1e6);
		for (size_t a = 0; a < space->axis_count; a++) {
			int64_t step;
			check(design_place(space, &list.designs[i], a, &step) <
				space->axes[a].count);
		}
	}
}

static void use_expression(const uint8_t *bytes, size_t length)
{
	static const char *const names[] = {"a", "PES", "energy", NULL};
	/* clang-format off */
	static const double values[][3] = {
		{0,      0,     0},
		{1,      64,    1e12},
		{-1e300, 1e300, NAN},
	};
	/* clang-format on */
	struct ctx ctx;
	struct expr expr;
	const struct loc loc = {.file = "s.json", .line = 1, .column = 1};
	bool used[3] = {0};
	ctx_init(&ctx, nowhere, NULL);
	const char *text =
		arena_strndup(&ctx.arena, (const char *)bytes, length);
	if (expr_parse(&ctx, &loc, text, names, used, &expr)) {
		check(ctx.errors == 0);
		for (size_t i = 0; i < sizeof values / sizeof *values; i++)
			expr_value(&expr, values[i]);
	} else {
		check(ctx.errors == 1);
	}
	ctx_release(&ctx);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	struct ctx ctx;
	struct space space;
	if (!nowhere)
		nowhere = fopen("/dev/null", "w");
	use_expression(bytes, length);
	ctx_init(&ctx, nowhere, NULL);
	/* The folder does not exist: no base is found. */
	if (space_parse(
		    &ctx, "none/s.json", (const char *)bytes, length, &space)) {
		check(ctx.errors == 0);
		check_designs(&ctx, &space);
	} else {
		check(ctx.errors > 0);
	}
	ctx_release(&ctx);
	return 0;
}
