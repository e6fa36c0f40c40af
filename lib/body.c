/*
 * json-c trusts whoever wrote the text: it allocates hundreds of bytes for
 * one, clamps what does not fit and takes UTF-8 that is none.  What a peer
 * sent is therefore measured here first and read with types checked after.
 */
#include <json-c/json.h>

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "body.h"

#define STEP_MAX	64		/* longest member name in a path */
#define EXACT_MAX	9007199254740992.0	/* 2^53 */

const char body_no_memory[] = "out of memory";

/* Length of the UTF-8 sequence at s, 0 when it is none. */
static size_t
utf8_sequence(const unsigned char *s, size_t n)
{
	unsigned char low = 0x80, high = 0xbf;
	size_t i, len;

	if (s[0] < 0x80)
		return 1;
	if (s[0] >= 0xc2 && s[0] <= 0xdf)
		len = 2;
	else if (s[0] >= 0xe0 && s[0] <= 0xef)
		len = 3;
	else if (s[0] >= 0xf0 && s[0] <= 0xf4)
		len = 4;
	else
		return 0;
	if (len > n)
		return 0;
	/* the second byte tells overlong forms, surrogates and too high */
	if (s[0] == 0xe0)
		low = 0xa0;
	else if (s[0] == 0xed)
		high = 0x9f;
	else if (s[0] == 0xf0)
		low = 0x90;
	else if (s[0] == 0xf4)
		high = 0x8f;
	if (s[1] < low || s[1] > high)
		return 0;
	for (i = 2; i < len; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	return len;
}

int
utf8_valid(const char *text, size_t n)
{
	const unsigned char *s = (const unsigned char *)text;
	uint64_t eight;
	size_t len;

	while (n > 0) {
		if (n >= sizeof(eight)) {
			memcpy(&eight, s, sizeof(eight));
			if ((eight & UINT64_C(0x8080808080808080)) == 0) {
				s += sizeof(eight);
				n -= sizeof(eight);
				continue;
			}
		}
		if ((len = utf8_sequence(s, n)) == 0)
			return 0;
		s += len;
		n -= len;
	}
	return 1;
}

void
utf8_whole(char *s)
{
	size_t left = strlen(s), n;
	char *to = s;

	for (; left > 0; s += n, left -= n) {
		if ((n = utf8_sequence((unsigned char *)s, left)) > 0) {
			memmove(to, s, n);
			to += n;
		} else
			n = 1;
	}
	*to = '\0';
}

static int
blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Index just behind the string that begins at s[i], n when it has no end. */
static size_t
string_end(const char *s, size_t i, size_t n)
{
	for (i++; i < n; i++) {
		if (s[i] == '\\')
			i++;
		else if (s[i] == '"')
			return i + 1;
	}
	return n;
}

/*
 * Count what costs memory.  Returns NULL or the reason to refuse.  Two things
 * that json-c lets pass even when strict are refused here: names in single
 * quotes, which would hide the rest of the text from this count, and "1.",
 * which would be handed on as JSON that others cannot read.
 */
static const char *
scan(const char *s, size_t n, size_t max_marks)
{
	size_t depth = 0, i = 0, marks = 0;

	while (i < n && blank(s[i]))
		i++;
	if (i == n)
		return "empty";
	if (s[i] != '{' && s[i] != '[')
		return "neither object nor array";
	while (i < n) {
		switch (s[i]) {
		case '"':
			i = string_end(s, i, n);
			continue;
		case '{':
		case '[':
			if (++depth > BODY_MAX_DEPTH)
				return "nested too deep";
			/* FALLTHROUGH */
		case ',':
		case ':':
			if (++marks > max_marks)
				return "too many members";
			break;
		case '}':
		case ']':
			if (depth > 0)
				depth--;
			break;
		case '\'':
			return "not JSON";
		case '.':
			if (i + 1 == n || !isdigit((unsigned char)s[i + 1]))
				return "not JSON";
			break;
		}
		i++;
	}
	return NULL;
}

static int
not_finite(struct json_object *v)
{
	return json_object_is_type(v, json_type_double) &&
	    !isfinite(json_object_get_double(v));
}

/* Put null where NaN, Infinity or 1e999 stand: JSON has no such numbers, and
 * one of them would make all of an extraction unreadable to SQLite. */
static void
null_not_finite(struct json_object *v)
{
	size_t i, n;

	if (json_object_is_type(v, json_type_object)) {
		json_object_object_foreach(v, key, member) {
			if (not_finite(member))
				json_object_object_add(v, key, NULL);
			else
				null_not_finite(member);
		}
	} else if (json_object_is_type(v, json_type_array)) {
		n = json_object_array_length(v);
		for (i = 0; i < n; i++) {
			struct json_object *e = json_object_array_get_idx(v, i);

			if (not_finite(e))
				json_object_array_put_idx(v, i, NULL);
			else
				null_not_finite(e);
		}
	}
}

/* The end of the piece that begins at s[i]: behind a name's colon or behind a
 * number, whichever comes first. */
static size_t
piece_end(const char *s, size_t i, size_t n)
{
	while (i < n) {
		if (s[i] == '"') {
			i = string_end(s, i, n);
			continue;
		}
		i++;
		if (s[i - 1] == ':' || (isdigit((unsigned char)s[i - 1]) &&
		    i < n && !isdigit((unsigned char)s[i]) &&
		    strchr(".eE", s[i]) == NULL))
			return i;
	}
	return n;
}

/*
 * When memory runs out, json-c 0.16 cuts strings short, leaves members out or
 * stops half-way, all without a word: only errno tells, until the next number
 * is converted, which clears it.  So the text is handed over in pieces that
 * end with the digits of a number, or with a name, before that is used.
 * Returns an errno, else 0 with *root set or NULL.
 */
static int
parse_pieces(struct json_tokener *tok, const char *s, size_t n,
    struct json_object **root)
{
	size_t i, next;

	for (i = 0; ; i = next) {
		next = piece_end(s, i, n);
		errno = 0;
		*root = json_tokener_parse_ex(tok, s + i, (int)(next - i));
		if (errno == ENOMEM)
			return ENOMEM;
		if (next == n || json_tokener_get_error(tok) !=
		    json_tokener_continue)
			return 0;
	}
}

static struct json_object *
parse(const char *s, size_t n, const char **why)
{
	struct json_object *root = NULL;
	struct json_tokener *tok;
	enum json_tokener_error error;

	if ((tok = json_tokener_new_ex(BODY_MAX_DEPTH + 1)) == NULL) {
		*why = body_no_memory;
		return NULL;
	}
	/* Among other things: nothing but blanks behind the value. */
	json_tokener_set_flags(tok, JSON_TOKENER_STRICT);
	if (parse_pieces(tok, s, n, &root) == ENOMEM) {
		json_tokener_free(tok);
		json_object_put(root);
		*why = body_no_memory;
		return NULL;
	}
	error = json_tokener_get_error(tok);
	json_tokener_free(tok);

	if (root == NULL)
		*why = error == json_tokener_continue ? "not complete" :
		    "not JSON";
	return root;
}

/* Of a name that is there twice the last one counts, as with most readers:
 * nothing is decided for good by a body that nobody has confirmed. */
struct json_object *
body_parse(const char *s, size_t n, size_t max_bytes, size_t max_marks,
    const char **why)
{
	struct json_object *root;
	const char *fault = NULL;

	if (n > max_bytes || n > INT_MAX)
		fault = "too large";
	else if (n == 0)
		fault = "empty";
	else if (!utf8_valid(s, n))
		fault = "not UTF-8";
	else if (memchr(s, '\0', n) != NULL)
		fault = "a NUL byte inside";
	else if (n >= 3 && memcmp(s, "\xef\xbb\xbf", 3) == 0)
		fault = "begins with a byte order mark";
	else
		fault = scan(s, n, max_marks);
	if (fault != NULL) {
		*why = fault;
		return NULL;
	}
	if ((root = parse(s, n, why)) != NULL)
		null_not_finite(root);
	return root;
}

struct json_object *
body_get(struct json_object *v, const char *path)
{
	char step[STEP_MAX];
	size_t len;

	for (;;) {
		len = strcspn(path, ".");
		if (len >= sizeof(step) ||
		    !json_object_is_type(v, json_type_object))
			return NULL;
		memcpy(step, path, len);
		step[len] = '\0';
		if (!json_object_object_get_ex(v, step, &v) ||
		    path[len] == '\0')
			return v;
		path += len + 1;
	}
}

const char *
body_text(struct json_object *v, const char *path)
{
	const char *s;

	v = body_get(v, path);
	if (!json_object_is_type(v, json_type_string))
		return NULL;
	s = json_object_get_string(v);
	if (s == NULL || strlen(s) != (size_t)json_object_get_string_len(v))
		return NULL;
	return s;
}

/* The value of s when all of it is a decimal number; strtod alone would also
 * take "0x1p3", "nan" and blanks. */
static int
text_number(const char *s, double *out)
{
	char *end;

	if (*s == '\0' || s[strspn(s, "0123456789+-.eE")] != '\0')
		return -1;
	*out = strtod(s, &end);
	return *end == '\0' ? 0 : -1;
}

/* The decimal text of an integer, unless json-c has clamped it: then it holds
 * one of the two ends and what was sent is lost. */
static int
integer_text(struct json_object *v, char *out, size_t size)
{
	uint64_t u;
	int64_t i;
	int n;

	if ((i = json_object_get_int64(v)) == INT64_MIN)
		return -1;
	if (i == INT64_MAX) {
		if ((u = json_object_get_uint64(v)) == UINT64_MAX)
			return -1;
		n = snprintf(out, size, "%llu", (unsigned long long)u);
	} else
		n = snprintf(out, size, "%lld", (long long)i);
	return n > 0 && (size_t)n < size ? 0 : -1;
}

int
body_number(struct json_object *v, const char *path, double *out)
{
	char buf[32];
	const char *s;
	double d;

	if ((v = body_get(v, path)) == NULL)
		return -1;
	switch (json_object_get_type(v)) {
	case json_type_double:
		d = json_object_get_double(v);
		break;
	case json_type_int:
		if (integer_text(v, buf, sizeof(buf)) == -1 ||
		    text_number(buf, &d) == -1)
			return -1;
		break;
	case json_type_string:
		s = json_object_get_string(v);
		if (strlen(s) != (size_t)json_object_get_string_len(v) ||
		    text_number(s, &d) == -1)
			return -1;
		break;
	default:
		return -1;
	}
	if (!isfinite(d))
		return -1;
	*out = d;
	return 0;
}

/* True when s holds a control character, C1 ones (U+0080-U+009F) included. */
static int
has_control(const char *s)
{
	const unsigned char *p;

	for (p = (const unsigned char *)s; *p != '\0'; p++)
		if (*p < 0x20 || *p == 0x7f || (*p == 0xc2 && p[1] < 0xa0))
			return 1;
	return 0;
}

int
body_word(struct json_object *v, const char *path, char *out, size_t size)
{
	char buf[32];
	const char *s = buf;
	double d;

	if ((v = body_get(v, path)) == NULL)
		return -1;
	switch (json_object_get_type(v)) {
	case json_type_string:
		s = json_object_get_string(v);
		if (strlen(s) != (size_t)json_object_get_string_len(v))
			return -1;
		break;
	case json_type_int:
		if (integer_text(v, buf, sizeof(buf)) == -1)
			return -1;
		break;
	case json_type_double:
		d = json_object_get_double(v);
		if (!(fabs(d) <= EXACT_MAX) || d != (double)(int64_t)d)
			return -1;
		/* adding 0 makes "-0.0" a plain zero */
		snprintf(buf, sizeof(buf), "%.0f", d + 0.0);
		break;
	default:
		return -1;
	}
	if (*s == '\0' || strlen(s) >= size || has_control(s))
		return -1;
	memcpy(out, s, strlen(s) + 1);
	return 0;
}
