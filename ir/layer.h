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

/* Where an operand of a nest lies in its tensor as the model has it, padding
 * left out. The element that the nest's indices i and the instance loops' t
 * address is
 *     base + sum over dims d of (i_d / split) * split_pitch[d]
 *                             + (i_d % split) * pitch[d]
 *          + sum over instance loops l of t_l * pitch of l
 * with i_d the value of nest.tensor[o].dim[d].index and split its split; where
 * that is 0, i_d * pitch[d]. O and W have the pitches of the nest; I has those
 * of the image without padding. */
struct placement {
	/* The tensor; NULL in a model spec, and for one that the op makes for
	 * itself (gates of an LSTM, attention scores). Such a one is dense and
	 * its first element is element 0. A quantised tensor stands here in
	 * place of the floats that a DequantizeLinear makes of it. */
	const struct value *value;
	int64_t base; /* negative where index 0 lies in the padding */
	int64_t pitch[NEST_DIMS], split_pitch[NEST_DIMS];
};

/* The third window of a 3-D convolution: output depth is an instance loop,
 * filter depth the inner part of C. I is zero where
 *     t * stride + (c % taps) * dilation - pad_before
 * (t: trip of the instance loop) is not in 0 .. size-1. */
struct depth_window {
	int loop; /* instance loop; -1: the nest has no depth */
	int64_t taps, stride, dilation;
	int64_t pad_before; /* may be negative */
	int64_t size;       /* of the tensor, padding left out */
};

/* One nest of a layer and where it lies in the layer's tensors. */
struct layer_nest {
	/* Its I tensor is the padded image: sizes and pitches of the dimensions
	 * are those of an image that has the padding in it, from the nest's row
	 * and column 0 to its last ones. */
	struct nest nest;
	int64_t instances; /* product of the instance loops' trips */
	int instance_loops;
	struct instance_loop instance_loop[INSTANCE_LOOPS];
	struct placement place[OPND_COUNT];
	/* Rows and columns of zeros in I that are not in its tensor: row r (a
	 * value of INDEX_ROWS) is one exactly if r < pad_before or
	 * r >= declared size - pad_after; columns likewise. */
	int64_t pad_before[AXIS_COUNT], pad_after[AXIS_COUNT];
	struct depth_window depth;
	/* A form that is taken only where the numbers of no other one can be
	 * counted. */
	bool reserve;
	/* Its number among all nests and forms of a model's layers, for tables
	 * beside them (mapper/network.h). */
	size_t id;
	/* All forms of what this nest computes, itself the first of them until
	 * one is chosen: other loops over the same products. Forms have none
	 * themselves. 0 and NULL: there is this one alone. */
	size_t form_count;
	struct layer_nest *forms;
};

/* Where a layer or a fork stands: in which branch of which fork. */
struct fork_side {
	int fork; /* 1 + its index in the list; 0: in none */
	bool then;
};

/* An If whose condition is not known, with layers in a branch (ir/fork.h). */
struct fork {
	const char *node; /* its name */
	struct fork_side
		side;    /* the fork around it: one before it in the list */
	bool then;       /* the branch that sums over layers count */
	int64_t macs[2]; /* of else- and then-branch, in one run of the model;
			    forks in there as they are decided */
};

/* One compute node. */
struct layer {
	size_t index;     /* in graph order, from 0 */
	const char *name; /* node's name; its first output's without one */
	const char *op;   /* ONNX op_type, or CONV, DW_CONV, GEMM of a spec */
	const char *condition; /* "If /If: then_branch", or NULL */
	struct fork_side side; /* of the innermost fork around */
	bool aside; /* in a branch that sums do not count; set by forks_settle
		     */
	const char *output_name; /* first output's; "" where it is left out */
	/* As in the model: first operand, second operand, first result that is
	 * not left out. Rank unknown: there is none (Einsum of one operand). */
	struct shape input_shape, weight_shape, output_shape;
	/* Trips of the loops around the node; loops whose trips are not known
	 * count as 1. */
	int64_t executions;
	bool executions_known;
	int64_t macs; /* useful multiplications of one execution */
	/* Those that its nests do besides: with the zeros that fill up blocks
	 * of channels (passes/blocked.h). */
	int64_t padding_macs;
	/* The operator that it was before ONNX Runtime's optimiser, where that
	 * is another kind: "BatchNormalization"; or NULL. */
	const char *stands_for;
	size_t nest_count; /* 0 where macs is 0 */
	struct layer_nest *nests;
	const char *note;        /* what else is to be said of it, or NULL */
	const struct node *node; /* NULL in a model spec */
};

/* A node that became no layer. */
struct unmapped {
	const char *name, *op, *output_name;
	const char *reason;
	const char *note; /* what else is to be said of it, or NULL */
	/* A convolution or matrix product whose sizes cannot be known: compile
	 * refuses it unless --allow-unresolved. */
	bool unresolved;
	/* A compute node (it would multiply) without a lowering: --strict. */
	bool compute;
	/* Its multiplications x executions; -1: not known, or loops around it
	 * whose trips are not. 0 where it does not multiply. */
	int64_t macs;
	/* The layer that it would be, had compile's search a mapping for it; or
	 * NULL. */
	const struct layer *skipped;
	/* As of a layer, where it is unresolved or computes. */
	struct fork_side side;
	bool aside;
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
	size_t fork_count;
	struct fork *forks; /* those around others before them */
	size_t folded;      /* nodes whose results are constants */
	/* Of them, those that would multiply, were an operand no constant. */
	size_t folded_products;
	/* Sum of macs x executions of the whole model, without the layers that
	 * are aside; it stays when layers are taken away. */
	int64_t total_macs;
	int64_t padding_macs; /* likewise */
};

/* For those who take layers out, layer by layer: the nodes that stand before
 * layer i stand before layer 'kept' now. *node: the first that was not looked
 * at yet, 0 in the beginning. */
void layers_keep_order(
	struct layer_list *list, size_t *node, size_t i, size_t kept);

#endif
