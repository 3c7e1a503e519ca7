/* The exact search: best first over SPM tiles T, within T over PE-array tiles
 * G, within G over register-file tiles F, each level cut by lower bounds.
 * docs/search.md has the method and the proofs of its cuts. */
#include "mapper/search_tables.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What candidate_compare looks at before the mapping. Bounds are rounded as
 * costs are, so that the two compare without tolerance: energies of bounds are
 * taken down by more than the reference's and the bound's arithmetic can differ
 * before they are made whole. */
struct score {
	double value, cycles, pj;
};

static double whole_pj(double pj)
{
	return nearbyint(pj * (1 - 1e-12));
}

static double whole_cycles(double cycles)
{
	static const double exact = 4503599627370496; /* 2^52 */
	return cycles < exact ? ceil(cycles) : cycles * (1 - 1e-12);
}

static struct score score_of(enum objective objective, double pj, double cycles)
{
	const struct estimate estimate = {
		.energy_pj = pj, .cycles = 0, .edp = pj * cycles};
	return (struct score){
		.value = objective == OBJ_CYCLES
			? cycles
			: objective_value(objective, &estimate),
		.cycles = cycles,
		.pj = pj,
	};
}

static int score_compare(const struct score *a, const struct score *b)
{
	if (a->value != b->value)
		return a->value < b->value ? -1 : 1;
	if (a->cycles != b->cycles)
		return a->cycles < b->cycles ? -1 : 1;
	return (a->pj > b->pj) - (a->pj < b->pj);
}

/* A tiling as ids, in the order in which mapping_compare compares tilings. The
 * fourth level follows from the three. */
struct place {
	int64_t dram, spm, rf;
};

struct ranked {
	struct score score;
	int32_t id;
};

static int ranked_compare(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;
	int by_score = score_compare(&x->score, &y->score);
	return by_score ? by_score : (x->id < y->id) - (x->id > y->id);
}

/* Ways to reuse: the operand reused at SPM, and of DRAM the tile's far[]. */
struct way {
	uint8_t spm, far;
	bool held;
	double factor; /* of reuse at SPM */
};
enum { WAYS_MAX = OPND_COUNT * OPND_COUNT };

struct exact {
	struct tables *tables;
	enum objective objective;
	struct proof *proof;
	bool found;
	struct score best;
	struct place place;
	struct candidate *winner;
	/* scratch, [ids] */
	struct ranked *tile_list, *array_list;
	int32_t *below;
};

/* Nothing at or behind the bound and place can become the winner. The place may
 * be that of the first of a set. */
static bool beaten(const struct exact *x, const struct score *bound,
	const struct place *at)
{
	if (!x->found)
		return false;
	int order = score_compare(bound, &x->best);
	if (order)
		return order > 0;
	if (at->dram != x->place.dram)
		return at->dram > x->place.dram;
	if (at->spm != x->place.spm)
		return at->spm > x->place.spm;
	return at->rf >= x->place.rf;
}

/* The tile under consideration. */
struct tile {
	int32_t id;
	const struct box_row *box;
	struct far far[OPND_COUNT];
	int fars; /* in use */
	enum operand reused[OPND_COUNT];
};

static void tile_init(const struct tables *t, int32_t id, struct tile *tile)
{
	tile->id = id;
	tile->box = &t->box[id];
	tile->fars = 0;
	for (int d = 0; d < OPND_COUNT; d++) {
		struct far far;
		tables_far(t, tile->box, (enum operand)d, &far);
		/* Without any reuse at DRAM one entry stands for all. */
		if (far.factor == 1 && (d < OPND_W || tile->fars > 0))
			continue;
		tile->far[tile->fars] = far;
		tile->reused[tile->fars++] = (enum operand)d;
	}
}

