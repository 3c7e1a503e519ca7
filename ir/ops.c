/* ops.def expanded into the table, and looked up by name and domain. */
#include "ir/ops.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

#define DOMAIN_ONNX ""
#define DOMAIN_ML "ai.onnx.ml"
#define DOMAIN_MS "com.microsoft"
#define DOMAIN_NCHWC "com.microsoft.nchwc"

static const struct op rows[OP_COUNT] = {
#define OP(domain, name, since, in, type, shape, value, lower, direct, finish, \
	does)                                                                  \
	{OP_##domain##_##name, DOMAIN_##domain, #name, since, in,              \
		OP_TYPE_##type, #shape, #value, #lower, OP_DOES_##does},
#include "ir/ops.def"
#undef OP
};

const struct op *op_row(enum op_id id)
{
	assert(id < OP_COUNT);
	return &rows[id];
}

bool op_multiplies(const struct op *op)
{
	return strcmp(op->lowering, "none") != 0;
}

const struct op *op_find(const char *domain, const char *name)
{
	if (!name)
		return NULL;
	if (!domain || strcmp(domain, "ai.onnx") == 0)
		domain = "";
	size_t low = 0, high = OP_COUNT; /* the row lies in [low, high) */
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(domain, rows[middle].domain);
		if (order == 0)
			order = strcmp(name, rows[middle].name);
		if (order == 0)
			return &rows[middle];
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}
