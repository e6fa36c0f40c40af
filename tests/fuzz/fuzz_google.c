/*
 * Google's answers, on a network that is the input.  The first part says what
 * is asked: "%r" a sheet is read, "%w" two rows are written, with the text of
 * this part in a cell, "%t" a token is fetched.  The other parts answer.
 */
#include "fuzz.h"

#include <time.h>

#include <json-c/json.h>

#include "body.h"
#include "google_int.h"
#include "jwt.h"
#include "net.h"
#include "rows.h"

#define KEY	"{\"type\":\"service_account\",\"client_email\":" \
	"\"a@b.iam.gserviceaccount.com\",\"private_key\":\"k\"," \
	"\"project_id\":\"p\"}"
#define ID	"1callsheet-stand-in_0000000000000000000000000"
#define PARTS	8

static const char *const headers[] = { "Id", "Name", "Phone Number", "Status",
    "Latest Execution ID", "City", "Duration", "Last Attempt Time", "Notes",
    "Transcript", "Summary", "Control", "Key", "Cost", "Day" };

static struct {
	struct layout	 l;	/* of headers */
	int		 writes;
	int		 doubtful;	/* a write may have been done */
	int		 over;		/* a write ended so that none follows */
	int		 last;		/* and it was the last request */
	const struct http *http;
} world;

/* In the place of libc's: patience costs no time, and ends with the input. */
int
nanosleep(const struct timespec *t, struct timespec *left)
{
	(void)t;
	(void)left;
	return world.http != NULL && world.http->at < world.http->n ? 0 : -1;
}

/* In the place of dialer/jwt.c, which would take milliseconds. */
struct jwt_key *
jwt_key_read(const char *pem)
{
	return *pem == 'k' ? malloc(1) : NULL;
}

void
jwt_key_free(struct jwt_key *key)
{
	free(key);
}

char *
jwt_sign(struct jwt_key *key, const char *claims)
{
	return key != NULL && *claims == '{' ? strdup("a.b.c") : NULL;
}

/* No request touches a column that belongs to people. */
static void
only_ours(struct json_object *entry)
{
	struct json_object *row;
	double first, last;
	size_t i, n;
	int k;

	row = json_object_array_get_idx(body_get(entry, "values"), 0);
	n = json_object_array_length(row);
	CLAIM(body_number(entry, "dataFilter.gridRange.startColumnIndex",
	    &first) == 0 && body_number(entry,
	    "dataFilter.gridRange.endColumnIndex", &last) == 0);
	CLAIM((size_t)(last - first) == n);
	for (i = 0; i < n; i++) {
		k = world.l.known[(size_t)first + i];
		CLAIM((k != -1 && column_is_ours((enum column)k)) ||
		    json_object_array_get_idx(row, i) == NULL);
	}
}

static int
is_write(const struct http_request *r)
{
	return strstr(r->url, ":batchUpdateByDataFilter") != NULL;
}

static void
seen(const struct http_request *r)
{
	struct json_object *js, *list;
	const char *why;
	size_t i;

	CLAIM(r->bearer == NULL || (*r->bearer != '\0' &&
	    strpbrk(r->bearer, "\r\n") == NULL));
	if (!is_write(r))
		return;
	/* Rows may have moved: they are looked for before the next try. */
	CLAIM(!world.doubtful && !world.over);
	js = body_parse(r->body, r->bodysz, 3000000, 1000000, &why);
	CLAIM(js != NULL);
	CLAIM(strcmp(body_text(js, "valueInputOption"), "RAW") == 0);
	list = body_get(js, "data");
	for (i = 0; i < json_object_array_length(list); i++)
		only_ours(json_object_array_get_idx(list, i));
	json_object_put(js);
}

static size_t
elements(const char *text, size_t size, const char *path)
{
	struct json_object *js, *list;
	const char *why;
	size_t n = 0;

	js = body_parse(text != NULL ? text : "", size, 3000000, 1000000,
	    &why);
	list = body_get(js, path);
	if (json_object_is_type(list, json_type_array))
		n = json_object_array_length(list);
	json_object_put(js);
	return n;
}

