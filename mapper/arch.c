/* The machine's keys from arch_keys.def: values, rules between them,
 * fingerprint. */
#include "mapper/arch.h"

#include "base/checked.h"
#include "base/hash.h"

#include <math.h>
#include <string.h>

const struct arch_key arch_keys[] = {
#define DETAILS "arch_details"
#define BASIC "arch_basic"
#define KEY(name_, section_, kind_, field, min_, max_, fallback_, required_, \
	role_, better_, blob, unit_, meaning_)                               \
	{.name = #name_,                                                     \
		.section = section_,                                         \
		.kind = ARCH_##kind_,                                        \
		.offset = offsetof(struct arch, field),                      \
		.min = min_,                                                 \
		.max = max_,                                                 \
		.fallback = fallback_,                                       \
		.required = required_,                                       \
		.role = ARCH_##role_,                                        \
		.better = BETTER_##better_,                                  \
		.unit = unit_,                                               \
		.meaning = meaning_},
#include "mapper/arch_keys.def"
#undef KEY
};
const size_t arch_key_count = sizeof arch_keys / sizeof *arch_keys;

static bool rows_divide(const struct arch *arch)
{
	return arch->pes % arch->pe_rows == 0;
}

static bool alignment_is_power(const struct arch *arch)
{
	return (arch->dram_alignment & (arch->dram_alignment - 1)) == 0;
}

static bool banks_of_all(const struct arch *arch)
{
	int own = 0; /* operands with banks of their own */
	for (int o = 0; o < OPND_COUNT; o++)
		own += arch->operand_banks[o] > 0;
	return own == 0 || own == OPND_COUNT;
}

static bool banks_fit(const struct arch *arch)
{
	int64_t banks = 0;
	for (int o = 0; o < OPND_COUNT; o++)
		banks += arch->operand_banks[o];
	return banks <= arch->spm_banks;
}

/* clang-format off */
static const struct arch_rule arch_rules[] = {
	{.keys = {"PE_ROWS", "CGRA_SIZE"},
		.wants = "a divisor of CGRA_SIZE",
		.fault = " does not divide ",
		.more = "",
		.expression = "CGRA_SIZE % PE_ROWS == 0",
		.holds = rows_divide},
	{.keys = {"DRAM_ALIGNMENT"},
		.wants = "a power of two",
		.fault = " is no power of two",
		.more = "",
		.holds = alignment_is_power},
	{.keys = {"SPM_BANKS_O", "SPM_BANKS_I", "SPM_BANKS_W"},
		.wants = "one of SPM_BANKS_O, SPM_BANKS_I and SPM_BANKS_W for "
			"each operand, or none of them",
		.fault = " stands beside ",
		.more = ", where all three are 0 or none",
		.expression = "(SPM_BANKS_O > 0) == (SPM_BANKS_I > 0) && "
			"(SPM_BANKS_O > 0) == (SPM_BANKS_W > 0)",
		.holds = banks_of_all},
	{.keys = {"SPM_BANKS_O", "SPM_BANKS_I", "SPM_BANKS_W",
			"TOTAL_BANKS_IN_SPM"},
		.wants = "with SPM_BANKS_I and SPM_BANKS_W no more than "
			"TOTAL_BANKS_IN_SPM",
		.fault = " stands beside ",
		.more = ", which are fewer than those of O, I and W",
		.expression = "SPM_BANKS_O + SPM_BANKS_I + SPM_BANKS_W <= "
			"TOTAL_BANKS_IN_SPM",
		.holds = banks_fit},
};
/* clang-format on */
enum { ARCH_RULES = sizeof arch_rules / sizeof *arch_rules };

const struct arch_rule *arch_rule_broken(
	const struct arch *arch, const struct arch_rule *after)
{
	for (size_t i = after ? (size_t)(after - arch_rules) + 1 : 0;
		i < ARCH_RULES; i++)
		if (!arch_rules[i].holds(arch))
			return &arch_rules[i];
	return NULL;
}

const struct arch_key *arch_key_find(const char *name)
{
	for (size_t i = 0; i < arch_key_count; i++)
		if (strcmp(arch_keys[i].name, name) == 0)
			return &arch_keys[i];
	return NULL;
}

