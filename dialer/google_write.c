/*
 * Writing rows: one data entry a row, null for every cell that is not ours,
 * and the row's phone read back with the answer.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include <json-c/json.h>

#include "body.h"
#include "compose.h"
#include "google_int.h"
#include "log.h"

#define WRITE_MAX_BYTES	2000000		/* Google advises 2 MB */
#define WRITE_MAX_ROWS	500
/* The rows come back, with a mark for each cell and some 40 besides. */
#define ECHO_MAX_BYTES	((size_t)16 << 20)
#define ECHO_MAX_MARKS	100000
#define ECHO_ROW_MARKS	50

/* What a 400 was about. */
#define ABOUT_ALL	-1		/* the request, or Google did not say */

struct item {
	struct sheet_write	*w;
	struct json_object	*entry;
	size_t			 size;		/* as text */
};

struct writing {
	struct google_sheet	*gs;
	const struct layout	*l;
	size_t			 first, last;	/* columns of an entry */
};

/* The columns from the first to the last of those that tell whose row it is
 * and of ours. */
static void
find_span(struct writing *wr)
{
	size_t	i;
	int	c;

	wr->first = wr->last = (size_t)wr->l->at[COL_PHONE];
	for (i = 0; i < wr->l->ncols; i++) {
		c = wr->l->known[i];
		if (c == -1 || (c != COL_NAME && c != COL_KEY &&
		    !column_is_ours((enum column)c)))
			continue;
		if (i < wr->first)
			wr->first = i;
		if (i > wr->last)
			wr->last = i;
	}
}

static struct json_object *
number_value(double d)
{
	char	buf[32];

	if (!isfinite(d))
		return NULL;
	if (d > -1e15 && d < 1e15 && d == (double)(int64_t)d)
		snprintf(buf, sizeof(buf), "%lld", (long long)d);
	else
		snprintf(buf, sizeof(buf), "%.15g", d);
	return compose_number(d, buf);
}

/* The value for column col.  NULL is JSON's null, which leaves the cell
 * alone. */
static struct json_object *
cell_value(const struct writing *wr, const struct sheet_write *w, size_t col)
{
	const struct sheet_cell	*cell;
	struct json_object	*v;
	char			*text;
	int			 c = wr->l->known[col];

	if (c == -1 || !column_is_ours((enum column)c))
		return NULL;
	cell = &w->cell[c];
	if (cell->kind == CELL_NUMBER)
		return number_value(cell->number);
	if (cell->kind != CELL_TEXT)
		return NULL;
	text = google_clean(cell->text != NULL ? cell->text : "");
	if (text == NULL)
		fatal(EX_OSERR, NULL);
	v = compose_text(text, strlen(text));
	free(text);
	return v;
}

/* {"dataFilter": {"gridRange": ...}, "values": [[null, "completed", ...]]} */
static struct json_object *
make_entry(const struct writing *wr, const struct sheet_write *w)
{
	struct json_object	*o, *filter, *grid, *rows, *row;
	size_t			 col;

	o = compose_object();
	filter = compose_object();
	grid = compose_object();
	rows = compose_array();
	row = compose_array();
	compose_put_int(grid, "sheetId", wr->gs->gid);
	compose_put_int(grid, "startRowIndex", (int64_t)w->row);
	compose_put_int(grid, "endRowIndex", (int64_t)w->row + 1);
	compose_put_int(grid, "startColumnIndex", (int64_t)wr->first);
	compose_put_int(grid, "endColumnIndex", (int64_t)wr->last + 1);
	compose_put(filter, "gridRange", grid);
	compose_put(o, "dataFilter", filter);
	compose_put_text(o, "majorDimension", "ROWS");
	for (col = wr->first; col <= wr->last; col++)
		compose_append(row, cell_value(wr, w, col));
	compose_append(rows, row);
	compose_put(o, "values", rows);
	return o;
}

/* Takes its own references to the entries. */
static struct json_object *
make_request(const struct item *it, size_t n)
{
	struct json_object	*o, *data;
	size_t			 i;

	o = compose_object();
	data = compose_array();
	compose_put_text(o, "valueInputOption", "RAW");
	compose_put(o, "includeValuesInResponse", compose_true());
	/* As they are read (google_read.c), or no row is its own. */
	compose_put_text(o, "responseValueRenderOption", "UNFORMATTED_VALUE");
	compose_put_text(o, "responseDateTimeRenderOption",
	    "FORMATTED_STRING");
	for (i = 0; i < n; i++)
		compose_append(data, json_object_get(it[i].entry));
	compose_put(o, "data", data);
	return o;
}

