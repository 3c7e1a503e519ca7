/* Every loop is stepped, and what each operand keeps is remembered, not
 * derived. */
#include "oracle/loop_walk.h"

#include "oracle/literal_cost.h"
#include "oracle/literal_space.h"

#include <math.h>

/* --- walking a level ------------------------------------------------------ */

/* A level under way: the loops' trips, counted up like an odometer. */
struct odometer {
	const struct nest *nest;
	const int64_t *factor;
	const uint8_t *order; /* outermost first */
	int64_t trip[LOOP_COUNT];
	bool begun, changed[OPND_COUNT]; /* tiles, by the last step */
};

/* The next step; false behind the last. */
static bool walk_step(struct odometer *w)
{
	unsigned moved = 0;
	int i = LOOP_COUNT - 1;
	for (; w->begun && i >= 0; i--) {
		int loop = w->order[i];
		if (w->factor[loop] > 1)
			moved |= LOOP_BIT(loop);
		if (++w->trip[loop] < w->factor[loop])
			break;
		w->trip[loop] = 0;
	}
	for (int o = 0; o < OPND_COUNT; o++)
		w->changed[o] = !w->begun || moved & w->nest->indexes[o];
	w->begun = true;
	return i >= 0;
}

/* How often each operand's tile changes over a level's steps. */
struct level_count {
	double steps, tiles[OPND_COUNT];
	double outputs; /* different tiles of O */
	/* At DRAM: elements of the tiles that are not padding, each time that
	 * they move; of different tiles of O. */
	double elems[OPND_COUNT], output_elems;
};

/* Elements of the operand's SPM tile under way, clipped at the bounds. */
static double tile_elems(
	const struct odometer *w, const int64_t tile[LOOP_COUNT], int operand)
{
	int64_t extent[LOOP_COUNT];
	for (int l = 0; l < LOOP_COUNT; l++) {
		int64_t rest = w->nest->bound[l] - w->trip[l] * tile[l];
		extent[l] = rest < tile[l] ? rest : tile[l];
	}
	return (double)nest_footprint(w->nest, (enum operand)operand, extent);
}

static int64_t output_number(const struct odometer *w)
{
	int64_t number = 0;
	for (int l = 0; l < LOOP_COUNT; l++)
		if (w->nest->indexes[OPND_O] & LOOP_BIT(l))
			number = number * w->factor[l] + w->trip[l];
	return number;
}

static struct level_count level_walk(struct ctx *ctx, const struct nest *nest,
	const struct mapping *mapping, int slot)
{
	struct level_count count = {0};
	struct odometer w = {
		.nest = nest,
		.factor = mapping->tiling.factor[slot],
		.order = mapping->order[slot],
	};
	int64_t tile[LOOP_COUNT];
	for (int l = 0; l < LOOP_COUNT; l++)
		tile[l] = literal_trips(nest->bound[l],
			mapping->tiling.factor[SLOT_DRAM][l]);
	/* One for every step is enough. */
	bool *seen = arena_array(&ctx->arena,
		(size_t)literal_product(w.factor), sizeof *seen);
	while (walk_step(&w)) {
		bool *output = &seen[output_number(&w)];
		count.steps++;
		for (int o = 0; o < OPND_COUNT; o++) {
			count.tiles[o] += w.changed[o];
			if (w.changed[o] && slot == SLOT_DRAM)
				count.elems[o] += tile_elems(&w, tile, o);
		}
		if (!*output && slot == SLOT_DRAM)
			count.output_elems += tile_elems(&w, tile, OPND_O);
		count.outputs += !*output;
		*output = true;
	}
	return count;
}

/* --- costs ---------------------------------------------------------------- */

struct counted {
	const struct nest *nest;
	const struct arch *arch;
	const struct mapping *mapping;
	struct literal_tile tile;
	struct level_count dram, spm;
	bool held[OPND_COUNT]; /* stays in the register files */
	enum burst_rule rule;
};

/* Of an operand's tiles; O is written each time, and read but for the first. */
static double dram_energy(const struct counted *c, int o)
{
	double moved = c->dram.elems[o];
	double pj = c->arch->dram_pj * literal_word(c->arch, o);
	if (c->rule == BURST_COMPAT) {
		moved = c->dram.tiles[o];
		pj = c->tile.dma[o].pj;
	}
	if (o == OPND_O)
		moved += moved -
			(c->rule == BURST_COMPAT ? c->dram.outputs
						 : c->dram.output_elems);
	return moved * pj;
}

/* Not where its tiles go through to the network, each once. */
static bool in_spm(const struct counted *c, int o)
{
	return !c->arch->spm_bypass[o] || c->spm.tiles[o] > 1;
}

/* COST_MODEL 9. */
static double energy(const struct counted *c)
{
	const struct arch *a = c->arch;
	const struct literal_tile *t = &c->tile;
	double macs = (double)t->macs;
	double pj = macs * a->mac_pj;
	for (int o = 0; o < OPND_COUNT; o++) {
		double word = literal_word(a, o);
		bool out = o == OPND_O;
		double receivers = (double)(out ? t->groups : t->pes);
		double send =
			((double)t->rf[o] * receivers * a->noc_pj +
				(in_spm(c, o) ? (double)t->pe[o] *
							a->spm_pj
					      : 0)) *
			word;
		/* Words that a PE uses once need no register. */
		double accesses = out ? 2 : 1;
		if (!a->rf_bypass[o] || !t->used_once[o])
			pj += macs * accesses * word * a->rf_pj;
		double reduce = out ? (double)t->red *
				((3 * a->rf_pj + a->noc_pj) * word + a->mac_pj)
				    : 0;
		double fetches = c->dram.tiles[o];
		if (c->held[o])
			pj += (send + reduce) * fetches;
		else
			pj += ((out ? 2 : 1) * send + reduce) *
				c->spm.tiles[o] * c->dram.steps;
		pj += dram_energy(c, o);
	}
	return pj;
}

