/*
 * Server-sent events: the page "now" whenever it has changed.  What is not to
 * be seen by the one who asks changes nothing for them.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "api_int.h"
#include "pool.h"
#include "request.h"

#define TICK_MS		500
#define QUIET_SECS	15	/* then a sign of life */
#define LONGEST_SECS	600	/* then the login is asked for anew */

static int
send_text(const struct request *r, const char *s)
{
	return r->send(r->arg, s, strlen(s));
}

/* SQLite writes JSON without line breaks, so it is one line of data. */
static int
send_page(const struct request *r, const char *text, size_t n)
{
	if (send_text(r, "event: now\ndata: ") == -1 ||
	    r->send(r->arg, text, n) == -1)
		return -1;
	return send_text(r, "\n\n");
}

/* The page, when it differs from the last one; that is freed.  0 or -1. */
static int
send_news(struct api *api, struct asked *asked, char **last)
{
	struct db *db = pool_take(api->pool);
	char *text = NULL;
	size_t n = 0;
	int rc;

	if (db == NULL)
		return -1;
	rc = page_make(db, &page_now, asked, &text, &n);
	pool_give(api->pool, db);
	if (rc != PAGE_OK || text == NULL) {
		free(text);
		return -1;
	}
	if (*last != NULL && strcmp(*last, text) == 0) {
		free(text);
		return 0;
	}
	free(*last);
	*last = text;
	return send_page(asked->r, text, n);
}

void
api_stream(struct api *api, struct asked *asked)
{
	const struct request *r = asked->r;
	time_t begun = time(NULL), said = begun, now = begun;
	long news = pool_news(api->pool), seen = news - 1;
	char *last = NULL;

	if (send_text(r, "retry: 3000\n\n") == -1)
		return;
	do {
		if (news != seen) {
			seen = news;
			if (send_news(api, asked, &last) == -1)
				break;
		} else if (now - said >= QUIET_SECS) {
			said = now;
			if (send_text(r, ": still here\n\n") == -1)
				break;
		}
		if (r->wait(r->arg, TICK_MS) == -1)
			break;
		news = pool_news(api->pool);
		now = time(NULL);
	} while (now - begun < LONGEST_SECS);
	free(last);
}
