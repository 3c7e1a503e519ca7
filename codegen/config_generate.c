/* The parts of nwcfg.h and docs/config-blob.md that follow from
 * config_fields.def. tests/test_config_fields.c holds the two files to them. */
#include "codegen/config_fields.h"

#include "base/text.h"

#include <ctype.h>
#include <string.h>

static const char *upper(struct ctx *ctx, const char *s)
{
	char *copy = arena_strdup(&ctx->arena, s);
	for (char *p = copy; *p; p++)
		*p = (char)toupper((unsigned char)*p);
	return copy;
}

static bool is_section(int id)
{
	return id >= CONFIG_FIRST_SECTION && id != CONFIG_STRING;
}

/* How the firmware's struct holds a field. */
static const char *c_type(enum config_kind kind)
{
	switch (kind) {
	case CONFIG_KIND_U8:
		return "uint8_t";
	case CONFIG_KIND_U16:
		return "uint16_t";
	case CONFIG_KIND_I64:
		return "int64_t";
	default:
		return config_kind_bytes(kind) == 8 ? "uint64_t" : "uint32_t";
	}
}

static const char *target_name(const struct config_field *field)
{
	switch (field->kind) {
	case CONFIG_KIND_ENUM:
	case CONFIG_KIND_FLAGS:
		return config_names((enum config_names_id)field->target)->id;
	case CONFIG_KIND_REF:
	case CONFIG_KIND_OPT:
	case CONFIG_KIND_FIRST:
	case CONFIG_KIND_COUNT:
	case CONFIG_KIND_TRIPLE:
		return config_record((enum config_record_id)field->target)->id;
	default:
		return NULL;
	}
}

/* "[bytes] of the whole file" */
static const char *remark(struct ctx *ctx, const struct config_field *field)
{
	const char *target = target_name(field), *type = NULL;
	if (target)
		type = arena_printf(&ctx->arena, "%s of NWCFG_%s",
			config_kind_text(field->kind), target);
	else if (field->kind == CONFIG_KIND_STR)
		type = "nwcfg_string()";
	else if (field->kind == CONFIG_KIND_F64)
		type = "IEEE 754 bits";
	else if (field->kind == CONFIG_KIND_ZERO)
		return "0";
	if (!type && !*field->unit)
		return field->doc;
	return arena_printf(&ctx->arena, "[%s%s%s]%s%s", field->unit,
		type && *field->unit ? "; " : "", type ? type : "",
		*field->doc ? " " : "", field->doc);
}

static int columns(const char *s)
{
	int count = 0;
	for (; *s; s++)
		count += *s == '\t' ? 8 : 1;
	return count;
}

/* s broken at spaces into lines of at most width columns (a tab counts as
 * eight), the first behind first, the others behind next. */
static void text_wrap(struct text *text, const char *first, const char *next,
	int width, const char *s)
{
	for (const char *prefix = first; *s; prefix = next) {
		size_t fits = strlen(s);
		size_t room = (size_t)(width - columns(prefix));
		if (fits > room) {
			fits = room;
			while (fits > 0 && s[fits] != ' ')
				fits--;
			if (fits == 0) /* one long word */
				fits = strcspn(s, " ");
		}
		text_add(text, "%s%.*s\n", prefix, (int)fits, s);
		s += fits;
		while (*s == ' ')
			s++;
	}
}

static void comment(struct text *text, const char *indent, const char *s)
{
	struct arena *arena = &text->ctx->arena;
	text_wrap(text, arena_printf(arena, "%s/* ", indent),
		arena_printf(arena, "%s * ", indent), 80,
		arena_printf(arena, "%s */", s));
}

static void header_names(struct text *text)
{
	for (int n = 0; n < CONFIG_NAMES_COUNT; n++) {
		const struct config_names *set =
			config_names((enum config_names_id)n);
		comment(text, "",
			arena_printf(&text->ctx->arena, "%s.", set->doc));
		text_add(text, "enum nwcfg_%s {\n", set->name);
		for (int i = 0; i < set->count; i++) {
			comment(text, "\t", set->names[i].doc);
			text_add(text, "\tNWCFG_%s_%s = %ld%s\n", set->id,
				set->names[i].id, set->bits ? 1L << i : (long)i,
				i + 1 < set->count ? "," : "");
		}
		text_add(text, "};\n\n");
	}
}

