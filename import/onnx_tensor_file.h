/* Files with one tensor, a TensorProto: how the ONNX project records inputs and
 * outputs of models (test_data_set_0/input_0.pb). */
#ifndef IMPORT_ONNX_TENSOR_FILE_H
#define IMPORT_ONNX_TENSOR_FILE_H

#include "ir/graph.h"

#include <stddef.h>
#include <stdint.h>

/* Reads all elements into value->data; value->name is "" where the file has
 * none. False with a diagnostic: missing, damaged, of a type that is not a
 * number, elements missing. */
bool tensor_file_read(struct ctx *ctx, const char *path, struct value **out);

/* The same for bytes in memory; path: for diagnostics and external data. */
bool tensor_bytes_read(struct ctx *ctx, const char *path, const uint8_t *bytes,
	size_t length, struct value **out);

/* The bytes of such a file, in the arena: elements as raw data. */
void tensor_file_bytes(struct ctx *ctx, const char *name,
	const struct tensor *tensor, uint8_t **bytes, size_t *length);

#endif
