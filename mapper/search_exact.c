/* The exact search: best first over SPM tiles T, within T over PE-array tiles
 * G, within G over register-file tiles F. Each of the three walks a lattice
 * downwards and leaves out what lies below a vector whose bound is beaten.
 * docs/search.md has the method and the proofs of its cuts. */
#include "mapper/front.h"
#include "mapper/search_slack.h"
#include "mapper/search_tables.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A way of reuse under one T and G: the operand reused at SPM, and the one at
 * DRAM. */
struct way {
	struct reused_real spm;
	int dram;
};
enum { WAYS_MAX = (OPND_COUNT + 1) * FAR_COUNT };

/* A T, and what is the same for all G in it. */
struct tile {
	struct vertex vertex;
	int32_t exponent[COORDINATES_MAX];
	int32_t least[COORDINATES_MAX]; /* of a G in it */
	double extent[LOOP_COUNT];
	double elems[OPND_COUNT], free[OPND_COUNT];
	double passes;             /* SPM passes */
	double macs, macs_pj;      /* of them all, padding of T included */
	struct far far[FAR_COUNT]; /* by operand reused at DRAM */
	bool use[FAR_COUNT];       /* which of them are choices */
	int must;                  /* tables_must_reuse */
	/* Bounds by operand reused at SPM and DRAM: what G has no part in. */
	double far_pj[OPND_COUNT][FAR_COUNT];
};

/* A G in a T, likewise. */
struct array {
	struct vertex vertex;
	int32_t exponent[COORDINATES_MAX];
	int32_t least[COORDINATES_MAX]; /* of an F in it */
	double extent[LOOP_COUNT];      /* with padded tiles */
	double free[OPND_COUNT];
	struct sends_real sends;   /* of an SPM pass */
	double factor[OPND_COUNT]; /* of reuse over all free loops */
	double macs, macs_pj; /* of the nest, padding of T and G included */
	double per_mac[OPND_COUNT]; /* words / size */
	double least_work;
	int ways;
	struct way way[WAYS_MAX];
	/* A split's energy under each way: constant + what it multiplies. */
	struct linear {
		double constant, times[OPND_COUNT];
		double least_cycles;
	} linear[WAYS_MAX];
};

/* A G that is worth a visit, with a lower bound of the objective. */
struct ranked {
	double bound;
	int32_t id;
};

struct exact {
	const struct tables *tables;
	struct proof *proof;
	/* What is searched: the best by an objective, or the front; then the
	 * objective is the one by which tiles and arrays are visited. */
	struct choice best;
	struct front *front;
	bool stopped;
	unsigned polls;
	/* What the winner's costs make of the cuts. */
	double value_above, pj_above, pj_equal, cycles_above, cycles_equal;
	double pj_cap, cycles_cap; /* above which nothing is taken */

	struct arena *arena;
	struct ranked *array_list; /* of the tile under way */
	size_t arrays, arrays_room;
	int32_t exponent[COORDINATES_MAX]; /* of the walk under way */
};

/* No mapping of at least this energy and these cycles wins or ties. */
static bool beaten(const struct exact *x, double pj, double cycles)
{
	if (pj > x->pj_cap || cycles > x->cycles_cap)
		return true;
	if (x->front)
		return front_beats(x->front, pj, cycles);
	switch (x->best.objective) {
	case OBJ_EDP:
		return (pj - 0.5) * cycles > x->value_above ||
			(pj > x->pj_equal && cycles > x->cycles_above);
	case OBJ_ENERGY:
		return pj > x->pj_above ||
			(pj > x->pj_equal && cycles > x->cycles_above);
	case OBJ_CYCLES:
		return cycles > x->cycles_above ||
			(cycles > x->cycles_equal && pj > x->pj_above);
	case OBJ_COUNT:
		break;
	}
	return false;
}

static bool found(const struct exact *x)
{
	return x->front ? x->front->count > 0 : x->best.made;
}

/* Asked to end, and there is something to end with or no time left. */
static bool stopped(struct exact *x)
{
	const struct search_stop *stop = x->tables->options->stop;
	x->stopped = x->stopped ||
		(found(x) ? search_stopped(stop) : search_expired(stop));
	return x->stopped;
}

/* The same for inner loops: the clock is asked now and then. */
static bool poll(struct exact *x)
{
	return x->stopped || (++x->polls % 256 == 0 && stopped(x));
}

static void best_take(void *arg, const struct candidate *candidate)
{
	struct exact *x = arg;
	choice_take(&x->best, candidate);
	const struct estimate *e = &x->best.winner.estimate;
	double value = objective_value(x->best.objective, e);
	x->value_above = value * (1 + 4 * SLACK);
	x->pj_above = pj_above(e->energy_pj);
	x->pj_equal = pj_equal(e->energy_pj);
	x->cycles_above = cycles_above((double)e->cycles);
	x->cycles_equal = cycles_equal((double)e->cycles);
}

/* Of the objective, or the front. */
static void found_take(void *arg, const struct candidate *candidate)
{
	struct exact *x = arg;
	if (x->front)
		front_take(x->front, candidate);
	else
		best_take(x, candidate);
}

