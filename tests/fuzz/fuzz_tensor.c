/* Any bytes as a file with one tensor: it is read or refused with a message,
 * and what is read is the same when it is written and read again. */
#include "import/onnx_tensor_file.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void check(bool holds)
{
	if (!holds)
		abort();
}

static void check_again(struct ctx *ctx, const struct value *value)
{
	const struct tensor *first = value->data, *second;
	struct value *again;
	uint8_t *bytes;
	size_t length;
	tensor_file_bytes(ctx, value->name, first, &bytes, &length);
	check(tensor_bytes_read(ctx, "none/t.pb", bytes, length, &again));
	second = again->data;
	check(!strcmp(again->name, value->name));
	check(second->type == first->type && second->count == first->count);
	check(second->shape.rank == first->shape.rank);
	for (int64_t i = 0; i < first->count; i++) {
		double x = tensor_number(first, i);
		double y = tensor_number(second, i);
		check(x == y || (x != x && y != y));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	static FILE *nowhere;
	struct ctx ctx;
	struct value *value;
	if (!nowhere)
		nowhere = fopen("/dev/null", "w");
	ctx_init(&ctx, nowhere, NULL);
	/* The folder does not exist: external data is not found. */
	if (tensor_bytes_read(&ctx, "none/t.pb", bytes, length, &value))
		check_again(&ctx, value);
	else
		check(ctx.errors > 0);
	ctx_release(&ctx);
	return 0;
}
