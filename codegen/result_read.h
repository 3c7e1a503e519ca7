/* NAME.json, read back as a stranger's file: what it says is not believed but
 * computed anew and compared. */
#ifndef CODEGEN_RESULT_READ_H
#define CODEGEN_RESULT_READ_H

#include "base/json_doc.h"
#include "oracle/proof_counts.h"
#include "schedule/plan.h"

struct result {
	struct json_doc doc;
	struct arch arch;
	/* What the file was written from, as far as it tells: layers have no
	 * tensors, estimates are computed anew. chosen: winners that were
	 * chosen for the network as a whole, their proofs empty; choice: not
	 * read. */
	struct plan plan;
	struct layer_list layers;
	struct network network;
	struct search_result *results;
	const cJSON **nests; /* [network.count], items of the file */
	/* [network.count], listed by the caller for result_check; NULL: not. */
	const struct proof_counts *counts;
};

/* Reads a file; mappings are valid, and fit the machine. False with diagnostics
 * (file, line, column, key); result_release is safe then. The struct stays
 * where it is; the rest is in the arena. */
bool result_read(struct ctx *ctx, const char *path, struct result *out);
/* The same from memory. */
bool result_parse(struct ctx *ctx, const char *path, const char *text,
	size_t length, struct result *out);
void result_release(struct result *result);

/* Whether the file is consistent: every estimate, value, size of a mapspace (of
 * plan.mapspaces, counted by the caller) and total equals what follows from the
 * nests and mappings in it, and the winners keep to the limits. A line for each
 * that does not, at most ten. */
bool result_check(struct ctx *ctx, const struct result *result);

#endif
