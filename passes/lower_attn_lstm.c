/* com.microsoft AttnLSTM: an LSTM whose input has, at each step, what it
 * attended to at the one before, a Bahdanau attention over a memory. All steps'
 * inputs and the memory's keys are one product each; what hangs on the last
 * step runs once a step. */
#include "passes/lower_rules.h"

#include "base/checked.h"

enum { GATES = 4 };
/* Inputs. */
enum { IN_W = 1, IN_R, IN_QUERY = 8, IN_MEMORY, IN_V, IN_M, IN_LENS, IN_LAYER };

struct attn_lstm {
	int64_t directions, steps, batch, inputs, hidden;
	int64_t attended;     /* width of what comes back; 0: a plain LSTM */
	int64_t slots, depth; /* of the memory */
	int64_t width;        /* of keys and queries */
	const struct value *w, *r, *query, *memory, *v, *m, *layer;
	bool masked; /* the memory's lengths are given */
};

/* The shape has these sizes; of rank 'rank'. */
static bool is_shaped(const struct value *value, int rank, const int64_t *dims)
{
	bool same = value->shape.rank == rank;
	for (int d = 0; same && d < rank; d++)
		same = value->shape.dim[d] == dims[d];
	return same;
}

static bool attention_agrees(struct attn_lstm *a)
{
	if (a->memory->shape.rank != 3 || a->m->shape.rank != 3 ||
		(a->layer && a->layer->shape.rank != 3))
		return false;
	a->depth = a->memory->shape.dim[1];
	a->width = a->memory->shape.dim[2];
	a->slots = a->m->shape.dim[1];
	a->attended = a->layer ? a->layer->shape.dim[2] : a->depth;
	int64_t d = a->directions, both;
	return add_ok(a->depth, a->hidden, &both) &&
		is_shaped(a->query, 3, (int64_t[]){d, a->hidden, a->width}) &&
		is_shaped(a->memory, 3, (int64_t[]){d, a->depth, a->width}) &&
		is_shaped(a->v, 2, (int64_t[]){d, a->width}) &&
		is_shaped(a->m, 3, (int64_t[]){a->batch, a->slots, a->depth}) &&
		(!a->layer ||
			is_shaped(a->layer, 3,
				(int64_t[]){d, both, a->attended}));
}

static bool sizes_agree(const struct shape *x, struct attn_lstm *a)
{
	if (x->rank != 3 || a->r->shape.rank != 3)
		return false;
	a->steps = x->dim[0];
	a->batch = x->dim[1];
	a->inputs = x->dim[2];
	a->directions = a->r->shape.dim[0];
	a->hidden = a->r->shape.dim[2];
	if (a->query && !attention_agrees(a))
		return false;
	int64_t gates, row;
	return mul_ok(a->hidden, GATES, &gates) &&
		add_ok(a->inputs, a->attended, &row) &&
		is_shaped(a->r, 3,
			(int64_t[]){a->directions, gates, a->hidden}) &&
		is_shaped(a->w, 3, (int64_t[]){a->directions, gates, row});
}

static enum outcome values_take(struct lowering *lo, struct attn_lstm *a)
{
	const struct {
		size_t input;
		const char *role;
		const struct value **to;
	} takes[] = {
		{IN_W,      "W",                &a->w     },
		{IN_R,      "R",                &a->r     },
		{IN_QUERY,  "query layer",      &a->query },
		{IN_MEMORY, "memory layer",     &a->memory},
		{IN_V,      "attention vector", &a->v     },
		{IN_M,      "memory",           &a->m     },
		{IN_LAYER,  "attention layer",  &a->layer },
	};
	bool plain = !node_input(lo->node, IN_QUERY);
	for (size_t k = 0; k < sizeof takes / sizeof *takes; k++) {
		const struct value *value =
			node_input(lo->node, takes[k].input);
		if ((plain && takes[k].input >= IN_QUERY) ||
			(!value && takes[k].input == IN_LAYER))
			continue;
		enum outcome outcome = lower_take(lo, value, takes[k].role);
		if (outcome != OUTCOME_LAYER)
			return outcome;
		*takes[k].to = value;
	}
	a->masked = node_input(lo->node, IN_LENS);
	return OUTCOME_LAYER;
}

/* i, w NULL: made by the operator, as is every result. */
static enum outcome part_lower(struct lowering *lo, const struct value *i,
	const struct value *w, const struct product *product)
{
	enum dtype type = lower_result(lo->node)->type;
	lo->operand[OPND_O] = NULL;
	lo->operand[OPND_I] = i;
	lo->operand[OPND_W] = w;
	lo->type[OPND_O] = type;
	lo->type[OPND_I] = i ? i->type : type;
	lo->type[OPND_W] = w ? w->type : type;
	return product_lower(lo, product);
}

/* Pitches of a weight. */
struct weight {
	int64_t direction, column, sum;
};

/* Rows of every step [direction][step][batch][sum] by [direction][columns][sum]
 * of a weight, a step after the other. */
