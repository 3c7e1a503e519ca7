/* What of a model's multiplications no layer has: nodes that multiply and are
 * left to the host, or whose sizes are not known. */
#ifndef IR_LEFT_OUT_H
#define IR_LEFT_OUT_H

#include "base/ctx.h"
#include "ir/layer.h"

struct left_out {
	size_t nodes;
	size_t open;  /* of them, those whose multiplications are not known */
	int64_t macs; /* of the others */
};

struct left_out left_out_of(const struct layer_list *list);
/* The node counts as left out. A skipped layer does not: the totals of the
 * model have it; nor does what stands in a branch that they do not count. */
bool is_left_out(const struct unmapped *unmapped);
/* "2 LinearAttention, 1 STFT", in order of first use; in the arena. */
const char *left_out_ops(struct ctx *ctx, const struct layer_list *list);
/* What fraction of the model's multiplications macs are; below 0 where that
 * is not known, or there are none. */
double share_of_model(const struct layer_list *list, double macs);

#endif
