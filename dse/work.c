#include "dse/work.h"

static struct work_nest *nest_find(struct work *work, const struct nest *nest)
{
	for (size_t i = 0; i < work->count; i++)
		if (nest_equal(&work->nests[i].nest, nest))
			return &work->nests[i];
	return NULL;
}

void work_add(struct ctx *ctx, struct work *work, const struct network *network,
	double weight)
{
	for (size_t i = 0; i < network->count; i++) {
		const struct distinct_nest *d = &network->nests[i];
		struct work_nest *found = nest_find(work, &d->nest);
		if (!found) {
			work->nests = arena_grow(&ctx->arena, work->nests,
				work->count, &work->capacity, work->count + 1,
				sizeof *work->nests);
			found = &work->nests[work->count++];
			*found = (struct work_nest){
				.nest = d->nest, .name = d->example};
		}
		found->runs += (double)d->instances * weight;
	}
}
