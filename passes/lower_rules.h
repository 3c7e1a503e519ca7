/* Inside lowering: what the rules that turn one node into a layer share.
 * ops.def's column 'lower' names the rule of each operator. */
#ifndef PASSES_LOWER_RULES_H
#define PASSES_LOWER_RULES_H

#include "ir/layer.h"
#include "passes/blocked.h"

/* What a rule makes of a node. */
enum outcome {
	OUTCOME_ERROR,   /* diagnosed */
	OUTCOME_LAYER,   /* lowering.layer is filled */
	OUTCOME_UNMAPPED /* for the reason, or because a shape is open */
};

/* One node on its way to a layer. */
struct lowering {
	struct ctx *ctx;
	const struct node *node;
	struct loc loc;
	struct layer layer;
	size_t nest_capacity;
	const struct blocked *blocked; /* passes/blocked.h; or NULL */
	/* Operands O I W of the layer's nests: tensors, quantised ones in place
	 * of the floats made of them, and the types that an accelerator moves.
	 */
	const struct value *operand[OPND_COUNT];
	enum dtype type[OPND_COUNT];
	/* With OUTCOME_UNMAPPED: */
	const char *reason;
	bool compute;             /* it would multiply: for --strict */
	int64_t host_macs;        /* its multiplications; -1: not known */
	const struct value *open; /* its shape is not known; or NULL */
};

typedef enum outcome lower_rule(struct lowering *lo);
#define OP(domain, name, since, in, type, shape, value, lower, ...) \
	lower_rule lower_##lower;
#include "ir/ops.def"
#undef OP

/* Prints an error at the node. */
#define lower_refuse(lo, ...) \
	(diag_error((lo)->ctx, &(lo)->loc, __VA_ARGS__), OUTCOME_ERROR)

/* The node is no layer, for this reason. */
enum outcome lower_leave(struct lowering *lo, bool compute, const char *reason);
/* What a node that is left to the host multiplies: the product of count sizes.
 * False with a diagnostic beyond int64_t. To be called behind lower_leave. */
bool lower_tell_macs(struct lowering *lo, const int64_t *sizes, int count);

/* Takes inputs i and w of the node as the operands I and W, its first present
 * output as O, and sets the layer's shapes and all types from them. LAYER when
 * both shapes are known, have no dimension of 0, and fewer than 2^53 elements.
 */
enum outcome lower_take_operands(struct lowering *lo, size_t i, size_t w);
/* One tensor more whose shape has to be known, on the same conditions. */
enum outcome lower_take(
	struct lowering *lo, const struct value *value, const char *role);
/* The first output that is not left out. */
const struct value *lower_result(const struct node *node);
/* The result's shape that the rule found: must agree with what is known of the
 * output value. */
enum outcome lower_set_output(
	struct lowering *lo, int rank, const int64_t *dims);

/* Every tensor that the layer's nests work on has a known shape and holds all
 * that they address, paddings left out. LAYER; UNMAPPED with lo->open; ERROR,
 * with a diagnostic, where a rule has contradicted itself. Gives the node's
 * result the shape that the rule found where it has none. */
enum outcome lower_check(struct lowering *lo);

/* The type that an accelerator moves for a tensor: a DequantizeLinear in front,
 * and moving of elements in between, is looked through. */
enum dtype lower_moved_type(const struct value *value);
/* The quantised tensor where value is made from it by DequantizeLinear alone,
 * otherwise value. */
const struct value *lower_moved_value(const struct value *value);
/* Partial sums of products of the two types: int32 for integers of up to 16
 * bits, int64 for wider ones, otherwise the type of the result. */
enum dtype lower_sum_type(enum dtype i, enum dtype w, enum dtype result);

/* Element types of the widths that weights are packed in; undefined for others.
 */
enum dtype lower_packed_type(int64_t bits);

/* Product of count sizes into the layer's useful multiplications; false with a
 * diagnostic beyond int64_t. */
bool lower_add_macs(struct lowering *lo, const int64_t *sizes, int count);

/* --- building nests ------------------------------------------------------ */

/* A further nest of the layer, zeroed but for steps and bounds of 1, and its
 * operands and types. Valid until the next one. */
