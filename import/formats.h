/* The formats of model files. Another one is a row of the table in formats.c,
 * and its reader. */
#ifndef IMPORT_FORMATS_H
#define IMPORT_FORMATS_H

#include "ir/layer.h"

/* What a file holds: a graph, or layers at once. */
struct imported {
	struct model *model; /* NULL: layers */
	struct layer_list layers;
};

struct import_options {
	bool external_links; /* tensors may lie behind symbolic links */
};

struct import_format {
	const char *name; /* "a model specification" */
	/* Whether a file that begins so, with a NUL behind it, is one. */
	bool (*is)(const char *head);
	/* Whether sizes may be open, and so can be given. */
	bool open_dims;
	bool (*read)(struct ctx *ctx, const char *path,
		const struct import_options *options, struct imported *out);
};

/* The format of a file by its first bytes; ONNX where it cannot be opened,
 * which its reader reports. */
const struct import_format *import_format_of(const char *path);

#endif
