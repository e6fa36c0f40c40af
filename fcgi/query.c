/*
 * Strict, since what is wrong comes from no page of ours.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "body.h"
#include "query.h"

static int
hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* n bytes of a value: its length, or -1. */
static long
decode(const char *s, size_t n, char *out, size_t size)
{
	size_t i, len = 0;
	char c;

	for (i = 0; i < n; i++) {
		c = s[i] == '+' ? ' ' : s[i];
		if (c == '%') {
			if (n - i < 3 || hex(s[i + 1]) == -1 ||
			    hex(s[i + 2]) == -1)
				return -1;
			c = (char)(hex(s[i + 1]) * 16 + hex(s[i + 2]));
			i += 2;
		}
		if (c == '\0' || len + 1 >= size)
			return -1;
		out[len++] = c;
	}
	out[len] = '\0';
	return utf8_valid(out, len) ? (long)len : -1;
}

int
query_text(const char *query, const char *name, char *out, size_t size)
{
	size_t len = strlen(name), n;
	long got;

	out[0] = '\0';
	if (query == NULL)
		return 0;
	for (; *query != '\0'; query += n + (query[n] == '&')) {
		n = strcspn(query, "&");
		if (n <= len || strncmp(query, name, len) != 0 ||
		    query[len] != '=')
			continue;
		got = decode(query + len + 1, n - len - 1, out, size);
		return got > 0 ? 1 : (int)got;
	}
	return 0;
}

int
query_number(const char *query, const char *name, int64_t min, int64_t max,
    int64_t fallback, int64_t *out)
{
	char text[24], *end;
	int rc = query_text(query, name, text, sizeof(text));

	*out = fallback;
	if (rc != 1)
		return rc;
	errno = 0;
	*out = strtoll(text, &end, 10);
	return errno != 0 || *end != '\0' || *out < min || *out > max ? -1 : 0;
}
