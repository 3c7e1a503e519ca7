/* Reads a space: keys, tables, expressions and rules, each checked where it
 * stands. */
#include "dse/space.h"

#include "base/checked.h"
#include "base/json_doc.h"
#include "base/path.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Axes of a space; places for numbers, results included. */
enum { AXES_MAX = 64, NAMES_MAX = 128 };

static const char *const result_names[RESULT_COUNT] = {
	[RESULT_ENERGY] = "energy",
	[RESULT_CYCLES] = "cycles",
	[RESULT_EDP] = "edp",
};

struct reader {
	struct ctx *ctx;
	const struct json_doc *doc;
	struct space *space;
	const char **names; /* NULL behind the last that may be used now */
	bool *used;         /* [slot_count + RESULT_COUNT] */
	bool *given;        /* by an axis, a table or an expression */
};

static size_t members(const cJSON *item)
{
	return item ? (size_t)cJSON_GetArraySize(item) : 0;
}

/* The slot of a name, or a diagnostic. */
static bool slot_find(
	struct reader *r, const struct loc *loc, const char *name, slot *out)
{
	for (size_t i = 0; i < r->space->slot_count; i++)
		if (!strcmp(r->names[i], name)) {
			*out = i;
			return true;
		}
	const char *meant = diag_nearest(name, r->names);
	return diag_error(r->ctx, loc, "unknown key '%s'%s%s%s",
		diag_quote(r->ctx, name),
		meant ? ", did you mean '"
		      : "; 'nestwright arch --keys' lists "
			"the machine's, 'keys' the "
			"space's own",
		meant ? meant : "", meant ? "'?" : "");
}

/* A slot that gets its values here and nowhere else. */
static bool slot_give(struct reader *r, const struct loc *loc, slot at)
{
	if (r->given[at])
		return diag_error(r->ctx, loc,
			"key '%s' gets its value twice: from a list, a table "
			"or an expression",
			r->names[at]);
	r->given[at] = true;
	return true;
}

/* --- names ---------------------------------------------------------------- */

static bool is_name(const char *s)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ_";
	size_t n = strspn(s, letters);
	return n &&
		!s[n + strspn(s + n, "0123456789") +
			strspn(s + n + strspn(s + n, "0123456789"),
				"abcdefghijklmnopqrstuvwxyz"
				"ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789")];
}

/* The machine's keys, and those of 'keys' that are none of them. */
static bool names_collect(struct reader *r, const cJSON *keys)
{
	struct space *space = r->space;
	struct loc at = json_loc(r->doc, keys);
	size_t most = arch_key_count + members(keys) + RESULT_COUNT + 1;
	if (members(keys) > AXES_MAX)
		return diag_error(r->ctx, &at, "%zu keys, at most %d may range",
			members(keys), AXES_MAX);
	assert(most <= NAMES_MAX);
	r->names = arena_array(&r->ctx->arena, most, sizeof *r->names);
	r->used = arena_array(&r->ctx->arena, most, sizeof *r->used);
	r->given = arena_array(&r->ctx->arena, most, sizeof *r->given);
	for (size_t i = 0; i < arch_key_count; i++)
		r->names[space->slot_count++] = arch_keys[i].name;
	for (const cJSON *c = keys->child; c; c = c->next) {
		struct loc loc = json_loc(r->doc, c);
		size_t i = 0;
		while (i < arch_key_count &&
			strcmp(arch_keys[i].name, c->string) != 0)
			i++;
		if (i < arch_key_count)
			continue;
		for (int k = 0; k < RESULT_COUNT; k++)
			if (!strcmp(result_names[k], c->string))
				return diag_error(r->ctx, &loc,
					"'%s' is a result: give the key "
					"another name",
					c->string);
		if (!is_name(c->string))
			return diag_error(r->ctx, &loc,
				"key '%s': expected letters, digits and '_'",
				diag_quote(r->ctx, c->string));
		r->names[space->slot_count++] =
			arena_strdup(&r->ctx->arena, c->string);
	}
	space->names = r->names;
	return true;
}

/* --- lists ---------------------------------------------------------------- */

static int by_value(const void *a, const void *b)
{
	const struct place *x = a, *y = b;
	return (x->value > y->value) - (x->value < y->value);
}

static int by_value_and_place(const void *a, const void *b)
{
	const struct place *x = a, *y = b;
	int order = by_value(a, b);
	return order ? order : (x->at > y->at) - (x->at < y->at);
}