static struct product stepwise(const struct attn_lstm *a, int64_t rows,
	int64_t columns, int64_t sum, struct weight w)
{
	struct product p = {0};
	int64_t all = a->steps * rows;
	product_put(&p, a->directions, all * columns, all * sum, w.direction);
	product_put_apart(&p, a->steps, rows * columns, rows * sum, 0);
	product_put(&p, rows, columns, sum, 0);
	product_put(&p, columns, 1, 0, w.column);
	product_put(&p, sum, 0, 1, w.sum);
	return p;
}

static enum outcome gates_lower(struct lowering *lo, const struct attn_lstm *a)
{
	int64_t gates = GATES * a->hidden, row = a->inputs + a->attended;
	int64_t all = a->steps * a->batch;
	struct product p = {0};
	product_put(&p, a->directions, all * gates, 0, gates * row);
	product_put(&p, all, gates, a->inputs, 0);
	product_put(&p, gates, 1, 0, row);
	product_put(&p, a->inputs, 0, 1, 1);
	enum outcome outcome =
		part_lower(lo, node_input(lo->node, 0), a->w, &p);
	if (outcome == OUTCOME_LAYER && a->attended) {
		p = stepwise(a, a->batch, gates, a->attended,
			(struct weight){gates * row, row, 1});
		p.base[OPND_W] = a->inputs;
		outcome = part_lower(lo, NULL, a->w, &p);
	}
	if (outcome != OUTCOME_LAYER)
		return outcome;
	p = stepwise(a, a->batch, gates, a->hidden,
		(struct weight){gates * a->hidden, a->hidden, 1});
	return part_lower(lo, NULL, a->r, &p);
}

static enum outcome attention_lower(
	struct lowering *lo, const struct attn_lstm *a)
{
	int64_t rows = a->batch * a->slots, width = a->width;
	/* Keys of the whole memory. */
	struct product p = {0};
	product_put(&p, a->directions, rows * width, 0, a->depth * width);
	product_put(&p, rows, width, a->depth, 0);
	product_put(&p, width, 1, 0, 1);
	product_put(&p, a->depth, 0, 1, width);
	enum outcome outcome = part_lower(lo, a->m, a->memory, &p);
	if (outcome != OUTCOME_LAYER)
		return outcome;
	/* The query of each step, its alignment with each slot. */
	p = stepwise(a, a->batch, width, a->hidden,
		(struct weight){a->hidden * width, 1, width});
	outcome = part_lower(lo, NULL, a->query, &p);
	if (outcome != OUTCOME_LAYER)
		return outcome;
	p = stepwise(a, rows, 1, width, (struct weight){width, 0, 1});
	outcome = part_lower(lo, NULL, a->v, &p);
	if (outcome != OUTCOME_LAYER)
		return outcome;
	/* The context: slots, weighted. */
	p = (struct product){0};
	int64_t all = a->steps * a->batch;
	product_put(&p, a->directions, all * a->depth, all * a->slots, 0);
	product_put_apart(
		&p, a->steps, a->batch * a->depth, a->batch * a->slots, 0);
	product_put(&p, a->batch, a->depth, a->slots, a->slots * a->depth);
	product_put(&p, a->depth, 1, 0, 1);
	product_put(&p, a->slots, 0, 1, a->depth);
	outcome = part_lower(lo, NULL, a->masked ? NULL : a->m, &p);
	if (outcome != OUTCOME_LAYER || !a->layer)
		return outcome;
	int64_t both = a->depth + a->hidden;
	p = stepwise(a, a->batch, a->attended, both,
		(struct weight){both * a->attended, 1, a->attended});
	return part_lower(lo, NULL, a->layer, &p);
}

/* Tensors of the operator have fewer than 2^53 elements. */
static bool sizes_fit(const struct attn_lstm *a)
{
	int64_t elems, slot = 1, most = a->hidden;
	return add_ok(most, a->inputs, &most) &&
		add_ok(most, a->attended, &most) &&
		add_ok(most, a->depth, &most) && mul_ok(most, GATES, &most) &&
		(!a->attended ||
			(mul_ok(a->slots, a->width, &slot) &&
				add_ok(slot, a->slots, &slot))) &&
		mul_ok(a->directions, a->steps, &elems) &&
		mul_ok(elems, a->batch, &elems) && mul_ok(elems, most, &most) &&
		mul_ok(elems, slot, &slot) && most <= (int64_t)1 << 53 &&
		slot <= (int64_t)1 << 53;
}

enum outcome lower_attn_lstm(struct lowering *lo)
{
	struct attn_lstm a = {0};
	enum outcome outcome = lower_take_operands(lo, 0, IN_W);
	if (outcome == OUTCOME_LAYER)
		outcome = values_take(lo, &a);
	if (outcome != OUTCOME_LAYER)
		return outcome;
	if (!sizes_agree(&lo->layer.input_shape, &a))
		return lower_refuse(lo,
			"X is %s, W is %s, R is %s: they and the attention's "
			"weights do not agree",
			shape_text(lo->ctx, &lo->layer.input_shape),
			shape_text(lo->ctx, &a.w->shape),
			shape_text(lo->ctx, &a.r->shape));
	if (!sizes_fit(&a))
		return lower_refuse(lo, "more than 2^53 gates or alignments");
	outcome = gates_lower(lo, &a);
	return outcome == OUTCOME_LAYER && a.attended ? attention_lower(lo, &a)
						      : outcome;
}
