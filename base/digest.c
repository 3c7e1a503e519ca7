/* SHA-256 in pieces or at once, in hex digits. */
#include "base/digest.h"

void digest_begin(struct digest *digest)
{
	SHA256Init(&digest->state);
}

void digest_add(struct digest *digest, const void *bytes, size_t length)
{
	SHA256Update(&digest->state, bytes, length);
}

void digest_end(struct digest *digest, char hex[DIGEST_HEX + 1])
{
	static const char digits[] = "0123456789abcdef";
	uint8_t raw[DIGEST_BYTES];
	SHA256Final(raw, &digest->state);
	for (int i = 0; i < DIGEST_BYTES; i++) {
		hex[2 * i] = digits[raw[i] >> 4];
		hex[2 * i + 1] = digits[raw[i] & 15];
	}
	hex[DIGEST_HEX] = '\0';
}

void digest_of(const void *bytes, size_t length, char hex[DIGEST_HEX + 1])
{
	struct digest digest;
	digest_begin(&digest);
	digest_add(&digest, bytes, length);
	digest_end(&digest, hex);
}
