/* Mirrors result_json.c function by function; every number is compared with
 * one that is computed. */
#include "codegen/result_read.h"

#include "codegen/gap.h"
#include "codegen/limits_json.h"
#include "codegen/method_parts.h"
#include "codegen/result_json.h"
#include "ir/fork.h"
#include "mapper/forms.h"
#include "oracle/loop_walk.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- reading -------------------------------------------------------------- */

static const int64_t whole_most = ((int64_t)1 << 53) - 1;

static bool format_read(struct ctx *ctx, const struct json_doc *doc)
{
	struct loc loc = {.file = doc->path};
	const cJSON *format = json_member(doc->root, "format");
	int64_t version;
	if (!cJSON_IsString(format) ||
		strcmp(format->valuestring, RESULT_FORMAT) != 0)
		return diag_error(ctx, &loc,
			"this is no result of compile: \"format\": \"%s\" is "
			"missing",
			RESULT_FORMAT);
	if (!json_int(ctx, doc, json_need(ctx, doc, doc->root, "version"), 1,
		    1 << 30, &version))
		return false;
	return version == RESULT_VERSION ||
		diag_error(ctx, &loc,
			"result of format version %lld, this program reads "
			"version %d",
			(long long)version, RESULT_VERSION);
}

/* "tiles"; without it, as they are in *out. */
static bool tiles_read(struct ctx *ctx, const struct json_doc *doc,
	const cJSON *object, enum tile_sizes *out)
{
	const cJSON *member = json_member(object, "tiles");
	struct loc loc = json_loc(doc, member);
	const char *name;
	if (!member)
		return true;
	if (!(name = json_string(ctx, doc, object, "tiles")))
		return false;
	for (int i = 0; i < TILES_COUNT; i++)
		if (strcmp(tiles_name((enum tile_sizes)i), name) == 0) {
			*out = (enum tile_sizes)i;
			return true;
		}
	return diag_error(ctx, &loc,
		"tiles is '%s', expected 'perfect' or 'padded'",
		diag_quote(ctx, name));
}

static bool options_read(struct ctx *ctx, struct result *r)
{
	static const char *const searches[] = {"exact", "brute", "pruned"};
	const struct json_doc *doc = &r->doc;
	const cJSON *options = json_object(ctx, doc, doc->root, "options");
	const char *search, *objective;
	bool compat;
	if (!options ||
		!json_bool(ctx, doc, json_need(ctx, doc, options, "compat"),
			&compat) ||
		!(search = json_string(ctx, doc, options, "search")) ||
		!(objective = json_string(ctx, doc, options, "objective")) ||
		!tiles_read(ctx, doc, options, &r->plan.tiles) ||
		!limits_from_json(ctx, doc, options, &r->plan.limits))
		return false;
	r->plan.rule = compat ? BURST_COMPAT : BURST_TRUE;
	r->plan.objective = OBJ_COUNT; /* none: one of the network's */
	for (int i = 0; i < OBJ_COUNT; i++)
		if (strcmp(objective_name((enum objective)i), objective) == 0)
			r->plan.objective = (enum objective)i;
	for (int i = 0; i < 3; i++)
		if (strcmp(searches[i], search) == 0)
			r->plan.search = searches[i];
	struct loc loc = json_loc(doc, json_member(options, "search"));
	return r->plan.search ||
		diag_error(ctx, &loc,
			"search is '%s', expected 'exact', 'brute' or 'pruned'",
			diag_quote(ctx, search));
}

/* A mapping with its estimate computed anew. */
static bool candidate_read(struct ctx *ctx, const struct result *r,
	const cJSON *object, const struct nest *nest, struct candidate *out)
{
	struct loc loc = json_loc(&r->doc, object);
	if (!mapping_from_json(ctx, &r->doc, object, nest, &out->mapping) ||
		!mapping_fits(ctx, &loc, &r->arch, nest, &out->mapping))
		return false;
	cost_mapping(
		nest, &r->arch, &out->mapping, r->plan.rule, &out->estimate);
	return true;
}

static bool best_read(struct ctx *ctx, const struct result *r,
	const cJSON *object, const struct nest *nest, struct best *out)
{
	const struct json_doc *doc = &r->doc;
	const cJSON *proof;
	return json_bool(ctx, doc, json_need(ctx, doc, object, "proven"),
		       &out->proof.proven) &&
		(proof = json_object(ctx, doc, object, "proof")) &&
		json_number(ctx, doc, json_need(ctx, doc, proof, "bound"), 0,
			1e300, &out->proof.bound) &&
		candidate_read(ctx, r, object, nest, &out->winner);
}

