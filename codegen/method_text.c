/* The execution method of a layer for people.
 *
 * The loop nest is written as it runs: loops of one trip left out, DRAM loops
 * outside, then SPM, spatial, RF. A comment stands where an operand's buffer is
 * filled or drained, and so runs as often as the transfer happens; which loop
 * that is follows from the reuse factors: an operand stays over the innermost
 * loops of a level that do not index it. */
#include "codegen/method.h"

#include "base/checked.h"
#include "base/text.h"
#include "codegen/gains.h"
#include "codegen/gap.h"

#include <string.h>

/* --- one nest, ready to print ---------------------------------------------
 */

enum { LIVE_MAX = SEED_SLOTS * LOOP_COUNT };

struct live_loop {
	int slot;
	enum loop loop;
	int64_t trips;
};

struct view {
	struct text *text;
	struct ctx *ctx;
	const struct nest *nest;
	const struct mapping *mapping;
	const struct arch *arch;
	struct tile_cost tile;
	struct estimate estimate;
	struct breakdown breakdown;
	int64_t extent[SEED_BOXES][LOOP_COUNT];
	/* Loops of more than one trip, outermost first. */
	int count;
	struct live_loop live[LIVE_MAX];
	int slot_end[SEED_SLOTS]; /* behind the slot's last loop in live */
	/* How many of the live loops are around the operand's transfer into
	 * the scratchpad, and into the register files. */
	int spm_depth[OPND_COUNT], rf_depth[OPND_COUNT];
};

static const char *const slot_suffix[SEED_SLOTS] = {
	[SLOT_DRAM] = "dram",
	[SLOT_SPM] = "spm",
	[SLOT_SPATIAL] = "pe",
	[SLOT_RF] = "rf",
};

static const char *const loop_variable[LOOP_COUNT] = {
	[LOOP_N] = "n",
	[LOOP_M] = "m",
	[LOOP_C] = "c",
	[LOOP_OX] = "ox",
	[LOOP_OY] = "oy",
	[LOOP_FX] = "fx",
	[LOOP_FY] = "fy",
};

/* Depth behind the last loop of live[from, to) that indexes the operand. */
static int depth_of(const struct view *v, enum operand o, int from, int to)
{
	while (to > from &&
		!(v->nest->indexes[o] & LOOP_BIT(v->live[to - 1].loop)))
		to--;
	return to;
}

static void view_init(struct view *v, struct text *text,
	const struct arch *arch, enum burst_rule rule, const struct nest *nest,
	const struct mapping *mapping)
{
	*v = (struct view){.text = text,
		.ctx = text->ctx,
		.nest = nest,
		.mapping = mapping,
		.arch = arch};
	const struct machine machine = machine_of_arch(arch);
	tile_cost(nest, &machine, &mapping->tiling, rule, &v->tile);
	cost_mapping(nest, v->arch, mapping, rule, &v->estimate);
	cost_breakdown(nest, v->arch, mapping, rule, &v->breakdown);
	for (int b = 0; b < SEED_BOXES; b++)
		tiling_box(v->nest, &mapping->tiling, b, v->extent[b]);
	for (int s = 0; s < SEED_SLOTS; s++) {
		for (int k = 0; k < LOOP_COUNT; k++) {
			int l = mapping->order[s][k];
			int64_t trips = mapping->tiling.factor[s][l];
			if (trips > 1)
				v->live[v->count++] = (struct live_loop){
					s, (enum loop)l, trips};
		}
		v->slot_end[s] = v->count;
	}
	for (int o = 0; o < OPND_COUNT; o++) {
		v->spm_depth[o] =
			depth_of(v, (enum operand)o, 0, v->slot_end[SLOT_DRAM]);
		v->rf_depth[o] = v->estimate.held[o]
			? v->spm_depth[o]
			: depth_of(v, (enum operand)o, v->slot_end[SLOT_DRAM],
				  v->slot_end[SLOT_SPM]);
	}
}

