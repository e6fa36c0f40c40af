/*
 * Google Sheets: the ends of the interface, and finding the tab.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "body.h"
#include "google_int.h"
#include "jwt.h"

#define TAB_FIELDS	"properties(title),sheets(properties(sheetId,title," \
			"sheetType,gridProperties(rowCount,columnCount)))"

static void	 google_sheet_close(struct sheet *);

static const struct sheet_ops google_ops = {
	google_read, google_write, google_sheet_close
};

struct google *
google_open(struct http *h, const struct google_options *o, const char *key,
    char *why, size_t whysz)
{
	struct google	*g;
	size_t		 n;

	if ((g = calloc(1, sizeof(*g))) == NULL ||
	    (g->api = strdup(o->api)) == NULL ||
	    (g->token_url = strdup(o->token_url)) == NULL) {
		snprintf(why, whysz, "out of memory");
		google_close(g);
		return NULL;
	}
	for (n = strlen(g->api); n > 0 && g->api[n - 1] == '/'; n--)
		g->api[n - 1] = '\0';
	g->http = h;
	g->spend = o->spend;
	g->arg = o->arg;
	g->patience = o->patience;
	if (google_key(g, key, why, whysz) == -1) {
		google_close(g);
		return NULL;
	}
	return g;
}

void
google_close(struct google *g)
{
	if (g == NULL)
		return;
	google_token_drop(g);
	jwt_key_free(g->key);
	free(g->api);
	free(g->token_url);
	free(g->email);
	free(g->project);
	free(g);
}

/* The id that p begins with, up to a character that ends one. */
static int
take_id(const char *p, char id[128])
{
	size_t	n;

	for (n = 0; isalnum((unsigned char)p[n]) || p[n] == '-' ||
	    p[n] == '_'; n++)
		if (n == 127)
			return -1;
	if (n == 0 || (p[n] != '\0' && strchr("/?#&", p[n]) == NULL))
		return -1;
	memcpy(id, p, n);
	id[n] = '\0';
	return 0;
}

/* The number after "gid=", the part behind "#" first; no gid is tab 0. */
static int
take_gid(const char *url, long *gid)
{
	const char	*from, *p;
	char		*end;

	*gid = 0;
	if ((from = strchr(url, '#')) == NULL || strstr(from, "gid=") == NULL)
		from = strpbrk(url, "?#");
	if (from == NULL || (p = strstr(from, "gid=")) == NULL)
		return 0;
	if (strchr("?#&", p[-1]) == NULL || !isdigit((unsigned char)p[4]))
		return -1;
	*gid = strtol(p + 4, &end, 10);
	if (*gid > INT32_MAX ||
	    (*end != '\0' && strchr("#&?/", *end) == NULL))
		return -1;
	return 0;
}

int
google_url(const char *url, char id[128], long *gid, char *why, size_t whysz)
{
	const char	*p, *q;

	if (strstr(url, "/d/e/") != NULL) {
		snprintf(why, whysz, "this is the address of a sheet "
		    "published to the web; copy the one in the browser's "
		    "address bar while editing the sheet");
		return -1;
	}
	if (strstr(url, "://") == NULL)
		p = url;
	else if ((q = strstr(url, "/spreadsheets/")) == NULL)
		p = "";
	else if ((p = strstr(q, "/d/")) != NULL)
		p += 3;
	else if ((p = strstr(q, "?key=")) != NULL ||
	    (p = strstr(q, "&key=")) != NULL)
		p += 5;
	else
		p = "";
	if (take_id(p, id) == -1) {
		snprintf(why, whysz, "this is not the address of a Google "
		    "sheet; it looks like "
		    "https://docs.google.com/spreadsheets/d/.../edit#gid=0");
		return -1;
	}
	if (take_gid(url, gid) == -1) {
		snprintf(why, whysz, "the gid at the end of the sheet's "
		    "address is not a number");
		return -1;
	}
	return 0;
}

struct sheet *
google_sheet(struct google *g, const char *url, char *why, size_t whysz)
{
	struct google_sheet	*gs;

	if ((gs = calloc(1, sizeof(*gs))) == NULL) {
		snprintf(why, whysz, "out of memory");
		return NULL;
	}
	if (google_url(url, gs->id, &gs->gid, why, whysz) == -1) {
		free(gs);
		return NULL;
	}
	gs->google = g;
	gs->sheet.ops = &google_ops;
	return &gs->sheet;
}

