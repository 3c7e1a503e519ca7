/* Elements of DRAM in the formats of the blob's types. */
#include "sim/image.h"

#include "codegen/nwcfg.h"

#include <math.h>

enum image_kind image_kind_of(uint32_t type)
{
	switch (type) {
	case NWCFG_TYPE_DOUBLE:
		return IMAGE_DOUBLE;
	case NWCFG_TYPE_INT8:
	case NWCFG_TYPE_INT4:
	case NWCFG_TYPE_INT2:
		return IMAGE_INT8;
	case NWCFG_TYPE_UINT8:
	case NWCFG_TYPE_UINT4:
	case NWCFG_TYPE_UINT2:
	case NWCFG_TYPE_BOOL:
		return IMAGE_UINT8;
	case NWCFG_TYPE_INT16:
		return IMAGE_INT16;
	case NWCFG_TYPE_UINT16:
		return IMAGE_UINT16;
	case NWCFG_TYPE_INT32:
		return IMAGE_INT32;
	case NWCFG_TYPE_UINT32:
		return IMAGE_UINT32;
	case NWCFG_TYPE_INT64:
		return IMAGE_INT64;
	case NWCFG_TYPE_UINT64:
		return IMAGE_UINT64;
	default:
		return IMAGE_FLOAT;
	}
}

static size_t kind_bytes(enum image_kind kind)
{
	static const uint8_t bytes[] = {
		[IMAGE_FLOAT] = 4,
		[IMAGE_DOUBLE] = 8,
		[IMAGE_INT8] = 1,
		[IMAGE_UINT8] = 1,
		[IMAGE_INT16] = 2,
		[IMAGE_UINT16] = 2,
		[IMAGE_INT32] = 4,
		[IMAGE_UINT32] = 4,
		[IMAGE_INT64] = 8,
		[IMAGE_UINT64] = 8,
	};
	return bytes[kind];
}

void image_init(struct ctx *ctx, struct image *image, uint32_t type,
	uint32_t elem_bytes, uint64_t elems, bool states)
{
	*image = (struct image){.kind = image_kind_of(type),
		.elem_bytes = elem_bytes,
		.elems = elems};
	image->data = arena_array(
		&ctx->arena, (size_t)elems, kind_bytes(image->kind));
	if (states)
		image->state = arena_array(&ctx->arena, (size_t)elems, 1);
}

double image_get(const struct image *image, uint64_t at)
{
	switch (image->kind) {
	case IMAGE_FLOAT:
		return ((const float *)image->data)[at];
	case IMAGE_DOUBLE:
		return ((const double *)image->data)[at];
	case IMAGE_INT8:
		return ((const int8_t *)image->data)[at];
	case IMAGE_UINT8:
		return ((const uint8_t *)image->data)[at];
	case IMAGE_INT16:
		return ((const int16_t *)image->data)[at];
	case IMAGE_UINT16:
		return ((const uint16_t *)image->data)[at];
	case IMAGE_INT32:
		return ((const int32_t *)image->data)[at];
	case IMAGE_UINT32:
		return ((const uint32_t *)image->data)[at];
	case IMAGE_INT64:
		return (double)((const int64_t *)image->data)[at];
	case IMAGE_UINT64:
		return (double)((const uint64_t *)image->data)[at];
	}
	return 0;
}

/* The low 64 bits of a whole number; 0 beyond int64_t. */
static uint64_t low_bits(double value)
{
	const double limit = 9223372036854775808.0; /* 2^63 */
	return value >= -limit && value < limit ? (uint64_t)(int64_t)value : 0;
}

void image_put(struct image *image, uint64_t at, double value, bool skips)
{
	bool skipped = skips && image->state && isnan(value);
	if (image->state)
		image->state[at] = skipped ? IMAGE_SKIPPED : IMAGE_FILLED;
	if (skipped)
		return;
	switch (image->kind) {
	case IMAGE_FLOAT:
		((float *)image->data)[at] = (float)value;
		return;
	case IMAGE_DOUBLE:
		((double *)image->data)[at] = value;
		return;
	case IMAGE_INT8:
	case IMAGE_UINT8:
		((uint8_t *)image->data)[at] = (uint8_t)low_bits(value);
		return;
	case IMAGE_INT16:
	case IMAGE_UINT16:
		((uint16_t *)image->data)[at] = (uint16_t)low_bits(value);
		return;
	case IMAGE_INT32:
	case IMAGE_UINT32:
		((uint32_t *)image->data)[at] = (uint32_t)low_bits(value);
		return;
	case IMAGE_INT64:
	case IMAGE_UINT64:
		((uint64_t *)image->data)[at] = low_bits(value);
		return;
	}
}
