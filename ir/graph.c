/* Where a node is for messages, its attributes by name and kind, and what else
 * is asked of a graph. */
#include "ir/graph.h"

#include "base/checked.h"
#include "base/text.h"

#include <string.h>

struct loc node_loc(const struct node *node)
{
	struct loc loc = {.file = node->graph->file, .op = node->op_type};
	if (node->name && *node->name)
		loc.node = node->name;
	for (size_t i = 0; !loc.node && i < node->output_count; i++)
		if (node->output[i])
			loc.node = node->output[i]->name;
	return loc;
}

/* --- attributes ---------------------------------------------------------- */

static const char *const attr_kinds[] = {
	[ATTR_FLOAT] = "a float",
	[ATTR_INT] = "an integer",
	[ATTR_STRING] = "a string",
	[ATTR_TENSOR] = "a tensor",
	[ATTR_GRAPH] = "a graph",
	[ATTR_FLOATS] = "a list of floats",
	[ATTR_INTS] = "a list of integers",
	[ATTR_STRINGS] = "a list of strings",
	[ATTR_OTHER] = "of another kind",
};

const struct attr *node_attr(const struct node *node, const char *name)
{
	for (size_t i = 0; i < node->attr_count; i++)
		if (!strcmp(node->attr[i].name, name))
			return &node->attr[i];
	return NULL;
}

/* The attribute of that name and kind into *attr, NULL without one; false with
 * a diagnostic when its kind is another. */
static bool attr_of_kind(struct ctx *ctx, const struct node *node,
	const char *name, enum attr_kind kind, const struct attr **attr)
{
	*attr = node_attr(node, name);
	if (!*attr || (*attr)->kind == kind)
		return true;
	struct loc loc = node_loc(node);
	return diag_error(ctx, &loc, "attribute '%s' is %s, expected %s", name,
		attr_kinds[(*attr)->kind], attr_kinds[kind]);
}

bool node_attr_int(struct ctx *ctx, const struct node *node, const char *name,
	int64_t absent, int64_t *out)
{
	const struct attr *attr;
	if (!attr_of_kind(ctx, node, name, ATTR_INT, &attr))
		return false;
	*out = attr ? attr->as.ints[0] : absent;
	return true;
}

bool node_attr_float(struct ctx *ctx, const struct node *node, const char *name,
	double absent, double *out)
{
	const struct attr *attr;
	if (!attr_of_kind(ctx, node, name, ATTR_FLOAT, &attr))
		return false;
	*out = attr ? attr->as.floats[0] : absent;
	return true;
}

bool node_attr_string(struct ctx *ctx, const struct node *node,
	const char *name, const char *absent, const char **out)
{
	const struct attr *attr;
	if (!attr_of_kind(ctx, node, name, ATTR_STRING, &attr))
		return false;
	*out = attr ? attr->as.strings[0] : absent;
	return true;
}

bool node_attr_ints(struct ctx *ctx, const struct node *node, const char *name,
	size_t *count, const int64_t **ints)
{
	const struct attr *attr;
	if (!attr_of_kind(ctx, node, name, ATTR_INTS, &attr))
		return false;
	*count = attr ? attr->count : 0;
	*ints = attr && attr->count ? attr->as.ints : NULL;
	return true;
}

/* --- operators ----------------------------------------------------------- */

bool node_is(const struct node *node, enum op_id id)
{
	return node->op && node->op->id == id;
}

bool node_does(const struct node *node, enum op_does does)
{
	return node->op && node->op->does == does;
}

/* --- inputs and outputs -------------------------------------------------- */

struct value *node_input(const struct node *node, size_t k)
{
	return k < node->input_count ? node->input[k] : NULL;
}

struct value *node_output(const struct node *node, size_t k)
{
	return k < node->output_count ? node->output[k] : NULL;
}

/* --- tensors ------------------------------------------------------------- */

double tensor_number(const struct tensor *tensor, int64_t k)
{
	return tensor->floats ? tensor->floats[k] : (double)tensor->ints[k];
}

/* --- shapes -------------------------------------------------------------- */

bool shape_known(const struct shape *shape)
{
	for (int i = 0; i < shape->rank; i++)
		if (shape->dim[i] < 0)
			return false;
	return shape->rank >= 0;
}

bool shape_elems(const struct shape *shape, int64_t *elems)
{
	if (!shape_known(shape))
		return false;
	/* A tensor without elements has none however large its other sizes. */
	int64_t product = 1;
	for (int i = 0; i < shape->rank; i++)
		if (!shape->dim[i])
			product = 0;
	for (int i = 0; i < shape->rank; i++)
		if (!mul_ok(product, shape->dim[i], &product))
			return false;
	*elems = product;
	return true;
}

void node_note_add(struct ctx *ctx, struct model *model, struct node *node,
	const char *text)
{
	/* Bodies are inferred more than once. */
	for (size_t i = 0; node->noted && i < model->note_count; i++)
		if (model->notes[i].node == node) {
			model->notes[i].text = text;
			return;
		}
	model->notes = arena_grow(&ctx->arena, model->notes, model->note_count,
		&model->note_capacity, model->note_count + 1,
		sizeof *model->notes);
	model->notes[model->note_count++] = (struct node_note){node, text};
	node->noted = true;
}

const char *node_note(
	const struct model *model, const struct node *node, size_t *from)
{
	size_t count = node->noted ? model->note_count : 0;
	for (size_t i = 0; i < count; i++) {
		size_t k = (*from + i) % count;
		if (model->notes[k].node == node) {
			*from = k + 1;
			return model->notes[k].text;
		}
	}
	return NULL;
}

struct shape shape_make(struct ctx *ctx, int rank, const int64_t *dims)
{
	struct shape shape = {.rank = rank};
	if (rank > 0)
		shape.dim = arena_memdup(
			&ctx->arena, dims, (size_t)rank * sizeof *dims);
	return shape;
}

struct shape shape_unknown(void)
{
	return (struct shape){.rank = RANK_UNKNOWN};
}

const char *shape_text(struct ctx *ctx, const struct shape *shape)
{
	enum { DIM_TEXT = 21 }; /* 'x' and the longest int64_t */
	if (shape->rank < 0)
		return "?";
	if (shape->rank == 0)
		return "[]";
	size_t room = (size_t)shape->rank * DIM_TEXT + 1;
	char *text = arena_alloc(&ctx->arena, room);
	char *at = text;
	for (int i = 0; i < shape->rank; i++) {
		if (i)
			*at++ = 'x';
		if (shape->dim[i] < 0)
			*at++ = '?';
		else
			at = digits_put(at, shape->dim[i]);
	}
	size_t used = (size_t)(at - text) + 1;
	if (room <= ARENA_LARGE_BYTES)
		arena_drop(&ctx->arena, text + used, room - used);
	return text;
}