static void header_sections(struct text *text)
{
	text_add(text,
		"/* The sections that a blob has. */\n"
		"enum nwcfg_section_id {\n");
	for (int id = CONFIG_FIRST_SECTION; id < CONFIG_RECORD_COUNT; id++)
		text_add(text, "\tNWCFG_%s,\n",
			config_record((enum config_record_id)id)->id);
	text_add(text,
		"\tNWCFG_SECTIONS\n};\n\n"
		"static const struct {\n"
		"\tuint32_t tag; /* four letters, first one in "
		"the low byte */\n"
		"\tuint32_t record_bytes;\n"
		"\tconst char *name;\n"
		"} nwcfg_sections[NWCFG_SECTIONS] = {\n");
	for (int id = CONFIG_FIRST_SECTION; id < CONFIG_RECORD_COUNT; id++) {
		const struct config_record *record =
			config_record((enum config_record_id)id);
		text_add(text, "\t{0x%08lx, %lu, \"%s\"}%s\n",
			(unsigned long)config_tag((enum config_record_id)id),
			(unsigned long)record->bytes, record->name,
			id + 1 < CONFIG_RECORD_COUNT ? "," : "");
	}
	text_add(text, "};\n\n");
}

static void header_sizes(struct text *text)
{
	const struct config_record *header = config_record(CONFIG_HEADER);
	int f = 0;
	while (strcmp(header->fields[f].name, "header_crc") != 0)
		f++;
	text_add(text,
		"#define NWCFG_HEADER_BYTES %lu\n"
		"#define NWCFG_HEADER_CRC_AT %lu\n"
		"#define NWCFG_SECTION_BYTES %lu\n\n",
		(unsigned long)header->bytes,
		(unsigned long)header->fields[f].offset,
		(unsigned long)config_record(CONFIG_SECTION)->bytes);
}

static void header_structs(struct text *text)
{
	for (int id = 0; id < CONFIG_RECORD_COUNT; id++) {
		if (id == CONFIG_STRING)
			continue;
		const struct config_record *record =
			config_record((enum config_record_id)id);
		comment(text, "",
			arena_printf(&text->ctx->arena, "%s.", record->doc));
		text_add(text, "struct nwcfg_%s {\n", record->name);
		for (int f = 0; f < record->field_count; f++) {
			const struct config_field *field = &record->fields[f];
			const char *said = remark(text->ctx, field);
			if (*said)
				comment(text, "\t", said);
			text_add(text, "\t%s %s", c_type(field->kind),
				field->name);
			if (field->count > 1)
				text_add(text, "[%lu]",
					(unsigned long)field->count);
			text_add(text, ";\n");
		}
		text_add(text, "};\n\n");
	}
}

static void header_loads(struct text *text)
{
	for (int id = 0; id < CONFIG_RECORD_COUNT; id++) {
		if (id == CONFIG_STRING)
			continue;
		const struct config_record *record =
			config_record((enum config_record_id)id);
		text_add(text,
			"static inline void nwcfg_load_%s(\n"
			"\tconst unsigned char *at, struct nwcfg_%s *out)\n{\n",
			record->name, record->name);
		for (int f = 0; f < record->field_count; f++) {
			const struct config_field *field = &record->fields[f];
			uint32_t bytes = config_kind_bytes(field->kind);
			bool sign = field->kind == CONFIG_KIND_I64;
			for (uint32_t k = 0; k < field->count; k++) {
				text_add(text, "\tout->%s", field->name);
				if (field->count > 1)
					text_add(text, "[%lu]",
						(unsigned long)k);
				text_add(text, " = nwcfg_%s%lu(at + %lu);\n",
					sign ? "i" : "u",
					(unsigned long)bytes * 8,
					(unsigned long)(field->offset +
						k * bytes));
			}
		}
		text_add(text, "}\n\n");
	}
}

static void header_gets(struct text *text)
{
	for (int id = 0; id < CONFIG_RECORD_COUNT; id++) {
		if (!is_section(id))
			continue;
		const struct config_record *record =
			config_record((enum config_record_id)id);
		text_add(text,
			"static inline enum nwcfg_error nwcfg_get_%s(\n"
			"\tconst struct nwcfg *cfg, uint32_t index, "
			"struct nwcfg_%s *out)\n{\n"
			"\tconst unsigned char *at = "
			"nwcfg_record(cfg, NWCFG_%s, index);\n"
			"\tif (!at)\n\t\treturn NWCFG_BAD_INDEX;\n"
			"\tnwcfg_load_%s(at, out);\n"
			"\treturn NWCFG_OK;\n}\n\n",
			record->name, record->name, record->id, record->name);
	}
}