double arch_get(const struct arch *arch, const struct arch_key *key)
{
	const char *at = (const char *)arch + key->offset;
	switch (key->kind) {
	case ARCH_INT:
		return (double)*(const int64_t *)(const void *)at;
	case ARCH_NUMBER:
		return *(const double *)(const void *)at;
	case ARCH_TRUE:
		break;
	}
	return *(const bool *)at;
}

void arch_set(struct arch *arch, const struct arch_key *key, double value)
{
	char *at = (char *)arch + key->offset;
	switch (key->kind) {
	case ARCH_INT:
		*(int64_t *)(void *)at = (int64_t)value;
		break;
	case ARCH_NUMBER:
		*(double *)(void *)at = value;
		break;
	case ARCH_TRUE:
		*(bool *)at = value != 0;
		break;
	}
}

struct arch arch_default(void)
{
	struct arch arch = {.name = "default"};
	for (size_t i = 0; i < arch_key_count; i++)
		arch_set(&arch, &arch_keys[i], arch_keys[i].fallback);
	return arch;
}

static void hash_value(uint64_t *hash, double value)
{
	uint64_t bits;
	value += 0.0; /* makes one zero of the two */
	memcpy(&bits, &value, sizeof bits);
	*hash = hash_word(*hash, bits);
}

uint64_t arch_fingerprint(const struct arch *arch)
{
	uint64_t hash = HASH_START;
	for (size_t i = 0; i < arch_key_count; i++)
		if (arch_keys[i].role == ARCH_MACHINE)
			hash_value(&hash, arch_get(arch, &arch_keys[i]));
	for (size_t i = 0; i < arch_key_count; i++) {
		const struct arch_key *key = &arch_keys[i];
		double value = arch_get(arch, key);
		if (key->role != ARCH_ADDED || value == key->fallback)
			continue;
		hash = hash_text(hash, key->name);
		hash_value(&hash, value);
	}
	if (dataflow_any(&arch->dataflow)) {
		int64_t values[DATAFLOW_VALUES];
		dataflow_values(&arch->dataflow, values);
		hash = hash_text(hash, "dataflow");
		for (int i = 0; i < DATAFLOW_VALUES; i++)
			hash_value(&hash, (double)values[i]);
	}
	return hash;
}

double arch_rf_elems(const struct arch *arch)
{
	return (double)arch->rf_bytes / (double)arch->elem_bytes;
}

int64_t arch_word_bits(const struct arch *arch, enum operand operand)
{
	int64_t bits = arch->bits[operand];
	return bits ? bits : 8 * arch->elem_bytes;
}

double arch_word(const struct arch *arch, enum operand operand)
{
	return (double)arch_word_bits(arch, operand) /
		(double)(8 * arch->elem_bytes);
}

int64_t arch_bytes(const struct arch *arch, enum operand operand, int64_t words)
{
	return arch->bits[operand] ? ceil_div(words * arch->bits[operand], 8)
				   : words * arch->elem_bytes;
}

int64_t arch_burst_bytes(
	const struct arch *arch, enum operand operand, int64_t elems)
{
	return arch->bits[operand] ? ceil_div(elems * arch->bits[operand], 8)
				   : elems * arch->dma_elem_bytes;
}

bool arch_has_banks(const struct arch *arch, const int64_t bytes[OPND_COUNT],
	int64_t *banks)
{
	bool all = true;
	*banks = 0;
	for (int o = 0; o < OPND_COUNT; o++) {
		int64_t needs = ceil_div(bytes[o], arch->bank_bytes);
		*banks += needs;
		all = all &&
			(!arch->operand_banks[o] ||
				needs <= arch->operand_banks[o]);
	}
	return all && *banks <= arch->spm_banks;
}

int64_t arch_burst_cycles(
	const struct arch *arch, enum operand operand, int64_t elems)
{
	double bytes = (double)arch_burst_bytes(arch, operand, elems);
	double dma = arch->dma_init_cycles + arch->dma_cycles_per_byte * bytes;
	return (int64_t)ceil(dma * (arch->accel_mhz / arch->dma_mhz));
}
