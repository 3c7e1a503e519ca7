/* The referee with a model: each operator by its own definition (op_eval.h),
 * which knows of no nests and no blobs. */
#include "sim/op_eval.h"
#include "sim/verify_step.h"

#include <string.h>

static struct op_elems elems_of(const struct image *image)
{
	static const enum dtype types[] = {
		[IMAGE_FLOAT] = DTYPE_FLOAT,
		[IMAGE_DOUBLE] = DTYPE_DOUBLE,
		[IMAGE_INT8] = DTYPE_INT8,
		[IMAGE_UINT8] = DTYPE_UINT8,
		[IMAGE_INT16] = DTYPE_INT16,
		[IMAGE_UINT16] = DTYPE_UINT16,
		[IMAGE_INT32] = DTYPE_INT32,
		[IMAGE_UINT32] = DTYPE_UINT32,
		[IMAGE_INT64] = DTYPE_INT64,
		[IMAGE_UINT64] = DTYPE_UINT64,
	};
	return (struct op_elems){types[image->kind], image->data};
}

/* Is the tensor a value of the model, or the quantised one that a
 * DequantizeLinear makes it from? */
static bool is_value(const struct value *value, const char *name)
{
	const struct node *node = value->producer;
	const struct value *from = node && node_does(node, OP_DOES_DEQUANTIZES)
		? node_input(node, 0)
		: NULL;
	return !strcmp(value->name, name) ||
		(from && !strcmp(from->name, name));
}

/* Is the tensor of operand o of the step's placement k the operator's, element
 * by element? One that is no value of the model has a name of its own. */
static bool is_operand(struct step_run *run, const struct op_operand *operand,
	uint32_t k, uint32_t o)
{
	int64_t elems;
	const struct nwcfg_tensor *tensor =
		&step_operand(run, run->step.placements + k, o)->tensor;
	const char *name = nwcfg_string(run->cfg, tensor->name);
	if (!shape_elems(&operand->shape, &elems) ||
		(uint64_t)elems != tensor->elems)
		return false;
	if (!(tensor->roles & NWCFG_ROLE_SCRATCH))
		return operand->value && is_value(operand->value, name);
	return !strcmp(name,
		arena_printf(&run->ctx->arena, "%s:%u:%c",
			nwcfg_string(run->cfg, run->step.name), (unsigned)k,
			"OIW"[o]));
}

/* Do all placements work on the operator's tensors? Where it has one product,
 * they make it together. */
static bool operands_fit(
	struct step_run *run, const struct op_products *products)
{
	for (uint32_t p = 0; p < run->step.placement_count; p++) {
		const struct op_product *product =
			&products->product[products->count > 1 ? p : 0];
		const struct op_operand *operand[OPERANDS] = {
			&product->out, &product->in, &product->weight};
		for (uint32_t o = 0; o < OPERANDS; o++)
			if (!is_operand(run, operand[o], p, o))
				return false;
	}
	return true;
}

/* The sums of one product, as O of the placement has them. */
static void product_run(struct step_run *run, const struct op_product *product,
	uint32_t placement)
{
	struct step_tensor *out = step_operand(run, placement, NWCFG_O);
	struct op_elems in =
		elems_of(&step_operand(run, placement, NWCFG_I)->image);
	struct op_elems weight =
		elems_of(&step_operand(run, placement, NWCFG_W)->image);
	bool whole = dtype_is_integer(in.type) && dtype_is_integer(weight.type);
	unsigned polls = 0;
	uint64_t end = product->end ? (uint64_t)product->end : out->want.elems;
	for (uint64_t i = (uint64_t)product->first; i < end; i++) {
		if (out->image.state[i] == IMAGE_SKIPPED)
			continue;
		if (search_poll(run->options->stop, &polls))
			return;
		double sum = whole
			? (double)op_sum_int(product, (int64_t)i, &in, &weight)
			: op_sum_float(product, (int64_t)i, &in, &weight).sum;
		image_put(&out->want, i, sum, false);
	}
}

bool step_model_referee(struct step_run *run, const char **note)
{
	struct op_products products;
	uint32_t count = run->step.placement_count;
	if (!run->layer->node) {
		*note = "a model specification has no operators";
		return false;
	}
	if (!op_products(run->ctx, run->layer->node, &products))
		return false;
	if (!products.count) {
		*note = products.reason ? products.reason
					: "the operator multiplies nothing";
		return false;
	}
	if (products.count > 1 && products.count != count) {
		*note = "the operator's products are not the placements";
		return false;
	}
	if (!operands_fit(run, &products)) {
		run->out->fault =
			"a placement's tensors are not those of its operator";
		return true;
	}
	for (size_t k = 0; k < products.count; k++)
		product_run(run, &products.product[k],
			run->step.placements + (uint32_t)k);
	return true;
}
