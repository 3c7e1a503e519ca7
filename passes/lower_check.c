/* What lowering made of a node, against the tensors that it works on: the last
 * thing that stands between a mistake in a rule and a blob that reads beyond
 * its tensors. After the loader's check of descriptors (codegen/nwcfg.h). */
#include "passes/lower_rules.h"

#include "base/checked.h"
#include "passes/lower.h"

/* Elements from a tensor's first that an operand may touch: low to high. */
struct reach {
	int64_t low, high;
	bool ok; /* false: beyond int64_t */
};

static void reach_add(struct reach *reach, int64_t low, int64_t high)
{
	reach->ok = reach->ok && add_ok(reach->low, low, &reach->low) &&
		add_ok(reach->high, high, &reach->high);
}

/* From `from` to `to` steps of a pitch. */
static void reach_steps(
	struct reach *reach, int64_t from, int64_t to, int64_t pitch)
{
	int64_t a, b;
	reach->ok =
		reach->ok && mul_ok(from, pitch, &a) && mul_ok(to, pitch, &b);
	if (reach->ok)
		reach_add(reach, a < b ? a : b, a < b ? b : a);
}

/* Indices low to last of a dimension whose index i lies at
 * i / split * outer + i % split * inner. */
static void reach_split(struct reach *reach, int64_t low, int64_t last,
	int64_t split, int64_t outer, int64_t inner)
{
	int64_t first = low / split, end = last / split;
	struct reach all = {.ok = false};
	/* Linear within a turn, and from one whole turn to the next. */
	const int64_t turns[] = {first, first + 1, end - 1, end};
	for (int k = 0; k < 4; k++) {
		int64_t t = turns[k];
		if (t < first || t > end)
			continue;
		struct reach one = {.ok = true};
		reach_steps(&one, t, t, outer);
		reach_steps(&one, t == first ? low % split : 0,
			t == end ? last % split : split - 1, inner);
		if (!one.ok) {
			reach->ok = false;
			return;
		}
		if (!all.ok || one.low < all.low)
			all.low = one.low;
		if (!all.ok || one.high > all.high)
			all.high = one.high;
		all.ok = true;
	}
	reach_add(reach, all.low, all.high);
}

static void reach_dim(struct reach *reach, int64_t low, int64_t last,
	const struct nest_dim *dim, int64_t pitch, int64_t split_pitch)
{
	if (dim->split)
		reach_split(reach, low, last, dim->split, split_pitch, pitch);
	else
		reach_steps(reach, low, last, pitch);
}

/* C of a nest with a depth window, its loop included: plane z is of the tensor
 * for 0 <= z < size. False where none of it is. */
static bool reach_depth(struct reach *reach, const struct layer_nest *ln,
	const struct nest_dim *dim, int64_t pitch, int64_t split_pitch)
{
	const struct depth_window *w = &ln->depth;
	const struct instance_loop *loop = &ln->instance_loop[w->loop];
	int64_t split = dim->split ? dim->split : w->taps;
	int64_t outer = dim->split ? split_pitch : pitch * w->taps;
	int64_t plane = loop->trips > 1 ? loop->pitch[OPND_I] / w->stride
		: w->taps > 1           ? pitch / w->dilation
					: 0;
	int64_t last =
		(loop->trips - 1) * w->stride + (w->taps - 1) * w->dilation;
	int64_t first = w->pad_before > 0 ? w->pad_before : 0;
	if (last > w->size - 1 + w->pad_before)
		last = w->size - 1 + w->pad_before;
	reach_steps(reach, first, last, plane);
	reach_steps(reach, 0, (dim->size - 1) / split, outer);
	return first <= last;
}

