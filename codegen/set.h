/* A plan's files as one set with an identity, and whether files that were read
 * are of one set.
 *
 * The identity is the first 32 hex digits of a SHA-256 over all files in the
 * order of their names, of each its name, a NUL, its length as decimal text, a
 * NUL and its bytes; in these, the identity reads as 32 zeros, and the list of
 * files in NAME.json is empty. It stands in NAME.json, in every method's JSON
 * ("set") and in the blob (MODEL, set). NAME.json lists length and SHA-256 of
 * each other file as it lies on disk. */
#ifndef CODEGEN_SET_H
#define CODEGEN_SET_H

#include "codegen/outfile.h"
#include "schedule/plan.h"

enum { SET_HEX = 32 };
/* What stands in a file while the identity is not known. */
#define SET_EMPTY "00000000000000000000000000000000"

/* Adds all of a plan's files: methods, tables, NAME.json, blob. False with a
 * diagnostic: nothing of it must be written. */
bool set_write(struct ctx *ctx, const struct plan *plan, struct out_set *out);

/* False with a diagnostic where path, of which identity was read, lies beside a
 * NAME.json of another set. NAME is path's without its ending; for a file in
 * NAME_methods the NAME.json is looked for outside of that. An identity that is
 * empty or NULL (a file made by hand, or by a program of before) is of any set.
 */
bool set_check(struct ctx *ctx, const char *path, const char *identity);
/* False with a diagnostic for every file that NAME.json lists and that is
 * another beside it; one that is missing was not copied with it. */
struct json_doc;
bool set_check_files(struct ctx *ctx, const struct json_doc *doc);

#endif