/* Extents of an operand's tensor in a box: "1x64x58x58". */
static const char *box_text(const struct view *v, enum operand o, int box)
{
	const struct nest_tensor *t = &v->nest->tensor[o];
	struct text s = {.ctx = v->ctx};
	for (int d = 0; d < t->dims; d++)
		text_add(&s, "%s%lld", d ? "x" : "",
			(long long)index_extent(
				v->nest, t->dim[d].index, v->extent[box]));
	return s.bytes ? s.bytes : "1";
}

static const char *count(const struct view *v, int64_t value)
{
	return text_count(v->ctx, value);
}

static const char *variable(const struct view *v, const struct live_loop *loop)
{
	return arena_printf(&v->ctx->arena, "%s_%s", loop_variable[loop->loop],
		slot_suffix[loop->slot]);
}

/* Names of live[from, to), of those loops that index the operand or of the
 * others: "c_dram, fx_dram". */
static const char *variables(
	const struct view *v, int from, int to, enum operand o, bool index)
{
	struct text s = {.ctx = v->ctx};
	for (int i = from; i < to; i++) {
		unsigned bit = LOOP_BIT(v->live[i].loop);
		if (((v->nest->indexes[o] & bit) != 0) == index)
			text_add(&s, "%s%s", s.bytes ? ", " : "",
				variable(v, &v->live[i]));
	}
	return s.bytes ? s.bytes : "";
}

/* --- tables ---------------------------------------------------------------
 */

enum { COLUMNS_MAX = 10, ROWS_MAX = 16, BAR = 24 };

struct table {
	const char *cell[ROWS_MAX * COLUMNS_MAX];
	int columns, rows;
};

/* Adds a row; the cells left out stay empty. */
static const char **row_add(struct table *t)
{
	assert(t->rows < ROWS_MAX);
	return &t->cell[t->rows++ * t->columns];
}

static const char *share(const struct view *v, double part, double whole)
{
	return whole > 0
		? arena_printf(&v->ctx->arena, "%.1f %%", 100 * part / whole)
		: "";
}

static const char *bar(const struct view *v, double part, double whole)
{
	int n = whole > 0 ? (int)(BAR * part / whole + 0.5) : 0;
	char *s = arena_alloc(&v->ctx->arena, BAR + 2);
	memset(s, '#', (size_t)(n > BAR ? BAR : n < 0 ? 0 : n));
	return s;
}

/* A row of a number for each loop, and their product. */
static const char **loops_row(const struct view *v, struct table *t,
	const char *name, const int64_t loops[LOOP_COUNT], int64_t product)
{
	const char **row = row_add(t);
	row[0] = name;
	for (int l = 0; l < LOOP_COUNT; l++)
		row[1 + l] = count(v, loops[l]);
	row[LOOP_COUNT + 1] = product ? count(v, product) : "";
	return row;
}

static void tiling_table(const struct view *v)
{
	const struct tiling *tiling = &v->mapping->tiling;
	struct table t = {.columns = LOOP_COUNT + 3};
	const char **row = row_add(&t);
	for (int l = 0; l < LOOP_COUNT; l++)
		row[1 + l] = loop_name((enum loop)l);
	row[LOOP_COUNT + 1] = "product";
	row[LOOP_COUNT + 2] = "order, outermost first";
	for (int s = 0; s < SEED_SLOTS; s++) {
		row = loops_row(v, &t, slot_name(s), tiling->factor[s],
			tiling_product(tiling, s));
		if (seed_place[s] >= SEED_ORDERED)
			continue;
		struct text order = {.ctx = v->ctx};
		for (int k = 0; k < LOOP_COUNT; k++)
			text_add(&order, "%s%s", k ? " " : "",
				loop_name((enum loop)v->mapping->order[s][k]));
		row[LOOP_COUNT + 2] = order.bytes;
	}
	if (!tiling_perfect(v->nest, tiling)) {
		int64_t turns[LOOP_COUNT];
		for (int l = 0; l < LOOP_COUNT; l++) {
			turns[l] = 1;
			for (int s = 0; s < SEED_SLOTS; s++)
				turns[l] *= tiling->factor[s][l];
		}
		loops_row(v, &t, "padded", turns, tiling_macs(tiling));
	}
	loops_row(v, &t, "bound", v->nest->bound, nest_macs(v->nest));
	if (!tiling_perfect(v->nest, tiling)) {
		loops_row(v, &t, "SPM tile", v->extent[BOX_SPM], 0);
		loops_row(v, &t, "array", v->extent[BOX_PE], 0);
	}
	text_table(v->text, "lrrrrrrrrl", t.rows, t.cell);
}

