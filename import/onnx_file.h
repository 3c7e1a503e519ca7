/* The file itself: mapped, not read. */
#ifndef IMPORT_ONNX_FILE_H
#define IMPORT_ONNX_FILE_H

#include "import/onnx_wire.h"

struct onnx_file {
	const char *path; /* as given */
	struct span span; /* all of it */
	bool mapped;      /* else the bytes are the caller's */
};

/* Maps a regular file for reading. False, with the
 * reason in *why, when it is missing, a directory, empty, unreadable. */
bool onnx_file_map(const char *path, struct onnx_file *file, const char **why);
void onnx_file_unmap(struct onnx_file *file);
/* Takes the file out of memory; what is looked at again comes back. The kernel
 * maps up to 2 MB around each byte that is read, so that stepping over tensors
 * would make all of them resident. */
void onnx_file_forget(const struct onnx_file *file);

/* "a PNG image", "a zip archive (a PyTorch checkpoint?)", ...: what the first
 * bytes say of a file that is not an ONNX model; NULL when they say nothing. */
const char *onnx_file_kind(struct span file);

#endif