/* The ways of a pair of tiles, those that are no worse than any other. */
static int ways_list(const struct tile *tile, const struct box_row *array,
	struct way ways[WAYS_MAX])
{
	double factor[OPND_COUNT];
	double rf_passes = tile->box->size / array->size;
	bool any = false;
	for (int r = 0; r < OPND_COUNT; r++) {
		factor[r] = tile->box->free[r] / array->free[r];
		any |= factor[r] > 1;
	}
	int count = 0;
	for (int f = 0; f < tile->fars; f++)
		for (int r = 0; r < OPND_COUNT; r++) {
			bool held = factor[r] == rf_passes &&
				(int)tile->reused[f] == r &&
				tile->far[f].factor > 1;
			/* With one RF pass in an SPM pass nothing is reused at
			 * SPM, but what is at DRAM is held. With no reuse at
			 * all, W stands for all. */
			bool valid = factor[r] > 1 || held ||
				(!any && r == OPND_W &&
					(rf_passes > 1 ||
						tile->far[f].factor == 1));
			if (valid)
				ways[count++] = (struct way){.spm = (uint8_t)r,
					.far = (uint8_t)f,
					.held = held,
					.factor = factor[r]};
		}
	return count;
}

/* Cycles of the nest (section 6 and 8). */
static double way_cycles(const struct tile *tile, const struct box_row *array,
	const struct way *way, double work, double reduction)
{
	double passes = tile->box->size / array->size;
	double own = array->elems[way->spm];
	double a = array->elems[(way->spm + 1) % OPND_COUNT],
	       b = array->elems[(way->spm + 2) % OPND_COUNT];
	double others = a > b ? a : b;
	double cycles;
	if (way->spm == OPND_O && (way->factor > 1 || way->held)) {
		double hidden = work > others ? work : others;
		cycles = hidden * passes;
		if (!way->held)
			cycles += passes / way->factor *
				((own > hidden ? own - hidden : 0) + work +
					reduction);
	} else {
		cycles = passes * (others + work + reduction);
		if (!way->held && own > others)
			cycles += passes / way->factor * (own - others);
	}
	double late_load = 0, late_store = 0;
	if (way->held) {
		late_store = own > others ? own - others : 0;
		if (way->spm == OPND_O)
			late_load = reduction + work;
	}
	return far_cycles(&tile->far[way->far], cycles, late_load, late_store);
}

/* Share of the reused operand's distributions that remain. */
static double way_share(const struct tile *tile, const struct way *way)
{
	double share = way->factor;
	if (way->held)
		share *= tile->far[way->far].factor;
	return 1 / share;
}

/* Energy of the nest below any split of G. */
static double way_least_pj(const struct tables *t, const struct tile *tile,
	const struct box_row *array, const struct rf_least *rf,
	const struct way *way)
{
	double per_mac[OPND_COUNT];
	for (int o = 0; o < OPND_COUNT; o++)
		per_mac[o] = array->elems[o] * array->inverse;
	double pj = rf->others_pj[way->spm];
	double net = t->noc_pj + t->spm_pj;
	if (way->spm != OPND_O)
		pj += (2 * net - t->reduction_pj) * per_mac[OPND_O];
	if (way->spm != OPND_I)
		pj += t->spm_pj * per_mac[OPND_I];
	if (way->spm != OPND_W)
		pj += t->spm_pj * per_mac[OPND_W];
	double own = way->spm == OPND_O
		? (way->held ? net : 2 * net) * per_mac[OPND_O]
		: t->spm_pj * per_mac[way->spm];
	pj += own * way_share(tile, way);
	return t->macs_pj + tile->far[way->far].pj + t->macs * pj;
}

/* The mapping's energy and cycles are linear in what a split brings. */
struct linear {
	double constant, reduction, input, weight;
};

static void way_linear(const struct tables *t, const struct tile *tile,
	const struct box_row *array, const struct way *way, struct linear *out)
{
	double share[OPND_COUNT] = {1, 1, 1};
	share[way->spm] = way_share(tile, way);
	double o = array->elems[OPND_O] * array->inverse,
	       i = array->elems[OPND_I] * array->inverse,
	       w = array->elems[OPND_W] * array->inverse;
	double net = t->noc_pj + t->spm_pj;
	double twice = way->held && way->spm == OPND_O ? 1 : 2;
	out->constant = t->macs_pj + tile->far[way->far].pj +
		t->macs *
			((twice * net - t->reduction_pj) * o * share[OPND_O] +
				t->spm_pj * i * share[OPND_I] +
				t->spm_pj * w * share[OPND_W]);
	out->reduction = t->macs * t->reduction_pj * share[OPND_O];
	out->input = t->macs * t->noc_pj * share[OPND_I];
	out->weight = t->macs * t->noc_pj * share[OPND_W];
}

