/*
 * Cells on their way in and out, and where they are: the small conversions
 * that reading and writing must do alike.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "body.h"
#include "google_int.h"

int
google_a1(const char *range, size_t *row, size_t *col)
{
	const char	*p;
	size_t		 c = 0, r = 0;
	int		 n;

	/* A title may hold "!", what follows it may not. */
	p = strrchr(range, '!');
	p = p != NULL ? p + 1 : range;
	for (n = 0; *p >= 'A' && *p <= 'Z' && n < 4; n++)
		c = c * 26 + (size_t)(*p++ - 'A' + 1);
	if (n == 0)
		return -1;
	for (n = 0; *p >= '0' && *p <= '9' && n < 9; n++)
		r = r * 10 + (size_t)(*p++ - '0');
	if ((*p != ':' && *p != '\0') || (n > 0 && r == 0))
		return -1;
	*col = c - 1;
	*row = r > 0 ? r - 1 : 0;
	return 0;
}

const char *
google_text(struct json_object *v, enum table_kind *kind, char buf[32])
{
	double	d;

	*kind = TABLE_TEXT;
	switch (json_object_get_type(v)) {
	case json_type_string:
		return json_object_get_string(v);
	case json_type_boolean:
		return json_object_get_boolean(v) ? "TRUE" : "FALSE";
	case json_type_int:
	case json_type_double:
		d = json_object_get_double(v);
		if (!isfinite(d))
			return NULL;
		*kind = TABLE_NUMBER;
		snprintf(buf, 32, "%.15g", d);
		return buf;
	default:
		return NULL;
	}
}

/* Bytes of the sequence that this byte begins, if it is a good one. */
static size_t
sequence(unsigned char c)
{
	if (c < 0x80)
		return 1;
	if (c < 0xe0)
		return 2;
	return c < 0xf0 ? 3 : 4;
}

char *
google_clean(const char *s)
{
	size_t	 left = strlen(s), n;
	char	*out, *p;

	if ((out = malloc(left * 3 + 1)) == NULL)
		return NULL;
	for (p = out; left > 0; s += n, left -= n) {
		n = sequence((unsigned char)*s);
		if (n > left || !utf8_valid(s, n)) {
			memcpy(p, "\xef\xbf\xbd", 3);
			p += 3;
			n = 1;
		} else if ((unsigned char)*s >= ' ' || *s == '\t' ||
		    *s == '\n') {
			memcpy(p, s, n);
			p += n;
		}
	}
	*p = '\0';
	return out;
}
