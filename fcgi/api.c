/*
 * The console's requests: who may ask, and how many at once.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "api.h"
#include "api_int.h"
#include "db.h"
#include "log.h"
#include "pool.h"
#include "request.h"
#include "writer.h"

#define NAME_SIZE	256
#define PAUSE		"/pause"
#define RESUME		"/resume"

struct route {
	const char	*path;		/* ends in / when more follows */
	const char	*method;
	const struct page *page;	/* NULL: see handle */
	void		(*handle)(struct api *, struct asked *,
			    struct answer *);
};

/* Constant words: nothing in them needs quoting. */
static void
say(const struct asked *asked, struct answer *a, int status, const char *why)
{
	const struct request *r = asked->r;

	a->status = status;
	a->type = "application/json";
	if (status == 503)
		a->retry_after = 2;
	snprintf(a->body, sizeof(a->body), "{\"ok\":%s,\"%s\":\"%s\"}\n",
	    status == 200 ? "true" : "false", status == 200 ? "result" :
	    "reason", why);
	log_info("%s %s by %s from %s: %d %s", r->method, r->path,
	    r->user != NULL ? r->user : "nobody", r->address, status, why);
}

static void
on_pause(struct api *api, struct asked *asked, struct answer *a)
{
	struct job job = { .kind = JOB_PAUSE, .account = asked->account };
	char name[NAME_SIZE];
	const char *verb = strrchr(asked->tail, '/');
	size_t n = verb == NULL ? 0 : (size_t)(verb - asked->tail);

	if (n == 0 || n >= sizeof(name) || (strcmp(verb, PAUSE) != 0 &&
	    strcmp(verb, RESUME) != 0)) {
		say(asked, a, 404, "no such address");
		return;
	}
	memcpy(name, asked->tail, n);
	name[n] = '\0';
	job.campaign = name;
	job.paused = strcmp(verb, PAUSE) == 0;
	switch (writer_run(api->writer, &job)) {
	case JOB_STORED:
	case JOB_KNOWN:
		say(asked, a, 200, job.paused ? "paused" : "goes on");
		break;
	case JOB_ABSENT:
		say(asked, a, 404, "there is no such campaign");
		break;
	case JOB_SEVERAL:
	case JOB_FAILED:
		say(asked, a, 503, "the database cannot be written");
		break;
	}
}

static int
streams_of(struct api *api, int64_t account)
{
	int i, n = 0;

	for (i = 0; i < API_STREAMS; i++)
		n += api->reader[i] == account;
	return n;
}

/* A place among the streams, or -1.  Whoever has them leaves as many to
 * others, so that no account can take all. */
static int
take_place(struct api *api, int64_t account)
{
	int i = -1;

	pthread_mutex_lock(&api->lock);
	if (streams_of(api, account) < streams_of(api, NO_READER))
		for (i = 0; api->reader[i] != NO_READER; i++)
			;
	if (i != -1)
		api->reader[i] = account;
	pthread_mutex_unlock(&api->lock);
	return i;
}

static void
leave_place(struct api *api, int place)
{
	pthread_mutex_lock(&api->lock);
	api->reader[place] = NO_READER;
	pthread_mutex_unlock(&api->lock);
}

/* Streams are counted apart: they leave the requests' places to others. */
static void
on_events(struct api *api, struct asked *asked, struct answer *a)
{
	int place;

	if (asked->r->send == NULL) {
		say(asked, a, 503, "no streams by plain CGI");
		return;
	}
	if ((place = take_place(api, asked->account)) == -1) {
		say(asked, a, 503, "too many streams are open");
		return;
	}
	atomic_fetch_sub(&api->requests, 1);
	api_stream(api, asked);
	atomic_fetch_add(&api->requests, 1);
	leave_place(api, place);
	a->sent = 1;
	log_info("GET %s by %s: ended", asked->r->path, asked->r->user);
}

static const struct route routes[] = {
	{ "/api/now", "GET", &page_now, NULL },
	{ "/api/calls", "GET", &page_calls, NULL },
	{ "/api/call/", "GET", &page_call, NULL },
	{ "/api/campaigns", "GET", &page_campaigns, NULL },
	{ "/api/campaign/", "POST", NULL, on_pause },
	{ "/api/why", "GET", &page_why, NULL },
	{ "/api/charts", "GET", &page_charts, NULL },
	{ "/api/problems", "GET", &page_problems, NULL },
	{ "/api/events", "GET", NULL, on_events },
};
#define NROUTES	(sizeof(routes) / sizeof(routes[0]))

static const struct route *
find_route(const char *path)
{
	size_t i, len;

	for (i = 0; i < NROUTES; i++) {
		len = strlen(routes[i].path);
		if (routes[i].path[len - 1] == '/' ?
		    strncmp(path, routes[i].path, len) == 0 &&
		    path[len] != '\0' : strcmp(path, routes[i].path) == 0)
			return &routes[i];
	}
	return NULL;
}