/* False where the operand reads padding alone. */
static bool operand_reach(
	const struct layer_nest *ln, enum operand operand, struct reach *reach)
{
	const struct nest_tensor *t = &ln->nest.tensor[operand];
	const struct placement *place = &ln->place[operand];
	bool window = operand == OPND_I && ln->depth.loop >= 0;
	*reach = (struct reach){place->base, place->base, true};
	for (int d = 0; d < t->dims; d++) {
		const struct nest_dim *dim = &t->dim[d];
		int64_t low = 0, last = dim->size - 1;
		if (operand == OPND_I && dim->index >= INDEX_ROWS) {
			int axis = (int)dim->index - INDEX_ROWS;
			low = ln->pad_before[axis];
			last -= ln->pad_after[axis];
		}
		if (last < low)
			return false;
		if (window && dim->index == INDEX_C &&
			!reach_depth(reach, ln, dim, place->pitch[d],
				place->split_pitch[d]))
			return false;
		if (!window || dim->index != INDEX_C)
			reach_dim(reach, low, last, dim, place->pitch[d],
				place->split_pitch[d]);
	}
	for (int l = 0; l < ln->instance_loops; l++)
		if (!window || l != ln->depth.loop)
			reach_steps(reach, 0, ln->instance_loop[l].trips - 1,
				ln->instance_loop[l].pitch[operand]);
	return true;
}

/* One of the operator's own has the size that is reached, as has the copy of a
 * tensor whose elements are stored in another type. */
static const char *operand_fault(struct ctx *ctx, size_t n,
	const struct layer_nest *ln, enum operand operand)
{
	const struct value *value = ln->place[operand].value;
	bool copied = !value ||
		(value->type != ln->nest.tensor[operand].type &&
			value->type != DTYPE_UNDEFINED);
	struct reach reach;
	int64_t elems = INT64_MAX;
	if (!operand_reach(ln, operand, &reach) ||
		(value && !copied && !shape_elems(&value->shape, &elems)))
		return NULL;
	if (reach.ok && reach.low >= 0 && reach.high < elems)
		return NULL;
	return arena_printf(&ctx->arena,
		"operand %s of nest %zu (%s) lies at elements %lld to %lld of "
		"'%s', which is %s",
		operand_name(operand), n, nest_text(ctx, &ln->nest),
		(long long)reach.low, (long long)reach.high,
		value ? diag_quote(ctx, value->name) : "",
		value ? shape_text(ctx, &value->shape) : "the operator's own");
}

static const char *operands_fault(
	struct ctx *ctx, size_t n, const struct layer_nest *ln)
{
	const char *fault = NULL;
	for (int o = 0; !fault && o < OPND_COUNT; o++)
		fault = operand_fault(ctx, n, ln, (enum operand)o);
	return fault;
}

const char *layer_fault(struct ctx *ctx, const struct layer *layer)
{
	const char *fault = NULL;
	for (size_t n = 0; !fault && n < layer->nest_count; n++) {
		const struct layer_nest *ln = &layer->nests[n];
		fault = operands_fault(ctx, n, ln);
		for (size_t f = 0; !fault && f < ln->form_count; f++)
			fault = operands_fault(ctx, n, &ln->forms[f]);
	}
	return fault;
}

enum outcome lower_check(struct lowering *lo)
{
	struct layer *layer = &lo->layer;
	/* The rule knows the result's shape, even where inference did not. */
	for (size_t o = 0; o < lo->node->output_count; o++) {
		struct value *out = lo->node->output[o];
		if (!out)
			continue;
		if (!shape_known(&out->shape) &&
			shape_known(&layer->output_shape))
			out->shape = layer->output_shape;
		break;
	}
	for (size_t n = 0; n < layer->nest_count; n++)
		for (int o = 0; o < OPND_COUNT; o++) {
			const struct value *value =
				layer->nests[n].place[o].value;
			if (!value || shape_known(&value->shape))
				continue;
			lo->open = value;
			return lower_leave(lo, true, "");
		}
	const char *fault = layer_fault(lo->ctx, layer);
	if (!fault)
		return OUTCOME_LAYER;
	diag_error(lo->ctx, &lo->loc,
		"a fault of this program, please report it: %s", fault);
	return OUTCOME_ERROR;
}
