/* Where the external data of a model lies.
 *
 * Beside the model's path as it is given, else beside the file that the path
 * leads to: caches keep models and their data as links into one folder. */
#ifndef IMPORT_ONNX_EXTERNAL_H
#define IMPORT_ONNX_EXTERNAL_H

#include "base/arena.h"
#include "import/onnx_file.h"

#include <stdbool.h>

/* What is wrong with a location before any file is looked at; NULL: nothing. */
const char *external_location_fault(const char *location);

/* Whether links lead a location out of both folders. False for what is not
 * there. model: the path as it is given. scratch: for paths. */
bool external_escapes(
	struct arena *scratch, const char *model, const char *location);

/* Maps the file of a location; file->path, in the arena: as beside the given
 * path, or the file found beside the other. links: links may lead anywhere.
 * False with the reason in *why. */
bool external_file_map(struct arena *arena, const char *model,
	const char *location, bool links, struct onnx_file *file,
	const char **why);

#endif
