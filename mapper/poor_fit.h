/* Mappings that leave most PEs idle, and why. */
#ifndef MAPPER_POOR_FIT_H
#define MAPPER_POOR_FIT_H

#include "mapper/arch.h"

/* Of a mapping that keeps less than half of the PEs busy, how many those are
 * and what keeps the others idle: what the loops of the nest, or the machine's
 * dataflow, leave to be spread over them; or that more would not pay. In the
 * arena; NULL for other mappings. */
const char *poor_fit(struct ctx *ctx, const struct arch *arch,
	const struct nest *nest, enum tile_sizes tiles,
	const struct mapping *mapping);

/* The most PEs that some spatial factors keep busy, or any number that is at
 * least 'enough'. */
int64_t pes_reached(const struct arch *arch, const struct nest *nest,
	enum tile_sizes tiles, int64_t enough);

#endif
