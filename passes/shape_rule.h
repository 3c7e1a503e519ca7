/* What the shape and value rules share. Rules are named in ir/ops.def; infer.c
 * calls them after it has checked that the inputs which every version of the
 * operator requires are there. Everything else (ranks, attributes, counts of
 * outputs) is as the file has it, and a rule trusts none of it. */
#ifndef PASSES_SHAPE_RULE_H
#define PASSES_SHAPE_RULE_H

#include "base/checked.h"
#include "ir/graph.h"

/* Elements of the largest constant that is tracked. */
enum { CONST_ELEMS_MAX = 65536 };
/* Nesting of subgraphs. */
enum { SUBGRAPH_DEPTH_MAX = 32 };

/* One run of shape inference. */
struct infer {
	struct ctx *ctx;
	struct model *model;
	int depth; /* subgraphs around the current node */
	/* Elements of large constants that may still be made, so that neither
	 * time nor memory hangs on what a file asks for. */
	int64_t budget;
	/* Nodes of loops' bodies that may still be looked at step by step. */
	int64_t steps;
	int64_t copies;        /* nodes that may still be copied, likewise */
	size_t contradictions; /* stored shapes that differ from ours */
	/* Set for another look at one node: rules read it as ONNX Runtime does
	 * where it leaves the standard (docs/onnxruntime.md), and name that
	 * with runtime_reading. */
	bool runtime;
	const char *reading;
};

/* Whether to take ONNX Runtime's reading where what holds. */
static inline bool runtime_reading(
	struct infer *inf, bool holds, const char *what)
{
	if (inf->runtime && holds)
		inf->reading = what;
	return inf->runtime && holds;
}

/* Sets the outputs' shapes (and types, where the op's row says RULE; of the
 * other outputs always). Leaves unknown what cannot be known. False after
 * node_refuse. */
typedef bool shape_rule(struct infer *inf, struct node *node);
/* Sets data of outputs whose elements, or some of them, follow from constants.
 * Runs after the shape rule. */
typedef void value_rule(struct infer *inf, struct node *node);

#define OP(domain, name, since, in, type, shape, ...) shape_rule shape_##shape;
#include "ir/ops.def"
#undef OP

/* Infers the nodes of a subgraph, in order. False when one was refused. */
bool graph_infer(struct infer *inf, struct graph *graph);

/* Reports a contradiction between a node's inputs, attributes and operator;
 * always false. */
bool node_refuse(struct infer *inf, const struct node *node, const char *format,
	...) __attribute__((format(printf, 3, 4)));
/* A size that leaves 64 bits. */
bool node_overflow(struct infer *inf, const struct node *node);

/* Inputs. A missing one has unknown shape and type. */
const struct shape *in_shape(const struct node *node, size_t k);
int in_rank(const struct node *node, size_t k);
/* DIM_UNKNOWN also for an axis beyond the rank. */
int64_t in_dim(const struct node *node, size_t k, int axis);
enum dtype in_type(const struct node *node, size_t k);
/* Elements of a constant input, some of them possibly unknown; NULL when it is
 * missing, no constant, or too large. Reads initializers on first use. */
const struct tensor *in_tensor(
	struct infer *inf, const struct node *node, size_t k);
const struct tensor *value_tensor(struct infer *inf, struct value *value);
/* All elements of a constant integer input of rank 0 or 1; NULL when one is not
 * known. */
const int64_t *in_ints(
	struct infer *inf, const struct node *node, size_t k, int64_t *count);
/* The same of a float input (or integers, converted). */
const double *in_floats(
	struct infer *inf, const struct node *node, size_t k, int64_t *count);
/* The value of a constant integer input of one element. */
bool in_scalar(
	struct infer *inf, const struct node *node, size_t k, int64_t *out);
/* Refuses an input of another rank than rank; one of unknown rank passes. */
bool in_rank_is(struct infer *inf, const struct node *node, size_t k, int rank);
bool in_rank_least(
	struct infer *inf, const struct node *node, size_t k, int rank);

/* Outputs; one that is left out is ignored. */
void out_type(const struct node *node, size_t k, enum dtype type);
/* rank RANK_UNKNOWN: nothing is known. Dims are copied. */
bool out_shape(struct infer *inf, const struct node *node, size_t k, int rank,
	const int64_t *dims);
/* Shares the shape. Always true. */
bool out_like(const struct node *node, size_t k, const struct shape *shape);
/* Output 0 as out_shape, refusing a rank beyond RANK_MAX. */
bool out_rank_ok(struct infer *inf, const struct node *node, int64_t rank);

/* Dimensions; negative is unknown (ir/graph.h). */
static inline bool dim_known(int64_t dim)
{
	return dim >= 0;
}
/* The dimension of two that must be equal; false when both are known and
 * differ. */
