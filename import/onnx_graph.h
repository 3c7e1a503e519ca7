/* An ONNX file -> struct model. The only part that knows protobuf. */
#ifndef IMPORT_ONNX_GRAPH_H
#define IMPORT_ONNX_GRAPH_H

#include "ir/graph.h"

/* Maps the file and walks it: weights are neither copied nor read. The mapping
 * stays until onnx_close; call that once, and only when this returned true.
 * False with diagnostics (missing, empty, a directory, not an ONNX file,
 * truncated at byte N, empty graph, no opset or one too old, ...).
 *
 * Calls of functions that the file defines are replaced by their bodies; a node
 * that stood before one it needs is moved behind it, with a warning. */
bool onnx_read(struct ctx *ctx, const char *path, struct model **out);
/* The same where links of external data may lead out of the model's folder,
 * which onnx_read refuses. */
bool onnx_read_trusted(struct ctx *ctx, const char *path, struct model **out);
void onnx_close(struct model *model);

/* The same for a file in memory, which must live as long as the model. path:
 * for diagnostics and external data. */
bool onnx_read_bytes(struct ctx *ctx, const char *path, const uint8_t *bytes,
	size_t length, struct model **out);

#endif
