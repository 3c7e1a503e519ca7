/* Every rule as it is said, none made to be asked often. */
#include "oracle/literal_space.h"

#include "oracle/literal_cost.h"

#include <string.h>

enum { ALL_LOOPS = (1 << LOOP_COUNT) - 1 };

int64_t literal_trips(int64_t outer, int64_t inner)
{
	return outer / inner + (outer % inner != 0);
}

int64_t literal_product(const int64_t factor[LOOP_COUNT])
{
	int64_t product = 1;
	for (int l = 0; l < LOOP_COUNT; l++)
		product *= factor[l];
	return product;
}

/* --- 10: memories and PEs ------------------------------------------------- */

bool literal_fits_rf(const struct nest *nest, const struct arch *arch,
	const struct limits *limits, const int64_t rf[LOOP_COUNT])
{
	double bits = 0, elems = 0;
	double room = (double)arch->rf_bytes / (double)arch->elem_bytes;
	for (int o = 0; o < OPND_COUNT; o++) {
		double words =
			(double)nest_footprint(nest, (enum operand)o, rf);
		bits += words * (double)literal_bits(arch, o);
		elems += words * literal_word(arch, o);
	}
	return bits <= 8 * (double)arch->rf_bytes &&
		elems / room >= limits->min_rf_use;
}

int64_t literal_bytes(const struct arch *arch, int operand, int64_t words)
{
	return literal_trips(words * literal_bits(arch, operand), 8);
}

/* Whether tiles of so many bytes have their banks, of their operand's own or of
 * all. */
static bool has_banks(const struct arch *arch, const int64_t bytes[OPND_COUNT],
	int64_t *banks)
{
	bool own = true;
	*banks = 0;
	for (int o = 0; o < OPND_COUNT; o++) {
		int64_t needs = literal_trips(bytes[o], arch->bank_bytes);
		*banks += needs;
		if (arch->operand_banks[o] && needs > arch->operand_banks[o])
			own = false;
	}
	return own && *banks <= arch->spm_banks;
}

bool literal_fits_spm(const struct nest *nest, const struct arch *arch,
	const struct limits *limits, const int64_t tile[LOOP_COUNT])
{
	int64_t bytes[OPND_COUNT], banks;
	double all = 0;
	double room = (double)arch->spm_banks * (double)arch->bank_bytes;
	for (int o = 0; o < OPND_COUNT; o++) {
		int64_t words = nest_footprint(nest, (enum operand)o, tile);
		bytes[o] = literal_bytes(arch, o, words);
		all += (double)bytes[o];
	}
	return has_banks(arch, bytes, &banks) && all <= room &&
		all / room >= limits->min_spm_use;
}

bool literal_fits_pes(const struct arch *arch, const struct limits *limits,
	const int64_t spatial[LOOP_COUNT])
{
	int64_t pes = literal_product(spatial);
	return pes <= arch->pes &&
		(double)pes / (double)arch->pes >= limits->min_pe_use;
}

struct misfit literal_misfit(const struct arch *arch)
{
	int64_t bits = 0, bytes[OPND_COUNT], all = 0, banks;
	for (int o = 0; o < OPND_COUNT; o++) {
		bits += literal_bits(arch, o);
		bytes[o] = literal_bytes(arch, o, 1);
		all += bytes[o];
	}
	if (bits > 8 * arch->rf_bytes)
		return (struct misfit){.memory = "register file",
			.needs_bytes = literal_trips(bits, 8),
			.has_bytes = arch->rf_bytes};
	if (!has_banks(arch, bytes, &banks))
		return (struct misfit){.memory = "scratchpad",
			.needs_bytes = all,
			.has_bytes = arch->spm_banks * arch->bank_bytes,
			.needs_banks = banks,
			.has_banks = arch->spm_banks};
	return (struct misfit){0};
}

/* --- limits and dataflow -------------------------------------------------- */

unsigned literal_barred(const struct nest *nest, const struct arch *arch,
	const struct limits *limits, int slot)
{
	unsigned barred = arch->dataflow.slot[slot].barred;
	if (slot == SLOT_SPATIAL && limits->no_spatial_reduction)
		barred |= ~nest->indexes[OPND_O];
	if (slot == SLOT_DRAM && limits->no_feature_dram)
		barred |= LOOP_BIT(LOOP_FX) | LOOP_BIT(LOOP_FY);
	return barred;
}

/* Whether an axis of the grid may have the loop. */
static bool axis_takes(
	const struct nest *nest, const struct dataflow *d, int axis, int loop)
{
	if (d->axis[axis].barred & LOOP_BIT(loop))
		return false;
	for (int o = 0; o < OPND_COUNT; o++) {
		bool distinct = nest->indexes[o] & LOOP_BIT(loop);
		if (distinct && d->not_distinct[o] & 1u << axis)
			return false;
		if (!distinct && d->not_shared[o] & 1u << axis)
			return false;
	}
	return true;
}

