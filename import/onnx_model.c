/* ModelProto -> model. */
#include "import/onnx_import.h"

#include <string.h>

enum {
	IR_OLDEST = 3,
	IR_NEWEST = 13,
	/* That of the first public exporters: what has another meaning than in
	 * opset 7 is refused node by node (legacy_verify). */
	OPSET_OLDEST = 6,
	OPSET_NEWEST = 27,
};

/* The fields of the file itself. */
struct model_spans {
	bool has_ir_version;
	uint64_t ir_version;
	struct span graph, producer, producer_version;
	struct spans opsets, functions;
};

/* True when the walk reached the end. */
static bool model_walk(
	struct import *im, struct wire *wire, struct model_spans *out)
{
	struct wire_field field;
	*out = (struct model_spans){.has_ir_version = false};
	while (wire_next(wire, &field)) {
		switch (field.key) {
		case FIELD_model_ir_version:
			out->has_ir_version = true;
			out->ir_version = field.number;
			break;
		case FIELD_model_producer_name:
			out->producer = field.span;
			break;
		case FIELD_model_producer_version:
			out->producer_version = field.span;
			break;
		case FIELD_model_graph:
			out->graph = field.span;
			break;
		case FIELD_model_opset_import:
			import_push(im, &out->opsets, field.span);
			break;
		case FIELD_model_functions:
			import_push(im, &out->functions, field.span);
			break;
		}
	}
	return !wire->broken;
}

/* A file that is no model may be anything: its first bytes often tell. */
static bool model_spans_read(struct import *im, struct model_spans *out)
{
	struct wire wire = wire_walk(im->file.span);
	bool whole = model_walk(im, &wire, out);
	if (whole && out->graph.bytes)
		return true;
	const char *kind = onnx_file_kind(im->file.span);
	if (kind)
		return diag_error(im->ctx, &im->loc,
			"this is %s, expected an ONNX model", kind);
	if (!out->has_ir_version)
		return diag_error(im->ctx, &im->loc,
			"not an ONNX model: it does not begin with an IR "
			"version");
	if (whole)
		return diag_error(im->ctx, &im->loc,
			"not an ONNX model: it holds no graph");
	/* Meet the broken field once more, for the message. */
	struct wire_field field;
	wire = wire_walk(im->file.span);
	while (import_next(im, &wire, &field, &whole))
		;
	return false;
}

static bool ir_version_verify(
	struct import *im, const struct model_spans *spans)
{
	if (!spans->has_ir_version)
		return diag_error(im->ctx, &im->loc,
			"it names no IR version, expected %d to %d", IR_OLDEST,
			IR_NEWEST);
	if (spans->ir_version < IR_OLDEST)
		return diag_error(im->ctx, &im->loc,
			"its IR version is %llu, expected %d to %d: export the "
			"model with a newer ONNX",
			(unsigned long long)spans->ir_version, IR_OLDEST,
			IR_NEWEST);
	if (spans->ir_version > IR_NEWEST)
		diag_warning(im->ctx, &im->loc,
			"its IR version is %llu, newer than %d, the newest "
			"known",
			(unsigned long long)spans->ir_version, IR_NEWEST);
	im->model->ir_version = spans->ir_version > INT64_MAX
		? INT64_MAX
		: (int64_t)spans->ir_version;
	return true;
}

static bool opset_verify(struct import *im)
{
	int64_t opset = opsets_version(&im->opsets, "");
	im->model->opset = opset;
	if (!im->opsets.count)
		return diag_error(im->ctx, &im->loc,
			"it names no opset (opset_import is empty), expected "
			"opset %d or newer of domain 'ai.onnx'",
			OPSET_OLDEST);
	if (!opset) /* all nodes may be of other domains: each is checked */
		return true;
	if (opset < OPSET_OLDEST)
		return diag_error(im->ctx, &im->loc,
			"its opset is %lld, expected %d or newer: export it "
			"again, or convert it with onnx.version_converter",
			(long long)opset, OPSET_OLDEST);
	if (opset > OPSET_NEWEST)
		diag_warning(im->ctx, &im->loc,
			"its opset is %lld, newer than %d, the newest known",
			(long long)opset, OPSET_NEWEST);
	return true;
}

static bool producer_read(struct import *im, const struct model_spans *spans)
{
	const char *name, *version;
	if (!import_name(im, spans->producer, &name) ||
		!import_name(im, spans->producer_version, &version))
		return false;
	im->model->producer = arena_printf(&im->ctx->arena, "%s%s%s", name,
		*name && *version ? " " : "", version);
	return true;
}

static bool model_fill(struct import *im)
{
	struct model_spans spans;
	if (!model_spans_read(im, &spans) || !ir_version_verify(im, &spans) ||
		!producer_read(im, &spans))
		return false;
	for (size_t i = 0; i < spans.opsets.count; i++)
		if (!opsets_add(im, &im->opsets, spans.opsets.at[i]))
			return false;
	if (!opset_verify(im))
		return false;
	for (size_t i = 0; i < spans.functions.count; i++)
		if (!function_add(im, spans.functions.at[i]))
			return false;
	return graph_read(im, spans.graph, NULL, NULL, NULL, &im->model->graph);
}

/* The model keeps the mapping: initializers point into it. */
static bool model_read(struct ctx *ctx, const struct onnx_file *file,
	bool links, struct model **out)
{
	struct model *model = arena_alloc(&ctx->arena, sizeof *model);
	struct import im = {.ctx = ctx,
		.model = model,
		.file = *file,
		.loc = {.file = file->path},
		.first_error = ctx->errors};
	arena_init(&im.scratch, ctx->arena.guard);
	arena_init(&im.temp, ctx->arena.guard);
	model->file = arena_strdup(&ctx->arena, file->path);
	model->external_links = links;
	model->load = tensor_load;
	model->zero_columns = tensor_zero_columns;
	model->file_handle = arena_memdup(&ctx->arena, file, sizeof *file);
	bool ok = model_fill(&im);
	arena_release(&im.scratch);
	arena_release(&im.temp);
	/* Initializers that shapes need are read again. */
	onnx_file_forget(file);
	*out = model;
	return ok;
}

bool onnx_read_bytes(struct ctx *ctx, const char *path, const uint8_t *bytes,
	size_t length, struct model **out)
{
	struct onnx_file file = {
		.path = path, .span = {bytes, length}
        };
	struct loc loc = {.file = path};
	if (!length)
		return diag_error(ctx, &loc, "the file is empty");
	return model_read(ctx, &file, false, out);
}

static bool file_read(
	struct ctx *ctx, const char *path, bool links, struct model **out)
{
	struct onnx_file file;
	struct loc loc = {.file = path};
	const char *why;
	if (!onnx_file_map(path, &file, &why))
		return diag_error(ctx, &loc, "%s", why);
	bool ok = model_read(ctx, &file, links, out);
	if (!ok)
		onnx_close(*out);
	return ok;
}

bool onnx_read(struct ctx *ctx, const char *path, struct model **out)
{
	return file_read(ctx, path, false, out);
}

bool onnx_read_trusted(struct ctx *ctx, const char *path, struct model **out)
{
	return file_read(ctx, path, true, out);
}

void onnx_close(struct model *model)
{
	onnx_file_unmap(model->file_handle);
}
