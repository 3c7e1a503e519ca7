/* Nest and mapping -> the program of the blob, and its placements in DRAM. */
#ifndef CODEGEN_CONFIG_PROGRAM_H
#define CODEGEN_CONFIG_PROGRAM_H

#include "codegen/config_tables.h"
#include "ir/layer.h"
#include "mapper/search.h"

/* Adds the program of a nest under a mapping that fits the machine, with its
 * operands, axes, counters and expectation; returns its index. name: first
 * layer that uses it. */
uint32_t config_add_program(struct config_tables *tables, const char *name,
	const struct nest *nest, const struct arch *arch,
	const struct candidate *candidate, enum burst_rule rule);

/* Adds a placement of the layer's nest: tensor and type of each operand as
 * given. Returns its index. */
uint32_t config_add_placement(struct config_tables *tables,
	const struct layer_nest *nest, const struct mapping *mapping,
	uint32_t program, const uint32_t tensor[OPND_COUNT],
	const uint32_t elem_bytes[OPND_COUNT]);

#endif