/* "front" and "front_proven", where a nest has them. */
static bool front_read(struct ctx *ctx, const struct result *r,
	const cJSON *object, const struct nest *nest, struct search_result *out)
{
	const struct json_doc *doc = &r->doc;
	const cJSON *front;
	if (!json_member(object, "front"))
		return true;
	if (!(front = json_array(ctx, doc, object, "front")) ||
		!json_bool(ctx, doc,
			json_need(ctx, doc, object, "front_proven"),
			&out->front_proof.proven))
		return false;
	out->front = arena_array(&ctx->arena, (size_t)cJSON_GetArraySize(front),
		sizeof *out->front);
	for (const cJSON *p = front->child; p; p = p->next)
		if (!candidate_read(
			    ctx, r, p, nest, &out->front[out->front_count++]))
			return false;
	return true;
}

static bool nest_read(struct ctx *ctx, struct result *r, const cJSON *object,
	struct distinct_nest *nest, struct search_result *out)
{
	const struct json_doc *doc = &r->doc;
	struct loc loc = json_loc(doc, object);
	const cJSON *best;
	*out = (struct search_result){.feasible = true,
		.tiles = r->plan.tiles,
		.evaluated = -1,
		.relaxations = -1};
	if (!text_from_json(ctx, doc, object, "example", &nest->example) ||
		!json_int(ctx, doc, json_need(ctx, doc, object, "instances"), 0,
			whole_most, &nest->instances) ||
		!nest_from_json(ctx, doc, object, &nest->nest) ||
		!tiles_read(ctx, doc, object, &out->tiles) ||
		!cost_check(ctx, &loc, &nest->nest, &r->arch, r->plan.rule,
			out->tiles) ||
		!(best = json_object(ctx, doc, object, "best")))
		return false;
	for (int o = 0; o < OBJ_COUNT; o++) {
		const cJSON *item = json_object(
			ctx, doc, best, objective_name((enum objective)o));
		if (!item ||
			!best_read(ctx, r, item, &nest->nest, &out->best[o]))
			return false;
	}
	return front_read(ctx, r, object, &nest->nest, out);
}

static bool nests_read(struct ctx *ctx, struct result *r)
{
	const cJSON *nests = json_array(ctx, &r->doc, r->doc.root, "nests");
	if (!nests)
		return false;
	size_t count = (size_t)cJSON_GetArraySize(nests);
	r->network.nests =
		arena_array(&ctx->arena, count, sizeof *r->network.nests);
	/* Nests of layers are numbered as the distinct ones that they are. */
	r->network.ids = count;
	r->network.nest_of = arena_array(&ctx->arena, count, sizeof(size_t));
	for (size_t i = 0; i < count; i++)
		r->network.nest_of[i] = i;
	r->results = arena_array(&ctx->arena, count, sizeof *r->results);
	r->nests = arena_array(&ctx->arena, count, sizeof *r->nests);
	for (const cJSON *n = nests->child; n; n = n->next) {
		size_t i = r->network.count++;
		r->nests[i] = n;
		if (!nest_read(ctx, r, n, &r->network.nests[i], &r->results[i]))
			return false;
	}
	return true;
}

/* The winners of the nests that layers run, where they were chosen for the
 * network. */
static bool chosen_read(struct ctx *ctx, struct result *r)
{
	struct loc loc = {.file = r->doc.path};
	bool own = r->plan.objective < OBJ_COUNT;
	if (!own) /* as compile has it where the goal is the network's */
		r->plan.objective = OBJ_EDP;
	if (r->network.run == 0 || !json_member(r->nests[0], "chosen"))
		return own || r->network.run == 0 ||
			diag_error(ctx, &loc,
				"the objective is none of a nest's, and nests "
				"have no \"chosen\"");
	struct best *chosen =
		arena_array(&ctx->arena, r->network.run, sizeof *chosen);
	for (size_t i = 0; i < r->network.run; i++) {
		const cJSON *item =
			json_object(ctx, &r->doc, r->nests[i], "chosen");
		if (!item ||
			!candidate_read(ctx, r, item, &r->network.nests[i].nest,
				&chosen[i].winner))
			return false;
	}
	r->plan.chosen = chosen;
	return true;
}

