/* A blob as JSON, and back: one line a record, members named as the fields.
 *
 *   texts    in place of their offsets; "strings" keeps their order
 *   values   by name, flags as lists of names
 *   NONE     null
 *   numbers  beyond 2^53, and doubles that are not finite, as "0x..." bits */
#include "base/diag.h"
#include "base/json_doc.h"
#include "base/text.h"
#include "codegen/config.h"
#include "codegen/config_tables.h"
#include "codegen/nwcfg.h"

#include <float.h>
#include <math.h>
#include <string.h>

static const uint64_t whole_max = ((uint64_t)1 << 53) - 1;

/* --- writing -------------------------------------------------------------- */

static void add_bits(struct text *text, uint64_t bits)
{
	text_add(text, "\"0x%llx\"", (unsigned long long)bits);
}

static void add_double(struct text *text, uint64_t bits)
{
	double value = nwcfg_double(bits);
	if (isfinite(value) && !(value == 0 && bits))
		text_add(text, "%s", json_double(text->ctx, value));
	else
		add_bits(text, bits);
}

static void add_names(struct text *text, int set_id, uint64_t value)
{
	const struct config_names *set =
		config_names((enum config_names_id)set_id);
	if (!set->bits) {
		text_add(text, "\"%s\"", set->names[value].text);
		return;
	}
	const char *between = "";
	text_add(text, "[");
	for (int i = 0; i < set->count; i++)
		if (value >> i & 1) {
			text_add(text, "%s\"%s\"", between, set->names[i].text);
			between = ", ";
		}
	text_add(text, "]");
}

static void add_value(struct text *text, const struct nwcfg *cfg,
	const struct config_field *field, uint64_t value)
{
	switch (field->kind) {
	case CONFIG_KIND_STR:
		text_add(text, "%s",
			json_quote(
				text->ctx, nwcfg_string(cfg, (uint32_t)value)));
		return;
	case CONFIG_KIND_ENUM:
	case CONFIG_KIND_FLAGS:
		add_names(text, field->target, value);
		return;
	case CONFIG_KIND_F64:
		add_double(text, value);
		return;
	case CONFIG_KIND_I64:
		if (value <= whole_max || -value <= whole_max)
			text_add(text, "%lld", (long long)(int64_t)value);
		else
			add_bits(text, value);
		return;
	default:
		break;
	}
	if (config_kind_bytes(field->kind) == 8 ? value == CONFIG_NONE64
						: value == CONFIG_NONE)
		text_add(text, "null");
	else if (value <= whole_max)
		text_add(text, "%llu", (unsigned long long)value);
	else
		add_bits(text, value);
}

static void add_record(struct text *text, const struct nwcfg *cfg,
	const struct config_record *record, const uint8_t *bytes)
{
	const char *between = "";
	text_add(text, "{");
	for (int f = 0; f < record->field_count; f++) {
		const struct config_field *field = &record->fields[f];
		if (field->kind == CONFIG_KIND_ZERO)
			continue;
		text_add(text, "%s\"%s\": %s", between, field->name,
			field->count > 1 ? "[" : "");
		for (uint32_t k = 0; k < field->count; k++) {
			text_add(text, "%s", k ? ", " : "");
			add_value(text, cfg, field,
				config_field_load(field, k, bytes));
		}
		text_add(text, "%s", field->count > 1 ? "]" : "");
		between = ", ";
	}
	text_add(text, "}");
}

static void add_strings(struct text *text, const struct nwcfg *cfg)
{
	const char *between = "";
	text_add(text, "  \"string\": [");
	for (uint32_t at = 0; at < nwcfg_count(cfg, NWCFG_STRING);) {
		const char *s = nwcfg_string(cfg, at);
		text_add(text, "%s\n    %s", between, json_quote(text->ctx, s));
		at += (uint32_t)strlen(s) + 1;
		between = ",";
	}
	text_add(text, "\n  ]");
}

static void add_section(struct text *text, const struct nwcfg *cfg, int id)
{
	unsigned section = (unsigned)(id - CONFIG_FIRST_SECTION);
	const struct config_record *record =
		config_record((enum config_record_id)id);
	text_add(text, ",\n");
	if (id == CONFIG_STRING) {
		add_strings(text, cfg);
		return;
	}
	text_add(text, "  \"%s\": [", record->name);
	for (uint32_t i = 0; i < nwcfg_count(cfg, section); i++) {
		text_add(text, "%s\n    ", i ? "," : "");
		add_record(text, cfg, record, nwcfg_record(cfg, section, i));
	}
	text_add(text, "%s]", nwcfg_count(cfg, section) ? "\n  " : "");
}

