/*
 * Reading a tab: the header and the wanted columns in one request, by the
 * tab's gid, so that a new name or a moved column does no harm.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "compose.h"
#include "google_int.h"
#include "rows.h"

#define READ_ROUNDS	3	/* header; columns; once more if they moved */

struct reading {
	struct google_sheet	*gs;
	struct table		*t;
	struct table		 head;	/* row 0, all of it */
	size_t			 start[SHEET_MAX_COLS + 1];
	size_t			 nfilters;
	struct rows		*rows;
	const char		*why;	/* constant, when ours went wrong */
};

static int
wanted(const struct layout *l, size_t col, enum sheet_want want)
{
	int	c = l->known[col];

	if (want == SHEET_IDENTITY)
		return c == COL_NAME || c == COL_PHONE || c == COL_STATUS ||
		    c == COL_EXECUTION || c == COL_KEY || c == COL_CONTROL ||
		    c == COL_OUTCOME;
	if (c == -1)
		return l->header[col][0] != '\0';
	return !column_is_bulky((enum column)c);
}

/* One gridRange; last row and last column are exclusive, -1 means open. */
static void
add_filter(struct reading *rd, struct json_object *filters, long last_row,
    size_t col, long last_col)
{
	struct json_object	*o, *grid;

	o = compose_object();
	grid = compose_object();
	compose_put_int(grid, "sheetId", rd->gs->gid);
	compose_put_int(grid, "startRowIndex", 0);
	if (last_row >= 0)
		compose_put_int(grid, "endRowIndex", last_row);
	compose_put_int(grid, "startColumnIndex", (int64_t)col);
	if (last_col >= 0)
		compose_put_int(grid, "endColumnIndex", last_col);
	compose_put(o, "gridRange", grid);
	compose_append(filters, o);
	rd->start[rd->nfilters++] = col;
}

/* The request: the header row, then each run of wanted columns. */
static struct json_object *
make_request(struct reading *rd, const struct layout *l, enum sheet_want want)
{
	struct json_object	*o, *filters;
	size_t			 col, first;

	o = compose_object();
	filters = compose_array();
	rd->nfilters = 0;
	add_filter(rd, filters, 1, 0, -1);
	for (col = 0; col < l->ncols; col++) {
		if (!wanted(l, col, want))
			continue;
		first = col;
		while (col < l->ncols && wanted(l, col, want))
			col++;
		add_filter(rd, filters, -1, first, (long)col);
	}
	compose_put(o, "dataFilters", filters);
	compose_put_text(o, "majorDimension", "ROWS");
	compose_put_text(o, "valueRenderOption", "UNFORMATTED_VALUE");
	compose_put_text(o, "dateTimeRenderOption", "FORMATTED_STRING");
	return o;
}

static int
put_cells(struct reading *rd, struct table *t, size_t row, size_t col,
    struct json_object *array)
{
	enum table_kind	 kind;
	const char	*text;
	char		 buf[32];
	size_t		 i, n;

	n = json_object_array_length(array);
	for (i = 0; i < n && col + i < t->ncols; i++) {
		text = google_text(json_object_array_get_idx(array, i), &kind,
		    buf);
		if (text == NULL || *text == '\0')
			continue;
		if (table_set(t, row, col + i, kind, text, strlen(text)) ==
		    -1) {
			rd->why = "out of memory";
			return -1;
		}
	}
	return 0;
}

static int
on_row(void *arg, const char *where, size_t range, size_t row,
    struct json_object *array)
{
	struct reading	*rd = arg;
	size_t		 top, col, n;

	if (google_a1(where, &top, &col) == -1) {
		if (range >= rd->nfilters) {
			rd->why = "it holds more than was asked for";
			return -1;
		}
		top = 0;
		col = rd->start[range];
	}
	if (top != 0 || row >= GOOGLE_MAX_ROWS) {
		rd->why = "it holds rows that were not asked for";
		return -1;
	}
	n = json_object_array_length(array);
	/* The header row is the widest that begins at A1. */
	if (row == 0 && col == 0 && n > rd->head.ncols) {
		table_free(&rd->head);
		table_init(&rd->head, n);
		if (put_cells(rd, &rd->head, 0, 0, array) == -1)
			return -1;
	}
	return put_cells(rd, rd->t, row, col, array);
}

static int
on_bytes(void *arg, const char *data, size_t n)
{
	struct reading	*rd = arg;

	return rows_feed(rd->rows, data, n);
}

/* Forget what has been read, to read it again. */
static void
reading_again(void *arg)
{
	struct reading	*rd = arg;
	size_t		 ncols = rd->t->ncols;

	rows_reset(rd->rows);
	rd->why = NULL;
	table_free(&rd->head);
	table_init(&rd->head, 0);
	table_free(rd->t);
	table_init(rd->t, ncols);
}

