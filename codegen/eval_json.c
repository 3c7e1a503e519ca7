/* The seed's form of a query and of its answer, for comparing number by
 * number. */
#include "codegen/eval_json.h"

#include "codegen/method_parts.h"

#include "base/checked.h"
#include "base/text.h"
#include "mapper/search.h"

#include <math.h>
#include <string.h>

/* --- reading ----------------------------------------------------------------
 */

static const int64_t factor_max = (int64_t)1 << 31;

static bool tiling_read(
	struct ctx *ctx, const struct json_doc *doc, struct eval_case *c)
{
	const struct eval_kind *kind = c->kind;
	const cJSON *array = json_array(ctx, doc, c->item, "tiling");
	if (!array)
		return false;
	if (cJSON_GetArraySize(array) != SEED_SLOTS) {
		struct loc loc = json_loc(doc, array);
		return diag_error(ctx, &loc,
			"key 'tiling': expected the 4 levels DRAM, SPM, RF, "
			"SPATIAL, found %d",
			cJSON_GetArraySize(array));
	}
	const cJSON *level = array->child;
	c->tiling = tiling_none;
	for (int v = 0; v < SEED_SLOTS; v++, level = level->next) {
		int64_t factor[LOOP_COUNT];
		if (!json_ints(ctx, doc, level, kind->loops, 1, factor_max,
			    factor))
			return false;
		for (int l = 0; l < kind->loops; l++)
			c->tiling.factor[seed_slot[v]][kind->loop[l]] =
				factor[l];
	}
	for (int i = 0; i < kind->loops; i++) {
		enum loop l = kind->loop[i];
		int64_t factor[SEED_SLOTS];
		for (int s = 0; s < SEED_SLOTS; s++)
			factor[s] = c->tiling.factor[s][l];
		const char *expected =
			factors_expected(ctx, c->nest.bound[l], factor);
		if (!expected)
			continue;
		struct loc loc = json_loc(doc, array);
		return diag_error(ctx, &loc,
			"key 'tiling': the factors of %s are " FACTORS_FORMAT
			", expected %s",
			kind->loop_name[i], FACTORS_ARGS(factor), expected);
	}
	return true;
}

static const struct arch *arch_find(
	struct ctx *ctx, const struct eval *eval, const cJSON *item)
{
	const char *name = json_string(ctx, &eval->doc, item, "arch");
	if (!name)
		return NULL;
	const char **known =
		arena_array(&ctx->arena, eval->arch_count + 1, sizeof *known);
	for (size_t i = 0; i < eval->arch_count; i++) {
		known[i] = eval->archs[i].name;
		if (strcmp(known[i], name) == 0)
			return &eval->archs[i];
	}
	struct loc loc = json_loc(&eval->doc, json_member(item, "arch"));
	const char *nearest = diag_nearest(name, known);
	diag_error(ctx, &loc, "'archs' has no machine '%s'%s",
		diag_quote(ctx, name),
		nearest ? arena_printf(&ctx->arena, ", did you mean '%s'?",
				  diag_quote(ctx, nearest))
			: "");
	return NULL;
}

static bool case_read(struct ctx *ctx, const struct eval *eval,
	const cJSON *item, struct eval_case *c)
{
	const struct json_doc *doc = &eval->doc;
	c->item = item;
	c->id = json_string(ctx, doc, item, "id");
	c->arch = c->id ? arch_find(ctx, eval, item) : NULL;
	const cJSON *layer =
		c->arch ? json_object(ctx, doc, item, "layer") : NULL;
	c->kind = layer ? eval_layer_read(ctx, doc, layer, &c->nest) : NULL;
	struct loc loc = json_loc(doc, layer);
	return c->kind && tiling_read(ctx, doc, c) &&
		cost_check_tiling(
			ctx, &loc, &c->nest, c->arch, &c->tiling, BURST_COMPAT);
}

static bool archs_read(struct ctx *ctx, struct eval *eval)
{
	const cJSON *archs =
		json_object(ctx, &eval->doc, eval->doc.root, "archs");
	if (!archs)
		return false;
	bool ok = true;
	size_t count = (size_t)cJSON_GetArraySize(archs);
	eval->archs = arena_array(&ctx->arena, count, sizeof *eval->archs);
	for (const cJSON *a = archs->child; a; a = a->next)
		ok = arch_from_json(ctx, &eval->doc, a, a->string,
			     &eval->archs[eval->arch_count++]) &&
			ok;
	return ok;
}