/* Whether the loops of a set go along the rows, the others along the columns.
 */
static bool grid_has(const struct nest *nest, const struct arch *arch,
	const int64_t factor[LOOP_COUNT], unsigned rows)
{
	const struct dataflow *d = &arch->dataflow;
	int64_t loops[GRID_AXES] = {0}, pes[GRID_AXES] = {1, 1};
	const int64_t room[GRID_AXES] = {
		[GRID_ROWS] = arch->pe_rows,
		[GRID_COLUMNS] = arch->pes / arch->pe_rows,
	};
	for (int l = 0; l < LOOP_COUNT; l++) {
		int a = rows & LOOP_BIT(l) ? GRID_ROWS : GRID_COLUMNS;
		if (factor[l] == 1)
			continue;
		if (factor[l] > room[a] || !axis_takes(nest, d, a, l))
			return false;
		pes[a] *= factor[l];
		loops[a]++;
		if (pes[a] > room[a] ||
			(d->axis[a].most_loops &&
				loops[a] > d->axis[a].most_loops))
			return false;
	}
	return true;
}

/* larger: these factors of SPATIAL, or larger ones. */
static bool dataflow_has(const struct nest *nest, const struct arch *arch,
	int slot, const int64_t factor[LOOP_COUNT], bool larger)
{
	const struct dataflow *d = &arch->dataflow;
	for (int l = 0; l < LOOP_COUNT; l++) {
		int64_t fix = d->slot[slot].fix[l];
		if (fix == FACTOR_WHOLE)
			fix = nest->bound[l];
		if (fix && (larger ? factor[l] > fix : factor[l] != fix))
			return false;
		if (d->slot[slot].most[l] && factor[l] > d->slot[slot].most[l])
			return false;
		if (d->slot[slot].barred & LOOP_BIT(l) && factor[l] > 1)
			return false;
	}
	if (slot != SLOT_SPATIAL || !d->grid)
		return true;
	double pes = 1;
	unsigned live = 0; /* loops that have a place */
	for (int l = 0; l < LOOP_COUNT; l++)
		if (factor[l] > 1) {
			pes *= (double)factor[l];
			live |= LOOP_BIT(l);
		}
	if (pes > (double)arch->pes)
		return false;
	/* All subsets of them, from none to all. */
	unsigned rows = 0;
	do {
		if (grid_has(nest, arch, factor, rows))
			return true;
		rows = (rows - live) & live;
	} while (rows);
	return false;
}

bool literal_spatial_open(const struct nest *nest, const struct arch *arch,
	const int64_t factor[LOOP_COUNT])
{
	return dataflow_has(nest, arch, SLOT_SPATIAL, factor, true);
}

bool literal_allows(const struct nest *nest, const struct arch *arch,
	const struct limits *limits, int slot, const int64_t factor[LOOP_COUNT])
{
	unsigned barred = literal_barred(nest, arch, limits, slot);
	for (int l = 0; l < LOOP_COUNT; l++) {
		int64_t named = limits->factor[slot][l];
		if (named == FACTOR_WHOLE)
			named = nest->bound[l];
		if ((named && factor[l] != named) ||
			(barred & LOOP_BIT(l) && factor[l] > 1))
			return false;
	}
	return dataflow_has(nest, arch, slot, factor, false);
}

bool literal_fits(const struct nest *nest, const struct arch *arch,
	const struct limits *limits, const struct tiling *tiling)
{
	int64_t tile[LOOP_COUNT];
	for (int v = 0; v < SEED_SLOTS; v++)
		if (!literal_allows(nest, arch, limits, v, tiling->factor[v]))
			return false;
	for (int l = 0; l < LOOP_COUNT; l++)
		tile[l] = literal_trips(
			nest->bound[l], tiling->factor[SLOT_DRAM][l]);
	return literal_fits_rf(nest, arch, limits, tiling->factor[SLOT_RF]) &&
		literal_fits_pes(arch, limits, tiling->factor[SLOT_SPATIAL]) &&
		literal_fits_spm(nest, arch, limits, tile);
}

/* --- 4: orders ------------------------------------------------------------ */

const uint8_t *literal_order(
	const struct arch *arch, const struct limits *limits, int slot)
{
	if (limits->ordered[slot])
		return limits->order[slot];
	return arch->dataflow.ordered[slot] ? arch->dataflow.order[slot] : NULL;
}

