/* Whether loops can be placed on the axes of the grid, and what else a
 * dataflow allows. */
#include "mapper/dataflow.h"

#include "mapper/arch.h"

#include <assert.h>
#include <string.h>

const char *grid_axis_name(enum grid_axis axis)
{
	static const char *const names[] = {
		[GRID_ROWS] = "rows",
		[GRID_COLUMNS] = "columns",
	};
	static_assert(sizeof names / sizeof *names == GRID_AXES, "one each");
	assert(axis < GRID_AXES);
	return names[axis];
}

void dataflow_values(const struct dataflow *d, int64_t out[DATAFLOW_VALUES])
{
	int at = 0;
	for (int v = 0; v < SEED_SLOTS; v++) {
		int s = seed_slot[v];
		out[at++] = d->slot[s].barred;
		for (int l = 0; l < LOOP_COUNT; l++) {
			out[at++] = d->slot[s].fix[l];
			out[at++] = d->slot[s].most[l];
		}
	}
	for (int v = 0; v < SEED_ORDERED; v++) {
		int s = seed_slot[v];
		out[at++] = d->ordered[s];
		out[at++] = d->stationary[s];
		for (int l = 0; l < LOOP_COUNT; l++)
			out[at++] = d->ordered[s] ? d->order[s][l] : 0;
	}
	out[at++] = d->grid;
	for (int a = 0; a < GRID_AXES; a++) {
		out[at++] = d->axis[a].barred;
		out[at++] = d->axis[a].most_loops;
	}
	for (int o = 0; o < OPND_COUNT; o++) {
		out[at++] = d->not_shared[o];
		out[at++] = d->not_distinct[o];
	}
	assert(at == DATAFLOW_VALUES);
}

bool dataflow_any(const struct dataflow *dataflow)
{
	int64_t value[DATAFLOW_VALUES];
	dataflow_values(dataflow, value);
	for (int i = 0; i < DATAFLOW_VALUES; i++)
		if (value[i])
			return true;
	return false;
}

/* --- the grid ------------------------------------------------------------- */

/* An assignment of loops to axes under way. */
struct placing {
	const struct arch *arch;
	const struct nest *nest;
	const int64_t *factor;
	int64_t room[GRID_AXES]; /* PEs left on the axis */
	int64_t loops[GRID_AXES];
	enum grid_axis *axis;
};

static bool axis_takes(
	const struct arch *arch, const struct nest *nest, int axis, int loop)
{
	const struct dataflow *d = &arch->dataflow;
	for (int o = 0; o < OPND_COUNT; o++) {
		bool indexes = nest->indexes[o] & LOOP_BIT(loop);
		if ((indexes ? d->not_distinct : d->not_shared)[o] & 1u << axis)
			return false;
	}
	return !(d->axis[axis].barred & LOOP_BIT(loop));
}

/* Places the loops from one on: seven choices of two at most. */
static bool loops_place(struct placing *p, int loop)
{
	while (loop < LOOP_COUNT && p->factor[loop] == 1)
		p->axis[loop++] = GRID_ROWS;
	if (loop == LOOP_COUNT)
		return true;
	for (int a = 0; a < GRID_AXES; a++) {
		int64_t room = p->room[a];
		int64_t most = p->arch->dataflow.axis[a].most_loops;
		if (p->factor[loop] > room || (most && p->loops[a] == most) ||
			!axis_takes(p->arch, p->nest, a, loop))
			continue;
		p->axis[loop] = (enum grid_axis)a;
		p->room[a] /= p->factor[loop];
		p->loops[a]++;
		if (loops_place(p, loop + 1))
			return true;
		p->room[a] = room;
		p->loops[a]--;
	}
	return false;
}

bool dataflow_place(const struct arch *arch, const struct nest *nest,
	const int64_t spatial[LOOP_COUNT], enum grid_axis axis[LOOP_COUNT])
{
	struct placing p = {
		.arch = arch,
		.nest = nest,
		.factor = spatial,
		.room = {[GRID_ROWS] = arch->pe_rows,
			 [GRID_COLUMNS] = arch->pes / arch->pe_rows},
		.axis = axis,
	};
	return loops_place(&p, 0);
}

/* --- slots ---------------------------------------------------------------- */

bool dataflow_asks(const struct dataflow *d, int slot)
{
	for (int l = 0; l < LOOP_COUNT; l++)
		if (d->slot[slot].most[l])
			return true;
	return slot == SLOT_SPATIAL && d->grid;
}

/* larger: these factors, or larger ones. */
static bool factors_allowed(const struct arch *arch, const struct nest *nest,
	int slot, const int64_t factor[LOOP_COUNT], bool larger)
{
	const struct dataflow *d = &arch->dataflow;
	for (int l = 0; l < LOOP_COUNT; l++) {
		int64_t fix = d->slot[slot].fix[l];
		int64_t most = d->slot[slot].most[l];
		fix = fix == FACTOR_WHOLE ? nest->bound[l] : fix;
		if (fix && (factor[l] > fix || (factor[l] < fix && !larger)))
			return false;
		if ((most && factor[l] > most) ||
			(d->slot[slot].barred & LOOP_BIT(l) && factor[l] > 1))
			return false;
	}
	enum grid_axis axis[LOOP_COUNT];
	return slot != SLOT_SPATIAL || !d->grid ||
		dataflow_place(arch, nest, factor, axis);
}

bool dataflow_spatial_open(const struct arch *arch, const struct nest *nest,
	const int64_t factor[LOOP_COUNT])
{
	return factors_allowed(arch, nest, SLOT_SPATIAL, factor, true);
}

bool dataflow_allows(const struct arch *arch, const struct nest *nest, int slot,
	const int64_t factor[LOOP_COUNT])
{
	return factors_allowed(arch, nest, slot, factor, false);
}

bool dataflow_reuses(const struct arch *arch, const struct nest *nest,
	const struct tiling *tiling, int slot, const struct reuse *reuse)
{
	unsigned operand = arch->dataflow.stationary[slot];
	if (!operand)
		return true;
	int64_t trips = 1;
	for (int l = 0; l < LOOP_COUNT; l++)
		if (!(nest->indexes[operand - 1] & LOOP_BIT(l)))
			trips *= tiling->factor[slot][l];
	return reuse->factor[operand - 1] >= trips;
}

bool tiling_fits_dataflow(const struct arch *arch, const struct nest *nest,
	const struct tiling *tiling)
{
	for (int s = 0; s < SLOTS_MAX; s++)
		if (!dataflow_allows(arch, nest, s, tiling->factor[s]))
			return false;
	return true;
}

bool mapping_fits_dataflow(const struct arch *arch, const struct nest *nest,
	const struct mapping *mapping)
{
	const struct dataflow *d = &arch->dataflow;
	for (int s = 0; s < SLOTS_MAX; s++) {
		if (!d->ordered[s] && !d->stationary[s])
			continue;
		const uint8_t *order = mapping->order[s];
		struct reuse reuse =
			reuse_of_order(nest, &mapping->tiling, s, order);
		if ((d->ordered[s] &&
			    memcmp(order, d->order[s], sizeof d->order[s]) !=
				    0) ||
			!dataflow_reuses(
				arch, nest, &mapping->tiling, s, &reuse))
			return false;
	}
	return tiling_fits_dataflow(arch, nest, &mapping->tiling);
}
