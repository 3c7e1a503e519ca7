/* Runs a configuration blob on given tensors: the accelerator's part on the
 * reference machine, the host's part (docs/config-blob.md) by sim/op_finish and
 * sim/cell. docs/run.md. */
#ifndef SIM_RUN_H
#define SIM_RUN_H

#include "codegen/nwcfg.h"
#include "ir/graph.h"

struct run_job {
	const char *path;        /* of the blob, for diagnostics */
	const struct nwcfg *cfg; /* open */
	/* The model that the blob was compiled from, with its shapes. */
	struct model *model;
	const struct tensor *const *inputs; /* [model->graph->input_count] */
};

/* The model's outputs, [model->graph->output_count], in the arena. False with a
 * diagnostic: the blob is not of this model, a step that is the host's alone or
 * needs more of it than op_finish does, a constant that cannot be read, a
 * machine that stopped. */
bool run_blob(struct ctx *ctx, const struct run_job *job,
	const struct tensor **outputs);

#endif
