/* Random layers of all kinds, and random machines: for properties that hold for
 * every mapping. */
#ifndef TESTS_RANDOM_LAYER_H
#define TESTS_RANDOM_LAYER_H

#include "tests/config_case.h"

/* Adds one node with its values to an open case: a convolution of 1 to 3
 * dimensions (grouped, depthwise with a multiplier, dilated, strided, padded
 * unevenly), a transposed one, Gemm with transposes, MatMul with batches; of
 * floats or integers. A few thousand multiplications at most. Returns the node
 * as text, in the case's arena. */
const char *random_layer(struct config_case *c, uint64_t *state);
/* Sizes that are odd in every sense; three elements fit everywhere. */
void random_machine(struct config_case *c, uint64_t *state);

#endif
