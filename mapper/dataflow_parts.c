/* A dataflow taken apart into constraints that can be left out one at a time.
 */
#include "mapper/dataflow_parts.h"

#include "mapper/arch.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct parts {
	struct ctx *ctx;
	const struct dataflow *whole;
	struct dataflow_part *list;
	size_t count, room;
};

/* Adds what 'without' lacks, if it lacks anything. */
static void add(struct parts *p, const struct dataflow *without,
	const char *format, ...) __attribute__((format(printf, 3, 4)));
static void add(struct parts *p, const struct dataflow *without,
	const char *format, ...)
{
	char name[80];
	va_list args;
	int64_t have[DATAFLOW_VALUES], left[DATAFLOW_VALUES];
	dataflow_values(p->whole, have);
	dataflow_values(without, left);
	if (memcmp(have, left, sizeof have) == 0)
		return;
	va_start(args, format);
	vsnprintf(name, sizeof name, format, args);
	va_end(args);
	p->list = arena_grow(&p->ctx->arena, p->list, p->count, &p->room,
		p->count + 1, sizeof *p->list);
	p->list[p->count++] = (struct dataflow_part){
		.name = arena_strdup(&p->ctx->arena, name),
		.without = *without,
	};
}

static const char *factor_text(struct parts *p, int64_t factor)
{
	return factor == FACTOR_WHOLE
		? "all"
		: arena_printf(&p->ctx->arena, "%lld", (long long)factor);
}

/* Of a level and a loop. */
static void factors_add(struct parts *p, int s, int l)
{
	const char *slot = slot_name(s);
	const char *loop = loop_name((enum loop)l);
	struct dataflow d = *p->whole;
	d.slot[s].barred &= ~LOOP_BIT(l);
	add(p, &d, "dataflow.%s.loops leaving out %s", slot, loop);
	d = *p->whole;
	d.slot[s].fix[l] = 0;
	add(p, &d, "dataflow.%s.fix of %s (%s)", slot, loop,
		factor_text(p, p->whole->slot[s].fix[l]));
	d = *p->whole;
	d.slot[s].most[l] = 0;
	add(p, &d, "dataflow.%s.most of %s (%s)", slot, loop,
		factor_text(p, p->whole->slot[s].most[l]));
}

static void orders_add(struct parts *p, int s)
{
	struct dataflow d = *p->whole;
	d.ordered[s] = false;
	add(p, &d, "dataflow.%s.order", slot_name(s));
	d = *p->whole;
	d.stationary[s] = 0;
	add(p, &d, "dataflow.%s.stationary", slot_name(s));
}

static void axis_add(struct parts *p, int a)
{
	static const char *const sharing[OPND_COUNT] = {
		"reduction", "multicast.I", "multicast.W"};
	const char *axis = grid_axis_name((enum grid_axis)a);
	struct dataflow d;
	for (int l = 0; l < LOOP_COUNT; l++) {
		d = *p->whole;
		d.axis[a].barred &= ~LOOP_BIT(l);
		add(p, &d, "dataflow.%s.loops leaving out %s", axis,
			loop_name((enum loop)l));
	}
	d = *p->whole;
	d.axis[a].most_loops = 0;
	add(p, &d, "dataflow.%s.most_loops (%lld)", axis,
		(long long)p->whole->axis[a].most_loops);
	for (int o = 0; o < OPND_COUNT; o++) {
		d = *p->whole;
		d.not_shared[o] &= ~(1u << a);
		add(p, &d, "dataflow.%s leaving out %s", sharing[o], axis);
		d = *p->whole;
		d.not_distinct[o] &= ~(1u << a);
		add(p, &d, "dataflow.distinct.%s leaving out %s",
			operand_name((enum operand)o), axis);
	}
}

/* Keys with all that they say. */
static void keys_add(struct parts *p)
{
	struct dataflow d;
	for (int v = 0; v < SEED_SLOTS; v++) {
		int s = seed_slot[v];
		d = *p->whole;
		memset(&d.slot[s], 0, sizeof d.slot[s]);
		d.ordered[s] = false;
		d.stationary[s] = 0;
		add(p, &d, "dataflow.%s", slot_name(s));
	}
	for (int a = 0; a < GRID_AXES; a++) {
		d = *p->whole;
		memset(&d.axis[a], 0, sizeof d.axis[a]);
		add(p, &d, "dataflow.%s", grid_axis_name((enum grid_axis)a));
	}
	d = *p->whole;
	d.grid = false;
	add(p, &d, "the grid of dataflow");
	d = (struct dataflow){0};
	add(p, &d, "dataflow");
}

size_t dataflow_parts(struct ctx *ctx, const struct dataflow *dataflow,
	struct dataflow_part **out, size_t *single)
{
	struct parts p = {.ctx = ctx, .whole = dataflow};
	for (int v = SEED_SLOTS - 1; v >= 0; v--)
		for (int l = 0; l < LOOP_COUNT; l++)
			factors_add(&p, seed_slot[v], l);
	for (int v = 0; v < SEED_ORDERED; v++)
		orders_add(&p, seed_slot[v]);
	for (int a = 0; a < GRID_AXES; a++)
		axis_add(&p, a);
	*single = p.count;
	keys_add(&p);
	*out = p.list;
	return p.count;
}

const char *dataflow_obstacle(struct ctx *ctx, const struct arch *arch,
	const struct nest *nest, const struct mapping *mapping)
{
	struct dataflow_part *parts;
	size_t single, i = 0;
	size_t count = dataflow_parts(ctx, &arch->dataflow, &parts, &single);
	struct arch other = *arch;
	for (; i < count; i++) {
		other.dataflow = parts[i].without;
		if (mapping_fits_dataflow(&other, nest, mapping))
			break;
	}
	return i < count ? parts[i].name : "dataflow";
}
