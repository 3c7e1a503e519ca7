/* Opens a model without waiting for pipes, and names what else a file may be
 * that is no ONNX. */
#define _DEFAULT_SOURCE /* madvise; posix_madvise keeps the pages */
#include "import/onnx_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static bool map(int fd, struct onnx_file *file, const char **why)
{
	struct stat st;
	*why = NULL;
	if (fstat(fd, &st))
		*why = strerror(errno);
	else if (S_ISDIR(st.st_mode))
		*why = "is a directory, expected a file";
	else if (!S_ISREG(st.st_mode))
		*why = "is not a regular file";
	else if (!st.st_size)
		*why = "the file is empty";
	if (*why)
		return false;
	void *bytes =
		mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (bytes == MAP_FAILED) {
		*why = strerror(errno);
		return false;
	}
	file->span = (struct span){bytes, (size_t)st.st_size};
	file->mapped = true;
	return true;
}

bool onnx_file_map(const char *path, struct onnx_file *file, const char **why)
{
	*file = (struct onnx_file){.path = path};
	/* Without O_NONBLOCK a named pipe would wait for its writer. */
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0) {
		*why = strerror(errno);
		return false;
	}
	bool ok = map(fd, file, why);
	close(fd);
	return ok;
}

void onnx_file_unmap(struct onnx_file *file)
{
	if (file->mapped)
		munmap((void *)(uintptr_t)file->span.bytes, file->span.length);
	file->mapped = false;
	file->span = (struct span){NULL, 0};
}

void onnx_file_forget(const struct onnx_file *file)
{
	if (file->mapped)
		madvise((void *)(uintptr_t)file->span.bytes, file->span.length,
			MADV_DONTNEED);
}

/* clang-format off */
static const struct {
	size_t offset;
	const char *magic;
	const char *kind;
} kinds[] = {
	{0, "\x89PNG", "a PNG image"},
	{0, "\xff\xd8\xff", "a JPEG image"},
	{0, "GIF8", "a GIF image"},
	{0, "%PDF", "a PDF document"},
	{0, "PK\x03\x04",
		"a zip archive (a PyTorch or Keras file? export it to ONNX)"},
	{0, "\x89HDF", "an HDF5 file (a Keras model? export it to ONNX)"},
	{0, "\x80\x02", "a Python pickle (a PyTorch file? export it to ONNX)"},
	{0, "\x80\x04", "a Python pickle (export the model to ONNX)"},
	{0, "\x1f\x8b", "a gzip archive (unpack it first)"},
	{0, "BZh", "a bzip2 archive (unpack it first)"},
	{0, "\xfd" "7zXZ", "an xz archive (unpack it first)"},
	{0, "\x28\xb5\x2f\xfd", "a zstd archive (unpack it first)"},
	{0, "\x7f" "ELF", "an ELF program"},
	{0, "GGUF", "a GGUF file"},
	{4, "TFL3", "a TensorFlow Lite model (convert it with tf2onnx)"},
	{4, "ORTM",
		"a model in ONNX Runtime's own format (use the .onnx file "
			"it was made from)"},
	{8, "{\"", "a safetensors file (it holds weights, not a model)"},
	{0, "version https://git-lfs",
		"a Git LFS pointer (fetch the file with 'git lfs pull')"},
	{0, "<?xml", "an XML file"},
	{0, "<!DOCTYPE", "an HTML page"},
	{0, "<html", "an HTML page"},
};
/* clang-format on */

/* Looks at the first bytes alone: text has no control characters but white
 * space. */
static const char *text_kind(struct span file)
{
	size_t n = file.length < 256 ? file.length : 256;
	char first = 0;
	for (size_t i = 0; i < n; i++) {
		unsigned char c = file.bytes[i];
		bool space = c == ' ' || (c >= '\t' && c <= '\r');
		if (c == 0x7f || c > 0xf4 || (c < ' ' && !space))
			return NULL;
		if (!first && !space)
			first = (char)c;
	}
	return first == '{' || first == '[' ? "a JSON file" : "a text file";
}

const char *onnx_file_kind(struct span file)
{
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		size_t n = strlen(kinds[i].magic), offset = kinds[i].offset;
		if (file.length >= offset + n &&
			!memcmp(file.bytes + offset, kinds[i].magic, n))
			return kinds[i].kind;
	}
	return text_kind(file);
}