static void tiling_fill(const struct tables *t, int32_t tile, int32_t array,
	int32_t split, struct tiling *tiling)
{
	int64_t rf[LOOP_COUNT], pe[LOOP_COUNT], spm[LOOP_COUNT];
	lattice_extents(&t->lattice, split, rf);
	lattice_extents(&t->lattice, array, pe);
	lattice_extents(&t->lattice, tile, spm);
	for (int l = 0; l < LOOP_COUNT; l++) {
		tiling->factor[LEVEL_DRAM][l] = t->nest->bound[l] / spm[l];
		tiling->factor[LEVEL_SPM][l] = spm[l] / pe[l];
		tiling->factor[LEVEL_RF][l] = rf[l];
		tiling->factor[LEVEL_SPATIAL][l] = pe[l] / rf[l];
	}
}

/* Costs a tiling by the reference, and keeps it if it wins. */
static void split_evaluate(struct exact *x, int32_t tile, int32_t array,
	int32_t split, const struct place *place)
{
	const struct tables *t = x->tables;
	struct candidate now;
	tiling_fill(t, tile, array, split, &now.mapping.tiling);
	x->proof->pairs_evaluated += candidate_order(t->nest, t->arch,
		x->objective, t->options->rule, orderings_best, &now);
	struct score score = {
		.value = objective_value(x->objective, &now.estimate),
		.cycles = (double)now.estimate.cycles,
		.pj = now.estimate.energy_pj,
	};
	if (!beaten(x, &score, place)) {
		x->found = true;
		x->best = score;
		x->place = *place;
		*x->winner = now;
	}
}

static void array_visit(struct exact *x, const struct tile *tile, int32_t id)
{
	const struct tables *t = x->tables;
	const struct box_row *array = &t->box[id];
	struct place place = {
		.dram = t->lattice.ids - 1 - tile->id,
		.spm = lattice_quotient(&t->lattice, tile->id, id),
	};
	struct way ways[WAYS_MAX];
	struct linear linear[WAYS_MAX];
	int count = ways_list(tile, array, ways);
	for (int w = 0; w < count; w++)
		way_linear(t, tile, array, &ways[w], &linear[w]);

	int32_t *below = x->below;
	int64_t splits = lattice_below(&t->lattice, id, below);
	double least_work = array->size / t->pes;
	double most_work = array->size / t->least_pes;
	unsigned reduced = ~t->spatial_loops & ((1u << LOOP_COUNT) - 1);
	for (int64_t s = 0; s < splits; s++) {
		const struct box_row *rf = &t->box[below[s]];
		if (!rf->fits_rf || rf->size < least_work ||
			rf->size > most_work)
			continue;
		/* Without spatial reduction all free factors of O stay. */
		if (reduced && rf->free[OPND_O] != array->free[OPND_O])
			continue;
		double o = rf->elems[OPND_O] * rf->inverse,
		       i = rf->elems[OPND_I] * rf->inverse,
		       w = rf->elems[OPND_W] * rf->inverse;
		double reduction = array->elems[OPND_O] *
			(array->free[OPND_O] / rf->free[OPND_O] - 1);
		place.rf = below[s];
		bool cut = true;
		for (int k = 0; k < count && cut; k++) {
			double pj = whole_pj(linear[k].constant +
				linear[k].reduction * o + linear[k].input * i +
				linear[k].weight * w);
			double cycles = whole_cycles(way_cycles(
				tile, array, &ways[k], rf->size, reduction));
			struct score score = score_of(x->objective, pj, cycles);
			cut = beaten(x, &score, &place);
		}
		if (cut) {
			x->proof->splits_cut++;
			continue;
		}
		x->proof->splits_visited++;
		split_evaluate(x, tile->id, id, below[s], &place);
	}
}

