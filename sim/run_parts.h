/* Inside run_blob: a run, a layer of it, and what the kinds of layers share. */
#ifndef SIM_RUN_PARTS_H
#define SIM_RUN_PARTS_H

#include "sim/image.h"
#include "sim/op_eval.h"
#include "sim/run.h"

struct running {
	struct ctx *ctx;
	const struct run_job *job;
	const struct nwcfg *cfg;
	const struct tensor **held; /* of the blob's tensors; NULL: not yet */
};

/* A layer on its way through the machine and the host. */
struct layer_run {
	struct loc loc;
	struct nwcfg_step step;
	const struct node *node;
	struct op_products products;
	const struct tensor **inputs; /* [node->input_count] */
};

/* 'not made from MODEL: WHAT'; always false. */
bool run_mismatch(const struct running *run, const char *what);

struct nwcfg_tensor run_tensor(const struct running *run, uint32_t index);
/* The tensor of operand o of a placement. */
uint32_t run_operand(const struct running *run, uint32_t placement, uint32_t o);
/* Keeps what the node's output o is, if it has one. */
bool run_hold(struct running *run, const struct layer_run *layer, uint32_t o,
	const struct tensor *tensor);

/* Zeroed; with states, all unfilled. */
struct image run_image(const struct running *run, uint32_t index, bool states);
/* I or W of a placement, of what the step's inputs hold. */
bool run_image_take(const struct running *run, const struct layer_run *layer,
	uint32_t placement, uint32_t o, struct image *image);
/* Are the placement's tensors as large as the product's? */
bool run_operands_fit(const struct running *run,
	const struct op_product *product, uint32_t placement);

/* The kinds of layers: one product, finished by op_finish; a cell. */
bool run_sums(struct running *run, struct layer_run *layer);
bool run_cell(struct running *run, struct layer_run *layer);

#endif