static void energy_table(const struct view *v)
{
	const struct estimate *e = &v->estimate;
	struct table t = {.columns = 7};
	const char **row = row_add(&t);
	row[0] = "energy / pJ";
	row[1] = "total";
	row[2] = "share";
	for (int o = 0; o < OPND_COUNT; o++)
		row[3 + o] = operand_name((enum operand)o);
	for (int k = 0; k < COMPONENT_COUNT; k++) {
		const double *pj = v->breakdown.pj[k];
		row = row_add(&t);
		row[0] = component_name((enum component)k);
		row[1] = text_whole(v->ctx, e->component_pj[k]);
		row[2] = share(v, e->component_pj[k], e->energy_pj);
		for (int o = 0; o < OPND_COUNT; o++)
			row[3 + o] =
				pj[o] > 0 ? text_whole(v->ctx, pj[o]) : "-";
		row[6] = bar(v, e->component_pj[k], e->energy_pj);
	}
	row = row_add(&t);
	row[0] = "sum";
	row[1] = text_whole(v->ctx, e->energy_pj);
	text_table(v->text, "lrrrrrl", t.rows, t.cell);
}

static void cycle_table(const struct view *v)
{
	static const char *const meaning[] = {
		[BOUND_COMPUTE] = "multiplying",
		[BOUND_NOC] = "waiting for operands from the scratchpad",
		[BOUND_REDUCTION] = "adding up across PEs",
		[BOUND_DMA] = "waiting for DRAM",
	};
	static_assert(
		sizeof meaning / sizeof *meaning == BOUND_COUNT, "one each");
	const struct breakdown *b = &v->breakdown;
	const int64_t *cycles = b->cause_cycles;
	double sum = (double)v->estimate.cycles;
	struct table t = {.columns = 5};
	const char **row = row_add(&t);
	row[0] = "cycles";
	row[1] = "total";
	row[2] = "share";
	for (int k = 0; k < BOUND_COUNT; k++) {
		row = row_add(&t);
		row[0] = bound_by_name((enum bound_by)k);
		row[1] = count(v, cycles[k]);
		row[2] = share(v, (double)cycles[k], sum);
		row[3] = meaning[k];
		row[4] = bar(v, (double)cycles[k], sum);
	}
	row = row_add(&t);
	row[0] = "sum";
	row[1] = count(v, v->estimate.cycles);
	row[3] = arena_printf(
		&v->ctx->arena, "bound by %s", bound_by_name(b->bound));
	text_table(v->text, "lrrll", t.rows, t.cell);
}

static void use_table(const struct view *v)
{
	const struct arch *a = v->arch;
	const struct breakdown *b = &v->breakdown;
	int64_t bits = 0;
	for (int o = 0; o < OPND_COUNT; o++)
		bits += v->tile.elems[BOX_RF][o] *
			arch_word_bits(a, (enum operand)o);
	struct table t = {.columns = 4};
	const char **row = row_add(&t);
	row[0] = "in use";
	row = row_add(&t);
	row[0] = "PEs";
	row[1] = arena_printf(&v->ctx->arena, "%s of %s",
		count(v, v->tile.trips[SLOT_SPATIAL]), count(v, a->pes));
	row[2] = share(v, b->pe_use, 1);
	row[3] = bar(v, b->pe_use, 1);
	row = row_add(&t);
	row[0] = "register file";
	row[1] = arena_printf(&v->ctx->arena, "%s of %s B a PE",
		count(v, ceil_div(bits, 8)), count(v, a->rf_bytes));
	row[2] = share(v, b->rf_use, 1);
	row[3] = bar(v, b->rf_use, 1);
	row = row_add(&t);
	row[0] = "scratchpad";
	row[1] = arena_printf(&v->ctx->arena,
		"%s of %s B, %s of %s banks (of each buffer)",
		count(v, b->spm_bytes), count(v, a->spm_banks * a->bank_bytes),
		count(v, b->spm_banks_used), count(v, a->spm_banks));
	row[2] = share(v, b->spm_use, 1);
	row[3] = bar(v, b->spm_use, 1);
	text_table(v->text, "llrl", t.rows, t.cell);
}

