/*
 * libcurl behind the narrow door of http.h.  What it adds is certainty about
 * a request that got no answer: libcurl by itself repeats a POST on a dead
 * kept-alive connection and reports success.
 */
#include <arpa/inet.h>
#include <ctype.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <curl/curl.h>

#include "http.h"
#include "log.h"

#define CONNECT_MS	10000L
#define TIMEOUT_MS	30000L
/* The largest whole answer is a page of executions with transcripts or the
 * echo of a 2 MB sheet write: well below this. */
#define REPLY_MAX	((size_t)16 << 20)
/* What a sink is fed at most, unpacked: ten times the largest sheet tried. */
#define STREAM_MAX	((size_t)512 << 20)
#define RETRY_AFTER_MAX	86400L
/* A server closes an idle connection when it likes; a young one is seldom
 * found dead. */
#define IDLE_SECS	30L
#define SLICE_MS	20	/* of sleep, while something has begun */

struct http {
	CURLM	*multi;
	char	*agent;
	char	*agent_gzip;	/* Google packs only for such a name */
	int64_t	 skew;		/* of the last answer that had a Date */
	int	 has_skew;
	struct transfer	*begun;	/* by http_begin; not over */
};

struct transfer {
	struct http_request	*req;
	size_t			*live;		/* of http_run, else NULL */
	int64_t			 end_ms;	/* of one begun; monotonic */
	struct transfer		*next;		/* of those begun */
	CURL			*easy;
	CURLU			*url;
	struct curl_slist	*headers;
	size_t			 cap;
	size_t			 room;		/* allocated for the reply */
	int			 starts;	/* times it began to leave */
	const char		*stopped;	/* why we ended it ourselves */
	char			 error[CURL_ERROR_SIZE];
};

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

/* libcurl is about to send.  It comes here a second time when it repeats a
 * request by itself. */
static int
on_send(void *arg, char *ip, char *local, int port, int local_port)
{
	struct transfer		*t = arg;
	struct http_request	*r = t->req;

	(void)ip;
	(void)local;
	(void)port;
	(void)local_port;

	if (t->starts++ > 0) {
		if (!r->once && strcmp(r->method, "GET") == 0)
			return CURL_PREREQFUNC_OK;
		t->stopped = "connection lost before an answer came; "
		    "not sent a second time";
		return CURL_PREREQFUNC_ABORT;
	}
	if (r->ready != NULL && r->ready(r->arg) != 0) {
		t->stopped = "not sent: put off at the last moment";
		return CURL_PREREQFUNC_ABORT;
	}
	r->sent = 1;
	return CURL_PREREQFUNC_OK;
}

static size_t
on_body(char *data, size_t one, size_t n, void *arg)
{
	struct transfer		*t = arg;
	struct http_request	*r = t->req;
	long			 status = 0;
	char			*p;

	(void)one;
	curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
	if (n > t->cap) {
		t->stopped = "answer is too large";
		return 0;
	}
	t->cap -= n;
	if (r->sink != NULL && status >= 200 && status < 300) {
		if (r->sink(r->arg, data, n) == 0)
			return n;
		t->stopped = "answer is not understood";
		return 0;
	}
	if (n > REPLY_MAX - r->replysz) {
		t->stopped = "answer is too large";
		return 0;
	}
	if (r->replysz + n >= t->room) {
		t->room = 2 * (r->replysz + n) + 1;
		if ((p = realloc(r->reply, t->room)) == NULL) {
			t->stopped = "out of memory";
			return 0;
		}
		r->reply = p;
	}
	memcpy(r->reply + r->replysz, data, n);
	r->replysz += n;
	r->reply[r->replysz] = '\0';
	return n;
}

static int
is_loopback(const char *host)
{
	struct in_addr	in;

	if (inet_pton(AF_INET, host, &in) == 1)
		return ntohl(in.s_addr) >> 24 == 127;
	return strcasecmp(host, "localhost") == 0 ||
	    strcmp(host, "[::1]") == 0;
}

/* Take the URL apart once, so that what is checked is what is used. */
static int
set_url(struct transfer *t)
{
	CURLUcode	 uc = CURLUE_OUT_OF_MEMORY;
	char		*scheme = NULL, *host = NULL;
	int		 rc = -1;

	if ((t->url = curl_url()) == NULL ||
	    (uc = curl_url_set(t->url, CURLUPART_URL, t->req->url,
	    CURLU_DISALLOW_USER)) != CURLUE_OK ||
	    (uc = curl_url_get(t->url, CURLUPART_SCHEME, &scheme, 0)) !=
	    CURLUE_OK ||
	    (uc = curl_url_get(t->url, CURLUPART_HOST, &host, 0)) !=
	    CURLUE_OK) {
		t->stopped = uc == CURLUE_OUT_OF_MEMORY ? HTTP_NO_MEMORY :
		    "not sent: the address is no URL";
		goto out;
	}
	if (strcmp(scheme, "http") == 0 && !is_loopback(host)) {
		t->stopped = "not sent: http:// to another host would show "
		    "the key";
		goto out;
	}
	if (strcmp(scheme, "http") != 0 && strcmp(scheme, "https") != 0) {
		t->stopped = "not sent: only https:// is spoken";
		goto out;
	}
	if (curl_easy_setopt(t->easy, CURLOPT_PROTOCOLS_STR, scheme) ==
	    CURLE_OK &&
	    curl_easy_setopt(t->easy, CURLOPT_CURLU, t->url) == CURLE_OK)
		rc = 0;
out:
	curl_free(scheme);
	curl_free(host);
	return rc;
}

