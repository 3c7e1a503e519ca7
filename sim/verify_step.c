/* Tensors with numbers of a seed, the machine's outputs, the operator's, and
 * the account. */
#include "sim/verify_step.h"

#include "base/checked.h"
#include "sim/referee.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

/* --- tensors -------------------------------------------------------------- */

static struct nwcfg_placement placement_get(
	const struct step_run *run, uint32_t placement)
{
	struct nwcfg_placement out;
	nwcfg_load_placement(
		nwcfg_record(run->cfg, NWCFG_PLACEMENT, placement), &out);
	return out;
}

static uint32_t operand_tensor(
	const struct step_run *run, uint32_t placement, uint32_t o)
{
	struct nwcfg_descriptor descriptor;
	uint32_t index = placement_get(run, placement).descriptors + o;
	nwcfg_load_descriptor(
		nwcfg_record(run->cfg, NWCFG_DESCRIPTOR, index), &descriptor);
	return descriptor.tensor;
}

struct step_tensor *step_operand(
	struct step_run *run, uint32_t placement, uint32_t o)
{
	uint32_t index = operand_tensor(run, placement, o);
	size_t t = 0;
	while (run->tensor[t].index != index)
		t++;
	return &run->tensor[t];
}

static void tensors_collect(struct step_run *run)
{
	const struct nwcfg_step *step = &run->step;
	run->tensor = arena_array(&run->ctx->arena, step->placement_count,
		OPERANDS * sizeof *run->tensor);
	for (uint32_t p = 0; p < step->placement_count; p++)
		for (uint32_t o = 0; o < OPERANDS; o++) {
			uint32_t index =
				operand_tensor(run, step->placements + p, o);
			size_t t = 0;
			while (t < run->tensors &&
				run->tensor[t].index != index)
				t++;
			struct step_tensor *tensor = &run->tensor[t];
			if (t == run->tensors) {
				run->tensors++;
				tensor->index = index;
				nwcfg_load_tensor(nwcfg_record(run->cfg,
							  NWCFG_TENSOR, index),
					&tensor->tensor);
			}
			tensor->written |= o == NWCFG_O;
		}
}

/* --- numbers -------------------------------------------------------------- */

