/* Element-wise arithmetic on constants. */
#include "passes/value_rule.h"

#include <math.h>
#include <string.h>

/* --- one operand --------------------------------------------------------- */

static bool int_abs(int64_t a, int64_t *out)
{
	return a < 0 ? sub_ok(0, a, out) : add_ok(a, 0, out);
}

static bool int_neg(int64_t a, int64_t *out)
{
	return sub_ok(0, a, out);
}

static bool int_same(int64_t a, int64_t *out)
{
	*out = a;
	return true;
}

static bool int_sign(int64_t a, int64_t *out)
{
	*out = (a > 0) - (a < 0);
	return true;
}

static bool int_relu(int64_t a, int64_t *out)
{
	*out = a > 0 ? a : 0;
	return true;
}

static bool int_not(int64_t a, int64_t *out)
{
	*out = !a;
	return true;
}

static bool int_complement(int64_t a, int64_t *out)
{
	*out = ~a;
	return true;
}

static double float_neg(double a)
{
	return -a;
}

static double float_sign(double a)
{
	return (double)((a > 0) - (a < 0));
}

static double float_relu(double a)
{
	return a > 0 ? a : 0;
}

static double float_reciprocal(double a)
{
	return 1 / a;
}

static double float_sigmoid(double a)
{
	return 1 / (1 + exp(-a));
}

static double float_is_nan(double a)
{
	return isnan(a);
}

static double float_is_inf(double a)
{
	return isinf(a) != 0;
}

/* NULL: not for this kind of number. A test of floats yields a bool. */
struct unary {
	bool (*ints)(int64_t a, int64_t *out);
	double (*floats)(double a);
};

