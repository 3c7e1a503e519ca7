/* One layer: its tensors, a run, and the comparison. */
#ifndef SIM_VERIFY_STEP_H
#define SIM_VERIFY_STEP_H

#include "sim/verify.h"

/* The tensors of a layer's placements. */
struct step_tensor {
	uint32_t index; /* of the blob's TENSOR */
	struct nwcfg_tensor tensor;
	bool written;       /* O of a placement */
	struct image image; /* the machine's */
	struct image want;  /* the referee's, where written */
};

struct step_run {
	struct ctx *ctx;
	const struct nwcfg *cfg;
	struct nwcfg_step step;
	const struct verify_options *options;
	const struct layer *layer; /* of the model, or NULL */
	struct verified_layer *out;
	struct step_tensor *tensor; /* [tensors] */
	size_t tensors;
};

/* The tensor of operand o of a placement of the step. */
struct step_tensor *step_operand(
	struct step_run *run, uint32_t placement, uint32_t o);

/* Verifies a step: everything in run->ctx's arena. out has step, index, name,
 * op. False with a diagnostic at loc. */
bool step_verify(struct step_run *run, const struct loc *loc);

/* Fills in 'want' with what the model's operator makes of the inputs; elements
 * that the machine skipped stay out. False with *note: the operator has no
 * definition to compare with, or its tensors are not the blob's. */
bool step_model_referee(struct step_run *run, const char **note);

#endif
