/* A blob's bytes, field by field. */
#include "base/diag.h"
#include "base/text.h"
#include "codegen/config.h"
#include "codegen/config_fields.h"
#include "codegen/nwcfg.h"

#include <string.h>

enum { BYTES_A_LINE = 8 };

static void add_bytes(
	struct text *text, const uint8_t *file, size_t at, size_t count)
{
	text_add(text, "%08zx ", at);
	for (size_t i = 0; i < BYTES_A_LINE; i++)
		if (i < count)
			text_add(text, " %02x", file[at + i]);
		else
			text_add(text, "   ");
}

/* A value as its field means it. */
static const char *value_text(struct ctx *ctx, const struct nwcfg *cfg,
	const struct config_field *field, uint64_t value)
{
	struct arena *arena = &ctx->arena;
	struct text text = {.ctx = ctx};
	const struct config_names *set;
	switch (field->kind) {
	case CONFIG_KIND_TAG:
		for (int i = 0; i < 4; i++) {
			unsigned c = value >> (8 * i) & 0xff;
			text_add(&text, c >= ' ' && c < 127 ? "%c" : "\\x%02x",
				c);
		}
		return arena_printf(arena, "'%s'", text.bytes);
	case CONFIG_KIND_STR:
		return arena_printf(arena, "%llu = \"%s\"",
			(unsigned long long)value,
			diag_quote(ctx, nwcfg_string(cfg, (uint32_t)value)));
	case CONFIG_KIND_ENUM:
		set = config_names((enum config_names_id)field->target);
		return set->names[value].text;
	case CONFIG_KIND_FLAGS:
		set = config_names((enum config_names_id)field->target);
		text_add(&text, "%s", value ? "" : "none");
		for (int i = 0; i < set->count; i++)
			if (value >> i & 1)
				text_add(&text, "%s%s", text.length ? " " : "",
					set->names[i].text);
		return text.bytes;
	case CONFIG_KIND_F64:
		return arena_printf(arena, "%.9g", nwcfg_double(value));
	case CONFIG_KIND_I64:
		return arena_printf(arena, "%lld", (long long)(int64_t)value);
	default:
		break;
	}
	if (config_kind_bytes(field->kind) == 8 ? value == CONFIG_NONE64
						: value == CONFIG_NONE)
		return "NONE";
	return arena_printf(arena, "%llu", (unsigned long long)value);
}

static void add_record(struct text *text, const struct nwcfg *cfg,
	const struct config_record *record, size_t at, const char *title)
{
	text_add(text, "%s\n", title);
	for (int f = 0; f < record->field_count; f++) {
		const struct config_field *field = &record->fields[f];
		uint32_t bytes = config_kind_bytes(field->kind);
		for (uint32_t k = 0; k < field->count; k++) {
			add_bytes(text, cfg->data,
				at + field->offset + (size_t)k * bytes, bytes);
			text_add(text, "  %s", field->name);
			if (field->count > 1)
				text_add(text, "[%u]", (unsigned)k);
			text_add(text, " = %s\n",
				value_text(text->ctx, cfg, field,
					config_field_load(
						field, k, cfg->data + at)));
		}
	}
}

/* Eight bytes a line, with their letters. */
static void add_texts(
	struct text *text, const struct nwcfg *cfg, size_t at, size_t count)
{
	text_add(text, "STRINGS\n");
	for (size_t i = 0; i < count; i += BYTES_A_LINE) {
		add_bytes(text, cfg->data, at + i, BYTES_A_LINE);
		text_add(text, "  ");
		for (size_t k = 0; k < BYTES_A_LINE; k++) {
			uint8_t c = cfg->data[at + i + k];
			text_add(text, "%c", c >= ' ' && c < 127 ? c : '.');
		}
		text_add(text, "\n");
	}
}

static const char *upper(struct ctx *ctx, const char *s)
{
	char *copy = arena_strdup(&ctx->arena, s);
	for (char *p = copy; *p; p++)
		if (*p >= 'a' && *p <= 'z')
			*p = (char)(*p - 'a' + 'A');
	return copy;
}

const char *config_to_hex(struct ctx *ctx, const struct nwcfg *cfg)
{
	struct text text = {.ctx = ctx};
	struct nwcfg_header header;
	struct nwcfg_section section;
	nwcfg_load_header(cfg->data, &header);
	add_record(&text, cfg, config_record(CONFIG_HEADER), 0, "HEADER");
	for (uint32_t s = 0; s < header.section_count; s++)
		add_record(&text, cfg, config_record(CONFIG_SECTION),
			header.header_bytes + (size_t)s * header.section_bytes,
			arena_printf(&ctx->arena, "SECTION %u", (unsigned)s));
	for (uint32_t s = 0; s < header.section_count; s++) {
		nwcfg_load_section(cfg->data + header.header_bytes +
				(size_t)s * header.section_bytes,
			&section);
		enum config_record_id id = config_by_tag(section.tag);
		if (id == CONFIG_RECORD_COUNT)
			continue; /* of a later version */
		const struct config_record *record = config_record(id);
		if (id == CONFIG_STRING) {
			add_texts(&text, cfg, (size_t)section.offset,
				(size_t)section.bytes);
			continue;
		}
		for (uint32_t i = 0; i < section.count; i++)
			add_record(&text, cfg, record,
				(size_t)section.offset +
					(size_t)i * section.record_bytes,
				arena_printf(&ctx->arena, "%s %u",
					upper(ctx, record->name), (unsigned)i));
	}
	return text.bytes;
}
