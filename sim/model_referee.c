/* The referee with a model: each operator by its own definition (op_eval.h),
 * which knows of no nests and no blobs. */
#include "sim/op_eval.h"
#include "sim/verify_step.h"

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

/* Is the tensor the operand, element by element? */
static bool is_operand(
	const struct op_operand *operand, const struct step_tensor *s)
{
	int64_t elems;
	return shape_elems(&operand->shape, &elems) &&
		(uint64_t)elems == s->tensor.elems;
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
	for (uint64_t i = 0; i < out->want.elems; i++) {
		if (out->image.state[i] == IMAGE_SKIPPED)
			continue;
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
	for (size_t k = 0; k < products.count; k++) {
		const struct op_product *product = &products.product[k];
		uint32_t placement = run->step.placements + (uint32_t)k;
		if (!is_operand(&product->out,
			    step_operand(run, placement, NWCFG_O)) ||
			!is_operand(&product->in,
				step_operand(run, placement, NWCFG_I)) ||
			!is_operand(&product->weight,
				step_operand(run, placement, NWCFG_W))) {
			*note = "the operator's tensors are not the blob's";
			return false;
		}
		product_run(run, product, placement);
	}
	return true;
}
