/* The configuration blob NAME.nwcfg: docs/config-blob.md. */
#ifndef CODEGEN_CONFIG_H
#define CODEGEN_CONFIG_H

#include "codegen/outfile.h"
#include "schedule/plan.h"

/* The blob of a plan, in the arena. The same plan gives the same bytes. False
 * with a diagnostic: a layer that fits no mapping, tensors or sums beyond
 * int64_t. */
bool config_build(struct ctx *ctx, const struct plan *plan, uint8_t **bytes,
	size_t *length);
/* Stages it as NAME.nwcfg, once the loader has found nothing wrong with it. */
bool config_write(
	struct ctx *ctx, const struct plan *plan, struct out_set *out);

/* Reads a file's bytes into the arena: false with a diagnostic (missing, a
 * directory, 256 MiB or more). */
bool config_read(
	struct ctx *ctx, const char *path, uint8_t **bytes, size_t *length);
/* Opens a blob: false with a diagnostic that names path, what is wrong and
 * where. bytes stay borrowed by cfg. */
struct nwcfg;
bool config_open(struct ctx *ctx, const char *path, const uint8_t *bytes,
	size_t length, struct nwcfg *cfg);
/* What the loader says of such bytes, in the arena; NULL: all is well. */
const char *config_fault(struct ctx *ctx, const uint8_t *bytes, size_t length);
/* The identity of the set of files that it is of, 32 hex digits; zeros: of
 * none. In the arena. */
const char *config_set(struct ctx *ctx, const struct nwcfg *cfg);
/* Does the blob configure this machine? False with a diagnostic that names the
 * two and the numbers in which they differ. */
bool config_check_arch(struct ctx *ctx, const char *path,
	const struct nwcfg *cfg, const struct arch *arch);

/* All of an open blob as JSON, in the arena, and the blob back from it:
 * config_from_json gives the bytes that the JSON was made of. False with a
 * diagnostic: not such a JSON. */
const char *config_to_json(struct ctx *ctx, const struct nwcfg *cfg);
bool config_from_json(struct ctx *ctx, const char *path, const char *text,
	size_t length, uint8_t **bytes, size_t *out_length);

/* For people, in the arena: what the blob says, and its bytes field by field.
 */
const char *config_to_text(struct ctx *ctx, const struct nwcfg *cfg);
const char *config_to_hex(struct ctx *ctx, const struct nwcfg *cfg);

#endif