/* The numbers values[0], values[step], ... by rising value, in the arena;
 * *again: of those that stand twice, the place that comes first; count: none.
 */
static const struct place *places_sort(struct ctx *ctx, const double *values,
	size_t count, size_t step, size_t *again)
{
	struct place *places =
		arena_array(&ctx->arena, count + 1, sizeof *places);
	for (size_t i = 0; i < count; i++)
		places[i] = (struct place){values[i * step], i};
	qsort(places, count, sizeof *places, by_value_and_place);
	*again = count;
	for (size_t i = 1; i < count; i++)
		if (places[i].value == places[i - 1].value &&
			places[i].at < *again)
			*again = places[i].at;
	return places;
}

/* --- axes, tables, expressions -------------------------------------------- */

static bool axis_read(struct reader *r, const cJSON *item, struct range *axis)
{
	struct loc loc = json_loc(r->doc, item);
	size_t count = members(item);
	if (!slot_find(r, &loc, item->string, &axis->slot) ||
		!slot_give(r, &loc, axis->slot))
		return false;
	if (!cJSON_IsArray(item) || !count)
		return diag_error(r->ctx, &loc,
			"key '%s': expected a list of numbers, found %s",
			item->string,
			cJSON_IsArray(item) ? "an empty one" : json_kind(item));
	double *values = arena_array(&r->ctx->arena, count, sizeof *values);
	struct loc *locs = arena_array(&r->ctx->arena, count, sizeof *locs);
	for (const cJSON *c = item->child; c; c = c->next) {
		locs[axis->count] = json_loc(r->doc, c);
		double *value = &values[axis->count++];
		if (!json_number(r->ctx, r->doc, c, -1e300, 1e300, value))
			return false;
	}
	size_t again;
	places_sort(r->ctx, values, count, 1, &again);
	if (again < count)
		return diag_error(r->ctx, &locs[again],
			"key '%s': %s stands in the list twice", item->string,
			json_double(r->ctx, values[again]));
	axis->values = values;
	axis->locs = locs;
	return true;
}

static bool axes_read(struct reader *r, const cJSON *keys)
{
	struct space *space = r->space;
	space->axes = arena_array(
		&r->ctx->arena, members(keys) + 1, sizeof *space->axes);
	space->combinations = 1;
	for (const cJSON *c = keys->child; c; c = c->next) {
		struct range *axis = &space->axes[space->axis_count++];
		struct loc loc = json_loc(r->doc, c);
		if (!axis_read(r, c, axis))
			return false;
		if (!mul_ok(space->combinations, (int64_t)axis->count,
			    &space->combinations) ||
			space->combinations > COMBINATIONS_MAX)
			return diag_error(r->ctx, &loc,
				"the lists have more than %d combinations: "
				"split the space",
				COMBINATIONS_MAX);
	}
	return true;
}

static bool tie_read(struct reader *r, const cJSON *item, struct tie *tie)
{
	static const char *const known[] = {"comment", "columns", "rows", NULL};
	const cJSON *columns, *rows;
	tie->loc = json_loc(r->doc, item);
	if (!cJSON_IsObject(item))
		return diag_error(r->ctx, &tie->loc,
			"expected a table {\"columns\": [...], \"rows\": "
			"[[...], ...]}, found %s",
			json_kind(item));
	if (!json_keys(r->ctx, r->doc, item, known) ||
		!(columns = json_array(r->ctx, r->doc, item, "columns")) ||
		!(rows = json_array(r->ctx, r->doc, item, "rows")))
		return false;
	tie->columns = members(columns);
	tie->rows = members(rows);
	if (tie->columns < 2 || !tie->rows)
		return diag_error(r->ctx, &tie->loc,
			"a table has two columns or more, and rows");
	slot *slots = arena_array(&r->ctx->arena, tie->columns, sizeof *slots);
	double *values = arena_array(
		&r->ctx->arena, tie->columns * tie->rows, sizeof *values);
	size_t n = 0;
	for (const cJSON *c = columns->child; c; c = c->next, n++) {
		struct loc loc = json_loc(r->doc, c);
		if (!cJSON_IsString(c))
			return diag_error(r->ctx, &loc,
				"expected the name of a key, found %s",
				json_kind(c));
		if (!slot_find(r, &loc, c->valuestring, &slots[n]) ||
			(n && !slot_give(r, &loc, slots[n])))
			return false;
	}
	r->used[slots[0]] = true;
	n = 0;
	for (const cJSON *row = rows->child; row; row = row->next) {
		struct loc loc = json_loc(r->doc, row);
		if (!cJSON_IsArray(row) || members(row) != tie->columns)
			return diag_error(r->ctx, &loc,
				"expected a row of %zu numbers", tie->columns);
		for (const cJSON *c = row->child; c; c = c->next)
			if (!json_number(r->ctx, r->doc, c, -1e300, 1e300,
				    &values[n++]))
				return false;
	}
	size_t again;
	tie->places =
		places_sort(r->ctx, values, tie->rows, tie->columns, &again);
	if (again < tie->rows) {
		const cJSON *row = rows->child;
		for (size_t i = 0; i < again; i++)
			row = row->next;
		struct loc loc = json_loc(r->doc, row);
		return diag_error(r->ctx, &loc,
			"the table has two rows for %s %s", r->names[slots[0]],
			json_double(r->ctx, values[again * tie->columns]));
	}
	tie->slot = slots;
	tie->values = values;
	return true;
}

