/* Any bytes as an ONNX file, down to its layers: shape inference and lowering
 * neither crash nor hang, and what fails has said why. What is a layer has a
 * definition in sim/op_eval, which reads within its operands. */
#include "import/onnx_graph.h"
#include "passes/bind_dims.h"
#include "passes/infer.h"
#include "passes/lower.h"
#include "sim/op_eval.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void check(bool holds)
{
	if (!holds)
		abort();
}

/* An operand's elements, on a heap block of their own; NULL when there are none
 * or many. */
static void *zeros(const struct shape *shape)
{
	enum { MANY = 1024 };
	int64_t elems;
	check(shape_elems(shape, &elems));
	return elems && elems <= MANY ? calloc((size_t)elems, sizeof(int64_t))
				      : NULL;
}

static void check_product(const struct op_product *product)
{
	int64_t elems;
	struct op_elems in = {DTYPE_INT64, zeros(&product->in.shape)};
	struct op_elems weight = {DTYPE_INT64, zeros(&product->weight.shape)};
	check(shape_elems(&product->out.shape, &elems));
	check(product->first >= 0 && product->end <= elems);
	elems = product->end ? product->end : elems;
	if (in.at && weight.at && elems) {
		check(op_sum_int(product, product->first, &in, &weight) == 0);
		check(op_sum_int(product, elems - 1, &in, &weight) == 0);
	}
	free((void *)in.at);
	free((void *)weight.at);
}

static void check_layers(struct ctx *ctx, const struct layer_list *layers)
{
	for (size_t l = 0; l < layers->count; l++) {
		struct op_products products;
		const struct layer *layer = &layers->layers[l];
		check(op_products(ctx, layer->node, &products));
		for (size_t k = 0; k < products.count; k++)
			check_product(&products.product[k]);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	static FILE *nowhere;
	struct ctx ctx;
	struct model *model;
	struct layer_list layers = {0};
	const struct dim_options options = {.batch_size = 2};
	if (!nowhere)
		nowhere = fopen("/dev/null", "w");
	ctx_init(&ctx, nowhere, NULL);
	/* The folder does not exist: external data is not found. */
	if (onnx_read_bytes(&ctx, "none/m.onnx", bytes, length, &model)) {
		bool ok = dims_bind(&ctx, model, &options) &&
			shapes_infer(&ctx, model) &&
			lower_model(&ctx, model, &layers);
		check(ok || ctx.errors > 0);
		check_layers(&ctx, &layers);
		onnx_close(model);
	}
	ctx_release(&ctx);
	return 0;
}