static const struct unary *unary_find(enum op_id id)
{
	static const struct {
		enum op_id id;
		struct unary unary;
	} rows[] = {
		{OP_ONNX_Abs,        {int_abs, fabs}         },
		{OP_ONNX_BitwiseNot, {int_complement, NULL}  },
		{OP_ONNX_Ceil,       {int_same, ceil}        },
		{OP_ONNX_Cos,        {NULL, cos}             },
		{OP_ONNX_Erf,        {NULL, erf}             },
		{OP_ONNX_Exp,        {NULL, exp}             },
		{OP_ONNX_Floor,      {int_same, floor}       },
		{OP_ONNX_IsInf,      {NULL, float_is_inf}    },
		{OP_ONNX_IsNaN,      {NULL, float_is_nan}    },
		{OP_ONNX_Log,        {NULL, log}             },
		{OP_ONNX_Neg,        {int_neg, float_neg}    },
		{OP_ONNX_Not,        {int_not, NULL}         },
		{OP_ONNX_Reciprocal, {NULL, float_reciprocal}},
		{OP_ONNX_Relu,       {int_relu, float_relu}  },
		{OP_ONNX_Round,      {int_same, rint}        }, /* halves to even */
		{OP_ONNX_Sigmoid,    {NULL, float_sigmoid}   },
		{OP_ONNX_Sign,       {int_sign, float_sign}  },
		{OP_ONNX_Sin,        {NULL, sin}             },
		{OP_ONNX_Sqrt,       {NULL, sqrt}            },
		{OP_ONNX_Tanh,       {NULL, tanh}            },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (rows[i].id == id)
			return &rows[i].unary;
	return NULL;
}

void value_unary(struct infer *inf, struct node *node)
{
	const struct unary *op = unary_find(node->op->id);
	const struct tensor *a = in_tensor(inf, node, 0);
	struct tensor *out = tensor_new(inf, node, 0);
	if (!op || !a || !out || out->count != a->count ||
		(a->ints ? !op->ints : !op->floats) || (a->ints && !out->ints))
		return;
	for (int64_t i = 0; i < out->count; i++) {
		int64_t v;
		if (!tensor_known(a, i))
			tensor_forget(inf, out, i, DIM_UNKNOWN);
		else if (!a->ints && out->ints)
			out->ints[i] = op->floats(a->floats[i]) != 0;
		else if (!a->ints)
			tensor_set_float(out, i, op->floats(a->floats[i]));
		else if (op->ints(a->ints[i], &v))
			tensor_set_int(inf, out, i, v);
		else
			tensor_forget(inf, out, i, DIM_UNKNOWN);
	}
	out_tensor(node, 0, out);
}

/* --- two operands and more ----------------------------------------------- */

/* Truncates towards zero, as ONNX does. */
static bool int_div(int64_t a, int64_t b, int64_t *out)
{
	if (b == 0 || (a == INT64_MIN && b == -1))
		return false;
	*out = a / b;
	return true;
}

static bool int_pow(int64_t a, int64_t b, int64_t *out)
{
	int64_t power = 1;
	if (b < 0)
		return false;
	if (a == 0 || a == 1) {
		*out = b == 0 ? 1 : a;
		return true;
	}
	if (b > 63 && a != -1)
		return false;
	if (a == -1)
		b = b % 2;
	for (; b > 0; b--)
		if (!mul_ok(power, a, &power))
			return false;
	*out = power;
	return true;
}

static bool int_max(int64_t a, int64_t b, int64_t *out)
{
	*out = a > b ? a : b;
	return true;
}

static bool int_min(int64_t a, int64_t b, int64_t *out)
{
	*out = a < b ? a : b;
	return true;
}

static bool int_and(int64_t a, int64_t b, int64_t *out)
{
	*out = a & b;
	return true;
}

static bool int_or(int64_t a, int64_t b, int64_t *out)
{
	*out = a | b;
	return true;
}

static bool int_xor(int64_t a, int64_t b, int64_t *out)
{
	*out = a ^ b;
	return true;
}

/* Python's: the sign of the divisor. */
static bool int_mod(int64_t a, int64_t b, int64_t *out)
{
	if (b == 0)
		return false;
	int64_t rest = b == -1 ? 0 : a % b;
	*out = rest && (rest < 0) != (b < 0) ? rest + b : rest;
	return true;
}

/* C's: the sign of the dividend. */
static bool int_fmod(int64_t a, int64_t b, int64_t *out)
{
	if (b == 0)
		return false;
	*out = b == -1 ? 0 : a % b;
	return true;
}

static bool int_shift_left(int64_t a, int64_t b, int64_t *out)
{
	*out = b < 0 || b > 63 ? 0 : (int64_t)((uint64_t)a << b);
	return a >= 0;
}

static bool int_shift_right(int64_t a, int64_t b, int64_t *out)
{
	*out = b < 0 || b > 63 ? 0 : (int64_t)((uint64_t)a >> b);
	return a >= 0;
}

static double float_add(double a, double b)
{
	return a + b;
}

static double float_sub(double a, double b)
{
	return a - b;
}

static double float_mul(double a, double b)
{
	return a * b;
}

static double float_div(double a, double b)
{
	return a / b;
}

static double float_max(double a, double b)
{
	return isnan(a) || a > b ? a : b;
}

static double float_min(double a, double b)
{
	return isnan(a) || a < b ? a : b;
}

struct binary {
	bool (*ints)(int64_t a, int64_t b, int64_t *out);
	double (*floats)(double a, double b);
};

static const struct binary *binary_find(enum op_id id)
{
	static const struct {
		enum op_id id;
		struct binary binary;
	} rows[] = {
		{OP_ONNX_Add,        {add_ok, float_add} },
		{OP_ONNX_And,        {int_and, NULL}     },
		{OP_ONNX_BitwiseAnd, {int_and, NULL}     },
		{OP_ONNX_BitwiseOr,  {int_or, NULL}      },
		{OP_ONNX_BitwiseXor, {int_xor, NULL}     },
		{OP_ONNX_Div,        {int_div, float_div}},
		{OP_ONNX_Max,        {int_max, float_max}},
		{OP_ONNX_Min,        {int_min, float_min}},
		{OP_ONNX_Mul,        {mul_ok, float_mul} },
		{OP_ONNX_Or,         {int_or, NULL}      },
		{OP_ONNX_Pow,        {int_pow, pow}      },
		{OP_ONNX_Sub,        {sub_ok, float_sub} },
		{OP_ONNX_Sum,        {add_ok, float_add} },
		{OP_ONNX_Xor,        {int_xor, NULL}     },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (rows[i].id == id)
			return &rows[i].binary;
	return NULL;
}

/* One element of two operands. A float exponent of an integer counts as one. */
static void binary_element(struct infer *inf, const struct binary *op,
	struct tensor *out, int64_t i, const struct tensor *const in[2],
	const int64_t at[2])
{
	const struct tensor *a = in[0], *b = in[1];
	int64_t ai = at[0], bi = at[1], v;
	if (!tensor_known(a, ai) || !tensor_known(b, bi)) {
		tensor_forget(inf, out, i, DIM_UNKNOWN);
	} else if (a->ints && b->ints && out->ints) {
		if (op->ints && op->ints(a->ints[ai], b->ints[bi], &v))
			tensor_set_int(inf, out, i, v);
		else
			tensor_forget(inf, out, i, DIM_UNKNOWN);
	} else if (op->floats && out->floats) {
		tensor_set_float(out, i,
			op->floats(tensor_double(a, ai), tensor_double(b, bi)));
	} else {
		tensor_forget(inf, out, i, DIM_UNKNOWN);
	}
}

/* Spreads operand b over what has been computed so far. */
static struct tensor *binary_apply(struct infer *inf, struct node *node,
	const struct binary *op, const struct tensor *a, const struct tensor *b)
{
	struct tensor *out = tensor_new(inf, node, 0);
	int64_t a_pitch[RANK_MAX], b_pitch[RANK_MAX], index[RANK_MAX] = {0};
	if (!out || a->shape.rank > out->shape.rank ||
		b->shape.rank > out->shape.rank)
		return NULL;
	const struct tensor *const in[] = {a, b};
	int rank = out->shape.rank;
	shape_broadcast_pitches(&a->shape, rank, a_pitch);
	shape_broadcast_pitches(&b->shape, rank, b_pitch);
	for (int64_t i = 0; i < out->count; i++) {
		const int64_t at[] = {index_offset(index, rank, a_pitch),
			index_offset(index, rank, b_pitch)};
		binary_element(inf, op, out, i, in, at);
		index_step(index, rank, out->shape.dim);
	}
	return out;
}

/* Folds all inputs, from the first on. */
static struct tensor *binary_fold(
	struct infer *inf, struct node *node, const struct binary *op)
{
	const struct tensor *sum = in_tensor(inf, node, 0);
	/* Attributes of opset 6 align operands in another way. */
	if (!op || !sum || node_attr(node, "broadcast"))
		return NULL;
	struct tensor *out = NULL;
	for (size_t k = 1; k < node->input_count; k++) {
		const struct tensor *next = in_tensor(inf, node, k);
		if (!next)
			return NULL;
		out = binary_apply(inf, node, op, sum, next);
		if (!out)
			return NULL;
		sum = out;
	}
	if (!out && node->output_count) /* a single input */
		return node->output[0] ? node_input(node, 0)->data : NULL;
	return out;
}

void value_binary(struct infer *inf, struct node *node)
{
	struct tensor *out = binary_fold(inf, node, binary_find(node->op->id));
	if (out)
		out_tensor(node, 0, out);
}

void value_mean(struct infer *inf, struct node *node)
{
	const struct binary add = {NULL, float_add};
	struct tensor *out = binary_fold(inf, node, &add);
	if (!out || !out->floats)
		return;
	if (node->input_count > 1)
		for (int64_t i = 0; i < out->count; i++)
			tensor_set_float(out, i,
				out->floats[i] / (double)node->input_count);
	out_tensor(node, 0, out);
}

void value_mod(struct infer *inf, struct node *node)
{
	int64_t truncate;
	if (!node_attr_int(inf->ctx, node, "fmod", 0, &truncate))
		return;
	const struct binary op = {
		truncate ? int_fmod : int_mod, truncate ? fmod : NULL};
	struct tensor *out = binary_fold(inf, node, &op);
	if (out)
		out_tensor(node, 0, out);
}

void value_shift(struct infer *inf, struct node *node)
{
	const char *direction;
	if (!node_attr_string(inf->ctx, node, "direction", "LEFT", &direction))
		return;
	const struct binary op = {strcmp(direction, "RIGHT") == 0
			? int_shift_right
			: int_shift_left,
		NULL};
	struct tensor *out = binary_fold(inf, node, &op);
	if (out)
		out_tensor(node, 0, out);
}

/* --- comparisons --------------------------------------------------------- */

/* order: of a against b, -1, 0, 1; 2 when one is not a number. */
static bool holds(enum op_id id, int order)
{
	switch (id) {
	case OP_ONNX_Equal:
		return order == 0;
	case OP_ONNX_Greater:
		return order == 1;
	case OP_ONNX_GreaterOrEqual:
		return order == 0 || order == 1;
	case OP_ONNX_Less:
		return order == -1;
	default:
		return order == -1 || order == 0;
	}
}

/* False when it cannot be told. An open dimension of the model is above any
 * negative number (exporters compare sizes with -1) and equals itself. */
static bool element_order(const struct tensor *a, int64_t i,
	const struct tensor *b, int64_t j, int *order)
{
	bool a_known = tensor_known(a, i), b_known = tensor_known(b, j);
	if (a->ints && b->ints) {
		int64_t x = a->ints[i], y = b->ints[j];
		if (a_known && b_known)
			*order = (x > y) - (x < y);
		else if (a_known == b_known && x == y && x < DIM_UNKNOWN)
			*order = 0;
		else if (b_known && y < 0 && x < DIM_UNKNOWN)
			*order = 1;
		else if (a_known && x < 0 && y < DIM_UNKNOWN)
			*order = -1;
		else
			return false;
		return true;
	}
	if (!a_known || !b_known)
		return false;
	double x = tensor_double(a, i), y = tensor_double(b, j);
	*order = isnan(x) || isnan(y) ? 2 : (x > y) - (x < y);
	return true;
}

void value_compare(struct infer *inf, struct node *node)
{
	const struct tensor *a = in_tensor(inf, node, 0);
	const struct tensor *b = in_tensor(inf, node, 1);
	struct tensor *out = tensor_new(inf, node, 0);
	int64_t a_pitch[RANK_MAX], b_pitch[RANK_MAX], index[RANK_MAX] = {0};
	if (!a || !b || !out || a->shape.rank > out->shape.rank ||
		b->shape.rank > out->shape.rank || !out->ints ||
		node_attr(node, "broadcast"))
		return;
	int rank = out->shape.rank, order;
	shape_broadcast_pitches(&a->shape, rank, a_pitch);
	shape_broadcast_pitches(&b->shape, rank, b_pitch);
	for (int64_t i = 0; i < out->count; i++) {
		if (element_order(a, index_offset(index, rank, a_pitch), b,
			    index_offset(index, rank, b_pitch), &order))
			out->ints[i] = holds(node->op->id, order);
		else
			tensor_forget(inf, out, i, DIM_UNKNOWN);
		index_step(index, rank, out->shape.dim);
	}
	out_tensor(node, 0, out);
}

/* Where the condition is not known, a choice between equals is. */
static void choose(struct infer *inf, struct tensor *out, int64_t i,
	const struct tensor *const in[2], const int64_t at[2])
{
	const struct tensor *a = in[0], *b = in[1];
	int64_t ai = at[0], bi = at[1];
	bool a_known = tensor_known(a, ai), b_known = tensor_known(b, bi);
	bool same = a_known == b_known &&
		(a->ints && b->ints ? a->ints[ai] == b->ints[bi]
				    : a_known &&
					tensor_double(a, ai) ==
						tensor_double(b, bi));
	if (same)
		tensor_copy(inf, out, i, a, ai);
	else
		tensor_forget(inf, out, i, DIM_UNKNOWN);
}

void value_where(struct infer *inf, struct node *node)
{
	const struct tensor *in[3];
	int64_t pitch[3][RANK_MAX], index[RANK_MAX] = {0};
	struct tensor *out = tensor_new(inf, node, 0);
	if (!out)
		return;
	int rank = out->shape.rank;
	for (size_t k = 0; k < 3; k++) {
		in[k] = in_tensor(inf, node, k);
		if (!in[k] || in[k]->shape.rank > rank)
			return;
		shape_broadcast_pitches(&in[k]->shape, rank, pitch[k]);
	}
	if (!in[0]->ints)
		return;
	for (int64_t i = 0; i < out->count; i++) {
		int64_t at[3];
		for (int k = 0; k < 3; k++)
			at[k] = index_offset(index, rank, pitch[k]);
		if (!tensor_known(in[0], at[0])) {
			choose(inf, out, i, in + 1, at + 1);
		} else {
			int k = in[0]->ints[at[0]] ? 1 : 2;
			tensor_copy(inf, out, i, in[k], at[k]);
		}
		index_step(index, rank, out->shape.dim);
	}
	out_tensor(node, 0, out);
}

/* --- conversions --------------------------------------------------------- */

void value_cast(struct infer *inf, struct node *node)
{
	const struct tensor *in = in_tensor(inf, node, 0);
	struct tensor *out = tensor_new(inf, node, 0);
	if (!in || !out || out->count != in->count)
		return;
	for (int64_t i = 0; i < out->count; i++)
		tensor_convert(inf, out, i, in, i);
	out_tensor(node, 0, out);
}

/* A bound of Clip, as the type of what it bounds reads it. */
struct bound {
	bool given;
	double real;
	int64_t whole;
};

/* Input k, or below opset 11 an attribute. False when it is there, but not
 * known. */
static bool clip_bound(struct infer *inf, struct node *node, size_t k,
	const char *name, struct bound *out)
{
	*out = (struct bound){.given = false};
	if (node_attr(node, name)) {
		out->given = true;
		return node_attr_float(inf->ctx, node, name, 0, &out->real);
	}
	if (!node_input(node, k))
		return true;
	const struct tensor *bound = in_tensor(inf, node, k);
	if (!bound || bound->count != 1 || !tensor_complete(bound))
		return false;
	out->given = true;
	out->real = tensor_double(bound, 0);
	out->whole = bound->ints ? bound->ints[0] : 0;
	return true;
}

void value_clip(struct infer *inf, struct node *node)
{
	const struct tensor *in = in_tensor(inf, node, 0);
	struct tensor *out = tensor_new(inf, node, 0);
	struct bound low, high;
	if (!in || !out || out->count != in->count || !out->ints != !in->ints ||
		!clip_bound(inf, node, 1, "min", &low) ||
		!clip_bound(inf, node, 2, "max", &high))
		return;
	for (int64_t i = 0; i < out->count; i++) {
		tensor_copy(inf, out, i, in, i);
		if (!tensor_known(in, i))
			tensor_forget(inf, out, i, DIM_UNKNOWN);
		else if (in->ints) {
			if (low.given && out->ints[i] < low.whole)
				out->ints[i] = low.whole;
			if (high.given && out->ints[i] > high.whole)
				out->ints[i] = high.whole;
		} else {
			if (low.given && out->floats[i] < low.real)
				out->floats[i] = low.real;
			if (high.given && out->floats[i] > high.real)
				out->floats[i] = high.real;
		}
	}
	out_tensor(node, 0, out);
}