/* eval->doc is parsed. */
static bool doc_read(struct ctx *ctx, struct eval *eval)
{
	if (!archs_read(ctx, eval))
		return false;
	const cJSON *cases =
		json_array(ctx, &eval->doc, eval->doc.root, "cases");
	if (!cases)
		return false;
	bool ok = true;
	size_t count = (size_t)cJSON_GetArraySize(cases);
	eval->cases = arena_array(&ctx->arena, count, sizeof *eval->cases);
	for (const cJSON *c = cases->child; c; c = c->next)
		ok = case_read(
			     ctx, eval, c, &eval->cases[eval->case_count++]) &&
			ok;
	return ok;
}

bool eval_read(struct ctx *ctx, const char *path, struct eval *eval)
{
	*eval = (struct eval){0};
	return json_read(ctx, path, &eval->doc) && doc_read(ctx, eval);
}

bool eval_parse(struct ctx *ctx, const char *path, const char *text,
	size_t length, struct eval *eval)
{
	*eval = (struct eval){0};
	return json_parse(ctx, path, text, length, &eval->doc) &&
		doc_read(ctx, eval);
}

void eval_release(struct eval *eval)
{
	json_release(&eval->doc);
}

/* --- the seed's list of orders (section 4) ----------------------------------
 */

struct seed_order {
	uint8_t inner[LOOP_COUNT]; /* loops, innermost first */
	int rank[3];               /* of the first three loops' names */
	struct reuse reuse;
};

enum { SEED_ORDERS = OPND_COUNT * ((1 << LOOP_COUNT) - 1) };

struct seed_orders {
	int count;
	struct seed_order order[SEED_ORDERS];
};

/* Position of a loop's name among the names, in ASCII order. */
static int name_rank(const struct eval_kind *kind, enum loop loop)
{
	int rank = 0, at = 0;
	while (kind->loop[at] != loop)
		at++;
	for (int i = 0; i < kind->loops; i++)
		rank += strcmp(kind->loop_name[i], kind->loop_name[at]) < 0;
	return rank;
}

/* What the candidates of one operand are made of: V, its index loops, and U,
 * the others. */
struct seed_loops {
	int index_count, other_count;
	enum loop index[LOOP_COUNT], other[LOOP_COUNT];
};

static void candidate_add(const struct eval_case *c,
	const struct seed_loops *loops, unsigned chosen,
	struct seed_orders *list)
{
	struct seed_order *o = &list->order[list->count++];
	int n = 0;
	/* S, V, U without S */
	for (int i = 0; i < loops->other_count; i++)
		if (chosen & 1u << i)
			o->inner[n++] = (uint8_t)loops->other[i];
	for (int i = 0; i < loops->index_count; i++)
		o->inner[n++] = (uint8_t)loops->index[i];
	for (int i = 0; i < loops->other_count; i++)
		if (!(chosen & 1u << i))
			o->inner[n++] = (uint8_t)loops->other[i];
	for (int i = 0; i < 3; i++)
		o->rank[i] = name_rank(c->kind, (enum loop)o->inner[i]);
}

/* The subsequences of U that begin with 'chosen' and go on with loops from
 * 'next': longer continuations first, each before what it continues. */
static void candidates_from(const struct eval_case *c,
	const struct seed_loops *loops, unsigned chosen, int next,
	struct seed_orders *list)
{
	for (int i = next; i < loops->other_count; i++)
		candidates_from(c, loops, chosen | 1u << i, i + 1, list);
	if (chosen)
		candidate_add(c, loops, chosen, list);
}

static bool sorts_before(const struct seed_order *a, const struct seed_order *b)
{
	for (int i = 0; i < 3; i++)
		if (a->rank[i] != b->rank[i])
			return a->rank[i] < b->rank[i];
	return false;
}

static void sort_stably(struct seed_orders *list)
{
	for (int i = 1; i < list->count; i++) {
		struct seed_order moving = list->order[i];
		int j = i;
		for (; j > 0 && sorts_before(&moving, &list->order[j - 1]); j--)
			list->order[j] = list->order[j - 1];
		list->order[j] = moving;
	}
}