static void
done(const struct http_request *r)
{
	int came = r->status / 100 == 2 && r->error[0] == '\0' &&
	    *r->reply_type == 'a';

	world.last = is_write(r) && r->sent && (r->status == 0 ||
	    r->status == 408 || r->status >= 500 || (r->status < 300 &&
	    (!came || elements(r->reply, r->replysz, "responses") !=
	    elements(r->body, r->bodysz, "data"))));
	if (world.last)
		world.doubtful = 1;
	if (is_write(r) && !came && r->status != 400 && r->status != 401)
		world.over = 1;
	if (is_write(r) && r->status / 100 == 2)
		world.writes++;
}

static struct google *
open_google(struct http *h)
{
	const struct google_options o = { .api = "https://sheets.invalid",
	    .token_url = "https://login.invalid", .patience = 1000000 };
	char why[256];
	struct google *g = google_open(h, &o, KEY, why, sizeof(why));

	CLAIM(g != NULL);
	return g;
}

static struct sheet *
open_sheet(struct google *g)
{
	struct sheet *s;
	char why[256];

	/* logged in; a 401 makes it log in again */
	CLAIM((g->token = strdup("t")) != NULL);
	g->token_until = time(NULL) + 3600;
	CLAIM((s = google_sheet(g, ID "#gid=7", why, sizeof(why))) != NULL);
	return s;
}

static void
table_is_sound(const struct table *t, const struct layout *l)
{
	const char *cell;
	size_t r, c;

	CLAIM(l->at[COL_PHONE] != -1 && l->ncols == t->ncols);
	for (r = 0; r < t->nrows && r < 1000; r++)
		for (c = 0; c < t->ncols; c++) {
			cell = table_get(t, r, c);
			CLAIM(utf8_valid(cell, strlen(cell)));
			CLAIM(!table_is_number(t, r, c) ||
			    strspn(cell, "0123456789+-.e") == strlen(cell));
		}
}

static int
on_row(void *arg, const char *where, size_t range, size_t row,
    struct json_object *array)
{
	CLAIM(arg == NULL && strlen(where) < ROWS_RANGE_SIZE);
	CLAIM(range < 10000 && row < 10000);
	CLAIM(json_object_is_type(array, json_type_array));
	return 0;
}

/* Our reader of rows takes what a whole JSON reader takes. */
static void
rows_agree(const struct part *p)
{
	struct json_object *js;
	struct rows *rows;
	const char *why;
	size_t n;

	js = body_parse(p->text, p->size, BODY_MAX_BYTES, BODY_MAX_MARKS,
	    &why);
	CLAIM((rows = rows_new(on_row, NULL)) != NULL);
	rows_feed(rows, p->text, p->size);
	if (rows_end(rows, &n) == -1)
		CLAIM(js == NULL || strstr(rows_why(rows), "a row ") != NULL);
	rows_free(rows);
	json_object_put(js);
}

/* Read, with answers that come in pieces; the cells as text. */
static char *
read_sheet(struct http *h, size_t piece)
{
	struct google *g = open_google(h);
	struct sheet *s = open_sheet(g);
	struct layout l;
	struct table t;
	enum verdict v;
	char *text = NULL;
	size_t size, r, c;
	FILE *fp = open_memstream(&text, &size);

	CLAIM(fp != NULL);
	h->at = 0;
	h->piece = piece;
	memset(&l, 0, sizeof(l));
	table_init(&t, 0);
	v = s->ops->read(s, SHEET_PEOPLE, &l, &t);
	fprintf(fp, "%d %s\n", v, v == VERDICT_OK ? "" : s->why);
	CLAIM(v != VERDICT_UNKNOWN);
	CLAIM(v == VERDICT_OK || s->why[0] != '\0');
	if (v == VERDICT_OK)
		table_is_sound(&t, &l);
	for (r = 0; v == VERDICT_OK && r < t.nrows && r < 1000; r++)
		for (c = 0; c < t.ncols; c++)
			fprintf(fp, "%s|", table_get(&t, r, c));
	layout_free(&l);
	table_free(&t);
	s->ops->close(s);
	google_close(g);
	CLAIM(fclose(fp) == 0);
	return text;
}