static const struct operand_row *row_of(
	const struct tables *t, const struct vertex *vertex, int o)
{
	return &t->operand[o].row[vertex->row[o]];
}

/* --- costs -------------------------------------------------------------------
 */

/* The reuse factors of the order that the limits name for a level, whose
 * factors are the tiles of one size in the other. Returns whether something is
 * reused. */
static bool order_factors(const struct tables *t, int slot,
	const double outer[LOOP_COUNT], const double inner[LOOP_COUNT],
	double factor[OPND_COUNT])
{
	struct tiling tiling;
	for (int l = 0; l < LOOP_COUNT; l++)
		tiling.factor[slot][l] = (int64_t)tiles_in(outer[l], inner[l]);
	struct reuse reuse = reuse_of_order(t->nest, &tiling, slot,
		limits_order(t->arch, &t->options->limits, slot));
	bool some = false;
	for (int o = 0; o < OPND_COUNT; o++) {
		factor[o] = (double)reuse.factor[o];
		some |= reuse.factor[o] > 1;
	}
	return some;
}

/* Whether all that comes between two tiles may reuse nothing: nothing moves, or
 * the innermost loop may be one that indexes all three operands. */
static bool may_reuse_none(const struct tables *t, const struct vertex *outer,
	const struct vertex *inner)
{
	return outer->size == inner->size ||
		row_of(t, outer, OPND_O)->common >
		row_of(t, inner, OPND_O)->common;
}

/* Whether the machine's dataflow lets a level reuse an operand so often, none
 * of them where it is OPND_COUNT. free: trips of the loops that do not index
 * the operand that has to be stationary. */
static bool may_reuse(const struct tables *t, int slot, int operand,
	double factor, double free)
{
	unsigned stationary = t->arch->dataflow.stationary[slot];
	return !stationary || free == 1 ||
		(operand == (int)stationary - 1 && factor >= free);
}

/* The ways that are no worse than any other: per level, all reuse of one
 * operand, or none where that may be (docs/search.md); or what the order that
 * the limits name gives. */
static void ways_list(
	const struct tables *t, const struct tile *tile, struct array *array)
{
	double *factor = array->factor;
	bool none;
	unsigned stationary = t->arch->dataflow.stationary[SLOT_SPM];
	double free = stationary ? factor[stationary - 1] : 1;
	if (limits_order(t->arch, &t->options->limits, SLOT_SPM))
		none = !order_factors(
			t, SLOT_SPM, tile->extent, array->extent, factor);
	else
		none = may_reuse_none(t, &tile->vertex, &array->vertex);
	array->ways = 0;
	for (int d = 0; d < FAR_COUNT; d++) {
		if (!tile->use[d])
			continue;
		/* With one RF pass in an SPM pass, what is reused at DRAM is
		 * held: it then stands for the reuse at SPM. */
		bool all_held = array->sends.passes == 1 && d != FAR_NONE;
		for (int r = 0; r < OPND_COUNT; r++) {
			bool held = r == d && factor[r] == array->sends.passes;
			if ((factor[r] > 1 || held) &&
				may_reuse(t, SLOT_SPM, r, factor[r], free))
				array->way[array->ways++] = (struct way){
					.spm = {r, held, factor[r]},
					.dram = d,
				};
		}
		if (none && !all_held &&
			may_reuse(t, SLOT_SPM, OPND_COUNT, 1, free))
			array->way[array->ways++] = (struct way){
				.spm = {.operand = OPND_W, .factor = 1},
				.dram = d,
			};
	}
}

/* Cycles of the nest (sections 6 and 8); added: up across PEs in an RF pass. */
static double way_cycles(const struct tables *t, const struct tile *tile,
	const struct array *array, const struct way *way, double work,
	double added)
{
	const struct far *far = &tile->far[way->dram];
	double ports = 0;
	if (t->ports > 0)
		ports = port_words_real(&array->sends, &way->spm, t->through) /
			t->ports;
	const struct pass_real pass =
		pass_of_real(&array->sends, &way->spm, work, added, ports);
	double step = step_of_real(far->apart, far->moves.each, pass.total);
	double cycles = step * far->passes;
	if (way->dram == FAR_NONE)
		return cycles;
	double p1 = pass.total, p2 = pass.total;
	if (way->spm.held) {
		p2 = pass_sending_real(&pass, &array->sends, way->dram);
		if (way->dram == OPND_O)
			p1 += added + work;
	}
	return cycles +
		late_real(far->apart, &far->moves, step, p1, p2) * far->fetches;
}

/* Energy of the nest (section 9), as a function of the split's elements per
 * multiplication. */
static void way_linear(const struct tables *t, const struct tile *tile,
	const struct array *array, const struct way *way, struct linear *out)
{
	double pj = 0;
	for (int o = 0; o < OPND_COUNT; o++) {
		/* Share of its distributions that remains. */
		double share = 1, ways = ways_of(o), factor = 1;
		if (o == way->spm.operand) {
			factor = way->spm.factor;
			share = 1 / factor;
			if (way->spm.held) {
				share /= tile->far[way->dram].factor;
				ways = 1;
			}
		}
		const struct prices *p = factor == array->sends.passes
			? &t->least_prices
			: &t->prices;
		pj += array_pj(p, o, ways) * array->per_mac[o] * share;
		out->times[o] = array->macs * share * t->split_pj[o];
	}
	out->constant =
		array->macs_pj + tile->far[way->dram].pj + array->macs * pj;
}