/* Outermost first, as the mapper has orders; loops that the kind has not stand
 * outermost. */
static void order_outer(const struct eval_case *c, const uint8_t *inner,
	uint8_t order[LOOP_COUNT])
{
	int absent = LOOP_COUNT - c->kind->loops;
	unsigned seen = 0;
	for (int i = 0; i < c->kind->loops; i++) {
		order[LOOP_COUNT - 1 - i] = inner[i];
		seen |= LOOP_BIT(inner[i]);
	}
	for (int l = 0; l < LOOP_COUNT; l++)
		if (!(seen & LOOP_BIT(l)))
			order[--absent] = (uint8_t)l;
}

static void seed_orders(
	const struct eval_case *c, int slot, struct seed_orders *list)
{
	list->count = 0;
	for (int o = 0; o < OPND_COUNT; o++) {
		struct seed_loops loops = {0};
		const enum loop *address = c->kind->address[o];
		for (int i = 0; address[i] != LOOP_COUNT; i++)
			if (c->nest.indexes[o] & LOOP_BIT(address[i]))
				loops.index[loops.index_count++] = address[i];
		for (int i = c->kind->loops - 1; i >= 0; i--)
			if (!(c->nest.indexes[o] & LOOP_BIT(c->kind->loop[i])))
				loops.other[loops.other_count++] =
					c->kind->loop[i];
		candidates_from(c, &loops, 0, 0, list);
	}
	sort_stably(list);

	/* the first of each reuse vector */
	int kept = 0;
	for (int i = 0; i < list->count; i++) {
		struct seed_order *o = &list->order[i];
		uint8_t order[LOOP_COUNT];
		order_outer(c, o->inner, order);
		o->reuse = reuse_of_order(&c->nest, &c->tiling, slot, order);
		int j = 0;
		while (j < kept &&
			memcmp(&list->order[j].reuse, &o->reuse,
				sizeof o->reuse) != 0)
			j++;
		if (j == kept)
			list->order[kept++] = *o;
	}
	list->count = kept;
}

/* --- evaluating -------------------------------------------------------------
 */

enum metric { METRIC_EDP, METRIC_ENERGY, METRIC_CYCLE, METRIC_COUNT };

struct pair {
	int dram, spm; /* in the lists of orders */
	bool reused;   /* at DRAM: the seed's cycles and EDP are floats */
	struct estimate estimate;
	/* Exact: the product where it is an int, else what was rounded. */
	__int128 metric[METRIC_COUNT];
};

struct result {
	struct tile_cost tile;
	struct seed_orders slot[SEED_ORDERED];
	int pair_count;
	struct pair *pairs;
	int min[METRIC_COUNT]; /* in pairs */
};

static void case_evaluate(
	struct ctx *ctx, const struct eval_case *c, struct result *r)
{
	const struct seed_orders *dram = &r->slot[SLOT_DRAM];
	const struct seed_orders *spm = &r->slot[SLOT_SPM];
	const struct machine machine = machine_of_arch(c->arch);
	tile_cost(&c->nest, &machine, &c->tiling, BURST_COMPAT, &r->tile);
	for (int v = 0; v < SEED_ORDERED; v++)
		seed_orders(c, seed_slot[v], &r->slot[seed_slot[v]]);
	r->pair_count = 0;
	r->pairs = arena_array(&ctx->arena,
		(size_t)dram->count * (size_t)spm->count, sizeof *r->pairs);
	for (int s = 0; s < spm->count; s++)
		for (int d = 0; d < dram->count; d++) {
			struct pair *p = &r->pairs[r->pair_count++];
			const struct reuse *reuse = &dram->order[d].reuse;
			p->dram = d;
			p->spm = s;
			p->reused = reuse->factor[OPND_O] > 1 ||
				reuse->factor[OPND_I] > 1 ||
				reuse->factor[OPND_W] > 1;
			struct estimate *e = &p->estimate;
			const struct reuses reuses = {
				.slot[SLOT_DRAM] = reuse,
				.slot[SLOT_SPM] = &spm->order[s].reuse,
			};
			cost_orders(&machine, &r->tile, &reuses, e);
			p->metric[METRIC_ENERGY] = (__int128)e->energy_pj;
			p->metric[METRIC_CYCLE] = e->cycles;
			p->metric[METRIC_EDP] = p->reused
				? (__int128)e->edp
				: (__int128)e->energy_pj * e->cycles;
		}
	for (int m = 0; m < METRIC_COUNT; m++) {
		r->min[m] = 0;
		for (int i = 1; i < r->pair_count; i++)
			if (r->pairs[i].metric[m] <
				r->pairs[r->min[m]].metric[m])
				r->min[m] = i;
	}
}