static uint64_t mixed(uint64_t x)
{
	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

/* The largest inputs whose sums are exact in float's 24 bits, whatever their
 * order: a * a * depth <= 2^24. Integers wrap around, and are exact anyway. */
static int64_t input_limit(const struct step_run *run)
{
	enum { LARGEST = 127 };
	int64_t limit = LARGEST;
	for (uint32_t p = 0; p < run->step.placement_count; p++) {
		uint64_t depth =
			referee_depth(run->cfg, run->step.placements + p);
		double exact = floor(sqrt(16777216.0 / (double)depth));
		if (exact < (double)limit)
			limit = exact < 1 ? 1 : (int64_t)exact;
	}
	return limit;
}

static void tensor_fill(struct image *image, int64_t limit, uint64_t seed)
{
	bool natural = image->kind == IMAGE_UINT8 ||
		image->kind == IMAGE_UINT16 || image->kind == IMAGE_UINT32 ||
		image->kind == IMAGE_UINT64;
	int64_t low = natural ? 0 : -limit;
	uint64_t values = (uint64_t)(limit - low) + 1;
	for (uint64_t i = 0; i < image->elems; i++) {
		uint64_t draw = mixed(seed + i * UINT64_C(0x9e3779b97f4a7c15));
		image_put(image, i,
			(double)(low + (int64_t)((draw >> 32) % values)),
			false);
	}
}

static void tensors_make(struct step_run *run)
{
	int64_t limit = input_limit(run);
	for (size_t t = 0; t < run->tensors; t++) {
		struct step_tensor *s = &run->tensor[t];
		const struct nwcfg_tensor *tensor = &s->tensor;
		image_init(run->ctx, &s->image, tensor->type,
			tensor->elem_bytes, tensor->elems, s->written);
		if (s->written)
			image_init(run->ctx, &s->want, tensor->type,
				tensor->elem_bytes, tensor->elems, true);
		else
			tensor_fill(&s->image, limit,
				mixed(run->options->seed ^
					mixed(s->index + 1)));
	}
}

/* --- the run -------------------------------------------------------------- */

/* What the step takes, and how much of it is computed. False where no computer
 * would come to an end, as only a forged blob asks for. */
static bool plan_sample(struct step_run *run, const struct loc *loc)
{
	const uint64_t most = UINT64_C(1) << 46;
	uint64_t turns = 0, words = 0; /* turns: MACs and their padding */
	for (uint32_t p = 0; p < run->step.placement_count; p++) {
		struct nwcfg_placement placement =
			placement_get(run, run->step.placements + p);
		struct nwcfg_program program;
		nwcfg_load_program(nwcfg_record(run->cfg, NWCFG_PROGRAM,
					   placement.program),
			&program);
		uint64_t passes = nwcfg_mul(program.spm_passes, placement.runs);
		uint64_t one = nwcfg_mul(nwcfg_mul(passes, program.rf_passes),
			nwcfg_mul(program.pes, program.work));
		uint64_t macs = placement.runs;
		turns = nwcfg_add(turns, one);
		for (int l = 0; l < 7; l++)
			macs = nwcfg_mul(macs, program.bound[l]);
		run->out->macs = nwcfg_add(run->out->macs, macs);
		for (uint32_t o = 0; o < OPERANDS; o++) {
			struct nwcfg_operand operand;
			nwcfg_load_operand(nwcfg_record(run->cfg, NWCFG_OPERAND,
						   program.operands + o),
				&operand);
			words = nwcfg_add(
				words, nwcfg_mul(passes, operand.spm_words));
		}
	}
	if (turns > most || words > most)
		return diag_error(run->ctx, loc,
			"more than 2^46 multiplications or words to move: not "
			"verified");
	run->out->sample = run->options->full || turns <= VERIFY_FULL_MACS
		? 1
		: (turns + VERIFY_SAMPLE_MACS - 1) / VERIFY_SAMPLE_MACS;
	return true;
}

static bool lives(const struct nwcfg_tensor *t, uint32_t step)
{
	return t->region == NWCFG_REGION_ARENA && t->first_step <= step &&
		step <= t->last_step;
}

/* The machine gives each tensor memory of its own. In the arena, what the step
 * writes must have bytes of its own among all that is alive then. */
static bool places_hold(struct step_run *run)
{
	uint32_t step = run->out->step;
	uint32_t count = nwcfg_count(run->cfg, NWCFG_TENSOR);
	for (size_t k = 0; k < run->tensors; k++)
		for (uint32_t t = 0; t < count; t++) {
			const struct nwcfg_tensor *a = &run->tensor[k].tensor;
			struct nwcfg_tensor b;
			nwcfg_load_tensor(
				nwcfg_record(run->cfg, NWCFG_TENSOR, t), &b);
			if (!run->tensor[k].written ||
				t == run->tensor[k].index || !lives(&b, step) ||
				a->offset >= b.offset + b.bytes ||
				b.offset >= a->offset + a->bytes)
				continue;
			run->out->fault = arena_printf(&run->ctx->arena,
				"'%s' is written over '%s', which is in use",
				diag_quote(run->ctx,
					nwcfg_string(run->cfg, a->name)),
				diag_quote(run->ctx,
					nwcfg_string(run->cfg, b.name)));
			return false;
		}
	return true;
}

static bool machine_runs(struct step_run *run)
{
	for (uint32_t p = 0; p < run->step.placement_count; p++) {
		struct machine_counts counts = {0};
		struct machine_fault fault;
		struct machine_job job = {.cfg = run->cfg,
			.stop = run->options->stop,
			.placement = run->step.placements + p,
			.sample = run->out->sample,
			.seed = run->options->seed};
		for (uint32_t o = 0; o < OPERANDS; o++)
			job.image[o] =
				&step_operand(run, job.placement, o)->image;
		if (!machine_run(run->ctx, &job, &counts, &fault)) {
			if (!*fault.text)
				return false; /* ended early */
			run->out->fault = arena_printf(&run->ctx->arena,
				"placement %u, %s", (unsigned)p, fault.text);
			return false;
		}
		account_add(
			&run->out->account, run->cfg, job.placement, &counts);
	}
	return true;
}

static bool nest_referee(struct step_run *run)
{
	for (uint32_t p = 0; p < run->step.placement_count; p++) {
		uint32_t placement = run->step.placements + p;
		struct image *image[OPERANDS];
		for (uint32_t o = 0; o < OPERANDS; o++) {
			struct step_tensor *s = step_operand(run, placement, o);
			image[o] = s->written ? &s->want : &s->image;
		}
		if (!referee_run(run->ctx, run->cfg, placement, image,
			    &step_operand(run, placement, NWCFG_O)->image,
			    run->options->stop)) {
			if (search_stopped(run->options->stop))
				return false;
			run->out->fault = arena_printf(&run->ctx->arena,
				"placement %u: the nest leaves its tensors",
				(unsigned)p);
			return false;
		}
	}
	return true;
}

/* --- comparison ----------------------------------------------------------- */

static void differs(struct step_run *run, const struct step_tensor *s,
	uint64_t at, const char *text)
{
	if (!run->out->different++)
		run->out->first = arena_printf(&run->ctx->arena,
			"element %" PRIu64 " of %s %s", at,
			diag_quote(run->ctx,
				nwcfg_string(run->cfg, s->tensor.name)),
			text);
}

static void compare_element(
	struct step_run *run, const struct step_tensor *s, uint64_t at)
{
	uint8_t got = s->image.state[at], want = s->want.state[at];
	run->out->outputs += got != IMAGE_UNFILLED;
	if (got == IMAGE_UNFILLED && want == IMAGE_UNFILLED)
		return;
	if (got == IMAGE_SKIPPED)
		return;
	if (got == IMAGE_UNFILLED) {
		/* What the placements leave alone the host clears. */
		if (image_get(&s->want, at) != 0 || !run->out->by_model ||
			!(run->step.flags & NWCFG_STEP_FLAG_CLEAR))
			differs(run, s, at, "is never written");
		return;
	}
	if (want == IMAGE_UNFILLED) {
		differs(run, s, at, "is written, but none of the layer's");
		return;
	}
	double is = image_get(&s->image, at), must = image_get(&s->want, at);
	run->out->compared++;
	if (is != must)
		differs(run, s, at,
			arena_printf(&run->ctx->arena, "is %.17g, not %.17g",
				is, must));
}

static void compare(struct step_run *run)
{
	for (size_t t = 0; t < run->tensors; t++)
		for (uint64_t i = 0; run->tensor[t].written &&
			i < run->tensor[t].image.elems;
			i++)
			compare_element(run, &run->tensor[t], i);
}

bool step_verify(struct step_run *run, const struct loc *loc)
{
	if (!run->step.placement_count) {
		run->out->done = true;
		run->out->note = "the layer multiplies nothing";
		run->out->sample = 1;
		return true;
	}
	tensors_collect(run);
	if (!plan_sample(run, loc))
		return false;
	tensors_make(run);
	if (!places_hold(run) || !machine_runs(run)) {
		run->out->done = run->out->fault != NULL;
		return true;
	}
	run->out->by_model =
		run->layer && step_model_referee(run, &run->out->note);
	if (run->out->by_model || nest_referee(run))
		if (!run->out->fault && !search_stopped(run->options->stop)) {
			compare(run);
			run->out->done = true;
		}
	run->out->done |= run->out->fault != NULL;
	return true;
}
