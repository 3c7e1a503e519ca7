/* libFuzzer target: any bytes as a file of cases. It is read or refused with a
 * message; what is read is costed and printed, and the print reads back and
 * prints the same. See tests/fuzz/run. */
#include "codegen/eval_json.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void check(bool holds)
{
	if (!holds)
		abort();
}

static char *print(struct ctx *ctx, const struct eval *eval, size_t *size)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, size);
	eval_print_json(ctx, eval, out);
	fclose(out);
	return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	static FILE *nowhere;
	struct ctx ctx;
	struct eval eval, again;
	if (!nowhere)
		nowhere = fopen("/dev/null", "w");
	ctx_init(&ctx, nowhere, NULL);
	if (eval_parse(&ctx, "c.json", (const char *)bytes, length, &eval)) {
		size_t first_size, second_size;
		check(ctx.errors == 0);
		char *first = print(&ctx, &eval, &first_size);
		check(eval_parse(&ctx, "c.json", first, first_size, &again));
		char *second = print(&ctx, &again, &second_size);
		check(first_size == second_size &&
			memcmp(first, second, first_size) == 0);
		eval_print_text(&ctx, &eval, nowhere);
		free(first);
		free(second);
		eval_release(&again);
	} else {
		check(ctx.errors > 0);
	}
	eval_release(&eval);
	ctx_release(&ctx);
	return 0;
}
