/*
 * One call of the Sheets API: token, quota, repetition.  What changes the
 * sheet is never repeated here, because rows may have moved in between.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "google_int.h"

#define CALL_TIMEOUT_MS	60000	/* Google itself gives up after 180 s */
#define WAIT_QUOTA	10	/* seconds; it refills within a minute */
#define WAIT_OTHER	1
#define WAIT_MAX	60

static int64_t
now_ms(void)
{
	struct timespec	ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* An operation begins: its patience is counted from here. */
void
google_begin(struct google *g)
{
	g->deadline = now_ms() + (int64_t)g->patience * 1000;
}

/* Sleep before try number tries + 2, for a random part of a doubling time
 * ("full jitter"); 0, or -1 at once when patience would not last. */
int
google_wait(const struct google *g, int tries, const struct http_request *r)
{
	int64_t		ms;
	uint32_t	top;

	top = r->status == 429 || r->status == 403 ? WAIT_QUOTA : WAIT_OTHER;
	top = tries < 6 ? top << tries : WAIT_MAX;
	if (top > WAIT_MAX)
		top = WAIT_MAX;
	ms = arc4random_uniform(top * 1000) + 1;
	if (r->retry_after > 0 && ms < (int64_t)r->retry_after * 1000)
		ms = (int64_t)r->retry_after * 1000;
	if (now_ms() + ms > g->deadline)
		return -1;
	/* A signal means that we are to end. */
	return http_wait(g->http, ms);
}

static enum verdict
call_once(struct google *g, struct google_call *c, char *why, size_t whysz)
{
	char	*url;

	if (g->spend != NULL && g->spend(g->arg, g->email, c->write) != 0) {
		snprintf(why, whysz, "put off: Google's 60 %s a minute for "
		    "%s are used up", c->write ? "writes" : "reads",
		    g->email);
		c->fault = GOOGLE_ANSWER;
		return VERDICT_TEMPFAIL;
	}
	if (asprintf(&url, "%s%s", g->api, c->path) == -1) {
		snprintf(why, whysz, "out of memory");
		return VERDICT_TEMPFAIL;
	}
	http_clear(&c->r);
	memset(&c->r, 0, sizeof(c->r));
	c->r.method = c->method;
	c->r.url = url;
	c->r.bearer = g->token;
	if (c->body != NULL) {
		c->r.type = "application/json";
		c->r.body = c->body;
		c->r.bodysz = strlen(c->body);
	}
	c->r.timeout_ms = c->timeout_ms > 0 ? c->timeout_ms :
	    CALL_TIMEOUT_MS;
	c->r.gzip = 1;
	c->r.sink = c->sink;
	c->r.arg = c->arg;
	http_run(g->http, &c->r, 1, 1);
	c->r.url = c->r.bearer = NULL;
	free(url);
	return google_judge(g, c, why, whysz);
}

enum verdict
google_call(struct google *g, struct google_call *c, char *why, size_t whysz)
{
	enum verdict	v;
	int		tries = 0, renewed = 0;

	for (;;) {
		if ((v = google_token(g, why, whysz)) != VERDICT_OK) {
			c->fault = GOOGLE_OTHER;
			return v;
		}
		v = call_once(g, c, why, whysz);
		if (c->r.status == 401 && v == VERDICT_PERMFAIL &&
		    !renewed) {
			renewed = 1;
			google_token_drop(g);
		} else if (v != VERDICT_TEMPFAIL || c->write ||
		    c->fault == GOOGLE_ANSWER ||
		    google_wait(g, tries++, &c->r) == -1)
			return v;
		if (c->again != NULL)
			c->again(c->arg);
	}
}

void
google_call_clear(struct google_call *c)
{
	http_clear(&c->r);
	free(c->path);
	c->path = NULL;
}
