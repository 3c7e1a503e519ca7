/* SHA-256, of libmd: what identifies a set of outputs and each of its files. */
#ifndef BASE_DIGEST_H
#define BASE_DIGEST_H

#include <sha2.h>
#include <stddef.h>

enum { DIGEST_BYTES = SHA256_DIGEST_LENGTH, DIGEST_HEX = 2 * DIGEST_BYTES };

struct digest {
	SHA2_CTX state;
};

void digest_begin(struct digest *digest);
void digest_add(struct digest *digest, const void *bytes, size_t length);
/* The digest as 64 hex digits and a NUL; digest_begin starts another. */
void digest_end(struct digest *digest, char hex[DIGEST_HEX + 1]);
/* All three of one piece of memory. */
void digest_of(const void *bytes, size_t length, char hex[DIGEST_HEX + 1]);

#endif