/* Energy that no split of the array, or of a vector inside it, is below: the
 * terms of the operands that are not reused from the vector's row of rf; of the
 * reused one, that an operand without windows has no fewer elements per
 * multiplication in F than in G. */
static double linear_least_pj(const struct tables *t, const struct array *array,
	const struct way *way, const struct linear *linear, const float *rf)
{
	double pj = linear->constant +
		energy_macs(t, array->macs) *
			(double)rf[RF_OTHERS_PJ + way->spm.operand];
	if (way->spm.operand == OPND_O)
		pj += linear->times[OPND_O] * array->per_mac[OPND_O];
	return pj;
}

/* The trips between a T, a G and an F. */
static void tiling_fill(const struct tables *t, const double tile[LOOP_COUNT],
	const double array[LOOP_COUNT], const double split[LOOP_COUNT],
	struct tiling *tiling)
{
	for (int l = 0; l < LOOP_COUNT; l++) {
		double bound = (double)t->nest->bound[l];
		const double factor[SEED_SLOTS] = {
			[SLOT_DRAM] = tiles_in(bound, tile[l]),
			[SLOT_SPM] = tiles_in(tile[l], array[l]),
			[SLOT_SPATIAL] = tiles_in(array[l], split[l]),
			[SLOT_RF] = split[l],
		};
		for (int s = 0; s < SEED_SLOTS; s++)
			tiling->factor[s][l] = (int64_t)factor[s];
	}
}

/* --- F: the splits of a G
 * ----------------------------------------------------- */

/* Costs a tiling by the reference, and keeps it if it wins. */
static void split_evaluate(
	struct exact *x, const struct tile *tile, const struct array *array)
{
	const struct tables *t = x->tables;
	struct tiling tiling = tiling_none;
	double split[LOOP_COUNT];
	tables_extents(t, x->exponent, split);
	tiling_fill(t, tile->extent, array->extent, split, &tiling);
	x->proof->splits_visited++;
	x->proof->pairs_evaluated += candidates_each(t->nest, t->arch,
		t->options, orderings_best, &tiling, found_take, x);
}

/* Under all of a set of ways; pes: in use. */
static bool split_beaten(const struct exact *x, const struct tile *tile,
	const struct array *array, const struct vertex *split, double pes,
	unsigned ways)
{
	const struct tables *t = x->tables;
	/* What the PEs do for a G, padding of F included, per multiplication
	 * of it. I and W go to every PE. (O does not, and what the array takes
	 * of it has been charged as if it were free of padding.) */
	double padded = t->padded ? split->size * pes / array->vertex.size : 1;
	double more_pj = t->gated ? 0 : array->macs_pj * (padded - 1);
	const struct operand_row *o = row_of(t, split, OPND_O);
	double per_mac[OPND_COUNT];
	double macs = t->gated ? t->macs : array->macs * padded;
	for (int i = 0; i < OPND_COUNT; i++) {
		per_mac[i] = row_of(t, split, i)->elems / split->size;
		if (!row_of(t, split, i)->once ||
			row_of(t, split, i)->span != split->size)
			more_pj += t->rf_skip_pj[i] * macs;
	}
	double reduction = t->arch->reduction_tree
		? 0
		: array->sends.words[OPND_O] *
			(array->free[OPND_O] * o->span / split->size - 1);
	for (; ways; ways &= ways - 1) {
		int k = __builtin_ctz(ways);
		const struct linear *linear = &array->linear[k];
		double pj = linear->constant + more_pj +
			linear->times[OPND_O] * per_mac[OPND_O] +
			padded *
				(linear->times[OPND_I] * per_mac[OPND_I] +
					linear->times[OPND_W] *
						per_mac[OPND_W]);
		if (beaten(x, pj, linear->least_cycles))
			continue;
		double cycles = way_cycles(
			t, tile, array, &array->way[k], split->size, reduction);
		if (!beaten(x, pj, cycles))
			return false;
	}
	return true;
}

/* The ways of a set that are not beaten for all F that divide a vector. */
static unsigned splits_open(const struct exact *x, const struct array *array,
	int32_t id, unsigned ways)
{
	unsigned open = 0;
	for (; ways; ways &= ways - 1) {
		int k = __builtin_ctz(ways);
		double pj = linear_least_pj(x->tables, array, &array->way[k],
			&array->linear[k], x->tables->least[id]);
		if (!beaten(x, pj, array->linear[k].least_cycles))
			open |= 1u << k;
	}
	return open;
}

/* PEs of an F in a G. */
static double split_pes(const struct exact *x, const struct array *array,
	const struct vertex *split)
{
	if (!x->tables->padded)
		return array->vertex.size / split->size;
	double pes = 1;
	const struct lattice *lattice = &x->tables->lattice;
	for (int c = 0; c < lattice->count; c++)
		pes *= tiles_in(array->extent[lattice->at[c].loop],
			lattice->at[c].size[x->exponent[c]]);
	return pes;
}

