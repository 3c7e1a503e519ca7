/* The exact search: best first over SPM tiles T, within T over PE-array tiles
 * G, within G over register-file tiles F. Each of the three walks a lattice
 * downwards and leaves out what lies below a vector whose bound is beaten.
 * docs/search.md has the method and the proofs of its cuts. */
#include "mapper/search_tables.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Bounds are computed by other arithmetic than the reference's: real
 * differences are below this part of them. */
#define SLACK 1e-12

/* A way of reuse under one T and G: the operand reused at SPM, where W with
 * factor 1 stands for none, and the one reused at DRAM. */
struct way {
	int8_t spm, dram;
	bool held;
	double factor; /* trips of the free loops at SPM */
};
enum { WAYS_MAX = (OPND_COUNT + 1) * FAR_COUNT };

/* A T, and what is the same for all G in it. */
struct tile {
	struct vertex vertex;
	double elems[OPND_COUNT], free[OPND_COUNT];
	struct far far[FAR_COUNT]; /* by operand reused at DRAM */
	bool use[FAR_COUNT];       /* which of them are choices */
	/* Bounds by operand reused at SPM and DRAM: what G has no part in. */
	double far_pj[OPND_COUNT][FAR_COUNT];
};

/* A G in a T, likewise. */
struct array {
	struct vertex vertex;
	double elems[OPND_COUNT], free[OPND_COUNT];
	double per_mac[OPND_COUNT]; /* elems / size */
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
	enum objective objective;
	struct proof *proof;
	struct candidate *winner;
	bool found;
	/* What the winner's costs make of the cuts. */
	double value_above, pj_above, pj_equal, cycles_above, cycles_equal;

	struct ranked *tile_list, *array_list; /* scratch, [ids] */
	int64_t arrays;                        /* in array_list */
	int8_t exponent[COORDINATES_MAX];      /* of the walk under way */
};

/* No mapping of at least this energy and these cycles wins or ties. */
static bool beaten(const struct exact *x, double pj, double cycles)
{
	switch (x->objective) {
	case OBJ_EDP:
		return (pj - 0.5) * cycles > x->value_above ||
			(pj > x->pj_equal && cycles > x->cycles_above);
	case OBJ_ENERGY:
		return pj > x->pj_above ||
			(pj > x->pj_equal && cycles > x->cycles_above);
	default:
		return cycles > x->cycles_above ||
			(cycles > x->cycles_equal && pj > x->pj_above);
	}
}

static void winner_set(struct exact *x, const struct candidate *winner)
{
	double value = objective_value(x->objective, &winner->estimate);
	double pj = winner->estimate.energy_pj;
	double cycles = (double)winner->estimate.cycles;
	*x->winner = *winner;
	x->found = true;
	x->value_above = value * (1 + 4 * SLACK);
	/* Energies are rounded to whole numbers, so more than half a unit above
	 * is worse; more than half a unit below is no tie. */
	x->pj_above = (pj + 0.5) * (1 + 2 * SLACK);
	x->pj_equal = (pj - 0.5) * (1 + 2 * SLACK);
	x->cycles_above = (cycles + 0.5) * (1 + SLACK);
	x->cycles_equal = (cycles - 0.5) * (1 + SLACK);
}

static void winner_none(struct exact *x)
{
	x->found = false;
	x->value_above = x->pj_above = x->pj_equal = INFINITY;
	x->cycles_above = x->cycles_equal = INFINITY;
}

static const struct operand_row *row_of(
	const struct tables *t, const struct vertex *vertex, int o)
{
	return &t->operand[o].row[vertex->row[o]];
}

/* --- costs -------------------------------------------------------------------
 */

/* The ways that are no worse than any other: per level, all reuse of one
 * operand, or none where the innermost loop may be one that indexes all three
 * or nothing moves (docs/search.md). */