/* The user wants one, the machine has another. */
static bool orders_contradict(
	const struct arch *arch, const struct limits *limits)
{
	const struct dataflow *d = &arch->dataflow;
	for (int v = 0; v < SEED_ORDERED; v++)
		for (int l = 0; l < LOOP_COUNT; l++)
			if (limits->ordered[v] && d->ordered[v] &&
				limits->order[v][l] != d->order[v][l])
				return true;
	return false;
}

struct reuse literal_reuse(const struct nest *nest,
	const int64_t factor[LOOP_COUNT], const uint8_t order[LOOP_COUNT])
{
	struct reuse reuse = {
		{1, 1, 1}
        };
	for (int o = 0; o < OPND_COUNT; o++)
		for (int i = LOOP_COUNT; i-- > 0;) {
			int loop = order[i];
			bool indexes = nest->indexes[o] & LOOP_BIT(loop);
			if (indexes && factor[loop] > 1)
				break;
			reuse.factor[o] *= factor[loop];
		}
	return reuse;
}

/* Whether the machine lets a level reuse that: what it keeps in place stays
 * over all loops that do not move it. */
static bool keeps_in_place(const struct nest *nest, const struct arch *arch,
	int slot, const int64_t factor[LOOP_COUNT], const struct reuse *reuse)
{
	unsigned operand = arch->dataflow.stationary[slot];
	int64_t trips = 1;
	if (!operand)
		return true;
	for (int l = 0; l < LOOP_COUNT; l++)
		if (!(nest->indexes[operand - 1] & LOOP_BIT(l)))
			trips *= factor[l];
	return reuse->factor[operand - 1] >= trips;
}

/* Orders, the smallest of each set of innermost loops that do not move an
 * operand, for the three operands. */
struct order_list {
	size_t count, room;
	struct known_order {
		uint8_t order[LOOP_COUNT];
		unsigned still[OPND_COUNT];
	} * at;
};

/* The smallest order in which the live loops follow each other so; the others
 * may be anywhere. */
static void order_merge(const uint8_t *live, int count, unsigned live_set,
	uint8_t order[LOOP_COUNT])
{
	int next = 0, other = 0;
	for (int i = 0; i < LOOP_COUNT; i++) {
		while (other < LOOP_COUNT && live_set & LOOP_BIT(other))
			other++;
		if (next < count && (other == LOOP_COUNT || live[next] < other))
			order[i] = live[next++];
		else
			order[i] = (uint8_t)other++;
	}
}

static void order_note(struct literal_orders *orders, struct order_list *list,
	const uint8_t *live, int count, unsigned live_set)
{
	struct known_order now = {.still = {0}};
	order_merge(live, count, live_set, now.order);
	for (int o = 0; o < OPND_COUNT; o++)
		for (int i = count; i-- > 0;) {
			if (orders->nest->indexes[o] & LOOP_BIT(live[i]))
				break;
			now.still[o] |= LOOP_BIT(live[i]);
		}
	for (size_t k = 0; k < list->count; k++) {
		struct known_order *old = &list->at[k];
		if (memcmp(old->still, now.still, sizeof now.still) != 0)
			continue;
		if (memcmp(now.order, old->order, sizeof now.order) < 0)
			*old = now;
		return;
	}
	list->at = arena_grow(orders->arena, list->at, list->count, &list->room,
		list->count + 1, sizeof *list->at);
	list->at[list->count++] = now;
}

/* All orders of the live loops that begin with the first 'placed' ones. */
static void orders_list(struct literal_orders *orders, struct order_list *list,
	unsigned live_set, unsigned left, uint8_t *live, int placed)
{
	if (!left)
		order_note(orders, list, live, placed, live_set);
	for (int l = 0; l < LOOP_COUNT; l++) {
		if (!(left & LOOP_BIT(l)))
			continue;
		live[placed] = (uint8_t)l;
		orders_list(orders, list, live_set, left & ~LOOP_BIT(l), live,
			placed + 1);
	}
}

static const struct order_list *orders_of(
	struct literal_orders *orders, unsigned live)
{
	uint8_t order[LOOP_COUNT];
	if (!orders->list[live]) {
		struct order_list *list =
			arena_array(orders->arena, 1, sizeof *list);
		orders_list(orders, list, live, live, order, 0);
		orders->list[live] = list;
	}
	return orders->list[live];
}