struct layer_nest *lower_add_nest(struct lowering *lo);
/* The same outside of the layer. */
void layer_nest_init(const struct lowering *lo, struct layer_nest *ln);
/* Appends a dimension to an operand's tensor, outermost first. pitch: in the
 * nest's tensor; place: in the model's. */
void nest_put_dim(struct layer_nest *ln, enum operand operand, enum index index,
	int64_t size, int64_t pitch, int64_t place);
/* The same for a loop that runs over two dimensions of the tensor, sizes and
 * pitches outer and inner; plain where one pitch serves both. */
struct two {
	int64_t outer, inner;
};
void nest_put_joined(struct layer_nest *ln, enum operand operand,
	enum index index, struct two size, struct two pitch, struct two place);
/* An instance loop; left out where trips is 1. False, with a diagnostic, when
 * there are too many. */
bool nest_put_instances(struct lowering *lo, struct layer_nest *ln,
	int64_t trips, int64_t o, int64_t i, int64_t w);
/* To be called when all is put: gives dimensions of size 1 the pitch that a
 * dense tensor has (so that equal nests are equal), derives what is derived,
 * verifies. */
bool lower_close_nest(struct lowering *lo, struct layer_nest *ln);
/* Puts and closes without a diagnostic: what is wrong, or NULL. */
const char *layer_nest_put_instances(struct lowering *lo, struct layer_nest *ln,
	int64_t trips, int64_t o, int64_t i, int64_t w);
const char *layer_nest_close(struct lowering *lo, struct layer_nest *ln);

/* --- convolutions -------------------------------------------------------- */

enum space { SPACE_DEPTH, SPACE_ROWS, SPACE_COLUMNS, SPACE_COUNT };

/* One axis of a convolution whose every output sums the same taps: output
 * position j and tap k meet at
 *     output index  out_first + j * out_step
 *     input index   in_first + j * stride + k * dilation
 *     filter index  tap_first + k * tap_step
 * The input is zero outside 0 .. in_size-1. in_span: indices from in_first to
 * the last one, of the tensor or of the padding behind it. */
struct window {
	int64_t in_size, out_size, filter_size; /* of the tensors */
	int64_t outs, out_first, out_step;
	int64_t in_first, in_span, stride;
	int64_t taps, dilation, tap_first, tap_step;
};
/* An axis that the operator does not have. */
struct window window_absent(void);

struct channels {
	int64_t batch, groups;
	int64_t in, out;      /* of one group */
	bool filter_in_first; /* W is [in][out][...], as in ConvTranspose */
	bool channels_last;   /* I and O are [batch][...][channels] */
	bool has_depth;
};

/* Adds the nest: groups are instances, or C of a depthwise nest where each has
 * one input channel; output depth is an instance loop, filter depth joins C. */
bool windows_lower(struct lowering *lo, const struct channels *channels,
	const struct window window[SPACE_COUNT]);

/* --- products ------------------------------------------------------------ */

/* One index of a product of two tensors, and the elements that each operand
 * moves for a step of it; 0: not indexed by it. */
struct product_axis {
	int64_t size, pitch[OPND_COUNT];
	bool apart; /* steps wait for each other: an instance loop */
};

enum { PRODUCT_AXES = 3 * RANK_MAX };

struct product {
	int axes;
	struct product_axis axis[PRODUCT_AXES];
	int64_t base[OPND_COUNT];
};

void product_put(
	struct product *product, int64_t size, int64_t o, int64_t i, int64_t w);
void product_put_apart(
	struct product *product, int64_t size, int64_t o, int64_t i, int64_t w);
/* Adds the nest O[..] += I[..] * W[..]. Indices of O and I become rows (N), of
 * O and W columns (M), of I and W the sum (C), where they lie so that one loop
 * can run over several; indices of all three become instance loops. Where rows
 * or columns lie so that no one loop can, the nest has forms (docs/forms.md
 * lists them), that with the most rows the first. LAYER, ERROR, or UNMAPPED for
 * a product that is no such nest. */
enum outcome product_lower(struct lowering *lo, const struct product *product);

#endif