const char *config_to_json(struct ctx *ctx, const struct nwcfg *cfg)
{
	struct text text = {.ctx = ctx};
	text_add(&text,
		"{\n  \"major\": %d, \"minor\": %lu, "
		"\"fingerprint\": \"0x%016llx\"",
		NWCFG_MAJOR, (unsigned long)cfg->minor,
		(unsigned long long)cfg->fingerprint);
	for (int id = CONFIG_FIRST_SECTION; id < CONFIG_RECORD_COUNT; id++)
		add_section(&text, cfg, id);
	text_add(&text, "\n}\n");
	return text.bytes;
}

/* --- reading -------------------------------------------------------------- */

struct reader {
	struct ctx *ctx;
	struct json_doc doc;
	struct config_tables tables;
};

static bool refuse(struct reader *r, const cJSON *item, const char *expected)
{
	struct loc loc = json_loc(&r->doc, item);
	return diag_error(r->ctx, &loc, "expected %s, found %s", expected,
		json_kind(item));
}

/* "0x..." of at most 16 digits. */
static bool bits_of(const char *s, uint64_t *out)
{
	uint64_t bits = 0;
	size_t digits = 0;
	if (s[0] != '0' || s[1] != 'x')
		return false;
	for (s += 2; *s; s++, digits++) {
		const char *hex = "0123456789abcdef", *at = strchr(hex, *s);
		if (!at || digits == 16)
			return false;
		bits = bits << 4 | (uint64_t)(at - hex);
	}
	*out = bits;
	return digits > 0;
}

static bool read_name(struct reader *r, const struct config_names *set,
	const cJSON *item, uint64_t *out)
{
	struct loc loc = json_loc(&r->doc, item);
	if (!cJSON_IsString(item))
		return refuse(r, item, "a name");
	for (int i = 0; i < set->count; i++)
		if (strcmp(set->names[i].text, item->valuestring) == 0) {
			*out = set->bits ? (uint64_t)1 << i : (uint64_t)i;
			return true;
		}
	return diag_error(r->ctx, &loc, "'%s' is no %s",
		diag_quote(r->ctx, item->valuestring), set->name);
}

static bool read_names(struct reader *r, const struct config_names *set,
	const cJSON *item, uint64_t *out)
{
	const cJSON *member;
	uint64_t bit;
	if (!set->bits)
		return read_name(r, set, item, out);
	if (!cJSON_IsArray(item))
		return refuse(r, item, "a list of names");
	*out = 0;
	cJSON_ArrayForEach(member, item)
	{
		if (!read_name(r, set, member, &bit))
			return false;
		*out |= bit;
	}
	return true;
}

static bool read_number(struct reader *r, const struct config_field *field,
	const cJSON *item, uint64_t *out)
{
	uint32_t bytes = config_kind_bytes(field->kind);
	bool sign = field->kind == CONFIG_KIND_I64;
	int64_t max = bytes == 8 ? (int64_t)whole_max
				 : ((int64_t)1 << (8 * bytes)) - 1;
	int64_t value;
	if (cJSON_IsNull(item) && !sign) {
		*out = bytes == 8 ? CONFIG_NONE64 : CONFIG_NONE;
		return true;
	}
	if (bytes == 8 && cJSON_IsString(item) &&
		bits_of(item->valuestring, out))
		return true;
	if (!json_int(r->ctx, &r->doc, item, sign ? -max : 0, max, &value))
		return false;
	*out = (uint64_t)value;
	return true;
}

static bool read_value(struct reader *r, const struct config_field *field,
	const cJSON *item, uint64_t *out)
{
	double value;
	switch (field->kind) {
	case CONFIG_KIND_STR:
		if (!cJSON_IsString(item))
			return refuse(r, item, "a string");
		*out = config_add_string(&r->tables, item->valuestring);
		return true;
	case CONFIG_KIND_ENUM:
	case CONFIG_KIND_FLAGS:
		return read_names(r,
			config_names((enum config_names_id)field->target), item,
			out);
	case CONFIG_KIND_F64:
		if (cJSON_IsString(item) && bits_of(item->valuestring, out))
			return true;
		if (!json_number(
			    r->ctx, &r->doc, item, -DBL_MAX, DBL_MAX, &value))
			return false;
		memcpy(out, &value, sizeof value);
		return true;
	default:
		return read_number(r, field, item, out);
	}
}

