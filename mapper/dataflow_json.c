/* A dataflow's keys from and to JSON, by loop, operand and axis. */
#include "mapper/dataflow_json.h"

#include <string.h>

static const int64_t factor_most = (int64_t)1 << 50;

static const char *loop_of(int i)
{
	return loop_name((enum loop)i);
}

static const char *level_of(int i)
{
	return slot_name(i);
}

static const char *operand_of(int i)
{
	return operand_name((enum operand)i);
}

static const char *axis_of(int i)
{
	return grid_axis_name((enum grid_axis)i);
}

/* A kind of name: how many there are, each one, and all for messages. */
struct vocabulary {
	int count;
	const char *(*of)(int);
	const char *all;
};
static const struct vocabulary loop_names = {
	LOOP_COUNT, loop_of, "a loop (N, M, C, Ox, Oy, Fx or Fy)"};
static const struct vocabulary operand_names = {
	OPND_COUNT, operand_of, "an operand (O, I or W)"};
static const struct vocabulary axis_names = {
	GRID_AXES, axis_of, "an axis ('rows' or 'columns')"};

const char *dataflow_meaning(const char *key)
{
	static const char *const meanings[][2] = {
		{"loops",      "loops that may have a factor above 1"         },
		{"fix",        "factors that loops must have"                 },
		{"most",       "the largest factors that loops may have"      },
		{"order",      "of the loops, outermost first"                },
		{"stationary", "operand reused over all loops without it"     },
		{"most_loops", "loops that may lie on the axis at once"       },
		{"multicast",  "axes along which PEs may share an operand"    },
		{"reduction",  "axes along which PEs may add up O"            },
		{"distinct",   "axes along which PEs may differ in an operand"},
	};
	for (size_t i = 0; i < sizeof meanings / sizeof *meanings; i++)
		if (strcmp(meanings[i][0], key) == 0)
			return meanings[i][1];
	return "";
}

/* --- reading -------------------------------------------------------------- */

/* The number of a string's name. */
static bool name_read(struct ctx *ctx, const struct json_doc *doc,
	const cJSON *item, const struct vocabulary *names, int *out)
{
	struct loc loc = json_loc(doc, item);
	if (!cJSON_IsString(item))
		return diag_error(ctx, &loc, "expected %s, found %s",
			names->all, json_kind(item));
	for (*out = 0; *out < names->count; ++*out)
		if (strcmp(names->of(*out), item->valuestring) == 0)
			return true;
	return diag_error(ctx, &loc, "expected %s, found '%s'", names->all,
		diag_quote(ctx, item->valuestring));
}

/* A member that is a list of different names, in its order; absent: *count is
 * -1. */
static bool list_read(struct ctx *ctx, const struct json_doc *doc,
	const cJSON *object, const char *key, const struct vocabulary *names,
	int out[LOOP_COUNT], int *count)
{
	unsigned seen = 0;
	*count = -1;
	if (!json_member(object, key))
		return true;
	const cJSON *list = json_array(ctx, doc, object, key);
	if (!list)
		return false;
	*count = 0;
	for (const cJSON *c = list->child; c; c = c->next) {
		int name;
		struct loc loc = json_loc(doc, c);
		if (!name_read(ctx, doc, c, names, &name))
			return false;
		if (seen & 1u << name)
			return diag_error(ctx, &loc,
				"key '%s': '%s' stands "
				"twice",
				key, names->of(name));
		seen |= 1u << name;
		out[(*count)++] = name;
	}
	return true;
}

/* *barred: the names that are not in the list; none where there is no list. */
static bool barred_read(struct ctx *ctx, const struct json_doc *doc,
	const cJSON *object, const char *key, const struct vocabulary *names,
	unsigned *barred)
{
	int list[LOOP_COUNT], count;
	if (!list_read(ctx, doc, object, key, names, list, &count))
		return false;
	*barred = count < 0 ? 0 : (1u << names->count) - 1;
	for (int i = 0; i < count; i++)
		*barred &= ~(1u << list[i]);
	return true;
}

/* {"C": 16, "Fx": "all"} */
static bool factors_read(struct ctx *ctx, const struct json_doc *doc,
	const cJSON *object, const char *key, bool may_be_whole,
	int64_t out[LOOP_COUNT])
{
	const char *known[LOOP_COUNT + 1] = {0};
	for (int l = 0; l < LOOP_COUNT; l++)
		known[l] = loop_of(l);
	if (!json_member(object, key))
		return true;
	const cJSON *factors = json_object(ctx, doc, object, key);
	if (!factors || !json_keys(ctx, doc, factors, known))
		return false;
	for (int l = 0; l < LOOP_COUNT; l++) {
		const cJSON *item = json_member(factors, known[l]);
		if (may_be_whole && cJSON_IsString(item) &&
			!strcmp(item->valuestring, "all"))
			out[l] = FACTOR_WHOLE;
		else if (item &&
			!json_int(ctx, doc, item, 1, factor_most, &out[l]))
			return false;
	}
	return true;
}

