/* The formula's loops over tensors in DRAM, without tiles. */
#include "sim/referee.h"

#include <string.h>

enum { OPERANDS = 3, LOOPS = 7 };
#define OUTSIDE INT64_MIN

/* An operand along its axes: elements from the tensor's start to each index, or
 * OUTSIDE where that is a zero of the padding. */
struct side {
	struct nwcfg_descriptor descriptor;
	uint32_t axes;
	struct nwcfg_axis *axis;
	struct nwcfg_extent *extent;
	uint64_t *size; /* [axes] indices that the loops reach */
	int64_t **offset;
	int64_t base;
	struct image *image;
};

struct referee {
	struct ctx *ctx;
	const struct nwcfg *cfg;
	struct nwcfg_placement placement;
	struct nwcfg_program program;
	struct nwcfg_instance *instance;
	uint64_t *trip;
	struct side side[OPERANDS];
	int outer[LOOPS], outers; /* loops that index O */
	int inner[LOOPS], inners; /* loops that are summed over */
	uint64_t at[LOOPS];
	const struct image *got;
	const struct search_stop *stop;
	unsigned polls;
};

#define LOAD(kind, SECTION, r, index, out) \
	nwcfg_load_##kind(nwcfg_record((r)->cfg, NWCFG_##SECTION, index), out)

/* Does the loop move along the axis, and how far? 0: it does not. */
static uint64_t axis_step(
	const struct nwcfg_program *program, uint32_t index, int loop)
{
	uint32_t window = index - NWCFG_INDEX_ROWS;
	if (index < NWCFG_INDEX_ROWS)
		return index == (uint32_t)loop;
	if (loop == (int)(NWCFG_LOOP_OX + window))
		return program->stride[window];
	if (loop == (int)(NWCFG_LOOP_FX + window))
		return program->dilation[window];
	return 0;
}

static uint64_t axis_index(const struct referee *r, uint32_t index)
{
	uint64_t i = 0;
	for (int l = 0; l < LOOPS; l++)
		i += r->at[l] * axis_step(&r->program, index, l);
	return i;
}

/* False where the loops reach beyond an axis. */
static bool side_load(struct referee *r, uint32_t o, struct image *image)
{
	struct arena *arena = &r->ctx->arena;
	struct side *s = &r->side[o];
	struct nwcfg_operand operand;
	LOAD(operand, OPERAND, r, r->program.operands + o, &operand);
	LOAD(descriptor, DESCRIPTOR, r, r->placement.descriptors + o,
		&s->descriptor);
	s->image = image;
	s->axes = operand.axis_count;
	s->axis = arena_array(arena, s->axes, sizeof *s->axis);
	s->extent = arena_array(arena, s->axes, sizeof *s->extent);
	s->size = arena_array(arena, s->axes, sizeof *s->size);
	s->offset = arena_array(arena, s->axes, sizeof *s->offset);
	for (uint32_t d = 0; d < s->axes; d++) {
		LOAD(axis, AXIS, r, operand.axes + d, &s->axis[d]);
		LOAD(extent, EXTENT, r, s->descriptor.extents + d,
			&s->extent[d]);
		s->size[d] = 1;
		for (int l = 0; l < LOOPS; l++)
			s->size[d] = nwcfg_add(s->size[d],
				nwcfg_mul(r->program.bound[l] - 1,
					axis_step(&r->program, s->axis[d].index,
						l)));
		if (s->size[d] > s->extent[d].size)
			return false;
		s->offset[d] = arena_array(
			arena, (size_t)s->size[d], sizeof *s->offset[d]);
	}
	return true;
}

/* Byte of index i of an axis behind the base, as docs/config-blob.md has it. */
static int64_t axis_byte(
	const struct referee *r, const struct side *s, uint32_t d, int64_t i)
{
	const struct nwcfg_extent *e = &s->extent[d];
	const struct nwcfg_descriptor *desc = &s->descriptor;
	int64_t split = (int64_t)e->split;
	if (i < (int64_t)e->low || i >= (int64_t)e->high)
		return OUTSIDE;
	if (d == desc->window_axis) {
		int64_t z = (int64_t)r->trip[desc->window_loop] *
				desc->window_stride +
			i % split * desc->window_dilation + desc->window_start;
		if (z < 0 || z >= (int64_t)desc->window_size)
			return OUTSIDE;
	}
	return split ? i / split * e->split_stride + i % split * e->stride
		     : i * e->stride;
}