/* --- printing ---------------------------------------------------------------
 */

static void print_whole(FILE *out, __int128 value)
{
	char digits[40];
	int n = 0;
	do
		digits[n++] = (char)('0' + (int)(value % 10));
	while ((value /= 10) != 0);
	while (n > 0)
		fputc(digits[--n], out);
}

/* A number that the seed has as a float: it keeps its point. */
static void print_float(struct ctx *ctx, FILE *out, double value)
{
	const char *text = json_double(ctx, value);
	fputs(text, out);
	if (!strpbrk(text, ".e"))
		fputs(".0", out);
}

static void print_wholes(FILE *out, const char *open, const int64_t *values,
	int count, const char *close)
{
	fputs(open, out);
	for (int i = 0; i < count; i++)
		fprintf(out, "%s%lld", i ? ", " : "", (long long)values[i]);
	fputs(close, out);
}

static void print_tile(struct ctx *ctx, const struct eval_case *c,
	const struct tile_cost *tile, FILE *out)
{
	const int64_t ops[] = {tile->macs, tile->trips[SLOT_SPM],
		tile->trips[SLOT_DRAM], tile->trips[SLOT_SPATIAL],
		tile->trips[SLOT_RF]};
	const int64_t reduce[OPND_COUNT] = {
		[OPND_O] = tile->link[LINK_NOC].added_cycles};
	print_wholes(out, ", \"ops\": [", ops, 5, "], \"alloc\": [");
	for (int b = BOX_RF; b >= BOX_SPM; b--)
		print_wholes(out, b == BOX_RF ? "[" : ", [", tile->elems[b],
			OPND_COUNT, "]");
	print_wholes(out, "], \"noc\": [", tile->link[LINK_NOC].cycles,
		OPND_COUNT, "]");
	print_wholes(out, ", \"reduce\": [", reduce, OPND_COUNT, "]");
	fputs(", \"dma\": [", out);
	for (int o = 0; o < OPND_COUNT; o++) {
		const struct dma *dma = &tile->link[LINK_DMA].dma[o];
		const int64_t counts[] = {
			dma->bursts, dma->burst_elems, dma->cycles};
		print_wholes(out, o ? ", [" : "[", counts, 3, ", ");
		/* an int times the energy as the file has it */
		if (c->arch->dram_pj == floor(c->arch->dram_pj))
			fprintf(out, "%.0f]", dma->energy_pj);
		else {
			print_float(ctx, out, dma->energy_pj);
			fputs("]", out);
		}
	}
	double mac = (double)tile->macs * c->arch->mac_pj;
	const struct machine machine = machine_of_arch(c->arch);
	double rf = register_pj(&machine, tile);
	fputs("], \"fixed_energy\": [", out);
	print_float(ctx, out, mac);
	fputs(", ", out);
	print_float(ctx, out, rf);
	fputs("]", out);
}

static void fits(const struct eval_case *c, const struct limits *limits,
	bool out[SEED_SLOTS])
{
	out[0] = tiling_fits_spatial(&c->nest, c->arch, &c->tiling, limits);
	out[1] = tiling_fits_rf(&c->nest, c->arch, &c->tiling, limits);
	out[2] = tiling_fits_spm(&c->nest, c->arch, &c->tiling, limits);
	out[3] = tiling_fits_dram(&c->nest, &c->tiling, limits);
	static const int slots[SEED_SLOTS] = {
		SLOT_SPATIAL, SLOT_RF, SLOT_SPM, SLOT_DRAM};
	for (int i = 0; i < SEED_SLOTS; i++)
		out[i] = out[i] &&
			dataflow_allows(c->arch, &c->nest, slots[i],
				c->tiling.factor[slots[i]]);
}

