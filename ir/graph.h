/* The graph: what import makes of an ONNX file, and what the passes work on.
 * All of it lives in the context's arena; strings are NUL-terminated. */
#ifndef IR_GRAPH_H
#define IR_GRAPH_H

#include "base/ctx.h"
#include "base/diag.h"
#include "ir/dtype.h"
#include "ir/ops.h"

#include <stddef.h>
#include <stdint.h>

enum { RANK_UNKNOWN = -1, RANK_MAX = 32 };
enum { DIM_UNKNOWN = -1 };

/* A tensor's dimensions. One that is not known is negative: DIM_UNKNOWN, or
 * -2-k for the open symbolic dimension k of the model (graph->symbols), which
 * survives where a size is copied. */
struct shape {
	int rank;     /* RANK_UNKNOWN, else 0 .. RANK_MAX */
	int64_t *dim; /* [rank] */
};

/* Elements of a tensor whose value matters (shape arithmetic). Integers and
 * bools as int64_t, floats as double. */
struct tensor {
	enum dtype type;
	struct shape shape;
	int64_t count;
	int64_t *ints;  /* [count]; NULL for a float type */
	double *floats; /* [count]; NULL for an integer type */
	uint8_t *
		unknown; /* [count], nonzero where not known; NULL: all known */
};

/* Where an initializer's bytes lie: nothing is read until a shape needs it. All
 * absent: its elements are not known (sparse, or stripped from the file). */
struct initializer {
	const uint8_t *bytes; /* in the mapped file; NULL when external */
	int64_t length;
	bool typed; /* bytes are the whole tensor message, not raw elements */
	const char *external_path; /* relative to the model's folder, or NULL */
	int64_t external_offset, external_length; /* length -1: to the end */
};

/* A sequence of known length. */
struct sequence {
	int64_t length;
	struct element {
		struct shape shape;
		struct tensor *data; /* known while compiling, or NULL */
	} *element; /* [length] */
};

struct value {
	const char *name;
	enum dtype type;
	bool is_input, is_output; /* of the graph that defines it */
	bool is_sequence;         /* shape is what its elements share */
	bool constant; /* it hangs on no input, although its node does */
	/* What is known or inferred. Import fills it for initializers and for
	 * inputs of the model: there -2-k is an open dimension, and so is a
	 * size of 0 or less in the file. */
	struct shape shape;
	/* value_info of the file, inputs of subgraphs and outputs included;
	 * rank RANK_UNKNOWN: none. */
	struct shape stored;
	struct node *producer;    /* NULL: input, initializer or outer value */
	struct initializer *init; /* NULL: none */
	struct tensor *data;      /* value known while compiling, or NULL */
	const struct sequence *sequence; /* its length is known, or NULL */
	size_t uses;              /* consumers in all graphs */
};

enum attr_kind {
	ATTR_FLOAT,
	ATTR_INT,
	ATTR_STRING,
	ATTR_TENSOR,
	ATTR_GRAPH,
	ATTR_FLOATS,
	ATTR_INTS,
	ATTR_STRINGS,
	ATTR_OTHER, /* present, of a kind that no op of ours reads */
};

struct attr {
	const char *name;
	enum attr_kind kind;
	size_t count; /* of floats, ints, strings; 1 for the single kinds */
	union {
		const double *floats;       /* FLOAT, FLOATS */
		const int64_t *ints;        /* INT, INTS */
		const char *const *strings; /* STRING, STRINGS */
		struct value *tensor;       /* TENSOR: like an initializer */
		struct graph *graph;        /* GRAPH */
	} as;
};

struct node {
	const char *name, *op_type, *domain;
	const struct op *op; /* row of ops.def, or NULL: unknown */
	int64_t opset;       /* version of its domain in force */
	size_t input_count, output_count, attr_count;
	struct value **input;  /* NULL where an optional one is left out */
	struct value **output; /* likewise */
	struct attr *attr;
	struct graph *graph; /* it stands in */
	/* In that graph's node list of the file; nodes that stand in for the
	 * call of a function have the call's index. */
	size_t index;
	size_t order; /* in graph->nodes: those it needs come before it */
	bool folded;  /* all outputs are constants */
	bool noted;   /* model->notes has it */
	/* Set by shapes_infer: iterations of a Loop or Scan, and the branch
	 * that an If takes (1 then, 0 else), by a constant condition or because
	 * the other cannot take the sizes; -1 where not known and for other
	 * nodes. */
	int64_t trips;
	int branch;
	/* Why the other branch cannot: "Reshape 'rs': cannot ..."; or NULL. */
	const char *left_out;
	/* Of a Loop whose sizes change from step to step: a copy of its body
	 * for each of the trips; NULL: none. */
	struct graph **steps;
};

