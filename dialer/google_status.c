/*
 * The status tab: what a person who sees nothing but the spreadsheet asks is
 * answered in a tab "callsheet", if they have made one.  It is found in what
 * Google tells of the tabs anyway, so a spreadsheet without one costs nothing.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sysexits.h>

#include <json-c/json.h>

#include "body.h"
#include "compose.h"
#include "google_int.h"
#include "log.h"

/* Calls and results do not wait for it. */
#define STATUS_TIMEOUT_MS	5000
/* Of whatever people have put into the first columns. */
#define STATUS_MAX_BYTES	((size_t)16 << 20)
#define STATUS_MAX_MARKS	100000

static size_t
grid_size(struct json_object *tab, const char *name)
{
	double	d;

	/* Without a word of it there is room. */
	return body_number(tab, name, &d) == 0 && d >= 0 &&
	    d < GOOGLE_MAX_ROWS ? (size_t)d : GOOGLE_MAX_ROWS;
}

void
google_status_note(struct google_sheet *gs, struct json_object *tab)
{
	const char	*title = body_text(tab, "properties.title");
	const char	*type = body_text(tab, "properties.sheetType");
	double		 gid;

	if (gs->status || title == NULL ||
	    strcasecmp(title, GOOGLE_STATUS) != 0 ||
	    (type != NULL && strcmp(type, "GRID") != 0))
		return;
	if (body_number(tab, "properties.sheetId", &gid) == -1)
		gid = 0;
	gs->status = 1;
	gs->status_gid = (long)gid;
	gs->status_rows = grid_size(tab, "properties.gridProperties.rowCount");
	gs->status_cols = grid_size(tab,
	    "properties.gridProperties.columnCount");
}

int
google_status_find(const struct sheet *s, struct google_status *st)
{
	const struct google_sheet	*gs = (const struct google_sheet *)s;

	st->book = gs->id;
	st->own = gs->gid;
	st->gid = gs->status_gid;
	return gs->asked ? gs->status : -1;
}

/* {"gridRange": our columns of the first rows} */
static struct json_object *
make_filter(const struct google_sheet *gs, size_t rows)
{
	struct json_object	*o, *grid;

	o = compose_object();
	grid = compose_object();
	compose_put_int(grid, "sheetId", gs->status_gid);
	compose_put_int(grid, "startRowIndex", 0);
	compose_put_int(grid, "endRowIndex", (int64_t)rows);
	compose_put_int(grid, "startColumnIndex", 0);
	compose_put_int(grid, "endColumnIndex", GOOGLE_STATUS_COLS);
	compose_put(o, "gridRange", grid);
	return o;
}

/* One POST to values:METHOD; what comes back is whole JSON or NULL. */
static enum verdict
exchange(struct google_sheet *gs, const char *method, int write,
    struct json_object *o, struct json_object **answer)
{
	struct sheet		*s = &gs->sheet;
	struct google_call	 call;
	const char		*why = NULL;
	enum verdict		 v;

	*answer = NULL;
	memset(&call, 0, sizeof(call));
	if (asprintf(&call.path, "/v4/spreadsheets/%s/values:%s", gs->id,
	    method) == -1)
		fatal(EX_OSERR, NULL);
	call.method = "POST";
	call.body = compose_line(o);
	call.write = write;
	call.timeout_ms = STATUS_TIMEOUT_MS;
	gs->google->deadline = 0;		/* no patience */
	v = google_call(gs->google, &call, s->why, sizeof(s->why));
	if (call.fault == GOOGLE_NO_TAB) {
		gs->status = 0;
		v = VERDICT_TEMPFAIL;
	}
	if (v == VERDICT_OK) {
		*answer = body_parse(call.r.reply != NULL ? call.r.reply : "",
		    call.r.replysz, STATUS_MAX_BYTES, STATUS_MAX_MARKS, &why);
		if (*answer == NULL) {
			snprintf(s->why, sizeof(s->why), "Google's answer "
			    "cannot be read: %s", why != NULL ? why :
			    "no JSON");
			v = write ? VERDICT_UNKNOWN : VERDICT_TEMPFAIL;
		}
	}
	google_call_clear(&call);
	return v;
}

static int
is_empty(struct json_object *cell)
{
	enum table_kind	 kind;
	const char	*text;
	char		 buf[32];

	text = google_text(cell, &kind, buf);
	return text == NULL || *text == '\0';
}