static void print_valid(const struct eval_case *c, FILE *out)
{
	const struct {
		const char *name;
		struct limits limits;
	} rows[] = {
		{"size", (struct limits){0}},
		{"auto", limits_auto()     },
	};
	for (int r = 0; r < 2; r++) {
		bool ok[SEED_SLOTS];
		fits(c, &rows[r].limits, ok);
		fprintf(out, "%s\"%s\": [", r ? ", " : ", \"valid\": {",
			rows[r].name);
		for (int i = 0; i < SEED_SLOTS; i++)
			fprintf(out, "%s%s", i ? ", " : "",
				ok[i] ? "true" : "false");
		fputs("]", out);
	}
	fputs("}", out);
}

/* The last list's first entry: at DRAM, how many more times O's tile comes in
 * than tiles exist; at SPM the seed counts every pass that reloads it. Whole
 * reuse makes it the int 0. */
static void print_orders(struct ctx *ctx, const struct eval_case *c, int slot,
	const struct seed_orders *list, FILE *out)
{
	static const char *const names[SEED_ORDERED] = {"dram", "spm"};
	int64_t passes = tiling_product(&c->tiling, slot), tiles = 1;
	for (int l = 0; l < LOOP_COUNT; l++)
		if (c->nest.indexes[OPND_O] & LOOP_BIT(l))
			tiles *= c->tiling.factor[slot][l];
	if (slot == SLOT_SPM)
		tiles = 0;
	fprintf(out, ", \"%s\": [", names[slot]);
	for (int i = 0; i < list->count; i++) {
		const struct seed_order *order = &list->order[i];
		fputs(i ? ", [\"" : "[\"", out);
		for (int l = c->kind->loops - 1; l >= 0; l--) {
			int at = 0;
			while ((int)c->kind->loop[at] != order->inner[l])
				at++;
			fprintf(out, "%s%s", c->kind->loop_name[at],
				l ? "," : "");
		}
		print_wholes(
			out, "\", [", order->reuse.factor, OPND_COUNT, "], [");
		int64_t loads = passes / order->reuse.factor[OPND_O];
		if (loads == 1)
			fputs("0", out);
		else
			print_float(ctx, out, (double)(loads - tiles));
		fputs(", 0, 0]]", out);
	}
	fputs("]", out);
}

static void print_metric(
	struct ctx *ctx, const struct pair *p, enum metric m, FILE *out)
{
	if (p->reused && m == METRIC_EDP)
		print_float(ctx, out, p->estimate.edp);
	else
		print_whole(out, p->metric[m]);
	if (p->reused && m == METRIC_CYCLE)
		fputs(".0", out);
}

static void print_pairs(struct ctx *ctx, const struct result *r, FILE *out)
{
	static const char *const names[METRIC_COUNT] = {
		"edp", "energy", "cycle"};
	fputs(", \"pairs\": [", out);
	for (int i = 0; i < r->pair_count; i++) {
		const struct pair *p = &r->pairs[i];
		const struct estimate *e = &p->estimate;
		fprintf(out, "%s[%d, %d, ", i ? ", " : "", p->dram, p->spm);
		print_metric(ctx, p, METRIC_ENERGY, out);
		fputs(", ", out);
		print_metric(ctx, p, METRIC_CYCLE, out);
		for (int k = 0; k < COMPONENT_COUNT; k++) {
			fputs(", ", out);
			print_float(ctx, out, e->component_pj[k]);
		}
		fprintf(out, ", %lld, ", (long long)e->pass_cycles);
		print_float(ctx, out, e->pass_pj);
		fputs(", ", out);
		print_float(ctx, out, e->far_pj);
		fputs("]", out);
	}
	for (int m = 0; m < METRIC_COUNT; m++) {
		fprintf(out, "%s\"%s\": [", m ? ", " : "], \"min\": {",
			names[m]);
		print_metric(ctx, &r->pairs[r->min[m]], (enum metric)m, out);
		fprintf(out, ", %d]", r->min[m]);
	}
	fputs("}", out);
}

/* Members of a case that hold results: those read are replaced. */
static bool is_result(const char *key)
{
	static const char *const results[] = {"ops", "alloc", "noc", "reduce",
		"dma", "fixed_energy", "valid", "dram", "spm", "pairs", "min"};
	for (size_t i = 0; i < sizeof results / sizeof *results; i++)
		if (strcmp(results[i], key) == 0)
			return true;
	return false;
}

