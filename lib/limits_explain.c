/* Asks first whether tiles of each loop can have the factors that are named. */
#include "lib/limits_explain.h"

#include "base/checked.h"
#include "base/text.h"
#include "mapper/dataflow_parts.h"
#include "mapper/search_cache.h"

#include <string.h>

struct question {
	struct ctx *ctx;
	const struct nest *nest;
	const struct arch *arch;
	search_fn *search;
	const struct search_options *options;
	const struct limits *limits;
};

/* --- factors --------------------------------------------------------------
 */

/* The factor that the limits name; 0: none. */
static int64_t factor_named(const struct question *q, int slot, int loop)
{
	int64_t factor = q->limits->factor[slot][loop];
	return factor == FACTOR_WHOLE ? q->nest->bound[loop] : factor;
}

/* Whether a size is cut, from a slot on, into tiles of these factors, 0 any,
 * that leave those of the innermost one. */
static bool has_tiles(int64_t size, const int64_t factor[SEED_SLOTS], int slot)
{
	if (slot == SEED_SLOTS - 1)
		return !factor[slot] || factor[slot] == size;
	if (factor[slot])
		return tile_cut(&size, factor[slot]) &&
			has_tiles(size, factor, slot + 1);
	for (int64_t parts = 1, inner; parts <= size;
		parts = inner > 1 ? ceil_div(size, inner - 1) : size + 1) {
		inner = ceil_div(size, parts);
		if (has_tiles(inner, factor, slot + 1))
			return true;
	}
	return false;
}

/* Why no tiles of a loop, padded ones included, have the factors: some of one
 * loop, 0 any; named lists them. NULL: some do. */
static const char *padded_reason(const struct question *q, int loop,
	const int64_t factor[SEED_SLOTS], const char *named)
{
	/* Above it, the chains of sizes that are walked may take long. */
	static const int64_t BOUND_MOST = 1 << 16;
	struct arena *arena = &q->ctx->arena;
	const char *name = loop_name((enum loop)loop);
	int64_t bound = q->nest->bound[loop], product = 1, parts = 0;
	int count = 0;
	bool fits = true, open = false;
	if (bound > BOUND_MOST || has_tiles(bound, factor, 0))
		return NULL;
	for (int v = 0; v < SEED_SLOTS; v++) {
		open |= !factor[v];
		if (factor[v] <= 1)
			continue;
		count++;
		parts = factor[v];
		fits = fits && mul_ok(product, factor[v], &product);
	}
	if (fits && product < bound && !open)
		return arena_printf(arena,
			"the factors of %s make %lld of its bound %lld, and no "
			"level is left for the rest",
			name, (long long)product, (long long)bound);
	int64_t size = ceil_div(bound, parts);
	if (count == 1 && factor[SLOT_RF] <= 1)
		return arena_printf(arena,
			"the factor of %s (%s): %lld trips of %lld leave one "
			"empty; %lld do",
			name, named, (long long)parts, (long long)bound,
			(long long)ceil_div(bound, size));
	if (count == 1)
		return arena_printf(arena,
			"the factor of %s (%s): %lld tiles of %lld cover its "
			"bound %lld, too",
			name, named, (long long)size,
			(long long)ceil_div(bound, size), (long long)bound);
	return arena_printf(arena,
		"the factors of %s (%s) are those of no tiles of its bound "
		"%lld: one would be empty",
		name, named, (long long)bound);
}

/* What is wrong with the factors of one loop; NULL: nothing. */
static const char *loop_reason(const struct question *q, int loop)
{
	int64_t factors[SEED_SLOTS];
	const char *name = loop_name((enum loop)loop);
	int64_t bound = q->nest->bound[loop], product = 1;
	struct text named = {.ctx = q->ctx};
	bool open = false, fits = true;
	bool perfect = q->options->tiles == TILES_PERFECT;
	for (int v = 0; v < SEED_SLOTS; v++) {
		int slot = seed_slot[v];
		int64_t factor = factor_named(q, slot, loop);
		bool pruned = (limits_pruned(q->nest, q->limits, slot) &
				      LOOP_BIT(loop)) != 0;
		if (pruned && factor > 1)
			return arena_printf(&q->ctx->arena,
				"%s keeps %s out of %s, where its factor is "
				"to be %lld",
				slot == SLOT_DRAM
					? "--opt-no-feature-dram"
					: "--opt-no-spatial-reduction",
				name, slot_name(slot), (long long)factor);
		open |= !factor && !pruned;
		factors[slot] = pruned ? 1 : factor;
		if (factor <= 1)
			continue;
		text_add(&named, "%s%s %lld", named.bytes ? ", " : "",
			slot_name(slot), (long long)factor);
		if (!perfect && factor > bound)
			return arena_printf(&q->ctx->arena,
				"the factor %lld of %s at %s is more than its "
				"bound %lld",
				(long long)factor, name, slot_name(slot),
				(long long)bound);
		fits = fits && mul_ok(product, factor, &product);
	}
	if (!perfect)
		return padded_reason(q, loop, factors, named.bytes);
	if (!fits || bound % product)
		return arena_printf(&q->ctx->arena,
			"the factors of %s (%s) do not divide its bound %lld",
			name, named.bytes, (long long)bound);
	if (!open && product != bound)
		return arena_printf(&q->ctx->arena,
			"the factors of %s make %lld of its bound %lld, and no "
			"level is left for the rest",
			name, (long long)product, (long long)bound);
	return NULL;
}