static bool order_read(struct ctx *ctx, const struct json_doc *doc,
	const cJSON *object, int slot, struct dataflow *out)
{
	int list[LOOP_COUNT], count, first = 0;
	unsigned named = 0;
	if (!list_read(ctx, doc, object, "order", &loop_names, list, &count))
		return false;
	if (count < 0)
		return true;
	out->ordered[slot] = true;
	for (int i = 0; i < count; i++)
		named |= LOOP_BIT(list[i]);
	/* Loops left out come before those named, as with --order. */
	for (int l = 0; l < LOOP_COUNT; l++)
		if (!(named & LOOP_BIT(l)))
			out->order[slot][first++] = (uint8_t)l;
	for (int i = 0; i < count; i++)
		out->order[slot][first + i] = (uint8_t)list[i];
	return true;
}

static bool stationary_read(struct ctx *ctx, const struct json_doc *doc,
	const cJSON *object, unsigned *out)
{
	const cJSON *item = json_member(object, "stationary");
	int operand;
	struct loc loc = json_loc(doc, item);
	if (!item)
		return true;
	if (json_member(object, "order"))
		return diag_error(ctx, &loc,
			"key 'stationary' beside 'order': the order says what "
			"is reused; leave out one of them");
	if (!name_read(ctx, doc, item, &operand_names, &operand))
		return false;
	*out = 1 + (unsigned)operand;
	return true;
}

/* What 'loops', 'fix' and 'most' of a level say of one loop. */
static bool factor_agrees(struct ctx *ctx, const struct json_doc *doc,
	const cJSON *object, const struct dataflow *d, int slot, int loop)
{
	int64_t fix = d->slot[slot].fix[loop];
	int64_t most = d->slot[slot].most[loop];
	bool barred = d->slot[slot].barred & LOOP_BIT(loop);
	const cJSON *fixes = json_member(object, "fix");
	struct loc loc = json_loc(doc, json_member(fixes, loop_of(loop)));
	if (barred && fix != 0 && fix != 1)
		return diag_error(ctx, &loc,
			"key 'fix': loop %s has a factor at %s, but is not one "
			"of its 'loops'",
			loop_of(loop), level_of(slot));
	if (most && fix > most)
		return diag_error(ctx, &loc,
			"key 'fix': factor %lld of loop %s is above %lld, the "
			"'most' that it may have at %s",
			(long long)fix, loop_of(loop), (long long)most,
			level_of(slot));
	return true;
}

static bool level_read(struct ctx *ctx, const struct json_doc *doc,
	const cJSON *dataflow, int slot, struct dataflow *out)
{
	static const char *const known[] = {
		"loops", "fix", "most", "order", "stationary", NULL};
	static const char *const inner[] = {"loops", "fix", "most", NULL};
	if (!json_member(dataflow, level_of(slot)))
		return true;
	const cJSON *object = json_object(ctx, doc, dataflow, level_of(slot));
	bool ordered = seed_place[slot] < SEED_ORDERED;
	if (!object || !json_keys(ctx, doc, object, ordered ? known : inner) ||
		!barred_read(ctx, doc, object, "loops", &loop_names,
			&out->slot[slot].barred) ||
		!factors_read(
			ctx, doc, object, "fix", true, out->slot[slot].fix) ||
		!factors_read(ctx, doc, object, "most", false,
			out->slot[slot].most) ||
		(ordered &&
			(!order_read(ctx, doc, object, slot, out) ||
				!stationary_read(ctx, doc, object,
					&out->stationary[slot]))))
		return false;
	for (int l = 0; l < LOOP_COUNT; l++)
		if (!factor_agrees(ctx, doc, object, out, slot, l))
			return false;
	return true;
}

static bool axis_read(struct ctx *ctx, const struct json_doc *doc,
	const cJSON *dataflow, int axis, struct dataflow *out)
{
	static const char *const known[] = {"loops", "most_loops", NULL};
	if (!json_member(dataflow, axis_of(axis)))
		return true;
	const cJSON *object = json_object(ctx, doc, dataflow, axis_of(axis));
	const cJSON *most = json_member(object, "most_loops");
	return object && json_keys(ctx, doc, object, known) &&
		barred_read(ctx, doc, object, "loops", &loop_names,
			&out->axis[axis].barred) &&
		(!most ||
			json_int(ctx, doc, most, 1, LOOP_COUNT,
				&out->axis[axis].most_loops));
}

/* {"I": ["rows"], "W": []}: the axes that are left out. */
static bool operand_axes_read(struct ctx *ctx, const struct json_doc *doc,
	const cJSON *dataflow, const char *key, const char *const *known,
	unsigned out[OPND_COUNT])
{
	if (!json_member(dataflow, key))
		return true;
	const cJSON *object = json_object(ctx, doc, dataflow, key);
	if (!object || !json_keys(ctx, doc, object, known))
		return false;
	for (int o = 0; o < OPND_COUNT; o++)
		if (json_member(object, operand_of(o)) &&
			!barred_read(ctx, doc, object, operand_of(o),
				&axis_names, &out[o]))
			return false;
	return true;
}