/* The orders of a level that may be tried, one of each reuse vector. */
static int level_orders(struct literal_orders *orders, const struct arch *arch,
	const struct limits *limits, int slot, const int64_t factor[LOOP_COUNT],
	struct ordering out[REUSE_MAX])
{
	const struct nest *nest = orders->nest;
	const uint8_t *must = literal_order(arch, limits, slot);
	int count = 0;
	if (must) {
		memcpy(out->order, must, sizeof out->order);
		out->reuse = literal_reuse(nest, factor, must);
		return keeps_in_place(nest, arch, slot, factor, &out->reuse);
	}
	unsigned live = 0;
	for (int l = 0; l < LOOP_COUNT; l++)
		live |= factor[l] > 1 ? LOOP_BIT(l) : 0;
	const struct order_list *list = orders_of(orders, live);
	for (size_t k = 0; k < list->count; k++) {
		struct ordering now;
		memcpy(now.order, list->at[k].order, sizeof now.order);
		now.reuse = literal_reuse(nest, factor, now.order);
		if (!keeps_in_place(nest, arch, slot, factor, &now.reuse))
			continue;
		int i = 0;
		while (i < count &&
			memcmp(&out[i].reuse, &now.reuse, sizeof now.reuse) !=
				0)
			i++;
		if (i == count ||
			memcmp(now.order, out[i].order, sizeof now.order) < 0)
			out[i] = now;
		count += i == count;
	}
	return count;
}

int64_t literal_candidates(struct literal_orders *orders,
	const struct arch *arch, const struct search_options *options,
	const struct tiling *tiling, candidate_fn *take, void *arg)
{
	const struct limits *limits = &options->limits;
	struct ordering dram[REUSE_MAX], spm[REUSE_MAX];
	struct literal_tile tile;
	struct candidate now = {.mapping = mapping_none};
	now.mapping.tiling = *tiling;
	if (orders_contradict(arch, limits))
		return 0;
	int drams = level_orders(orders, arch, limits, SLOT_DRAM,
		tiling->factor[SLOT_DRAM], dram);
	int spms = level_orders(
		orders, arch, limits, SLOT_SPM, tiling->factor[SLOT_SPM], spm);
	literal_tile(orders->nest, arch, tiling, options->rule, &tile);
	for (int d = 0; d < drams; d++)
		for (int s = 0; s < spms; s++) {
			struct estimate *e = &now.estimate;
			literal_cost(
				arch, &tile, &spm[s].reuse, &dram[d].reuse, e);
			if ((limits->max_cycles &&
				    e->cycles > limits->max_cycles) ||
				(limits->max_energy_pj > 0 &&
					e->energy_pj > limits->max_energy_pj))
				continue;
			memcpy(now.mapping.order[SLOT_DRAM], dram[d].order,
				sizeof dram[d].order);
			memcpy(now.mapping.order[SLOT_SPM], spm[s].order,
				sizeof spm[s].order);
			take(arg, &now);
		}
	return (int64_t)drams * spms;
}

/* --- which is better ------------------------------------------------------ */

double literal_value_of(enum objective objective, double pj, double cycles)
{
	switch (objective) {
	case OBJ_EDP:
		return pj * cycles;
	case OBJ_ENERGY:
		return pj;
	case OBJ_CYCLES:
		return cycles;
	case OBJ_COUNT:
		break;
	}
	return 0;
}

double literal_value(enum objective objective, const struct estimate *estimate)
{
	/* A product may have been rounded once, of whole numbers. */
	if (objective == OBJ_EDP)
		return estimate->edp;
	return literal_value_of(
		objective, estimate->energy_pj, (double)estimate->cycles);
}

int literal_mapping_compare(const struct mapping *a, const struct mapping *b)
{
	static const int listed[SEED_SLOTS] = {
		SLOT_DRAM, SLOT_SPM, SLOT_RF, SLOT_SPATIAL};
	for (int i = 0; i < SEED_SLOTS; i++)
		for (int l = 0; l < LOOP_COUNT; l++) {
			int64_t x = a->tiling.factor[listed[i]][l];
			int64_t y = b->tiling.factor[listed[i]][l];
			if (x != y)
				return x < y ? -1 : 1;
		}
	for (int v = 0; v < SEED_ORDERED; v++)
		for (int l = 0; l < LOOP_COUNT; l++)
			if (a->order[v][l] != b->order[v][l])
				return a->order[v][l] < b->order[v][l] ? -1 : 1;
	return 0;
}

int literal_compare(enum objective objective, const struct candidate *a,
	const struct candidate *b)
{
	const struct estimate *x = &a->estimate, *y = &b->estimate;
	double u = literal_value(objective, x), v = literal_value(objective, y);
	if (u != v)
		return u < v ? -1 : 1;
	if (x->cycles != y->cycles)
		return x->cycles < y->cycles ? -1 : 1;
	if (x->energy_pj != y->energy_pj)
		return x->energy_pj < y->energy_pj ? -1 : 1;
	return literal_mapping_compare(&a->mapping, &b->mapping);
}
