/* ValueInfoProto: the type and shape of a value. */
#include "import/onnx_import.h"
#include "proto/onnx.pb-c.h"

#include <string.h>

/* Dimensions are refused from here on, so that a product of two cannot leave
 * int64_t unnoticed where one of them is small. */
static const int64_t dim_max = (int64_t)1 << 62;

/* Whether a dimension's name says which it is: an identifier by the ONNX text.
 * Exporters write '?' or '-1' for sizes that are not known, and not the same
 * one. */
static bool is_name(const char *param)
{
	for (; *param; param++)
		if ((*param >= 'a' && *param <= 'z') ||
			(*param >= 'A' && *param <= 'Z') || *param == '_' ||
			(unsigned char)*param >= 0x80)
			return true;
	return false;
}

static bool dim_read(struct import *im, struct span span, struct dim_info *out)
{
	Onnx__TensorShapeProto__Dimension *dim = import_unpack(
		im, &onnx__tensor_shape_proto__dimension__descriptor, span);
	if (!dim)
		return false;
	*out = (struct dim_info){.has_value = false};
	switch (dim->value_case) {
	case ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_VALUE:
		out->has_value = true;
		out->value = dim->dim_value;
		break;
	case ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_PARAM:
		if (is_name(dim->dim_param))
			out->param =
				arena_strdup(&im->temp, dim->dim_param);
		break;
	default:
		break;
	}
	return true;
}

static bool shape_read(
	struct import *im, struct span span, struct type_info *info)
{
	struct wire wire = wire_walk(span);
	struct wire_field field;
	bool ok = true;
	info->rank = 0;
	while (ok && import_next(im, &wire, &field, &ok)) {
		if (field.key != FIELD_tensor_shape_dim)
			continue;
		if (info->rank == RANK_MAX)
			return diag_error(im->ctx, &im->loc,
				"the shape at byte %lld has more than %d "
				"dimensions",
				import_byte(im, span.bytes), RANK_MAX);
		ok = dim_read(im, field.span, &info->dim[info->rank++]);
	}
	return ok;
}

/* TypeProto.Tensor and TypeProto.SparseTensor, which are alike. */
static bool tensor_type_read(
	struct import *im, struct span span, struct type_info *info)
{
	struct wire wire = wire_walk(span);
	struct wire_field field;
	bool ok = true;
	while (ok && import_next(im, &wire, &field, &ok)) {
		if (field.key == FIELD_type__tensor_elem_type)
			info->type = field.number < DTYPE_COUNT
				? (enum dtype)field.number
				: DTYPE_UNDEFINED;
		else if (field.key == FIELD_type__tensor_shape)
			ok = shape_read(im, field.span, info);
	}
	return ok;
}

/* Sequences and optionals may nest to any depth: *inner is the type of their
 * elements, or absent. */
static bool type_read(struct import *im, struct span span,
	struct type_info *info, struct span *inner)
{
	struct wire wire = wire_walk(span), elem;
	struct wire_field field, of;
	bool ok = true;
	*inner = (struct span){NULL, 0};
	while (ok && import_next(im, &wire, &field, &ok)) {
		switch (field.key) {
		case FIELD_type_tensor_type:
		case FIELD_type_sparse_tensor_type:
			ok = tensor_type_read(im, field.span, info);
			break;
		case FIELD_type_sequence_type:
		case FIELD_type_optional_type:
			info->is_sequence = true;
			elem = wire_walk(field.span);
			while (ok && import_next(im, &elem, &of, &ok))
				if (of.key == FIELD_type__sequence_elem_type)
					*inner = of.span;
			break;
		case FIELD_type_map_type:
		case FIELD_type_opaque_type:
			info->is_sequence = true;
			break;
		}
	}
	return ok;
}

bool type_info_read(struct import *im, struct span span, struct type_info *out)
{
	*out = (struct type_info){.rank = RANK_UNKNOWN};
	struct span type = {NULL, 0};
	struct wire wire = wire_walk(span);
	struct wire_field field;
	bool ok = true;
	while (ok && import_next(im, &wire, &field, &ok)) {
		if (field.key == FIELD_value_info_name)
			out->name = field.span;
		else if (field.key == FIELD_value_info_type)
			type = field.span;
	}
	while (ok && type.bytes)
		ok = type_read(im, type, out, &type);
	for (int i = 0; ok && i < out->rank; i++)
		if (out->dim[i].has_value && out->dim[i].value > dim_max)
			return diag_error(im->ctx, &im->loc,
				"dimension %d of value '%s' is %lld, expected "
				"2^62 at most",
				i,
				diag_quote(im->ctx,
					arena_strndup(&im->temp,
						(const char *)out->name.bytes,
						out->name.length)),
				(long long)out->dim[i].value);
	return ok;
}

/* --- shapes ----------------------------------------------------------------
 */

static int64_t symbol_new(
	struct import *im, const char *name, const char *input, int axis)
{
	struct model *model = im->model;
	model->symbols = arena_grow(&im->ctx->arena, model->symbols,
		model->symbol_count, &im->symbol_capacity,
		model->symbol_count + 1, sizeof *model->symbols);
	model->symbols[model->symbol_count++] =
		(struct symbol){name, input, axis};
	return (int64_t)model->symbol_count - 1;
}

/* The symbol of that name, which the table holds by its index + 1; -1. */
static int64_t symbol_find(const struct import *im, const char *name)
{
	void **slot = names_find(&im->symbols, name, strlen(name));
	return slot ? (int64_t)(uintptr_t)*slot - 1 : -1;
}

static int64_t symbol_of(
	struct import *im, const char *name, const char *input, int axis)
{
	int64_t k = name ? symbol_find(im, name) : -1;
	if (k >= 0)
		return k;
	if (name)
		name = arena_strdup(&im->ctx->arena, name);
	k = symbol_new(im, name, input, axis);
	if (name)
		names_add(&im->ctx->arena, &im->symbols, name, strlen(name),
			(void *)(uintptr_t)(k + 1));
	return k;
}

/* A size of 0 or less is what some exporters write for an open dimension. */
struct shape type_info_open(
	struct import *im, const struct type_info *info, const char *input)
{
	int64_t dim[RANK_MAX];
	if (info->rank < 0 || info->is_sequence)
		return shape_unknown();
	for (int i = 0; i < info->rank; i++) {
		const struct dim_info *d = &info->dim[i];
		dim[i] = d->has_value && d->value > 0
			? d->value
			: -2 - symbol_of(im, d->param, input, i);
	}
	return shape_make(im->ctx, info->rank, dim);
}

struct shape type_info_shape(struct import *im, const struct type_info *info)
{
	int64_t dim[RANK_MAX];
	if (info->rank < 0)
		return shape_unknown();
	for (int i = 0; i < info->rank; i++) {
		const struct dim_info *d = &info->dim[i];
		int64_t k = d->param ? symbol_find(im, d->param) : -1;
		dim[i] = d->has_value && d->value > 0 ? d->value
			: k >= 0                      ? -2 - k
						      : DIM_UNKNOWN;
	}
	return shape_make(im->ctx, info->rank, dim);
}
