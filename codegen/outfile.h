/* Output files: written under temporary names, renamed when all are complete.
 * An interrupted or failed run leaves the old files or none. */
#ifndef CODEGEN_OUTFILE_H
#define CODEGEN_OUTFILE_H

#include "ir/ctx.h"

#include <stddef.h>

struct out_entry;

struct out_set {
	const char *dir;
	size_t count, capacity;
	struct out_entry *entries;
	size_t made_dirs, made_capacity; /* folders that this run made */
	const char **made_dir;
};

/* Makes dir (with parents) where it is missing. */
bool out_open(struct ctx *ctx, const char *dir, struct out_set *out);
/* Stages a file (name may have one folder in it, made as needed). The bytes are
 * on disk, under a temporary name, when it returns. False with a diagnostic
 * when the disk is full or the name cannot be written. */
bool out_write(struct ctx *ctx, struct out_set *out, const char *name,
	const void *bytes, size_t length);
/* Renames all staged files into place. */
bool out_commit(struct ctx *ctx, struct out_set *out);
/* Removes what was staged and not renamed, and the folders that were made; safe
 * after out_commit. */
void out_discard(struct out_set *out);

/* A safe file name from a layer's or model's name: letters, digits, '.', '_',
 * '-' stay, runs of anything else become one '_'; no leading '.' or '-'; at
 * most 80 bytes, cut ones end in '~' and 8 hex digits of the whole name's
 * CRC-32. In the arena. */
const char *out_safe_name(struct ctx *ctx, const char *name);

#endif