static void operand_table(const struct view *v)
{
	struct ctx *ctx = v->ctx;
	enum { ROWS = 12 };
	static const char *const names[ROWS] = {"operand", "tensor",
		"tile in the scratchpad", "tile of the PE array",
		"tile of a register file", "moving the scratchpad tile",
		"  DMA cycles", "elements read from DRAM",
		"elements written to DRAM", "scratchpad accesses",
		"register file deliveries", "stays in the register files"};
	struct table t = {.columns = 1 + OPND_COUNT};
	const char **rows[ROWS];
	for (int r = 0; r < ROWS; r++) {
		rows[r] = row_add(&t);
		rows[r][0] = names[r];
	}
	for (int o = 0; o < OPND_COUNT; o++) {
		enum operand op = (enum operand)o;
		const struct flow *far = &v->breakdown.flow[LINK_DMA][o];
		const struct flow *near = &v->breakdown.flow[LINK_NOC][o];
		const struct dma *dma = &v->tile.link[LINK_DMA].dma[o];
		const char *cells[ROWS] = {
			operand_name(op),
			box_text(v, op, BOX_DRAM),
			box_text(v, op, BOX_SPM),
			box_text(v, op, BOX_PE),
			box_text(v, op, BOX_RF),
			arena_printf(&ctx->arena, "%s x %s B",
				count(v, dma->bursts),
				count(v,
					arch_burst_bytes(v->arch, op,
						dma->burst_elems))),
			count(v, dma->cycles),
			count(v, far->down),
			count(v, far->up),
			count(v, near->down + near->up),
			count(v, near->delivered),
			v->estimate.held[o] ? "over SPM passes" : "-",
		};
		for (int r = 0; r < ROWS; r++)
			rows[r][1 + o] = cells[r];
	}
	text_table(v->text, "lrrr", t.rows, t.cell);
}

/* --- the loop nest --------------------------------------------------------
 */

enum { INDENT = 2 };

static void line_begin(const struct view *v, int depth)
{
	text_pad(v->text, ' ', INDENT * depth);
}

static const char *banks_text(const struct view *v, enum operand o)
{
	int64_t banks =
		ceil_div(arch_bytes(v->arch, o, v->tile.elems[BOX_SPM][o]),
			v->arch->bank_bytes);
	return arena_printf(&v->ctx->arena, "%s bank%s", count(v, banks),
		banks == 1 ? "" : "s");
}

/* "16 bursts of 1,240 B" */
static const char *bursts_text(const struct view *v, enum operand o)
{
	const struct dma *dma = &v->tile.link[LINK_DMA].dma[o];
	return arena_printf(&v->ctx->arena, "%s burst%s of %s B",
		count(v, dma->bursts), dma->bursts == 1 ? "" : "s",
		count(v, arch_burst_bytes(v->arch, o, dma->burst_elems)));
}

/* ", kept over c_dram": the loops of live[depth, end), none of which index the
 * operand. */
static const char *kept_text(const struct view *v, enum operand o,
	const char *verb, int depth, int end)
{
	if (depth == end)
		return "";
	return arena_printf(&v->ctx->arena, "; %s over %s", verb,
		variables(v, depth, end, o, false));
}

/* Into the scratchpad. */
static void spm_fill(const struct view *v, enum operand o)
{
	int depth = v->spm_depth[o];
	line_begin(v, depth);
	text_add(v->text, "// %s: SPM tile %s = %s B, %s", operand_name(o),
		box_text(v, o, BOX_SPM),
		count(v, arch_bytes(v->arch, o, v->tile.elems[BOX_SPM][o])),
		banks_text(v, o));
	const char *again = variables(v, 0, depth, o, false);
	if (o != OPND_O)
		text_add(v->text, ", from DRAM in %s", bursts_text(v, o));
	else if (*again)
		text_add(v->text,
			", starts at 0 for the first %s, else from DRAM in %s",
			again, bursts_text(v, o));
	else
		text_add(v->text, ", starts at 0");
	text_add(v->text, "%s\n",
		kept_text(v, o, "stays", depth, v->slot_end[SLOT_DRAM]));
}

