/* A key of the machine stands in a field of the record or in some bits of one;
 * a blob for another machine is told from this one key by key. */
#include "codegen/config_arch.h"

#include "base/diag.h"
#include "codegen/config.h"
#include "codegen/nwcfg.h"

#include <string.h>

/* Where a key stands: its value, shifted by bit, is or'ed into the field; what
 * is compared and shown of that are the bits of mask from first on. */
struct arch_place {
	const char *what; /* plural; NULL: it is not in the record */
	size_t at;        /* in struct config_arch */
	uint64_t mask;
	int bit, first;
};

/* In the order of arch_keys. */
static const struct arch_place places[] = {
#define AT(field) offsetof(struct config_arch, field)
#define FIELD(field, what) {what, AT(field), UINT64_MAX, 0, 0}
#define FLAG(name, what)                                \
	{what, AT(flags), 1, CONFIG_INDEX_ARCH_FLAG_##name, \
		CONFIG_INDEX_ARCH_FLAG_##name}
#define SKIP(operand, bit)                        \
	{"memories that it may skip: " #operand, \
		AT(may_skip[OPND_##operand]), 3, bit, 0}
#define APART {.what = NULL}
#define KEY(name, section, kind, field, min, max, fallback, required, role, \
	better, blob, unit, meaning)                                        \
	blob,
#include "mapper/arch_keys.def"
#undef KEY
#undef FIELD
#undef FLAG
#undef SKIP
#undef APART
#undef AT
};

/* The element of the record at a place in the struct. */
static const struct config_field *field_at(size_t at, uint32_t *k)
{
	const struct config_record *record = config_record(CONFIG_ARCH);
	int f = record->field_count - 1;
	while (record->fields[f].memory > at)
		f--;
	*k = (uint32_t)((at - record->fields[f].memory) /
		config_kind_bytes(record->fields[f].kind));
	return &record->fields[f];
}

static void record_fill(const struct arch *arch, struct config_arch *out)
{
	uint8_t *bytes = (uint8_t *)out;
	for (size_t i = 0; i < arch_key_count; i++) {
		uint32_t k;
		double value = arch_get(arch, &arch_keys[i]);
		const struct arch_place *place = &places[i];
		const struct config_field *field = field_at(place->at, &k);
		if (!place->what)
			continue;
		if (field->kind == CONFIG_KIND_F64)
			memcpy(bytes + place->at, &value, sizeof value);
		else
			config_field_put(field, k,
				config_field_get(field, k, out) |
					(uint64_t)value << place->bit,
				out);
	}
	/* What follows from several keys. */
	out->grid_columns = (uint64_t)(arch->pes / arch->pe_rows);
	for (int o = 0; o < OPND_COUNT; o++) {
		out->word_bits[o] =
			(uint64_t)arch_word_bits(arch, (enum operand)o);
		out->dram_bits[o] =
			(uint64_t)(arch->bits[o] ? arch->bits[o]
						 : 8 * arch->dma_elem_bytes);
	}
}

void config_add_arch(struct config_tables *tables, const struct arch *arch)
{
	struct config_arch record = {
		.name = config_add_string(tables, arch->name)};
	record_fill(arch, &record);
	config_add(tables, CONFIG_ARCH, &record);
}

/* --- the same machine? ---------------------------------------------------- */

/* A number of the two, as one sees it in the record. */
struct pair {
	uint64_t blob, machine;
};

static const char *pair_text(
	struct ctx *ctx, const char *what, enum arch_kind kind, struct pair pair)
{
	if (kind == ARCH_NUMBER)
		return arena_printf(&ctx->arena,
			"%s are %.9g in the blob, %.9g in the machine", what,
			nwcfg_double(pair.blob), nwcfg_double(pair.machine));
	return arena_printf(&ctx->arena,
		"%s are %llu in the blob, %llu in the machine", what,
		(unsigned long long)pair.blob,
		(unsigned long long)pair.machine);
}

static struct pair pair_at(const struct arch_place *place,
	const uint8_t *found, const struct config_arch *wanted)
{
	uint32_t k;
	const struct config_field *field = field_at(place->at, &k);
	return (struct pair){config_field_load(field, k, found) >>
			place->first & place->mask,
		config_field_get(field, k, wanted) >> place->first &
			place->mask};
}

/* The first key of one of the kinds in which they differ; NULL: none. */
static const char *difference_find(struct ctx *ctx, bool numbers,
	const uint8_t *found, const struct config_arch *wanted)
{
	for (size_t i = 0; i < arch_key_count; i++) {
		enum arch_kind kind = arch_keys[i].kind;
		struct pair pair = pair_at(&places[i], found, wanted);
		if (places[i].what && (kind == ARCH_NUMBER) == numbers &&
			pair.blob != pair.machine)
			return pair_text(ctx, places[i].what, kind, pair);
	}
	return NULL;
}

static const char *difference(struct ctx *ctx, const struct nwcfg *cfg,
	const struct nwcfg_model *model, const struct arch *arch)
{
	struct config_arch wanted = {0};
	record_fill(arch, &wanted);
	const uint8_t *found = nwcfg_record(cfg, NWCFG_ARCH, 0);
	const struct pair alignment = {
		model->alignment, (uint64_t)arch->dram_alignment};
	const char *differs = difference_find(ctx, false, found, &wanted);
	if (!differs && alignment.blob != alignment.machine)
		differs = pair_text(
			ctx, "alignment bytes", ARCH_INT, alignment);
	if (!differs)
		differs = difference_find(ctx, true, found, &wanted);
	return differs ? differs : "their dataflows differ";
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
	const struct loc loc = {.file = path};
	return diag_error(ctx, &loc,
		"made for machine '%s' (%016llx), not for '%s' (%016llx): %s",
		diag_quote(ctx, nwcfg_string(cfg, found.name)),
		(unsigned long long)cfg->fingerprint,
		diag_quote(ctx, arch->name),
		(unsigned long long)arch_fingerprint(arch),
		difference(ctx, cfg, &model, arch));
}
