/* NAME.json: everything that a compile found out, for programs. Fields and
 * units: docs/output-files.md. */
#ifndef CODEGEN_RESULT_JSON_H
#define CODEGEN_RESULT_JSON_H

#include "schedule/plan.h"

#define RESULT_FORMAT "nestwright-result"
enum { RESULT_VERSION = 1 };

/* The text of a finished plan, in the arena.
 * identity: of the set; files: its list of the others, taken, or NULL: an empty
 * one. */
struct cJSON;
const char *result_text(struct ctx *ctx, const struct plan *plan,
	const char *identity, struct cJSON *files);

/* The parts that follow from the mappings, for comparing; the caller owns
 * them. */
struct cJSON *json_totals(const struct plan_totals *totals);
struct cJSON *json_layer_totals(const struct layer_totals *totals);
/* An entry of "branches". */
struct cJSON *json_fork(const struct plan *plan, size_t fork);

#endif
