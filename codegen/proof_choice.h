/* What check-proof finds out about mappings that were chosen for the network as
 * a whole ("network_choice"). */
#ifndef CODEGEN_PROOF_CHOICE_H
#define CODEGEN_PROOF_CHOICE_H

#include "codegen/result_read.h"
#include "oracle/choice_check.h"

struct choice_proof {
	bool claimed; /* the file has a choice and says that it is proven */
	struct network_goal goal;
	struct choice_point claim, better; /* better: where it is refuted */
	enum verdict verdict;
};

/* Reads the choice, compares it with the totals of the chosen winners, and
 * checks its proof. fronts: every nest's front is confirmed, without which no
 * choice of their points is. *consistent falls where figures differ, with a
 * line each. False with a diagnostic where the choice cannot be read. */
bool choice_proof_make(struct ctx *ctx, const struct result *result,
	bool fronts, const struct search_stop *stop, bool *consistent,
	struct choice_proof *out);

/* The file's trade-offs of the network ("network_front"), where it has them:
 * each is the sum of the points that it names, and together they are the lower
 * hull of all choices. Clears *consistent with a line where not. Of models some
 * of whose layers have several forms, sums alone. */
void trade_offs_check(
	struct ctx *ctx, const struct result *result, bool *consistent);

#endif
