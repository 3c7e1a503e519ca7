/* A tensor in DRAM while the machine runs: its elements, and which of them hold
 * something. */
#ifndef SIM_IMAGE_H
#define SIM_IMAGE_H

#include "base/ctx.h"

#include <stdbool.h>
#include <stdint.h>

enum image_kind {
	IMAGE_FLOAT,
	IMAGE_DOUBLE,
	IMAGE_INT8,
	IMAGE_UINT8,
	IMAGE_INT16,
	IMAGE_UINT16,
	IMAGE_INT32,
	IMAGE_UINT32,
	IMAGE_INT64,
	IMAGE_UINT64
};

enum image_state {
	IMAGE_UNFILLED,
	IMAGE_FILLED,
	IMAGE_SKIPPED /* written, but its value was not computed (sampling) */
};

struct image {
	enum image_kind kind;
	uint32_t elem_bytes; /* in the blob's addresses */
	uint64_t elems;
	void *data;
	uint8_t *state; /* [elems]; NULL: all filled */
};

/* How elements of a type (as in ONNX) are kept: integers and the wider floats
 * as they are, floats below 32 bits as float. */
enum image_kind image_kind_of(uint32_t type);
/* Zeroed; with states, all unfilled. In ctx's arena. */
void image_init(struct ctx *ctx, struct image *image, uint32_t type,
	uint32_t elem_bytes, uint64_t elems, bool states);

/* An element as a number: exact for integers up to 2^53. at < elems. */
double image_get(const struct image *image, uint64_t at);
/* Stores value in the element's type: integers keep the low bits, as a sum of
 * so many bits does; a NaN marks an element as not computed where there are
 * states and 'skips' is set. */
void image_put(struct image *image, uint64_t at, double value, bool skips);

#endif
