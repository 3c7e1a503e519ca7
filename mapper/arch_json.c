/* An architecture file read key by key, with a reason for each that is
 * refused; and written. */
#include "mapper/arch.h"

#include "base/json_doc.h"
#include "base/path.h"
#include "mapper/dataflow_json.h"

#include <string.h>

static const char *const sections[] = {"arch_basic", "arch_details"};
enum { SECTION_COUNT = sizeof sections / sizeof *sections };

/* "512 bytes" */
static const char *value_text(
	struct ctx *ctx, const struct arch_key *key, double value)
{
	if (key->kind == ARCH_TRUE)
		return value != 0 ? "true" : "false";
	return arena_printf(&ctx->arena, "%s%s%s", json_double(ctx, value),
		*key->unit ? " " : "", key->unit);
}

/* Every key of a section is known, and stands in the right one. */
static bool section_keys(struct ctx *ctx, const struct json_doc *doc,
	const cJSON *section, const char *name)
{
	const char **known =
		arena_array(&ctx->arena, arch_key_count + 1, sizeof *known);
	bool ok = true;
	for (size_t i = 0; i < arch_key_count; i++)
		known[i] = arch_keys[i].name;
	for (const cJSON *c = section->child; c; c = c->next) {
		const struct arch_key *key = arch_key_find(c->string);
		if (key && strcmp(key->section, name) == 0)
			continue;
		struct loc loc = json_loc(doc, c);
		const char *nearest = diag_nearest(c->string, known);
		const char *found = diag_quote(ctx, c->string);
		if (key)
			ok = diag_error(ctx, &loc,
				"key '%s' belongs in '%s', found in '%s'",
				key->name, key->section, name);
		else if (nearest)
			ok = diag_error(ctx, &loc,
				"unknown key '%s', did you mean '%s'?", found,
				nearest);
		else
			ok = diag_error(ctx, &loc,
				"unknown key '%s' in '%s'; 'nestwright arch "
				"--keys' lists them",
				found, name);
	}
	return ok;
}

static bool value_read(struct ctx *ctx, const struct json_doc *doc,
	const cJSON *item, const struct arch_key *key, struct arch *arch)
{
	int64_t whole;
	double number;
	bool flag;
	switch (key->kind) {
	case ARCH_INT:
		if (!json_int(ctx, doc, item, (int64_t)key->min,
			    (int64_t)key->max, &whole))
			return false;
		arch_set(arch, key, (double)whole);
		return true;
	case ARCH_NUMBER:
		if (!json_number(ctx, doc, item, key->min, key->max, &number))
			return false;
		arch_set(arch, key, number);
		return true;
	case ARCH_TRUE:
		break;
	}
	if (!json_bool(ctx, doc, item, &flag))
		return false;
	struct loc loc = json_loc(doc, item);
	if (!flag)
		return diag_error(ctx, &loc,
			"key '%s': false is not supported: the cost model "
			"knows %s",
			key->name, "pipelined PEs only");
	arch_set(arch, key, 1);
	return true;
}

/* The optional key that says what to do about missing ones. */
static bool missing_read(struct ctx *ctx, const struct json_doc *doc,
	const cJSON *object, bool *fill)
{
	const cJSON *item = json_member(object, "missing");
	*fill = false;
	if (!item)
		return true;
	const char *text = json_string(ctx, doc, object, "missing");
	struct loc loc = json_loc(doc, item);
	if (!text)
		return false;
	*fill = strcmp(text, "default") == 0;
	return *fill || strcmp(text, "error") == 0 ||
		diag_error(ctx, &loc,
			"key 'missing': expected 'default' or 'error', found "
			"'%s'",
			diag_quote(ctx, text));
}

/* For people: a text, or a list of lines. */
static bool comment_check(
	struct ctx *ctx, const struct json_doc *doc, const cJSON *object)
{
	const cJSON *item = json_member(object, "comment");
	struct loc loc = json_loc(doc, item);
	bool texts = cJSON_IsArray(item);
	for (const cJSON *c = texts ? item->child : NULL; c; c = c->next)
		texts = texts && cJSON_IsString(c);
	return !item || texts || cJSON_IsString(item) ||
		diag_error(ctx, &loc,
			"key 'comment': expected a string or a list of "
			"strings, found %s",
			json_kind(item));
}

static bool dataflow_read(struct ctx *ctx, const struct json_doc *doc,
	const cJSON *object, struct dataflow *out)
{
	const cJSON *item = json_member(object, "dataflow");
	return !item || dataflow_from_json(ctx, doc, item, out);
}

