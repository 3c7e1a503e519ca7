/* The pieces that NAME.json and method files are made of, written and read. */
#ifndef CODEGEN_METHOD_PARTS_H
#define CODEGEN_METHOD_PARTS_H

#include "base/json_doc.h"
#include "mapper/mapspace.h"
#include "mapper/search.h"

/* --- writing; the caller owns the items ----------------------------------- */

/* {"N": 1, "M": 64, ...} */
cJSON *json_bounds(const struct nest *nest);
cJSON *json_axes(const int64_t pair[AXIS_COUNT]); /* [rows, columns] */
/* {"O": {"type", "dims": [{"index", "size", "pitch"}, ...]}, "I", "W"} */
cJSON *json_tensors(const struct nest *nest);
/* {"name", "fingerprint", "spec": {"arch_details", "arch_basic"}} */
cJSON *json_machine(struct ctx *ctx, const struct arch *arch);
/* Adds bounds, stride, dilation, tensors. */
void json_add_nest(cJSON *to, const struct nest *nest);
/* The loops' names, outermost first. */
cJSON *json_order(const uint8_t order[LOOP_COUNT]);
/* Adds tiling and order. */
void json_add_mapping(cJSON *to, const struct mapping *mapping);
/* Adds energy_pj, cycles, edp and what they consist of. */
void json_add_estimate(cJSON *to, const struct nest *nest,
	const struct arch *arch, const struct mapping *mapping,
	enum burst_rule rule);
/* {"tilings", "tilings_fit", "orders", "tiles_fit", "mappings", ...} */
cJSON *json_mapspace(struct ctx *ctx, const struct mapspace *space);
/* {"bound", "tiles_visited", ...} */
cJSON *json_proof(const struct proof *proof);
/* Name of a burst rule: "true", "compat". */
const char *burst_rule_name(enum burst_rule rule);

/* --- reading; false with diagnostics -------------------------------------- */

/* Bounds, stride, dilation, tensors: verified. */
bool nest_from_json(struct ctx *ctx, const struct json_doc *doc,
	const cJSON *object, struct nest *out);
/* A level's member of an object {"DRAM": ["N", ...], ...}: all loops once. */
bool order_from_json(struct ctx *ctx, const struct json_doc *doc,
	const cJSON *object, int slot, uint8_t order[LOOP_COUNT]);
/* Tiling and order: valid for the nest. */
bool mapping_from_json(struct ctx *ctx, const struct json_doc *doc,
	const cJSON *object, const struct nest *nest, struct mapping *out);
/* Whether it fits the machine, in numbers. */
bool mapping_fits(struct ctx *ctx, const struct loc *loc,
	const struct arch *arch, const struct nest *nest,
	const struct mapping *mapping);
/* Member "machine". */
bool machine_from_json(struct ctx *ctx, const struct json_doc *doc,
	const cJSON *object, struct arch *out);
/* A string member that may be left out; *out is "" then. In the arena. */
bool text_from_json(struct ctx *ctx, const struct json_doc *doc,
	const cJSON *object, const char *key, const char **out);

/* The factors of a loop in a message. */
#define FACTORS_FORMAT "%lld (DRAM), %lld (SPM), %lld (RF), %lld (SPATIAL)"
#define FACTORS_ARGS(factor)                                           \
	(long long)(factor)[SLOT_DRAM], (long long)(factor)[SLOT_SPM], \
		(long long)(factor)[SLOT_RF],                          \
		(long long)(factor)[SLOT_SPATIAL]

/* Of the factors of a loop, by slot: NULL where they are those
 * of tiles, perfect or padded; otherwise what is expected, in the arena. */
const char *factors_expected(
	struct ctx *ctx, int64_t bound, const int64_t factor[SEED_SLOTS]);

#endif
