/* A layer by its kind and sizes, as the seed's programs have it:
 *
 *   {"type": "CONV", "N", "C", "M", "in", "kernel", "padding", "stride"}
 *   {"type": "DW_CONV", the same without M}
 *   {"type": "GEMM", "M", "N", "K"}
 *
 * N of a convolution may be left out and is 1 then. */
#ifndef CODEGEN_EVAL_LAYER_H
#define CODEGEN_EVAL_LAYER_H

#include "base/json_doc.h"
#include "ir/nest.h"

#include <stddef.h>

struct sizes;

struct size_key {
	const char *name;
	size_t offset;
	int64_t min;
	bool optional; /* 1 where it is left out */
};

enum { SIZE_KEYS = 8 };

struct eval_kind {
	const char *name;
	struct size_key keys[SIZE_KEYS];
	int loops;
	enum loop loop[LOOP_COUNT];        /* default order */
	const char *loop_name[LOOP_COUNT]; /* in the seed's words */
	/* The operands' loops in the order in which their addresses have them,
	 * ended by LOOP_COUNT. */
	enum loop address[OPND_COUNT][LOOP_COUNT];
	struct nest (*build)(const struct sizes *sizes);
};

/* Reads and checks it. NULL with a diagnostic. */
const struct eval_kind *eval_layer_read(struct ctx *ctx,
	const struct json_doc *doc, const cJSON *layer, struct nest *nest);

#endif