/* Into the register files. */
static void rf_fill(const struct view *v, enum operand o)
{
	int depth = v->rf_depth[o];
	bool held = v->estimate.held[o];
	int64_t elems = v->tile.elems[BOX_PE][o];
	int64_t cycles = v->tile.link[LINK_NOC].cycles[o];
	const char *shared = o == OPND_O
		? ""
		: variables(v, v->slot_end[SLOT_SPM], v->slot_end[SLOT_SPATIAL],
			  o, false);
	line_begin(v, depth);
	text_add(v->text,
		"// %s: RF tile %s = %s B in each PE, %s element%s from SPM in "
		"%s cycle%s%s%s%s\n",
		operand_name(o), box_text(v, o, BOX_RF),
		count(v, arch_bytes(v->arch, o, v->tile.elems[BOX_RF][o])),
		count(v, elems), elems == 1 ? "" : "s", count(v, cycles),
		cycles == 1 ? "" : "s", *shared ? ", shared over " : "", shared,
		kept_text(v, o, held ? "held" : "stays", depth,
			held ? v->slot_end[SLOT_DRAM] : v->slot_end[SLOT_SPM]));
}

static void rf_drain(const struct view *v)
{
	line_begin(v, v->rf_depth[OPND_O]);
	text_add(v->text, "// O: ");
	if (v->tile.link[LINK_NOC].group > 1)
		text_add(v->text, "sum of %s PEs each (%s) in %s cycles, then ",
			count(v, v->tile.link[LINK_NOC].group),
			variables(v, v->slot_end[SLOT_SPM],
				v->slot_end[SLOT_SPATIAL], OPND_O, false),
			count(v, v->tile.link[LINK_NOC].added_cycles));
	text_add(v->text, "to SPM: %s elements\n",
		count(v, v->tile.elems[BOX_PE][OPND_O]));
}

static void spm_drain(const struct view *v)
{
	line_begin(v, v->spm_depth[OPND_O]);
	text_add(v->text, "// O: to DRAM in %s\n", bursts_text(v, OPND_O));
}

/* What happens around the loop at a depth: fills before it, in the order of the
 * memories, drains behind it, in the opposite order. */
static void fills(const struct view *v, int depth)
{
	for (int o = 0; o < OPND_COUNT; o++)
		if (v->spm_depth[o] == depth)
			spm_fill(v, (enum operand)o);
	for (int o = 0; o < OPND_COUNT; o++)
		if (v->rf_depth[o] == depth)
			rf_fill(v, (enum operand)o);
	if (v->slot_end[SLOT_SPATIAL] != depth)
		return;
	line_begin(v, depth);
	text_add(v->text, "// each of %s PE%s: %s MAC%s, one a cycle\n",
		count(v, v->tile.trips[SLOT_SPATIAL]),
		v->tile.trips[SLOT_SPATIAL] == 1 ? "" : "s",
		count(v, v->tile.trips[SLOT_RF]),
		v->tile.trips[SLOT_RF] == 1 ? "" : "s");
}

static void drains(const struct view *v, int depth)
{
	if (v->rf_depth[OPND_O] == depth)
		rf_drain(v);
	if (v->spm_depth[OPND_O] == depth)
		spm_drain(v);
}

/* Iterations of a loop in the tile inside a slot. */
static int64_t size_within(const struct view *v, int slot, enum loop loop)
{
	return slot + 1 < SEED_BOXES ? v->extent[slot + 1][loop] : 1;
}

/* "m_dram*64 + m_spm*8 + m_rf", from a slot inwards; "0" for a loop of one
 * trip. */
