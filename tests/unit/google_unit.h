/*
 * What the tests of Google's answers share: a tab behind a small server that
 * says what is written down for it, and an account that is logged in.
 */
#ifndef GOOGLE_UNIT_H
#define GOOGLE_UNIT_H

#include "server.h"
#include "google_int.h"

#define JSON(status, body) \
	"HTTP/1.1 " #status " x\r\nContent-Type: application/json\r\n" \
	"Connection: close\r\n\r\n" body
#define PAGE(status) \
	"HTTP/1.1 " #status " x\r\nContent-Type: text/html\r\n" \
	"Connection: close\r\n\r\n<html>Log in</html>"
/* Google's refusal in its own form. */
#define REFUSED(status, text, details) JSON(status, "{\"error\": {" \
	"\"message\": \"" text "\", \"status\": \"S\", \"details\": [" \
	details "]}}")
#define TAB	JSON(200, "{\"properties\": {\"title\": \"Leads\"}, " \
	"\"sheets\": [{\"properties\": {\"sheetId\": 7}}]}")
#define NINE	"\"Name\", \"Phone Number\", \"Status\", " \
	"\"Latest Execution ID\", \"Duration\", \"Last Attempt Time\", " \
	"\"Notes\", \"Transcript\", \"Summary\""

struct world {
	struct http		*http;
	struct server		 srv;
	char			 api[64];
	struct google		*google;
	struct sheet		*sheet;
	struct layout		 l;
	struct table		 t;
};

static inline char *
copy(const char *s)
{
	char *p = strdup(s);

	assert_non_null(p);
	return p;
}

/* Google as if it were logged in for an hour, and in no mood to repeat. */
static inline struct google *
logged_in(struct http *h, const char *api)
{
	struct google *g = calloc(1, sizeof(*g));

	assert_non_null(g);
	g->http = h;
	g->api = copy(api);
	g->token_url = copy(api);
	g->email = copy("a@b.iam.gserviceaccount.com");
	g->project = copy("demo");
	g->token = copy("t");
	g->token_until = time(NULL) + 3600;
	return g;
}

static inline int
setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	assert_non_null(w);
	assert_non_null(w->http = http_open("callsheet-test"));
	table_init(&w->t, 0);
	*state = w;
	return 0;
}

/* Google will answer this, in this order. */
static inline void
answers(struct world *w, struct script s)
{
	char why[256];

	w->srv = server_start(s);
	snprintf(w->api, sizeof(w->api), "http://127.0.0.1:%d", w->srv.port);
	w->google = logged_in(w->http, w->api);
	w->sheet = google_sheet(w->google, "1abc#gid=7", why, sizeof(why));
	assert_non_null(w->sheet);
}

/* The end of what answers() began; returns how many requests came. */
static inline int
asked(struct world *w)
{
	w->sheet->ops->close(w->sheet);
	google_close(w->google);
	w->sheet = NULL;
	w->google = NULL;
	return server_stop(&w->srv);
}

static inline int
teardown(void **state)
{
	struct world *w = *state;

	layout_free(&w->l);
	table_free(&w->t);
	http_close(w->http);
	free(w);
	return 0;
}

static inline enum verdict
sheet_read(struct world *w)
{
	return w->sheet->ops->read(w->sheet, SHEET_PEOPLE, &w->l, &w->t);
}

static inline void
said(const struct world *w, const char *words)
{
	if (strstr(w->sheet->why, words) == NULL)
		fail_msg("\"%s\" is not in: %s", words, w->sheet->why);
}

#endif
