/* Layers: what lowering makes of the compute nodes of a model, and what it says
 * of every other node. */
#ifndef IR_LAYER_H
#define IR_LAYER_H

#include "ir/graph.h"
#include "ir/nest.h"

#include <stddef.h>

/* A nest that runs several times in one layer is placed by instance loops
 * (outermost first): groups, heads, batch dimensions, output depth. */
struct instance_loop {
	int64_t trips;
	/* Elements each operand moves per trip, in the tensor as it is in the
	 * model (padding left out). */
	int64_t pitch[OPND_COUNT];
};

enum { INSTANCE_LOOPS = 8 };

/* One nest of a layer and where it lies in the layer's tensors. */
struct layer_nest {
	/* Its I tensor is the padded image: sizes and pitches of the dimensions
	 * are those of an image that has the padding in it. In the model's
	 * tensor the pitches are smaller, by leaving the padding out. */
	struct nest nest;
	int64_t instances; /* product of the instance loops' trips */
	int instance_loops;
	struct instance_loop instance_loop[INSTANCE_LOOPS];
	/* Element of each operand's tensor that the nest's indices 0 address,
	 * in the tensor as it is in the model, padding left out: negative when
	 * the first element lies in the padding. */
	int64_t base[OPND_COUNT];
	/* Rows and columns of zeros around I that are not in its tensor: before
	 * the first and behind the last. */
	int64_t pad_before[AXIS_COUNT], pad_after[AXIS_COUNT];
	/* Index in struct network of the equal nest; set by dedup. */
	size_t distinct;
};

/* One compute node. */
struct layer {
	size_t index;     /* in graph order, from 0 */
	const char *name; /* node's name; its first output's without one */
	const char *op;   /* ONNX op_type, or CONV, DW_CONV, GEMM of a spec */
	const char *condition; /* "If /If: then_branch", or NULL */
	/* The values of the operands in the model, O I W. NULL in a model spec,
	 * and where the operand is made by the op itself. */
	const struct value *operand[OPND_COUNT];
	const char *output_name;
	/* As in the model: first operand, second operand, first result. */
	struct shape input_shape, weight_shape, output_shape;
	int64_t executions; /* trips of the loops around the node */
	int64_t macs;       /* useful multiplications of one execution */
	size_t nest_count;
	struct layer_nest *nests;
	const struct node *node; /* NULL in a model spec */
};

/* A node that became no layer. */
struct unmapped {
	const char *name, *op, *output_name;
	const char *reason;
	/* A convolution or matrix product whose sizes cannot be known: compile
	 * refuses it unless --allow-unresolved. */
	bool unresolved;
	/* A compute node (it would multiply) without a lowering: --strict. */
	bool compute;
	size_t before_layer;     /* layers listed before this node */
	const struct node *node; /* NULL in a model spec */
};

/* All of a model, in graph order. */
struct layer_list {
	const char *model; /* file name without folders */
	size_t count;
	struct layer *layers;
	size_t unmapped_count;
	struct unmapped *unmapped;
	size_t folded;      /* nodes whose results are constants */
	int64_t total_macs; /* sum of macs x executions */
};

/* The distinct nests of a model: equal ones merged. */
struct distinct_nest {
	struct nest nest;
	int64_t instances; /* over the model: instances x executions, summed */
	const char *example; /* name of the first layer that has it */
};

struct network {
	size_t count;
	struct distinct_nest *nests; /* in order of first use */
};

#endif
