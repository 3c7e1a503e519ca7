/* Forks: Ifs whose condition is not known while compiling. One run takes one
 * branch of each, so sums over layers count one: that with more
 * multiplications, of equals the then-branch, decided from the innermost If
 * outwards. */
#ifndef IR_FORK_H
#define IR_FORK_H

#include "ir/layer.h"

/* Decides the forks of a list (fork.macs, .then), says of every layer, and of
 * every node that multiplies and is none, whether sums count it (aside), and
 * forgets forks that no layer stands in. To be
 * called again when layers were added or taken away. False when the
 * multiplications of a branch leave int64_t. */
bool forks_settle(struct ctx *ctx, struct layer_list *list);

/* Whether the layer runs when fork k goes the other way: it stands in the
 * branch that sums do not count, and of the forks in there, in those that they
 * would. */
bool fork_other_has(
	const struct layer_list *list, size_t k, const struct layer *layer);

/* "then_branch", "else_branch" */
const char *fork_branch_name(bool then);

/* Sets total_macs and padding_macs: of the layers that are not aside. False when
 * they leave int64_t. */
bool forks_sum(struct layer_list *list);

#endif
