/* Any bytes as an ONNX file, down to its layers: shape inference and lowering
 * neither crash nor hang, and what fails has said why. */
#include "import/onnx_graph.h"
#include "passes/bind_dims.h"
#include "passes/infer.h"
#include "passes/lower.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void check(bool holds)
{
	if (!holds)
		abort();
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
		onnx_close(model);
	}
	ctx_release(&ctx);
	return 0;
}
