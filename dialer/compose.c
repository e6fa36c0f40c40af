/*
 * json-c 0.16 answers for want of memory with NULL, which it takes for null
 * when it is given back, with members left out, or with half a text.  Here
 * that is looked at once for all who send JSON.
 */
#include <errno.h>
#include <json-c/json.h>
#include <string.h>
#include <sysexits.h>

#include "compose.h"
#include "log.h"

static struct json_object *
made(struct json_object *v)
{
	if (v == NULL)
		fatalx(EX_OSERR, "out of memory for JSON");
	return v;
}

struct json_object *
compose_object(void)
{
	return made(json_object_new_object());
}

struct json_object *
compose_array(void)
{
	return made(json_object_new_array());
}

struct json_object *
compose_true(void)
{
	return made(json_object_new_boolean(1));
}

struct json_object *
compose_false(void)
{
	return made(json_object_new_boolean(0));
}

struct json_object *
compose_text(const char *s, size_t n)
{
	return made(json_object_new_string_len(s, (int)n));
}

struct json_object *
compose_number(double d, const char *s)
{
	return made(json_object_new_double_s(d, s));
}

void
compose_put(struct json_object *o, const char *name,
    struct json_object *value)
{
	if (json_object_object_add(o, name, value) != 0)
		made(NULL);
}

void
compose_append(struct json_object *o, struct json_object *value)
{
	if (json_object_array_add(o, value) != 0)
		made(NULL);
}

void
compose_put_text(struct json_object *o, const char *name, const char *s)
{
	compose_put(o, name, compose_text(s, strlen(s)));
}

void
compose_put_int(struct json_object *o, const char *name, int64_t i)
{
	compose_put(o, name, made(json_object_new_int64(i)));
}

const char *
compose_line(struct json_object *o)
{
	const char *s;

	errno = 0;
	s = json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN |
	    JSON_C_TO_STRING_NOSLASHESCAPE);
	/* Half a text shows in nothing but errno. */
	if (s == NULL || errno == ENOMEM)
		made(NULL);
	return s;
}
