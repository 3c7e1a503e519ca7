/* Mappings, estimates, nests and machines as JSON, in both directions. */
#include "codegen/method_parts.h"

#include "base/checked.h"
#include "codegen/columns.h"
#include "mapper/dataflow_json.h"
#include "mapper/dataflow_parts.h"

#include <inttypes.h>
#include <string.h>

static const char *const index_names[INDEX_COUNT] = {
#define LOOP(id, name, meaning) [INDEX_##id] = name,
#include "ir/loops.def"
#undef LOOP
	[INDEX_ROWS] = "rows",
	[INDEX_COLUMNS] = "columns",
};

const char *burst_rule_name(enum burst_rule rule)
{
	return rule == BURST_COMPAT ? "compat" : "true";
}

/* --- writing --------------------------------------------------------------
 */

static void add_whole(cJSON *to, const char *key, int64_t value)
{
	cJSON_AddItemToObject(to, key, json_whole(value));
}

static cJSON *wholes(const int64_t *values, int count)
{
	cJSON *list = cJSON_CreateArray();
	for (int i = 0; i < count; i++)
		cJSON_AddItemToArray(list, json_whole(values[i]));
	return list;
}

cJSON *json_bounds(const struct nest *nest)
{
	cJSON *bounds = cJSON_CreateObject();
	for (int l = 0; l < LOOP_COUNT; l++)
		add_whole(bounds, loop_name((enum loop)l), nest->bound[l]);
	return bounds;
}

cJSON *json_axes(const int64_t pair[AXIS_COUNT])
{
	return wholes(pair, AXIS_COUNT);
}

static cJSON *json_dim(const struct nest_dim *dim)
{
	cJSON *d = cJSON_CreateObject();
	cJSON_AddStringToObject(d, "index", index_names[dim->index]);
	add_whole(d, "size", dim->size);
	add_whole(d, "pitch", dim->pitch);
	if (dim->split) {
		add_whole(d, "split", dim->split);
		add_whole(d, "split_pitch", dim->split_pitch);
	}
	return d;
}

cJSON *json_tensors(const struct nest *nest)
{
	cJSON *tensors = cJSON_CreateObject();
	for (int o = 0; o < OPND_COUNT; o++) {
		const struct nest_tensor *t = &nest->tensor[o];
		cJSON *tensor = cJSON_AddObjectToObject(
			tensors, operand_name((enum operand)o));
		cJSON_AddStringToObject(tensor, "type", dtype_name(t->type));
		cJSON *dims = cJSON_AddArrayToObject(tensor, "dims");
		for (int d = 0; d < t->dims; d++)
			cJSON_AddItemToArray(dims, json_dim(&t->dim[d]));
	}
	return tensors;
}

static cJSON *key_value(const struct arch *arch, const struct arch_key *key)
{
	double value = arch_get(arch, key);
	switch (key->kind) {
	case ARCH_TRUE:
		return cJSON_CreateBool(value != 0);
	case ARCH_INT:
		return json_whole((int64_t)value);
	default:
		return cJSON_CreateNumber(value);
	}
}

cJSON *json_machine(struct ctx *ctx, const struct arch *arch)
{
	cJSON *machine = cJSON_CreateObject();
	cJSON_AddStringToObject(machine, "name", arch->name);
	cJSON_AddStringToObject(machine, "fingerprint",
		arena_printf(
			&ctx->arena, "%016" PRIx64, arch_fingerprint(arch)));
	cJSON *spec = cJSON_AddObjectToObject(machine, "spec");
	for (size_t i = 0; i < arch_key_count; i++) {
		const struct arch_key *key = &arch_keys[i];
		cJSON *section =
			cJSON_GetObjectItemCaseSensitive(spec, key->section);
		if (!section)
			section = cJSON_AddObjectToObject(spec, key->section);
		cJSON_AddItemToObject(section, key->name, key_value(arch, key));
	}
	cJSON *dataflow = dataflow_to_json(&arch->dataflow);
	if (dataflow)
		cJSON_AddItemToObject(spec, "dataflow", dataflow);
	return machine;
}