/* One case at a time: its scratch goes when it is printed. */
static void scratch_open(const struct ctx *ctx, struct ctx *scratch)
{
	ctx_init(scratch, ctx->messages, ctx->arena.guard);
}

static void print_case(
	const struct ctx *ctx, const struct eval_case *c, FILE *out)
{
	struct ctx scratch;
	scratch_open(ctx, &scratch);
	struct result *r = arena_alloc(&scratch.arena, sizeof *r);
	const char *comma = "";
	case_evaluate(&scratch, c, r);
	fputs("{", out);
	for (const cJSON *m = c->item->child; m; m = m->next) {
		if (is_result(m->string))
			continue;
		fprintf(out, "%s%s: %s", comma, json_quote(&scratch, m->string),
			json_line(&scratch, m));
		comma = ", ";
	}
	print_tile(&scratch, c, &r->tile, out);
	print_valid(c, out);
	for (int v = 0; v < SEED_ORDERED; v++)
		print_orders(
			&scratch, c, seed_slot[v], &r->slot[seed_slot[v]], out);
	print_pairs(&scratch, r, out);
	fputs("}", out);
	ctx_release(&scratch);
}

void eval_print_json(struct ctx *ctx, const struct eval *eval, FILE *out)
{
	fputs("{", out);
	for (const cJSON *m = eval->doc.root->child; m; m = m->next) {
		fprintf(out, "%s: ", json_quote(ctx, m->string));
		if (strcmp(m->string, "cases") != 0) {
			fputs(json_line(ctx, m), out);
		} else {
			fputs("[", out);
			for (size_t i = 0; i < eval->case_count; i++) {
				fputs(i ? ",\n" : "\n", out);
				print_case(ctx, &eval->cases[i], out);
			}
			fputs("]", out);
		}
		fputs(m->next ? ",\n" : "}\n", out);
	}
}

/* The names of the memories that a tiling does not fit, or "". */
static const char *misfits(struct ctx *ctx, const struct eval_case *c)
{
	static const char *const parts[SEED_SLOTS] = {
		"PEs", "register file", "scratchpad", ""};
	static const struct limits none;
	bool ok[SEED_SLOTS];
	const char *text = "";
	fits(c, &none, ok);
	for (int v = 0; v < SEED_SLOTS; v++)
		if (!ok[v])
			text = arena_printf(&ctx->arena, "%s%s%s", text,
				*text ? ", " : "", parts[v]);
	return text;
}

enum { TEXT_COLUMNS = 8 };

void eval_print_text(struct ctx *ctx, const struct eval *eval, FILE *out)
{
	static const char *const titles[TEXT_COLUMNS] = {"case", "machine",
		"MACs", "pairs", "least EDP", "least pJ", "least cycles",
		"does not fit"};
	struct text text = {.ctx = ctx};
	int rows = (int)eval->case_count + 1;
	const char **cells = arena_array(
		&ctx->arena, (size_t)rows * TEXT_COLUMNS, sizeof *cells);
	memcpy(cells, titles, sizeof titles);
	for (int i = 1; i < rows; i++) {
		const struct eval_case *c = &eval->cases[i - 1];
		const char **cell = &cells[i * TEXT_COLUMNS];
		struct ctx scratch;
		scratch_open(ctx, &scratch);
		struct result *r = arena_alloc(&scratch.arena, sizeof *r);
		case_evaluate(&scratch, c, r);
		const struct estimate *least[METRIC_COUNT];
		for (int m = 0; m < METRIC_COUNT; m++)
			least[m] = &r->pairs[r->min[m]].estimate;
		cell[0] = diag_quote(ctx, c->id);
		cell[1] = diag_quote(ctx, c->arch->name);
		cell[2] = text_count(ctx, r->tile.macs);
		cell[3] = text_count(ctx, r->pair_count);
		cell[4] = arena_printf(
			&ctx->arena, "%.6g", least[METRIC_EDP]->edp);
		cell[5] = text_whole(ctx, least[METRIC_ENERGY]->energy_pj);
		cell[6] = text_count(ctx, least[METRIC_CYCLE]->cycles);
		cell[7] = misfits(ctx, c);
		ctx_release(&scratch);
	}
	text_table(&text, "llrrrrrl", rows, cells);
	fputs(text.bytes, out);
}
