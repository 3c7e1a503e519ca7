/* Varints and lengths, checked against the end of the message. */
#include "import/onnx_wire.h"

struct wire wire_walk(struct span message)
{
	return (struct wire){
		.at = message.bytes, .end = message.bytes + message.length};
}

static bool wire_break(struct wire *wire, const uint8_t *at, uint64_t missing)
{
	wire->broken = at;
	wire->missing = missing;
	wire->at = wire->end;
	return false;
}

bool wire_varint(struct wire *wire, uint64_t *number)
{
	const uint8_t *start = wire->at;
	uint64_t value = 0;
	for (unsigned shift = 0; shift < 64; shift += 7) {
		if (wire->at == wire->end)
			return start != wire->end && wire_break(wire, start, 1);
		uint8_t byte = *wire->at++;
		value |= (uint64_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80)) {
			*number = value;
			return true;
		}
	}
	return wire_break(wire, start, 0);
}

bool wire_fixed(struct wire *wire, int size, uint64_t *number)
{
	size_t left = (size_t)(wire->end - wire->at);
	if (!left)
		return false;
	if (left < (size_t)size)
		return wire_break(wire, wire->at, (uint64_t)size - left);
	uint64_t value = 0;
	for (int i = 0; i < size; i++)
		value |= (uint64_t)*wire->at++ << 8 * i;
	*number = value;
	return true;
}

/* The content of a field whose key has been read. */
static bool wire_content(
	struct wire *wire, const uint8_t *start, struct wire_field *field)
{
	if (wire->at == wire->end)
		return wire_break(wire, start, 1);
	switch (field->key & 7) {
	case WIRE_VARINT:
		return wire_varint(wire, &field->number);
	case WIRE_FIXED64:
		return wire_fixed(wire, 8, &field->number);
	case WIRE_FIXED32:
		return wire_fixed(wire, 4, &field->number);
	case WIRE_BYTES: {
		uint64_t length;
		if (!wire_varint(wire, &length))
			return false;
		size_t left = (size_t)(wire->end - wire->at);
		if (length > left)
			return wire_break(wire, start, length - left);
		field->span = (struct span){wire->at, (size_t)length};
		wire->at += length;
		return true;
	}
	default: /* groups, which ONNX does not use, and 6 and 7 */
		return wire_break(wire, start, 0);
	}
}

bool wire_next(struct wire *wire, struct wire_field *field)
{
	const uint8_t *start = wire->at;
	uint64_t key;
	if (!wire_varint(wire, &key))
		return false;
	if (key > UINT32_MAX || key >> 3 == 0)
		return wire_break(wire, start, 0);
	*field = (struct wire_field){.key = (uint32_t)key};
	if (wire_content(wire, start, field))
		return true;
	wire->broken = start; /* the field, not a part of it */
	return false;
}