static int
add_header(struct transfer *t, const char *name, const char *value)
{
	struct curl_slist	*list = NULL;
	const unsigned char	*p;
	char			*line;

	for (p = (const unsigned char *)value; *p != '\0'; p++)
		if (*p < ' ' || *p == 0x7f) {
			t->stopped = "not sent: control character in a header";
			return -1;
		}
	if (asprintf(&line, "%s:%s%s", name, *value != '\0' ? " " : "",
	    value) == -1)
		return -1;
	if ((list = curl_slist_append(t->headers, line)) != NULL)
		t->headers = list;
	explicit_bzero(line, strlen(line));
	free(line);
	return list != NULL ? 0 : -1;
}

static int
set_headers(struct transfer *t)
{
	struct http_request	*r = t->req;
	char			*value;
	int			 rc;

	if (add_header(t, "Expect", "") == -1 || add_header(t, "Content-Type",
	    r->type != NULL ? r->type : "") == -1 || (r->extra != NULL &&
	    add_header(t, r->extra, r->value) == -1))
		return -1;
	if (r->bearer == NULL)
		return 0;
	if (asprintf(&value, "Bearer %s", r->bearer) == -1)
		return -1;
	rc = add_header(t, "Authorization", value);
	explicit_bzero(value, strlen(value));
	free(value);
	return rc;
}

static CURLcode
set_method(struct transfer *t)
{
	struct http_request	*r = t->req;
	CURL			*e = t->easy;
	CURLcode		 rc = CURLE_OK;

	if (strcmp(r->method, "GET") == 0)
		return curl_easy_setopt(e, CURLOPT_HTTPGET, 1L);
	rc |= curl_easy_setopt(e, CURLOPT_POST, 1L);
	rc |= curl_easy_setopt(e, CURLOPT_CUSTOMREQUEST, r->method);
	rc |= curl_easy_setopt(e, CURLOPT_POSTFIELDSIZE_LARGE,
	    (curl_off_t)(r->body != NULL ? r->bodysz : 0));
	rc |= curl_easy_setopt(e, CURLOPT_POSTFIELDS,
	    r->body != NULL ? r->body : "");
	return rc;
}

static CURLcode
set_options(const struct http *h, struct transfer *t)
{
	struct http_request	*r = t->req;
	CURL			*e = t->easy;
	CURLcode		 rc = CURLE_OK;
	long			 ms;

	ms = r->timeout_ms > 0 ? r->timeout_ms : TIMEOUT_MS;
	if (t->live == NULL)
		ms *= 10;	/* see end_late */
	rc |= curl_easy_setopt(e, CURLOPT_ERRORBUFFER, t->error);
	rc |= curl_easy_setopt(e, CURLOPT_PRIVATE, t);
	rc |= curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
	rc |= curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, ms);
	rc |= curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS,
	    ms < CONNECT_MS ? ms : CONNECT_MS);
	rc |= curl_easy_setopt(e, CURLOPT_HTTP_VERSION,
	    (long)CURL_HTTP_VERSION_1_1);
	rc |= curl_easy_setopt(e, CURLOPT_SSL_VERIFYPEER, 1L);
	rc |= curl_easy_setopt(e, CURLOPT_SSL_VERIFYHOST, 2L);
	rc |= curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, 0L);
	rc |= curl_easy_setopt(e, CURLOPT_MAXREDIRS, 0L);
	rc |= curl_easy_setopt(e, CURLOPT_PROXY, "");
	rc |= curl_easy_setopt(e, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	rc |= curl_easy_setopt(e, CURLOPT_PREREQFUNCTION, on_send);
	rc |= curl_easy_setopt(e, CURLOPT_PREREQDATA, t);
	rc |= curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_body);
	rc |= curl_easy_setopt(e, CURLOPT_WRITEDATA, t);
	rc |= curl_easy_setopt(e, CURLOPT_HTTPHEADER, t->headers);
	rc |= curl_easy_setopt(e, CURLOPT_USERAGENT,
	    r->gzip ? h->agent_gzip : h->agent);
	if (r->gzip)
		rc |= curl_easy_setopt(e, CURLOPT_ACCEPT_ENCODING, "gzip");
	if (r->once) {
		rc |= curl_easy_setopt(e, CURLOPT_FRESH_CONNECT, 1L);
		rc |= curl_easy_setopt(e, CURLOPT_FORBID_REUSE, 1L);
	} else
		rc |= curl_easy_setopt(e, CURLOPT_MAXAGE_CONN, IDLE_SECS);
	return rc | set_method(t);
}

/* 0 when it is on its way. */
static int
transfer_start(struct http *h, struct transfer *t, struct http_request *r,
    size_t *live)
{
	memset(t, 0, sizeof(*t));
	t->req = r;
	t->live = live;
	t->cap = r->sink != NULL ? STREAM_MAX : REPLY_MAX;
	r->status = 0;
	r->reply = NULL;
	r->replysz = 0;
	r->reply_type[0] = r->error[0] = '\0';
	r->over = r->sent = 0;
	r->date = 0;
	r->retry_after = -1;

	if ((t->easy = curl_easy_init()) == NULL || set_url(t) == -1 ||
	    set_headers(t) == -1 || set_options(h, t) != CURLE_OK ||
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