static bool ties_read(struct reader *r, const cJSON *object)
{
	struct space *space = r->space;
	if (!json_member(object, "tables"))
		return true;
	const cJSON *list = json_array(r->ctx, r->doc, object, "tables");
	if (!list)
		return false;
	space->ties = arena_array(
		&r->ctx->arena, members(list) + 1, sizeof *space->ties);
	for (const cJSON *c = list->child; c; c = c->next)
		if (!tie_read(r, c, &space->ties[space->tie_count++]))
			return false;
	return true;
}

/* An expression in a string. */
static bool expression(struct reader *r, const cJSON *item, struct expr *out)
{
	struct loc loc = json_loc(r->doc, item);
	if (!cJSON_IsString(item))
		return diag_error(r->ctx, &loc,
			"expected an expression in quotes, found %s",
			json_kind(item));
	return expr_parse(r->ctx, &loc,
		arena_strdup(&r->ctx->arena, item->valuestring), r->names,
		r->used, out);
}

static bool settings_read(struct reader *r, const cJSON *object)
{
	struct space *space = r->space;
	if (!json_member(object, "set"))
		return true;
	const cJSON *set = json_object(r->ctx, r->doc, object, "set");
	if (!set)
		return false;
	space->settings = arena_array(
		&r->ctx->arena, members(set) + 1, sizeof *space->settings);
	for (const cJSON *c = set->child; c; c = c->next) {
		struct setting *s = &space->settings[space->setting_count++];
		s->loc = json_loc(r->doc, c);
		if (!slot_find(r, &s->loc, c->string, &s->slot) ||
			!slot_give(r, &s->loc, s->slot) ||
			!expression(r, c, &s->expr))
			return false;
	}
	return true;
}

static bool rules_read(struct reader *r, const cJSON *object)
{
	struct space *space = r->space;
	if (!json_member(object, "rules"))
		return true;
	const cJSON *list = json_array(r->ctx, r->doc, object, "rules");
	if (!list)
		return false;
	space->rules = arena_array(
		&r->ctx->arena, members(list) + 1, sizeof *space->rules);
	for (const cJSON *c = list->child; c; c = c->next) {
		struct rule *rule = &space->rules[space->rule_count++];
		rule->loc = json_loc(r->doc, c);
		if (!expression(r, c, &rule->expr))
			return false;
	}
	return true;
}

/* Area of keys alone; power of the results, too. */
static bool measures_read(struct reader *r, const cJSON *object)
{
	struct space *space = r->space;
	const cJSON *area = json_member(object, "area");
	const cJSON *power = json_member(object, "power");
	size_t n = space->slot_count;
	space->has_area = area;
	space->has_power = power;
	if (area) {
		space->area_loc = json_loc(r->doc, area);
		if (!expression(r, area, &space->area))
			return false;
	}
	for (int k = 0; k < RESULT_COUNT; k++)
		r->names[n + (size_t)k] = result_names[k];
	if (power) {
		space->power_loc = json_loc(r->doc, power);
		if (!expression(r, power, &space->power))
			return false;
	}
	for (int k = 0; k < RESULT_COUNT; k++)
		space->power_of_results |= r->used[n + (size_t)k];
	return true;
}

