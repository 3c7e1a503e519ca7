/* What the searches share: candidates, their order, and the costs of a tiling
 * under its orderings. */
#include "mapper/search.h"

#include "base/checked.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

static int estimate_compare(enum objective objective, const struct estimate *a,
	const struct estimate *b)
{
	double x = objective_value(objective, a);
	double y = objective_value(objective, b);
	if (x != y)
		return x < y ? -1 : 1;
	if (a->cycles != b->cycles)
		return a->cycles < b->cycles ? -1 : 1;
	return (a->energy_pj > b->energy_pj) - (a->energy_pj < b->energy_pj);
}

int candidate_compare(enum objective objective, const struct candidate *a,
	const struct candidate *b)
{
	int cost = estimate_compare(objective, &a->estimate, &b->estimate);
	return cost ? cost : mapping_compare(&a->mapping, &b->mapping);
}

/* The orderings of a slot that may be tried. */
static int level_orderings(const struct nest *nest, const struct arch *arch,
	const struct limits *limits, orderings_fn *orderings,
	const struct tiling *tiling, int slot, struct ordering out[REUSE_MAX])
{
	const uint8_t *order = limits_order(arch, limits, slot);
	int count = 1, kept = 0;
	if (limits_orders_differ(arch, limits))
		return 0;
	if (order) {
		memcpy(out->order, order, sizeof out->order);
		out->reuse = reuse_of_order(nest, tiling, slot, order);
	} else {
		count = orderings(nest, tiling, slot, out);
	}
	for (int i = 0; i < count; i++)
		if (dataflow_reuses(arch, nest, tiling, slot, &out[i].reuse))
			out[kept++] = out[i];
	return kept;
}

static bool within_caps(
	const struct limits *limits, const struct estimate *estimate)
{
	return (!limits->max_cycles ||
		       estimate->cycles <= limits->max_cycles) &&
		(limits->max_energy_pj <= 0 ||
			estimate->energy_pj <= limits->max_energy_pj);
}

/* The next choice of one ordering a link, the innermost first; false after the
 * last. */
static bool choice_next(
	int links, const int count[LINKS_MAX], int at[LINKS_MAX])
{
	for (int k = links - 1; k >= 0; k--) {
		if (++at[k] < count[k])
			return true;
		at[k] = 0;
	}
	return false;
}

int candidates_each(const struct nest *nest, const struct arch *arch,
	const struct search_options *options, orderings_fn *orderings,
	const struct tiling *tiling, candidate_fn *take, void *arg)
{
	const struct limits *limits = &options->limits;
	const struct machine machine = machine_of_arch(arch);
	struct ordering ordering[LINKS_MAX][REUSE_MAX];
	int links = machine.stores - 1, pairs = 1;
	int count[LINKS_MAX], at[LINKS_MAX] = {0};
	for (int k = 0; k < links; k++) {
		count[k] = level_orderings(nest, arch, limits, orderings,
			tiling, link_slot(&machine.link[k]), ordering[k]);
		pairs *= count[k];
	}
	if (!pairs)
		return 0;
	struct tile_cost tile;
	struct reuses reuses = {{NULL}};
	struct candidate now = {.mapping = mapping_none};
	now.mapping.tiling = *tiling;
	tile_cost(nest, &machine, tiling, options->rule, &tile);
	do {
		for (int k = 0; k < links; k++) {
			const struct ordering *o = &ordering[k][at[k]];
			int slot = link_slot(&machine.link[k]);
			reuses.slot[slot] = &o->reuse;
			memcpy(now.mapping.order[slot], o->order,
				sizeof o->order);
		}
		cost_orders(&machine, &tile, &reuses, &now.estimate);
		if (within_caps(limits, &now.estimate))
			take(arg, &now);
	} while (choice_next(links, count, at));
	return pairs;
}

