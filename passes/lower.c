/* Walks the model and lets each node's rule say what it becomes. */
#include "passes/lower.h"

#include "base/checked.h"
#include "base/path.h"
#include "ir/fork.h"
#include "passes/blocked.h"
#include "passes/lower_cause.h"
#include "passes/lower_rules.h"

#include <string.h>

static const int64_t elems_max = (int64_t)1 << 53;

enum { GRAPH_DEPTH = 64 }; /* import refuses deeper nesting */

/* Operators without a rule of their own. */
enum outcome lower_none(struct lowering *lo)
{
	return lower_leave(lo, false, "no convolution or matrix product");
}

enum outcome lower_unsupported(struct lowering *lo)
{
	return lower_leave(lo, true, "no lowering for this operator");
}

static lower_rule *const rules[OP_COUNT] = {
#define OP(domain, name, since, in, type, shape, value, lower, ...) \
	[OP_##domain##_##name] = lower_##lower,
#include "ir/ops.def"
#undef OP
};

/* --- what the rules share ------------------------------------------------ */

enum outcome lower_leave(struct lowering *lo, bool compute, const char *reason)
{
	lo->compute = compute;
	lo->reason = reason;
	lo->host_macs = compute ? -1 : 0;
	return OUTCOME_UNMAPPED;
}

const struct value *lower_result(const struct node *node)
{
	for (size_t o = 0; o < node->output_count; o++)
		if (node->output[o])
			return node->output[o];
	return NULL;
}

enum dtype lower_moved_type(const struct value *value)
{
	enum { STEPS = 8 }; /* chains of moves are short */
	enum dtype type = value->type;
	for (int i = 0; i < STEPS; i++) {
		const struct node *node = value->producer;
		const struct value *from = node ? node_input(node, 0) : NULL;
		if (from && node_does(node, OP_DOES_DEQUANTIZES))
			return from->type;
		if (!from || !node_does(node, OP_DOES_MOVES))
			break;
		value = from;
	}
	return type;
}

const struct value *lower_moved_value(const struct value *value)
{
	const struct node *node = value->producer;
	const struct value *from = node ? node_input(node, 0) : NULL;
	return from && node_does(node, OP_DOES_DEQUANTIZES) ? from : value;
}

enum dtype lower_sum_type(enum dtype i, enum dtype w, enum dtype result)
{
	if (!dtype_is_integer(i) || !dtype_is_integer(w))
		return result;
	return dtype_bits(i) <= 16 && dtype_bits(w) <= 16 ? DTYPE_INT32
							  : DTYPE_INT64;
}

enum outcome lower_take(
	struct lowering *lo, const struct value *value, const char *role)
{
	int64_t elems;
	if (!value)
		return lower_refuse(lo, "%s is missing", role);
	if (!shape_known(&value->shape)) {
		lo->open = value;
		return lower_leave(lo, true, "");
	}
	const char *text = shape_text(lo->ctx, &value->shape);
	if (!shape_elems(&value->shape, &elems) || elems > elems_max)
		return lower_refuse(
			lo, "%s %s has more than 2^53 elements", role, text);
	if (elems == 0)
		return lower_leave(lo, false,
			arena_printf(&lo->ctx->arena,
				"no multiplications: %s is %s", role, text));
	return OUTCOME_LAYER;
}

enum outcome lower_take_operands(struct lowering *lo, size_t i, size_t w)
{
	const struct value *value[OPND_COUNT] = {
		[OPND_O] = lower_result(lo->node),
		[OPND_I] = node_input(lo->node, i),
		[OPND_W] = node_input(lo->node, w),
	};
	if (!value[OPND_O])
		return lower_leave(lo, false, "no result");
	enum outcome outcome = lower_take(lo, value[OPND_I], "first operand");
	if (outcome == OUTCOME_LAYER)
		outcome = lower_take(lo, value[OPND_W], "second operand");
	if (outcome != OUTCOME_LAYER)
		return outcome;
	lo->layer.input_shape = value[OPND_I]->shape;
	lo->layer.weight_shape = value[OPND_W]->shape;
	lo->layer.output_shape = value[OPND_O]->shape;

	/* Each operand moves as it is stored, wherever its floats are made: by a
	 * DequantizeLinear in front, or by the operator itself. */
	for (int o = OPND_I; o < OPND_COUNT; o++) {
		lo->type[o] = lower_moved_type(value[o]);
		lo->operand[o] = lower_moved_value(value[o]);
	}
	lo->type[OPND_O] = lower_sum_type(
		lo->type[OPND_I], lo->type[OPND_W], value[OPND_O]->type);
	lo->operand[OPND_O] = value[OPND_O];
	return OUTCOME_LAYER;
}

enum outcome lower_set_output(
	struct lowering *lo, int rank, const int64_t *dims)
{
	const struct shape *known = &lower_result(lo->node)->shape;
	struct shape found = shape_make(lo->ctx, rank, dims);
	bool agrees = known->rank < 0 || known->rank == rank;
	for (int d = 0; agrees && d < known->rank; d++)
		agrees = known->dim[d] < 0 || known->dim[d] == dims[d];
	if (!agrees)
		return lower_refuse(lo, "output is %s, its operands give %s",
			shape_text(lo->ctx, known),
			shape_text(lo->ctx, &found));
	int64_t elems;
	if (!shape_elems(&found, &elems) || elems > elems_max)
		return lower_refuse(lo, "output %s has more than 2^53 elements",
			shape_text(lo->ctx, &found));
	lo->layer.output_shape = found;
	return OUTCOME_LAYER;
}

/* --- the walk ------------------------------------------------------------ */

struct walk {
	struct ctx *ctx;
	const struct model *model;
	struct layer_list *list;
	size_t layer_capacity, unmapped_capacity, fork_capacity;
	const struct value *input_reported; /* last one without a shape */
	struct causes *causes;              /* found when first needed */
	bool *symbol_reported;              /* [model->symbol_count] */
	const struct blocked *blocked;      /* or NULL */
	size_t note; /* next of the model's notes, when they come in order */
	bool good;
};

/* An open If around nodes, and the branch; it becomes a fork of the list with
 * the first layer in it. */
struct open_if {
	const struct open_if *around;
	const struct node *node;
	int *fork; /* 1 + its index in the list; 0: none yet; of both branches
		    */
	bool then;
};

/* What surrounds the nodes of a graph. */
struct surroundings {
	const char *condition;
	const struct open_if *open; /* innermost; NULL: none */
	int64_t executions;
	bool executions_known;
	int depth;
};

static const char *node_label(const struct node *node)
{
	if (node->name && *node->name)
		return node->name;
	const struct value *result = lower_result(node);
	return result && result->name ? result->name : "";
}

static const char *output_label(const struct node *node)
{
	const struct value *first = node_output(node, 0);
	return first && first->name ? first->name : "";
}

/* "Softmax", "com.microsoft.BiasGelu" */
static const char *op_label(struct ctx *ctx, const struct node *node)
{
	if (!node->domain || !*node->domain)
		return node->op_type;
	return arena_printf(&ctx->arena, "%s.%s", node->domain, node->op_type);
}

static void unmapped_add(struct walk *walk, const struct unmapped *unmapped)
{
	struct layer_list *list = walk->list;
	list->unmapped = arena_grow(&walk->ctx->arena, list->unmapped,
		list->unmapped_count, &walk->unmapped_capacity,
		list->unmapped_count + 1, sizeof *list->unmapped);
	struct unmapped *added = &list->unmapped[list->unmapped_count++];
	*added = *unmapped;
	added->note = node_note(walk->model, unmapped->node, &walk->note);
}

/* The place of a layer in an open If, which becomes a fork. */
static struct fork_side side_of(struct walk *walk, const struct open_if *open)
{
	struct layer_list *list = walk->list;
	if (!open)
		return (struct fork_side){0};
	if (!*open->fork) {
		struct fork fork = {.node = node_label(open->node),
			.side = side_of(walk, open->around)};
		list->forks = arena_grow(&walk->ctx->arena, list->forks,
			list->fork_count, &walk->fork_capacity,
			list->fork_count + 1, sizeof *list->forks);
		list->forks[list->fork_count++] = fork;
		*open->fork = (int)list->fork_count;
	}
	return (struct fork_side){*open->fork, open->then};
}

static bool layer_add(struct walk *walk, struct lowering *lo,
	const struct surroundings *around)
{
	struct layer_list *list = walk->list;
	struct layer *layer = &lo->layer;
	layer->index = list->count;
	layer->name = node_label(lo->node);
	layer->op = lo->node->op_type;
	layer->condition = around->condition;
	layer->side = side_of(walk, around->open);
	layer->output_name = output_label(lo->node);
	layer->executions = around->executions;
	layer->executions_known = around->executions_known;
	layer->node = lo->node;
	layer->note = node_note(walk->model, lo->node, &walk->note);
	list->layers = arena_grow(&walk->ctx->arena, list->layers, list->count,
		&walk->layer_capacity, list->count + 1, sizeof *list->layers);
	list->layers[list->count++] = *layer;
	return true;
}

/* The flag that closes a dimension. */
static const char *symbol_flag(struct ctx *ctx, const struct symbol *symbol)
{
	if (symbol->name && *symbol->name)
		return arena_printf(&ctx->arena, "--dim %s=N",
			diag_quote(ctx, symbol->name));
	return arena_printf(&ctx->arena, "--dim %s:%d=N",
		diag_quote(ctx, symbol->input), symbol->axis);
}

/* Reports each open dimension once, at the first layer that hangs on it. */
static void symbol_report(struct walk *walk, const struct lowering *lo,
	const struct symbol *symbol)
{
	bool *reported = &walk->symbol_reported[symbol - walk->model->symbols];
	walk->good = false;
	if (*reported)
		return;
	*reported = true;
	bool named = symbol->name && *symbol->name;
	diag_error(walk->ctx, &lo->loc,
		"its size hangs on dimension %s%s%s%d of input '%s', which is "
		"open: give %s",
		named ? "'" : "",
		named ? diag_quote(walk->ctx, symbol->name) : "",
		named ? "', axis " : "", symbol->axis,
		diag_quote(walk->ctx, symbol->input),
		symbol_flag(walk->ctx, symbol));
}

/* Each input once, as long as layers that hang on it follow each other. */
static void input_report(
	struct walk *walk, const struct lowering *lo, const struct value *input)
{
	struct ctx *ctx = walk->ctx;
	const char *name = diag_quote(ctx, input->name);
	walk->good = false;
	if (walk->input_reported != input)
		diag_error(ctx, &lo->loc,
			"its size hangs on input '%s', which has the shape %s: "
			"give --input %s=SHAPE, as in %s=1x3x224x224",
			name, shape_text(ctx, &input->shape), name, name);
	walk->input_reported = input;
}

/* A layer one of whose shapes is not known: an error for open dimensions, else
 * listed with what its size hangs on. */
static void open_shape(
	struct walk *walk, const struct lowering *lo, struct unmapped *unmapped)
{
	struct ctx *ctx = walk->ctx;
	if (!walk->causes)
		walk->causes = causes_find(ctx, walk->model);
	struct cause cause = causes_of(walk->causes, lo->open);
	for (size_t k = 0; k < walk->model->symbol_count; k++) {
		size_t bit = k < CAUSE_SYMBOLS ? k : CAUSE_SYMBOLS - 1;
		if (cause.symbols >> bit & 1)
			symbol_report(walk, lo, &walk->model->symbols[k]);
	}
	if (cause.symbols)
		return;
	if (cause.input && !shape_known(&cause.input->shape)) {
		input_report(walk, lo, cause.input);
		return;
	}
	const char *text = shape_text(ctx, &lo->open->shape);
	unmapped->unresolved = true;
	if (cause.node && !cause.node->op)
		unmapped->reason = arena_printf(&ctx->arena,
			"size not known: '%s' is %s, made from the result of "
			"'%s' by the unknown operator %s",
			lo->open->name, text, node_label(cause.node),
			op_label(ctx, cause.node));
	else if (cause.node)
		unmapped->reason = arena_printf(&ctx->arena,
			"data-dependent size: '%s' is %s, after %s '%s'",
			lo->open->name, text, op_label(ctx, cause.node),
			node_label(cause.node));
	else if (cause.input)
		unmapped->reason = arena_printf(&ctx->arena,
			"data-dependent size: '%s' is %s, after input '%s'%s",
			lo->open->name, text, cause.input->name,
			dtype_is_integer(cause.input->type)
				? " (--value may give it)"
				: "");
	else
		unmapped->reason = arena_printf(&ctx->arena,
			"size not known: '%s' is %s", lo->open->name, text);
	unmapped_add(walk, unmapped);
}

static bool has_body(const struct node *node)
{
	for (size_t a = 0; a < node->attr_count; a++)
		if (node->attr[a].kind == ATTR_GRAPH)
			return true;
	return false;
}

/* What becomes of a node that holds graphs; a branch that is left out is told
 * of with its reason. */
static enum outcome control_leave(struct lowering *lo)
{
	const struct node *node = lo->node;
	const char *other = node->branch ? "else_branch" : "then_branch";
	if (node->steps)
		return lower_leave(lo, false,
			arena_printf(&lo->ctx->arena,
				"control flow: the nodes inside are listed for "
				"each of its %lld steps, as sizes differ",
				(long long)node->trips));
	if (!node->left_out)
		return lower_leave(
			lo, false, "control flow: the nodes inside are listed");
	diag_warning(lo->ctx, &lo->loc,
		"its %s is left out, it cannot take the inputs: %s", other,
		node->left_out);
	return lower_leave(lo, false,
		arena_printf(&lo->ctx->arena,
			"control flow: the nodes inside are listed, but the "
			"%s is left out: %s",
			other, node->left_out));
}

/* -1: not known. */
static int64_t host_macs(
	const struct lowering *lo, const struct surroundings *around)
{
	int64_t macs;
	if (lo->open || lo->host_macs < 0 ||
		!mul_ok(lo->host_macs, around->executions, &macs))
		return -1;
	return macs == 0 || around->executions_known ? macs : -1;
}

static void node_walk(struct walk *walk, const struct node *node,
	const struct surroundings *around)
{
	struct lowering lo = {.ctx = walk->ctx,
		.node = node,
		.loc = node_loc(node),
		.blocked = walk->blocked};
	struct unmapped unmapped = {.name = node_label(node),
		.op = node->op_type,
		.output_name = output_label(node),
		.before_layer = walk->list->count,
		.node = node};
	lo.layer.input_shape = lo.layer.weight_shape = lo.layer.output_shape =
		shape_unknown();
	enum outcome outcome;
	if (node->op && has_body(node))
		outcome = control_leave(&lo);
	else if (node->op)
		outcome = rules[node->op->id](&lo);
	else
		outcome = lower_leave(&lo, true,
			arena_printf(&walk->ctx->arena, "unknown operator %s",
				op_label(walk->ctx, node)));
	if (outcome == OUTCOME_LAYER)
		outcome = lower_check(&lo);
	switch (outcome) {
	case OUTCOME_ERROR:
		walk->good = false;
		break;
	case OUTCOME_LAYER:
		walk->good = layer_add(walk, &lo, around) && walk->good;
		break;
	case OUTCOME_UNMAPPED:
		unmapped.reason = lo.reason;
		unmapped.compute = lo.compute;
		if (lo.compute || lo.open)
			unmapped.side = side_of(walk, around->open);
		unmapped.macs = host_macs(&lo, around);
		if (lo.open)
			open_shape(walk, &lo, &unmapped);
		else
			unmapped_add(walk, &unmapped);
		break;
	}
}

static void graph_walk(struct walk *walk, const struct graph *graph,
	const struct surroundings *around);

/* Nodes of a graph, those of its subgraphs too. */
static size_t node_count(const struct graph *graph, int depth)
{
	size_t count = graph->node_count;
	for (size_t n = 0; depth < GRAPH_DEPTH && n < graph->node_count; n++)
		for (size_t a = 0; a < graph->nodes[n]->attr_count; a++)
			if (graph->nodes[n]->attr[a].kind == ATTR_GRAPH)
				count += node_count(
					graph->nodes[n]->attr[a].as.graph,
					depth + 1);
	return count;
}

/* fork: what the two branches share */
static void branch_walk(struct walk *walk, const struct node *node,
	const struct attr *attr, struct surroundings around, int *fork)
{
	bool then = !strcmp(attr->name, "then_branch");
	const struct open_if open = {.around = around.open,
		.node = node,
		.fork = fork,
		.then = then};
	if (node->branch >= 0 && node->branch != then) {
		/* Never taken. */
		walk->list->folded += node_count(attr->as.graph, around.depth);
		return;
	}
	if (node->branch < 0)
		around.open = &open;
	if (node->branch < 0)
		around.condition =
			arena_printf(&walk->ctx->arena, "%s%sIf %s: %s",
				around.condition ? around.condition : "",
				around.condition ? " / " : "", node_label(node),
				attr->name);
	graph_walk(walk, attr->as.graph, &around);
}

static void body_walk(struct walk *walk, const struct node *node,
	const struct attr *attr, struct surroundings around)
{
	struct loc loc = node_loc(node);
	for (int64_t i = 0; node->steps && i < node->trips; i++)
		graph_walk(walk, node->steps[i], &around);
	if (node->steps)
		return;
	if (node->trips == 0) {
		/* Never run. */
		walk->list->folded += node_count(attr->as.graph, around.depth);
		return;
	}
	if (node->trips < 0)
		around.executions_known = false;
	else if (!mul_ok(around.executions, node->trips, &around.executions)) {
		walk->good = diag_error(
			walk->ctx, &loc, "its body runs more than 2^63 times");
		return;
	}
	size_t before = walk->list->count;
	graph_walk(walk, attr->as.graph, &around);
	if (node->trips < 0 && walk->list->count > before)
		diag_warning(walk->ctx, &loc,
			"number of iterations not known: the %zu layers of its "
			"body are counted once",
			walk->list->count - before);
}

static void graph_walk(struct walk *walk, const struct graph *graph,
	const struct surroundings *around)
{
	struct surroundings inside = *around;
	if (inside.depth++ > GRAPH_DEPTH) {
		struct loc loc = {.file = graph->file};
		walk->good = diag_error(walk->ctx, &loc,
			"subgraphs nest deeper than %d", GRAPH_DEPTH);
		return;
	}
	for (size_t n = 0; n < graph->node_count; n++) {
		const struct node *node = graph->nodes[n];
		if (node->folded) {
			walk->list->folded++;
			walk->list->folded_products += op_multiplies(node->op);
			for (size_t a = 0; a < node->attr_count; a++)
				if (node->attr[a].kind == ATTR_GRAPH)
					walk->list->folded += node_count(
						node->attr[a].as.graph,
						inside.depth);
			continue;
		}
		node_walk(walk, node, around);
		bool branches = node_is(node, OP_ONNX_If);
		int fork = 0;
		for (size_t a = 0; a < node->attr_count; a++) {
			const struct attr *attr = &node->attr[a];
			if (attr->kind != ATTR_GRAPH)
				continue;
			if (branches)
				branch_walk(walk, node, attr, inside, &fork);
			else
				body_walk(walk, node, attr, inside);
		}
	}
}

bool lower_model(
	struct ctx *ctx, const struct model *model, struct layer_list *out)
{
	*out = (struct layer_list){.model = path_base(model->file)};
	struct walk walk = {.ctx = ctx,
		.model = model,
		.list = out,
		.symbol_reported = arena_array(&ctx->arena, model->symbol_count,
			sizeof *walk.symbol_reported),
		.blocked = blocked_find(ctx, model),
		.good = true};
	const struct surroundings top = {
		.executions = 1, .executions_known = true};
	graph_walk(&walk, model->graph, &top);
	if (walk.good && !(forks_settle(ctx, out) && forks_sum(out)))
		return diag_error(ctx, &(struct loc){.file = model->file},
			"the model has more than 2^63 multiplications");
	return walk.good;
}
