/* Tensors of com.microsoft.nchwc, which ONNX Runtime writes into models that it
 * has optimised: channels lie in blocks of 8 or 16, the last of which is filled
 * up with zeros. A tensor's shape has the stored channels; how many of them are
 * the model's is found here. */
#ifndef PASSES_BLOCKED_H
#define PASSES_BLOCKED_H

#include "ir/graph.h"

/* Channels in a block: 8 where a tensor has an odd number of eights, otherwise
 * 16; 0 when the model has no blocked convolution. Filters decide, so that it
 * is known before any shape is inferred. */
int blocked_channels(struct ctx *ctx, const struct model *model);

/* Of the tensors of a model whose shapes are inferred. NULL: none are blocked.
 *
 * Tensors whose channels are the same ones (elementwise operators, poolings,
 * depthwise convolutions) share what is known of any of them: the channels that
 * ReorderInput was given, those that ReorderOutput leaves, else the filters of
 * the last block that are zero with their bias. A Concat has the sum. */
struct blocked;
struct blocked *blocked_find(struct ctx *ctx, const struct model *model);

/* The channels of a blocked tensor that are the model's: at most those that its
 * shape has; -1: it is not blocked, or its stored channels are not known.
 * blocked may be NULL. */
int64_t blocked_useful(
	const struct blocked *blocked, const struct value *value);

#endif
