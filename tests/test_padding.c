/* Padded tiles lose nothing: the search's optimum, over the chains of sizes
 * that docs/cost-model.md calls valid, is that of all sizes whatever, and never
 * worse than padding whole bounds and cutting them without a rest. */
#include "base/checked.h"
#include "mapper/search.h"

#include "tests/cmocka.h"
#include "tests/search_case.h"
#include "tests/seed_cost.h"
#include "tests/times.h"


/* --- all sizes ------------------------------------------------------------ */

struct sweep {
	struct ctx ctx;
	struct nest nest;
	struct arch arch;
	/* Sizes of the tiles under way; the trips between them. */
	int64_t size[SEED_BOXES][LOOP_COUNT];
	struct tiling trips;
	struct search_result best;
	uint64_t seed;
	int64_t costed, loose; /* chains; of them, not valid ones */
};

static int64_t product(const int64_t factor[LOOP_COUNT], unsigned loops)
{
	int64_t all = 1;
	for (int l = 0; l < LOOP_COUNT; l++)
		if (loops & LOOP_BIT(l))
			all *= factor[l];
	return all;
}

/* Elements of all tiles of T along an index, each clipped at the bounds: tile
 * after tile, of a window pair after pair. */
static int64_t swept(const struct sweep *s, enum index index)
{
	unsigned loops = index_loops(index);
	int64_t sum = 0, origin[LOOP_COUNT] = {0}, extent[LOOP_COUNT];
	for (bool more = true; more;) {
		for (int l = 0; l < LOOP_COUNT; l++) {
			int64_t rest = s->nest.bound[l] - origin[l];
			int64_t size = s->size[BOX_SPM][l];
			extent[l] = rest < size ? rest : size;
		}
		sum += index_extent(&s->nest, index, extent);
		more = false;
		for (int l = 0; l < LOOP_COUNT && !more; l++) {
			if (!(loops & LOOP_BIT(l)))
				continue;
			origin[l] += s->size[BOX_SPM][l];
			more = origin[l] < s->nest.bound[l];
			if (!more)
				origin[l] = 0;
		}
	}
	return sum;
}

/* The cost model's numbers of tiles of any sizes. */
static void sizes_cost(const struct sweep *s, struct tile_cost *out)
{
	const unsigned all = LOOP_BIT(LOOP_COUNT) - 1;
	const struct nest *nest = &s->nest;
	const int64_t *spatial = s->trips.factor[SLOT_SPATIAL];
	int64_t turns = product(s->size[BOX_RF], all);
	*out = (struct tile_cost){.trips[SLOT_RF] = turns};
	struct tile_link *far = &out->link[LINK_DMA];
	struct tile_link *near = &out->link[LINK_NOC];
	for (int v = 0; v < SLOT_RF; v++) {
		out->trips[v] = product(s->trips.factor[v], all);
		turns *= out->trips[v];
	}
	out->macs = s->arch.mac_gating ? product(nest->bound, all) : turns;
	near->copies = product(spatial, all);
	near->groups = product(spatial, nest->indexes[OPND_O]);
	near->group = product(spatial, ~nest->indexes[OPND_O]);
	for (int o = 0; o < OPND_COUNT; o++) {
		for (int b = 0; b < SEED_BOXES; b++)
			out->elems[b][o] = nest_footprint(
				nest, (enum operand)o, s->size[b]);
		near->cycles[o] = out->elems[BOX_PE][o];
		far->dma[o] = dma_of_tile(nest, &s->arch, (enum operand)o,
			s->size[BOX_SPM], BURST_TRUE);
		far->cycles[o] = far->dma[o].cycles;
		far->tiles[o] =
			product(s->trips.factor[SLOT_DRAM], nest->indexes[o]);
		int64_t real = 1;
		for (int d = 0; d < nest->tensor[o].dims; d++)
			real *= swept(s, nest->tensor[o].dim[d].index);
		far->absent[o] = far->tiles[o] * out->elems[BOX_SPM][o] - real;
	}
	near->added =
		out->elems[BOX_RF][OPND_O] * (near->group - 1) * near->groups;
	near->added_cycles = near->added;
}