/* Whether the machine can spread the F under way, or a smaller one, over its
 * PEs: smaller ones take more of them along some loops, fewer along none. */
static bool split_placeable(const struct exact *x, const struct array *array)
{
	const struct tables *t = x->tables;
	double split[LOOP_COUNT];
	int64_t factor[LOOP_COUNT];
	if (!t->asks[SLOT_SPATIAL])
		return true;
	tables_extents(t, x->exponent, split);
	for (int l = 0; l < LOOP_COUNT; l++)
		factor[l] = (int64_t)tiles_in(array->extent[l], split[l]);
	return dataflow_spatial_open(t->arch, t->nest, factor);
}

/* The F that fit into a vector of which the coordinates before 'from' stay,
 * under the ways that are open above it. */
static void splits_walk(struct exact *x, const struct tile *tile,
	const struct array *array, const struct vertex *vertex, int from,
	unsigned ways)
{
	const struct tables *t = x->tables;
	if (poll(x))
		return;
	/* All that fit below it take more PEs than there are. */
	if (-(double)t->least[vertex->id][RF_MINUS_SIZE] * t->pes <
		array->vertex.size)
		return;
	ways = splits_open(x, array, vertex->id, ways);
	if (!ways || !split_placeable(x, array))
		return;
	if (tables_fit_rf(t, vertex) &&
		tables_is_factor(t, SLOT_RF, x->exponent, no_exponent) &&
		tables_is_factor(
			t, SLOT_SPATIAL, array->exponent, x->exponent)) {
		double pes = split_pes(x, array, vertex);
		if (pes >= t->least_pes && pes <= t->pes &&
			!split_beaten(x, tile, array, vertex, pes, ways))
			split_evaluate(x, tile, array);
	}
	for (int c = from; c < t->lattice.count; c++) {
		const struct coordinate *at = &t->lattice.at[c];
		int32_t now = x->exponent[c];
		if (now <= array->least[c])
			continue;
		int32_t next = exponent_below(at, array->extent[at->loop], now);
		struct vertex down = vertex_down(t, vertex, c, now, next);
		/* Smaller ones take more PEs than there are. */
		if (next < array->least[c] ||
			down.size * t->pes < array->vertex.size)
			continue;
		x->exponent[c] = next;
		splits_walk(x, tile, array, &down, c, ways);
		x->exponent[c] = now;
	}
}

/* --- G: the PE arrays of a T
 * --------------------------------------------------- */

/* RF passes and reuse of the G that x->exponent is. */
static void array_trips(
	const struct exact *x, const struct tile *tile, struct array *array)
{
	const struct tables *t = x->tables;
	const struct lattice *lattice = &t->lattice;
	if (t->padded || limits_order(t->arch, &t->options->limits, SLOT_SPM))
		tables_extents(t, x->exponent, array->extent);
	if (!t->padded) {
		array->sends.passes = tile->vertex.size / array->vertex.size;
		for (int o = 0; o < OPND_COUNT; o++)
			array->factor[o] = tile->free[o] / array->free[o];
		return;
	}
	array->sends.passes = 1;
	for (int o = 0; o < OPND_COUNT; o++)
		array->factor[o] = 1;
	for (int c = 0; c < lattice->count; c++) {
		enum loop l = lattice->at[c].loop;
		double trips = tiles_in(tile->extent[l], array->extent[l]);
		array->sends.passes *= trips;
		for (int o = 0; o < OPND_COUNT; o++)
			if (!(t->nest->indexes[o] & LOOP_BIT(l)))
				array->factor[o] *= trips;
	}
}

static void array_init(const struct exact *x, const struct tile *tile,
	const struct vertex *vertex, struct array *array)
{
	const struct tables *t = x->tables;
	array->vertex = *vertex;
	for (int o = 0; o < OPND_COUNT; o++) {
		const struct operand_row *row = row_of(t, vertex, o);
		array->sends.words[o] = row->elems;
		array->free[o] = vertex->size / row->span;
		array->per_mac[o] = row->elems / vertex->size;
		array->sends.noc[o] = row->noc_cycles;
	}
	array_trips(x, tile, array);
	array->macs = vertex->size * array->sends.passes * tile->passes;
	array->macs_pj = macs_pj(t, array->macs);
	array->least_work =
		vertex->size / -(double)t->least[vertex->id][RF_MINUS_PES];
	ways_list(t, tile, array);
	for (int k = 0; k < array->ways; k++) {
		struct linear *linear = &array->linear[k];
		way_linear(t, tile, array, &array->way[k], linear);
		linear->least_cycles = way_cycles(
			t, tile, array, &array->way[k], array->least_work, 0);
	}
}

/* A lower bound of the objective; infinite when all is beaten. */
static double array_bound(const struct exact *x, const struct array *array)
{
	const struct tables *t = x->tables;
	double bound = INFINITY;
	for (int k = 0; k < array->ways; k++) {
		double pj = linear_least_pj(x->tables, array, &array->way[k],
			&array->linear[k], t->least[array->vertex.id]);
		double cycles = array->linear[k].least_cycles;
		double value = objective_of(x->best.objective, pj, cycles);
		if (value < bound && !beaten(x, pj, cycles))
			bound = value;
	}
	return bound;
}