void choice_take(void *arg, const struct candidate *candidate)
{
	struct choice *choice = arg;
	if (choice->made &&
		candidate_compare(
			choice->objective, candidate, &choice->winner) >= 0)
		return;
	choice->made = true;
	choice->winner = *candidate;
}

bool search_smallest(struct ctx *ctx, const struct nest *nest,
	const struct arch *arch, const struct search_options *options,
	struct search_result *out)
{
	const struct limits *limits = &options->limits;
	struct tiling t = tiling_none;
	memcpy(t.factor[0], nest->bound, sizeof t.factor[0]);
	if (!tiling_fits_rf(nest, arch, &t, limits) ||
		!tiling_fits_spatial(nest, arch, &t, limits) ||
		!tiling_fits_spm(nest, arch, &t, limits) ||
		!tiling_fits_dram(nest, &t, limits) ||
		!tiling_fits_factors(nest, &t, limits) ||
		!tiling_fits_dataflow(arch, nest, &t))
		return false;
	bool all = true;
	for (int o = 0; o < OBJ_COUNT; o++) {
		struct choice choice = {.objective = (enum objective)o};
		candidates_each(nest, arch, options, orderings_best, &t,
			choice_take, &choice);
		all = all && choice.made;
		out->best[o] = (struct best){.winner = choice.winner};
	}
	out->feasible = all;
	if (all && options->front) {
		out->front = arena_memdup(&ctx->arena,
			&out->best[OBJ_EDP].winner, sizeof *out->front);
		out->front_count = 1;
	}
	return all;
}

void search_keep_perfect(const struct search_result *perfect,
	const struct search_options *options, struct search_result *out)
{
	out->perfect_feasible = perfect->feasible;
	for (int o = 0; o < OBJ_COUNT; o++) {
		if (options->objectives && !(options->objectives & 1u << o))
			continue;
		out->perfect[o] = perfect->best[o].winner;
		out->perfect_feasible = out->perfect_feasible &&
			perfect->best[o].proof.proven;
	}
}

static bool time_reached(double seconds)
{
	struct timespec now;
	return clock_gettime(CLOCK_MONOTONIC, &now) == 0 &&
		(double)now.tv_sec + 1e-9 * (double)now.tv_nsec >= seconds;
}

bool search_stopped(const struct search_stop *stop)
{
	if (!stop)
		return false;
	if (stop->requested && *stop->requested)
		return true;
	return stop->deadline > 0 && time_reached(stop->deadline);
}

bool search_poll(const struct search_stop *stop, unsigned *polls)
{
	return ++*polls % 256 == 0 && search_stopped(stop);
}

bool search_expired(const struct search_stop *stop)
{
	if (!stop || stop->grace <= 0)
		return false;
	if (stop->requested && *stop->requested) {
		int64_t ns = stop->requested_ns
			? atomic_load(stop->requested_ns)
			: 0;
		if (time_reached(1e-9 * (double)ns + stop->grace))
			return true;
	}
	return stop->deadline > 0 &&
		time_reached(stop->deadline + stop->grace);
}

struct misfit nest_misfit(const struct nest *nest, const struct arch *arch)
{
	/* Nothing is smaller than one element of each operand. */
	(void)nest;
	int64_t bits = 0, bytes[OPND_COUNT], all = 0, banks;
	for (int o = 0; o < OPND_COUNT; o++) {
		bits += arch_word_bits(arch, (enum operand)o);
		bytes[o] = arch_bytes(arch, (enum operand)o, 1);
		all += bytes[o];
	}
	if (bits > 8 * arch->rf_bytes)
		return (struct misfit){.memory = "register file",
			.needs_bytes = ceil_div(bits, 8),
			.has_bytes = arch->rf_bytes};
	if (!arch_has_banks(arch, bytes, &banks))
		return (struct misfit){.memory = "scratchpad",
			.needs_bytes = all,
			.has_bytes = arch->spm_banks * arch->bank_bytes,
			.needs_banks = banks,
			.has_banks = arch->spm_banks};
	return (struct misfit){0};
}
