/* Where the header of a blob has what, and checksums over changed bytes: for
 * tests of what lies behind them. */
#ifndef TESTS_BLOB_SEAL_H
#define TESTS_BLOB_SEAL_H

#include <stddef.h>
#include <stdint.h>

enum {
	HEADER = 48,
	ENTRY = 32,
	ENTRY_OFFSET = 8,
	ENTRY_BYTES = 16,
	ENTRY_COUNT = 24,
	ENTRY_CRC = 28,
	FILE_BYTES = 16,
	SECTION_COUNT = 32
};

/* Little-endian. */
void put32(uint8_t *at, uint32_t value);
void put64(uint8_t *at, uint64_t value);

/* Makes all checksums right again; of bytes that are no blob, those that can
 * be. */
void blob_reseal(uint8_t *bytes, size_t length);

#endif
