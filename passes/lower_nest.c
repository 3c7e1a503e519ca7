/* Building the nests of a layer; shared by all rules. */
#include "passes/lower_rules.h"

#include "base/checked.h"

#include <string.h>

void layer_nest_init(const struct lowering *lo, struct layer_nest *ln)
{
	*ln = (struct layer_nest){.instances = 1, .depth = {.loop = -1}};
	for (int l = 0; l < LOOP_COUNT; l++)
		ln->nest.bound[l] = 1;
	for (int a = 0; a < AXIS_COUNT; a++)
		ln->nest.stride[a] = ln->nest.dilation[a] = 1;
	for (int o = 0; o < OPND_COUNT; o++) {
		ln->nest.tensor[o].type = lo->type[o];
		ln->place[o].value = lo->operand[o];
	}
}

struct layer_nest *lower_add_nest(struct lowering *lo)
{
	struct layer *layer = &lo->layer;
	layer->nests = arena_grow(&lo->ctx->arena, layer->nests,
		layer->nest_count, &lo->nest_capacity, layer->nest_count + 1,
		sizeof *layer->nests);
	struct layer_nest *ln = &layer->nests[layer->nest_count++];
	layer_nest_init(lo, ln);
	return ln;
}

void nest_put_dim(struct layer_nest *ln, enum operand operand, enum index index,
	int64_t size, int64_t pitch, int64_t place)
{
	struct nest_tensor *t = &ln->nest.tensor[operand];
	assert(t->dims < NEST_DIMS);
	ln->place[operand].pitch[t->dims] = place;
	t->dim[t->dims++] =
		(struct nest_dim){.index = index, .size = size, .pitch = pitch};
}

void nest_put_joined(struct layer_nest *ln, enum operand operand,
	enum index index, struct two size, struct two pitch, struct two place)
{
	int64_t total = size.outer * size.inner;
	if (size.inner == 1) {
		nest_put_dim(
			ln, operand, index, total, pitch.outer, place.outer);
		return;
	}
	nest_put_dim(ln, operand, index, total, pitch.inner, place.inner);
	if (size.outer == 1 ||
		(pitch.outer == size.inner * pitch.inner &&
			place.outer == size.inner * place.inner))
		return;
	struct nest_tensor *t = &ln->nest.tensor[operand];
	t->dim[t->dims - 1].split = size.inner;
	t->dim[t->dims - 1].split_pitch = pitch.outer;
	ln->place[operand].split_pitch[t->dims - 1] = place.outer;
}

const char *layer_nest_put_instances(struct lowering *lo, struct layer_nest *ln,
	int64_t trips, int64_t o, int64_t i, int64_t w)
{
	if (trips == 1)
		return NULL;
	if (ln->instance_loops == INSTANCE_LOOPS)
		return arena_printf(&lo->ctx->arena,
			"more than %d separate batch dimensions",
			INSTANCE_LOOPS);
	if (!mul_ok(ln->instances, trips, &ln->instances))
		return "a product runs more than 2^63 times";
	ln->instance_loop[ln->instance_loops++] = (struct instance_loop){
		.trips = trips, .pitch = {o, i, w}
        };
	return NULL;
}

bool nest_put_instances(struct lowering *lo, struct layer_nest *ln,
	int64_t trips, int64_t o, int64_t i, int64_t w)
{
	const char *fault = layer_nest_put_instances(lo, ln, trips, o, i, w);
	return !fault || diag_error(lo->ctx, &lo->loc, "%s", fault);
}

const char *layer_nest_close(struct lowering *lo, struct layer_nest *ln)
{
	for (int o = 0; o < OPND_COUNT; o++) {
		struct nest_tensor *t = &ln->nest.tensor[o];
		int64_t inner = 1;
		for (int d = t->dims - 1; d >= 0; d--) {
			if (t->dim[d].size == 1)
				t->dim[d].pitch = inner;
			inner *= t->dim[d].size;
		}
	}
	nest_finish(&ln->nest);
	return nest_fault(lo->ctx, &ln->nest);
}

bool lower_close_nest(struct lowering *lo, struct layer_nest *ln)
{
	const char *fault = layer_nest_close(lo, ln);
	return !fault || diag_error(lo->ctx, &lo->loc, "%s", fault);
}

static bool macs_product(const int64_t *sizes, int count, int64_t *macs)
{
	*macs = 1;
	for (int i = 0; i < count; i++)
		if (!mul_ok(*macs, sizes[i], macs))
			return false;
	return true;
}

bool lower_add_macs(struct lowering *lo, const int64_t *sizes, int count)
{
	int64_t macs;
	if (macs_product(sizes, count, &macs) &&
		add_ok(lo->layer.macs, macs, &lo->layer.macs))
		return true;
	return diag_error(lo->ctx, &lo->loc, "more than 2^63 multiplications");
}

bool lower_tell_macs(struct lowering *lo, const int64_t *sizes, int count)
{
	return macs_product(sizes, count, &lo->host_macs) ||
		diag_error(lo->ctx, &lo->loc, "more than 2^63 multiplications");
}
