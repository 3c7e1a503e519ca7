/* Elements of tensors as bit patterns: the numbers that they mean, and the
 * patterns of numbers. A pattern has dtype_bits() bits, the others are 0. */
#ifndef IR_ELEMENT_H
#define IR_ELEMENT_H

#include "ir/dtype.h"

#include <stdint.h>

/* Of a float type: exact. */
double element_float(enum dtype type, uint64_t pattern);
/* Of an integer type. False for a uint64 beyond int64_t. */
bool element_int(enum dtype type, uint64_t pattern, int64_t *out);

/* The nearest number of a float type, of two the even one. Beyond the largest
 * it is infinity, or the largest where the type has no infinity. */
uint64_t element_of_float(enum dtype type, double number);
/* The low bits: what an integer type keeps of it. */
uint64_t element_of_int(enum dtype type, int64_t number);
/* The nearest integer that the type has. */
int64_t element_saturate(enum dtype type, int64_t number);

#endif