/* The tables of a run, in elements. */
static bool side_run(struct referee *r, uint32_t o)
{
	struct side *s = &r->side[o];
	int64_t bytes = (int64_t)s->image->elem_bytes;
	s->base = s->descriptor.base;
	for (uint32_t k = 0; k < r->placement.instance_count; k++)
		s->base += (int64_t)r->trip[k] * r->instance[k].step[o];
	if (s->base % bytes)
		return false;
	s->base /= bytes;
	for (uint32_t d = 0; d < s->axes; d++)
		for (uint64_t i = 0; i < s->size[d]; i++) {
			int64_t byte = axis_byte(r, s, d, (int64_t)i);
			s->offset[d][i] = byte;
			if (byte == OUTSIDE)
				continue;
			if (byte % bytes)
				return false;
			s->offset[d][i] = byte / bytes;
		}
	return true;
}

/* The element that the loops' values address; OUTSIDE in the padding. */
static int64_t element(const struct referee *r, int o)
{
	const struct side *s = &r->side[o];
	int64_t at = s->base;
	for (uint32_t d = 0; d < s->axes; d++) {
		int64_t offset = s->offset[d][axis_index(r, s->axis[d].index)];
		if (offset == OUTSIDE)
			return OUTSIDE;
		at += offset;
	}
	return at;
}

static bool advance(struct referee *r, const int *loops, int count)
{
	for (int k = count; k-- > 0;) {
		if (++r->at[loops[k]] < r->program.bound[loops[k]])
			return true;
		r->at[loops[k]] = 0;
	}
	return false;
}

/* The innermost summed loop: its steps through the axis of an operand that it
 * runs along. */
struct run {
	const int64_t *offset; /* NULL: stays */
	uint64_t step;
	int64_t at; /* of what the other axes give; OUTSIDE: all zero */
};

static struct run run_of(const struct referee *r, int o, int loop)
{
	const struct side *s = &r->side[o];
	struct run run = {.at = s->base};
	for (uint32_t d = 0; d < s->axes; d++) {
		uint32_t index = s->axis[d].index;
		uint64_t i = axis_index(r, index);
		uint64_t step = axis_step(&r->program, index, loop);
		if (step) {
			run.offset = &s->offset[d][i];
			run.step = step;
		} else if (s->offset[d][i] == OUTSIDE) {
			run.at = OUTSIDE;
			return run;
		} else {
			run.at += s->offset[d][i];
		}
	}
	return run;
}

static int64_t run_element(const struct run *run, uint64_t n)
{
	if (!run->offset)
		return run->at;
	int64_t offset = run->offset[n * run->step];
	return offset == OUTSIDE ? OUTSIDE : run->at + offset;
}

/* Adds the products of the innermost loop. False: no element of its tensor. */
static bool run_sum(const struct referee *r, int loop, double *sum)
{
	const struct image *image[OPERANDS] = {r->side[NWCFG_O].image,
		r->side[NWCFG_I].image, r->side[NWCFG_W].image};
	struct run i = run_of(r, NWCFG_I, loop), w = run_of(r, NWCFG_W, loop);
	uint64_t trips = loop < 0 ? 1 : r->program.bound[loop];
	if (i.at == OUTSIDE || w.at == OUTSIDE)
		return true;
	for (uint64_t n = 0; n < trips; n++) {
		int64_t from = run_element(&i, n), by = run_element(&w, n);
		if (from == OUTSIDE || by == OUTSIDE)
			continue;
		if ((uint64_t)from >= image[NWCFG_I]->elems ||
			(uint64_t)by >= image[NWCFG_W]->elems)
			return false;
		*sum += image_get(image[NWCFG_I], (uint64_t)from) *
			image_get(image[NWCFG_W], (uint64_t)by);
	}
	return true;
}

