/* Nodes that hold graphs: If, Loop, Scan, SequenceMap. Their bodies are
 * inferred here, with what the outer graph knows. */
#include "passes/value_rule.h"

#include <string.h>

/* Loops nested deeper than this start from unknown states, so that repeated
 * passes over bodies do not multiply. */
enum { LOOP_DEPTH_REFINED = 4, LOOP_PASSES = 4 };
/* Steps of a loop that are followed one by one. */
enum { LOOP_STEPS_MAX = 512 };

static struct graph *body_of(
	struct infer *inf, const struct node *node, const char *name)
{
	const struct attr *attr = node_attr(node, name);
	if (attr && attr->kind == ATTR_GRAPH && attr->as.graph)
		return attr->as.graph;
	node_refuse(inf, node, "it has no graph in an attribute '%s'", name);
	return NULL;
}

static bool body_infer(
	struct infer *inf, const struct node *node, struct graph *body)
{
	if (inf->depth >= SUBGRAPH_DEPTH_MAX)
		return node_refuse(inf, node,
			"it is nested more than %d graphs deep",
			SUBGRAPH_DEPTH_MAX);
	inf->depth++;
	bool ok = graph_infer(inf, body);
	inf->depth--;
	return ok;
}

static struct value *body_output(const struct graph *body, size_t k)
{
	return k < body->output_count ? body->outputs[k] : NULL;
}

static struct value *body_input(const struct graph *body, size_t k)
{
	return k < body->input_count ? body->inputs[k] : NULL;
}

/* The value of a constant condition: 0, 1, or -1 when it is not known. */
static int condition(struct infer *inf, struct value *value)
{
	const struct tensor *tensor = value_tensor(inf, value);
	if (!tensor || !tensor->ints || tensor->count != 1 ||
		(tensor->unknown && tensor->unknown[0]))
		return -1;
	return tensor->ints[0] != 0;
}

static void out_from(
	const struct node *node, size_t k, const struct value *from)
{
	struct value *out = node_output(node, k);
	if (!out || !from)
		return;
	out_type(node, k, from->type);
	out->shape = from->shape;
	out->is_sequence = from->is_sequence;
	out->sequence = from->sequence;
}

/* What two values have in common. A sequence without elements agrees with any
 * other. */
static void value_share(struct infer *inf, struct value *out,
	const struct value *a, const struct value *b)
{
	const struct sequence *s = a->sequence, *t = b->sequence;
	struct shape shape = s && s->length == 0 ? b->shape
		: t && t->length == 0            ? a->shape
				      : shape_common(inf, &a->shape, &b->shape);
	out->sequence = sequence_common(inf, s, t);
	out->shape = shape;
}

/* --- If ------------------------------------------------------------------ */

/* A branch on trial: what is said of it is kept back until it is known whether
 * it counts. */
struct trial {
	const char *name;
	struct graph *graph;
	bool good;
	struct diag_hold said;
	size_t contradictions; /* found in it */
};

static void branch_try(
	struct infer *inf, const struct node *node, struct trial *t)
{
	size_t before = inf->contradictions;
	diag_hold(inf->ctx, &t->said);
	t->good = body_infer(inf, node, t->graph);
	if (t->good && t->graph->output_count < node->output_count)
		t->good = node_refuse(inf, node,
			"its %s has %zu outputs, the node %zu", t->name,
			t->graph->output_count, node->output_count);
	diag_unhold(inf->ctx, &t->said);
	t->contradictions = inf->contradictions - before;
	inf->contradictions = before;
}

/* The branch may run: what was said of it counts. */
static void branch_accept(struct infer *inf, const struct trial *t)
{
	diag_say(inf->ctx, &t->said);
	inf->contradictions += t->contradictions;
}

static const char *branch_fault(struct infer *inf, const struct trial *t)
{
	const char *error = diag_held_error(inf->ctx, &t->said);
	return error ? error : "it is refused";
}

/* The branch that is taken, or -1. One that a constant condition never takes
 * may hold any contradiction, as exporters leave such branches behind; and one
 * that cannot take the sizes that there are is not the one that runs. False
 * where the branch that is taken, or both, cannot. */