/* The text of column c in a row that came back, "" when it has none. */
static const char *
echo_cell(const struct writing *wr, struct json_object *row, enum column c,
    char buf[32])
{
	enum table_kind	 kind;
	const char	*text;
	int		 at = wr->l->at[c];

	if (at == -1 || json_object_array_length(row) <= (size_t)at -
	    wr->first)
		return "";
	text = google_text(json_object_array_get_idx(row, (size_t)at -
	    wr->first), &kind, buf);
	return text != NULL ? text : "";
}

/* Compare the row that stands there now with the one that was meant.  An
 * empty phone cell proves nothing: Google may leave out what was not
 * written. */
static int
landed(const struct writing *wr, const struct sheet_write *w,
    struct json_object *values)
{
	struct json_object	*row;
	const char		*phone, *name, *key;
	char			 buf[3][32];
	int			 same;

	if (w->phone == NULL || !json_object_is_type(values,
	    json_type_array) || json_object_array_length(values) != 1)
		return -1;
	row = json_object_array_get_idx(values, 0);
	if (!json_object_is_type(row, json_type_array))
		return -1;
	phone = echo_cell(wr, row, COL_PHONE, buf[0]);
	name = echo_cell(wr, row, COL_NAME, buf[1]);
	key = echo_cell(wr, row, COL_KEY, buf[2]);
	if (*phone == '\0')
		return -1;
	same = sheet_write_is(w, phone, name, key);
	if (!same && w->hit != NULL)
		sheet_hit_set(w->hit, phone, name, key);
	return same;
}

/* One element of responses[] belongs to the row its range names. */
static void
take_response(const struct writing *wr, struct item *it, size_t n, size_t i,
    struct json_object *response)
{
	const char	*range;
	size_t		 row, col;

	range = body_text(response, "updatedData.range");
	if (range == NULL)
		range = body_text(response, "updatedRange");
	if (range != NULL && google_a1(range, &row, &col) == 0 &&
	    it[i].w->row != row)
		for (i = 0; i < n && it[i].w->row != row; i++)
			;
	if (i < n)
		it[i].w->landed = landed(wr, it[i].w,
		    body_get(response, "updatedData.values"));
}

static enum verdict
take_answer(const struct writing *wr, struct item *it, size_t n,
    const struct http_request *r)
{
	struct sheet		*s = &wr->gs->sheet;
	struct json_object	*o, *list;
	const char		*why = NULL;
	enum verdict		 v = VERDICT_UNKNOWN;
	size_t			 i, answered = 0;

	o = body_parse(r->reply != NULL ? r->reply : "", r->replysz,
	    ECHO_MAX_BYTES, ECHO_MAX_MARKS, &why);
	if (o == NULL) {
		snprintf(s->why, sizeof(s->why), "Google's answer to a write "
		    "cannot be read: %s", why != NULL ? why : "no JSON");
		return v;
	}
	list = body_get(o, "responses");
	if (json_object_is_type(list, json_type_array))
		answered = json_object_array_length(list);
	for (i = 0; i < answered && i < n; i++)
		take_response(wr, it, n, i,
		    json_object_array_get_idx(list, i));
	if (answered == n)
		v = VERDICT_OK;
	else {
		wr->gs->checked = 0;	/* the tab may be gone */
		snprintf(s->why, sizeof(s->why), "Google wrote %zu of %zu "
		    "rows and did not say why", answered, n);
	}
	json_object_put(o);
	return v;
}

/* The n of "Invalid data[n]: ...". */
static long
about(const char *text)
{
	char	*end;
	long	 n;

	if (strncmp(text, "Invalid data[", 13) != 0)
		return ABOUT_ALL;
	n = strtol(text + 13, &end, 10);
	return end != text + 13 && *end == ']' && n >= 0 ? n : ABOUT_ALL;
}

/* Send n rows in one request; *bad is set to the row that a refusal is about,
 * *rowwise when single rows may be the reason. */