int
api_knows(const char *path)
{
	return find_route(path) != NULL;
}

struct api *
api_open(const char *database, struct writer *writer)
{
	struct api *api;
	int i;

	if ((api = calloc(1, sizeof(*api))) == NULL)
		fatal(EX_OSERR, NULL);
	pthread_mutex_init(&api->lock, NULL);
	for (i = 0; i < API_STREAMS; i++)
		leave_place(api, i);
	api->pool = pool_open(database);
	api->writer = writer;
	return api;
}

void
api_close(struct api *api)
{
	if (api == NULL)
		return;
	pool_close(api->pool);
	pthread_mutex_destroy(&api->lock);
	free(api);
}

static void
answer_page(struct db *db, const struct page *page, struct asked *asked,
    struct answer *a)
{
	switch (page_make(db, page, asked, &a->text, &a->size)) {
	case PAGE_OK:
		a->status = 200;
		a->type = "application/json";
		log_info("GET %s by %s: 200", asked->r->path, asked->r->user);
		break;
	case PAGE_BAD:
		say(asked, a, 400, "the question is not understood");
		break;
	case PAGE_ABSENT:
		say(asked, a, 404, "there is no such call");
		break;
	case PAGE_FAILED:
		say(asked, a, 503, "the database cannot be read");
		break;
	}
}

/* Another site's page can make a browser send a request with the login, but
 * neither name itself as this site nor set a header. */
static int
is_forged(const struct request *r, const struct route *route)
{
	const char *host;

	if (r->fetch_site != NULL &&
	    strcmp(r->fetch_site, "same-origin") != 0 &&
	    strcmp(r->fetch_site, "none") != 0)
		return 1;
	if (strcmp(route->method, "GET") == 0)
		return 0;
	if (r->marker == NULL || strcmp(r->marker, "1") != 0)
		return 1;
	if (r->fetch_site != NULL)
		return strcmp(r->fetch_site, "same-origin") != 0;
	if (r->origin == NULL || r->host == NULL ||
	    (host = strstr(r->origin, "://")) == NULL)
		return 1;
	return strcmp(host + strlen("://"), r->host) != 0;
}

/* The rungs from the login to the page. */
static void
answer_asked(struct api *api, const struct route *route, struct asked *asked,
    struct answer *a)
{
	struct job probe = { .kind = JOB_PROBE };
	struct db *db;

	/* Where the database was replaced it is the writer who clears up. */
	if ((db = pool_take(api->pool)) == NULL &&
	    writer_run(api->writer, &probe) == JOB_STORED)
		db = pool_take(api->pool);
	if (db == NULL) {
		say(asked, a, 503, "the database cannot be read");
		return;
	}
	asked->account = api_account(db, asked->r->user);
	if (asked->account != -1 && route->page != NULL)
		answer_page(db, route->page, asked, a);
	pool_give(api->pool, db);
	if (asked->account == -1)
		say(asked, a, 403, "there is no account of this name");
	else if (route->page == NULL)
		route->handle(api, asked, a);
}

void
api_metrics(struct api *api, struct answer *a)
{
	struct asked asked = { 0 };
	char *text = NULL, *both;
	struct db *db;
	size_t n;
	int streams;

	pthread_mutex_lock(&api->lock);
	streams = API_STREAMS - streams_of(api, NO_READER);
	pthread_mutex_unlock(&api->lock);
	if (atomic_fetch_add(&api->requests, 1) < API_REQUESTS &&
	    (db = pool_take(api->pool)) != NULL) {
		if (page_make(db, &page_metrics, &asked, &text, &n) !=
		    PAGE_OK)
			text = NULL;
		pool_give(api->pool, db);
	}
	atomic_fetch_sub(&api->requests, 1);
	if (text != NULL && asprintf(&both, "%s# HELP callsheet_streams Pages "
	    "of the console that are told of news.\n"
	    "# TYPE callsheet_streams gauge\ncallsheet_streams %d\n%s",
	    a->body, streams, text) != -1) {
		a->text = both;
		a->size = strlen(both);
	}
	free(text);
}

void
api_handle(struct api *api, const struct request *r, struct answer *a)
{
	const struct route *route = find_route(r->path);
	struct asked asked = { .r = r };

	asked.tail = r->path + strlen(route->path);
	if (r->user == NULL || r->user[0] == '\0') {
		say(&asked, a, 403, "log in at the web server");
	} else if (strcmp(r->method, route->method) != 0) {
		a->allow = route->method;
		say(&asked, a, 405, "method not allowed here");
	} else if (is_forged(r, route)) {
		say(&asked, a, 403, "not asked by the console's own page");
	} else if (atomic_fetch_add(&api->requests, 1) >= API_REQUESTS) {
		atomic_fetch_sub(&api->requests, 1);
		say(&asked, a, 503, "too many requests at once");
	} else {
		answer_asked(api, route, &asked, a);
		atomic_fetch_sub(&api->requests, 1);
	}
}
