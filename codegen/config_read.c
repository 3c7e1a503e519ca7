/* Opening a blob, with diagnostics. */
#include "base/diag.h"
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
	FILE *file = fopen(path, "rb");
	if (!file)
		return diag_error(
			ctx, &loc, "cannot open: %s", strerror(errno));
	size_t capacity = 0, got;
	*bytes = NULL;
	*length = 0;
	errno = 0;
	do {
		*bytes = arena_grow(&ctx->arena, *bytes, *length, &capacity,
			*length + BUFSIZ, 1);
		got = fread(*bytes + *length, 1, capacity - *length, file);
		*length += got;
	} while (got && *length < FILE_BYTES_MAX);
	int error = ferror(file) ? errno : 0;
	fclose(file);
	if (error)
		return diag_error(
			ctx, &loc, "cannot read: %s", strerror(error));
	if (*length >= FILE_BYTES_MAX)
		return diag_error(
			ctx, &loc, "256 MiB or more: not a configuration blob");
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

/* Bits that say whether two numbers of the machine are the same. */
static uint64_t double_bits(double value)
{
	uint64_t bits;
	value += 0.0; /* one zero of the two */
	memcpy(&bits, &value, sizeof bits);
	return bits;
}

const char *config_set(struct ctx *ctx, const struct nwcfg *cfg)
{
	struct nwcfg_model model;
	if (nwcfg_get_model(cfg, 0, &model) != NWCFG_OK)
		return ""; /* config_open has seen it */
	return arena_printf(&ctx->arena, "%016" PRIx64 "%016" PRIx64,
		model.set[0], model.set[1]);
}

bool config_check_arch(struct ctx *ctx, const char *path,
	const struct nwcfg *cfg, const struct arch *arch)
{
	struct nwcfg_arch found;
	struct nwcfg_model model;
	if (cfg->fingerprint == arch_fingerprint(arch))
		return true;
	if (nwcfg_get_arch(cfg, 0, &found) != NWCFG_OK ||
		nwcfg_get_model(cfg, 0, &model) != NWCFG_OK)
		return false; /* config_open has seen it */
#define OPERAND_NUMBERS(x)                                                   \
	{"bits of a word of " #x, found.word_bits[OPND_##x],                 \
		(uint64_t)arch_word_bits(arch, OPND_##x)},                   \
		{"words a cycle on the network of " #x,                      \
			found.noc_words[OPND_##x],                           \
			(uint64_t)arch->noc_words[OPND_##x]},                \
		{"memories that it may skip: " #x, found.may_skip[OPND_##x], \
			(uint64_t)(arch->spm_bypass[OPND_##x] |              \
				arch->rf_bypass[OPND_##x] << 1)},            \
	{                                                                    \
		"banks of " #x, found.operand_banks[OPND_##x],               \
			(uint64_t)arch->operand_banks[OPND_##x]              \
	}
	const struct {
		const char *name;
		uint64_t found, wanted;
	} wholes[] = {
		{"PEs",                       found.pes,             (uint64_t)arch->pes        },
		{"gated PEs",                 found.flags >> 1 & 1,  (uint64_t)arch->mac_gating },
		{"rows of PEs",               found.grid_rows,       (uint64_t)arch->pe_rows    },
		{"register file bytes",       found.rf_bytes,
                 (uint64_t)arch->rf_bytes						       },
		{"element bytes",             found.elem_bytes,      (uint64_t)arch->elem_bytes },
		{"SPM buffers",               found.spm_buffers,     (uint64_t)arch->spm_buffers},
		{"SPM ports",                 found.spm_ports,       (uint64_t)arch->spm_ports  },
		{"words of a port",           found.port_words,
                 (uint64_t)arch->port_words						     },
		{"DMA channels of their own", found.flags >> 2 & 1,
                 (uint64_t)arch->dma_parallel                                                   },
		{"reduction trees",           found.flags >> 3 & 1,
                 (uint64_t)arch->reduction_tree                                                 },
		OPERAND_NUMBERS(O),
		OPERAND_NUMBERS(I),
		OPERAND_NUMBERS(W),
		{"SPM banks",                 found.spm_banks,       (uint64_t)arch->spm_banks  },
		{"bank bytes",                found.bank_bytes,      (uint64_t)arch->bank_bytes },
		{"DMA element bytes",         found.dma_elem_bytes,
                 (uint64_t)arch->dma_elem_bytes                                                 },
		{"pipeline stages",           found.pipeline_stages,
                 (uint64_t)arch->pe_pipeline_stages                                             },
		{"alignment bytes",           model.alignment,
                 (uint64_t)arch->dram_alignment                                                 },
	};
	const struct {
		const char *name;
		uint64_t found;
		double wanted;
	} rates[] = {
		{"DMA init cycles",     found.dma_init_cycles,
                 arch->dma_init_cycles                                            },
		{"DMA cycles per byte", found.dma_cycles_per_byte,
                 arch->dma_cycles_per_byte                                        },
		{"DMA MHz",             found.dma_mhz,             arch->dma_mhz  },
		{"accelerator MHz",     found.accel_mhz,           arch->accel_mhz},
		{"RF pJ",               found.rf_pj,               arch->rf_pj    },
		{"network pJ",          found.noc_pj,              arch->noc_pj   },
		{"SPM pJ",              found.spm_pj,              arch->spm_pj   },
		{"DRAM pJ",             found.dram_pj,             arch->dram_pj  },
		{"MAC pJ",              found.mac_pj,              arch->mac_pj   },
	};
	const char *differs = NULL;
	for (size_t i = 0; i < sizeof wholes / sizeof *wholes && !differs; i++)
		if (wholes[i].found != wholes[i].wanted)
			differs = arena_printf(&ctx->arena,
				"%s are %llu in the blob, %llu in the machine",
				wholes[i].name,
				(unsigned long long)wholes[i].found,
				(unsigned long long)wholes[i].wanted);
	for (size_t i = 0; i < sizeof rates / sizeof *rates && !differs; i++)
		if (rates[i].found != double_bits(rates[i].wanted))
			differs = arena_printf(&ctx->arena,
				"%s are %.9g in the blob, %.9g in the machine",
				rates[i].name, nwcfg_double(rates[i].found),
				rates[i].wanted);
	const struct loc loc = {.file = path};
	return diag_error(ctx, &loc,
		"made for machine '%s' (%016llx), not for '%s' (%016llx): %s",
		diag_quote(ctx, nwcfg_string(cfg, found.name)),
		(unsigned long long)cfg->fingerprint,
		diag_quote(ctx, arch->name),
		(unsigned long long)arch_fingerprint(arch),
		differs ? differs : "their dataflows differ");
}