static bool branch_choose(
	struct infer *inf, struct node *node, struct trial trial[2])
{
	int taken = condition(inf, node_input(node, 0));
	if (taken < 0 && !trial[0].good && !trial[1].good)
		return node_refuse(inf, node,
			"neither branch can take its inputs: then_branch: %s; "
			"else_branch: %s",
			branch_fault(inf, &trial[1]),
			branch_fault(inf, &trial[0]));
	if (taken < 0 && !(trial[0].good && trial[1].good)) {
		taken = trial[1].good;
		node->left_out = branch_fault(inf, &trial[!taken]);
	}
	node->branch = taken;
	for (int i = 1; i >= 0; i--)
		if (taken < 0 || taken == i)
			branch_accept(inf, &trial[i]);
	return taken < 0 || trial[taken].good;
}

bool shape_if(struct infer *inf, struct node *node)
{
	struct trial trial[2] = {
		{.name = "else_branch"}, {.name = "then_branch"}};
	for (int i = 0; i < 2; i++) {
		trial[i].graph = body_of(inf, node, trial[i].name);
		if (!trial[i].graph)
			return false;
	}
	for (int i = 1; i >= 0; i--)
		branch_try(inf, node, &trial[i]);
	if (!branch_choose(inf, node, trial))
		return false;
	for (size_t k = 0; k < node->output_count; k++) {
		struct value *out = node_output(node, k);
		if (!out)
			continue;
		if (node->branch >= 0) {
			struct value *from =
				body_output(trial[node->branch].graph, k);
			out_from(node, k, from);
			const struct tensor *data = value_tensor(inf, from);
			if (data)
				out->data = from->data;
			continue;
		}
		const struct value *a = body_output(trial[1].graph, k);
		const struct value *b = body_output(trial[0].graph, k);
		if (!a || !b)
			continue;
		out_from(node, k, a);
		value_share(inf, out, a, b);
	}
	return true;
}

/* --- Loop ---------------------------------------------------------------- */

static bool shape_same_dims(const struct shape *a, const struct shape *b)
{
	return a->rank == b->rank &&
		(a->rank <= 0 ||
			memcmp(a->dim, b->dim,
				(size_t)a->rank * sizeof a->dim[0]) == 0);
}

/* Carried values: node inputs in.., body inputs and outputs. A state whose
 * size changes from step to step is unknown along that axis. */
struct states {
	size_t count;
	size_t node_input, body_input, body_output;
};

static void state_begin(struct infer *inf, const struct node *node,
	const struct graph *body, const struct states *s)
{
	for (size_t k = 0; k < s->count; k++) {
		struct value *state = body_input(body, s->body_input + k);
		struct value *from = node_input(node, s->node_input + k);
		if (!state)
			continue;
		bool known = from && inf->depth < LOOP_DEPTH_REFINED;
		bool constant =
			from && body_output(body, s->body_output + k) == state;
		state->shape =
			known || constant ? from->shape : shape_unknown();
		state->sequence = known || constant ? from->sequence : NULL;
		state->data = NULL;
		if (from) {
			state->type = from->type;
			state->is_sequence = from->is_sequence;
		}
		/* A state that no step changes is a constant if it begins as
		 * one. */
		if (constant && value_tensor(inf, from))
			state->data = from->data;
	}
}

/* Widens the states to what a step made of them; false when nothing changed. */
static bool state_widen(struct infer *inf, const struct graph *body,
	const struct states *s, bool give_up)
{
	bool changed = false;
	for (size_t k = 0; k < s->count; k++) {
		struct value *state = body_input(body, s->body_input + k);
		const struct value *next =
			body_output(body, s->body_output + k);
		if (!state || !next || state == next)
			continue;
		struct value common = {.shape = shape_unknown()};
		if (!give_up)
			value_share(inf, &common, state, next);
		if (!shape_same_dims(&common.shape, &state->shape) ||
			!sequence_same(common.sequence, state->sequence)) {
			state->shape = common.shape;
			state->sequence = common.sequence;
			changed = true;
		}
	}
	return changed;
}

static bool states_infer(struct infer *inf, const struct node *node,
	struct graph *body, const struct states *s)
{
	state_begin(inf, node, body, s);
	for (int pass = 0;; pass++) {
		if (!body_infer(inf, node, body))
			return false;
		/* Unknown states stay so: the pass after giving up is the
		 * last. */
		if (pass == LOOP_PASSES ||
			!state_widen(inf, body, s, pass == LOOP_PASSES - 1))
			return true;
	}
}

