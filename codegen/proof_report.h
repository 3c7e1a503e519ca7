/* What 'nestwright check-proof' finds out about a result, and says. */
#ifndef CODEGEN_PROOF_REPORT_H
#define CODEGEN_PROOF_REPORT_H

#include "codegen/proof_choice.h"
#include "codegen/proof_perfect.h"
#include "codegen/result_read.h"
#include "oracle/proof_check.h"

struct nest_proof {
	/* Of the file: the winner where it is marked proven, otherwise the
	 * bound alone; none where that is 0. */
	bool claimed[CLAIM_COUNT];
	struct proof_claim claim[CLAIM_COUNT];
	struct proof_verdict verdict[CLAIM_COUNT];
};

struct proof_report {
	const struct result *result;
	bool consistent;          /* result_check */
	struct nest_proof *nests; /* [result->network.count] */
	struct choice_proof choice; /* of the network's mappings */
	struct perfect_proof perfect; /* of all nests */
	bool fronts; /* some nest has one that is claimed to be whole */
	int64_t unproven; /* winners that are not claimed to be proven */
	int64_t claims, verdicts[VERDICT_COUNT];
};

struct proof_report_options {
	int64_t brute_most; /* tilings of a nest to search exhaustively */
	double seconds;     /* that a nest may take by bounds */
	/* When to end all of it, in its requests; NULL: in the end. */
	const struct search_stop *stop;
	/* In the form of network_options.progress; NULL: not called. */
	void (*progress)(void *arg, size_t done, size_t total);
	void *progress_arg;
};

/* Counts the mapspaces (into result->plan), checks the file's consistency, a
 * line for each fault, and all claims of each nest. False with a diagnostic
 * where it cannot be done. */
bool proof_report_make(struct ctx *ctx, struct result *result,
	const struct proof_report_options *options, struct proof_report *out);

/* A row a nest, the better mappings where there are any, and the sum; and
 * everything, for programs (docs/output-files.md). In the arena. */
const char *proof_report_text(
	struct ctx *ctx, const struct proof_report *report);
const char *proof_report_json(
	struct ctx *ctx, const struct proof_report *report);

#endif
