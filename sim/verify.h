/* Verifies a configuration blob: runs each layer on the reference machine with
 * random numbers, compares what comes out with the layer's referee, and the
 * machine's counters with the counts behind the estimate. docs/verify.md. */
#ifndef SIM_VERIFY_H
#define SIM_VERIFY_H

#include "ir/layer.h"
#include "mapper/search.h"
#include "sim/account.h"

struct verify_options {
	/* The model's layers: its operators are the referee. NULL: the nests
	 * that the blob carries are. */
	const struct layer_list *model;
	bool full; /* compute every output, however large the layer */
	uint64_t seed;
	int threads;
	/* Layers to verify, by number; all where layer_count is 0. */
	size_t layer_count;
	const int64_t *layers;
	const struct search_stop *stop; /* when to end early; NULL: never */
	/* Called at the start and when a layer is done, from any thread but by one at a time;
	 * NULL: not called. */
	void (*progress)(void *arg, size_t done, size_t total);
	void *progress_arg;
};

/* Layers of more MACs are sampled, unless 'full': all is moved, but only about
 * VERIFY_SAMPLE_MACS are multiplied. */
enum { VERIFY_FULL_MACS = 1 << 28, VERIFY_SAMPLE_MACS = 1 << 26 };

struct verified_layer {
	uint32_t step;             /* of the blob */
	size_t index;              /* among its layers */
	const struct layer *layer; /* of the model; NULL: there is none */
	const char *name, *op;
	uint64_t macs;    /* of the placements' nests */
	uint64_t sample;  /* 1: every output; n: about one in n */
	uint64_t outputs; /* elements that the placements make */
	uint64_t compared, different;
	bool by_model;     /* referee: the model's operator */
	const char *note;  /* why it is not, where there is a model; or NULL */
	const char *fault; /* what stopped the machine; NULL: nothing */
	const char *first; /* the first difference; NULL: none */
	bool done;         /* not ended before */
	struct account account;
};

struct verified {
	size_t count; /* verified to the end */
	size_t ended; /* layers that options.stop kept from it */
	struct verified_layer *layer; /* in the order of the steps */
	size_t wrong;                 /* layers that do not hold */
};

/* Of an open blob. False with a diagnostic: no such layer, a model that is not
 * the blob's, a layer that no computer could run. Differences are a result. */
bool verify_run(struct ctx *ctx, const char *path, const struct nwcfg *cfg,
	const struct verify_options *options, struct verified *out);

/* No fault, no difference, every count explained? */
bool verified_layer_holds(const struct verified_layer *layer);

/* For people and for programs, in the arena. details: every count of every
 * layer. */
const char *verified_text(
	struct ctx *ctx, const struct verified *verified, bool details);
const char *verified_json(struct ctx *ctx, const struct verified *verified);

#endif