static bool sum_of(struct referee *r, double *sum)
{
	int last = r->inners ? r->inner[r->inners - 1] : -1;
	*sum = 0;
	do {
		if (!run_sum(r, last, sum))
			return false;
	} while (advance(r, r->inner, r->inners ? r->inners - 1 : 0));
	return true;
}

static bool run_all(struct referee *r)
{
	struct image *out = r->side[NWCFG_O].image;
	do {
		double sum;
		int64_t at = element(r, NWCFG_O);
		if (search_poll(r->stop, &r->polls))
			return false;
		if (at < 0 || (uint64_t)at >= out->elems)
			return false;
		if (r->got->state[at] == IMAGE_SKIPPED) {
			out->state[at] = IMAGE_SKIPPED;
			continue;
		}
		if (!sum_of(r, &sum))
			return false;
		image_put(out, (uint64_t)at, sum, false);
	} while (advance(r, r->outer, r->outers));
	return true;
}

/* Loops by what O does over them; of the summed ones the longest is innermost.
 */
static void loops_sort(struct referee *r)
{
	for (int l = 0; l < LOOPS; l++) {
		uint64_t moves = 0;
		const struct side *o = &r->side[NWCFG_O];
		for (uint32_t d = 0; d < o->axes; d++)
			moves |= axis_step(&r->program, o->axis[d].index, l);
		if (r->program.bound[l] == 1)
			continue;
		if (moves)
			r->outer[r->outers++] = l;
		else
			r->inner[r->inners++] = l;
	}
	for (int k = 0; k + 1 < r->inners; k++)
		if (r->program.bound[r->inner[k]] >
			r->program.bound[r->inner[r->inners - 1]]) {
			int longest = r->inner[k];
			r->inner[k] = r->inner[r->inners - 1];
			r->inner[r->inners - 1] = longest;
		}
}

static bool next_trip(struct referee *r)
{
	for (uint32_t k = r->placement.instance_count; k-- > 0;) {
		if (++r->trip[k] < r->instance[k].trips)
			return true;
		r->trip[k] = 0;
	}
	return false;
}

static void records_load(struct referee *r, uint32_t placement)
{
	struct arena *arena = &r->ctx->arena;
	LOAD(placement, PLACEMENT, r, placement, &r->placement);
	LOAD(program, PROGRAM, r, r->placement.program, &r->program);
	uint32_t loops = r->placement.instance_count;
	r->instance = arena_array(arena, loops, sizeof *r->instance);
	r->trip = arena_array(arena, loops, sizeof *r->trip);
	for (uint32_t k = 0; k < loops; k++)
		LOAD(instance, INSTANCE, r, r->placement.instances + k,
			&r->instance[k]);
}

bool referee_run(struct ctx *ctx, const struct nwcfg *cfg, uint32_t placement,
	struct image *const image[3], const struct image *got,
	const struct search_stop *stop)
{
	struct referee *r = arena_alloc(&ctx->arena, sizeof *r);
	*r = (struct referee){.ctx = ctx, .cfg = cfg, .got = got, .stop = stop};
	records_load(r, placement);
	for (uint32_t o = 0; o < OPERANDS; o++)
		if (!side_load(r, o, image[o]))
			return false;
	loops_sort(r);
	do {
		for (uint32_t o = 0; o < OPERANDS; o++)
			if (!side_run(r, o))
				return false;
		if (!run_all(r))
			return false;
	} while (next_trip(r));
	return true;
}

uint64_t referee_depth(const struct nwcfg *cfg, uint32_t placement)
{
	struct referee r = {.cfg = cfg};
	struct nwcfg_operand out;
	uint64_t depth = 1;
	LOAD(placement, PLACEMENT, &r, placement, &r.placement);
	LOAD(program, PROGRAM, &r, r.placement.program, &r.program);
	LOAD(operand, OPERAND, &r, r.program.operands + NWCFG_O, &out);
	for (int l = 0; l < LOOPS; l++) {
		uint64_t moves = 0;
		for (uint32_t d = 0; d < out.axis_count; d++) {
			struct nwcfg_axis axis;
			LOAD(axis, AXIS, &r, out.axes + d, &axis);
			moves |= axis_step(&r.program, axis.index, l);
		}
		if (!moves)
			depth = nwcfg_mul(depth, r.program.bound[l]);
	}
	return depth;
}
