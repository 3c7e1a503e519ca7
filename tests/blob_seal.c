/* Checksums computed anew over what a test has changed. */
#include "tests/blob_seal.h"

#include "codegen/nwcfg.h"

#include <zlib.h>

void put32(uint8_t *at, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		at[i] = (uint8_t)(value >> (8 * i));
}

void put64(uint8_t *at, uint64_t value)
{
	for (int i = 0; i < 8; i++)
		at[i] = (uint8_t)(value >> (8 * i));
}

void blob_reseal(uint8_t *bytes, size_t length)
{
	if (length < HEADER)
		return;
	uint32_t sections = nwcfg_u32(bytes + SECTION_COUNT);
	for (uint32_t s = 0; s < sections; s++) {
		uint8_t *entry = bytes + HEADER + (size_t)s * ENTRY;
		if ((size_t)(entry - bytes) + ENTRY > length)
			return;
		uint64_t offset = nwcfg_u64(entry + ENTRY_OFFSET);
		uint64_t size = nwcfg_u64(entry + ENTRY_BYTES);
		if (offset > length || size > length - offset)
			continue;
		put32(entry + ENTRY_CRC,
			(uint32_t)crc32(0, bytes + offset, (uInt)size));
	}
	size_t table = HEADER + (size_t)sections * ENTRY;
	if (table > length)
		return;
	put32(bytes + NWCFG_HEADER_CRC_AT, 0);
	put32(bytes + NWCFG_HEADER_CRC_AT,
		(uint32_t)crc32(0, bytes, (uInt)table));
}
