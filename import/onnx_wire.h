/* The protobuf wire format, walked in place: a message is a run of fields, each
 * a key (number and wire type) and its content. Nothing is copied or allocated.
 *
 * Containers (model, graph, node, tensor, ...) are walked with this, so that
 * weights are stepped over; small messages without messages of unbounded depth
 * inside are given to protobuf-c. */
#ifndef IMPORT_ONNX_WIRE_H
#define IMPORT_ONNX_WIRE_H

#include "base/diag.h"

#include <stddef.h>
#include <stdint.h>

/* Bytes of the file; borrowed from its mapping. */
struct span {
	const uint8_t *bytes; /* NULL: absent */
	size_t length;
};

enum wire_type {
	WIRE_VARINT = 0,
	WIRE_FIXED64 = 1,
	WIRE_BYTES = 2, /* string, bytes, message, packed list */
	WIRE_FIXED32 = 5,
};

/* Number and wire type as they stand in the file. Comparing whole keys makes a
 * field of an unexpected wire type an unknown one, as protobuf wants it. */
#define WIRE_KEY(number, type) ((uint32_t)(number) << 3 | (uint32_t)(type))

struct wire {
	const uint8_t *at, *end;
	const uint8_t *broken; /* field that cannot be read, or NULL */
	uint64_t missing;      /* bytes that field lacks, 0: malformed */
};

struct wire_field {
	uint32_t key;
	uint64_t number;  /* content of VARINT, FIXED64, FIXED32 */
	struct span span; /* content of BYTES */
};

struct wire wire_walk(struct span message);
/* The next field; false at the end, and at a field that is broken. */
bool wire_next(struct wire *wire, struct wire_field *field);
/* One varint of a packed list; false at the end or when broken. */
bool wire_varint(struct wire *wire, uint64_t *number);
/* The same for elements of size 4 or 8. */
bool wire_fixed(struct wire *wire, int size, uint64_t *number);

#endif