static void ways_list(
	const struct tables *t, const struct tile *tile, struct array *array)
{
	double factor[OPND_COUNT];
	double rf_passes = tile->vertex.size / array->vertex.size;
	bool none = row_of(t, &tile->vertex, OPND_O)->common >
			row_of(t, &array->vertex, OPND_O)->common ||
		rf_passes == 1;
	for (int r = 0; r < OPND_COUNT; r++)
		factor[r] = tile->free[r] / array->free[r];
	array->ways = 0;
	for (int d = 0; d < FAR_COUNT; d++) {
		if (!tile->use[d])
			continue;
		/* With one RF pass in an SPM pass, what is reused at DRAM is
		 * held: it then stands for the reuse at SPM. */
		bool all_held = rf_passes == 1 && d != FAR_NONE;
		for (int r = 0; r < OPND_COUNT; r++) {
			bool held = r == d && factor[r] == rf_passes;
			if (factor[r] > 1 || held)
				array->way[array->ways++] = (struct way){
					.spm = (int8_t)r,
					.dram = (int8_t)d,
					.held = held,
					.factor = factor[r],
				};
		}
		if (none && !all_held)
			array->way[array->ways++] = (struct way){
				.spm = OPND_W,
				.dram = (int8_t)d,
				.factor = 1,
			};
	}
}

/* Cycles of the nest (sections 6 and 8). */
static double way_cycles(const struct tile *tile, const struct array *array,
	const struct way *way, double work, double reduction)
{
	double passes = tile->vertex.size / array->vertex.size;
	double own = array->elems[way->spm];
	double a = array->elems[(way->spm + 1) % OPND_COUNT],
	       b = array->elems[(way->spm + 2) % OPND_COUNT];
	double others = a > b ? a : b, pass;
	if (way->spm == OPND_O && (way->factor > 1 || way->held)) {
		double hidden = work > others ? work : others;
		pass = hidden * passes;
		if (!way->held)
			pass += passes / way->factor *
				((own > hidden ? own - hidden : 0) + work +
					reduction);
	} else {
		pass = passes * (others + work + reduction);
		if (!way->held && own > others)
			pass += passes / way->factor * (own - others);
	}

	const struct far *far = &tile->far[way->dram];
	double step = far->each > pass ? far->each : pass;
	double cycles = step * far->passes;
	if (far->factor == 1)
		return cycles;
	double p1 = pass, p2 = pass;
	if (way->held) {
		p2 += own > others ? own - others : 0;
		if (way->spm == OPND_O)
			p1 += reduction + work;
	}
	double load = p1 > far->load ? p1 : far->load;
	double store = p2 > far->store ? p2 : far->store;
	double late = (load > step ? load - step : 0) +
		(store > step ? store - step : 0);
	return cycles + late * (far->passes / far->factor);
}

/* Energy of the nest (section 9), as a function of the split's elements per
 * multiplication. */
static void way_linear(const struct tables *t, const struct tile *tile,
	const struct array *array, const struct way *way, struct linear *out)
{
	/* Share of the reused operand's distributions that remain. */
	double share[OPND_COUNT] = {1, 1, 1};
	share[way->spm] = 1 / way->factor;
	if (way->held)
		share[way->spm] /= tile->far[way->dram].factor;
	double ways = way->held && way->spm == OPND_O ? 1 : 2;
	double pj = (ways * (t->noc_pj + t->spm_pj) - t->reduction_pj) *
		array->per_mac[OPND_O] * share[OPND_O];
	for (int o = OPND_I; o < OPND_COUNT; o++)
		pj += t->spm_pj * array->per_mac[o] * share[o];
	out->constant = t->macs_pj + tile->far[way->dram].pj + t->macs * pj;
	for (int o = 0; o < OPND_COUNT; o++)
		out->times[o] = t->macs * share[o] *
			(o == OPND_O ? t->reduction_pj : t->noc_pj);
}

/* Energy that no split of the array, or of a vector inside it, is below: the
 * terms of the operands that are not reused from the vector's row of rf; of the
 * reused one, that an operand without windows has no fewer elements per
 * multiplication in F than in G. */
static double linear_least_pj(const struct tables *t, const struct array *array,
	const struct way *way, const struct linear *linear, const float *rf)
{
	double pj = linear->constant +
		t->macs * (double)rf[RF_OTHERS_PJ + way->spm];
	if (way->spm == OPND_O)
		pj += linear->times[OPND_O] * array->per_mac[OPND_O];
	return pj;
}

