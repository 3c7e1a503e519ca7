/* Nestwright as a library: a model through the stages of the compiler, from a
 * file to execution methods and a configuration blob.
 *
 *   compile_open    begins with a file
 *   compile_until   runs the stages up to one; what each of them leaves is
 *                   verified before the next
 *   compile_close   ends it
 *
 * Stages say what is wrong with the input as diagnostics of ctx, and return
 * false. All of a compilation is in ctx's arena; only the model's file stays
 * open until compile_close. */
#ifndef LIB_NESTWRIGHT_H
#define LIB_NESTWRIGHT_H

#include "codegen/outfile.h"
#include "passes/bind_dims.h"
#include "passes/lower.h"
#include "schedule/plan.h"

/* In this order; lib/compile.c has the table. */
enum stage {
	STAGE_IMPORT, /* file -> graph, or layers of a specification */
	STAGE_BIND,   /* what the request says of the inputs */
	STAGE_INFER,  /* shapes and constants */
	STAGE_LOWER,  /* graph -> layers of nests */
	STAGE_SELECT, /* the layers that are wanted, and may pass */
	STAGE_MERGE,  /* layers -> distinct nests, and tasks of their forms */
	STAGE_MAP,    /* nests -> mappings */
	STAGE_CHOOSE, /* a form and a mapping for every nest of a layer */
	STAGE_COUNT,  /* of what they are the best */
	STAGE_VARY,   /* the same on other machines (sensitivity) */
	STAGE_PLACE,  /* lives and places of tensors in DRAM */
	STAGE_PLAN,   /* sums */
	STAGE_WRITE,  /* plan -> files of a set */
	STAGES
};
const char *stage_name(enum stage stage);

struct compilation;

enum search_method { SEARCH_EXACT, SEARCH_BRUTE, SEARCH_PRUNED };
/* "exact", "brute", "pruned", NULL */
extern const char *const search_names[];
search_fn *search_of(enum search_method method);

/* Whoever wants to see how far the long stages are; NULL where not. */
struct compile_watch {
	/* Around STAGE_MAP and STAGE_VARY. */
	void (*begin)(void *arg, struct ctx *ctx, const struct compilation *c,
		enum stage stage);
	void (*end)(void *arg);
	/* As search_options has them. */
	void (*progress)(void *arg, size_t done, size_t total);
	void (*found)(void *arg, size_t nest, enum objective objective,
		double value, double bound);
	/* What ended the search: "the time limit". */
	const char *(*cause)(void *arg);
	void *arg;
};

/* What is asked for; zeroes where nothing is. Borrowed. */
struct compile_request {
	/* Of the model. */
	struct dim_options dims;
	bool external_links; /* may lead out of its folder */
	struct admission admission;
	/* Takes away layers that are not wanted: false with a diagnostic. NULL:
	 * all are. */
	bool (*select)(void *arg, struct ctx *ctx, const char *path,
		struct layer_list *list);
	void *select_arg;
	const char *purpose; /* what layers are needed for: " to compile" */
	/* The machine; NULL: up to STAGE_MERGE there is none, and all forms are
	 * kept. */
	const struct arch *arch;
	enum burst_rule rule;
	/* The search. */
	enum search_method search;
	enum tile_sizes tiles;
	struct limits limits;
	bool relax;    /* pruned: until there are so many mappings */
	int64_t least; /* pruned: give up on fewer */
	enum objective objective;
	bool whole; /* choose for the network's goal, not the objective */
	struct network_goal goal;
	bool pareto, sensitivity;
	int threads;
	struct search_cache *cache;     /* NULL: none */
	const struct search_stop *stop; /* NULL: to the end */
	struct compile_watch watch;
};

/* path, name (of the outputs; NULL where none are written) and request are
 * kept. */
struct compilation *compile_open(struct ctx *ctx, const char *path,
	const char *name, const struct compile_request *request);
/* Safe on NULL, and twice. */
void compile_close(struct compilation *c);
/* Where STAGE_WRITE stages its files; they are not committed. */
void compile_into(struct compilation *c, struct out_set *out);
/* Runs the stages that were not run, up to last. False with a diagnostic, or
 * with 'internal error: after STAGE: ...' where what a stage left is not what
 * all behind it rely on. */
bool compile_until(struct ctx *ctx, struct compilation *c, enum stage last);

/* What it is after the stages that make it. */
const char *compile_path(const struct compilation *c);
const struct model *compile_model(const struct compilation *c); /* or NULL */
struct layer_list *compile_layers(struct compilation *c);
const struct network *compile_network(const struct compilation *c);
const struct plan *compile_plan(const struct compilation *c);
/* Nests whose mapspaces STAGE_COUNT had no time for. */
size_t compile_uncounted(const struct compilation *c);
/* Whether STAGE_MAP failed because it was ended before it found a mapping. */
bool compile_empty(const struct compilation *c);

/* What of a compilation can be printed: "graph", "shapes", "layers", "nests",
 * "plan"; NULL at the end. */
extern const char *const dump_names[];
/* Runs the stages up to the one that leaves it, and makes a text of it. NULL
 * with a diagnostic. */
const char *compile_dump(
	struct ctx *ctx, struct compilation *c, const char *what);

#endif