static enum verdict
no_memory(struct google_sheet *gs)
{
	snprintf(gs->sheet.why, sizeof(gs->sheet.why), "out of memory");
	return VERDICT_TEMPFAIL;
}

/* After the exchange: is the answer whole and complete? */
static enum verdict
reading_done(struct reading *rd, struct google_call *call, enum verdict v)
{
	struct google_sheet	*gs = rd->gs;
	const char		*why = rd->why;
	size_t			 n = 0;

	if (v == VERDICT_OK && rows_end(rd->rows, &n) == 0) {
		if (n >= rd->nfilters)
			return VERDICT_OK;
		/* Filters that match nothing are left out. */
		call->fault = GOOGLE_NO_TAB;
		snprintf(gs->sheet.why, sizeof(gs->sheet.why), "Google "
		    "answered for %zu of %zu ranges of the sheet", n,
		    rd->nfilters);
		return VERDICT_TEMPFAIL;
	}
	if (v == VERDICT_OK || (call->fault == GOOGLE_ANSWER &&
	    call->r.status == 200 &&
	    strcmp(call->r.reply_type, "application/json") == 0)) {
		snprintf(gs->sheet.why, sizeof(gs->sheet.why), "Google's "
		    "answer cannot be read: %s",
		    why != NULL ? why : rows_why(rd->rows));
		return VERDICT_TEMPFAIL;
	}
	return v;
}

/* One request by the layout as it is known so far. */
static enum verdict
read_once(struct reading *rd, const struct layout *l, enum sheet_want want,
    enum google_fault *fault)
{
	struct google_sheet	*gs = rd->gs;
	struct google_call	 call;
	struct json_object	*o = NULL;
	enum verdict		 v;

	*fault = GOOGLE_OTHER;
	memset(&call, 0, sizeof(call));
	table_free(rd->t);
	table_init(rd->t, l->ncols);
	reading_again(rd);
	o = make_request(rd, l, want);
	if (asprintf(&call.path,
	    "/v4/spreadsheets/%s/values:batchGetByDataFilter", gs->id) ==
	    -1) {
		call.path = NULL;
		v = no_memory(gs);
		goto out;
	}
	call.method = "POST";
	call.body = compose_line(o);
	call.sink = on_bytes;
	call.again = reading_again;
	call.arg = rd;
	v = google_call(gs->google, &call, gs->sheet.why,
	    sizeof(gs->sheet.why));
	v = reading_done(rd, &call, v);
	*fault = call.fault;
out:
	google_call_clear(&call);
	json_object_put(o);
	return v;
}

/* Work out the layout anew; *same tells whether it is what we read by. */
static enum verdict
take_layout(struct reading *rd, struct layout *l, int *same)
{
	struct sheet	*s = &rd->gs->sheet;
	struct layout	 now;
	int		 rc;

	rc = layout_read(&now, &rd->head, s->why, sizeof(s->why));
	*same = rc == 0 && l->ncols > 0 && layout_same(l, &now);
	layout_free(l);
	if (rc == -1)
		return VERDICT_PERMFAIL;
	*l = now;
	return VERDICT_OK;
}

static enum verdict
read_rounds(struct reading *rd, enum sheet_want want, struct layout *l)
{
	struct google_sheet	*gs = rd->gs;
	enum google_fault	 fault;
	enum verdict		 v;
	int			 i, same;

	for (i = 0; i < READ_ROUNDS; i++) {
		v = read_once(rd, l, want, &fault);
		if (fault == GOOGLE_LIMITS && l->ncols > 0) {
			layout_free(l);		/* columns were deleted */
			continue;
		}
		if (fault == GOOGLE_NO_TAB) {
			gs->checked = 0;
			return google_tab(gs) == VERDICT_OK ?
			    VERDICT_TEMPFAIL : VERDICT_PERMFAIL;
		}
		if (v != VERDICT_OK)
			return v;
		if ((v = take_layout(rd, l, &same)) != VERDICT_OK || same)
			return v;
	}
	snprintf(gs->sheet.why, sizeof(gs->sheet.why), "the sheet's columns "
	    "are being moved while it is read");
	return VERDICT_TEMPFAIL;
}

enum verdict
google_read(struct sheet *s, enum sheet_want want, struct layout *l,
    struct table *t)
{
	struct reading	rd;
	enum verdict	v;

	memset(&rd, 0, sizeof(rd));
	rd.gs = (struct google_sheet *)s;
	rd.t = t;
	table_init(&rd.head, 0);
	google_begin(rd.gs->google);
	if ((v = google_tab(rd.gs)) != VERDICT_OK)
		return v;
	if ((rd.rows = rows_new(on_row, &rd)) == NULL)
		v = no_memory(rd.gs);
	else
		v = read_rounds(&rd, want, l);
	table_free(&rd.head);
	rows_free(rd.rows);
	return v;
}
