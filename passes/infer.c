/* Calls the rules node by node, and tells what they contradict and how ONNX
 * Runtime reads it. */
#include "passes/infer.h"

#include "passes/attention.h"
#include "passes/blocked.h"
#include "passes/value_rule.h"

#include <inttypes.h>
#include <string.h>

/* Elements of constants above the size that is always tracked (value_rule.c):
 * 16 MiB of them in all. */
enum { BUDGET_ELEMS = 2 * 1024 * 1024 };
enum { BUDGET_STEPS = 1 << 18 };
/* Nodes of loop bodies that are copied for single steps. */
enum { COPIES_MAX = 16384 };
/* Contradictions of stored shapes that are printed one by one. */
enum { CONTRADICTIONS_MAX = 5 };

struct rules {
	shape_rule *shape;
	value_rule *value;
};

static const struct rules rules[OP_COUNT] = {
#define OP(domain, name, since, in, type, shape, value, ...) \
	{shape_##shape, value_##value},
#include "ir/ops.def"
#undef OP
};

/* --- the other reading --------------------------------------------------- */

static bool has_graph(const struct node *node)
{
	for (size_t i = 0; i < node->attr_count; i++)
		if (node->attr[i].kind == ATTR_GRAPH)
			return true;
	return false;
}

/* Infers the node once more, as ONNX Runtime reads it; its outputs are as they
 * were. */
static const char *node_reread(
	struct infer *inf, struct node *node, size_t k, struct shape *out)
{
	struct diag_hold said;
	struct value *const value = node_output(node, k);
	/* Bodies are no case of it, and would be inferred anew. */
	if (!node->op || !value || has_graph(node))
		return NULL;
	struct ctx *ctx = inf->ctx;
	struct value *before =
		arena_array(&ctx->arena, node->output_count, sizeof *before);
	for (size_t i = 0; i < node->output_count; i++)
		if (node->output[i])
			before[i] = *node->output[i];
	inf->runtime = true;
	inf->reading = NULL;
	diag_hold(ctx, &said);
	bool ok = rules[node->op->id].shape(inf, node);
	diag_unhold(ctx, &said);
	inf->runtime = false;
	*out = value->shape;
	for (size_t i = 0; i < node->output_count; i++)
		if (node->output[i])
			*node->output[i] = before[i];
	return ok ? inf->reading : NULL;
}

const char *runtime_read(struct ctx *ctx, struct model *model,
	struct node *node, size_t k, struct shape *out)
{
	struct infer inf = {.ctx = ctx, .model = model};
	return node_reread(&inf, node, k, out);
}

/* Says how ONNX Runtime reads a node; false where it is read the same way. */
static bool reading_tell(struct infer *inf, struct node *node, size_t k)
{
	struct shape there;
	const char *what = node_reread(inf, node, k, &there);
	if (!what)
		return false;
	const struct value *value = node->output[k];
	const struct loc loc = node_loc(node);
	diag_note(inf->ctx, &loc,
		"ONNX Runtime reads %s otherwise: '%s' is %s there, %s here",
		what, diag_quote(inf->ctx, value->name),
		shape_text(inf->ctx, &there),
		shape_text(inf->ctx, &value->shape));
	return true;
}

static size_t output_index(const struct value *value)
{
	size_t k = 0;
	while (value->producer->output[k] != value)
		k++;
	return k;
}

/* Of a node that is refused: the other reading of it, or of the nearest nodes
 * that its inputs come from, may be what was meant. */
static void readings_tell(struct infer *inf, struct node *node)
{
	enum { NEAR = 8 };
	if (reading_tell(inf, node, 0))
		return;
	for (size_t i = 0; i < node->input_count; i++) {
		const struct value *value = node->input[i];
		for (int n = 0; n < NEAR && value && value->producer; n++) {
			struct node *maker = value->producer;
			if (reading_tell(inf, maker, output_index(value)))
				break;
			value = node_input(maker, 0);
		}
	}
}

static bool shapes_agree(const struct shape *a, const struct shape *b)
{
	int64_t same;
	bool agree = a->rank == b->rank;
	for (int i = 0; agree && i < a->rank; i++)
		agree = dim_merge(a->dim[i], b->dim[i], &same);
	return agree;
}

/* --- what the file stores ------------------------------------------------ */

/* A value's stored shape fills what we do not know; where both know and differ,
 * ours stands. */
static void value_reconcile(struct infer *inf, struct node *node, size_t k)
{
	struct value *value = node->output[k];
	const struct shape *stored = &value->stored;
	struct shape *ours = &value->shape;
	if (stored->rank == RANK_UNKNOWN)
		return;
	if (ours->rank == RANK_UNKNOWN) {
		*ours = *stored;
		return;
	}
	int64_t dims[RANK_MAX];
	bool filled = false, agrees = ours->rank == stored->rank;
	for (int i = 0; agrees && i < ours->rank; i++) {
		agrees = dim_merge(stored->dim[i], ours->dim[i], &dims[i]);
		filled = filled || dims[i] != ours->dim[i];
	}
	if (agrees && filled)
		*ours = shape_make(inf->ctx, ours->rank, dims);
	if (agrees)
		return;
	struct shape there;
	const char *what = node_reread(inf, node, k, &there);
	const struct loc loc = node_loc(node);
	if (what && shapes_agree(stored, &there)) {
		const char *text = arena_printf(&inf->ctx->arena,
			"the file says that '%s' is %s, as ONNX Runtime reads "
			"%s; by the standard it is %s",
			diag_quote(inf->ctx, value->name),
			shape_text(inf->ctx, stored), what,
			shape_text(inf->ctx, ours));
		node_note_add(inf->ctx, inf->model, node, text);
		diag_warning(inf->ctx, &loc, "%s", text);
		return;
	}
	if (inf->contradictions++ >= CONTRADICTIONS_MAX)
		return;
	diag_warning(inf->ctx, &loc,
		"the file says that '%s' is %s, it follows from its inputs "
		"that it is %s",
		diag_quote(inf->ctx, value->name), shape_text(inf->ctx, stored),
		shape_text(inf->ctx, ours));
}

/* Sizes that hang on data, as the user says they are. */
static bool value_given(
	struct infer *inf, const struct node *node, struct value *value)
{
	const struct model *model = inf->model;
	for (size_t i = 0; i < model->given_count; i++) {
		const struct given_size *given = &model->given[i];
		const struct shape *shape = &value->shape;
		int64_t dims[RANK_MAX], at = given->at;
		if (given->value != value || shape->rank == RANK_UNKNOWN)
			continue;
		if (at >= shape->rank ||
			(dim_known(shape->dim[at]) &&
				shape->dim[at] != given->size))
			return node_refuse(inf, node,
				"--dim %s:%lld=%lld: '%s' is %s",
				diag_quote(inf->ctx, value->name),
				(long long)at, (long long)given->size,
				diag_quote(inf->ctx, value->name),
				shape_text(inf->ctx, shape));
		dims_copy(dims, shape->dim, shape->rank);
		dims[at] = given->size;
		value->shape = shape_make(inf->ctx, shape->rank, dims);
	}
	return true;
}

/* --- nodes --------------------------------------------------------------- */

static bool value_constant_known(const struct value *value)
{
	return (value->data && tensor_complete(value->data)) || value->init ||
		value->constant ||
		(value->producer && value->producer->folded);
}

/* The keys and values that an attention hands on do not hang on its queries:
 * with constant ones they are constants, though the node is none. */
static void presents_mark(const struct node *node)
{
	const struct attention_op *op = attention_op_of(node);
	if (!op || !op->presents)
		return;
	/* Without a key of its own it is packed with the query. */
	unsigned inputs = op->presents | !node_input(node, 1);
	for (size_t k = 0; k < node->input_count && k < 32; k++)
		if (inputs >> k & 1 && node->input[k] &&
			!value_constant_known(node->input[k]))
			return;
	for (size_t k = 1; k <= 2; k++)
		if (node_output(node, k))
			node_output(node, k)->constant = true;
}

/* All outputs follow from the model alone: from constant inputs, or from sizes
 * that are known. Products are no exception: one of constants is made once,
 * before anything runs. What holds graphs is never folded. */
static bool node_folds(const struct node *node)
{
	if (!node->op || has_graph(node) ||
		rules[node->op->id].value == value_never)
		return false;
	bool constant = true;
	for (size_t k = 0; constant && k < node->input_count; k++)
		constant =
			!node->input[k] || value_constant_known(node->input[k]);
	if (constant)
		return true;
	bool known = false;
	for (size_t k = 0; k < node->output_count; k++) {
		const struct value *out = node->output[k];
		if (out && (!out->data || !tensor_complete(out->data)))
			return false;
		known = known || out;
	}
	return known;
}

/* Whether a value rule can find anything: an input that no rule has computed
 * and no file holds ends most of them, and nothing is read in vain. */
static bool value_possible(const struct node *node)
{
	if (rules[node->op->id].value == value_none)
		return false;
	static const enum op_id of_kinds[] = {OP_ONNX_Shape, OP_ONNX_Size,
		OP_ONNX_EyeLike, OP_ONNX_SequenceLength,
		OP_ONNX_OptionalHasElement};
	for (size_t i = 0; i < sizeof of_kinds / sizeof *of_kinds; i++)
		if (node_is(node, of_kinds[i]))
			return true;
	for (size_t k = 0; k < node->input_count; k++)
		if (node->input[k] && !node->input[k]->data &&
			!node->input[k]->init && !node->input[k]->is_sequence)
			return false;
	return true;
}

/* Forgets what an earlier pass over a loop's body found. */
static void node_reset(struct node *node)
{
	node->folded = false;
	node->trips = -1;
	node->branch = -1;
	node->left_out = NULL;
	node->steps = NULL;
	for (size_t k = 0; k < node->output_count; k++) {
		struct value *out = node->output[k];
		if (!out)
			continue;
		out->shape = shape_unknown();
		out->data = NULL;
		out->init = NULL;
		out->sequence = NULL;
		out->constant = false;
	}
}

static void first_type(const struct node *node)
{
	enum op_type type = node->op->type;
	if (type >= OP_TYPE_IN0)
		out_type(node, 0, in_type(node, (size_t)(type - OP_TYPE_IN0)));
	else if (type != OP_TYPE_RULE)
		out_type(node, 0, (enum dtype)type);
}

static bool inputs_there(struct infer *inf, const struct node *node)
{
	for (int k = 0; k < node->op->in; k++)
		if (!node_input(node, (size_t)k))
			return node_refuse(inf, node,
				"input %d is missing; %s takes at least %d", k,
				node->op->name, node->op->in);
	return true;
}

static bool node_infer(struct infer *inf, struct node *node)
{
	bool ok = true;
	node_reset(node);
	if (node->op) {
		first_type(node);
		ok = inputs_there(inf, node) &&
			rules[node->op->id].shape(inf, node);
	}
	for (size_t k = 0; k < node->output_count; k++)
		if (node->output[k])
			value_reconcile(inf, node, k);
	for (size_t k = 0; ok && k < node->output_count; k++)
		ok = !node->output[k] ||
			value_given(inf, node, node->output[k]);
	if (!ok) {
		readings_tell(inf, node);
		return false;
	}
	if (node->op && value_possible(node))
		rules[node->op->id].value(inf, node);
	node->folded = node_folds(node);
	if (!node->folded && node->op)
		presents_mark(node);
	return true;
}

bool graph_infer(struct infer *inf, struct graph *graph)
{
	bool ok = true;
	for (size_t i = 0; i < graph->node_count; i++)
		if (!node_infer(inf, graph->nodes[i]))
			ok = false;
	return ok;
}

/* --- the model ----------------------------------------------------------- */

bool shapes_infer(struct ctx *ctx, struct model *model)
{
	struct infer inf = {.ctx = ctx,
		.model = model,
		.budget = BUDGET_ELEMS,
		.steps = BUDGET_STEPS,
		.copies = COPIES_MAX};
	model->channel_block = blocked_channels(ctx, model);
	if (!graph_infer(&inf, model->graph))
		return false;
	if (inf.contradictions > CONTRADICTIONS_MAX) {
		const struct loc loc = {.file = model->file};
		diag_warning(ctx, &loc,
			"%zu more stored shapes differ from those that follow "
			"from the inputs",
			inf.contradictions - CONTRADICTIONS_MAX);
	}
	return true;
}
