/* How many PEs the spatial factors of a nest can reach, and what keeps the
 * others idle. */
#include "mapper/poor_fit.h"

#include "base/checked.h"
#include "base/text.h"

/* --- how many PEs there is work for --------------------------------------- */

/* Spatial factors under way; those of loops to come are 1. */
struct reach {
	const struct arch *arch;
	const struct nest *nest;
	enum tile_sizes tiles;
	int64_t factor[LOOP_COUNT];
	bool fixed[LOOP_COUNT];       /* by the dataflow: factor stays */
	int64_t more[LOOP_COUNT + 1]; /* the most of the loops from one on */
	int64_t best, enough;
};

/* Whether a loop can be cut into so many parts at SPATIAL. */
static bool may_cut(const struct reach *r, int64_t bound, int64_t parts)
{
	if (r->tiles == TILES_PERFECT)
		return bound % parts == 0;
	return ceil_div(bound, ceil_div(bound, parts)) == parts;
}

static void factors_try(struct reach *r, int loop, int64_t pes)
{
	if (!dataflow_allows(r->arch, r->nest, SLOT_SPATIAL, r->factor))
		return;
	r->best = pes > r->best ? pes : r->best;
	if (loop == LOOP_COUNT)
		return;
	if (r->fixed[loop]) {
		factors_try(r, loop + 1, pes);
		return;
	}
	int64_t bound = r->nest->bound[loop], most = r->arch->pes / pes;
	for (int64_t f = most < bound ? most : bound; f >= 1; f--) {
		/* Few are left, or many more than needed: as doubles. */
		double all =
			(double)pes * (double)f * (double)r->more[loop + 1];
		if (r->best >= r->enough || all <= (double)r->best)
			break;
		if (!may_cut(r, bound, f))
			continue;
		r->factor[loop] = f;
		factors_try(r, loop + 1, pes * f);
	}
	r->factor[loop] = 1;
}

int64_t pes_reached(const struct arch *arch, const struct nest *nest,
	enum tile_sizes tiles, int64_t enough)
{
	struct reach r = {.arch = arch,
		.nest = nest,
		.tiles = tiles,
		.enough = enough,
		.more[LOOP_COUNT] = 1};
	int64_t pes = 1;
	for (int l = LOOP_COUNT - 1; l >= 0; l--) {
		int64_t fix = arch->dataflow.slot[SLOT_SPATIAL].fix[l];
		r.fixed[l] = fix != 0;
		r.factor[l] = fix == FACTOR_WHOLE ? nest->bound[l]
			: fix                     ? fix
						  : 1;
		/* Bounds multiply to less than 2^50. */
		r.more[l] = r.more[l + 1] * (fix ? 1 : nest->bound[l]);
		if (r.factor[l] > nest->bound[l] ||
			r.factor[l] > arch->pes / pes ||
			!may_cut(&r, nest->bound[l], r.factor[l]))
			return 0;
		pes *= r.factor[l];
	}
	factors_try(&r, 0, pes);
	return r.best;
}

/* --- in words ------------------------------------------------------------- */

/* What keeps a loop off an axis; NULL: nothing. */
static const char *obstacle(struct ctx *ctx, const struct arch *arch,
	const struct nest *nest, int axis, int loop)
{
	const struct dataflow *d = &arch->dataflow;
	for (int o = 0; o < OPND_COUNT; o++) {
		bool indexes = nest->indexes[o] & LOOP_BIT(loop);
		if ((indexes ? d->not_distinct : d->not_shared)[o] & 1u << axis)
			return arena_printf(&ctx->arena, "which %s %s here",
				indexes ? "indexes" : "does not index",
				operand_name((enum operand)o));
	}
	return NULL;
}

/* "rows take only C (3) and Fx (7)"; axis GRID_AXES: all PEs. */
static void axis_add(struct text *text, const struct arch *arch,
	const struct nest *nest, int axis)
{
	const struct dataflow *d = &arch->dataflow;
	bool grid = axis < GRID_AXES;
	unsigned barred = d->slot[SLOT_SPATIAL].barred |
		(grid ? d->axis[axis].barred : 0);
	const char *comma = "";
	text_add(text, "%s take only",
		grid ? grid_axis_name((enum grid_axis)axis) : "PEs");
	for (int l = 0; l < LOOP_COUNT; l++) {
		int64_t most = d->slot[SLOT_SPATIAL].most[l];
		/* Of a list that was named, all; else what there is. */
		if (barred & LOOP_BIT(l) || (!barred && nest->bound[l] == 1))
			continue;
		text_add(text, "%s %s", comma, loop_name((enum loop)l));
		comma = ",";
		const char *why = grid && nest->bound[l] > 1
			? obstacle(text->ctx, arch, nest, axis, l)
			: NULL;
		if (why)
			text_add(text, ", %s", why);
		else if (most && most < nest->bound[l])
			text_add(text, " (%lld, at most %lld)",
				(long long)nest->bound[l], (long long)most);
		else
			text_add(text, " (%lld)", (long long)nest->bound[l]);
	}
	if (!*comma)
		text_add(text, " nothing of it");
}

const char *poor_fit(struct ctx *ctx, const struct arch *arch,
	const struct nest *nest, enum tile_sizes tiles,
	const struct mapping *mapping)
{
	int64_t used = tiling_product(&mapping->tiling, SLOT_SPATIAL);
	if (used >= arch->pes - used)
		return NULL;
	struct text text = {.ctx = ctx};
	int64_t half = arch->pes - arch->pes / 2;
	int64_t reached = pes_reached(arch, nest, tiles, half);
	text_add(&text, "%.2g %% of the PEs (%lld of %lld): ",
		100 * (double)used / (double)arch->pes, (long long)used,
		(long long)arch->pes);
	if (reached >= half) {
		text_add(&text, "more of them would not pay");
		return text.bytes;
	}
	for (int a = 0; a < GRID_AXES && arch->dataflow.grid; a++) {
		text_add(&text, "%s", a ? "; " : "");
		axis_add(&text, arch, nest, a);
	}
	if (!arch->dataflow.grid)
		axis_add(&text, arch, nest, GRID_AXES);
	if (reached > used)
		text_add(&text, "; %lld at most, which would not pay",
			(long long)reached);
	return text.bytes;
}