/* trips: steps that are known, or DIM_UNKNOWN; 0 leaves the states as they
 * came. */
static void states_out(const struct node *node, const struct graph *body,
	const struct states *s, int64_t trips, struct infer *inf)
{
	for (size_t k = 0; k < s->count; k++) {
		struct value *from = node_input(node, s->node_input + k);
		const struct value *last =
			body_output(body, s->body_output + k);
		struct value *out = node_output(node, k);
		if (!out || !last)
			continue;
		if (trips == 0 && from) {
			out_from(node, k, from);
			if (value_tensor(inf, from))
				out->data = from->data;
			continue;
		}
		out_from(node, k, last);
		if (trips < 0 && from)
			value_share(inf, out, from, last);
	}
}

/* A state that no step changes the shape of needs no following. */
static bool states_settled(const struct graph *body, const struct states *s)
{
	for (size_t k = 0; k < s->count; k++) {
		const struct value *last =
			body_output(body, s->body_output + k);
		if (last && (last->is_sequence ? !last->sequence
					       : !shape_known(&last->shape)))
			return false;
	}
	return true;
}

/* What a state is before or after a step. */
static void state_set(struct value *state, const struct value *is)
{
	state->shape = is->shape;
	state->sequence = is->sequence;
	state->is_sequence = is->is_sequence;
	state->data = is->data;
}

/* Follows the states of a loop whose trips are known step by step, each with
 * the sizes that the step before gave; last [s->count] is what they are at the
 * end. False where that is too much, or a step is refused. */
static bool states_follow(struct infer *inf, const struct node *node,
	struct graph *body, const struct states *s, struct value *last)
{
	int64_t cost; /* each node once, and something for the step itself */
	if (!mul_ok(node->trips, (int64_t)body->node_count + 1, &cost) ||
		cost > inf->steps || inf->depth >= LOOP_DEPTH_REFINED)
		return false;
	inf->steps -= cost;
	struct diag_hold said;
	size_t contradictions = inf->contradictions;
	bool good = true;
	for (size_t k = 0; k < s->count; k++) {
		struct value *from = node_input(node, s->node_input + k);
		last[k] = (struct value){.shape = shape_unknown()};
		if (from) {
			value_tensor(inf, from);
			state_set(&last[k], from);
		}
	}
	/* What is to be said of the body is said of all its steps at once. */
	diag_hold(inf->ctx, &said);
	for (int64_t i = 0; good && i < node->trips; i++) {
		struct tensor *number = tensor_make(
			inf, DTYPE_INT64, &body->inputs[0]->shape);
		if (number)
			number->ints[0] = i;
		body->inputs[0]->data = number;
		for (size_t k = 0; k < s->count; k++)
			state_set(body_input(body, s->body_input + k),
				&last[k]);
		good = body_infer(inf, node, body);
		for (size_t k = 0; good && k < s->count; k++)
			state_set(&last[k],
				body_output(body, s->body_output + k));
	}
	diag_unhold(inf->ctx, &said);
	inf->contradictions = contradictions;
	body->inputs[0]->data = NULL;
	return good;
}

/* Stacks what each step yields along a new axis. */
static bool stack_out(struct infer *inf, struct node *node, size_t output,
	const struct value *step, int64_t trips, int64_t axis)
{
	int64_t dims[RANK_MAX + 1];
	int at;
	if (!step)
		return true;
	out_type(node, output, step->type);
	if (step->shape.rank == RANK_UNKNOWN)
		return true;
	int rank = step->shape.rank + 1;
	if (!axis_resolve(inf, node, axis, rank, &at))
		return false;
	for (int i = 0, k = 0; i < rank; i++)
		dims[i] = i == at ? trips : step->shape.dim[k++];
	return out_shape(inf, node, output, rank, dims);
}

/* What decides how often a loop runs: -1 where it is not known. */
struct turns {
	int64_t most;     /* the count; no count: INT64_MAX */
	int first, again; /* the condition at the beginning, after any step */
};

