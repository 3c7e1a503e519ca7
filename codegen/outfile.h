/* Output files: written under temporary names, renamed when all are complete.
 * An interrupted or failed run leaves the old files or none.
 *
 *   out_open      the folder is there and can be written
 *   out_write     stages a file under a temporary name: '.NAME.tmp' beside it
 *   out_seal      stages the file that vouches for all others
 *   out_commit    old seals go, files are renamed, stale ones go, seals come
 *   out_discard   what is still staged goes
 *
 * Temporary names do not vary, so a killed run's are overwritten by the next
 * one; a lock on the folder, held from the first out_write to out_discard,
 * keeps two runs from writing the same name at once: the second waits, half a
 * minute at most. */
#ifndef CODEGEN_OUTFILE_H
#define CODEGEN_OUTFILE_H

#include "ir/ctx.h"

#include <signal.h>
#include <stddef.h>

struct out_entry;

struct out_set {
	const char *dir;
	size_t count, capacity;
	struct out_entry *entries;
	size_t made_dirs, made_capacity; /* folders that this run made */
	const char **made_dir;
	size_t sweeps, sweep_capacity;
	struct out_sweep *sweep;
	size_t removals, removal_capacity;
	const char **removal;
	int lock; /* descriptor of dir, or -1 */
	bool committed;
	/* Set by a signal handler of the program's: out_write and out_commit
	 * then refuse to begin, and the caller comes to out_discard. To be set
	 * after out_open; NULL: signals are not handled. */
	const volatile sig_atomic_t *interrupted;
};

/* Makes dir (with parents) where it is missing. False with a diagnostic when
 * that fails, or when no file can be made in it. out is ready for out_discard
 * in either case. */
bool out_open(struct ctx *ctx, const char *dir, struct out_set *out);
/* Stages a file (name may have one folder in it, made as needed). The bytes are
 * on disk, under a temporary name, when it returns. False with a diagnostic
 * when the disk is full or the name cannot be written. */
bool out_write(struct ctx *ctx, struct out_set *out, const char *name,
	const void *bytes, size_t length);
/* The same for a file whose presence says that the others are complete: it is
 * renamed after them, and the old one of its name is removed before them. */
bool out_seal(struct ctx *ctx, struct out_set *out, const char *name,
	const void *bytes, size_t length);
/* Asks out_commit to remove the files of folder (within the set's) that an
 * earlier run left and this one does not write: those for which ours(name) is
 * true, and temporary ones of such names. Everything else stays. */
void out_sweep(struct ctx *ctx, struct out_set *out, const char *folder,
	bool (*ours)(const char *name));
/* Asks out_commit to remove a file that an earlier run left, unless this one
 * stages it. */
void out_remove(struct ctx *ctx, struct out_set *out, const char *name);
/* Renames all staged files into place. SIGINT, SIGTERM and SIGHUP wait until it
 * is done. False with a diagnostic; no seal stands then. */
bool out_commit(struct ctx *ctx, struct out_set *out);
/* Removes what was staged and not renamed, and the folders that were made;
 * safe after out_commit, safe twice. */
void out_discard(struct out_set *out);

/* What is staged or renamed, in the order of staging, until out_discard. */
size_t out_count(const struct out_set *out);
const char *out_name(const struct out_set *out, size_t index);
/* Whether dir, if it is there, is the set's folder under any name. */
bool out_same_folder(const struct out_set *out, const char *dir);

/* A safe file name from a layer's or model's name: letters, digits, '.', '_',
 * '-' stay, runs of anything else become one '_' (none at the ends); no leading
 * '.' or '-'; at most 80 bytes. Cut ones end in '~' and 8 hex digits of the
 * whole name's CRC-32, and so do names of which nothing is left. Distinct names
 * may give the same: a number in front tells layers apart. In the arena. */
const char *out_safe_name(struct ctx *ctx, const char *name);

#endif