static const char *loop_value(const struct view *v, int from, enum loop loop)
{
	struct text s = {.ctx = v->ctx};
	for (int slot = from; slot < SEED_SLOTS; slot++) {
		const struct live_loop at = {
			.slot = slot,
			.loop = loop,
			.trips = v->mapping->tiling.factor[slot][loop],
		};
		int64_t step = size_within(v, slot, loop);
		if (at.trips == 1)
			continue;
		text_add(&s, "%s%s", s.bytes ? " + " : "", variable(v, &at));
		if (step > 1)
			text_add(&s, "*%lld", (long long)step);
	}
	return s.bytes ? s.bytes : "0";
}

/* "m < 250 && m_spm*8 + m_rf < 62": not beyond an edge of the nest, or of a
 * tile that the one within does not divide; "" where all divide. */
static const char *edges(const struct view *v)
{
	struct text s = {.ctx = v->ctx};
	for (int l = 0; l < LOOP_COUNT; l++) {
		int64_t around = v->nest->bound[l];
		bool cut = false; /* by a slot so far */
		for (int i = 0; i < SEED_SLOTS; i++) {
			int64_t size = size_within(v, i, (enum loop)l);
			int64_t trips = v->mapping->tiling.factor[i][l];
			if (trips * size > around)
				text_add(&s, "%s%s < %lld",
					s.bytes ? " && " : "",
					cut ? loop_value(v, i, (enum loop)l)
					    : loop_variable[l],
					(long long)around);
			cut = cut || trips > 1;
			around = size;
		}
	}
	return s.bytes ? s.bytes : "";
}

/* "ox*2 + fx" of the two loops of a window; loops of one trip are 0. */
static const char *window_value(const struct view *v, enum axis axis)
{
	static const enum loop outs[] = {LOOP_OX, LOOP_OY};
	static const enum loop filters[] = {LOOP_FX, LOOP_FY};
	struct text s = {.ctx = v->ctx};
	const struct {
		enum loop loop;
		int64_t step;
	} terms[] = {
		{outs[axis],    v->nest->stride[axis]  },
		{filters[axis], v->nest->dilation[axis]},
	};
	for (int i = 0; i < 2; i++) {
		if (v->nest->bound[terms[i].loop] == 1)
			continue;
		text_add(&s, "%s%s", s.bytes ? " + " : "",
			loop_variable[terms[i].loop]);
		if (terms[i].step > 1)
			text_add(&s, "*%lld", (long long)terms[i].step);
	}
	return s.bytes ? s.bytes : "0";
}

static const char *dim_value(const struct view *v, const struct nest_dim *dim)
{
	if (dim->index >= INDEX_ROWS)
		return window_value(v, (enum axis)(dim->index - INDEX_ROWS));
	return v->nest->bound[dim->index] == 1 ? "0"
					       : loop_variable[dim->index];
}

/* "I[n][c][ox*2 + fx][oy*2 + fy]" */
static void element(const struct view *v, enum operand o)
{
	const struct nest_tensor *t = &v->nest->tensor[o];
	text_add(v->text, "%s", operand_name(o));
	for (int d = 0; d < t->dims; d++)
		text_add(v->text, "[%s]", dim_value(v, &t->dim[d]));
}

static void innermost(const struct view *v)
{
	for (int l = 0; l < LOOP_COUNT; l++) {
		if (v->nest->bound[l] == 1)
			continue;
		line_begin(v, v->count);
		text_add(v->text, "%s = %s;\n", loop_variable[l],
			loop_value(v, 0, (enum loop)l));
	}
	const char *real = edges(v);
	line_begin(v, v->count);
	if (*real) {
		text_add(v->text, "if (%s)\n", real);
		line_begin(v, v->count + 1);
	}
	element(v, OPND_O);
	text_add(v->text, " += ");
	element(v, OPND_I);
	text_add(v->text, " * ");
	element(v, OPND_W);
	text_add(v->text, ";\n");
}

static bool has_drain(const struct view *v, int depth)
{
	return v->rf_depth[OPND_O] == depth || v->spm_depth[OPND_O] == depth;
}