static void
google_sheet_close(struct sheet *s)
{
	free(s);
}

/* Say which tabs there are, when ours is not among them. */
static void
name_tabs(struct google_sheet *gs, struct json_object *book,
    struct json_object *tabs)
{
	struct json_object	*tab;
	const char		*title;
	char			*why = gs->sheet.why;
	size_t			 i, n, len, size = sizeof(gs->sheet.why);
	double			 gid;

	title = body_text(book, "properties.title");
	len = (size_t)snprintf(why, size, "the spreadsheet \"%.100s\" has no "
	    "tab with gid %ld; it has", title != NULL ? title : "", gs->gid);
	n = tabs != NULL ? json_object_array_length(tabs) : 0;
	for (i = 0; i < n && len < size; i++) {
		tab = json_object_array_get_idx(tabs, i);
		title = body_text(tab, "properties.title");
		if (body_number(tab, "properties.sheetId", &gid) == -1)
			gid = 0;
		len += (size_t)snprintf(why + len, size - len,
		    "%s \"%.60s\" (gid %.0f)", i > 0 ? "," : "",
		    title != NULL ? title : "", gid);
	}
}

/* Look for the tab in the answer of spreadsheets.get. */
static enum verdict
find_tab(struct google_sheet *gs, struct json_object *book)
{
	struct json_object	*tabs, *tab;
	const char		*type;
	size_t			 i;
	double			 gid;

	tabs = body_get(book, "sheets");
	if (!json_object_is_type(tabs, json_type_array))
		tabs = NULL;
	gs->asked = tabs != NULL;
	gs->status = 0;
	for (i = 0; tabs != NULL && i < json_object_array_length(tabs); i++)
		google_status_note(gs, json_object_array_get_idx(tabs, i));
	for (i = 0; tabs != NULL && i < json_object_array_length(tabs); i++) {
		tab = json_object_array_get_idx(tabs, i);
		if (body_number(tab, "properties.sheetId", &gid) == -1)
			gid = 0;
		if (gid != (double)gs->gid)
			continue;
		type = body_text(tab, "properties.sheetType");
		if (type == NULL || strcmp(type, "GRID") == 0) {
			gs->checked = 1;
			return VERDICT_OK;
		}
		snprintf(gs->sheet.why, sizeof(gs->sheet.why), "the tab with "
		    "gid %ld is a chart or a linked table, not a sheet of "
		    "cells", gs->gid);
		return VERDICT_PERMFAIL;
	}
	name_tabs(gs, book, tabs);
	return VERDICT_PERMFAIL;
}

enum verdict
google_tab(struct google_sheet *gs)
{
	struct google_call	 call;
	struct json_object	*book = NULL;
	const char		*reason = NULL;
	enum verdict		 v = VERDICT_TEMPFAIL;

	if (gs->checked)
		return VERDICT_OK;
	memset(&call, 0, sizeof(call));
	call.method = "GET";
	if (asprintf(&call.path, "/v4/spreadsheets/%s?fields=%s", gs->id,
	    TAB_FIELDS) == -1) {
		call.path = NULL;
		snprintf(gs->sheet.why, sizeof(gs->sheet.why),
		    "out of memory");
		goto out;
	}
	v = google_call(gs->google, &call, gs->sheet.why,
	    sizeof(gs->sheet.why));
	if (v != VERDICT_OK)
		goto out;
	book = body_parse(call.r.reply != NULL ? call.r.reply : "",
	    call.r.replysz, BODY_MAX_BYTES, BODY_MAX_MARKS, &reason);
	if (book != NULL)
		v = find_tab(gs, book);
	else {
		v = VERDICT_TEMPFAIL;
		snprintf(gs->sheet.why, sizeof(gs->sheet.why), "Google's "
		    "answer cannot be read: %s",
		    reason != NULL ? reason : "no JSON");
	}
out:
	json_object_put(book);
	google_call_clear(&call);
	return v;
}
