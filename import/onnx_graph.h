/* An ONNX file -> struct model. The only part that knows protobuf. */
#ifndef IMPORT_ONNX_GRAPH_H
#define IMPORT_ONNX_GRAPH_H

#include "ir/graph.h"

/* Maps the file and walks it: weights are neither copied nor read. The mapping
 * stays until onnx_close. False with diagnostics (missing, empty, a directory,
 * not an ONNX file, truncated at byte N, empty graph, no opset or one below
 * 7, ...). */
bool onnx_read(struct ctx *ctx, const char *path, struct model **out);
void onnx_close(struct model *model);

#endif