bool dim_merge(int64_t a, int64_t b, int64_t *out);
/* Multidirectional broadcasting; false when it fails. */
bool dim_broadcast(int64_t a, int64_t b, int64_t *out);
/* Sum and product of sizes; unknown when an operand is (but 0 + d and 1 * d are
 * d, symbols included): never to be given a signed amount, as every negative
 * number counts as unknown. False when the result leaves 64 bits. */
bool dim_add(int64_t a, int64_t b, int64_t *out);
bool dim_mul(int64_t a, int64_t b, int64_t *out);
/* A size grown by a signed amount: an open one stays itself for 0, else it is
 * unknown. False where the result is below 0 (amount is negative then) or
 * leaves 64 bits. */
bool dim_shift(int64_t dim, int64_t amount, int64_t *out);
/* count may be 0, and from NULL then. */
void dims_copy(int64_t *to, const int64_t *from, int count);
/* Product of dims[0 .. count). */
bool dims_product(const int64_t *dims, int count, int64_t *out);
/* Broadcasts b of rank b_rank into dims of *rank, in place. */
bool dims_broadcast(int64_t *dims, int *rank, const int64_t *b, int b_rank);

/* -rank <= axis < rank, or a refusal; *out >= 0. */
bool axis_resolve(struct infer *inf, const struct node *node, int64_t axis,
	int rank, int *out);
/* An attribute of one axis. */
bool axis_attr(struct infer *inf, const struct node *node, const char *name,
	int64_t absent, int rank, int *out);

/* Output 0's type from an attribute; undefined leaves it as it is. */
bool type_attr(struct infer *inf, const struct node *node, const char *name,
	enum dtype absent);

/* A list of axes from an attribute or, in newer opsets, an input. */
struct axes {
	bool given; /* attribute or input is there */
	bool known; /* its values are, too */
	int64_t count;
	const int64_t *axis;
};
bool axes_read(struct infer *inf, const struct node *node, size_t input,
	const char *attr, struct axes *out);
/* Bit set of resolved axes; refuses one out of range or named twice. */
bool axes_resolve(struct infer *inf, const struct node *node,
	const struct axes *axes, int rank, uint64_t *out);

/* The dims that two shapes have in common, unknown where they differ. */
struct shape shape_common(
	struct infer *inf, const struct shape *a, const struct shape *b);

/* A sequence input of known length; NULL otherwise. */
const struct sequence *in_sequence(const struct node *node, size_t k);
/* Elements of unknown shapes, for the caller to fill in; NULL when they are
 * more than are tracked. */
struct sequence *sequence_make(struct infer *inf, int64_t length);
/* What all elements have in common. */
struct shape sequence_shape(struct infer *inf, const struct sequence *s);
/* Element by element; NULL when one is NULL, or the lengths differ. */
const struct sequence *sequence_common(struct infer *inf,
	const struct sequence *a, const struct sequence *b);
/* Equal element by element; NULL equals NULL alone. */
bool sequence_same(const struct sequence *a, const struct sequence *b);
/* Output k is the sequence s, or where that is NULL one of unknown length whose
 * elements share a shape. Always true. */
bool out_sequence(struct infer *inf, const struct node *node, size_t k,
	const struct sequence *s, const struct shape *otherwise);

/* What a Slice takes of each axis. */
struct slice {
	bool axes_known; /* false: any axis may be sliced */
	struct slice_axis {
		bool sliced;
		bool known; /* the numbers are */
		int64_t start, end, step;
	} axis[RANK_MAX];
};
bool slice_read(struct infer *inf, const struct node *node, int rank,
	struct slice *out);
/* Elements taken of an axis of dim elements; start is moved to the first one.
 */
int64_t slice_size(int64_t dim, int64_t *start, int64_t end, int64_t step);
/* The pads of a Pad, [2 * rank] when known; *set: axes that may be padded. */
bool pads_read(struct infer *inf, const struct node *node, int rank,
	struct axes *pads, uint64_t *set);
/* The sizes from .. to that a Shape takes. */
bool shape_bounds(struct infer *inf, const struct node *node, int rank,
	int *from, int *to);
/* The axes that a reduction folds, as a set; *known false when they are not
 * known. */
bool reduce_read(struct infer *inf, const struct node *node, int rank,
	uint64_t *set, bool *known, bool *keep);

/* "2x3" of dims that are no struct shape. */
const char *dims_text(struct infer *inf, int rank, const int64_t *dims);

/* Of LSTM, GRU and RNN: rows of W and R for one element of the state. */
int64_t rnn_gates(const struct node *node);

#endif
