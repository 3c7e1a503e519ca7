/* Which format a model file has, by how it begins. */
#include "import/formats.h"

#include "import/onnx_graph.h"
#include "import/spec_json.h"

#include <stdio.h>
#include <string.h>

/* A text whose first character is a brace; an ONNX file cannot begin so. */
static bool is_json(const char *head)
{
	if (!strncmp(head, "\xef\xbb\xbf", 3))
		head += 3;
	head += strspn(head, " \t\r\n");
	return *head == '{' || *head == '[';
}

static bool read_spec(struct ctx *ctx, const char *path,
	const struct import_options *options, struct imported *out)
{
	(void)options;
	return spec_read(ctx, path, &out->layers);
}

static bool is_any(const char *head)
{
	return head != NULL;
}

static bool read_onnx(struct ctx *ctx, const char *path,
	const struct import_options *options, struct imported *out)
{
	return (options->external_links ? onnx_read_trusted : onnx_read)(
		ctx, path, &out->model);
}

/* The first that a file is; the last has no mark of its own. */
/* clang-format off */
static const struct import_format formats[] = {
	/* name                    is       open dims  read */
	{"a model specification",  is_json, false,     read_spec},
	{"an ONNX model",          is_any,  true,      read_onnx},
};
/* clang-format on */

const struct import_format *import_format_of(const char *path)
{
	char head[512] = "";
	const struct import_format *format = formats;
	FILE *f = fopen(path, "rb");
	if (f) {
		head[fread(head, 1, sizeof head - 1, f)] = '\0';
		fclose(f);
	}
	while (!format->is(head))
		format++;
	return format;
}
