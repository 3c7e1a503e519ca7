/* The hashes: FNV-1a with 64 bits, over bytes, texts and words; a quick one.
 * What outlives a run (fingerprints, names of cache entries) goes through
 * FNV-1a. */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define HASH_START UINT64_C(0xcbf29ce484222325) /* of nothing */
#define HASH_PRIME UINT64_C(0x100000001b3)

static inline uint64_t hash_bytes(
	uint64_t hash, const void *bytes, size_t length)
{
	const unsigned char *b = bytes;
	for (size_t i = 0; i < length; i++)
		hash = (hash ^ b[i]) * HASH_PRIME;
	return hash;
}

/* Without the NUL. */
static inline uint64_t hash_text(uint64_t hash, const char *text)
{
	for (; *text; text++)
		hash = (hash ^ (unsigned char)*text) * HASH_PRIME;
	return hash;
}

/* Its eight bytes, low first on any machine. */
static inline uint64_t hash_word(uint64_t hash, uint64_t word)
{
	for (int i = 0; i < 8; i++)
		hash = (hash ^ (word >> (8 * i) & 0xff)) * HASH_PRIME;
	return hash;
}

/* For tables of this run alone, where FNV-1a would be slow: eight bytes at a
 * time, the high bits of each product folded into the low ones, which choose
 * the slot. */
static inline uint64_t hash_quick(const void *bytes, size_t length)
{
	const unsigned char *b = bytes;
	uint64_t hash = length, word;
	for (size_t n; length; b += n, length -= n) {
		n = length < sizeof word ? length : sizeof word;
		word = 0;
		memcpy(&word, b, n);
		hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
		hash ^= hash >> 32;
	}
	return hash;
}

/* The same for an address. */
static inline uint64_t hash_address(const void *address)
{
	uint64_t hash =
		(uint64_t)(uintptr_t)address * UINT64_C(0x9e3779b97f4a7c15);
	return hash ^ hash >> 32;
}

#endif
