/* The attention operators: where each has its keys and values, those of earlier
 * steps, and what it says of how many of them are in use. After ONNX's operator
 * documents and ONNX Runtime 1.30's (docs/ContribOperators.md). */
#ifndef PASSES_ATTENTION_H
#define PASSES_ATTENTION_H

#include "ir/graph.h"

/* How many rows K and V have once the new ones have joined the past. */
enum attention_buffer {
	BUFFER_JOINED, /* past + new */
	BUFFER_SHARED, /* the past's: past and present are one buffer */
	BUFFER_ASKED,  /* the past's where attribute past_present_share_buffer
			* is set */
	BUFFER_TOLD,   /* the past's where the length in use is an input */
	BUFFER_GREW    /* the larger of the past's and of the total */
};

struct attention_op {
	enum op_id id;
	const char *heads, *kv_heads; /* attributes; kv_heads NULL: as many */
	bool projects; /* makes Q, K and V itself, of inputs 0 and 1 */
	enum attention_buffer buffer;
	/* The shared buffer of K is [heads][size / x][rows][x], where x
	 * elements have 16 bytes. */
	bool reorders;
	/* Inputs, -1: none. past_k and past_v may be one tensor of both. */
	signed char past_k, past_v;
	signed char past_length; /* scalar: rows of the past in use */
	signed char total;       /* scalar: rows in use, new ones included */
	signed char lengths;     /* [batch]: likewise, less length_offset */
	signed char length_offset;
	signed char mask;
	/* Inputs that outputs 1 and 2, the present K and V, are made of, as a
	 * set; without input 1 of input 0, too. 0: it has no such outputs. */
	unsigned presents;
};

/* NULL for a node of another operator, and for those whose sequences lie packed
 * behind each other (sequences_of). */
const struct attention_op *attention_op_of(const struct node *node);

/* Input k as a number, or all its elements, where they are constants. */
bool attention_number(
	struct ctx *ctx, const struct node *node, int k, int64_t *out);
const struct tensor *attention_tensor(
	struct ctx *ctx, const struct node *node, int k);

/* Are past and present one buffer? */
bool attention_shares(
	struct ctx *ctx, const struct node *node, const struct attention_op *op);
/* Rows of K and V with the past, given the new ones; negative where not known.
 * False when they leave 64 bits. */
bool attention_rows(struct ctx *ctx, const struct node *node,
	const struct attention_op *op, int64_t new_rows, int64_t *out);

/* Of rows rows of K and V, those that are in use: of the sequence of the batch
 * that has most. All where nothing more is known. False with a diagnostic: more
 * than there are, or less than none. */
struct key_span {
	int64_t first, count;
};
bool attention_span(struct ctx *ctx, const struct node *node,
	const struct attention_op *op, int64_t rows, int64_t new_rows,
	struct key_span *out);

/* --- sequences behind each other ------------------------------------------ */

/* PackedAttention, PackedMultiHeadAttention, PagedAttention: sequences of equal
 * length that follow each other. */
struct sequence_run {
	int64_t count;       /* sequences */
	int64_t first;       /* token of the first one */
	int64_t rows, keys;  /* of each: queries; keys, the past's included */
};

struct sequence_op {
	enum op_id id;
	signed char ends;  /* input [batch + 1]: sums of the lengths */
	signed char table; /* input whose first dimension is the batch */
	signed char past;  /* input [batch]: lengths of the past; -1: none */
};

const struct sequence_op *sequence_op_of(const struct node *node);

/* The runs of tokens tokens: by the sums of lengths where they are known,
 * otherwise as equally long as can be. In the arena. False with a diagnostic.
 * *open: the input whose size they hang on where it is not known, and no runs
 * then. */
bool sequences_of(struct ctx *ctx, const struct node *node,
	const struct sequence_op *op, int64_t tokens,
	struct sequence_run **out, size_t *count, const struct value **open);

#endif
