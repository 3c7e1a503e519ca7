/* The limits of a search, as NAME.json has them under "options". */
#ifndef CODEGEN_LIMITS_JSON_H
#define CODEGEN_LIMITS_JSON_H

#include "base/json_doc.h"
#include "mapper/limits.h"

/* Adds min_pe_use, min_rf_use, min_spm_use, no_spatial_reduction,
 * no_feature_dram; and, of what is set, factor ({"SPM": {"C": 4}}, "all" for
 * the loop's bound), order ({"DRAM": ["N", ...]}), max_cycles, max_energy_pj.
 */
void json_add_limits(cJSON *to, const struct limits *limits);

/* The same members of an object, others left alone. False with diagnostics. */
bool limits_from_json(struct ctx *ctx, const struct json_doc *doc,
	const cJSON *object, struct limits *out);

#endif
