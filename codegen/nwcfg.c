/* The loader compiled once for the program and the tests; firmware has it from
 * the header alone. */
#define NWCFG_IMPLEMENTATION
#include "codegen/nwcfg.h"
