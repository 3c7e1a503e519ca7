/* What twice of a resource of the machine would gain, in files. */
#ifndef CODEGEN_GAINS_H
#define CODEGEN_GAINS_H

#include "base/json_doc.h"
#include "base/text.h"
#include "schedule/sensitivity.h"

/* {"pes": {"energy_pj", "cycles", "edp", "gain", "proven"}, ...}, null where
 * nothing fits. layer NULL: the model's. */
cJSON *json_gains(const struct plan *plan, const struct layer *layer);
/* {"pes": {"CGRA_SIZE": 512}, ...} */
cJSON *json_resources(const struct arch *arch);
/* A table for people, a row a resource. */
void gains_text(
	struct text *text, const struct plan *plan, const struct layer *layer);

#endif