static struct turns turns_read(
	struct infer *inf, const struct node *node, const struct graph *body)
{
	struct turns t = {
		.most = node_input(node, 0) ? DIM_UNKNOWN : INT64_MAX};
	struct value *begin = node_input(node, 1);
	if (node_input(node, 0) && in_scalar(inf, node, 0, &t.most) &&
		t.most < 0)
		t.most = 0;
	t.first = begin ? condition(inf, begin) : 1;
	t.again = condition(inf, body_output(body, 0));
	return t;
}

/* Whether it is known that a loop's body never runs. */
static bool loop_is_idle(struct infer *inf, const struct node *node)
{
	int64_t most;
	struct value *begin = node_input(node, 1);
	return (begin && condition(inf, begin) == 0) ||
		(node_input(node, 0) && in_scalar(inf, node, 0, &most) &&
			most <= 0);
}

/* Iterations: the count, cut short by a condition that is known. */
static int64_t loop_trips(const struct turns *t)
{
	if (t->first < 0)
		return DIM_UNKNOWN;
	if (t->again == 0)
		return t->most < 0 ? DIM_UNKNOWN : 1;
	return t->again == 1 && t->most != INT64_MAX ? t->most : DIM_UNKNOWN;
}

/* --- a loop step by step -------------------------------------------------- */

static bool value_settled(const struct value *value)
{
	const struct shape *shape = &value->shape;
	if (value->is_sequence && value->sequence)
		return true;
	for (int i = 0; i < shape->rank; i++)
		if (shape->dim[i] == DIM_UNKNOWN)
			return false;
	return shape->rank >= 0;
}

/* Whether all sizes in a body are the same in every step: known, or open
 * dimensions of the model. */
static bool body_settled(const struct graph *body)
{
	for (size_t n = 0; n < body->node_count; n++) {
		const struct node *node = body->nodes[n];
		for (size_t o = 0; o < node->output_count; o++)
			if (node->output[o] && !value_settled(node->output[o]))
				return false;
		for (size_t a = 0; a < node->attr_count && !node->steps; a++) {
			const struct attr *attr = &node->attr[a];
			bool then = !strcmp(attr->name, "then_branch");
			if (attr->kind == ATTR_GRAPH && attr->as.graph &&
				(node->branch < 0 || node->branch == then) &&
				!body_settled(attr->as.graph))
				return false;
		}
	}
	return true;
}

static int64_t nodes_in(const struct graph *graph)
{
	int64_t count = (int64_t)graph->node_count;
	for (size_t n = 0; n < graph->node_count; n++)
		for (size_t a = 0; a < graph->nodes[n]->attr_count; a++) {
			const struct attr *attr = &graph->nodes[n]->attr[a];
			if (attr->kind == ATTR_GRAPH && attr->as.graph)
				count += nodes_in(attr->as.graph);
		}
	return count;
}

static void scalar_set(
	struct infer *inf, struct value *value, enum dtype type, int64_t number)
{
	value->shape = shape_make(inf->ctx, 0, NULL);
	value->type = type;
	value->data = tensor_make(inf, type, &value->shape);
	if (value->data)
		value->data->ints[0] = number;
}

/* The inputs of step number i: what the step before made, or the loop's. */
static void step_begin(struct infer *inf, const struct node *node,
	const struct graph *step, const struct graph *before, int64_t i,
	const struct states *s)
{
	scalar_set(inf, step->inputs[0], DTYPE_INT64, i);
	scalar_set(inf, step->inputs[1], DTYPE_BOOL, 1);
	for (size_t k = 0; k < s->count; k++) {
		struct value *state = step->inputs[s->body_input + k];
		struct value *from = before
			? body_output(before, s->body_output + k)
			: node_input(node, s->node_input + k);
		state->shape = shape_unknown();
		state->sequence = NULL;
		state->data = NULL;
		if (!from)
			continue;
		value_tensor(inf, from);
		state->type = from->type;
		state_set(state, from);
	}
}

/* The steps of a loop, one after the other, with the sizes and the values that
 * each one hands on. */
struct course {
	size_t count, capacity;
	struct graph **steps;
};

