/* Element types, numbered as in ONNX TensorProto.DataType. */
#ifndef IR_DTYPE_H
#define IR_DTYPE_H

#include <stdbool.h>

enum dtype {
	DTYPE_UNDEFINED = 0,
	DTYPE_FLOAT = 1,
	DTYPE_UINT8 = 2,
	DTYPE_INT8 = 3,
	DTYPE_UINT16 = 4,
	DTYPE_INT16 = 5,
	DTYPE_INT32 = 6,
	DTYPE_INT64 = 7,
	DTYPE_STRING = 8,
	DTYPE_BOOL = 9,
	DTYPE_FLOAT16 = 10,
	DTYPE_DOUBLE = 11,
	DTYPE_UINT32 = 12,
	DTYPE_UINT64 = 13,
	DTYPE_COMPLEX64 = 14,
	DTYPE_COMPLEX128 = 15,
	DTYPE_BFLOAT16 = 16,
	DTYPE_FLOAT8E4M3FN = 17,
	DTYPE_FLOAT8E4M3FNUZ = 18,
	DTYPE_FLOAT8E5M2 = 19,
	DTYPE_FLOAT8E5M2FNUZ = 20,
	DTYPE_UINT4 = 21,
	DTYPE_INT4 = 22,
	DTYPE_FLOAT4E2M1 = 23,
	DTYPE_FLOAT8E8M0 = 24,
	DTYPE_UINT2 = 25,
	DTYPE_INT2 = 26,
	DTYPE_COUNT
};

/* "float", "int8", ...; "undefined" for anything else. */
const char *dtype_name(enum dtype type);
/* Bits of one element: 32, 8, 4, ...; 0 for undefined and string. */
int dtype_bits(enum dtype type);
bool dtype_is_integer(enum dtype type); /* bool counts as one */
bool dtype_is_float(enum dtype type);

#endif