static void loop_nest(const struct view *v)
{
	for (int d = 0; d < v->count; d++) {
		const char *name = variable(v, &v->live[d]);
		fills(v, d);
		line_begin(v, d);
		text_add(v->text, "%sfor (%s = 0; %s < %lld; %s++) {\n",
			v->live[d].slot == SLOT_SPATIAL ? "parallel " : "",
			name, name, (long long)v->live[d].trips, name);
	}
	fills(v, v->count);
	innermost(v);
	drains(v, v->count);
	/* Braces that nothing stands between share a line. */
	for (int d = v->count; d > 0;) {
		int braces = 0;
		do {
			d--;
			braces++;
		} while (d > 0 && !has_drain(v, d));
		line_begin(v, d);
		text_pad(v->text, '}', braces);
		text_add(v->text, "\n");
		drains(v, d);
	}
}

static void breakdown_tables(const struct view *v)
{
	energy_table(v);
	text_add(v->text, "\n");
	cycle_table(v);
	text_add(v->text, "\n");
	use_table(v);
	text_add(v->text, "\n");
	operand_table(v);
}

void mapping_text(struct text *text, const struct arch *arch,
	enum burst_rule rule, const struct nest *nest,
	const struct mapping *mapping)
{
	struct view v;
	view_init(&v, text, arch, rule, nest, mapping);
	tiling_table(&v);
	text_add(text, "\n");
	breakdown_tables(&v);
	text_add(text, "\n");
	loop_nest(&v);
}

/* --- the page -------------------------------------------------------------
 */

static void heading(struct text *text, const char *title)
{
	text_add(text, "\n%s\n", title);
	text_pad(text, '-', (int)strlen(title));
	text_add(text, "\n");
}

/* " I has 1 + 1 rows and 1 + 0 columns of padding in it." */
static const char *padding_text(struct ctx *ctx, const struct layer_nest *nest)
{
	const int64_t *before = nest->pad_before, *after = nest->pad_after;
	if (!before[AXIS_ROWS] && !before[AXIS_COLUMNS] && !after[AXIS_ROWS] &&
		!after[AXIS_COLUMNS])
		return "";
	return arena_printf(&ctx->arena,
		" I has %lld + %lld rows and %lld + %lld columns of padding.",
		(long long)before[AXIS_ROWS], (long long)after[AXIS_ROWS],
		(long long)before[AXIS_COLUMNS],
		(long long)after[AXIS_COLUMNS]);
}

/* "3.1e+14 pJ x cycles", "5 pJ", "7 cycles" */
static const char *value_text(
	struct ctx *ctx, enum objective objective, double value)
{
	return arena_printf(
		&ctx->arena, "%.6g %s", value, objective_unit(objective));
}

/* Why a point of the front was taken, and what the nest alone could have. */
static const char *choice_text(
	struct ctx *ctx, const struct plan *plan, const struct layer_nest *ln)
{
	const struct network_choice *choice = plan->choice;
	size_t nest = network_nest(plan->network, ln);
	const struct search_result *r = &plan->results[nest];
	const struct estimate *own = &r->best[plan->objective].winner.estimate;
	return arena_printf(&ctx->arena,
		"point %zu of %zu of its front, chosen for the model's %s: "
		"%lld pJ in %lld cycles, %s; its own least %s is %s",
		plan->point[nest] + 1, r->front_count, plan_goal(plan),
		(long long)choice->energy_pj, (long long)choice->cycles,
		choice->proven ? "proven" : "not proven",
		objective_name(plan->objective),
		value_text(ctx, plan->objective,
			objective_value(plan->objective, own)));
}

/* What the winner is, and of how many mappings. */
static const char *claim_text(
	struct ctx *ctx, const struct plan *plan, const struct layer_nest *ln)
{
	const char *objective = plan_goal(plan);
	if (plan->choice)
		return choice_text(ctx, plan, ln);
	if (!plan_claim(plan, ln).proven)
		return arena_printf(&ctx->arena,
			"best %s found, not proven (%s)", objective,
			gap_text(ctx, nest_gap(plan, ln)));
	const char *size = "";
	const struct mapspace *m =
		plan->mapspaces
		? &plan->mapspaces[network_nest(plan->network, ln)]
		: NULL;
	if (m && m->tilings && m->tilings_fit != NOT_COUNTED)
		size = arena_printf(&ctx->arena, "%.4g ",
			(double)m->tilings_fit * (double)m->orders);
	const char *forms = ln->form_count
		? arena_printf(
			  &ctx->arena, " and of all %zu forms", ln->form_count)
		: "";
	return arena_printf(&ctx->arena,
		"least %s of all %smappings%s%s, proven", objective, size,
		plan_limited(plan) ? " within the limits" : "", forms);
}

