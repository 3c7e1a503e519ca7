/* Nodes and what hangs on them, for models written as text (onnx_text.h). */
#ifndef TESTS_ONNX_NODES_H
#define TESTS_ONNX_NODES_H

#include "tests/onnx_text.h"

/* clang-format off */
#define NODE(op, in, out, attrs) \
	"node { op_type: '" op "' " in out attrs "} "
#define IN(name) "input: '" name "' "
#define OUT(name) "output: '" name "' "
#define X(dims) ONNX_VALUE("input", "x", dims)
#define NUMBER(name, value) \
	"initializer { name: '" name "' data_type: 7 int64_data: [" value "] } "
#define NUMBERS(name, count, values) \
	"initializer { name: '" name "' data_type: 7 dims: [" count "] " \
	"int64_data: [" values "] } "
#define BODY(name, fields) \
	"attribute { name: '" name "' type: GRAPH " \
	"g { name: '" name "' " fields "} } "
#define INT(name, value) \
	"attribute { name: '" name "' type: INT i: " value " } "
#define INTS(name, values) \
	"attribute { name: '" name "' type: INTS ints: [" values "] } "
#define YIELD(name) "output { name: '" name "' } "
#define TAKE(name) "input { name: '" name "' } "
#define NAMED(name) "dim { dim_param: '" name "' } "
#define FLOATS(name, dims, count) \
	"initializer { name: '" name "' data_type: 1 dims: [" dims "] " \
	"float_data: [" count "] } "
/* clang-format on */

#endif