/* One more step; false where it cannot be followed. */
static bool course_step(struct infer *inf, const struct node *node,
	struct graph *body, const struct states *s, struct course *course)
{
	struct ctx *ctx = inf->ctx;
	size_t i = course->count, found = inf->contradictions;
	struct graph *step =
		graph_clone(ctx, body, arena_printf(&ctx->arena, "[%zu]", i));
	struct diag_hold hold;
	/* What there is to say was said of the body. */
	diag_hold(ctx, &hold);
	step_begin(inf, node, step, i ? course->steps[i - 1] : NULL, (int64_t)i,
		s);
	bool good = body_infer(inf, node, step);
	diag_unhold(ctx, &hold);
	inf->contradictions = found;
	course->steps = arena_grow(&ctx->arena, course->steps, i,
		&course->capacity, i + 1, sizeof(struct graph *));
	course->steps[course->count++] = step;
	return good;
}

/* Follows a loop to its end: true where that is reached, with all sizes known,
 * within the bounds on steps and nodes. */
static bool course_run(struct infer *inf, const struct node *node,
	struct graph *body, const struct states *s, const struct turns *turns,
	struct course *course)
{
	int64_t nodes = nodes_in(body);
	*course = (struct course){0};
	for (int again = turns->first; again == 1;) {
		if ((int64_t)course->count == turns->most)
			return true;
		if (course->count == LOOP_STEPS_MAX || nodes > inf->copies)
			return false;
		inf->copies -= nodes;
		if (!course_step(inf, node, body, s, course))
			return false;
		const struct graph *step = course->steps[course->count - 1];
		if (!body_settled(step))
			return false;
		again = condition(inf, body_output(step, 0));
		if (again == 0)
			return true;
	}
	return false;
}

/* Whether a loop's sizes differ from step to step, or its condition has to be
 * computed, and following it tells all of them: node->trips, and node->steps
 * where its body is not the same in every step. course: of no steps if not. */
static void loop_follow(struct infer *inf, struct node *node,
	struct graph *body, const struct states *s, const struct turns *turns,
	struct course *course)
{
	bool settled = body_settled(body);
	bool endless = turns->most == INT64_MAX && turns->again == 1;
	*course = (struct course){0};
	if (node->trips == 0 || turns->first != 1 || turns->most < 0 ||
		endless || (settled && node->trips > 0))
		return;
	if (!course_run(inf, node, body, s, turns, course)) {
		*course = (struct course){0};
		return;
	}
	node->trips = (int64_t)course->count;
	if (!settled)
		node->steps = course->steps;
}

/* What the states are after the last step, and what all steps yield. */
static bool course_out(struct infer *inf, struct node *node,
	const struct course *course, const struct states *s)
{
	const struct graph *last = course->steps[course->count - 1];
	states_out(node, last, s, node->trips, inf);
	for (size_t k = 0; k < s->count; k++) {
		struct value *from = body_output(last, s->body_output + k);
		value_tensor(inf, from);
		if (node_output(node, k) && from)
			state_set(node_output(node, k), from);
	}
	for (size_t k = s->count; k < node->output_count; k++) {
		struct value step = *body_output(last, k + 1);
		for (size_t i = 0; i < course->count; i++)
			step.shape = shape_common(inf, &step.shape,
				&body_output(course->steps[i], k + 1)->shape);
		if (!stack_out(inf, node, k, &step, node->trips, 0))
			return false;
	}
	return true;
}

