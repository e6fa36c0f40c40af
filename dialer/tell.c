/*
 * Rows of the database as JSON: one place that knows how a column is told.
 */
#include <json-c/json.h>
#include <string.h>

#include "compose.h"
#include "db.h"
#include "tell.h"

static struct json_object *
value(struct stmt *st, int i, char kind)
{
	const char *s = db_col_text(st, i);
	struct json_object *js = NULL;

	if (s == NULL)
		return NULL;
	if (kind == '#')
		return compose_number(db_col_real(st, i), s);
	if (kind == '?')
		return json_object_new_boolean(db_col_int(st, i) != 0);
	if (kind == '{' && (js = json_tokener_parse(s)) != NULL)
		return js;
	return compose_text(s, strlen(s));
}

struct json_object *
tell_row(struct stmt *st, const char *const *names)
{
	struct json_object *js = compose_object();
	int i;

	for (i = 0; names[i] != NULL; i++)
		compose_put(js, names[i] + (strchr("#?{", names[i][0]) !=
		    NULL), value(st, i, names[i][0]));
	return js;
}

struct json_object *
tell_array(struct stmt *st, const char *const *names)
{
	struct json_object *rows = compose_array();

	while (db_step(st) == DB_ROW)
		compose_append(rows, tell_row(st, names));
	db_reset(st);
	return rows;
}
