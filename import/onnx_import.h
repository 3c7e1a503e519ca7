/* What the files of the importer share while one model is read. */
#ifndef IMPORT_ONNX_IMPORT_H
#define IMPORT_ONNX_IMPORT_H

#include "base/names.h"
#include "import/onnx_file.h"
#include "import/onnx_graph.h"
#include "import/onnx_wire.h"

#include <protobuf-c/protobuf-c.h>

/* Keys of the fields that are walked: MODEL_graph and the like. */
enum onnx_field {
#define FIELD(message, field, number, type) \
	FIELD_##message##_##field = WIRE_KEY(number, WIRE_##type),
#include "import/onnx_fields.def"
#undef FIELD
};

enum {
	DEPTH_MAX = 64,            /* of subgraphs and function calls */
	EXPANDED_MAX = 500 * 1000, /* nodes and calls made by inlining */
	ATTRS_MAX = 1000,          /* of one node */
	NAME_MAX_BYTES = 64 * 1024,
	FORGET_BYTES = 8 * 1024 * 1024, /* walked until the file is forgotten */
	OPS_SEEN = 64,
	ERRORS_MAX = 20, /* reported of one model before giving up */
};

/* A growable list of parts of the file. */
struct spans {
	size_t count, capacity;
	struct span *at;
};

/* Versions of the operator sets in force. */
struct opsets {
	size_t count, capacity;
	struct opset {
		const char *domain; /* "" for ai.onnx */
		int64_t version;
	} * at;
};

struct import {
	struct ctx *ctx;
	struct model *model;
	struct onnx_file file;
	struct loc loc;       /* the file */
	struct arena scratch; /* holds what protobuf-c unpacked last */
	/* Parts of the file, and tables of names: wound back behind each graph
	 * and function. Nothing of the model points into it. */
	struct arena temp;
	struct op_seen { /* what op_find said of operators seen lately */
		const char *type, *domain;
		const struct op *op;
	} seen[OPS_SEEN];
	struct names words; /* operators, domains, attributes: few, often used */
	const char *location_admitted; /* of external data, the last one */
	int first_error;      /* ctx->errors at the start */
	struct opsets opsets;
	struct names functions; /* struct function by its id */
	struct names symbols;   /* index + 1 in model->symbols by name */
	size_t symbol_capacity;
	size_t walked; /* bytes since the file was forgotten */
	int depth;
	int calls;       /* functions being inlined */
	size_t expanded; /* nodes and calls made by inlining so far */
};

/* --- onnx_import.c: reading messages ------------------------------------- */

/* Walks on. False at the end of the message, and with a diagnostic and *ok
 * false where it is damaged. */
bool import_next(struct import *im, struct wire *wire, struct wire_field *field,
	bool *ok);
/* A message without unbounded nesting, by protobuf-c, into the scratch: good
 * until the next call. NULL with a diagnostic. */
void *import_unpack(struct import *im, const ProtobufCMessageDescriptor *type,
	struct span span);
/* A name in the arena, NUL-terminated; *out "" for an absent one. Refused: a
 * zero byte inside, and names beyond NAME_MAX_BYTES. */
bool import_name(struct import *im, struct span span, const char **out);
/* The same for what few different names are given to: each is there once. */
bool import_word(struct import *im, struct span span, const char **out);
/* In im->temp. */
void import_push(struct import *im, struct spans *spans, struct span span);
/* Enough errors were reported. */
bool import_gives_up(const struct import *im);
/* Position in the file. */
long long import_byte(const struct import *im, const uint8_t *at);
/* Adds an OperatorSetIdProto. */
bool opsets_add(struct import *im, struct opsets *opsets, struct span span);
/* 0 without an entry. */
int64_t opsets_version(const struct opsets *opsets, const char *domain);

/* --- onnx_tensor.c, onnx_load.c: TensorProto ------------------------------ */