static const char *factors_reason(const struct question *q)
{
	const char *reason = NULL;
	for (int l = 0; l < LOOP_COUNT && !reason; l++)
		reason = loop_reason(q, l);
	return reason;
}

/* A factor of the limits' that the machine's dataflow does not allow. */
static const char *dataflow_loop_reason(
	const struct question *q, int slot, int loop)
{
	const struct dataflow *d = &q->arch->dataflow;
	struct arena *arena = &q->ctx->arena;
	int64_t named = factor_named(q, slot, loop);
	int64_t fix = d->slot[slot].fix[loop];
	int64_t most = d->slot[slot].most[loop];
	fix = fix == FACTOR_WHOLE ? q->nest->bound[loop] : fix;
	const char *says = NULL;
	if (d->slot[slot].barred & LOOP_BIT(loop) && named > 1)
		says = arena_printf(arena, "keeps %s out of %s",
			loop_name((enum loop)loop), slot_name(slot));
	else if (fix && named && named != fix)
		says = arena_printf(arena, "has factor %lld of %s at %s",
			(long long)fix, loop_name((enum loop)loop),
			slot_name(slot));
	else if (most && named > most)
		says = arena_printf(arena,
			"has at most factor %lld of %s at %s", (long long)most,
			loop_name((enum loop)loop), slot_name(slot));
	return says ? arena_printf(arena,
			      "the dataflow of machine '%s' %s, where it is to "
			      "be %lld",
			      q->arch->name, says, (long long)named)
		    : NULL;
}

/* What of the limits the machine's dataflow contradicts. */
static const char *dataflow_reason(const struct question *q)
{
	const char *reason = NULL;
	for (int v = 0; v < SEED_SLOTS; v++)
		for (int l = 0; l < LOOP_COUNT && !reason; l++)
			reason = dataflow_loop_reason(q, seed_slot[v], l);
	if (!reason && limits_orders_differ(q->arch, q->limits))
		reason = arena_printf(&q->ctx->arena,
			"the dataflow of machine '%s' has another order than "
			"--order",
			q->arch->name);
	return reason;
}

/* The smallest tiles with these factors, against the machine. */
static const char *tiles_reason(const struct question *q)
{
	const struct arch *arch = q->arch;
	struct tiling t;
	int64_t extent[LOOP_COUNT], bytes[OPND_COUNT], bits = 0, banks;
	if (!limits_factors(
		    q->arch, q->nest, q->limits, q->options->tiles, t.factor))
		return NULL;
	for (int s = 0; s < SLOTS_MAX; s++)
		for (int l = 0; l < LOOP_COUNT; l++)
			if (!t.factor[s][l])
				t.factor[s][l] = 1;
	int64_t pes = tiling_product(&t, SLOT_SPATIAL);
	if (pes > arch->pes)
		return arena_printf(&q->ctx->arena,
			"the factors at SPATIAL need %lld PEs, there are %lld",
			(long long)pes, (long long)arch->pes);
	memcpy(extent, t.factor[SLOT_RF], sizeof extent);
	for (int o = 0; o < OPND_COUNT; o++)
		bits += nest_footprint(q->nest, (enum operand)o, extent) *
			arch_word_bits(arch, (enum operand)o);
	if (bits > 8 * arch->rf_bytes)
		return arena_printf(&q->ctx->arena,
			"the factors at RF need %lld bytes of the register "
			"file, there are %lld",
			(long long)ceil_div(bits, 8),
			(long long)arch->rf_bytes);
	if (q->options->tiles == TILES_PADDED)
		return NULL;
	for (int l = 0; l < LOOP_COUNT; l++)
		extent[l] *= t.factor[SLOT_SPATIAL][l] * t.factor[SLOT_SPM][l];
	for (int o = 0; o < OPND_COUNT; o++)
		bytes[o] = arch_bytes(arch, (enum operand)o,
			nest_footprint(q->nest, (enum operand)o, extent));
	if (!arch_has_banks(arch, bytes, &banks))
		return arena_printf(&q->ctx->arena,
			"the factors at SPM, SPATIAL and RF need %lld banks of "
			"the scratchpad (%lld bytes each), there are %lld",
			(long long)banks, (long long)arch->bank_bytes,
			(long long)arch->spm_banks);
	return NULL;
}

/* --- searching again ------------------------------------------------------
 */

/* False where these limits leave nothing, or the search fails. */
static bool search_within(const struct question *q, const struct limits *limits,
	struct search_result *result)
{
	struct ctx ctx;
	struct search_options options = *q->options;
	options.limits = *limits;
	options.front = false;
	options.network.progress = NULL;
	ctx_init(&ctx, q->ctx->messages, q->ctx->arena.guard);
	bool ok = search_cached(
		&ctx, q->nest, q->arch, &options, q->search, result);
	ctx_release(&ctx);
	return ok && result->feasible;
}