static enum verdict
send_rows(const struct writing *wr, struct item *it, size_t n, long *bad,
    int *rowwise)
{
	struct google_sheet	*gs = wr->gs;
	struct sheet		*s = &gs->sheet;
	struct google_call	 call;
	struct json_object	*o;
	enum verdict		 v;

	*rowwise = 0;
	memset(&call, 0, sizeof(call));
	if (asprintf(&call.path,
	    "/v4/spreadsheets/%s/values:batchUpdateByDataFilter", gs->id) ==
	    -1) {
		snprintf(s->why, sizeof(s->why), "out of memory");
		return VERDICT_TEMPFAIL;
	}
	o = make_request(it, n);
	call.method = "POST";
	call.body = compose_line(o);
	call.write = 1;
	v = google_call(gs->google, &call, s->why, sizeof(s->why));
	if (v == VERDICT_OK)
		v = take_answer(wr, it, n, &call.r);
	else if (call.fault == GOOGLE_NO_TAB) {
		gs->checked = 0;
		if (google_tab(gs) == VERDICT_OK)
			v = VERDICT_TEMPFAIL;
	} else if (v == VERDICT_PERMFAIL && (call.fault == GOOGLE_ARGUMENT ||
	    call.fault == GOOGLE_LIMITS)) {
		*bad = about(call.text);
		*rowwise = *bad != ABOUT_ALL ||
		    strncmp(call.text, "Invalid JSON", 12) != 0;
	}
	google_call_clear(&call);
	json_object_put(o);
	return v;
}

static void
mark_refused(const struct writing *wr, struct sheet_write *w)
{
	w->refused = 1;
	snprintf(w->why, sizeof(w->why), "%.*s", (int)sizeof(w->why) - 1,
	    wr->gs->sheet.why);
}

/* Send rows and, as Google takes all or none, take out those it refuses. */
static enum verdict
write_rows(const struct writing *wr, struct item *it, size_t n)
{
	struct item	out;
	enum verdict	v;
	size_t		half;
	long		bad = ABOUT_ALL;
	int		rowwise;

	while (n > 0) {
		v = send_rows(wr, it, n, &bad, &rowwise);
		if (v == VERDICT_OK || !rowwise)
			return v;
		if (bad == ABOUT_ALL && n == 1)
			bad = 0;
		if (bad != ABOUT_ALL && (size_t)bad < n) {
			/* To the end: the owner still releases it. */
			out = it[bad];
			mark_refused(wr, out.w);
			memmove(it + bad, it + bad + 1,
			    (n - (size_t)bad - 1) * sizeof(*it));
			it[--n] = out;
			continue;
		}
		half = n / 2;
		if ((v = write_rows(wr, it, half)) != VERDICT_OK)
			return v;
		it += half;
		n -= half;
	}
	return VERDICT_OK;
}

/* Fill items from w until a request is full; returns how many rows. */
static size_t
make_items(const struct writing *wr, struct item *it, struct sheet_write *w,
    size_t n)
{
	size_t	i, size = 0, max;

	max = ECHO_MAX_MARKS / (wr->last - wr->first + ECHO_ROW_MARKS);
	if (max > WRITE_MAX_ROWS)
		max = WRITE_MAX_ROWS;
	for (i = 0; i < n && i < max; i++) {
		it[i].w = &w[i];
		it[i].entry = make_entry(wr, &w[i]);
		it[i].size = strlen(compose_line(it[i].entry)) + 1;
		if (i > 0 && size + it[i].size > WRITE_MAX_BYTES - 1000) {
			json_object_put(it[i].entry);
			break;
		}
		size += it[i].size;
	}
	return i;
}

enum verdict
google_write(struct sheet *s, const struct layout *l, struct sheet_write *w,
    size_t n)
{
	struct writing	 wr = { (struct google_sheet *)s, l, 0, 0 };
	struct item	*it;
	enum verdict	 v = VERDICT_OK;
	size_t		 i, count;

	google_begin(wr.gs->google);
	for (i = 0; i < n; i++) {
		w[i].landed = -1;
		w[i].refused = 0;
		w[i].why[0] = '\0';
	}
	if (l->ncols == 0 || l->at[COL_PHONE] == -1) {
		snprintf(s->why, sizeof(s->why), "the sheet has not been "
		    "read before it is written");
		return VERDICT_TEMPFAIL;
	}
	find_span(&wr);
	if ((it = calloc(WRITE_MAX_ROWS, sizeof(*it))) == NULL) {
		snprintf(s->why, sizeof(s->why), "out of memory");
		return VERDICT_TEMPFAIL;
	}
	for (; n > 0 && v == VERDICT_OK; w += count, n -= count) {
		count = make_items(&wr, it, w, n);
		v = write_rows(&wr, it, count);
		for (i = 0; i < count; i++)
			json_object_put(it[i].entry);
	}
	free(it);
	return v;
}