/* "nest" and "instances": of a layer's nest, and of a form of it. */
static bool distinct_read(struct ctx *ctx, const struct result *r,
	const cJSON *object, struct layer_nest *out)
{
	const struct json_doc *doc = &r->doc;
	int64_t distinct;
	struct loc loc = json_loc(doc, object);
	if (!json_int(ctx, doc, json_need(ctx, doc, object, "nest"), 0,
		    whole_most, &distinct) ||
		!json_int(ctx, doc, json_need(ctx, doc, object, "instances"), 0,
			whole_most, &out->instances))
		return false;
	if ((size_t)distinct >= r->network.count)
		return diag_error(ctx, &loc,
			"nest %lld of %zu distinct ones, counted from 0",
			(long long)distinct, r->network.count);
	out->id = (size_t)distinct;
	out->nest = r->network.nests[distinct].nest;
	return true;
}

static bool branch_read(struct ctx *ctx, const struct json_doc *doc,
	const cJSON *object, const char *key, bool *then)
{
	struct loc loc = json_loc(doc, json_member(object, key));
	const char *name = json_string(ctx, doc, object, key);
	if (!name)
		return false;
	*then = strcmp(name, fork_branch_name(true)) == 0;
	return *then || strcmp(name, fork_branch_name(false)) == 0 ||
		diag_error(ctx, &loc,
			"%s is '%s', expected 'then_branch' or 'else_branch'",
			key, diag_quote(ctx, name));
}

/* "inside", where it is there: of the first 'count' branches. */
static bool side_read(struct ctx *ctx, const struct json_doc *doc,
	const cJSON *object, size_t count, struct fork_side *out)
{
	const cJSON *inside = json_member(object, "inside");
	struct loc loc = json_loc(doc, inside);
	int64_t entry;
	if (!inside)
		return true;
	if (!(inside = json_object(ctx, doc, object, "inside")) ||
		!json_int(ctx, doc, json_need(ctx, doc, inside, "entry"), 0,
			1 << 30, &entry) ||
		!branch_read(ctx, doc, inside, "branch", &out->then))
		return false;
	if ((size_t)entry >= count)
		return diag_error(ctx, &loc,
			"entry %lld of the branches, expected one of the first "
			"%zu",
			(long long)entry, count);
	out->fork = (int)entry + 1;
	return true;
}

/* "branches", where there are any; which ones sums count is decided anew. */
static bool forks_read(struct ctx *ctx, struct result *r)
{
	const struct json_doc *doc = &r->doc;
	const cJSON *branches;
	if (!json_member(doc->root, "branches"))
		return true;
	if (!(branches = json_array(ctx, doc, doc->root, "branches")))
		return false;
	r->layers.forks = arena_array(&ctx->arena,
		(size_t)cJSON_GetArraySize(branches), sizeof *r->layers.forks);
	for (const cJSON *b = branches->child; b; b = b->next) {
		struct fork *fork = &r->layers.forks[r->layers.fork_count];
		if (!text_from_json(ctx, doc, b, "node", &fork->node) ||
			!branch_read(ctx, doc, b, "taken", &fork->then) ||
			!side_read(
				ctx, doc, b, r->layers.fork_count, &fork->side))
			return false;
		r->layers.fork_count++;
	}
	return true;
}

/* Also learns which nests layers run: those up to the largest index. */
static bool layer_nest_read(struct ctx *ctx, struct result *r,
	const cJSON *object, struct layer_nest *out)
{
	const cJSON *forms;
	if (!distinct_read(ctx, r, object, out))
		return false;
	if (out->id >= r->network.run)
		r->network.run = out->id + 1;
	if (!json_member(object, "forms"))
		return true;
	if (!(forms = json_array(ctx, &r->doc, object, "forms")))
		return false;
	out->forms = arena_array(&ctx->arena, (size_t)cJSON_GetArraySize(forms),
		sizeof *out->forms);
	for (const cJSON *f = forms->child; f; f = f->next)
		if (!distinct_read(ctx, r, f, &out->forms[out->form_count++]))
			return false;
	return true;
}