/* Tiles that come into question inside the vector that the exponents are. */
static int64_t inside_count(const struct exact *x)
{
	const struct tables *t = x->tables;
	int64_t count = 1;
	for (int c = 0; c < t->lattice.count; c++) {
		const struct coordinate *at = &t->lattice.at[c];
		int32_t exponent = x->exponent[c];
		count *= t->padded ? sizes_count((int64_t)at->size[exponent])
				   : exponent + 1;
	}
	return count;
}

static void array_visit(struct exact *x, const struct tile *tile, int32_t id)
{
	const struct tables *t = x->tables;
	struct vertex vertex = tables_vertex(t, id, x->exponent);
	struct array array;
	array_init(x, tile, &vertex, &array);
	if (isinf(array_bound(x, &array)) ||
		!tables_is_factor(t, SLOT_SPM, tile->exponent, x->exponent))
		return;
	memcpy(array.exponent, x->exponent, sizeof array.exponent);
	tables_extents(t, array.exponent, array.extent);
	tables_least_inside(t, SLOT_SPATIAL, array.exponent, array.least);
	int64_t visited = x->proof->splits_visited;
	int64_t splits = inside_count(x);
	splits_walk(x, tile, &array, &vertex, 0, (1u << array.ways) - 1);
	x->proof->arrays_visited++;
	x->proof->splits_cut += splits - (x->proof->splits_visited - visited);
}

static bool arrays_beaten(
	const struct exact *x, const struct tile *tile, int32_t id)
{
	const struct tables *t = x->tables;
	const float *a = t->least[id];
	for (int r = 0; r < OPND_COUNT; r++) {
		if (tile->must < OPND_COUNT && r != tile->must)
			continue;
		double near_pj = energy_macs(t, tile->macs) *
			(double)a[ARRAY_OTHERS_PJ + r];
		double near_cycles =
			tile->macs * (double)a[ARRAY_CYCLES + (r != OPND_O)];
		for (int d = 0; d < FAR_COUNT; d++) {
			if (tile->use[d] &&
				!beaten(x, tile->far_pj[r][d] + near_pj,
					far_cycles_least(
						&tile->far[d], near_cycles)))
				return false;
		}
	}
	return true;
}

/* Lists the G that T is cut into, that fit into a vector and are not beaten. */
static void arrays_walk(struct exact *x, const struct tile *tile,
	const struct vertex *vertex, int from)
{
	const struct tables *t = x->tables;
	if (poll(x) || arrays_beaten(x, tile, vertex->id))
		return;
	if (tables_is_array(t, vertex) &&
		tables_is_factor(t, SLOT_SPM, tile->exponent, x->exponent)) {
		struct array array;
		array_init(x, tile, vertex, &array);
		double bound = array_bound(x, &array);
		if (!isinf(bound)) {
			x->array_list = arena_grow(x->arena, x->array_list,
				x->arrays, &x->arrays_room, x->arrays + 1,
				sizeof *x->array_list);
			x->array_list[x->arrays++] =
				(struct ranked){bound, vertex->id};
		}
	}
	for (int c = from; c < t->lattice.count; c++) {
		const struct coordinate *at = &t->lattice.at[c];
		int32_t now = x->exponent[c];
		if (now <= tile->least[c])
			continue;
		int32_t next = exponent_below(at, tile->extent[at->loop], now);
		if (next < tile->least[c])
			continue;
		struct vertex down = vertex_down(t, vertex, c, now, next);
		x->exponent[c] = next;
		arrays_walk(x, tile, &down, c);
		x->exponent[c] = now;
	}
}

/* --- T
 * ------------------------------------------------------------------------ */

static int ranked_compare(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;
	if (x->bound != y->bound)
		return x->bound < y->bound ? -1 : 1;
	return (x->id < y->id) - (x->id > y->id);
}

static void tile_init(const struct exact *x, int32_t id, struct tile *tile)
{
	const struct tables *t = x->tables;
	tile->vertex = tables_vertex(t, id, tile->exponent);
	tables_least_inside(t, SLOT_SPM, tile->exponent, tile->least);
	tables_extents(t, tile->exponent, tile->extent);
	tile->must = tables_must_reuse(t, tile->exponent);
	tile->passes = 1;
	for (int c = 0; c < t->lattice.count; c++)
		tile->passes *= t->lattice.at[c].tiles[tile->exponent[c]];
	tile->macs = tile->vertex.size * tile->passes;
	tile->macs_pj = macs_pj(t, tile->macs);
	for (int o = 0; o < OPND_COUNT; o++) {
		const struct operand_row *row = row_of(t, &tile->vertex, o);
		tile->elems[o] = row->elems;
		tile->free[o] = tile->vertex.size / row->span;
	}
	bool ordered = limits_order(t->arch, &t->options->limits, SLOT_DRAM);
	bool none;
	double factor[OPND_COUNT], whole[LOOP_COUNT];
	for (int l = 0; l < LOOP_COUNT; l++)
		whole[l] = (double)t->nest->bound[l];
	if (ordered)
		none = !order_factors(
			t, SLOT_DRAM, whole, tile->extent, factor);
	else
		none = may_reuse_none(t, &t->whole, &tile->vertex);
	tables_far(t, &tile->vertex, tile->passes, ordered ? factor : NULL,
		tile->far);
	unsigned stationary = t->arch->dataflow.stationary[SLOT_DRAM];
	double free = stationary ? tile->passes /
			row_of(t, &tile->vertex, (int)stationary - 1)
				->index_passes
				 : 1;
	for (int d = 0; d < FAR_COUNT; d++) {
		const struct far *far = &tile->far[d];
		tile->use[d] = (d == FAR_NONE ? none : far->factor > 1) &&
			may_reuse(t, SLOT_DRAM, d, far->factor, free);
		for (int r = 0; r < OPND_COUNT; r++)
			tile->far_pj[r][d] = tile->use[d]
				? tile->macs_pj + far->pj +
					far_once_pj(far, r, r == d,
						row_of(t, &tile->vertex, r)
							->once_pj)
				: INFINITY;
	}
}

