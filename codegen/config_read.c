/* Opening a blob, with diagnostics. */
#include "base/diag.h"
#include "base/file.h"
#include "codegen/config.h"
#include "codegen/nwcfg.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* No blob comes near; a device that never ends does. */
enum { FILE_BYTES_MAX = 256 << 20 };

bool config_read(
	struct ctx *ctx, const char *path, uint8_t **bytes, size_t *length)
{
	const struct loc loc = {.file = path};
	struct file_bytes file = {0};
	switch (file_read(&ctx->arena, path, FILE_BYTES_MAX - 1, &file)) {
	case FILE_UNOPENED:
		return diag_error(
			ctx, &loc, "cannot open: %s", strerror(errno));
	case FILE_UNREAD:
		return diag_error(
			ctx, &loc, "cannot read: %s", strerror(errno));
	case FILE_LARGE:
		return diag_error(
			ctx, &loc, "256 MiB or more: not a configuration blob");
	case FILE_GOOD:
		break;
	}
	*bytes = file.bytes;
	*length = file.length;
	return true;
}

static const char *section_name(uint32_t section)
{
	return section < NWCFG_SECTIONS ? nwcfg_sections[section].name
					: "header or section table";
}

/* What an error says, and where. */
static const char *error_text(struct ctx *ctx, enum nwcfg_error error,
	const struct nwcfg *cfg, const uint8_t *bytes, size_t length)
{
	struct arena *arena = &ctx->arena;
	const char *text = nwcfg_error_text(error);
	switch (error) {
	case NWCFG_TOO_SHORT:
		return arena_printf(arena, "%s (%zu bytes)", text, length);
	case NWCFG_BAD_VERSION:
		return arena_printf(arena,
			"%s: found %d, this program reads %d", text,
			nwcfg_u16(bytes + 8), NWCFG_MAJOR);
	case NWCFG_BAD_CHECKSUM:
		return arena_printf(arena, "%s (%s)", text,
			section_name(cfg->bad_section));
	case NWCFG_TOO_LONG:
	case NWCFG_BAD_MAGIC:
	case NWCFG_BAD_HEADER:
		return text;
	default:
		return arena_printf(arena, "%s (%s, record %lu, byte %lu)",
			text, section_name(cfg->bad_section),
			(unsigned long)cfg->bad_record,
			(unsigned long)cfg->bad_byte);
	}
}

bool config_open(struct ctx *ctx, const char *path, const uint8_t *bytes,
	size_t length, struct nwcfg *cfg)
{
	const struct loc loc = {.file = path};
	enum nwcfg_error error = nwcfg_open(cfg, bytes, length);
	return error == NWCFG_OK ||
		diag_error(ctx, &loc, "%s",
			error_text(ctx, error, cfg, bytes, length));
}

const char *config_fault(struct ctx *ctx, const uint8_t *bytes, size_t length)
{
	struct nwcfg cfg;
	enum nwcfg_error error = nwcfg_open(&cfg, bytes, length);
	return error == NWCFG_OK
		? NULL
		: error_text(ctx, error, &cfg, bytes, length);
}

const char *config_set(struct ctx *ctx, const struct nwcfg *cfg)
{
	struct nwcfg_model model;
	if (nwcfg_get_model(cfg, 0, &model) != NWCFG_OK)
		return ""; /* config_open has seen it */
	return arena_printf(&ctx->arena, "%016" PRIx64 "%016" PRIx64,
		model.set[0], model.set[1]);
}