bool shape_loop(struct infer *inf, struct node *node)
{
	struct graph *body = body_of(inf, node, "body");
	if (!body)
		return false;
	const struct states s = {
		.count = node->input_count > 2 ? node->input_count - 2 : 0,
		.node_input = 2,
		.body_input = 2,
		.body_output = 1};
	if (body->input_count != s.count + 2 ||
		body->output_count < s.count + 1 ||
		node->output_count > body->output_count - 1)
		return node_refuse(inf, node,
			"it carries %zu states and has %zu outputs, its body "
			"has %zu inputs and %zu outputs",
			s.count, node->output_count, body->input_count,
			body->output_count);
	body->inputs[0]->shape = shape_make(inf->ctx, 0, NULL);
	body->inputs[0]->type = DTYPE_INT64;
	body->inputs[0]->data = NULL;
	/* A step runs only when its condition holds. */
	scalar_set(inf, body->inputs[1], DTYPE_BOOL, 1);
	/* What is wrong in a body that never runs is no error. */
	bool idle = loop_is_idle(inf, node);
	struct diag_hold hold;
	diag_hold(inf->ctx, &hold);
	bool good = states_infer(inf, node, body, &s);
	diag_unhold(inf->ctx, &hold);
	if (!idle)
		diag_say(inf->ctx, &hold);
	if (!good && !idle)
		return false;
	const struct turns turns = turns_read(inf, node, body);
	struct course course;
	node->trips = idle ? 0 : loop_trips(&turns);
	loop_follow(inf, node, body, &s, &turns, &course);
	if (course.count)
		return course_out(inf, node, &course, &s);
	/* Else what they are at the end may be found. */
	struct value *last =
		arena_array(&inf->ctx->arena, s.count, sizeof *last);
	bool settled = node->trips <= 0 || states_settled(body, &s);
	bool followed =
		!settled && states_follow(inf, node, body, &s, last);
	/* What lowering sees of the body holds for every step. */
	if (!settled && !states_infer(inf, node, body, &s))
		return false;
	states_out(node, body, &s, node->trips, inf);
	for (size_t k = 0; followed && k < s.count; k++) {
		struct value *out = node_output(node, k);
		if (!out)
			continue;
		state_set(out, &last[k]);
	}
	for (size_t k = s.count; k < node->output_count; k++)
		if (!stack_out(inf, node, k, body_output(body, k + 1),
			    node->trips, 0))
			return false;
	return true;
}

/* --- Scan ---------------------------------------------------------------- */

/* Axis k of a list that defaults to 0. */
static int64_t list_axis(size_t count, const int64_t *axes, size_t k)
{
	return k < count ? axes[k] : 0;
}

/* States, then inputs that are taken apart along one axis. (Opset 8 has a batch
 * axis and a first input of lengths: its sizes stay unknown.) */
bool shape_scan(struct infer *inf, struct node *node)
{
	struct graph *body = body_of(inf, node, "body");
	int64_t scanned, trips = DIM_UNKNOWN;
	size_t in_count, out_count;
	const int64_t *in_axes, *out_axes;
	if (!body ||
		!node_attr_int(
			inf->ctx, node, "num_scan_inputs", 0, &scanned) ||
		!node_attr_ints(inf->ctx, node, "scan_input_axes", &in_count,
			&in_axes) ||
		!node_attr_ints(inf->ctx, node, "scan_output_axes", &out_count,
			&out_axes))
		return false;
	if (node->opset < 9)
		return body_infer(inf, node, body);
	if (scanned < 1 || scanned > (int64_t)node->input_count ||
		body->input_count != node->input_count ||
		body->output_count < node->output_count)
		return node_refuse(inf, node,
			"it scans %lld of %zu inputs into %zu outputs, its "
			"body has %zu inputs and %zu outputs",
			(long long)scanned, node->input_count,
			node->output_count, body->input_count,
			body->output_count);
	const struct states s = {.count = node->input_count - (size_t)scanned};
	for (size_t k = 0; k < (size_t)scanned; k++) {
		const struct shape *in = in_shape(node, s.count + k);
		struct value *slice = body->inputs[s.count + k];
		int64_t dims[RANK_MAX];
		int axis, rank = 0;
		slice->type = in_type(node, s.count + k);
		slice->shape = shape_unknown();
		if (in->rank == RANK_UNKNOWN)
			continue;
		if (!axis_resolve(inf, node, list_axis(in_count, in_axes, k),
			    in->rank, &axis))
			return false;
		if (!dim_merge(trips, in->dim[axis], &trips))
			return node_refuse(inf, node,
				"input %zu is %s: %lld steps along axis %d, "
				"others have %lld",
				s.count + k, shape_text(inf->ctx, in),
				(long long)in->dim[axis], axis,
				(long long)trips);
		for (int i = 0; i < in->rank; i++)
			if (i != axis)
				dims[rank++] = in->dim[i];
		slice->shape = shape_make(inf->ctx, rank, dims);
	}
	if (!states_infer(inf, node, body, &s))
		return false;
	node->trips = dim_known(trips) ? trips : -1;
	states_out(node, body, &s, trips, inf);
	for (size_t k = s.count; k < node->output_count; k++)
		if (!stack_out(inf, node, k, body_output(body, k), trips,
			    list_axis(out_count, out_axes, k - s.count)))
			return false;
	return true;
}