/* A variable that nothing uses is a misspelt key. */
static bool variables_used(struct reader *r, const cJSON *keys)
{
	const char **known =
		arena_array(&r->ctx->arena, arch_key_count + 1, sizeof *known);
	for (size_t i = 0; i < arch_key_count; i++)
		known[i] = arch_keys[i].name;
	bool ok = true;
	for (size_t i = arch_key_count; i < r->space->slot_count; i++) {
		if (r->used[i])
			continue;
		struct loc loc =
			json_loc(r->doc, json_member(keys, r->names[i]));
		const char *meant = diag_nearest(r->names[i], known);
		ok = diag_error(r->ctx, &loc,
			"key '%s' is none of the machine's, and no table or "
			"expression uses it%s%s%s",
			r->names[i], meant ? "; did you mean '" : "",
			meant ? meant : "", meant ? "'?" : "");
	}
	return ok;
}

/* --- the file ------------------------------------------------------------- */

static bool base_read(struct reader *r, const cJSON *object)
{
	const cJSON *base = json_member(object, "base");
	struct loc loc = json_loc(r->doc, base);
	r->space->base = arch_default();
	if (!base)
		return true;
	if (cJSON_IsObject(base))
		return arch_from_json(
			r->ctx, r->doc, base, r->space->name, &r->space->base);
	if (!cJSON_IsString(base))
		return diag_error(r->ctx, &loc,
			"key 'base': expected the name of an architecture file "
			"or an object like one, found %s",
			json_kind(base));
	return arch_read(r->ctx,
		path_beside(&r->ctx->arena, r->space->path, base->valuestring),
		&r->space->base);
}

static bool workloads_read(struct reader *r, const cJSON *object)
{
	static const char *const known[] = {"model", "weight", NULL};
	struct space *space = r->space;
	if (!json_member(object, "workloads"))
		return true;
	const cJSON *list = json_array(r->ctx, r->doc, object, "workloads");
	if (!list)
		return false;
	space->workloads = arena_array(
		&r->ctx->arena, members(list) + 1, sizeof *space->workloads);
	for (const cJSON *c = list->child; c; c = c->next) {
		struct workload *w = &space->workloads[space->workload_count++];
		const char *model = json_string(r->ctx, r->doc, c, "model");
		w->weight = 1;
		if (!model || !json_keys(r->ctx, r->doc, c, known) ||
			(json_member(c, "weight") &&
				!json_number(r->ctx, r->doc,
					json_member(c, "weight"), 1e-9, 1e9,
					&w->weight)))
			return false;
		w->path = path_beside(&r->ctx->arena, space->path, model);
	}
	return true;
}

static bool document_read(struct reader *r)
{
	static const char *const known[] = {"comment", "base", "keys", "tables",
		"set", "rules", "area", "power", "workloads", NULL};
	const cJSON *root = r->doc->root;
	if (!cJSON_IsObject(root)) {
		struct loc loc = json_loc(r->doc, root);
		return diag_error(r->ctx, &loc,
			"expected an object {\"keys\": ...}, found %s",
			json_kind(root));
	}
	const cJSON *keys;
	return json_keys(r->ctx, r->doc, root, known) && base_read(r, root) &&
		(keys = json_object(r->ctx, r->doc, root, "keys")) &&
		names_collect(r, keys) && axes_read(r, keys) &&
		ties_read(r, root) && settings_read(r, root) &&
		rules_read(r, root) && measures_read(r, root) &&
		variables_used(r, keys) && workloads_read(r, root);
}

/* Releases the document. */
static bool document_take(struct ctx *ctx, const char *path,
	struct json_doc *doc, struct space *out)
{
	*out = (struct space){.path = path,
		.name = path_stem(&ctx->arena, path, ".json")};
	struct reader reader = {.ctx = ctx, .doc = doc, .space = out};
	bool ok = document_read(&reader);
	json_release(doc);
	return ok;
}

bool space_parse(struct ctx *ctx, const char *path, const char *text,
	size_t length, struct space *out)
{
	struct json_doc doc;
	return json_parse(ctx, path, text, length, &doc) &&
		document_take(ctx, path, &doc, out);
}

bool space_read(struct ctx *ctx, const char *path, struct space *out)
{
	struct json_doc doc;
	return json_read(ctx, path, &doc) &&
		document_take(ctx, path, &doc, out);
}

/* --- designs -------------------------------------------------------------- */