static bool layer_read(struct ctx *ctx, struct result *r, const cJSON *object,
	struct layer *out)
{
	const struct json_doc *doc = &r->doc;
	const cJSON *nests;
	if (!side_read(ctx, doc, object, r->layers.fork_count, &out->side) ||
		!text_from_json(ctx, doc, object, "name", &out->name) ||
		!json_int(ctx, doc, json_need(ctx, doc, object, "executions"),
			0, whole_most, &out->executions) ||
		!json_int(ctx, doc, json_need(ctx, doc, object, "macs"), 0,
			whole_most, &out->macs) ||
		!(nests = json_array(ctx, doc, object, "nests")))
		return false;
	out->nests = arena_array(&ctx->arena, (size_t)cJSON_GetArraySize(nests),
		sizeof *out->nests);
	for (const cJSON *n = nests->child; n; n = n->next)
		if (!layer_nest_read(ctx, r, n, &out->nests[out->nest_count++]))
			return false;
	return true;
}

static bool layers_read(struct ctx *ctx, struct result *r)
{
	const cJSON *layers = json_array(ctx, &r->doc, r->doc.root, "layers");
	if (!layers)
		return false;
	r->layers.layers = arena_array(&ctx->arena,
		(size_t)cJSON_GetArraySize(layers), sizeof *r->layers.layers);
	for (const cJSON *l = layers->child; l; l = l->next)
		if (!layer_read(
			    ctx, r, l, &r->layers.layers[r->layers.count++]))
			return false;
	size_t forks = r->layers.fork_count;
	struct loc loc = json_loc(&r->doc, layers);
	if (!forks_settle(ctx, &r->layers))
		return diag_error(ctx, &loc,
			"the layers of a branch have more than 2^63 "
			"multiplications");
	return forks == r->layers.fork_count ||
		diag_error(ctx, &loc, "%zu of %zu branches have no layers",
			forks - r->layers.fork_count, forks);
}

static bool result_fill(struct ctx *ctx, struct result *r)
{
	if (!format_read(ctx, &r->doc) ||
		!text_from_json(
			ctx, &r->doc, r->doc.root, "model", &r->layers.model) ||
		!machine_from_json(ctx, &r->doc, r->doc.root, &r->arch) ||
		!options_read(ctx, r) || !nests_read(ctx, r) ||
		!forks_read(ctx, r) || !layers_read(ctx, r) ||
		!chosen_read(ctx, r))
		return false;
	r->plan.name = r->layers.model;
	r->plan.layers = &r->layers;
	r->plan.network = &r->network;
	r->plan.arch = &r->arch;
	r->plan.results = r->results;
	return plan_finish(ctx, &r->plan);
}

bool result_read(struct ctx *ctx, const char *path, struct result *out)
{
	*out = (struct result){0};
	return json_read(ctx, path, &out->doc) && result_fill(ctx, out);
}

bool result_parse(struct ctx *ctx, const char *path, const char *text,
	size_t length, struct result *out)
{
	*out = (struct result){0};
	return json_parse(ctx, path, text, length, &out->doc) &&
		result_fill(ctx, out);
}

void result_release(struct result *result)
{
	json_release(&result->doc);
}

/* --- comparing ------------------------------------------------------------ */

struct comparison {
	struct ctx *ctx;
	const struct json_doc *doc;
	int differences; /* reported */
};
enum { REPORTED = 10 };

static void differs(struct comparison *c, const cJSON *at, const char *format,
	...) __attribute__((format(printf, 3, 4)));

static void differs(
	struct comparison *c, const cJSON *at, const char *format, ...)
{
	char text[400];
	va_list args;
	struct loc loc = json_loc(c->doc, at);
	if (c->differences++ >= REPORTED)
		return;
	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	diag_error(c->ctx, &loc, "%s", text);
}

/* Of members that are no objects. Whole numbers stand in 'want' as their
 * digits. */
static bool leaf_equal(struct ctx *ctx, const cJSON *have, const cJSON *want)
{
	if (cJSON_IsRaw(want))
		return cJSON_IsNumber(have) &&
			have->valuedouble == strtod(want->valuestring, NULL);
	if (cJSON_IsNumber(want))
		return cJSON_IsNumber(have) &&
			have->valuedouble == want->valuedouble;
	return strcmp(json_line(ctx, have), json_line(ctx, want)) == 0;
}

/* Every member of 'want' stands in 'have', and is equal; others are let pass.
 * path: what 'have' is called. */
