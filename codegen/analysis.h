/* The analysis of an execution method that someone wrote by hand: what it needs
 * of the machine and whether that is there, and what it costs, under the orders
 * given or the best ones. docs/method.schema.json has the file's form:
 *
 *   {"name": TEXT,
 *    "layer": {"type", sizes ...}     or "nest": {bounds, stride, dilation,
 *                                     tensors} as compile's methods have it
 *    "tiling": {LOOP: [DRAM, SPM, RF, SPATIAL], ...},
 *    "order": {"DRAM": [LOOP, ...], "SPM": [...]}}
 *
 * Loops are N M C Ox Oy Fx Fy, and X Y K of a GEMM; those of one trip may be
 * left out of "tiling". "name", "order" and each of its members are optional;
 * orders are outermost first. */
#ifndef CODEGEN_ANALYSIS_H
#define CODEGEN_ANALYSIS_H

#include "base/json_doc.h"
#include "mapper/search.h"

enum need {
	NEED_PES,
	NEED_RF,        /* bytes of a register file */
	NEED_SPM_BYTES, /* of one buffer */
	NEED_SPM_BANKS,
	NEED_COUNT
};

struct analysis {
	const char *file, *name; /* name: "" when the file has none */
	struct arch arch;
	struct nest nest;
	struct tiling tiling;
	struct search_options options; /* rule, and the orders given */

	int64_t needs[NEED_COUNT], has[NEED_COUNT];
	bool fits[NEED_COUNT];
	/* What the seed's prunes would say: no sums across PEs; filter loops
	 * inside the scratchpad. */
	bool no_spatial_reduction, no_feature_dram;
	int pairs;                     /* of orders that reuse differently */
	struct choice best[OBJ_COUNT]; /* among the pairs */
};

/* Whether a text has the form: an object with "tiling" and no "cases". */
bool analysis_is(const struct json_doc *doc);
/* Reads, checks and evaluates. False with diagnostics by line and column; a
 * method that does not fit the machine is a result. All in the arena. */
bool analysis_read(struct ctx *ctx, const struct json_doc *doc,
	const struct arch *arch, enum burst_rule rule, struct analysis *out);

/* The breakdown is that of the objective's best orders. In the arena. */
const char *analysis_text(struct ctx *ctx, const struct analysis *analysis,
	enum objective objective);
/* {"name", "machine", "bursts", nest, "constraints", "pairs", "best": {"edp":
 * {tiling, order, estimate}, "energy", "cycles"}} */
const char *analysis_json(struct ctx *ctx, const struct analysis *analysis);

#endif