static void nest_page(const struct plan *plan, const struct layer *layer,
	size_t index, struct text *text)
{
	const struct layer_nest *ln = &layer->nests[index];
	const struct best *best = plan_best(plan, ln);
	struct view v;
	view_init(&v, text, plan->arch, plan->rule, &ln->nest,
		&best->winner.mapping);
	const struct estimate *e = &v.estimate;
	if (layer->nest_count > 1)
		heading(text,
			arena_printf(&text->ctx->arena, "Nest %zu of %zu",
				index + 1, layer->nest_count));
	text_add(text, "\n%s, runs %s\n\n", nest_text(text->ctx, &ln->nest),
		ln->instances == 1 ? "once"
				   : arena_printf(&text->ctx->arena, "%s times",
					     count(&v, ln->instances)));
	tiling_table(&v);

	heading(text, "Estimate");
	text_add(text,
		"\nenergy %s pJ, %s cycles (%.4g ms), EDP %.10g pJ x cycles\n"
		"%s by the %s search\n",
		text_whole(text->ctx, e->energy_pj), count(&v, e->cycles),
		(double)e->cycles / (plan->arch->accel_mhz * 1e3), e->edp,
		claim_text(text->ctx, plan, ln), plan->search);
	const char *poor = plan_nest_parts(plan, ln)->poor_fit;
	if (poor)
		text_add(text, "poor fit: %s\n", poor);
	text_add(text, "\n");
	breakdown_tables(&v);

	heading(text, "Loop nest");
	text_add(text, "\nLoops of one trip are left out.%s\n\n",
		padding_text(text->ctx, ln));
	loop_nest(&v);
}

static const char *shape_or_none(struct ctx *ctx, const struct shape *shape)
{
	return shape->rank == RANK_UNKNOWN ? "-" : shape_text(ctx, shape);
}

const char *method_text(
	struct ctx *ctx, const struct plan *plan, const struct layer *layer)
{
	struct text text = {.ctx = ctx};
	const struct arch *a = plan->arch;
	const char *title = arena_printf(&ctx->arena, "%s, layer %zu: %s (%s)",
		diag_quote(ctx, plan->layers->model), layer->index,
		diag_quote(ctx, layer->name), diag_quote(ctx, layer->op));
	text_add(&text, "%s\n", title);
	text_pad(&text, '=', (int)strlen(title));
	text_add(&text, "\n\ninput %s, weight %s, output %s\n",
		shape_or_none(ctx, &layer->input_shape),
		shape_or_none(ctx, &layer->weight_shape),
		shape_or_none(ctx, &layer->output_shape));
	text_add(&text, "%s multiplications%s", text_count(ctx, layer->macs),
		layer->executions == 1
			? "\n"
			: arena_printf(&ctx->arena, ", executed %s times\n",
				  text_count(ctx, layer->executions)));
	if (layer->condition)
		text_add(&text, "runs in %s\n",
			diag_quote(ctx, layer->condition));
	if (layer->note)
		text_add(&text, "%s\n", text_printable(ctx, layer->note));
	text_add(&text,
		"machine %s: %s PEs, %s B of register file each, scratchpad of "
		"2 x %s banks of %s B\n",
		diag_quote(ctx, a->name), text_count(ctx, a->pes),
		text_count(ctx, a->rf_bytes), text_count(ctx, a->spm_banks),
		text_count(ctx, a->bank_bytes));
	for (size_t i = 0; i < layer->nest_count; i++)
		nest_page(plan, layer, i, &text);
	if (!layer->nest_count)
		text_add(&text, "\nNothing to multiply.\n");
	if (plan->sensitivity) {
		heading(&text, "Sensitivity");
		text_add(&text, "\n");
		gains_text(&text, plan, layer);
	}
	return text.bytes;
}