bool dataflow_from_json(struct ctx *ctx, const struct json_doc *doc,
	const cJSON *item, struct dataflow *out)
{
	static const char *const known[] = {"DRAM", "SPM", "RF", "SPATIAL",
		"rows", "columns", "multicast", "reduction", "distinct", NULL};
	static const char *const inputs[] = {"I", "W", NULL};
	static const char *const operands[] = {"O", "I", "W", NULL};
	struct loc loc = json_loc(doc, item);
	*out = (struct dataflow){0};
	if (!cJSON_IsObject(item))
		return diag_error(ctx, &loc,
			"key 'dataflow': expected an object, found %s",
			json_kind(item));
	if (!json_keys(ctx, doc, item, known))
		return false;
	for (int v = 0; v < SEED_SLOTS; v++)
		if (!level_read(ctx, doc, item, seed_slot[v], out))
			return false;
	for (int a = 0; a < GRID_AXES; a++)
		if (!axis_read(ctx, doc, item, a, out))
			return false;
	for (int k = 4; known[k]; k++)
		out->grid |= json_member(item, known[k]) != NULL;
	return operand_axes_read(
		       ctx, doc, item, "multicast", inputs, out->not_shared) &&
		barred_read(ctx, doc, item, "reduction", &axis_names,
			&out->not_shared[OPND_O]) &&
		operand_axes_read(ctx, doc, item, "distinct", operands,
			out->not_distinct);
}

/* --- writing -------------------------------------------------------------- */

/* The names that are not barred. */
static cJSON *allowed_list(const struct vocabulary *names, unsigned barred)
{
	cJSON *list = cJSON_CreateArray();
	for (int i = 0; i < names->count; i++)
		if (!(barred & 1u << i))
			cJSON_AddItemToArray(
				list, cJSON_CreateString(names->of(i)));
	return list;
}

/* Adds an object if it has members. */
static void add_object(cJSON *to, const char *key, cJSON *object)
{
	if (object->child)
		cJSON_AddItemToObject(to, key, object);
	else
		cJSON_Delete(object);
}

static cJSON *factors_object(const int64_t factor[LOOP_COUNT])
{
	cJSON *factors = cJSON_CreateObject();
	for (int l = 0; l < LOOP_COUNT; l++)
		if (factor[l])
			cJSON_AddItemToObject(factors, loop_of(l),
				factor[l] == FACTOR_WHOLE
					? cJSON_CreateString("all")
					: json_whole(factor[l]));
	return factors;
}

static cJSON *level_object(const struct dataflow *d, int slot)
{
	cJSON *object = cJSON_CreateObject();
	if (d->slot[slot].barred)
		cJSON_AddItemToObject(object, "loops",
			allowed_list(&loop_names, d->slot[slot].barred));
	add_object(object, "fix", factors_object(d->slot[slot].fix));
	add_object(object, "most", factors_object(d->slot[slot].most));
	if (d->ordered[slot]) {
		cJSON *order = cJSON_AddArrayToObject(object, "order");
		for (int i = 0; i < LOOP_COUNT; i++)
			cJSON_AddItemToArray(order,
				cJSON_CreateString(loop_of(d->order[slot][i])));
	}
	if (d->stationary[slot])
		cJSON_AddStringToObject(object, "stationary",
			operand_of((int)d->stationary[slot] - 1));
	return object;
}

static cJSON *operand_axes(const unsigned barred[OPND_COUNT], int first)
{
	cJSON *object = cJSON_CreateObject();
	for (int o = first; o < OPND_COUNT; o++)
		if (barred[o])
			cJSON_AddItemToObject(object, operand_of(o),
				allowed_list(&axis_names, barred[o]));
	return object;
}

cJSON *dataflow_to_json(const struct dataflow *d)
{
	if (!dataflow_any(d))
		return NULL;
	cJSON *out = cJSON_CreateObject();
	for (int v = 0; v < SEED_SLOTS; v++)
		add_object(out, level_of(seed_slot[v]),
			level_object(d, seed_slot[v]));
	if (!d->grid)
		return out;
	for (int a = 0; a < GRID_AXES; a++) {
		cJSON *axis = cJSON_AddObjectToObject(out, axis_of(a));
		if (d->axis[a].barred)
			cJSON_AddItemToObject(axis, "loops",
				allowed_list(&loop_names, d->axis[a].barred));
		if (d->axis[a].most_loops)
			cJSON_AddItemToObject(axis, "most_loops",
				json_whole(d->axis[a].most_loops));
	}
	add_object(out, "multicast", operand_axes(d->not_shared, OPND_I));
	if (d->not_shared[OPND_O])
		cJSON_AddItemToObject(out, "reduction",
			allowed_list(&axis_names, d->not_shared[OPND_O]));
	add_object(out, "distinct", operand_axes(d->not_distinct, OPND_O));
	return out;
}
