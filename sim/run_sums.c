/* A layer of one product: the machine's sums, finished by the host. */
#include "sim/run_parts.h"

#include "ir/element.h"
#include "sim/machine.h"
#include "sim/op_finish.h"

/* The images of a step's operands. */
struct images {
	struct image out, in, weight;
};

static bool images_make(const struct running *run,
	const struct layer_run *layer, struct images *images)
{
	uint32_t first = layer->step.placements;
	if (!run_operands_fit(run, layer->products.product, first) ||
		!run_image_take(run, layer, first, NWCFG_I, &images->in) ||
		!run_image_take(run, layer, first, NWCFG_W, &images->weight))
		return false;
	images->out = run_image(run, run_operand(run, first, NWCFG_O), true);
	if (layer->step.flags & NWCFG_STEP_FLAG_CLEAR)
		for (uint64_t i = 0; i < images->out.elems; i++)
			image_put(&images->out, i, 0, false);
	for (uint32_t p = 1; p < layer->step.placement_count; p++)
		for (uint32_t o = 0; o < OPERANDS; o++)
			if (run_operand(run, first + p, o) !=
				run_operand(run, first, o))
				return diag_error(run->ctx, &layer->loc,
					"its placements work on different "
					"tensors, which is not run here");
	return true;
}

static bool placements_run(const struct running *run,
	const struct layer_run *layer, struct images *images)
{
	for (uint32_t p = 0; p < layer->step.placement_count; p++) {
		struct machine_counts counts = {0};
		struct machine_fault fault;
		struct machine_job job = {
			.cfg = run->cfg,
			.placement = layer->step.placements + p,
			.image = {&images->out, &images->in, &images->weight},
			.sample = 1
                };
		if (!machine_run(run->ctx, &job, &counts, &fault))
			return diag_error(run->ctx, &layer->loc,
				"placement %u: the machine stopped: %s",
				(unsigned)p, fault.text);
	}
	for (uint64_t i = 0; i < images->out.elems; i++)
		if (images->out.state[i] != IMAGE_FILLED)
			return diag_error(run->ctx, &layer->loc,
				"element %llu of the result is never written",
				(unsigned long long)i);
	return true;
}

/* --- the host's part ------------------------------------------------------ */

/* What an image holds, as elements of a type. */
static struct tensor image_tensor(struct ctx *ctx, const struct image *image,
	enum dtype type, const struct shape *shape)
{
	struct tensor t = {
		.type = type, .shape = *shape, .count = (int64_t)image->elems};
	size_t count = (size_t)image->elems;
	if (dtype_is_float(type)) {
		t.floats = arena_array(&ctx->arena, count, sizeof *t.floats);
		for (size_t i = 0; i < count; i++)
			t.floats[i] = element_float(type,
				element_of_float(type, image_get(image, i)));
		return t;
	}
	t.ints = arena_array(&ctx->arena, count, sizeof *t.ints);
	for (size_t i = 0; i < count; i++)
		t.ints[i] = (int64_t)image_get(image, i);
	return t;
}

static bool layer_finish(struct running *run, const struct layer_run *layer,
	const struct image *out)
{
	struct ctx *ctx = run->ctx;
	struct tensor *result = arena_alloc(&ctx->arena, sizeof *result);
	uint32_t index = run_operand(run, layer->step.placements, NWCFG_O);
	struct tensor sums =
		image_tensor(ctx, out, (enum dtype)run_tensor(run, index).type,
			&layer->products.product->out.shape);
	if (!(layer->step.flags & NWCFG_STEP_FLAG_FINISH))
		*result = sums;
	else if (!op_finish(ctx, layer->node, layer->products.product,
			 layer->inputs, &sums, result))
		return false;
	uint32_t o = 0;
	while (!layer->node->output[o])
		o++;
	return run_hold(run, layer, o, result);
}

bool run_sums(struct running *run, struct layer_run *layer)
{
	struct images images;
	if (layer->step.flags & NWCFG_STEP_FLAG_INTERLEAVED)
		return diag_error(run->ctx, &layer->loc,
			"the host has to make its operands, which is not done "
			"here");
	return images_make(run, layer, &images) &&
		placements_run(run, layer, &images) &&
		layer_finish(run, layer, &images.out);
}
