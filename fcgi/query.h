/*
 * The query of an address: name=value&...
 */
#ifndef QUERY_H
#define QUERY_H

#include <stddef.h>
#include <stdint.h>

/* The value of a name, decoded: 1; 0 when it is absent or empty; -1 when it is
 * longer than size - 1 bytes, or no text.  query may be NULL. */
int	 query_text(const char *query, const char *name, char *out,
	    size_t size);

/* A whole number from min to max, or fallback when absent: 0, or -1. */
int	 query_number(const char *query, const char *name, int64_t min,
	    int64_t max, int64_t fallback, int64_t *out);

#endif
