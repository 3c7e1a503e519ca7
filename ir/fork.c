/* Forks are settled on one branch each; layers of the other stand aside. */
#include "ir/fork.h"

#include "base/checked.h"

#include <string.h>

const char *fork_branch_name(bool then)
{
	return then ? "then_branch" : "else_branch";
}

/* Forks that layers stand in, in their order; the others go. */
static void forks_compact(struct ctx *ctx, struct layer_list *list)
{
	bool *used = arena_array(&ctx->arena, list->fork_count, sizeof *used);
	int *place = arena_array(&ctx->arena, list->fork_count, sizeof *place);
	size_t count = 0;
	for (size_t i = 0; i < list->count; i++)
		for (const struct fork_side *s = &list->layers[i].side; s->fork;
			s = &list->forks[s->fork - 1].side)
			used[s->fork - 1] = true;
	/* A node without layers around it stands where the next fork does. */
	for (size_t i = 0; i < list->unmapped_count; i++) {
		struct fork_side *s = &list->unmapped[i].side;
		while (s->fork && !used[s->fork - 1])
			*s = list->forks[s->fork - 1].side;
	}
	for (size_t k = 0; k < list->fork_count; k++) {
		if (!used[k])
			continue;
		list->forks[count] = list->forks[k];
		place[k] = (int)++count;
	}
	list->fork_count = count;
	for (size_t k = 0; k < count; k++)
		if (list->forks[k].side.fork)
			list->forks[k].side.fork =
				place[list->forks[k].side.fork - 1];
	for (size_t i = 0; i < list->count; i++)
		if (list->layers[i].side.fork)
			list->layers[i].side.fork =
				place[list->layers[i].side.fork - 1];
	for (size_t i = 0; i < list->unmapped_count; i++)
		if (list->unmapped[i].side.fork)
			list->unmapped[i].side.fork =
				place[list->unmapped[i].side.fork - 1];
}

static bool macs_add(const struct layer_list *list,
	const struct fork_side *side, int64_t macs)
{
	int64_t *sum = &list->forks[side->fork - 1].macs[side->then];
	return add_ok(*sum, macs, sum);
}

static bool is_aside(
	const struct layer_list *list, const struct fork_side *side)
{
	for (; side->fork; side = &list->forks[side->fork - 1].side)
		if (list->forks[side->fork - 1].then != side->then)
			return true;
	return false;
}

bool forks_settle(struct ctx *ctx, struct layer_list *list)
{
	if (list->fork_count)
		forks_compact(ctx, list);
	for (size_t k = 0; k < list->fork_count; k++)
		list->forks[k].macs[0] = list->forks[k].macs[1] = 0;
	for (size_t i = 0; i < list->count; i++) {
		const struct layer *layer = &list->layers[i];
		int64_t macs;
		if (layer->side.fork &&
			(!mul_ok(layer->macs, layer->executions, &macs) ||
				!macs_add(list, &layer->side, macs)))
			return false;
	}
	/* Inner ones come after those around them. */
	for (size_t k = list->fork_count; k-- > 0;) {
		struct fork *fork = &list->forks[k];
		fork->then = fork->macs[1] >= fork->macs[0];
		if (fork->side.fork &&
			!macs_add(list, &fork->side, fork->macs[fork->then]))
			return false;
	}
	for (size_t i = 0; i < list->count; i++)
		list->layers[i].aside = is_aside(list, &list->layers[i].side);
	for (size_t i = 0; i < list->unmapped_count; i++)
		list->unmapped[i].aside =
			is_aside(list, &list->unmapped[i].side);
	return true;
}

bool fork_other_has(
	const struct layer_list *list, size_t k, const struct layer *layer)
{
	const struct fork_side *side = &layer->side;
	for (; side->fork && (size_t)side->fork - 1 > k;
		side = &list->forks[side->fork - 1].side)
		if (list->forks[side->fork - 1].then != side->then)
			return false;
	return side->fork && (size_t)side->fork - 1 == k &&
		list->forks[k].then != side->then;
}

/* *sum += macs x executions */
static bool runs_add(const struct layer *layer, int64_t macs, int64_t *sum)
{
	return mul_ok(macs, layer->executions, &macs) &&
		add_ok(*sum, macs, sum);
}

bool forks_sum(struct layer_list *list)
{
	list->total_macs = list->padding_macs = 0;
	for (size_t i = 0; i < list->count; i++) {
		const struct layer *layer = &list->layers[i];
		if (!layer->aside &&
			(!runs_add(layer, layer->macs, &list->total_macs) ||
				!runs_add(layer, layer->padding_macs,
					&list->padding_macs)))
			return false;
	}
	return true;
}
