/* The table of element types: names, bits, and how ONNX stores them. */
#include "ir/dtype.h"

static const struct {
	const char *name;
	int bits;
	enum { OTHER, INTEGER, REAL } kind;
} types[DTYPE_COUNT] = {
	[DTYPE_UNDEFINED] = {"undefined",      0,   OTHER  },
	[DTYPE_FLOAT] = {"float",          32,  REAL   },
	[DTYPE_UINT8] = {"uint8",          8,   INTEGER},
	[DTYPE_INT8] = {"int8",           8,   INTEGER},
	[DTYPE_UINT16] = {"uint16",         16,  INTEGER},
	[DTYPE_INT16] = {"int16",          16,  INTEGER},
	[DTYPE_INT32] = {"int32",          32,  INTEGER},
	[DTYPE_INT64] = {"int64",          64,  INTEGER},
	[DTYPE_STRING] = {"string",         0,   OTHER  },
	[DTYPE_BOOL] = {"bool",           8,   INTEGER},
	[DTYPE_FLOAT16] = {"float16",        16,  REAL   },
	[DTYPE_DOUBLE] = {"double",         64,  REAL   },
	[DTYPE_UINT32] = {"uint32",         32,  INTEGER},
	[DTYPE_UINT64] = {"uint64",         64,  INTEGER},
	[DTYPE_COMPLEX64] = {"complex64",      64,  OTHER  },
	[DTYPE_COMPLEX128] = {"complex128",     128, OTHER  },
	[DTYPE_BFLOAT16] = {"bfloat16",       16,  REAL   },
	[DTYPE_FLOAT8E4M3FN] = {"float8e4m3fn",   8,   REAL   },
	[DTYPE_FLOAT8E4M3FNUZ] = {"float8e4m3fnuz", 8,   REAL   },
	[DTYPE_FLOAT8E5M2] = {"float8e5m2",     8,   REAL   },
	[DTYPE_FLOAT8E5M2FNUZ] = {"float8e5m2fnuz", 8,   REAL   },
	[DTYPE_UINT4] = {"uint4",          4,   INTEGER},
	[DTYPE_INT4] = {"int4",           4,   INTEGER},
	[DTYPE_FLOAT4E2M1] = {"float4e2m1",     4,   REAL   },
	[DTYPE_FLOAT8E8M0] = {"float8e8m0",     8,   REAL   },
	[DTYPE_UINT2] = {"uint2",          2,   INTEGER},
	[DTYPE_INT2] = {"int2",           2,   INTEGER},
};

static int row(enum dtype type)
{
	return (int)type > 0 && type < DTYPE_COUNT ? (int)type : 0;
}

const char *dtype_name(enum dtype type)
{
	return types[row(type)].name;
}

int dtype_bits(enum dtype type)
{
	return types[row(type)].bits;
}

bool dtype_is_integer(enum dtype type)
{
	return types[row(type)].kind == INTEGER;
}

bool dtype_is_float(enum dtype type)
{
	return types[row(type)].kind == REAL;
}