static bool sizes_fit(const struct sweep *s, const struct tile_cost *tile)
{
	int64_t rf = 0, banks = 0;
	for (int o = 0; o < OPND_COUNT; o++) {
		rf += tile->elems[BOX_RF][o];
		banks += ceil_div(tile->elems[BOX_SPM][o] * s->arch.elem_bytes,
			s->arch.bank_bytes);
	}
	return tile->trips[SLOT_SPATIAL] <= s->arch.pes &&
		banks <= s->arch.spm_banks &&
		(double)rf <= arch_rf_elems(&s->arch);
}

/* Under all orders. */
static void sizes_compare(struct sweep *s)
{
	struct tile_cost tile;
	struct ordering spm[REUSE_MAX], dram[REUSE_MAX];
	sizes_cost(s, &tile);
	if (!sizes_fit(s, &tile))
		return;
	assert_true(s->best.feasible);
	s->costed++;
	s->loose += !tiling_valid(&s->nest, &s->trips);
	int spms = orderings_all(&s->nest, &s->trips, SLOT_SPM, spm);
	int drams = orderings_all(&s->nest, &s->trips, SLOT_DRAM, dram);
	for (int i = 0; i < spms; i++)
		for (int j = 0; j < drams; j++) {
			struct estimate e;
			seed_cost(&s->arch, &tile, &spm[i].reuse,
				&dram[j].reuse, &e);
			for (int o = 0; o < OBJ_COUNT; o++) {
				enum objective objective = (enum objective)o;
				double value = objective_value(objective, &e);
				double least = objective_value(objective,
					&s->best.best[o].winner.estimate);
				if (value >= least)
					continue;
				fail_msg("case %llu, %s: %s %.17g is below the "
					 "optimum, %.17g",
					(unsigned long long)s->seed,
					nest_text(&s->ctx, &s->nest),
					objective_name(objective), value,
					least);
			}
		}
}

/* All F <= G <= T <= the bound of the loops from one on. */
static void sizes_walk(struct sweep *s, int l)
{
	if (l == LOOP_COUNT) {
		sizes_compare(s);
		return;
	}
	int64_t bound = s->nest.bound[l];
	s->size[BOX_DRAM][l] = bound;
	for (int64_t t = 1; t <= bound; t++)
		for (int64_t g = 1; g <= t; g++)
			for (int64_t f = 1; f <= g; f++) {
				s->size[BOX_SPM][l] = t;
				s->size[BOX_PE][l] = g;
				s->size[BOX_RF][l] = f;
				s->trips.factor[SLOT_DRAM][l] =
					ceil_div(bound, t);
				s->trips.factor[SLOT_SPM][l] = ceil_div(t, g);
				s->trips.factor[SLOT_SPATIAL][l] =
					ceil_div(g, f);
				s->trips.factor[SLOT_RF][l] = f;
				sizes_walk(s, l + 1);
			}
}

/* Chains of three sizes, of all loops. */
static double chains_of(const struct nest *nest)
{
	double chains = 1;
	for (int l = 0; l < LOOP_COUNT; l++) {
		double b = (double)nest->bound[l];
		chains *= b * (b + 1) * (b + 2) / 6;
	}
	return chains;
}

static void no_sizes_are_better(void **state)
{
	(void)state;
	enum { CASES = 60, CHAINS = 12000 };
	int64_t costed = 0, loose = 0;
	for (uint64_t seed = 1; seed <= CASES * times_wanted(); seed++) {
		struct random random = {seed * 0x9e3779b97f4a7c15u};
		struct sweep s = {.seed = seed};
		do
			s.nest = random_odd_nest(&random);
		while (chains_of(&s.nest) > CHAINS);
		s.arch = random_arch(&random);
		s.arch.mac_gating = random_below(&random, 2);
		const struct search_options options = {.tiles = TILES_PADDED};
		ctx_init(&s.ctx, stderr, NULL);
		assert_true(search_exact(
			&s.ctx, &s.nest, &s.arch, &options, &s.best));
		sizes_walk(&s, 0);
		costed += s.costed;
		loose += s.loose;
		ctx_release(&s.ctx);
	}
	assert_true(loose > costed / 4);
}

/* --- whole bounds --------------------------------------------------------- */

/* A convolution, a depthwise one or a product of any bounds. */
struct kernel {
	int kind;
	int64_t bound[LOOP_COUNT], stride[2], dilation[2];
};