/* What one value must be because of another. */
static bool values_agree(struct ctx *ctx, const struct json_doc *doc,
	const cJSON *const section[SECTION_COUNT], const struct arch *arch)
{
	bool ok = true;
	for (const struct arch_rule *rule = NULL;
		(rule = arch_rule_broken(arch, rule)) != NULL;) {
		const struct arch_key *key = arch_key_find(rule->keys[0]);
		const cJSON *item = NULL; /* the first of them that stands */
		for (size_t k = 0; rule->keys[k]; k++)
			for (int s = 0; s < SECTION_COUNT && !item; s++)
				item = json_member(section[s], rule->keys[k]);
		struct loc loc = json_loc(doc, item);
		ok = diag_error(ctx, &loc, "key '%s': expected %s, found %s",
			key->name, rule->wants,
			json_double(ctx, arch_get(arch, key)));
	}
	return ok;
}

bool arch_from_json(struct ctx *ctx, const struct json_doc *doc,
	const cJSON *object, const char *name, struct arch *arch)
{
	static const char *const known[] = {"arch_basic", "arch_details",
		"missing", "comment", "dataflow", NULL};
	const cJSON *section[SECTION_COUNT];
	bool fill, ok = true;
	*arch = arch_default();
	arch->name = arena_strdup(&ctx->arena, name);
	if (!json_keys(ctx, doc, object, known) ||
		!missing_read(ctx, doc, object, &fill) ||
		!comment_check(ctx, doc, object) ||
		!dataflow_read(ctx, doc, object, &arch->dataflow))
		return false;
	for (int s = 0; s < SECTION_COUNT; s++) {
		section[s] = json_member(object, sections[s]);
		if (!section[s] && fill)
			continue;
		section[s] = json_object(ctx, doc, object, sections[s]);
		ok = section[s] &&
			section_keys(ctx, doc, section[s], sections[s]) && ok;
	}
	/* A misspelt key would be reported as a missing one, too. */
	if (!ok)
		return false;
	for (size_t i = 0; i < arch_key_count; i++) {
		const struct arch_key *key = &arch_keys[i];
		int s = 0;
		while (strcmp(sections[s], key->section) != 0)
			s++;
		const cJSON *item = json_member(section[s], key->name);
		struct loc loc = json_loc(doc, section[s]);
		if (item)
			ok = value_read(ctx, doc, item, key, arch) && ok;
		else if (key->required && !fill)
			ok = diag_error(ctx, &loc,
				"key '%s' (%s) is missing from '%s'; write "
				"\"%s\": %s for dMazeRunner's default, or "
				"\"missing\": \"default\" beside the sections "
				"to take all of them",
				key->name, key->meaning, key->section,
				key->name, json_double(ctx, key->fallback));
	}
	return ok && values_agree(ctx, doc, section, arch);
}

bool arch_read(struct ctx *ctx, const char *path, struct arch *arch)
{
	struct json_doc doc;
	if (!json_read(ctx, path, &doc))
		return false;
	bool ok = arch_from_json(ctx, &doc, doc.root,
		path_stem(&ctx->arena, path, ".json"), arch);
	json_release(&doc);
	return ok;
}

const char *arch_to_json(struct ctx *ctx, const struct arch *arch)
{
	struct arena *a = &ctx->arena;
	const char *text = "{";
	for (int s = 0; s < SECTION_COUNT; s++) {
		const char *comma = "";
		text = arena_printf(a, "%s%s\n  \"%s\": {", text, s ? "," : "",
			sections[s]);
		for (size_t i = 0; i < arch_key_count; i++) {
			const struct arch_key *key = &arch_keys[i];
			if (strcmp(key->section, sections[s]) != 0)
				continue;
			double value = arch_get(arch, key);
			text = arena_printf(a, "%s%s\n    \"%s\": %s", text,
				comma, key->name,
				key->kind == ARCH_TRUE
					? value_text(ctx, key, value)
					: json_double(ctx, value));
			comma = ",";
		}
		text = arena_printf(a, "%s\n  }", text);
	}
	cJSON *dataflow = dataflow_to_json(&arch->dataflow);
	if (dataflow)
		text = arena_printf(a, "%s,\n  \"dataflow\": %s", text,
			json_line(ctx, dataflow));
	cJSON_Delete(dataflow);
	return arena_printf(a, "%s\n}\n", text);
}