static void compare(struct comparison *c, const cJSON *have, const cJSON *want,
	const char *path)
{
	if (!cJSON_IsObject(have)) {
		differs(c, have, "%s is missing", path);
		return;
	}
	for (const cJSON *w = want->child; w; w = w->next) {
		const char *name =
			arena_printf(&c->ctx->arena, "%s.%s", path, w->string);
		const cJSON *h = json_member(have, w->string);
		if (!h)
			differs(c, have, "%s is missing", name);
		else if (cJSON_IsObject(w))
			compare(c, h, w, name);
		else if (!leaf_equal(c->ctx, h, w))
			differs(c, h, "%s is %s, computed anew it is %s", name,
				diag_quote(c->ctx, json_line(c->ctx, h)),
				json_line(c->ctx, w));
	}
}

/* The same, and deletes want. */
static void compare_with(
	struct comparison *c, const cJSON *have, cJSON *want, const char *path)
{
	compare(c, have, want, path);
	cJSON_Delete(want);
}

/* Whether a winner keeps to the limits. Pruned searches relax them. */
static void limits_compare(struct comparison *c, const struct result *r,
	const cJSON *item, const struct nest *nest,
	const struct candidate *winner, const char *path)
{
	const struct limits *l = &r->plan.limits;
	const struct tiling *tiling = &winner->mapping.tiling;
	if (strcmp(r->plan.search, "pruned") == 0)
		return;
	if (!tiling_fits_spatial(nest, &r->arch, tiling, l) ||
		!tiling_fits_rf(nest, &r->arch, tiling, l) ||
		!tiling_fits_spm(nest, &r->arch, tiling, l) ||
		!tiling_fits_dram(nest, tiling, l) ||
		!tiling_fits_factors(nest, tiling, l))
		differs(c, item, "%s: the tiling breaks the limits in options",
			path);
	for (int s = 0; s < SLOTS_MAX; s++)
		if (l->ordered[s] &&
			memcmp(l->order[s], winner->mapping.order[s],
				sizeof l->order[s]) != 0)
			differs(c, item,
				"%s: the order of %s loops is not that in "
				"options",
				path, slot_name(s));
	const struct estimate *e = &winner->estimate;
	if ((l->max_cycles && e->cycles > l->max_cycles) ||
		(l->max_energy_pj > 0 && e->energy_pj > l->max_energy_pj))
		differs(c, item, "%s: %lld cycles and %.17g pJ exceed options",
			path, (long long)e->cycles, e->energy_pj);
}

/* The reference cost function against a walk over the mapping's loops. */
static void walk_compare(struct comparison *c, const struct result *r,
	const cJSON *item, const struct nest *nest,
	const struct candidate *winner, const char *path)
{
	struct loop_walk walk;
	struct ctx scratch;
	ctx_init(&scratch, c->ctx->messages, c->ctx->arena.guard);
	if (loop_walk(&scratch, nest, &r->arch, &winner->mapping, r->plan.rule,
		    &walk) &&
		!loop_walk_agrees(&walk, &winner->estimate))
		differs(c, item,
			"%s: walking the loops gives %.17g pJ in %.17g cycles",
			path, walk.energy_pj, walk.cycles);
	ctx_release(&scratch);
}

/* The counts of a proof, which steps visit and cut. */
enum count { TILES, ARRAYS = 2, SPLITS = 4, PAIRS = 6, COUNTS };
static const char *const count_names[COUNTS] = {"tiles_visited", "tiles_cut",
	"arrays_visited", "arrays_cut", "splits_visited", "splits_cut",
	"pairs_evaluated"};

/* Sums of the tiles inside others. */
static void sums_compare(struct comparison *c, const struct result *r,
	size_t index, const cJSON *item, const double count[COUNTS],
	const char *path)
{
	static const struct proof_counts none;
	const struct mapspace *space = &r->plan.mapspaces[index];
	int64_t whole[COUNTS];
	const char *why;
	for (int k = 0; k < COUNTS; k++)
		whole[k] = (int64_t)count[k];
	const struct proof proof = {
		.tiles_visited = whole[TILES],
		.tiles_cut = whole[TILES + 1],
		.arrays_visited = whole[ARRAYS],
		.arrays_cut = whole[ARRAYS + 1],
		.splits_visited = whole[SPLITS],
		.splits_cut = whole[SPLITS + 1],
		.pairs_evaluated = whole[PAIRS],
	};
	int64_t fit = space->tilings ? space->tilings_fit : NOT_COUNTED;
	if (!proof_counts_hold(
		    r->counts ? &r->counts[index] : &none, &proof, fit, &why))
		differs(c, item, "%s.proof: %s", path, why);
}

