/*
 * Does a reply fit its schema?  A server may ignore the schema that it was
 * sent, and a model may be talked into anything: what is not in the schema
 * goes no further.  Of JSON Schema this knows what our own schemas use.
 */
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "body.h"
#include "compose.h"
#include "log.h"
#include "openai.h"

#define MAX_TEXT	2000		/* bytes of one text */
#define MAX_LIST	10		/* elements of one list */
#define MAX_SCORE	100		/* all our numbers are scores */

static int fit(struct json_object **, struct json_object *, const char *name,
    char *why, size_t whysz);

static int
refuse(char *why, size_t whysz, const char *name, const char *what)
{
	snprintf(why, whysz, "%s %s", name, what);
	return -1;
}

static int
is_word(struct json_object *list, const char *s)
{
	size_t i;

	for (i = 0; i < json_object_array_length(list); i++)
		if (strcmp(json_object_get_string(json_object_array_get_idx(
		    list, i)), s) == 0)
			return 1;
	return 0;
}

/* One line, of bounded length, of whole characters. */
static struct json_object *
tidy(const char *s, size_t n)
{
	struct json_object *v;
	char buf[MAX_TEXT + 1];
	size_t i;

	if (n > MAX_TEXT)
		for (n = MAX_TEXT; n > 0 && ((unsigned char)s[n] & 0xc0) ==
		    0x80; n--)
			;
	for (i = 0; i < n; i++)
		buf[i] = (unsigned char)s[i] < ' ' || s[i] == 0x7f ? ' ' :
		    s[i];
	v = compose_text(buf, n);
	return v;
}

static int
fit_text(struct json_object **v, struct json_object *schema, const char *name,
    char *why, size_t whysz)
{
	const char *s = json_object_get_string(*v);
	size_t n = (size_t)json_object_get_string_len(*v);
	struct json_object *words = body_get(schema, "enum");

	if (strlen(s) != n || !utf8_valid(s, n))
		return refuse(why, whysz, name, "is no text");
	if (words != NULL)
		return is_word(words, s) ? 0 : refuse(why, whysz, name,
		    "is none of the words it may be");
	*v = tidy(s, n);
	return 0;
}

static int
fit_list(struct json_object *list, struct json_object *schema,
    const char *name, char *why, size_t whysz)
{
	struct json_object *items = body_get(schema, "items"), *v;
	size_t i, n = json_object_array_length(list);

	if (n > MAX_LIST)
		json_object_array_del_idx(list, MAX_LIST, n - MAX_LIST);
	for (i = 0; i < json_object_array_length(list); i++) {
		v = json_object_array_get_idx(list, i);
		if (fit(&v, items, name, why, whysz) == -1)
			return -1;
		if (v != json_object_array_get_idx(list, i) &&
		    json_object_array_put_idx(list, i, v) != 0)
			fatalx(EX_OSERR, "out of memory for an answer");
	}
	return 0;
}

/* Every member of the schema is there, and no other. */
static int
fit_object(struct json_object *o, struct json_object *schema,
    const char *name, char *why, size_t whysz)
{
	struct json_object *members = body_get(schema, "properties"), *v;

	json_object_object_foreach(o, given, ignored) {
		(void)ignored;
		if (!json_object_object_get_ex(members, given, NULL))
			return refuse(why, whysz, name, "has a member that "
			    "the schema has not");
	}
	json_object_object_foreach(members, member, inner) {
		if (!json_object_object_get_ex(o, member, &v))
			return refuse(why, whysz, member, "is missing");
		if (fit(&v, inner, member, why, whysz) == -1)
			return -1;
		if (v != body_get(o, member))
			compose_put(o, member, v);
	}
	return 0;
}

/* "type": "string", or ["string", "null"]. */
static int
may_be(struct json_object *schema, const char *type)
{
	struct json_object *t = body_get(schema, "type");

	return json_object_is_type(t, json_type_array) ? is_word(t, type) :
	    strcmp(json_object_get_string(t), type) == 0;
}

static int
fit(struct json_object **v, struct json_object *schema, const char *name,
    char *why, size_t whysz)
{
	int64_t n;

	switch (json_object_get_type(*v)) {
	case json_type_null:
		if (may_be(schema, "null"))
			return 0;
		break;
	case json_type_string:
		if (may_be(schema, "string"))
			return fit_text(v, schema, name, why, whysz);
		break;
	case json_type_int:
		n = json_object_get_int64(*v);
		if (may_be(schema, "integer"))
			return n >= 0 && n <= MAX_SCORE ? 0 : refuse(why,
			    whysz, name, "is not from 0 to 100");
		break;
	case json_type_array:
		if (may_be(schema, "array"))
			return fit_list(*v, schema, name, why, whysz);
		break;
	case json_type_object:
		if (may_be(schema, "object"))
			return fit_object(*v, schema, name, why, whysz);
		break;
	default:
		break;
	}
	return refuse(why, whysz, name, "is of the wrong type");
}

int
openai_fit(struct json_object *value, struct json_object *schema, char *why,
    size_t whysz)
{
	return fit(&value, schema, "the answer", why, whysz);
}
