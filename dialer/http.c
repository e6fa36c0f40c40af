/*
 * libcurl behind the narrow door of http.h.  What it adds is certainty about
 * a request that got no answer: libcurl by itself repeats a POST on a dead
 * kept-alive connection and reports success.
 */
#include <ctype.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <curl/curl.h>

#include "http.h"
#include "http_int.h"
#include "log.h"

#define RETRY_AFTER_MAX	86400L
#define SLICE_MS	20	/* of sleep, while something has begun */

struct http *
http_open(const char *agent)
{
	struct http	*h;

	/* CURLOPT_NOSIGNAL leaves this to us; TLS writes raise it. */
	signal(SIGPIPE, SIG_IGN);
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
		log_warnx("libcurl does not start");
		return NULL;
	}
	if ((h = calloc(1, sizeof(*h))) == NULL ||
	    (h->agent = strdup(agent)) == NULL ||
	    asprintf(&h->agent_gzip, "%s (gzip)", agent) == -1 ||
	    (h->multi = curl_multi_init()) == NULL) {
		log_warnx("http: out of memory");
		http_close(h);
		return NULL;
	}
	return h;
}

void
http_close(struct http *h)
{
	if (h != NULL) {
		http_drop(h);
		curl_multi_cleanup(h->multi);
		free(h->agent);
		free(h->agent_gzip);
		free(h);
	}
	curl_global_cleanup();
}

int
http_skew(const struct http *h, int64_t *secs)
{
	*secs = h->skew;
	return h->has_skew ? 0 : -1;
}

void
http_clear(struct http_request *r)
{
	free(r->reply);
	r->reply = NULL;
	r->replysz = 0;
}

/* 0 when it is on its way. */
static int
transfer_start(struct http *h, struct transfer *t, struct http_request *r,
    size_t *live)
{
	memset(t, 0, sizeof(*t));
	t->req = r;
	t->live = live;
	r->status = 0;
	r->reply = NULL;
	r->replysz = 0;
	r->reply_type[0] = r->error[0] = '\0';
	r->over = r->sent = 0;
	r->date = 0;
	r->retry_after = -1;

	if ((t->easy = curl_easy_init()) == NULL ||
	    transfer_prepare(h, t) == -1 ||
	    curl_multi_add_handle(h->multi, t->easy) != CURLM_OK) {
		if (t->stopped == NULL)
			t->stopped = HTTP_NO_MEMORY;
		return -1;
	}
	return 0;
}

static const char *
header_value(CURL *e, const char *name)
{
	struct curl_header	*hd;

	if (curl_easy_header(e, name, 0, CURLH_HEADER, -1, &hd) != CURLHE_OK)
		return NULL;
	return hd->value;
}

static long
retry_after(const char *value, int64_t date)
{
	char	*end;
	long	 secs;
	time_t	 at;

	if (value == NULL)
		return -1;
	if (isdigit((unsigned char)*value)) {
		secs = strtol(value, &end, 10);
		if (*end != '\0')
			return -1;
	} else {
		if ((at = curl_getdate(value, NULL)) == -1)
			return -1;
		secs = at - (date != 0 ? date : (int64_t)time(NULL));
	}
	if (secs < 0)
		return 0;
	return secs < RETRY_AFTER_MAX ? secs : RETRY_AFTER_MAX;
}

/* The headers that matter, into the request. */
static void
read_headers(struct transfer *t)
{
	struct http_request	*r = t->req;
	const char		*value;
	char			*type = NULL;
	time_t			 date;
	size_t			 i;

	curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &r->status);
	if (r->status == 0)
		return;
	value = header_value(t->easy, "Date");
	if (value != NULL && (date = curl_getdate(value, NULL)) > 0)
		r->date = date;
	r->retry_after = retry_after(header_value(t->easy, "Retry-After"),
	    r->date);
	curl_easy_getinfo(t->easy, CURLINFO_CONTENT_TYPE, &type);
	for (i = 0; type != NULL && i < sizeof(r->reply_type) - 1 &&
	    type[i] != '\0' && type[i] != ';' && type[i] != ' '; i++)
		r->reply_type[i] = tolower((unsigned char)type[i]);
	r->reply_type[i] = '\0';
}

/* Say what happened. */
static void
set_error(struct transfer *t, CURLcode code)
{
	struct http_request	*r = t->req;

	if (t->stopped != NULL)
		snprintf(r->error, sizeof(r->error), "%s", t->stopped);
	else if (code != CURLE_OK)
		snprintf(r->error, sizeof(r->error), "%s", t->error[0] != '\0' ?
		    t->error : curl_easy_strerror(code));
}