/* They against what there is. Every scratchpad tile that fits is visited or
 * cut; those that limits or a dataflow leave no way into may be neither. Arrays
 * are of tiles that were visited, splits of arrays that were. */
static void proof_compare(struct comparison *c, const struct result *r,
	size_t index, int objective, const cJSON *item, const char *path)
{
	const struct mapspace *space = &r->plan.mapspaces[index];
	const cJSON *proof = json_member(item, "proof");
	double count[COUNTS];
	if (strcmp(r->plan.search, "exact") != 0 ||
		!r->results[index].best[objective].proof.proven)
		return;
	for (int k = 0; k < COUNTS; k++) {
		const cJSON *number = json_member(proof, count_names[k]);
		count[k] = cJSON_IsNumber(number) ? number->valuedouble : -1;
		if (!(count[k] >= 0) || count[k] > (double)whole_most ||
			count[k] != floor(count[k])) {
			differs(c, proof, "%s.proof.%s is no count", path,
				count_names[k]);
			return;
		}
	}
	for (int k = ARRAYS; k < PAIRS; k += 2)
		if (count[k - 2] == 0 && count[k] + count[k + 1] > 0)
			differs(c, proof, "%s.proof: %s without %s", path,
				count_names[k], count_names[k - 2]);
	sums_compare(c, r, index, proof, count, path);
	if (!space->tilings || space->tiles_fit == NOT_COUNTED)
		return;
	double tiles = count[TILES] + count[TILES + 1];
	bool whole =
		!plan_limited(&r->plan) && !dataflow_any(&r->arch.dataflow);
	if (whole ? tiles != (double)space->tiles_fit
		  : tiles > (double)space->tiles_fit)
		differs(c, proof,
			"%s.proof: tiles_visited and tiles_cut add up to "
			"%.17g, %lld tiles fit",
			path, tiles, (long long)space->tiles_fit);
}

/* What an exhaustive search that came to its end costed. */
static void evaluated_compare(struct comparison *c, const struct result *r,
	size_t index, const char *path)
{
	const struct mapspace *space = &r->plan.mapspaces[index];
	const cJSON *evaluated = json_member(r->nests[index], "evaluated");
	if (strcmp(r->plan.search, "brute") != 0 || !space->tilings ||
		space->tilings_fit == NOT_COUNTED ||
		!r->results[index].best[OBJ_EDP].proof.proven)
		return;
	if (!cJSON_IsNumber(evaluated) ||
		evaluated->valuedouble != (double)space->tilings_fit)
		differs(c, r->nests[index],
			"%s.evaluated is not the %lld tilings that fit", path,
			(long long)space->tilings_fit);
}

/* A point of a front, or one chosen of it. */
static void point_compare(struct comparison *c, const struct result *r,
	const cJSON *item, const struct nest *nest,
	const struct candidate *point, const char *path)
{
	cJSON *want = cJSON_CreateObject();
	cJSON_AddNumberToObject(want, "energy_pj", point->estimate.energy_pj);
	cJSON_AddItemToObject(
		want, "cycles", json_whole(point->estimate.cycles));
	compare_with(c, item, want, path);
	limits_compare(c, r, item, nest, point, path);
	walk_compare(c, r, item, nest, point, path);
}

/* Points by rising energy and falling cycles. */
static void front_compare(struct comparison *c, const struct result *r,
	size_t index, const char *path)
{
	const struct search_result *result = &r->results[index];
	const cJSON *item = json_member(r->nests[index], "front");
	item = item ? item->child : NULL;
	for (size_t i = 0; i < result->front_count; i++, item = item->next) {
		const struct candidate *point = &result->front[i];
		const struct estimate *e = &point->estimate;
		const struct estimate *last = &point[i ? -1 : 0].estimate;
		const char *name =
			arena_printf(&c->ctx->arena, "%s.front[%zu]", path, i);
		point_compare(
			c, r, item, &r->network.nests[index].nest, point, name);
		cJSON *want = cJSON_CreateObject();
		cJSON_AddNumberToObject(
			want, "edp", e->energy_pj * (double)e->cycles);
		compare_with(c, item, want, name);
		if (i &&
			(e->energy_pj <= last->energy_pj ||
				e->cycles >= last->cycles))
			differs(c, item,
				"%s has no more energy or no fewer cycles than "
				"the point before",
				name);
	}
}

