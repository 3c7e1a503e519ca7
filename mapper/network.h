/* What a model has to run: its layers' nests without those that are equal, each
 * searched once. */
#ifndef MAPPER_NETWORK_H
#define MAPPER_NETWORK_H

#include "ir/layer.h"

#include <assert.h>

/* The distinct nests of a model: equal ones merged. */
struct distinct_nest {
	struct nest nest;
	/* Over the model: instances x executions, summed; of layers that are
	 * not aside, so that it may be 0. */
	int64_t instances;
	const char *example; /* name of the first layer that has it */
};

/* A form of a task: so many instances of a nest. */
struct nest_form {
	size_t nest;
	int64_t instances;
	bool reserve; /* as of a layer's nest */
};

/* What is to be run in one of its forms: nests of layers that have the same
 * forms, merged. The instances of its forms have no common factor: that is in
 * runs. */
struct task {
	size_t form_count;
	struct nest_form *forms;
	int64_t runs; /* over the model: times executions, summed */
};

struct network {
	/* Those that layers run come first, in order of first use; then those
	 * of their other forms alone, whose instances are 0. */
	size_t count, run;
	struct distinct_nest *nests;
	size_t task_count;
	struct task *tasks;
	/* [ids], by the nests' id: which of nests it equals; and of nests that
	 * layers run, which of tasks it is. */
	size_t ids, *nest_of, *task_of;
};

/* Numbers the list's nests and merges equal ones. False with a diagnostic when
 * instances leave int64_t. */
bool network_make(
	struct ctx *ctx, const struct layer_list *list, struct network *out);

/* Which distinct nest a layer's is, or a form of one. */
static inline size_t network_nest(
	const struct network *network, const struct layer_nest *ln)
{
	assert(ln->id < network->ids);
	return network->nest_of[ln->id];
}

#endif
