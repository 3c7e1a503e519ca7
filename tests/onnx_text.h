/* ONNX files written as protobuf text, for tests:
 *
 *   ir_version: 8 opset_import { version: 13 }
 *   graph { node { op_type: "Relu" input: "x" output: "y" } ... }
 *
 * Fields are those of proto/onnx.proto; [1, 2] stands for a repeated field's
 * list, and ':' is optional. \ escapes in strings are those of C with two
 * hexadecimal digits: "\x00". */
#ifndef TESTS_ONNX_TEXT_H
#define TESTS_ONNX_TEXT_H

#include "base/arena.h"

#include <stddef.h>
#include <stdint.h>

/* A model around the fields of a graph. */
#define ONNX_GRAPH(fields)                                                     \
	"ir_version: 8 opset_import { version: 13 } graph { name: 'g' " fields \
	" }"
/* An input or output of floats. */
#define ONNX_VALUE(field, name, dims) \
	field " { name: '" name       \
	      "' type { tensor_type { elem_type: 1 shape { " dims " } } } } "
#define ONNX_DIM(size) "dim { dim_value: " #size " } "

/* The file as bytes, in the arena. Aborts with a message at a mistake in the
 * text. */
uint8_t *onnx_text(struct arena *arena, const char *text, size_t *length);
/* The same for a file with one tensor: dims: 2 data_type: 1 float_data: [1, 2].
 */
uint8_t *onnx_tensor_text(
	struct arena *arena, const char *text, size_t *length);

#endif
