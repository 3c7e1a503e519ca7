/* The operator table: one row per ONNX operator that the compiler knows
 * (ops.def). The columns that name functions are expanded by the files of
 * passes/ and sim/ that hold these. */
#ifndef IR_OPS_H
#define IR_OPS_H

#include "ir/dtype.h"

#include <stdbool.h>
#include <stdint.h>

enum op_id {
#define OP(domain, name, ...) OP_##domain##_##name,
#include "ir/ops.def"
#undef OP
	OP_COUNT
};

/* Where the element type of an operator's first output comes from. */
enum op_type {
	OP_TYPE_RULE = 0, /* its shape rule finds it */
	OP_TYPE_FLOAT = DTYPE_FLOAT,
	OP_TYPE_UINT8 = DTYPE_UINT8,
	OP_TYPE_INT8 = DTYPE_INT8,
	OP_TYPE_INT32 = DTYPE_INT32,
	OP_TYPE_INT64 = DTYPE_INT64,
	OP_TYPE_BOOL = DTYPE_BOOL,
	OP_TYPE_IN0 = 100, /* OP_TYPE_IN0 + k: as input k */
	OP_TYPE_IN1,
	OP_TYPE_IN2,
	OP_TYPE_IN3,
	OP_TYPE_IN7 = OP_TYPE_IN0 + 7,
};

/* What a node of the operator does with elements, where others look through
 * it. */
enum op_does {
	OP_DOES_NONE,        /* nothing of these */
	OP_DOES_MOVES,       /* leaves them as they are, elsewhere */
	OP_DOES_DEQUANTIZES, /* makes floats of integers */
	/* Sums up products, and no more when only the first two inputs are
	 * there and alpha is 1. */
	OP_DOES_SUMS,
};

struct op {
	enum op_id id;
	const char *domain; /* "" for ai.onnx, as in the file */
	const char *name;
	int since; /* first opset of the domain that has it */
	int in;    /* first inputs that no version can do without */
	enum op_type type;
	/* Names of the rules, for `nestwright ops` and docs. */
	const char *shape_rule, *value_rule, *lowering;
	enum op_does does;
};

/* The row of an operator, or NULL. domain: "", "ai.onnx", "com.microsoft", ...
 * NULL reads as "". */
const struct op *op_find(const char *domain, const char *name);
/* id < OP_COUNT */
const struct op *op_row(enum op_id id);
/* Whether its nodes multiply matrices, with a lowering or without one. */
bool op_multiplies(const struct op *op);

#endif
