/* Output files: all of a set or none of it, whatever fails or is killed.
 *
 * A set is what one command makes under one name: NAME.json, NAME.nwcfg,
 * NAME_methods/... Whoever reads a set's files finds those of one command:
 *
 *   with links     (the rule) The files lie in DIR/.nestwright/NAME/0 or 1. The
 *                  plain names in DIR are links that lead through one more,
 *                  DIR/.nestwright/NAME/now -> 0, and one rename of that one
 *                  changes the set, at every moment for every reader. The set
 *                  before it stays in the other folder until the next command,
 *                  for readers that have begun.
 *   plain files    where they stand already, where a file system has no links,
 *                  or on demand: a journal of what is to be renamed, and hard
 *                  links of all that is replaced, lie in DIR/.nestwright/NAME
 *                  until the end. A command that finds a journal first brings
 *                  the set to one of its two states: out_recover.
 *
 * The calls, in order:
 *
 *   outputs_open     the folder is there and can be written; no lock is held
 *   outputs_set      begins a set
 *   out_write        adds a file to it, in memory
 *   outputs_commit   under a lock on the folder: all files of all sets to disk,
 *                    then the sets change; a failure takes back what was done
 *   outputs_discard  folders that were made for nothing go
 *
 * A lock on the folder keeps two commits apart; the second waits, half a minute
 * at most. */
#ifndef CODEGEN_OUTFILE_H
#define CODEGEN_OUTFILE_H

#include "base/ctx.h"
#include "base/names.h"

#include <signal.h>
#include <stddef.h>

/* A file of a set. Borrowed until outputs_commit. */
struct out_file {
	const char *name; /* within the folder; at most one folder in it */
	const void *bytes;
	size_t length;
};

/* Files that an earlier command may have left in a folder of the set's. */
struct out_sweep {
	const char *folder;
	bool (*ours)(const char *name);
};

struct out_set {
	struct ctx *ctx;
	const char *dir;  /* the folder of all sets */
	const char *name; /* plain: as of out_safe_name */
	size_t count, capacity;
	struct out_file *files;
	struct names index; /* of the files, by name */
	size_t sweeps, sweep_capacity;
	struct out_sweep *sweep;
	size_t removals, removal_capacity;
	const char **removal;
	struct out_switch *change; /* how far outputs_commit is */
};

struct outputs {
	const char *dir;
	bool plain; /* no links: to be set after outputs_open */
	size_t count, capacity;
	struct out_set **sets;
	size_t made_dirs, made_capacity; /* folders that this command made */
	const char **made_dir;
	int lock; /* descriptor of dir, or -1 */
	bool committed;
	/* Set by a signal handler of the program's: outputs_commit then refuses
	 * to begin, or gives up. To be set after outputs_open; NULL: signals
	 * are not handled. */
	const volatile sig_atomic_t *interrupted;
};

/* Makes dir (with parents) where it is missing. False with a diagnostic when
 * that fails, or when no file can be made in it. out is ready for
 * outputs_discard in either case. */
bool outputs_open(struct ctx *ctx, const char *dir, struct outputs *out);
/* Begins a set; in the arena. name must be safe as a file name. */
struct out_set *outputs_set(
	struct ctx *ctx, struct outputs *out, const char *name);
/* Brings all sets to disk and changes them; signals SIGINT, SIGTERM and SIGHUP
 * wait while that is under way. False with a diagnostic: every set is as it was
 * before, or as a journal says that the next command finds it. */
bool outputs_commit(struct ctx *ctx, struct outputs *out);
/* Without a commit, removes the folders that were made. Safe twice. */
void outputs_discard(struct outputs *out);

/* Adds a file, of one name below the folder or of one in a folder of it. bytes
 * stay borrowed until outputs_commit. False with a diagnostic when the set has
 * a file of this name. */
bool out_write(struct ctx *ctx, struct out_set *out, const char *name,
	const void *bytes, size_t length);
/* Asks for the files of folder (within the set's) that an earlier command left
 * and this one does not write to be removed: those for which ours(name) is
 * true. Everything else in it stays. */
void out_sweep(struct ctx *ctx, struct out_set *out, const char *folder,
	bool (*ours)(const char *name));
/* Asks for a file that an earlier command left to be removed, unless this one
 * writes it. */
void out_remove(struct ctx *ctx, struct out_set *out, const char *name);
/* Whether the set has a file of this name. */
bool out_has(const struct out_set *out, const char *name);

/* To be called before a file that may be a set's is read: where path's folder,
 * or the one around it, has journals, the sets are brought to one of their two
 * states. False with a diagnostic when that is not possible. */
bool out_recover(struct ctx *ctx, const char *path);

/* Whether file_write could begin; to be asked before long work. False with a
 * diagnostic. */
bool file_check(struct ctx *ctx, const char *path);
/* Writes a file that is no set's, under any path: it is replaced by one rename.
 * False with a diagnostic. */
bool file_write(
	struct ctx *ctx, const char *path, const void *bytes, size_t length);

/* A safe file name from a layer's or model's name: letters, digits, '.', '_',
 * '-' stay, runs of anything else become one '_' (none at the ends); no leading
 * '.' or '-'; at most 80 bytes. Cut ones end in '~' and 8 hex digits of the
 * whole name's CRC-32, and so do names of which nothing is left. Distinct names
 * may give the same: a number in front tells layers apart. In the arena. */
const char *out_safe_name(struct ctx *ctx, const char *name);

#endif