size_t design_place(const struct space *space, const struct design *design,
	size_t axis, int64_t *step)
{
	*step = 1;
	for (size_t a = space->axis_count; --a > axis;)
		*step *= (int64_t)space->axes[a].count;
	return (size_t)(design->combination / *step %
		(int64_t)space->axes[axis].count);
}

const char *design_text(
	struct ctx *ctx, const struct space *space, const struct design *design)
{
	const char *text = "";
	for (size_t a = 0; a < space->axis_count; a++)
		text = arena_printf(&ctx->arena, "%s%s%s %s", text,
			a ? ", " : "", space->names[space->axes[a].slot],
			json_double(ctx, design->values[space->axes[a].slot]));
	return text;
}

/* Where the design's value for a slot comes from: the file alone for one of the
 * base's. */
static struct loc value_loc(
	const struct space *space, const struct design *design, slot at)
{
	int64_t step;
	for (size_t a = 0; a < space->axis_count; a++)
		if (space->axes[a].slot == at)
			return space->axes[a]
				.locs[design_place(space, design, a, &step)];
	for (size_t i = 0; i < space->setting_count; i++)
		if (space->settings[i].slot == at)
			return space->settings[i].loc;
	for (size_t i = 0; i < space->tie_count; i++)
		for (size_t c = 1; c < space->ties[i].columns; c++)
			if (space->ties[i].slot[c] == at)
				return space->ties[i].loc;
	return (struct loc){.file = space->path};
}

/* Whether the value is one that an architecture file may give the key. */
static bool value_admit(struct ctx *ctx, const struct space *space,
	const struct design *design, slot at)
{
	double value = design->values[at];
	struct loc loc = value_loc(space, design, at);
	const struct arch_key *key =
		at < arch_key_count ? &arch_keys[at] : NULL;
	if (isfinite(value) &&
		(!key ||
			(value >= key->min && value <= key->max &&
				(key->kind != ARCH_INT ||
					value == floor(value)))))
		return true;
	return diag_error(ctx, &loc, "key '%s' is %s for %s; expected a %s%s",
		space->names[at],
		isfinite(value) ? json_double(ctx, value) : "not a number",
		design_text(ctx, space, design),
		key && key->kind == ARCH_INT ? "whole number" : "number",
		key ? arena_printf(&ctx->arena, " from %s to %s",
			      json_double(ctx, key->min),
			      json_double(ctx, key->max))
		    : "");
}

static bool tie_apply(struct ctx *ctx, const struct space *space,
	const struct tie *tie, const struct design *design, double *values)
{
	const struct place wanted = {.value = values[tie->slot[0]]};
	const struct place *found = bsearch(&wanted, tie->places, tie->rows,
		sizeof *tie->places, by_value);
	if (!found || found->value != wanted.value) /* no number */
		return diag_error(ctx, &tie->loc,
			"the table has no row for %s %s",
			space->names[tie->slot[0]],
			json_double(ctx, design->values[tie->slot[0]]));
	const double *row = tie->values + found->at * tie->columns;
	for (size_t c = 1; c < tie->columns; c++)
		values[tie->slot[c]] = row[c];
	return true;
}

/* Fills values, of which the axes' are there; *admitted: by the rules, which
 * are asked before what the machine may be. */
static bool design_finish(struct ctx *ctx, const struct space *space,
	struct design *design, double *values, bool *admitted)
{
	*admitted = true;
	for (size_t i = 0; i < space->tie_count; i++)
		if (!tie_apply(ctx, space, &space->ties[i], design, values))
			return false;
	for (size_t i = 0; i < space->setting_count; i++)
		values[space->settings[i].slot] =
			expr_value(&space->settings[i].expr, values);
	for (size_t i = 0; i < space->rule_count; i++) {
		const struct rule *rule = &space->rules[i];
		double value = expr_value(&rule->expr, values);
		if (isnan(value))
			return diag_error(ctx, &rule->loc,
				"the rule '%s' has no value for %s",
				diag_quote(ctx, rule->expr.text),
				design_text(ctx, space, design));
		*admitted &= value != 0;
	}
	if (!*admitted)
		return true;
	for (size_t i = 0; i < space->slot_count; i++)
		if (!value_admit(ctx, space, design, i))
			return false;
	design->area = space->has_area ? expr_value(&space->area, values) : NAN;
	if (space->has_area && !isfinite(design->area))
		return diag_error(ctx, &space->area_loc,
			"the area has no value for %s",
			design_text(ctx, space, design));
	return true;
}