/* Our heading in A1 makes the columns ours; without it they must be empty. */
static int
is_ours(struct json_object *values)
{
	struct json_object	*row;
	const char		*first;
	size_t			 i, j;

	if (!json_object_is_type(values, json_type_array))
		return 1;
	for (i = 0; i < json_object_array_length(values); i++) {
		row = json_object_array_get_idx(values, i);
		if (!json_object_is_type(row, json_type_array))
			continue;
		for (j = 0; j < json_object_array_length(row); j++) {
			if (is_empty(json_object_array_get_idx(row, j)))
				continue;
			first = json_object_get_string(
			    json_object_array_get_idx(row, j));
			return i == 0 && j == 0 &&
			    strcasecmp(first, GOOGLE_STATUS) == 0;
		}
	}
	return 1;
}

/* Look before writing: are the cells ours? */
static enum verdict
look(struct google_sheet *gs, size_t rows)
{
	struct json_object	*o, *filters, *answer, *ranges, *first;
	enum verdict		 v;

	o = compose_object();
	filters = compose_array();
	compose_append(filters, make_filter(gs, rows));
	compose_put(o, "dataFilters", filters);
	compose_put_text(o, "majorDimension", "ROWS");
	compose_put_text(o, "valueRenderOption", "UNFORMATTED_VALUE");
	v = exchange(gs, "batchGetByDataFilter", 0, o, &answer);
	json_object_put(o);
	if (v != VERDICT_OK)
		return v;
	ranges = body_get(answer, "valueRanges");
	first = json_object_is_type(ranges, json_type_array) ?
	    json_object_array_get_idx(ranges, 0) : NULL;
	if (first == NULL) {
		snprintf(gs->sheet.why, sizeof(gs->sheet.why),
		    "the tab \"%s\" is no longer there", GOOGLE_STATUS);
		v = VERDICT_TEMPFAIL;
	} else if (!is_ours(body_get(first, "valueRange.values"))) {
		snprintf(gs->sheet.why, sizeof(gs->sheet.why), "the tab "
		    "\"%s\" holds somebody else's cells; give it another name, "
		    "or empty its columns A to C", GOOGLE_STATUS);
		v = VERDICT_PERMFAIL;
	}
	json_object_put(answer);
	return v;
}

static struct json_object *
make_row(const struct table *t, size_t row)
{
	struct json_object	*o = compose_array();
	size_t			 col;
	char			*text;

	for (col = 0; col < GOOGLE_STATUS_COLS; col++) {
		if ((text = google_clean(table_get(t, row, col))) == NULL)
			fatal(EX_OSERR, NULL);
		compose_append(o, compose_text(text, strlen(text)));
		free(text);
	}
	return o;
}

static enum verdict
put(struct google_sheet *gs, const struct table *t, size_t rows)
{
	struct json_object	*o, *data, *entry, *values, *answer, *done;
	enum verdict		 v;
	size_t			 i;

	o = compose_object();
	data = compose_array();
	entry = compose_object();
	values = compose_array();
	compose_put_text(o, "valueInputOption", "RAW");
	compose_put(entry, "dataFilter", make_filter(gs, rows));
	compose_put_text(entry, "majorDimension", "ROWS");
	for (i = 0; i < rows; i++)
		compose_append(values, make_row(t, i));
	compose_put(entry, "values", values);
	compose_append(data, entry);
	compose_put(o, "data", data);
	v = exchange(gs, "batchUpdateByDataFilter", 1, o, &answer);
	json_object_put(o);
	if (v != VERDICT_OK)
		return v;
	done = body_get(answer, "responses");
	if (!json_object_is_type(done, json_type_array) ||
	    json_object_array_length(done) != 1) {
		snprintf(gs->sheet.why, sizeof(gs->sheet.why),
		    "the tab \"%s\" is no longer there", GOOGLE_STATUS);
		v = VERDICT_TEMPFAIL;
	}
	json_object_put(answer);
	return v;
}

enum verdict
google_status_put(struct sheet *s, const struct table *t, size_t before)
{
	struct google_sheet	*gs = (struct google_sheet *)s;
	size_t			 rows = t->nrows;
	enum verdict		 v;

	if (rows > gs->status_rows || gs->status_cols < GOOGLE_STATUS_COLS) {
		snprintf(s->why, sizeof(s->why), "the tab \"%s\" is too "
		    "small: it needs %zu rows and %d columns", GOOGLE_STATUS,
		    rows, GOOGLE_STATUS_COLS);
		return VERDICT_PERMFAIL;
	}
	if (before > rows)
		rows = before < gs->status_rows ? before : gs->status_rows;
	if ((v = look(gs, rows)) == VERDICT_OK)
		v = put(gs, t, rows);
	return v;
}
