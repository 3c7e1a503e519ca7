/* When each tensor of a plan is alive, and where it lies then.
 *
 * A run is a list of steps: layers, and nodes that are left to the host, in
 * graph order. A tensor resides in one region of DRAM for some of them; tensors
 * that are alive at different times may share places. */
#ifndef SCHEDULE_SCHEDULE_H
#define SCHEDULE_SCHEDULE_H

#include "base/index.h"
#include "ir/layer.h"

struct schedule_step {
	const struct layer *layer;       /* or NULL */
	const struct unmapped *unmapped; /* or NULL */
	const struct node *node;         /* of either; NULL in a model spec */
	size_t operands;                 /* of a layer, in schedule->operands */
};

/* The blob has these bits. */
enum tensor_role {
	TENSOR_INPUT = 1,
	TENSOR_OUTPUT = 2,
	TENSOR_WEIGHT = 4, /* a constant */
	TENSOR_INTERMEDIATE = 8,
	TENSOR_SCRATCH = 16 /* an operand that is no value of the model */
};

/* A value of the model that a step uses, or scratch. */
struct schedule_tensor {
	const struct value *value; /* NULL: none of the model's */
	const char *name;
	enum dtype type;
	unsigned roles; /* set of enum tensor_role */
	struct shape shape;
	uint32_t elem_bytes; /* in DRAM; 0: not known */
	int64_t elems;       /* 0: not known */
};

/* Where a tensor is; in the order and the numbers of the blob. */
enum region { REGION_NONE, REGION_ARENA, REGION_CONSTANTS, REGION_COUNT };
struct residence {
	uint32_t tensor;
	enum region region;   /* NONE: its size is not known */
	uint32_t first, last; /* steps, both included */
	int64_t bytes, offset;
};

/* Of a nest of a layer: the tensor, and whether it is scratch. */
struct schedule_operand {
	uint32_t tensor;
	bool scratch;
};

struct schedule {
	uint32_t step_count;
	struct schedule_step *steps;
	/* In order of first use; each resides in one place. */
	uint32_t count;
	struct schedule_tensor *tensors; /* [count] */
	struct residence *residences;    /* [count] */
	/* [OPND_COUNT] of each nest, layer by layer. */
	struct schedule_operand *operands;
	int64_t alignment; /* bytes, of every offset */
	int64_t bytes[REGION_COUNT];
	int64_t least[REGION_COUNT]; /* no placement needs less */
	struct hash_index by_value;  /* of the tensors */
};

/* Of the layers as they are, every place at a multiple of alignment bytes (a
 * power of two). False with a diagnostic: sizes beyond int64_t. */
bool schedule_make(struct ctx *ctx, const struct layer_list *list,
	int64_t alignment, struct schedule *out);

/* The tensor of a value that some step uses; TENSOR_NONE: NULL, or no such. */
enum { TENSOR_NONE = UINT32_MAX };
uint32_t schedule_tensor_of(
	const struct schedule *schedule, const struct value *value);
const struct schedule_operand *schedule_operand(const struct schedule *schedule,
	uint32_t step, size_t nest, enum operand operand);

/* Bytes of an element in DRAM: types below 8 bits take one. 0: not known. */
uint32_t dram_elem_bytes(enum dtype type);

#endif