/* COST_MODEL 6, RF pass by RF pass. What changes in every pass is sent before
 * computing begins, the others when they change. */
struct pass {
	double first, words; /* what is sent in every one; at a word a cycle */
	double overlap;      /* of an RF pass, work while networks send */
	double networks, ports, cycles; /* the longer of the two */
};

static struct pass pass_walk(const struct counted *c)
{
	const struct literal_tile *t = &c->tile;
	double work = (double)t->work, red = (double)t->red_cycles;
	bool always[OPND_COUNT];
	struct pass pass = {0};
	for (int o = 0; o < OPND_COUNT; o++) {
		always[o] = !c->held[o] && c->spm.tiles[o] == c->spm.steps;
		if (!always[o])
			continue;
		pass.first = fmax(pass.first, (double)t->noc[o]);
		pass.words = fmax(pass.words, (double)t->pe[o]);
	}
	pass.overlap = always[OPND_O] ? 0 : work;
	struct odometer w = {
		.nest = c->nest,
		.factor = c->mapping->tiling.factor[SLOT_SPM],
		.order = c->mapping->order[SLOT_SPM],
	};
	double words = 0; /* between scratchpad and networks */
	while (walk_step(&w)) {
		for (int o = 0; o < OPND_COUNT; o++)
			if (!c->held[o] && w.changed[o] && in_spm(c, o))
				words += (double)t->pe[o] *
					(o == OPND_O ? 2 : 1);
		double hidden = fmax(pass.overlap, pass.first);
		pass.networks += hidden + (always[OPND_O] ? work + red : 0);
		for (int o = 0; o < OPND_COUNT; o++) {
			if (c->held[o] || always[o] || !w.changed[o])
				continue;
			pass.networks +=
				fmax((double)t->noc[o] - hidden, 0);
			if (o == OPND_O)
				pass.networks += work + red;
		}
	}
	double ports = (double)(c->arch->spm_ports * c->arch->port_words);
	pass.ports = ports > 0 ? ceil(words / ports) : 0;
	pass.cycles = fmax(pass.networks, pass.ports);
	return pass;
}

/* One in which a held operand is sent, too: behind what hides it at a word a
 * cycle, or what takes as long (docs/cost-model.md). */
static double pass_sending(const struct pass *pass, double noc_cycles)
{
	double hidden = fmax(pass->first, fmin(pass->overlap, pass->words));
	return fmax(pass->networks + fmax(noc_cycles - hidden, 0),
		pass->ports + fmax(noc_cycles - pass->words, 0));
}

static double together(const struct counted *c, double a, double b)
{
	return c->arch->dma_parallel ? fmax(a, b) : a + b;
}

/* COST_MODEL 8. */
static double cycles(const struct counted *c)
{
	const struct literal_tile *t = &c->tile;
	struct pass each_pass = pass_walk(c);
	double pass = each_pass.cycles, each = 0;
	bool apart = c->arch->spm_buffers == 1;
	for (int o = 0; o < OPND_COUNT; o++)
		if (c->dram.tiles[o] == c->dram.steps)
			each = together(c, each,
				(double)t->dma[o].cycles *
					(o == OPND_O ? 2 : 1));
	double step = apart ? each + pass : fmax(each, pass);
	double sum = step * c->dram.steps;
	for (int o = 0; o < OPND_COUNT; o++) {
		double dma = (double)t->dma[o].cycles, load = pass,
		       store = pass;
		if (c->dram.tiles[o] == c->dram.steps)
			continue;
		if (c->held[o]) {
			store = pass_sending(
				&each_pass, (double)t->noc[o]);
			if (o == OPND_O)
				load += (double)(t->red_cycles + t->work);
		}
		double first_dma = together(c, each, dma);
		double last_dma = o == OPND_O ? first_dma : each;
		load = apart ? load + first_dma : fmax(load, first_dma);
		store = apart ? store + last_dma : fmax(store, last_dma);
		sum += (fmax(load, step) - step + fmax(store, step) - step) *
			c->dram.tiles[o];
	}
	return sum;
}

bool loop_walk(struct ctx *ctx, const struct nest *nest,
	const struct arch *arch, const struct mapping *mapping,
	enum burst_rule rule, struct loop_walk *out)
{
	struct counted c = {
		.nest = nest,
		.arch = arch,
		.mapping = mapping,
		.rule = rule,
	};
	for (int v = 0; v <= SLOT_SPM; v++)
		if (literal_product(mapping->tiling.factor[v]) > WALK_MOST)
			return false;
	literal_tile(nest, arch, &mapping->tiling, rule, &c.tile);
	c.dram = level_walk(ctx, nest, mapping, SLOT_DRAM);
	c.spm = level_walk(ctx, nest, mapping, SLOT_SPM);
	for (int o = 0; o < OPND_COUNT; o++)
		c.held[o] =
			c.spm.tiles[o] == 1 && c.dram.tiles[o] < c.dram.steps;
	*out = (struct loop_walk){energy(&c), cycles(&c)};
	return true;
}

bool loop_walk_agrees(
	const struct loop_walk *walk, const struct estimate *estimate)
{
	double pj = estimate->energy_pj;
	return walk->cycles == (double)estimate->cycles &&
		fabs(walk->energy_pj - pj) <= 0.5 + 1e-12 * pj;
}