/* A line of the dataflow: where it stands, what it says, what that means. */
static const char *dataflow_row(
	struct ctx *ctx, const char *path, const cJSON *item)
{
	return arena_printf(&ctx->arena, "  %-31s  %-16s  %s\n", path,
		json_line(ctx, item), dataflow_meaning(item->string));
}

static const char *dataflow_text(struct ctx *ctx, const struct arch *arch)
{
	struct arena *a = &ctx->arena;
	cJSON *dataflow = dataflow_to_json(&arch->dataflow);
	const char *text = dataflow ? "\ndataflow\n" : "";
	for (const cJSON *c = dataflow ? dataflow->child : NULL; c;
		c = c->next) {
		/* Of levels and axes, a line for each key inside. */
		bool inside = !*dataflow_meaning(c->string);
		if (!inside)
			text = arena_printf(a, "%s%s", text,
				dataflow_row(ctx, c->string, c));
		else if (!c->child)
			text = arena_printf(
				a, "%s  %-31s  any loops\n", text, c->string);
		for (const cJSON *k = inside ? c->child : NULL; k; k = k->next)
			text = arena_printf(a, "%s%s", text,
				dataflow_row(ctx,
					arena_printf(a, "%s.%s", c->string,
						k->string),
					k));
	}
	cJSON_Delete(dataflow);
	return text;
}

const char *arch_text(struct ctx *ctx, const struct arch *arch)
{
	struct arena *a = &ctx->arena;
	const char *text = arena_printf(a, "%s\n", diag_quote(ctx, arch->name));
	for (int s = 0; s < SECTION_COUNT; s++) {
		text = arena_printf(a, "%s\n%s\n", text, sections[s]);
		for (size_t i = 0; i < arch_key_count; i++) {
			const struct arch_key *key = &arch_keys[i];
			if (strcmp(key->section, sections[s]) != 0)
				continue;
			text = arena_printf(a, "%s  %-31s  %-16s  %s\n", text,
				key->name,
				value_text(ctx, key, arch_get(arch, key)),
				key->meaning);
		}
	}
	text = arena_printf(a, "%s%s", text, dataflow_text(ctx, arch));
	int64_t spm = arch->spm_banks * arch->bank_bytes;
	text = arena_printf(a,
		"%s\nin sum\n"
		"  %-31s  %s elements\n"
		"  %-31s  %lld buffer%s of %lld bytes, %lld elements each\n"
		"  %-31s  %lld cycles of the array\n"
		"  %-31s  %s bytes a cycle of the array\n",
		text, "register file of a PE",
		json_double(ctx, arch_rf_elems(arch)), "scratchpad",
		(long long)arch->spm_buffers, arch->spm_buffers == 1 ? "" : "s",
		(long long)spm, (long long)(spm / arch->elem_bytes),
		"burst of one element",
		(long long)arch_burst_cycles(arch, OPND_I, 1), "DRAM bandwidth",
		arch->dma_cycles_per_byte > 0
			? arena_printf(a, "%.4g",
				  arch->dma_mhz / arch->accel_mhz /
					  arch->dma_cycles_per_byte)
			: "unlimited");
	return arena_printf(a, "%s  %-31s  %016llx\n", text, "fingerprint",
		(unsigned long long)arch_fingerprint(arch));
}

const char *arch_keys_markdown(struct ctx *ctx)
{
	static const char *const kinds[] = {
		[ARCH_INT] = "whole number",
		[ARCH_NUMBER] = "number",
		[ARCH_TRUE] = "true",
	};
	struct arena *a = &ctx->arena;
	const char *text = "";
	for (int s = 0; s < SECTION_COUNT; s++) {
		text = arena_printf(a,
			"%s%s| `%s` | value | unit | default | meaning |\n"
			"|---|---|---|---|---|\n",
			text, s ? "\n" : "", sections[s]);
		for (size_t i = 0; i < arch_key_count; i++) {
			const struct arch_key *key = &arch_keys[i];
			if (strcmp(key->section, sections[s]) != 0)
				continue;
			const char *range = key->kind == ARCH_TRUE
				? ""
				: arena_printf(a, ", %s to %s",
					  json_double(ctx, key->min),
					  json_double(ctx, key->max));
			text = arena_printf(a,
				"%s| `%s` | %s%s | %s | %s%s | %s |\n", text,
				key->name, kinds[key->kind], range, key->unit,
				key->kind == ARCH_TRUE
					? "true"
					: json_double(ctx, key->fallback),
				key->required ? "" : ", may be left out",
				key->meaning);
		}
	}
	return text;
}