struct graph {
	const char *file; /* path as given, for diagnostics */
	const char *name;
	size_t node_count, input_count, output_count, value_count;
	struct node **nodes;   /* each after those it needs */
	struct value **inputs; /* without those that are initializers */
	struct value **outputs;
	struct value **values; /* all that this graph defines */
	struct graph *parent;  /* graph around a subgraph, or NULL */
	struct node *owner;    /* node that holds this subgraph */
	struct model *model;
};

/* An open symbolic dimension: one that no option has given a value. */
struct symbol {
	const char *name;  /* "batch"; NULL for a dimension without name */
	const char *input; /* first graph input that has it, and its axis */
	int axis;
};

/* What is to be said of a node beside the layer that it becomes. */
struct node_note {
	const struct node *node;
	const char *text;
};

/* What --dim says of sizes that hang on data. */
struct given_size {
	const struct value *value; /* axis 'at' of it is 'size' */
	const struct node *node;   /* or: expert 'at' of it gets 'size' rows */
	int64_t at, size;
};

struct model {
	const char *file;
	bool external_links; /* of external data may lead out of its folder */
	int64_t ir_version;
	const char *producer;
	int64_t opset; /* of the default domain */
	struct graph *graph;
	size_t symbol_count;
	struct symbol *symbols;
	size_t given_count;
	struct given_size *given;
	/* Reads an initializer's elements into value->data, at most limit of
	 * them; false when there are more or they cannot be read (no
	 * diagnostic, but a warning when an external file is to blame). Set by
	 * import. */
	bool (*load)(struct ctx *ctx, struct model *model, struct value *value,
		int64_t limit);
	/* How many of the last columns are zero in all rows of an initializer
	 * that is looked at as rows of `columns` elements (1 .. 64), from
	 * element first on; a row that is not whole does not count. 0 where its
	 * elements cannot be read. They are looked at in place, and none after
	 * the answer is 0. Set by import. */
	int (*zero_columns)(struct ctx *ctx, const struct model *model,
		const struct value *value, int64_t first, int columns);
	/* Channels in a block of com.microsoft.nchwc: 8 or 16; 0 in a model
	 * without. Set by shapes_infer. */
	int channel_block;
	/* In the order in which nodes were inferred. */
	size_t note_count, note_capacity;
	struct node_note *notes;
	void *file_handle; /* import's own */
};

/* A copy of a graph with all that it holds, in the arena: nodes, values,
 * subgraphs. Values of outer graphs are shared, and so is what inference does
 * not change (attributes, initializers). Names get the suffix. */
struct graph *graph_clone(
	struct ctx *ctx, const struct graph *graph, const char *suffix);

/* Location of a node for diagnostics. */
struct loc node_loc(const struct node *node);

/* Whether its operator is that row of ops.def; what that row says it does. No
 * for an operator that is not known. */
bool node_is(const struct node *node, enum op_id id);
bool node_does(const struct node *node, enum op_does does);

/* Attributes by name: NULL without one. */
const struct attr *node_attr(const struct node *node, const char *name);
/* With a default; false and a diagnostic when the attribute is of another
 * kind. */
bool node_attr_int(struct ctx *ctx, const struct node *node, const char *name,
	int64_t absent, int64_t *out);
bool node_attr_float(struct ctx *ctx, const struct node *node, const char *name,
	double absent, double *out);
bool node_attr_string(struct ctx *ctx, const struct node *node,
	const char *name, const char *absent, const char **out);
/* count 0 and *ints NULL without one. */
bool node_attr_ints(struct ctx *ctx, const struct node *node, const char *name,
	size_t *count, const int64_t **ints);

/* Input k, or NULL when there are fewer or it is left out. */
struct value *node_input(const struct node *node, size_t k);
struct value *node_output(const struct node *node, size_t k);

/* Notes of a node; of one that already has a note the later counts. */
void node_note_add(struct ctx *ctx, struct model *model, struct node *node,
	const char *text);
/* NULL without one. *from: where to look first, 0 at the beginning, moved
 * behind the note that is found, so that nodes in order are found at once. */
const char *node_note(
	const struct model *model, const struct node *node, size_t *from);

/* Element k, whichever the type. */
double tensor_number(const struct tensor *tensor, int64_t k);

bool shape_known(const struct shape *shape); /* rank and all dims */
/* Product of the dims; false when unknown or beyond int64_t. */
bool shape_elems(const struct shape *shape, int64_t *elems);
struct shape shape_make(struct ctx *ctx, int rank, const int64_t *dims);
struct shape shape_unknown(void);
/* "1x3x224x224", "[]" for a scalar, '?' for unknown; in the arena. */
const char *shape_text(struct ctx *ctx, const struct shape *shape);

#endif