/* What was chosen is a point of the front. */
static void chosen_compare(struct comparison *c, const struct result *r,
	size_t index, const char *path)
{
	const struct search_result *result = &r->results[index];
	const struct candidate *chosen = &r->plan.chosen[index].winner;
	const cJSON *item = json_member(r->nests[index], "chosen");
	const cJSON *point = json_member(item, "point");
	point_compare(
		c, r, item, &r->network.nests[index].nest, chosen, path);
	double at = cJSON_IsNumber(point) ? point->valuedouble : -1;
	if (result->front &&
		(!(at >= 0 && at < (double)result->front_count) ||
			mapping_compare(&chosen->mapping,
				&result->front[(size_t)at].mapping) != 0))
		differs(c, item, "%s is not the point of the front", path);
}

/* What both have counted: a search that is ended early leaves counts open, and
 * so does checking. */
static void mapspace_compare(struct comparison *c, const struct result *r,
	size_t index, const cJSON *space, const char *path)
{
	struct mapspace now = r->plan.mapspaces[index];
	if (!space || !now.tilings)
		return;
	if (!json_member(space, "tilings_fit"))
		now.tilings_fit = NOT_COUNTED;
	if (!json_member(space, "tiles_fit"))
		now.tiles_fit = NOT_COUNTED;
	compare_with(c, space, json_mapspace(c->ctx, &now),
		arena_printf(&c->ctx->arena, "%s.mapspace", path));
}

static void nest_compare(
	struct comparison *c, const struct result *r, size_t index)
{
	const struct distinct_nest *nest = &r->network.nests[index];
	const cJSON *item = r->nests[index];
	const cJSON *space = json_member(item, "mapspace");
	const cJSON *best = json_member(item, "best");
	const char *path = arena_printf(&c->ctx->arena, "nests[%zu]", index);
	mapspace_compare(c, r, index, space, path);
	evaluated_compare(c, r, index, path);
	front_compare(c, r, index, path);
	if (r->plan.chosen && index < r->network.run)
		chosen_compare(c, r, index,
			arena_printf(&c->ctx->arena, "%s.chosen", path));
	for (int o = 0; o < OBJ_COUNT; o++) {
		const char *name = objective_name((enum objective)o);
		const struct best *b = &r->results[index].best[o];
		const cJSON *h = json_member(best, name);
		double value =
			objective_value((enum objective)o, &b->winner.estimate);
		name = arena_printf(&c->ctx->arena, "%s.best.%s", path, name);
		cJSON *want = cJSON_CreateObject();
		cJSON_AddNumberToObject(want, "value", value);
		cJSON_AddItemToObject(
			want, "gap", json_gap(best_gap((enum objective)o, b)));
		json_add_estimate(want, &nest->nest, &r->arch,
			&b->winner.mapping, r->plan.rule);
		compare_with(c, h, want, name);
		limits_compare(c, r, h, &nest->nest, &b->winner, name);
		walk_compare(c, r, h, &nest->nest, &b->winner, name);
		proof_compare(c, r, index, o, h, name);
		if (b->proof.proven ? b->proof.bound != value
				    : b->proof.bound > value)
			differs(c, json_member(h, "proof"),
				"%s.proof.bound is %.17g, %s %.17g", name,
				b->proof.bound,
				b->proof.proven ? "proven is"
						: "the value is only",
				value);
	}
}

/* Sums; of winners chosen for the network, without what is proven of them. */
static void compare_totals(struct comparison *c, const struct result *r,
	const cJSON *have, cJSON *want, const char *path)
{
	if (r->plan.chosen) {
		cJSON_DeleteItemFromObjectCaseSensitive(want, "proven");
		cJSON_DeleteItemFromObjectCaseSensitive(want, "gap");
	}
	compare_with(c, have, want, path);
}

/* The forms of a layer's nest: the one that it takes is among them, all compute
 * as much, and where the layer's own objective decides, none is better. */