static void tiling_fill(const struct tables *t, int32_t tile, int32_t array,
	int32_t split, struct tiling *tiling)
{
	const int32_t id[LEVEL_COUNT] = {
		[LEVEL_DRAM] = t->lattice.ids - 1 - tile,
		[LEVEL_SPM] = tile - array,
		[LEVEL_RF] = split,
		[LEVEL_SPATIAL] = array - split,
	};
	for (int v = 0; v < LEVEL_COUNT; v++)
		lattice_extents(&t->lattice, id[v], tiling->factor[v]);
}

/* --- F: the splits of a G
 * ----------------------------------------------------- */

/* Costs a tiling by the reference, and keeps it if it wins. */
static void split_evaluate(struct exact *x, const struct tile *tile,
	const struct array *array, const struct vertex *split)
{
	const struct tables *t = x->tables;
	struct candidate now = {0};
	tiling_fill(t, tile->vertex.id, array->vertex.id, split->id,
		&now.mapping.tiling);
	x->proof->splits_visited++;
	x->proof->pairs_evaluated += candidate_order(t->nest, t->arch,
		x->objective, t->options->rule, orderings_best, &now);
	if (!x->found || candidate_compare(x->objective, &now, x->winner) < 0)
		winner_set(x, &now);
}

/* Under all of a set of ways. */
static bool split_beaten(const struct exact *x, const struct tile *tile,
	const struct array *array, const struct vertex *split, unsigned ways)
{
	const struct tables *t = x->tables;
	const struct operand_row *o = row_of(t, split, OPND_O);
	double per_mac[OPND_COUNT];
	for (int i = 0; i < OPND_COUNT; i++)
		per_mac[i] = row_of(t, split, i)->elems / split->size;
	double reduction = array->elems[OPND_O] *
		(array->free[OPND_O] * o->span / split->size - 1);
	for (; ways; ways &= ways - 1) {
		int k = __builtin_ctz(ways);
		const struct linear *linear = &array->linear[k];
		double pj = linear->constant +
			linear->times[OPND_O] * per_mac[OPND_O] +
			linear->times[OPND_I] * per_mac[OPND_I] +
			linear->times[OPND_W] * per_mac[OPND_W];
		if (beaten(x, pj, linear->least_cycles))
			continue;
		double cycles = way_cycles(
			tile, array, &array->way[k], split->size, reduction);
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

/* The F that divide a vector of which the coordinates before 'from' stay, under
 * the ways that are open above it. */
static void splits_walk(struct exact *x, const struct tile *tile,
	const struct array *array, const struct vertex *vertex, int from,
	unsigned ways)
{
	const struct tables *t = x->tables;
	ways = splits_open(x, array, vertex->id, ways);
	if (!ways)
		return;
	if (tables_fit_rf(t, vertex) &&
		vertex->size * t->least_pes <= array->vertex.size &&
		!split_beaten(x, tile, array, vertex, ways))
		split_evaluate(x, tile, array, vertex);
	for (int c = from; c < t->lattice.count; c++) {
		const struct coordinate *at = &t->lattice.at[c];
		/* Smaller ones take more PEs than there are. */
		if (x->exponent[c] == 0 ||
			!(t->spatial_loops & LOOP_BIT(at->loop)) ||
			vertex->size * t->pes <
				array->vertex.size * (double)at->prime)
			continue;
		struct vertex down = vertex_down(t, vertex, c);
		x->exponent[c]--;
		splits_walk(x, tile, array, &down, c, ways);
		x->exponent[c]++;
	}
}

/* --- G: the PE arrays of a T
 * --------------------------------------------------- */

static void array_init(const struct exact *x, const struct tile *tile,
	const struct vertex *vertex, struct array *array)
{
	const struct tables *t = x->tables;
	array->vertex = *vertex;
	for (int o = 0; o < OPND_COUNT; o++) {
		const struct operand_row *row = row_of(t, vertex, o);
		array->elems[o] = row->elems;
		array->free[o] = vertex->size / row->span;
		array->per_mac[o] = row->elems / vertex->size;
	}
	array->least_work =
		vertex->size / -(double)t->least[vertex->id][RF_MINUS_PES];
	ways_list(t, tile, array);
	for (int k = 0; k < array->ways; k++) {
		struct linear *linear = &array->linear[k];
		way_linear(t, tile, array, &array->way[k], linear);
		linear->least_cycles = way_cycles(
			tile, array, &array->way[k], array->least_work, 0);
	}
}

static double value_of(enum objective objective, double pj, double cycles)
{
	switch (objective) {
	case OBJ_EDP:
		return pj * cycles;
	case OBJ_ENERGY:
		return pj;
	default:
		return cycles;
	}
}

/* A lower bound of the objective; infinite when all is beaten. */
static double array_bound(const struct exact *x, const struct array *array)
{
	const struct tables *t = x->tables;
	double bound = INFINITY;
	for (int k = 0; k < array->ways; k++) {
		double pj = linear_least_pj(t, array, &array->way[k],
			&array->linear[k], t->least[array->vertex.id]);
		double cycles = array->linear[k].least_cycles;
		double value = value_of(x->objective, pj, cycles);
		if (value < bound && !beaten(x, pj, cycles))
			bound = value;
	}
	return bound;
}

/* Of the vector that the exponents are. */
static int64_t divisors_count(const struct exact *x)
{
	int64_t count = 1;
	for (int c = 0; c < x->tables->lattice.count; c++)
		count *= x->exponent[c] + 1;
	return count;
}

static void array_visit(struct exact *x, const struct tile *tile, int32_t id)
{
	struct vertex vertex = tables_vertex(x->tables, id, x->exponent);
	struct array array;
	array_init(x, tile, &vertex, &array);
	if (isinf(array_bound(x, &array)))
		return;
	int64_t visited = x->proof->splits_visited;
	int64_t splits = divisors_count(x);
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
		double near_pj = t->macs * (double)a[ARRAY_OTHERS_PJ + r];
		double near_cycles =
			t->macs * (double)a[ARRAY_CYCLES + (r != OPND_O)];
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

/* Lists the G that divide a vector and are not beaten. */
static void arrays_walk(struct exact *x, const struct tile *tile,
	const struct vertex *vertex, int from)
{
	const struct tables *t = x->tables;
	if (arrays_beaten(x, tile, vertex->id))
		return;
	if (tables_is_array(t, vertex->id)) {
		struct array array;
		array_init(x, tile, vertex, &array);
		double bound = array_bound(x, &array);
		if (!isinf(bound))
			x->array_list[x->arrays++] =
				(struct ranked){bound, vertex->id};
	}
	for (int c = from; c < t->lattice.count; c++) {
		if (x->exponent[c] == 0)
			continue;
		struct vertex down = vertex_down(t, vertex, c);
		x->exponent[c]--;
		arrays_walk(x, tile, &down, c);
		x->exponent[c]++;
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

static void tile_init(const struct exact *x, int32_t id, struct tile *tile,
	int8_t exponent[COORDINATES_MAX])
{
	const struct tables *t = x->tables;
	tile->vertex = tables_vertex(t, id, exponent);
	for (int o = 0; o < OPND_COUNT; o++) {
		const struct operand_row *row = row_of(t, &tile->vertex, o);
		tile->elems[o] = row->elems;
		tile->free[o] = tile->vertex.size / row->span;
	}
	tables_far(t, &tile->vertex, tile->far);
	const struct operand_row *whole =
		&t->operand[OPND_O].row[t->operand[OPND_O].rows - 1];
	for (int d = 0; d < FAR_COUNT; d++) {
		const struct far *far = &tile->far[d];
		tile->use[d] = d != FAR_NONE ? far->factor > 1
					     : far->passes == 1 ||
				whole->common > row_of(t, &tile->vertex, OPND_O)
							->common;
		for (int r = 0; r < OPND_COUNT; r++)
			tile->far_pj[r][d] = tile->use[d]
				? t->macs_pj + far->pj +
					tables_once_pj(
						t, &tile->vertex, far, r, d)
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
	if (x->objective == OBJ_CYCLES) {
		column += a[ARRAY_CYCLES + 1] < a[ARRAY_CYCLES];
	} else {
		double least = INFINITY;
		for (int r = 0; r < OPND_COUNT; r++)
			for (int d = 0; d < FAR_COUNT; d++) {
				double pj = tile->far_pj[r][d] +
					t->macs *
						(double)a[ARRAY_OTHERS_PJ + r];
				if (pj < least) {
					least = pj;
					column = ARRAY_OTHERS_PJ + r;
				}
			}
	}
	struct vertex vertex = tile->vertex;
	int8_t exponent[COORDINATES_MAX];
	memcpy(exponent, x->exponent, sizeof exponent);
	for (int c = 0; c < t->lattice.count; c++)
		while (exponent[c] > 0 &&
			t->least[vertex.id - t->lattice.at[c].step][column] ==
				t->least[vertex.id][column]) {
			vertex.id -= t->lattice.at[c].step;
			exponent[c]--;
		}
	return vertex.id;
}

static void tile_visit(struct exact *x, int32_t id)
{
	struct tile tile;
	tile_init(x, id, &tile, x->exponent);
	int8_t exponent[COORDINATES_MAX];
	memcpy(exponent, x->exponent, sizeof exponent);
	int64_t arrays = divisors_count(x), visited = x->proof->arrays_visited;
	int32_t first = -1;
	if (!x->found) {
		first = array_promising(x, &tile);
		array_visit(x, &tile, first);
		memcpy(x->exponent, exponent, sizeof exponent);
	}
	x->arrays = 0;
	arrays_walk(x, &tile, &tile.vertex, 0);
	struct ranked *list = x->array_list;
	qsort(list, (size_t)x->arrays, sizeof *list, ranked_compare);
	for (int64_t a = 0; a < x->arrays; a++)
		if (list[a].id != first)
			array_visit(x, &tile, list[a].id);
	x->proof->tiles_visited++;
	x->proof->arrays_cut += arrays - (x->proof->arrays_visited - visited);
}

/* What a bound of the objective must pass to be beaten by it alone. */
static double value_above(const struct exact *x)
{
	const double above[OBJ_COUNT] = {
		[OBJ_EDP] = x->value_above,
		[OBJ_ENERGY] = x->pj_above,
		[OBJ_CYCLES] = x->cycles_above,
	};
	return above[x->objective];
}

static void objective_search(struct exact *x)
{
	const struct tables *t = x->tables;
	struct ranked *list = x->tile_list;
	const float *bound = t->tile[x->objective];
	int32_t first = t->first[x->objective];
	winner_none(x);
	if (t->tiles == 0)
		return;
	tile_visit(x, first);
	/* What the most promising tile found spares looking at most others. */
	double above = value_above(x);
	int64_t kept = 0;
	for (int32_t id = 0; id < t->lattice.ids; id++)
		if (bound[id] <= above && !isinf(bound[id]) && id != first)
			list[kept++] = (struct ranked){bound[id], id};
	qsort(list, (size_t)kept, sizeof *list, ranked_compare);
	for (int64_t i = 0; i < kept && list[i].bound <= value_above(x); i++)
		tile_visit(x, list[i].id);
	x->proof->tiles_cut = t->tiles - x->proof->tiles_visited;
}

enum { IDS_MAX = 1 << 24 };

bool search_exact(struct ctx *ctx, const struct nest *nest,
	const struct arch *arch, const struct search_options *options,
	struct search_result *out)
{
	*out = (struct search_result){.evaluated = -1, .relaxations = -1};
	out->misfit = nest_misfit(nest, arch);
	if (out->misfit.memory)
		return true;
	struct tables tables;
	if (!tables_init(ctx, nest, arch, options, IDS_MAX, &tables))
		return diag_error(ctx, &(struct loc){0},
			"nest %s has more than %d tiles, too many to search",
			nest_text(ctx, nest), IDS_MAX);
	size_t ids = (size_t)tables.lattice.ids;
	struct exact x = {
		.tables = &tables,
		.tile_list = arena_array(&ctx->arena, ids, sizeof *x.tile_list),
		.array_list =
			arena_array(&ctx->arena, ids, sizeof *x.array_list),
	};
	for (int o = 0; o < OBJ_COUNT; o++) {
		struct best *best = &out->best[o];
		x.objective = (enum objective)o;
		x.proof = &best->proof;
		x.winner = &best->winner;
		objective_search(&x);
		if (!x.found)
			return true; /* the limits leave nothing */
		candidate_order(nest, arch, x.objective, options->rule,
			orderings_all, x.winner);
		best->proof.proven = true;
		best->proof.bound =
			objective_value(x.objective, &best->winner.estimate);
	}
	out->feasible = true;
	return true;
}
