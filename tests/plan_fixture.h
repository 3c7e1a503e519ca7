/* Plans made by hand, for the tests of what is written from them. */
#ifndef TESTS_PLAN_FIXTURE_H
#define TESTS_PLAN_FIXTURE_H

#include "base/checked.h"
#include "schedule/plan.h"
#include "tests/cmocka.h"

#include <string.h>

/* xorshift64: the same cases on every machine. */
static inline uint64_t random_next(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/* Every prime factor of every bound goes to a random level, orders are random
 * permutations. */
static inline struct mapping random_mapping(
	const struct nest *nest, uint64_t *state)
{
	struct mapping m = mapping_none;
	for (int l = 0; l < LOOP_COUNT; l++) {
		int64_t rest = nest->bound[l];
		for (int64_t p = 2; rest > 1; p++)
			for (; rest % p == 0; rest /= p)
				m.tiling.factor[random_next(state) % SEED_SLOTS]
					       [l] *= p;
	}
	for (int v = 0; v < SEED_ORDERED; v++) {
		for (int i = LOOP_COUNT - 1; i > 0; i--) {
			int k = (int)(random_next(state) % (uint64_t)(i + 1));
			uint8_t swap = m.order[v][i];
			m.order[v][i] = m.order[v][k];
			m.order[v][k] = swap;
		}
	}
	return m;
}

/* The same with tiles of any size. */
static inline struct mapping random_padded_mapping(
	const struct nest *nest, uint64_t *state)
{
	struct mapping m = random_mapping(nest, state);
	for (int l = 0; l < LOOP_COUNT; l++) {
		int64_t size = nest->bound[l];
		for (int s = 0; s < SLOT_RF; s++) {
			uint64_t tile = 1 + random_next(state) % (uint64_t)size;
			int64_t trips = ceil_div(size, (int64_t)tile);
			m.tiling.factor[s][l] = trips;
			size = ceil_div(size, trips);
		}
		m.tiling.factor[SLOT_RF][l] = size;
	}
	return m;
}

enum { FIXTURE_LAYERS = 8 };

/* A plan of single-nest layers; more is set by the test. */
struct plan_fixture {
	struct arch arch;
	struct layer layers[FIXTURE_LAYERS];
	struct layer_nest nests[FIXTURE_LAYERS];
	struct distinct_nest distinct[FIXTURE_LAYERS];
	size_t nest_of[FIXTURE_LAYERS]; /* a nest's id is its distinct nest */
	struct search_result results[FIXTURE_LAYERS];
	int64_t dims[FIXTURE_LAYERS][OPND_COUNT][NEST_DIMS];
	struct layer_list list;
	struct network network;
	struct plan plan;
};

static inline void plan_fixture_init(struct plan_fixture *f)
{
	memset(f, 0, sizeof *f);
	f->arch = arch_default();
	f->list =
		(struct layer_list){.model = "model.onnx", .layers = f->layers};
	for (size_t i = 0; i < FIXTURE_LAYERS; i++)
		f->nest_of[i] = i;
	f->network = (struct network){.nests = f->distinct,
		.ids = FIXTURE_LAYERS,
		.nest_of = f->nest_of};
	f->plan = (struct plan){.name = "model",
		.layers = &f->list,
		.network = &f->network,
		.arch = &f->arch,
		.results = f->results,
		.objective = OBJ_EDP,
		.search = "exact",
		.rule = BURST_TRUE};
}

/* The same mapping for all objectives, costed, as if proven. */
static inline struct layer *plan_fixture_add(struct plan_fixture *f,
	const char *name, const char *op, const struct nest *nest,
	const struct mapping *mapping)
{
	size_t i = f->list.count++;
	f->network.count = f->network.run = f->list.count;
	for (int o = 0; o < OPND_COUNT; o++)
		for (int d = 0; d < nest->tensor[o].dims; d++)
			f->dims[i][o][d] = nest->tensor[o].dim[d].size;
	f->nests[i] = (struct layer_nest){
		.nest = *nest, .instances = 1, .id = i};
	f->layers[i] = (struct layer){
		.index = i,
		.name = name,
		.op = op,
		.output_name = "y",
		.input_shape = {nest->tensor[OPND_I].dims, f->dims[i][OPND_I]},
		.weight_shape = {nest->tensor[OPND_W].dims, f->dims[i][OPND_W]},
		.output_shape = {nest->tensor[OPND_O].dims, f->dims[i][OPND_O]},
		.executions = 1,
		.executions_known = true,
		.macs = nest_macs(nest),
		.nest_count = 1,
		.nests = &f->nests[i]
        };
	f->list.total_macs += f->layers[i].macs;
	f->distinct[i] = (struct distinct_nest){
		.nest = *nest, .instances = 1, .example = name};
	struct search_result *r = &f->results[i];
	*r = (struct search_result){
		.feasible = true, .evaluated = -1, .relaxations = -1};
	for (int k = 0; k < OBJ_COUNT; k++) {
		struct best *b = &r->best[k];
		b->winner.mapping = *mapping;
		cost_mapping(nest, &f->arch, mapping, f->plan.rule,
			&b->winner.estimate);
		b->proof = (struct proof){.proven = true,
			.bound = objective_value(
				(enum objective)k, &b->winner.estimate),
			.pairs_evaluated = 1};
	}
	return &f->layers[i];
}

/* The plan as it is now, with its sums. */
static inline const struct plan *plan_fixture_finish(
	struct ctx *ctx, struct plan_fixture *f)
{
	assert_true(plan_finish(ctx, &f->plan));
	return &f->plan;
}

#endif
