/* Walks the parts of a ZIP archive and the ends of their XML. */
#include "dse/workbook_check.h"

#include <stdint.h>
#include <string.h>
#include <zlib.h>

/* The archive's directory is a list of such records, with a name and more
 * behind each, and behind all of them the end. */
enum {
	END_BYTES = 22,
	END_COUNT = 10,
	END_OFFSET = 16,
	RECORD_BYTES = 46,
	RECORD_PACKED = 20,
	RECORD_UNPACKED = 24,
	RECORD_TAILS = 28, /* lengths of three more parts of the record */
	RECORD_AT = 42,
	LOCAL_BYTES = 30,
	LOCAL_TAILS = 26, /* of two */
	DEFLATE_RAW = -15
};

static uint64_t number(const unsigned char *at, int bytes)
{
	uint64_t value = 0;
	for (int i = 0; i < bytes; i++)
		value |= (uint64_t)at[i] << 8 * i;
	return value;
}

/* Ends with the end tag of its first element; text is NUL-terminated. */
static bool is_closed(const char *text, size_t length)
{
	const char *name = strchr(text, '<');
	if (name && name[1] == '?')
		name = strchr(name + 1, '<');
	if (!name)
		return false;
	size_t n = strcspn(++name, " \t\r\n/>");
	while (length && strchr(" \t\r\n", text[length - 1]))
		length--;
	const char *end = text + length;
	return length > n + 3 && end[-1] == '>' &&
		!memcmp(end - 1 - n, name, n) && !memcmp(end - 3 - n, "</", 2);
}

static bool part_is_whole(struct ctx *ctx, const unsigned char *bytes,
	size_t length, const unsigned char *record)
{
	uint64_t packed = number(record + RECORD_PACKED, 4);
	uint64_t unpacked = number(record + RECORD_UNPACKED, 4);
	uint64_t at = number(record + RECORD_AT, 4);
	if (at + LOCAL_BYTES > length)
		return false;
	at += LOCAL_BYTES + number(bytes + at + LOCAL_TAILS, 2) +
		number(bytes + at + LOCAL_TAILS + 2, 2);
	if (at + packed > length)
		return false;
	char *text = arena_alloc(&ctx->arena, (size_t)unpacked + 1);
	z_stream stream = {.next_in = (Bytef *)(uintptr_t)(bytes + at),
		.avail_in = (uInt)packed,
		.next_out = (Bytef *)text,
		.avail_out = (uInt)unpacked};
	if (inflateInit2(&stream, DEFLATE_RAW) != Z_OK)
		return false;
	bool ok = inflate(&stream, Z_FINISH) == Z_STREAM_END;
	inflateEnd(&stream);
	return ok && stream.total_out == unpacked &&
		is_closed(text, (size_t)unpacked);
}

bool workbook_is_whole(
	struct ctx *ctx, const unsigned char *bytes, size_t length)
{
	if (length < END_BYTES)
		return false;
	const unsigned char *end = bytes + length - END_BYTES;
	if (memcmp(end, "PK\5\6", 4) != 0)
		return false;
	uint64_t count = number(end + END_COUNT, 2);
	uint64_t at = number(end + END_OFFSET, 4);
	for (uint64_t i = 0; i < count; i++) {
		const unsigned char *record = bytes + at;
		if (at + RECORD_BYTES > length ||
			memcmp(record, "PK\1\2", 4) != 0 ||
			!part_is_whole(ctx, bytes, length, record))
			return false;
		at += RECORD_BYTES;
		for (int k = 0; k < 3; k++)
			at += number(record + RECORD_TAILS + 2 * k, 2);
	}
	return count > 0;
}