static struct kernel random_kernel(struct random *r)
{
	struct kernel s = {
		.kind = (int)random_below(r, 3),
		.bound = {1,  1, 1,  1,      1, 1, 1 },
		.stride = { PICK(r, 1, 2, 3), PICK(r, 1, 1, 2)},
		.dilation = { PICK(r, 1, 1, 2), PICK(r, 1, 1, 2)},
	};
	int loops = s.kind == 0 ? LOOP_C + 1 : LOOP_COUNT;
	for (int i = 0; i < 3; i++)
		s.bound[random_below(r, loops)] = PICK(r, 2, 3, 3, 5, 5, 7);
	return s;
}

static struct nest kernel_nest(const struct kernel *s)
{
	const int64_t *b = s->bound;
	const int64_t filter[2] = {b[LOOP_FX], b[LOOP_FY]};
	const int64_t image[2] = {(b[LOOP_OX] - 1) * s->stride[0] +
			(filter[0] - 1) * s->dilation[0] + 1,
		(b[LOOP_OY] - 1) * s->stride[1] +
			(filter[1] - 1) * s->dilation[1] + 1};
	if (s->kind == 0)
		return nest_gemm(b[LOOP_N], b[LOOP_M], b[LOOP_C], false, false);
	return (s->kind == 1 ? nest_depthwise : nest_conv)(b[LOOP_N], b[LOOP_M],
		b[LOOP_C], image, filter, s->stride, s->dilation);
}

struct padding {
	struct ctx ctx;
	struct kernel kernel; /* under way */
	struct arch arch;
	int64_t bound[LOOP_COUNT]; /* not padded */
	struct search_result best; /* of them, with padded tiles */
	bool gains[OBJ_COUNT];     /* over every whole bound */
	uint64_t seed;
	int64_t nests;
};

static void kernel_compare(struct padding *p)
{
	const struct search_options options = {.tiles = TILES_PERFECT};
	struct nest nest = kernel_nest(&p->kernel);
	struct search_result perfect;
	assert_true(search_exact(&p->ctx, &nest, &p->arch, &options, &perfect));
	p->nests++;
	if (!perfect.feasible)
		return;
	assert_true(p->best.feasible);
	for (int o = 0; o < OBJ_COUNT; o++) {
		enum objective objective = (enum objective)o;
		double least = objective_value(
			objective, &p->best.best[o].winner.estimate);
		double value = objective_value(
			objective, &perfect.best[o].winner.estimate);
		p->gains[o] = p->gains[o] && least < value;
		if (least > value)
			fail_msg("case %llu: %s: %s %.17g with perfect tiles, "
				 "%.17g with padded ones",
				(unsigned long long)p->seed,
				nest_text(&p->ctx, &nest),
				objective_name(objective), value, least);
	}
}

/* All bounds of the loops from one on, up to twice theirs. */
static void kernels_walk(struct padding *p, int l)
{
	if (l == LOOP_COUNT) {
		kernel_compare(p);
		return;
	}
	int64_t bound = p->bound[l], most = bound == 1 ? 1 : 2 * bound;
	for (; bound <= most; bound++) {
		p->kernel.bound[l] = bound;
		kernels_walk(p, l + 1);
	}
}

static void no_padded_bounds_are_better(void **state)
{
	(void)state;
	enum { CASES = 30 };
	int gains = 0;
	for (uint64_t seed = 1; seed <= CASES * times_wanted(); seed++) {
		struct random random = {seed * 0xd1342543de82ef95u};
		struct padding p = {
			.kernel = random_kernel(&random),
			.arch = random_arch(&random),
			.gains = {true, true, true},
			.seed = seed,
		};
		const struct search_options options = {.tiles = TILES_PADDED};
		struct nest nest = kernel_nest(&p.kernel);
		for (int l = 0; l < LOOP_COUNT; l++)
			p.bound[l] = p.kernel.bound[l];
		ctx_init(&p.ctx, stderr, NULL);
		assert_true(search_exact(
			&p.ctx, &nest, &p.arch, &options, &p.best));
		kernels_walk(&p, 0);
		gains += p.best.feasible && p.gains[OBJ_EDP];
		ctx_release(&p.ctx);
	}
	/* Tiles of different padding can do what no one bound does. */
	assert_true(gains > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_sizes_are_better),
		cmocka_unit_test(no_padded_bounds_are_better),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