static void
transfer_end(struct http *h, struct transfer *t, CURLcode code)
{
	struct curl_slist	*s;

	if (t->easy != NULL && t->starts > 0)
		read_headers(t);
	if (t->req->date != 0 && t->live != NULL) {
		h->skew = t->req->date - (int64_t)time(NULL);
		h->has_skew = 1;
	}
	set_error(t, code);
	if (t->easy != NULL) {
		curl_multi_remove_handle(h->multi, t->easy);
		curl_easy_cleanup(t->easy);
	}
	curl_url_cleanup(t->url);
	for (s = t->headers; s != NULL; s = s->next)
		explicit_bzero(s->data, strlen(s->data));
	curl_slist_free_all(t->headers);
	memset(t, 0, sizeof(*t));
}

/* One of those begun has ended. */
static void
begun_end(struct http *h, struct transfer *t, CURLcode code)
{
	struct transfer	**p;

	for (p = &h->begun; *p != t; p = &(*p)->next)
		;
	*p = t->next;
	t->req->over = 1;
	transfer_end(h, t, code);
	free(t);
}

static int64_t
now_ms(void)
{
	struct timespec	ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* While we were busy elsewhere an answer may have come, which libcurl would
 * not look at after its time limit: so ours is applied after it has looked. */
static void
end_late(struct http *h)
{
	struct transfer	*t, *next;
	int64_t		 now = now_ms();

	for (t = h->begun; t != NULL; t = next) {
		next = t->next;
		if (t->end_ms > now)
			continue;
		t->stopped = "timed out";
		begun_end(h, t, CURLE_OK);
	}
}

/* Take in what has ended. */
static void
collect(struct http *h)
{
	struct transfer	*t;
	CURLMsg		*msg;
	size_t		*live;
	int		 left;

	while ((msg = curl_multi_info_read(h->multi, &left)) != NULL) {
		if (msg->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(msg->easy_handle, CURLINFO_PRIVATE, &t);
		if ((live = t->live) == NULL) {
			begun_end(h, t, msg->data.result);
			continue;
		}
		transfer_end(h, t, msg->data.result);
		(*live)--;
	}
	end_late(h);
}

void
http_run(struct http *h, struct http_request *r, size_t n, size_t parallel)
{
	struct transfer	*t;
	size_t		 next = 0, live = 0, i;
	int		 running;

	if (parallel == 0)
		parallel = 1;
	if ((t = calloc(n > 0 ? n : 1, sizeof(*t))) == NULL) {
		for (i = 0; i < n; i++) {
			r[i].status = r[i].sent = 0;
			snprintf(r[i].error, sizeof(r[i].error),
			    HTTP_NO_MEMORY);
		}
		return;
	}
	while (next < n || live > 0) {
		for (; next < n && live < parallel; next++) {
			if (transfer_start(h, &t[next], &r[next], &live) ==
			    0)
				live++;
			else
				transfer_end(h, &t[next], CURLE_OK);
		}
		if (live == 0)
			continue;
		if (curl_multi_perform(h->multi, &running) != CURLM_OK)
			break;
		collect(h);
		if (live > 0 && running > 0)
			curl_multi_poll(h->multi, NULL, 0, 1000, NULL);
	}
	for (i = 0; i < n; i++) {
		if (t[i].easy == NULL && i < next)
			continue;
		if (i >= next) {	/* libcurl failed; these never began */
			memset(&t[i], 0, sizeof(t[i]));
			t[i].req = &r[i];
			r[i].status = r[i].sent = 0;
		}
		t[i].stopped = "libcurl failed";
		transfer_end(h, &t[i], CURLE_OK);
	}
	free(t);
}

void
http_begin(struct http *h, struct http_request *r)
{
	struct transfer	*t;
	int		 rc;

	if ((t = calloc(1, sizeof(*t))) == NULL) {
		r->status = r->sent = 0;
		r->over = 1;
		snprintf(r->error, sizeof(r->error), HTTP_NO_MEMORY);
		return;
	}
	rc = transfer_start(h, t, r, NULL);
	t->end_ms = now_ms() + (r->timeout_ms > 0 ? r->timeout_ms :
	    TIMEOUT_MS);
	t->next = h->begun;
	h->begun = t;
	if (rc == -1)
		begun_end(h, t, CURLE_OK);
}

int
http_wait(struct http *h, int64_t ms)
{
	struct timespec	nap;
	int64_t		slice;
	int		running;

	for (; ms > 0; ms -= slice) {
		slice = h->begun != NULL && ms > SLICE_MS ? SLICE_MS : ms;
		nap.tv_sec = slice / 1000;
		nap.tv_nsec = slice % 1000 * 1000000;
		if (nanosleep(&nap, NULL) == -1)
			return -1;
		if (h->begun != NULL &&
		    curl_multi_perform(h->multi, &running) == CURLM_OK)
			collect(h);
	}
	return 0;
}

void
http_drop(struct http *h)
{
	while (h->begun != NULL) {
		h->begun->stopped = "nobody waited for the answer";
		begun_end(h, h->begun, CURLE_OK);
	}
}
