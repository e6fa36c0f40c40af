/*
 * In the place of dialer/http.c: a network that answers with the parts of the
 * input.  A part is "%200", the status, with letters behind it:
 *
 *	h	a web page instead of JSON
 *	e	the answer breaks off
 *	u	nothing was sent
 *
 * When there are no more parts, nobody is there.
 */
#ifndef NET_H
#define NET_H

#include "fuzz.h"

#include "http.h"

struct http {
	const struct part	*part;
	size_t			 n, at;
	size_t			 piece;		/* bytes that arrive at once */
	/* Sees each request before it is answered, and after. */
	void			(*seen)(const struct http_request *);
	void			(*done)(const struct http_request *);
};

struct http *
http_open(const char *agent)
{
	(void)agent;
	return NULL;
}

void
http_close(struct http *h)
{
	(void)h;
}

int
http_skew(const struct http *h, int64_t *secs)
{
	(void)h;
	(void)secs;
	return -1;
}

void
http_clear(struct http_request *r)
{
	free(r->reply);
	r->reply = NULL;
	r->replysz = 0;
}

static void
net_body(struct http *h, struct http_request *r, const struct part *p)
{
	size_t i, n;

	if (r->sink == NULL || r->status / 100 != 2) {
		if (p->size > 0)
			r->reply = fuzz_copy(p->text, p->size);
		r->replysz = p->size;
		return;
	}
	for (i = 0; i < p->size; i += n) {
		n = p->size - i < h->piece ? p->size - i : h->piece;
		if (r->sink(r->arg, p->text + i, n) != 0) {
			snprintf(r->error, sizeof(r->error),
			    "answer is not understood");
			return;
		}
	}
}

static void
net_answer(struct http *h, struct http_request *r)
{
	const struct part *p = h->at < h->n ? &h->part[h->at++] : NULL;

	r->retry_after = -1;
	r->status = p != NULL ? strtol(p->head, NULL, 10) : 0;
	if (p == NULL || strchr(p->head, 'u') != NULL) {
		r->status = 0;
		snprintf(r->error, sizeof(r->error), "connection refused");
		return;
	}
	r->sent = 1;
	if (r->status < 200 || r->status > 599) {
		r->status = 0;
		snprintf(r->error, sizeof(r->error), "empty answer");
		return;
	}
	snprintf(r->reply_type, sizeof(r->reply_type), "%s",
	    strchr(p->head, 'h') != NULL ? "text/html" : "application/json");
	net_body(h, r, p);
	if (strchr(p->head, 'e') != NULL && r->error[0] == '\0')
		snprintf(r->error, sizeof(r->error), "transfer closed");
}

void
http_run(struct http *h, struct http_request *list, size_t n, size_t parallel)
{
	size_t i;

	CLAIM(parallel > 0);
	for (i = 0; i < n; i++) {
		if (h->seen != NULL)
			h->seen(&list[i]);
		net_answer(h, &list[i]);
		if (h->done != NULL)
			h->done(&list[i]);
	}
}

/* Nothing is ever begun here without being waited for. */
void
http_begin(struct http *h, struct http_request *r)
{
	http_run(h, r, 1, 1);
}

int
http_wait(struct http *h, int64_t ms)
{
	(void)h;
	(void)ms;
	return -1;		/* nobody has the time */
}

void
http_drop(struct http *h)
{
	(void)h;
}

#endif