/* The array at which the objective's bound of the tile arises: follows the
 * minimum down to where it was put in. */
static int32_t array_promising(const struct exact *x, const struct tile *tile)
{
	const struct tables *t = x->tables;
	const float *a = t->least[tile->vertex.id];
	int column = ARRAY_CYCLES;
	if (x->best.objective == OBJ_CYCLES) {
		column += a[ARRAY_CYCLES + 1] < a[ARRAY_CYCLES];
	} else {
		double least = INFINITY;
		for (int r = 0; r < OPND_COUNT; r++)
			for (int d = 0; d < FAR_COUNT; d++) {
				double pj = tile->far_pj[r][d] +
					energy_macs(t, tile->macs) *
						(double)a[ARRAY_OTHERS_PJ + r];
				if (pj < least) {
					least = pj;
					column = ARRAY_OTHERS_PJ + r;
				}
			}
	}
	struct vertex vertex = tile->vertex;
	int32_t exponent[COORDINATES_MAX];
	memcpy(exponent, tile->exponent, sizeof exponent);
	for (int c = 0; c < t->lattice.count; c++)
		while (exponent[c] > 0 &&
			t->least[vertex.id - t->lattice.at[c].step][column] ==
				t->least[vertex.id][column]) {
			vertex.id -= t->lattice.at[c].step;
			exponent[c]--;
		}
	/* Where it is no size that T is cut into, the next smaller one is. */
	for (int c = 0; c < t->lattice.count; c++) {
		const struct coordinate *at = &t->lattice.at[c];
		double extent = tile->extent[at->loop];
		if (exponent[c] && !at->prime &&
			!size_cuts(extent, at->size[exponent[c]]))
			vertex.id -= at->step *
				(exponent[c] -
					exponent_below(
						at, extent, exponent[c]));
	}
	return vertex.id;
}

static void tile_visit(struct exact *x, int32_t id)
{
	struct tile tile;
	tile_init(x, id, &tile);
	memcpy(x->exponent, tile.exponent, sizeof x->exponent);
	int64_t arrays = inside_count(x), visited = x->proof->arrays_visited;
	int32_t first = -1;
	if (!found(x)) {
		first = array_promising(x, &tile);
		array_visit(x, &tile, first);
		memcpy(x->exponent, tile.exponent, sizeof x->exponent);
	}
	x->arrays = 0;
	if (!stopped(x))
		arrays_walk(x, &tile, &tile.vertex, 0);
	struct ranked *list = x->array_list;
	if (x->arrays)
		qsort(list, x->arrays, sizeof *list, ranked_compare);
	for (size_t a = 0; a < x->arrays && !stopped(x); a++)
		if (list[a].id != first)
			array_visit(x, &tile, list[a].id);
	x->proof->tiles_visited++;
	x->proof->arrays_cut += arrays - (x->proof->arrays_visited - visited);
}

/* What a bound of the objective must pass to be beaten by it alone. */
static double value_above(const struct exact *x)
{
	const double above[] = {
		[OBJ_EDP] = x->value_above,
		[OBJ_ENERGY] = x->pj_above,
		[OBJ_CYCLES] = x->cycles_above,
	};
	static_assert(sizeof above / sizeof *above == OBJ_COUNT, "one each");
	return above[x->best.objective];
}

static bool tile_beaten(const struct exact *x, int32_t id)
{
	const struct tables *t = x->tables;
	return (double)t->tile[x->best.objective][id] > value_above(x) ||
		beaten(x, (double)t->tile[OBJ_ENERGY][id],
			(double)t->tile[OBJ_CYCLES][id]);
}

/* How far it is. */
static void tell(const struct exact *x)
{
	const struct search_options *options = x->tables->options;
	if (options->found && x->best.made)
		options->found(options->found_arg, options->nest,
			x->best.objective,
			objective_value(x->best.objective,
				&x->best.winner.estimate),
			x->proof->bound);
}

/* Visits all tiles that are not beaten, those of the objective's least bounds
 * first. */
