/*
 * SHA-256, for telling bodies apart and for comparing secrets.
 */
#ifndef DIGEST_H
#define DIGEST_H

#include <stddef.h>

#define DIGEST_SIZE 32

void	 digest(const void *, size_t, unsigned char out[DIGEST_SIZE]);

/* True when both are the same bytes; the time it takes tells nothing about
 * where they differ, nor how long the expected one is. */
int	 digest_same(const char *given, size_t ngiven, const char *expected,
	    size_t nexpected);

#endif
