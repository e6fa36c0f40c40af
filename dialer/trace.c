/*
 * Whoever asks to be forgotten is to be found in what others have written too:
 * "+91 99999-00001", "099999 00001" and "9999900001" are one number.
 */
#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "table.h"
#include "trace.h"

#define LEAST	7	/* digits: fewer stand in any text by chance */
#define APART	3	/* signs between two digits */

/* E.164: zones 1 and 7 have codes of one digit; these are of two, the others
 * of three. */
static size_t
country_length(const char *digits)
{
	static const char two[] = "20 27 30 31 32 33 34 36 39 40 41 43 44 45 "
	    "46 47 48 49 51 52 53 54 55 56 57 58 60 61 62 63 64 65 66 81 82 84 "
	    "86 90 91 92 93 94 95 98";
	size_t i;

	if (*digits == '1' || *digits == '7')
		return 1;
	for (i = 0; i < sizeof(two); i += 3)
		if (strncmp(digits, two + i, 2) == 0)
			return 2;
	return 3;
}

void
trace_of(struct trace *t, const char *phone)
{
	const char *digits = phone + (*phone == '+');
	size_t skip = country_length(digits);

	if (strlen(digits) < skip + LEAST)
		skip = 0;
	snprintf(t->digits, sizeof(t->digits), "%s", digits + skip);
	t->n = strlen(t->digits);
}

/* The character at s, of which at most n bytes are there; what JSON writes as
 * \uXXXX is that character. */
static uint32_t
character(const char *s, size_t n, size_t *len)
{
	char part[8] = "";

	if (n >= 6 && s[0] == '\\' && s[1] == 'u') {
		memcpy(part, s + 2, 4);
		if (part[strspn(part, "0123456789abcdefABCDEF")] == '\0') {
			*len = 6;
			return (uint32_t)strtoul(part, NULL, 16);
		}
	}
	memcpy(part, s, n < 4 ? n : 4);
	if (*s == '\0') {
		*len = 1;
		return 0;
	}
	return table_rune(part, len);
}

/* '0' to '9', or 0 for any other character. */
static char
digit(uint32_t r)
{
	if (r >= 0xff10 && r <= 0xff19)		/* full width */
		r -= 0xff10 - '0';
	return r >= '0' && r <= '9' ? (char)r : 0;
}

/* NUL: half of a character of UTF-16. */
static int
is_between(uint32_t r)
{
	return r == 0 || (r < 0x7f && strchr("-.()/+", (int)r) != NULL) ||
	    (r >= 0x2010 && r <= 0x2015) || r == 0x2212 ||
	    (r != '\n' && r != '\r' && (table_is_blank(r) ||
	    table_is_mark(r)));
}

/* How many bytes at s are the number, 0 when they are not. */
static size_t
match(const struct trace *t, const char *s, size_t n)
{
	size_t i = 0, at = 0, len, apart = 0;
	uint32_t r;

	while (at < n) {
		r = character(s + at, n - at, &len);
		if (digit(r) == t->digits[i]) {
			apart = 0;
			i++;
		} else if (digit(r) != 0 || i == 0 || !is_between(r) ||
		    ++apart > APART) {
			return 0;
		}
		at += len;
		if (i == t->n)
			return at;
	}
	return 0;
}

const char *
trace_find(const struct trace *t, const char *s, size_t n, size_t *len)
{
	const char *p;

	for (p = s; p < s + n; p++)
		if ((*p == t->digits[0] || *p == '\\' ||
		    (unsigned char)*p == 0xef) &&
		    (*len = match(t, p, n - (size_t)(p - s))) > 0)
			return p;
	return NULL;
}

/* Is the end of these n bytes inside a string of JSON?  A text that is none
 * may be taken for either; both leave it without the number. */
static int
in_string(const char *s, size_t n)
{
	int in = 0;
	size_t i;

	for (i = 0; i < n; i++)
		if (in && s[i] == '\\')
			i++;
		else if (s[i] == '"')
			in = !in;
	return in;
}

static int
is_json(const char *s, size_t n)
{
	return n > 0 && (*s == '{' || *s == '[');
}

/* One place: stars, but zeros where a number of JSON stands, which must not
 * begin with one. */
static void
hide(char *p, size_t len, int bare, int first)
{
	size_t i, width;

	for (i = 0; i < len; i += width) {
		if (digit(character(p + i, len - i, &width)) == 0)
			continue;
		memset(p + i, bare ? '0' : '*', width);
		if (bare && first)
			p[i] = '1';
		first = 0;
	}
}

size_t
trace_mask(const struct trace *t, char *s, size_t n)
{
	size_t at = 0, len, times = 0;
	const char *found;
	int bare;

	while ((found = trace_find(t, s + at, n - at, &len)) != NULL) {
		at = (size_t)(found - s);
		bare = is_json(s, n) && !in_string(s, at);
		hide(s + at, len, bare, at == 0 ||
		    !isdigit((unsigned char)s[at - 1]));
		at += len;
		times++;
	}
	return times;
}
