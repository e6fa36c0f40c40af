/*
 * A request as it leaves: its address, headers and options, the last question
 * before it is sent, and the body of its answer as it comes in.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>

#include "http.h"
#include "http_int.h"

#define CONNECT_MS	10000L
/* The largest whole answer is a page of executions with transcripts or the
 * echo of a 2 MB sheet write: well below this. */
#define REPLY_MAX	((size_t)16 << 20)
/* What a sink is fed at most, unpacked: ten times the largest sheet tried. */
#define STREAM_MAX	((size_t)512 << 20)
/* A server closes an idle connection when it likes; a young one is seldom
 * found dead. */
#define IDLE_SECS	30L

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

int
transfer_prepare(const struct http *h, struct transfer *t)
{
	t->cap = t->req->sink != NULL ? STREAM_MAX : REPLY_MAX;
	return set_url(t) == -1 || set_headers(t) == -1 ||
	    set_options(h, t) != CURLE_OK ? -1 : 0;
}