void json_add_nest(cJSON *to, const struct nest *nest)
{
	cJSON_AddItemToObject(to, "bounds", json_bounds(nest));
	cJSON_AddItemToObject(to, "stride", json_axes(nest->stride));
	cJSON_AddItemToObject(to, "dilation", json_axes(nest->dilation));
	cJSON_AddItemToObject(to, "tensors", json_tensors(nest));
}

cJSON *json_order(const uint8_t order[LOOP_COUNT])
{
	cJSON *loops = cJSON_CreateArray();
	for (int i = 0; i < LOOP_COUNT; i++)
		cJSON_AddItemToArray(loops,
			cJSON_CreateString(loop_name((enum loop)order[i])));
	return loops;
}

void json_add_mapping(cJSON *to, const struct mapping *mapping)
{
	cJSON *tiling = cJSON_AddArrayToObject(to, "tiling");
	for (int v = 0; v < SEED_SLOTS; v++)
		cJSON_AddItemToArray(tiling,
			wholes(mapping->tiling.factor[seed_slot[v]],
				LOOP_COUNT));
	cJSON *order = cJSON_AddObjectToObject(to, "order");
	for (int v = 0; v < SEED_ORDERED; v++)
		cJSON_AddItemToObject(order, slot_name(seed_slot[v]),
			json_order(mapping->order[seed_slot[v]]));
}

/* pJ of one component: its sum, and what belongs to each operand. */
static void add_components(
	cJSON *to, const struct estimate *e, const struct breakdown *b)
{
	cJSON *sums = cJSON_AddObjectToObject(to, "component_pj");
	for (int k = 0; k < COMPONENT_COUNT; k++)
		cJSON_AddNumberToObject(sums, component_name((enum component)k),
			e->component_pj[k]);
	cJSON *operands = cJSON_AddObjectToObject(to, "operand_pj");
	for (int o = 0; o < OPND_COUNT; o++) {
		cJSON *parts = cJSON_AddObjectToObject(
			operands, operand_name((enum operand)o));
		for (int k = 0; k < COMPONENT_COUNT; k++)
			cJSON_AddNumberToObject(parts,
				component_name((enum component)k), b->pj[k][o]);
	}
}

static void add_causes(cJSON *to, const struct breakdown *b)
{
	cJSON *causes = cJSON_AddObjectToObject(to, "cause_cycles");
	for (int k = 0; k < BOUND_COUNT; k++)
		add_whole(causes, bound_by_name((enum bound_by)k),
			b->cause_cycles[k]);
	cJSON_AddStringToObject(to, "bound_by", bound_by_name(b->bound));
}