static void tile_visit(struct exact *x, int32_t id)
{
	const struct tables *t = x->tables;
	struct tile tile;
	tile_init(t, id, &tile);
	int32_t *below = x->below;
	struct ranked *list = x->array_list;
	int64_t arrays = lattice_below(&t->lattice, id, below), kept = 0;
	struct place place = {.dram = t->lattice.ids - 1 - id};
	for (int64_t a = 0; a < arrays; a++) {
		const struct box_row *array = &t->box[below[a]];
		const struct rf_least *rf = &t->rf[below[a]];
		if (isinf(rf->others_pj[OPND_O]) ||
			-rf->minus_pes < t->least_pes)
			continue;
		struct way ways[WAYS_MAX];
		int count = ways_list(&tile, array, ways);
		double work = array->size / -rf->minus_pes;
		struct ranked *r = &list[kept];
		for (int k = 0; k < count; k++) {
			double pj = whole_pj(
				way_least_pj(t, &tile, array, rf, &ways[k]));
			double cycles = whole_cycles(
				way_cycles(&tile, array, &ways[k], work, 0));
			struct score score = score_of(x->objective, pj, cycles);
			if (k == 0 || score_compare(&score, &r->score) < 0)
				r->score = score;
		}
		r->id = below[a];
		if (beaten(x, &r->score, &place))
			x->proof->arrays_cut++;
		else
			kept++;
	}
	qsort(list, (size_t)kept, sizeof *list, ranked_compare);
	for (int64_t a = 0; a < kept; a++) {
		place.spm = lattice_quotient(&t->lattice, id, list[a].id);
		if (beaten(x, &list[a].score, &place)) {
			x->proof->arrays_cut++;
			continue;
		}
		x->proof->arrays_visited++;
		array_visit(x, &tile, list[a].id);
	}
}

static bool tile_beaten(const struct exact *x, const struct ranked *tile)
{
	struct place place = {.dram = x->tables->lattice.ids - 1 - tile->id};
	return beaten(x, &tile->score, &place);
}

static void objective_search(struct exact *x)
{
	const struct tables *t = x->tables;
	struct ranked *list = x->tile_list;
	int64_t count = 0, first = 0;
	for (int64_t id = 0; id < t->lattice.ids; id++) {
		if (isinf(t->tile_pj[id]))
			continue;
		list[count].score =
			score_of(x->objective, whole_pj(t->tile_pj[id]),
				whole_cycles(t->tile_cycles[id] * (1 - 1e-12)));
		list[count].id = (int32_t)id;
		if (ranked_compare(&list[count], &list[first]) < 0)
			first = count;
		count++;
	}
	if (count == 0)
		return;
	/* The most promising tile first: what it finds spares sorting most of
	 * the others. */
	tile_visit(x, list[first].id);
	x->proof->tiles_visited++;
	list[first] = list[count - 1];
	int64_t kept = 0;
	for (int64_t i = 0; i < count - 1; i++)
		if (!tile_beaten(x, &list[i]))
			list[kept++] = list[i];
	qsort(list, (size_t)kept, sizeof *list, ranked_compare);
	int64_t i = 0;
	for (; i < kept && !tile_beaten(x, &list[i]); i++)
		tile_visit(x, list[i].id);
	x->proof->tiles_visited += i;
	x->proof->tiles_cut = count - x->proof->tiles_visited;
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
		.below = arena_array(&ctx->arena, ids, sizeof *x.below),
	};
	for (int o = 0; o < OBJ_COUNT; o++) {
		struct best *best = &out->best[o];
		x.objective = (enum objective)o;
		x.proof = &best->proof;
		x.winner = &best->winner;
		x.found = false;
		objective_search(&x);
		if (!x.found)
			return true; /* the limits leave nothing */
		candidate_order(nest, arch, x.objective, options->rule,
			orderings_all, x.winner);
		best->proof.proven = true;
		best->proof.bound = x.best.value;
	}
	out->feasible = true;
	return true;
}