static void
read_both(struct http *h)
{
	char *whole = read_sheet(h, SIZE_MAX), *bytes = read_sheet(h, 1);

	CLAIM(strcmp(whole, bytes) == 0);
	free(whole);
	free(bytes);
}

static void
write_rows(struct http *h, const char *text)
{
	struct sheet_write w[2] = { { .row = 1, .phone = "+12025550143" },
	    { .row = 2, .phone = "919999900001", .name = "Asha" } };
	struct google *g = open_google(h);
	struct sheet *s = open_sheet(g);
	enum verdict v;
	size_t i;

	for (i = 0; i < 2; i++) {
		w[i].cell[COL_STATUS].kind = CELL_TEXT;
		w[i].cell[COL_STATUS].text = "completed";
		w[i].cell[COL_TRANSCRIPT].kind = CELL_TEXT;
		w[i].cell[COL_TRANSCRIPT].text = text;
		w[i].cell[COL_DURATION].kind = CELL_NUMBER;
		w[i].cell[COL_DURATION].number = 68.7;
	}
	v = s->ops->write(s, &world.l, w, 2);
	CLAIM(v == VERDICT_OK || s->why[0] != '\0');
	CLAIM(!world.last || v == VERDICT_UNKNOWN);
	for (i = 0; i < 2; i++) {
		CLAIM(w[i].landed >= -1 && w[i].landed <= 1);
		CLAIM(w[i].landed == -1 || world.writes > 0);
		CLAIM(!w[i].refused || (w[i].landed == -1 &&
		    w[i].why[0] != '\0'));
		CLAIM(v != VERDICT_OK || w[i].refused || world.writes > 0);
	}
	s->ops->close(s);
	google_close(g);
}

static void
fetch_token(struct http *h)
{
	struct google *g = open_google(h);
	char why[512] = "";
	enum verdict v = google_token(g, why, sizeof(why));
	const char *p;

	CLAIM(v != VERDICT_UNKNOWN);
	CLAIM((v == VERDICT_OK) == (g->token != NULL));
	CLAIM(v == VERDICT_OK || why[0] != '\0');
	/* It goes into a header line. */
	for (p = g->token; p != NULL && *p != '\0'; p++)
		CLAIM((unsigned char)*p > ' ' && *p != 0x7f);
	google_close(g);
}

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	struct table t;
	char why[256];
	size_t i;

	(void)argc;
	(void)argv;
	fuzz_begin();
	table_init(&t, LENGTH(headers));
	for (i = 0; i < LENGTH(headers); i++)
		CLAIM(table_set(&t, 0, i, TABLE_TEXT, headers[i],
		    strlen(headers[i])) == 0);
	CLAIM(layout_read(&world.l, &t, why, sizeof(why)) == 0);
	table_free(&t);
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct part parts[PARTS];
	size_t n = fuzz_parts(data, size, parts, PARTS);
	struct http h = { .piece = 7, .seen = seen, .done = done };
	size_t i;

	world.http = &h;
	world.writes = world.doubtful = world.over = world.last = 0;
	if (n > 0) {
		h.part = parts + 1;
		h.n = n - 1;
		if (*parts[0].head == 'r')
			read_both(&h);
		else if (*parts[0].head == 'w')
			write_rows(&h, parts[0].text);
		else
			fetch_token(&h);
	}
	for (i = 1; i < n; i++)
		rows_agree(&parts[i]);
	fuzz_parts_free(parts, n);
	return 0;
}