/* An entry of the object 'to'. */
#define ENTRY(name, unit, kind, source, meaning) \
	cJSON_AddItemToObject(to, #name, JSON_##kind(source));

static void add_use(
	cJSON *to, const struct tile_cost *tile, const struct breakdown *b)
{
#define USE ENTRY
#include "codegen/columns.def"
}

static void add_passes(
	cJSON *to, const struct tile_cost *tile, const struct estimate *e)
{
#define PASSES ENTRY
#include "codegen/columns.def"
}

/* Iterations of the loops in each kind of tile. */
static void add_tiles(
	cJSON *to, const struct nest *nest, const struct tiling *tiling)
{
	static const char *const names[] = {
		[BOX_RF] = "rf", [BOX_PE] = "array", [BOX_SPM] = "spm"};
	cJSON *tiles = cJSON_AddObjectToObject(to, "tiles");
	for (int b = BOX_SPM; b <= BOX_RF; b++) {
		int64_t extent[LOOP_COUNT];
		cJSON *tile = cJSON_AddObjectToObject(tiles, names[b]);
		tiling_box(nest, tiling, b, extent);
		for (int l = 0; l < LOOP_COUNT; l++)
			add_whole(tile, loop_name((enum loop)l), extent[l]);
	}
}

static void add_dma(cJSON *to, const struct dma *dma)
{
#define DMA_OF ENTRY
#include "codegen/columns.def"
}

static void add_operand(cJSON *to, const struct tile_cost *tile,
	const struct estimate *e, const struct breakdown *b, enum operand o)
{
	const struct flow *far = &b->flow[LINK_DMA][o];
	const struct flow *near = &b->flow[LINK_NOC][o];
#define TILES_OF ENTRY
#include "codegen/columns.def"
	add_dma(cJSON_AddObjectToObject(to, "dma"),
		&tile->link[LINK_DMA].dma[o]);
#define MOVES_OF ENTRY
#include "codegen/columns.def"
}

void json_add_estimate(cJSON *to, const struct nest *nest,
	const struct arch *arch, const struct mapping *mapping,
	enum burst_rule rule)
{
	struct tile_cost tile;
	struct estimate e;
	struct breakdown b;
	const struct machine machine = machine_of_arch(arch);
	tile_cost(nest, &machine, &mapping->tiling, rule, &tile);
	cost_mapping(nest, arch, mapping, rule, &e);
	cost_breakdown(nest, arch, mapping, rule, &b);
	cJSON_AddNumberToObject(to, "energy_pj", e.energy_pj);
	add_whole(to, "cycles", e.cycles);
	cJSON_AddNumberToObject(to, "edp", e.edp);
	add_components(to, &e, &b);
	add_causes(to, &b);
	add_use(cJSON_AddObjectToObject(to, "use"), &tile, &b);
	add_passes(cJSON_AddObjectToObject(to, "passes"), &tile, &e);
	add_tiles(to, nest, &mapping->tiling);
	cJSON *operands = cJSON_AddObjectToObject(to, "operands");
	for (int o = 0; o < OPND_COUNT; o++)
		add_operand(cJSON_AddObjectToObject(
				    operands, operand_name((enum operand)o)),
			&tile, &e, &b, (enum operand)o);
}

cJSON *json_mapspace(struct ctx *ctx, const struct mapspace *space)
{
	cJSON *s = cJSON_CreateObject();
	add_whole(s, "tilings", space->tilings);
	if (space->tilings_fit != NOT_COUNTED)
		add_whole(s, "tilings_fit", space->tilings_fit);
	add_whole(s, "orders", space->orders);
	if (space->tiles_fit != NOT_COUNTED)
		add_whole(s, "tiles_fit", space->tiles_fit);
	cJSON_AddStringToObject(s, "mappings",
		mapspace_mappings(ctx, space->tilings, ORDERS_ALL));
	if (space->tilings_fit != NOT_COUNTED)
		cJSON_AddStringToObject(s, "mappings_fit",
			mapspace_mappings(
				ctx, space->tilings_fit, space->orders));
	return s;
}

cJSON *json_proof(const struct proof *proof)
{
	cJSON *p = cJSON_CreateObject();
	cJSON_AddNumberToObject(p, "bound", proof->bound);
	add_whole(p, "tiles_visited", proof->tiles_visited);
	add_whole(p, "tiles_cut", proof->tiles_cut);
	add_whole(p, "arrays_visited", proof->arrays_visited);
	add_whole(p, "arrays_cut", proof->arrays_cut);
	add_whole(p, "splits_visited", proof->splits_visited);
	add_whole(p, "splits_cut", proof->splits_cut);
	add_whole(p, "pairs_evaluated", proof->pairs_evaluated);
	return p;
}

/* --- reading --------------------------------------------------------------
 */

static const int64_t elems_max = (int64_t)1 << 52;

static bool axes_from_json(struct ctx *ctx, const struct json_doc *doc,
	const cJSON *object, const char *key, int64_t pair[AXIS_COUNT])
{
	const cJSON *item = json_array(ctx, doc, object, key);
	return item &&
		json_ints(ctx, doc, item, AXIS_COUNT, 1, elems_max, pair);
}

static bool bounds_from_json(struct ctx *ctx, const struct json_doc *doc,
	const cJSON *object, int64_t bound[LOOP_COUNT])
{
	static const char *const known[LOOP_COUNT + 1] = {
#define LOOP(id, name, meaning) name,
#include "ir/loops.def"
#undef LOOP
	};
	const cJSON *bounds = json_object(ctx, doc, object, "bounds");
	bool ok = bounds && json_keys(ctx, doc, bounds, known);
	for (int l = 0; ok && l < LOOP_COUNT; l++)
		ok = json_int(ctx, doc,
			json_need(ctx, doc, bounds, loop_name((enum loop)l)), 1,
			elems_max, &bound[l]);
	return ok;
}

/* INDEX_COUNT with a diagnostic for a name that is none. */
static enum index index_from_json(
	struct ctx *ctx, const struct json_doc *doc, const cJSON *object)
{
	const char *name = json_string(ctx, doc, object, "index");
	if (!name)
		return INDEX_COUNT;
	for (int i = 0; i < INDEX_COUNT; i++)
		if (strcmp(index_names[i], name) == 0)
			return (enum index)i;
	struct loc loc = json_loc(doc, json_member(object, "index"));
	diag_error(ctx, &loc,
		"a dimension's index is '%s', expected a loop, 'rows' or "
		"'columns'",
		diag_quote(ctx, name));
	return INDEX_COUNT;
}

static bool dim_from_json(struct ctx *ctx, const struct json_doc *doc,
	const cJSON *object, struct nest_dim *out)
{
	static const char *const known[] = {
		"index", "size", "pitch", "split", "split_pitch", NULL};
	*out = (struct nest_dim){0};
	if (!json_keys(ctx, doc, object, known))
		return false;
	out->index = index_from_json(ctx, doc, object);
	if (out->index == INDEX_COUNT ||
		!json_int(ctx, doc, json_need(ctx, doc, object, "size"), 1,
			elems_max, &out->size) ||
		!json_int(ctx, doc, json_need(ctx, doc, object, "pitch"),
			-elems_max, elems_max, &out->pitch))
		return false;
	const cJSON *split = json_member(object, "split");
	if (!split)
		return true;
	/* The cost model multiplies it by the elements of the dimensions
	 * within. */
	return json_int(ctx, doc, split, 1, out->size, &out->split) &&
		json_int(ctx, doc, json_need(ctx, doc, object, "split_pitch"),
			-elems_max, elems_max, &out->split_pitch);
}

static enum dtype dtype_from_name(const char *name)
{
	int t = DTYPE_UNDEFINED;
	while (t < DTYPE_COUNT && strcmp(dtype_name((enum dtype)t), name) != 0)
		t++;
	return (enum dtype)t;
}

static bool tensor_from_json(struct ctx *ctx, const struct json_doc *doc,
	const cJSON *object, struct nest_tensor *out)
{
	static const char *const known[] = {"type", "dims", NULL};
	const char *type;
	const cJSON *dims;
	if (!json_keys(ctx, doc, object, known) ||
		!(type = json_string(ctx, doc, object, "type")) ||
		!(dims = json_array(ctx, doc, object, "dims")))
		return false;
	out->type = dtype_from_name(type);
	if (out->type == DTYPE_COUNT) {
		struct loc loc = json_loc(doc, json_member(object, "type"));
		return diag_error(ctx, &loc,
			"'%s' is no element type, expected 'float', 'int8', "
			"...",
			diag_quote(ctx, type));
	}
	int count = cJSON_GetArraySize(dims);
	if (count > NEST_DIMS) {
		struct loc loc = json_loc(doc, dims);
		return diag_error(ctx, &loc,
			"%d dimensions, expected %d at most", count, NEST_DIMS);
	}
	out->dims = 0;
	for (const cJSON *d = dims->child; d; d = d->next)
		if (!dim_from_json(ctx, doc, d, &out->dim[out->dims++]))
			return false;
	return true;
}

bool nest_from_json(struct ctx *ctx, const struct json_doc *doc,
	const cJSON *object, struct nest *out)
{
	static const char *const known[] = {"O", "I", "W", NULL};
	*out = (struct nest){0};
	if (!bounds_from_json(ctx, doc, object, out->bound) ||
		!axes_from_json(ctx, doc, object, "stride", out->stride) ||
		!axes_from_json(ctx, doc, object, "dilation", out->dilation))
		return false;
	const cJSON *tensors = json_object(ctx, doc, object, "tensors");
	bool ok = tensors && json_keys(ctx, doc, tensors, known);
	for (int o = 0; ok && o < OPND_COUNT; o++) {
		const cJSON *tensor = json_object(
			ctx, doc, tensors, operand_name((enum operand)o));
		ok = tensor &&
			tensor_from_json(ctx, doc, tensor, &out->tensor[o]);
	}
	if (!ok)
		return false;
	nest_finish(out);
	struct loc loc = json_loc(doc, json_member(object, "tensors"));
	return nest_verify(ctx, &loc, out);
}

bool order_from_json(struct ctx *ctx, const struct json_doc *doc,
	const cJSON *object, int slot, uint8_t order[LOOP_COUNT])
{
	const cJSON *list = json_array(ctx, doc, object, slot_name(slot));
	if (!list)
		return false;
	unsigned seen = 0;
	int count = 0;
	for (const cJSON *i = list->child; i && count < LOOP_COUNT;
		i = i->next, count++) {
		enum loop loop = cJSON_IsString(i)
			? loop_by_name(i->valuestring)
			: LOOP_COUNT;
		if (loop == LOOP_COUNT)
			break;
		order[count] = (uint8_t)loop;
		seen |= LOOP_BIT(loop);
	}
	if (cJSON_GetArraySize(list) == LOOP_COUNT &&
		seen == LOOP_BIT(LOOP_COUNT) - 1)
		return true;
	struct loc loc = json_loc(doc, list);
	return diag_error(ctx, &loc,
		"the order of the %s loops: expected each of N, M, C, Ox, Oy, "
		"Fx, Fy once, outermost first",
		slot_name(slot));
}

const char *factors_expected(
	struct ctx *ctx, int64_t bound, const int64_t factor[SEED_SLOTS])
{
	int64_t size = bound;
	for (int s = 0; s < SEED_SLOTS - 1; s++) {
		int64_t parts = factor[s], whole = size;
		if (tile_cut(&size, parts))
			continue;
		const char *level = slot_name(s);
		if (parts > whole)
			return arena_printf(&ctx->arena,
				"a product of %lld, or padded tiles: at most "
				"%lld at %s",
				(long long)bound, (long long)whole, level);
		return arena_printf(&ctx->arena,
			"a product of %lld, or padded tiles: %lld at %s cover "
			"as much as %lld",
			(long long)bound,
			(long long)ceil_div(whole, ceil_div(whole, parts)),
			level, (long long)parts);
	}
	if (size == factor[SLOT_RF])
		return NULL;
	return arena_printf(&ctx->arena,
		"a product of %lld, or padded tiles: %lld at RF",
		(long long)bound, (long long)size);
}

static bool tiling_from_json(struct ctx *ctx, const struct json_doc *doc,
	const cJSON *object, const struct nest *nest, struct tiling *out)
{
	const cJSON *levels = json_array(ctx, doc, object, "tiling");
	if (!levels)
		return false;
	struct loc loc = json_loc(doc, levels);
	if (cJSON_GetArraySize(levels) != SEED_SLOTS)
		return diag_error(ctx, &loc,
			"the tiling has %d lists, expected 4: DRAM, SPM, RF, "
			"SPATIAL",
			cJSON_GetArraySize(levels));
	int v = 0;
	for (const cJSON *list = levels->child; list; list = list->next, v++)
		if (!json_ints(ctx, doc, list, LOOP_COUNT, 1, elems_max,
			    out->factor[seed_slot[v]]))
			return false;
	for (int l = 0; l < LOOP_COUNT; l++) {
		int64_t factor[SEED_SLOTS];
		for (int s = 0; s < SEED_SLOTS; s++)
			factor[s] = out->factor[s][l];
		const char *expected =
			factors_expected(ctx, nest->bound[l], factor);
		if (expected)
			return diag_error(ctx, &loc,
				"the factors of loop %s are " FACTORS_FORMAT
				", expected %s",
				loop_name((enum loop)l), FACTORS_ARGS(factor),
				expected);
	}
	return true;
}

bool mapping_from_json(struct ctx *ctx, const struct json_doc *doc,
	const cJSON *object, const struct nest *nest, struct mapping *out)
{
	static const char *const known[] = {"DRAM", "SPM", NULL};
	const cJSON *order;
	*out = mapping_none;
	return tiling_from_json(ctx, doc, object, nest, &out->tiling) &&
		(order = json_object(ctx, doc, object, "order")) &&
		json_keys(ctx, doc, order, known) &&
		order_from_json(
			ctx, doc, order, SLOT_DRAM, out->order[SLOT_DRAM]) &&
		order_from_json(
			ctx, doc, order, SLOT_SPM, out->order[SLOT_SPM]);
}

bool text_from_json(struct ctx *ctx, const struct json_doc *doc,
	const cJSON *object, const char *key, const char **out)
{
	*out = "";
	if (!json_member(object, key))
		return true;
	const char *s = json_string(ctx, doc, object, key);
	if (s)
		*out = arena_strdup(&ctx->arena, s);
	return s;
}

bool machine_from_json(struct ctx *ctx, const struct json_doc *doc,
	const cJSON *object, struct arch *out)
{
	static const char *const known[] = {
		"name", "fingerprint", "spec", NULL};
	const char *name;
	const cJSON *spec;
	const cJSON *machine = json_object(ctx, doc, object, "machine");
	return machine && json_keys(ctx, doc, machine, known) &&
		text_from_json(ctx, doc, machine, "name", &name) &&
		(spec = json_object(ctx, doc, machine, "spec")) &&
		arch_from_json(ctx, doc, spec, name, out);
}

bool mapping_fits(struct ctx *ctx, const struct loc *loc,
	const struct arch *arch, const struct nest *nest,
	const struct mapping *mapping)
{
	static const struct limits none = {0};
	const struct tiling *tiling = &mapping->tiling;
	struct tile_cost tile;
	int64_t rf_bits = 0, spm_bytes = 0;
	const struct machine machine = machine_of_arch(arch);
	tile_cost(nest, &machine, tiling, BURST_TRUE, &tile);
	for (int o = 0; o < OPND_COUNT; o++) {
		rf_bits += tile.elems[BOX_RF][o] *
			arch_word_bits(arch, (enum operand)o);
		spm_bytes += arch_bytes(
			arch, (enum operand)o, tile.elems[BOX_SPM][o]);
	}
	if (!tiling_fits_spatial(nest, arch, tiling, &none))
		return diag_error(ctx, loc,
			"the mapping uses %lld PEs, machine '%s' has %lld",
			(long long)tile.trips[SLOT_SPATIAL], arch->name,
			(long long)arch->pes);
	if (!tiling_fits_rf(nest, arch, tiling, &none))
		return diag_error(ctx, loc,
			"the RF tiles have %lld bytes, machine '%s' has %lld "
			"bytes of register file a PE",
			(long long)ceil_div(rf_bits, 8), arch->name,
			(long long)arch->rf_bytes);
	if (!tiling_fits_spm(nest, arch, tiling, &none))
		return diag_error(ctx, loc,
			"the SPM tiles have %lld bytes, machine '%s' has %lld "
			"banks of %lld bytes, none shared by two operands",
			(long long)spm_bytes, arch->name,
			(long long)arch->spm_banks,
			(long long)arch->bank_bytes);
	if (!mapping_fits_dataflow(arch, nest, mapping))
		return diag_error(ctx, loc,
			"machine '%s' cannot run the mapping, because of %s",
			arch->name,
			dataflow_obstacle(ctx, arch, nest, mapping));
	return true;
}
