/* What outfile.c, out_links.c and out_journal.c share: a commit of one set by
 * steps that two ways of doing it have in common, and files below descriptors
 * of folders, so that no link leads them elsewhere. */
#ifndef CODEGEN_OUT_PARTS_H
#define CODEGEN_OUT_PARTS_H

#include "codegen/outfile.h"

/* Below the folder of all sets: a folder a set. */
#define OUT_HOME ".nestwright"

/* How far the commit of a set is. Steps after prepare take no memory: running
 * out of it jumps. */
struct out_switch {
	const struct out_way *way;
	int dir;  /* descriptor of the folder of all sets; borrowed */
	int home; /* descriptor of OUT_HOME/NAME; -1: not there */
	/* With links: */
	int slot;    /* where the new set lies; the old one in the other */
	bool had;    /* there is an old one */
	size_t made; /* plain names that this commit made */
	const char **made_name;
	size_t tops; /* plain names of the set, each once */
	const char **top;
	/* Plain files: */
	int journal; /* descriptor of what is written; -1: there is none yet */
	size_t ops, op_capacity;
	struct out_op *op;
};

/* One of the two ways. */
struct out_way {
	/* Under whose name in home the files are staged. */
	const char *(*stage_name)(const struct out_switch *change);
	/* All that can fail for want of room, names or rights: false with a
	 * diagnostic. */
	bool (*prepare)(struct out_set *set);
	/* The set changes. False with errno and the name that failed: to be
	 * undone. */
	bool (*change)(struct out_set *set, const char **what);
	/* What change did, or began, is taken back; false: left to out_recover.
	 */
	bool (*undo)(struct out_set *set);
	/* What is only of the old set goes. */
	void (*finish)(struct out_set *set);
	/* What prepare did, and the staged files, go. Not after an undo that
	 * failed. */
	void (*abandon)(struct out_set *set);
};

extern const struct out_way out_way_links, out_way_plain;

/* Where a plain name of the set leads to: OUT_HOME/NAME/now/TOP; in the arena.
 */
const char *out_link_target(const struct out_set *set, const char *top);
/* Whether the plain name is a link of this set's. */
bool out_is_link(const struct out_set *set, int dir, const char *top);
/* What stands under a plain name: it, a link's or none; OUT_UNKNOWN: with errno.
 */
enum out_stands {
	OUT_UNKNOWN,
	OUT_NOTHING,
	OUT_OUR_LINK,
	OUT_LINK,
	OUT_FOLDER,
	OUT_FILE
};
enum out_stands out_stands(const struct out_set *set, int dir, const char *top);
/* 'a' of 'a/b'; NULL where the name has no folder. In the arena. */
const char *out_folder_of(struct ctx *ctx, const char *name);
/* The set's plain names that are links to nothing of it any more. Calls gone
 * for each; false with errno where the folder cannot be read. */
bool out_stale_links(const struct out_set *set, int dir,
	void (*gone)(void *arg, const char *top), void *arg);

/* Finishes or takes back what the journal in home says; true where there is
 * none. Whoever calls holds the lock on dir. */
bool out_journal_settle(
	struct ctx *ctx, const char *path, int dir, const char *name);

/* --- files below a descriptor ----------------------------------------------
 */

/* Descriptors, or -1 with errno; no link is followed. */
int at_folder(int at, const char *name);
int at_folder_make(int at, const char *name);
/* A new file with these bytes; on disk after at_flush_all. False with errno,
 * and the file, if there is one, gone. */
bool at_stage(int at, const char *name, const void *bytes, size_t length);
/* The same, on disk when it returns. */
bool at_put(int at, const char *name, const void *bytes, size_t length);
/* A second name for a file or link, or a copy where the file system knows no
 * such thing. False with errno. */
bool at_keep(int from, const char *name, int to, const char *copy);
/* All below it, too. False with errno where something stays. */
bool at_remove(int at, const char *name);
/* 1: something has this name; 0: nothing; -1: with errno. */
int at_there(int at, const char *name);
/* Calls take for each entry of a folder ('.': at itself). False with errno where
 * the folder cannot be read, or where take was false. */
bool at_each(int at, const char *name, bool (*take)(void *arg, const char *name),
	void *arg);
/* The folder of 'FOLDER/NAME', or a copy of at for 'NAME', as a descriptor to be
 * closed; -1 with errno where FOLDER is a link or not there. *base: NAME. */
int at_parent(int at, const char *name, const char **base);
/* As unlinkat and renameat, but through no link. False with errno. */
bool at_unlink(int at, const char *name);
bool at_rename(int from, const char *name, int to, const char *end);
/* Folders' entries to disk: false with errno; what cannot be flushed is. */
bool at_flush(int fd);
/* The whole file system's changes to disk: one wait for all files of a set, in
 * place of one a file. */
bool at_flush_all(int fd);
/* Whether a regular file has these many bytes of this SHA-256. */
bool at_is(int at, const char *name, size_t length, const char *hex);

#endif
