#include "mapper/arch.h"

#include "ir/checked.h"

#include <math.h>
#include <string.h>

const struct arch_key arch_keys[] = {
#define DETAILS "arch_details"
#define BASIC "arch_basic"
#define KEY(name_, section_, kind_, field, min_, max_, fallback_, required_, \
	role_, unit_, meaning_)                                              \
	{.name = #name_,                                                     \
		.section = section_,                                         \
		.kind = ARCH_##kind_,                                        \
		.offset = offsetof(struct arch, field),                      \
		.min = min_,                                                 \
		.max = max_,                                                 \
		.fallback = fallback_,                                       \
		.required = required_,                                       \
		.role = ARCH_##role_,                                        \
		.unit = unit_,                                               \
		.meaning = meaning_},
#include "mapper/arch_keys.def"
#undef KEY
};
const size_t arch_key_count = sizeof arch_keys / sizeof *arch_keys;

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

static void hash_byte(uint64_t *hash, uint64_t byte)
{
	*hash ^= byte & 0xff;
	*hash *= 0x100000001b3u;
}

static void hash_name(uint64_t *hash, const char *name)
{
	for (; *name; name++)
		hash_byte(hash, (unsigned char)*name);
}

static void hash_value(uint64_t *hash, double value)
{
	uint64_t bits;
	value += 0.0; /* makes one zero of the two */
	memcpy(&bits, &value, sizeof bits);
	for (int b = 0; b < 8; b++)
		hash_byte(hash, bits >> (8 * b));
}

uint64_t arch_fingerprint(const struct arch *arch)
{
	uint64_t hash = 0xcbf29ce484222325u;
	for (size_t i = 0; i < arch_key_count; i++)
		if (arch_keys[i].role == ARCH_MACHINE)
			hash_value(&hash, arch_get(arch, &arch_keys[i]));
	for (size_t i = 0; i < arch_key_count; i++) {
		const struct arch_key *key = &arch_keys[i];
		double value = arch_get(arch, key);
		if (key->role != ARCH_ADDED || value == key->fallback)
			continue;
		hash_name(&hash, key->name);
		hash_value(&hash, value);
	}
	if (dataflow_any(&arch->dataflow)) {
		int64_t values[DATAFLOW_VALUES];
		dataflow_values(&arch->dataflow, values);
		hash_name(&hash, "dataflow");
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

double arch_registers_pj(const struct arch *arch, enum operand operand)
{
	return (operand == OPND_O ? 2 : 1) * arch_word(arch, operand) *
		arch->rf_pj;
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
