/* What a result says that perfect tiles reach, proven again. */
#ifndef CODEGEN_PROOF_PERFECT_H
#define CODEGEN_PROOF_PERFECT_H

#include "codegen/result_read.h"

struct perfect_proof {
	int64_t values, confirmed; /* one for each objective */
	int64_t open;              /* not decided before stop */
};

/* "perfect" of a nest, where the file has it: its figures agree, and mappings
 * with perfect tiles within the limits reach the values, and no less. Clears
 * *consistent with a line for each fault. False only with a diagnostic of its
 * own. Adds to *out. */
bool perfect_check(struct ctx *ctx, const struct result *result, size_t index,
	const struct search_stop *stop, bool *consistent,
	struct perfect_proof *out);

#endif