/* What nwcfg_open() checks of single fields. */
static void header_rules(struct text *text)
{
	text_add(text, "static const struct nwcfg_rule nwcfg_rules[] = {\n");
	for (int id = CONFIG_FIRST_SECTION; id < CONFIG_RECORD_COUNT; id++) {
		const struct config_record *record =
			config_record((enum config_record_id)id);
		for (int f = 0; f < record->field_count; f++) {
			const struct config_field *field = &record->fields[f];
			const char *rule, *limit;
			switch (field->kind) {
			case CONFIG_KIND_ZERO:
				rule = "BELOW";
				limit = "1";
				break;
			case CONFIG_KIND_ENUM:
			case CONFIG_KIND_FLAGS: {
				const struct config_names *set = config_names(
					(enum config_names_id)field->target);
				rule = "BELOW";
				limit = arena_printf(&text->ctx->arena, "%ld",
					set->bits ? 1L << set->count
						  : (long)set->count);
				break;
			}
			case CONFIG_KIND_STR:
			case CONFIG_KIND_REF:
				rule = "REF";
				limit = NULL;
				break;
			case CONFIG_KIND_OPT:
				rule = "OPT";
				limit = NULL;
				break;
			case CONFIG_KIND_FIRST:
				rule = "RANGE";
				limit = NULL;
				break;
			case CONFIG_KIND_TRIPLE:
				rule = "TRIPLE";
				limit = NULL;
				break;
			default:
				continue;
			}
			text_add(text,
				"\t{NWCFG_%s, %lu, NWCFG_RULE_%s, %s%s},\n",
				record->id, (unsigned long)field->offset, rule,
				limit ? "" : "NWCFG_",
				limit ? limit
				      : config_record((enum config_record_id)
							      field->target)
						->id);
		}
	}
	text_add(text, "};\n");
}

const char *config_header_text(struct ctx *ctx)
{
	struct text text = {.ctx = ctx};
	header_names(&text);
	header_sections(&text);
	header_sizes(&text);
	header_structs(&text);
	header_loads(&text);
	header_gets(&text);
	header_rules(&text);
	return text.bytes;
}

static void docs_record(struct text *text, int id)
{
	const struct config_record *record =
		config_record((enum config_record_id)id);
	text_add(text, "### %s", upper(text->ctx, record->name));
	if (*record->tag)
		text_add(text, " (section `%s`)", record->tag);
	text_add(text, "\n\n%s. %lu byte%s.\n\n", record->doc,
		(unsigned long)record->bytes, record->bytes == 1 ? "" : "s");
	text_add(text,
		"| at | field | type | unit | meaning |\n"
		"|---:|---|---|---|---|\n");
	for (int f = 0; f < record->field_count; f++) {
		const struct config_field *field = &record->fields[f];
		const char *target = target_name(field);
		text_add(text, "| %lu | `%s", (unsigned long)field->offset,
			field->name);
		if (field->count > 1)
			text_add(text, "[%lu]", (unsigned long)field->count);
		text_add(text, "` | %s%s%s | %s | %s |\n",
			config_kind_text(field->kind), target ? " " : "",
			target ? target : "", field->unit,
			field->kind == CONFIG_KIND_ZERO ? "0" : field->doc);
	}
	text_add(text, "\n");
}

const char *config_docs_text(struct ctx *ctx)
{
	struct text text = {.ctx = ctx};
	for (int id = 0; id < CONFIG_RECORD_COUNT; id++)
		docs_record(&text, id);
	for (int n = 0; n < CONFIG_NAMES_COUNT; n++) {
		const struct config_names *set =
			config_names((enum config_names_id)n);
		text_add(&text,
			"### %s %s\n\n%s.\n\n| value | name | meaning |\n"
			"|---:|---|---|\n",
			set->bits ? "Flags" : "Values", set->id, set->doc);
		for (int i = 0; i < set->count; i++)
			text_add(&text, "| %ld | `%s` | %s |\n",
				set->bits ? 1L << i : (long)i,
				set->names[i].text, set->names[i].doc);
		text_add(&text, "\n");
	}
	return text.bytes;
}