/* Where the design's value for a key of the machine comes from. */
static struct loc key_loc(const struct space *space,
	const struct design *design, const char *name)
{
	return value_loc(
		space, design, (slot)(arch_key_find(name) - arch_keys));
}

/* "SPM_BANKS_I 2, SPM_BANKS_W 3" */
static const char *values_text(
	struct ctx *ctx, const struct arch *arch, const char *const *names)
{
	const char *text = "";
	for (size_t i = 0; names[i]; i++)
		text = arena_printf(&ctx->arena, "%s%s%s %s", text,
			i ? ", " : "", names[i],
			json_double(
				ctx, arch_get(arch, arch_key_find(names[i]))));
	return text;
}

/* What a machine of several keys must satisfy, as an architecture file must. */
static bool machine_admit(struct ctx *ctx, const struct space *space,
	const struct arch *arch, const struct design *design)
{
	const struct arch_rule *rule = arch_rule_broken(arch, NULL);
	if (!rule)
		return true;
	struct loc loc = key_loc(space, design, rule->keys[0]);
	for (size_t i = 1; !loc.line && rule->keys[i]; i++)
		loc = key_loc(space, design, rule->keys[i]);
	const char *first[] = {rule->keys[0], NULL};
	const char *advice = "";
	if (rule->expression)
		advice = arena_printf(&ctx->arena,
			" (%s): add a rule, as in \"%s\"",
			design_text(ctx, space, design), rule->expression);
	return diag_error(ctx, &loc, "%s%s%s%s%s",
		values_text(ctx, arch, first), rule->fault,
		values_text(ctx, arch, rule->keys + 1), rule->more, advice);
}

bool space_designs(
	struct ctx *ctx, const struct space *space, struct design_list *out)
{
	size_t capacity = 0;
	double *base =
		arena_array(&ctx->arena, space->slot_count + 1, sizeof *base);
	for (size_t i = 0; i < arch_key_count; i++)
		base[i] = arch_get(&space->base, &arch_keys[i]);
	*out = (struct design_list){0};
	out->of_combination = arena_array(&ctx->arena,
		(size_t)space->combinations, sizeof *out->of_combination);
	double *values = NULL;
	for (int64_t c = 0; c < space->combinations; c++) {
		/* One that the rules leave out lends its memory to the next. */
		if (!values)
			values = arena_array(
				&ctx->arena, space->slot_count, sizeof *values);
		memcpy(values, base, space->slot_count * sizeof *values);
		struct design design = {.combination = c, .values = values};
		int64_t step;
		bool admitted;
		for (size_t a = 0; a < space->axis_count; a++)
			values[space->axes[a].slot] =
				space->axes[a].values[design_place(
					space, &design, a, &step)];
		out->of_combination[c] = -1;
		if (!design_finish(ctx, space, &design, values, &admitted))
			return false;
		if (!admitted)
			continue;
		out->designs = arena_grow(&ctx->arena, out->designs, out->count,
			&capacity, out->count + 1, sizeof *out->designs);
		out->of_combination[c] = (int32_t)out->count;
		out->designs[out->count++] = design;
		values = NULL;
		struct arch arch = design_arch(ctx, space, out, out->count - 1);
		if (!machine_admit(ctx, space, &arch, &design))
			return false;
	}
	const struct loc loc = {.file = space->path};
	return out->count ||
		diag_error(ctx, &loc,
			"the rules leave out every one of the %lld designs",
			(long long)space->combinations);
}

struct arch design_arch(struct ctx *ctx, const struct space *space,
	const struct design_list *list, size_t index)
{
	struct arch arch = space->base;
	arch.name = arena_printf(&ctx->arena, "%s-%zu", space->name, index);
	for (size_t i = 0; i < arch_key_count; i++)
		arch_set(&arch, &arch_keys[i], list->designs[index].values[i]);
	return arch;
}

double design_power(const struct space *space, const struct design *design,
	double energy_pj, double cycles)
{
	double values[NAMES_MAX];
	if (!space->has_power)
		return NAN;
	memcpy(values, design->values, space->slot_count * sizeof *values);
	values[space->slot_count + RESULT_ENERGY] = energy_pj;
	values[space->slot_count + RESULT_CYCLES] = cycles;
	values[space->slot_count + RESULT_EDP] = energy_pj * cycles;
	return expr_value(&space->power, values);
}
