/*
 * Bolna's list of an agent's calls, page by page.  It is sorted by the last
 * change, so that rows move between pages while calls run: a list counts as
 * whole only when as many different calls were seen as it says there are.
 */
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "body.h"
#include "bolna.h"
#include "conf.h"
#include "dialer.h"
#include "execution.h"
#include "listing.h"
#include "log.h"

#define WINDOW		(7 * 86400)
#define MAX_PAGES	2000	/* a window; 100,000 calls */
#define BREAKER_KEY	900

struct walk {
	struct dialer		*d;
	const struct account	*account;
	const char		*agent;
	int64_t			 from, to;
	int			(*each)(void *, struct json_object *);
	void			*arg;
	char			**seen;		/* ids of a window */
	size_t			 nseen;
	int			 missed;	/* each could not take one */
	int			 gone;		/* no such agent */
};

static int
id_cmp(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void
remember(struct walk *w, struct json_object *js)
{
	char id[EXECUTION_ID_SIZE];

	if (body_word(js, "id", id, sizeof(id)) == -1)
		return;
	w->seen = reallocarray(w->seen, w->nseen + 1, sizeof(*w->seen));
	if (w->seen == NULL || (w->seen[w->nseen++] = strdup(id)) == NULL)
		fatal(EX_OSERR, NULL);
}

/* How many different calls there were; forgets them. */
static size_t
forget(struct walk *w)
{
	size_t i, n = 0;

	if (w->nseen > 0)
		qsort(w->seen, w->nseen, sizeof(*w->seen), id_cmp);
	for (i = 0; i < w->nseen; i++) {
		n += i == 0 || strcmp(w->seen[i], w->seen[i - 1]) != 0;
		if (i > 0)
			free(w->seen[i - 1]);
	}
	if (w->nseen > 0)
		free(w->seen[w->nseen - 1]);
	free(w->seen);
	w->seen = NULL;
	w->nseen = 0;
	return n;
}

static void
complain(struct walk *w, enum bolna_refusal why, const char *say)
{
	w->d->counts.problems++;
	log_warnx("agent %s: no listing: %s", w->agent, say);
	if (why == BOLNA_KEY)
		breaker_open(w->d, w->account->id, "key", BREAKER_KEY, say);
}

/* 1 there are more pages, 0 this was the last, -1 it could not be had or does
 * not say. */
static int
take_page(struct walk *w, struct json_object *js, double *total)
{
	struct json_object *data = body_get(js, "data"), *row;
	struct json_object *more = body_get(js, "has_more");
	size_t i;

	/* Without a total nobody could tell that a call is missing. */
	if (!json_object_is_type(data, json_type_array) ||
	    !json_object_is_type(more, json_type_boolean) ||
	    body_number(js, "total", total) == -1) {
		complain(w, BOLNA_NONE, "Bolna's answer is none");
		return -1;
	}
	for (i = 0; i < json_object_array_length(data); i++) {
		row = json_object_array_get_idx(data, i);
		remember(w, row);
		if (w->each(w->arg, row) == -1)
			w->missed = 1;
	}
	return json_object_get_boolean(more);
}

static int
ask_page(struct walk *w, int page, double *total)
{
	struct http_request r;
	struct json_object *js;
	enum bolna_refusal why;
	char say[400];
	int more = -1;

	bolna_list(&r, w->d->conf->bolna_api, w->account->key, w->agent,
	    w->from, w->to, page);
	http_run(w->d->http, &r, 1, 1);
	if ((js = bolna_answer(&r, &w->gone, &why, say, sizeof(say))) == NULL)
		complain(w, why, say);
	else
		more = take_page(w, js, total);
	json_object_put(js);
	bolna_free(&r);
	return more;
}

/* One window: 1 when it was whole. */
static int
walk_window(struct walk *w)
{
	double total = 0;
	int page = 0, more;

	do
		more = ask_page(w, ++page, &total);
	while (more == 1 && page < MAX_PAGES && !pass_interrupted());
	if ((double)forget(w) >= total && more == 0 && !w->missed)
		return 1;
	if (more == 0)
		log_warnx("agent %s: the listing is not whole", w->agent);
	return 0;
}

int
listing_walk(struct dialer *d, const struct account *a, const char *agent,
    int64_t from, int64_t to, int (*each)(void *, struct json_object *),
    void *arg)
{
	struct walk w = { d, a, agent, 0, 0, each, arg, NULL, 0, 0, 0 };

	for (; from < to; from += WINDOW) {
		w.from = from;
		w.to = from + WINDOW < to ? from + WINDOW : to;
		if (!walk_window(&w))
			return w.gone ? -1 : 0;
	}
	return 1;
}