static void forms_compare(struct comparison *c, const struct result *r,
	const cJSON *item, const struct layer_nest *ln, const double *value,
	const char *path)
{
	enum objective objective = r->plan.objective;
	struct task task = {.form_count = ln->form_count};
	size_t taken = ln->form_count, best;
	task.forms =
		arena_array(&c->ctx->arena, ln->form_count, sizeof *task.forms);
	for (size_t f = 0; f < ln->form_count; f++) {
		const struct layer_nest *form = &ln->forms[f];
		task.forms[f] = (struct nest_form){
			.nest = form->id, .instances = form->instances};
		if (form->id == ln->id &&
			form->instances == ln->instances)
			taken = f;
		if ((double)nest_macs(&form->nest) * (double)form->instances !=
			(double)nest_macs(&ln->nest) * (double)ln->instances)
			differs(c, item,
				"%s.forms[%zu] does not multiply as often as "
				"the nest",
				path, f);
	}
	if (taken == ln->form_count) {
		differs(c, item, "%s is none of its forms", path);
	} else if (!r->plan.chosen &&
		(best = task_choose(&task, objective, value)) != taken) {
		differs(c, item,
			"%s has %.17g of the objective, forms[%zu] has %.17g",
			path,
			instances_value(
				objective, value[ln->id], ln->instances),
			best,
			instances_value(objective, value[task.forms[best].nest],
				task.forms[best].instances));
	}
}

/* Layers, the instances that they add up to, and totals. */
static void layers_compare(struct comparison *c, const struct result *r)
{
	const cJSON *root = r->doc.root;
	const cJSON *item = json_member(root, "layers")->child;
	double *runs =
		arena_array(&c->ctx->arena, r->network.count, sizeof *runs);
	const double *value = r->plan.chosen
		? NULL
		: result_values(c->ctx, r->plan.objective, r->results,
			  r->network.count);
	for (size_t i = 0; i < r->layers.count; i++, item = item->next) {
		const struct layer *layer = &r->layers.layers[i];
		const char *path =
			arena_printf(&c->ctx->arena, "layers[%zu]", i);
		const cJSON *nest = json_member(item, "nests")->child;
		for (size_t k = 0; k < layer->nest_count;
			k++, nest = nest->next) {
			const struct layer_nest *ln = &layer->nests[k];
			cJSON *want = cJSON_CreateObject();
			const char *name = arena_printf(
				&c->ctx->arena, "%s.nests[%zu]", path, k);
			if (!layer->aside)
				runs[ln->id] += (double)ln->instances *
					(double)layer->executions;
			cJSON_AddItemToObject(
				want, "bounds", json_bounds(&ln->nest));
			compare_with(c, nest, want, name);
			if (ln->form_count)
				forms_compare(c, r, nest, ln, value, name);
		}
		if (cJSON_IsFalse(json_member(item, "in_totals")) !=
			layer->aside)
			differs(c, item, "%s.in_totals is not %s", path,
				layer->aside ? "false" : "true");
		compare_totals(c, r, item,
			json_layer_totals(plan_layer_totals(&r->plan, layer)),
			path);
	}
	for (size_t i = 0; i < r->network.count; i++)
		if (runs[i] != (double)r->network.nests[i].instances)
			differs(c, r->nests[i],
				"nests[%zu].instances is %lld, the layers add "
				"up to %.17g",
				i, (long long)r->network.nests[i].instances,
				runs[i]);
	item = r->layers.fork_count ? json_member(root, "branches")->child
				    : NULL;
	for (size_t k = 0; k < r->layers.fork_count; k++, item = item->next) {
		compare_with(c, item, json_fork(&r->plan, k),
			arena_printf(&c->ctx->arena, "branches[%zu]", k));
	}
	compare_totals(c, r, json_member(root, "totals"),
		json_totals(r->plan.totals), "totals");
}

bool result_check(struct ctx *ctx, const struct result *r)
{
	struct comparison c = {.ctx = ctx, .doc = &r->doc};
	/* The fingerprint stands for all of the numbers. */
	cJSON *machine = json_machine(ctx, &r->arch);
	cJSON_DeleteItemFromObjectCaseSensitive(machine, "spec");
	compare_with(
		&c, json_member(r->doc.root, "machine"), machine, "machine");
	for (size_t i = 0; i < r->network.count; i++)
		nest_compare(&c, r, i);
	layers_compare(&c, r);
	if (c.differences > REPORTED)
		diag_error(ctx, &(struct loc){.file = r->doc.path},
			"%d more differences", c.differences - REPORTED);
	return c.differences == 0;
}
