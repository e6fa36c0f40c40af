/*
 * What a verb answers, to people or to programs.
 */
#include <json-c/json.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "reply.h"
#include "compose.h"
#include "log.h"

void
reply_say(const struct reply *a, const char *fmt, ...)
{
	va_list ap;

	if (a->json)
		return;
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
}

static struct json_object *
object(struct reply *a)
{
	if (a->json && a->js == NULL)
		a->js = compose_object();
	return a->js;
}

void
reply_text(struct reply *a, const char *name, const char *s)
{
	if (object(a) != NULL)
		compose_put(a->js, name, s == NULL ? NULL :
		    compose_text(s, strlen(s)));
}

void
reply_int(struct reply *a, const char *name, int64_t i)
{
	if (object(a) != NULL)
		compose_put_int(a->js, name, i);
}

void
reply_bool(struct reply *a, const char *name, int yes)
{
	if (object(a) != NULL)
		compose_put(a->js, name, yes ? compose_true() :
		    compose_false());
}

void
reply_put(struct reply *a, const char *name, struct json_object *value)
{
	if (object(a) != NULL)
		compose_put(a->js, name, value);
	else
		json_object_put(value);
}

void
reply_list(struct reply *a, const char *name)
{
	struct json_object *list;

	if (object(a) != NULL &&
	    !json_object_object_get_ex(a->js, name, &list))
		compose_put(a->js, name, compose_array());
}

struct reply
reply_item(struct reply *a, const char *name)
{
	struct reply item = { .json = a->json };
	struct json_object *list;

	reply_list(a, name);
	if (a->js != NULL && json_object_object_get_ex(a->js, name, &list)) {
		item.js = compose_object();
		compose_append(list, item.js);
	}
	return item;
}

struct json_object *
reply_array(struct reply *a)
{
	if (a->json && a->js == NULL)
		a->js = compose_array();
	return a->js;
}

int
reply_end(struct reply *a, int status)
{
	if (a->js != NULL)
		puts(compose_line(a->js));
	json_object_put(a->js);
	a->js = NULL;
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	log_warnx("standard output could not be written");
	return EX_IOERR;
}