/* --- SequenceMap --------------------------------------------------------- */

/* The body's inputs for element i of the sequences; -1: what all elements have
 * in common. Tensors are the same for each. */
static void map_inputs(
	const struct node *node, struct graph *body, int64_t i)
{
	for (size_t k = 0; k < body->input_count; k++) {
		const struct value *from = node_input(node, k);
		const struct sequence *s = in_sequence(node, k);
		struct value *to = body->inputs[k];
		const struct element *e =
			s && i >= 0 && i < s->length ? &s->element[i] : NULL;
		to->shape = e ? e->shape : *in_shape(node, k);
		to->type = in_type(node, k);
		to->data = e ? e->data
			: from && !from->is_sequence ? from->data
						     : NULL;
	}
}

/* As many steps as the first sequence has elements; others must agree. */
static bool map_length(
	struct infer *inf, const struct node *node, int64_t *length)
{
	*length = DIM_UNKNOWN;
	for (size_t k = 0; k < node->input_count; k++) {
		const struct sequence *s = in_sequence(node, k);
		if (s && !dim_merge(*length, s->length, length))
			return node_refuse(inf, node,
				"input %zu has %lld elements, others have "
				"%lld",
				k, (long long)s->length, (long long)*length);
	}
	return true;
}

/* A copy of the body for each element, where sizes differ between them and are
 * all known. */
static void map_steps(struct infer *inf, struct node *node, struct graph *body,
	int64_t length)
{
	struct ctx *ctx = inf->ctx;
	size_t found = inf->contradictions;
	int64_t cost;
	if (!mul_ok(length, nodes_in(body), &cost) || cost > inf->copies)
		return;
	inf->copies -= cost;
	struct graph **steps = arena_array(
		&ctx->arena, (size_t)length, sizeof(struct graph *));
	struct diag_hold hold;
	bool good = true;
	diag_hold(ctx, &hold);
	for (int64_t i = 0; good && i < length; i++) {
		steps[i] = graph_clone(ctx, body,
			arena_printf(&ctx->arena, "[%lld]", (long long)i));
		map_inputs(node, steps[i], i);
		good = body_infer(inf, node, steps[i]) &&
			body_settled(steps[i]);
	}
	diag_unhold(ctx, &hold);
	inf->contradictions = found;
	if (good)
		node->steps = steps;
}

bool shape_sequence_map(struct infer *inf, struct node *node)
{
	/* Steps that are followed one by one, and nodes in all of them. */
	enum { STEPS_MAX = 1024, NODES_MAX = 1 << 16 };
	struct graph *body = body_of(inf, node, "body");
	size_t outs = node->output_count;
	struct sequence **out =
		arena_array(&inf->ctx->arena, outs, sizeof(struct sequence *));
	int64_t length;
	if (!body || !map_length(inf, node, &length))
		return false;
	node->trips = length;
	bool follow = length >= 0 && length <= STEPS_MAX &&
		length * (int64_t)body->node_count <= NODES_MAX &&
		inf->depth < LOOP_DEPTH_REFINED;
	for (size_t k = 0; follow && k < outs; k++)
		out[k] = sequence_make(inf, length);
	for (int64_t i = 0; follow && i < length; i++) {
		map_inputs(node, body, i);
		if (!body_infer(inf, node, body))
			return false;
		for (size_t k = 0; k < outs; k++) {
			const struct value *made = body_output(body, k);
			if (made && out[k])
				out[k]->element[i] = (struct element){
					made->shape, made->data};
		}
	}
	/* What lowering sees of the body holds for every element. */
	map_inputs(node, body, -1);
	if (!body_infer(inf, node, body))
		return false;
	if (follow && length > 0 && !body_settled(body))
		map_steps(inf, node, body, length);
	for (size_t k = 0; k < outs; k++) {
		const struct value *made = body_output(body, k);
		const struct shape unknown = shape_unknown();
		if (made)
			out_type(node, k, made->type);
		out_sequence(inf, node, k, out[k],
			made ? &made->shape : &unknown);
	}
	return true;
}
