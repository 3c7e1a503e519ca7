/* One TensorProto read and written. */
#include "import/onnx_tensor_file.h"

#include "base/checked.h"
#include "import/onnx_import.h"
#include "ir/element.h"
#include "proto/onnx.pb-c.h"

#include <string.h>

/* --- reading -------------------------------------------------------------- */

/* More elements than a file of that length can hold: those of 2 bits, 4 in a
 * byte, or in a list with a byte for each. */
static int64_t most_elems(const struct onnx_file *file)
{
	return (int64_t)file->span.length * 4;
}

static bool elements_read(struct ctx *ctx, const struct onnx_file *file,
	struct model *model, struct value *value)
{
	struct loc loc = {.file = file->path};
	if (!dtype_is_integer(value->type) && !dtype_is_float(value->type))
		return diag_error(ctx, &loc,
			"its elements are of type %s, expected numbers",
			dtype_name(value->type));
	int64_t limit =
		value->init->external_path ? INT64_MAX : most_elems(file);
	return tensor_load(ctx, model, value, limit) ||
		diag_error(ctx, &loc,
			"its elements cannot be read: expected %s of %s",
			shape_text(ctx, &value->shape),
			dtype_name(value->type));
}

static bool tensor_file_parse(
	struct ctx *ctx, const struct onnx_file *file, struct value **out)
{
	struct model model = {.file = file->path};
	struct import im = {.ctx = ctx,
		.model = &model,
		.file = *file,
		.loc = {.file = file->path},
		.first_error = ctx->errors};
	arena_init(&im.scratch, ctx->arena.guard);
	arena_init(&im.temp, ctx->arena.guard);
	bool ok = tensor_read(&im, file->span, out) &&
		elements_read(ctx, file, &model, *out);
	arena_release(&im.scratch);
	arena_release(&im.temp);
	if (ok)
		(*out)->init = NULL; /* points into the file */
	return ok;
}

bool tensor_bytes_read(struct ctx *ctx, const char *path, const uint8_t *bytes,
	size_t length, struct value **out)
{
	struct onnx_file file = {
		.path = path, .span = {bytes, length}
        };
	return tensor_file_parse(ctx, &file, out);
}

bool tensor_file_read(struct ctx *ctx, const char *path, struct value **out)
{
	struct onnx_file file;
	struct loc loc = {.file = path};
	const char *why;
	if (!onnx_file_map(path, &file, &why))
		return diag_error(ctx, &loc, "%s", why);
	bool ok = tensor_file_parse(ctx, &file, out);
	onnx_file_unmap(&file);
	return ok;
}

/* --- writing -------------------------------------------------------------- */

/* Little-endian, whatever the host; below 8 bits from the low end of a byte. */
static uint8_t *raw_bytes(
	struct ctx *ctx, const struct tensor *tensor, size_t *length)
{
	int bits = dtype_bits(tensor->type);
	*length = (size_t)ceil_div(tensor->count * bits, 8);
	uint8_t *raw = arena_array(&ctx->arena, *length, 1);
	bool floats = dtype_is_float(tensor->type);
	for (int64_t i = 0; i < tensor->count; i++) {
		uint64_t pattern = floats
			? element_of_float(tensor->type, tensor->floats[i])
			: element_of_int(tensor->type, tensor->ints[i]);
		int64_t bit = i * bits;
		for (int done = 0; done < bits; done += 8)
			raw[(bit + done) / 8] |=
				(uint8_t)(pattern >> done << bit % 8);
	}
	return raw;
}

void tensor_file_bytes(struct ctx *ctx, const char *name,
	const struct tensor *tensor, uint8_t **bytes, size_t *length)
{
	Onnx__TensorProto message = ONNX__TENSOR_PROTO__INIT;
	message.n_dims = (size_t)tensor->shape.rank;
	message.dims = tensor->shape.dim;
	message.has_data_type = true;
	message.data_type = (int32_t)tensor->type;
	message.name = arena_strdup(&ctx->arena, name);
	message.has_raw_data = true;
	message.raw_data.data = raw_bytes(ctx, tensor, &message.raw_data.len);
	*length = onnx__tensor_proto__get_packed_size(&message);
	*bytes = arena_array(&ctx->arena, *length, 1);
	onnx__tensor_proto__pack(&message, *bytes);
}