/* dims and data_type, and where the elements lie. */
bool tensor_read(struct import *im, struct span span, struct value **out);
/* The dense tensor that a SparseTensorProto stands for; elements unknown. */
bool sparse_tensor_read(
	struct import *im, struct span span, struct value **out);
/* model->load */
bool tensor_load(struct ctx *ctx, struct model *model, struct value *value,
	int64_t limit);
/* model->zero_columns */
int tensor_zero_columns(struct ctx *ctx, const struct model *model,
	const struct value *value, int64_t first, int columns);

/* --- onnx_type.c: ValueInfoProto ------------------------------------------ */

struct type_info {
	struct span name;
	enum dtype type;
	bool is_sequence; /* or optional, map: not a tensor itself */
	int rank;
	struct dim_info {
		bool has_value;
		int64_t value;
		const char *param; /* in im->temp; NULL: none */
	} dim[RANK_MAX];
};

bool type_info_read(struct import *im, struct span span, struct type_info *out);
/* Shape of an input of the model: dimensions without value become symbols. */
struct shape type_info_open(
	struct import *im, const struct type_info *info, const char *input);
/* Shape of any other value: only known symbols. */
struct shape type_info_shape(struct import *im, const struct type_info *info);

/* --- onnx_graph.c, onnx_function.c, onnx_attr.c ----------------------------
 */

/* The names that a node can see. A subgraph's scope lies within that of the
 * graph around it; the body of a function starts anew. */
struct scope {
	struct scope *outer;
	struct names names; /* struct value, NULL for an input left out */
	struct graph *graph;
	size_t node_capacity, value_capacity;
	struct scope *base; /* the scope that fills the graph: itself, or of the
			     * graph that a function is inlined into */
	bool unsorted;      /* of base: a node stands before one it needs */
	const struct opsets *opsets;
	const struct call *call; /* inlined function around, or NULL */
};

/* A function that is being inlined. */
struct call {
	struct function *function;
	struct scope *scope; /* of the call */
	struct spans attrs;  /* given at the call */
	const char *prefix;  /* of the names of its values and nodes */
	size_t index;        /* of the calling node */
};

/* A node as it stands in the file. */
struct node_spans {
	struct span name, op_type, domain, overload;
	struct spans inputs, outputs, attrs;
};

bool node_spans_read(
	struct import *im, struct span span, struct node_spans *out);

/* Values of a new graph; owner: NULL for the model's. */
bool graph_read(struct import *im, struct span span, struct scope *outer,
	const struct call *call, struct node *owner, struct graph **out);
/* Adds a value to the graph; false when its name is taken. */
bool scope_define(struct import *im, struct scope *scope, struct value *value);
struct value *scope_value(struct import *im, struct scope *scope);
/* The value of a name, *found false when nothing defines it. */
struct value *scope_find(struct scope *scope, struct span name, bool *found);
/* Defines the outputs of the nodes of a graph or function, then builds them. */
bool scope_nodes(struct import *im, struct scope *scope,
	const struct spans *nodes, const struct names *targets);
void scope_append(struct import *im, struct scope *scope, struct node *node);

bool attr_read(struct import *im, struct scope *scope, struct node *node,
	struct span span, struct attr *out, bool *present);

/* Enters a FunctionProto into im->functions. */
bool function_add(struct import *im, struct span span);
struct function *function_find(struct import *im, const char *domain,
	const char *name, struct span overload);
/* Puts the nodes of a function in the place of a call. */
bool function_inline(struct import *im, struct scope *scope,
	struct function *function, const struct node_spans *call,
	const struct node *node);
/* Default of a function's attribute; bytes NULL: none. */
bool function_attr(struct import *im, const struct function *function,
	const char *name, struct span *out);

/* --- onnx_order.c ----------------------------------------------------------
 */

/* Moves nodes behind those they need, no further than that; false with a
 * diagnostic for a cycle. */
bool graph_sort(struct ctx *ctx, struct graph *graph);

#endif
