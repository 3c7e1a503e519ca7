/* The operator table: one row per ONNX operator that the compiler knows
 * (ops.def). The shape, value and lowering columns are expanded by the files of
 * passes/ that hold the functions. */
#ifndef IR_OPS_H
#define IR_OPS_H

#include <stdint.h>

enum op_id {
#define OP(domain, name, since, shape, value, lower) OP_##domain##_##name,
#include "ir/ops.def"
#undef OP
	OP_COUNT
};

struct op {
	enum op_id id;
	const char *domain; /* "" for ai.onnx, as in the file */
	const char *name;
	int since; /* first opset of the domain that has it */
	/* Names of the rules, for `nestwright ops` and docs. */
	const char *shape_rule, *value_rule, *lowering;
};

/* The row of an operator, or NULL. domain: "", "ai.onnx", "com.microsoft", ...
 */
const struct op *op_find(const char *domain, const char *name);
const struct op *op_row(enum op_id id);

#endif
