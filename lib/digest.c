/*
 * The one place that knows libmd.
 */
#include <sys/types.h>

#include <sha256.h>
#include <stdint.h>

#include "digest.h"

void
digest(const void *data, size_t n, unsigned char out[DIGEST_SIZE])
{
	SHA256_CTX ctx;

	SHA256Init(&ctx);
	SHA256Update(&ctx, data, n);
	SHA256Final(out, &ctx);
}

int
digest_same(const char *given, size_t ngiven, const char *expected,
    size_t nexpected)
{
	unsigned char a[DIGEST_SIZE], b[DIGEST_SIZE], diff = 0;
	size_t i;

	digest(given, ngiven, a);
	digest(expected, nexpected, b);
	for (i = 0; i < DIGEST_SIZE; i++)
		diff |= a[i] ^ b[i];
	return diff == 0;
}