static bool read_field(struct reader *r, const struct config_field *field,
	const cJSON *object, uint8_t *bytes)
{
	uint64_t value;
	const cJSON *item = json_need(r->ctx, &r->doc, object, field->name);
	if (!item)
		return false;
	if (field->count == 1) {
		if (!read_value(r, field, item, &value))
			return false;
		config_field_store(field, 0, value, bytes);
		return true;
	}
	if (!cJSON_IsArray(item) ||
		cJSON_GetArraySize(item) != (int)field->count)
		return refuse(r, item,
			arena_printf(&r->ctx->arena, "an array of %u",
				(unsigned)field->count));
	uint32_t k = 0;
	const cJSON *member;
	cJSON_ArrayForEach(member, item)
	{
		if (!read_value(r, field, member, &value))
			return false;
		config_field_store(field, k++, value, bytes);
	}
	return true;
}

enum { RECORD_BYTES_MAX = 512 };

static bool read_section(struct reader *r, enum config_record_id id)
{
	const struct config_record *record = config_record(id);
	const cJSON *array = json_array(
			    r->ctx, &r->doc, r->doc.root, record->name),
		    *item;
	if (!array)
		return false;
	cJSON_ArrayForEach(item, array)
	{
		uint8_t bytes[RECORD_BYTES_MAX] = {0};
		if (id == CONFIG_STRING) {
			if (!cJSON_IsString(item))
				return refuse(r, item, "a string");
			config_add_string(&r->tables, item->valuestring);
			continue;
		}
		if (!cJSON_IsObject(item))
			return refuse(r, item, "an object");
		for (int f = 0; f < record->field_count; f++)
			if (record->fields[f].kind != CONFIG_KIND_ZERO &&
				!read_field(r, &record->fields[f], item, bytes))
				return false;
		config_add_bytes(&r->tables, id, bytes);
	}
	return true;
}

static bool read_document(struct reader *r, uint8_t **bytes, size_t *length)
{
	int64_t major, minor;
	uint64_t fingerprint;
	struct loc loc = json_loc(&r->doc, r->doc.root);
	if (!cJSON_IsObject(r->doc.root))
		return refuse(r, r->doc.root, "an inspected configuration");
	const char *print =
		json_string(r->ctx, &r->doc, r->doc.root, "fingerprint");
	if (!print ||
		!json_int(r->ctx, &r->doc,
			json_need(r->ctx, &r->doc, r->doc.root, "major"), 0,
			UINT16_MAX, &major) ||
		!json_int(r->ctx, &r->doc,
			json_need(r->ctx, &r->doc, r->doc.root, "minor"), 0,
			UINT16_MAX, &minor))
		return false;
	if (major != CONFIG_MAJOR || minor != CONFIG_MINOR)
		return diag_error(r->ctx, &loc,
			"format %lld.%lld, this program writes %d.%d",
			(long long)major, (long long)minor, CONFIG_MAJOR,
			CONFIG_MINOR);
	if (!bits_of(print, &fingerprint))
		return diag_error(r->ctx, &loc,
			"fingerprint is '%s', expected 0x and hex digits",
			diag_quote(r->ctx, print));
	/* Texts first: they keep their order. */
	if (!read_section(r, CONFIG_STRING))
		return false;
	for (int id = CONFIG_FIRST_SECTION; id < CONFIG_RECORD_COUNT; id++)
		if (id != CONFIG_STRING &&
			!read_section(r, (enum config_record_id)id))
			return false;
	return config_finish(&r->tables, fingerprint, bytes, length);
}

bool config_from_json(struct ctx *ctx, const char *path, const char *text,
	size_t length, uint8_t **bytes, size_t *out_length)
{
	struct reader r = {.ctx = ctx};
	if (!json_parse(ctx, path, text, length, &r.doc))
		return false;
	config_tables_init(&r.tables, ctx);
	bool good = read_document(&r, bytes, out_length);
	json_release(&r.doc);
	return good;
}