static void tiles_walk(struct exact *x)
{
	const struct tables *t = x->tables;
	const float *bound = t->tile[x->best.objective];
	int32_t first = t->first[x->best.objective];
	x->proof->bound = (double)bound[first];
	tell(x);
	tile_visit(x, first);
	tell(x);
	/* What the most promising tile found spares looking at most others. */
	struct ranked *list = NULL;
	size_t kept = 0, room = 0;
	for (int32_t id = 0; id < t->lattice.ids && !poll(x); id++) {
		if (isinf(bound[id]) || id == first || tile_beaten(x, id))
			continue;
		list = arena_grow(
			x->arena, list, kept, &room, kept + 1, sizeof *list);
		list[kept++] = (struct ranked){bound[id], id};
	}
	if (kept)
		qsort(list, kept, sizeof *list, ranked_compare);
	for (size_t i = 0; i < kept && !stopped(x); i++) {
		x->proof->bound = list[i].bound;
		tell(x);
		if (!tile_beaten(x, list[i].id))
			tile_visit(x, list[i].id);
	}
	x->proof->tiles_cut = t->tiles - x->proof->tiles_visited;
}

/* The smallest mapping among those of a tiling with a candidate's costs. */
static void smallest_take(void *arg, const struct candidate *candidate)
{
	struct candidate *best = arg;
	if (candidate->estimate.energy_pj == best->estimate.energy_pj &&
		candidate->estimate.cycles == best->estimate.cycles &&
		mapping_compare(&candidate->mapping, &best->mapping) < 0)
		*best = *candidate;
}

/* The walk has looked at few orders of a tiling; others may cost the same. */
static void orders_settle(const struct tables *t, struct candidate *candidate)
{
	const struct tiling tiling = candidate->mapping.tiling;
	candidates_each(t->nest, t->arch, t->options, orderings_all, &tiling,
		smallest_take, candidate);
}

static void objective_search(struct exact *x, struct best *best)
{
	const struct tables *t = x->tables;
	tiles_walk(x);
	best->proof.proven = found(x) && !x->stopped;
	if (!found(x))
		return;
	orders_settle(t, &x->best.winner);
	best->winner = x->best.winner;
	double value =
		objective_value(x->best.objective, &best->winner.estimate);
	/* Stopped, the tiles that were not looked at may be as good as the
	 * least of their bounds; of energy, which is rounded, half a unit
	 * better. */
	if (x->best.objective == OBJ_ENERGY)
		best->proof.bound = fmax(0, best->proof.bound - 0.5);
	if (!x->stopped || best->proof.bound > value)
		best->proof.bound = value;
	tell(x);
}

static void front_search(struct exact *x)
{
	tiles_walk(x);
	for (size_t i = 0; i < x->front->count; i++)
		orders_settle(x->tables, &x->front->at[i]);
	x->proof->proven = found(x) && !x->stopped;
	x->proof->bound = 0;
}

/* --- parts ----------------------------------------------------------------
 */

/* One objective, or the front; in memory of its own, for the parts of a nest
 * may run on several threads. */
struct exact_part {
	struct ctx ctx;
	bool out_of_memory;
	struct exact exact;
	struct front front;
	struct best *best;
	const struct candidate *first; /* found before */
	size_t first_count;
};

static int parts_list(const struct tables *t, const struct search_result *first,
	struct search_result *out, struct exact_part part[SEARCH_PARTS_MAX])
{
	const struct limits *limits = &t->options->limits;
	unsigned objectives = t->options->objectives;
	const struct exact none = {
		.tables = t,
		.value_above = INFINITY,
		.pj_above = INFINITY,
		.pj_equal = INFINITY,
		.cycles_above = INFINITY,
		.cycles_equal = INFINITY,
		.pj_cap = limits->max_energy_pj > 0
			? pj_above(limits->max_energy_pj)
			: INFINITY,
		.cycles_cap = limits->max_cycles
			? cycles_above((double)limits->max_cycles)
			: INFINITY,
	};
	int parts = 0;
	for (int o = 0; o < OBJ_COUNT; o++) {
		if (objectives && !(objectives & 1u << o))
			continue;
		struct exact_part *p = &part[parts++];
		*p = (struct exact_part){.exact = none, .best = &out->best[o]};
		p->exact.best.objective = (enum objective)o;
		p->exact.proof = &p->best->proof;
		if (first)
			p->first = &first->best[o].winner;
		p->first_count = first != NULL;
	}
	if (t->options->front) {
		struct exact_part *p = &part[parts++];
		*p = (struct exact_part){.exact = none};
		p->front.arena = &p->ctx.arena;
		p->exact.front = &p->front;
		if (first)
			p->first = first->front;
		p->first_count = first ? first->front_count : 0;
		p->exact.best.objective = OBJ_EDP;
		p->exact.proof = &out->front_proof;
	}
	return parts;
}

static void part_run(void *data, int index)
{
	struct exact_part *part = (struct exact_part *)data + index;
	jmp_buf guard;
	ctx_init(&part->ctx, NULL, &guard);
	part->exact.arena = &part->ctx.arena;
	if (setjmp(guard)) {
		part->out_of_memory = true;
		return;
	}
	for (size_t i = 0; i < part->first_count; i++)
		found_take(&part->exact, &part->first[i]);
	if (part->best)
		objective_search(&part->exact, part->best);
	else
		front_search(&part->exact);
}

