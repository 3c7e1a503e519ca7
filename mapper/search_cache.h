/* Results of searches in a folder, kept from run to run.
 *
 * An entry is a file. It holds the key, all that decides a result (search,
 * options, nest, the machine's values but not its name), in full and compared
 * in full, then the result: mappings and proofs, whose costs are computed anew
 * and compared, and a CRC-32. Whatever is wrong with an entry, or belongs to
 * another key or version, is searched again and replaced. Entries are written
 * under a temporary name and renamed, so that runs may share the folder and may
 * be killed. */
#ifndef MAPPER_SEARCH_CACHE_H
#define MAPPER_SEARCH_CACHE_H

#include "mapper/search.h"

#include <stdatomic.h>

struct search_cache {
	const char *dir;
	atomic_int failure; /* errno of an entry that could not be written */
};

/* Makes dir (not its parents) where it is missing, and removes the temporary
 * files of killed runs, an hour after. False with a diagnostic when no file can
 * be made in it. dir is borrowed. */
bool search_cache_open(
	struct ctx *ctx, const char *dir, struct search_cache *cache);
/* Warns when an entry could not be written; the results stand. */
void search_cache_close(struct ctx *ctx, const struct search_cache *cache);

/* Whether the cache has the result: then it is in *out. */
bool search_cache_find(struct ctx *ctx, const struct nest *nest,
	const struct arch *arch, const struct search_options *options,
	search_fn *search, struct search_result *out);
/* search's result, from options->network.cache if it is there, and there from
 * now on: from any thread. A search that was ended early leaves no entry. */
bool search_cached(struct ctx *ctx, const struct nest *nest,
	const struct arch *arch, const struct search_options *options,
	search_fn *search, struct search_result *out);

/* The key of a result as it stands in the entry, in the arena; NULL for a
 * search that is not kept. */
struct search_key {
	size_t count;
	const unsigned char *bytes;
};
bool search_key_make(struct ctx *ctx, const struct nest *nest,
	const struct arch *arch, const struct search_options *options,
	search_fn *search, struct search_key *key);
/* The file of a key within the folder: a hash of 16 hexadecimal digits and
 * ".search". In the arena. */
const char *search_key_file(struct ctx *ctx, const struct search_key *key);

#endif