/* The least energy within limits against the cap; NULL where it keeps to it, or
 * is not known. */
static const char *energy_reason(const struct question *q,
	const struct limits *limits, const char *within)
{
	struct search_result result;
	const struct best *best = &result.best[OBJ_ENERGY];
	double cap = q->limits->max_energy_pj;
	if (!(cap > 0) || !search_within(q, limits, &result) ||
		!best->proof.proven || best->winner.estimate.energy_pj <= cap)
		return NULL;
	return arena_printf(&q->ctx->arena,
		"%sthe least energy is %.17g pJ, --max-energy allows %.17g",
		within, best->winner.estimate.energy_pj, cap);
}

static const char *cycles_reason(
	const struct question *q, const struct limits *limits)
{
	struct search_result result;
	const struct best *best = &result.best[OBJ_CYCLES];
	int64_t cap = q->limits->max_cycles;
	if (!cap || !search_within(q, limits, &result) || !best->proof.proven ||
		best->winner.estimate.cycles <= cap)
		return NULL;
	return arena_printf(&q->ctx->arena,
		"the fewest cycles are %lld, --max-cycles allows %lld",
		(long long)best->winner.estimate.cycles, (long long)cap);
}

static const char *caps_reason(const struct question *q)
{
	struct limits limits = *q->limits;
	limits.max_cycles = 0;
	limits.max_energy_pj = 0;
	const char *reason = cycles_reason(q, &limits);
	if (!reason)
		reason = energy_reason(q, &limits, "");
	limits.max_cycles = q->limits->max_cycles;
	return reason ? reason
		      : energy_reason(q, &limits, "within --max-cycles ");
}

/* Names a limit where there are mappings without it. */
static void drop(const struct question *q, const struct limits *without,
	const char *name, struct text *names)
{
	struct search_result result;
	if (!limits_equal(without, q->limits) &&
		search_within(q, without, &result))
		text_add(names, "%s%s", names->bytes ? ", or " : "", name);
}

/* Names a part of the machine's dataflow where there are mappings without it.
 */
static bool drop_part(const struct question *q,
	const struct dataflow_part *part, struct text *names)
{
	struct search_result result;
	struct arch arch = *q->arch;
	struct question other = *q;
	arch.dataflow = part->without;
	other.arch = &arch;
	if (!search_within(&other, q->limits, &result))
		return false;
	text_add(names, "%s%s", names->bytes ? ", or " : "", part->name);
	return true;
}

/* All of the smallest parts; where there are none, and no limits that alone are
 * too much, the first key. */
static void drop_parts(const struct question *q, struct text *names)
{
	struct dataflow_part *parts;
	size_t single;
	size_t count =
		dataflow_parts(q->ctx, &q->arch->dataflow, &parts, &single);
	for (size_t i = 0; i < single; i++)
		drop_part(q, &parts[i], names);
	for (size_t i = single; i < count && !names->bytes; i++)
		drop_part(q, &parts[i], names);
}

static const char *drops_reason(const struct question *q)
{
	struct text names = {.ctx = q->ctx};
	struct arena *arena = &q->ctx->arena;
	struct limits now = *q->limits;
	now.min_pe_use = 0;
	drop(q, &now,
		arena_printf(arena, "the least use of the PEs (%g)",
			q->limits->min_pe_use),
		&names);
	now = *q->limits;
	now.min_rf_use = 0;
	drop(q, &now,
		arena_printf(arena, "the least use of the register file (%g)",
			q->limits->min_rf_use),
		&names);
	now = *q->limits;
	now.min_spm_use = 0;
	drop(q, &now,
		arena_printf(arena, "the least use of the scratchpad (%g)",
			q->limits->min_spm_use),
		&names);
	now = *q->limits;
	now.no_spatial_reduction = false;
	drop(q, &now, "--opt-no-spatial-reduction", &names);
	now = *q->limits;
	now.no_feature_dram = false;
	drop(q, &now, "--opt-no-feature-dram", &names);
	for (int v = 0; v < SEED_SLOTS; v++)
		for (int l = 0; l < LOOP_COUNT; l++) {
			int slot = seed_slot[v];
			now = *q->limits;
			now.factor[slot][l] = 0;
			drop(q, &now,
				arena_printf(arena,
					"the factor %lld of %s at %s",
					(long long)factor_named(q, slot, l),
					loop_name((enum loop)l),
					slot_name(slot)),
				&names);
		}
	drop_parts(q, &names);
	if (!names.bytes)
		return "they exclude each other: at least two of them have to "
		       "go";
	return arena_printf(
		arena, "there would be mappings without %s", names.bytes);
}

const char *limits_explain(struct ctx *ctx, const struct nest *nest,
	const struct arch *arch, search_fn *search,
	const struct search_options *options)
{
	const struct question q = {
		ctx, nest, arch, search, options, &options->limits};
	const char *reason = dataflow_reason(&q);
	if (!reason)
		reason = factors_reason(&q);
	if (!reason)
		reason = tiles_reason(&q);
	if (!reason)
		reason = caps_reason(&q);
	return reason ? reason : drops_reason(&q);
}
