/* A model on its way through the stages: what lib/ works on. */
#ifndef LIB_COMPILATION_H
#define LIB_COMPILATION_H

#include "base/text.h"
#include "lib/nestwright.h"

struct compilation {
	const char *path;
	const struct compile_request *request;
	enum stage next;     /* the first that was not run */
	struct model *model; /* NULL: a model specification */
	struct layer_list layers;
	struct network network;
	struct search_result *results; /* [network.count] */
	struct plan plan;              /* name from the beginning */
	struct out_set *out;
	size_t uncounted;
	bool empty;
};

/* What is wrong with what a stage left, in the arena; NULL: nothing. */
typedef const char *stage_verifier(
	struct ctx *ctx, const struct compilation *c);
/* lib/verify.c */
stage_verifier verify_graph, verify_shapes, verify_layers, verify_nests,
	verify_mappings, verify_schedule, verify_plan;

typedef void stage_printer(struct text *text, const struct compilation *c);
/* lib/dump.c */
stage_printer dump_graph, dump_shapes, dump_layers, dump_nests, dump_plan;

struct stage_row {
	const char *name;
	bool (*run)(struct ctx *ctx, struct compilation *c);
	stage_verifier *verify; /* after it; NULL: it leaves nothing new */
	const char *shown;      /* what compile_dump calls it, or NULL */
	stage_printer *print;
};
/* Runs the rows from c->next to last, verifying. */
bool stages_run(struct ctx *ctx, const struct stage_row rows[STAGES],
	struct compilation *c, enum stage last);

/* Of STAGE_MAP, lib/misfit.c. Says of every task that has no mapping why; the
 * pruned search goes on without the layers that have one, as long as there are
 * others: it leaves out mappings that exist. */
bool misfits_settle(struct ctx *ctx, struct compilation *c,
	const struct search_options *search);

#endif