/* Takes what the parts found and releases them. False where the limits leave no
 * mapping. */
static bool parts_collect(struct ctx *ctx, struct exact_part *part, int parts,
	struct search_result *out)
{
	bool all = true, out_of_memory = false;
	for (int i = 0; i < parts; i++) {
		out_of_memory |= part[i].out_of_memory;
		out->cut |= part[i].exact.stopped;
		all = all && found(&part[i].exact);
		const struct front *front = &part[i].front;
		size_t bytes = front->count * sizeof *front->at;
		if (bytes && !part[i].out_of_memory) {
			out->front = arena_try_alloc(&ctx->arena, bytes);
			out->front_count = out->front ? front->count : 0;
			out_of_memory |= !out->front;
			if (out->front)
				memcpy(out->front, front->at, bytes);
		}
		ctx_release(&part[i].ctx);
	}
	if (out_of_memory) /* as if it had been this thread */
		arena_array(&ctx->arena, SIZE_MAX, SIZE_MAX);
	return all;
}

enum { IDS_MAX = 1 << 24 };

/* What multiplying alone takes, at least, without anything that moves: the
 * bounds of a nest for which there was no time to find others. */
static void bounds_simple(const struct nest *nest, const struct arch *arch,
	struct search_result *out)
{
	const struct prices prices = prices_least(arch);
	double macs = (double)nest_macs(nest);
	double pj = multiplication_pj(&prices);
	/* Energy is rounded, and summed up in another order. */
	pj = fmax(0, pj * macs * (1 - 1e-9) - 1);
	double cycles = ceil(macs / (double)arch->pes * (1 - 1e-9));
	for (int o = 0; o < OBJ_COUNT; o++)
		out->best[o].proof.bound =
			objective_of((enum objective)o, pj, cycles);
}

/* There was no time for tables: what was found before is all that there is. */
static void tables_missing(const struct nest *nest, const struct arch *arch,
	const struct search_result *first, struct search_result *out)
{
	out->cut = true;
	bounds_simple(nest, arch, out);
	if (!first)
		return;
	out->feasible = true;
	for (int o = 0; o < OBJ_COUNT; o++)
		out->best[o].winner = first->best[o].winner;
	out->front = first->front;
	out->front_count = first->front_count;
}

/* First: winners to be beaten, or NULL. */
static bool tiles_search(struct ctx *ctx, const struct nest *nest,
	const struct arch *arch, const struct search_options *options,
	const struct search_result *first, struct search_result *out)
{
	struct tables tables;
	if (!tables_init(ctx, nest, arch, options, IDS_MAX, &tables))
		return diag_error(ctx, &(struct loc){0},
			"nest %s has more than %d tiles, too many to search",
			nest_text(ctx, nest), IDS_MAX);
	if (tables.cut) {
		tables_missing(nest, arch, first, out);
		return true;
	}
	if (!tables.tiles)
		return true; /* the limits leave nothing */
	struct exact_part part[SEARCH_PARTS_MAX];
	int parts = parts_list(&tables, first, out, part);
	search_parts(options, part_run, part, parts);
	out->feasible = parts_collect(ctx, part, parts, out);
	return true;
}

static bool nest_search(struct ctx *ctx, const struct nest *nest,
	const struct arch *arch, const struct search_options *options,
	struct search_result *out)
{
	const struct search_result none = {.evaluated = -1, .relaxations = -1};
	struct search_result perfect = none;
	struct search_options first = *options;
	struct lattice lattice;
	first.tiles = TILES_PERFECT;
	if (options->tiles == TILES_PADDED)
		first.found = NULL;
	*out = none;
	out->tiles = options->tiles;
	out->misfit = nest_misfit(nest, arch);
	if (out->misfit.memory)
		return true;
	if (options->tiles == TILES_PADDED &&
		(!cost_counts(nest, arch, options->rule, TILES_PADDED) ||
			!lattice_init(ctx, nest, LOOP_BIT(LOOP_COUNT) - 1,
				TILES_PADDED, IDS_MAX, &lattice)))
		out->tiles = TILES_PERFECT;
	if (out->tiles == TILES_PERFECT && options->perfect)
		return (*out = *options->perfect, true);
	if (out->tiles == TILES_PERFECT)
		return tiles_search(ctx, nest, arch, &first, NULL, out);
	/* Perfect tiles are found fast, and what they reach cuts the others. */
	if (options->perfect)
		perfect = *options->perfect;
	else if (!tiles_search(ctx, nest, arch, &first, NULL, &perfect))
		return false;
	if (!tiles_search(ctx, nest, arch, options,
			perfect.feasible ? &perfect : NULL, out))
		return false;
	search_keep_perfect(&perfect, options, out);
	out->cut |= perfect.cut;
	return true;
}

bool search_exact(struct ctx *ctx, const struct nest *nest,
	const struct arch *arch, const struct search_options *options,
	struct search_result *out)
{
	if (!nest_search(ctx, nest, arch, options, out))
		return false;
	if (!out->feasible && out->cut &&
		search_smallest(ctx, nest, arch, options, out))
		bounds_simple(nest, arch, out);
	return true;
}
